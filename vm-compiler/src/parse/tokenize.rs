//! A tokenizer that finds the errors CPython's tokenizer finds. It runs only on sources that do not parse.

mod formatted;
mod number;

use crate::error::ErrorKind;
use crate::options::Mode;
use ruff_text_size::{TextRange, TextSize};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    /// A whole string literal that is not formatted.
    Str,
    FormatStart,
    FormatMiddle,
    FormatEnd,
    TemplateStart,
    TemplateMiddle,
    TemplateEnd,
    Op,
    Newline,
    Indent,
    Dedent,
    End,
}

/// A token, and how many brackets are open before it.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub level: usize,
    /// A stretch of a raw formatted string.
    pub raw: bool,
}

/// Where an error of the tokenizer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it begins.
    Same,
    /// At the end of its range.
    Range,
    /// CPython says 0.
    Zero,
    /// CPython says -1.
    Minus,
}

/// An error of the tokenizer.
#[derive(Clone, Debug)]
pub struct LexFault {
    pub kind: ErrorKind,
    pub msg: String,
    pub range: TextRange,
    pub end: End,
    /// It counts more than an earlier error of the grammar.
    pub loud: bool,
    /// Inside a formatted string.
    pub formatted: bool,
    /// It is that the source ends.
    pub at_end: bool,
}

/// The tokens up to the end or an error, and the brackets still open there.
#[derive(Debug, Default)]
pub struct Tokens {
    pub tokens: Vec<Token>,
    pub error: Option<LexFault>,
    pub open: Vec<(u8, usize)>,
    /// The last line ends as if with a newline where it has none.
    pub newline_at_end: bool,
    /// One statement of an interactive session.
    single: bool,
    /// Its end closes its blocks.
    implied: bool,
}

/// A formatted string that is being read.
struct Format {
    quote: u8,
    triple: bool,
    raw: bool,
    template: bool,
    /// Where it begins.
    start: usize,
    /// Open brackets in its fields.
    depth: i32,
    /// Fields inside one another, less one.
    field: i32,
    spec: bool,
    /// Between the braces of a field.
    inside: bool,
}

impl Format {
    fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }
}

struct Scanner<'a> {
    source: &'a str,
    b: &'a [u8],
    i: usize,
    line: u32,
    out: Tokens,
    /// Formatted strings inside one another.
    formats: Vec<Format>,
}

pub fn range(a: usize, b: usize) -> TextRange {
    let at = |n: usize| TextSize::try_from(n).unwrap_or_default();
    TextRange::new(at(a.min(b)), at(b))
}

/// Tokenizes a source; `implied` says that the end of one of mode Single closes its blocks.
pub fn tokenize(source: &str, mode: Mode, implied: bool) -> Tokens {
    let mut s = Scanner {
        source,
        b: source.as_bytes(),
        i: 0,
        line: 1,
        out: Tokens {
            newline_at_end: mode == Mode::Exec,
            single: mode == Mode::Single,
            implied,
            ..Tokens::default()
        },
        formats: Vec::new(),
    };
    if let Err(mut e) = s.run() {
        e.formatted = !s.formats.is_empty();
        s.out.error = Some(e);
    }
    s.out
}

type Lex<T> = Result<T, LexFault>;

