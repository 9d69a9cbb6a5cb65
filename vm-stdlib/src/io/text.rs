//! `TextIOWrapper`: text over a buffered stream.
//!
//! # Rules
//!
//! R1 (text). `lock` is held for a whole method, and may be taken again by the thread that holds it (a signal handler or a
//!     Python stream underneath that writes to the same wrapper). `state` is only locked for moments in which no Python
//!     runs, so what was read from it before a call must be read again after it.
//! R2 (text). `State` owns no Python object; decoder, encoder and buffer stand in slots beside it.
mod codec;
mod position;
mod read;
mod setup;
mod write;

use super::lock::IoLock;
use super::newline::{LineEnd, newlines_value};
use super::unsupported;
use codec::Codec;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use vm_runtime::prelude::*;

/// Payload of `TextIOWrapper`. Flags are relaxed: each is a setting of its own.
pub struct TextIo {
    buffer: AtomicValue,
    /// A codec's incremental decoder (perhaps within an `IncrementalNewlineDecoder`); unbound if native or not readable.
    decoder: AtomicValue,
    /// A codec's incremental encoder; unbound if native or not writable.
    encoder: AtomicValue,
    encoding: AtomicValue,
    errors: AtomicValue,
    ready: AtomicBool,
    detached: AtomicBool,
    finalizing: AtomicBool,
    line_buffering: AtomicBool,
    write_through: AtomicBool,
    readable: AtomicBool,
    writable: AtomicBool,
    seekable: AtomicBool,
    has_read1: AtomicBool,
    telling: AtomicBool,
    lock: IoLock,
    state: ObjCell<State>,
}
payload!(
    TextIo,
    "TextIOWrapper",
    traverse = |t: &TextIo, visit: Visitor<'_>| {
        for slot in [&t.buffer, &t.decoder, &t.encoder, &t.encoding, &t.errors] {
            slot.traverse(&mut *visit);
        }
    },
    clear = |t: &TextIo| {
        for slot in [&t.buffer, &t.decoder, &t.encoder] {
            drop(slot.take());
        }
    }
);

/// The part of a wrapper that changes with every call.
struct State {
    codec: Codec,
    /// Encoded, not yet given to the buffer.
    pending: Vec<u8>,
    /// Decoded WTF-8, and how much of it the program has taken.
    decoded: Vec<u8>,
    used: usize,
    /// Native decoder: bytes of an incomplete character.
    undecoded: Vec<u8>,
    /// Native decoder: a `\r` that may be half of `\r\n`.
    pending_cr: bool,
    /// Newlines seen.
    seen: u8,
    /// Decoder flags and the bytes decoded since, from which `tell` finds its way.
    snapshot: Option<(i64, Vec<u8>)>,
    /// Bytes a character, in the last chunk.
    ratio: f64,
    universal: bool,
    translates: bool,
    line_end: LineEnd,
    write_newline: Option<&'static str>,
    chunk_size: usize,
    /// Whether the encoder is at the start of the stream, where a byte order mark belongs.
    at_start: bool,
}

impl State {
    fn set_decoded(&mut self, text: Vec<u8>) {
        self.decoded = text;
        self.used = 0;
    }

    fn rest(&self) -> &[u8] {
        self.decoded.get(self.used..).unwrap_or(&[])
    }

    fn used_chars(&self) -> usize {
        char_count(self.decoded.get(..self.used).unwrap_or(&[]))
    }

    fn forget_input(&mut self) {
        self.decoded = Vec::new();
        self.used = 0;
        self.snapshot = None;
    }
}

/// Code points in WTF-8 (bytes that begin one).
fn char_count(text: &[u8]) -> usize {
    text.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}

