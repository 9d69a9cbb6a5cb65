//! Arithmetic, comparison, subscripts.
use super::{consume, put, reg, take};
use crate::slots::{BinaryOp, CompareOp};
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::list::List;
use crate::types::str::Str;
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use vm_compiler::bytecode::ops::CONSUME;
use vm_core::Value;

/// `r[a] = r[b] op r[c]`.
#[inline(never)]
pub(in crate::interp) unsafe fn binary(
    th: &Thread,
    op: BinaryOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, y) = (reg(regs, b), reg(regs, c));
        let v = match float_op(th, op, x, y) {
            Some(v) => v,
            None => match (op, x.as_str(), y.as_str()) {
                (BinaryOp::Add, Some(_), Some(_)) if exact_str(th, x) && exact_str(th, y) => {
                    crate::types::str::str_concat(th, x, y)?
                }
                _ => th.binary(op, x, y)?,
            },
        };
        consume(regs, b);
        consume(regs, c);
        put(regs, a, v);
        Ok(())
    }
}

fn exact_str(th: &Thread, v: &Value) -> bool {
    v.type_of(th) == th.types().str
}

/// Floats and ints mixed, and floats that have no immediate; None for anything else, or where it may raise.
#[inline]
fn float_op(th: &Thread, op: BinaryOp, x: &Value, y: &Value) -> Option<Value> {
    if !matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::TrueDiv) {
        return None;
    }
    let number = |v: &Value| match v.as_immediate_float() {
        Some(x) => Some((x, true)),
        None => match v.as_small_int() {
            Some(i) if i.unsigned_abs() < 1 << 53 => Some((i as f64, false)),
            _ => None,
        },
    };
    let ((p, fp), (q, fq)) = (number(x)?, number(y)?);
    if !fp && !fq && op != BinaryOp::TrueDiv {
        return None;
    }
    Some(th.float(match op {
        BinaryOp::Add => p + q,
        BinaryOp::Sub => p - q,
        BinaryOp::Mul => p * q,
        _ => {
            if q == 0.0 {
                return None;
            }
            p / q
        }
    }))
}

/// `r[a] = r[b] op= r[c]`.
#[inline(never)]
pub(in crate::interp) unsafe fn inplace(
    th: &Thread,
    op: BinaryOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, y) = (reg(regs, b), reg(regs, c));
        let v = match float_op(th, op, x, y) {
            Some(v) => v,
            None => th.inplace(op, x, y)?,
        };
        consume(regs, b);
        consume(regs, c);
        put(regs, a, v);
        Ok(())
    }
}

/// `+=`: a string that nobody else has grows in place.
#[inline(never)]
pub(in crate::interp) unsafe fn inplace_add(
    th: &Thread,
    op: BinaryOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, y) = (reg(regs, b), reg(regs, c));
        if x.payload::<Str>().is_some()
            && exact_str(th, x)
            && y.payload::<Str>().is_some()
            && exact_str(th, y)
        {
            // The result replaces the operand, so its reference can go into the concatenation.
            let v = if b & !CONSUME == a || b & CONSUME != 0 {
                let y = y.clone();
                let x = take(regs, b);
                crate::types::str::str_concat_inplace(th, x.into_owned(), &y)?
            } else {
                crate::types::str::str_concat(th, x, y)?
            };
            consume(regs, c);
            put(regs, a, v);
            return Ok(());
        }
        inplace(th, op, regs, a, b, c)
    }
}

/// `r[a] = r[b] op imm`.
#[inline(never)]
pub(in crate::interp) unsafe fn binary_imm(
    th: &Thread,
    op: BinaryOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    imm: i64,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let x = reg(regs, b);
        let y = Value::int_unchecked(imm);
        let v = match float_op(th, op, x, &y) {
            Some(v) => v,
            None => th.binary(op, x, &y)?,
        };
        consume(regs, b);
        put(regs, a, v);
        Ok(())
    }
}

/// `r[a] = r[b] op= imm`.
#[inline(never)]
pub(in crate::interp) unsafe fn inplace_imm(
    th: &Thread,
    op: BinaryOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    imm: i64,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let x = reg(regs, b);
        let y = Value::int_unchecked(imm);
        let v = match float_op(th, op, x, &y) {
            Some(v) => v,
            None => th.inplace(op, x, &y)?,
        };
        consume(regs, b);
        put(regs, a, v);
        Ok(())
    }
}

