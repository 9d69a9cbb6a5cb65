//! `type` as Python sees it: calling, attributes, `mro()`, `__subclasses__()`, instance checks.
use super::class;
use crate::call::CallArgs;
use crate::prelude::*;
use crate::types::type_::{self, type_flags};

fn this(th: &Thread, v: &Value) -> PyResult<TypeRef> {
    match TypeRef::from_value(v) {
        Some(ty) => Ok(ty),
        None => Err(th.type_error(format!("a type is wanted, not '{}'", v.type_of(th).full_name()))),
    }
}

fn text(v: &Value) -> String {
    v.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    let module = module_of(th, ty)?;
    let qualname = ty.names.with(th, |n| n.qualname.clone());
    let qualname = text(&qualname);
    Ok(th.str(&match module.as_str() {
        Some(m) if m.to_str() != Some("builtins") => format!("<class '{}.{qualname}'>", m.as_wtf8()),
        _ => format!("<class '{}'>", if ty.spec.is_some() { ty.full_name() } else { qualname }),
    }))
}

fn module_of(th: &Thread, ty: TypeRef) -> PyResult<Value> {
    if let Some(spec) = ty.spec {
        return Ok(th.intern(spec.name.rsplit_once('.').map_or("builtins", |(module, _)| module)));
    }
    if let Some(m) = ty.dict().get_interned(th, &th.names().__module__) {
        return Ok(m);
    }
    Err(th.attribute_error("__module__"))
}

/// `type.__getattribute__`.
fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    let meta = v.type_of(th);
    let interned;
    let name = if crate::protocol::attribute::is_interned(name) {
        name
    } else {
        interned = th.intern_value(name)?;
        &interned
    };
    let in_meta = meta.lookup(th, name);
    let mut meta_get = None;
    if let Some(descr) = &in_meta {
        let dt = descr.type_of(th);
        meta_get = dt.slots.descr_get();
        if let (Some(get), true) = (meta_get, dt.slots.descr_set().is_some()) {
            return get(th, descr, Some(v), Some(&meta.value()));
        }
    }
    if let Some(found) = ty.lookup(th, name) {
        return match found.type_of(th).slots.descr_get() {
            Some(get) => get(th, &found, None, Some(v)),
            None => Ok(found),
        };
    }
    if let (Some(get), Some(descr)) = (meta_get, &in_meta) {
        return get(th, descr, Some(v), Some(&meta.value()));
    }
    match in_meta {
        Some(found) => Ok(found),
        None => Err(th.attribute_error_for(
            format!("type object '{}' has no attribute '{}'", ty.name(), text(name)),
            v,
            name,
        )),
    }
}

/// `type.__setattr__`.
fn setattr(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let name = th.intern_value(name)?;
    if ty.has(IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '{}' attribute of immutable type '{}'",
            text(&name),
            ty.full_name()
        )));
    }
    if let Some(descr) = v.type_of(th).lookup(th, &name)
        && let Some(set) = descr.type_of(th).slots.descr_set()
    {
        return set(th, &descr, v, value);
    }
    // What it was goes when nobody finds it any more: its finalizer may look.
    let old = ty.dict().get(th, &name)?;
    match value {
        Some(value) => ty.dict().set(th, &name, value)?,
        None => {
            if !ty.dict().del(th, &name)? {
                return Err(th.attribute_error_for(
                    format!("type object '{}' has no attribute '{}'", ty.name(), text(&name)),
                    v,
                    &name,
                ));
            }
        }
    }
    class::attribute_changed(th, ty, &name);
    drop(old);
    Ok(())
}

fn get_name(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&this(th, v)?.name()))
}

fn changeable(th: &Thread, ty: TypeRef, what: &str, value: Option<&Value>) -> PyResult<Value> {
    if ty.has(IMMUTABLE) {
        return Err(
            th.type_error(format!("cannot set '{what}' attribute of immutable type '{}'", ty.full_name()))
        );
    }
    match value {
        Some(v) => Ok(v.clone()),
        None => {
            Err(th.type_error(format!("cannot delete '{what}' attribute of immutable type '{}'", ty.name())))
        }
    }
}

