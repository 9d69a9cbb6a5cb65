//! What happens when the last reference to an object with a finalizer or weak references goes: the hook that vm-core calls.
use crate::thread::Thread;
use crate::types::type_::{HAS_FINALIZER, TypeRef};
use crate::types::value_ext::ValueExt;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use vm_core::object::{Header, flags};
use vm_core::{Value, refcount};

/// Runs `__del__` (once, PEP 442) and clears weak references of an object whose count is zero; false if it was resurrected.
///
/// # Safety
/// As `vm_core::object::dealloc`: the object's count is zero and it is ours alone.
pub(crate) unsafe fn finalize_hook(object: NonNull<Header>) -> bool {
    let Some(th) = Thread::current() else { return true };
    if th.is_killed() {
        // SAFETY: the object is still whole.
        if unsafe { object.as_ref() }.has_flag(flags::WEAKREFS) {
            crate::types::weakref::forget(th, object);
        }
        return true;
    }
    th.finalizers.set(th.finalizers.get() + 1);
    // SAFETY: the caller's promise.
    let dies = unsafe { finalize(th, object) };
    th.finalizers.set(th.finalizers.get() - 1);
    dies
}

/// # Safety
/// As `finalize_hook`.
unsafe fn finalize(th: &Thread, object: NonNull<Header>) -> bool {
    // SAFETY: the object is still whole.
    unsafe {
        let header = object.as_ref();
        let ty = TypeRef::from_ptr(header.type_ptr());
        if ty.has(HAS_FINALIZER) && header.set_flag(flags::FINALIZED) & flags::FINALIZED == 0 {
            refcount::begin_finalize(header);
            {
                let value = ManuallyDrop::new(Value::from_raw_bits(object.as_ptr() as u64));
                run_finalizer(th, &value, ty);
            }
            if !refcount::end_finalize(header) {
                return false;
            }
        }
        if header.has_flag(flags::WEAKREFS) {
            // Callbacks run Python; the error that is being raised meanwhile is put aside.
            let pending = th.error.replace(Value::UNBOUND);
            crate::types::weakref::clear_for(th, object);
            th.clear_error();
            drop(th.error.replace(pending));
        }
        true
    }
}

/// Runs a finalizer with the thread's error put aside.
pub(crate) fn run_finalizer(th: &Thread, value: &Value, ty: TypeRef) {
    let Some(del) = ty.slots.del() else { return };
    let pending = th.error.replace(Value::UNBOUND);
    del(th, value);
    if th.has_error() {
        th.clear_error();
    }
    drop(th.error.replace(pending));
}

/// Calls a Python `__del__`; an exception is reported, not raised.
pub(crate) fn call_del(th: &Thread, v: &Value) {
    let ty = v.type_of(th);
    let Some(del) = ty.lookup(th, &th.names().__del__) else { return };
    if th.call_special(v, &th.names().__del__, &[]).is_err() {
        th.unraisable(Some("Exception ignored while calling deallocator"), Some(&del));
    }
}
