//! Cells for what native payloads hold: a locked one (`ObjCell`), an atomic value slot (`AtomicValue`), and a slot of one
//! thread (`LocalValue`).
//!
//! # Rules
//!
//! R1 (cells). No Python runs inside `ObjCell::with`, and nothing waits there. Values dropped inside are freed after the
//!     unlock, because their finalizers may run Python.
//! R2 (cells). Every heap value in an `AtomicValue` is weakref-able (`refcount` R7), so a reader that finds it alive gets it.
use crate::thread::Thread;
use parking_lot::RawMutex;
use parking_lot::lock_api::RawMutex as _;
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use vm_core::Value;
use vm_core::object::layout::Visitor;
use vm_core::object::{Obj, Payload, heap};
use vm_core::refcount;

/// Looks at a contended lock before the thread sleeps, each after twice the pauses of the one before.
const ROUNDS: u32 = 5;
/// Pauses before the first look: about a microsecond.
const PAUSES: u32 = 32;

/// Data of a payload under its own one-byte lock.
pub struct ObjCell<T> {
    lock: RawMutex,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached under the lock only (`with`), or with the world stopped (`peek`).
unsafe impl<T: Send> Sync for ObjCell<T> {}
// SAFETY: as for any owned data.
unsafe impl<T: Send> Send for ObjCell<T> {}

struct Unlock<'a> {
    lock: &'a RawMutex,
    locked: bool,
}

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        if self.locked {
            // SAFETY: locked by `with`.
            unsafe { self.lock.unlock() }
        }
        heap::resume_dealloc();
    }
}

impl<T> ObjCell<T> {
    /// A cell with this data.
    pub const fn new(data: T) -> ObjCell<T> {
        ObjCell { lock: RawMutex::INIT, data: UnsafeCell::new(data) }
    }

    /// Runs `f` with the data, locked (R1 (cells)).
    #[inline]
    pub fn with<R>(&self, th: &Thread, f: impl FnOnce(&mut T) -> R) -> R {
        let _ = th;
        if !self.lock.try_lock() {
            self.lock_contended();
        }
        heap::defer_dealloc();
        let _unlock = Unlock { lock: &self.lock, locked: true };
        // SAFETY: under the lock; the data is not reached again inside (R1).
        f(unsafe { &mut *self.data.get() })
    }

    /// Takes the lock from another thread. What is done under it takes a few nanoseconds, as long as moving its cache lines
    /// from core to core: a thread that keeps looking slows the holder down and gains nothing. So it stays away for about a
    /// microsecond, in which the holder finishes several turns.
    #[cold]
    fn lock_contended(&self) {
        for round in 0..ROUNDS {
            for _ in 0..PAUSES << round {
                std::hint::spin_loop();
            }
            if self.lock.try_lock() {
                return;
            }
        }
        self.lock.lock();
    }

    /// Looks at the data where nobody can be changing it for long: messages, and the collector with the world stopped.
    #[inline]
    pub fn peek<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let locked = self.lock.try_lock_for_a_while();
        heap::defer_dealloc();
        let _unlock = Unlock { lock: &self.lock, locked };
        // SAFETY: under the lock, or the world is stopped, so its holder does not run.
        f(unsafe { &*self.data.get() })
    }
}

impl<T> ObjCell<T> {
    /// As `peek`, to change the data (collector).
    pub fn peek_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let locked = self.lock.try_lock_for_a_while();
        heap::defer_dealloc();
        let _unlock = Unlock { lock: &self.lock, locked };
        // SAFETY: as `peek`.
        f(unsafe { &mut *self.data.get() })
    }
}

trait TryLockForAWhile {
    fn try_lock_for_a_while(&self) -> bool;
}

impl TryLockForAWhile for RawMutex {
    /// Locks unless the world is stopped by this thread, in which case it does not wait for a suspended holder.
    fn try_lock_for_a_while(&self) -> bool {
        if self.try_lock() {
            return true;
        }
        if heap::world_is_stopped_by_me() {
            return false;
        }
        self.lock();
        true
    }
}

/// A slot for one value, read without a lock.
#[repr(transparent)]
pub struct AtomicValue(AtomicU64);

impl AtomicValue {
    /// A slot with this value.
    #[must_use]
    pub fn new(v: Value) -> AtomicValue {
        let v = v.into_owned();
        if let Some(h) = v.header() {
            refcount::make_weakrefable(h);
        }
        AtomicValue(AtomicU64::new(v.into_bits()))
    }

    /// An empty slot.
    #[must_use]
    pub fn empty() -> AtomicValue {
        AtomicValue(AtomicU64::new(Value::UNBOUND.bits()))
    }

    /// The value; UNBOUND if the slot is empty.
    #[inline]
    #[must_use]
    pub fn get(&self, _th: &Thread) -> Value {
        self.load()
    }

