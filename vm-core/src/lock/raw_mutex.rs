//! The runtime's own mutex: a thread that must wait for it detaches, so that neither a stop of the world nor the GIL
//! waits for it in turn.
//!
//! # Rules
//!
//! R1 (raw_mutex). The holder reaches no safepoint, does not detach, and calls no Python. So a thread that has stopped the
//!     world finds every `RawMutex` free.
//! R2 (raw_mutex). A waiter is attached again before it tries to take the lock, so R1 holds from the first moment.

use super::byte_lock;
use crate::sync::atomic::AtomicU8;
use crate::sync::cell::UnsafeCell;
use crate::thread;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A mutex for tables of the runtime (interning, imports, type versions).
#[derive(Debug, Default)]
pub struct RawMutex<T> {
    byte: AtomicU8,
    data: UnsafeCell<T>,
}

// SAFETY: the lock gives its data to one thread at a time.
unsafe impl<T: Send> Send for RawMutex<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for RawMutex<T> {}

impl<T> RawMutex<T> {
    /// An unlocked mutex.
    #[cfg(not(loom))]
    pub const fn new(value: T) -> Self {
        Self { byte: AtomicU8::new(0), data: UnsafeCell::new(value) }
    }

    /// An unlocked mutex.
    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        Self { byte: AtomicU8::new(0), data: UnsafeCell::new(value) }
    }

    /// Takes the lock. An attached thread detaches while it waits; its critical sections are suspended then.
    #[inline]
    pub fn lock(&self) -> RawMutexGuard<'_, T> {
        if !byte_lock::try_lock(&self.byte) {
            self.lock_slow();
        }
        RawMutexGuard { mutex: self, _not_send: PhantomData }
    }

    #[cold]
    fn lock_slow(&self) {
        if crate::mutant!("raw_mutex_lock_detached")
            && let Some(thread) = thread::current()
        {
            return thread.detached(|| byte_lock::lock_slow(&self.byte));
        }
        loop {
            match thread::current() {
                Some(thread) => thread.detached(|| self.wait()),
                None => self.wait(),
            }
            if byte_lock::try_lock(&self.byte) {
                return;
            }
        }
    }

    /// Sleeps until the lock was free for a moment.
    fn wait(&self) {
        byte_lock::wait_until_free(&self.byte);
    }

    /// Takes the lock if it is free.
    pub fn try_lock(&self) -> Option<RawMutexGuard<'_, T>> {
        byte_lock::try_lock(&self.byte).then_some(RawMutexGuard { mutex: self, _not_send: PhantomData })
    }

    /// Frees the lock in the child of a fork.
    pub fn reset_after_fork(&self) {
        byte_lock::reset_after_fork(&self.byte);
    }
}

/// Holds a [`RawMutex`].
#[derive(Debug)]
pub struct RawMutexGuard<'a, T> {
    mutex: &'a RawMutex<T>,
    _not_send: PhantomData<*const ()>,
}

impl<T> Deref for RawMutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock.
        self.mutex.data.with(|data| unsafe { &*data })
    }
}

impl<T> DerefMut for RawMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock.
        self.mutex.data.with_mut(|data| unsafe { &mut *data })
    }
}

impl<T> Drop for RawMutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard holds the lock.
        unsafe { byte_lock::unlock_unfair(&self.mutex.byte) }
    }
}
