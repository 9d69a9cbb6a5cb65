//! The types of None, NotImplemented and Ellipsis. Their values are immediates.
use crate::prelude::*;

/// Payload of types whose instances are immediates.
pub struct NoneType;
/// Payload of types whose instances are immediates.
pub struct NotImplementedType;
/// Payload of types whose instances are immediates.
pub struct EllipsisType;
payload!(NoneType, "NoneType");
payload!(NotImplementedType, "NotImplementedType");
payload!(EllipsisType, "ellipsis");

fn no_arguments(th: &Thread, name: &str, args: &CallArgs<'_>, v: Value) -> PyResult<Value> {
    if args.is_empty() { Ok(v) } else { Err(th.type_error(format!("{name} takes no arguments"))) }
}

/// `NoneType`.
pub static NONE: TypeSpec = TypeSpec {
    name: "NoneType",
    doc: "The type of the None singleton.",
    slots: &[
        Slot::NewRaw(|th, _, args| no_arguments(th, "NoneType", args, Value::NONE)),
        Slot::Repr(|th, _| Ok(th.str("None"))),
        Slot::Hash(|_, _| Ok(0xfca8_6420)),
        Slot::RichCompare(super::object::compare),
        Slot::Bool(|_, _| Ok(false)),
    ],
    ..TypeSpec::of::<NoneType>()
};

/// `NotImplementedType`.
pub static NOT_IMPLEMENTED: TypeSpec = TypeSpec {
    name: "NotImplementedType",
    doc: "The type of the NotImplemented singleton.",
    slots: &[
        Slot::NewRaw(|th, _, args| no_arguments(th, "NotImplementedType", args, Value::NOT_IMPLEMENTED)),
        Slot::Repr(|th, _| Ok(th.str("NotImplemented"))),
        Slot::Bool(|th, _| Err(th.type_error("NotImplemented should not be used in a boolean context"))),
    ],
    methods: &[m("__reduce__", "()", |th, _, _| Ok(th.str("NotImplemented")), "")],
    ..TypeSpec::of::<NotImplementedType>()
};

/// `ellipsis`.
pub static ELLIPSIS: TypeSpec = TypeSpec {
    name: "ellipsis",
    doc: "The type of the Ellipsis singleton.",
    slots: &[
        Slot::NewRaw(|th, _, args| no_arguments(th, "EllipsisType", args, Value::ELLIPSIS)),
        Slot::Repr(|th, _| Ok(th.str("Ellipsis"))),
    ],
    methods: &[m("__reduce__", "()", |th, _, _| Ok(th.str("Ellipsis")), "")],
    ..TypeSpec::of::<EllipsisType>()
};
