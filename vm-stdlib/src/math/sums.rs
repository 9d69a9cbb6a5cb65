//! Sums: `fsum`, `sumprod`, `prod`, and the norms `hypot` and `dist`.
use super::libm::{frexp, ldexp};
use vm_runtime::prelude::*;

/// A sum of two floats and its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    let z = x - a;
    (x, (a - (x - z)) + (b - z))
}

/// As `two_sum`, for `|a| >= |b|`.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    (x, (a - x) + b)
}

/// A product of two floats and its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let x = a * b;
    (x, a.mul_add(b, -x))
}

/// The Euclidean norm of non-negative numbers.
fn vector_norm(vector: &mut [f64], max: f64, found_nan: bool) -> f64 {
    if max.is_infinite() {
        return max;
    }
    if found_nan {
        return f64::NAN;
    }
    if max == 0.0 || vector.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        // 2.0**-exponent would overflow.
        for x in vector.iter_mut() {
            *x /= f64::MIN_POSITIVE;
        }
        return f64::MIN_POSITIVE * vector_norm(vector, max / f64::MIN_POSITIVE, found_nan);
    }
    let scale = ldexp(1.0, -exponent);
    let (mut sum, mut low1, mut low2) = (1.0, 0.0, 0.0);
    for x in vector.iter() {
        let x = x * scale;
        let (high, low) = two_product(x, x);
        let (total, error) = fast_two_sum(sum, high);
        sum = total;
        low1 += low;
        low2 += error;
    }
    let mut h = (sum - 1.0 + (low1 + low2)).sqrt();
    let (high, low) = two_product(-h, h);
    let (total, error) = fast_two_sum(sum, high);
    low1 += low;
    low2 += error;
    let x = total - 1.0 + (low1 + low2);
    h += x / (2.0 * h);
    h / scale
}

fn norm_of(mut vector: Vec<f64>) -> f64 {
    let mut max = 0.0_f64;
    let mut found_nan = false;
    for x in &mut vector {
        *x = x.abs();
        found_nan |= x.is_nan();
        if *x > max {
            max = *x;
        }
    }
    vector_norm(&mut vector, max, found_nan)
}

pub(super) fn hypot(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let vector = args.iter().map(|v| th.as_f64(v)).collect::<PyResult<Vec<f64>>>()?;
    Ok(th.float(norm_of(vector)))
}

pub(super) fn dist(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [p, q] = args else { return Err(th.system_error("dist: arguments not bound")) };
    let (p, q) = (th.collect(p)?, th.collect(q)?);
    if p.len() != q.len() {
        return Err(th.value_error("both points must have the same number of dimensions"));
    }
    let mut vector = Vec::with_capacity(p.len());
    for (a, b) in p.iter().zip(&q) {
        vector.push(th.as_f64(a)? - th.as_f64(b)?);
    }
    Ok(th.float(norm_of(vector)))
}

/// A sum of floats without error: partial sums that do not overlap (Shewchuk).
#[derive(Default)]
struct ExactSum {
    partials: Vec<f64>,
    special: f64,
    infinite: f64,
}

impl ExactSum {
    /// Adds `x`; false on overflow.
    fn add(&mut self, given: f64) -> bool {
        let mut x = given;
        let mut kept = 0;
        for i in 0..self.partials.len() {
            let mut y = self.partials.get(i).copied().unwrap_or(0.0);
            if x.abs() < y.abs() {
                (x, y) = (y, x);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                if let Some(place) = self.partials.get_mut(kept) {
                    *place = low;
                }
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return true;
        }
        if x.is_finite() {
            self.partials.push(x);
            return true;
        }
        if given.is_finite() {
            return false;
        }
        if given.is_infinite() {
            self.infinite += given;
        }
        self.special += given;
        self.partials.clear();
        true
    }

    /// The sum, rounded once; None for the sum of both infinities.
    fn total(&mut self) -> Option<f64> {
        if self.special != 0.0 {
            return if self.infinite.is_nan() { None } else { Some(self.special) };
        }
        let Some(mut high) = self.partials.pop() else { return Some(0.0) };
        let mut low = 0.0;
        while let Some(y) = self.partials.pop() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Half to even across several partials.
        if let Some(&next) = self.partials.last()
            && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
        {
            let y = low * 2.0;
            let x = high + y;
            if y == x - high {
                high = x;
            }
        }
        Some(high)
    }
}

pub(super) fn fsum(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let mut sum = ExactSum::default();
    th.for_each(args.first().unwrap_or(Value::none_ref()), |v| {
        if sum.add(th.as_f64(&v)?) { Ok(()) } else { Err(th.overflow_error("intermediate overflow in fsum")) }
    })?;
    match sum.total() {
        Some(x) => Ok(th.float(x)),
        None => Err(th.value_error("-inf + inf in fsum")),
    }
}

pub(super) fn prod(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [iterable, start] = args else { return Err(th.system_error("prod: arguments not bound")) };
    let mut result = if start.is_unbound() { th.int(1) } else { start.clone() };
    th.for_each(iterable, |v| {
        result = match Value::int_mul(&result, &v) {
            Some(product) => product,
            None => th.binary(BinaryOp::Mul, &result, &v)?,
        };
        Ok(())
    })?;
    Ok(result)
}

/// A sum of floats in three parts.
#[derive(Clone, Copy, Default)]
struct TripleLength {
    high: f64,
    low: f64,
    tiny: f64,
}

impl TripleLength {
    fn add_product(self, x: f64, y: f64) -> TripleLength {
        let (product, error) = two_product(x, y);
        let (high, carry) = two_sum(self.high, product);
        let (low, rest) = two_sum(self.low, error);
        let (low, tiny) = two_sum(low, carry);
        TripleLength { high, low, tiny: self.tiny + rest + tiny }
    }

