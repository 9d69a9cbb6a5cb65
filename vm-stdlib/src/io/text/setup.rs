//! Making and changing a `TextIOWrapper`.
use super::codec::Codec;
use super::{State, TextIo, me, unsupported};
use crate::ext::ThreadExt;
use crate::io::lock::IoLock;
use crate::io::newline::LineEnd;
use crate::io::stringio::{line_end_of, newline_arg};
use crate::io::{absent, locale_encoding, newline, text_without_nul};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use vm_runtime::prelude::*;

const CHUNK_SIZE: usize = 8192;

pub fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    let off = || AtomicBool::new(false);
    let state = State {
        codec: Codec::Utf8,
        pending: Vec::new(),
        decoded: Vec::new(),
        used: 0,
        undecoded: Vec::new(),
        pending_cr: false,
        seen: 0,
        snapshot: None,
        ratio: 0.0,
        universal: true,
        translates: true,
        line_end: LineEnd::Lf,
        write_newline: None,
        chunk_size: CHUNK_SIZE,
        at_start: true,
    };
    let text = TextIo {
        buffer: AtomicValue::empty(),
        decoder: AtomicValue::empty(),
        encoder: AtomicValue::empty(),
        encoding: AtomicValue::empty(),
        errors: AtomicValue::empty(),
        ready: off(),
        detached: off(),
        finalizing: off(),
        line_buffering: off(),
        write_through: off(),
        readable: off(),
        writable: off(),
        seekable: off(),
        has_read1: off(),
        telling: off(),
        lock: IoLock::new(),
        state: ObjCell::new(state),
    };
    th.make_object(cls, text)
}

/// Reads an `encoding` argument: the name as a str value.
fn encoding_arg(th: &Thread, value: &Value) -> PyResult<Value> {
    if absent(value) {
        if crate::io::warns_default_encoding(th) {
            th.warn_of("EncodingWarning", "'encoding' argument not specified", 1)?;
        }
        return Ok(locale_encoding(th));
    }
    let Some(text) = value.as_str() else {
        let got = value.type_name(th);
        return Err(
            th.type_error(format!("TextIOWrapper() argument 'encoding' must be str or None, not {got}"))
        );
    };
    if text_without_nul(th, text)? == "locale" {
        return Ok(locale_encoding(th));
    }
    Ok(value.clone())
}

fn errors_arg(th: &Thread, value: &Value) -> PyResult<Option<Value>> {
    if absent(value) {
        return Ok(None);
    }
    let Some(text) = value.as_str() else {
        let got = value.type_name(th);
        return Err(
            th.type_error(format!("TextIOWrapper() argument 'errors' must be str or None, not {got}"))
        );
    };
    text_without_nul(th, text)?;
    Ok(Some(value.clone()))
}

/// The codec of an encoding, which must be a text encoding.
fn look_up(th: &Thread, encoding: &Value) -> PyResult<Value> {
    let codecs = th.import("_codecs")?;
    let info = th.call_method(&codecs, "lookup", std::slice::from_ref(encoding))?;
    if let Some(is_text) = th.get_attr_opt(&info, &th.intern("_is_text_encoding"))?
        && !th.truth(&is_text)?
    {
        let name = encoding.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        return Err(th.lookup_error(format!(
            "'{name}' is not a text encoding; use codecs.open() to handle arbitrary codecs"
        )));
    }
    Ok(info)
}

impl TextIo {
    /// Makes decoder and encoder for an encoding.
    fn set_codec(&self, th: &Thread, encoding: &Value, errors: &Value) -> PyResult<()> {
        let name = encoding.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        let codec = Codec::named(&name);
        let mut decoder = Value::UNBOUND;
        let mut encoder = Value::UNBOUND;
        if codec == Codec::Python {
            let info = look_up(th, encoding)?;
            if self.readable.load(Relaxed) {
                let make = th.getattr_str(&info, "incrementaldecoder")?;
                decoder = th.call(&make, std::slice::from_ref(errors))?;
                let (universal, translates) = self.state.with(th, |s| (s.universal, s.translates));
                if universal {
                    let wrap = th.type_for::<newline::NewlineDecoder>().value();
                    decoder = th.call(&wrap, &[decoder, Value::bool(translates)])?;
                }
            }
            if self.writable.load(Relaxed) {
                let make = th.getattr_str(&info, "incrementalencoder")?;
                encoder = th.call(&make, std::slice::from_ref(errors))?;
            }
        }
        self.decoder.set(th, decoder);
        self.encoder.set(th, encoder);
        self.encoding.set(th, encoding.clone());
        self.errors.set(th, errors.clone());
        self.state.with(th, |s| {
            s.codec = codec;
            s.undecoded = Vec::new();
            s.pending_cr = false;
            s.seen = 0;
        });
        Ok(())
    }

    fn set_newline(&self, th: &Thread, newline: Option<&'static str>) {
        self.state.with(th, |s| {
            s.universal = matches!(newline, None | Some(""));
            s.translates = newline.is_none();
            s.line_end = line_end_of(newline);
            // On this system os.linesep is \n.
            s.write_newline = newline.filter(|n| matches!(*n, "\r" | "\r\n"));
        });
    }

