//! What `Vm`, `Py` and `PyErr` share: a counted handle of the VM, and the VM's end when the last handle goes.
//!
//! # Rules
//!
//! R1 (handle). `Handle`s are counted apart from the `Arc` that holds the memory. When their number falls to 0 for the first
//!     time, the program's part of the VM ends (`shutdown::finish`): once, on the thread that dropped the last handle, or on
//!     a thread of its own if that one is inside a call from the VM's own Python threads.
//! R2 (handle). An attach borrows a handle, so while the VM runs nobody is attached with a thread of `threads` or with
//!     `main` when the end begins. After that only threads that are inside the VM already may attach again.
//! R3 (handle). The memory goes with the last `Arc<Shared>` and the last thread record. What Python holds of it is a `Weak`
//!     (closures), so an object of the VM never keeps its own VM.
use crate::attach;
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use vm_runtime::thread::{AttachGuard, Thread};
use vm_runtime::vm::VmState;

/// A thread record that waits for the operating-system thread that it belongs to.
pub(crate) struct Parked(pub(crate) Box<Thread>);
// SAFETY: a record is used by the operating-system thread that registered it, or by whoever took it out of `Shared` when
// nobody is attached with it (R2 (handle)); the lock of the list orders the two.
unsafe impl Send for Parked {}

/// Set in `Shared::handles` by the very change that takes the number to 0: a handle that is made later sees it.
const ENDED: usize = 1 << (usize::BITS - 1);

/// A VM and the threads that this crate registered with it.
pub(crate) struct Shared {
    /// Different for every VM of the process, and never used again.
    pub(crate) id: u64,
    /// Records of operating-system threads that have attached, but for `main`.
    pub(crate) threads: Mutex<Vec<Parked>>,
    /// The record of the thread that built the VM; the end runs with it.
    main: Mutex<Option<Parked>>,
    /// Handles, and `ENDED`.
    handles: AtomicUsize,
    /// The VM.
    pub(crate) state: Arc<VmState>,
}

impl Shared {
    /// A VM whose main thread is the calling one; the first handle.
    pub(crate) fn start(state: Arc<VmState>, main: Box<Thread>) -> Handle {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let record: *const Thread = &raw const *main;
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            threads: Mutex::default(),
            main: Mutex::new(Some(Parked(main))),
            handles: AtomicUsize::new(1),
            state,
        });
        attach::remember(&shared, record, true);
        Handle(shared)
    }

    /// Whether the end has begun.
    pub(crate) fn has_ended(&self) -> bool {
        // Acquire: pairs with `Handle::drop`. While a handle from before the end is held this is false.
        self.handles.load(Ordering::Acquire) & ENDED != 0
    }

    /// The last handle went.
    #[cold]
    fn end(self: &Arc<Shared>) {
        if attach::is_inside(self.id) {
            // The end waits for the VM's threads, and this is one of them.
            let shared = self.clone();
            let spawned =
                std::thread::Builder::new().name("orochi-end".into()).spawn(move || shared.finish());
            if spawned.is_ok() {
                return;
            }
        }
        self.finish();
    }

    fn finish(self: &Arc<Shared>) {
        let idle = std::mem::take(&mut *self.threads.lock());
        let main = self.main.lock().take();
        let finished = catch_unwind(AssertUnwindSafe(|| {
            drop(idle);
            let Some(Parked(main)) = &main else { return };
            let Ok(th) = AttachGuard::new(main, attach::stack_left()) else { return };
            let _inside = attach::Inside::enter(self, &th);
            th.release_pending();
            vm_runtime::shutdown::finish(&th);
            vm_runtime::signals::release_signals(&th);
        }));
        if finished.is_err() {
            eprintln!("orochi: the end of a VM panicked: a bug of the VM");
        }
        drop(main);
    }
}

/// A counted handle (R1).
pub(crate) struct Handle(Arc<Shared>);

impl Handle {
    /// One more handle.
    pub(crate) fn of(shared: &Arc<Shared>) -> Handle {
        // Relaxed: the caller has a handle, or is inside the VM.
        shared.handles.fetch_add(1, Ordering::Relaxed);
        Handle(shared.clone())
    }

    /// What it is a handle of.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Clone for Handle {
    fn clone(&self) -> Handle {
        Handle::of(&self.0)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let fewer = |n: usize| Some(if n == 1 { ENDED } else { n - 1 });
        // AcqRel: what was done with any handle happened before the end.
        if self.0.handles.fetch_update(Ordering::AcqRel, Ordering::Relaxed, fewer) == Ok(1) {
            self.0.end();
        }
    }
}
