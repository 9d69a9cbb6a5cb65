//! An object's own lock, for a few instructions. What may call Python or wait meanwhile needs a
//! [`critical_section`](super::critical_section), which uses the same byte.
//!
//! # Rules
//!
//! R1 (object_lock). The holder reaches no safepoint, does not wait or detach, takes no second object's lock, and drops no
//!     object. So the lock is free whenever its holder is stopped.
//! R2 (object_lock). Waiting for the lock detaches, as a section does: the thread's sections are suspended, and what it has
//!     read without a lock may be gone.

use super::byte_lock;
use crate::contention::{Event, note};
use crate::object::Header;
use crate::thread::{self, ThreadCore};

/// Takes an object's lock. Not for a thread that is alone ([`ThreadCore::is_solo`]): it has no need to.
#[inline]
pub fn lock(object: &Header) {
    if byte_lock::try_lock(&object.lock) {
        note(Event::Lock);
    } else {
        lock_slow(object);
    }
}

#[cold]
fn lock_slow(object: &Header) {
    note(Event::ContendedLock);
    match thread::current() {
        Some(thread) => thread.detached(|| byte_lock::lock_slow(&object.lock)),
        None => byte_lock::lock_slow(&object.lock),
    }
}

/// Gives an object's lock up.
///
/// # Safety
/// The caller holds it.
#[inline]
pub unsafe fn unlock(object: &Header) {
    // SAFETY: passed on to the caller.
    unsafe { byte_lock::unlock(&object.lock) }
}

/// Runs `body` with the object's lock; without it if nobody else could want it. `body` keeps R1.
#[inline]
pub fn locked<R>(thread: &ThreadCore, object: &Header, body: impl FnOnce() -> R) -> R {
    if thread.is_solo() {
        return body();
    }
    lock(object);
    let _unlock = Unlock(object);
    body()
}

struct Unlock<'a>(&'a Header);

impl Drop for Unlock<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: locked in `locked`.
        unsafe { unlock(self.0) }
    }
}
