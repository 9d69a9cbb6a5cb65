//! Floats as decimal text: the shortest digits that read back as the same float, and correctly rounded ones.
//!
//! This is the number half of formatting (CPython's `PyOS_double_to_string`); fill, width and grouping are in
//! `format_spec`. Nothing here knows of Python objects.

/// A result too large to hold in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// How digits are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The shortest text that reads back as the same float; the precision is not used.
    Repr,
    /// `d.ddde+XX`, with the precision's number of digits after the point.
    Exponent,
    /// `ddd.ddd`, with the precision's number of digits after the point.
    Fixed,
    /// `precision` significant digits, as `Fixed` or `Exponent` by magnitude.
    General,
}

/// Variations of `double_to_string`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Letters in upper case: `E`, `INF`, `NAN`.
    pub upper: bool,
    /// Keep the point and trailing zeros.
    pub alternate: bool,
    /// Add `.0` to what would look like an integer.
    pub add_dot_0: bool,
    /// Print a negative zero, or what rounds to one, without its sign.
    pub no_neg_0: bool,
}

/// Significant digits of a finite, non-negative float and the position of the point: 0.d1d2d3... times 10 to the power.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

/// A double's exact decimal expansion has fewer digits than this; more are zeros.
const MAX_DIGITS: usize = 1100;

impl Digits {
    fn from_exponent_text(text: &str) -> Digits {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.len() > 1 && digits.last() == Some(&b'0') {
            digits.pop();
        }
        Digits { digits, point: exponent.parse::<i64>().unwrap_or(0) + 1 }
    }

    /// The shortest digits that identify `x`.
    fn shortest(x: f64) -> Digits {
        if x == 0.0 {
            return Digits { digits: vec![b'0'], point: 1 };
        }
        Digits::from_exponent_text(&format!("{x:e}"))
    }

    /// `n >= 1` significant digits.
    fn significant(x: f64, n: usize) -> Digits {
        if x == 0.0 {
            return Digits { digits: vec![b'0'], point: 1 };
        }
        Digits::from_exponent_text(&format!("{x:.*e}", n.clamp(1, MAX_DIGITS) - 1))
    }

    /// `n` digits after the point.
    fn fixed(x: f64, n: usize) -> Digits {
        let text = format!("{x:.*}", n.min(MAX_DIGITS));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let whole = whole.trim_start_matches('0');
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|&&d| d == b'0').count();
        let mut point = whole.len() as i64;
        if zeros == digits.len() {
            return Digits { digits: Vec::new(), point: -(n as i64) };
        }
        digits.drain(..zeros);
        point -= zeros as i64;
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Digits { digits, point }
    }
}

/// The text of `x`, as CPython's `PyOS_double_to_string`.
///
/// # Errors
/// If the precision asks for more than memory holds.
pub fn double_to_string(x: f64, code: Code, precision: usize, style: Style) -> Result<String, TooLong> {
    if !x.is_finite() {
        let text = match (x.is_nan(), x > 0.0) {
            (true, _) => "nan",
            (_, true) => "inf",
            _ => "-inf",
        };
        return Ok(if style.upper { text.to_ascii_uppercase() } else { text.to_owned() });
    }
    let magnitude = x.abs();
    let mut precision = precision;
    let Digits { digits, mut point } = match code {
        Code::Repr => Digits::shortest(magnitude),
        Code::Exponent => {
            precision = precision.saturating_add(1);
            Digits::significant(magnitude, precision)
        }
        Code::Fixed if magnitude == 0.0 => Digits { digits: vec![b'0'], point: 1 },
        Code::Fixed => Digits::fixed(magnitude, precision),
        Code::General => {
            precision = precision.max(1);
            Digits::significant(magnitude, precision)
        }
    };
    let wanted = i64::try_from(precision).map_err(|_| TooLong)?;
    let have = digits.len() as i64;
    let (exponential, mut end) = match code {
        Code::Repr => (point <= -4 || point > 16, have),
        Code::Exponent => (true, wanted),
        Code::Fixed => (false, point.saturating_add(wanted)),
        Code::General => {
            let limit = wanted - i64::from(style.add_dot_0);
            (point <= -4 || point > limit, if style.alternate { wanted } else { have })
        }
    };
    let negative = x.is_sign_negative() && !(style.no_neg_0 && (digits.is_empty() || digits == b"0"));
    let exponent = point - 1;
    if exponential {
        point = 1;
    }
    let start = if point <= 0 { point - 1 } else { 0 };
    end = if !exponential && style.add_dot_0 { end.max(point + 1) } else { end.max(point) };
    let length = usize::try_from(end - start).map_err(|_| TooLong)?;
    let mut out = String::new();
    out.try_reserve_exact(length.saturating_add(10)).map_err(|_| TooLong)?;
    if negative {
        out.push('-');
    }
    // Positions start..end around the digits 0..have are zeros; the point stands before position `point`.
    for position in start..end {
        if position == point {
            out.push('.');
        }
        let digit = usize::try_from(position).ok().and_then(|i| digits.get(i)).copied().unwrap_or(b'0');
        out.push(char::from(digit));
    }
    if end == point && style.alternate {
        out.push('.');
    }
    if exponential {
        out.push(if style.upper { 'E' } else { 'e' });
        out.push(if exponent < 0 { '-' } else { '+' });
        if exponent.abs() < 10 {
            out.push('0');
        }
        out.push_str(&exponent.abs().to_string());
    }
    Ok(out)
}

/// `repr(x)`.
#[must_use]
pub fn repr(x: f64) -> String {
    let style = Style { add_dot_0: true, ..Style::default() };
    double_to_string(x, Code::Repr, 0, style).unwrap_or_default()
}

/// The text of a part of a complex number: `repr` without the `.0`.
#[must_use]
pub fn repr_part(x: f64) -> String {
    double_to_string(x, Code::Repr, 0, Style::default()).unwrap_or_default()
}

/// `x` rounded half to even to `ndigits` places after the point (before it, where negative), as its exact decimal value
/// demands. An infinite result means overflow of a finite `x`.
#[must_use]
pub fn round_decimal(x: f64, ndigits: i64) -> f64 {
    const MOST: i64 = 323;
    const LEAST: i64 = -308;
    if !x.is_finite() || x == 0.0 || ndigits > MOST {
        return x;
    }
    let zero = 0.0_f64.copysign(x);
    if ndigits < LEAST {
        return zero;
    }
    if let Ok(places) = usize::try_from(ndigits) {
        return format!("{x:.places$}").parse().unwrap_or(x);
    }
    let magnitude = x.abs();
    if magnitude < 1.0 {
        return zero;
    }
    let whole = format!("{:.0}", magnitude.trunc());
    let keep = whole.len() as i64 + ndigits;
    let rounded = if let Ok(keep @ 1..) = usize::try_from(keep) {
        format!("{magnitude:.*e}", keep - 1).parse().unwrap_or(magnitude)
    } else if keep == 0 {
        let tie = whole.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
            && magnitude.fract() == 0.0;
        if whole.as_bytes().first().is_some_and(|&d| d >= b'5') && !tie {
            format!("1e{}", whole.len()).parse().unwrap_or(f64::INFINITY)
        } else {
            0.0
        }
    } else {
        0.0
    };
    rounded.copysign(x)
}
