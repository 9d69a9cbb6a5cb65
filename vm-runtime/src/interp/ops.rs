//! Slow paths of the opcodes, by family. The loop has the fast ones.
mod arith;
mod build;
mod except;
mod intrinsic;
mod matching;
mod messages;
mod names;
mod unpack;

pub(super) use arith::*;
pub(super) use build::*;
pub(super) use except::*;
pub(super) use intrinsic::*;
pub(super) use matching::*;
pub(super) use messages::*;
pub(crate) use names::from_builtins;
pub(super) use names::*;
pub(super) use unpack::*;

pub(super) use super::{consume, owned, put, reg, take};
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use vm_core::Value;

/// The tuple behind a value known to be one.
pub(crate) fn tuple_slice(v: &Value) -> &[Value] {
    v.payload::<Tuple>().map_or(&[], Tuple::as_slice)
}
