//! The methods of `str` that search, join, pad and encode, and its slots.
use super::index::count_chars;
use super::search::{self, Bounds, Builder};
use super::{Str, str_repeat};
use crate::prelude::*;
use crate::types::slice::Slice;
use crate::types::subscript::{Range, slice_bounds};
use rustpython_wtf8::{CodePoint, Wtf8};

/// Bytes that are generalized UTF-8 because they were put together from such.
fn text_of(bytes: &[u8]) -> &Wtf8 {
    // SAFETY: callers join whole pieces of generalized UTF-8.
    unsafe { Wtf8::from_bytes_unchecked(bytes) }
}

pub(super) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Str> {
    th.expect::<Str>(v, "str")
}

/// Text, its part that `start` and `end` choose (None if they are reversed), and where the part begins.
fn part<'a>(th: &Thread, text: &'a Str, args: &[Value]) -> PyResult<Option<(&'a Wtf8, Bounds)>> {
    let bounds = Bounds::new(th, args, 1, text.char_len())?;
    if bounds.is_reversed() {
        return Ok(None);
    }
    Ok(Some((text.chars_range(bounds.start, bounds.end), bounds)))
}

fn locate(th: &Thread, v: &Value, args: &[Value], name: &str, last: bool) -> PyResult<Option<usize>> {
    let text = this(th, v)?;
    let Some(sub) = args[0].as_str() else {
        return Err(th.type_error(format!(
            "{name}() argument 1 must be str, not {}",
            super::type_or_none(th, &args[0])
        )));
    };
    let Some((hay, bounds)) = part(th, text, args)? else { return Ok(None) };
    let hay = hay.as_bytes();
    let found = if last { search::rfind(hay, sub.as_bytes()) } else { search::find(hay, sub.as_bytes()) };
    Ok(found
        .map(|at| if text.is_ascii() { bounds.start + at } else { bounds.start + count_chars(&hay[..at]) }))
}

fn position(th: &Thread, found: Option<usize>) -> Value {
    found.map_or(th.int(-1), |at| th.usize(at))
}

pub(super) fn find(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(position(th, locate(th, v, args, "find", false)?))
}

pub(super) fn rfind(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(position(th, locate(th, v, args, "rfind", true)?))
}

pub(super) fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    match locate(th, v, args, "index", false)? {
        Some(at) => Ok(th.usize(at)),
        None => Err(th.value_error("substring not found")),
    }
}

pub(super) fn rindex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    match locate(th, v, args, "rindex", true)? {
        Some(at) => Ok(th.usize(at)),
        None => Err(th.value_error("substring not found")),
    }
}

pub(super) fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let Some(sub) = args[0].as_str() else {
        return Err(th.type_error(format!(
            "count() argument 1 must be str, not {}",
            super::type_or_none(th, &args[0])
        )));
    };
    let Some((hay, bounds)) = part(th, text, args)? else { return Ok(th.int(0)) };
    Ok(th.usize(if sub.is_empty() {
        bounds.end - bounds.start + 1
    } else {
        search::count(hay.as_bytes(), sub.as_bytes())
    }))
}

fn affix(
    th: &Thread,
    v: &Value,
    args: &[Value],
    name: &str,
    test: fn(&[u8], &[u8]) -> bool,
) -> PyResult<Value> {
    let text = this(th, v)?;
    let found = part(th, text, args)?;
    let matches = |sub: &Str| found.as_ref().is_some_and(|(hay, _)| test(hay.as_bytes(), sub.as_bytes()));
    if let Some(tuple) = args[0].payload::<Tuple>() {
        for item in tuple.as_slice() {
            match item.as_str() {
                Some(sub) if matches(sub) => return Ok(Value::TRUE),
                Some(_) => {}
                None => {
                    return Err(th.type_error(format!(
                        "tuple for {name} must only contain str, not {}",
                        item.type_name(th)
                    )));
                }
            }
        }
        return Ok(Value::FALSE);
    }
    match args[0].as_str() {
        Some(sub) => Ok(Value::bool(matches(sub))),
        None => Err(th.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            args[0].type_name(th)
        ))),
    }
}

pub(super) fn startswith(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    affix(th, v, args, "startswith", <[u8]>::starts_with)
}

pub(super) fn endswith(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    affix(th, v, args, "endswith", <[u8]>::ends_with)
}

