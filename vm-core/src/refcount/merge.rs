//! The way of an object to its owner when other threads' decrements took its shared count below zero, and the merging
//! of its two counts.
//!
//! Every thread slot has a queue. The owner drains it at its next safepoint. While the owner is detached, whoever queues an
//! object claims the owner (so that it cannot attach) and drains the queue in its place; a slot without a tenant is
//! merged under the queue's lock, which a new tenant takes to move in.
//!
//! # Rules
//!
//! R1 (merge). An object is queued once, by the exchange that set QUEUED (R4 (refcount)); the queue owns one reference.
//! R2 (merge). `local` and `owner` are written by the owner, by a claimer of the owner, for a slot without a tenant with
//!     its queue's lock held, or with the world stopped. Nobody else.
//! R3 (merge). A slot loses its tenant with its queue's lock held and its queue empty, and the tenant touches no object
//!     after that.
//! R4 (merge). No object is freed while a claim or a queue's lock is held: freeing runs Python.
//! R5 (merge). MERGE is requested after the object was queued, and taken before the queue is emptied.

use super::biased::{MERGED, ONE, STATE};
use crate::contention::{Event, note};
use crate::object::Header;
use crate::sync::atomic::Ordering::{AcqRel, Relaxed};
use crate::thread::{self, ThreadCore, poll};
use std::ptr::NonNull;

/// A slot's queue.
#[derive(Debug, Default)]
pub(crate) struct MergeQueue {
    /// The slot has a tenant.
    pub(crate) live: bool,
    objects: Vec<NonNull<Header>>,
}

// SAFETY: the queue owns a reference to each object, and passes it on.
unsafe impl Send for MergeQueue {}

/// Gives the queue of thread slot `owner` the caller's reference to `object`.
///
/// The current thread is attached, and has set QUEUED (R1).
pub fn enqueue(owner: u16, object: NonNull<Header>) {
    let me = thread::current_attached();
    note(Event::HandedOver);
    let Some(slot) = me.world().slot(owner) else {
        debug_assert!(false, "an object without an owner was queued");
        return;
    };
    if std::ptr::eq(slot, me) {
        // The slot has become ours since the object was found to be another's.
        // SAFETY: R2: we are the owner.
        unsafe { release_queued(object) };
        return;
    }
    let merged = {
        let mut queue = slot.merge.lock();
        if queue.live {
            queue.objects.push(object);
            None
        } else {
            // SAFETY: R2: no tenant, and the queue is locked.
            Some(unsafe { explicit_merge(object.as_ref(), -1) })
        }
    };
    match merged {
        Some(0) => {
            // SAFETY: R3 (refcount): merged, and no reference is left.
            unsafe { crate::object::dealloc(object) }
        }
        Some(_) => {}
        None => {
            let before = slot.transition_request(poll::MERGE);
            if before & poll::DETACHED != 0 {
                drain_detached(slot);
            }
        }
    }
}

/// Adds `local` and `extra` to `shared`, and leaves the object without an owner; the references that are left.
///
/// # Safety
/// R2: the caller may write `local` and `owner`. The caller has a reference, or owns the queue's.
pub(crate) unsafe fn explicit_merge(object: &Header, extra: i32) -> i64 {
    // Both are written before the counts merge: from then on another thread may free the object.
    // Relaxed: the exchange publishes them.
    let local = object.local.load(Relaxed);
    debug_assert!(local != crate::object::header::IMMORTAL);
    object.local.store(0, Relaxed);
    object.owner.store(0, Relaxed);
    let mut shared = object.shared.load(Relaxed);
    loop {
        if shared & STATE == MERGED {
            debug_assert!(local == 0);
        }
        let count = (shared >> 2) + local as i32 + extra;
        let next = (count * ONE) | MERGED;
        if crate::mutant!("merge_plain") {
            object.shared.store(next, Relaxed);
            return i64::from(count);
        }
        // AcqRel: pairs with the decrements of other threads: their uses happen before our free, ours before theirs.
        match object.shared.compare_exchange_weak(shared, next, AcqRel, Relaxed) {
            Ok(_) => return i64::from(count),
            Err(now) => shared = now,
        }
    }
}

/// Merges a queued object for its owner, and drops the queue's reference.
///
/// # Safety
/// As [`explicit_merge`]; and nothing is locked or claimed (R4).
unsafe fn release_queued(object: NonNull<Header>) {
    // SAFETY: the caller's promise; R3 (refcount).
    unsafe {
        if explicit_merge(object.as_ref(), -1) == 0 {
            crate::object::dealloc(object);
        }
    }
}

/// Takes a reference to an object of any thread, for the collector, and leaves the object without an owner, so that any
/// thread may drop it.
///
/// # Safety
/// The world is stopped, and the object is alive.
pub(crate) unsafe fn hold_stopped(object: &Header) {
    if cfg!(feature = "gil") {
        super::incref(object);
    } else {
        // SAFETY: R2: no owner runs.
        unsafe { explicit_merge(object, 1) };
    }
}

/// The owner's part: merges what is in its queue. Frees objects, and so may run Python.
#[cold]
pub(crate) fn drain(thread: &ThreadCore) {
    // R5.
    thread.transition_take(poll::MERGE);
    let objects = std::mem::take(&mut thread.merge.lock().objects);
    for object in objects {
        // SAFETY: R2: these are the owner's, and it runs here.
        unsafe { release_queued(object) }
    }
}

/// Whether the owner's queue was empty, so that the slot has no tenant any more (R3). `leave` runs with the queue locked.
pub(crate) fn close_if_empty(thread: &ThreadCore, leave: impl FnOnce()) -> bool {
    if crate::mutant!("exit_unlocked_gap") {
        if !thread.merge.lock().objects.is_empty() {
            return false;
        }
        thread.merge.lock().live = false;
        leave();
        return true;
    }
    let mut queue = thread.merge.lock();
    if !queue.objects.is_empty() {
        return false;
    }
    queue.live = false;
    leave();
    true
}

/// Merges for an owner that is detached, if it still is.
#[cold]
pub(crate) fn drain_detached(owner: &ThreadCore) {
    // R3 (thread): we are attached, and the loop below has no safepoint before the claim ends.
    while owner.transition_claim() {
        let mut objects = std::mem::take(&mut owner.merge.lock().objects);
        objects.retain(|object| {
            // SAFETY: R2: claimed. The queue's reference keeps each object alive until it is merged.
            unsafe { explicit_merge(object.as_ref(), -1) == 0 }
        });
        let more = owner.transition_unclaim();
        for object in objects {
            // SAFETY: R3 (refcount): merged without a reference left.
            unsafe { crate::object::dealloc(object) }
        }
        if !more {
            return;
        }
    }
}

/// In the child of a fork: the slot's tenant does not exist. What is left in its queue; nothing runs besides the caller.
pub(crate) fn close_after_fork(slot: &ThreadCore) -> Vec<NonNull<Header>> {
    let mut queue = slot.merge.lock();
    queue.live = false;
    let mut objects = std::mem::take(&mut queue.objects);
    // SAFETY: R2: no tenant.
    objects.retain(|object| unsafe { explicit_merge(object.as_ref(), -1) == 0 });
    objects
}