fn set_name(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__name__", value)?;
    if value.as_str().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__name__, not '{}'",
            ty.name(),
            value.type_of(th).full_name()
        )));
    }
    class::encodable(th, &value)?;
    if text(&value).contains('\0') {
        return Err(th.value_error("type name must not contain null characters"));
    }
    let old = ty.names.with(th, |n| std::mem::replace(&mut n.name, value));
    drop(old);
    Ok(())
}

fn get_qualname(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.names.with(th, |n| n.qualname.clone()))
}

fn set_qualname(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__qualname__", value)?;
    if value.as_str().is_none() {
        return Err(th.type_error(format!(
            "can only assign string to {}.__qualname__, not '{}'",
            ty.name(),
            value.type_of(th).full_name()
        )));
    }
    let old = ty.names.with(th, |n| std::mem::replace(&mut n.qualname, value));
    drop(old);
    Ok(())
}

fn get_module(th: &Thread, v: &Value) -> PyResult<Value> {
    module_of(th, this(th, v)?)
}

fn set_module(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__module__", value)?;
    ty.dict().set(th, &th.names().__module__, value)?;
    ty.dict().del(th, &th.names().__firstlineno__)?;
    ty.modified(th);
    Ok(())
}

fn get_bases(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.bases.get(th))
}

