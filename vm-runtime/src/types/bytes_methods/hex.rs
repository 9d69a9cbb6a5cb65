//! Hexadecimal text.
use super::this;
use crate::prelude::*;
use crate::types::bytearray;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The arguments `sep` and `bytes_per_sep` of `hex()`.
pub(crate) fn hex_with(th: &Thread, content: &[u8], args: &[Value]) -> PyResult<Value> {
    let group = match args.get(1) {
        Some(v) if !v.is_unbound() => th.as_c_int(v)?,
        _ => 1,
    };
    let sep = match args.first() {
        None => None,
        Some(v) if v.is_unbound() => None,
        Some(v) => {
            if th.length(v)? != 1 {
                return Err(th.value_error("sep must be length 1."));
            }
            let sep = match (v.as_str(), v.payload::<Bytes>()) {
                (Some(text), _) if text.is_ascii() => text.as_bytes().first().copied(),
                (Some(_), _) => return Err(th.value_error("sep must be ASCII.")),
                (_, Some(bytes)) => bytes.as_slice().first().copied(),
                _ => return Err(th.type_error("sep must be str or bytes.")),
            };
            if sep.is_some_and(|b| !b.is_ascii()) {
                return Err(th.value_error("sep must be ASCII."));
            }
            sep
        }
    };
    let size = group.unsigned_abs() as usize;
    let mut out = String::new();
    let extra = if sep.is_some() && size > 0 { content.len() / size } else { 0 };
    out.try_reserve(content.len().saturating_mul(2).saturating_add(extra)).map_err(|_| th.memory_error())?;
    for (i, byte) in content.iter().enumerate() {
        if let Some(sep) = sep
            && size > 0
            && i > 0
            && (if group > 0 { (content.len() - i).is_multiple_of(size) } else { i.is_multiple_of(size) })
        {
            out.push(char::from(sep));
        }
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    Ok(th.str(&out))
}

pub(crate) fn hex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let content = this(th, v)?;
    hex_with(th, &content, args)
}

fn value_of(byte: Option<&u8>) -> Option<u8> {
    byte.and_then(|b| char::from(*b).to_digit(16)).map(|d| d as u8)
}

fn parse(th: &Thread, text: &[u8], chars: impl Fn(usize) -> usize) -> PyResult<Vec<u8>> {
    let wrong = |at: usize| {
        let at = chars(at);
        Err(th.value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}")))
    };
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if super::case::is_space(text[at]) {
            at += 1;
            continue;
        }
        let Some(high) = value_of(text.get(at)) else { return wrong(at) };
        let Some(low) = value_of(text.get(at + 1)) else {
            if at + 1 >= text.len() {
                return Err(th.value_error("fromhex() arg must contain an even number of hexadecimal digits"));
            }
            return wrong(at + 1);
        };
        out.push(high << 4 | low);
        at += 2;
    }
    Ok(out)
}

/// `cls.fromhex(text)`.
pub(crate) fn fromhex(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let content = match args[0].as_str() {
        Some(text) => parse(th, text.as_bytes(), |at| text.char_of(at))?,
        None if th.has_buffer(&args[0]) => {
            let bytes = th.bytes_like(&args[0])?;
            parse(th, &bytes, |at| at)?
        }
        None => {
            let kind = args[0].type_name(th);
            return Err(th.type_error(format!("fromhex() argument must be str or bytes-like, not {kind}")));
        }
    };
    let mutable = TypeRef::from_value(cls).is_some_and(|cls| cls.is_subtype(th.types().bytearray));
    let exact = if mutable { th.types().bytearray } else { th.types().bytes };
    let made = if mutable { bytearray::from_vec(th, content) } else { th.try_bytes(&content)? };
    if cls.is(&exact.value()) { Ok(made) } else { th.call(cls, &[made]) }
}
