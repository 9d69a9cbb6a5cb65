//! Calls on open file descriptors.
use super::{SysResult, sys, zeroed};
use std::ffi::CStr;

/// The result of `stat`.
pub type Stat = libc::stat;

/// The most bytes that one read or write asks for.
pub const MAX_IO: usize = 0x7fff_f000;

/// `openat`; `dir` is `libc::AT_FDCWD` for the working directory.
pub fn open(dir: i32, path: &CStr, flags: i32, mode: u32) -> SysResult<i32> {
    sys!(libc::openat(dir, path.as_ptr(), flags, mode))
}

/// `close`.
pub fn close(fd: i32) -> SysResult<()> {
    sys!(libc::close(fd)).map(drop)
}

/// `close` of every descriptor from `low` up to, not including, `high`; errors are ignored.
pub fn close_range(low: i32, high: i32) {
    for fd in low.max(0)..high {
        let _ = close(fd);
    }
}

/// `read`.
pub fn read(fd: i32, into: &mut [u8]) -> SysResult<usize> {
    let n = into.len().min(MAX_IO);
    sys!(libc::read(fd, into.as_mut_ptr().cast(), n)).map(|n| n as usize)
}

/// `write`.
pub fn write(fd: i32, data: &[u8]) -> SysResult<usize> {
    let n = data.len().min(MAX_IO);
    sys!(libc::write(fd, data.as_ptr().cast(), n)).map(|n| n as usize)
}

/// `pread`.
pub fn pread(fd: i32, into: &mut [u8], offset: i64) -> SysResult<usize> {
    let n = into.len().min(MAX_IO);
    sys!(libc::pread(fd, into.as_mut_ptr().cast(), n, offset)).map(|n| n as usize)
}

/// `pwrite`.
pub fn pwrite(fd: i32, data: &[u8], offset: i64) -> SysResult<usize> {
    let n = data.len().min(MAX_IO);
    sys!(libc::pwrite(fd, data.as_ptr().cast(), n, offset)).map(|n| n as usize)
}

fn vectors(parts: &[&[u8]]) -> Vec<libc::iovec> {
    parts
        .iter()
        .map(|part| libc::iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() })
        .collect()
}

fn vectors_mut(parts: &mut [Vec<u8>]) -> Vec<libc::iovec> {
    parts
        .iter_mut()
        .map(|part| libc::iovec { iov_base: part.as_mut_ptr().cast(), iov_len: part.len() })
        .collect()
}

/// `writev`.
pub fn writev(fd: i32, parts: &[&[u8]]) -> SysResult<usize> {
    let list = vectors(parts);
    sys!(libc::writev(fd, list.as_ptr(), list.len() as i32)).map(|n| n as usize)
}

/// `readv`.
pub fn readv(fd: i32, parts: &mut [Vec<u8>]) -> SysResult<usize> {
    let list = vectors_mut(parts);
    sys!(libc::readv(fd, list.as_ptr(), list.len() as i32)).map(|n| n as usize)
}

/// `pwritev2`.
pub fn pwritev(fd: i32, parts: &[&[u8]], offset: i64, flags: i32) -> SysResult<usize> {
    let list = vectors(parts);
    sys!(libc::pwritev2(fd, list.as_ptr(), list.len() as i32, offset, flags)).map(|n| n as usize)
}

/// `preadv2`.
pub fn preadv(fd: i32, parts: &mut [Vec<u8>], offset: i64, flags: i32) -> SysResult<usize> {
    let list = vectors_mut(parts);
    sys!(libc::preadv2(fd, list.as_ptr(), list.len() as i32, offset, flags)).map(|n| n as usize)
}

/// `lseek`.
pub fn lseek(fd: i32, offset: i64, whence: i32) -> SysResult<i64> {
    sys!(libc::lseek(fd, offset, whence))
}

/// `ftruncate`.
pub fn ftruncate(fd: i32, length: i64) -> SysResult<()> {
    sys!(libc::ftruncate(fd, length)).map(drop)
}

/// `fstat`.
pub fn fstat(fd: i32) -> SysResult<Stat> {
    let mut stat = zeroed!(Stat);
    sys!(libc::fstat(fd, &raw mut stat))?;
    Ok(stat)
}

/// `fsync`.
pub fn fsync(fd: i32) -> SysResult<()> {
    sys!(libc::fsync(fd)).map(drop)
}

