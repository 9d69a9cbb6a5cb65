//! `compile`, `eval`, `exec`.
use crate::code::Code;
use crate::prelude::*;
use vm_compiler::{Mode, Options, future};

/// `ast.PyCF_ONLY_AST`.
pub const ONLY_AST: i64 = 0x400;
const SOURCE_IS_UTF8: i64 = 0x100;
const DONT_IMPLY_DEDENT: i64 = 0x200;
const TYPE_COMMENTS: i64 = 0x1000;
const ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
const ALLOW_INCOMPLETE_INPUT: i64 = 0x4000;
/// `ast.PyCF_OPTIMIZED_AST` is `ONLY_AST | 0x8000`.
const OPTIMIZED_AST: i64 = 0x8000;
const NESTED: i64 = 0x10;

/// Source text in any form that `compile` takes: a str or bytes.
pub fn source_bytes(th: &Thread, v: &Value, function: &str, what: &str) -> PyResult<Source> {
    let source = if let Some(s) = v.as_str() {
        match s.to_str() {
            Some(text) => Source::Text(text.to_owned()),
            None => {
                let at = s.as_wtf8().code_points().position(|c| c.to_char().is_none()).unwrap_or(0);
                return Err(th.unicode_encode_error(
                    "utf-8",
                    v.clone(),
                    at,
                    at + 1,
                    "surrogates not allowed",
                ));
            }
        }
    } else if th.has_buffer(v) {
        Source::Bytes(th.bytes_like(v)?.to_vec())
    } else {
        return Err(th.type_error(format!("{function}() arg 1 must be a {what} object")));
    };
    let nul = match &source {
        Source::Text(t) => t.as_bytes().contains(&0),
        Source::Bytes(b) => b.contains(&0),
    };
    if nul {
        return Err(th.raise(th.types().exc.syntax_error, "source code string cannot contain null bytes"));
    }
    Ok(source)
}

/// Source as given: text, or bytes that are still to be decoded.
pub enum Source {
    /// Text.
    Text(String),
    /// Bytes with a possible coding cookie.
    Bytes(Vec<u8>),
}

