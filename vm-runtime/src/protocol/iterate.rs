//! Iteration: `iter` and `next`.
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

impl Thread {
    /// `iter(v)`.
    ///
    /// # Errors
    /// TypeError `'X' object is not iterable`, `iter() returned non-iterator of type 'X'`, and what `__iter__` raises.
    pub fn iter(&self, v: &Value) -> PyResult<Value> {
        let ty = v.type_of(self);
        if let Some(f) = ty.slots.iter() {
            let it = f(self, v)?;
            if it.type_of(self).slots.next().is_none() {
                return Err(self.type_error(format!(
                    "iter() returned non-iterator of type '{}'",
                    it.type_of(self).full_name()
                )));
            }
            return Ok(it);
        }
        // A native type that is subscripted is no sequence for that.
        let subscriptable =
            ty.slots.sq_item().is_some() || ty.has(crate::types::type_::HEAP) && ty.slots.getitem().is_some();
        if subscriptable && !self.isinstance(v, self.types().dict) {
            return Ok(crate::types::iterators::sequence_iterator(self, v));
        }
        Err(self.type_error(format!("'{}' object is not iterable", ty.full_name())))
    }

    /// The next item; None at the end (a StopIteration that says so is swallowed).
    ///
    /// # Errors
    /// TypeError `'X' object is not an iterator`, and what `__next__` raises.
    #[inline]
    pub fn next(&self, it: &Value) -> PyResult<Option<Value>> {
        // Iterators of iterators recurse without a call.
        self.check_native_stack("")?;
        let ty = it.type_of(self);
        match ty.slots.next() {
            Some(f) => f(self, it),
            None => Err(self.type_error(format!("'{}' object is not an iterator", ty.full_name()))),
        }
    }
}
