//! Reclamation: nothing is freed that a reader which could still find it may be looking at.
#![cfg(all(loom, not(feature = "gil")))]

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use loom_tests::{Bound, all_attached, assert_caught, explore, explore_bounded, world_of};
use std::sync::Arc;
use vm_core::thread::ThreadCore;

struct Node {
    value: UnsafeCell<u32>,
    freed: Arc<AtomicUsize>,
}

struct Slot(AtomicPtr<Node>);

fn node(value: u32, freed: &Arc<AtomicUsize>) -> *mut Node {
    Box::into_raw(Box::new(Node { value: UnsafeCell::new(value), freed: freed.clone() }))
}

/// Loom sees whoever reads concurrently; the memory itself stays, so that it can.
unsafe fn drop_node(raw: *mut u8) {
    // SAFETY: retired by `replace` as a node.
    let node = unsafe { &*raw.cast::<Node>() };
    // SAFETY: loom checks it.
    node.value.with_mut(|value| unsafe { *value = 0xdead });
    node.freed.fetch_add(1, Ordering::Relaxed);
}

fn read(slot: &Slot) {
    // Acquire pairs with the publication in `replace` and in the models.
    let node = unsafe { &*slot.0.load(Ordering::Acquire) };
    // SAFETY: loom checks it.
    node.value.with(|value| assert_ne!(unsafe { *value }, 0xdead, "used after free"));
}

fn replace(me: &ThreadCore, slot: &Slot, with: *mut Node) -> *mut Node {
    let old = slot.0.swap(with, Ordering::AcqRel);
    // SAFETY: unlinked above.
    unsafe { me.retire(old.cast(), 64, drop_node) };
    me.flush_retired();
    old
}

fn model(readers: usize, reader: impl Fn(&ThreadCore, &Slot) + Send + Clone + 'static) {
    let (_world, mut registrations) = world_of(1 + readers);
    let freed = Arc::new(AtomicUsize::new(0));
    let slot = Arc::new(Slot(AtomicPtr::new(node(1, &freed))));
    let writer = registrations.remove(0);
    let handles = all_attached(registrations, &slot, reader);
    let old = writer
        .with(|me| {
            let old = replace(me, &slot, node(2, &freed));
            me.safepoint();
            old
        })
        .unwrap();
    let others: Vec<_> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    writer
        .with(|me| {
            me.flush_retired();
            me.safepoint();
        })
        .unwrap();
    assert_eq!(freed.load(Ordering::Relaxed), 1, "freed when nobody reads any more");
    drop(others);
    drop(writer);
    // SAFETY: made by `node`; all is over.
    unsafe {
        drop(Box::from_raw(old));
        drop(Box::from_raw(slot.0.load(Ordering::Relaxed)));
    }
}

/// The reader attaches at any moment.
#[test]
fn attaching_reader() {
    explore("QSBR, a reader that attaches", 1950, || model(1, |_, slot| read(slot)));
}

/// The reader passes a safepoint between two reads.
#[test]
fn reader_at_safepoint() {
    explore("QSBR, a reader at a safepoint", 4500, || {
        model(1, |me, slot| {
            read(slot);
            me.safepoint();
            read(slot);
        });
    });
}

/// Two readers.
#[test]
fn two_readers() {
    explore_bounded("QSBR, two readers", 20250, Bound::Preemptions(2), || model(2, |_, slot| read(slot)));
}

#[test]
fn mutants() {
    assert_caught("qsbr_goal_too_low", "reader_at_safepoint");
    assert_caught("qsbr_attach_unseen", "attaching_reader");
}
