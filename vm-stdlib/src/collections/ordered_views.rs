//! Views and iterators of `OrderedDict`: those of dict, but iteration ends with an error once a key came, went or moved.
use std::sync::atomic::{AtomicUsize, Ordering};
use vm_runtime::prelude::*;
use vm_runtime::types::dict::iter::Kind;
use vm_runtime::types::dict::views::{self, DictItems, DictKeys, DictValues};
use vm_runtime::types::iterators::iter_self;
use vm_runtime::types::make::native_type;

const REVERSED: &str = "Return a reverse iterator over the OrderedDict.";

macro_rules! view {
    ($spec:ident, $name:literal, $base:path, $payload:ty, $kind:expr) => {
        static $spec: TypeSpec = TypeSpec {
            name: $name,
            flags: NO_NEW,
            slots: &[Slot::Iter(|th, v| view_iter(th, v, $kind, false))],
            methods: &[m("__reversed__", "()", |th, v, _| view_iter(th, v, $kind, true), REVERSED)],
            base_spec: Some(&$base),
            ..TypeSpec::of::<$payload>()
        };
    };
}

view!(KEYS, "odict_keys", views::KEYS_SPEC, DictKeys, Kind::Keys);
view!(VALUES, "odict_values", views::VALUES_SPEC, DictValues, Kind::Values);
view!(ITEMS, "odict_items", views::ITEMS_SPEC, DictItems, Kind::Items);

/// Payload of `odict_iterator`.
pub struct OrderedIter {
    /// The dict; empty at the end.
    dict: AtomicValue,
    kind: Kind,
    reversed: bool,
    pos: AtomicUsize,
    /// The version of the dict's keys when the iteration began.
    state: u32,
}

payload!(
    OrderedIter,
    "odict_iterator",
    traverse = |it: &OrderedIter, visit: Visitor<'_>| it.dict.traverse(visit),
    clear = |it: &OrderedIter| drop(it.dict.take())
);

static ITERATOR: TypeSpec = TypeSpec {
    name: "odict_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(iter_self), Slot::Next(next)],
    methods: &[m("__reduce__", "()", reduce, "Return state information for pickling")],
    ..TypeSpec::of::<OrderedIter>()
};

/// `OrderedDict.keys()`.
pub fn keys(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(native_type(th, &KEYS)?, DictKeys::new(v)))
}

/// `OrderedDict.values()`.
pub fn values(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(native_type(th, &VALUES)?, DictValues::new(v)))
}

/// `OrderedDict.items()`.
pub fn items(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(native_type(th, &ITEMS)?, DictItems::new(v)))
}

fn view_iter(th: &Thread, v: &Value, kind: Kind, reversed: bool) -> PyResult<Value> {
    iterate(th, views::dict_of(th, v)?, kind, reversed)
}

/// An iterator over an OrderedDict.
pub fn iterate(th: &Thread, v: &Value, kind: Kind, reversed: bool) -> PyResult<Value> {
    let dict = th.expect::<Dict>(v, "OrderedDict")?;
    let iter = OrderedIter {
        dict: AtomicValue::new(v.clone()),
        kind,
        reversed,
        pos: AtomicUsize::new(if reversed { dict.entry_count() } else { 0 }),
        state: dict.keys_version(),
    };
    Ok(th.new_object(native_type(th, &ITERATOR)?, iter))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let it = th.expect::<OrderedIter>(v, "odict_iterator")?;
    let owner = it.dict.get(th);
    let Some(dict) = owner.payload::<Dict>() else { return Ok(None) };
    if dict.keys_version() != it.state {
        drop(it.dict.take());
        return Err(th.runtime_error("OrderedDict mutated during iteration"));
    }
    // Relaxed: a shared iterator may skip or repeat.
    let mut pos = it.pos.load(Ordering::Relaxed);
    let found = if it.reversed { dict.previous_entry(th, &mut pos) } else { dict.next_entry(th, &mut pos) };
    it.pos.store(pos, Ordering::Relaxed);
    let Some((key, value)) = found else {
        drop(it.dict.take());
        return Ok(None);
    };
    Ok(Some(match it.kind {
        Kind::Keys => key,
        Kind::Values => value,
        Kind::Items => th.pair(key, value),
    }))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = th.expect::<OrderedIter>(v, "odict_iterator")?;
    let rest = OrderedIter {
        dict: AtomicValue::new(it.dict.get(th)),
        kind: it.kind,
        reversed: it.reversed,
        pos: AtomicUsize::new(it.pos.load(Ordering::Relaxed)),
        state: it.state,
    };
    let rest = th.new_object(native_type(th, &ITERATOR)?, rest);
    let iter = vm_runtime::types::iterators::native::builtin(th, "iter")?;
    Ok(th.tuple(vec![iter, th.tuple(vec![th.list(th.collect(&rest)?)])]))
}
