//! Pattern matching (PEP 634).
use super::{text, tuple_slice};
use crate::thread::{PyResult, Thread};
use crate::types::type_::{MATCH_SELF, TypeRef};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

/// The values of a mapping for these keys, or None.
pub(in crate::interp) fn match_keys(th: &Thread, subject: &Value, keys: &Value) -> PyResult<Value> {
    let keys = tuple_slice(keys);
    let mut values = Vec::with_capacity(keys.len());
    if keys.is_empty() {
        return Ok(th.tuple(values));
    }
    let get = th.getattr(subject, &th.names().get)?;
    let dummy = th.new_object(th.types().object, crate::types::object::Object);
    for (i, key) in keys.iter().enumerate() {
        for earlier in &keys[..i] {
            if th.eq(earlier, key)? {
                let shown = th.repr_string(key)?;
                return Err(th.value_error(format!("mapping pattern checks duplicate key ({shown})")));
            }
        }
        let v = th.call(&get, &[key.clone(), dummy.clone()])?;
        if v.is(&dummy) {
            return Ok(Value::NONE);
        }
        values.push(v);
    }
    Ok(th.tuple(values))
}

/// The attributes of a subject that a class pattern looks at, or None.
pub(in crate::interp) fn match_class(
    th: &Thread,
    subject: &Value,
    class: &Value,
    names: &Value,
    positional: usize,
) -> PyResult<Value> {
    let Some(ty) = TypeRef::from_value(class) else {
        return Err(th.type_error("called match pattern must be a class"));
    };
    if !th.object_isinstance(subject, class)? {
        return Ok(Value::NONE);
    }
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    if positional > 0 {
        let match_args = th.get_attr_opt(class, &th.names().__match_args__)?;
        let (args, match_self) = match match_args {
            Some(args) => {
                if args.type_of(th) != th.types().tuple {
                    return Err(th.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        ty.name(),
                        args.type_of(th).full_name()
                    )));
                }
                (args, false)
            }
            None => (th.tuple(Vec::new()), ty.has(MATCH_SELF)),
        };
        let args = tuple_slice(&args);
        let allowed = if match_self { 1 } else { args.len() };
        if allowed < positional {
            let plural = if allowed == 1 { "" } else { "s" };
            return Err(th.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{plural} ({positional} given)",
                ty.name()
            )));
        }
        if match_self {
            values.push(subject.clone());
        } else {
            for name in &args[..positional] {
                if name.as_str().is_none() {
                    return Err(th.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        name.type_of(th).full_name()
                    )));
                }
                match attribute(th, ty, subject, name, &mut seen)? {
                    Some(v) => values.push(v),
                    None => return Ok(Value::NONE),
                }
            }
        }
    }
    for name in tuple_slice(names) {
        match attribute(th, ty, subject, name, &mut seen)? {
            Some(v) => values.push(v),
            None => return Ok(Value::NONE),
        }
    }
    Ok(th.tuple(values))
}

fn attribute(
    th: &Thread,
    ty: TypeRef,
    subject: &Value,
    name: &Value,
    seen: &mut Vec<Value>,
) -> PyResult<Option<Value>> {
    for earlier in seen.iter() {
        if th.eq(earlier, name)? {
            return Err(th.type_error(format!(
                "{}() got multiple sub-patterns for attribute '{}'",
                ty.name(),
                text(name)
            )));
        }
    }
    seen.push(name.clone());
    let name = th.intern_value(name)?;
    th.get_attr_opt(subject, &name)
}
