//! `range`, for numbers of any size; those that fit machine words are fast.
pub mod iter;

use crate::prelude::*;
use crate::types::slice::Slice;
use crate::types::subscript::{is_index, only_positional};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Where a range lies when everything about it fits i64, its end included.
#[derive(Clone, Copy, Debug)]
pub struct Small {
    /// The first number.
    pub start: i64,
    /// The stride.
    pub step: i64,
    /// How many.
    pub len: i64,
}

/// The payload of `range`.
pub struct Range {
    start: Value,
    stop: Value,
    step: Value,
    len: Value,
    small: Option<Small>,
}

payload!(Range, "range", traverse = Range::traverse);

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "range",
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    flags: SEQUENCE,
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Iter(iter::range_iter),
        Slot::Bool(truth),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SqItem(sq_item),
        Slot::Contains(contains),
    ],
    methods: &[
        m("__reversed__", "()", iter::range_reversed, "Return a reverse iterator."),
        m("__reduce__", "()", reduce, ""),
        m(
            "count",
            "(object, /)",
            count,
            "rangeobject.count(value) -> integer -- return number of occurrences of value",
        ),
        m(
            "index",
            "(object, /)",
            index,
            "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
        ),
    ],
    getset: &[
        mb("start", |th, v| Ok(this(th, v)?.start.clone()), None, ""),
        mb("stop", |th, v| Ok(this(th, v)?.stop.clone()), None, ""),
        mb("step", |th, v| Ok(this(th, v)?.step.clone()), None, ""),
    ],
    ..TypeSpec::of::<Range>()
};

fn small_len(start: i64, stop: i64, step: i64) -> Option<i64> {
    let n = if step > 0 {
        if start >= stop { 0 } else { (stop as i128 - start as i128 - 1) / step as i128 + 1 }
    } else if start <= stop {
        0
    } else {
        (start as i128 - stop as i128 - 1) / -(step as i128) + 1
    };
    i64::try_from(n).ok()
}

impl Range {
    /// A range; `step` is not 0.
    ///
    /// # Errors
    /// None of its own: of making big ints.
    pub fn make(th: &Thread, start: Value, stop: Value, step: Value) -> PyResult<Range> {
        if let (Some(a), Some(b), Some(s)) = (start.as_small_int(), stop.as_small_int(), step.as_small_int())
            && let Some(len) = small_len(a, b, s)
        {
            let small = Some(Small { start: a, step: s, len });
            return Ok(Range { start, stop, step, len: th.int(len), small });
        }
        let (a, b, s) = (th.as_bigint(&start)?, th.as_bigint(&stop)?, th.as_bigint(&step)?);
        let gap = if s.is_positive() { &b - &a } else { &a - &b };
        let len = if gap.is_positive() { (gap - 1) / s.abs() + 1 } else { BigInt::zero() };
        Ok(Range { start, stop, step, len: th.int_from(len), small: None })
    }

    /// Its numbers in machine words, if they fit.
    #[inline]
    #[must_use]
    pub fn small(&self) -> Option<Small> {
        self.small
    }

    fn traverse(&self, visit: Visitor<'_>) {
        [&self.start, &self.stop, &self.step, &self.len].into_iter().for_each(visit);
    }

    fn parts(&self, th: &Thread) -> PyResult<(BigInt, BigInt, BigInt)> {
        Ok((th.as_bigint(&self.start)?, th.as_bigint(&self.step)?, th.as_bigint(&self.len)?))
    }

    /// The number at an index that may be negative.
    fn item(&self, th: &Thread, index: &Value) -> PyResult<Value> {
        let out = |th: &Thread| th.index_error("range object index out of range");
        if let (Some(small), Some(i)) = (self.small, index.as_small_int()) {
            let i = if i < 0 { i + small.len } else { i };
            if i < 0 || i >= small.len {
                return Err(out(th));
            }
            return Ok(th.int(small.start + i * small.step));
        }
        let (start, step, len) = self.parts(th)?;
        let mut i = th.as_bigint(index)?;
        if i.is_negative() {
            i += &len;
        }
        if i.is_negative() || i >= len {
            return Err(out(th));
        }
        Ok(th.int_from(start + i * step))
    }

    fn slice(&self, th: &Thread, slice: &Value) -> PyResult<Range> {
        let fit = th.call_method(slice, "indices", std::slice::from_ref(&self.len))?;
        let parts = fit.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
        let [first, last, stride] = parts else {
            return Err(th.system_error("slice.indices gave no triple"));
        };
        let (start, step, _) = self.parts(th)?;
        let at = |i: &Value| -> PyResult<Value> { Ok(th.int_from(&start + th.as_bigint(i)? * &step)) };
        let stride = th.int_from(th.as_bigint(stride)? * &step);
        Range::make(th, at(first)?, at(last)?, stride)
    }

