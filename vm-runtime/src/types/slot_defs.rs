//! Which dunder stands for which slot: the wrappers that make a native slot callable from Python, and the dispatchers that
//! put a Python method behind a slot. After CPython's `slotdefs` table (Objects/typeobject.c).
use crate::call::CallArgs;
use crate::slots::*;
use crate::thread::{PyResult, Thread};
use crate::types::type_::TypeRef;
use crate::types::value_ext::ValueExt;
use std::mem::transmute;
use vm_core::Value;

/// Calls a slot function (given as a word) with Python arguments.
pub type WrapFn = fn(&Thread, usize, &Value, &CallArgs<'_>, &str) -> PyResult<Value>;

/// A row of the table.
pub struct SlotDef {
    /// The dunder.
    pub name: &'static str,
    /// Word of the slot.
    pub word: usize,
    /// Address of the dispatcher to a Python method, of the slot's type.
    pub dispatch: fn() -> usize,
    /// Calls the slot from Python.
    pub wrap: WrapFn,
    /// `__text_signature__`, without parentheses.
    pub sig: &'static str,
    /// Docstring.
    pub doc: &'static str,
}

fn exactly(th: &Thread, name: &str, args: &CallArgs<'_>, least: usize, most: usize) -> PyResult<()> {
    let n = args.args.len();
    if !args.names.is_empty() {
        return Err(th.type_error(format!("wrapper {name}() takes no keyword arguments")));
    }
    if n < least || n > most {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        return Err(th.type_error(if least == most {
            format!("expected {least} argument{}, got {n}", s(least))
        } else if n < least {
            format!("expected at least {least} argument{}, got {n}", s(least))
        } else {
            format!("expected at most {most} argument{}, got {n}", s(most))
        }));
    }
    Ok(())
}

macro_rules! wrap {
    ($name:ident, $ty:ty, $least:literal, $most:literal, |$th:ident, $f:ident, $v:ident, $a:ident| $body:expr) => {
        fn $name($th: &Thread, word: usize, $v: &Value, args: &CallArgs<'_>, name: &str) -> PyResult<Value> {
            exactly($th, name, args, $least, $most)?;
            // SAFETY: the word is the address of a function of the slot's type (the table pairs them).
            let $f: $ty = unsafe { transmute::<usize, $ty>(word) };
            let $a = args.args;
            $body
        }
    };
}

wrap!(wrap_unary, UnaryFn, 0, 0, |th, f, v, _a| f(th, v));
wrap!(wrap_hash, HashFn, 0, 0, |th, f, v, _a| Ok(th.int(f(th, v)?)));
wrap!(wrap_len, LenFn, 0, 0, |th, f, v, _a| Ok(th.usize(f(th, v)?)));
wrap!(wrap_bool, BoolFn, 0, 0, |th, f, v, _a| Ok(Value::bool(f(th, v)?)));
wrap!(wrap_next, NextFn, 0, 0, |th, f, v, _a| next_or_stop(th, f, v));
wrap!(wrap_binary, BinaryFn, 1, 1, |th, f, v, a| f(th, v, &a[0]));
wrap!(wrap_reflected, BinaryFn, 1, 1, |th, f, v, a| f(th, &a[0], v));
wrap!(wrap_power, PowerFn, 1, 2, |th, f, v, a| f(th, v, &a[0], a.get(1).unwrap_or(Value::none_ref())));
wrap!(wrap_rpower, PowerFn, 1, 2, |th, f, v, a| f(th, &a[0], v, a.get(1).unwrap_or(Value::none_ref())));
wrap!(wrap_getattr, BinaryFn, 1, 1, |th, f, v, a| f(th, v, &a[0]));
wrap!(wrap_setattr, SetFn, 2, 2, |th, f, v, a| {
    hackcheck(th, v, f, "__setattr__")?;
    f(th, v, &a[0], Some(&a[1])).map(|()| Value::NONE)
});
wrap!(wrap_delattr, SetFn, 1, 1, |th, f, v, a| {
    hackcheck(th, v, f, "__delattr__")?;
    f(th, v, &a[0], None).map(|()| Value::NONE)
});
wrap!(wrap_setitem, SetFn, 2, 2, |th, f, v, a| f(th, v, &a[0], Some(&a[1])).map(|()| Value::NONE));
wrap!(wrap_delitem, SetFn, 1, 1, |th, f, v, a| f(th, v, &a[0], None).map(|()| Value::NONE));
wrap!(wrap_contains, ContainsFn, 1, 1, |th, f, v, a| Ok(Value::bool(f(th, v, &a[0])?)));
wrap!(wrap_index_fn, IndexFn, 1, 1, |th, f, v, a| {
    let i = th.index_i64(&a[0])?;
    f(th, v, i)
});
wrap!(wrap_sq_item, IndexFn, 1, 1, |th, f, v, a| {
    let mut i = th.index_i64(&a[0])?;
    if i < 0
        && let Some(len) = v.type_of(th).slots.len()
    {
        i += len(th, v)? as i64;
    }
    f(th, v, i)
});
wrap!(wrap_lt, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Lt));
wrap!(wrap_le, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Le));
wrap!(wrap_eq, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Eq));
wrap!(wrap_ne, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Ne));
wrap!(wrap_gt, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Gt));
wrap!(wrap_ge, CompareFn, 1, 1, |th, f, v, a| f(th, v, &a[0], CompareOp::Ge));
wrap!(wrap_descr_get, DescrGetFn, 1, 2, |th, f, v, a| {
    let obj = a.first().filter(|o| !o.is_none());
    let ty = a.get(1).filter(|t| !t.is_none());
    if obj.is_none() && ty.is_none() {
        return Err(th.type_error("__get__(None, None) is invalid"));
    }
    f(th, v, obj, ty)
});
wrap!(wrap_descr_set, SetFn, 2, 2, |th, f, v, a| f(th, v, &a[0], Some(&a[1])).map(|()| Value::NONE));
wrap!(wrap_descr_delete, SetFn, 1, 1, |th, f, v, a| f(th, v, &a[0], None).map(|()| Value::NONE));
wrap!(wrap_del, DelFn, 0, 0, |th, f, v, _a| {
    f(th, v);
    Ok(Value::NONE)
});
wrap!(wrap_buffer, BufferFn, 1, 1, |th, f, v, a| {
    let flags = th.index_i64(&a[0])?;
    let _ = f;
    crate::buffer::python_buffer(th, v, flags)
});

