//! The one-byte lock: an object's, and every other lock of vm-core that fits in a byte.
//!
//! | PARKED | LOCKED | |
//! |---|---|---|
//! | 0 | 0 | free, nobody waits |
//! | 0 | 1 | held, nobody sleeps |
//! | 1 | 0 | free, but somebody sleeps: the last holder has woken one, and more are in the queue |
//! | 1 | 1 | held, and somebody sleeps or is about to: the holder must look at the queue |
//!
//! # Rules
//!
//! R1 (byte_lock). PARKED is cleared only with the queue's lock held, and only if the queue is empty then. A thread goes
//!     to sleep only if, with the queue's lock held, it sees LOCKED and PARKED.
//! R2 (byte_lock). A sleeper that has waited for a millisecond is handed the lock: LOCKED stays set and it wakes as the
//!     holder.

use crate::sync::atomic::AtomicU8;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Duration, Instant, Parked, parking};

const LOCKED: u8 = 1;
const PARKED: u8 = 2;
/// Sent to a sleeper that wakes as the holder.
const HANDED_OVER: usize = 1;
/// How long a sleeper is overtaken by faster threads.
const FAIR_AFTER: Duration = Duration::from_millis(1);
#[cfg(not(loom))]
const SPINS: u32 = 40;
#[cfg(loom)]
const SPINS: u32 = 0;

/// Takes the lock if it is free.
#[inline(always)]
#[must_use]
pub fn try_lock(byte: &AtomicU8) -> bool {
    // Acquire: pairs with the releases in `unlock` and `unlock_slow`.
    if byte.compare_exchange(0, LOCKED, Acquire, Relaxed).is_ok() {
        return true;
    }
    try_lock_slow(byte)
}

#[cold]
fn try_lock_slow(byte: &AtomicU8) -> bool {
    let mut state = byte.load(Relaxed);
    while state & LOCKED == 0 {
        // Acquire: pairs with the releases in `unlock` and `unlock_slow`.
        match byte.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
            Ok(_) => return true,
            Err(now) => state = now,
        }
    }
    false
}

/// Spins for the lock, then sleeps until it has it. The caller has detached.
pub fn lock_slow(byte: &AtomicU8) {
    wait(byte, true);
}

/// Sleeps until the lock was free for a moment, for locks that are freed by `unlock_unfair`.
pub fn wait_until_free(byte: &AtomicU8) {
    wait(byte, false);
}

fn wait(byte: &AtomicU8, take: bool) {
    let fair_at = Instant::now() + FAIR_AFTER;
    let mut spins = 0;
    let mut state = byte.load(Relaxed);
    loop {
        if state & LOCKED == 0 {
            if !take {
                return;
            }
            // Acquire: pairs with the releases in `unlock` and `unlock_slow`.
            match byte.compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed) {
                Ok(_) => return,
                Err(now) => state = now,
            }
            continue;
        }
        if state & PARKED == 0 {
            if spins < SPINS {
                spins += 1;
                crate::sync::hint::spin_loop();
                state = byte.load(Relaxed);
                continue;
            }
            // Relaxed: only a note to the holder.
            if let Err(now) = byte.compare_exchange_weak(state, state | PARKED, Relaxed, Relaxed) {
                state = now;
                continue;
            }
        }
        // SAFETY: the key is the lock's own address; the closures neither panic nor park.
        let parked = unsafe { parking::park(key(byte), || still_held(byte), |_| {}, None, fair_at) };
        if parked == Parked::Unparked(HANDED_OVER) {
            // The queue's lock orders the last holder's accesses before ours.
            return;
        }
        spins = 0;
        state = byte.load(Relaxed);
    }
}

/// The second look, with the queue locked (R1).
fn still_held(byte: &AtomicU8) -> bool {
    // Relaxed: PARKED is cleared under the queue's lock, which we hold.
    crate::mutant!("lock_no_second_look") || byte.load(Relaxed) == LOCKED | PARKED
}

/// Gives the lock up.
///
/// # Safety
/// The caller holds it.
#[inline(always)]
pub unsafe fn unlock(byte: &AtomicU8) {
    // Release: pairs with the acquires in `try_lock` and `lock_slow`.
    if byte.compare_exchange(LOCKED, 0, Release, Relaxed).is_err() {
        unlock_slow(byte, Fair::AfterWait);
    }
}

/// Gives the lock up; sleepers are woken without it.
///
/// # Safety
/// The caller holds it.
#[inline]
pub unsafe fn unlock_unfair(byte: &AtomicU8) {
    // Release: as in `unlock`.
    if byte.compare_exchange(LOCKED, 0, Release, Relaxed).is_err() {
        unlock_slow(byte, Fair::Never);
    }
}

/// Gives the lock up, to the longest sleeper if there is one.
///
/// # Safety
/// The caller holds it.
pub unsafe fn unlock_fair(byte: &AtomicU8) {
    // Release: as in `unlock`.
    if byte.compare_exchange(LOCKED, 0, Release, Relaxed).is_err() {
        unlock_slow(byte, Fair::Now);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fair {
    Never,
    AfterWait,
    Now,
}

#[cold]
fn unlock_slow(byte: &AtomicU8, fair: Fair) {
    if crate::mutant!("lock_clear_parked_early") {
        byte.store(0, Release);
    }
    // SAFETY: the key is the lock's own address; the closure neither panics nor parks.
    unsafe {
        parking::unpark_one(key(byte), |queue| {
            let parked = if queue.have_more { PARKED } else { 0 };
            let hand_over = fair == Fair::Now || fair == Fair::AfterWait && queue.be_fair;
            if queue.threads != 0 && hand_over {
                // Relaxed: the queue's lock hands our accesses over with the lock (R2).
                byte.store(LOCKED | parked, Relaxed);
                return HANDED_OVER;
            }
            // Release: pairs with the acquires in `try_lock` and `lock_slow`.
            if !crate::mutant!("lock_clear_parked_early") {
                byte.store(parked, Release);
            }
            0
        });
    }
}

/// Whether somebody holds the lock now.
#[must_use]
pub fn is_locked(byte: &AtomicU8) -> bool {
    byte.load(Relaxed) & LOCKED != 0
}

/// Frees a lock whose holder does not exist any more, in the child of a fork.
pub(crate) fn reset_after_fork(byte: &AtomicU8) {
    byte.store(0, Relaxed);
}

fn key(byte: &AtomicU8) -> usize {
    std::ptr::from_ref(byte) as usize
}
