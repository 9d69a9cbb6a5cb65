//! Module `_abc`: the registry and caches of abstract base classes.
use crate::prelude::*;
use crate::types::classmethod::is_abstract_callable;
use crate::types::weakref;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// `_abc`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_abc",
    doc: "Module contains faster C implementation of abc.ABCMeta",
    functions: &[
        m("get_cache_token", "()", get_cache_token, "Returns the current ABC cache token."),
        m(
            "_abc_init",
            "(self, /)",
            abc_init,
            "Internal ABC helper for class set-up. Should be never used outside abc module.",
        ),
        m(
            "_reset_registry",
            "(self, /)",
            reset_registry,
            "Internal ABC helper to reset registry of a given class.",
        ),
        m(
            "_reset_caches",
            "(self, /)",
            reset_caches,
            "Internal ABC helper to reset both caches of a given class.",
        ),
        m("_get_dump", "(self, /)", get_dump, "Internal ABC helper for cache and registry debugging."),
        m(
            "_abc_register",
            "(self, subclass, /)",
            abc_register,
            "Internal ABC helper for subclass registration. Should be never used outside abc module.",
        ),
        m(
            "_abc_instancecheck",
            "(self, instance, /)",
            abc_instancecheck,
            "Internal ABC helper for instance checks. Should be never used outside abc module.",
        ),
        m(
            "_abc_subclasscheck",
            "(self, subclass, /)",
            abc_subclasscheck,
            "Internal ABC helper for subclass checks. Should be never used outside abc module.",
        ),
    ],
    hidden_types: &[&DATA],
    ..ModuleSpec::EMPTY
};

/// Changes with every registration of any VM: a token that is equal proves that nothing was registered.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Weak references to classes, by address.
type WeakClasses = HashMap<u64, Value>;

/// The payload of `_abc_data` objects.
pub struct AbcData {
    registry: ObjCell<WeakClasses>,
    cache: ObjCell<WeakClasses>,
    negative: ObjCell<WeakClasses>,
    version: AtomicU64,
}

payload!(AbcData, "_abc_data", traverse = AbcData::traverse);

impl AbcData {
    fn traverse(&self, mut visit: Visitor<'_>) {
        for set in [&self.registry, &self.cache, &self.negative] {
            set.peek(|s| s.values().for_each(&mut visit));
        }
    }
}

/// `_abc._abc_data`.
pub static DATA: TypeSpec = TypeSpec {
    name: "_abc._abc_data",
    doc: "Internal state held by ABC machinery.",
    flags: NO_NEW,
    ..TypeSpec::of::<AbcData>()
};

fn data(th: &Thread, class: &Value) -> PyResult<Value> {
    let v = th.getattr_str(class, "_abc_impl")?;
    if v.payload::<AbcData>().is_none() {
        return Err(th.type_error("_abc_impl is set to a wrong type"));
    }
    Ok(v)
}

fn payload_of<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a AbcData> {
    th.expect::<AbcData>(v, "_abc_data")
}

fn contains(th: &Thread, set: &ObjCell<WeakClasses>, class: &Value) -> bool {
    let found = set.with(th, |s| s.get(&class.identity()).cloned());
    found.is_some_and(|r| matches!(weakref::referent(th, &r), Some(Some(live)) if live.is(class)))
}

fn add(th: &Thread, set: &ObjCell<WeakClasses>, class: &Value) -> PyResult<()> {
    let reference = weakref::new_ref(th, th.type_for::<weakref::WeakRef>(), class, None)?;
    let old = set.with(th, |s| s.insert(class.identity(), reference));
    drop(old);
    // Entries of classes that are gone are swept when the set has doubled since it was last clean.
    let all =
        set.with(th, |s| if s.len() >= 32 && s.len().is_power_of_two() { Some(s.clone()) } else { None });
    if let Some(all) = all {
        let dead: Vec<u64> = all
            .iter()
            .filter(|(_, r)| matches!(weakref::referent(th, r), Some(None)))
            .map(|(k, _)| *k)
            .collect();
        drop(set.with(th, |s| dead.iter().filter_map(|k| s.remove(k)).collect::<Vec<_>>()));
    }
    Ok(())
}

