//! `_heapq`: heaps in lists, smallest or largest first.
//!
//! Comparisons run Python, which may change the list: every step looks at its length again.
use vm_runtime::prelude::*;
use vm_runtime::types::list::List;
use vm_runtime::vm_core::lock::critical_section::with_lock;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n\nUsage:\n\nheap = []            # creates an empty heap\nheappush(heap, item) # pushes a new item on the heap\nitem = heappop(heap) # pops the smallest item from the heap\nitem = heap[0]       # smallest item on the heap without popping it\nheapify(x)           # transforms list into a heap, in-place, in linear time\nitem = heapreplace(heap, item) # pops and returns smallest item, and adds\n                               # new item; the heap size is unchanged\n\nOur API differs from textbook heap algorithms as follows:\n\n- We use 0-based indexing.  This makes the relationship between the\n  index for a node and the indexes for its children slightly less\n  obvious, but is more suitable since Python uses 0-based indexing.\n\n- Our heappop() method returns the smallest item, not the largest.\n\nThese two make it possible to view the heap as a regular Python list\nwithout surprises: heap[0] is the smallest item, and heap.sort()\nmaintains the heap invariant!\n",
    functions: &[
        m("heappush", "(heap, item, /)", heappush, "Push item onto heap, maintaining the heap invariant."),
        m(
            "heappushpop",
            "(heap, item, /)",
            heappushpop,
            "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop().",
        ),
        m(
            "heappop",
            "(heap, /)",
            heappop,
            "Pop the smallest item off the heap, maintaining the heap invariant.",
        ),
        m(
            "heapreplace",
            "(heap, item, /)",
            heapreplace,
            "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)",
        ),
        m("heapify", "(heap, /)", heapify, "Transform list into a heap, in-place, in O(len(heap)) time."),
        m(
            "heappush_max",
            "(heap, item, /)",
            heappush_max,
            "Push item onto max heap, maintaining the heap invariant.",
        ),
        m(
            "heappushpop_max",
            "(heap, item, /)",
            heappushpop_max,
            "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max()\nfollowed by a separate call to heappop_max().",
        ),
        m("heappop_max", "(heap, /)", heappop_max, "Maxheap variant of heappop."),
        m("heapreplace_max", "(heap, item, /)", heapreplace_max, "Maxheap variant of heapreplace."),
        m("heapify_max", "(heap, /)", heapify_max, "Maxheap variant of heapify."),
    ],
    init: Some(|th: &Thread, module: &Value| -> PyResult<()> {
        th.set_module_attr(module, "__about__", th.str(ABOUT))
    }),
    ..ModuleSpec::EMPTY
};

const ABOUT: &str = "Heap queues\n\nA heap is an array in which every item is at most as large as the two items at twice its index plus one and plus two.\nThe smallest item is the first; it can be taken, and another added, in a time that grows with the logarithm of the\nnumber of items. The _max functions keep the largest item first.\n";

/// Which of two items comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}

impl Order {
    fn before(self, th: &Thread, a: &Value, b: &Value) -> PyResult<bool> {
        let (a, b) = if self == Order::Min { (a, b) } else { (b, a) };
        if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
            return Ok(a < b);
        }
        let result = th.compare(a, b, CompareOp::Lt)?;
        th.truth(&result)
    }
}

/// Runs an operation in a critical section of the list, so that threads that share a heap and use it by these functions
/// alone find it whole. Comparisons may run Python, which suspends the section when it waits.
fn whole(th: &Thread, args: &[Value], operation: impl FnOnce() -> PyResult<Value>) -> PyResult<Value> {
    match args.first().and_then(Value::header) {
        Some(heap) => with_lock(th.core(), heap, operation),
        None => operation(),
    }
}

fn heap_of<'a>(th: &Thread, name: &str, args: &'a [Value]) -> PyResult<&'a List> {
    let Some(heap) = args.first() else { return Err(th.system_error("bad native call")) };
    match heap.payload::<List>() {
        Some(list) => Ok(list),
        None => {
            let which = if args.len() > 1 { " 1" } else { "" };
            Err(th.type_error(format!(
                "{name}() argument{which} must be list, not {}",
                heap.type_of(th).full_name()
            )))
        }
    }
}

fn changed(th: &Thread) -> Raised {
    th.runtime_error("list changed size during iteration")
}

fn at(th: &Thread, heap: &List, i: usize) -> PyResult<Value> {
    heap.get(th, i).ok_or_else(|| changed(th))
}

