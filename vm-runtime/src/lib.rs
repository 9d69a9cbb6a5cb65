//! placeholder
pub mod host;
