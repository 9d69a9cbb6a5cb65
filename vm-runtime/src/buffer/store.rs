//! Bytes that an object owns and lends.
use super::{Buffer, Layout};
use crate::prelude::*;
use vm_core::object::heap;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// Growable bytes that cannot be resized while they are lent.
pub struct ByteStore {
    bytes: ObjCell<Vec<u8>>,
    /// Changed under the lock of `bytes`, except that it may fall at any time.
    exports: AtomicUsize,
}

impl ByteStore {
    /// A store of these bytes.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> ByteStore {
        ByteStore { bytes: ObjCell::new(bytes), exports: AtomicUsize::new(0) }
    }

    /// Looks at the bytes, locked: `f` runs no Python and does not wait.
    pub fn read<R>(&self, th: &Thread, f: impl FnOnce(&[u8]) -> R) -> R {
        self.bytes.with(th, |bytes| f(bytes))
    }

    /// Changes bytes in place, locked.
    pub fn write<R>(&self, th: &Thread, f: impl FnOnce(&mut [u8]) -> R) -> R {
        self.bytes.with(th, |bytes| f(bytes))
    }

    /// Changes bytes and their number, locked; None if they are lent, so that nothing was done.
    pub fn resize<R>(&self, th: &Thread, f: impl FnOnce(&mut Vec<u8>) -> R) -> Option<R> {
        self.bytes.with(th, |bytes| {
            // Acquire: pairs with `release`: the borrower's last write comes before ours.
            if self.exports.load(Ordering::Acquire) == 0 { Some(f(bytes)) } else { None }
        })
    }

    /// As `resize`, raising CPython's BufferError.
    ///
    /// # Errors
    /// BufferError.
    pub fn try_resize<R>(&self, th: &Thread, f: impl FnOnce(&mut Vec<u8>) -> R) -> PyResult<R> {
        self.resize(th, f)
            .ok_or_else(|| th.buffer_error("Existing exports of data: object cannot be re-sized"))
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self, th: &Thread) -> usize {
        self.read(th, <[u8]>::len)
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self, th: &Thread) -> bool {
        self.len(th) == 0
    }

    /// How often the bytes are lent now.
    #[must_use]
    pub fn exports(&self) -> usize {
        self.exports.load(Ordering::Acquire)
    }

    /// Lends the bytes as items. `owner` is the object whose payload this store is part of, and `release` calls `release`.
    ///
    /// # Errors
    /// SystemError if `owner` is another object.
    pub fn export(
        &self,
        th: &Thread,
        owner: &Value,
        readonly: bool,
        itemsize: usize,
        format: &str,
        release: fn(&Value),
    ) -> PyResult<Buffer> {
        let here = std::ptr::from_ref(self).addr();
        let inside = owner.header().is_some_and(|h| {
            let start = std::ptr::from_ref(h).addr();
            // SAFETY: a live object.
            start <= here && here < start + unsafe { heap::block_size(owner.heap_ptr()) }
        });
        if !inside {
            return Err(th.system_error("a buffer's owner does not hold its bytes"));
        }
        let (ptr, len) = self.bytes.with(th, |bytes| {
            // Relaxed: under the lock.
            self.exports.fetch_add(1, Ordering::Relaxed);
            (bytes.as_mut_ptr(), bytes.len())
        });
        let itemsize = itemsize.max(1);
        let layout = Layout::items(len / itemsize, itemsize, format);
        // SAFETY: R1 (buffer): the owner lives, and `resize` refuses until `release`.
        Ok(unsafe { Buffer::new(owner.clone(), ptr, readonly, layout, Some(release)) })
    }

    /// Takes note that a buffer was given back.
    pub fn release(&self) {
        // Release: pairs with `resize`.
        self.exports.fetch_sub(1, Ordering::Release);
    }

    /// For the collector, and for messages.
    pub fn peek<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        self.bytes.peek(|bytes| f(bytes))
    }
}
