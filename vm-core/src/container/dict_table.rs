//! The memory of a dict: an index array of bytes, shorts or words, then the entries in insertion order.
//!
//! # Rules
//!
//! R1 (dict_table). The size of a table never changes. Entries are appended; the entry of a deleted key holds UNBOUND for ever
//!     (but see R4), so an entry belongs to one key while readers may look at it.
//! R2 (dict_table). An entry is filled before `entries` counts it and before an index slot names it.
//! R3 (dict_table). Index slots go EMPTY → entry → DUMMY → entry...; never back to EMPTY.
//! R4 (dict_table). Only a thread that is alone in the VM gives entries back to be used again (`truncate`).
use super::slot::EMPTY as UNBOUND;
use crate::Value;
use crate::sync::Alive;
use crate::sync::atomic::{AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::alloc::Layout;
use std::ptr::NonNull;

/// Models have few keys.
const LOG2_MIN: u8 = if cfg!(loom) { 1 } else { 3 };
const LOG2_MAX: u8 = 31;
const PERTURB_SHIFT: u32 = 5;

/// An index slot that was never used.
pub const EMPTY: i64 = -1;
/// An index slot whose entry was deleted.
pub const DUMMY: i64 = -2;

/// One key with its value.
#[repr(C)]
pub struct Entry {
    /// The key's hash.
    pub hash: AtomicI64,
    /// The key's word; UNBOUND once it is deleted.
    pub key: AtomicU64,
    /// The value's word.
    pub value: AtomicU64,
}

/// The head of a table.
#[repr(C)]
pub struct Table {
    log2: u8,
    capacity: u32,
    entries: AtomicU32,
    /// Entries that may still be appended. Not given back by `truncate`: each may have used up an EMPTY slot, and chains
    /// need one to end at.
    room: AtomicU32,
    /// Entries below are deleted; the writer's hint.
    first: AtomicU32,
    /// Entries from here on are deleted; the writer's hint.
    live_end: AtomicU32,
    alive: Alive,
}

const _: () = assert!(size_of::<Table>().is_multiple_of(8));

/// The table of dicts without any memory of their own.
#[cfg(not(loom))]
static NOTHING: Table = Table {
    log2: 0,
    capacity: 0,
    entries: AtomicU32::new(0),
    room: AtomicU32::new(0),
    first: AtomicU32::new(0),
    live_end: AtomicU32::new(0),
    alive: Alive::new(),
};

/// The table that has no room. It is never freed or written.
#[must_use]
pub fn nothing() -> NonNull<Table> {
    // Loom's atomics cannot be in a static. Models have no empty dicts.
    #[cfg(loom)]
    return NonNull::dangling();
    #[cfg(not(loom))]
    NonNull::from(&NOTHING)
}

const fn usable(log2: u8) -> usize {
    (1usize << log2) * 2 / 3
}

/// Log2 of the index size for at least `n` index slots.
#[must_use]
pub fn log2_for_slots(n: usize) -> Option<u8> {
    let log2 = n.max(1 << LOG2_MIN).checked_next_power_of_two()?.trailing_zeros() as u8;
    (log2 <= LOG2_MAX).then_some(log2)
}

/// Log2 of the index size for `n` entries.
#[must_use]
pub fn log2_for_entries(n: usize) -> Option<u8> {
    log2_for_slots(n.checked_mul(3)?.div_ceil(2).max(1))
}

impl Table {
    fn head(log2: u8, capacity: u32) -> Table {
        Table {
            log2,
            capacity,
            entries: AtomicU32::new(0),
            room: AtomicU32::new(capacity),
            first: AtomicU32::new(0),
            live_end: AtomicU32::new(0),
            alive: Alive::new(),
        }
    }

    const fn index_bytes(log2: u8) -> usize {
        let width = if log2 < 8 {
            size_of::<AtomicU8>()
        } else if log2 < 16 {
            size_of::<AtomicU16>()
        } else {
            size_of::<AtomicU32>()
        };
        width << log2
    }

    fn layout(log2: u8) -> Option<Layout> {
        let size = usable(log2)
            .checked_mul(size_of::<Entry>())?
            .checked_add(Table::index_bytes(log2))?
            .checked_add(size_of::<Table>())?;
        Layout::from_size_align(size, 8).ok()
    }

    /// A new table; None without memory.
    pub fn allocate(log2: u8) -> Option<NonNull<Table>> {
        let layout = Table::layout(log2)?;
        // SAFETY: the layout's size is not zero; head and index are written before anybody looks.
        unsafe {
            let table: NonNull<Table> = NonNull::new(std::alloc::alloc(layout))?.cast();
            let capacity = usable(log2) as u32;
            table.write(Table::head(log2, capacity));
            #[cfg(not(loom))]
            table.add(1).cast::<u8>().write_bytes(0xff, Table::index_bytes(log2));
            #[cfg(loom)]
            Table::make_cells(table.as_ref());
            Some(table)
        }
    }

    /// Loom's atomics are made one by one. Models have small tables.
    #[cfg(loom)]
    unsafe fn make_cells(table: &Table) {
        // SAFETY: a new table, which has room for index and entries.
        unsafe {
            let index = table.index_base().cast_mut().cast::<AtomicU8>();
            for slot in 0..1 << table.log2 {
                index.add(slot).write(AtomicU8::new(0xff));
            }
            let entries = index.cast::<u8>().add(Table::index_bytes(table.log2)).cast::<Entry>();
            for i in 0..table.capacity() {
                let entry =
                    Entry { hash: AtomicI64::new(0), key: AtomicU64::new(0), value: AtomicU64::new(0) };
                entries.add(i).write(entry);
            }
        }
    }

    /// Gives the memory back; the values of the entries were moved elsewhere.
    ///
    /// # Safety
    /// Nobody looks at the table any more, and it came from `allocate`.
    pub unsafe fn free(table: NonNull<Table>) {
        // SAFETY: the layout is the one it was allocated with.
        unsafe {
            table.as_ref().alive.end();
            // Models watch whoever still looks.
            if cfg!(loom) {
                return;
            }
            if let Some(layout) = Table::layout(table.as_ref().log2) {
                std::alloc::dealloc(table.cast().as_ptr(), layout);
            }
        }
    }

    /// Whether the table is `nothing()`.
    #[inline]
    pub fn is_nothing(&self) -> bool {
        self.capacity == 0
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        if self.is_nothing() { 0 } else { Table::layout(self.log2).map_or(0, |l| l.size()) }
    }

    /// Log2 of the number of index slots.
    pub fn log2(&self) -> u8 {
        self.log2
    }

    /// Entries that fit.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Whether an entry can be appended.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        // Relaxed: the writer's own.
        self.room.load(Ordering::Relaxed) != 0
    }

    /// Entries in use, deleted ones included.
    #[inline(always)]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        // Acquire: pairs with `append` (R2).
        self.entries.load(Ordering::Acquire) as usize
    }

    #[inline(always)]
    fn index_base(&self) -> *const u8 {
        // SAFETY: the index follows the head (or is one past `NOTHING`, and never read).
        unsafe { std::ptr::from_ref(self).add(1).cast() }
    }

    /// Entry `i`, which is below `len()`.
    #[inline(always)]
    pub fn entry(&self, i: usize) -> &Entry {
        self.alive.look();
        debug_assert!(i < self.capacity());
        // SAFETY: entries follow the index; `i` is below the capacity.
        unsafe { &*self.index_base().add(Table::index_bytes(self.log2)).cast::<Entry>().add(i) }
    }

    #[inline(always)]
    fn index(&self, slot: usize) -> i64 {
        self.alive.look();
        debug_assert!(slot < 1 << self.log2);
        let base = self.index_base();
        // SAFETY: `slot` is masked. Acquire: pairs with `set_index` (R2).
        unsafe {
            if self.log2 < 8 {
                (*base.cast::<AtomicU8>().add(slot)).load(Ordering::Acquire) as i8 as i64
            } else if self.log2 < 16 {
                (*base.cast::<AtomicU16>().add(slot)).load(Ordering::Acquire) as i16 as i64
            } else {
                (*base.cast::<AtomicU32>().add(slot)).load(Ordering::Acquire) as i32 as i64
            }
        }
    }

    #[inline(always)]
    fn set_index(&self, slot: usize, to: i64) {
        let base = self.index_base();
        // SAFETY: `slot` is masked. Release: pairs with `index` (R2).
        unsafe {
            if self.log2 < 8 {
                (*base.cast::<AtomicU8>().add(slot)).store(to as u8, Ordering::Release);
            } else if self.log2 < 16 {
                (*base.cast::<AtomicU16>().add(slot)).store(to as u16, Ordering::Release);
            } else {
                (*base.cast::<AtomicU32>().add(slot)).store(to as u32, Ordering::Release);
            }
        }
    }

    /// The chain of index slots for a hash, and what is in each: ends at the first EMPTY one.
    #[inline(always)]
    pub fn chain(&self, hash: i64) -> Chain<'_> {
        let mask = (1usize << self.log2) - 1;
        Chain { table: self, mask, perturb: hash as u64, slot: hash as usize & mask, first: true }
    }

    /// Appends an entry; its number.
    ///
    /// # Safety
    /// The lock is held (or the caller is alone), and there is room.
    #[inline]
    pub unsafe fn append(&self, hash: i64, key: u64, value: u64) -> usize {
        let i = self.entries.load(Ordering::Relaxed) as usize;
        debug_assert!(i < self.capacity());
        self.room.store(self.room.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        let entry = self.entry(i);
        entry.hash.store(hash, Ordering::Relaxed);
        entry.key.store(key, Ordering::Relaxed);
        entry.value.store(value, Ordering::Relaxed);
        // Release: pairs with `len` (R2).
        self.entries.store(i as u32 + 1, Ordering::Release);
        // Relaxed: a hint.
        self.live_end.store(i as u32 + 1, Ordering::Relaxed);
        let mask = (1usize << self.log2) - 1;
        let mut perturb = hash as u64;
        let mut slot = hash as usize & mask;
        while self.index(slot) >= 0 {
            perturb >>= PERTURB_SHIFT;
            slot = slot.wrapping_mul(5).wrapping_add(perturb as usize).wrapping_add(1) & mask;
        }
        self.set_index(slot, i as i64);
        i
    }

    /// Appends a live entry's words to another table; a deleted one is left out. The words stay here as well.
    pub(super) fn move_entry(&self, i: usize, to: &Table) {
        let entry = self.entry(i);
        let key = entry.key.load(Ordering::Relaxed);
        if key != UNBOUND {
            // SAFETY: whoever calls this holds the lock, and made room.
            unsafe {
                to.append(entry.hash.load(Ordering::Relaxed), key, entry.value.load(Ordering::Relaxed))
            };
        }
    }

    /// Takes an entry out: its key and value.
    ///
    /// # Safety
    /// The lock is held (or the caller is alone); `slot` is the index slot of live entry `i`.
    pub unsafe fn remove(&self, slot: usize, i: usize) -> (Value, Value) {
        let entry = self.entry(i);
        self.set_index(slot, DUMMY);
        // SAFETY: the entry owned both words (R1 (slot)).
        let taken = unsafe {
            (
                Value::from_raw_bits(entry.key.swap(UNBOUND, Ordering::AcqRel)),
                Value::from_raw_bits(entry.value.swap(UNBOUND, Ordering::AcqRel)),
            )
        };
        let deleted = |i: usize| self.entry(i).key.load(Ordering::Relaxed) == UNBOUND;
        if i == self.first() {
            let len = self.len();
            let mut first = i + 1;
            while first < len && deleted(first) {
                first += 1;
            }
            self.first.store(first as u32, Ordering::Relaxed);
        }
        if i + 1 == self.live_end() {
            let mut end = i;
            while end > 0 && deleted(end - 1) {
                end -= 1;
            }
            self.live_end.store(end as u32, Ordering::Relaxed);
        }
        taken
    }

    /// Entries below are deleted.
    #[inline(always)]
    pub fn first(&self) -> usize {
        // Relaxed: entries never come back to life, so an old hint is right as well.
        self.first.load(Ordering::Relaxed) as usize
    }

    /// Entries from here on are deleted. For whoever holds the lock.
    #[inline(always)]
    pub fn live_end(&self) -> usize {
        self.live_end.load(Ordering::Relaxed) as usize
    }

    /// The index slot of entry `i`.
    pub fn slot_of(&self, hash: i64, i: usize) -> Option<usize> {
        self.chain(hash).find(|&(_, entry)| entry == i as i64).map(|(slot, _)| slot)
    }

    /// Gives deleted entries at the end back (R4).
    ///
    /// # Safety
    /// The caller is alone in the VM; entries from `len` on are deleted.
    pub unsafe fn truncate(&self, len: usize) {
        self.entries.store(len as u32, Ordering::Relaxed);
        self.first.store(self.first.load(Ordering::Relaxed).min(len as u32), Ordering::Relaxed);
    }
}

/// See [`Table::chain`].
pub struct Chain<'a> {
    table: &'a Table,
    mask: usize,
    perturb: u64,
    slot: usize,
    first: bool,
}

impl Iterator for Chain<'_> {
    type Item = (usize, i64);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, i64)> {
        if self.table.is_nothing() {
            return None;
        }
        loop {
            if !self.first {
                self.perturb >>= PERTURB_SHIFT;
                self.slot =
                    self.slot.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
            }
            self.first = false;
            match self.table.index(self.slot) {
                EMPTY => return None,
                DUMMY => {}
                i => return Some((self.slot, i)),
            }
        }
    }
}
