//! Attribute sites: the inline caches, and what fills them.
//!
//! A cache is one word. A site that has seen one instance slot holds it as `shape << 32 | slot << 8 | SLOT`, checked
//! against the instance's shape alone: shapes belong to one type, and a data descriptor that appears on a type with shapes
//! flushes all sites (R1 (flush), R3 (version)). Anything else is a chain of at most `WIDTH` immutable records, one for
//! each kind of receiver that was met, published at once and kept as long as the site's code and the value live
//! (`records`); a record holds while shape, type and type version still match. A chain that overflows or has gone stale
//! starts again, a bounded number of times, and then the site stays megamorphic (`DEAD`): lookups go by the thread's method
//! cache.
use super::records::Record;
use super::{consume, owned, put, reg, take};
use crate::protocol::attribute::Place;
use crate::thread::{PyResult, Thread};
use crate::types::builtin_function::{MemberDescriptor, MemberPlace};
use crate::types::type_::{METHOD_DESCRIPTOR, Type, TypeRef};
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_core::Value;
use vm_core::object::{flags, layout};
use vm_core::version::EMPTY;

/// Instance slot read or write: shape in the upper half, slot above the kind.
const SLOT: u64 = 1;
/// A chain of records.
pub(super) const CHAIN: u64 = 2;
/// Not worth caching.
const DEAD: u64 = 7;
pub(super) const KIND: u64 = 7;

/// Records in a chain.
const WIDTH: usize = 4;
/// Times that a site is filled before it is given up.
const FILLS: u32 = 40;

/// What a record is to the site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// An inline slot of instances with this shape.
    Slot,
    /// A `__slots__` value; `slot` is its distance from the object's start in bytes.
    Member,
    /// Stores: the attribute is new, the instance gets `next_shape`.
    Add,
    /// The attribute itself (class attributes without `__get__`; read on the class itself).
    Plain,
    /// The name of the attribute, whose value is an entry of the dict of a class: values that are counted are not kept by
    /// caches, so that they die when the class lets go of them.
    Entry,
    /// A function or method descriptor found on the type: `LoadMethod` needs no bound method.
    Method,
    /// A property with this getter.
    Property,
}

const fn slot_word(shape: u32, slot: usize) -> u64 {
    (shape as u64) << 32 | (slot as u64) << 8 | SLOT
}

/// Shape and slot of a `SLOT` word.
#[inline(always)]
const fn slot_of(word: u64) -> (u32, usize) {
    ((word >> 32) as u32, (word >> 8 & 0xff_ffff) as usize)
}

fn chain_of(word: u64) -> *const Record {
    (word & !KIND) as *const Record
}

/// Puts a record in front of the site's chain.
fn publish(th: &Thread, cache: &AtomicU64, mut record: Record) {
    let word = cache.load(Ordering::Acquire);
    if word == DEAD {
        return;
    }
    let mut sites = th.vm().sites.lock();
    match word & KIND {
        SLOT => {
            let (shape, slot) = slot_of(word);
            if shape != record.shape {
                let mut first = Record::new(shape, None, 0, Use::Slot, Value::NONE);
                first.slot = slot;
                record.next = sites.keep(cache, Box::new(first), FILLS).unwrap_or(std::ptr::null());
            }
        }
        CHAIN => {
            let mut at = chain_of(word);
            let mut n = 0;
            record.next = at;
            // SAFETY: records of a live site, which nobody drops before the next safepoint (R1 (records)).
            while let Some(other) = unsafe { at.as_ref() } {
                let again = other.ty == record.ty && other.shape == record.shape && other.how == record.how;
                if again && other.version == record.version && other.slot == record.slot {
                    // The site missed only because the value was being replaced.
                    return;
                }
                // Else the record that was for this receiver went stale, and so may the others have.
                n += if again { WIDTH } else { 1 };
                at = other.next;
            }
            if n >= WIDTH {
                record.next = std::ptr::null();
            }
        }
        _ => {}
    }
    match sites.keep(cache, Box::new(record), FILLS) {
        // Release pairs with the acquire of the readers: the record is complete.
        Some(pointer) => cache.store(pointer as u64 | CHAIN, Ordering::Release),
        None => cache.store(DEAD, Ordering::Relaxed),
    }
}

/// Empties a site, unless it was given up. The world is stopped, or the site is the caller's to take back.
pub(super) fn forget(cache: &AtomicU64) {
    if cache.load(Ordering::Relaxed) != DEAD {
        cache.store(EMPTY, Ordering::Relaxed);
    }
}

