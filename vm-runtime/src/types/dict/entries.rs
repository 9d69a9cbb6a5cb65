//! Reading a dict by entry number: iteration, snapshots, and the interpreter's caches of global variables.
use super::{Dict, DictCore};
use crate::prelude::*;
use crate::types::dict::key::Answers;
use vm_core::container::dict_table::{self, Table};
use vm_core::container::slot::{self, Read};
use vm_core::refcount;
use vm_core::sync::atomic::Ordering;

impl Dict {
    /// The entry number of a key that is an interned string, for caches. None: missing, or only to be found with Python.
    ///
    /// The number names the same key until it is deleted or the table is replaced; `value_at` verifies it by the key word.
    #[must_use]
    pub fn lookup_index(&self, th: &Thread, name: &Value) -> Option<usize> {
        let hash = th.hash(name).ok()?;
        self.locked(th, || match self.find_locked(th, name, hash, &Answers::new()) {
            Ok(super::Place::Found { entry, .. }) => {
                let slots = self.core.table().entry(entry);
                // SAFETY: the lock is held.
                unsafe { slot::copy_for_readers(&slots.value) };
                // Only keys that are the very word can be verified later.
                (slots.key.load(Ordering::Relaxed) == name.identity()).then_some(entry)
            }
            _ => None,
        })
    }

    /// The value of entry `index`, if its key is the very word `name`: a few loads, no lock. None: look the name up anew.
    #[inline(always)]
    #[must_use]
    pub fn value_at(&self, index: usize, name: &Value) -> Option<Value> {
        let table = self.core.table();
        if index >= table.len() {
            return None;
        }
        let entry = table.entry(index);
        // Acquire: pairs with the removal of keys.
        if entry.key.load(Ordering::Acquire) != name.identity() {
            return None;
        }
        // SAFETY: no safepoint lies between here and the last look.
        match unsafe { slot::read(&entry.value, || self.core.is_current(table)) } {
            Read::Got(value) if !value.is_unbound() => Some(value),
            _ => None,
        }
    }

    /// The word of entry `index`'s value, if its key is the very word `name`. The word is not counted: it may be used only for
    /// objects whose counting is deferred or that are immortal, or while the VM is solo and before anything is written.
    #[inline(always)]
    #[must_use]
    pub fn word_at(&self, index: usize, name: &Value) -> Option<u64> {
        let table = self.core.table();
        if index >= table.len() {
            return None;
        }
        let entry = table.entry(index);
        if entry.key.load(Ordering::Acquire) != name.identity() {
            return None;
        }
        let word = entry.value.load(Ordering::Acquire);
        (word != slot::EMPTY).then_some(word)
    }

    /// Key and value of entry `index`; None: deleted, or beyond the end.
    #[must_use]
    pub fn entry_at(&self, th: &Thread, index: usize) -> Option<(Value, Value)> {
        let mut pos = index;
        let (key, value) = self.next_entry(th, &mut pos)?;
        (pos == index + 1).then_some((key, value))
    }

    /// The next key and value from entry `pos` on, which is moved past them. None at the end.
    ///
    /// The dict may be changed between two calls: keys may be skipped or come twice then.
    #[inline]
    pub fn next_entry(&self, th: &Thread, pos: &mut usize) -> Option<(Value, Value)> {
        self.next_entry_hashed(th, pos).map(|(_, key, value)| (key, value))
    }

    /// As `next_entry`, with the key's hash.
    pub fn next_entry_hashed(&self, th: &Thread, pos: &mut usize) -> Option<(i64, Value, Value)> {
        if th.is_solo() {
            let table = self.core.table();
            let len = table.len();
            *pos = (*pos).max(table.first());
            while *pos < len {
                let entry = table.entry(*pos);
                *pos += 1;
                if entry.key.load(Ordering::Relaxed) != slot::EMPTY {
                    // SAFETY: the VM is solo, so nobody writes.
                    return unsafe {
                        Some((
                            entry.hash.load(Ordering::Relaxed),
                            slot::copy(&entry.key),
                            slot::copy(&entry.value),
                        ))
                    };
                }
            }
            return None;
        }
        self.next_entry_shared(th, pos)
    }

    fn next_entry_shared(&self, th: &Thread, pos: &mut usize) -> Option<(i64, Value, Value)> {
        let table = self.core.table();
        let current = || self.core.is_current(table);
        *pos = (*pos).max(table.first());
        while *pos < table.len() {
            let entry = table.entry(*pos);
            if entry.key.load(Ordering::Acquire) == slot::EMPTY {
                *pos += 1;
                continue;
            }
            // SAFETY: no safepoint lies between the table's load and the last look. (Dropping a value may run Python, but
            // only on the ways that return or go to the lock.)
            let pair = unsafe { (slot::read(&entry.key, current), slot::read(&entry.value, current)) };
            if let (Read::Got(key), Read::Got(value)) = pair
                && !key.is_unbound()
                && !value.is_unbound()
            {
                *pos += 1;
                return Some((entry.hash.load(Ordering::Relaxed), key, value));
            }
            break;
        }
        self.locked(th, || {
            let table = self.core.table();
            while *pos < table.len() {
                let entry = table.entry(*pos);
                *pos += 1;
                if entry.key.load(Ordering::Relaxed) != slot::EMPTY {
                    // SAFETY: the lock is held.
                    return unsafe {
                        Some((
                            entry.hash.load(Ordering::Relaxed),
                            slot::copy_for_readers(&entry.key),
                            slot::copy_for_readers(&entry.value),
                        ))
                    };
                }
            }
            None
        })
    }

