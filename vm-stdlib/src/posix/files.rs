//! Functions of `posix` on open files.
use super::{brief, done, patient};
use crate::io::{buffers, retry, zeroed};
use crate::numbers::{c_int, c_int_or, c_long, c_uint, id, size};
use crate::path_arg::{dir_fd, fildes, rule, rule_fd};
use vm_runtime::host::{file, path, terminal};
use vm_runtime::prelude::*;

pub static FUNCTIONS: &[MethodDef] = &[
    m(
        "open",
        "(path, flags, mode=0o777, *, dir_fd=None)",
        open,
        "Open a file for low level IO.  Returns a file descriptor (integer).\n\nIf dir_fd is not None, it should be a file descriptor open to a directory,\n  and path should be relative; path will then be relative to that directory.\ndir_fd may not be implemented on your platform.\n  If it is unavailable, using it will raise a NotImplementedError.",
    ),
    m("close", "(fd)", close, "Close a file descriptor."),
    m(
        "closerange",
        "(fd_low, fd_high, /)",
        closerange,
        "Closes all file descriptors in [fd_low, fd_high), ignoring errors.",
    ),
    m("read", "(fd, length, /)", read, "Read from a file descriptor.  Returns a bytes object."),
    m("readinto", "(fd, buffer, /)", readinto, "Read into a buffer object from a file descriptor."),
    m("write", "(fd, data, /)", write, "Write a bytes object to a file descriptor."),
    m(
        "pread",
        "(fd, length, offset, /)",
        pread,
        "Read a number of bytes from a file descriptor starting at a particular offset.",
    ),
    m(
        "pwrite",
        "(fd, buffer, offset, /)",
        pwrite,
        "Write bytes to a file descriptor starting at a particular offset.",
    ),
    m("readv", "(fd, buffers, /)", readv, "Read from a file descriptor fd into an iterable of buffers."),
    m(
        "writev",
        "(fd, buffers, /)",
        writev,
        "Iterate over buffers, and write the contents of each to a file descriptor.",
    ),
    m(
        "preadv",
        "(fd, buffers, offset, flags=0, /)",
        preadv,
        "Reads from a file descriptor into a number of mutable bytes-like objects.",
    ),
    m(
        "pwritev",
        "(fd, buffers, offset, flags=0, /)",
        pwritev,
        "Writes the contents of bytes-like objects to a file descriptor at a given offset.",
    ),
    m(
        "lseek",
        "(fd, position, whence, /)",
        lseek,
        "Set the position of a file descriptor.  Return the new position.",
    ),
    m(
        "ftruncate",
        "(fd, length, /)",
        ftruncate,
        "Truncate a file, specified by file descriptor, to a specific length.",
    ),
    m("truncate", "(path, length)", truncate, "Truncate a file, specified by path, to a specific length."),
    m("fsync", "(fd)", fsync, "Force write of fd to disk."),
    m("fdatasync", "(fd)", fdatasync, "Force write of fd to disk without forcing update of metadata."),
    m("sync", "()", sync, "Force write of everything to disk."),
    m(
        "fchmod",
        "(fd, mode)",
        fchmod,
        "Change the access permissions of the file given by file descriptor fd.",
    ),
    m(
        "fchown",
        "(fd, uid, gid)",
        fchown,
        "Change the owner and group id of the file specified by file descriptor.",
    ),
    m("fchdir", "(fd)", fchdir, "Change to the directory of the given file descriptor."),
    m("dup", "(fd, /)", dup, "Return a duplicate of a file descriptor."),
    m("dup2", "(fd, fd2, inheritable=True)", dup2, "Duplicate file descriptor."),
    m("pipe", "()", pipe, "Create a pipe."),
    m("pipe2", "(flags, /)", pipe2, "Create a pipe with flags set atomically."),
    m("isatty", "(fd, /)", isatty, "Return True if the fd is connected to a terminal."),
    m("ttyname", "(fd, /)", ttyname, "Return the name of the terminal device connected to 'fd'."),
    m(
        "get_inheritable",
        "(fd, /)",
        get_inheritable,
        "Get the close-on-exe flag of the specified file descriptor.",
    ),
    m(
        "set_inheritable",
        "(fd, inheritable, /)",
        set_inheritable,
        "Set the inheritable flag of the specified file descriptor.",
    ),
    m("get_blocking", "(fd, /)", get_blocking, "Get the blocking mode of the file descriptor."),
    m(
        "set_blocking",
        "(fd, blocking, /)",
        set_blocking,
        "Set the blocking mode of the specified file descriptor.",
    ),
    m(
        "lockf",
        "(fd, command, length, /)",
        lockf,
        "Apply, test or remove a POSIX lock on an open file descriptor.",
    ),
    m(
        "sendfile",
        "(out_fd, in_fd, offset, count)",
        sendfile,
        "Copy count bytes from file descriptor in_fd to file descriptor out_fd.",
    ),
    m(
        "copy_file_range",
        "(src, dst, count, offset_src=None, offset_dst=None)",
        copy_file_range,
        "Copy count bytes from one file descriptor to another.",
    ),
    m(
        "splice",
        "(src, dst, count, offset_src=None, offset_dst=None, flags=0)",
        splice,
        "Transfer count bytes from one pipe to a descriptor or vice versa.",
    ),
    m(
        "posix_fallocate",
        "(fd, offset, length, /)",
        posix_fallocate,
        "Ensure a file has allocated at least a particular number of bytes on disk.",
    ),
    m(
        "posix_fadvise",
        "(fd, offset, length, advice, /)",
        posix_fadvise,
        "Announce an intention to access data in a specific pattern.",
    ),
    m(
        "fpathconf",
        "(fd, name, /)",
        fpathconf,
        "Return the configuration limit name for the file descriptor fd.",
    ),
    m(
        "pathconf",
        "(path, name)",
        pathconf,
        "Return the configuration limit name for the file or directory path.",
    ),
    m("memfd_create", "(name, flags=MFD_CLOEXEC)", memfd_create, ""),
    m(
        "eventfd",
        "(initval, flags=EFD_CLOEXEC)",
        eventfd,
        "Creates and returns an event notification file descriptor.",
    ),
    m("eventfd_read", "(fd)", eventfd_read, "Read eventfd value"),
    m("eventfd_write", "(fd, value)", eventfd_write, "Write eventfd value."),
    m(
        "device_encoding",
        "(fd)",
        device_encoding,
        "Return a string describing the encoding of a terminal's file descriptor.",
    ),
    m("openpty", "()", openpty, "Open a pseudo-terminal."),
    m(
        "login_tty",
        "(fd, /)",
        login_tty,
        "Prepare the tty of which fd is a file descriptor for a new login session.",
    ),
    m(
        "posix_openpt",
        "(oflag, /)",
        posix_openpt,
        "Open and return a file descriptor for a master pseudo-terminal device.",
    ),
    m("grantpt", "(fd, /)", grantpt, "Grant access to the slave pseudo-terminal device."),
    m("unlockpt", "(fd, /)", unlockpt, "Unlock a pseudo-terminal master/slave pair."),
    m("ptsname", "(fd, /)", ptsname, "Return the name of the slave pseudo-terminal device."),
    m(
        "tcgetpgrp",
        "(fd, /)",
        tcgetpgrp,
        "Return the process group associated with the terminal specified by fd.",
    ),
    m(
        "tcsetpgrp",
        "(fd, pgid, /)",
        tcsetpgrp,
        "Set the process group associated with the terminal specified by fd.",
    ),
];