fn set_bases(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__bases__", value)?;
    let Some(new) = value.payload::<Tuple>() else {
        return Err(th.type_error(format!(
            "can only assign tuple to {}.__bases__, not {}",
            ty.name(),
            value.type_of(th).full_name()
        )));
    };
    if new.as_slice().is_empty() {
        return Err(
            th.type_error(format!("can only assign non-empty tuple to {}.__bases__, not ()", ty.name()))
        );
    }
    for base in new.as_slice() {
        let Some(base) = TypeRef::from_value(base) else {
            return Err(th.type_error(format!(
                "{}.__bases__ must be tuple of classes, not '{}'",
                ty.name(),
                base.type_of(th).full_name()
            )));
        };
        if base.is_subtype(ty) || in_base_chain(th, base, ty) {
            return Err(th.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let base = class::best_base(th, new.as_slice())?;
    let old_base = ty.base.get(th);
    if let Some(old_base) = TypeRef::from_value(&old_base)
        && !same_layout(base, old_base)
    {
        // What frees instances of a native type is its own; classes share theirs.
        let native = !base.has(HEAP) || !old_base.has(HEAP);
        let what = if native { "deallocator" } else { "object layout" };
        return Err(th.type_error(format!(
            "__bases__ assignment: '{}' {what} differs from '{}'",
            base.name(),
            old_base.name()
        )));
    }
    let old = ty.bases.get(th);
    ty.bases.set(th, value.clone());
    ty.base.set(th, base.value());
    if let Err(raised) = class::set_mro(th, ty) {
        ty.bases.set(th, old);
        ty.base.set(th, old_base);
        return Err(raised);
    }
    if !ty.bases.get(th).is(&value) {
        // A metaclass's `mro` has replaced the bases meanwhile.
        return Ok(());
    }
    if let Some(old) = old.payload::<Tuple>() {
        th.unlink_subclasses(ty, old.as_slice());
    }
    th.link_subclasses(ty, new.as_slice());
    let updated = update_subclasses(th, ty);
    crate::interp::flush::flush(th);
    updated
}

/// Whether `class` is one of the `__base__`s of `ty`, which are set before a metaclass's `mro` runs.
fn in_base_chain(th: &Thread, ty: TypeRef, class: TypeRef) -> bool {
    let mut at = ty.base.get(th);
    while let Some(base) = TypeRef::from_value(&at) {
        if base.ptr() == class.ptr() {
            return true;
        }
        at = base.base.get(th);
    }
    false
}

/// Whether instances of two types have their parts in the same places.
fn same_layout(a: TypeRef, b: TypeRef) -> bool {
    std::ptr::eq(a.core.vtable, b.core.vtable)
        && a.core.n_slots == b.core.n_slots
        && a.core.ext_offset == b.core.ext_offset
}

fn update_subclasses(th: &Thread, ty: TypeRef) -> PyResult<()> {
    super::class_slots::fix(th, ty);
    for sub in ty.subclasses.with(th, |s| s.clone()) {
        // SAFETY: entries go when their type dies, which only happens with the world stopped.
        let sub = unsafe { TypeRef::from_ptr(sub.0) };
        class::set_mro(th, sub)?;
        update_subclasses(th, sub)?;
    }
    ty.modified(th);
    Ok(())
}

fn get_mro(th: &Thread, v: &Value) -> PyResult<Value> {
    let mro = this(th, v)?.mro.get(th);
    Ok(if mro.is_unbound() { Value::NONE } else { mro })
}

fn get_base(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.base.get(th))
}

fn get_dict(th: &Thread, v: &Value) -> PyResult<Value> {
    th.mapping_proxy(&this(th, v)?.dict.get(th))
}

fn get_doc(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    if let Some(spec) = ty.spec.filter(|s| !s.doc.is_empty()) {
        return Ok(th.str(spec.doc));
    }
    match ty.dict().get_interned(th, &th.names().__doc__) {
        Some(doc) => match doc.type_of(th).slots.descr_get() {
            Some(get) if doc.as_str().is_none() => get(th, &doc, None, Some(v)),
            _ => Ok(doc),
        },
        None => Ok(Value::NONE),
    }
}

fn set_doc(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__doc__", value)?;
    ty.dict().set(th, &th.names().__doc__, value)?;
    ty.modified(th);
    Ok(())
}

/// `__flags__`, in CPython's bits.
fn get_flags(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    let t = th.types();
    let mut flags: i64 = 1 << 12;
    for (has, bit) in [
        (ty.has(BASETYPE), 1 << 10),
        (ty.has(HEAP), 1 << 9),
        (ty.has(IMMUTABLE), 1 << 8),
        (ty.has(NO_NEW), 1 << 7),
        (ty.has(SEQUENCE), 1 << 5),
        (ty.has(MAPPING), 1 << 6),
        (ty.has(type_flags::GC), 1 << 14),
        (ty.has(METHOD_DESCRIPTOR), 1 << 17),
        (ty.has(ABSTRACT), 1 << 20),
        (ty.has(MATCH_SELF), 1 << 22),
        (ty.is_subtype(t.int), 1 << 24),
        (ty.is_subtype(t.list), 1 << 25),
        (ty.is_subtype(t.tuple), 1 << 26),
        (ty.is_subtype(t.bytes), 1 << 27),
        (ty.is_subtype(t.str), 1 << 28),
        (ty.is_subtype(t.dict), 1 << 29),
        (ty.is_subtype(t.exc.base_exception), 1 << 30),
        (ty.is_subtype(t.type_), 1 << 31),
    ] {
        if has {
            flags |= bit;
        }
    }
    Ok(th.int(flags))
}

fn get_abstract(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    match ty.dict().get_interned(th, &th.names().__abstractmethods__) {
        Some(found) if ty != th.types().type_ => Ok(found),
        _ => Err(th.attribute_error_for(
            format!("type object '{}' has no attribute '__abstractmethods__'", ty.name()),
            v,
            &th.names().__abstractmethods__,
        )),
    }
}

fn set_abstract(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let on = match value {
        Some(value) => {
            let on = th.truth(value)?;
            ty.dict().set(th, &th.names().__abstractmethods__, value)?;
            on
        }
        None => {
            if !ty.dict().del(th, &th.names().__abstractmethods__)? {
                return Err(th.attribute_error("__abstractmethods__"));
            }
            false
        }
    };
    if on {
        ty.core.set_flags(ABSTRACT);
    } else {
        ty.core.clear_flags(ABSTRACT);
    }
    ty.modified(th);
    Ok(())
}

fn get_signature(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    Ok(match ty.spec {
        Some(spec) if !spec.new_sig.is_empty() => th.str(spec.new_sig),
        Some(_) if ty == th.types().object => th.str("()"),
        _ => Value::NONE,
    })
}

fn get_type_params(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    if ty == th.types().type_ {
        return Ok(th.tuple(Vec::new()));
    }
    Ok(ty.dict().get_interned(th, &th.names().__type_params__).unwrap_or_else(|| th.tuple(Vec::new())))
}

fn set_type_params(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let value = changeable(th, ty, "__type_params__", value)?;
    ty.dict().set(th, &th.names().__type_params__, value)?;
    ty.modified(th);
    Ok(())
}

fn get_annotate(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    if ty.spec.is_some() {
        return Err(
            th.attribute_error(format!("type object '{}' has no attribute '__annotate__'", ty.name()))
        );
    }
    for name in [&th.names().__annotate_func__, &th.names().__annotate__] {
        if let Some(f) = ty.dict().get_interned(th, name) {
            return match f.type_of(th).slots.descr_get() {
                Some(get) => get(th, &f, None, Some(v)),
                None => Ok(f),
            };
        }
    }
    Ok(Value::NONE)
}

fn set_annotate(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    let Some(value) = value else { return Err(th.type_error("cannot delete __annotate__ attribute")) };
    if ty.has(IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '__annotate__' attribute of immutable type '{}'",
            ty.full_name()
        )));
    }
    if !value.is_none() && !th.is_callable(value) {
        return Err(th.type_error("__annotate__ must be callable or None"));
    }
    ty.dict().set(th, &th.names().__annotate_func__, value)?;
    if !value.is_none() {
        ty.dict().del(th, &th.names().__annotations_cache__)?;
        ty.dict().del(th, &th.names().__annotations__)?;
    }
    ty.modified(th);
    Ok(())
}

