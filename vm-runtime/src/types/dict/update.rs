//! Filling a dict from mappings, from pairs, and from keyword arguments; equality; union.
use super::Dict;
use crate::prelude::*;
use crate::types::list::List;
use crate::types::tuple::Tuple;

/// What happens to keys that are there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merge {
    /// The new value stands.
    Override,
    /// The old value stands.
    Keep,
    /// A KeyError with the key is raised (`f(**a, **b)`).
    Refuse,
}

impl Dict {
    fn put(&self, th: &Thread, hash: i64, key: &Value, value: Value, merge: Merge) -> PyResult<()> {
        if merge != Merge::Override && self.get_hashed(th, key, hash)?.is_some() {
            return if merge == Merge::Refuse { Err(th.key_error(key.clone())) } else { Ok(()) };
        }
        self.set_hashed(th, key, hash, value)
    }

    /// As `dict.update(other)`: a mapping (anything with `keys`) or an iterable of pairs.
    ///
    /// # Errors
    /// Whatever the other's methods, `__hash__` and `__eq__` raise.
    pub fn update(&self, th: &Thread, other: &Value) -> PyResult<()> {
        if th.is_exact(other, th.types().dict) {
            return self.merge(th, other, Merge::Override);
        }
        match th.get_attr_opt(other, &th.names().keys)? {
            Some(_) => self.merge(th, other, Merge::Override),
            None => self.update_pairs(th, other),
        }
    }

    /// Takes the keys of a mapping over.
    ///
    /// # Errors
    /// As `update`.
    pub fn merge(&self, th: &Thread, other: &Value, merge: Merge) -> PyResult<()> {
        if let Some(dict) = other.payload::<Dict>() {
            let plain = th.is_exact(other, th.types().dict) || !overrides_iter(th, other)?;
            if plain {
                return if std::ptr::eq(dict, self) { Ok(()) } else { self.merge_dict(th, dict, merge) };
            }
        }
        let keys = th.call_method(other, "keys", &[])?;
        let it = th.iter(&keys)?;
        while let Some(key) = th.next(&it)? {
            if merge != Merge::Override && self.contains(th, &key)? {
                if merge == Merge::Refuse {
                    return Err(th.key_error(key));
                }
                continue;
            }
            let value = th.getitem(other, &key)?;
            self.set(th, &key, value)?;
        }
        Ok(())
    }

    /// Takes the keys of another dict over.
    ///
    /// # Errors
    /// As `update`; RuntimeError if `other` changes meanwhile.
    pub fn merge_dict(&self, th: &Thread, other: &Dict, merge: Merge) -> PyResult<()> {
        if other.is_empty() {
            return Ok(());
        }
        self.reserve(th, other.len());
        if !th.is_solo() {
            for (hash, key, value) in other.items_hashed(th) {
                self.put(th, hash, &key, value, merge)?;
            }
            return Ok(());
        }
        let (mut pos, size) = (0, other.len());
        while let Some((hash, key, value)) = other.next_entry_hashed(th, &mut pos) {
            self.put(th, hash, &key, value, merge)?;
            if other.len() != size {
                return Err(th.runtime_error("dict mutated during update"));
            }
        }
        Ok(())
    }

    /// Makes room for `more` keys, if there is memory.
    fn reserve(&self, th: &Thread, more: usize) {
        let wanted = self.len().saturating_add(more);
        if self.core.table().capacity() - self.core.table().len().min(self.core.table().capacity()) >= more
            || more < 5
        {
            return;
        }
        let Some(log2) = vm_core::container::dict_table::log2_for_entries(wanted) else { return };
        let old = self.locked(th, || self.core.resize_locked(log2));
        if let Ok(old) = old {
            Dict::retire(th, old);
        }
    }

    /// Takes pairs over, as `dict(iterable)`.
    ///
    /// # Errors
    /// As `update`; TypeError and ValueError for what is no pair.
    pub fn update_pairs(&self, th: &Thread, pairs: &Value) -> PyResult<()> {
        if let Some(items) = crate::types::dict::views::snapshot(th, pairs, pairs.type_of(th)) {
            return items.iter().enumerate().try_for_each(|(i, item)| {
                let (key, value) = self.pair(th, item, i)?;
                self.set(th, &key, value)
            });
        }
        let it = th.iter(pairs)?;
        let mut i = 0usize;
        while let Some(item) = th.next(&it)? {
            let (key, value) = self.pair(th, &item, i)?;
            self.set(th, &key, value)?;
            i += 1;
        }
        Ok(())
    }

    fn pair(&self, th: &Thread, item: &Value, i: usize) -> PyResult<(Value, Value)> {
        let wrong = |n: usize| {
            th.value_error(format!("dictionary update sequence element #{i} has length {n}; 2 is required"))
        };
        if let Some(tuple) = item.payload::<Tuple>() {
            return match tuple.as_slice() {
                [key, value] => Ok((key.clone(), value.clone())),
                other => Err(wrong(other.len())),
            };
        }
        let items = if let Some(list) = item.payload::<List>() {
            list.to_vec(th)
        } else {
            let it = match th.iter(item) {
                Ok(it) => it,
                Err(raised) => {
                    if th.error_is(th.types().exc.type_error) {
                        th.clear_error();
                        let raised = th.type_error("object is not iterable");
                        return Err(not_a_sequence(th, i, raised));
                    }
                    return Err(raised);
                }
            };
            let mut items = Vec::new();
            loop {
                match th.next(&it) {
                    Ok(Some(v)) => items.push(v),
                    Ok(None) => break,
                    Err(raised) => return Err(not_a_sequence(th, i, raised)),
                }
            }
            items
        };
        let n = items.len();
        let mut items = items.into_iter();
        match (items.next(), items.next()) {
            (Some(key), Some(value)) if n == 2 => Ok((key, value)),
            _ => Err(wrong(n)),
        }
    }

    /// Takes `dict.update`'s arguments over.
    ///
    /// # Errors
    /// As `update`.
    pub fn update_args(&self, th: &Thread, name: &str, args: &CallArgs<'_>) -> PyResult<()> {
        match args.positional() {
            [] => {}
            [other] => self.update(th, other)?,
            more => {
                return Err(th.type_error(format!("{name} expected at most 1 argument, got {}", more.len())));
            }
        }
        for (key, value) in args.keywords() {
            self.set(th, key, value)?;
        }
        Ok(())
    }

    /// Equality of two dicts, as of moments during the call.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn equals(&self, th: &Thread, other: &Dict) -> PyResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        let _guard = th.enter_recursive(" in comparison")?;
        let mut pos = 0;
        while let Some((hash, key, value)) = self.next_entry_hashed(th, &mut pos) {
            match other.get_hashed(th, &key, hash)? {
                Some(theirs) if th.eq(&value, &theirs)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Whether a dict subclass has an `__iter__` of its own (then it is asked for its keys).
fn overrides_iter(th: &Thread, dict: &Value) -> PyResult<bool> {
    let own = dict.type_of(th).lookup(th, &th.names().__iter__);
    let base = th.types().dict.lookup(th, &th.names().__iter__);
    Ok(match (own, base) {
        (Some(own), Some(base)) => !own.is(&base),
        _ => true,
    })
}

/// Says of a TypeError which element was no sequence.
#[cold]
fn not_a_sequence(th: &Thread, i: usize, raised: Raised) -> Raised {
    if th.error_is(th.types().exc.type_error) {
        th.add_note(&format!("Cannot convert dictionary update sequence element #{i} to a sequence"));
    }
    raised
}
