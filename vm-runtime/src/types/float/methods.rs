//! Methods of float.
use super::{digits, exact, parse, receiver, to_int, value_of};
use crate::prelude::*;
use crate::types::format_spec;
use crate::types::int::methods::spec_of;
use crate::types::int::{IntRef, convert};
use num_bigint::BigInt;

fn this(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    exact(th, v)
}

fn from_number(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let number = args.first().unwrap_or(Value::none_ref());
    let float = th.types().float;
    let plain = cls.is(&float.value());
    if plain && th.is_exact(number, float) {
        return Ok(number.clone());
    }
    let x = th.float(th.as_f64(number)?);
    if plain { Ok(x) } else { th.call(cls, &[x]) }
}

fn trunc(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    to_int(th, receiver(th, v)?)
}

fn floor(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    to_int(th, receiver(th, v)?.floor())
}

fn ceil(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    to_int(th, receiver(th, v)?.ceil())
}

fn round(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let x = receiver(th, v)?;
    let places = match args.first() {
        Some(places) if !places.is_unbound() && !places.is_none() => th.index_clamped(places)?,
        _ => return to_int(th, x.round_ties_even()),
    };
    let rounded = digits::round_decimal(x, places);
    if rounded.is_infinite() && x.is_finite() {
        return Err(th.overflow_error("rounded value too large to represent"));
    }
    Ok(th.float(rounded))
}

fn as_integer_ratio(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let x = receiver(th, v)?;
    if x.is_nan() {
        return Err(th.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(th.overflow_error("cannot convert Infinity to integer ratio"));
    }
    if x.fract() == 0.0 {
        return Ok(th.tuple(vec![to_int(th, x)?, th.int(1)]));
    }
    let bits = x.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i64;
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (mantissa, power) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    // The fractional part is not zero, so the power is below zero and reducing by twos ends before it.
    let twos = i64::from(mantissa.trailing_zeros());
    let numerator = (mantissa >> twos) * if x < 0.0 { -1 } else { 1 };
    let denominator = BigInt::from(1) << (-power - twos).unsigned_abs();
    Ok(th.tuple(vec![th.int(numerator), th.int_from(denominator)]))
}

fn fromhex(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let text = args.first().unwrap_or(Value::none_ref());
    let Some(text) = text.as_str() else {
        return Err(th.type_error("bad argument type for built-in operation"));
    };
    let x = match parse::from_hex(text.as_wtf8().as_bytes()) {
        Ok(x) => th.float(x),
        Err(parse::HexError::Invalid) => {
            return Err(th.value_error("invalid hexadecimal floating-point string"));
        }
        Err(parse::HexError::Overflow) => {
            return Err(th.overflow_error("hexadecimal value too large to represent as a float"));
        }
        Err(parse::HexError::TooLong) => return Err(th.value_error("hexadecimal string too long to convert")),
    };
    if cls.is(&th.types().float.value()) { Ok(x) } else { th.call(cls, &[x]) }
}

fn hex(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.str(&parse::to_hex(receiver(th, v)?)))
}

fn is_integer(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let x = receiver(th, v)?;
    Ok(Value::bool(x.is_finite() && x.fract() == 0.0))
}

fn getnewargs(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![exact(th, v)?]))
}

fn getformat(th: &Thread, _cls: &Value, args: &[Value]) -> PyResult<Value> {
    let kind = args.first().unwrap_or(Value::none_ref());
    match kind.as_str().map(|s| s.to_str()) {
        Some(Some("double" | "float")) => Ok(th.str(if cfg!(target_endian = "little") {
            "IEEE, little-endian"
        } else {
            "IEEE, big-endian"
        })),
        Some(_) => Err(th.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
        None => Err(th.type_error(format!(
            "__getformat__() argument must be str, not {}",
            kind.type_of(th).full_name()
        ))),
    }
}

fn format(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let spec = spec_of(th, args)?;
    if spec.is_empty() {
        return th.to_str(v);
    }
    let text = format_spec::format_float(receiver(th, v)?, spec, &v.type_of(th).full_name());
    Ok(th.str_wtf8(&text.map_err(|e| th.format_error(e))?))
}

fn get_imag(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.float(0.0))
}

/// `float` in a comparison with an int that may be large: exact.
#[must_use]
pub fn equals_int(x: f64, n: IntRef<'_>) -> bool {
    let order = match n {
        IntRef::Small(n) => convert::compare_i64_f64(n, x),
        IntRef::Big(n) => convert::compare_f64(n, x),
    };
    order == Some(std::cmp::Ordering::Equal)
}

/// Whether `v` is a float, of a subclass or not.
#[must_use]
pub fn is_float(v: &Value) -> bool {
    value_of(v).is_some()
}

pub(super) static METHODS: &[MethodDef] = &[
    cm("from_number", "(number, /)", from_number, "Convert real number to a floating-point number."),
    m("conjugate", "()", this, "Return self, the complex conjugate of any float."),
    m("__trunc__", "()", trunc, "Return the Integral closest to x between 0 and x."),
    m("__floor__", "()", floor, "Return the floor as an Integral."),
    m("__ceil__", "()", ceil, "Return the ceiling as an Integral."),
    m(
        "__round__",
        "(ndigits=None, /)",
        round,
        "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits).",
    ),
    m(
        "as_integer_ratio",
        "()",
        as_integer_ratio,
        "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest terms and has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on NaNs.\n\n>>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (0.0).as_integer_ratio()\n(0, 1)\n>>> (-.25).as_integer_ratio()\n(-1, 4)",
    ),
    cm(
        "fromhex",
        "(string, /)",
        fromhex,
        "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324",
    ),
    m(
        "hex",
        "()",
        hex,
        "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'",
    ),
    m("is_integer", "()", is_integer, "Return True if the float is an integer."),
    m("__getnewargs__", "()", getnewargs, ""),
    cm(
        "__getformat__",
        "(typestr, /)",
        getformat,
        "You probably don't want to use this function.\n\n  typestr\n    Must be 'double' or 'float'.\n\nIt exists mainly to be used in Python's test suite.\n\nThis function returns whichever of 'unknown', 'IEEE, big-endian' or\n'IEEE, little-endian' best describes the format of floating-point\nnumbers used by the C type named by typestr.",
    ),
    m("__format__", "(format_spec, /)", format, "Formats the float according to format_spec."),
];

pub(super) static GETSET: &[GetSetDef] = &[
    gs("real", exact, None, "the real part of a complex number"),
    gs("imag", get_imag, None, "the imaginary part of a complex number"),
];