    /// As `get`, for callers that have no thread at hand but are attached.
    #[inline]
    #[must_use]
    pub fn load(&self) -> Value {
        loop {
            // Acquire pairs with `swap`.
            let bits = self.0.load(Ordering::Acquire);
            // SAFETY: the word is looked at, not dropped; try_incref says whether the object lives (R3 (object)).
            unsafe {
                let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(bits));
                if !word.is_heap() {
                    return Value::from_raw_bits(bits);
                }
                if refcount::try_incref(word.heap_ptr()) {
                    let value = Value::from_owned_ptr(word.heap_ptr());
                    fence(Ordering::Acquire);
                    if self.0.load(Ordering::Relaxed) == bits {
                        return value;
                    }
                }
            }
            std::hint::spin_loop();
        }
    }

    /// Stores a value and drops the one before.
    #[inline]
    pub fn set(&self, _th: &Thread, v: Value) {
        drop(self.swap(v));
    }

    /// Stores a value; the one before.
    #[inline]
    pub fn swap(&self, v: Value) -> Value {
        let v = v.into_owned();
        if let Some(h) = v.header() {
            refcount::make_weakrefable(h);
        }
        // SAFETY: the slot owned the word; AcqRel pairs with `load`.
        unsafe { Value::from_raw_bits(self.0.swap(v.into_bits(), Ordering::AcqRel)) }
    }

    /// Empties the slot.
    #[inline]
    pub fn take(&self) -> Value {
        self.swap(Value::UNBOUND)
    }

    /// Whether the slot is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Value::UNBOUND.bits()
    }

    /// Whether the slot holds exactly this value.
    #[inline]
    #[must_use]
    pub fn holds(&self, v: &Value) -> bool {
        self.0.load(Ordering::Acquire) == v.identity()
    }

    /// Shows the word to a visitor (world stopped, or the object being dropped).
    pub fn traverse(&self, visit: Visitor<'_>) {
        self.peek(|v| visit(v));
    }

    /// Looks at the value without counting it (world stopped, or a slot that is never changed).
    pub fn peek<R>(&self, f: impl FnOnce(&Value) -> R) -> R {
        // SAFETY: the word is not dropped; see the function's condition.
        f(&std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(self.0.load(Ordering::Acquire)) }))
    }

    /// The payload of the value without counting it.
    ///
    /// # Safety
    /// The slot holds an object with payload `T`, and is not changed while the reference is used.
    #[inline(always)]
    #[must_use]
    pub unsafe fn borrow_unchecked<T: Payload>(&self) -> &T {
        // SAFETY: the caller's promise.
        unsafe { &(*(self.0.load(Ordering::Acquire) as *const Obj<T>)).payload }
    }

    /// As `borrow_unchecked`; None if the slot is empty.
    ///
    /// # Safety
    /// As `borrow_unchecked`, or the slot is empty; a value that is replaced stays alive until the next safepoint.
    #[inline(always)]
    #[must_use]
    pub unsafe fn borrow_opt<T: Payload>(&self) -> Option<&T> {
        let bits = self.0.load(Ordering::Acquire);
        if bits & 7 != 0 {
            return None;
        }
        // SAFETY: the caller's promise.
        unsafe { Some(&(*(bits as *const Obj<T>)).payload) }
    }
}

impl Drop for AtomicValue {
    fn drop(&mut self) {
        // SAFETY: the slot owned the word.
        drop(unsafe { Value::from_raw_bits(*self.0.get_mut()) });
    }
}

/// A slot for one value that only one thread uses.
pub struct LocalValue(Cell<u64>);

impl LocalValue {
    /// A slot with this value.
    #[must_use]
    pub fn new(v: Value) -> LocalValue {
        LocalValue(Cell::new(v.into_owned().into_bits()))
    }

    /// The value.
    #[inline]
    #[must_use]
    pub fn get(&self) -> Value {
        self.with(Value::clone)
    }

    /// Looks at the value.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&Value) -> R) -> R {
        // SAFETY: the word stays owned by the slot.
        f(&std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(self.0.get()) }))
    }

    /// Stores a value; the one before.
    #[inline]
    pub fn replace(&self, v: Value) -> Value {
        // SAFETY: the slot owned the word.
        unsafe { Value::from_raw_bits(self.0.replace(v.into_owned().into_bits())) }
    }

    /// Stores a value and drops the one before.
    #[inline]
    pub fn set(&self, v: Value) {
        drop(self.replace(v));
    }
}

impl Drop for LocalValue {
    fn drop(&mut self) {
        // SAFETY: the slot owned the word.
        drop(unsafe { Value::from_raw_bits(self.0.get()) });
    }
}
