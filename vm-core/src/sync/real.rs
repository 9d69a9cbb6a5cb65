//! The primitives of a normal build.

use super::{Duration, Instant};

/// Atomics and fences.
pub mod atomic {
    pub use core::sync::atomic::{
        AtomicBool, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
        AtomicUsize, Ordering, fence,
    };
}

/// Cells.
pub mod cell {
    /// `core::cell::UnsafeCell` with loom's interface.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// Wraps `value`.
        pub const fn new(value: T) -> Self {
            Self(core::cell::UnsafeCell::new(value))
        }

        /// Calls `f` with a pointer to read through.
        #[inline(always)]
        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Calls `f` with a pointer to write through.
        #[inline(always)]
        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }

        /// Takes the value out.
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }
}

/// Threads.
pub mod thread {
    pub use std::thread::{JoinHandle, sleep, spawn, yield_now};

    /// With `--cfg vm_stress`, gives the processor away now and then, so that threads meet where they seldom do.
    #[inline(always)]
    pub fn stress() {
        #[cfg(vm_stress)]
        {
            use super::atomic::{AtomicU32, Ordering};
            static DICE: AtomicU32 = AtomicU32::new(1);
            // Relaxed: any number will do. A linear congruential generator; its upper bits are the better ones.
            let n = DICE.load(Ordering::Relaxed).wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            DICE.store(n, Ordering::Relaxed);
            match n >> 25 {
                0 => sleep(std::time::Duration::from_micros(u64::from(n >> 16 & 63))),
                1..8 => yield_now(),
                _ => {}
            }
        }
    }
}

/// Hints to the processor.
pub mod hint {
    pub use core::hint::spin_loop;
}

/// Declares a thread-local of a `Copy`-like cell: constant initialiser, no destructor, one load to read.
#[macro_export]
macro_rules! thread_word {
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr;) => {
        ::std::thread_local! { $(#[$attr])* $vis static $name: $t = const { $init } }
    };
}

/// Sleeping threads, queued by address.
pub mod parking {
    use super::super::{Instant, Parked, Unparked};
    use super::atomic::{AtomicUsize, Ordering};
    use parking_lot_core::{FilterOp, ParkResult, ParkToken, UnparkToken};

    /// Number of forks that this process is away from the first; part of every key.
    static FORKS: AtomicUsize = AtomicUsize::new(0);

    /// In the child of a fork: the sleepers in the queues do not exist, and are not found any more.
    pub fn forget_sleepers() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn in_this_process(key: usize) -> usize {
        // Relaxed: written when the process has one thread.
        key ^ FORKS.load(Ordering::Relaxed).wrapping_shl(usize::BITS - 16)
    }

    /// Puts the thread to sleep on `key` if `validate` (run with the queue locked) agrees.
    ///
    /// `timed_out(last)` runs with the queue locked when the deadline has passed; `last` says that no thread is left
    /// asleep on `key`. From `fair_at` on, `unpark_one` tells its caller that this sleeper has waited long enough.
    ///
    /// # Safety
    /// `key` is an address that the caller controls; neither closure panics or parks.
    pub unsafe fn park(
        key: usize,
        validate: impl FnOnce() -> bool,
        timed_out: impl FnOnce(bool),
        deadline: Option<Instant>,
        fair_at: Instant,
    ) -> Parked {
        // SAFETY: passed on to the caller.
        let result = unsafe {
            parking_lot_core::park(
                in_this_process(key),
                validate,
                || {},
                |_, last| timed_out(last),
                ParkToken(&raw const fair_at as usize),
                deadline,
            )
        };
        match result {
            ParkResult::Unparked(UnparkToken(token)) => Parked::Unparked(token),
            ParkResult::Invalid => Parked::Invalid,
            ParkResult::TimedOut => Parked::TimedOut,
        }
    }

    /// Wakes the longest sleeper on `key`; `callback` runs with the queue locked and gives the token to send.
    ///
    /// # Safety
    /// As for [`park`].
    pub unsafe fn unpark_one(key: usize, callback: impl FnOnce(Unparked) -> usize) {
        let first = core::cell::Cell::new(None);
        // SAFETY: passed on to the caller. A token is the address of a sleeper's `fair_at`, which lives while it sleeps,
        // and it cannot leave while the queue is locked.
        unsafe {
            parking_lot_core::unpark_filter(
                in_this_process(key),
                |ParkToken(fair_at)| {
                    if first.get().is_some() {
                        return FilterOp::Stop;
                    }
                    first.set(Some(*(fair_at as *const Instant)));
                    FilterOp::Unpark
                },
                |r| {
                    UnparkToken(callback(Unparked {
                        threads: r.unparked_threads,
                        have_more: r.have_more_threads,
                        be_fair: first.get().is_some_and(|fair_at| fair_at <= Instant::now()),
                    }))
                },
            );
        }
    }

    /// Wakes every sleeper on `key`.
    ///
    /// # Safety
    /// As for [`park`].
    pub unsafe fn unpark_all(key: usize) {
        // SAFETY: passed on to the caller.
        unsafe {
            parking_lot_core::unpark_all(in_this_process(key), UnparkToken(0));
        }
    }
}

const LOCKED: u8 = 1;
const PARKED: u8 = 2;

/// A leaf lock: held for a few instructions, never across a wait, a safepoint or a call of Python.
#[derive(Debug, Default)]
pub struct Mutex<T: ?Sized> {
    /// LOCKED | PARKED, as in [`crate::lock::byte_lock`].
    state: atomic::AtomicU8,
    data: core::cell::UnsafeCell<T>,
}

// SAFETY: the lock gives its data to one thread at a time.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// Holds a [`Mutex`].
#[derive(Debug)]
pub struct MutexGuard<'a, T: ?Sized>(&'a Mutex<T>);

