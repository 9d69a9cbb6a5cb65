//! `list`: items read without a lock and written under one.
//!
//! The memory, and how it is read while it changes, is `vm_core::container::list` with its rules; the Python side is in `list/methods.rs`.
pub mod methods;
mod sort;

use crate::prelude::*;
use crate::types::subscript::{Range, place};
pub use methods::SPEC;
pub use sort::sort_values;
use vm_core::container::NoMemory;
use vm_core::container::list::{ListCore, Old};
use vm_core::container::list_items::Items;
use vm_core::container::slot;
use vm_core::sync::atomic::Ordering;

/// The payload of `list`.
pub struct List {
    core: ListCore,
    lock: ObjCell<()>,
}

payload!(List, "list", traverse = List::traverse, clear = List::clear_for_gc);

impl Default for List {
    fn default() -> List {
        List::new(Vec::new())
    }
}

impl List {
    /// A list of these items.
    #[must_use]
    pub fn new(values: Vec<Value>) -> List {
        let list = List { core: ListCore::new(), lock: ObjCell::new(()) };
        if let Some(array) = Items::allocate(values.len()) {
            list.core.fill(array, values);
        }
        list
    }

    /// As `new`; None without memory for the array.
    #[must_use]
    pub fn try_new(values: Vec<Value>) -> Option<List> {
        let list = List::new(Vec::new());
        list.core.fill(Items::allocate(values.len())?, values);
        Some(list)
    }

