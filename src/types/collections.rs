//! Lists, tuples, dicts and sets.
use super::{PyAny, PyDict, PyList, PySet, PyTuple};
use crate::bound::Bound;
use crate::convert::IntoPyObject;
use crate::err::PyResult;
use crate::python::Python;
use vm_runtime::prelude::{Dict, List, PyResult as VmResult, Thread, Tuple, Value, ValueExt};

/// The values of converted items.
pub(crate) fn values<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    items: impl IntoIterator<Item = T>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    items.into_iter().map(|item| item.into_bound(py)).collect()
}

/// Gives the references of objects up.
pub(crate) fn raw(items: Vec<Bound<'_, PyAny>>) -> Vec<Value> {
    items.into_iter().map(Bound::into_value).collect()
}

impl PyList {
    /// A list of these items.
    ///
    /// # Errors
    /// What converting an item raises.
    pub fn new<'py, T: IntoPyObject<'py>>(
        py: Python<'py>,
        items: impl IntoIterator<Item = T>,
    ) -> PyResult<Bound<'py, PyList>> {
        let items = values(py, items)?;
        Ok(py.with(|th| Bound::checked(py, th.list(raw(items)))))
    }

    /// An empty list.
    #[must_use]
    pub fn empty(py: Python<'_>) -> Bound<'_, PyList> {
        py.with(|th| Bound::checked(py, th.list(Vec::new())))
    }
}

#[allow(clippy::len_without_is_empty, reason = "it is there; the lint sees that of PyAny")]
impl<'py> Bound<'py, PyList> {
    fn list(&self) -> Option<&List> {
        self.raw().payload::<List>()
    }

    /// Number of items. Another thread may change it meanwhile.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list().map_or(0, List::len)
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at this place, from 0.
    ///
    /// # Errors
    /// IndexError.
    pub fn get_item(&self, index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.py().run_value(|th| {
            self.list()
                .and_then(|list| list.get(th, index))
                .ok_or_else(|| th.index_error("list index out of range"))
        })
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    /// What converting the item raises; MemoryError.
    pub fn append(&self, item: impl IntoPyObject<'py>) -> PyResult<()> {
        let item = item.into_bound(self.py())?;
        self.py().run_vm(|th| match self.list() {
            Some(list) => list.append(th, item.into_value()),
            None => Ok(()),
        })
    }

    /// The items as they are now.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Bound<'py, PyAny>> {
        let items = self.py().with(|th| self.list().map(|l| l.to_vec(th)).unwrap_or_default());
        items.into_iter().map(|v| Bound::new(self.py(), v)).collect()
    }

    /// Iterates over the items as they are now.
    pub fn iter(&self) -> std::vec::IntoIter<Bound<'py, PyAny>> {
        self.to_vec().into_iter()
    }
}

impl PyTuple {
    /// A tuple of these items.
    ///
    /// # Errors
    /// What converting an item raises.
    pub fn new<'py, T: IntoPyObject<'py>>(
        py: Python<'py>,
        items: impl IntoIterator<Item = T>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let items = values(py, items)?;
        Ok(py.with(|th| Bound::checked(py, th.tuple(raw(items)))))
    }

    /// `()`.
    #[must_use]
    pub fn empty(py: Python<'_>) -> Bound<'_, PyTuple> {
        py.with(|th| Bound::checked(py, th.tuple(Vec::new())))
    }
}

#[allow(clippy::len_without_is_empty, reason = "it is there; the lint sees that of PyAny")]
impl<'py> Bound<'py, PyTuple> {
    pub(crate) fn items(&self) -> &[Value] {
        self.raw().payload::<Tuple>().map_or(&[], |t| t.as_slice())
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// The item at this place, from 0.
    ///
    /// # Errors
    /// IndexError.
    pub fn get_item(&self, index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.py().run_value(|th| {
            self.items().get(index).cloned().ok_or_else(|| th.index_error("tuple index out of range"))
        })
    }

    /// The items.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Bound<'py, PyAny>> {
        self.py().with(|_| self.items().iter().map(|v| Bound::new(self.py(), v.clone())).collect())
    }

    /// Iterates over the items.
    pub fn iter(&self) -> std::vec::IntoIter<Bound<'py, PyAny>> {
        self.to_vec().into_iter()
    }
}

impl PyDict {
    /// An empty dict.
    #[must_use]
    pub fn new(py: Python<'_>) -> Bound<'_, PyDict> {
        py.with(|th| Bound::checked(py, th.dict()))
    }
}

#[allow(clippy::len_without_is_empty, reason = "it is there; the lint sees that of PyAny")]
impl<'py> Bound<'py, PyDict> {
    fn dict<R>(&self, f: impl FnOnce(&Thread, &Dict) -> VmResult<R>) -> PyResult<R> {
        self.py().run_vm(|th| match self.raw().payload::<Dict>() {
            Some(dict) => f(th, dict),
            None => Err(th.system_error("a dict is wanted")),
        })
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw().payload::<Dict>().map_or(0, Dict::len)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key, if it is there.
    ///
    /// # Errors
    /// TypeError if the key has no hash; what comparing raises.
    pub fn get_item(&self, key: impl IntoPyObject<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let key = key.into_bound(self.py())?;
        let found = self.dict(|th, dict| dict.get(th, key.raw()))?;
        Ok(found.map(|v| Bound::new(self.py(), v)))
    }

    /// The keys and values as they are now.
    #[must_use]
    pub fn items(&self) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = self.py();
        let items = py.with(|th| self.raw().payload::<Dict>().map(|d| d.items(th)).unwrap_or_default());
        items.into_iter().map(|(k, v)| (Bound::new(py, k), Bound::new(py, v))).collect()
    }

    /// Iterates over the keys and values as they are now.
    pub fn iter(&self) -> std::vec::IntoIter<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        self.items().into_iter()
    }

    /// The keys as they are now.
    #[must_use]
    pub fn keys(&self) -> Vec<Bound<'py, PyAny>> {
        self.items().into_iter().map(|(key, _)| key).collect()
    }

    /// The values as they are now.
    #[must_use]
    pub fn values(&self) -> Vec<Bound<'py, PyAny>> {
        self.items().into_iter().map(|(_, value)| value).collect()
    }
}

impl PySet {
    /// A set of these items.
    ///
    /// # Errors
    /// What converting or hashing an item raises.
    pub fn new<'py, T: IntoPyObject<'py>>(
        py: Python<'py>,
        items: impl IntoIterator<Item = T>,
    ) -> PyResult<Bound<'py, PySet>> {
        let items = values(py, items)?;
        let made = py.run_vm(|th| {
            let items = raw(items);
            th.set(&items)
        })?;
        Ok(py.with(|_| Bound::checked(py, made)))
    }
}

impl<'py> Bound<'py, PySet> {
    /// Adds an item.
    ///
    /// # Errors
    /// What converting or hashing the item raises.
    pub fn add(&self, item: impl IntoPyObject<'py>) -> PyResult<()> {
        self.as_any().call_method1("add", (item,)).map(drop)
    }
}
