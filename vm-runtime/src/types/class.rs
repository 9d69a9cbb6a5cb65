//! Classes made by `class` statements and `type()`: layout, metaclass, MRO, `__slots__`, slot dispatch, hooks.
//!
//! After `type_new` of CPython (Objects/typeobject.c); the C3 linearisation is that of "The Python 2.3 Method Resolution Order".
use super::class_slots;
use super::type_::*;
use crate::call::CallArgs;
use crate::slots::Slots;
use crate::thread::{PyResult, Thread};
use crate::types::builtin_function as natives;
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use crate::value_cells::{AtomicValue, ObjCell};
use std::sync::atomic::Ordering;
use vm_core::object::{TypeCore, layout};
use vm_core::{Value, refcount};

fn text(v: &Value) -> String {
    v.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
}

/// The most derived metaclass of the bases and `meta`.
///
/// # Errors
/// TypeError `metaclass conflict: ...`.
pub fn winner_metaclass(th: &Thread, meta: TypeRef, bases: &[Value]) -> PyResult<TypeRef> {
    let mut winner = meta;
    for base in bases {
        let candidate = base.type_of(th);
        if winner.is_subtype(candidate) {
            continue;
        }
        if candidate.is_subtype(winner) {
            winner = candidate;
            continue;
        }
        return Err(th.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The base that gives a type its layout, past those that only add a dict or weak references.
fn solid_base(ty: TypeRef) -> TypeRef {
    let mut at = ty;
    loop {
        let base = at.base.load();
        let Some(base) = TypeRef::from_value(&base) else { return at };
        let adds = !std::ptr::eq(at.core.vtable, base.core.vtable) || at.core.n_slots != base.core.n_slots;
        if adds {
            return at;
        }
        at = base;
    }
}

/// The base whose layout the new type extends.
pub(super) fn best_base(th: &Thread, bases: &[Value]) -> PyResult<TypeRef> {
    let mut best: Option<(TypeRef, TypeRef)> = None;
    for base in bases {
        let Some(base) = TypeRef::from_value(base) else { return Err(th.type_error("bases must be types")) };
        if !base.has(BASETYPE) {
            return Err(th.type_error(format!("type '{}' is not an acceptable base type", base.full_name())));
        }
        let solid = solid_base(base);
        match best {
            None => best = Some((base, solid)),
            Some((_, winner)) if winner.is_subtype(solid) => {}
            Some((_, winner)) if solid.is_subtype(winner) => best = Some((base, solid)),
            Some(_) => return Err(th.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    Ok(best.map_or(th.types().object, |(base, _)| base))
}

/// Merges linearisations (C3).
fn merge(th: &Thread, name: &str, mut lists: Vec<Vec<Value>>) -> PyResult<Vec<Value>> {
    let _ = name;
    let mut out = Vec::new();
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Ok(out);
        }
        let candidate = lists
            .iter()
            .map(|l| &l[0])
            .find(|c| !lists.iter().any(|l| l.iter().skip(1).any(|x| x.is(c))))
            .cloned();
        let Some(next) = candidate else {
            let mut seen: Vec<Value> = Vec::new();
            for head in lists.iter().map(|l| &l[0]) {
                if !seen.iter().any(|s| s.is(head)) {
                    seen.push(head.clone());
                }
            }
            let names: Vec<String> =
                seen.iter().map(|v| TypeRef::from_value(v).map_or(String::new(), |t| t.name())).collect();
            return Err(th.type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                names.join(", ")
            )));
        };
        for list in &mut lists {
            if list.first().is_some_and(|f| f.is(&next)) {
                list.remove(0);
            }
        }
        out.push(next);
    }
}

/// The C3 linearisation of a type with these bases.
///
/// # Errors
/// TypeError where there is none, or a base occurs twice.
pub fn linearise(th: &Thread, ty: TypeRef, bases: &[Value]) -> PyResult<Vec<Value>> {
    for (i, a) in bases.iter().enumerate() {
        if bases[i + 1..].iter().any(|b| b.is(a)) {
            let name = TypeRef::from_value(a).map_or(String::new(), |t| t.name());
            return Err(th.type_error(format!("duplicate base class {name}")));
        }
    }
    let mut lists: Vec<Vec<Value>> = Vec::new();
    for base in bases {
        match TypeRef::from_value(base) {
            Some(base) => lists.push(base.mro_slice().to_vec()),
            None => return Err(th.type_error("bases must be types")),
        }
    }
    lists.push(bases.to_vec());
    let mut mro = vec![ty.value()];
    mro.extend(merge(th, &ty.name(), lists)?);
    Ok(mro)
}

/// Computes and sets the MRO, through the metaclass's `mro()` if it has its own.
///
/// # Errors
/// As `linearise`, and what `mro()` raises.
pub fn set_mro(th: &Thread, ty: TypeRef) -> PyResult<()> {
    let bases = ty.bases.get(th);
    let bases = bases.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    let meta = ty.value().type_of(th);
    let mro = if meta == th.types().type_ {
        linearise(th, ty, &bases)?
    } else {
        let found = meta.lookup(th, &th.names().mro);
        let own = th.types().type_.lookup(th, &th.names().mro);
        if matches!((&found, &own), (Some(a), Some(b)) if a.is(b)) {
            linearise(th, ty, &bases)?
        } else {
            let result = th.call_method(&ty.value(), "mro", &[])?;
            let list = th.collect(&result)?;
            for class in &list {
                let Some(class_ref) = TypeRef::from_value(class) else {
                    return Err(th.type_error(format!(
                        "mro() returned a non-class ('{}')",
                        class.type_of(th).full_name()
                    )));
                };
                if !solid_base(ty).is_subtype(solid_base(class_ref)) && !ty.mro_slice().is_empty() {
                    return Err(th.type_error(format!(
                        "mro() returned base with unsuitable layout ('{}')",
                        class_ref.name()
                    )));
                }
            }
            list
        }
    };
    let old = ty.mro.swap(th.tuple(mro));
    th.retire_value(old);
    Ok(())
}

impl Thread {
    /// Drops a value that lock-free readers may still be borrowing, after a grace period.
    pub fn retire_value(&self, v: Value) {
        if self.is_solo() || !v.is_heap() {
            return;
        }
        // An MRO changes so rarely that the old one may live as long as the VM.
        std::mem::forget(v);
    }
}

struct SlotNames {
    names: Vec<Value>,
    dict: bool,
    weakref: bool,
}

fn mangle(th: &Thread, class: &str, name: &Value) -> Value {
    let s = text(name);
    if !s.starts_with("__") || s.ends_with("__") || s.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() { name.clone() } else { th.intern(&format!("_{class}{s}")) }
}

fn read_slots(th: &Thread, class: &str, slots: &Value, base: TypeRef, ns: &Dict) -> PyResult<SlotNames> {
    let given = if slots.as_str().is_some() { vec![slots.clone()] } else { th.collect(slots)? };
    let mut out = SlotNames { names: Vec::new(), dict: false, weakref: false };
    // As in CPython, where instances of these have items behind their fixed part.
    let t = th.types();
    let variable = || [t.int, t.bytes, t.tuple, t.type_].iter().any(|ty| base.is_subtype(*ty));
    if !given.is_empty() && variable() {
        return Err(
            th.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name()))
        );
    }
    for name in given {
        let Some(s) = name.as_str() else {
            return Err(th.type_error(format!(
                "__slots__ items must be strings, not '{}'",
                name.type_of(th).full_name()
            )));
        };
        let s = s.as_wtf8().to_string();
        if !crate::types::str::case::is_identifier(rustpython_wtf8::Wtf8::new(s.as_str())) {
            return Err(th.type_error("__slots__ must be identifiers"));
        }
        match s.as_str() {
            "__dict__" => {
                if out.dict || base.has(HAS_DICT) {
                    return Err(th.type_error("__dict__ slot disallowed: we already got one"));
                }
                out.dict = true;
            }
            "__weakref__" => {
                if out.weakref || base.has(WEAKREFS) {
                    return Err(th.type_error("__weakref__ slot disallowed: we already got one"));
                }
                out.weakref = true;
            }
            _ => {
                let name = mangle(th, class, &th.intern(&s));
                let skip = ["__qualname__", "__classcell__", "__classdictcell__"].contains(&s.as_str());
                if !skip && ns.get_interned(th, &name).is_some() {
                    return Err(th.value_error(format!(
                        "'{}' in __slots__ conflicts with class variable",
                        text(&name)
                    )));
                }
                out.names.push(th.intern(&text(&name)));
            }
        }
    }
    out.names.sort_by_key(text);
    out.names.dedup_by(|a, b| a.is(b));
    Ok(out)
}