fn get_annotations(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = this(th, v)?;
    if ty.spec.is_some() {
        return Err(
            th.attribute_error(format!("type object '{}' has no attribute '__annotations__'", ty.name()))
        );
    }
    for name in [&th.names().__annotations__, &th.names().__annotations_cache__] {
        if let Some(found) = ty.dict().get_interned(th, name) {
            return match found.type_of(th).slots.descr_get() {
                Some(get) => get(th, &found, None, Some(v)),
                None => Ok(found),
            };
        }
    }
    let annotate = get_annotate(th, v)?;
    let result = if annotate.is_none() {
        th.dict()
    } else {
        let result = th.call(&annotate, &[th.int(1)])?;
        if result.payload::<Dict>().is_none() {
            return Err(th.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                result.type_of(th).full_name()
            )));
        }
        result
    };
    ty.dict().set(th, &th.names().__annotations_cache__, &result)?;
    ty.modified(th);
    Ok(result)
}

fn set_annotations(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = this(th, v)?;
    if ty.has(IMMUTABLE) {
        return Err(th.type_error(format!(
            "cannot set '__annotations__' attribute of immutable type '{}'",
            ty.full_name()
        )));
    }
    let names = th.names();
    match value {
        Some(value) => ty.dict().set(th, &names.__annotations_cache__, value)?,
        None => {
            let a = ty.dict().del(th, &names.__annotations__)?;
            let b = ty.dict().del(th, &names.__annotations_cache__)?;
            if !a && !b {
                return Err(th.attribute_error("__annotations__"));
            }
        }
    }
    ty.dict().del(th, &names.__annotate__)?;
    ty.dict().del(th, &names.__annotate_func__)?;
    ty.modified(th);
    Ok(())
}

