//! Format strings of `struct`: parsing, and one value to and from bytes.
use super::ERROR;
use vm_runtime::prelude::*;
use vm_runtime::types::bytes::Bytes;
use vm_runtime::types::int::IntRef;

/// A run of like items.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// The format character.
    pub code: u8,
    /// Where the run begins.
    pub offset: usize,
    /// Bytes of one item; the whole length for `s` and `p`.
    pub size: usize,
    /// Number of items.
    pub repeat: usize,
}

/// A parsed format.
#[derive(Debug)]
pub struct Layout {
    /// The runs, in order.
    pub items: Vec<Item>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub count: usize,
    /// Byte order.
    pub little: bool,
}

/// Size and alignment.
const fn measures(code: u8, native: bool) -> Option<(usize, usize)> {
    let size = match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                size_of::<libc::c_long>()
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => size_of::<usize>(),
        b'F' => return Some((8, if native { 4 } else { 1 })),
        b'D' => return Some((16, if native { 8 } else { 1 })),
        _ => return None,
    };
    Some((size, if native { size } else { 1 }))
}

impl Layout {
    /// Parses a format string.
    ///
    /// # Errors
    /// `struct.error`.
    pub fn parse(th: &Thread, format: &[u8]) -> PyResult<Layout> {
        let too_long = || ERROR.raise(th, "total struct size too long");
        let (native, little, body) = match format.split_first() {
            Some((b'<', rest)) => (false, true, rest),
            Some((b'>' | b'!', rest)) => (false, false, rest),
            Some((b'=', rest)) => (false, cfg!(target_endian = "little"), rest),
            Some((b'@', rest)) => (true, cfg!(target_endian = "little"), rest),
            _ => (true, cfg!(target_endian = "little"), format),
        };
        let mut out = Layout { items: Vec::new(), size: 0, count: 0, little };
        let mut bytes = body.iter().copied();
        while let Some(mut code) = bytes.next() {
            if vm_runtime::types::float::parse::is_space(code) {
                continue;
            }
            let mut number = 1_usize;
            if code.is_ascii_digit() {
                number = usize::from(code - b'0');
                loop {
                    let Some(next) = bytes.next() else {
                        return Err(ERROR.raise(th, "repeat count given without format specifier"));
                    };
                    if !next.is_ascii_digit() {
                        code = next;
                        break;
                    }
                    number = number
                        .checked_mul(10)
                        .and_then(|n| n.checked_add(usize::from(next - b'0')))
                        .filter(|&n| n <= isize::MAX as usize)
                        .ok_or_else(too_long)?;
                }
            }
            let Some((size, align)) = measures(code, native) else {
                let null = code == 0;
                let text = if null { "embedded null character" } else { "bad char in struct format" };
                return Err(ERROR.raise(th, text));
            };
            let offset = out.size.checked_next_multiple_of(align).ok_or_else(too_long)?;
            let bytes_all = size.checked_mul(number).ok_or_else(too_long)?;
            out.size =
                offset.checked_add(bytes_all).filter(|&n| n <= isize::MAX as usize).ok_or_else(too_long)?;
            match code {
                b'x' => {}
                b's' | b'p' => {
                    out.items.push(Item { code, offset, size: number, repeat: 1 });
                    out.count += 1;
                }
                _ => {
                    out.count = out.count.checked_add(number).ok_or_else(too_long)?;
                    if number != 0 {
                        out.items.push(Item { code, offset, size, repeat: number });
                    }
                }
            }
        }
        Ok(out)
    }

    /// The values in `bytes`, which are at least `size` long.
    ///
    /// # Errors
    /// MemoryError.
    pub fn unpack(&self, th: &Thread, bytes: &[u8]) -> PyResult<Value> {
        let mut values = Vec::new();
        values.try_reserve_exact(self.count).map_err(|_| th.memory_error())?;
        for item in &self.items {
            for i in 0..item.repeat {
                let at = item.offset + i * item.size;
                let raw = bytes.get(at..at + item.size).unwrap_or_default();
                values.push(unpack_value(th, item.code, raw, self.little));
            }
        }
        Ok(th.tuple(values))
    }

