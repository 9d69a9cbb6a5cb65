//! Raising and catching on a thread: the current exception, the one being handled, and how they are chained.
//!
//! The current exception sits in the thread (`Thread::error`), and `Raised` is the proof that it does. The exceptions that
//! are being handled (`sys.exception()`) are in `Thread::handled`.
use crate::prelude::*;
use crate::types::exception::{BaseException, extra, os_error, payload};

mod matching;
mod raise;
mod unraisable;

impl Thread {
    /// Makes `exc` (an exception object) the current exception, chained to the one that is being handled.
    #[cold]
    pub fn raise_value(&self, exc: Value) -> Raised {
        if payload(&exc).is_none() {
            return self.type_error("exceptions must derive from BaseException");
        }
        self.chain_context(&exc);
        self.restore_error(exc)
    }

    /// Makes `exc` the current exception as it is.
    pub fn restore_error(&self, exc: Value) -> Raised {
        drop(self.error.replace(exc));
        Raised::set_in_thread()
    }

    /// Takes the current exception, leaving none.
    pub fn take_error(&self) -> Value {
        let exc = self.error.replace(Value::UNBOUND);
        if !exc.is_unbound() {
            return exc;
        }
        // An `Err(Raised)` without an exception is a fault of native code: say so rather than panic.
        let msg = self.str("error return without exception set");
        self.new_exception(self.types().exc.system_error, vec![msg]).unwrap_or(Value::NONE)
    }

    /// The current exception, if any.
    pub fn current_error(&self) -> Option<Value> {
        let exc = self.error.get();
        if exc.is_unbound() { None } else { Some(exc) }
    }

    /// Drops the current exception, if any.
    pub fn clear_error(&self) {
        self.error.set(Value::UNBOUND);
    }

    /// Whether the current exception is of this type.
    pub fn error_is(&self, ty: TypeRef) -> bool {
        self.current_error().is_some_and(|exc| exc.type_of(self).is_subtype(ty))
    }