/// Notes that instances of this shape have the attribute in this slot, which was so when `ty` had this version.
fn publish_slot(th: &Thread, cache: &AtomicU64, shape: u32, slot: usize, (ty, version): (TypeRef, u32)) {
    let word = cache.load(Ordering::Relaxed);
    if word == slot_word(shape, slot) {
        // The site missed only because the slot's value was being replaced.
        return;
    }
    if word == EMPTY {
        return vm_core::version::fill(cache, slot_word(shape, slot), &ty.core.version, version);
    }
    let mut record = Record::new(shape, None, 0, Use::Slot, Value::NONE);
    record.slot = slot;
    publish(th, cache, record);
    if !ty.core.version.is(version) {
        // R3 (version).
        forget(cache);
    }
}

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
                let (shape, slot) = slot_of(word);
                if v.heap_ptr().as_ref().shape() != shape {
                    return None;
                }
                load_shared(th, inline_slot(v, slot))
            }
            CHAIN => load_chain(th, v, chain_of(word)),
            _ => None,
        }
    }
}

#[inline(never)]
unsafe fn load_chain(th: &Thread, v: &Value, chain: *const Record) -> Option<Value> {
    // SAFETY: published records; `v` is a live object.
    unsafe {
        let record = find(v, chain)?;
        match record.how {
            Use::Slot => load_shared(th, inline_slot(v, record.slot)),
            Use::Member => load_shared(th, word_at(v, record.slot)),
            // The value is deferred, and the collector sees it in the window.
            Use::Plain => Some(record.value.borrow_word()),
            Use::Entry => record.entry(),
            Use::Method | Use::Property | Use::Add => None,
        }
    }
}

/// The record that holds for `v`.
#[inline(always)]
unsafe fn find<'a>(v: &Value, chain: *const Record) -> Option<&'a Record> {
    // SAFETY: published records live until the next safepoint at least (R1 (records)).
    unsafe {
        let mut at = chain;
        while let Some(record) = at.as_ref() {
            if holds(v, record) {
                return Some(record);
            }
            at = record.next;
        }
    }
    None
}

/// The word at a distance from the object's start.
#[inline(always)]
unsafe fn word_at<'a>(v: &Value, offset: usize) -> &'a AtomicU64 {
    // SAFETY: the record's type says that the object has the word.
    unsafe { v.heap_ptr().cast::<u8>().add(offset).cast::<AtomicU64>().as_ref() }
}

#[inline(always)]
unsafe fn holds(v: &Value, record: &Record) -> bool {
    // SAFETY: `v` is a live object; type addresses are only compared before they are followed.
    unsafe {
        let header = v.heap_ptr().as_ref();
        if record.on_class {
            let class = v.heap_ptr().as_ptr().addr();
            return class == record.ty && TypeRef::from_ptr(v.heap_ptr()).core.version.is(record.version);
        }
        header.shape() == record.shape
            && (record.ty == 0
                || (header.type_ptr().as_ptr().addr() == record.ty
                    && header.type_core().version.is(record.version)))
    }
}

/// What `load_slow` found.
pub(super) enum Loaded {
    /// The attribute.
    Value(Value),
    /// A property: this function is to be called with the receiver.
    Getter(Value),
}

