//! Character properties of Unicode 16.0.0, the version of Python 3.14, from tables of our own.
//!
//! A code point's properties are one `Record`, found through two stages of indices. `tables.rs` is generated.
#[rustfmt::skip]
pub mod tables;

use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use tables::{LEGACY, NUMBERS, RECORDS, SHIFT, SPECIAL, STAGE1, STAGE2};

/// A full case mapping: with `len` 0 the distance to the mapped character, else a run of `SPECIAL`.
#[derive(Clone, Copy)]
pub struct Case {
    pub(crate) at: i32,
    pub(crate) len: u8,
}

/// The properties of a code point.
pub struct Record {
    pub(crate) category: u8,
    pub(crate) bidi: u8,
    /// Canonical combining class.
    pub combining: u8,
    pub(crate) width: u8,
    pub(crate) flags: u16,
    /// Value as a digit; 255: it is none.
    pub digit: u8,
    pub(crate) numeric: u8,
    pub(crate) simple_lower: i32,
    pub(crate) lower: Case,
    pub(crate) upper: Case,
    pub(crate) title: Case,
    pub(crate) fold: Case,
}

/// Code points whose properties were others in Unicode 3.2.0.
pub struct Legacy {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) category: u8,
    pub(crate) bidi: u8,
    pub(crate) width: u8,
    pub(crate) mirrored: bool,
    pub(crate) combining: u8,
    pub(crate) decimal: u8,
    pub(crate) digit: u8,
    pub(crate) numeric: u8,
}

const CATEGORIES: [&str; 30] = [
    "Cn", "Lu", "Ll", "Lt", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
    "Lm", "Lo", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
];
const BIDI: [&str; 24] = [
    "", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B",
    "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI",
];
const WIDTHS: [&str; 6] = ["F", "H", "W", "Na", "A", "N"];

const ALPHA: u16 = 1;
const DECIMAL: u16 = 1 << 1;
const DIGIT: u16 = 1 << 2;
const NUMERIC: u16 = 1 << 3;
const LOWER: u16 = 1 << 4;
const UPPER: u16 = 1 << 5;
const TITLE: u16 = 1 << 6;
const SPACE: u16 = 1 << 7;
const PRINTABLE: u16 = 1 << 8;
const START: u16 = 1 << 9;
const CONTINUE: u16 = 1 << 10;
const CASED: u16 = 1 << 11;
const IGNORABLE: u16 = 1 << 12;
const MIRRORED: u16 = 1 << 13;

/// The record of a code point.
#[inline]
#[must_use]
pub fn record(c: u32) -> &'static Record {
    let block = STAGE1.get((c >> SHIFT) as usize).copied().unwrap_or(0);
    let at = ((block as usize) << SHIFT) + (c & ((1 << SHIFT) - 1)) as usize;
    &RECORDS[STAGE2[at] as usize]
}

fn legacy(c: u32) -> Option<&'static Legacy> {
    let at = LEGACY.partition_point(|l| l.last < c);
    LEGACY.get(at).filter(|l| l.first <= c)
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident: $flags:expr;)*) => {
        $($(#[$doc])* #[inline] #[must_use] pub fn $name(c: u32) -> bool { record(c).flags & ($flags) != 0 })*
    };
}
predicates! {
    /// `str.isalpha` of one character.
    is_alpha: ALPHA;
    /// `str.isdecimal` of one character.
    is_decimal: DECIMAL;
    /// `str.isdigit` of one character.
    is_digit: DIGIT;
    /// `str.isnumeric` of one character.
    is_numeric: NUMERIC;
    /// `str.isalnum` of one character.
    is_alnum: ALPHA | DECIMAL | DIGIT | NUMERIC;
    /// The property Lowercase.
    is_lower: LOWER;
    /// The property Uppercase.
    is_upper: UPPER;
    /// Category Lt.
    is_title: TITLE;
    /// `str.isspace` of one character.
    is_space: SPACE;
    /// `str.isprintable` of one character.
    is_printable: PRINTABLE;
    /// XID_Start (without the underscore).
    is_xid_start: START;
    /// XID_Continue.
    is_xid_continue: CONTINUE;
    /// The property Cased.
    is_cased: CASED;
    /// Case_Ignorable, for characters that are not also skipped as cased ones.
    is_case_ignorable: IGNORABLE;
}

/// The simple lower case mapping (`_sre.unicode_tolower`).
#[must_use]
pub fn simple_lower(c: u32) -> u32 {
    c.wrapping_add_signed(record(c).simple_lower)
}

/// Whether the simple mappings change the character (`_sre.unicode_iscased`).
#[must_use]
pub fn is_simply_cased(c: u32) -> bool {
    let r = record(c);
    r.simple_lower != 0 || r.upper.len != 0 && c != 0x149 || r.upper.len == 0 && r.upper.at != 0
}

/// General category, in the current version or (`modern` false) in Unicode 3.2.0.
#[must_use]
pub fn category(c: u32, modern: bool) -> &'static str {
    let old = if modern { None } else { legacy(c) };
    CATEGORIES[usize::from(old.map_or(record(c).category, |l| l.category))]
}

