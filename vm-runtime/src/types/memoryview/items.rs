//! Items of memory and Python values: the native single-character formats of module `struct`.
use crate::prelude::*;

/// The format character, if the format is one native character with an optional `@`.
#[must_use]
pub fn native(format: &str) -> Option<u8> {
    match format.as_bytes() {
        [c] | [b'@', c] if size(*c).is_some() => Some(*c),
        _ => None,
    }
}

/// Bytes of an item of a native format.
#[must_use]
pub const fn size(format: u8) -> Option<usize> {
    Some(match format {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => size_of::<std::ffi::c_long>(),
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' => size_of::<usize>(),
        _ => return None,
    })
}

fn unsigned(item: &[u8]) -> u64 {
    let mut word = [0; 8];
    let n = item.len().min(8);
    if cfg!(target_endian = "little") {
        word[..n].copy_from_slice(&item[..n]);
        u64::from_le_bytes(word)
    } else {
        word[8 - n..].copy_from_slice(&item[..n]);
        u64::from_be_bytes(word)
    }
}

fn signed(item: &[u8]) -> i64 {
    let shift = 64 - 8 * item.len().clamp(1, 8) as u32;
    (unsigned(item) << shift) as i64 >> shift
}

fn half_to_f64(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The nearest half-precision number, ties to even; None if it overflows.
fn half_from_f64(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if magnitude < 2f64.powi(-25) {
        return Some(sign);
    }
    let mut exponent = (magnitude.log2().floor() as i32).max(-14);
    if magnitude < 2f64.powi(exponent) && exponent > -14 {
        exponent -= 1;
    }
    let scaled = (magnitude / 2f64.powi(exponent - 10)).round_ties_even() as u32;
    let bits = if exponent == -14 { scaled } else { (((exponent + 15) as u32) << 10) + scaled - 1024 };
    if bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}

/// The value of an item.
///
/// # Errors
/// MemoryError.
pub fn unpack(th: &Thread, format: u8, item: &[u8]) -> PyResult<Value> {
    let array8 = || item.try_into().unwrap_or([0; 8]);
    Ok(match format {
        b'c' => th.try_bytes(item)?,
        b'?' => Value::bool(item.iter().any(|b| *b != 0)),
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => th.int(signed(item)),
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P' => th.int_from(unsigned(item).into()),
        b'e' => th.float(half_to_f64(unsigned(item) as u16)),
        b'f' => th.float(f64::from(f32::from_bits(unsigned(item) as u32))),
        _ => th.float(f64::from_ne_bytes(array8())),
    })
}

/// The bytes of a value as an item.
///
/// # Errors
/// TypeError or ValueError `memoryview: invalid ... for format 'X'`.
pub fn pack(th: &Thread, format: u8, value: &Value) -> PyResult<Vec<u8>> {
    let name = char::from(format);
    let size = size(format).unwrap_or(1);
    let invalid_type = || th.type_error(format!("memoryview: invalid type for format '{name}'"));
    let invalid_value = || th.value_error(format!("memoryview: invalid value for format '{name}'"));
    let native = |word: u64| -> Vec<u8> {
        let word = word.to_le_bytes();
        let mut item = word[..size].to_vec();
        if cfg!(target_endian = "big") {
            item.reverse();
        }
        item
    };
    match format {
        b'c' => match value.payload::<Bytes>() {
            None => Err(invalid_type()),
            Some(bytes) if bytes.len() != 1 => Err(invalid_value()),
            Some(bytes) => Ok(bytes.as_slice().to_vec()),
        },
        b'?' => Ok(vec![u8::from(th.truth(value)?)]),
        b'e' | b'f' | b'd' => {
            let x = match th.as_f64(value) {
                Ok(x) => x,
                Err(raised) if !th.error_is(th.types().exc.type_error) => return Err(raised),
                Err(_) => {
                    th.clear_error();
                    return Err(invalid_type());
                }
            };
            match format {
                b'd' => Ok(x.to_ne_bytes().to_vec()),
                b'f' => {
                    let narrow = x as f32;
                    if narrow.is_infinite() && x.is_finite() {
                        return Err(invalid_value());
                    }
                    Ok(narrow.to_ne_bytes().to_vec())
                }
                _ => half_from_f64(x).map(|h| h.to_ne_bytes().to_vec()).ok_or_else(invalid_value),
            }
        }
        _ => {
            if !th.is_index(value) {
                return Err(invalid_type());
            }
            let n = th.index(value)?;
            let n = i128::try_from(th.as_bigint(&n)?).unwrap_or(i128::MAX);
            let bits = 8 * size as u32;
            let (low, high) = match format {
                b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
                    (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
                }
                _ => (0, (1i128 << bits) - 1),
            };
            if n < low || n > high { Err(invalid_value()) } else { Ok(native(n as u64)) }
        }
    }
}
