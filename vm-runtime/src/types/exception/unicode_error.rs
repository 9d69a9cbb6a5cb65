//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`, and reading and changing their fields from codecs.
use super::{BaseException, base, extra, this};
use crate::prelude::*;

pub(super) static DECODE_SLOTS: &[Slot] =
    &[Slot::NewRaw(new), Slot::InitRaw(init_decode), Slot::Str(str_decode)];
pub(super) static ENCODE_SLOTS: &[Slot] =
    &[Slot::NewRaw(new), Slot::InitRaw(init_encode), Slot::Str(str_encode)];
pub(super) static TRANSLATE_SLOTS: &[Slot] =
    &[Slot::NewRaw(new), Slot::InitRaw(init_translate), Slot::Str(str_translate)];
pub(super) static GETSET: &[GetSetDef] = &[
    gs("encoding", get_encoding, Some(set_encoding), "exception encoding"),
    gs("object", get_object, Some(set_object), "exception object"),
    gs("start", get_start, Some(set_start), "exception start"),
    gs("end", get_end, Some(set_end), "exception end"),
    gs("reason", get_reason, Some(set_reason), "exception reason"),
];

extra_member!(get_encoding, set_encoding, extra::ENCODING);
extra_member!(get_object, set_object, extra::OBJECT);
extra_member!(get_reason, set_reason, extra::REASON);

fn new(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 5))
}

fn index_member(th: &Thread, v: &Value, place: usize, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("can't delete numeric/char attribute")) };
    let n = th.index_i64(new)?;
    this(th, v)?.set_extra(th, place, th.int(n));
    Ok(())
}

fn get_index(th: &Thread, v: &Value, place: usize) -> PyResult<Value> {
    let n = this(th, v)?.extra(th, place);
    Ok(if n.is_unbound() { th.int(0) } else { n })
}

fn get_start(th: &Thread, v: &Value) -> PyResult<Value> {
    get_index(th, v, extra::START)
}

fn set_start(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    index_member(th, v, extra::START, new)
}

fn get_end(th: &Thread, v: &Value) -> PyResult<Value> {
    get_index(th, v, extra::END)
}

fn set_end(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    index_member(th, v, extra::END, new)
}

fn expect_str(th: &Thread, v: &Value, n: usize) -> PyResult<()> {
    if v.as_str().is_some() {
        return Ok(());
    }
    Err(th.type_error(format!("argument {n} must be str, not {}", v.type_name(th))))
}

fn expect_count(th: &Thread, args: &CallArgs, n: usize) -> PyResult<()> {
    let given = args.positional().len();
    if given == n {
        return Ok(());
    }
    Err(th.type_error(format!("function takes exactly {n} arguments ({given} given)")))
}

fn init_encode(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::init(th, v, args)?;
    expect_count(th, args, 5)?;
    let a = args.positional();
    expect_str(th, &a[0], 1)?;
    expect_str(th, &a[1], 2)?;
    let (start, end) = (th.index_i64(&a[2])?, th.index_i64(&a[3])?);
    expect_str(th, &a[4], 5)?;
    set_fields(th, v, a[0].clone(), a[1].clone(), start, end, a[4].clone())
}

fn init_decode(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::init(th, v, args)?;
    expect_count(th, args, 5)?;
    let a = args.positional();
    expect_str(th, &a[0], 1)?;
    let (start, end) = (th.index_i64(&a[2])?, th.index_i64(&a[3])?);
    expect_str(th, &a[4], 5)?;
    let object =
        if a[1].payload::<Bytes>().is_some() { a[1].clone() } else { th.bytes(&th.bytes_like(&a[1])?) };
    set_fields(th, v, a[0].clone(), object, start, end, a[4].clone())
}

fn init_translate(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::init(th, v, args)?;
    expect_count(th, args, 4)?;
    let a = args.positional();
    expect_str(th, &a[0], 1)?;
    let (start, end) = (th.index_i64(&a[1])?, th.index_i64(&a[2])?);
    expect_str(th, &a[3], 4)?;
    set_fields(th, v, Value::UNBOUND, a[0].clone(), start, end, a[3].clone())
}

fn set_fields(
    th: &Thread,
    v: &Value,
    encoding: Value,
    object: Value,
    start: i64,
    end: i64,
    reason: Value,
) -> PyResult<()> {
    let e = this(th, v)?;
    e.set_extra(th, extra::ENCODING, encoding);
    e.set_extra(th, extra::OBJECT, object);
    e.set_extra(th, extra::START, th.int(start));
    e.set_extra(th, extra::END, th.int(end));
    e.set_extra(th, extra::REASON, reason);
    Ok(())
}

/// The fields of a Unicode error: object, its length in items, and start and end as they may be used as a range of it.
pub struct Fields {
    /// `object`: str or bytes.
    pub object: Value,
    /// Characters or bytes of it.
    pub len: usize,
    /// `start`, made to fit.
    pub start: usize,
    /// `end`, made to fit.
    pub end: usize,
}

