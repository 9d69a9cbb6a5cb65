//! Building containers, strings and functions.
use super::{put, reg, take, tuple_slice};
use crate::code::as_dict;
use crate::frame::Frame;
use crate::thread::{PyResult, Thread};
use crate::types::function::Function;
use crate::types::list::List;
use crate::types::value_ext::ValueExt;
use vm_compiler::bytecode::ops::{MAKE_ANNOTATE, MAKE_CLOSURE, MAKE_DEFAULTS, MAKE_KWDEFAULTS};
use vm_core::Value;

/// Takes a run of registers.
#[inline]
pub(in crate::interp) unsafe fn take_run(regs: *mut Value, base: u16, n: u16) -> Vec<Value> {
    // SAFETY: registers of validated code.
    unsafe { (base..base + n).map(|i| take(regs, i).into_owned()).collect() }
}

/// A tuple of a run of registers.
#[inline]
pub(in crate::interp) unsafe fn build_tuple(th: &Thread, regs: *mut Value, base: u16, n: u16) -> Value {
    // SAFETY: registers of validated code.
    unsafe { th.tuple(take_run(regs, base, n)) }
}

pub(in crate::interp) fn build_set(th: &Thread, items: Vec<Value>) -> PyResult<Value> {
    let value = th.new_object(th.types().set, crate::types::set::Set::new());
    for item in items {
        set_add(th, &value, &item)?;
    }
    Ok(value)
}

pub(in crate::interp) unsafe fn build_map(
    th: &Thread,
    regs: *mut Value,
    base: u16,
    n: u16,
) -> PyResult<Value> {
    let value = th.dict();
    if let Some(dict) = as_dict(&value) {
        for i in 0..n {
            // SAFETY: registers of validated code.
            unsafe {
                let key = take(regs, base + 2 * i);
                let item = take(regs, base + 2 * i + 1);
                dict.set(th, &key, item.into_owned())?;
            }
        }
    }
    Ok(value)
}

pub(in crate::interp) unsafe fn build_string(
    th: &Thread,
    regs: *mut Value,
    base: u16,
    n: u16,
) -> PyResult<Value> {
    // SAFETY: registers of validated code.
    let parts = unsafe { take_run(regs, base, n) };
    let mut out = rustpython_wtf8::Wtf8Buf::with_capacity(
        parts.iter().filter_map(|p| p.as_str()).map(|s| s.byte_len()).sum(),
    );
    for part in parts.iter().filter_map(|p| p.as_str()) {
        out.push_wtf8(part.as_wtf8());
    }
    Ok(th.str_wtf8(&out))
}

pub(in crate::interp) fn format_simple(th: &Thread, v: &Value, conv: u16) -> PyResult<Value> {
    crate::types::str::fstring::format_simple(th, v, conv as u8)
}

pub(in crate::interp) fn format_spec(th: &Thread, v: &Value, conv: u16, spec: &Value) -> PyResult<Value> {
    crate::types::str::fstring::format_with_spec(th, v, conv as u8, spec)
}

pub(in crate::interp) unsafe fn build_interpolation(
    th: &Thread,
    regs: *mut Value,
    b: u16,
    conv: u16,
) -> PyResult<Value> {
    // SAFETY: registers of validated code.
    unsafe {
        let value = take(regs, b).into_owned();
        let expression = take(regs, b + 1).into_owned();
        let spec = take(regs, b + 2).into_owned();
        Ok(crate::types::str::fstring::new_interpolation(th, value, expression, conv as u8, spec))
    }
}

pub(in crate::interp) fn build_template(
    th: &Thread,
    strings: Value,
    interpolations: Value,
) -> PyResult<Value> {
    Ok(crate::types::str::fstring::new_template(th, strings, interpolations))
}

pub(in crate::interp) fn set_add(th: &Thread, set: &Value, item: &Value) -> PyResult<()> {
    match set.payload::<crate::types::set::Set>() {
        Some(s) => s.add(th, item).map(drop),
        None => Ok(()),
    }
}

pub(in crate::interp) fn set_update(th: &Thread, set: &Value, items: &Value) -> PyResult<()> {
    match th.builtin_items(items) {
        Some(items) => items.iter().try_for_each(|v| set_add(th, set, v)),
        None => th.for_each(items, |v| set_add(th, set, &v)),
    }
}

pub(in crate::interp) fn list_extend(th: &Thread, list: &Value, items: &Value) -> PyResult<()> {
    let ty = items.type_of(th);
    if ty.slots.iter().is_none() && ty.slots.getitem().is_none() && ty.slots.sq_item().is_none() {
        return Err(th.type_error(format!("Value after * must be an iterable, not {}", ty.full_name())));
    }
    let Some(list) = list.payload::<List>() else { return Ok(()) };
    match th.builtin_items(items) {
        Some(items) => list.extend(th, items),
        None => th.for_each(items, |v| list.append(th, v)),
    }
}

pub(in crate::interp) fn dict_update(th: &Thread, dict: &Value, other: &Value) -> PyResult<()> {
    let Some(dict) = as_dict(dict) else { return Ok(()) };
    if as_dict(other).is_none() && th.get_attr_str_opt(other, "keys")?.is_none() {
        return Err(th.type_error(format!("'{}' object is not a mapping", other.type_of(th).full_name())));
    }
    dict.update(th, other)
}

