//! Critical sections: exclusion while the top section runs, suspension by anything that waits, no deadlock.
#![cfg(all(loom, not(feature = "gil")))]

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU8;
use loom_tests::{Bound, assert_caught, attached, explore_bounded, world_of};
use std::sync::Arc;
use vm_core::lock::critical_section::{with_byte, with_bytes2};
use vm_core::thread::ThreadCore;

struct Guarded {
    byte: AtomicU8,
    data: UnsafeCell<u32>,
}

impl Guarded {
    fn new() -> Self {
        Self { byte: AtomicU8::new(0), data: UnsafeCell::new(0) }
    }

    fn add(&self) {
        // SAFETY: the caller's section holds the lock; loom checks it.
        self.data.with_mut(|data| unsafe { *data += 1 });
    }
}

struct Pair {
    a: Guarded,
    b: Guarded,
}

// SAFETY: that the sections order the accesses is what the models check.
unsafe impl Sync for Pair {}
// SAFETY: as above.
unsafe impl Send for Pair {}

fn run(first: impl Fn(&ThreadCore, &Pair) + Send + 'static, second: impl Fn(&ThreadCore, &Pair)) {
    let (_world, mut registrations) = world_of(2);
    let mine = registrations.remove(0);
    let pair = Arc::new(Pair { a: Guarded::new(), b: Guarded::new() });
    let theirs = pair.clone();
    let handle = attached(registrations.remove(0), move |me| first(me, &theirs));
    mine.with(|me| second(me, &pair)).unwrap();
    let other = handle.join().unwrap();
    drop((mine, other));
}

/// Each thread locks one object, then the other, in its own order.
#[test]
fn nested_in_opposite_order() {
    explore_bounded("critical sections, nested in opposite order", 1200, Bound::Preemptions(4), || {
        run(
            |me, pair| {
                with_byte(me, &pair.a.byte, || {
                    pair.a.add();
                    with_byte(me, &pair.b.byte, || pair.b.add());
                    // The section below the one that is gone has its lock again.
                    pair.a.add();
                });
            },
            |me, pair| {
                with_byte(me, &pair.b.byte, || {
                    pair.b.add();
                    with_byte(me, &pair.a.byte, || pair.a.add());
                    pair.b.add();
                });
            },
        );
    });
}

/// Both threads take both objects at once.
#[test]
fn two_at_once() {
    explore_bounded("critical sections, two objects at once", 36, Bound::None, || {
        run(
            |me, pair| {
                with_bytes2(me, &pair.a.byte, &pair.b.byte, || {
                    pair.a.add();
                    pair.b.add();
                });
            },
            |me, pair| {
                with_bytes2(me, &pair.b.byte, &pair.a.byte, || {
                    pair.b.add();
                    pair.a.add();
                });
            },
        );
    });
}

/// One thread waits, detached and inside its section, until the other has been in a section with the same object.
#[test]
fn released_on_detach() {
    explore_bounded("critical sections, released on detach", 500, Bound::Preemptions(5), || {
        let event = Arc::new(vm_core::lock::RawEvent::new());
        let set = event.clone();
        run(
            move |me, pair| {
                with_byte(me, &pair.a.byte, || pair.a.add());
                set.set();
            },
            move |me, pair| {
                with_byte(me, &pair.a.byte, || {
                    pair.a.add();
                    let _ = event.wait(me, None, false);
                    pair.a.add();
                });
            },
        );
    });
}

/// A stopper needs no lock of a thread that it stopped, and that thread has its lock again afterwards.
#[test]
fn stopped_inside() {
    explore_bounded("critical sections, stopped inside", 750, Bound::Preemptions(5), || {
        run(
            |me, pair| {
                let stopped = me.world().stop_the_world(me);
                with_byte(me, &pair.a.byte, || pair.a.add());
                stopped.start();
            },
            |me, pair| {
                with_byte(me, &pair.a.byte, || {
                    pair.a.add();
                    me.safepoint();
                    pair.a.add();
                });
            },
        );
    });
}

#[test]
fn mutants() {
    assert_caught("section_keep_lock", "released_on_detach");
    assert_caught("section_keep_lock", "nested_in_opposite_order");
}
