//! `list` as Python sees it.
use super::{List, sort};
use crate::prelude::*;
use crate::types::iterators;
use crate::types::subscript::{
    Subscript, class_getitem, only_positional, place, search_bounds, subscript, to_index,
};
use crate::types::tuple::Tuple;

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "list",
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    flags: BASETYPE | SEQUENCE,
    new_sig: "(iterable=(), /)",
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iterators::list_iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SetItem(setitem),
        Slot::SqItem(sq_item),
        Slot::Contains(contains),
        Slot::Concat(concat),
        Slot::Repeat(repeat),
        Slot::InplaceConcat(inplace_concat),
        Slot::InplaceRepeat(inplace_repeat),
    ],
    methods: &[
        m("__reversed__", "()", iterators::list_reversed, "Return a reverse iterator over the list."),
        m("__sizeof__", "()", sizeof, "Return the size of the list in memory, in bytes."),
        m("clear", "()", clear, "Remove all items from list."),
        m("copy", "()", copy, "Return a shallow copy of the list."),
        m("append", "(object, /)", append, "Append object to the end of the list."),
        m("insert", "(index, object, /)", insert, "Insert object before index."),
        m("extend", "(iterable, /)", extend, "Extend list by appending elements from the iterable."),
        m(
            "pop",
            "(index=-1, /)",
            pop,
            "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
        ),
        m(
            "remove",
            "(value, /)",
            remove,
            "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
        ),
        m(
            "index",
            "(value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        m("count", "(value, /)", count, "Return number of occurrences of value."),
        m("reverse", "()", reverse, "Reverse *IN PLACE*."),
        m(
            "sort",
            "(*, key=None, reverse=False)",
            sort::list_sort,
            "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable\n(i.e. the order of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort\nthem, ascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
        ),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "lists are generic over the type of their contents",
        ),
    ],
    ..TypeSpec::of::<List>()
};

#[inline(always)]
fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a List> {
    th.expect::<List>(v, "list")
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs<'_>) -> PyResult<Value> {
    Ok(th.new_object(cls, List::default()))
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let list = this(th, v)?;
    let ty = v.type_of(th);
    let own_new = ty.slots.new().map(|f| f as usize) != th.types().list.slots.new().map(|f| f as usize);
    let args = only_positional(th, "list", args, 0..=1, own_new && ty != th.types().list)?;
    list.clear(th);
    match args.first() {
        Some(iterable) => extend_from(th, v, list, iterable),
        None => Ok(()),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let list = this(th, v)?;
    if list.is_empty() {
        return Ok(th.str("[]"));
    }
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("[...]")) };
    let mut out = Wtf8Buf::from("[");
    let mut i = 0;
    while let Some(item) = list.get(th, i) {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&th.repr_string(&item)?);
        i += 1;
    }
    out.push_str("]");
    Ok(th.str_wtf8(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<List>(), b.payload::<List>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if left.len() != right.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    let mut i = 0;
    loop {
        let (Some(x), Some(y)) = (left.get(th, i), right.get(th, i)) else { break };
        if !th.eq(&x, &y)? {
            // The comparison may have shortened a list: then it is the lengths that decide.
            if i >= left.len() || i >= right.len() {
                break;
            }
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => th.compare(&x, &y, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.of(left.len().cmp(&right.len()))))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len())
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let list = this(th, v)?;
    match subscript(th, "list", key)? {
        Subscript::Index(i) => list.at(th, i).ok_or_else(|| th.index_error("list index out of range")),
        Subscript::Slice(bounds) => Ok(th.list(list.range_to_vec(th, |len| bounds.fit(len)))),
    }
}

fn sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    let found = this(th, v)?.get(th, usize::try_from(i).unwrap_or(usize::MAX));
    found.ok_or_else(|| th.index_error("list index out of range"))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let list = this(th, v)?;
    match (subscript(th, "list", key)?, value) {
        (Subscript::Index(i), Some(value)) => match place(i, list.len()) {
            Some(i) if list.set(th, i, value.clone()) => Ok(()),
            _ => Err(th.index_error("list assignment index out of range")),
        },
        (Subscript::Index(i), None) => match place(i, list.len()).and_then(|i| list.remove_at(th, i)) {
            Some(_) => Ok(()),
            None => Err(th.index_error("list assignment index out of range")),
        },
        (Subscript::Slice(bounds), Some(value)) if bounds.step == 1 => {
            let new = sequence_items(th, value, "must assign iterable to extended slice")?;
            list.splice_with(
                th,
                |len| {
                    let range = bounds.fit(len);
                    (range.start as usize, range.stop.max(range.start) as usize)
                },
                new,
            )
        }
        (Subscript::Slice(bounds), Some(value)) => {
            let new = sequence_items(th, value, "must assign iterable to extended slice")?;
            let size = new.len();
            list.set_strided(th, |len| bounds.fit(len), new).map_err(|count| {
                th.value_error(format!(
                    "attempt to assign sequence of size {size} to extended slice of size {count}"
                ))
            })
        }
        (Subscript::Slice(bounds), None) if bounds.step == 1 => list.splice_with(
            th,
            |len| {
                let range = bounds.fit(len);
                (range.start as usize, range.stop.max(range.start) as usize)
            },
            Vec::new(),
        ),
        (Subscript::Slice(bounds), None) => {
            list.delete_strided(th, |len| bounds.fit(len));
            Ok(())
        }
    }
}

