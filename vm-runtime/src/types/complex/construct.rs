//! `complex(...)`, from numbers and from text.
use super::{Complex, Pair, value_of};
use crate::call::OwnSignature;
use crate::prelude::*;
use crate::types::float::parse::{parse_prefix, strip_underscores, trim};
use crate::types::int::text::to_ascii;

fn finish(th: &Thread, cls: TypeRef, (re, im): Pair) -> PyResult<Value> {
    Ok(th.new_object(cls, Complex { re, im }))
}

/// The number that `text` (ASCII, trimmed, no underscores) writes.
fn parse(text: &[u8]) -> Option<Pair> {
    let inner = match text.strip_prefix(b"(") {
        Some(rest) => trim(rest.strip_suffix(b")")?),
        None => text,
    };
    let is_j = |rest: &[u8]| matches!(rest, [b'j' | b'J']);
    // A sign alone stands for one.
    let unit = |rest: &[u8]| match rest {
        [b'+', j @ ..] if is_j(j) => Some(1.0),
        [b'-', j @ ..] if is_j(j) => Some(-1.0),
        j if is_j(j) => Some(1.0),
        _ => None,
    };
    let Some((x, end)) = parse_prefix(inner) else { return unit(inner).map(|im| (0.0, im)) };
    let rest = inner.get(end..)?;
    match rest.first() {
        None => Some((x, 0.0)),
        Some(b'j' | b'J') if rest.len() == 1 => Some((0.0, x)),
        Some(b'+' | b'-') => match parse_prefix(rest) {
            Some((y, end)) if is_j(rest.get(end..)?) => Some((x, y)),
            Some(_) => None,
            None => unit(rest).map(|y| (x, y)),
        },
        _ => None,
    }
}

fn from_text(th: &Thread, v: &Value, text: &rustpython_wtf8::Wtf8) -> PyResult<Pair> {
    let ascii = to_ascii(text);
    let digits = if ascii.contains(&b'_') {
        match strip_underscores(&ascii) {
            Some(digits) => digits,
            None => {
                let shown = th.repr_string(v)?;
                return Err(th.value_error(format!("could not convert string to complex: {shown}")));
            }
        }
    } else {
        ascii
    };
    parse(trim(&digits)).ok_or_else(|| th.value_error("complex() arg is a malformed string"))
}

/// The result of `v.__complex__()`; a complex itself is its own. None if there is no such method.
fn special(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    if th.is_exact(v, th.types().complex) {
        return Ok(Some(v.clone()));
    }
    let Some(result) = th.call_special(v, &th.names().__complex__, &[])? else { return Ok(None) };
    let name = result.type_of(th).full_name();
    if value_of(&result).is_none() {
        return Err(th.type_error(format!("__complex__ returned non-complex (type {name})")));
    }
    if !th.is_exact(&result, th.types().complex) {
        th.deprecation_warning(
            format!(
                "__complex__ returned non-complex (type {name}).  The ability to return an instance of a strict \
                 subclass of complex is deprecated, and may be removed in a future version of Python."
            ),
            1,
        )?;
    }
    Ok(Some(result))
}

fn is_real(th: &Thread, v: &Value) -> bool {
    let ty = v.type_of(th);
    ty.slots.float().is_some() || ty.slots.index().is_some()
}

fn not_real(th: &Thread, which: &str, v: &Value) -> String {
    format!("complex() argument '{which}' must be a real number, not {}", v.type_of(th).full_name())
}

/// `complex.__new__`.
pub(super) fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    static SIGNATURE: OwnSignature = OwnSignature::new("complex", "(real=0, imag=0)");
    if let ([only], []) = (args.args, args.names) {
        return single(th, cls, only);
    }
    let bound = SIGNATURE.bind(th, args)?;
    let (real, imag) = (&bound[0], &bound[1]);
    let zero = th.int(0);
    let real = if real.is_unbound() { &zero } else { real };
    let made = special(th, real)?;
    let number = made.as_ref().unwrap_or(real);
    if value_of(number).is_none() && !is_real(th, number) {
        return Err(th.type_error(not_real(th, "real", number)));
    }
    if !imag.is_unbound() && value_of(imag).is_none() && !is_real(th, imag) {
        return Err(th.type_error(not_real(th, "imag", imag)));
    }
    let (mut re, shift) = match value_of(number) {
        Some(z) => {
            if !is_real(th, real) {
                th.deprecation_warning(not_real(th, "real", real), 1)?;
            }
            z
        }
        None => (th.as_f64(number)?, 0.0),
    };
    if imag.is_unbound() {
        return finish(th, cls, (re, shift));
    }
    let complex_real = value_of(number).is_some();
    let mut im = match value_of(imag) {
        Some(z) => {
            th.deprecation_warning(not_real(th, "imag", imag), 1)?;
            re -= z.1;
            z.0
        }
        None => th.as_f64(imag)?,
    };
    if complex_real {
        im += shift;
    }
    finish(th, cls, (re, im))
}

fn single(th: &Thread, cls: TypeRef, v: &Value) -> PyResult<Value> {
    if let Some(text) = v.as_str() {
        return finish(th, cls, from_text(th, v, text.as_wtf8())?);
    }
    if cls == th.types().complex && th.is_exact(v, cls) {
        return Ok(v.clone());
    }
    finish(
        th,
        cls,
        to_pair(th, v)?.ok_or_else(|| {
            th.type_error(format!(
                "complex() argument must be a string or a number, not {}",
                v.type_of(th).full_name()
            ))
        })?,
    )
}

/// A number as a complex; None if `v` is none.
fn to_pair(th: &Thread, v: &Value) -> PyResult<Option<Pair>> {
    if let Some(result) = special(th, v)? {
        return Ok(value_of(&result));
    }
    if let Some(z) = value_of(v) {
        return Ok(Some(z));
    }
    Ok(th.as_f64_opt(v)?.map(|x| (x, 0.0)))
}

/// `complex.from_number`.
pub(super) fn from_number(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    let v = args.first().unwrap_or(Value::none_ref());
    let plain = cls.is(&th.types().complex.value());
    if plain && th.is_exact(v, th.types().complex) {
        return Ok(v.clone());
    }
    let (re, im) = th.as_complex(v)?;
    let z = th.complex(re, im);
    if plain { Ok(z) } else { th.call(cls, &[z]) }
}

impl Thread {
    /// A complex number, or what has `__complex__`, `__float__` or `__index__`, as its parts.
    ///
    /// # Errors
    /// TypeError `must be real number, not X`; what the methods raise.
    pub fn as_complex(&self, v: &Value) -> PyResult<Pair> {
        match to_pair(self, v)? {
            Some(z) => Ok(z),
            None => Err(self.type_error(format!("must be real number, not {}", v.type_of(self).full_name()))),
        }
    }
}
