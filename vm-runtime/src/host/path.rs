//! Calls on paths. `dir` is a directory's descriptor or [`CWD`]; `follow` says whether a symbolic link is followed.
use super::file::Stat;
use super::{SysResult, copy_c_string, errno, set_errno, sys, zeroed};
use std::ffi::CStr;

/// The working directory in place of a directory's descriptor.
pub const CWD: i32 = libc::AT_FDCWD;

fn nofollow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// `fstatat`.
pub fn stat(dir: i32, path: &CStr, follow: bool) -> SysResult<Stat> {
    let mut stat = zeroed!(Stat);
    sys!(libc::fstatat(dir, path.as_ptr(), &raw mut stat, nofollow(follow)))?;
    Ok(stat)
}

/// `faccessat`.
pub fn access(dir: i32, path: &CStr, mode: i32, effective_ids: bool, follow: bool) -> bool {
    let flags = nofollow(follow) | if effective_ids { libc::AT_EACCESS } else { 0 };
    sys!(libc::faccessat(dir, path.as_ptr(), mode, flags)).is_ok()
}

/// `mkdirat`.
pub fn mkdir(dir: i32, path: &CStr, mode: u32) -> SysResult<()> {
    sys!(libc::mkdirat(dir, path.as_ptr(), mode)).map(drop)
}

/// `mkfifoat`.
pub fn mkfifo(dir: i32, path: &CStr, mode: u32) -> SysResult<()> {
    sys!(libc::mkfifoat(dir, path.as_ptr(), mode)).map(drop)
}

/// `mknodat`.
pub fn mknod(dir: i32, path: &CStr, mode: u32, device: u64) -> SysResult<()> {
    sys!(libc::mknodat(dir, path.as_ptr(), mode, device)).map(drop)
}

/// `unlinkat`, of a directory if `directory`.
pub fn unlink(dir: i32, path: &CStr, directory: bool) -> SysResult<()> {
    sys!(libc::unlinkat(dir, path.as_ptr(), if directory { libc::AT_REMOVEDIR } else { 0 })).map(drop)
}

/// `renameat`.
pub fn rename(dir: i32, from: &CStr, to_dir: i32, to: &CStr) -> SysResult<()> {
    sys!(libc::renameat(dir, from.as_ptr(), to_dir, to.as_ptr())).map(drop)
}

/// `linkat`.
pub fn link(dir: i32, from: &CStr, to_dir: i32, to: &CStr, follow: bool) -> SysResult<()> {
    let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
    sys!(libc::linkat(dir, from.as_ptr(), to_dir, to.as_ptr(), flags)).map(drop)
}

/// `symlinkat`.
pub fn symlink(target: &CStr, dir: i32, path: &CStr) -> SysResult<()> {
    sys!(libc::symlinkat(target.as_ptr(), dir, path.as_ptr())).map(drop)
}

/// `readlinkat`.
pub fn readlink(dir: i32, path: &CStr) -> SysResult<Vec<u8>> {
    let mut target = vec![0; 4097];
    let n = sys!(libc::readlinkat(dir, path.as_ptr(), target.as_mut_ptr().cast(), target.len()))?;
    target.truncate(n as usize);
    Ok(target)
}

/// `fchmodat`.
pub fn chmod(dir: i32, path: &CStr, mode: u32, follow: bool) -> SysResult<()> {
    sys!(libc::fchmodat(dir, path.as_ptr(), mode, nofollow(follow))).map(drop)
}

/// `fchownat`.
pub fn chown(dir: i32, path: &CStr, uid: u32, gid: u32, follow: bool) -> SysResult<()> {
    sys!(libc::fchownat(dir, path.as_ptr(), uid, gid, nofollow(follow))).map(drop)
}

/// `utimensat`.
pub fn utimens(dir: i32, path: &CStr, times: &[libc::timespec; 2], follow: bool) -> SysResult<()> {
    sys!(libc::utimensat(dir, path.as_ptr(), times.as_ptr(), nofollow(follow))).map(drop)
}

/// `truncate`.
pub fn truncate(path: &CStr, length: i64) -> SysResult<()> {
    sys!(libc::truncate(path.as_ptr(), length)).map(drop)
}

/// `chdir`.
pub fn chdir(path: &CStr) -> SysResult<()> {
    sys!(libc::chdir(path.as_ptr())).map(drop)
}

/// `chroot`.
pub fn chroot(path: &CStr) -> SysResult<()> {
    sys!(libc::chroot(path.as_ptr())).map(drop)
}

/// `getcwd`.
pub fn getcwd() -> SysResult<Vec<u8>> {
    let mut size = 1024;
    loop {
        let mut path = vec![0u8; size];
        // SAFETY: R1 (host).
        let result = unsafe { libc::getcwd(path.as_mut_ptr().cast(), path.len()) };
        if !result.is_null() {
            path.truncate(path.iter().position(|&b| b == 0).unwrap_or(0));
            return Ok(path);
        }
        match errno() {
            libc::ERANGE if size < 1 << 20 => size *= 2,
            errno => return Err(errno),
        }
    }
}

/// `statvfs`.
pub fn statvfs(path: &CStr) -> SysResult<libc::statvfs> {
    let mut out = zeroed!(libc::statvfs);
    sys!(libc::statvfs(path.as_ptr(), &raw mut out))?;
    Ok(out)
}

/// `pathconf`: None where there is no limit.
pub fn pathconf(path: &CStr, name: i32) -> SysResult<Option<i64>> {
    set_errno(0);
    // SAFETY: R1 (host).
    let value = unsafe { libc::pathconf(path.as_ptr(), name) };
    match (value, errno()) {
        (-1, 0) => Ok(None),
        (-1, errno) => Err(errno),
        _ => Ok(Some(value)),
    }
}

