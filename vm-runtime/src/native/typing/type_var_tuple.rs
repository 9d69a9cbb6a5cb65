//! `TypeVarTuple`.
use super::evaluator::LazyType;
use super::{cannot_subclass, no_default, set_module, typing_call, unpack};
use crate::prelude::*;

/// The payload of TypeVarTuple objects.
pub struct TypeVarTuple {
    name: Value,
    pub(super) default: LazyType,
}

payload!(
    TypeVarTuple,
    "typing.TypeVarTuple",
    traverse = TypeVarTuple::traverse,
    clear = |t: &TypeVarTuple| t.default.clear()
);

impl TypeVarTuple {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        self.default.traverse(visit);
    }
}

/// `TypeVarTuple`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeVarTuple",
    doc: "Type variable tuple. A specialized form of type variable that enables\nvariadic generics.",
    flags: HAS_DICT | WEAKREFS,
    new_sig: "(name, *, default=typing.NoDefault)",
    slots: &[Slot::New(new), Slot::Repr(|th, v| Ok(this(th, v)?.name.clone())), Slot::Iter(iter)],
    methods: &[
        m(
            "__typing_subst__",
            "(arg, /)",
            |th, _, _| Err(th.type_error("Substitution of bare TypeVarTuple is not supported")),
            "",
        ),
        m(
            "__typing_prepare_subst__",
            "(alias, args, /)",
            |th, v, args| {
                typing_call(th, "_typevartuple_prepare_subst", &[v.clone(), args[0].clone(), args[1].clone()])
            },
            "",
        ),
        m("__reduce__", "()", |th, v, _| Ok(this(th, v)?.name.clone()), ""),
        m("has_default", "()", |th, v, _| Ok(Value::bool(super::has_default(th, v)?)), ""),
        m("__mro_entries__", "(object, /)", |th, _, _| cannot_subclass(th, "TypeVarTuple"), ""),
    ],
    getset: &[
        mb("__name__", |th, v| Ok(this(th, v)?.name.clone()), None, ""),
        gs("__default__", default, None, ""),
        gs("evaluate_default", |th, v| this(th, v)?.default.evaluator(th), None, ""),
    ],
    ..TypeSpec::of::<TypeVarTuple>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a TypeVarTuple> {
    th.expect::<TypeVarTuple>(v, "TypeVarTuple")
}

fn new(th: &Thread, _: TypeRef, args: &[Value]) -> PyResult<Value> {
    if args[0].as_str().is_none() {
        return Err(th.type_error(format!(
            "typevartuple() argument 'name' must be str, not {}",
            args[0].type_name(th)
        )));
    }
    make(th, &args[0], if args[1].is_unbound() { no_default(th)? } else { args[1].clone() })
}

fn make(th: &Thread, name: &Value, default: Value) -> PyResult<Value> {
    let payload = TypeVarTuple { name: name.clone(), default: LazyType::known(default) };
    let v = th.make_object(th.type_for::<TypeVarTuple>(), payload)?;
    set_module(th, &v)?;
    Ok(v)
}

/// The type variable tuple of `[*Ts]`.
pub fn new_type_var_tuple(th: &Thread, name: &Value) -> PyResult<Value> {
    make(th, name, no_default(th)?)
}

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    th.iter(&th.tuple(vec![unpack(th, v)?]))
}

fn default(th: &Thread, v: &Value) -> PyResult<Value> {
    match this(th, v)?.default.get(th)? {
        Some(default) => Ok(default),
        None => no_default(th),
    }
}
