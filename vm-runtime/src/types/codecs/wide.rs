//! UTF-16 and UTF-32. Byte orders: -1 little, 1 big, 0 native with a byte order mark.
use super::errors::{Decoder, Encoding, encode_with, push_point};
use crate::prelude::*;
use rustpython_wtf8::Wtf8Buf;

struct Wide {
    name: &'static str,
    big: bool,
    unit: usize,
}

impl Encoding for Wide {
    fn name(&self) -> &str {
        self.name
    }
    fn emit(&mut self, _th: &Thread, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
        let Some(c) = char::from_u32(c) else { return Ok(false) };
        if self.unit == 4 {
            let word = c as u32;
            out.extend_from_slice(&if self.big { word.to_be_bytes() } else { word.to_le_bytes() });
        } else {
            for word in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(&if self.big { word.to_be_bytes() } else { word.to_le_bytes() });
            }
        }
        Ok(true)
    }
    fn reason(&self) -> &str {
        "surrogates not allowed"
    }
    fn joins_errors(&self) -> bool {
        false
    }
    fn wants_ascii(&self) -> bool {
        true
    }
    fn unit(&self) -> usize {
        self.unit
    }
}

fn is_big(order: i32) -> bool {
    order > 0 || order == 0 && cfg!(target_endian = "big")
}

fn encode_wide(
    th: &Thread,
    text: &Value,
    errors: Option<&str>,
    order: i32,
    unit: usize,
    names: [&'static str; 3],
) -> PyResult<Vec<u8>> {
    let big = is_big(order);
    let name = names[(order.signum() + 1) as usize];
    let mut encoding = Wide { name, big, unit };
    let mut out = Vec::new();
    if order == 0 {
        encoding.emit(th, 0xfeff, &mut out)?;
    }
    let body = encode_with(th, text, errors, &mut encoding)?;
    if out.is_empty() {
        return Ok(body);
    }
    out.try_reserve(body.len()).map_err(|_| th.memory_error())?;
    out.extend_from_slice(&body);
    Ok(out)
}

/// Encodes UTF-16.
pub(crate) fn encode_utf16(th: &Thread, text: &Value, errors: Option<&str>, order: i32) -> PyResult<Vec<u8>> {
    encode_wide(th, text, errors, order, 2, ["utf-16-le", "utf-16", "utf-16-be"])
}

/// Encodes UTF-32.
pub(crate) fn encode_utf32(th: &Thread, text: &Value, errors: Option<&str>, order: i32) -> PyResult<Vec<u8>> {
    encode_wide(th, text, errors, order, 4, ["utf-32-le", "utf-32", "utf-32-be"])
}

/// Decodes UTF-16. `order` is set where a byte order mark says it.
pub(crate) fn decode_utf16(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    order: &mut i32,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut at = 0;
    if *order == 0 {
        match input {
            [0xff, 0xfe, ..] => (*order, at) = (-1, 2),
            [0xfe, 0xff, ..] => (*order, at) = (1, 2),
            _ => {}
        }
    }
    let big = is_big(*order);
    if *order == 0 && input.len() >= 2 {
        *order = if big { 1 } else { -1 };
    }
    let mut d = Decoder::new(th, if big { "utf-16-be" } else { "utf-16-le" }, errors, input)?;
    let word = |input: &[u8], at: usize| match input.get(at..at + 2) {
        Some([a, b]) if big => Some(u16::from_be_bytes([*a, *b])),
        Some([a, b]) => Some(u16::from_le_bytes([*a, *b])),
        _ => None,
    };
    while at < d.input.len() {
        let Some(first) = word(&d.input, at) else {
            if !last {
                break;
            }
            let end = d.input.len();
            at = d.fail(at, end, "truncated data")?;
            continue;
        };
        match first {
            0xd800..=0xdbff => match word(&d.input, at + 2) {
                Some(second @ 0xdc00..=0xdfff) => {
                    let c = 0x1_0000 + (u32::from(first & 0x3ff) << 10) + u32::from(second & 0x3ff);
                    push_point(&mut d.out, c);
                    at += 4;
                }
                Some(_) => at = d.fail(at, at + 2, "illegal UTF-16 surrogate")?,
                None if !last => break,
                None => {
                    let end = d.input.len();
                    at = d.fail(at, end, "unexpected end of data")?;
                }
            },
            0xdc00..=0xdfff => at = d.fail(at, at + 2, "illegal encoding")?,
            c => {
                push_point(&mut d.out, u32::from(c));
                at += 2;
            }
        }
    }
    Ok((d.out, at))
}

/// Decodes UTF-32. `order` is set where a byte order mark says it.
pub(crate) fn decode_utf32(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    order: &mut i32,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut at = 0;
    if *order == 0 {
        match input {
            [0xff, 0xfe, 0, 0, ..] => (*order, at) = (-1, 4),
            [0, 0, 0xfe, 0xff, ..] => (*order, at) = (1, 4),
            _ => {}
        }
    }
    let big = is_big(*order);
    if *order == 0 && input.len() >= 4 {
        *order = if big { 1 } else { -1 };
    }
    let mut d = Decoder::new(th, if big { "utf-32-be" } else { "utf-32-le" }, errors, input)?;
    while at < d.input.len() {
        let c = match d.input.get(at..at + 4) {
            Some([a, b, c, e]) if big => u32::from_be_bytes([*a, *b, *c, *e]),
            Some([a, b, c, e]) => u32::from_le_bytes([*a, *b, *c, *e]),
            _ if !last => break,
            _ => {
                let end = d.input.len();
                at = d.fail(at, end, "truncated data")?;
                continue;
            }
        };
        at = match c {
            0xd800..=0xdfff => {
                d.fail(at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)")?
            }
            0x11_0000.. => d.fail(at, at + 4, "code point not in range(0x110000)")?,
            c => {
                push_point(&mut d.out, c);
                at + 4
            }
        };
    }
    Ok((d.out, at))
}
