//! What every object can be asked.
use crate::bound::Bound;
use crate::convert::{FromPyObject, IntoPyObject, PyCallArgs};
use crate::err::{PyErr, PyResult};
use crate::types::{PyAny, PyDict, PyIterator, PyList, PyString, PyTuple, PyType, PyTypeInfo};
use std::cmp::Ordering;
use vm_runtime::prelude::{BinaryOp, PyResult as VmResult, Thread, Value, ValueExt, Wtf8Buf};

pub use vm_runtime::prelude::CompareOp;

impl<'py> Bound<'py, PyAny> {
    fn argument(&self, v: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        v.into_bound(self.py())
    }

    fn operate(&self, f: impl FnOnce(&'py Thread, &Value) -> VmResult<Value>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py();
        py.run_value(|th| f(th, self.raw()))
    }

    fn ask<R>(&self, f: impl FnOnce(&'py Thread, &Value) -> VmResult<R>) -> PyResult<R> {
        self.py().run_vm(|th| f(th, self.raw()))
    }

    /// Text of the object for formatters, which cannot fail.
    pub(crate) fn text_of(&self, f: impl FnOnce(&Thread, &Value) -> VmResult<Wtf8Buf>) -> String {
        self.with(|th, v| match f(th, v) {
            Ok(text) => text.to_string(),
            Err(_) => {
                th.clear_error();
                format!("<unprintable {} object>", v.type_name(th))
            }
        })
    }

    /// `object.name`.
    ///
    /// # Errors
    /// AttributeError, and what a property raises.
    pub fn getattr(&self, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.operate(|th, v| th.getattr_str(v, name))
    }

    /// `object.name`; None if there is no such attribute.
    ///
    /// # Errors
    /// What a property raises, but for AttributeError.
    pub fn getattr_opt(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.ask(|th, v| th.get_attr_str_opt(v, name))?;
        Ok(found.map(|v| Bound::new(self.py(), v)))
    }

    /// Whether the object has an attribute.
    ///
    /// # Errors
    /// What a property raises, but for AttributeError.
    pub fn hasattr(&self, name: &str) -> PyResult<bool> {
        Ok(self.getattr_opt(name)?.is_some())
    }

    /// `object.name = value`.
    ///
    /// # Errors
    /// AttributeError or TypeError where it cannot be set; what a property raises.
    pub fn setattr(&self, name: &str, value: impl IntoPyObject<'py>) -> PyResult<()> {
        let value = self.argument(value)?;
        self.ask(|th, v| th.setattr_str(v, name, value.raw()))
    }

    /// `del object.name`.
    ///
    /// # Errors
    /// AttributeError; what a property raises.
    pub fn delattr(&self, name: &str) -> PyResult<()> {
        self.ask(|th, v| th.delattr(v, &th.intern(name)))
    }

    /// `object()`.
    ///
    /// # Errors
    /// What the call raises; TypeError if the object cannot be called.
    pub fn call0(&self) -> PyResult<Bound<'py, PyAny>> {
        self.operate(|th, v| th.call(v, &[]))
    }

    /// `object(*args)`; `args` is a tuple of Rust or Python values.
    ///
    /// # Errors
    /// What the call raises; what converting an argument raises.
    pub fn call1(&self, args: impl PyCallArgs<'py>) -> PyResult<Bound<'py, PyAny>> {
        let args = args.into_values(self.py())?;
        self.operate(|th, v| th.call(v, &args.values()))
    }

    /// `object(*args, **kwargs)`.
    ///
    /// # Errors
    /// As [`call1`](Bound::call1).
    pub fn call(
        &self,
        args: impl PyCallArgs<'py>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let args = args.into_values(self.py())?;
        let kwargs = kwargs.map(|d| d.value_in(self.py())).transpose()?;
        self.operate(|th, v| th.call_dict(v, &args.values(), kwargs))
    }

    /// `object.name()`.
    ///
    /// # Errors
    /// AttributeError, and what the method raises.
    pub fn call_method0(&self, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.operate(|th, v| th.call_method(v, name, &[]))
    }

    /// `object.name(*args)`.
    ///
    /// # Errors
    /// AttributeError, and what the method raises.
    pub fn call_method1(&self, name: &str, args: impl PyCallArgs<'py>) -> PyResult<Bound<'py, PyAny>> {
        let args = args.into_values(self.py())?;
        self.operate(|th, v| th.call_method(v, name, &args.values()))
    }

    /// `object.name(*args, **kwargs)`.
    ///
    /// # Errors
    /// AttributeError, and what the method raises.
    pub fn call_method(
        &self,
        name: &str,
        args: impl PyCallArgs<'py>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.getattr(name)?.call(args, kwargs)
    }

    /// `object[key]`.
    ///
    /// # Errors
    /// KeyError, IndexError; TypeError if the object has no items.
    pub fn get_item(&self, key: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        let key = self.argument(key)?;
        self.operate(|th, v| th.getitem(v, key.raw()))
    }

    /// `object[key] = value`.
    ///
    /// # Errors
    /// TypeError if the object does not take items; what its method raises.
    pub fn set_item(&self, key: impl IntoPyObject<'py>, value: impl IntoPyObject<'py>) -> PyResult<()> {
        let (key, value) = (self.argument(key)?, self.argument(value)?);
        self.ask(|th, v| th.setitem(v, key.raw(), value.raw()))
    }

    /// `del object[key]`.
    ///
    /// # Errors
    /// As [`get_item`](Bound::get_item).
    pub fn del_item(&self, key: impl IntoPyObject<'py>) -> PyResult<()> {
        let key = self.argument(key)?;
        self.ask(|th, v| th.delitem(v, key.raw()))
    }

    /// `item in object`.
    ///
    /// # Errors
    /// TypeError if the object is no container; what comparing raises.
    pub fn contains(&self, item: impl IntoPyObject<'py>) -> PyResult<bool> {
        let item = self.argument(item)?;
        self.ask(|th, v| th.contains(v, item.raw()))
    }

    /// `len(object)`.
    ///
    /// # Errors
    /// TypeError if the object has no length.
    pub fn len(&self) -> PyResult<usize> {
        self.ask(|th, v| th.length(v))
    }

    /// Whether `len(object)` is 0.
    ///
    /// # Errors
    /// As [`len`](Bound::len).
    pub fn is_empty(&self) -> PyResult<bool> {
        Ok(self.len()? == 0)
    }

    /// `iter(object)`: an iterator of Rust, too.
    ///
    /// # Errors
    /// TypeError if the object cannot be iterated.
    pub fn try_iter(&self) -> PyResult<Bound<'py, PyIterator>> {
        self.operate(|th, v| th.iter(v))?.cast_into()
    }

    /// `repr(object)`.
    ///
    /// # Errors
    /// What `__repr__` raises.
    pub fn repr(&self) -> PyResult<Bound<'py, PyString>> {
        self.operate(|th, v| th.repr(v))?.cast_into()
    }

    /// `str(object)`.
    ///
    /// # Errors
    /// What `__str__` raises.
    pub fn str(&self) -> PyResult<Bound<'py, PyString>> {
        self.operate(|th, v| th.to_str(v))?.cast_into()
    }

