//! Functions of `posix` on paths.
use super::brief;
use crate::ext::ThreadExt;
use crate::io::{buffers, retry};
use crate::numbers::{Round, c_int, c_int_or, id, nanoseconds, timespec};
use crate::path_arg::{PathArg, PathRule, dir_fd, follow, fs_decode, fspath, rule, rule_fd};
use vm_runtime::host::{SysResult, file, path};
use vm_runtime::prelude::*;

pub static FUNCTIONS: &[MethodDef] = &[
    m(
        "access",
        "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        access,
        "Use the real uid/gid to test for access to a path.",
    ),
    m("mkdir", "(path, mode=0o777, *, dir_fd=None)", mkdir, "Create a directory."),
    m("mkfifo", "(path, mode=0o666, *, dir_fd=None)", mkfifo, "Create a \"fifo\" (a POSIX named pipe)."),
    m("mknod", "(path, mode=0o600, device=0, *, dir_fd=None)", mknod, "Create a node in the file system."),
    m("rmdir", "(path, *, dir_fd=None)", rmdir, "Remove a directory."),
    m("unlink", "(path, *, dir_fd=None)", unlink, "Remove a file (same as remove())."),
    m("remove", "(path, *, dir_fd=None)", remove, "Remove a file (same as unlink())."),
    m("rename", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", rename, "Rename a file or directory."),
    m(
        "replace",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        replace,
        "Rename a file or directory, overwriting the destination.",
    ),
    m(
        "link",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=(os.name != 'nt'))",
        link,
        "Create a hard link to a file.",
    ),
    m(
        "symlink",
        "(src, dst, target_is_directory=False, *, dir_fd=None)",
        symlink,
        "Create a symbolic link pointing to src named dst.",
    ),
    m(
        "readlink",
        "(path, *, dir_fd=None)",
        readlink,
        "Return a string representing the path to which the symbolic link points.",
    ),
    m(
        "chmod",
        "(path, mode, *, dir_fd=None, follow_symlinks=(os.name != 'nt'))",
        chmod,
        "Change the access permissions of a file.",
    ),
    m(
        "chown",
        "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        chown,
        "Change the owner and group id of path to the numeric uid and gid.",
    ),
    m(
        "lchown",
        "(path, uid, gid)",
        lchown,
        "Change the owner and group id of path to the numeric uid and gid.",
    ),
    m(
        "utime",
        "(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)",
        utime,
        "Set the access and modified time of path.",
    ),
    m("chdir", "(path)", chdir, "Change the current working directory to the specified path."),
    m("chroot", "(path)", chroot, "Change root directory to path."),
    m("getcwd", "()", getcwd, "Return a unicode string representing the current working directory."),
    m("getcwdb", "()", getcwdb, "Return a bytes string representing the current working directory."),
    m("fspath", "(path)", fspath_function, "Return the file system path representation of the object."),
    m(
        "getxattr",
        "(path, attribute, *, follow_symlinks=True)",
        getxattr,
        "Return the value of extended attribute attribute on path.",
    ),
    m(
        "setxattr",
        "(path, attribute, value, flags=0, *, follow_symlinks=True)",
        setxattr,
        "Set extended attribute attribute on path to value.",
    ),
    m(
        "removexattr",
        "(path, attribute, *, follow_symlinks=True)",
        removexattr,
        "Remove extended attribute attribute on path.",
    ),
    m(
        "listxattr",
        "(path=None, *, follow_symlinks=True)",
        listxattr,
        "Return a list of extended attributes on path.",
    ),
    m("_path_normpath", "(path)", path_normpath, "Normalize path, eliminating double slashes, etc."),
    m("_path_splitroot_ex", "(p, /)", path_splitroot_ex, "Split a pathname into drive, root and tail."),
];

fn finish(th: &Thread, path: &PathArg, result: SysResult<()>) -> PyResult<Value> {
    result.map(|()| Value::NONE).map_err(|errno| path.error(th, errno))
}

fn finish_two(th: &Thread, from: &PathArg, to: &PathArg, result: SysResult<()>) -> PyResult<Value> {
    result.map(|()| Value::NONE).map_err(|errno| th.os_error_two(errno, &from.value, &to.value))
}

