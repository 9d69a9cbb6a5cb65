//! What `bytes` and `bytearray` have in common: construction from arguments, and their methods without mutation.
//!
//! Methods work on a `BytesLike` of the receiver and make results of the receiver's base type.
pub mod case;
pub mod hex;
pub mod iter;
pub mod split;

pub(crate) use case::*;
pub(crate) use hex::{fromhex, hex};
pub(crate) use split::*;

use crate::buffer::BytesLike;
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use crate::types::str::arguments::type_or_none;
use crate::types::str::search::{self, Bounds, Builder};

/// The receiver's content.
pub(crate) fn this(th: &Thread, v: &Value) -> PyResult<BytesLike> {
    if v.payload::<Bytes>().is_some() || v.payload::<ByteArray>().is_some() {
        return th.bytes_like(v);
    }
    Err(th.type_error(format!("a bytes-like object is required, not '{}'", v.type_name(th))))
}

/// An object of the receiver's base type.
pub(crate) fn make(th: &Thread, like: &Value, content: Vec<u8>) -> PyResult<Value> {
    if like.payload::<ByteArray>().is_some() {
        return Ok(crate::types::bytearray::from_vec(th, content));
    }
    th.try_bytes(&content)
}

/// The receiver itself where nothing changed, or a copy if it is mutable.
pub(crate) fn unchanged(th: &Thread, v: &Value, content: &[u8]) -> PyResult<Value> {
    if th.is_exact(v, th.types().bytes) { Ok(v.clone()) } else { make(th, v, content.to_vec()) }
}

/// A byte from an argument.
///
/// # Errors
/// TypeError, or ValueError `byte must be in range(0, 256)`.
pub fn byte_of(th: &Thread, v: &Value) -> PyResult<u8> {
    u8::try_from(th.index_clamped(v)?).map_err(|_| th.value_error("byte must be in range(0, 256)"))
}

/// A count of bytes from an argument.
pub(crate) fn count_of(th: &Thread, v: &Value) -> PyResult<usize> {
    let n = th.index_i64(v)?;
    let n = usize::try_from(n).map_err(|_| th.value_error("negative count"))?;
    if n > (isize::MAX as usize) - 4096 { Err(th.memory_error()) } else { Ok(n) }
}

