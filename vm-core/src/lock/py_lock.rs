//! The lock under `_thread.lock`: any thread may release it, waiting may time out and be interrupted.
//!
//! | WAITERS | LOCKED | |
//! |---|---|---|
//! | 0 | any | nobody waits: one exchange acquires or releases |
//! | 1 | 1 | held; the queue has threads |
//! | 1 | 0 | free; the queue has threads, and the first has been woken |
//!
//! # Rules
//!
//! R1 (py_lock). WAITERS changes only with the queue's lock held, and is set exactly while the queue has threads.
//! R2 (py_lock). A thread that leaves the queue without the lock while it is free wakes the next, so no wake-up is lost.
//! R3 (py_lock). A thread that has waited for a millisecond is handed the lock.

use super::wait_queue::{WaitQueue, Waiter};
use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Duration, Instant, Mutex};
use crate::thread::ThreadCore;

const LOCKED: u8 = 1;
const WAITERS: u8 = 2;
/// Looks at a lock that is held before waiting for it; a model needs none.
const SPINS: u32 = if cfg!(loom) { 0 } else { 20 };
/// Pauses between two looks.
const PAUSES: u32 = 4;
const FAIR_AFTER: Duration = Duration::from_millis(1);

/// How waiting ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Acquired {
    /// The caller has the lock, or the event is set.
    Acquired,
    /// The time is over.
    TimedOut,
    /// [`ThreadCore::interrupt`] was called: look at the requests, then wait again for the rest of the time.
    Interrupted,
}

/// What [`RawPyLock::release`] found wrong: nobody holds the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotLocked;

/// The lock.
#[derive(Debug, Default)]
pub struct RawPyLock {
    state: AtomicU8,
    queue: Mutex<WaitQueue>,
}

impl RawPyLock {
    /// A free lock.
    #[must_use]
    pub fn new() -> Self {
        Self { state: AtomicU8::new(0), queue: Mutex::new(WaitQueue::new()) }
    }

    /// Takes the lock if it is free.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        let mut state = self.state.load(Relaxed);
        while state & LOCKED == 0 {
            // Acquire: pairs with the releases in `release` and `release_slow`.
            match self.state.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    /// Whether somebody holds the lock now.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.state.load(Relaxed) & LOCKED != 0
    }

    /// Takes the lock, waiting until `deadline` (None: for ever). The thread is detached while it waits.
    pub fn acquire(&self, thread: &ThreadCore, deadline: Option<Instant>, interruptible: bool) -> Acquired {
        if self.try_acquire() || self.spin() {
            return Acquired::Acquired;
        }
        thread.detached(|| self.acquire_slow(thread, deadline, interruptible))
    }

    /// Looks again for a microsecond or two, about as long as detaching and parking would take: most locks are held for less.
    #[cold]
    fn spin(&self) -> bool {
        for _ in 0..SPINS {
            for _ in 0..PAUSES {
                crate::sync::hint::spin_loop();
            }
            if self.try_acquire() {
                return true;
            }
        }
        false
    }

    #[cold]
    fn acquire_slow(&self, thread: &ThreadCore, deadline: Option<Instant>, interruptible: bool) -> Acquired {
        let waiter = Waiter::new(thread, Instant::now() + FAIR_AFTER);
        {
            let mut queue = self.queue.lock();
            if self.lock_or_mark() {
                return Acquired::Acquired;
            }
            // SAFETY: R1 (wait_queue): every return below follows a removal.
            unsafe { queue.push(&waiter) }
        }
        loop {
            let interrupted = interruptible && thread.take_interrupt();
            let woken = interrupted || thread.parker.wait(deadline);
            let mut queue = self.queue.lock();
            if queue.is_granted(&waiter) {
                if interrupted {
                    // The lock is ours; the interruption is left for the next wait.
                    thread.interrupt();
                }
                return Acquired::Acquired;
            }
            if !interrupted && self.take_queued(&mut queue, &waiter) {
                return Acquired::Acquired;
            }
            if interrupted || !woken {
                self.leave(&mut queue, &waiter);
                return if interrupted { Acquired::Interrupted } else { Acquired::TimedOut };
            }
        }
    }

    /// With the queue locked: takes the lock, or marks that somebody waits.
    fn lock_or_mark(&self) -> bool {
        let mut state = self.state.load(Relaxed);
        loop {
            let next = if state & LOCKED == 0 { state | LOCKED } else { state | WAITERS };
            // Acquire: pairs with the releases in `release` and `release_slow`.
            match self.state.compare_exchange_weak(state, next, Acquire, Relaxed) {
                Ok(_) => return state & LOCKED == 0,
                Err(now) => state = now,
            }
        }
    }

    /// With the queue locked: takes the lock if it is free, and leaves the queue.
    fn take_queued(&self, queue: &mut WaitQueue, waiter: &Waiter) -> bool {
        let waiters = if queue.len() > 1 { WAITERS } else { 0 };
        // Acquire: pairs with the releases in `release` and `release_slow`. WAITERS is stable (R1).
        if self.state.compare_exchange(WAITERS, LOCKED | waiters, Acquire, Relaxed).is_err() {
            return false;
        }
        queue.remove(waiter);
        true
    }

    /// With the queue locked: leaves it without the lock.
    fn leave(&self, queue: &mut WaitQueue, waiter: &Waiter) {
        queue.remove(waiter);
        if queue.is_empty() {
            // Relaxed: a note to releasers, which look again with the queue locked.
            self.state.fetch_and(!WAITERS, Relaxed);
        } else if self.state.load(Relaxed) & LOCKED == 0 {
            queue.notify_front();
        }
    }

    /// Gives the lock up, on behalf of whoever holds it.
    pub fn release(&self) -> Result<(), NotLocked> {
        // Release: pairs with the acquires above.
        if self.state.compare_exchange(LOCKED, 0, Release, Relaxed).is_ok() {
            return Ok(());
        }
        self.release_slow()
    }

    #[cold]
    fn release_slow(&self) -> Result<(), NotLocked> {
        let mut queue = self.queue.lock();
        let mut state = self.state.load(Relaxed);
        loop {
            if state & LOCKED == 0 {
                return Err(NotLocked);
            }
            let fair = queue.front_fair_at().is_some_and(is_due);
            let next =
                if fair { LOCKED | if queue.len() > 1 { WAITERS } else { 0 } } else { state & WAITERS };
            // Release: pairs with the acquires above.
            match self.state.compare_exchange_weak(state, next, Release, Relaxed) {
                Ok(_) => {
                    if fair {
                        queue.grant_front();
                    } else if !crate::mutant!("py_lock_no_wake") {
                        queue.notify_front();
                    }
                    return Ok(());
                }
                Err(now) => state = now,
            }
        }
    }

    /// Makes the lock free and forgets its waiters: for the child of a fork, where they do not exist.
    pub fn reset_after_fork(&self) {
        self.queue.reset_after_fork();
        // The old queue is forgotten, not dropped: a thread that does not exist here may have been changing it.
        std::mem::forget(std::mem::take(&mut *self.queue.lock()));
        self.state.store(0, Relaxed);
    }
}

#[cfg(not(loom))]
fn is_due(fair_at: Instant) -> bool {
    fair_at <= Instant::now()
}

/// Time does not pass in a model, which says with `set_fair` which way it goes.
#[cfg(loom)]
fn is_due(_: Instant) -> bool {
    crate::sync::parking::is_fair()
}
