//! Comparison, hashing, truth.
use crate::slots::CompareOp;
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

impl Thread {
    /// `a op b`.
    ///
    /// # Errors
    /// What the methods raise; TypeError `'<' not supported between instances of 'X' and 'Y'`.
    pub fn compare(&self, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
        if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
            return Ok(Value::bool(op.of(x.cmp(&y))));
        }
        let _level = self.enter_recursive(" in comparison")?;
        let (ta, tb) = (a.type_of(self), b.type_of(self));
        let reflected_first = ta != tb && tb.is_subtype(ta);
        if reflected_first && let Some(f) = tb.slots.compare() {
            let result = f(self, b, a, op.swapped())?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if let Some(f) = ta.slots.compare() {
            let result = f(self, a, b, op)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if !reflected_first && let Some(f) = tb.slots.compare() {
            let result = f(self, b, a, op.swapped())?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        match op {
            CompareOp::Eq => Ok(Value::bool(a.is(b))),
            CompareOp::Ne => Ok(Value::bool(!a.is(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                ta.full_name(),
                tb.full_name()
            ))),
        }
    }

    /// The truth of `a op b`; identical values are equal without asking them.
    ///
    /// # Errors
    /// As `compare`.
    pub fn compare_bool(&self, a: &Value, b: &Value, op: CompareOp) -> PyResult<bool> {
        if a.is(b) {
            match op {
                CompareOp::Eq => return Ok(true),
                CompareOp::Ne => return Ok(false),
                _ => {}
            }
        }
        let result = self.compare(a, b, op)?;
        self.truth(&result)
    }

    /// `a is b or a == b`.
    ///
    /// # Errors
    /// As `compare`.
    #[inline]
    pub fn eq(&self, a: &Value, b: &Value) -> PyResult<bool> {
        if a.is(b) {
            return Ok(true);
        }
        if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
            return Ok(x == y);
        }
        if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
            // Exact strings, or subclasses that keep the comparison of str.
            let str_compare = self.types().str.slots.compare().map(|f| f as usize);
            if [a, b].iter().all(|v| v.type_of(self).slots.compare().map(|f| f as usize) == str_compare) {
                return Ok(crate::types::str::str_eq(x, y));
            }
        }
        self.compare_bool(a, b, CompareOp::Eq)
    }

    /// `hash(v)`.
    ///
    /// # Errors
    /// TypeError `unhashable type: 'X'`, and what `__hash__` raises.
    #[inline]
    pub fn hash(&self, v: &Value) -> PyResult<i64> {
        // Names are looked up by their hash whatever the stack.
        if !self.native_stack_left() && v.as_str().is_none() {
            return Err(self.too_deep(""));
        }
        let ty = v.type_of(self);
        match ty.slots.hash() {
            Some(f) => f(self, v),
            None => Err(self.type_error(format!("unhashable type: '{}'", ty.full_name()))),
        }
    }

    /// `bool(v)`.
    ///
    /// # Errors
    /// What `__bool__` and `__len__` raise.
    #[inline]
    pub fn truth(&self, v: &Value) -> PyResult<bool> {
        if let Some(b) = v.as_bool() {
            return Ok(b);
        }
        if v.is_none() {
            return Ok(false);
        }
        if let Some(i) = v.as_small_int() {
            return Ok(i != 0);
        }
        let ty = v.type_of(self);
        if let Some(f) = ty.slots.bool() {
            return f(self, v);
        }
        match ty.slots.len() {
            Some(f) => Ok(f(self, v)? != 0),
            None => Ok(true),
        }
    }

    /// The default comparison: identity.
    #[must_use]
    pub fn compare_identity(&self, a: &Value, b: &Value, op: CompareOp) -> Value {
        match op {
            CompareOp::Eq if a.is(b) => Value::TRUE,
            CompareOp::Ne if a.is(b) => Value::FALSE,
            _ => Value::NOT_IMPLEMENTED,
        }
    }
}
