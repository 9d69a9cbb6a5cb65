//! A list without its lock: the array that is current, the length, and reading them while they change.
//!
//! # Rules
//!
//! R1 (list). The array is replaced by a new one under the lock: filled first, then published; the old one is retired through
//!     QSBR. The order of items and length is R2 (list_items).
use super::NoMemory;
use super::list_items::{self, Items, growth};
use super::slot::{self, Read};
use crate::Value;
use crate::mutant;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use crate::thread::ThreadCore;
use std::ptr::NonNull;

/// The part of a list that readers look at.
pub struct ListCore {
    items: AtomicPtr<Items>,
    len: AtomicUsize,
}

/// An old array to be given back once the lock is free.
#[must_use]
pub struct Old(Option<NonNull<Items>>);

impl Old {
    /// Nothing is to be given back.
    pub const NONE: Old = Old(None);
}

impl Default for ListCore {
    fn default() -> ListCore {
        ListCore::new()
    }
}

impl ListCore {
    /// An empty list.
    #[must_use]
    pub fn new() -> ListCore {
        ListCore { items: AtomicPtr::new(list_items::nothing().as_ptr()), len: AtomicUsize::new(0) }
    }

    /// Makes a new array with these items the list's; nobody else has seen it. Only as many as fit are taken.
    pub fn fill(&self, array: NonNull<Items>, values: Vec<Value>) {
        let n = values.len();
        if n > 0 {
            // SAFETY: the array is ours alone.
            let slots = unsafe { array.as_ref() }.slots();
            for (slot, value) in slots.iter().zip(values) {
                slot.store(value.into_owned().into_bits(), Ordering::Relaxed);
            }
        }
        self.items.store(array.as_ptr(), Ordering::Release);
        self.len.store(n, Ordering::Release);
    }

    /// Number of items.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        // Acquire: pairs with the stores of the length (R2 (list_items)).
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
    #[must_use]
    pub fn array(&self) -> &Items {
        // SAFETY: published arrays live until a grace period has passed. Acquire: pairs with the stores of `items`.
        unsafe { &*self.items.load(Ordering::Acquire) }
    }

    /// Item `i`, without the lock. Some(None): beyond the end. None: it takes the lock.
    pub fn read(&self, i: usize) -> Option<Option<Value>> {
        for _ in 0..4 {
            if i >= self.len() {
                return Some(None);
            }
            let array = self.array();
            let Some(slot) = array.slots().get(i) else { continue };
            // SAFETY: no safepoint lies between the array's load and the last look.
            match unsafe { slot::read(slot, || std::ptr::eq(self.items.load(Ordering::Acquire), array)) } {
                Read::Got(value) if !value.is_unbound() => return Some(Some(value)),
                Read::Locked => break,
                _ => {}
            }
        }
        None
    }

