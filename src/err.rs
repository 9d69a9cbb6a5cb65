//! `PyErr`: an exception in the hands of Rust.
use crate::attach;
use crate::bound::Bound;
use crate::convert::IntoPyObject;
use crate::py::Py;
use crate::python::Python;
use crate::types::{PyAny, PyBaseException, PyTraceback, PyType, PyTypeCheck, PyTypeError};
use std::sync::OnceLock;
use vm_runtime::prelude::{Raised, Thread, TypeRef, ValueExt};
use vm_runtime::types::exception;

mod arguments;
mod frames;
mod from;

pub use arguments::PyErrArguments;
pub use frames::PyFrame;

/// What may raise a Python exception.
pub type PyResult<T> = Result<T, PyErr>;

/// A Python exception: one that was raised in a machine, or one that Rust code made and that becomes an object when a machine
/// needs it.
///
/// `Display` is the traceback as Python prints it, with chained exceptions, notes and carets, but without the last newline.
/// The error can be sent, kept and shown anywhere: it is a counted handle of its machine, like [`Py`].
///
/// ```
/// # use orochi::prelude::*;
/// # let vm = Vm::builder().build().unwrap();
/// let error = vm.attach(|py| py.eval("1 / 0").unwrap_err());
/// assert_eq!(error.type_name(), "ZeroDivisionError");
/// assert_eq!(error.message(), "division by zero");
/// let shown = error.to_string();
/// assert!(shown.starts_with("Traceback (most recent call last):\n"));
/// assert!(shown.ends_with("ZeroDivisionError: division by zero"));
/// ```
pub struct PyErr(Box<State>);

struct State {
    /// How to make the exception, for one that Rust made.
    lazy: Option<Lazy>,
    /// The exception object; not there yet if `lazy` is.
    value: OnceLock<Py<PyBaseException>>,
}

struct Lazy {
    name: String,
    class: Class,
    args: Box<dyn PyErrArguments>,
}

enum Class {
    Builtin(fn(&Thread) -> TypeRef),
    Object(Py<PyType>),
}

impl PyErr {
    fn with_state(lazy: Option<Lazy>, value: Option<Py<PyBaseException>>) -> PyErr {
        let state = State { lazy, value: OnceLock::new() };
        if let Some(value) = value {
            let _ = state.value.set(value);
        }
        PyErr(Box::new(state))
    }

    pub(crate) fn lazy<A: PyErrArguments>(name: &str, class: fn(&Thread) -> TypeRef, args: A) -> PyErr {
        let lazy = Lazy { name: name.to_owned(), class: Class::Builtin(class), args: Box::new(args) };
        PyErr::with_state(Some(lazy), None)
    }

    /// An exception of type `T` with these arguments, like `PyValueError::new_err("...")`.
    pub fn new<T: crate::types::PyTypeInfo, A: PyErrArguments>(args: A) -> PyErr {
        PyErr::lazy(T::NAME, T::type_ref, args)
    }

    /// An exception of a class with these arguments. TypeError arises when it is raised, if the class is none of exceptions.
    pub fn from_type<A: PyErrArguments>(class: Bound<'_, PyType>, args: A) -> PyErr {
        let lazy = Lazy { name: class.name(), class: Class::Object(class.unbind()), args: Box::new(args) };
        PyErr::with_state(Some(lazy), None)
    }

    /// Of an exception object, or of a class of exceptions (then without arguments); of anything else, TypeError `exceptions
    /// must derive from BaseException`.
    #[must_use]
    pub fn from_value(value: Bound<'_, PyAny>) -> PyErr {
        if value.is_instance_of::<PyBaseException>() {
            return match value.cast_into::<PyBaseException>() {
                Ok(value) => PyErr::with_state(None, Some(value.unbind())),
                Err(error) => error,
            };
        }
        match value.cast_into::<PyType>() {
            Ok(class) => PyErr::from_type(class, ()),
            Err(_) => PyTypeError::new_err("exceptions must derive from BaseException"),
        }
    }

