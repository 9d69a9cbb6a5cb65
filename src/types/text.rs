//! Strings and bytes.
use super::{PyBytes, PyString};
use crate::bound::Bound;
use crate::err::PyResult;
use crate::python::Python;
use vm_runtime::prelude::{Bytes, ValueExt};

impl PyString {
    /// A string.
    #[must_use]
    pub fn new<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        py.with(|th| Bound::checked(py, th.str(text)))
    }
}

impl Bound<'_, PyString> {
    /// The text.
    ///
    /// # Errors
    /// UnicodeEncodeError where the string has surrogates, which no text of Rust has.
    pub fn to_str(&self) -> PyResult<&str> {
        if let Some(text) = self.raw().as_str().and_then(|s| s.to_str()) {
            return Ok(text);
        }
        self.py().run_vm(|th| {
            let text = self.raw().as_str();
            let at =
                text.and_then(|s| s.as_wtf8().code_points().position(|c| c.to_char().is_none())).unwrap_or(0);
            Err(th.unicode_encode_error("utf-8", self.raw().clone(), at, at + 1, "surrogates not allowed"))
        })
    }

    /// The text, surrogates replaced by U+FFFD.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        self.raw().as_str().map(|s| s.as_wtf8().to_string_lossy().into_owned()).unwrap_or_default()
    }
}

impl PyBytes {
    /// A bytes object.
    #[must_use]
    pub fn new<'py>(py: Python<'py>, content: &[u8]) -> Bound<'py, PyBytes> {
        py.with(|th| Bound::checked(py, th.bytes(content)))
    }
}

impl Bound<'_, PyBytes> {
    /// The content.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.raw().payload::<Bytes>().map_or(&[], |b| b.as_slice())
    }
}
