//! Inline caches against classes that change: while the version matches, what a cache keeps is that version's; a word that
//! goes by the shape alone does not outlive the change that made it wrong.
#![cfg(all(loom, not(feature = "gil")))]

use loom::sync::atomic::{AtomicU64, Ordering};
use loom_tests::{Bound, assert_caught, attached, explore, explore_bounded, world_of};
use std::sync::Arc;
use vm_core::version::{EMPTY, Version, fill};

/// A class with one attribute, whose value is the number of its version.
#[derive(Default)]
struct Class {
    version: Version,
    value: AtomicU64,
}

impl Class {
    fn change(&self, to: u32) {
        // Relaxed: what orders it is the version.
        self.value.store(to.into(), Ordering::Relaxed);
        self.version.raise(to);
    }
}

/// One thread changes the class, another fills a cache, a third uses it.
#[test]
fn record() {
    explore_bounded("inline cache, record against change", 350, Bound::None, || {
        let class = Arc::new(Class::default());
        class.change(1);
        let site = Arc::new(AtomicU64::new(EMPTY));
        let changer = {
            let class = class.clone();
            loom::thread::spawn(move || class.change(2))
        };
        let filler = {
            let (class, site) = (class.clone(), site.clone());
            loom::thread::spawn(move || {
                let version = class.version.get();
                let value = class.value.load(Ordering::Relaxed);
                // Release as the interpreter's records.
                site.store(u64::from(version) << 32 | value, Ordering::Release);
            })
        };
        let record = site.load(Ordering::Acquire);
        let (version, value) = ((record >> 32) as u32, record as u32);
        if record != EMPTY && class.version.is(version) {
            assert!(value >= version, "an old value with the version of a new one");
        }
        changer.join().expect("no panic");
        filler.join().expect("no panic");
    });
}

/// A word without a version: the filler looks, passes a safepoint, and fills; the changer stops the world to empty the site.
#[test]
fn slot_word() {
    explore("inline cache, slot word against flush", 600, || {
        let (world, mut registrations) = world_of(2);
        let class = Arc::new(Class::default());
        class.change(1);
        let site = Arc::new(AtomicU64::new(EMPTY));
        let filler = {
            let (class, site) = (class.clone(), site.clone());
            attached(registrations.remove(0), move |me| {
                let seen = class.version.get();
                if class.value.load(Ordering::Relaxed) == 1 {
                    // As a lookup that has to wait for a lock.
                    me.safepoint();
                    fill(&site, 7, &class.version, seen);
                }
            })
        };
        let changer = registrations.remove(0);
        changer
            .with(|me| {
                class.change(2);
                let stopped = world.stop_the_world(me);
                site.store(EMPTY, Ordering::Relaxed);
                drop(stopped);
            })
            .expect("attached");
        let (filler, ()) = filler.join().expect("no panic");
        assert_eq!(site.load(Ordering::Acquire), EMPTY, "a word that the change made wrong");
        drop((filler, changer));
    });
}

#[test]
fn mutants() {
    assert_caught("version_before_value", "record");
    assert_caught("fill_no_second_look", "slot_word");
}