    pub(crate) fn from_object(object: Py<PyAny>) -> PyErr {
        let vm = object.vm();
        match vm.try_attach(|py| object.bind(py).map(PyErr::from_value)) {
            Ok(Ok(error) | Err(error)) => error,
            Err(ended) => crate::types::PyRuntimeError::new_err(ended.to_string()),
        }
    }

    /// Takes the thread's current exception.
    pub(crate) fn take(py: Python<'_>, th: &Thread) -> PyErr {
        let exc = th.take_error();
        PyErr::with_state(None, Some(Py::of(py.shared(), exc)))
    }

    /// Raises the exception in the thread.
    pub(crate) fn raise(self, py: Python<'_>, th: &Thread) -> Raised {
        let made_here = self.0.lazy.is_some();
        match self.value(py) {
            Ok(value) if made_here => th.raise_value(value.into_value()),
            Ok(value) => th.restore_error(value.into_value()),
            Err(_) => {
                // An exception of another machine cannot travel: what it says can.
                let text = self.to_string();
                th.runtime_error(format!("an exception of another VM\n{text}"))
            }
        }
    }

    /// The exception object.
    ///
    /// # Errors
    /// TypeError if the exception is one of another machine; what making the object raises.
    pub fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBaseException>> {
        if let Some(value) = self.0.value.get() {
            return value.bind(py);
        }
        let Some(lazy) = &self.0.lazy else {
            return Err(crate::types::PySystemError::new_err("an error without an exception"));
        };
        let made = lazy.make(py)?;
        // Where another thread was faster, its object is the one.
        let _ = self.0.value.set(made.unbind());
        match self.0.value.get() {
            Some(value) => value.bind(py),
            None => Err(crate::types::PySystemError::new_err("an error without an exception")),
        }
    }

