//! `list.sort` and `sorted`: a stable merge sort of runs with galloping (timsort), merged in powersort's order.
//!
//! What is sorted are copies of the words; their references stay with the vectors that the words came from, so that an
//! exception at any comparison leaves nothing to repair but the order: every step leaves a permutation behind.
use super::List;
use crate::prelude::*;
use crate::types::tuple::Tuple;
use std::mem::ManuallyDrop;

/// An item with its key. The words are owned elsewhere.
#[derive(Clone, Copy)]
struct Item {
    key: u64,
    value: u64,
}

type Less<'a> = dyn FnMut(&Value, &Value) -> PyResult<bool> + 'a;

struct Sorter<'a> {
    less: &'a mut Less<'a>,
    min_gallop: usize,
    spare: Vec<Item>,
    runs: Vec<Run>,
}

struct Run {
    start: usize,
    len: usize,
    power: u32,
}

const MIN_GALLOP: usize = 7;

impl Sorter<'_> {
    #[inline]
    fn less(&mut self, a: Item, b: Item) -> PyResult<bool> {
        // SAFETY: the words are owned by the vectors that outlive the sort; they are only looked at.
        let (a, b) = unsafe {
            (ManuallyDrop::new(Value::from_raw_bits(a.key)), ManuallyDrop::new(Value::from_raw_bits(b.key)))
        };
        (self.less)(&a, &b)
    }

    /// Length of the run at the start; a descending one is turned around.
    fn count_run(&mut self, items: &mut [Item]) -> PyResult<usize> {
        let n = items.len();
        if n < 2 {
            return Ok(n);
        }
        let mut end = 2;
        if self.less(items[1], items[0])? {
            while end < n && self.less(items[end], items[end - 1])? {
                end += 1;
            }
            items[..end].reverse();
        } else {
            while end < n && !self.less(items[end], items[end - 1])? {
                end += 1;
            }
        }
        Ok(end)
    }

    /// Sorts a short slice whose first `sorted` items are in order.
    fn binary_insertion(&mut self, items: &mut [Item], sorted: usize) -> PyResult<()> {
        for i in sorted.max(1)..items.len() {
            let pivot = items[i];
            let (mut low, mut high) = (0, i);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.less(pivot, items[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            items.copy_within(low..i, low + 1);
            items[low] = pivot;
        }
        Ok(())
    }

    /// First place in a sorted slice whose item is not below `key`; looked for outwards from `hint`.
    fn gallop_left(&mut self, key: Item, items: &[Item], hint: usize) -> PyResult<usize> {
        let n = items.len();
        let (mut last, mut offset) = (0usize, 1usize);
        let (mut low, mut high);
        if self.less(items[hint], key)? {
            let most = n - hint;
            while offset < most && self.less(items[hint + offset], key)? {
                last = offset;
                offset = (offset << 1).saturating_add(1);
            }
            low = hint + last + 1;
            high = hint + offset.min(most);
        } else {
            let most = hint + 1;
            while offset < most && !self.less(items[hint - offset], key)? {
                last = offset;
                offset = (offset << 1).saturating_add(1);
            }
            let offset = offset.min(most);
            low = (hint + 1) - offset;
            high = hint - last;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(items[middle], key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// First place in a sorted slice whose item is above `key`; looked for outwards from `hint`.
    fn gallop_right(&mut self, key: Item, items: &[Item], hint: usize) -> PyResult<usize> {
        let n = items.len();
        let (mut last, mut offset) = (0usize, 1usize);
        let (mut low, mut high);
        if self.less(key, items[hint])? {
            let most = hint + 1;
            while offset < most && self.less(key, items[hint - offset])? {
                last = offset;
                offset = (offset << 1).saturating_add(1);
            }
            let offset = offset.min(most);
            low = (hint + 1) - offset;
            high = hint - last;
        } else {
            let most = n - hint;
            while offset < most && !self.less(key, items[hint + offset])? {
                last = offset;
                offset = (offset << 1).saturating_add(1);
            }
            low = hint + last + 1;
            high = hint + offset.min(most);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.less(key, items[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }

    /// Merges two adjacent runs, `items[..left]` and `items[left..]`.
    fn merge(&mut self, items: &mut [Item], left: usize) -> PyResult<()> {
        // What is in place already needs no merging.
        let skip = self.gallop_right(items[left], &items[..left], 0)?;
        let items = &mut items[skip..];
        let left = left - skip;
        if left == 0 {
            return Ok(());
        }
        let keep = self.gallop_left(items[left - 1], &items[left..], items.len() - left - 1)?;
        if keep == 0 {
            return Ok(());
        }
        let items = &mut items[..left + keep];
        if left <= keep { self.merge_low(items, left) } else { self.merge_high(items, left) }
    }

    /// Merges with the left run in the spare array.
    fn merge_low(&mut self, items: &mut [Item], left: usize) -> PyResult<()> {
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.extend_from_slice(&items[..left]);
        let (mut a, mut b, mut to) = (0, left, 0);
        let result = self.merge_low_loop(items, &spare, &mut a, &mut b, &mut to);
        // Whatever happened, what is left of the spare array fills the gap.
        let rest = spare.len() - a;
        items[to..to + rest].copy_from_slice(&spare[a..]);
        self.spare = spare;
        result
    }

    fn merge_low_loop(
        &mut self,
        items: &mut [Item],
        spare: &[Item],
        a: &mut usize,
        b: &mut usize,
        to: &mut usize,
    ) -> PyResult<()> {
        let n = items.len();
        loop {
            let (mut won_a, mut won_b) = (0usize, 0usize);
            // One at a time, until one run wins often.
            while *a < spare.len() && *b < n {
                if self.less(items[*b], spare[*a])? {
                    items[*to] = items[*b];
                    *b += 1;
                    won_b += 1;
                    won_a = 0;
                } else {
                    items[*to] = spare[*a];
                    *a += 1;
                    won_a += 1;
                    won_b = 0;
                }
                *to += 1;
                if won_a.max(won_b) >= self.min_gallop {
                    break;
                }
            }
            // Galloping, while it pays.
            loop {
                if *a >= spare.len() || *b >= n {
                    return Ok(());
                }
                let k = self.gallop_right(items[*b], &spare[*a..], 0)?;
                items[*to..*to + k].copy_from_slice(&spare[*a..*a + k]);
                *to += k;
                *a += k;
                if *a >= spare.len() {
                    return Ok(());
                }
                items[*to] = items[*b];
                *to += 1;
                *b += 1;
                if *b >= n {
                    return Ok(());
                }
                let j = self.gallop_left(spare[*a], &items[*b..], 0)?;
                items.copy_within(*b..*b + j, *to);
                *to += j;
                *b += j;
                if *b >= n {
                    return Ok(());
                }
                items[*to] = spare[*a];
                *to += 1;
                *a += 1;
                if k < MIN_GALLOP && j < MIN_GALLOP {
                    self.min_gallop += 2;
                    break;
                }
                self.min_gallop = self.min_gallop.saturating_sub(1).max(1);
            }
        }
    }

    /// Merges with the right run in the spare array, from the end.
    fn merge_high(&mut self, items: &mut [Item], left: usize) -> PyResult<()> {
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.extend_from_slice(&items[left..]);
        // Ends (exclusive) of what is left of each run.
        let (mut a, mut b) = (left, spare.len());
        let result = self.merge_high_loop(items, &spare, &mut a, &mut b);
        items[a..a + b].copy_from_slice(&spare[..b]);
        self.spare = spare;
        result
    }

    fn merge_high_loop(
        &mut self,
        items: &mut [Item],
        spare: &[Item],
        a: &mut usize,
        b: &mut usize,
    ) -> PyResult<()> {
        loop {
            let (mut won_a, mut won_b) = (0usize, 0usize);
            while *a > 0 && *b > 0 {
                // The gap ends at a + b.
                if self.less(spare[*b - 1], items[*a - 1])? {
                    items[*a + *b - 1] = items[*a - 1];
                    *a -= 1;
                    won_a += 1;
                    won_b = 0;
                } else {
                    items[*a + *b - 1] = spare[*b - 1];
                    *b -= 1;
                    won_b += 1;
                    won_a = 0;
                }
                if won_a.max(won_b) >= self.min_gallop {
                    break;
                }
            }
            loop {
                if *a == 0 || *b == 0 {
                    return Ok(());
                }
                let k = *a - self.gallop_right(spare[*b - 1], &items[..*a], *a - 1)?;
                items.copy_within(*a - k..*a, *a - k + *b);
                *a -= k;
                if *a == 0 {
                    return Ok(());
                }
                items[*a + *b - 1] = spare[*b - 1];
                *b -= 1;
                if *b == 0 {
                    return Ok(());
                }
                let j = *b - self.gallop_left(items[*a - 1], &spare[..*b], *b - 1)?;
                items[*a + *b - j..*a + *b].copy_from_slice(&spare[*b - j..*b]);
                *b -= j;
                if *b == 0 {
                    return Ok(());
                }
                items[*a + *b - 1] = items[*a - 1];
                *a -= 1;
                if k < MIN_GALLOP && j < MIN_GALLOP {
                    self.min_gallop += 2;
                    break;
                }
                self.min_gallop = self.min_gallop.saturating_sub(1).max(1);
            }
        }
    }

    fn merge_last(&mut self, items: &mut [Item]) -> PyResult<()> {
        let (Some(right), Some(left)) = (self.runs.pop(), self.runs.last_mut()) else { return Ok(()) };
        let (start, split) = (left.start, left.len);
        left.len += right.len;
        let end = right.start + right.len;
        self.merge(&mut items[start..end], split)
    }

    fn sort(&mut self, items: &mut [Item]) -> PyResult<()> {
        let n = items.len();
        let min_run = min_run(n);
        let mut start = 0;
        while start < n {
            let mut len = self.count_run(&mut items[start..])?;
            if len < min_run {
                let forced = min_run.min(n - start);
                self.binary_insertion(&mut items[start..start + forced], len)?;
                len = forced;
            }
            if let Some(last) = self.runs.last() {
                let power = power(last.start, last.len, len, n);
                while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > power {
                    self.merge_last(items)?;
                }
                if let Some(last) = self.runs.last_mut() {
                    last.power = power;
                }
            }
            self.runs.push(Run { start, len, power: 0 });
            start += len;
        }
        while self.runs.len() > 1 {
            self.merge_last(items)?;
        }
        Ok(())
    }
}

fn min_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= 64 {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// Powersort's node power of the boundary between a run and the next one.
fn power(start: usize, n1: usize, n2: usize, n: usize) -> u32 {
    let mut result = 0;
    let mut a = 2 * start as u128 + n1 as u128;
    let mut b = a + n1 as u128 + n2 as u128;
    let n = n as u128;
    loop {
        result += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            break;
        }
        a <<= 1;
        b <<= 1;
    }
    result
}

/// What all keys have in common.
enum Keys {
    Ints,
    Floats,
    Strings,
    Tuples,
    Mixed,
}

fn common(th: &Thread, keys: &[Value]) -> Keys {
    let Some(first) = keys.first() else { return Keys::Mixed };
    let types = th.types();
    if keys.iter().all(Value::is_small_int) {
        Keys::Ints
    } else if first.as_immediate_float().is_some() && keys.iter().all(|k| k.as_immediate_float().is_some()) {
        Keys::Floats
    } else if keys.iter().all(|k| th.is_exact(k, types.str)) {
        Keys::Strings
    } else if keys.iter().all(|k| th.is_exact(k, types.tuple)) {
        Keys::Tuples
    } else {
        Keys::Mixed
    }
}

fn less(th: &Thread, a: &Value, b: &Value) -> PyResult<bool> {
    if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(a < b);
    }
    let result = th.compare(a, b, CompareOp::Lt)?;
    th.truth(&result)
}

fn less_tuples(th: &Thread, a: &Value, b: &Value) -> PyResult<bool> {
    let (Some(a), Some(b)) = (a.payload::<Tuple>(), b.payload::<Tuple>()) else { return less(th, a, b) };
    let (a, b) = (a.as_slice(), b.as_slice());
    for (x, y) in a.iter().zip(b) {
        if !th.eq(x, y)? {
            return less(th, x, y);
        }
    }
    Ok(a.len() < b.len())
}

/// Sorts values, stably. After an exception they are in some order.
///
/// # Errors
/// What the key function and `__lt__` raise.
pub fn sort_values(th: &Thread, values: &mut Vec<Value>, key: Option<&Value>, reverse: bool) -> PyResult<()> {
    let keys: Option<Vec<Value>> = match key {
        Some(f) => {
            let mut keys = Vec::with_capacity(values.len());
            for v in values.iter() {
                keys.push(th.call(f, std::slice::from_ref(v))?);
            }
            Some(keys)
        }
        None => None,
    };
    if values.len() < 2 {
        return Ok(());
    }
    let by = keys.as_ref().unwrap_or(values);
    let kind = common(th, by);
    let mut items: Vec<Item> =
        by.iter().zip(values.iter()).map(|(k, v)| Item { key: k.bits(), value: v.bits() }).collect();
    if reverse {
        // Turned around twice, equal items keep their order.
        items.reverse();
    }
    let result = sort_items(th, &mut items, &kind);
    if reverse {
        items.reverse();
    }
    // The references move into the new order.
    for value in std::mem::take(values) {
        let _ = value.into_bits();
    }
    // SAFETY: the items' words are a permutation of those just given up.
    values.extend(items.iter().map(|item| unsafe { Value::from_raw_bits(item.value) }));
    drop(keys);
    result
}

fn sort_items(th: &Thread, items: &mut [Item], kind: &Keys) -> PyResult<()> {
    // SAFETY: the words are owned by the caller's vectors; they are only looked at.
    let look = |item: &Item| unsafe { ManuallyDrop::new(Value::from_raw_bits(item.key)) };
    match kind {
        Keys::Ints => {
            items.sort_by_key(|item| item.key as i64);
            Ok(())
        }
        Keys::Floats => {
            // Immediates are never NaN, so this is a total order.
            items.sort_by(|a, b| {
                let (a, b) = (look(a).as_immediate_float(), look(b).as_immediate_float());
                a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
            });
            Ok(())
        }
        Keys::Strings => {
            items.sort_by(|a, b| {
                let (a, b) = (look(a), look(b));
                match (a.as_str(), b.as_str()) {
                    // WTF-8 orders as its code points do.
                    (Some(a), Some(b)) => a.as_wtf8().as_bytes().cmp(b.as_wtf8().as_bytes()),
                    _ => std::cmp::Ordering::Equal,
                }
            });
            Ok(())
        }
        Keys::Tuples => general(items, &mut |a, b| less_tuples(th, a, b)),
        Keys::Mixed => general(items, &mut |a, b| less(th, a, b)),
    }
}

fn general<'a>(items: &mut [Item], less: &'a mut Less<'a>) -> PyResult<()> {
    Sorter { less, min_gallop: MIN_GALLOP, spare: Vec::new(), runs: Vec::new() }.sort(items)
}

/// `list.sort`.
pub(super) fn list_sort(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, reverse] = args else { return Err(th.system_error("bad native call")) };
    let reverse = !reverse.is_unbound() && th.truth(reverse)?;
    let key = (!key.is_unbound() && !key.is_none()).then_some(key);
    let list = th.expect::<List>(v, "list")?;
    let mut values = list.begin_sort(th);
    let result = sort_values(th, &mut values, key, reverse);
    let untouched = list.end_sort(th, values);
    result?;
    if untouched { Ok(Value::NONE) } else { Err(th.value_error("list modified during sort")) }
}