/// Bytes of the first `n` code points of WTF-8.
fn byte_len_of(text: &[u8], n: usize) -> usize {
    let mut seen = 0;
    for (at, byte) in text.iter().enumerate() {
        if byte & 0xc0 != 0x80 {
            if seen == n {
                return at;
            }
            seen += 1;
        }
    }
    text.len()
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.TextIOWrapper",
    doc: "Character and line based layer over a BufferedIOBase object, buffer.\n\nencoding gives the name of the encoding that the stream will be\ndecoded or encoded with. It defaults to locale.getencoding().\n\nerrors determines the strictness of encoding and decoding (see\nhelp(codecs.Codec) or the documentation for codecs.register) and\ndefaults to \"strict\".\n\nnewline controls how line endings are handled. It can be None, '',\n'\\n', '\\r', and '\\r\\n'.  It works as follows:\n\n* On input, if newline is None, universal newlines mode is\n  enabled. Lines in the input can end in '\\n', '\\r', or '\\r\\n', and\n  these are translated into '\\n' before being returned to the\n  caller. If it is '', universal newline mode is enabled, but line\n  endings are returned to the caller untranslated. If it has any of\n  the other legal values, input lines are only terminated by the given\n  string, and the line ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep. If\n  newline is '' or '\\n', no translation takes place. If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf line_buffering is True, a call to flush is implied when a call to\nwrite contains a newline character.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::TEXT_IO_BASE),
    new_sig: "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
    slots: &[Slot::NewRaw(setup::new), Slot::Init(setup::init), Slot::Repr(repr), Slot::Next(read::next)],
    methods: &[
        m("detach", "()", detach, ""),
        m(
            "reconfigure",
            "(*, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
            setup::reconfigure,
            "Reconfigure the text stream with new parameters.\n\nThis also does an implicit stream flush.",
        ),
        m("write", "(text, /)", write::write, ""),
        m("read", "(size=-1, /)", read::read, ""),
        m("readline", "(size=-1, /)", read::readline, ""),
        m("flush", "()", write::flush, ""),
        m("close", "()", close, ""),
        m("fileno", "()", fileno, ""),
        m("seekable", "()", seekable, ""),
        m("readable", "()", readable, ""),
        m("writable", "()", writable, ""),
        m("isatty", "()", isatty, ""),
        m(
            "seek",
            "(cookie, whence=os.SEEK_SET, /)",
            position::seek,
            "Set the stream position, and return the new stream position.",
        ),
        m("tell", "()", position::tell, "Return the stream position as an opaque number."),
        m("truncate", "(pos=None, /)", truncate, ""),
        m("__getstate__", "()", super::cannot_pickle, ""),
        m("__reduce__", "()", super::cannot_pickle, ""),
        m("__reduce_ex__", "(protocol, /)", super::cannot_pickle, ""),
    ],
    getset: &[
        mb("encoding", encoding_get, None, ""),
        mb("line_buffering", line_buffering_get, None, ""),
        mb("write_through", write_through_get, None, ""),
        mb("_finalizing", finalizing_get, Some(finalizing_set), ""),
        gs("name", name_get, None, ""),
        gs("closed", closed_get, None, ""),
        gs("newlines", newlines_get, None, ""),
        gs("errors", errors_get, None, ""),
        gs("_CHUNK_SIZE", chunk_size_get, Some(chunk_size_set), ""),
        gs("buffer", buffer_get, None, ""),
    ],
    ..TypeSpec::of::<TextIo>()
};

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a TextIo> {
    let text = th.expect::<TextIo>(this, "TextIOWrapper")?;
    if text.ready.load(Relaxed) {
        return Ok(text);
    }
    Err(th.value_error(if text.detached.load(Relaxed) {
        "underlying buffer has been detached"
    } else {
        "I/O operation on uninitialized object"
    }))
}

impl TextIo {
    fn buffer(&self, th: &Thread) -> Value {
        self.buffer.get(th)
    }

    /// Whether the stream is closed. A subclass may have its own idea.
    fn is_closed(&self, th: &Thread, this: &Value) -> PyResult<bool> {
        if this.type_of(th) == th.type_for::<TextIo>() {
            let buffer = self.buffer(th);
            if let Some(core) = super::buffered::find(&buffer)
                && super::buffered::is_exact(th, &buffer)
            {
                return core.is_closed(th);
            }
            return super::base::is_closed(th, &buffer);
        }
        super::base::is_closed(th, this)
    }

    fn check_open(&self, th: &Thread, this: &Value) -> PyResult<()> {
        if self.is_closed(th, this)? {
            return Err(th.value_error("I/O operation on closed file."));
        }
        Ok(())
    }
}

fn forward(th: &Thread, this: &Value, method: &str) -> PyResult<Value> {
    let buffer = me(th, this)?.buffer(th);
    th.call_method(&buffer, method, &[])
}

