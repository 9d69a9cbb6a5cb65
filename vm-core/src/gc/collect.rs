//! A collection from its stop to its statistics, and the walks over the heap that Python's `gc` module offers.

use super::trace::{Tables, is_container};
use super::{Host, finalize};
use crate::object::header::{Header, flags};
use crate::refcount;
use crate::sync::atomic::Ordering;
use crate::sync::{Duration, Instant};
use crate::thread::ThreadCore;
use crate::value::Value;
use crate::world::StoppedWorld;
use std::ptr::NonNull;

/// How to collect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Keep the garbage instead of clearing it (`gc.DEBUG_SAVEALL`).
    pub save_all: bool,
}

/// What a collection did.
#[derive(Debug, Default)]
pub struct Collected {
    /// Objects that were unreachable and have been cleared (or saved).
    pub unreachable: usize,
    /// Objects that finalizers or callbacks brought back.
    pub resurrected: usize,
    /// The garbage, with [`Options::save_all`].
    pub saved: Vec<Value>,
    /// How long the world was stopped, altogether.
    pub pause: Duration,
}

/// Collects cycles on behalf of the attached thread `me`; None if a collection is going on already.
///
/// Callbacks, finalizers and whatever dropping objects runs are run here, with the world started.
pub fn collect(me: &ThreadCore, host: &mut dyn Host, options: Options) -> Option<Collected> {
    debug_assert!(me.is_current());
    let state = &me.world().gc;
    // Acquire: pairs with the release in `Running::drop`.
    if state.collecting.swap(true, Ordering::Acquire) {
        return None;
    }
    let _running = Running(me);
    let mut result = Collected::default();
    let begin = Instant::now();
    let stopped = me.world().stop_the_world(me);
    // SAFETY: the caller is at a safepoint, or in a native function that keeps nothing unlocked.
    unsafe { stopped.reclaim() };
    let (garbage, found) = find(&stopped, host);
    stopped.start();
    result.pause = begin.elapsed();
    if !garbage.is_empty() {
        finalize::finish(me, host, garbage, found, options, &mut result);
    }
    // What dropping the garbage freed was counted as allocated before. Relaxed: statistics.
    me.heap.allocated.set(0);
    state.allocated.store(0, Ordering::Relaxed);
    state.collections.fetch_add(1, Ordering::Relaxed);
    state.collected.fetch_add(result.unreachable as u64, Ordering::Relaxed);
    Some(result)
}

/// Says that no collection runs any more, also after a panic.
struct Running<'a>(&'a ThreadCore);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // Release: pairs with the acquire in `collect`.
        self.0.world().gc.collecting.store(false, Ordering::Release);
    }
}

/// What the first stop found out about the garbage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Weak reference callbacks wait to be run.
    pub(super) callbacks: bool,
    /// Some of it has a finalizer that has not run.
    pub(super) finalizers: bool,
}

/// The garbage, with a reference to each piece (R5).
fn find(stopped: &StoppedWorld<'_>, host: &mut dyn Host) -> (Vec<NonNull<Header>>, Found) {
    let mut tables = Tables::of_heap(stopped);
    host.visit_roots(stopped, &mut |value| tables.mark_root(value));
    tables.propagate();
    tables.delete_on_trial();
    let garbage = tables.candidates();
    let state = &stopped.world().gc;
    // Relaxed: statistics, and nobody else runs.
    state.live.store(tables.count_marked() as i64, Ordering::Relaxed);
    state.allocated.store(0, Ordering::Relaxed);
    stopped.for_each_thread(|thread| thread.heap.allocated.set(0));
    let mut found = Found { callbacks: false, finalizers: false };
    if garbage.is_empty() {
        return (garbage, found);
    }
    for &object in &garbage {
        // SAFETY: the world is stopped, and the object is alive.
        unsafe { refcount::merge::hold_stopped(object.as_ref()) }
    }
    found.callbacks = host.clear_weakrefs(&garbage, &|object| tables.is_candidate(object));
    found.finalizers = garbage.iter().any(|&object| finalize::has_finalizer(object));
    if !found.callbacks && !found.finalizers {
        // Nothing runs that could bring any of it back.
        finalize::condemn(&garbage);
        host.clear_weakrefs_late(&garbage);
    }
    (garbage, found)
}

/// Calls `f` with every live container of the VM (`gc.get_objects`). `f` runs with the world stopped: it may take references,
/// and nothing more.
pub fn for_each_object(stopped: &StoppedWorld<'_>, mut f: impl FnMut(NonNull<Header>)) {
    // SAFETY: the world is stopped.
    unsafe {
        stopped.world().heap.for_each_block(|object| {
            if is_container(object) {
                f(object);
            }
        });
    }
}

/// Leaves every container that lives now out of all later collections (`gc.freeze`).
pub fn freeze(stopped: &StoppedWorld<'_>) {
    for_each_object(stopped, |object| {
        // SAFETY: a live object.
        unsafe { object.as_ref() }.set_flag(flags::GC_MARK);
    });
}

/// Undoes `freeze`; the number of objects that were frozen.
pub fn unfreeze(stopped: &StoppedWorld<'_>) -> usize {
    let mut frozen = 0;
    // SAFETY: the world is stopped; every block has a header.
    unsafe {
        stopped.world().heap.for_each_block(|object| {
            let header = object.as_ref();
            if !refcount::is_dead(header) && header.has_flag(flags::GC_MARK) {
                header.clear_flag(flags::GC_MARK);
                frozen += 1;
            }
        });
    }
    frozen
}

#[cfg(all(test, not(loom)))]
mod tests;
