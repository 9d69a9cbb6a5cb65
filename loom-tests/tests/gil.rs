//! The GIL: one holder, every waiter gets it, no wake-up is lost.
#![cfg(all(loom, feature = "gil"))]

use loom::cell::UnsafeCell;
use loom_tests::{assert_caught, attached, explore, world_of};
use std::sync::Arc;
use vm_core::thread::ThreadCore;

struct Plain(UnsafeCell<u32>);

// SAFETY: that the GIL orders the accesses is what the models check.
unsafe impl Sync for Plain {}
// SAFETY: as above.
unsafe impl Send for Plain {}

fn model(threads: usize, body: impl Fn(&ThreadCore, &dyn Fn()) + Clone + Send + 'static) {
    let (_world, mut registrations) = world_of(threads);
    let shared = Arc::new(Plain(UnsafeCell::new(0)));
    let touch = |shared: &Plain| {
        // SAFETY: attached; loom checks it.
        shared.0.with_mut(|data| unsafe { *data += 1 });
    };
    let mine = registrations.remove(0);
    let handles: Vec<_> = registrations
        .into_iter()
        .map(|registration| {
            let (shared, body) = (shared.clone(), body.clone());
            attached(registration, move |me| body(me, &|| touch(&shared)))
        })
        .collect();
    mine.with(|me| body(me, &|| touch(&shared))).unwrap();
    let others: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    drop((mine, others));
}

#[test]
fn switching() {
    explore("GIL, switched at safepoints", 250, || {
        model(2, |me, touch| {
            touch();
            me.safepoint();
            touch();
        });
    });
}

#[test]
fn detaching() {
    explore("GIL, released by detaching", 950, || {
        model(2, |me, touch| {
            touch();
            me.detached(|| {});
            touch();
        });
    });
}

#[test]
fn three_threads() {
    explore("GIL, three threads", 9250, || model(3, |_, touch| touch()));
}

#[test]
fn mutants() {
    assert_caught("gil_no_wake", "detaching");
    assert_caught("gil_no_wake", "switching");
}
