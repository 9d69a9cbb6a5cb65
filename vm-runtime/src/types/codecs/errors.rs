//! Error handlers: the built-in ones natively, others by name from the registry.
use super::registry;
use crate::prelude::*;
use crate::types::str::index;
use crate::types::str::unicode;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

/// A built-in error handler, or one to be looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
    Custom,
}

/// The handlers' names.
pub const BUILTIN: [(&str, Kind); 8] = [
    ("strict", Kind::Strict),
    ("ignore", Kind::Ignore),
    ("replace", Kind::Replace),
    ("backslashreplace", Kind::BackslashReplace),
    ("xmlcharrefreplace", Kind::XmlCharRefReplace),
    ("namereplace", Kind::NameReplace),
    ("surrogateescape", Kind::SurrogateEscape),
    ("surrogatepass", Kind::SurrogatePass),
];

/// What to do about errors.
pub struct Errors {
    pub(super) kind: Kind,
    name: String,
    handler: Option<Value>,
}

impl Errors {
    /// The handler of this name; None: `strict`.
    #[must_use]
    pub fn new(name: Option<&str>) -> Errors {
        let name = name.unwrap_or("strict");
        let kind = BUILTIN.iter().find(|(n, _)| *n == name).map_or(Kind::Custom, |(_, kind)| *kind);
        Errors { kind, name: name.to_owned(), handler: None }
    }

    fn call(&mut self, th: &Thread, exc: &Value) -> PyResult<Value> {
        let handler = match &self.handler {
            Some(handler) => handler.clone(),
            None => registry::lookup_error(th, &self.name)?,
        };
        self.handler = Some(handler.clone());
        th.call(&handler, std::slice::from_ref(exc))
    }
}

/// How encoded surrogates look in an encoding that could have them.
#[derive(Clone, Copy)]
pub(super) enum Width {
    Utf8,
    Two { big: bool },
    Four { big: bool },
}

/// The encoding's width, for `surrogatepass`.
pub(super) fn width_of(encoding: &str) -> Option<Width> {
    let name: String =
        encoding.chars().filter(|c| *c != '-' && *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    Some(match name.as_str() {
        "utf8" | "cputf8" => Width::Utf8,
        "utf16" | "utf16le" => Width::Two { big: name == "utf16" && cfg!(target_endian = "big") },
        "utf16be" => Width::Two { big: true },
        "utf32" | "utf32le" => Width::Four { big: name == "utf32" && cfg!(target_endian = "big") },
        "utf32be" => Width::Four { big: true },
        _ => return None,
    })
}

impl Width {
    pub(super) fn encode(self, c: u32, out: &mut Vec<u8>) {
        match self {
            Width::Utf8 => {
                out.extend_from_slice(&[
                    0xe0 | (c >> 12) as u8,
                    0x80 | (c >> 6) as u8 & 0x3f,
                    0x80 | c as u8 & 0x3f,
                ]);
            }
            Width::Two { big: false } => out.extend_from_slice(&(c as u16).to_le_bytes()),
            Width::Two { big: true } => out.extend_from_slice(&(c as u16).to_be_bytes()),
            Width::Four { big: false } => out.extend_from_slice(&c.to_le_bytes()),
            Width::Four { big: true } => out.extend_from_slice(&c.to_be_bytes()),
        }
    }

    /// The surrogate at the start of the input, and its bytes.
    pub(super) fn decode(self, input: &[u8]) -> Option<(u32, usize)> {
        let (c, n) = match (self, input) {
            (Width::Utf8, [a, b, c, ..]) if *a == 0xed && b & 0xc0 == 0x80 && c & 0xc0 == 0x80 => {
                (0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f), 3)
            }
            (Width::Two { big: false }, [a, b, ..]) => (u32::from(u16::from_le_bytes([*a, *b])), 2),
            (Width::Two { big: true }, [a, b, ..]) => (u32::from(u16::from_be_bytes([*a, *b])), 2),
            (Width::Four { big: false }, [a, b, c, d, ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), 4),
            (Width::Four { big: true }, [a, b, c, d, ..]) => (u32::from_be_bytes([*a, *b, *c, *d]), 4),
            _ => return None,
        };
        (0xd800..0xe000).contains(&c).then_some((c, n))
    }
}

pub(super) fn push_point(out: &mut Wtf8Buf, c: u32) {
    if let Some(c) = CodePoint::from_u32(c) {
        out.push(c);
    }
}

/// A decoding in progress: input, output, and what to do about errors.
pub struct Decoder<'t> {
    pub(super) th: &'t Thread,
    pub(super) encoding: &'t str,
    errors: Errors,
    pub(super) input: Vec<u8>,
    pub(super) out: Wtf8Buf,
}

