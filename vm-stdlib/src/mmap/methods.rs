//! The methods.
use super::{Access, closed_error, copied, me, open};
use crate::io::arg_size;
use crate::numbers::c_int;
use std::sync::atomic::Ordering::Relaxed;
use vm_runtime::host::file;
use vm_runtime::prelude::*;

pub(super) static METHODS: &[MethodDef] = &[
    m("close", "()", close, ""),
    m("find", "(view, start=None, end=None, /)", find, ""),
    m("rfind", "(view, start=None, end=None, /)", rfind, ""),
    m("flush", "(offset=0, size=None, /)", flush, ""),
    m("madvise", "(option, start=0, length=None, /)", madvise, ""),
    m("move", "(dest, src, count, /)", move_bytes, ""),
    m("read", "(n=None, /)", read, ""),
    m("read_byte", "()", read_byte, ""),
    m("readline", "()", readline, ""),
    m("resize", "(newsize, /)", resize, ""),
    m("seek", "(pos, whence=0, /)", seek, ""),
    m("seekable", "()", |_, _, _| Ok(Value::TRUE), ""),
    m("size", "()", size, ""),
    m("tell", "()", tell, ""),
    m("write", "(bytes, /)", write, ""),
    m("write_byte", "(byte, /)", write_byte, ""),
    m(
        "__enter__",
        "()",
        |th, this, _| {
            open(th, this)?;
            Ok(this.clone())
        },
        "",
    ),
    m("__exit__", "(exc_type, exc_value, traceback, /)", close, ""),
];

/// A size or position: any index that a machine word holds.
fn number(th: &Thread, value: &Value, default: i64) -> PyResult<i64> {
    if value.is_unbound() { Ok(default) } else { th.index_i64(value) }
}

fn close(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let map = me(th, this)?;
    match map.store.change(th, Option::take) {
        Ok(mapping) => {
            map.close_fd();
            th.detach(|| drop(mapping));
            Ok(Value::NONE)
        }
        Err(_) => Err(th.buffer_error("cannot close exported pointers exist")),
    }
}

fn search(th: &Thread, this: &Value, args: &[Value], backwards: bool) -> PyResult<Value> {
    let map = open(th, this)?;
    let what = th.bytes_like(&args[0])?;
    let bound = |value: &Value| {
        if value.is_unbound() || value.is_none() { Ok(None) } else { th.index_i64(value).map(Some) }
    };
    let (start, end) = (bound(&args[1])?, bound(&args[2])?);
    let found = map.with(th, |mapping, pos| {
        let len = mapping.len();
        let clip = |at: i64| {
            let at = if at < 0 { at.saturating_add_unsigned(len as u64).max(0) } else { at };
            usize::try_from(at).map_or(len, |at| at.min(len))
        };
        let start = start.map_or_else(|| pos.load(Relaxed), clip);
        let end = end.map_or(len, clip);
        if end < start {
            None
        } else if backwards {
            mapping.rfind(start..end, &what)
        } else {
            mapping.find(start..end, &what)
        }
    })?;
    Ok(found.map_or_else(|| th.int(-1), |at| th.usize(at)))
}

fn find(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    search(th, this, args, false)
}

fn rfind(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    search(th, this, args, true)
}

fn flush(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let offset = number(th, &args[0], 0)?;
    let size = if args[1].is_none() { -1 } else { number(th, &args[1], -1)? };
    let given = !(args[1].is_unbound() || args[1].is_none());
    let len = map.len(th)?;
    let offset = usize::try_from(offset).ok().filter(|offset| *offset <= len);
    let size = if given { usize::try_from(size).ok() } else { offset.map(|offset| len - offset) };
    let (Some(offset), Some(size)) = (offset, size.filter(|size| *size <= len - offset.unwrap_or(0))) else {
        return Err(th.value_error("flush values out of range"));
    };
    if map.access == Access::Read || map.access == Access::Copy {
        return Ok(Value::NONE);
    }
    let done = map.with(th, |mapping, _| mapping.flush(offset, size))?;
    done.map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}

fn madvise(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let option = c_int(th, &args[0])?;
    let start = number(th, &args[1], 0)?;
    let whole = args[2].is_unbound() || args[2].is_none();
    let length = if whole { None } else { Some(th.index_i64(&args[2])?) };
    let len = map.len(th)?;
    let Some(start) = usize::try_from(start).ok().filter(|start| *start < len) else {
        return Err(th.value_error("madvise start out of bounds"));
    };
    let Ok(length) = length.map_or(Ok(len), usize::try_from) else {
        return Err(th.value_error("madvise length invalid"));
    };
    if i64::try_from(start.saturating_add(length)).is_err() {
        return Err(th.overflow_error("madvise length too large"));
    }
    let done = map.with(th, |mapping, _| {
        mapping.advise(option, start, length.min(mapping.len().saturating_sub(start)))
    })?;
    done.map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}

fn move_bytes(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let (to, from, count) = (th.index_i64(&args[0])?, th.index_i64(&args[1])?, th.index_i64(&args[2])?);
    map.writable(th)?;
    let done = match (usize::try_from(to), usize::try_from(from), usize::try_from(count)) {
        (Ok(to), Ok(from), Ok(count)) => map.with(th, |mapping, _| mapping.copy_within(to, from, count))?,
        _ => false,
    };
    if done { Ok(Value::NONE) } else { Err(th.value_error("source, destination, or count out of range")) }
}

