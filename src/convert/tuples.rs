//! Tuples, which are also the arguments of calls.
use super::{Arguments, Borrowed, FromPyObject, IntoPyObject, PyCallArgs};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyTuple, PyValueError};

impl<'py> PyCallArgs<'py> for () {
    fn into_values(self, _: Python<'py>) -> PyResult<Arguments<'py>> {
        Ok(Arguments(Vec::new()))
    }
}

macro_rules! tuple {
    ($n:literal $($name:ident)+) => {
        impl<'py, $($name: IntoPyObject<'py>),+> IntoPyObject<'py> for ($($name,)+) {
            type Target = PyTuple;
            type Output = Bound<'py, PyTuple>;
            type Error = PyErr;
            #[allow(non_snake_case, reason = "the names of the types name the values")]
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let ($($name,)+) = self;
                PyTuple::new(py, [$($name.into_bound(py)?),+])
            }
        }

        impl<'py, $($name: IntoPyObject<'py>),+> PyCallArgs<'py> for ($($name,)+) {
            #[allow(non_snake_case, reason = "the names of the types name the values")]
            fn into_values(self, py: Python<'py>) -> PyResult<Arguments<'py>> {
                let ($($name,)+) = self;
                Ok(Arguments(vec![$($name.into_bound(py)?),+]))
            }
        }

        impl<'py, $($name),+> FromPyObject<'_, 'py> for ($($name,)+)
        where
            $($name: for<'a> FromPyObject<'a, 'py>,)+
        {
            type Error = PyErr;
            #[allow(non_snake_case, reason = "the names of the types name the values")]
            fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
                let items = obj.get().cast::<PyTuple>()?.to_vec();
                let [$($name),+] = items.as_slice() else { return Err(wrong_length($n, items.len())) };
                Ok(($($name::extract($name.as_borrowed()).map_err(Into::into)?,)+))
            }
        }
    };
}

fn wrong_length(wanted: usize, got: usize) -> PyErr {
    PyValueError::new_err(format!("expected tuple of length {wanted}, but got tuple of length {got}"))
}

tuple!(1 A);
tuple!(2 A B);
tuple!(3 A B C);
tuple!(4 A B C D);
tuple!(5 A B C D E);
tuple!(6 A B C D E F);
tuple!(7 A B C D E F G);
tuple!(8 A B C D E F G H);
tuple!(9 A B C D E F G H I);
tuple!(10 A B C D E F G H I J);
tuple!(11 A B C D E F G H I J K);
tuple!(12 A B C D E F G H I J K L);
