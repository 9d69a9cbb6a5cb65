//! `_count_elements`, the inside of `Counter.update`.
use vm_runtime::prelude::*;
use vm_runtime::types::dict::Dict;

/// `_count_elements(mapping, iterable, /)`.
pub fn count_elements(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [mapping, iterable] = args else { return Err(th.system_error("bad native call")) };
    let one = Value::int_unchecked(1);
    // A mapping that is a dict with dict's own `get` and `__setitem__` needs no calls.
    let names = th.names();
    let ty = mapping.type_of(th);
    let same = |name: &Value| match (ty.lookup(th, name), th.types().dict.lookup(th, name)) {
        (Some(a), Some(b)) => a.is(&b),
        _ => false,
    };
    if let Some(dict) = mapping.payload::<Dict>().filter(|_| same(&names.get) && same(&names.__setitem__)) {
        th.for_each(iterable, |key| {
            let after = match dict.get(th, &key)? {
                Some(count) => match Value::int_add(&count, &one) {
                    Some(after) => after,
                    None => th.binary(BinaryOp::Add, &count, &one)?,
                },
                None => one.clone(),
            };
            dict.set(th, &key, after)
        })?;
        return Ok(Value::NONE);
    }
    let get = th.getattr_str(mapping, "get")?;
    let zero = Value::int_unchecked(0);
    th.for_each(iterable, |key| {
        let count = th.call(&get, &[key.clone(), zero.clone()])?;
        let after = th.binary(BinaryOp::Add, &count, &one)?;
        th.setitem(mapping, &key, &after)
    })?;
    Ok(Value::NONE)
}
