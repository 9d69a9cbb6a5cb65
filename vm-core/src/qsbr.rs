//! Quiescent-state-based reclamation: memory that lock-free readers may still look at is freed when every thread has
//! passed a safepoint since it was unlinked.
//!
//! The world has a write sequence; a thread has the write sequence it saw at its last quiescent state, or 0 while it is
//! detached. Retired memory gathers in the thread's list. Over a threshold of bytes the list is sealed: the write
//! sequence advances, and the list may be freed when no attached thread's read sequence is older. The sealer asks the
//! laggards for a quiescent state by their safepoint words, so nobody pays for this who was not asked; the last of them
//! tells the sealers in the same way.
//!
//! # Rules
//!
//! R1 (qsbr). A pointer read without a lock is not kept across a safepoint, a wait or a detach.
//! R2 (qsbr). Memory is unlinked before it is retired, and the write sequence advances after that.
//! R3 (qsbr). An attaching thread writes its read sequence, then a fence, then reads shared structures; a thread that frees
//!     executes a fence between advancing and looking at the read sequences. So either the freeing thread sees the
//!     attaching one, or the attaching one sees the memory unlinked.
//! R4 (qsbr). A drop function touches no object and calls no Python.

use crate::contention::{Event, note};
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicU64, fence};
use crate::sync::cell::UnsafeCell;
use crate::thread::{ThreadCore, poll};
use crate::world::World;

/// Bytes of retired memory over which a thread asks for a grace period.
#[cfg(not(loom))]
const THRESHOLD: usize = 1 << 20;
#[cfg(loom)]
const THRESHOLD: usize = 1 << 10;
/// What an entry counts for besides its bytes, so that many small ones are bounded too.
const ENTRY: usize = 64;

/// The first write sequence; 0 means detached.
const FIRST: u64 = 1;

/// Frees a piece of retired memory.
pub type DropFn = unsafe fn(*mut u8);

#[derive(Debug)]
struct Entry {
    pointer: *mut u8,
    drop_fn: DropFn,
}

#[derive(Debug)]
struct Sealed {
    /// Free when every attached thread has seen this write sequence.
    goal: u64,
    entries: Vec<Entry>,
}

impl Sealed {
    /// # Safety
    /// The grace period is over.
    unsafe fn free(self) {
        for entry in self.entries {
            // SAFETY: `retire`'s caller gave pointer and function together, and nobody reads it any more.
            unsafe { (entry.drop_fn)(entry.pointer) }
        }
    }
}

/// A thread's retired memory.
#[derive(Debug)]
pub(crate) struct Retired {
    open: Vec<Entry>,
    bytes: usize,
    sealed: Vec<Sealed>,
}

// SAFETY: the entries are memory that nobody else refers to.
unsafe impl Send for Retired {}

impl Retired {
    pub(crate) const fn new() -> Self {
        Self { open: Vec::new(), bytes: 0, sealed: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.sealed.is_empty()
    }
}

/// A world's write sequence, and what threads left behind when they exited.
pub(crate) struct Qsbr {
    write_seq: AtomicU64,
    orphans: crate::sync::Mutex<Vec<Sealed>>,
}

// SAFETY: as for `Retired`.
unsafe impl Send for Sealed {}

impl Qsbr {
    pub(crate) fn new() -> Self {
        Self { write_seq: AtomicU64::new(FIRST), orphans: crate::sync::Mutex::new(Vec::new()) }
    }

    /// Frees everything.
    ///
    /// # Safety
    /// No thread is attached.
    pub(crate) unsafe fn free_all(&mut self) {
        for sealed in self.orphans.get_mut().drain(..) {
            // SAFETY: no reader exists.
            unsafe { sealed.free() }
        }
    }
}

fn retired<R>(cell: &UnsafeCell<Retired>, f: impl FnOnce(&mut Retired) -> R) -> R {
    // SAFETY: R1 (thread): callers are the owner, or have the owner stopped; `f` calls nothing that comes back here.
    cell.with_mut(|retired| f(unsafe { &mut *retired }))
}

impl ThreadCore {
    /// Frees `pointer` with `drop_fn` when no other thread can be reading it any more: at once if no other thread can touch
    /// this VM. `bytes` is what it holds.
    ///
    /// # Safety
    /// The memory is unlinked (R2): no new reader can find it. `drop_fn` frees it from any thread, and keeps R4. The caller
    /// itself does not use it afterwards.
    pub unsafe fn retire(&self, pointer: *mut u8, bytes: usize, drop_fn: DropFn) {
        debug_assert!(self.is_current());
        if self.is_solo() {
            // SAFETY: no reader but us exists.
            return unsafe { drop_fn(pointer) };
        }
        let full = retired(&self.retired, |retired| {
            retired.open.push(Entry { pointer, drop_fn });
            retired.bytes += bytes + ENTRY;
            retired.bytes > THRESHOLD
        });
        if full {
            self.seal();
            self.request_grace();
            self.reclaim();
        }
    }

    /// Asks for a grace period for everything retired so far, for tests and for memory pressure.
    pub fn flush_retired(&self) {
        if !retired(&self.retired, |retired| retired.is_empty()) {
            self.seal();
            self.request_grace();
            self.reclaim();
        }
    }

    /// Closes the open list under a new write sequence.
    fn seal(&self) {
        let qsbr = &self.world().qsbr;
        let entries = retired(&self.retired, |retired| {
            retired.bytes = 0;
            std::mem::take(&mut retired.open)
        });
        if entries.is_empty() {
            return;
        }
        // AcqRel: whoever reads the new sequence (`online`, `quiesce`) sees the memory unlinked (R2).
        let goal =
            qsbr.write_seq.fetch_add(1, AcqRel) + if crate::mutant!("qsbr_goal_too_low") { 0 } else { 1 };
        retired(&self.retired, |retired| retired.sealed.push(Sealed { goal, entries }));
        // Relaxed: a hint for `tell_sealers`; the requests below carry the edge.
        self.has_retired.store(true, Relaxed);
    }

