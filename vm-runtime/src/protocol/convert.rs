//! repr, str, ascii, format.
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use rustpython_wtf8::Wtf8Buf;
use vm_core::Value;

impl Thread {
    /// `repr(v)`.
    ///
    /// # Errors
    /// What `__repr__` raises; TypeError `__repr__ returned non-string (type X)`.
    pub fn repr(&self, v: &Value) -> PyResult<Value> {
        let _level = self.enter_recursive(" while getting the repr of an object")?;
        let ty = v.type_of(self);
        let result = match ty.slots.repr() {
            Some(f) => f(self, v)?,
            None => self.str(&format!("<{} object at {:#x}>", ty.full_name(), v.identity())),
        };
        if result.as_str().is_none() {
            return Err(self.type_error(format!(
                "__repr__ returned non-string (type {})",
                result.type_of(self).full_name()
            )));
        }
        Ok(result)
    }

    /// `str(v)`.
    ///
    /// # Errors
    /// What `__str__` raises; TypeError `__str__ returned non-string (type X)`.
    pub fn to_str(&self, v: &Value) -> PyResult<Value> {
        if self.is_exact(v, self.types().str) {
            return Ok(v.clone());
        }
        let ty = v.type_of(self);
        let _level = self.enter_recursive(" while getting the str of an object")?;
        let result = match ty.slots.str().or(ty.slots.repr()) {
            Some(f) => f(self, v)?,
            None => return self.repr(v),
        };
        if result.as_str().is_none() {
            return Err(self.type_error(format!(
                "__str__ returned non-string (type {})",
                result.type_of(self).full_name()
            )));
        }
        Ok(result)
    }

    /// The text of `repr(v)`.
    ///
    /// # Errors
    /// As `repr`.
    pub fn repr_string(&self, v: &Value) -> PyResult<Wtf8Buf> {
        let s = self.repr(v)?;
        Ok(s.as_str().map(|s| s.as_wtf8().to_owned()).unwrap_or_default())
    }

    /// The text of `str(v)`.
    ///
    /// # Errors
    /// As `to_str`.
    pub fn str_string(&self, v: &Value) -> PyResult<Wtf8Buf> {
        let s = self.to_str(v)?;
        Ok(s.as_str().map(|s| s.as_wtf8().to_owned()).unwrap_or_default())
    }

    /// `format(v, spec)`; `spec` is a string.
    ///
    /// # Errors
    /// What `__format__` raises; TypeError if it gives no string.
    pub fn format(&self, v: &Value, spec: &Value) -> PyResult<Value> {
        let empty = spec.as_str().is_some_and(|s| s.byte_len() == 0);
        if empty {
            if self.is_exact(v, self.types().str) {
                return Ok(v.clone());
            }
            if v.is_small_int() {
                return self.to_str(v);
            }
        }
        match self.call_special(v, &self.names().__format__, std::slice::from_ref(spec))? {
            Some(result) if result.as_str().is_some() => Ok(result),
            Some(result) => Err(self.type_error(format!(
                "__format__ must return a str, not {}",
                result.type_of(self).full_name()
            ))),
            None => {
                Err(self
                    .type_error(format!("Type {} doesn't define __format__", v.type_of(self).full_name())))
            }
        }
    }
}
