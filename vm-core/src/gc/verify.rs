//! A checker of the heap's counts, for tests and for hunting: with the world stopped, every object has at least as many
//! references as its referrers own, and nobody refers to a dead block.

use super::trace::Tables;
use crate::object::Header;
use crate::world::StoppedWorld;
use std::ptr::NonNull;

/// Something wrong with an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem {
    /// Containers own this many references more than it counts.
    TooFewReferences(NonNull<Header>, u32),
    /// It is dead, and the first object refers to it.
    DeadReferent(NonNull<Header>, NonNull<Header>),
}

/// Checks every container of the VM.
#[must_use]
pub fn verify(stopped: &StoppedWorld<'_>) -> Vec<Problem> {
    let tables = Tables::of_heap(stopped);
    let mut problems = Vec::new();
    let candidates = tables.candidates();
    for &object in &candidates {
        tables.subtract_edges(object, |dead| problems.push(Problem::DeadReferent(object, dead)));
    }
    for object in candidates {
        if let Some(n) = tables.unaccounted(object)
            && n < 0
        {
            problems.push(Problem::TooFewReferences(object, n.unsigned_abs()));
        }
    }
    problems
}
