//! Ending a VM: the program's part (`finish`, as CPython's `Py_FinalizeEx`), and giving the memory back (`tear_down`).
//!
//! # Rules
//!
//! R1 (shutdown). After `finish` threads other than the finishing one run no more Python: they are killed at their next
//!     safepoint (`Thread::is_killed`), where their frames end without handlers, finalizers or callbacks.
//! R2 (shutdown). The heap is torn down when nothing holds the VM any more: no thread is registered, no handle is left. Every
//!     object is made immortal first, so that dropping a value does nothing; then every payload is dropped, in any order.
//! R3 (shutdown). A payload's `Drop` that looks at another object, or runs Python, asks for `Thread::current` first: there is
//!     none during the tearing down.
use crate::code::as_dict;
use crate::prelude::*;
use crate::thread::without_current;
use crate::types::module::Module;
use crate::types::weakref;
use crate::vm::VmState;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use vm_core::object::flags::FINALIZED;
use vm_core::object::layout::type_flags;
use vm_core::object::{Header, Payload, layout};
use vm_core::refcount;
use vm_core::thread::poll;
use vm_core::world::World;

/// Attributes of `sys` that are gone before modules are.
const SYS_DELETES: [&str; 11] = [
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_hooks",
    "path_importer_cache",
    "meta_path",
];

/// Ends the program's part of a VM: waits for threads, runs exit functions, flushes the streams, takes the modules apart so that
/// finalizers run. False if stdout could not be flushed.
pub fn finish(th: &Thread) -> bool {
    if th.vm().finalizing.load(Ordering::Acquire) {
        return true;
    }
    wait_for_threads(th);
    crate::native::atexit::run(th);
    // Exit functions may have started more.
    wait_for_threads(th);
    th.vm().finishing.store(th.ident, Ordering::Relaxed);
    // Release: pairs with `is_finalizing`.
    th.vm().finalizing.store(true, Ordering::Release);
    th.vm().world.request_all(poll::CANCEL);
    th.vm().world.interrupt_all();
    th.forget_signal_handlers();
    let mut clean = flush(th);
    if end_is_noticed(th) {
        take_modules_apart(th);
        clean &= flush(th);
    }
    // The thread is dropped detached: it must hold no value by then.
    crate::thread::clear_thread(th);
    clean
}

/// `threading._shutdown()`: joins the threads that are no daemons.
fn wait_for_threads(th: &Thread) {
    if let Some(threading) = th.imported_module("threading")
        && th.call_method(&threading, "_shutdown", &[]).is_err()
    {
        th.unraisable(Some("Exception ignored on threading shutdown"), Some(&threading));
    }
}

/// Flushes the standard streams; false if that failed.
fn flush(th: &Thread) -> bool {
    let mut clean = true;
    for name in ["stdout", "stderr"] {
        let Some(stream) = th.sys_attr(name).filter(|s| !s.is_none()) else { continue };
        let closed = match th.get_attr_str_opt(&stream, "closed") {
            Ok(Some(c)) => th.truth(&c).unwrap_or(false),
            _ => false,
        };
        th.clear_error();
        if !closed && th.call_method(&stream, "flush", &[]).is_err() {
            if name == "stdout" {
                th.unraisable(Some("Exception ignored while flushing sys.stdout"), None);
            }
            clean = false;
            th.clear_error();
        }
    }
    clean
}

/// Sets a name of a module's dict to None, if it is there.
fn forget(th: &Thread, dict: &Dict, key: &Value) {
    if dict.get_interned(th, key).is_some() && dict.set(th, key, Value::NONE).is_err() {
        th.clear_error();
    }
}

/// Whether an object lives whose end Python code or the system could see: one with a finalizer (a file, a generator with a
/// `finally`, an instance with `__del__`) or with a weak reference's callback. Where there is none but the standard streams,
/// which are flushed, nothing need be taken apart, nor searched for cycles: the memory goes as a whole.
fn end_is_noticed(th: &Thread) -> bool {
    if th.vm().gc.debug.load(Ordering::Relaxed) != 0 {
        return true;
    }
    let mut streams = Vec::new();
    for name in ["__stdin__", "__stdout__", "__stderr__"] {
        let mut stream = th.sys_attr(name);
        for inner in ["buffer", "raw"] {
            let Some(outer) = stream.take().filter(|s| !s.is_none()) else { break };
            streams.push(outer.identity());
            stream = th.get_attr_str_opt(&outer, inner).unwrap_or_default();
            th.clear_error();
        }
        streams.extend(stream.map(|s| s.identity()));
    }
    let stopped = th.vm().world.stop_the_world(th.core());
    let mut noticed = false;
    // SAFETY: the world is stopped; every block has a header, a live one a type, and values are only looked at.
    unsafe {
        stopped.world().heap.for_each_block(|object| {
            let header = object.as_ref();
            if noticed || refcount::is_dead(header) {
                return;
            }
            let flags = header.type_core().flags();
            noticed = if flags & type_flags::HAS_FINALIZER != 0 {
                !header.has_flag(FINALIZED) && !streams.contains(&(object.as_ptr().addr() as u64))
            } else {
                let value = ManuallyDrop::new(Value::from_raw_bits(object.as_ptr().addr() as u64));
                weakref::has_callback(&value)
            };
        });
    }
    noticed
}

