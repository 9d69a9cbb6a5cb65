//! Integer operators, for ints of any form. The interpreter does immediates itself and comes here for what overflows.
//!
//! Each gives `NotImplemented` unless both operands are ints, as a number slot does.
use super::{IntRef, convert};
use crate::prelude::*;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Results above this many bits are checked for whether memory has room for them.
const LARGE_BITS: u64 = 1 << 22;

/// Raises before an integer of `bits` bits that memory has no room for is computed.
///
/// # Errors
/// MemoryError; OverflowError if its size is no number of digits at all.
pub fn check_room(th: &Thread, bits: u64) -> PyResult<()> {
    if bits < LARGE_BITS {
        return Ok(());
    }
    if bits > 1 << 60 {
        return Err(th.memory_error());
    }
    // A trial allocation: arithmetic cannot report failure later.
    let bytes = usize::try_from(bits / 8).unwrap_or(usize::MAX).saturating_add(64);
    let mut trial: Vec<u8> = Vec::new();
    trial.try_reserve_exact(bytes.saturating_mul(2)).map_err(|_| th.memory_error())
}

macro_rules! operands {
    ($a:expr, $b:expr) => {
        match (IntRef::of($a), IntRef::of($b)) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
}

/// `a + b`.
///
/// # Errors
/// None but MemoryError; so for the other operators, which also raise what they say.
pub fn int_add(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => match x.checked_add(y) {
            Some(sum) => th.int(sum),
            None => th.int_from(BigInt::from(x) + y),
        },
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => th.int_from(x + y),
        (IntRef::Big(x), IntRef::Big(y)) => th.int_from(x + y),
    })
}

/// `a - b`.
///
/// # Errors
/// As `int_add`.
pub fn int_sub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => match x.checked_sub(y) {
            Some(difference) => th.int(difference),
            None => th.int_from(BigInt::from(x) - y),
        },
        (IntRef::Big(x), IntRef::Small(y)) => th.int_from(x - y),
        (IntRef::Small(x), IntRef::Big(y)) => th.int_from(x - y),
        (IntRef::Big(x), IntRef::Big(y)) => th.int_from(x - y),
    })
}

/// `a * b`.
///
/// # Errors
/// As `int_add`.
pub fn int_mul(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => match x.checked_mul(y) {
            Some(product) => th.int(product),
            None => th.int_from(BigInt::from(i128::from(x) * i128::from(y))),
        },
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => th.int_from(x * y),
        (IntRef::Big(x), IntRef::Big(y)) => {
            check_room(th, x.bits().saturating_add(y.bits()))?;
            th.int_from(x * y)
        }
    })
}

#[cold]
fn division_by_zero(th: &Thread) -> Raised {
    th.zero_division_error("division by zero")
}

/// `a / b`, correctly rounded.
///
/// # Errors
/// ZeroDivisionError; OverflowError.
pub fn int_true_div(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    const EXACT: i64 = 1 << 53;
    let (x, y) = operands!(a, b);
    if y.is_zero() {
        return Err(division_by_zero(th));
    }
    if let (IntRef::Small(x), IntRef::Small(y)) = (x, y)
        && (-EXACT..=EXACT).contains(&x)
        && (-EXACT..=EXACT).contains(&y)
    {
        return Ok(th.float(x as f64 / y as f64));
    }
    match convert::true_divide(&x.to_bigint(), &y.to_bigint()) {
        Some(quotient) => Ok(th.float(quotient)),
        None => Err(th.overflow_error("integer division result too large for a float")),
    }
}

/// `a // b`.
///
/// # Errors
/// ZeroDivisionError.
pub fn int_floor_div(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if y.is_zero() {
        return Err(division_by_zero(th));
    }
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => th.int(Integer::div_floor(&x, &y)),
        (x, y) => th.int_from(x.to_bigint().div_floor(&y.to_bigint())),
    })
}

/// `a % b`.
///
/// # Errors
/// ZeroDivisionError.
pub fn int_mod(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if y.is_zero() {
        return Err(division_by_zero(th));
    }
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => th.int(x.mod_floor(&y)),
        (x, y) => th.int_from(x.to_bigint().mod_floor(&y.to_bigint())),
    })
}

/// `divmod(a, b)`.
///
/// # Errors
/// ZeroDivisionError.
pub fn int_divmod(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if y.is_zero() {
        return Err(division_by_zero(th));
    }
    let (quotient, rest) = match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => {
            let (quotient, rest) = x.div_mod_floor(&y);
            (th.int(quotient), th.int(rest))
        }
        (x, y) => {
            let (quotient, rest) = x.to_bigint().div_mod_floor(&y.to_bigint());
            (th.int_from(quotient), th.int_from(rest))
        }
    };
    Ok(th.tuple(vec![quotient, rest]))
}

/// `a << b`.
///
/// # Errors
/// ValueError `negative shift count`; OverflowError and MemoryError for results that are too large.
pub fn int_lshift(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if y.is_negative() {
        return Err(th.value_error("negative shift count"));
    }
    if x.is_zero() {
        return Ok(th.int(0));
    }
    let Some(count) = y.to_i64().map(i64::unsigned_abs) else {
        return Err(th.overflow_error("too many digits in integer"));
    };
    if let IntRef::Small(x) = x
        && count < 62
        && x.unsigned_abs() < 1 << (62 - count)
    {
        return Ok(th.int(x << count));
    }
    check_room(th, x.bits().saturating_add(count))?;
    Ok(th.int_from(x.to_bigint().as_ref() << count))
}

