//! The format-specification mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.
//!
//! Used by `format()`, f-strings and `str.format`. `parse` is here; `number` formats ints, floats and complex numbers;
//! `text` formats strings; `printf` has the number conversions of `%` formatting. All of these are pure: they know of no
//! Python objects, and `FormatError` says which exception to raise. The functions at the end of this file take values.
pub mod number;
pub mod printf;
pub mod text;

pub use number::{format_bigint, format_complex, format_float};
pub use printf::{PrintfSpec, printf_char, printf_float, printf_int};
pub use text::format_str;

use super::int::text::decimal_digit;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// Why a value cannot be formatted so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// ValueError.
    Value(String),
    /// OverflowError.
    Overflow(String),
    /// MemoryError.
    Memory,
}

impl FormatError {
    fn value<T>(message: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::Value(message.into()))
    }
}

impl From<super::float::digits::TooLong> for FormatError {
    fn from(_: super::float::digits::TooLong) -> FormatError {
        FormatError::Memory
    }
}

/// The separator of groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// No groups.
    None,
    /// Groups of three, and commas.
    Comma,
    /// Groups of three, and underscores.
    Underscore,
    /// Groups of four, and underscores: bases 2, 8 and 16.
    UnderscoreFour,
}

impl Grouping {
    /// The separator and the size of a group.
    #[must_use]
    pub const fn separator(self) -> Option<(char, usize)> {
        match self {
            Grouping::None => None,
            Grouping::Comma => Some((',', 3)),
            Grouping::Underscore => Some(('_', 3)),
            Grouping::UnderscoreFour => Some(('_', 4)),
        }
    }

    const fn specifier(self) -> char {
        match self {
            Grouping::Comma => ',',
            _ => '_',
        }
    }
}

/// A parsed specification.
#[derive(Clone, Debug)]
pub struct FormatSpec {
    /// The padding character.
    pub fill: CodePoint,
    /// `<`, `>`, `^` or `=`.
    pub align: u8,
    /// `#`.
    pub alternate: bool,
    /// `z`.
    pub no_neg_0: bool,
    /// `+`, `-`, a blank, or 0 if not given.
    pub sign: u8,
    /// The least width.
    pub width: Option<usize>,
    /// Groups of the integer part.
    pub grouping: Grouping,
    /// Groups of the fractional part.
    pub fraction_grouping: Grouping,
    /// The precision.
    pub precision: Option<usize>,
    /// The presentation type, or NUL if not given.
    pub kind: CodePoint,
}

impl FormatSpec {
    /// The presentation type, if it is ASCII.
    #[must_use]
    pub fn ascii_kind(&self) -> Option<u8> {
        u8::try_from(self.kind.to_u32()).ok().filter(u8::is_ascii)
    }
}

fn is_align(c: CodePoint) -> Option<u8> {
    match c.to_char() {
        Some(c @ ('<' | '>' | '=' | '^')) => Some(c as u8),
        _ => None,
    }
}

struct Cursor<'a> {
    rest: &'a [CodePoint],
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.first().and_then(|c| c.to_char())
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.advance(1);
        }
        found
    }

    fn advance(&mut self, n: usize) {
        self.rest = self.rest.get(n..).unwrap_or_default();
    }

    fn integer(&mut self) -> Result<Option<usize>, FormatError> {
        let mut number = None;
        while let Some(digit) = self.rest.first().and_then(|&c| decimal_digit(c)) {
            let next = number
                .unwrap_or(0_isize)
                .checked_mul(10)
                .and_then(|n| n.checked_add(isize::from(digit)))
                .ok_or_else(|| FormatError::Value("Too many decimal digits in format string".to_owned()))?;
            number = Some(next);
            self.advance(1);
        }
        Ok(number.map(isize::unsigned_abs))
    }

    fn grouping(&mut self) -> Result<Grouping, FormatError> {
        const BOTH: &str = "Cannot specify both ',' and '_'.";
        let comma = self.accept(',');
        let underscore = self.accept('_');
        if underscore && (comma || self.peek() == Some(',')) {
            return FormatError::value(BOTH);
        }
        Ok(if comma {
            Grouping::Comma
        } else if underscore {
            Grouping::Underscore
        } else {
            Grouping::None
        })
    }
}

