//! `ParamSpec`, `ParamSpecArgs`, `ParamSpecKwargs`.
use super::evaluator::LazyType;
use super::{cannot_subclass, no_default, or, set_module, typing_call};
use crate::prelude::*;

/// The payload of ParamSpec objects.
pub struct ParamSpec {
    name: Value,
    bound: Value,
    pub(super) default: LazyType,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

payload!(
    ParamSpec,
    "typing.ParamSpec",
    traverse = ParamSpec::traverse,
    clear = |p: &ParamSpec| p.default.clear()
);

impl ParamSpec {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.name);
        visit(&self.bound);
        self.default.traverse(visit);
    }
}

/// `ParamSpec`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.ParamSpec",
    doc: "Parameter specification variable.",
    flags: HAS_DICT | WEAKREFS,
    new_sig: "(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
    slots: &[Slot::New(new), Slot::Repr(repr), Slot::Binary(BinaryOp::Or, or)],
    methods: &[
        m(
            "__typing_subst__",
            "(arg, /)",
            |th, v, args| typing_call(th, "_paramspec_subst", &[v.clone(), args[0].clone()]),
            "",
        ),
        m(
            "__typing_prepare_subst__",
            "(alias, args, /)",
            |th, v, args| {
                typing_call(th, "_paramspec_prepare_subst", &[v.clone(), args[0].clone(), args[1].clone()])
            },
            "",
        ),
        m("__reduce__", "()", |th, v, _| Ok(this(th, v)?.name.clone()), ""),
        m("has_default", "()", |th, v, _| Ok(Value::bool(super::has_default(th, v)?)), ""),
        m("__mro_entries__", "(object, /)", |th, _, _| cannot_subclass(th, "ParamSpec"), ""),
    ],
    getset: &[
        mb("__name__", |th, v| Ok(this(th, v)?.name.clone()), None, ""),
        mb("__bound__", |th, v| Ok(this(th, v)?.bound.clone()), None, ""),
        mb("__covariant__", |th, v| Ok(Value::bool(this(th, v)?.covariant)), None, ""),
        mb("__contravariant__", |th, v| Ok(Value::bool(this(th, v)?.contravariant)), None, ""),
        mb("__infer_variance__", |th, v| Ok(Value::bool(this(th, v)?.infer_variance)), None, ""),
        gs("__default__", default, None, ""),
        gs("evaluate_default", |th, v| this(th, v)?.default.evaluator(th), None, ""),
        gs(
            "args",
            |th, v| th.make_object(th.type_for::<ParamSpecArgs>(), ParamSpecArgs { origin: v.clone() }),
            None,
            "Represents positional arguments.",
        ),
        gs(
            "kwargs",
            |th, v| th.make_object(th.type_for::<ParamSpecKwargs>(), ParamSpecKwargs { origin: v.clone() }),
            None,
            "Represents keyword arguments.",
        ),
    ],
    ..TypeSpec::of::<ParamSpec>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a ParamSpec> {
    th.expect::<ParamSpec>(v, "ParamSpec")
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [name, bound, default, covariant, contravariant, infer] = args else { return Ok(Value::NONE) };
    if name.as_str().is_none() {
        return Err(
            th.type_error(format!("paramspec() argument 'name' must be str, not {}", name.type_name(th)))
        );
    }
    let flag = |v: &Value| if v.is_unbound() { Ok(false) } else { th.truth(v) };
    let (covariant, contravariant, infer_variance) = (flag(covariant)?, flag(contravariant)?, flag(infer)?);
    if covariant && contravariant {
        return Err(th.value_error("Bivariant types are not supported."));
    }
    if infer_variance && (covariant || contravariant) {
        return Err(th.value_error("Variance cannot be specified with infer_variance."));
    }
    let bound = if bound.is_unbound() || bound.is_none() { Value::NONE } else { bound.clone() };
    let default = LazyType::known(if default.is_unbound() { no_default(th)? } else { default.clone() });
    let v = th.make_object(
        cls,
        ParamSpec { name: name.clone(), bound, default, covariant, contravariant, infer_variance },
    )?;
    set_module(th, &v)?;
    Ok(v)
}