impl<'t> Decoder<'t> {
    /// Starts a decoding.
    ///
    /// # Errors
    /// MemoryError.
    pub fn new(
        th: &'t Thread,
        encoding: &'t str,
        errors: Option<&str>,
        input: &[u8],
    ) -> PyResult<Decoder<'t>> {
        let mut out = Wtf8Buf::new();
        out.try_reserve(input.len()).map_err(|_| th.memory_error())?;
        Ok(Decoder { th, encoding, errors: Errors::new(errors), input: input.to_vec(), out })
    }

    fn raise(&self, start: usize, end: usize, reason: &str) -> Raised {
        let object = self.th.bytes(&self.input);
        self.th.unicode_decode_error(self.encoding, object, start, end, reason)
    }

    /// Handles an error; where to go on.
    ///
    /// # Errors
    /// UnicodeDecodeError, or what a handler raises.
    pub fn fail(&mut self, start: usize, end: usize, reason: &str) -> PyResult<usize> {
        match self.errors.kind {
            Kind::Strict => return Err(self.raise(start, end, reason)),
            Kind::Ignore => {}
            Kind::Replace => self.out.push_char('\u{fffd}'),
            Kind::BackslashReplace => {
                for byte in &self.input[start..end] {
                    self.out.push_str(&format!("\\x{byte:02x}"));
                }
            }
            Kind::SurrogateEscape => {
                let bad = self.input[start..end].iter().take(4).take_while(|b| **b >= 0x80).count();
                if bad == 0 {
                    return Err(self.raise(start, end, reason));
                }
                for byte in &self.input[start..start + bad] {
                    push_point(&mut self.out, 0xdc00 + u32::from(*byte));
                }
                return Ok(start + bad);
            }
            Kind::SurrogatePass => {
                let found = width_of(self.encoding).and_then(|w| w.decode(&self.input[start..]));
                let Some((c, n)) = found else { return Err(self.raise(start, end, reason)) };
                push_point(&mut self.out, c);
                return Ok(start + n);
            }
            Kind::XmlCharRefReplace | Kind::NameReplace | Kind::Custom => {
                return self.call(start, end, reason);
            }
        }
        Ok(end)
    }

    fn call(&mut self, start: usize, end: usize, reason: &str) -> PyResult<usize> {
        let th = self.th;
        // Looked up before the exception is made, so that an unknown name is what is reported.
        if self.errors.handler.is_none() {
            self.errors.handler = Some(registry::lookup_error(th, &self.errors.name)?);
        }
        let _ = self.raise(start, end, reason);
        let exc = th.take_error();
        let result = self.errors.call(th, &exc)?;
        let wrong = || th.type_error("decoding error handler must return (str, int) tuple");
        let Some([text, at]) = result.payload::<Tuple>().map(Tuple::as_slice) else { return Err(wrong()) };
        let Some(text) = text.as_str() else { return Err(wrong()) };
        if !th.isinstance(at, th.types().int) {
            return Err(wrong());
        }
        let object = th.getattr_str(&exc, "object")?;
        let Some(object) = object.payload::<Bytes>() else {
            return Err(th.type_error("object attribute must be bytes"));
        };
        if object.as_slice() != self.input.as_slice() {
            self.input = object.as_slice().to_vec();
        }
        let at = position(th, at, self.input.len())?;
        self.out.push_wtf8(text);
        Ok(at)
    }
}

/// The position that a handler returned, checked.
fn position(th: &Thread, at: &Value, len: usize) -> PyResult<usize> {
    let given = th.index_i64(at)?;
    let wrapped = if given < 0 { given + len as i64 } else { given };
    match usize::try_from(wrapped) {
        Ok(at) if at <= len => Ok(at),
        _ => Err(th.index_error(format!("position {given} from error handler out of bounds"))),
    }
}

/// How an encoding writes characters.
pub trait Encoding {
    /// Its name in errors.
    fn name(&self) -> &str;
    /// Appends a character; false if the encoding has none.
    ///
    /// # Errors
    /// What a mapping raises.
    fn emit(&mut self, th: &Thread, c: u32, out: &mut Vec<u8>) -> PyResult<bool>;
    /// The reason in errors.
    fn reason(&self) -> &str;
    /// Whether neighbours that cannot be encoded make one error.
    fn joins_errors(&self) -> bool {
        true
    }
    /// Whether a handler's replacement must be ASCII.
    fn wants_ascii(&self) -> bool {
        false
    }
    /// Bytes that a handler's replacement must be a multiple of.
    fn unit(&self) -> usize {
        1
    }
}

