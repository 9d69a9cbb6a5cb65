//! `_pickle_buffer`: `PickleBuffer`, a buffer that is to be pickled out of band.
use vm_runtime::buffer::{Buffer, request};
use vm_runtime::prelude::*;
use vm_runtime::types::memoryview;

/// Payload of `PickleBuffer`.
pub struct PickleBuffer {
    base: AtomicValue,
    /// A memoryview, which keeps the base from being resized; UNBOUND once released.
    view: AtomicValue,
}

payload!(PickleBuffer, "PickleBuffer", traverse = PickleBuffer::traverse, clear = PickleBuffer::clear);

/// `PickleBuffer`.
static SPEC: TypeSpec = TypeSpec {
    name: "_pickle.PickleBuffer",
    doc: "Wrapper for potentially out-of-band buffers",
    flags: WEAKREFS,
    new_sig: "(object, /)",
    slots: &[Slot::New(new), Slot::Buffer(lend)],
    methods: &[
        m(
            "raw",
            "()",
            raw,
            "Return a memoryview of the raw memory underlying this buffer.\n\nWill raise BufferError is the buffer isn't contiguous.",
        ),
        m("release", "()", release, "Release the underlying buffer held by the PickleBuffer object."),
    ],
    ..TypeSpec::of::<PickleBuffer>()
};

impl PickleBuffer {
    fn traverse(&self, visit: Visitor<'_>) {
        self.base.traverse(visit);
        self.view.traverse(visit);
    }

    fn clear(&self) {
        drop((self.base.take(), self.view.take()));
    }
}

/// (base, view) while they are not released.
fn parts(th: &Thread, v: &Value) -> PyResult<(Value, Value)> {
    let this = th.expect::<PickleBuffer>(v, "PickleBuffer")?;
    let (base, view) = (this.base.get(th), this.view.get(th));
    if view.is_unbound() {
        return Err(th.value_error("operation forbidden on released PickleBuffer object"));
    }
    Ok((base, view))
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let view = memoryview::from_object(th, &args[0], request::FULL_RO)?;
    let made = PickleBuffer { base: AtomicValue::new(args[0].clone()), view: AtomicValue::new(view) };
    Ok(th.new_object(cls, made))
}

fn lend(th: &Thread, v: &Value, flags: u32) -> PyResult<Buffer> {
    let (base, _view) = parts(th, v)?;
    th.buffer(&base, flags)
}

fn raw(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let (base, view) = parts(th, v)?;
    let contiguous = th.getattr_str(&view, "c_contiguous")?;
    if !th.truth(&contiguous)? {
        return Err(th.buffer_error("cannot extract raw buffer from non-contiguous buffer"));
    }
    let whole = memoryview::from_object(th, &base, request::FULL_RO)?;
    th.call_method(&whole, "cast", &[th.str("B")])
}

fn release(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<PickleBuffer>(v, "PickleBuffer")?;
    let view = this.view.take();
    drop(this.base.take());
    if !view.is_unbound() {
        memoryview::release_view(th, &view)?;
    }
    Ok(Value::NONE)
}

/// `_pickle_buffer`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_pickle_buffer",
    doc: "The native part of pickle.",
    types: &[&SPEC],
    ..ModuleSpec::EMPTY
};
