//! The only thread takes no locks; when a second one comes, it has them before the second can touch anything.
#![cfg(all(loom, not(feature = "gil")))]

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU8;
use loom_tests::{Bound, assert_caught, attached, explore_bounded};
use std::sync::Arc;
use vm_core::lock::critical_section::with_byte;
use vm_core::thread::ThreadCore;
use vm_core::world::World;

struct Guarded {
    byte: AtomicU8,
    data: UnsafeCell<u32>,
}

// SAFETY: that the hand-over orders the accesses is what the models check.
unsafe impl Sync for Guarded {}
// SAFETY: as above.
unsafe impl Send for Guarded {}

impl Guarded {
    fn new() -> Arc<Self> {
        Arc::new(Self { byte: AtomicU8::new(0), data: UnsafeCell::new(0) })
    }

    fn add(&self) {
        // SAFETY: loom checks it.
        self.data.with_mut(|data| unsafe { *data += 1 });
    }

    fn section(&self, me: &ThreadCore, inside: impl FnOnce()) {
        with_byte(me, &self.byte, || {
            self.add();
            inside();
            self.add();
        });
    }
}

/// Another thread registers from outside while the only one is in a section.
#[test]
fn from_outside() {
    explore_bounded("solo, a second thread from outside", 1550, Bound::Preemptions(5), || {
        let world = World::new();
        let first = world.register().unwrap();
        let shared = Guarded::new();
        let theirs = shared.clone();
        let me = first.attach().unwrap();
        let handle = loom::thread::spawn(move || {
            let registration = world.register().unwrap();
            registration.with(|me| theirs.section(me, || {})).unwrap();
            registration
        });
        shared.section(&me, || {
            me.safepoint();
        });
        let second = me.detached(|| handle.join().unwrap());
        drop(me);
        drop((second, first));
    });
}

/// The only thread itself starts the second, inside a section.
#[test]
fn from_inside() {
    explore_bounded("solo, a second thread from inside", 12, Bound::None, || {
        let world = World::new();
        let first = world.register().unwrap();
        let shared = Guarded::new();
        let me = first.attach().unwrap();
        let mut handle = None;
        shared.section(&me, || {
            let registration = world.register().unwrap();
            let theirs = shared.clone();
            handle = Some(attached(registration, move |me| theirs.section(me, || {})));
        });
        let second = me.detached(|| handle.map(|handle| handle.join().unwrap()));
        drop(me);
        drop((second, first));
    });
}

/// The second thread exits, and the first is alone again, while a third comes.
#[test]
fn alone_again() {
    explore_bounded("solo, alone again while a third comes", 600, Bound::Preemptions(4), || {
        let world = World::new();
        let first = world.register().unwrap();
        let second = world.register().unwrap();
        let shared = Guarded::new();
        second.with(|me| shared.section(me, || {})).unwrap();
        drop(second);
        let theirs = shared.clone();
        let me = first.attach().unwrap();
        let handle = loom::thread::spawn(move || {
            let registration = world.register().unwrap();
            registration.with(|me| theirs.section(me, || {})).unwrap();
            registration
        });
        me.safepoint();
        shared.section(&me, || {});
        let third = me.detached(|| handle.join().unwrap());
        drop(me);
        drop((third, first));
    });
}

#[test]
fn mutants() {
    assert_caught("solo_no_stop", "from_outside");
    assert_caught("solo_sections_stay", "from_inside");
}
