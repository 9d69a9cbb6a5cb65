//! Writing through a `TextIOWrapper`.
use super::codec::EncodedText;
use super::{TextIo, me, unsupported};
use crate::io::{buffered, retry_interrupted};
use std::sync::atomic::Ordering::Relaxed;
use vm_runtime::prelude::*;

impl TextIo {
    /// Gives the buffer what waits to be written.
    pub fn write_pending(&self, th: &Thread) -> PyResult<()> {
        let data = self.state.with(th, |s| std::mem::take(&mut s.pending));
        if data.is_empty() {
            return Ok(());
        }
        let buffer = self.buffer(th);
        if buffered::is_exact(th, &buffer)
            && let Some(core) = buffered::find(&buffer)
        {
            let raw = core.raw(th)?;
            let done = buffered::write_bytes(th, &buffer, core, &raw, &data);
            // The allocation is worth keeping for the next text.
            self.state.with(th, |s| {
                if s.pending.capacity() == 0 {
                    s.pending = data;
                    s.pending.clear();
                }
            });
            return done.map(drop);
        }
        let data = th.bytes(&data);
        retry_interrupted(th, || th.call_method(&buffer, "write", std::slice::from_ref(&data))).map(drop)
    }
}

pub fn write(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = &args[0];
    let Some(string) = text.as_str() else {
        return Err(th.type_error(format!("write() argument must be str, not {}", text.type_name(th))));
    };
    let wrapper = me(th, this)?;
    let _guard = wrapper.lock.enter_again(th);
    wrapper.check_open(th, this)?;
    if !wrapper.writable.load(Relaxed) {
        return Err(unsupported(th, "not writable"));
    }
    let len = string.char_len();
    let bytes = string.as_wtf8().as_bytes();
    let line_buffering = wrapper.line_buffering.load(Relaxed);
    let (codec, newline) = wrapper.state.with(th, |s| (s.codec, s.write_newline));
    let has_lf = (newline.is_some() || line_buffering) && memchr::memchr(b'\n', bytes).is_some();
    let flush_buffer = line_buffering && (has_lf || memchr::memchr(b'\r', bytes).is_some());
    let flush_text = wrapper.write_through.load(Relaxed);
    let translated;
    let source = match newline {
        Some(newline) if has_lf => {
            let mut out = Vec::with_capacity(bytes.len() + 16);
            for (i, line) in bytes.split(|&b| b == b'\n').enumerate() {
                if i > 0 {
                    out.extend_from_slice(newline.as_bytes());
                }
                out.extend_from_slice(line);
            }
            translated = crate::io::str_from_bytes(th, out)?;
            &translated
        }
        _ => text,
    };
    let encoded = wrapper.encode(th, source, codec)?;
    let data = match &encoded {
        EncodedText::Same => source.as_str().map_or(&[][..], |s| s.as_wtf8().as_bytes()),
        EncodedText::Bytes(bytes) => bytes.payload::<Bytes>().map_or(&[][..], Bytes::as_slice),
    };
    let overflows =
        wrapper.state.with(th, |s| !s.pending.is_empty() && s.pending.len() + data.len() > s.chunk_size);
    if overflows {
        // What waited goes out first, so that a failure there does not take this text with it.
        wrapper.write_pending(th)?;
    }
    let full = wrapper.state.with(th, |s| {
        s.pending.extend_from_slice(data);
        s.pending.len() >= s.chunk_size
    });
    if full || flush_buffer || flush_text {
        wrapper.write_pending(th)?;
    }
    if flush_buffer {
        th.call_method(&wrapper.buffer(th), "flush", &[])?;
    }
    if wrapper.readable.load(Relaxed) {
        let had = wrapper.state.with(th, |s| {
            let had =
                !s.decoded.is_empty() || s.snapshot.is_some() || !s.undecoded.is_empty() || s.pending_cr;
            s.forget_input();
            had
        });
        if had || !wrapper.decoder.get(th).is_unbound() {
            wrapper.reset_decoder(th)?;
        }
    }
    Ok(th.usize(len))
}

pub fn flush(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let wrapper = me(th, this)?;
    let _guard = wrapper.lock.enter_again(th);
    wrapper.check_open(th, this)?;
    wrapper.telling.store(wrapper.seekable.load(Relaxed), Relaxed);
    wrapper.write_pending(th)?;
    th.call_method(&wrapper.buffer(th), "flush", &[])
}
