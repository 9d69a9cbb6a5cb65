//! Bound methods.
use crate::prelude::*;

/// The payload of `method` objects.
pub struct Method {
    /// `__func__`.
    pub func: Value,
    /// `__self__`.
    pub this: Value,
}

payload!(Method, "method", traverse = Method::traverse);

impl Method {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.func);
        visit(&self.this);
    }
}

impl Thread {
    /// `func` bound to `this`.
    pub fn bound_method(&self, func: &Value, this: &Value) -> PyResult<Value> {
        self.make_object(self.types().method, Method { func: func.clone(), this: this.clone() })
    }
}

/// `method`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "method",
    doc: "Create a bound instance method object.",
    flags: WEAKREFS,
    new_sig: "(function, instance, /)",
    slots: &[
        Slot::New(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::Call(call),
        Slot::GetAttr(getattr),
        Slot::RichCompare(compare),
        Slot::DescrGet(descr_get),
    ],
    methods: &[m("__reduce__", "()", reduce, "")],
    getset: &[
        mb(
            "__func__",
            |th, v| Ok(get(th, v)?.func.clone()),
            None,
            "the function (or other callable) implementing a method",
        ),
        mb("__self__", |th, v| Ok(get(th, v)?.this.clone()), None, "the instance to which a method is bound"),
        gs("__doc__", |th, v| th.getattr_str(&get(th, v)?.func, "__doc__"), None, ""),
    ],
    ..TypeSpec::of::<Method>()
};

fn get<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Method> {
    th.expect::<Method>(v, "method")
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    if !th.is_callable(&args[0]) {
        return Err(th.type_error("first argument must be callable"));
    }
    if args[1].is_none() {
        return Err(th.type_error("instance must not be None"));
    }
    th.make_object(cls, Method { func: args[0].clone(), this: args[1].clone() })
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let method = get(th, v)?;
    let mut all = Vec::with_capacity(args.args.len() + 1);
    all.push(method.this.clone());
    all.extend(args.args.iter().cloned());
    th.call_args(&method.func, &CallArgs { args: &all, names: args.names })
}

fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let name = th.intern_value(name)?;
    if let Some(descr) = v.type_of(th).lookup(th, &name) {
        return match descr.type_of(th).slots.descr_get() {
            Some(get) => get(th, &descr, Some(v), Some(&v.type_of(th).value())),
            None => Ok(descr),
        };
    }
    th.getattr(&get(th, v)?.func, &name)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Method>(), b.payload::<Method>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let equal = match op {
        CompareOp::Eq | CompareOp::Ne => x.this.is(&y.this) && th.eq(&x.func, &y.func)?,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let method = get(th, v)?;
    let x = th.identity_hash(&method.this);
    let y = th.hash(&method.func)?;
    Ok(match x ^ y {
        -1 => -2,
        h => h,
    })
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let method = get(th, v)?;
    let mut name = th.get_attr_str_opt(&method.func, "__qualname__")?;
    if name.is_none() {
        name = th.get_attr_str_opt(&method.func, "__name__")?;
    }
    let mut out = Wtf8Buf::from("<bound method ");
    match name.as_ref().and_then(|n| n.as_str()) {
        Some(s) => out.push_wtf8(s.as_wtf8()),
        None => out.push_str("?"),
    }
    out.push_str(" of ");
    out.push_wtf8(&th.repr_string(&method.this)?);
    out.push_str(">");
    Ok(th.str_wtf8(out))
}

fn descr_get(_: &Thread, v: &Value, _: Option<&Value>, _: Option<&Value>) -> PyResult<Value> {
    Ok(v.clone())
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let method = get(th, v)?;
    let name = th.getattr_str(&method.func, "__name__")?;
    let getattr = th.builtin("getattr");
    let args = th.tuple(vec![method.this.clone(), name]);
    Ok(th.tuple(vec![getattr, args]))
}
