//! Upgrading a weak reference, and every other lock-free read of a slot: never from zero, and the end is noted once.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::object::Handle;
use loom_tests::{Bound, assert_caught, attached, explore, explore_bounded, world_of};
use vm_core::refcount;

fn model(readers: usize, weakrefable: bool) {
    let (_world, mut registrations) = world_of(1 + readers);
    let owner = registrations.remove(0);
    let object = owner
        .with(|me| {
            let object = Handle::new(me.id(), 1);
            if weakrefable {
                refcount::make_weakrefable(object.header());
            }
            object
        })
        .unwrap();
    let handles: Vec<_> = registrations
        .into_iter()
        .map(|registration| {
            let object = object.clone();
            attached(registration, move |_| {
                if object.try_incref() {
                    object.read();
                    object.decref();
                }
            })
        })
        .collect();
    let others: Vec<_> = {
        let me = owner.attach().unwrap();
        object.read();
        object.decref();
        me.safepoint();
        me.detached(|| handles.into_iter().map(|handle| handle.join().unwrap()).collect())
    };
    owner.with(|me| me.safepoint()).unwrap();
    assert_eq!(object.freed(), 1);
    drop(others);
    drop(owner);
    object.release();
}

#[test]
fn one_reader() {
    explore_bounded("weak reference upgrade, one reader, unbounded", 5050, Bound::None, || model(1, true));
}

#[test]
fn two_readers() {
    explore_bounded("weak reference upgrade, two readers", 50600, Bound::Preemptions(2), || model(2, true));
}

/// An object that was never made ready for it is not taken.
#[test]
fn not_weakrefable() {
    explore("weak reference upgrade, default state", 100, || model(1, false));
}

#[test]
fn mutants() {
    assert_caught("try_incref_from_zero", "one_reader");
    assert_caught("try_incref_from_zero", "not_weakrefable");
}
