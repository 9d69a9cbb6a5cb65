//! The number conversions of `%` formatting, for str and bytes.
use super::FormatError;
use crate::types::float::digits::{Code, Style, double_to_string};
use num_bigint::{BigInt, Sign};

/// A conversion: `%[flags][width][.precision]conversion`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrintfSpec {
    /// `-`: padding on the right.
    pub left: bool,
    /// `+`: always a sign.
    pub plus: bool,
    /// A blank: a blank where a plus would be.
    pub blank: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: zeros between sign and digits.
    pub zero: bool,
    /// The least width.
    pub width: Option<usize>,
    /// The precision.
    pub precision: Option<usize>,
    /// The conversion character: one of `diuxXo` or `eEfFgG`.
    pub conversion: u8,
}

/// `%d %i %u %x %X %o` of an int; `decimal` prints it in base ten (and checks the limit on digits).
///
/// # Errors
/// If the precision or the width is larger than memory, or as `decimal`.
pub fn printf_int(
    n: &BigInt,
    spec: &PrintfSpec,
    decimal: impl Fn(&BigInt) -> Result<String, FormatError>,
) -> Result<String, FormatError> {
    let (prefix, digits) = match spec.conversion {
        b'x' => ("0x", n.magnitude().to_str_radix(16)),
        b'X' => ("0X", n.magnitude().to_str_radix(16).to_ascii_uppercase()),
        b'o' => ("0o", n.magnitude().to_str_radix(8)),
        _ => {
            let text = decimal(n)?;
            ("", text.strip_prefix('-').map(str::to_owned).unwrap_or(text))
        }
    };
    if spec.precision.is_some_and(|p| p > i32::MAX as usize - 3) {
        return Err(FormatError::Overflow("precision too large".to_owned()));
    }
    let mut number = String::new();
    let zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    number.try_reserve(zeros.saturating_add(digits.len())).map_err(|_| FormatError::Memory)?;
    number.extend(std::iter::repeat_n('0', zeros));
    number.push_str(&digits);
    pad(spec, n.sign() == Sign::Minus, if spec.alternate { prefix } else { "" }, &number, true)
}

/// `%e %E %f %F %g %G` of a float.
///
/// # Errors
/// If the precision or the width is larger than memory.
pub fn printf_float(x: f64, spec: &PrintfSpec) -> Result<String, FormatError> {
    let precision = spec.precision.unwrap_or(6);
    if i32::try_from(precision).is_err() {
        return FormatError::value("precision too large");
    }
    let code = match spec.conversion {
        b'e' | b'E' => Code::Exponent,
        b'f' | b'F' => Code::Fixed,
        _ => Code::General,
    };
    let style =
        Style { upper: spec.conversion.is_ascii_uppercase(), alternate: spec.alternate, ..Style::default() };
    let text = double_to_string(x, code, precision, style)?;
    let (negative, number) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    pad(spec, negative, "", number, true)
}

/// `%c` of a character given as text: only padded.
///
/// # Errors
/// If the width is larger than memory.
pub fn printf_char(text: &str, spec: &PrintfSpec) -> Result<String, FormatError> {
    pad(&PrintfSpec { zero: false, plus: false, blank: false, ..*spec }, false, "", text, false)
}

/// Sign, prefix, zeros and blanks around digits.
fn pad(
    spec: &PrintfSpec,
    negative: bool,
    prefix: &str,
    number: &str,
    signed: bool,
) -> Result<String, FormatError> {
    let sign = match negative {
        true => "-",
        false if !signed => "",
        false if spec.plus => "+",
        false if spec.blank => " ",
        false => "",
    };
    let length = sign.len() + prefix.len() + number.chars().count();
    let total = spec.width.unwrap_or(0).saturating_sub(length);
    let mut out = String::new();
    out.try_reserve(total.saturating_add(sign.len() + prefix.len() + number.len()))
        .map_err(|_| FormatError::Memory)?;
    let fill = |out: &mut String, c: char| out.extend(std::iter::repeat_n(c, total));
    let zeros = spec.zero && !spec.left;
    if !spec.left && !zeros {
        fill(&mut out, ' ');
    }
    out.push_str(sign);
    out.push_str(prefix);
    if zeros {
        fill(&mut out, '0');
    }
    out.push_str(number);
    if spec.left {
        fill(&mut out, ' ');
    }
    Ok(out)
}