fn wrap_call(th: &Thread, word: usize, v: &Value, args: &CallArgs<'_>, _name: &str) -> PyResult<Value> {
    // SAFETY: the table pairs the word with its type.
    let f = unsafe { transmute::<usize, CallFn>(word) };
    f(th, v, args)
}

fn wrap_init(th: &Thread, word: usize, v: &Value, args: &CallArgs<'_>, _name: &str) -> PyResult<Value> {
    // SAFETY: the table pairs the word with its type.
    let f = unsafe { transmute::<usize, InitRawFn>(word) };
    f(th, v, args).map(|()| Value::NONE)
}

/// `object.__setattr__(cls, ...)` must not go round a native type's own `__setattr__`.
fn hackcheck(th: &Thread, v: &Value, f: SetFn, what: &str) -> PyResult<()> {
    let ty = v.type_of(th);
    for class in ty.mro_slice() {
        let Some(class) = TypeRef::from_value(class) else { continue };
        if class.has(super::type_::HEAP) {
            continue;
        }
        return match class.slots.setattr() {
            Some(own) if own as usize == f as usize => Ok(()),
            None if f as usize == crate::protocol::attribute::generic_setattr_slot as *const () as usize => {
                Ok(())
            }
            _ if !class.is_subtype(th.types().type_) => Ok(()),
            _ => Err(th.type_error(format!("can't apply this {what} to {} object", ty.full_name()))),
        };
    }
    Ok(())
}

// ---- dispatchers: the slot of a class whose method is written in Python

fn method(th: &Thread, v: &Value, name: &Value, args: &[Value]) -> PyResult<Value> {
    match th.call_special(v, name, args)? {
        Some(result) => Ok(result),
        None => Err(th.no_attribute(v, name)),
    }
}