    /// Asks every attached thread for a quiescent state.
    fn request_grace(&self) {
        note(Event::Grace);
        let goal = self.world().qsbr.write_seq.load(Relaxed);
        self.world().for_each_thread(|thread| {
            let seen = thread.read_seq.load(Relaxed);
            if seen != 0 && seen < goal {
                thread.transition_request(poll::QUIESCE);
            }
        });
    }

    /// Frees what may be freed of this thread's sealed lists and of the orphans.
    pub(crate) fn reclaim(&self) {
        let world = self.world();
        let oldest = world.oldest_reader();
        let mut ready = retired(&self.retired, |retired| {
            let ready = retired.sealed.extract_if(.., |sealed| sealed.goal <= oldest).collect::<Vec<_>>();
            self.has_retired.store(!retired.sealed.is_empty(), Relaxed);
            ready
        });
        ready.extend(world.qsbr.orphans.lock().extract_if(.., |sealed| sealed.goal <= oldest));
        for sealed in ready {
            // SAFETY: every attached thread has passed a quiescent state since the list was sealed (R3).
            unsafe { sealed.free() }
        }
    }

    /// The thread is attached from now on, and may read without locks.
    pub(crate) fn online(&self) {
        if crate::mutant!("qsbr_attach_unseen") {
            return;
        }
        // Acquire: pairs with `seal`: a sequence is taken with the unlinks before it.
        let seq = self.world().qsbr.write_seq.load(Acquire);
        self.read_seq.store(seq, Relaxed);
        // R3: pairs with the fence in `oldest_reader`.
        fence(SeqCst);
    }

    /// The thread reads nothing from now on.
    pub(crate) fn offline(&self) {
        // Release: pairs with the acquire in `oldest_reader`: our reads happened before what follows the free.
        self.read_seq.store(0, Release);
    }

    /// In the child of a fork: frees what this thread, which does not exist, had retired. `me` is the only thread.
    pub(crate) fn adopt_retired(&self, me: &ThreadCore) {
        debug_assert!(me.is_solo());
        let (open, mut sealed) = retired(&self.retired, |retired| {
            retired.bytes = 0;
            (std::mem::take(&mut retired.open), std::mem::take(&mut retired.sealed))
        });
        sealed.push(Sealed { goal: 0, entries: open });
        for list in sealed {
            // SAFETY: nobody else reads.
            unsafe { list.free() }
        }
    }

    /// Leaves the retired memory to the world, when the thread exits.
    pub(crate) fn orphan_retired(&self) {
        self.seal();
        let sealed = retired(&self.retired, |retired| std::mem::take(&mut retired.sealed));
        self.has_retired.store(false, Relaxed);
        if !sealed.is_empty() {
            self.world().qsbr.orphans.lock().extend(sealed);
        }
    }
}

/// A quiescent state that somebody asked for.
#[cold]
pub(crate) fn quiesce(thread: &ThreadCore) {
    thread.transition_take(poll::QUIESCE);
    let seq = thread.world().qsbr.write_seq.load(Acquire);
    // Release: pairs with the acquire in `oldest_reader`: our reads so far happened before the free.
    thread.read_seq.store(seq, Release);
    if thread.has_retired.load(Relaxed) {
        thread.reclaim();
        if thread.has_retired.load(Relaxed) {
            // A thread that attached with an old sequence may not have been asked.
            thread.request_grace();
        }
    }
    tell_sealers(thread);
}

/// After a quiescent state: if nobody lags behind, tells the threads that wait for that.
pub(crate) fn tell_sealers(thread: &ThreadCore) {
    let world = thread.world();
    // Relaxed: at worst a sealer looks once too often, or learns of it from the next thread.
    let goal = world.qsbr.write_seq.load(Relaxed);
    if world.oldest_reader() < goal {
        return;
    }
    world.for_each_thread(|other| {
        if !std::ptr::eq(other, thread) && other.has_retired.load(Relaxed) {
            other.transition_request(poll::QUIESCE);
        }
    });
}

impl World {
    /// The oldest read sequence of any attached thread; `u64::MAX` if none is attached.
    fn oldest_reader(&self) -> u64 {
        // R3: pairs with the fence in `online`.
        fence(SeqCst);
        let mut oldest = u64::MAX;
        self.for_each_thread(|thread| {
            // Acquire: pairs with `offline` and `quiesce`.
            let seq = thread.read_seq.load(Acquire);
            if seq != 0 {
                oldest = oldest.min(seq);
            }
        });
        oldest
    }

    /// Frees all retired memory of all threads.
    ///
    /// # Safety
    /// The caller has stopped the world and keeps no pointer read without a lock.
    pub(crate) unsafe fn reclaim_stopped(&self) {
        self.for_each_thread(|thread| {
            let (open, sealed) = retired(&thread.retired, |retired| {
                retired.bytes = 0;
                (std::mem::take(&mut retired.open), std::mem::take(&mut retired.sealed))
            });
            thread.has_retired.store(false, Relaxed);
            // SAFETY: no reader runs.
            unsafe {
                Sealed { goal: 0, entries: open }.free();
                for list in sealed {
                    list.free();
                }
            }
        });
        let orphans = std::mem::take(&mut *self.qsbr.orphans.lock());
        for sealed in orphans {
            // SAFETY: as above.
            unsafe { sealed.free() }
        }
    }
}
