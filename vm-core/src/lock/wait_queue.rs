//! The queue of threads that wait, detached and in order, for a lock or an event of Python's.
//!
//! # Rules
//!
//! R1 (wait_queue). A waiter's record lives on its stack, and it returns only after it has been taken off the queue, with
//!     the queue's lock held. `granted` is read and written with that lock held.

use crate::sync::cell::UnsafeCell;
use crate::sync::{Instant, Parker};
use crate::thread::ThreadCore;
use std::collections::VecDeque;
use std::ptr::NonNull;

/// One waiting thread.
pub(super) struct Waiter {
    parker: NonNull<Parker>,
    pub(super) fair_at: Instant,
    granted: UnsafeCell<bool>,
}

impl Waiter {
    pub(super) fn new(thread: &ThreadCore, fair_at: Instant) -> Self {
        Self { parker: NonNull::from(&thread.parker), fair_at, granted: UnsafeCell::new(false) }
    }
}

/// Waiters, longest first; always behind a [`crate::sync::Mutex`].
#[derive(Debug, Default)]
pub(super) struct WaitQueue(VecDeque<NonNull<Waiter>>);

// SAFETY: the records are used under the queue's lock (R1).
unsafe impl Send for WaitQueue {}

impl WaitQueue {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// # Safety
    /// R1: the waiter stays until `remove`d or granted.
    pub(super) unsafe fn push(&mut self, waiter: &Waiter) {
        self.0.push_back(NonNull::from(waiter));
    }

    pub(super) fn remove(&mut self, waiter: &Waiter) {
        self.0.retain(|&w| w != NonNull::from(waiter));
    }

    /// The longest waiter's `fair_at`.
    pub(super) fn front_fair_at(&self) -> Option<Instant> {
        // SAFETY: R1.
        self.0.front().map(|w| unsafe { w.as_ref() }.fair_at)
    }

    /// Wakes the longest waiter, which stays in the queue.
    pub(super) fn notify_front(&self) {
        if let Some(waiter) = self.0.front() {
            // SAFETY: R1; parkers live in thread slots.
            unsafe { waiter.as_ref().parker.as_ref().notify() }
        }
    }

    /// Takes the longest waiter off the queue and wakes it as granted.
    pub(super) fn grant_front(&mut self) {
        if let Some(waiter) = self.0.pop_front() {
            // SAFETY: R1; the parker is read before the waiter can go, which needs the queue's lock.
            unsafe {
                let waiter = waiter.as_ref();
                waiter.granted.with_mut(|granted| *granted = true);
                waiter.parker.as_ref().notify();
            }
        }
    }

    /// Takes all waiters off and wakes them as granted.
    pub(super) fn grant_all(&mut self) {
        while !self.is_empty() {
            self.grant_front();
        }
    }

    /// Whether the waiter was granted what it waits for (and so is off the queue).
    pub(super) fn is_granted(&self, waiter: &Waiter) -> bool {
        // SAFETY: R1: `self` is locked.
        waiter.granted.with(|granted| unsafe { *granted })
    }
}
