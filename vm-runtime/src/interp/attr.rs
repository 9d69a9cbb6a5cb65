//! Attribute sites: the inline caches, and what fills them.
//!
//! A cache is one word. Slots of instances are `shape << 32 | slot << 8 | kind`, checked against the instance's shape
//! alone: shapes belong to one type, and a data descriptor that appears on a type with shapes flushes all sites
//! (`VmState::class_changed`). Values of classes (methods, class attributes) are an immutable record, `pointer | kind`,
//! published once and kept as long as the site's code and the value live (`records`); it holds when shape and type
//! version still match.
//!
//! A site goes from empty to one entry, is refilled a bounded number of times, and then stays megamorphic (`DEAD`).
use super::records::Record;
use super::{consume, owned, put, reg, take};
use crate::protocol::attribute::Place;
use crate::thread::{PyResult, Thread};
use crate::types::type_::{METHOD_DESCRIPTOR, Type, TypeRef};
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_core::Value;
use vm_core::object::{flags, layout};

pub(super) const EMPTY: u64 = 0;
/// Instance slot read or write: shape in the upper half, slot above the kind.
const SLOT: u64 = 1;
/// A record: class value found through the instance.
const RECORD: u64 = 2;
/// Adding an attribute: a record with two shapes.
const ADD: u64 = 3;
/// Not worth caching.
const DEAD: u64 = 7;
pub(super) const KIND: u64 = 7;

/// What a record's value is to the site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The attribute itself (class attributes without `__get__`; read on the class itself).
    Plain,
    /// The name of the attribute, whose value is an entry of the dict of a class: values that are counted are not kept by
    /// caches, so that they die when the class lets go of them.
    Entry,
    /// A function or method descriptor found on the type: `LoadMethod` needs no bound method.
    Method,
    /// A property whose getter is a Python function, or another getter.
    Property,
}

fn record_of(word: u64) -> *const Record {
    (word & !KIND) as *const Record
}

/// Publishes a record, unless the site has been refilled too often.
fn publish(th: &Thread, cache: &AtomicU64, kind: u64, record: Record) {
    let kept = th.vm().sites.lock().keep(cache, Box::new(record), MOST_RECORDS);
    match kept {
        // Release pairs with the acquire of the readers: the record is complete.
        Some(pointer) => cache.store(pointer as u64 | kind, Ordering::Release),
        None => cache.store(DEAD, Ordering::Relaxed),
    }
}

/// Publishes a slot, unless the site has been refilled too often.
fn publish_slot(th: &Thread, cache: &AtomicU64, shape: u32, slot: usize) {
    if th.vm().sites.lock().count_refill(cache) > MOST_SLOTS {
        cache.store(DEAD, Ordering::Relaxed);
    } else {
        cache.store(u64::from(shape) << 32 | (slot as u64) << 8 | SLOT, Ordering::Release);
    }
}

const MOST_RECORDS: u32 = 6;
const MOST_SLOTS: u32 = 12;

/// Whether registers may borrow the value from a record (R4 (interp)). Functions may, from here on.
fn make_borrowable(value: &Value) -> bool {
    let Some(header) = value.header() else { return true };
    if vm_core::refcount::biased::is_immortal(header) || header.has_flag(flags::DEFERRED) {
        return true;
    }
    let function = value.payload::<crate::types::function::Function>().is_some();
    if function {
        vm_core::refcount::make_deferred(header);
    }
    function
}

/// A word that is shared between threads as a register value: borrowed if it needs no count, else counted; None if it is
/// unbound or has to be read under a lock.
///
/// # Safety
/// `slot` is a word that owns its value.
#[inline(always)]
pub(super) unsafe fn load_shared(th: &Thread, slot: &AtomicU64) -> Option<Value> {
    let bits = slot.load(Ordering::Acquire);
    // SAFETY: the word is looked at, not dropped; header words of a block can always be read (R3 (object)).
    unsafe {
        if bits & 3 != 0 {
            return if bits == Value::UNBOUND.bits() { None } else { Some(Value::from_raw_bits(bits)) };
        }
        let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(bits));
        if th.is_solo() {
            return Some((*word).clone());
        }
        let header = word.heap_ptr();
        if vm_core::refcount::biased::is_immortal(header.as_ref())
            || header.as_ref().has_flag(flags::DEFERRED)
        {
            std::sync::atomic::fence(Ordering::Acquire);
            if slot.load(Ordering::Relaxed) == bits {
                return Some(word.borrow_word());
            }
            return None;
        }
        th.load_word(slot)
    }
}