/// `a >> b`.
///
/// # Errors
/// ValueError `negative shift count`.
pub fn int_rshift(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if y.is_negative() {
        return Err(th.value_error("negative shift count"));
    }
    let count = y.to_u64().unwrap_or(u64::MAX);
    Ok(match x {
        IntRef::Small(x) => th.int(x >> count.min(63)),
        IntRef::Big(x) if count >= x.bits() => th.int(if x.is_negative() { -1 } else { 0 }),
        IntRef::Big(x) => th.int_from(x >> count),
    })
}

/// `a & b`.
///
/// # Errors
/// As `int_add`.
pub fn int_and(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => th.int(x & y),
        (x, y) => th.int_from(x.to_bigint().as_ref() & y.to_bigint().as_ref()),
    })
}

/// `a | b`.
///
/// # Errors
/// As `int_add`.
pub fn int_or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => th.int(x | y),
        (x, y) => th.int_from(x.to_bigint().as_ref() | y.to_bigint().as_ref()),
    })
}

/// `a ^ b`.
///
/// # Errors
/// As `int_add`.
pub fn int_xor(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    Ok(match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => th.int(x ^ y),
        (x, y) => th.int_from(x.to_bigint().as_ref() ^ y.to_bigint().as_ref()),
    })
}

/// `-v`.
///
/// # Errors
/// TypeError if `v` is no int.
pub fn int_neg(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(match super::receiver(th, v)? {
        IntRef::Small(i) => th.int(-i),
        IntRef::Big(n) => th.int_from(-n),
    })
}

/// `~v`.
///
/// # Errors
/// TypeError if `v` is no int.
pub fn int_invert(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(match super::receiver(th, v)? {
        IntRef::Small(i) => th.int(!i),
        IntRef::Big(n) => th.int_from(!n),
    })
}

/// `abs(v)`.
///
/// # Errors
/// TypeError if `v` is no int.
pub fn int_abs(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(match super::receiver(th, v)? {
        IntRef::Small(i) => th.int(i.abs()),
        IntRef::Big(n) => th.int_from(n.abs()),
    })
}

/// `pow(a, b, modulus)`.
///
/// # Errors
/// ZeroDivisionError for zero to a negative power; ValueError for a modulus of zero or a base without an inverse.
pub fn int_power(th: &Thread, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
    let (x, y) = operands!(a, b);
    if !modulus.is_none() {
        let Some(m) = IntRef::of(modulus) else { return Ok(Value::NOT_IMPLEMENTED) };
        return modular_power(th, x, y, m);
    }
    if y.is_negative() {
        let (x, y) = (th.as_f64(a)?, th.as_f64(b)?);
        return crate::types::float::power_f64(th, x, y);
    }
    let Some(exponent) = y.to_u64() else {
        // Only the bases that never grow have such powers.
        return match x {
            IntRef::Small(0) => Ok(th.int(0)),
            IntRef::Small(1) => Ok(th.int(1)),
            IntRef::Small(-1) => Ok(th.int(if y.to_bigint().is_even() { 1 } else { -1 })),
            _ => Err(th.memory_error()),
        };
    };
    if let IntRef::Small(base) = x
        && let Ok(small) = u32::try_from(exponent)
        && let Some(result) = base.checked_pow(small)
    {
        return Ok(th.int(result));
    }
    let base = x.to_bigint();
    if x.bits() <= 1 {
        return Ok(match (x.is_zero(), x.is_negative() && exponent % 2 == 1) {
            (true, _) => th.int(i64::from(exponent == 0)),
            (_, true) => th.int(-1),
            _ => th.int(1),
        });
    }
    if base.magnitude().count_ones() == 1 {
        // A power of two.
        let count = (x.bits() - 1).saturating_mul(exponent);
        check_room(th, count)?;
        let result = BigInt::one() << count;
        return Ok(th.int_from(if x.is_negative() && exponent % 2 == 1 { -result } else { result }));
    }
    check_room(th, (x.bits() - 1).saturating_mul(exponent))?;
    let mut result = BigInt::one();
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        result = &result * &result;
        if exponent >> bit & 1 == 1 {
            result *= base.as_ref();
        }
        if result.bits() > 1 << 16 {
            th.check_signals()?;
        }
    }
    Ok(th.int_from(result))
}

fn modular_power(th: &Thread, x: IntRef<'_>, y: IntRef<'_>, m: IntRef<'_>) -> PyResult<Value> {
    if m.is_zero() {
        return Err(th.value_error("pow() 3rd argument cannot be 0"));
    }
    let modulus = m.to_bigint().abs();
    if modulus.is_one() {
        return Ok(th.int(0));
    }
    let mut base = x.to_bigint().mod_floor(&modulus);
    let mut exponent = y.to_bigint().into_owned();
    if exponent.is_negative() {
        exponent = -exponent;
        base = match base.modinv(&modulus) {
            Some(inverse) => inverse,
            None => return Err(th.value_error("base is not invertible for the given modulus")),
        };
    }
    let result = base.modpow(&exponent, &modulus);
    Ok(th.int_from(if m.is_negative() && !result.is_zero() { result - modulus } else { result }))
}
