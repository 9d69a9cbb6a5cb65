//! Module `_typing`: type variables, type aliases, `Generic`, `NoDefault`. What they do with arguments is `Lib/typing.py`'s.
use crate::prelude::*;
use crate::types::union;

pub mod alias;
pub mod evaluator;
pub mod param_spec;
pub mod type_var;
pub mod type_var_tuple;

pub use alias::{AliasType, new_alias_type};
pub use param_spec::new_param_spec;
pub use type_var::new_type_var;
pub use type_var_tuple::new_type_var_tuple;

/// `_typing`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.\n",
    functions: &[m("_idfunc", "(x, /)", |_, _, args| Ok(args[0].clone()), "")],
    types: &[
        &type_var::SPEC,
        &type_var_tuple::SPEC,
        &param_spec::SPEC,
        &param_spec::ARGS,
        &param_spec::KWARGS,
        &alias::SPEC,
    ],
    hidden_types: &[&NO_DEFAULT, &evaluator::SPEC],
    init: Some(init),
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "Union", th.type_for::<union::Union>().value())?;
    th.set_module_attr(module, "NoDefault", no_default(th)?)?;
    th.set_module_attr(module, "Generic", generic(th)?)
}

/// Whether `v` is a `type X = ...` alias.
pub fn is_alias_type(_: &Thread, v: &Value) -> bool {
    v.payload::<AliasType>().is_some()
}

// ---- NoDefault

/// The payload of `typing.NoDefault`.
pub struct NoDefault;
payload!(NoDefault, "typing.NoDefaultType");

/// `NoDefaultType`.
pub static NO_DEFAULT: TypeSpec = TypeSpec {
    name: "typing.NoDefaultType",
    doc: "The type of the NoDefault singleton.",
    slots: &[
        Slot::NewRaw(|th, _, args| {
            if !args.is_empty() {
                return Err(th.type_error("NoDefaultType takes no arguments"));
            }
            no_default(th)
        }),
        Slot::Repr(|th, _| Ok(th.str("typing.NoDefault"))),
    ],
    methods: &[m("__reduce__", "()", |th, _, _| Ok(th.str("NoDefault")), "")],
    ..TypeSpec::of::<NoDefault>()
};

/// `typing.NoDefault`.
pub fn no_default(th: &Thread) -> PyResult<Value> {
    th.vm_state_or_try("_typing.NoDefault", || th.make_object(th.type_for::<NoDefault>(), NoDefault))
}

/// Whether `v` is `NoDefault`.
pub fn is_no_default(v: &Value) -> bool {
    v.payload::<NoDefault>().is_some()
}

// ---- Generic

static CLASS_GETITEM: MethodDef = m(
    "__class_getitem__",
    "(cls, *args, **kwargs)",
    |th, _, args| generic_call(th, "_generic_class_getitem", args),
    "Parameterizes a generic class.",
);
static INIT_SUBCLASS: MethodDef = m(
    "__init_subclass__",
    "(cls, *args, **kwargs)",
    |th, _, args| generic_call(th, "_generic_init_subclass", args),
    "Function to initialize subclasses.",
);

/// Calls `typing.<name>(cls, *args, **kwargs)`; the slice is `[cls, kwargs, args...]`.
fn generic_call(th: &Thread, name: &str, args: &[Value]) -> PyResult<Value> {
    let f = th.getattr_str(&th.import("typing")?, name)?;
    let mut all = vec![args[0].clone()];
    all.extend(args.iter().skip(2).cloned());
    th.call_dict(&f, &all, args.get(1))
}

/// `typing.Generic`, a class with native methods.
pub fn generic(th: &Thread) -> PyResult<Value> {
    th.vm_state_or_try("_typing.Generic", || make_generic(th))
}

fn make_generic(th: &Thread) -> PyResult<Value> {
    let namespace = th.dict();
    if let Some(d) = namespace.payload::<Dict>() {
        d.set_str(th, "__module__", th.str("typing"))?;
        d.set_str(th, "__slots__", th.tuple(Vec::new()))?;
        d.set_str(th, "__doc__", th.str("Abstract base class for generic types."))?;
        for def in [&CLASS_GETITEM, &INIT_SUBCLASS] {
            let f = crate::types::builtin_function::function(th, def, &Value::NONE, None);
            d.set_str(th, def.name, crate::types::classmethod::wrap(th, f))?;
        }
    }
    th.call(&th.types().type_.value(), &[th.str("Generic"), th.tuple(Vec::new()), namespace])
}

// ---- shared by the kinds of type parameters

/// Calls `typing.<name>(*args)`.
pub(super) fn typing_call(th: &Thread, name: &str, args: &[Value]) -> PyResult<Value> {
    let f = th.getattr_str(&th.import("typing")?, name)?;
    th.call(&f, args)
}

/// `__module__` of a type parameter: that of the calling code.
pub(super) fn set_module(th: &Thread, v: &Value) -> PyResult<()> {
    th.setattr(v, &th.names().__module__, &caller(th).unwrap_or(Value::NONE))
}

/// `__name__` of the globals of the running code.
pub(super) fn caller(th: &Thread) -> Option<Value> {
    th.frame_globals()?.payload::<Dict>()?.get_interned(th, &th.names().__name__)
}

/// `a | b` with a type parameter or alias: strings become forward references.
pub(super) fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let class = th.type_for::<union::Union>().value();
    th.getitem(&class, &th.tuple(vec![a.clone(), b.clone()]))
}

pub(super) fn cannot_subclass(th: &Thread, what: &str) -> PyResult<Value> {
    Err(th.type_error(format!("Cannot subclass an instance of {what}")))
}

/// `Unpack[v]`.
pub(super) fn unpack(th: &Thread, v: &Value) -> PyResult<Value> {
    let unpack = th.getattr_str(&th.import("typing")?, "Unpack")?;
    th.getitem(&unpack, v)
}

/// The parameters with every TypeVarTuple unpacked.
pub(super) fn unpack_tuples(th: &Thread, params: &Value) -> PyResult<Value> {
    let Some(t) = params.payload::<Tuple>() else { return Ok(params.clone()) };
    let mut out = Vec::with_capacity(t.as_slice().len());
    for p in t.as_slice() {
        out.push(if p.payload::<type_var_tuple::TypeVarTuple>().is_some() {
            unpack(th, p)?
        } else {
            p.clone()
        });
    }
    Ok(th.tuple(out))
}

/// `Generic[params]` for a class with type parameters.
pub fn subscript_generic(th: &Thread, params: &Value) -> PyResult<Value> {
    let params = unpack_tuples(th, params)?;
    let generic = generic(th)?;
    typing_call(th, "_GenericAlias", &[generic, params])
}

/// Gives a type parameter its default, as a function that computes it.
pub fn set_default(th: &Thread, param: &Value, evaluate: &Value) -> PyResult<Value> {
    let slot = if let Some(p) = param.payload::<type_var::TypeVar>() {
        &p.default
    } else if let Some(p) = param.payload::<param_spec::ParamSpec>() {
        &p.default
    } else if let Some(p) = param.payload::<type_var_tuple::TypeVarTuple>() {
        &p.default
    } else {
        return Err(th.type_error(format!("Expected a type param, got {}", th.repr_text(param)?)));
    };
    slot.set_lazy(th, evaluate.clone());
    Ok(param.clone())
}

/// Whether a type parameter has a default.
pub(super) fn has_default(th: &Thread, param: &Value) -> PyResult<bool> {
    match th.get_attr_str_opt(param, "__default__")? {
        Some(default) => Ok(!is_no_default(&default)),
        None => Ok(false),
    }
}
