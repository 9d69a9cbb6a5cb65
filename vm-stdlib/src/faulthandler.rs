//! `faulthandler`: tracebacks of all threads on demand, after a time, on a signal, and a word before a fatal signal ends the
//! process.
use crate::numbers::{Round, c_int, nanoseconds};
use crate::path_arg::fildes;
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use vm_runtime::host::{file, process, signal};
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "faulthandler",
    doc: "faulthandler module.",
    functions: &[
        m("enable", "(file=sys.stderr, all_threads=True)", enable, "Enable the fault handler."),
        m("disable", "()", disable, "Disable the fault handler."),
        m("is_enabled", "()", is_enabled, "Check if the handler is enabled."),
        m(
            "dump_traceback",
            "(file=sys.stderr, all_threads=True)",
            dump_traceback,
            "Dump the traceback of the current thread into file.\n\nDump the traceback of all threads if all_threads is true. into file",
        ),
        m(
            "dump_traceback_later",
            "(timeout, repeat=False, file=sys.stderr, exit=False)",
            dump_later,
            "Dump the traceback of all threads in timeout seconds.\n\nIf repeat is true, the tracebacks of all threads are dumped every timeout\nseconds. If exit is true, call _exit(1) which is not safe.",
        ),
        m(
            "cancel_dump_traceback_later",
            "()",
            cancel_later,
            "Cancel the previous call to dump_traceback_later().",
        ),
        m(
            "register",
            "(signum, file=sys.stderr, all_threads=True, chain=False)",
            register,
            "Register a handler for the signal 'signum'.\n\nDump the traceback of the current thread, or of all threads if\nall_threads is True, into file.",
        ),
        m(
            "unregister",
            "(signum, /)",
            unregister,
            "Unregister the handler of the signal 'signum' registered by register().",
        ),
        m("_watch", "(generation, nanoseconds, repeat, fd, exit, /)", watch, ""),
        m("_sigsegv", "(release_gil=False, /)", sigsegv, "Raise a SIGSEGV signal."),
        m("_sigabrt", "()", |_, _, _| process::abort(), "Raise a SIGABRT signal."),
    ],
    ..ModuleSpec::EMPTY
};

/// Ends the process as a fault would, for tests of who watches it.
fn sigsegv(_: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    // A handler that sees no fault of the machine's may put the default back and return: then the next one ends it.
    for _ in 0..3 {
        let _ = signal::raise(libc::SIGSEGV);
    }
    process::abort()
}

static ENABLED: AtomicBool = AtomicBool::new(false);
/// Generation of the wait of `dump_traceback_later`: a wait whose generation is not this one ends.
static WATCH: Mutex<u64> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

fn descriptor(th: &Thread, value: &Value) -> PyResult<i32> {
    let file = if value.is_unbound() || value.is_none() {
        match th.sys_attr("stderr") {
            None => return Err(th.runtime_error("unable to get sys.stderr")),
            Some(file) if file.is_none() => return Err(th.runtime_error("sys.stderr is None")),
            Some(file) => file,
        }
    } else {
        value.clone()
    };
    if !th.isinstance(&file, th.types().int) {
        // What the file holds back comes before the traceback.
        if th.call_method(&file, "flush", &[]).is_err() {
            th.clear_error();
        }
    }
    fildes(th, &file)
}

fn enable(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = descriptor(th, &args[0])?;
    signal::install_fatal(fd);
    ENABLED.store(true, Relaxed);
    Ok(Value::NONE)
}

fn disable(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    if ENABLED.swap(false, Relaxed) {
        signal::remove_fatal();
        return Ok(Value::TRUE);
    }
    Ok(Value::FALSE)
}

fn is_enabled(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(ENABLED.load(Relaxed)))
}

/// The frames of one thread as CPython prints them here.
fn describe(th: &Thread, frame: &Value, out: &mut String) -> PyResult<()> {
    let mut frame = frame.clone();
    for depth in 0.. {
        if frame.is_none() {
            break;
        }
        if depth == 100 {
            out.push_str("  ...\n");
            break;
        }
        let code = th.getattr_str(&frame, "f_code")?;
        let file = th.str_string(&th.getattr_str(&code, "co_filename")?)?;
        let name = th.str_string(&th.getattr_str(&code, "co_name")?)?;
        let line = th.str_string(&th.getattr_str(&frame, "f_lineno")?)?;
        out.push_str(&format!("  File \"{file}\", line {line} in {name}\n"));
        frame = th.getattr_str(&frame, "f_back")?;
    }
    Ok(())
}

fn text_of(th: &Thread, all_threads: bool) -> PyResult<String> {
    let sys = th.import("sys")?;
    let mut out = String::new();
    if !all_threads {
        out.push_str("Stack (most recent call first):\n");
        let frame = th.call_method(&sys, "_getframe", &[])?;
        describe(th, &frame, &mut out)?;
        return Ok(out);
    }
    let frames = th.call_method(&sys, "_current_frames", &[])?;
    let mut rows = frames.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default();
    rows.reverse();
    for (n, (ident, frame)) in rows.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let ident = th.index_i64(ident)?;
        let which = if ident as u64 == th.ident { "Current thread" } else { "Thread" };
        out.push_str(&format!("{which} {ident:#018x} (most recent call first):\n"));
        describe(th, frame, &mut out)?;
    }
    Ok(out)
}

