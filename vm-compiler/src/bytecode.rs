//! Compiled code: the instruction set and the containers round it.
pub mod ops;
pub mod unit;
