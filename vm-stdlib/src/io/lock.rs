//! The lock of a stream object: held across system calls and Python calls, waited for detached.
//!
//! # Rules
//!
//! R1 (io lock). `owner` is 0 while free, else the token of the thread that holds the lock; only that thread clears it.
//! R2 (io lock). A waiter counts itself in `waiters` before it tries to take the lock under `queue`; a releaser clears
//!     `owner` before it reads `waiters`. Both are sequentially consistent, so one of the two sees the other.
//! R3 (io lock). A token names the process too: what a thread of the parent held at `fork` is free in the child.
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use vm_runtime::prelude::*;

static NEXT_TOKEN: AtomicU64 = AtomicU64::new(1);
static FORKS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static TOKEN: u64 = NEXT_TOKEN.fetch_add(1, Ordering::Relaxed);
}

/// Called in the child of a fork, by its only thread.
pub fn after_fork() {
    FORKS.fetch_add(1, Ordering::SeqCst);
}

fn token() -> u64 {
    // Relaxed: changes only in the child of a fork, which has one thread.
    TOKEN.with(|token| *token & 0xffff_ffff_ffff) | (FORKS.load(Ordering::Relaxed) & 0xffff) << 48
}

/// The lock.
#[derive(Default)]
pub struct IoLock {
    owner: AtomicU64,
    waiters: AtomicU32,
    queue: Mutex<()>,
    freed: Condvar,
}

/// Holds an [`IoLock`]; dropping it releases the lock (or, if it was taken again by its holder, does nothing).
pub struct IoGuard<'a> {
    lock: Option<&'a IoLock>,
}

impl IoLock {
    /// A free lock.
    pub fn new() -> IoLock {
        IoLock::default()
    }

    fn try_take(&self, me: u64) -> Result<(), u64> {
        match self.owner.compare_exchange(0, me, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Ok(()),
            // R3: a holder of another generation is gone.
            Err(holder) if holder >> 48 != me >> 48 => {
                self.owner.compare_exchange(holder, me, Ordering::SeqCst, Ordering::SeqCst).map(drop)
            }
            Err(holder) => Err(holder),
        }
    }

    #[cold]
    fn wait(&self, th: &Thread, me: u64) {
        th.detach(|| {
            self.waiters.fetch_add(1, Ordering::SeqCst);
            let mut queue = self.queue.lock();
            while self.try_take(me).is_err() {
                self.freed.wait(&mut queue);
            }
            drop(queue);
            self.waiters.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// Takes the lock; None if this thread holds it already.
    pub fn enter(&self, th: &Thread) -> Option<IoGuard<'_>> {
        let me = token();
        match self.try_take(me) {
            Ok(()) => {}
            Err(holder) if holder == me => return None,
            Err(_) => self.wait(th, me),
        }
        Some(IoGuard { lock: Some(self) })
    }

    /// Takes the lock, again if this thread holds it already.
    pub fn enter_again(&self, th: &Thread) -> IoGuard<'_> {
        self.enter(th).unwrap_or(IoGuard { lock: None })
    }
}

impl Drop for IoGuard<'_> {
    fn drop(&mut self) {
        let Some(lock) = self.lock else { return };
        // R2.
        lock.owner.store(0, Ordering::SeqCst);
        if lock.waiters.load(Ordering::SeqCst) != 0 {
            drop(lock.queue.lock());
            lock.freed.notify_one();
        }
    }
}
