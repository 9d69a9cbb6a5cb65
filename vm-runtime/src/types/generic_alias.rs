//! `types.GenericAlias`: `list[int]`.
use crate::prelude::*;

mod substitution;
pub use substitution::{make_parameters, substitute};

/// The payload of GenericAlias objects.
pub struct GenericAlias {
    /// `__origin__`.
    pub origin: Value,
    /// `__args__`, a tuple.
    pub args: Value,
    /// `*tuple[int, ...]`.
    pub starred: bool,
    parameters: AtomicValue,
}

payload!(
    GenericAlias,
    "types.GenericAlias",
    traverse = GenericAlias::traverse,
    clear = |a: &GenericAlias| drop(a.parameters.take())
);

impl GenericAlias {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.origin);
        visit(&self.args);
        self.parameters.traverse(visit);
    }
}

/// `types.GenericAlias(origin, args)`.
pub fn new_alias(th: &Thread, origin: &Value, args: &Value) -> PyResult<Value> {
    new_with(th, th.type_for::<GenericAlias>(), origin, args, false)
}

impl Thread {
    /// `types.GenericAlias(origin, args)`.
    pub fn generic_alias(&self, origin: &Value, args: &Value) -> PyResult<Value> {
        new_alias(self, origin, args)
    }
}

fn new_with(th: &Thread, cls: TypeRef, origin: &Value, args: &Value, starred: bool) -> PyResult<Value> {
    let args = if args.payload::<Tuple>().is_some() { args.clone() } else { th.tuple(vec![args.clone()]) };
    th.make_object(
        cls,
        GenericAlias { origin: origin.clone(), args, starred, parameters: AtomicValue::empty() },
    )
}

/// `__class_getitem__` of a generic builtin type: a row for method tables.
pub fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    new_alias(th, cls, &args[0])
}

/// `types.GenericAlias`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "types.GenericAlias",
    doc: "Represent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).",
    flags: BASETYPE | WEAKREFS,
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::Call(call),
        Slot::GetAttr(getattr),
        Slot::RichCompare(compare),
        Slot::Iter(iter),
        Slot::Binary(BinaryOp::Or, crate::types::union::or),
        Slot::GetItem(getitem),
    ],
    methods: &[
        m("__mro_entries__", "(object, /)", mro_entries, ""),
        m("__instancecheck__", "(object, /)", instancecheck, ""),
        m("__subclasscheck__", "(object, /)", subclasscheck, ""),
        m("__reduce__", "()", reduce, ""),
        m("__dir__", "()", dir, ""),
    ],
    getset: &[
        mb("__origin__", |th, v| Ok(this(th, v)?.origin.clone()), None, ""),
        mb("__args__", |th, v| Ok(this(th, v)?.args.clone()), None, ""),
        mb("__unpacked__", |th, v| Ok(Value::bool(this(th, v)?.starred)), None, ""),
        gs("__parameters__", parameters, None, "Type variables in the GenericAlias."),
        gs("__typing_unpacked_tuple_args__", unpacked_args, None, ""),
    ],
    ..TypeSpec::of::<GenericAlias>()
};

/// Attributes that are the alias's own; the rest is the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a GenericAlias> {
    th.expect::<GenericAlias>(v, "types.GenericAlias")
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.names.is_empty() {
        return Err(th.type_error("GenericAlias() takes no keyword arguments"));
    }
    let [origin, items] = args.positional() else {
        return Err(th.type_error(format!("GenericAlias expected 2 arguments, got {}", args.args.len())));
    };
    new_with(th, cls, origin, items, false)
}

/// How a type shows inside the brackets of an alias or in a union.
pub fn type_repr(th: &Thread, v: &Value) -> PyResult<Wtf8Buf> {
    if v.is_ellipsis() {
        return Ok(Wtf8Buf::from("..."));
    }
    if v.is(&th.types().none_type.value()) {
        return Ok(Wtf8Buf::from("None"));
    }
    if th.get_attr_opt(v, &th.names().__origin__)?.is_some()
        && th.get_attr_opt(v, &th.names().__args__)?.is_some()
    {
        return th.repr_string(v);
    }
    let qualname = th.get_attr_opt(v, &th.names().__qualname__)?;
    let Some(qualname) = qualname.as_ref().filter(|q| !q.is_none()) else { return th.repr_string(v) };
    let module = th.get_attr_opt(v, &th.names().__module__)?;
    let Some(module) = module.as_ref().filter(|q| !q.is_none()) else { return th.repr_string(v) };
    let qualname = th.str_string(qualname)?;
    if module.as_str().and_then(|m| m.to_str()) == Some("builtins") {
        return Ok(qualname);
    }
    let mut out = th.str_string(module)?;
    out.push_str(".");
    out.push_wtf8(&qualname);
    Ok(out)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let alias = this(th, v)?;
    let mut out = Wtf8Buf::new();
    if alias.starred {
        out.push_str("*");
    }
    out.push_wtf8(&type_repr(th, &alias.origin)?);
    out.push_str("[");
    let items = alias.args.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        match item.payload::<List>() {
            // Lists are the parameters of a ParamSpec.
            Some(list) => {
                out.push_str("[");
                for (j, inner) in list.to_vec(th).iter().enumerate() {
                    if j > 0 {
                        out.push_str(", ");
                    }
                    out.push_wtf8(&type_repr(th, inner)?);
                }
                out.push_str("]");
            }
            None => out.push_wtf8(&type_repr(th, item)?),
        }
    }
    if items.is_empty() {
        out.push_str("()");
    }
    out.push_str("]");
    Ok(th.str_wtf8(out))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let alias = this(th, v)?;
    Ok(match th.hash(&alias.origin)? ^ th.hash(&alias.args)? {
        -1 => -2,
        h => h,
    })
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<GenericAlias>(), b.payload::<GenericAlias>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = x.starred == y.starred && th.eq(&x.origin, &y.origin)? && th.eq(&x.args, &y.args)?;
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let made = th.call_args(&this(th, v)?.origin, args)?;
    set_orig_class(th, &made, v)?;
    Ok(made)
}

