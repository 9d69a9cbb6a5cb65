//! `unicode_escape`, `raw_unicode_escape`, and the escapes of bytes literals.
use super::errors::{Decoder, push_point};
use crate::prelude::*;
use crate::types::str::escape::push_escape;
use crate::types::str::unicode;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

/// `unicode_escape` of a text.
#[must_use]
pub(crate) fn encode_unicode_escape(text: &Str) -> Vec<u8> {
    let mut out = Wtf8Buf::with_capacity(text.byte_len());
    for c in text.code_points() {
        match c.to_u32() {
            0x5c => out.push_str("\\\\"),
            0x20..=0x7e => out.push(c),
            n => push_escape(&mut out, n),
        }
    }
    out.into_bytes()
}

/// `raw_unicode_escape` of a text.
#[must_use]
pub(crate) fn encode_raw_unicode_escape(text: &Str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.byte_len());
    for c in text.code_points() {
        match c.to_u32() {
            n @ 0..=0xff => out.push(n as u8),
            n @ 0x100..=0xffff => out.extend_from_slice(format!("\\u{n:04x}").as_bytes()),
            n => out.extend_from_slice(format!("\\U{n:08x}").as_bytes()),
        }
    }
    out
}

fn hex_value(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, d| n << 4 | char::from(*d).to_digit(16).unwrap_or(0))
}

/// The hexadecimal digits at the start, `n` at the most.
fn hex_digits(input: &[u8], n: usize) -> &[u8] {
    let found = input.iter().take(n).take_while(|b| b.is_ascii_hexdigit()).count();
    &input[..found]
}

fn invalid_escape(th: &Thread, prefix: &str, escape: &str) -> PyResult<()> {
    let message = format!(
        "{prefix}\"\\{escape}\" is an invalid {}escape sequence. Such sequences will not work in the future. ",
        if escape.chars().count() > 1 { "octal " } else { "" }
    );
    th.deprecation_warning(message, 1)
}

/// What an escape without digits stands for.
const fn simple_escape(c: u8) -> Option<u8> {
    Some(match c {
        b'\\' | b'\'' | b'"' => c,
        b'b' => 8,
        b'f' => 12,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'v' => 11,
        b'a' => 7,
        _ => return None,
    })
}

