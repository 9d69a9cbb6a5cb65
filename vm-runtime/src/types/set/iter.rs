//! The iterator of sets.
use super::Set;
use crate::prelude::*;
use crate::types::iterators::native::builtin;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// The payload of `set_iterator`. Threads that share one may skip or repeat elements.
pub struct SetIter {
    set: AtomicValue,
    pos: AtomicUsize,
    used: AtomicUsize,
    left: AtomicUsize,
}

payload!(SetIter, "set_iterator", traverse = SetIter::traverse, clear = SetIter::clear);

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "set_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(crate::types::iterators::iter_self), Slot::Next(next)],
    methods: &[
        m("__length_hint__", "()", length_hint, "Private method returning an estimate of len(list(it))."),
        m("__reduce__", "()", reduce, "Return state information for pickling."),
    ],
    ..TypeSpec::of::<SetIter>()
};

impl SetIter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.set.traverse(visit);
    }

    fn clear(&self) {
        drop(self.set.take());
    }

    /// The next element.
    ///
    /// # Errors
    /// RuntimeError if the set's size changed.
    #[inline]
    pub fn advance(&self, th: &Thread) -> PyResult<Option<Value>> {
        let owner = self.set.get(th);
        let Some(set) = owner.payload::<Set>() else { return Ok(None) };
        // Relaxed throughout: a shared iterator may skip or repeat.
        if self.used.load(Ordering::Relaxed) != set.len() {
            self.used.store(usize::MAX, Ordering::Relaxed);
            return Err(th.runtime_error("Set changed size during iteration"));
        }
        let mut pos = self.pos.load(Ordering::Relaxed);
        match set.next_entry(th, &mut pos) {
            Some((_, key)) => {
                self.pos.store(pos, Ordering::Relaxed);
                self.left.store(self.left.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
                Ok(Some(key))
            }
            None => {
                drop(self.set.take());
                Ok(None)
            }
        }
    }
}

/// `iter(set)`.
pub fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let used = th.expect::<Set>(v, "set")?.len();
    let it = SetIter {
        set: AtomicValue::new(v.clone()),
        pos: AtomicUsize::new(0),
        used: AtomicUsize::new(used),
        left: AtomicUsize::new(used),
    };
    Ok(th.new_object(th.type_for::<SetIter>(), it))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    th.expect::<SetIter>(v, "set_iterator")?.advance(th)
}

fn length_hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = th.expect::<SetIter>(v, "set_iterator")?;
    let owner = it.set.get(th);
    Ok(th.usize(match owner.payload::<Set>() {
        Some(set) if set.len() == it.used.load(Ordering::Relaxed) => it.left.load(Ordering::Relaxed),
        _ => 0,
    }))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let it = th.expect::<SetIter>(v, "set_iterator")?;
    let copy = SetIter {
        set: AtomicValue::new(it.set.get(th)),
        pos: AtomicUsize::new(it.pos.load(Ordering::Relaxed)),
        used: AtomicUsize::new(it.used.load(Ordering::Relaxed)),
        left: AtomicUsize::new(0),
    };
    let mut rest = Vec::new();
    while let Some(key) = copy.advance(th)? {
        rest.push(key);
    }
    let iter = builtin(th, "iter")?;
    Ok(th.tuple(vec![iter, th.tuple(vec![th.list(rest)])]))
}