fn live(th: &Thread, set: &ObjCell<WeakClasses>) -> Vec<Value> {
    let all: Vec<Value> = set.with(th, |s| s.values().cloned().collect());
    all.iter().filter_map(|r| weakref::referent(th, r).flatten()).collect()
}

fn get_cache_token(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    // Acquire pairs with `abc_register`.
    Ok(th.int(i64::try_from(COUNTER.load(Ordering::Acquire)).unwrap_or(i64::MAX)))
}

fn compute_abstract(th: &Thread, class: &Value) -> PyResult<()> {
    let names = th.call(&th.types().set.value(), &[])?;
    let add = |name: Value| th.call_method(&names, "add", &[name]);
    if let Some(ty) = TypeRef::from_value(class) {
        for (name, value) in ty.dict().items(th) {
            if is_abstract_callable(th, &value)? {
                add(name)?;
            }
        }
    }
    let bases = th.getattr(class, &th.names().__bases__)?;
    for base in th.collect(&bases)? {
        let Some(inherited) = th.get_attr_opt(&base, &th.names().__abstractmethods__)? else { continue };
        for name in th.collect(&inherited)? {
            if let Some(value) = th.get_attr_opt(class, &name)?
                && is_abstract_callable(th, &value)?
            {
                add(name)?;
            }
        }
    }
    let frozen = th.call(&th.types().frozenset.value(), &[names])?;
    th.setattr(class, &th.names().__abstractmethods__, &frozen)
}

const TPFLAGS_SEQUENCE: i64 = 1 << 5;
const TPFLAGS_MAPPING: i64 = 1 << 6;

fn abc_init(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let class = &args[0];
    compute_abstract(th, class)?;
    let empty = || ObjCell::new(WeakClasses::new());
    let payload = AbcData {
        registry: empty(),
        cache: empty(),
        negative: empty(),
        version: AtomicU64::new(COUNTER.load(Ordering::Acquire)),
    };
    let v = th.make_object(th.type_for::<AbcData>(), payload)?;
    th.setattr_str(class, "_abc_impl", &v)?;
    let Some(ty) = TypeRef::from_value(class) else { return Ok(Value::NONE) };
    let name = th.intern("__abc_tpflags__");
    if let Some(flags) = ty.dict().get_interned(th, &name) {
        let bits = th.index_i64(&flags)?;
        match (bits & TPFLAGS_SEQUENCE != 0, bits & TPFLAGS_MAPPING != 0) {
            (true, true) => {
                return Err(th.type_error(
                    "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING",
                ));
            }
            (true, false) => ty.core.set_flags(SEQUENCE),
            (false, true) => ty.core.set_flags(MAPPING),
            (false, false) => {}
        }
        th.delattr(class, &name)?;
    }
    Ok(Value::NONE)
}

/// Marks a class and its subclasses as sequences or mappings, for pattern matching.
fn mark_collection(th: &Thread, ty: TypeRef, flag: u32) {
    if ty.has(SEQUENCE | MAPPING) || !ty.has(HEAP) {
        return;
    }
    ty.core.set_flags(flag);
    if let Ok(subclasses) = th.call_method(&ty.value(), "__subclasses__", &[]).and_then(|s| th.collect(&s)) {
        for sub in subclasses.iter().filter_map(TypeRef::from_value) {
            mark_collection(th, sub, flag);
        }
    } else {
        th.clear_error();
    }
}

fn abc_register(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (class, subclass) = (&args[0], &args[1]);
    let Some(sub) = TypeRef::from_value(subclass) else {
        return Err(th.type_error("Can only register classes"));
    };
    if th.object_issubclass(subclass, class)? {
        return Ok(subclass.clone());
    }
    if th.object_issubclass(class, subclass)? {
        return Err(th.runtime_error("Refusing to create an inheritance cycle"));
    }
    let d = data(th, class)?;
    add(th, &payload_of(th, &d)?.registry, subclass)?;
    // Release pairs with readers of the counter: they see the registration.
    COUNTER.fetch_add(1, Ordering::AcqRel);
    if let Some(ty) = TypeRef::from_value(class) {
        for flag in [SEQUENCE, MAPPING] {
            if ty.has(flag) {
                mark_collection(th, sub, flag);
            }
        }
    }
    Ok(subclass.clone())
}

