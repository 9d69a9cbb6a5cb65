//! Numbers as C takes them: `int`, user ids, times.
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use vm_runtime::prelude::*;

/// A C `int`.
pub fn c_int(th: &Thread, value: &Value) -> PyResult<i32> {
    let number = th.index(value)?;
    let wide = match number.as_small_int() {
        Some(n) => Some(n),
        None => th.as_bigint(&number)?.to_i64(),
    };
    match wide.map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        Some(Err(_)) => {
            let which =
                if wide.is_some_and(|n| n > 0) { "greater than maximum" } else { "less than minimum" };
            Err(th.overflow_error(format!("signed integer is {which}")))
        }
        None => Err(th.overflow_error("Python int too large to convert to C int")),
    }
}

/// A C `int` argument that may have been left out.
pub fn c_int_or(th: &Thread, value: &Value, default: i32) -> PyResult<i32> {
    if value.is_unbound() { Ok(default) } else { c_int(th, value) }
}

/// A C `unsigned int`.
pub fn c_uint(th: &Thread, value: &Value) -> PyResult<u32> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number < BigInt::from(0) {
        return Err(th.value_error("value must be positive"));
    }
    number.to_u32().ok_or_else(|| th.overflow_error("Python int too large to convert to C unsigned int"))
}

/// A C `long long` (also `off_t`, `long`).
pub fn c_long(th: &Thread, value: &Value) -> PyResult<i64> {
    let number = th.index(value)?;
    match number.as_small_int() {
        Some(n) => Ok(n),
        None => th
            .as_bigint(&number)?
            .to_i64()
            .ok_or_else(|| th.overflow_error("Python int too large to convert to C long")),
    }
}

/// A length or count that must not be negative.
pub fn size(th: &Thread, value: &Value, message: &str) -> PyResult<usize> {
    let n = th.index_i64(value)?;
    usize::try_from(n).map_err(|_| th.value_error(message))
}

/// A user or group id; -1 stands for "no change".
pub fn id(th: &Thread, value: &Value, what: &str) -> PyResult<u32> {
    if !th.isinstance(value, th.types().int) && value.type_of(th).slots.index().is_none() {
        return Err(th.type_error(format!("{what} should be integer, not {}", value.type_name(th))));
    }
    let number = th.as_bigint(&th.index(value)?)?;
    if number == BigInt::from(-1) {
        return Ok(u32::MAX);
    }
    match number.to_u32() {
        Some(id) if id != u32::MAX => Ok(id),
        _ if number < BigInt::from(0) => Err(th.overflow_error(format!("{what} is less than minimum"))),
        _ => Err(th.overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A user or group id as Python shows it.
pub fn id_value(th: &Thread, id: u32) -> Value {
    th.int(if id == u32::MAX { -1 } else { i64::from(id) })
}

/// How to round a time to the unit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
}

/// A time in seconds (int or float) as nanoseconds.
pub fn nanoseconds(th: &Thread, value: &Value, round: Round) -> PyResult<i64> {
    if th.isinstance(value, th.types().float) {
        let seconds = th.as_f64(value)?;
        if seconds.is_nan() {
            return Err(th.value_error("Invalid value NaN (not a number)"));
        }
        let nanos = seconds * 1e9;
        let nanos = if round == Round::Floor { nanos.floor() } else { nanos.ceil() };
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&nanos) {
            return Err(th.overflow_error("timestamp too large to convert to C PyTime_t"));
        }
        return Ok(nanos as i64);
    }
    let nanos: BigInt = th.as_bigint(&th.index(value)?)? * 1_000_000_000;
    nanos.to_i64().ok_or_else(|| th.overflow_error("timestamp too large to convert to C PyTime_t"))
}

/// A time in nanoseconds as `timespec`.
pub fn timespec(nanos: i64) -> libc::timespec {
    libc::timespec { tv_sec: nanos.div_euclid(1_000_000_000), tv_nsec: nanos.rem_euclid(1_000_000_000) }
}

/// A time in nanoseconds as `timeval`, rounded.
pub fn timeval(nanos: i64, round: Round) -> libc::timeval {
    let micros = if round == Round::Floor { nanos.div_euclid(1000) } else { -(-nanos).div_euclid(1000) };
    libc::timeval { tv_sec: micros.div_euclid(1_000_000), tv_usec: micros.rem_euclid(1_000_000) }
}