fn none(_: ()) -> Value {
    Value::NONE
}

fn open(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("open", "path").read(th, &args[0])?;
    let flags = c_int(th, &args[1])? | libc::O_CLOEXEC;
    let mode = c_int_or(th, &args[2], 0o777)? as u32;
    let dir = dir_fd(th, &args[3])?;
    th.audit("open", &[path.value.clone(), Value::NONE, th.int(i64::from(flags))])?;
    match retry(th, || file::open(dir, path.c_str(), flags, mode))? {
        Ok(fd) => Ok(th.int(i64::from(fd))),
        Err(errno) => Err(path.error(th, errno)),
    }
}

fn close(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    match th.detach(|| file::close(fd)) {
        // The descriptor is gone all the same.
        Ok(()) | Err(libc::EINTR) => Ok(Value::NONE),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn closerange(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (low, high) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    th.detach(|| file::close_range(low, high));
    Ok(Value::NONE)
}

fn read(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let length = th.index_i64(&args[1])?;
    if length < 0 {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let mut data = zeroed(th, (length as usize).min(file::MAX_IO))?;
    let n = patient(th, || file::read(fd, &mut data))?;
    Ok(th.bytes(data.get(..n).unwrap_or(&[])))
}

fn readinto(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let target = buffers::writable(th, &args[1])?;
    let mut data = zeroed(th, target.len().min(file::MAX_IO))?;
    let n = patient(th, || file::read(fd, &mut data))?;
    target.put(th, 0, data.get(..n).unwrap_or(&[]))?;
    Ok(th.usize(n))
}

fn write(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let data = buffers::read(th, &args[1])?;
    let bytes = data.as_slice();
    Ok(th.usize(patient(th, || file::write(fd, bytes))?))
}

fn pread(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let length = th.index_i64(&args[1])?;
    if length < 0 {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let offset = c_long(th, &args[2])?;
    let mut data = zeroed(th, (length as usize).min(file::MAX_IO))?;
    let n = patient(th, || file::pread(fd, &mut data, offset))?;
    Ok(th.bytes(data.get(..n).unwrap_or(&[])))
}

fn pwrite(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let data = buffers::read(th, &args[1])?;
    let offset = c_long(th, &args[2])?;
    let bytes = data.as_slice();
    Ok(th.usize(patient(th, || file::pwrite(fd, bytes, offset))?))
}

fn sequence(th: &Thread, value: &Value, message: &str) -> PyResult<Vec<Value>> {
    if value.payload::<List>().is_none() && value.payload::<Tuple>().is_none() {
        let sequence = th.lookup_special(value, "__getitem__")?.is_some()
            && th.lookup_special(value, "__len__")?.is_some();
        if !sequence {
            return Err(th.type_error(message));
        }
    }
    th.collect(value)
}

fn vector_in(
    th: &Thread,
    list: &Value,
    message: &str,
    mut call: impl FnMut(&mut [Vec<u8>]) -> vm_runtime::host::SysResult<usize>,
) -> PyResult<Value> {
    let targets: Vec<buffers::Target> = sequence(th, list, message)?
        .iter()
        .map(|v| buffers::writable_for(th, v, "a buffer"))
        .collect::<PyResult<_>>()?;
    let mut parts: Vec<Vec<u8>> = targets.iter().map(|t| zeroed(th, t.len())).collect::<PyResult<_>>()?;
    let n = patient(th, || call(&mut parts))?;
    let mut left = n;
    for (target, part) in targets.iter().zip(&parts) {
        let take = left.min(part.len());
        target.put(th, 0, part.get(..take).unwrap_or(&[]))?;
        left -= take;
    }
    Ok(th.usize(n))
}

fn vector_out(
    th: &Thread,
    list: &Value,
    message: &str,
    mut call: impl FnMut(&[&[u8]]) -> vm_runtime::host::SysResult<usize>,
) -> PyResult<Value> {
    let sources: Vec<buffers::Data> =
        sequence(th, list, message)?.iter().map(|v| buffers::read(th, v)).collect::<PyResult<_>>()?;
    let parts: Vec<&[u8]> = sources.iter().map(buffers::Data::as_slice).collect();
    Ok(th.usize(patient(th, || call(&parts))?))
}

fn readv(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    vector_in(th, &args[1], "readv() arg 2 must be a sequence", |parts| file::readv(fd, parts))
}

fn writev(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    vector_out(th, &args[1], "writev() arg 2 must be a sequence", |parts| file::writev(fd, parts))
}

fn preadv(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, offset, flags) = (c_int(th, &args[0])?, c_long(th, &args[2])?, c_int_or(th, &args[3], 0)?);
    vector_in(th, &args[1], "preadv2() arg 2 must be a sequence", |parts| {
        file::preadv(fd, parts, offset, flags)
    })
}

fn pwritev(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, offset, flags) = (c_int(th, &args[0])?, c_long(th, &args[2])?, c_int_or(th, &args[3], 0)?);
    vector_out(th, &args[1], "pwritev() arg 2 must be a sequence", |parts| {
        file::pwritev(fd, parts, offset, flags)
    })
}

fn lseek(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, position, whence) = (c_int(th, &args[0])?, c_long(th, &args[1])?, c_int(th, &args[2])?);
    Ok(th.int(brief(th, || file::lseek(fd, position, whence))?))
}

fn ftruncate(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, length) = (c_int(th, &args[0])?, c_long(th, &args[1])?);
    patient(th, || file::ftruncate(fd, length)).map(none)
}

