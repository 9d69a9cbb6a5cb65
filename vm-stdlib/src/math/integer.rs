//! Functions of integers: `gcd`, `lcm`, `factorial`, `comb`, `perm`, `isqrt`.
use num_bigint::{BigInt, BigUint};
use num_integer::{Integer, Roots};
use num_traits::{One, Signed, ToPrimitive, Zero};
use vm_runtime::prelude::*;
use vm_runtime::types::int::{IntRef, int_abs};

pub(super) fn gcd(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let mut result = th.int(0);
    for (i, v) in args.iter().enumerate() {
        let v = th.index(v)?;
        result = match (result.as_small_int(), v.as_small_int()) {
            _ if i == 0 => int_abs(th, &v)?,
            (Some(a), Some(b)) => th.int(a.gcd(&b)),
            _ => th.int_from(th.as_bigint(&result)?.gcd(&th.as_bigint(&v)?)),
        };
    }
    Ok(result)
}

pub(super) fn lcm(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let mut result = BigInt::one();
    for v in args {
        let n = th.as_bigint(v)?;
        result = if result.is_zero() { result } else { result.lcm(&n).abs() };
    }
    Ok(th.int_from(result))
}

/// The product of the integers `from..=to`, by halves.
fn product(th: &Thread, from: u64, to: u64) -> PyResult<BigUint> {
    if from > to {
        return Ok(BigUint::one());
    }
    if to - from < 16 {
        return Ok((from..=to).fold(BigUint::one(), |n, i| n * i));
    }
    th.check_signals()?;
    let middle = from + (to - from) / 2;
    Ok(product(th, from, middle)? * product(th, middle + 1, to)?)
}

/// As `product`, of `count` integers down from `n`.
fn falling(th: &Thread, n: &BigUint, count: u64) -> PyResult<BigUint> {
    if let Some(n) = n.to_u64() {
        return product(th, n - count + 1, n);
    }
    if count < 16 {
        return Ok((0..count).fold(BigUint::one(), |result, i| result * (n - i)));
    }
    th.check_signals()?;
    let half = count / 2;
    Ok(falling(th, n, half)? * falling(th, &(n - half), count - half)?)
}

fn factorial_of(th: &Thread, n: &BigInt) -> PyResult<Value> {
    if n.is_negative() {
        return Err(th.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64().map(i64::unsigned_abs) else {
        return Err(th.overflow_error(format!("factorial() argument should not exceed {}", i64::MAX)));
    };
    if n > 1 << 40 {
        return Err(th.memory_error());
    }
    let bits = (n as f64) * ((n as f64).log2() - 1.44).max(0.0);
    vm_runtime::types::int::check_room(th, bits as u64)?;
    Ok(th.int_from(BigInt::from(product(th, 2, n)?)))
}

pub(super) fn factorial(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let n = th.as_bigint(args.first().unwrap_or(Value::none_ref()))?;
    factorial_of(th, &n)
}

fn non_negative(th: &Thread, v: &Value) -> PyResult<BigInt> {
    th.as_bigint(v)
}

pub(super) fn perm(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [n, k] = args else { return Err(th.system_error("perm: arguments not bound")) };
    if k.is_unbound() || k.is_none() {
        return factorial_of(th, &th.as_bigint(n)?);
    }
    let (n, k) = (non_negative(th, n)?, non_negative(th, k)?);
    check_signs(th, &n, &k)?;
    if k > n {
        return Ok(th.int(0));
    }
    let Some(count) = k.to_i64() else {
        return Err(th.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    vm_runtime::types::int::check_room(th, n.bits().saturating_mul(count.unsigned_abs()) / 2)?;
    Ok(th.int_from(BigInt::from(falling(th, n.magnitude(), count.unsigned_abs())?)))
}

fn check_signs(th: &Thread, n: &BigInt, k: &BigInt) -> PyResult<()> {
    if n.is_negative() {
        return Err(th.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(th.value_error("k must be a non-negative integer"));
    }
    Ok(())
}

pub(super) fn comb(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [n, k] = args else { return Err(th.system_error("comb: arguments not bound")) };
    let (n, k) = (non_negative(th, n)?, non_negative(th, k)?);
    check_signs(th, &n, &k)?;
    if k > n {
        return Ok(th.int(0));
    }
    let rest = &n - &k;
    let least = if rest < k { rest } else { k };
    let Some(count) = least.to_i64() else {
        return Err(th.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let count = count.unsigned_abs();
    vm_runtime::types::int::check_room(th, n.bits().saturating_mul(count) / 4)?;
    Ok(th.int_from(BigInt::from(choose(th, n.magnitude(), count)?)))
}

/// `n` over `k`: by halves, C(n, k) = C(n, j) * C(n - j, k - j) / C(k, j).
fn choose(th: &Thread, n: &BigUint, k: u64) -> PyResult<BigUint> {
    if k == 0 {
        return Ok(BigUint::one());
    }
    if k <= 32 {
        let mut result = n.clone();
        for i in 1..k {
            result = result * (n - i) / (i + 1);
        }
        return Ok(result);
    }
    th.check_signals()?;
    let j = k / 2;
    Ok(choose(th, n, j)? * choose(th, &(n - j), k - j)? / choose(th, &BigUint::from(k), j)?)
}

pub(super) fn isqrt(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let n = th.index(args.first().unwrap_or(Value::none_ref()))?;
    match IntRef::of(&n) {
        Some(n) if n.is_negative() => Err(th.value_error("isqrt() argument must be nonnegative")),
        Some(IntRef::Small(n)) => Ok(th.int(n.sqrt())),
        Some(IntRef::Big(n)) => Ok(th.int_from(n.sqrt())),
        None => Ok(th.int(0)),
    }
}
