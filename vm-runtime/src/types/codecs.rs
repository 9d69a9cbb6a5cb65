//! Codecs: between text and bytes.
//!
//! `encode_text` and `decode_bytes` are `str.encode` and `bytes.decode`: the usual encodings go straight to their functions,
//! the others through the registry, whose search function is Python's package `encodings`.
pub mod charmap;
pub mod errors;
pub mod escape;
pub mod module;
pub mod registry;
pub mod simple;
pub mod utf7;
pub mod wide;

use crate::prelude::*;
use crate::types::bytearray::ByteArray;

pub use module::MODULE;

/// A string for a parameter that C code would take as `const char *`.
///
/// # Errors
/// ValueError for a NUL, UnicodeEncodeError for a surrogate.
pub fn c_string(th: &Thread, text: &Str) -> PyResult<String> {
    let Some(utf8) = text.to_str() else {
        let at = text.code_points().position(|c| c.to_char().is_none()).unwrap_or(0);
        let object = th.str_wtf8(text.as_wtf8());
        return Err(th.unicode_encode_error("utf-8", object, at, at + 1, "surrogates not allowed"));
    };
    if utf8.contains('\0') {
        return Err(th.value_error("embedded null character"));
    }
    Ok(utf8.to_owned())
}

/// Encodings that need no registry.
#[derive(Clone, Copy)]
enum Direct {
    Utf8,
    Utf16,
    Utf32,
    Ascii,
    Latin1,
}

fn direct(encoding: Option<&str>) -> Option<Direct> {
    let Some(encoding) = encoding else { return Some(Direct::Utf8) };
    if encoding.len() > 12 {
        return None;
    }
    Some(match registry::normalized(encoding).as_str() {
        "utf_8" | "utf8" => Direct::Utf8,
        "utf_16" | "utf16" => Direct::Utf16,
        "utf_32" | "utf32" => Direct::Utf32,
        "ascii" | "us_ascii" => Direct::Ascii,
        "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Direct::Latin1,
        _ => return None,
    })
}

