//! CPython's token stream: what `tokenize` shows, with comments, blank lines, exact positions and its errors.
//!
//! The compiler itself parses with ruff; this lexer serves programs that look at tokens. It takes its source a line at
//! a time and no line before it is needed, because `readline` may be a terminal, or may belong to a caller that stops
//! early (`inspect.getblock`). `layout` has lines, indentation and brackets, `number` the numbers, `strings` the string
//! literals and the text of formatted ones, `operators` the table of operators, `kind` the numbers of `token.py`.

pub mod kind;
mod layout;
mod number;
mod operators;
mod strings;

use crate::error::ErrorKind;
use kind::Kind;

/// A token with its text and place. Lines count from 1, columns are characters from 0, and -1 where CPython gives none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub start: (i64, i64),
    pub end: (i64, i64),
    /// The physical line, or all lines of a string literal.
    pub line: String,
}

/// Why there is no next token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The line source failed; the caller knows why.
    Read,
    /// The source has an error.
    Fault(TokenFault),
}

/// An error of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFault {
    pub kind: ErrorKind,
    pub msg: String,
    pub line: i64,
    /// As `SyntaxError.offset`.
    pub offset: i64,
    /// As `SyntaxError.end_offset`; none for errors that have no end.
    pub end_offset: Option<i64>,
    /// The line; none if the exception is made of the message alone.
    pub text: Option<String>,
}

/// The next line of the source with its newline; `Some(None)` at the end, `None` if reading failed.
pub type Feed<'a> = dyn FnMut() -> Option<Option<String>> + 'a;

type Lex<T> = Result<T, Stop>;

/// How deep brackets may nest.
const MAX_LEVEL: usize = 200;
/// How deep indentation may nest.
const MAX_INDENT: usize = 100;
/// How deep formatted strings may nest.
const MAX_STRINGS: usize = 150;

/// An open formatted string.
#[derive(Clone, Debug)]
struct Formatted {
    /// Reading text; otherwise the inside of a replacement field.
    text: bool,
    template: bool,
    raw: bool,
    quote: u8,
    quote_size: usize,
    /// Where it begins: offset, offset of its line, line number.
    start: usize,
    line_start: usize,
    line: i64,
    /// Brackets open in it, and for the innermost replacement field the depth outside of it (-1: no field).
    depth: i64,
    field_depth: i64,
    in_spec: bool,
    /// An `=` stood in the current field.
    debug: bool,
}

/// What a token is, and the bytes of its text.
struct Found {
    kind: Kind,
    text: Option<(usize, usize)>,
}

/// The lexer.
#[derive(Debug)]
pub struct Lexer {
    /// With COMMENT and NL tokens and `OP` for every operator, as `tokenize` wants it.
    extra: bool,
    buf: Vec<u8>,
    /// The next byte.
    cur: usize,
    /// The first byte of the text that error messages show.
    shown: usize,
    /// The start of the current physical line, and its number.
    line_start: usize,
    line: i64,
    /// The start of the current token, when in one.
    start: Option<usize>,
    /// The first line of the current string.
    first_line: i64,
    multi_line_start: usize,
    at_eof: bool,
    implicit_newline: bool,
    line_begins: bool,
    comment_newline: bool,
    indents: Vec<(i64, i64)>,
    pending: i64,
    /// Open brackets: the bracket and its line.
    open: Vec<(u8, i64)>,
    strings: Vec<Formatted>,
    finished: bool,
    /// The line that the last token showed, and its numbers.
    last: Option<((i64, i64), String)>,
}

impl Lexer {
    /// A lexer; `extra` as the module's `extra_tokens`.
    #[must_use]
    pub fn new(extra: bool) -> Lexer {
        Lexer {
            extra,
            buf: Vec::new(),
            cur: 0,
            shown: 0,
            line_start: 0,
            line: 0,
            start: None,
            first_line: 0,
            multi_line_start: 0,
            at_eof: false,
            implicit_newline: false,
            line_begins: true,
            comment_newline: false,
            indents: vec![(0, 0)],
            pending: 0,
            open: Vec::new(),
            strings: Vec::new(),
            finished: false,
            last: None,
        }
    }

