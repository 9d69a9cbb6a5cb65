//! What every file of types and modules uses.
pub use crate::call::{CallArgs, GetSetDef, MethodDef, NativeFn, cm, gs, m, mb, sm};
pub use crate::module_spec::ModuleSpec;
pub use crate::slots::{
    BinaryFn, BinaryOp, BoolFn, CompareFn, CompareOp, DescrGetFn, HashFn, InitRawFn, LenFn, NewRawFn, NextFn,
    SetFn, Slot, UnaryFn,
};
pub use crate::thread::{PyResult, Raised, Thread};
pub use crate::types::Types;
pub use crate::types::bytes::Bytes;
pub use crate::types::dict::Dict;
pub use crate::types::int::Int;
pub use crate::types::list::List;
pub use crate::types::str::Str;
pub use crate::types::tuple::Tuple;
pub use crate::types::type_::{
    ABSTRACT, BASETYPE, HAS_DICT, HEAP, IMMUTABLE, MAPPING, MATCH_SELF, METHOD_DESCRIPTOR, NO_NEW, SEQUENCE,
    Type, TypeRef, TypeSpec, WEAKREFS,
};
pub use crate::types::value_ext::ValueExt;
pub use crate::value_cells::{AtomicValue, LocalValue, ObjCell};
pub use num_bigint::BigInt;
pub use rustpython_wtf8::{Wtf8, Wtf8Buf};
pub use vm_core::Value;
pub use vm_core::object::Payload;
pub use vm_core::object::layout::Visitor;
pub use vm_core::payload;