/// `text.encode(encoding, errors)`.
///
/// # Errors
/// LookupError, UnicodeEncodeError, and what a codec raises.
pub fn encode_text(
    th: &Thread,
    text: &Value,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Value> {
    let bytes = match direct(encoding) {
        Some(Direct::Utf8) => match text.as_str().and_then(Str::to_str) {
            Some(utf8) => return th.try_bytes(utf8.as_bytes()),
            None => simple::encode_utf8(th, text, errors)?,
        },
        Some(Direct::Ascii | Direct::Latin1) if text.as_str().is_some_and(Str::is_ascii) => {
            return th.try_bytes(text.as_str().map(Str::as_bytes).unwrap_or_default());
        }
        Some(Direct::Ascii) => simple::encode_narrow(th, text, errors, "ascii", 128)?,
        Some(Direct::Latin1) => simple::encode_narrow(th, text, errors, "latin-1", 256)?,
        Some(Direct::Utf16) => wide::encode_utf16(th, text, errors, 0)?,
        Some(Direct::Utf32) => wide::encode_utf32(th, text, errors, 0)?,
        None => return encode_by_registry(th, text, encoding.unwrap_or("utf-8"), errors),
    };
    th.try_bytes(&bytes)
}

/// `bytes.decode(encoding, errors)`.
///
/// # Errors
/// LookupError, UnicodeDecodeError, and what a codec raises.
pub fn decode_bytes(
    th: &Thread,
    bytes: &Value,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Value> {
    let Some(direct) = direct(encoding) else {
        return decode_by_registry(th, bytes, encoding.unwrap_or("utf-8"), errors);
    };
    let content = th.bytes_like(bytes)?;
    let (text, _) = match direct {
        Direct::Utf8 => {
            if let Ok(text) = std::str::from_utf8(&content) {
                return th.try_str(text.as_ref());
            }
            simple::decode_utf8(th, &content, errors, true)?
        }
        Direct::Ascii => simple::decode_ascii(th, &content, errors)?,
        Direct::Latin1 => simple::decode_latin1(th, &content)?,
        Direct::Utf16 => wide::decode_utf16(th, &content, errors, &mut 0, true)?,
        Direct::Utf32 => wide::decode_utf32(th, &content, errors, &mut 0, true)?,
    };
    th.try_str(&text)
}

/// A codec's function for text, where `str.encode` and `bytes.decode` may use the codec.
fn text_codec(th: &Thread, encoding: &str, function: &str, at: usize) -> PyResult<Value> {
    let codec = registry::lookup(th, encoding)?;
    let items = codec.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
    if !th.is_exact(&codec, th.types().tuple)
        && let Some(flag) = th.get_attr_opt(&codec, &th.intern("_is_text_encoding"))?
        && !th.truth(&flag)?
    {
        let message =
            format!("'{encoding}' is not a text encoding; use {function} to handle arbitrary codecs");
        return Err(th.lookup_error(message));
    }
    items.get(at).cloned().ok_or_else(|| th.system_error("a codec has no such function"))
}

/// Calls a codec's function; its first result.
fn run(
    th: &Thread,
    f: &Value,
    v: &Value,
    encoding: &str,
    errors: Option<&str>,
    what: &str,
    who: &str,
) -> PyResult<Value> {
    let result = match errors {
        Some(errors) => th.call(f, &[v.clone(), th.str(errors)]),
        None => th.call(f, std::slice::from_ref(v)),
    };
    let result = result.inspect_err(|_| add_note(th, format!("{what} with '{encoding}' codec failed")))?;
    match result.payload::<Tuple>().map(Tuple::as_slice) {
        Some([first, _]) => Ok(first.clone()),
        _ => Err(th.type_error(format!("{who} must return a tuple (object, integer)"))),
    }
}

fn add_note(th: &Thread, note: String) {
    let exc = th.take_error();
    if th.call_method(&exc, "add_note", &[th.str(&note)]).is_err() {
        th.clear_error();
    }
    th.restore_error(exc);
}

fn encode_by_registry(th: &Thread, text: &Value, encoding: &str, errors: Option<&str>) -> PyResult<Value> {
    let encoder = text_codec(th, encoding, "codecs.encode()", 0)?;
    let made = run(th, &encoder, text, encoding, errors, "encoding", "encoder")?;
    if made.payload::<Bytes>().is_some() {
        return Ok(made);
    }
    if let Some(array) = made.payload::<ByteArray>() {
        let message = format!(
            "encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        th.warn(th.types().exc.runtime_warning, message, 1)?;
        return th.try_bytes(&array.to_vec(th));
    }
    let kind = made.type_name(th);
    Err(th.type_error(format!(
        "'{encoding}' encoder returned '{kind}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
    )))
}

fn decode_by_registry(th: &Thread, bytes: &Value, encoding: &str, errors: Option<&str>) -> PyResult<Value> {
    let decoder = text_codec(th, encoding, "codecs.decode()", 1)?;
    let made = run(th, &decoder, bytes, encoding, errors, "decoding", "decoder")?;
    if made.as_str().is_some() {
        return Ok(made);
    }
    let kind = made.type_name(th);
    Err(th.type_error(format!(
        "'{encoding}' decoder returned '{kind}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
    )))
}

/// `codecs.encode(obj, encoding, errors)` and `codecs.decode`: any codec, any result.
pub(crate) fn run_codec(
    th: &Thread,
    v: &Value,
    encoding: &str,
    errors: Option<&str>,
    decode: bool,
) -> PyResult<Value> {
    let codec = registry::lookup(th, encoding)?;
    let items = codec.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
    let Some(f) = items.get(usize::from(decode)) else {
        return Err(th.system_error("a codec has no such function"));
    };
    let (what, who) = if decode { ("decoding", "decoder") } else { ("encoding", "encoder") };
    run(th, f, v, encoding, errors, what, who)
}
