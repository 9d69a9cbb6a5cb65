//! `tell` and `seek`: a position in text is a cookie from which the decoder's state can be rebuilt.
use super::{TextIo, byte_len_of, char_count, me, unsupported};
use crate::ext::ThreadExt;
use num_bigint::BigInt;
use std::sync::atomic::Ordering::Relaxed;
use vm_runtime::prelude::*;

/// Where to start reading, with which decoder state, how many bytes to feed and how many characters then to skip.
#[derive(Default)]
struct Cookie {
    start: i64,
    flags: i32,
    feed: i32,
    skip: i32,
    eof: bool,
}

impl Cookie {
    fn to_value(&self, th: &Thread) -> Value {
        if self.flags == 0 && self.feed == 0 && self.skip == 0 && !self.eof {
            return th.int(self.start);
        }
        let part = |value: i32| BigInt::from(value as u32);
        let number = BigInt::from(self.start as u64)
            + (part(self.flags) << 64u32)
            + (part(self.feed) << 96u32)
            + (part(self.skip) << 128u32)
            + (BigInt::from(u8::from(self.eof)) << 160u32);
        th.int_from(number)
    }

    fn of(th: &Thread, value: &Value) -> PyResult<Cookie> {
        let number = th.as_bigint(value)?;
        let (_, bytes) = number.to_bytes_le();
        if bytes.len() > 21 {
            return Err(th.overflow_error("int too big to convert"));
        }
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
        let word = |at: usize| i32::from_le_bytes([byte(at), byte(at + 1), byte(at + 2), byte(at + 3)]);
        let start = i64::from(word(0) as u32) | i64::from(word(4)) << 32;
        Ok(Cookie { start, flags: word(8), feed: word(12), skip: word(16), eof: byte(20) != 0 })
    }
}

impl TextIo {
    fn decoder_to(&self, th: &Thread, start: i64, flags: i32) -> PyResult<()> {
        if start == 0 && flags == 0 {
            self.reset_decoder(th)
        } else {
            self.set_decoder_state(th, b"", i64::from(flags))
        }
    }

    fn chars_of(&self, th: &Thread, input: &[u8], last: bool) -> PyResult<usize> {
        Ok(char_count(&self.decode(th, &th.bytes(input), last)?))
    }
}

pub fn tell(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    let _guard = text.lock.enter_again(th);
    text.check_open(th, this)?;
    if !text.seekable.load(Relaxed) {
        return Err(unsupported(th, "underlying stream is not seekable"));
    }
    if !text.telling.load(Relaxed) {
        return Err(th.os_error_text("telling position disabled by next() call"));
    }
    text.write_pending(th)?;
    th.call_method(this, "flush", &[])?;
    let position = th.call_method(&text.buffer(th), "tell", &[])?;
    let (snapshot, skip) = text.state.with(th, |s| (s.snapshot.clone(), s.used_chars()));
    let Some((flags, input)) = snapshot.filter(|_| text.readable.load(Relaxed)) else { return Ok(position) };
    let mut cookie =
        Cookie { start: crate::io::offset(th, &position)? - input.len() as i64, ..Cookie::default() };
    cookie.flags = flags as i32;
    if skip == 0 {
        return Ok(cookie.to_value(th));
    }
    let saved = text.decoder_state(th)?;
    let seen = text.state.with(th, |s| s.seen);
    let found = reconstruct(th, text, &mut cookie, &input, skip);
    if found.is_ok() {
        text.set_decoder_state(th, &saved.0, saved.1)?;
    } else {
        let error = th.take_error();
        let _ = text.set_decoder_state(th, &saved.0, saved.1).map_err(|_| th.clear_error());
        text.state.with(th, |s| s.seen = seen);
        return Err(th.raise_value(error));
    }
    text.state.with(th, |s| s.seen = seen);
    Ok(cookie.to_value(th))
}