#[inline(always)]
unsafe fn inline_slot<'a>(v: &Value, slot: usize) -> &'a AtomicU64 {
    // SAFETY: the shape says that the object has the slot; inline slots begin after the extension word.
    unsafe {
        let object = v.heap_ptr();
        let offset = object.as_ref().type_core().ext_offset as usize + 8 + slot * 8;
        object.cast::<u8>().add(offset).cast::<AtomicU64>().as_ref()
    }
}

/// `LoadAttr` by the cache alone.
#[inline(always)]
pub(super) unsafe fn load_cached(th: &Thread, v: &Value, cache: &AtomicU64) -> Option<Value> {
    // Acquire pairs with `publish` (free on x86, a dependent load elsewhere).
    let word = cache.load(Ordering::Acquire);
    if !v.is_heap() {
        return None;
    }
    // SAFETY: `v` is live; R4 (interp).
    unsafe {
        match word & KIND {
            SLOT => {
                if v.heap_ptr().as_ref().shape() != (word >> 32) as u32 {
                    return None;
                }
                load_shared(th, inline_slot(v, (word >> 8 & 0xff_ffff) as usize))
            }
            RECORD => {
                let record = &*record_of(word);
                if !holds(v, record) {
                    return None;
                }
                match record.how {
                    Use::Plain => take_record_value(record),
                    Use::Entry => record.entry(),
                    Use::Method | Use::Property => None,
                }
            }
            _ => None,
        }
    }
}

#[inline(always)]
unsafe fn holds(v: &Value, record: &Record) -> bool {
    // SAFETY: `v` is a live object; type addresses are only compared before they are followed.
    unsafe {
        let header = v.heap_ptr().as_ref();
        if record.on_class {
            let class = v.heap_ptr().as_ptr().addr();
            return class == record.ty
                && TypeRef::from_ptr(v.heap_ptr()).core.version.load(Ordering::Acquire) == record.version;
        }
        header.shape() == record.shape
            && header.type_ptr().as_ptr().addr() == record.ty
            && header.type_core().version.load(Ordering::Acquire) == record.version
    }
}

/// The record's value for a register: the record keeps it alive.
#[inline(always)]
unsafe fn take_record_value(record: &Record) -> Option<Value> {
    // SAFETY: records live as long as the VM, and so their values.
    unsafe { Some(record.value.borrow_word()) }
}

/// `LoadAttr` in general; fills the cache.
#[inline(never)]
pub(super) fn load_slow(th: &Thread, v: &Value, name: &Value, cache: &AtomicU64) -> PyResult<Value> {
    let ty = v.type_of(th);
    let word = cache.load(Ordering::Acquire);
    if word & KIND == RECORD && v.is_heap() {
        // SAFETY: a published record.
        let record = unsafe { &*record_of(word) };
        // SAFETY: `v` is live.
        if record.how == Use::Property && unsafe { holds(v, record) } {
            // The record may go while the getter runs.
            let getter = record.value.clone();
            return th.call(&getter, std::slice::from_ref(v));
        }
    }
    if word != DEAD && v.is_heap() {
        fill_load(th, v, ty, name, cache);
    }
    th.getattr(v, name)
}

