//! Source to register bytecode: decoding, parsing (ruff), scopes, lowering, and the binary image of the result.
//!
//! No VM objects and no unsafe code live here: the runtime turns a [`CodeUnit`] into its own code object.
#![forbid(unsafe_code)]

pub mod bytecode;
mod error;
mod options;

pub use bytecode::unit::{CellVar, CodeUnit, Const, ExceptionEntry, Position, Positions, flags};
pub use error::{CompileError, DecodeError, ErrorKind, Warning, WarningCategory};
pub use options::{Mode, Options, future};
