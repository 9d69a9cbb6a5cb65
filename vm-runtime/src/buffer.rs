//! The buffer protocol (PEP 3118, PEP 688): how objects lend their memory.
//!
//! A type's `Slot::Buffer` gives a `Buffer`; dropping it gives the memory back. Native exporters keep their bytes in a
//! `ByteStore`, which refuses to be resized while it is lent. `Thread::bytes_like` reads any exporter.
//!
//! # Rules
//!
//! R1 (buffer). The memory of a `Buffer` stays where it is, allocated and initialised, until the buffer is dropped: its `obj`
//!     keeps the exporter alive, and the exporter counts its exports.
//! R2 (buffer). Lent memory is only reached through raw copies, never through Rust references that outlive one call, since
//!     other threads may write to it. Bytes may then be mixed from before and after, nothing worse.
pub mod mapped;
pub mod python;
pub mod store;

use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use crate::types::str::arguments::type_or_none;
use std::ops::Deref;

pub use mapped::MappedStore;
pub use python::{from_python, python_buffer};
pub use store::ByteStore;

/// Bits of the `flags` argument of a buffer request.
pub mod request {
    /// Plain bytes.
    pub const SIMPLE: u32 = 0;
    /// The memory must be writable.
    pub const WRITABLE: u32 = 1;
    /// The format is wanted.
    pub const FORMAT: u32 = 4;
    /// The shape is wanted.
    pub const ND: u32 = 8;
    /// The strides are wanted.
    pub const STRIDES: u32 = 0x10 | ND;
    /// C-contiguous memory is wanted.
    pub const C_CONTIGUOUS: u32 = 0x20 | STRIDES;
    /// Fortran-contiguous memory is wanted.
    pub const F_CONTIGUOUS: u32 = 0x40 | STRIDES;
    /// Memory contiguous in either way is wanted.
    pub const ANY_CONTIGUOUS: u32 = 0x80 | STRIDES;
    /// Suboffsets are understood.
    pub const INDIRECT: u32 = 0x100 | STRIDES;
    /// Everything, read-only.
    pub const FULL_RO: u32 = INDIRECT | FORMAT;
    /// Everything, writable.
    pub const FULL: u32 = FULL_RO | WRITABLE;
}

/// How items lie in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Bytes of an item.
    pub itemsize: usize,
    /// Format of an item, in the language of module `struct`.
    pub format: String,
    /// Items in each dimension; empty: one item.
    pub shape: Vec<usize>,
    /// Bytes from an item to the next, in each dimension.
    pub strides: Vec<isize>,
}

impl Layout {
    /// One dimension of bytes.
    #[must_use]
    pub fn bytes(len: usize) -> Layout {
        Layout { itemsize: 1, format: "B".to_owned(), shape: vec![len], strides: vec![1] }
    }

    /// One dimension of `len` items, without gaps.
    #[must_use]
    pub fn items(len: usize, itemsize: usize, format: &str) -> Layout {
        Layout { itemsize, format: format.to_owned(), shape: vec![len], strides: vec![itemsize as isize] }
    }

    /// The strides of C-contiguous items of a shape.
    #[must_use]
    pub fn c_strides(shape: &[usize], itemsize: usize) -> Vec<isize> {
        let mut strides = vec![0; shape.len()];
        let mut step = itemsize as isize;
        for (stride, n) in strides.iter_mut().zip(shape).rev() {
            *stride = step;
            step = step.saturating_mul(*n as isize);
        }
        strides
    }

    /// The strides of Fortran-contiguous items of a shape.
    #[must_use]
    pub fn f_strides(shape: &[usize], itemsize: usize) -> Vec<isize> {
        let mut step = itemsize as isize;
        shape
            .iter()
            .map(|n| {
                let stride = step;
                step = step.saturating_mul(*n as isize);
                stride
            })
            .collect()
    }

    /// Number of items.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of all items.
    #[must_use]
    pub fn size(&self) -> usize {
        self.count() * self.itemsize
    }

    fn follows(&self, strides: &[isize]) -> bool {
        self.count() == 0
            || self.shape.iter().zip(&self.strides).zip(strides).all(|((n, a), b)| *n <= 1 || a == b)
    }