fn access(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("access", "path").read(th, &args[0])?;
    let mode = c_int(th, &args[1])?;
    let dir = dir_fd(th, &args[2])?;
    let effective = !args[3].is_unbound() && th.truth(&args[3])?;
    let follow = follow(th, &args[4])?;
    Ok(Value::bool(th.detach(|| path::access(dir, path.c_str(), mode, effective, follow))))
}

fn mkdir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("mkdir", "path").read(th, &args[0])?;
    let mode = c_int_or(th, &args[1], 0o777)? as u32;
    let dir = dir_fd(th, &args[2])?;
    th.audit(
        "os.mkdir",
        &[
            path.value.clone(),
            th.int(i64::from(mode)),
            th.int(i64::from(if dir == path::CWD { -1 } else { dir })),
        ],
    )?;
    let result = th.detach(|| path::mkdir(dir, path.c_str(), mode));
    finish(th, &path, result)
}

fn mkfifo(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("mkfifo", "path").read(th, &args[0])?;
    let mode = c_int_or(th, &args[1], 0o666)? as u32;
    let dir = dir_fd(th, &args[2])?;
    let result = retry(th, || path::mkfifo(dir, path.c_str(), mode))?;
    finish(th, &path, result)
}

fn mknod(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("mknod", "path").read(th, &args[0])?;
    let mode = c_int_or(th, &args[1], 0o600)? as u32;
    let device = if args[2].is_unbound() { 0 } else { crate::numbers::c_long(th, &args[2])? as u64 };
    let dir = dir_fd(th, &args[3])?;
    let result = retry(th, || path::mknod(dir, path.c_str(), mode, device))?;
    finish(th, &path, result)
}

fn rmdir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("rmdir", "path").read(th, &args[0])?;
    let dir = dir_fd(th, &args[1])?;
    let result = th.detach(|| path::unlink(dir, path.c_str(), true));
    finish(th, &path, result)
}

fn unlink(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("unlink", "path").read(th, &args[0])?;
    unlink_path(th, &path, args)
}

fn remove(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("remove", "path").read(th, &args[0])?;
    unlink_path(th, &path, args)
}

fn unlink_path(th: &Thread, path: &PathArg, args: &[Value]) -> PyResult<Value> {
    let dir = dir_fd(th, &args[1])?;
    let result = th.detach(|| path::unlink(dir, path.c_str(), false));
    finish(th, path, result)
}

fn rename_as(th: &Thread, function: &'static str, args: &[Value]) -> PyResult<Value> {
    let from = rule(function, "src").read(th, &args[0])?;
    let to = rule(function, "dst").read(th, &args[1])?;
    let (from_dir, to_dir) = (dir_fd(th, &args[2])?, dir_fd(th, &args[3])?);
    let result = th.detach(|| path::rename(from_dir, from.c_str(), to_dir, to.c_str()));
    finish_two(th, &from, &to, result)
}

fn rename(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    rename_as(th, "rename", args)
}

fn replace(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    rename_as(th, "replace", args)
}

fn link(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let from = rule("link", "src").read(th, &args[0])?;
    let to = rule("link", "dst").read(th, &args[1])?;
    let (from_dir, to_dir) = (dir_fd(th, &args[2])?, dir_fd(th, &args[3])?);
    // link() itself does not follow on this system, and that is what an omitted argument means.
    let follow = !args[4].is_unbound() && th.truth(&args[4])?;
    let result = th.detach(|| path::link(from_dir, from.c_str(), to_dir, to.c_str(), follow));
    finish_two(th, &from, &to, result)
}

fn symlink(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let from = rule("symlink", "src").read(th, &args[0])?;
    let to = rule("symlink", "dst").read(th, &args[1])?;
    let dir = dir_fd(th, &args[3])?;
    let result = th.detach(|| path::symlink(from.c_str(), dir, to.c_str()));
    finish_two(th, &from, &to, result)
}

fn readlink(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("readlink", "path").read(th, &args[0])?;
    let dir = dir_fd(th, &args[1])?;
    match th.detach(|| path::readlink(dir, path.c_str())) {
        Ok(target) => Ok(path.decode(th, &target)),
        Err(errno) => Err(path.error(th, errno)),
    }
}

