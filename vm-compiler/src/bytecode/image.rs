//! The binary form of code units: for the bytecode cache and the embedded library.
//!
//! Layout: magic, format version, instruction set fingerprint, payload length, payload hash, payload: all strings, then
//! the unit, which names them by number. Integers in the payload are varints; the words of code stand as they are, and a
//! nested unit is preceded by its length. Nothing is trusted: [`deserialize`] checks lengths against what is left before
//! it allocates, and ends with [`validate`]. [`open`] is for the images that the program itself carries, which were
//! validated when it was built: it leaves nested units [`Frozen`].

use super::frozen::{Frozen, Head, Image};
use super::ops;
use super::unit::{CellVar, CodeUnit, Const, ExceptionEntry, Positions, Summary};
use super::validate::validate;
use num_bigint::BigInt;
use rustpython_wtf8::Wtf8Buf;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

const MAGIC: &[u8; 4] = b"ORO\x0e";
const VERSION: u32 = 4;
const HEADER: usize = 4 + 4 + 8 + 8 + 8;
/// Nesting of constants and code inside an image.
const MAX_DEPTH: u32 = 3000;

/// Why bytes are no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadImage(pub String);

impl std::fmt::Display for BadImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bad code image: {}", self.0)
    }
}

impl std::error::Error for BadImage {}

fn bad<T>(why: &str) -> Result<T, BadImage> {
    Err(BadImage(why.into()))
}

/// A 64-bit hash of bytes (not for secrets: it finds damage, not malice).
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325u64 ^ (bytes.len() as u64);
    let mut chunks = bytes.chunks_exact(8);
    for c in &mut chunks {
        let mut w = [0; 8];
        w.copy_from_slice(c);
        h = (h ^ u64::from_le_bytes(w)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        h ^= h >> 32;
    }
    for &b in chunks.remainder() {
        h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }
    h ^= h >> 29;
    h.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (h >> 32)
}

/// A number that changes with the instruction set and the format.
#[must_use]
pub fn fingerprint() -> u64 {
    static FINGERPRINT: OnceLock<u64> = OnceLock::new();
    *FINGERPRINT.get_or_init(|| {
        let mut text = VERSION.to_string();
        for op in ops::ALL {
            text.push_str(op.name());
            for part in op.operands().iter().chain(op.extensions()) {
                text.push_str(part);
            }
        }
        hash(text.as_bytes())
    })
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// The numbers of the strings written so far.
    strings: HashMap<Vec<u8>, u64>,
    /// The strings in the order of their numbers, each after its length.
    table: Vec<u8>,
}

