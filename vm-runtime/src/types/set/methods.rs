//! `set` and `frozenset` as Python sees them.
use super::{Set, iter};
use crate::prelude::*;
use crate::types::subscript::{class_getitem, only_positional};
use vm_core::sync::atomic::Ordering;

const COPY: &str = "Return a shallow copy of a set.";
const DIFFERENCE: &str = "Return a new set with elements in the set that are not in the others.";
const INTERSECTION: &str = "Return a new set with elements common to the set and all others.";
const ISDISJOINT: &str = "Return True if two sets have a null intersection.";
const ISSUBSET: &str = "Report whether another set contains this set.";
const ISSUPERSET: &str = "Report whether this set contains another set.";
const REDUCE: &str = "Return state information for pickling.";
const SIZEOF: &str = "S.__sizeof__() -> size of S in memory, in bytes.";
const SYMMETRIC: &str = "Return a new set with elements in either the set or other but not both.";
const UNION: &str = "Return a new set with elements from the set and all others.";

/// `set`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "set",
    doc: "Build an unordered collection of unique elements.",
    flags: BASETYPE | WEAKREFS,
    new_sig: "(iterable=(), /)",
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iter::iter),
        Slot::Len(len),
        Slot::Contains(contains),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::And, and),
        Slot::Binary(BinaryOp::Xor, xor),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Inplace(BinaryOp::Sub, isub),
        Slot::Inplace(BinaryOp::And, iand),
        Slot::Inplace(BinaryOp::Xor, ixor),
        Slot::Inplace(BinaryOp::Or, ior),
    ],
    methods: &[
        m(
            "add",
            "(object, /)",
            add,
            "Add an element to a set.\n\nThis has no effect if the element is already present.",
        ),
        m("clear", "()", clear, "Remove all elements from this set."),
        m("copy", "()", copy, COPY),
        m(
            "discard",
            "(object, /)",
            discard,
            "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
        ),
        m("difference", "(*others)", difference, DIFFERENCE),
        m(
            "difference_update",
            "(*others)",
            difference_update,
            "Update the set, removing elements found in others.",
        ),
        m("intersection", "(*others)", intersection, INTERSECTION),
        m(
            "intersection_update",
            "(*others)",
            intersection_update,
            "Update the set, keeping only elements found in it and all others.",
        ),
        m("isdisjoint", "(other, /)", isdisjoint, ISDISJOINT),
        m("issubset", "(other, /)", issubset, ISSUBSET),
        m("issuperset", "(other, /)", issuperset, ISSUPERSET),
        m(
            "pop",
            "()",
            pop,
            "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.",
        ),
        m("__reduce__", "()", reduce, REDUCE),
        m(
            "remove",
            "(object, /)",
            remove,
            "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
        ),
        m("__sizeof__", "()", sizeof, SIZEOF),
        m("symmetric_difference", "(other, /)", symmetric_difference, SYMMETRIC),
        m(
            "symmetric_difference_update",
            "(other, /)",
            symmetric_difference_update,
            "Update the set, keeping only elements found in either set, but not in both.",
        ),
        m("union", "(*others)", union, UNION),
        m("update", "(*others)", update, "Update the set, adding elements from all others."),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "sets are generic over the type of their elements",
        ),
    ],
    ..TypeSpec::of::<Set>()
};

/// `frozenset`.
pub static FROZENSET_SPEC: TypeSpec = TypeSpec {
    name: "frozenset",
    doc: "Build an immutable unordered collection of unique elements.",
    flags: BASETYPE | WEAKREFS,
    new_sig: "(iterable=(), /)",
    slots: &[
        Slot::NewRaw(frozenset_new),
        Slot::Repr(repr),
        Slot::Hash(frozenset_hash),
        Slot::RichCompare(compare),
        Slot::Iter(iter::iter),
        Slot::Len(len),
        Slot::Contains(contains),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::And, and),
        Slot::Binary(BinaryOp::Xor, xor),
        Slot::Binary(BinaryOp::Or, or),
    ],
    methods: &[
        m("copy", "()", copy, COPY),
        m("difference", "(*others)", difference, DIFFERENCE),
        m("intersection", "(*others)", intersection, INTERSECTION),
        m("isdisjoint", "(other, /)", isdisjoint, ISDISJOINT),
        m("issubset", "(other, /)", issubset, ISSUBSET),
        m("issuperset", "(other, /)", issuperset, ISSUPERSET),
        m("__reduce__", "()", reduce, REDUCE),
        m("__sizeof__", "()", sizeof, SIZEOF),
        m("symmetric_difference", "(other, /)", symmetric_difference, SYMMETRIC),
        m("union", "(*others)", union, UNION),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "frozensets are generic over the type of their elements",
        ),
    ],
    ..TypeSpec::of::<Set>()
};