fn chmod(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("chmod", "path").read(th, &args[0])?;
    let mode = c_int(th, &args[1])? as u32;
    let dir = dir_fd(th, &args[2])?;
    let follow = follow(th, &args[3])?;
    let result = match path.fd {
        Some(fd) => th.detach(|| file::fchmod(fd, mode)),
        None => th.detach(|| path::chmod(dir, path.c_str(), mode, follow)),
    };
    if result == Err(libc::EOPNOTSUPP) && !follow {
        let with = if dir == path::CWD { "" } else { "dir_fd and " };
        return Err(if with.is_empty() {
            th.not_implemented_error("chmod: follow_symlinks unavailable on this platform")
        } else {
            th.value_error("chmod: cannot use dir_fd and follow_symlinks together")
        });
    }
    finish(th, &path, result)
}

fn chown(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("chown", "path").read(th, &args[0])?;
    let (uid, gid) = (id(th, &args[1], "uid")?, id(th, &args[2], "gid")?);
    let dir = dir_fd(th, &args[3])?;
    let follow = follow(th, &args[4])?;
    if path.fd.is_some() && dir != path::CWD {
        return Err(th.value_error("chown: can't specify both dir_fd and fd"));
    }
    if path.fd.is_some() && !follow {
        return Err(th.value_error("chown: cannot use fd and follow_symlinks together"));
    }
    let result = match path.fd {
        Some(fd) => th.detach(|| file::fchown(fd, uid, gid)),
        None => th.detach(|| path::chown(dir, path.c_str(), uid, gid, follow)),
    };
    finish(th, &path, result)
}

fn lchown(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("lchown", "path").read(th, &args[0])?;
    let (uid, gid) = (id(th, &args[1], "uid")?, id(th, &args[2], "gid")?);
    let result = th.detach(|| path::chown(path::CWD, path.c_str(), uid, gid, false));
    finish(th, &path, result)
}

fn utime(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("utime", "path").read(th, &args[0])?;
    let (times, ns) = (&args[1], &args[2]);
    let dir = dir_fd(th, &args[3])?;
    let follow = follow(th, &args[4])?;
    let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
    let has_times = !times.is_unbound() && !times.is_none();
    if has_times && !ns.is_unbound() {
        return Err(th.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let pair = |value: &Value, message: &str| match value.payload::<Tuple>().map(Tuple::as_slice) {
        Some([a, b]) => Ok((a.clone(), b.clone())),
        _ => Err(th.type_error(message)),
    };
    let both = if has_times {
        let (a, b) = pair(times, "utime: 'times' must be either a tuple of two ints or None")?;
        [timespec(nanoseconds(th, &a, Round::Floor)?), timespec(nanoseconds(th, &b, Round::Floor)?)]
    } else if !ns.is_unbound() {
        let (a, b) = pair(ns, "utime: 'ns' must be a tuple of two ints")?;
        [split_ns(th, &a)?, split_ns(th, &b)?]
    } else {
        [now, now]
    };
    if path.fd.is_some() && dir != path::CWD {
        return Err(th.value_error("utime: can't specify both dir_fd and fd"));
    }
    if path.fd.is_some() && !follow {
        return Err(th.value_error("utime: cannot use fd and follow_symlinks together"));
    }
    let result = match path.fd {
        Some(fd) => th.detach(|| file::futimens(fd, &both)),
        None => th.detach(|| path::utimens(dir, path.c_str(), &both, follow)),
    };
    finish(th, &path, result)
}

fn split_ns(th: &Thread, value: &Value) -> PyResult<libc::timespec> {
    let parts = th.binary(BinaryOp::DivMod, value, &th.int(1_000_000_000))?;
    let Some([seconds, nanos]) = parts.payload::<Tuple>().map(Tuple::as_slice) else {
        let got = value.type_name(th);
        return Err(
            th.type_error(format!("{got}.__divmod__() must return a 2-tuple, not {}", parts.type_name(th)))
        );
    };
    Ok(libc::timespec {
        tv_sec: crate::numbers::c_long(th, seconds)?,
        tv_nsec: crate::numbers::c_long(th, nanos)?,
    })
}

fn chdir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("chdir", "path").read(th, &args[0])?;
    th.audit("os.chdir", std::slice::from_ref(&path.value))?;
    let result = match path.fd {
        Some(fd) => th.detach(|| file::fchdir(fd)),
        None => th.detach(|| path::chdir(path.c_str())),
    };
    finish(th, &path, result)
}

fn chroot(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("chroot", "path").read(th, &args[0])?;
    let result = th.detach(|| path::chroot(path.c_str()));
    finish(th, &path, result)
}

fn getcwd(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let path = brief(th, path::getcwd)?;
    Ok(fs_decode(th, &path))
}

fn getcwdb(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let path = brief(th, path::getcwd)?;
    Ok(th.bytes(&path))
}

fn fspath_function(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    fspath(th, &args[0])
}

fn attribute(
    th: &Thread,
    function: &'static str,
    args: &[Value],
    follow_at: usize,
) -> PyResult<(PathArg, PathArg, bool)> {
    let path = rule_fd(function, "path").read(th, &args[0])?;
    let name = rule(function, "attribute").read(th, &args[1])?;
    let follow = follow(th, &args[follow_at])?;
    if path.fd.is_some() && !follow {
        return Err(th.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok((path, name, follow))
}

fn target(path: &PathArg, follow: bool) -> path::Target<'_> {
    match path.fd {
        Some(fd) => path::Target::Fd(fd),
        None => path::Target::Path(path.c_str(), follow),
    }
}

fn getxattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (path, name, follow) = attribute(th, "getxattr", args, 2)?;
    let value = th.detach(|| path::getxattr(target(&path, follow), name.c_str()));
    value.map(|value| th.bytes(&value)).map_err(|errno| path.error(th, errno))
}

fn setxattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (path, name, follow) = attribute(th, "setxattr", args, 4)?;
    let value = buffers::read(th, &args[2])?;
    let flags = c_int_or(th, &args[3], 0)?;
    let bytes = value.as_slice();
    let result = th.detach(|| path::setxattr(target(&path, follow), name.c_str(), bytes, flags));
    finish(th, &path, result)
}

