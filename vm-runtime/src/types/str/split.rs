//! Splitting and stripping of strings.
use super::Str;
use super::index::{decode, decode_last};
use super::search;
use super::unicode;
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8};

fn piece(text: &Wtf8, range: std::ops::Range<usize>) -> &Wtf8 {
    // SAFETY: callers cut at boundaries of code points only.
    unsafe { Wtf8::from_bytes_unchecked(text.as_bytes().get(range).unwrap_or_default()) }
}

fn is_space(c: CodePoint) -> bool {
    unicode::is_space(c.to_u32())
}

fn list_of(th: &Thread, this: &Value, text: &Str, pieces: Vec<std::ops::Range<usize>>) -> PyResult<Value> {
    let mut items = Vec::with_capacity(pieces.len());
    for range in pieces {
        if range.len() == text.byte_len() && th.is_exact(this, th.types().str) {
            items.push(this.clone());
        } else {
            items.push(th.try_str(piece(text, range))?);
        }
    }
    Ok(th.list(items))
}

fn separator<'a>(th: &Thread, arg: &'a Value) -> PyResult<Option<&'a Str>> {
    if arg.is_none() || arg.is_unbound() {
        return Ok(None);
    }
    match arg.as_str() {
        None => Err(th.type_error(format!("must be str or None, not {}", arg.type_name(th)))),
        Some(sep) if sep.is_empty() => Err(th.value_error("empty separator")),
        sep => Ok(sep),
    }
}

fn limit(th: &Thread, arg: &Value) -> PyResult<i64> {
    if arg.is_unbound() { Ok(-1) } else { th.index_i64(arg) }
}

pub(super) fn split(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let limit = limit(th, &args[1])?;
    match separator(th, &args[0])? {
        Some(sep) => list_of(th, this, text, search::split(text.as_bytes(), sep.as_bytes(), limit)),
        None => list_of(th, this, text, split_spaces(text, limit)),
    }
}

pub(super) fn rsplit(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let limit = limit(th, &args[1])?;
    match separator(th, &args[0])? {
        Some(sep) => list_of(th, this, text, search::rsplit(text.as_bytes(), sep.as_bytes(), limit)),
        None => list_of(th, this, text, rsplit_spaces(text, limit)),
    }
}

fn split_spaces(text: &Wtf8, limit: i64) -> Vec<std::ops::Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut chars = text.code_point_indices().peekable();
    loop {
        while chars.next_if(|(_, c)| is_space(*c)).is_some() {}
        let Some((start, _)) = chars.peek().copied() else { return pieces };
        if pieces.len() == limit {
            pieces.push(start..text.len());
            return pieces;
        }
        while chars.next_if(|(_, c)| !is_space(*c)).is_some() {}
        pieces.push(start..chars.peek().map_or(text.len(), |(at, _)| *at));
    }
}

fn rsplit_spaces(text: &Wtf8, limit: i64) -> Vec<std::ops::Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut end = text.len();
    loop {
        end = strip_end(piece(text, 0..end), is_space);
        if end == 0 {
            break;
        }
        if pieces.len() == limit {
            pieces.push(0..end);
            break;
        }
        let start = strip_end(piece(text, 0..end), |c| !is_space(c));
        pieces.push(start..end);
        end = start;
    }
    pieces.reverse();
    pieces
}

/// Byte offset of the first code point that is not stripped.
fn strip_start(text: &Wtf8, strips: impl Fn(CodePoint) -> bool) -> usize {
    let mut at = 0;
    while let Some(c) = decode(&text.as_bytes()[at..]).filter(|c| strips(*c)) {
        at += c.len_wtf8();
    }
    at
}

/// Byte offset after the last code point that is not stripped.
fn strip_end(text: &Wtf8, strips: impl Fn(CodePoint) -> bool) -> usize {
    let mut at = text.len();
    while let Some(c) = decode_last(&text.as_bytes()[..at]).filter(|c| strips(*c)) {
        at -= c.len_wtf8();
    }
    at
}

