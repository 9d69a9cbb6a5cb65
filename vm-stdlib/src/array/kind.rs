//! Type codes of arrays: their sizes, and one item to and from bytes.
use vm_runtime::prelude::*;
use vm_runtime::types::int::IntRef;

/// A type code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub u8);

/// All type codes, in the order of `array.typecodes`.
pub const CODES: &str = "bBuwhHiIlLqQfd";

impl Kind {
    /// The kind of a type code.
    #[must_use]
    pub fn of(code: char) -> Option<Kind> {
        CODES.contains(code).then_some(Kind(code as u8))
    }

    /// Bytes of an item.
    #[must_use]
    pub const fn size(self) -> usize {
        match self.0 {
            b'b' | b'B' => 1,
            b'h' | b'H' => 2,
            b'l' | b'L' => size_of::<libc::c_long>(),
            b'q' | b'Q' | b'd' => 8,
            _ => 4,
        }
    }

    /// Whether items are characters.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }

    /// The format character in buffers.
    #[must_use]
    pub const fn buffer_format(self) -> &'static str {
        match self.0 {
            b'b' => "b",
            b'B' => "B",
            b'u' => "u",
            b'w' => "w",
            b'h' => "h",
            b'H' => "H",
            b'i' => "i",
            b'I' => "I",
            b'l' => "l",
            b'L' => "L",
            b'q' => "q",
            b'Q' => "Q",
            b'f' => "f",
            _ => "d",
        }
    }

    /// The code of the machine format of items, for pickling (`MachineFormat` of CPython).
    #[must_use]
    pub const fn machine_format(self) -> i64 {
        let big = cfg!(target_endian = "big") as i64;
        match (self.0, self.size()) {
            (b'b', _) => 1,
            (b'B', _) => 0,
            (b'u' | b'w', _) => 20 + big,
            (b'f', _) => 14 + big,
            (b'd', _) => 16 + big,
            (code, size) => {
                let first = match size {
                    2 => 2,
                    4 => 6,
                    _ => 10,
                };
                first + if code.is_ascii_uppercase() { 0 } else { 2 } + big
            }
        }
    }

    /// An item as a value.
    pub fn get(self, th: &Thread, raw: &[u8]) -> Value {
        let mut wide = [0_u8; 8];
        for (to, from) in wide.iter_mut().zip(raw) {
            *to = *from;
        }
        let bits = u64::from_le_bytes(if cfg!(target_endian = "big") {
            let mut turned = [0_u8; 8];
            for (to, from) in turned.iter_mut().zip(raw.iter().rev()) {
                *to = *from;
            }
            turned
        } else {
            wide
        });
        match self.0 {
            b'u' | b'w' => match rustpython_wtf8::CodePoint::from_u32(bits as u32) {
                Some(c) => {
                    let mut text = rustpython_wtf8::Wtf8Buf::new();
                    text.push(c);
                    th.str_wtf8(&text)
                }
                None => th.str("\u{fffd}"),
            },
            b'f' => th.float(f64::from(f32::from_bits(bits as u32))),
            b'd' => th.float(f64::from_bits(bits)),
            b'B' | b'H' | b'I' | b'L' | b'Q' => th.uint(bits),
            _ => {
                let shift = 64 - 8 * self.size() as u32;
                th.int((bits << shift) as i64 >> shift)
            }
        }
    }

    /// A value as the bytes of an item; only the first `size` count.
    ///
    /// # Errors
    /// TypeError and OverflowError, as CPython's argument converters.
    pub fn put(self, th: &Thread, v: &Value) -> PyResult<[u8; 8]> {
        Ok(match self.0 {
            b'b' => (self.signed(th, v, "signed char")? as i8).to_ne_bytes().padded(),
            b'B' => (self.unsigned_short(th, v, "unsigned byte integer")? as u8).to_ne_bytes().padded(),
            b'h' => (self.signed(th, v, "signed short integer")? as i16).to_ne_bytes().padded(),
            b'H' => (self.unsigned_short(th, v, "unsigned short")? as u16).to_ne_bytes().padded(),
            b'i' => (self.signed(th, v, "signed integer")? as i32).to_ne_bytes().padded(),
            b'I' => (self.unsigned(th, v)? as u32).to_ne_bytes().padded(),
            b'l' => th.as_c_long(v)?.to_ne_bytes(),
            b'L' => self.unsigned(th, v)?.to_ne_bytes(),
            b'q' => {
                let index = th.index(v)?;
                let n = IntRef::of(&index).and_then(IntRef::to_i64);
                n.ok_or_else(|| th.overflow_error("int too big to convert"))?.to_ne_bytes()
            }
            b'Q' => {
                let index = th.index(v)?;
                match IntRef::of(&index) {
                    Some(n) if n.is_negative() => {
                        return Err(th.overflow_error("can't convert negative int to unsigned"));
                    }
                    Some(n) => {
                        n.to_u64().ok_or_else(|| th.overflow_error("int too big to convert"))?.to_ne_bytes()
                    }
                    None => [0; 8],
                }
            }
            b'f' => (th.as_f64(v)? as f32).to_ne_bytes().padded(),
            b'd' => th.as_f64(v)?.to_ne_bytes(),
            _ => {
                let Some(text) = v.as_str() else {
                    return Err(th.type_error(format!(
                        "array item must be a unicode character, not {}",
                        v.type_of(th).full_name()
                    )));
                };
                let mut points = text.as_wtf8().code_points();
                match (points.next(), points.next()) {
                    (Some(c), None) => c.to_u32().to_ne_bytes().padded(),
                    _ => {
                        return Err(th.type_error(format!(
                            "array item must be a unicode character, not a string of length {}",
                            text.char_len()
                        )));
                    }
                }
            }
        })
    }

    fn signed(self, th: &Thread, v: &Value, name: &str) -> PyResult<i64> {
        let n = th.as_c_long(v)?;
        let most = i64::MAX >> (64 - 8 * self.size() as u32);
        if n > most {
            return Err(th.overflow_error(format!("{name} is greater than maximum")));
        }
        if n < -most - 1 {
            return Err(th.overflow_error(format!("{name} is less than minimum")));
        }
        Ok(n)
    }

    fn unsigned_short(self, th: &Thread, v: &Value, name: &str) -> PyResult<i64> {
        let n = th.as_c_long(v)?;
        let most = i64::from(u32::MAX) >> (32 - 8 * self.size() as u32);
        if n > most {
            return Err(th.overflow_error(format!("{name} is greater than maximum")));
        }
        if n < 0 {
            return Err(th.overflow_error(format!("{name} is less than minimum")));
        }
        Ok(n)
    }

    fn unsigned(self, th: &Thread, v: &Value) -> PyResult<u64> {
        let index = th.index(v)?;
        let Some(n) = IntRef::of(&index) else { return Ok(0) };
        if n.is_negative() {
            return Err(th.overflow_error("can't convert negative value to unsigned int"));
        }
        let Some(n) = n.to_u64() else {
            return Err(th.overflow_error("Python int too large to convert to C unsigned long"));
        };
        if self.size() == 4 && n > u64::from(u32::MAX) {
            return Err(th.overflow_error("unsigned int is greater than maximum"));
        }
        Ok(n)
    }
}

trait Padded {
    fn padded(self) -> [u8; 8];
}

impl<const N: usize> Padded for [u8; N] {
    fn padded(self) -> [u8; 8] {
        let mut out = [0; 8];
        for (to, from) in out.iter_mut().zip(self) {
            *to = from;
        }
        out
    }
}
