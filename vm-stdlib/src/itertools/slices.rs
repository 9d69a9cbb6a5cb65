//! `islice`, `batched`, `pairwise`.
use super::{Patience, iter_self, positional};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use vm_runtime::prelude::*;

/// Payload of `islice`.
pub struct ISlice {
    /// The iterator; empty at the end.
    it: AtomicValue,
    next: AtomicUsize,
    /// Where it ends; `usize::MAX`: nowhere.
    stop: usize,
    step: usize,
    taken: AtomicUsize,
}

payload!(ISlice, "islice", traverse = ISlice::traverse, clear = ISlice::clear);

/// `islice`.
pub static ISLICE: TypeSpec = TypeSpec {
    name: "itertools.islice",
    doc: "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.",
    flags: BASETYPE,
    slots: &[Slot::NewRaw(islice_new), Slot::Iter(iter_self), Slot::Next(islice_next)],
    ..TypeSpec::of::<ISlice>()
};

impl ISlice {
    fn traverse(&self, visit: Visitor<'_>) {
        self.it.traverse(visit);
    }

    fn clear(&self) {
        drop(self.it.take());
    }
}

/// A number from 0 to `sys.maxsize`; None if it is something else. Other exceptions than errors of conversion are kept.
fn number(th: &Thread, v: &Value) -> Option<usize> {
    match th.index_i64(v) {
        Ok(n) => usize::try_from(n).ok(),
        Err(_) => {
            th.clear_error();
            None
        }
    }
}

fn islice_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    const STOP: &str = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let args = positional::<ISlice>(th, cls, "islice", args, 2..=4)?;
    let none = Value::NONE;
    let (iterable, start, stop, step) = match args {
        [iterable, stop] => (iterable, &none, stop, &none),
        [iterable, start, stop] => (iterable, start, stop, &none),
        [iterable, start, stop, step, ..] => (iterable, start, stop, step),
        _ => return Err(th.system_error("bad native call")),
    };
    let stop = if stop.is_none() {
        usize::MAX
    } else {
        match number(th, stop) {
            Some(stop) => stop,
            None => return Err(th.value_error(STOP)),
        }
    };
    let start = if start.is_none() { Some(0) } else { number(th, start) };
    let Some(start) = start else { return Err(th.value_error(INDICES)) };
    let step = if step.is_none() { Some(1) } else { number(th, step) };
    let Some(step) = step.filter(|step| *step > 0) else {
        return Err(th.value_error("Step for islice() must be a positive integer or None."));
    };
    let it = th.iter(iterable)?;
    let this = ISlice {
        it: AtomicValue::new(it),
        next: AtomicUsize::new(start),
        stop,
        step,
        taken: AtomicUsize::new(0),
    };
    Ok(th.new_object(cls, this))
}

fn islice_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<ISlice>(v, "islice")?;
    let it = this.it.get(th);
    if it.is_unbound() {
        return Ok(None);
    }
    // Relaxed: a shared iterator may skip or repeat.
    let next = this.next.load(Ordering::Relaxed);
    let mut taken = this.taken.load(Ordering::Relaxed);
    let mut patience = Patience(0);
    // What is skipped, up to the end, is consumed.
    while taken < next.min(this.stop) {
        if th.next(&it)?.is_none() {
            this.clear();
            return Ok(None);
        }
        taken += 1;
        this.taken.store(taken, Ordering::Relaxed);
        patience.tick(th)?;
    }
    if taken >= this.stop {
        this.clear();
        return Ok(None);
    }
    let Some(item) = th.next(&it)? else {
        this.clear();
        return Ok(None);
    };
    this.taken.store(taken + 1, Ordering::Relaxed);
    this.next.store(next.saturating_add(this.step).min(this.stop), Ordering::Relaxed);
    Ok(Some(item))
}

/// Payload of `batched`.
pub struct Batched {
    it: AtomicValue,
    n: usize,
    strict: AtomicBool,
}

