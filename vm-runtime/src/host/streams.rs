//! Which of the three standard descriptors were closed when the process started.
//!
//! Rust's own start opens the null device in place of those that are closed, so this is looked at before it.
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// A bit for each descriptor that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

extern "C" fn look() {
    for fd in 0..3 {
        // SAFETY: F_GETFD takes no argument and only reads the descriptor's flags.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            CLOSED.fetch_or(1 << fd, Relaxed);
        }
    }
}

// SAFETY: the section holds pointers to functions of this type, which the system calls once before `main`; this one
// only makes a system call and sets an atomic.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

/// Whether a standard descriptor was closed when the process started.
pub(crate) fn was_closed(fd: i64) -> bool {
    u32::try_from(fd)
        .ok()
        .and_then(|fd| CLOSED.load(Relaxed).checked_shr(fd))
        .is_some_and(|bits| bits & 1 != 0)
}
