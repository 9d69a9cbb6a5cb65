//! Values between Rust and Python: the traits, and the types of this crate itself.
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::py::Py;
use crate::python::Python;
use crate::types::{PyAny, PyTuple, PyTypeCheck};
use std::ops::Deref;
use vm_runtime::prelude::Value;

mod collections;
mod numbers;
mod sequences;
mod std_types;
mod text;
mod tuples;

/// An object that is lent: what [`FromPyObject::extract`] is given. Dereferences to [`Bound`].
#[derive(Debug)]
pub struct Borrowed<'a, 'py, T = PyAny>(&'a Bound<'py, T>);

impl<'a, 'py, T> Borrowed<'a, 'py, T> {
    pub(crate) fn new(bound: &'a Bound<'py, T>) -> Borrowed<'a, 'py, T> {
        Borrowed(bound)
    }

    /// The object, for as long as it is lent.
    #[must_use]
    pub fn get(self) -> &'a Bound<'py, T> {
        self.0
    }
}

impl<T> Clone for Borrowed<'_, '_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Borrowed<'_, '_, T> {}

impl<'py, T> Deref for Borrowed<'_, 'py, T> {
    type Target = Bound<'py, T>;
    fn deref(&self) -> &Bound<'py, T> {
        self.0
    }
}

/// What a Rust value becomes in Python.
///
/// | Rust | Python |
/// |---|---|
/// | `bool` | `bool` |
/// | integers up to 128 bits | `int` |
/// | `f32`, `f64` | `float` |
/// | `char`, `&str`, `String`, `Cow<str>`, `Box<str>` | `str` |
/// | `Path`, `PathBuf`, `OsStr`, `OsString` | `str`, with surrogates for what is no UTF-8 |
/// | `Vec<u8>`, `&[u8]`, `[u8; N]` | `bytes` |
/// | `Vec<T>`, `&[T]`, `[T; N]`, `VecDeque<T>` | `list` |
/// | tuples up to 12 | `tuple` |
/// | `HashMap`, `BTreeMap` | `dict` |
/// | `HashSet`, `BTreeSet` | `set` |
/// | `Option<T>` | what `T` becomes, or `None` |
/// | `()` | `None` |
/// | `Duration` | `datetime.timedelta` |
/// | [`Bound`], [`Py`] and references to them | the object |
///
/// ```
/// # use orochi::prelude::*;
/// struct Point { x: f64, y: f64 }
///
/// impl<'py> IntoPyObject<'py> for Point {
///     type Target = PyTuple;
///     type Output = Bound<'py, PyTuple>;
///     type Error = PyErr;
///     fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
///         PyTuple::new(py, [self.x, self.y])
///     }
/// }
/// # let vm = Vm::builder().build().unwrap();
/// vm.attach(|py| {
///     let n = py.eval("lambda p: p[0] + p[1]")?.call1((Point { x: 1.0, y: 2.5 },))?;
///     assert_eq!(n.extract::<f64>()?, 3.5);
///     PyResult::Ok(())
/// })
/// # .unwrap();
/// ```
pub trait IntoPyObject<'py>: Sized {
    /// What kind of object comes of it.
    type Target;
    /// How it is held.
    type Output: BoundObject<'py, Self::Target>;
    /// Why it may fail.
    type Error: Into<PyErr>;

    /// Converts the value.
    ///
    /// # Errors
    /// What making the object raises.
    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error>;

    /// Converts the value to an object of any type, of this machine.
    #[doc(hidden)]
    fn into_bound(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let made = self.into_pyobject(py).map_err(Into::into)?.into_bound_object().into_any();
        made.value_in(py)?;
        Ok(made)
    }

    /// Converts several: a list, or bytes.
    #[doc(hidden)]
    fn sequence(items: impl IntoIterator<Item = Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(crate::types::PyList::new(py, items)?.into_any())
    }
}

/// What [`IntoPyObject`] gives: a [`Bound`].
pub trait BoundObject<'py, T> {
    /// The object.
    fn into_bound_object(self) -> Bound<'py, T>;
}

impl<'py, T> BoundObject<'py, T> for Bound<'py, T> {
    fn into_bound_object(self) -> Bound<'py, T> {
        self
    }
}