/// `LoadAttr` in general; fills the cache.
#[inline(never)]
pub(super) fn load_slow(th: &Thread, v: &Value, name: &Value, cache: &AtomicU64) -> PyResult<Loaded> {
    let ty = v.type_of(th);
    let word = cache.load(Ordering::Acquire);
    if word & KIND == CHAIN && v.is_heap() {
        // SAFETY: a published chain; `v` is live.
        let record = unsafe { find(v, chain_of(word)) };
        if let Some(record) = record.filter(|r| r.how == Use::Property) {
            // The record may go while the getter runs.
            return Ok(Loaded::Getter(record.value.clone()));
        }
    }
    if word != DEAD && v.is_heap() {
        fill_load(th, v, ty, name, cache);
    }
    th.getattr(v, name).map(Loaded::Value)
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
            if ty.core.ext_offset != 0 && shape == 0 {
                return;
            }
            if let Some(getter) = property_getter(th, descr) {
                publish(th, cache, Record::new(shape, Some(ty), version, Use::Property, getter));
            } else if let Some(offset) = member_offset(th, ty, descr) {
                let mut r = Record::new(shape, Some(ty), version, Use::Member, Value::NONE);
                r.slot = offset;
                publish(th, cache, r);
            }
            return;
        }
    }
    if ty.core.ext_offset != 0 && shape != 0 {
        match th.instance_place(v, name) {
            Place::Slot(i) => return publish_slot(th, cache, shape, i, (ty, version)),
            Place::Dict => return,
            Place::None => {}
        }
    } else if ty.core.ext_offset != 0 {
        // A dict may appear without a change of shape.
        return;
    }
    if let Some(value) = found
        && value.type_of(th).slots.descr_get().is_none()
        && let Some(r) = class_value(th, ty, name, shape, ty, version, value)
    {
        publish(th, cache, r);
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
        return Some(Record::new(shape, Some(ty), version, Use::Plain, value));
    }
    let (found, owner) = class.lookup_with_class(th, name)?;
    if !found.is(&value) {
        return None;
    }
    let index = owner.dict().lookup_index(th, name)?;
    let mut r = Record::new(shape, Some(ty), version, Use::Entry, name.clone());
    r.owner = Some(owner);
    r.slot = index;
    Some(r)
}

/// Where instances of `ty` have the value of a member descriptor, from the object's start in bytes.
fn member_offset(th: &Thread, ty: TypeRef, descr: &Value) -> Option<usize> {
    let member = descr.payload::<MemberDescriptor>()?;
    let MemberPlace::Slot(index) = member.place else { return None };
    if !ty.is_subtype(member.owner) || !th.is_exact(descr, th.type_for::<MemberDescriptor>()) {
        return None;
    }
    let fixed = ty.core.slots_offset != vm_core::object::layout::SLOTS_VARIABLE;
    (fixed && index < ty.core.n_slots as usize).then(|| ty.core.slots_offset as usize + index * 8)
}

/// The getter of a plain property.
fn property_getter(th: &Thread, descr: &Value) -> Option<Value> {
    if !th.is_exact(descr, th.types().property) {
        return None;
    }
    let getter = descr.payload::<crate::types::property::Property>()?.get.get(th);
    if getter.is_unbound() || getter.is_none() { None } else { Some(getter) }
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
        publish(th, cache, r);
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
        match word & KIND {
            SLOT => {
                let (shape, slot) = slot_of(word);
                if v.heap_ptr().as_ref().shape() != shape {
                    return false;
                }
                if th.is_solo() {
                    let slot = inline_slot(v, slot);
                    let old = slot.load(Ordering::Relaxed);
                    let new = owned(regs, src);
                    slot.store(new.into_bits(), Ordering::Relaxed);
                    drop(Value::from_raw_bits(old));
                    return true;
                }
                store_shared(th, v, shape, inline_slot(v, slot), regs, src)
            }
            CHAIN => store_chain(th, v, chain_of(word), regs, src),
            _ => false,
        }
    }
}

/// Replaces a word of an object that other threads may see; nothing is done if it has another shape by now.
#[inline(never)]
unsafe fn store_shared(
    th: &Thread,
    v: &Value,
    shape: u32,
    slot: &AtomicU64,
    regs: *mut Value,
    src: u16,
) -> bool {
    // SAFETY: as `store_cached`.
    unsafe {
        let lock = th.lock_object(v);
        if v.heap_ptr().as_ref().shape() != shape {
            return false;
        }
        let new = owned(regs, src);
        let old = Value::from_raw_bits(slot.swap(new.into_bits(), Ordering::AcqRel));
        drop(lock);
        drop(old);
        true
    }
}

