//! `float`: most are immediates; infinities, NaN, extreme magnitudes and instances of subclasses are `Float` payloads.
//!
//! Text is in `digits` and `parse`, methods in `methods`; here are `float()` and the operators.
pub mod digits;
pub mod methods;
pub mod parse;

use crate::prelude::*;
use crate::types::int::{IntRef, convert, text::to_ascii};

/// A float that is no immediate.
pub struct Float {
    value: f64,
}
payload!(Float, "float");

impl Float {
    /// The payload of an instance.
    #[must_use]
    pub const fn new(value: f64) -> Float {
        Float { value }
    }

    /// The number.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }
}

/// The number in a float or an instance of a subclass.
#[inline]
#[must_use]
pub fn value_of(v: &Value) -> Option<f64> {
    match v.as_immediate_float() {
        Some(x) => Some(x),
        None => v.payload::<Float>().map(|f| f.value),
    }
}

/// The receiver of a method of float.
pub(crate) fn receiver(th: &Thread, v: &Value) -> PyResult<f64> {
    match value_of(v) {
        Some(x) => Ok(x),
        None => Err(th.type_error(format!(
            "descriptor requires a 'float' object but received a '{}'",
            v.type_of(th).full_name()
        ))),
    }
}

/// An operand of a float operator: floats and ints; None is for others to answer.
#[inline]
fn operand(th: &Thread, v: &Value) -> PyResult<Option<f64>> {
    if let Some(x) = value_of(v) {
        return Ok(Some(x));
    }
    match IntRef::of(v) {
        Some(n) => th.int_to_f64(n).map(Some),
        None => Ok(None),
    }
}

macro_rules! operands {
    ($th:expr, $a:expr, $b:expr) => {{
        let Some(x) = operand($th, $a)? else { return Ok(Value::NOT_IMPLEMENTED) };
        let Some(y) = operand($th, $b)? else { return Ok(Value::NOT_IMPLEMENTED) };
        (x, y)
    }};
}

#[cold]
fn division_by_zero(th: &Thread) -> Raised {
    th.zero_division_error("division by zero")
}

fn add(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    Ok(th.float(x + y))
}

fn sub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    Ok(th.float(x - y))
}

fn mul(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    Ok(th.float(x * y))
}

fn true_div(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    if y == 0.0 {
        return Err(division_by_zero(th));
    }
    Ok(th.float(x / y))
}

/// `x % y` with the sign of `y`, which is not zero.
#[inline]
#[must_use]
pub fn mod_f64(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 {
        0.0_f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    }
}

/// `divmod(x, y)`; `y` is not zero.
#[must_use]
pub fn divmod_f64(x: f64, y: f64) -> (f64, f64) {
    let mut rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(y);
    } else if (y < 0.0) != (rest < 0.0) {
        rest += y;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(x / y), rest);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

fn floor_div(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    if y == 0.0 {
        return Err(division_by_zero(th));
    }
    Ok(th.float(divmod_f64(x, y).0))
}

fn modulo(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    if y == 0.0 {
        return Err(division_by_zero(th));
    }
    Ok(th.float(mod_f64(x, y)))
}

fn divmod(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (x, y) = operands!(th, a, b);
    if y == 0.0 {
        return Err(division_by_zero(th));
    }
    let (quotient, rest) = divmod_f64(x, y);
    Ok(th.tuple(vec![th.float(quotient), th.float(rest)]))
}

fn power(th: &Thread, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
    if !modulus.is_none() {
        return Err(th.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (x, y) = operands!(th, a, b);
    power_f64(th, x, y)
}

/// The OverflowError of C's `ERANGE`.
pub(crate) fn range_error(th: &Thread) -> Raised {
    th.raise_args(
        th.types().exc.overflow_error,
        &[th.int(i64::from(libc::ERANGE)), th.str("Numerical result out of range")],
    )
}

/// `x ** y`; complex where a negative number has a fractional exponent.
///
/// # Errors
/// ZeroDivisionError; OverflowError.
pub fn power_f64(th: &Thread, x: f64, y: f64) -> PyResult<Value> {
    let odd = || (y.abs() % 2.0) == 1.0;
    let result = if y == 0.0 {
        1.0
    } else if x.is_nan() {
        x
    } else if y.is_nan() {
        if x == 1.0 { 1.0 } else { y }
    } else if y.is_infinite() {
        let magnitude = x.abs();
        if magnitude == 1.0 {
            1.0
        } else if (y > 0.0) == (magnitude > 1.0) {
            y.abs()
        } else {
            0.0
        }
    } else if x.is_infinite() {
        match (y > 0.0, odd()) {
            (true, true) => x,
            (true, false) => x.abs(),
            (false, true) => 0.0_f64.copysign(x),
            (false, false) => 0.0,
        }
    } else if x == 0.0 {
        if y < 0.0 {
            return Err(th.zero_division_error("zero to a negative power"));
        }
        if odd() { x } else { 0.0 }
    } else if x < 0.0 && y != y.floor() {
        let (re, im) = crate::types::complex::arith::power((x, 0.0), (y, 0.0)).map_err(|e| e.raise(th))?;
        return Ok(th.complex(re, im));
    } else {
        let power = x.abs().powf(y);
        if power.is_infinite() {
            return Err(range_error(th));
        }
        if x < 0.0 && odd() { -power } else { power }
    };
    Ok(th.float(result))
}

fn compare(_th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let Some(x) = value_of(a) else { return Ok(Value::NOT_IMPLEMENTED) };
    let order = if let Some(y) = value_of(b) {
        x.partial_cmp(&y)
    } else {
        match IntRef::of(b) {
            Some(IntRef::Small(n)) => convert::compare_i64_f64(n, x).map(std::cmp::Ordering::reverse),
            Some(IntRef::Big(n)) => convert::compare_f64(n, x).map(std::cmp::Ordering::reverse),
            None => return Ok(Value::NOT_IMPLEMENTED),
        }
    };
    // NaN is unequal to everything and in no order.
    Ok(Value::bool(order.map_or(op == CompareOp::Ne, |order| op.of(order))))
}

/// The hash of a float that sits in `v`: NaN hashes by identity.
#[must_use]
pub fn hash_in(x: f64, v: &Value) -> i64 {
    convert::hash_f64(x).unwrap_or_else(|| {
        // Not a number: as different as objects.
        let hash = (v.identity() >> 4 | v.identity() << 60) as i64;
        if hash == -1 { -2 } else { hash }
    })
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(hash_in(receiver(th, v)?, v))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&digits::repr(receiver(th, v)?)))
}

