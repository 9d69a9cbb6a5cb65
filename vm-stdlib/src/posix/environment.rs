//! The process's environment.
use crate::path_arg::{fs_encode, fspath};
use std::ffi::CString;
use vm_runtime::host::process;
use vm_runtime::prelude::*;

pub static FUNCTIONS: &[MethodDef] = &[
    m("putenv", "(name, value, /)", putenv, "Change or add an environment variable."),
    m("unsetenv", "(name, /)", unsetenv, "Delete an environment variable."),
    m("_create_environ", "()", create_environ, "Create the environment dictionary."),
];

/// Adds `environ` to the module.
pub fn add(th: &Thread, module: &Value) -> PyResult<()> {
    let environ = snapshot(th)?;
    th.set_module_attr(module, "environ", environ)
}

fn snapshot(th: &Thread) -> PyResult<Value> {
    let dict = th.dict();
    for (name, value) in process::environment() {
        let name = th.bytes(&name);
        // The first of several wins, as for getenv.
        if !th.contains(&dict, &name)? {
            th.setitem(&dict, &name, &th.bytes(&value))?;
        }
    }
    Ok(dict)
}

fn create_environ(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    snapshot(th)
}

fn text(th: &Thread, value: &Value) -> PyResult<CString> {
    let value = fspath(th, value)?;
    CString::new(fs_encode(th, &value)?).map_err(|_| th.value_error("embedded null byte"))
}

fn putenv(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (name, value) = (text(th, &args[0])?, text(th, &args[1])?);
    if name.to_bytes().contains(&b'=') {
        return Err(th.value_error("illegal environment variable name"));
    }
    th.audit("os.putenv", &[args[0].clone(), args[1].clone()])?;
    process::setenv(&name, &value).map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}

fn unsetenv(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = text(th, &args[0])?;
    th.audit("os.unsetenv", &[args[0].clone()])?;
    process::unsetenv(&name).map(|()| Value::NONE).map_err(|errno| th.os_error(errno, None))
}