fn removexattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (path, name, follow) = attribute(th, "removexattr", args, 2)?;
    let result = th.detach(|| path::removexattr(target(&path, follow), name.c_str()));
    finish(th, &path, result)
}

fn listxattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path =
        PathRule { function: "listxattr", argument: "path", fd: true, none: true }.read(th, &args[0])?;
    let follow = follow(th, &args[1])?;
    if path.fd.is_some() && !follow {
        return Err(th.value_error("listxattr: cannot use fd and follow_symlinks together"));
    }
    let names =
        th.detach(|| path::listxattr(target(&path, follow))).map_err(|errno| path.error(th, errno))?;
    let names =
        names.split(|&b| b == 0).filter(|name| !name.is_empty()).map(|name| fs_decode(th, name)).collect();
    Ok(th.list(names))
}

/// The path without `.`, `..` and doubled slashes; a root of exactly two slashes stays.
fn normalise(path: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        return b".".to_vec();
    }
    let root: &[u8] = match path {
        [b'/', b'/', b'/', ..] => b"/",
        [b'/', b'/', ..] => b"//",
        [b'/', ..] => b"/",
        _ => b"",
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&b| b == b'/') {
        if part.is_empty() || part == b"." {
            continue;
        }
        if part != b".." || (root.is_empty() && parts.last().is_none_or(|last| *last == b"..")) {
            parts.push(part);
        } else {
            parts.pop();
        }
    }
    let mut out = root.to_vec();
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}

/// A function from the bytes of a str or bytes path to those of parts of it, all of the path's type.
fn on_bytes(th: &Thread, value: &Value, f: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> PyResult<Vec<Value>> {
    let path = fspath(th, value)?;
    if let Some(text) = path.as_str() {
        // Slashes and dots are ASCII, so the parts of WTF-8 are WTF-8.
        return Ok(f(text.as_wtf8().as_bytes())
            .iter()
            .map(|part| crate::io::str_from_slice(th, part))
            .collect());
    }
    let bytes = path.payload::<Bytes>().map_or(&[][..], Bytes::as_slice);
    Ok(f(bytes).iter().map(|part| th.bytes(part)).collect())
}

fn path_normpath(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let made = on_bytes(th, &args[0], |path| vec![normalise(path)])?;
    made.into_iter().next().ok_or_else(|| th.system_error("normpath gave nothing"))
}

fn path_splitroot_ex(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let parts = on_bytes(th, &args[0], |path| {
        let slashes = path.iter().take_while(|&&b| b == b'/').count();
        let root = match slashes {
            0 => 0,
            2 => 2,
            _ => 1,
        };
        let (root, tail) = path.split_at(root);
        vec![Vec::new(), root.to_vec(), tail.to_vec()]
    })?;
    Ok(th.tuple(parts))
}
