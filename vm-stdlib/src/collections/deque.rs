//! `deque`.
use super::deque_iter;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use vm_runtime::prelude::*;
use vm_runtime::types::subscript::{class_getitem, is_index, place, search_bounds};

/// Payload of `deque`.
pub struct Deque {
    items: ObjCell<Inner>,
    /// Negative: unbounded.
    maxlen: AtomicI64,
}

struct Inner {
    items: VecDeque<Value>,
    /// Raised by every change of the length or order.
    changes: u64,
}

payload!(Deque, "deque", traverse = Deque::traverse, clear = Deque::clear_for_gc);

/// `deque`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.deque",
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    flags: BASETYPE | WEAKREFS | SEQUENCE,
    new_sig: "(iterable=(), maxlen=None)",
    slots: &[
        Slot::NewRaw(new),
        Slot::Init(init),
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(deque_iter::iter),
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
        m("append", "(item, /)", append, "Add an element to the right side of the deque."),
        m("appendleft", "(item, /)", appendleft, "Add an element to the left side of the deque."),
        m("clear", "()", clear, "Remove all elements from the deque."),
        m("__copy__", "()", copy, "Return a shallow copy of a deque."),
        m("copy", "()", copy, "Return a shallow copy of a deque."),
        m("count", "(value, /)", count, "Return number of occurrences of value."),
        m(
            "extend",
            "(iterable, /)",
            extend,
            "Extend the right side of the deque with elements from the iterable.",
        ),
        m(
            "extendleft",
            "(iterable, /)",
            extendleft,
            "Extend the left side of the deque with elements from the iterable.",
        ),
        m(
            "index",
            "(value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        m("insert", "(index, value, /)", insert, "Insert value before index."),
        m("pop", "()", pop, "Remove and return the rightmost element."),
        m("popleft", "()", popleft, "Remove and return the leftmost element."),
        m("__reduce__", "()", reduce, "Return state information for pickling."),
        m("remove", "(value, /)", remove, "Remove first occurrence of value."),
        m("__reversed__", "()", deque_iter::reversed, "Return a reverse iterator over the deque."),
        m("reverse", "()", reverse, "Reverse *IN PLACE*."),
        m(
            "rotate",
            "(n=1, /)",
            rotate,
            "Rotate the deque n steps to the right.  If n is negative, rotates left.",
        ),
        m("__sizeof__", "()", sizeof, "Return the size of the deque in memory, in bytes."),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "deques are generic over the type of their contents",
        ),
    ],
    getset: &[gs("maxlen", get_maxlen, None, "maximum size of a deque or None if unbounded")],
    ..TypeSpec::of::<Deque>()
};

impl Deque {
    fn new() -> Deque {
        Deque {
            items: ObjCell::new(Inner { items: VecDeque::new(), changes: 0 }),
            maxlen: AtomicI64::new(-1),
        }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.items.peek(|inner| inner.items.iter().for_each(visit));
    }

    fn clear_for_gc(&self) {}

    /// Changes the items.
    fn change<R>(&self, th: &Thread, f: impl FnOnce(&mut VecDeque<Value>) -> R) -> R {
        self.items.with(th, |inner| {
            inner.changes += 1;
            f(&mut inner.items)
        })
    }

    /// Number of items.
    pub(super) fn len(&self, th: &Thread) -> usize {
        self.items.with(th, |inner| inner.items.len())
    }

    /// Number of changes so far.
    pub(super) fn changes(&self, th: &Thread) -> u64 {
        self.items.with(th, |inner| inner.changes)
    }

    /// Item `i`, and the number of changes so far.
    pub(super) fn get(&self, th: &Thread, i: usize) -> (Option<Value>, u64) {
        self.items.with(th, |inner| (inner.items.get(i).cloned(), inner.changes))
    }

    /// All items as of one moment.
    fn to_vec(&self, th: &Thread) -> Vec<Value> {
        self.items.with(th, |inner| inner.items.iter().cloned().collect())
    }

