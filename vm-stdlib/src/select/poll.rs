//! The object of `select.poll()`.
use super::{Patience, milliseconds};
use crate::ext::ThreadExt;
use crate::path_arg::fildes;
use std::sync::atomic::{AtomicBool, Ordering};
use vm_runtime::host::poll::{self as system, PollFd};
use vm_runtime::prelude::*;

/// Payload: descriptors and the events asked for, in order of registration.
pub struct Poll {
    rows: ObjCell<Vec<(i32, u16)>>,
    running: AtomicBool,
}
payload!(Poll, "poll");

pub static SPEC: TypeSpec = TypeSpec {
    name: "select.poll",
    doc: "",
    flags: NO_NEW,
    methods: &[
        m(
            "register",
            "(fd, eventmask=POLLIN | POLLPRI | POLLOUT, /)",
            register,
            "Register a file descriptor with the polling object.",
        ),
        m("modify", "(fd, eventmask, /)", modify, "Modify an already registered file descriptor."),
        m(
            "unregister",
            "(fd, /)",
            unregister,
            "Remove a file descriptor being tracked by the polling object.",
        ),
        m(
            "poll",
            "(timeout=None, /)",
            poll,
            "Polls the set of registered file descriptors.\n\nReturns a list containing any descriptors that have events or errors to\nreport, as a list of (fd, event) 2-tuples.",
        ),
    ],
    ..TypeSpec::of::<Poll>()
};

pub fn new(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    th.make_object(
        th.type_for::<Poll>(),
        Poll { rows: ObjCell::new(Vec::new()), running: AtomicBool::new(false) },
    )
}

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a Poll> {
    th.expect::<Poll>(this, "poll")
}

fn mask(th: &Thread, value: &Value) -> PyResult<u16> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number < BigInt::from(0) {
        return Err(th.value_error("value must be positive"));
    }
    u16::try_from(number).map_err(|_| th.overflow_error("Python int too large for C unsigned short"))
}

fn register(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let events = if args[1].is_unbound() {
        (libc::POLLIN | libc::POLLPRI | libc::POLLOUT) as u16
    } else {
        mask(th, &args[1])?
    };
    me(th, this)?.rows.with(th, |rows| match rows.iter_mut().find(|row| row.0 == fd) {
        Some(row) => row.1 = events,
        None => rows.push((fd, events)),
    });
    Ok(Value::NONE)
}

fn modify(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let events = mask(th, &args[1])?;
    let found =
        me(th, this)?.rows.with(th, |rows| rows.iter_mut().find(|row| row.0 == fd).map(|row| row.1 = events));
    match found {
        Some(()) => Ok(Value::NONE),
        None => Err(th.os_error(libc::ENOENT, None)),
    }
}

fn unregister(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let removed = me(th, this)?.rows.with(th, |rows| {
        let before = rows.len();
        rows.retain(|row| row.0 != fd);
        rows.len() != before
    });
    if removed { Ok(Value::NONE) } else { Err(th.key_error(th.int(i64::from(fd)))) }
}

fn poll(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let me = me(th, this)?;
    let limit = if crate::io::absent(&args[0]) {
        None
    } else {
        let ms = th.as_f64_or_int(&args[0])?;
        let nanos = ms * 1e6;
        if nanos.abs() >= 9.2e18 {
            return Err(th.overflow_error("timestamp too large to convert to C PyTime_t"));
        }
        // A negative time waits for ever.
        if nanos < 0.0 { None } else { Some(nanos.ceil() as i64) }
    };
    milliseconds(th, limit)?;
    if me.running.swap(true, Ordering::AcqRel) {
        return Err(th.runtime_error("concurrent poll() invocation"));
    }
    let result = wait(th, me, limit);
    me.running.store(false, Ordering::Release);
    result
}

fn wait(th: &Thread, me: &Poll, limit: Option<i64>) -> PyResult<Value> {
    let mut fds: Vec<PollFd> = me.rows.with(th, |rows| {
        rows.iter().map(|&(fd, events)| PollFd { fd, events: events as i16, revents: 0 }).collect()
    });
    let patience = Patience::new(limit);
    loop {
        let ms = milliseconds(th, patience.left())?;
        match th.detach(|| system::poll(&mut fds, ms)) {
            Ok(_) => break,
            Err(libc::EINTR) => th.check_signals()?,
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    }
    let ready = fds.iter().filter(|row| row.revents != 0);
    Ok(th.list(
        ready
            .map(|row| th.tuple(vec![th.int(i64::from(row.fd)), th.int(i64::from(row.revents as u16))]))
            .collect(),
    ))
}
