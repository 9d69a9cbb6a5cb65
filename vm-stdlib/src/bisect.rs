//! `_bisect`: searching and inserting in sorted sequences.
use vm_runtime::prelude::*;
use vm_runtime::types::list::List;

const BISECT_RIGHT: &str = "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x)\nwill insert just after the rightmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.";
const BISECT_LEFT: &str = "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x)\nwill insert just before the leftmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.";
const INSORT_RIGHT: &str = "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the right of the rightmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.";
const INSORT_LEFT: &str = "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the left of the leftmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order.";
const SIG: &str = "(a, x, lo=0, hi=None, *, key=None)";

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_bisect",
    doc: "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions: &[
        m("bisect_right", SIG, |th, _, args| bisect(th, args, true), BISECT_RIGHT),
        m("bisect_left", SIG, |th, _, args| bisect(th, args, false), BISECT_LEFT),
        m("insort_right", SIG, |th, _, args| insort(th, args, true), INSORT_RIGHT),
        m("insort_left", SIG, |th, _, args| insort(th, args, false), INSORT_LEFT),
    ],
    ..ModuleSpec::EMPTY
};

fn less(th: &Thread, a: &Value, b: &Value) -> PyResult<bool> {
    if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(a < b);
    }
    let result = th.compare(a, b, CompareOp::Lt)?;
    th.truth(&result)
}

/// The place of `x`; `keyed` says that `x` is to be compared with keys.
fn search(th: &Thread, args: &[Value], x: &Value, right: bool) -> PyResult<i64> {
    let [a, _, lo, hi, key] = args else { return Err(th.system_error("bad native call")) };
    let mut low = if lo.is_unbound() { 0 } else { th.index_i64(lo)? };
    if low < 0 {
        return Err(th.value_error("lo must be non-negative"));
    }
    let mut high = match hi {
        hi if hi.is_unbound() || hi.is_none() => th.length(a)? as i64,
        hi => th.index_i64(hi)?,
    };
    let key = (!key.is_unbound() && !key.is_none()).then_some(key);
    while low < high {
        let middle = low + (high - low) / 2;
        let item = th.getitem(a, &th.int(middle))?;
        let item = match key {
            Some(key) => th.call(key, std::slice::from_ref(&item))?,
            None => item,
        };
        if right {
            if less(th, x, &item)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        } else if less(th, &item, x)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

fn bisect(th: &Thread, args: &[Value], right: bool) -> PyResult<Value> {
    let Some(x) = args.get(1) else { return Err(th.system_error("bad native call")) };
    Ok(th.int(search(th, args, x, right)?))
}

fn insort(th: &Thread, args: &[Value], right: bool) -> PyResult<Value> {
    let [a, x, _, _, key] = args else { return Err(th.system_error("bad native call")) };
    let place = if key.is_unbound() || key.is_none() {
        search(th, args, x, right)?
    } else {
        let wanted = th.call(key, std::slice::from_ref(x))?;
        search(th, args, &wanted, right)?
    };
    match a.payload::<List>().filter(|_| th.is_exact(a, th.types().list)) {
        Some(list) => list.insert(th, usize::try_from(place).unwrap_or(0), x.clone())?,
        None => drop(th.call_method(a, "insert", &[th.int(place), x.clone()])?),
    }
    Ok(Value::NONE)
}
