//! Counts of deferred objects in the tables of other threads: the collector, with the world stopped, sees them all.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::object::Handle;
use loom_tests::{assert_caught, attached, explore, world_of};
use vm_core::refcount;

/// Two threads count an object of a third, and a collection looks at the count meanwhile and at the end.
#[test]
fn counted_by_two() {
    explore("away counts, two threads and a stop", 6000, || {
        let (_world, mut registrations) = world_of(3);
        let owner = registrations.remove(0);
        let object = owner
            .with(|me| {
                let object = Handle::new(me.id(), 3);
                refcount::make_deferred(object.header());
                object
            })
            .unwrap();
        let handles: Vec<_> = registrations
            .into_iter()
            .map(|registration| {
                let object = object.clone();
                attached(registration, move |me| {
                    refcount::incref(object.header());
                    me.safepoint();
                    object.decref();
                    object.decref();
                })
            })
            .collect();
        let me = owner.attach().unwrap();
        let stopped = me.world().stop_the_world(&me);
        stopped.flush_away_counts();
        let seen = refcount::count(object.header());
        stopped.start();
        assert!((1..=5).contains(&seen), "{seen} references");
        let registrations: Vec<_> =
            me.detached(|| handles.into_iter().map(|handle| handle.join().unwrap().0).collect());
        let stopped = me.world().stop_the_world(&me);
        stopped.flush_away_counts();
        assert_eq!(refcount::count(object.header()), 1);
        stopped.start();
        drop(me);
        drop(registrations);
        drop(owner);
        assert_eq!(object.freed(), 0);
        object.release();
    });
}

/// A thread that exits leaves nothing in its table.
#[test]
fn counted_before_exit() {
    explore("away counts, thread exit", 690, || {
        let (_world, mut registrations) = world_of(2);
        let owner = registrations.remove(0);
        let object = owner
            .with(|me| {
                let object = Handle::new(me.id(), 2);
                refcount::make_deferred(object.header());
                object
            })
            .unwrap();
        let (theirs, other) = (object.clone(), registrations.remove(0));
        let handle = loom::thread::spawn(move || {
            other.with(|_| theirs.decref()).unwrap();
            drop(other);
        });
        let count = || {
            let look = |me: &vm_core::thread::ThreadCore| {
                let stopped = me.world().stop_the_world(me);
                stopped.flush_away_counts();
                let count = refcount::count(object.header());
                stopped.start();
                count
            };
            owner.with(look).unwrap()
        };
        let seen = count();
        assert!((1..=2).contains(&seen), "{seen} references");
        handle.join().unwrap();
        assert_eq!(count(), 1);
        drop(owner);
        object.release();
    });
}

#[test]
fn mutants() {
    assert_caught("exit_unflushed", "counted_before_exit");
}
