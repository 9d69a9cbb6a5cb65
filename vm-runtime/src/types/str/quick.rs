//! The common formats of small ints, floats and strings, written without the general machinery.
//!
//! Everything here gives up (None) where a specification or a value is not of the common kind, before anything was done, and
//! the general way is taken. No Python code runs: values are exact ints, floats and strings.
use crate::prelude::*;
use smallvec::SmallVec;

/// Text being made, ASCII.
type Ascii = SmallVec<[u8; 128]>;

/// The most digits after the point that `fixed` does.
const MOST_PRECISION: usize = 9;

/// A plain specification: zeros or blanks on the left, a width, a precision, and the letter (0 where it is left out).
struct Plain {
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    letter: u8,
}

impl Plain {
    /// Reads `[0][width][.precision][letter]`, all of `text`.
    fn read(text: &[u8]) -> Option<Plain> {
        let mut i = 0;
        let zeros = text.first() == Some(&b'0');
        let number = |i: &mut usize| {
            let start = *i;
            let mut n = 0usize;
            while let Some(digit) = text.get(*i).filter(|c| c.is_ascii_digit()) {
                n = n * 10 + usize::from(digit - b'0');
                *i += 1;
                if n > 99 {
                    return None;
                }
            }
            Some((n, *i > start))
        };
        let (width, _) = number(&mut i)?;
        let mut precision = None;
        if text.get(i) == Some(&b'.') {
            i += 1;
            let (n, given) = number(&mut i)?;
            if !given || n > MOST_PRECISION {
                return None;
            }
            precision = Some(n);
        }
        let letter = match text.get(i..)? {
            [] => 0,
            [letter] => *letter,
            _ => return None,
        };
        Some(Plain { zeros, width, precision, letter })
    }
}

/// The decimal digits of `n`, at the end of the buffer.
fn digits(mut n: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return &buffer[at..];
        }
    }
}

/// Sign, padding and the rest.
fn push_padded(out: &mut Ascii, negative: bool, body: &[&[u8]], plain: &Plain) {
    let length = usize::from(negative) + body.iter().map(|b| b.len()).sum::<usize>();
    let padding = plain.width.saturating_sub(length);
    if plain.zeros {
        if negative {
            out.push(b'-');
        }
        out.extend(std::iter::repeat_n(b'0', padding));
    } else {
        out.extend(std::iter::repeat_n(b' ', padding));
        if negative {
            out.push(b'-');
        }
    }
    for part in body {
        out.extend_from_slice(part);
    }
}

fn push_int(out: &mut Ascii, n: i64, plain: &Plain) {
    let mut buffer = [0; 20];
    push_padded(out, n < 0, &[digits(n.unsigned_abs(), &mut buffer)], plain);
}

/// `x` rounded half to even, as its exact value demands, to `precision` digits after the point: the digits before the point
/// and those after it as two numbers. None if that needs more than 128 bits.
fn fixed(x: f64, precision: usize) -> Option<(u64, u64)> {
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0x7ff || precision > MOST_PRECISION {
        return None;
    }
    let mantissa = bits & ((1 << 52) - 1);
    let (mantissa, exponent) =
        if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) };
    let scale = 10u128.pow(precision as u32);
    let scaled = u128::from(mantissa) * scale;
    let rounded = match exponent {
        0..=10 => scaled.checked_mul(1 << exponent)?,
        -126..=-1 => {
            let shift = exponent.unsigned_abs();
            let (whole, rest, half) = (scaled >> shift, scaled & ((1 << shift) - 1), 1u128 << (shift - 1));
            whole + u128::from(rest > half || (rest == half && whole & 1 == 1))
        }
        _ if x == 0.0 => 0,
        _ => return None,
    };
    Some((u64::try_from(rounded / scale).ok()?, (rounded % scale) as u64))
}

fn push_fixed(out: &mut Ascii, x: f64, precision: usize, plain: &Plain) -> Option<()> {
    let (whole, fraction) = fixed(x.abs(), precision)?;
    let (mut first, mut second) = ([0; 20], [b'0'; 20]);
    let whole = digits(whole, &mut first);
    if precision == 0 {
        push_padded(out, x.is_sign_negative(), &[whole], plain);
        return Some(());
    }
    digits(fraction, &mut second);
    push_padded(out, x.is_sign_negative(), &[whole, b".", &second[20 - precision..]], plain);
    Some(())
}

