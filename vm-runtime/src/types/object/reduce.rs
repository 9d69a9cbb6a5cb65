//! `object.__reduce_ex__` and `__getstate__`: how instances are pickled and copied.
use super::Object;
use crate::prelude::*;
use vm_core::object::Payload;

fn copyreg(th: &Thread, name: &str) -> PyResult<Value> {
    th.getattr_str(&th.import("copyreg")?, name)
}

pub(super) fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    common(th, v, 0)
}

pub(super) fn reduce_ex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let protocol = th.index_i64(&args[0])?;
    let name = &th.names().__reduce__;
    let own = th.types().object.lookup(th, name);
    let overridden = match (v.type_of(th).lookup(th, name), own) {
        (Some(a), Some(b)) => !a.is(&b),
        _ => false,
    };
    if overridden {
        let reduce = th.getattr(v, name)?;
        return th.call(&reduce, &[]);
    }
    // An instance attribute `__reduce__` counts as well.
    common(th, v, protocol)
}

fn common(th: &Thread, v: &Value, protocol: i64) -> PyResult<Value> {
    if protocol >= 2 {
        return reduce_newobj(th, v);
    }
    let f = copyreg(th, "_reduce_ex")?;
    th.call(&f, &[v.clone(), th.int(protocol)])
}

/// Arguments of `__new__` for a copy: positional ones and keywords.
fn new_arguments(th: &Thread, v: &Value) -> PyResult<Option<(Vec<Value>, Value)>> {
    if let Some(f) = th.get_attr_opt(v, &th.names().__getnewargs_ex__)? {
        let result = th.call(&f, &[])?;
        let Some(t) = result.payload::<Tuple>() else {
            return Err(th.type_error(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                result.type_name(th)
            )));
        };
        let [args, keywords] = t.as_slice() else {
            let n = t.as_slice().len();
            return Err(
                th.value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {n}"))
            );
        };
        let Some(items) = args.payload::<Tuple>() else {
            let got = args.type_name(th);
            return Err(th.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{got}'"
            )));
        };
        if keywords.payload::<Dict>().is_none() {
            let got = keywords.type_name(th);
            return Err(th.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{got}'"
            )));
        }
        return Ok(Some((items.as_slice().to_vec(), keywords.clone())));
    }
    if let Some(f) = th.get_attr_opt(v, &th.names().__getnewargs__)? {
        let result = th.call(&f, &[])?;
        let Some(t) = result.payload::<Tuple>() else {
            return Err(th.type_error(format!(
                "__getnewargs__ should return a tuple, not '{}'",
                result.type_name(th)
            )));
        };
        return Ok(Some((t.as_slice().to_vec(), Value::NONE)));
    }
    Ok(None)
}

fn reduce_newobj(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    if ty.slots.new().is_none() {
        return Err(th.type_error(format!("cannot pickle '{}' object", ty.full_name())));
    }
    let given = new_arguments(th, v)?;
    let has_args = given.is_some();
    let (args, keywords) = given.unwrap_or((Vec::new(), Value::NONE));
    let no_keywords = keywords.payload::<Dict>().is_none_or(|d| d.is_empty());
    let (f, new_args) = if no_keywords {
        let mut all = vec![ty.value()];
        all.extend(args);
        (copyreg(th, "__newobj__")?, th.tuple(all))
    } else {
        (copyreg(th, "__newobj_ex__")?, th.tuple(vec![ty.value(), th.tuple(args), keywords]))
    };
    let is_list = v.payload::<List>().is_some();
    let is_dict = v.payload::<Dict>().is_some();
    let state = getstate_of(th, v, !(has_args || is_list || is_dict))?;
    let list_items = if is_list { th.iter(v)? } else { Value::NONE };
    let dict_items = if is_dict { th.iter(&th.call_method(v, "items", &[])?)? } else { Value::NONE };
    Ok(th.tuple(vec![f, new_args, state, list_items, dict_items]))
}

fn getstate_of(th: &Thread, v: &Value, required: bool) -> PyResult<Value> {
    let name = &th.names().__getstate__;
    let own = th.types().object.lookup(th, name);
    let overridden = match (v.type_of(th).lookup(th, name), own) {
        (Some(a), Some(b)) => !a.is(&b),
        _ => true,
    };
    if overridden {
        let f = th.getattr(v, name)?;
        return th.call(&f, &[]);
    }
    default_state(th, v, required)
}

pub(super) fn getstate(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    default_state(th, v, false)
}

fn default_state(th: &Thread, v: &Value, required: bool) -> PyResult<Value> {
    let ty = v.type_of(th);
    let mut state = match th.get_attr_opt(v, &th.names().__dict__)? {
        Some(dict) if dict.payload::<Dict>().is_some() && ty.core.ext_offset != 0 => {
            th.call_method(&dict, "copy", &[])?
        }
        Some(dict) => dict,
        None => Value::NONE,
    };
    if state.payload::<Dict>().is_some_and(|d| d.is_empty()) {
        state = Value::NONE;
    }
    if required && !std::ptr::eq(ty.core.vtable, Object::vtable()) && !state_is_all(th, v) {
        return Err(th.type_error(format!("cannot pickle '{}' object", ty.full_name())));
    }
    let names_of = copyreg(th, "_slotnames")?;
    let names = th.call(&names_of, &[ty.value()])?;
    let slots = th.dict();
    if let Some(d) = slots.payload::<Dict>() {
        for name in th.collect(&names)? {
            if let Some(value) = th.get_attr_opt(v, &name)? {
                d.set(th, &name, value)?;
            }
        }
        if !d.is_empty() {
            return Ok(th.tuple(vec![state, slots]));
        }
    }
    Ok(state)
}

/// Whether a native payload holds nothing beyond the instance's attributes.
fn state_is_all(th: &Thread, v: &Value) -> bool {
    let _ = th;
    v.payload::<crate::types::simple_namespace::SimpleNamespace>().is_some()
}
