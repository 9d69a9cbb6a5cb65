//! `StringIO`: text in memory as a stream.
//!
//! Positions count code points. The text is WTF-8 as long as it is ASCII or only appended to and read whole; the first use
//! of a position inside text that is not ASCII turns it into an array of code points.
use super::arg_size;
use super::newline::{LineEnd, newlines_value, translate};
use crate::ext::ThreadExt;
use vm_runtime::prelude::*;

enum Text {
    /// WTF-8, and its length in code points.
    Packed(Vec<u8>, usize),
    /// Code points.
    Wide(Vec<u32>),
}

impl Text {
    fn len(&self) -> usize {
        match self {
            Text::Packed(_, len) => *len,
            Text::Wide(points) => points.len(),
        }
    }

    /// Makes positions addressable: afterwards packed text is ASCII.
    fn addressable(&mut self) {
        if let Text::Packed(bytes, len) = self
            && bytes.len() != *len
        {
            *self = Text::Wide(code_points(bytes));
        }
    }

    fn bytes(&self, from: usize, to: usize) -> Vec<u8> {
        match self {
            Text::Packed(bytes, len) if bytes.len() == *len || (from == 0 && to == *len) => {
                let to = if to == *len { bytes.len() } else { to };
                bytes.get(from..to).unwrap_or(&[]).to_vec()
            }
            Text::Packed(bytes, _) => pack(code_points(bytes).get(from..to).unwrap_or(&[])),
            Text::Wide(points) => pack(points.get(from..to).unwrap_or(&[])),
        }
    }

    fn write(&mut self, pos: usize, piece: &[u8], piece_len: usize) {
        let len = self.len();
        if pos == len {
            match self {
                Text::Packed(bytes, len) => {
                    bytes.extend_from_slice(piece);
                    *len += piece_len;
                }
                Text::Wide(points) => points.extend(code_points(piece)),
            }
            return;
        }
        self.addressable();
        if piece.len() != piece_len
            && let Text::Packed(bytes, _) = self
        {
            *self = Text::Wide(bytes.iter().map(|&b| u32::from(b)).collect());
        }
        match self {
            Text::Packed(bytes, len) => {
                overwrite(bytes, pos, piece.iter().copied(), 0);
                *len = bytes.len();
            }
            Text::Wide(points) => overwrite(points, pos, code_points(piece).into_iter(), 0),
        }
    }
}

impl Text {
    /// Makes room for `len` characters in all; false where there is no memory for them.
    fn reserve(&mut self, len: usize) -> bool {
        match self {
            Text::Packed(bytes, known) => {
                // A gap is filled by null characters, which take four bytes each once they are addressable.
                let more = len.saturating_sub(*known);
                more < (1 << 20) || (bytes.try_reserve(more.saturating_mul(4)).is_ok())
            }
            Text::Wide(points) => points.try_reserve(len.saturating_sub(points.len())).is_ok(),
        }
    }
}

fn overwrite<T: Copy>(into: &mut Vec<T>, pos: usize, piece: impl Iterator<Item = T>, fill: T) {
    if pos > into.len() {
        into.resize(pos, fill);
    }
    for (at, item) in (pos..).zip(piece) {
        match into.get_mut(at) {
            Some(slot) => *slot = item,
            None => into.push(item),
        }
    }
}

fn code_points(wtf8: &[u8]) -> Vec<u32> {
    rustpython_wtf8::Wtf8::from_bytes(wtf8)
        .map_or_else(Vec::new, |text| text.code_points().map(|c| c.to_u32()).collect())
}

fn pack(points: &[u32]) -> Vec<u8> {
    points
        .iter()
        .filter_map(|&c| rustpython_wtf8::CodePoint::from_u32(c))
        .collect::<rustpython_wtf8::Wtf8Buf>()
        .into_bytes()
}

/// Payload of `StringIO`.
pub struct StringIo {
    state: ObjCell<State>,
}
payload!(StringIo, "StringIO");

