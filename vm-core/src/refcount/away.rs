//! Counts that a thread keeps by itself of deferred objects that another thread owns, and the finding of objects whose
//! shared counts are contended.
//!
//! Classes, functions and modules are used by all threads. If each of them counted the references that it stores in
//! `Header::shared`, that word's cache line would travel at every call. A deferred object's count is read by the collector
//! alone, so a thread notes its part in a small table of its own, which the collector empties when it has stopped the world.
//!
//! # Rules
//!
//! R1 (away). A table is touched by its attached thread, by whoever stopped the world, or in the child of a fork.
//! R2 (away). An object with an entry that is not zero is deferred, and stays so until the collector, with the world stopped
//!     and all tables empty, finds it to be garbage (`make_counted`). So an entry never outlives its object.
//! R3 (away). Tables are emptied before the collector reads a count, and before a thread leaves its slot.
//! R4 (away). An object that two threads besides its owner are found to count again and again becomes deferred, and so is
//!     freed by the collector alone: only where nobody can tell the moment of its end, that is, no finalizer, no weak
//!     reference. A thread that exits asks for a collection if there are new ones, since such objects tend to end with it.
use super::biased;
use crate::object::header::{Header, flags};
use crate::object::layout::type_flags;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::cell::UnsafeCell;
use crate::thread;
use std::ptr;

/// Entries of a table: more than the objects that an inner loop uses.
const ENTRIES: usize = if cfg!(loom) { 1 } else { 1024 };
/// Objects that are watched for contention at a time.
const WATCHED: usize = if cfg!(loom) { 1 } else { 512 };
/// Increments by one thread, with no other object between in the entry, after which the object is suspected.
const SUSPECT: i32 = 512;
/// Suspects that a VM remembers.
const SUSPECTS: usize = if cfg!(loom) { 1 } else { 512 };

/// An object, and what was counted of it.
#[derive(Clone, Copy)]
struct Counted {
    object: *const Header,
    count: i32,
}

impl Counted {
    /// Gives the object what was counted.
    fn flush(&mut self) {
        let count = std::mem::take(&mut self.count);
        if count != 0 {
            // SAFETY: R2 (away): the object lives.
            let shared = unsafe { &(*self.object).shared };
            // Relaxed: nobody frees the object before the world has stopped, which orders everything.
            shared.fetch_add(count * biased::ONE, Ordering::Relaxed);
        }
    }
}

/// A thread's table.
pub(crate) struct AwayCounts {
    entries: [UnsafeCell<Counted>; ENTRIES],
    watched: [UnsafeCell<Counted>; WATCHED],
}

impl AwayCounts {
    pub(crate) fn new() -> AwayCounts {
        let empty = |_| UnsafeCell::new(Counted { object: ptr::null(), count: 0 });
        AwayCounts { entries: std::array::from_fn(empty), watched: std::array::from_fn(empty) }
    }

    /// Counts `n` more references to a deferred object.
    #[inline]
    pub(crate) fn add(&self, h: &Header, n: i32) {
        self.entries[slot_of(h, ENTRIES)].with_mut(|entry| {
            // SAFETY: R1 (away).
            let entry = unsafe { &mut *entry };
            if !ptr::eq(entry.object, h) {
                entry.flush();
                entry.object = h;
            }
            entry.count += n;
        });
    }

    /// Notes an atomic increment.
    #[inline]
    pub(crate) fn watch(&self, h: &Header) {
        let count = self.watched[slot_of(h, WATCHED)].with_mut(|entry| {
            // SAFETY: R1 (away).
            let entry = unsafe { &mut *entry };
            if !ptr::eq(entry.object, h) {
                *entry = Counted { object: h, count: 0 };
            }
            let count = entry.count + 1;
            entry.count = count % SUSPECT;
            count
        });
        if count == SUSPECT {
            suspect(h);
        }
    }

    /// Gives all objects what the table counted (R3 (away)).
    pub(crate) fn flush(&self) {
        for entry in &self.entries {
            // SAFETY: R1 (away).
            entry.with_mut(|entry| unsafe { (*entry).flush() });
        }
    }
}

#[inline(always)]
fn slot_of(h: &Header, slots: usize) -> usize {
    let address = ptr::from_ref(h).addr();
    (address >> 4 ^ address >> 12) % slots
}

/// Objects that some thread counted again and again, each with the thread; of a VM.
#[derive(Debug)]
pub(crate) struct Suspects {
    /// Address and thread; a later suspect replaces an earlier one.
    found: [AtomicU64; SUSPECTS],
    /// Objects were deferred since a thread last asked for a collection because of them.
    pub(crate) deferred: AtomicBool,
}

impl Suspects {
    pub(crate) fn new() -> Suspects {
        Suspects { found: std::array::from_fn(|_| AtomicU64::new(0)), deferred: AtomicBool::new(false) }
    }
}

/// This thread counts an object of another again and again, and has a reference to it. If another thread does so too, the count
/// is contended.
#[cold]
#[inline(never)]
fn suspect(h: &Header) {
    let Some(me) = thread::current() else { return };
    let suspects = &me.world().suspects;
    let address = ptr::from_ref(h).addr() as u64;
    let mine = address << 16 | u64::from(me.id());
    // Relaxed: a hint.
    let before = suspects.found[slot_of(h, SUSPECTS)].swap(mine, Ordering::Relaxed);
    if before == mine || before >> 16 != mine >> 16 {
        return;
    }
    let observed = h.type_core().flags() & type_flags::HAS_FINALIZER != 0;
    if !observed && !h.has_flag(flags::WEAKREFS | flags::UNTRACKED | flags::GC_MARK) {
        biased::make_deferred(h);
        suspects.deferred.store(true, Ordering::Relaxed);
    }
}
