//! Stopping the world: no mutator runs after the stop returned, all run again after the start, several stoppers take
//! turns, and a thread that attaches meanwhile waits.
#![cfg(loom)]

use loom::cell::UnsafeCell;
#[cfg(not(feature = "gil"))]
use loom_tests::assert_caught;
use loom_tests::{attached, explore, world_of};
use std::sync::Arc;
use vm_core::thread::ThreadCore;

/// One cell for each thread: its own while it runs, the stopper's while the world is stopped.
struct Cells([UnsafeCell<u32>; 3]);

// SAFETY: that the stop orders the accesses is what the models check.
unsafe impl Sync for Cells {}
// SAFETY: as above.
unsafe impl Send for Cells {}

impl Cells {
    fn new() -> Arc<Self> {
        Arc::new(Self(std::array::from_fn(|_| UnsafeCell::new(0))))
    }

    fn touch(&self, i: usize) {
        // SAFETY: loom checks it.
        self.0[i].with_mut(|cell| unsafe { *cell += 1 });
    }

    fn touch_all(&self) {
        (0..3).for_each(|i| self.touch(i));
    }
}

fn stop(me: &ThreadCore, cells: &Cells) {
    let stopped = me.world().stop_the_world(me);
    cells.touch_all();
    stopped.start();
}

#[test]
fn mutators() {
    explore("stop the world, two mutators", 4500, || {
        let (_world, mut registrations) = world_of(3);
        let cells = Cells::new();
        let stopper = registrations.remove(0);
        let handles: Vec<_> = registrations
            .into_iter()
            .enumerate()
            .map(|(i, registration)| {
                let cells = cells.clone();
                attached(registration, move |me| {
                    cells.touch(i + 1);
                    me.safepoint();
                    cells.touch(i + 1);
                })
            })
            .collect();
        stopper.with(|me| stop(me, &cells)).unwrap();
        let others: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
        drop((stopper, others));
    });
}

#[test]
fn detaching_mutator() {
    explore("stop the world, a mutator that detaches", 150, || {
        let (_world, mut registrations) = world_of(2);
        let cells = Cells::new();
        let stopper = registrations.remove(0);
        let theirs = cells.clone();
        let handle = attached(registrations.remove(0), move |me| {
            theirs.touch(1);
            me.detached(|| {});
            theirs.touch(1);
        });
        stopper
            .with(|me| {
                stop(me, &cells);
                stop(me, &cells);
            })
            .unwrap();
        let other = handle.join().unwrap();
        drop((stopper, other));
    });
}

#[test]
fn two_stoppers() {
    explore("stop the world, two stoppers", 100, || {
        let (_world, mut registrations) = world_of(2);
        let cells = Cells::new();
        let mine = registrations.remove(0);
        let theirs = cells.clone();
        let handle = attached(registrations.remove(0), move |me| {
            theirs.touch(1);
            stop(me, &theirs);
            theirs.touch(1);
        });
        mine.with(|me| {
            cells.touch(0);
            stop(me, &cells);
            cells.touch(0);
        })
        .unwrap();
        let other = handle.join().unwrap();
        drop((mine, other));
    });
}

/// A thread registers and attaches while another stops the world.
#[test]
fn registering() {
    explore("attach against stop, a new thread", 47, || {
        let (world, mut registrations) = world_of(2);
        let cells = Cells::new();
        let stopper = registrations.remove(0);
        let theirs = cells.clone();
        let handle = loom::thread::spawn(move || {
            let registration = world.register().unwrap();
            registration.with(|_| theirs.touch(2)).unwrap();
            registration
        });
        stopper.with(|me| stop(me, &cells)).unwrap();
        let other = handle.join().unwrap();
        drop((stopper, other, registrations));
    });
}

/// A thread that waits to attach gets there although another stops the world again and again.
#[test]
fn attaching_between_stops() {
    explore("attach against stop, between stops", 100, || {
        let (_world, mut registrations) = world_of(2);
        let cells = Cells::new();
        let stopper = registrations.remove(0);
        let theirs = cells.clone();
        let handle = attached(registrations.remove(0), move |_| theirs.touch(1));
        stopper.with(|me| (0..3).for_each(|_| stop(me, &cells))).unwrap();
        let other = handle.join().unwrap();
        drop((stopper, other));
    });
}

#[cfg(not(feature = "gil"))]
#[test]
fn mutants() {
    assert_caught("stop_plain_store", "detaching_mutator");
    assert_caught("register_stale_stop", "registering");
}
