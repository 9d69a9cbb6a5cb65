//! What native code does with a dict besides `get` and `set`.
use super::{Dict, IntoItem, NoMemory, Old, Place, key::hash_key};
use crate::prelude::*;
use vm_core::container::{dict_table, slot};

/// What `Dict::pop_last` found.
enum Last {
    Empty,
    Taken(Value, Value),
}

impl Dict {
    /// The value of a string key. (A strange key whose `__eq__` raises is not equal.)
    #[must_use]
    pub fn get_str(&self, th: &Thread, key: &str) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        self.get_interned(th, &th.str(key))
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
            Place::Found { slot, entry } => Some(dict.core.remove_locked(slot, entry)),
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
                let same = unsafe { slot::peek(&dict.core.table().entry(entry).value, |v| v.is(value)) };
                same.then(|| dict.core.remove_locked(slot, entry))
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
        self.set_default_hashed(th, key, hash, default)
    }

    /// As `set_default`, with the hash known.
    ///
    /// # Errors
    /// Whatever `__eq__` raises; MemoryError.
    pub fn set_default_hashed(
        &self,
        th: &Thread,
        key: &Value,
        hash: i64,
        default: &Value,
    ) -> PyResult<(Value, bool)> {
        let done = self.at_key(th, key, hash, |dict, place| match place {
            // SAFETY: the lock is held.
            Place::Found { entry, .. } => unsafe {
                Ok((slot::copy_for_readers(&dict.core.table().entry(entry).value), Old(None), false))
            },
            Place::Missing => dict
                .core
                .insert_locked(key.clone(), hash, default.clone())
                .map(|old| (default.clone(), old, true)),
        })?;
        match done {
            Ok((value, old, new)) => {
                Dict::retire(th, old);
                Ok((value, new))
            }
            Err((NoMemory, ..)) => Err(th.memory_error()),
        }
    }

    /// Takes the last key and its value out; None: the dict is empty.
    pub fn pop_last(&self, th: &Thread) -> Option<(Value, Value)> {
        let solo = th.is_solo();
        let last = self.locked(th, || {
            let table = self.core.table();
            let mut i = table.live_end();
            while i > 0 {
                i -= 1;
                let entry = table.entry(i);
                if entry.key.load(super::Ordering::Relaxed) == slot::EMPTY {
                    continue;
                }
                let hash = entry.hash.load(super::Ordering::Relaxed);
                let Some(slot) = table.slot_of(hash, i) else { continue };
                let (key, value) = self.core.remove_locked(slot, i);
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

    /// Takes the first key and its value out; None: the dict is empty.
    pub fn pop_first(&self, th: &Thread) -> Option<(Value, Value)> {
        self.locked(th, || {
            let table = self.core.table();
            for i in table.first()..table.len() {
                let entry = table.entry(i);
                if entry.key.load(super::Ordering::Relaxed) != slot::EMPTY {
                    let slot = table.slot_of(entry.hash.load(super::Ordering::Relaxed), i)?;
                    return Some(self.core.remove_locked(slot, i));
                }
            }
            None
        })
    }

    /// Moves a key to the end of the order, or to the beginning (which takes time for every key); its value, or None if it is
    /// missing.
    ///
    /// # Errors
    /// Whatever `__eq__` raises; MemoryError.
    pub fn move_to(&self, th: &Thread, key: &Value, hash: i64, last: bool) -> PyResult<Option<Value>> {
        let done = self.at_key(th, key, hash, |dict, place| {
            let Place::Found { slot, entry } = place else { return Ok(None) };
            let table = dict.core.table();
            // SAFETY: the lock is held.
            let value = unsafe { slot::copy(&table.entry(entry).value) };
            if last {
                if entry + 1 == table.live_end() {
                    return Ok(Some((value, Old(None), None)));
                }
                if !table.has_room() {
                    // Room first, so that nothing is lost without memory.
                    let log2 = dict_table::log2_for_slots(dict.len().saturating_mul(3)).ok_or(NoMemory)?;
                    let old = dict.core.resize_locked(log2)?;
                    let table = dict.core.table();
                    let again = (0..table.len()).find(|&i| {
                        // SAFETY: the lock is held; only compared.
                        let same = unsafe { slot::peek(&table.entry(i).value, |v| v.is(&value)) };
                        same && table.entry(i).hash.load(super::Ordering::Relaxed) == hash
                    });
                    let Some(entry) = again else { return Ok(Some((value, old, None))) };
                    let Some(slot) = table.slot_of(hash, entry) else { return Ok(Some((value, old, None))) };
                    let (own_key, own_value) = dict.core.remove_locked(slot, entry);
                    let rest = dict.core.insert_locked(own_key.clone(), hash, own_value);
                    return match rest {
                        Ok(_) => Ok(Some((value, old, Some(own_key)))),
                        Err((e, ..)) => Err(e),
                    };
                }
                let (own_key, own_value) = dict.core.remove_locked(slot, entry);
                return match dict.core.insert_locked(own_key.clone(), hash, own_value) {
                    Ok(old) => Ok(Some((value, old, Some(own_key)))),
                    Err((e, ..)) => Err(e),
                };
            }
            let old = dict.core.rebuild_with_first_locked(entry)?;
            Ok(Some((value, old, None)))
        })?;
        match done {
            Ok(None) => Ok(None),
            Ok(Some((value, old, _key))) => {
                Dict::retire(th, old);
                Ok(Some(value))
            }
            Err(NoMemory) => Err(th.memory_error()),
        }
    }

    /// Bytes of the dict's own memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<vm_core::object::Obj<Dict>>() + self.core.table().bytes()
    }

    /// A new dict object with this content.
    #[must_use]
    pub fn into_value(self, th: &Thread) -> Value {
        th.new_object(th.types().dict, self)
    }
}
