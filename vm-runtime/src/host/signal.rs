//! Signals: handlers, masks, timers. What a signal does to the VM is `crate::signals`' affair.
use super::{SysResult, errno, set_errno, sys, zeroed};

/// One more than the largest signal number.
pub const NSIG: i32 = 65;

extern "C" fn handler(signal: libc::c_int) {
    let saved = errno();
    crate::signals::note(signal);
    set_errno(saved);
}

/// What a signal does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// The system's default.
    Default,
    /// Ignored.
    Ignore,
    /// Noted for the VM (`crate::signals::note`).
    Handler,
    /// A handler that is not ours.
    Foreign,
}

/// What a signal does now.
pub fn disposition(signal: i32) -> SysResult<Disposition> {
    let mut old = zeroed!(libc::sigaction);
    sys!(libc::sigaction(signal, std::ptr::null(), &raw mut old))?;
    Ok(match old.sa_sigaction {
        libc::SIG_DFL => Disposition::Default,
        libc::SIG_IGN => Disposition::Ignore,
        f if f == handler as *const () as usize => Disposition::Handler,
        _ => Disposition::Foreign,
    })
}

/// Changes what a signal does; `Foreign` is refused.
pub fn install(signal: i32, disposition: Disposition) -> SysResult<()> {
    let mut action = zeroed!(libc::sigaction);
    action.sa_sigaction = match disposition {
        Disposition::Default => libc::SIG_DFL,
        Disposition::Ignore => libc::SIG_IGN,
        Disposition::Handler => handler as *const () as usize,
        Disposition::Foreign => return Err(libc::EINVAL),
    };
    // No SA_RESTART: a blocking call must return so that the Python handler can run.
    action.sa_flags = if disposition == Disposition::Handler { libc::SA_ONSTACK } else { 0 };
    // SAFETY: R1 (host).
    unsafe { libc::sigemptyset(&raw mut action.sa_mask) };
    sys!(libc::sigaction(signal, &raw const action, std::ptr::null_mut())).map(drop)
}

/// `siginterrupt`.
pub fn siginterrupt(signal: i32, interrupt: bool) -> SysResult<()> {
    let mut action = zeroed!(libc::sigaction);
    sys!(libc::sigaction(signal, std::ptr::null(), &raw mut action))?;
    if interrupt {
        action.sa_flags &= !libc::SA_RESTART;
    } else {
        action.sa_flags |= libc::SA_RESTART;
    }
    sys!(libc::sigaction(signal, &raw const action, std::ptr::null_mut())).map(drop)
}

/// A set of signals.
#[derive(Clone, Copy)]
pub struct SignalSet(libc::sigset_t);

impl SignalSet {
    /// The set of these numbers; a number out of range gives it back.
    pub fn new(signals: &[i32]) -> Result<SignalSet, i32> {
        let mut set = zeroed!(libc::sigset_t);
        // SAFETY: R1 (host).
        unsafe { libc::sigemptyset(&raw mut set) };
        for &signal in signals {
            if !(1..NSIG).contains(&signal) {
                return Err(signal);
            }
            // SAFETY: R1 (host). The two signals that the C library keeps for itself are refused and stay out.
            unsafe { libc::sigaddset(&raw mut set, signal) };
        }
        Ok(SignalSet(set))
    }

    /// The numbers in the set.
    #[must_use]
    pub fn members(&self) -> Vec<i32> {
        // SAFETY: R1 (host).
        (1..NSIG).filter(|&s| unsafe { libc::sigismember(&raw const self.0, s) } == 1).collect()
    }

    /// Every signal that a program may use.
    #[must_use]
    pub fn full() -> SignalSet {
        let mut set = zeroed!(libc::sigset_t);
        // SAFETY: R1 (host).
        unsafe { libc::sigfillset(&raw mut set) };
        SignalSet(set)
    }
}

/// `pthread_sigmask`: the old mask.
pub fn sigmask(how: i32, set: &SignalSet) -> SysResult<SignalSet> {
    let mut old = zeroed!(libc::sigset_t);
    // SAFETY: R1 (host).
    match unsafe { libc::pthread_sigmask(how, &raw const set.0, &raw mut old) } {
        0 => Ok(SignalSet(old)),
        errno => Err(errno),
    }
}

/// `sigpending`.
pub fn sigpending() -> SysResult<SignalSet> {
    let mut set = zeroed!(libc::sigset_t);
    sys!(libc::sigpending(&raw mut set))?;
    Ok(SignalSet(set))
}

/// `sigwait`.
pub fn sigwait(set: &SignalSet) -> SysResult<i32> {
    let mut signal = 0;
    // SAFETY: R1 (host).
    match unsafe { libc::sigwait(&raw const set.0, &raw mut signal) } {
        0 => Ok(signal),
        errno => Err(errno),
    }
}

/// What `sigwaitinfo` tells: signo, code, errno, pid, uid, status, band.
pub type SigInfo = (i32, i32, i32, i32, u32, i32, i64);

/// `sigtimedwait`, or `sigwaitinfo` without a limit.
pub fn sigtimedwait(set: &SignalSet, limit: Option<libc::timespec>) -> SysResult<SigInfo> {
    let mut info = zeroed!(libc::siginfo_t);
    match limit {
        Some(limit) => sys!(libc::sigtimedwait(&raw const set.0, &raw mut info, &raw const limit))?,
        None => sys!(libc::sigwaitinfo(&raw const set.0, &raw mut info))?,
    };
    // SAFETY: plain integers, whatever the signal's form.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    Ok((info.si_signo, info.si_code, info.si_errno, pid, uid, status, 0))
}

