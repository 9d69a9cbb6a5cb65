//! What stands between the brackets of `sequence[...]`: indices and slices.
use crate::prelude::*;
use crate::types::slice::Slice;

/// A slice without a length: what `slice.indices` starts from, clamped to i64.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Where it begins.
    pub start: i64,
    /// Where it ends.
    pub stop: i64,
    /// The stride, never 0.
    pub step: i64,
}

/// A slice of a sequence of known length.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Index of the first item.
    pub start: i64,
    /// The end (exclusive), possibly -1 for negative strides.
    pub stop: i64,
    /// The stride, never 0.
    pub step: i64,
    /// Number of items.
    pub count: usize,
}

impl Bounds {
    /// Fits the bounds to a length, as `PySlice_AdjustIndices`.
    #[must_use]
    pub fn fit(self, len: usize) -> Range {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let Bounds { mut start, mut stop, step } = self;
        let clamp = |x: i64| {
            if x < 0 {
                let x = x.saturating_add(len);
                if x < 0 { if step < 0 { -1 } else { 0 } } else { x }
            } else if x >= len {
                if step < 0 { len - 1 } else { len }
            } else {
                x
            }
        };
        start = clamp(start);
        stop = clamp(stop);
        let count = if step < 0 {
            if stop < start { (start - stop - 1) / step.saturating_neg() + 1 } else { 0 }
        } else if start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Range { start, stop, step, count: count as usize }
    }
}

impl Range {
    /// The indices, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |k| (self.start + k as i64 * self.step) as usize)
    }

    /// The same items in ascending order.
    #[must_use]
    pub fn ascending(self) -> Range {
        if self.step > 0 || self.count == 0 {
            return self;
        }
        let start = self.start + (self.count as i64 - 1) * self.step;
        Range { start, stop: self.start + 1, step: self.step.saturating_neg(), count: self.count }
    }
}

/// An index or a slice.
#[derive(Clone, Copy, Debug)]
pub enum Subscript {
    /// An index, possibly negative.
    Index(i64),
    /// A slice.
    Slice(Bounds),
}

/// Whether a value can be an index.
#[inline]
#[must_use]
pub fn is_index(th: &Thread, v: &Value) -> bool {
    v.is_small_int() || v.type_of(th).slots.index().is_some()
}

/// The index that a value stands for.
///
/// # Errors
/// IndexError if it does not fit; what `__index__` raises.
#[inline]
pub fn to_index(th: &Thread, v: &Value) -> PyResult<i64> {
    match v.as_small_int() {
        Some(i) => Ok(i),
        None => to_index_slow(th, v),
    }
}

#[cold]
fn to_index_slow(th: &Thread, v: &Value) -> PyResult<i64> {
    let int = th.index(v)?;
    if let Some(i) = int.as_small_int() {
        return Ok(i);
    }
    let big = th.as_bigint(&int)?;
    i64::try_from(&big).map_err(|_| {
        th.index_error(format!("cannot fit '{}' into an index-sized integer", v.type_of(th).full_name()))
    })
}

/// One bound of a slice; None and missing give `default`. Values out of range are clamped.
fn bound(th: &Thread, v: &Value, default: i64) -> PyResult<i64> {
    if let Some(i) = v.as_small_int() {
        return Ok(i);
    }
    if v.is_none() {
        return Ok(default);
    }
    if !is_index(th, v) {
        return Err(th.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    th.index_clamped(v)
}

/// The bounds of a slice object.
///
/// # Errors
/// ValueError for a step of zero; TypeError for what is no index; what `__index__` raises.
pub fn slice_bounds(th: &Thread, slice: &Slice) -> PyResult<Bounds> {
    let step = bound(th, slice.step(), 1)?;
    if step == 0 {
        return Err(th.value_error("slice step cannot be zero"));
    }
    let step = step.max(-i64::MAX);
    let start = bound(th, slice.start(), if step < 0 { i64::MAX } else { 0 })?;
    let stop = bound(th, slice.stop(), if step < 0 { i64::MIN } else { i64::MAX })?;
    Ok(Bounds { start, stop, step })
}

/// What a subscript means for a sequence; `what` names it in messages ("list indices must be ...").
///
/// # Errors
/// TypeError, IndexError, and what `__index__` raises.
#[inline]
pub fn subscript(th: &Thread, what: &str, key: &Value) -> PyResult<Subscript> {
    match key.as_small_int() {
        Some(i) => Ok(Subscript::Index(i)),
        None => subscript_slow(th, what, key),
    }
}

fn subscript_slow(th: &Thread, what: &str, key: &Value) -> PyResult<Subscript> {
    if let Some(slice) = key.payload::<Slice>() {
        return slice_bounds(th, slice).map(Subscript::Slice);
    }
    if is_index(th, key) {
        return to_index_slow(th, key).map(Subscript::Index);
    }
    Err(th.type_error(format!(
        "{what} indices must be integers or slices, not {}",
        key.type_of(th).full_name()
    )))
}

/// The place of an index in a sequence of this length, negative ones counted from the end.
#[inline(always)]
#[must_use]
pub fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(len as i64)? } else { index };
    (index >= 0 && (index as u64) < len as u64).then_some(index as usize)
}

/// Start and stop arguments of `index` methods: clamped to the length, negative ones counted from the end.
///
/// # Errors
/// TypeError `slice indices must be integers or have an __index__ method`, and what `__index__` raises.
pub fn search_bounds(th: &Thread, start: &Value, stop: &Value, len: usize) -> PyResult<(usize, usize)> {
    let one = |v: &Value, default: i64| -> PyResult<i64> {
        if v.is_unbound() {
            return Ok(default);
        }
        if !is_index(th, v) {
            return Err(th.type_error("slice indices must be integers or have an __index__ method"));
        }
        th.index_clamped(v)
    };
    let (start, stop) = (one(start, 0)?, one(stop, i64::MAX)?);
    let clamp = |x: i64| -> usize {
        if x < 0 {
            x.saturating_add(len as i64).max(0) as usize
        } else {
            (x as u64).min(usize::MAX as u64) as usize
        }
    };
    Ok((clamp(start), clamp(stop)))
}

pub use crate::types::generic_alias::class_getitem;

/// Positional arguments of a constructor that takes at most `max` and no keywords.
///
/// # Errors
/// TypeError, as CPython's.
pub fn only_positional<'a>(
    th: &Thread,
    name: &str,
    args: &CallArgs<'a>,
    range: std::ops::RangeInclusive<usize>,
    keywords_allowed: bool,
) -> PyResult<&'a [Value]> {
    if !args.names.is_empty() && !keywords_allowed {
        return Err(th.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = args.positional();
    let n = given.len();
    if range.contains(&n) {
        return Ok(given);
    }
    let (least, most) = (*range.start(), *range.end());
    let (word, number) = match (least == most, n < least) {
        (true, _) => ("", least),
        (false, true) => ("at least ", least),
        (false, false) => ("at most ", most),
    };
    let plural = if number == 1 { "" } else { "s" };
    Err(th.type_error(format!("{name} expected {word}{number} argument{plural}, got {n}")))
}