    /// `hash(object)`.
    ///
    /// # Errors
    /// TypeError if the object has no hash.
    pub fn hash(&self) -> PyResult<i64> {
        self.ask(|th, v| th.hash(v))
    }

    /// `bool(object)`.
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raises.
    pub fn is_truthy(&self) -> PyResult<bool> {
        self.ask(|th, v| th.truth(v))
    }

    /// Whether the object is `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.raw().is_none()
    }

    /// Whether the object can be called.
    #[must_use]
    pub fn is_callable(&self) -> bool {
        self.with(|th, v| th.is_callable(v))
    }

    /// `object <op> other`, as `<`, `==` and so on give it: any object.
    ///
    /// # Errors
    /// TypeError where the two cannot be compared so.
    pub fn rich_compare(&self, other: impl IntoPyObject<'py>, op: CompareOp) -> PyResult<Bound<'py, PyAny>> {
        let other = self.argument(other)?;
        self.operate(|th, v| th.compare(v, other.raw(), op))
    }

    fn compare_bool(&self, other: impl IntoPyObject<'py>, op: CompareOp) -> PyResult<bool> {
        self.rich_compare(other, op)?.is_truthy()
    }

    /// `object == other`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn eq(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Eq)
    }

    /// `object != other`.
    ///
    /// # Errors
    /// What `__ne__` raises.
    pub fn ne(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Ne)
    }

    /// `object < other`.
    ///
    /// # Errors
    /// TypeError where the two cannot be compared so.
    pub fn lt(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Lt)
    }

    /// `object <= other`.
    ///
    /// # Errors
    /// As [`lt`](Bound::lt).
    pub fn le(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Le)
    }

    /// `object > other`.
    ///
    /// # Errors
    /// As [`lt`](Bound::lt).
    pub fn gt(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Gt)
    }

    /// `object >= other`.
    ///
    /// # Errors
    /// As [`lt`](Bound::lt).
    pub fn ge(&self, other: impl IntoPyObject<'py>) -> PyResult<bool> {
        self.compare_bool(other, CompareOp::Ge)
    }

    /// Which of the two is the greater one.
    ///
    /// # Errors
    /// TypeError where none of `==`, `<`, `>` holds or one cannot be asked.
    pub fn compare(&self, other: impl IntoPyObject<'py>) -> PyResult<Ordering> {
        let other = self.argument(other)?;
        for (op, order) in [
            (CompareOp::Eq, Ordering::Equal),
            (CompareOp::Lt, Ordering::Less),
            (CompareOp::Gt, Ordering::Greater),
        ] {
            if self.compare_bool(&other, op)? {
                return Ok(order);
            }
        }
        Err(crate::types::PyTypeError::new_err("PyAny::compare(): All comparisons returned false"))
    }

    fn binary(&self, op: BinaryOp, other: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        let other = self.argument(other)?;
        self.operate(|th, v| th.binary(op, v, other.raw()))
    }

    /// `object + other`.
    ///
    /// # Errors
    /// TypeError where there is no such operation; what it raises.
    pub fn add(&self, other: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.binary(BinaryOp::Add, other)
    }

    /// `object - other`.
    ///
    /// # Errors
    /// As [`add`](Bound::add).
    pub fn sub(&self, other: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.binary(BinaryOp::Sub, other)
    }

    /// `object * other`.
    ///
    /// # Errors
    /// As [`add`](Bound::add).
    pub fn mul(&self, other: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.binary(BinaryOp::Mul, other)
    }

    /// `object / other`.
    ///
    /// # Errors
    /// As [`add`](Bound::add); ZeroDivisionError.
    pub fn div(&self, other: impl IntoPyObject<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.binary(BinaryOp::TrueDiv, other)
    }

    /// `type(object)`.
    #[must_use]
    pub fn get_type(&self) -> Bound<'py, PyType> {
        self.with(|th, v| Bound::new(self.py(), v.type_of(th).value())).into_type()
    }

    /// The name of the object's type as messages show it: without its module for builtin types.
    #[must_use]
    pub fn type_name(&self) -> String {
        self.with(|th, v| v.type_name(th))
    }

    /// `isinstance(object, class)`; `class` may be a tuple of classes.
    ///
    /// # Errors
    /// TypeError if `class` is neither; what `__instancecheck__` raises.
    pub fn is_instance(&self, class: &Bound<'py, PyAny>) -> PyResult<bool> {
        let class = class.value_in(self.py())?;
        self.ask(|th, v| th.object_isinstance(v, class))
    }

    /// Whether the object is a `T` itself, not of a subclass.
    #[must_use]
    pub fn is_exact_instance_of<T: PyTypeInfo>(&self) -> bool {
        self.with(|th, v| v.type_of(th) == T::type_ref(th))
    }

    /// `dir(object)`.
    ///
    /// # Errors
    /// What `__dir__` raises.
    pub fn dir(&self) -> PyResult<Bound<'py, PyList>> {
        self.operate(|th, v| {
            let dir = th.builtin("dir");
            th.call(&dir, std::slice::from_ref(v))
        })?
        .cast_into()
    }

    /// The object as a value of Rust.
    ///
    /// # Errors
    /// TypeError if it is of another type; OverflowError if a number does not fit; what iterating or `__index__` raises.
    pub fn extract<'a, T>(&'a self) -> Result<T, T::Error>
    where
        T: FromPyObject<'a, 'py>,
    {
        T::extract(self.as_borrowed())
    }

    /// All that iterating gives, in a tuple.
    ///
    /// # Errors
    /// TypeError if the object cannot be iterated; what iterating raises.
    pub fn to_tuple(&self) -> PyResult<Bound<'py, PyTuple>> {
        self.operate(|th, v| th.collect(v).map(|items| th.tuple(items)))?.cast_into()
    }

    /// Raises the object, if it is an exception (or a class of one): what a closure returns as its error.
    #[must_use]
    pub fn into_err(self) -> PyErr {
        PyErr::from_value(self)
    }
}
