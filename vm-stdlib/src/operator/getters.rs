//! `attrgetter`, `itemgetter`, `methodcaller`.
use vm_runtime::prelude::*;
use vm_runtime::types::subscript::only_positional;

/// Payload of `attrgetter`: each attribute as the names between its dots.
pub struct AttrGetter {
    paths: Vec<Vec<Value>>,
    given: Vec<Value>,
}

payload!(AttrGetter, "attrgetter", traverse = AttrGetter::traverse);

/// How an instance is called.
const CALL_SIGNATURE: &[GetSetDef] = &[gs("__text_signature__", |th, _| Ok(th.str("(obj, /)")), None, "")];

/// `operator.attrgetter`.
pub static ATTRGETTER: TypeSpec = TypeSpec {
    name: "operator.attrgetter",
    doc: "Return a callable object that fetches the given attribute(s) from its operand.\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    new_sig: "(attr, /, *attrs)",
    slots: &[Slot::NewRaw(attr_new), Slot::Repr(attr_repr), Slot::Call(attr_call)],
    methods: &[m("__reduce__", "()", attr_reduce, "Return state information for pickling")],
    getset: CALL_SIGNATURE,
    ..TypeSpec::of::<AttrGetter>()
};

impl AttrGetter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.given.iter().for_each(visit);
    }
}

fn attr_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.names.is_empty() {
        return Err(th.type_error("attrgetter() takes no keyword arguments"));
    }
    let given = args.positional().to_vec();
    if given.is_empty() {
        return Err(th.type_error("attrgetter expected 1 argument, got 0"));
    }
    let mut paths = Vec::with_capacity(given.len());
    for name in &given {
        let Some(text) = name.as_str() else { return Err(th.type_error("attribute name must be a string")) };
        match text.to_str() {
            Some(text) => paths.push(text.split('.').map(|part| th.intern(part)).collect()),
            None => paths.push(vec![th.intern_value(name)?]),
        }
    }
    Ok(th.new_object(cls, AttrGetter { paths, given }))
}

fn attr_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let this = th.expect::<AttrGetter>(v, "attrgetter")?;
    let [object] = only_positional(th, "attrgetter", args, 1..=1, false)? else {
        return Err(th.system_error("bad native call"));
    };
    let one = |path: &Vec<Value>| path.iter().try_fold(object.clone(), |at, name| th.getattr(&at, name));
    match this.paths.as_slice() {
        [path] => one(path),
        paths => Ok(th.tuple(paths.iter().map(one).collect::<PyResult<Vec<Value>>>()?)),
    }
}

fn call_repr(th: &Thread, v: &Value, parts: &[Value], keywords: &[(Value, Value)]) -> PyResult<Value> {
    let Some(_guard) = th.repr_enter(v) else {
        return Ok(th.str(&format!("{}(...)", v.type_of(th).full_name())));
    };
    let mut out = Wtf8Buf::from_string(format!("{}(", v.type_of(th).full_name()));
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&th.repr_string(part)?);
    }
    for (name, value) in keywords {
        out.push_str(", ");
        out.push_wtf8(&th.str_string(name)?);
        out.push_str("=");
        out.push_wtf8(&th.repr_string(value)?);
    }
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn attr_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    call_repr(th, v, &th.expect::<AttrGetter>(v, "attrgetter")?.given, &[])
}

fn attr_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<AttrGetter>(v, "attrgetter")?;
    Ok(th.pair(v.type_of(th).value(), th.tuple_of(&this.given)))
}

/// Payload of `itemgetter`.
pub struct ItemGetter {
    keys: Vec<Value>,
}

payload!(ItemGetter, "itemgetter", traverse = ItemGetter::traverse);

/// `operator.itemgetter`.
pub static ITEMGETTER: TypeSpec = TypeSpec {
    name: "operator.itemgetter",
    doc: "Return a callable object that fetches the given item(s) from its operand.\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    new_sig: "(item, /, *items)",
    slots: &[Slot::NewRaw(item_new), Slot::Repr(item_repr), Slot::Call(item_call)],
    methods: &[m("__reduce__", "()", item_reduce, "Return state information for pickling")],
    getset: CALL_SIGNATURE,
    ..TypeSpec::of::<ItemGetter>()
};

