//! `memoryview`: a window on the memory of another object.
//!
//! Views made of one another share one `ManagedBuffer`, which gives the memory back when the last of them is gone or released.
pub mod items;
pub mod methods;

use crate::buffer::{self, Buffer, Layout, python::as_requested, request};
use crate::prelude::*;
use vm_core::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

pub use methods::SPEC;

/// Payload of what owns the lent memory of views.
pub struct ManagedBuffer {
    buffer: Buffer,
}
payload!(ManagedBuffer, "managedbuffer", traverse = ManagedBuffer::traverse);

impl ManagedBuffer {
    fn traverse(&self, visit: Visitor<'_>) {
        self.buffer.traverse(visit);
    }
}

/// The type `managedbuffer`.
pub static MANAGED_SPEC: TypeSpec =
    TypeSpec { name: "managedbuffer", flags: NO_NEW, ..TypeSpec::of::<ManagedBuffer>() };

/// Payload of `memoryview`.
pub struct MemoryView {
    /// A `ManagedBuffer`; empty once released.
    managed: AtomicValue,
    ptr: *mut u8,
    layout: Layout,
    readonly: bool,
    /// Buffers lent on; a view that has some cannot be released.
    exports: AtomicUsize,
    hash: AtomicI64,
}
payload!(MemoryView, "memoryview", traverse = MemoryView::traverse);

// SAFETY: `ptr` is only used while `managed` is held (R1 (buffer)), by raw copies (R2 (buffer)).
unsafe impl Send for MemoryView {}
// SAFETY: as above.
unsafe impl Sync for MemoryView {}

/// A view that is in use: its memory cannot go away meanwhile.
pub struct Held<'a> {
    view: &'a MemoryView,
    managed: Value,
}

impl MemoryView {
    fn traverse(&self, visit: Visitor<'_>) {
        self.managed.traverse(visit);
    }

    /// Holds the memory.
    ///
    /// # Errors
    /// ValueError if the view was released.
    pub fn hold(&self, th: &Thread) -> PyResult<Held<'_>> {
        let managed = self.managed.get(th);
        if managed.is_unbound() {
            return Err(th.value_error("operation forbidden on released memoryview object"));
        }
        Ok(Held { view: self, managed })
    }

    /// The exporter; None once released.
    pub(crate) fn exporter(&self, th: &Thread) -> Option<Value> {
        let managed = self.managed.get(th);
        managed.payload::<ManagedBuffer>().map(|m| m.buffer.obj().clone())
    }

    /// Lends the memory on: `give_back` ends it.
    pub(crate) fn lend(&self, th: &Thread, flags: u32) -> PyResult<(*mut u8, Layout, bool)> {
        let held = self.hold(th)?;
        self.exports.fetch_add(1, Ordering::AcqRel);
        drop(held);
        Ok((self.ptr, as_requested(&self.layout, flags), self.readonly))
    }

    /// Ends a `lend`.
    pub(crate) fn give_back(&self) {
        self.exports.fetch_sub(1, Ordering::AcqRel);
    }
}

/// While this lives, the view cannot be released.
pub(crate) struct Busy<'a>(&'a MemoryView);

impl MemoryView {
    /// Keeps the view from being released while Python runs.
    pub(crate) fn busy(&self) -> Busy<'_> {
        self.exports.fetch_add(1, Ordering::AcqRel);
        Busy(self)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl Held<'_> {
    /// A view of other items of the same memory.
    ///
    /// # Safety
    /// The items lie within the held memory.
    unsafe fn sub_view(&self, th: &Thread, ptr: *mut u8, layout: Layout, readonly: bool) -> Value {
        new_view(th, self.managed.clone(), ptr, layout, readonly)
    }