/// The content that the arguments of `bytes()` or `bytearray()` (`what`) describe.
pub(crate) fn content(
    th: &Thread,
    source: &Value,
    encoding: &Value,
    errors: &Value,
    what: &str,
) -> PyResult<Vec<u8>> {
    let text = |arg: &Value, name: &str| -> PyResult<Option<String>> {
        if arg.is_unbound() {
            return Ok(None);
        }
        match arg.as_str() {
            Some(text) => crate::types::codecs::c_string(th, text).map(Some),
            None => {
                let kind = type_or_none(th, arg);
                Err(th.type_error(format!("{what}() argument '{name}' must be str, not {kind}")))
            }
        }
    };
    let (encoding, errors) = (text(encoding, "encoding")?, text(errors, "errors")?);
    if source.is_unbound() {
        return match (encoding, errors) {
            (Some(_), _) => Err(th.type_error("encoding without a string argument")),
            (None, Some(_)) => Err(th.type_error("errors without a string argument")),
            _ => Ok(Vec::new()),
        };
    }
    if source.as_str().is_some() {
        if encoding.is_none() {
            return Err(th.type_error("string argument without an encoding"));
        }
        let made = crate::types::codecs::encode_text(th, source, encoding.as_deref(), errors.as_deref())?;
        return Ok(th.bytes_like(&made)?.to_vec());
    }
    if encoding.is_some() {
        return Err(th.type_error("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(th.type_error("errors without a string argument"));
    }
    if th.is_index(source) {
        match th.index(source) {
            Ok(n) => {
                let n = count_of(th, &n)?;
                let mut zeros = Vec::new();
                zeros.try_reserve_exact(n).map_err(|_| th.memory_error())?;
                zeros.resize(n, 0);
                return Ok(zeros);
            }
            Err(raised) if !th.error_is(th.types().exc.type_error) => return Err(raised),
            Err(_) => th.clear_error(),
        }
    }
    if th.has_buffer(source) {
        if let Some(array) = source.payload::<crate::types::bytearray::ByteArray>() {
            // At once, and without an export in which other threads could not resize it.
            return Ok(array.to_vec(th));
        }
        return Ok(th.buffer(source, crate::buffer::request::FULL_RO)?.to_vec());
    }
    let range =
        if what == "bytes" { "bytes must be in range(0, 256)" } else { "byte must be in range(0, 256)" };
    from_iterable(th, source, what, range)
}

/// Bytes from an iterable of integers.
pub(crate) fn from_iterable(th: &Thread, source: &Value, what: &str, range: &str) -> PyResult<Vec<u8>> {
    if !th.is_iterable(source) {
        return Err(th.type_error(format!("cannot convert '{}' object to {what}", source.type_name(th))));
    }
    let mut out = Builder::new(th, th.length_hint(source, 0)?.min(1 << 20))?;
    th.for_each(source, |item| {
        let n = match item.as_small_int() {
            Some(n) => n,
            None => th.index_clamped(&item)?,
        };
        let byte = u8::try_from(n).map_err(|_| th.value_error(range))?;
        out.push(th, &[byte])
    })?;
    Ok(out.finish())
}

/// Items `start`, `start + step`, ... of a content.
pub(crate) fn pick(content: &[u8], start: i64, step: i64, count: usize) -> Vec<u8> {
    let mut at = start;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        out.extend(usize::try_from(at).ok().and_then(|at| content.get(at)));
        at = at.wrapping_add(step);
    }
    out
}

/// BytesWarning for comparing bytes with text (`-b`).
pub(crate) fn warn_if_text(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<()> {
    if th.bytes_warning() > 0 && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        if a.as_str().is_some() || b.as_str().is_some() {
            th.warn_bytes("Comparison between bytes and string")?;
        } else if th.isinstance(a, th.types().int) || th.isinstance(b, th.types().int) {
            th.warn_bytes("Comparison between bytes and int")?;
        }
    }
    Ok(())
}

/// What is searched for: a byte or bytes.
fn needle(th: &Thread, v: &Value) -> PyResult<BytesLike> {
    if th.has_buffer(v) {
        return th.bytes_like(v);
    }
    if !th.is_index(v) {
        let kind = v.type_name(th);
        return Err(th.type_error(format!("argument should be integer or bytes-like object, not '{kind}'")));
    }
    Ok(BytesLike::Copy(vec![byte_of(th, v)?]))
}

fn locate(th: &Thread, v: &Value, args: &[Value], last: bool) -> PyResult<Option<usize>> {
    let needle = needle(th, &args[0])?;
    let (start, end) = Bounds::read(th, args, 1)?;
    let content = this(th, v)?;
    let bounds = Bounds::adjust(start, end, content.len());
    if bounds.is_reversed() {
        return Ok(None);
    }
    let hay = &content[bounds.start..bounds.end];
    let found = if last { search::rfind(hay, &needle) } else { search::find(hay, &needle) };
    Ok(found.map(|at| bounds.start + at))
}

fn position(th: &Thread, found: Option<usize>) -> Value {
    found.map_or(th.int(-1), |at| th.usize(at))
}

pub(crate) fn find(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(position(th, locate(th, v, args, false)?))
}

pub(crate) fn rfind(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(position(th, locate(th, v, args, true)?))
}

fn not_found(th: &Thread) -> Raised {
    th.value_error("subsection not found")
}

pub(crate) fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    locate(th, v, args, false)?.map(|at| th.usize(at)).ok_or_else(|| not_found(th))
}

pub(crate) fn rindex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    locate(th, v, args, true)?.map(|at| th.usize(at)).ok_or_else(|| not_found(th))
}