fn put_int(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push((v as u8 & 0x7f) | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn put_bytes(out: &mut Vec<u8>, b: &[u8]) {
    put_int(out, b.len() as u64);
    out.extend_from_slice(b);
}

impl Writer {
    fn int(&mut self, v: u64) {
        put_int(&mut self.out, v);
    }

    fn bytes(&mut self, b: &[u8]) {
        put_bytes(&mut self.out, b);
    }

    /// A string, by its number.
    fn text(&mut self, b: &[u8]) {
        let number = match self.strings.get(b) {
            Some(&i) => i,
            None => {
                let i = self.strings.len() as u64;
                self.strings.insert(b.to_vec(), i);
                put_bytes(&mut self.table, b);
                i
            }
        };
        self.int(number);
    }

    fn konst(&mut self, c: &Const) {
        match c {
            Const::None => self.out.push(0),
            Const::True => self.out.push(1),
            Const::False => self.out.push(2),
            Const::Ellipsis => self.out.push(3),
            Const::Int(i) => {
                self.out.push(4);
                self.int(((i << 1) ^ (i >> 63)) as u64);
            }
            Const::BigInt(b) => {
                self.out.push(5);
                self.bytes(&b.to_signed_bytes_le());
            }
            Const::Float(f) => {
                self.out.push(6);
                self.out.extend_from_slice(&f.to_bits().to_le_bytes());
            }
            Const::Complex { re, im } => {
                self.out.push(7);
                self.out.extend_from_slice(&re.to_bits().to_le_bytes());
                self.out.extend_from_slice(&im.to_bits().to_le_bytes());
            }
            Const::Str(s) => {
                self.out.push(8);
                self.text(s.as_bytes());
            }
            Const::Bytes(b) => {
                self.out.push(9);
                self.bytes(b);
            }
            Const::Tuple(t) => {
                self.out.push(10);
                self.int(t.len() as u64);
                t.iter().for_each(|c| self.konst(c));
            }
            Const::FrozenSet(t) => {
                self.out.push(11);
                self.int(t.len() as u64);
                t.iter().for_each(|c| self.konst(c));
            }
            Const::Slice(s) => {
                self.out.push(12);
                s.iter().for_each(|c| self.konst(c));
            }
            Const::Code(_) | Const::Frozen(_) => {
                self.out.push(13);
                let before = std::mem::take(&mut self.out);
                if let Some(unit) = c.code() {
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.unit(unit));
                }
                let unit = std::mem::replace(&mut self.out, before);
                self.bytes(&unit);
            }
        }
    }

    fn names<'n>(&mut self, names: impl ExactSizeIterator<Item = &'n String>) {
        self.int(names.len() as u64);
        names.for_each(|n| self.text(n.as_bytes()));
    }

    fn unit(&mut self, u: &CodeUnit) {
        self.text(u.name.as_bytes());
        self.text(u.qualname.as_bytes());
        self.text(u.filename.as_bytes());
        let doc = u.docstring().map(|d| d.as_bytes());
        self.int(doc.is_some().into());
        if let Some(doc) = doc {
            self.text(doc);
        }
        let summary = u.summary();
        for n in [
            u.first_line,
            summary.flags,
            summary.argcount.into(),
            u.posonlyargcount.into(),
            summary.kwonlyargcount.into(),
            summary.nregs.into(),
            summary.ntotal.into(),
            summary.nfree.into(),
            u.nvisible.into(),
            u.first_free_reg.into(),
        ] {
            self.int(n.into());
        }
        self.names(u.varnames.iter());
        self.int(u.cellvars.len() as u64);
        for c in &u.cellvars {
            self.text(c.name.as_bytes());
            self.int(u64::from(c.reg) << 1 | u64::from(c.param));
        }
        self.names(u.freevars.iter());
        self.names(u.names.iter());
        self.int(u.code.len() as u64);
        u.code.iter().for_each(|w| self.out.extend_from_slice(&w.to_le_bytes()));
        self.bytes(&u.positions.0);
        self.int(u.exceptions.len() as u64);
        for e in &u.exceptions {
            for n in [e.start, e.end, e.target, e.depth.into(), e.reg.into()] {
                self.int(n.into());
            }
        }
        self.int(u.consts.len() as u64);
        for c in &u.consts {
            self.konst(c);
        }
    }
}

/// The image of a code unit.
#[must_use]
pub fn serialize(unit: &CodeUnit) -> Vec<u8> {
    let mut w = Writer::default();
    w.unit(unit);
    let mut payload = Vec::new();
    put_int(&mut payload, w.strings.len() as u64);
    payload.extend_from_slice(&w.table);
    payload.extend_from_slice(&w.out);
    let mut out = Vec::with_capacity(payload.len() + HEADER);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&fingerprint().to_le_bytes());
    out.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    out.extend_from_slice(&hash(&payload).to_le_bytes());
    out.extend_from_slice(&payload);
    out
}

/// Where a string lies in an image.
pub(super) type Span = (u32, u32);

pub(super) struct Reader<'a> {
    all: &'a [u8],
    at: usize,
    strings: &'a [Span],
    /// The image whose nested units stay frozen; None to read them all.
    image: Option<&'a Arc<Image>>,
}

pub(super) type Read<T> = Result<T, BadImage>;

impl<'a> Reader<'a> {
    /// A reader of one unit of an image.
    pub(super) fn of(image: &'a Arc<Image>, at: usize) -> Reader<'a> {
        Reader { all: &image.bytes, at, strings: &image.strings, image: Some(image) }
    }

    fn byte(&mut self) -> Read<u8> {
        match self.all.get(self.at) {
            Some(b) => {
                self.at += 1;
                Ok(*b)
            }
            None => bad("truncated"),
        }
    }

    fn left(&self) -> usize {
        self.all.len() - self.at
    }

    fn take(&mut self, n: usize) -> Read<&'a [u8]> {
        match self.all[self.at..].get(..n) {
            Some(a) => {
                self.at += n;
                Ok(a)
            }
            None => bad("truncated"),
        }
    }

