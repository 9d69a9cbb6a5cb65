//! Exceptions.
use super::{consume, put, reg};
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

/// `raise exc [from cause]`.
#[cold]
pub(in crate::interp) fn raise(th: &Thread, exc: Value, cause: Option<Value>) {
    let _ = th.raise_statement(&exc, cause.as_ref());
}

/// `raise` alone; true if it failed for want of an exception, so that the error is a new one.
#[cold]
pub(in crate::interp) fn raise_bare(th: &Thread) -> bool {
    let fresh = th.handled_exception().is_none();
    let _ = th.reraise_handled();
    fresh
}

pub(in crate::interp) fn exception_matches(th: &Thread, exc: &Value, types: &Value) -> PyResult<bool> {
    th.check_except_types(types)?;
    Ok(th.given_exception_matches(exc, types))
}

/// `except*`: splits the exception in `r[a]` by the types in `r[b]`.
pub(in crate::interp) unsafe fn match_group(th: &Thread, regs: *mut Value, a: u16, b: u16) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let types = reg(regs, b);
        th.check_except_star_types(types)?;
        let exc = reg(regs, a).clone();
        if exc.is_none() {
            consume(regs, b);
            put(regs, a + 1, Value::NONE);
            return Ok(());
        }
        let (matched, rest) = th.group_match(&exc, types)?;
        consume(regs, b);
        if !matched.is_none() {
            th.handled.set(matched.clone());
        }
        put(regs, a, rest);
        put(regs, a + 1, matched);
        Ok(())
    }
}

/// `__exit__(type, value, traceback)`.
pub(in crate::interp) fn with_exit(th: &Thread, f: &Value, this: &Value, exc: &Value) -> PyResult<Value> {
    let ty = exc.type_of(th).value();
    let tb = th.getattr(exc, &th.names().__traceback__)?;
    if this.is_unbound() {
        return th.call(f, &[ty, exc.clone(), tb]);
    }
    th.call(f, &[this.clone(), ty, exc.clone(), tb])
}
