//! `chain`, `accumulate`.
use super::{given, iter_self};
use vm_runtime::prelude::*;
use vm_runtime::types::subscript::class_getitem;

/// Payload of `chain`.
pub struct Chain {
    /// Iterator over the iterables; empty at the end.
    source: AtomicValue,
    /// Iterator over the current one; empty between two.
    active: AtomicValue,
}

payload!(Chain, "chain", traverse = Chain::traverse, clear = Chain::clear);

/// `chain`.
pub static CHAIN: TypeSpec = TypeSpec {
    name: "itertools.chain",
    doc: "Return a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
    flags: BASETYPE,
    new_sig: "(*iterables)",
    slots: &[Slot::NewRaw(chain_new), Slot::Iter(iter_self), Slot::Next(chain_next)],
    methods: &[
        cm(
            "from_iterable",
            "(iterable, /)",
            from_iterable,
            "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
        ),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "chain is generic over the type of its contents.\nThis is the union of the types of the input iterable contents.",
        ),
    ],
    ..TypeSpec::of::<Chain>()
};

impl Chain {
    fn traverse(&self, visit: Visitor<'_>) {
        self.source.traverse(visit);
        self.active.traverse(visit);
    }

    fn clear(&self) {
        drop(self.source.take());
        drop(self.active.take());
    }
}

fn make(th: &Thread, cls: TypeRef, source: Value) -> Value {
    th.new_object(cls, Chain { source: AtomicValue::new(source), active: AtomicValue::empty() })
}

fn chain_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let all = super::positional::<Chain>(th, cls, "chain", args, 0..=usize::MAX)?;
    let source = th.iter(&th.tuple(all.to_vec()))?;
    Ok(make(th, cls, source))
}

fn from_iterable(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let (Some(cls), Some(iterable)) = (TypeRef::from_value(cls), args.first()) else {
        return Err(th.system_error("bad native call"));
    };
    let source = th.iter(iterable)?;
    Ok(make(th, cls, source))
}

fn chain_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Chain>(v, "chain")?;
    loop {
        let mut active = this.active.get(th);
        if active.is_unbound() {
            let source = this.source.get(th);
            if source.is_unbound() {
                return Ok(None);
            }
            let next = match th.next(&source) {
                Ok(Some(iterable)) => th.iter(&iterable),
                Ok(None) => {
                    this.clear();
                    return Ok(None);
                }
                Err(raised) => Err(raised),
            };
            match next {
                Ok(it) => {
                    this.active.set(th, it.clone());
                    active = it;
                }
                Err(raised) => {
                    drop(this.source.take());
                    return Err(raised);
                }
            }
        }
        if let Some(item) = th.next(&active)? {
            return Ok(Some(item));
        }
        if this.active.holds(&active) {
            drop(this.active.take());
        }
    }
}

/// Payload of `accumulate`.
pub struct Accumulate {
    it: Value,
    function: Option<Value>,
    total: AtomicValue,
    initial: AtomicValue,
}

payload!(Accumulate, "accumulate", traverse = Accumulate::traverse, clear = Accumulate::clear);

/// `accumulate`.
pub static ACCUMULATE: TypeSpec = TypeSpec {
    name: "itertools.accumulate",
    doc: "Return series of accumulated sums (or other binary function results).",
    flags: BASETYPE,
    new_sig: "(iterable, func=None, *, initial=None)",
    slots: &[Slot::New(accumulate_new), Slot::Iter(iter_self), Slot::Next(accumulate_next)],
    ..TypeSpec::of::<Accumulate>()
};

impl Accumulate {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.it);
        self.function.iter().for_each(&mut *visit);
        self.total.traverse(visit);
        self.initial.traverse(visit);
    }

    fn clear(&self) {
        drop(self.total.take());
        drop(self.initial.take());
    }
}

fn accumulate_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, function, initial] = args else { return Err(th.system_error("bad native call")) };
    let it = th.iter(iterable)?;
    let initial = match given(initial) {
        Some(initial) => AtomicValue::new(initial.clone()),
        None => AtomicValue::empty(),
    };
    let this = Accumulate { it, function: given(function).cloned(), total: AtomicValue::empty(), initial };
    Ok(th.new_object(cls, this))
}

fn accumulate_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Accumulate>(v, "accumulate")?;
    let initial = this.initial.take();
    if !initial.is_unbound() {
        this.total.set(th, initial.clone());
        return Ok(Some(initial));
    }
    let Some(item) = th.next(&this.it)? else { return Ok(None) };
    let total = this.total.get(th);
    let total = if total.is_unbound() {
        item
    } else {
        match &this.function {
            Some(function) => th.call(function, &[total, item])?,
            None => th.binary(BinaryOp::Add, &total, &item)?,
        }
    };
    this.total.set(th, total.clone());
    Ok(Some(total))
}