/// `finalize_modules`: drops `sys.modules`, collects, then empties the modules that something still holds.
fn take_modules_apart(th: &Thread) {
    let sys = th.vm().sys.load();
    let builtins = th.vm().builtins.load();
    let (Some(sys_dict), Some(builtins_dict)) = (as_dict(&sys), as_dict(&builtins)) else { return };
    forget(th, builtins_dict, &th.intern("_"));
    for name in SYS_DELETES {
        forget(th, sys_dict, &th.intern(name));
    }
    for name in ["stdin", "stdout", "stderr"] {
        let original = sys_dict.get_str(th, &format!("__{name}__")).unwrap_or(Value::NONE);
        if sys_dict.set_str(th, name, original).is_err() {
            th.clear_error();
        }
    }
    let modules = th.vm().modules.load();
    let Some(table) = as_dict(&modules) else { return };
    let mut left = Vec::new();
    for (name, module) in table.items(th) {
        if module.payload::<Module>().is_some() {
            match weakref::new_ref(th, th.type_for::<weakref::WeakRef>(), &module, None) {
                Ok(reference) => left.push(reference),
                Err(_) => th.clear_error(),
            }
        }
        drop(module);
        if table.set(th, &name, Value::NONE).is_err() {
            th.clear_error();
        }
    }
    table.clear(th);
    crate::collector::collect_at_end(th);
    for reference in left.iter().rev() {
        let Some(Some(module)) = weakref::referent(th, reference) else { continue };
        match th.module_dict(&module) {
            Ok(dict) if dict.is(&sys) || dict.is(&builtins) => {}
            Ok(dict) => {
                if let Some(dict) = as_dict(&dict) {
                    empty(th, dict);
                }
            }
            Err(_) => th.clear_error(),
        }
    }
    // What only these two hold; the VM itself needs the rest to the end.
    for dict in [sys_dict, builtins_dict] {
        for key in dict.keys(th) {
            let own =
                dict.get_interned(th, &key).is_some_and(|v| v.type_of(th).has(crate::types::type_::HEAP));
            if own {
                forget(th, dict, &key);
            }
        }
    }
    crate::collector::collect_at_end(th);
}

/// `_PyModule_ClearDict`: names that begin with one underscore first, then the others.
fn empty(th: &Thread, dict: &Dict) {
    let private = |key: &[u8]| key.first() == Some(&b'_') && key.get(1) != Some(&b'_');
    for first in [true, false] {
        for key in dict.keys(th) {
            let Some(name) = key.as_str() else { continue };
            let name = name.as_wtf8().as_bytes();
            if private(name) == first && name != b"__builtins__" && dict.set(th, &key, Value::NONE).is_err() {
                th.clear_error();
            }
        }
    }
}

/// Drops everything that the objects of a VM own (R2 (shutdown)); their memory goes with the world.
pub(crate) fn tear_down(vm: &VmState) {
    let Ok(registration) = vm.world.register() else { return };
    without_current(|| {
        let Ok(attached) = registration.attach() else { return };
        // SAFETY: R2 (shutdown): nobody else is registered, so nobody runs, and no reference is used again.
        unsafe { drop_objects(&vm.world) };
        drop(attached);
    });
}

/// # Safety
/// The current thread is attached, and the only one that is registered. No object is used afterwards.
unsafe fn drop_objects(world: &World) {
    let mut objects: Vec<NonNull<Header>> = Vec::new();
    let mut types = Vec::new();
    // SAFETY: the caller's promise; every block has a header, and a live one a type.
    unsafe {
        world.heap.for_each_block(|object| {
            let header = object.as_ref();
            if !refcount::is_dead(header) {
                refcount::make_immortal(header);
                let is_type = std::ptr::eq(header.type_core().vtable, Type::vtable());
                if is_type { &mut types } else { &mut objects }.push(object);
            }
        });
        // Layouts stand in the types, so these go last, all their slots before any of them.
        for object in objects {
            let ty = object.as_ref().type_core();
            layout::clear_slots(object, ty);
            (ty.vtable.drop)(object);
        }
        for &ty in &types {
            layout::clear_slots(ty, ty.as_ref().type_core());
        }
        for ty in types {
            (Type::vtable().drop)(ty);
        }
    }
}
