//! Decimal and hexadecimal text to floats.
//!
//! The input is ASCII by now: `types::int::text::to_ascii` has mapped Unicode digits and spaces.

/// The text without its underscores; None if one does not stand between two digits.
#[must_use]
pub fn strip_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut previous = 0_u8;
    for &byte in text {
        if byte == b'_' {
            if !previous.is_ascii_digit() {
                return None;
            }
        } else {
            if previous == b'_' && !byte.is_ascii_digit() {
                return None;
            }
            out.push(byte);
        }
        previous = byte;
    }
    (previous != b'_').then_some(out)
}

/// ASCII white space as `Py_ISSPACE` sees it.
#[must_use]
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The text without leading and trailing white space.
#[must_use]
pub fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&b| !is_space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|&b| !is_space(b)).map_or(start, |i| i + 1);
    text.get(start..end).unwrap_or_default()
}

/// The longest prefix that is a float, and its length: `[sign] (digits [. digits] [e [sign] digits] | inf | infinity | nan)`.
#[must_use]
pub fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let digits_from = |mut i: usize| {
        while at(i).is_ascii_digit() {
            i += 1;
        }
        i
    };
    let start = usize::from(matches!(at(0), b'+' | b'-'));
    let rest = text.get(start..).unwrap_or_default();
    let named = |name: &[u8]| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let sign = if at(0) == b'-' { -1.0 } else { 1.0 };
    if named(b"infinity") {
        return Some((f64::INFINITY * sign, start + 8));
    }
    if named(b"inf") {
        return Some((f64::INFINITY * sign, start + 3));
    }
    if named(b"nan") {
        return Some((f64::NAN.copysign(sign), start + 3));
    }
    let whole_end = digits_from(start);
    let mut end = whole_end;
    let mut count = whole_end - start;
    if at(end) == b'.' {
        let fraction_end = digits_from(end + 1);
        count += fraction_end - end - 1;
        end = fraction_end;
    }
    if count == 0 {
        return None;
    }
    if matches!(at(end), b'e' | b'E') {
        let first = end + 1 + usize::from(matches!(at(end + 1), b'+' | b'-'));
        let exponent_end = digits_from(first);
        if exponent_end > first {
            end = exponent_end;
        }
    }
    let number = std::str::from_utf8(text.get(start..end)?).ok()?;
    Some((number.parse::<f64>().ok()? * sign, end))
}

/// `float(text)`: surrounding white space and underscores between digits are allowed.
#[must_use]
pub fn parse(text: &[u8]) -> Option<f64> {
    let trimmed = trim(text);
    let stripped;
    let digits = if trimmed.contains(&b'_') {
        stripped = strip_underscores(trimmed)?;
        &stripped
    } else {
        trimmed
    };
    match parse_prefix(digits) {
        Some((x, end)) if end == digits.len() => Some(x),
        _ => None,
    }
}

/// Why `float.fromhex` refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// Not a hexadecimal number.
    Invalid,
    /// Its magnitude has no float.
    Overflow,
    /// So many digits that exponents overflow.
    TooLong,
}

/// `float.hex(x)`.
#[must_use]
pub fn to_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::digits::repr(x);
    }
    let bits = x.to_bits();
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (lead, power) = if exponent == 0 { (0, -1022) } else { (1, exponent - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{power:+}")
}

/// `float.fromhex(text)`.
///
/// # Errors
/// See `HexError`.
pub fn from_hex(text: &[u8]) -> Result<f64, HexError> {
    let text = trim(text);
    if let Some((x, end)) = parse_prefix(text)
        && end == text.len()
        && !x.is_finite()
        && text.last().is_some_and(u8::is_ascii_alphabetic)
    {
        return Ok(x);
    }
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let negative = at(0) == b'-';
    let mut i = usize::from(matches!(at(0), b'+' | b'-'));
    if at(i) == b'0' && matches!(at(i + 1), b'x' | b'X') {
        i += 2;
    }
    let hex = |b: u8| char::from(b).to_digit(16).map(u64::from);
    let mut digits: Vec<u8> = Vec::new();
    let mut after_point = 0_i64;
    let mut count = 0_usize;
    while let Some(d) = hex(at(i)) {
        digits.push(d as u8);
        i += 1;
        count += 1;
    }
    if at(i) == b'.' {
        i += 1;
        while let Some(d) = hex(at(i)) {
            digits.push(d as u8);
            after_point += 1;
            i += 1;
            count += 1;
        }
    }
    if count == 0 {
        return Err(HexError::Invalid);
    }
    let mut exponent = 0_i64;
    if matches!(at(i), b'p' | b'P') {
        i += 1;
        let minus = at(i) == b'-';
        i += usize::from(matches!(at(i), b'+' | b'-'));
        if !at(i).is_ascii_digit() {
            return Err(HexError::Invalid);
        }
        while at(i).is_ascii_digit() {
            exponent = exponent.saturating_mul(10).saturating_add(i64::from(at(i) - b'0'));
            i += 1;
        }
        exponent = exponent.min(1 << 60) * if minus { -1 } else { 1 };
    }
    if i != text.len() {
        return Err(HexError::Invalid);
    }
    let zeros = digits.iter().take_while(|&&d| d == 0).count();
    let significant = digits.get(zeros..).unwrap_or_default();
    let sign = if negative { -1.0 } else { 1.0 };
    if significant.is_empty() {
        return Ok(0.0 * sign);
    }
    // Gather 64 bits and a sticky bit; the value is mantissa * 2**power.
    let mut mantissa = 0_u64;
    let mut taken = 0;
    for &d in significant.iter().take(15) {
        mantissa = mantissa << 4 | u64::from(d);
        taken += 1;
    }
    let sticky = significant.iter().skip(taken).any(|&d| d != 0);
    let left = (significant.len() - taken) as i64;
    let power = (left - after_point).saturating_mul(4).saturating_add(exponent);
    scale(mantissa << 1 | u64::from(sticky), power - 1).map(|x| x * sign).ok_or(HexError::Overflow)
}

/// `mantissa * 2**power` correctly rounded, half to even; None if it overflows. The lowest bit may be sticky if the
/// mantissa has at least 55 bits above it or is exact.
#[must_use]
pub fn scale(mantissa: u64, power: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let top = bits.saturating_add(power);
    if top > 1024 {
        return None;
    }
    if top < -1074 {
        return Some(0.0);
    }
    // The unit in the last place is 2**(top - 53), and never below 2**-1074.
    let shift = (top - 53).max(-1074) - power;
    let (rounded, unit) = if shift <= 0 {
        (mantissa, power)
    } else if shift > 64 {
        return Some(0.0);
    } else {
        let wide = u128::from(mantissa);
        let quotient = (wide >> shift) as u64;
        let rest = wide & ((1 << shift) - 1);
        let half = 1_u128 << (shift - 1);
        let up = rest > half || rest == half && quotient & 1 == 1;
        (quotient + u64::from(up), power + shift)
    };
    let x = ldexp_exact(rounded as f64, unit);
    x.is_finite().then_some(x)
}

/// `x * 2**power` where the result is known to be exact or to overflow.
fn ldexp_exact(mut x: f64, mut power: i64) -> f64 {
    while power > 1000 {
        x *= 2.0_f64.powi(1000);
        power -= 1000;
        if x.is_infinite() {
            return x;
        }
    }
    while power < -1000 {
        x *= 2.0_f64.powi(-1000);
        power += 1000;
        if x == 0.0 {
            return x;
        }
    }
    x * 2.0_f64.powi(power as i32)
}
