//! The embedding API, as a Rust program uses it. One file a subject.
mod closures;
mod ending;
mod errors;
mod example;
mod machines;
mod streams;
mod threads;
mod values;

use orochi::prelude::*;

/// A machine with the defaults.
fn vm() -> Vm {
    Vm::builder().build().expect("a machine is built")
}

/// Runs `f` attached to a machine of its own.
fn with_vm(f: impl for<'py> FnOnce(Python<'py>) -> PyResult<()>) {
    if let Err(error) = vm().attach(f) {
        panic!("{error}");
    }
}
