//! Integers of any size as constants.

use crate::bytecode::unit::Const;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// The smaller form.
pub fn int(n: BigInt) -> Const {
    match n.to_i64() {
        Some(i) => Const::Int(i),
        None => Const::BigInt(n),
    }
}

/// The value of an int or bool.
pub fn as_big(c: &Const) -> Option<BigInt> {
    Some(match c {
        Const::Int(i) => BigInt::from(*i),
        Const::BigInt(b) => b.clone(),
        Const::True => BigInt::from(1),
        Const::False => BigInt::from(0),
        _ => return None,
    })
}

/// The value of a real number as a float, if it is exact enough for constant folding.
pub fn as_float(c: &Const) -> Option<f64> {
    match c {
        Const::Float(f) => Some(*f),
        Const::Int(i) if i.unsigned_abs() <= 1 << 53 => Some(*i as f64),
        Const::True => Some(1.0),
        Const::False => Some(0.0),
        _ => None,
    }
}
