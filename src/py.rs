//! `Py<T>`: an object that is kept and sent.
use crate::bound::{Bound, release, wrong_vm};
use crate::convert::{FromPyObject, IntoPyObject, PyCallArgs};
use crate::err::{PyErr, PyResult};
use crate::handle::{Handle, Shared};
use crate::python::Python;
use crate::types::{PyAny, PyDict, PyTypeCheck};
use crate::vm::Vm;
use std::marker::PhantomData;
use std::sync::Arc;
use vm_runtime::prelude::Value;

/// An object of a machine, kept outside of an attach: `Send + Sync`, without a lifetime. It is a counted handle of the machine,
/// which does not end before it is dropped.
///
/// Using it takes a [`Python`] of the same machine; with another's the methods give an error (TypeError `the object belongs to
/// another VM`). It may be dropped anywhere: a thread that is not attached leaves the reference to the machine's threads.
///
/// ```
/// # use orochi::prelude::*;
/// # let vm = Vm::builder().build().unwrap();
/// let square: Py<PyFunction> = vm.attach(|py| py.eval("lambda x: x * x")?.extract())?;
/// let n = std::thread::spawn({
///     let vm = vm.clone();
///     move || vm.attach(|py| square.call1(py, (12,))?.extract::<i64>(py))
/// });
/// assert_eq!(n.join().unwrap()?, 144);
/// # PyResult::Ok(())
/// ```
pub struct Py<T = PyAny> {
    /// Before the handle: the reference goes first.
    value: Value,
    handle: Handle,
    kind: PhantomData<fn() -> T>,
}

impl<T> Py<T> {
    pub(crate) fn of(shared: &Arc<Shared>, value: Value) -> Py<T> {
        Py { value: value.into_owned(), handle: Handle::of(shared), kind: PhantomData }
    }

    /// The object, for the thread that is attached.
    ///
    /// # Errors
    /// TypeError if `py` is another machine's.
    pub fn bind<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        if !Arc::ptr_eq(py.shared(), self.handle.shared()) {
            return Err(wrong_vm());
        }
        Ok(py.with(|_| Bound::checked(py, self.value.clone())))
    }

    /// As [`bind`](Py::bind), for the last use.
    ///
    /// # Errors
    /// TypeError if `py` is another machine's.
    pub fn into_bound(self, py: Python<'_>) -> PyResult<Bound<'_, T>> {
        self.bind(py)
    }

    /// One more reference to the same object.
    ///
    /// # Errors
    /// TypeError if `py` is another machine's.
    pub fn clone_ref(&self, py: Python<'_>) -> PyResult<Py<T>> {
        Ok(self.bind(py)?.unbind())
    }

    /// Whether both are one object (`is`).
    #[must_use]
    pub fn is<U>(&self, other: &Py<U>) -> bool {
        let one_vm = Arc::ptr_eq(self.handle.shared(), other.handle.shared());
        self.value.is(&other.value) && (!self.value.is_heap() || one_vm)
    }

    /// The machine.
    #[must_use]
    pub fn vm(&self) -> Vm {
        Vm { handle: self.handle.clone() }
    }

    /// The object as one of any type.
    #[must_use]
    pub fn into_any(mut self) -> Py<PyAny> {
        let value = std::mem::replace(&mut self.value, Value::NONE);
        Py { value, handle: self.handle.clone(), kind: PhantomData }
    }
}

impl<T: PyTypeCheck> Py<T> {
    /// `object.name`.
    ///
    /// # Errors
    /// As [`Bound::getattr`]; TypeError if `py` is another machine's.
    pub fn getattr(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().getattr(name)?.unbind())
    }

    /// `object.name = value`.
    ///
    /// # Errors
    /// As [`Bound::setattr`]; TypeError if `py` is another machine's.
    pub fn setattr<'py>(&self, py: Python<'py>, name: &str, value: impl IntoPyObject<'py>) -> PyResult<()> {
        self.bind(py)?.as_any().setattr(name, value)
    }

    /// `object()`.
    ///
    /// # Errors
    /// As [`Bound::call0`]; TypeError if `py` is another machine's.
    pub fn call0(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().call0()?.unbind())
    }

    /// `object(*args)`.
    ///
    /// # Errors
    /// As [`Bound::call1`]; TypeError if `py` is another machine's.
    pub fn call1<'py>(&self, py: Python<'py>, args: impl PyCallArgs<'py>) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().call1(args)?.unbind())
    }

    /// `object(*args, **kwargs)`.
    ///
    /// # Errors
    /// As [`Bound::call`]; TypeError if `py` is another machine's.
    pub fn call<'py>(
        &self,
        py: Python<'py>,
        args: impl PyCallArgs<'py>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().call(args, kwargs)?.unbind())
    }

    /// `object.name()`.
    ///
    /// # Errors
    /// As [`Bound::call_method0`]; TypeError if `py` is another machine's.
    pub fn call_method0(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().call_method0(name)?.unbind())
    }

    /// `object.name(*args)`.
    ///
    /// # Errors
    /// As [`Bound::call_method1`]; TypeError if `py` is another machine's.
    pub fn call_method1<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        args: impl PyCallArgs<'py>,
    ) -> PyResult<Py<PyAny>> {
        Ok(self.bind(py)?.as_any().call_method1(name, args)?.unbind())
    }

    /// The object as a value of Rust.
    ///
    /// # Errors
    /// As [`Bound::extract`]; TypeError if `py` is another machine's.
    pub fn extract<'py, D>(&self, py: Python<'py>) -> PyResult<D>
    where
        D: for<'a> FromPyObject<'a, 'py>,
    {
        let bound = self.bind(py)?;
        D::extract(bound.as_any().as_borrowed()).map_err(Into::into)
    }

    /// The object as a `U`, if it is one.
    ///
    /// # Errors
    /// TypeError if it is none, or if `py` is another machine's.
    pub fn cast<U: PyTypeCheck>(&self, py: Python<'_>) -> PyResult<Py<U>> {
        Ok(self.bind(py)?.into_any().cast_into::<U>()?.unbind())
    }

    /// Whether the object is `None`.
    #[must_use]
    pub fn is_none(&self, _: Python<'_>) -> bool {
        self.value.is_none()
    }
}

impl<T> Drop for Py<T> {
    fn drop(&mut self) {
        release(&self.handle.shared().state, std::mem::replace(&mut self.value, Value::NONE));
    }
}

impl<T> From<Bound<'_, T>> for Py<T> {
    fn from(bound: Bound<'_, T>) -> Py<T> {
        bound.unbind()
    }
}

/// An error is an object, too.
impl From<Py<PyAny>> for PyErr {
    fn from(object: Py<PyAny>) -> PyErr {
        PyErr::from_object(object)
    }
}

impl<T> std::fmt::Debug for Py<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Py({:#x})", self.value.identity())
    }
}