fn truncate(th: &Thread, module: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("truncate", "path").read(th, &args[0])?;
    if path.fd.is_some() {
        return ftruncate(th, module, args);
    }
    let length = c_long(th, &args[1])?;
    th.detach(|| path::truncate(path.c_str(), length)).map(none).map_err(|errno| path.error(th, errno))
}

fn fsync(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    patient(th, || file::fsync(fd)).map(none)
}

fn fdatasync(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    patient(th, || file::fdatasync(fd)).map(none)
}

fn sync(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    th.detach(file::sync);
    Ok(Value::NONE)
}

fn fchmod(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, mode) = (c_int(th, &args[0])?, c_int(th, &args[1])? as u32);
    patient(th, || file::fchmod(fd, mode)).map(none)
}

fn fchown(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, uid, gid) = (c_int(th, &args[0])?, id(th, &args[1], "uid")?, id(th, &args[2], "gid")?);
    patient(th, || file::fchown(fd, uid, gid)).map(none)
}

fn fchdir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    patient(th, || file::fchdir(fd)).map(none)
}

fn dup(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(th.int(i64::from(brief(th, || file::dup(fd))?)))
}

fn dup2(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, to) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    let inheritable = args[2].is_unbound() || th.truth(&args[2])?;
    // dup3 refuses equal descriptors; dup2 leaves them alone.
    let same = fd == to;
    Ok(th.int(i64::from(brief(th, || file::dup2(fd, to, inheritable || same))?)))
}