/// All items of an iterable; a TypeError with this message if it is none.
fn sequence_items(th: &Thread, v: &Value, message: &str) -> PyResult<Vec<Value>> {
    if let Some(items) = exact_items(th, v) {
        return Ok(items);
    }
    match th.iter(v) {
        Ok(it) => th.collect_iterator(&it),
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) {
                th.clear_error();
                return Err(th.type_error(message));
            }
            Err(raised)
        }
    }
}

/// The items of an exact list or tuple.
pub(crate) fn exact_items(th: &Thread, v: &Value) -> Option<Vec<Value>> {
    if th.is_exact(v, th.types().list) {
        return v.payload::<List>().map(|list| list.to_vec(th));
    }
    if th.is_exact(v, th.types().tuple) {
        return v.payload::<Tuple>().map(|tuple| tuple.as_slice().to_vec());
    }
    None
}

fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    let list = this(th, v)?;
    let mut i = 0;
    while let Some(x) = list.get(th, i) {
        if th.eq(&x, item)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let left = this(th, a)?;
    let Some(right) = b.payload::<List>() else {
        return Err(th.type_error(format!(
            "can only concatenate list (not \"{}\") to list",
            b.type_of(th).full_name()
        )));
    };
    let mut all = left.to_vec(th);
    all.extend(right.to_vec(th));
    Ok(th.list(all))
}

/// `items * n`.
///
/// # Errors
/// MemoryError.
pub fn repeated(th: &Thread, items: &[Value], n: i64) -> PyResult<Vec<Value>> {
    let n = usize::try_from(n).unwrap_or(0);
    let Some(total) = items.len().checked_mul(n).filter(|total| *total < isize::MAX as usize / 8) else {
        return Err(th.memory_error());
    };
    let mut all = Vec::new();
    if all.try_reserve_exact(total).is_err() {
        return Err(th.memory_error());
    }
    if let [one] = items {
        all.resize(total, one.clone());
    } else {
        for _ in 0..if items.is_empty() { 0 } else { n } {
            all.extend_from_slice(items);
        }
    }
    Ok(all)
}

fn repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let all = repeated(th, &this(th, v)?.to_vec(th), n)?;
    match List::try_new(all) {
        Some(list) => Ok(th.new_object(th.types().list, list)),
        None => Err(th.memory_error()),
    }
}

fn inplace_concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    extend_from(th, a, this(th, a)?, b)?;
    Ok(a.clone())
}

fn inplace_repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let list = this(th, v)?;
    if n <= 0 {
        list.clear(th);
    } else if n > 1 {
        let all = repeated(th, &list.to_vec(th), n - 1)?;
        list.extend(th, all)?;
    }
    Ok(v.clone())
}

fn extend_from(th: &Thread, v: &Value, list: &List, iterable: &Value) -> PyResult<()> {
    let _ = v;
    if let Some(items) = exact_items(th, iterable) {
        return list.extend(th, items);
    }
    if let Some(items) = th.builtin_items(iterable) {
        return list.extend(th, items);
    }
    let it = th.iter(iterable)?;
    // The hint is asked for, as it may raise, but only a sign of what is to come.
    th.length_hint(iterable, 8)?;
    while let Some(item) = th.next(&it)? {
        list.append(th, item)?;
    }
    Ok(())
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.memory()))
}

fn clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.clear(th);
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.list(this(th, v)?.to_vec(th)))
}

fn append(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    if let [item] = args {
        this(th, v)?.append(th, item.clone())?;
    }
    Ok(Value::NONE)
}

fn insert(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [index, item] = args else { return Err(th.system_error("bad native call")) };
    let index = th.index_i64(index)?;
    this(th, v)?.splice_with(
        th,
        |len| {
            let i = if index < 0 { index.saturating_add(len as i64).max(0) } else { index };
            let i = usize::try_from(i).unwrap_or(usize::MAX).min(len);
            (i, i)
        },
        vec![item.clone()],
    )?;
    Ok(Value::NONE)
}

fn extend(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    if let [iterable] = args {
        extend_from(th, v, this(th, v)?, iterable)?;
    }
    Ok(Value::NONE)
}

fn pop(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let list = this(th, v)?;
    let index = match args.first() {
        Some(i) if !i.is_unbound() => to_index(th, i)?,
        _ => -1,
    };
    let taken =
        if index == -1 { list.pop(th) } else { place(index, list.len()).and_then(|i| list.remove_at(th, i)) };
    match taken {
        Some(item) => Ok(item),
        None if list.is_empty() => Err(th.index_error("pop from empty list")),
        None => Err(th.index_error("pop index out of range")),
    }
}

fn remove(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted] = args else { return Err(th.system_error("bad native call")) };
    let list = this(th, v)?;
    let mut i = 0;
    while let Some(item) = list.get(th, i) {
        if th.eq(&item, wanted)? {
            list.remove_at(th, i);
            return Ok(Value::NONE);
        }
        i += 1;
    }
    Err(th.value_error("list.remove(x): x not in list"))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted, start, stop] = args else { return Err(th.system_error("bad native call")) };
    let list = this(th, v)?;
    let (mut i, stop) = search_bounds(th, start, stop, list.len())?;
    while i < stop {
        let Some(item) = list.get(th, i) else { break };
        if th.eq(&item, wanted)? {
            return Ok(th.usize(i));
        }
        i += 1;
    }
    Err(th.value_error("list.index(x): x not in list"))
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted] = args else { return Err(th.system_error("bad native call")) };
    let list = this(th, v)?;
    let (mut i, mut n) = (0, 0);
    while let Some(item) = list.get(th, i) {
        n += usize::from(th.eq(&item, wanted)?);
        i += 1;
    }
    Ok(th.usize(n))
}

fn reverse(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.reverse(th);
    Ok(Value::NONE)
}