impl Scanner<'_> {
    fn at(&self, i: usize) -> u8 {
        self.b.get(i).copied().unwrap_or(0)
    }

    fn fail<T>(&self, kind: ErrorKind, a: usize, b: usize, msg: impl Into<String>) -> Lex<T> {
        let msg = msg.into();
        let (loud, end) = match msg.as_str() {
            "unindent does not match any outer indentation level" | "unexpected EOF while parsing" => {
                (false, End::Minus)
            }
            "unexpected character after line continuation character" => (false, End::Zero),
            _ if kind != ErrorKind::Syntax => (false, End::Zero),
            _ if msg.starts_with("leading zeros") || msg.ends_with("prefixes are incompatible") => {
                (true, End::Range)
            }
            _ => (true, End::Same),
        };
        let at_end = msg == "unexpected EOF while parsing"
            || (msg.starts_with("unterminated triple-quoted") && self.i >= self.b.len())
            || (msg.starts_with("unterminated") && !self.out.newline_at_end && self.i >= self.b.len());
        Err(LexFault { kind, msg, range: range(a, b), end, loud, formatted: false, at_end })
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let level = self.out.open.len();
        self.out.tokens.push(Token { kind, start, end: self.i, level, raw: false });
    }

    fn newline(&self, i: usize) -> usize {
        match (self.at(i), self.at(i + 1)) {
            (b'\r', b'\n') => 2,
            (b'\r' | b'\n', _) => 1,
            _ => 0,
        }
    }

    fn run(&mut self) -> Lex<()> {
        let mut indents: Vec<(usize, usize)> = vec![(0, 0)];
        let mut line_start = true;
        loop {
            if self.formats.last().is_some_and(|f| !f.inside) {
                self.formatted()?;
                continue;
            }
            if line_start && self.out.open.is_empty() {
                line_start = false;
                let begin = self.i;
                let (mut col, mut alt, mut first) = (0, 0, (0, 0));
                loop {
                    match self.at(self.i) {
                        b' ' => (col, alt) = (col + 1, alt + 1),
                        b'\t' => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                        b'\x0c' => (col, alt) = (0, 0),
                        b'\\' if self.newline(self.i + 1) > 0 && self.i + 2 < self.b.len() => {
                            // The first line's indentation counts.
                            if first == (0, 0) {
                                first = (col, alt);
                            }
                            self.i += self.newline(self.i + 1);
                            self.line += 1;
                        }
                        _ => break,
                    }
                    self.i += 1;
                }
                if first.0 > 0 {
                    (col, alt) = first;
                }
                let blank = matches!(self.at(self.i), b'#' | b'\r' | b'\n')
                    || (self.i >= self.b.len() && (self.out.newline_at_end || col == 0));
                if !blank {
                    self.indentation(&mut indents, col, alt, begin)?;
                }
            }
            while matches!(self.at(self.i), b' ' | b'\t' | b'\x0c') {
                self.i += 1;
            }
            let begin = self.i;
            if self.at(self.i) == b'#' {
                self.i = self.line_end(self.i);
            }
            if self.i >= self.b.len() {
                if !self.out.open.is_empty() {
                    return Ok(());
                }
                if self.out.newline_at_end
                    && self.out.tokens.last().is_some_and(|t| !matches!(t.kind, Kind::Newline | Kind::Dedent))
                {
                    self.push(Kind::Newline, begin);
                }
                let fresh = self.i == 0 || self.newline(self.i - 1) > 0;
                let some = !self.out.tokens.is_empty();
                if self.out.single && some && !fresh {
                    self.push(Kind::Newline, usize::MAX);
                }
                let dedents =
                    if !self.out.single || fresh || self.out.implied { indents.len() - 1 } else { 0 };
                for _ in 0..dedents {
                    self.push(Kind::Dedent, self.i);
                }
                if self.out.single && some && (fresh || dedents > 0) {
                    self.push(Kind::Newline, usize::MAX);
                }
                self.push(Kind::End, self.i);
                return Ok(());
            }
            let n = self.newline(self.i);
            if n > 0 {
                let logical = self.out.open.is_empty()
                    && self
                        .out
                        .tokens
                        .last()
                        .is_some_and(|t| !matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent));
                if logical {
                    self.push(Kind::Newline, begin);
                }
                self.i += n;
                self.line += 1;
                line_start = self.out.open.is_empty();
                continue;
            }
            self.token()?;
        }
    }

    fn indentation(
        &mut self,
        indents: &mut Vec<(usize, usize)>,
        col: usize,
        alt: usize,
        begin: usize,
    ) -> Lex<()> {
        let tab = |s: &Self| {
            s.fail(ErrorKind::Tab, begin, s.i, "inconsistent use of tabs and spaces in indentation")
        };
        let (top, top_alt) = indents.last().copied().unwrap_or((0, 0));
        if col == top {
            if alt != top_alt {
                return tab(self);
            }
        } else if col > top {
            if indents.len() >= 100 {
                return self.fail(ErrorKind::Indentation, begin, self.i, "too many levels of indentation");
            }
            if alt <= top_alt {
                return tab(self);
            }
            indents.push((col, alt));
            self.push(Kind::Indent, begin);
        } else {
            let before = indents.len();
            while indents.last().is_some_and(|l| l.0 > col) {
                indents.pop();
            }
            let (top, top_alt) = indents.last().copied().unwrap_or((0, 0));
            if top != col {
                let end = self.line_end(self.i);
                return self.fail(
                    ErrorKind::Indentation,
                    end,
                    end,
                    "unindent does not match any outer indentation level",
                );
            }
            if alt != top_alt {
                return tab(self);
            }
            for _ in indents.len()..before {
                self.push(Kind::Dedent, self.i);
            }
        }
        Ok(())
    }

    fn line_end(&self, mut i: usize) -> usize {
        while i < self.b.len() && self.newline(i) == 0 {
            i += 1;
        }
        i
    }

    fn token(&mut self) -> Lex<()> {
        let start = self.i;
        let c = self.at(start);
        if c.is_ascii_digit() || (c == b'.' && self.at(start + 1).is_ascii_digit()) {
            self.number()?;
            self.push(Kind::Number, start);
            return Ok(());
        }
        if c == b'"' || c == b'\'' {
            self.string(start)?;
            self.push(Kind::Str, start);
            return Ok(());
        }
        if c.is_ascii_alphabetic() || c == b'_' || c >= 0x80 {
            return self.name(start);
        }
        if c == b'\\' {
            let n = self.newline(start + 1);
            if n > 0 {
                self.i += 1 + n;
                self.line += 1;
                if self.i >= self.b.len() {
                    return self.fail(
                        ErrorKind::Syntax,
                        start + 1,
                        start + 1,
                        "unexpected EOF while parsing",
                    );
                }
                return Ok(());
            }
            if start + 1 >= self.b.len() && self.out.newline_at_end {
                let at = start + 1;
                return self.fail(ErrorKind::Syntax, at, at, "unexpected EOF while parsing");
            }
            let at = (start + 1).min(self.b.len() - 1);
            return self.fail(
                ErrorKind::Syntax,
                at,
                at,
                "unexpected character after line continuation character",
            );
        }
        if matches!(c, b':' | b'!' | b'}') && self.field_mark(c) {
            self.i += 1;
            self.push(Kind::Op, start);
            return Ok(());
        }
        match c {
            b'(' | b'[' | b'{' => {
                if self.out.open.len() >= 200 {
                    return self.fail(ErrorKind::Syntax, start, start + 1, "too many nested parentheses");
                }
                self.i += 1;
                self.push(Kind::Op, start);
                self.out.open.push((c, start));
                if let Some(f) = self.formats.last_mut() {
                    f.depth += 1;
                }
                return Ok(());
            }
            b'}' if self.formats.last().is_some_and(|f| f.depth == 0) => {
                let letter = self.formats.last().map_or('f', Format::letter);
                let msg = format!("{letter}-string: single '}}' is not allowed");
                return self.fail(ErrorKind::Syntax, start, start + 1, msg);
            }
            b')' | b']' | b'}' => {
                let Some((open, at)) = self.out.open.pop() else {
                    return self.fail(
                        ErrorKind::Syntax,
                        start,
                        start + 1,
                        format!("unmatched '{}'", char::from(c)),
                    );
                };
                if !matches!((open, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
                    if let Some(f) = self.formats.last()
                        && open == b'{'
                        && f.depth - 1 == f.field
                    {
                        let msg = format!("{}-string: unmatched '{}'", f.letter(), char::from(c));
                        return self.fail(ErrorKind::Syntax, start, start + 1, msg);
                    }
                    let lines = crate::source::Lines::new(self.source);
                    let (a, b) = (lines.line(at as u32), lines.line(start as u32));
                    let tail = if a == b { String::new() } else { format!(" on line {a}") };
                    return self.fail(
                        ErrorKind::Syntax,
                        start,
                        start + 1,
                        format!(
                            "closing parenthesis '{}' does not match opening parenthesis '{}'{tail}",
                            char::from(c),
                            char::from(open)
                        ),
                    );
                }
                self.i += 1;
                self.push(Kind::Op, start);
                return self.closed(c, start);
            }
            _ => {}
        }
        const OPS: [&str; 24] = [
            "**=", "//=", ">>=", "<<=", "...", "!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=",
            ":=", "<<", "<=", "==", ">=", ">>", "@=", "^=", "|=",
        ];
        let rest = self.source.get(start..).unwrap_or_default();
        match OPS.iter().find(|o| rest.starts_with(**o)) {
            Some(o) => self.i += o.len(),
            None if c.is_ascii_graphic() => self.i += 1,
            None => {
                self.i += 1;
                return self.fail(
                    ErrorKind::Syntax,
                    start,
                    start + 1,
                    format!("invalid non-printable character U+{c:04X}"),
                );
            }
        }
        self.push(Kind::Op, start);
        Ok(())
    }

    fn name(&mut self, start: usize) -> Lex<()> {
        let rest = self.source.get(start..).unwrap_or_default();
        let len = rest
            .char_indices()
            .find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '_' || !c.is_ascii()))
            .map_or(rest.len(), |(i, _)| i);
        let word = rest.get(..len).unwrap_or_default();
        let prefix = word.len() <= 5
            && word.bytes().all(|b| matches!(b.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't'));
        let quote = self.at(start + len);
        if prefix && (quote == b'"' || quote == b'\'') {
            let lower = word.to_ascii_lowercase();
            let has = |c: char| lower.contains(c);
            for (a, b) in [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')]
            {
                if has(a) && has(b) {
                    return self.fail(
                        ErrorKind::Syntax,
                        start,
                        start + len,
                        format!("'{a}' and '{b}' prefixes are incompatible"),
                    );
                }
            }
            if lower.len() < 2 || (lower.len() == 2 && lower.as_bytes()[0] != lower.as_bytes()[1]) {
                self.i = start + len;
                if has('f') || has('t') {
                    self.open_format(start, has('t'), has('r'));
                    return Ok(());
                }
                self.string(start)?;
                self.push(Kind::Str, start);
                return Ok(());
            }
        }
        for (i, c) in word.char_indices() {
            if !c.is_ascii() && !is_identifier_char(c) {
                let at = start + i;
                let msg = if printable(c) {
                    format!("invalid character '{c}' (U+{:04X})", c as u32)
                } else {
                    format!("invalid non-printable character U+{:04X}", c as u32)
                };
                return self.fail(ErrorKind::Syntax, at, at + c.len_utf8(), msg);
            }
        }
        self.i = start + len;
        self.push(Kind::Name, start);
        Ok(())
    }

    fn string(&mut self, start: usize) -> Lex<()> {
        let quote = self.at(self.i);
        let triple = self.at(self.i + 1) == quote && self.at(self.i + 2) == quote;
        self.i += if triple { 3 } else { 1 };
        let mut escaped_quote = false;
        loop {
            if self.i >= self.b.len() || (!triple && self.newline(self.i) > 0) {
                if let Some(f) = self.formats.last()
                    && (f.quote, f.triple) == (quote, triple)
                {
                    let msg = format!("{}-string: expecting '}}'", f.letter());
                    return self.fail(ErrorKind::Syntax, start, start, msg);
                }
                if triple {
                    let msg = format!(
                        "unterminated triple-quoted string literal (detected at line {})",
                        self.last_line()
                    );
                    return self.fail(ErrorKind::Syntax, start, start, msg);
                }
                let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
                let msg = format!("unterminated string literal (detected at line {}){hint}", self.line);
                return self.fail(ErrorKind::Syntax, start, start, msg);
            }
            let n = self.newline(self.i);
            if n > 0 {
                self.line += 1;
                self.i += n;
                continue;
            }
            let c = self.at(self.i);
            if c == b'\\' {
                let n = self.newline(self.i + 1);
                escaped_quote |= self.at(self.i + 1) == quote;
                if n > 0 {
                    self.line += 1;
                    self.i += 1 + n;
                } else {
                    self.i = (self.i + 2).min(self.b.len());
                }
                continue;
            }
            if c == quote && (!triple || (self.at(self.i + 1) == quote && self.at(self.i + 2) == quote)) {
                self.i += if triple { 3 } else { 1 };
                return Ok(());
            }
            self.i += 1;
        }
    }

    fn last_line(&self) -> u32 {
        let line = crate::source::Lines::new(self.source).count();
        line - u32::from(line > 1 && self.source.ends_with('\n'))
    }

    fn is_char_end(&self, i: usize) -> bool {
        self.source.is_char_boundary(i)
    }
}

pub fn is_identifier_char(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_continue(c)
}

pub fn printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe000..=0xf8ff | 0xe0001..=0xe007f))
}
