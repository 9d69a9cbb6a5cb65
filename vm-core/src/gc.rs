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
//!     (a suspended frame's, a type that it does not count): they keep deferred objects alive, and are not subtracted.
//! R3 (gc). References that nobody traverses (native code's, non-GC payloads', tables') only make an object live longer.
//! R4 (gc). An uncounted reference is a borrowed word in a register that `Host::visit_roots` visits, or in a payload that
//!     `traverse` does. It is to a deferred object, or something counts that object as long as the word is used. A word
//!     that is not used any more may stay behind in a register, and its object be gone.
//! R5 (gc). From the first stop to the end the collector owns a reference to each candidate, so none is freed under its feet.
//! R6 (gc). `FINALIZED` is set by whoever runs the finalizer, before it runs; nobody runs it twice.
//! R7 (gc). An object whose count is zero and is not deferred is being dropped by some thread, which may be stopped in a
//!     callback of it: the collector leaves it alone, and what it refers to with it. In a cycle every count is positive.
//! R8 (gc). An object does not count its type, so every live object holds its type, in question or not; and a type that is
//!     garbage is freed by a later collection, which has seen that no object has it.
//! R9 (gc). Garbage has the flags GC_MARK and UNTRACKED from the first stop until it is freed or has come back, so that no
//!     walk over the heap (`for_each_object`) makes new references to it.

mod collect;
mod finalize;
mod trace;
pub mod verify;

pub use collect::{Collected, Options, collect, count_frozen, for_each_object, freeze, unfreeze};

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

    /// Calls `visit` with counted references that keep nothing alive: those of caches, which `clear_weakrefs` empties of
    /// garbage. The world is stopped.
    fn visit_weak(&mut self, visit: &mut dyn FnMut(&Value)) {
        let _ = visit;
    }

    /// Whether an object is a type. A type's `clear` is called twice: when objects that have it may still be dropped, and when
    /// they need no more of it than their layout.
    fn is_type(&self, object: NonNull<Header>) -> bool {
        let _ = object;
        false
    }

    /// The first stop is over: what `clear_weakrefs` took out of caches may be dropped.
    fn world_started(&mut self) {}

    /// A type that was garbage is about to be freed. The world is stopped: no Python, nothing dropped.
    fn type_is_gone(&mut self, ty: NonNull<Header>) {
        let _ = ty;
    }

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

    /// Clears the weak references that are left to `garbage`, which is beyond resurrection, and whatever else could lead to
    /// it (a class's list of subclasses). The world is stopped.
    fn clear_weakrefs_late(&mut self, garbage: &[NonNull<Header>]);
}

/// Container allocations after which a collection may be worth it.
const DEFAULT_THRESHOLD: i64 = 10_000;
/// CPython's default; thresholds below it are asked for by a program.
const LOW_THRESHOLD: i64 = 2_000;
/// Containers that a program which makes no garbage may allocate between collections, beyond a quarter of what lives.
const MOST_GROWTH: i64 = 8_000_000;
/// The most quarters of what lives that may be allocated between collections.
const MOST_QUARTERS: i64 = 8;

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
    /// The growth that is worth a collection, in quarters of what lives: more if the last ones found little.
    quarters: AtomicI64,
    /// Allocations between collections, whatever lives; 0: not so. For tests.
    every: AtomicI64,
    condemned: crate::sync::Mutex<finalize::Condemned>,
    /// A collection is due, whatever was allocated.
    wanted: AtomicBool,
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
            quarters: AtomicI64::new(1),
            every: AtomicI64::new(0),
            condemned: crate::sync::Mutex::new(finalize::Condemned::default()),
            wanted: AtomicBool::new(false),
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

    /// Lets threads collect at the next safepoint after every `n` containers that they allocate, for tests that hunt for
    /// missing roots; 0 ends that.
    pub fn set_every(&self, n: i64) {
        self.every.store(n, Ordering::Relaxed);
    }

    /// Allocations between collections, if that was set for tests.
    #[must_use]
    pub fn every(&self) -> i64 {
        self.every.load(Ordering::Relaxed)
    }

    /// Whether the growth so far is worth a collection: more than the threshold, and than a part of what lives, so that the
    /// work stays proportional to the allocations.
    fn is_due(&self, allocated: i64) -> bool {
        if !self.is_enabled() || self.is_collecting() {
            return false;
        }
        // Relaxed: a hint.
        if self.wanted.load(Ordering::Relaxed) {
            return true;
        }
        let every = self.every();
        if every > 0 {
            return allocated >= every;
        }
        let threshold = self.threshold();
        if threshold <= 0 || allocated <= threshold {
            return false;
        }
        let quarter = self.live() / 4;
        if threshold < LOW_THRESHOLD {
            // The program wants more collections than are worth while.
            return allocated > if threshold < LOW_THRESHOLD / 20 { quarter / 16 } else { quarter / 4 };
        }
        let wanted = quarter * self.quarters.load(Ordering::Relaxed);
        allocated > wanted.min(quarter.max(MOST_GROWTH))
    }

    /// After a collection that looked at `scanned` containers: one that found little garbage makes the next one later, one that
    /// found some makes it soon.
    fn plan(&self, scanned: usize, garbage: usize) {
        let quarters = if garbage > scanned / 16 {
            1
        } else {
            (self.quarters.load(Ordering::Relaxed) * 2).min(MOST_QUARTERS)
        };
        // Relaxed: a hint, written by the one who collects.
        self.quarters.store(quarters, Ordering::Relaxed);
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
    if state.is_due(allocated) || state.every() != 0 {
        me.transition_request(poll::GC);
    }
}

/// Called by the thread `me` when it is about to exit: objects whose counts it contended for may have come to their end
/// (R4 (away)).
pub(crate) fn on_exit(me: &ThreadCore) {
    let world = me.world();
    // Relaxed: hints.
    if world.suspects.deferred.swap(false, Ordering::Relaxed) && world.gc.is_enabled() {
        world.gc.wanted.store(true, Ordering::Relaxed);
        world.request_all(poll::GC);
    }
}

/// Whether a collection is due, asked by the attached thread `me` at a safepoint where it found `poll::GC`.
#[must_use]
pub fn is_due(me: &ThreadCore) -> bool {
    let state = &me.world().gc;
    state.keep_looking(me);
    let mine = me.heap.allocated.replace(0);
    // Relaxed: a statistic.
    let allocated = state.allocated.fetch_add(mine, Ordering::Relaxed) + mine;
    state.is_due(allocated)
}

impl World {
    /// The collector's switches and statistics.
    #[must_use]
    pub fn gc(&self) -> &State {
        &self.gc
    }
}
