//! JSON strings.
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use vm_runtime::prelude::*;

/// Appends a text as a JSON string.
pub(super) fn push_string(out: &mut Wtf8Buf, text: &Wtf8, ascii: bool) {
    out.push_char('"');
    let bytes = text.as_bytes();
    let plain = |b: &u8| (0x20..0x7f).contains(b) && *b != b'"' && *b != b'\\';
    if bytes.iter().all(plain) {
        out.push_wtf8(text);
    } else {
        for c in text.code_points() {
            push_char(out, c, ascii);
        }
    }
    out.push_char('"');
}

fn push_char(out: &mut Wtf8Buf, c: CodePoint, ascii: bool) {
    match c.to_u32() {
        0x22 => out.push_str("\\\""),
        0x5c => out.push_str("\\\\"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        0x0a => out.push_str("\\n"),
        0x0d => out.push_str("\\r"),
        0x09 => out.push_str("\\t"),
        n @ 0..=0x1f => out.push_str(&format!("\\u{n:04x}")),
        n if ascii && n > 0xffff => {
            let n = n - 0x1_0000;
            out.push_str(&format!("\\u{:04x}\\u{:04x}", 0xd800 + (n >> 10), 0xdc00 + (n & 0x3ff)));
        }
        n if ascii && n > 0x7e => out.push_str(&format!("\\u{n:04x}")),
        _ => out.push(c),
    }
}

fn encode(th: &Thread, v: &Value, ascii: bool) -> PyResult<Value> {
    let Some(text) = v.as_str() else {
        return Err(th.type_error(format!("first argument must be a string, not {}", v.type_name(th))));
    };
    let mut out = Wtf8Buf::with_capacity(text.byte_len() + 2);
    push_string(&mut out, text, ascii);
    th.try_str(&out)
}

pub(super) fn encode_basestring(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    encode(th, &args[0], false)
}

pub(super) fn encode_basestring_ascii(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    encode(th, &args[0], true)
}

/// `json.JSONDecodeError` at a position in code points.
pub(super) fn decode_error(th: &Thread, message: &str, document: &Value, at: i64) -> Raised {
    let made = th.import("json.decoder").and_then(|module| {
        let class = th.getattr_str(&module, "JSONDecodeError")?;
        th.call(&class, &[th.str(message), document.clone(), th.int(at)])
    });
    match made {
        Ok(exc) => th.raise_value(exc),
        Err(raised) => raised,
    }
}

/// A string's text and the byte after its closing quote. `begin` is the byte after the opening one.
pub(super) fn scan(th: &Thread, document: &Value, begin: usize, strict: bool) -> PyResult<(Wtf8Buf, usize)> {
    let text = th.expect_str(document, "document")?;
    let bytes = text.as_bytes();
    let fail = |message: &str, at: usize| decode_error(th, message, document, text.char_of(at) as i64);
    let unterminated =
        || decode_error(th, "Unterminated string starting at", document, text.char_of(begin) as i64 - 1);
    let mut out = Wtf8Buf::new();
    let mut at = begin;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let plain = rest.iter().position(|b| *b == b'"' || *b == b'\\' || *b < 0x20).unwrap_or(rest.len());
        if let Some(piece) = text.as_wtf8().get(at..at + plain) {
            out.push_wtf8(piece);
        }
        at += plain;
        match bytes.get(at) {
            None => return Err(unterminated()),
            Some(b'"') => return Ok((out, at + 1)),
            Some(b'\\') => {}
            Some(control) => {
                if strict {
                    return Err(fail("Invalid control character at", at));
                }
                out.push(CodePoint::from(*control));
                at += 1;
                continue;
            }
        }
        let escape = at;
        at += 2;
        let c = match bytes.get(escape + 1) {
            None => return Err(unterminated()),
            Some(c @ (b'"' | b'\\' | b'/')) => *c,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let invalid = || fail("Invalid \\uXXXX escape", escape + 1);
                let mut c = hex4(bytes, at).ok_or_else(invalid)?;
                at += 4;
                if (0xd800..0xdc00).contains(&c)
                    && bytes.get(at..at + 2) == Some(b"\\u")
                    && let Some(low @ 0xdc00..0xe000) = hex4(bytes, at + 2)
                {
                    c = 0x1_0000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
                    at += 6;
                }
                out.extend(CodePoint::from_u32(c));
                continue;
            }
            Some(_) => return Err(fail("Invalid \\escape", escape)),
        };
        out.push(CodePoint::from(c));
    }
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    // Five bytes must be there in all: the closing quote cannot be missing.
    bytes.get(at + 4)?;
    digits.iter().try_fold(0, |n, d| Some(n << 4 | char::from(*d).to_digit(16)?))
}

pub(super) fn scanstring(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(text) = args[0].as_str() else {
        return Err(th.type_error(format!("first argument must be a string, not {}", args[0].type_name(th))));
    };
    let begin = th.index_i64(&args[1])?;
    let strict = args[2].is_unbound() || th.truth(&args[2])?;
    let Some(begin) = usize::try_from(begin).ok().filter(|b| *b <= text.char_len()) else {
        return Err(th.value_error("end is out of bounds"));
    };
    let (made, end) = scan(th, &args[0], text.byte_of(begin), strict)?;
    Ok(th.tuple(vec![th.try_str(&made)?, th.usize(text.char_of(end))]))
}