    fn limit(&self) -> usize {
        usize::try_from(self.maxlen.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    fn push_right(&self, th: &Thread, item: Value) {
        let limit = self.limit();
        drop(self.change(th, |items| {
            items.push_back(item);
            if items.len() > limit { items.pop_front() } else { None }
        }));
    }

    fn push_left(&self, th: &Thread, item: Value) {
        let limit = self.limit();
        drop(self.change(th, |items| {
            items.push_front(item);
            if items.len() > limit { items.pop_back() } else { None }
        }));
    }

    fn extend(&self, th: &Thread, v: &Value, iterable: &Value, left: bool) -> PyResult<()> {
        let snapshot;
        let iterable = if v.is(iterable) {
            snapshot = th.list(self.to_vec(th));
            &snapshot
        } else {
            iterable
        };
        th.for_each(iterable, |item| {
            if left {
                self.push_left(th, item);
            } else {
                self.push_right(th, item);
            }
            Ok(())
        })
    }
}

pub(super) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Deque> {
    th.expect::<Deque>(v, "deque")
}

fn one<'a>(th: &Thread, args: &'a [Value]) -> PyResult<&'a Value> {
    args.first().ok_or_else(|| th.system_error("bad native call"))
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs<'_>) -> PyResult<Value> {
    Ok(th.new_object(cls, Deque::new()))
}

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    let [iterable, maxlen] = args else { return Err(th.system_error("bad native call")) };
    let deque = this(th, v)?;
    let limit = if maxlen.is_unbound() || maxlen.is_none() {
        -1
    } else {
        if !th.isinstance(maxlen, th.types().int) {
            return Err(th.type_error("an integer is required"));
        }
        let limit = th.index_i64(maxlen)?;
        if limit < 0 {
            return Err(th.value_error("maxlen must be non-negative"));
        }
        limit
    };
    deque.maxlen.store(limit, Ordering::Relaxed);
    drop(deque.change(th, std::mem::take));
    if iterable.is_unbound() { Ok(()) } else { deque.extend(th, v, iterable, false) }
}

fn maxlen(th: &Thread, deque: &Deque) -> Value {
    match deque.maxlen.load(Ordering::Relaxed) {
        ..0 => Value::NONE,
        n => th.int(n),
    }
}

fn get_maxlen(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(maxlen(th, this(th, v)?))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let deque = this(th, v)?;
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("[...]")) };
    let list = th.list(deque.to_vec(th));
    let mut out = Wtf8Buf::from_string(format!("{}(", v.type_of(th).name()));
    out.push_wtf8(&th.repr_string(&list)?);
    match deque.maxlen.load(Ordering::Relaxed) {
        ..0 => {}
        n => out.push_str(&format!(", maxlen={n}")),
    }
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Deque>(), b.payload::<Deque>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (n, k) = (left.len(th), right.len(th));
    if a.is(b) {
        match op {
            CompareOp::Eq => return Ok(Value::TRUE),
            CompareOp::Ne => return Ok(Value::FALSE),
            _ => {}
        }
    }
    if n != k && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    let (changes_left, changes_right) = (left.changes(th), right.changes(th));
    let mut i = 0;
    loop {
        let ((x, cx), (y, cy)) = (left.get(th, i), right.get(th, i));
        if cx != changes_left || cy != changes_right {
            return Err(th.runtime_error("deque mutated during iteration"));
        }
        let (Some(x), Some(y)) = (x, y) else { break };
        if !th.eq(&x, &y)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => th.compare(&x, &y, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.of(left.len(th).cmp(&right.len(th)))))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len(th))
}

fn position(th: &Thread, key: &Value) -> PyResult<i64> {
    if !is_index(th, key) {
        return Err(
            th.type_error(format!("sequence index must be integer, not '{}'", key.type_of(th).full_name()))
        );
    }
    vm_runtime::types::subscript::to_index(th, key)
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let deque = this(th, v)?;
    let i = position(th, key)?;
    let item = deque.items.with(th, |inner| inner.items.get(place(i, inner.items.len())?).cloned());
    item.ok_or_else(|| th.index_error("deque index out of range"))
}

