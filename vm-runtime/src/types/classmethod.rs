//! `classmethod` and `staticmethod`.
use crate::prelude::*;

/// The payload of `classmethod` objects.
pub struct ClassMethod {
    callable: AtomicValue,
}

/// The payload of `staticmethod` objects.
pub struct StaticMethod {
    callable: AtomicValue,
}

payload!(
    ClassMethod,
    "classmethod",
    traverse = |s: &ClassMethod, v: Visitor<'_>| s.callable.traverse(v),
    clear = |s: &ClassMethod| drop(s.callable.take())
);
payload!(
    StaticMethod,
    "staticmethod",
    traverse = |s: &StaticMethod, v: Visitor<'_>| s.callable.traverse(v),
    clear = |s: &StaticMethod| drop(s.callable.take())
);

/// A classmethod of a callable.
#[must_use]
pub fn wrap(th: &Thread, f: Value) -> Value {
    th.new_object(th.types().classmethod, ClassMethod { callable: AtomicValue::new(f) })
}

impl StaticMethod {
    /// A payload that wraps a callable.
    #[must_use]
    pub fn of(f: Value) -> StaticMethod {
        StaticMethod { callable: AtomicValue::new(f) }
    }

    /// What is wrapped; UNBOUND before `__init__`.
    #[must_use]
    pub fn callable(&self) -> Value {
        self.callable.load()
    }
}

impl Thread {
    /// A classmethod of a callable.
    pub fn new_classmethod(&self, callable: &Value) -> PyResult<Value> {
        self.make_object(
            self.types().classmethod,
            ClassMethod { callable: AtomicValue::new(callable.clone()) },
        )
    }

    /// A staticmethod of a callable.
    pub fn new_staticmethod(&self, callable: &Value) -> PyResult<Value> {
        self.make_object(
            self.types().staticmethod,
            StaticMethod { callable: AtomicValue::new(callable.clone()) },
        )
    }
}

/// `classmethod`.
pub static CLASSMETHOD: TypeSpec = TypeSpec {
    name: "classmethod",
    doc: "Convert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    new_sig: "(function, /)",
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, ClassMethod { callable: AtomicValue::empty() })),
        Slot::Init(init),
        Slot::Repr(repr),
        Slot::DescrGet(class_get),
    ],
    methods: &[cm("__class_getitem__", "(object, /)", class_getitem, "")],
    getset: GETSET,
    ..TypeSpec::of::<ClassMethod>()
};

/// `staticmethod`.
pub static STATICMETHOD: TypeSpec = TypeSpec {
    name: "staticmethod",
    doc: "Convert a function to be a static method.\n\nA static method does not receive an implicit first argument.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    new_sig: "(function, /)",
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, StaticMethod { callable: AtomicValue::empty() })),
        Slot::Init(init),
        Slot::Repr(repr),
        Slot::DescrGet(static_get),
        Slot::Call(static_call),
    ],
    methods: &[cm("__class_getitem__", "(object, /)", class_getitem, "")],
    getset: GETSET,
    ..TypeSpec::of::<StaticMethod>()
};

static GETSET: &[GetSetDef] = &[
    gs("__func__", callable_or_none, None, ""),
    gs("__wrapped__", callable_or_none, None, ""),
    gs("__isabstractmethod__", is_abstract, None, ""),
    gs("__annotations__", get_annotations, Some(set_annotations), ""),
    gs("__annotate__", get_annotate, Some(set_annotate), ""),
];

fn slot<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a AtomicValue> {
    if let Some(c) = v.payload::<ClassMethod>() {
        return Ok(&c.callable);
    }
    Ok(&th.expect::<StaticMethod>(v, "staticmethod")?.callable)
}

fn callable_or_none(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = slot(th, v)?.get(th);
    Ok(if f.is_unbound() { Value::NONE } else { f })
}

/// What is wrapped; RuntimeError if `__init__` did not run.
pub fn wrapped(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = slot(th, v)?.get(th);
    if f.is_unbound() {
        let kind = if v.payload::<ClassMethod>().is_some() { "classmethod" } else { "staticmethod" };
        return Err(th.runtime_error(format!("uninitialized {kind} object")));
    }
    Ok(f)
}

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    slot(th, v)?.set(th, args[0].clone());
    // As functools.wraps, but `__dict__`, and annotations on demand.
    for name in ["__module__", "__name__", "__qualname__", "__doc__"] {
        let name = th.intern(name);
        if let Some(value) = th.get_attr_opt(&args[0], &name)? {
            th.setattr(v, &name, &value)?;
        }
    }
    Ok(())
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let kind = if v.payload::<ClassMethod>().is_some() { "<classmethod(" } else { "<staticmethod(" };
    let mut out = Wtf8Buf::from(kind);
    out.push_wtf8(&th.repr_string(&callable_or_none(th, v)?)?);
    out.push_str(")>");
    Ok(th.str_wtf8(out))
}

fn class_get(th: &Thread, v: &Value, obj: Option<&Value>, ty: Option<&Value>) -> PyResult<Value> {
    let f = wrapped(th, v)?;
    match (ty, obj) {
        (Some(ty), _) => th.bound_method(&f, ty),
        (None, Some(obj)) => th.bound_method(&f, &obj.type_of(th).value()),
        (None, None) => Ok(f),
    }
}

fn static_get(th: &Thread, v: &Value, _: Option<&Value>, _: Option<&Value>) -> PyResult<Value> {
    wrapped(th, v)
}

fn static_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    th.call_args(&wrapped(th, v)?, args)
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    crate::types::generic_alias::new_alias(th, cls, &args[0])
}

/// `bool(f.__isabstractmethod__)`, false where there is no such attribute.
pub fn is_abstract_callable(th: &Thread, f: &Value) -> PyResult<bool> {
    if f.is_unbound() || f.is_none() {
        return Ok(false);
    }
    match th.get_attr_opt(f, &th.names().__isabstractmethod__)? {
        Some(flag) => th.truth(&flag),
        None => Ok(false),
    }
}

fn is_abstract(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(Value::bool(is_abstract_callable(th, &slot(th, v)?.get(th))?))
}

fn cached(th: &Thread, v: &Value, name: &str) -> PyResult<Value> {
    let Some(dict) = th.instance_dict(v)? else { return th.getattr_str(&wrapped(th, v)?, name) };
    let Some(d) = dict.payload::<Dict>() else { return th.getattr_str(&wrapped(th, v)?, name) };
    let key = th.intern(name);
    if let Some(value) = d.get(th, &key)? {
        return Ok(value);
    }
    let value = th.getattr(&wrapped(th, v)?, &key)?;
    d.set(th, &key, value.clone())?;
    Ok(value)
}

fn set_cached(th: &Thread, v: &Value, name: &str, new: Option<&Value>) -> PyResult<()> {
    let key = th.intern(name);
    let dict = th.instance_dict(v)?;
    let Some(d) = dict.as_ref().and_then(|d| d.payload::<Dict>()) else {
        return Err(th.attribute_error(name));
    };
    match new {
        Some(new) => d.set(th, &key, new.clone()),
        None => {
            if d.del(th, &key)? {
                return Ok(());
            }
            Err(th.attribute_error(name))
        }
    }
}

fn get_annotations(th: &Thread, v: &Value) -> PyResult<Value> {
    cached(th, v, "__annotations__")
}

fn set_annotations(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    set_cached(th, v, "__annotations__", new)
}

fn get_annotate(th: &Thread, v: &Value) -> PyResult<Value> {
    cached(th, v, "__annotate__")
}

fn set_annotate(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    set_cached(th, v, "__annotate__", new)
}
