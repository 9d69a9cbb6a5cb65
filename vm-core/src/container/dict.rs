//! A dict without its lock and without Python: the table that is current, its versions, and reading it while it changes.
//!
//! # Rules
//!
//! R1 (dict). The table is replaced by a new one under the lock: filled first, then published; the old one is retired
//!     through QSBR. While the VM is solo nobody else reads, so plain accesses do.
//! R2 (dict). Under the lock no Python runs and no value is dropped: what is taken out is returned and dropped afterwards.
//! R4 (dict). `version` is raised after each change, `keys_version` after each change of keys or table. Both with release:
//!     who reads the version first and the dict afterwards, and later finds the version the same, may use what it read.
//!
//! (R3 is the runtime's.)
use super::NoMemory;
use super::dict_table::{self, Table};
use super::slot::{self, Read};
use crate::Value;
use crate::mutant;
use crate::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::thread::ThreadCore;
use std::ptr::NonNull;

/// The part of a dict that readers look at.
pub struct DictCore {
    table: AtomicPtr<Table>,
    used: AtomicUsize,
    version: AtomicU64,
    keys_version: AtomicU32,
}

/// The bit of `keys_version` that says it is unique.
const MARKED: u32 = 1 << 31;

#[cold]
fn next_marked() -> u32 {
    // Two thousand million changes of namespaces, and numbers come again.
    static NEXT: crate::sync::StaticUsize = crate::sync::StaticUsize::new(0);
    // Relaxed: numbers need only be different.
    NEXT.fetch_add(1, Ordering::Relaxed) as u32 | MARKED
}

/// Where a key is, found under the lock.
pub enum Place {
    /// In this entry, named by this index slot.
    Found {
        /// The index slot.
        slot: usize,
        /// The entry.
        entry: usize,
    },
    /// Nowhere.
    Missing,
}

/// An old table to be given back once the lock is free.
#[must_use]
pub struct Old(pub Option<NonNull<Table>>);

impl Default for DictCore {
    fn default() -> DictCore {
        DictCore::new()
    }
}

impl DictCore {
    /// An empty dict.
    #[must_use]
    pub fn new() -> DictCore {
        DictCore {
            table: AtomicPtr::new(dict_table::nothing().as_ptr()),
            used: AtomicUsize::new(0),
            version: AtomicU64::new(0),
            keys_version: AtomicU32::new(0),
        }
    }

    /// An empty dict with room for `n` keys (if there is memory).
    #[must_use]
    pub fn with_capacity(n: usize) -> DictCore {
        let dict = DictCore::new();
        if n > 0
            && let Some(table) = dict_table::log2_for_entries(n).and_then(Table::allocate)
        {
            dict.table.store(table.as_ptr(), Ordering::Relaxed);
        }
        dict
    }

