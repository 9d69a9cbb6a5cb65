//! Formatting numbers: digits, groups, signs and padding.
use super::{FormatError, FormatSpec, Grouping, parse, push_fill, unknown_kind};
use crate::types::float::digits::{Code, Style, double_to_string, repr, repr_part};
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// The parts of a number's text, before grouping and padding.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    digits: &'a str,
    point: bool,
    fraction: &'a str,
    /// What follows the digits: the exponent, `%`, `inf`, `nan`, or the character of type `c`.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes the text of a float apart.
    fn of_float(text: &'a str) -> Parts<'a> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, after) = text.split_at(digits_end);
        let (point, after) = match after.strip_prefix('.') {
            Some(rest) => (true, rest),
            None => (false, after),
        };
        let fraction_end =
            if point { after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()) } else { 0 };
        let (fraction, rest) = after.split_at(fraction_end);
        Parts { negative, prefix: "", digits, point, fraction, rest }
    }
}

/// Digits in groups from the right, with zeros in front until they fill `min_width`.
fn group_digits(digits: &str, min_width: usize, grouping: Grouping) -> Result<String, FormatError> {
    let Some((separator, size)) = grouping.separator() else {
        let mut out = String::new();
        out.try_reserve(min_width.max(digits.len())).map_err(|_| FormatError::Memory)?;
        out.extend(std::iter::repeat_n('0', min_width.saturating_sub(digits.len())));
        out.push_str(digits);
        return Ok(out);
    };
    // The number of digits shown: at least one character more than the separators leave of the width.
    let grouped = |n: usize| n + n.saturating_sub(1) / size;
    let mut shown = digits.len().max(1);
    if grouped(shown) < min_width {
        shown = shown.max(min_width / (size + 1) * size);
        while grouped(shown) < min_width {
            shown += 1;
        }
    }
    let zeros = shown.saturating_sub(digits.len());
    let mut out = String::new();
    out.try_reserve(grouped(shown)).map_err(|_| FormatError::Memory)?;
    for (i, c) in std::iter::repeat_n('0', zeros).chain(digits.chars()).enumerate() {
        if i != 0 && (shown - i).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    Ok(out)
}

/// Digits in groups from the left.
fn group_fraction(digits: &str, grouping: Grouping) -> String {
    let Some((separator, size)) = grouping.separator() else { return digits.to_owned() };
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i != 0 && i % size == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

/// Writes a number as `spec` says: CPython's `calc_number_widths` and `fill_number`.
fn write_number(out: &mut Wtf8Buf, spec: &FormatSpec, parts: &Parts<'_>) -> Result<(), FormatError> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (_, b'+') => "+",
        (_, b' ') => " ",
        _ => "",
    };
    let fraction = group_fraction(parts.fraction, spec.fraction_grouping);
    let rest_length = parts.rest.chars().count();
    let fixed = sign.len() + parts.prefix.len() + usize::from(parts.point) + fraction.len() + rest_length;
    let zero_fill = spec.fill == '0' && spec.align == b'=';
    let min_width = if zero_fill { spec.width.unwrap_or(0).saturating_sub(fixed) } else { 0 };
    let digits = if parts.digits.is_empty() {
        String::new()
    } else {
        group_digits(parts.digits, min_width, spec.grouping)?
    };
    let total = spec.width.unwrap_or(0).saturating_sub(fixed + digits.len());
    let (left, middle, right) = match spec.align {
        b'<' => (0, 0, total),
        b'^' => (total / 2, 0, total - total / 2),
        b'=' => (0, total, 0),
        _ => (total, 0, 0),
    };
    out.try_reserve(fixed + digits.len()).map_err(|_| FormatError::Memory)?;
    push_fill(out, spec.fill, left)?;
    out.push_str(sign);
    out.push_str(parts.prefix);
    push_fill(out, spec.fill, middle)?;
    out.push_str(&digits);
    if parts.point {
        out.push_char('.');
    }
    out.push_str(&fraction);
    out.push_str(parts.rest);
    push_fill(out, spec.fill, right)
}

/// `format(n, spec)` for an int whose type is called `type_name`; `decimal` prints it in base ten (and checks the limit
/// on digits).
///
/// # Errors
/// If the specification is not one for ints, or as `decimal`.
pub fn format_bigint(
    n: &BigInt,
    spec: &Wtf8,
    type_name: &str,
    decimal: impl Fn(&BigInt) -> Result<String, FormatError>,
) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return decimal(n).map(Wtf8Buf::from_string);
    }
    let spec = parse(spec, type_name, 'd', b'>')?;
    let kind = match spec.ascii_kind() {
        Some(kind @ (b'b' | b'c' | b'd' | b'o' | b'x' | b'X' | b'n')) => kind,
        Some(b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%') => {
            let Some(x) = crate::types::int::convert::to_f64(n) else {
                return Err(FormatError::Overflow("int too large to convert to float".to_owned()));
            };
            return float_with(x, &spec, type_name);
        }
        _ => return unknown_kind(spec.kind, type_name),
    };
    if spec.precision.is_some() {
        return FormatError::value("Precision not allowed in integer format specifier");
    }
    if spec.no_neg_0 {
        return FormatError::value("Negative zero coercion (z) not allowed in integer format specifier");
    }
    let mut out = Wtf8Buf::new();
    if kind == b'c' {
        return format_char(n, &spec);
    }
    let digits = match kind {
        b'b' => n.magnitude().to_str_radix(2),
        b'o' => n.magnitude().to_str_radix(8),
        b'x' => n.magnitude().to_str_radix(16),
        b'X' => n.magnitude().to_str_radix(16).to_ascii_uppercase(),
        _ => {
            let text = decimal(n)?;
            text.strip_prefix('-').map(str::to_owned).unwrap_or(text)
        }
    };
    let prefix = match kind {
        _ if !spec.alternate => "",
        b'b' => "0b",
        b'o' => "0o",
        b'x' => "0x",
        b'X' => "0X",
        _ => "",
    };
    let negative = n.sign() == Sign::Minus;
    let parts = Parts { negative, prefix, digits: &digits, point: false, fraction: "", rest: "" };
    write_number(&mut out, &spec, &parts)?;
    Ok(out)
}

