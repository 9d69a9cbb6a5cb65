//! Names: globals, builtins, class and module namespaces, and the errors of unbound variables.
use super::text;
use crate::code::{GlobalCache, as_dict};
use crate::frame::Frame;
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::function::Function;
use crate::types::value_ext::ValueExt;
use std::sync::atomic::AtomicU64;
use vm_core::Value;
use vm_core::object::flags;

/// The value of a dict entry for a register: borrowed if it is immortal or deferred. None if the entry is another's now.
#[inline(always)]
pub(in crate::interp) fn shared_entry(th: &Thread, dict: &Dict, index: usize, name: &Value) -> Option<Value> {
    let bits = dict.word_at(index, name)?;
    if bits & 3 != 0 {
        // SAFETY: an immediate.
        let word = unsafe { Value::from_raw_bits(bits) };
        return if word.is_unbound() { None } else { Some(word) };
    }
    // SAFETY: the word is looked at, not dropped; header words of a block can always be read (R3 (object)).
    unsafe {
        let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(bits));
        let header = word.heap_ptr();
        if vm_core::refcount::biased::is_immortal(header.as_ref())
            || header.as_ref().has_flag(flags::DEFERRED)
        {
            if th.is_solo() || dict.word_at(index, name) == Some(bits) {
                return Some(word.borrow_word());
            }
            return None;
        }
    }
    dict.value_at(index, name)
}

/// `LoadGlobal` past the cache; fills it.
#[inline(never)]
pub(in crate::interp) fn load_global(
    th: &Thread,
    frame: &Frame,
    name: &Value,
    cache: &AtomicU64,
) -> PyResult<Value> {
    if !has_plain_namespaces(th, frame) {
        return global_or_builtin(th, frame, name);
    }
    // SAFETY: the function keeps both dicts alive.
    let (globals, builtins) = unsafe { (&*frame.globals, &*frame.builtins) };
    if !globals.is_namespace() {
        globals.mark_namespace(th);
    }
    let version = globals.keys_version();
    if let Some(i) = globals.lookup_index(th, name) {
        GlobalCache::Globals(i).store(cache);
    }
    if let Some(v) = globals.get_interned(th, name) {
        return Ok(v);
    }
    if let Some(i) = builtins.lookup_index(th, name) {
        GlobalCache::Builtins(i, version).store(cache);
    }
    match builtins.get_interned(th, name) {
        Some(v) => Ok(v),
        None => Err(undefined(th, name)),
    }
}

#[cold]
fn undefined(th: &Thread, name: &Value) -> crate::thread::Raised {
    th.name_error_of(format!("name '{}' is not defined", text(name)), name)
}

pub(in crate::interp) fn delete_global(th: &Thread, frame: &Frame, name: &Value) -> PyResult<()> {
    // SAFETY: the function keeps the dict alive.
    if unsafe { &*frame.globals }.del(th, name)? { Ok(()) } else { Err(undefined(th, name)) }
}

/// Whether the frame's locals are its globals (module level).
fn at_module_level(frame: &Frame) -> bool {
    as_dict(&frame.locals).is_some_and(|d| std::ptr::eq(d, frame.globals))
}

/// A name in a mapping; None if it is not there.
fn from_mapping(th: &Thread, mapping: &Value, name: &Value) -> PyResult<Option<Value>> {
    if let Some(d) = as_dict(mapping)
        && mapping.type_of(th) == th.types().dict
    {
        return Ok(d.get_interned(th, name));
    }
    match th.getitem(mapping, name) {
        Ok(v) => Ok(Some(v)),
        Err(raised) => {
            if th.error_is(th.types().exc.key_error) {
                th.clear_error();
                return Ok(None);
            }
            Err(raised)
        }
    }
}

pub(in crate::interp) fn load_name(
    th: &Thread,
    frame: &Frame,
    name: &Value,
    cache: &AtomicU64,
) -> PyResult<Value> {
    if frame.locals.is_unbound() || at_module_level(frame) && has_plain_namespaces(th, frame) {
        // SAFETY: the function keeps both dicts alive.
        let (globals, builtins) = unsafe { (&*frame.globals, &*frame.builtins) };
        let found = match GlobalCache::load(cache) {
            Some(GlobalCache::Globals(i)) => shared_entry(th, globals, i, name),
            Some(GlobalCache::Builtins(i, version)) if globals.keys_version() == version => {
                shared_entry(th, builtins, i, name)
            }
            _ => None,
        };
        return match found {
            Some(v) => Ok(v),
            None => load_global(th, frame, name, cache),
        };
    }
    if let Some(v) = from_mapping(th, &frame.locals, name)? {
        return Ok(v);
    }
    global_or_builtin(th, frame, name)
}

/// Whether globals and builtins are plain dicts, which they nearly always are: `exec` takes subclasses of dict as globals, and
/// anything as builtins.
fn has_plain_namespaces(th: &Thread, frame: &Frame) -> bool {
    frame.function.payload::<Function>().is_some_and(|f| {
        let dict = th.types().dict;
        th.is_exact(&f.globals, dict) && th.is_exact(&f.builtins, dict)
    })
}

