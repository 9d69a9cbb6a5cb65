//! `select`: waiting for descriptors.
mod constants;
mod epoll;
mod poll;

use crate::numbers::{Round, nanoseconds, timeval};
use crate::path_arg::fildes;
use std::time::Instant;
use vm_runtime::host::poll::{self as system, FD_SETSIZE};
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: &[
        m(
            "select",
            "(rlist, wlist, xlist, timeout=None, /)",
            select,
            "Wait until one or more file descriptors are ready for some kind of I/O.\n\nThe first three arguments are iterables of file descriptors to be waited for:\nrlist -- wait until ready for reading\nwlist -- wait until ready for writing\nxlist -- wait for an \"exceptional condition\"\nIf only one kind of condition is required, pass [] for the other lists.",
        ),
        m(
            "poll",
            "()",
            poll::new,
            "Returns a polling object.\n\nThis object supports registering and unregistering file descriptors, and then\npolling them for I/O events.",
        ),
    ],
    types: &[&epoll::SPEC],
    hidden_types: &[&poll::SPEC],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in constants::CONSTANTS {
            th.set_module_attr(module, name, th.int(*value))?;
        }
        th.set_module_attr(module, "error", th.types().exc.os_error.value())
    }),
};

/// How long a wait may still take.
pub struct Patience {
    start: Instant,
    limit: Option<i64>,
}

impl Patience {
    /// Nanoseconds, or None for ever.
    pub fn new(limit: Option<i64>) -> Patience {
        Patience { start: Instant::now(), limit }
    }

    /// Nanoseconds that are left.
    pub fn left(&self) -> Option<i64> {
        let passed = i64::try_from(self.start.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.limit.map(|limit| limit.saturating_sub(passed).max(0))
    }
}

/// Milliseconds, rounded up, for `poll` and `epoll_wait`; -1 for ever.
pub fn milliseconds(th: &Thread, nanos: Option<i64>) -> PyResult<i32> {
    match nanos {
        None => Ok(-1),
        Some(nanos) => {
            let ms = nanos.div_euclid(1_000_000) + i64::from(nanos.rem_euclid(1_000_000) != 0);
            i32::try_from(ms).map_err(|_| th.overflow_error("timeout is too large"))
        }
    }
}

fn descriptors(th: &Thread, list: &Value) -> PyResult<(Vec<Value>, Vec<i32>)> {
    let objects = match th.collect(list) {
        Ok(objects) => objects,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error)
                && th.lookup_special(list, "__iter__").is_ok_and(|f| f.is_none())
            {
                th.clear_error();
                return Err(th.type_error("arguments 1-3 must be sequences"));
            }
            return Err(raised);
        }
    };
    let mut fds = Vec::with_capacity(objects.len());
    for object in &objects {
        let fd = fildes(th, object)?;
        if fd as usize >= FD_SETSIZE {
            return Err(th.value_error("filedescriptor out of range in select()"));
        }
        fds.push(fd);
    }
    if fds.len() > FD_SETSIZE {
        return Err(th.value_error("too many file descriptors in select()"));
    }
    Ok((objects, fds))
}

fn select(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let limit = if crate::io::absent(&args[3]) {
        None
    } else {
        if !th.isinstance(&args[3], th.types().float) && args[3].type_of(th).slots.index().is_none() {
            return Err(th.type_error("timeout must be a float or None"));
        }
        let limit = nanoseconds(th, &args[3], Round::Ceiling)?;
        if limit < 0 {
            return Err(th.value_error("timeout must be non-negative"));
        }
        Some(limit)
    };
    let (r, read) = descriptors(th, &args[0])?;
    let (w, write) = descriptors(th, &args[1])?;
    let (x, except) = descriptors(th, &args[2])?;
    let patience = Patience::new(limit);
    let ready = loop {
        let time = patience.left().map(|nanos| timeval(nanos, Round::Ceiling));
        match th.detach(|| system::select([&read, &write, &except], time)) {
            Ok(ready) => break ready,
            Err(libc::EINTR) => th.check_signals()?,
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    };
    let lists = [r, w, x].into_iter().zip(ready).map(|(objects, ready)| {
        th.list(
            objects.into_iter().zip(ready).filter(|(_, ready)| *ready).map(|(object, _)| object).collect(),
        )
    });
    Ok(th.tuple(lists.collect()))
}