fn set_orig_class(th: &Thread, made: &Value, alias: &Value) -> PyResult<()> {
    match th.setattr(made, &th.names().__orig_class__, alias) {
        Err(raised) => {
            let exc = &th.types().exc;
            if th.error_is(exc.attribute_error) || th.error_is(exc.type_error) {
                th.clear_error();
                return Ok(());
            }
            Err(raised)
        }
        ok => ok,
    }
}

fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let text = name.as_str().and_then(|s| s.to_str()).unwrap_or_default();
    if OWN.contains(&text) || BLOCKED.contains(&text) {
        return th.generic_getattr(v, name);
    }
    th.getattr(&this(th, v)?.origin, name)
}

fn parameters(th: &Thread, v: &Value) -> PyResult<Value> {
    let alias = this(th, v)?;
    let known = alias.parameters.get(th);
    if !known.is_unbound() {
        return Ok(known);
    }
    let made = th.tuple(make_parameters(th, &alias.args)?);
    alias.parameters.set(th, made.clone());
    Ok(made)
}

fn unpacked_args(th: &Thread, v: &Value) -> PyResult<Value> {
    let alias = this(th, v)?;
    let is_tuple = alias.starred && alias.origin.is(&th.types().tuple.value());
    Ok(if is_tuple { alias.args.clone() } else { Value::NONE })
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let alias = this(th, v)?;
    let params = parameters(th, v)?;
    let args = substitute(th, v, &alias.args, &params, key)?;
    new_with(th, v.type_of(th), &alias.origin, &th.tuple(args), alias.starred)
}

fn mro_entries(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![this(th, v)?.origin.clone()]))
}

fn instancecheck(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Err(th.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

fn subclasscheck(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Err(th.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let alias = this(th, v)?;
    let class = th.type_for::<GenericAlias>().value();
    if alias.starred {
        let plain = new_with(th, th.type_for::<GenericAlias>(), &alias.origin, &alias.args, false)?;
        let it = th.iter(&plain)?;
        return Ok(th.tuple(vec![th.builtin("next"), th.tuple(vec![it])]));
    }
    Ok(th.tuple(vec![class, th.tuple(vec![alias.origin.clone(), alias.args.clone()])]))
}

fn dir(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let names = th.dir(&this(th, v)?.origin)?;
    let mut all = th.collect(&names)?;
    for name in OWN {
        let name = th.intern(name);
        if !th.contains(&names, &name)? {
            all.push(name);
        }
    }
    Ok(th.list(all))
}

/// The iterator of an alias: it gives the starred alias once.
pub struct AliasIterator {
    alias: AtomicValue,
}

payload!(
    AliasIterator,
    "generic_alias_iterator",
    traverse = |i: &AliasIterator, v: Visitor<'_>| i.alias.traverse(v),
    clear = |i: &AliasIterator| drop(i.alias.take())
);

/// `types.GenericAlias`' iterator type.
pub static ITERATOR: TypeSpec = TypeSpec {
    name: "types.generic_alias_iterator",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(next)],
    methods: &[m("__reduce__", "()", iterator_reduce, "")],
    ..TypeSpec::of::<AliasIterator>()
};

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    th.make_object(th.type_for::<AliasIterator>(), AliasIterator { alias: AtomicValue::new(v.clone()) })
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let alias = th.expect::<AliasIterator>(v, "generic_alias_iterator")?.alias.take();
    match alias.payload::<GenericAlias>() {
        Some(a) => new_with(th, alias.type_of(th), &a.origin, &a.args, true).map(Some),
        None => Ok(None),
    }
}

fn iterator_reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let alias = th.expect::<AliasIterator>(v, "generic_alias_iterator")?.alias.get(th);
    let arg = if alias.is_unbound() { th.tuple(Vec::new()) } else { alias };
    Ok(th.tuple(vec![th.builtin("iter"), th.tuple(vec![arg])]))
}
