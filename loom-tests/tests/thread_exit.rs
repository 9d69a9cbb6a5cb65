//! Thread exit: no decrement is lost, the queue is drained, and the next tenant of the slot owns what the last left.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::object::Handle;
use loom_tests::{Bound, assert_caught, attached, explore_bounded, world_of};

/// The owner exits while another thread drops the last reference.
#[test]
fn owner_exits() {
    explore_bounded("thread exit, against a foreign decrement", 1100, Bound::None, || {
        let (_world, mut registrations) = world_of(3);
        let owner = registrations.remove(0);
        let object = owner.with(|me| Handle::new(me.id(), 1)).unwrap();
        let theirs = object.clone();
        let handle = attached(registrations.remove(0), move |_| {
            theirs.read();
            theirs.decref();
        });
        drop(owner);
        let other = handle.join().unwrap();
        assert_eq!(object.freed(), 1);
        drop((other, registrations));
        object.release();
    });
}

/// The owner exits and a new thread takes its slot while another thread drops the last reference.
#[test]
fn slot_reused() {
    explore_bounded("thread exit, the slot's next tenant", 2800, Bound::Preemptions(5), || {
        let (world, mut registrations) = world_of(3);
        let owner = registrations.remove(0);
        let id = owner.core().id();
        let object = owner.with(|me| Handle::new(me.id(), 1)).unwrap();
        let theirs = object.clone();
        let handle = attached(registrations.remove(0), move |_| {
            theirs.read();
            theirs.decref();
        });
        drop(owner);
        let next = world.register().unwrap();
        assert_eq!(next.core().id(), id);
        next.with(|me| me.safepoint()).unwrap();
        let other = handle.join().unwrap();
        next.with(|me| me.safepoint()).unwrap();
        assert_eq!(object.freed(), 1);
        drop((next, other, registrations));
        object.release();
    });
}

#[test]
fn mutants() {
    assert_caught("exit_unlocked_gap", "owner_exits");
}
