//! Signals: the operating system's handler sets a flag and wakes the main thread; Python handlers run at its safepoints.
use crate::host::signal::{self, Disposition};
use crate::thread::{PyResult, Thread};
use crate::types::list::List;
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use vm_core::Value;
use vm_core::thread::{ThreadCore, poll};

/// Key of the table of handlers in the VM's state, a list by signal number that the module `_signal` makes.
pub const HANDLERS: &str = "signal handlers";

/// Signals that there can be.
pub const COUNT: usize = 65;

/// Pending signals of a VM.
pub struct Signals {
    /// Bit n: signal n came in and its Python handler has not run.
    pub pending: [AtomicU64; 2],
    /// The handlers: a list of `COUNT` values in the VM state `"signal handlers"`; see the module `_signal`.
    pub installed: AtomicBool,
}

impl Default for Signals {
    fn default() -> Self {
        Signals { pending: [AtomicU64::new(0), AtomicU64::new(0)], installed: AtomicBool::new(false) }
    }
}

/// The main thread that signals go to: of the VM that installed handlers first.
static MAIN: AtomicPtr<ThreadCore> = AtomicPtr::new(std::ptr::null_mut());
static TARGET: AtomicPtr<Signals> = AtomicPtr::new(std::ptr::null_mut());
/// `signal.set_wakeup_fd`; -1: none.
pub static WAKEUP_FD: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(-1);

/// Makes this VM the one whose main thread gets the process's signals. The VM must live as long as the process does.
pub fn take_signals(th: &Thread) {
    TARGET.store(std::ptr::from_ref(&th.vm().signals).cast_mut(), Ordering::Release);
    MAIN.store(std::ptr::from_ref(th.core()).cast_mut(), Ordering::Release);
    th.vm().signals.installed.store(true, Ordering::Release);
}

/// Gives the process's signals back (the VM goes away).
pub fn release_signals(th: &Thread) {
    let mine = std::ptr::from_ref(&th.vm().signals).cast_mut();
    if TARGET.load(Ordering::Acquire) == mine {
        MAIN.store(std::ptr::null_mut(), Ordering::Release);
        TARGET.store(std::ptr::null_mut(), Ordering::Release);
    }
}

/// Notes a signal. Async-signal-safe: atomics, a wake-up and a write.
pub fn note(signal: i32) {
    let target = TARGET.load(Ordering::Acquire);
    let main = MAIN.load(Ordering::Acquire);
    if target.is_null() || main.is_null() || !(0..COUNT as i32).contains(&signal) {
        return;
    }
    // SAFETY: `take_signals`' VM lives until `release_signals`.
    unsafe {
        (*target).pending[signal as usize / 64].fetch_or(1 << (signal % 64), Ordering::AcqRel);
        (*main).request(poll::SIGNAL);
        (*main).interrupt();
    }
    let fd = WAKEUP_FD.load(Ordering::Acquire);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: write is async-signal-safe; the byte lives through the call. A full pipe loses nothing that matters.
        unsafe {
            let _ = libc::write(fd, (&raw const byte).cast(), 1);
        }
    }
}

/// Takes one pending signal.
#[must_use]
pub fn take_pending(th: &Thread) -> Option<i32> {
    for (i, word) in th.vm().signals.pending.iter().enumerate() {
        let bits = word.load(Ordering::Acquire);
        if bits != 0 {
            let bit = bits.trailing_zeros();
            word.fetch_and(!(1 << bit), Ordering::AcqRel);
            return Some((i * 64) as i32 + bit as i32);
        }
    }
    None
}

impl Thread {
    /// Runs the Python handlers of pending signals, if this is the main thread; looks at cancellation.
    ///
    /// # Errors
    /// What a handler raises.
    #[inline(always)]
    pub fn check_signals(&self) -> PyResult<()> {
        if self.core().poll() != 0 { self.handle_safepoint() } else { Ok(()) }
    }

    /// A safepoint whose word is not zero.
    ///
    /// # Errors
    /// What signal handlers raise, exceptions sent by other threads.
    #[cold]
    #[inline(never)]
    pub fn handle_safepoint(&self) -> PyResult<()> {
        let requests = self.core().safepoint_slow();
        if requests == 0 {
            return Ok(());
        }
        if requests & poll::CANCEL != 0 {
            if self.vm().is_finalizing() && !self.vm().is_finishing(self) {
                // The request stays, so that the thread gets no further however often it tries.
                return Err(self.kill());
            }
            self.core().take(poll::CANCEL);
        }
        if requests & poll::GC != 0 {
            self.core().take(poll::GC);
            crate::collector::collect_if_due(self);
        }
        if requests & poll::ASYNC_EXC != 0 {
            self.core().take(poll::ASYNC_EXC);
            let exc = self.async_exc.replace(Value::UNBOUND);
            if !exc.is_unbound() {
                return Err(self.raise_statement(&exc, None));
            }
        }
        if requests & poll::CALLS != 0 {
            self.core().take(poll::CALLS);
            // What the program was doing goes on afterwards.
            let pending = self.error.replace(Value::UNBOUND);
            self.release_pending();
            self.clear_error();
            drop(self.error.replace(pending));
        }
        if requests & poll::SIGNAL != 0 && self.is_main() {
            self.core().take(poll::SIGNAL);
            while let Some(signal) = take_pending(self) {
                if let Err(raised) = self.run_signal_handler(signal) {
                    // The others are looked at later.
                    self.core().request(poll::SIGNAL);
                    return Err(raised);
                }
            }
        }
        Ok(())
    }

    /// What `signal.getsignal` gives; None before the module `_signal` was imported.
    pub(crate) fn signal_handler(&self, signal: i32) -> Option<Value> {
        let handlers = self.vm_state(HANDLERS)?;
        handlers.payload::<List>()?.get(self, usize::try_from(signal).ok()?)
    }

    /// At the program's end: signals do again what they do by default.
    pub(crate) fn forget_signal_handlers(&self) {
        let Some(handlers) = self.vm_state(HANDLERS) else { return };
        let Some(list) = handlers.payload::<List>() else { return };
        for signal in 1..COUNT {
            if list.get(self, signal).is_some_and(|h| !h.is_none() && !h.is_small_int()) {
                let _ = signal::install(signal as i32, Disposition::Default);
            }
            list.set(self, signal, Value::NONE);
        }
    }

    fn run_signal_handler(&self, signal: i32) -> PyResult<()> {
        let handler = match self.signal_handler(signal) {
            Some(handler) if !handler.is_none() && !handler.is_small_int() => handler,
            // Nobody has imported the module `_signal` yet.
            None if signal == libc::SIGINT => return Err(self.keyboard_interrupt()),
            None => return Ok(()),
            Some(_) => {
                let text = format!("Signal {signal} ignored due to race condition");
                let _ = self.raise(self.types().exc.os_error, text);
                self.unraisable(Some("Exception ignored while calling signal handler"), None);
                return Ok(());
            }
        };
        let frame = self.frame_at(0).unwrap_or_else(|_| {
            self.clear_error();
            Value::NONE
        });
        self.call(&handler, &[self.int(i64::from(signal)), frame]).map(drop)
    }
}
