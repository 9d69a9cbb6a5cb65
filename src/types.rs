//! What an object may be known to be: markers for `Bound` and `Py`.
use crate::python::Python;
use vm_runtime::prelude::{Thread, TypeRef, Value, ValueExt};

mod collections;
pub mod exceptions;
mod module;
mod text;

pub use exceptions::*;

/// What the traits below need of the runtime: out of the public API.
pub(crate) mod sealed {
    use super::{Thread, TypeRef, Value};

    /// Looks at objects.
    pub trait Check {
        /// Whether the object is one.
        fn check(th: &Thread, v: &Value) -> bool;
    }

    /// Is not `PyAny`: `Bound` of it dereferences to `Bound<PyAny>`.
    pub trait Narrower {}

    /// Has a type object.
    pub trait Info {
        /// The type object.
        fn type_ref(th: &Thread) -> TypeRef;
    }
}

/// A marker that objects can be checked for.
pub trait PyTypeCheck: sealed::Check + 'static {
    /// The name in messages.
    const NAME: &'static str;
}

/// A marker of one builtin type.
pub trait PyTypeInfo: PyTypeCheck + sealed::Info {}

/// Any object.
#[derive(Debug)]
pub enum PyAny {}

impl sealed::Check for PyAny {
    fn check(_: &Thread, _: &Value) -> bool {
        true
    }
}
impl PyTypeCheck for PyAny {
    const NAME: &'static str = "object";
}
impl sealed::Info for PyAny {
    fn type_ref(th: &Thread) -> TypeRef {
        th.types().object
    }
}
impl PyTypeInfo for PyAny {}

macro_rules! builtin_types {
    ($($marker:ident $field:ident $name:literal;)*) => { $(
        #[doc = concat!("`", $name, "` and its subclasses.")]
        #[derive(Debug)]
        pub enum $marker {}
        impl sealed::Check for $marker {
            fn check(th: &Thread, v: &Value) -> bool {
                th.isinstance(v, th.types().$field)
            }
        }
        impl PyTypeCheck for $marker {
            const NAME: &'static str = $name;
        }
        impl sealed::Info for $marker {
            fn type_ref(th: &Thread) -> TypeRef {
                th.types().$field
            }
        }
        impl PyTypeInfo for $marker {}
        impl sealed::Narrower for $marker {}
    )* };
}

builtin_types! {
    PyBool bool "bool";
    PyInt int "int";
    PyFloat float "float";
    PyComplex complex "complex";
    PyString str "str";
    PyBytes bytes "bytes";
    PyByteArray bytearray "bytearray";
    PyMemoryView memoryview "memoryview";
    PyList list "list";
    PyTuple tuple "tuple";
    PyDict dict "dict";
    PySet set "set";
    PyFrozenSet frozenset "frozenset";
    PyRange range "range";
    PySlice slice "slice";
    PyFunction function "function";
    PyModule module "module";
    PyType type_ "type";
    PyTraceback traceback "traceback";
    PyNone none_type "NoneType";
}

/// A native function: one of the library's, or a closure of Rust.
#[derive(Debug)]
pub enum PyCFunction {}

impl sealed::Check for PyCFunction {
    fn check(th: &Thread, v: &Value) -> bool {
        crate::closure::is_closure(v) || th.isinstance(v, th.types().builtin_function)
    }
}
impl sealed::Narrower for PyCFunction {}
impl PyTypeCheck for PyCFunction {
    const NAME: &'static str = "builtin_function_or_method";
}

/// An iterator: what has `__next__`.
#[derive(Debug)]
pub enum PyIterator {}

impl sealed::Check for PyIterator {
    fn check(th: &Thread, v: &Value) -> bool {
        v.type_of(th).slots.next().is_some()
    }
}
impl sealed::Narrower for PyIterator {}
impl PyTypeCheck for PyIterator {
    const NAME: &'static str = "Iterator";
}

impl<'py> Iterator for crate::Bound<'py, PyIterator> {
    type Item = crate::PyResult<crate::Bound<'py, PyAny>>;

    /// The next item, or what `__next__` raised.
    fn next(&mut self) -> Option<Self::Item> {
        let py: Python<'py> = self.py();
        let next = py.run_vm(|th| th.next(self.raw()));
        next.map(|item| item.map(|v| crate::Bound::new(py, v))).transpose()
    }
}
