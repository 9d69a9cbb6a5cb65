//! The runtime's mutex: exclusion, no lost wake-up although sleepers are woken without the lock, and a stopper that finds
//! it free.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::{all_attached, assert_caught, explore, world_of};
use std::sync::Arc;
use vm_core::lock::RawMutex;
use vm_core::thread::ThreadCore;

fn model(threads: usize, body: impl Fn(&ThreadCore, &RawMutex<u32>) + Clone + Send + 'static, expected: u32) {
    let (_world, mut registrations) = world_of(threads);
    let table = Arc::new(RawMutex::new(0));
    let mine = registrations.remove(0);
    let handles = all_attached(registrations, &table, body.clone());
    mine.with(|me| body(me, &table)).unwrap();
    let others: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(*table.lock(), expected);
    drop((mine, others));
}

#[test]
fn two_threads() {
    explore("runtime's mutex, two threads", 150, || {
        model(
            2,
            |_, table| {
                *table.lock() += 1;
                *table.lock() += 1;
            },
            4,
        );
    });
}

#[test]
fn three_threads() {
    explore("runtime's mutex, three threads", 3000, || model(3, |_, table| *table.lock() += 1, 3));
}

/// A thread that has stopped the world takes it without waiting.
#[test]
fn stopper() {
    explore("runtime's mutex, a stopper", 3000, || {
        model(
            2,
            |me, table| {
                *table.lock() += 1;
                let stopped = me.world().stop_the_world(me);
                *table.try_lock().expect("nobody is stopped with it") += 1;
                stopped.start();
            },
            4,
        );
    });
}

#[test]
fn mutants() {
    assert_caught("raw_mutex_lock_detached", "stopper");
}
