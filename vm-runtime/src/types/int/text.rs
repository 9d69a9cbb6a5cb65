//! Integers as text: parsing in bases 2 to 36, printing, and the limit on decimal digits.
use num_bigint::{BigInt, BigUint, Sign};
use rustpython_wtf8::{CodePoint, Wtf8};

/// Digits up to which conversions are never refused, and the least limit that may be set.
pub const LIMIT_THRESHOLD: usize = 640;
/// The limit of a new VM (`sys.int_info.default_max_str_digits`).
pub const DEFAULT_LIMIT: usize = 4300;

/// Why text is not an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Not an integer in that base.
    Invalid,
    /// So many digits, more than the limit allows.
    TooManyDigits(usize),
}

/// Code points of Unicode's decimal digits become ASCII ones, its white space becomes blanks; what is neither becomes
/// `?`, which no number contains (CPython's `_PyUnicode_TransformDecimalAndSpaceToASCII`).
#[must_use]
pub fn to_ascii(text: &Wtf8) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().iter().map(|&b| if (0x1c..=0x1f).contains(&b) { b' ' } else { b }).collect();
    }
    text.code_points().map(ascii_of).collect()
}

fn ascii_of(c: CodePoint) -> u8 {
    if let Ok(byte) = u8::try_from(c.to_u32())
        && byte.is_ascii()
    {
        return if (0x1c..=0x1f).contains(&byte) { b' ' } else { byte };
    }
    if c.to_char().is_some_and(rustpython_unicode::classify::is_space) {
        return b' ';
    }
    match decimal_digit(c) {
        Some(digit) => b'0' + digit,
        None => b'?',
    }
}

/// The value of a Unicode decimal digit.
#[must_use]
pub fn decimal_digit(c: CodePoint) -> Option<u8> {
    if c.to_u32() < 0x80 {
        return c.to_char()?.to_digit(10).map(|d| d as u8);
    }
    if !rustpython_unicode::classify::is_decimal(c.to_char()?) {
        return None;
    }
    // Decimal digits stand in runs of ten code points, in order, except the mathematical ones, five runs without a gap.
    let code = c.to_u32();
    if (0x1d7ce..=0x1d7ff).contains(&code) {
        return Some(((code - 0x1d7ce) % 10) as u8);
    }
    rustpython_unicode::data::Ucd::new(true).decimal(c).and_then(|d| u8::try_from(d).ok())
}

const fn digit_value(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => 37,
    }
}

/// The integer that `text` writes in `base` (2 to 36, or 0: by prefix), as `int(text, base)`: white space around it, a
/// sign, a prefix and single underscores between digits are allowed. `limit` is the most digits of a base that isn't a
/// power of two; 0 is no limit.
///
/// # Errors
/// See `ParseError`.
pub fn parse(text: &[u8], base: u32, limit: usize) -> Result<BigInt, ParseError> {
    use crate::types::float::parse::trim;
    let text = trim(text);
    let (negative, mut rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let prefix = match rest {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut octal_like = false;
    let mut base = base;
    if base == 0 {
        base = prefix;
        if prefix == 0 {
            base = 10;
            octal_like = rest.first() == Some(&b'0');
        }
    }
    if prefix != 0 && prefix == base {
        rest = rest.get(2..).unwrap_or_default();
        // One underscore may follow the prefix.
        rest = rest.strip_prefix(b"_").unwrap_or(rest);
    }
    let mut digits = Vec::with_capacity(rest.len());
    let mut previous = b'_';
    for &byte in rest {
        if byte == b'_' {
            if previous == b'_' {
                return Err(ParseError::Invalid);
            }
        } else {
            let value = digit_value(byte);
            if u32::from(value) >= base {
                return Err(ParseError::Invalid);
            }
            digits.push(value);
        }
        previous = byte;
    }
    if previous == b'_' {
        return Err(ParseError::Invalid);
    }
    if octal_like && digits.iter().any(|&d| d != 0) {
        return Err(ParseError::Invalid);
    }
    if !base.is_power_of_two() && limit != 0 && digits.len() > LIMIT_THRESHOLD && digits.len() > limit {
        return Err(ParseError::TooManyDigits(digits.len()));
    }
    let magnitude = from_digits(&digits, base);
    Ok(BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude))
}

/// The number of big-endian `digits`; long ones by halves, so that the time is that of multiplication.
fn from_digits(digits: &[u8], base: u32) -> BigUint {
    const QUADRATIC: usize = 2000;
    if digits.len() <= 18 && base <= 10 {
        return BigUint::from(digits.iter().fold(0_u64, |n, &d| n * u64::from(base) + u64::from(d)));
    }
    if base.is_power_of_two() || digits.len() <= QUADRATIC {
        return BigUint::from_radix_be(digits, base).unwrap_or_default();
    }
    // powers[i] is base ** (QUADRATIC << i)
    let mut powers = vec![BigUint::from(base).pow(QUADRATIC as u32)];
    let mut reach = QUADRATIC * 2;
    while reach < digits.len()
        && let Some(last) = powers.last()
    {
        let square = last * last;
        powers.push(square);
        reach *= 2;
    }
    from_halves(digits, base, &powers, QUADRATIC << (powers.len() - 1))
}

fn from_halves(digits: &[u8], base: u32, powers: &[BigUint], low: usize) -> BigUint {
    let Some((power, smaller)) = powers.split_last() else {
        return BigUint::from_radix_be(digits, base).unwrap_or_default();
    };
    if digits.len() <= low {
        return from_halves(digits, base, smaller, low / 2);
    }
    let (high, rest) = digits.split_at(digits.len() - low);
    from_halves(high, base, smaller, low / 2) * power + from_halves(rest, base, smaller, low / 2)
}

/// Whether `n` has more decimal digits than `limit` allows (0: no limit).
#[must_use]
pub fn exceeds_limit(n: &BigInt, limit: usize) -> bool {
    if limit == 0 {
        return false;
    }
    let bits = n.bits();
    // log10(2) = 0.30102999566...: below the first bound never, above the second always.
    let limit = limit.max(LIMIT_THRESHOLD);
    let least = bits.saturating_sub(1) as f64 * std::f64::consts::LOG10_2;
    if (bits as f64 * std::f64::consts::LOG10_2) < limit as f64 - 1.0 {
        return false;
    }
    if least > limit as f64 + 1.0 {
        return true;
    }
    n.magnitude() >= &BigUint::from(10_u32).pow(u32::try_from(limit).unwrap_or(u32::MAX))
}

/// The message for printing too long a number.
#[must_use]
pub fn print_limit_message(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// The message for parsing too long a number.
#[must_use]
pub fn parse_limit_message(limit: usize, digits: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}
