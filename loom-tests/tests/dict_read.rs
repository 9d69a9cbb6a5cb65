//! A dict that is read while it changes: a reader sees the old or the new value of a key, never a freed object, never the
//! value of another key, and never misses a key that is there all the time.
#![cfg(all(loom, not(feature = "gil")))]

use loom_tests::object::Handle;
use loom_tests::{all_attached, assert_caught, attached, explore, world_of};
use std::sync::Arc;
use vm_core::Value;
use vm_core::container::dict::{DictCore, Place};
use vm_core::thread::ThreadCore;

/// Keys and values: immediate integers whose hash is their number.
fn int(n: i64) -> Value {
    Value::small_int(n).expect("a small integer")
}

fn get(dict: &DictCore, key: i64) -> Option<Option<Value>> {
    dict.read(key, int(key).identity(), |_| Some(false))
}

fn insert(me: &ThreadCore, dict: &DictCore, key: i64, value: Value) {
    let Ok(old) = dict.insert_locked(int(key), key, value) else { panic!("no memory") };
    DictCore::retire(me, old);
    me.flush_retired();
}

fn place(dict: &DictCore, key: i64) -> (usize, usize) {
    match dict.find_locked(key, int(key).identity(), |_| Some(false)) {
        Ok(Place::Found { slot, entry }) => (slot, entry),
        _ => panic!("the key is there"),
    }
}

/// A dict of immediates, a writer that is its only one, and readers.
fn model(
    readers: usize,
    writer: impl Fn(&ThreadCore, &DictCore) + Send + 'static,
    reader: impl Fn(&ThreadCore, &DictCore) + Send + Clone + 'static,
) {
    let (_world, mut registrations) = world_of(1 + readers);
    let dict = Arc::new(DictCore::with_capacity(1));
    let first = registrations.remove(0);
    first
        .with(|me| {
            insert(me, &dict, 1, int(10));
        })
        .expect("attached");
    let handles = all_attached(registrations, &dict, reader);
    first.with(|me| writer(me, &dict)).expect("attached");
    for handle in handles {
        handle.join().expect("no panic");
    }
}

/// The table is replaced by a larger one: the key that was there is found all the time, the new one with its own value.
#[test]
fn resize() {
    explore("dict, a read while it grows", 25000, || {
        model(
            1,
            |me, dict| {
                insert(me, dict, 2, int(20));
                me.safepoint();
            },
            |_, dict| {
                match get(dict, 2) {
                    Some(Some(value)) => assert_eq!(value.as_small_int(), Some(20), "another key's value"),
                    Some(None) | None => {}
                }
                let old = get(dict, 1).expect("one change in eight looks");
                assert_eq!(old.and_then(|v| v.as_small_int()), Some(10), "a key that is there is missing");
            },
        );
    });
}

/// A key is deleted and set again, which takes another entry: the reader never sees a mixed one.
#[test]
fn delete_and_insert() {
    explore("dict, a read while a key is deleted and another set", 60000, || {
        model(
            1,
            |me, dict| {
                let (slot, entry) = place(dict, 1);
                let _taken = dict.remove_locked(slot, entry);
                // The same chain of index slots.
                insert(me, dict, 5, int(50));
                me.safepoint();
            },
            |_, dict| {
                if let Some(Some(value)) = get(dict, 1) {
                    assert_eq!(value.as_small_int(), Some(10), "another key's value");
                }
            },
        );
    });
}

/// A counted value is replaced and dropped while it is read, and its memory becomes another object: whoever gets a value
/// from the dict has one that was there.
#[test]
fn replaced_value() {
    explore("dict, a read while its value is replaced", 90000, || {
        let (_world, mut registrations) = world_of(2);
        let dict = Arc::new(DictCore::with_capacity(1));
        let reader = registrations.pop().expect("two");
        let writer = registrations.pop().expect("two");
        let object = writer
            .with(|me| {
                let object = Handle::new(me.owner_id(), 1);
                vm_core::refcount::make_weakrefable(object.header());
                // SAFETY: the dict takes the object's one reference over.
                let value = unsafe { Value::from_owned_ptr(std::ptr::NonNull::from(object.header())) };
                insert(me, &dict, 1, value);
                object
            })
            .expect("attached");
        let shared = dict.clone();
        let reading = attached(reader, move |_| {
            if let Some(Some(value)) = get(&shared, 1)
                && value.is_heap()
            {
                // SAFETY: the only object of this model.
                unsafe { Handle::read_at(value.heap_ptr()) };
            }
        });
        writer
            .with(|me| {
                let (_, entry) = place(&dict, 1);
                drop(dict.replace_locked(entry, int(11)));
                // If not, the reader has it.
                if object.renew(me.owner_id()) {
                    vm_core::refcount::make_weakrefable(object.header());
                    object.decref();
                }
                me.safepoint();
            })
            .expect("attached");
        let (reader, ()) = reading.join().expect("no panic");
        writer.with(|me| me.safepoint()).expect("attached");
        drop(reader);
        drop(writer);
        assert_eq!(object.freed(), 1, "freed once nobody has it");
        object.release();
    });
}

#[test]
fn mutants() {
    assert_caught("dict_free_at_once", "resize");
    assert_caught("dict_publish_unfilled", "resize");
    assert_caught("slot_one_look", "replaced_value");
    assert_caught("weakrefable_relaxed", "replaced_value");
}
