//! Unpacking.
use super::{consume, put, reg};
use crate::thread::{PyResult, Thread};
use crate::types::list::List;
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use vm_core::Value;

/// The items of an exact tuple or list of the right length, without iterating.
fn exact_items(th: &Thread, v: &Value, n: usize) -> Option<Vec<Value>> {
    let ty = v.type_of(th);
    if ty == th.types().tuple {
        let items = v.payload::<Tuple>()?.as_slice();
        return if items.len() == n { Some(items.to_vec()) } else { None };
    }
    if ty == th.types().list {
        let list = v.payload::<List>()?;
        if list.len() == n {
            let items = list.to_vec(th);
            return if items.len() == n { Some(items) } else { None };
        }
    }
    None
}

fn items(th: &Thread, v: &Value, n: usize) -> PyResult<Vec<Value>> {
    if let Some(items) = exact_items(th, v, n) {
        return Ok(items);
    }
    let it = iterator(th, v)?;
    let mut out = Vec::with_capacity(n);
    for _ in 0..n {
        match th.next(&it)? {
            Some(item) => out.push(item),
            None => {
                return Err(
                    th.value_error(format!("not enough values to unpack (expected {n}, got {})", out.len()))
                );
            }
        }
    }
    if th.next(&it)?.is_some() {
        let ty = v.type_of(th);
        let known = ty == th.types().tuple || ty == th.types().list || ty == th.types().dict;
        if known {
            let got = th.length(v)?;
            return Err(th.value_error(format!("too many values to unpack (expected {n}, got {got})")));
        }
        return Err(th.value_error(format!("too many values to unpack (expected {n})")));
    }
    Ok(out)
}

fn iterator(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    if ty.slots.iter().is_none() && ty.slots.getitem().is_none() && ty.slots.sq_item().is_none() {
        return Err(th.type_error(format!("cannot unpack non-iterable {} object", ty.full_name())));
    }
    th.iter(v)
}

/// `UnpackSequence`.
pub(in crate::interp) unsafe fn unpack(
    th: &Thread,
    regs: *mut Value,
    src: u16,
    base: u16,
    n: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = reg(regs, src);
        if v.type_of(th) == th.types().tuple
            && let Some(t) = v.payload::<Tuple>()
        {
            let items = t.as_slice();
            if items.len() == n as usize {
                for (i, item) in items.iter().enumerate() {
                    put(regs, base + i as u16, item.clone());
                }
                consume(regs, src);
                return Ok(());
            }
        }
        let items = items(th, v, n as usize)?;
        consume(regs, src);
        for (i, item) in items.into_iter().enumerate() {
            put(regs, base + i as u16, item);
        }
        Ok(())
    }
}

/// `UnpackPair`.
pub(in crate::interp) unsafe fn unpack_pair(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    src: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = reg(regs, src);
        let pair = match v.payload::<Tuple>() {
            Some(t) if v.type_of(th) == th.types().tuple && t.as_slice().len() == 2 => {
                (t.as_slice()[0].clone(), t.as_slice()[1].clone())
            }
            _ => {
                let mut items = items(th, v, 2)?.into_iter();
                (items.next().unwrap_or(Value::NONE), items.next().unwrap_or(Value::NONE))
            }
        };
        consume(regs, src);
        put(regs, a, pair.0);
        put(regs, b, pair.1);
        Ok(())
    }
}

/// `UnpackEx`.
pub(in crate::interp) unsafe fn unpack_ex(
    th: &Thread,
    regs: *mut Value,
    src: u16,
    base: u16,
    before: u16,
    after: usize,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = reg(regs, src);
        let it = iterator(th, v)?;
        let before = before as usize;
        let mut all = Vec::new();
        while let Some(item) = th.next(&it)? {
            all.push(item);
        }
        if all.len() < before + after {
            return Err(th.value_error(format!(
                "not enough values to unpack (expected at least {}, got {})",
                before + after,
                all.len()
            )));
        }
        let tail = all.split_off(all.len() - after);
        let middle = all.split_off(before);
        consume(regs, src);
        for (i, item) in all.into_iter().chain([th.list(middle)]).chain(tail).enumerate() {
            put(regs, base + i as u16, item);
        }
        Ok(())
    }
}
