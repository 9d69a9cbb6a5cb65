//! `dict`: an insertion-ordered hash table, read without a lock and written under one.
//!
//! What native code uses is in this file and in `dict/native.rs`; the Python side is in `dict/methods.rs` and `dict/views.rs`.
//!
//! # Rules
//!
//! R1 (dict). The table is replaced by a new one under the lock: filled first, then published; the old one is retired
//!     through QSBR. While the VM is solo nobody else reads, so plain accesses do.
//! R2 (dict). Under the lock no Python runs and no value is dropped: what is taken out is returned and dropped afterwards.
//! R3 (dict). A lookup that must ask Python's `__eq__` does so without lock and table pointer, and looks again from the start;
//!     the answers it has got stand (`Answers`), so it ends.
//! R4 (dict). `version` is raised after each change, `keys_version` after each change of keys or table. Both with release:
//!     who reads the version first and the dict afterwards, and later finds the version the same, may use what it read.
mod entries;
pub mod iter;
pub mod key;
pub mod methods;
pub mod native;
pub mod table;
pub mod update;
pub mod views;

use crate::prelude::*;
use crate::types::shared_slot::{self, Read};
use key::{Answers, hash_key};
pub use methods::SPEC;
use std::ptr::NonNull;
use table::Table;
use vm_core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// The payload of `dict`.
pub struct Dict {
    table: AtomicPtr<Table>,
    used: AtomicUsize,
    version: AtomicU64,
    keys_version: AtomicU32,
    lock: ObjCell<()>,
}

/// The bit of `Dict::keys_version` that says it is unique.
const MARKED: u32 = 1 << 31;

#[cold]
fn next_marked() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Relaxed: numbers need only be different. After two thousand million changes of namespaces they come again.
    NEXT.fetch_add(1, Ordering::Relaxed) | MARKED
}

payload!(Dict, "dict", traverse = Dict::traverse, clear = Dict::clear_for_gc);

/// Something that can be stored: a value, or a reference to one that is then counted.
pub trait IntoItem {
    /// The counted value.
    fn into_item(self) -> Value;
}

impl IntoItem for Value {
    #[inline(always)]
    fn into_item(self) -> Value {
        self
    }
}

impl IntoItem for &Value {
    #[inline(always)]
    fn into_item(self) -> Value {
        self.clone()
    }
}

/// Where a key is, found under the lock.
pub(crate) enum Place {
    /// In this entry, named by this index slot.
    Found { slot: usize, entry: usize },
    /// Nowhere.
    Missing,
}

/// An old table to be given back once the lock is free.
#[must_use]
pub(crate) struct Old(Option<NonNull<Table>>);

/// The allocator refused.
pub(crate) struct NoMemory;

impl Default for Dict {
    fn default() -> Dict {
        Dict::new()
    }
}

impl Dict {
    /// An empty dict.
    #[must_use]
    pub fn new() -> Dict {
        Dict {
            table: AtomicPtr::new(table::nothing().as_ptr()),
            used: AtomicUsize::new(0),
            version: AtomicU64::new(0),
            keys_version: AtomicU32::new(0),
            lock: ObjCell::new(()),
        }
    }

    /// An empty dict with room for `n` keys (if there is memory).
    #[must_use]
    pub fn with_capacity(n: usize) -> Dict {
        let dict = Dict::new();
        if n > 0
            && let Some(table) = table::log2_for_entries(n).and_then(Table::allocate)
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
    /// numbers name the same keys. Not unique between dicts, but for those that are marked (`mark_namespace`).
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

    /// Makes the versions of this dict's keys unique among all dicts, from now on: caches that are shared by code which runs
    /// in several namespaces can go by them.
    pub fn mark_namespace(&self, th: &Thread) {
        self.locked(th, || {
            if self.keys_version.load(Ordering::Relaxed) & MARKED == 0 {
                self.keys_version.store(next_marked(), Ordering::Release);
            }
        });
    }

    /// Whether `keys_version` is unique.
    #[inline]
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.keys_version() & MARKED != 0
    }

