//! Side tables, marking and trial deletion. The rules are in `gc`.

use crate::object::header::{Header, flags};
use crate::object::heap::{self, Page};
use crate::object::layout::{self, type_flags};
use crate::refcount;
use crate::value::Value;
use crate::world::{StoppedWorld, World};
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::{NonNull, null_mut};

/// Not the collector's: dead, not a container, frozen, or not in question.
const SKIP: i32 = i32::MIN;
/// Held from outside.
const REACHABLE: i32 = i32::MIN + 1;

/// An entry for each block of a page.
type Table = Box<[Cell<i32>]>;

/// The collector's view of the heap while the world is stopped: for each object in question, the references to it that are
/// not accounted for.
pub(super) struct Tables<'a> {
    world: &'a World,
    pages: Vec<(NonNull<Page>, Table)>,
    large: HashMap<NonNull<Header>, Cell<i32>>,
    work: Vec<NonNull<Header>>,
}

impl<'a> Tables<'a> {
    /// Every container of the VM is in question.
    pub(super) fn of_heap(stopped: &'a StoppedWorld<'_>) -> Self {
        let mut tables = Self::empty(stopped);
        let mut containers = Vec::new();
        // SAFETY: R1: the world is stopped.
        unsafe {
            tables.world.heap.for_each_block(|object| {
                if is_container(object) {
                    containers.push(object);
                }
            });
        }
        for object in containers {
            // SAFETY: a live block.
            let header = unsafe { object.as_ref() };
            if refcount::biased::is_immortal(header) {
                tables.insert(object, REACHABLE);
                tables.work.push(object);
                continue;
            }
            tables.insert(object, clamp(refcount::count(header)));
        }
        tables
    }

    /// Only `objects` are in question, and the collector has a reference to each.
    pub(super) fn of(stopped: &'a StoppedWorld<'_>, objects: &[NonNull<Header>]) -> Self {
        let mut tables = Self::empty(stopped);
        for &object in objects {
            // SAFETY: R5: alive.
            let count = refcount::count(unsafe { object.as_ref() });
            tables.insert(object, clamp(count - 1));
        }
        tables
    }

    fn empty(stopped: &'a StoppedWorld<'_>) -> Self {
        Self { world: stopped.world(), pages: Vec::new(), large: HashMap::new(), work: Vec::new() }
    }

    fn insert(&mut self, object: NonNull<Header>, value: i32) {
        // SAFETY: a live block; its page lives, and the world is stopped, so its table is ours.
        unsafe {
            if object.as_ref().has_flag(flags::LARGE) {
                self.large.insert(object, Cell::new(value));
                return;
            }
            let page = heap::page_of(object);
            if (*page).gc.get().is_null() {
                let table: Table = (0..heap::blocks_of(&*page)).map(|_| Cell::new(SKIP)).collect();
                (*page).gc.set(table.as_ptr().cast_mut().cast());
                self.pages.push((NonNull::new_unchecked(page), table));
            }
            (*(*page).gc.get().cast::<Cell<i32>>().add(heap::block_index(object))).set(value);
        }
    }

    /// The entry of an object that is in question or was.
    fn entry(&self, object: NonNull<Header>) -> Option<&Cell<i32>> {
        // SAFETY: a live block: somebody refers to it. Immortal objects may live outside pages.
        unsafe {
            let header = object.as_ref();
            if refcount::biased::is_immortal(header) {
                return None;
            }
            if header.has_flag(flags::LARGE) {
                return self.large.get(&object);
            }
            let table = (*heap::page_of(object)).gc.get().cast::<Cell<i32>>();
            (!table.is_null()).then(|| &*table.add(heap::block_index(object)))
        }
    }

    /// Marks an object as held from outside.
    fn mark(&mut self, object: NonNull<Header>) {
        let Some(entry) = self.entry(object) else { return };
        if !matches!(entry.get(), SKIP | REACHABLE) {
            entry.set(REACHABLE);
            self.work.push(object);
        }
    }

    /// Marks what a root refers to.
    pub(super) fn mark_root(&mut self, value: &Value) {
        if value.is_heap() {
            self.mark(value.heap_ptr());
        }
    }

    /// Marks everything that marked objects reach.
    pub(super) fn propagate(&mut self) {
        while let Some(object) = self.work.pop() {
            // SAFETY: R1, and the object is alive.
            unsafe { each_edge(object, &mut |target, _| self.mark(target)) }
        }
    }

