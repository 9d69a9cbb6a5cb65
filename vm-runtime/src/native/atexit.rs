//! Module `atexit`.
use crate::prelude::*;

/// `atexit`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: &[
        m(
            "register",
            "(*args, **kwargs)",
            register,
            "Register a function to be executed upon normal program termination",
        ),
        m("_clear", "()", clear, "Clear the list of previously registered exit functions."),
        m(
            "unregister",
            "(func, /)",
            unregister,
            "Unregister an exit function which was previously registered using\natexit.register",
        ),
        m("_run_exitfuncs", "()", run_exitfuncs, "Run all registered exit functions."),
        m("_ncallbacks", "()", ncallbacks, "Return the number of registered exit functions."),
    ],
    ..ModuleSpec::EMPTY
};

/// The list of (function, arguments, keywords), the oldest first.
fn callbacks(th: &Thread) -> Value {
    th.vm_state_or("atexit.callbacks", || th.list(Vec::new()))
}

fn register(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, given) = crate::builtins::split_keywords(args);
    let Some((f, rest)) = given.split_first() else {
        return Err(th.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !th.is_callable(f) {
        return Err(th.type_error("the first argument must be callable"));
    }
    let row = th.tuple(vec![f.clone(), th.tuple(rest.to_vec()), args[0].clone()]);
    th.call_method(&callbacks(th), "append", &[row])?;
    Ok(f.clone())
}

fn clear(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.call_method(&callbacks(th), "clear", &[])
}

fn unregister(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let list = callbacks(th);
    for row in th.collect(&list)? {
        let Some(f) = row.payload::<Tuple>().and_then(|t| t.as_slice().first().cloned()) else { continue };
        if th.eq(&f, &args[0])? {
            // Another thread may have removed it; by identity, so that no comparison runs twice.
            let now = th.collect(&list)?;
            if let Some(i) = now.iter().position(|r| r.is(&row)) {
                th.delitem(&list, &th.usize(i))?;
            }
        }
    }
    Ok(Value::NONE)
}

fn ncallbacks(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(th.length(&callbacks(th))?))
}

fn run_exitfuncs(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    run(th);
    Ok(Value::NONE)
}

/// Runs and forgets the registered functions, the latest first; their errors are reported as unraisable.
pub fn run(th: &Thread) {
    let list = callbacks(th);
    while let Ok(row) = th.call_method(&list, "pop", &[]) {
        let Some([f, args, keywords]) = row.payload::<Tuple>().map(Tuple::as_slice) else { continue };
        let args = args.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
        let keywords = Some(keywords).filter(|k| k.payload::<Dict>().is_some_and(|d| !d.is_empty()));
        if th.call_dict(f, &args, keywords).is_err() {
            th.unraisable(Some("Exception ignored in atexit callback"), Some(f));
        }
    }
    th.clear_error();
}
