//! `aiter`, `anext`, and the awaitable of `anext(iterator, default)`.
use crate::prelude::*;

pub(super) fn aiter(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let v = &args[0];
    let Some(f) = v.type_of(th).slots.aiter() else {
        return Err(th.type_error(format!("'{}' object is not an async iterable", v.type_name(th))));
    };
    let it = f(th, v)?;
    if it.type_of(th).slots.anext().is_none() {
        return Err(
            th.type_error(format!("aiter() returned not an async iterator of type '{}'", it.type_name(th)))
        );
    }
    Ok(it)
}

pub(super) fn anext(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let v = &args[0];
    let Some(f) = v.type_of(th).slots.anext() else {
        return Err(th.type_error(format!("'{}' object is not an async iterator", v.type_name(th))));
    };
    let awaitable = f(th, v)?;
    if args[1].is_unbound() {
        return Ok(awaitable);
    }
    let payload = AnextAwaitable { wrapped: awaitable, default: args[1].clone() };
    th.make_object(th.type_for::<AnextAwaitable>(), payload)
}

/// What `anext(iterator, default)` gives.
pub struct AnextAwaitable {
    wrapped: Value,
    default: Value,
}

payload!(AnextAwaitable, "anext_awaitable", traverse = AnextAwaitable::traverse);

impl AnextAwaitable {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.wrapped);
        visit(&self.default);
    }
}

/// `anext_awaitable`.
pub static ANEXT_AWAITABLE: TypeSpec = TypeSpec {
    name: "anext_awaitable",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Iter(self_iter), Slot::Await(self_iter), Slot::Next(next)],
    methods: &[
        m(
            "send",
            "(value, /)",
            send,
            "send(arg) -> send 'arg' into the wrapped iterator,\nreturn next yielded value or raise StopIteration.",
        ),
        m(
            "throw",
            "(*args, **kwargs)",
            throw,
            "throw(value)\nthrow(typ[,val[,tb]])\n\nraise exception in the wrapped iterator, return next yielded value\nor raise StopIteration.",
        ),
        m("close", "()", close, "close() -> raise GeneratorExit inside generator."),
    ],
    ..TypeSpec::of::<AnextAwaitable>()
};

fn self_iter(_: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

fn iterator(th: &Thread, v: &Value) -> PyResult<(Value, Value)> {
    let this = th.expect::<AnextAwaitable>(v, "anext_awaitable")?;
    Ok((crate::interp::generator::awaitable(th, &this.wrapped, 0)?, this.default.clone()))
}

/// StopAsyncIteration of the wrapped iterator ends this one with the default.
fn finish<T>(th: &Thread, r: PyResult<T>, default: Value) -> PyResult<T> {
    match r {
        Err(_) if th.error_is(th.types().exc.stop_async_iteration) => {
            th.clear_error();
            Err(th.stop_iteration(Some(default)))
        }
        r => r,
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let (it, default) = iterator(th, v)?;
    let Some(f) = it.type_of(th).slots.next() else {
        return Err(th.type_error(format!("'{}' object is not an iterator", it.type_name(th))));
    };
    finish(th, f(th, &it), default)
}

fn delegate(th: &Thread, v: &Value, method: &str, args: &[Value]) -> PyResult<Value> {
    let (it, default) = iterator(th, v)?;
    finish(th, th.call_method(&it, method, args), default)
}

fn send(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    delegate(th, v, "send", args)
}

fn throw(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    delegate(th, v, "throw", super::split_keywords(args).1)
}

fn close(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    delegate(th, v, "close", &[])
}
