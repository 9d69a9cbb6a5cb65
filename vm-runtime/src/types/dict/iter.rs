//! Iterators over dicts: keys, values and items, forwards and backwards.
use super::Dict;
use super::methods::this;
use crate::prelude::*;
use crate::types::iterators::native::builtin;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// What an iterator yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The keys.
    Keys,
    /// The values.
    Values,
    /// Pairs.
    Items,
}

const DONE: usize = usize::MAX;

/// The payload of all six iterator types: the dict, and where in its entries the iterator stands.
///
/// Two threads that share an iterator may skip or repeat entries.
pub struct DictIter {
    dict: AtomicValue,
    kind: Kind,
    /// Next entry (forwards), or one past it (backwards).
    pos: AtomicUsize,
    /// Size of the dict at the start; DONE once a change was reported.
    used: AtomicUsize,
    /// Entries still to come.
    left: AtomicUsize,
    reversed: bool,
}

macro_rules! iterator {
    ($payload:ident, $spec:ident, $name:literal) => {
        /// Payload of one of the iterator types.
        #[repr(transparent)]
        pub struct $payload(pub DictIter);
        payload!($payload, $name, traverse = $payload::traverse, clear = $payload::clear);
        impl $payload {
            fn traverse(&self, visit: Visitor<'_>) {
                self.0.dict.traverse(visit);
            }
            fn clear(&self) {
                drop(self.0.dict.take());
            }
        }
        impl AsDictIter for $payload {
            fn inner(&self) -> &DictIter {
                &self.0
            }
        }
        /// The type's declaration.
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            flags: NO_NEW,
            slots: &[Slot::Iter(crate::types::iterators::iter_self), Slot::Next(next::<$payload>)],
            methods: &[
                m(
                    "__length_hint__",
                    "()",
                    length_hint::<$payload>,
                    "Private method returning an estimate of len(list(it)).",
                ),
                m("__reduce__", "()", reduce::<$payload>, "Return state information for pickling."),
            ],
            ..TypeSpec::of::<$payload>()
        };
    };
}

/// Access to the state that the iterator types share.
pub trait AsDictIter: vm_core::object::Payload {
    /// The state.
    fn inner(&self) -> &DictIter;
}

iterator!(KeyIter, KEY_ITER, "dict_keyiterator");
iterator!(ValueIter, VALUE_ITER, "dict_valueiterator");
iterator!(ItemIter, ITEM_ITER, "dict_itemiterator");
iterator!(ReverseKeyIter, REVERSE_KEY_ITER, "dict_reversekeyiterator");
iterator!(ReverseValueIter, REVERSE_VALUE_ITER, "dict_reversevalueiterator");
iterator!(ReverseItemIter, REVERSE_ITEM_ITER, "dict_reverseitemiterator");

impl DictIter {
    fn new(dict: &Value, payload: &Dict, kind: Kind, reversed: bool) -> DictIter {
        let used = payload.len();
        DictIter {
            dict: AtomicValue::new(dict.clone()),
            kind,
            pos: AtomicUsize::new(if reversed { payload.entry_count() } else { 0 }),
            used: AtomicUsize::new(used),
            left: AtomicUsize::new(used),
            reversed,
        }
    }

    /// The next item.
    ///
    /// # Errors
    /// RuntimeError if the dict was changed.
    #[inline]
    pub fn advance(&self, th: &Thread) -> PyResult<Option<Value>> {
        let owner = self.dict.get(th);
        let Some(dict) = owner.payload::<Dict>() else { return Ok(None) };
        // Relaxed throughout: a shared iterator may skip or repeat.
        let used = self.used.load(Ordering::Relaxed);
        if used != dict.len() {
            self.used.store(DONE, Ordering::Relaxed);
            return Err(th.runtime_error("dictionary changed size during iteration"));
        }
        let mut pos = self.pos.load(Ordering::Relaxed);
        if self.reversed && pos > dict.entry_count() {
            // The dict was emptied and filled again with fewer keys.
            drop(self.dict.take());
            return Ok(None);
        }
        let found =
            if self.reversed { dict.previous_entry(th, &mut pos) } else { dict.next_entry(th, &mut pos) };
        let Some((key, value)) = found else {
            drop(self.dict.take());
            return Ok(None);
        };
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            drop(self.dict.take());
            return Err(th.runtime_error("dictionary keys changed during iteration"));
        }
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        self.pos.store(pos, Ordering::Relaxed);
        Ok(Some(match self.kind {
            Kind::Keys => key,
            Kind::Values => value,
            Kind::Items => th.tuple(vec![key, value]),
        }))
    }

    fn remaining(&self, th: &Thread) -> usize {
        let owner = self.dict.get(th);
        match owner.payload::<Dict>() {
            Some(dict) if dict.len() == self.used.load(Ordering::Relaxed) => {
                self.left.load(Ordering::Relaxed)
            }
            _ => 0,
        }
    }
}

/// A new iterator over a dict.
pub fn make(th: &Thread, dict: &Value, kind: Kind, reversed: bool) -> PyResult<Value> {
    let inner = DictIter::new(dict, this(th, dict)?, kind, reversed);
    Ok(match (kind, reversed) {
        (Kind::Keys, false) => th.new_object(th.type_for::<KeyIter>(), KeyIter(inner)),
        (Kind::Values, false) => th.new_object(th.type_for::<ValueIter>(), ValueIter(inner)),
        (Kind::Items, false) => th.new_object(th.type_for::<ItemIter>(), ItemIter(inner)),
        (Kind::Keys, true) => th.new_object(th.type_for::<ReverseKeyIter>(), ReverseKeyIter(inner)),
        (Kind::Values, true) => th.new_object(th.type_for::<ReverseValueIter>(), ReverseValueIter(inner)),
        (Kind::Items, true) => th.new_object(th.type_for::<ReverseItemIter>(), ReverseItemIter(inner)),
    })
}

/// `iter(dict)`.
pub fn iter_keys(th: &Thread, v: &Value) -> PyResult<Value> {
    make(th, v, Kind::Keys, false)
}

/// `reversed(dict)`.
pub fn reversed_keys(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    make(th, v, Kind::Keys, true)
}

fn next<P: AsDictIter>(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    th.expect::<P>(v, "dict iterator")?.inner().advance(th)
}

fn length_hint<P: AsDictIter>(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(th.expect::<P>(v, "dict iterator")?.inner().remaining(th)))
}

fn reduce<P: AsDictIter>(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = th.expect::<P>(v, "dict iterator")?.inner();
    // The items left, from a copy of the iterator, which itself stays where it is.
    let copy = DictIter {
        dict: AtomicValue::new(it.dict.get(th)),
        kind: it.kind,
        pos: AtomicUsize::new(it.pos.load(Ordering::Relaxed)),
        used: AtomicUsize::new(it.used.load(Ordering::Relaxed)),
        left: AtomicUsize::new(it.left.load(Ordering::Relaxed)),
        reversed: it.reversed,
    };
    let mut rest = Vec::new();
    while let Some(item) = copy.advance(th)? {
        rest.push(item);
    }
    let iter = builtin(th, "iter")?;
    Ok(th.tuple(vec![iter, th.tuple(vec![th.list(rest)])]))
}
