//! The codes themselves: hexadecimal, base64, uuencode, quoted-printable, and checksums; on bytes alone.

/// A malformed input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

fn malformed<T>(message: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed(message.into()))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn hex_digit(n: u8) -> u8 {
    HEX.get(usize::from(n & 15)).copied().unwrap_or(b'0')
}

fn hex_value(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).map(|d| d as u8)
}

/// Bytes as hexadecimal digits, with a separator between groups of `group` bytes (from the right; from the left if
/// negative; none if 0).
#[must_use]
pub fn hexlify(bytes: &[u8], separator: Option<u8>, group: i64) -> Vec<u8> {
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    let separator = if size == 0 { None } else { separator };
    let mut out = Vec::with_capacity(bytes.len() * 3);
    for (i, &b) in bytes.iter().enumerate() {
        if let Some(separator) = separator
            && i != 0
        {
            let place = if group < 0 { i } else { bytes.len() - i };
            if place.is_multiple_of(size) {
                out.push(separator);
            }
        }
        out.push(hex_digit(b >> 4));
        out.push(hex_digit(b));
    }
    out
}

/// Hexadecimal digits as bytes.
///
/// # Errors
/// Odd length; other characters.
pub fn unhexlify(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    if !text.len().is_multiple_of(2) {
        return malformed("Odd-length string");
    }
    let pair = |pair: &[u8]| match pair {
        [a, b] => Some(hex_value(*a)? << 4 | hex_value(*b)?),
        _ => None,
    };
    match text.chunks(2).map(pair).collect() {
        Some(bytes) => Ok(bytes),
        None => malformed("Non-hexadecimal digit found"),
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_value(b: u8) -> Option<u8> {
    Some(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Bytes as base64.
#[must_use]
pub fn b2a_base64(bytes: &[u8], newline: bool) -> Vec<u8> {
    let digit = |n: u32| BASE64.get((n & 63) as usize).copied().unwrap_or(b'A');
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4 + 1);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let n = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(digit(n >> 18));
        out.push(digit(n >> 12));
        out.push(if chunk.len() > 1 { digit(n >> 6) } else { b'=' });
        out.push(if chunk.len() > 2 { digit(n) } else { b'=' });
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Base64 as bytes; what is no digit is skipped, unless `strict`.
///
/// # Errors
/// Wrong padding; anything out of place, if `strict`.
pub fn a2b_base64(text: &[u8], strict: bool) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut quad = 0;
    let mut left = 0_u8;
    let mut pads = 0;
    for (i, &b) in text.iter().enumerate() {
        if b == b'=' {
            pads += 1;
            if quad >= 2 && quad + pads <= 4 || !strict {
                // RFC 4648, section 3.3, lets decoders ignore padding in the middle, and too much of it.
                continue;
            }
            if quad == 1 {
                break;
            }
            return malformed(if i == 0 {
                "Leading padding not allowed"
            } else {
                "Excess padding not allowed"
            });
        }
        let Some(value) = base64_value(b) else {
            if strict {
                return malformed("Only base64 data is allowed");
            }
            continue;
        };
        if strict && pads != 0 {
            return malformed(if quad + pads == 4 {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            });
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        1 => malformed(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        2 | 3 if quad + pads < 4 => malformed("Incorrect padding"),
        _ => Ok(out),
    }
}

/// One line of uuencoded text as bytes.
///
/// # Errors
/// Characters out of range, garbage at the end.
pub fn a2b_uu(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    let Some((&first, mut rest)) = text.split_first() else { return malformed("Missing length byte") };
    let length = usize::from(first.wrapping_sub(b' ') & 0x3f);
    let mut out = Vec::with_capacity(length);
    let (mut bits, mut have) = (0_u32, 0);
    while out.len() < length {
        let value = match rest.split_first() {
            // Blanks that were cut off at the end of the line.
            None => 0,
            Some((b'\n' | b'\r', after)) => {
                rest = after;
                0
            }
            Some((&b, after)) => {
                rest = after;
                if !(b' '..=b' ' + 64).contains(&b) {
                    return malformed("Illegal char");
                }
                (b - b' ') & 0x3f
            }
        };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    // Some encoders write an extra 0, as a blank or a backtick.
    if rest.iter().any(|b| !matches!(b, b' ' | b'`' | b'\n' | b'\r')) {
        return malformed("Trailing garbage");
    }
    Ok(out)
}

/// At most 45 bytes as a line of uuencoded text.
///
/// # Errors
/// More bytes.
pub fn b2a_uu(bytes: &[u8], backtick: bool) -> Result<Vec<u8>, Malformed> {
    if bytes.len() > 45 {
        return malformed("At most 45 bytes at once");
    }
    let digit = |n: u32| match n & 0x3f {
        0 if backtick => b'`',
        n => n as u8 + b' ',
    };
    let mut out = vec![digit(bytes.len() as u32)];
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let n = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([digit(n >> 18), digit(n >> 12), digit(n >> 6), digit(n)]);
    }
    out.push(b'\n');
    Ok(out)
}

/// Quoted-printable text as bytes.
#[must_use]
pub fn a2b_qp(text: &[u8], header: bool) -> Vec<u8> {
    let at = |i: usize| text.get(i).copied();
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while let Some(b) = at(i) {
        if b == b'=' {
            i += 1;
            match at(i) {
                None => break,
                // A soft line break.
                Some(b'\n' | b'\r') => {
                    while let Some(b) = at(i) {
                        i += 1;
                        if b == b'\n' {
                            break;
                        }
                    }
                }
                // Broken encoders write it so.
                Some(b'=') => {
                    out.push(b'=');
                    i += 1;
                }
                Some(high) => match (hex_value(high), at(i + 1).and_then(hex_value)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        i += 2;
                    }
                    _ => out.push(b'='),
                },
            }
        } else {
            out.push(if header && b == b'_' { b' ' } else { b });
            i += 1;
        }
    }
    out
}

/// Bytes as quoted-printable text.
#[must_use]
pub fn b2a_qp(bytes: &[u8], quote_tabs: bool, is_text: bool, header: bool) -> Vec<u8> {
    const MAX_LINE: usize = 76;
    let at = |i: usize| bytes.get(i).copied();
    // Line ends are written the way the first one is.
    let crlf = bytes.iter().position(|&b| b == b'\n').is_some_and(|i| i > 0 && at(i - 1) == Some(b'\r'));
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len() * 2);
    let mut line = 0;
    let end_line = |out: &mut Vec<u8>| out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    let mut i = 0;
    while let Some(b) = at(i) {
        let next = at(i + 1);
        let last = next.is_none();
        let quoted = b > 126
            || b == b'='
            || header && b == b'_'
            || b == b'.' && line == 0 && (last || matches!(next, Some(b'\n' | b'\r' | 0)))
            || !is_text && matches!(b, b'\r' | b'\n')
            || matches!(b, b'\t' | b' ') && last
            || b < 33 && !matches!(b, b'\r' | b'\n') && (quote_tabs || !matches!(b, b'\t' | b' '));
        if quoted {
            if line + 3 >= MAX_LINE {
                out.push(b'=');
                end_line(&mut out);
                line = 0;
            }
            out.extend([b'=', hex_digit(b >> 4).to_ascii_uppercase(), hex_digit(b).to_ascii_uppercase()]);
            line += 3;
            i += 1;
            continue;
        }
        if is_text && (b == b'\n' || b == b'\r' && next == Some(b'\n')) {
            line = 0;
            // White space at the end of a line is quoted.
            if let Some(&blank @ (b' ' | b'\t')) = out.last() {
                out.pop();
                out.extend([b'=', hex_digit(blank >> 4), hex_digit(blank).to_ascii_uppercase()]);
            }
            end_line(&mut out);
            i += if b == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some_and(|next| next != b'\n') && line + 1 >= MAX_LINE {
            out.push(b'=');
            end_line(&mut out);
            line = 0;
        }
        line += 1;
        out.push(if header && b == b' ' { b'_' } else { b });
        i += 1;
    }
    out
}

const fn crc32_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut n = i as u32;
        let mut k = 0;
        while k < 8 {
            n = if n & 1 != 0 { n >> 1 ^ 0xedb8_8320 } else { n >> 1 };
            k += 1;
        }
        tables[0][i] = n;
        i += 1;
    }
    let mut t = 1;
    while t < 8 {
        let mut i = 0;
        while i < 256 {
            let before = tables[t - 1][i];
            tables[t][i] = before >> 8 ^ tables[0][(before & 255) as usize];
            i += 1;
        }
        t += 1;
    }
    tables
}

static CRC32: [[u32; 256]; 8] = crc32_tables();

/// Continues a CRC-32 (of zlib and zip).
#[must_use]
pub fn crc32(start: u32, bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &CRC32;
    let look = |table: &[u32; 256], n: u32| table[(n & 255) as usize];
    let mut crc = !start;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        if let [a, b, c, d, e, f, g, h] = *chunk {
            let low = crc ^ u32::from_le_bytes([a, b, c, d]);
            let high = u32::from_le_bytes([e, f, g, h]);
            crc = look(t7, low)
                ^ look(t6, low >> 8)
                ^ look(t5, low >> 16)
                ^ look(t4, low >> 24)
                ^ look(t3, high)
                ^ look(t2, high >> 8)
                ^ look(t1, high >> 16)
                ^ look(t0, high >> 24);
        }
    }
    for &b in chunks.remainder() {
        crc = crc >> 8 ^ look(t0, crc ^ u32::from(b));
    }
    !crc
}

/// Continues a CRC-CCITT (of binhex).
#[must_use]
pub fn crc_hqx(start: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(start, |crc, &b| {
        (0..8).fold(
            crc ^ u16::from(b) << 8,
            |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 },
        )
    })
}
