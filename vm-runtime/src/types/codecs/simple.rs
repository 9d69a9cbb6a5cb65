//! UTF-8, ASCII and Latin-1.
use super::errors::{Decoder, Encoding, encode_with};
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

struct Utf8;

impl Encoding for Utf8 {
    fn name(&self) -> &str {
        "utf-8"
    }
    fn emit(&mut self, _th: &Thread, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
        let Some(c) = char::from_u32(c) else { return Ok(false) };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(true)
    }
    fn reason(&self) -> &str {
        "surrogates not allowed"
    }
    fn wants_ascii(&self) -> bool {
        true
    }
}

/// Encodes a string that has surrogates.
pub(crate) fn encode_utf8(th: &Thread, text: &Value, errors: Option<&str>) -> PyResult<Vec<u8>> {
    if let Some(utf8) = text.as_str().and_then(Str::to_str) {
        return Ok(utf8.as_bytes().to_vec());
    }
    encode_with(th, text, errors, &mut Utf8)
}

struct Narrow {
    name: &'static str,
    limit: u32,
}

impl Encoding for Narrow {
    fn name(&self) -> &str {
        self.name
    }
    fn emit(&mut self, _th: &Thread, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
        if c < self.limit {
            out.push(c as u8);
        }
        Ok(c < self.limit)
    }
    fn reason(&self) -> &str {
        if self.limit == 128 { "ordinal not in range(128)" } else { "ordinal not in range(256)" }
    }
}

/// Encodes into one byte a character.
pub(crate) fn encode_narrow(
    th: &Thread,
    text: &Value,
    errors: Option<&str>,
    name: &'static str,
    limit: u32,
) -> PyResult<Vec<u8>> {
    encode_with(th, text, errors, &mut Narrow { name, limit })
}

/// Decodes UTF-8; the text, and how much of the input was used (all of it if `last`).
pub(crate) fn decode_utf8(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    last: bool,
) -> PyResult<(Wtf8Buf, usize)> {
    let mut d = Decoder::new(th, "utf-8", errors, input)?;
    let mut at = 0;
    while at < d.input.len() {
        let rest = &d.input[at..];
        let error = match std::str::from_utf8(rest) {
            Ok(text) => {
                d.out.push_str(text);
                return Ok((d.out, d.input.len()));
            }
            Err(error) => error,
        };
        let good = error.valid_up_to();
        if let Ok(text) = std::str::from_utf8(&rest[..good]) {
            d.out.push_str(text);
        }
        at += good;
        let bad = &d.input[at..];
        at = match error.error_len() {
            None if !last => return Ok((d.out, at)),
            // A surrogate cut in two waits for its end, in case the handler lets it pass.
            Some(1) if !last && matches!(bad, [0xed, 0xa0..=0xbf]) => return Ok((d.out, at)),
            None => {
                let end = d.input.len();
                d.fail(at, end, "unexpected end of data")?
            }
            Some(n) => {
                let starts = matches!(bad.first(), Some(0xc2..=0xf4));
                d.fail(at, at + n, if starts { "invalid continuation byte" } else { "invalid start byte" })?
            }
        };
    }
    Ok((d.out, d.input.len()))
}

/// Decodes ASCII.
pub(crate) fn decode_ascii(th: &Thread, input: &[u8], errors: Option<&str>) -> PyResult<(Wtf8Buf, usize)> {
    let mut d = Decoder::new(th, "ascii", errors, input)?;
    let mut at = 0;
    while at < d.input.len() {
        let good = d.input[at..].iter().position(|b| !b.is_ascii()).unwrap_or(d.input.len() - at);
        if let Ok(text) = std::str::from_utf8(&d.input[at..at + good]) {
            d.out.push_str(text);
        }
        at += good;
        if at < d.input.len() {
            at = d.fail(at, at + 1, "ordinal not in range(128)")?;
        }
    }
    Ok((d.out, d.input.len()))
}

/// Decodes Latin-1.
pub(crate) fn decode_latin1(th: &Thread, input: &[u8]) -> PyResult<(Wtf8Buf, usize)> {
    let mut out = Wtf8Buf::new();
    let size = input.len() + input.iter().filter(|b| !b.is_ascii()).count();
    out.try_reserve(size).map_err(|_| th.memory_error())?;
    input.iter().for_each(|b| out.push(CodePoint::from(*b)));
    Ok((out, input.len()))
}