#[inline(always)]
fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Set> {
    th.expect::<Set>(v, "set")
}

/// `set` or `frozenset`: the builtin type that `v` is or derives from.
fn base_type(th: &Thread, v: &Value) -> TypeRef {
    if th.isinstance(v, th.types().frozenset) { th.types().frozenset } else { th.types().set }
}

fn like(th: &Thread, v: &Value, set: Set) -> Value {
    th.new_object(base_type(th, v), set)
}

fn copied(th: &Thread, set: &Set) -> PyResult<Set> {
    set.try_copy(th).ok_or_else(|| th.memory_error())
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs<'_>) -> PyResult<Value> {
    Ok(th.new_object(cls, Set::new()))
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let set = this(th, v)?;
    let args = only_positional(th, "set", args, 0..=1, false)?;
    set.clear(th);
    match args.first() {
        Some(iterable) => set.update(th, iterable),
        None => Ok(()),
    }
}

fn frozenset_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let exact = th.types().frozenset;
    let own_init = cls.slots.init().map(|f| f as usize) != exact.slots.init().map(|f| f as usize);
    let args = only_positional(th, "frozenset", args, 0..=1, cls != exact && own_init)?;
    match args.first() {
        Some(v) if cls == exact && th.is_exact(v, exact) => Ok(v.clone()),
        Some(v) => {
            let set = Set::from_iterable(th, v)?;
            Ok(th.new_object(cls, set))
        }
        None => Ok(th.new_object(cls, Set::new())),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let set = this(th, v)?;
    let ty = v.type_of(th);
    let name = ty.name().to_string();
    if set.is_empty() {
        return Ok(th.str(&format!("{name}()")));
    }
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str(&format!("{name}(...)"))) };
    let plain = ty == th.types().set;
    let mut out = Wtf8Buf::from_string(if plain { "{".to_string() } else { format!("{name}({{") });
    for (i, item) in set.to_vec(th).iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&th.repr_string(item)?);
    }
    out.push_str(if plain { "}" } else { "})" });
    Ok(th.str_wtf8(out))
}

fn frozenset_hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let set = this(th, v)?;
    let known = set.hash.load(Ordering::Relaxed);
    if known != -1 {
        return Ok(known);
    }
    let hash = set.content_hash(th);
    set.hash.store(hash, Ordering::Relaxed);
    Ok(hash)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Set>(), b.payload::<Set>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let equal = |th: &Thread| -> PyResult<bool> {
        let (x, y) = (left.hash.load(Ordering::Relaxed), right.hash.load(Ordering::Relaxed));
        if x != -1 && y != -1 && x != y {
            return Ok(false);
        }
        left.equals(th, right)
    };
    Ok(Value::bool(match op {
        CompareOp::Eq => equal(th)?,
        CompareOp::Ne => !equal(th)?,
        CompareOp::Le => left.is_subset(th, right)?,
        CompareOp::Ge => right.is_subset(th, left)?,
        CompareOp::Lt => left.len() < right.len() && left.is_subset(th, right)?,
        CompareOp::Gt => left.len() > right.len() && right.is_subset(th, left)?,
    }))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len())
}

fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    this(th, v)?.contains(th, item)
}

fn both<'a>(a: &'a Value, b: &'a Value) -> Option<(&'a Set, &'a Set)> {
    Some((a.payload::<Set>()?, b.payload::<Set>()?))
}

fn sub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(like(th, a, left.difference(th, b)?))
}