struct State {
    /// None: closed.
    text: Option<Text>,
    initialised: bool,
    pos: usize,
    /// newline=None or "".
    universal: bool,
    /// newline=None.
    translates: bool,
    line_end: LineEnd,
    /// What `\n` is written as, if not itself.
    write_newline: Option<&'static str>,
    newline: Option<&'static str>,
    seen: u8,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.StringIO",
    doc: "Text I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::TEXT_IO_BASE),
    new_sig: "(initial_value='', newline='\\n')",
    slots: &[Slot::NewRaw(new), Slot::Init(init), Slot::Next(next)],
    methods: &[
        m("close", "()", close, "Close the IO object."),
        m("getvalue", "()", getvalue, "Retrieve the entire contents of the object."),
        m("read", "(size=-1, /)", read, "Read at most size characters, returned as a string."),
        m("readline", "(size=-1, /)", readline, "Read until newline or EOF."),
        m("tell", "()", tell, "Tell the current file position."),
        m("truncate", "(pos=None, /)", truncate, "Truncate size to pos."),
        m("seek", "(pos, whence=0, /)", seek, "Change stream position."),
        m("write", "(s, /)", write, "Write string to file."),
        m("seekable", "()", able, "Returns True if the IO object can be seeked."),
        m("readable", "()", able, "Returns True if the IO object can be read."),
        m("writable", "()", able, "Returns True if the IO object can be written."),
        m("__getstate__", "()", getstate, ""),
        m("__setstate__", "(state, /)", setstate, ""),
    ],
    getset: &[
        gs("closed", closed_get, None, ""),
        gs("newlines", newlines_get, None, ""),
        gs("line_buffering", line_buffering_get, None, ""),
    ],
    ..TypeSpec::of::<StringIo>()
};

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a StringIo> {
    th.expect::<StringIo>(this, "StringIO")
}

impl StringIo {
    fn open<R>(&self, th: &Thread, f: impl FnOnce(&mut Text, &mut usize, &mut Rest<'_>) -> R) -> PyResult<R> {
        let outcome = self.state.with(th, |s| {
            if !s.initialised {
                return Err(true);
            }
            let mut rest = Rest {
                universal: s.universal,
                translates: s.translates,
                line_end: s.line_end,
                write_newline: s.write_newline,
                seen: &mut s.seen,
            };
            match &mut s.text {
                Some(text) => Ok(f(text, &mut s.pos, &mut rest)),
                None => Err(false),
            }
        });
        outcome.map_err(|uninitialised| {
            th.value_error(if uninitialised {
                "I/O operation on uninitialized object"
            } else {
                "I/O operation on closed file"
            })
        })
    }
}

struct Rest<'a> {
    universal: bool,
    translates: bool,
    line_end: LineEnd,
    write_newline: Option<&'static str>,
    seen: &'a mut u8,
}

/// Reads a `newline` argument: None, "", "\n", "\r" or "\r\n".
pub fn newline_arg(th: &Thread, value: &Value) -> PyResult<Option<&'static str>> {
    if value.is_none() {
        return Ok(None);
    }
    let Some(text) = value.as_str() else {
        return Err(th.type_error(format!("newline must be str or None, not {}", value.type_name(th))));
    };
    match text.to_str() {
        Some("") => Ok(Some("")),
        Some("\n") => Ok(Some("\n")),
        Some("\r") => Ok(Some("\r")),
        Some("\r\n") => Ok(Some("\r\n")),
        _ => {
            let shown = th.str_string(value)?;
            Err(th.value_error(format!("illegal newline value: {shown}")))
        }
    }
}

/// The line end that a `newline` argument reads by.
pub fn line_end_of(newline: Option<&str>) -> LineEnd {
    match newline {
        None | Some("\n") => LineEnd::Lf,
        Some("\r") => LineEnd::Cr,
        Some("\r\n") => LineEnd::CrLf,
        Some(_) => LineEnd::Universal,
    }
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    let state = State {
        text: Some(Text::Packed(Vec::new(), 0)),
        initialised: false,
        pos: 0,
        universal: false,
        translates: false,
        line_end: LineEnd::Lf,
        write_newline: None,
        newline: Some("\n"),
        seen: 0,
    };
    th.make_object(cls, StringIo { state: ObjCell::new(state) })
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let stream = me(th, this)?;
    let newline = match args.get(1) {
        Some(newline) if !newline.is_unbound() => newline_arg(th, newline)?,
        _ => Some("\n"),
    };
    let initial = args.first().filter(|v| !super::absent(v));
    if let Some(initial) = initial
        && initial.as_str().is_none()
    {
        let got = initial.type_name(th);
        return Err(th.type_error(format!("initial_value must be str or None, not {got}")));
    }
    stream.state.with(th, |s| {
        s.text = Some(Text::Packed(Vec::new(), 0));
        s.initialised = true;
        s.pos = 0;
        s.seen = 0;
        s.newline = newline;
        s.universal = matches!(newline, None | Some(""));
        s.translates = newline.is_none();
        s.line_end = line_end_of(newline);
        // newline=None or "" or "\n" writes \n as it is.
        s.write_newline = newline.filter(|n| matches!(*n, "\r" | "\r\n"));
    });
    if let Some(initial) = initial {
        put(th, stream, initial)?;
        stream.open(th, |_, pos, _| *pos = 0)?;
    }
    Ok(())
}

