//! `set` and `frozenset`: a hash table of elements, read without a lock and written under one.
//!
//! Both types have this payload. What holds for `dict` (R1 to R3 (dict)) holds here as well.
pub mod iter;
pub mod methods;
pub(crate) mod operations;
pub mod table;

use crate::prelude::*;
use crate::types::dict::key::{Answers, hash_key, native_eq};
pub use methods::{FROZENSET_SPEC, SPEC};
use std::ptr::NonNull;
use table::{SetTable, UNUSED};
use vm_core::container::slot::{self as shared_slot, EMPTY as DELETED, Read};
use vm_core::sync::atomic::{AtomicI64, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// What an element is wanted for, in messages.
pub const PURPOSE: &str = "a set element";

/// The payload of `set` and `frozenset`.
pub struct Set {
    table: AtomicPtr<SetTable>,
    used: AtomicUsize,
    version: AtomicU32,
    finger: AtomicUsize,
    /// A frozenset's hash; -1: not yet computed.
    hash: AtomicI64,
    lock: ObjCell<()>,
}

payload!(Set, "set", traverse = Set::traverse, clear = Set::clear_for_gc);

enum Place {
    Found(usize),
    /// The chain ends at this unused slot.
    Missing(usize),
}

struct NoMemory;

type Old = Option<NonNull<SetTable>>;

impl Default for Set {
    fn default() -> Set {
        Set::new()
    }
}

impl Set {
    /// An empty set.
    #[must_use]
    pub fn new() -> Set {
        Set {
            table: AtomicPtr::new(table::nothing().as_ptr()),
            used: AtomicUsize::new(0),
            version: AtomicU32::new(0),
            finger: AtomicUsize::new(0),
            hash: AtomicI64::new(-1),
            lock: ObjCell::new(()),
        }
    }

    /// Number of elements.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        // Relaxed: a snapshot.
        self.used.load(Ordering::Relaxed)
    }

    /// Whether there are no elements.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn table(&self) -> &SetTable {
        // SAFETY: published tables live until a grace period has passed. Acquire: pairs with `publish`.
        unsafe { &*self.table.load(Ordering::Acquire) }
    }

    #[inline(always)]
    fn locked<R>(&self, th: &Thread, f: impl FnOnce() -> R) -> R {
        if th.is_solo() { f() } else { self.lock.with(th, |()| f()) }
    }

    fn changed(&self) {
        // Release: pairs with `contains_lockfree`.
        self.version.store(self.version.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    fn publish(&self, table: NonNull<SetTable>) -> Old {
        let old = self.table.load(Ordering::Relaxed);
        // Release: pairs with `table`.
        self.table.store(table.as_ptr(), Ordering::Release);
        self.changed();
        NonNull::new(old).filter(|old| *old != table::nothing())
    }

    fn retire(th: &Thread, old: Old) {
        /// # Safety
        /// `p` is a table that nobody looks at any more.
        unsafe fn free(p: *mut u8) {
            if let Some(table) = NonNull::new(p.cast::<SetTable>()) {
                // SAFETY: the promise above.
                unsafe { SetTable::free(table) }
            }
        }
        if let Some(old) = old {
            // SAFETY: unlinked; its words were moved or taken.
            unsafe { th.core().retire(old.as_ptr().cast(), old.as_ref().bytes(), free) }
        }
    }

    fn find_locked(&self, th: &Thread, key: &Value, hash: i64, answers: &Answers) -> Result<Place, Value> {
        let wanted = key.identity();
        for (i, slot) in self.table().chain(hash) {
            let word = slot.key.load(Ordering::Relaxed);
            if word == UNUSED {
                return Ok(Place::Missing(i));
            }
            if word == DELETED || slot.hash.load(Ordering::Relaxed) != hash {
                continue;
            }
            if word == wanted {
                return Ok(Place::Found(i));
            }
            // SAFETY: the lock is held; nothing in `Answers::eq` calls Python or keeps the value.
            match unsafe { shared_slot::peek(&slot.key, |k| answers.eq(th, k, key)) } {
                Some(true) => return Ok(Place::Found(i)),
                Some(false) => {}
                // SAFETY: as above.
                None => return Err(unsafe { shared_slot::copy(&slot.key) }),
            }
        }
        Ok(Place::Missing(0))
    }

    fn at_key<R>(
        &self,
        th: &Thread,
        key: &Value,
        hash: i64,
        mut f: impl FnMut(&Set, Place) -> R,
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

    /// Whether an element whose hash is known is there.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn contains_hashed(&self, th: &Thread, key: &Value, hash: i64) -> PyResult<bool> {
        if !th.is_solo()
            && let Some(found) = self.contains_lockfree(th, key, hash)
        {
            return Ok(found);
        }
        self.at_key(th, key, hash, |set, place| match place {
            Place::Found(i) => {
                if let Some(slot) = set.table().slots().get(i) {
                    // SAFETY: the lock is held. So that the next reader does without it.
                    drop(unsafe { shared_slot::copy_for_readers(&slot.key) });
                }
                true
            }
            Place::Missing(_) => false,
        })
    }

    fn contains_lockfree(&self, th: &Thread, key: &Value, hash: i64) -> Option<bool> {
        let wanted = key.identity();
        'again: for _ in 0..8 {
            // Acquire: pairs with `changed`.
            let version = self.version.load(Ordering::Acquire);
            let table = self.table();
            for (_, slot) in table.chain(hash) {
                let word = slot.key.load(Ordering::Acquire);
                if word == UNUSED {
                    return Some(false);
                }
                if word == DELETED || slot.hash.load(Ordering::Relaxed) != hash {
                    continue;
                }
                if word == wanted {
                    return Some(true);
                }
                let current = || std::ptr::eq(self.table.load(Ordering::Acquire), table);
                // SAFETY: the table lives until the next safepoint.
                match unsafe { shared_slot::read(&slot.key, current) } {
                    Read::Got(other) if other.is_unbound() => {}
                    Read::Got(other) => match native_eq(th, &other, key) {
                        Some(true) => return Some(true),
                        Some(false) => {
                            drop(other);
                            // Its end may have reached a safepoint; then it was removed before, which raised the version.
                            if self.version.load(Ordering::Acquire) != version {
                                continue 'again;
                            }
                        }
                        None => return None,
                    },
                    Read::Changed => continue 'again,
                    Read::Locked => return None,
                }
            }
            return None;
        }
        None
    }

    fn insert_locked(&self, place: usize, key: &Value, hash: i64) -> Result<Old, NoMemory> {
        let mut table = self.table();
        let mut old = None;
        let mut place = Some(place);
        if std::ptr::eq(table, table::nothing().as_ptr()) {
            old = self.publish(SetTable::allocate(8).ok_or(NoMemory)?);
            table = self.table();
            place = Some(hash as usize & table.mask());
        }
        // The table is resized when it is filled by three fifths, after the element was put in; so there is room.
        let slot = place.and_then(|i| table.slots().get(i)).ok_or(NoMemory)?;
        if (table.fill() + 1) * 5 >= table.mask() * 3 {
            let used = self.len() + 1;
            let wanted = if used > 50_000 { used * 2 } else { used * 4 };
            let new = table::size_above(wanted).and_then(SetTable::allocate).ok_or(NoMemory)?;
            // SAFETY: the lock is held and the new table is ours alone. The element first takes its place in the order of
            // the old one, as CPython resizes after the insertion.
            unsafe {
                for (i, s) in table.slots().iter().enumerate() {
                    let word = s.key.load(Ordering::Relaxed);
                    if Some(i) == place {
                        new.as_ref().insert_clean(hash, key.clone().into_owned().into_bits());
                    } else if word != UNUSED && word != DELETED {
                        new.as_ref().insert_clean(s.hash.load(Ordering::Relaxed), word);
                    }
                }
            }
            let replaced = self.publish(new);
            self.used.store(used, Ordering::Relaxed);
            // `old` is only set where the table had room.
            return Ok(replaced.or(old));
        }
        slot.hash.store(hash, Ordering::Relaxed);
        // Release: pairs with the readers' load (R2 (set table)).
        slot.key.store(key.clone().into_owned().into_bits(), Ordering::Release);
        table.filled();
        self.used.store(self.len() + 1, Ordering::Relaxed);
        self.changed();
        Ok(old)
    }

    /// Adds an element whose hash is known; whether it was missing.
    ///
    /// # Errors
    /// Whatever `__eq__` raises; MemoryError.
    pub fn add_hashed(&self, th: &Thread, key: &Value, hash: i64) -> PyResult<bool> {
        let done = self.at_key(th, key, hash, |set, place| match place {
            Place::Found(_) => Ok(None),
            Place::Missing(i) => set.insert_locked(i, key, hash).map(Some),
        })?;
        match done {
            Ok(None) => Ok(false),
            Ok(Some(old)) => {
                Set::retire(th, old);
                Ok(true)
            }
            Err(NoMemory) => Err(th.memory_error()),
        }
    }

    /// Adds an element; whether it was missing.
    ///
    /// # Errors
    /// Whatever `__hash__` and `__eq__` raise; MemoryError.
    pub fn add(&self, th: &Thread, key: &Value) -> PyResult<bool> {
        let hash = hash_key(th, key, PURPOSE)?;
        self.add_hashed(th, key, hash)
    }

    /// Whether an element is there. A set may be looked for by its content.
    ///
    /// # Errors
    /// Whatever `__hash__` and `__eq__` raise.
    pub fn contains(&self, th: &Thread, key: &Value) -> PyResult<bool> {
        let hash = hash_to_find(th, key)?;
        self.contains_hashed(th, key, hash)
    }

    /// Removes an element; whether it was there.
    ///
    /// # Errors
    /// As `contains`.
    pub fn discard(&self, th: &Thread, key: &Value) -> PyResult<bool> {
        let hash = hash_to_find(th, key)?;
        self.discard_hashed(th, key, hash)
    }

    /// Removes an element whose hash is known; whether it was there.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn discard_hashed(&self, th: &Thread, key: &Value, hash: i64) -> PyResult<bool> {
        let removed = self.at_key(th, key, hash, |set, place| match place {
            Place::Found(i) => set.remove_locked(i),
            Place::Missing(_) => None,
        })?;
        Ok(removed.is_some())
    }

    fn remove_locked(&self, i: usize) -> Option<Value> {
        let slot = self.table().slots().get(i)?;
        // SAFETY: the lock is held and the slot holds an element.
        let key = unsafe { shared_slot::replace(&slot.key, Value::UNBOUND) };
        self.used.store(self.len() - 1, Ordering::Relaxed);
        self.changed();
        Some(key)
    }

    /// Takes some element out.
    pub fn pop(&self, th: &Thread) -> Option<Value> {
        self.locked(th, || {
            if self.is_empty() {
                return None;
            }
            let table = self.table();
            let slots = table.slots();
            let start = self.finger.load(Ordering::Relaxed) & table.mask();
            for k in 0..slots.len() {
                let i = (start + k) & table.mask();
                let word = slots.get(i)?.key.load(Ordering::Relaxed);
                if word != UNUSED && word != DELETED {
                    self.finger.store(i + 1, Ordering::Relaxed);
                    return self.remove_locked(i);
                }
            }
            None
        })
    }

    /// Removes everything.
    pub fn clear(&self, th: &Thread) {
        let old = self.locked(th, || {
            self.used.store(0, Ordering::Relaxed);
            self.publish(table::nothing())
        });
        let Some(table) = old else { return };
        // SAFETY: unlinked by us: readers compare the table before they use a word, and each reference is taken once.
        let garbage = unsafe { Set::take_words(table.as_ref()) };
        Set::retire(th, old);
        drop(garbage);
    }

    /// # Safety
    /// The table is unlinked, and its references were not taken yet.
    unsafe fn take_words(table: &SetTable) -> Vec<Value> {
        let words = table.slots().iter().map(|slot| slot.key.load(Ordering::Relaxed));
        // SAFETY: the caller's promise.
        words.filter(|w| *w != UNUSED && *w != DELETED).map(|w| unsafe { Value::from_raw_bits(w) }).collect()
    }

    /// All hashes and elements as of one moment, in the order of iteration.
    #[must_use]
    pub fn entries(&self, th: &Thread) -> Vec<(i64, Value)> {
        let mut all = Vec::with_capacity(self.len());
        self.locked(th, || {
            for slot in self.table().slots() {
                let word = slot.key.load(Ordering::Relaxed);
                if word != UNUSED && word != DELETED {
                    // SAFETY: the lock is held.
                    all.push((slot.hash.load(Ordering::Relaxed), unsafe { shared_slot::copy(&slot.key) }));
                }
            }
        });
        all
    }

    /// All elements as of one moment.
    #[must_use]
    pub fn to_vec(&self, th: &Thread) -> Vec<Value> {
        self.entries(th).into_iter().map(|(_, key)| key).collect()
    }

    /// The next element from slot `pos` on, which is moved past it.
    pub fn next_entry(&self, th: &Thread, pos: &mut usize) -> Option<(i64, Value)> {
        self.locked(th, || {
            let slots = self.table().slots();
            while let Some(slot) = slots.get(*pos) {
                *pos += 1;
                let word = slot.key.load(Ordering::Relaxed);
                if word != UNUSED && word != DELETED {
                    // SAFETY: the lock is held.
                    return Some((slot.hash.load(Ordering::Relaxed), unsafe {
                        shared_slot::copy(&slot.key)
                    }));
                }
            }
            None
        })
    }

    /// A copy with the same table layout, as of one moment; None without memory.
    #[must_use]
    pub fn try_copy(&self, th: &Thread) -> Option<Set> {
        let copy = Set::new();
        if self.is_empty() {
            return Some(copy);
        }
        let done = self.locked(th, || {
            let from = self.table();
            let clean = from.fill() == self.len();
            let size = if clean {
                // As CPython's merge into an empty set: big enough for twice the elements, or the same size.
                let needed =
                    if self.len() * 5 >= 7 * 3 { table::size_above(self.len() * 2) } else { Some(8) };
                needed?
            } else if self.len() * 5 >= 7 * 3 {
                table::size_above(self.len() * 2)?
            } else {
                8
            };
            let new = SetTable::allocate(size)?;
            // SAFETY: the new table is ours alone, and has room.
            unsafe {
                let to = new.as_ref();
                let same = clean && to.mask() == from.mask();
                for (i, slot) in from.slots().iter().enumerate() {
                    let word = slot.key.load(Ordering::Relaxed);
                    if word == UNUSED || word == DELETED {
                        continue;
                    }
                    let hash = slot.hash.load(Ordering::Relaxed);
                    let key = shared_slot::copy(&slot.key).into_bits();
                    match to.slots().get(i) {
                        Some(place) if same => {
                            place.hash.store(hash, Ordering::Relaxed);
                            place.key.store(key, Ordering::Relaxed);
                            to.filled();
                        }
                        _ => to.insert_clean(hash, key),
                    }
                }
            }
            copy.used.store(self.len(), Ordering::Relaxed);
            copy.table.store(new.as_ptr(), Ordering::Release);
            Some(())
        });
        done.map(|()| copy)
    }

    /// Makes room before many elements are added, as CPython's merge does.
    fn reserve(&self, th: &Thread, more: usize) {
        let old = self.locked(th, || {
            let table = self.table();
            if (table.fill() + more) * 5 < table.mask() * 3 {
                return None;
            }
            let new = table::size_above((self.len() + more) * 2).and_then(SetTable::allocate)?;
            // SAFETY: the lock is held and the new table is ours alone; the words move.
            unsafe {
                for slot in table.slots() {
                    let word = slot.key.load(Ordering::Relaxed);
                    if word != UNUSED && word != DELETED {
                        new.as_ref().insert_clean(slot.hash.load(Ordering::Relaxed), word);
                    }
                }
            }
            self.publish(new)
        });
        Set::retire(th, old);
    }

    /// Replaces the content by another set's, which is left empty.
    fn take_over(&self, th: &Thread, other: &Set) {
        let (used, table) = other.locked(th, || {
            let used = other.used.swap(0, Ordering::Relaxed);
            (used, other.table.swap(table::nothing().as_ptr(), Ordering::AcqRel))
        });
        let Some(table) = NonNull::new(table) else { return };
        let old = self.locked(th, || {
            self.used.store(used, Ordering::Relaxed);
            self.publish(table)
        });
        if let Some(old_table) = old {
            // SAFETY: unlinked by us.
            let garbage = unsafe { Set::take_words(old_table.as_ref()) };
            Set::retire(th, old);
            drop(garbage);
        }
    }

    /// The hash of the content, as `hash(frozenset)`.
    #[must_use]
    pub fn content_hash(&self, th: &Thread) -> i64 {
        const fn shuffle(h: u64) -> u64 {
            ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167)
        }
        let mut hash = 0u64;
        let mut n = 0u64;
        self.locked(th, || {
            for slot in self.table().slots() {
                let word = slot.key.load(Ordering::Relaxed);
                if word != UNUSED && word != DELETED {
                    hash ^= shuffle(slot.hash.load(Ordering::Relaxed) as u64);
                    n += 1;
                }
            }
        });
        hash ^= (n + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }

    /// Bytes of the set's own memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        let table = self.table();
        let own = if std::ptr::eq(table, table::nothing().as_ptr()) { 0 } else { table.bytes() };
        size_of::<vm_core::object::Obj<Set>>() + own
    }

    fn traverse(&self, visit: Visitor<'_>) {
        for slot in self.table().slots() {
            if slot.key.load(Ordering::Relaxed) != UNUSED {
                // SAFETY: the world is stopped, or the set is being dropped.
                unsafe { shared_slot::peek(&slot.key, |key| visit(key)) }
            }
        }
    }

    fn clear_for_gc(&self) {
        self.used.store(0, Ordering::Relaxed);
        if let Some(old) = self.publish(table::nothing()) {
            // SAFETY: garbage has no readers; unlinked, the references are taken once.
            unsafe {
                let words = Set::take_words(old.as_ref());
                SetTable::free(old);
                drop(words);
            }
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        self.clear_for_gc();
    }
}

/// The hash by which an element is looked for: a set, which has none, stands for the frozenset of its content.
fn hash_to_find(th: &Thread, key: &Value) -> PyResult<i64> {
    match hash_key(th, key, PURPOSE) {
        Ok(hash) => Ok(hash),
        Err(raised) => match key.payload::<Set>() {
            Some(set) if th.error_is(th.types().exc.type_error) => {
                th.clear_error();
                Ok(set.content_hash(th))
            }
            _ => Err(raised),
        },
    }
}

/// A frozenset of constants.
///
/// # Errors
/// What `__hash__` and `__eq__` raise; MemoryError.
pub fn frozenset_from(th: &Thread, items: Vec<Value>) -> PyResult<Value> {
    th.frozenset(&items)
}

/// A set of values.
///
/// # Errors
/// What `__hash__` and `__eq__` raise; MemoryError.
pub fn set_from(th: &Thread, items: Vec<Value>) -> PyResult<Value> {
    th.set(&items)
}

/// Adds an element to a set object.
///
/// # Errors
/// As `set_from`; TypeError if it is no set.
pub fn add(th: &Thread, set: &Value, item: &Value) -> PyResult<()> {
    th.expect::<Set>(set, "set")?.add(th, item).map(drop)
}
