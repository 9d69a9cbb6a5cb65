//! `defaultdict`: a dict whose factory is in a slot of its own behind the dict.
use vm_runtime::prelude::*;
use vm_runtime::types::dict::Dict;
use vm_runtime::types::make::native_type;
use vm_runtime::types::subscript::class_getitem;

/// `defaultdict`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.defaultdict",
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.\n",
    flags: BASETYPE,
    hidden_slots: 1,
    slots: &[Slot::InitRaw(init), Slot::Repr(repr), Slot::Binary(BinaryOp::Or, or)],
    methods: &[
        m(
            "__missing__",
            "(object, /)",
            missing,
            "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = self.default_factory()\n  return value\n",
        ),
        m("copy", "()", copy, "D.copy() -> a shallow copy of D."),
        m("__copy__", "()", copy, "D.copy() -> a shallow copy of D."),
        m("__reduce__", "()", reduce, "Return state information for pickling."),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "defaultdicts are generic over two types, signifying (respectively) the types of the dictionary's keys and values",
        ),
    ],
    getset: &[mb(
        "default_factory",
        |th, v| Ok(factory(th, v)),
        Some(set_factory),
        "Factory for default value called by __missing__().",
    )],
    base: Some(|types: &Types| types.dict),
    ..TypeSpec::of::<Dict>()
};

/// The factory's slot.
fn slot<'a>(th: &Thread, v: &'a Value) -> Option<&'a AtomicValue> {
    th.hidden_slot(v, native_type(th, &SPEC).ok()?, 0)
}

fn factory(th: &Thread, v: &Value) -> Value {
    match slot(th, v).map(|slot| slot.get(th)) {
        Some(factory) if !factory.is_unbound() => factory,
        _ => Value::NONE,
    }
}

fn set_factory(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    if let Some(slot) = slot(th, v) {
        slot.set(th, value.cloned().unwrap_or(Value::NONE));
    }
    Ok(())
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let mut rest = *args;
    let factory = match args.positional().split_first() {
        Some((factory, _)) => {
            rest.args = &args.args[1..];
            if !factory.is_none() && !th.is_callable(factory) {
                return Err(th.type_error("first argument must be callable or None"));
            }
            factory.clone()
        }
        None => Value::NONE,
    };
    set_factory(th, v, Some(&factory))?;
    th.expect::<Dict>(v, "dict")?.update_args(th, "dict", &rest)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let base = match th.types().dict.slots.repr() {
        Some(f) => f(th, v)?,
        None => th.str("{}"),
    };
    let base = base.as_str().map(|s| s.as_wtf8().to_owned()).unwrap_or_default();
    let factory = factory(th, v);
    let text = match th.repr_enter(v) {
        Some(_guard) => th.repr_string(&factory)?,
        None => Wtf8Buf::from("..."),
    };
    let mut out = Wtf8Buf::from_string(format!("{}(", v.type_of(th).name()));
    out.push_wtf8(&text);
    out.push_str(", ");
    out.push_wtf8(&base);
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn missing(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [key] = args else { return Err(th.system_error("bad native call")) };
    let factory = factory(th, v);
    if factory.is_none() {
        return Err(th.key_error(key.clone()));
    }
    let value = th.call(&factory, &[])?;
    // Another thread may have set the key meanwhile; like CPython, the first value stays.
    Ok(th.expect::<Dict>(v, "dict")?.set_default(th, key, &value)?.0)
}

/// A new one of the same type with the same factory and these contents.
fn like(th: &Thread, v: &Value, contents: &Value) -> PyResult<Value> {
    th.call(&v.type_of(th).value(), &[factory(th, v), contents.clone()])
}

fn copy(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    like(th, v, v)
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (mine, left_is_mine) = if slot(th, a).is_some() { (a, true) } else { (b, false) };
    let other = if left_is_mine { b } else { a };
    if other.payload::<Dict>().is_none() || mine.payload::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = like(th, mine, a)?;
    th.expect::<Dict>(&new, "dict")?.update(th, b)?;
    Ok(new)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let factory = factory(th, v);
    let args = if factory.is_none() { th.tuple(Vec::new()) } else { th.tuple(vec![factory]) };
    let items = th.call_method(v, "items", &[])?;
    let items = th.iter(&items)?;
    Ok(th.tuple(vec![v.type_of(th).value(), args, Value::NONE, Value::NONE, items]))
}