/// `**` in a call: duplicate and strange keys are errors that name the function.
pub(in crate::interp) fn dict_merge(
    th: &Thread,
    dict: &Value,
    other: &Value,
    callable: &Value,
) -> PyResult<()> {
    let Some(target) = as_dict(dict) else { return Ok(()) };
    let name = super::callable_text(th, callable);
    let add = |key: &Value, value: Value| -> PyResult<()> {
        if target.contains(th, key)? {
            let shown = th.str_text(key)?;
            return Err(th.type_error(format!("{name} got multiple values for keyword argument '{shown}'")));
        }
        target.set(th, key, value)
    };
    if let Some(source) = as_dict(other) {
        for (key, value) in source.items(th) {
            add(&key, value)?;
        }
        return Ok(());
    }
    let Some(keys) = th.get_attr_str_opt(other, "keys")? else {
        return Err(th.type_error(format!(
            "{name} argument after ** must be a mapping, not {}",
            other.type_of(th).full_name()
        )));
    };
    let keys = th.call(&keys, &[])?;
    th.for_each(&keys, |key| {
        let value = th.getitem(other, &key)?;
        add(&key, value)
    })
}

/// The positional arguments of `f(*args)` as a tuple.
pub(in crate::interp) fn positional_arguments(th: &Thread, callable: &Value, args: Value) -> PyResult<Value> {
    if args.type_of(th) == th.types().tuple {
        return Ok(args);
    }
    let ty = args.type_of(th);
    if ty.slots.iter().is_none() && ty.slots.getitem().is_none() && ty.slots.sq_item().is_none() {
        return Err(th.type_error(format!(
            "{} argument after * must be an iterable, not {}",
            super::callable_text(th, callable),
            ty.full_name()
        )));
    }
    let items = th.collect(&args)?;
    Ok(th.tuple(items))
}

/// `MakeFunction`.
pub(in crate::interp) unsafe fn make_function(
    th: &Thread,
    frame: &Frame,
    code: &Value,
    regs: *mut Value,
    base: u16,
    parts: u16,
) -> PyResult<Value> {
    // SAFETY: registers of validated code.
    unsafe {
        let mut at = base;
        let mut part = |bit: u16| {
            if parts & bit == 0 {
                return None;
            }
            at += 1;
            Some(take(regs, at - 1).into_owned())
        };
        let defaults = part(MAKE_DEFAULTS);
        let kwdefaults = part(MAKE_KWDEFAULTS);
        let annotate = part(MAKE_ANNOTATE);
        let closure = part(MAKE_CLOSURE);
        let globals = frame.function.payload::<Function>().map_or(Value::NONE, |f| f.globals.clone());
        // Lambdas come and go, with what their defaults hold.
        let counted = code.payload::<crate::code::Code>().is_some_and(|c| {
            c.flags & vm_compiler::flags::NESTED != 0
                || c.name.as_str().is_some_and(|n| n.as_wtf8().as_bytes() == b"<lambda>")
        });
        let value = th.new_function(code, &globals, closure.unwrap_or(Value::NONE))?;
        if let Some(f) = value.payload::<Function>() {
            if let Some(v) = defaults {
                f.defaults.set(th, v);
            }
            if let Some(v) = kwdefaults {
                f.kwdefaults.set(th, v);
            }
            if let Some(v) = annotate {
                f.annotate.set(th, v);
            }
        }
        if !counted && let Some(h) = value.header() {
            vm_core::refcount::make_deferred(h);
        }
        Ok(value)
    }
}

/// `CopyFreeVars`: borrowed, because the running function keeps its closure.
pub(in crate::interp) unsafe fn copy_free_vars(frame: &Frame, regs: *mut Value, first: u16, n: u16) {
    let Some(f) = frame.function.payload::<Function>() else { return };
    for (i, cell) in tuple_slice(&f.closure).iter().enumerate().take(n as usize) {
        // SAFETY: registers of validated code; the function outlives the frame.
        unsafe { put(regs, first + i as u16, cell.borrow_word()) }
    }
}

/// A cell with this content.
pub(in crate::interp) fn new_cell(th: &Thread, v: Value) -> Value {
    th.new_object(
        th.types().cell,
        crate::types::cell::Cell { contents: crate::value_cells::AtomicValue::new(v) },
    )
}

#[inline(always)]
pub(in crate::interp) fn cell_get(th: &Thread, cell: &Value) -> Value {
    cell.payload::<crate::types::cell::Cell>().map_or(Value::UNBOUND, |c| c.contents.get(th))
}

#[inline(always)]
pub(in crate::interp) fn cell_set(th: &Thread, cell: &Value, v: Value) {
    if let Some(c) = cell.payload::<crate::types::cell::Cell>() {
        c.contents.set(th, v);
    }
}

pub(in crate::interp) fn cell_take(cell: &Value) -> Value {
    cell.payload::<crate::types::cell::Cell>().map_or(Value::UNBOUND, |c| c.contents.take())
}

/// `LoadSpecial`: a special method of the type, for a call window.
pub(in crate::interp) unsafe fn load_special(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    which: u16,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = reg(regs, b);
        let n = th.names();
        let (name, protocol) = match which {
            0 => (&n.__enter__, "the context manager protocol"),
            1 => (&n.__exit__, "the context manager protocol"),
            2 => (&n.__aenter__, "the asynchronous context manager protocol"),
            _ => (&n.__aexit__, "the asynchronous context manager protocol"),
        };
        let ty = v.type_of(th);
        let Some(found) = ty.lookup(th, name) else {
            return Err(super::not_a_context_manager(th, ty, name, which, protocol));
        };
        if found.type_of(th).has(crate::types::type_::METHOD_DESCRIPTOR) {
            let this = super::owned(regs, b);
            put(regs, a, found);
            put(regs, a + 1, this);
            return Ok(());
        }
        let bound = match found.type_of(th).slots.descr_get() {
            Some(get) => get(th, &found, Some(v), Some(&ty.value()))?,
            None => found,
        };
        super::consume(regs, b);
        put(regs, a, bound);
        put(regs, a + 1, Value::UNBOUND);
        Ok(())
    }
}
