//! Memory for objects: 64 KiB pages by size class, thread-local free lists, blocks that are large by themselves.
//!
//! A thread allocates from its own free list of the class, then from its current page, then takes a batch that other
//! threads freed, then a new page from mimalloc. A block is freed to the freeing thread's list; a list that grows past its
//! share hands half to the VM's common list, so that memory freed by consumers comes back to producers.
//!
//! # Rules
//!
//! R1 (heap). A free block's first word links to the next; its counts say dead (R2 (object)). Blocks of a page past
//!     `Page::bump` have never been used.
//! R2 (heap). Free lists, current pages and `pending` are touched by their thread alone (or with the world stopped).
//! R3 (heap). A large block is freed by QSBR unless the VM is solo, because stale readers may look at its header.
use super::header::{Header, flags};
use super::layout::TypeCore;
use crate::refcount;
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::thread;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, RefCell};
use std::ptr::{NonNull, null_mut};
use std::sync::Mutex;

/// Bytes of a page, and its alignment.
pub const PAGE: usize = 64 << 10;
/// Largest block that comes from a page.
pub const MAX_SMALL: usize = 4096;
const FINE: usize = 512;
/// Number of size classes.
pub const CLASSES: usize = FINE / 8 + 24;
const PAGE_HEADER: usize = 64;
const LARGE_PREFIX: usize = 32;

/// Where pages and large blocks come from. A sanitizer sees the system's allocator only.
#[cfg(not(vm_sanitize))]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[cfg(vm_sanitize)]
static MEMORY: std::alloc::System = std::alloc::System;

/// Largest block that is taken from a page. For a sanitizer every block stands alone, so that it sees the use of a dead one.
const PAGED: usize = if cfg!(vm_sanitize) { 0 } else { MAX_SMALL };

const fn class_size(class: usize) -> usize {
    if class < FINE / 8 {
        (class + 1) * 8
    } else {
        // Eight steps for each doubling from 512 on.
        let i = class - FINE / 8;
        let base = FINE << (i / 8);
        base + base / 8 * (i % 8 + 1)
    }
}

const SIZES: [u16; CLASSES] = {
    let mut sizes = [0; CLASSES];
    let mut i = 0;
    while i < CLASSES {
        sizes[i] = class_size(i) as u16;
        i += 1;
    }
    sizes
};

#[inline(always)]
const fn class_of(size: usize) -> usize {
    if size <= FINE {
        size.div_ceil(8) - 1
    } else {
        let shift = (usize::BITS - 1 - (size - 1).leading_zeros()) as usize - 9;
        let base = FINE << shift;
        FINE / 8 + shift * 8 + (size - base).div_ceil(base / 8) - 1
    }
}

/// The head of a page.
#[repr(C)]
pub struct Page {
    /// Bytes of a block.
    pub size: u32,
    class: u32,
    /// Offset of the first block that was never used.
    bump: AtomicU32,
    /// 2^32 / size, rounded up: a division by the size is a multiplication.
    reciprocal: u32,
    /// Scratch of the collector: side table, null outside a collection.
    pub gc: Cell<*mut u8>,
}

impl Page {
    /// The number of the block that an address of this page lies in (meaningless for the page's head).
    #[inline(always)]
    pub(crate) fn index_of(&self, address: usize) -> usize {
        let offset = (address & (PAGE - 1)).wrapping_sub(PAGE_HEADER) as u64 & 0xffff;
        // Exact: offset * (reciprocal * size - 2^32) < 2^16 * 2^12, less than 2^32.
        ((offset * u64::from(self.reciprocal)) >> 32) as usize
    }

    /// Blocks that have been used, from the first on.
    pub(crate) fn used(&self) -> usize {
        // Acquire: pairs with `bump`.
        (self.bump.load(Ordering::Acquire) as usize - PAGE_HEADER) / self.size as usize
    }
}

/// What stands before a large block.
#[repr(C)]
struct Large {
    size: usize,
    index: AtomicUsize,
    _reserved: [usize; 2],
}

struct Free {
    next: *mut Free,
}

struct ClassState {
    free: Cell<*mut Free>,
    count: Cell<u32>,
    page: Cell<*mut Page>,
}