impl<T> Mutex<T> {
    /// An unlocked mutex.
    pub const fn new(value: T) -> Self {
        Self { state: atomic::AtomicU8::new(0), data: core::cell::UnsafeCell::new(value) }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock. A panic of an earlier holder does not poison it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        use atomic::Ordering::{Acquire, Relaxed};
        // Acquire: pairs with the release in `MutexGuard::drop`.
        if self.state.compare_exchange_weak(0, LOCKED, Acquire, Relaxed).is_err() {
            self.lock_slow();
        }
        MutexGuard(self)
    }

    #[cold]
    fn lock_slow(&self) {
        use atomic::Ordering::{Acquire, Relaxed};
        let mut spins = 0;
        let mut state = self.state.load(Relaxed);
        loop {
            if state & LOCKED == 0 {
                // Acquire: pairs with the release in `MutexGuard::drop`.
                match self.state.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
                    Ok(_) => return,
                    Err(now) => state = now,
                }
                continue;
            }
            if state & PARKED == 0 {
                if spins < 40 {
                    spins += 1;
                    hint::spin_loop();
                    state = self.state.load(Relaxed);
                    continue;
                }
                // Relaxed: only a note to the holder that it must look at the queue.
                if let Err(now) = self.state.compare_exchange_weak(state, state | PARKED, Relaxed, Relaxed) {
                    state = now;
                    continue;
                }
            }
            let key = &raw const self.state as usize;
            // SAFETY: the key is this lock's own address; the closures neither panic nor park.
            unsafe {
                parking::park(
                    key,
                    || self.state.load(Relaxed) == LOCKED | PARKED,
                    |_| {},
                    None,
                    Instant::now(),
                );
            }
            spins = 0;
            state = self.state.load(Relaxed);
        }
    }

    #[cold]
    fn unlock_slow(&self) {
        let key = &raw const self.state as usize;
        // SAFETY: the key is this lock's own address; the closure neither panics nor parks.
        unsafe {
            parking::unpark_one(key, |r| {
                // Release: pairs with the acquires in `lock` and `lock_slow`.
                self.state.store(if r.have_more { PARKED } else { 0 }, atomic::Ordering::Release);
                0
            });
        }
    }

    /// Access without locking, for an owner.
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// Makes the lock free again in the child of a fork, where its holder no longer exists.
    pub fn reset_after_fork(&self) {
        self.state.store(0, atomic::Ordering::Relaxed);
    }
}

