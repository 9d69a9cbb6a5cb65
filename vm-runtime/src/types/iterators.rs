//! The iterators of sequences and callables, and native iteration: `for_each`, `collect`, `iter_next_fast`.
pub mod lazy;
pub mod native;
pub mod reversed;

use crate::prelude::*;
use crate::types::list::List;
use crate::types::tuple::Tuple;
use native::builtin;
pub use native::iter_next_fast;
use vm_core::sync::atomic::{AtomicI64, Ordering};

pub(super) const HINT: &str = "Private method returning an estimate of len(list(it)).";
pub(super) const REDUCE: &str = "Return state information for pickling.";
pub(super) const SETSTATE: &str = "Set state information for unpickling.";

/// `__iter__` of iterators.
pub fn iter_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

/// A sequence and a place in it. The sequence is let go at the end. Threads that share one may skip or repeat items.
pub struct Cursor {
    sequence: AtomicValue,
    index: AtomicI64,
}

impl Cursor {
    fn new(sequence: &Value, index: i64) -> Cursor {
        Cursor { sequence: AtomicValue::new(sequence.clone()), index: AtomicI64::new(index) }
    }

    fn end(&self) -> Option<Value> {
        drop(self.sequence.take());
        None
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.sequence.traverse(visit);
    }

    /// Sets the index, at least `least` and at most what `most` says of the sequence.
    fn set_state(
        &self,
        th: &Thread,
        state: &Value,
        least: i64,
        most: impl FnOnce(&Value) -> i64,
    ) -> PyResult<()> {
        let index = th.index_i64(state)?;
        let sequence = self.sequence.get(th);
        if !sequence.is_unbound() {
            self.index.store(index.min(most(&sequence)).max(least), Ordering::Relaxed);
        }
        Ok(())
    }

    /// `(function, (sequence,), index)`, or `(function, (empty,))` at the end.
    fn reduce(&self, th: &Thread, function: Value, empty: impl FnOnce() -> Value) -> Value {
        let sequence = self.sequence.get(th);
        if sequence.is_unbound() {
            return th.tuple(vec![function, th.tuple(vec![empty()])]);
        }
        th.tuple(vec![function, th.tuple(vec![sequence]), th.int(self.index.load(Ordering::Relaxed))])
    }
}

macro_rules! cursor {
    ($payload:ident, $spec:ident, $name:literal, $next:ident, $hint:ident, $reduce:ident, $setstate:ident) => {
        /// Payload of an iterator over a sequence.
        pub struct $payload(Cursor);
        payload!($payload, $name, traverse = $payload::traverse, clear = $payload::clear);
        impl $payload {
            fn traverse(&self, visit: Visitor<'_>) {
                self.0.traverse(visit);
            }
            fn clear(&self) {
                drop(self.0.sequence.take());
            }
        }
        /// The type's declaration.
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            flags: NO_NEW,
            slots: &[Slot::Iter(iter_self), Slot::Next($next)],
            methods: &[
                m("__length_hint__", "()", $hint, HINT),
                m("__reduce__", "()", $reduce, REDUCE),
                m("__setstate__", "(object, /)", $setstate, SETSTATE),
            ],
            ..TypeSpec::of::<$payload>()
        };
    };
}

cursor!(ListIter, LIST_ITER, "list_iterator", list_next, list_hint, list_reduce, list_setstate);
cursor!(
    ListReverseIter,
    LIST_REVERSE_ITER,
    "list_reverseiterator",
    back_next,
    back_hint,
    back_reduce,
    back_setstate
);
cursor!(TupleIter, TUPLE_ITER, "tuple_iterator", tuple_next, tuple_hint, tuple_reduce, tuple_setstate);
cursor!(SequenceIter, SEQUENCE_ITER, "iterator", seq_next, seq_hint, seq_reduce, seq_setstate);

impl ListIter {
    /// The next item.
    #[inline(always)]
    pub fn advance(&self, th: &Thread) -> Option<Value> {
        let cursor = &self.0;
        // Relaxed: a shared iterator may skip or repeat.
        let i = cursor.index.load(Ordering::Relaxed);
        let get = |v: &Value| v.payload::<List>().and_then(|list| list.get(th, i as usize));
        let item = if th.is_solo() { cursor.sequence.peek(get) } else { get(&cursor.sequence.get(th)) };
        match item {
            Some(item) => {
                cursor.index.store(i + 1, Ordering::Relaxed);
                Some(item)
            }
            None => cursor.end(),
        }
    }
}