/// A thread's part of the heap. Owned by its `ThreadCore`; only that thread touches it (R2 (heap)).
pub struct ThreadHeap {
    classes: [ClassState; CLASSES],
    pub(crate) dealloc_depth: Cell<u32>,
    pub(crate) pending: RefCell<Vec<NonNull<Header>>>,
    /// Container objects allocated less those freed since the last collection: the collector's trigger.
    pub allocated: Cell<i64>,
    /// Bytes given out by this thread less those freed by it.
    pub bytes: Cell<i64>,
}

impl Default for ThreadHeap {
    fn default() -> Self {
        ThreadHeap {
            classes: std::array::from_fn(|_| ClassState {
                free: Cell::new(null_mut()),
                count: Cell::new(0),
                page: Cell::new(null_mut()),
            }),
            dealloc_depth: Cell::new(0),
            pending: RefCell::new(Vec::new()),
            allocated: Cell::new(0),
            bytes: Cell::new(0),
        }
    }
}

/// A VM's part of the heap: all its pages and large blocks, and blocks that threads have in excess.
pub struct SharedHeap {
    pages: Mutex<Vec<NonNull<Page>>>,
    large: Mutex<Vec<NonNull<Header>>>,
    surplus: [Mutex<Vec<(usize, u32)>>; CLASSES],
    surplus_any: [AtomicU32; CLASSES],
}

// SAFETY: pages and blocks are plain memory, guarded by the mutexes here.
unsafe impl Send for SharedHeap {}
// SAFETY: as above.
unsafe impl Sync for SharedHeap {}