    fn int(&mut self) -> Read<u64> {
        let mut v = 0u64;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            v |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Ok(v);
            }
        }
        bad("over-long number")
    }

    fn signed(&mut self) -> Read<i64> {
        let v = self.int()?;
        Ok((v >> 1) as i64 ^ -((v & 1) as i64))
    }

    fn u32(&mut self) -> Read<u32> {
        u32::try_from(self.int()?).or_else(|_| bad("number too large"))
    }

    fn u16(&mut self) -> Read<u16> {
        u16::try_from(self.int()?).or_else(|_| bad("number too large"))
    }

    /// A count of things that take at least `size` bytes each.
    fn count(&mut self, size: usize) -> Read<usize> {
        let n = usize::try_from(self.int()?).unwrap_or(usize::MAX);
        if n.saturating_mul(size) > self.left() { bad("count too large") } else { Ok(n) }
    }

    fn blob(&mut self) -> Read<&'a [u8]> {
        let n = self.count(1)?;
        self.take(n)
    }

    /// The strings that an image begins with.
    fn table(&mut self) -> Read<Vec<Span>> {
        let n = self.count(1)?;
        let mut strings = Vec::with_capacity(n);
        for _ in 0..n {
            let length = self.count(1)?;
            let (Ok(start), Ok(length)) = (u32::try_from(self.at), u32::try_from(length)) else {
                return bad("too large");
            };
            strings.push((start, length));
            self.at += length as usize;
        }
        Ok(strings)
    }

    fn number(&mut self) -> Read<u32> {
        match self.u32()? {
            i if (i as usize) < self.strings.len() => Ok(i),
            _ => bad("no such string"),
        }
    }

    /// The string of a number that `number` read.
    pub(super) fn string(&self, number: u32) -> &'a [u8] {
        let (start, length) = self.strings[number as usize];
        &self.all[start as usize..][..length as usize]
    }

    fn text(&mut self) -> Read<&'a [u8]> {
        let number = self.number()?;
        Ok(self.string(number))
    }

    fn name_of(&self, number: u32) -> Read<String> {
        match std::str::from_utf8(self.string(number)) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) => bad("name is not UTF-8"),
        }
    }

    fn name(&mut self) -> Read<String> {
        let number = self.number()?;
        self.name_of(number)
    }

    fn names(&mut self) -> Read<Vec<String>> {
        let n = self.count(1)?;
        (0..n).map(|_| self.name()).collect()
    }

    fn float(&mut self) -> Read<f64> {
        let mut b = [0; 8];
        b.copy_from_slice(self.take(8)?);
        Ok(f64::from_bits(u64::from_le_bytes(b)))
    }

    fn konsts(&mut self, depth: u32) -> Read<Vec<Const>> {
        let n = self.count(1)?;
        (0..n).map(|_| self.konst(depth)).collect()
    }

    fn konst(&mut self, depth: u32) -> Read<Const> {
        if depth > MAX_DEPTH {
            return bad("nested too deeply");
        }
        Ok(match self.byte()? {
            0 => Const::None,
            1 => Const::True,
            2 => Const::False,
            3 => Const::Ellipsis,
            4 => Const::Int(self.signed()?),
            5 => Const::BigInt(BigInt::from_signed_bytes_le(self.blob()?)),
            6 => Const::Float(self.float()?),
            7 => Const::Complex { re: self.float()?, im: self.float()? },
            8 => match Wtf8Buf::from_bytes(self.text()?.to_vec()) {
                Ok(s) => Const::Str(s),
                Err(_) => return bad("string is not WTF-8"),
            },
            9 => Const::Bytes(self.blob()?.to_vec()),
            10 => Const::Tuple(self.konsts(depth + 1)?),
            11 => Const::FrozenSet(self.konsts(depth + 1)?),
            12 => {
                let mut part = || self.konst(depth + 1);
                Const::Slice(Box::new([part()?, part()?, part()?]))
            }
            13 => {
                let length = self.count(1)?;
                let end = self.at + length;
                let code = match self.image {
                    Some(image) => {
                        let at = self.at;
                        let code = Const::Frozen(Arc::new(Frozen::new(image.clone(), at, self.head()?)));
                        self.at = end;
                        code
                    }
                    None => Const::Code(Arc::new(stacker::maybe_grow(64 << 10, 1 << 20, || {
                        self.unit(depth + 1)
                    })?)),
                };
                if self.at != end {
                    return bad("a unit is not as long as it says");
                }
                code
            }
            _ => return bad("unknown constant"),
        })
    }

    fn head(&mut self) -> Read<Head> {
        let (name, qualname, filename) = (self.number()?, self.number()?, self.number()?);
        let doc = match self.int()? {
            0 => None,
            _ => Some(self.number()?),
        };
        let (first_line, flags) = (self.u32()?, self.u32()?);
        let (argcount, posonlyargcount, kwonlyargcount) = (self.u16()?, self.u16()?, self.u16()?);
        let (nregs, ntotal, nfree) = (self.u16()?, self.u16()?, self.u16()?);
        let summary = Summary { flags, argcount, kwonlyargcount, nregs, ntotal, nfree };
        Ok(Head { name, qualname, filename, doc, first_line, posonlyargcount, summary })
    }

    pub(super) fn unit(&mut self, depth: u32) -> Read<CodeUnit> {
        let head = self.head()?;
        let Head { first_line, posonlyargcount, summary, .. } = head;
        let Summary { flags, argcount, kwonlyargcount, nregs, .. } = summary;
        let (name, qualname, filename) =
            (self.name_of(head.name)?, self.name_of(head.qualname)?, self.name_of(head.filename)?);
        let (nvisible, first_free_reg) = (self.u16()?, self.u16()?);
        let varnames = self.names()?;
        let n = self.count(2)?;
        let mut cellvars = Vec::with_capacity(n);
        for _ in 0..n {
            let name = self.name()?;
            let v = self.int()?;
            let Ok(reg) = u16::try_from(v >> 1) else { return bad("register too large") };
            cellvars.push(CellVar { name, reg, param: v & 1 != 0 });
        }
        let (freevars, names) = (self.names()?, self.names()?);
        let words = self.count(8)?;
        let mut code = Vec::with_capacity(words);
        let (words, _) = self.take(words * 8)?.as_chunks();
        code.extend(words.iter().map(|w| u64::from_le_bytes(*w)));
        let positions = Positions(self.blob()?.to_vec());
        let n = self.count(5)?;
        let mut exceptions = Vec::with_capacity(n);
        for _ in 0..n {
            exceptions.push(ExceptionEntry {
                start: self.u32()?,
                end: self.u32()?,
                target: self.u32()?,
                depth: self.u16()?,
                reg: self.u16()?,
            });
        }
        let consts = self.konsts(depth)?;
        let Ok(nlocals) = u16::try_from(varnames.len()) else { return bad("too many locals") };
        let unit = CodeUnit {
            name,
            qualname,
            filename,
            first_line,
            flags,
            argcount,
            posonlyargcount,
            kwonlyargcount,
            varnames,
            nvisible,
            cellvars,
            freevars,
            first_free_reg,
            nlocals,
            nregs,
            consts,
            names,
            code,
            positions,
            exceptions,
        };
        if unit.summary() != summary || unit.docstring().is_some() != head.doc.is_some() {
            return bad("a unit does not agree with its head");
        }
        Ok(unit)
    }
}