pub(super) fn compile(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [source, filename, mode, flags, dont_inherit, optimize, ..] = args else { return Ok(Value::NONE) };
    let filename = th.fs_decode(filename)?;
    let Some(mode_text) = mode.as_str() else {
        return Err(
            th.type_error(format!("compile() argument 'mode' must be str, not {}", mode.type_name(th)))
        );
    };
    let mut flags = if flags.is_unbound() { 0 } else { th.index_i64(flags)? };
    let optimize = if optimize.is_unbound() { -1 } else { th.index_i64(optimize)? };
    let known = i64::from(future::MASK)
        | ONLY_AST
        | SOURCE_IS_UTF8
        | DONT_IMPLY_DEDENT
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST
        | NESTED;
    if flags & !known != 0 {
        return Err(th.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(th.value_error("compile(): invalid optimize value"));
    }
    if dont_inherit.is_unbound() || !th.truth(dont_inherit)? {
        flags |= i64::from(th.current_future_flags());
    }
    let mode = match mode_text.to_str() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        Some("func_type") if flags & ONLY_AST != 0 => {
            return Err(th.not_implemented_error("compile() mode 'func_type' is not supported"));
        }
        Some("func_type") => {
            return Err(th.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if flags & ONLY_AST != 0 => {
            return Err(th.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(th.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let options = Options {
        optimize: if optimize < 0 { th.optimize_level() } else { i32::try_from(optimize).unwrap_or(0) },
        future_flags: u32::try_from(flags & i64::from(future::MASK)).unwrap_or(0),
        allow_top_level_await: flags & ALLOW_TOP_LEVEL_AWAIT != 0,
        dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
        allow_incomplete_input: flags & ALLOW_INCOMPLETE_INPUT != 0,
    };
    if let Some(code) = crate::native::ast_hook(th, source, &filename, mode, &options, flags & ONLY_AST != 0)?
    {
        return Ok(code);
    }
    th.audit("compile", &[source.clone(), filename.clone()])?;
    let text = source_bytes(th, source, "compile", "string, bytes or AST")?;
    th.compile_source(&text, &filename, mode, &options)
}

fn eval_options(th: &Thread) -> Options {
    Options { optimize: th.optimize_level(), future_flags: th.current_future_flags(), ..Options::default() }
}

/// Adds `__builtins__` to globals that have none.
fn ensure_builtins(th: &Thread, globals: &Value) -> PyResult<()> {
    let name = th.intern("__builtins__");
    if let Some(dict) = globals.payload::<Dict>()
        && dict.get(th, &name)?.is_none()
    {
        dict.set(th, &name, th.builtins_module())?;
    }
    Ok(())
}

pub(super) fn eval(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [source, globals, locals, ..] = args else { return Ok(Value::NONE) };
    let none = |v: &Value| v.is_unbound() || v.is_none();
    if !none(locals) && !th.is_mapping(locals) {
        return Err(th.type_error("locals must be a mapping"));
    }
    if !none(globals) && globals.payload::<Dict>().is_none() {
        let text = if th.is_mapping(globals) {
            "globals must be a real dict; try eval(code, {}, mapping)"
        } else {
            "globals must be a dict"
        };
        return Err(th.type_error(text));
    }
    let (globals, locals) = scope(th, globals, locals)?;
    ensure_builtins(th, &globals)?;
    if let Some(code) = source.payload::<Code>() {
        if code.nfree != 0 {
            return Err(th.type_error("code object passed to eval() may not contain free variables"));
        }
        th.audit("exec", std::slice::from_ref(source))?;
        return th.run_code(source, &globals, &locals, None);
    }
    let text = match source_bytes(th, source, "eval", "string, bytes or code")? {
        Source::Text(t) => Source::Text(t.trim_start_matches([' ', '\t']).to_owned()),
        Source::Bytes(b) => {
            let skip = b.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
            Source::Bytes(b[skip..].to_vec())
        }
    };
    th.audit("compile", &[source.clone(), th.str("<string>")])?;
    let code = th.compile_source(&text, &th.str("<string>"), Mode::Eval, &eval_options(th))?;
    th.audit("exec", std::slice::from_ref(&code))?;
    th.run_code(&code, &globals, &locals, None)
}

/// The namespaces to run in, where some may be left out.
fn scope(th: &Thread, globals: &Value, locals: &Value) -> PyResult<(Value, Value)> {
    let none = |v: &Value| v.is_unbound() || v.is_none();
    Ok(match (none(globals), none(locals)) {
        (true, true) => (th.current_globals()?, th.current_locals()?),
        (true, false) => (th.current_globals()?, locals.clone()),
        (false, true) => (globals.clone(), globals.clone()),
        (false, false) => (globals.clone(), locals.clone()),
    })
}

pub(super) fn exec(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [source, globals, locals, closure] = args else { return Ok(Value::NONE) };
    let none = |v: &Value| v.is_unbound() || v.is_none();
    if !none(globals) && globals.payload::<Dict>().is_none() {
        return Err(th.type_error(format!("exec() globals must be a dict, not {}", globals.type_name(th))));
    }
    if !none(locals) && !th.is_mapping(locals) {
        return Err(th.type_error(format!("locals must be a mapping or None, not {}", locals.type_name(th))));
    }
    let (globals, locals) = scope(th, globals, locals)?;
    ensure_builtins(th, &globals)?;
    let Some(code) = source.payload::<Code>() else {
        if !none(closure) {
            return Err(th.type_error("closure can only be used when source is a code object"));
        }
        let text = source_bytes(th, source, "exec", "string, bytes or code")?;
        th.audit("compile", &[source.clone(), th.str("<string>")])?;
        let code = th.compile_source(&text, &th.str("<string>"), Mode::Exec, &eval_options(th))?;
        th.audit("exec", std::slice::from_ref(&code))?;
        th.run_code(&code, &globals, &locals, None)?;
        return Ok(Value::NONE);
    };
    th.audit("exec", std::slice::from_ref(source))?;
    let n_free = code.nfree;
    if n_free == 0 {
        if !none(closure) {
            return Err(th.type_error("cannot use a closure with this code object"));
        }
        th.run_code(source, &globals, &locals, None)?;
        return Ok(Value::NONE);
    }
    let cells = closure.payload::<Tuple>().filter(|t| {
        th.is_exact(closure, th.types().tuple)
            && t.as_slice().len() == n_free
            && t.as_slice().iter().all(|c| c.payload::<crate::types::cell::Cell>().is_some())
    });
    if cells.is_none() {
        return Err(th.type_error(format!("code object requires a closure of exactly length {n_free}")));
    }
    th.run_code(source, &globals, &locals, Some(closure))?;
    Ok(Value::NONE)
}
