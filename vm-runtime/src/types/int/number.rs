//! Making numbers and reading them: what `Thread` offers to all code.
use super::{Int, IntRef, text};
use crate::prelude::*;
use crate::types::complex::Complex;
use crate::types::float::Float;
use crate::types::format_spec::FormatError;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::sync::atomic::Ordering;

impl Thread {
    /// An int.
    #[inline]
    #[must_use]
    pub fn int(&self, n: i64) -> Value {
        match Value::small_int(n) {
            Some(v) => v,
            None => self.boxed_int(BigInt::from(n)),
        }
    }

    #[cold]
    fn boxed_int(&self, n: BigInt) -> Value {
        self.new_object(self.types().int, Int::new(n))
    }

    /// An int of any size.
    #[inline]
    #[must_use]
    pub fn int_from(&self, n: BigInt) -> Value {
        match n.to_i64().and_then(Value::small_int) {
            Some(v) => v,
            None => self.boxed_int(n),
        }
    }

    /// An int from a size or count.
    #[inline]
    #[must_use]
    pub fn usize(&self, n: usize) -> Value {
        self.uint(n as u64)
    }

    /// An int from an unsigned number.
    #[inline]
    #[must_use]
    pub fn uint(&self, n: u64) -> Value {
        match i64::try_from(n) {
            Ok(n) => self.int(n),
            Err(_) => self.boxed_int(BigInt::from(n)),
        }
    }

    /// A float.
    #[inline]
    #[must_use]
    pub fn float(&self, x: f64) -> Value {
        match Value::immediate_float(x) {
            Some(v) => v,
            None => self.boxed_float(x),
        }
    }

    #[cold]
    fn boxed_float(&self, x: f64) -> Value {
        self.new_object(self.types().float, Float::new(x))
    }

    /// A complex number.
    #[must_use]
    pub fn complex(&self, re: f64, im: f64) -> Value {
        self.new_object(self.types().complex, Complex { re, im })
    }

    /// `v.__index__()`: `v` itself if it is an int.
    ///
    /// # Errors
    /// TypeError `'X' object cannot be interpreted as an integer`, and what `__index__` raises.
    #[inline]
    pub fn index(&self, v: &Value) -> PyResult<Value> {
        if v.is_small_int() { Ok(v.clone()) } else { self.index_slow(v) }
    }

