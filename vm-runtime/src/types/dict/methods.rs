//! `dict` as Python sees it.
use super::{Dict, iter, update::Merge, views};
use crate::prelude::*;

/// The type's declaration.
pub static SPEC: TypeSpec = TypeSpec {
    name: "dict",
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    flags: BASETYPE | MAPPING,
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::Iter(iter::iter_keys),
        Slot::RichCompare(compare),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SetItem(setitem),
        Slot::Contains(contains),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Inplace(BinaryOp::Or, ior),
    ],
    methods: &[
        m("__sizeof__", "()", sizeof, "Return the size of the dict in memory, in bytes."),
        m(
            "get",
            "(key, default=None, /)",
            get,
            "Return the value for key if key is in the dictionary, else default.",
        ),
        m(
            "setdefault",
            "(key, default=None, /)",
            setdefault,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        m(
            "pop",
            "(key, default=<unrepresentable>, /)",
            pop,
            "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        m(
            "popitem",
            "()",
            popitem,
            "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
        ),
        m("keys", "()", views::keys, "Return a set-like object providing a view on the dict's keys."),
        m("items", "()", views::items, "Return a set-like object providing a view on the dict's items."),
        m("values", "()", views::values, "Return an object providing a view on the dict's values."),
        m(
            "update",
            "(*args, **kwargs)",
            update,
            "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
        ),
        cm(
            "fromkeys",
            "(iterable, value=None, /)",
            fromkeys,
            "Create a new dictionary with keys from iterable and values set to value.",
        ),
        m("clear", "()", clear, "Remove all items from the dict."),
        m("copy", "()", copy, "Return a shallow copy of the dict."),
        m("__reversed__", "()", iter::reversed_keys, "Return a reverse iterator over the dict keys."),
        cm(
            "__class_getitem__",
            "(object, /)",
            crate::types::subscript::class_getitem,
            "dicts are generic over two types, signifying (respectively) the types of their keys and values",
        ),
    ],
    ..TypeSpec::of::<Dict>()
};

/// The dict of `self`.
#[inline(always)]
pub(super) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Dict> {
    th.expect::<Dict>(v, "dict")
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs<'_>) -> PyResult<Value> {
    Ok(th.new_object(cls, Dict::new()))
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    this(th, v)?.update_args(th, "dict", args)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let dict = this(th, v)?;
    if dict.is_empty() {
        return Ok(th.str("{}"));
    }
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("{...}")) };
    let _depth = th.enter_recursive(" while getting the repr of an object")?;
    let mut out = Wtf8Buf::from("{");
    let mut pos = 0;
    let mut first = true;
    while let Some((key, value)) = dict.next_entry(th, &mut pos) {
        if !first {
            out.push_str(", ");
        }
        first = false;
        out.push_wtf8(&th.repr_string(&key)?);
        out.push_str(": ");
        out.push_wtf8(&th.repr_string(&value)?);
    }
    out.push_str("}");
    Ok(th.str_wtf8(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(left), Some(right)) = (a.payload::<Dict>(), b.payload::<Dict>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match op {
        CompareOp::Eq => Ok(Value::bool(left.equals(th, right)?)),
        CompareOp::Ne => Ok(Value::bool(!left.equals(th, right)?)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len())
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    match this(th, v)?.get(th, key)? {
        Some(value) => Ok(value),
        None => missing(th, v, key),
    }
}

#[cold]
fn missing(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    if !th.is_exact(v, th.types().dict)
        && let Some(f) = th.lookup_special(v, "__missing__")?
    {
        return th.call(&f, std::slice::from_ref(key));
    }
    Err(th.key_error(key.clone()))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let dict = this(th, v)?;
    match value {
        Some(value) => dict.set(th, key, value),
        None if dict.del(th, key)? => Ok(()),
        None => Err(th.key_error(key.clone())),
    }
}

fn contains(th: &Thread, v: &Value, key: &Value) -> PyResult<bool> {
    this(th, v)?.contains(th, key)
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if a.payload::<Dict>().is_none() || b.payload::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = copy(th, a, &[])?;
    this(th, &new)?.update(th, b)?;
    Ok(new)
}

fn ior(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    this(th, a)?.update(th, b)?;
    Ok(a.clone())
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.memory()))
}

fn or_none(v: &Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v.clone() }
}

fn get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, default] = args else { return Err(th.system_error("bad native call")) };
    Ok(match this(th, v)?.get(th, key)? {
        Some(value) => value,
        None => or_none(default),
    })
}

fn setdefault(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, default] = args else { return Err(th.system_error("bad native call")) };
    Ok(this(th, v)?.set_default(th, key, &or_none(default))?.0)
}

fn pop(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key, default] = args else { return Err(th.system_error("bad native call")) };
    let dict = this(th, v)?;
    // An empty dict does not hash the key.
    let found = if dict.is_empty() { None } else { dict.pop(th, key)? };
    match found {
        Some(value) => Ok(value),
        None if default.is_unbound() => Err(th.key_error(key.clone())),
        None => Ok(default.clone()),
    }
}

fn popitem(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    match this(th, v)?.pop_last(th) {
        Some((key, value)) => Ok(th.tuple(vec![key, value])),
        None => Err(th.key_error(th.str("popitem(): dictionary is empty"))),
    }
}

fn update(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some((keywords, positional)) = args.split_first() else {
        return Err(th.system_error("bad native call"));
    };
    let dict = this(th, v)?;
    dict.update_args(th, "update", &CallArgs::positional_only(positional))?;
    if keywords.payload::<Dict>().is_some() {
        dict.merge(th, keywords, Merge::Override)?;
    }
    Ok(Value::NONE)
}

fn fromkeys(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let [iterable, value] = args else { return Err(th.system_error("bad native call")) };
    let value = or_none(value);
    let new = th.call(cls, &[])?;
    if th.is_exact(&new, th.types().dict)
        && let Some(dict) = new.payload::<Dict>()
    {
        if let Some(keys) = crate::types::set::operations::hashed(th, iterable) {
            for (hash, key) in keys {
                dict.set_hashed(th, &key, hash, value.clone())?;
            }
            return Ok(new);
        }
        let it = th.iter(iterable)?;
        while let Some(key) = th.next(&it)? {
            dict.set(th, &key, &value)?;
        }
        return Ok(new);
    }
    let it = th.iter(iterable)?;
    while let Some(key) = th.next(&it)? {
        th.setitem(&new, &key, &value)?;
    }
    Ok(new)
}

fn clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    this(th, v)?.clear(th);
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let dict = this(th, v)?;
    let new = dict.copy(th);
    if new.is_empty() && !dict.is_empty() {
        // Emptied meanwhile, or no memory.
        if dict.memory() > (1 << 30) {
            return Err(th.memory_error());
        }
    }
    Ok(new.into_value(th))
}