fn sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    let found =
        usize::try_from(i).ok().map(|i| this(th, v).map(|deque| deque.get(th, i).0)).transpose()?.flatten();
    found.ok_or_else(|| th.index_error("deque index out of range"))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let deque = this(th, v)?;
    let i = position(th, key)?;
    let old = match value {
        Some(value) => {
            let value = value.clone();
            deque.items.with(th, |inner| {
                let i = place(i, inner.items.len())?;
                inner.items.get_mut(i).map(|slot| std::mem::replace(slot, value))
            })
        }
        None => deque.change(th, |items| items.remove(place(i, items.len())?)),
    };
    if old.is_some() { Ok(()) } else { Err(th.index_error("deque index out of range")) }
}

/// The place of the first item equal to `wanted`; `what` is the error if the deque changes meanwhile.
fn find(
    th: &Thread,
    deque: &Deque,
    wanted: &Value,
    start: usize,
    stop: usize,
    changed: impl Fn(&Thread) -> Raised,
) -> PyResult<Option<usize>> {
    let mut before = None;
    let mut from = start;
    loop {
        let step = deque.items.with(th, |inner| {
            if *before.get_or_insert(inner.changes) != inner.changes {
                return Step::Changed;
            }
            let stop = stop.min(inner.items.len());
            // As far as no comparison runs Python, all of it is one step.
            for i in from..stop {
                let Some(item) = inner.items.get(i) else { break };
                match equal_at_sight(item, wanted) {
                    Some(true) => return Step::Found(i),
                    Some(false) => {}
                    None => return Step::Compare(i, item.clone()),
                }
            }
            Step::End
        });
        match step {
            Step::Found(i) => return Ok(Some(i)),
            Step::End => return Ok(None),
            Step::Changed => return Err(changed(th)),
            Step::Compare(i, item) => {
                let equal = th.eq(&item, wanted)?;
                if Some(deque.changes(th)) != before {
                    return Err(changed(th));
                }
                if equal {
                    return Ok(Some(i));
                }
                from = i + 1;
            }
        }
    }
}

/// What a part of a search came to.
enum Step {
    Found(usize),
    End,
    Changed,
    /// Whether this item is the one may have to be asked in Python.
    Compare(usize, Value),
}

/// Whether two values are equal, if that can be seen without running Python.
fn equal_at_sight(a: &Value, b: &Value) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
        return Some(a == b);
    }
    let (a, b) = (a.as_immediate_float()?, b.as_immediate_float()?);
    Some(a == b)
}

fn mutated(th: &Thread) -> Raised {
    th.runtime_error("deque mutated during iteration")
}

fn contains(th: &Thread, v: &Value, wanted: &Value) -> PyResult<bool> {
    Ok(find(th, this(th, v)?, wanted, 0, usize::MAX, mutated)?.is_some())
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (deque, wanted) = (this(th, v)?, one(th, args)?);
    let (mut start, mut n) = (0, 0);
    while let Some(i) = find(th, deque, wanted, start, usize::MAX, mutated)? {
        n += 1;
        start = i + 1;
    }
    Ok(th.int(n))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [wanted, start, stop] = args else { return Err(th.system_error("bad native call")) };
    let deque = this(th, v)?;
    let (start, stop) = search_bounds(th, start, stop, deque.len(th))?;
    match find(th, deque, wanted, start, stop, mutated)? {
        Some(i) => Ok(th.usize(i)),
        None => Err(th.value_error("deque.index(x): x not in deque")),
    }
}

fn remove(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (deque, wanted) = (this(th, v)?, one(th, args)?);
    let changed = |th: &Thread| th.index_error("deque mutated during remove().");
    match find(th, deque, wanted, 0, usize::MAX, changed)? {
        Some(i) => {
            drop(deque.change(th, |items| items.remove(i)));
            Ok(Value::NONE)
        }
        None => Err(th.value_error("deque.remove(x): x not in deque")),
    }
}

fn append(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.push_right(th, one(th, args)?.clone());
    Ok(Value::NONE)
}

fn appendleft(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.push_left(th, one(th, args)?.clone());
    Ok(Value::NONE)
}

