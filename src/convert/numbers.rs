//! Booleans and numbers.
use super::{Borrowed, FromPyObject, IntoPyObject};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyBool, PyBytes, PyFloat, PyInt, PyOverflowError, PyTypeError};
use vm_runtime::prelude::{BigInt, ValueExt};
use vm_runtime::types::bytearray::ByteArray;

impl<'py> IntoPyObject<'py> for bool {
    type Target = PyBool;
    type Output = Bound<'py, PyBool>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyBool>> {
        Ok(Bound::checked(py, vm_runtime::prelude::Value::bool(self)))
    }
}

impl<'py> FromPyObject<'_, 'py> for bool {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<bool> {
        obj.raw().as_bool().ok_or_else(|| {
            PyTypeError::new_err(format!("'{}' object is not an instance of 'bool'", obj.type_name()))
        })
    }
}

/// The number behind `__index__`, if it fits 128 bits.
fn index(obj: &Bound<'_, PyAny>, ty: &str) -> PyResult<BigInt> {
    let _ = ty;
    obj.py().run_vm(|th| {
        let n = th.index(obj.raw())?;
        th.as_bigint(&n)
    })
}

fn small(obj: &Bound<'_, PyAny>) -> Option<i64> {
    obj.raw().as_small_int()
}

fn too_large(ty: &str) -> PyErr {
    PyOverflowError::new_err(format!("Python int does not fit {ty}"))
}

macro_rules! integer {
    ($t:ty $(, $bytes:item)*) => {
        impl<'py> IntoPyObject<'py> for $t {
            type Target = PyInt;
            type Output = Bound<'py, PyInt>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyInt>> {
                Ok(py.with(|th| {
                    Bound::checked(py, match i64::try_from(self) {
                        Ok(n) => th.int(n),
                        Err(_) => th.int_from(BigInt::from(self)),
                    })
                }))
            }
        }
        impl<'py> FromPyObject<'_, 'py> for $t {
            type Error = PyErr;
            fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<$t> {
                let found = match small(&obj) {
                    Some(n) => <$t>::try_from(n).ok(),
                    None => <$t>::try_from(&index(&obj, stringify!($t))?).ok(),
                };
                found.ok_or_else(|| too_large(stringify!($t)))
            }
            $($bytes)*
        }
    };
}

macro_rules! integers {
    ($($t:ty)*) => { $(integer!($t);)* };
}

integers!(i8 i16 i32 i64 i128 isize u16 u32 u64 u128 usize);

impl<'py> IntoPyObject<'py> for u8 {
    type Target = PyInt;
    type Output = Bound<'py, PyInt>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyInt>> {
        i64::from(self).into_pyobject(py)
    }
    fn sequence(items: impl IntoIterator<Item = u8>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let content: Vec<u8> = items.into_iter().collect();
        Ok(PyBytes::new(py, &content).into_any())
    }
}

impl<'py> FromPyObject<'_, 'py> for u8 {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<u8> {
        u8::try_from(i128::extract(obj)?).map_err(|_| too_large("u8"))
    }
    fn from_bytes(obj: &Bound<'py, PyAny>) -> Option<PyResult<Vec<u8>>> {
        if let Ok(bytes) = obj.cast::<PyBytes>() {
            return Some(Ok(bytes.as_bytes().to_vec()));
        }
        obj.with(|th, v| v.payload::<ByteArray>().map(|array| Ok(array.to_vec(th))))
    }
}

impl<'py> IntoPyObject<'py> for f64 {
    type Target = PyFloat;
    type Output = Bound<'py, PyFloat>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyFloat>> {
        Ok(py.with(|th| Bound::checked(py, th.float(self))))
    }
}

impl<'py> FromPyObject<'_, 'py> for f64 {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<f64> {
        obj.py().run_vm(|th| th.as_f64(obj.raw()))
    }
}

impl<'py> IntoPyObject<'py> for f32 {
    type Target = PyFloat;
    type Output = Bound<'py, PyFloat>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyFloat>> {
        f64::from(self).into_pyobject(py)
    }
}

impl<'py> FromPyObject<'_, 'py> for f32 {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<f32> {
        // The nearest one, as PyO3 has it.
        #[allow(clippy::cast_possible_truncation, reason = "what an f32 is asked for")]
        f64::extract(obj).map(|x| x as f32)
    }
}

macro_rules! by_reference {
    ($($t:ty)*) => { $(
        impl<'py> IntoPyObject<'py> for &$t {
            type Target = <$t as IntoPyObject<'py>>::Target;
            type Output = <$t as IntoPyObject<'py>>::Output;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
                (*self).into_pyobject(py)
            }
            fn sequence(items: impl IntoIterator<Item = Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                <$t>::sequence(items.into_iter().copied(), py)
            }
        }
    )* };
}

by_reference!(bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 char);