    /// Packs values, as many as `count`, into zeroed bytes.
    ///
    /// # Errors
    /// `struct.error`; MemoryError.
    pub fn pack(&self, th: &Thread, values: &[Value]) -> PyResult<Vec<u8>> {
        let mut out: Vec<u8> = Vec::new();
        out.try_reserve_exact(self.size).map_err(|_| th.memory_error())?;
        out.resize(self.size, 0);
        let mut values = values.iter();
        for item in &self.items {
            for i in 0..item.repeat {
                let at = item.offset + i * item.size;
                let (Some(value), Some(place)) = (values.next(), out.get_mut(at..at + item.size)) else {
                    return Err(th.system_error("struct: fewer values than items"));
                };
                pack_value(th, item.code, value, place, self.little)?;
            }
        }
        Ok(out)
    }
}

fn bits_of(raw: &[u8], little: bool) -> u64 {
    let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
    if little { raw.iter().rev().fold(0, add) } else { raw.iter().fold(0, add) }
}

fn store_bits(out: &mut [u8], bits: u64, little: bool) {
    let n = out.len();
    for (i, b) in out.iter_mut().enumerate() {
        let place = if little { i } else { n - 1 - i };
        *b = (bits >> (8 * place)) as u8;
    }
}

/// The float of IEEE half-precision bits.
#[must_use]
pub fn half_to_f64(bits: u16) -> f64 {
    let sign = if bits & 0x8000 != 0 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => {
            return f64::from_bits(
                u64::from(bits & 0x8000) << 48 | 0x7ff0_0000_0000_0000 | u64::from(bits & 0x3ff) << 42,
            );
        }
        e => (1024.0 + fraction) * 2.0_f64.powi(e - 25),
    }
}

/// The IEEE half-precision bits of a float, rounded half to even; None if it overflows.
#[must_use]
pub fn f64_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    if x.is_nan() {
        let fraction = (x.to_bits() >> 42 & 0x3ff) as u16;
        return Some(sign | 0x7c00 | if fraction == 0 { 0x200 } else { fraction });
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let size = x.abs();
    if size < 2.0_f64.powi(-14) {
        // Subnormal: units of 2**-24. Rounding up to 1024 gives the smallest normal number, as it should.
        return Some(sign | (size * 2.0_f64.powi(24)).round_ties_even() as u16);
    }
    let exponent = (size.to_bits() >> 52) as i32 - 1023;
    let units = (size * 2.0_f64.powi(10 - exponent.min(20))).round_ties_even();
    let (units, exponent) = if units >= 2048.0 { (units / 2.0, exponent + 1) } else { (units, exponent) };
    if exponent > 15 {
        return None;
    }
    Some(sign | ((exponent + 15) as u16) << 10 | (units as u16 & 0x3ff))
}

