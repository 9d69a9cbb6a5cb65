//! Module `_codecs`.
use super::{charmap, escape, registry, run_codec, simple, utf7, wide};
use crate::prelude::*;
use crate::types::str::arguments::type_or_none;
use crate::types::str::escape::repr_bytes_quoted;
use rustpython_wtf8::Wtf8Buf;

/// An argument `errors`: missing, None or a string.
fn errors_arg(th: &Thread, args: &[Value], at: usize, function: &str) -> PyResult<Option<String>> {
    match args.get(at) {
        None => Ok(None),
        Some(v) if v.is_unbound() || v.is_none() => Ok(None),
        Some(v) => match v.as_str() {
            Some(text) => super::c_string(th, text).map(Some),
            None => {
                let kind = type_or_none(th, v);
                Err(th
                    .type_error(format!("{function}() argument {} must be str or None, not {kind}", at + 1)))
            }
        },
    }
}

fn name_arg(th: &Thread, v: &Value, what: &str) -> PyResult<String> {
    super::c_string(th, th.expect_str(v, what)?)
}

fn flag(th: &Thread, args: &[Value], at: usize, missing: bool) -> PyResult<bool> {
    match args.get(at) {
        Some(v) if !v.is_unbound() => th.truth(v),
        _ => Ok(missing),
    }
}

fn encoded(th: &Thread, text: &Value, bytes: &[u8]) -> PyResult<Value> {
    let n = text.as_str().map_or(0, Str::char_len);
    Ok(th.tuple(vec![th.try_bytes(bytes)?, th.usize(n)]))
}

fn decoded(th: &Thread, made: (Wtf8Buf, usize)) -> PyResult<Value> {
    Ok(th.tuple(vec![th.try_str(&made.0)?, th.usize(made.1)]))
}

type Decode = fn(&Thread, &[u8], Option<&str>, bool) -> PyResult<(Wtf8Buf, usize)>;
type Encode = fn(&Thread, &Value, Option<&str>) -> PyResult<Vec<u8>>;

fn decode_args(th: &Thread, args: &[Value], name: &str, last: bool, f: Decode) -> PyResult<Value> {
    let errors = errors_arg(th, args, 1, name)?;
    let last = flag(th, args, 2, last)?;
    let input = th.bytes_like(&args[0])?;
    decoded(th, f(th, &input, errors.as_deref(), last)?)
}

fn encode_args(th: &Thread, args: &[Value], name: &str, f: Encode) -> PyResult<Value> {
    th.expect_str(&args[0], &format!("{name}() argument 1"))?;
    let errors = errors_arg(th, args, 1, name)?;
    let bytes = f(th, &args[0], errors.as_deref())?;
    encoded(th, &args[0], &bytes)
}