/// Finds the latest point before the position from which decoding can start afresh, and what remains to skip from there.
fn reconstruct(
    th: &Thread,
    text: &TextIo,
    cookie: &mut Cookie,
    input: &[u8],
    mut skip: usize,
) -> PyResult<()> {
    let ratio = text.state.with(th, |s| s.ratio);
    let mut skip_bytes = ((ratio * skip as f64) as i64).min(input.len() as i64);
    let mut back = 1;
    while skip_bytes > 0 {
        text.decoder_to(th, cookie.start, cookie.flags)?;
        let decoded = text.chars_of(th, input.get(..skip_bytes as usize).unwrap_or(input), false)?;
        if decoded <= skip {
            let (buffer, flags) = text.decoder_state(th)?;
            if buffer.is_empty() {
                cookie.flags = flags as i32;
                skip -= decoded;
                break;
            }
            skip_bytes -= buffer.len() as i64;
            back = 1;
        } else {
            skip_bytes -= back;
            back *= 2;
        }
    }
    if skip_bytes <= 0 {
        skip_bytes = 0;
        text.decoder_to(th, cookie.start, cookie.flags)?;
    }
    cookie.start += skip_bytes;
    cookie.skip = skip as i32;
    if skip == 0 {
        return Ok(());
    }
    // The rest goes in byte by byte, and each moment with an empty decoder is a better start.
    let mut decoded = 0;
    let mut exhausted = true;
    for byte in input.get(skip_bytes as usize..).unwrap_or(&[]) {
        decoded += text.chars_of(th, std::slice::from_ref(byte), false)?;
        cookie.feed += 1;
        let (buffer, flags) = text.decoder_state(th)?;
        if buffer.is_empty() && decoded <= skip {
            cookie.start += i64::from(cookie.feed);
            skip -= decoded;
            cookie.flags = flags as i32;
            cookie.feed = 0;
            decoded = 0;
        }
        if decoded >= skip {
            exhausted = false;
            break;
        }
    }
    if exhausted {
        decoded += text.chars_of(th, b"", true)?;
        cookie.eof = true;
        if decoded < skip {
            return Err(th.os_error_text("can't reconstruct logical file position"));
        }
    }
    cookie.skip = skip as i32;
    Ok(())
}

pub fn seek(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = me(th, this)?;
    let whence = if args[1].is_unbound() { 0 } else { crate::io::c_int(th, &args[1])? };
    let _guard = text.lock.enter_again(th);
    text.check_open(th, this)?;
    if !text.seekable.load(Relaxed) {
        return Err(unsupported(th, "underlying stream is not seekable"));
    }
    let zero = th.int(0);
    let mut target = args[0].clone();
    match whence {
        0 => {}
        1 => {
            if !th.eq(&target, &zero)? {
                return Err(unsupported(th, "can't do nonzero cur-relative seeks"));
            }
            // To where we are: brings the buffer into step.
            target = th.call_method(this, "tell", &[])?;
        }
        2 => {
            if !th.eq(&target, &zero)? {
                return Err(unsupported(th, "can't do nonzero end-relative seeks"));
            }
            th.call_method(this, "flush", &[])?;
            text.state.with(th, |s| s.forget_input());
            if text.readable.load(Relaxed) {
                text.reset_decoder(th)?;
            }
            let at = th.call_method(&text.buffer(th), "seek", &[zero.clone(), th.int(2)])?;
            if text.writable.load(Relaxed) {
                let start = th.eq(&at, &zero)?;
                text.reset_encoder(th, start)?;
            }
            return Ok(at);
        }
        _ => return Err(th.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    if th.compare_bool(&target, &zero, CompareOp::Lt)? {
        let shown = th.repr_string(&target)?;
        return Err(th.value_error(format!("negative seek position {shown}")));
    }
    th.call_method(this, "flush", &[])?;
    let cookie = Cookie::of(th, &target)?;
    let buffer = text.buffer(th);
    th.call_method(&buffer, "seek", &[th.int(cookie.start)])?;
    text.state.with(th, |s| s.forget_input());
    if text.readable.load(Relaxed) {
        text.decoder_to(th, cookie.start, cookie.flags)?;
    }
    if cookie.skip > 0 {
        let input = th.call_method(&buffer, "read", &[th.int(i64::from(cookie.feed))])?;
        let Some(bytes) = input.payload::<Bytes>() else {
            let got = input.type_name(th);
            return Err(
                th.type_error(format!("underlying read() should have returned a bytes object, not '{got}'"))
            );
        };
        let fed = bytes.as_slice().to_vec();
        let decoded = text.decode(th, &input, cookie.eof)?;
        let enough = char_count(&decoded) >= cookie.skip as usize;
        text.state.with(th, |s| {
            s.snapshot = Some((i64::from(cookie.flags), fed));
            s.used = byte_len_of(&decoded, cookie.skip as usize);
            s.decoded = decoded;
        });
        if !enough {
            return Err(th.os_error_text("can't restore logical file position"));
        }
    } else {
        text.state.with(th, |s| s.snapshot = Some((i64::from(cookie.flags), Vec::new())));
    }
    if text.writable.load(Relaxed) {
        text.reset_encoder(th, cookie.start == 0 && cookie.flags == 0)?;
    }
    Ok(target)
}
