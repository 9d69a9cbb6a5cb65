//! Constant folding, with CPython's limits on the size of results.

use crate::bytecode::unit::Const;
use crate::constant::{as_big, as_float, int};
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};
use ruff_python_ast::{Operator, UnaryOp};
use rustpython_wtf8::Wtf8Buf;

const MAX_INT_BITS: u64 = 128;
const MAX_COLLECTION: usize = 256;
const MAX_STRING: usize = 4096;
const MAX_TOTAL_ITEMS: i64 = 1024;

/// `bool(c)`.
pub fn truth(c: &Const) -> bool {
    match c {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Code(_) | Const::Frozen(_) | Const::Slice(_) => true,
        Const::Int(i) => *i != 0,
        Const::BigInt(b) => !b.is_zero(),
        Const::Float(f) => *f != 0.0,
        Const::Complex { re, im } => *re != 0.0 || *im != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(t) | Const::FrozenSet(t) => !t.is_empty(),
    }
}

pub fn unary(op: UnaryOp, c: &Const) -> Option<Const> {
    match (op, c) {
        (UnaryOp::Not, c) => Some(if truth(c) { Const::False } else { Const::True }),
        (UnaryOp::Invert, Const::True | Const::False) => None,
        (UnaryOp::USub, Const::Float(f)) => Some(Const::Float(-f)),
        (UnaryOp::UAdd, Const::Float(f)) => Some(Const::Float(*f)),
        (UnaryOp::USub, Const::Complex { re, im }) => Some(Const::Complex { re: -re, im: -im }),
        (UnaryOp::UAdd, Const::Complex { .. }) => Some(c.clone()),
        (op, c) => {
            let n = as_big(c)?;
            Some(int(match op {
                UnaryOp::USub => -n,
                UnaryOp::UAdd => n,
                _ => -n - 1,
            }))
        }
    }
}

pub fn binary(op: Operator, a: &Const, b: &Const) -> Option<Const> {
    if let (Some(x), Some(y)) = (as_big(a), as_big(b)) {
        let both_bool = matches!((a, b), (Const::True | Const::False, Const::True | Const::False));
        return integers(op, x, y, both_bool);
    }
    if let (Some(x), Some(y)) = (as_float(a), as_float(b)) {
        return floats(op, x, y);
    }
    match (op, a, b) {
        (_, Const::Complex { .. }, _) | (_, _, Const::Complex { .. }) => complex(op, a, b),
        (Operator::Add, Const::Str(x), Const::Str(y)) => {
            let mut s = x.clone();
            s.push_wtf8(y);
            Some(Const::Str(s))
        }
        (Operator::Add, Const::Bytes(x), Const::Bytes(y)) => Some(Const::Bytes([&x[..], &y[..]].concat())),
        (Operator::Add, Const::Tuple(x), Const::Tuple(y)) => Some(Const::Tuple([&x[..], &y[..]].concat())),
        (Operator::Mult, seq, n) | (Operator::Mult, n, seq)
            if matches!(n, Const::Int(_) | Const::True | Const::False) =>
        {
            repeat(seq, as_big(n)?.to_i64()?)
        }
        _ => None,
    }
}

fn integers(op: Operator, x: BigInt, y: BigInt, both_bool: bool) -> Option<Const> {
    let boolean = |n: BigInt| {
        Some(if both_bool { if n.is_zero() { Const::False } else { Const::True } } else { int(n) })
    };
    match op {
        Operator::Add => Some(int(x + y)),
        Operator::Sub => Some(int(x - y)),
        Operator::Mult => {
            if !x.is_zero() && !y.is_zero() && x.bits() + y.bits() > MAX_INT_BITS {
                return None;
            }
            Some(int(x * y))
        }
        Operator::Div => {
            let (x, y) = (as_float(&int(x))?, as_float(&int(y))?);
            (y != 0.0).then(|| Const::Float(x / y))
        }
        Operator::FloorDiv => (!y.is_zero()).then(|| int(floor_div(&x, &y))),
        Operator::Mod => (!y.is_zero()).then(|| {
            let q = floor_div(&x, &y);
            int(x - q * y)
        }),
        Operator::Pow => {
            if y.is_negative() {
                let (fx, fy) = (as_float(&int(x))?, as_float(&int(y))?);
                return (fx != 0.0).then(|| Const::Float(fx.powf(fy)));
            }
            let e = y.to_u64()?;
            if !x.is_zero() && e > 0 && x.bits() > MAX_INT_BITS / e {
                return None;
            }
            Some(int(num_traits::pow(x, usize::try_from(e).ok()?)))
        }
        Operator::LShift => {
            let n = y.to_u64()?;
            if !x.is_zero() && (n > MAX_INT_BITS || x.bits() > MAX_INT_BITS - n) {
                return None;
            }
            if x.is_zero() { Some(Const::Int(0)) } else { Some(int(x << n)) }
        }
        Operator::RShift => Some(int(x >> y.to_u64()?.min(1 << 20))),
        Operator::BitAnd => boolean(x & y),
        Operator::BitOr => boolean(x | y),
        Operator::BitXor => boolean(x ^ y),
        Operator::MatMult => None,
    }
}

fn floor_div(x: &BigInt, y: &BigInt) -> BigInt {
    let q = x / y;
    let r = x - &q * y;
    if !r.is_zero() && (r.sign() == Sign::Minus) != (y.sign() == Sign::Minus) { q - 1 } else { q }
}

