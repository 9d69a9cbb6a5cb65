//! Source to register bytecode: decoding, parsing (ruff), scopes, lowering, and the binary image of the result.
//!
//! [`compile`] is the whole way from text to a [`CodeUnit`]. No VM objects and no unsafe code live here: the runtime
//! turns a `CodeUnit` into its own code object.
#![forbid(unsafe_code)]

pub mod bytecode;
mod constant;
mod error;
mod fold;
mod literal;
pub use literal::string as string_value;
mod lower;
mod options;
pub mod parse;
mod registers;
pub mod scope;
mod source;
mod syntax_error;
pub mod tokens;
mod unparse;

pub use bytecode::image;
pub use bytecode::unit::{CellVar, CodeUnit, Const, ExceptionEntry, Position, Positions, flags};
pub use bytecode::validate::validate;
pub use bytecode::{disassemble::disassemble, validate::InvalidCode};
pub use error::{Before, CompileError, DecodeError, ErrorKind, Warning, WarningCategory};
pub use lower::{Compiled, compile};
pub use options::{Mode, Options, future};
pub use source::{decode_source, file_fault, with_newlines};
