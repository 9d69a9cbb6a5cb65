//! `tuple` as Python sees it.
use super::Tuple;
use crate::prelude::*;
use crate::types::iterators;
use crate::types::list::methods::repeated;
use crate::types::subscript::{Subscript, class_getitem, only_positional, place, search_bounds, subscript};

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "tuple",
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    flags: BASETYPE | SEQUENCE,
    new_sig: "(iterable=(), /)",
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Iter(iterators::tuple_iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SqItem(sq_item),
        Slot::Contains(contains),
        Slot::Concat(concat),
        Slot::Repeat(repeat),
    ],
    methods: &[
        m("__getnewargs__", "()", getnewargs, ""),
        m(
            "index",
            "(value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        m("count", "(value, /)", count, "Return number of occurrences of value."),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "Tuples are generic over the types of their contents.\n\nFor example, use ``tuple[int, str]`` for a pair whose first element\nis an int and second element is a string.\n\nTuples also support the form ``tuple[T, ...]`` to indicate\nan arbitrary length tuple of elements of type T.",
        ),
    ],
    variable: true,
    ..TypeSpec::of::<Tuple>()
};

#[inline(always)]
fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a [Value]> {
    Ok(th.expect::<Tuple>(v, "tuple")?.as_slice())
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let exact = cls == th.types().tuple;
    let own_init = cls.slots.init().map(|f| f as usize) != th.types().tuple.slots.init().map(|f| f as usize);
    let args = only_positional(th, "tuple", args, 0..=1, !exact && own_init)?;
    match args.first() {
        None => Tuple::make(th, cls, Vec::new()),
        Some(v) if exact && th.is_exact(v, cls) => Ok(v.clone()),
        Some(v) => Tuple::make(th, cls, th.collect(v)?),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let items = this(th, v)?;
    if items.is_empty() {
        return Ok(th.str("()"));
    }
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("(...)")) };
    let mut out = Wtf8Buf::from("(");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&th.repr_string(item)?);
    }
    out.push_str(if items.len() == 1 { ",)" } else { ")" });
    Ok(th.str_wtf8(out))
}

/// The hash of a sequence of hashes, as CPython's tuples (xxHash's mixing).
pub fn hash_of_hashes(hashes: impl Iterator<Item = PyResult<i64>>, len: usize) -> PyResult<i64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let mut acc = PRIME_5;
    for hash in hashes {
        acc = acc.wrapping_add((hash? as u64).wrapping_mul(PRIME_2));
        acc = acc.rotate_left(31).wrapping_mul(PRIME_1);
    }
    acc = acc.wrapping_add(len as u64 ^ (PRIME_5 ^ 3_527_539));
    Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let tuple = th.expect::<Tuple>(v, "tuple")?;
    if let Some(hash) = tuple.cached_hash() {
        return Ok(hash);
    }
    let _depth = th.enter_recursive(" while hashing a tuple")?;
    let items = tuple.as_slice();
    let hash = hash_of_hashes(items.iter().map(|item| th.hash(item)), items.len())?;
    tuple.cache_hash(hash);
    Ok(hash)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Tuple>(), b.payload::<Tuple>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (left, right) = (left.as_slice(), right.as_slice());
    for (x, y) in left.iter().zip(right) {
        if !th.eq(x, y)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => th.compare(x, y, op),
            };
        }
    }
    Ok(Value::bool(op.of(left.len().cmp(&right.len()))))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len())
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let items = this(th, v)?;
    match subscript(th, "tuple", key)? {
        Subscript::Index(i) => match place(i, items.len()).and_then(|i| items.get(i)) {
            Some(item) => Ok(item.clone()),
            None => Err(th.index_error("tuple index out of range")),
        },
        Subscript::Slice(bounds) => {
            let range = bounds.fit(items.len());
            if range.count == items.len() && range.step == 1 && th.is_exact(v, th.types().tuple) {
                return Ok(v.clone());
            }
            Ok(th.tuple(range.iter().filter_map(|i| items.get(i)).cloned().collect()))
        }
    }
}

fn sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    let found = this(th, v)?.get(usize::try_from(i).unwrap_or(usize::MAX));
    found.cloned().ok_or_else(|| th.index_error("tuple index out of range"))
}

fn contains(th: &Thread, v: &Value, wanted: &Value) -> PyResult<bool> {
    for item in this(th, v)? {
        if th.eq(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let left = this(th, a)?;
    let Some(right) = b.payload::<Tuple>() else {
        return Err(th.type_error(format!(
            "can only concatenate tuple (not \"{}\") to tuple",
            b.type_of(th).full_name()
        )));
    };
    let exact = th.types().tuple;
    if left.is_empty() && th.is_exact(b, exact) {
        return Ok(b.clone());
    }
    if right.is_empty() && th.is_exact(a, exact) {
        return Ok(a.clone());
    }
    let mut all = Vec::with_capacity(left.len() + right.len());
    all.extend_from_slice(left);
    all.extend_from_slice(right.as_slice());
    Tuple::make(th, exact, all)
}

fn repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let items = this(th, v)?;
    if (items.is_empty() || n == 1) && th.is_exact(v, th.types().tuple) {
        return Ok(v.clone());
    }
    Tuple::make(th, th.types().tuple, repeated(th, items, n)?)
}

fn getnewargs(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let copy = th.tuple(this(th, v)?.to_vec());
    Ok(th.tuple(vec![copy]))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted, start, stop] = args else { return Err(th.system_error("bad native call")) };
    let items = this(th, v)?;
    let (start, stop) = search_bounds(th, start, stop, items.len())?;
    for (i, item) in items.iter().enumerate().take(stop).skip(start) {
        if th.eq(item, wanted)? {
            return Ok(th.usize(i));
        }
    }
    Err(th.value_error("tuple.index(x): x not in tuple"))
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted] = args else { return Err(th.system_error("bad native call")) };
    let mut n = 0;
    for item in this(th, v)? {
        n += usize::from(th.eq(item, wanted)?);
    }
    Ok(th.usize(n))
}
