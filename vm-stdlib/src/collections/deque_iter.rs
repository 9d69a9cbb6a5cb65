//! The iterators of deques.
use super::deque::{Deque, this as deque_of};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use vm_runtime::prelude::*;

struct Walk {
    deque: Value,
    /// How many items were given out.
    index: AtomicUsize,
    /// How many are left.
    left: AtomicUsize,
    changes: AtomicU64,
}

macro_rules! walker {
    ($payload:ident, $spec:ident, $name:literal, $full:literal, $reversed:literal, $new:ident, $next:ident, $hint:ident, $reduce:ident) => {
        /// Payload of an iterator.
        pub struct $payload(Walk);
        payload!($payload, $name, traverse = $payload::traverse);
        impl $payload {
            fn traverse(&self, visit: Visitor<'_>) {
                visit(&self.0.deque);
            }
        }
        /// The type's declaration.
        pub static $spec: TypeSpec = TypeSpec {
            name: $full,
            new_sig: "(deque, index=0, /)",
            slots: &[Slot::New($new), Slot::Iter(iter_self), Slot::Next($next)],
            methods: &[
                m("__length_hint__", "()", $hint, "Private method returning an estimate of len(list(it))."),
                m("__reduce__", "()", $reduce, "Return state information for pickling."),
            ],
            ..TypeSpec::of::<$payload>()
        };
        fn $new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
            let [deque, index] = args else { return Err(th.system_error("bad native call")) };
            let walk = Walk::new(th, deque)?;
            let skip = if index.is_unbound() { 0 } else { th.index_i64(index)? };
            let len = walk.left.load(Ordering::Relaxed);
            let skip = usize::try_from(skip).unwrap_or(0).min(len);
            walk.index.store(skip, Ordering::Relaxed);
            walk.left.store(len - skip, Ordering::Relaxed);
            Ok(th.new_object(cls, $payload(walk)))
        }
        fn $next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
            th.expect::<$payload>(v, $name)?.0.advance(th, $reversed)
        }
        fn $hint(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
            Ok(th.usize(th.expect::<$payload>(v, $name)?.0.left.load(Ordering::Relaxed)))
        }
        fn $reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
            let walk = &th.expect::<$payload>(v, $name)?.0;
            let done = deque_of(th, &walk.deque)?.len(th).saturating_sub(walk.left.load(Ordering::Relaxed));
            let args = th.pair(walk.deque.clone(), th.usize(done));
            Ok(th.pair(v.type_of(th).value(), args))
        }
    };
}

walker!(
    DequeIter,
    SPEC,
    "_deque_iterator",
    "collections._deque_iterator",
    false,
    forward_new,
    forward_next,
    forward_hint,
    forward_reduce
);
walker!(
    DequeReverseIter,
    REVERSE_SPEC,
    "_deque_reverse_iterator",
    "collections._deque_reverse_iterator",
    true,
    backward_new,
    backward_next,
    backward_hint,
    backward_reduce
);

impl Walk {
    fn new(th: &Thread, v: &Value) -> PyResult<Walk> {
        let deque: &Deque = deque_of(th, v)?;
        Ok(Walk {
            deque: v.clone(),
            index: AtomicUsize::new(0),
            left: AtomicUsize::new(deque.len(th)),
            changes: AtomicU64::new(deque.changes(th)),
        })
    }

    fn advance(&self, th: &Thread, reversed: bool) -> PyResult<Option<Value>> {
        let deque = deque_of(th, &self.deque)?;
        // Relaxed throughout: a shared iterator may skip or repeat.
        let left = self.left.load(Ordering::Relaxed);
        if reversed && left == 0 {
            return Ok(None);
        }
        if deque.changes(th) != self.changes.load(Ordering::Relaxed) {
            self.left.store(0, Ordering::Relaxed);
            return Err(th.runtime_error("deque mutated during iteration"));
        }
        if left == 0 {
            return Ok(None);
        }
        let i = self.index.load(Ordering::Relaxed);
        let place = if reversed { left - 1 } else { i };
        let (item, _) = deque.get(th, place);
        self.index.store(i + 1, Ordering::Relaxed);
        self.left.store(left - 1, Ordering::Relaxed);
        Ok(item)
    }
}

fn iter_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

/// `iter(deque)`.
pub fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let walk = Walk::new(th, v)?;
    Ok(th.new_object(th.type_for::<DequeIter>(), DequeIter(walk)))
}

/// `reversed(deque)`.
pub fn reversed(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let walk = Walk::new(th, v)?;
    Ok(th.new_object(th.type_for::<DequeReverseIter>(), DequeReverseIter(walk)))
}
