//! Reading arguments: what natives on texts, bytes and codecs share.
use crate::prelude::*;
use crate::types::float;
use crate::types::subscript::{is_index, to_index};

/// The name of a value's type for messages; `None` for None.
#[must_use]
pub fn type_or_none(th: &Thread, value: &Value) -> String {
    if value.is_none() { "None".to_owned() } else { value.type_name(th) }
}

impl Thread {
    /// The text of an argument that must be a string.
    ///
    /// # Errors
    /// TypeError in the words of CPython's argument parser: `what() argument 1 must be str, not int`.
    pub fn expect_str<'a>(&self, value: &'a Value, what: &str) -> PyResult<&'a Str> {
        value
            .as_str()
            .ok_or_else(|| self.type_error(format!("{what} must be str, not {}", type_or_none(self, value))))
    }

    /// Whether a value has `__index__`.
    #[must_use]
    pub fn is_index(&self, v: &Value) -> bool {
        is_index(self, v)
    }

    /// An index.
    ///
    /// # Errors
    /// IndexError if it does not fit; what `__index__` raises.
    pub fn index_or_index_error(&self, v: &Value) -> PyResult<i64> {
        to_index(self, v)
    }

    /// Whether a value can be iterated over.
    #[must_use]
    pub fn is_iterable(&self, v: &Value) -> bool {
        let ty = v.type_of(self);
        ty.slots.iter().is_some() || ty.slots.sq_item().is_some()
    }

    /// Whether a value can be subscripted (`PyMapping_Check`).
    #[must_use]
    pub fn is_mapping(&self, v: &Value) -> bool {
        v.type_of(self).slots.getitem().is_some()
    }

    /// The items of a sequence or any iterable.
    ///
    /// # Errors
    /// What iterating raises.
    pub fn sequence_items(&self, v: &Value) -> PyResult<Vec<Value>> {
        if let Some(tuple) = v.payload::<Tuple>() {
            return Ok(tuple.as_slice().to_vec());
        }
        match v.payload::<List>() {
            Some(list) => Ok(list.to_vec(self)),
            None => self.collect(v),
        }
    }

    /// How often `-b` was given.
    #[must_use]
    pub fn bytes_warning(&self) -> i32 {
        self.vm().config.bytes_warning
    }

    /// Issues a BytesWarning.
    ///
    /// # Errors
    /// The warning itself, where it is made an error.
    pub fn warn_bytes(&self, message: &str) -> PyResult<()> {
        self.warn(self.types().exc.bytes_warning, message, 1)
    }

    /// `int(v)` of a number; None if it is none.
    ///
    /// # Errors
    /// What the conversion raises.
    pub fn int_of_number(&self, v: &Value) -> PyResult<Option<Value>> {
        if let Some(x) = float::value_of(v) {
            return float::to_int(self, x).map(Some);
        }
        match v.type_of(self).slots.int() {
            Some(int) => int(self, v).map(Some),
            None if self.is_index(v) => self.index(v).map(Some),
            None => Ok(None),
        }
    }
}