impl TupleIter {
    /// The next item.
    #[inline(always)]
    pub fn advance(&self, th: &Thread) -> Option<Value> {
        let cursor = &self.0;
        let i = cursor.index.load(Ordering::Relaxed);
        let get = |v: &Value| v.payload::<Tuple>().and_then(|tuple| tuple.get(i as usize).cloned());
        let item = if th.is_solo() { cursor.sequence.peek(get) } else { get(&cursor.sequence.get(th)) };
        match item {
            Some(item) => {
                cursor.index.store(i + 1, Ordering::Relaxed);
                Some(item)
            }
            None => cursor.end(),
        }
    }
}

/// `iter(list)`.
pub fn list_iter(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<ListIter>(), ListIter(Cursor::new(v, 0))))
}

/// `reversed(list)`.
pub fn list_reversed(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let last = th.expect::<List>(v, "list")?.len() as i64 - 1;
    Ok(th.new_object(th.type_for::<ListReverseIter>(), ListReverseIter(Cursor::new(v, last))))
}

/// `iter(tuple)`.
pub fn tuple_iter(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<TupleIter>(), TupleIter(Cursor::new(v, 0))))
}

/// `iter` of what has only `__getitem__`.
#[must_use]
pub fn sequence_iterator(th: &Thread, v: &Value) -> Value {
    th.new_object(th.type_for::<SequenceIter>(), SequenceIter(Cursor::new(v, 0)))
}

fn one<'a>(th: &Thread, args: &'a [Value]) -> PyResult<&'a Value> {
    args.first().ok_or_else(|| th.system_error("bad native call"))
}

fn list_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    Ok(th.expect::<ListIter>(v, "list_iterator")?.advance(th))
}

fn list_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListIter>(v, "list_iterator")?.0;
    let len = cursor.sequence.get(th).payload::<List>().map_or(0, List::len) as i64;
    Ok(th.int((len - cursor.index.load(Ordering::Relaxed)).max(0)))
}

fn list_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListIter>(v, "list_iterator")?.0;
    let iter = builtin(th, "iter")?;
    Ok(cursor.reduce(th, iter, || th.list(Vec::new())))
}

fn list_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListIter>(v, "list_iterator")?.0;
    cursor.set_state(th, one(th, args)?, 0, |list| list.payload::<List>().map_or(0, List::len) as i64)?;
    Ok(Value::NONE)
}

fn back_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let cursor = &th.expect::<ListReverseIter>(v, "list_reverseiterator")?.0;
    let i = cursor.index.load(Ordering::Relaxed);
    let list = cursor.sequence.get(th);
    let item = usize::try_from(i).ok().and_then(|i| list.payload::<List>()?.get(th, i));
    Ok(match item {
        Some(item) => {
            cursor.index.store(i - 1, Ordering::Relaxed);
            Some(item)
        }
        None => {
            cursor.index.store(-1, Ordering::Relaxed);
            cursor.end()
        }
    })
}

fn back_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListReverseIter>(v, "list_reverseiterator")?.0;
    let left = cursor.index.load(Ordering::Relaxed) + 1;
    let len = cursor.sequence.get(th).payload::<List>().map_or(0, List::len) as i64;
    Ok(th.int(if len < left { 0 } else { left }))
}

fn back_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListReverseIter>(v, "list_reverseiterator")?.0;
    let at_end = cursor.sequence.get(th).is_unbound();
    let function = builtin(th, if at_end { "iter" } else { "reversed" })?;
    Ok(cursor.reduce(th, function, || th.list(Vec::new())))
}

fn back_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<ListReverseIter>(v, "list_reverseiterator")?.0;
    cursor
        .set_state(th, one(th, args)?, -1, |list| list.payload::<List>().map_or(0, List::len) as i64 - 1)?;
    Ok(Value::NONE)
}

fn tuple_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    Ok(th.expect::<TupleIter>(v, "tuple_iterator")?.advance(th))
}

fn tuple_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<TupleIter>(v, "tuple_iterator")?.0;
    let len = cursor.sequence.get(th).payload::<Tuple>().map_or(0, Tuple::len) as i64;
    Ok(th.int((len - cursor.index.load(Ordering::Relaxed)).max(0)))
}

fn tuple_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<TupleIter>(v, "tuple_iterator")?.0;
    let iter = builtin(th, "iter")?;
    Ok(cursor.reduce(th, iter, || th.tuple(Vec::new())))
}

