//! Attaching: which thread record an operating-system thread uses for a VM, and what `Python<'py>` refers to.
//!
//! A thread registers with a VM at its first attach and keeps the record until it ends, or the VM does.
//!
//! # Rules
//!
//! R1 (attach). `LOCAL.inside` has an entry for every attach and every call into Rust that this thread is in, innermost last.
//!     The record and the `Arc` of an entry outlive it.
//! R2 (attach). A record in `LOCAL.known` is good while its VM has not ended: only this thread removes it before.
use crate::handle::{Parked, Shared};
use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use vm_runtime::native::thread_module::STACK_RESERVE;
use vm_runtime::thread::{AttachGuard, Thread};

/// What `Python<'py>` refers to: the thread and the VM of an attach or of a call into Rust.
pub(crate) struct Attachment<'a> {
    pub(crate) thread: &'a Thread,
    pub(crate) shared: &'a Arc<Shared>,
}

/// Why a thread cannot attach to a VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachError {
    /// The VM has ended: its last handle went, and this one was made by code that ran during the end.
    Ended,
    /// The VM has as many threads as it can have (65,535).
    TooManyThreads,
}

impl std::fmt::Display for AttachError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            AttachError::Ended => "the VM has ended",
            AttachError::TooManyThreads => "the VM has as many threads as it can have",
        })
    }
}

impl std::error::Error for AttachError {}

/// A record that this thread registered.
struct Known {
    id: u64,
    thread: *const Thread,
    shared: Weak<Shared>,
    /// The VM's main thread: its record stays until the end.
    main: bool,
}

struct Entry {
    id: u64,
    thread: *const Thread,
    shared: *const Arc<Shared>,
}

#[derive(Default)]
struct Local {
    known: RefCell<Vec<Known>>,
    inside: RefCell<Vec<Entry>>,
}

thread_local! {
    static LOCAL: Local = Local::default();
}

impl Drop for Local {
    /// The thread ends: it unregisters from all VMs.
    fn drop(&mut self) {
        for known in self.known.take() {
            if known.main {
                continue;
            }
            let Some(shared) = known.shared.upgrade() else { continue };
            let record = {
                let mut threads = shared.threads.lock();
                threads
                    .iter()
                    .position(|p| std::ptr::eq(&raw const *p.0, known.thread))
                    .map(|at| threads.swap_remove(at))
            };
            // Objects that die with the thread run finalizers, and a panic here would end the process.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(record)));
        }
    }
}

/// Native stack that Python may use on this thread from here, in bytes.
pub(crate) fn stack_left() -> usize {
    // Where the system does not say how much there is, a little is assumed.
    stacker::remaining_stack().unwrap_or(1 << 20).saturating_sub(STACK_RESERVE)
}

/// Makes a record the one that this thread attaches to the VM with.
pub(crate) fn remember(shared: &Arc<Shared>, thread: *const Thread, main: bool) {
    let known = Known { id: shared.id, thread, shared: Arc::downgrade(shared), main };
    let _ = LOCAL.try_with(|local| {
        let mut list = local.known.borrow_mut();
        list.retain(|k| k.shared.strong_count() > 0);
        list.push(known);
    });
}

/// Whether this thread is attached to the VM, or was when it entered what it is doing.
pub(crate) fn is_inside(id: u64) -> bool {
    LOCAL.try_with(|local| local.inside.borrow().iter().any(|e| e.id == id)).unwrap_or(false)
}

/// An entry of `LOCAL.inside`, removed when dropped.
pub(crate) struct Inside<'a> {
    entered: bool,
    _entry: PhantomData<(&'a Arc<Shared>, *const Thread)>,
}

impl<'a> Inside<'a> {
    pub(crate) fn enter(shared: &'a Arc<Shared>, thread: &'a Thread) -> Inside<'a> {
        let entry = Entry { id: shared.id, thread, shared };
        let entered = LOCAL.try_with(|local| local.inside.borrow_mut().push(entry)).is_ok();
        Inside { entered, _entry: PhantomData }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.entered {
            let _ = LOCAL.try_with(|local| local.inside.borrow_mut().pop());
        }
    }
}

/// Runs `f` with the VM that the innermost entry is of, if that is the VM of `id`: spares a call from Python into Rust the
/// counting of its VM.
pub(crate) fn with_innermost<R>(id: u64, f: impl FnOnce(Option<&Arc<Shared>>) -> R) -> R {
    let found = LOCAL.try_with(|local| local.inside.borrow().last().filter(|e| e.id == id).map(|e| e.shared));
    // SAFETY: R1 (attach): the entry cannot go before `f` returns, which runs inside of it.
    f(found.ok().flatten().map(|shared| unsafe { &*shared }))
}

/// The record that this thread uses for a VM.
enum Record<'a> {
    Kept(&'a Thread),
    /// For this attach alone, where the thread-local is gone: the thread is ending.
    Fleeting(Box<Thread>),
}

fn record(shared: &Arc<Shared>) -> Result<Record<'_>, AttachError> {
    let inside = LOCAL
        .try_with(|local| local.inside.borrow().iter().rev().find(|e| e.id == shared.id).map(|e| e.thread));
    if let Ok(Some(thread)) = inside {
        // SAFETY: R1 (attach).
        return Ok(Record::Kept(unsafe { &*thread }));
    }
    if shared.has_ended() {
        return Err(AttachError::Ended);
    }
    let known =
        LOCAL.try_with(|local| local.known.borrow().iter().find(|k| k.id == shared.id).map(|k| k.thread));
    match known {
        // SAFETY: R2 (attach): the caller's handle keeps the VM from ending.
        Ok(Some(thread)) => Ok(Record::Kept(unsafe { &*thread })),
        Ok(None) => {
            let thread = Thread::register(&shared.state).map_err(|_| AttachError::TooManyThreads)?;
            let record: *const Thread = &raw const *thread;
            shared.threads.lock().push(Parked(thread));
            remember(shared, record, false);
            // SAFETY: R2 (attach).
            Ok(Record::Kept(unsafe { &*record }))
        }
        Err(_) => {
            Thread::register(&shared.state).map(Record::Fleeting).map_err(|_| AttachError::TooManyThreads)
        }
    }
}

/// Runs `f` attached to a VM. The caller has a handle of it, or is inside.
pub(crate) fn attach<R>(
    shared: &Arc<Shared>,
    f: impl for<'a> FnOnce(&'a Attachment<'a>) -> R,
) -> Result<R, AttachError> {
    if let Some(thread) = Thread::current()
        && Arc::ptr_eq(thread.vm(), &shared.state)
        && thread.core().is_current()
    {
        return Ok(f(&Attachment { thread, shared }));
    }
    let record = record(shared)?;
    let thread: &Thread = match &record {
        Record::Kept(thread) => thread,
        Record::Fleeting(thread) => thread,
    };
    let Ok(guard) = AttachGuard::new(thread, stack_left()) else {
        unreachable!("a thread record is used by its own thread alone, and that one is not attached")
    };
    let _inside = Inside::enter(shared, &guard);
    guard.release_pending();
    Ok(f(&Attachment { thread: &guard, shared }))
}

/// Runs `f` with a thread that was detached, or left for another VM, attached again.
#[cold]
pub(crate) fn again<R>(thread: &Thread, f: impl FnOnce() -> R) -> R {
    let guard = AttachGuard::new(thread, stack_left());
    assert!(guard.is_ok(), "an object was used on a thread that it was smuggled to");
    f()
}