    /// If the stream has content already, a byte order mark has no place in what follows.
    fn settle_encoder(&self, th: &Thread) -> PyResult<()> {
        self.state.with(th, |s| s.at_start = true);
        if !self.seekable.load(Relaxed) || !self.writable.load(Relaxed) {
            return Ok(());
        }
        let at = th.call_method(&self.buffer(th), "tell", &[])?;
        if !th.eq(&at, &th.int(0))? {
            self.state.with(th, |s| s.at_start = false);
            self.reset_encoder(th, false)?;
        }
        Ok(())
    }
}

pub fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let text = th.expect::<TextIo>(this, "TextIOWrapper")?;
    let [buffer, encoding, errors, newline, line_buffering, write_through, ..] = args else {
        return Err(th.type_error("TextIOWrapper() missing required argument 'buffer' (pos 1)"));
    };
    text.ready.store(false, Relaxed);
    text.detached.store(false, Relaxed);
    let encoding = encoding_arg(th, encoding)?;
    let errors = match errors_arg(th, errors)? {
        Some(errors) => errors,
        None => th.str("strict"),
    };
    let newline = if newline.is_unbound() { None } else { newline_arg(th, newline)? };
    let line_buffering = !line_buffering.is_unbound() && th.truth(line_buffering)?;
    let write_through = !write_through.is_unbound() && th.truth(write_through)?;
    text.state.with(th, |s| {
        s.pending = Vec::new();
        s.forget_input();
        s.ratio = 0.0;
        s.chunk_size = CHUNK_SIZE;
    });
    text.set_newline(th, newline);
    // A bad encoding is reported before the buffer is asked anything.
    if Codec::named(&encoding.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()) == Codec::Python
    {
        look_up(th, &encoding)?;
    }
    let able = |method: &str| th.call_method(buffer, method, &[]).and_then(|answer| th.truth(&answer));
    text.buffer.set(th, buffer.clone());
    text.readable.store(able("readable")?, Relaxed);
    text.writable.store(able("writable")?, Relaxed);
    text.set_codec(th, &encoding, &errors)?;
    let seekable = able("seekable")?;
    text.seekable.store(seekable, Relaxed);
    text.telling.store(seekable, Relaxed);
    let has_read1 = th.get_attr_opt(buffer, &th.intern("read1"))?.is_some();
    text.has_read1.store(has_read1, Relaxed);
    text.line_buffering.store(line_buffering, Relaxed);
    text.write_through.store(write_through, Relaxed);
    text.settle_encoder(th)?;
    text.ready.store(true, Relaxed);
    Ok(())
}

/// A `line_buffering` or `write_through` argument of `reconfigure`: None keeps.
fn flag_arg(th: &Thread, value: &Value, current: bool) -> PyResult<bool> {
    if absent(value) {
        return Ok(current);
    }
    if let Some(flag) = value.as_bool() {
        return Ok(flag);
    }
    Ok(th.index_i64(value)? != 0)
}

pub fn reconfigure(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    let [encoding, errors, newline, line_buffering, write_through, ..] = args else {
        return Err(th.type_error("reconfigure() takes keyword arguments only"));
    };
    let _guard = text.lock.enter_again(th);
    for (value, what) in [(encoding, "encoding"), (errors, "errors")] {
        if !absent(value) && value.as_str().is_none() {
            let got = value.type_name(th);
            return Err(
                th.type_error(format!("reconfigure() argument '{what}' must be str or None, not {got}"))
            );
        }
    }
    let has_read = text.state.with(th, |s| !s.decoded.is_empty() || s.snapshot.is_some());
    if text.readable.load(Relaxed)
        && has_read
        && !(absent(encoding) && absent(errors) && newline.is_unbound())
    {
        return Err(unsupported(
            th,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    let new_newline = if newline.is_unbound() { None } else { Some(newline_arg(th, newline)?) };
    let line_buffering = flag_arg(th, line_buffering, text.line_buffering.load(Relaxed))?;
    let write_through = flag_arg(th, write_through, text.write_through.load(Relaxed))?;
    th.call_method(this, "flush", &[])?;
    text.state.with(th, |s| s.ratio = 0.0);
    // newline=None given is a newline argument too, but the default value of one omitted looks the same: as CPython, only
    // a given one counts.
    if let Some(newline) = new_newline {
        text.set_newline(th, newline);
    }
    if new_newline.is_some() || !absent(encoding) || !absent(errors) {
        let errors = match errors_arg(th, errors)? {
            Some(errors) => errors,
            None if absent(encoding) => text.errors.get(th),
            None => th.str("strict"),
        };
        let encoding = if absent(encoding) { text.encoding.get(th) } else { encoding_arg(th, encoding)? };
        text.set_codec(th, &encoding, &errors)?;
        text.settle_encoder(th)?;
    }
    text.line_buffering.store(line_buffering, Relaxed);
    text.write_through.store(write_through, Relaxed);
    Ok(Value::NONE)
}