/// `raise`.
pub fn raise(signal: i32) -> SysResult<()> {
    sys!(libc::raise(signal)).map(drop)
}

/// `pthread_kill`; `thread` is `pthread_self()` of a live thread, or the call fails.
pub fn pthread_kill(thread: u64, signal: i32) -> SysResult<()> {
    // SAFETY: the caller looked the thread up among the live ones.
    match unsafe { libc::pthread_kill(thread as libc::pthread_t, signal) } {
        0 => Ok(()),
        errno => Err(errno),
    }
}

/// `pthread_self`.
#[must_use]
pub fn pthread_self() -> u64 {
    // SAFETY: no arguments.
    unsafe { libc::pthread_self() as u64 }
}

/// `gettid`.
#[must_use]
pub fn gettid() -> i32 {
    // SAFETY: no pointers.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// `tgkill`.
pub fn tgkill(tid: i32, signal: i32) -> SysResult<()> {
    sys!(libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, signal)).map(drop)
}

/// `alarm`: seconds that were left.
#[must_use]
pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: no pointers.
    unsafe { libc::alarm(seconds) }
}

/// `pause`: returns after a signal.
pub fn pause() {
    // SAFETY: no arguments.
    unsafe { libc::pause() };
}

fn time_of(seconds: f64) -> libc::timeval {
    let whole = seconds.floor();
    let mut micros = ((seconds - whole) * 1e6).ceil() as i64;
    let mut secs = whole as i64;
    if micros >= 1_000_000 {
        secs += 1;
        micros -= 1_000_000;
    }
    libc::timeval { tv_sec: secs, tv_usec: micros }
}

fn seconds_of(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

/// `setitimer`: the old (value, interval) in seconds.
pub fn setitimer(which: i32, value: f64, interval: f64) -> SysResult<(f64, f64)> {
    let new = libc::itimerval { it_value: time_of(value), it_interval: time_of(interval) };
    let mut old = zeroed!(libc::itimerval);
    sys!(libc::setitimer(which as _, &raw const new, &raw mut old))?;
    Ok((seconds_of(old.it_value), seconds_of(old.it_interval)))
}

/// `getitimer`: (value, interval) in seconds.
pub fn getitimer(which: i32) -> SysResult<(f64, f64)> {
    let mut old = zeroed!(libc::itimerval);
    sys!(libc::getitimer(which as _, &raw mut old))?;
    Ok((seconds_of(old.it_value), seconds_of(old.it_interval)))
}

/// `strsignal`: None if the number has no description.
#[must_use]
pub fn strsignal(signal: i32) -> Option<Vec<u8>> {
    // SAFETY: R3 (host): the text lives until this thread's next call.
    let text = unsafe { super::copy_c_string(libc::strsignal(signal)) }?;
    if text.starts_with(b"Unknown signal") { None } else { Some(text) }
}

/// `pidfd_send_signal`.
pub fn pidfd_send_signal(pidfd: i32, signal: i32, flags: u32) -> SysResult<()> {
    let none = std::ptr::null::<libc::siginfo_t>();
    sys!(libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signal, none, flags)).map(drop)
}

/// Ends the process as the signal does by default: its disposition is reset, it is unblocked and raised.
pub fn die_by(signal: i32) -> ! {
    let _ = install(signal, Disposition::Default);
    if let Ok(set) = SignalSet::new(&[signal]) {
        let _ = sigmask(libc::SIG_UNBLOCK, &set);
    }
    let _ = super::process::kill(super::process::getpid(), signal);
    super::process::exit_now(128 + signal)
}

static FATAL_FD: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(2);

const FATAL: [(i32, &str); 5] = [
    (libc::SIGSEGV, "Fatal Python error: Segmentation fault\n"),
    (libc::SIGFPE, "Fatal Python error: Floating-point exception\n"),
    (libc::SIGABRT, "Fatal Python error: Aborted\n"),
    (libc::SIGBUS, "Fatal Python error: Bus error\n"),
    (libc::SIGILL, "Fatal Python error: Illegal instruction\n"),
];

extern "C" fn fatal_handler(signal: libc::c_int) {
    // Relaxed: set before the handler was installed.
    let fd = FATAL_FD.load(std::sync::atomic::Ordering::Relaxed);
    for (number, text) in FATAL {
        if number == signal {
            // SAFETY: R1 and R4 (host).
            unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
        }
    }
    let _ = install(signal, Disposition::Default);
    let _ = raise(signal);
}

/// Says on `fd` which fatal signal ends the process, when one does.
pub fn install_fatal(fd: i32) {
    FATAL_FD.store(fd, std::sync::atomic::Ordering::Relaxed);
    for (signal, _) in FATAL {
        let mut action = zeroed!(libc::sigaction);
        action.sa_sigaction = fatal_handler as *const () as usize;
        action.sa_flags = libc::SA_NODEFER | libc::SA_ONSTACK;
        let _ = sys!(libc::sigaction(signal, &raw const action, std::ptr::null_mut()));
    }
}

/// Undoes [`install_fatal`].
pub fn remove_fatal() {
    for (signal, _) in FATAL {
        let _ = install(signal, Disposition::Default);
    }
}