fn and(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(like(th, a, left.intersection(th, b)?))
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    let result = copied(th, left)?;
    result.update(th, b)?;
    Ok(like(th, a, result))
}

fn xor(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(like(th, a, left.symmetric_difference(th, a, b)?))
}

fn isub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    left.difference_update(th, b)?;
    Ok(a.clone())
}

fn iand(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    left.intersection_update(th, b)?;
    Ok(a.clone())
}

fn ixor(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    left.symmetric_difference_update(th, b)?;
    Ok(a.clone())
}

fn ior(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let Some((left, _)) = both(a, b) else { return Ok(Value::NOT_IMPLEMENTED) };
    left.update(th, b)?;
    Ok(a.clone())
}

fn one<'a>(th: &Thread, args: &'a [Value]) -> PyResult<&'a Value> {
    args.first().ok_or_else(|| th.system_error("bad native call"))
}

fn add(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.add(th, one(th, args)?)?;
    Ok(Value::NONE)
}

fn clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.clear(th);
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    if th.is_exact(v, th.types().frozenset) {
        return Ok(v.clone());
    }
    Ok(like(th, v, copied(th, this(th, v)?)?))
}

fn discard(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.discard(th, one(th, args)?)?;
    Ok(Value::NONE)
}

fn remove(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let item = one(th, args)?;
    if this(th, v)?.discard(th, item)? { Ok(Value::NONE) } else { Err(th.key_error(item.clone())) }
}

fn pop(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.pop(th).ok_or_else(|| th.key_error(th.str("pop from an empty set")))
}

fn difference(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    let set = this(th, v)?;
    let Some((first, rest)) = others.split_first() else { return Ok(like(th, v, copied(th, set)?)) };
    let result = set.difference(th, first)?;
    for other in rest {
        result.difference_update(th, other)?;
    }
    Ok(like(th, v, result))
}

fn difference_update(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    let set = this(th, v)?;
    for other in others {
        set.difference_update(th, other)?;
    }
    Ok(Value::NONE)
}

fn intersection_of(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Set> {
    let set = this(th, v)?;
    let Some((first, rest)) = others.split_first() else { return copied(th, set) };
    let mut result = set.intersection(th, first)?;
    for other in rest {
        result = result.intersection(th, other)?;
    }
    Ok(result)
}

fn intersection(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    Ok(like(th, v, intersection_of(th, v, others)?))
}

fn intersection_update(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    let result = intersection_of(th, v, others)?;
    this(th, v)?.take_over(th, &result);
    Ok(Value::NONE)
}

fn isdisjoint(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.is_disjoint(th, one(th, args)?)?))
}

fn issubset(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (set, other) = (this(th, v)?, one(th, args)?);
    if let Some(other) = other.payload::<Set>() {
        return Ok(Value::bool(set.is_subset(th, other)?));
    }
    let common = set.intersection(th, other)?;
    Ok(Value::bool(common.len() == set.len()))
}

fn issuperset(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (set, other) = (this(th, v)?, one(th, args)?);
    if let Some(other) = other.payload::<Set>() {
        return Ok(Value::bool(other.is_subset(th, set)?));
    }
    let it = th.iter(other)?;
    while let Some(item) = th.next(&it)? {
        if !set.contains(th, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let items = th.list(this(th, v)?.to_vec(th));
    let state = th.object_state(v)?;
    Ok(th.tuple(vec![v.type_of(th).value(), th.tuple(vec![items]), state]))
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.memory()))
}

fn symmetric_difference(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let result = this(th, v)?.symmetric_difference(th, v, one(th, args)?)?;
    Ok(like(th, v, result))
}

fn symmetric_difference_update(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.symmetric_difference_update(th, one(th, args)?)?;
    Ok(Value::NONE)
}

fn union(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    let result = copied(th, this(th, v)?)?;
    for other in others {
        result.update(th, other)?;
    }
    Ok(like(th, v, result))
}

fn update(th: &Thread, v: &Value, others: &[Value]) -> PyResult<Value> {
    let set = this(th, v)?;
    for other in others {
        set.update(th, other)?;
    }
    Ok(Value::NONE)
}
