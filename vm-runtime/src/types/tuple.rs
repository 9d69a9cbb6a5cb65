//! `tuple`: its items lie behind the payload, and never change.
//!
//! # Rules
//!
//! R1 (tuple). `len` counted, owned words follow the payload. They are written before anybody else sees the tuple.
pub mod methods;

use crate::prelude::*;
pub use methods::SPEC;
use std::sync::atomic::{AtomicI64, Ordering};
use vm_core::object::{Obj, layout};

/// The payload of `tuple`.
#[repr(C)]
pub struct Tuple {
    len: usize,
    /// The hash, once it was asked for; -1: not yet.
    hash: AtomicI64,
}

payload!(Tuple, "tuple", traverse = Tuple::traverse, trailing = Tuple::trailing);

impl Tuple {
    fn trailing(&self) -> usize {
        self.len * size_of::<Value>()
    }

    /// The items.
    #[inline(always)]
    #[must_use]
    pub fn as_slice(&self) -> &[Value] {
        // SAFETY: R1 (tuple).
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.len) }
    }

    /// Number of items.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no items.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Item `i`.
    #[inline]
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&Value> {
        self.as_slice().get(i)
    }

    /// A new tuple object of type `cls`.
    ///
    /// # Errors
    /// MemoryError.
    pub fn make(
        th: &Thread,
        cls: TypeRef,
        items: impl IntoIterator<Item = Value, IntoIter: ExactSizeIterator>,
    ) -> PyResult<Value> {
        let items = items.into_iter();
        let len = items.len();
        if len > isize::MAX as usize / 32 {
            return Err(th.memory_error());
        }
        let payload = Tuple { len, hash: AtomicI64::new(-1) };
        // SAFETY: `cls` is a type with this payload; the block has room for `len` words behind it, and nobody else knows it
        // before they are written (R1 (tuple)).
        unsafe {
            let object = match layout::allocate::<Tuple>(cls.ptr(), payload, len * size_of::<Value>(), 0) {
                Ok(object) => object,
                Err(payload) => {
                    // Its items do not exist.
                    std::mem::forget(payload);
                    return Err(th.memory_error());
                }
            };
            let first = object.cast::<Obj<Tuple>>().add(1).cast::<Value>();
            let mut n = 0;
            for item in items.take(len) {
                first.add(n).write(item.into_owned());
                n += 1;
            }
            // An iterator that lied about its length leaves no hole.
            for i in n..len {
                first.add(i).write(Value::NONE);
            }
            Ok(Value::from_owned_ptr(object))
        }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.as_slice().iter().for_each(visit);
    }

    /// The hash that was computed before.
    fn cached_hash(&self) -> Option<i64> {
        // Relaxed: a number by itself.
        match self.hash.load(Ordering::Relaxed) {
            -1 => None,
            hash => Some(hash),
        }
    }

    fn cache_hash(&self, hash: i64) {
        self.hash.store(hash, Ordering::Relaxed);
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        let items = std::ptr::slice_from_raw_parts_mut(
            std::ptr::from_mut(self).wrapping_add(1).cast::<Value>(),
            self.len,
        );
        // The last item goes first, as in CPython.
        for i in (0..self.len).rev() {
            // SAFETY: R1 (tuple): the items are dropped once, with the payload.
            unsafe { std::ptr::drop_in_place(items.cast::<Value>().add(i)) }
        }
    }
}