    /// The table. It may be looked at until this thread's next safepoint (or, while solo, until the dict is written).
    #[inline(always)]
    fn table(&self) -> &Table {
        // SAFETY: R1; published tables live until a grace period has passed. Acquire: pairs with `publish`.
        unsafe { &*self.table.load(Ordering::Acquire) }
    }

    /// Runs `f` with the lock held; with nothing but itself to look out for while solo. R2.
    #[inline(always)]
    pub(crate) fn locked<R>(&self, th: &Thread, f: impl FnOnce() -> R) -> R {
        if th.is_solo() { f() } else { self.lock.with(th, |()| f()) }
    }

    /// Publishes a filled table under the lock.
    fn publish(&self, table: NonNull<Table>) -> Old {
        let old = self.table.load(Ordering::Relaxed);
        // Release: pairs with `table`.
        self.table.store(table.as_ptr(), Ordering::Release);
        Old(NonNull::new(old).filter(|old| *old != table::nothing()))
    }

    /// Gives an old table back, without the lock.
    #[inline]
    fn retire(th: &Thread, old: Old) {
        if let Some(table) = old.0 {
            Dict::retire_slow(th, table);
        }
    }

    #[cold]
    fn retire_slow(th: &Thread, table: NonNull<Table>) {
        /// # Safety
        /// `p` is a table that nobody looks at any more.
        unsafe fn free(p: *mut u8) {
            if let Some(table) = NonNull::new(p.cast::<Table>()) {
                // SAFETY: the promise above.
                unsafe { Table::free(table) }
            }
        }
        // SAFETY: the table is unlinked; `free` is right for it.
        unsafe { th.core().retire(table.as_ptr().cast(), table.as_ref().bytes(), free) }
    }

    /// Finds a key under the lock; Err: Python must be asked whether this key is equal.
    #[inline]
    fn find_locked(&self, th: &Thread, key: &Value, hash: i64, answers: &Answers) -> Result<Place, Value> {
        let table = self.table();
        let wanted = key.identity();
        for (slot, i) in table.chain(hash) {
            let entry = table.entry(i as usize);
            if entry.hash.load(Ordering::Relaxed) != hash {
                continue;
            }
            if entry.key.load(Ordering::Relaxed) == wanted {
                return Ok(Place::Found { slot, entry: i as usize });
            }
            // SAFETY: the lock is held; nothing in `Answers::eq` calls Python or keeps the value.
            let equal = unsafe { shared_slot::peek(&entry.key, |k| answers.eq(th, k, key)) };
            match equal {
                Some(true) => return Ok(Place::Found { slot, entry: i as usize }),
                Some(false) => {}
                // SAFETY: as above.
                None => return Err(unsafe { shared_slot::copy(&entry.key) }),
            }
        }
        Ok(Place::Missing)
    }

    /// Finds a key and runs `f` on its place, under one hold of the lock (R2, R3).
    #[inline]
    pub(crate) fn at_key<R>(
        &self,
        th: &Thread,
        key: &Value,
        hash: i64,
        mut f: impl FnMut(&Dict, Place) -> R,
    ) -> PyResult<R> {
        let mut answers = Answers::new();
        loop {
            let done =
                self.locked(th, || self.find_locked(th, key, hash, &answers).map(|place| f(self, place)));
            match done {
                Ok(result) => return Ok(result),
                Err(candidate) => answers.ask(th, candidate, key)?,
            }
        }
    }

    /// The value of a key whose hash is known.
    #[inline]
    pub fn get_hashed(&self, th: &Thread, key: &Value, hash: i64) -> PyResult<Option<Value>> {
        if !th.is_solo()
            && let Some(found) = self.get_lockfree(th, key, hash)
        {
            return Ok(found);
        }
        self.at_key(th, key, hash, |dict, place| match place {
            Place::Found { entry, .. } => {
                let entry = dict.table().entry(entry);
                // SAFETY: the lock is held.
                unsafe {
                    shared_slot::let_read(&entry.key);
                    Some(shared_slot::copy_for_readers(&entry.value))
                }
            }
            Place::Missing => None,
        })
    }