    /// Trial deletion: takes the references that candidates own from the candidates they own them to; then marks what still
    /// has some, and all that it reaches.
    pub(super) fn delete_on_trial(&mut self) {
        let candidates = self.candidates();
        for &object in &candidates {
            // SAFETY: R1, and the object is alive.
            unsafe {
                each_edge(object, &mut |target, counted| {
                    if counted
                        && let Some(entry) = self.entry(target)
                        && !matches!(entry.get(), SKIP | REACHABLE)
                    {
                        entry.set(entry.get() - 1);
                    }
                });
            }
        }
        for object in candidates {
            // Below zero: somebody visits what he does not own. Such an object is left alone; `verify` reports it.
            if self.entry(object).is_some_and(|entry| !matches!(entry.get(), SKIP | REACHABLE | 0)) {
                self.mark(object);
            }
        }
        self.propagate();
    }

    /// The objects that are in question and not marked.
    pub(super) fn candidates(&self) -> Vec<NonNull<Header>> {
        let mut candidates = Vec::new();
        for (page, table) in &self.pages {
            for (i, entry) in table.iter().enumerate() {
                if !matches!(entry.get(), SKIP | REACHABLE) {
                    // SAFETY: the entry stands for this block of the page.
                    candidates.push(unsafe { heap::block_at(*page, i) });
                }
            }
        }
        let large = self.large.iter().filter(|(_, entry)| !matches!(entry.get(), SKIP | REACHABLE));
        candidates.extend(large.map(|(object, _)| *object));
        candidates
    }

    /// The references to each object in question that are not accounted for, after `delete_on_trial`'s first half, for `verify`.
    pub(super) fn unaccounted(&self, object: NonNull<Header>) -> Option<i32> {
        self.entry(object).map(Cell::get).filter(|n| !matches!(*n, SKIP | REACHABLE))
    }

    /// Subtracts without marking, for `verify`.
    pub(super) fn subtract_edges(&self, object: NonNull<Header>, mut dead: impl FnMut(NonNull<Header>)) {
        // SAFETY: R1, and the object is alive.
        unsafe {
            each_edge(object, &mut |target, counted| {
                if refcount::is_dead(target.as_ref()) {
                    dead(target);
                } else if counted
                    && let Some(entry) = self.entry(target)
                    && !matches!(entry.get(), SKIP | REACHABLE)
                {
                    entry.set(entry.get() - 1);
                }
            });
        }
    }

    /// Whether an object is in question and not marked.
    pub(super) fn is_candidate(&self, object: NonNull<Header>) -> bool {
        self.entry(object).is_some_and(|entry| !matches!(entry.get(), SKIP | REACHABLE))
    }

    /// Number of marked objects.
    pub(super) fn count_marked(&self) -> usize {
        let pages = self.pages.iter().flat_map(|(_, table)| table.iter());
        pages.chain(self.large.values()).filter(|entry| entry.get() == REACHABLE).count()
    }
}

impl Drop for Tables<'_> {
    fn drop(&mut self) {
        for (page, _) in &self.pages {
            // SAFETY: pages live as long as their VM.
            unsafe { page.as_ref().gc.set(null_mut()) }
        }
    }
}

fn clamp(count: i64) -> i32 {
    i32::try_from(count.clamp(0, i64::from(i32::MAX))).unwrap_or(i32::MAX)
}

/// Whether a block holds a live object that the collector looks at, and that no thread is dropping (R7).
pub(super) fn is_container(object: NonNull<Header>) -> bool {
    // SAFETY: every block of a page has a header (R1 (heap)); a block that is not dead has a type.
    unsafe {
        let header = object.as_ref();
        !refcount::is_dead(header)
            && !header.has_flag(flags::UNTRACKED | flags::GC_MARK)
            && header.type_core().flags() & type_flags::GC != 0
            && (refcount::count(header) > 0 || header.has_flag(flags::DEFERRED))
    }
}

/// Calls `visit` with every object that `object` refers to, its type included, and whether the reference is counted.
///
/// # Safety
/// R1 (gc); the object is alive.
pub(super) unsafe fn each_edge(object: NonNull<Header>, visit: &mut dyn FnMut(NonNull<Header>, bool)) {
    // SAFETY: the caller's promise.
    unsafe {
        layout::traverse(object, &mut |value| {
            if value.is_heap() {
                visit(value.heap_ptr(), !value.is_borrowed());
            }
        });
        let header = object.as_ref();
        if header.type_core().flags() & type_flags::HEAP_TYPE != 0 {
            visit(header.type_ptr(), true);
        }
    }
}
