//! `_testinternalcapi`: what CPython's own tests ask of the inside of an interpreter, where ours has an answer.
use crate::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_testinternalcapi",
    doc: "What CPython's own tests ask of the inside of an interpreter.",
    functions: &[
        m(
            "has_inline_values",
            "(object, /)",
            |th, _, a| Ok(Value::bool(th.has_inline_attributes(&a[0]))),
            "Whether the object's attributes lie in the object itself.",
        ),
        m(
            "has_split_table",
            "(dict, /)",
            |_, _, _| Ok(Value::FALSE),
            "Whether the dict shares its keys with others: instances share shapes, dicts share nothing.",
        ),
        m(
            "get_recursion_depth",
            "()",
            |th, _, _| Ok(th.usize(th.depth.get())),
            "How deep the recursion is that the limit of recursion counts.",
        ),
        m(
            "hamt",
            "()",
            |th, _, _| Ok(crate::types::hamt::new_object(th, crate::types::hamt::Hamt::default())),
            "An empty map of the kind that contexts hold their variables in.",
        ),
        m("get_static_builtin_types", "()", builtin_types, "The builtin types."),
        m(
            "identify_type_slot_wrappers",
            "()",
            slot_names,
            "Names of the special methods that types have slots for.",
        ),
    ],
    init: Some(|th: &Thread, module: &Value| {
        // After how many runs a site is as quick as it gets.
        th.set_module_attr(module, "SPECIALIZATION_THRESHOLD", th.int(2))?;
        th.set_module_attr(module, "SPECIALIZATION_COOLDOWN", th.int(2))
    }),
    ..ModuleSpec::EMPTY
};

fn builtin_types(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.list(crate::types::builtin_names(th.types()).into_iter().map(|(_, ty)| ty.value()).collect()))
}

fn slot_names(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let mut names: Vec<&str> = crate::types::slot_defs::all().map(|def| def.name).collect();
    names.sort_unstable();
    names.dedup();
    Ok(th.list(names.into_iter().map(|name| th.intern(name)).collect()))
}
