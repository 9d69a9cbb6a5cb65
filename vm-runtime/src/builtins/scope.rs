//! Builtin functions on names: `globals`, `locals`, `vars`, `dir`, `__import__`, `__build_class__`.
use super::{split_keywords, unpack};
use crate::prelude::*;

pub(super) fn globals(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.current_globals()
}

pub(super) fn locals(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.current_locals()
}

pub(super) fn vars(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = unpack(th, "vars", args, 0, 1)?;
    let Some(v) = args.first() else { return th.current_locals() };
    match th.get_attr_opt(v, &th.names().__dict__)? {
        Some(dict) => Ok(dict),
        None => Err(th.type_error("vars() argument must have __dict__ attribute")),
    }
}

pub(super) fn dir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = unpack(th, "dir", args, 0, 1)?;
    match args.first() {
        Some(v) => th.dir(v),
        None => {
            let locals = th.current_locals()?;
            let names = th.call_method(&locals, "keys", &[])?;
            sorted_list(th, &names)
        }
    }
}

fn sorted_list(th: &Thread, names: &Value) -> PyResult<Value> {
    let list = th.list(th.collect(names)?);
    th.call_method(&list, "sort", &[])?;
    Ok(list)
}

impl Thread {
    /// `dir(v)`: a sorted list.
    pub fn dir(&self, v: &Value) -> PyResult<Value> {
        let Some(method) = self.lookup_special(v, "__dir__")? else {
            return Err(self.type_error("object does not provide __dir__"));
        };
        let names = self.call(&method, &[])?;
        sorted_list(self, &names)
    }
}

pub(super) fn import(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let or_none = |v: &Value| if v.is_unbound() { Value::NONE } else { v.clone() };
    let name = &args[0];
    if name.as_str().is_none() {
        return Err(th.type_error("module name must be a string"));
    }
    let level = if args[4].is_unbound() { 0 } else { th.index_i64(&args[4])? };
    th.import_level(name, &or_none(&args[1]), &or_none(&args[3]), level)
}

pub(super) fn build_class(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (keywords, given) = split_keywords(args);
    if given.len() < 2 {
        return Err(th.type_error("__build_class__: not enough arguments"));
    }
    if given[0].payload::<crate::types::function::Function>().is_none() {
        return Err(th.type_error("__build_class__: func must be a function"));
    }
    if given[1].as_str().is_none() {
        return Err(th.type_error("__build_class__: name is not a string"));
    }
    let keywords = keywords.map(|d| d.items(th)).unwrap_or_default();
    th.build_class(&given[0], &given[1], &given[2..], keywords)
}
