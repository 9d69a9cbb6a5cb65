//! Builtin functions on numbers and characters.
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use num_bigint::Sign;
use rustpython_wtf8::CodePoint;

pub(super) fn abs(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.abs(&args[0])
}

fn radix(th: &Thread, v: &Value, radix: u32, prefix: &str) -> PyResult<Value> {
    let n = th.index(v)?;
    let text = match n.as_small_int() {
        Some(i) => {
            let sign = if i < 0 { "-" } else { "" };
            let i = i.unsigned_abs();
            match radix {
                2 => format!("{sign}{prefix}{i:b}"),
                8 => format!("{sign}{prefix}{i:o}"),
                _ => format!("{sign}{prefix}{i:x}"),
            }
        }
        None => {
            let big: BigInt = th.as_bigint(&n)?;
            let sign = if big.sign() == Sign::Minus { "-" } else { "" };
            format!("{sign}{prefix}{}", big.magnitude().to_str_radix(radix))
        }
    };
    Ok(th.str(&text))
}

pub(super) fn bin(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    radix(th, &args[0], 2, "0b")
}

pub(super) fn oct(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    radix(th, &args[0], 8, "0o")
}

pub(super) fn hex(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    radix(th, &args[0], 16, "0x")
}

pub(super) fn chr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let n = th.index(&args[0])?;
    let code = n.as_small_int().and_then(|i| u32::try_from(i).ok()).and_then(CodePoint::from_u32);
    match code {
        Some(c) => Ok(th.str_char(c)),
        None => Err(th.value_error("chr() arg not in range(0x110000)")),
    }
}

pub(super) fn ord(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let v = &args[0];
    let len = if let Some(s) = v.as_str() {
        let mut points = s.as_wtf8().code_points();
        match (points.next(), points.next()) {
            (Some(c), None) => return Ok(th.int(i64::from(c.to_u32()))),
            _ => s.char_len(),
        }
    } else if v.payload::<Bytes>().is_some() || v.payload::<ByteArray>().is_some() {
        let bytes = th.bytes_like(v)?.to_vec();
        match bytes.as_slice() {
            [one] => return Ok(th.int(i64::from(*one))),
            all => all.len(),
        }
    } else {
        return Err(
            th.type_error(format!("ord() expected string of length 1, but {} found", v.type_name(th)))
        );
    };
    Err(th.type_error(format!("ord() expected a character, but string of length {len} found")))
}

pub(super) fn divmod(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.binary(BinaryOp::DivMod, &args[0], &args[1])
}

pub(super) fn pow(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let modulus = if args[2].is_unbound() { Value::NONE } else { args[2].clone() };
    th.power(&args[0], &args[1], &modulus)
}

pub(super) fn round(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let v = &args[0];
    let Some(method) = th.lookup_special(v, "__round__")? else {
        return Err(th.type_error(format!("type {} doesn't define __round__ method", v.type_name(th))));
    };
    if args[1].is_unbound() || args[1].is_none() {
        return th.call(&method, &[]);
    }
    th.call(&method, &args[1..2])
}

/// Neumaier's compensated sum, as `sum()` of floats.
#[derive(Clone, Copy, Default)]
struct Compensated {
    hi: f64,
    lo: f64,
}

impl Compensated {
    fn add(&mut self, x: f64) {
        let t = self.hi + x;
        if self.hi.abs() >= x.abs() {
            self.lo += (self.hi - t) + x;
        } else {
            self.lo += (x - t) + self.hi;
        }
        self.hi = t;
    }

    fn total(self) -> f64 {
        // A correction that is infinite or NaN says nothing.
        if self.lo != 0.0 && self.lo.is_finite() { self.hi + self.lo } else { self.hi }
    }
}

enum Sum {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Other(Value),
}

impl Sum {
    fn of(th: &Thread, v: &Value) -> Sum {
        if let Some(i) = v.as_small_int() {
            return Sum::Int(i);
        }
        let types = th.types();
        if th.is_exact(v, types.float)
            && let Some(x) = exact_float(th, v)
        {
            return Sum::Float(Compensated { hi: x, lo: 0.0 });
        }
        if th.is_exact(v, types.complex)
            && let Some((re, im)) = complex_parts(v)
        {
            return Sum::Complex(Compensated { hi: re, lo: 0.0 }, Compensated { hi: im, lo: 0.0 });
        }
        Sum::Other(v.clone())
    }

    fn value(self, th: &Thread) -> Value {
        match self {
            Sum::Int(i) => th.int(i),
            Sum::Float(x) => th.float(x.total()),
            Sum::Complex(re, im) => th.complex(re.total(), im.total()),
            Sum::Other(v) => v,
        }
    }

    /// Adds an item without calling its methods, if both are plain numbers of the machine.
    fn try_add(&mut self, th: &Thread, item: &Value) -> bool {
        let small = item.as_small_int().or_else(|| item.as_bool().map(i64::from));
        match self {
            Sum::Int(a) => match small.and_then(|i| a.checked_add(i)) {
                Some(total) => {
                    *a = total;
                    true
                }
                None => false,
            },
            Sum::Float(x) => match exact_float(th, item) {
                Some(y) => {
                    x.add(y);
                    true
                }
                None => match small {
                    Some(i) => {
                        x.hi += i as f64;
                        true
                    }
                    None => false,
                },
            },
            Sum::Complex(re, im) => {
                if th.is_exact(item, th.types().complex) {
                    let Some((a, b)) = complex_parts(item) else { return false };
                    re.add(a);
                    im.add(b);
                    return true;
                }
                match exact_float(th, item) {
                    Some(y) => {
                        re.add(y);
                        true
                    }
                    None => match small {
                        Some(i) => {
                            re.hi += i as f64;
                            true
                        }
                        None => false,
                    },
                }
            }
            Sum::Other(_) => false,
        }
    }
}

fn exact_float(th: &Thread, v: &Value) -> Option<f64> {
    v.as_immediate_float()
        .or_else(|| if th.is_exact(v, th.types().float) { crate::types::float::value_of(v) } else { None })
}

fn complex_parts(v: &Value) -> Option<(f64, f64)> {
    v.payload::<crate::types::complex::Complex>().map(|c| (c.re, c.im))
}

pub(super) fn sum(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let start = if args[1].is_unbound() { th.int(0) } else { args[1].clone() };
    let it = th.iter(&args[0])?;
    if start.as_str().is_some() {
        return Err(th.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if start.payload::<Bytes>().is_some() {
        return Err(th.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    if start.payload::<ByteArray>().is_some() {
        return Err(th.type_error("sum() can't sum bytearray [use b''.join(seq) instead]"));
    }
    let mut total = Sum::of(th, &start);
    drop(start);
    while let Some(item) = th.next(&it)? {
        if total.try_add(th, &item) {
            continue;
        }
        let left = total.value(th);
        let sum = th.binary(BinaryOp::Add, &left, &item)?;
        // A float or complex result may go on compensated; a sum that began as another type doesn't change its way.
        total = match Sum::of(th, &sum) {
            Sum::Int(_) if left.as_small_int().is_none() => Sum::Other(sum),
            next => next,
        };
    }
    Ok(total.value(th))
}
