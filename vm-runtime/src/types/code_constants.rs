//! From values back to the compiler's constants.
use crate::code::Code;
use crate::prelude::*;
use vm_compiler::Const;

/// The constant that a value is; TypeError if it can be none.
pub fn freeze(th: &Thread, v: &Value) -> PyResult<Const> {
    let types = th.types();
    if v.is_none() {
        return Ok(Const::None);
    }
    if v.is_ellipsis() {
        return Ok(Const::Ellipsis);
    }
    if let Some(b) = v.as_bool() {
        return Ok(if b { Const::True } else { Const::False });
    }
    if let Some(i) = v.as_small_int() {
        return Ok(Const::Int(i));
    }
    if th.is_exact(v, types.int) {
        return Ok(Const::BigInt(th.as_bigint(v)?));
    }
    if th.is_exact(v, types.float) {
        return Ok(Const::Float(th.as_f64(v)?));
    }
    if let Some(c) = v.payload::<crate::types::complex::Complex>() {
        return Ok(Const::Complex { re: c.re, im: c.im });
    }
    if let Some(s) = v.as_str() {
        return Ok(Const::Str(s.as_wtf8().to_owned()));
    }
    if let Some(b) = v.payload::<Bytes>() {
        return Ok(Const::Bytes(b.as_slice().to_vec()));
    }
    if let Some(t) = v.payload::<Tuple>() {
        return Ok(Const::Tuple(t.as_slice().iter().map(|i| freeze(th, i)).collect::<PyResult<_>>()?));
    }
    if let Some(c) = v.payload::<Code>() {
        return Ok(Const::Code(c.unit().clone()));
    }
    if th.is_exact(v, types.frozenset) {
        let items = th.collect(v)?;
        return Ok(Const::FrozenSet(items.iter().map(|i| freeze(th, i)).collect::<PyResult<_>>()?));
    }
    Err(th.type_error(format!("'{}' object cannot be a constant of a code object", v.type_name(th))))
}