macro_rules! codecs {
    ($(decode $dname:ident($last:literal) = $decode:expr;)* ; $(encode $ename:ident = $encode:expr;)*) => {
        $(fn $dname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
            decode_args(th, args, stringify!($dname), $last, $decode)
        })*
        $(fn $ename(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
            encode_args(th, args, stringify!($ename), $encode)
        })*
    };
}
codecs! {
    decode utf_8_decode(false) = simple::decode_utf8;
    decode utf_7_decode(false) = utf7::decode;
    decode utf_16_decode(false) = |th, i, e, last| wide::decode_utf16(th, i, e, &mut 0, last);
    decode utf_16_le_decode(false) = |th, i, e, last| wide::decode_utf16(th, i, e, &mut -1, last);
    decode utf_16_be_decode(false) = |th, i, e, last| wide::decode_utf16(th, i, e, &mut 1, last);
    decode utf_32_decode(false) = |th, i, e, last| wide::decode_utf32(th, i, e, &mut 0, last);
    decode utf_32_le_decode(false) = |th, i, e, last| wide::decode_utf32(th, i, e, &mut -1, last);
    decode utf_32_be_decode(false) = |th, i, e, last| wide::decode_utf32(th, i, e, &mut 1, last);
    decode latin_1_decode(true) = |th, i, _, _| simple::decode_latin1(th, i);
    decode ascii_decode(true) = |th, i, e, _| simple::decode_ascii(th, i, e);
    ;
    encode utf_8_encode = simple::encode_utf8;
    encode utf_7_encode = |_, t, _| Ok(t.as_str().map(utf7::encode).unwrap_or_default());
    encode utf_16_le_encode = |th, t, e| wide::encode_utf16(th, t, e, -1);
    encode utf_16_be_encode = |th, t, e| wide::encode_utf16(th, t, e, 1);
    encode utf_32_le_encode = |th, t, e| wide::encode_utf32(th, t, e, -1);
    encode utf_32_be_encode = |th, t, e| wide::encode_utf32(th, t, e, 1);
    encode latin_1_encode = |th, t, e| simple::encode_narrow(th, t, e, "latin-1", 256);
    encode ascii_encode = |th, t, e| simple::encode_narrow(th, t, e, "ascii", 128);
    encode unicode_escape_encode = |_, t, _| Ok(t.as_str().map(escape::encode_unicode_escape).unwrap_or_default());
    encode raw_unicode_escape_encode = |_, t, _| Ok(t.as_str().map(escape::encode_raw_unicode_escape).unwrap_or_default());
}

fn ordered(
    th: &Thread,
    args: &[Value],
    name: &str,
    f: fn(&Thread, &Value, Option<&str>, i32) -> PyResult<Vec<u8>>,
) -> PyResult<Value> {
    th.expect_str(&args[0], &format!("{name}() argument 1"))?;
    let errors = errors_arg(th, args, 1, name)?;
    let order = if args[2].is_unbound() { 0 } else { th.as_c_int(&args[2])? };
    let bytes = f(th, &args[0], errors.as_deref(), order.signum())?;
    encoded(th, &args[0], &bytes)
}

fn utf_16_encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    ordered(th, args, "utf_16_encode", wide::encode_utf16)
}

fn utf_32_encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    ordered(th, args, "utf_32_encode", wide::encode_utf32)
}

type OrderedDecode = fn(&Thread, &[u8], Option<&str>, &mut i32, bool) -> PyResult<(Wtf8Buf, usize)>;

fn ex_decode(th: &Thread, args: &[Value], name: &str, f: OrderedDecode) -> PyResult<Value> {
    let errors = errors_arg(th, args, 1, name)?;
    let mut order = if args[2].is_unbound() { 0 } else { th.as_c_int(&args[2])?.signum() };
    let last = flag(th, args, 3, false)?;
    let input = th.bytes_like(&args[0])?;
    let (text, used) = f(th, &input, errors.as_deref(), &mut order, last)?;
    Ok(th.tuple(vec![th.try_str(&text)?, th.usize(used), th.int(i64::from(order))]))
}

fn utf_16_ex_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    ex_decode(th, args, "utf_16_ex_decode", wide::decode_utf16)
}

fn utf_32_ex_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    ex_decode(th, args, "utf_32_ex_decode", wide::decode_utf32)
}

/// The input of the escape codecs, which take text as well.
fn escape_args(th: &Thread, args: &[Value], name: &str, f: Decode) -> PyResult<Value> {
    let errors = errors_arg(th, args, 1, name)?;
    let last = flag(th, args, 2, true)?;
    let input = th.bytes_or_str(&args[0])?;
    decoded(th, f(th, &input, errors.as_deref(), last)?)
}

fn unicode_escape_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    escape_args(th, args, "unicode_escape_decode", escape::decode_unicode_escape)
}

fn raw_unicode_escape_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    escape_args(th, args, "raw_unicode_escape_decode", escape::decode_raw_unicode_escape)
}