/// `fdatasync`.
pub fn fdatasync(fd: i32) -> SysResult<()> {
    sys!(libc::fdatasync(fd)).map(drop)
}

/// `sync`.
pub fn sync() {
    // SAFETY: no arguments.
    unsafe { libc::sync() };
}

/// `fchmod`.
pub fn fchmod(fd: i32, mode: u32) -> SysResult<()> {
    sys!(libc::fchmod(fd, mode)).map(drop)
}

/// `fchown`.
pub fn fchown(fd: i32, uid: u32, gid: u32) -> SysResult<()> {
    sys!(libc::fchown(fd, uid, gid)).map(drop)
}

/// `fchdir`.
pub fn fchdir(fd: i32) -> SysResult<()> {
    sys!(libc::fchdir(fd)).map(drop)
}

/// `dup` with close-on-exec set.
pub fn dup(fd: i32) -> SysResult<i32> {
    sys!(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0))
}

/// `dup2`, or `dup3` with close-on-exec unless `inheritable`.
pub fn dup2(fd: i32, to: i32, inheritable: bool) -> SysResult<i32> {
    if inheritable { sys!(libc::dup2(fd, to)) } else { sys!(libc::dup3(fd, to, libc::O_CLOEXEC)) }
}

/// `pipe2`: (read end, write end).
pub fn pipe2(flags: i32) -> SysResult<(i32, i32)> {
    let mut ends = [0; 2];
    sys!(libc::pipe2(ends.as_mut_ptr(), flags))?;
    Ok((ends[0], ends[1]))
}

/// `fcntl` with an integer argument.
pub fn fcntl(fd: i32, command: i32, argument: i64) -> SysResult<i32> {
    sys!(libc::fcntl(fd, command, argument))
}

/// `fcntl` with a buffer of at least 1024 bytes that the system may rewrite.
pub fn fcntl_buffer(fd: i32, command: i32, buffer: &mut [u8; 1024]) -> SysResult<i32> {
    sys!(libc::fcntl(fd, command, buffer.as_mut_ptr()))
}

/// `fcntl` record lock; `wait` blocks.
pub fn lock_range(fd: i32, kind: i16, whence: i16, start: i64, length: i64, wait: bool) -> SysResult<()> {
    let mut lock = zeroed!(libc::flock);
    lock.l_type = kind;
    lock.l_whence = whence;
    lock.l_start = start;
    lock.l_len = length;
    sys!(libc::fcntl(fd, if wait { libc::F_SETLKW } else { libc::F_SETLK }, &raw const lock)).map(drop)
}

/// `flock`.
pub fn flock(fd: i32, operation: i32) -> SysResult<()> {
    sys!(libc::flock(fd, operation)).map(drop)
}

/// `lockf`.
pub fn lockf(fd: i32, command: i32, length: i64) -> SysResult<()> {
    sys!(libc::lockf(fd, command, length)).map(drop)
}

/// `ioctl` with an integer argument.
pub fn ioctl(fd: i32, request: u64, argument: i64) -> SysResult<i32> {
    sys!(libc::ioctl(fd, request, argument))
}

/// `ioctl` with a buffer that the system may rewrite (and, as everywhere, may overrun if the request is larger: the buffer
/// is padded by the caller to the largest request that Python's API allows).
pub fn ioctl_buffer(fd: i32, request: u64, buffer: &mut [u8]) -> SysResult<i32> {
    sys!(libc::ioctl(fd, request, buffer.as_mut_ptr()))
}

/// Whether the descriptor is inherited by programs that this one executes.
pub fn inheritable(fd: i32) -> SysResult<bool> {
    Ok(fcntl(fd, libc::F_GETFD, 0)? & libc::FD_CLOEXEC == 0)
}

/// Sets whether the descriptor is inherited.
pub fn set_inheritable(fd: i32, inheritable: bool) -> SysResult<()> {
    let old = fcntl(fd, libc::F_GETFD, 0)?;
    let new = if inheritable { old & !libc::FD_CLOEXEC } else { old | libc::FD_CLOEXEC };
    if new != old {
        fcntl(fd, libc::F_SETFD, i64::from(new))?;
    }
    Ok(())
}

/// Whether reads and writes block.
pub fn blocking(fd: i32) -> SysResult<bool> {
    Ok(fcntl(fd, libc::F_GETFL, 0)? & libc::O_NONBLOCK == 0)
}

