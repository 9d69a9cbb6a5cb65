//! Making native types from their specs: layout, slots with inheritance, methods and slot wrappers in the dict.
use super::slot_defs;
use super::type_::*;
use crate::call::MethodKind;
use crate::slots::{SLOT_WORDS, Slot, SlotId, Slots};
use crate::thread::{PyResult, Thread};
use crate::types::builtin_function as natives;
use crate::types::dict::Dict;
use crate::types::value_ext::ValueExt;
use crate::value_cells::{AtomicValue, ObjCell};
use vm_core::object::{TypeCore, layout};
use vm_core::{Value, refcount};

/// Allocates a type object for a spec, with nothing in it but its layout. Its own type is `metatype` (dangling for `type`
/// itself, which `patch_metatype` mends).
///
/// # Safety
/// `metatype` is a live type with payload `Type`, or this is the bootstrap, which patches it.
pub(crate) unsafe fn raw_type(
    th: &Thread,
    spec: &'static TypeSpec,
    metatype: TypeRef,
    base: Option<TypeRef>,
) -> Option<TypeRef> {
    let vtable = (spec.vtable)();
    let base_flags = base.map_or(0, |b| b.core.flags());
    let inherited = base_flags & (HAS_DICT | WEAKREFS | GC | SEQUENCE | MAPPING | EXCEPTION | MATCH_SELF);
    let mut flags = spec.flags | inherited | IMMUTABLE;
    let dict = flags & HAS_DICT != 0;
    let n_slots = base.map_or(0, |b| b.core.n_slots) + spec.hidden_slots;
    if vtable.traverse.is_some() || dict || n_slots != 0 {
        flags |= GC;
    }
    let ty = Type {
        core: TypeCore::new(vtable, flags, n_slots, dict, spec.variable),
        slots: Slots::default(),
        dict: AtomicValue::empty(),
        bases: AtomicValue::empty(),
        mro: AtomicValue::empty(),
        base: AtomicValue::empty(),
        names: ObjCell::new(TypeNames { name: Value::NONE, qualname: Value::NONE }),
        subclasses: ObjCell::new(Vec::new()),
        cleared: false.into(),
        spec: Some(spec),
        slot_names: Vec::new(),
        fallback_name: spec.name.rsplit('.').next().unwrap_or(spec.name),
    };
    // SAFETY: the caller's promise.
    let object = unsafe {
        {
            let core = TypeCore::new(<Type as vm_core::object::Payload>::vtable(), GC, 0, false, false);
            layout::allocate_as(metatype.ptr(), &core, ty, 0, 0).ok()?
        }
    };
    // SAFETY: just allocated.
    unsafe {
        refcount::make_immortal(object.as_ref());
        let made = TypeRef::from_ptr(object);
        th.vm().set_native_type(vtable, made);
        Some(made)
    }
}

/// Fills a native type: bases, MRO, slots, dict.
///
/// # Errors
/// What the spec's `init` raises.
pub(crate) fn fill(th: &Thread, ty: TypeRef, base: Option<TypeRef>) -> PyResult<()> {
    let Some(spec) = ty.spec else { return Ok(()) };
    let plain = ty.fallback_name;
    let name = th.intern(plain);
    ty.names.with(th, |n| {
        n.name = name.clone();
        n.qualname = name;
    });
    let dict = th.dict();
    ty.dict.set(th, dict.clone());
    ty.base.set(th, base.map_or(Value::NONE, TypeRef::value));
    ty.bases.set(th, th.tuple(base.iter().map(|b| b.value()).collect()));
    let mut mro = vec![ty.value()];
    if let Some(base) = base {
        mro.extend(base.mro_slice().iter().cloned());
        base.subclasses.with(th, |s| s.push(NonNullHeader(ty.ptr())));
    }
    ty.mro.set(th, th.tuple(mro));
    let Some(dict) = dict.payload::<Dict>() else { return Ok(()) };
    store_slots(ty, spec);
    add_wrappers(th, ty, dict);
    inherit_slots(ty, base);
    for def in spec.methods {
        let value = match def.kind {
            MethodKind::Instance => natives::method_descriptor(th, ty, def),
            MethodKind::Class => natives::class_method_descriptor(th, ty, def),
            MethodKind::Static => natives::static_method(th, ty, def),
        };
        dict.set_interned(th, &th.intern(def.name), &value);
    }
    for def in spec.getset {
        dict.set_interned(th, &th.intern(def.name), natives::getset_descriptor(th, ty, def));
    }
    let names = th.names();
    let has_new = spec.slots.iter().any(|s| matches!(s, Slot::New(_) | Slot::NewRaw(_)));
    // `object.__new__` makes plain objects: a native type with content of its own is made by its own `__new__` or not at all.
    let word = SlotId::NewRaw as usize;
    let inherits = |b: TypeRef| {
        ty.slots.word(word) == b.slots.word(word) && !std::ptr::eq(b.core.vtable, ty.core.vtable)
    };
    if !has_new && base.is_some_and(inherits) {
        ty.core.set_flags(NO_NEW);
        ty.slots.set_new(None);
    }
    if has_new && !ty.has(NO_NEW) {
        dict.set_interned(th, &names.__new__, natives::new_wrapper(th, ty));
    }
    if ty.has(HAS_DICT)
        && !base.is_some_and(|b| b.has(HAS_DICT))
        && dict.get_interned(th, &names.__dict__).is_none()
    {
        dict.set_interned(
            th,
            &names.__dict__,
            natives::getset_descriptor(th, ty, &natives::NATIVE_DICT_GETSET),
        );
    }
    if ty.slots.hash().is_none() && spec.slots.iter().any(|s| matches!(s, Slot::NotHashable)) {
        dict.set_interned(th, &names.__hash__, &Value::NONE);
    }
    if spec.getset.iter().any(|def| def.name == "__doc__") {
        // The instances' own; the type's comes from the spec.
    } else if !spec.doc.is_empty() {
        let doc = th.str(spec.doc);
        dict.set_interned(th, &names.__doc__, &doc);
    } else {
        dict.set_interned(th, &names.__doc__, &Value::NONE);
    }
    if let Some((module, _)) = spec.name.rsplit_once('.') {
        dict.set_interned(th, &names.__module__, th.intern(module));
    }
    set_generic_flags(ty);
    set_kind_flags(th, ty);
    if let Some(init) = spec.init {
        init(th, ty)?;
    }
    Ok(())
}

