//! A memory mapping that an object owns and lends.
use super::{Buffer, Layout};
use crate::host::mapping::Mapping;
use crate::prelude::*;
use vm_core::object::heap;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// A mapping that is neither ended nor moved while it is lent.
pub struct MappedStore {
    /// None once closed.
    mapping: ObjCell<Option<Mapping>>,
    /// Changed under the lock of `mapping`, except that it may fall at any time.
    exports: AtomicUsize,
}

/// A mapping is lent, so that it must stay as it is.
#[derive(Clone, Copy, Debug)]
pub struct Lent;

impl MappedStore {
    /// A store of this mapping.
    #[must_use]
    pub fn new(mapping: Mapping) -> MappedStore {
        MappedStore { mapping: ObjCell::new(Some(mapping)), exports: AtomicUsize::new(0) }
    }

    /// Uses the mapping, locked; None once it is closed. `f` runs no Python.
    pub fn with<R>(&self, th: &Thread, f: impl FnOnce(&Mapping) -> R) -> Option<R> {
        self.mapping.with(th, |mapping| mapping.as_ref().map(f))
    }

    /// Changes the mapping itself, locked, unless it is lent; `f` has None once it is closed.
    pub fn change<R>(&self, th: &Thread, f: impl FnOnce(&mut Option<Mapping>) -> R) -> Result<R, Lent> {
        self.mapping.with(th, |mapping| {
            // Acquire: pairs with `release`: the borrower's last use comes before.
            if self.exports.load(Ordering::Acquire) == 0 { Ok(f(mapping)) } else { Err(Lent) }
        })
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self, th: &Thread) -> bool {
        self.mapping.with(th, |mapping| mapping.is_none())
    }

    /// Lends the memory as bytes; None once it is closed. `owner` is the object whose payload this store is part of, and
    /// `release` calls `release`.
    ///
    /// # Errors
    /// SystemError if `owner` is another object.
    pub fn export(
        &self,
        th: &Thread,
        owner: &Value,
        readonly: bool,
        release: fn(&Value),
    ) -> PyResult<Option<Buffer>> {
        let here = std::ptr::from_ref(self).addr();
        let inside = owner.header().is_some_and(|h| {
            let start = std::ptr::from_ref(h).addr();
            // SAFETY: a live object.
            start <= here && here < start + unsafe { heap::block_size(owner.heap_ptr()) }
        });
        if !inside {
            return Err(th.system_error("a buffer's owner does not hold its mapping"));
        }
        let lent = self.with(th, |mapping| {
            // Relaxed: under the lock.
            self.exports.fetch_add(1, Ordering::Relaxed);
            (mapping.ptr(), mapping.len())
        });
        let Some((ptr, len)) = lent else { return Ok(None) };
        // SAFETY: R1 (buffer): the owner lives, and `change` refuses until `release`.
        Ok(Some(unsafe {
            Buffer::new(owner.clone(), ptr.as_ptr(), readonly, Layout::bytes(len), Some(release))
        }))
    }

    /// Takes note that a buffer was given back.
    pub fn release(&self) {
        // Release: pairs with `change`.
        self.exports.fetch_sub(1, Ordering::Release);
    }
}