#[inline(never)]
unsafe fn store_chain(th: &Thread, v: &Value, chain: *const Record, regs: *mut Value, src: u16) -> bool {
    // SAFETY: as `store_cached`; published records.
    unsafe {
        let Some(record) = find(v, chain) else { return false };
        let header = v.heap_ptr().as_ref();
        match record.how {
            Use::Slot => store_shared(th, v, record.shape, inline_slot(v, record.slot), regs, src),
            Use::Member => store_shared(th, v, record.shape, word_at(v, record.slot), regs, src),
            Use::Add => {
                // Two threads may add at once: under the object's lock the shape is looked at again.
                let _lock = th.lock_object(v);
                if header.shape() != record.shape
                    || record.slot >= layout::inline_slots(v.heap_ptr(), header.type_core()).len()
                {
                    return false;
                }
                let new = owned(regs, src);
                inline_slot(v, record.slot).store(new.into_bits(), Ordering::Release);
                header.set_shape_locked(record.next_shape);
                true
            }
            Use::Plain | Use::Entry | Use::Method | Use::Property => false,
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
    if word == DEAD || !v.is_heap() {
        return Ok(());
    }
    let ty = v.type_of(th);
    if !ty.has(crate::types::type_::GENERIC_SETATTR) || TypeRef::from_value(v).is_some() {
        return Ok(());
    }
    let version = ty.version(th);
    let after = v.header().map_or(0, |h| h.shape());
    if let Some(descr) = ty.lookup(th, name)
        && descr.type_of(th).slots.descr_set().is_some()
    {
        if let Some(offset) = member_offset(th, ty, &descr) {
            let mut r = Record::new(after, Some(ty), version, Use::Member, Value::NONE);
            r.slot = offset;
            publish(th, cache, r);
        }
        return Ok(());
    }
    if before == 0 {
        return Ok(());
    }
    let Place::Slot(i) = th.instance_place(v, name) else { return Ok(()) };
    if before == after {
        publish_slot(th, cache, after, i, (ty, version));
        return Ok(());
    }
    let mut r = Record::new(before, Some(ty), version, Use::Add, Value::NONE);
    r.next_shape = after;
    r.slot = i;
    publish(th, cache, r);
    Ok(())
}

/// `LoadMethod` by the cache alone: fills the window.
#[inline(always)]
pub(super) unsafe fn method_cached(th: &Thread, regs: *mut Value, a: u16, b: u16, cache: &AtomicU64) -> bool {
    let word = cache.load(Ordering::Acquire);
    if word & KIND != CHAIN {
        return false;
    }
    // SAFETY: registers of validated code; a published chain.
    unsafe {
        let v = reg(regs, b);
        if !v.is_heap() {
            return method_of_immediate(th, regs, a, b, chain_of(word));
        }
        let first = &*chain_of(word);
        let record = if holds(v, first) {
            first
        } else {
            match find(v, first.next) {
                Some(record) => record,
                None => return false,
            }
        };
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
                let f =
                    if record.how == Use::Plain { Some(record.value.borrow_word()) } else { record.entry() };
                let Some(f) = f else { return false };
                consume(regs, b);
                put(regs, a, f);
                put(regs, a + 1, Value::UNBOUND);
                true
            }
            Use::Slot | Use::Member | Use::Add | Use::Property => false,
        }
    }
}

#[inline(never)]
unsafe fn method_of_immediate(th: &Thread, regs: *mut Value, a: u16, b: u16, chain: *const Record) -> bool {
    // SAFETY: as `method_cached`.
    unsafe {
        let ty = reg(regs, b).type_of(th);
        let mut at = chain;
        while let Some(record) = at.as_ref() {
            if record.ty == ty.ptr().as_ptr().addr()
                && record.shape == 0
                && !record.on_class
                && record.how == Use::Method
                && record.version == ty.version(th)
            {
                let this = take(regs, b);
                if b & vm_compiler::bytecode::ops::CONSUME == 0 {
                    put(regs, b, this.borrow_word());
                }
                put(regs, a + 1, this);
                put(regs, a, record.value.borrow_word());
                return true;
            }
            at = record.next;
        }
        false
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
                        publish(th, cache, Record::new(shape, Some(ty), version, Use::Method, f.clone()));
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
        if what.is(&th.types().super_.value())
            && let Some(class) = TypeRef::from_value(class)
        {
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
        let (what, class, this) = (reg(regs, b), reg(regs, b + 1), reg(regs, b + 2));
        if what.is(&th.types().super_.value())
            && let Some(class) = TypeRef::from_value(class)
        {
            let start = this.type_of(th);
            if this.payload::<Type>().is_none()
                && let Some(f) = start.lookup_after(th, class, name)
                && f.type_of(th).has(METHOD_DESCRIPTOR)
            {
                let this = take(regs, b + 2);
                drop(take(regs, b + 1));
                drop(take(regs, b));
                put(regs, a, f);
                put(regs, a + 1, this);
                return Ok(());
            }
        }
        let f = super_attr(th, regs, b, name, zero)?;
        for i in 0..3 {
            drop(take(regs, b + i));
        }
        put(regs, a, f);
        put(regs, a + 1, Value::UNBOUND);
        Ok(())
    }
}
