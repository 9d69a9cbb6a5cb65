//! Encoding and decoding: natively for UTF-8, ASCII and Latin-1, by the codec's incremental objects otherwise.
use super::{State, TextIo};
use crate::io::buffers;
use crate::io::newline::translate;
use vm_runtime::prelude::*;

/// Who encodes and decodes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Utf8,
    Ascii,
    Latin1,
    /// The objects in `TextIo::decoder` and `TextIo::encoder`.
    Python,
}

impl Codec {
    /// The codec of an encoding's name.
    pub fn named(name: &str) -> Codec {
        let folded: String =
            name.chars().map(|c| if c == '_' || c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
        match folded.as_str() {
            "utf-8" | "utf8" | "u8" => Codec::Utf8,
            "ascii" | "us-ascii" | "646" => Codec::Ascii,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" => Codec::Latin1,
            _ => Codec::Python,
        }
    }
}

fn codecs_call(th: &Thread, function: &str, args: &[Value]) -> PyResult<Value> {
    let module = th.import("_codecs")?;
    let function = th.getattr_str(&module, function)?;
    th.call(&function, args)
}

fn pair(th: &Thread, value: &Value) -> PyResult<(Value, Value)> {
    match value.payload::<Tuple>().map(Tuple::as_slice) {
        Some([a, b]) => Ok((a.clone(), b.clone())),
        _ => Err(th.type_error("codec must return a tuple (object, integer)")),
    }
}

impl TextIo {
    /// Encodes a string that has no newline left to translate.
    pub fn encode(&self, th: &Thread, text: &Value, codec: Codec) -> PyResult<EncodedText> {
        let Some(string) = text.as_str() else { return Err(th.type_error("write() argument must be str")) };
        let (function, as_it_is) = match codec {
            Codec::Utf8 => ("utf_8_encode", string.is_ascii() || string.to_str().is_some()),
            Codec::Ascii => ("ascii_encode", string.is_ascii()),
            Codec::Latin1 => ("latin_1_encode", string.is_ascii()),
            Codec::Python => {
                let encoder = self.encoder.get(th);
                let encoded = th.call_method(&encoder, "encode", std::slice::from_ref(text))?;
                self.state.with(th, |s| s.at_start = false);
                if encoded.payload::<Bytes>().is_none() {
                    let got = encoded.type_name(th);
                    return Err(th.type_error(format!("encoder should return a bytes object, not '{got}'")));
                }
                return Ok(EncodedText::Bytes(encoded));
            }
        };
        if as_it_is {
            return Ok(EncodedText::Same);
        }
        let encoded = codecs_call(th, function, &[text.clone(), self.errors.get(th)])?;
        Ok(EncodedText::Bytes(pair(th, &encoded)?.0))
    }

    /// Decodes input; the result is WTF-8. `last`: no more input follows.
    pub fn decode(&self, th: &Thread, input: &Value, last: bool) -> PyResult<Vec<u8>> {
        let codec = self.state.with(th, |s| s.codec);
        if codec == Codec::Python {
            let decoder = self.decoder.get(th);
            let text = match decoder.payload::<crate::io::newline::NewlineDecoder>() {
                Some(newline)
                    if decoder.type_of(th) == th.type_for::<crate::io::newline::NewlineDecoder>() =>
                {
                    crate::io::newline::decode_with(th, newline, input, last)?
                }
                _ => th.call_method(&decoder, "decode", &[input.clone(), Value::bool(last)])?,
            };
            return match text.as_str() {
                Some(text) => Ok(text.as_wtf8().as_bytes().to_vec()),
                None => {
                    let got = text.type_name(th);
                    Err(th.type_error(format!("decoder should return a string result, not '{got}'")))
                }
            };
        }
        let data = buffers::read(th, input)?;
        self.decode_native(th, codec, data.into_vec(), last)
    }

    /// As `decode`, natively, of bytes that this may use up.
    pub fn decode_native(
        &self,
        th: &Thread,
        codec: Codec,
        mut data: Vec<u8>,
        last: bool,
    ) -> PyResult<Vec<u8>> {
        let kept = self.state.with(th, |s| std::mem::take(&mut s.undecoded));
        if !kept.is_empty() {
            let mut joined = kept;
            joined.append(&mut data);
            data = joined;
        }
        let mut text = match codec {
            Codec::Latin1 => {
                if data.is_ascii() {
                    data
                } else {
                    data.iter().map(|&b| char::from(b)).collect::<String>().into_bytes()
                }
            }
            Codec::Ascii if data.is_ascii() => data,
            Codec::Ascii => {
                let decoded = codecs_call(th, "ascii_decode", &[th.bytes(&data), self.errors.get(th)])?;
                text_of(th, &pair(th, &decoded)?.0)?
            }
            _ => self.decode_utf8(th, data, last)?,
        };
        self.state.with(th, |s| finish_newlines(s, &mut text, last));
        Ok(text)
    }