macro_rules! dispatch_unary {
    ($($f:ident $name:ident;)*) => { $(
        fn $f(th: &Thread, v: &Value) -> PyResult<Value> {
            method(th, v, &th.names().$name, &[])
        }
    )* };
}

dispatch_unary! {
    d_repr __repr__; d_str __str__; d_neg __neg__; d_pos __pos__; d_abs __abs__; d_invert __invert__;
    d_int __int__; d_float __float__; d_index __index__; d_await __await__; d_aiter __aiter__; d_anext __anext__;
}

fn d_iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    if ty.lookup(th, &th.names().__iter__).is_some_and(|f| f.is_none()) {
        return Err(th.type_error(format!("'{}' object is not iterable", ty.full_name())));
    }
    method(th, v, &th.names().__iter__, &[])
}

fn d_hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let ty = v.type_of(th);
    match ty.lookup(th, &th.names().__hash__) {
        Some(f) if !f.is_none() => {}
        _ => return Err(th.type_error(format!("unhashable type: '{}'", ty.full_name()))),
    }
    let result = method(th, v, &th.names().__hash__, &[])?;
    if let Some(i) = result.as_small_int() {
        return Ok(if i == -1 { -2 } else { i });
    }
    if !th.isinstance(&result, th.types().int) {
        return Err(th.type_error("__hash__ method should return an integer"));
    }
    let result = th.index(&result)?;
    match crate::types::int::IntRef::of(&result).and_then(|n| n.to_i64()) {
        Some(i) => Ok(if i == -1 { -2 } else { i }),
        // Larger than a hash: the integer's own hash.
        None => th.hash(&result),
    }
}

fn d_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let _level = th.enter_recursive(" while calling a Python object")?;
    match th.lookup_special_name(v, &th.names().__call__)? {
        Some(f) => th.call_args(&f, args),
        None => Err(th.type_error(format!("'{}' object is not callable", v.type_of(th).full_name()))),
    }
}

/// `__getattribute__` and `__getattr__`.
fn d_getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    let fallback = ty.lookup(th, &th.names().__getattr__);
    let read = ty.lookup(th, &th.names().__getattribute__);
    let object_read = th.types().object.lookup(th, &th.names().__getattribute__);
    let plain = match (&read, &object_read) {
        (Some(a), Some(b)) => a.is(b),
        _ => true,
    };
    let first = if plain {
        match th.generic_getattr_opt(v, name) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) if fallback.is_none() => return Err(th.no_attribute(v, name)),
            Ok(None) => None,
            Err(raised) => Some(raised),
        }
    } else {
        match method(th, v, &th.names().__getattribute__, std::slice::from_ref(name)) {
            Ok(found) => return Ok(found),
            Err(raised) => Some(raised),
        }
    };
    if let Some(raised) = first {
        if fallback.is_none() || !th.error_is(th.types().exc.attribute_error) {
            return Err(raised);
        }
        th.clear_error();
    }
    method(th, v, &th.names().__getattr__, std::slice::from_ref(name))
}

fn d_setattr(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => method(th, v, &th.names().__setattr__, &[name.clone(), value.clone()]).map(drop),
        None => method(th, v, &th.names().__delattr__, std::slice::from_ref(name)).map(drop),
    }
}

fn d_compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let n = th.names();
    let name = match op {
        CompareOp::Lt => &n.__lt__,
        CompareOp::Le => &n.__le__,
        CompareOp::Eq => &n.__eq__,
        CompareOp::Ne => &n.__ne__,
        CompareOp::Gt => &n.__gt__,
        CompareOp::Ge => &n.__ge__,
    };
    let Some(found) = a.type_of(th).lookup(th, name) else { return Ok(Value::NOT_IMPLEMENTED) };
    if found.type_of(th).has(crate::types::type_::type_flags::METHOD_DESCRIPTOR) {
        return th.call(&found, &[a.clone(), b.clone()]);
    }
    match th.lookup_special_name(a, name) {
        Ok(Some(bound)) => th.call(&bound, std::slice::from_ref(b)),
        Ok(None) => Ok(Value::NOT_IMPLEMENTED),
        // A descriptor that has none here.
        Err(_) if th.error_is(th.types().exc.attribute_error) => {
            th.clear_error();
            Ok(Value::NOT_IMPLEMENTED)
        }
        Err(raised) => Err(raised),
    }
}

