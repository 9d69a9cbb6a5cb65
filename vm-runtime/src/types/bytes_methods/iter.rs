//! Iterators over bytes.
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// Payload of `bytes_iterator`.
pub struct BytesIterator {
    over: AtomicValue,
    at: AtomicUsize,
}
payload!(BytesIterator, "bytes_iterator", traverse = BytesIterator::traverse);

/// Payload of `bytearray_iterator`.
pub struct ByteArrayIterator(BytesIterator);
payload!(ByteArrayIterator, "bytearray_iterator", traverse = ByteArrayIterator::traverse);

impl ByteArrayIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.0.traverse(visit);
    }
}

impl BytesIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.over.traverse(visit);
    }
}

/// An iterator over `bytes`, or with `mutable` over a `bytearray`.
pub(crate) fn new(th: &Thread, v: &Value, mutable: bool) -> Value {
    let iterator = BytesIterator { over: AtomicValue::new(v.clone()), at: AtomicUsize::new(0) };
    if mutable {
        th.new_object(th.type_for::<ByteArrayIterator>(), ByteArrayIterator(iterator))
    } else {
        th.new_object(th.type_for::<BytesIterator>(), iterator)
    }
}

fn inner<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a BytesIterator> {
    match v.payload::<ByteArrayIterator>() {
        Some(iterator) => Ok(&iterator.0),
        None => th.expect::<BytesIterator>(v, "bytes_iterator"),
    }
}

fn byte_at(th: &Thread, over: &Value, at: usize) -> Option<u8> {
    match over.payload::<Bytes>() {
        Some(bytes) => bytes.as_slice().get(at).copied(),
        None => over.payload::<ByteArray>()?.store().read(th, |b| b.get(at).copied()),
    }
}

fn length(th: &Thread, over: &Value) -> usize {
    match over.payload::<Bytes>() {
        Some(bytes) => bytes.len(),
        None => over.payload::<ByteArray>().map_or(0, |a| a.store().len(th)),
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let iterator = inner(th, v)?;
    let over = iterator.over.get(th);
    if over.is_unbound() {
        return Ok(None);
    }
    // Relaxed: a shared iterator may repeat or skip.
    let at = iterator.at.fetch_add(1, Ordering::Relaxed);
    match byte_at(th, &over, at) {
        Some(byte) => Ok(Some(th.int(i64::from(byte)))),
        None => {
            drop(iterator.over.take());
            Ok(None)
        }
    }
}

fn itself(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

fn length_hint(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let iterator = inner(th, v)?;
    let over = iterator.over.get(th);
    Ok(th.usize(length(th, &over).saturating_sub(iterator.at.load(Ordering::Relaxed))))
}

fn reduce(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let iterator = inner(th, v)?;
    let iter = th.builtin("iter");
    let over = iterator.over.get(th);
    if over.is_unbound() {
        return Ok(th.tuple(vec![iter, th.tuple(vec![th.tuple(vec![])])]));
    }
    Ok(th.tuple(vec![iter, th.tuple(vec![over]), th.usize(iterator.at.load(Ordering::Relaxed))]))
}

fn set_state(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let iterator = inner(th, v)?;
    let at = usize::try_from(th.index_i64(&args[0])?).unwrap_or(0);
    let over = iterator.over.get(th);
    iterator.at.store(at.min(length(th, &over)), Ordering::Relaxed);
    Ok(Value::NONE)
}

static METHODS: [MethodDef; 3] = [
    m("__length_hint__", "()", length_hint, "Private method returning an estimate of len(list(it))."),
    m("__reduce__", "()", reduce, "Return state information for pickling."),
    m("__setstate__", "(state, /)", set_state, "Set state information for unpickling."),
];

/// The type `bytes_iterator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bytes_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next)],
    methods: &METHODS,
    ..TypeSpec::of::<BytesIterator>()
};

/// The type `bytearray_iterator`.
pub static ARRAY_SPEC: TypeSpec = TypeSpec {
    name: "bytearray_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next)],
    methods: &METHODS,
    ..TypeSpec::of::<ByteArrayIterator>()
};
