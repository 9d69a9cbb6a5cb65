//! `_signal`: handlers, masks, timers and waits.
mod constants;
mod masks;

use crate::numbers::{c_int, c_long};
use vm_runtime::host::signal::{self, Disposition, NSIG};
use vm_runtime::host::{file, process};
use vm_runtime::prelude::*;
use vm_runtime::signals::{self, HANDLERS};

pub use masks::signal_numbers;

const SIG_DFL: i64 = 0;
const SIG_IGN: i64 = 1;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.\n\nFunctions:\n\nalarm() -- cause SIGALRM after a specified time [Unix only]\nsetitimer() -- cause a signal (described below) after a specified\n               float time and the timer may restart then [Unix only]\ngetitimer() -- get current value of timer [Unix only]\nsignal() -- set the action for a given signal\ngetsignal() -- get the signal action for a given signal\npause() -- wait until a signal arrives [Unix only]\ndefault_int_handler() -- default SIGINT handler",
    functions: &[
        m(
            "signal",
            "(signalnum, handler, /)",
            set_handler,
            "Set the action for the given signal.\n\nThe action can be SIG_DFL, SIG_IGN, or a callable Python object.\nThe previous action is returned.  See getsignal() for possible return values.\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments:\nthe first is the signal number, the second is the interrupted stack frame.",
        ),
        m(
            "getsignal",
            "(signalnum, /)",
            getsignal,
            "Return the current action for the given signal.\n\nThe return value can be:\n  SIG_IGN -- if the signal is being ignored\n  SIG_DFL -- if the default action for the signal is in effect\n  None    -- if an unknown handler is in effect\n  anything else -- the callable Python object used as a handler",
        ),
        m(
            "default_int_handler",
            "(signalnum, frame, /)",
            default_int_handler,
            "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
        ),
        m(
            "set_wakeup_fd",
            "(fd, /, *, warn_on_full_buffer=True)",
            set_wakeup_fd,
            "Sets the fd to be written to (with the signal number) when a signal comes in.\n\nA library can use this to wakeup select or poll.\nThe previous fd or -1 is returned.\n\nThe fd must be non-blocking.",
        ),
        m(
            "siginterrupt",
            "(signalnum, flag, /)",
            siginterrupt,
            "Change system call restart behaviour.\n\nIf flag is False, system calls will be restarted when interrupted by\nsignal sig, else system calls will be interrupted.",
        ),
        m("raise_signal", "(signalnum, /)", raise_signal, "Send a signal to the executing process."),
        m(
            "strsignal",
            "(signalnum, /)",
            strsignal,
            "Return the system description of the given signal.\n\nReturns the description of signal *signalnum*, such as \"Interrupt\"\nfor :const:`SIGINT`. Returns :const:`None` if *signalnum* has no\ndescription. Raises :exc:`ValueError` if *signalnum* is invalid.",
        ),
        m("alarm", "(seconds, /)", alarm, "Arrange for SIGALRM to arrive after the given number of seconds."),
        m("pause", "()", pause, "Wait until a signal arrives."),
        m(
            "setitimer",
            "(which, seconds, interval=0.0, /)",
            setitimer,
            "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).\n\nThe timer will fire after value seconds and after that every interval seconds.\nThe itimer can be cleared by setting seconds to zero.\n\nReturns old values as a tuple: (delay, interval).",
        ),
        m("getitimer", "(which, /)", getitimer, "Returns current value of given itimer."),
        m("pthread_kill", "(thread_id, signalnum, /)", pthread_kill, "Send a signal to a thread."),
        m(
            "pidfd_send_signal",
            "(pidfd, signalnum, siginfo=None, flags=0, /)",
            pidfd_send_signal,
            "Send a signal to a process referred to by a pid file descriptor.",
        ),
        m(
            "pthread_sigmask",
            "(how, mask, /)",
            masks::pthread_sigmask,
            "Fetch and/or change the signal mask of the calling thread.",
        ),
        m(
            "sigpending",
            "()",
            masks::sigpending,
            "Examine pending signals.\n\nReturns a set of signal numbers that are pending for delivery to\nthe calling thread.",
        ),
        m(
            "sigwait",
            "(sigset, /)",
            masks::sigwait,
            "Wait for a signal.\n\nSuspend execution of the calling thread until the delivery of one of the\nsignals specified in the signal set sigset.  The function accepts the signal\nand returns the signal number.",
        ),
        m(
            "sigwaitinfo",
            "(sigset, /)",
            masks::sigwaitinfo,
            "Wait synchronously until one of the signals in *sigset* is delivered.\n\nReturns a struct_siginfo containing information about the signal.",
        ),
        m(
            "sigtimedwait",
            "(sigset, timeout, /)",
            masks::sigtimedwait,
            "Like sigwaitinfo(), but with a timeout.\n\nThe timeout is specified in seconds, rounded up to nanoseconds.",
        ),
        m(
            "valid_signals",
            "()",
            masks::valid_signals,
            "Return a set of valid signal numbers on this platform.\n\nThe signal numbers returned by this function can be safely passed to\nfunctions like `pthread_kill`.",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

const ITIMER_ERROR: &str = "_signal.ItimerError";

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, value) in constants::CONSTANTS {
        th.set_module_attr(module, name, th.int(*value))?;
    }
    th.set_module_attr(module, "struct_siginfo", masks::SIGINFO.class(th)?)?;
    let exc = &th.types().exc;
    let bases = th.tuple(vec![exc.os_error.value()]);
    let dict = th.dict();
    th.setitem(&dict, &th.str("__module__"), &th.str("signal"))?;
    let error = th.call(&th.types().type_.value(), &[th.str("itimer_error"), bases, dict])?;
    th.set_vm_state(ITIMER_ERROR, error.clone());
    th.set_module_attr(module, "ItimerError", error)?;
    let int_handler = th.getattr_str(module, "default_int_handler")?;
    let table = handlers(th, Some(&int_handler))?;
    let _ = table;
    Ok(())
}