/// Decodes `unicode_escape`; the text, and how much of the input was used.
pub(crate) fn decode_unicode_escape(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut d = Decoder::new(th, "unicodeescape", errors, input)?;
    let mut invalid: Option<String> = None;
    let mut at = 0;
    while at < d.input.len() {
        let start = at;
        let byte = d.input[at];
        at += 1;
        if byte != b'\\' {
            d.out.push(CodePoint::from(byte));
            continue;
        }
        let Some(c) = d.input.get(at).copied() else {
            if !last {
                at = start;
                break;
            }
            at = d.fail(start, at, "\\ at end of string")?;
            continue;
        };
        at += 1;
        match c {
            b'\n' => {}
            b'0'..=b'7' => {
                let more = d.input[at..].iter().take(2).take_while(|b| (b'0'..=b'7').contains(*b)).count();
                let digits = &d.input[at - 1..at + more];
                let n = digits.iter().fold(0, |n, b| n << 3 | u32::from(b - b'0'));
                if n > 0o377 && invalid.is_none() {
                    invalid = Some(String::from_utf8_lossy(digits).into_owned());
                }
                at += more;
                push_point(&mut d.out, n);
            }
            b'x' | b'u' | b'U' => {
                let (n, reason) = match c {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let digits = hex_digits(&d.input[at..], n);
                let (found, value) = (digits.len(), hex_value(digits));
                if found < n && at + found == d.input.len() && !last {
                    at = start;
                    break;
                }
                at = if found < n {
                    d.fail(start, at + found, reason)?
                } else if value > 0x10_ffff {
                    d.fail(start, at + found, "illegal Unicode character")?
                } else {
                    push_point(&mut d.out, value);
                    at + found
                };
            }
            b'N' => {
                let rest = &d.input[at..];
                let close = rest.iter().position(|b| *b == b'}');
                if !last && (rest.is_empty() || rest.starts_with(b"{") && close.is_none()) {
                    at = start;
                    break;
                }
                at = match close {
                    Some(close) if rest.starts_with(b"{") && close > 1 => {
                        let name: String = rest[1..close].iter().map(|b| char::from(*b)).collect();
                        let end = at + close + 1;
                        match unicode::lookup_one(&name) {
                            Some(c) => {
                                d.out.push(c);
                                end
                            }
                            None => d.fail(start, end, "unknown Unicode character name")?,
                        }
                    }
                    _ => {
                        let end = match close {
                            Some(close) if rest.starts_with(b"{") => at + close + 1,
                            _ if rest.starts_with(b"{") => d.input.len(),
                            _ => at,
                        };
                        d.fail(start, end, "malformed \\N character escape")?
                    }
                };
            }
            c => match simple_escape(c) {
                Some(b) => d.out.push(CodePoint::from(b)),
                None => {
                    if invalid.is_none() {
                        invalid = Some(char::from(c).to_string());
                    }
                    d.out.push_char('\\');
                    d.out.push(CodePoint::from(c));
                }
            },
        }
    }
    let out = d.out;
    if let Some(escape) = invalid {
        invalid_escape(th, "", &escape)?;
    }
    Ok((out, at))
}

/// Decodes `raw_unicode_escape`; the text, and how much of the input was used.
pub(crate) fn decode_raw_unicode_escape(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut d = Decoder::new(th, "rawunicodeescape", errors, input)?;
    let mut at = 0;
    while at < d.input.len() {
        let start = at;
        let byte = d.input[at];
        at += 1;
        let kind = d.input.get(at).copied();
        if byte == b'\\' && kind.is_none() && !last {
            at = start;
            break;
        }
        let (n, reason) = match kind {
            Some(b'u') if byte == b'\\' => (4, "truncated \\uXXXX escape"),
            Some(b'U') if byte == b'\\' => (8, "truncated \\UXXXXXXXX escape"),
            Some(c) if byte == b'\\' => {
                d.out.push_char('\\');
                d.out.push(CodePoint::from(c));
                at += 1;
                continue;
            }
            _ => {
                d.out.push(CodePoint::from(byte));
                continue;
            }
        };
        at += 1;
        let digits = hex_digits(&d.input[at..], n);
        let (found, value) = (digits.len(), hex_value(digits));
        if found < n && at + found == d.input.len() && !last {
            at = start;
            break;
        }
        at = if found < n {
            d.fail(start, at + found, reason)?
        } else if value > 0x10_ffff {
            d.fail(start, at + found, "\\Uxxxxxxxx out of range")?
        } else {
            push_point(&mut d.out, value);
            at + found
        };
    }
    Ok((d.out, at))
}

/// The bytes that a bytes literal's text stands for (`codecs.escape_decode`).
pub(crate) fn decode_bytes_escape(th: &Thread, input: &[u8], errors: &str) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(input.len());
    let mut invalid: Option<String> = None;
    let mut at = 0;
    while let Some(byte) = input.get(at).copied() {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(c) = input.get(at).copied() else { return Err(th.value_error("Trailing \\ in string")) };
        at += 1;
        match c {
            b'\n' => {}
            b'0'..=b'7' => {
                let more = input[at..].iter().take(2).take_while(|b| (b'0'..=b'7').contains(*b)).count();
                let digits = &input[at - 1..at + more];
                let n = digits.iter().fold(0u32, |n, b| n << 3 | u32::from(b - b'0'));
                if n > 0o377 && invalid.is_none() {
                    invalid = Some(String::from_utf8_lossy(digits).into_owned());
                }
                at += more;
                out.push(n as u8);
            }
            b'x' => {
                let digits = hex_digits(&input[at..], 2);
                if digits.len() == 2 {
                    out.push(hex_value(digits) as u8);
                    at += 2;
                    continue;
                }
                match errors {
                    "strict" => {
                        return Err(th.value_error(format!("invalid \\x escape at position {}", at - 2)));
                    }
                    "replace" => out.push(b'?'),
                    "ignore" => {}
                    other => {
                        let message = format!("decoding error; unknown error handling code: {other}");
                        return Err(th.value_error(message));
                    }
                }
                at += digits.len();
            }
            c => match simple_escape(c) {
                Some(b) => out.push(b),
                None => {
                    if invalid.is_none() {
                        invalid = Some(char::from(c).to_string());
                    }
                    out.extend_from_slice(&[b'\\', c]);
                }
            },
        }
    }
    if let Some(escape) = invalid {
        invalid_escape(th, "b", &escape)?;
    }
    Ok(out)
}
