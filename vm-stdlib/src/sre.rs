//! Module `_sre`: compiled regular expressions, over the engine of crate `rustpython-sre_engine`.
//!
//! `drive` shows texts to the engine; `pattern` and `matched` are the types; `template` has replacement templates.
pub mod drive;
pub mod matched;
pub mod pattern;
pub mod replace;
pub mod scanner;
pub mod template;

use rustpython_sre_engine::{CODESIZE, MAXGROUPS, MAXREPEAT, SRE_MAGIC};
use vm_runtime::prelude::*;
use vm_runtime::types::str::unicode;

fn getcodesize(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(CODESIZE))
}

fn character(th: &Thread, v: &Value) -> PyResult<u32> {
    let c = th.as_c_int(v)?;
    Ok(c as u32)
}

fn ascii_iscased(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let c = character(th, &args[0])?;
    Ok(Value::bool(u8::try_from(c).is_ok_and(|c| c.is_ascii_alphabetic())))
}

fn unicode_iscased(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let c = character(th, &args[0])?;
    Ok(Value::bool(c < 0x11_0000 && unicode::is_simply_cased(c)))
}

fn ascii_tolower(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let c = character(th, &args[0])?;
    let lower = u8::try_from(c).map_or(c, |c| u32::from(c.to_ascii_lowercase()));
    Ok(th.int(i64::from(lower as i32)))
}

fn unicode_tolower(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let c = character(th, &args[0])?;
    let lower = if c < 0x11_0000 { unicode::simple_lower(c) } else { c };
    Ok(th.int(i64::from(lower as i32)))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "MAGIC", th.usize(SRE_MAGIC))?;
    th.set_module_attr(module, "CODESIZE", th.usize(CODESIZE))?;
    th.set_module_attr(module, "MAXREPEAT", th.usize(MAXREPEAT))?;
    th.set_module_attr(module, "MAXGROUPS", th.usize(MAXGROUPS))?;
    th.set_module_attr(module, "copyright", th.str(" SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB "))
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_sre",
    functions: &[
        m("compile", "(pattern, flags, code, groups, groupindex, indexgroup)", pattern::compile, ""),
        m("template", "(pattern, template, /)", template::template, ""),
        m("getcodesize", "()", getcodesize, ""),
        m("ascii_iscased", "(character, /)", ascii_iscased, ""),
        m("unicode_iscased", "(character, /)", unicode_iscased, ""),
        m("ascii_tolower", "(character, /)", ascii_tolower, ""),
        m("unicode_tolower", "(character, /)", unicode_tolower, ""),
    ],
    types: &[&pattern::SPEC, &matched::SPEC, &scanner::SPEC, &template::SPEC],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