fn clamp(start: i64, end: i64, len: usize) -> (usize, usize) {
    let len_i = i64::try_from(len).unwrap_or(i64::MAX);
    let start = start.clamp(0, (len_i - 1).max(0));
    let end = end.max(1).min(len_i);
    (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0))
}

/// Reads the range of a Unicode error; TypeError where a field has been deleted or has another type.
pub fn fields(th: &Thread, v: &Value) -> PyResult<Fields> {
    let e = this(th, v)?;
    let object = e.extra(th, extra::OBJECT);
    if object.is_unbound() {
        return Err(th.type_error("UnicodeError 'object' attribute is not set"));
    }
    let len = if let Some(s) = object.as_str() {
        s.char_len()
    } else if let Some(b) = object.payload::<Bytes>() {
        b.as_slice().len()
    } else {
        return Err(th.type_error("UnicodeError 'object' attribute must be a string"));
    };
    let number = |place| get_index(th, v, place).map(|n| n.as_small_int().unwrap_or(0));
    let (start, end) = clamp(number(extra::START)?, number(extra::END)?, len);
    Ok(Fields { object, len, start, end })
}

struct Shown {
    encoding: Value,
    object: Value,
    reason: Value,
    start: i64,
    end: i64,
}

fn shown(th: &Thread, v: &Value) -> PyResult<Option<Shown>> {
    let e = this(th, v)?;
    let object = e.extra(th, extra::OBJECT);
    if object.is_unbound() {
        // `__init__` did not run.
        return Ok(None);
    }
    let text = |place| -> PyResult<Value> {
        let v = e.extra(th, place);
        if v.is_unbound() { Ok(th.str("")) } else { th.to_str(&v) }
    };
    Ok(Some(Shown {
        encoding: text(extra::ENCODING)?,
        reason: text(extra::REASON)?,
        start: e.extra(th, extra::START).as_small_int().unwrap_or(0),
        end: e.extra(th, extra::END).as_small_int().unwrap_or(0),
        object,
    }))
}

fn char_at(v: &Value, i: i64) -> Option<u32> {
    let i = usize::try_from(i).ok()?;
    v.as_str()?.as_wtf8().code_points().nth(i).map(|c| c.to_u32())
}

fn escape(c: u32) -> String {
    if c <= 0xff {
        format!("'\\x{c:02x}'")
    } else if c <= 0xffff {
        format!("'\\u{c:04x}'")
    } else {
        format!("'\\U{c:08x}'")
    }
}

fn lossless(v: &Value) -> Wtf8Buf {
    v.as_str().map(|s| s.as_wtf8().to_owned()).unwrap_or_default()
}

fn finish(th: &Thread, head: String, tail: String, shown: &Shown) -> Value {
    let mut out = Wtf8Buf::from(head.as_str());
    out.push_str(&tail);
    out.push_str(": ");
    out.push_wtf8(&lossless(&shown.reason));
    th.str_wtf8(out)
}

fn str_encode(th: &Thread, v: &Value) -> PyResult<Value> {
    let Some(s) = shown(th, v)? else { return Ok(th.str("")) };
    if s.object.as_str().is_none() {
        return Err(
            th.type_error(format!("object attribute must be a string, not {}", s.object.type_name(th)))
        );
    }
    let head = format!("'{}' codec can't encode ", lossless(&s.encoding).to_string_lossy());
    let tail = match char_at(&s.object, s.start) {
        Some(c) if s.end == s.start + 1 => format!("character {} in position {}", escape(c), s.start),
        _ => format!("characters in position {}-{}", s.start, s.end - 1),
    };
    Ok(finish(th, head, tail, &s))
}

fn str_decode(th: &Thread, v: &Value) -> PyResult<Value> {
    let Some(s) = shown(th, v)? else { return Ok(th.str("")) };
    let head = format!("'{}' codec can't decode ", lossless(&s.encoding).to_string_lossy());
    let byte = s
        .object
        .payload::<Bytes>()
        .and_then(|b| usize::try_from(s.start).ok().and_then(|i| b.as_slice().get(i).copied()));
    let tail = match byte {
        Some(b) if s.end == s.start + 1 => format!("byte 0x{b:02x} in position {}", s.start),
        _ => format!("bytes in position {}-{}", s.start, s.end - 1),
    };
    Ok(finish(th, head, tail, &s))
}

fn str_translate(th: &Thread, v: &Value) -> PyResult<Value> {
    let Some(s) = shown(th, v)? else { return Ok(th.str("")) };
    let tail = match char_at(&s.object, s.start) {
        Some(c) if s.end == s.start + 1 => format!("character {} in position {}", escape(c), s.start),
        _ => format!("characters in position {}-{}", s.start, s.end - 1),
    };
    Ok(finish(th, "can't translate ".to_owned(), tail, &s))
}