pub(super) fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let from = th.expect_str(&args[0], "replace() argument 1")?;
    let to = th.expect_str(&args[1], "replace() argument 2")?;
    let limit = if args[2].is_unbound() { -1 } else { th.index_i64(&args[2])? };
    let replaced =
        search::replace(th, text.as_bytes(), from.as_bytes(), to.as_bytes(), limit, super::index::is_start)?;
    match replaced {
        Some(bytes) => th.try_str(text_of(&bytes)),
        None => unchanged(th, v, text),
    }
}

/// The string itself, or a plain `str` of the same text for an instance of a subclass.
fn unchanged(th: &Thread, v: &Value, text: &Str) -> PyResult<Value> {
    if th.is_exact(v, th.types().str) { Ok(v.clone()) } else { th.try_str(text) }
}

/// `sep.join(iterable)`.
///
/// # Errors
/// TypeError where an item is no string; what iterating raises.
pub fn join_strings(th: &Thread, sep: &Wtf8, iterable: &Value) -> PyResult<Value> {
    let items = match th.sequence_items(iterable) {
        Ok(items) => items,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) && !th.is_iterable(iterable) {
                th.clear_error();
                return Err(th.type_error("can only join an iterable"));
            }
            return Err(raised);
        }
    };
    let mut total = 0usize;
    for (i, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(text) => total = total.saturating_add(text.byte_len()),
            None => {
                return Err(th.type_error(format!(
                    "sequence item {i}: expected str instance, {} found",
                    item.type_name(th)
                )));
            }
        }
    }
    if let [only] = items.as_slice()
        && th.is_exact(only, th.types().str)
    {
        return Ok(only.clone());
    }
    total = total.saturating_add(sep.len().saturating_mul(items.len().saturating_sub(1)));
    super::joined(th, sep, &items, total)
}

pub(super) fn join(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    join_strings(th, this(th, v)?, &args[0])
}

fn fill_of(th: &Thread, arg: &Value) -> PyResult<CodePoint> {
    if arg.is_unbound() {
        return Ok(CodePoint::from_char(' '));
    }
    match arg.as_str() {
        None => Err(th.type_error(format!(
            "The fill character must be a unicode character, not {}",
            arg.type_name(th)
        ))),
        Some(text) => text
            .only_char()
            .ok_or_else(|| th.type_error("The fill character must be exactly one character long")),
    }
}

fn padded(th: &Thread, v: &Value, text: &Str, left: usize, right: usize, fill: CodePoint) -> PyResult<Value> {
    if left == 0 && right == 0 {
        return unchanged(th, v, text);
    }
    let mut one = [0; 4];
    let fill = fill.encode_wtf8(&mut one).as_bytes();
    let total = left.saturating_add(right).saturating_mul(fill.len()).saturating_add(text.byte_len());
    let mut out = Builder::new(th, total)?;
    out.fill(th, fill, left)?;
    out.push(th, text.as_bytes())?;
    out.fill(th, fill, right)?;
    th.try_str(text_of(&out.finish()))
}

fn missing(th: &Thread, text: &Str, width: &Value) -> PyResult<usize> {
    let width = usize::try_from(th.ssize(width)?).unwrap_or(0);
    Ok(width.saturating_sub(text.char_len()))
}

pub(super) fn center(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let margin = missing(th, text, &args[0])?;
    let fill = fill_of(th, &args[1])?;
    // An odd margin is larger on the left exactly if the width is odd.
    let left = margin / 2 + (margin & (margin + text.char_len()) & 1);
    padded(th, v, text, left, margin - left, fill)
}

pub(super) fn ljust(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let margin = missing(th, text, &args[0])?;
    padded(th, v, text, 0, margin, fill_of(th, &args[1])?)
}

pub(super) fn rjust(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let margin = missing(th, text, &args[0])?;
    padded(th, v, text, margin, 0, fill_of(th, &args[1])?)
}

pub(super) fn zfill(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let fill = missing(th, text, &args[0])?;
    let signed = matches!(text.as_bytes().first(), Some(b'+' | b'-'));
    if fill == 0 || !signed {
        return padded(th, v, text, fill, 0, CodePoint::from_char('0'));
    }
    let mut out = Builder::new(th, fill.saturating_add(text.byte_len()))?;
    out.push(th, &text.as_bytes()[..1])?;
    out.fill(th, b"0", fill)?;
    out.push(th, &text.as_bytes()[1..])?;
    th.try_str(text_of(&out.finish()))
}

