//! `ImportError`, `NameError` and `AttributeError`: what was looked for, and where.
use super::{BaseException, base, extra, this};
use crate::prelude::*;

pub(super) static SLOTS: &[Slot] =
    &[Slot::NewRaw(new_import), Slot::InitRaw(init_import), Slot::Str(str_import)];
pub(super) static METHODS: &[MethodDef] = &[m("__reduce__", "()", reduce_import, "")];
pub(super) static GETSET: &[GetSetDef] = &[
    gs("msg", get_msg, Some(set_msg), "exception message"),
    gs("name", get_name, Some(set_name), "module name"),
    gs("path", get_path, Some(set_path), "module path"),
    gs("name_from", get_from, Some(set_from), "name imported from module"),
];

extra_member!(get_msg, set_msg, extra::IMPORT_MSG);
extra_member!(get_name, set_name, extra::IMPORT_NAME);
extra_member!(get_path, set_path, extra::IMPORT_PATH);
extra_member!(get_from, set_from, extra::IMPORT_NAME_FROM);

/// The values of the keyword arguments `known`, UNBOUND where not given; an unexpected one is a TypeError in CPython's words.
fn keywords(th: &Thread, function: &str, args: &CallArgs, known: &[&str]) -> PyResult<Vec<Value>> {
    let mut out = vec![Value::UNBOUND; known.len()];
    for (name, value) in args.keywords() {
        let text = name.as_str().and_then(|s| s.to_str().map(str::to_owned)).unwrap_or_default();
        match known.iter().position(|k| *k == text) {
            Some(i) => out[i] = value.clone(),
            None => {
                return Err(
                    th.type_error(format!("{function}() got an unexpected keyword argument '{text}'"))
                );
            }
        }
    }
    Ok(out)
}

fn new_import(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 4))
}

fn init_import(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::set_positional(th, v, args)?;
    let given = keywords(th, "ImportError", args, &["name", "path", "name_from"])?;
    let e = this(th, v)?;
    for (place, value) in
        [extra::IMPORT_NAME, extra::IMPORT_PATH, extra::IMPORT_NAME_FROM].into_iter().zip(given)
    {
        e.set_extra(th, place, value);
    }
    let msg = match args.positional() {
        [one] => one.clone(),
        _ => Value::UNBOUND,
    };
    e.set_extra(th, extra::IMPORT_MSG, msg);
    Ok(())
}

fn str_import(th: &Thread, v: &Value) -> PyResult<Value> {
    let msg = this(th, v)?.extra(th, extra::IMPORT_MSG);
    if msg.as_str().is_some() && th.is_exact(&msg, th.types().str) { Ok(msg) } else { base::str(th, v) }
}

fn reduce_import(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let e = this(th, v)?;
    let mut state = base::dict_or_none(th, v)?;
    let fields: Vec<(&str, Value)> =
        [("name", extra::IMPORT_NAME), ("path", extra::IMPORT_PATH), ("name_from", extra::IMPORT_NAME_FROM)]
            .into_iter()
            .map(|(name, place)| (name, e.extra(th, place)))
            .filter(|(_, value)| !value.is_unbound())
            .collect();
    if !fields.is_empty() {
        let dict = th.dict();
        if let (Some(to), Some(from)) = (dict.payload::<Dict>(), state.payload::<Dict>()) {
            for (key, value) in from.items(th) {
                to.set(th, &key, value)?;
            }
        }
        if let Some(to) = dict.payload::<Dict>() {
            for (name, value) in fields {
                to.set_str(th, name, value)?;
            }
        }
        state = dict;
    }
    Ok(base::reduce_with(th, v, e.args(th), state))
}

// ---- NameError

pub(super) static NAME_ERROR_SLOTS: &[Slot] = &[Slot::NewRaw(new_name), Slot::InitRaw(init_name)];
pub(super) static NAME_ERROR_GETSET: &[GetSetDef] = &[gs("name", get_first, Some(set_first), "name")];

extra_member!(get_first, set_first, extra::FIRST);

fn new_name(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 1))
}

fn init_name(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::set_positional(th, v, args)?;
    let mut given = keywords(th, "NameError", args, &["name"])?;
    this(th, v)?.set_extra(th, extra::FIRST, given.pop().unwrap_or(Value::UNBOUND));
    Ok(())
}

// ---- AttributeError

pub(super) static ATTRIBUTE_ERROR_SLOTS: &[Slot] =
    &[Slot::NewRaw(new_attribute), Slot::InitRaw(init_attribute)];
pub(super) static ATTRIBUTE_ERROR_METHODS: &[MethodDef] =
    &[m("__getstate__", "()", getstate_attribute, ""), m("__reduce__", "()", reduce_attribute, "")];
pub(super) static ATTRIBUTE_ERROR_GETSET: &[GetSetDef] =
    &[gs("name", get_first, Some(set_first), "attribute name"), gs("obj", get_obj, Some(set_obj), "object")];

extra_member!(get_obj, set_obj, extra::OBJ);

fn new_attribute(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 2))
}

fn init_attribute(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::set_positional(th, v, args)?;
    let given = keywords(th, "AttributeError", args, &["name", "obj"])?;
    let e = this(th, v)?;
    for (place, value) in [extra::FIRST, extra::OBJ].into_iter().zip(given) {
        e.set_extra(th, place, value);
    }
    Ok(())
}

/// The instance's dict with `name` and `args`; `obj` may not be picklable and is left out.
fn attribute_state(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = this(th, v)?;
    let name = e.extra(th, extra::FIRST);
    let state = base::dict_or_none(th, v)?;
    if name.is_unbound() {
        return Ok(state);
    }
    let dict = th.dict();
    if let Some(to) = dict.payload::<Dict>() {
        if let Some(from) = state.payload::<Dict>() {
            for (key, value) in from.items(th) {
                to.set(th, &key, value)?;
            }
        }
        to.set_str(th, "name", name)?;
        to.set_str(th, "args", e.args(th))?;
    }
    Ok(dict)
}

fn getstate_attribute(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    attribute_state(th, v)
}

fn reduce_attribute(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let state = attribute_state(th, v)?;
    let ty = v.type_of(th).value();
    Ok(th.tuple(vec![ty, this(th, v)?.args(th), state]))
}
