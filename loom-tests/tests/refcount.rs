//! Biased counts: freed exactly once, never used after, whoever decrements last and whatever the owner does meanwhile.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::object::Handle;
use loom_tests::{assert_caught, attached, explore, world_of};

/// The owner and `foreign` other threads each drop one reference.
fn dropped_by_all(foreign: usize, owner_detaches: bool) {
    let (_world, mut registrations) = world_of(1 + foreign);
    let owner = registrations.remove(0);
    let object = owner.with(|me| Handle::new(me.id(), 1 + foreign as u32)).unwrap();
    let handles: Vec<_> = registrations
        .into_iter()
        .map(|registration| {
            let object = object.clone();
            attached(registration, move |_| {
                object.read();
                object.decref();
            })
        })
        .collect();
    let registrations: Vec<_> = {
        let me = owner.attach().unwrap();
        object.read();
        object.decref();
        if owner_detaches {
            me.detached(|| {});
        }
        me.safepoint();
        me.detached(|| handles.into_iter().map(|handle| handle.join().unwrap().0).collect())
    };
    owner.with(|me| me.safepoint()).unwrap();
    assert_eq!(object.freed(), 1);
    drop(registrations);
    drop(owner);
    object.release();
}

#[test]
fn one_foreign_decrement() {
    explore("biased count, owner and one more", 100, || dropped_by_all(1, false));
}

#[test]
fn two_foreign_decrements() {
    explore("biased count, owner and two more", 46800, || dropped_by_all(2, false));
}

#[test]
fn owner_detached() {
    explore("biased count, the owner detaches", 350, || dropped_by_all(1, true));
}

#[test]
fn foreign_increments() {
    explore("biased count, foreign increments", 1350, || {
        let (_world, mut registrations) = world_of(2);
        let owner = registrations.remove(0);
        let object = owner.with(|me| Handle::new(me.id(), 2)).unwrap();
        let theirs = object.clone();
        let handle = attached(registrations.remove(0), move |_| {
            vm_core::refcount::incref(theirs.header());
            theirs.decref();
            theirs.read();
            theirs.decref();
        });
        let other = {
            let me = owner.attach().unwrap();
            vm_core::refcount::incref(object.header());
            object.decref();
            object.read();
            object.decref();
            me.safepoint();
            me.detached(|| handle.join().unwrap().0)
        };
        owner.with(|me| me.safepoint()).unwrap();
        assert_eq!(object.freed(), 1);
        drop(other);
        drop(owner);
        object.release();
    });
}

#[test]
fn mutants() {
    assert_caught("decref_unqueued", "two_foreign_decrements");
    assert_caught("merge_plain", "two_foreign_decrements");
}