fn clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    drop(this(th, v)?.change(th, std::mem::take));
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let deque = this(th, v)?;
    let exact = th.type_for::<Deque>();
    if th.is_exact(v, exact) {
        let items: VecDeque<Value> = deque.to_vec(th).into();
        let copy = Deque {
            items: ObjCell::new(Inner { items, changes: 0 }),
            maxlen: AtomicI64::new(deque.maxlen.load(Ordering::Relaxed)),
        };
        return Ok(th.new_object(exact, copy));
    }
    let cls = v.type_of(th);
    let new = match maxlen(th, deque) {
        limit if limit.is_none() => th.call(&cls.value(), std::slice::from_ref(v))?,
        limit => th.call(&cls.value(), &[v.clone(), limit])?,
    };
    if new.payload::<Deque>().is_none() {
        return Err(th.type_error(format!(
            "{}() must return a deque, not {}",
            cls.full_name(),
            new.type_of(th).full_name()
        )));
    }
    Ok(new)
}

fn extend(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.extend(th, v, one(th, args)?, false)?;
    Ok(Value::NONE)
}

fn extendleft(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.extend(th, v, one(th, args)?, true)?;
    Ok(Value::NONE)
}

fn insert(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [index, value] = args else { return Err(th.system_error("bad native call")) };
    let deque = this(th, v)?;
    let index = th.index_i64(index)?;
    let limit = deque.limit();
    let value = value.clone();
    let done = deque.items.with(th, |inner| {
        let n = inner.items.len();
        if n >= limit {
            return false;
        }
        let i = if index < 0 { index.saturating_add(n as i64).max(0) } else { index };
        inner.items.insert(usize::try_from(i).unwrap_or(n).min(n), value);
        inner.changes += 1;
        true
    });
    if done { Ok(Value::NONE) } else { Err(th.index_error("deque already at its maximum size")) }
}

fn pop(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.change(th, VecDeque::pop_back).ok_or_else(|| th.index_error("pop from an empty deque"))
}

fn popleft(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.change(th, VecDeque::pop_front).ok_or_else(|| th.index_error("pop from an empty deque"))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let deque = this(th, v)?;
    let state = th.object_state(v)?;
    let it = th.iter(v)?;
    let args = match maxlen(th, deque) {
        limit if limit.is_none() => th.tuple(Vec::new()),
        limit => th.pair(th.tuple(Vec::new()), limit),
    };
    Ok(th.tuple(vec![v.type_of(th).value(), args, state, it]))
}

fn reverse(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    // Not a change for iterators, as in CPython.
    this(th, v)?.items.with(th, |inner| inner.items.make_contiguous().reverse());
    Ok(Value::NONE)
}

fn rotate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let n = match args.first() {
        Some(n) if !n.is_unbound() => th.index_i64(n)?,
        _ => 1,
    };
    this(th, v)?.change(th, |items| {
        let len = items.len() as i64;
        if len > 1 {
            items.rotate_right(n.rem_euclid(len) as usize);
        }
    });
    Ok(Value::NONE)
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let room = this(th, v)?.items.with(th, |inner| inner.items.capacity());
    Ok(th.usize(size_of::<Deque>() + 24 + room * 8))
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if b.payload::<Deque>().is_none() {
        return Err(th.type_error(format!(
            "can only concatenate deque (not \"{}\") to deque",
            b.type_of(th).full_name()
        )));
    }
    let new = copy(th, a, &[])?;
    this(th, &new)?.extend(th, &new, b, false)?;
    Ok(new)
}

fn inplace_concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    this(th, a)?.extend(th, a, b, false)?;
    Ok(a.clone())
}

fn repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let new = copy(th, v, &[])?;
    inplace_repeat(th, &new, n)
}

fn inplace_repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let deque = this(th, v)?;
    let items = deque.to_vec(th);
    if n <= 0 {
        drop(deque.change(th, std::mem::take));
        return Ok(v.clone());
    }
    let limit = deque.limit();
    let Some(total) = items.len().checked_mul(n as usize) else { return Err(th.memory_error()) };
    let kept = total.min(limit);
    let mut all: VecDeque<Value> = VecDeque::new();
    if kept > isize::MAX as usize / 8 || all.try_reserve(kept).is_err() {
        return Err(th.memory_error());
    }
    // The last `kept` items of the repetition.
    all.extend(items.iter().cycle().skip((total - kept) % items.len().max(1)).take(kept).cloned());
    drop(deque.change(th, |old| std::mem::replace(old, all)));
    Ok(v.clone())
}
