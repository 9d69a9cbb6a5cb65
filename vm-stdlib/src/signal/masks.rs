//! Sets of signals: masks, and waiting for signals.
use crate::io::retry;
use crate::numbers::{Round, c_int, nanoseconds, timespec};
use num_traits::ToPrimitive;
use std::time::Instant;
use vm_runtime::host::signal::{self, NSIG, SigInfo, SignalSet};
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static SIGINFO: StructSpec = StructSpec::new(
    "signal.struct_siginfo",
    "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    &[
        ("si_signo", "signal number"),
        ("si_code", "signal code"),
        ("si_errno", "errno associated with this signal"),
        ("si_pid", "sending process ID"),
        ("si_uid", "real user ID of sending process"),
        ("si_status", "exit value or signal"),
        ("si_band", "band event for SIGPOLL"),
    ],
    7,
);

/// The numbers of an iterable of signals.
pub fn signal_numbers(th: &Thread, value: &Value) -> PyResult<Vec<i32>> {
    let mut numbers = Vec::new();
    for item in th.collect(value)? {
        // What no C `long` holds is -1 in the message.
        let number = th.as_bigint(&th.index(&item)?)?.to_i64().unwrap_or(-1);
        if number < 1 || number >= i64::from(NSIG) {
            return Err(th.value_error(format!("signal number {number} out of range [1; {}]", NSIG - 1)));
        }
        numbers.push(number as i32);
    }
    Ok(numbers)
}

fn set_arg(th: &Thread, value: &Value) -> PyResult<SignalSet> {
    let numbers = signal_numbers(th, value)?;
    SignalSet::new(&numbers)
        .map_err(|number| th.value_error(format!("signal number {number} out of range [1; {}]", NSIG - 1)))
}

fn set_value(th: &Thread, set: &SignalSet) -> PyResult<Value> {
    let numbers = th.list(set.members().iter().map(|n| th.int(i64::from(*n))).collect());
    th.call(&th.types().set.value(), &[numbers])
}

pub fn pthread_sigmask(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let how = c_int(th, &args[0])?;
    let set = set_arg(th, &args[1])?;
    th.audit("signal.pthread_sigmask", &[])?;
    let old = signal::sigmask(how, &set).map_err(|errno| th.os_error(errno, None))?;
    // A signal that was let through is handled before the call returns.
    th.check_signals()?;
    set_value(th, &old)
}

pub fn sigpending(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let set = signal::sigpending().map_err(|errno| th.os_error(errno, None))?;
    set_value(th, &set)
}

pub fn sigwait(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let set = set_arg(th, &args[0])?;
    match retry(th, || signal::sigwait(&set))? {
        Ok(number) => Ok(th.int(i64::from(number))),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn info_value(th: &Thread, info: SigInfo) -> PyResult<Value> {
    let (signo, code, errno, pid, uid, status, band) = info;
    let n = |x: i32| th.int(i64::from(x));
    let values =
        vec![n(signo), n(code), n(errno), n(pid), crate::numbers::id_value(th, uid), n(status), th.int(band)];
    SIGINFO.make(th, values)
}

pub fn sigwaitinfo(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let set = set_arg(th, &args[0])?;
    match retry(th, || signal::sigtimedwait(&set, None))? {
        Ok(info) => info_value(th, info),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

pub fn sigtimedwait(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let set = set_arg(th, &args[0])?;
    let limit = nanoseconds(th, &args[1], Round::Ceiling)?;
    if limit < 0 {
        return Err(th.value_error("timeout must be non-negative"));
    }
    let start = Instant::now();
    loop {
        let left = limit.saturating_sub(i64::try_from(start.elapsed().as_nanos()).unwrap_or(i64::MAX)).max(0);
        match th.detach(|| signal::sigtimedwait(&set, Some(timespec(left)))) {
            Ok(info) => return info_value(th, info),
            Err(libc::EAGAIN) => return Ok(Value::NONE),
            Err(libc::EINTR) => th.check_signals()?,
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    }
}

pub fn valid_signals(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    set_value(th, &SignalSet::full())
}
