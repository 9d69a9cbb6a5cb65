//! The counts themselves; the rules are in `refcount`.
use super::DEFERRED_BIAS;
use crate::contention::{Event, note};
use crate::object::header::{Header, IMMORTAL, flags};
use crate::sync::atomic::Ordering;
use crate::thread::{self, current_owner};
use std::ptr::NonNull;

/// State bits of `Header::shared`.
pub const STATE: i32 = 3;
/// Nothing happened yet.
pub const DEFAULT: i32 = 0;
/// Lock-free readers may try to take a reference.
pub const WEAKREF: i32 = 1;
/// In the owner's merge queue.
pub const QUEUED: i32 = 2;
/// `local` was added to `shared`; the object has no owner.
pub const MERGED: i32 = 3;
/// One reference in `Header::shared`.
pub const ONE: i32 = 4;

#[inline(always)]
fn owned_by_current(h: &Header) -> bool {
    // Relaxed: only the owner itself acts on a match (R2).
    cfg!(feature = "gil") || h.owner.load(Ordering::Relaxed) == current_owner()
}

/// Counts one more reference.
#[inline(always)]
pub fn incref(h: &Header) {
    // Relaxed: a reference can only be copied by somebody who has one, so the object stays alive without an edge.
    let local = h.local.load(Ordering::Relaxed);
    if local == IMMORTAL {
        return;
    }
    if owned_by_current(h) {
        h.local.store(local + 1, Ordering::Relaxed);
    } else {
        incref_shared(h);
    }
}

#[cold]
#[inline(never)]
fn incref_shared(h: &Header) {
    if let Some(me) = thread::current() {
        if h.has_flag(flags::DEFERRED) {
            return me.away.add(h, 1);
        }
        me.away.watch(h);
    }
    note(Event::SharedCount);
    h.shared.fetch_add(ONE, Ordering::Relaxed);
}

/// Counts one reference less; frees the object if it was the last.
///
/// # Safety
/// The caller owns one reference to the live object, and gives it up.
#[inline(always)]
pub unsafe fn decref(object: NonNull<Header>) {
    // SAFETY: the caller's reference keeps it alive.
    let h = unsafe { object.as_ref() };
    let local = h.local.load(Ordering::Relaxed);
    if local == IMMORTAL {
        return;
    }
    if owned_by_current(h) {
        h.local.store(local.wrapping_sub(1), Ordering::Relaxed);
        if local == 1 {
            // SAFETY: R3: the owner's count is zero.
            unsafe { owner_done(object) }
        }
    } else {
        // SAFETY: the caller's promise.
        unsafe { decref_shared(object) }
    }
}

/// The owner's count got to zero: free, or merge.
#[cold]
#[inline(never)]
unsafe fn owner_done(object: NonNull<Header>) {
    // SAFETY: the owner looks at its own object (R2).
    unsafe {
        if merge_zero_local(object.as_ref()) {
            crate::object::dealloc(object);
        }
    }
}

