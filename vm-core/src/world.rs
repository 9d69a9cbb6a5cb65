//! The threads of one VM: registering, attaching, stopping them all.
//!
//! A thread registers once (it gets a slot, and with it an owner id), then attaches whenever it wants to touch objects and
//! detaches whenever it may wait. The state word of [`ThreadCore`] has the transitions; here is who makes them.
//!
//! # Rules
//!
//! R1 (world). The stopper holds `stop_lock`, is attached (or not registered at all) and never detaches until it has
//!     started the world.
//! R2 (world). `stopping` and the list of tenants change with the registry locked. A thread that registers while the world
//!     is stopped is born SUSPENDED.
//! R3 (world). An attached thread never waits for `stop_lock`: it detaches.
//! R4 (world). `exclusive` is set for a thread only by itself, by a stopper, or before its first attach, and only while no
//!     other thread can be attached; it is cleared by itself, or while it is suspended, before any other thread attaches.
//! R5 (world). The registry's lock is a leaf: nothing waits, frees objects or calls Python with it held.

pub(crate) mod attach;
pub mod fork;
pub(crate) mod gil;
mod solo;
mod stop;

pub use attach::{AttachError, Attached, Detached, NotAttached};
pub use fork::Forking;
pub use stop::StoppedWorld;

use crate::object::heap::SharedHeap;
use crate::qsbr::Qsbr;
use crate::refcount::Suspects;
use crate::sync::atomic::{AtomicI32, AtomicPtr, AtomicU8, Ordering};
use crate::sync::{Arc, Mutex};
use crate::thread::{self, ThreadCore};
use std::ptr::{NonNull, null_mut};

/// Slots are in blocks, so that a slot is found by its id without a lock.
#[cfg(not(loom))]
const BLOCK: usize = 256;
#[cfg(loom)]
const BLOCK: usize = 8;
#[cfg(not(loom))]
const BLOCKS: usize = 256;
#[cfg(loom)]
const BLOCKS: usize = 1;
/// Ids are 16 bits, and 0 is nobody.
const MAX_SLOTS: usize = BLOCK * BLOCKS - 1;

type Block = [AtomicPtr<ThreadCore>; BLOCK];

/// One VM's threads and shared state. Nothing in vm-core is global to the process.
pub struct World {
    blocks: [AtomicPtr<Block>; BLOCKS],
    registry: Mutex<Registry>,
    /// Held by whoever stops the world; see `lock::byte_lock` for the byte.
    stop_lock: AtomicU8,
    /// Threads that have yet to stop, less those that stopped before the stopper had counted.
    pending: AtomicI32,
    pub(crate) qsbr: Qsbr,
    gil: gil::Gil,
    pub(crate) gc: crate::gc::State,
    /// Objects whose counts may be contended (R4 (away)).
    pub(crate) suspects: Suspects,
    /// The VM's pages.
    pub heap: SharedHeap,
}

/// Who is registered.
struct Registry {
    /// Slots ever made.
    slots: u16,
    /// Slots with a tenant.
    tenants: Vec<u16>,
    /// Slots without one.
    vacant: Vec<u16>,
    /// The world is stopped, or about to be.
    stopping: bool,
    /// The thread whose `exclusive` says that it is the only one.
    solo: Option<u16>,
}

/// The VM has as many threads as ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyThreads;

impl std::fmt::Display for TooManyThreads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too many threads are registered with this VM")
    }
}

impl std::error::Error for TooManyThreads {}

impl World {
    /// A world without threads.
    #[must_use]
    pub fn new() -> Arc<World> {
        Arc::new(World {
            blocks: std::array::from_fn(|_| AtomicPtr::new(null_mut())),
            registry: Mutex::new(Registry {
                slots: 0,
                tenants: Vec::new(),
                vacant: Vec::new(),
                stopping: false,
                solo: None,
            }),
            stop_lock: AtomicU8::new(0),
            pending: AtomicI32::new(0),
            qsbr: Qsbr::new(),
            gil: gil::Gil::new(),
            gc: crate::gc::State::new(),
            suspects: Suspects::new(),
            heap: SharedHeap::default(),
        })
    }

    /// Registers a thread: the calling one, or one that it is about to start. The result may be sent to it.
    ///
    /// The caller may be attached to this world; if it is not and the world has one thread, this waits for that thread's
    /// next safepoint.
    pub fn register(self: &Arc<World>) -> Result<Registration, TooManyThreads> {
        let core = loop {
            let _stopped = self.end_solo();
            let early = crate::mutant!("register_stale_stop").then(|| self.is_stopping());
            let mut registry = self.registry.lock();
            if registry.solo.is_some() && !cfg!(feature = "gil") {
                // Turned on again at a safepoint since.
                continue;
            }
            let id = match registry.vacant.pop() {
                Some(id) => id,
                None if usize::from(registry.slots) < MAX_SLOTS => {
                    registry.slots += 1;
                    self.make_slot(registry.slots);
                    registry.slots
                }
                None => return Err(TooManyThreads),
            };
            registry.tenants.push(id);
            let Some(core) = self.slot(id) else { return Err(TooManyThreads) };
            core.transition_new_tenant(early.unwrap_or(registry.stopping));
            core.merge.lock().live = true;
            let alone = registry.tenants.len() == 1 && !registry.stopping;
            registry.solo = alone.then_some(id);
            // Relaxed: sent to the thread with the registration.
            core.exclusive.store(alone, Ordering::Relaxed);
            core.interrupted.store(false, Ordering::Relaxed);
            break NonNull::from(core);
        };
        Ok(Registration { core, world: self.clone() })
    }

