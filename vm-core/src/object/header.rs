//! The 24-byte object header.
//!
//! | bytes | field | written by |
//! |---|---|---|
//! | 8 | `ty`: the type object | creation; `__class__` assignment under the object's lock |
//! | 4 | `local`: references counted by the owner | owner only |
//! | 4 | `shared`: `count << 2 \| state` of everybody else | atomically |
//! | 4 | `shape`: id of the instance's shape (0: none) | under the object's lock; release |
//! | 2 | `owner`: slot id of the owning thread (0: merged) | creation, merge |
//! | 1 | `lock`: see `lock::byte_lock` | atomically |
//! | 1 | `flags`: see `flags` | atomically |
use super::layout::{Obj, TypeCore};
use crate::sync::atomic::{AtomicI32, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, Ordering};
use std::ptr::NonNull;

/// Bits of `Header::flags`.
pub mod flags {
    /// `__del__` has run (set once, PEP 442).
    pub const FINALIZED: u8 = 1;
    /// Weak references to the object exist.
    pub const WEAKREFS: u8 = 2;
    /// Reference counting is deferred: registers do not count it, only the collector frees it.
    pub const DEFERRED: u8 = 4;
    /// The block was allocated by itself, not in a page.
    pub const LARGE: u8 = 8;
    /// A second thread has used the object: its arrays are retired through QSBR.
    pub const SHARED: u8 = 16;
    /// Collector scratch.
    pub const GC_MARK: u8 = 32;
    /// Left alone by the collector (its contents cannot form a cycle).
    pub const UNTRACKED: u8 = 64;
    /// Freely used by the payload's own type (e.g. interned strings).
    pub const USER: u8 = 128;
}

/// `local` of an immortal object.
pub const IMMORTAL: u32 = u32::MAX;

/// What every heap object begins with.
#[repr(C)]
pub struct Header {
    ty: AtomicPtr<Header>,
    pub(crate) local: AtomicU32,
    pub(crate) shared: AtomicI32,
    pub(crate) shape: AtomicU32,
    pub(crate) owner: AtomicU16,
    pub(crate) lock: AtomicU8,
    flags: AtomicU8,
}

#[cfg(not(loom))]
const _: () = assert!(std::mem::size_of::<Header>() == 24);

impl Header {
    /// A header for a new object with one reference, owned by thread slot `owner`.
    #[must_use]
    #[inline]
    pub fn new(ty: *mut Header, owner: u16) -> Header {
        Header {
            ty: AtomicPtr::new(ty),
            local: AtomicU32::new(1),
            shared: AtomicI32::new(0),
            shape: AtomicU32::new(0),
            owner: AtomicU16::new(owner),
            lock: AtomicU8::new(0),
            flags: AtomicU8::new(0),
        }
    }

    /// Initialises the header of a fresh block. Stale readers may be looking (R3 (object)), so every word is stored
    /// atomically, and `local`/`owner` before anything publishes the object.
    #[inline(always)]
    pub fn init(&self, ty: *mut Header, owner: u16, shape: u32, flags: u8) {
        // Relaxed: the object is published by whoever stores a reference to it, with release.
        self.ty.store(ty, Ordering::Relaxed);
        self.local.store(1, Ordering::Relaxed);
        self.shape.store(shape, Ordering::Relaxed);
        self.owner.store(owner, Ordering::Relaxed);
        self.lock.store(0, Ordering::Relaxed);
        // Release: R8 (refcount).
        self.flags.store(flags, Ordering::Release);
        self.shared.store(0, Ordering::Relaxed);
    }

    /// The type object.
    #[inline(always)]
    #[must_use]
    pub fn type_ptr(&self) -> NonNull<Header> {
        // Relaxed: types are published before their instances; `__class__` assignment is ordered by the object's lock.
        let ty = self.ty.load(Ordering::Relaxed);
        debug_assert!(!ty.is_null());
        // SAFETY: a live object's type is not null.
        unsafe { NonNull::new_unchecked(ty) }
    }

    /// Replaces the type. The caller holds the object's lock and has arranged the references (R4 (object)).
    pub fn set_type_locked(&self, ty: NonNull<Header>) {
        // Release pairs with readers that go on to look at the type through a fresh load.
        self.ty.store(ty.as_ptr(), Ordering::Release);
    }

    /// The part of the type that vm-core knows.
    #[inline(always)]
    #[must_use]
    pub fn type_core(&self) -> &TypeCore {
        // SAFETY: every type object is an `Obj<T>` whose payload begins with `TypeCore` (R1 (object)); R4 (object).
        unsafe { &(*self.type_ptr().as_ptr().cast::<Obj<TypeCore>>()).payload }
    }

    /// The shape id (0: the object has no inline attributes).
    #[inline(always)]
    #[must_use]
    pub fn shape(&self) -> u32 {
        // Acquire pairs with `set_shape_locked`: a shape that has a slot is seen after the slot's value.
        self.shape.load(Ordering::Acquire)
    }

    /// Publishes a new shape. The caller holds the object's lock and has written the slots it adds.
    #[inline(always)]
    pub fn set_shape_locked(&self, shape: u32) {
        // Release pairs with `shape`.
        self.shape.store(shape, Ordering::Release);
    }

    /// Whether any of the bits is set.
    #[inline(always)]
    #[must_use]
    pub fn has_flag(&self, bits: u8) -> bool {
        // Relaxed: flags are hints or set under a lock that orders them.
        self.flags.load(Ordering::Relaxed) & bits != 0
    }

    /// As `has_flag`, for whoever may be looking at a block that has become another object (R8 (refcount)).
    #[inline(always)]
    #[must_use]
    pub fn has_flag_acquire(&self, bits: u8) -> bool {
        self.flags.load(Ordering::Acquire) & bits != 0
    }

    /// Sets bits; the bits before.
    #[inline]
    pub fn set_flag(&self, bits: u8) -> u8 {
        // AcqRel: FINALIZED is claimed by whoever sets it first.
        self.flags.fetch_or(bits, Ordering::AcqRel)
    }

    /// Clears bits; the bits before.
    #[inline]
    pub fn clear_flag(&self, bits: u8) -> u8 {
        self.flags.fetch_and(!bits, Ordering::AcqRel)
    }

    /// All flag bits.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.flags.load(Ordering::Relaxed)
    }
}
