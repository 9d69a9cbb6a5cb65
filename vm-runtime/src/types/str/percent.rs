//! `%` formatting of `str` and of the bytes types.
use super::{Str, type_or_none};
use crate::prelude::*;
use crate::types::bytearray::ByteArray;
use crate::types::format_spec::{PrintfSpec, printf_float, printf_int};
use num_bigint::BigInt;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// The values to be formatted: one, or a tuple's; a mapping for `%(key)s`.
struct Arguments<'a> {
    values: &'a [Value],
    at: usize,
    /// Whether `values` is a tuple's content.
    is_tuple: bool,
    mapping: Option<&'a Value>,
}

impl<'a> Arguments<'a> {
    fn new(th: &Thread, args: &'a Value) -> PyResult<Arguments<'a>> {
        let tuple = args.payload::<Tuple>();
        let is_text = args.as_str().is_some()
            || args.payload::<Bytes>().is_some()
            || args.payload::<ByteArray>().is_some();
        let is_mapping = tuple.is_none() && !is_text && th.is_mapping(args);
        Ok(Arguments {
            values: tuple.map_or(std::slice::from_ref(args), Tuple::as_slice),
            at: 0,
            is_tuple: tuple.is_some(),
            mapping: is_mapping.then_some(args),
        })
    }

    fn next(&mut self, th: &Thread) -> PyResult<&'a Value> {
        let value = self.values.get(self.at);
        self.at += 1;
        value.ok_or_else(|| th.type_error("not enough arguments for format string"))
    }
}

/// A conversion: what stands between `%` and its letter.
struct Conversion {
    spec: PrintfSpec,
    letter: u32,
    /// Position of the letter, for messages.
    at: usize,
}

/// What differs between text and bytes.
trait Kind {
    /// Looks a key up.
    fn key(th: &Thread, key: &[u32]) -> Value;
    /// Formats `%s %r %a %b %c` (whatever is no number) into code points.
    /// What messages call the format.
    const NAME: &'static str;
    fn convert(th: &Thread, v: &Value, c: &Conversion) -> PyResult<Option<Vec<u32>>>;
}

struct Text;
struct Binary;

fn points(text: &Wtf8) -> Vec<u32> {
    text.code_points().map(CodePoint::to_u32).collect()
}

fn text_from(points: impl IntoIterator<Item = u32>) -> Wtf8Buf {
    points.into_iter().filter_map(CodePoint::from_u32).collect()
}

impl Kind for Text {
    const NAME: &'static str = "string";

    fn key(th: &Thread, key: &[u32]) -> Value {
        th.str_wtf8(text_from(key.iter().copied()))
    }

    fn convert(th: &Thread, v: &Value, c: &Conversion) -> PyResult<Option<Vec<u32>>> {
        let text = match char::from_u32(c.letter) {
            Some('s') => th.to_str(v)?,
            Some('r') => th.repr(v)?,
            Some('a') => th.ascii(v)?,
            Some('c') => return one_char(th, v).map(|c| Some(vec![c])),
            _ => return Ok(None),
        };
        Ok(text.as_str().map(|s| points(s)))
    }
}

fn one_char(th: &Thread, v: &Value) -> PyResult<u32> {
    if let Some(text) = v.as_str() {
        return match text.only_char() {
            Some(c) => Ok(c.to_u32()),
            None => Err(th.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {}",
                text.char_len()
            ))),
        };
    }
    if !th.is_index(v) {
        let kind = type_or_none(th, v).replace("None", "NoneType");
        return Err(th.type_error(format!("%c requires an int or a unicode character, not {kind}")));
    }
    match u32::try_from(th.index_clamped(v)?).ok().filter(|c| *c < 0x11_0000) {
        Some(c) => Ok(c),
        None => Err(th.overflow_error("%c arg not in range(0x110000)")),
    }
}

impl Kind for Binary {
    const NAME: &'static str = "bytes";

    fn key(th: &Thread, key: &[u32]) -> Value {
        th.bytes(&key.iter().map(|b| *b as u8).collect::<Vec<_>>())
    }

    fn convert(th: &Thread, v: &Value, c: &Conversion) -> PyResult<Option<Vec<u32>>> {
        let wide = |bytes: &[u8]| Some(bytes.iter().map(|b| u32::from(*b)).collect());
        match char::from_u32(c.letter) {
            Some('r' | 'a') => {
                let text = th.ascii(v)?;
                Ok(text.as_str().and_then(|s| wide(s.as_bytes())))
            }
            Some('c') => one_byte(th, v).map(|b| Some(vec![u32::from(b)])),
            Some('s' | 'b') => {
                if (th.is_exact(v, th.types().bytes)
                    || th.isinstance(v, th.types().bytes) && th.lookup_special(v, "__bytes__")?.is_none())
                    && let Some(bytes) = v.payload::<Bytes>()
                {
                    return Ok(wide(bytes.as_slice()));
                }
                if let Some(method) = th.lookup_special(v, "__bytes__")? {
                    let made = th.call(&method, &[])?;
                    return match made.payload::<Bytes>() {
                        Some(bytes) => Ok(wide(bytes.as_slice())),
                        None => Err(th.type_error(format!(
                            "__bytes__ returned non-bytes (type {})",
                            made.type_name(th)
                        ))),
                    };
                }
                if th.has_buffer(v) {
                    return Ok(wide(&th.bytes_like(v)?));
                }
                Err(th.type_error(format!(
                    "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
                    v.type_name(th)
                )))
            }
            _ => Ok(None),
        }
    }
}