fn escape_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let errors = errors_arg(th, args, 1, "escape_decode")?;
    let input = th.bytes_or_str(&args[0])?;
    let out = escape::decode_bytes_escape(th, &input, errors.as_deref().unwrap_or("strict"))?;
    Ok(th.tuple(vec![th.try_bytes(&out)?, th.usize(input.len())]))
}

fn escape_encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    errors_arg(th, args, 1, "escape_encode")?;
    let Some(bytes) = args[0].payload::<Bytes>() else {
        let kind = type_or_none(th, &args[0]);
        return Err(th.type_error(format!("escape_encode() argument 1 must be bytes, not {kind}")));
    };
    let quoted = repr_bytes_quoted(bytes.as_slice(), "", b'\'');
    let inner = quoted.as_bytes().get(1..quoted.len() - 1).unwrap_or_default();
    Ok(th.tuple(vec![th.try_bytes(inner)?, th.usize(bytes.len())]))
}

fn readbuffer_encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    errors_arg(th, args, 1, "readbuffer_encode")?;
    let input = th.bytes_or_str(&args[0])?;
    Ok(th.tuple(vec![th.try_bytes(&input)?, th.usize(input.len())]))
}

fn is_absent(v: &Value) -> bool {
    v.is_unbound() || v.is_none()
}

fn charmap_decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let errors = errors_arg(th, args, 1, "charmap_decode")?;
    let input = th.bytes_like(&args[0])?;
    if is_absent(&args[2]) {
        return decoded(th, simple::decode_latin1(th, &input)?);
    }
    decoded(th, charmap::decode(th, &input, errors.as_deref(), &args[2])?)
}

fn charmap_encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.expect_str(&args[0], "charmap_encode() argument 1")?;
    let errors = errors_arg(th, args, 1, "charmap_encode")?;
    let bytes = if is_absent(&args[2]) {
        simple::encode_narrow(th, &args[0], errors.as_deref(), "latin-1", 256)?
    } else {
        charmap::encode(th, &args[0], errors.as_deref(), &args[2])?
    };
    encoded(th, &args[0], &bytes)
}

fn charmap_build(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    charmap::build(th, th.expect_str(&args[0], "charmap_build() argument")?)
}

fn register(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    registry::register(th, &args[0])?;
    Ok(Value::NONE)
}

fn unregister(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    registry::unregister(th, &args[0])?;
    Ok(Value::NONE)
}

fn lookup(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    registry::lookup(th, &name_arg(th, &args[0], "lookup() argument")?)
}

fn register_error(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = name_arg(th, &args[0], "register_error() argument 1")?;
    registry::register_error(th, &name, &args[1])?;
    Ok(Value::NONE)
}

fn unregister_error(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = name_arg(th, &args[0], "_unregister_error() argument")?;
    Ok(Value::bool(registry::unregister_error(th, &name)?))
}

fn lookup_error(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    registry::lookup_error(th, &name_arg(th, &args[0], "lookup_error() argument")?)
}

fn any_codec(th: &Thread, args: &[Value], name: &str, decode: bool) -> PyResult<Value> {
    let text = |at: usize, what: &str| -> PyResult<Option<String>> {
        match &args[at] {
            v if v.is_unbound() => Ok(None),
            v => name_arg(th, v, &format!("{name}() argument '{what}'")).map(Some),
        }
    };
    let encoding = text(1, "encoding")?;
    let errors = text(2, "errors")?;
    run_codec(th, &args[0], encoding.as_deref().unwrap_or("utf-8"), errors.as_deref(), decode)
}

fn encode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    any_codec(th, args, "encode", false)
}

fn decode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    any_codec(th, args, "decode", true)
}

