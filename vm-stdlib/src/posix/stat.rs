//! `stat_result` and `statvfs_result`, and the functions that return them.
use crate::io::retry;
use crate::numbers::c_int;
use crate::path_arg::{PathArg, dir_fd, follow, rule, rule_fd};
use num_bigint::BigInt;
use vm_runtime::host::file::Stat;
use vm_runtime::host::{file, path};
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static FUNCTIONS: &[MethodDef] = &[
    m(
        "stat",
        "(path, *, dir_fd=None, follow_symlinks=True)",
        stat,
        "Perform a stat system call on the given path.",
    ),
    m(
        "lstat",
        "(path, *, dir_fd=None)",
        lstat,
        "Perform a stat system call on the given path, without following symbolic links.",
    ),
    m("fstat", "(fd)", fstat, "Perform a stat system call on the given file descriptor."),
    m("statvfs", "(path)", statvfs, "Perform a statvfs system call on the given path."),
    m("fstatvfs", "(fd, /)", fstatvfs, "Perform an fstatvfs system call on the given fd."),
];

static STAT_RESULT: StructSpec = StructSpec::new(
    "os.stat_result",
    "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.",
    &[("st_mode", "protection bits"), ("st_ino", "inode"), ("st_dev", "device"), ("st_nlink", "number of hard links"), ("st_uid", "user ID of owner"), ("st_gid", "group ID of owner"), ("st_size", "total size, in bytes"), ("", ""), ("", ""), ("", ""), ("st_atime", "time of last access"), ("st_mtime", "time of last modification"), ("st_ctime", "time of last change"), ("st_atime_ns", "time of last access in nanoseconds"), ("st_mtime_ns", "time of last modification in nanoseconds"), ("st_ctime_ns", "time of last change in nanoseconds"), ("st_blksize", "blocksize for filesystem I/O"), ("st_blocks", "number of blocks allocated"), ("st_rdev", "device type (if inode device)")],
    10,
)
.completed_by(complete_times);

/// Times in seconds that a program left out are those of the tuple's whole seconds.
fn complete_times(items: &mut [Value]) {
    for n in 7..10 {
        if items.get(n + 3).is_some_and(Value::is_none) {
            items[n + 3] = items[n].clone();
        }
    }
}

static STATVFS_RESULT: StructSpec = StructSpec::new(
    "os.statvfs_result",
    "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.",
    &[
        ("f_bsize", ""),
        ("f_frsize", ""),
        ("f_blocks", ""),
        ("f_bfree", ""),
        ("f_bavail", ""),
        ("f_files", ""),
        ("f_ffree", ""),
        ("f_favail", ""),
        ("f_flag", ""),
        ("f_namemax", ""),
        ("f_fsid", ""),
    ],
    10,
);

/// Adds the types to the module.
pub fn add_types(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "stat_result", STAT_RESULT.class(th)?)?;
    th.set_module_attr(module, "statvfs_result", STATVFS_RESULT.class(th)?)
}

fn wide(th: &Thread, n: u64) -> Value {
    match i64::try_from(n) {
        Ok(n) => th.int(n),
        Err(_) => th.int_from(BigInt::from(n)),
    }
}

/// A `stat_result`.
pub fn result(th: &Thread, s: &Stat) -> PyResult<Value> {
    let times = [(s.st_atime, s.st_atime_nsec), (s.st_mtime, s.st_mtime_nsec), (s.st_ctime, s.st_ctime_nsec)];
    let mut values = vec![
        th.int(i64::from(s.st_mode)),
        wide(th, s.st_ino),
        wide(th, s.st_dev),
        th.int(s.st_nlink as i64),
        crate::numbers::id_value(th, s.st_uid),
        crate::numbers::id_value(th, s.st_gid),
        th.int(s.st_size),
    ];
    values.extend(times.iter().map(|(seconds, _)| th.int(*seconds)));
    values.extend(times.iter().map(|(seconds, nanos)| th.float(*seconds as f64 + 1e-9 * *nanos as f64)));
    values.extend(times.iter().map(|(seconds, nanos)| match seconds.checked_mul(1_000_000_000) {
        Some(whole) => th.int(whole.saturating_add(*nanos)),
        None => th.int_from(BigInt::from(*seconds) * 1_000_000_000 + *nanos),
    }));
    values.extend([th.int(s.st_blksize), th.int(s.st_blocks), wide(th, s.st_rdev)]);
    STAT_RESULT.make(th, values)
}

fn stat_path(th: &Thread, path: &PathArg, function: &str, dir: i32, follow: bool) -> PyResult<Value> {
    if path.fd.is_some() && dir != path::CWD {
        return Err(th.value_error(format!("{function}: can't specify dir_fd without matching path")));
    }
    if path.fd.is_some() && !follow {
        return Err(th.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    let got = match path.fd {
        Some(fd) => th.detach(|| file::fstat(fd)),
        None => th.detach(|| path::stat(dir, path.c_str(), follow)),
    };
    match got {
        Ok(got) => result(th, &got),
        Err(errno) => Err(path.error(th, errno)),
    }
}

fn stat(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("stat", "path").read(th, &args[0])?;
    let dir = dir_fd(th, &args[1])?;
    let follow = follow(th, &args[2])?;
    stat_path(th, &path, "stat", dir, follow)
}

fn lstat(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("lstat", "path").read(th, &args[0])?;
    let dir = dir_fd(th, &args[1])?;
    stat_path(th, &path, "lstat", dir, false)
}

fn fstat(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    match retry(th, || file::fstat(fd))? {
        Ok(got) => result(th, &got),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn vfs_result(th: &Thread, s: &libc::statvfs) -> PyResult<Value> {
    let numbers = [
        s.f_bsize,
        s.f_frsize,
        s.f_blocks,
        s.f_bfree,
        s.f_bavail,
        s.f_files,
        s.f_ffree,
        s.f_favail,
        s.f_flag,
        s.f_namemax,
        s.f_fsid,
    ];
    STATVFS_RESULT.make(th, numbers.iter().map(|n| wide(th, *n)).collect())
}

fn statvfs(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("statvfs", "path").read(th, &args[0])?;
    let got = match path.fd {
        Some(fd) => th.detach(|| file::fstatvfs(fd)),
        None => th.detach(|| path::statvfs(path.c_str())),
    };
    match got {
        Ok(got) => vfs_result(th, &got),
        Err(errno) => Err(path.error(th, errno)),
    }
}

fn fstatvfs(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    match retry(th, || file::fstatvfs(fd))? {
        Ok(got) => vfs_result(th, &got),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}
