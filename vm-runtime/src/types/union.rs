//! Unions of types: `int | str`, `typing.Union[int, str]`.
use super::generic_alias::{self, GenericAlias};
use crate::prelude::*;

/// The payload of union objects.
pub struct Union {
    /// All members, a tuple.
    args: Value,
    /// The hashable members, a frozenset.
    hashable: Value,
    /// The others, a tuple or None.
    unhashable: Value,
    parameters: AtomicValue,
}

payload!(Union, "typing.Union", traverse = Union::traverse, clear = |u: &Union| drop(u.parameters.take()));

impl Union {
    fn traverse(&self, visit: Visitor<'_>) {
        for v in [&self.args, &self.hashable, &self.unhashable] {
            visit(v);
        }
        self.parameters.traverse(visit);
    }
}

/// `typing.Union`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.Union",
    doc: "Represent a union type\n\nE.g. for int | str",
    flags: NO_NEW | WEAKREFS,
    slots: &[
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Binary(BinaryOp::Or, union_or),
        Slot::GetItem(getitem),
    ],
    methods: &[
        m("__mro_entries__", "(object, /)", mro_entries, ""),
        cm("__class_getitem__", "(object, /)", class_getitem, "Create a union containing the given types"),
    ],
    getset: &[
        mb("__args__", |th, v| Ok(this(th, v)?.args.clone()), None, ""),
        gs("__name__", |th, _| Ok(th.str("Union")), None, "Name of the type"),
        gs("__qualname__", |th, _| Ok(th.str("Union")), None, "Qualified name of the type"),
        gs("__origin__", |th, _| Ok(th.type_for::<Union>().value()), None, "Always returns the type"),
        gs("__parameters__", parameters, None, "Type variables in the types.UnionType."),
    ],
    ..TypeSpec::of::<Union>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Union> {
    th.expect::<Union>(v, "typing.Union")
}

/// The members of a union (a tuple); None if `v` is none.
pub fn members(v: &Value) -> Option<Value> {
    v.payload::<Union>().map(|u| u.args.clone())
}

/// Whether `v` may stand in `X | Y`.
fn unionable(th: &Thread, v: &Value) -> bool {
    v.is_none()
        || TypeRef::from_value(v).is_some()
        || v.payload::<GenericAlias>().is_some()
        || v.payload::<Union>().is_some()
        || crate::native::typing::is_alias_type(th, v)
}

/// `a | b` of types: the slot of `type`, and of whatever may stand in a union. NotImplemented if one of them may not.
pub fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if !unionable(th, a) || !unionable(th, b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    make(th, &[a.clone(), b.clone()])
}

#[derive(Default)]
struct Builder {
    args: Vec<Value>,
    unhashable: Vec<Value>,
}

impl Builder {
    fn add(&mut self, th: &Thread, v: &Value, seen: &Value) -> PyResult<()> {
        if let Some(u) = v.payload::<Union>() {
            for arg in u.args.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default() {
                self.add(th, &arg, seen)?;
            }
            return Ok(());
        }
        let v = if v.is_none() { th.types().none_type.value() } else { v.clone() };
        match th.hash(&v) {
            Ok(_) => {
                if !th.contains(seen, &v)? {
                    th.call_method(seen, "add", std::slice::from_ref(&v))?;
                    self.args.push(v);
                }
            }
            Err(raised) => {
                if !th.error_is(th.types().exc.type_error) {
                    return Err(raised);
                }
                th.clear_error();
                for old in &self.unhashable {
                    if th.eq(old, &v)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(v.clone());
                self.args.push(v);
            }
        }
        Ok(())
    }
}

/// The union of these types, flattened and without repetition; the type itself if only one is left.
pub fn make(th: &Thread, types: &[Value]) -> PyResult<Value> {
    let seen = th.call(&th.types().set.value(), &[])?;
    let mut b = Builder::default();
    for ty in types {
        b.add(th, ty, &seen)?;
    }
    if let [one] = b.args.as_slice() {
        return Ok(one.clone());
    }
    let hashable = th.call(&th.types().frozenset.value(), &[seen])?;
    let unhashable = if b.unhashable.is_empty() { Value::NONE } else { th.tuple(b.unhashable) };
    let union = Union { args: th.tuple(b.args), hashable, unhashable, parameters: AtomicValue::empty() };
    th.make_object(th.type_for::<Union>(), union)
}

fn class_getitem(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let items = match args[0].payload::<Tuple>() {
        Some(t) => t.as_slice().to_vec(),
        None => vec![args[0].clone()],
    };
    if items.is_empty() {
        return Err(th.type_error("Cannot take a Union of no types."));
    }
    make_checked(th, &items)
}

/// The union of what typing takes for types: strings become forward references, and what is no type is refused.
fn make_checked(th: &Thread, items: &[Value]) -> PyResult<Value> {
    let mut types = Vec::with_capacity(items.len());
    for item in items {
        if unionable(th, item) {
            types.push(item.clone());
        } else {
            let typing = th.import("typing")?;
            let check = th.getattr_str(&typing, "_type_check")?;
            let msg = th.str("Union[arg, ...]: each arg must be a type.");
            types.push(th.call(&check, &[item.clone(), msg])?);
        }
    }
    make(th, &types)
}

/// `a | b` where one is a union: the other may be anything that a union's member may be.
fn union_or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    make_checked(th, &[a.clone(), b.clone()])
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let mut out = Wtf8Buf::new();
    let none_type = th.types().none_type.value();
    for (i, arg) in
        this(th, v)?.args.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default().iter().enumerate()
    {
        if i > 0 {
            out.push_str(" | ");
        }
        if arg.is(&none_type) {
            out.push_str("None");
        } else {
            out.push_wtf8(&generic_alias::type_repr(th, arg)?);
        }
    }
    Ok(th.str_wtf8(out))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let u = this(th, v)?;
    if let Some(t) = u.unhashable.payload::<Tuple>() {
        let n = t.as_slice().len();
        // Unhashable at creation; hashing them again gives the first one's own error.
        for item in t.as_slice() {
            th.hash(item)?;
        }
        return Err(th.type_error(format!("union contains {n} unhashable elements")));
    }
    th.hash(&u.hashable)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Union>(), b.payload::<Union>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let slice = |v: &Value| v.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    let mut equal = th.eq(&x.hashable, &y.hashable)?;
    if equal {
        let (p, q) = (slice(&x.unhashable), slice(&y.unhashable));
        equal = p.len() == q.len();
        'outer: for item in &p {
            if !equal {
                break;
            }
            for other in &q {
                if th.eq(item, other)? {
                    continue 'outer;
                }
            }
            equal = false;
        }
    }
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn parameters(th: &Thread, v: &Value) -> PyResult<Value> {
    let u = this(th, v)?;
    let known = u.parameters.get(th);
    if !known.is_unbound() {
        return Ok(known);
    }
    let made = th.tuple(generic_alias::make_parameters(th, &u.args)?);
    u.parameters.set(th, made.clone());
    Ok(made)
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let params = parameters(th, v)?;
    let args = generic_alias::substitute(th, v, &this(th, v)?.args, &params, key)?;
    let mut result: Option<Value> = None;
    for arg in args {
        result = Some(match result {
            None => arg,
            Some(left) => th.binary(BinaryOp::Or, &left, &arg)?,
        });
    }
    Ok(result.unwrap_or(Value::NONE))
}

fn mro_entries(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Err(th.type_error(format!("Cannot subclass {}", th.repr_text(v)?)))
}