fn fill_load(th: &Thread, v: &Value, ty: TypeRef, name: &Value, cache: &AtomicU64) {
    if let Some(class) = TypeRef::from_value(v) {
        return fill_class_load(th, class, ty, name, cache);
    }
    if !ty.is_generic() || v.payload::<crate::types::module::Module>().is_some() {
        return;
    }
    let version = ty.version(th);
    let found = ty.lookup(th, name);
    let shape = v.header().map_or(0, |h| h.shape());
    if let Some(descr) = &found {
        let dt = descr.type_of(th);
        if dt.slots.descr_set().is_some() {
            if let Some(getter) = property_getter(th, descr)
                && (!has_instance_dict(th, v, ty) || shape != 0)
            {
                publish(th, cache, RECORD, record(shape, ty, version, Use::Property, getter));
            }
            return;
        }
    }
    if ty.core.ext_offset != 0 && shape != 0 {
        match th.instance_place(v, name) {
            Place::Slot(i) => {
                publish_slot(th, cache, shape, i);
                return;
            }
            Place::Dict => return,
            Place::None => {}
        }
    } else if ty.core.ext_offset != 0 && th.ext_dict(v, ty).is_some() {
        return;
    } else if ty.core.ext_offset != 0 {
        // A dict may appear without a change of shape.
        return;
    }
    if let Some(value) = found
        && value.type_of(th).slots.descr_get().is_none()
        && let Some(r) = class_value(th, ty, name, shape, ty, version, value)
    {
        publish(th, cache, RECORD, r);
    }
}

/// The record of a value that was found in the MRO of `class`.
fn class_value(
    th: &Thread,
    class: TypeRef,
    name: &Value,
    shape: u32,
    ty: TypeRef,
    version: u32,
    value: Value,
) -> Option<Record> {
    if make_borrowable(&value) {
        return Some(record(shape, ty, version, Use::Plain, value));
    }
    let (found, owner) = class.lookup_with_class(th, name)?;
    if !found.is(&value) {
        return None;
    }
    let index = owner.dict().lookup_index(th, name)?;
    let mut r = record(shape, ty, version, Use::Entry, name.clone());
    r.owner = Some(owner);
    r.slot = index;
    Some(r)
}

/// The getter of a plain property.
fn property_getter(th: &Thread, descr: &Value) -> Option<Value> {
    if !th.is_exact(descr, th.types().property) {
        return None;
    }
    let getter = descr.payload::<crate::types::property::Property>()?.get.get(th);
    if getter.is_unbound() || getter.is_none() { None } else { Some(getter) }
}

fn has_instance_dict(th: &Thread, v: &Value, ty: TypeRef) -> bool {
    let _ = (th, v);
    ty.core.ext_offset != 0
}

fn fill_class_load(th: &Thread, class: TypeRef, meta: TypeRef, name: &Value, cache: &AtomicU64) {
    if meta.slots.getattr().map(|f| f as usize) != th.types().type_.slots.getattr().map(|f| f as usize) {
        return;
    }
    if let Some(descr) = meta.lookup(th, name) {
        // Data descriptors of the metaclass come first; others may be shadowed by the class.
        if descr.type_of(th).slots.descr_set().is_some() {
            return;
        }
    }
    let version = class.version(th);
    let Some(value) = class.lookup(th, name) else { return };
    let value = if value.payload::<crate::types::function::Function>().is_some() {
        value
    } else if let Some(inner) = crate::types::staticmethod::inner(&value) {
        inner
    } else if value.type_of(th).slots.descr_get().is_some() {
        return;
    } else {
        value
    };
    if let Some(mut r) = class_value(th, class, name, 0, class, version, value) {
        r.on_class = true;
        publish(th, cache, RECORD, r);
    }
}

fn record(shape: u32, ty: TypeRef, version: u32, how: Use, value: Value) -> Record {
    Record {
        shape,
        next_shape: 0,
        ty: ty.ptr().as_ptr().addr(),
        version,
        on_class: false,
        slot: 0,
        owner: None,
        how,
        value: value.into_owned(),
    }
}

