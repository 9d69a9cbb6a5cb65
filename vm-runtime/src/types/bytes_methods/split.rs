//! Splitting and stripping.
use super::case::is_space;
use super::{make, this, unchanged};
use crate::buffer::BytesLike;
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use crate::types::str::search;
use std::ops::Range;

fn list_of(th: &Thread, v: &Value, content: &[u8], pieces: Vec<Range<usize>>) -> PyResult<Value> {
    let mut items = Vec::with_capacity(pieces.len());
    for range in pieces {
        let piece = content.get(range).unwrap_or_default();
        items.push(if piece.len() == content.len() {
            unchanged(th, v, content)?
        } else {
            make(th, v, piece.to_vec())?
        });
    }
    Ok(th.list(items))
}

fn separator(th: &Thread, arg: &Value) -> PyResult<Option<BytesLike>> {
    if arg.is_none() || arg.is_unbound() {
        return Ok(None);
    }
    some_separator(th, arg).map(Some)
}

fn some_separator(th: &Thread, arg: &Value) -> PyResult<BytesLike> {
    let sep = th.bytes_like(arg)?;
    if sep.is_empty() { Err(th.value_error("empty separator")) } else { Ok(sep) }
}

fn limit(th: &Thread, arg: &Value) -> PyResult<i64> {
    if arg.is_unbound() { Ok(-1) } else { th.index_i64(arg) }
}

pub(crate) fn split(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let limit = limit(th, &args[1])?;
    let sep = separator(th, &args[0])?;
    let content = this(th, v)?;
    let pieces = match &sep {
        Some(sep) => search::split(&content, sep, limit),
        None => split_spaces(&content, limit),
    };
    list_of(th, v, &content, pieces)
}

pub(crate) fn rsplit(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let limit = limit(th, &args[1])?;
    let sep = separator(th, &args[0])?;
    let content = this(th, v)?;
    let pieces = match &sep {
        Some(sep) => search::rsplit(&content, sep, limit),
        None => rsplit_spaces(&content, limit),
    };
    list_of(th, v, &content, pieces)
}

fn split_spaces(content: &[u8], limit: i64) -> Vec<Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut at = 0;
    loop {
        at += strip_start(&content[at..], is_space);
        if at == content.len() {
            return pieces;
        }
        if pieces.len() == limit {
            pieces.push(at..at + strip_end(&content[at..], is_space));
            return pieces;
        }
        let end = at + strip_start(&content[at..], |b| !is_space(b));
        pieces.push(at..end);
        at = end;
    }
}

fn rsplit_spaces(content: &[u8], limit: i64) -> Vec<Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut end = content.len();
    loop {
        end = strip_end(&content[..end], is_space);
        if end == 0 {
            break;
        }
        if pieces.len() == limit {
            pieces.push(strip_start(content, is_space)..end);
            break;
        }
        let start = strip_end(&content[..end], |b| !is_space(b));
        pieces.push(start..end);
        end = start;
    }
    pieces.reverse();
    pieces
}

fn strip_start(content: &[u8], strips: impl Fn(u8) -> bool) -> usize {
    content.iter().position(|b| !strips(*b)).unwrap_or(content.len())
}

fn strip_end(content: &[u8], strips: impl Fn(u8) -> bool) -> usize {
    content.iter().rposition(|b| !strips(*b)).map_or(0, |at| at + 1)
}

fn strip_with(th: &Thread, v: &Value, arg: &Value, front: bool, back: bool) -> PyResult<Value> {
    let set = if arg.is_unbound() || arg.is_none() { None } else { Some(th.bytes_like(arg)?) };
    let content = this(th, v)?;
    let strips = |b: u8| match &set {
        None => is_space(b),
        Some(set) => set.contains(&b),
    };
    let start = if front { strip_start(&content, strips) } else { 0 };
    let rest = &content[start..];
    let end = if back { strip_end(rest, strips) } else { rest.len() };
    cut(th, v, &content, start..start + end)
}

fn cut(th: &Thread, v: &Value, content: &[u8], range: Range<usize>) -> PyResult<Value> {
    if range.len() == content.len() {
        return unchanged(th, v, content);
    }
    make(th, v, content.get(range).unwrap_or_default().to_vec())
}

pub(crate) fn strip(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, v, &args[0], true, true)
}

pub(crate) fn lstrip(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, v, &args[0], true, false)
}

pub(crate) fn rstrip(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    strip_with(th, v, &args[0], false, true)
}

pub(crate) fn removeprefix(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let prefix = th.bytes_like(&args[0])?;
    let content = this(th, v)?;
    let start = if content.starts_with(&prefix) { prefix.len() } else { 0 };
    cut(th, v, &content, start..content.len())
}

pub(crate) fn removesuffix(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let suffix = th.bytes_like(&args[0])?;
    let content = this(th, v)?;
    let end = content.len() - if content.ends_with(&suffix) { suffix.len() } else { 0 };
    cut(th, v, &content, 0..end)
}

/// The separator as it stands in the result: the argument itself for `bytes`, a `bytearray` for `bytearray`.
fn kept(th: &Thread, v: &Value, arg: &Value, sep: &[u8]) -> PyResult<Value> {
    if v.payload::<ByteArray>().is_some() { make(th, v, sep.to_vec()) } else { Ok(arg.clone()) }
}

pub(crate) fn partition(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let sep = some_separator(th, &args[0])?;
    let content = this(th, v)?;
    Ok(th.tuple(match search::find(&content, &sep) {
        None => vec![unchanged(th, v, &content)?, make(th, v, vec![])?, make(th, v, vec![])?],
        Some(at) => vec![
            make(th, v, content[..at].to_vec())?,
            kept(th, v, &args[0], &sep)?,
            make(th, v, content[at + sep.len()..].to_vec())?,
        ],
    }))
}

pub(crate) fn rpartition(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let sep = some_separator(th, &args[0])?;
    let content = this(th, v)?;
    Ok(th.tuple(match search::rfind(&content, &sep) {
        None => vec![make(th, v, vec![])?, make(th, v, vec![])?, unchanged(th, v, &content)?],
        Some(at) => vec![
            make(th, v, content[..at].to_vec())?,
            kept(th, v, &args[0], &sep)?,
            make(th, v, content[at + sep.len()..].to_vec())?,
        ],
    }))
}

pub(crate) fn splitlines(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let keep = !args[0].is_unbound() && th.truth(&args[0])?;
    let content = this(th, v)?;
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < content.len() {
        let at = memchr::memchr2(b'\n', b'\r', &content[start..]).map_or(content.len(), |at| start + at);
        let mut end = at;
        if at < content.len() {
            end += if content[at..].starts_with(b"\r\n") { 2 } else { 1 };
        }
        pieces.push(start..if keep { end } else { at });
        start = end;
    }
    list_of(th, v, &content, pieces)
}
