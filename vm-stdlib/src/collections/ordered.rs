//! `OrderedDict`: a dict whose keys can be moved. Dicts keep their order already, so only the moving, the comparison and the
//! behaviour towards subclasses is its own.
use super::ordered_views;
use vm_runtime::prelude::*;
use vm_runtime::types::dict::Dict;
use vm_runtime::types::dict::iter::Kind;
use vm_runtime::types::dict::key::hash_key;
use vm_runtime::types::make::native_type;

/// `OrderedDict`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.OrderedDict",
    doc: "Dictionary that remembers insertion order",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    slots: &[
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::Iter(|th, v| ordered_views::iterate(th, v, Kind::Keys, false)),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Inplace(BinaryOp::Or, ior),
    ],
    methods: &[
        cm(
            "fromkeys",
            "(iterable, value=None)",
            fromkeys,
            "Create a new ordered dictionary with keys from iterable and values set to value.",
        ),
        m("__reduce__", "()", reduce, "Return state information for pickling"),
        m(
            "setdefault",
            "(key, default=None)",
            setdefault,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        m(
            "pop",
            "(key, default=<unrepresentable>)",
            pop,
            "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        m(
            "popitem",
            "(last=True)",
            popitem,
            "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if\nfalse.",
        ),
        m("update", "(*args, **kwargs)", update, ""),
        m("keys", "()", ordered_views::keys, ""),
        m("values", "()", ordered_views::values, ""),
        m("items", "()", ordered_views::items, ""),
        m("copy", "()", copy, "A shallow copy of ordered dict."),
        m("__reversed__", "()", reversed, "od.__reversed__() <==> reversed(od)"),
        m(
            "move_to_end",
            "(key, last=True)",
            move_to_end,
            "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.",
        ),
    ],
    base: Some(|types: &Types| types.dict),
    ..TypeSpec::of::<Dict>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Dict> {
    th.expect::<Dict>(v, "OrderedDict")
}

fn own_type(th: &Thread) -> PyResult<TypeRef> {
    native_type(th, &SPEC)
}

fn is_exact(th: &Thread, v: &Value) -> PyResult<bool> {
    Ok(th.is_exact(v, own_type(th)?))
}

/// `MutableMapping.update`: through `__setitem__`, so that subclasses see it.
fn update_from(th: &Thread, v: &Value, args: &[Value], keywords: &[(Value, Value)]) -> PyResult<()> {
    if args.len() > 1 {
        return Err(
            th.type_error(format!("update() takes at most 1 positional argument ({} given)", args.len()))
        );
    }
    if let Some(other) = args.first() {
        update_one(th, v, other)?;
    }
    keywords.iter().try_for_each(|(key, value)| th.setitem(v, key, value))
}

fn update_one(th: &Thread, v: &Value, other: &Value) -> PyResult<()> {
    if th.is_exact(other, th.types().dict)
        && let Some(dict) = other.payload::<Dict>()
    {
        return dict.items(th).iter().try_for_each(|(key, value)| th.setitem(v, key, value));
    }
    if let Some(keys) = th.get_attr_opt(other, &th.names().keys)? {
        let keys = th.call(&keys, &[])?;
        return th.for_each(&keys, |key| {
            let value = th.getitem(other, &key)?;
            th.setitem(v, &key, &value)
        });
    }
    if let Some(items) = th.get_attr_opt(other, &th.names().items)? {
        let items = th.call(&items, &[])?;
        return update_pairs(th, v, &items);
    }
    update_pairs(th, v, other)
}

fn update_pairs(th: &Thread, v: &Value, pairs: &Value) -> PyResult<()> {
    th.for_each(pairs, |pair| {
        let parts = th.collect(&pair)?;
        match parts.as_slice() {
            [key, value] => th.setitem(v, key, value),
            [] => Err(th.value_error("need more than 0 values to unpack")),
            [_] => Err(th.value_error("need more than 1 value to unpack")),
            _ => Err(th.value_error("too many values to unpack (expected 2)")),
        }
    })
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let positional = args.positional();
    if positional.len() > 1 {
        return Err(th.type_error(format!("expected at most 1 argument, got {}", positional.len())));
    }
    let keywords: Vec<(Value, Value)> = args.keywords().map(|(k, v)| (k.clone(), v.clone())).collect();
    update_from(th, v, positional, &keywords)
}

fn update(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some((keywords, positional)) = args.split_first() else {
        return Err(th.system_error("bad native call"));
    };
    let keywords = keywords.payload::<Dict>().map(|dict| dict.items(th)).unwrap_or_default();
    update_from(th, v, positional, &keywords)?;
    Ok(Value::NONE)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let name = v.type_of(th).name();
    if this(th, v)?.is_empty() {
        return Ok(th.str(&format!("{name}()")));
    }
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("...")) };
    let contents = if is_exact(th, v)? {
        this(th, v)?.copy(th).into_value(th)
    } else {
        let items = th.call_method(v, "items", &[])?;
        let plain = Dict::new();
        plain.update_pairs(th, &items)?;
        plain.into_value(th)
    };
    let mut out = Wtf8Buf::from_string(format!("{name}("));
    out.push_wtf8(&th.repr_string(&contents)?);
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Dict>(), b.payload::<Dict>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let expected = match op {
        CompareOp::Eq => true,
        CompareOp::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    let mut equal = left.equals(th, right)?;
    let ordered = own_type(th)?;
    if equal && th.isinstance(a, ordered) && th.isinstance(b, ordered) {
        equal = same_order(th, left, right)?;
    }
    Ok(Value::bool(equal == expected))
}