/// `StoreAttr` by the cache alone; consumes the source if it did it.
#[inline(always)]
pub(super) unsafe fn store_cached(
    th: &Thread,
    v: &Value,
    cache: &AtomicU64,
    regs: *mut Value,
    src: u16,
) -> bool {
    let word = cache.load(Ordering::Acquire);
    if !v.is_heap() {
        return false;
    }
    // SAFETY: `v` is live; slot words own their values; R3 (shape).
    unsafe {
        let header = v.heap_ptr().as_ref();
        match word & KIND {
            SLOT => {
                if header.shape() != (word >> 32) as u32 {
                    return false;
                }
                let slot = inline_slot(v, (word >> 8 & 0xff_ffff) as usize);
                let old = slot.load(Ordering::Relaxed);
                if th.is_solo() {
                    let new = owned(regs, src);
                    slot.store(new.into_bits(), Ordering::Relaxed);
                    drop(Value::from_raw_bits(old));
                    return true;
                }
                if old & 3 == 0 || old == Value::UNBOUND.bits() {
                    return false;
                }
                // An immediate is replaced by one exchange: no reader can be about to count it.
                let new = owned(regs, src);
                let bits = new.into_bits();
                if slot.compare_exchange(old, bits, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                    // Another thread was faster: give the value back to the register and go the general way.
                    put(regs, src & !vm_compiler::bytecode::ops::CONSUME, Value::from_raw_bits(bits));
                    return false;
                }
                true
            }
            ADD => {
                let record = &*record_of(word);
                if header.shape() != record.shape
                    || header.type_ptr().as_ptr().addr() != record.ty
                    || header.type_core().version.load(Ordering::Acquire) != record.version
                {
                    return false;
                }
                if !th.is_solo() {
                    // Two threads may add at once: that needs the object's lock.
                    return false;
                }
                let slot = inline_slot(v, record.slot);
                if record.slot >= layout::inline_slots(v.heap_ptr(), header.type_core()).len() {
                    return false;
                }
                let new = owned(regs, src);
                slot.store(new.into_bits(), Ordering::Release);
                header.set_shape_locked(record.next_shape);
                true
            }
            _ => false,
        }
    }
}

/// `StoreAttr` in general; fills the cache.
#[inline(never)]
pub(super) fn store_slow(
    th: &Thread,
    v: &Value,
    name: &Value,
    cache: &AtomicU64,
    value: &Value,
) -> PyResult<()> {
    let before = v.header().map_or(0, |h| h.shape());
    let word = cache.load(Ordering::Acquire);
    th.setattr(v, name, value)?;
    if word == DEAD || before == 0 {
        return Ok(());
    }
    let ty = v.type_of(th);
    if !ty.has(crate::types::type_::GENERIC_SETATTR) || TypeRef::from_value(v).is_some() {
        return Ok(());
    }
    if let Some(descr) = ty.lookup(th, name)
        && descr.type_of(th).slots.descr_set().is_some()
    {
        return Ok(());
    }
    let after = v.header().map_or(0, |h| h.shape());
    let Place::Slot(i) = th.instance_place(v, name) else { return Ok(()) };
    if before == after {
        publish_slot(th, cache, after, i);
        return Ok(());
    }
    let mut r = record(before, ty, ty.version(th), Use::Plain, Value::NONE);
    r.next_shape = after;
    r.slot = i;
    publish(th, cache, ADD, r);
    Ok(())
}

/// `LoadMethod` by the cache alone: fills the window.
#[inline(always)]
pub(super) unsafe fn method_cached(th: &Thread, regs: *mut Value, a: u16, b: u16, cache: &AtomicU64) -> bool {
    let word = cache.load(Ordering::Acquire);
    if word & KIND != RECORD {
        return false;
    }
    // SAFETY: registers of validated code; a published record.
    unsafe {
        let v = reg(regs, b);
        let record = &*record_of(word);
        let immediate = !v.is_heap();
        if immediate {
            if record.ty != v.type_of(th).ptr().as_ptr().addr() || record.shape != 0 || record.on_class {
                return false;
            }
        } else if !holds(v, record) {
            return false;
        }
        match record.how {
            Use::Method => {
                let this = if b & vm_compiler::bytecode::ops::CONSUME != 0 {
                    take(regs, b)
                } else {
                    v.borrow_word()
                };
                put(regs, a + 1, this);
                put(regs, a, record.value.borrow_word());
                true
            }
            Use::Plain | Use::Entry => {
                let f = if record.how == Use::Plain { take_record_value(record) } else { record.entry() };
                let Some(f) = f else { return false };
                consume(regs, b);
                put(regs, a, f);
                put(regs, a + 1, Value::UNBOUND);
                true
            }
            Use::Property => false,
        }
    }
}