    /// Looks a key up without the lock; None: it takes the lock, or Python.
    fn get_lockfree(&self, th: &Thread, key: &Value, hash: i64) -> Option<Option<Value>> {
        let wanted = key.identity();
        'again: for _ in 0..8 {
            let keys = self.keys_version();
            let table = self.table();
            let current = || std::ptr::eq(self.table.load(Ordering::Acquire), table);
            for (_, i) in table.chain(hash) {
                let entry = table.entry(i as usize);
                if entry.hash.load(Ordering::Relaxed) != hash {
                    continue;
                }
                let word = entry.key.load(Ordering::Acquire);
                if word != wanted {
                    if word == shared_slot::EMPTY {
                        continue;
                    }
                    // SAFETY: the table lives until the next safepoint, and nothing here reaches one.
                    match unsafe { shared_slot::read(&entry.key, current) } {
                        Read::Got(other) => match key::native_eq(th, &other, key) {
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
                return match unsafe { shared_slot::read(&entry.value, current) } {
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

    /// Puts a key that is missing in, under the lock. The table grows as CPython's.
    pub(crate) fn insert_locked(
        &self,
        key: &Value,
        hash: i64,
        value: Value,
    ) -> Result<Old, (NoMemory, Value)> {
        let mut old = Old(None);
        if !self.table().has_room() {
            let target = table::log2_for_slots(self.len().saturating_mul(3).max(1));
            match target.ok_or(NoMemory).and_then(|log2| self.resize_locked(log2)) {
                Ok(replaced) => old = replaced,
                Err(e) => return Err((e, value)),
            }
        }
        // SAFETY: the lock is held and there is room. The entry takes both references over.
        unsafe {
            self.table().append(hash, key.clone().into_owned().into_bits(), value.into_owned().into_bits());
        }
        self.used.store(self.len() + 1, Ordering::Relaxed);
        self.keys_changed();
        Ok(old)
    }

    /// Replaces the table by one of 2^`log2` index slots without deleted entries, under the lock.
    pub(crate) fn resize_locked(&self, log2: u8) -> Result<Old, NoMemory> {
        let from = self.table();
        let log2 = log2.max(table::log2_for_entries(self.len() + 1).ok_or(NoMemory)?);
        let new = Table::allocate(log2).ok_or(NoMemory)?;
        // SAFETY: the new table is ours alone; the words move, and the old table's stay for its readers to compare with.
        unsafe {
            let to = new.as_ref();
            for i in 0..from.len() {
                let entry = from.entry(i);
                let key = entry.key.load(Ordering::Relaxed);
                if key != shared_slot::EMPTY {
                    to.append(entry.hash.load(Ordering::Relaxed), key, entry.value.load(Ordering::Relaxed));
                }
            }
        }
        let old = self.publish(new);
        self.keys_changed();
        Ok(old)
    }

    /// Replaces the table by one whose first entry is this one, under the lock.
    pub(crate) fn rebuild_with_first_locked(&self, first: usize) -> Result<Old, NoMemory> {
        let from = self.table();
        let new = Table::allocate(from.log2()).ok_or(NoMemory)?;
        // SAFETY: as in `resize_locked`.
        unsafe {
            let to = new.as_ref();
            for i in std::iter::once(first).chain((0..from.len()).filter(|i| *i != first)) {
                let entry = from.entry(i);
                let key = entry.key.load(Ordering::Relaxed);
                if key != shared_slot::EMPTY {
                    to.append(entry.hash.load(Ordering::Relaxed), key, entry.value.load(Ordering::Relaxed));
                }
            }
        }
        let old = self.publish(new);
        self.keys_changed();
        Ok(old)
    }

    /// Takes the entry out, under the lock: key and value, to be dropped after it.
    pub(crate) fn remove_locked(&self, slot: usize, entry: usize) -> (Value, Value) {
        // SAFETY: the lock is held, and `slot` names `entry`.
        let taken = unsafe { self.table().remove(slot, entry) };
        self.used.store(self.len() - 1, Ordering::Relaxed);
        self.keys_changed();
        taken
    }

    /// Replaces the value of an entry, under the lock; the old value, to be dropped after it.
    pub(crate) fn replace_locked(&self, entry: usize, value: Value) -> Value {
        // SAFETY: the lock is held.
        let old = unsafe { shared_slot::replace(&self.table().entry(entry).value, value) };
        self.changed();
        old
    }

    /// Sets a key whose hash is known.
    pub fn set_hashed(&self, th: &Thread, key: &Value, hash: i64, value: Value) -> PyResult<()> {
        let mut value = Some(value);
        let done = self.at_key(th, key, hash, |dict, place| {
            let Some(value) = value.take() else { return Ok((None, Old(None))) };
            match place {
                Place::Found { entry, .. } => Ok((Some(dict.replace_locked(entry, value)), Old(None))),
                Place::Missing => dict.insert_locked(key, hash, value).map(|old| (None, old)),
            }
        })?;
        match done {
            Ok((_dropped, old)) => {
                Dict::retire(th, old);
                Ok(())
            }
            Err((NoMemory, _value)) => Err(th.memory_error()),
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// Whatever `__hash__` and `__eq__` raise.
    #[inline]
    pub fn get(&self, th: &Thread, key: &Value) -> PyResult<Option<Value>> {
        let hash = hash_key(th, key, "a dict key")?;
        self.get_hashed(th, key, hash)
    }

    /// Sets a key.
    ///
    /// # Errors
    /// Whatever `__hash__` and `__eq__` raise; MemoryError.
    #[inline]
    pub fn set(&self, th: &Thread, key: &Value, value: impl IntoItem) -> PyResult<()> {
        let hash = hash_key(th, key, "a dict key")?;
        self.set_hashed(th, key, hash, value.into_item())
    }

    /// Visits keys and values: the world is stopped, or the dict is being dropped.
    pub fn traverse(&self, visit: Visitor<'_>) {
        let table = self.table();
        for i in 0..table.len() {
            let entry = table.entry(i);
            // SAFETY: nobody writes (see above); the visitor does not keep the values.
            unsafe {
                shared_slot::peek(&entry.key, |key| visit(key));
                shared_slot::peek(&entry.value, |value| visit(value));
            }
        }
    }

    /// Drops everything where nobody else can look: for the collector, and for dicts of dying objects.
    pub fn clear_quiet(&self) {
        self.clear_for_gc();
    }

    /// Drops all entries; called by the collector for garbage.
    fn clear_for_gc(&self) {
        let table = self.table();
        self.used.store(0, Ordering::Relaxed);
        let len = table.len();
        self.table.store(table::nothing().as_ptr(), Ordering::Release);
        self.keys_changed();
        for i in 0..len {
            // SAFETY: garbage has no readers; the entries owned their words.
            unsafe {
                drop(shared_slot::replace(&table.entry(i).key, Value::UNBOUND));
                drop(shared_slot::replace(&table.entry(i).value, Value::UNBOUND));
            }
        }
        if !table.is_nothing() {
            // SAFETY: as above; unlinked.
            unsafe { Table::free(NonNull::from(table)) }
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        self.clear_for_gc();
    }
}

/// A plain dict with the content of a dict object (of a subclass, too).
///
/// # Errors
/// TypeError if it is no dict.
pub fn copy_exact(th: &Thread, dict: &Value) -> PyResult<Value> {
    Ok(th.expect::<Dict>(dict, "dict")?.copy(th).into_value(th))
}