fn d_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    match method(th, v, &th.names().__next__, &[]) {
        Ok(x) => Ok(Some(x)),
        Err(raised) => match crate::interp::generator::stop_value(th) {
            Some(value) => {
                drop(th.stop_value.replace(value));
                Ok(None)
            }
            None => Err(raised),
        },
    }
}

/// What a `next` slot gives, with StopIteration at the end: the one that a Python `__next__` raised, or one with the value
/// that a generator returned.
pub fn next_or_stop(th: &Thread, f: NextFn, v: &Value) -> PyResult<Value> {
    if f as usize == d_next as NextFn as usize {
        return method(th, v, &th.names().__next__, &[]);
    }
    drop(th.stop_value.replace(Value::UNBOUND));
    match f(th, v)? {
        Some(x) => Ok(x),
        None => {
            let value = th.take_stop_value();
            Err(th.stop_iteration(if value.is_none() { None } else { Some(value) }))
        }
    }
}

fn d_descr_get(th: &Thread, descr: &Value, obj: Option<&Value>, ty: Option<&Value>) -> PyResult<Value> {
    let args = [obj.cloned().unwrap_or(Value::NONE), ty.cloned().unwrap_or(Value::NONE)];
    match th.call_special(descr, &th.names().__get__, &args)? {
        Some(result) => Ok(result),
        None => Ok(descr.clone()),
    }
}

fn d_descr_set(th: &Thread, descr: &Value, obj: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => match th.call_special(descr, &th.names().__set__, &[obj.clone(), value.clone()])? {
            Some(_) => Ok(()),
            None => Err(th.attribute_error_for("__set__".to_owned(), descr, &th.names().__set__)),
        },
        None => match th.call_special(descr, &th.names().__delete__, std::slice::from_ref(obj))? {
            Some(_) => Ok(()),
            None => Err(th.attribute_error_for("__delete__".to_owned(), descr, &th.names().__delete__)),
        },
    }
}

fn d_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let f = th.getattr(&cls.value(), &th.names().__new__)?;
    let mut all: smallvec::SmallVec<[Value; 8]> = smallvec::SmallVec::with_capacity(args.args.len() + 1);
    all.push(cls.value());
    all.extend(args.args.iter().cloned());
    th.call_args(&f, &CallArgs { args: &all, names: args.names })
}

#[inline(never)]
fn d_init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let ty = v.type_of(th);
    let Some(found) = ty.lookup(th, &th.names().__init__) else { return Ok(()) };
    let result = if found.type_of(th).has(super::type_::METHOD_DESCRIPTOR) {
        let mut all: smallvec::SmallVec<[Value; 8]> = smallvec::SmallVec::with_capacity(args.args.len() + 1);
        all.push(v.clone());
        all.extend(args.args.iter().cloned());
        th.call_args(&found, &CallArgs { args: &all, names: args.names })?
    } else {
        match th.lookup_special_name(v, &th.names().__init__)? {
            Some(f) => th.call_args(&f, args)?,
            None => Value::NONE,
        }
    };
    if !result.is_none() {
        return Err(
            th.type_error(format!("__init__() should return None, not '{}'", result.type_of(th).full_name()))
        );
    }
    Ok(())
}

fn d_del(th: &Thread, v: &Value) {
    crate::finalize::call_del(th, v);
}

fn d_len(th: &Thread, v: &Value) -> PyResult<usize> {
    let result = method(th, v, &th.names().__len__, &[])?;
    let index = th.index(&result)?;
    match index.as_small_int() {
        Some(i) if i >= 0 => Ok(i as usize),
        Some(_) => Err(th.value_error("__len__() should return >= 0")),
        None => {
            let n = th.as_bigint(&index)?;
            if n.sign() == num_bigint::Sign::Minus {
                return Err(th.value_error("__len__() should return >= 0"));
            }
            th.index_i64(&index).map(|i| i as usize)
        }
    }
}