    fn decode_utf8(&self, th: &Thread, mut data: Vec<u8>, last: bool) -> PyResult<Vec<u8>> {
        match std::str::from_utf8(&data) {
            Ok(_) => return Ok(data),
            Err(error) if error.error_len().is_none() && !last => {
                let rest = data.split_off(error.valid_up_to());
                self.state.with(th, |s| s.undecoded = rest);
                return Ok(data);
            }
            Err(_) => {}
        }
        let input = th.bytes(&data);
        let decoded = codecs_call(th, "utf_8_decode", &[input, self.errors.get(th), Value::bool(last)]);
        let (text, used) = match decoded {
            Ok(decoded) => pair(th, &decoded)?,
            Err(raised) => {
                // What was not decoded stays, as in a codec's own buffer.
                self.state.with(th, |s| s.undecoded = Vec::new());
                return Err(raised);
            }
        };
        let used = th.index_i64(&used)?.max(0) as usize;
        let rest = data.get(used..).unwrap_or(&[]).to_vec();
        self.state.with(th, |s| s.undecoded = rest);
        text_of(th, &text)
    }

    /// The decoder's state: input not yet decoded, and flags.
    pub fn decoder_state(&self, th: &Thread) -> PyResult<(Vec<u8>, i64)> {
        let native = self
            .state
            .with(th, |s| (s.codec != Codec::Python).then(|| (s.undecoded.clone(), i64::from(s.pending_cr))));
        if let Some(native) = native {
            return Ok(native);
        }
        let state = th.call_method(&self.decoder.get(th), "getstate", &[])?;
        let Some(tuple) = state.payload::<Tuple>() else {
            return Err(th.type_error("illegal decoder state"));
        };
        let [buffer, flags] = tuple.as_slice() else { return Err(th.type_error("illegal decoder state")) };
        let Some(bytes) = buffer.payload::<Bytes>() else {
            let got = buffer.type_name(th);
            return Err(th.type_error(format!(
                "illegal decoder state: the first item should be a bytes object, not '{got}'"
            )));
        };
        Ok((bytes.as_slice().to_vec(), th.index_i64(flags)?))
    }

    /// Sets the decoder's state.
    pub fn set_decoder_state(&self, th: &Thread, buffer: &[u8], flags: i64) -> PyResult<()> {
        let native = self.state.with(th, |s| {
            if s.codec == Codec::Python {
                return false;
            }
            s.undecoded = buffer.to_vec();
            s.pending_cr = flags & 1 == 1;
            true
        });
        if native {
            return Ok(());
        }
        let state = th.tuple(vec![th.bytes(buffer), th.int(flags)]);
        th.call_method(&self.decoder.get(th), "setstate", &[state]).map(drop)
    }

    /// Puts the decoder back to its start.
    pub fn reset_decoder(&self, th: &Thread) -> PyResult<()> {
        let native = self.state.with(th, |s| {
            s.undecoded.clear();
            s.pending_cr = false;
            // As CPython's decoder does: what was seen is forgotten too.
            s.seen = 0;
            s.codec != Codec::Python
        });
        if native {
            return Ok(());
        }
        let decoder = self.decoder.get(th);
        if decoder.is_unbound() { Ok(()) } else { th.call_method(&decoder, "reset", &[]).map(drop) }
    }

    /// Puts the encoder where a stream that already has content wants it, or back to its start.
    pub fn reset_encoder(&self, th: &Thread, at_start: bool) -> PyResult<()> {
        self.state.with(th, |s| s.at_start = at_start);
        let encoder = self.encoder.get(th);
        if encoder.is_unbound() {
            return Ok(());
        }
        if at_start {
            th.call_method(&encoder, "reset", &[]).map(drop)
        } else {
            th.call_method(&encoder, "setstate", &[th.int(0)]).map(drop)
        }
    }
}

/// What `encode` gave.
pub enum EncodedText {
    /// The string's own bytes.
    Same,
    /// A bytes object.
    Bytes(Value),
}

fn text_of(th: &Thread, value: &Value) -> PyResult<Vec<u8>> {
    match value.as_str() {
        Some(text) => Ok(text.as_wtf8().as_bytes().to_vec()),
        None => Err(th.type_error("decoder should return a string result")),
    }
}

fn finish_newlines(s: &mut State, text: &mut Vec<u8>, last: bool) {
    if !s.universal {
        return;
    }
    if s.pending_cr && (last || !text.is_empty()) {
        text.insert(0, b'\r');
        s.pending_cr = false;
    }
    if !last && text.last() == Some(&b'\r') {
        text.pop();
        s.pending_cr = true;
    }
    translate(text, s.translates, &mut s.seen);
}