fn truth(th: &Thread, v: &Value) -> PyResult<bool> {
    Ok(receiver(th, v)? != 0.0)
}

fn neg(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.float(-receiver(th, v)?))
}

fn abs(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.float(receiver(th, v)?.abs()))
}

/// A float of exactly type `float` with the value of `v`.
pub(crate) fn exact(th: &Thread, v: &Value) -> PyResult<Value> {
    let x = receiver(th, v)?;
    if th.is_exact(v, th.types().float) { Ok(v.clone()) } else { Ok(th.float(x)) }
}

/// The integer part of `x`.
///
/// # Errors
/// ValueError for NaN, OverflowError for infinities.
pub fn to_int(th: &Thread, x: f64) -> PyResult<Value> {
    match convert::from_f64(x) {
        Some(n) => Ok(th.int_from(n)),
        None if x.is_nan() => Err(th.value_error("cannot convert float NaN to integer")),
        None => Err(th.overflow_error("cannot convert float infinity to integer")),
    }
}

fn int(th: &Thread, v: &Value) -> PyResult<Value> {
    let x = receiver(th, v)?;
    if x.abs() < 1e18 { Ok(th.int(x as i64)) } else { to_int(th, x) }
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let float = th.types().float;
    if !args.names.is_empty()
        && (cls == float || cls.slots.init().map(|f| f as usize) == float.slots.init().map(|f| f as usize))
    {
        return Err(th.type_error("float() takes no keyword arguments"));
    }
    let result = match args.positional() {
        [] => th.float(0.0),
        [x] => th.to_float(x)?,
        more => return Err(th.type_error(format!("float expected at most 1 argument, got {}", more.len()))),
    };
    if cls == float {
        return Ok(result);
    }
    Ok(th.new_object(cls, Float { value: receiver(th, &result)? }))
}

impl Thread {
    /// `float(x)`: a float of exactly type `float`.
    ///
    /// # Errors
    /// TypeError `float() argument must be a string or a real number, not 'X'`; ValueError for text.
    pub fn to_float(&self, x: &Value) -> PyResult<Value> {
        if x.as_tagged_float().is_some() || self.is_exact(x, self.types().float) {
            return Ok(x.clone());
        }
        let ty = x.type_of(self);
        // A class's own `__float__` comes before what the object is.
        if ty.has(HEAP)
            && ty.slots.float().is_some_and(|f| {
                self.types().float.slots.float().is_none_or(|own| own as usize != f as usize)
            })
            && let Some(number) = self.float_by_slot(x, ty)?
        {
            return Ok(self.float(number));
        }
        let parsed = if let Some(text) = x.as_str() {
            parse::parse(&to_ascii(text.as_wtf8()))
        } else if let Some(number) = self.as_f64_opt(x)? {
            return Ok(self.float(number));
        } else if self.has_buffer(x) {
            parse::parse(&self.bytes_like(x)?)
        } else {
            return Err(self.type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                x.type_of(self).full_name()
            )));
        };
        match parsed {
            Some(number) => Ok(self.float(number)),
            None => {
                let shown = self.repr_string(x)?;
                Err(self.value_error(format!("could not convert string to float: {shown}")))
            }
        }
    }
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "float",
    doc: "Convert a string or number to a floating-point number, if possible.",
    flags: BASETYPE,
    new_sig: "(x=0, /)",
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::Bool(truth),
        Slot::RichCompare(compare),
        Slot::Binary(BinaryOp::Add, add),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::Mul, mul),
        Slot::Binary(BinaryOp::TrueDiv, true_div),
        Slot::Binary(BinaryOp::FloorDiv, floor_div),
        Slot::Binary(BinaryOp::Mod, modulo),
        Slot::Binary(BinaryOp::DivMod, divmod),
        Slot::Power(power),
        Slot::Neg(neg),
        Slot::Pos(exact),
        Slot::Abs(abs),
        Slot::Int(int),
        Slot::Float(exact),
    ],
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..TypeSpec::of::<Float>()
};