/// Bidirectional class; empty for code points without one.
#[must_use]
pub fn bidirectional(c: u32, modern: bool) -> &'static str {
    let old = if modern { None } else { legacy(c) };
    BIDI[usize::from(old.map_or(record(c).bidi, |l| l.bidi))]
}

/// East Asian width.
#[must_use]
pub fn east_asian_width(c: u32, modern: bool) -> &'static str {
    let old = if modern { None } else { legacy(c) };
    WIDTHS[usize::from(old.map_or(record(c).width, |l| l.width))]
}

/// Whether the character is mirrored in bidirectional text.
#[must_use]
pub fn is_mirrored(c: u32, modern: bool) -> bool {
    let old = if modern { None } else { legacy(c) };
    old.map_or(record(c).flags & MIRRORED != 0, |l| l.mirrored)
}

/// Canonical combining class.
#[must_use]
pub fn combining(c: u32, modern: bool) -> u8 {
    let old = if modern { None } else { legacy(c) };
    old.map_or(record(c).combining, |l| l.combining)
}

/// Value as a decimal digit.
#[must_use]
pub fn decimal(c: u32, modern: bool) -> Option<u8> {
    if c < 0x80 {
        return (c as u8).is_ascii_digit().then(|| c as u8 - b'0');
    }
    match if modern { None } else { legacy(c) } {
        Some(old) => (old.decimal != 255).then_some(old.decimal),
        None => is_decimal(c).then(|| record(c).digit),
    }
}

/// Value as a digit.
#[must_use]
pub fn digit(c: u32, modern: bool) -> Option<u8> {
    let old = if modern { None } else { legacy(c) };
    let digit = old.map_or(record(c).digit, |l| l.digit);
    (digit != 255).then_some(digit)
}

/// Numeric value.
#[must_use]
pub fn numeric(c: u32, modern: bool) -> Option<f64> {
    let old = if modern { None } else { legacy(c) };
    let number = old.map_or(record(c).numeric, |l| l.numeric);
    if number == 0 { None } else { NUMBERS.get(usize::from(number)).copied() }
}

/// Whether the code point is assigned.
#[must_use]
pub fn is_assigned(c: u32, modern: bool) -> bool {
    category(c, modern) != "Cn"
}

fn push_case(out: &mut Wtf8Buf, c: CodePoint, case: Case) {
    if case.len == 0 {
        let mapped = c.to_u32().wrapping_add_signed(case.at);
        out.push(CodePoint::from_u32(mapped).unwrap_or(c));
    } else {
        let at = case.at as usize;
        for mapped in SPECIAL.iter().skip(at).take(usize::from(case.len)) {
            out.push_char(*mapped);
        }
    }
}

/// Appends the full upper case mapping.
pub fn push_upper(out: &mut Wtf8Buf, c: CodePoint) {
    push_case(out, c, record(c.to_u32()).upper);
}

/// Appends the full title case mapping.
pub fn push_title(out: &mut Wtf8Buf, c: CodePoint) {
    push_case(out, c, record(c.to_u32()).title);
}

/// Appends the full case folding.
pub fn push_fold(out: &mut Wtf8Buf, c: CodePoint) {
    push_case(out, c, record(c.to_u32()).fold);
}

/// Appends the full lower case mapping of the character at byte `at` of `text` (a final sigma depends on its neighbours).
pub fn push_lower(out: &mut Wtf8Buf, c: CodePoint, text: &Wtf8, at: usize) {
    if c == '\u{3a3}' {
        out.push_char(if is_final_sigma(text, at) { '\u{3c2}' } else { '\u{3c3}' });
    } else {
        push_case(out, c, record(c.to_u32()).lower);
    }
}

fn is_final_sigma(text: &Wtf8, at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + 2..]);
    let ignorable = |c: &CodePoint| is_case_ignorable(c.to_u32());
    let cased = |c: CodePoint| is_cased(c.to_u32());
    before.code_points().rev().find(|c| !ignorable(c)).is_some_and(cased)
        && !after.code_points().find(|c| !ignorable(c)).is_some_and(cased)
}

/// The name of a character, if it has one.
#[must_use]
pub fn name(c: u32, modern: bool) -> Option<String> {
    if !is_assigned(c, true) || !modern && !is_assigned(c, false) {
        return None;
    }
    char::from_u32(c).and_then(rustpython_unicode::character_name)
}

/// The character, or the characters of a named sequence, that a name stands for.
#[must_use]
pub fn lookup(name: &str, modern: bool) -> Option<Wtf8Buf> {
    use rustpython_unicode::{LookupResult, Ucd};
    let found = match Ucd::new(modern).lookup(name)? {
        LookupResult::Character(c) => Wtf8Buf::from(CodePoint::from(c)),
        LookupResult::Sequence(s) => Wtf8Buf::from(s),
    };
    found.code_points().all(|c| is_assigned(c.to_u32(), modern)).then_some(found)
}

/// The one character that a name stands for (`\N{...}`).
#[must_use]
pub fn lookup_one(name: &str) -> Option<CodePoint> {
    let found = lookup(name, true)?;
    let mut chars = found.code_points();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}