/// Sets whether reads and writes block.
pub fn set_blocking(fd: i32, blocking: bool) -> SysResult<()> {
    let old = fcntl(fd, libc::F_GETFL, 0)?;
    let new = if blocking { old & !libc::O_NONBLOCK } else { old | libc::O_NONBLOCK };
    if new != old {
        fcntl(fd, libc::F_SETFL, i64::from(new))?;
    }
    Ok(())
}

/// `isatty`.
#[must_use]
pub fn isatty(fd: i32) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::isatty(fd) == 1 }
}

/// `sendfile`; the offset is advanced by the system, so only the count is returned.
pub fn sendfile(to: i32, from: i32, offset: Option<i64>, count: usize) -> SysResult<usize> {
    let mut at = offset.unwrap_or(0);
    let pointer = if offset.is_some() { &raw mut at } else { std::ptr::null_mut() };
    sys!(libc::sendfile(to, from, pointer, count)).map(|n| n as usize)
}

/// `copy_file_range`.
pub fn copy_file_range(
    from: i32,
    to: i32,
    count: usize,
    from_at: Option<i64>,
    to_at: Option<i64>,
) -> SysResult<usize> {
    let (mut a, mut b) = (from_at.unwrap_or(0), to_at.unwrap_or(0));
    let pa = if from_at.is_some() { &raw mut a } else { std::ptr::null_mut() };
    let pb = if to_at.is_some() { &raw mut b } else { std::ptr::null_mut() };
    sys!(libc::copy_file_range(from, pa, to, pb, count, 0)).map(|n| n as usize)
}

/// `posix_fallocate` (errno is its result).
pub fn fallocate(fd: i32, offset: i64, length: i64) -> SysResult<()> {
    // SAFETY: no pointers.
    match unsafe { libc::posix_fallocate(fd, offset, length) } {
        0 => Ok(()),
        errno => Err(errno),
    }
}

/// `posix_fadvise` (errno is its result).
pub fn fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> SysResult<()> {
    // SAFETY: no pointers.
    match unsafe { libc::posix_fadvise(fd, offset, length, advice) } {
        0 => Ok(()),
        errno => Err(errno),
    }
}

/// `fstatvfs`.
pub fn fstatvfs(fd: i32) -> SysResult<libc::statvfs> {
    let mut out = zeroed!(libc::statvfs);
    sys!(libc::fstatvfs(fd, &raw mut out))?;
    Ok(out)
}

/// `fpathconf`: None where there is no limit.
pub fn fpathconf(fd: i32, name: i32) -> SysResult<Option<i64>> {
    super::set_errno(0);
    // SAFETY: no pointers.
    let value = unsafe { libc::fpathconf(fd, name) };
    match (value, super::errno()) {
        (-1, 0) => Ok(None),
        (-1, errno) => Err(errno),
        _ => Ok(Some(value)),
    }
}

/// `memfd_create`.
pub fn memfd_create(name: &CStr, flags: u32) -> SysResult<i32> {
    sys!(libc::memfd_create(name.as_ptr(), flags))
}

/// `eventfd`.
pub fn eventfd(initial: u32, flags: i32) -> SysResult<i32> {
    sys!(libc::eventfd(initial, flags))
}

/// `getrandom`.
pub fn getrandom(into: &mut [u8], flags: u32) -> SysResult<usize> {
    sys!(libc::getrandom(into.as_mut_ptr().cast(), into.len(), flags)).map(|n| n as usize)
}

/// `futimens`: (seconds, nanoseconds) of access and modification.
pub fn futimens(fd: i32, times: &[libc::timespec; 2]) -> SysResult<()> {
    sys!(libc::futimens(fd, times.as_ptr())).map(drop)
}

/// `splice`.
pub fn splice(
    from: i32,
    to: i32,
    count: usize,
    from_at: Option<i64>,
    to_at: Option<i64>,
    flags: u32,
) -> SysResult<usize> {
    let (mut a, mut b) = (from_at.unwrap_or(0), to_at.unwrap_or(0));
    let pa = if from_at.is_some() { &raw mut a } else { std::ptr::null_mut() };
    let pb = if to_at.is_some() { &raw mut b } else { std::ptr::null_mut() };
    sys!(libc::splice(from, pa, to, pb, count, flags)).map(|n| n as usize)
}
