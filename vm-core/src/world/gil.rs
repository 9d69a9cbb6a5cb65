//! The global lock of the `gil` build: attached means holding it.
//!
//! Waiters queue. Whoever has waited for the switch interval asks the holder, by its safepoint word, to let go; at its
//! safepoint the holder hands the lock to the longest waiter. A holder that detaches only frees it and wakes that waiter,
//! so that a short wait may be over before somebody else has woken up.
//!
//! # Rules
//!
//! R1 (gil). Holder and queue change with `state` locked.
//! R2 (gil). A thread takes the GIL while it is DETACHED, then attaches; it detaches, then gives the GIL up. So a stopper,
//!     which holds it, waits for nobody.
//! R3 (gil). While the queue is not empty and nobody holds the GIL, its first thread has been woken.

use super::World;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Duration, Instant, Mutex, MutexGuard};
use crate::thread::{ThreadCore, poll};
use std::collections::VecDeque;
use std::ptr::{from_ref, null};

const DEFAULT_INTERVAL: Duration = Duration::from_millis(5);

pub(super) struct Gil {
    state: Mutex<State>,
    interval_us: AtomicU64,
}

pub(super) struct State {
    holder: *const ThreadCore,
    queue: VecDeque<*const ThreadCore>,
}

// SAFETY: the pointers are to thread slots, which live as long as the world.
unsafe impl Send for State {}

impl State {
    fn notify_front(&self) {
        if let Some(&front) = self.queue.front() {
            // SAFETY: a slot of this world.
            unsafe { (*front).parker.notify() }
        }
    }

    /// In the child of a fork: nobody waits.
    pub(super) fn forget_waiters(&mut self) {
        self.queue.clear();
    }
}

impl Gil {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State { holder: null(), queue: VecDeque::new() }),
            interval_us: AtomicU64::new(DEFAULT_INTERVAL.as_micros() as u64),
        }
    }

    pub(super) fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn acquire(&self, me: &ThreadCore) {
        let mut state = self.state.lock();
        if state.holder.is_null() {
            state.holder = me;
        } else {
            state.queue.push_back(me);
            self.wait(me, state);
        }
        // A request to the last holder may have come late.
        if me.poll() & poll::GIL_DROP != 0 {
            me.transition_take(poll::GIL_DROP);
        }
    }

    fn wait<'a>(&'a self, me: &ThreadCore, mut state: MutexGuard<'a, State>) {
        loop {
            if cfg!(loom) {
                Self::request_drop(&state);
            }
            drop(state);
            let interval = Duration::from_micros(self.interval_us.load(Ordering::Relaxed));
            let woken = me.parker.wait(Some(Instant::now() + interval));
            state = self.state.lock();
            if state.holder == from_ref(me) {
                return;
            }
            if state.holder.is_null() {
                state.holder = me;
                state.queue.retain(|&waiter| waiter != from_ref(me));
                return;
            }
            if !woken {
                Self::request_drop(&state);
            }
        }
    }

    fn request_drop(state: &State) {
        // SAFETY: null or a slot of this world.
        if let Some(holder) = unsafe { state.holder.as_ref() } {
            holder.transition_request(poll::GIL_DROP);
        }
    }

    /// Frees the lock and wakes the longest waiter.
    pub(super) fn release(&self, me: &ThreadCore) {
        let mut state = self.state.lock();
        debug_assert!(state.holder == from_ref(me));
        state.holder = null();
        if !crate::mutant!("gil_no_wake") {
            state.notify_front();
        }
    }

    /// Gives the lock to the longest waiter; frees it if nobody waits.
    pub(super) fn hand_over(&self, me: &ThreadCore) {
        let mut state = self.state.lock();
        debug_assert!(state.holder == from_ref(me));
        match state.queue.pop_front() {
            Some(next) => {
                state.holder = next;
                if !crate::mutant!("gil_no_wake") {
                    // SAFETY: a slot of this world.
                    unsafe { (*next).parker.notify() }
                }
            }
            None => state.holder = null(),
        }
    }
}

impl World {
    /// How long a thread waits for the GIL before it asks for it (`sys.getswitchinterval`).
    #[must_use]
    pub fn switch_interval(&self) -> Duration {
        Duration::from_micros(self.gil.interval_us.load(Ordering::Relaxed))
    }

    /// Sets the switch interval; kept and used in both builds' API, though only the `gil` build switches.
    pub fn set_switch_interval(&self, interval: Duration) {
        let micros = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX).max(1);
        self.gil.interval_us.store(micros, Ordering::Relaxed);
    }

    /// At a safepoint of the holder, when another thread has waited long enough.
    #[cold]
    pub(crate) fn gil_switch(&self, me: &ThreadCore) {
        me.transition_take(poll::GIL_DROP);
        if cfg!(feature = "gil") {
            me.leave(true);
            // Nobody else attaches with a core whose thread is at a safepoint.
            let _ = me.enter();
        }
    }
}