/// The table of handlers, by signal number; made from what the process does with each signal now.
fn handlers(th: &Thread, int_handler: Option<&Value>) -> PyResult<Value> {
    if let Some(table) = th.vm_state(HANDLERS) {
        return Ok(table);
    }
    let mut rows = vec![Value::NONE];
    for number in 1..NSIG {
        rows.push(match signal::disposition(number) {
            Ok(Disposition::Default) => th.int(SIG_DFL),
            Ok(Disposition::Ignore) => th.int(SIG_IGN),
            _ => Value::NONE,
        });
    }
    if th.vm().config.install_signal_handlers {
        let sigint = rows.get_mut(libc::SIGINT as usize);
        let default = sigint.as_ref().is_some_and(|row| row.as_small_int() == Some(SIG_DFL) || row.is_none());
        if let (Some(row), Some(handler), true) = (sigint, int_handler, default) {
            *row = handler.clone();
            let _ = signal::install(libc::SIGINT, Disposition::Handler);
        }
    }
    let table = th.list(rows);
    th.set_vm_state(HANDLERS, table.clone());
    Ok(table)
}

fn number(th: &Thread, value: &Value) -> PyResult<i32> {
    let number = c_int(th, value)?;
    if !(1..NSIG).contains(&number) {
        return Err(th.value_error("signal number out of range"));
    }
    Ok(number)
}

fn set_handler(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let signalnum = c_int(th, &args[0])?;
    let handler = &args[1];
    if !th.is_main() {
        return Err(th.value_error("signal only works in main thread of the main interpreter"));
    }
    if !(1..NSIG).contains(&signalnum) {
        return Err(th.value_error("signal number out of range"));
    }
    let as_number =
        if th.isinstance(handler, th.types().int) { th.index(handler)?.as_small_int() } else { None };
    let disposition = if th.is_callable(handler) {
        Disposition::Handler
    } else if as_number == Some(SIG_IGN) {
        Disposition::Ignore
    } else if as_number == Some(SIG_DFL) {
        Disposition::Default
    } else {
        return Err(
            th.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
        );
    };
    // What came in before is handled by the old handler.
    th.check_signals()?;
    let table = handlers(th, None)?;
    if disposition == Disposition::Handler {
        signals::take_signals(th);
    }
    if let Err(errno) = signal::install(signalnum, disposition) {
        return Err(th.os_error(errno, None));
    }
    let index = th.int(i64::from(signalnum));
    let old = th.getitem(&table, &index)?;
    th.setitem(&table, &index, handler)?;
    Ok(old)
}

