//! The primitives under `--cfg loom`. Deadlines never pass here: a model in which something must time out says so
//! with its own flag.

use super::Instant;
use loom::sync::Condvar;

/// Whether `OROCHI_MUTANT` names this deliberate bug.
#[must_use]
pub fn is_mutant(name: &str) -> bool {
    static NAME: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    NAME.get_or_init(|| std::env::var("OROCHI_MUTANT").ok()).as_deref() == Some(name)
}

/// What `object::dealloc` does with an object whose count is zero: models have no heap, and watch this instead.
pub static DEALLOC: std::sync::OnceLock<fn(std::ptr::NonNull<crate::object::Header>)> =
    std::sync::OnceLock::new();

/// Atomics and fences.
pub mod atomic {
    pub use loom::sync::atomic::{
        AtomicBool, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
        AtomicUsize, Ordering, fence,
    };
}

/// Cells.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}

/// Threads.
pub mod thread {
    pub use loom::thread::{JoinHandle, spawn, yield_now};

    /// Models need no stress.
    pub fn stress() {}

    /// Time does not pass in a model.
    pub fn sleep(_: std::time::Duration) {
        yield_now();
    }
}

/// Hints to the processor.
pub mod hint {
    pub use loom::hint::spin_loop;
}

/// Declares a thread-local cell.
#[macro_export]
macro_rules! thread_word {
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr;) => {
        ::loom::thread_local! { $(#[$attr])* $vis static $name: $t = $init }
    };
}

/// Sleeping threads, queued by address: one list for the whole model.
pub mod parking {
    use super::super::{Instant, Parked, Unparked};
    use loom::sync::{Condvar, Mutex};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Sleeper {
        key: usize,
        token: std::sync::Mutex<Option<usize>>,
        bed: Condvar,
    }

    loom::lazy_static! {
        static ref QUEUE: Mutex<Vec<Arc<Sleeper>>> = Mutex::new(Vec::new());
    }

    static FAIR: AtomicBool = AtomicBool::new(false);

    /// Sets `be_fair` for every following `unpark_one`, in place of the millisecond that a model does not have.
    pub fn set_fair(fair: bool) {
        FAIR.store(fair, Ordering::Relaxed);
    }

    /// Models do not fork.
    pub fn forget_sleepers() {}

    /// What `set_fair` said.
    pub fn is_fair() -> bool {
        FAIR.load(Ordering::Relaxed)
    }

    fn lock() -> loom::sync::MutexGuard<'static, Vec<Arc<Sleeper>>> {
        match QUEUE.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    fn token_of(sleeper: &Sleeper) -> std::sync::MutexGuard<'_, Option<usize>> {
        sleeper.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// As in the normal build; the deadline never passes.
    ///
    /// # Safety
    /// As in the normal build.
    pub unsafe fn park(
        key: usize,
        validate: impl FnOnce() -> bool,
        _timed_out: impl FnOnce(bool),
        _deadline: Option<Instant>,
        _fair_at: Instant,
    ) -> Parked {
        let mut queue = lock();
        if !validate() {
            return Parked::Invalid;
        }
        let me = Arc::new(Sleeper { key, token: std::sync::Mutex::new(None), bed: Condvar::new() });
        queue.push(me.clone());
        loop {
            queue = match me.bed.wait(queue) {
                Ok(guard) => guard,
                Err(poisoned) => poisoned.into_inner(),
            };
            if let Some(token) = *token_of(&me) {
                return Parked::Unparked(token);
            }
        }
    }

    /// As in the normal build.
    ///
    /// # Safety
    /// As in the normal build.
    pub unsafe fn unpark_one(key: usize, callback: impl FnOnce(Unparked) -> usize) {
        let mut queue = lock();
        let found = queue.iter().position(|s| s.key == key).map(|i| queue.remove(i));
        let have_more = queue.iter().any(|s| s.key == key);
        let token = callback(Unparked {
            threads: usize::from(found.is_some()),
            have_more,
            be_fair: found.is_some() && FAIR.load(Ordering::Relaxed),
        });
        if let Some(sleeper) = found {
            *token_of(&sleeper) = Some(token);
            sleeper.bed.notify_one();
        }
    }

    /// As in the normal build.
    ///
    /// # Safety
    /// As in the normal build.
    pub unsafe fn unpark_all(key: usize) {
        let mut queue = lock();
        queue.retain(|sleeper| {
            if sleeper.key == key {
                *token_of(sleeper) = Some(0);
                sleeper.bed.notify_one();
            }
            sleeper.key != key
        });
    }
}

/// A leaf lock.
#[derive(Debug)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

/// Holds a [`Mutex`].
pub type MutexGuard<'a, T> = loom::sync::MutexGuard<'a, T>;

impl<T> Mutex<T> {
    /// An unlocked mutex.
    pub fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    /// Waits for the lock.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        match self.0.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Access without locking, for an owner.
    pub fn get_mut(&mut self) -> &mut T {
        match self.0.get_mut() {
            Ok(value) => value,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Models do not fork.
    pub fn reset_after_fork(&self) {}
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// One thread's bed.
#[derive(Debug)]
pub struct Parker {
    notified: loom::sync::Mutex<bool>,
    bed: Condvar,
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl Parker {
    /// Not notified.
    pub fn new() -> Self {
        Self { notified: loom::sync::Mutex::new(false), bed: Condvar::new() }
    }

    fn lock(&self) -> loom::sync::MutexGuard<'_, bool> {
        match self.notified.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Sleeps until notified; takes the notification.
    pub fn wait(&self, _deadline: Option<Instant>) -> bool {
        let mut notified = self.lock();
        while !*notified {
            notified = match self.bed.wait(notified) {
                Ok(guard) => guard,
                Err(poisoned) => poisoned.into_inner(),
            };
        }
        *notified = false;
        true
    }

    /// Forgets a notification that came too late.
    pub fn clear(&self) {
        *self.lock() = false;
    }

    /// Wakes the sleeper, or lets its next `wait` return at once.
    pub fn notify(&self) {
        *self.lock() = true;
        self.bed.notify_one();
    }
}

/// Whether memory that readers look at without a lock was given back. Loom reports whoever looks at the same time.
#[derive(Debug)]
pub struct Alive(loom::cell::UnsafeCell<bool>);

// SAFETY: loom watches who touches the cell.
unsafe impl Sync for Alive {}

impl Default for Alive {
    fn default() -> Self {
        Self::new()
    }
}

impl Alive {
    /// It was not.
    #[must_use]
    pub fn new() -> Alive {
        Alive(loom::cell::UnsafeCell::new(true))
    }

    /// Somebody looks.
    pub fn look(&self) {
        // SAFETY: loom checks it.
        self.0.with(|alive| assert!(unsafe { *alive }, "used after it was given back"));
    }

    /// It is given back.
    pub fn end(&self) {
        // SAFETY: loom checks it.
        self.0.with_mut(|alive| unsafe { *alive = false });
    }
}
