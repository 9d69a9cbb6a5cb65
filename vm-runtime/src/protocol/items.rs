//! Length, subscripts, membership.
use crate::thread::{PyResult, Thread};
use crate::types::type_::{TypeRef, type_flags::HEAP};
use crate::types::value_ext::ValueExt;
use vm_core::Value;

impl Thread {
    /// `len(v)`.
    ///
    /// # Errors
    /// TypeError `object of type 'X' has no len()`, and what `__len__` raises.
    pub fn length(&self, v: &Value) -> PyResult<usize> {
        self.check_native_stack("")?;
        let ty = v.type_of(self);
        match ty.slots.len() {
            Some(f) => f(self, v),
            None => Err(self.type_error(format!("object of type '{}' has no len()", ty.full_name()))),
        }
    }

    /// `v[key]`.
    ///
    /// # Errors
    /// TypeError `'X' object is not subscriptable`, and what `__getitem__` raises.
    pub fn getitem(&self, v: &Value, key: &Value) -> PyResult<Value> {
        // Views of views recurse without a call.
        self.check_native_stack("")?;
        let ty = v.type_of(self);
        if let Some(f) = ty.slots.getitem() {
            return f(self, v, key);
        }
        if let Some(f) = ty.slots.sq_item() {
            let index = self.index_i64(key)?;
            return f(self, v, self.counted_from_start(v, index)?);
        }
        if let Some(class) = TypeRef::from_value(v) {
            if class == self.types().type_ {
                return self.generic_alias(v, key);
            }
            if let Some(f) = self.get_attr_opt(v, &self.names().__class_getitem__)? {
                return self.call(&f, std::slice::from_ref(key));
            }
            return Err(self.type_error(format!("type '{}' is not subscriptable", class.full_name())));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", ty.full_name())))
    }

    /// An index counted from the start: negative ones have the length added.
    fn counted_from_start(&self, v: &Value, index: i64) -> PyResult<i64> {
        if index >= 0 {
            return Ok(index);
        }
        match v.type_of(self).slots.len() {
            Some(f) => Ok(index + f(self, v)? as i64),
            None => Ok(index),
        }
    }

    /// `v[key] = value`.
    ///
    /// # Errors
    /// TypeError `'X' object does not support item assignment`, and what `__setitem__` raises.
    pub fn setitem(&self, v: &Value, key: &Value, value: &Value) -> PyResult<()> {
        let ty = v.type_of(self);
        match ty.slots.setitem() {
            Some(f) => f(self, v, key, Some(value)),
            None => {
                Err(self.type_error(format!("'{}' object does not support item assignment", ty.full_name())))
            }
        }
    }

    /// `del v[key]`.
    ///
    /// # Errors
    /// TypeError `'X' object doesn't support item deletion`, and what `__delitem__` raises.
    pub fn delitem(&self, v: &Value, key: &Value) -> PyResult<()> {
        let ty = v.type_of(self);
        match ty.slots.setitem() {
            Some(f) => f(self, v, key, None),
            None => {
                // In CPython's words those that are sequences, or might be, say it in another way.
                let slots = &ty.slots;
                let sequence = ty.has(HEAP) || slots.sq_item().is_some() || slots.contains().is_some();
                let not = if sequence && self.is_index(key) { "doesn't" } else { "does not" };
                Err(self.type_error(format!("'{}' object {not} support item deletion", ty.full_name())))
            }
        }
    }

    /// `item in container`.
    ///
    /// # Errors
    /// TypeError `argument of type 'X' is not a container or iterable`, and what the methods raise.
    pub fn contains(&self, container: &Value, item: &Value) -> PyResult<bool> {
        self.check_native_stack("")?;
        let ty = container.type_of(self);
        if let Some(f) = ty.slots.contains() {
            return f(self, container, item);
        }
        if ty.slots.iter().is_none() && ty.slots.sq_item().is_none() && ty.slots.getitem().is_none() {
            return Err(self.type_error(format!(
                "argument of type '{}' is not a container or iterable",
                ty.full_name()
            )));
        }
        let it = match self.iter(container) {
            Ok(it) => it,
            Err(raised) => {
                if self.error_is(self.types().exc.type_error) {
                    self.clear_error();
                    return Err(self.type_error(format!(
                        "argument of type '{}' is not a container or iterable",
                        ty.full_name()
                    )));
                }
                return Err(raised);
            }
        };
        while let Some(x) = self.next(&it)? {
            if self.eq(&x, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
