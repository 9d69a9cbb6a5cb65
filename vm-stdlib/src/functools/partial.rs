//! `partial`, and the `Placeholder` for positional arguments that are still to come.
use vm_runtime::prelude::*;
use vm_runtime::types::dict::Dict;
use vm_runtime::types::subscript::class_getitem;
use vm_runtime::types::tuple::Tuple;

/// Payload of `_PlaceholderType`.
pub struct Placeholder;

payload!(Placeholder, "_PlaceholderType");

/// `functools._PlaceholderType`.
pub static PLACEHOLDER: TypeSpec = TypeSpec {
    name: "functools._PlaceholderType",
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    slots: &[Slot::NewRaw(placeholder_new), Slot::Repr(placeholder_repr)],
    methods: &[m("__reduce__", "()", placeholder_reduce, "")],
    ..TypeSpec::of::<Placeholder>()
};

/// The placeholder, one for the VM.
pub fn placeholder(th: &Thread) -> Value {
    th.vm_state_or("functools.Placeholder", || th.new_object(th.type_for::<Placeholder>(), Placeholder))
}

fn placeholder_new(th: &Thread, _cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.is_empty() {
        return Err(th.type_error("PlaceholderType takes no arguments"));
    }
    Ok(placeholder(th))
}

fn placeholder_repr(th: &Thread, _v: &Value) -> PyResult<Value> {
    Ok(th.str("Placeholder"))
}

fn placeholder_reduce(th: &Thread, _v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.str("Placeholder"))
}

fn is_placeholder(v: &Value) -> bool {
    v.payload::<Placeholder>().is_some()
}

/// Payload of `partial`. The parts only change by `__setstate__`.
pub struct Partial {
    function: AtomicValue,
    /// A tuple.
    args: AtomicValue,
    /// A dict.
    keywords: AtomicValue,
}

payload!(Partial, "partial", traverse = Partial::traverse, clear = Partial::clear);

/// `functools.partial`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "functools.partial",
    doc: "Create a new function with partial application of the given arguments\nand keywords.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    new_sig: "(func, /, *args, **keywords)",
    slots: &[Slot::NewRaw(new), Slot::Repr(repr), Slot::Call(call), Slot::DescrGet(get)],
    methods: &[
        m("__reduce__", "()", reduce, ""),
        m("__setstate__", "(object, /)", setstate, ""),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "partial is generic over the wrapped function's return type",
        ),
    ],
    getset: &[
        mb(
            "func",
            |th, v| Ok(this(th, v)?.function.get(th)),
            None,
            "function object to use in future partial calls",
        ),
        mb("args", |th, v| Ok(this(th, v)?.args.get(th)), None, "tuple of arguments to future partial calls"),
        mb(
            "keywords",
            |th, v| Ok(this(th, v)?.keywords.get(th)),
            None,
            "dictionary of keyword arguments to future partial calls",
        ),
    ],
    ..TypeSpec::of::<Partial>()
};

impl Partial {
    fn traverse(&self, visit: Visitor<'_>) {
        self.function.traverse(visit);
        self.args.traverse(visit);
        self.keywords.traverse(visit);
    }