payload!(Batched, "batched", traverse = Batched::traverse, clear = Batched::clear);

/// `batched`.
pub static BATCHED: TypeSpec = TypeSpec {
    name: "itertools.batched",
    doc: "Batch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n.",
    flags: BASETYPE,
    new_sig: "(iterable, n, *, strict=False)",
    slots: &[Slot::New(batched_new), Slot::Iter(iter_self), Slot::Next(batched_next)],
    ..TypeSpec::of::<Batched>()
};

impl Batched {
    fn traverse(&self, visit: Visitor<'_>) {
        self.it.traverse(visit);
    }

    fn clear(&self) {
        drop(self.it.take());
    }
}

fn batched_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, n, strict] = args else { return Err(th.system_error("bad native call")) };
    let n = th.index_i64(n)?;
    let strict = !strict.is_unbound() && th.truth(strict)?;
    if n < 1 {
        return Err(th.value_error("n must be at least one"));
    }
    let this =
        Batched { it: AtomicValue::new(th.iter(iterable)?), n: n as usize, strict: AtomicBool::new(strict) };
    Ok(th.new_object(cls, this))
}

fn batched_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Batched>(v, "batched")?;
    let it = this.it.get(th);
    if it.is_unbound() {
        return Ok(None);
    }
    let mut batch = Vec::with_capacity(this.n.min(64));
    let mut patience = Patience(0);
    while batch.len() < this.n {
        match th.next(&it) {
            Ok(Some(item)) => batch.push(item),
            Ok(None) => {
                this.clear();
                if batch.is_empty() {
                    return Ok(None);
                }
                if this.strict.load(Ordering::Relaxed) {
                    return Err(th.value_error("batched(): incomplete batch"));
                }
                break;
            }
            Err(raised) => {
                this.clear();
                return Err(raised);
            }
        }
        patience.tick(th)?;
    }
    Ok(Some(th.tuple(batch)))
}

/// Payload of `pairwise`.
pub struct Pairwise {
    it: AtomicValue,
    old: AtomicValue,
}

payload!(Pairwise, "pairwise", traverse = Pairwise::traverse, clear = Pairwise::clear);

/// `pairwise`.
pub static PAIRWISE: TypeSpec = TypeSpec {
    name: "itertools.pairwise",
    doc: "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...",
    flags: BASETYPE,
    new_sig: "(iterable, /)",
    slots: &[Slot::NewRaw(pairwise_new), Slot::Iter(iter_self), Slot::Next(pairwise_next)],
    ..TypeSpec::of::<Pairwise>()
};

impl Pairwise {
    fn traverse(&self, visit: Visitor<'_>) {
        self.it.traverse(visit);
        self.old.traverse(visit);
    }

    fn clear(&self) {
        drop((self.it.take(), self.old.take()));
    }
}

fn pairwise_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let args = positional::<Pairwise>(th, cls, "pairwise", args, 1..=1)?;
    let it = match args.first() {
        Some(iterable) => th.iter(iterable)?,
        None => return Err(th.system_error("bad native call")),
    };
    Ok(th.new_object(cls, Pairwise { it: AtomicValue::new(it), old: AtomicValue::empty() }))
}

fn pairwise_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Pairwise>(v, "pairwise")?;
    let it = this.it.get(th);
    if it.is_unbound() {
        return Ok(None);
    }
    let mut old = this.old.get(th);
    if old.is_unbound() {
        let Some(first) = th.next(&it)? else {
            this.clear();
            return Ok(None);
        };
        this.old.set(th, first.clone());
        old = first;
        // The first item may have come from a call that used this very iterator.
        if this.it.is_empty() {
            drop(this.old.take());
            return Ok(None);
        }
    }
    match th.next(&it) {
        Ok(Some(new)) => {
            this.old.set(th, new.clone());
            Ok(Some(th.pair(old, new)))
        }
        Ok(None) => {
            this.clear();
            Ok(None)
        }
        Err(raised) => {
            this.clear();
            Err(raised)
        }
    }
}
