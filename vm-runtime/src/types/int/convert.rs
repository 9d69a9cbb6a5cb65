//! Integers and floats: exact comparison, correctly rounded conversion and division, and the hash that both share.
use crate::types::float::parse::scale;
use num_bigint::{BigInt, BigUint, Sign};
use std::cmp::Ordering;

/// The modulus of numeric hashes, a Mersenne prime.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;
/// The hash of infinity.
pub const HASH_INF: i64 = 314_159;

/// The top 64 bits of a number, the lowest of them sticky, and the power of two that they are a multiple of.
fn top_bits(n: &BigUint) -> (u64, i64) {
    let bits = n.bits();
    if bits <= 63 {
        return (n.iter_u64_digits().next().unwrap_or(0), 0);
    }
    let shift = bits - 63;
    let top = (n >> shift).iter_u64_digits().next().unwrap_or(0);
    let sticky = n.trailing_zeros().is_some_and(|zeros| zeros < shift);
    (top << 1 | u64::from(sticky), shift as i64 - 1)
}

/// `n` rounded half to even; None if it overflows.
#[must_use]
pub fn to_f64(n: &BigInt) -> Option<f64> {
    let (mantissa, power) = top_bits(n.magnitude());
    let x = scale(mantissa, power)?;
    Some(if n.sign() == Sign::Minus { -x } else { x })
}

/// `n` as `m * 2**e` with `0.5 <= |m| < 1` (CPython's `_PyLong_Frexp`); the mantissa is rounded half to even.
#[must_use]
pub fn frexp(n: &BigInt) -> (f64, i64) {
    let bits = n.bits() as i64;
    if bits == 0 {
        return (0.0, 0);
    }
    let (mantissa, power) = top_bits(n.magnitude());
    let mut m = scale(mantissa, power - bits).unwrap_or(1.0);
    let mut e = bits;
    if m >= 1.0 {
        m /= 2.0;
        e += 1;
    }
    (if n.sign() == Sign::Minus { -m } else { m }, e)
}

/// `a / b` correctly rounded; `b` is not zero. None if it overflows.
#[must_use]
pub fn true_divide(a: &BigInt, b: &BigInt) -> Option<f64> {
    let negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
    let sign = if negative { -1.0 } else { 1.0 };
    let (a, b) = (a.magnitude(), b.magnitude());
    if a.bits() <= 53 && b.bits() <= 53 {
        let low = |n: &BigUint| n.iter_u64_digits().next().unwrap_or(0) as f64;
        return Some(low(a) / low(b) * sign);
    }
    if a.bits() == 0 {
        return Some(0.0 * sign);
    }
    // A quotient of 60 or 61 bits, with the remainder in a sticky bit below.
    let shift = b.bits() as i64 + 60 - a.bits() as i64;
    let (quotient, rest) = if shift >= 0 {
        // The shift is bounded: a quotient this small is zero.
        if shift > 60 + 1100 + 64 {
            return Some(0.0 * sign);
        }
        num_integer::Integer::div_rem(&(a << shift as u64), b)
    } else {
        let drop = shift.unsigned_abs();
        let (quotient, rest) = num_integer::Integer::div_rem(&(a >> drop), b);
        let lost = a.trailing_zeros().is_some_and(|zeros| zeros < drop);
        (quotient, if lost { BigUint::from(1_u8) } else { rest })
    };
    let low = quotient.iter_u64_digits().next().unwrap_or(0);
    scale(low << 1 | u64::from(rest.bits() != 0), -shift - 1).map(|x| x * sign)
}

/// The integer part of a finite float; None for infinities and NaN.
#[must_use]
pub fn from_f64(x: f64) -> Option<BigInt> {
    if !x.is_finite() {
        return None;
    }
    let x = x.trunc();
    if x.abs() < 9.0e18 {
        return Some(BigInt::from(x as i64));
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let n = BigInt::from(mantissa) << exponent.max(0) as u64;
    Some(if x < 0.0 { -n } else { n })
}

/// Exact order of an integer and a float; None for NaN.
#[must_use]
pub fn compare_f64(n: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let order = n.cmp(&from_f64(x)?);
    Some(order.then_with(|| 0.0_f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal)))
}

/// Exact order of a machine integer and a float; None for NaN.
#[must_use]
pub fn compare_i64_f64(n: i64, x: f64) -> Option<Ordering> {
    const EXACT: i64 = 1 << 53;
    if (-EXACT..=EXACT).contains(&n) {
        return (n as f64).partial_cmp(&x);
    }
    compare_f64(&BigInt::from(n), x)
}

/// The hash of a machine integer.
#[inline]
#[must_use]
pub const fn hash_i64(n: i64) -> i64 {
    let magnitude = (n.unsigned_abs() % HASH_MODULUS) as i64;
    let hash = if n < 0 { -magnitude } else { magnitude };
    if hash == -1 { -2 } else { hash }
}

/// The hash of an integer: its value modulo `2**61 - 1`, with its sign.
#[must_use]
pub fn hash_bigint(n: &BigInt) -> i64 {
    let mut hash = 0_u128;
    for digit in n.magnitude().iter_u64_digits().rev() {
        // 2**64 is 8 modulo 2**61 - 1.
        hash = (hash * 8 + u128::from(digit)) % u128::from(HASH_MODULUS);
    }
    let hash = if n.sign() == Sign::Minus { -(hash as i64) } else { hash as i64 };
    if hash == -1 { -2 } else { hash }
}

/// The hash of a float: equal to that of the integer or fraction it equals. None for NaN, which hashes by identity.
#[must_use]
pub fn hash_f64(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { HASH_INF } else { -HASH_INF });
    }
    if x == 0.0 {
        return Some(0);
    }
    let bits = x.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, power) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    let turn = power.rem_euclid(61) as u32;
    let wide = u128::from(mantissa) << turn;
    let hash = (wide % u128::from(HASH_MODULUS)) as i64;
    let hash = if x < 0.0 { -hash } else { hash };
    Some(if hash == -1 { -2 } else { hash })
}