fn strip_with(
    th: &Thread,
    this: &Value,
    arg: &Value,
    name: &str,
    front: bool,
    back: bool,
) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let set = match arg.as_str() {
        Some(set) => Some(set),
        None if arg.is_unbound() || arg.is_none() => None,
        None => return Err(th.type_error(format!("{name} arg must be None or str"))),
    };
    let strips = |c: CodePoint| match set {
        None => is_space(c),
        Some(set) if set.is_ascii() => c.is_ascii() && set.as_bytes().contains(&(c.to_u32() as u8)),
        Some(set) => {
            let mut one = [0; 4];
            search::find(set.as_bytes(), c.encode_wtf8(&mut one).as_bytes()).is_some()
        }
    };
    let start = if front { strip_start(text, strips) } else { 0 };
    let rest = piece(text, start..text.byte_len());
    let end = start + if back { strip_end(rest, strips) } else { rest.len() };
    cut(th, this, text, start..end)
}

/// A part of a string; the string itself if it is all of it.
fn cut(th: &Thread, this: &Value, text: &Str, range: std::ops::Range<usize>) -> PyResult<Value> {
    if range.len() == text.byte_len() && th.is_exact(this, th.types().str) {
        return Ok(this.clone());
    }
    th.try_str(piece(text, range))
}

pub(super) fn strip(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, this, &args[0], "strip", true, true)
}

pub(super) fn lstrip(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, this, &args[0], "lstrip", true, false)
}

pub(super) fn rstrip(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, this, &args[0], "rstrip", false, true)
}

pub(super) fn removeprefix(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let prefix = th.expect_str(&args[0], "removeprefix() argument")?;
    let start = if text.as_bytes().starts_with(prefix.as_bytes()) { prefix.byte_len() } else { 0 };
    cut(th, this, text, start..text.byte_len())
}

pub(super) fn removesuffix(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let suffix = th.expect_str(&args[0], "removesuffix() argument")?;
    let end =
        text.byte_len() - if text.as_bytes().ends_with(suffix.as_bytes()) { suffix.byte_len() } else { 0 };
    cut(th, this, text, 0..end)
}

fn partition_separator<'a>(th: &Thread, arg: &'a Value) -> PyResult<&'a Str> {
    match arg.as_str() {
        None => Err(th.type_error(format!("must be str, not {}", arg.type_name(th)))),
        Some(sep) if sep.is_empty() => Err(th.value_error("empty separator")),
        Some(sep) => Ok(sep),
    }
}

pub(super) fn partition(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let sep = partition_separator(th, &args[0])?;
    match search::find(text.as_bytes(), sep.as_bytes()) {
        None => Ok(th.tuple(vec![cut(th, this, text, 0..text.byte_len())?, th.empty_str(), th.empty_str()])),
        Some(at) => Ok(th.tuple(vec![
            th.try_str(piece(text, 0..at))?,
            args[0].clone(),
            th.try_str(piece(text, at + sep.byte_len()..text.byte_len()))?,
        ])),
    }
}

pub(super) fn rpartition(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let sep = partition_separator(th, &args[0])?;
    match search::rfind(text.as_bytes(), sep.as_bytes()) {
        None => Ok(th.tuple(vec![th.empty_str(), th.empty_str(), cut(th, this, text, 0..text.byte_len())?])),
        Some(at) => Ok(th.tuple(vec![
            th.try_str(piece(text, 0..at))?,
            args[0].clone(),
            th.try_str(piece(text, at + sep.byte_len()..text.byte_len()))?,
        ])),
    }
}

/// Whether a character ends a line for `str.splitlines`.
#[must_use]
pub fn is_line_break(c: CodePoint) -> bool {
    matches!(c.to_u32(), 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

pub(super) fn splitlines(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let keep = !args[0].is_unbound() && th.truth(&args[0])?;
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut chars = text.code_point_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if is_line_break(c) {
            let mut end = at + c.len_wtf8();
            if c == '\r' && chars.next_if(|(_, c)| *c == '\n').is_some() {
                end += 1;
            }
            pieces.push(start..if keep { end } else { at });
            start = end;
        }
    }
    if start < text.byte_len() {
        pieces.push(start..text.byte_len());
    }
    list_of(th, this, text, pieces)
}
