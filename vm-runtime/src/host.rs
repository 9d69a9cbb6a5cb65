//! Everything that asks the operating system directly, as safe functions that speak in file descriptors, byte paths and
//! errno numbers. Nothing here knows Python; the native modules of vm-stdlib stand on it.
//!
//! # Rules
//!
//! R1 (host). A pointer handed to the system points into a slice, a C string or a local of the calling function, is used by
//!     the system only until the call returns, and comes with its true length.
//! R2 (host). What the system writes is plain data (integers and arrays of them), for which all-zero is a valid start.
//! R3 (host). A pointer that the system returns is read before anything else can invalidate it.
//! R4 (host). A signal handler touches atomics and calls `write`, nothing else.
//! R5 (host). Between `fork` and `execve` the child runs only async-signal-safe calls on memory prepared before.
//! R6 (host). What an owning type has open stays open until it is dropped, and every call on it borrows it; any thread may
//!     make such a call.
pub mod clock;
pub mod file;
pub mod mapping;
pub mod net;
pub mod path;
pub mod poll;
pub mod process;
pub mod semaphore;
pub mod signal;
pub mod spawn;
pub(crate) mod streams;
pub mod terminal;
pub mod user;

use std::ffi::CStr;

/// What a system call gave: its result, or errno.
pub type SysResult<T> = Result<T, i32>;

/// errno of the calling thread.
#[must_use]
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets errno of the calling thread.
pub fn set_errno(value: i32) {
    // SAFETY: the location is this thread's own.
    unsafe { *libc::__errno_location() = value };
}

/// The system's text for an errno number.
#[must_use]
pub fn strerror(number: i32) -> String {
    let mut text = [0u8; 256];
    // SAFETY: R1 (host).
    let rc = unsafe { libc::strerror_r(number, text.as_mut_ptr().cast(), text.len()) };
    match CStr::from_bytes_until_nul(&text) {
        Ok(text) if rc == 0 || !text.is_empty() => text.to_string_lossy().into_owned(),
        _ => format!("Unknown error {number}"),
    }
}

/// `Err(errno)` if a call said -1.
pub(crate) fn check<T: PartialEq + From<i8>>(result: T) -> SysResult<T> {
    if result == T::from(-1) { Err(errno()) } else { Ok(result) }
}

/// A call into the system under the rules of this module, checked for -1.
macro_rules! sys {
    ($call:expr) => {
        // SAFETY: R1 and R2 (host).
        $crate::host::check(unsafe { $call })
    };
}
pub(crate) use sys;

/// A zeroed structure for the system to fill.
macro_rules! zeroed {
    ($t:ty) => {{
        // SAFETY: R2 (host).
        #[allow(unused_unsafe, reason = "used inside unsafe blocks too")]
        let value: $t = unsafe { std::mem::zeroed() };
        value
    }};
}
pub(crate) use zeroed;

/// The bytes of a C string that the system returned, if there is one.
///
/// # Safety
/// R3 (host): null, or a NUL-terminated string that stays valid during the call.
pub(crate) unsafe fn copy_c_string(text: *const libc::c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}