    /// Number of items.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether there are no items.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.core.is_empty()
    }

    #[inline(always)]
    fn locked<R>(&self, th: &Thread, f: impl FnOnce() -> R) -> R {
        if th.is_solo() { f() } else { self.lock.with(th, |()| f()) }
    }

    /// Item `i`; None beyond the end. Lock-free.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, th: &Thread, i: usize) -> Option<Value> {
        if th.is_solo() {
            if i >= self.core.len() {
                return None;
            }
            // SAFETY: nobody writes while the VM is solo and we are here.
            return self.core.array().slots().get(i).map(|slot| unsafe { slot::copy(slot) });
        }
        self.get_shared(th, i)
    }

    fn get_shared(&self, th: &Thread, i: usize) -> Option<Value> {
        if let Some(found) = self.core.read(i) {
            return found;
        }
        self.locked(th, || {
            if i >= self.len() {
                return None;
            }
            // SAFETY: the lock is held.
            self.core.array().slots().get(i).map(|slot| unsafe { slot::copy_for_readers(slot) })
        })
    }

    /// Item at an index that may be negative.
    #[inline]
    #[must_use]
    pub fn at(&self, th: &Thread, index: i64) -> Option<Value> {
        self.get(th, place(index, self.len())?)
    }

    /// Replaces item `i`; false beyond the end.
    #[inline]
    pub fn set(&self, th: &Thread, i: usize, value: Value) -> bool {
        let mut value = Some(value);
        let old = self.locked(th, || {
            if i >= self.len() {
                return None;
            }
            // SAFETY: the lock is held.
            unsafe { Some(slot::replace(self.core.array().slots().get(i)?, value.take()?)) }
        });
        old.is_some()
    }

    #[inline]
    fn retire(th: &Thread, old: Old) {
        ListCore::retire(th.core(), old);
    }

    /// Appends an item.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn append(&self, th: &Thread, value: Value) -> PyResult<()> {
        let mut value = value;
        if th.is_solo() {
            match self.core.push_solo(value) {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
        self.append_slow(th, value)
    }

    fn append_slow(&self, th: &Thread, value: Value) -> PyResult<()> {
        match self.locked(th, || self.core.push_locked(th.is_solo(), value)) {
            Ok(old) => {
                List::retire(th, old);
                Ok(())
            }
            Err((NoMemory, _value)) => Err(th.memory_error()),
        }
    }

    /// Takes the item at a place out.
    pub fn remove_at(&self, th: &Thread, i: usize) -> Option<Value> {
        let taken = self.locked(th, || self.core.remove_locked(th.is_solo(), i));
        let (value, old) = taken?;
        List::retire(th, old);
        Some(value)
    }

    /// The last item, taken out.
    #[inline]
    pub fn pop(&self, th: &Thread) -> Option<Value> {
        let taken = self.locked(th, || self.core.remove_locked(th.is_solo(), self.len().checked_sub(1)?));
        let (value, old) = taken?;
        List::retire(th, old);
        Some(value)
    }

    /// Replaces items `start..end` (clamped to the list) by others; atomic.
    ///
    /// # Errors
    /// MemoryError.
    pub fn splice(&self, th: &Thread, start: usize, end: usize, new: Vec<Value>) -> PyResult<()> {
        self.splice_with(th, |_| (start, end), new)
    }

    /// As `splice`, with the place computed from the length under the lock.
    ///
    /// # Errors
    /// MemoryError.
    pub fn splice_with(
        &self,
        th: &Thread,
        at: impl FnOnce(usize) -> (usize, usize),
        new: Vec<Value>,
    ) -> PyResult<()> {
        let mut new = Some(new);
        let done = self.locked(th, || {
            let len = self.len();
            let (start, end) = at(len);
            let start = start.min(len);
            let end = end.clamp(start, len);
            let incoming = new.as_ref().map_or(0, Vec::len);
            let after = (len - (end - start)).checked_add(incoming).ok_or(NoMemory)?;
            let old = self.core.reserve_locked(th.is_solo(), after)?;
            let array = self.core.array();
            let slots = array.slots();
            let mut removed = Vec::with_capacity(end - start);
            for slot in slots.get(start..end).unwrap_or_default() {
                removed.push(slot.load(Ordering::Relaxed));
            }
            if after < len {
                self.core.set_len_locked(after);
            }
            array.shift(th.is_solo(), end, start + incoming, len - end);
            for (slot, value) in slots
                .get(start..start + incoming)
                .unwrap_or_default()
                .iter()
                .zip(new.take().unwrap_or_default())
            {
                slot.store(value.into_owned().into_bits(), Ordering::Release);
            }
            for slot in slots.get(after..len).unwrap_or_default() {
                slot.store(slot::EMPTY, Ordering::Release);
            }
            self.core.set_len_locked(after);
            // SAFETY: the removed words are in no slot any more.
            let removed: Vec<Value> =
                removed.into_iter().map(|bits| unsafe { Value::from_raw_bits(bits) }).collect();
            let shrunk = if after < len { self.core.shrink_locked(th.is_solo()) } else { Old::NONE };
            Ok((old, shrunk, removed))
        });
        match done {
            Ok((old, shrunk, removed)) => {
                List::retire(th, old);
                List::retire(th, shrunk);
                drop(removed);
                Ok(())
            }
            Err(NoMemory) => Err(th.memory_error()),
        }
    }

    /// Inserts before place `i`.
    ///
    /// # Errors
    /// MemoryError.
    pub fn insert(&self, th: &Thread, i: usize, value: Value) -> PyResult<()> {
        self.splice(th, i, i, vec![value])
    }

    /// Appends many items at once.
    ///
    /// # Errors
    /// MemoryError.
    pub fn extend(&self, th: &Thread, values: Vec<Value>) -> PyResult<()> {
        if values.is_empty() {
            return Ok(());
        }
        self.splice_with(th, |len| (len, len), values)
    }

    /// Replaces the items of an extended slice by as many others; None: the counts differ (the count is given).
    pub fn set_strided(
        &self,
        th: &Thread,
        fit: impl FnOnce(usize) -> Range,
        new: Vec<Value>,
    ) -> Result<(), usize> {
        let mut new = Some(new);
        let done = self.locked(th, || {
            let range = fit(self.len());
            if new.as_ref().map_or(0, Vec::len) != range.count {
                return Err(range.count);
            }
            let slots = self.core.array().slots();
            let mut old = Vec::with_capacity(range.count);
            for (i, value) in range.iter().zip(new.take().unwrap_or_default()) {
                if let Some(slot) = slots.get(i) {
                    // SAFETY: the lock is held.
                    old.push(unsafe { slot::replace(slot, value) });
                }
            }
            Ok(old)
        });
        done.map(drop)
    }

    /// Deletes the items of an extended slice.
    pub fn delete_strided(&self, th: &Thread, fit: impl FnOnce(usize) -> Range) {
        let (removed, old) = self.locked(th, || {
            let len = self.len();
            let range = fit(len).ascending();
            if range.count == 0 {
                return (Vec::new(), Old::NONE);
            }
            let array = self.core.array();
            let slots = array.slots();
            let (start, step) = (range.start as usize, range.step as usize);
            let removed: Vec<u64> =
                range.iter().filter_map(|i| slots.get(i)).map(|slot| slot.load(Ordering::Relaxed)).collect();
            let after = len - range.count;
            self.core.set_len_locked(after);
            for k in 0..range.count {
                let from = start + k * step + 1;
                let to = if k + 1 < range.count { start + (k + 1) * step } else { len };
                array.shift(th.is_solo(), from, from - (k + 1), to - from);
            }
            for slot in slots.get(after..len).unwrap_or_default() {
                slot.store(slot::EMPTY, Ordering::Release);
            }
            // SAFETY: the removed words are in no slot any more.
            let removed: Vec<Value> =
                removed.into_iter().map(|bits| unsafe { Value::from_raw_bits(bits) }).collect();
            (removed, self.core.shrink_locked(th.is_solo()))
        });
        List::retire(th, old);
        drop(removed);
    }

    /// All items as of one moment.
    #[must_use]
    pub fn to_vec(&self, th: &Thread) -> Vec<Value> {
        self.slice_to_vec(th, 0, usize::MAX)
    }

    /// Items `start..end` as of one moment.
    #[must_use]
    pub fn slice_to_vec(&self, th: &Thread, start: usize, end: usize) -> Vec<Value> {
        self.locked(th, || {
            let len = self.len();
            let start = start.min(len);
            let slots = self.core.array().slots().get(start..end.clamp(start, len)).unwrap_or_default();
            // SAFETY: the lock is held.
            slots.iter().map(|slot| unsafe { slot::copy(slot) }).collect()
        })
    }

    /// The items of a slice as of one moment.
    #[must_use]
    pub fn range_to_vec(&self, th: &Thread, fit: impl FnOnce(usize) -> Range) -> Vec<Value> {
        self.locked(th, || {
            let range = fit(self.len());
            let slots = self.core.array().slots();
            // SAFETY: the lock is held.
            range.iter().filter_map(|i| slots.get(i)).map(|slot| unsafe { slot::copy(slot) }).collect()
        })
    }

    /// Takes everything out and puts other items in; the old ones.
    pub fn replace_all(&self, th: &Thread, new: Vec<Value>) -> Vec<Value> {
        let fresh = List::new(new);
        let (taken, old) = self.locked(th, || self.core.replace_locked(&fresh.core));
        List::retire(th, old);
        taken
    }

    /// Removes everything.
    pub fn clear(&self, th: &Thread) {
        if !self.is_empty() {
            drop_backwards(self.replace_all(th, Vec::new()));
        }
    }

    /// Turns the items around.
    pub fn reverse(&self, th: &Thread) {
        self.locked(th, || {
            let slots = self.core.array().slots().get(..self.len()).unwrap_or_default();
            let n = slots.len();
            for i in 0..n / 2 {
                let (a, b) = (slots[i].load(Ordering::Relaxed), slots[n - 1 - i].load(Ordering::Relaxed));
                slots[i].store(b, Ordering::Release);
                slots[n - 1 - i].store(a, Ordering::Release);
            }
        });
    }

    /// Takes the items out for sorting; the list looks empty until `end_sort`.
    fn begin_sort(&self, th: &Thread) -> Vec<Value> {
        let (taken, old) = self.locked(th, || self.core.begin_sort_locked());
        List::retire(th, old);
        taken
    }

    /// Puts the items back; false if the list was changed meanwhile (the changes are lost).
    fn end_sort(&self, th: &Thread, values: Vec<Value>) -> bool {
        let untouched = self.core.is_sorting();
        drop(self.replace_all(th, values));
        untouched
    }

    /// Bytes of the list's own memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<vm_core::object::Obj<List>>() + self.core.array().bytes()
    }

    /// Visits the items: the world is stopped, or the list is being dropped.
    fn traverse(&self, visit: Visitor<'_>) {
        for slot in self.core.array().slots().get(..self.len()).unwrap_or_default() {
            // SAFETY: nobody writes (see above).
            unsafe { slot::peek(slot, |value| visit(value)) }
        }
    }

    /// Drops the items; called by the collector for garbage.
    fn clear_for_gc(&self) {
        self.core.clear_alone();
    }
}

/// Drops items in CPython's order, the last one first.
fn drop_backwards(mut items: Vec<Value>) {
    while let Some(last) = items.pop() {
        drop(last);
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.core.clear_alone();
    }
}
