//! `property`.
use crate::prelude::*;
use crate::types::classmethod::is_abstract_callable;
use std::sync::atomic::{AtomicBool, Ordering};

/// The payload of `property` objects. UNBOUND: not set.
pub struct Property {
    /// `fget`.
    pub get: AtomicValue,
    /// `fset`.
    pub set: AtomicValue,
    /// `fdel`.
    pub del: AtomicValue,
    doc: AtomicValue,
    name: AtomicValue,
    /// Whether the docstring is the getter's.
    getter_doc: AtomicBool,
}

payload!(Property, "property", traverse = Property::traverse, clear = Property::clear);

impl Property {
    fn empty() -> Property {
        Property {
            get: AtomicValue::empty(),
            set: AtomicValue::empty(),
            del: AtomicValue::empty(),
            doc: AtomicValue::empty(),
            name: AtomicValue::empty(),
            getter_doc: AtomicBool::new(false),
        }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        for slot in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            slot.traverse(&mut *visit);
        }
    }

    fn clear(&self) {
        for slot in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            drop(slot.take());
        }
    }
}

/// `property`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "property",
    doc: "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring",
    flags: BASETYPE,
    new_sig: "(fget=None, fset=None, fdel=None, doc=None)",
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, Property::empty())),
        Slot::Init(init),
        Slot::DescrGet(descr_get),
        Slot::DescrSet(descr_set),
    ],
    methods: &[
        m(
            "getter",
            "(object, /)",
            getter,
            "Descriptor to obtain a copy of the property with a different getter.",
        ),
        m(
            "setter",
            "(object, /)",
            setter,
            "Descriptor to obtain a copy of the property with a different setter.",
        ),
        m(
            "deleter",
            "(object, /)",
            deleter,
            "Descriptor to obtain a copy of the property with a different deleter.",
        ),
        m("__set_name__", "(*args, **kwargs)", set_name, "Method to set name of a property."),
    ],
    getset: &[
        mb("fget", |th, v| Ok(or_none(this(th, v)?.get.get(th))), None, ""),
        mb("fset", |th, v| Ok(or_none(this(th, v)?.set.get(th))), None, ""),
        mb("fdel", |th, v| Ok(or_none(this(th, v)?.del.get(th))), None, ""),
        gs("__doc__", |th, v| Ok(or_none(this(th, v)?.doc.get(th))), Some(set_doc), ""),
        gs("__name__", get_name, Some(write_name), ""),
        gs("__isabstractmethod__", is_abstract, None, ""),
    ],
    ..TypeSpec::of::<Property>()
};

/// The getter of a plain property, if `v` is one that has one.
pub fn getter_of(th: &Thread, v: &Value) -> Option<Value> {
    if !th.is_exact(v, th.types().property) {
        return None;
    }
    v.payload::<Property>().map(|p| p.get.get(th)).filter(|f| !f.is_unbound())
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Property> {
    th.expect::<Property>(v, "property")
}

fn or_none(v: Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v }
}

fn given(v: &Value) -> Value {
    if v.is_none() { Value::UNBOUND } else { v.clone() }
}

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    let [get, set, del, doc] = args else { return Ok(()) };
    let p = this(th, v)?;
    p.get.set(th, given(get));
    p.set.set(th, given(set));
    p.del.set(th, given(del));
    p.doc.set(th, Value::UNBOUND);
    p.name.set(th, Value::UNBOUND);
    // Relaxed: only initialisation and copying look.
    p.getter_doc.store(false, Ordering::Relaxed);
    let mut doc = given(doc);
    if doc.is_unbound()
        && !p.get.is_empty()
        && let Some(found) = th.get_attr_opt(get, &th.names().__doc__)?.filter(|d| !d.is_none())
    {
        p.getter_doc.store(true, Ordering::Relaxed);
        doc = found;
    }
    if th.is_exact(v, th.types().property) {
        p.doc.set(th, doc);
        return Ok(());
    }
    // A subclass has its own `__doc__`, the class's, which the instance's attribute overrides.
    let value = or_none(doc.clone());
    match th.setattr(v, &th.names().__doc__, &value) {
        Err(_) if th.error_is(th.types().exc.attribute_error) => {
            if p.getter_doc.load(Ordering::Relaxed) || doc.is_unbound() {
                th.clear_error();
                return Ok(());
            }
            Err(th.restore_error(th.take_error()))
        }
        r => r,
    }
}

