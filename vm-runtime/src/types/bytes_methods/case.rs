//! ASCII case mappings and tests.
use super::{make, this};
use crate::prelude::*;

/// Whether `bytes.isspace` holds for a byte.
pub(crate) const fn is_space(b: u8) -> bool {
    matches!(b, b' ' | 0x09..=0x0d)
}

macro_rules! mapping {
    ($($name:ident: $f:expr;)*) => {
        $(pub(crate) fn $name(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
            let mut content = this(th, v)?.to_vec();
            let f: fn(&mut [u8]) = $f;
            f(&mut content);
            make(th, v, content)
        })*
    };
}
mapping! {
    lower: <[u8]>::make_ascii_lowercase;
    upper: <[u8]>::make_ascii_uppercase;
    swapcase: |b| b.iter_mut().for_each(|b| if b.is_ascii_alphabetic() { *b ^= 0x20 });
    capitalize: |b| {
        b.make_ascii_lowercase();
        if let Some(first) = b.first_mut() {
            first.make_ascii_uppercase();
        }
    };
    title: |b| {
        let mut after_letter = false;
        for b in b {
            if after_letter { b.make_ascii_lowercase() } else { b.make_ascii_uppercase() }
            after_letter = b.is_ascii_alphabetic();
        }
    };
}

macro_rules! test {
    ($($name:ident: $f:expr;)*) => {
        $(pub(crate) fn $name(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
            let content = this(th, v)?;
            let f: fn(&[u8]) -> bool = $f;
            Ok(Value::bool(f(&content)))
        })*
    };
}
test! {
    isascii: <[u8]>::is_ascii;
    isalnum: |b| !b.is_empty() && b.iter().all(u8::is_ascii_alphanumeric);
    isalpha: |b| !b.is_empty() && b.iter().all(u8::is_ascii_alphabetic);
    isdigit: |b| !b.is_empty() && b.iter().all(u8::is_ascii_digit);
    isspace: |b| !b.is_empty() && b.iter().all(|b| is_space(*b));
    islower: |b| b.iter().any(u8::is_ascii_lowercase) && !b.iter().any(u8::is_ascii_uppercase);
    isupper: |b| b.iter().any(u8::is_ascii_uppercase) && !b.iter().any(u8::is_ascii_lowercase);
    istitle: |b| {
        let (mut cased, mut after_cased) = (false, false);
        for b in b {
            if b.is_ascii_alphabetic() {
                if after_cased == b.is_ascii_uppercase() {
                    return false;
                }
                cased = true;
            }
            after_cased = b.is_ascii_alphabetic();
        }
        cased
    };
}