    /// The index of an int, if it is in the range.
    fn find(&self, th: &Thread, value: &Value) -> PyResult<Option<Value>> {
        let x = value.as_small_int().or_else(|| value.as_bool().map(i64::from));
        if let (Some(small), Some(x)) = (self.small, x) {
            let from_start = x as i128 - small.start as i128;
            let step = small.step as i128;
            let i = from_start / step;
            let inside = from_start % step == 0 && i >= 0 && i < small.len as i128;
            return Ok(if inside { Some(th.int(i as i64)) } else { None });
        }
        let (start, step, len) = self.parts(th)?;
        let (i, rest) = (th.as_bigint(value)? - start).div_rem(&step);
        Ok(if rest.is_zero() && !i.is_negative() && i < len { Some(th.int_from(i)) } else { None })
    }
}

use crate::types::tuple::Tuple;

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Range> {
    th.expect::<Range>(v, "range")
}

fn is_plain_int(th: &Thread, v: &Value) -> bool {
    v.is_small_int() || v.as_bool().is_some() || th.is_exact(v, th.types().int)
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let args = only_positional(th, "range", args, 1..=3, false)?;
    let int = |v: &Value| if v.is_small_int() { Ok(v.clone()) } else { th.index(v) };
    let range = match args {
        [stop] => Range::make(th, th.int(0), int(stop)?, th.int(1))?,
        [start, stop] => Range::make(th, int(start)?, int(stop)?, th.int(1))?,
        [start, stop, step, ..] => {
            let (start, stop, step) = (int(start)?, int(stop)?, int(step)?);
            if th.as_bigint(&step)?.is_zero() {
                return Err(th.value_error("range() arg 3 must not be zero"));
            }
            Range::make(th, start, stop, step)?
        }
        [] => return Err(th.type_error("range expected at least 1 argument, got 0")),
    };
    Ok(th.new_object(cls, range))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let range = this(th, v)?;
    let (start, stop) = (th.repr_string(&range.start)?, th.repr_string(&range.stop)?);
    Ok(th.str(&if range.step.as_small_int() == Some(1) {
        format!("range({start}, {stop})")
    } else {
        format!("range({start}, {stop}, {})", th.repr_string(&range.step)?)
    }))
}

/// What ranges are compared and hashed by.
fn identity(th: &Thread, range: &Range) -> PyResult<Value> {
    let len = th.as_bigint(&range.len)?;
    let (start, step) = if len.is_zero() {
        (Value::NONE, Value::NONE)
    } else if len.is_one() {
        (range.start.clone(), Value::NONE)
    } else {
        (range.start.clone(), range.step.clone())
    };
    Ok(th.tuple(vec![range.len.clone(), start, step]))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let identity = identity(th, this(th, v)?)?;
    th.hash(&identity)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Range>(), b.payload::<Range>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = a.is(b) || th.eq(&identity(th, left)?, &identity(th, right)?)?;
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn truth(th: &Thread, v: &Value) -> PyResult<bool> {
    Ok(this(th, v)?.len.as_small_int() != Some(0))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    let range = this(th, v)?;
    let len = match range.small {
        Some(small) => Some(small.len),
        None => i64::try_from(&th.as_bigint(&range.len)?).ok(),
    };
    match len.and_then(|len| usize::try_from(len).ok()) {
        Some(len) => Ok(len),
        None => Err(th.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let range = this(th, v)?;
    if is_index(th, key) {
        let index = th.index(key)?;
        return range.item(th, &index);
    }
    if key.payload::<Slice>().is_some() {
        let part = range.slice(th, key)?;
        return Ok(th.new_object(th.types().range, part));
    }
    Err(th
        .type_error(format!("range indices must be integers or slices, not {}", key.type_of(th).full_name())))
}

fn sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    this(th, v)?.item(th, &th.int(i))
}

fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    let range = this(th, v)?;
    if is_plain_int(th, item) {
        return Ok(range.find(th, item)?.is_some());
    }
    let it = iter::range_iter(th, v)?;
    while let Some(x) = th.next(&it)? {
        if th.eq(&x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [item] = args else { return Err(th.system_error("bad native call")) };
    let range = this(th, v)?;
    if is_plain_int(th, item) {
        return Ok(th.int(i64::from(range.find(th, item)?.is_some())));
    }
    let it = iter::range_iter(th, v)?;
    let mut n = 0;
    while let Some(x) = th.next(&it)? {
        n += i64::from(th.eq(&x, item)?);
    }
    Ok(th.int(n))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [item] = args else { return Err(th.system_error("bad native call")) };
    let range = this(th, v)?;
    if is_plain_int(th, item) {
        return range.find(th, item)?.ok_or_else(|| th.value_error("range.index(x): x not in range"));
    }
    let it = iter::range_iter(th, v)?;
    let mut i = 0;
    while let Some(x) = th.next(&it)? {
        if th.eq(&x, item)? {
            return Ok(th.int(i));
        }
        i += 1;
    }
    Err(th.value_error("sequence.index(x): x not in sequence"))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let range = this(th, v)?;
    let parts = th.tuple(vec![range.start.clone(), range.stop.clone(), range.step.clone()]);
    Ok(th.tuple(vec![v.type_of(th).value(), parts]))
}
