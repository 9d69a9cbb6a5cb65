//! `binascii`: bytes to and from text codes, and checksums.
pub mod codes;

use crate::module_error::ModuleError;
use codes::Malformed;
use vm_runtime::buffer::BytesLike;
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

static ERROR: ModuleError = ModuleError {
    key: "binascii.Error",
    module: "binascii",
    name: "Error",
    base: |th| th.types().exc.value_error,
};
static INCOMPLETE: ModuleError = ModuleError {
    key: "binascii.Incomplete",
    module: "binascii",
    name: "Incomplete",
    base: |th| th.types().exc.exception,
};

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn flag(th: &Thread, args: &[Value], i: usize, default: bool) -> PyResult<bool> {
    let v = arg(args, i);
    if v.is_unbound() { Ok(default) } else { th.truth(v) }
}

fn made(th: &Thread, r: Result<Vec<u8>, Malformed>) -> PyResult<Value> {
    match r {
        Ok(bytes) => Ok(th.bytes(&bytes)),
        Err(Malformed(message)) => Err(ERROR.raise(th, message)),
    }
}

/// Bytes, or the bytes of an ASCII string.
fn ascii(th: &Thread, v: &Value) -> PyResult<BytesLike> {
    if let Some(text) = v.as_str() {
        if !text.is_ascii() {
            return Err(th.value_error("string argument should contain only ASCII characters"));
        }
        return Ok(BytesLike::Copy(text.as_wtf8().as_bytes().to_vec()));
    }
    if !th.has_buffer(v) {
        return Err(th.type_error(format!(
            "argument should be bytes, buffer or ASCII string, not '{}'",
            v.type_of(th).full_name()
        )));
    }
    th.bytes_like(v)
}

fn hexlify(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    let separator = match arg(args, 1) {
        v if v.is_unbound() => None,
        v => {
            if th.length(v)? != 1 {
                return Err(th.value_error("sep must be length 1."));
            }
            let code = if let Some(text) = v.as_str() {
                text.as_wtf8().code_points().next().map(|c| c.to_u32())
            } else if let Some(bytes) = v.payload::<Bytes>() {
                bytes.as_slice().first().map(|&b| u32::from(b))
            } else {
                return Err(th.type_error("sep must be str or bytes."));
            };
            match code.and_then(|c| u8::try_from(c).ok()) {
                Some(byte) => Some(byte),
                None => return Err(th.value_error("sep must be ASCII.")),
            }
        }
    };
    let group = if arg(args, 2).is_unbound() { 1 } else { i64::from(th.as_c_int(arg(args, 2))?) };
    Ok(th.bytes(&codes::hexlify(&bytes, separator, group)))
}

fn unhexlify(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    made(th, codes::unhexlify(&ascii(th, arg(args, 0))?))
}

fn a2b_base64(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let text = ascii(th, arg(args, 0))?;
    made(th, codes::a2b_base64(&text, flag(th, args, 1, false)?))
}

fn b2a_base64(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    Ok(th.bytes(&codes::b2a_base64(&bytes, flag(th, args, 1, true)?)))
}

fn a2b_uu(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    made(th, codes::a2b_uu(&ascii(th, arg(args, 0))?))
}

fn b2a_uu(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    made(th, codes::b2a_uu(&bytes, flag(th, args, 1, false)?))
}

fn a2b_qp(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let text = ascii(th, arg(args, 0))?;
    Ok(th.bytes(&codes::a2b_qp(&text, flag(th, args, 1, false)?)))
}

fn b2a_qp(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    let (tabs, text, header) =
        (flag(th, args, 1, false)?, flag(th, args, 2, true)?, flag(th, args, 3, false)?);
    Ok(th.bytes(&codes::b2a_qp(&bytes, tabs, text, header)))
}

/// The low 32 bits of an int.
pub(crate) fn low_bits(th: &Thread, v: &Value) -> PyResult<u32> {
    let index = th.index(v)?;
    Ok(match IntRef::of(&index) {
        Some(IntRef::Small(n)) => n as u32,
        Some(IntRef::Big(n)) => {
            let low = n.iter_u32_digits().next().unwrap_or(0);
            if IntRef::Big(n).is_negative() { low.wrapping_neg() } else { low }
        }
        None => 0,
    })
}

fn crc32(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    let start = if arg(args, 1).is_unbound() { 0 } else { low_bits(th, arg(args, 1))? };
    let crc = if bytes.len() > 1 << 16 {
        th.detach(|| codes::crc32(start, &bytes))
    } else {
        codes::crc32(start, &bytes)
    };
    Ok(th.int(i64::from(crc)))
}

fn crc_hqx(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let bytes = th.bytes_like(arg(args, 0))?;
    Ok(th.int(i64::from(codes::crc_hqx(low_bits(th, arg(args, 1))? as u16, &bytes))))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "Error", ERROR.class(th)?)?;
    th.set_module_attr(module, "Incomplete", INCOMPLETE.class(th)?)
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: &[
        m(
            "a2b_base64",
            "(data, /, *, strict_mode=False)",
            a2b_base64,
            "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not part of the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==).",
        ),
        m(
            "a2b_hex",
            "(hexstr, /)",
            unhexlify,
            "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\".",
        ),
        m("a2b_qp", "(data, header=False)", a2b_qp, "Decode a string of qp-encoded data."),
        m("a2b_uu", "(data, /)", a2b_uu, "Decode a line of uuencoded data."),
        m("b2a_base64", "(data, /, *, newline=True)", b2a_base64, "Base64-code line of data."),
        m(
            "b2a_hex",
            "(data, sep=None, bytes_per_sep=1)",
            hexlify,
            "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"hexlify()\".\n\nExample:\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef')\nb'b901ef'\n>>> binascii.hexlify(b'\\xb9\\x01\\xef', ':')\nb'b9:01:ef'\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef', b'_', 2)\nb'b9_01ef'",
        ),
        m(
            "b2a_qp",
            "(data, quotetabs=False, istext=True, header=False)",
            b2a_qp,
            "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded.",
        ),
        m("b2a_uu", "(data, /, *, backtick=False)", b2a_uu, "Uuencode line of data."),
        m("crc32", "(data, crc=0, /)", crc32, "Compute CRC-32 incrementally."),
        m("crc_hqx", "(data, crc, /)", crc_hqx, "Compute CRC-CCITT incrementally."),
        m(
            "hexlify",
            "(data, sep=None, bytes_per_sep=1)",
            hexlify,
            "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"b2a_hex()\".",
        ),
        m(
            "unhexlify",
            "(hexstr, /)",
            unhexlify,
            "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
