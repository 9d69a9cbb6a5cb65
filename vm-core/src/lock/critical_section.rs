//! Critical sections (PEP 703): object locks that a thread loses whenever it waits.
//!
//! A thread's open sections form a stack. Anything that waits or stops (another lock, detaching, suspension by a
//! stopper) first releases the locks of them all; when the thread runs again it retakes the locks of the top one, and
//! each other's when that section comes to the top. So no thread holds an object's lock while it waits for anything, and
//! two threads with two objects cannot deadlock. The price: only the top section is guaranteed, and only between waits. Code
//! that needs two objects takes both at once with [`with_locks2`].
//!
//! While the VM has one thread, or the caller has stopped the others, sections are recorded but lock nothing. Before a
//! second thread can touch an object, the first has suspended its sections (at its safepoint, or in `register` when it
//! brings the other thread about itself) and takes the locks of the top one for real.
//!
//! | state | the section | has its locks |
//! |---|---|---|
//! | SUSPENDED | lost its locks to a wait | no |
//! | TAKING | is taking them, and may wait for it | perhaps the first of two |
//! | HELD | runs | yes |
//! | SOLO | runs | no: nobody else could want them |
//! | NESTED | runs inside a section with the same lock | through that section |
//!
//! # Rules
//!
//! R1 (critical_section). The stack and its records are touched by their thread alone (R1 (thread)).
//! R2 (critical_section). Only the top record is HELD, SOLO, NESTED or TAKING with anything but such records below it; from
//!     the first SUSPENDED record downwards all are SUSPENDED.
//! R3 (critical_section). While TAKING the second lock a thread may hold the first. The first has the lower address, so these
//!     waits form no cycle among themselves, and every other wait is of a thread that holds nothing.

use super::byte_lock;
use crate::contention::{Event, note};
use crate::object::Header;
use crate::sync::atomic::AtomicU8;
use crate::thread::ThreadCore;
use std::cell::Cell;
use std::ptr::{NonNull, null};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Suspended,
    Taking,
    Held,
    Solo,
    Nested,
}

/// A section's record, on the stack of the Rust function that opened it.
struct Section {
    below: *const Section,
    first: NonNull<AtomicU8>,
    second: Option<NonNull<AtomicU8>>,
    state: Cell<State>,
}

/// The open sections of a thread.
pub(crate) struct SectionStack {
    top: Cell<*const Section>,
}

