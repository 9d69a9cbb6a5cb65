//! `int(x)` and `int(text, base)`.
use super::text::{ParseError, parse, parse_limit_message, to_ascii};
use super::{Int, IntRef};
use crate::prelude::*;
use num_bigint::BigInt;

/// `int.__new__`.
pub(super) fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let positional = args.positional();
    if positional.len() > 2 {
        return Err(th.type_error(format!("int expected at most 2 arguments, got {}", positional.len())));
    }
    let mut base = positional.get(1).cloned();
    for (name, value) in args.keywords() {
        let text = name.as_str().and_then(|s| s.to_str()).unwrap_or_default();
        if text != "base" {
            return Err(th.type_error(format!("int() got an unexpected keyword argument '{text}'")));
        }
        if base.is_some() {
            return Err(th.type_error("argument for int() given by name ('base') and position (2)"));
        }
        base = Some(value.clone());
    }
    let int = th.types().int;
    let result = match (positional.first(), base) {
        (None, Some(_)) => return Err(th.type_error("int() missing string argument")),
        (None, None) => th.int(0),
        (Some(x), None) => th.to_int(x)?,
        (Some(x), Some(base)) => from_text(th, x, &base)?,
    };
    if cls == int {
        return Ok(result);
    }
    let number = super::receiver(th, &result)?.to_bigint().into_owned();
    Ok(th.new_object(cls, Int::new(number)))
}

fn from_text(th: &Thread, x: &Value, base: &Value) -> PyResult<Value> {
    let base = th.index_clamped(base)?;
    if base != 0 && !(2..=36).contains(&base) {
        return Err(th.value_error("int() base must be >= 2 and <= 36, or 0"));
    }
    let base = base as u32;
    if let Some(text) = x.as_str() {
        return th.parse_int(x, &to_ascii(text.as_wtf8()), base).map(|n| th.int_from(n));
    }
    let types = th.types();
    if th.isinstance(x, types.bytes) || th.isinstance(x, types.bytearray) {
        let bytes = th.bytes_like(x)?;
        // Messages show the bytes, not the bytearray.
        let shown = th.bytes(&bytes);
        return th.parse_int(&shown, &bytes, base).map(|n| th.int_from(n));
    }
    Err(th.type_error("int() can't convert non-string with explicit base"))
}

impl Thread {
    /// `int(x)`: an int of exactly type `int`.
    ///
    /// # Errors
    /// TypeError `int() argument must be a string, a bytes-like object or a real number, not 'X'`; ValueError for text.
    pub fn to_int(&self, x: &Value) -> PyResult<Value> {
        if x.is_small_int() || self.is_exact(x, self.types().int) {
            return Ok(x.clone());
        }
        let ty = x.type_of(self);
        if let Some(f) = ty.slots.int() {
            let result = f(self, x)?;
            self.check_int_result("__int__", &result)?;
            return super::exact(self, &result);
        }
        if let Some(result) = self.index_opt(x)? {
            return super::exact(self, &result);
        }
        if let Some(text) = x.as_str() {
            return self.parse_int(x, &to_ascii(text.as_wtf8()), 10).map(|n| self.int_from(n));
        }
        if self.has_buffer(x) {
            let bytes = self.bytes_like(x)?;
            return self.parse_int(x, &bytes, 10).map(|n| self.int_from(n));
        }
        Err(self.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            ty.full_name()
        )))
    }

    /// The number that `text` writes; `shown` is the object it came from, for the message.
    ///
    /// # Errors
    /// ValueError `invalid literal for int() with base 10: '...'`, or for too many digits.
    pub fn parse_int(&self, shown: &Value, text: &[u8], base: u32) -> PyResult<BigInt> {
        let limit = if text.len() > super::text::LIMIT_THRESHOLD { self.int_max_str_digits() } else { 0 };
        match parse(text, base, limit) {
            Ok(n) => Ok(n),
            Err(ParseError::Invalid) => {
                let shown = if IntRef::of(shown).is_some() { shown.clone() } else { self.repr(shown)? };
                let shown = self.str_string(&shown)?.to_string();
                let end = shown.char_indices().nth(200).map_or(shown.len(), |(at, _)| at);
                let shown = &shown[..end];
                Err(self.value_error(format!("invalid literal for int() with base {base}: {shown}")))
            }
            Err(ParseError::TooManyDigits(digits)) => {
                Err(self.value_error(parse_limit_message(limit, digits)))
            }
        }
    }
}