/// Merges an object whose `local` is zero; true if no reference is left.
fn merge_zero_local(h: &Header) -> bool {
    // Acquire pairs with the release of foreign decrements: their uses happen before our free.
    let mut shared = h.shared.load(Ordering::Acquire);
    if shared == DEFAULT {
        return true;
    }
    // Relaxed: published by the release of the exchange below.
    h.owner.store(0, Ordering::Relaxed);
    loop {
        let merged = (shared & !STATE) | MERGED;
        // AcqRel pairs with decref_shared and try_incref.
        match h.shared.compare_exchange_weak(shared, merged, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return merged == MERGED,
            Err(now) => shared = now,
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn decref_shared(object: NonNull<Header>) {
    // SAFETY: the caller's reference keeps it alive until the exchange.
    let h = unsafe { object.as_ref() };
    if h.has_flag(flags::DEFERRED)
        && let Some(me) = thread::current()
    {
        return me.away.add(h, -1);
    }
    note(Event::SharedCount);
    let mut shared = h.shared.load(Ordering::Relaxed);
    loop {
        let queue = (shared == DEFAULT || shared == WEAKREF) && !crate::mutant!("decref_unqueued");
        // The owner may change only through a merge, which changes `shared` as well, so read before the exchange.
        let owner = h.owner.load(Ordering::Relaxed);
        let next = if queue { QUEUED } else { shared - ONE };
        // AcqRel: release pairs with merge_zero_local and other decrements, acquire with them before freeing.
        match h.shared.compare_exchange_weak(shared, next, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) if queue => return super::merge::enqueue(owner, object),
            Ok(_) if next == MERGED => {
                // SAFETY: R3.
                return unsafe { crate::object::dealloc(object) };
            }
            Ok(_) => return,
            Err(now) => shared = now,
        }
    }
}

/// Takes a reference to an object that may be gone; false if it is, or if it cannot be told (R7).
///
/// # Safety
/// `object` points to a block of a page that still lives (R3 (object)), not necessarily to a live object.
#[inline(always)]
pub unsafe fn try_incref(object: NonNull<Header>) -> bool {
    // SAFETY: header words of a block may be looked at atomically.
    let h = unsafe { object.as_ref() };
    // Acquire: R8.
    let local = h.local.load(Ordering::Acquire);
    if local == IMMORTAL {
        return true;
    }
    if owned_by_current(h) {
        if local == 0 {
            return false;
        }
        h.local.store(local + 1, Ordering::Relaxed);
        return true;
    }
    try_incref_shared(h)
}

#[inline(never)]
fn try_incref_shared(h: &Header) -> bool {
    let me = thread::current();
    if let Some(me) = me
        && h.has_flag_acquire(flags::DEFERRED)
    {
        // Only the collector clears the flag, with the world stopped: the object lives until this thread's next safepoint.
        me.away.add(h, 1);
        return true;
    }
    let mut shared = h.shared.load(Ordering::Relaxed);
    loop {
        if (shared == DEFAULT || shared == MERGED) && !crate::mutant!("try_incref_from_zero") {
            return false;
        }
        // Acquire pairs with the publication of the object to whoever took a reference before, and with R8.
        match h.shared.compare_exchange_weak(shared, shared + ONE, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {
                note(Event::SharedCount);
                if let Some(me) = me {
                    me.away.watch(h);
                }
                return true;
            }
            Err(now) => shared = now,
        }
    }
}

/// Lets lock-free readers take references from now on. The caller has a reference.
pub fn make_weakrefable(h: &Header) {
    if cfg!(feature = "gil") || h.local.load(Ordering::Relaxed) == IMMORTAL {
        return;
    }
    let mut shared = h.shared.load(Ordering::Relaxed);
    while shared & STATE == DEFAULT {
        // Release: R8.
        let order = if crate::mutant!("weakrefable_relaxed") { Ordering::Relaxed } else { Ordering::Release };
        match h.shared.compare_exchange_weak(shared, shared | WEAKREF, order, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => shared = now,
        }
    }
}

/// Number of references; a snapshot where other threads have some.
#[must_use]
pub fn count(h: &Header) -> i64 {
    let local = h.local.load(Ordering::Relaxed);
    if local == IMMORTAL {
        return i64::from(IMMORTAL);
    }
    let bias = if h.has_flag(flags::DEFERRED) { i64::from(DEFERRED_BIAS) } else { 0 };
    i64::from(local) + i64::from(h.shared.load(Ordering::Relaxed) >> 2) - bias
}

/// Whether the caller's reference is the only one, and no lock-free reader can get another.
#[inline(always)]
#[must_use]
pub fn is_unique(h: &Header) -> bool {
    h.local.load(Ordering::Relaxed) == 1 && owned_by_current(h) && h.shared.load(Ordering::Relaxed) == DEFAULT
}

/// Whether the object is immortal.
#[inline(always)]
#[must_use]
pub fn is_immortal(h: &Header) -> bool {
    h.local.load(Ordering::Relaxed) == IMMORTAL
}

/// Makes an object immortal. The caller has a reference, and no other thread has seen the object.
pub fn make_immortal(h: &Header) {
    // Release: R8.
    h.local.store(IMMORTAL, Ordering::Release);
}

/// Makes an object immortal that others may have seen, if only its owner, the current thread, counts it; `alone` says that
/// no other thread of the VM runs. False: it stays as it is.
#[must_use]
pub fn try_make_immortal(h: &Header, alone: bool) -> bool {
    let local = h.local.load(Ordering::Relaxed);
    if local == IMMORTAL {
        return true;
    }
    let ours = owned_by_current(h) && h.shared.load(Ordering::Relaxed) & !WEAKREF == DEFAULT && local != 0;
    if ours && (alone || local == 1) {
        // Release: R8.
        h.local.store(IMMORTAL, Ordering::Release);
        return true;
    }
    false
}

/// Defers counting of an object (R6). The caller has a reference.
pub fn make_deferred(h: &Header) {
    if h.local.load(Ordering::Relaxed) == IMMORTAL {
        return;
    }
    if h.set_flag(flags::DEFERRED) & flags::DEFERRED == 0 {
        // Relaxed: the caller's reference keeps the count positive meanwhile.
        h.shared.fetch_add(DEFERRED_BIAS * ONE, Ordering::Relaxed);
    }
}

/// Ends the deferring of an object's count (R6). The caller has a reference, and no register refers to the object.
pub(crate) fn make_counted(h: &Header) {
    if h.clear_flag(flags::DEFERRED) & flags::DEFERRED != 0 {
        // Relaxed: the caller's reference keeps the count positive meanwhile.
        h.shared.fetch_sub(DEFERRED_BIAS * ONE, Ordering::Relaxed);
    }
}

/// Makes a block that never held an object look dead (R2 (object)).
pub(crate) fn init_dead(h: &Header) {
    h.local.store(0, Ordering::Relaxed);
    h.owner.store(0, Ordering::Relaxed);
    h.shared.store(MERGED, Ordering::Relaxed);
}

/// Marks an object dead before its contents are dropped (R2 (object)).
pub fn mark_dead(h: &Header) {
    h.local.store(0, Ordering::Relaxed);
    h.owner.store(0, Ordering::Relaxed);
    // Release pairs with readers that find the block dead.
    h.shared.store(MERGED, Ordering::Release);
}

/// Whether a block holds no live object (R2 (object)).
#[inline]
#[must_use]
pub fn is_dead(h: &Header) -> bool {
    h.shared.load(Ordering::Relaxed) == MERGED && h.local.load(Ordering::Relaxed) == 0
}

/// Gives an object whose count is zero one reference, for its finalizer.
pub fn begin_finalize(h: &Header) {
    if owned_by_current(h) {
        h.local.store(1, Ordering::Relaxed);
    } else {
        h.shared.fetch_add(ONE, Ordering::Relaxed);
    }
}

/// Takes the finalizer's reference back; true if it was the last, so that the object is to be freed now.
#[must_use]
pub fn end_finalize(h: &Header) -> bool {
    if owned_by_current(h) {
        let local = h.local.load(Ordering::Relaxed);
        h.local.store(local - 1, Ordering::Relaxed);
        return local == 1 && merge_zero_local(h);
    }
    // AcqRel as decref_shared.
    h.shared.fetch_sub(ONE, Ordering::AcqRel) - ONE == MERGED
}
