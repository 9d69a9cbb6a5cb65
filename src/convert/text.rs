//! Text and paths.
use super::{Borrowed, FromPyObject, IntoPyObject};
use crate::bound::Bound;
use crate::err::{PyErr, PyResult};
use crate::python::Python;
use crate::types::{PyAny, PyBytes, PyString, PyTypeError, PyValueError};
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

macro_rules! strings {
    ($($t:ty),*) => { $(
        impl<'py> IntoPyObject<'py> for $t {
            type Target = PyString;
            type Output = Bound<'py, PyString>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
                Ok(PyString::new(py, &self[..]))
            }
        }
    )* };
}

strings!(String, &String, &str, &&str, Cow<'_, str>, Box<str>);

impl<'py> IntoPyObject<'py> for char {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        Ok(PyString::new(py, self.encode_utf8(&mut [0; 4])))
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for &'a str {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> PyResult<&'a str> {
        obj.get().cast::<PyString>()?.to_str()
    }
}

impl<'a> FromPyObject<'a, '_> for Cow<'a, str> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, '_, PyAny>) -> PyResult<Cow<'a, str>> {
        <&str>::extract(obj).map(Cow::Borrowed)
    }
}

impl FromPyObject<'_, '_> for String {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, '_, PyAny>) -> PyResult<String> {
        <&str>::extract(obj).map(str::to_owned)
    }
}

impl FromPyObject<'_, '_> for Box<str> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, '_, PyAny>) -> PyResult<Box<str>> {
        <&str>::extract(obj).map(Box::from)
    }
}

impl FromPyObject<'_, '_> for char {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, '_, PyAny>) -> PyResult<char> {
        let mut chars = <&str>::extract(obj)?.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(PyValueError::new_err("expected a string of length 1")),
        }
    }
}

impl<'a> FromPyObject<'a, '_> for &'a [u8] {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, '_, PyAny>) -> PyResult<&'a [u8]> {
        Ok(obj.get().cast::<PyBytes>()?.as_bytes())
    }
}

impl<'a> FromPyObject<'a, '_> for Cow<'a, [u8]> {
    type Error = PyErr;
    fn extract(obj: Borrowed<'a, '_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
        match obj.get().cast::<PyBytes>() {
            Ok(bytes) => Ok(Cow::Borrowed(bytes.as_bytes())),
            Err(error) => match <u8 as FromPyObject>::from_bytes(&obj) {
                Some(content) => content.map(Cow::Owned),
                None => Err(error),
            },
        }
    }
}

impl<'py> IntoPyObject<'py> for Cow<'_, [u8]> {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self))
    }
}

/// `os.fsdecode`: bytes that are no UTF-8 become surrogates.
impl<'py> IntoPyObject<'py> for &OsStr {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        match self.to_str() {
            Some(text) => Ok(PyString::new(py, text)),
            None => {
                let bytes = PyBytes::new(py, self.as_encoded_bytes());
                bytes.as_any().call_method1("decode", ("utf-8", "surrogateescape"))?.cast_into()
            }
        }
    }
}

macro_rules! paths {
    ($($t:ty),*) => { $(
        impl<'py> IntoPyObject<'py> for $t {
            type Target = PyString;
            type Output = Bound<'py, PyString>;
            type Error = PyErr;
            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
                AsRef::<OsStr>::as_ref(&self).into_pyobject(py)
            }
        }
    )* };
}

paths!(OsString, &OsString, PathBuf, &PathBuf, &Path);

impl<'py> FromPyObject<'_, 'py> for OsString {
    type Error = PyErr;
    /// `os.fspath`, then as a name of a file.
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<OsString> {
        let path = match obj.getattr_opt("__fspath__")? {
            Some(method) => method.call0()?,
            None => obj.get().clone(),
        };
        if let Ok(text) = path.cast::<PyString>()
            && let Ok(text) = text.to_str()
        {
            return Ok(OsString::from(text));
        }
        let bytes = if path.is_instance_of::<PyString>() {
            path.call_method1("encode", ("utf-8", "surrogateescape"))?
        } else {
            path
        };
        let Ok(bytes) = bytes.cast::<PyBytes>() else {
            let name = obj.type_name();
            return Err(PyTypeError::new_err(format!(
                "expected str, bytes or os.PathLike object, not {name}"
            )));
        };
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Ok(OsStr::from_bytes(bytes.as_bytes()).to_owned())
        }
        #[cfg(not(unix))]
        {
            Ok(String::from_utf8(bytes.as_bytes().to_vec())?.into())
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for PathBuf {
    type Error = PyErr;
    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> PyResult<PathBuf> {
        OsString::extract(obj).map(PathBuf::from)
    }
}
