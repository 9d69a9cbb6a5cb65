//! Sleeping.

use super::ThreadCore;
use crate::lock::Acquired;
use crate::sync::Instant;

impl ThreadCore {
    /// Sleeps, detached, until `deadline` (None: for ever). The result is `TimedOut` or, if `interruptible`,
    /// `Interrupted`.
    pub fn sleep(&self, deadline: Option<Instant>, interruptible: bool) -> Acquired {
        self.detached(|| {
            loop {
                if interruptible && self.take_interrupt() {
                    return Acquired::Interrupted;
                }
                if !self.parker.wait(deadline) {
                    return Acquired::TimedOut;
                }
            }
        })
    }
}
