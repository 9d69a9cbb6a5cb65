//! `BaseException`, and the small types that only keep or show their first argument differently.
use super::{BaseException, extra, this};
use crate::prelude::*;

/// `BaseException`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "BaseException",
    doc: "Common base class for all exceptions",
    flags: BASETYPE | HAS_DICT,
    slots: &[Slot::NewRaw(new), Slot::InitRaw(init), Slot::Repr(repr), Slot::Str(str)],
    methods: &[
        m("__reduce__", "()", reduce, ""),
        m("__setstate__", "(state, /)", setstate, ""),
        m("with_traceback", "(tb, /)", with_traceback, "Set self.__traceback__ to tb and return self."),
        m("add_note", "(note, /)", add_note, "Add a note to the exception"),
    ],
    getset: &[
        gs("args", get_args, Some(set_args), ""),
        gs("__traceback__", get_traceback, Some(set_traceback), ""),
        gs("__context__", get_context, Some(set_context), ""),
        gs("__cause__", get_cause, Some(set_cause), ""),
        mb("__suppress_context__", get_suppress, Some(set_suppress), ""),
    ],
    ..TypeSpec::of::<BaseException>()
};

pub(super) fn new(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 0))
}

pub(super) fn init(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    no_keywords(th, v, args)?;
    set_positional(th, v, args)
}

/// `TypeError` if there are keyword arguments.
pub(super) fn no_keywords(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    if args.names.is_empty() {
        return Ok(());
    }
    Err(th.type_error(format!("{}() takes no keyword arguments", v.type_of(th).name())))
}

/// Sets `args` to the positional arguments, if they are not the same already (`__new__` has set them).
pub(super) fn set_positional(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    let e = this(th, v)?;
    let given = args.positional();
    let now = e.args(th);
    let same = now.payload::<Tuple>().is_some_and(|t| {
        let t = t.as_slice();
        t.len() == given.len() && t.iter().zip(given).all(|(a, b)| a.is(b))
    });
    if !same {
        e.set_args(th, th.tuple(given.to_vec()));
    }
    Ok(())
}

/// The items of `args`.
pub(super) fn arg_items(th: &Thread, e: &BaseException) -> Vec<Value> {
    e.args(th).payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default()
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = this(th, v)?;
    let args = e.args(th);
    let name = v.type_of(th).name();
    let mut out = Wtf8Buf::from(name.as_str());
    match args.payload::<Tuple>().map(Tuple::as_slice) {
        Some([one]) => {
            out.push_str("(");
            out.push_wtf8(&th.repr_string(one)?);
            out.push_str(")");
        }
        _ => out.push_wtf8(&th.repr_string(&args)?),
    }
    Ok(th.str_wtf8(out))
}

/// `BaseException.__str__`.
pub fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    let args = this(th, v)?.args(th);
    match args.payload::<Tuple>().map(Tuple::as_slice) {
        Some([]) => Ok(th.str("")),
        Some([one]) => th.to_str(one),
        _ => th.to_str(&args),
    }
}

/// The instance's dict if it has attributes, else None.
pub(super) fn dict_or_none(th: &Thread, v: &Value) -> PyResult<Value> {
    match th.instance_dict(v)? {
        Some(dict) if dict.payload::<Dict>().is_some_and(|d| !d.is_empty()) => Ok(dict),
        _ => Ok(Value::NONE),
    }
}

/// `(type, args)` or `(type, args, state)`.
pub(super) fn reduce_with(th: &Thread, v: &Value, args: Value, state: Value) -> Value {
    let ty = v.type_of(th).value();
    if state.is_none() { th.tuple(vec![ty, args]) } else { th.tuple(vec![ty, args, state]) }
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let state = dict_or_none(th, v)?;
    Ok(reduce_with(th, v, this(th, v)?.args(th), state))
}

fn setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let state = &args[0];
    if state.is_none() {
        return Ok(Value::NONE);
    }
    let Some(dict) = state.payload::<Dict>() else { return Err(th.type_error("state is not a dictionary")) };
    for (key, value) in dict.items(th) {
        th.setattr(v, &key, &value)?;
    }
    Ok(Value::NONE)
}

