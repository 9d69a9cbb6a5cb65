//! Reading.
use super::MAX_DEPTH;
use num_bigint::{BigInt, Sign};
use std::sync::Arc;
use vm_runtime::code::Code;
use vm_runtime::prelude::*;

/// Where bytes come from.
pub trait Source {
    /// The next `n` bytes.
    fn take(&mut self, th: &Thread, n: usize) -> PyResult<Vec<u8>>;
}

/// Bytes in memory.
pub struct Memory<'a> {
    pub data: &'a [u8],
    pub at: usize,
}

impl Source for Memory<'_> {
    fn take(&mut self, th: &Thread, n: usize) -> PyResult<Vec<u8>> {
        match self.at.checked_add(n).and_then(|end| self.data.get(self.at..end)) {
            Some(bytes) => {
                self.at += n;
                Ok(bytes.to_vec())
            }
            None => Err(th.eof_error("marshal data too short")),
        }
    }
}

/// A binary file object.
pub struct File<'a> {
    pub file: &'a Value,
}

impl Source for File<'_> {
    fn take(&mut self, th: &Thread, n: usize) -> PyResult<Vec<u8>> {
        let mut all: Vec<u8> = Vec::new();
        while all.len() < n {
            let piece = th.call_method(self.file, "read", &[th.usize(n - all.len())])?;
            let Some(bytes) = piece.payload::<Bytes>() else {
                let got = piece.type_name(th);
                return Err(th.type_error(format!("file.read() returned not bytes but {got}")));
            };
            if bytes.as_slice().is_empty() {
                return Err(th.eof_error("EOF read where object expected"));
            }
            all.extend_from_slice(bytes.as_slice());
            if all.len() > n {
                let got = all.len();
                return Err(th.value_error(format!(
                    "read() returned too much data: {n} bytes requested, {got} returned"
                )));
            }
        }
        Ok(all)
    }
}

struct Reader<'a, S> {
    th: &'a Thread,
    source: &'a mut S,
    code: bool,
    refs: Vec<Value>,
    depth: usize,
}

/// Reads one object.
pub fn object<S: Source>(th: &Thread, source: &mut S, code: bool) -> PyResult<Value> {
    let mut reader = Reader { th, source, code, refs: Vec::new(), depth: 0 };
    let value = reader.object()?;
    match value {
        Some(value) => Ok(value),
        None => Err(th.type_error("NULL object in marshal data for object")),
    }
}

