//! What vm-core knows of a registered thread: its slot, its state word, and the thread-locals that name it.
//!
//! A [`ThreadCore`] is the tenant of a slot of its [`World`]. The slot outlives its tenants: when one has
//! unregistered, the next gets the same `ThreadCore`, the same id, and with the id every object that the id owns.
//! So a pointer to a `ThreadCore` stays valid as long as its `World`.
//!
//! # The state word
//!
//! Attach state and safepoint requests share the word `poll`, so that every handshake between a thread and those
//! who want something of it is one read-modify-write on one word. It is 0 exactly if the thread is attached and
//! nobody wants anything, which is what the interpreter tests.
//!
//! | DETACHED | STOP | CLAIMED | state |
//! |---|---|---|---|
//! | 0 | 0 | 0 | ATTACHED: runs, touches objects |
//! | 0 | 1 | 0 | ATTACHED, asked to stop at its next safepoint or detach |
//! | 1 | 0 | 0 | DETACHED: touches no object |
//! | 1 | 1 | 0 | SUSPENDED: detached, and must stay so until the world starts |
//! | 1 | any | 1 | CLAIMED: detached, and an attached thread acts as the owner of its objects for a moment |
//!
//! WAITING is set with DETACHED by a thread that waits to attach; whoever ends the obstacle attaches it in the same
//! exchange, so a thread cannot be overtaken by the next stop for ever.
//!
//! # Rules
//!
//! R1 (thread). Fields documented as the owner's are touched by the attached thread alone, by a claimer, or by the
//!     stopper of a stopped world. The transitions of `poll` order these accesses.
//! R2 (thread). A thread that is not attached touches no object and no lock-free structure of the VM.
//! R3 (thread). While CLAIMED is set the claimer is attached and reaches no safepoint, so a stop cannot complete.
//! R4 (thread). `CURRENT` is null or the core that this operating-system thread is attached with.

mod state;
pub mod wait;

use crate::lock::critical_section::SectionStack;
use crate::object::heap::{SharedHeap, ThreadHeap};
use crate::qsbr::Retired;
use crate::refcount::AwayCounts;
use crate::refcount::merge::MergeQueue;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::sync::cell::UnsafeCell;
use crate::sync::{Mutex, Parker};
use crate::world::World;
use std::cell::Cell;
use std::ptr::NonNull;

pub(crate) use state::{Attach, Leave};

/// The bits of the safepoint word. vm-core handles its own; the runtime's come back from
/// [`ThreadCore::safepoint_slow`].
pub mod poll {
    /// Not attached. Never set while the thread runs, so it is no request.
    pub const DETACHED: u32 = 1 << 0;
    /// Another thread acts for the detached thread.
    pub const CLAIMED: u32 = 1 << 1;
    /// Somebody stops the world.
    pub const STOP: u32 = 1 << 2;
    /// The thread sleeps until it can attach.
    pub const WAITING: u32 = 1 << 3;
    /// The merge queue has objects.
    pub const MERGE: u32 = 1 << 4;
    /// Threads have unregistered: look whether this is the only one left.
    pub const SOLO: u32 = 1 << 5;
    /// Somebody waits for a grace period, or ours may have passed.
    pub const QUIESCE: u32 = 1 << 6;
    /// Another thread has waited for the GIL for the switch interval.
    pub const GIL_DROP: u32 = 1 << 7;
    /// A signal arrived: run its Python handler.
    pub const SIGNAL: u32 = 1 << 16;
    /// An exception was sent to this thread.
    pub const ASYNC_EXC: u32 = 1 << 17;
    /// A collection is due.
    pub const GC: u32 = 1 << 18;
    /// The embedder cancels the program.
    pub const CANCEL: u32 = 1 << 19;
    /// Calls that other threads left for this one.
    pub const CALLS: u32 = 1 << 20;
    /// Fuel or time must be looked at.
    pub const LIMIT: u32 = 1 << 21;
    /// A tracer or profiler watches the thread. Stays set while it does, so that calls take their slow paths.
    pub const TRACE: u32 = 1 << 22;
    /// All bits that [`super::ThreadCore::safepoint_slow`] returns and the runtime may set.
    pub const RUNTIME: u32 = 0xffff_0000;
}

