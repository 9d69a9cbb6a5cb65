//! `posix`: the system's calls, as `os` presents them.
mod constants;
mod environment;
mod files;
mod paths;
pub mod process;
mod scandir;
mod schedule;
mod spawn;
pub mod stat;
mod system;

pub use spawn::POSIX_SUBPROCESS;

use crate::io::retry;
use vm_runtime::host::SysResult;
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    types: &[&scandir::DIR_ENTRY, &scandir::ITERATOR],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

/// The functions, by the file they are in.
static TABLES: &[&[MethodDef]] = &[
    files::FUNCTIONS,
    paths::FUNCTIONS,
    stat::FUNCTIONS,
    scandir::FUNCTIONS,
    environment::FUNCTIONS,
    process::FUNCTIONS,
    schedule::FUNCTIONS,
    spawn::FUNCTIONS,
    system::FUNCTIONS,
];

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let name = th.intern("posix");
    for def in TABLES.iter().copied().flatten() {
        let function = vm_runtime::types::builtin_function::function(th, def, module, Some(&name));
        th.set_module_attr(module, def.name, function)?;
    }
    constants::add(th, module)?;
    environment::add(th, module)?;
    stat::add_types(th, module)?;
    process::add_types(th, module)?;
    th.set_module_attr(module, "error", th.types().exc.os_error.value())
}

/// The result of a call about no file in particular.
fn done<T>(th: &Thread, result: SysResult<T>) -> PyResult<T> {
    result.map_err(|errno| th.os_error(errno, None))
}

/// Makes a call that signals may interrupt.
fn patient<T>(th: &Thread, call: impl FnMut() -> SysResult<T>) -> PyResult<T> {
    let result = retry(th, call)?;
    done(th, result)
}

/// Makes a call that does not wait long, detached.
fn brief<T>(th: &Thread, call: impl FnOnce() -> SysResult<T>) -> PyResult<T> {
    let result = th.detach(call);
    done(th, result)
}
