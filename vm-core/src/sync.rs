//! The primitive shim: the only importer of atomics, cells, parking and threads in vm-core.
//!
//! Everything concurrent in this crate is written against the names below. A normal build gets the standard
//! library's atomics and `parking_lot_core`'s queues; a build with `--cfg loom` gets loom's, so that the models in
//! loom-tests/ run the production code and not a copy of it. A new primitive is added to both files.
//!
//! - [`atomic`]: the atomic integers and pointers, `Ordering`, `fence`
//! - [`cell::UnsafeCell`]: access by closure, so that loom sees who touches it
//! - [`parking`]: queues of sleeping threads keyed by address, for locks of one byte
//! - [`Parker`]: one thread's own bed; it can be woken from a signal handler
//! - [`Mutex`]: a leaf lock. Its holder must not wait, attach, detach, reach a safepoint, or call Python
//! - [`Alive`]: how a model sees that memory is used after it was given back
//! - [`thread_word!`](crate::thread_word): a thread-local without lazy initialisation and without destructor

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod real;

#[cfg(loom)]
pub use model::*;
#[cfg(not(loom))]
pub use real::*;

/// Whether a deliberate bug is switched on: only in a model, to show that the model would catch it. Constantly false in a
/// normal build.
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        cfg!(loom) && $crate::sync::is_mutant($name)
    };
}

/// Always false.
#[cfg(not(loom))]
#[inline(always)]
#[must_use]
pub const fn is_mutant(_name: &str) -> bool {
    false
}

pub use std::sync::Arc;
pub use std::time::{Duration, Instant};

/// How a call of [`parking::park`] ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parked {
    /// Another thread unparked this one and sent this token.
    Unparked(usize),
    /// `validate` said no; the thread did not sleep.
    Invalid,
    /// The deadline passed.
    TimedOut,
}

/// What [`parking::unpark_one`] tells its callback, which runs with the queue locked.
#[derive(Clone, Copy, Debug)]
pub struct Unparked {
    /// 0 or 1.
    pub threads: usize,
    /// Whether more threads sleep on this address.
    pub have_more: bool,
    /// Whether it is time to hand the lock over instead of letting the fastest thread have it.
    pub be_fair: bool,
}

/// A counter in a `static`, which no model explores: loom's atomics cannot be made in a constant.
pub use std::sync::atomic::AtomicUsize as StaticUsize;
