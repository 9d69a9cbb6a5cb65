//! `list`: items read without a lock and written under one.
//!
//! The memory is in `list/items.rs` with its rules; the Python side is in `list/methods.rs`.
mod items;
pub mod methods;
mod sort;

use crate::prelude::*;
use crate::types::shared_slot::{self, Read};
use crate::types::subscript::{Range, place};
use items::{Items, growth};
pub use methods::SPEC;
pub use sort::sort_values;
use std::ptr::NonNull;
use vm_core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The payload of `list`.
pub struct List {
    items: AtomicPtr<Items>,
    len: AtomicUsize,
    lock: ObjCell<()>,
}

payload!(List, "list", traverse = List::traverse, clear = List::clear_for_gc);

/// The allocator refused.
#[derive(Debug)]
pub struct NoMemory;

impl Default for List {
    fn default() -> List {
        List::new(Vec::new())
    }
}

impl List {
    /// A list of these items.
    #[must_use]
    pub fn new(values: Vec<Value>) -> List {
        let list = List {
            items: AtomicPtr::new(items::nothing().as_ptr()),
            len: AtomicUsize::new(0),
            lock: ObjCell::new(()),
        };
        if let Some(array) = Items::allocate(values.len()) {
            list.fill(array, values);
        }
        list
    }

    /// As `new`; None without memory for the array.
    #[must_use]
    pub fn try_new(values: Vec<Value>) -> Option<List> {
        let list = List::new(Vec::new());
        list.fill(Items::allocate(values.len())?, values);
        Some(list)
    }

    fn fill(&self, array: NonNull<Items>, values: Vec<Value>) {
        // SAFETY: the array is ours alone.
        let slots = unsafe { array.as_ref() }.slots();
        let n = values.len();
        for (slot, value) in slots.iter().zip(values) {
            slot.store(value.into_owned().into_bits(), Ordering::Relaxed);
        }
        self.items.store(array.as_ptr(), Ordering::Release);
        self.len.store(n, Ordering::Release);
    }

