//! `bool`: the two immediates `True` and `False`, and a type that inherits the rest from int.
use crate::prelude::*;
use crate::types::int::{int_and, int_invert, int_or, int_xor};

/// The payload that instances would have, were they not immediates.
pub struct Bool;
payload!(Bool, "bool");

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let _ = cls;
    if !args.names.is_empty() {
        return Err(th.type_error("bool() takes no keyword arguments"));
    }
    match args.args {
        [] => Ok(Value::FALSE),
        [v] => Ok(Value::bool(th.truth(v)?)),
        more => Err(th.type_error(format!("bool expected at most 1 argument, got {}", more.len()))),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.intern(if v.is_true() { "True" } else { "False" }))
}

fn and(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x & y)),
        _ => int_and(th, a, b),
    }
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x | y)),
        _ => int_or(th, a, b),
    }
}

fn xor(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x ^ y)),
        _ => int_xor(th, a, b),
    }
}

fn invert(th: &Thread, v: &Value) -> PyResult<Value> {
    th.deprecation_warning(
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
         inversion of the underlying int object and is usually not what you expect from negating a bool. Use the 'not' \
         operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying int.",
        1,
    )?;
    int_invert(th, v)
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bool",
    doc: "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    base: Some(|t| t.int),
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Binary(BinaryOp::And, and),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Binary(BinaryOp::Xor, xor),
        Slot::Invert(invert),
    ],
    ..TypeSpec::of::<Bool>()
};