/// Names and docstrings of classes have no lone surrogates.
pub(super) fn encodable(th: &Thread, v: &Value) -> PyResult<()> {
    let Some(text) = v.as_str() else { return Ok(()) };
    match text.as_wtf8().code_points().position(|c| c.to_char().is_none()) {
        Some(at) => Err(th.unicode_encode_error("utf-8", v.clone(), at, at + 1, "surrogates not allowed")),
        None => Ok(()),
    }
}

fn base_is_variable(base: TypeRef) -> bool {
    base.mro_slice().iter().any(|c| TypeRef::from_value(c).and_then(|t| t.spec).is_some_and(|s| s.variable))
}

/// `type.__new__(meta, name, bases, namespace, **keywords)`.
///
/// # Errors
/// As CPython's.
#[inline(never)]
pub fn type_new(th: &Thread, meta: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let positional = args.positional();
    if meta == th.types().type_ && positional.len() == 1 && args.names.is_empty() {
        return Ok(positional[0].type_of(th).value());
    }
    if positional.len() != 3 {
        let n = positional.len();
        return Err(th.type_error(format!("type.__new__() takes exactly 3 arguments ({n} given)")));
    }
    for (i, (arg, ty, what)) in [
        (&positional[0], th.types().str, "str"),
        (&positional[1], th.types().tuple, "tuple"),
        (&positional[2], th.types().dict, "dict"),
    ]
    .into_iter()
    .enumerate()
    {
        if !th.isinstance(arg, ty) {
            return Err(th.type_error(format!(
                "type.__new__() argument {} must be {what}, not {}",
                i + 1,
                arg.type_of(th).full_name()
            )));
        }
    }
    let bases = positional[1].payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    for base in &bases {
        if TypeRef::from_value(base).is_none()
            && th.get_attr_opt(base, &th.names().__mro_entries__)?.is_some()
        {
            return Err(th.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = winner_metaclass(th, meta, &bases)?;
    if winner != meta
        && winner.slots.new().map(|f| f as usize) != Some(type_new as *const () as usize)
        && let Some(new) = winner.slots.new()
    {
        return new(th, winner, args);
    }
    let bases =
        if bases.is_empty() { th.tuple(vec![th.types().object.value()]) } else { positional[1].clone() };
    let ty = make_class(th, winner, &positional[0], &bases, &positional[2])?;
    let value = ty.value();
    set_names(th, ty)?;
    init_subclass(th, ty, args)?;
    Ok(value)
}

fn make_class(
    th: &Thread,
    meta: TypeRef,
    name: &Value,
    bases_value: &Value,
    namespace: &Value,
) -> PyResult<TypeRef> {
    let names = th.names();
    let bases = bases_value.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
    let base = best_base(th, bases)?;
    let class_name = text(name);
    encodable(th, name)?;
    if class_name.contains('\0') {
        return Err(th.value_error("type name must not contain null characters"));
    }
    let dict_value = match namespace.payload::<Dict>() {
        Some(d) => d.copy(th).into_value(th),
        None => return Err(th.type_error("namespace must be a dict")),
    };
    let Some(dict) = dict_value.payload::<Dict>() else {
        return Err(th.type_error("namespace must be a dict"));
    };
    let slots = match dict.get_interned(th, &names.__slots__) {
        Some(slots) => Some(read_slots(th, &class_name, &slots, base, dict)?),
        None => None,
    };
    let mut flags =
        BASETYPE | HEAP | GC | (base.core.flags() & (EXCEPTION | MATCH_SELF | HAS_DICT | WEAKREFS));
    for b in bases.iter().filter_map(TypeRef::from_value) {
        flags |= b.core.flags() & (HAS_DICT | WEAKREFS);
        // The first base that says what patterns match decides.
        if flags & (SEQUENCE | MAPPING) == 0 {
            flags |= b.core.flags() & (SEQUENCE | MAPPING);
        }
    }
    // Classes have their dict as classes.
    let dict_flag = if base.is_subtype(th.types().type_) { 0 } else { HAS_DICT };
    match &slots {
        None => flags |= dict_flag | WEAKREFS,
        Some(s) => {
            flags |= if s.dict { HAS_DICT } else { 0 } | if s.weakref { WEAKREFS } else { 0 };
        }
    }
    let own_slots = slots.as_ref().map(|s| s.names.clone()).unwrap_or_default();
    let variable = base_is_variable(base);
    let n_slots = base.core.n_slots + own_slots.len() as u32;
    let core = TypeCore::new(base.core.vtable, flags, n_slots, flags & HAS_DICT != 0, variable);
    let qualname = match dict.get_interned(th, &names.__qualname__) {
        Some(q) => {
            if q.as_str().is_none() {
                return Err(th.type_error(format!(
                    "type __qualname__ must be a str, not {}",
                    q.type_of(th).full_name()
                )));
            }
            dict.del(th, &names.__qualname__)?;
            q
        }
        None => name.clone(),
    };
    let ty = Type {
        core,
        slots: Slots::default(),
        dict: AtomicValue::new(dict_value.clone()),
        bases: AtomicValue::new(bases_value.clone()),
        mro: AtomicValue::empty(),
        base: AtomicValue::new(base.value()),
        names: ObjCell::new(TypeNames { name: name.clone(), qualname }),
        subclasses: ObjCell::new(Vec::new()),
        cleared: false.into(),
        spec: None,
        slot_names: own_slots.clone(),
        fallback_name: "type",
    };
    let value = th.new_object(meta, ty);
    if let Some(h) = value.header() {
        refcount::make_deferred(h);
    }
    let Some(ty) = TypeRef::from_value(&value) else {
        return Err(th.system_error("a metaclass made no type"));
    };
    fill_namespace(th, ty, dict, &own_slots, base)?;
    // A metaclass's `mro` may use them.
    if let Some(cell) = dict.get_interned(th, &names.__classcell__) {
        match cell.payload::<crate::types::cell::Cell>() {
            Some(c) => c.contents.set(th, value.clone()),
            None => {
                return Err(th.type_error(format!(
                    "__classcell__ must be a nonlocal cell, not <class '{}'>",
                    cell.type_of(th).full_name()
                )));
            }
        }
        dict.del(th, &names.__classcell__)?;
    }
    if let Some(cell) = dict.get_interned(th, &names.__classdictcell__) {
        if let Some(c) = cell.payload::<crate::types::cell::Cell>() {
            c.contents.set(th, dict_value.clone());
        }
        dict.del(th, &names.__classdictcell__)?;
    }
    set_mro(th, ty)?;
    th.link_subclasses(ty, bases);
    if flags & HAS_DICT != 0 && !variable {
        prepare_shapes(th, ty, dict);
    }
    class_slots::fix(th, ty);
    // The value's reference is given to the caller through the handle: hand it over to the MRO tuple, which has its own.
    drop(value);
    Ok(ty)
}

/// `__module__`, `__doc__`, implicit static and class methods, `__slots__` members, `__dict__` and `__weakref__`.
fn fill_namespace(th: &Thread, ty: TypeRef, dict: &Dict, own_slots: &[Value], base: TypeRef) -> PyResult<()> {
    let names = th.names();
    if dict.get_interned(th, &names.__module__).is_none()
        && let Some(globals) = th.frame_globals()
        && let Some(module) = globals.payload::<Dict>().and_then(|g| g.get_interned(th, &names.__name__))
    {
        dict.set_interned(th, &names.__module__, &module);
    }
    match dict.get_interned(th, &names.__doc__) {
        Some(doc) => encodable(th, &doc)?,
        None => dict.set_interned(th, &names.__doc__, &Value::NONE),
    }
    if let Some(new) = dict.get_interned(th, &names.__new__)
        && new.payload::<crate::types::function::Function>().is_some()
    {
        dict.set_interned(th, &names.__new__, crate::types::staticmethod::wrap(th, new));
    }
    for name in [&names.__init_subclass__, &names.__class_getitem__] {
        if let Some(f) = dict.get_interned(th, name)
            && f.payload::<crate::types::function::Function>().is_some()
        {
            dict.set_interned(th, name, crate::types::classmethod::wrap(th, f));
        }
    }
    for (i, name) in own_slots.iter().enumerate() {
        let index = base.core.n_slots as usize + i;
        dict.set_interned(th, name, natives::member_descriptor(th, ty, name, index));
    }
    if ty.has(HAS_DICT) && !base.has(HAS_DICT) && dict.get_interned(th, &names.__dict__).is_none() {
        dict.set_interned(th, &names.__dict__, natives::getset_descriptor(th, ty, &natives::DICT_GETSET));
    }
    if ty.has(WEAKREFS) && !base.has(WEAKREFS) && dict.get_interned(th, &names.__weakref__).is_none() {
        dict.set_interned(
            th,
            &names.__weakref__,
            natives::getset_descriptor(th, ty, &natives::WEAKREF_GETSET),
        );
    }
    if let Some(eq) = dict.get_interned(th, &names.__eq__) {
        let _ = eq;
        if dict.get_interned(th, &names.__hash__).is_none() {
            dict.set_interned(th, &names.__hash__, &Value::NONE);
        }
    }
    Ok(())
}

/// Shapes for instances, with room for the attributes that the methods assign (`__static_attributes__`).
fn prepare_shapes(th: &Thread, ty: TypeRef, dict: &Dict) {
    let shapes = &th.vm().shapes;
    let dict_shape = shapes.dict(ty.ptr().as_ptr());
    let root = shapes.root(ty.ptr().as_ptr());
    if dict_shape == 0 || root == 0 {
        return;
    }
    let mut wanted = dict
        .get_interned(th, &th.names().__static_attributes__)
        .and_then(|t| t.payload::<Tuple>().map(|t| t.as_slice().len()))
        .unwrap_or(0);
    for class in ty.mro_slice().iter().skip(1).filter_map(TypeRef::from_value) {
        wanted = wanted.max(usize::from(class.core.inline_hint.load(Ordering::Relaxed)));
        if let Some(t) = class.dict().get_interned(th, &th.names().__static_attributes__) {
            let own = t.payload::<Tuple>().map_or(0, |t| t.as_slice().len());
            wanted = wanted.max(own);
        }
    }
    let total: usize = ty
        .mro_slice()
        .iter()
        .filter_map(TypeRef::from_value)
        .filter_map(|c| c.dict().get_interned(th, &th.names().__static_attributes__))
        .filter_map(|t| t.payload::<Tuple>().map(|t| t.as_slice().len()))
        .sum();
    let wanted = wanted.max(total).min(usize::from(layout::MAX_INLINE));
    // Two at least: one more is often set from outside.
    ty.core.inline_hint.store(wanted.max(2) as u16, Ordering::Relaxed);
    ty.core.dict_shape.store(dict_shape, Ordering::Release);
    ty.core.root_shape.store(root, Ordering::Release);
}

/// After an attribute of a class changed: its slots and those of its subclasses, and their versions.
pub fn attribute_changed(th: &Thread, ty: TypeRef, name: &Value) {
    ty.modified(th);
    let text = text(name);
    if text.starts_with("__") && text.ends_with("__") {
        refix(th, ty, &text);
    }
    crate::interp::flush::class_changed(th, ty, name);
}

/// Sets the slots of a class and of those below it again, after an attribute of this name changed.
fn refix(th: &Thread, ty: TypeRef, name: &str) {
    if !super::slot_defs::all().any(|d| d.name == name) {
        return;
    }
    if ty.has(HEAP) {
        class_slots::fix(th, ty);
        ty.modified(th);
    }
    for sub in ty.subclasses.with(th, |s| s.clone()) {
        // SAFETY: entries go when their type dies, which only happens with the world stopped.
        refix(th, unsafe { TypeRef::from_ptr(sub.0) }, name);
    }
}

impl Thread {
    /// Enters a class in its bases' lists of subclasses.
    pub(crate) fn link_subclasses(&self, ty: TypeRef, bases: &[Value]) {
        for base in bases.iter().filter_map(TypeRef::from_value) {
            base.subclasses.with(self, |s| s.push(NonNullHeader(ty.ptr())));
        }
    }

    /// Removes a class from its bases' lists of subclasses.
    pub(crate) fn unlink_subclasses(&self, ty: TypeRef, bases: &[Value]) {
        for base in bases.iter().filter_map(TypeRef::from_value) {
            base.subclasses.with(self, |s| s.retain(|p| p.0 != ty.ptr()));
        }
    }
}

/// `__set_name__` of everything in the namespace.
fn set_names(th: &Thread, ty: TypeRef) -> PyResult<()> {
    let items = ty.dict().items(th);
    for (key, value) in items {
        let value_ty = value.type_of(th);
        if value_ty.lookup(th, &th.names().__set_name__).is_none() {
            continue;
        }
        let call = th.call_special(&value, &th.names().__set_name__, &[ty.value(), key.clone()]);
        if let Err(raised) = call {
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                value_ty.full_name(),
                th.repr_of_key(&key),
                ty.name()
            );
            th.add_note(&note);
            return Err(raised);
        }
    }
    Ok(())
}

impl Thread {
    fn repr_of_key(&self, key: &Value) -> String {
        format!("'{}'", text(key))
    }
}

/// `super(cls, cls).__init_subclass__(**keywords)`.
fn init_subclass(th: &Thread, ty: TypeRef, args: &CallArgs<'_>) -> PyResult<()> {
    let name = &th.names().__init_subclass__;
    for class in ty.mro_slice().iter().skip(1).filter_map(TypeRef::from_value) {
        let Some(found) = class.dict().get_interned(th, name) else { continue };
        let value = ty.value();
        let bound = match found.type_of(th).slots.descr_get() {
            Some(get) => get(th, &found, None, Some(&value))?,
            None => found,
        };
        let keywords: Vec<Value> = args.keywords().map(|(_, v)| v.clone()).collect();
        th.call_args(&bound, &CallArgs { args: &keywords, names: args.names })?;
        return Ok(());
    }
    Ok(())
}

/// `type.__call__`: makes an instance.
///
/// # Errors
/// What `__new__` and `__init__` raise; TypeError `cannot create 'X' instances`.
pub fn type_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some(ty) = TypeRef::from_value(v) else { return Err(th.type_error("a type is wanted")) };
    if ty == th.types().type_ && args.names.is_empty() && args.args.len() == 1 {
        return Ok(args.args[0].type_of(th).value());
    }
    if ty == th.types().type_ && args.positional().len() != 3 {
        return Err(th.type_error("type() takes 1 or 3 arguments"));
    }
    let Some(new) = ty.slots.new() else {
        return Err(th.type_error(format!("cannot create '{}' instances", ty.full_name())));
    };
    let made = new(th, ty, args)?;
    let made_ty = made.type_of(th);
    if !made_ty.is_subtype(ty) {
        return Ok(made);
    }
    if let Some(init) = made_ty.slots.init() {
        init(th, &made, args)?;
    }
    Ok(made)
}
