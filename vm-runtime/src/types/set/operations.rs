//! Set algebra on payloads, with CPython's choice of which side is walked (it shows in the order of the result).
use super::{PURPOSE, Set};
use crate::prelude::*;
use crate::types::dict::Dict;
use crate::types::dict::key::hash_key;

/// Hashes and elements of a set or dict, without asking for hashes anew; None for other iterables.
pub fn hashed(th: &Thread, other: &Value) -> Option<Vec<(i64, Value)>> {
    if let Some(set) = other.payload::<Set>() {
        return Some(set.entries(th));
    }
    if th.is_exact(other, th.types().dict)
        && let Some(dict) = other.payload::<Dict>()
    {
        return Some(dict.items_hashed(th).into_iter().map(|(hash, key, _)| (hash, key)).collect());
    }
    None
}

impl Set {
    /// A set of the elements of an iterable.
    ///
    /// # Errors
    /// What iteration, `__hash__` and `__eq__` raise.
    pub fn from_iterable(th: &Thread, other: &Value) -> PyResult<Set> {
        if let Some(set) = other.payload::<Set>() {
            return set.try_copy(th).ok_or_else(|| th.memory_error());
        }
        let set = Set::new();
        set.update(th, other)?;
        Ok(set)
    }

    /// Adds the elements of an iterable.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn update(&self, th: &Thread, other: &Value) -> PyResult<()> {
        if let Some(set) = other.payload::<Set>() {
            if std::ptr::eq(set, self) {
                return Ok(());
            }
            if self.is_empty() && self.table().fill() == 0 {
                let copy = set.try_copy(th).ok_or_else(|| th.memory_error())?;
                self.take_over(th, &copy);
                return Ok(());
            }
        }
        match hashed(th, other) {
            Some(entries) => {
                self.reserve(th, entries.len());
                for (hash, key) in entries {
                    self.add_hashed(th, &key, hash)?;
                }
                Ok(())
            }
            None => match th.builtin_items(other) {
                Some(keys) => keys.iter().try_for_each(|key| self.add(th, key).map(drop)),
                None => th.for_each(other, |key| self.add(th, &key).map(drop)),
            },
        }
    }

    /// Removes the elements of an iterable.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn difference_update(&self, th: &Thread, other: &Value) -> PyResult<()> {
        if other.payload::<Set>().is_some_and(|set| std::ptr::eq(set, self)) {
            self.clear(th);
            return Ok(());
        }
        match other.payload::<Set>() {
            Some(set) => {
                for (hash, key) in set.entries(th) {
                    self.discard_hashed(th, &key, hash)?;
                }
                Ok(())
            }
            None => th.for_each(other, |key| {
                let hash = hash_key(th, &key, PURPOSE)?;
                self.discard_hashed(th, &key, hash).map(drop)
            }),
        }
    }

    /// The elements that are not in an iterable.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn difference(&self, th: &Thread, other: &Value) -> PyResult<Set> {
        let size = match other.payload::<Set>() {
            Some(set) => Some(set.len()),
            None if th.is_exact(other, th.types().dict) => other.payload::<Dict>().map(Dict::len),
            None => None,
        };
        let Some(size) = size.filter(|size| self.len() >> 2 <= *size) else {
            let copy = self.try_copy(th).ok_or_else(|| th.memory_error())?;
            copy.difference_update(th, other)?;
            return Ok(copy);
        };
        let _ = size;
        let result = Set::new();
        for (hash, key) in self.entries(th) {
            let there = match other.payload::<Set>() {
                Some(set) => set.contains_hashed(th, &key, hash)?,
                None => match other.payload::<Dict>() {
                    Some(dict) => dict.get_hashed(th, &key, hash)?.is_some(),
                    None => false,
                },
            };
            if !there {
                result.add_hashed(th, &key, hash)?;
            }
        }
        Ok(result)
    }

    /// The elements that are in an iterable as well.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn intersection(&self, th: &Thread, other: &Value) -> PyResult<Set> {
        let result = Set::new();
        if let Some(set) = other.payload::<Set>() {
            if std::ptr::eq(set, self) {
                return self.try_copy(th).ok_or_else(|| th.memory_error());
            }
            let (walk, test) = if set.len() > self.len() { (self, set) } else { (set, self) };
            for (hash, key) in walk.entries(th) {
                if test.contains_hashed(th, &key, hash)? {
                    result.add_hashed(th, &key, hash)?;
                }
            }
            return Ok(result);
        }
        th.for_each(other, |key| {
            let hash = hash_key(th, &key, PURPOSE)?;
            if self.contains_hashed(th, &key, hash)? {
                result.add_hashed(th, &key, hash)?;
            }
            Ok(())
        })?;
        Ok(result)
    }

    /// Keeps what is in `other` as well.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn intersection_update(&self, th: &Thread, other: &Value) -> PyResult<()> {
        let result = self.intersection(th, other)?;
        self.take_over(th, &result);
        Ok(())
    }

    /// Keeps what is in exactly one of the two.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn symmetric_difference_update(&self, th: &Thread, other: &Value) -> PyResult<()> {
        if other.payload::<Set>().is_some_and(|set| std::ptr::eq(set, self)) {
            self.clear(th);
            return Ok(());
        }
        let entries = match hashed(th, other) {
            Some(entries) => entries,
            None => Set::from_iterable(th, other)?.entries(th),
        };
        for (hash, key) in entries {
            if !self.discard_hashed(th, &key, hash)? {
                self.add_hashed(th, &key, hash)?;
            }
        }
        Ok(())
    }

    /// What is in exactly one of the two.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn symmetric_difference(&self, th: &Thread, this: &Value, other: &Value) -> PyResult<Set> {
        let result = Set::from_iterable(th, other)?;
        let _ = self;
        result.symmetric_difference_update(th, this)?;
        Ok(result)
    }

    /// Whether another set has all elements.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn is_subset(&self, th: &Thread, other: &Set) -> PyResult<bool> {
        if self.len() > other.len() {
            return Ok(false);
        }
        let mut pos = 0;
        while let Some((hash, key)) = self.next_entry(th, &mut pos) {
            if !other.contains_hashed(th, &key, hash)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether nothing is in both.
    ///
    /// # Errors
    /// As `from_iterable`.
    pub fn is_disjoint(&self, th: &Thread, other: &Value) -> PyResult<bool> {
        if let Some(set) = other.payload::<Set>() {
            if std::ptr::eq(set, self) {
                return Ok(self.is_empty());
            }
            let (walk, test) = if set.len() > self.len() { (self, set) } else { (set, self) };
            let mut pos = 0;
            while let Some((hash, key)) = walk.next_entry(th, &mut pos) {
                if test.contains_hashed(th, &key, hash)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let it = th.iter(other)?;
        while let Some(key) = th.next(&it)? {
            let hash = hash_key(th, &key, PURPOSE)?;
            if self.contains_hashed(th, &key, hash)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Equality of two sets.
    ///
    /// # Errors
    /// Whatever `__eq__` raises.
    pub fn equals(&self, th: &Thread, other: &Set) -> PyResult<bool> {
        Ok(self.len() == other.len() && self.is_subset(th, other)?)
    }
}