impl Default for SharedHeap {
    fn default() -> Self {
        SharedHeap {
            pages: Mutex::default(),
            large: Mutex::default(),
            surplus: std::array::from_fn(|_| Mutex::default()),
            surplus_any: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The current thread's heap. The thread must be attached to a VM.
#[inline(always)]
pub(crate) fn current<'a>() -> &'a ThreadHeap {
    &thread::current_attached().heap
}

/// From here to `resume_dealloc`, objects of this thread whose count gets to zero are queued instead of dropped: locks are
/// held whose owners must not run finalizers.
#[inline]
pub fn defer_dealloc() {
    if let Some(core) = thread::current() {
        core.heap.dealloc_depth.set(core.heap.dealloc_depth.get() + super::DEALLOC_DEPTH);
    }
}

/// Ends `defer_dealloc`, and drops what was queued meanwhile.
#[inline]
pub fn resume_dealloc() {
    if let Some(core) = thread::current() {
        let depth = core.heap.dealloc_depth.get() - super::DEALLOC_DEPTH;
        core.heap.dealloc_depth.set(depth);
        if depth == 0 && !core.heap.pending.borrow().is_empty() {
            super::drain_pending(&core.heap);
        }
    }
}

/// Whether this thread has stopped the world.
#[must_use]
pub fn world_is_stopped_by_me() -> bool {
    thread::current().is_some_and(|core| core.is_solo())
}

/// Bytes of an object's block.
///
/// # Safety
/// `object` is a live object (or being dropped).
#[inline(always)]
#[must_use]
pub unsafe fn block_size(object: NonNull<Header>) -> usize {
    // SAFETY: the LARGE flag says where the block came from.
    unsafe {
        if object.as_ref().has_flag(flags::LARGE) {
            block_size_large(object)
        } else {
            (*page_of(object)).size as usize
        }
    }
}

#[cold]
unsafe fn block_size_large(object: NonNull<Header>) -> usize {
    // SAFETY: a large block has its prefix.
    unsafe { (*object.as_ptr().cast::<u8>().sub(LARGE_PREFIX).cast::<Large>()).size }
}

/// Blocks that a page has room for.
pub(crate) fn blocks_of(page: &Page) -> usize {
    (PAGE - PAGE_HEADER) / page.size as usize
}

/// The number of an object's block in its page.
///
/// # Safety
/// `object` is a block of a page.
#[inline]
pub(crate) unsafe fn block_index(object: NonNull<Header>) -> usize {
    // SAFETY: the caller's promise.
    unsafe { (*page_of(object)).index_of(object.as_ptr().addr()) }
}

/// The block with this number.
///
/// # Safety
/// The page has so many blocks.
pub(crate) unsafe fn block_at(page: NonNull<Page>, index: usize) -> NonNull<Header> {
    // SAFETY: the caller's promise.
    unsafe { page.cast::<u8>().add(PAGE_HEADER + index * page.as_ref().size as usize).cast() }
}

/// The page that a small object lies in.
#[inline(always)]
pub(crate) fn page_of(object: NonNull<Header>) -> *mut Page {
    object.as_ptr().map_addr(|a| a & !(PAGE - 1)).cast()
}

/// A block with an initialised header; None if a large one is refused by the allocator.
///
/// # Safety
/// `ty` is a live type object whose core is `core`. The caller writes the payload and slots.
#[inline(always)]
pub(crate) unsafe fn allocate(
    size: usize,
    ty: NonNull<Header>,
    core: &TypeCore,
    flag_bits: u8,
) -> Option<NonNull<Header>> {
    let core_thread = thread::current_attached();
    let heap = &core_thread.heap;
    let mut bits = flag_bits;
    let block: NonNull<Header> = if size <= PAGED {
        let state = &heap.classes[class_of(size)];
        let free = state.free.get();
        if free.is_null() {
            allocate_slow(heap, size)
        } else {
            // SAFETY: R1 (heap), R2 (heap): the list is ours.
            unsafe {
                state.free.set((*free).next);
                state.count.set(state.count.get() - 1);
                NonNull::new_unchecked(free.cast())
            }
        }
    } else {
        bits |= flags::LARGE;
        allocate_large(size)?
    };
    if core.flags() & super::layout::type_flags::GC != 0 {
        heap.allocated.set(heap.allocated.get() + 1);
    }
    // SAFETY: the block is ours; its header words are only accessed atomically.
    unsafe { block.as_ref() }.init(
        ty.as_ptr(),
        core_thread.owner_id(),
        core.root_shape.load(Ordering::Relaxed),
        bits,
    );
    Some(block)
}

fn out_of_memory(size: usize) -> ! {
    std::alloc::handle_alloc_error(Layout::from_size_align(size, 8).unwrap_or(Layout::new::<u64>()))
}

#[cold]
#[inline(never)]
fn allocate_slow(heap: &ThreadHeap, size: usize) -> NonNull<Header> {
    let class = class_of(size);
    let state = &heap.classes[class];
    let page = state.page.get();
    if !page.is_null() {
        if let Some(block) = bump(page) {
            return block;
        }
        state.page.set(null_mut());
    }
    let thread = thread::current_attached();
    crate::gc::on_growth(thread);
    let shared = thread.shared_heap();
    if shared.surplus_any[class].load(Ordering::Relaxed) != 0 {
        let batch = {
            let mut surplus = lock(&shared.surplus[class]);
            let batch = surplus.pop();
            shared.surplus_any[class].store(surplus.len() as u32, Ordering::Relaxed);
            batch
        };
        if let Some((list, count)) = batch {
            let first = list as *mut Free;
            // SAFETY: a batch is a list of free blocks, now ours.
            unsafe {
                state.free.set((*first).next);
                state.count.set(count - 1);
                return NonNull::new_unchecked(first.cast());
            }
        }
    }
    let layout = Layout::from_size_align(PAGE, PAGE).unwrap_or(Layout::new::<u64>());
    // SAFETY: the layout has a size.
    let raw = unsafe { MEMORY.alloc(layout) };
    let Some(page) = NonNull::new(raw.cast::<Page>()) else { out_of_memory(PAGE) };
    // SAFETY: the page is fresh and large enough for its head.
    unsafe {
        page.as_ptr().write(Page {
            size: u32::from(SIZES[class]),
            class: class as u32,
            bump: AtomicU32::new(PAGE_HEADER as u32),
            reciprocal: ((1u64 << 32) / u64::from(SIZES[class]) + 1) as u32,
            gc: Cell::new(null_mut()),
        });
    }
    lock(&shared.pages).push(page);
    state.page.set(page.as_ptr());
    match bump(page.as_ptr()) {
        Some(block) => block,
        None => out_of_memory(size),
    }
}

fn bump(page: *mut Page) -> Option<NonNull<Header>> {
    // SAFETY: pages live as long as their VM; only the current thread bumps its current page (R2 (heap)).
    unsafe {
        let at = (*page).bump.load(Ordering::Relaxed);
        let size = (*page).size;
        if at as usize + size as usize > PAGE {
            return None;
        }
        let block: NonNull<Header> = NonNull::new_unchecked(page.cast::<u8>().add(at as usize).cast());
        // Dead until the caller initialises the header: a stopped world may look at it before (R2 (object)).
        refcount::init_dead(block.as_ref());
        (*page).bump.store(at + size, Ordering::Release);
        Some(block)
    }
}

#[cold]
#[inline(never)]
fn allocate_large(size: usize) -> Option<NonNull<Header>> {
    let whole = size.checked_add(LARGE_PREFIX)?;
    let layout = Layout::from_size_align(whole, 16).ok()?;
    // SAFETY: the layout has a size.
    let raw = unsafe { MEMORY.alloc(layout) };
    if raw.is_null() {
        return None;
    }
    let shared = thread::current_attached().shared_heap();
    let mut list = lock(&shared.large);
    // SAFETY: the block is fresh and large enough for prefix and header.
    unsafe {
        raw.cast::<Large>().write(Large { size, index: AtomicUsize::new(list.len()), _reserved: [0; 2] });
        let object: NonNull<Header> = NonNull::new_unchecked(raw.add(LARGE_PREFIX).cast());
        refcount::init_dead(object.as_ref());
        list.push(object);
        Some(object)
    }
}

/// Frees an object's block.
///
/// # Safety
/// The object is dead (`mark_dead`), its contents dropped, and nobody refers to it.
pub(crate) unsafe fn free(object: NonNull<Header>) {
    let core_thread = thread::current_attached();
    let heap = &core_thread.heap;
    // SAFETY: the object's words are still there; the caller's promise.
    unsafe {
        if object.as_ref().type_core().flags() & super::layout::type_flags::GC != 0 {
            heap.allocated.set(heap.allocated.get() - 1);
        }
        if object.as_ref().has_flag(flags::LARGE) {
            return free_large(core_thread, object);
        }
        let state = &heap.classes[(*page_of(object)).class as usize];
        let block = object.as_ptr().cast::<Free>();
        (*block).next = state.free.get();
        state.free.set(block);
        let count = state.count.get() + 1;
        state.count.set(count);
        if count >= surplus_limit((*page_of(object)).size) {
            hand_over(core_thread.shared_heap(), state, (*page_of(object)).class as usize);
        }
    }
}

/// Free blocks of a class that a thread keeps before it hands half to the common list: about 512 KiB.
const fn surplus_limit(size: u32) -> u32 {
    (512 << 10) / size + 64
}

#[cold]
fn hand_over(shared: &SharedHeap, state: &ClassState, class: usize) {
    let half = state.count.get() / 2;
    let first = state.free.get();
    let mut last = first;
    // SAFETY: the list has at least `half` blocks, all ours.
    unsafe {
        for _ in 1..half {
            last = (*last).next;
        }
        state.free.set((*last).next);
        (*last).next = null_mut();
    }
    state.count.set(state.count.get() - half);
    let mut surplus = lock(&shared.surplus[class]);
    surplus.push((first as usize, half));
    shared.surplus_any[class].store(surplus.len() as u32, Ordering::Relaxed);
}

/// Batches below this size are joined when a thread ends.
const SMALL_BATCH: u32 = 256;

impl ThreadHeap {
    /// Gives the free blocks of a thread that ends to the others. Its current pages stay for the next thread of its slot.
    pub(crate) fn give_back(&self, shared: &SharedHeap) {
        for (class, state) in self.classes.iter().enumerate() {
            let (first, count) = (state.free.replace(null_mut()), state.count.replace(0));
            if first.is_null() {
                continue;
            }
            let mut surplus = lock(&shared.surplus[class]);
            match surplus.last_mut().filter(|(_, n)| *n < SMALL_BATCH) {
                Some((list, n)) => {
                    let mut last = first;
                    // SAFETY: R2 (heap): our list until it is in the batch.
                    unsafe {
                        while !(*last).next.is_null() {
                            last = (*last).next;
                        }
                        (*last).next = *list as *mut Free;
                    }
                    *list = first as usize;
                    *n += count;
                }
                None => surplus.push((first as usize, count)),
            }
            shared.surplus_any[class].store(surplus.len() as u32, Ordering::Relaxed);
        }
    }
}

#[cold]
unsafe fn free_large(core_thread: &thread::ThreadCore, object: NonNull<Header>) {
    let shared = core_thread.shared_heap();
    // SAFETY: a large block has its prefix and stands in the list at its index.
    unsafe {
        let prefix = object.as_ptr().cast::<u8>().sub(LARGE_PREFIX).cast::<Large>();
        {
            let mut list = lock(&shared.large);
            let index = (*prefix).index.load(Ordering::Relaxed);
            list.swap_remove(index);
            if let Some(moved) = list.get(index) {
                let moved = moved.as_ptr().cast::<u8>().sub(LARGE_PREFIX).cast::<Large>();
                (*moved).index.store(index, Ordering::Relaxed);
            }
        }
        let size = (*prefix).size + LARGE_PREFIX;
        core_thread.retire(prefix.cast(), size, release_large);
    }
}

unsafe fn release_large(raw: *mut u8) {
    // SAFETY: the prefix is still there; the layout is that of the allocation.
    unsafe {
        let size = (*raw.cast::<Large>()).size + LARGE_PREFIX;
        if let Ok(layout) = Layout::from_size_align(size, 16) {
            MEMORY.dealloc(raw, layout);
        }
    }
}

impl SharedHeap {
    /// Calls `visit` with every block of the VM that was ever used; dead ones too (`refcount::is_dead`).
    ///
    /// # Safety
    /// The world is stopped.
    pub unsafe fn for_each_block(&self, mut visit: impl FnMut(NonNull<Header>)) {
        for page in lock(&self.pages).iter() {
            // SAFETY: the world is stopped, so bump is stable; every block below it has an initialised header.
            unsafe {
                for i in 0..page.as_ref().used() {
                    visit(block_at(*page, i));
                }
            }
        }
        for object in lock(&self.large).iter() {
            visit(*object);
        }
    }

    /// The pages, for the collector's side tables.
    #[must_use]
    pub fn pages(&self) -> Vec<NonNull<Page>> {
        lock(&self.pages).clone()
    }

    /// The large blocks, for the collector's side tables.
    pub(crate) fn large_blocks(&self) -> Vec<NonNull<Header>> {
        lock(&self.large).clone()
    }

    /// Bytes held in pages and large blocks.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // SAFETY: listed blocks are live.
        let large: usize = lock(&self.large).iter().map(|o| unsafe { block_size_large(*o) }).sum();
        lock(&self.pages).len() * PAGE + large
    }

    /// Gives all memory back. Objects are not dropped.
    ///
    /// # Safety
    /// No thread is attached, and nobody refers to any object of the VM.
    pub unsafe fn release_all(&self) {
        let Ok(layout) = Layout::from_size_align(PAGE, PAGE) else { return };
        for page in lock(&self.pages).drain(..) {
            // SAFETY: allocated with this layout; the caller's promise.
            unsafe { MEMORY.dealloc(page.as_ptr().cast(), layout) }
        }
        for object in lock(&self.large).drain(..) {
            // SAFETY: as above.
            unsafe { release_large(object.as_ptr().cast::<u8>().sub(LARGE_PREFIX)) }
        }
        for surplus in &self.surplus {
            lock(surplus).clear();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn reciprocals_divide() {
        for size in SIZES {
            let page = Page {
                size: u32::from(size),
                class: 0,
                bump: AtomicU32::new(0),
                reciprocal: ((1u64 << 32) / u64::from(size) + 1) as u32,
                gc: Cell::new(null_mut()),
            };
            for address in PAGE_HEADER..PAGE {
                assert_eq!(page.index_of(address), (address - PAGE_HEADER) / usize::from(size), "{size}");
            }
        }
    }

    #[test]
    fn classes_fit() {
        for size in 8..=MAX_SMALL {
            let class = class_of(size);
            assert!(class < CLASSES, "{size}");
            assert!(usize::from(SIZES[class]) >= size, "{size} {}", SIZES[class]);
            assert!(class == 0 || usize::from(SIZES[class - 1]) < size, "{size}");
            assert!(SIZES[class].is_multiple_of(8));
        }
        assert_eq!(usize::from(SIZES[CLASSES - 1]), MAX_SMALL);
    }
}
