//! Escapes in string literals: errors in them, and warnings about unknown ones.

use crate::error::Warning;
use crate::source::Lines;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// The error of a literal with a malformed escape.
pub fn escape_error(text: &str) -> Option<String> {
    let open = text.find(['"', '\''])?;
    let prefix = text.get(..open)?.to_ascii_lowercase();
    let quote = text.get(open..)?.chars().next()?;
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let n = if text.get(open..)?.starts_with(&triple) { 3 } else { 1 };
    let body = text.get(open + n..text.len().checked_sub(n)?)?;
    let bytes = prefix.contains('b');
    if bytes && !body.is_ascii() {
        return Some("bytes can only contain ASCII literal characters".into());
    }
    if prefix.contains('r') {
        return None;
    }
    let b = body.as_bytes();
    let mut i = 0;
    // Positions count bytes of the escaped form, where other characters are written as \UXXXXXXXX.
    let mut pos = 0;
    while i < b.len() {
        if b[i] != b'\\' {
            let c = body.get(i..)?.chars().next()?;
            i += c.len_utf8();
            pos += if c.is_ascii() { 1 } else { 10 };
            continue;
        }
        let e = b.get(i + 1).copied().unwrap_or(0);
        let start = pos;
        let want = match e {
            b'x' => 2,
            b'u' if !bytes => 4,
            b'U' if !bytes => 8,
            b'N' if !bytes => {
                let rest = body.get(i + 2..).unwrap_or_default();
                let close = rest.find('}');
                let (Some(name), Some(close)) = (rest.strip_prefix('{'), close) else {
                    let end = start + 1 + rest.find('}').map_or(0, |p| p + 1);
                    let end = if rest.starts_with('{') { start + 1 + rest.len() } else { end.max(start + 1) };
                    return Some(unicode(start, end, "malformed \\N character escape"));
                };
                let name = name.get(..close - 1).unwrap_or_default();
                if name.is_empty() {
                    return Some(unicode(start, start + 2 + close, "malformed \\N character escape"));
                }
                if unicode_names2::character(name).is_none() {
                    return Some(unicode(start, start + 2 + close, "unknown Unicode character name"));
                }
                i += 2 + close + 1;
                pos += 2 + close + 1;
                continue;
            }
            _ => {
                i += 2;
                pos += 2;
                continue;
            }
        };
        let digits = b.iter().skip(i + 2).take(want).take_while(|c| c.is_ascii_hexdigit()).count();
        if digits < want {
            if bytes {
                return Some(format!("(value error) invalid \\x escape at position {start}"));
            }
            let shape = match e {
                b'x' => "\\xXX",
                b'u' => "\\uXXXX",
                _ => "\\UXXXXXXXX",
            };
            return Some(unicode(start, start + 1 + digits, &format!("truncated {shape} escape")));
        }
        if e == b'U' {
            let hex = body.get(i + 2..i + 10).unwrap_or_default();
            if u32::from_str_radix(hex, 16).unwrap_or(0) > 0x10_ffff {
                return Some(unicode(start, start + 9, "illegal Unicode character"));
            }
        }
        i += 2 + want;
        pos += 2 + want;
    }
    None
}

fn unicode(start: usize, end: usize, why: &str) -> String {
    format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{end}: {why}")
}

/// What CPython calls a number literal.
fn number_kind(text: Option<&str>) -> &'static str {
    let text = text.unwrap_or_default().to_ascii_lowercase();
    match text.get(..2) {
        Some("0x") => "hexadecimal",
        Some("0o") => "octal",
        Some("0b") => "binary",
        _ if text.ends_with('j') => "imaginary",
        _ => "decimal",
    }
}

/// Warnings for unknown escapes in all string literals, and for numbers that run into a keyword.
pub fn warnings(lines: &Lines<'_>, tokens: &Tokens) -> Vec<Warning> {
    let mut out = Vec::new();
    let mut number = None;
    for t in tokens.iter() {
        let r = t.range();
        let before = number.take();
        match t.kind() {
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => number = Some(r),
            TokenKind::And
            | TokenKind::Else
            | TokenKind::For
            | TokenKind::If
            | TokenKind::In
            | TokenKind::Is
            | TokenKind::Or
            | TokenKind::Not => {
                if let Some(n) = before.filter(|n: &TextRange| n.end() == r.start()) {
                    let what = number_kind(lines.source.get(n.start().into()..n.end().into()));
                    let msg = format!("invalid {what} literal");
                    out.push(crate::syntax_error::warning(lines, n, msg));
                }
            }
            _ => {}
        }
        let (body, start, bytes) = match t.kind() {
            TokenKind::String => {
                let flags = t.unwrap_string_flags();
                if flags.is_raw_string() {
                    continue;
                }
                let open =
                    usize::from(r.start()) + usize::from(ruff_python_ast::StringFlags::opener_len(flags));
                let close = usize::from(r.end())
                    .saturating_sub(usize::from(ruff_python_ast::StringFlags::closer_len(flags)));
                (lines.source.get(open..close), open, flags.is_byte_string())
            }
            TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                if t.unwrap_string_flags().is_raw_string() {
                    continue;
                }
                let (a, b) = (usize::from(r.start()), usize::from(r.end()));
                (lines.source.get(a..b), a, false)
            }
            _ => continue,
        };
        let Some(body) = body.filter(|b| b.contains('\\')) else { continue };
        scan(lines, body, start, bytes, &mut out);
    }
    out
}

/// Warnings about the escapes of a literal's body.
pub fn scan(lines: &Lines<'_>, body: &str, start: usize, bytes: bool, out: &mut Vec<Warning>) {
    let b = body.as_bytes();
    let mut i = 0;
    while let Some(p) = b.get(i..).and_then(|rest| rest.iter().position(|c| *c == b'\\')) {
        i += p;
        // Behind a stretch of a formatted string stands a brace.
        let Some(c) = lines.source.get(start + i + 1..).and_then(|r| r.chars().next()) else { return };
        let msg = match c {
            '\n' | '\r' | '\\' | '\'' | '"' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => None,
            'N' | 'u' | 'U' if !bytes => None,
            '0'..='7' => {
                let octal: String = body
                    .get(i + 1..)
                    .unwrap_or_default()
                    .chars()
                    .take(3)
                    .take_while(|c| ('0'..='7').contains(c))
                    .collect();
                (octal.len() == 3 && octal.as_str() > "377").then(|| {
                    format!(
                        "\"\\{octal}\" is an invalid octal escape sequence. Such sequences will not work in the future. Did you mean \"\\\\{octal}\"? A raw string is also an option."
                    )
                })
            }
            c => Some(format!(
                "\"\\{c}\" is an invalid escape sequence. Such sequences will not work in the future. Did you mean \"\\\\{c}\"? A raw string is also an option."
            )),
        };
        if let Some(msg) = msg {
            let at = TextSize::try_from(start + i).unwrap_or_default();
            let len = TextSize::try_from(1 + c.len_utf8()).unwrap_or_default();
            out.push(crate::syntax_error::warning(lines, TextRange::at(at, len), msg));
        }
        i += 1 + c.len_utf8();
    }
}