    /// As [`value`](PyErr::value), for the last use.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn into_value(self, py: Python<'_>) -> PyResult<Py<PyBaseException>> {
        Ok(self.value(py)?.unbind())
    }

    /// The class of the exception.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn get_type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyType>> {
        Ok(self.value(py)?.as_any().get_type())
    }

    /// `exception.__traceback__`.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn traceback<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTraceback>>> {
        let traceback = self.value(py)?.as_any().getattr("__traceback__")?;
        if traceback.is_none() { Ok(None) } else { traceback.cast_into().map(Some) }
    }

    /// Whether the exception is a `T` or of a subclass; false for an exception of another machine.
    #[must_use]
    pub fn is_instance_of<T: PyTypeCheck>(&self, py: Python<'_>) -> bool {
        self.value(py).is_ok_and(|value| value.as_any().is_instance_of::<T>())
    }

    /// Whether `except types` would catch the exception; `types` is a class or a tuple of classes.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn matches<'py>(&self, py: Python<'py>, types: impl IntoPyObject<'py>) -> PyResult<bool> {
        let value = self.value(py)?;
        let types = types.into_bound(py)?;
        py.run_vm(|th| Ok(th.given_exception_matches(value.raw(), types.raw())))
    }

    /// `exception.__cause__`.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn cause(&self, py: Python<'_>) -> PyResult<Option<PyErr>> {
        let cause = self.value(py)?.as_any().getattr("__cause__")?;
        Ok(if cause.is_none() { None } else { Some(PyErr::from_value(cause)) })
    }

    /// Sets `exception.__cause__`, as `raise ... from cause` does.
    ///
    /// # Errors
    /// As [`value`](PyErr::value), of either.
    pub fn set_cause(&self, py: Python<'_>, cause: Option<PyErr>) -> PyResult<()> {
        let value = self.value(py)?;
        let cause = match cause {
            Some(cause) => cause.value(py)?.into_any(),
            None => py.None(),
        };
        value.as_any().setattr("__cause__", cause)
    }

    /// Adds a note, which is shown below the message.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn add_note(&self, py: Python<'_>, note: &str) -> PyResult<()> {
        self.value(py)?.as_any().call_method1("add_note", (note,)).map(drop)
    }

    /// Prints the traceback to `sys.stderr`.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn print(&self, py: Python<'_>) -> PyResult<()> {
        let value = self.value(py)?;
        py.with(|th| th.print_exception(value.raw()));
        Ok(())
    }

    /// One more handle of the same exception.
    ///
    /// # Errors
    /// As [`value`](PyErr::value).
    pub fn clone_ref(&self, py: Python<'_>) -> PyResult<PyErr> {
        Ok(PyErr::with_state(None, Some(self.value(py)?.unbind())))
    }

    /// Attaches to the exception's machine; None if it has none yet, or has ended.
    fn attached<R>(&self, f: impl FnOnce(&Thread, &vm_runtime::prelude::Value) -> R) -> Option<R> {
        let vm = self.0.value.get()?.vm();
        attach::attach(vm.handle.shared(), |attachment| {
            let py = Python::new(attachment);
            let value = self.0.value.get()?.bind(py).ok()?;
            Some(value.with(|th, v| {
                // The text of an exception is asked for while another one may be on its way.
                let pending = th.current_error();
                th.clear_error();
                let result = f(th, v);
                th.clear_error();
                if let Some(pending) = pending {
                    let _ = th.restore_error(pending);
                }
                result
            }))
        })
        .ok()
        .flatten()
    }

    /// The name of the exception's class. Attaches to its machine.
    #[must_use]
    pub fn type_name(&self) -> String {
        match (self.attached(|th, v| v.type_of(th).name()), &self.0.lazy) {
            (Some(name), _) => name,
            (None, Some(lazy)) => lazy.name.clone(),
            (None, None) => "BaseException".to_owned(),
        }
    }

    /// `str(exception)`. Attaches to its machine.
    #[must_use]
    pub fn message(&self) -> String {
        let text = self.attached(|th, v| th.str_string(v).map(|text| text.to_string()).unwrap_or_default());
        match (text, &self.0.lazy) {
            (Some(text), _) => text,
            (None, Some(lazy)) => lazy.args.text(),
            (None, None) => String::new(),
        }
    }

    /// The frames that the exception went through, the outermost first, as its traceback shows them; none for an exception
    /// that was not raised yet. Attaches to its machine.
    #[must_use]
    pub fn frames(&self) -> Vec<PyFrame> {
        self.attached(|th, v| exception::payload(v).map(|e| frames::read(th, &e.traceback(th))))
            .flatten()
            .unwrap_or_default()
    }
}

impl Lazy {
    fn make<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBaseException>> {
        let args = self.args.arguments(py)?;
        let class = match &self.class {
            Class::Builtin(class) => Bound::new(py, py.with(|th| class(th).value())),
            Class::Object(class) => class.bind(py)?.into_any(),
        };
        let made = class.call1(args)?;
        match made.cast_into::<PyBaseException>() {
            Ok(made) => Ok(made),
            Err(_) => Err(PyTypeError::new_err("exceptions must derive from BaseException")),
        }
    }
}

/// The traceback, without its last newline. Attaches to the exception's machine.
impl std::fmt::Display for PyErr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(text) = self.attached(|th, v| th.format_exception(v)) {
            return f.write_str(text.strip_suffix('\n').unwrap_or(&text));
        }
        let (name, text) = (self.type_name(), self.message());
        if text.is_empty() { f.write_str(&name) } else { write!(f, "{name}: {text}") }
    }
}

/// The class, message and frames.
impl std::fmt::Debug for PyErr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PyErr")
            .field("type", &self.type_name())
            .field("message", &self.message())
            .field("frames", &self.frames())
            .finish()
    }
}

impl std::error::Error for PyErr {}
