//! `dict`: an insertion-ordered hash table, read without a lock and written under one.
//!
//! What native code uses is in this file and in `dict/native.rs`; the Python side is in `dict/methods.rs` and `dict/views.rs`.
//!
//! The memory, and how it is read while it changes, is `vm_core::container::dict` with its rules.
//!
//! # Rules
//!
//! R3 (dict). A lookup that must ask Python's `__eq__` does so without lock and table pointer, and looks again from the start;
//!     the answers it has got stand (`Answers`), so it ends.
mod entries;
pub mod iter;
pub mod key;
pub mod methods;
pub mod native;
pub mod update;
pub mod views;

use crate::prelude::*;
use key::{Answers, hash_key};
pub use methods::SPEC;
use vm_core::container::NoMemory;
pub(crate) use vm_core::container::dict::{DictCore, Old, Place};
use vm_core::container::slot;
use vm_core::sync::atomic::Ordering;

/// The payload of `dict`.
pub struct Dict {
    core: DictCore,
    lock: ObjCell<()>,
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

impl Default for Dict {
    fn default() -> Dict {
        Dict::new()
    }
}

impl Dict {
    /// An empty dict.
    #[must_use]
    pub fn new() -> Dict {
        Dict { core: DictCore::new(), lock: ObjCell::new(()) }
    }

    /// An empty dict with room for `n` keys (if there is memory).
    #[must_use]
    pub fn with_capacity(n: usize) -> Dict {
        Dict { core: DictCore::with_capacity(n), lock: ObjCell::new(()) }
    }

    /// Number of keys.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether there are no keys.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.core.is_empty()
    }

    /// Raised after every change of keys or values (R4 (dict)). Not unique between dicts.
    #[inline(always)]
    #[must_use]
    pub fn version(&self) -> u64 {
        self.core.version()
    }

    /// Raised after every change of the set of keys, and when the table is replaced (R4 (dict)). While it is the same, entry
    /// numbers name the same keys. Not unique between dicts, but for those that are marked (`mark_namespace`).
    #[inline(always)]
    #[must_use]
    pub fn keys_version(&self) -> u32 {
        self.core.keys_version()
    }

    /// Makes the versions of this dict's keys unique among all dicts, from now on: caches that are shared by code which runs
    /// in several namespaces can go by them.
    pub fn mark_namespace(&self, th: &Thread) {
        self.locked(th, || self.core.mark_namespace_locked());
    }

    /// Whether `keys_version` is unique.
    #[inline]
    #[must_use]
    pub fn is_namespace(&self) -> bool {
        self.core.is_namespace()
    }

    /// Runs `f` with the lock held; with nothing but itself to look out for while solo. R2.
    #[inline(always)]
    pub(crate) fn locked<R>(&self, th: &Thread, f: impl FnOnce() -> R) -> R {
        if th.is_solo() { f() } else { self.lock.with(th, |()| f()) }
    }

    /// Gives an old table back, without the lock.
    #[inline]
    fn retire(th: &Thread, old: Old) {
        DictCore::retire(th.core(), old);
    }

    /// Finds a key under the lock; Err: Python must be asked whether this key is equal.
    #[inline]
    fn find_locked(&self, th: &Thread, key: &Value, hash: i64, answers: &Answers) -> Result<Place, Value> {
        self.core.find_locked(hash, key.identity(), |k| answers.eq(th, k, key)).map_err(|entry| {
            // SAFETY: the lock is held.
            unsafe { slot::copy(&self.core.table().entry(entry).key) }
        })
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
            && let Some(found) = self.core.read(hash, key.identity(), |k| key::native_eq(th, k, key))
        {
            return Ok(found);
        }
        self.at_key(th, key, hash, |dict, place| match place {
            Place::Found { entry, .. } => {
                let entry = dict.core.table().entry(entry);
                // SAFETY: the lock is held.
                unsafe {
                    slot::let_read(&entry.key);
                    Some(slot::copy_for_readers(&entry.value))
                }
            }
            Place::Missing => None,
        })
    }

    /// Sets a key whose hash is known.
    pub fn set_hashed(&self, th: &Thread, key: &Value, hash: i64, value: Value) -> PyResult<()> {
        let mut value = Some(value);
        let done = self.at_key(th, key, hash, |dict, place| {
            let Some(value) = value.take() else { return Ok((None, Old(None))) };
            match place {
                Place::Found { entry, .. } => Ok((Some(dict.core.replace_locked(entry, value)), Old(None))),
                Place::Missing => dict.core.insert_locked(key.clone(), hash, value).map(|old| (None, old)),
            }
        })?;
        match done {
            Ok((_dropped, old)) => {
                Dict::retire(th, old);
                Ok(())
            }
            Err((NoMemory, _key, _value)) => Err(th.memory_error()),
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
        let table = self.core.table();
        for i in 0..table.len() {
            let entry = table.entry(i);
            // SAFETY: nobody writes (see above); the visitor does not keep the values.
            unsafe {
                slot::peek(&entry.key, |key| visit(key));
                slot::peek(&entry.value, |value| visit(value));
            }
        }
    }

    /// Drops everything where nobody else can look: for the collector, and for dicts of dying objects.
    pub fn clear_quiet(&self) {
        self.core.clear_alone();
    }

    /// Drops all entries; called by the collector for garbage.
    fn clear_for_gc(&self) {
        self.core.clear_alone();
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        self.core.clear_alone();
    }
}

/// A plain dict with the content of a dict object (of a subclass, too).
///
/// # Errors
/// TypeError if it is no dict.
pub fn copy_exact(th: &Thread, dict: &Value) -> PyResult<Value> {
    Ok(th.expect::<Dict>(dict, "dict")?.copy(th).into_value(th))
}
