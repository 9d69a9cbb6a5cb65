//! Attribute access: the generic read and write, instance attributes in slots or dicts, special-method lookup.
use crate::thread::{PyResult, Raised, Thread};
use crate::types::dict::Dict;
use crate::types::str::Str;
use crate::types::type_::{Type, TypeRef, type_flags};
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_core::object::layout;
use vm_core::{Value, refcount};

/// Where an instance keeps an attribute.
pub enum Place {
    /// In this inline slot.
    Slot(usize),
    /// In its dict, or nowhere.
    Dict,
    /// Instances of the type have no attributes of their own.
    None,
}

impl Thread {
    /// The type of a value.
    #[inline]
    #[must_use]
    pub fn type_of(&self, v: &Value) -> TypeRef {
        v.type_of(self)
    }

    /// `v.name`; the name is an interned string.
    ///
    /// # Errors
    /// AttributeError, and what descriptors raise.
    #[inline]
    pub fn getattr(&self, v: &Value, name: &Value) -> PyResult<Value> {
        let ty = v.type_of(self);
        if ty.has(type_flags::GENERIC_GETATTR) {
            return self.generic_getattr(v, name);
        }
        match ty.slots.getattr() {
            Some(f) => f(self, v, name),
            None => self.generic_getattr(v, name),
        }
    }

    /// `v.name` for a Rust string.
    ///
    /// # Errors
    /// As `getattr`.
    pub fn getattr_str(&self, v: &Value, name: &str) -> PyResult<Value> {
        self.getattr(v, &self.intern(name))
    }

    /// `v.name`, or None where that raises AttributeError.
    ///
    /// # Errors
    /// Any other exception.
    pub fn get_attr_opt(&self, v: &Value, name: &Value) -> PyResult<Option<Value>> {
        let ty = v.type_of(self);
        let found = if ty.has(type_flags::GENERIC_GETATTR) {
            self.generic_getattr_opt(v, name)
        } else {
            self.getattr(v, name).map(Some)
        };
        // A descriptor may raise it too.
        found.or_else(|raised| self.swallow_attribute_error(raised).map(|()| None))
    }

    /// `v.name` for a Rust string, or None.
    ///
    /// # Errors
    /// As `get_attr_opt`.
    pub fn get_attr_str_opt(&self, v: &Value, name: &str) -> PyResult<Option<Value>> {
        self.get_attr_opt(v, &self.intern(name))
    }

    pub(crate) fn swallow_attribute_error(&self, raised: Raised) -> PyResult<()> {
        if self.error_is(self.types().exc.attribute_error) {
            self.clear_error();
            return Ok(());
        }
        Err(raised)
    }

    /// `hasattr(v, name)`.
    ///
    /// # Errors
    /// Anything but AttributeError.
    pub fn hasattr(&self, v: &Value, name: &Value) -> PyResult<bool> {
        Ok(self.get_attr_opt(v, name)?.is_some())
    }

    /// `v.name = value`.
    ///
    /// # Errors
    /// AttributeError, and what descriptors raise.
    pub fn setattr(&self, v: &Value, name: &Value, value: &Value) -> PyResult<()> {
        self.set_or_delete_attr(v, name, Some(value))
    }

    /// `v.name = value` for a Rust string.
    ///
    /// # Errors
    /// As `setattr`.
    pub fn setattr_str(&self, v: &Value, name: &str, value: &Value) -> PyResult<()> {
        self.setattr(v, &self.intern(name), value)
    }

    /// `del v.name`.
    ///
    /// # Errors
    /// AttributeError, and what descriptors raise.
    pub fn delattr(&self, v: &Value, name: &Value) -> PyResult<()> {
        self.set_or_delete_attr(v, name, None)
    }

    /// Assigns, or deletes for None.
    ///
    /// # Errors
    /// As `setattr`.
    pub fn set_or_delete_attr(&self, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
        match v.type_of(self).slots.setattr() {
            Some(f) => f(self, v, name, value),
            None => self.generic_setattr(v, name, value),
        }
    }

    /// The AttributeError of a missing attribute, with `name` and `obj` set for the suggestion.
    #[cold]
    pub fn no_attribute(&self, v: &Value, name: &Value) -> Raised {
        let message = match TypeRef::from_value(v) {
            Some(ty) => format!("type object '{}' has no attribute '{}'", ty.name(), text(name)),
            None => format!("'{}' object has no attribute '{}'", v.type_of(self).full_name(), text(name)),
        };
        self.attribute_error_for(message, v, name)
    }

