//! `repr` and `ascii` of strings and bytes.
use super::unicode;
use crate::prelude::*;
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use std::fmt::Write;

/// The quote that `repr` chooses.
fn quote_of(bytes: &[u8]) -> u8 {
    if memchr::memchr(b'\'', bytes).is_some() && memchr::memchr(b'"', bytes).is_none() { b'"' } else { b'\'' }
}

/// `repr` of a text; with `ascii`, everything outside ASCII is escaped.
#[must_use]
pub fn repr_text(text: &Wtf8, ascii: bool) -> Wtf8Buf {
    let quote = char::from(quote_of(text.as_bytes()));
    let mut out = Wtf8Buf::with_capacity(text.len() + 2);
    out.push_char(quote);
    for c in text.code_points() {
        let n = c.to_u32();
        match n {
            0x5c => out.push_str("\\\\"),
            _ if c == quote => {
                out.push_char('\\');
                out.push_char(quote);
            }
            0x20..=0x7e => out.push(c),
            _ if !ascii && n > 0x7f && unicode::is_printable(n) => out.push(c),
            _ => push_escape(&mut out, n),
        }
    }
    out.push_char(quote);
    out
}

/// Appends the backslash escape of a code point.
pub fn push_escape(out: &mut Wtf8Buf, n: u32) {
    match n {
        0x0a => out.push_str("\\n"),
        0x0d => out.push_str("\\r"),
        0x09 => out.push_str("\\t"),
        0..=0xff => out.push_str(&format!("\\x{n:02x}")),
        0x100..=0xffff => out.push_str(&format!("\\u{n:04x}")),
        _ => out.push_str(&format!("\\U{n:08x}")),
    }
}

/// `repr` of bytes, without the `b`: quotes and escapes.
#[must_use]
pub fn repr_bytes(bytes: &[u8], prefix: &str) -> String {
    repr_bytes_quoted(bytes, prefix, quote_of(bytes))
}

/// `repr` of bytes in given quotes.
#[must_use]
pub fn repr_bytes_quoted(bytes: &[u8], prefix: &str, quote: u8) -> String {
    let mut out = String::with_capacity(bytes.len() + prefix.len() + 2);
    out.push_str(prefix);
    out.push(char::from(quote));
    for byte in bytes {
        match *byte {
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b if b == quote => {
                out.push('\\');
                out.push(char::from(b));
            }
            b @ 0x20..=0x7e => out.push(char::from(b)),
            b => {
                let _ = write!(out, "\\x{b:02x}");
            }
        }
    }
    out.push(char::from(quote));
    out
}

/// A text with everything outside ASCII escaped by backslashes (`ascii()` of the repr of an object).
#[must_use]
pub fn escape_non_ascii(text: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(text.len());
    for c in text.code_points() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c.to_u32()) }
    }
    out
}

impl Thread {
    /// `ascii(v)`: its repr with everything outside ASCII escaped.
    ///
    /// # Errors
    /// What `__repr__` raises.
    pub fn ascii(&self, v: &Value) -> PyResult<Value> {
        let shown = self.repr(v)?;
        match shown.as_str() {
            Some(text) if !text.is_ascii() => self.try_str(&escape_non_ascii(text)),
            _ => Ok(shown),
        }
    }

    /// `repr` of a text as a string.
    ///
    /// # Errors
    /// MemoryError.
    pub fn repr_of_text(&self, text: &Wtf8) -> PyResult<Value> {
        self.try_str(&repr_text(text, false))
    }
}
