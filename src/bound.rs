//! `Bound<'py, T>`: an object in the hands of an attached thread.
//!
//! # Rules
//!
//! R1 (bound). A `Bound` owns one counted reference to an object of the VM of its `py`. `T` says what the object was checked to
//!     be, and nothing about the layout.
//! R2 (bound). Its value is touched through `Python::with` only, which sees to it that the thread is attached to the right VM.
use crate::convert::Borrowed;
use crate::err::{PyErr, PyResult};
use crate::py::Py;
use crate::python::Python;
use crate::types::{PyAny, PyTypeCheck, PyTypeError, sealed};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use vm_runtime::prelude::{Thread, Value};
use vm_runtime::vm_core;

/// An object of the machine that this thread is attached to; `T` is its type, as far as it is known.
///
/// It can be cloned (the object is the same), and is dropped like any value of Rust. [`unbind`](Bound::unbind) makes a
/// [`Py`] of it, which may be kept and sent.
///
/// ```compile_fail
/// # use orochi::prelude::*;
/// fn send<T: Send>(_: T) {}
/// # let vm = Vm::builder().build().unwrap();
/// vm.attach(|py| send(py.eval("[]").unwrap()));
/// ```
#[repr(C)]
pub struct Bound<'py, T = PyAny> {
    value: Value,
    py: Python<'py>,
    kind: PhantomData<fn() -> T>,
}

impl<'py, T> Bound<'py, T> {
    /// Of an object of `py`'s machine that is a `T`.
    pub(crate) fn checked(py: Python<'py>, value: Value) -> Bound<'py, T> {
        Bound { value: value.into_owned(), py, kind: PhantomData }
    }

    /// The object, whatever machine it is of: for identity.
    pub(crate) fn raw(&self) -> &Value {
        &self.value
    }

    /// The object, to be used in `py`'s machine.
    pub(crate) fn value_in(&self, py: Python<'_>) -> PyResult<&Value> {
        if self.py.same_vm(py) { Ok(&self.value) } else { Err(wrong_vm()) }
    }

    /// The object's reference, given to the caller.
    pub(crate) fn into_value(mut self) -> Value {
        std::mem::replace(&mut self.value, Value::NONE)
    }

    /// Runs `f` attached, with the object.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&'py Thread, &Value) -> R) -> R {
        self.py.with(|th| f(th, &self.value))
    }

    /// The proof of being attached that this object came with.
    #[must_use]
    pub fn py(&self) -> Python<'py> {
        self.py
    }

    /// The object as one of any type.
    #[must_use]
    pub fn as_any(&self) -> &Bound<'py, PyAny> {
        self.as_kind()
    }

    /// The object as one of any type.
    #[must_use]
    pub fn into_any(self) -> Bound<'py, PyAny> {
        self.into_kind()
    }

    fn as_kind<U>(&self) -> &Bound<'py, U> {
        let this: *const Bound<'py, T> = self;
        // SAFETY: R1 (bound): the two differ in a marker, and the layout is C's.
        unsafe { &*this.cast::<Bound<'py, U>>() }
    }

    fn into_kind<U>(self) -> Bound<'py, U> {
        let py = self.py;
        Bound { value: self.into_value(), py, kind: PhantomData }
    }

    /// The object as something that is kept and sent: a counted handle of the machine, too.
    #[must_use]
    pub fn unbind(self) -> Py<T> {
        let py = self.py;
        Py::of(py.shared(), self.into_value())
    }

    /// What `extract` is given.
    #[must_use]
    pub fn as_borrowed(&self) -> Borrowed<'_, 'py, T> {
        Borrowed::new(self)
    }

    /// Whether both are one object (`is`).
    #[must_use]
    pub fn is<U>(&self, other: &Bound<'_, U>) -> bool {
        self.value.is(&other.value) && (!self.value.is_heap() || self.py.same_vm(other.py))
    }
}

impl<'py> Bound<'py, PyAny> {
    pub(crate) fn new(py: Python<'py>, value: Value) -> Bound<'py, PyAny> {
        Bound::checked(py, value)
    }

    /// The object as a `T`, if it is one.
    ///
    /// # Errors
    /// TypeError `'X' object is not an instance of 'T'`.
    pub fn cast<T: PyTypeCheck>(&self) -> PyResult<&Bound<'py, T>> {
        if self.is_instance_of::<T>() { Ok(self.as_kind()) } else { Err(self.is_no::<T>()) }
    }

    /// The object as a `T`, if it is one.
    ///
    /// # Errors
    /// TypeError `'X' object is not an instance of 'T'`; the object is dropped then.
    pub fn cast_into<T: PyTypeCheck>(self) -> PyResult<Bound<'py, T>> {
        if self.is_instance_of::<T>() { Ok(self.into_kind()) } else { Err(self.is_no::<T>()) }
    }

    /// `cast` by its older name.
    ///
    /// # Errors
    /// As [`cast`](Bound::cast).
    pub fn downcast<T: PyTypeCheck>(&self) -> PyResult<&Bound<'py, T>> {
        self.cast()
    }

    /// `cast_into` by its older name.
    ///
    /// # Errors
    /// As [`cast_into`](Bound::cast_into).
    pub fn downcast_into<T: PyTypeCheck>(self) -> PyResult<Bound<'py, T>> {
        self.cast_into()
    }

    /// Whether the object is a `T` or of a subclass.
    #[must_use]
    pub fn is_instance_of<T: PyTypeCheck>(&self) -> bool {
        self.with(|th, v| T::check(th, v))
    }

    pub(crate) fn into_type(self) -> Bound<'py, crate::types::PyType> {
        self.into_kind()
    }

    fn is_no<T: PyTypeCheck>(&self) -> PyErr {
        let name = self.type_name();
        PyTypeError::new_err(format!("'{name}' object is not an instance of '{}'", T::NAME))
    }
}

/// The error of using an object in another machine.
pub(crate) fn wrong_vm() -> PyErr {
    PyTypeError::new_err("the object belongs to another VM")
}

impl<T> Clone for Bound<'_, T> {
    fn clone(&self) -> Self {
        let value = self.with(|_, v| v.clone());
        Bound { value, py: self.py, kind: PhantomData }
    }
}

impl<T> Drop for Bound<'_, T> {
    fn drop(&mut self) {
        release(&self.py.shared().state, std::mem::replace(&mut self.value, Value::NONE));
    }
}

/// Drops a reference to an object of this VM: now, if this thread is attached to it, or by the next thread that is.
pub(crate) fn release(state: &Arc<vm_runtime::vm::VmState>, value: Value) {
    let attached = !value.is_heap()
        || vm_core::thread::current().is_some_and(|core| std::ptr::eq(core.world(), &raw const *state.world));
    if attached {
        drop(value);
    } else {
        state.release_later(value);
    }
}

impl<'py, T: sealed::Narrower> Deref for Bound<'py, T> {
    type Target = Bound<'py, PyAny>;
    fn deref(&self) -> &Bound<'py, PyAny> {
        self.as_kind()
    }
}

/// Shows `repr(object)`.
impl<T> std::fmt::Debug for Bound<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.as_any().text_of(|th, v| th.repr_string(v)))
    }
}

/// Shows `str(object)`.
impl<T> std::fmt::Display for Bound<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.as_any().text_of(|th, v| th.str_string(v)))
    }
}
