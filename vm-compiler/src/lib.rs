//! Source to register bytecode. No VM objects, no unsafe code.
#![forbid(unsafe_code)]
pub mod bytecode;
