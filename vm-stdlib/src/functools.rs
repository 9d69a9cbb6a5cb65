//! `_functools`.
mod compare_key;
mod lru_cache;
mod partial;

use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_functools",
    doc: "Tools that operate on functions.",
    functions: &[
        m(
            "reduce",
            "(function, iterable, /, initial=<unrepresentable>)",
            reduce,
            "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is\npresent, it is placed before the items of the iterable in the\ncalculation, and serves as a default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
        ),
        m(
            "cmp_to_key",
            "(mycmp)",
            compare_key::cmp_to_key,
            "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.",
        ),
    ],
    types: &[&partial::PLACEHOLDER, &partial::SPEC, &lru_cache::SPEC],
    init: Some(|th: &Thread, module: &Value| -> PyResult<()> {
        th.set_module_attr(module, "Placeholder", partial::placeholder(th))
    }),
    ..ModuleSpec::EMPTY
};

fn reduce(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [function, iterable, initial] = args else { return Err(th.system_error("bad native call")) };
    let it = match th.iter(iterable) {
        Ok(it) => it,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) {
                th.clear_error();
                return Err(th.type_error("reduce() arg 2 must support iteration"));
            }
            return Err(raised);
        }
    };
    let mut total = (!initial.is_unbound()).then(|| initial.clone());
    while let Some(item) = th.next(&it)? {
        total = Some(match total {
            Some(total) => th.call(function, &[total, item])?,
            None => item,
        });
    }
    total.ok_or_else(|| th.type_error("reduce() of empty iterable with no initial value"))
}