impl<S: Source> Reader<'_, S> {
    fn bad(&self, what: &str) -> Raised {
        self.th.value_error(format!("bad marshal data ({what})"))
    }

    fn byte(&mut self) -> PyResult<u8> {
        Ok(self.source.take(self.th, 1)?.first().copied().unwrap_or(0))
    }

    fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let bytes = self.source.take(self.th, N)?;
        <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| self.th.eof_error("marshal data too short"))
    }

    fn long(&mut self) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self, what: &str) -> PyResult<usize> {
        let n = self.long()?;
        usize::try_from(n).map_err(|_| self.bad(what))
    }

    /// An object; None for the end mark of a dictionary.
    fn object(&mut self) -> PyResult<Option<Value>> {
        if self.depth > MAX_DEPTH || !self.th.native_stack_left() {
            return Err(self.th.value_error("recursion limit exceeded"));
        }
        self.depth += 1;
        let value = match self.byte() {
            Ok(mark) => self.marked(mark),
            Err(_) if self.th.error_is(self.th.types().exc.eof_error) => {
                self.th.clear_error();
                Err(self.th.eof_error("EOF read where object expected"))
            }
            Err(raised) => Err(raised),
        };
        self.depth -= 1;
        value
    }

    fn part(&mut self, what: &str) -> PyResult<Value> {
        match self.object()? {
            Some(value) => Ok(value),
            None => Err(self.th.type_error(format!("NULL object in marshal data for {what}"))),
        }
    }

    /// A place among the references for an object that is not complete yet.
    fn reserve(&mut self, flagged: bool) -> Option<usize> {
        flagged.then(|| {
            self.refs.push(Value::UNBOUND);
            self.refs.len() - 1
        })
    }

    fn keep(&mut self, place: Option<usize>, value: &Value) {
        if let Some(slot) = place.and_then(|place| self.refs.get_mut(place)) {
            *slot = value.clone();
        }
    }

    fn marked(&mut self, mark: u8) -> PyResult<Option<Value>> {
        let th = self.th;
        let flagged = mark & 0x80 != 0;
        let simple = |value: Value| Ok(Some(value));
        match mark & 0x7f {
            b'0' => return Ok(None),
            b'N' => return simple(Value::NONE),
            b'T' => return simple(Value::TRUE),
            b'F' => return simple(Value::FALSE),
            b'.' => return simple(Value::ELLIPSIS),
            b'S' => return simple(th.types().exc.stop_iteration.value()),
            b'r' => {
                let n = self.size("invalid reference")?;
                return match self.refs.get(n) {
                    Some(value) if !value.is_unbound() => Ok(Some(value.clone())),
                    _ => Err(self.bad("invalid reference")),
                };
            }
            _ => {}
        }
        let place = self.reserve(flagged);
        let value = match mark & 0x7f {
            b'i' => th.int(i64::from(self.long()?)),
            b'I' => th.int(i64::from_le_bytes(self.array()?)),
            b'l' => self.big()?,
            b'g' => th.float(f64::from_le_bytes(self.array()?)),
            b'f' => self.float_text()?,
            b'y' => {
                let (re, im) = (f64::from_le_bytes(self.array()?), f64::from_le_bytes(self.array()?));
                th.complex(re, im)
            }
            b's' => {
                let n = self.size("bytes object size out of range")?;
                let bytes = self.source.take(th, n)?;
                th.bytes(&bytes)
            }
            kind @ (b'u' | b't' | b'a' | b'A' | b'z' | b'Z') => self.text(kind)?,
            kind @ (b'(' | b')') => {
                let n = if kind == b')' {
                    usize::from(self.byte()?)
                } else {
                    self.size("tuple size out of range")?
                };
                th.tuple(self.items(n, "tuple")?)
            }
            b'[' => {
                let n = self.size("list size out of range")?;
                let list = th.list(Vec::new());
                self.keep(place, &list);
                for _ in 0..n {
                    let item = self.part("list")?;
                    th.call_method(&list, "append", &[item])?;
                }
                list
            }
            b'{' => {
                let dict = th.dict();
                self.keep(place, &dict);
                while let Some(key) = self.object()? {
                    match self.object()? {
                        Some(item) => th.setitem(&dict, &key, &item)?,
                        None => break,
                    }
                }
                dict
            }
            kind @ (b'<' | b'>') => {
                let n = self.size("set size out of range")?;
                let ty = if kind == b'<' { th.types().set } else { th.types().frozenset };
                let items = self.items(n, "set")?;
                th.call(&ty.value(), &[th.list(items)])?
            }
            b':' => {
                let (start, stop, step) = (self.part("slice")?, self.part("slice")?, self.part("slice")?);
                th.call(&th.types().slice.value(), &[start, stop, step])?
            }
            b'c' => self.code()?,
            _ => return Err(self.bad("unknown type code")),
        };
        self.keep(place, &value);
        Ok(Some(value))
    }

    fn items(&mut self, n: usize, what: &str) -> PyResult<Vec<Value>> {
        let mut items = Vec::new();
        for _ in 0..n {
            items.push(self.part(what)?);
        }
        Ok(items)
    }

    fn big(&mut self) -> PyResult<Value> {
        let n = self.long()?;
        if n == i32::MIN {
            return Err(self.bad("long size out of range"));
        }
        let bytes = self.source.take(self.th, n.unsigned_abs() as usize * 2)?;
        let mut number = Vec::with_capacity(bytes.len());
        let (mut pending, mut bits) = (0u64, 0);
        let mut last = 1;
        for pair in bytes.chunks_exact(2) {
            let digit =
                u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]);
            if digit > 0x7fff {
                return Err(self.bad("digit out of range in long"));
            }
            last = digit;
            pending |= u64::from(digit) << bits;
            bits += 15;
            while bits >= 8 {
                number.push(pending as u8);
                pending >>= 8;
                bits -= 8;
            }
        }
        if last == 0 {
            return Err(self.bad("unnormalized long data"));
        }
        number.push(pending as u8);
        let sign = if n < 0 { Sign::Minus } else { Sign::Plus };
        Ok(self.th.int_from(BigInt::from_bytes_le(sign, &number)))
    }

    fn float_text(&mut self) -> PyResult<Value> {
        let n = usize::from(self.byte()?);
        let bytes = self.source.take(self.th, n)?;
        match String::from_utf8(bytes).ok().and_then(|text| text.parse().ok()) {
            Some(x) => Ok(self.th.float(x)),
            None => Err(self.bad("invalid float")),
        }
    }

    fn text(&mut self, kind: u8) -> PyResult<Value> {
        let th = self.th;
        let n = if matches!(kind, b'z' | b'Z') {
            usize::from(self.byte()?)
        } else {
            self.size("string size out of range")?
        };
        let bytes = self.source.take(th, n)?;
        let value = if matches!(kind, b'u' | b't') {
            match rustpython_wtf8::Wtf8::from_bytes(&bytes) {
                Some(text) => th.str_wtf8(text),
                None => {
                    let data = th.bytes(&bytes);
                    th.call_method(&data, "decode", &[th.str("utf-8"), th.str("surrogatepass")])?
                }
            }
        } else {
            th.str(&bytes.iter().map(|&b| char::from(b)).collect::<String>())
        };
        if matches!(kind, b't' | b'A' | b'Z')
            && let Some(text) = value.as_str().and_then(|s| s.to_str())
        {
            return Ok(th.intern(text));
        }
        Ok(value)
    }

    fn code(&mut self) -> PyResult<Value> {
        if !self.code {
            return Err(self.th.value_error("unmarshalling code objects is disallowed"));
        }
        let n = self.size("code size out of range")?;
        let image = self.source.take(self.th, n)?;
        match vm_runtime::vm_compiler::bytecode::image::deserialize(&image) {
            Ok(unit) => Code::thaw(self.th, &Arc::new(unit)),
            Err(_) => Err(self.bad("code object of another version")),
        }
    }
}