fn pair(th: &Thread, (a, b): (i32, i32)) -> Value {
    th.tuple(vec![th.int(i64::from(a)), th.int(i64::from(b))])
}

fn pipe(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(pair(th, brief(th, || file::pipe2(libc::O_CLOEXEC))?))
}

fn pipe2(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let flags = c_int(th, &args[0])?;
    Ok(pair(th, brief(th, || file::pipe2(flags))?))
}

fn isatty(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(Value::bool(th.detach(|| file::isatty(fd))))
}

fn ttyname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let name = brief(th, || terminal::ttyname(fd))?;
    Ok(crate::path_arg::fs_decode(th, &name))
}

fn get_inheritable(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(Value::bool(done(th, file::inheritable(fd))?))
}

fn set_inheritable(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, on) = (c_int(th, &args[0])?, c_int(th, &args[1])? != 0);
    done(th, file::set_inheritable(fd, on)).map(none)
}

fn get_blocking(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(Value::bool(done(th, file::blocking(fd))?))
}

fn set_blocking(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    let on = th.truth(&args[1])?;
    done(th, file::set_blocking(fd, on)).map(none)
}

fn lockf(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, command, length) = (c_int(th, &args[0])?, c_int(th, &args[1])?, c_long(th, &args[2])?);
    brief(th, || file::lockf(fd, command, length)).map(none)
}

fn optional_offset(th: &Thread, value: &Value, message: &str) -> PyResult<Option<i64>> {
    if value.is_unbound() || value.is_none() {
        return Ok(None);
    }
    let offset = c_long(th, value)?;
    if offset < 0 && !message.is_empty() {
        return Err(th.value_error(message));
    }
    Ok(Some(offset))
}

fn sendfile(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (to, from) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    let offset = optional_offset(th, &args[2], "")?;
    let count = size(th, &args[3], "count cannot be negative")?;
    Ok(th.usize(patient(th, || file::sendfile(to, from, offset, count))?))
}

