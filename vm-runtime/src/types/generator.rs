//! Generators and coroutines as Python sees them: send, throw, close, and their attributes.
use crate::code::CodeKind;
use crate::interp::generator::{self as engine, CLOSED, CREATED, Generator, RUNNING, SUSPENDED, Sent};
use crate::prelude::*;

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Generator> {
    th.expect::<Generator>(v, "generator")
}

/// The result of a resumption for a caller of `send`: StopIteration at the end.
fn delivered(th: &Thread, sent: Sent) -> PyResult<Value> {
    match sent {
        Sent::Yielded(v) => Ok(v),
        Sent::Returned(v) => Err(th.stop_iteration(if v.is_none() { None } else { Some(v) })),
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    match engine::resume(th, v, Value::NONE)? {
        Sent::Yielded(v) => Ok(Some(v)),
        Sent::Returned(value) => {
            // The end's value is for `yield from` and `await` through the slot.
            drop(th.stop_value.replace(value));
            Ok(None)
        }
    }
}

fn send(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let sent = engine::resume(th, v, args[0].clone())?;
    delivered(th, sent)
}

/// Sets the error that `throw(typ, val, tb)` asks for.
///
/// # Errors
/// TypeError for arguments that make no exception.
pub fn set_thrown(th: &Thread, args: &[Value]) -> PyResult<()> {
    let typ = &args[0];
    let value = args.get(1).filter(|v| !v.is_unbound());
    let tb = args.get(2).filter(|v| !v.is_unbound());
    if value.is_some() {
        th.deprecation_warning(
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
            1,
        )?;
    }
    if let Some(tb) = tb
        && !tb.is_none()
        && tb.payload::<crate::traceback::Traceback>().is_none()
    {
        return Err(th.type_error("throw() third argument must be a traceback object"));
    }
    let exc = if th.is_exception_class(typ) {
        // What making the exception raises is thrown instead of it.
        let made = match value {
            Some(v) if TypeRef::from_value(typ).is_some_and(|ty| th.isinstance(v, ty)) => Ok(v.clone()),
            Some(v) if v.type_of(th) == th.types().tuple => {
                th.call(typ, v.payload::<Tuple>().map_or(&[], Tuple::as_slice))
            }
            Some(v) if !v.is_none() => th.call(typ, std::slice::from_ref(v)),
            _ => th.call(typ, &[]),
        };
        let Ok(made) = made else { return Ok(()) };
        if made.payload::<crate::types::exception::BaseException>().is_none() {
            let _ = th.type_error(format!(
                "calling {} should have returned an instance of BaseException, not {}",
                th.repr_text(typ)?,
                th.repr_text(&made.type_of(th).value())?
            ));
            return Ok(());
        }
        made
    } else if typ.payload::<crate::types::exception::BaseException>().is_some() {
        if value.is_some_and(|v| !v.is_none()) {
            return Err(th.type_error("instance exception may not have a separate value"));
        }
        typ.clone()
    } else {
        return Err(th.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            typ.type_of(th).full_name()
        )));
    };
    if let Some(tb) = tb.filter(|t| !t.is_none()) {
        th.setattr(&exc, &th.names().__traceback__, tb)?;
    }
    th.restore_error(exc);
    Ok(())
}

/// Throws the thread's current error into a generator, into what it delegates to first.
///
/// # Errors
/// What the generator raises.
pub fn throw_current(th: &Thread, v: &Value) -> PyResult<Sent> {
    throw_as(th, v, &[])
}

/// As `throw_current`; a delegate that is no generator gets `given`, if there are any, as the program wrote them.
fn throw_as(th: &Thread, v: &Value, given: &[Value]) -> PyResult<Sent> {
    let g = this(th, v)?;
    let Some(delegate) = g.delegate() else { return engine::resume_raising(th, v) };
    let exc = th.take_error();
    if th.isinstance(&exc, th.types().exc.generator_exit) {
        let closed = match engine::while_delegating(th, g, || close_delegate(th, &delegate)) {
            Some(closed) => closed,
            None => Ok(()),
        };
        if closed.is_ok() {
            th.restore_error(exc);
        }
        return engine::resume_raising(th, v);
    }
    let thrown = engine::while_delegating(th, g, || {
        if delegate.payload::<Generator>().is_some_and(|g| g.kind != CodeKind::AsyncGenerator) {
            th.restore_error(exc.clone());
            return throw_as(th, &delegate, given).map(Some);
        }
        match th.get_attr_opt(&delegate, &th.names().throw)? {
            Some(f) => {
                let args = if given.is_empty() { std::slice::from_ref(&exc) } else { given };
                th.call(&f, args).map(|y| Some(Sent::Yielded(y)))
            }
            None => Ok(None),
        }
    });
    let thrown = match thrown {
        Some(Ok(Some(sent))) => Ok(sent),
        Some(Err(raised)) => Err(raised),
        // Nothing to throw into, or another thread was faster.
        None | Some(Ok(None)) => {
            th.restore_error(exc);
            return engine::resume_raising(th, v);
        }
    };
    match thrown {
        Ok(Sent::Yielded(y)) => Ok(Sent::Yielded(y)),
        Ok(Sent::Returned(value)) => engine::resume_after_delegate(th, v, value),
        Err(_) => match engine::stop_value(th) {
            Some(value) => engine::resume_after_delegate(th, v, value),
            None => engine::resume_raising(th, v),
        },
    }
}