    /// Number of keys.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        // Relaxed: a snapshot.
        self.used.load(Ordering::Relaxed)
    }

    /// Whether there are no keys.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Raised after every change of keys or values (R4). Not unique between dicts.
    #[inline(always)]
    #[must_use]
    pub fn version(&self) -> u64 {
        // Acquire: pairs with `changed`.
        self.version.load(Ordering::Acquire)
    }

    /// Raised after every change of the set of keys, and when the table is replaced (R4). While it is the same, entry
    /// numbers name the same keys. Not unique between dicts, but for those that are marked (`mark_namespace_locked`).
    #[inline(always)]
    #[must_use]
    pub fn keys_version(&self) -> u32 {
        // Acquire: pairs with `keys_changed`.
        self.keys_version.load(Ordering::Acquire)
    }

    /// The lock is held (or the caller is alone).
    #[inline(always)]
    fn changed(&self) {
        // Release: pairs with `version`. No read-modify-write: writers exclude each other.
        self.version.store(self.version.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    /// The lock is held (or the caller is alone).
    #[inline(always)]
    fn keys_changed(&self) {
        let version = self.keys_version.load(Ordering::Relaxed);
        let next = if version & MARKED == 0 { version.wrapping_add(1) & !MARKED } else { next_marked() };
        self.keys_version.store(next, Ordering::Release);
        self.changed();
    }

    /// Makes the versions of this dict's keys unique among all dicts, from now on.
    pub fn mark_namespace_locked(&self) {
        if self.keys_version.load(Ordering::Relaxed) & MARKED == 0 {
            self.keys_version.store(next_marked(), Ordering::Release);
        }
    }

    /// Whether `keys_version` is unique.
    #[inline]
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.keys_version() & MARKED != 0
    }

    /// The table. It may be looked at until this thread's next safepoint (or, while solo, until the dict is written).
    #[inline(always)]
    #[must_use]
    pub fn table(&self) -> &Table {
        // SAFETY: R1; published tables live until a grace period has passed. Acquire: pairs with `publish`.
        unsafe { &*self.table.load(Ordering::Acquire) }
    }

    /// Whether `table` is the current one.
    #[inline(always)]
    #[must_use]
    pub fn is_current(&self, table: &Table) -> bool {
        // Acquire: pairs with `publish`.
        std::ptr::eq(self.table.load(Ordering::Acquire), table)
    }

    /// Publishes a filled table under the lock.
    fn publish(&self, table: NonNull<Table>) -> Old {
        let old = self.table.load(Ordering::Relaxed);
        // Release: pairs with `table`.
        self.table.store(table.as_ptr(), Ordering::Release);
        Old(NonNull::new(old).filter(|old| *old != dict_table::nothing()))
    }

    /// Gives an old table back, without the lock.
    #[inline]
    pub fn retire(me: &ThreadCore, old: Old) {
        if let Some(table) = old.0 {
            DictCore::retire_slow(me, table);
        }
    }

    #[cold]
    fn retire_slow(me: &ThreadCore, table: NonNull<Table>) {
        /// # Safety
        /// `p` is a table that nobody looks at any more.
        unsafe fn free(p: *mut u8) {
            if let Some(table) = NonNull::new(p.cast::<Table>()) {
                // SAFETY: the promise above.
                unsafe { Table::free(table) }
            }
        }
        if mutant!("dict_free_at_once") {
            // SAFETY: none, this is the mutant.
            return unsafe { Table::free(table) };
        }
        // SAFETY: the table is unlinked; `free` is right for it.
        unsafe { me.retire(table.as_ptr().cast(), table.as_ref().bytes(), free) }
    }

    /// Finds a key under the lock, by its word or by what `eq` says of the keys with its hash. `eq` neither calls Python nor
    /// keeps the key; where it says None, the number of the entry whose key Python must be asked about is the error.
    ///
    /// # Errors
    /// See above.
    #[inline]
    pub fn find_locked(
        &self,
        hash: i64,
        wanted: u64,
        mut eq: impl FnMut(&Value) -> Option<bool>,
    ) -> Result<Place, usize> {
        let table = self.table();
        for (slot, i) in table.chain(hash) {
            let entry = table.entry(i as usize);
            if entry.hash.load(Ordering::Relaxed) != hash {
                continue;
            }
            if entry.key.load(Ordering::Relaxed) == wanted {
                return Ok(Place::Found { slot, entry: i as usize });
            }
            // SAFETY: the lock is held; `eq` keeps nothing.
            match unsafe { slot::peek(&entry.key, &mut eq) } {
                Some(true) => return Ok(Place::Found { slot, entry: i as usize }),
                Some(false) => {}
                None => return Err(i as usize),
            }
        }
        Ok(Place::Missing)
    }

    /// Looks a key up without the lock, by its word or by what `eq` says of the keys with its hash. None: it takes the lock,
    /// or Python (where `eq` said None). `eq` neither calls Python nor reaches a safepoint.
    pub fn read(
        &self,
        hash: i64,
        wanted: u64,
        mut eq: impl FnMut(&Value) -> Option<bool>,
    ) -> Option<Option<Value>> {
        'again: for _ in 0..8 {
            let keys = self.keys_version();
            let table = self.table();
            let current = || self.is_current(table);
            for (_, i) in table.chain(hash) {
                let entry = table.entry(i as usize);
                if entry.hash.load(Ordering::Relaxed) != hash {
                    continue;
                }
                let word = entry.key.load(Ordering::Acquire);
                if word != wanted {
                    if word == slot::EMPTY {
                        continue;
                    }
                    // SAFETY: the table lives until the next safepoint, and nothing here reaches one.
                    match unsafe { slot::read(&entry.key, current) } {
                        Read::Got(other) => match eq(&other) {
                            Some(true) => {}
                            Some(false) => {
                                drop(other);
                                // If that was the key's last reference, its end may have run Python and reached a
                                // safepoint; then the key was deleted before, which raised the version.
                                if self.keys_version() != keys {
                                    continue 'again;
                                }
                                continue;
                            }
                            None => return None,
                        },
                        Read::Changed => continue 'again,
                        Read::Locked => return None,
                    }
                }
                // SAFETY: as above.
                return match unsafe { slot::read(&entry.value, current) } {
                    Read::Got(value) if value.is_unbound() => continue 'again,
                    Read::Got(value) => Some(Some(value)),
                    Read::Changed => continue 'again,
                    Read::Locked => None,
                };
            }
            return Some(None);
        }
        None
    }

    /// Puts a key that is missing in, under the lock; key and value are taken over. The table grows as CPython's.
    ///
    /// # Errors
    /// Without memory, key and value come back.
    pub fn insert_locked(
        &self,
        key: Value,
        hash: i64,
        value: Value,
    ) -> Result<Old, (NoMemory, Value, Value)> {
        let mut old = Old(None);
        if !self.table().has_room() {
            let target = dict_table::log2_for_slots(self.len().saturating_mul(3).max(1));
            match target.ok_or(NoMemory).and_then(|log2| self.resize_locked(log2)) {
                Ok(replaced) => old = replaced,
                Err(e) => return Err((e, key, value)),
            }
        }
        // SAFETY: the lock is held and there is room. The entry takes both references over.
        unsafe {
            self.table().append(hash, key.into_owned().into_bits(), value.into_owned().into_bits());
        }
        self.used.store(self.len() + 1, Ordering::Relaxed);
        self.keys_changed();
        Ok(old)
    }

    /// Replaces the table by one of 2^`log2` index slots without deleted entries, under the lock.
    ///
    /// # Errors
    /// Without memory nothing has changed.
    pub fn resize_locked(&self, log2: u8) -> Result<Old, NoMemory> {
        let log2 = log2.max(dict_table::log2_for_entries(self.len() + 1).ok_or(NoMemory)?);
        self.rebuild_locked(log2, |from, to| {
            for i in 0..from.len() {
                from.move_entry(i, to);
            }
        })
    }

    /// Replaces the table by one whose first entry is this one, under the lock.
    ///
    /// # Errors
    /// Without memory nothing has changed.
    pub fn rebuild_with_first_locked(&self, first: usize) -> Result<Old, NoMemory> {
        self.rebuild_locked(self.table().log2(), |from, to| {
            for i in std::iter::once(first).chain((0..from.len()).filter(|i| *i != first)) {
                from.move_entry(i, to);
            }
        })
    }

    /// `fill` moves the words; the old table's stay for its readers to compare with.
    fn rebuild_locked(&self, log2: u8, fill: impl FnOnce(&Table, &Table)) -> Result<Old, NoMemory> {
        let from = self.table();
        let new = Table::allocate(log2).ok_or(NoMemory)?;
        let early = mutant!("dict_publish_unfilled").then(|| self.publish(new));
        // SAFETY: the new table is ours alone.
        fill(from, unsafe { new.as_ref() });
        let old = early.unwrap_or_else(|| self.publish(new));
        self.keys_changed();
        Ok(old)
    }

    /// Takes the entry out, under the lock: key and value, to be dropped after it.
    pub fn remove_locked(&self, slot: usize, entry: usize) -> (Value, Value) {
        // SAFETY: the lock is held, and `slot` names `entry`.
        let taken = unsafe { self.table().remove(slot, entry) };
        self.used.store(self.len() - 1, Ordering::Relaxed);
        self.keys_changed();
        taken
    }

    /// Replaces the value of an entry, under the lock; the old value, to be dropped after it.
    #[inline]
    pub fn replace_locked(&self, entry: usize, value: Value) -> Value {
        // SAFETY: the lock is held.
        let old = unsafe { slot::replace(&self.table().entry(entry).value, value) };
        self.changed();
        old
    }

    /// Unlinks the table, under the lock. Its words stay for its readers to compare with; their references are the caller's
    /// (`take_words`).
    pub fn clear_locked(&self) -> Old {
        let old = self.publish(dict_table::nothing());
        self.used.store(0, Ordering::Relaxed);
        self.keys_changed();
        old
    }

    /// The references of an unlinked table. Its slots keep the words; readers compare the table before they use one.
    ///
    /// # Safety
    /// `clear_locked` has just given the table, and this is called once.
    #[must_use]
    pub unsafe fn take_words(table: NonNull<Table>) -> Vec<Value> {
        // SAFETY: unlinked by the caller, so nobody writes, and each word's reference is taken over once.
        unsafe {
            let table = table.as_ref();
            let mut all = Vec::with_capacity(table.len() * 2);
            for i in 0..table.len() {
                let entry = table.entry(i);
                for slot in [&entry.key, &entry.value] {
                    let word = slot.load(Ordering::Relaxed);
                    if word != slot::EMPTY && word & 3 == 0 {
                        all.push(Value::from_raw_bits(word));
                    }
                }
            }
            all
        }
    }

    /// Makes `table` with `used` keys the table of a dict that nobody else has seen.
    pub fn adopt(&self, table: NonNull<Table>, used: usize) {
        self.used.store(used, Ordering::Relaxed);
        self.table.store(table.as_ptr(), Ordering::Release);
    }

    /// Drops everything where nobody else can look: garbage has no readers.
    pub fn clear_alone(&self) {
        let table = self.table();
        if table.is_nothing() {
            return;
        }
        self.used.store(0, Ordering::Relaxed);
        let len = table.len();
        self.table.store(dict_table::nothing().as_ptr(), Ordering::Release);
        self.keys_changed();
        for i in 0..len {
            // SAFETY: no readers; the entries owned their words.
            unsafe {
                drop(slot::replace(&table.entry(i).key, Value::UNBOUND));
                drop(slot::replace(&table.entry(i).value, Value::UNBOUND));
            }
        }
        // SAFETY: as above; unlinked.
        unsafe { Table::free(NonNull::from(table)) }
    }
}
