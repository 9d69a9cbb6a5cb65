//! `weakref.proxy`: objects that forward every operation to their referent.
use super::{WeakCore, check_target, describe, register, reuse};
use crate::prelude::*;

/// The payload of `weakref.ProxyType`.
pub struct WeakProxy {
    core: WeakCore,
}

/// The payload of `weakref.CallableProxyType`.
pub struct CallableProxy {
    core: WeakCore,
}

payload!(
    WeakProxy,
    "weakref.ProxyType",
    traverse = |w: &WeakProxy, v: Visitor<'_>| w.core.callback.traverse(v),
    clear = |w: &WeakProxy| w.core.clear()
);
payload!(
    CallableProxy,
    "weakref.CallableProxyType",
    traverse = |w: &CallableProxy, v: Visitor<'_>| w.core.callback.traverse(v),
    clear = |w: &CallableProxy| w.core.clear()
);

pub(super) fn core_of(v: &Value) -> Option<&WeakCore> {
    if let Some(p) = v.payload::<WeakProxy>() {
        return Some(&p.core);
    }
    v.payload::<CallableProxy>().map(|p| &p.core)
}

/// `weakref.proxy(target, callback)`.
pub fn new_proxy(th: &Thread, target: &Value, callback: Option<&Value>) -> PyResult<Value> {
    check_target(th, target)?;
    let callback = callback.filter(|c| !c.is_none());
    let callable = th.is_callable(target);
    let ty = if callable { th.type_for::<CallableProxy>() } else { th.type_for::<WeakProxy>() };
    if callback.is_none()
        && let Some(old) = reuse(th, target, ty)
    {
        return Ok(old);
    }
    let core = WeakCore::new(target, callback);
    let v = if callable {
        th.make_object(ty, CallableProxy { core })?
    } else {
        th.make_object(ty, WeakProxy { core })?
    };
    register(th, &v, target);
    Ok(v)
}

/// The referent of a proxy, or the value itself if it is none; ReferenceError if the referent is gone.
fn unwrap(th: &Thread, v: &Value) -> PyResult<Value> {
    match core_of(v) {
        None => Ok(v.clone()),
        Some(core) => {
            core.upgrade(th).ok_or_else(|| th.reference_error("weakly-referenced object no longer exists"))
        }
    }
}

macro_rules! unary {
    ($($name:ident => |$th:ident, $v:ident| $body:expr;)*) => {
        $(fn $name(th: &Thread, v: &Value) -> PyResult<Value> {
            let $v = &unwrap(th, v)?;
            let $th = th;
            $body
        })*
    };
}

unary! {
    str => |th, v| th.to_str(v);
    iter => |th, v| th.iter(v);
    neg => |th, v| th.neg(v);
    pos => |th, v| th.pos(v);
    abs => |th, v| th.abs(v);
    invert => |th, v| th.invert(v);
    int => |th, v| th.call(&th.types().int.value(), std::slice::from_ref(v));
    float => |th, v| th.call(&th.types().float.value(), std::slice::from_ref(v));
    index => |th, v| th.index(v);
}

macro_rules! binary {
    ($($name:ident $inplace:ident $op:ident;)*) => {
        $(fn $name(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
            let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
            th.binary(BinaryOp::$op, &a, &b)
        }
        fn $inplace(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
            let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
            th.inplace(BinaryOp::$op, &a, &b)
        })*
        static SLOTS: &[Slot] = &[
            $(Slot::Binary(BinaryOp::$op, $name), Slot::Inplace(BinaryOp::$op, $inplace),)*
            Slot::Repr(repr), Slot::Str(str), Slot::GetAttr(getattr), Slot::SetAttr(setattr), Slot::RichCompare(compare),
            Slot::NotHashable, Slot::Iter(iter), Slot::Next(next), Slot::Neg(neg), Slot::Pos(pos), Slot::Abs(abs),
            Slot::Invert(invert), Slot::Int(int), Slot::Float(float), Slot::Index(index), Slot::Bool(bool), Slot::Len(len),
            Slot::GetItem(getitem), Slot::SetItem(setitem), Slot::Contains(contains), Slot::Power(power),
        ];
        static CALLABLE_SLOTS: &[Slot] = &[
            $(Slot::Binary(BinaryOp::$op, $name), Slot::Inplace(BinaryOp::$op, $inplace),)*
            Slot::Repr(repr), Slot::Str(str), Slot::GetAttr(getattr), Slot::SetAttr(setattr), Slot::RichCompare(compare),
            Slot::NotHashable, Slot::Iter(iter), Slot::Next(next), Slot::Neg(neg), Slot::Pos(pos), Slot::Abs(abs),
            Slot::Invert(invert), Slot::Int(int), Slot::Float(float), Slot::Index(index), Slot::Bool(bool), Slot::Len(len),
            Slot::GetItem(getitem), Slot::SetItem(setitem), Slot::Contains(contains), Slot::Power(power), Slot::Call(call),
        ];
    };
}

binary! {
    add iadd Add;
    sub isub Sub;
    mul imul Mul;
    truediv itruediv TrueDiv;
    floordiv ifloordiv FloorDiv;
    modulo imod Mod;
    matmul imatmul MatMul;
    lshift ilshift LShift;
    rshift irshift RShift;
    and iand And;
    or ior Or;
    xor ixor Xor;
    divmod idivmod DivMod;
}

/// `weakref.ProxyType`.
pub static PROXY: TypeSpec = TypeSpec {
    name: "weakref.ProxyType",
    doc: "",
    flags: NO_NEW,
    slots: SLOTS,
    methods: &[m("__bytes__", "()", bytes, ""), m("__reversed__", "()", reversed, "")],
    ..TypeSpec::of::<WeakProxy>()
};

/// `weakref.CallableProxyType`.
pub static CALLABLE_PROXY: TypeSpec = TypeSpec {
    name: "weakref.CallableProxyType",
    doc: "",
    flags: NO_NEW,
    slots: CALLABLE_SLOTS,
    methods: &[m("__bytes__", "()", bytes, ""), m("__reversed__", "()", reversed, "")],
    ..TypeSpec::of::<CallableProxy>()
};

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    match core_of(v) {
        Some(core) => describe(th, v, "weakproxy", core),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    th.getattr(&unwrap(th, v)?, name)
}

fn setattr(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    th.set_or_delete_attr(&unwrap(th, v)?, name, value)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (a, b) = (unwrap(th, a)?, unwrap(th, b)?);
    th.compare(&a, &b, op)
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let v = unwrap(th, v)?;
    match v.type_of(th).slots.next() {
        Some(f) => f(th, &v),
        None => {
            Err(th
                .type_error(format!("Weakref proxy referenced a non-iterator '{}' object", v.type_name(th))))
        }
    }
}

fn bool(th: &Thread, v: &Value) -> PyResult<bool> {
    th.truth(&unwrap(th, v)?)
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    th.length(&unwrap(th, v)?)
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    th.getitem(&unwrap(th, v)?, &unwrap(th, key)?)
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = unwrap(th, v)?;
    match value {
        Some(value) => th.setitem(&v, key, value),
        None => th.delitem(&v, key),
    }
}

fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    th.contains(&unwrap(th, v)?, item)
}

fn power(th: &Thread, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
    let (a, b, modulus) = (unwrap(th, a)?, unwrap(th, b)?, unwrap(th, modulus)?);
    th.power(&a, &b, &modulus)
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    th.call_args(&unwrap(th, v)?, args)
}

fn bytes(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    th.call_method(&unwrap(th, v)?, "__bytes__", &[])
}

fn reversed(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    th.call_method(&unwrap(th, v)?, "__reversed__", &[])
}
