//! Value words that other threads may be reading: how a container's slot is read without its lock.
//!
//! # Rules
//!
//! R1 (slot). A slot owns the word in it. Whoever takes a word out of a slot stores another (or UNBOUND) there before
//!     the reference is dropped, so a slot that still holds the word holds a live object.
//! R2 (slot). A reader loads the word, tries to take a reference, and looks again: the same word in the same
//!     array, and the array still the container's. Only then is the reference its own (CONCURRENCY, "Try-increment").
//! R3 (slot). An array that was published is given back through QSBR, so that a reader between two safepoints may
//!     look at it; it never touches Python between loading the array and its last look.
use crate::Value;
use crate::mutant;
use crate::refcount;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The word of an empty slot.
pub const EMPTY: u64 = Value::UNBOUND_BITS;

/// How a read without the lock ended.
pub enum Read {
    /// The value, counted (UNBOUND if the slot was empty).
    Got(Value),
    /// Something changed meanwhile: look again from the start.
    Changed,
    /// The object cannot be counted without the lock (R7 (refcount)).
    Locked,
}

/// Reads a slot without the container's lock. `current` says whether the array is still the container's.
///
/// # Safety
/// The slot belongs to an array that lives until the next safepoint (R3).
#[inline(always)]
pub unsafe fn read(slot: &AtomicU64, current: impl FnOnce() -> bool) -> Read {
    // Acquire: pairs with the release of whoever stored the object's word.
    let bits = slot.load(Ordering::Acquire);
    if bits & 3 != 0 {
        // SAFETY: immediates own nothing.
        return Read::Got(unsafe { Value::from_raw_bits(bits) });
    }
    // SAFETY: a heap word is an object's address, at least of a block whose page lives (R3 (object)).
    unsafe {
        let object = std::mem::ManuallyDrop::new(Value::from_raw_bits(bits)).heap_ptr();
        if !refcount::try_incref(object) {
            return if slot.load(Ordering::Acquire) == bits && current() {
                Read::Locked
            } else {
                Read::Changed
            };
        }
        // The reference is ours whatever the object is; R2 says whether it is the one we wanted.
        let value = Value::from_owned_ptr(object);
        if mutant!("slot_one_look") {
            return Read::Got(value);
        }
        if slot.load(Ordering::Acquire) == bits && current() { Read::Got(value) } else { Read::Changed }
    }
}

/// A counted copy of a slot's value, by whoever holds the lock or is alone.
///
/// # Safety
/// No other thread writes the slot meanwhile.
#[inline(always)]
pub unsafe fn copy(slot: &AtomicU64) -> Value {
    // Relaxed: ordered by the lock.
    let bits = slot.load(Ordering::Relaxed);
    // SAFETY: the word stays owned by its slot.
    let value = std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(bits) });
    (*value).clone()
}

/// As [`copy`], and lets the next reader do without the lock.
///
/// # Safety
/// As `copy`.
#[inline]
pub unsafe fn copy_for_readers(slot: &AtomicU64) -> Value {
    // SAFETY: the caller's promise.
    unsafe {
        let_read(slot);
        copy(slot)
    }
}

/// Lets the next reader of a slot do without the lock.
///
/// # Safety
/// As `copy`.
#[inline]
pub unsafe fn let_read(slot: &AtomicU64) {
    // Relaxed: ordered by the lock.
    // SAFETY: the word stays owned by its slot.
    let value = std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(slot.load(Ordering::Relaxed)) });
    if let Some(header) = value.header() {
        refcount::make_weakrefable(header);
    }
}

/// Puts a value into a slot; what was there.
///
/// # Safety
/// The caller holds the lock or is alone.
#[inline(always)]
pub unsafe fn replace(slot: &AtomicU64, value: Value) -> Value {
    let old = slot.load(Ordering::Relaxed);
    // Release: pairs with `read`.
    slot.store(value.into_owned().into_bits(), Ordering::Release);
    // SAFETY: the slot owned the old word, and no longer holds it (R1).
    unsafe { Value::from_raw_bits(old) }
}

/// Looks at a slot's value without counting it.
///
/// # Safety
/// As `copy`; the closure neither keeps the value nor calls Python.
#[inline(always)]
pub unsafe fn peek<R>(slot: &AtomicU64, f: impl FnOnce(&Value) -> R) -> R {
    // SAFETY: the word stays owned by its slot.
    let value = std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(slot.load(Ordering::Relaxed)) });
    f(&value)
}