/// Module `_codecs`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_codecs",
    functions: &[
        m(
            "_unregister_error",
            "(errors, /)",
            unregister_error,
            "Un-register the specified error handler for the error handling `errors'.",
        ),
        m("ascii_decode", "(data, errors=None, /)", ascii_decode, ""),
        m("ascii_encode", "(str, errors=None, /)", ascii_encode, ""),
        m("charmap_build", "(map, /)", charmap_build, ""),
        m("charmap_decode", "(data, errors=None, mapping=None, /)", charmap_decode, ""),
        m("charmap_encode", "(str, errors=None, mapping=None, /)", charmap_encode, ""),
        m(
            "decode",
            "(obj, encoding='utf-8', errors='strict')",
            decode,
            "Decodes obj using the codec registered for encoding.",
        ),
        m(
            "encode",
            "(obj, encoding='utf-8', errors='strict')",
            encode,
            "Encodes obj using the codec registered for encoding.",
        ),
        m("escape_decode", "(data, errors=None, /)", escape_decode, ""),
        m("escape_encode", "(data, errors=None, /)", escape_encode, ""),
        m("latin_1_decode", "(data, errors=None, /)", latin_1_decode, ""),
        m("latin_1_encode", "(str, errors=None, /)", latin_1_encode, ""),
        m(
            "lookup",
            "(encoding, /)",
            lookup,
            "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.",
        ),
        m("lookup_error", "(name, /)", lookup_error, "lookup_error(errors) -> handler"),
        m("raw_unicode_escape_decode", "(data, errors=None, final=True, /)", raw_unicode_escape_decode, ""),
        m("raw_unicode_escape_encode", "(str, errors=None, /)", raw_unicode_escape_encode, ""),
        m("readbuffer_encode", "(data, errors=None, /)", readbuffer_encode, ""),
        m("register", "(search_function, /)", register, "Register a codec search function."),
        m(
            "register_error",
            "(errors, handler, /)",
            register_error,
            "Register the specified error handler under the name errors.",
        ),
        m("unicode_escape_decode", "(data, errors=None, final=True, /)", unicode_escape_decode, ""),
        m("unicode_escape_encode", "(str, errors=None, /)", unicode_escape_encode, ""),
        m(
            "unregister",
            "(search_function, /)",
            unregister,
            "Unregister a codec search function and clear the registry's cache.",
        ),
        m("utf_16_be_decode", "(data, errors=None, final=False, /)", utf_16_be_decode, ""),
        m("utf_16_be_encode", "(str, errors=None, /)", utf_16_be_encode, ""),
        m("utf_16_decode", "(data, errors=None, final=False, /)", utf_16_decode, ""),
        m("utf_16_encode", "(str, errors=None, byteorder=0, /)", utf_16_encode, ""),
        m("utf_16_ex_decode", "(data, errors=None, byteorder=0, final=False, /)", utf_16_ex_decode, ""),
        m("utf_16_le_decode", "(data, errors=None, final=False, /)", utf_16_le_decode, ""),
        m("utf_16_le_encode", "(str, errors=None, /)", utf_16_le_encode, ""),
        m("utf_32_be_decode", "(data, errors=None, final=False, /)", utf_32_be_decode, ""),
        m("utf_32_be_encode", "(str, errors=None, /)", utf_32_be_encode, ""),
        m("utf_32_decode", "(data, errors=None, final=False, /)", utf_32_decode, ""),
        m("utf_32_encode", "(str, errors=None, byteorder=0, /)", utf_32_encode, ""),
        m("utf_32_ex_decode", "(data, errors=None, byteorder=0, final=False, /)", utf_32_ex_decode, ""),
        m("utf_32_le_decode", "(data, errors=None, final=False, /)", utf_32_le_decode, ""),
        m("utf_32_le_encode", "(str, errors=None, /)", utf_32_le_encode, ""),
        m("utf_7_decode", "(data, errors=None, final=False, /)", utf_7_decode, ""),
        m("utf_7_encode", "(str, errors=None, /)", utf_7_encode, ""),
        m("utf_8_decode", "(data, errors=None, final=False, /)", utf_8_decode, ""),
        m("utf_8_encode", "(str, errors=None, /)", utf_8_encode, ""),
    ],
    ..ModuleSpec::EMPTY
};
