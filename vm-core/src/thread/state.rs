//! Every change of the state word. The truth table is in `thread`.

use super::{ThreadCore, poll};
use crate::sync::Instant;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use crate::sync::parking;

/// What came of an attempt to attach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Attach {
    /// Attached.
    Done,
    /// Suspended or claimed: the thread must wait.
    MustWait,
    /// Another operating-system thread is attached with this core.
    Taken,
}

/// What a thread that left must do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Leave {
    /// Nothing.
    Free,
    /// A stopper counts on this thread: report to it.
    Report,
}

impl ThreadCore {
    /// DETACHED → ATTACHED.
    pub(crate) fn transition_attach(&self) -> Attach {
        let mut state = self.poll.load(Relaxed);
        loop {
            if state & poll::DETACHED == 0 {
                return Attach::Taken;
            }
            if state & (poll::STOP | poll::CLAIMED) != 0 {
                return Attach::MustWait;
            }
            // Acquire: pairs with the releases of `transition_resume`, `transition_unclaim` and `transition_leave`: what
            // stoppers, claimers and the last tenant did to our objects happened before.
            match self.poll.compare_exchange_weak(state, state & !poll::DETACHED, Acquire, Relaxed) {
                Ok(_) => return Attach::Done,
                Err(now) => state = now,
            }
        }
    }

    /// Sleeps until the obstacle to attaching is gone; true if its end has attached us already.
    pub(crate) fn wait_to_attach(&self) -> bool {
        let mut state = self.poll.load(Relaxed);
        while state & poll::WAITING == 0 {
            if state & (poll::STOP | poll::CLAIMED) == 0 {
                return false;
            }
            // Relaxed: read only by an exchange on the same word.
            match self.poll.compare_exchange_weak(state, state | poll::WAITING, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        loop {
            // SAFETY: the key is the state word's own address; the closures neither panic nor park.
            unsafe {
                parking::park(
                    self.key(),
                    || self.poll.load(Relaxed) & poll::WAITING != 0,
                    |_| {},
                    None,
                    Instant::now(),
                );
            }
            // Acquire: pairs with the release in `transition_resume` or `transition_unclaim`.
            if self.poll.load(Acquire) & poll::WAITING == 0 {
                return true;
            }
        }
    }

    /// ATTACHED → DETACHED, or → SUSPENDED if a stop was asked for.
    pub(crate) fn transition_leave(&self) -> Leave {
        // Release: pairs with `transition_stop`, `transition_claim`, `transition_attach`: what we did to objects happened
        // before whatever they do.
        let before = self.poll.fetch_or(poll::DETACHED, Release);
        debug_assert!(before & poll::DETACHED == 0);
        if before & poll::STOP != 0 { Leave::Report } else { Leave::Free }
    }

    /// Asks for a stop; true if the thread is attached and will report.
    pub(crate) fn transition_stop(&self) -> bool {
        if crate::mutant!("stop_plain_store") {
            let before = self.poll.load(Acquire);
            self.poll.store(before | poll::STOP, Release);
            return before & poll::DETACHED == 0;
        }
        // Acquire: pairs with `transition_leave` of a thread that is detached now. Release: pairs with `transition_take`.
        self.poll.fetch_or(poll::STOP, AcqRel) & poll::DETACHED == 0
    }

    /// Ends a stop: SUSPENDED → DETACHED, or → ATTACHED for a thread that waits for it.
    pub(crate) fn transition_resume(&self) {
        let mut state = self.poll.load(Relaxed);
        loop {
            let wake = state & poll::WAITING != 0 && state & poll::CLAIMED == 0;
            let next = if wake {
                state & !(poll::STOP | poll::WAITING | poll::DETACHED)
            } else {
                state & !poll::STOP
            };
            // Release: pairs with `transition_attach` and `wait_to_attach`.
            match self.poll.compare_exchange_weak(state, next, Release, Relaxed) {
                Ok(_) if wake => return self.unpark(),
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
    }

    /// DETACHED with objects to merge → CLAIMED; false if the thread runs, is claimed, or has nothing to merge.
    /// The caller is attached (R3) and takes the request to merge over.
    pub(crate) fn transition_claim(&self) -> bool {
        let mut state = self.poll.load(Relaxed);
        loop {
            if state & poll::DETACHED == 0 || state & poll::CLAIMED != 0 || state & poll::MERGE == 0 {
                return false;
            }
            let next = (state | poll::CLAIMED) & !poll::MERGE;
            // Acquire: pairs with `transition_leave` and `transition_unclaim`: the owner's counts are ours to read.
            match self.poll.compare_exchange_weak(state, next, Acquire, Relaxed) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
    }

    /// CLAIMED → DETACHED (or SUSPENDED), or → ATTACHED for an owner that waits; true if more was queued meanwhile.
    pub(crate) fn transition_unclaim(&self) -> bool {
        let mut state = self.poll.load(Relaxed);
        loop {
            let wake = state & poll::WAITING != 0 && state & poll::STOP == 0;
            let next = if wake {
                state & !(poll::CLAIMED | poll::WAITING | poll::DETACHED)
            } else {
                state & !poll::CLAIMED
            };
            // Release: pairs with `transition_attach`, `wait_to_attach` and `transition_claim`.
            match self.poll.compare_exchange_weak(state, next, Release, Relaxed) {
                Ok(_) => {
                    if wake {
                        self.unpark();
                    }
                    return state & poll::MERGE != 0 && !wake;
                }
                Err(now) => state = now,
            }
        }
    }

    /// Sets request bits; the word before.
    pub(crate) fn transition_request(&self, bits: u32) -> u32 {
        // Release: pairs with `transition_take`.
        self.poll.fetch_or(bits, Release)
    }

    /// Clears request bits; those that were set.
    pub(crate) fn transition_take(&self, bits: u32) -> u32 {
        // Acquire: pairs with `transition_request`.
        self.poll.fetch_and(!bits, Acquire) & bits
    }

    /// A new tenant: detached, without the requests that were meant for the last one.
    pub(crate) fn transition_new_tenant(&self, stopped: bool) {
        let mut state = self.poll.load(Relaxed);
        loop {
            // A claimer may still be at work for the last tenant's objects.
            let next = (state & poll::CLAIMED) | poll::DETACHED | if stopped { poll::STOP } else { 0 };
            // Relaxed: the registry's lock orders registration, `transition_attach` the rest.
            match self.poll.compare_exchange_weak(state, next, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
    }

    fn key(&self) -> usize {
        &raw const self.poll as usize
    }

    fn unpark(&self) {
        // SAFETY: the key is the state word's own address.
        unsafe { parking::unpark_all(self.key()) }
    }
}
