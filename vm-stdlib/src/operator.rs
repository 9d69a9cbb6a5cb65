//! `_operator`.
mod getters;

use vm_runtime::prelude::*;

macro_rules! table {
    ($($name:literal $sig:literal $f:expr, $doc:literal;)*) => {
        /// The module.
        pub static MODULE: ModuleSpec = ModuleSpec {
            name: "_operator",
            doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.  The function names are those\nused for special methods; variants without leading and trailing\n'__' are also provided for convenience.",
            functions: &[$(m($name, $sig, $f, $doc),)*],
            types: &[&getters::ATTRGETTER, &getters::ITEMGETTER, &getters::METHODCALLER],
            ..ModuleSpec::EMPTY
        };
    };
}

table! {
    "truth" "(a, /)" |th, _, a| Ok(Value::bool(th.truth(&a[0])?)), "Return True if a is true, False otherwise.";
    "contains" "(a, b, /)" |th, _, a| Ok(Value::bool(th.contains(&a[0], &a[1])?)), "Same as b in a (note reversed operands).";
    "indexOf" "(a, b, /)" index_of, "Return the first index of b in a.";
    "countOf" "(a, b, /)" count_of, "Return the number of items in a which are, or which equal, b.";
    "is_" "(a, b, /)" |_, _, a| Ok(Value::bool(a[0].is(&a[1]))), "Same as a is b.";
    "is_not" "(a, b, /)" |_, _, a| Ok(Value::bool(!a[0].is(&a[1]))), "Same as a is not b.";
    "is_none" "(a, /)" |_, _, a| Ok(Value::bool(a[0].is_none())), "Same as a is None.";
    "is_not_none" "(a, /)" |_, _, a| Ok(Value::bool(!a[0].is_none())), "Same as a is not None.";
    "index" "(a, /)" |th, _, a| th.index(&a[0]), "Same as a.__index__()";
    "add" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Add, &a[0], &a[1]), "Same as a + b.";
    "sub" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Sub, &a[0], &a[1]), "Same as a - b.";
    "mul" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Mul, &a[0], &a[1]), "Same as a * b.";
    "matmul" "(a, b, /)" |th, _, a| th.binary(BinaryOp::MatMul, &a[0], &a[1]), "Same as a @ b.";
    "floordiv" "(a, b, /)" |th, _, a| th.binary(BinaryOp::FloorDiv, &a[0], &a[1]), "Same as a // b.";
    "truediv" "(a, b, /)" |th, _, a| th.binary(BinaryOp::TrueDiv, &a[0], &a[1]), "Same as a / b.";
    "mod" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Mod, &a[0], &a[1]), "Same as a % b.";
    "neg" "(a, /)" |th, _, a| th.neg(&a[0]), "Same as -a.";
    "pos" "(a, /)" |th, _, a| th.pos(&a[0]), "Same as +a.";
    "abs" "(a, /)" |th, _, a| th.abs(&a[0]), "Same as abs(a).";
    "inv" "(a, /)" |th, _, a| th.invert(&a[0]), "Same as ~a.";
    "invert" "(a, /)" |th, _, a| th.invert(&a[0]), "Same as ~a.";
    "lshift" "(a, b, /)" |th, _, a| th.binary(BinaryOp::LShift, &a[0], &a[1]), "Same as a << b.";
    "rshift" "(a, b, /)" |th, _, a| th.binary(BinaryOp::RShift, &a[0], &a[1]), "Same as a >> b.";
    "not_" "(a, /)" |th, _, a| Ok(Value::bool(!th.truth(&a[0])?)), "Same as not a.";
    "and_" "(a, b, /)" |th, _, a| th.binary(BinaryOp::And, &a[0], &a[1]), "Same as a & b.";
    "xor" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Xor, &a[0], &a[1]), "Same as a ^ b.";
    "or_" "(a, b, /)" |th, _, a| th.binary(BinaryOp::Or, &a[0], &a[1]), "Same as a | b.";
    "iadd" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Add, &a[0], &a[1]), "Same as a += b.";
    "isub" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Sub, &a[0], &a[1]), "Same as a -= b.";
    "imul" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Mul, &a[0], &a[1]), "Same as a *= b.";
    "imatmul" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::MatMul, &a[0], &a[1]), "Same as a @= b.";
    "ifloordiv" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::FloorDiv, &a[0], &a[1]), "Same as a //= b.";
    "itruediv" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::TrueDiv, &a[0], &a[1]), "Same as a /= b.";
    "imod" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Mod, &a[0], &a[1]), "Same as a %= b.";
    "ilshift" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::LShift, &a[0], &a[1]), "Same as a <<= b.";
    "irshift" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::RShift, &a[0], &a[1]), "Same as a >>= b.";
    "iand" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::And, &a[0], &a[1]), "Same as a &= b.";
    "ixor" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Xor, &a[0], &a[1]), "Same as a ^= b.";
    "ior" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Or, &a[0], &a[1]), "Same as a |= b.";
    "concat" "(a, b, /)" concat, "Same as a + b, for a and b sequences.";
    "iconcat" "(a, b, /)" iconcat, "Same as a += b, for a and b sequences.";
    "getitem" "(a, b, /)" |th, _, a| th.getitem(&a[0], &a[1]), "Same as a[b].";
    "setitem" "(a, b, c, /)" |th, _, a| th.setitem(&a[0], &a[1], &a[2]).map(|()| Value::NONE), "Same as a[b] = c.";
    "delitem" "(a, b, /)" |th, _, a| th.delitem(&a[0], &a[1]).map(|()| Value::NONE), "Same as del a[b].";
    "pow" "(a, b, /)" |th, _, a| th.power(&a[0], &a[1], &Value::NONE), "Same as a ** b.";
    "ipow" "(a, b, /)" |th, _, a| th.inplace(BinaryOp::Pow, &a[0], &a[1]), "Same as a **= b.";
    "eq" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Eq), "Same as a == b.";
    "ne" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Ne), "Same as a != b.";
    "lt" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Lt), "Same as a < b.";
    "le" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Le), "Same as a <= b.";
    "gt" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Gt), "Same as a > b.";
    "ge" "(a, b, /)" |th, _, a| th.compare(&a[0], &a[1], CompareOp::Ge), "Same as a >= b.";
    "_compare_digest" "(a, b, /)" compare_digest, "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object.\n\nNote: If a and b are of different lengths, or if an error occurs,\na timing attack could theoretically reveal information about the\ntypes and lengths of a and b--but not their values.";
    "length_hint" "(obj, default=0, /)" length_hint, "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0.";
    "call" "(obj, /, *args, **kwargs)" call, "Same as obj(*args, **kwargs).";
}

