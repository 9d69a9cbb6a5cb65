//! `TypeAliasType`: what `type X = ...` makes.
use super::evaluator::LazyType;
use super::{caller, or, unpack, unpack_tuples};
use crate::prelude::*;
use crate::types::generic_alias;

/// The payload of TypeAliasType objects.
pub struct AliasType {
    name: Value,
    /// A tuple, or UNBOUND.
    params: Value,
    value: LazyType,
    module: Value,
}

payload!(
    AliasType,
    "typing.TypeAliasType",
    traverse = AliasType::traverse,
    clear = |a: &AliasType| a.value.clear()
);

impl AliasType {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        visit(&self.params);
        visit(&self.module);
        self.value.traverse(visit);
    }
}

/// `TypeAliasType`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeAliasType",
    doc: "Type alias.",
    flags: WEAKREFS,
    new_sig: "(name, value, *, type_params=())",
    slots: &[
        Slot::New(new),
        Slot::Repr(|th, v| Ok(this(th, v)?.name.clone())),
        Slot::Binary(BinaryOp::Or, or),
        Slot::GetItem(getitem),
        Slot::Iter(|th, v| th.iter(&th.tuple(vec![unpack(th, v)?]))),
    ],
    methods: &[m("__reduce__", "()", |th, v, _| Ok(this(th, v)?.name.clone()), "")],
    getset: &[
        mb("__name__", |th, v| Ok(this(th, v)?.name.clone()), None, ""),
        gs("__value__", value, None, ""),
        gs("__type_params__", params, None, ""),
        gs("__parameters__", |th, v| unpack_tuples(th, &params(th, v)?), None, ""),
        gs("__module__", module, None, ""),
        gs("evaluate_value", |th, v| this(th, v)?.value.evaluator(th), None, ""),
    ],
    ..TypeSpec::of::<AliasType>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a AliasType> {
    th.expect::<AliasType>(v, "TypeAliasType")
}

/// TypeError unless parameters with defaults come last.
fn check_params(th: &Thread, params: &Value) -> PyResult<()> {
    let Some(t) = params.payload::<Tuple>() else { return Err(th.type_error("type_params must be a tuple")) };
    let mut seen_default = false;
    for p in t.as_slice() {
        let has = if th.get_attr_str_opt(p, "__default__")?.is_none() {
            return Err(th.type_error(format!("Expected a type param, got {}", th.repr_text(p)?)));
        } else {
            super::has_default(th, p)?
        };
        if seen_default && !has {
            let shown = th.repr_text(p)?;
            return Err(
                th.type_error(format!("non-default type parameter '{shown}' follows default type parameter"))
            );
        }
        seen_default |= has;
    }
    Ok(())
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [name, value, params] = args else { return Ok(Value::NONE) };
    if name.as_str().is_none() {
        return Err(
            th.type_error(format!("typealias() argument 'name' must be str, not {}", name.type_name(th)))
        );
    }
    let mut params = params.clone();
    if !params.is_unbound() {
        check_params(th, &params)?;
        if params.payload::<Tuple>().is_some_and(|t| t.as_slice().is_empty()) {
            params = Value::UNBOUND;
        }
    }
    let module = caller(th).unwrap_or(Value::NONE);
    th.make_object(
        cls,
        AliasType { name: name.clone(), params, value: LazyType::known(value.clone()), module },
    )
}

/// The alias of a `type` statement: `params` is a tuple or None, `evaluate` computes the value.
pub fn new_alias_type(th: &Thread, name: &Value, params: &Value, evaluate: &Value) -> PyResult<Value> {
    let params = if params.payload::<Tuple>().is_some_and(|t| !t.as_slice().is_empty()) {
        params.clone()
    } else {
        Value::UNBOUND
    };
    let module = caller(th).unwrap_or(Value::NONE);
    let payload = AliasType { name: name.clone(), params, value: LazyType::lazy(evaluate.clone()), module };
    th.make_object(th.type_for::<AliasType>(), payload)
}

fn value(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.value.get(th)?.unwrap_or(Value::NONE))
}

fn params(th: &Thread, v: &Value) -> PyResult<Value> {
    let params = &this(th, v)?.params;
    Ok(if params.is_unbound() { th.tuple(Vec::new()) } else { params.clone() })
}

fn module(th: &Thread, v: &Value) -> PyResult<Value> {
    let module = &this(th, v)?.module;
    if module.is_none() { Err(th.attribute_error("__module__")) } else { Ok(module.clone()) }
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    if this(th, v)?.params.is_unbound() {
        return Err(th.type_error("Only generic type aliases are subscriptable"));
    }
    generic_alias::new_alias(th, v, key)
}
