//! An object without a heap: a header, a payload that loom watches, and a note of its end.

use loom::cell::UnsafeCell;
use loom::thread::ThreadId;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vm_core::object::Header;

/// The object. `vm_core::object::dealloc` notes its end instead of freeing it.
#[repr(C)]
pub struct ModelObject {
    header: Header,
    payload: UnsafeCell<u32>,
    freed: Arc<AtomicUsize>,
    /// Who freed it. Not loom's, so that it orders nothing.
    freed_by: Mutex<Option<ThreadId>>,
}

/// A counted pointer to it, without counting.
#[derive(Clone)]
pub struct Handle {
    object: NonNull<ModelObject>,
    freed: Arc<AtomicUsize>,
}

// SAFETY: the models share the object through its counts; its memory is freed by `Handle::release` when all is over.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

fn dealloc(object: NonNull<Header>) {
    // SAFETY: models make `ModelObject`s only; the memory is still there.
    let object = unsafe { object.cast::<ModelObject>().as_ref() };
    // Whoever still uses the payload races with this.
    object.payload.with_mut(|payload| unsafe { *payload = 0xdead });
    assert_eq!(object.freed.fetch_add(1, Ordering::Relaxed), 0, "freed twice");
    *object.freed_by.lock().unwrap_or_else(PoisonError::into_inner) = Some(loom::thread::current().id());
    vm_core::refcount::mark_dead(&object.header);
}

impl Handle {
    /// An object with `references` references, owned by thread slot `owner`. The current thread is that owner.
    pub fn new(owner: u16, references: u32) -> Handle {
        let _ = vm_core::sync::DEALLOC.set(dealloc);
        let freed = Arc::new(AtomicUsize::new(0));
        let object = Box::new(ModelObject {
            header: Header::new(std::ptr::null_mut(), owner),
            payload: UnsafeCell::new(7),
            freed: freed.clone(),
            freed_by: Mutex::new(None),
        });
        for _ in 1..references {
            vm_core::refcount::incref(&object.header);
        }
        Handle { object: NonNull::from(Box::leak(object)), freed }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        // SAFETY: the memory lives until `release`.
        unsafe { &self.object.as_ref().header }
    }

    /// Reads the payload, which must not have been freed.
    pub fn read(&self) {
        // SAFETY: as above; loom reports a race.
        unsafe { self.object.as_ref().payload.with(|payload| assert_eq!(*payload, 7, "used after free")) }
    }

    /// As `read`, by the object's address.
    ///
    /// # Safety
    /// It is a `ModelObject`'s, whose memory lives.
    pub unsafe fn read_at(object: NonNull<Header>) {
        // SAFETY: as above; loom reports a race.
        unsafe {
            object.cast::<ModelObject>().as_ref().payload.with(|p| assert_eq!(*p, 7, "used after free"));
        }
    }

    /// If the current thread has freed it, makes a new object of its memory, as the heap does: one reference, owned by thread
    /// slot `owner`, which is the current thread's. Its payload is not what `read` expects.
    pub fn renew(&self, owner: u16) -> bool {
        // SAFETY: the memory lives until `release`.
        let by = *unsafe { self.object.as_ref() }.freed_by.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = by == Some(loom::thread::current().id());
        if mine {
            self.freed.store(0, Ordering::Relaxed);
            self.header().init(std::ptr::null_mut(), owner, 0, 0);
        }
        mine
    }

    /// Gives one reference up.
    pub fn decref(&self) {
        // SAFETY: the model has a reference to give up.
        unsafe { vm_core::refcount::decref(self.object.cast()) }
    }

    /// Takes a reference if the object lives.
    pub fn try_incref(&self) -> bool {
        // SAFETY: the memory lives until `release`.
        unsafe { vm_core::refcount::try_incref(self.object.cast()) }
    }

    /// How often it was freed.
    pub fn freed(&self) -> usize {
        self.freed.load(Ordering::Relaxed)
    }

    /// Frees the memory, at the end of a model.
    pub fn release(self) {
        // SAFETY: made by `Box` in `new`; every other handle is gone.
        drop(unsafe { Box::from_raw(self.object.as_ptr()) });
    }
}
