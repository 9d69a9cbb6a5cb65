//! Async generators: `__anext__`, `asend`, `athrow`, `aclose` and the awaitables that these give (PEP 525).
use super::generator as sync;
use crate::interp::generator::{self as engine, CLOSED, Generator, Sent};
use crate::prelude::*;
use crate::value_cells::AtomicValue;
use std::sync::atomic::{AtomicU8, Ordering};

/// A value that an async generator yields, as opposed to what it awaits.
pub struct Wrapped(Value);
payload!(Wrapped, "async_generator_wrapped_value", traverse = Wrapped::traverse);

impl Wrapped {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.0);
    }
}

/// Wraps a yielded value.
#[must_use]
pub fn wrap_value(th: &Thread, v: &Value) -> Value {
    th.new_object(th.type_for::<Wrapped>(), Wrapped(v.clone()))
}

/// The type of wrapped values.
pub static WRAPPED: TypeSpec =
    TypeSpec { name: "async_generator_wrapped_value", flags: NO_NEW, ..TypeSpec::of::<Wrapped>() };

const INIT: u8 = 0;
const ITER: u8 = 1;
const DONE: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Send,
    Throw,
    Close,
}

/// The awaitable of `asend`, `athrow`, `aclose` and `__anext__`.
pub struct Step {
    generator: Value,
    /// For `asend` what to send; for `athrow` a tuple of its arguments.
    argument: AtomicValue,
    kind: Kind,
    state: AtomicU8,
}
payload!(Step, "async_generator_asend", traverse = Step::traverse);

impl Step {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.generator);
        self.argument.traverse(visit);
    }

    fn generator(&self) -> Option<&Generator> {
        self.generator.payload::<Generator>()
    }
}

fn init_hooks(th: &Thread, v: &Value) -> PyResult<()> {
    let Some(g) = v.payload::<Generator>() else { return Ok(()) };
    if g.hooks_done.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let finalizer = th.asyncgen_finalizer.get();
    if !finalizer.is_none() {
        g.finalizer.set(th, finalizer);
    }
    let first = th.asyncgen_firstiter.get();
    if !first.is_none() {
        th.call(&first, std::slice::from_ref(v))?;
    }
    Ok(())
}

fn step(th: &Thread, v: &Value, kind: Kind, argument: Value) -> PyResult<Value> {
    init_hooks(th, v)?;
    let step =
        Step { generator: v.clone(), argument: AtomicValue::new(argument), kind, state: AtomicU8::new(INIT) };
    Ok(th.new_object(th.type_for::<Step>(), step))
}

fn anext(th: &Thread, v: &Value) -> PyResult<Value> {
    step(th, v, Kind::Send, Value::NONE)
}

/// What a resumption means to the awaiter: a yielded value ends the step, an awaited one goes on.
fn unwrap(th: &Thread, s: &Step, result: PyResult<Sent>) -> PyResult<Value> {
    let Some(g) = s.generator() else { return Ok(Value::NONE) };
    let stop = |th: &Thread| th.raise_args(th.types().exc.stop_async_iteration, &[]);
    match result {
        Ok(Sent::Yielded(v)) => {
            if let Some(w) = v.payload::<Wrapped>() {
                g.async_running.store(false, Ordering::Release);
                s.state.store(DONE, Ordering::Release);
                let value = w.0.clone();
                return Err(th.stop_iteration(Some(value)));
            }
            Ok(v)
        }
        Ok(Sent::Returned(_)) => {
            g.async_running.store(false, Ordering::Release);
            g.closing.store(true, Ordering::Release);
            s.state.store(DONE, Ordering::Release);
            Err(stop(th))
        }
        Err(raised) => {
            g.async_running.store(false, Ordering::Release);
            s.state.store(DONE, Ordering::Release);
            let e = &th.types().exc;
            if th.error_is(e.stop_async_iteration) || th.error_is(e.generator_exit) {
                g.closing.store(true, Ordering::Release);
            }
            Err(raised)
        }
    }
}