pub(crate) fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let needle = needle(th, &args[0])?;
    let (start, end) = Bounds::read(th, args, 1)?;
    let content = this(th, v)?;
    let bounds = Bounds::adjust(start, end, content.len());
    if bounds.is_reversed() {
        return Ok(th.int(0));
    }
    let hay = &content[bounds.start..bounds.end];
    Ok(th.usize(if needle.is_empty() { hay.len() + 1 } else { search::count(hay, &needle) }))
}

/// `item in b`.
pub(crate) fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    if th.is_index(item) {
        let byte = byte_of(th, item)?;
        return Ok(this(th, v)?.contains(&byte));
    }
    let needle = th.bytes_like(item)?;
    Ok(search::find(&this(th, v)?, &needle).is_some())
}

fn affix(
    th: &Thread,
    v: &Value,
    args: &[Value],
    name: &str,
    test: fn(&[u8], &[u8]) -> bool,
) -> PyResult<Value> {
    let (start, end) = Bounds::read(th, args, 1)?;
    let matches = |sub: &Value| -> PyResult<bool> {
        let sub = th.bytes_like(sub)?;
        let content = this(th, v)?;
        let bounds = Bounds::adjust(start, end, content.len());
        Ok(!bounds.is_reversed() && test(&content[bounds.start..bounds.end], &sub))
    };
    if let Some(tuple) = args[0].payload::<Tuple>() {
        for item in tuple.as_slice() {
            if matches(item)? {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    if !th.has_buffer(&args[0]) {
        let kind = args[0].type_name(th);
        return Err(th.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {kind}")));
    }
    Ok(Value::bool(matches(&args[0])?))
}

pub(crate) fn startswith(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    affix(th, v, args, "startswith", <[u8]>::starts_with)
}

pub(crate) fn endswith(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    affix(th, v, args, "endswith", <[u8]>::ends_with)
}

pub(crate) fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (from, to) = (th.bytes_like(&args[0])?, th.bytes_like(&args[1])?);
    let limit = if args[2].is_unbound() { -1 } else { th.index_i64(&args[2])? };
    let content = this(th, v)?;
    match search::replace(th, &content, &from, &to, limit, |_| true)? {
        Some(replaced) => make(th, v, replaced),
        None => unchanged(th, v, &content),
    }
}

pub(crate) fn join(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    // While the items are made, the separator cannot be changed.
    let _held = if v.payload::<Bytes>().is_some() {
        None
    } else {
        Some(th.buffer(v, crate::buffer::request::SIMPLE)?)
    };
    let items = match th.sequence_items(&args[0]) {
        Ok(items) => items,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) && !th.is_iterable(&args[0]) {
                th.clear_error();
                return Err(th.type_error("can only join an iterable"));
            }
            return Err(raised);
        }
    };
    let mut pieces = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if !th.has_buffer(item) {
            let kind = item.type_name(th);
            return Err(
                th.type_error(format!("sequence item {i}: expected a bytes-like object, {kind} found"))
            );
        }
        pieces.push(th.bytes_like(item)?);
    }
    if let [only] = items.as_slice()
        && th.is_exact(only, th.types().bytes)
        && v.payload::<Bytes>().is_some()
    {
        return Ok(only.clone());
    }
    let sep = this(th, v)?;
    let total = pieces.iter().map(|p| p.len().saturating_add(sep.len())).fold(0, usize::saturating_add);
    let mut out = Builder::new(th, total)?;
    for (i, piece) in pieces.iter().enumerate() {
        if i != 0 {
            out.push(th, &sep)?;
        }
        out.push(th, piece)?;
    }
    make(th, v, out.finish())
}

fn fill_of(th: &Thread, arg: &Value, name: &str) -> PyResult<u8> {
    if arg.is_unbound() {
        return Ok(b' ');
    }
    if arg.payload::<Bytes>().is_some() || arg.payload::<ByteArray>().is_some() {
        let content = this(th, arg)?;
        if let [byte] = &*content {
            return Ok(*byte);
        }
        return Err(th.type_error(format!(
            "{name}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
            arg.type_name(th),
            content.len()
        )));
    }
    Err(th.type_error(format!(
        "{name}() argument 2 must be a byte string of length 1, not {}",
        type_or_none(th, arg)
    )))
}