/// Stores the slots that a spec lists.
pub(crate) fn store_slots(ty: TypeRef, spec: &'static TypeSpec) {
    for slot in spec.slots {
        match slot {
            Slot::New(_) => ty.slots.set_new(Some(natives::bound_new)),
            Slot::Init(_) => ty.slots.set_init(Some(natives::bound_init)),
            other => ty.slots.store(*other),
        }
    }
}

/// Slot wrappers for the slots that the type has itself.
fn add_wrappers(th: &Thread, ty: TypeRef, dict: &Dict) {
    for def in slot_defs::all() {
        let word = ty.slots.word(def.word);
        if word == 0 || def.name == "__new__" || def.name == "__getattr__" {
            continue;
        }
        // The reverse and sequence forms give way to what is there.
        let name = th.intern(def.name);
        if dict.get_interned(th, &name).is_none() {
            dict.set_interned(th, &name, natives::slot_wrapper(th, ty, def, word));
        }
    }
}

/// Copies the base's slots where the type has none. Hash and comparison go together, as do the attribute forms.
pub(crate) fn inherit_slots(ty: TypeRef, base: Option<TypeRef>) {
    let Some(base) = base else { return };
    let own = |id: SlotId| ty.slots.word(id as usize) != 0;
    let not_hashable = ty.spec.is_some_and(|s| s.slots.iter().any(|s| matches!(s, Slot::NotHashable)));
    let hash_group = own(SlotId::Hash) || own(SlotId::RichCompare) || not_hashable;
    for i in 0..SLOT_WORDS {
        if ty.slots.word(i) != 0 {
            continue;
        }
        if (i == SlotId::Hash as usize || i == SlotId::RichCompare as usize) && hash_group {
            continue;
        }
        if i == SlotId::Buffer as usize && ty.spec.is_none() {
            continue;
        }
        ty.slots.set_word(i, base.slots.word(i));
    }
    if ty.has(NO_NEW) {
        ty.slots.set_new(None);
    }
}

/// Notes whether attribute access is the generic one, and whether there is a finalizer.
pub(crate) fn set_generic_flags(ty: TypeRef) {
    let generic_get = match ty.slots.getattr() {
        None => true,
        Some(f) => f as usize == crate::protocol::attribute::generic_getattr_slot as *const () as usize,
    };
    let generic_set = match ty.slots.setattr() {
        None => true,
        Some(f) => f as usize == crate::protocol::attribute::generic_setattr_slot as *const () as usize,
    };
    for (on, flag) in [
        (generic_get, GENERIC_GETATTR),
        (generic_set, GENERIC_SETATTR),
        (ty.slots.del().is_some(), HAS_FINALIZER),
    ] {
        if on {
            ty.core.set_flags(flag);
        } else {
            ty.core.clear_flags(flag);
        }
    }
}

fn set_kind_flags(th: &Thread, ty: TypeRef) {
    let t = th.types();
    let match_self =
        [t.bool, t.bytearray, t.bytes, t.dict, t.float, t.frozenset, t.int, t.list, t.set, t.str, t.tuple];
    if match_self.contains(&ty) {
        ty.core.set_flags(MATCH_SELF);
    }
    if [t.function, t.method_descriptor, t.wrapper_descriptor].contains(&ty) {
        ty.core.set_flags(METHOD_DESCRIPTOR);
    }
}

/// Makes (or finds) the type of a spec, its base included.
///
/// # Errors
/// MemoryError, and what the spec's `init` raises.
pub fn native_type(th: &Thread, spec: &'static TypeSpec) -> PyResult<TypeRef> {
    let _one = th.vm().type_making.lock();
    native_type_locked(th, spec)
}

fn native_type_locked(th: &Thread, spec: &'static TypeSpec) -> PyResult<TypeRef> {
    if let Some(ty) = th.vm().native_type_by_spec(spec) {
        return Ok(ty);
    }
    let base = match (spec.base_spec, spec.base) {
        (Some(base), _) => native_type_locked(th, base)?,
        (None, Some(base)) => base(th.types()),
        (None, None) => th.types().object,
    };
    // SAFETY: `type` is live.
    let Some(ty) = (unsafe { raw_type(th, spec, th.types().type_, Some(base)) }) else {
        return Err(th.memory_error());
    };
    th.vm().remember_spec(spec, ty);
    fill(th, ty, Some(base))?;
    // Relaxed: nobody has seen the type yet.
    ty.core.version.clear();
    Ok(ty)
}
