//! POSIX named semaphores.
use super::{SysResult, errno, sys};
use std::ffi::CStr;
use std::ptr::NonNull;

/// The largest value of a semaphore.
pub const VALUE_MAX: i32 = i32::MAX;

/// A named semaphore that this process has open; dropping it closes it.
#[derive(Debug)]
pub struct Semaphore(NonNull<libc::sem_t>);

// SAFETY: R6 (host): the C library's semaphores are for any thread.
unsafe impl Send for Semaphore {}
// SAFETY: R6 (host).
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// Makes the semaphore of that name, which must not exist yet, for this user alone.
    pub fn create(name: &CStr, value: u32) -> SysResult<Semaphore> {
        let mode: libc::mode_t = 0o600;
        // SAFETY: R1 (host).
        Semaphore::opened(unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, mode, value) })
    }

    /// Opens the semaphore of that name.
    pub fn open(name: &CStr) -> SysResult<Semaphore> {
        // SAFETY: R1 (host).
        Semaphore::opened(unsafe { libc::sem_open(name.as_ptr(), 0) })
    }

    fn opened(sem: *mut libc::sem_t) -> SysResult<Semaphore> {
        // SEM_FAILED is null.
        NonNull::new(sem).map(Semaphore).ok_or_else(errno)
    }

    /// Where it lies in this process: a name for it.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// Its value.
    pub fn value(&self) -> SysResult<i32> {
        let mut value = 0;
        // R6: open as long as `self`.
        sys!(libc::sem_getvalue(self.0.as_ptr(), &raw mut value))?;
        Ok(value)
    }

    /// Counts up.
    pub fn post(&self) -> SysResult<()> {
        sys!(libc::sem_post(self.0.as_ptr())).map(drop)
    }

    /// Counts down, or EAGAIN where that would wait.
    pub fn try_wait(&self) -> SysResult<()> {
        sys!(libc::sem_trywait(self.0.as_ptr())).map(drop)
    }

    /// Counts down, waiting until then if need be: ETIMEDOUT after the deadline (of the real-time clock), EINTR for a signal.
    pub fn wait(&self, deadline: Option<libc::timespec>) -> SysResult<()> {
        match deadline {
            None => sys!(libc::sem_wait(self.0.as_ptr())),
            Some(at) => sys!(libc::sem_timedwait(self.0.as_ptr(), &raw const at)),
        }
        .map(drop)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: R6 (host): this was the last use.
        unsafe { libc::sem_close(self.0.as_ptr()) };
    }
}

/// Takes the name away; the semaphore lasts as long as processes have it open.
pub fn unlink(name: &CStr) -> SysResult<()> {
    sys!(libc::sem_unlink(name.as_ptr())).map(drop)
}
