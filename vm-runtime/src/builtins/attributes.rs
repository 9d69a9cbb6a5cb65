//! Builtin functions that ask an object about itself.
use crate::prelude::*;

fn check_name(th: &Thread, name: &Value) -> PyResult<()> {
    if name.as_str().is_some() {
        return Ok(());
    }
    Err(th.type_error(format!("attribute name must be string, not '{}'", name.type_name(th))))
}

pub(super) fn getattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = super::unpack(th, "getattr", args, 2, 3)?;
    check_name(th, &args[1])?;
    match args.get(2) {
        None => th.getattr(&args[0], &args[1]),
        Some(default) => Ok(th.get_attr_opt(&args[0], &args[1])?.unwrap_or_else(|| default.clone())),
    }
}

pub(super) fn hasattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    check_name(th, &args[1])?;
    Ok(Value::bool(th.get_attr_opt(&args[0], &args[1])?.is_some()))
}

pub(super) fn setattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    check_name(th, &args[1])?;
    th.setattr(&args[0], &args[1], &args[2])?;
    Ok(Value::NONE)
}

pub(super) fn delattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    check_name(th, &args[1])?;
    th.delattr(&args[0], &args[1])?;
    Ok(Value::NONE)
}

pub(super) fn repr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.repr(&args[0])
}

pub(super) fn ascii(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.ascii(&args[0])
}

pub(super) fn format(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let spec = if args[1].is_unbound() { th.str("") } else { args[1].clone() };
    if spec.as_str().is_none() {
        return Err(th.type_error(format!("format() argument 2 must be str, not {}", spec.type_name(th))));
    }
    th.format(&args[0], &spec)
}

pub(super) fn hash(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(th.hash(&args[0])?))
}

pub(super) fn len(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(th.length(&args[0])?))
}

pub(super) fn callable(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.is_callable(&args[0])))
}

pub(super) fn id(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.identity_int(&args[0]))
}

pub(super) fn isinstance(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.object_isinstance(&args[0], &args[1])?))
}

pub(super) fn issubclass(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.object_issubclass(&args[0], &args[1])?))
}

impl Thread {
    /// `id(v)`.
    pub fn identity_int(&self, v: &Value) -> Value {
        match i64::try_from(v.identity()) {
            Ok(i) => self.int(i),
            Err(_) => self.int_from(BigInt::from(v.identity())),
        }
    }
}