fn floats(op: Operator, x: f64, y: f64) -> Option<Const> {
    let v = match op {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mult => x * y,
        Operator::Div if y != 0.0 => x / y,
        Operator::Pow if (x > 0.0 && y.is_finite() && x.is_finite()) || (y.fract() == 0.0 && x != 0.0) => {
            let v = x.powf(y);
            if v.is_infinite() {
                return None;
            }
            v
        }
        _ => return None,
    };
    Some(Const::Float(v))
}

fn complex(op: Operator, a: &Const, b: &Const) -> Option<Const> {
    // Mixed arithmetic treats the real operand as real, so that signs of zeros survive.
    let (re, im) = match (op, a, b) {
        (Operator::Add, Const::Complex { re, im }, Const::Complex { re: c, im: d }) => (re + c, im + d),
        (Operator::Add, Const::Complex { re, im }, r) | (Operator::Add, r, Const::Complex { re, im }) => {
            (as_float(r)? + re, *im)
        }
        (Operator::Sub, Const::Complex { re, im }, Const::Complex { re: c, im: d }) => (re - c, im - d),
        (Operator::Sub, Const::Complex { re, im }, r) => (re - as_float(r)?, *im),
        (Operator::Sub, r, Const::Complex { re, im }) => (as_float(r)? - re, -im),
        (Operator::Mult, Const::Complex { re, im }, Const::Complex { re: c, im: d })
            if [re, im, c, d].iter().all(|x| x.is_finite()) =>
        {
            (re * c - im * d, re * d + im * c)
        }
        (Operator::Mult, Const::Complex { re, im }, r) | (Operator::Mult, r, Const::Complex { re, im }) => {
            let r = as_float(r)?;
            (r * re, r * im)
        }
        _ => return None,
    };
    Some(Const::Complex { re, im })
}

fn total_items(c: &Const) -> i64 {
    match c {
        Const::Tuple(t) => t.iter().map(|c| total_items(c) + 1).sum(),
        _ => 0,
    }
}

fn repeat(seq: &Const, n: i64) -> Option<Const> {
    let n = usize::try_from(n).ok()?;
    let fits = |len: usize, max: usize| len == 0 || n <= max / len;
    match seq {
        Const::Str(s) if fits(s.code_points().count(), MAX_STRING) => {
            let mut out = Wtf8Buf::new();
            if !s.is_empty() {
                for _ in 0..n {
                    out.push_wtf8(s);
                }
            }
            Some(Const::Str(out))
        }
        Const::Bytes(b) if fits(b.len(), MAX_STRING) => {
            Some(Const::Bytes(if b.is_empty() { Vec::new() } else { b.repeat(n) }))
        }
        Const::Tuple(t) if fits(t.len(), MAX_COLLECTION) => {
            if t.is_empty() {
                return Some(Const::Tuple(Vec::new()));
            }
            if total_items(seq).saturating_mul(n as i64) > MAX_TOTAL_ITEMS {
                return None;
            }
            let mut out = Vec::new();
            for _ in 0..n {
                out.extend_from_slice(t);
            }
            Some(Const::Tuple(out))
        }
        _ => None,
    }
}

/// `c[i]` for a literal index.
pub fn subscript(c: &Const, i: &Const) -> Option<Const> {
    let i = as_big(i)?.to_i64()?;
    let at = |len: usize| {
        let i = if i < 0 { i + len as i64 } else { i };
        usize::try_from(i).ok().filter(|i| *i < len)
    };
    match c {
        Const::Tuple(t) => t.get(at(t.len())?).cloned(),
        Const::Bytes(b) => b.get(at(b.len())?).map(|b| Const::Int(i64::from(*b))),
        Const::Str(s) => {
            let n = s.code_points().count();
            let cp = s.code_points().nth(at(n)?)?;
            let mut out = Wtf8Buf::new();
            out.push(cp);
            Some(Const::Str(out))
        }
        _ => None,
    }
}

/// Members of a set display: of members that are equal (`1`, `1.0` and `True` among them) the first stays.
pub fn dedupe(items: Vec<Const>) -> Vec<Const> {
    let mut out: Vec<Const> = Vec::new();
    let mut seen: std::collections::HashSet<Const> = std::collections::HashSet::new();
    for c in items {
        if seen.insert(equality_key(&c)) {
            out.push(c);
        }
    }
    out
}

/// A constant that is the same for constants that Python finds equal.
pub fn equality_key(c: &Const) -> Const {
    match c {
        Const::True => Const::Int(1),
        Const::False => Const::Int(0),
        Const::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Const::Int(*f as i64),
        Const::Complex { re, im } if *im == 0.0 => equality_key(&Const::Float(*re)),
        c => c.clone(),
    }
}

/// `repr()` of a simple constant, for error messages.
pub fn repr(c: &Const) -> String {
    match c {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(b) => b.to_string(),
        Const::Float(f) => crate::unparse::float_repr(*f),
        Const::Complex { re, im } => {
            if *re == 0.0 {
                format!("{}j", crate::unparse::float_repr(*im).trim_end_matches(".0"))
            } else {
                format!(
                    "({}+{}j)",
                    crate::unparse::float_repr(*re).trim_end_matches(".0"),
                    crate::unparse::float_repr(*im).trim_end_matches(".0")
                )
            }
        }
        Const::Str(s) => crate::unparse::str_repr(s),
        Const::Bytes(b) => crate::unparse::bytes_repr(b),
        _ => "...".into(),
    }
}