    /// Appends without more room, by a thread that is alone; the value comes back if there is none.
    #[inline(always)]
    pub fn push_solo(&self, value: Value) -> Result<(), Value> {
        let len = self.len.load(Ordering::Relaxed);
        let Some(slot) = self.array().slots().get(len) else { return Err(value) };
        slot.store(value.into_owned().into_bits(), Ordering::Relaxed);
        self.len.store(len + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Appends under the lock.
    ///
    /// # Errors
    /// Without memory the value comes back.
    pub fn push_locked(&self, solo: bool, value: Value) -> Result<Old, (NoMemory, Value)> {
        let len = self.len();
        let old = match self.reserve_locked(solo, len + 1) {
            Ok(old) => old,
            Err(e) => return Err((e, value)),
        };
        let Some(slot) = self.array().slots().get(len) else { return Err((NoMemory, value)) };
        if mutant!("list_length_first") {
            self.len.store(len + 1, Ordering::Release);
        }
        // Release: pairs with `slot::read`; the length after the item (R2 (list_items)).
        slot.store(value.into_owned().into_bits(), Ordering::Release);
        self.len.store(len + 1, Ordering::Release);
        Ok(old)
    }

    /// Makes room for `n` items, under the lock.
    ///
    /// # Errors
    /// Without memory nothing has changed.
    pub fn reserve_locked(&self, solo: bool, n: usize) -> Result<Old, NoMemory> {
        let array = self.array();
        if n <= array.capacity() {
            return Ok(Old::NONE);
        }
        self.resize_locked(solo, growth(n, self.len()))
    }

    fn resize_locked(&self, solo: bool, capacity: usize) -> Result<Old, NoMemory> {
        let old = NonNull::from(self.array());
        if solo && is_own(old) && capacity > 0 {
            // SAFETY: solo; what lies beyond the length is empty.
            let moved = unsafe { Items::reallocate(old, capacity) }.ok_or(NoMemory)?;
            self.items.store(moved.as_ptr(), Ordering::Release);
            return Ok(Old::NONE);
        }
        let new = Items::allocate(capacity).ok_or(NoMemory)?;
        if mutant!("list_publish_unfilled") {
            self.items.store(new.as_ptr(), Ordering::Release);
        }
        // The words move; the old array keeps them for its readers to compare with.
        // SAFETY: both arrays are there; the new one is ours alone.
        unsafe {
            let from = old.as_ref().slots().get(..self.len()).unwrap_or_default();
            for (to, from) in new.as_ref().slots().iter().zip(from) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
        // Release: pairs with `array`.
        self.items.store(new.as_ptr(), Ordering::Release);
        Ok(if is_own(old) { Old(Some(old)) } else { Old::NONE })
    }

    /// Takes the item at a place out, under the lock. None: beyond the end.
    pub fn remove_locked(&self, solo: bool, i: usize) -> Option<(Value, Old)> {
        let len = self.len();
        if i >= len {
            return None;
        }
        let array = self.array();
        let slots = array.slots();
        let bits = slots.get(i)?.load(Ordering::Relaxed);
        self.len.store(len - 1, Ordering::Release);
        array.shift(solo, i + 1, i, len - 1 - i);
        slots.get(len - 1)?.store(slot::EMPTY, Ordering::Release);
        let old = self.shrink_locked(solo);
        // SAFETY: no slot holds the removed item any more, so its reference is ours.
        Some((unsafe { Value::from_raw_bits(bits) }, old))
    }

    /// Gives memory back when less than half is used, under the lock.
    pub fn shrink_locked(&self, solo: bool) -> Old {
        let (len, capacity) = (self.len(), self.array().capacity());
        if capacity < 16 || len >= capacity / 2 {
            return Old::NONE;
        }
        self.resize_locked(solo, growth(len, len)).unwrap_or(Old::NONE)
    }

    /// Sets the length, under the lock: R2 (list_items) says when.
    pub fn set_len_locked(&self, len: usize) {
        self.len.store(len, Ordering::Release);
    }

    /// Replaces the array and all its items, under the lock: the references of the old ones, and the old array.
    pub fn replace_locked(&self, fresh: &ListCore) -> (Vec<Value>, Old) {
        let n = fresh.len.swap(0, Ordering::Relaxed);
        let array = fresh.items.swap(list_items::nothing().as_ptr(), Ordering::Relaxed);
        let taken = self.take_words();
        self.len.store(0, Ordering::Release);
        let old = self.items.swap(array, Ordering::AcqRel);
        self.len.store(n, Ordering::Release);
        (taken, Old(NonNull::new(old).filter(|old| is_own(*old))))
    }

    /// Takes all items out for sorting, under the lock; the list looks empty, and `is_sorting` until it is written.
    pub fn begin_sort_locked(&self) -> (Vec<Value>, Old) {
        let taken = self.take_words();
        self.len.store(0, Ordering::Release);
        let old = self.items.swap(list_items::sorting().as_ptr(), Ordering::AcqRel);
        (taken, Old(NonNull::new(old).filter(|old| is_own(*old))))
    }

    /// Whether nobody has written the list since `begin_sort_locked`.
    #[must_use]
    pub fn is_sorting(&self) -> bool {
        std::ptr::eq(self.items.load(Ordering::Acquire), list_items::sorting().as_ptr())
    }

    /// The references of all items, under the lock; the array is about to be unlinked.
    fn take_words(&self) -> Vec<Value> {
        let slots = self.array().slots().get(..self.len()).unwrap_or_default();
        // SAFETY: the caller unlinks the array, so each reference is taken over once; readers compare the array first.
        slots.iter().map(|slot| unsafe { Value::from_raw_bits(slot.load(Ordering::Relaxed)) }).collect()
    }

    /// Gives an old array back, without the lock.
    pub fn retire(me: &ThreadCore, old: Old) {
        /// # Safety
        /// `p` is an array that nobody looks at any more.
        unsafe fn free(p: *mut u8) {
            if let Some(items) = NonNull::new(p.cast::<Items>()) {
                // SAFETY: the promise above.
                unsafe { Items::free(items) }
            }
        }
        if let Some(old) = old.0 {
            if mutant!("list_free_at_once") {
                // SAFETY: none, this is the mutant.
                return unsafe { Items::free(old) };
            }
            // SAFETY: the array is unlinked, and its words were moved or taken; `free` is right for it.
            unsafe { me.retire(old.as_ptr().cast(), old.as_ref().bytes(), free) }
        }
    }

    /// Drops everything where nobody else can look: garbage has no readers. The last item first, as in CPython.
    pub fn clear_alone(&self) {
        let n = self.len.swap(0, Ordering::AcqRel);
        let old = self.items.swap(list_items::nothing().as_ptr(), Ordering::AcqRel);
        if let Some(old) = NonNull::new(old).filter(|old| is_own(*old)) {
            // SAFETY: no readers; unlinked, each word is taken once. A list may fill the memory, so nothing is allocated for
            // this.
            unsafe {
                for slot in old.as_ref().slots().get(..n).unwrap_or_default().iter().rev() {
                    drop(Value::from_raw_bits(slot.swap(Value::UNBOUND.bits(), Ordering::Relaxed)));
                }
                Items::free(old);
            }
        }
    }
}

/// Whether the array is a list's own.
fn is_own(items: NonNull<Items>) -> bool {
    items != list_items::nothing() && items != list_items::sorting()
}