fn one_byte(th: &Thread, v: &Value) -> PyResult<u8> {
    const WRONG: &str = "%c requires an integer in range(256) or a single byte, not ";
    let bytes = v
        .payload::<Bytes>()
        .map(|b| b.as_slice().to_vec())
        .or_else(|| v.payload::<ByteArray>().map(|b| b.to_vec(th)));
    if let Some(bytes) = bytes {
        return match bytes.as_slice() {
            [byte] => Ok(*byte),
            _ => Err(th.type_error(format!("{WRONG}a {} object of length {}", v.type_name(th), bytes.len()))),
        };
    }
    if !th.is_index(v) {
        return Err(th.type_error(format!("{WRONG}{}", v.type_name(th))));
    }
    match u8::try_from(th.index_clamped(v)?) {
        Ok(byte) => Ok(byte),
        Err(_) => Err(th.overflow_error("%c arg not in range(256)")),
    }
}

/// The integer for `%d` and its like.
fn integer_of(th: &Thread, v: &Value, letter: u32) -> PyResult<BigInt> {
    let decimal = matches!(char::from_u32(letter), Some('d' | 'i' | 'u'));
    if th.isinstance(v, th.types().int) {
        return th.as_bigint(v);
    }
    let number = if decimal { th.int_of_number(v) } else { th.index(v).map(Some) };
    match number {
        Ok(Some(number)) => return th.as_bigint(&number),
        Ok(None) => {}
        Err(raised) if !th.error_is(th.types().exc.type_error) => return Err(raised),
        Err(_) => th.clear_error(),
    }
    let letter = char::from_u32(letter).unwrap_or('d');
    let wanted = if decimal { "a real number" } else { "an integer" };
    Err(th.type_error(format!("%{letter} format: {wanted} is required, not {}", v.type_name(th))))
}