crate::thread_word! {
    static CURRENT: Cell<*const ThreadCore> = Cell::new(std::ptr::null());
}
crate::thread_word! {
    static OWNER: Cell<u16> = Cell::new(0);
}

/// The core that this thread is attached with.
///
/// The reference is good while the thread stays attached (R4).
#[inline(always)]
#[must_use]
pub fn current<'a>() -> Option<&'a ThreadCore> {
    let core = CURRENT.with(Cell::get);
    // SAFETY: R4: an attached core's world lives.
    unsafe { core.as_ref() }
}

/// As [`current`], where being attached is a condition of the call.
///
/// # Panics
/// If this thread is not attached: a bug of the VM.
#[inline(always)]
#[must_use]
pub fn current_attached<'a>() -> &'a ThreadCore {
    match current() {
        Some(core) => core,
        None => not_attached(),
    }
}

#[cold]
#[inline(never)]
fn not_attached() -> ! {
    panic!("an object was touched by a thread that is not attached")
}

/// The slot id whose objects this thread owns; 0 when it is not attached.
#[inline(always)]
#[must_use]
pub fn current_owner() -> u16 {
    OWNER.with(Cell::get)
}

/// A registered thread, as the core sees it.
#[repr(C)]
pub struct ThreadCore {
    /// The state word; its changes are the methods of `thread/state.rs`.
    poll: AtomicU32,
    id: u16,
    /// No other thread can touch an object of this VM now: this is its only thread, or it has stopped the others.
    /// Written by the thread itself, by a stopper, or before the first attach.
    pub(crate) exclusive: AtomicBool,
    /// Set by `interrupt`, taken by interruptible waits.
    pub(crate) interrupted: AtomicBool,
    /// This thread has memory that waits for a grace period; a hint for those who end one.
    pub(crate) has_retired: AtomicBool,
    world: NonNull<World>,
    /// The owner's.
    pub(crate) sections: SectionStack,
    /// Objects of this thread's heap, and its free lists. The owner's.
    pub heap: ThreadHeap,
    /// The write sequence this thread has caught up with; 0 while it is detached. See `qsbr`.
    pub(crate) read_seq: AtomicU64,
    /// The owner's.
    pub(crate) retired: UnsafeCell<Retired>,
    pub(crate) merge: Mutex<MergeQueue>,
    /// Counts of other threads' deferred objects. The owner's.
    pub(crate) away: AwayCounts,
    pub(crate) parker: Parker,
    pub(crate) contention: crate::contention::Counters,
}

// SAFETY: the owner's fields follow R1; the others are synchronised.
unsafe impl Sync for ThreadCore {}
// SAFETY: nothing in it is tied to one operating-system thread.
unsafe impl Send for ThreadCore {}

impl ThreadCore {
    pub(crate) fn new(id: u16, world: NonNull<World>) -> Self {
        Self {
            poll: AtomicU32::new(poll::DETACHED),
            id,
            exclusive: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
            has_retired: AtomicBool::new(false),
            world,
            sections: SectionStack::new(),
            heap: ThreadHeap::default(),
            read_seq: AtomicU64::new(0),
            retired: UnsafeCell::new(Retired::new()),
            merge: Mutex::new(MergeQueue::default()),
            away: AwayCounts::new(),
            parker: Parker::new(),
            contention: crate::contention::Counters::default(),
        }
    }

    /// Offset of the safepoint word, for generated code.
    pub const POLL_OFFSET: usize = std::mem::offset_of!(ThreadCore, poll);

    /// The thread's slot, 1 and up.
    #[inline(always)]
    #[must_use]
    pub fn id(&self) -> u16 {
        self.id
    }

    /// The id that stands in the headers of this thread's objects.
    #[inline(always)]
    #[must_use]
    pub fn owner_id(&self) -> u16 {
        self.id
    }