    /// The last key and value before entry `pos`, which is moved to them. None at the beginning.
    pub fn previous_entry(&self, th: &Thread, pos: &mut usize) -> Option<(Value, Value)> {
        self.locked(th, || {
            let table = self.core.table();
            *pos = (*pos).min(table.len());
            while *pos > 0 {
                *pos -= 1;
                let entry = table.entry(*pos);
                if entry.key.load(Ordering::Relaxed) != slot::EMPTY {
                    // SAFETY: the lock is held.
                    return unsafe { Some((slot::copy(&entry.key), slot::copy(&entry.value))) };
                }
            }
            None
        })
    }

    /// Number of entries, deleted ones included: where backward iteration begins.
    #[must_use]
    pub fn entry_count(&self) -> usize {
        self.core.table().len()
    }

    fn snapshot<R>(&self, th: &Thread, f: impl Fn(i64, Value, Value) -> R, want: (bool, bool)) -> Vec<R> {
        let mut all = Vec::with_capacity(self.len());
        self.locked(th, || {
            let table = self.core.table();
            for i in 0..table.len() {
                let entry = table.entry(i);
                if entry.key.load(Ordering::Relaxed) != slot::EMPTY {
                    // SAFETY: the lock is held.
                    let (key, value) = unsafe {
                        (
                            if want.0 { slot::copy(&entry.key) } else { Value::UNBOUND },
                            if want.1 { slot::copy(&entry.value) } else { Value::UNBOUND },
                        )
                    };
                    all.push(f(entry.hash.load(Ordering::Relaxed), key, value));
                }
            }
        });
        all
    }

    /// All keys and values, in order, as of one moment.
    #[must_use]
    pub fn items(&self, th: &Thread) -> Vec<(Value, Value)> {
        self.snapshot(th, |_, key, value| (key, value), (true, true))
    }

    /// All hashes, keys and values, in order, as of one moment.
    #[must_use]
    pub fn items_hashed(&self, th: &Thread) -> Vec<(i64, Value, Value)> {
        self.snapshot(th, |hash, key, value| (hash, key, value), (true, true))
    }

    /// All keys, in order, as of one moment.
    #[must_use]
    pub fn keys(&self, th: &Thread) -> Vec<Value> {
        self.snapshot(th, |_, key, _| key, (true, false))
    }

    /// All values, in order, as of one moment.
    #[must_use]
    pub fn values(&self, th: &Thread) -> Vec<Value> {
        self.snapshot(th, |_, _, value| value, (false, true))
    }

    /// A copy, as of one moment.
    #[must_use]
    pub fn copy(&self, th: &Thread) -> Dict {
        let dict = Dict::new();
        if self.is_empty() {
            return dict;
        }
        self.locked(th, || {
            let from = self.core.table();
            let dense = self.len() >= from.len() * 2 / 3;
            let log2 = if dense { Some(from.log2()) } else { dict_table::log2_for_entries(self.len()) };
            let Some(new) = log2.and_then(Table::allocate) else { return };
            for i in 0..from.len() {
                let entry = from.entry(i);
                if entry.key.load(Ordering::Relaxed) != slot::EMPTY {
                    // SAFETY: the lock is held; the new table is ours alone and has room for as many entries.
                    unsafe {
                        let (key, value) = (slot::copy(&entry.key), slot::copy(&entry.value));
                        new.as_ref().append(
                            entry.hash.load(Ordering::Relaxed),
                            key.into_bits(),
                            value.into_bits(),
                        );
                    }
                }
            }
            dict.core.adopt(new, self.len());
        });
        dict
    }

    /// Removes everything.
    pub fn clear(&self, th: &Thread) {
        let old = self.locked(th, || self.core.clear_locked());
        let Some(table) = old.0 else { return };
        // SAFETY: just unlinked.
        let garbage = unsafe { DictCore::take_words(table) };
        Dict::retire(th, old);
        drop(garbage);
    }

    /// Lets other threads read keys and values without the lock; for dicts that many threads will look at.
    pub fn prepare_for_readers(&self, th: &Thread) {
        self.locked(th, || {
            let table = self.core.table();
            for i in 0..table.len() {
                for slot in [&table.entry(i).key, &table.entry(i).value] {
                    // SAFETY: the lock is held; nothing is kept.
                    unsafe {
                        slot::peek(slot, |value| {
                            if let Some(header) = value.header() {
                                refcount::make_weakrefable(header);
                            }
                        });
                    }
                }
            }
        });
    }
}
