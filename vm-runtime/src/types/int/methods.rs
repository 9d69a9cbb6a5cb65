//! Methods of int.
use super::{Int, IntRef, exact, receiver};
use crate::prelude::*;
use crate::types::format_spec;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{Signed, Zero};
use rustpython_wtf8::Wtf8;

fn this(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    exact(th, v)
}

fn bit_length(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.uint(receiver(th, v)?.bits()))
}

fn bit_count(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.uint(match receiver(th, v)? {
        IntRef::Small(i) => u64::from(i.unsigned_abs().count_ones()),
        IntRef::Big(n) => n.magnitude().count_ones(),
    }))
}

/// Whether a `byteorder` argument says little endian; `big` is the default.
pub(crate) fn is_little(th: &Thread, order: &Value) -> PyResult<bool> {
    if order.is_unbound() {
        return Ok(false);
    }
    match order.as_str().map(|s| s.to_str()) {
        Some(Some("little")) => Ok(true),
        Some(Some("big")) => Ok(false),
        Some(_) => Err(th.value_error("byteorder must be either 'little' or 'big'")),
        None => Err(
            th.type_error(format!("argument 'byteorder' must be str, not {}", order.type_of(th).full_name()))
        ),
    }
}

fn flag(th: &Thread, v: &Value) -> PyResult<bool> {
    if v.is_unbound() { Ok(false) } else { th.truth(v) }
}

fn to_bytes(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [length, order, signed] = args else { return Err(th.system_error("to_bytes: arguments not bound")) };
    let length = if length.is_unbound() { 1 } else { th.index_i64(length)? };
    let little = is_little(th, order)?;
    let signed = flag(th, signed)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(th.value_error("length argument must be non-negative"));
    };
    let n = receiver(th, v)?;
    if n.is_negative() && !signed {
        return Err(th.overflow_error("can't convert negative int to unsigned"));
    }
    let number = n.to_bigint();
    let (digits, fill) = if signed {
        (number.to_signed_bytes_le(), if n.is_negative() { 0xff } else { 0 })
    } else {
        (number.magnitude().to_bytes_le(), 0)
    };
    // Zero has one digit, which fits no bytes at all.
    let digits = if number.is_zero() { &[][..] } else { &digits[..] };
    if digits.len() > length {
        return Err(th.overflow_error("int too big to convert"));
    }
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve_exact(length).map_err(|_| th.memory_error())?;
    out.extend_from_slice(digits);
    out.resize(length, fill);
    if !little {
        out.reverse();
    }
    Ok(th.bytes(&out))
}

/// `bytes(v)` as `PyObject_Bytes` makes it: no counts, no strings.
fn object_bytes(th: &Thread, v: &Value) -> PyResult<Vec<u8>> {
    if th.has_buffer(v) {
        return Ok(th.bytes_like(v)?.to_vec());
    }
    if let Some(result) = th.call_special(v, &th.names().__bytes__, &[])? {
        return match result.payload::<crate::types::bytes::Bytes>() {
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
            None => Err(th.type_error(format!(
                "__bytes__ returned non-bytes (type {})",
                result.type_of(th).full_name()
            ))),
        };
    }
    let ty = v.type_of(th);
    if v.as_str().is_some()
        || (ty.slots.iter().is_none() && ty.slots.sq_item().is_none() && ty.slots.getitem().is_none())
    {
        return Err(th.type_error(format!("cannot convert '{}' object to bytes", ty.full_name())));
    }
    let mut out = Vec::new();
    th.for_each(v, |item| {
        let Ok(byte) = u8::try_from(th.index_clamped(&item)?) else {
            return Err(th.value_error("bytes must be in range(0, 256)"));
        };
        out.push(byte);
        Ok(())
    })?;
    Ok(out)
}

fn from_bytes(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let [source, order, signed] = args else {
        return Err(th.system_error("from_bytes: arguments not bound"));
    };
    let little = is_little(th, order)?;
    let signed = flag(th, signed)?;
    let bytes = object_bytes(th, source)?;
    let n = match (signed, little) {
        (true, true) => BigInt::from_signed_bytes_le(&bytes),
        (true, false) => BigInt::from_signed_bytes_be(&bytes),
        (false, true) => BigInt::from_bytes_le(Sign::Plus, &bytes),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, &bytes),
    };
    let n = th.int_from(n);
    if cls.is(&th.types().int.value()) { Ok(n) } else { th.call(cls, &[n]) }
}

fn as_integer_ratio(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![exact(th, v)?, th.int(1)]))
}

