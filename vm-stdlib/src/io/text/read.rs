//! Reading through a `TextIOWrapper`.
use super::codec::Codec;
use super::{State, TextIo, byte_len_of, char_count, me, unsupported};
use crate::ext::ThreadExt;
use crate::io::newline::LineEnd;
use crate::io::{arg_size, buffered, buffers, retry_interrupted, str_from_bytes};
use std::sync::atomic::Ordering::Relaxed;
use vm_runtime::prelude::*;

impl TextIo {
    fn check_readable(&self, th: &Thread) -> PyResult<()> {
        if self.readable.load(Relaxed) { Ok(()) } else { Err(unsupported(th, "not readable")) }
    }

    /// Reads and decodes one chunk; false at the end of the file.
    pub fn read_chunk(&self, th: &Thread, hint: usize) -> PyResult<bool> {
        self.check_readable(th)?;
        let telling = self.telling.load(Relaxed);
        let before = if telling { Some(self.decoder_state(th)?) } else { None };
        let size = self.state.with(th, |s| {
            let wanted = if hint > 0 { (s.ratio.max(1.0) * hint as f64) as usize } else { 0 };
            s.chunk_size.max(wanted)
        });
        let method = if self.has_read1.load(Relaxed) { "read1" } else { "read" };
        let buffer = self.buffer(th);
        let input = retry_interrupted(th, || th.call_method(&buffer, method, &[th.usize(size)]))?;
        let Some(data) = buffers::try_read(th, &input)? else {
            let got = input.type_name(th);
            return Err(th.type_error(format!(
                "underlying {method}() should have returned a bytes-like object, not '{got}'"
            )));
        };
        let at_end = data.as_slice().is_empty();
        let text = self.decode(th, &input, at_end)?;
        let chars = char_count(&text);
        let bytes = data.as_slice();
        self.state.with(th, |s| {
            s.ratio = if chars > 0 { bytes.len() as f64 / chars as f64 } else { 0.0 };
            s.set_decoded(text);
            if let Some((mut start, flags)) = before {
                start.extend_from_slice(bytes);
                s.snapshot = Some((flags, start));
            }
        });
        Ok(!at_end || chars > 0)
    }

    fn read_line(&self, th: &Thread, this: &Value, limit: i64) -> PyResult<Value> {
        self.check_open(th, this)?;
        self.write_pending(th)?;
        let mut line: Vec<u8> = Vec::new();
        let mut chars = 0usize;
        loop {
            let room = if limit < 0 { None } else { Some((limit as usize).saturating_sub(chars)) };
            let joins = line.last() == Some(&b'\r');
            let step = self.state.with(th, |s| take_line(s, room, joins, line.is_empty()));
            match step {
                Step::Whole(text) => return Ok(text.into_value(th)),
                Step::End(piece) => {
                    line.extend_from_slice(&piece);
                    return str_from_bytes(th, line);
                }
                Step::More(piece) => {
                    if room.is_some() {
                        chars += char_count(&piece);
                    }
                    if line.is_empty() {
                        line = piece;
                    } else {
                        line.extend_from_slice(&piece);
                    }
                }
            }
            if limit >= 0 && chars >= limit as usize {
                return str_from_bytes(th, line);
            }
            loop {
                if !self.read_chunk(th, 0)? {
                    self.state.with(th, State::forget_input);
                    return str_from_bytes(th, line);
                }
                // A chunk may be half a character: read on.
                if self.state.with(th, |s| !s.rest().is_empty()) {
                    break;
                }
            }
        }
    }
}

/// A short line's text on the stack, or a longer one's.
#[allow(clippy::large_enum_variant, reason = "short lines are the common ones and need no allocation")]
enum Line {
    Short([u8; 248], usize),
    Long(Vec<u8>),
}

impl Line {
    fn of(text: &[u8]) -> Line {
        let mut short = [0; 248];
        match short.get_mut(..text.len()) {
            Some(to) => {
                to.copy_from_slice(text);
                Line::Short(short, text.len())
            }
            None => Line::Long(text.to_vec()),
        }
    }

    fn into_value(self, th: &Thread) -> Value {
        let text = match &self {
            Line::Short(text, len) => text.get(..*len).unwrap_or(&[]),
            Line::Long(text) => text,
        };
        crate::io::str_from_slice(th, text)
    }
}