fn abc_instancecheck(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (class, instance) = (&args[0], &args[1]);
    let d = data(th, class)?;
    let d = payload_of(th, &d)?;
    let subclass = th.getattr(instance, &th.names().__class__)?;
    if contains(th, &d.cache, &subclass) {
        return Ok(Value::TRUE);
    }
    let subtype = instance.type_of(th).value();
    let check = |c: &Value| th.call_method(class, "__subclasscheck__", std::slice::from_ref(c));
    if subtype.is(&subclass) {
        let current = d.version.load(Ordering::Acquire) == COUNTER.load(Ordering::Acquire);
        if current && contains(th, &d.negative, &subclass) {
            return Ok(Value::FALSE);
        }
        return check(&subclass);
    }
    let result = check(&subclass)?;
    if th.truth(&result)? { Ok(result) } else { check(&subtype) }
}

fn abc_subclasscheck(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(subclasscheck(th, &args[0], &args[1])?))
}

fn subclasscheck(th: &Thread, class: &Value, subclass: &Value) -> PyResult<bool> {
    let Some(sub) = TypeRef::from_value(subclass) else {
        return Err(th.type_error("issubclass() arg 1 must be a class"));
    };
    let d = data(th, class)?;
    let d = payload_of(th, &d)?;
    if contains(th, &d.cache, subclass) {
        return Ok(true);
    }
    let now = COUNTER.load(Ordering::Acquire);
    if d.version.load(Ordering::Acquire) < now {
        drop(d.negative.with(th, std::mem::take));
        d.version.store(now, Ordering::Release);
    } else if contains(th, &d.negative, subclass) {
        return Ok(false);
    }
    let hook = th.call_method(class, "__subclasshook__", std::slice::from_ref(subclass))?;
    match hook.as_bool() {
        Some(true) => {
            add(th, &d.cache, subclass)?;
            return Ok(true);
        }
        Some(false) => {
            add(th, &d.negative, subclass)?;
            return Ok(false);
        }
        None if hook.is_not_implemented() => {}
        None => {
            return Err(
                th.assertion_error("__subclasshook__ must return either False, True, or NotImplemented")
            );
        }
    }
    if TypeRef::from_value(class).is_some_and(|c| sub.is_subtype(c)) {
        add(th, &d.cache, subclass)?;
        return Ok(true);
    }
    if contains(th, &d.registry, subclass) {
        add(th, &d.cache, subclass)?;
        return Ok(true);
    }
    for registered in live(th, &d.registry) {
        if th.object_issubclass(subclass, &registered)? {
            add(th, &d.cache, subclass)?;
            return Ok(true);
        }
    }
    let subclasses = th.call_method(class, "__subclasses__", &[])?;
    if subclasses.payload::<List>().is_none() {
        return Err(th.type_error("__subclasses__() must return a list"));
    }
    for known in th.collect(&subclasses)? {
        if th.object_issubclass(subclass, &known)? {
            add(th, &d.cache, subclass)?;
            return Ok(true);
        }
    }
    add(th, &d.negative, subclass)?;
    Ok(false)
}

fn reset_registry(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let d = data(th, &args[0])?;
    drop(payload_of(th, &d)?.registry.with(th, std::mem::take));
    Ok(Value::NONE)
}

fn reset_caches(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let d = data(th, &args[0])?;
    let d = payload_of(th, &d)?;
    drop(d.cache.with(th, std::mem::take));
    drop(d.negative.with(th, std::mem::take));
    Ok(Value::NONE)
}

fn get_dump(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let d = data(th, &args[0])?;
    let d = payload_of(th, &d)?;
    let set_of = |cell: &ObjCell<WeakClasses>| -> PyResult<Value> {
        let refs: Vec<Value> = cell.with(th, |s| s.values().cloned().collect());
        th.call(&th.types().set.value(), &[th.list(refs)])
    };
    let version = i64::try_from(d.version.load(Ordering::Acquire)).unwrap_or(i64::MAX);
    Ok(th.tuple(vec![set_of(&d.registry)?, set_of(&d.cache)?, set_of(&d.negative)?, th.int(version)]))
}