fn fail(th: &Thread, p: &Property, obj: &Value, what: &str) -> PyResult<Raised> {
    let owner = th.repr_text(&th.getattr_str(&obj.type_of(th).value(), "__qualname__")?)?;
    let name = property_name(th, p)?;
    let msg = match name {
        Some(name) => format!("property {} of {owner} object has no {what}", th.repr_text(&name)?),
        None => format!("property of {owner} object has no {what}"),
    };
    Ok(th.attribute_error(msg))
}

fn property_name(th: &Thread, p: &Property) -> PyResult<Option<Value>> {
    let name = p.name.get(th);
    if !name.is_unbound() {
        return Ok(Some(name));
    }
    let get = p.get.get(th);
    if get.is_unbound() {
        return Ok(None);
    }
    th.get_attr_opt(&get, &th.names().__name__)
}

fn descr_get(th: &Thread, v: &Value, obj: Option<&Value>, _: Option<&Value>) -> PyResult<Value> {
    let Some(obj) = obj.filter(|o| !o.is_none()) else { return Ok(v.clone()) };
    let p = this(th, v)?;
    let get = p.get.get(th);
    if get.is_unbound() {
        return Err(fail(th, p, obj, "getter")?);
    }
    th.call(&get, std::slice::from_ref(obj))
}

fn descr_set(th: &Thread, v: &Value, obj: &Value, value: Option<&Value>) -> PyResult<()> {
    let p = this(th, v)?;
    let f = if value.is_some() { p.set.get(th) } else { p.del.get(th) };
    if f.is_unbound() {
        return Err(fail(th, p, obj, if value.is_some() { "setter" } else { "deleter" })?);
    }
    match value {
        Some(value) => th.call(&f, &[obj.clone(), value.clone()])?,
        None => th.call(&f, std::slice::from_ref(obj))?,
    };
    Ok(())
}

fn copy(
    th: &Thread,
    v: &Value,
    get: Option<&Value>,
    set: Option<&Value>,
    del: Option<&Value>,
) -> PyResult<Value> {
    let p = this(th, v)?;
    let pick = |new: Option<&Value>, old: &AtomicValue| match new.filter(|n| !n.is_none()) {
        Some(new) => new.clone(),
        None => or_none(old.get(th)),
    };
    let get = pick(get, &p.get);
    let doc = if p.getter_doc.load(Ordering::Relaxed) && !get.is_none() {
        Value::NONE
    } else {
        or_none(p.doc.get(th))
    };
    let args = [get, pick(set, &p.set), pick(del, &p.del), doc];
    let new = th.call(&v.type_of(th).value(), &args)?;
    if let Some(n) = new.payload::<Property>() {
        n.name.set(th, p.name.get(th));
    }
    Ok(new)
}

fn getter(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    copy(th, v, Some(&args[0]), None, None)
}

fn setter(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    copy(th, v, None, Some(&args[0]), None)
}

fn deleter(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    copy(th, v, None, None, Some(&args[0]))
}

fn set_name(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, args) = crate::builtins::split_keywords(args);
    let [_, name] = args else {
        return Err(th.type_error(format!(
            "__set_name__() takes 2 positional arguments but {} were given",
            args.len()
        )));
    };
    this(th, v)?.name.set(th, name.clone());
    Ok(Value::NONE)
}

fn get_name(th: &Thread, v: &Value) -> PyResult<Value> {
    match property_name(th, this(th, v)?)? {
        Some(name) => Ok(name),
        None => Err(th.attribute_error("'property' object has no attribute '__name__'")),
    }
}

fn write_name(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    this(th, v)?.name.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    Ok(())
}

fn set_doc(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    this(th, v)?.doc.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    Ok(())
}

fn is_abstract(th: &Thread, v: &Value) -> PyResult<Value> {
    let p = this(th, v)?;
    for slot in [&p.get, &p.set, &p.del] {
        if is_abstract_callable(th, &slot.get(th))? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}