fn close_delegate(th: &Thread, delegate: &Value) -> PyResult<()> {
    if delegate.payload::<Generator>().is_some_and(|g| g.kind != CodeKind::AsyncGenerator) {
        return close(th, delegate, &[]).map(drop);
    }
    match th.get_attr_opt(delegate, &th.names().close) {
        Ok(Some(f)) => th.call(&f, &[]).map(drop),
        Ok(None) => Ok(()),
        Err(raised) => {
            let _ = raised;
            th.unraisable(None, Some(delegate));
            Ok(())
        }
    }
}

fn throw(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    set_thrown(th, args)?;
    let given = args.iter().position(Value::is_unbound).unwrap_or(args.len());
    let sent = throw_as(th, v, &args[..given])?;
    delivered(th, sent)
}

/// `close()`.
///
/// # Errors
/// RuntimeError `generator ignored GeneratorExit`, and what the generator raises.
pub fn close(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let g = this(th, v)?;
    match g.state() {
        CREATED if engine::close_unstarted(g) => return Ok(Value::NONE),
        CLOSED => return Ok(Value::NONE),
        _ => {}
    }
    let exit = th.new_exception(th.types().exc.generator_exit, Vec::new())?;
    th.restore_error(exit);
    match throw_current(th, v) {
        Ok(Sent::Yielded(_)) => Err(th.runtime_error(match g.kind {
            CodeKind::Coroutine => "coroutine ignored GeneratorExit",
            CodeKind::AsyncGenerator => "async generator ignored GeneratorExit",
            _ => "generator ignored GeneratorExit",
        })),
        Ok(Sent::Returned(v)) => Ok(v),
        Err(raised) => {
            let e = &th.types().exc;
            if th.error_is(e.generator_exit) {
                th.clear_error();
                return Ok(Value::NONE);
            }
            match engine::stop_value(th) {
                Some(v) => Ok(v),
                None => Err(raised),
            }
        }
    }
}

/// The finalizer: an unfinished generator is closed; a coroutine that was never awaited warns.
pub fn finalize(th: &Thread, v: &Value) {
    let Some(g) = v.payload::<Generator>() else { return };
    if g.state() == CLOSED {
        return;
    }
    if g.kind == CodeKind::AsyncGenerator {
        let hook = g.finalizer.get(th);
        if !hook.is_unbound() && !hook.is_none() && !g.closing.load(std::sync::atomic::Ordering::Relaxed) {
            if th.call(&hook, std::slice::from_ref(v)).is_err() {
                th.unraisable(None, Some(v));
            }
            return;
        }
    }
    if g.kind == CodeKind::Coroutine && g.state() == CREATED && warn_unawaited(th, v, g).is_err() {
        th.unraisable(None, Some(v));
    }
    if close(th, v, &[]).is_err() {
        th.unraisable(Some("Exception ignored while closing generator"), Some(v));
    }
}

/// Through `warnings`, which tells where the coroutine was made; plainly where that cannot be imported.
fn warn_unawaited(th: &Thread, v: &Value, g: &Generator) -> PyResult<()> {
    match th.import("warnings") {
        Ok(module) => {
            if let Some(f) = th.get_attr_str_opt(&module, "_warn_unawaited_coroutine")? {
                return th.call(&f, std::slice::from_ref(v)).map(drop);
            }
        }
        Err(_) => th.clear_error(),
    }
    let name = g.qualname.get(th).as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
    th.warn(th.types().exc.runtime_warning, format!("coroutine '{name}' was never awaited"), 1)
}

pub(crate) fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let g = this(th, v)?;
    let what = match g.kind {
        CodeKind::Coroutine => "coroutine",
        CodeKind::AsyncGenerator => "async_generator",
        _ => "generator",
    };
    let name = g.qualname.get(th);
    let name = name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
    Ok(th.str(&format!("<{what} object {name} at {:#x}>", v.identity())))
}