impl<T: ?Sized> core::ops::Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock.
        unsafe { &*self.0.data.get() }
    }
}

impl<T: ?Sized> core::ops::DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock.
        unsafe { &mut *self.0.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        use atomic::Ordering::{Relaxed, Release};
        // Release: pairs with the acquires in `Mutex::lock` and `lock_slow`.
        if self.0.state.compare_exchange(LOCKED, 0, Release, Relaxed).is_err() {
            self.0.unlock_slow();
        }
    }
}

/// One thread's bed: a binary semaphore that only one thread sleeps on.
///
/// [`notify`](Parker::notify) is an atomic write and, on Linux, a futex call, so a signal handler may use it.
#[derive(Debug, Default)]
pub struct Parker {
    /// 0: nothing, 1: notified.
    word: atomic::AtomicU32,
}

impl Parker {
    /// Not notified.
    pub const fn new() -> Self {
        Self { word: atomic::AtomicU32::new(0) }
    }

    /// Sleeps until notified or until `deadline`; takes the notification. False: the deadline passed.
    pub fn wait(&self, deadline: Option<Instant>) -> bool {
        loop {
            // Acquire: pairs with the release in `notify`.
            if self.word.swap(0, atomic::Ordering::Acquire) == 1 {
                return true;
            }
            let rest = match deadline {
                None => None,
                Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                    Some(rest) if !rest.is_zero() => Some(rest),
                    _ => return false,
                },
            };
            sleep_on(&self.word, rest);
        }
    }

    /// Forgets a notification that came too late.
    pub fn clear(&self) {
        self.word.store(0, atomic::Ordering::Relaxed);
    }

    /// Wakes the sleeper, or lets its next `wait` return at once.
    pub fn notify(&self) {
        // Release: pairs with the acquire in `wait`.
        if self.word.swap(1, atomic::Ordering::Release) == 0 {
            wake(&self.word);
        }
    }
}

/// Sleeps while the word is 0, `rest` at the most; may return early.
#[cfg(target_os = "linux")]
fn sleep_on(word: &atomic::AtomicU32, rest: Option<Duration>) {
    let spec = rest.map(|rest| libc::timespec {
        tv_sec: rest.as_secs().min(i32::MAX as u64) as libc::time_t,
        tv_nsec: rest.subsec_nanos() as _,
    });
    let spec = spec.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: FUTEX_WAIT reads the live word and the live timespec (or null), and writes nothing.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            0u32,
            spec,
        );
    }
}

#[cfg(target_os = "linux")]
fn wake(word: &atomic::AtomicU32) {
    // The signal handler that interrupted a system call must find errno as it was.
    // SAFETY: __errno_location gives this thread's errno; FUTEX_WAKE only uses the word's address.
    unsafe {
        let errno = libc::__errno_location();
        let saved = *errno;
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1);
        *errno = saved;
    }
}

/// Without a futex: short naps, so that a notification from a signal handler is seen soon.
#[cfg(not(target_os = "linux"))]
fn sleep_on(word: &atomic::AtomicU32, rest: Option<Duration>) {
    let key = &raw const *word as usize;
    let nap = rest.map_or(Duration::from_millis(10), |rest| rest.min(Duration::from_millis(10)));
    // SAFETY: the key is the word's own address; the closures neither panic nor park.
    unsafe {
        parking::park(
            key,
            || word.load(atomic::Ordering::Relaxed) == 0,
            |_| {},
            Some(Instant::now() + nap),
            Instant::now(),
        );
    }
}

#[cfg(not(target_os = "linux"))]
fn wake(_word: &atomic::AtomicU32) {
    // Taking the queue's lock here could deadlock in a signal handler: the sleeper looks again by itself.
}

/// Whether memory that readers look at without a lock was given back: a model's watch, nothing in a normal build.
#[derive(Debug, Default)]
pub struct Alive;

impl Alive {
    /// It was not.
    #[must_use]
    pub const fn new() -> Alive {
        Alive
    }

    /// Somebody looks.
    #[inline(always)]
    pub fn look(&self) {}

    /// It is given back.
    #[inline(always)]
    pub fn end(&self) {}
}
