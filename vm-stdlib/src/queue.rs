//! `_queue`: `SimpleQueue`.
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
        let namespace = Dict::new();
        namespace.set_str(th, "__module__", th.str("_queue"))?;
        namespace.set_str(th, "__doc__", th.str("Exception raised by Queue.get(block=0)/get_nowait()."))?;
        let bases = th.tuple(vec![th.types().exc.exception.value()]);
        // One class for every import of the module: the queue type is one as well.
        let empty = match th.vm_state(EMPTY) {
            Some(empty) => empty,
            None => {
                th.call(&th.types().type_.value(), &[th.str("Empty"), bases, namespace.into_value(th)])?
            }
        };
        th.set_vm_state(EMPTY, empty.clone());
        th.set_module_attr(module, "Empty", empty)
    }),
    ..ModuleSpec::EMPTY
};

/// Key of the class `Empty` in the VM's state.
const EMPTY: &str = "_queue.Empty";

/// Payload of `SimpleQueue`.
pub struct SimpleQueue {
    items: ObjCell<VecDeque<Value>>,
    /// An event for each thread that waits for an item, longest first.
    waiting: ObjCell<VecDeque<Arc<RawEvent>>>,
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
        let items = self.items.peek_mut(std::mem::take);
        drop(items);
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.items.peek(|items| items.iter().for_each(visit));
    }

    /// Wakes the thread that has waited longest.
    fn wake_one(&self, th: &Thread) {
        if let Some(event) = self.waiting.with(th, VecDeque::pop_front) {
            event.set();
        }
    }

    fn take(&self, th: &Thread) -> Option<Value> {
        self.items.with(th, VecDeque::pop_front)
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a SimpleQueue> {
    th.expect::<SimpleQueue>(v, "SimpleQueue")
}

fn new(th: &Thread, cls: TypeRef, _args: &[Value]) -> PyResult<Value> {
    let queue = SimpleQueue { items: ObjCell::new(VecDeque::new()), waiting: ObjCell::new(VecDeque::new()) };
    Ok(th.new_object(cls, queue))
}

fn raise_empty(th: &Thread) -> Raised {
    let raise = || -> PyResult<Raised> {
        let Some(class) = th.vm_state(EMPTY) else { return Ok(th.system_error("no class _queue.Empty")) };
        let exc = th.call(&class, &[])?;
        Ok(th.raise_value(exc))
    };
    match raise() {
        Ok(raised) | Err(raised) => raised,
    }
}

fn empty(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.items.with(th, |items| items.is_empty())))
}

fn qsize(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.items.with(th, |items| items.len())))
}

fn put(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(item) = args.first().cloned() else { return Err(th.system_error("bad native call")) };
    let queue = this(th, v)?;
    queue.items.with(th, |items| items.push_back(item));
    queue.wake_one(th);
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
    loop {
        if let Some(item) = queue.take(th) {
            return Ok(item);
        }
        // Queued before the second look, so that a `put` in between wakes us.
        let event = Arc::new(RawEvent::new());
        let mine = event.clone();
        queue.waiting.with(th, |waiting| waiting.push_back(mine));
        let found = queue.take(th);
        let ended = match found {
            Some(_) => Acquired::Acquired,
            None => event.wait(th.core(), deadline, true),
        };
        queue.waiting.with(th, |waiting| waiting.retain(|other| !Arc::ptr_eq(other, &event)));
        if let Some(item) = found.or_else(|| queue.take(th)) {
            // Whoever was woken for an item that we have taken looks again by itself; a wake-up that was meant for us and
            // that we did not need goes on to the next.
            if event.is_set() && !queue.items.with(th, |items| items.is_empty()) {
                queue.wake_one(th);
            }
            return Ok(item);
        }
        match ended {
            Acquired::Acquired => {}
            Acquired::TimedOut => return Err(raise_empty(th)),
            Acquired::Interrupted => th.check_signals()?,
        }
    }
}