fn float_of(code: u8, raw: &[u8], little: bool) -> f64 {
    let bits = bits_of(raw, little);
    match code {
        b'e' => half_to_f64(bits as u16),
        b'f' => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

fn unpack_value(th: &Thread, code: u8, raw: &[u8], little: bool) -> Value {
    match code {
        b'c' | b's' => th.bytes(raw),
        b'p' => {
            let n = raw.first().map_or(0, |&n| usize::from(n)).min(raw.len().saturating_sub(1));
            th.bytes(raw.get(1..1 + n).unwrap_or_default())
        }
        b'?' => Value::bool(raw.iter().any(|&b| b != 0)),
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let shift = 64 - 8 * raw.len() as u32;
            th.int((bits_of(raw, little) << shift) as i64 >> shift)
        }
        b'e' | b'f' | b'd' => th.float(float_of(code, raw, little)),
        b'F' | b'D' => {
            let (re, im) = raw.split_at(raw.len() / 2);
            let part = if code == b'F' { b'f' } else { b'd' };
            th.complex(float_of(part, re, little), float_of(part, im, little))
        }
        _ => th.uint(bits_of(raw, little)),
    }
}

fn pack_float(th: &Thread, code: u8, x: f64, out: &mut [u8], little: bool) -> PyResult<()> {
    let bits = match code {
        b'e' => match f64_to_half(x) {
            Some(bits) => u64::from(bits),
            None => return Err(th.overflow_error("float too large to pack with e format")),
        },
        b'f' => {
            let single = x as f32;
            if single.is_infinite() && !x.is_infinite() {
                return Err(th.overflow_error("float too large to pack with f format"));
            }
            u64::from(single.to_bits())
        }
        _ => x.to_bits(),
    };
    store_bits(out, bits, little);
    Ok(())
}

fn pack_int(th: &Thread, code: u8, value: &Value, out: &mut [u8], little: bool) -> PyResult<()> {
    let Some(index) = th.index_opt(value)? else {
        return Err(ERROR.raise(th, "required argument is not an integer"));
    };
    let Some(n) = IntRef::of(&index) else { return Ok(()) };
    let width = 8 * out.len() as u32;
    if code == b'P' {
        let bits = n.to_i64().map(|n| n as u64).or_else(|| n.to_u64());
        let Some(bits) = bits else { return Err(ERROR.raise(th, "int too large to convert")) };
        store_bits(out, bits, little);
        return Ok(());
    }
    let name = char::from(code);
    if code.is_ascii_uppercase() {
        let most = u64::MAX >> (64 - width);
        match n.to_u64().filter(|&n| n <= most) {
            Some(bits) => store_bits(out, bits, little),
            None => return Err(ERROR.raise(th, format!("'{name}' format requires 0 <= number <= {most}"))),
        }
        return Ok(());
    }
    let most = i64::MAX >> (64 - width);
    match n.to_i64().filter(|&n| n <= most && n >= -most - 1) {
        Some(n) => store_bits(out, n as u64, little),
        None => {
            let least = -most - 1;
            return Err(ERROR.raise(th, format!("'{name}' format requires {least} <= number <= {most}")));
        }
    }
    Ok(())
}

/// Puts one value into its zeroed place.
fn pack_value(th: &Thread, code: u8, value: &Value, out: &mut [u8], little: bool) -> PyResult<()> {
    match code {
        b'c' => match (value.payload::<Bytes>().map(Bytes::as_slice), out) {
            (Some(&[byte]), [place]) => *place = byte,
            _ => return Err(ERROR.raise(th, "char format requires a bytes object of length 1")),
        },
        b's' | b'p' => {
            let types = th.types();
            if !th.isinstance(value, types.bytes) && !th.isinstance(value, types.bytearray) {
                let name = char::from(code);
                return Err(ERROR.raise(th, format!("argument for '{name}' must be a bytes object")));
            }
            let bytes = th.bytes_like(value)?;
            let room = match (code, out.split_first_mut()) {
                (b'p', Some((length, rest))) => {
                    *length = bytes.len().min(rest.len()).min(255) as u8;
                    rest
                }
                (_, None) => return Ok(()),
                _ => out,
            };
            let n = bytes.len().min(room.len());
            if let (Some(to), Some(from)) = (room.get_mut(..n), bytes.get(..n)) {
                to.copy_from_slice(from);
            }
        }
        b'?' => {
            let truth = th.truth(value)?;
            store_bits(out, u64::from(truth), little);
        }
        b'e' | b'f' | b'd' => {
            let Ok(x) = th.as_f64(value) else {
                th.clear_error();
                return Err(ERROR.raise(th, "required argument is not a float"));
            };
            pack_float(th, code, x, out, little)?;
        }
        b'F' | b'D' => {
            let Ok((re, im)) = th.as_complex(value) else {
                th.clear_error();
                return Err(ERROR.raise(th, "required argument is not a complex"));
            };
            let half = out.len() / 2;
            let (first, second) = out.split_at_mut(half);
            let part = if code == b'F' { b'f' } else { b'd' };
            pack_float(th, part, re, first, little)?;
            pack_float(th, part, im, second, little)?;
        }
        _ => pack_int(th, code, value, out, little)?,
    }
    Ok(())
}
