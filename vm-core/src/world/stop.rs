//! Stopping and starting the world. The rules are in `world`.

use super::World;
use crate::lock::byte_lock;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadCore;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// The world is stopped while this lives: no other thread of the VM touches an object, and none has a critical section.
///
/// The holder does not detach, reach a safepoint, or wait for anything; it may take critical sections, which cost nothing.
#[must_use]
pub struct StoppedWorld<'a> {
    pub(super) world: &'a World,
    pub(super) me: Option<&'a ThreadCore>,
    _not_send: PhantomData<*const ()>,
}

impl World {
    /// Stops every other thread at its next safepoint; `me` is the attached caller.
    ///
    /// If another thread is stopping the world, the caller is itself stopped first.
    pub fn stop_the_world<'a>(&'a self, me: &'a ThreadCore) -> StoppedWorld<'a> {
        debug_assert!(me.is_current() && std::ptr::eq(me.world(), self));
        if !byte_lock::try_lock(&self.stop_lock) {
            // R3.
            me.detached(|| byte_lock::lock_slow(&self.stop_lock));
        }
        self.stop_others(Some(me))
    }

    /// Stops every thread but `me`. The caller has taken `stop_lock`.
    pub(super) fn stop_others<'a>(&'a self, me: Option<&'a ThreadCore>) -> StoppedWorld<'a> {
        let mut counted = 0;
        {
            let mut registry = self.registry.lock();
            registry.stopping = true;
            for &id in &registry.tenants {
                let Some(core) = self.slot(id) else { continue };
                if !me.is_some_and(|me| std::ptr::eq(me, core)) && core.transition_stop() {
                    counted += 1;
                }
            }
        }
        if counted != 0 {
            self.wait_for_reports(counted);
        }
        if let Some(me) = me {
            // R4.
            me.exclusive.store(true, Ordering::Relaxed);
        }
        StoppedWorld { world: self, me, _not_send: PhantomData }
    }

    /// Whether some thread has stopped the world or is about to.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.registry.lock().stopping
    }
}

impl StoppedWorld<'_> {
    /// The world that is stopped.
    #[must_use]
    pub fn world(&self) -> &World {
        self.world
    }

    /// Calls `f` with every registered thread, the caller's included; nobody runs, so all of their state may be read.
    pub fn for_each_thread(&self, f: impl FnMut(&ThreadCore)) {
        self.world.for_each_thread(f);
    }

    /// Gives deferred objects what threads counted in their own tables (R3 (away)).
    pub fn flush_away_counts(&self) {
        self.for_each_thread(|thread| thread.away.flush());
    }

    /// Frees everything that threads have retired.
    ///
    /// # Safety
    /// The caller keeps no pointer that it read without a lock.
    pub unsafe fn reclaim(&self) {
        // SAFETY: the world is stopped; the caller's promise.
        unsafe { self.world.reclaim_stopped() }
    }

    /// Starts the world, as dropping does.
    pub fn start(self) {}

    /// Ends the stop without waking anybody: for the child of a fork, where nobody is.
    pub(super) fn forget(self) {
        let _ = ManuallyDrop::new(self);
    }
}

impl Drop for StoppedWorld<'_> {
    fn drop(&mut self) {
        let world = self.world;
        {
            let mut registry = world.registry.lock();
            if let Some(me) = self.me {
                let solo = registry.solo == Some(me.id());
                if !solo {
                    me.sections.suspend_solo();
                }
                me.exclusive.store(solo, Ordering::Relaxed);
            }
            registry.stopping = false;
            for &id in &registry.tenants {
                if let Some(core) = world.slot(id)
                    && !self.me.is_some_and(|me| std::ptr::eq(me, core))
                {
                    core.transition_resume();
                }
            }
        }
        // SAFETY: taken before the stop. Fair: a thread that loops over stops does not lock others out.
        unsafe { byte_lock::unlock_fair(&world.stop_lock) }
        if let Some(me) = self.me {
            me.sections.resume_top(me);
        }
    }
}

impl std::fmt::Debug for StoppedWorld<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoppedWorld").finish_non_exhaustive()
    }
}