fn read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let wanted = usize::try_from(arg_size(th, &args[0], -1)?).unwrap_or(usize::MAX);
    copied(
        th,
        map.with(th, |mapping, pos| {
            let start = pos.load(Relaxed);
            let bytes = mapping.read(start..start.saturating_add(wanted))?;
            pos.store(start + bytes.len(), Relaxed);
            Some(bytes)
        })?,
    )
}

fn read_byte(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let byte = me(th, this)?.with(th, |mapping, pos| {
        let at = pos.load(Relaxed);
        let byte = mapping.get(at)?;
        pos.store(at + 1, Relaxed);
        Some(byte)
    })?;
    byte.map(|byte| th.int(i64::from(byte))).ok_or_else(|| th.value_error("read byte out of range"))
}

fn readline(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    copied(
        th,
        me(th, this)?.with(th, |mapping, pos| {
            let start = pos.load(Relaxed);
            let end = mapping.find(start..mapping.len(), b"\n").map_or(mapping.len(), |at| at + 1);
            let line = mapping.read(start..end)?;
            pos.store(start + line.len(), Relaxed);
            Some(line)
        })?,
    )
}

/// Why a mapping was not resized.
enum Refused {
    Closed,
    Errno(i32),
    SharedAnonymous,
}

fn resize(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let new = th.index_i64(&args[0])?;
    let limit = i64::MAX - map.offset;
    let lent = || th.buffer_error("mmap can't resize with extant buffers exported.");
    map.store.change(th, |_| ()).map_err(|_| lent())?;
    if !map.track_fd {
        return Err(th.value_error("mmap can't resize with trackfd=False."));
    }
    if map.access != Access::Write && map.access != Access::Default {
        return Err(th.type_error("mmap can't resize a readonly or copy-on-write memory map."));
    }
    let Some(new) = usize::try_from(new).ok().filter(|_| new <= limit) else {
        return Err(th.value_error("new size out of range"));
    };
    let done = map.store.change(th, |place| {
        let mapping = place.as_mut().ok_or(Refused::Closed)?;
        let fd = map.fd.load(Relaxed);
        if fd == -1 && map.flags & libc::MAP_PRIVATE == 0 && new > mapping.len() {
            return Err(Refused::SharedAnonymous);
        }
        if fd != -1 {
            file::ftruncate(fd, map.offset + new as i64).map_err(Refused::Errno)?;
        }
        mapping.resize(new).map_err(Refused::Errno)
    });
    match done {
        Ok(Ok(())) => Ok(Value::NONE),
        Ok(Err(Refused::Closed)) => Err(closed_error(th)),
        Ok(Err(Refused::Errno(errno))) => Err(th.os_error(errno, None)),
        Ok(Err(Refused::SharedAnonymous)) => {
            Err(th.value_error("mmap: can't expand a shared anonymous mapping"))
        }
        Err(_) => Err(lent()),
    }
}

fn seek(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let distance = th.index_i64(&args[0])?;
    let whence = if args[1].is_unbound() { 0 } else { c_int(th, &args[1])? };
    if !(0..=2).contains(&whence) {
        return Err(th.value_error("unknown seek type"));
    }
    let place = map.with(th, |mapping, pos| {
        let from = [0, pos.load(Relaxed), mapping.len()].get(whence as usize).copied()?;
        let place = i64::try_from(from).ok()?.checked_add(distance)?;
        let place = usize::try_from(place).ok().filter(|place| *place <= mapping.len())?;
        pos.store(place, Relaxed);
        Some(place)
    })?;
    place.map(|place| th.usize(place)).ok_or_else(|| th.value_error("seek out of range"))
}

fn size(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    // Without a file of its own it has no size to tell.
    let stat = file::fstat(map.fd.load(Relaxed)).map_err(|errno| th.os_error(errno, None))?;
    Ok(th.int(stat.st_size))
}

fn tell(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(me(th, this)?.with(th, |_, pos| pos.load(Relaxed))?))
}

fn write(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let bytes = th.bytes_like(&args[0])?;
    map.writable(th)?;
    let done = map.with(th, |mapping, pos| {
        let at = pos.load(Relaxed);
        let done = at <= mapping.len() && mapping.write(at, &bytes);
        if done {
            pos.store(at + bytes.len(), Relaxed);
        }
        done
    })?;
    if done { Ok(th.usize(bytes.len())) } else { Err(th.value_error("data out of range")) }
}

fn write_byte(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let map = open(th, this)?;
    let number = th.index_i64(&args[0])?;
    let Ok(byte) = u8::try_from(number) else {
        let which = if number < 0 { "less than minimum" } else { "greater than maximum" };
        return Err(th.overflow_error(format!("unsigned byte integer is {which}")));
    };
    map.writable(th)?;
    let done = map.with(th, |mapping, pos| {
        let at = pos.load(Relaxed);
        let done = mapping.write(at, &[byte]);
        if done {
            pos.store(at + 1, Relaxed);
        }
        done
    })?;
    if done { Ok(Value::NONE) } else { Err(th.value_error("write byte out of range")) }
}
