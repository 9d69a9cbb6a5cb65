//! `count`, `cycle`, `repeat`.
use super::{iter_self, positional};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use vm_runtime::prelude::*;

/// Payload of `count`.
pub struct Count {
    next: ObjCell<Value>,
    step: Value,
}

payload!(Count, "count", traverse = Count::traverse);

/// `count`.
pub static COUNT: TypeSpec = TypeSpec {
    name: "itertools.count",
    doc: "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    flags: BASETYPE,
    new_sig: "(start=0, step=1)",
    slots: &[Slot::New(count_new), Slot::Repr(count_repr), Slot::Iter(iter_self), Slot::Next(count_next)],
    ..TypeSpec::of::<Count>()
};

impl Count {
    fn traverse(&self, visit: Visitor<'_>) {
        self.next.peek(|v| visit(v));
        visit(&self.step);
    }
}

fn is_number(th: &Thread, v: &Value) -> bool {
    let slots = &v.type_of(th).slots;
    slots.index().is_some()
        || slots.float().is_some()
        || slots.int().is_some()
        || v.type_of(th) == th.types().complex
}

fn count_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [start, step] = args else { return Err(th.system_error("bad native call")) };
    let start = if start.is_unbound() { th.int(0) } else { start.clone() };
    let step = if step.is_unbound() { th.int(1) } else { step.clone() };
    if !is_number(th, &start) || !is_number(th, &step) {
        return Err(th.type_error("a number is required"));
    }
    Ok(th.new_object(cls, Count { next: ObjCell::new(start), step }))
}

fn count_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Count>(v, "count")?;
    let (now, done) = this.next.with(th, |next| match Value::int_add(next, &this.step) {
        Some(after) => (std::mem::replace(next, after), true),
        None => (next.clone(), false),
    });
    if !done {
        let after = th.binary(BinaryOp::Add, &now, &this.step)?;
        drop(this.next.with(th, |next| std::mem::replace(next, after)));
    }
    Ok(Some(now))
}

fn count_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Count>(v, "count")?;
    let next = this.next.with(th, |next| next.clone());
    let name = v.type_of(th).name().to_string();
    let now = th.repr_string(&next)?;
    Ok(th.str(&if this.step.as_small_int() == Some(1) {
        format!("{name}({now})")
    } else {
        format!("{name}({now}, {})", th.repr_string(&this.step)?)
    }))
}

/// Payload of `cycle`.
pub struct Cycle {
    /// The iterator; empty once it has ended.
    it: AtomicValue,
    saved: ObjCell<Vec<Value>>,
    index: AtomicUsize,
}

payload!(Cycle, "cycle", traverse = Cycle::traverse, clear = Cycle::clear);

/// `cycle`.
pub static CYCLE: TypeSpec = TypeSpec {
    name: "itertools.cycle",
    doc: "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.",
    flags: BASETYPE,
    new_sig: "(iterable, /)",
    slots: &[Slot::NewRaw(cycle_new), Slot::Iter(iter_self), Slot::Next(cycle_next)],
    ..TypeSpec::of::<Cycle>()
};

impl Cycle {
    fn traverse(&self, visit: Visitor<'_>) {
        self.it.traverse(visit);
        self.saved.peek(|saved| saved.iter().for_each(visit));
    }

    fn clear(&self) {
        drop(self.it.take());
    }
}

fn cycle_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let args = positional::<Cycle>(th, cls, "cycle", args, 1..=1)?;
    let it = match args.first() {
        Some(iterable) => th.iter(iterable)?,
        None => return Err(th.system_error("bad native call")),
    };
    let cycle =
        Cycle { it: AtomicValue::new(it), saved: ObjCell::new(Vec::new()), index: AtomicUsize::new(0) };
    Ok(th.new_object(cls, cycle))
}

fn cycle_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Cycle>(v, "cycle")?;
    let it = this.it.get(th);
    if !it.is_unbound() {
        if let Some(item) = th.next(&it)? {
            let copy = item.clone();
            this.saved.with(th, |saved| saved.push(copy));
            return Ok(Some(item));
        }
        drop(this.it.take());
    }
    Ok(this.saved.with(th, |saved| {
        // Relaxed: the lock orders it.
        let i = this.index.load(Ordering::Relaxed);
        let i = if i >= saved.len() { 0 } else { i };
        this.index.store(i + 1, Ordering::Relaxed);
        saved.get(i).cloned()
    }))
}

/// Payload of `repeat`.
pub struct Repeat {
    object: Value,
    /// How often still; negative: without end.
    left: AtomicI64,
}

payload!(Repeat, "repeat", traverse = Repeat::traverse);

/// `repeat`.
pub static REPEAT: TypeSpec = TypeSpec {
    name: "itertools.repeat",
    doc: "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.",
    flags: BASETYPE,
    new_sig: "(object, times=None)",
    slots: &[Slot::New(repeat_new), Slot::Repr(repeat_repr), Slot::Iter(iter_self), Slot::Next(repeat_next)],
    methods: &[m(
        "__length_hint__",
        "()",
        repeat_hint,
        "Private method returning an estimate of len(list(it)).",
    )],
    ..TypeSpec::of::<Repeat>()
};

impl Repeat {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.object);
    }
}

fn repeat_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [object, times] = args else { return Err(th.system_error("bad native call")) };
    let left = if times.is_unbound() { -1 } else { th.index_i64(times)?.max(0) };
    Ok(th.new_object(cls, Repeat { object: object.clone(), left: AtomicI64::new(left) }))
}

fn repeat_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Repeat>(v, "repeat")?;
    // Relaxed: only the number matters.
    let mut left = this.left.load(Ordering::Relaxed);
    while left > 0 {
        match this.left.compare_exchange_weak(left, left - 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return Ok(Some(this.object.clone())),
            Err(now) => left = now,
        }
    }
    Ok(if left < 0 { Some(this.object.clone()) } else { None })
}

fn repeat_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Repeat>(v, "repeat")?;
    let name = v.type_of(th).name().to_string();
    let object = th.repr_string(&this.object)?;
    Ok(th.str(&match this.left.load(Ordering::Relaxed) {
        ..0 => format!("{name}({object})"),
        left => format!("{name}({object}, {left})"),
    }))
}

fn repeat_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    match th.expect::<Repeat>(v, "repeat")?.left.load(Ordering::Relaxed) {
        ..0 => Err(th.type_error("len() of unsized object")),
        left => Ok(th.int(left)),
    }
}