fn mutated(th: &Thread) -> Raised {
    th.runtime_error("OrderedDict mutated during iteration")
}

/// Whether two dicts have equal keys in the same order.
fn same_order(th: &Thread, left: &Dict, right: &Dict) -> PyResult<bool> {
    let state = (left.keys_version(), right.keys_version());
    let (mut i, mut j) = (0, 0);
    loop {
        match (left.next_entry(th, &mut i), right.next_entry(th, &mut j)) {
            (None, None) => return Ok(true),
            (Some((x, _)), Some((y, _))) => {
                let equal = th.eq(&x, &y)?;
                if state != (left.keys_version(), right.keys_version()) {
                    return Err(mutated(th));
                }
                if !equal {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let ordered = own_type(th)?;
    let mine = if th.isinstance(a, ordered) { a } else { b };
    if a.payload::<Dict>().is_none() || b.payload::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = th.call(&mine.type_of(th).value(), std::slice::from_ref(a))?;
    update_one(th, &new, b)?;
    Ok(new)
}

fn ior(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    update_one(th, a, b)?;
    Ok(a.clone())
}

fn fromkeys(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let [iterable, value] = args else { return Err(th.system_error("bad native call")) };
    let value = if value.is_unbound() { Value::NONE } else { value.clone() };
    let new = th.call(cls, &[])?;
    th.for_each(iterable, |key| th.setitem(&new, &key, &value))?;
    Ok(new)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let state = th.object_state(v)?;
    let items = th.call_method(v, "items", &[])?;
    let items = th.iter(&items)?;
    Ok(th.tuple(vec![v.type_of(th).value(), th.tuple(Vec::new()), state, Value::NONE, items]))
}

fn setdefault(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, default] = args else { return Err(th.system_error("bad native call")) };
    let default = if default.is_unbound() { Value::NONE } else { default.clone() };
    if is_exact(th, v)? {
        return Ok(this(th, v)?.set_default(th, key, &default)?.0);
    }
    if th.contains(v, key)? {
        return th.getitem(v, key);
    }
    th.setitem(v, key, &default)?;
    Ok(default)
}

fn pop(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, default] = args else { return Err(th.system_error("bad native call")) };
    match this(th, v)?.pop(th, key)? {
        Some(value) => Ok(value),
        None if default.is_unbound() => Err(th.key_error(key.clone())),
        None => Ok(default.clone()),
    }
}

fn popitem(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let last = match args.first() {
        Some(last) if !last.is_unbound() => th.truth(last)?,
        _ => true,
    };
    let dict = this(th, v)?;
    match if last { dict.pop_last(th) } else { dict.pop_first(th) } {
        Some((key, value)) => Ok(th.pair(key, value)),
        None => Err(th.key_error(th.str("dictionary is empty"))),
    }
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let dict = this(th, v)?;
    let new = th.call(&v.type_of(th).value(), &[])?;
    let exact = is_exact(th, v)?;
    let state = dict.keys_version();
    let mut pos = 0;
    while let Some((key, value)) = dict.next_entry(th, &mut pos) {
        let value = if exact { value } else { th.getitem(v, &key)? };
        th.setitem(&new, &key, &value)?;
        if dict.keys_version() != state {
            return Err(mutated(th));
        }
    }
    Ok(new)
}

fn reversed(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    ordered_views::iterate(th, v, Kind::Keys, true)
}

fn move_to_end(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, last] = args else { return Err(th.system_error("bad native call")) };
    let last = last.is_unbound() || th.truth(last)?;
    let dict = this(th, v)?;
    let hash = hash_key(th, key, "a dict key")?;
    match dict.move_to(th, key, hash, last)? {
        Some(_) => Ok(Value::NONE),
        None => Err(th.key_error(key.clone())),
    }
}
