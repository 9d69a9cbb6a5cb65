//! Builtin functions on iterables.
use super::{split_keywords, unpack};
use crate::prelude::*;

pub(super) fn all(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let it = th.iter(&args[0])?;
    while let Some(v) = th.next(&it)? {
        if !th.truth(&v)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

pub(super) fn any(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let it = th.iter(&args[0])?;
    while let Some(v) = th.next(&it)? {
        if th.truth(&v)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

pub(super) fn iter(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = unpack(th, "iter", args, 1, 2)?;
    let Some(sentinel) = args.get(1) else { return th.iter(&args[0]) };
    if !th.is_callable(&args[0]) {
        return Err(th.type_error("iter(v, w): v must be callable"));
    }
    Ok(crate::types::iterators::callable_iterator(th, &args[0], sentinel))
}

pub(super) fn next(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = unpack(th, "next", args, 1, 2)?;
    let it = &args[0];
    let Some(f) = it.type_of(th).slots.next() else {
        return Err(th.type_error(format!("'{}' object is not an iterator", it.type_name(th))));
    };
    let Some(default) = args.get(1) else { return crate::types::slot_defs::next_or_stop(th, f, it) };
    match f(th, it) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Ok(default.clone()),
        Err(_) if th.error_is(th.types().exc.stop_iteration) => {
            th.clear_error();
            Ok(default.clone())
        }
        Err(raised) => Err(raised),
    }
}

pub(super) fn max(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    extreme(th, args, "max", CompareOp::Gt)
}

pub(super) fn min(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    extreme(th, args, "min", CompareOp::Lt)
}

fn extreme(th: &Thread, args: &[Value], name: &str, op: CompareOp) -> PyResult<Value> {
    let (keywords, given) = split_keywords(args);
    let (mut key, mut default) = (Value::NONE, Value::UNBOUND);
    for (k, v) in keywords.map(|d| d.items(th)).unwrap_or_default() {
        match k.as_str().and_then(|s| s.to_str()) {
            Some("key") => key = v,
            Some("default") => default = v,
            _ => {
                let k = th.str_text(&k)?;
                return Err(th.type_error(format!("{name}() got an unexpected keyword argument '{k}'")));
            }
        }
    }
    let several = given.len() > 1;
    if given.is_empty() {
        return Err(th.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    if several && !default.is_unbound() {
        return Err(th.type_error(format!(
            "Cannot specify a default for {name}() with multiple positional arguments"
        )));
    }
    let mut best: Option<(Value, Value)> = None;
    let mut look = |item: Value| -> PyResult<()> {
        let by = if key.is_none() { item.clone() } else { th.call(&key, std::slice::from_ref(&item))? };
        let better = match &best {
            None => true,
            Some((_, best_by)) => {
                let r = th.compare(&by, best_by, op)?;
                th.truth(&r)?
            }
        };
        if better {
            best = Some((item, by));
        }
        Ok(())
    };
    if several {
        for item in given {
            look(item.clone())?;
        }
    } else {
        let it = th.iter(&given[0])?;
        while let Some(item) = th.next(&it)? {
            look(item)?;
        }
    }
    match best {
        Some((item, _)) => Ok(item),
        None if !default.is_unbound() => Ok(default),
        None => Err(th.value_error(format!("{name}() iterable argument is empty"))),
    }
}

pub(super) fn sorted(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (keywords, given) = split_keywords(args);
    let [iterable] = given else {
        return Err(th.type_error(format!("sorted expected 1 argument, got {}", given.len())));
    };
    let list = th.list(th.collect(iterable)?);
    let keywords = keywords.map(|d| d.items(th)).unwrap_or_default();
    let sort = th.getattr_str(&list, "sort")?;
    let (names, values): (Vec<Value>, Vec<Value>) = keywords.into_iter().unzip();
    th.call_args(&sort, &CallArgs { args: &values, names: &names })?;
    Ok(list)
}