    /// The next token, `None` after the last.
    ///
    /// # Errors
    /// An error of the source or of reading it. The lexer is at its end after it.
    pub fn next(&mut self, feed: &mut Feed<'_>) -> Result<Option<Token>, Stop> {
        if self.finished {
            return Ok(None);
        }
        let found = match self.strings.last() {
            Some(s) if s.text => self.string_text(feed),
            _ => self.normal(feed),
        };
        match found {
            Ok(found) => {
                self.finished = found.kind == kind::ENDMARKER;
                Ok(Some(self.finish(found)))
            }
            Err(stop) => {
                self.finished = true;
                Err(stop)
            }
        }
    }

    fn finish(&mut self, found: Found) -> Token {
        let Found { mut kind, text } = found;
        let string = kind::is_string(kind);
        let line_start = if string { self.multi_line_start } else { self.line_start };
        let trailing = kind == kind::ENDMARKER || (kind == kind::DEDENT && self.at_eof);
        let mut string_text = text.map_or_else(String::new, |(a, b)| self.text(a, b));
        let mut line = String::new();
        let mut first = if string { self.first_line } else { self.line };
        if !(self.extra && trailing) {
            let mut end = self.buf.len();
            if end > line_start && self.implicit_newline {
                end -= 1;
            }
            line = match &self.last {
                Some((n, text)) if *n == (first, self.line) => text.clone(),
                _ => self.text(line_start, end),
            };
            self.last = Some(((first, self.line), line.clone()));
        }
        let mut last = self.line;
        let (mut col, mut end_col) = (-1, -1);
        if let Some((a, b)) = text {
            if a >= line_start {
                col = self.chars(line_start, a);
            }
            if b >= self.line_start {
                end_col = self.chars(self.line_start, b);
            }
        }
        if self.extra {
            if trailing {
                first = self.line + 1;
                last = first;
                (col, end_col) = (0, 0);
            }
            if kind > kind::DEDENT && kind < kind::OP {
                kind = kind::OP;
            } else if kind == kind::NEWLINE {
                string_text = match text.and_then(|t| self.buf.get(t.0)) {
                    _ if self.implicit_newline => string_text,
                    Some(b'\r') => "\r\n".into(),
                    _ => "\n".into(),
                };
                end_col += 1;
            } else if kind == kind::NL && self.implicit_newline {
                string_text.clear();
            }
        }
        Token { kind, text: string_text, start: (first, col), end: (last, end_col), line }
    }

    fn text(&self, a: usize, b: usize) -> String {
        String::from_utf8_lossy(self.buf.get(a..b.max(a)).unwrap_or_default()).into_owned()
    }

    /// Characters between two offsets.
    fn chars(&self, a: usize, b: usize) -> i64 {
        let bytes = self.buf.get(a..b.max(a)).unwrap_or_default();
        bytes.iter().filter(|b| (**b as i8) >= -0x40).count() as i64
    }

    // ---- characters

    /// The next byte, `None` at the end of the source.
    fn bump(&mut self, feed: &mut Feed<'_>) -> Lex<Option<u8>> {
        if let Some(&c) = self.buf.get(self.cur) {
            self.cur += 1;
            return Ok(Some(c));
        }
        if self.at_eof {
            return Ok(None);
        }
        let line = match feed() {
            None => return Err(Stop::Read),
            Some(line) => line.unwrap_or_default(),
        };
        if self.start.is_none() && self.strings.is_empty() {
            self.shown = self.buf.len();
        }
        if line.is_empty() {
            self.at_eof = true;
            if self.start.is_none() && self.strings.is_empty() {
                self.line_start = self.buf.len();
            }
            return Ok(None);
        }
        self.line_start = self.buf.len();
        self.buf.extend_from_slice(line.as_bytes());
        self.implicit_newline = !line.ends_with('\n');
        if self.implicit_newline {
            self.buf.push(b'\n');
        }
        self.line += 1;
        if line.contains('\0') {
            let zero = line.find('\0').unwrap_or(0);
            self.cur = self.line_start;
            self.buf.truncate(self.line_start + zero);
            return Err(self.fault("source code cannot contain null bytes"));
        }
        let c = self.buf.get(self.cur).copied();
        self.cur += 1;
        Ok(c)
    }