fn put(th: &Thread, stream: &StringIo, piece: &Value) -> PyResult<()> {
    let Some(text) = piece.as_str() else { return Err(th.type_error("string argument expected")) };
    let source = text.as_wtf8().as_bytes();
    let char_len = text.char_len();
    stream
        .open(th, |text, pos, rest| {
            let mut changed: Option<Vec<u8>> = None;
            if rest.universal {
                let mut copy = source.to_vec();
                translate(&mut copy, rest.translates, rest.seen);
                changed = Some(copy);
            }
            if let Some(newline) = rest.write_newline {
                let from = changed.as_deref().unwrap_or(source);
                if memchr::memchr(b'\n', from).is_some() {
                    let mut copy = Vec::with_capacity(from.len() + 8);
                    for (i, line) in from.split(|&b| b == b'\n').enumerate() {
                        if i > 0 {
                            copy.extend_from_slice(newline.as_bytes());
                        }
                        copy.extend_from_slice(line);
                    }
                    changed = Some(copy);
                }
            }
            let (piece, piece_len) = match &changed {
                // Only ASCII bytes came or went, so the difference in bytes is the difference in characters.
                Some(changed) => {
                    (changed.as_slice(), (char_len + changed.len()).saturating_sub(source.len()))
                }
                None => (source, char_len),
            };
            if piece.is_empty() {
                return true;
            }
            if !text.reserve(pos.saturating_add(piece_len)) {
                return false;
            }
            text.write(*pos, piece, piece_len);
            *pos += piece_len;
            true
        })?
        .then_some(())
        .ok_or_else(|| match stream.open(th, |_, pos, _| pos.saturating_add(char_len) > usize::MAX / 4) {
            Ok(true) => th.overflow_error("new buffer size too large"),
            Ok(false) => th.memory_error(),
            Err(raised) => raised,
        })
}

fn write(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let Some(text) = args[0].as_str() else {
        return Err(th.type_error(format!("string argument expected, got '{}'", args[0].type_name(th))));
    };
    stream.open(th, |_, _, _| ())?;
    put(th, stream, &args[0])?;
    Ok(th.usize(text.char_len()))
}

fn getvalue(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?.open(th, |text, _, _| text.bytes(0, text.len()))?;
    super::str_from_bytes(th, text)
}

fn read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.open(th, |_, _, _| ())?;
    let size = arg_size(th, &args[0], -1)?;
    let text = stream.open(th, |text, pos, _| {
        let len = text.len();
        let from = (*pos).min(len);
        let to = if size < 0 { len } else { len.min(from.saturating_add(size as usize)) };
        if !(from == 0 && to == len) {
            text.addressable();
        }
        if to > from {
            *pos = to;
        }
        text.bytes(from, to)
    })?;
    super::str_from_bytes(th, text)
}

fn line(th: &Thread, stream: &StringIo, limit: i64) -> PyResult<Vec<u8>> {
    stream.open(th, |text, pos, rest| {
        text.addressable();
        let len = text.len();
        if *pos >= len {
            return Vec::new();
        }
        let stop = if limit < 0 { len } else { len.min(pos.saturating_add(limit as usize)) };
        let end = match text {
            Text::Packed(bytes, _) => {
                let window = bytes.get(*pos..stop).unwrap_or(&[]);
                *pos + rest.line_end.find(window).unwrap_or(window.len())
            }
            Text::Wide(points) => {
                let window = points.get(*pos..stop).unwrap_or(&[]);
                // Line ends are ASCII: anything else is as good as a zero byte.
                let narrow: Vec<u8> = window.iter().map(|&c| u8::try_from(c).unwrap_or(0)).collect();
                *pos + rest.line_end.find(&narrow).unwrap_or(window.len())
            }
        };
        let line = text.bytes(*pos, end);
        *pos = end;
        line
    })
}

fn readline(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.open(th, |_, _, _| ())?;
    let limit = arg_size(th, &args[0], -1)?;
    super::str_from_bytes(th, line(th, stream, limit)?)
}

fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let stream = me(th, this)?;
    if this.type_of(th) != th.type_for::<StringIo>() {
        stream.open(th, |_, _, _| ())?;
        let line = th.call_method(this, "readline", &[])?;
        if line.as_str().is_none() {
            let got = line.type_name(th);
            return Err(
                th.os_error_text(format!("readline() should have returned a str object, not '{got}'"))
            );
        }
        return Ok(if th.length(&line)? == 0 { None } else { Some(line) });
    }
    let text = line(th, stream, -1)?;
    if text.is_empty() { Ok(None) } else { super::str_from_bytes(th, text).map(Some) }
}

