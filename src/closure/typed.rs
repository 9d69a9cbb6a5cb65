//! Closures whose parameters are converted.
use super::{IntoPyCallbackOutput, body_of, make};
use crate::bound::Bound;
use crate::convert::{Borrowed, FromPyObject};
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyCFunction, PyTypeError};
use vm_runtime::prelude::CallArgs;

/// A closure that Python can call: up to 12 parameters that convert from objects, before them a `Python<'_>` if it likes. `M`
/// only tells the forms apart.
pub trait RustFunction<M>: Send + Sync + 'static {
    /// Number of arguments.
    const ARITY: usize;

    /// Converts the arguments, calls the closure, converts what it gives.
    ///
    /// # Errors
    /// TypeError where an argument does not convert; the closure's error.
    #[doc(hidden)]
    fn call<'py>(
        &self,
        name: &str,
        py: Python<'py>,
        args: &[Bound<'py, PyAny>],
    ) -> PyResult<Bound<'py, PyAny>>;
}

/// The form with a `Python<'_>`.
#[derive(Debug)]
pub struct WithPython<M>(std::marker::PhantomData<M>);

/// Converts an argument; a TypeError says which one it was.
fn argument<'a, 'py, T: FromPyObject<'a, 'py>>(
    name: &str,
    at: usize,
    args: &'a [Bound<'py, PyAny>],
    py: Python<'py>,
) -> PyResult<T> {
    let Some(arg) = args.get(at) else {
        return Err(PyTypeError::new_err(format!("{name}() misses argument {}", at + 1)));
    };
    let borrowed: Borrowed<'a, 'py, PyAny> = arg.as_borrowed();
    T::extract(borrowed).map_err(|error| {
        let error: PyErr = error.into();
        if !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        PyTypeError::new_err(format!("{name}() argument {}: {}", at + 1, error.message()))
    })
}

macro_rules! functions {
    ($n:literal $($name:ident $at:literal)*) => {
        impl<F, R, $($name),*> RustFunction<fn($($name,)*)> for F
        where
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            R: for<'py> IntoPyCallbackOutput<'py>,
            $($name: for<'a, 'py> FromPyObject<'a, 'py>,)*
        {
            const ARITY: usize = $n;
            fn call<'py>(
                &self,
                _name: &str,
                py: Python<'py>,
                _args: &[Bound<'py, PyAny>],
            ) -> PyResult<Bound<'py, PyAny>> {
                self($(argument::<$name>(_name, $at, _args, py)?),*).into_output(py)
            }
        }

        impl<F, R, $($name),*> RustFunction<WithPython<fn($($name,)*)>> for F
        where
            F: for<'py> Fn(Python<'py>, $($name),*) -> R + Send + Sync + 'static,
            R: for<'py> IntoPyCallbackOutput<'py>,
            $($name: for<'a, 'py> FromPyObject<'a, 'py>,)*
        {
            const ARITY: usize = $n;
            fn call<'py>(
                &self,
                _name: &str,
                py: Python<'py>,
                _args: &[Bound<'py, PyAny>],
            ) -> PyResult<Bound<'py, PyAny>> {
                self(py, $(argument::<$name>(_name, $at, _args, py)?),*).into_output(py)
            }
        }
    };
}

functions!(0);
functions!(1 PA 0);
functions!(2 PA 0 PB 1);
functions!(3 PA 0 PB 1 PC 2);
functions!(4 PA 0 PB 1 PC 2 PD 3);
functions!(5 PA 0 PB 1 PC 2 PD 3 PE 4);
functions!(6 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5);
functions!(7 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6);
functions!(8 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6 PH 7);
functions!(9 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6 PH 7 PI 8);
functions!(10 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6 PH 7 PI 8 PJ 9);
functions!(11 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6 PH 7 PI 8 PJ 9 PK 10);
functions!(12 PA 0 PB 1 PC 2 PD 3 PE 4 PF 5 PG 6 PH 7 PI 8 PJ 9 PK 10 PL 11);

/// The object of a closure whose parameters are converted.
pub(crate) fn typed<'py, M, F>(py: Python<'py>, name: &str, f: F) -> PyResult<Bound<'py, PyCFunction>>
where
    F: RustFunction<M>,
{
    let owned: Box<str> = name.into();
    let body = body_of(move |py: Python<'_>, args: &CallArgs<'_>| {
        if !args.names.is_empty() {
            return Err(PyTypeError::new_err(format!("{owned}() takes no keyword arguments")));
        }
        let got = args.args.len();
        if got != F::ARITY {
            let (wanted, s) = (F::ARITY, if F::ARITY == 1 { "" } else { "s" });
            return Err(PyTypeError::new_err(format!("{owned} expected {wanted} argument{s}, got {got}")));
        }
        let args: Vec<Bound<'_, PyAny>> =
            py.with(|_| args.args.iter().map(|v| Bound::new(py, v.clone())).collect());
        f.call(&owned, py, &args)
    });
    Ok(make(py, name, None, Box::new(body)))
}
