//! `_imp`: what importlib needs. The embedded library's modules are its "frozen" modules.
use crate::code::Code;
use crate::prelude::*;

fn name_of(th: &Thread, v: &Value) -> PyResult<String> {
    match v.as_str() {
        Some(s) => Ok(s.as_wtf8().to_string()),
        None => Err(th.type_error(format!("argument must be str, not {}", v.type_name(th)))),
    }
}

fn is_builtin(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    Ok(th.int(match name.as_str() {
        "sys" | "builtins" => -1,
        _ => i64::from(th.native_module_spec(&name).is_some()),
    }))
}

fn create_builtin(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &th.getattr_str(&a[0], "name")?)?;
    if let Some(done) = th.imported_module(&name).filter(|_| name == "sys" || name == "builtins") {
        return Ok(done);
    }
    match th.native_module_spec(&name) {
        Some(spec) => th.make_native_module(spec),
        None => Ok(Value::NONE),
    }
}

fn exec_builtin(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.int(0))
}

/// Modules that must come from the embedded library even where a directory stands in for it.
fn is_frozen(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(crate::import::embedded(&name_of(th, &a[0])?).is_some()))
}

fn is_frozen_package(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    match crate::import::embedded(&name) {
        Some(m) => Ok(Value::bool(m.is_package)),
        None => Err(th.import_error(format!("No such frozen object named {name}"))),
    }
}

fn find_frozen(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    match crate::import::embedded(&name) {
        Some(m) => Ok(th.tuple(vec![Value::NONE, Value::bool(m.is_package), a[0].clone()])),
        None => Ok(Value::NONE),
    }
}

fn get_frozen_object(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    match th.frozen_code(&name)? {
        Some(code) => Ok(code),
        None => Err(th.import_error(format!("No such frozen object named {name}"))),
    }
}

fn frozen_source(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    Ok(crate::import::embedded(&name).and_then(|m| m.source()).map_or(Value::NONE, |s| th.str(&s)))
}

fn frozen_file(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = name_of(th, &a[0])?;
    Ok(crate::import::embedded(&name).map_or(Value::NONE, |m| th.str(&m.file())))
}

fn frozen_data(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let path = name_of(th, &a[0])?;
    Ok(vm_pylib::data(&path).map_or(Value::NONE, |d| th.bytes(&d)))
}

fn fix_co_filename(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let _ = th.expect::<Code>(&a[0], "code")?;
    Ok(Value::NONE)
}

fn source_hash(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    use siphasher::sip::SipHasher13;
    use std::hash::Hasher;
    let key = th.index_i64(&a[0])? as u64;
    let bytes = th.bytes_like(&a[1])?.to_vec();
    let mut hasher = SipHasher13::new_with_keys(key, 0);
    hasher.write(&bytes);
    Ok(th.bytes(&hasher.finish().to_le_bytes()))
}

fn lock_held(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.vm().import_lock.is_locked()))
}

fn acquire_lock(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.vm().import_lock.acquire(th);
    Ok(Value::NONE)
}

fn release_lock(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    if th.vm().import_lock.release(th) {
        Ok(Value::NONE)
    } else {
        Err(th.runtime_error("not holding the import lock"))
    }
}

fn nothing(_: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::NONE)
}

fn no_extensions(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let name = th.getattr_str(&a[0], "name")?;
    let path = th.getattr_str(&a[0], "origin")?;
    Err(th.import_error_of(
        th.types().exc.import_error,
        "extension modules of CPython cannot be loaded by Orochi",
        name,
        path,
        Value::NONE,
    ))
}

/// `_imp`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_imp",
    doc: "(Extremely) low-level import machinery bits as used by importlib.",
    functions: &[
        m(
            "extension_suffixes",
            "()",
            |th, _, _| Ok(th.list(Vec::new())),
            "Returns the list of file suffixes used to identify extension modules.",
        ),
        m("lock_held", "()", lock_held, "Return True if the import lock is currently held, else False."),
        m(
            "acquire_lock",
            "()",
            acquire_lock,
            "Acquires the interpreter's import lock for the current thread.",
        ),
        m("release_lock", "()", release_lock, "Release the interpreter's import lock."),
        m(
            "find_frozen",
            "(name, /, *, withdata=False)",
            find_frozen,
            "Return info about the corresponding frozen module (if there is one) or None.",
        ),
        m(
            "get_frozen_object",
            "(name, data=None, /)",
            get_frozen_object,
            "Create a code object for a frozen module.",
        ),
        m(
            "is_frozen_package",
            "(name, /)",
            is_frozen_package,
            "Returns True if the module name is of a frozen package.",
        ),
        m("create_builtin", "(spec, /)", create_builtin, "Create an extension module."),
        m(
            "is_builtin",
            "(name, /)",
            is_builtin,
            "Returns True if the module name corresponds to a built-in module.",
        ),
        m(
            "is_frozen",
            "(name, /)",
            is_frozen,
            "Returns True if the module name corresponds to a frozen module.",
        ),
        m(
            "_frozen_module_names",
            "()",
            |th, _, _| Ok(th.list(vm_pylib::names().map(|n| th.str(n)).collect())),
            "Returns the list of available frozen modules.",
        ),
        m("_frozen_source", "(name, /)", frozen_source, "Source text of an embedded module, or None."),
        m("_frozen_file", "(name, /)", frozen_file, "What __file__ is in an embedded module, or None."),
        m("_frozen_data", "(path, /)", frozen_data, "Bytes of a file of the embedded library, or None."),
        m("_override_frozen_modules_for_tests", "(override, /)", nothing, ""),
        m("_override_multi_interp_extensions_check", "(override, /)", |th, _, _| Ok(th.int(0)), ""),
        m("create_dynamic", "(spec, file=None, /)", no_extensions, "Create an extension module."),
        m("exec_dynamic", "(mod, /)", exec_builtin, "Initialize an extension module."),
        m("exec_builtin", "(mod, /)", exec_builtin, "Initialize a built-in module."),
        m(
            "_fix_co_filename",
            "(code, path, /)",
            fix_co_filename,
            "Changes code.co_filename to specify the passed-in file path.",
        ),
        m("source_hash", "(key, source)", source_hash, ""),
        m("_set_lazy_imports", "(*args)", nothing, ""),
    ],
    init: Some(|th, module| {
        th.set_module_attr(module, "check_hash_based_pycs", th.str("default"))?;
        th.set_module_attr(module, "pyc_magic_number_token", th.int(magic()))
    }),
    ..ModuleSpec::EMPTY
};

/// The four bytes that begin files of compiled code: other instructions, other bytes.
fn magic() -> i64 {
    let print = vm_compiler::image::fingerprint();
    let folded = (print ^ print >> 32) as u32;
    0x0a0d_0000 | i64::from((folded ^ folded >> 16) as u16)
}