fn step_send(th: &Thread, v: &Value, value: Value) -> PyResult<Value> {
    let s = th.expect::<Step>(v, "async_generator_asend")?;
    let Some(g) = s.generator() else { return Ok(Value::NONE) };
    let e = &th.types().exc;
    match s.state.load(Ordering::Acquire) {
        DONE => {
            return Err(th.runtime_error(match s.kind {
                Kind::Send => "cannot reuse already awaited __anext__()/asend()",
                _ => "cannot reuse already awaited aclose()/athrow()",
            }));
        }
        INIT => {
            if g.async_running.swap(true, Ordering::AcqRel) {
                s.state.store(DONE, Ordering::Release);
                return Err(th.runtime_error(match s.kind {
                    Kind::Send => "anext(): asynchronous generator is already running",
                    Kind::Throw => "athrow(): asynchronous generator is already running",
                    Kind::Close => "aclose(): asynchronous generator is already running",
                }));
            }
            s.state.store(ITER, Ordering::Release);
            match s.kind {
                Kind::Send => {
                    let argument = s.argument.take();
                    let value = if value.is_none() { argument } else { value };
                    let result = engine::resume(th, &s.generator, value);
                    return unwrap(th, s, result);
                }
                Kind::Close | Kind::Throw => {
                    if g.state() == CLOSED || (s.kind == Kind::Throw && g.closing.load(Ordering::Acquire)) {
                        g.async_running.store(false, Ordering::Release);
                        s.state.store(DONE, Ordering::Release);
                        return Err(match s.kind {
                            Kind::Close => th.stop_iteration(None),
                            _ if g.state() == CLOSED => th.stop_iteration(None),
                            _ => th.raise_args(e.stop_async_iteration, &[]),
                        });
                    }
                    if !value.is_none() {
                        return Err(th.runtime_error("can't send non-None value to a just-started coroutine"));
                    }
                    if s.kind == Kind::Close {
                        g.closing.store(true, Ordering::Release);
                        let exit = th.new_exception(e.generator_exit, Vec::new())?;
                        th.restore_error(exit);
                    } else {
                        let argument = s.argument.get(th);
                        sync::set_thrown(th, argument.payload::<Tuple>().map_or(&[], Tuple::as_slice))?;
                    }
                    let result = sync::throw_current(th, &s.generator);
                    return closing_result(th, s, result);
                }
            }
        }
        _ => {}
    }
    let result = engine::resume(th, &s.generator, value);
    match s.kind {
        Kind::Send => unwrap(th, s, result),
        _ => closing_result(th, s, result),
    }
}

/// What a resumption by `aclose` or `athrow` means to the awaiter.
fn closing_result(th: &Thread, s: &Step, result: PyResult<Sent>) -> PyResult<Value> {
    let Some(g) = s.generator() else { return Ok(Value::NONE) };
    if s.kind == Kind::Throw {
        return unwrap(th, s, result);
    }
    match result {
        Ok(Sent::Yielded(v)) => {
            if v.payload::<Wrapped>().is_some() {
                g.async_running.store(false, Ordering::Release);
                s.state.store(DONE, Ordering::Release);
                return Err(th.runtime_error("async generator ignored GeneratorExit"));
            }
            Ok(v)
        }
        Ok(Sent::Returned(_)) => {
            g.async_running.store(false, Ordering::Release);
            s.state.store(DONE, Ordering::Release);
            Err(th.stop_iteration(None))
        }
        Err(raised) => {
            g.async_running.store(false, Ordering::Release);
            s.state.store(DONE, Ordering::Release);
            let e = &th.types().exc;
            if th.error_is(e.stop_async_iteration) || th.error_is(e.generator_exit) {
                th.clear_error();
                return Err(th.stop_iteration(None));
            }
            Err(raised)
        }
    }
}

fn step_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    match step_send(th, v, Value::NONE) {
        Ok(v) => Ok(Some(v)),
        Err(raised) => match engine::stop_value(th) {
            Some(value) => {
                drop(th.stop_value.replace(value));
                Ok(None)
            }
            None => Err(raised),
        },
    }
}