    #[cold]
    fn index_slow(&self, v: &Value) -> PyResult<Value> {
        match self.index_opt(v)? {
            Some(result) => Ok(result),
            None => Err(self.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                v.type_of(self).full_name()
            ))),
        }
    }

    /// As `index`; None if `v` is no int and has no `__index__`.
    ///
    /// # Errors
    /// What `__index__` raises; TypeError if it gives no int.
    pub fn index_opt(&self, v: &Value) -> PyResult<Option<Value>> {
        if IntRef::of(v).is_some() {
            return Ok(Some(self.exact_int(v)));
        }
        let Some(f) = v.type_of(self).slots.index() else { return Ok(None) };
        let result = f(self, v)?;
        self.check_int_result("__index__", &result)?;
        Ok(Some(self.exact_int(&result)))
    }

    /// An int without the subclass it may be of.
    fn exact_int(&self, v: &Value) -> Value {
        if self.is_exact(v, self.types().int) {
            return v.clone();
        }
        match IntRef::of(v) {
            Some(IntRef::Small(i)) => self.int(i),
            Some(IntRef::Big(n)) => self.int_from(n.clone()),
            None => v.clone(),
        }
    }

    /// What `__int__` and `__index__` may return.
    pub(crate) fn check_int_result(&self, method: &str, result: &Value) -> PyResult<()> {
        if self.is_exact(result, self.types().int) {
            return Ok(());
        }
        let name = result.type_of(self).full_name();
        if IntRef::of(result).is_none() {
            return Err(self.type_error(format!("{method} returned non-int (type {name})")));
        }
        self.deprecation_warning(
            format!(
                "{method} returned non-int (type {name}).  The ability to return an instance of a strict subclass of \
                 int is deprecated, and may be removed in a future version of Python."
            ),
            1,
        )
    }

    /// An index that fits the machine.
    ///
    /// # Errors
    /// As `index`; OverflowError `cannot fit 'X' into an index-sized integer`.
    #[inline]
    pub fn index_i64(&self, v: &Value) -> PyResult<i64> {
        if let Some(i) = v.as_small_int() {
            return Ok(i);
        }
        self.index_i64_slow(v)
    }

    #[cold]
    fn index_i64_slow(&self, v: &Value) -> PyResult<i64> {
        let index = self.index(v)?;
        match IntRef::of(&index).and_then(IntRef::to_i64) {
            Some(i) => Ok(i),
            None => Err(self.overflow_error(format!(
                "cannot fit '{}' into an index-sized integer",
                v.type_of(self).full_name()
            ))),
        }
    }

    /// An argument of native functions that is a size or a position: as `index_i64`, in the words that CPython has for those.
    ///
    /// # Errors
    /// TypeError, and OverflowError `Python int too large to convert to C ssize_t`.
    pub fn ssize(&self, v: &Value) -> PyResult<i64> {
        if let Some(i) = v.as_small_int() {
            return Ok(i);
        }
        let index = self.index(v)?;
        IntRef::of(&index)
            .and_then(IntRef::to_i64)
            .ok_or_else(|| self.overflow_error("Python int too large to convert to C ssize_t"))
    }

    /// An index, clamped to what fits the machine.
    ///
    /// # Errors
    /// As `index`.
    pub fn index_clamped(&self, v: &Value) -> PyResult<i64> {
        let index = self.index(v)?;
        Ok(match IntRef::of(&index) {
            Some(n) => n.to_i64().unwrap_or(if n.is_negative() { i64::MIN } else { i64::MAX }),
            None => 0,
        })
    }

    /// A C `long`, for functions that take one.
    ///
    /// # Errors
    /// As `index`; OverflowError `Python int too large to convert to C long`.
    pub fn as_c_long(&self, v: &Value) -> PyResult<i64> {
        let index = self.index(v)?;
        IntRef::of(&index)
            .and_then(IntRef::to_i64)
            .ok_or_else(|| self.overflow_error("Python int too large to convert to C long"))
    }

    /// A C `int`, for functions that take one.
    ///
    /// # Errors
    /// As `as_c_long`; OverflowError `signed integer is greater than maximum` or `... less than minimum`.
    pub fn as_c_int(&self, v: &Value) -> PyResult<i32> {
        let n = self.as_c_long(v)?;
        i32::try_from(n).map_err(|_| {
            self.overflow_error(if n > 0 {
                "signed integer is greater than maximum"
            } else {
                "signed integer is less than minimum"
            })
        })
    }

    /// The number of an int or of what has `__index__`.
    ///
    /// # Errors
    /// As `index`.
    pub fn as_bigint(&self, v: &Value) -> PyResult<BigInt> {
        let index = self.index(v)?;
        Ok(IntRef::of(&index).map(|n| n.to_bigint().into_owned()).unwrap_or_default())
    }

    /// A real number: a float, or what has `__float__` or `__index__`.
    ///
    /// # Errors
    /// TypeError `must be real number, not X`; OverflowError for ints too large; what the methods raise.
    #[inline]
    pub fn as_f64(&self, v: &Value) -> PyResult<f64> {
        match v.as_tagged_float() {
            Some(x) => Ok(x),
            None => self.as_f64_slow(v),
        }
    }

    #[cold]
    fn as_f64_slow(&self, v: &Value) -> PyResult<f64> {
        match self.as_f64_opt(v)? {
            Some(x) => Ok(x),
            None => Err(self.type_error(format!("must be real number, not {}", v.type_of(self).full_name()))),
        }
    }

    /// As `as_f64`; None if `v` is no real number.
    ///
    /// # Errors
    /// As `as_f64`, but for its TypeError.
    pub fn as_f64_opt(&self, v: &Value) -> PyResult<Option<f64>> {
        if let Some(x) = crate::types::float::value_of(v) {
            return Ok(Some(x));
        }
        let ty = v.type_of(self);
        if let Some(n) = IntRef::of(v).filter(|_| !ty.has(HEAP)) {
            return self.int_to_f64(n).map(Some);
        }
        self.float_by_slot(v, ty)
    }

    /// The number that `__float__`, or else `__index__`, gives.
    pub(crate) fn float_by_slot(&self, v: &Value, ty: TypeRef) -> PyResult<Option<f64>> {
        if let Some(f) = ty.slots.float() {
            let result = f(self, v)?;
            let Some(x) = crate::types::float::value_of(&result) else {
                return Err(self.type_error(format!(
                    "{}.__float__ returned non-float (type {})",
                    ty.full_name(),
                    result.type_of(self).full_name()
                )));
            };
            if !self.is_exact(&result, self.types().float) {
                self.deprecation_warning(
                    format!(
                        "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict \
                         subclass of float is deprecated, and may be removed in a future version of Python.",
                        ty.full_name(),
                        result.type_of(self).full_name()
                    ),
                    1,
                )?;
            }
            return Ok(Some(x));
        }
        match self.index_opt(v)? {
            Some(index) => match IntRef::of(&index) {
                Some(n) => self.int_to_f64(n).map(Some),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// The nearest float of an int.
    ///
    /// # Errors
    /// OverflowError `int too large to convert to float`.
    pub fn int_to_f64(&self, n: IntRef<'_>) -> PyResult<f64> {
        n.to_f64().ok_or_else(|| self.overflow_error("int too large to convert to float"))
    }

    /// The limit on the digits of decimal ints as text; 0 is none.
    #[must_use]
    pub fn int_max_str_digits(&self) -> usize {
        self.vm().int_max_str_digits.load(Ordering::Relaxed)
    }

    /// `str(n)`.
    ///
    /// # Errors
    /// ValueError if it has more digits than the limit allows.
    pub fn int_to_decimal(&self, n: &BigInt) -> PyResult<String> {
        self.decimal_or_error(n).map_err(|e| self.format_error(e))
    }

    /// As `int_to_decimal`, for the functions of `format_spec`.
    ///
    /// # Errors
    /// See `int_to_decimal`.
    pub fn decimal_or_error(&self, n: &BigInt) -> Result<String, FormatError> {
        if n.bits() > 2100 {
            let limit = self.int_max_str_digits();
            if text::exceeds_limit(n, limit) {
                return Err(FormatError::Value(text::print_limit_message(limit)));
            }
        }
        Ok(n.to_str_radix(10))
    }

    /// Raises what formatting a number found wrong.
    pub fn format_error(&self, e: FormatError) -> Raised {
        match e {
            FormatError::Value(message) => self.value_error(message),
            FormatError::Overflow(message) => self.overflow_error(message),
            FormatError::Memory => self.memory_error(),
        }
    }
}
