//! Side tables, marking and trial deletion. The rules are in `gc`.

use crate::object::header::{Header, flags};
use crate::object::heap::{self, PAGE, Page};
use crate::object::layout::{self, type_flags};
use crate::refcount;
use crate::value::Value;
use crate::world::{StoppedWorld, World};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ptr::{NonNull, null_mut};

/// Not the collector's: dead, not a container, frozen, or not in question.
const SKIP: i32 = i32::MIN;
/// Held from outside.
const REACHABLE: i32 = i32::MIN + 1;

/// How far marking follows references at once, while the objects are still in the processor's caches; the rest waits its turn.
const NESTED: u32 = 12;

/// An entry for each block of a page.
type Table = Box<[Cell<i32>]>;

/// A reference from an object to another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// A counted one.
    Counted,
    /// A borrowed word in a suspended frame, which may be a leftover (R2).
    Borrowed,
    /// An object's type: not counted.
    Type,
}

/// The collector's view of the heap while the world is stopped: for each object in question, the references to it that are
/// not accounted for.
pub(super) struct Tables<'a> {
    world: &'a World,
    pages: Vec<(NonNull<Page>, Table)>,
    /// Addresses of all pages of the VM, sorted.
    addresses: Vec<usize>,
    large: HashMap<NonNull<Header>, Cell<i32>>,
    /// Marked objects whose references are still to be followed.
    work: Vec<NonNull<Header>>,
    /// How deep `mark` follows references at the moment.
    depth: u32,
    /// Types, other than immortal ones, of which there are live objects.
    types: HashSet<NonNull<Header>>,
    /// The type that was looked at last, its flags, and whether it is mortal.
    last_type: (*const Header, u32, bool),
}