    /// `object.__getattribute__`.
    ///
    /// # Errors
    /// AttributeError, and what descriptors raise.
    pub fn generic_getattr(&self, v: &Value, name: &Value) -> PyResult<Value> {
        match self.generic_getattr_opt(v, name)? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(v, name)),
        }
    }

    /// `object.__getattribute__`; None where it would raise its own AttributeError. A descriptor's AttributeError counts as
    /// "not there" as well.
    ///
    /// # Errors
    /// What descriptors raise.
    pub fn generic_getattr_opt(&self, v: &Value, name: &Value) -> PyResult<Option<Value>> {
        let ty = v.type_of(self);
        let interned;
        let name = if is_interned(name) {
            name
        } else {
            interned = self.intern_value(name)?;
            &interned
        };
        let found = ty.lookup(self, name);
        let mut getter = None;
        if let Some(descr) = &found {
            let descr_ty = descr.type_of(self);
            getter = descr_ty.slots.descr_get();
            if let (Some(get), true) = (getter, descr_ty.slots.descr_set().is_some()) {
                return self.read_descriptor(get, descr, v, ty);
            }
        }
        if let Some(own) = self.instance_get(v, ty, name)? {
            return Ok(Some(own));
        }
        match (found, getter) {
            (Some(descr), Some(get)) => self.read_descriptor(get, &descr, v, ty),
            (found, _) => Ok(found),
        }
    }

    fn read_descriptor(
        &self,
        get: crate::slots::DescrGetFn,
        descr: &Value,
        v: &Value,
        ty: TypeRef,
    ) -> PyResult<Option<Value>> {
        get(self, descr, Some(v), Some(&ty.value())).map(Some)
    }

    /// An instance's own attribute: in a slot or its dict.
    ///
    /// # Errors
    /// What comparing keys raises (a dict with strange keys).
    #[inline]
    pub fn instance_get(&self, v: &Value, ty: TypeRef, name: &Value) -> PyResult<Option<Value>> {
        if ty.core.ext_offset == 0 || !v.is_heap() {
            return Ok(None);
        }
        match self.instance_place(v, name) {
            Place::Slot(i) => match self.load_slot(v, ty, i) {
                Some(found) => Ok(Some(found)),
                // The instance went to dict mode, or the slot's value was being replaced.
                None => self.instance_get_locked(v, ty, name),
            },
            Place::Dict => match self.ext_dict(v, ty) {
                Some(dict) => dict.payload::<Dict>().map_or(Ok(None), |d| d.get(self, name)),
                None => Ok(None),
            },
            Place::None => Ok(None),
        }
    }

    /// Where an instance of a type with an extension word has an attribute.
    #[inline]
    #[must_use]
    pub fn instance_place(&self, v: &Value, name: &Value) -> Place {
        let Some(header) = v.header() else { return Place::None };
        match self.vm().shapes.get(header.shape()) {
            None => Place::Dict,
            Some(shape) if shape.dict => Place::Dict,
            Some(shape) => match shape.slot(name.identity()) {
                Some(i) => Place::Slot(i),
                // Not a slot attribute; while it has slots, an instance has no dict.
                None => Place::None,
            },
        }
    }

    /// The value of an inline slot, read lock-free; None if it is unbound or could not be taken.
    #[inline]
    fn load_slot(&self, v: &Value, ty: TypeRef, i: usize) -> Option<Value> {
        // SAFETY: `v` is a live object of type `ty`.
        let slot = unsafe { layout::inline_slots(v.heap_ptr(), &ty.core) }.get(i)?;
        self.load_word(slot)
    }

    /// A value from a word that others may replace; None if it is unbound, or must be read under the owner's lock.
    #[inline(always)]
    #[must_use]
    pub fn load_word(&self, slot: &AtomicU64) -> Option<Value> {
        // Acquire pairs with the release of whoever stored the value.
        let bits = slot.load(Ordering::Acquire);
        // SAFETY: the word is looked at, not dropped; try_incref says whether its object lives (R3 (object)).
        unsafe {
            let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(bits));
            if !word.is_heap() {
                return if word.is_unbound() { None } else { Some(Value::from_raw_bits(bits)) };
            }
            if self.is_solo() {
                return Some((*word).clone());
            }
            if !refcount::try_incref(word.heap_ptr()) {
                return None;
            }
            let value = Value::from_owned_ptr(word.heap_ptr());
            std::sync::atomic::fence(Ordering::Acquire);
            if slot.load(Ordering::Relaxed) == bits { Some(value) } else { None }
        }
    }

    #[cold]
    fn instance_get_locked(&self, v: &Value, ty: TypeRef, name: &Value) -> PyResult<Option<Value>> {
        let dict = {
            let _lock = self.lock_object(v);
            match self.instance_place(v, name) {
                Place::Slot(i) => {
                    // SAFETY: `v` is a live object of type `ty`; under its lock heap values are not removed.
                    unsafe {
                        let Some(slot) = layout::inline_slots(v.heap_ptr(), &ty.core).get(i) else {
                            return Ok(None);
                        };
                        let word =
                            std::mem::ManuallyDrop::new(Value::from_raw_bits(slot.load(Ordering::Acquire)));
                        if word.is_unbound() {
                            return Ok(None);
                        }
                        let value = (*word).clone();
                        if let Some(h) = value.header() {
                            refcount::make_weakrefable(h);
                        }
                        return Ok(Some(value));
                    }
                }
                Place::Dict => self.ext_dict(v, ty),
                Place::None => return Ok(None),
            }
        };
        match dict {
            Some(dict) => dict.payload::<Dict>().map_or(Ok(None), |d| d.get(self, name)),
            None => Ok(None),
        }
    }

    /// The dict in the extension word, if there is one.
    #[inline]
    #[must_use]
    pub fn ext_dict(&self, v: &Value, ty: TypeRef) -> Option<Value> {
        // SAFETY: `v` is a live object of type `ty`.
        let ext = unsafe { layout::ext_word(v.heap_ptr(), &ty.core)? };
        // SAFETY: the word lives as long as the object.
        let ext = unsafe { ext.as_ref() };
        loop {
            if ext.load(Ordering::Acquire) == Value::UNBOUND.bits() {
                return None;
            }
            // Dicts in extension words are weakref-able (`set_ext_dict`), so this fails only while one is replaced.
            if let Some(dict) = self.load_word(ext) {
                return Some(dict);
            }
        }
    }

    /// Puts a dict into the extension word. The caller holds the object's lock.
    fn set_ext_dict_locked(&self, v: &Value, ty: TypeRef, dict: Value) -> Value {
        if let Some(h) = dict.header() {
            refcount::make_weakrefable(h);
        }
        // SAFETY: `v` is a live object of type `ty`, whose extension word owns its value.
        unsafe {
            match layout::ext_word(v.heap_ptr(), &ty.core) {
                Some(ext) => {
                    Value::from_raw_bits(ext.as_ref().swap(dict.into_owned().into_bits(), Ordering::AcqRel))
                }
                None => Value::UNBOUND,
            }
        }
    }

    /// Locks an object for changing it. No Python runs until the guard is dropped.
    #[inline]
    #[must_use]
    pub fn lock_object(&self, v: &Value) -> ObjectLock<'_> {
        ObjectLock::new(self, v)
    }

    /// Whether the instance's attributes lie in its slots: it has no dict of its own yet.
    #[must_use]
    pub fn has_inline_attributes(&self, v: &Value) -> bool {
        let ty = v.type_of(self);
        if ty.core.ext_offset == 0 || self.ext_dict(v, ty).is_some() {
            return false;
        }
        v.header().is_some_and(|header| self.vm().shapes.get(header.shape()).is_some())
    }

    /// The instance's `__dict__`, made real if it was none: an instance with slots goes to dict mode.
    ///
    /// # Errors
    /// MemoryError.
    pub fn instance_dict(&self, v: &Value) -> PyResult<Option<Value>> {
        let ty = v.type_of(self);
        if ty.core.ext_offset == 0 || !v.is_heap() {
            return Ok(None);
        }
        if let Some(dict) = self.ext_dict(v, ty) {
            return Ok(Some(dict));
        }
        let fresh = self.dict();
        let dict = self.to_dict_mode(v, ty, fresh);
        Ok(Some(dict))
    }

    /// Moves the slot attributes of an instance to `fresh` and makes it the instance's dict (unless another thread was
    /// faster); the instance's dict.
    fn to_dict_mode(&self, v: &Value, ty: TypeRef, fresh: Value) -> Value {
        let _lock = self.lock_object(v);
        if let Some(dict) = self.ext_dict(v, ty) {
            return dict;
        }
        if let (Some(header), Some(dict)) = (v.header(), fresh.payload::<Dict>())
            && let Some(shape) = self.vm().shapes.get(header.shape())
        {
            // SAFETY: `v` is a live object of type `ty`.
            let slots = unsafe { layout::inline_slots(v.heap_ptr(), &ty.core) };
            for (name, slot) in shape.names.iter().zip(slots) {
                // SAFETY: names are immortal interned strings; slot words are owned by the slot.
                unsafe {
                    let name = Value::from_raw_bits(*name | 4);
                    let word =
                        std::mem::ManuallyDrop::new(Value::from_raw_bits(slot.load(Ordering::Acquire)));
                    if !word.is_unbound() {
                        dict.set_interned(self, &name, (*word).clone());
                    }
                }
            }
            let dict_shape = ty.core.dict_shape.load(Ordering::Acquire);
            drop(self.set_ext_dict_locked(v, ty, fresh.clone()));
            header.set_shape_locked(dict_shape);
            for slot in slots {
                // SAFETY: the slot owned its word. Readers of the old shape find it unbound and look again.
                drop(unsafe { Value::from_raw_bits(slot.swap(Value::UNBOUND.bits(), Ordering::AcqRel)) });
            }
            return fresh;
        }
        drop(self.set_ext_dict_locked(v, ty, fresh.clone()));
        fresh
    }

    /// Replaces the instance's `__dict__`.
    ///
    /// # Errors
    /// TypeError if it is no dict.
    pub fn set_instance_dict(&self, v: &Value, dict: &Value) -> PyResult<()> {
        if dict.payload::<Dict>().is_none() {
            return Err(self.type_error(format!(
                "__dict__ must be set to a dictionary, not a '{}'",
                dict.type_of(self).full_name()
            )));
        }
        let ty = v.type_of(self);
        let real = self.instance_dict(v)?;
        let old = {
            let _lock = self.lock_object(v);
            self.set_ext_dict_locked(v, ty, dict.clone())
        };
        drop((real, old));
        Ok(())
    }

    /// Sets or deletes an instance's own attribute.
    ///
    /// # Errors
    /// AttributeError where a deleted one is not there (None is returned as Ok(false)).
    pub fn instance_set(
        &self,
        v: &Value,
        ty: TypeRef,
        name: &Value,
        value: Option<&Value>,
    ) -> PyResult<bool> {
        let Some(header) = v.header() else { return Ok(false) };
        let Some(value) = value else { return self.instance_delete(v, ty, name) };
        if header.shape() != 0 && is_interned(name) {
            let mut full = false;
            {
                let lock = self.lock_object(v);
                if let Some(shape) = self.vm().shapes.get(header.shape())
                    && !shape.dict
                {
                    // SAFETY: `v` is a live object of type `ty`.
                    let slots = unsafe { layout::inline_slots(v.heap_ptr(), &ty.core) };
                    let (slot, next) = match shape.slot(name.identity()) {
                        Some(i) => (i, None),
                        None => (shape.names.len(), self.vm().shapes.with(shape, name.identity())),
                    };
                    match slots.get(slot) {
                        Some(place) if next.is_some() || slot < shape.names.len() => {
                            // SAFETY: the slot owned its word; stored before the shape that has it (R3 (shape)).
                            let old = unsafe {
                                Value::from_raw_bits(place.swap(value.clone().into_bits(), Ordering::AcqRel))
                            };
                            if let Some(next) = next {
                                header.set_shape_locked(next);
                            }
                            drop(lock);
                            drop(old);
                            return Ok(true);
                        }
                        _ => full = true,
                    }
                }
            }
            if full {
                // The next instances get more room.
                let hint = &ty.core.inline_hint;
                let wanted = (hint.load(Ordering::Relaxed) + 4).min(layout::MAX_INLINE);
                hint.store(wanted, Ordering::Relaxed);
            }
        }
        match self.instance_dict(v)? {
            Some(dict) => {
                if let Some(d) = dict.payload::<Dict>() {
                    d.set(self, name, value)?;
                }
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn instance_delete(&self, v: &Value, ty: TypeRef, name: &Value) -> PyResult<bool> {
        if let Place::None = self.instance_place(v, name) {
            return Ok(false);
        }
        if let Place::Slot(i) = self.instance_place(v, name)
            && self.load_slot(v, ty, i).is_none()
            && self.instance_get(v, ty, name)?.is_none()
        {
            return Ok(false);
        }
        match self.instance_dict(v)? {
            Some(dict) => dict.payload::<Dict>().map_or(Ok(false), |d| d.del(self, name)),
            None => Ok(false),
        }
    }

    /// `object.__setattr__` and `object.__delattr__`.
    ///
    /// # Errors
    /// AttributeError, and what descriptors raise.
    pub fn generic_setattr(&self, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
        let ty = v.type_of(self);
        let interned;
        let name = if is_interned(name) {
            name
        } else {
            interned = self.intern_value(name)?;
            &interned
        };
        let found = ty.lookup(self, name);
        if let Some(descr) = &found
            && let Some(set) = descr.type_of(self).slots.descr_set()
        {
            return set(self, descr, v, value);
        }
        if ty.core.ext_offset != 0 && v.is_heap() {
            if self.instance_set(v, ty, name, value)? {
                return Ok(());
            }
            // As in CPython, a failed deletion names neither the object nor the attribute.
            return Err(match value {
                Some(_) => self.no_attribute(v, name),
                None => self.attribute_error(format!(
                    "'{}' object has no attribute '{}'",
                    ty.full_name(),
                    text(name)
                )),
            });
        }
        let class = ty.full_name();
        let message = match found {
            Some(_) => format!("'{class}' object attribute '{}' is read-only", text(name)),
            None if ty
                .slots
                .setattr()
                .is_none_or(|f| f as usize == generic_setattr_slot as *const () as usize) =>
            {
                format!(
                    "'{class}' object has no attribute '{}' and no __dict__ for setting new attributes",
                    text(name)
                )
            }
            None => format!("'{class}' object has no attribute '{}'", text(name)),
        };
        Err(self.attribute_error_for(message, v, name))
    }

    /// A special method of `v`'s type, bound; None if the type has none.
    ///
    /// # Errors
    /// What the descriptor raises.
    pub fn lookup_special_name(&self, v: &Value, name: &Value) -> PyResult<Option<Value>> {
        let ty = v.type_of(self);
        match ty.lookup(self, name) {
            None => Ok(None),
            Some(found) => match found.type_of(self).slots.descr_get() {
                Some(get) => get(self, &found, Some(v), Some(&ty.value())).map(Some),
                None => Ok(Some(found)),
            },
        }
    }

    /// A special method of `v`'s type, bound; None if the type has none.
    ///
    /// # Errors
    /// What the descriptor raises.
    pub fn lookup_special(&self, v: &Value, name: &str) -> PyResult<Option<Value>> {
        self.lookup_special_name(v, &self.intern(name))
    }

    /// Calls a special method of `v`'s type with `args`, without making a bound method; None if the type has none.
    ///
    /// # Errors
    /// What the method raises.
    pub fn call_special(&self, v: &Value, name: &Value, args: &[Value]) -> PyResult<Option<Value>> {
        let ty = v.type_of(self);
        let Some(found) = ty.lookup(self, name) else { return Ok(None) };
        let found_ty = found.type_of(self);
        if found_ty.has(type_flags::METHOD_DESCRIPTOR) {
            let mut all: smallvec::SmallVec<[Value; 4]> = smallvec::SmallVec::with_capacity(args.len() + 1);
            all.push(v.clone());
            all.extend(args.iter().cloned());
            return self.call(&found, &all).map(Some);
        }
        let bound = match found_ty.slots.descr_get() {
            Some(get) => get(self, &found, Some(v), Some(&ty.value()))?,
            None => found,
        };
        self.call(&bound, args).map(Some)
    }
}

/// The slot function of the generic write. Compared by address, so there must be one of it.
#[inline(never)]
pub fn generic_setattr_slot(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    th.generic_setattr(v, name, value)
}

/// The slot function of the generic read. Compared by address, so there must be one of it.
///
/// # Errors
/// As `generic_getattr`.
#[inline(never)]
pub fn generic_getattr_slot(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    th.generic_getattr(v, name)
}

/// Whether a value is an interned string.
#[inline]
#[must_use]
pub fn is_interned(name: &Value) -> bool {
    name.header().is_some_and(|h| h.has_flag(vm_core::object::flags::USER)) && name.payload::<Str>().is_some()
}

fn text(name: &Value) -> String {
    name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
}

/// An object's lock, held.
pub struct ObjectLock<'a> {
    object: Option<std::ptr::NonNull<vm_core::object::Header>>,
    th: &'a Thread,
}

impl<'a> ObjectLock<'a> {
    fn new(th: &'a Thread, v: &Value) -> ObjectLock<'a> {
        vm_core::object::heap::defer_dealloc();
        if th.is_solo() || !v.is_heap() {
            return ObjectLock { object: None, th };
        }
        let object = v.heap_ptr();
        // SAFETY: `v` keeps the object alive; the caller keeps `v` while the guard lives.
        vm_core::lock::object_lock::lock(unsafe { object.as_ref() });
        ObjectLock { object: Some(object), th }
    }
}

impl Drop for ObjectLock<'_> {
    fn drop(&mut self) {
        let _ = self.th;
        if let Some(object) = self.object {
            // SAFETY: locked in `new`, and still alive.
            unsafe { vm_core::lock::object_lock::unlock(object.as_ref()) }
        }
        vm_core::object::heap::resume_dealloc();
    }
}

impl Type {
    /// Whether lookups of attributes on instances need nothing but the generic read.
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.has(type_flags::GENERIC_GETATTR)
    }
}