fn format_char(n: &BigInt, spec: &FormatSpec) -> Result<Wtf8Buf, FormatError> {
    if spec.sign != 0 {
        return FormatError::value("Sign not allowed with integer format specifier 'c'");
    }
    if spec.alternate {
        return FormatError::value("Alternate form (#) not allowed with integer format specifier 'c'");
    }
    let Some(code) = n.to_i64() else {
        return Err(FormatError::Overflow("Python int too large to convert to C long".to_owned()));
    };
    let Some(c) = u32::try_from(code).ok().and_then(CodePoint::from_u32) else {
        return Err(FormatError::Overflow("%c arg not in range(0x110000)".to_owned()));
    };
    // A character is padded as a number without digits is: on the left unless told otherwise.
    let total = spec.width.unwrap_or(0).saturating_sub(1);
    let (left, right) = match spec.align {
        b'<' => (0, total),
        b'^' => (total / 2, total - total / 2),
        _ => (total, 0),
    };
    let mut out = Wtf8Buf::new();
    push_fill(&mut out, spec.fill, left)?;
    out.push(c);
    push_fill(&mut out, spec.fill, right)?;
    Ok(out)
}

fn check_precision(spec: &FormatSpec) -> Result<(), FormatError> {
    if spec.precision.is_some_and(|p| i32::try_from(p).is_err()) {
        return FormatError::value("precision too big");
    }
    Ok(())
}

/// `format(x, spec)` for a float whose type is called `type_name`.
///
/// # Errors
/// If the specification is not one for floats.
pub fn format_float(x: f64, spec: &Wtf8, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(Wtf8Buf::from_string(repr(x)));
    }
    let spec = parse(spec, type_name, '\0', b'>')?;
    float_with(x, &spec, type_name)
}

fn float_with(x: f64, spec: &FormatSpec, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    let Some(kind @ (b'\0' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%')) = spec.ascii_kind()
    else {
        return unknown_kind(spec.kind, type_name);
    };
    check_precision(spec)?;
    let percent = kind == b'%';
    let x = if percent { x * 100.0 } else { x };
    let code = match kind {
        b'\0' if spec.precision.is_none() => Code::Repr,
        b'\0' | b'g' | b'G' | b'n' => Code::General,
        b'e' | b'E' => Code::Exponent,
        _ => Code::Fixed,
    };
    let style = Style {
        upper: kind.is_ascii_uppercase(),
        alternate: spec.alternate,
        add_dot_0: kind == b'\0',
        no_neg_0: spec.no_neg_0,
    };
    let mut text = double_to_string(x, code, spec.precision.unwrap_or(6), style)?;
    if percent {
        text.push('%');
    }
    let mut out = Wtf8Buf::new();
    write_number(&mut out, spec, &Parts::of_float(&text))?;
    Ok(out)
}

/// `format(complex(re, im), spec)` for a value whose type is called `type_name`.
///
/// # Errors
/// If the specification is not one for complex numbers.
pub fn format_complex(re: f64, im: f64, spec: &Wtf8, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(Wtf8Buf::from_string(complex_repr(re, im)));
    }
    let spec = parse(spec, type_name, '\0', b'>')?;
    let Some(kind @ (b'\0' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n')) = spec.ascii_kind() else {
        return unknown_kind(spec.kind, type_name);
    };
    check_precision(&spec)?;
    if spec.fill == '0' {
        return FormatError::value("Zero padding is not allowed in complex format specifier");
    }
    if spec.align == b'=' {
        return FormatError::value("'=' alignment flag is not allowed in complex format specifier");
    }
    let code = match kind {
        b'\0' if spec.precision.is_none() => Code::Repr,
        b'\0' | b'g' | b'G' | b'n' => Code::General,
        b'e' | b'E' => Code::Exponent,
        _ => Code::Fixed,
    };
    let style = Style {
        upper: kind.is_ascii_uppercase(),
        alternate: spec.alternate,
        add_dot_0: false,
        no_neg_0: spec.no_neg_0,
    };
    let precision = spec.precision.unwrap_or(6);
    let re_text = double_to_string(re, code, precision, style)?;
    let im_text = double_to_string(im, code, precision, style)?;
    let skip_re = kind == b'\0' && re == 0.0 && re.is_sign_positive();
    let parens = kind == b'\0' && !skip_re;
    let mut part = FormatSpec { fill: CodePoint::from_char(' '), align: b'<', width: None, ..spec.clone() };
    let mut body = Wtf8Buf::new();
    if parens {
        body.push_char('(');
    }
    if !skip_re {
        write_number(&mut body, &part, &Parts::of_float(&re_text))?;
        part.sign = b'+';
    }
    write_number(&mut body, &part, &Parts::of_float(&im_text))?;
    body.push_str(if parens { "j)" } else { "j" });
    let (left, right) = super::padding(spec.width, spec.align, body.len());
    let mut out = Wtf8Buf::new();
    push_fill(&mut out, spec.fill, left)?;
    out.push_wtf8(&body);
    push_fill(&mut out, spec.fill, right)?;
    Ok(out)
}

/// `repr(complex(re, im))`.
#[must_use]
pub fn complex_repr(re: f64, im: f64) -> String {
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", repr_part(im));
    }
    let im = repr_part(im);
    let sign = if im.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{im}j)", repr_part(re))
}
