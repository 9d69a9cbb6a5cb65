//! `staticmethod`, for the type machinery; see `classmethod` for both types.
use crate::prelude::*;
use crate::types::classmethod::StaticMethod;

pub use crate::types::classmethod::STATICMETHOD as SPEC;

/// A staticmethod of a callable.
#[must_use]
pub fn wrap(th: &Thread, f: Value) -> Value {
    th.new_object(th.types().staticmethod, StaticMethod::of(f))
}

/// The callable in a staticmethod, if `v` is one.
#[must_use]
pub fn inner(v: &Value) -> Option<Value> {
    v.payload::<StaticMethod>().map(StaticMethod::callable)
}
