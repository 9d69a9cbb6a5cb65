//! Vectors, slices and arrays.
use super::{Borrowed, FromPyObject, IntoPyObject};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyList, PyString, PyTuple, PyTypeError, PyValueError};
use std::collections::VecDeque;

macro_rules! into_sequence {
    ($([$($generics:tt)*] $t:ty, $item:ty;)*) => { $(
        impl<'py, $($generics)*> IntoPyObject<'py> for $t
        where
            $item: IntoPyObject<'py>,
        {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                <$item>::sequence(self, py)
            }
        }
    )* };
}

into_sequence! {
    [T] Vec<T>, T;
    ['b, T] &'b Vec<T>, &'b T;
    ['b, T] &'b [T], &'b T;
    [T, const N: usize] [T; N], T;
    ['b, T, const N: usize] &'b [T; N], &'b T;
    [T] VecDeque<T>, T;
    ['b, T] &'b VecDeque<T>, &'b T;
}

/// The items of a sequence, which a string is not taken for.
fn items<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = obj.cast::<PyList>() {
        return Ok(list.to_vec());
    }
    if let Ok(tuple) = obj.cast::<PyTuple>() {
        return Ok(tuple.to_vec());
    }
    if obj.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("Can't extract `str` to `Vec`"));
    }
    let abc = obj.py().import("collections.abc")?;
    if !obj.is_instance(&abc.getattr("Sequence")?)? && !is_buffer(obj) {
        let name = obj.type_name();
        return Err(PyTypeError::new_err(format!("'{name}' object is not an instance of 'Sequence'")));
    }
    obj.try_iter()?.collect()
}

/// Arrays and the like are no `Sequence`s by name.
fn is_buffer(obj: &Bound<'_, PyAny>) -> bool {
    obj.with(|th, v| th.has_buffer(v))
}

impl<'py, T> FromPyObject<'_, 'py> for Vec<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Vec<T>> {
        if let Some(content) = T::from_bytes(&obj) {
            return content;
        }
        items(&obj)?.iter().map(|item| T::extract(item.as_borrowed()).map_err(Into::into)).collect()
    }
}

impl<'py, T> FromPyObject<'_, 'py> for VecDeque<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<VecDeque<T>> {
        Vec::extract(obj).map(VecDeque::from)
    }
}

impl<'py, T, const N: usize> FromPyObject<'_, 'py> for [T; N]
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<[T; N]> {
        let found: Vec<T> = Vec::extract(obj)?;
        <[T; N]>::try_from(found).map_err(|found| {
            PyValueError::new_err(format!("expected a sequence of length {N} (got {})", found.len()))
        })
    }
}
