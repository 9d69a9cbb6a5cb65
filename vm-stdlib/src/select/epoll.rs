//! `select.epoll`.
use super::{Patience, milliseconds};
use crate::numbers::{Round, c_int, c_int_or, c_uint, nanoseconds};
use crate::path_arg::fildes;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use vm_runtime::host::{file, poll as system};
use vm_runtime::prelude::*;

/// Payload: the epoll descriptor, -1 once closed.
pub struct Epoll {
    fd: AtomicI32,
}
payload!(Epoll, "epoll");

impl Drop for Epoll {
    fn drop(&mut self) {
        let fd = *self.fd.get_mut();
        if fd >= 0 {
            let _ = file::close(fd);
        }
    }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "select.epoll",
    doc: "Returns an epolling object.\n\n  sizehint\n    The expected number of events to be registered.  It must be positive,\n    or -1 to use the default.  It is only used on older systems where\n    epoll_create1() is not available; otherwise it has no effect (though its\n    value is still checked).\n  flags\n    Deprecated and completely ignored.  However, when supplied, its value\n    must be 0 or select.EPOLL_CLOEXEC, otherwise OSError is raised.",
    new_sig: "(sizehint=-1, flags=0)",
    slots: &[Slot::New(new)],
    methods: &[
        cm("fromfd", "(fd, /)", fromfd, "Create an epoll object from a given control fd."),
        m(
            "close",
            "()",
            close,
            "Close the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception.",
        ),
        m("fileno", "()", fileno, "Return the epoll control file descriptor."),
        m(
            "register",
            "(fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT)",
            register,
            "Registers a new fd or raises an OSError if the fd is already registered.",
        ),
        m("modify", "(fd, eventmask)", modify, "Modify event mask for a registered file descriptor."),
        m("unregister", "(fd)", unregister, "Remove a registered file descriptor from the epoll object."),
        m(
            "poll",
            "(timeout=None, maxevents=-1)",
            poll,
            "Wait for events on the epoll file descriptor.\n\nReturns a list containing any descriptors that have events to report,\nas a list of (fd, events) 2-tuples.",
        ),
        m("__enter__", "()", enter, ""),
        m("__exit__", "(exc_type=None, exc_value=None, exc_tb=None, /)", close, ""),
    ],
    getset: &[gs("closed", closed, None, "True if the epoll handler is closed")],
    ..TypeSpec::of::<Epoll>()
};

fn me(th: &Thread, this: &Value) -> PyResult<i32> {
    match th.expect::<Epoll>(this, "epoll")?.fd.load(Relaxed) {
        fd if fd < 0 => Err(th.value_error("I/O operation on closed epoll object")),
        fd => Ok(fd),
    }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let hint = c_int_or(th, &args[0], -1)?;
    let flags = c_int_or(th, &args[1], 0)?;
    if hint != -1 && hint <= 0 {
        return Err(th.value_error("sizehint must be positive or -1"));
    }
    if flags != 0 && flags != libc::EPOLL_CLOEXEC {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let fd = system::epoll_create(libc::EPOLL_CLOEXEC).map_err(|errno| th.os_error(errno, None))?;
    th.make_object(cls, Epoll { fd: AtomicI32::new(fd) })
}

fn fromfd(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let cls = TypeRef::from_value(cls).unwrap_or_else(|| th.type_for::<Epoll>());
    th.make_object(cls, Epoll { fd: AtomicI32::new(fd) })
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let fd = th.expect::<Epoll>(this, "epoll")?.fd.swap(-1, Relaxed);
    if fd >= 0
        && let Err(errno) = th.detach(|| file::close(fd))
    {
        return Err(th.os_error(errno, None));
    }
    Ok(Value::NONE)
}

fn closed(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(th.expect::<Epoll>(this, "epoll")?.fd.load(Relaxed) < 0))
}

fn fileno(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?)))
}

fn enter(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?;
    Ok(this.clone())
}

fn control(th: &Thread, this: &Value, operation: i32, fd: &Value, events: u32) -> PyResult<Value> {
    let epoll = me(th, this)?;
    let fd = fildes(th, fd)?;
    let result = th.detach(|| system::epoll_ctl(epoll, operation, fd, events));
    result.map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}

fn register(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let default = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
    let events = if args[1].is_unbound() { default } else { c_uint(th, &args[1])? };
    control(th, this, libc::EPOLL_CTL_ADD, &args[0], events)
}

fn modify(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let events = c_uint(th, &args[1])?;
    control(th, this, libc::EPOLL_CTL_MOD, &args[0], events)
}

fn unregister(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    control(th, this, libc::EPOLL_CTL_DEL, &args[0], 0)
}

fn poll(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let epoll = me(th, this)?;
    let limit = if crate::io::absent(&args[0]) {
        None
    } else {
        if !th.isinstance(&args[0], th.types().float) && args[0].type_of(th).slots.index().is_none() {
            return Err(th.type_error("timeout must be an integer or None"));
        }
        let nanos = nanoseconds(th, &args[0], Round::Ceiling)?;
        if nanos < 0 { None } else { Some(nanos) }
    };
    milliseconds(th, limit)?;
    let max = match c_int_or(th, &args[1], -1)? {
        -1 => system::FD_SETSIZE - 1,
        n if n < 1 => return Err(th.value_error(format!("maxevents must be greater than 0, got {n}"))),
        n => n as usize,
    };
    let patience = Patience::new(limit);
    let ready = loop {
        let ms = milliseconds(th, patience.left())?;
        match th.detach(|| system::epoll_wait(epoll, max, ms)) {
            Ok(ready) => break ready,
            Err(libc::EINTR) => th.check_signals()?,
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    };
    Ok(th.list(
        ready
            .iter()
            .map(|&(fd, events)| th.tuple(vec![th.int(i64::from(fd)), th.int(i64::from(events))]))
            .collect(),
    ))
}