fn write_all(fd: i32, mut text: &[u8]) {
    while !text.is_empty() {
        match file::write(fd, text) {
            Ok(n) => text = text.get(n..).unwrap_or(&[]),
            Err(libc::EINTR) => {}
            Err(_) => return,
        }
    }
}

fn dump(th: &Thread, fd: i32, all_threads: bool) -> PyResult<()> {
    let text = text_of(th, all_threads)?;
    th.detach(|| write_all(fd, text.as_bytes()));
    Ok(())
}

fn dump_traceback(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = descriptor(th, &args[0])?;
    let all = args[1].is_unbound() || th.truth(&args[1])?;
    dump(th, fd, all).map(|()| Value::NONE)
}

fn dump_later(th: &Thread, module: &Value, args: &[Value]) -> PyResult<Value> {
    let nanos = nanoseconds(th, &args[0], Round::Ceiling)?;
    if nanos <= 0 {
        return Err(th.value_error("timeout must be greater than 0"));
    }
    let repeat = !args[1].is_unbound() && th.truth(&args[1])?;
    let fd = descriptor(th, &args[2])?;
    let exit = !args[3].is_unbound() && th.truth(&args[3])?;
    let generation = next_generation();
    let watch = th.getattr_str(module, "_watch")?;
    let thread = th.import("_thread")?;
    let start = th.getattr_str(&thread, "start_new_thread")?;
    let arguments = vec![
        th.int(generation as i64),
        th.int(nanos),
        Value::bool(repeat),
        th.int(i64::from(fd)),
        Value::bool(exit),
    ];
    th.call(&start, &[watch, th.tuple(arguments)])?;
    Ok(Value::NONE)
}

fn next_generation() -> u64 {
    let mut current = WATCH.lock();
    *current += 1;
    CHANGED.notify_all();
    *current
}

fn cancel_later(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    next_generation();
    Ok(Value::NONE)
}

/// The thread that waits for `dump_traceback_later`.
fn watch(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let generation = th.index_i64(&args[0])? as u64;
    let pause = Duration::from_nanos(th.index_i64(&args[1])?.max(0) as u64);
    let (repeat, exit) = (th.truth(&args[2])?, th.truth(&args[4])?);
    let fd = c_int(th, &args[3])?;
    loop {
        let cancelled = th.detach(|| {
            let until = Instant::now() + pause;
            let mut current = WATCH.lock();
            while *current == generation {
                if CHANGED.wait_until(&mut current, until).timed_out() {
                    return *current != generation;
                }
            }
            true
        });
        if cancelled {
            return Ok(Value::NONE);
        }
        let seconds = pause.as_secs();
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let micros = pause.subsec_micros();
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        th.detach(|| write_all(fd, format!("Timeout ({h}:{m:02}:{s:02}{fraction})!\n").as_bytes()));
        dump(th, fd, true)?;
        if exit {
            process::exit_now(1);
        }
        if !repeat {
            return Ok(Value::NONE);
        }
    }
}

const REGISTERED: &str = "faulthandler.registered";

fn register(th: &Thread, module: &Value, args: &[Value]) -> PyResult<Value> {
    let number = c_int(th, &args[0])?;
    if !(1..signal::NSIG).contains(&number) {
        return Err(th.value_error("signal number out of range"));
    }
    if [libc::SIGSEGV, libc::SIGFPE, libc::SIGABRT, libc::SIGBUS, libc::SIGILL].contains(&number) {
        return Err(th.runtime_error(format!("signal {number} cannot be registered, use enable() instead")));
    }
    let fd = descriptor(th, &args[1])?;
    let all = args[2].is_unbound() || th.truth(&args[2])?;
    let functools = th.import("functools")?;
    let dump = th.getattr_str(module, "dump_traceback")?;
    let ours = th.call_method(&functools, "partial", &[dump, th.int(i64::from(fd)), Value::bool(all)])?;
    // A signal handler gets two arguments that the dump has no use for.
    let namespace = th.dict();
    th.setitem(&namespace, &th.str("dump"), &ours)?;
    let eval = th.builtin("eval");
    let handler = th.call(&eval, &[th.str("lambda signum, frame: dump()"), namespace])?;
    let signals = th.import("_signal")?;
    let old = th.call_method(&signals, "signal", &[th.int(i64::from(number)), handler])?;
    let table = th.vm_state_or(REGISTERED, || th.dict());
    th.call_method(&table, "setdefault", &[th.int(i64::from(number)), old])?;
    Ok(Value::NONE)
}

fn unregister(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(table) = th.vm_state(REGISTERED) else { return Ok(Value::FALSE) };
    let old = th.call_method(&table, "pop", &[args[0].clone(), Value::ELLIPSIS])?;
    if old.is_ellipsis() {
        return Ok(Value::FALSE);
    }
    let signals = th.import("_signal")?;
    th.call_method(&signals, "signal", &[args[0].clone(), old])?;
    Ok(Value::TRUE)
}