fn copy_file_range(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (from, to) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    let count = size(th, &args[2], "negative value for 'count' not allowed")?;
    let a = optional_offset(th, &args[3], "negative value for 'offset_src' not allowed")?;
    let b = optional_offset(th, &args[4], "negative value for 'offset_dst' not allowed")?;
    Ok(th.usize(patient(th, || file::copy_file_range(from, to, count, a, b))?))
}

fn splice(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (from, to) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    let count = size(th, &args[2], "negative value for 'count' not allowed")?;
    let a = optional_offset(th, &args[3], "")?;
    let b = optional_offset(th, &args[4], "")?;
    let flags = if args[5].is_unbound() { 0 } else { c_uint(th, &args[5])? };
    Ok(th.usize(patient(th, || file::splice(from, to, count, a, b, flags))?))
}

fn posix_fallocate(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, offset, length) = (c_int(th, &args[0])?, c_long(th, &args[1])?, c_long(th, &args[2])?);
    patient(th, || file::fallocate(fd, offset, length)).map(none)
}

fn posix_fadvise(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, offset, length) = (c_int(th, &args[0])?, c_long(th, &args[1])?, c_long(th, &args[2])?);
    let advice = c_int(th, &args[3])?;
    patient(th, || file::fadvise(fd, offset, length, advice)).map(none)
}

fn limit(th: &Thread, value: Option<i64>) -> Value {
    th.int(value.unwrap_or(-1))
}

fn fpathconf(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let name = super::constants::conf_name(th, &args[1], super::constants::PATHCONF)?;
    Ok(limit(th, brief(th, || file::fpathconf(fd, name))?))
}

fn pathconf(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("pathconf", "path").read(th, &args[0])?;
    let name = super::constants::conf_name(th, &args[1], super::constants::PATHCONF)?;
    let value = match path.fd {
        Some(fd) => th.detach(|| file::fpathconf(fd, name)),
        None => th.detach(|| path::pathconf(path.c_str(), name)),
    };
    value.map(|value| limit(th, value)).map_err(|errno| path.error(th, errno))
}

fn memfd_create(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = crate::path_arg::fs_path(th, &args[0])?;
    let flags = if args[1].is_unbound() { libc::MFD_CLOEXEC } else { c_uint(th, &args[1])? };
    Ok(th.int(i64::from(brief(th, || file::memfd_create(&name, flags))?)))
}

fn eventfd(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let initial = c_uint(th, &args[0])?;
    let flags = c_int_or(th, &args[1], libc::EFD_CLOEXEC)?;
    Ok(th.int(i64::from(brief(th, || file::eventfd(initial, flags))?)))
}

fn eventfd_read(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let mut value = [0u8; 8];
    let result = th.detach(|| file::read(fd, &mut value));
    done(th, result)?;
    Ok(th.int_from(num_bigint::BigInt::from(u64::from_ne_bytes(value))))
}

fn eventfd_write(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let value = th.as_bigint(&th.index(&args[1])?)?;
    let value = u64::try_from(value).map_err(|_| th.overflow_error("int too big to convert"))?;
    brief(th, || file::write(fd, &value.to_ne_bytes())).map(|_| Value::NONE)
}

fn device_encoding(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    if !th.detach(|| file::isatty(fd)) {
        return Ok(Value::NONE);
    }
    Ok(crate::io::locale_encoding(th))
}

fn openpty(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(pair(th, brief(th, terminal::openpty)?))
}

fn login_tty(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    brief(th, || terminal::login_tty(fd)).map(none)
}

fn posix_openpt(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let flags = c_int(th, &args[0])? | libc::O_CLOEXEC;
    Ok(th.int(i64::from(brief(th, || terminal::posix_openpt(flags))?)))
}

fn grantpt(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    brief(th, || terminal::grantpt(fd)).map(none)
}

fn unlockpt(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    brief(th, || terminal::unlockpt(fd)).map(none)
}

fn ptsname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let name = brief(th, || terminal::ptsname(fd))?;
    Ok(crate::path_arg::fs_decode(th, &name))
}

fn tcgetpgrp(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(th.int(i64::from(brief(th, || vm_runtime::host::process::tcgetpgrp(fd))?)))
}

fn tcsetpgrp(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, group) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    brief(th, || vm_runtime::host::process::tcsetpgrp(fd, group)).map(none)
}