impl SectionStack {
    pub(crate) const fn new() -> Self {
        Self { top: Cell::new(null()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.top.get().is_null()
    }

    /// Releases every lock of the thread's sections, before it waits.
    #[inline(always)]
    pub(crate) fn suspend_all(&self) {
        if !self.is_empty() {
            self.suspend_all_slow();
        }
    }

    #[cold]
    fn suspend_all_slow(&self) {
        let mut at = self.top.get();
        // SAFETY: R1; a record lives until `Leave` has taken it off the stack.
        while let Some(section) = unsafe { at.as_ref() } {
            match section.state.get() {
                State::Suspended => return,
                // The thread is in `take`, which goes on when the wait is over.
                State::Taking => {}
                State::Held => {
                    section.state.set(State::Suspended);
                    if !crate::mutant!("section_keep_lock") {
                        section.unlock();
                    }
                }
                State::Solo | State::Nested => section.state.set(State::Suspended),
            }
            at = section.below;
        }
    }

    /// Suspends the sections if the top one relies on being alone, which is about to end.
    pub(crate) fn suspend_solo(&self) {
        let mut at = self.top.get();
        // SAFETY: as in `suspend_all_slow`.
        while let Some(section) = unsafe { at.as_ref() } {
            match section.state.get() {
                State::Solo => return self.suspend_all_slow(),
                State::Nested => at = section.below,
                _ => return,
            }
        }
    }

    /// In the child of a fork: forgets the sections of a thread that does not exist, and frees a lock that it was just
    /// taking. It had no others: it was stopped, or detached.
    pub(crate) fn abandon(&self, mine: &SectionStack) {
        // SAFETY: the record is on the stack of a thread that does not exist, which nobody has unmapped.
        if let Some(section) = unsafe { self.top.get().as_ref() }
            && section.state.get() == State::Taking
        {
            for byte in std::iter::once(section.first).chain(section.second) {
                if !mine.holds(byte) {
                    // SAFETY: the dead thread's section kept the object alive, and nothing has run since.
                    byte_lock::reset_after_fork(unsafe { byte.as_ref() });
                }
            }
        }
        self.top.set(null());
    }

    fn holds(&self, byte: NonNull<AtomicU8>) -> bool {
        let mut at = self.top.get();
        // SAFETY: as in `suspend_all_slow`.
        while let Some(section) = unsafe { at.as_ref() } {
            if section.state.get() == State::Held && (section.first == byte || section.second == Some(byte)) {
                return true;
            }
            at = section.below;
        }
        false
    }

    /// Takes the top section's locks again, after a wait.
    #[inline(always)]
    pub(crate) fn resume_top(&self, thread: &ThreadCore) {
        if !self.is_empty() {
            self.resume_top_slow(thread);
        }
    }

    #[cold]
    fn resume_top_slow(&self, thread: &ThreadCore) {
        // SAFETY: as in `suspend_all_slow`.
        if let Some(section) = unsafe { self.top.get().as_ref() }
            && section.state.get() == State::Suspended
        {
            section.take(thread);
        }
    }
}

impl Section {
    /// Takes the locks, waiting if need be.
    #[inline(always)]
    fn take(&self, thread: &ThreadCore) {
        if thread.is_solo() {
            self.state.set(State::Solo);
            return;
        }
        // SAFETY: the caller of `with_lock` keeps the objects alive.
        let first = unsafe { self.first.as_ref() };
        if self.second.is_none() && byte_lock::try_lock(first) {
            note(Event::Lock);
            self.state.set(State::Held);
            return;
        }
        self.take_slow(thread);
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&self, thread: &ThreadCore) {
        self.state.set(State::Taking);
        // SAFETY: as in `take`.
        unsafe {
            lock_detached(thread, self.first.as_ref());
            if let Some(second) = self.second {
                lock_detached(thread, second.as_ref());
            }
        }
        self.state.set(State::Held);
    }

    fn unlock(&self) {
        // SAFETY: the state was HELD.
        unsafe {
            if let Some(second) = self.second {
                byte_lock::unlock(second.as_ref());
            }
            byte_lock::unlock(self.first.as_ref());
        }
    }
}

/// Takes a lock; waits for it detached, so with all sections suspended.
fn lock_detached(thread: &ThreadCore, byte: &AtomicU8) {
    if byte_lock::try_lock(byte) {
        note(Event::Lock);
    } else {
        note(Event::ContendedLock);
        thread.detached(|| byte_lock::lock_slow(byte));
    }
}

/// Closes a section, also when its body panics.
struct Leave<'a> {
    thread: &'a ThreadCore,
    section: &'a Section,
}

impl Drop for Leave<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        let stack = &self.thread.sections;
        debug_assert!(std::ptr::eq(stack.top.get(), self.section));
        stack.top.set(self.section.below);
        if self.section.state.get() == State::Held {
            self.section.unlock();
        }
        stack.resume_top(self.thread);
    }
}

/// Runs `body` with the locks of one or two objects, as bytes.
#[inline(always)]
fn run<R>(
    thread: &ThreadCore,
    first: NonNull<AtomicU8>,
    second: Option<NonNull<AtomicU8>>,
    body: impl FnOnce() -> R,
) -> R {
    debug_assert!(thread.is_current());
    let below = thread.sections.top.get();
    let section = Section { below, first, second, state: Cell::new(State::Taking) };
    // SAFETY: R1; the record below lives longer than this one.
    let nested = unsafe { below.as_ref() }.is_some_and(|below| {
        below.first == first && below.second == second && below.state.get() != State::Suspended
    });
    thread.sections.top.set(&raw const section);
    // From here on the record is on the stack, and `Leave` takes it off.
    let leave = Leave { thread, section: &section };
    if nested {
        section.state.set(State::Nested);
    } else {
        section.take(thread);
    }
    let result = body();
    drop(leave);
    result
}

/// Runs `body` with `object` locked. Waiting inside suspends it: see the module.
#[inline(always)]
pub fn with_lock<R>(thread: &ThreadCore, object: &Header, body: impl FnOnce() -> R) -> R {
    with_byte(thread, &object.lock, body)
}

/// Runs `body` with both objects locked; they may be the same one.
#[inline]
pub fn with_locks2<R>(thread: &ThreadCore, a: &Header, b: &Header, body: impl FnOnce() -> R) -> R {
    with_bytes2(thread, &a.lock, &b.lock, body)
}

/// [`with_lock`] for a lock byte that is not in a header.
#[inline(always)]
pub fn with_byte<R>(thread: &ThreadCore, byte: &AtomicU8, body: impl FnOnce() -> R) -> R {
    run(thread, NonNull::from(byte), None, body)
}

/// [`with_locks2`] for lock bytes that are not in headers.
#[inline]
pub fn with_bytes2<R>(thread: &ThreadCore, a: &AtomicU8, b: &AtomicU8, body: impl FnOnce() -> R) -> R {
    let (a, b) = (NonNull::from(a), NonNull::from(b));
    match a.cmp(&b) {
        std::cmp::Ordering::Less => run(thread, a, Some(b), body),
        std::cmp::Ordering::Equal => run(thread, a, None, body),
        std::cmp::Ordering::Greater => run(thread, b, Some(a), body),
    }
}
