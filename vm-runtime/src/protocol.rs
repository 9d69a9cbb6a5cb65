//! The object protocol: what may be done to any value, as methods of `Thread`.
//!
//! These are the general forms. The interpreter and the builtin types have their own fast paths and come here for the rest.
pub mod attribute;
pub mod calls;
pub mod compare;
pub mod convert;
pub mod items;
pub mod iterate;
pub mod number;
pub mod subclass;
