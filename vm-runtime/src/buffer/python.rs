//! PEP 688: classes that define `__buffer__` and `__release_buffer__`, and `__buffer__` of native exporters.
use super::{Buffer, Layout, request};
use crate::prelude::*;
use crate::types::memoryview::{self, MemoryView};

/// Payload of what stands between a lent buffer and the Python object that lent it.
pub struct BufferWrapper {
    exporter: Value,
    /// The memoryview that `__buffer__` returned.
    view: Value,
}
payload!(BufferWrapper, "_buffer_wrapper", traverse = BufferWrapper::traverse);

impl BufferWrapper {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.exporter);
        visit(&self.view);
    }
}

/// The type `_buffer_wrapper`.
pub static SPEC: TypeSpec =
    TypeSpec { name: "_buffer_wrapper", flags: NO_NEW, ..TypeSpec::of::<BufferWrapper>() };

/// `Slot::Buffer` of classes that define `__buffer__` in Python.
///
/// # Errors
/// What `__buffer__` raises; TypeError where it returns no memoryview.
pub fn from_python(th: &Thread, v: &Value, flags: u32) -> PyResult<Buffer> {
    let Some(method) = th.lookup_special(v, "__buffer__")? else {
        return Err(th.type_error(format!("a bytes-like object is required, not '{}'", v.type_name(th))));
    };
    let view = th.call(&method, &[th.int(i64::from(flags))])?;
    let Some(inner) = view.payload::<MemoryView>() else {
        return Err(th.type_error("__buffer__ returned non-memoryview object"));
    };
    let (ptr, layout, readonly) = inner.lend(th, flags)?;
    let wrapper = BufferWrapper { exporter: v.clone(), view: view.clone() };
    let wrapper = th.new_object(th.type_for::<BufferWrapper>(), wrapper);
    // SAFETY: the wrapper keeps the view alive, which counts the export until `release`.
    Ok(unsafe { Buffer::new(wrapper, ptr, readonly, layout, Some(release)) })
}

fn release(wrapper: &Value) {
    let Some(wrapper) = wrapper.payload::<BufferWrapper>() else { return };
    let Some(view) = wrapper.view.payload::<MemoryView>() else { return };
    view.give_back();
    let Some(th) = Thread::current() else { return };
    let pending = th.has_error().then(|| th.take_error());
    let released = match th.lookup_special(&wrapper.exporter, "__release_buffer__") {
        Ok(Some(method)) => th.call(&method, std::slice::from_ref(&wrapper.view)).map(drop),
        Ok(None) => Ok(()),
        Err(raised) => Err(raised),
    };
    if released.is_err() {
        th.unraisable(None, Some(&wrapper.exporter));
    }
    if memoryview::release_view(th, &wrapper.view).is_err() {
        th.unraisable(None, Some(&wrapper.exporter));
    }
    if let Some(pending) = pending {
        th.restore_error(pending);
    }
}

/// `__buffer__(flags)` of a native exporter.
///
/// # Errors
/// What the exporter raises.
pub fn python_buffer(th: &Thread, v: &Value, flags: i64) -> PyResult<Value> {
    let Ok(flags) = i32::try_from(flags) else {
        return Err(th.overflow_error("buffer flags out of range"));
    };
    if flags == 0x100 || flags == 0x200 {
        return Err(th.system_error("PyBUF_READ/PyBUF_WRITE cannot be used as a buffer request flag"));
    }
    memoryview::from_object(th, v, flags as u32)
}

/// `__release_buffer__` of a native exporter.
///
/// # Errors
/// TypeError or ValueError where the argument is no view of the exporter; BufferError where it is still in use.
pub fn native_release_buffer(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(view) = args.first() else { return Err(th.type_error("expected 1 argument, got 0")) };
    let Some(inner) = view.payload::<MemoryView>() else {
        return Err(th.type_error("expected a memoryview object"));
    };
    match inner.exporter(th) {
        None => return Err(th.value_error("memoryview's buffer has already been released")),
        Some(obj) if !obj.is(v) => return Err(th.value_error("memoryview's buffer is not this object")),
        Some(_) => {}
    }
    memoryview::release_view(th, view)?;
    Ok(Value::NONE)
}

/// The layout that a consumer who asked with `flags` sees.
#[must_use]
pub fn as_requested(layout: &Layout, flags: u32) -> Layout {
    let mut layout = layout.clone();
    if flags & request::FORMAT == 0 {
        layout.format = "B".to_owned();
    }
    if flags & request::ND == 0 {
        layout = Layout::bytes(layout.size());
    }
    layout
}
