//! `tee`: iterators over a linked list of chunks of what one iterator gave.
use super::{iter_self, positional};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use vm_runtime::prelude::*;
use vm_runtime::types::list::List;

/// Items of a chunk.
const CHUNK: usize = 57;

/// Payload of `_tee_dataobject`: a chunk.
pub struct Data {
    it: Value,
    values: ObjCell<Vec<Value>>,
    next: AtomicValue,
    running: AtomicBool,
}

payload!(Data, "_tee_dataobject", traverse = Data::traverse, clear = Data::clear);

/// `_tee_dataobject`.
pub static DATA: TypeSpec = TypeSpec {
    name: "itertools._tee_dataobject",
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    slots: &[Slot::NewRaw(data_new)],
    ..TypeSpec::of::<Data>()
};

impl Data {
    fn new(it: Value, values: Vec<Value>) -> Data {
        Data { it, values: ObjCell::new(values), next: AtomicValue::empty(), running: AtomicBool::new(false) }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.it);
        self.values.peek(|values| values.iter().for_each(&mut *visit));
        self.next.traverse(visit);
    }

    fn clear(&self) {
        drop(self.next.take());
    }

    /// Item `i` of the chunk, taken from the iterator if nobody asked for it before.
    fn get(&self, th: &Thread, i: usize) -> PyResult<Option<Value>> {
        if let Some(value) = self.values.with(th, |values| values.get(i).cloned()) {
            return Ok(Some(value));
        }
        // Acquire and release: one fills the chunk at a time.
        if self.running.swap(true, Ordering::Acquire) {
            return Err(th.runtime_error("cannot re-enter the tee iterator"));
        }
        // Another thread may have been faster.
        let known = self.values.with(th, |values| values.get(i).cloned());
        let result = match known {
            Some(value) => Ok(Some(value)),
            None => th.next(&self.it),
        };
        if let Ok(Some(value)) = &result {
            let value = value.clone();
            self.values.with(th, |values| {
                if values.len() == i {
                    values.push(value);
                }
            });
        }
        self.running.store(false, Ordering::Release);
        result
    }

    /// The chunk after this one.
    fn link(&self, th: &Thread) -> Value {
        let next = self.next.get(th);
        if !next.is_unbound() {
            return next;
        }
        let fresh = th.new_object(th.type_for::<Data>(), Data::new(self.it.clone(), Vec::new()));
        // Under the chunk's lock only one is made.
        self.values.with(th, |_| {
            if self.next.is_empty() {
                drop(self.next.swap(fresh.clone()));
            }
        });
        self.next.get(th)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // A long list of chunks is taken apart one by one: the heap's queue of objects to drop makes it iterative.
        drop(self.next.take());
    }
}

fn data_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let [it, values, next] = positional::<Data>(th, cls, "teedataobject", args, 3..=3)? else {
        return Err(th.system_error("bad native call"));
    };
    let list = th.expect::<List>(values, "list")?.to_vec(th);
    if list.len() > CHUNK || (!next.is_none() && list.len() != CHUNK) {
        return Err(th.value_error("Invalid arguments"));
    }
    let data = Data::new(it.clone(), list);
    if !next.is_none() {
        th.expect::<Data>(next, "_tee_dataobject")?;
        data.next.set(th, next.clone());
    }
    Ok(th.new_object(cls, data))
}

/// Payload of `_tee`: a chunk and a place in it.
pub struct Tee {
    data: AtomicValue,
    index: AtomicUsize,
}

payload!(Tee, "_tee", traverse = Tee::traverse, clear = Tee::clear);

/// `_tee`.
pub static TEE: TypeSpec = TypeSpec {
    name: "itertools._tee",
    doc: "Iterator wrapped to make it copyable.",
    flags: WEAKREFS,
    new_sig: "(iterable, /)",
    slots: &[Slot::NewRaw(tee_new), Slot::Iter(iter_self), Slot::Next(tee_next)],
    methods: &[m("__copy__", "()", tee_copy, "Returns an independent iterator.")],
    ..TypeSpec::of::<Tee>()
};

impl Tee {
    fn traverse(&self, visit: Visitor<'_>) {
        self.data.traverse(visit);
    }

    fn clear(&self) {
        drop(self.data.take());
    }
}

fn from_iterable(th: &Thread, iterable: &Value) -> PyResult<Value> {
    let it = th.iter(iterable)?;
    if it.payload::<Tee>().is_some() {
        return tee_copy(th, &it, &[]);
    }
    let data = th.new_object(th.type_for::<Data>(), Data::new(it, Vec::new()));
    let tee = Tee { data: AtomicValue::new(data), index: AtomicUsize::new(0) };
    Ok(th.new_object(th.type_for::<Tee>(), tee))
}

fn tee_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    match positional::<Tee>(th, cls, "_tee", args, 1..=1)?.first() {
        Some(iterable) => from_iterable(th, iterable),
        None => Err(th.system_error("bad native call")),
    }
}

fn tee_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Tee>(v, "_tee")?;
    let mut data = this.data.get(th);
    // Relaxed: a shared iterator may skip or repeat.
    let mut index = this.index.load(Ordering::Relaxed);
    if index >= CHUNK {
        let next = match data.payload::<Data>() {
            Some(chunk) => chunk.link(th),
            None => return Ok(None),
        };
        this.data.set(th, next.clone());
        data = next;
        index = 0;
        this.index.store(0, Ordering::Relaxed);
    }
    let Some(chunk) = data.payload::<Data>() else { return Ok(None) };
    let item = chunk.get(th, index)?;
    if item.is_some() {
        this.index.store(index + 1, Ordering::Relaxed);
    }
    Ok(item)
}

fn tee_copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<Tee>(v, "_tee")?;
    let copy = Tee {
        data: AtomicValue::new(this.data.get(th)),
        index: AtomicUsize::new(this.index.load(Ordering::Relaxed)),
    };
    Ok(th.new_object(th.type_for::<Tee>(), copy))
}

/// `tee(iterable, n=2, /)`.
pub fn tee(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [iterable, n] = args else { return Err(th.system_error("bad native call")) };
    let n = if n.is_unbound() { 2 } else { th.index_i64(n)? };
    if n < 0 {
        return Err(th.value_error("n must be >= 0"));
    }
    if n > 1 << 40 {
        return Err(th.memory_error());
    }
    if n == 0 {
        return Ok(th.tuple(Vec::new()));
    }
    let it = th.iter(iterable)?;
    // A tee's own iterator stays independent of those made from it.
    let it = if it.payload::<Tee>().is_some() { tee_copy(th, &it, &[])? } else { it };
    let first = match th.get_attr_opt(&it, &th.names().__copy__)? {
        Some(_) => it,
        None => from_iterable(th, &it)?,
    };
    let mut all = vec![first];
    while (all.len() as i64) < n {
        let copy = match all.first() {
            Some(first) => th.call_method(first, "__copy__", &[])?,
            None => break,
        };
        all.push(copy);
    }
    Ok(th.tuple(all))
}
