//! `_queue`: `SimpleQueue`.
use crate::module_error::ModuleError;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vm_runtime::prelude::*;
use vm_runtime::types::subscript::class_getitem;
use vm_runtime::vm_core::lock::{Acquired, RawEvent};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    types: &[&SPEC],
    init: Some(|th: &Thread, module: &Value| -> PyResult<()> {
        let empty = EMPTY.class(th)?;
        let doc = th.str("Exception raised by Queue.get(block=0)/get_nowait().");
        th.setattr(&empty, &th.intern("__doc__"), &doc)?;
        th.set_module_attr(module, "Empty", empty)
    }),
    ..ModuleSpec::EMPTY
};

/// `_queue.Empty`.
static EMPTY: ModuleError =
    ModuleError { key: "_queue.Empty", module: "_queue", name: "Empty", base: |th| th.types().exc.exception };

/// Payload of `SimpleQueue`.
pub struct SimpleQueue(ObjCell<State>);

#[derive(Default)]
struct State {
    items: VecDeque<Value>,
    /// An event for each thread that waits for an item, longest first.
    waiting: VecDeque<Arc<RawEvent>>,
}

payload!(SimpleQueue, "SimpleQueue", traverse = SimpleQueue::traverse, clear = SimpleQueue::clear);

/// `_queue.SimpleQueue`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_queue.SimpleQueue",
    doc: "Simple, unbounded, reentrant FIFO queue.",
    flags: BASETYPE | WEAKREFS,
    new_sig: "()",
    slots: &[Slot::New(new)],
    methods: &[
        m("empty", "()", empty, "Return True if the queue is empty, False otherwise (not reliable!)."),
        m(
            "get",
            "(block=True, timeout=None)",
            get,
            "Remove and return an item from the queue.\n\nIf optional args 'block' is true and 'timeout' is None (the\ndefault), block if necessary until an item is available.  If\n'timeout' is a non-negative number, it blocks at most 'timeout'\nseconds and raises the Empty exception if no item was available\nwithin that time.\nOtherwise ('block' is false), return an item if one is immediately\navailable, else raise the Empty exception ('timeout' is ignored\nin that case).",
        ),
        m(
            "get_nowait",
            "()",
            get_nowait,
            "Remove and return an item from the queue without blocking.\n\nOnly get an item if one is immediately available. Otherwise\nraise the Empty exception.",
        ),
        m(
            "put",
            "(item, block=True, timeout=None)",
            put,
            "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as this\nmethod never blocks.  They are provided for compatibility with the\nQueue class.",
        ),
        m(
            "put_nowait",
            "(item)",
            put,
            "Put an item into the queue without blocking.\n\nThis is exactly equivalent to `put(item)` and is only provided\nfor compatibility with the Queue class.",
        ),
        m("qsize", "()", qsize, "Return the approximate size of the queue (not reliable!)."),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "SimpleQueues are generic over the type of their contents",
        ),
    ],
    ..TypeSpec::of::<SimpleQueue>()
};

impl SimpleQueue {
    fn clear(&self) {
        let items = self.0.peek_mut(|state| std::mem::take(&mut state.items));
        drop(items);
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.0.peek(|state| state.items.iter().for_each(visit));
    }

    fn take(&self, th: &Thread) -> Option<Value> {
        self.0.with(th, |state| state.items.pop_front())
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a SimpleQueue> {
    th.expect::<SimpleQueue>(v, "SimpleQueue")
}

fn new(th: &Thread, cls: TypeRef, _args: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(cls, SimpleQueue(ObjCell::new(State::default()))))
}

#[cold]
fn raise_empty(th: &Thread) -> Raised {
    let made = EMPTY.class(th).and_then(|class| th.call(&class, &[]));
    match made {
        Ok(exc) => th.raise_value(exc),
        Err(raised) => raised,
    }
}

fn empty(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.0.with(th, |state| state.items.is_empty())))
}

fn qsize(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.0.with(th, |state| state.items.len())))
}

fn put(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(item) = args.first().cloned() else { return Err(th.system_error("bad native call")) };
    let waiter = this(th, v)?.0.with(th, |state| {
        state.items.push_back(item);
        state.waiting.pop_front()
    });
    if let Some(event) = waiter {
        event.set();
    }
    Ok(Value::NONE)
}

fn get_nowait(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.take(th).ok_or_else(|| raise_empty(th))
}

/// The time that a wait may last; None: for ever.
fn deadline(th: &Thread, timeout: &Value) -> PyResult<Option<Instant>> {
    if timeout.is_unbound() || timeout.is_none() {
        return Ok(None);
    }
    let number = timeout.as_immediate_float().is_some()
        || th.isinstance(timeout, th.types().float)
        || vm_runtime::types::subscript::is_index(th, timeout);
    if !number {
        return Err(th.type_error(format!(
            "'{}' object cannot be interpreted as an integer or float",
            timeout.type_of(th).full_name()
        )));
    }
    let seconds = th.as_f64(timeout)?;
    if seconds.is_nan() {
        return Err(th.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(th.value_error("'timeout' must be a non-negative number"));
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(wait) if seconds < 9.2e9 => Ok(Instant::now().checked_add(wait)),
        _ => Err(th.overflow_error("timeout value is too large")),
    }
}

fn get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [block, timeout] = args else { return Err(th.system_error("bad native call")) };
    let queue = this(th, v)?;
    if !block.is_unbound() && !th.truth(block)? {
        return get_nowait(th, v, &[]);
    }
    let deadline = deadline(th, timeout)?;
    if let Some(item) = queue.take(th) {
        return Ok(item);
    }
    loop {
        let event = Arc::new(RawEvent::new());
        let item = queue.0.with(th, |state| {
            let item = state.items.pop_front();
            if item.is_none() {
                state.waiting.push_back(event.clone());
            }
            item
        });
        if let Some(item) = item {
            return Ok(item);
        }
        let ended = event.wait(th.core(), deadline, true);
        let (item, next) = queue.0.with(th, |state| {
            state.waiting.retain(|other| !Arc::ptr_eq(other, &event));
            let item = state.items.pop_front();
            // A wake-up that was meant for us and that we did not need, or not alone, goes on to the next.
            let next =
                if event.is_set() && !state.items.is_empty() { state.waiting.pop_front() } else { None };
            (item, next)
        });
        if let Some(event) = next {
            event.set();
        }
        if let Some(item) = item {
            return Ok(item);
        }
        match ended {
            Acquired::Acquired => {}
            Acquired::TimedOut => return Err(raise_empty(th)),
            Acquired::Interrupted => th.check_signals()?,
        }
    }
}