pub(super) fn expandtabs(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    let size = if args[0].is_unbound() { 8 } else { th.as_c_int(&args[0])? };
    if memchr::memchr(b'\t', text.as_bytes()).is_none() {
        return unchanged(th, v, text);
    }
    let bytes = search::expand_tabs(th, text.as_bytes(), i64::from(size), super::index::is_start)?;
    th.try_str(text_of(&bytes))
}

pub(super) fn encode(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?;
    let text = |arg: &Value, name: &str| -> PyResult<Option<String>> {
        if arg.is_unbound() {
            return Ok(None);
        }
        match arg.as_str() {
            None => {
                let kind = super::type_or_none(th, arg);
                Err(th.type_error(format!("encode() argument '{name}' must be str, not {kind}")))
            }
            Some(text) => crate::types::codecs::c_string(th, text).map(Some),
        }
    };
    let encoding = text(&args[0], "encoding")?;
    let errors = text(&args[1], "errors")?;
    crate::types::codecs::encode_text(th, v, encoding.as_deref(), errors.as_deref())
}

pub(super) fn sizeof(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    // What CPython's compact representations take, since programs compare with them.
    let widest = text.code_points().map(CodePoint::to_u32).max().unwrap_or(0);
    let size = match widest {
        0..=0x7f => 41 + text.char_len(),
        0x80..=0xff => 57 + text.char_len(),
        0x100..=0xffff => 58 + 2 * text.char_len(),
        _ => 60 + 4 * text.char_len(),
    };
    Ok(th.usize(size))
}

pub(super) fn getnewargs(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = this(th, v)?;
    Ok(th.tuple(vec![super::str_from_pieces(th, th.types().str, &[text])?]))
}

pub(super) fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    th.repr_of_text(this(th, v)?)
}

pub(super) fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    unchanged(th, v, this(th, v)?)
}

pub(super) fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(this(th, v)?.hash())
}

pub(super) fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.char_len())
}

pub(super) fn compare(_th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.as_str(), b.as_str()) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(match op {
        CompareOp::Eq => super::str_eq(x, y),
        CompareOp::Ne => !super::str_eq(x, y),
        _ => op.of(x.as_bytes().cmp(y.as_bytes())),
    }))
}

pub(super) fn add(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    super::str_concat(th, a, b)
}

pub(super) fn repeat(th: &Thread, v: &Value, times: i64) -> PyResult<Value> {
    let text = this(th, v)?;
    if times == 1 {
        return unchanged(th, v, text);
    }
    str_repeat(th, text, usize::try_from(times).unwrap_or(0))
}

pub(super) fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    let text = this(th, v)?;
    match item.as_str() {
        Some(sub) => Ok(search::find(text.as_bytes(), sub.as_bytes()).is_some()),
        None => Err(th.type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            item.type_name(th)
        ))),
    }
}

pub(super) fn item(th: &Thread, v: &Value, at: i64) -> PyResult<Value> {
    let text = this(th, v)?;
    match usize::try_from(at).ok().and_then(|at| text.char_at(at)) {
        Some(c) => Ok(th.str_char(c)),
        None => Err(th.index_error("string index out of range")),
    }
}

pub(super) fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let text = this(th, v)?;
    if let Some(at) = key.as_small_int() {
        return item(th, v, if at < 0 { at + text.char_len() as i64 } else { at });
    }
    if th.is_index(key) {
        let at = th.index_or_index_error(key)?;
        return item(th, v, if at < 0 { at + text.char_len() as i64 } else { at });
    }
    let Some(slice) = key.payload::<Slice>() else {
        return Err(th.type_error(format!("string indices must be integers, not '{}'", key.type_name(th))));
    };
    let Range { start, step, count, .. } = slice_bounds(th, slice)?.fit(text.char_len());
    if count == 0 {
        return Ok(th.empty_str());
    }
    if step == 1 {
        if count == text.char_len() && th.is_exact(v, th.types().str) {
            return Ok(v.clone());
        }
        return th.try_str(text.chars_range(start as usize, start as usize + count));
    }
    let mut out = Builder::new(th, count)?;
    let mut at = start;
    for _ in 0..count {
        if let Some(c) = text.char_at(at as usize) {
            let mut one = [0; 4];
            out.push(th, c.encode_wtf8(&mut one).as_bytes())?;
        }
        at = at.wrapping_add(step);
    }
    th.try_str(text_of(&out.finish()))
}

pub(super) fn modulo(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if a.as_str().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    super::percent::format_str(th, a, b)
}
