//! What an exception can be made with.
use crate::bound::Bound;
use crate::convert::IntoPyObject;
use crate::err::PyResult;
use crate::py::Py;
use crate::python::Python;
use crate::types::{PyAny, PyTuple};
use std::borrow::Cow;
use std::fmt::Debug;

/// Arguments of an exception that is still to be made: a message, `()` or a tuple.
pub trait PyErrArguments: Send + Sync + 'static {
    /// The arguments as Python gets them.
    ///
    /// # Errors
    /// What converting raises.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>>;

    /// The message, where no machine is at hand to ask.
    fn text(&self) -> String;
}

macro_rules! messages {
    ($($t:ty),*) => { $(
        impl PyErrArguments for $t {
            fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(py, [&**self])
            }
            fn text(&self) -> String {
                self.to_string()
            }
        }
    )* };
}

messages!(&'static str, String, Cow<'static, str>, Box<str>);

impl PyErrArguments for () {
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Ok(PyTuple::empty(py))
    }
    fn text(&self) -> String {
        String::new()
    }
}

impl PyErrArguments for Py<PyAny> {
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, [self.bind(py)?])
    }
    fn text(&self) -> String {
        self.vm()
            .try_attach(|py| self.bind(py).map(|v| v.to_string()).unwrap_or_default())
            .unwrap_or_default()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name),+> PyErrArguments for ($($name,)+)
        where
            $($name: for<'py> IntoPyObject<'py> + Clone + Debug + Send + Sync + 'static,)+
        {
            #[allow(non_snake_case, reason = "the names of the types name the values")]
            fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let ($($name,)+) = self;
                let items = [$($name.clone().into_bound(py)?),+];
                PyTuple::new(py, items)
            }
            fn text(&self) -> String {
                format!("{self:?}")
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