/// Moves the item at `pos` towards the root until its parent comes first.
fn sift_down(th: &Thread, heap: &List, order: Order, start: usize, mut pos: usize) -> PyResult<()> {
    let size = heap.len();
    if pos >= size {
        return Err(th.index_error("index out of range"));
    }
    while pos > start {
        let parent_pos = (pos - 1) / 2;
        let (item, parent) = (at(th, heap, pos)?, at(th, heap, parent_pos)?);
        let first = order.before(th, &item, &parent)?;
        if heap.len() != size {
            return Err(changed(th));
        }
        if !first {
            break;
        }
        heap.set(th, pos, parent);
        heap.set(th, parent_pos, item);
        pos = parent_pos;
    }
    Ok(())
}

/// Moves the item at `pos` down to a leaf, always past the child that comes first, then up to its place.
fn sift_up(th: &Thread, heap: &List, order: Order, mut pos: usize) -> PyResult<()> {
    let size = heap.len();
    let start = pos;
    if pos >= size {
        return Err(th.index_error("index out of range"));
    }
    let limit = size >> 1;
    while pos < limit {
        let mut child = 2 * pos + 1;
        if child + 1 < size {
            let (a, b) = (at(th, heap, child)?, at(th, heap, child + 1)?);
            let left_first = order.before(th, &a, &b)?;
            if heap.len() != size {
                return Err(changed(th));
            }
            child += usize::from(!left_first);
        }
        let (down, up) = (at(th, heap, pos)?, at(th, heap, child)?);
        heap.set(th, child, down);
        heap.set(th, pos, up);
        pos = child;
    }
    sift_down(th, heap, order, start, pos)
}

fn push(th: &Thread, name: &str, args: &[Value], order: Order) -> PyResult<Value> {
    let heap = heap_of(th, name, args)?;
    let Some(item) = args.get(1) else { return Err(th.system_error("bad native call")) };
    heap.append(th, item.clone())?;
    sift_down(th, heap, order, 0, heap.len().saturating_sub(1))?;
    Ok(Value::NONE)
}

fn pop(th: &Thread, name: &str, args: &[Value], order: Order) -> PyResult<Value> {
    let heap = heap_of(th, name, args)?;
    let Some(last) = heap.pop(th) else { return Err(th.index_error("index out of range")) };
    let Some(first) = heap.get(th, 0) else { return Ok(last) };
    heap.set(th, 0, last);
    sift_up(th, heap, order, 0)?;
    Ok(first)
}

fn replace(th: &Thread, name: &str, args: &[Value], order: Order) -> PyResult<Value> {
    let heap = heap_of(th, name, args)?;
    let Some(item) = args.get(1) else { return Err(th.system_error("bad native call")) };
    let Some(first) = heap.get(th, 0) else { return Err(th.index_error("index out of range")) };
    heap.set(th, 0, item.clone());
    sift_up(th, heap, order, 0)?;
    Ok(first)
}

fn push_pop(th: &Thread, name: &str, args: &[Value], order: Order) -> PyResult<Value> {
    let heap = heap_of(th, name, args)?;
    let Some(item) = args.get(1) else { return Err(th.system_error("bad native call")) };
    let Some(first) = heap.get(th, 0) else { return Ok(item.clone()) };
    if !order.before(th, &first, item)? {
        return Ok(item.clone());
    }
    let Some(first) = heap.get(th, 0) else { return Err(th.index_error("index out of range")) };
    heap.set(th, 0, item.clone());
    sift_up(th, heap, order, 0)?;
    Ok(first)
}

fn make_heap(th: &Thread, name: &str, args: &[Value], order: Order) -> PyResult<Value> {
    let heap = heap_of(th, name, args)?;
    for i in (0..heap.len() / 2).rev() {
        sift_up(th, heap, order, i)?;
    }
    Ok(Value::NONE)
}

fn heappush(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || push(th, "heappush", args, Order::Min))
}

fn heappushpop(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || push_pop(th, "heappushpop", args, Order::Min))
}

fn heappop(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || pop(th, "heappop", args, Order::Min))
}

fn heapreplace(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || replace(th, "heapreplace", args, Order::Min))
}

fn heapify(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || make_heap(th, "heapify", args, Order::Min))
}

fn heappush_max(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || push(th, "heappush_max", args, Order::Max))
}

fn heappushpop_max(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || push_pop(th, "heappushpop_max", args, Order::Max))
}

fn heappop_max(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || pop(th, "heappop_max", args, Order::Max))
}

fn heapreplace_max(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || replace(th, "heapreplace_max", args, Order::Max))
}

fn heapify_max(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    whole(th, args, || make_heap(th, "heapify_max", args, Order::Max))
}