fn mro(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let ty = this(th, v)?;
    let bases = ty.bases.get(th);
    let bases = bases.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    Ok(th.list(class::linearise(th, ty, &bases)?))
}

fn subclasses(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let ty = this(th, v)?;
    let list = ty.subclasses.with(th, |s| {
        // SAFETY: entries go when their type dies, which only happens with the world stopped.
        s.iter().map(|p| unsafe { TypeRef::from_ptr(p.0) }.value()).collect::<Vec<_>>()
    });
    Ok(th.list(list))
}

fn prepare(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.dict())
}

fn instancecheck(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.recursive_isinstance(&args[0], v)?))
}

fn subclasscheck(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.recursive_issubclass(&args[0], v)?))
}

fn dir(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    th.class_dir(v)
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let _ = this(th, v)?;
    Ok(th.usize(std::mem::size_of::<Type>() + 24))
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    crate::types::union::or(th, a, b)
}

fn init(th: &Thread, _: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let n = args.positional().len();
    if n == 1 && !args.names.is_empty() {
        return Err(th.type_error("type.__init__() takes no keyword arguments"));
    }
    if n != 1 && n != 3 {
        return Err(th.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

/// `type`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "type",
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    flags: BASETYPE | WEAKREFS,
    slots: &[
        Slot::NewRaw(class::type_new),
        Slot::InitRaw(init),
        Slot::Call(class::type_call),
        Slot::Repr(repr),
        Slot::GetAttr(getattr),
        Slot::SetAttr(setattr),
        Slot::Binary(BinaryOp::Or, or),
    ],
    methods: &[
        m("mro", "()", mro, "Return a type's method resolution order."),
        m("__subclasses__", "()", subclasses, "Return a list of immediate subclasses."),
        cm("__prepare__", "(*args, **kwargs)", prepare, "Create the namespace for the class statement"),
        m("__instancecheck__", "(instance, /)", instancecheck, "Check if an object is an instance."),
        m("__subclasscheck__", "(subclass, /)", subclasscheck, "Check if a class is a subclass."),
        m("__dir__", "()", dir, "Specialized __dir__ implementation for types."),
        m("__sizeof__", "()", sizeof, "Return memory consumption of the type object."),
    ],
    getset: &[
        gs("__name__", get_name, Some(set_name), ""),
        gs("__qualname__", get_qualname, Some(set_qualname), ""),
        gs("__bases__", get_bases, Some(set_bases), ""),
        gs("__mro__", get_mro, None, ""),
        mb("__base__", get_base, None, ""),
        gs("__module__", get_module, Some(set_module), ""),
        gs("__abstractmethods__", get_abstract, Some(set_abstract), ""),
        gs("__dict__", get_dict, None, ""),
        gs("__doc__", get_doc, Some(set_doc), ""),
        gs("__text_signature__", get_signature, None, ""),
        gs("__annotations__", get_annotations, Some(set_annotations), ""),
        gs("__annotate__", get_annotate, Some(set_annotate), ""),
        gs("__type_params__", get_type_params, Some(set_type_params), ""),
        mb("__flags__", get_flags, None, ""),
        mb("__basicsize__", |th, v| Ok(th.usize(this(th, v)?.core.instance_size(0, 0))), None, ""),
        mb(
            "__itemsize__",
            |th, v| Ok(th.int(i64::from(this(th, v)?.spec.is_some_and(|s| s.variable)) * 8)),
            None,
            "",
        ),
        mb("__dictoffset__", |th, v| Ok(th.int(i64::from(this(th, v)?.has(HAS_DICT)) * 24)), None, ""),
        mb("__weakrefoffset__", |th, v| Ok(th.int(i64::from(this(th, v)?.has(WEAKREFS)) * 8)), None, ""),
    ],
    ..TypeSpec::of::<type_::Type>()
};
