//! The memory of a set: an open-addressing table of hashes and elements, probed as CPython's, so that the order of iteration
//! is the same.
//!
//! # Rules
//!
//! R1 (set table). The size of a table never changes. A slot goes UNUSED → element → UNBOUND (deleted), and stays so.
//! R2 (set table). The hash is stored before the element.
use std::alloc::Layout;
use std::ptr::NonNull;
use vm_core::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

/// The word of a slot that was never used. (No value's word is 0.)
pub const UNUSED: u64 = 0;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const MIN_SIZE: usize = 8;

/// A slot.
#[repr(C)]
pub struct Slot {
    /// The element's hash.
    pub hash: AtomicI64,
    /// The element's word, UNUSED, or UNBOUND once it is deleted.
    pub key: AtomicU64,
}

/// The head of a table.
#[repr(C)]
pub struct SetTable {
    mask: usize,
    /// Slots that are not UNUSED; the writer's.
    fill: AtomicUsize,
}

#[repr(C)]
struct Nothing {
    head: SetTable,
    slots: [Slot; MIN_SIZE],
}

/// The table of empty sets: never written or freed.
static NOTHING: Nothing = Nothing {
    head: SetTable { mask: MIN_SIZE - 1, fill: AtomicUsize::new(0) },
    slots: [const { Slot { hash: AtomicI64::new(0), key: AtomicU64::new(UNUSED) } }; MIN_SIZE],
};

/// The table of empty sets.
pub fn nothing() -> NonNull<SetTable> {
    NonNull::from(&NOTHING).cast()
}

/// Slots of the table that CPython gives a set of which `at_least` is asked.
pub fn size_above(at_least: usize) -> Option<usize> {
    let mut size = MIN_SIZE;
    while size <= at_least {
        size = size.checked_mul(2)?;
    }
    Some(size)
}

impl SetTable {
    fn layout(size: usize) -> Option<Layout> {
        let bytes = size.checked_mul(size_of::<Slot>())?.checked_add(size_of::<SetTable>())?;
        if bytes > isize::MAX as usize / 2 {
            return None;
        }
        Layout::from_size_align(bytes, 8).ok()
    }

    /// A new table of `size` (a power of two) unused slots; None without memory.
    pub fn allocate(size: usize) -> Option<NonNull<SetTable>> {
        let layout = SetTable::layout(size)?;
        // SAFETY: the size is not zero; all zeros are unused slots, and the head is written.
        unsafe {
            let table: NonNull<SetTable> = NonNull::new(std::alloc::alloc_zeroed(layout))?.cast();
            table.write(SetTable { mask: size - 1, fill: AtomicUsize::new(0) });
            Some(table)
        }
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// Nobody looks at the table any more; it came from `allocate`; its slots own nothing.
    pub unsafe fn free(table: NonNull<SetTable>) {
        // SAFETY: the layout it was allocated with.
        unsafe {
            if let Some(layout) = SetTable::layout(table.as_ref().mask + 1) {
                std::alloc::dealloc(table.cast().as_ptr(), layout);
            }
        }
    }

    /// Number of slots less one.
    #[inline(always)]
    pub fn mask(&self) -> usize {
        self.mask
    }

    /// Slots that are not unused.
    #[inline(always)]
    pub fn fill(&self) -> usize {
        // Relaxed: the writer's.
        self.fill.load(Ordering::Relaxed)
    }

    /// Counts one more slot in use (under the lock).
    #[inline(always)]
    pub fn filled(&self) {
        self.fill.store(self.fill() + 1, Ordering::Relaxed);
    }

    /// Bytes of the table.
    pub fn bytes(&self) -> usize {
        (self.mask + 1) * size_of::<Slot>() + size_of::<SetTable>()
    }

    /// All slots.
    #[inline(always)]
    pub fn slots(&self) -> &[Slot] {
        // SAFETY: `mask + 1` slots follow the head.
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.mask + 1) }
    }

    /// The slots where an element of this hash may be, without end.
    #[inline(always)]
    pub fn chain(&self, hash: i64) -> Chain<'_> {
        let start = hash as usize & self.mask;
        Chain {
            slots: self.slots(),
            mask: self.mask,
            perturb: hash as u64,
            start,
            at: start,
            left: self.probes(start),
        }
    }

    #[inline(always)]
    fn probes(&self, start: usize) -> usize {
        if start + LINEAR_PROBES <= self.mask { LINEAR_PROBES } else { 0 }
    }

    /// Puts an element where there is an unused slot for it.
    ///
    /// # Safety
    /// The lock is held or the table is ours alone; the element is not in the table; there is an unused slot. The slot takes
    /// the reference over.
    #[inline]
    pub unsafe fn insert_clean(&self, hash: i64, key: u64) {
        for (_, slot) in self.chain(hash) {
            if slot.key.load(Ordering::Relaxed) == UNUSED {
                slot.hash.store(hash, Ordering::Relaxed);
                // Release: pairs with the readers' load of the key (R2 (set table)).
                slot.key.store(key, Ordering::Release);
                self.filled();
                return;
            }
        }
    }
}

/// See [`SetTable::chain`].
pub struct Chain<'a> {
    slots: &'a [Slot],
    mask: usize,
    perturb: u64,
    start: usize,
    at: usize,
    left: usize,
}

impl<'a> Iterator for Chain<'a> {
    type Item = (usize, &'a Slot);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, &'a Slot)> {
        let here = self.at;
        if self.left > 0 {
            self.left -= 1;
            self.at += 1;
        } else {
            self.perturb >>= PERTURB_SHIFT;
            self.start =
                self.start.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb as usize) & self.mask;
            self.at = self.start;
            self.left = if self.start + LINEAR_PROBES <= self.mask { LINEAR_PROBES } else { 0 };
        }
        self.slots.get(here).map(|slot| (here, slot))
    }
}
