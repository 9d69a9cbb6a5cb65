//! `TypeVar`.
use super::evaluator::LazyType;
use super::{cannot_subclass, is_no_default, no_default, or, set_module, typing_call};
use crate::prelude::*;

/// The payload of TypeVar objects.
pub struct TypeVar {
    name: Value,
    bound: LazyType,
    constraints: LazyType,
    pub(super) default: LazyType,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

payload!(TypeVar, "typing.TypeVar", traverse = TypeVar::traverse, clear = TypeVar::clear);

impl TypeVar {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        for lazy in [&self.bound, &self.constraints, &self.default] {
            lazy.traverse(&mut *visit);
        }
    }

    fn clear(&self) {
        for lazy in [&self.bound, &self.constraints, &self.default] {
            lazy.clear();
        }
    }
}

/// `TypeVar`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeVar",
    doc: "Type variable.",
    flags: HAS_DICT | WEAKREFS,
    new_sig: "(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
    slots: &[Slot::New(new), Slot::Repr(repr), Slot::Binary(BinaryOp::Or, or)],
    methods: &[
        m(
            "__typing_subst__",
            "(arg, /)",
            |th, v, args| typing_call(th, "_typevar_subst", &[v.clone(), args[0].clone()]),
            "",
        ),
        m("__typing_prepare_subst__", "(alias, args, /)", prepare_subst, ""),
        m("__reduce__", "()", |th, v, _| Ok(this(th, v)?.name.clone()), ""),
        m("has_default", "()", |th, v, _| Ok(Value::bool(super::has_default(th, v)?)), ""),
        m("__mro_entries__", "(object, /)", |th, _, _| cannot_subclass(th, "TypeVar"), ""),
    ],
    getset: &[
        mb("__name__", |th, v| Ok(this(th, v)?.name.clone()), None, ""),
        mb("__covariant__", |th, v| Ok(Value::bool(this(th, v)?.covariant)), None, ""),
        mb("__contravariant__", |th, v| Ok(Value::bool(this(th, v)?.contravariant)), None, ""),
        mb("__infer_variance__", |th, v| Ok(Value::bool(this(th, v)?.infer_variance)), None, ""),
        gs("__bound__", |th, v| Ok(this(th, v)?.bound.get(th)?.unwrap_or(Value::NONE)), None, ""),
        gs("__constraints__", constraints, None, ""),
        gs("__default__", default, None, ""),
        gs("evaluate_bound", |th, v| this(th, v)?.bound.evaluator(th), None, ""),
        gs("evaluate_constraints", |th, v| this(th, v)?.constraints.evaluator(th), None, ""),
        gs("evaluate_default", |th, v| this(th, v)?.default.evaluator(th), None, ""),
    ],
    ..TypeSpec::of::<TypeVar>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a TypeVar> {
    th.expect::<TypeVar>(v, "TypeVar")
}

fn flag(th: &Thread, v: &Value) -> PyResult<bool> {
    if v.is_unbound() { Ok(false) } else { th.truth(v) }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let (fixed, constraints) = args.split_at(6.min(args.len()));
    let [name, bound, default, covariant, contravariant, infer] = fixed else { return Ok(Value::NONE) };
    if name.as_str().is_none() {
        return Err(
            th.type_error(format!("typevar() argument 'name' must be str, not {}", name.type_name(th)))
        );
    }
    let (covariant, contravariant, infer_variance) =
        (flag(th, covariant)?, flag(th, contravariant)?, flag(th, infer)?);
    if covariant && contravariant {
        return Err(th.value_error("Bivariant types are not supported."));
    }
    if infer_variance && (covariant || contravariant) {
        return Err(th.value_error("Variance cannot be specified with infer_variance."));
    }
    let bound = if bound.is_unbound() || bound.is_none() {
        Value::UNBOUND
    } else {
        typing_call(th, "_type_check", &[bound.clone(), th.str("Bound must be a type.")])?
    };
    if constraints.len() == 1 {
        return Err(th.type_error("A single constraint is not allowed"));
    }
    if !constraints.is_empty() && !bound.is_unbound() {
        return Err(th.type_error("Constraints cannot be combined with bound=..."));
    }
    let constraints = if constraints.is_empty() { Value::UNBOUND } else { th.tuple(constraints.to_vec()) };
    let payload = TypeVar {
        name: name.clone(),
        bound: LazyType::known(bound),
        constraints: LazyType::known(constraints),
        default: LazyType::known(if default.is_unbound() { no_default(th)? } else { default.clone() }),
        covariant,
        contravariant,
        infer_variance,
    };
    let v = th.make_object(cls, payload)?;
    set_module(th, &v)?;
    Ok(v)
}

/// The type variable of `[T]`, `[T: bound]` or `[T: (constraints)]`, given the functions that compute them.
pub fn new_type_var(
    th: &Thread,
    name: &Value,
    bound: Option<&Value>,
    constraints: Option<&Value>,
) -> PyResult<Value> {
    let lazy = |f: Option<&Value>| LazyType::lazy(f.cloned().unwrap_or(Value::UNBOUND));
    let payload = TypeVar {
        name: name.clone(),
        bound: lazy(bound),
        constraints: lazy(constraints),
        default: LazyType::known(no_default(th)?),
        covariant: false,
        contravariant: false,
        infer_variance: true,
    };
    let v = th.make_object(th.type_for::<TypeVar>(), payload)?;
    set_module(th, &v)?;
    Ok(v)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let t = this(th, v)?;
    let sign = match (t.infer_variance, t.covariant, t.contravariant) {
        (true, ..) => "",
        (_, true, _) => "+",
        (_, _, true) => "-",
        _ => "~",
    };
    Ok(th.str(&format!("{sign}{}", th.str_text(&t.name)?)))
}

fn constraints(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.constraints.get(th)?.unwrap_or_else(|| th.tuple(Vec::new())))
}

fn default(th: &Thread, v: &Value) -> PyResult<Value> {
    match this(th, v)?.default.get(th)? {
        Some(default) => Ok(default),
        None => no_default(th),
    }
}

fn prepare_subst(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (alias, given) = (&args[0], &args[1]);
    let params = th.getattr(alias, &th.names().__parameters__)?;
    let index = th.collect(&params)?.iter().position(|p| p.is(v));
    let items = th.collect(given)?;
    let Some(index) = index else { return Err(th.value_error("tuple.index(x): x not in tuple")) };
    let given_len = items.len();
    if index < given_len {
        return Ok(given.clone());
    }
    let default = default(th, v)?;
    if index == given_len && !is_no_default(&default) {
        let mut items = items;
        items.push(default);
        return Ok(th.tuple(items));
    }
    Err(th.type_error(format!(
        "Too few arguments for {}; actual {}, expected at least {}",
        th.str_text(alias)?,
        given_len,
        index + 1
    )))
}
