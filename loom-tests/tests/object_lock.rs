//! The one-byte lock: exclusion, and no lost wake-up (loom reports a thread that sleeps for ever).
#![cfg(loom)]

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU8;
use loom::thread;
use loom_tests::{Bound, assert_caught, explore, explore_bounded};
use std::sync::Arc;
use vm_core::lock::byte_lock;
use vm_core::sync::parking;

struct Shared {
    byte: AtomicU8,
    data: UnsafeCell<u32>,
}

// SAFETY: that the lock orders the accesses is what the model checks.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

fn locked(shared: &Shared) {
    if !byte_lock::try_lock(&shared.byte) {
        byte_lock::lock_slow(&shared.byte);
    }
    // SAFETY: locked; loom checks it.
    shared.data.with_mut(|data| unsafe { *data += 1 });
    // SAFETY: locked above.
    unsafe { byte_lock::unlock(&shared.byte) }
}

fn model(threads: usize, rounds: usize) {
    let shared = Arc::new(Shared { byte: AtomicU8::new(0), data: UnsafeCell::new(0) });
    let handles: Vec<_> = (1..threads)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || (0..rounds).for_each(|_| locked(&shared)))
        })
        .collect();
    (0..rounds).for_each(|_| locked(&shared));
    for handle in handles {
        handle.join().unwrap();
    }
    // SAFETY: everybody else is gone.
    shared.data.with(|data| assert_eq!(unsafe { *data }, (threads * rounds) as u32));
}

#[test]
fn two_threads_unbounded() {
    explore_bounded("object lock, two threads, unbounded", 36, Bound::None, || model(2, 1));
}

#[test]
fn barging() {
    explore("object lock, three threads", 3000, || model(3, 1));
}

#[test]
fn handing_over() {
    explore("object lock, three threads, handed over", 2100, || {
        parking::set_fair(true);
        model(3, 1);
        parking::set_fair(false);
    });
}

#[test]
fn mutants() {
    assert_caught("lock_no_second_look", "barging");
    assert_caught("lock_clear_parked_early", "barging");
}
