//! Running source text.
use crate::bound::Bound;
use crate::err::PyResult;
use crate::python::Python;
use crate::types::{PyAny, PyDict};
use vm_compiler::{Mode, Options};
use vm_runtime::prelude::{PyResult as VmResult, Thread, Value, ValueExt};

/// The name of source text that is in no file.
const STRING: &str = "<string>";

/// The dict of `__main__`.
pub(crate) fn main_dict(th: &Thread) -> VmResult<Value> {
    let main = th.import("__main__")?;
    th.module_dict(&main)
}

/// Compiles, and keeps the text for tracebacks.
pub(crate) fn compile(th: &Thread, code: &str, filename: &str, mode: Mode) -> VmResult<Value> {
    if code.contains('\0') {
        return Err(th.raise(th.types().exc.syntax_error, "source code string cannot contain null bytes"));
    }
    let options = Options { optimize: th.optimize_level(), ..Options::default() };
    th.audit("compile", &[th.str(code), th.str(filename)])?;
    let made = th.compile_text(code, filename, mode, &options)?;
    let lines = th.import("linecache")?;
    if filename.starts_with('<') {
        th.call_method(&lines, "_register_code", &[made.clone(), th.str(code), th.str(filename)])?;
    } else {
        // As `linecache` keeps what a loader gave it: for ever, and without a look at the file.
        let text =
            code.split_inclusive('\n').map(|line| th.str(&format!("{}\n", line.trim_end_matches('\n'))));
        let entry =
            th.tuple(vec![th.usize(code.len()), Value::NONE, th.list(text.collect()), th.str(filename)]);
        let cache = th.getattr_str(&lines, "cache")?;
        th.setitem(&cache, &th.str(filename), &entry)?;
    }
    Ok(made)
}

/// Runs a code object in a namespace; None is that of `__main__`.
pub(crate) fn execute(
    th: &Thread,
    code: &Value,
    globals: Option<&Value>,
    locals: Option<&Value>,
) -> VmResult<Value> {
    let globals = match globals {
        Some(globals) => globals.clone(),
        None => main_dict(th)?,
    };
    let name = th.intern("__builtins__");
    if let Some(dict) = globals.payload::<vm_runtime::prelude::Dict>()
        && dict.get(th, &name)?.is_none()
    {
        dict.set(th, &name, th.builtins_module())?;
    }
    th.audit("exec", std::slice::from_ref(code))?;
    th.run_code(code, &globals, locals.unwrap_or(&globals), None)
}

fn in_namespace<'py>(
    py: Python<'py>,
    code: &str,
    mode: Mode,
    globals: Option<&Bound<'_, PyDict>>,
    locals: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let globals = globals.map(|d| d.value_in(py)).transpose()?;
    let locals = locals.map(|d| d.value_in(py)).transpose()?;
    py.run_value(|th| {
        let code = compile(th, code, STRING, mode)?;
        execute(th, &code, globals, locals)
    })
}

pub(crate) fn eval<'py>(
    py: Python<'py>,
    code: &str,
    globals: Option<&Bound<'_, PyDict>>,
    locals: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    in_namespace(py, code.trim_start_matches([' ', '\t']), Mode::Eval, globals, locals)
}

pub(crate) fn run(
    py: Python<'_>,
    code: &str,
    globals: Option<&Bound<'_, PyDict>>,
    locals: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    in_namespace(py, code, Mode::Exec, globals, locals).map(drop)
}
