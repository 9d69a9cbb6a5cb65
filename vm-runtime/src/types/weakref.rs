//! Weak references: the table of a VM, `weakref.ref`, and clearing.
//!
//! # Rules
//!
//! R1 (weakref). A weak reference holds its referent's address; the table, sharded by that address, lists the weak references
//!     of each. Both are changed under the shard's lock only, which is never held while Python runs or a value is dropped.
//! R2 (weakref). An object that has weak references is weakref-able (`refcount` R7) and has `flags::WEAKREFS`, so whoever frees
//!     it calls `clear_for` first; so an address in a weak reference is that of a live object, or of one whose count is
//!     zero and which `try_incref` refuses.
//! R3 (weakref). A weak reference object is weakref-able too, and leaves the table when its payload is dropped, before its
//!     memory is freed; so an address in the table may be given to `try_incref` under the lock.
use crate::prelude::*;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use vm_core::object::{Header, flags};
use vm_core::refcount;

pub mod proxy;

const SHARDS: usize = 64;

/// The weak references of a VM.
pub struct WeakTable {
    shards: Box<[Mutex<HashMap<u64, Vec<u64>>>]>,
}

impl Default for WeakTable {
    fn default() -> Self {
        WeakTable { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl WeakTable {
    fn shard(&self, address: u64) -> &Mutex<HashMap<u64, Vec<u64>>> {
        &self.shards[(address >> 4) as usize % SHARDS]
    }
}

/// What `weakref.ref` and proxies share.
pub struct WeakCore {
    /// Address of the referent; 0: it is gone. Written under the shard's lock.
    target: AtomicU64,
    /// The callback; UNBOUND: none.
    callback: AtomicValue,
    /// `hash(referent)` once asked for; -1: not known.
    hash: AtomicI64,
    /// Address of the object that has this payload.
    own: AtomicU64,
}

/// The payload of `weakref.ref`.
pub struct WeakRef {
    core: WeakCore,
}

payload!(
    WeakRef,
    "weakref.ReferenceType",
    traverse = |w: &WeakRef, v: Visitor<'_>| w.core.callback.traverse(v),
    clear = |w: &WeakRef| w.core.clear()
);

/// Takes a counted reference to the object at an address.
///
/// # Safety
/// R2 or R3 (weakref), under the lock of the shard that has the address.
unsafe fn revive(address: u64) -> Option<Value> {
    let object = NonNull::new(address as *mut Header)?;
    // SAFETY: the caller's promise; a reference is only made from a successful try_incref.
    unsafe { if refcount::try_incref(object) { Some(Value::from_owned_ptr(object)) } else { None } }
}

impl WeakCore {
    fn new(target: &Value, callback: Option<&Value>) -> WeakCore {
        WeakCore {
            target: AtomicU64::new(target.identity()),
            callback: callback.map_or_else(AtomicValue::empty, |c| AtomicValue::new(c.clone())),
            hash: AtomicI64::new(-1),
            own: AtomicU64::new(0),
        }
    }

    /// Makes the weak reference dead without calling its callback (collector, when both are garbage).
    fn clear(&self) {
        self.detach();
        drop(self.callback.take());
    }

    /// Leaves the table.
    fn detach(&self) {
        let Some(th) = Thread::current() else { return };
        let address = self.target.load(Ordering::Acquire);
        if address == 0 {
            return;
        }
        let mut shard = th.vm().weakrefs.shard(address).lock();
        // Relaxed: under the lock (R1).
        if self.target.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let own = self.own.load(Ordering::Relaxed);
        if let Some(list) = shard.get_mut(&address) {
            list.retain(|r| *r != own);
            if list.is_empty() {
                shard.remove(&address);
            }
        }
    }

    /// The referent, if it lives.
    pub fn upgrade(&self, th: &Thread) -> Option<Value> {
        let address = self.target.load(Ordering::Acquire);
        if address == 0 {
            return None;
        }
        let _shard = th.vm().weakrefs.shard(address).lock();
        if self.target.load(Ordering::Relaxed) == 0 {
            return None;
        }
        // SAFETY: R2 (weakref).
        unsafe { revive(address) }
    }
}

impl Drop for WeakCore {
    fn drop(&mut self) {
        self.detach();
    }
}

/// The shared part of any weak reference object.
fn core_of(v: &Value) -> Option<&WeakCore> {
    if let Some(w) = v.payload::<WeakRef>() {
        return Some(&w.core);
    }
    proxy::core_of(v)
}

/// Whether it is a weak reference object that will call something when its referent goes.
pub(crate) fn has_callback(v: &Value) -> bool {
    core_of(v).is_some_and(|core| !core.callback.is_empty())
}

/// Enters a new weak reference object into the table.
fn register(th: &Thread, reference: &Value, target: &Value) {
    let Some(core) = core_of(reference) else { return };
    core.own.store(reference.identity(), Ordering::Relaxed);
    if let (Some(r), Some(t)) = (reference.header(), target.header()) {
        refcount::make_weakrefable(r);
        refcount::make_weakrefable(t);
        t.set_flag(flags::WEAKREFS);
    }
    th.vm()
        .weakrefs
        .shard(target.identity())
        .lock()
        .entry(target.identity())
        .or_default()
        .push(reference.identity());
}

/// All live weak reference objects of an object in CPython's order: the plain reference and proxy without callbacks, then the
/// others, the newest first.
pub fn in_order(th: &Thread, target: &Value) -> Vec<Value> {
    let mut list = references(th, target);
    list.reverse();
    let plain = th.type_for::<WeakRef>();
    list.sort_by_key(|r| match core_of(r) {
        Some(core) if core.callback.is_empty() && r.type_of(th) == plain => 0,
        Some(core) if core.callback.is_empty() && r.payload::<WeakRef>().is_none() => 1,
        _ => 2,
    });
    list
}

/// All live weak reference objects of an object, the oldest first.
pub fn references(th: &Thread, target: &Value) -> Vec<Value> {
    if !target.is_heap() {
        return Vec::new();
    }
    let shard = th.vm().weakrefs.shard(target.identity()).lock();
    let list = shard.get(&target.identity()).map(Vec::as_slice).unwrap_or_default();
    // SAFETY: R3 (weakref).
    list.iter().filter_map(|r| unsafe { revive(*r) }).collect()
}

/// A weak reference object of exactly this type without callback, if there is one.
fn reuse(th: &Thread, target: &Value, ty: TypeRef) -> Option<Value> {
    references(th, target)
        .into_iter()
        .find(|r| r.type_of(th) == ty && core_of(r).is_some_and(|c| c.callback.is_empty()))
}

/// Weak references that were cleared and whose callbacks are still to be called.
pub struct Cleared(Vec<(Value, Value)>);

/// Clears all weak references to an object, which is about to die. The callbacks are the caller's to run.
pub fn take_for(th: &Thread, object: NonNull<Header>) -> Cleared {
    with_callbacks(clear_all(th, object))
}

/// Clears all weak references to an object; those that live.
fn clear_all(th: &Thread, object: NonNull<Header>) -> Vec<Value> {
    let address = object.as_ptr() as u64;
    let mut live = Vec::new();
    let mut shard = th.vm().weakrefs.shard(address).lock();
    for r in shard.remove(&address).unwrap_or_default() {
        let Some(header) = NonNull::new(r as *mut Header) else { continue };
        // SAFETY: R3 (weakref): the weak reference's memory is valid under the lock, live or dying.
        let dying = unsafe { std::mem::ManuallyDrop::new(Value::from_raw_bits(header.as_ptr() as u64)) };
        if let Some(core) = core_of(&dying) {
            core.target.store(0, Ordering::Release);
        }
        // SAFETY: R3 (weakref).
        live.extend(unsafe { revive(r) });
    }
    live
}

fn with_callbacks(mut live: Vec<Value>) -> Cleared {
    // The most recently made ones are called first.
    live.reverse();
    let with_callback = live.into_iter().filter_map(|r| {
        let callback = core_of(&r).map(|c| c.callback.take()).filter(|c| !c.is_unbound())?;
        Some((r, callback))
    });
    Cleared(with_callback.collect())
}

/// As `take_for`, for an object that the collector found to be garbage: weak references that are garbage themselves are not
/// called. The world is stopped.
pub fn take_garbage(
    th: &Thread,
    object: NonNull<Header>,
    is_garbage: &dyn Fn(NonNull<Header>) -> bool,
) -> Cleared {
    let mut live = clear_all(th, object);
    // The world is stopped: nothing must be dropped, and the last reference to garbage is the collector's.
    live.retain(|r| !is_garbage(r.heap_ptr()));
    with_callbacks(live)
}

/// Clears all weak references to an object whose callbacks were called before, or are not to be called.
pub fn forget(th: &Thread, object: NonNull<Header>) {
    drop(clear_all(th, object));
}

impl Cleared {
    /// Calls the callbacks.
    pub fn run(self, th: &Thread) {
        for (reference, callback) in self.0 {
            if th.call(&callback, &[reference]).is_err() {
                th.unraisable(Some("Exception ignored while calling weakref callback"), Some(&callback));
            }
        }
    }

    /// Whether there is nothing to call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Clears all weak references to an object that is about to die, and calls their callbacks.
pub fn clear_for(th: &Thread, object: NonNull<Header>) {
    take_for(th, object).run(th);
}

/// TypeError unless objects of the value's type can be weakly referenced.
fn check_target(th: &Thread, target: &Value) -> PyResult<()> {
    if target.is_heap() && target.type_of(th).has(WEAKREFS) {
        return Ok(());
    }
    Err(th.type_error(format!("cannot create weak reference to '{}' object", target.type_name(th))))
}

/// `weakref.ref(target, callback)` of class `cls`.
pub fn new_ref(th: &Thread, cls: TypeRef, target: &Value, callback: Option<&Value>) -> PyResult<Value> {
    check_target(th, target)?;
    let callback = callback.filter(|c| !c.is_none());
    if callback.is_none()
        && cls == th.type_for::<WeakRef>()
        && let Some(old) = reuse(th, target, cls)
    {
        return Ok(old);
    }
    // Counts must be those of weakref-able objects before the address is known to anyone (R2).
    if let Some(h) = target.header() {
        refcount::make_weakrefable(h);
    }
    let v = th.make_object(cls, WeakRef { core: WeakCore::new(target, callback) })?;
    register(th, &v, target);
    Ok(v)
}

/// The referent of a `weakref.ref`, if `v` is one: None inside if it is gone.
pub fn referent(th: &Thread, v: &Value) -> Option<Option<Value>> {
    v.payload::<WeakRef>().map(|w| w.core.upgrade(th))
}

/// `weakref.ref`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "weakref.ReferenceType",
    doc: "",
    flags: BASETYPE,
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Call(call),
        Slot::Hash(hash),
        Slot::Repr(repr),
        Slot::RichCompare(compare),
    ],
    methods: &[cm("__class_getitem__", "(object, /)", class_getitem, "See PEP 585")],
    getset: &[mb("__callback__", get_callback, None, "")],
    ..TypeSpec::of::<WeakRef>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a WeakCore> {
    Ok(&th.expect::<WeakRef>(v, "weakref.ReferenceType")?.core)
}

fn count_args(th: &Thread, name: &str, n: usize) -> PyResult<()> {
    match n {
        0 => Err(th.type_error(format!("{name} expected at least 1 argument, got 0"))),
        1 | 2 => Ok(()),
        _ => Err(th.type_error(format!("{name} expected at most 2 arguments, got {n}"))),
    }
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let given = args.positional();
    if !args.names.is_empty() && cls == th.type_for::<WeakRef>() {
        return Err(th.type_error("ref() takes no keyword arguments"));
    }
    count_args(th, "__new__", given.len())?;
    new_ref(th, cls, &given[0], given.get(1))
}

fn init(th: &Thread, _: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(th.type_error("ref() takes no keyword arguments"));
    }
    count_args(th, "__init__", args.positional().len())
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.names.is_empty() {
        return Err(th.type_error("weakref.ReferenceType() takes no keyword arguments"));
    }
    if !args.args.is_empty() {
        return Err(th.type_error(format!("weakref expected 0 arguments, got {}", args.args.len())));
    }
    Ok(this(th, v)?.upgrade(th).unwrap_or(Value::NONE))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let core = this(th, v)?;
    // Relaxed: every thread computes the same value.
    let known = core.hash.load(Ordering::Relaxed);
    if known != -1 {
        return Ok(known);
    }
    let Some(target) = core.upgrade(th) else { return Err(th.type_error("weak object has gone away")) };
    let hash = th.hash(&target)?;
    core.hash.store(hash, Ordering::Relaxed);
    Ok(hash)
}

fn describe(th: &Thread, v: &Value, kind: &str, core: &WeakCore) -> PyResult<Value> {
    let at = v.identity();
    let Some(target) = core.upgrade(th) else { return Ok(th.str(&format!("<{kind} at {at:#x}; dead>"))) };
    let mut text = format!("<{kind} at {at:#x}; to '{}' at {:#x}", target.type_name(th), target.identity());
    if kind == "weakref" {
        let name = th.lookup_special_name(&target, &th.names().__name__)?;
        if let Some(name) = name.as_ref().and_then(|n| n.as_str()) {
            text.push_str(&format!(" ({})", name.as_wtf8().to_string_lossy()));
        }
    }
    text.push('>');
    Ok(th.str(&text))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    describe(th, v, "weakref", this(th, v)?)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<WeakRef>(), b.payload::<WeakRef>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match (x.core.upgrade(th), y.core.upgrade(th)) {
        (Some(x), Some(y)) => th.compare(&x, &y, op),
        _ => Ok(Value::bool(a.is(b) == (op == CompareOp::Eq))),
    }
}

fn get_callback(th: &Thread, v: &Value) -> PyResult<Value> {
    let callback = this(th, v)?.callback.get(th);
    Ok(if callback.is_unbound() { Value::NONE } else { callback })
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    crate::types::generic_alias::new_alias(th, cls, &args[0])
}
