//! Compiled code: the instruction set and the containers round it.
pub mod disassemble;
pub mod encode;
pub mod frozen;
pub mod image;
pub mod ops;
pub mod unit;
pub mod validate;
