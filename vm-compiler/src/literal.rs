//! Literals: numbers, strings with their escapes, docstrings.
//!
//! ruff decodes strings to `str`, which has no surrogates; a literal in which one may occur is decoded again here.

use crate::bytecode::unit::Const;
use crate::constant::int;
use num_bigint::BigInt;
use ruff_python_ast::{self as ast, StringFlags};
use ruff_text_size::Ranged;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

/// Digits of a decimal integer beyond which `int()` refuses to convert (`sys.set_int_max_str_digits`'s default).
const MAX_DECIMAL_DIGITS: usize = 4300;

/// The error of a decimal integer literal with too many digits.
pub fn too_many_digits(n: &ast::ExprNumberLiteral) -> Option<String> {
    let ast::Number::Int(i) = &n.value else { return None };
    if i.as_u64().is_some() {
        return None;
    }
    let text = i.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let radix = text.starts_with('0') && text.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
    (!radix && digits > MAX_DECIMAL_DIGITS).then(|| {
        format!(
            "Exceeds the limit ({MAX_DECIMAL_DIGITS} digits) for integer string conversion: value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits."
        )
    })
}

/// The value of a number.
pub fn number(n: &ast::ExprNumberLiteral) -> Const {
    match &n.value {
        ast::Number::Int(i) => {
            if let Some(v) = i.as_i64() {
                return Const::Int(v);
            }
            let text = i.to_string();
            let digits: Vec<u8> = text.bytes().filter(|b| *b != b'_').collect();
            let (radix, body) = match digits.get(..2) {
                Some([b'0', b'x' | b'X']) => (16, &digits[2..]),
                Some([b'0', b'o' | b'O']) => (8, &digits[2..]),
                Some([b'0', b'b' | b'B']) => (2, &digits[2..]),
                _ => (10, &digits[..]),
            };
            int(BigInt::parse_bytes(body, radix).unwrap_or_default())
        }
        ast::Number::Float(f) => Const::Float(*f),
        ast::Number::Complex { real, imag } => Const::Complex { re: *real, im: *imag },
    }
}

/// The value of a string expression (several literals are one).
pub fn string(source: &str, s: &ast::ExprStringLiteral) -> Wtf8Buf {
    let mut out = Wtf8Buf::new();
    for part in &s.value {
        out.push_wtf8(&string_part(source, part));
    }
    out
}

/// The value of one literal.
pub fn string_part(source: &str, s: &ast::StringLiteral) -> Wtf8Buf {
    if s.value.contains('\u{fffd}') && !s.flags.prefix().is_raw() {
        let range = s.range();
        let open = usize::from(range.start()) + usize::from(s.flags.opener_len());
        let close = usize::from(range.end()) - usize::from(s.flags.closer_len());
        if let Some(body) = source.get(open..close)
            && body.contains('\\')
        {
            return unescape(body, false);
        }
    }
    Wtf8Buf::from(&*s.value)
}

/// The value of a literal piece of an f-string or t-string.
pub fn interpolated_text(source: &str, l: &ast::InterpolatedStringLiteralElement, raw: bool) -> Wtf8Buf {
    if !raw && l.value.contains('\u{fffd}') {
        let range = l.range();
        if let Some(body) = source.get(usize::from(range.start())..usize::from(range.end()))
            && body.contains('\\')
        {
            return unescape(body, true);
        }
    }
    Wtf8Buf::from(&*l.value)
}

/// Decodes escapes; in an f-string doubled braces are one.
fn unescape(body: &str, braces: bool) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if braces && (c == '{' || c == '}') && chars.peek() == Some(&c) {
            chars.next();
        }
        if c == '\r' {
            if chars.peek() == Some(&'\n') {
                chars.next();
            }
            out.push_char('\n');
            continue;
        }
        if c != '\\' {
            out.push_char(c);
            continue;
        }
        let Some(e) = chars.next() else {
            out.push_char('\\');
            break;
        };
        let mut hex = |n: usize| {
            let mut v = 0u32;
            for _ in 0..n {
                match chars.peek().and_then(|c| c.to_digit(16)) {
                    Some(d) => {
                        v = v << 4 | d;
                        chars.next();
                    }
                    None => return None,
                }
            }
            CodePoint::from_u32(v)
        };
        match e {
            '\n' => {}
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
            }
            '\\' | '\'' | '"' => out.push_char(e),
            'a' => out.push_char('\x07'),
            'b' => out.push_char('\x08'),
            'f' => out.push_char('\x0c'),
            'n' => out.push_char('\n'),
            'r' => out.push_char('\r'),
            't' => out.push_char('\t'),
            'v' => out.push_char('\x0b'),
            'x' | 'u' | 'U' => {
                let n = match e {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                if let Some(cp) = hex(n) {
                    out.push(cp);
                }
            }
            '0'..='7' => {
                let mut v = e.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(d) => {
                            v = v << 3 | d;
                            chars.next();
                        }
                        None => break,
                    }
                }
                if let Some(cp) = CodePoint::from_u32(v) {
                    out.push(cp);
                }
            }
            'N' if chars.peek() == Some(&'{') => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                match unicode_names2::character(&name) {
                    Some(c) => out.push_char(c),
                    None => out.push_char('\u{fffd}'),
                }
            }
            other => {
                out.push_char('\\');
                out.push_char(other);
            }
        }
    }
    out
}

/// A docstring without common indentation (`_PyCompile_CleanDoc`).
pub fn clean_doc(doc: &Wtf8Buf) -> Wtf8Buf {
    let bytes = expand_tabs(doc.as_bytes());
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let indent_of = |l: &[u8]| l.iter().take_while(|b| **b == b' ').count();
    let margin =
        lines.iter().skip(1).filter(|l| indent_of(l) < l.len()).map(|l| indent_of(l)).min().unwrap_or(0);
    let mut out = Vec::with_capacity(bytes.len());
    for (i, l) in lines.iter().enumerate() {
        if i == 0 {
            out.extend_from_slice(l.get(indent_of(l)..).unwrap_or_default());
            continue;
        }
        out.push(b'\n');
        let cut = margin.min(indent_of(l));
        out.extend_from_slice(l.get(cut..).unwrap_or_default());
    }
    Wtf8Buf::from_bytes(out).unwrap_or_default()
}

/// `str.expandtabs(8)`, for indentation and text alike.
fn expand_tabs(text: &[u8]) -> Vec<u8> {
    if !text.contains(&b'\t') {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut col = 0usize;
    for &b in text {
        match b {
            b'\t' => {
                let n = 8 - col % 8;
                out.extend(std::iter::repeat_n(b' ', n));
                col += n;
            }
            b'\n' | b'\r' => {
                out.push(b);
                col = 0;
            }
            b => {
                out.push(b);
                // Continuation bytes take no column.
                col += usize::from(b & 0xc0 != 0x80);
            }
        }
    }
    out
}