    /// Runs `r`'s error away if it is of type `ty`: `Ok(None)`.
    pub fn catch<T>(&self, r: PyResult<T>, ty: TypeRef) -> PyResult<Option<T>> {
        match r {
            Ok(v) => Ok(Some(v)),
            Err(_) if self.error_is(ty) => {
                self.clear_error();
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// Sets `exc.__context__` to the exception that is being handled, breaking a cycle that this would make.
    pub fn chain_context(&self, exc: &Value) {
        let handled = self.handled_exception();
        if handled.is_none() || handled.is(exc) {
            return;
        }
        let Some(e) = payload(exc) else { return };
        // Where `exc` is in the chain of contexts already, the chain is cut there. Another cycle in the chain (made by a
        // program) must not hang us: Floyd's algorithm.
        let mut at = handled.clone();
        let mut slow = handled.clone();
        let mut move_slow = false;
        while let Some(p) = payload(&at) {
            let next = p.context(self);
            if next.is_none() {
                break;
            }
            if next.is(exc) {
                p.set_context(self, Value::NONE);
                break;
            }
            at = next;
            if at.is(&slow) {
                break;
            }
            if move_slow {
                let next = payload(&slow).map_or(Value::NONE, |p| p.context(self));
                slow = next;
            }
            move_slow = !move_slow;
        }
        e.set_context(self, handled);
    }

    /// A new object of class `cls`, as a result: native payloads larger than memory raise MemoryError elsewhere.
    pub fn make_object<T: Payload>(&self, cls: TypeRef, payload: T) -> PyResult<Value> {
        Ok(self.new_object(cls, payload))
    }

    /// A new exception object of a builtin type that has no fields of its own (or whose fields stay unset).
    pub fn new_exception(&self, ty: TypeRef, args: Vec<Value>) -> PyResult<Value> {
        let args = self.tuple(args);
        self.make_object(ty, BaseException::new(args, 0))
    }

    /// Raises a builtin exception with these arguments and fields, without running `__new__` and `__init__`.
    #[cold]
    pub(crate) fn raise_built(&self, ty: TypeRef, args: Vec<Value>, extra: Vec<Value>) -> Raised {
        let args = self.tuple(args);
        match self.make_object(ty, BaseException::with_extra(args, extra)) {
            Ok(exc) => self.raise_value(exc),
            Err(raised) => raised,
        }
    }

    /// Raises `ty(*args)`.
    #[cold]
    pub fn raise_args(&self, ty: TypeRef, args: &[Value]) -> Raised {
        match self.make_exception(&ty.value(), args) {
            Ok(exc) => self.raise_value(exc),
            Err(raised) => raised,
        }
    }

    /// Raises `ty(msg)`.
    #[cold]
    pub fn raise(&self, ty: TypeRef, msg: impl Into<String>) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_args(ty, &[msg])
    }

    fn make_exception(&self, class: &Value, args: &[Value]) -> PyResult<Value> {
        let exc = self.call(class, args)?;
        if payload(&exc).is_some() {
            return Ok(exc);
        }
        let (class, got) = (self.repr_text(class)?, self.repr_text(&exc.type_of(self).value())?);
        Err(self.type_error(format!(
            "calling {class} should have returned an instance of BaseException, not {got}"
        )))
    }

    /// The exception object that `raise v` raises: `v`, or an instance if `v` is an exception class.
    pub fn normalize(&self, v: &Value) -> PyResult<Value> {
        if payload(v).is_some() {
            return Ok(v.clone());
        }
        if self.is_exception_class(v) {
            return self.make_exception(v, &[]);
        }
        Err(self.type_error("exceptions must derive from BaseException"))
    }

    /// `raise v` and `raise v from cause`.
    pub fn raise_statement(&self, v: &Value, cause: Option<&Value>) -> Raised {
        match self.raise_statement_inner(v, cause) {
            Ok(exc) => self.raise_value(exc),
            Err(raised) => raised,
        }
    }

    fn raise_statement_inner(&self, v: &Value, cause: Option<&Value>) -> PyResult<Value> {
        let exc = self.normalize(v)?;
        if let Some(cause) = cause {
            let cause = if cause.is_none() || payload(cause).is_some() {
                cause.clone()
            } else if self.is_exception_class(cause) {
                self.make_exception(cause, &[])?
            } else {
                return Err(self.type_error("exception causes must derive from BaseException"));
            };
            if let Some(e) = payload(&exc) {
                e.set_cause(self, cause);
            }
        }
        Ok(exc)
    }

    /// `raise` alone.
    pub fn reraise_handled(&self) -> Raised {
        let exc = self.handled_exception();
        if exc.is_none() {
            return self.runtime_error("No active exception to reraise");
        }
        self.restore_error(exc)
    }

    /// After an error: raises `ty(msg)` with the present error as cause and context.
    pub fn raise_from_current(&self, ty: TypeRef, msg: impl Into<String>) -> Raised {
        let old = self.take_error();
        let _ = self.raise(ty, msg);
        let new = self.take_error();
        if let Some(e) = payload(&new) {
            e.set_cause(self, old.clone());
            e.set_context(self, old);
        }
        self.restore_error(new)
    }

    /// Makes `cause` the cause and context of the current error (`_PyErr_FormatFromCause`).
    pub fn set_cause(&self, cause: Value) {
        if let Some(e) = self.current_error().as_ref().and_then(payload) {
            e.set_cause(self, cause.clone());
            e.set_context(self, cause);
        }
    }

    /// Chains the error `old` (taken before) as context of the current error, or makes it the current one if there is none.
    pub fn chain_errors(&self, old: Value) -> Raised {
        let Some(new) = self.current_error() else { return self.restore_error(old) };
        if let Some(e) = payload(&new)
            && !new.is(&old)
        {
            // As `_PyErr_ChainExceptions1`: no search for cycles, but never onto itself.
            e.set_context(self, old);
        }
        Raised::set_in_thread()
    }

    /// Raises `OSError(errno, strerror, filename)`, the subclass that the number says.
    #[cold]
    pub fn os_error(&self, errno: i32, filename: Option<Value>) -> Raised {
        let text = self.str(&strerror(errno));
        let mut args = vec![self.int(i64::from(errno)), text];
        args.extend(filename);
        self.raise_args(self.types().exc.os_error, &args)
    }

    /// As `os_error`, for a call with two file names.
    #[cold]
    pub fn os_error2(&self, errno: i32, filename: Value, filename2: Value) -> Raised {
        let args = [self.int(i64::from(errno)), self.str(&strerror(errno)), filename, Value::NONE, filename2];
        self.raise_args(self.types().exc.os_error, &args)
    }

    /// Raises the `OSError` of a failed system call of Rust's library.
    #[cold]
    pub fn io_error(&self, e: &std::io::Error, filename: Option<Value>) -> Raised {
        match e.raw_os_error() {
            Some(errno) => self.os_error(errno, filename),
            None => self.raise(self.types().exc.os_error, e.to_string()),
        }
    }

    /// The error number of an `OSError`.
    pub fn errno_of(&self, exc: &Value) -> Option<i32> {
        if !self.isinstance(exc, self.types().exc.os_error) {
            return None;
        }
        payload(exc)?.extra(self, extra::ERRNO).as_small_int().and_then(|n| i32::try_from(n).ok())
    }

    /// The `OSError` subclass for an error number.
    pub fn os_error_type(&self, errno: i32) -> TypeRef {
        os_error::subclass(self, i64::from(errno)).unwrap_or(self.types().exc.os_error)
    }
}

/// The C library's text for an error number.
#[must_use]
pub fn strerror(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
