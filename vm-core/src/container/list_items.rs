//! The memory of a list: an array of value words with its capacity, and the operations on it under the list's lock.
//!
//! # Rules
//!
//! R1 (list_items). The capacity of an array never changes (but for a thread alone in the VM). Slots at and above the
//!     length hold UNBOUND, so an index below a length that was seen is initialised.
//! R2 (list_items). Growing: a new array is filled and published, then the item stored, then the length. Removing: the length
//!     first, then the slots become UNBOUND, then the references are dropped, without the lock.
use super::slot::EMPTY;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Alive, StaticUsize};
use std::alloc::Layout;
use std::ptr::NonNull;

/// The head of an array.
#[repr(C)]
pub struct Items {
    /// Never changes. It is an atomic so that `&Items` promises nothing about the words behind it: they are written
    /// through pointers that come from such references.
    capacity: StaticUsize,
    alive: Alive,
}

#[cfg(not(loom))]
static NOTHING: Items = Items { capacity: StaticUsize::new(0), alive: Alive::new() };
#[cfg(not(loom))]
static SORTING: Items = Items { capacity: StaticUsize::new(0), alive: Alive::new() };

/// The array without room. Never written or freed.
#[must_use]
pub fn nothing() -> NonNull<Items> {
    // Loom's cells cannot be in a static. Models have no empty lists.
    #[cfg(loom)]
    return NonNull::dangling();
    #[cfg(not(loom))]
    NonNull::from(&NOTHING)
}

/// The array of a list that is being sorted: no room, and another address than `nothing()`.
#[must_use]
pub fn sorting() -> NonNull<Items> {
    #[cfg(loom)]
    return NonNull::dangling();
    #[cfg(not(loom))]
    NonNull::from(&SORTING)
}

fn layout(capacity: usize) -> Option<Layout> {
    let size = capacity.checked_mul(size_of::<AtomicU64>())?.checked_add(size_of::<Items>())?;
    if size > isize::MAX as usize / 2 {
        return None;
    }
    Layout::from_size_align(size, 8).ok()
}

impl Items {
    /// A new array of empty slots; None without memory.
    #[must_use]
    pub fn allocate(capacity: usize) -> Option<NonNull<Items>> {
        if capacity == 0 {
            return Some(nothing());
        }
        // SAFETY: the layout's size is not zero; everything is written before anybody looks.
        unsafe {
            let items: NonNull<Items> = NonNull::new(std::alloc::alloc(layout(capacity)?))?.cast();
            items.write(Items { capacity: StaticUsize::new(capacity), alive: Alive::new() });
            Items::blank(items, 0, capacity);
            Some(items)
        }
    }

    /// # Safety
    /// The array is ours alone, and has room up to `to`.
    unsafe fn blank(items: NonNull<Items>, from: usize, to: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let first = items.add(1).cast::<AtomicU64>();
            for i in from..to {
                first.add(i).write(AtomicU64::new(EMPTY));
            }
        }
    }

    /// The same array with more or less room, while nobody else can look at it.
    ///
    /// # Safety
    /// The caller is alone in the VM; `items` came from `allocate` and is not used afterwards if this succeeds; slots beyond
    /// the new capacity are empty.
    pub unsafe fn reallocate(items: NonNull<Items>, capacity: usize) -> Option<NonNull<Items>> {
        // SAFETY: the caller's promise.
        unsafe {
            let before = items.as_ref().capacity();
            if before == 0 || capacity == 0 {
                return None;
            }
            let (old, new) = (layout(before)?, layout(capacity)?);
            let moved: NonNull<Items> =
                NonNull::new(std::alloc::realloc(items.as_ptr().cast(), old, new.size()))?.cast();
            moved.write(Items { capacity: StaticUsize::new(capacity), alive: Alive::new() });
            if capacity > before {
                Items::blank(moved, before, capacity);
            }
            Some(moved)
        }
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// Nobody looks at the array any more; its slots own nothing.
    pub unsafe fn free(items: NonNull<Items>) {
        // SAFETY: the layout it was allocated with.
        unsafe {
            items.as_ref().alive.end();
            // Models watch whoever still looks.
            if cfg!(loom) {
                return;
            }
            let capacity = items.as_ref().capacity();
            if capacity != 0
                && let Some(layout) = layout(capacity)
            {
                std::alloc::dealloc(items.as_ptr().cast(), layout);
            }
        }
    }

    /// Slots of the array.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        // Relaxed: never changes.
        self.capacity.load(Ordering::Relaxed)
    }

    /// Bytes of the array.
    #[must_use]
    pub fn bytes(&self) -> usize {
        if self.capacity() == 0 { 0 } else { self.capacity() * 8 + size_of::<Items>() }
    }

    /// The slots.
    #[inline(always)]
    pub fn slots(&self) -> &[AtomicU64] {
        self.alive.look();
        // SAFETY: `capacity` initialised words follow the head (R1); words are only reached atomically while shared.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.capacity()) }
    }

    /// Moves `n` words from one place to another, under the lock; `solo`: nobody else looks. The words left behind stay
    /// where they are.
    pub fn shift(&self, solo: bool, from: usize, to: usize, n: usize) {
        let slots = self.slots();
        if n == 0 || from == to {
            return;
        }
        let (Some(source), Some(target)) = (slots.get(from..from + n), slots.get(to..to + n)) else { return };
        if solo {
            // SAFETY: nobody else looks at the words; both ranges are inside the array.
            unsafe {
                std::ptr::copy(source.as_ptr().cast::<u64>(), target.as_ptr().cast::<u64>().cast_mut(), n)
            }
            return;
        }
        // Release: pairs with `slot::read`.
        let one = |i: usize| target[i].store(source[i].load(Ordering::Relaxed), Ordering::Release);
        if to < from {
            (0..n).for_each(one);
        } else {
            (0..n).rev().for_each(one);
        }
    }
}

/// Room for `len` items, with CPython's growth for lists that had room for `before`.
#[must_use]
pub fn growth(len: usize, before: usize) -> usize {
    let mut room = len.saturating_add(len >> 3).saturating_add(6) & !3;
    if len > before && len - before > room - len {
        room = len.saturating_add(3) & !3;
    }
    if len == 0 { 0 } else { room }
}