fn tuple_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<TupleIter>(v, "tuple_iterator")?.0;
    cursor.set_state(th, one(th, args)?, 0, |t| t.payload::<Tuple>().map_or(0, Tuple::len) as i64)?;
    Ok(Value::NONE)
}

fn seq_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let cursor = &th.expect::<SequenceIter>(v, "iterator")?.0;
    let sequence = cursor.sequence.get(th);
    if sequence.is_unbound() {
        return Ok(None);
    }
    let i = cursor.index.load(Ordering::Relaxed);
    if i == i64::MAX {
        return Err(th.overflow_error("iter index too large"));
    }
    let item = match sequence.type_of(th).slots.sq_item() {
        Some(item) => item(th, &sequence, i),
        None => th.getitem(&sequence, &th.int(i)),
    };
    match item {
        Ok(item) => {
            cursor.index.store(i + 1, Ordering::Relaxed);
            Ok(Some(item))
        }
        Err(raised) => {
            let exc = &th.types().exc;
            if th.error_is(exc.index_error) || th.error_is(exc.stop_iteration) {
                th.clear_error();
                return Ok(cursor.end());
            }
            Err(raised)
        }
    }
}

fn seq_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<SequenceIter>(v, "iterator")?.0;
    let sequence = cursor.sequence.get(th);
    if sequence.is_unbound() {
        return Ok(th.int(0));
    }
    if sequence.type_of(th).slots.len().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let len = th.length(&sequence)? as i64;
    Ok(th.int((len - cursor.index.load(Ordering::Relaxed)).max(0)))
}

fn seq_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    // The builtin is looked up first: that may run Python, which may move the iterator.
    let iter = builtin(th, "iter")?;
    let cursor = &th.expect::<SequenceIter>(v, "iterator")?.0;
    Ok(cursor.reduce(th, iter, || th.tuple(Vec::new())))
}

fn seq_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let cursor = &th.expect::<SequenceIter>(v, "iterator")?.0;
    cursor.set_state(th, one(th, args)?, 0, |_| i64::MAX)?;
    Ok(Value::NONE)
}

/// Payload of `callable_iterator`: `iter(callable, sentinel)`.
pub struct CallIter {
    callable: AtomicValue,
    sentinel: AtomicValue,
}

payload!(CallIter, "callable_iterator", traverse = CallIter::traverse, clear = CallIter::clear);

/// `callable_iterator`.
pub static CALL_ITER: TypeSpec = TypeSpec {
    name: "callable_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(iter_self), Slot::Next(call_next)],
    methods: &[m("__reduce__", "()", call_reduce, REDUCE)],
    ..TypeSpec::of::<CallIter>()
};

impl CallIter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.callable.traverse(visit);
        self.sentinel.traverse(visit);
    }

    fn clear(&self) {
        drop(self.callable.take());
        drop(self.sentinel.take());
    }
}

/// `iter(callable, sentinel)`.
#[must_use]
pub fn callable_iterator(th: &Thread, callable: &Value, sentinel: &Value) -> Value {
    let it = CallIter {
        callable: AtomicValue::new(callable.clone()),
        sentinel: AtomicValue::new(sentinel.clone()),
    };
    th.new_object(th.type_for::<CallIter>(), it)
}

fn call_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let it = th.expect::<CallIter>(v, "callable_iterator")?;
    let callable = it.callable.get(th);
    if callable.is_unbound() {
        return Ok(None);
    }
    match th.call(&callable, &[]) {
        Ok(value) => {
            let sentinel = it.sentinel.get(th);
            // The call may have ended the iterator.
            if sentinel.is_unbound() {
                return Ok(None);
            }
            if th.eq(&sentinel, &value)? {
                it.clear();
                return Ok(None);
            }
            Ok(Some(value))
        }
        Err(raised) => {
            if th.error_is(th.types().exc.stop_iteration) {
                th.clear_error();
                it.clear();
                return Ok(None);
            }
            Err(raised)
        }
    }
}

fn call_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let iter = builtin(th, "iter")?;
    let it = th.expect::<CallIter>(v, "callable_iterator")?;
    let (callable, sentinel) = (it.callable.get(th), it.sentinel.get(th));
    Ok(if callable.is_unbound() || sentinel.is_unbound() {
        th.tuple(vec![iter, th.tuple(vec![th.tuple(Vec::new())])])
    } else {
        th.tuple(vec![iter, th.tuple(vec![callable, sentinel])])
    })
}
