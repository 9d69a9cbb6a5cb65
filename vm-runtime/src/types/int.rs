//! `int`: immediates of 62 bits, and `Int` payloads of arbitrary size for the rest and for instances of subclasses.
//!
//! `IntRef` sees both forms (and bools) alike. The arithmetic is in `arith`, `int()` in `construct`, methods in `methods`,
//! text in `text`, the border to floats in `convert`; `number` has what `Thread` offers to all code that handles numbers.
pub mod arith;
pub mod construct;
pub mod convert;
pub mod methods;
pub mod number;
pub mod text;

use crate::prelude::*;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

pub use arith::*;

/// An integer that is no immediate: too large, or an instance of a subclass.
pub struct Int {
    value: BigInt,
}
payload!(Int, "int");

impl Int {
    /// The payload of an instance.
    #[must_use]
    pub const fn new(value: BigInt) -> Int {
        Int { value }
    }

    /// The number.
    #[must_use]
    pub const fn as_bigint(&self) -> &BigInt {
        &self.value
    }
}

/// The number in an int, a bool, or an instance of a subclass.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// An immediate.
    Small(i64),
    /// A payload's.
    Big(&'a BigInt),
}

impl<'a> IntRef<'a> {
    /// The number in `v`, if it is an int.
    #[inline]
    #[must_use]
    pub fn of(v: &'a Value) -> Option<IntRef<'a>> {
        if let Some(i) = v.as_small_int() {
            return Some(IntRef::Small(i));
        }
        if let Some(b) = v.as_bool() {
            return Some(IntRef::Small(i64::from(b)));
        }
        v.payload::<Int>().map(|int| IntRef::Big(&int.value))
    }

    /// The number as a big integer.
    #[must_use]
    pub fn to_bigint(self) -> Cow<'a, BigInt> {
        match self {
            IntRef::Small(i) => Cow::Owned(BigInt::from(i)),
            IntRef::Big(n) => Cow::Borrowed(n),
        }
    }

    /// The number, if it fits 64 bits with a sign.
    #[inline]
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            IntRef::Small(i) => Some(i),
            IntRef::Big(n) => n.to_i64(),
        }
    }

    /// The number, if it fits 64 bits without a sign.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        match self {
            IntRef::Small(i) => u64::try_from(i).ok(),
            IntRef::Big(n) => n.to_u64(),
        }
    }

    /// Below zero.
    #[inline]
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(i) => i < 0,
            IntRef::Big(n) => n.sign() == num_bigint::Sign::Minus,
        }
    }

    /// Zero.
    #[inline]
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self {
            IntRef::Small(i) => i == 0,
            IntRef::Big(n) => n.sign() == num_bigint::Sign::NoSign,
        }
    }

    /// Bits of the magnitude.
    #[must_use]
    pub fn bits(self) -> u64 {
        match self {
            IntRef::Small(i) => u64::from(64 - i.unsigned_abs().leading_zeros()),
            IntRef::Big(n) => n.bits(),
        }
    }

    /// The nearest float, half to even; None if there is none.
    #[must_use]
    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntRef::Small(i) => Some(i as f64),
            IntRef::Big(n) => convert::to_f64(n),
        }
    }
}

/// The receiver of a method of int.
pub(crate) fn receiver<'a>(th: &Thread, v: &'a Value) -> PyResult<IntRef<'a>> {
    match IntRef::of(v) {
        Some(n) => Ok(n),
        None => Err(th.type_error(format!(
            "descriptor requires a 'int' object but received a '{}'",
            v.type_of(th).full_name()
        ))),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    match receiver(th, v)? {
        IntRef::Small(i) => Ok(th.str(&i.to_string())),
        IntRef::Big(n) => Ok(th.str(&th.int_to_decimal(n)?)),
    }
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(match receiver(th, v)? {
        IntRef::Small(i) => convert::hash_i64(i),
        IntRef::Big(n) => convert::hash_bigint(n),
    })
}

fn truth(th: &Thread, v: &Value) -> PyResult<bool> {
    Ok(!receiver(th, v)?.is_zero())
}

fn compare(_th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (IntRef::of(a), IntRef::of(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let order = match (x, y) {
        (IntRef::Small(x), IntRef::Small(y)) => x.cmp(&y),
        (x, y) => x.to_bigint().as_ref().cmp(y.to_bigint().as_ref()),
    };
    Ok(Value::bool(op.of(order)))
}

fn to_float(th: &Thread, v: &Value) -> PyResult<Value> {
    th.as_f64(v).map(|x| th.float(x))
}

/// An int of exactly type `int` with the value of `v`, which is an int.
///
/// # Errors
/// TypeError if it is none.
pub fn exact(th: &Thread, v: &Value) -> PyResult<Value> {
    if v.is_small_int() {
        return Ok(v.clone());
    }
    if th.is_exact(v, th.types().int) {
        return Ok(v.clone());
    }
    Ok(match receiver(th, v)? {
        IntRef::Small(i) => th.int(i),
        IntRef::Big(n) => th.int_from(n.clone()),
    })
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "int",
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer\niteral.\n>>> int('0b100', base=0)\n4",
    flags: BASETYPE,
    slots: &[
        Slot::NewRaw(construct::new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::Bool(truth),
        Slot::RichCompare(compare),
        Slot::Binary(BinaryOp::Add, int_add),
        Slot::Binary(BinaryOp::Sub, int_sub),
        Slot::Binary(BinaryOp::Mul, int_mul),
        Slot::Binary(BinaryOp::TrueDiv, int_true_div),
        Slot::Binary(BinaryOp::FloorDiv, int_floor_div),
        Slot::Binary(BinaryOp::Mod, int_mod),
        Slot::Binary(BinaryOp::DivMod, int_divmod),
        Slot::Binary(BinaryOp::LShift, int_lshift),
        Slot::Binary(BinaryOp::RShift, int_rshift),
        Slot::Binary(BinaryOp::And, int_and),
        Slot::Binary(BinaryOp::Or, int_or),
        Slot::Binary(BinaryOp::Xor, int_xor),
        Slot::Power(int_power),
        Slot::Neg(int_neg),
        Slot::Pos(exact),
        Slot::Abs(int_abs),
        Slot::Invert(int_invert),
        Slot::Int(exact),
        Slot::Index(exact),
        Slot::Float(to_float),
    ],
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..TypeSpec::of::<Int>()
};
