//! `types.SimpleNamespace`.
use crate::prelude::*;

/// The payload of SimpleNamespace objects; the attributes are in the instance's dict.
pub struct SimpleNamespace;

payload!(SimpleNamespace, "types.SimpleNamespace");

impl Thread {
    /// A namespace with these attributes.
    pub fn simple_namespace(&self, items: &[(&str, Value)]) -> PyResult<Value> {
        let v = self.make_object(self.type_for::<SimpleNamespace>(), SimpleNamespace)?;
        for (name, value) in items {
            self.setattr_str(&v, name, value)?;
        }
        Ok(v)
    }
}

/// `types.SimpleNamespace`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "types.SimpleNamespace",
    doc: "A simple attribute-based namespace.",
    flags: BASETYPE | HAS_DICT,
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, SimpleNamespace)),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::RichCompare(compare),
        Slot::NotHashable,
    ],
    methods: &[
        m("__reduce__", "()", reduce, "Return state information for pickling"),
        m(
            "__replace__",
            "(**changes)",
            replace,
            "Return a copy of the namespace object with new values for the specified attributes.",
        ),
    ],
    getset: &[mb("__dict__", dict, None, "")],
    ..TypeSpec::of::<SimpleNamespace>()
};

fn dict(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.instance_dict(v)?.unwrap_or(Value::NONE))
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let given = args.positional();
    if given.len() > 1 {
        let name = v.type_of(th).name();
        return Err(th.type_error(format!("{name} expected at most 1 argument, got {}", given.len())));
    }
    let own = dict(th, v)?;
    let Some(own) = own.payload::<Dict>() else { return Ok(()) };
    if let Some(arg) = given.first() {
        let items = th.call(&th.types().dict.value(), std::slice::from_ref(arg))?;
        let items = items.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default();
        for (key, _) in &items {
            if key.as_str().is_none() {
                return Err(th.type_error("keywords must be strings"));
            }
        }
        for (key, value) in items {
            own.set(th, &key, value)?;
        }
    }
    for (name, value) in args.keywords() {
        own.set(th, name, value.clone())?;
    }
    Ok(())
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let name = if th.is_exact(v, th.type_for::<SimpleNamespace>()) {
        "namespace".to_owned()
    } else {
        v.type_of(th).name()
    };
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str(&format!("{name}(...)"))) };
    let mut out = Wtf8Buf::from(name.as_str());
    out.push_str("(");
    let mut first = true;
    for (key, value) in dict(th, v)?.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default() {
        let Some(key) = key.as_str().filter(|k| k.byte_len() > 0) else { continue };
        if !first {
            out.push_str(", ");
        }
        first = false;
        out.push_wtf8(key.as_wtf8());
        out.push_str("=");
        out.push_wtf8(&th.repr_string(&value)?);
    }
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if a.payload::<SimpleNamespace>().is_none() || b.payload::<SimpleNamespace>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    th.compare(&dict(th, a)?, &dict(th, b)?, op)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![v.type_of(th).value(), th.tuple(Vec::new()), dict(th, v)?]))
}

fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let ty = v.type_of(th);
    let new = th.call(&ty.value(), &[])?;
    if new.payload::<SimpleNamespace>().is_none() {
        return Err(th.type_error(format!(
            "expect types.SimpleNamespace type, but {}() returned '{}' object",
            th.str_text(&th.getattr(&ty.value(), &th.names().__module__)?)? + "." + &ty.name(),
            new.type_of(th).full_name()
        )));
    }
    let own = dict(th, &new)?;
    if let Some(own) = own.payload::<Dict>() {
        for source in [dict(th, v)?, args.first().cloned().unwrap_or(Value::NONE)] {
            for (key, value) in source.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default() {
                own.set(th, &key, value)?;
            }
        }
    }
    Ok(new)
}