/// `getxattr` (`path`), with the attribute's whole value.
pub fn getxattr(target: Target<'_>, name: &CStr) -> SysResult<Vec<u8>> {
    grow(128, |value| match target {
        Target::Path(path, true) => {
            sys!(libc::getxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()))
        }
        Target::Path(path, false) => {
            sys!(libc::lgetxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()))
        }
        Target::Fd(fd) => sys!(libc::fgetxattr(fd, name.as_ptr(), value.as_mut_ptr().cast(), value.len())),
    })
}

/// `listxattr`: names, each ended by a NUL.
pub fn listxattr(target: Target<'_>) -> SysResult<Vec<u8>> {
    grow(256, |value| match target {
        Target::Path(path, true) => {
            sys!(libc::listxattr(path.as_ptr(), value.as_mut_ptr().cast(), value.len()))
        }
        Target::Path(path, false) => {
            sys!(libc::llistxattr(path.as_ptr(), value.as_mut_ptr().cast(), value.len()))
        }
        Target::Fd(fd) => sys!(libc::flistxattr(fd, value.as_mut_ptr().cast(), value.len())),
    })
}

/// `setxattr`.
pub fn setxattr(target: Target<'_>, name: &CStr, value: &[u8], flags: i32) -> SysResult<()> {
    let (data, len) = (value.as_ptr().cast(), value.len());
    match target {
        Target::Path(path, true) => sys!(libc::setxattr(path.as_ptr(), name.as_ptr(), data, len, flags)),
        Target::Path(path, false) => sys!(libc::lsetxattr(path.as_ptr(), name.as_ptr(), data, len, flags)),
        Target::Fd(fd) => sys!(libc::fsetxattr(fd, name.as_ptr(), data, len, flags)),
    }
    .map(drop)
}

/// `removexattr`.
pub fn removexattr(target: Target<'_>, name: &CStr) -> SysResult<()> {
    match target {
        Target::Path(path, true) => sys!(libc::removexattr(path.as_ptr(), name.as_ptr())),
        Target::Path(path, false) => sys!(libc::lremovexattr(path.as_ptr(), name.as_ptr())),
        Target::Fd(fd) => sys!(libc::fremovexattr(fd, name.as_ptr())),
    }
    .map(drop)
}

/// What an extended attribute belongs to: a path (and whether links are followed) or a descriptor.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// A path; true follows a symbolic link.
    Path(&'a CStr, bool),
    /// An open file.
    Fd(i32),
}

fn grow(start: usize, call: impl Fn(&mut Vec<u8>) -> SysResult<isize>) -> SysResult<Vec<u8>> {
    let mut size = start;
    loop {
        let mut value = vec![0; size];
        match call(&mut value) {
            Ok(n) => {
                value.truncate(n as usize);
                return Ok(value);
            }
            Err(libc::ERANGE) if size < 65536 => size = 65536,
            Err(errno) => return Err(errno),
        }
    }
}

/// An entry of a directory.
pub struct DirEntry {
    /// File name.
    pub name: Vec<u8>,
    /// Inode number.
    pub inode: u64,
    /// `DT_*`.
    pub kind: u8,
}

/// An open directory stream.
pub struct DirStream(*mut libc::DIR);
// SAFETY: the stream is used through `&mut` alone, and the C library ties it to no thread.
unsafe impl Send for DirStream {}

impl DirStream {
    /// `opendir`.
    pub fn open(path: &CStr) -> SysResult<DirStream> {
        // SAFETY: R1 (host).
        let stream = unsafe { libc::opendir(path.as_ptr()) };
        if stream.is_null() { Err(errno()) } else { Ok(DirStream(stream)) }
    }

    /// `fdopendir` of a duplicate of `fd`, from its beginning.
    pub fn open_fd(fd: i32) -> SysResult<DirStream> {
        let copy = super::file::dup(fd)?;
        // SAFETY: no pointers.
        let stream = unsafe { libc::fdopendir(copy) };
        if stream.is_null() {
            let error = errno();
            let _ = super::file::close(copy);
            return Err(error);
        }
        // SAFETY: the stream is live.
        unsafe { libc::rewinddir(stream) };
        Ok(DirStream(stream))
    }

    /// `readdir`: the next entry but `.` and `..`.
    pub fn next_entry(&mut self) -> SysResult<Option<DirEntry>> {
        loop {
            set_errno(0);
            // SAFETY: the stream is live.
            let entry = unsafe { libc::readdir(self.0) };
            if entry.is_null() {
                return match errno() {
                    0 => Ok(None),
                    errno => Err(errno),
                };
            }
            // SAFETY: R3 (host): valid until the next call on this stream. The record may be shorter than the structure,
            // so fields are read through the raw pointer.
            let (name, inode, kind) = unsafe {
                (copy_c_string((&raw const (*entry).d_name).cast()), (*entry).d_ino, (*entry).d_type)
            };
            let name = name.unwrap_or_default();
            if name != b"." && name != b".." {
                return Ok(Some(DirEntry { name, inode, kind }));
            }
        }
    }

    /// Rewinds the stream (a descriptor given by the program shares its position).
    pub fn rewind(&mut self) {
        // SAFETY: the stream is live.
        unsafe { libc::rewinddir(self.0) };
    }
}

impl Drop for DirStream {
    fn drop(&mut self) {
        // SAFETY: the stream is live and closed once.
        unsafe { libc::closedir(self.0) };
    }
}