fn d_bool(th: &Thread, v: &Value) -> PyResult<bool> {
    let ty = v.type_of(th);
    let n = th.names();
    if let Some(result) = th.call_special(v, &n.__bool__, &[])? {
        return match result.as_bool() {
            Some(b) => Ok(b),
            None => Err(th.type_error(format!(
                "__bool__ should return bool, returned {}",
                result.type_of(th).full_name()
            ))),
        };
    }
    if ty.lookup(th, &n.__len__).is_some() {
        return Ok(d_len(th, v)? != 0);
    }
    Ok(true)
}

fn d_getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    method(th, v, &th.names().__getitem__, std::slice::from_ref(key))
}

fn d_setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => method(th, v, &th.names().__setitem__, &[key.clone(), value.clone()]).map(drop),
        None => method(th, v, &th.names().__delitem__, std::slice::from_ref(key)).map(drop),
    }
}

fn d_contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    let ty = v.type_of(th);
    match ty.lookup(th, &th.names().__contains__) {
        Some(f) if f.is_none() => {
            return Err(th.type_error(format!("'{}' object is not a container", ty.full_name())));
        }
        Some(_) => {
            let result = method(th, v, &th.names().__contains__, std::slice::from_ref(item))?;
            return th.truth(&result);
        }
        None => {}
    }
    let it = th.iter(v)?;
    while let Some(x) = th.next(&it)? {
        if th.eq(&x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn d_buffer(th: &Thread, v: &Value, flags: u32) -> PyResult<crate::buffer::Buffer> {
    crate::buffer::from_python(th, v, flags)
}

#[inline(never)]
fn d_power(th: &Thread, a: &Value, b: &Value, modulus: &Value) -> PyResult<Value> {
    let n = th.names();
    if modulus.is_none() {
        return both_sides(
            th,
            a,
            b,
            &n.__pow__,
            &n.__rpow__,
            d_power as *const () as usize,
            SlotId::Power as usize,
        );
    }
    let ty = a.type_of(th);
    if ty.slots.word(SlotId::Power as usize) == d_power as *const () as usize {
        let args = [b.clone(), modulus.clone()];
        return Ok(th.call_special(a, &n.__pow__, &args)?.unwrap_or(Value::NOT_IMPLEMENTED));
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn d_ipower(th: &Thread, a: &Value, b: &Value, _modulus: &Value) -> PyResult<Value> {
    Ok(th.call_special(a, &th.names().__ipow__, std::slice::from_ref(b))?.unwrap_or(Value::NOT_IMPLEMENTED))
}

/// The dispatch of a binary operator between Python methods: `SLOT1BINFULL` of CPython.
fn both_sides(
    th: &Thread,
    a: &Value,
    b: &Value,
    left: &Value,
    right: &Value,
    dispatcher: usize,
    word: usize,
) -> PyResult<Value> {
    let (ta, tb) = (a.type_of(th), b.type_of(th));
    let mut do_other = ta != tb && tb.slots.word(word) == dispatcher;
    if ta.slots.word(word) == dispatcher {
        if do_other && tb.is_subtype(ta) {
            let overrides = match (ta.lookup(th, right), tb.lookup(th, right)) {
                (Some(x), Some(y)) => !x.is(&y),
                (None, Some(_)) => true,
                _ => false,
            };
            if overrides {
                if let Some(result) = th.call_special(b, right, std::slice::from_ref(a))?
                    && !result.is_not_implemented()
                {
                    return Ok(result);
                }
                do_other = false;
            }
        }
        if let Some(result) = th.call_special(a, left, std::slice::from_ref(b))?
            && (!result.is_not_implemented() || tb == ta)
        {
            return Ok(result);
        }
    }
    if do_other {
        return Ok(th.call_special(b, right, std::slice::from_ref(a))?.unwrap_or(Value::NOT_IMPLEMENTED));
    }
    Ok(Value::NOT_IMPLEMENTED)
}

macro_rules! dispatch_binary {
    ($($f:ident $i:ident $op:ident $left:ident $right:ident $inplace:ident;)*) => { $(
        fn $f(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
            let n = th.names();
            both_sides(th, a, b, &n.$left, &n.$right, $f as *const () as usize, binary_word(BinaryOp::$op))
        }
        fn $i(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
            Ok(th.call_special(a, &th.names().$inplace, std::slice::from_ref(b))?.unwrap_or(Value::NOT_IMPLEMENTED))
        }
    )* };
}

dispatch_binary! {
    d_add d_iadd Add __add__ __radd__ __iadd__;
    d_sub d_isub Sub __sub__ __rsub__ __isub__;
    d_mul d_imul Mul __mul__ __rmul__ __imul__;
    d_truediv d_itruediv TrueDiv __truediv__ __rtruediv__ __itruediv__;
    d_floordiv d_ifloordiv FloorDiv __floordiv__ __rfloordiv__ __ifloordiv__;
    d_mod d_imod Mod __mod__ __rmod__ __imod__;
    d_matmul d_imatmul MatMul __matmul__ __rmatmul__ __imatmul__;
    d_lshift d_ilshift LShift __lshift__ __rlshift__ __ilshift__;
    d_rshift d_irshift RShift __rshift__ __rrshift__ __irshift__;
    d_and d_iand And __and__ __rand__ __iand__;
    d_or d_ior Or __or__ __ror__ __ior__;
    d_xor d_ixor Xor __xor__ __rxor__ __ixor__;
}

#[inline(never)]
fn d_divmod(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let n = th.names();
    both_sides(
        th,
        a,
        b,
        &n.__divmod__,
        &n.__rdivmod__,
        d_divmod as *const () as usize,
        binary_word(BinaryOp::DivMod),
    )
}

macro_rules! def {
    ($name:literal, $word:expr, $dispatch:ident: $ty:ty, $wrap:ident, $sig:literal, $doc:expr) => {
        SlotDef {
            name: $name,
            word: $word,
            dispatch: || {
                let f: $ty = $dispatch;
                f as usize
            },
            wrap: $wrap,
            sig: $sig,
            doc: $doc,
        }
    };
}

macro_rules! binary_defs {
    ($($op:ident $d:ident $i:ident $name:literal $rname:literal $iname:literal $sym:literal;)*) => {
        [$(
            def!($name, binary_word(BinaryOp::$op), $d: BinaryFn, wrap_binary, "$self, value, /", concat!("Return self", $sym, "value.")),
            def!($rname, binary_word(BinaryOp::$op), $d: BinaryFn, wrap_reflected, "$self, value, /", concat!("Return value", $sym, "self.")),
            def!($iname, inplace_word(BinaryOp::$op), $i: BinaryFn, wrap_binary, "$self, value, /", concat!("Return self", $sym, "=value.")),
        )*]
    };
}

/// Operators.
pub static BINARY_DEFS: [SlotDef; 36] = binary_defs! {
    Add d_add d_iadd "__add__" "__radd__" "__iadd__" "+";
    Sub d_sub d_isub "__sub__" "__rsub__" "__isub__" "-";
    Mul d_mul d_imul "__mul__" "__rmul__" "__imul__" "*";
    TrueDiv d_truediv d_itruediv "__truediv__" "__rtruediv__" "__itruediv__" "/";
    FloorDiv d_floordiv d_ifloordiv "__floordiv__" "__rfloordiv__" "__ifloordiv__" "//";
    Mod d_mod d_imod "__mod__" "__rmod__" "__imod__" "%";
    MatMul d_matmul d_imatmul "__matmul__" "__rmatmul__" "__imatmul__" "@";
    LShift d_lshift d_ilshift "__lshift__" "__rlshift__" "__ilshift__" "<<";
    RShift d_rshift d_irshift "__rshift__" "__rrshift__" "__irshift__" ">>";
    And d_and d_iand "__and__" "__rand__" "__iand__" "&";
    Or d_or d_ior "__or__" "__ror__" "__ior__" "|";
    Xor d_xor d_ixor "__xor__" "__rxor__" "__ixor__" "^";
};

/// Everything else.
pub static DEFS: [SlotDef; 50] = [
    def!("__repr__", SlotId::Repr as usize, d_repr: UnaryFn, wrap_unary, "$self, /", "Return repr(self)."),
    def!("__str__", SlotId::Str as usize, d_str: UnaryFn, wrap_unary, "$self, /", "Return str(self)."),
    def!("__hash__", SlotId::Hash as usize, d_hash: HashFn, wrap_hash, "$self, /", "Return hash(self)."),
    def!("__call__", SlotId::Call as usize, d_call: CallFn, wrap_call, "$self, /, *args, **kwargs", "Call self as a function."),
    def!("__getattribute__", SlotId::GetAttr as usize, d_getattr: BinaryFn, wrap_getattr, "$self, name, /", "Return getattr(self, name)."),
    def!("__getattr__", SlotId::GetAttr as usize, d_getattr: BinaryFn, wrap_getattr, "", ""),
    def!("__setattr__", SlotId::SetAttr as usize, d_setattr: SetFn, wrap_setattr, "$self, name, value, /", "Implement setattr(self, name, value)."),
    def!("__delattr__", SlotId::SetAttr as usize, d_setattr: SetFn, wrap_delattr, "$self, name, /", "Implement delattr(self, name)."),
    def!("__lt__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_lt, "$self, value, /", "Return self<value."),
    def!("__le__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_le, "$self, value, /", "Return self<=value."),
    def!("__eq__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_eq, "$self, value, /", "Return self==value."),
    def!("__ne__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_ne, "$self, value, /", "Return self!=value."),
    def!("__gt__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_gt, "$self, value, /", "Return self>value."),
    def!("__ge__", SlotId::RichCompare as usize, d_compare: CompareFn, wrap_ge, "$self, value, /", "Return self>=value."),
    def!("__iter__", SlotId::Iter as usize, d_iter: UnaryFn, wrap_unary, "$self, /", "Implement iter(self)."),
    def!("__next__", SlotId::Next as usize, d_next: NextFn, wrap_next, "$self, /", "Implement next(self)."),
    def!("__get__", SlotId::DescrGet as usize, d_descr_get: DescrGetFn, wrap_descr_get, "$self, instance, owner=None, /", "Return an attribute of instance, which is of type owner."),
    def!("__set__", SlotId::DescrSet as usize, d_descr_set: SetFn, wrap_descr_set, "$self, instance, value, /", "Set an attribute of instance to value."),
    def!("__delete__", SlotId::DescrSet as usize, d_descr_set: SetFn, wrap_descr_delete, "$self, instance, /", "Delete an attribute of instance."),
    def!("__init__", SlotId::InitRaw as usize, d_init: InitRawFn, wrap_init, "$self, /, *args, **kwargs", "Initialize self.  See help(type(self)) for accurate signature."),
    def!("__new__", SlotId::NewRaw as usize, d_new: NewRawFn, wrap_call, "$type, *args, **kwargs", "Create and return new object."),
    def!("__del__", SlotId::Del as usize, d_del: DelFn, wrap_del, "$self, /", "Called when the instance is about to be destroyed."),
    def!("__len__", SlotId::Len as usize, d_len: LenFn, wrap_len, "$self, /", "Return len(self)."),
    def!("__getitem__", SlotId::GetItem as usize, d_getitem: BinaryFn, wrap_binary, "$self, key, /", "Return self[key]."),
    def!("__setitem__", SlotId::SetItem as usize, d_setitem: SetFn, wrap_setitem, "$self, key, value, /", "Set self[key] to value."),
    def!("__delitem__", SlotId::SetItem as usize, d_setitem: SetFn, wrap_delitem, "$self, key, /", "Delete self[key]."),
    def!("__contains__", SlotId::Contains as usize, d_contains: ContainsFn, wrap_contains, "$self, key, /", "Return bool(key in self)."),
    def!("__bool__", SlotId::Bool as usize, d_bool: BoolFn, wrap_bool, "$self, /", "True if self else False"),
    def!("__neg__", SlotId::Neg as usize, d_neg: UnaryFn, wrap_unary, "$self, /", "-self"),
    def!("__pos__", SlotId::Pos as usize, d_pos: UnaryFn, wrap_unary, "$self, /", "+self"),
    def!("__abs__", SlotId::Abs as usize, d_abs: UnaryFn, wrap_unary, "$self, /", "abs(self)"),
    def!("__invert__", SlotId::Invert as usize, d_invert: UnaryFn, wrap_unary, "$self, /", "~self"),
    def!("__int__", SlotId::Int as usize, d_int: UnaryFn, wrap_unary, "$self, /", "int(self)"),
    def!("__float__", SlotId::Float as usize, d_float: UnaryFn, wrap_unary, "$self, /", "float(self)"),
    def!("__index__", SlotId::Index as usize, d_index: UnaryFn, wrap_unary, "$self, /", "Return self converted to an integer, if self is suitable for use as an index into a list."),
    def!("__pow__", SlotId::Power as usize, d_power: PowerFn, wrap_power, "$self, value, mod=None, /", "Return pow(self, value, mod)."),
    def!("__rpow__", SlotId::Power as usize, d_power: PowerFn, wrap_rpower, "$self, value, mod=None, /", "Return pow(value, self, mod)."),
    def!("__ipow__", SlotId::InplacePower as usize, d_ipower: PowerFn, wrap_power, "$self, value, /", "Return self**=value."),
    def!("__divmod__", binary_word(BinaryOp::DivMod), d_divmod: BinaryFn, wrap_binary, "$self, value, /", "Return divmod(self, value)."),
    def!("__rdivmod__", binary_word(BinaryOp::DivMod), d_divmod: BinaryFn, wrap_reflected, "$self, value, /", "Return divmod(value, self)."),
    def!("__await__", SlotId::Await as usize, d_await: UnaryFn, wrap_unary, "$self, /", "Return an iterator to be used in await expression."),
    def!("__aiter__", SlotId::AIter as usize, d_aiter: UnaryFn, wrap_unary, "$self, /", "Return an awaitable, that resolves in asynchronous iterator."),
    def!("__anext__", SlotId::ANext as usize, d_anext: UnaryFn, wrap_unary, "$self, /", "Return a value or raise StopAsyncIteration."),
    def!("__buffer__", SlotId::Buffer as usize, d_buffer: BufferFn, wrap_buffer, "$self, flags, /", "Return a buffer object that exposes the underlying memory of the object."),
    // Sequence forms, after the others: they give the same dunders where a type has no numeric or mapping form.
    def!("__add__", SlotId::Concat as usize, d_add: BinaryFn, wrap_binary, "$self, value, /", "Return self+value."),
    def!("__mul__", SlotId::Repeat as usize, d_repeat: IndexFn, wrap_index_fn, "$self, value, /", "Return self*value."),
    def!("__rmul__", SlotId::Repeat as usize, d_repeat: IndexFn, wrap_index_fn, "$self, value, /", "Return value*self."),
    def!("__iadd__", SlotId::InplaceConcat as usize, d_iadd: BinaryFn, wrap_binary, "$self, value, /", "Implement self+=value."),
    def!("__imul__", SlotId::InplaceRepeat as usize, d_repeat: IndexFn, wrap_index_fn, "$self, value, /", "Implement self*=value."),
    def!("__getitem__", SlotId::SqItem as usize, d_sq_item: IndexFn, wrap_sq_item, "$self, key, /", "Return self[key]."),
];

/// The sequence forms, which no Python method fills: their dunders dispatch through the numeric and mapping slots.
#[must_use]
pub fn is_sequence_form(word: usize) -> bool {
    [SlotId::Concat, SlotId::Repeat, SlotId::InplaceConcat, SlotId::InplaceRepeat, SlotId::SqItem]
        .iter()
        .any(|s| *s as usize == word)
}

fn d_repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    method(th, v, &th.names().__mul__, &[th.int(n)])
}

fn d_sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    method(th, v, &th.names().__getitem__, &[th.int(i)])
}

/// All rows with a slot.
pub fn all() -> impl Iterator<Item = &'static SlotDef> {
    BINARY_DEFS.iter().chain(DEFS.iter())
}

/// Address of the dispatcher to a Python `__getattribute__` or `__getattr__`.
#[must_use]
pub fn getattr_dispatcher() -> usize {
    let f: BinaryFn = d_getattr;
    f as usize
}

/// Address of the dispatcher to a Python `__init__`, for the interpreter's direct calls.
#[must_use]
pub fn init_dispatcher() -> usize {
    let f: InitRawFn = d_init;
    f as usize
}
