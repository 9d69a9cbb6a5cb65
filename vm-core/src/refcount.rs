//! Biased reference counts (Choi et al., "Biased Reference Counting", PACT 2018; PEP 703).
//!
//! The owner thread counts in `local` without atomic read-modify-writes; everybody else counts in `shared`, whose two low
//! bits are the state. States only rise: DEFAULT, WEAKREF ("lock-free readers may try to take a reference"), QUEUED,
//! MERGED.
//!
//! # Rules
//!
//! R1 (refcount). The references to an object are `local` (if it has an owner) plus `shared >> 2`, less `DEFERRED_BIAS` if
//!     it is deferred. `shared >> 2` may be negative while `local` is positive.
//! R2 (refcount). Only the owner writes `local` and `owner`, or whoever merges the counts of an owner that cannot run.
//! R3 (refcount). An object is freed from DEFAULT by its owner, when both counts are zero, or from MERGED by whoever takes
//!     the count to zero. Nothing else frees it but the collector, with the world stopped.
//! R4 (refcount). A foreign decrement that would take `shared` below zero for the first time hands its reference to the
//!     owner's queue instead; the state QUEUED, set by compare-exchange, makes it happen once.
//! R5 (refcount). An immortal object has `local == IMMORTAL`, and nobody writes its counts.
//! R6 (refcount). A deferred object's count has `DEFERRED_BIAS` added, so that it never gets to zero; the collector,
//!     which also scans the registers, frees it. Threads other than its owner count it in tables of their own (`away`),
//!     which belong to the count as well.
//! R7 (refcount). Try-increment of an object owned by somebody else fails in state DEFAULT with `shared == 0`: the owner may
//!     be freeing it without an atomic operation. The reader then locks the container and takes its reference there.
//! R8 (refcount). What lets try-increment succeed (a state other than DEFAULT, IMMORTAL, the flag DEFERRED) is stored with
//!     release, and try-increment reads it with acquire. So a reader that was late, and counted another object which its
//!     block has become, sees at its second look that the slot has changed: the slot was changed before the block was freed.
mod away;
pub mod biased;
pub mod merge;

pub(crate) use away::{AwayCounts, Suspects};
pub use biased::{
    begin_finalize, count, decref, end_finalize, incref, is_dead, is_unique, make_deferred, make_immortal,
    make_weakrefable, mark_dead, try_incref, try_make_immortal,
};
pub(crate) use biased::{init_dead, make_counted};

/// Added to the shared count of deferred objects (R6).
pub const DEFERRED_BIAS: i32 = 1 << 27;