fn padded(
    th: &Thread,
    v: &Value,
    args: &[Value],
    name: &str,
    left: impl Fn(usize, usize) -> usize,
) -> PyResult<Value> {
    let width = usize::try_from(th.index_i64(&args[0])?).unwrap_or(0);
    let fill = fill_of(th, &args[1], name)?;
    let content = this(th, v)?;
    let margin = width.saturating_sub(content.len());
    if margin == 0 {
        return unchanged(th, v, &content);
    }
    let before = left(margin, width);
    let mut out = Builder::new(th, width)?;
    out.fill(th, &[fill], before)?;
    out.push(th, &content)?;
    out.fill(th, &[fill], margin - before)?;
    make(th, v, out.finish())
}

pub(crate) fn center(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    padded(th, v, args, "center", |margin, width| margin / 2 + (margin & width & 1))
}

pub(crate) fn ljust(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    padded(th, v, args, "ljust", |_, _| 0)
}

pub(crate) fn rjust(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    padded(th, v, args, "rjust", |margin, _| margin)
}

pub(crate) fn zfill(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let width = usize::try_from(th.index_i64(&args[0])?).unwrap_or(0);
    let content = this(th, v)?;
    let margin = width.saturating_sub(content.len());
    if margin == 0 {
        return unchanged(th, v, &content);
    }
    let sign = usize::from(matches!(content.first(), Some(b'+' | b'-')));
    let mut out = Builder::new(th, width)?;
    out.push(th, &content[..sign])?;
    out.fill(th, b"0", margin)?;
    out.push(th, &content[sign..])?;
    make(th, v, out.finish())
}

pub(crate) fn expandtabs(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let size = if args[0].is_unbound() { 8 } else { th.as_c_int(&args[0])? };
    let content = this(th, v)?;
    let expanded = search::expand_tabs(th, &content, i64::from(size), |_| true);
    match expanded {
        Ok(expanded) => make(th, v, expanded),
        Err(raised) => {
            if th.error_is(th.types().exc.overflow_error) {
                th.clear_error();
                return Err(th.overflow_error("result too long"));
            }
            Err(raised)
        }
    }
}

pub(crate) fn translate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let table = if args[0].is_none() { None } else { Some(th.bytes_like(&args[0])?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(th.value_error("translation table must be 256 characters long"));
    }
    let mut gone = [false; 256];
    if !args[1].is_unbound() {
        th.bytes_like(&args[1])?.iter().for_each(|b| gone[usize::from(*b)] = true);
    }
    let content = this(th, v)?;
    let mapped = |b: &u8| table.as_ref().and_then(|t| t.get(usize::from(*b)).copied()).unwrap_or(*b);
    let out: Vec<u8> = content.iter().filter(|b| !gone[usize::from(**b)]).map(mapped).collect();
    if out.as_slice() == &*content {
        return unchanged(th, v, &content);
    }
    make(th, v, out)
}

pub(crate) fn maketrans(th: &Thread, _cls: &Value, args: &[Value]) -> PyResult<Value> {
    let (from, to) = (th.bytes_like(&args[0])?, th.bytes_like(&args[1])?);
    if from.len() != to.len() {
        return Err(th.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.iter().zip(to.iter()) {
        table[usize::from(*from)] = *to;
    }
    th.try_bytes(&table)
}

pub(crate) fn decode(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let text = |arg: &Value, name: &str| -> PyResult<Option<String>> {
        if arg.is_unbound() {
            return Ok(None);
        }
        match arg.as_str() {
            None => {
                let kind = type_or_none(th, arg);
                Err(th.type_error(format!("decode() argument '{name}' must be str, not {kind}")))
            }
            Some(text) => crate::types::codecs::c_string(th, text).map(Some),
        }
    };
    let encoding = text(&args[0], "encoding")?;
    let errors = text(&args[1], "errors")?;
    crate::types::codecs::decode_bytes(th, v, encoding.as_deref(), errors.as_deref())
}