/// `LoadMethod` in general; fills the cache.
#[inline(never)]
pub(super) unsafe fn method_slow(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    name: &Value,
    cache: &AtomicU64,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let v = reg(regs, b);
        let ty = v.type_of(th);
        let dead = cache.load(Ordering::Relaxed) == DEAD;
        if ty.is_generic() && v.payload::<Type>().is_none() {
            let version = ty.version(th);
            if let Some(f) = ty.lookup(th, name)
                && f.type_of(th).has(METHOD_DESCRIPTOR)
            {
                let own = th.instance_get(v, ty, name)?;
                if own.is_none() {
                    let shape = v.header().map_or(0, |h| h.shape());
                    // Without a shape, an instance dict may get the name at any time.
                    if !dead
                        && (shape != 0 || ty.core.ext_offset == 0)
                        && !in_dict_mode(th, shape)
                        && make_borrowable(&f)
                    {
                        publish(th, cache, RECORD, record(shape, ty, version, Use::Method, f.clone()));
                    }
                    let this = owned(regs, b);
                    put(regs, a, f);
                    put(regs, a + 1, this);
                    return Ok(());
                }
            }
        } else if !dead && v.payload::<Type>().is_some() {
            let class = TypeRef::from_ptr(v.heap_ptr());
            fill_class_load(th, class, ty, name, cache);
        }
        let f = th.getattr(v, name)?;
        consume(regs, b);
        put(regs, a, f);
        put(regs, a + 1, Value::UNBOUND);
        Ok(())
    }
}

fn in_dict_mode(th: &Thread, shape: u32) -> bool {
    th.vm().shapes.get(shape).is_some_and(|s| s.dict)
}

/// `super().name` without making the super object where `super` is the builtin.
pub(super) unsafe fn super_attr(
    th: &Thread,
    regs: *mut Value,
    b: u16,
    name: &Value,
    zero: bool,
) -> PyResult<Value> {
    // SAFETY: registers of validated code.
    unsafe {
        let (what, class, this) = (reg(regs, b), reg(regs, b + 1), reg(regs, b + 2));
        if what.is(&th.types().super_.value()) {
            let Some(class) = TypeRef::from_value(class) else {
                return Err(th.type_error(format!(
                    "super() argument 1 must be a type, not {}",
                    class.type_of(th).full_name()
                )));
            };
            let start = crate::types::super_::check(th, class, this)?;
            if !name.is(&th.names().__class__)
                && let Some(found) = crate::types::super_::lookup(th, class, this, start, name)?
            {
                return Ok(found);
            }
            let object = th.call(what, &[class.value(), this.clone()])?;
            return th.getattr(&object, name);
        }
        let object = if zero { th.call(what, &[])? } else { th.call(what, &[class.clone(), this.clone()])? };
        th.getattr(&object, name)
    }
}

/// `super().name(...)`: fills a call window.
pub(super) unsafe fn super_method(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    name: &Value,
    zero: bool,
) -> PyResult<()> {
    // SAFETY: registers of validated code.
    unsafe {
        let (what, class, this) = (reg(regs, b).clone(), reg(regs, b + 1).clone(), reg(regs, b + 2).clone());
        let mut found = None;
        if what.is(&th.types().super_.value())
            && let Some(class) = TypeRef::from_value(&class)
        {
            let start = this.type_of(th);
            if this.payload::<Type>().is_none() && start.is_subtype(class) {
                found = lookup_after(th, start, class, name);
                if !found.as_ref().is_some_and(|f| f.type_of(th).has(METHOD_DESCRIPTOR)) {
                    found = None;
                }
            }
        }
        let (f, receiver) = match found {
            Some(f) => (f, this),
            None => (super_attr(th, regs, b, name, zero)?, Value::UNBOUND),
        };
        for i in 0..3 {
            drop(take(regs, b + i));
        }
        put(regs, a, f);
        put(regs, a + 1, receiver);
        Ok(())
    }
}

/// The first value of `name` in the MRO of `start` after `class`.
fn lookup_after(th: &Thread, start: TypeRef, class: TypeRef, name: &Value) -> Option<Value> {
    start
        .mro_slice()
        .iter()
        .skip_while(|c| c.heap_ptr() != class.ptr())
        .skip(1)
        .filter_map(TypeRef::from_value)
        .find_map(|c| c.dict().get_interned(th, name))
}