fn with_traceback(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    set_traceback(th, v, Some(&args[0]))?;
    Ok(v.clone())
}

fn add_note(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let note = &args[0];
    if note.as_str().is_none() {
        return Err(th.type_error(format!("add_note() argument must be str, not {}", note.type_name(th))));
    }
    let name = th.intern("__notes__");
    let notes = match th.get_attr_opt(v, &name)? {
        Some(notes) => notes,
        None => {
            let notes = th.list(Vec::new());
            th.setattr(v, &name, &notes)?;
            notes
        }
    };
    match notes.payload::<List>() {
        Some(_) => {
            th.call_method(&notes, "append", std::slice::from_ref(note))?;
        }
        None => return Err(th.type_error("Cannot add note: __notes__ is not a list")),
    }
    Ok(Value::NONE)
}

fn get_args(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.args(th))
}

fn set_args(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("args may not be deleted")) };
    let items = th.collect(new)?;
    this(th, v)?.set_args(th, th.tuple(items));
    Ok(())
}

fn get_traceback(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.traceback(th))
}

fn set_traceback(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("__traceback__ may not be deleted")) };
    if !new.is_none() && new.payload::<crate::traceback::Traceback>().is_none() {
        return Err(th.type_error("__traceback__ must be a traceback or None"));
    }
    this(th, v)?.set_traceback(th, new.clone());
    Ok(())
}

fn get_context(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.context(th))
}

fn set_context(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("__context__ may not be deleted")) };
    if !new.is_none() && super::payload(new).is_none() {
        return Err(th.type_error("exception context must be None or derive from BaseException"));
    }
    this(th, v)?.set_context(th, new.clone());
    Ok(())
}

fn get_cause(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.cause(th))
}

fn set_cause(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("__cause__ may not be deleted")) };
    if !new.is_none() && super::payload(new).is_none() {
        return Err(th.type_error("exception cause must be None or derive from BaseException"));
    }
    this(th, v)?.set_cause(th, new.clone());
    Ok(())
}

fn get_suppress(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.suppress_context(th)))
}

fn set_suppress(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("can't delete numeric/char attribute")) };
    let Some(on) = new.as_bool() else { return Err(th.type_error("attribute value type must be bool")) };
    this(th, v)?.set_suppress_context(th, on);
    Ok(())
}

// ---- StopIteration, SystemExit, KeyError

pub(super) static STOP_ITERATION_SLOTS: &[Slot] =
    &[Slot::NewRaw(new_one), Slot::InitRaw(stop_iteration_init)];
pub(super) static STOP_ITERATION_GETSET: &[GetSetDef] =
    &[gs("value", get_first, Some(set_first), "generator return value")];
pub(super) static SYSTEM_EXIT_SLOTS: &[Slot] = &[Slot::NewRaw(new_one), Slot::InitRaw(system_exit_init)];
pub(super) static SYSTEM_EXIT_GETSET: &[GetSetDef] =
    &[gs("code", get_first, Some(set_first), "exception code")];
pub(super) static KEY_ERROR_SLOTS: &[Slot] = &[Slot::Str(key_error_str)];

extra_member!(get_first, set_first, extra::FIRST);

fn new_one(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 1))
}

fn stop_iteration_init(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    init(th, v, args)?;
    let value = args.positional().first().cloned().unwrap_or(Value::NONE);
    this(th, v)?.set_extra(th, extra::FIRST, value);
    Ok(())
}

fn system_exit_init(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    init(th, v, args)?;
    let e = this(th, v)?;
    match args.positional() {
        [] => {}
        [one] => e.set_extra(th, extra::FIRST, one.clone()),
        _ => e.set_extra(th, extra::FIRST, e.args(th)),
    }
    Ok(())
}

fn key_error_str(th: &Thread, v: &Value) -> PyResult<Value> {
    let args = this(th, v)?.args(th);
    match args.payload::<Tuple>().map(Tuple::as_slice) {
        // The repr, so that a missing '' shows as such.
        Some([one]) => th.repr(one),
        _ => str(th, v),
    }
}