/// The parameter specification of `[**P]`.
pub fn new_param_spec(th: &Thread, name: &Value) -> PyResult<Value> {
    let payload = ParamSpec {
        name: name.clone(),
        bound: Value::NONE,
        default: LazyType::known(no_default(th)?),
        covariant: false,
        contravariant: false,
        infer_variance: true,
    };
    let v = th.make_object(th.type_for::<ParamSpec>(), payload)?;
    set_module(th, &v)?;
    Ok(v)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let p = this(th, v)?;
    let sign = match (p.infer_variance, p.covariant, p.contravariant) {
        (true, ..) => "",
        (_, true, _) => "+",
        (_, _, true) => "-",
        _ => "~",
    };
    Ok(th.str(&format!("{sign}{}", th.str_text(&p.name)?)))
}

fn default(th: &Thread, v: &Value) -> PyResult<Value> {
    match this(th, v)?.default.get(th)? {
        Some(default) => Ok(default),
        None => no_default(th),
    }
}

/// The payload of ParamSpecArgs objects.
pub struct ParamSpecArgs {
    origin: Value,
}
/// The payload of ParamSpecKwargs objects.
pub struct ParamSpecKwargs {
    origin: Value,
}
payload!(ParamSpecArgs, "typing.ParamSpecArgs", traverse = |p: &ParamSpecArgs, v: Visitor<'_>| v(&p.origin));
payload!(
    ParamSpecKwargs,
    "typing.ParamSpecKwargs",
    traverse = |p: &ParamSpecKwargs, v: Visitor<'_>| v(&p.origin)
);

macro_rules! part {
    ($static:ident $payload:ident $name:literal $python:literal $suffix:literal $doc:literal) => {
        #[doc = $python]
        pub static $static: TypeSpec = TypeSpec {
            name: $name,
            doc: $doc,
            flags: WEAKREFS,
            new_sig: "(origin)",
            slots: &[
                Slot::New(|th, cls, args| th.make_object(cls, $payload { origin: args[0].clone() })),
                Slot::Repr(|th, v| part_repr(th, &th.expect::<$payload>(v, $python)?.origin, $suffix)),
                Slot::RichCompare(|th, a, b, op| {
                    let (Some(x), Some(y)) = (a.payload::<$payload>(), b.payload::<$payload>()) else {
                        return Ok(Value::NOT_IMPLEMENTED);
                    };
                    match op {
                        CompareOp::Eq | CompareOp::Ne => th.compare(&x.origin, &y.origin, op),
                        _ => Ok(Value::NOT_IMPLEMENTED),
                    }
                }),
                Slot::Hash(|th, v| th.hash(&th.expect::<$payload>(v, $python)?.origin)),
            ],
            methods: &[m("__mro_entries__", "(object, /)", |th, _, _| cannot_subclass(th, $python), "")],
            getset: &[gs(
                "__origin__",
                |th, v| Ok(th.expect::<$payload>(v, $python)?.origin.clone()),
                None,
                "",
            )],
            ..TypeSpec::of::<$payload>()
        };
    };
}

part!(ARGS ParamSpecArgs "typing.ParamSpecArgs" "ParamSpecArgs" "args" "The args for a ParamSpec object.");
part!(KWARGS ParamSpecKwargs "typing.ParamSpecKwargs" "ParamSpecKwargs" "kwargs" "The kwargs for a ParamSpec object.");

fn part_repr(th: &Thread, origin: &Value, suffix: &str) -> PyResult<Value> {
    let text = match origin.payload::<ParamSpec>() {
        Some(p) => th.str_text(&p.name)?,
        None => th.repr_text(origin)?,
    };
    Ok(th.str(&format!("{text}.{suffix}")))
}