    /// The bytes of all items in C order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        buffer::copy_out(self.view.ptr, &self.view.layout)
    }

    /// The bytes of the item at a byte offset.
    fn item_at(&self, offset: isize) -> Vec<u8> {
        let one = Layout { shape: vec![], strides: vec![], ..self.view.layout.clone() };
        // SAFETY: callers pass offsets of items of the layout.
        buffer::copy_out(unsafe { self.view.ptr.offset(offset) }, &one)
    }

    /// Writes an item at a byte offset.
    fn set_item_at(&self, offset: isize, item: &[u8]) {
        if item.len() == self.view.layout.itemsize && !self.view.readonly {
            // SAFETY: callers pass offsets of items of the layout; the memory is writable (R1 (buffer)).
            unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), self.view.ptr.offset(offset), item.len()) };
        }
    }
}

fn new_view(th: &Thread, managed: Value, ptr: *mut u8, layout: Layout, readonly: bool) -> Value {
    let view = MemoryView {
        managed: AtomicValue::new(managed),
        ptr,
        layout,
        readonly,
        exports: AtomicUsize::new(0),
        hash: AtomicI64::new(0),
    };
    th.new_object(th.types().memoryview, view)
}

/// A view of a buffer.
#[must_use]
pub fn from_buffer(th: &Thread, buffer: Buffer) -> Value {
    let (ptr, layout, readonly) = (buffer.ptr(), buffer.layout().clone(), buffer.is_readonly());
    let managed = th.new_object(th.type_for::<ManagedBuffer>(), ManagedBuffer { buffer });
    new_view(th, managed, ptr, layout, readonly)
}

/// A view of an object's memory, as `memoryview(obj)`, with the request's `flags`.
///
/// # Errors
/// TypeError or BufferError.
pub fn from_object(th: &Thread, v: &Value, flags: u32) -> PyResult<Value> {
    if let Some(view) = v.payload::<MemoryView>() {
        let held = view.hold(th)?;
        if flags & request::WRITABLE != 0 && view.readonly {
            return Err(th.buffer_error("memoryview: underlying buffer is not writable"));
        }
        // SAFETY: the same items.
        return Ok(unsafe { held.sub_view(th, view.ptr, view.layout.clone(), view.readonly) });
    }
    if !th.has_buffer(v) {
        let kind = v.type_name(th);
        return Err(th.type_error(format!("memoryview: a bytes-like object is required, not '{kind}'")));
    }
    let buffer = th.buffer(v, flags)?;
    let readonly = buffer.is_readonly();
    let layout = as_requested(buffer.layout(), flags);
    let ptr = buffer.ptr();
    let managed = th.new_object(th.type_for::<ManagedBuffer>(), ManagedBuffer { buffer });
    Ok(new_view(th, managed, ptr, layout, readonly))
}

/// `view.release()`.
///
/// # Errors
/// BufferError while the memory is lent on.
pub fn release_view(th: &Thread, v: &Value) -> PyResult<()> {
    let view = th.expect::<MemoryView>(v, "memoryview")?;
    match view.exports.load(Ordering::Acquire) {
        0 => {
            drop(view.managed.take());
            Ok(())
        }
        n => {
            let s = if n == 1 { "" } else { "s" };
            Err(th.buffer_error(format!("memoryview has {n} exported buffer{s}")))
        }
    }
}

fn release_export(v: &Value) {
    if let Some(view) = v.payload::<MemoryView>() {
        view.give_back();
    }
}

/// `Slot::Buffer`.
fn slot_buffer(th: &Thread, v: &Value, flags: u32) -> PyResult<Buffer> {
    let view = th.expect::<MemoryView>(v, "memoryview")?;
    let held = view.hold(th)?;
    view.exports.fetch_add(1, Ordering::AcqRel);
    // SAFETY: R1 (buffer): the managed buffer is kept alive.
    let buffer =
        unsafe { Buffer::new(v.clone(), view.ptr, view.readonly, view.layout.clone(), Some(release_export)) };
    buffer.keeping(held.managed.clone()).check(th, flags, "memoryview")
}
