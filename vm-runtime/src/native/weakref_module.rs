//! Module `_weakref`.
use crate::prelude::*;
use crate::types::weakref::{self, WeakRef, proxy};

/// `_weakref`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: &[
        m("getweakrefcount", "(object, /)", count, "Return the number of weak references to 'object'."),
        m(
            "getweakrefs",
            "(object, /)",
            list,
            "Return a list of all weak reference objects pointing to 'object'.",
        ),
        m(
            "proxy",
            "(object, callback=None, /)",
            new_proxy,
            "Create a proxy object that weakly references 'object'.",
        ),
        m(
            "_remove_dead_weakref",
            "(dct, key, /)",
            remove_dead,
            "Atomically remove key from dict if it points to a dead weakref.",
        ),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let reference = th.type_for::<WeakRef>().value();
    th.set_module_attr(module, "ref", reference.clone())?;
    th.set_module_attr(module, "ReferenceType", reference)?;
    th.set_module_attr(module, "ProxyType", th.type_for::<proxy::WeakProxy>().value())?;
    th.set_module_attr(module, "CallableProxyType", th.type_for::<proxy::CallableProxy>().value())
}

fn count(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(weakref::references(th, &args[0]).len()))
}

fn list(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.list(weakref::in_order(th, &args[0])))
}

fn new_proxy(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    proxy::new_proxy(th, &args[0], args.get(1).filter(|c| !c.is_unbound()))
}

fn remove_dead(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(dict) = args[0].payload::<Dict>() else {
        let got = args[0].type_name(th);
        return Err(th.type_error(format!("_remove_dead_weakref() argument 1 must be dict, not {got}")));
    };
    // A weak reference never comes back to life, so looking and deleting need not be one step unless the entry is replaced
    // in between; then the new one is deleted only if it is dead as well.
    if let Some(value) = dict.get(th, &args[1])? {
        match weakref::referent(th, &value) {
            Some(None) => {
                dict.del(th, &args[1])?;
            }
            Some(Some(_)) => {}
            None => return Err(th.type_error("not a weakref")),
        }
    }
    Ok(Value::NONE)
}
