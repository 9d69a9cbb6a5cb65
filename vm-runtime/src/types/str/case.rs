//! Case mappings and character tests of strings.
use super::Str;
use super::unicode::{self, push_fold, push_lower, push_title, push_upper};
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// The full lower case mapping of a text.
#[must_use]
pub fn lower_text(text: &Wtf8) -> Wtf8Buf {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = Wtf8Buf::with_capacity(text.len());
    for (at, c) in text.code_point_indices() {
        push_lower(&mut out, c, text, at);
    }
    out
}

/// The full upper case mapping of a text.
#[must_use]
pub fn upper_text(text: &Wtf8) -> Wtf8Buf {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    let mut out = Wtf8Buf::with_capacity(text.len());
    text.code_points().for_each(|c| push_upper(&mut out, c));
    out
}

fn fold_text(text: &Wtf8) -> Wtf8Buf {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = Wtf8Buf::with_capacity(text.len());
    text.code_points().for_each(|c| push_fold(&mut out, c));
    out
}

fn title_text(text: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(text.len());
    let mut after_cased = false;
    for (at, c) in text.code_point_indices() {
        if after_cased {
            push_lower(&mut out, c, text, at);
        } else {
            push_title(&mut out, c);
        }
        after_cased = unicode::is_cased(c.to_u32());
    }
    out
}

fn capitalize_text(text: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(text.len());
    for (at, c) in text.code_point_indices() {
        if at == 0 {
            push_title(&mut out, c);
        } else {
            push_lower(&mut out, c, text, at);
        }
    }
    out
}

fn swapcase_text(text: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(text.len());
    for (at, c) in text.code_point_indices() {
        if unicode::is_upper(c.to_u32()) {
            push_lower(&mut out, c, text, at);
        } else if unicode::is_lower(c.to_u32()) {
            push_upper(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

macro_rules! mappings {
    ($($name:ident: $f:ident;)*) => {
        $(pub(super) fn $name(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
            th.try_str(&$f(th.expect::<Str>(this, "str")?))
        })*
    };
}
mappings! {
    lower: lower_text;
    upper: upper_text;
    casefold: fold_text;
    title: title_text;
    capitalize: capitalize_text;
    swapcase: swapcase_text;
}

macro_rules! all_chars {
    ($($name:ident: $test:path;)*) => {
        $(pub(super) fn $name(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
            let text = th.expect::<Str>(this, "str")?;
            Ok(Value::bool(!text.is_empty() && text.code_points().all(|c| $test(c.to_u32()))))
        })*
    };
}
all_chars! {
    isalpha: unicode::is_alpha;
    isalnum: unicode::is_alnum;
    isdecimal: unicode::is_decimal;
    isdigit: unicode::is_digit;
    isnumeric: unicode::is_numeric;
    isspace: unicode::is_space;
}

pub(super) fn isprintable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    Ok(Value::bool(text.code_points().all(|c| unicode::is_printable(c.to_u32()))))
}

pub(super) fn isascii(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.expect::<Str>(this, "str")?.is_ascii()))
}

pub(super) fn islower(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let mut cased = false;
    for c in th.expect::<Str>(this, "str")?.code_points().map(CodePoint::to_u32) {
        if unicode::is_upper(c) || unicode::is_title(c) {
            return Ok(Value::FALSE);
        }
        cased |= unicode::is_lower(c);
    }
    Ok(Value::bool(cased))
}

pub(super) fn isupper(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let mut cased = false;
    for c in th.expect::<Str>(this, "str")?.code_points().map(CodePoint::to_u32) {
        if unicode::is_lower(c) || unicode::is_title(c) {
            return Ok(Value::FALSE);
        }
        cased |= unicode::is_upper(c);
    }
    Ok(Value::bool(cased))
}

pub(super) fn istitle(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let (mut cased, mut after_cased) = (false, false);
    for c in th.expect::<Str>(this, "str")?.code_points().map(CodePoint::to_u32) {
        if unicode::is_upper(c) || unicode::is_title(c) {
            if after_cased {
                return Ok(Value::FALSE);
            }
            (cased, after_cased) = (true, true);
        } else if unicode::is_lower(c) {
            if !after_cased {
                return Ok(Value::FALSE);
            }
            cased = true;
        } else {
            after_cased = false;
        }
    }
    Ok(Value::bool(cased))
}

/// Whether a text is an identifier.
#[must_use]
pub fn is_identifier(text: &Wtf8) -> bool {
    let mut chars = text.code_points().map(CodePoint::to_u32);
    chars.next().is_some_and(|c| c == u32::from('_') || unicode::is_xid_start(c))
        && chars.all(unicode::is_xid_continue)
}

pub(super) fn isidentifier(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(is_identifier(th.expect::<Str>(this, "str")?)))
}