fn global_or_builtin(th: &Thread, frame: &Frame, name: &Value) -> PyResult<Value> {
    if let Some(f) = frame.function.payload::<Function>()
        && let Some(v) = from_mapping(th, &f.globals, name)?
    {
        return Ok(v);
    }
    match from_builtins(th, frame, name)? {
        Some(v) => Ok(v),
        None => Err(undefined(th, name)),
    }
}

/// A name in the frame's builtins.
pub(crate) fn from_builtins(th: &Thread, frame: &Frame, name: &Value) -> PyResult<Option<Value>> {
    match frame.function.payload::<Function>() {
        Some(f) => from_mapping(th, &f.builtins, name),
        None => Ok(None),
    }
}

pub(in crate::interp) fn from_dict_or_globals(
    th: &Thread,
    frame: &Frame,
    mapping: &Value,
    name: &Value,
) -> PyResult<Value> {
    match from_mapping(th, mapping, name)? {
        Some(v) => Ok(v),
        None => global_or_builtin(th, frame, name),
    }
}

pub(in crate::interp) fn from_dict_or_deref(
    th: &Thread,
    frame: &Frame,
    mapping: &Value,
    cell: u16,
    name: &Value,
) -> PyResult<Value> {
    if let Some(v) = from_mapping(th, mapping, name)? {
        return Ok(v);
    }
    // SAFETY: registers of validated code.
    let v = super::cell_get(th, unsafe { super::reg(frame.regs.get(), cell) });
    if v.is_unbound() {
        unbound_cell(th, frame, cell);
        return Err(crate::interp::calls::raised());
    }
    Ok(v)
}

pub(in crate::interp) fn store_name(th: &Thread, frame: &Frame, name: &Value, v: Value) -> PyResult<()> {
    if frame.locals.is_unbound() {
        // A function of a module's code: its globals are its locals.
        // SAFETY: the function keeps the dict alive.
        return unsafe { &*frame.globals }.set(th, name, v);
    }
    match as_dict(&frame.locals) {
        Some(d) if frame.locals.type_of(th) == th.types().dict => d.set(th, name, v),
        _ => th.setitem(&frame.locals, name, &v),
    }
}

pub(in crate::interp) fn delete_name(th: &Thread, frame: &Frame, name: &Value) -> PyResult<()> {
    if frame.locals.is_unbound() {
        return delete_global(th, frame, name);
    }
    let missing = |th: &Thread| undefined(th, name);
    match as_dict(&frame.locals) {
        Some(d) if frame.locals.type_of(th) == th.types().dict => {
            if d.del(th, name)? {
                Ok(())
            } else {
                Err(missing(th))
            }
        }
        _ => match th.delitem(&frame.locals, name) {
            Ok(()) => Ok(()),
            Err(raised) => {
                if th.error_is(th.types().exc.key_error) {
                    th.clear_error();
                    return Err(missing(th));
                }
                Err(raised)
            }
        },
    }
}

/// The mapping that a class body assigns into.
pub(in crate::interp) fn frame_locals_mapping(frame: &Frame) -> Value {
    frame.locals.clone()
}

pub(in crate::interp) fn setup_annotations(th: &Thread, frame: &Frame) -> PyResult<()> {
    let name = &th.names().__annotations__;
    if from_mapping(th, &frame.locals, name)?.is_none() {
        let dict = th.dict();
        th.setitem(&frame.locals, name, &dict)?;
    }
    Ok(())
}

/// A local, cell or free variable that is read before it has a value.
#[cold]
pub(in crate::interp) fn unbound_local(th: &Thread, frame: &Frame, reg: u16) {
    let code = frame.code();
    let name = code.register_name(reg as usize).to_owned();
    let value = th.intern(&name);
    if !code.unit().freevars.is_empty() && reg >= code.unit().first_free_reg {
        free_variable(th, &name, &value);
    } else {
        let _ = th.unbound_local_error(
            format!("cannot access local variable '{name}' where it is not associated with a value"),
            &value,
        );
    }
}

fn free_variable(th: &Thread, name: &str, value: &Value) {
    let _ = th.name_error_of(
        format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        ),
        value,
    );
}

/// An empty cell is read.
#[cold]
pub(in crate::interp) fn unbound_cell(th: &Thread, frame: &Frame, reg: u16) {
    unbound_local(th, frame, reg);
}

/// Objects of `LoadCommon`.
pub(in crate::interp) fn common(th: &Thread, frame: &Frame, which: u16) -> PyResult<Value> {
    let t = th.types();
    Ok(match which {
        0 => t.exc.assertion_error.value(),
        1 => t.exc.not_implemented_error.value(),
        2 => t.tuple.value(),
        3 => th.builtin("all"),
        4 => th.builtin("any"),
        5 => t.list.value(),
        6 => t.set.value(),
        _ => match from_builtins(th, frame, &th.names().__build_class__)? {
            Some(f) => f,
            None => return Err(th.name_error("__build_class__ not found")),
        },
    })
}
