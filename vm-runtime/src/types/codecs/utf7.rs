//! UTF-7 (RFC 2152).
use super::errors::{Decoder, push_point};
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(byte: u8) -> Option<u32> {
    BASE64.iter().position(|b| *b == byte).map(|at| at as u32)
}

/// Whether a character may stand for itself.
fn is_direct(c: u32) -> bool {
    match u8::try_from(c) {
        Ok(b) => b.is_ascii_alphanumeric() || b"'(),-./:? \t\n\r!\"#$%&*;<=>@[]^_`{|}".contains(&b),
        Err(_) => false,
    }
}

/// Encodes UTF-7.
pub(super) fn encode(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.byte_len() + 8);
    let (mut shifted, mut bits, mut count) = (false, 0u32, 0u32);
    let chars = text.code_points().map(CodePoint::to_u32);
    for c in chars {
        if shifted && is_direct(c) {
            if count > 0 {
                out.push(BASE64[(bits << (6 - count) & 0x3f) as usize]);
            }
            (shifted, bits, count) = (false, 0, 0);
            if u8::try_from(c).is_ok_and(|b| digit(b).is_some() || b == b'-') {
                out.push(b'-');
            }
            out.push(c as u8);
            continue;
        }
        if !shifted {
            if c == u32::from('+') {
                out.extend_from_slice(b"+-");
                continue;
            }
            if is_direct(c) {
                out.push(c as u8);
                continue;
            }
            out.push(b'+');
            shifted = true;
        }
        let mut units = [0u16; 2];
        let units: &[u16] = match char::from_u32(c) {
            Some(c) => c.encode_utf16(&mut units),
            None => {
                units[0] = c as u16;
                &units[..1]
            }
        };
        for unit in units {
            bits = bits << 16 | u32::from(*unit);
            count += 16;
            while count >= 6 {
                count -= 6;
                out.push(BASE64[(bits >> count & 0x3f) as usize]);
            }
            bits &= (1 << count) - 1;
        }
    }
    if shifted {
        if count > 0 {
            out.push(BASE64[(bits << (6 - count) & 0x3f) as usize]);
        }
        out.push(b'-');
    }
    out
}

/// Decodes UTF-7; the text, and how much of the input was used.
pub(super) fn decode(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut d = Decoder::new(th, "utf7", errors, input)?;
    let mut at = 0;
    let mut shift: Option<Shift> = None;
    loop {
        while let Some(byte) = d.input.get(at).copied() {
            let Some(state) = &mut shift else {
                if byte == b'+' {
                    match d.input.get(at + 1) {
                        Some(b'-') => {
                            d.out.push_char('+');
                            at += 2;
                        }
                        Some(next) if digit(*next).is_none() => {
                            at = d.fail(at, at + 2, "ill-formed sequence")?
                        }
                        _ => {
                            shift =
                                Some(Shift { start: at, keep: d.out.len(), bits: 0, count: 0, high: None });
                            at += 1;
                        }
                    }
                } else if byte < 0x80 {
                    d.out.push_char(char::from(byte));
                    at += 1;
                } else {
                    at = d.fail(at, at + 1, "unexpected special character")?;
                }
                continue;
            };
            if let Some(value) = digit(byte) {
                at += 1;
                state.push(value, &mut d.out);
                continue;
            }
            let Some(state) = shift.take() else { continue };
            if state.count >= 6 {
                at = d.fail(state.start, at + 1, "partial character in shift sequence")?;
                continue;
            }
            if state.bits != 0 {
                at = d.fail(state.start, at + 1, "non-zero padding bits in shift sequence")?;
                continue;
            }
            if let Some(high) = state.high.filter(|_| byte < 0x80 && byte != b'+') {
                push_point(&mut d.out, u32::from(high));
            }
            if byte == b'-' {
                at += 1;
            } else if byte >= 0x80 {
                at = d.fail(at, at + 1, "unexpected special character")?;
            }
        }
        let Some(state) = shift.take() else { break };
        if !last {
            d.out.truncate(state.keep);
            return Ok((d.out, state.start));
        }
        if state.high.is_some() || state.count >= 6 || state.bits != 0 {
            let end = d.input.len();
            at = d.fail(state.start, end, "unterminated shift sequence")?;
        }
        if at >= d.input.len() {
            break;
        }
    }
    let used = d.input.len();
    Ok((d.out, used))
}

/// A run of base-64 digits.
struct Shift {
    /// Where its `+` stands.
    start: usize,
    /// Bytes of output before it.
    keep: usize,
    bits: u32,
    count: u32,
    /// A high surrogate that waits for its other half.
    high: Option<u16>,
}

impl Shift {
    fn push(&mut self, value: u32, out: &mut Wtf8Buf) {
        self.bits = self.bits << 6 | value;
        self.count += 6;
        if self.count < 16 {
            return;
        }
        self.count -= 16;
        let unit = (self.bits >> self.count) as u16;
        self.bits &= (1 << self.count) - 1;
        match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                push_point(out, 0x1_0000 + (u32::from(high & 0x3ff) << 10) + u32::from(unit & 0x3ff));
                return;
            }
            (Some(high), _) => push_point(out, u32::from(high)),
            _ => {}
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit)
        } else {
            push_point(out, u32::from(unit))
        }
    }
}
