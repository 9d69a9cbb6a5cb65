//! Attaching and detaching.

use super::{Registration, World};
use crate::contention::{Event, note};
use crate::refcount::merge;
use crate::sync::atomic::{AtomicI32, Ordering};
use crate::sync::{Instant, parking};
use crate::thread::{self, Attach, Leave, ThreadCore, poll, set_current};
use std::marker::PhantomData;
use std::ptr::{from_ref, null};

/// Why a thread could not attach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachError {
    /// This thread is attached with the same registration already.
    AlreadyAttached,
    /// Another thread is attached with this registration.
    InUse,
}

impl std::fmt::Display for AttachError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            AttachError::AlreadyAttached => "this thread is attached already",
            AttachError::InUse => "another thread is attached with this registration",
        })
    }
}

impl std::error::Error for AttachError {}

/// `detach` was called by a thread that is not attached with this core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAttached;

impl std::fmt::Display for NotAttached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this thread is not attached")
    }
}

impl std::error::Error for NotAttached {}

/// Attached while it lives; dereferences to the core. A thread that was attached to another VM is detached from it
/// meanwhile.
#[derive(Debug)]
pub struct Attached<'a> {
    core: &'a ThreadCore,
    outer: Option<&'a ThreadCore>,
    _not_send: PhantomData<*const ()>,
}

impl<'a> Attached<'a> {
    pub(super) fn new(registration: &'a Registration) -> Result<Self, AttachError> {
        let core = registration.core();
        let outer = thread::current();
        if outer.is_some_and(|outer| std::ptr::eq(outer, core)) {
            return Err(AttachError::AlreadyAttached);
        }
        if let Some(outer) = outer {
            outer.leave(false);
        }
        match core.enter() {
            Ok(()) => Ok(Self { core, outer, _not_send: PhantomData }),
            Err(error) => {
                enter_again(outer);
                Err(error)
            }
        }
    }

    /// The core.
    #[must_use]
    pub fn core(&self) -> &'a ThreadCore {
        self.core
    }
}

fn enter_again(core: Option<&ThreadCore>) {
    if let Some(core) = core
        && core.enter().is_err()
    {
        // Only a forgotten guard of a nested attach can have taken it: the thread is attached as it should be.
        set_current(core);
    }
}

impl std::ops::Deref for Attached<'_> {
    type Target = ThreadCore;
    fn deref(&self) -> &ThreadCore {
        self.core
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        // Not current: `exit` was called.
        if self.core.is_current() {
            self.core.leave(false);
        }
        enter_again(self.outer);
    }
}

/// Detached while it lives.
#[derive(Debug)]
pub struct Detached<'a> {
    core: &'a ThreadCore,
    _not_send: PhantomData<*const ()>,
}

impl Drop for Detached<'_> {
    fn drop(&mut self) {
        if !self.core.is_current() {
            enter_again(Some(self.core));
        }
    }
}

impl ThreadCore {
    /// Detaches until the guard is dropped. Nested detaching is an error.
    pub fn detach(&self) -> Result<Detached<'_>, NotAttached> {
        if !self.is_current() {
            return Err(NotAttached);
        }
        self.leave(false);
        Ok(Detached { core: self, _not_send: PhantomData })
    }

    /// Runs `wait` detached, and attaches again. `wait` touches no object (R2 (thread)).
    ///
    /// Within another `detached` it runs `wait` as it is.
    pub fn detached<R>(&self, wait: impl FnOnce() -> R) -> R {
        let detached = self.detach();
        let result = wait();
        drop(detached);
        result
    }

    /// Attaches with this core.
    pub(crate) fn enter(&self) -> Result<(), AttachError> {
        if cfg!(feature = "gil") {
            self.world().gil.acquire(self);
        }
        loop {
            match self.transition_attach() {
                Attach::Done => break,
                Attach::MustWait if self.wait_to_attach() => break,
                Attach::MustWait => {}
                Attach::Taken => {
                    if cfg!(feature = "gil") {
                        self.world().gil.release(self);
                    }
                    return Err(AttachError::InUse);
                }
            }
        }
        set_current(self);
        self.online();
        self.sections.resume_top(self);
        Ok(())
    }

    /// Detaches; with the GIL, `hand_over` gives it to the longest waiter instead of the fastest.
    pub(crate) fn leave(&self, hand_over: bool) {
        debug_assert!(self.is_current());
        self.sections.suspend_all();
        self.offline();
        if self.poll() & poll::QUIESCE != 0 {
            self.transition_take(poll::QUIESCE);
            crate::qsbr::tell_sealers(self);
        }
        set_current(null());
        self.left(self.transition_leave(), hand_over);
    }

    fn left(&self, leave: Leave, hand_over: bool) {
        if leave == Leave::Report {
            self.world().report_stopped();
        }
        if cfg!(feature = "gil") {
            if hand_over {
                self.world().gil.hand_over(self);
            } else {
                self.world().gil.release(self);
            }
        }
    }

    /// At a safepoint, for a stopper: SUSPENDED until the world starts.
    #[cold]
    pub(crate) fn suspend(&self) {
        note(Event::Stop);
        self.leave(false);
        // Nobody else attaches with a core whose thread is at a safepoint.
        let _ = self.enter();
    }

    /// Unregisters the attached thread: merges what others queued for it, and leaves its slot.
    ///
    /// Freeing objects may run finalizers, so the runtime's own state of the thread is still there. Afterwards the thread
    /// is not attached.
    pub(crate) fn exit(&self) {
        debug_assert!(self.is_current() && self.sections.is_empty());
        self.orphan_retired();
        crate::gc::on_exit(self);
        let mut leave = Leave::Free;
        loop {
            merge::drain(self);
            // While attached: nobody forks with one of the heap's locks held.
            self.heap.give_back(self.shared_heap());
            if merge::close_if_empty(self, || {
                if !crate::mutant!("exit_unflushed") {
                    // R3 (away).
                    self.away.flush();
                }
                self.offline();
                set_current(null());
                leave = self.transition_leave();
            }) {
                break;
            }
        }
        self.left(leave, false);
        self.world().unregister(self);
    }
}

impl World {
    /// A counted thread has left.
    pub(super) fn report_stopped(&self) {
        // AcqRel: pairs with `stop_others`: what this thread did happened before the stop.
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: the key is the counter's own address.
            unsafe { parking::unpark_all(self.pending_key()) }
        }
    }

    /// Sleeps until every counted thread has reported.
    pub(super) fn wait_for_reports(&self, counted: i32) {
        // AcqRel: pairs with `report_stopped`.
        let mut pending = self.pending.fetch_add(counted, Ordering::AcqRel) + counted;
        while pending != 0 {
            // SAFETY: the key is the counter's own address; the closures neither panic nor park.
            unsafe {
                parking::park(
                    self.pending_key(),
                    || self.pending.load(Ordering::Relaxed) != 0,
                    |_| {},
                    None,
                    Instant::now(),
                );
            }
            // Acquire: pairs with `report_stopped`.
            pending = self.pending.load(Ordering::Acquire);
        }
    }

    fn pending_key(&self) -> usize {
        from_ref::<AtomicI32>(&self.pending) as usize
    }
}

impl Registration {
    /// Unregisters the thread that is attached with this registration; its objects' finalizers may run now.
    pub fn exit(self, attached: Attached<'_>) {
        debug_assert!(std::ptr::eq(attached.core(), self.core()));
        attached.core().exit();
    }
}
