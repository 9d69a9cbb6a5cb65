//! `mmap(fileno, length, flags, prot, access, offset, *, trackfd)`.
use super::{Access, Mmap};
use crate::numbers::{c_int, c_int_or, c_long};
use std::sync::atomic::{AtomicI32, AtomicUsize};
use vm_runtime::buffer::MappedStore;
use vm_runtime::host::{file, mapping::Mapping};
use vm_runtime::prelude::*;

const NAMES: [&str; 7] = ["fileno", "length", "flags", "prot", "access", "offset", "trackfd"];
/// Those that may be given by position.
const POSITIONAL: usize = 6;

fn arguments(th: &Thread, args: &CallArgs<'_>) -> PyResult<[Value; 7]> {
    let mut out = [const { Value::UNBOUND }; 7];
    let positional = args.positional();
    if positional.len() > POSITIONAL {
        let given = positional.len();
        return Err(th.type_error(format!(
            "function takes at most {POSITIONAL} positional arguments ({given} given)"
        )));
    }
    for (place, value) in out.iter_mut().zip(positional) {
        *place = value.clone();
    }
    for (name, value) in args.keywords() {
        let name = name.as_str().and_then(Str::to_str).unwrap_or_default();
        let index = NAMES.iter().position(|known| name == *known);
        let Some(place) = index.and_then(|index| out.get_mut(index)) else {
            return Err(th.type_error(format!("this function got an unexpected keyword argument '{name}'")));
        };
        if !place.is_unbound() {
            let at = index.unwrap_or(0) + 1;
            return Err(
                th.type_error(format!("argument for function given by name ('{name}') and position ({at})"))
            );
        }
        *place = value.clone();
    }
    for (at, name) in NAMES.iter().enumerate().take(2) {
        if out[at].is_unbound() {
            return Err(
                th.type_error(format!("function missing required argument '{name}' (pos {})", at + 1))
            );
        }
    }
    Ok(out)
}

/// How the memory may be used.
struct Mode {
    flags: i32,
    prot: i32,
    access: Access,
}

fn mode(th: &Thread, flags: i32, prot: i32, access: i32) -> PyResult<Mode> {
    const BOTH: i32 = libc::PROT_READ | libc::PROT_WRITE;
    if access != 0 && (flags != libc::MAP_SHARED || prot != BOTH) {
        return Err(th.value_error("mmap can't specify both access and flags, prot."));
    }
    let (flags, prot, access) = match access {
        0 if prot & BOTH == BOTH => (flags, prot, Access::Default),
        0 if prot & libc::PROT_WRITE != 0 => (flags, prot, Access::Write),
        0 => (flags, prot, Access::Read),
        1 => (libc::MAP_SHARED, libc::PROT_READ, Access::Read),
        2 => (libc::MAP_SHARED, BOTH, Access::Write),
        3 => (libc::MAP_PRIVATE, BOTH, Access::Copy),
        _ => return Err(th.value_error("mmap invalid access parameter.")),
    };
    Ok(Mode { flags, prot, access })
}

/// The length to map of a file, whose size is the default and the limit.
fn length_in_file(th: &Thread, fd: i32, length: usize, offset: i64) -> PyResult<usize> {
    let stat = file::fstat(fd).map_err(|errno| th.os_error(errno, None))?;
    if stat.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Ok(length);
    }
    if length == 0 && stat.st_size == 0 {
        return Err(th.value_error("cannot mmap an empty file"));
    }
    if length == 0 && offset >= stat.st_size {
        return Err(th.value_error("mmap offset is greater than file size"));
    }
    let left = usize::try_from(stat.st_size - offset).ok();
    match left {
        Some(left) if length == 0 => Ok(left),
        Some(left) if length <= left => Ok(length),
        _ => Err(th.value_error("mmap length is greater than file size")),
    }
}

pub(super) fn new(th: &Thread, class: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let [fileno, length, flags, prot, access, offset, trackfd] = arguments(th, args)?;
    let fd = c_int(th, &fileno)?;
    let length = th.as_bigint(&th.index(&length)?)?;
    let Ok(length) = i64::try_from(&length) else {
        return Err(th.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let flags = c_int_or(th, &flags, libc::MAP_SHARED)?;
    let prot = c_int_or(th, &prot, libc::PROT_READ | libc::PROT_WRITE)?;
    let access = c_int_or(th, &access, 0)?;
    let offset = if offset.is_unbound() { 0 } else { c_long(th, &offset)? };
    let track_fd = trackfd.is_unbound() || th.truth(&trackfd)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(th.overflow_error("memory mapped length must be positive"));
    };
    if offset < 0 {
        return Err(th.overflow_error("memory mapped offset must be positive"));
    }
    let Mode { flags, prot, access: mode } = mode(th, flags, prot, access)?;
    let (fd_value, offset_value) = (th.int(i64::from(fd)), th.int(offset));
    th.audit("mmap.__new__", &[fd_value, th.usize(length), th.int(i64::from(access)), offset_value])?;
    let failed = |errno| th.os_error(errno, None);
    let (length, flags, own_fd) = if fd == -1 {
        (length, flags | libc::MAP_ANONYMOUS, -1)
    } else {
        let length = length_in_file(th, fd, length, offset)?;
        let own = if track_fd { file::dup(fd).map_err(failed)? } else { -1 };
        (length, flags, own)
    };
    let mapping = th.detach(|| Mapping::new(length, prot, flags, fd, offset));
    let mapping = match mapping {
        Ok(mapping) => mapping,
        Err(errno) => {
            if own_fd >= 0 {
                let _ = file::close(own_fd);
            }
            return Err(failed(errno));
        }
    };
    let map = Mmap {
        store: MappedStore::new(mapping),
        pos: AtomicUsize::new(0),
        fd: AtomicI32::new(own_fd),
        offset,
        flags,
        track_fd,
        access: mode,
    };
    th.make_object(class, map)
}
