//! What native code does with a dict besides `get` and `set`.
use super::{Dict, IntoItem, NoMemory, Old, Place, key::hash_key};
use crate::prelude::*;
use crate::types::shared_slot;

/// What `Dict::pop_last` found.
enum Last {
    Empty,
    Taken(Value, Value),
}

impl Dict {
    /// The value of a string key.
    ///
    /// # Errors
    /// Whatever a strange key's `__eq__` raises.
    pub fn get_str(&self, th: &Thread, key: &str) -> PyResult<Option<Value>> {
        if self.is_empty() {
            return Ok(None);
        }
        self.get(th, &th.str(key))
    }

    /// The value of an interned string. (A strange key whose `__eq__` raises is not equal.)
    #[inline]
    #[must_use]
    pub fn get_interned(&self, th: &Thread, name: &Value) -> Option<Value> {
        match self.get(th, name) {
            Ok(found) => found,
            Err(_) => {
                th.clear_error();
                None
            }
        }
    }

    /// Sets an interned string. (Without memory, nothing happens.)
    #[inline]
    pub fn set_interned(&self, th: &Thread, name: &Value, value: impl IntoItem) {
        if self.set(th, name, value).is_err() {
            th.clear_error();
        }
    }

    /// Sets a string key (which is interned).
    ///
    /// # Errors
    /// As `set`.
    pub fn set_str(&self, th: &Thread, key: &str, value: impl IntoItem) -> PyResult<()> {
        self.set(th, &th.intern(key), value)
    }

    /// Whether the key is there.
    ///
    /// # Errors
    /// Whatever `__hash__` and `__eq__` raise.
    pub fn contains(&self, th: &Thread, key: &Value) -> PyResult<bool> {
        Ok(self.get(th, key)?.is_some())
    }

    /// Deletes a key; whether it was there.
    ///
    /// # Errors
    /// As `contains`.
    pub fn del(&self, th: &Thread, key: &Value) -> PyResult<bool> {
        Ok(self.pop(th, key)?.is_some())
    }

    /// Deletes a key; its value.
    ///
    /// # Errors
    /// As `contains`.
    pub fn pop(&self, th: &Thread, key: &Value) -> PyResult<Option<Value>> {
        if self.is_empty() {
            // An empty dict does not even hash the key where it need not; errors of `del` come from the caller.
            hash_key(th, key, "a dict key")?;
            return Ok(None);
        }
        let hash = hash_key(th, key, "a dict key")?;
        self.pop_hashed(th, key, hash)
    }

    /// As `pop`, with the hash known.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn pop_hashed(&self, th: &Thread, key: &Value, hash: i64) -> PyResult<Option<Value>> {
        let taken = self.at_key(th, key, hash, |dict, place| match place {
            Place::Found { slot, entry } => Some(dict.remove_locked(slot, entry)),
            Place::Missing => None,
        })?;
        Ok(taken.map(|(_key, value)| value))
    }

    /// Deletes a key if its value is the very one given; whether it did.
    ///
    /// # Errors
    /// As `contains`.
    pub fn del_if(&self, th: &Thread, key: &Value, value: &Value) -> PyResult<bool> {
        let hash = hash_key(th, key, "a dict key")?;
        let taken = self.at_key(th, key, hash, |dict, place| match place {
            Place::Found { slot, entry } => {
                // SAFETY: the lock is held; the value is only compared.
                let same = unsafe { shared_slot::peek(&dict.table().entry(entry).value, |v| v.is(value)) };
                same.then(|| dict.remove_locked(slot, entry))
            }
            Place::Missing => None,
        })?;
        Ok(taken.is_some())
    }

    /// The value of the key, which is set to `default` first if it is missing; atomic. The flag says whether it was missing.
    ///
    /// # Errors
    /// As `set`.
    pub fn set_default(&self, th: &Thread, key: &Value, default: &Value) -> PyResult<(Value, bool)> {
        let hash = hash_key(th, key, "a dict key")?;
        let done = self.at_key(th, key, hash, |dict, place| match place {
            // SAFETY: the lock is held.
            Place::Found { entry, .. } => unsafe {
                Ok((shared_slot::copy_for_readers(&dict.table().entry(entry).value), Old(None), false))
            },
            Place::Missing => {
                dict.insert_locked(key, hash, default.clone()).map(|old| (default.clone(), old, true))
            }
        })?;
        match done {
            Ok((value, old, new)) => {
                Dict::retire(th, old);
                Ok((value, new))
            }
            Err((NoMemory, _)) => Err(th.memory_error()),
        }
    }

    /// Takes the last key and its value out; None: the dict is empty.
    pub fn pop_last(&self, th: &Thread) -> Option<(Value, Value)> {
        let solo = th.is_solo();
        let last = self.locked(th, || {
            let table = self.table();
            let mut i = table.len();
            while i > 0 {
                i -= 1;
                let entry = table.entry(i);
                if entry.key.load(super::Ordering::Relaxed) == shared_slot::EMPTY {
                    continue;
                }
                let hash = entry.hash.load(super::Ordering::Relaxed);
                let Some(slot) = table.slot_of(hash, i) else { continue };
                let (key, value) = self.remove_locked(slot, i);
                if solo {
                    // SAFETY: solo; the entries from here on are deleted.
                    unsafe { table.truncate(i) }
                }
                return Last::Taken(key, value);
            }
            Last::Empty
        });
        match last {
            Last::Taken(key, value) => Some((key, value)),
            Last::Empty => None,
        }
    }

    /// Bytes of the dict's own memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<vm_core::object::Obj<Dict>>() + self.table().bytes()
    }

    /// A new dict object with this content.
    #[must_use]
    pub fn into_value(self, th: &Thread) -> Value {
        th.new_object(th.types().dict, self)
    }
}