fn tell(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(me(th, this)?.open(th, |_, pos, _| *pos)?))
}

fn truncate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let here = stream.open(th, |_, pos, _| *pos)? as i64;
    let size = arg_size(th, &args[0], here)?;
    if size < 0 {
        return Err(th.value_error(format!("Negative size value {size}")));
    }
    stream.open(th, |text, _, _| {
        if (size as usize) < text.len() {
            text.addressable();
            match text {
                Text::Packed(bytes, len) => {
                    bytes.truncate(size as usize);
                    *len = bytes.len();
                }
                Text::Wide(points) => points.truncate(size as usize),
            }
        }
    })?;
    Ok(th.int(size))
}

fn seek(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.open(th, |_, _, _| ())?;
    let offset = th.index_i64(&args[0])?;
    let whence = if args[1].is_unbound() { 0 } else { super::c_int(th, &args[1])? };
    if !(0..=2).contains(&whence) {
        return Err(th.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if offset < 0 && whence == 0 {
        return Err(th.value_error(format!("Negative seek position {offset}")));
    }
    if whence != 0 && offset != 0 {
        return Err(th.os_error_text("Can't do nonzero cur-relative seeks"));
    }
    let at = stream.open(th, |text, pos, _| {
        match whence {
            0 => *pos = offset as usize,
            1 => {}
            _ => *pos = text.len(),
        }
        *pos
    })?;
    Ok(th.usize(at))
}

fn able(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.open(th, |_, _, _| Value::TRUE)
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.state.with(th, |s| s.text = None);
    Ok(Value::NONE)
}

fn getstate(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let (text, pos) = stream.open(th, |text, pos, _| (text.bytes(0, text.len()), *pos))?;
    let newline = stream.state.with(th, |s| s.newline);
    let dict = match th.get_attr_opt(this, &th.intern("__dict__"))? {
        Some(dict) if th.length(&dict)? > 0 => th.call_method(&dict, "copy", &[])?,
        _ => Value::NONE,
    };
    let newline = newline.map_or(Value::NONE, |n| th.str(n));
    Ok(th.tuple(vec![super::str_from_bytes(th, text)?, newline, th.usize(pos), dict]))
}

fn setstate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    if stream.state.with(th, |s| s.text.is_none()) {
        return Err(th.value_error("I/O operation on closed file"));
    }
    let kind = this.type_of(th).name();
    let state = match args[0].payload::<Tuple>() {
        Some(tuple) if tuple.as_slice().len() >= 4 => tuple.as_slice(),
        _ => {
            return Err(th.type_error(format!(
                "{kind}.__setstate__ argument should be 4-tuple, got {}",
                args[0].type_name(th)
            )));
        }
    };
    init(th, this, &[Value::NONE, state[1].clone()])?;
    // The value is taken as it is: it was translated when first written.
    if state[0].is_none() {
        // Nothing to restore.
    } else if let Some(text) = state[0].as_str() {
        let (bytes, len) = (text.as_wtf8().as_bytes().to_vec(), text.char_len());
        stream.state.with(th, |s| s.text = Some(Text::Packed(bytes, len)));
    } else {
        return Err(
            th.type_error(format!("initial_value must be str or None, not {}", state[0].type_name(th)))
        );
    }
    if !th.isinstance(&state[2], th.types().int) {
        let got = state[2].type_name(th);
        return Err(th.type_error(format!("third item of state must be an integer, got {got}")));
    }
    let pos = th.index_i64(&state[2])?;
    if pos < 0 {
        return Err(th.value_error("position value cannot be negative"));
    }
    stream.state.with(th, |s| s.pos = pos as usize);
    super::restore_dict(th, this, &state[3], "fourth")?;
    Ok(Value::NONE)
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let stream = me(th, this)?;
    if !stream.state.with(th, |s| s.initialised) {
        return Err(th.value_error("I/O operation on uninitialized object"));
    }
    Ok(Value::bool(stream.state.with(th, |s| s.text.is_none())))
}

fn newlines_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let stream = me(th, this)?;
    let (bits, universal) = stream.open(th, |_, _, rest| (*rest.seen, rest.universal))?;
    Ok(if universal { newlines_value(th, bits) } else { Value::NONE })
}

fn line_buffering_get(th: &Thread, this: &Value) -> PyResult<Value> {
    me(th, this)?.open(th, |_, _, _| Value::FALSE)
}