    /// Number of registered threads.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.registry.lock().tenants.len()
    }

    /// The slot with this id, whether it has a tenant or not.
    #[must_use]
    pub fn slot(&self, id: u16) -> Option<&ThreadCore> {
        let id = usize::from(id);
        // Acquire: pairs with `make_slot`.
        let block = self.blocks.get(id / BLOCK)?.load(Ordering::Acquire);
        // SAFETY: blocks and slots live as long as the world.
        unsafe { block.as_ref()?[id % BLOCK].load(Ordering::Acquire).as_ref() }
    }

    fn make_slot(&self, id: u16) {
        let block = &self.blocks[usize::from(id) / BLOCK];
        let mut slots = block.load(Ordering::Relaxed);
        if slots.is_null() {
            slots = Box::into_raw(Box::new(std::array::from_fn(|_| AtomicPtr::new(null_mut()))));
            // Release: pairs with `slot`.
            block.store(slots, Ordering::Release);
        }
        let core = Box::into_raw(Box::new(ThreadCore::new(id, NonNull::from(self))));
        // SAFETY: the block lives as long as the world. Release: pairs with `slot`.
        unsafe { (&(*slots))[usize::from(id) % BLOCK].store(core, Ordering::Release) }
    }

    /// Calls `f` with every registered thread. The registry is locked meanwhile (R5): `f` may request, look, and nothing more.
    pub fn for_each_thread(&self, mut f: impl FnMut(&ThreadCore)) {
        let registry = self.registry.lock();
        for &id in &registry.tenants {
            if let Some(core) = self.slot(id) {
                f(core);
            }
        }
    }

    /// Asks every thread to look at `bits` at its next safepoint.
    pub fn request_all(&self, bits: u32) {
        self.for_each_thread(|thread| thread.request(bits));
    }

    /// Wakes every thread from interruptible waits.
    pub fn interrupt_all(&self) {
        self.for_each_thread(ThreadCore::interrupt);
    }

    fn unregister(&self, core: &ThreadCore) {
        let mut registry = self.registry.lock();
        registry.tenants.retain(|&id| id != core.id());
        registry.vacant.push(core.id());
        if registry.solo == Some(core.id()) {
            registry.solo = None;
        }
        if let [last] = registry.tenants[..]
            && !cfg!(feature = "gil")
            && let Some(last) = self.slot(last)
        {
            last.transition_request(thread::poll::SOLO);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // No registration exists, so no thread is attached.
        for id in 1..=self.registry.get_mut().slots {
            if let Some(core) = self.slot(id) {
                let core = std::ptr::from_ref(core).cast_mut();
                // SAFETY: made by `make_slot`, and found only through this world.
                drop(unsafe { Box::from_raw(core) });
            }
        }
        for block in &self.blocks {
            let block = block.load(Ordering::Relaxed);
            if !block.is_null() {
                // SAFETY: as above.
                drop(unsafe { Box::from_raw(block) });
            }
        }
        // SAFETY: no thread is attached.
        unsafe {
            self.qsbr.free_all();
            self.heap.release_all();
        }
    }
}

/// A registered thread. Dropping it (or [`Attached::exit`]) unregisters it.
#[derive(Debug)]
pub struct Registration {
    core: NonNull<ThreadCore>,
    world: Arc<World>,
}

// SAFETY: the core is `Sync`. A registration is not: two threads that waited to attach with one could not be told apart.
unsafe impl Send for Registration {}

impl Registration {
    /// The thread's slot.
    #[must_use]
    pub fn core(&self) -> &ThreadCore {
        // SAFETY: a slot lives in its world, which we keep.
        unsafe { self.core.as_ref() }
    }

    /// The VM's threads.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Attaches this operating-system thread, waiting while the world is stopped.
    pub fn attach(&self) -> Result<Attached<'_>, AttachError> {
        Attached::new(self)
    }

    /// Attaches, calls `f`, detaches.
    pub fn with<R>(&self, f: impl FnOnce(&ThreadCore) -> R) -> Result<R, AttachError> {
        let attached = self.attach()?;
        Ok(f(&attached))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if self.core().is_current() {
            // The guard was forgotten: what it would have done.
            self.core().exit();
        } else if let Ok(attached) = self.attach() {
            attached.core().exit();
            // The guard finds that the thread is not attached with this core any more, and goes back to the outer one.
            drop(attached);
        }
        // Otherwise another thread is attached with this core, which only a forgotten guard can bring about: the slot is lost.
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("registered", &self.registered()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ThreadCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThreadCore")
            .field("id", &self.id())
            .field("poll", &self.poll())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