#[allow(clippy::large_enum_variant, reason = "as `Line`")]
enum Step {
    /// A whole line that lay in the chunk.
    Whole(Line),
    /// The rest of a line.
    End(Vec<u8>),
    /// All that the chunk had, without a line end.
    More(Vec<u8>),
}

/// Takes up to a line end or `room` characters; `joins`: the line so far ends in `\r`.
fn take_line(s: &mut State, room: Option<usize>, joins: bool, first: bool) -> Step {
    let rest = s.decoded.get(s.used..).unwrap_or(&[]);
    let window = match room {
        Some(room) => rest.get(..byte_len_of(rest, room)).unwrap_or(rest),
        None => rest,
    };
    if s.line_end == LineEnd::CrLf && joins && window.first() == Some(&b'\n') {
        s.used += 1;
        return Step::End(vec![b'\n']);
    }
    match s.line_end.find(window) {
        Ok(end) => {
            let text = window.get(..end).unwrap_or(window);
            let step = if first { Step::Whole(Line::of(text)) } else { Step::End(text.to_vec()) };
            s.used += end;
            step
        }
        Err(_) => {
            let piece = window.to_vec();
            s.used += piece.len();
            Step::More(piece)
        }
    }
}

pub fn readline(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    let limit = if args[0].is_unbound() { -1 } else { th.index_i64(&args[0])? };
    let _guard = text.lock.enter_again(th);
    text.read_line(th, this, limit)
}

pub fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let text = me(th, this)?;
    let _guard = text.lock.enter_again(th);
    // `tell` would have to know where in the chunk we are; iteration does not pay for that.
    text.telling.store(false, Relaxed);
    let line = if this.type_of(th) == th.type_for::<TextIo>() {
        text.read_line(th, this, -1)?
    } else {
        let line = th.call_method(this, "readline", &[])?;
        if line.as_str().is_none() {
            let got = line.type_name(th);
            return Err(
                th.os_error_text(format!("readline() should have returned a str object, not '{got}'"))
            );
        }
        line
    };
    if line.as_str().is_some_and(|s| s.byte_len() == 0) {
        text.state.with(th, |s| s.snapshot = None);
        text.telling.store(text.seekable.load(Relaxed), Relaxed);
        return Ok(None);
    }
    Ok(Some(line))
}

pub fn read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    let size = arg_size(th, &args[0], -1)?;
    let _guard = text.lock.enter_again(th);
    text.check_open(th, this)?;
    text.check_readable(th)?;
    text.write_pending(th)?;
    if size < 0 {
        return read_all(th, text);
    }
    let mut out: Vec<u8> = Vec::new();
    let mut remaining = size as usize;
    loop {
        let (piece, taken) = text.state.with(th, |s| {
            let rest = s.rest();
            let n = byte_len_of(rest, remaining);
            let piece = rest.get(..n).unwrap_or(&[]).to_vec();
            s.used += piece.len();
            let taken = char_count(&piece);
            (piece, taken)
        });
        remaining -= taken.min(remaining);
        if out.is_empty() {
            out = piece;
        } else {
            out.extend_from_slice(&piece);
        }
        if remaining == 0 || !text.read_chunk(th, remaining)? {
            return str_from_bytes(th, out);
        }
    }
}

fn read_all(th: &Thread, text: &TextIo) -> PyResult<Value> {
    let buffer = text.buffer(th);
    let codec = text.state.with(th, |s| s.codec);
    let rest = if codec != Codec::Python && buffered::is_exact(th, &buffer) {
        match buffered::read_everything(th, &buffer)? {
            Some(data) => text.decode_native(th, codec, data, true)?,
            None => return Err(would_block(th, "read")),
        }
    } else {
        let input = th.call_method(&buffer, "read", &[])?;
        if input.is_none() {
            return Err(would_block(th, "read"));
        }
        if codec != Codec::Python && buffers::try_read(th, &input)?.is_none() {
            let got = input.type_name(th);
            return Err(th.type_error(format!("a bytes-like object is required, not '{got}'")));
        }
        text.decode(th, &input, true)?
    };
    let all = text.state.with(th, |s| {
        let mut all = s.rest().to_vec();
        s.forget_input();
        if all.is_empty() {
            return rest;
        }
        all.extend_from_slice(&rest);
        all
    });
    str_from_bytes(th, all)
}

fn would_block(th: &Thread, method: &str) -> Raised {
    crate::io::buffered::blocking_error(
        th,
        &format!("underlying {method}() should have returned a bytes-like object, not 'NoneType'"),
        0,
    )
}