    fn value(self) -> f64 {
        let (low, _) = two_sum(self.low, self.tiny);
        let (high, _) = two_sum(self.high, low);
        high
    }
}

/// The state of `sumprod`: integers and floats are summed apart while they last.
struct Products {
    total: Value,
    ints: Option<i64>,
    ints_used: bool,
    floats: Option<TripleLength>,
    floats_used: bool,
}

impl Products {
    fn end_ints(&mut self, th: &Thread) -> PyResult<()> {
        if let Some(sum) = self.ints.take()
            && self.ints_used
        {
            self.total = th.binary(BinaryOp::Add, &self.total, &th.int(sum))?;
        }
        Ok(())
    }

    fn end_floats(&mut self, th: &Thread) -> PyResult<()> {
        if let Some(sum) = self.floats.take()
            && self.floats_used
        {
            self.total = th.binary(BinaryOp::Add, &self.total, &th.float(sum.value()))?;
        }
        Ok(())
    }

    fn add(&mut self, th: &Thread, p: &Value, q: &Value) -> PyResult<()> {
        if let Some(sum) = self.ints {
            let next = p
                .as_small_int()
                .zip(q.as_small_int())
                .and_then(|(p, q)| p.checked_mul(q))
                .and_then(|product| sum.checked_add(product));
            if next.is_some() {
                self.ints = next;
                self.ints_used = true;
                return Ok(());
            }
            self.end_ints(th)?;
        }
        if let Some(sum) = self.floats {
            let float = th.types().float;
            let part = |v: &Value, other: &Value| -> Option<f64> {
                if th.is_exact(v, float) {
                    return vm_runtime::types::float::value_of(v);
                }
                if !th.is_exact(other, float) {
                    return None;
                }
                let exact = v.as_bool().is_some() || th.is_exact(v, th.types().int);
                if exact { vm_runtime::types::int::IntRef::of(v)?.to_f64() } else { None }
            };
            if let (Some(x), Some(y)) = (part(p, q), part(q, p)) {
                let next = sum.add_product(x, y);
                if next.high.is_finite() {
                    self.floats = Some(next);
                    self.floats_used = true;
                    return Ok(());
                }
            }
            self.end_floats(th)?;
        }
        let product = th.binary(BinaryOp::Mul, p, q)?;
        self.total = th.binary(BinaryOp::Add, &self.total, &product)?;
        Ok(())
    }
}

pub(super) fn sumprod(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [p, q] = args else { return Err(th.system_error("sumprod: arguments not bound")) };
    let (p, q) = (th.iter(p)?, th.iter(q)?);
    let mut state = Products {
        total: th.int(0),
        ints: Some(0),
        ints_used: false,
        floats: Some(TripleLength::default()),
        floats_used: false,
    };
    loop {
        match (th.next(&p)?, th.next(&q)?) {
            (Some(a), Some(b)) => state.add(th, &a, &b)?,
            (None, None) => break,
            _ => return Err(th.value_error("Inputs are not the same length")),
        }
    }
    state.end_ints(th)?;
    state.end_floats(th)?;
    Ok(state.total)
}