impl<'a> Tables<'a> {
    /// Every container of the VM is in question.
    pub(super) fn of_heap(stopped: &'a StoppedWorld<'_>) -> Self {
        let mut tables = Self::empty(stopped);
        let mut held_types = Vec::new();
        tables.walk(|tables, object| tables.classify(object, &mut held_types));
        for ty in held_types {
            tables.mark(ty);
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
        // The type of an object is an edge, of an object that is not in question too.
        let mut held_types = Vec::new();
        tables.walk(|tables, object| {
            // SAFETY: a block has a header; a live one has a type.
            unsafe {
                if refcount::is_dead(object.as_ref()) || tables.is_listed(object) {
                    return SKIP;
                }
                let (ty, _, mortal) = tables.type_of(object.as_ref());
                if mortal {
                    push_new(&mut held_types, ty);
                }
            }
            SKIP
        });
        for ty in held_types {
            tables.mark(ty);
        }
        tables
    }

    fn empty(stopped: &'a StoppedWorld<'_>) -> Self {
        let world = stopped.world();
        stopped.flush_away_counts();
        let mut addresses: Vec<usize> = world.heap.pages().iter().map(|page| page.addr().get()).collect();
        addresses.sort_unstable();
        Self {
            world,
            pages: Vec::new(),
            addresses,
            large: HashMap::new(),
            work: Vec::new(),
            depth: 0,
            types: HashSet::new(),
            last_type: (null_mut(), 0, false),
        }
    }

    /// Calls `entry` with every block that was ever used, and notes what it gives.
    fn walk(&mut self, mut entry: impl FnMut(&mut Self, NonNull<Header>) -> i32) {
        for page in self.world.heap.pages() {
            let mut table: *const Cell<i32> = null_mut();
            // SAFETY: the world is stopped, so `used` is stable and every block below it has a header; the table has an
            // entry for each.
            unsafe {
                for i in 0..page.as_ref().used() {
                    let value = entry(self, heap::block_at(page, i));
                    if value != SKIP {
                        if table.is_null() {
                            table = self.table_of(page);
                        }
                        (*table.add(i)).set(value);
                    }
                }
            }
        }
        for object in self.world.heap.large_blocks() {
            let value = entry(self, object);
            if value != SKIP {
                self.large.insert(object, Cell::new(value));
            }
        }
    }

    /// The table of a page, made at need.
    fn table_of(&mut self, page: NonNull<Page>) -> *const Cell<i32> {
        // SAFETY: pages live as long as their VM, and the world is stopped, so the scratch word is ours.
        unsafe {
            let page_ref = page.as_ref();
            if page_ref.gc.get().is_null() {
                let table: Table = vec![Cell::new(SKIP); heap::blocks_of(page_ref)].into_boxed_slice();
                page_ref.gc.set(table.as_ptr().cast_mut().cast());
                self.pages.push((page, table));
            }
            page_ref.gc.get().cast_const().cast()
        }
    }

    /// The type of a live object, its flags, and whether it is mortal.
    fn type_of(&mut self, header: &Header) -> (NonNull<Header>, u32, bool) {
        let ty = header.type_ptr();
        if !std::ptr::eq(self.last_type.0, ty.as_ptr()) {
            // SAFETY: R4 (object).
            let mortal = !refcount::biased::is_immortal(unsafe { ty.as_ref() });
            if mortal {
                self.types.insert(ty);
            }
            self.last_type = (ty.as_ptr(), header.type_core().flags(), mortal);
        }
        (ty, self.last_type.1, self.last_type.2)
    }

    /// The entry that a block begins with. What the collector leaves alone holds its type all the same (R8).
    fn classify(&mut self, object: NonNull<Header>, held_types: &mut Vec<NonNull<Header>>) -> i32 {
        // SAFETY: every block of a page has a header (R1 (heap)); a block that is not dead has a type.
        let header = unsafe { object.as_ref() };
        if refcount::is_dead(header) {
            return SKIP;
        }
        let (ty, type_bits, mortal_type) = self.type_of(header);
        let bits = header.flags();
        let in_question = (type_bits & type_flags::GC != 0 || bits & flags::DEFERRED != 0)
            && bits & (flags::UNTRACKED | flags::GC_MARK) == 0;
        if in_question {
            if refcount::biased::is_immortal(header) {
                self.work.push(object);
                return SKIP;
            }
            let count = refcount::count(header);
            if count > 0 || bits & flags::DEFERRED != 0 {
                return clamp(count);
            }
        }
        if mortal_type {
            push_new(held_types, ty);
        }
        SKIP
    }

    fn insert(&mut self, object: NonNull<Header>, value: i32) {
        // SAFETY: a live block; its page lives, and the table has an entry for each of its blocks.
        unsafe {
            if object.as_ref().has_flag(flags::LARGE) {
                self.large.insert(object, Cell::new(value));
                return;
            }
            let table = self.table_of(NonNull::new_unchecked(heap::page_of(object)));
            (*table.add(heap::block_index(object))).set(value);
        }
    }

    /// The entry of an object that is in question or was.
    #[inline]
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

    /// The entry of what a borrowed word refers to, if that is a deferred object in question. Others need no look: a counted
    /// word keeps them alive (R4). A leftover of a dead temporary may refer to anything, also to memory that is gone.
    fn entry_of_borrowed(&self, object: NonNull<Header>) -> Option<&Cell<i32>> {
        let address = object.addr().get();
        let page = address & !(PAGE - 1);
        let entry = if self.addresses.binary_search(&page).is_ok() {
            // SAFETY: the address lies in a page of this VM. Its table has an entry for each block.
            unsafe {
                let page = &*heap::page_of(object);
                let table = page.gc.get().cast::<Cell<i32>>();
                let index = page.index_of(address);
                if table.is_null() || index >= heap::blocks_of(page) {
                    return None;
                }
                if heap::block_at(NonNull::from(page), index) != object {
                    return None;
                }
                &*table.add(index)
            }
        } else {
            self.large.get(&object)?
        };
        // SAFETY: only live objects have entries that say something.
        (entry.get() != SKIP && unsafe { object.as_ref() }.has_flag(flags::DEFERRED)).then_some(entry)
    }

    /// Marks an object as held from outside.
    #[inline]
    fn mark(&mut self, object: NonNull<Header>) {
        self.mark_edge(object, Edge::Counted);
    }

    #[inline]
    fn mark_edge(&mut self, object: NonNull<Header>, edge: Edge) {
        let entry = if edge == Edge::Borrowed { self.entry_of_borrowed(object) } else { self.entry(object) };
        if let Some(entry) = entry
            && entry.get() > REACHABLE
        {
            entry.set(REACHABLE);
            if self.depth == NESTED {
                self.work.push(object);
            } else {
                self.depth += 1;
                self.mark_edges(object);
                self.depth -= 1;
            }
        }
    }

    fn mark_edges(&mut self, object: NonNull<Header>) {
        // SAFETY: R1, and the object is alive.
        unsafe { each_edge(object, &mut |target, edge| self.mark_edge(target, edge)) }
    }

    /// Marks what a root refers to. Its references wait for `propagate`: the caller may hold locks that a `traverse` takes.
    pub(super) fn mark_root(&mut self, value: &Value) {
        if value.is_heap() {
            let edge = if value.is_borrowed() { Edge::Borrowed } else { Edge::Counted };
            let depth = std::mem::replace(&mut self.depth, NESTED);
            self.mark_edge(value.heap_ptr(), edge);
            self.depth = depth;
        }
    }

    /// Takes a reference out of account that keeps nothing alive.
    pub(super) fn subtract_weak(&self, value: &Value) {
        if value.is_counted()
            && let Some(entry) = self.entry(value.heap_ptr())
            && entry.get() > REACHABLE
        {
            entry.set(entry.get() - 1);
        }
    }

    /// Marks everything that marked objects reach.
    pub(super) fn propagate(&mut self) {
        while let Some(object) = self.work.pop() {
            self.mark_edges(object);
        }
    }

    /// Trial deletion: takes the references that candidates own from the candidates they own them to; then marks what still
    /// has some, and all that it reaches.
    pub(super) fn delete_on_trial(&mut self) {
        let candidates = self.candidates();
        for &object in &candidates {
            // SAFETY: R1, and the object is alive.
            unsafe {
                each_edge(object, &mut |target, edge| {
                    if edge == Edge::Counted
                        && let Some(entry) = self.entry(target)
                        && entry.get() > REACHABLE
                    {
                        entry.set(entry.get() - 1);
                    }
                });
            }
        }
        for object in candidates {
            // Below zero: somebody visits what he does not own. Such an object is left alone; `verify` reports it.
            if self.entry(object).is_some_and(|entry| entry.get() > REACHABLE && entry.get() != 0) {
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
                if entry.get() > REACHABLE {
                    // SAFETY: the entry stands for this block of the page.
                    candidates.push(unsafe { heap::block_at(*page, i) });
                }
            }
        }
        let large = self.large.iter().filter(|(_, entry)| entry.get() > REACHABLE);
        candidates.extend(large.map(|(object, _)| *object));
        candidates
    }

    /// The references to each object in question that are not accounted for, after `delete_on_trial`'s first half, for `verify`.
    pub(super) fn unaccounted(&self, object: NonNull<Header>) -> Option<i32> {
        self.entry(object).map(Cell::get).filter(|n| *n > REACHABLE)
    }

    /// Subtracts without marking, for `verify`.
    pub(super) fn subtract_edges(&self, object: NonNull<Header>, mut dead: impl FnMut(NonNull<Header>)) {
        // SAFETY: R1, and the object is alive.
        unsafe {
            each_edge(object, &mut |target, edge| {
                if edge == Edge::Borrowed {
                    return;
                }
                if refcount::is_dead(target.as_ref()) {
                    dead(target);
                } else if edge == Edge::Counted
                    && let Some(entry) = self.entry(target)
                    && entry.get() > REACHABLE
                {
                    entry.set(entry.get() - 1);
                }
            });
        }
    }

    fn is_listed(&self, object: NonNull<Header>) -> bool {
        self.entry(object).is_some_and(|entry| entry.get() != SKIP)
    }

    /// Whether an object is in question and not marked.
    pub(super) fn is_candidate(&self, object: NonNull<Header>) -> bool {
        self.entry(object).is_some_and(|entry| entry.get() > REACHABLE)
    }

    /// Whether any live object has this type.
    pub(super) fn has_instances(&self, ty: NonNull<Header>) -> bool {
        self.types.contains(&ty)
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

fn push_new(list: &mut Vec<NonNull<Header>>, object: NonNull<Header>) {
    if list.last() != Some(&object) {
        list.push(object);
    }
}

fn clamp(count: i64) -> i32 {
    i32::try_from(count.clamp(0, i64::from(i32::MAX))).unwrap_or(i32::MAX)
}

/// Whether a block holds a live container that Python may be shown: not frozen, not being dropped (R7), no garbage that is
/// being disposed of.
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

/// Calls `visit` with every object that `object` refers to, its type included.
///
/// # Safety
/// R1 (gc); the object is alive.
pub(super) unsafe fn each_edge(object: NonNull<Header>, visit: &mut dyn FnMut(NonNull<Header>, Edge)) {
    // SAFETY: the caller's promise.
    unsafe {
        layout::traverse(object, &mut |value| {
            if value.is_heap() {
                let edge = if value.is_borrowed() { Edge::Borrowed } else { Edge::Counted };
                visit(value.heap_ptr(), edge);
            }
        });
        let header = object.as_ref();
        let ty = header.type_ptr();
        if !refcount::biased::is_immortal(ty.as_ref()) {
            let counted = header.type_core().flags() & type_flags::HEAP_TYPE != 0;
            visit(ty, if counted { Edge::Counted } else { Edge::Type });
        }
    }
}