    /// Whether the items lie in C order without gaps.
    #[must_use]
    pub fn is_c_contiguous(&self) -> bool {
        self.follows(&Layout::c_strides(&self.shape, self.itemsize))
    }

    /// Whether the items lie in Fortran order without gaps.
    #[must_use]
    pub fn is_f_contiguous(&self) -> bool {
        self.follows(&Layout::f_strides(&self.shape, self.itemsize))
    }

    /// Byte offsets of the items in C order.
    pub fn offsets(&self) -> impl Iterator<Item = isize> + '_ {
        let mut at = vec![0usize; self.shape.len()];
        let mut left = self.count();
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            left -= 1;
            let offset = at.iter().zip(&self.strides).map(|(i, s)| *i as isize * s).sum();
            for (i, n) in at.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < *n {
                    break;
                }
                *i = 0;
            }
            Some(offset)
        })
    }
}

/// Memory lent by an object. Dropping it gives it back.
pub struct Buffer {
    ptr: *mut u8,
    readonly: bool,
    layout: Layout,
    obj: Value,
    release: Option<fn(&Value)>,
    /// Something else that the memory depends on.
    keep: Option<Value>,
}

// SAFETY: the memory is reached by raw copies only (R2 (buffer)); the rest is plain data.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Drop for Buffer {
    fn drop(&mut self) {
        // R3 (shutdown).
        if let (Some(release), Some(_)) = (self.release, Thread::current()) {
            release(&self.obj);
        }
    }
}

impl Buffer {
    /// Lends memory of `obj`.
    ///
    /// # Safety
    /// `ptr` is where the items of `layout` lie, as R1 (buffer) says, until `release` was called with `obj`; and it may be
    /// written to unless `readonly`.
    #[must_use]
    pub unsafe fn new(
        obj: Value,
        ptr: *mut u8,
        readonly: bool,
        layout: Layout,
        release: Option<fn(&Value)>,
    ) -> Buffer {
        Buffer { ptr, readonly, layout, obj: obj.into_owned(), release, keep: None }
    }

    /// The same, keeping another object alive as well.
    #[must_use]
    pub fn keeping(mut self, keep: Value) -> Buffer {
        self.keep = Some(keep.into_owned());
        self
    }

    /// Shows the objects that the buffer keeps alive to the collector.
    pub fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.obj);
        if let Some(keep) = &self.keep {
            visit(keep);
        }
    }

    /// The exporter.
    #[must_use]
    pub fn obj(&self) -> &Value {
        &self.obj
    }

    /// Whether the memory must not be written.
    #[must_use]
    pub fn is_readonly(&self) -> bool {
        self.readonly
    }

    /// How the items lie.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Where the first item lies.
    #[must_use]
    pub fn ptr(&self) -> *mut u8 {
        self.ptr
    }

    /// The items' bytes in C order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        copy_out(self.ptr, &self.layout)
    }

    /// Bytes of all items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layout.size()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes bytes from position `at` on into memory that is contiguous and writable; false if they do not fit there.
    #[must_use]
    pub fn write(&self, at: usize, bytes: &[u8]) -> bool {
        let fits = at.checked_add(bytes.len()).is_some_and(|end| end <= self.len());
        if self.readonly || !fits || !self.layout.is_c_contiguous() {
            return false;
        }
        // SAFETY: R1 (buffer): the range lies within the lent memory; `bytes` may be a part of it.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.ptr.add(at), bytes.len()) };
        true
    }

    /// Checks the memory against a request, with CPython's messages for exporters of type `what`.
    ///
    /// # Errors
    /// BufferError.
    pub fn check(self, th: &Thread, flags: u32, what: &str) -> PyResult<Buffer> {
        if flags & request::WRITABLE != 0 && self.readonly {
            return Err(th.buffer_error(format!("{what}: underlying buffer is not writable")));
        }
        let wants = |bits: u32| flags & bits == bits;
        if wants(request::C_CONTIGUOUS) && !self.layout.is_c_contiguous() {
            return Err(th.buffer_error(format!("{what}: underlying buffer is not C-contiguous")));
        }
        if wants(request::F_CONTIGUOUS) && !self.layout.is_f_contiguous() {
            return Err(th.buffer_error(format!("{what}: underlying buffer is not Fortran contiguous")));
        }
        let contiguous = self.layout.is_c_contiguous() || self.layout.is_f_contiguous();
        if wants(request::ANY_CONTIGUOUS) && !contiguous {
            return Err(th.buffer_error(format!("{what}: underlying buffer is not contiguous")));
        }
        if !wants(request::STRIDES) && !self.layout.is_c_contiguous() {
            return Err(th.buffer_error(format!("{what}: underlying buffer is not C-contiguous")));
        }
        if !wants(request::ND) && wants(request::FORMAT) {
            return Err(th.buffer_error(format!(
                "{what}: cannot cast to unsigned bytes if the format flag is present"
            )));
        }
        Ok(self)
    }
}

