//! A flag that is set once and can be waited for: joining a thread, the result of a job.

use super::py_lock::Acquired;
use super::wait_queue::{WaitQueue, Waiter};
use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Instant, Mutex};
use crate::thread::ThreadCore;

/// The event.
#[derive(Debug, Default)]
pub struct RawEvent {
    set: AtomicBool,
    queue: Mutex<WaitQueue>,
}

impl RawEvent {
    /// Not set.
    #[must_use]
    pub fn new() -> Self {
        Self { set: AtomicBool::new(false), queue: Mutex::new(WaitQueue::new()) }
    }

    /// Whether it is set; what the setter did before is visible then.
    #[must_use]
    pub fn is_set(&self) -> bool {
        // Acquire: pairs with `set`.
        self.set.load(Acquire)
    }

    /// Sets it and wakes everybody. May be called from a detached thread.
    pub fn set(&self) {
        let mut queue = self.queue.lock();
        // Release: pairs with `is_set`.
        self.set.store(true, Release);
        queue.grant_all();
    }

    /// Sets it in the child of a fork: those who waited do not exist.
    pub fn set_after_fork(&self) {
        self.queue.reset_after_fork();
        // The old queue is forgotten, not dropped: a thread that does not exist here may have been changing it.
        std::mem::forget(std::mem::take(&mut *self.queue.lock()));
        self.set.store(true, Release);
    }

    /// Waits, detached, until the event is set or `deadline` has passed (None: for ever).
    pub fn wait(&self, thread: &ThreadCore, deadline: Option<Instant>, interruptible: bool) -> Acquired {
        if self.is_set() {
            return Acquired::Acquired;
        }
        thread.detached(|| self.wait_slow(thread, deadline, interruptible))
    }

    #[cold]
    fn wait_slow(&self, thread: &ThreadCore, deadline: Option<Instant>, interruptible: bool) -> Acquired {
        let waiter = Waiter::new(thread, Instant::now());
        {
            let mut queue = self.queue.lock();
            // Relaxed: `set` writes with the queue locked.
            if self.set.load(Relaxed) {
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
                    thread.interrupt();
                }
                return Acquired::Acquired;
            }
            if interrupted || !woken {
                queue.remove(&waiter);
                return if interrupted { Acquired::Interrupted } else { Acquired::TimedOut };
            }
        }
    }
}