impl ItemGetter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.keys.iter().for_each(visit);
    }
}

fn item_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.names.is_empty() {
        return Err(th.type_error("itemgetter() takes no keyword arguments"));
    }
    let keys = args.positional().to_vec();
    if keys.is_empty() {
        return Err(th.type_error("itemgetter expected 1 argument, got 0"));
    }
    Ok(th.new_object(cls, ItemGetter { keys }))
}

fn item_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let this = th.expect::<ItemGetter>(v, "itemgetter")?;
    let [object] = only_positional(th, "itemgetter", args, 1..=1, false)? else {
        return Err(th.system_error("bad native call"));
    };
    match this.keys.as_slice() {
        [key] => th.getitem(object, key),
        keys => {
            let items = keys.iter().map(|key| th.getitem(object, key)).collect::<PyResult<Vec<Value>>>()?;
            Ok(th.tuple(items))
        }
    }
}

fn item_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    call_repr(th, v, &th.expect::<ItemGetter>(v, "itemgetter")?.keys, &[])
}

fn item_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<ItemGetter>(v, "itemgetter")?;
    Ok(th.pair(v.type_of(th).value(), th.tuple_of(&this.keys)))
}

/// Payload of `methodcaller`.
pub struct MethodCaller {
    name: Value,
    args: Vec<Value>,
    keywords: Vec<(Value, Value)>,
}

payload!(MethodCaller, "methodcaller", traverse = MethodCaller::traverse);

/// `operator.methodcaller`.
pub static METHODCALLER: TypeSpec = TypeSpec {
    name: "operator.methodcaller",
    doc: "Return a callable object that calls the given method on its operand.\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    new_sig: "(name, /, *args, **kwargs)",
    slots: &[Slot::NewRaw(method_new), Slot::Repr(method_repr), Slot::Call(method_call)],
    methods: &[m("__reduce__", "()", method_reduce, "Return state information for pickling")],
    getset: CALL_SIGNATURE,
    ..TypeSpec::of::<MethodCaller>()
};

impl MethodCaller {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        self.args.iter().for_each(&mut *visit);
        self.keywords.iter().for_each(|(_, value)| visit(value));
    }
}

fn method_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some((name, rest)) = args.positional().split_first() else {
        return Err(th.type_error("methodcaller needs at least one argument, the method name"));
    };
    if name.as_str().is_none() {
        return Err(th.type_error("method name must be a string"));
    }
    let this = MethodCaller {
        name: th.intern_value(name)?,
        args: rest.to_vec(),
        keywords: args.keywords().map(|(name, value)| (name.clone(), value.clone())).collect(),
    };
    Ok(th.new_object(cls, this))
}

fn method_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let this = th.expect::<MethodCaller>(v, "methodcaller")?;
    let [object] = only_positional(th, "methodcaller", args, 1..=1, false)? else {
        return Err(th.system_error("bad native call"));
    };
    let method = th.getattr(object, &this.name)?;
    let mut all = this.args.clone();
    let mut names = Vec::with_capacity(this.keywords.len());
    for (name, value) in &this.keywords {
        names.push(name.clone());
        all.push(value.clone());
    }
    th.call_args(&method, &CallArgs { args: &all, names: &names })
}

fn method_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<MethodCaller>(v, "methodcaller")?;
    let mut parts = vec![this.name.clone()];
    parts.extend_from_slice(&this.args);
    call_repr(th, v, &parts, &this.keywords)
}

fn method_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let this = th.expect::<MethodCaller>(v, "methodcaller")?;
    let cls = v.type_of(th).value();
    if this.keywords.is_empty() {
        let mut parts = vec![this.name.clone()];
        parts.extend_from_slice(&this.args);
        return Ok(th.pair(cls, th.tuple(parts)));
    }
    let functools = th.import("functools")?;
    let partial = th.getattr_str(&functools, "partial")?;
    let mut all = vec![cls, this.name.clone()];
    let mut names = Vec::with_capacity(this.keywords.len());
    for (name, value) in &this.keywords {
        names.push(name.clone());
        all.push(value.clone());
    }
    let partial = th.call_args(&partial, &CallArgs { args: &all, names: &names })?;
    Ok(th.pair(partial, th.tuple_of(&this.args)))
}