fn getsignal(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let number = number(th, &args[0])?;
    th.getitem(&handlers(th, None)?, &th.int(i64::from(number)))
}

fn default_int_handler(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(th.keyboard_interrupt())
}

fn set_wakeup_fd(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    if !th.is_main() {
        return Err(th.value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        if let Err(errno) = file::fstat(fd) {
            return Err(if errno == libc::EBADF && fd < 0 {
                th.value_error("invalid fd")
            } else {
                th.os_error(errno, None)
            });
        }
        match file::blocking(fd) {
            Ok(true) => return Err(th.value_error(format!("the fd {fd} must be in non-blocking mode"))),
            Ok(false) => {}
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    }
    let old = signals::WAKEUP_FD.swap(fd, std::sync::atomic::Ordering::AcqRel);
    Ok(th.int(i64::from(old)))
}

fn siginterrupt(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let number = number(th, &args[0])?;
    let on = c_int(th, &args[1])? != 0;
    signal::siginterrupt(number, on).map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}

fn raise_signal(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let number = c_int(th, &args[0])?;
    if let Err(errno) = signal::raise(number) {
        return Err(th.os_error(errno, None));
    }
    th.check_signals()?;
    Ok(Value::NONE)
}

fn strsignal(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let number = number(th, &args[0])?;
    Ok(signal::strsignal(number).map_or(Value::NONE, |text| crate::path_arg::fs_decode(th, &text)))
}

fn alarm(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let seconds = c_int(th, &args[0])?;
    Ok(th.int(i64::from(signal::alarm(seconds as u32))))
}

fn pause(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    th.detach(signal::pause);
    th.check_signals()?;
    Ok(Value::NONE)
}

fn itimer_error(th: &Thread, errno: i32) -> Raised {
    let Some(class) = th.vm_state(ITIMER_ERROR) else { return th.os_error(errno, None) };
    let text = vm_runtime::host::strerror(errno);
    match th.call(&class, &[th.int(i64::from(errno)), th.str(&text)]) {
        Ok(error) => th.raise_value(error),
        Err(raised) => raised,
    }
}

fn pair(th: &Thread, (a, b): (f64, f64)) -> Value {
    th.tuple(vec![th.float(a), th.float(b)])
}

fn seconds(th: &Thread, value: &Value) -> PyResult<f64> {
    let nanos = crate::numbers::nanoseconds(th, value, crate::numbers::Round::Ceiling)?;
    Ok(nanos as f64 / 1e9)
}

fn setitimer(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let which = c_int(th, &args[0])?;
    let value = seconds(th, &args[1])?;
    let interval = if args[2].is_unbound() { 0.0 } else { seconds(th, &args[2])? };
    signal::setitimer(which, value, interval)
        .map(|old| pair(th, old))
        .map_err(|errno| itimer_error(th, errno))
}

fn getitimer(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let which = c_int(th, &args[0])?;
    signal::getitimer(which).map(|old| pair(th, old)).map_err(|errno| itimer_error(th, errno))
}

fn pthread_kill(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let ident = c_long(th, &args[0])?;
    let number = c_int(th, &args[1])?;
    th.audit("signal.pthread_kill", &[args[0].clone(), args[1].clone()])?;
    let result = if ident as u64 == th.ident {
        // The thread itself: handled before the call returns.
        signal::tgkill(signal::gettid(), number)
    } else if th.vm().main_ident.load(std::sync::atomic::Ordering::Relaxed) == ident as u64 {
        // The main thread's id is the process's.
        signal::tgkill(process::getpid(), number)
    } else {
        Err(libc::ESRCH)
    };
    if let Err(errno) = result {
        return Err(th.os_error(errno, None));
    }
    th.check_signals()?;
    Ok(Value::NONE)
}

fn pidfd_send_signal(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, number) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    if !args[2].is_unbound() && !args[2].is_none() {
        return Err(th.type_error("siginfo must be None"));
    }
    let flags = crate::numbers::c_int_or(th, &args[3], 0)?;
    signal::pidfd_send_signal(fd, number, flags as u32)
        .map(|()| Value::NONE)
        .map_err(|errno| th.os_error(errno, None))
}
