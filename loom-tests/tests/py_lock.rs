//! The lock and the event under Python's: exclusion, no lost wake-up, interruption.
#![cfg(all(loom, not(feature = "gil")))]

use loom::cell::UnsafeCell;
use loom_tests::{Bound, assert_caught, attached, explore, explore_bounded, world_of};
use std::sync::Arc;
use vm_core::lock::{Acquired, RawEvent, RawPyLock};
use vm_core::sync::parking;
use vm_core::thread::ThreadCore;

struct Shared {
    lock: RawPyLock,
    data: UnsafeCell<u32>,
}

// SAFETY: that the lock orders the accesses is what the models check.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self { lock: RawPyLock::new(), data: UnsafeCell::new(0) })
    }

    fn locked(&self, me: &ThreadCore) {
        assert_eq!(self.lock.acquire(me, None, false), Acquired::Acquired);
        // SAFETY: locked; loom checks it.
        self.data.with_mut(|data| unsafe { *data += 1 });
        self.lock.release().unwrap();
    }
}

fn model(threads: usize) {
    let (_world, mut registrations) = world_of(threads);
    let shared = Shared::new();
    let mine = registrations.remove(0);
    let handles: Vec<_> = registrations
        .into_iter()
        .map(|registration| {
            let shared = shared.clone();
            attached(registration, move |me| shared.locked(me))
        })
        .collect();
    mine.with(|me| shared.locked(me)).unwrap();
    let others: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    drop((mine, others));
}

#[test]
fn barging() {
    explore_bounded("Python's lock", 49, Bound::None, || model(2));
}

#[test]
fn handing_over() {
    explore_bounded("Python's lock, handed over", 49, Bound::None, || {
        parking::set_fair(true);
        model(2);
        parking::set_fair(false);
    });
}

#[test]
fn three_threads() {
    explore("Python's lock, three threads", 8150, || model(3));
}

/// A waiter is interrupted while the holder releases: whoever waits behind it is woken.
#[test]
fn interrupted() {
    explore_bounded("Python's lock, interrupted", 12, Bound::None, || {
        let (_world, mut registrations) = world_of(2);
        let shared = Shared::new();
        let mine = registrations.remove(0);
        assert!(shared.lock.try_acquire());
        let theirs = shared.clone();
        let waiter = registrations.remove(0);
        let core = std::ptr::from_ref(waiter.core()) as usize;
        let handle = attached(waiter, move |me| match theirs.lock.acquire(me, None, true) {
            Acquired::Acquired => theirs.lock.release().unwrap(),
            Acquired::Interrupted => {}
            Acquired::TimedOut => panic!("no deadline was given"),
        });
        // SAFETY: a slot lives as long as its world.
        unsafe { (*(core as *const ThreadCore)).interrupt() };
        let other = handle.join().unwrap();
        shared.lock.release().unwrap();
        mine.with(|me| shared.locked(me)).unwrap();
        drop((mine, other));
    });
}

#[test]
fn event() {
    explore_bounded("event", 31, Bound::None, || {
        let (_world, mut registrations) = world_of(2);
        let event = Arc::new(RawEvent::new());
        let mine = registrations.remove(0);
        let theirs = event.clone();
        let handle = attached(registrations.remove(0), move |_| theirs.set());
        mine.with(|me| assert_eq!(event.wait(me, None, false), Acquired::Acquired)).unwrap();
        let other = handle.join().unwrap();
        drop((mine, other));
    });
}

#[test]
fn mutants() {
    assert_caught("py_lock_no_wake", "barging");
}