    fn clear(&self) {
        drop((self.function.take(), self.args.take(), self.keywords.take()));
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Partial> {
    th.expect::<Partial>(v, "functools.partial")
}

fn items(v: &Value) -> &[Value] {
    v.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default()
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some((function, rest)) = args.positional().split_first() else {
        return Err(th.type_error("type 'partial' takes at least one argument"));
    };
    if !th.is_callable(function) {
        return Err(th.type_error("the first argument must be callable"));
    }
    if rest.last().is_some_and(is_placeholder) {
        return Err(th.type_error("trailing Placeholders are not allowed"));
    }
    if args.keywords().any(|(_, value)| is_placeholder(value)) {
        return Err(th.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    let mut function = function.clone();
    let mut all: Vec<Value> = Vec::new();
    let keywords = Dict::new();
    // A partial of a partial without attributes of its own is one partial.
    let inner = function.clone();
    let flat = match inner.payload::<Partial>() {
        Some(inner_partial) if own_dict_is_empty(th, &inner)? => Some(inner_partial),
        _ => None,
    };
    match flat {
        Some(part) => {
            function = part.function.get(th);
            let before = part.args.get(th);
            let mut given = rest.iter();
            for old in items(&before) {
                all.push(if is_placeholder(old) {
                    given.next().cloned().unwrap_or_else(|| old.clone())
                } else {
                    old.clone()
                });
            }
            all.extend(given.cloned());
            // What is still missing at the end is no longer asked for by position.
            if let Some(dict) = part.keywords.get(th).payload::<Dict>() {
                keywords.merge_dict(th, dict, vm_runtime::types::dict::update::Merge::Override)?;
            }
        }
        None => all.extend_from_slice(rest),
    }
    for (name, value) in args.keywords() {
        keywords.set(th, name, value)?;
    }
    let partial = Partial {
        function: AtomicValue::new(function),
        args: AtomicValue::new(th.tuple(all)),
        keywords: AtomicValue::new(keywords.into_value(th)),
    };
    Ok(th.new_object(cls, partial))
}

fn own_dict_is_empty(th: &Thread, v: &Value) -> PyResult<bool> {
    let call = |ty: TypeRef| ty.slots.call().map(|f| f as usize);
    if call(v.type_of(th)) != call(th.type_for::<Partial>()) {
        return Ok(false);
    }
    Ok(th.instance_dict(v)?.is_none_or(|dict| dict.payload::<Dict>().is_none_or(Dict::is_empty)))
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let part = this(th, v)?;
    let (function, before, keywords) = (part.function.get(th), part.args.get(th), part.keywords.get(th));
    let before = items(&before);
    let given = args.positional();
    let wanted = before.iter().filter(|v| is_placeholder(v)).count();
    if given.len() < wanted {
        return Err(th.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {wanted}, got {}",
            given.len()
        )));
    }
    let mut all: Vec<Value> = Vec::with_capacity(before.len() + args.args.len());
    let mut rest = given.iter();
    for old in before {
        match if is_placeholder(old) { rest.next() } else { None } {
            Some(value) => all.push(value.clone()),
            None => all.push(old.clone()),
        }
    }
    all.extend(rest.cloned());
    let Some(stored) = keywords.payload::<Dict>().filter(|dict| !dict.is_empty()) else {
        all.extend(args.args[given.len()..].iter().cloned());
        return th.call_args(&function, &CallArgs { args: &all, names: args.names });
    };
    // The call's keywords override the stored ones, which keep their place.
    let merged = stored.copy(th);
    for (name, value) in args.keywords() {
        merged.set(th, name, value)?;
    }
    let mut names = Vec::with_capacity(merged.len());
    for (name, value) in merged.items(th) {
        if name.as_str().is_none() {
            return Err(th.type_error("keywords must be strings"));
        }
        names.push(name);
        all.push(value);
    }
    th.call_args(&function, &CallArgs { args: &all, names: &names })
}

fn get(th: &Thread, v: &Value, object: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match object {
        Some(object) if !object.is_none() => th.bound_method(v, object),
        _ => Ok(v.clone()),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let part = this(th, v)?;
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("...")) };
    let ty = v.type_of(th);
    let module = th.getattr_str(&ty.value(), "__module__")?;
    let name = th.getattr_str(&ty.value(), "__qualname__")?;
    let mut out = th.str_string(&module)?;
    out.push_str(".");
    out.push_wtf8(&th.str_string(&name)?);
    out.push_str("(");
    // As of now: the representations run Python, which may set the partial's state.
    let (function, args, keywords) = (part.function.get(th), part.args.get(th), part.keywords.get(th));
    out.push_wtf8(&th.repr_string(&function)?);
    for arg in items(&args) {
        out.push_str(", ");
        out.push_wtf8(&th.repr_string(arg)?);
    }
    if let Some(dict) = keywords.payload::<Dict>() {
        for (key, value) in dict.items(th) {
            out.push_str(", ");
            out.push_wtf8(&th.str_string(&key)?);
            out.push_str("=");
            out.push_wtf8(&th.repr_string(&value)?);
        }
    }
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let part = this(th, v)?;
    let function = part.function.get(th);
    let dict = th.instance_dict(v)?.filter(|d| d.payload::<Dict>().is_some_and(|d| !d.is_empty()));
    let state = th.tuple(vec![
        function.clone(),
        part.args.get(th),
        part.keywords.get(th),
        dict.unwrap_or(Value::NONE),
    ]);
    Ok(th.tuple(vec![v.type_of(th).value(), th.tuple(vec![function]), state]))
}

fn setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let part = this(th, v)?;
    let state = args.first().map(items).unwrap_or_default();
    let [function, positional, keywords, dict] = state else {
        return Err(th.type_error("invalid partial state"));
    };
    let good = th.is_callable(function)
        && positional.payload::<Tuple>().is_some()
        && (keywords.is_none() || keywords.payload::<Dict>().is_some());
    if !good {
        return Err(th.type_error("invalid partial state"));
    }
    if items(positional).last().is_some_and(is_placeholder) {
        return Err(th.type_error("trailing Placeholders are not allowed"));
    }
    let positional = if th.is_exact(positional, th.types().tuple) {
        positional.clone()
    } else {
        th.tuple_of(items(positional))
    };
    let keywords = match keywords.payload::<Dict>() {
        None => th.dict(),
        Some(_) if th.is_exact(keywords, th.types().dict) => keywords.clone(),
        Some(dict) => dict.copy(th).into_value(th),
    };
    part.function.set(th, function.clone());
    part.args.set(th, positional);
    part.keywords.set(th, keywords);
    match (dict.is_none(), th.instance_dict(v)?) {
        (true, Some(own)) => {
            if let Some(own) = own.payload::<Dict>() {
                own.clear(th);
            }
        }
        (false, Some(_)) => th.set_instance_dict(v, dict)?,
        _ => {}
    }
    Ok(Value::NONE)
}