    /// Takes back what `bump` gave.
    fn back(&mut self, c: Option<u8>) {
        if c.is_some() {
            self.cur = self.cur.saturating_sub(1);
        }
    }

    /// The next byte, not taken.
    fn peek(&mut self, feed: &mut Feed<'_>) -> Lex<Option<u8>> {
        let c = self.bump(feed)?;
        self.back(c);
        Ok(c)
    }

    fn found(&self, kind: Kind) -> Found {
        Found { kind, text: self.start.map(|s| (s, self.cur)) }
    }

    // ---- errors

    /// A syntax error that ends at the current place.
    fn fault(&self, msg: impl Into<String>) -> Stop {
        self.fault_range(None, None, msg)
    }

    /// A syntax error between two columns (characters from 1).
    fn fault_range(&self, from: Option<i64>, to: Option<i64>, msg: impl Into<String>) -> Stop {
        let line = self.buf.get(self.line_start..).unwrap_or_default();
        let end = line.iter().position(|b| *b == b'\n').map_or(self.buf.len(), |n| self.line_start + n);
        let offset = from.unwrap_or_else(|| self.chars(self.line_start, self.cur));
        Stop::Fault(TokenFault {
            kind: ErrorKind::Syntax,
            msg: msg.into(),
            line: self.line,
            offset,
            end_offset: Some(to.unwrap_or(offset)),
            text: Some(self.text(self.line_start, end)),
        })
    }

    /// An error of a whole line.
    fn line_fault(&self, kind: ErrorKind, msg: &str) -> Stop {
        let end = self.buf.len();
        let text = self.text(self.shown, end);
        Stop::Fault(TokenFault {
            kind,
            msg: msg.into(),
            line: self.line,
            offset: self.chars(self.shown, end),
            end_offset: None,
            text: Some(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(source: &str, extra: bool) -> Vec<(Kind, String, (i64, i64), (i64, i64))> {
        let mut lines = source.split_inclusive('\n').map(str::to_owned);
        let mut feed = || Some(lines.next());
        let mut lexer = Lexer::new(extra);
        let mut out = Vec::new();
        while let Ok(Some(t)) = lexer.next(&mut feed) {
            out.push((t.kind, t.text, t.start, t.end));
        }
        out
    }

    #[test]
    fn blocks_and_comments() {
        let got: Vec<Kind> = all("if x:\n  # c\n  y\n", true).iter().map(|t| t.0).collect();
        let want = [
            kind::NAME,
            kind::NAME,
            kind::OP,
            kind::NEWLINE,
            kind::COMMENT,
            kind::NL,
            kind::INDENT,
            kind::NAME,
            kind::NEWLINE,
            kind::DEDENT,
            kind::ENDMARKER,
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn formatted_strings_are_split() {
        let got: Vec<String> = all("f'a{b!r:>{w}}c'", true).into_iter().map(|t| t.1).collect();
        assert_eq!(got, ["f'", "a", "{", "b", "!", "r", ":", ">", "{", "w", "}", "", "}", "c", "'", "", ""]);
    }

    #[test]
    fn text_without_a_newline_ends_in_one() {
        let got = all("x", true);
        assert_eq!(got[1], (kind::NEWLINE, String::new(), (1, 1), (1, 2)));
        assert_eq!(got[2], (kind::ENDMARKER, String::new(), (2, 0), (2, 0)));
    }
}
