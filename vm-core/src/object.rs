//! Heap objects: header, layout, and the way from a count of zero to free memory.
//!
//! # Rules
//!
//! R1 (object). An object is `Header`, then its payload `T` (see `Payload`), then, as its type says, `__slots__` values, the
//!     extension word (dict or null) and inline attribute slots. `layout` computes the offsets.
//! R2 (object). A block that holds no object has `local == 0` and `shared == MERGED`; so has an object whose payload is
//!     being dropped. Try-increment fails on both, and the collector skips both.
//! R3 (object). A block's size class never changes while its page lives, and a page is given back only with the world
//!     stopped; so a stale reader may look at `Header` words of a freed block.
//! R4 (object). A type object stays alive while any instance does: each instance of a heap type owns a reference to it.
pub mod header;
pub mod heap;
pub mod layout;

pub use header::{Header, flags};
pub use layout::{Obj, Payload, TypeCore, VTable};

use crate::refcount;
use crate::thread;
use std::ptr::NonNull;

/// Nesting of `dealloc` beyond which objects are queued instead of dropped at once, so that dropping a chain is iterative.
pub(crate) const DEALLOC_DEPTH: u32 = 40;

/// Drops an object whose count reached zero, and frees its block.
///
/// The runtime's finalizer hook (`__del__`, weak references) runs first and may resurrect the object.
///
/// # Safety
/// The caller took the count to zero; nobody else refers to the object (R2).
#[cold]
#[inline(never)]
pub unsafe fn dealloc(object: NonNull<Header>) {
    #[cfg(loom)]
    if let Some(dealloc) = crate::sync::DEALLOC.get() {
        return dealloc(object);
    }
    let heap = heap::current();
    if heap.dealloc_depth.get() >= DEALLOC_DEPTH {
        heap.pending.borrow_mut().push(object);
        return;
    }
    heap.dealloc_depth.set(heap.dealloc_depth.get() + 1);
    // SAFETY: the caller's promise.
    unsafe { dealloc_now(object) };
    heap.dealloc_depth.set(heap.dealloc_depth.get() - 1);
    if heap.dealloc_depth.get() == 0 {
        drain_pending(heap);
    }
}

pub(crate) fn drain_pending(heap: &heap::ThreadHeap) {
    loop {
        let next = heap.pending.borrow_mut().pop();
        let Some(object) = next else { return };
        heap.dealloc_depth.set(1);
        // SAFETY: queued by `dealloc` with a count of zero.
        unsafe { dealloc_now(object) };
        heap.dealloc_depth.set(0);
    }
}

/// # Safety
/// As `dealloc`.
unsafe fn dealloc_now(object: NonNull<Header>) {
    // SAFETY: the object is ours alone.
    unsafe {
        let header = object.as_ref();
        let ty = header.type_core();
        if (ty.flags() & layout::type_flags::HAS_FINALIZER != 0 || header.has_flag(flags::WEAKREFS))
            && !ty.vtable.run_finalizer(object)
        {
            return;
        }
        let ty_object = header.type_ptr();
        let counted_type = ty.flags() & layout::type_flags::HEAP_TYPE != 0;
        refcount::mark_dead(header);
        layout::drop_contents(object, ty);
        heap::free(object);
        if counted_type {
            refcount::decref(ty_object);
        }
    }
}

/// Whether the current thread can free objects now (it is attached to a VM).
#[must_use]
pub fn can_dealloc() -> bool {
    thread::current().is_some()
}