/// The payload of an image.
fn payload(bytes: &[u8]) -> Read<&[u8]> {
    let Some((header, payload)) = bytes.split_at_checked(HEADER) else { return bad("truncated") };
    let mut h = Reader { all: header, at: 0, strings: &[], image: None };
    let number = |h: &mut Reader<'_>, n: usize| -> Read<u64> {
        Ok(h.take(n)?.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)))
    };
    if h.take(4)? != MAGIC {
        return bad("not an image");
    }
    if number(&mut h, 4)? != u64::from(VERSION) || number(&mut h, 8)? != fingerprint() {
        return bad("another version");
    }
    if number(&mut h, 8)? != payload.len() as u64 || number(&mut h, 8)? != hash(payload) {
        return bad("damaged");
    }
    Ok(payload)
}

/// Reads an image back and validates the code.
///
/// # Errors
/// For anything but an image that this very version wrote.
pub fn deserialize(bytes: &[u8]) -> Result<CodeUnit, BadImage> {
    let payload = payload(bytes)?;
    let mut r = Reader { all: payload, at: 0, strings: &[], image: None };
    let strings = r.table()?;
    let mut r = Reader { strings: &strings, ..r };
    let unit = r.unit(0)?;
    if r.left() != 0 {
        return bad("trailing bytes");
    }
    validate(&unit).map_err(|e| BadImage(e.to_string()))?;
    Ok(unit)
}

/// Reads the outermost unit of an image and leaves the nested ones [`Frozen`]. The code is not validated: this is for
/// images that were validated when the program that carries them was built.
///
/// # Errors
/// For anything but an image that this very version wrote, undamaged.
pub fn open(bytes: Cow<'static, [u8]>) -> Result<CodeUnit, BadImage> {
    payload(&bytes)?;
    let mut r = Reader { all: &bytes, at: HEADER, strings: &[], image: None };
    let strings = r.table()?;
    let at = r.at;
    let image = Arc::new(Image { bytes, strings });
    let mut r = Reader::of(&image, at);
    let unit = r.unit(0)?;
    if r.left() != 0 {
        return bad("trailing bytes");
    }
    Ok(unit)
}
