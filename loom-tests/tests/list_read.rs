//! A list that is read while it changes: an index below the length that a reader has seen has an item, and arrays that readers
//! look at are not freed.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::{Bound, all_attached, assert_caught, explore, explore_bounded, world_of};
use std::sync::Arc;
use vm_core::Value;
use vm_core::container::list::ListCore;
use vm_core::container::list_items::Items;
use vm_core::thread::ThreadCore;

fn int(n: i64) -> Value {
    Value::small_int(n).expect("a small integer")
}

fn push(me: &ThreadCore, list: &ListCore, n: i64) {
    let Ok(old) = list.push_locked(false, int(n)) else { panic!("no memory") };
    ListCore::retire(me, old);
    me.flush_retired();
}

/// A list of `room` slots in which `n` have an item, the item being its place.
fn model(
    room: usize,
    n: i64,
    readers: usize,
    writer: impl Fn(&ThreadCore, &ListCore) + Send + 'static,
    reader: impl Fn(&ThreadCore, &ListCore) + Send + Clone + 'static,
) {
    let (_world, mut registrations) = world_of(1 + readers);
    let list = Arc::new(ListCore::new());
    list.fill(Items::allocate(room).expect("memory"), (0..n).map(int).collect());
    let first = registrations.remove(0);
    let handles = all_attached(registrations, &list, reader);
    first.with(|me| writer(me, &list)).expect("attached");
    for handle in handles {
        handle.join().expect("no panic");
    }
}

/// Reads the last item of the length that was seen.
fn read_last(_: &ThreadCore, list: &ListCore) {
    let n = list.len();
    let read = list.read(n - 1).expect("an item below the length is initialised");
    assert_eq!(read.and_then(|v| v.as_small_int()), Some(n as i64 - 1), "another item");
}

/// There is room.
#[test]
fn append() {
    explore_bounded("list, a read while one appends", 9, Bound::None, || {
        model(2, 1, 1, |me, list| push(me, list, 1), read_last);
    });
}

/// The array is replaced by a larger one.
#[test]
fn growth() {
    explore("list, a read while it grows", 15000, || {
        model(
            1,
            1,
            1,
            |me, list| {
                push(me, list, 1);
                me.safepoint();
            },
            |me, list| {
                read_last(me, list);
                read_last(me, list);
            },
        );
    });
}

/// An item is taken out: the others move, and no reader sees what never was in the list.
#[test]
fn removal() {
    explore_bounded("list, a read while an item is taken out", 15, Bound::None, || {
        model(
            3,
            3,
            1,
            |me, list| {
                let (taken, old) = list.remove_locked(false, 0).expect("three items");
                assert_eq!(taken.as_small_int(), Some(0));
                ListCore::retire(me, old);
                me.safepoint();
            },
            |_, list| {
                if let Some(Some(value)) = list.read(1) {
                    assert!(matches!(value.as_small_int(), Some(1 | 2)), "not an item of that place");
                }
            },
        );
    });
}

#[test]
fn mutants() {
    assert_caught("list_length_first", "append");
    assert_caught("list_publish_unfilled", "growth");
    assert_caught("list_free_at_once", "growth");
}
