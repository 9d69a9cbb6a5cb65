//! The cycle collector: finds objects that only refer to each other, and drops them as CPython would.
//!
//! With the world stopped it walks the heap's pages. Objects that the runtime's roots reach are marked first; on the rest it
//! makes trial deletion: an object's count, less the references that other candidates own, is what holds it from
//! outside. What nothing outside holds, directly or through others, is garbage. The collector takes a reference to
//! each piece, clears weak references, starts the world, runs callbacks and finalizers, looks again for what they
//! resurrected, and clears the rest.
//!
//! Counts and marks live in side tables, made for a collection and dropped after it; the header has no links.
//!
//! # Rules
//!
//! R1 (gc). Everything in `trace` happens with the world stopped, runs no Python and drops no object.
//! R2 (gc). A payload's `traverse` visits every counted reference that the payload owns, once. It may visit borrowed words
//!     (a suspended frame's): they keep alive, and are not subtracted.
//! R3 (gc). References that nobody traverses (native code's, non-GC payloads', tables') only make an object live longer.
//! R4 (gc). An uncounted reference is in a register that `Host::visit_roots` visits, or in a payload that `traverse` does.
//! R5 (gc). From the first stop to the end the collector owns a reference to each candidate, so none is freed under its feet.
//! R6 (gc). `FINALIZED` is set by whoever runs the finalizer, before it runs; nobody runs it twice.
//! R7 (gc). An object whose count is zero and is not deferred is being dropped by some thread, which may be stopped in a
//!     callback of it: the collector leaves it alone, and what it refers to with it. In a cycle every count is positive.

mod collect;
mod finalize;
mod trace;
pub mod verify;

pub use collect::{Collected, Options, collect, for_each_object, freeze, unfreeze};

use crate::object::Header;
use crate::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use crate::thread::{ThreadCore, poll};
use crate::value::Value;
use crate::world::{StoppedWorld, World};
use std::ptr::NonNull;

/// What the collector needs of the runtime.
pub trait Host {
    /// Calls `visit` with every word in a register of any thread, owned or borrowed, and with what the VM holds for good.
    ///
    /// What is counted and left out only costs time; what is not counted must be visited (R4). The world is stopped.
    fn visit_roots(&mut self, stopped: &StoppedWorld<'_>, visit: &mut dyn FnMut(&Value));

    /// Clears weak references to `garbage`, as it is done before finalizers run, and remembers the callbacks of those that
    /// are not garbage themselves; true if there are any. The world is stopped: no Python, nothing dropped.
    fn clear_weakrefs(
        &mut self,
        garbage: &[NonNull<Header>],
        is_garbage: &dyn Fn(NonNull<Header>) -> bool,
    ) -> bool;

    /// Runs the remembered callbacks.
    fn run_weakref_callbacks(&mut self);

    /// Runs the object's finalizer (`__del__`, or a native type's) unless `FINALIZED` is set already (R6).
    fn finalize(&mut self, object: NonNull<Header>);

    /// Clears the weak references that are left to `garbage`, which is beyond resurrection. The world is stopped.
    fn clear_weakrefs_late(&mut self, garbage: &[NonNull<Header>]);
}

/// Container allocations after which a collection may be worth it.
const DEFAULT_THRESHOLD: i64 = 10_000;

/// A VM's collector: its trigger and its statistics.
#[derive(Debug)]
pub struct State {
    enabled: AtomicBool,
    threshold: AtomicI64,
    collecting: AtomicBool,
    /// Containers allocated less those freed since the last collection, as far as threads have told.
    allocated: AtomicI64,
    /// Containers that survived the last collection.
    live: AtomicI64,
    collections: AtomicU64,
    collected: AtomicU64,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            enabled: AtomicBool::new(true),
            threshold: AtomicI64::new(DEFAULT_THRESHOLD),
            collecting: AtomicBool::new(false),
            allocated: AtomicI64::new(0),
            live: AtomicI64::new(0),
            collections: AtomicU64::new(0),
            collected: AtomicU64::new(0),
        }
    }

    /// Whether growth asks for collections (`gc.isenabled`).
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// Turns collections by growth on or off; true if they were on.
    pub fn set_enabled(&self, enabled: bool) -> bool {
        self.enabled.swap(enabled, Ordering::Relaxed)
    }

    /// The least growth that asks for a collection, in containers.
    #[must_use]
    pub fn threshold(&self) -> i64 {
        self.threshold.load(Ordering::Relaxed)
    }

    /// Sets the threshold; 0 turns collections by growth off.
    pub fn set_threshold(&self, threshold: i64) {
        self.threshold.store(threshold, Ordering::Relaxed);
    }

    /// Containers that survived the last collection.
    #[must_use]
    pub fn live(&self) -> i64 {
        self.live.load(Ordering::Relaxed)
    }

    /// Collections so far, and objects they freed.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        (self.collections.load(Ordering::Relaxed), self.collected.load(Ordering::Relaxed))
    }

    /// Whether a collection is going on.
    #[must_use]
    pub fn is_collecting(&self) -> bool {
        self.collecting.load(Ordering::Relaxed)
    }

    /// Whether the growth so far is worth a collection: more than the threshold, and than a quarter of what lives, so that
    /// the work stays proportional to the allocations.
    fn is_due(&self, allocated: i64) -> bool {
        let threshold = self.threshold();
        threshold > 0
            && allocated > threshold
            && allocated > self.live() / 4
            && self.is_enabled()
            && !self.is_collecting()
    }
}

/// Containers allocated less those freed since the last collection (`gc.get_count`).
#[must_use]
pub fn allocated(me: &ThreadCore) -> i64 {
    me.world().gc.allocated.load(Ordering::Relaxed) + me.heap.allocated.get()
}

/// Called by the attached thread `me` when its heap grows: adds what it allocated, and asks for a collection at its next
/// safepoint when that is due.
#[cold]
pub(crate) fn on_growth(me: &ThreadCore) {
    let state = &me.world().gc;
    let mine = me.heap.allocated.replace(0);
    // Relaxed: a statistic.
    let allocated = state.allocated.fetch_add(mine, Ordering::Relaxed) + mine;
    if state.is_due(allocated) {
        me.transition_request(poll::GC);
    }
}

impl World {
    /// The collector's switches and statistics.
    #[must_use]
    pub fn gc(&self) -> &State {
        &self.gc
    }
}