    /// The VM's threads.
    #[inline(always)]
    #[must_use]
    pub fn world(&self) -> &World {
        // SAFETY: a slot lives in its world.
        unsafe { self.world.as_ref() }
    }

    /// The VM's pages.
    #[inline]
    #[must_use]
    pub fn shared_heap(&self) -> &SharedHeap {
        &self.world().heap
    }

    /// Whether this operating-system thread is attached with this core.
    #[inline]
    #[must_use]
    pub fn is_current(&self) -> bool {
        CURRENT.with(Cell::get) == std::ptr::from_ref(self)
    }

    /// No other thread can touch objects of this VM until the next safepoint or registration: one load.
    ///
    /// Whoever acts on it must look again after anything that can reach a safepoint.
    #[inline(always)]
    #[must_use]
    pub fn is_solo(&self) -> bool {
        // Relaxed: written by this thread, or while it was suspended (the state word orders that).
        cfg!(feature = "gil") || self.exclusive.load(Ordering::Relaxed)
    }

    /// The safepoint word: 0 if there is nothing to do.
    #[inline(always)]
    #[must_use]
    pub fn poll(&self) -> u32 {
        // Relaxed: a hint; `safepoint_slow` looks again with the needed edges.
        self.poll.load(Ordering::Relaxed)
    }

    /// A safepoint: the runtime's requests, if any. Between two safepoints (or detaches) no other thread stops this one,
    /// and memory read without a lock stays.
    #[inline(always)]
    pub fn safepoint(&self) -> u32 {
        crate::sync::thread::stress();
        if self.poll() == 0 { 0 } else { self.safepoint_slow() }
    }

    /// Handles vm-core's requests and returns the runtime's ([`poll::RUNTIME`]), which stay set until [`take`]n.
    ///
    /// May suspend the thread, free objects and so run finalizers.
    ///
    /// [`take`]: ThreadCore::take
    #[cold]
    #[inline(never)]
    pub fn safepoint_slow(&self) -> u32 {
        debug_assert!(self.is_current());
        crate::sync::thread::stress();
        loop {
            let requests = self.poll();
            if requests & poll::STOP != 0 {
                self.suspend();
                continue;
            }
            if requests & poll::QUIESCE != 0 {
                crate::qsbr::quiesce(self);
                continue;
            }
            if requests & poll::SOLO != 0 {
                self.world().look_solo(self);
                continue;
            }
            if requests & poll::GIL_DROP != 0 {
                self.world().gil_switch(self);
                continue;
            }
            if requests & poll::MERGE != 0 {
                crate::refcount::merge::drain(self);
                continue;
            }
            return requests & poll::RUNTIME;
        }
    }

    /// Asks the thread to look at `bits` (of [`poll::RUNTIME`]) at its next safepoint. Any thread, and signal handlers,
    /// may call it. To wake it from a wait as well, [`interrupt`](ThreadCore::interrupt) it afterwards.
    pub fn request(&self, bits: u32) {
        self.transition_request(bits);
    }

    /// Clears requests; those of `bits` that were set. What the requesters wrote before is visible.
    pub fn take(&self, bits: u32) -> u32 {
        self.transition_take(bits)
    }

    /// Wakes the thread from an interruptible wait, or lets its next one return at once. Any thread, and (on Linux) signal
    /// handlers, may call it.
    pub fn interrupt(&self) {
        // Release: pairs with `take_interrupt`.
        self.interrupted.store(true, Ordering::Release);
        self.parker.notify();
    }

    /// Whether `interrupt` was called since the last time.
    pub fn take_interrupt(&self) -> bool {
        // Acquire: pairs with `interrupt`. The load first spares the write.
        self.interrupted.load(Ordering::Relaxed) && self.interrupted.swap(false, Ordering::Acquire)
    }
}

/// Makes `core` this thread's, and returns what was there before.
pub(crate) fn set_current(core: *const ThreadCore) -> *const ThreadCore {
    // SAFETY: R4: null or a live core.
    let id = unsafe { core.as_ref() }.map_or(0, ThreadCore::id);
    OWNER.with(|owner| owner.set(id));
    CURRENT.with(|current| current.replace(core))
}