fn fileno(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    forward(th, this, "fileno")
}

fn seekable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    forward(th, this, "seekable")
}

fn readable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    forward(th, this, "readable")
}

fn writable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    forward(th, this, "writable")
}

fn isatty(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    forward(th, this, "isatty")
}

fn detach(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?;
    th.call_method(this, "flush", &[])?;
    let text = me(th, this)?;
    let buffer = text.buffer.take();
    text.detached.store(true, Relaxed);
    text.ready.store(false, Relaxed);
    Ok(buffer)
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    if super::base::is_closed(th, this)? {
        return Ok(Value::NONE);
    }
    let buffer = text.buffer(th);
    if text.finalizing.load(Relaxed)
        && th.call_method(&buffer, "_dealloc_warn", std::slice::from_ref(this)).is_err()
    {
        th.clear_error();
    }
    let flushed = th.call_method(this, "flush", &[]);
    super::base::chain(th, flushed, |th| th.call_method(&buffer, "close", &[]))
}

fn truncate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    th.call_method(this, "flush", &[])?;
    let pos = if super::absent(&args[0]) { Value::NONE } else { args[0].clone() };
    th.call_method(&text.buffer(th), "truncate", &[pos])
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let text = me(th, this)?;
    let kind = this.type_of(th).full_name();
    let Some(_guard) = th.repr_enter(this) else {
        return Err(th.runtime_error(format!("reentrant call inside {kind}.__repr__")));
    };
    let mut shown = format!("<{kind}");
    match th.get_attr_opt(this, &th.intern("name")) {
        Ok(Some(name)) => shown.push_str(&format!(" name={}", th.repr_string(&name)?)),
        Ok(None) => {}
        // A detached raw stream.
        Err(_) if th.error_is(th.types().exc.value_error) => th.clear_error(),
        Err(raised) => return Err(raised),
    }
    if let Some(mode) = th.get_attr_opt(this, &th.intern("mode"))? {
        shown.push_str(&format!(" mode={}", th.repr_string(&mode)?));
    }
    let encoding = th.repr_string(&text.encoding.get(th))?;
    shown.push_str(&format!(" encoding={encoding}>"));
    Ok(th.str(&shown))
}

fn encoding_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(me(th, this)?.encoding.get(th))
}

fn errors_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(me(th, this)?.errors.get(th))
}

fn line_buffering_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.line_buffering.load(Relaxed)))
}

fn write_through_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.write_through.load(Relaxed)))
}

fn finalizing_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(th.expect::<TextIo>(this, "TextIOWrapper")?.finalizing.load(Relaxed)))
}

fn finalizing_set(th: &Thread, this: &Value, value: Option<&Value>) -> PyResult<()> {
    if let Some(value) = value {
        let value = th.truth(value)?;
        th.expect::<TextIo>(this, "TextIOWrapper")?.finalizing.store(value, Relaxed);
    }
    Ok(())
}

fn name_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let buffer = me(th, this)?.buffer(th);
    th.getattr_str(&buffer, "name")
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let buffer = me(th, this)?.buffer(th);
    th.getattr_str(&buffer, "closed")
}

fn buffer_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(me(th, this)?.buffer(th))
}

fn newlines_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let text = me(th, this)?;
    let decoder = text.decoder.get(th);
    if !decoder.is_unbound() {
        return Ok(th.get_attr_opt(&decoder, &th.intern("newlines"))?.unwrap_or(Value::NONE));
    }
    let (bits, universal) = text.state.with(th, |s| (s.seen, s.universal));
    Ok(if universal && text.readable.load(Relaxed) { newlines_value(th, bits) } else { Value::NONE })
}

fn chunk_size_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let size = me(th, this)?.state.with(th, |s| s.chunk_size);
    Ok(th.usize(size))
}

fn chunk_size_set(th: &Thread, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let text = me(th, this)?;
    let Some(value) = value else { return Err(th.attribute_error("cannot delete attribute")) };
    let size = th.index_i64(value)?;
    if size <= 0 {
        return Err(th.value_error("a strictly positive integer is required"));
    }
    text.state.with(th, |s| s.chunk_size = size as usize);
    Ok(())
}