/// `format(v, spec)` of an int or float.
pub fn format_number(th: &Thread, v: &Value, spec: &[u8]) -> Option<Value> {
    let plain = Plain::read(spec)?;
    let mut out = Ascii::new();
    if let Some(n) = v.as_small_int() {
        if plain.precision.is_some() || !matches!(plain.letter, 0 | b'd') {
            return None;
        }
        push_int(&mut out, n, &plain);
    } else {
        let x = v.as_tagged_float()?;
        if plain.letter != b'f' {
            return None;
        }
        push_fixed(&mut out, x, plain.precision.unwrap_or(6), &plain)?;
    }
    super::ascii(th, &out).ok()
}

/// `format % args` where the conversions are `%s`, `%d`, `%f` and the like with at most zeros, width and precision, and the
/// arguments are as many ints, floats and strings.
pub fn percent(th: &Thread, format: &Str, args: &Value) -> Option<Value> {
    let text = format.as_bytes();
    let single;
    let values: &[Value] = match args.payload::<Tuple>() {
        Some(tuple) if th.is_exact(args, th.types().tuple) => tuple.as_slice(),
        Some(_) => return None,
        None => {
            // SAFETY: `args` outlives the word.
            single = [unsafe { args.borrow_word() }];
            &single
        }
    };
    let mut values = values.iter();
    let mut out: SmallVec<[u8; 128]> = SmallVec::new();
    // Characters that are not the first byte of one, in pieces from strings.
    let mut chars = 0usize;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'%', &text[at..]) {
        out.extend_from_slice(&text[at..at + found]);
        at += found + 1;
        let length = text[at..].iter().position(|c| !(c.is_ascii_digit() || *c == b'.'))? + 1;
        let plain = Plain::read(&text[at..at + length])?;
        at += length;
        if plain.letter == b'%' {
            if length != 1 {
                return None;
            }
            out.push(b'%');
            continue;
        }
        let v = values.next()?;
        match plain.letter {
            b'd' | b'i' if plain.precision.is_none() => push_int(&mut out, v.as_small_int()?, &plain),
            b'f' => push_fixed(&mut out, v.as_tagged_float()?, plain.precision.unwrap_or(6), &plain)?,
            b's' if plain.width == 0 && !plain.zeros && plain.precision.is_none() => {
                if let Some(n) = v.as_small_int() {
                    push_int(&mut out, n, &plain);
                } else {
                    let piece = v.as_str().filter(|_| th.is_exact(v, th.types().str))?;
                    chars += piece.byte_len() - piece.char_len();
                    out.extend_from_slice(piece.as_bytes());
                }
            }
            _ => return None,
        }
    }
    if values.next().is_some() {
        return None;
    }
    out.extend_from_slice(&text[at..]);
    chars += format.byte_len() - format.char_len();
    super::counted(th, &out, chars).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_digits_are_those_of_the_exact_value() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for i in 0..200_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let x = match i % 4 {
                0 => (seed >> 40) as f64 / 8.0,
                1 => (seed >> 20) as f64 / 1000.0,
                2 => f64::from_bits(seed >> 1),
                _ => (seed >> 50) as f64 * 0.005,
            };
            for precision in [0, 1, 2, 6, 9] {
                let plain = Plain { zeros: false, width: 0, precision: None, letter: 0 };
                let mut out = Ascii::new();
                if push_fixed(&mut out, x, precision, &plain).is_some() {
                    assert_eq!(String::from_utf8_lossy(&out), format!("{x:.precision$}"), "{x:e}");
                } else {
                    assert!(!(1e-22..1e15).contains(&x), "{x:e} was given up");
                }
            }
        }
    }

    #[test]
    fn only_plain_specifications_are_read() {
        assert!(Plain::read(b"06d").is_some_and(|p| p.zeros && p.width == 6 && p.letter == b'd'));
        assert!(Plain::read(b".2f").is_some_and(|p| !p.zeros && p.precision == Some(2)));
        for bad in [&b"<5"[..], b"100", b".f", b".10f", b"5dd", b"+d", b"5.2.3f"] {
            assert!(Plain::read(bad).is_none(), "{bad:?}");
        }
    }
}