pub(crate) fn get_name(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.name.get(th))
}
pub(crate) fn get_qualname(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.qualname.get(th))
}
pub(crate) fn set_name(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    match new.filter(|n| n.as_str().is_some()) {
        Some(n) => {
            this(th, v)?.name.set(th, n.clone());
            Ok(())
        }
        None => Err(th.type_error("__name__ must be set to a string object")),
    }
}
pub(crate) fn set_qualname(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    match new.filter(|n| n.as_str().is_some()) {
        Some(n) => {
            this(th, v)?.qualname.set(th, n.clone());
            Ok(())
        }
        None => Err(th.type_error("__qualname__ must be set to a string object")),
    }
}
pub(crate) fn get_code(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.code.clone())
}
fn get_running(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.state() == RUNNING))
}
pub(crate) fn get_suspended(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(Value::bool(this(th, v)?.state() == SUSPENDED))
}
pub(crate) fn get_delegate(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.delegate().unwrap_or(Value::NONE))
}
pub(crate) fn get_frame(th: &Thread, v: &Value) -> PyResult<Value> {
    let g = this(th, v)?;
    if g.state() == CLOSED {
        return Ok(Value::NONE);
    }
    Ok(g.frame_object(th).unwrap_or(Value::NONE))
}
fn get_origin(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.origin.get(th))
}

const THROW: &str = "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.";

/// `generator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "generator",
    flags: WEAKREFS | NO_NEW,
    slots: &[Slot::Repr(repr), Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(next), Slot::Del(finalize)],
    methods: &[
        m(
            "send",
            "(arg, /)",
            send,
            "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration.",
        ),
        m("throw", "(typ, val=None, tb=None, /)", throw, THROW),
        m("close", "()", close, "close() -> raise GeneratorExit inside generator."),
        cm("__class_getitem__", "(item, /)", crate::types::generic_alias::class_getitem, "See PEP 585"),
    ],
    getset: &[
        gs("__name__", get_name, Some(set_name), "name of the generator"),
        gs("__qualname__", get_qualname, Some(set_qualname), "qualified name of the generator"),
        gs("gi_yieldfrom", get_delegate, None, "object being iterated by yield from, or None"),
        gs("gi_running", get_running, None, ""),
        gs("gi_frame", get_frame, None, ""),
        gs("gi_suspended", get_suspended, None, ""),
        gs("gi_code", get_code, None, ""),
    ],
    ..TypeSpec::of::<Generator>()
};

/// What `coroutine.__await__()` gives.
pub struct CoroutineWrapper(Value);
payload!(CoroutineWrapper, "coroutine_wrapper", traverse = CoroutineWrapper::traverse);

impl CoroutineWrapper {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.0);
    }
}

fn wrap_coroutine(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<CoroutineWrapper>(), CoroutineWrapper(v.clone())))
}

fn inner(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.expect::<CoroutineWrapper>(v, "coroutine_wrapper")?.0.clone())
}

/// `coroutine_wrapper`.
pub static WRAPPER: TypeSpec = TypeSpec {
    name: "coroutine_wrapper",
    doc: "A wrapper object implementing __await__ for coroutines.",
    flags: NO_NEW,
    slots: &[Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(|th, v| next(th, &inner(th, v)?))],
    methods: &[
        m("send", "(arg, /)", |th, v, a| send(th, &inner(th, v)?, a), ""),
        m("throw", "(typ, val=None, tb=None, /)", |th, v, a| throw(th, &inner(th, v)?, a), ""),
        m("close", "()", |th, v, a| close(th, &inner(th, v)?, a), ""),
    ],
    ..TypeSpec::of::<CoroutineWrapper>()
};

/// `coroutine`.
pub static COROUTINE: TypeSpec = TypeSpec {
    name: "coroutine",
    flags: WEAKREFS | NO_NEW,
    slots: &[Slot::Repr(repr), Slot::Await(wrap_coroutine), Slot::Del(finalize)],
    methods: &[
        m(
            "send",
            "(arg, /)",
            send,
            "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise StopIteration.",
        ),
        m("throw", "(typ, val=None, tb=None, /)", throw, THROW),
        m("close", "()", close, "close() -> raise GeneratorExit inside coroutine."),
        cm("__class_getitem__", "(item, /)", crate::types::generic_alias::class_getitem, "See PEP 585"),
    ],
    getset: &[
        gs("__name__", get_name, Some(set_name), "name of the coroutine"),
        gs("__qualname__", get_qualname, Some(set_qualname), "qualified name of the coroutine"),
        gs("cr_await", get_delegate, None, "object being awaited on, or None"),
        gs("cr_running", get_running, None, ""),
        gs("cr_frame", get_frame, None, ""),
        gs("cr_suspended", get_suspended, None, ""),
        gs("cr_code", get_code, None, ""),
        mb("cr_origin", get_origin, None, ""),
    ],
    ..TypeSpec::of::<Generator>()
};