/// `n` rounded half to even to a multiple of ten to the power of `places`.
fn round_to(n: &BigInt, places: u64) -> BigInt {
    // More places than digits leave nothing (log10(2) is about 0.30103).
    if places as f64 > n.bits() as f64 * 0.302 + 2.0 {
        return BigInt::zero();
    }
    let unit = BigInt::from(BigUint::from(10_u32).pow(places as u32));
    let (quotient, rest) = n.div_mod_floor(&unit);
    let up = match (&rest + &rest).cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient.is_odd(),
        std::cmp::Ordering::Greater => true,
    };
    (if up { quotient + 1 } else { quotient }) * unit
}

fn round(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let places = match args.first() {
        Some(places) if !places.is_unbound() && !places.is_none() => th.index(places)?,
        _ => return exact(th, v),
    };
    let places = match IntRef::of(&places) {
        Some(places) if places.is_negative() => places.to_bigint().abs(),
        _ => return exact(th, v),
    };
    let places = num_traits::ToPrimitive::to_u64(&places).unwrap_or(u64::MAX);
    Ok(th.int_from(round_to(&receiver(th, v)?.to_bigint(), places)))
}

/// The specification given to `__format__`.
pub(crate) fn spec_of<'a>(th: &Thread, args: &'a [Value]) -> PyResult<&'a Wtf8> {
    let spec = args.first().unwrap_or(Value::none_ref());
    match spec.as_str() {
        Some(text) => Ok(text.as_wtf8()),
        None => Err(
            th.type_error(format!("__format__() argument must be str, not {}", spec.type_of(th).full_name()))
        ),
    }
}

fn format(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let spec = spec_of(th, args)?;
    if spec.is_empty() {
        return th.to_str(v);
    }
    let name = v.type_of(th).full_name();
    let text =
        format_spec::format_bigint(&receiver(th, v)?.to_bigint(), spec, &name, |n| th.decimal_or_error(n));
    Ok(th.str_wtf8(&text.map_err(|e| th.format_error(e))?))
}

fn getnewargs(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![exact(th, v)?]))
}

fn sizeof(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let n = receiver(th, v)?;
    Ok(th.uint(24 + 4 * n.bits().div_ceil(30).max(1)))
}

fn is_integer(_th: &Thread, _v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::TRUE)
}

fn get_imag(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.int(0))
}

fn get_denominator(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.int(1))
}

/// A new int of a subclass.
#[must_use]
pub fn subclass_instance(th: &Thread, cls: TypeRef, n: BigInt) -> Value {
    th.new_object(cls, Int::new(n))
}

pub(super) static METHODS: &[MethodDef] = &[
    m("conjugate", "()", this, "Returns self, the complex conjugate of any int."),
    m(
        "bit_length",
        "()",
        bit_length,
        "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6",
    ),
    m(
        "bit_count",
        "()",
        bit_count,
        "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3",
    ),
    m(
        "to_bytes",
        "(length=1, byteorder='big', *, signed=False)",
        to_bytes,
        "Return an array of bytes representing an integer.\n\n  length\n    Length of bytes object to use.  An OverflowError is raised if\n    the integer is not representable with the given number of bytes.\n    Default is length 1.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Determines whether two's complement is used to represent the\n    integer.  If signed is False and a negative integer is given,\n    an OverflowError is raised.",
    ),
    cm(
        "from_bytes",
        "(bytes, byteorder='big', *, signed=False)",
        from_bytes,
        "Return the integer represented by the given array of bytes.\n\n  bytes\n    Holds the array of bytes to convert.  The argument must either\n    support the buffer protocol or be an iterable object producing\n    bytes.  Bytes and bytearray are examples of built-in objects that\n    support the buffer protocol.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Indicates whether two's complement is used to represent the\n    integer.",
    ),
    m(
        "as_integer_ratio",
        "()",
        as_integer_ratio,
        "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has a positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, 1)\n>>> (0).as_integer_ratio()\n(0, 1)",
    ),
    m("__trunc__", "()", this, "Truncating an Integral returns itself."),
    m("__floor__", "()", this, "Flooring an Integral returns itself."),
    m("__ceil__", "()", this, "Ceiling of an Integral returns itself."),
    m(
        "__round__",
        "(ndigits=None, /)",
        round,
        "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer.",
    ),
    m("__getnewargs__", "()", getnewargs, ""),
    m("__format__", "(format_spec, /)", format, "Convert to a string according to format_spec."),
    m("__sizeof__", "()", sizeof, "Returns size in memory, in bytes."),
    m(
        "is_integer",
        "()",
        is_integer,
        "Returns True. Exists for duck type compatibility with float.is_integer.",
    ),
];

pub(super) static GETSET: &[GetSetDef] = &[
    gs("real", exact, None, "the real part of a complex number"),
    gs("imag", get_imag, None, "the imaginary part of a complex number"),
    gs("numerator", exact, None, "the numerator of a rational number in lowest terms"),
    gs("denominator", get_denominator, None, "the denominator of a rational number in lowest terms"),
];
