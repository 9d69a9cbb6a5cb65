//! Iterators over ranges.
use super::{Range, Small};
use crate::prelude::*;
use crate::types::iterators::native::builtin;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use vm_core::sync::atomic::{AtomicI64, Ordering};

/// The payload of `range_iterator`: numbers that fit machine words. Threads that share one may see a number twice.
pub struct RangeIter {
    small: Small,
    /// How many numbers were given out.
    index: AtomicI64,
}

payload!(RangeIter, "range_iterator");

/// The payload of `longrange_iterator`.
pub struct LongRangeIter {
    start: BigInt,
    step: BigInt,
    len: BigInt,
    index: ObjCell<BigInt>,
}

payload!(LongRangeIter, "longrange_iterator");

const HINT: &str = "Private method returning an estimate of len(list(it)).";
const REDUCE: &str = "Return state information for pickling.";
const SETSTATE: &str = "Set state information for unpickling.";

/// `range_iterator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "range_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(crate::types::iterators::iter_self), Slot::Next(next)],
    methods: &[
        m("__length_hint__", "()", length_hint, HINT),
        m("__reduce__", "()", reduce, REDUCE),
        m("__setstate__", "(object, /)", setstate, SETSTATE),
    ],
    ..TypeSpec::of::<RangeIter>()
};

/// `longrange_iterator`.
pub static LONG_SPEC: TypeSpec = TypeSpec {
    name: "longrange_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(crate::types::iterators::iter_self), Slot::Next(long_next)],
    methods: &[
        m("__length_hint__", "()", long_length_hint, HINT),
        m("__reduce__", "()", long_reduce, REDUCE),
        m("__setstate__", "(object, /)", long_setstate, SETSTATE),
    ],
    ..TypeSpec::of::<LongRangeIter>()
};

impl RangeIter {
    /// The next number.
    #[inline(always)]
    pub fn advance(&self, th: &Thread) -> Option<Value> {
        // Relaxed: a shared iterator may repeat a number.
        let i = self.index.load(Ordering::Relaxed);
        if i >= self.small.len {
            return None;
        }
        self.index.store(i + 1, Ordering::Relaxed);
        Some(th.int(self.small.start + i * self.small.step))
    }
}

fn make(th: &Thread, small: Small) -> Value {
    th.new_object(th.type_for::<RangeIter>(), RangeIter { small, index: AtomicI64::new(0) })
}

fn make_long(th: &Thread, start: BigInt, step: BigInt, len: BigInt) -> Value {
    let it = LongRangeIter { start, step, len, index: ObjCell::new(BigInt::zero()) };
    th.new_object(th.type_for::<LongRangeIter>(), it)
}

/// `iter(range)`.
pub fn range_iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let range = th.expect::<Range>(v, "range")?;
    if let Some(small) = range.small() {
        return Ok(make(th, small));
    }
    let (start, step, len) = range.parts(th)?;
    Ok(make_long(th, start, step, len))
}

/// `reversed(range)`.
pub fn range_reversed(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let range = th.expect::<Range>(v, "range")?;
    if let Some(small) = range.small()
        && let Some(step) = small.step.checked_neg()
    {
        let start = if small.len == 0 { small.start } else { small.start + (small.len - 1) * small.step };
        return Ok(make(th, Small { start, step, len: small.len }));
    }
    let (start, step, len) = range.parts(th)?;
    let last = start + (&len - 1) * &step;
    Ok(make_long(th, last, -step, len))
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a RangeIter> {
    th.expect::<RangeIter>(v, "range_iterator")
}

fn long<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a LongRangeIter> {
    th.expect::<LongRangeIter>(v, "longrange_iterator")
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    Ok(this(th, v)?.advance(th))
}

fn long_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let it = long(th, v)?;
    let i = it.index.with(th, |i| {
        if *i >= it.len {
            return None;
        }
        let now = i.clone();
        *i += 1;
        Some(now)
    });
    Ok(i.map(|i| th.int_from(&it.start + i * &it.step)))
}

fn length_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = this(th, v)?;
    Ok(th.int((it.small.len - it.index.load(Ordering::Relaxed)).max(0)))
}

fn long_length_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = long(th, v)?;
    let i = it.index.with(th, |i| i.clone());
    Ok(th.int_from(&it.len - i))
}

fn rest(th: &Thread, start: BigInt, step: BigInt, len: BigInt) -> PyResult<Value> {
    let stop = &start + &step * len;
    let range = Range::make(th, th.int_from(start), th.int_from(stop), th.int_from(step))?;
    let range = th.new_object(th.types().range, range);
    Ok(th.tuple(vec![builtin(th, "iter")?, th.tuple(vec![range]), Value::NONE]))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = this(th, v)?;
    let i = it.index.load(Ordering::Relaxed);
    let start = BigInt::from(it.small.start) + BigInt::from(i) * it.small.step;
    rest(th, start, it.small.step.into(), (it.small.len - i).into())
}

fn long_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = long(th, v)?;
    let i = it.index.with(th, |i| i.clone());
    rest(th, &it.start + &i * &it.step, it.step.clone(), &it.len - i)
}

fn setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let it = this(th, v)?;
    let index = match args.first() {
        Some(i) => th.index_i64(i)?,
        None => 0,
    };
    it.index.store(index.clamp(0, it.small.len), Ordering::Relaxed);
    Ok(Value::NONE)
}

fn long_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let it = long(th, v)?;
    let Some(index) = args.first() else { return Ok(Value::NONE) };
    let index = th.as_bigint(&th.index(index)?)?;
    let index = if index.is_negative() { BigInt::zero() } else { index.min(it.len.clone()) };
    it.index.with(th, |i| *i = index);
    Ok(Value::NONE)
}

/// The numbers of a small range as a vector, for `list(range(...))`.
pub fn numbers(th: &Thread, range: &Range) -> Option<Vec<Value>> {
    let small = range.small()?;
    let n = small.len.to_usize()?;
    let mut all = Vec::new();
    all.try_reserve_exact(n).ok()?;
    all.extend((0..small.len).map(|i| th.int(small.start + i * small.step)));
    Some(all)
}
