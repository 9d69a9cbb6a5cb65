//! `fcntl`: control of file descriptors.
mod constants;

use crate::io::{buffers, retry};
use crate::numbers::{c_int, c_int_or, c_long};
use crate::path_arg::fildes;
use vm_runtime::host::file;
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    functions: &[
        m("fcntl", "(fd, cmd, arg=0, /)", fcntl, "Perform the operation `cmd` on file descriptor fd."),
        m(
            "ioctl",
            "(fd, request, arg=0, mutate_flag=True, /)",
            ioctl,
            "Perform the operation request on file descriptor fd.",
        ),
        m(
            "flock",
            "(fd, operation, /)",
            flock,
            "Perform the lock operation `operation` on file descriptor `fd`.",
        ),
        m(
            "lockf",
            "(fd, cmd, len=0, start=0, whence=0, /)",
            lockf,
            "A wrapper around the fcntl() locking calls.",
        ),
    ],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in constants::CONSTANTS {
            th.set_module_attr(module, name, th.int(*value))?;
        }
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};

/// The largest buffer that is handed over by copy.
const COPY: usize = 1024;

fn integer(th: &Thread, value: &Value) -> PyResult<i64> {
    // Any bit pattern of an unsigned int will do.
    let number = th.as_bigint(&th.index(value)?)?;
    i64::try_from(&number)
        .or_else(|_| u64::try_from(&number).map(|n| n as i64))
        .map_err(|_| th.overflow_error("int too big to convert"))
}

fn fcntl(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let command = c_int(th, &args[1])?;
    th.audit("fcntl.fcntl", &[th.int(i64::from(fd)), th.int(i64::from(command)), args[2].clone()])?;
    if args[2].is_unbound() || args[2].type_of(th).slots.index().is_some() {
        let argument = if args[2].is_unbound() { 0 } else { i64::from(integer(th, &args[2])? as i32) };
        return match retry(th, || file::fcntl(fd, command, argument))? {
            Ok(n) => Ok(th.int(i64::from(n))),
            Err(errno) => Err(th.os_error(errno, None)),
        };
    }
    let data = match args[2].as_str() {
        Some(text) => text.as_wtf8().as_bytes().to_vec(),
        None if th.has_buffer(&args[2]) => buffers::read(th, &args[2])?.into_vec(),
        None => {
            let got = args[2].type_name(th);
            return Err(th.type_error(format!(
                "fcntl() argument 3 must be an integer, a bytes-like object, or a string, not {got}"
            )));
        }
    };
    let mut buffer = [0u8; COPY];
    let Some(head) = buffer.get_mut(..data.len()) else {
        return Err(th.value_error("fcntl argument 3 is too long"));
    };
    head.copy_from_slice(&data);
    match retry(th, || file::fcntl_buffer(fd, command, &mut buffer))? {
        Ok(_) => Ok(th.bytes(buffer.get(..data.len()).unwrap_or(&[]))),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn ioctl(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let request = integer(th, &args[1])? as u64 & 0xffff_ffff;
    th.audit("fcntl.ioctl", &[th.int(i64::from(fd)), th.int(request as i64), args[2].clone()])?;
    if args[2].is_unbound() || args[2].type_of(th).slots.index().is_some() {
        let argument = if args[2].is_unbound() { 0 } else { integer(th, &args[2])? };
        let result = th.detach(|| file::ioctl(fd, request, argument));
        return result.map(|n| th.int(i64::from(n))).map_err(|errno| th.os_error(errno, None));
    }
    let mutate = args[3].is_unbound() || th.truth(&args[3])?;
    let text = args[2].as_str();
    if text.is_none() && !th.has_buffer(&args[2]) {
        let got = args[2].type_name(th);
        return Err(th.type_error(format!(
            "ioctl() argument 3 must be an integer, a bytes-like object, or a string, not {got}"
        )));
    }
    let target = if text.is_none() && args[2].payload::<Bytes>().is_none() {
        match buffers::writable_for(th, &args[2], "ioctl() argument") {
            Ok(target) => Some(target),
            Err(_) => {
                th.clear_error();
                None
            }
        }
    } else {
        None
    };
    let mut data = match (text, &target) {
        (Some(text), _) => text.as_wtf8().as_bytes().to_vec(),
        (None, Some(target)) => target.to_vec(),
        (None, None) => buffers::read(th, &args[2])?.into_vec(),
    };
    let len = data.len();
    let in_place = mutate && target.is_some();
    if !in_place && len > COPY {
        return Err(th.value_error("ioctl argument 3 is too long"));
    }
    // A request may know a larger structure than the program gave.
    data.resize(len.max(COPY) + COPY, 0);
    let result = th.detach(|| file::ioctl_buffer(fd, request, &mut data));
    let n = result.map_err(|errno| th.os_error(errno, None))?;
    let data = data.get(..len).unwrap_or(&[]);
    match target {
        Some(target) if mutate => {
            target.put(th, 0, data)?;
            Ok(th.int(i64::from(n)))
        }
        _ => Ok(th.bytes(data)),
    }
}

fn flock(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let operation = c_int(th, &args[1])?;
    th.audit("fcntl.flock", &[th.int(i64::from(fd)), args[1].clone()])?;
    match retry(th, || file::flock(fd, operation))? {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn lockf(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let operation = c_int(th, &args[1])?;
    let number = |value: &Value| if value.is_unbound() { Ok(0) } else { c_long(th, value) };
    let (length, start) = (number(&args[2])?, number(&args[3])?);
    let whence = c_int_or(th, &args[4], 0)?;
    let kind = if operation & libc::LOCK_UN != 0 {
        libc::F_UNLCK
    } else if operation & libc::LOCK_SH != 0 {
        libc::F_RDLCK
    } else if operation & libc::LOCK_EX != 0 {
        libc::F_WRLCK
    } else {
        return Err(th.value_error("unrecognized lockf argument"));
    };
    let wait = operation & libc::LOCK_NB == 0;
    match retry(th, || file::lock_range(fd, kind as i16, whence as i16, start, length, wait))? {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}