/// Copies items out of lent memory, in C order.
pub(crate) fn copy_out(ptr: *const u8, layout: &Layout) -> Vec<u8> {
    let size = layout.size();
    let mut out = vec![0; size];
    // SAFETY: R1 (buffer), R2 (buffer): every item of the layout lies in lent memory.
    unsafe {
        if layout.is_c_contiguous() {
            std::ptr::copy_nonoverlapping(ptr, out.as_mut_ptr(), size);
        } else {
            for (to, offset) in out.chunks_exact_mut(layout.itemsize.max(1)).zip(layout.offsets()) {
                std::ptr::copy_nonoverlapping(ptr.offset(offset), to.as_mut_ptr(), layout.itemsize);
            }
        }
    }
    out
}

/// The content of a bytes-like object: that of `bytes` itself, a copy of others'.
pub enum BytesLike {
    /// A `bytes` object.
    Bytes(Value),
    /// A copy.
    Copy(Vec<u8>),
}

impl Deref for BytesLike {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            BytesLike::Bytes(v) => v.payload::<Bytes>().map(Bytes::as_slice).unwrap_or_default(),
            BytesLike::Copy(bytes) => bytes,
        }
    }
}

impl Thread {
    /// Whether an object supports the buffer protocol.
    #[must_use]
    pub fn has_buffer(&self, v: &Value) -> bool {
        v.type_of(self).slots.buffer().is_some()
    }

    /// Asks an object for its memory.
    ///
    /// # Errors
    /// TypeError `a bytes-like object is required, not 'X'`; BufferError where the request cannot be met.
    pub fn buffer(&self, v: &Value, flags: u32) -> PyResult<Buffer> {
        match v.type_of(self).slots.buffer() {
            Some(buffer) => buffer(self, v, flags),
            None => {
                Err(self.type_error(format!("a bytes-like object is required, not '{}'", v.type_name(self))))
            }
        }
    }

    /// The content of a bytes-like object.
    ///
    /// # Errors
    /// As `buffer`.
    pub fn bytes_like(&self, v: &Value) -> PyResult<BytesLike> {
        if v.payload::<Bytes>().is_some() {
            return Ok(BytesLike::Bytes(v.clone()));
        }
        if let Some(array) = v.payload::<ByteArray>() {
            return Ok(BytesLike::Copy(array.to_vec(self)));
        }
        Ok(BytesLike::Copy(self.buffer(v, request::SIMPLE)?.to_vec()))
    }

    /// The content of a bytes-like object, or the bytes of an ASCII string (`s*` arguments that take either).
    ///
    /// # Errors
    /// As `buffer`.
    pub fn bytes_or_str(&self, v: &Value) -> PyResult<BytesLike> {
        match v.as_str() {
            Some(text) => Ok(BytesLike::Copy(text.as_bytes().to_vec())),
            None => self.bytes_like(v),
        }
    }

    /// The memory of an object that a native function writes to (`w*` arguments).
    ///
    /// # Errors
    /// TypeError where it is no writable bytes-like object; `what` begins the message (`readinto() argument`).
    pub fn writable_buffer(&self, v: &Value, what: &str) -> PyResult<Buffer> {
        if self.has_buffer(v) {
            match self.buffer(v, request::WRITABLE) {
                Ok(buffer) if buffer.layout.is_c_contiguous() && !buffer.readonly => return Ok(buffer),
                Ok(_) => {}
                Err(raised) if !self.error_is(self.types().exc.buffer_error) => return Err(raised),
                Err(_) => self.clear_error(),
            }
        }
        Err(self.type_error(format!(
            "{what} must be read-write bytes-like object, not {}",
            type_or_none(self, v)
        )))
    }
}