fn number(th: &Thread, v: &Value, c: &mut Conversion) -> PyResult<Option<String>> {
    let letter = match u8::try_from(c.letter) {
        Ok(letter @ (b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G')) => {
            letter
        }
        _ => return Ok(None),
    };
    c.spec.conversion = letter;
    let made = match letter {
        b'd' | b'i' | b'u' | b'x' | b'X' | b'o' => {
            let n = integer_of(th, v, c.letter)?;
            printf_int(&n, &c.spec, |n| th.decimal_or_error(n))
        }
        _ => printf_float(th.as_f64(v)?, &c.spec),
    };
    made.map(Some).map_err(|e| th.format_error(e))
}

struct Parser<'a> {
    format: &'a [u32],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u32> {
        self.format.get(self.at).copied()
    }

    fn need(&mut self, th: &Thread) -> PyResult<u32> {
        let c = self.peek().ok_or_else(|| th.value_error("incomplete format"))?;
        self.at += 1;
        Ok(c)
    }

    /// A number of decimal digits; `limit` is the largest allowed.
    fn digits(&mut self, th: &Thread, limit: i64, too_big: &str) -> PyResult<i64> {
        let mut n = 0i64;
        while let Some(digit) = self.peek().filter(|c| (0x30..0x3a).contains(c)) {
            n = n
                .checked_mul(10)
                .and_then(|n| n.checked_add(i64::from(digit - 0x30)))
                .filter(|n| *n <= limit)
                .ok_or_else(|| th.value_error(too_big))?;
            self.at += 1;
        }
        Ok(n)
    }

    /// The key of `%(key)`, between balanced parentheses.
    fn key(&mut self, th: &Thread) -> PyResult<&[u32]> {
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                None => return Err(th.value_error("incomplete format key")),
                Some(0x28) => depth += 1,
                Some(0x29) => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
        }
        Ok(&self.format[start..self.at - 1])
    }

    fn conversion<K: Kind>(
        &mut self,
        th: &Thread,
        args: &mut Arguments<'_>,
        keyed: &mut Option<Value>,
    ) -> PyResult<Conversion> {
        let mut spec = PrintfSpec {
            left: false,
            plus: false,
            blank: false,
            alternate: false,
            zero: false,
            width: None,
            precision: None,
            conversion: b'd',
        };
        if self.peek() == Some(0x28) {
            let Some(mapping) = args.mapping else { return Err(th.type_error("format requires a mapping")) };
            self.at += 1;
            let key = K::key(th, self.key(th)?);
            *keyed = Some(th.getitem(mapping, &key)?);
            // From now on there are keys only.
            args.at = args.values.len();
        }
        loop {
            match self.peek().and_then(char::from_u32) {
                Some('-') => spec.left = true,
                Some('+') => spec.plus = true,
                Some(' ') => spec.blank = true,
                Some('#') => spec.alternate = true,
                Some('0') => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.peek() == Some(0x2a) {
            self.at += 1;
            let width = self.star(th, args, keyed, "width too big")?;
            if width < 0 {
                spec.left = true;
            }
            spec.width = usize::try_from(width.unsigned_abs()).ok();
        } else {
            let width = self.digits(th, i64::MAX, "width too big")?;
            spec.width = usize::try_from(width).ok().filter(|w| *w > 0);
        }
        if self.peek() == Some(0x2e) {
            self.at += 1;
            let precision = if self.peek() == Some(0x2a) {
                self.at += 1;
                i64::from(
                    i32::try_from(self.star(th, args, keyed, "precision too big")?)
                        .map_err(|_| th.overflow_error("Python int too large to convert to C int"))?,
                )
            } else {
                self.digits(th, i64::from(i32::MAX), "precision too big")?
            };
            spec.precision = Some(usize::try_from(precision).unwrap_or(0));
        }
        if matches!(self.peek().and_then(char::from_u32), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        let letter = self.need(th)?;
        Ok(Conversion { spec, letter, at: self.at - 1 })
    }

    fn star(
        &mut self,
        th: &Thread,
        args: &mut Arguments<'_>,
        keyed: &mut Option<Value>,
        _what: &str,
    ) -> PyResult<i64> {
        let value = match keyed.take() {
            Some(value) => value,
            None => args.next(th)?.clone(),
        };
        if !th.isinstance(&value, th.types().int) {
            return Err(th.type_error("* wants int"));
        }
        let n = th.index_clamped(&value)?;
        if n == i64::MAX || n == i64::MIN {
            return Err(th.overflow_error("Python int too large to convert to C ssize_t"));
        }
        Ok(n)
    }
}

fn format_points<K: Kind>(th: &Thread, format: &[u32], args: &Value) -> PyResult<Vec<u32>> {
    let mut args = Arguments::new(th, args)?;
    let mut parser = Parser { format, at: 0 };
    let mut out: Vec<u32> = Vec::with_capacity(format.len() + 32);
    while let Some(c) = parser.peek() {
        parser.at += 1;
        if c != 0x25 {
            out.push(c);
            continue;
        }
        let mut keyed = None;
        let start = parser.at;
        let mut conversion = parser.conversion::<K>(th, &mut args, &mut keyed)?;
        if conversion.letter == 0x25 && parser.at == start + 1 {
            out.push(0x25);
            continue;
        }
        let value = match keyed {
            Some(value) => value,
            None => args.next(th)?.clone(),
        };
        if let Some(number) = number(th, &value, &mut conversion)? {
            out.extend(number.chars().map(u32::from));
            continue;
        }
        let Some(mut text) = K::convert(th, &value, &conversion)? else {
            let shown = char::from_u32(conversion.letter).filter(|c| (' '..='~').contains(c)).unwrap_or('?');
            return Err(th.value_error(format!(
                "unsupported format character '{shown}' (0x{:x}) at index {}",
                conversion.letter, conversion.at
            )));
        };
        if conversion.letter != u32::from('c')
            && let Some(precision) = conversion.spec.precision
        {
            text.truncate(precision);
        }
        let pad = conversion.spec.width.unwrap_or(0).saturating_sub(text.len());
        out.try_reserve(pad.saturating_add(text.len())).map_err(|_| th.memory_error())?;
        if conversion.spec.left {
            out.append(&mut text);
            out.resize(out.len() + pad, 0x20);
        } else {
            out.resize(out.len() + pad, 0x20);
            out.append(&mut text);
        }
    }
    if args.mapping.is_none() && args.at < args.values.len() && (args.is_tuple || args.at == 0) {
        return Err(th.type_error(format!("not all arguments converted during {} formatting", K::NAME)));
    }
    Ok(out)
}

/// `format % args` of strings.
///
/// # Errors
/// As CPython's.
pub fn format_str(th: &Thread, format: &Value, args: &Value) -> PyResult<Value> {
    let text = th.expect::<Str>(format, "str")?;
    if let Some(made) = super::quick::percent(th, text, args) {
        return Ok(made);
    }
    let made = format_points::<Text>(th, &points(text), args)?;
    th.try_str(&text_from(made))
}

/// `format % args` of bytes.
///
/// # Errors
/// As CPython's.
pub fn format_bytes(th: &Thread, format: &[u8], args: &Value) -> PyResult<Vec<u8>> {
    let format: Vec<u32> = format.iter().map(|b| u32::from(*b)).collect();
    let made = format_points::<Binary>(th, &format, args)?;
    Ok(made.into_iter().map(|b| b as u8).collect())
}
