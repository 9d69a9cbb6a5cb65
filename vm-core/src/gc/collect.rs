//! A collection from its stop to its statistics, and the walks over the heap that Python's `gc` module offers.

use super::trace::{Edge, Tables, each_edge, is_container};
use super::{Host, finalize};
use crate::object::header::{Header, flags};
use crate::object::layout::type_flags;
use crate::refcount;
use crate::sync::atomic::Ordering;
use crate::sync::{Duration, Instant};
use crate::thread::{ThreadCore, poll};
use crate::value::Value;
use crate::world::StoppedWorld;
use std::collections::{HashMap, HashSet};
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
    /// Containers that were unreachable and have been cleared (or saved).
    pub unreachable: usize,
    /// Containers that finalizers or callbacks brought back.
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
    // Relaxed: a hint.
    state.wanted.store(false, Ordering::Relaxed);
    let mut result = Collected::default();
    let begin = Instant::now();
    let stopped = me.world().stop_the_world(me);
    // SAFETY: the caller is at a safepoint, or in a native function that keeps nothing unlocked.
    unsafe { stopped.reclaim() };
    let found = find(&stopped, host, options);
    stopped.start();
    result.pause = begin.elapsed();
    host.world_started();
    for ty in found.dead_types {
        // SAFETY: `Condemned`: ours, cleared, and no object has this type.
        unsafe { refcount::decref(ty) }
    }
    let scanned = found.live + found.garbage.len();
    let garbage = found.garbage.len();
    if !found.garbage.is_empty() {
        finalize::finish(me, host, found.garbage, &found.uncyclic, found.after, options, &mut result);
    }
    // What dropping the garbage freed was counted as allocated before. Relaxed: statistics.
    me.heap.allocated.set(0);
    state.allocated.store(0, Ordering::Relaxed);
    state.plan(scanned, garbage);
    state.collections.fetch_add(1, Ordering::Relaxed);
    state.collected.fetch_add(result.unreachable as u64, Ordering::Relaxed);
    state.keep_looking(me);
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

/// What has to be done once the world has started.
#[derive(Clone, Copy, Debug)]
pub(super) struct After {
    /// Weak reference callbacks wait to be run.
    pub(super) callbacks: bool,
    /// Some of the garbage has a finalizer that has not run.
    pub(super) finalizers: bool,
}

/// What the first stop found out.
struct Found {
    /// The garbage, with a reference to each piece (R5).
    garbage: Vec<NonNull<Header>>,
    /// The part of it that is in no cycle, nor held by one.
    uncyclic: HashSet<NonNull<Header>>,
    after: After,
    live: usize,
    /// Condemned types that no object has any more, with our references.
    dead_types: Vec<NonNull<Header>>,
}

fn find(stopped: &StoppedWorld<'_>, host: &mut dyn Host, options: Options) -> Found {
    let mut tables = Tables::of_heap(stopped);
    host.visit_weak(&mut |value| tables.subtract_weak(value));
    host.visit_roots(stopped, &mut |value| tables.mark_root(value));
    tables.propagate();
    tables.delete_on_trial();
    let garbage = tables.candidates();
    let live = tables.count_marked();
    let state = &stopped.world().gc;
    let dead_types = state.condemned.lock().take_if(|ty| !tables.has_instances(ty));
    for &ty in &dead_types {
        host.type_is_gone(ty);
    }
    // Relaxed: statistics, and nobody else runs.
    state.live.store(live as i64, Ordering::Relaxed);
    state.allocated.store(0, Ordering::Relaxed);
    stopped.for_each_thread(|thread| thread.heap.allocated.set(0));
    let mut after = After { callbacks: false, finalizers: false };
    if garbage.is_empty() {
        return Found { garbage, uncyclic: HashSet::new(), after, live, dead_types };
    }
    let uncyclic = uncyclic(&tables, &garbage);
    for &object in &garbage {
        // SAFETY: the world is stopped, and the object is alive.
        unsafe {
            refcount::merge::hold_stopped(object.as_ref());
            // Out of sight until it is known what becomes of it (R9).
            object.as_ref().set_flag(flags::GC_MARK | flags::UNTRACKED);
        }
    }
    after.callbacks = host.clear_weakrefs(&garbage, &|object| tables.is_candidate(object));
    after.finalizers = garbage.iter().any(|&object| finalize::has_finalizer(object));
    if !after.callbacks && !after.finalizers && !options.save_all {
        // Nothing runs that could bring any of it back.
        finalize::condemn(host, &garbage);
    }
    Found { garbage, uncyclic, after, live, dead_types }
}

/// What of the garbage is only there because its count was deferred, and what that alone holds: counting would have freed it
/// before, so Python's statistics leave it out.
fn uncyclic(tables: &Tables<'_>, garbage: &[NonNull<Header>]) -> HashSet<NonNull<Header>> {
    // SAFETY: the world is stopped, and garbage is alive.
    let count = |object: NonNull<Header>| unsafe { refcount::count(object.as_ref()) };
    let mut work: Vec<_> = garbage.iter().copied().filter(|&object| count(object) <= 0).collect();
    let mut found: HashSet<_> = work.iter().copied().collect();
    let mut counts: HashMap<NonNull<Header>, i64> = HashMap::new();
    while let Some(object) = work.pop() {
        // SAFETY: as above.
        unsafe {
            each_edge(object, &mut |target, edge| {
                if edge == Edge::Counted && tables.is_candidate(target) {
                    let left = counts.entry(target).or_insert_with(|| count(target));
                    *left -= 1;
                    if *left == 0 && found.insert(target) {
                        work.push(target);
                    }
                }
            });
        }
    }
    found
}

/// Whether the object is one that Python's statistics count.
pub(super) fn is_counted(object: NonNull<Header>) -> bool {
    // SAFETY: R5: alive.
    unsafe { object.as_ref() }.type_core().flags() & type_flags::GC != 0
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

/// Undoes `freeze`.
pub fn unfreeze(stopped: &StoppedWorld<'_>) {
    for_each_frozen(stopped, |header| {
        header.clear_flag(flags::GC_MARK);
    });
}

/// The number of objects that `freeze` froze and that live.
#[must_use]
pub fn count_frozen(stopped: &StoppedWorld<'_>) -> usize {
    let mut frozen = 0;
    for_each_frozen(stopped, |_| frozen += 1);
    frozen
}

fn for_each_frozen(stopped: &StoppedWorld<'_>, mut f: impl FnMut(&Header)) {
    // SAFETY: the world is stopped; every block has a header.
    unsafe {
        stopped.world().heap.for_each_block(|object| {
            let header = object.as_ref();
            if !refcount::is_dead(header)
                && header.flags() & (flags::GC_MARK | flags::UNTRACKED) == flags::GC_MARK
            {
                f(header);
            }
        });
    }
}

impl super::State {
    /// With a limit for tests, the thread looks at every safepoint.
    pub(super) fn keep_looking(&self, me: &ThreadCore) {
        if self.every.load(Ordering::Relaxed) != 0 {
            me.transition_request(poll::GC);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