/// Shows a presentation type in messages.
fn show_kind(kind: CodePoint) -> String {
    match kind.to_u32() {
        code @ 33..128 => char::from_u32(code).map(String::from).unwrap_or_default(),
        code => format!("\\x{code:x}"),
    }
}

pub(crate) fn unknown_kind<T>(kind: CodePoint, type_name: &str) -> Result<T, FormatError> {
    FormatError::value(format!("Unknown format code '{}' for object of type '{type_name}'", show_kind(kind)))
}

fn bad_grouping<T>(grouping: Grouping, kind: CodePoint) -> Result<T, FormatError> {
    FormatError::value(format!("Cannot specify '{}' with '{}'.", grouping.specifier(), show_kind(kind)))
}

/// Parses `spec` for a value whose type is called `type_name`.
///
/// # Errors
/// `FormatError::Value`, with CPython's messages.
pub fn parse(
    spec: &Wtf8,
    type_name: &str,
    default_kind: char,
    default_align: u8,
) -> Result<FormatSpec, FormatError> {
    let all: Vec<CodePoint> = spec.code_points().collect();
    let mut cursor = Cursor { rest: &all };
    let mut out = FormatSpec {
        fill: CodePoint::from_char(' '),
        align: default_align,
        alternate: false,
        no_neg_0: false,
        sign: 0,
        width: None,
        grouping: Grouping::None,
        fraction_grouping: Grouping::None,
        precision: None,
        kind: CodePoint::from_char(default_kind),
    };
    let mut fill_given = false;
    let mut align_given = false;
    if let Some(align) = all.get(1).copied().and_then(is_align) {
        out.align = align;
        out.fill = all.first().copied().unwrap_or(out.fill);
        (fill_given, align_given) = (true, true);
        cursor.advance(2);
    } else if let Some(align) = all.first().copied().and_then(is_align) {
        out.align = align;
        align_given = true;
        cursor.advance(1);
    }
    if let Some(sign @ (' ' | '+' | '-')) = cursor.peek() {
        out.sign = sign as u8;
        cursor.advance(1);
    }
    out.no_neg_0 = cursor.accept('z');
    out.alternate = cursor.accept('#');
    if !fill_given && cursor.accept('0') {
        out.fill = CodePoint::from_char('0');
        if !align_given && default_align == b'>' {
            out.align = b'=';
        }
    }
    out.width = cursor.integer()?;
    out.grouping = cursor.grouping()?;
    if cursor.accept('.') {
        out.precision = cursor.integer()?;
        out.fraction_grouping = cursor.grouping()?;
        if out.precision.is_none() && out.fraction_grouping == Grouping::None {
            return FormatError::value("Format specifier missing precision");
        }
    }
    match cursor.rest {
        [] => {}
        [kind] => out.kind = *kind,
        _ => {
            return FormatError::value(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            ));
        }
    }
    if out.grouping != Grouping::None {
        match out.kind.to_char() {
            Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0') => {}
            Some('b' | 'o' | 'x' | 'X') if out.grouping == Grouping::Underscore => {
                out.grouping = Grouping::UnderscoreFour;
            }
            _ => return bad_grouping(out.grouping, out.kind),
        }
    }
    if out.kind == 'n' && out.fraction_grouping != Grouping::None {
        return bad_grouping(out.fraction_grouping, out.kind);
    }
    Ok(out)
}

/// Padding before and after a text of `length` characters.
pub(crate) fn padding(spec_width: Option<usize>, align: u8, length: usize) -> (usize, usize) {
    let total = spec_width.unwrap_or(0).saturating_sub(length);
    match align {
        b'>' => (total, 0),
        b'^' => (total / 2, total - total / 2),
        _ => (0, total),
    }
}

/// Appends `n` times `fill`.
pub(crate) fn push_fill(out: &mut Wtf8Buf, fill: CodePoint, n: usize) -> Result<(), FormatError> {
    let bytes = n.checked_mul(fill.len_wtf8()).ok_or(FormatError::Memory)?;
    out.try_reserve(bytes).map_err(|_| FormatError::Memory)?;
    for _ in 0..n {
        out.push(fill);
    }
    Ok(())
}
