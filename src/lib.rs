//! Python 3.14 as a Rust library: a machine ([`Vm`]), threads attached to it ([`Python`]), its objects ([`Bound`], [`Py`]) and
//! exceptions ([`PyErr`]).
//!
//! Names and shapes follow PyO3. What differs: there is no interpreter of the process but machines that a program makes, any
//! number of them, which share nothing; attached threads run Python at the same time; and an object that is used in another
//! machine than its own is an error.
//!
//! ```
//! use orochi::prelude::*;
//!
//! let vm = Vm::builder().build()?;
//! vm.attach(|py| {
//!     let greet = py.eval("lambda name: f'hello, {name}'")?;
//!     assert_eq!(greet.call1(("Rust",))?.extract::<String>()?, "hello, Rust");
//!
//!     let upper = py.function("upper", |text: String| text.to_uppercase())?;
//!     py.globals()?.set_item("upper", upper)?;
//!     assert_eq!(py.eval("upper('rust')")?.to_string(), "RUST");
//!     PyResult::Ok(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(unsafe_code, missing_docs)]

mod any;
#[allow(unsafe_code, reason = "pointers to thread records, by the rules of its head")]
mod attach;
#[allow(unsafe_code, reason = "casts between markers, by the rules of its head")]
mod bound;
mod builder;
mod capture;
mod closure;
mod convert;
mod err;
#[allow(unsafe_code, reason = "says that thread records may be sent, by the rules of its head")]
mod handle;
mod py;
mod python;
mod source;
pub mod types;
mod vm;

pub use any::CompareOp;
pub use attach::AttachError;
pub use bound::Bound;
pub use builder::{BuildError, VmBuilder};
pub use capture::{Capture, Output};
pub use closure::{IntoPyCallbackOutput, RustFunction};
pub use convert::{Arguments, Borrowed, BoundObject, FromPyObject, IntoPyObject, PyCallArgs};
pub use err::{PyErr, PyErrArguments, PyFrame, PyResult};
pub use py::Py;
pub use python::Python;
pub use vm::Vm;
pub use vm_runtime::Contention;

/// What most programs use.
pub mod prelude {
    pub use crate::types::*;
    pub use crate::{Bound, Capture, FromPyObject, IntoPyObject, Py, PyErr, PyResult, Python, Vm};
}

/// The exceptions, as PyO3 names their module.
pub mod exceptions {
    pub use crate::types::exceptions::*;
}