fn index_of(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [sequence, wanted] = args else { return Err(th.system_error("bad native call")) };
    let it = iterated(th, sequence)?;
    let mut i = 0;
    while let Some(item) = th.next(&it)? {
        if th.eq(&item, wanted)? {
            return Ok(th.int(i));
        }
        i += 1;
    }
    Err(th.value_error("sequence.index(x): x not in sequence"))
}

fn iterated(th: &Thread, v: &Value) -> PyResult<Value> {
    th.iter(v).map_err(|raised| {
        if th.error_is(th.types().exc.type_error) {
            th.clear_error();
            return th
                .type_error(format!("argument of type '{}' is not iterable", v.type_of(th).full_name()));
        }
        raised
    })
}

fn count_of(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [sequence, wanted] = args else { return Err(th.system_error("bad native call")) };
    let it = iterated(th, sequence)?;
    let mut n = 0;
    while let Some(item) = th.next(&it)? {
        n += i64::from(th.eq(&item, wanted)?);
    }
    Ok(th.int(n))
}

fn is_sequence(th: &Thread, v: &Value) -> bool {
    let ty = v.type_of(th);
    (ty.slots.sq_item().is_some() || ty.slots.getitem().is_some()) && !ty.is_subtype(th.types().dict)
}

fn concat(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [a, b] = args else { return Err(th.system_error("bad native call")) };
    if let Some(f) = a.type_of(th).slots.concat() {
        return f(th, a, b);
    }
    if is_sequence(th, a) && is_sequence(th, b) {
        return th.binary(BinaryOp::Add, a, b);
    }
    Err(th.type_error(format!("'{}' object can't be concatenated", a.type_of(th).full_name())))
}

fn iconcat(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [a, b] = args else { return Err(th.system_error("bad native call")) };
    let slots = &a.type_of(th).slots;
    if let Some(f) = slots.inplace_concat().or_else(|| slots.concat()) {
        return f(th, a, b);
    }
    if is_sequence(th, a) && is_sequence(th, b) {
        return th.inplace(BinaryOp::Add, a, b);
    }
    Err(th.type_error(format!("'{}' object can't be concatenated", a.type_of(th).full_name())))
}

fn length_hint(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [object, default] = args else { return Err(th.system_error("bad native call")) };
    let default = if default.is_unbound() { 0 } else { th.index_i64(default)? };
    let hint = th.length_hint(object, usize::MAX)?;
    Ok(if hint == usize::MAX { th.int(default) } else { th.usize(hint) })
}

fn call(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [function, keywords, positional @ ..] = args else { return Err(th.system_error("bad native call")) };
    th.call_dict(function, positional, Some(keywords))
}

fn compare_digest(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [a, b] = args else { return Err(th.system_error("bad native call")) };
    if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
        if !x.is_ascii() || !y.is_ascii() {
            return Err(th.type_error("comparing strings with non-ASCII characters is not supported"));
        }
        return Ok(Value::bool(same_bytes(x.as_wtf8().as_bytes(), y.as_wtf8().as_bytes())));
    }
    let bytes = |v: &Value| th.has_buffer(v);
    if !bytes(a) || !bytes(b) {
        return Err(th.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            a.type_of(th).full_name(),
            b.type_of(th).full_name()
        )));
    }
    let (x, y) = (th.bytes_like(a)?, th.bytes_like(b)?);
    Ok(Value::bool(same_bytes(&x, &y)))
}

/// Equality in a time that does not depend on where the first difference is.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let mut difference = u8::from(a.len() != b.len());
    let other = if a.len() == b.len() { b } else { a };
    for (x, y) in a.iter().zip(other) {
        difference |= std::hint::black_box(x ^ y);
    }
    difference == 0
}
