//! Native modules that need the runtime's insides. The others are in vm-stdlib.
pub mod abc;
pub mod ast;
pub mod atexit;
pub mod contextvars;
pub mod gc_module;
pub mod imp;
pub mod monitoring;
pub mod symtable;
pub mod sys;
pub mod test_internals;
pub mod thread_module;
pub mod types_module;
pub mod typing;
pub mod warnings;
pub mod weakref_module;

use crate::module_spec::ModuleSpec;
use crate::prelude::*;
use vm_compiler::{Mode, Options};

/// The modules.
pub static MODULES: &[&ModuleSpec] = &[
    &sys::MODULE,
    &BUILTINS,
    &imp::MODULE,
    &thread_module::MODULE,
    &weakref_module::MODULE,
    &gc_module::MODULE,
    &abc::MODULE,
    &ast::MODULE,
    &crate::types::codecs::MODULE,
    &crate::types::str::format::MODULE,
    &atexit::MODULE,
    &contextvars::MODULE,
    &symtable::MODULE,
    &typing::MODULE,
    &test_internals::MODULE,
    &types_module::MODULE,
    &warnings::MODULE,
];

/// `builtins`.
pub static BUILTINS: ModuleSpec = ModuleSpec {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not normally accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and need to access\nthe original.",
    functions: crate::builtins::FUNCTIONS,
    init: Some(init_builtins),
    ..ModuleSpec::EMPTY
};

fn init_builtins(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, ty) in crate::types::builtin_names(th.types()) {
        th.set_module_attr(module, name, ty.value())?;
    }
    for (name, ty) in th.types().exc.all() {
        th.set_module_attr(module, name, ty.value())?;
    }
    for (name, v) in [
        ("None", Value::NONE),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::bool(th.optimize_level() == 0)),
        ("EnvironmentError", th.types().exc.os_error.value()),
        ("IOError", th.types().exc.os_error.value()),
    ] {
        th.set_module_attr(module, name, v)?;
    }
    Ok(())
}

/// `compile()` of an AST object or to one; None for plain source.
///
/// # Errors
/// SyntaxError and its kin, and TypeErrors for nodes of the wrong kind.
pub fn ast_hook(
    th: &Thread,
    source: &Value,
    filename: &Value,
    mode: Mode,
    options: &Options,
    wants_ast: bool,
) -> PyResult<Option<Value>> {
    ast::hook(th, source, filename, mode, options, wants_ast)
}