/// What an object becomes in Rust: the table of [`IntoPyObject`] from right to left, by these rules.
///
/// Integers take what has `__index__` and raise OverflowError where the number does not fit. Floats take what has `__float__`.
/// `Vec<T>` and `[T; N]` take sequences but no `str`; `Vec<u8>` takes `bytes` and `bytearray`, too; sets take `set` and
/// `frozenset`; maps take `dict`. `&str` and `&[u8]` borrow from the object. `Option<T>` takes `None`.
pub trait FromPyObject<'a, 'py>: Sized {
    /// Why it may fail.
    type Error: Into<PyErr>;

    /// Converts the object.
    ///
    /// # Errors
    /// TypeError and the like.
    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self, Self::Error>;

    /// Bytes taken as a whole, for `u8`.
    #[doc(hidden)]
    fn from_bytes(_: &Bound<'py, PyAny>) -> Option<PyResult<Vec<Self>>> {
        None
    }
}

/// Arguments of a call, as objects.
#[derive(Debug)]
pub struct Arguments<'py>(pub(crate) Vec<Bound<'py, PyAny>>);

impl Arguments<'_> {
    /// For the runtime; references that the calls drop.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.0.iter().map(|v| v.raw().clone()).collect()
    }
}

/// What can be given as the positional arguments of a call: `()`, tuples of values, and [`Bound`]`<PyTuple>`.
pub trait PyCallArgs<'py> {
    /// Converts the arguments.
    #[doc(hidden)]
    fn into_values(self, py: Python<'py>) -> PyResult<Arguments<'py>>;
}

impl<'py> PyCallArgs<'py> for Bound<'py, PyTuple> {
    fn into_values(self, py: Python<'py>) -> PyResult<Arguments<'py>> {
        self.value_in(py)?;
        Ok(Arguments(self.to_vec()))
    }
}

impl<'py> PyCallArgs<'py> for &Bound<'py, PyTuple> {
    fn into_values(self, py: Python<'py>) -> PyResult<Arguments<'py>> {
        self.value_in(py)?;
        Ok(Arguments(self.to_vec()))
    }
}

impl<'py, T> IntoPyObject<'py> for Bound<'py, T> {
    type Target = T;
    type Output = Bound<'py, T>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.value_in(py)?;
        Ok(self)
    }
}

impl<'py, T> IntoPyObject<'py> for &Bound<'py, T> {
    type Target = T;
    type Output = Bound<'py, T>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.value_in(py)?;
        Ok(self.clone())
    }
}

impl<'py, T> IntoPyObject<'py> for Borrowed<'_, 'py, T> {
    type Target = T;
    type Output = Bound<'py, T>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.0.into_pyobject(py)
    }
}

impl<'py, T> IntoPyObject<'py> for Py<T> {
    type Target = T;
    type Output = Bound<'py, T>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.bind(py)
    }
}

impl<'py, T> IntoPyObject<'py> for &Py<T> {
    type Target = T;
    type Output = Bound<'py, T>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.bind(py)
    }
}

impl<'py, T: PyTypeCheck> FromPyObject<'_, 'py> for Bound<'py, T> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Bound<'py, T>> {
        obj.get().clone().cast_into()
    }
}

impl<'py, T: PyTypeCheck> FromPyObject<'_, 'py> for Py<T> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Py<T>> {
        Ok(obj.get().clone().cast_into::<T>()?.unbind())
    }
}

impl<'py> IntoPyObject<'py> for () {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(py.None())
    }
}

impl<'py> FromPyObject<'_, 'py> for () {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<()> {
        if obj.is_none() {
            return Ok(());
        }
        Err(crate::types::PyTypeError::new_err(format!("expected None, got '{}'", obj.type_name())))
    }
}

impl<'py, T: IntoPyObject<'py>> IntoPyObject<'py> for Option<T> {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Some(value) => value.into_bound(py),
            None => Ok(py.None()),
        }
    }
}

impl<'py, 'b, T> IntoPyObject<'py> for &'b Option<T>
where
    &'b T: IntoPyObject<'py>,
{
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().into_pyobject(py)
    }
}

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Option<T> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<Option<T>> {
        if obj.is_none() { Ok(None) } else { T::extract(obj).map(Some).map_err(Into::into) }
    }
}