fn step_throw(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let s = th.expect::<Step>(v, "async_generator_asend")?;
    let Some(g) = s.generator() else { return Ok(Value::NONE) };
    match s.state.load(Ordering::Acquire) {
        DONE => {
            return Err(th.runtime_error(match s.kind {
                Kind::Send => "cannot reuse already awaited __anext__()/asend()",
                _ => "cannot reuse already awaited aclose()/athrow()",
            }));
        }
        INIT => {
            if g.async_running.swap(true, Ordering::AcqRel) {
                s.state.store(DONE, Ordering::Release);
                return Err(th.runtime_error(match s.kind {
                    Kind::Send => "anext(): asynchronous generator is already running",
                    Kind::Throw => "athrow(): asynchronous generator is already running",
                    Kind::Close => "aclose(): asynchronous generator is already running",
                }));
            }
            s.state.store(ITER, Ordering::Release);
        }
        _ => {}
    }
    sync::set_thrown(th, args)?;
    let result = sync::throw_current(th, &s.generator);
    match s.kind {
        Kind::Send => unwrap(th, s, result),
        _ => closing_result(th, s, result),
    }
}

fn step_close(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let s = th.expect::<Step>(v, "async_generator_asend")?;
    if s.state.load(Ordering::Acquire) == DONE {
        return Ok(Value::NONE);
    }
    let exit = th.new_exception(th.types().exc.generator_exit, Vec::new())?;
    match step_throw(th, v, &[exit]) {
        Ok(_) => Err(th.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) => {
            let e = &th.types().exc;
            if th.error_is(e.stop_iteration)
                || th.error_is(e.stop_async_iteration)
                || th.error_is(e.generator_exit)
            {
                th.clear_error();
                return Ok(Value::NONE);
            }
            Err(raised)
        }
    }
}

/// The type of the awaitables.
pub static STEP: TypeSpec = TypeSpec {
    name: "async_generator_asend",
    flags: NO_NEW,
    slots: &[Slot::Await(|_, v| Ok(v.clone())), Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(step_next)],
    methods: &[
        m("send", "(value, /)", |th, v, a| step_send(th, v, a[0].clone()), ""),
        m("throw", "(typ, val=None, tb=None, /)", step_throw, ""),
        m("close", "()", step_close, ""),
    ],
    ..TypeSpec::of::<Step>()
};

fn running(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(Value::bool(th.expect::<Generator>(v, "async_generator")?.async_running.load(Ordering::Acquire)))
}

/// `async_generator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "async_generator",
    flags: WEAKREFS | NO_NEW,
    slots: &[
        Slot::Repr(sync::repr),
        Slot::AIter(|_, v| Ok(v.clone())),
        Slot::ANext(anext),
        Slot::Del(sync::finalize),
    ],
    methods: &[
        m(
            "asend",
            "(value, /)",
            |th, v, a| step(th, v, Kind::Send, a[0].clone()),
            "asend(v) -> send 'v' in generator.",
        ),
        m(
            "athrow",
            "(typ, val=None, tb=None, /)",
            |th, v, a| {
                let given: Vec<Value> = a.iter().filter(|v| !v.is_unbound()).cloned().collect();
                let given = th.tuple(given);
                step(th, v, Kind::Throw, given)
            },
            "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        m(
            "aclose",
            "()",
            |th, v, _| step(th, v, Kind::Close, Value::NONE),
            "aclose() -> raise GeneratorExit inside generator.",
        ),
        cm("__class_getitem__", "(item, /)", crate::types::generic_alias::class_getitem, "See PEP 585"),
    ],
    getset: &[
        gs("__name__", sync::get_name, Some(sync::set_name), "name of the async generator"),
        gs(
            "__qualname__",
            sync::get_qualname,
            Some(sync::set_qualname),
            "qualified name of the async generator",
        ),
        gs("ag_await", sync::get_delegate, None, "object being awaited on, or None"),
        mb("ag_running", running, None, ""),
        gs("ag_frame", sync::get_frame, None, ""),
        gs("ag_suspended", sync::get_suspended, None, ""),
        gs("ag_code", sync::get_code, None, ""),
    ],
    ..TypeSpec::of::<Generator>()
};
