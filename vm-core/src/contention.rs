//! What threads cost each other, counted per thread, with the cargo feature `contention-stats`: a measure of scaling that needs
//! neither a quiet machine nor many cores. Without the feature nothing is counted and nothing is compiled in.
//!
//! # Rules
//!
//! R1 (contention). A counter is written by its thread alone, with a plain load and store, so counting costs the others nothing.
//!     Slots outlive their tenants, so the sum over all slots has what threads counted that are gone.
#[cfg(feature = "contention-stats")]
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::world::World;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Event {
    /// An atomic read-modify-write of the count of an object that another thread owns.
    SharedCount,
    /// An object's lock was free and taken.
    Lock,
    /// An object's lock was taken by another thread.
    ContendedLock,
    /// The last reference to another thread's object was handed to its owner.
    HandedOver,
    /// The thread was stopped at a safepoint.
    Stop,
    /// The thread asked the others for a grace period.
    Grace,
}

const EVENTS: usize = Event::Grace as usize + 1;

/// How often each event happened.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Contention([u64; EVENTS]);

impl Contention {
    /// Whether this build counts.
    pub const IS_COUNTED: bool = cfg!(feature = "contention-stats");

    /// How often an event happened.
    #[must_use]
    pub fn get(&self, event: Event) -> u64 {
        self.0[event as usize]
    }
}

/// The events with their names, in the order in which they are shown.
pub const NAMES: [(Event, &str); EVENTS] = [
    (Event::SharedCount, "counts of other threads' objects"),
    (Event::Lock, "object locks taken"),
    (Event::ContendedLock, "object locks waited for"),
    (Event::HandedOver, "objects handed to their owner"),
    (Event::Stop, "stops at a safepoint"),
    (Event::Grace, "grace periods asked for"),
];

impl std::fmt::Display for Contention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        NAMES.iter().try_for_each(|(event, name)| writeln!(f, "{name:<32} {:>16}", self.get(*event)))
    }
}

/// A thread's counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    #[cfg(feature = "contention-stats")]
    events: [AtomicU64; EVENTS],
}

/// Notes an event of the current thread.
#[inline(always)]
pub(crate) fn note(event: Event) {
    #[cfg(feature = "contention-stats")]
    if let Some(me) = crate::thread::current() {
        let counter = &me.contention.events[event as usize];
        // Relaxed: R1.
        counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
    #[cfg(not(feature = "contention-stats"))]
    let _ = event;
}

impl World {
    /// What all threads have counted, those that are gone included; None without the feature `contention-stats`.
    #[must_use]
    pub fn contention(&self) -> Option<Contention> {
        #[cfg(feature = "contention-stats")]
        {
            let mut sum = Contention::default();
            for id in 1.. {
                let Some(core) = self.slot(id) else { break };
                for (total, counter) in sum.0.iter_mut().zip(&core.contention.events) {
                    // Relaxed: a snapshot.
                    *total += counter.load(Ordering::Relaxed);
                }
            }
            Some(sum)
        }
        #[cfg(not(feature = "contention-stats"))]
        None
    }
}