/// Encodes a string.
///
/// # Errors
/// UnicodeEncodeError, what a handler raises, MemoryError.
pub fn encode_with(
    th: &Thread,
    object: &Value,
    errors: Option<&str>,
    encoding: &mut impl Encoding,
) -> PyResult<Vec<u8>> {
    let text = th.expect_str(object, "encode() argument")?;
    let mut errors = Errors::new(errors);
    let mut out = Vec::new();
    out.try_reserve(text.byte_len()).map_err(|_| th.memory_error())?;
    let (mut pos, mut at) = (0, 0);
    while let Some(c) = text.as_bytes().get(at..).and_then(index::decode) {
        if encoding.emit(th, c.to_u32(), &mut out)? {
            pos += 1;
            at += c.len_wtf8();
            continue;
        }
        let mut run = vec![c.to_u32()];
        let mut after = at + c.len_wtf8();
        while encoding.joins_errors()
            && let Some(c) = text.as_bytes().get(after..).and_then(index::decode)
        {
            let keep = out.len();
            if encoding.emit(th, c.to_u32(), &mut out)? {
                out.truncate(keep);
                break;
            }
            run.push(c.to_u32());
            after += c.len_wtf8();
        }
        let mut failing = Failing { th, object, errors: &mut errors, pos, run: &run, len: text.char_len() };
        let next = failing.handle(encoding, &mut out)?;
        at = if next == pos + run.len() { after } else { text.byte_of(next) };
        pos = next;
    }
    Ok(out)
}

struct Failing<'a> {
    th: &'a Thread,
    object: &'a Value,
    errors: &'a mut Errors,
    pos: usize,
    run: &'a [u32],
    len: usize,
}

impl Failing<'_> {
    fn raise(&self, encoding: &impl Encoding, from: usize) -> Raised {
        let (start, end) = (self.pos + from, self.pos + self.run.len());
        self.th.unicode_encode_error(encoding.name(), self.object.clone(), start, end, encoding.reason())
    }

    fn emit_all(
        &self,
        encoding: &mut impl Encoding,
        text: impl IntoIterator<Item = u32>,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        for c in text {
            if encoding.wants_ascii() && c > 0x7f || !encoding.emit(self.th, c, out)? {
                return Err(self.raise(encoding, 0));
            }
        }
        Ok(())
    }

    fn handle(&mut self, encoding: &mut impl Encoding, out: &mut Vec<u8>) -> PyResult<usize> {
        let end = self.pos + self.run.len();
        match self.errors.kind {
            Kind::Strict => return Err(self.raise(encoding, 0)),
            Kind::Ignore => {}
            Kind::Replace => {
                for _ in self.run {
                    self.emit_all(encoding, [u32::from('?')], out)?;
                }
            }
            Kind::BackslashReplace | Kind::XmlCharRefReplace | Kind::NameReplace => {
                let mut text = Wtf8Buf::new();
                for c in self.run {
                    push_replacement(&mut text, *c, self.errors.kind);
                }
                self.emit_all(encoding, text.code_points().map(CodePoint::to_u32), out)?;
            }
            Kind::SurrogateEscape => {
                for (i, c) in self.run.iter().enumerate() {
                    if !(0xdc80..0xdd00).contains(c) || encoding.unit() != 1 {
                        return Err(self.raise(encoding, i));
                    }
                    out.push(*c as u8);
                }
            }
            Kind::SurrogatePass => {
                for (i, c) in self.run.iter().enumerate() {
                    match width_of(encoding.name()) {
                        Some(width) if (0xd800..0xe000).contains(c) => width.encode(*c, out),
                        _ => return Err(self.raise(encoding, i)),
                    }
                }
            }
            Kind::Custom => return self.call(encoding, out),
        }
        Ok(end)
    }

    fn call(&mut self, encoding: &mut impl Encoding, out: &mut Vec<u8>) -> PyResult<usize> {
        let th = self.th;
        if self.errors.handler.is_none() {
            self.errors.handler = Some(registry::lookup_error(th, &self.errors.name)?);
        }
        let _ = self.raise(encoding, 0);
        let exc = th.take_error();
        let result = self.errors.call(th, &exc)?;
        let wrong = || th.type_error("encoding error handler must return (str/bytes, int) tuple");
        let Some([replacement, at]) = result.payload::<Tuple>().map(Tuple::as_slice) else {
            return Err(wrong());
        };
        if !th.isinstance(at, th.types().int) {
            return Err(wrong());
        }
        if let Some(bytes) = replacement.payload::<Bytes>() {
            let at = position(th, at, self.len)?;
            if !bytes.len().is_multiple_of(encoding.unit()) {
                return Err(self.raise(encoding, 0));
            }
            out.extend_from_slice(bytes.as_slice());
            return Ok(at);
        }
        let Some(text) = replacement.as_str() else { return Err(wrong()) };
        let at = position(th, at, self.len)?;
        self.emit_all(encoding, text.code_points().map(CodePoint::to_u32), out)?;
        Ok(at)
    }
}

/// Appends what a replacing handler puts for a character.
pub(super) fn push_replacement(text: &mut Wtf8Buf, c: u32, kind: Kind) {
    match kind {
        Kind::XmlCharRefReplace => text.push_str(&format!("&#{c};")),
        Kind::NameReplace => match unicode::name(c, true) {
            Some(name) => text.push_str(&format!("\\N{{{name}}}")),
            None => push_replacement(text, c, Kind::BackslashReplace),
        },
        _ => match c {
            0..=0xff => text.push_str(&format!("\\x{c:02x}")),
            0x100..=0xffff => text.push_str(&format!("\\u{c:04x}")),
            _ => text.push_str(&format!("\\U{c:08x}")),
        },
    }
}
