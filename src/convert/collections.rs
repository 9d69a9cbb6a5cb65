//! Maps and sets.
use super::{Borrowed, FromPyObject, IntoPyObject};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyDict, PyFrozenSet, PySet, PyTypeError};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

macro_rules! into_map {
    ($([$($generics:tt)*] $t:ty, $key:ty, $value:ty;)*) => { $(
        impl<'py, $($generics)*> IntoPyObject<'py> for $t
        where
            $key: IntoPyObject<'py>,
            $value: IntoPyObject<'py>,
        {
            type Target = PyDict;
            type Output = Bound<'py, PyDict>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                for (key, value) in self {
                    dict.as_any().set_item(key, value)?;
                }
                Ok(dict)
            }
        }
    )* };
}

into_map! {
    [K, V, S] HashMap<K, V, S>, K, V;
    ['b, K, V, S] &'b HashMap<K, V, S>, &'b K, &'b V;
    [K, V] BTreeMap<K, V>, K, V;
    ['b, K, V] &'b BTreeMap<K, V>, &'b K, &'b V;
}

macro_rules! into_set {
    ($([$($generics:tt)*] $t:ty, $item:ty;)*) => { $(
        impl<'py, $($generics)*> IntoPyObject<'py> for $t
        where
            $item: IntoPyObject<'py>,
        {
            type Target = PySet;
            type Output = Bound<'py, PySet>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PySet>> {
                PySet::new(py, self)
            }
        }
    )* };
}

into_set! {
    [T, S] HashSet<T, S>, T;
    ['b, T, S] &'b HashSet<T, S>, &'b T;
    [T] BTreeSet<T>, T;
    ['b, T] &'b BTreeSet<T>, &'b T;
}

/// The keys and values of a dict, converted.
fn pairs<'py, K, V, M>(obj: &Bound<'py, PyAny>) -> PyResult<M>
where
    K: for<'a> FromPyObject<'a, 'py>,
    V: for<'a> FromPyObject<'a, 'py>,
    M: FromIterator<(K, V)>,
{
    let items = obj.cast::<PyDict>()?.items();
    items
        .iter()
        .map(|(key, value)| {
            let key = K::extract(key.as_borrowed()).map_err(Into::into)?;
            Ok((key, V::extract(value.as_borrowed()).map_err(Into::into)?))
        })
        .collect()
}

fn members<'py, T, M>(obj: &Bound<'py, PyAny>) -> PyResult<M>
where
    T: for<'a> FromPyObject<'a, 'py>,
    M: FromIterator<T>,
{
    if !obj.is_instance_of::<PySet>() && !obj.is_instance_of::<PyFrozenSet>() {
        let name = obj.type_name();
        return Err(PyTypeError::new_err(format!("'{name}' object is not an instance of 'set'")));
    }
    obj.try_iter()?.map(|item| T::extract(item?.as_borrowed()).map_err(Into::into)).collect()
}

impl<'py, K, V, S> FromPyObject<'_, 'py> for HashMap<K, V, S>
where
    K: for<'a> FromPyObject<'a, 'py> + Eq + Hash,
    V: for<'a> FromPyObject<'a, 'py>,
    S: BuildHasher + Default,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        pairs(&obj)
    }
}

impl<'py, K, V> FromPyObject<'_, 'py> for BTreeMap<K, V>
where
    K: for<'a> FromPyObject<'a, 'py> + Ord,
    V: for<'a> FromPyObject<'a, 'py>,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        pairs(&obj)
    }
}

impl<'py, T, S> FromPyObject<'_, 'py> for HashSet<T, S>
where
    T: for<'a> FromPyObject<'a, 'py> + Eq + Hash,
    S: BuildHasher + Default,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        members(&obj)
    }
}

impl<'py, T> FromPyObject<'_, 'py> for BTreeSet<T>
where
    T: for<'a> FromPyObject<'a, 'py> + Ord,
{
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        members(&obj)
    }
}
