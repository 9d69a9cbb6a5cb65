//! Memory mappings: files or anonymous pages in this process's memory, reached by copies alone, since other processes and
//! other threads may write to them at any time.
use super::{SysResult, check, errno, sys};
use std::ops::Range;
use std::ptr::NonNull;

/// A mapping, which dropping it ends. It is not empty.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: R6 (host).
unsafe impl Send for Mapping {}
// SAFETY: R6 (host).
unsafe impl Sync for Mapping {}

impl Mapping {
    /// `mmap`. The memory can be read: whoever may write or run it may do that too.
    pub fn new(len: usize, prot: i32, flags: i32, fd: i32, offset: i64) -> SysResult<Mapping> {
        let flags = flags & !libc::MAP_FIXED & !libc::MAP_FIXED_NOREPLACE;
        let prot = prot | libc::PROT_READ;
        // SAFETY: R2 (host): new memory, nowhere that anything lies.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(errno());
        }
        NonNull::new(start.cast()).map(|start| Mapping { start, len }).ok_or(libc::ENOMEM)
    }

    /// Bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Where it starts.
    #[must_use]
    pub fn ptr(&self) -> NonNull<u8> {
        self.start
    }

    /// The part of a range that lies inside.
    fn clip(&self, range: Range<usize>) -> (*mut u8, usize) {
        let start = range.start.min(self.len);
        let len = range.end.clamp(start, self.len) - start;
        // SAFETY: R6 (host): inside.
        (unsafe { self.start.as_ptr().add(start) }, len)
    }

    /// Copies the part of a range that lies inside; None if there is no memory for the copy.
    #[must_use]
    pub fn read(&self, range: Range<usize>) -> Option<Vec<u8>> {
        let (from, len) = self.clip(range);
        let mut out = Vec::new();
        out.try_reserve_exact(len).ok()?;
        out.resize(len, 0);
        // SAFETY: R6 (host): `clip` gave mapped memory, and `out` has as much.
        unsafe { std::ptr::copy_nonoverlapping(from, out.as_mut_ptr(), len) };
        Some(out)
    }

    /// One byte.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<u8> {
        // SAFETY: R6 (host): inside.
        (at < self.len).then(|| unsafe { self.start.as_ptr().add(at).read_volatile() })
    }

    /// Writes bytes to writable memory; false if they do not fit there.
    #[must_use]
    pub fn write(&self, at: usize, bytes: &[u8]) -> bool {
        let fits = at.checked_add(bytes.len()).is_some_and(|end| end <= self.len);
        if fits {
            // SAFETY: R6 (host): inside; `bytes` may be a part of it.
            unsafe { std::ptr::copy(bytes.as_ptr(), self.start.as_ptr().add(at), bytes.len()) };
        }
        fits
    }

    /// Copies bytes within writable memory; false if either place lies outside.
    #[must_use]
    pub fn copy_within(&self, to: usize, from: usize, len: usize) -> bool {
        let fits = |at: usize| at.checked_add(len).is_some_and(|end| end <= self.len);
        let fits = fits(to) && fits(from);
        if fits {
            let start = self.start.as_ptr();
            // SAFETY: R6 (host): both inside.
            unsafe { std::ptr::copy(start.add(from), start.add(to), len) };
        }
        fits
    }

    /// Where in a range some bytes stand first.
    #[must_use]
    pub fn find(&self, range: Range<usize>, what: &[u8]) -> Option<usize> {
        let (from, len) = self.clip(range);
        // SAFETY: R1 and R6 (host).
        let found = unsafe { libc::memmem(from.cast(), len, what.as_ptr().cast(), what.len()) };
        (!found.is_null()).then(|| found.addr() - self.start.as_ptr().addr())
    }

    /// Where in a range some bytes stand last.
    #[must_use]
    pub fn rfind(&self, range: Range<usize>, what: &[u8]) -> Option<usize> {
        let (from, len) = self.clip(range.clone());
        let Some(&first) = what.first() else {
            return (range.start <= range.end).then(|| from.addr() + len - self.start.as_ptr().addr());
        };
        let mut left = (len + 1).checked_sub(what.len())?;
        while left > 0 {
            // SAFETY: R1 and R6 (host).
            let found = unsafe { libc::memrchr(from.cast(), i32::from(first), left) };
            if found.is_null() {
                return None;
            }
            // SAFETY: R1 and R6 (host): `left` leaves room for all of it.
            if unsafe { libc::memcmp(found, what.as_ptr().cast(), what.len()) } == 0 {
                return Some(found.addr() - self.start.as_ptr().addr());
            }
            left = found.addr() - from.addr();
        }
        None
    }

    /// `msync` of a part that lies inside.
    pub fn flush(&self, at: usize, len: usize) -> SysResult<()> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(libc::ENOMEM);
        }
        // SAFETY: R6 (host): inside.
        check(unsafe { libc::msync(self.start.as_ptr().add(at).cast(), len, libc::MS_SYNC) }).map(drop)
    }

    /// `madvise` of a part that lies inside.
    pub fn advise(&self, option: i32, at: usize, len: usize) -> SysResult<()> {
        /// The option after which reading is a fault.
        const GUARD_INSTALL: i32 = 102;
        if option == GUARD_INSTALL || at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(libc::EINVAL);
        }
        // SAFETY: R6 (host): inside, and still readable afterwards.
        check(unsafe { libc::madvise(self.start.as_ptr().add(at).cast(), len, option) }).map(drop)
    }

    /// `mremap`: another length, maybe elsewhere. Nobody else may have `ptr`.
    pub fn resize(&mut self, len: usize) -> SysResult<()> {
        // SAFETY: R6 (host): the whole of it.
        let start = unsafe { libc::mremap(self.start.as_ptr().cast(), self.len, len, libc::MREMAP_MAYMOVE) };
        if start == libc::MAP_FAILED {
            return Err(errno());
        }
        self.start = NonNull::new(start.cast()).ok_or(libc::ENOMEM)?;
        self.len = len;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: R6 (host): this was the last use.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// `shm_open`.
pub fn open_shared(name: &std::ffi::CStr, flags: i32, mode: u32) -> SysResult<i32> {
    // R1 (host).
    sys!(libc::shm_open(name.as_ptr(), flags, mode as libc::mode_t))
}

/// `shm_unlink`.
pub fn unlink_shared(name: &std::ffi::CStr) -> SysResult<()> {
    sys!(libc::shm_unlink(name.as_ptr())).map(drop)
}