/// `r[a] = r[b] op r[c]`, a comparison.
#[inline(never)]
pub(in crate::interp) unsafe fn compare(
    th: &Thread,
    op: CompareOp,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, y) = (reg(regs, b), reg(regs, c));
        let v = match str_equality(th, op, x, y) {
            Some(t) => Value::bool(t),
            None => th.compare(x, y, op)?,
        };
        consume(regs, b);
        consume(regs, c);
        put(regs, a, v);
        Ok(())
    }
}

#[inline]
fn str_equality(th: &Thread, op: CompareOp, x: &Value, y: &Value) -> Option<bool> {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return None;
    }
    let (p, q) = (x.payload::<Str>()?, y.payload::<Str>()?);
    if !exact_str(th, x) || !exact_str(th, y) {
        return None;
    }
    Some((x.is(y) || crate::types::str::str_eq(p, q)) == (op == CompareOp::Eq))
}

/// The truth of a comparison of two registers.
#[inline(never)]
pub(in crate::interp) unsafe fn compare_truth(
    th: &Thread,
    op: CompareOp,
    regs: *mut Value,
    a: u16,
    b: u16,
) -> PyResult<bool> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, y) = (reg(regs, a), reg(regs, b));
        let truth = match str_equality(th, op, x, y) {
            Some(t) => t,
            None => {
                let v = th.compare(x, y, op)?;
                th.truth(&v)?
            }
        };
        consume(regs, a);
        consume(regs, b);
        Ok(truth)
    }
}

/// The truth of a comparison of a register with a small integer.
#[inline(never)]
pub(in crate::interp) unsafe fn compare_truth_imm(
    th: &Thread,
    op: CompareOp,
    regs: *mut Value,
    a: u16,
    imm: i64,
) -> PyResult<bool> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = th.compare(reg(regs, a), &Value::int_unchecked(imm), op)?;
        let truth = th.truth(&v)?;
        consume(regs, a);
        Ok(truth)
    }
}

/// `x[i]` for exact lists and tuples and an index in range; None otherwise.
#[inline(always)]
pub(in crate::interp) fn index_fast(th: &Thread, x: &Value, i: i64) -> Option<Value> {
    if let Some(list) = x.payload::<List>() {
        if x.type_of(th) == th.types().list {
            return list.at(th, i);
        }
        return None;
    }
    if let Some(tuple) = x.payload::<Tuple>()
        && x.type_of(th) == th.types().tuple
    {
        let items = tuple.as_slice();
        let i = if i < 0 { i + items.len() as i64 } else { i };
        return usize::try_from(i).ok().and_then(|i| items.get(i)).cloned();
    }
    None
}

/// `x[y]` for lists, tuples and dicts where it is simple; None otherwise.
#[inline(always)]
pub(in crate::interp) fn getitem_fast(th: &Thread, x: &Value, y: &Value) -> Option<Value> {
    if let Some(i) = y.as_small_int()
        && let Some(v) = index_fast(th, x, i)
    {
        return Some(v);
    }
    if let Some(dict) = x.payload::<Dict>()
        && x.type_of(th) == th.types().dict
        && crate::protocol::attribute::is_interned(y)
    {
        return dict.get_interned(th, y);
    }
    None
}

/// `r[a][r[b]] = r[c]`.
#[inline(never)]
pub(in crate::interp) unsafe fn setitem(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (x, key) = (reg(regs, a), reg(regs, b));
        if let (Some(i), Some(list)) = (key.as_small_int(), x.payload::<List>())
            && i >= 0
            && x.type_of(th) == th.types().list
            && list.set(th, i as usize, reg(regs, c).clone())
        {
            consume(regs, c);
            consume(regs, a);
            return Ok(());
        }
        if let Some(dict) = x.payload::<Dict>()
            && x.type_of(th) == th.types().dict
        {
            dict.set(th, key, reg(regs, c))?;
            consume(regs, c);
            consume(regs, b);
            consume(regs, a);
            return Ok(());
        }
        th.setitem(x, key, reg(regs, c))?;
        consume(regs, c);
        consume(regs, b);
        consume(regs, a);
        Ok(())
    }
}

/// `r[a][imm] = r[c]`.
#[inline(never)]
pub(in crate::interp) unsafe fn setitem_imm(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    i: i64,
    c: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let x = reg(regs, a);
        let done = match x.payload::<List>() {
            Some(list) if i >= 0 && x.type_of(th) == th.types().list => {
                list.set(th, i as usize, reg(regs, c).clone())
            }
            _ => false,
        };
        if !done {
            th.setitem(x, &Value::int_unchecked(i), reg(regs, c))?;
        }
        consume(regs, c);
        consume(regs, a);
        Ok(())
    }
}
