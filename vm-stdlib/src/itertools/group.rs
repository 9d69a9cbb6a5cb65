//! `groupby`.
use super::{Patience, given, iter_self, positional};
use std::sync::atomic::{AtomicU64, Ordering};
use vm_runtime::prelude::*;

/// Payload of `groupby`.
pub struct GroupBy {
    it: Value,
    key_function: Option<Value>,
    target: AtomicValue,
    current_key: AtomicValue,
    current: AtomicValue,
    /// Number of the group that was handed out last: older groups are at their end.
    group: AtomicU64,
}

payload!(GroupBy, "groupby", traverse = GroupBy::traverse, clear = GroupBy::clear);

/// `groupby`.
pub static GROUPBY: TypeSpec = TypeSpec {
    name: "itertools.groupby",
    doc: "make an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.",
    flags: BASETYPE,
    new_sig: "(iterable, key=None)",
    slots: &[Slot::New(groupby_new), Slot::Iter(iter_self), Slot::Next(groupby_next)],
    ..TypeSpec::of::<GroupBy>()
};

impl GroupBy {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.it);
        self.key_function.iter().for_each(&mut *visit);
        self.target.traverse(visit);
        self.current_key.traverse(visit);
        self.current.traverse(visit);
    }

    fn clear(&self) {
        drop((self.target.take(), self.current_key.take(), self.current.take()));
    }

    /// Takes the next item; false at the end.
    fn step(&self, th: &Thread) -> PyResult<bool> {
        let Some(item) = th.next(&self.it)? else { return Ok(false) };
        let key = match &self.key_function {
            Some(f) => th.call(f, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        self.current.set(th, item);
        self.current_key.set(th, key);
        Ok(true)
    }
}

fn groupby_new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [iterable, key] = args else { return Err(th.system_error("bad native call")) };
    let this = GroupBy {
        it: th.iter(iterable)?,
        key_function: given(key).cloned(),
        target: AtomicValue::empty(),
        current_key: AtomicValue::empty(),
        current: AtomicValue::empty(),
        group: AtomicU64::new(0),
    };
    Ok(th.new_object(cls, this))
}

fn groupby_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<GroupBy>(v, "groupby")?;
    // Relaxed: a number by itself.
    let group = this.group.fetch_add(1, Ordering::Relaxed) + 1;
    let mut patience = Patience(0);
    loop {
        let (key, target) = (this.current_key.get(th), this.target.get(th));
        if !key.is_unbound() && (target.is_unbound() || !th.eq(&target, &key)?) {
            break;
        }
        if !this.step(th)? {
            return Ok(None);
        }
        patience.tick(th)?;
    }
    let key = this.current_key.get(th);
    if key.is_unbound() {
        return Ok(None);
    }
    this.target.set(th, key.clone());
    let grouper = Grouper { parent: v.clone(), target: key.clone(), group };
    let grouper = th.new_object(th.type_for::<Grouper>(), grouper);
    Ok(Some(th.pair(key, grouper)))
}

/// Payload of `_grouper`: the items of one group.
pub struct Grouper {
    parent: Value,
    target: Value,
    group: u64,
}

payload!(Grouper, "_grouper", traverse = Grouper::traverse);

/// `_grouper`.
pub static GROUPER: TypeSpec = TypeSpec {
    name: "itertools._grouper",
    new_sig: "(parent, tgtkey, /)",
    slots: &[Slot::NewRaw(grouper_new), Slot::Iter(iter_self), Slot::Next(grouper_next)],
    ..TypeSpec::of::<Grouper>()
};

impl Grouper {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.parent);
        visit(&self.target);
    }
}

fn grouper_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let [parent, target] = positional::<Grouper>(th, cls, "_grouper", args, 2..=2)? else {
        return Err(th.system_error("bad native call"));
    };
    let group = th.expect::<GroupBy>(parent, "groupby")?.group.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(th.new_object(cls, Grouper { parent: parent.clone(), target: target.clone(), group }))
}

fn grouper_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<Grouper>(v, "_grouper")?;
    let parent = th.expect::<GroupBy>(&this.parent, "groupby")?;
    let current = || parent.group.load(Ordering::Relaxed) == this.group;
    if !current() {
        return Ok(None);
    }
    if parent.current.is_empty() && !parent.step(th)? {
        return Ok(None);
    }
    let key = parent.current_key.get(th);
    if key.is_unbound() || !th.eq(&this.target, &key)? {
        return Ok(None);
    }
    let item = parent.current.take();
    drop(parent.current_key.take());
    Ok(if item.is_unbound() { None } else { Some(item) })
}
