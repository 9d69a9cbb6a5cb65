//! `reversed`.
use super::{Cursor, HINT, REDUCE, SETSTATE, iter_self};
use crate::prelude::*;
use crate::types::subscript::only_positional;
use vm_core::sync::atomic::Ordering;

/// Payload of `reversed`.
pub struct Reversed(Cursor);

payload!(Reversed, "reversed", traverse = Reversed::traverse, clear = Reversed::clear);

/// `reversed`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "reversed",
    doc: "Return a reverse iterator over the values of the given sequence.",
    flags: BASETYPE,
    new_sig: "(sequence, /)",
    slots: &[Slot::NewRaw(new), Slot::Iter(iter_self), Slot::Next(next)],
    methods: &[
        m("__length_hint__", "()", hint, HINT),
        m("__reduce__", "()", reduce, REDUCE),
        m("__setstate__", "(object, /)", setstate, SETSTATE),
    ],
    ..TypeSpec::of::<Reversed>()
};

impl Reversed {
    fn traverse(&self, visit: Visitor<'_>) {
        self.0.traverse(visit);
    }

    fn clear(&self) {
        drop(self.0.sequence.take());
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Cursor> {
    Ok(&th.expect::<Reversed>(v, "reversed")?.0)
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let exact = th.type_for::<Reversed>();
    let own_init = cls.slots.init().map(|f| f as usize) != exact.slots.init().map(|f| f as usize);
    let args = only_positional(th, "reversed", args, 1..=1, cls != exact && own_init)?;
    let Some(sequence) = args.first() else {
        return Err(th.type_error("reversed expected 1 argument, got 0"));
    };
    if let Some(method) = th.lookup_special(sequence, "__reversed__")? {
        if method.is_none() {
            return Err(not_reversible(th, sequence));
        }
        return th.call(&method, &[]);
    }
    let ty = sequence.type_of(th);
    if (ty.slots.sq_item().is_none() && ty.slots.getitem().is_none())
        || ty.is_subtype(th.types().dict)
        || ty.slots.len().is_none()
    {
        if ty.slots.sq_item().is_some() || (ty.slots.getitem().is_some() && !ty.is_subtype(th.types().dict)) {
            // A sequence without a length.
            th.length(sequence)?;
        }
        return Err(not_reversible(th, sequence));
    }
    let last = th.length(sequence)? as i64 - 1;
    Ok(th.new_object(cls, Reversed(Cursor::new(sequence, last))))
}

fn not_reversible(th: &Thread, v: &Value) -> Raised {
    th.type_error(format!("'{}' object is not reversible", v.type_of(th).full_name()))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let cursor = this(th, v)?;
    let i = cursor.index.load(Ordering::Relaxed);
    let sequence = cursor.sequence.get(th);
    if i < 0 || sequence.is_unbound() {
        return Ok(cursor.end());
    }
    match th.getitem(&sequence, &th.int(i)) {
        Ok(item) => {
            cursor.index.store(i - 1, Ordering::Relaxed);
            Ok(Some(item))
        }
        Err(raised) => {
            cursor.index.store(-1, Ordering::Relaxed);
            drop(cursor.sequence.take());
            let exc = &th.types().exc;
            if th.error_is(exc.index_error) || th.error_is(exc.stop_iteration) {
                th.clear_error();
                return Ok(None);
            }
            Err(raised)
        }
    }
}

fn hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let cursor = this(th, v)?;
    let sequence = cursor.sequence.get(th);
    if sequence.is_unbound() {
        return Ok(th.int(0));
    }
    let left = cursor.index.load(Ordering::Relaxed) + 1;
    let len = th.length(&sequence)? as i64;
    Ok(th.int(if len < left { 0 } else { left }))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(this(th, v)?.reduce(th, v.type_of(th).value(), || th.tuple(Vec::new())))
}

fn setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let cursor = this(th, v)?;
    let Some(state) = args.first() else { return Ok(Value::NONE) };
    let sequence = cursor.sequence.get(th);
    let len = if sequence.is_unbound() { 0 } else { th.length(&sequence)? as i64 };
    cursor.set_state(th, state, -1, |_| len - 1)?;
    Ok(Value::NONE)
}