    /// Number of items.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        // Acquire: pairs with the stores of the length (R2 (items)).
        self.len.load(Ordering::Acquire)
    }

    /// Whether there are no items.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array. It may be looked at until this thread's next safepoint (while solo: until the list is written).
    #[inline(always)]
    fn array(&self) -> &Items {
        // SAFETY: published arrays live until a grace period has passed. Acquire: pairs with `publish`.
        unsafe { &*self.items.load(Ordering::Acquire) }
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
            if i >= self.len.load(Ordering::Relaxed) {
                return None;
            }
            // SAFETY: nobody writes while the VM is solo and we are here.
            return self.array().slots().get(i).map(|slot| unsafe { shared_slot::copy(slot) });
        }
        self.get_shared(th, i)
    }

    fn get_shared(&self, th: &Thread, i: usize) -> Option<Value> {
        for _ in 0..4 {
            if i >= self.len() {
                return None;
            }
            let array = self.array();
            let Some(slot) = array.slots().get(i) else { continue };
            // SAFETY: no safepoint lies between the array's load and the last look.
            match unsafe {
                shared_slot::read(slot, || std::ptr::eq(self.items.load(Ordering::Acquire), array))
            } {
                Read::Got(value) if !value.is_unbound() => return Some(value),
                Read::Locked => break,
                _ => {}
            }
        }
        self.locked(th, || {
            if i >= self.len() {
                return None;
            }
            // SAFETY: the lock is held.
            self.array().slots().get(i).map(|slot| unsafe { shared_slot::copy_for_readers(slot) })
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
            unsafe { Some(shared_slot::replace(self.array().slots().get(i)?, value.take()?)) }
        });
        old.is_some()
    }

    /// Makes room for `n` items, under the lock; what is to be retired.
    fn reserve_locked(&self, th: &Thread, n: usize) -> Result<Option<NonNull<Items>>, NoMemory> {
        let array = self.array();
        if n <= array.capacity() {
            return Ok(None);
        }
        self.resize_locked(th, growth(n, self.len()))
    }

    fn resize_locked(&self, th: &Thread, capacity: usize) -> Result<Option<NonNull<Items>>, NoMemory> {
        let old = NonNull::from(self.array());
        let static_array = old == items::nothing() || old == items::sorting();
        if th.is_solo() && !static_array && capacity > 0 {
            // SAFETY: solo; what lies beyond the length is empty.
            let moved = unsafe { Items::reallocate(old, capacity) }.ok_or(NoMemory)?;
            self.items.store(moved.as_ptr(), Ordering::Release);
            return Ok(None);
        }
        let new = Items::allocate(capacity).ok_or(NoMemory)?;
        // SAFETY: the new array is ours alone. The words move; the old array keeps them for its readers to compare with.
        unsafe {
            for (to, from) in new
                .as_ref()
                .slots()
                .iter()
                .zip(&self.array().slots()[..self.len().min(old.as_ref().capacity())])
            {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
        // Release: pairs with `array`.
        self.items.store(new.as_ptr(), Ordering::Release);
        Ok(if static_array { None } else { Some(old) })
    }

    fn retire(th: &Thread, old: Option<NonNull<Items>>) {
        /// # Safety
        /// `p` is an array that nobody looks at any more.
        unsafe fn free(p: *mut u8) {
            if let Some(items) = NonNull::new(p.cast::<Items>()) {
                // SAFETY: the promise above.
                unsafe { Items::free(items) }
            }
        }
        if let Some(old) = old {
            // SAFETY: unlinked; its words were moved or taken.
            unsafe { th.core().retire(old.as_ptr().cast(), old.as_ref().bytes(), free) }
        }
    }

    /// Appends an item.
    ///
    /// # Errors
    /// MemoryError.
    #[inline]
    pub fn append(&self, th: &Thread, value: Value) -> PyResult<()> {
        if th.is_solo() {
            let len = self.len.load(Ordering::Relaxed);
            if let Some(slot) = self.array().slots().get(len) {
                slot.store(value.into_owned().into_bits(), Ordering::Relaxed);
                self.len.store(len + 1, Ordering::Relaxed);
                return Ok(());
            }
        }
        self.append_slow(th, value)
    }

    fn append_slow(&self, th: &Thread, value: Value) -> PyResult<()> {
        let mut value = Some(value);
        let done = self.locked(th, || {
            let len = self.len();
            let old = self.reserve_locked(th, len + 1)?;
            if let (Some(slot), Some(value)) = (self.array().slots().get(len), value.take()) {
                // Release: pairs with `shared_slot::read`; the length after the item (R2 (items)).
                slot.store(value.into_owned().into_bits(), Ordering::Release);
                self.len.store(len + 1, Ordering::Release);
            }
            Ok(old)
        });
        match done {
            Ok(old) => {
                List::retire(th, old);
                Ok(())
            }
            Err(NoMemory) => Err(th.memory_error()),
        }
    }

    /// Takes the item at a place out.
    pub fn remove_at(&self, th: &Thread, i: usize) -> Option<Value> {
        let taken = self.locked(th, || self.remove_locked(th, i));
        let (value, old) = taken?;
        List::retire(th, old);
        Some(value)
    }

    fn remove_locked(&self, th: &Thread, i: usize) -> Option<(Value, Option<NonNull<Items>>)> {
        let len = self.len();
        if i >= len {
            return None;
        }
        let array = self.array();
        let slots = array.slots();
        let bits = slots.get(i)?.load(Ordering::Relaxed);
        self.len.store(len - 1, Ordering::Release);
        array.shift(th, i + 1, i, len - 1 - i);
        slots.get(len - 1)?.store(shared_slot::EMPTY, Ordering::Release);
        let old = self.shrink_locked(th);
        // SAFETY: no slot holds the removed item any more, so its reference is ours.
        Some((unsafe { Value::from_raw_bits(bits) }, old))
    }

    /// Gives memory back when less than half is used, under the lock.
    fn shrink_locked(&self, th: &Thread) -> Option<NonNull<Items>> {
        let (len, capacity) = (self.len(), self.array().capacity());
        if capacity < 16 || len >= capacity / 2 {
            return None;
        }
        self.resize_locked(th, growth(len, len)).unwrap_or(None)
    }

    /// The last item, taken out.
    #[inline]
    pub fn pop(&self, th: &Thread) -> Option<Value> {
        let taken = self.locked(th, || self.remove_locked(th, self.len().checked_sub(1)?));
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
            let old = self.reserve_locked(th, after)?;
            let array = self.array();
            let slots = array.slots();
            let mut removed = Vec::with_capacity(end - start);
            for slot in slots.get(start..end).unwrap_or_default() {
                removed.push(slot.load(Ordering::Relaxed));
            }
            if after < len {
                self.len.store(after, Ordering::Release);
            }
            array.shift(th, end, start + incoming, len - end);
            for (slot, value) in slots
                .get(start..start + incoming)
                .unwrap_or_default()
                .iter()
                .zip(new.take().unwrap_or_default())
            {
                slot.store(value.into_owned().into_bits(), Ordering::Release);
            }
            for slot in slots.get(after..len).unwrap_or_default() {
                slot.store(shared_slot::EMPTY, Ordering::Release);
            }
            self.len.store(after, Ordering::Release);
            // SAFETY: the removed words are in no slot any more.
            let removed: Vec<Value> =
                removed.into_iter().map(|bits| unsafe { Value::from_raw_bits(bits) }).collect();
            let shrunk = if after < len { self.shrink_locked(th) } else { None };
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
            let slots = self.array().slots();
            let mut old = Vec::with_capacity(range.count);
            for (i, value) in range.iter().zip(new.take().unwrap_or_default()) {
                if let Some(slot) = slots.get(i) {
                    // SAFETY: the lock is held.
                    old.push(unsafe { shared_slot::replace(slot, value) });
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
                return (Vec::new(), None);
            }
            let array = self.array();
            let slots = array.slots();
            let (start, step) = (range.start as usize, range.step as usize);
            let removed: Vec<u64> =
                range.iter().filter_map(|i| slots.get(i)).map(|slot| slot.load(Ordering::Relaxed)).collect();
            let after = len - range.count;
            self.len.store(after, Ordering::Release);
            for k in 0..range.count {
                let from = start + k * step + 1;
                let to = if k + 1 < range.count { start + (k + 1) * step } else { len };
                array.shift(th, from, from - (k + 1), to - from);
            }
            for slot in slots.get(after..len).unwrap_or_default() {
                slot.store(shared_slot::EMPTY, Ordering::Release);
            }
            // SAFETY: the removed words are in no slot any more.
            let removed: Vec<Value> =
                removed.into_iter().map(|bits| unsafe { Value::from_raw_bits(bits) }).collect();
            (removed, self.shrink_locked(th))
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
            let slots = self.array().slots().get(start..end.clamp(start, len)).unwrap_or_default();
            // SAFETY: the lock is held.
            slots.iter().map(|slot| unsafe { shared_slot::copy(slot) }).collect()
        })
    }

    /// The items of a slice as of one moment.
    #[must_use]
    pub fn range_to_vec(&self, th: &Thread, fit: impl FnOnce(usize) -> Range) -> Vec<Value> {
        self.locked(th, || {
            let range = fit(self.len());
            let slots = self.array().slots();
            // SAFETY: the lock is held.
            range.iter().filter_map(|i| slots.get(i)).map(|slot| unsafe { shared_slot::copy(slot) }).collect()
        })
    }

    /// Takes everything out and puts other items in; the old ones.
    pub fn replace_all(&self, th: &Thread, new: Vec<Value>) -> Vec<Value> {
        let mut new = Some(List::new(new));
        let (taken, old) = self.locked(th, || {
            let taken = self.take_words();
            let old = self.items.load(Ordering::Relaxed);
            if let Some(fresh) = new.take() {
                let n = fresh.len.swap(0, Ordering::Relaxed);
                let array = fresh.items.swap(items::nothing().as_ptr(), Ordering::Relaxed);
                self.len.store(0, Ordering::Release);
                self.items.store(array, Ordering::Release);
                self.len.store(n, Ordering::Release);
            }
            (taken, old)
        });
        let old = NonNull::new(old).filter(|old| *old != items::nothing() && *old != items::sorting());
        List::retire(th, old);
        taken
    }

    /// The references of all items, under the lock; the array is about to be unlinked.
    fn take_words(&self) -> Vec<Value> {
        let slots = self.array().slots().get(..self.len()).unwrap_or_default();
        // SAFETY: the caller unlinks the array, so each reference is taken over once; readers compare the array first.
        slots.iter().map(|slot| unsafe { Value::from_raw_bits(slot.load(Ordering::Relaxed)) }).collect()
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
            let slots = self.array().slots().get(..self.len()).unwrap_or_default();
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
        let (taken, old) = self.locked(th, || {
            let taken = self.take_words();
            self.len.store(0, Ordering::Release);
            (taken, self.items.swap(items::sorting().as_ptr(), Ordering::AcqRel))
        });
        List::retire(
            th,
            NonNull::new(old).filter(|old| *old != items::nothing() && *old != items::sorting()),
        );
        taken
    }

    /// Puts the items back; false if the list was changed meanwhile (the changes are lost).
    fn end_sort(&self, th: &Thread, values: Vec<Value>) -> bool {
        let untouched = std::ptr::eq(self.items.load(Ordering::Acquire), items::sorting().as_ptr());
        drop(self.replace_all(th, values));
        untouched
    }

    /// Bytes of the list's own memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<vm_core::object::Obj<List>>() + self.array().bytes()
    }

    /// Visits the items: the world is stopped, or the list is being dropped.
    fn traverse(&self, visit: Visitor<'_>) {
        for slot in self.array().slots().get(..self.len()).unwrap_or_default() {
            // SAFETY: nobody writes (see above).
            unsafe { shared_slot::peek(slot, |value| visit(value)) }
        }
    }

    /// Drops the items; called by the collector for garbage.
    fn clear_for_gc(&self) {
        let n = self.len.swap(0, Ordering::AcqRel);
        let old = self.items.swap(items::nothing().as_ptr(), Ordering::AcqRel);
        if let Some(old) =
            NonNull::new(old).filter(|old| *old != items::nothing() && *old != items::sorting())
        {
            // SAFETY: garbage has no readers; unlinked, each word is taken once, the last one first as in CPython. A list may
            // fill the memory, so nothing is allocated for this.
            unsafe {
                for slot in old.as_ref().slots().get(..n).unwrap_or_default().iter().rev() {
                    drop(Value::from_raw_bits(slot.swap(Value::UNBOUND.bits(), Ordering::Relaxed)));
                }
                Items::free(old);
            }
        }
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
        self.clear_for_gc();
    }
}
