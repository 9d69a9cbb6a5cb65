//! The `orochi` command: arguments, what they run, and how the process ends.
#![forbid(unsafe_code)]

mod command;
mod exit;
mod options;
mod program;
mod repl;

pub use command::main;
