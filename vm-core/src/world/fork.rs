//! Forking a process whose VM has threads.
//!
//! The parent's threads are stopped at safepoints or detached, and the locks that a detached thread may take for an instant
//! are held by the forking thread, so the child finds everything whole. In the child the other threads do not exist:
//! their queues are merged, their slots vacated, the locks they were taking freed.

use super::gil;
use super::{Registry, StoppedWorld, World};
use crate::lock::byte_lock;
use crate::object::Header;
use crate::refcount::merge;
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadCore;
use std::ptr::NonNull;

/// Between [`World::before_fork`] and the fork's return. Dropping it in the parent starts the world again.
#[must_use]
pub struct Forking<'a> {
    gil: MutexGuard<'a, gil::State>,
    registry: MutexGuard<'a, Registry>,
    stopped: StoppedWorld<'a>,
    me: &'a ThreadCore,
}

impl World {
    /// Stops the world for a fork by the attached thread `me`.
    pub fn before_fork<'a>(&'a self, me: &'a ThreadCore) -> Forking<'a> {
        let stopped = self.stop_the_world(me);
        // Threads that register or exit hold these for an instant while they are detached. Slots' merge queues and the
        // orphans are locked by attached threads, and by exiting threads before they are seen as stopped.
        let registry = self.registry.lock();
        let gil = self.gil.lock_state();
        Forking { gil, registry, stopped, me }
    }
}

impl Forking<'_> {
    /// In the parent, whether the fork succeeded or not.
    pub fn after_fork_parent(self) {
        // In order: the registry is free when the world starts.
        let Forking { gil, registry, stopped, .. } = self;
        drop(gil);
        drop(registry);
        drop(stopped);
    }

    /// In the child: this thread is the only one. Frees what the others had queued, which may run finalizers.
    pub fn after_fork_child(self) {
        let Forking { mut gil, mut registry, stopped, me } = self;
        let world = stopped.world;
        crate::sync::parking::forget_sleepers();
        gil.forget_waiters();
        let dead: Vec<u16> = registry.tenants.iter().copied().filter(|&id| id != me.id()).collect();
        let mut garbage: Vec<NonNull<Header>> = Vec::new();
        for core in dead.iter().filter_map(|&id| world.slot(id)) {
            core.merge.reset_after_fork();
            core.away.flush();
            garbage.append(&mut merge::close_after_fork(core));
            core.sections.abandon(&me.sections);
            core.heap.dealloc_depth.set(0);
            core.read_seq.store(0, Ordering::Relaxed);
        }
        registry.tenants.retain(|&id| id == me.id());
        let slots = &dead;
        registry.vacant.extend(slots);
        registry.stopping = false;
        registry.solo = Some(me.id());
        // Relaxed: nobody else is there. Stays set: this is the only thread.
        me.exclusive.store(true, Ordering::Relaxed);
        drop(gil);
        drop(registry);
        stopped.forget();
        byte_lock::reset_after_fork(&world.stop_lock);
        for id in dead {
            if let Some(core) = world.slot(id) {
                core.adopt_retired(me);
            }
        }
        for object in garbage {
            // SAFETY: merged, without a reference left.
            unsafe { crate::object::dealloc(object) }
        }
    }
}

impl std::fmt::Debug for Forking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forking").finish_non_exhaustive()
    }
}
