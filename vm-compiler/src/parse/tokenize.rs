//! A tokenizer that finds the errors CPython's tokenizer finds. It runs only on sources that do not parse.

use crate::error::ErrorKind;
use ruff_text_size::{TextRange, TextSize};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    /// A whole string literal, formatted ones included.
    Str,
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
}

/// An error of the tokenizer.
#[derive(Clone, Debug)]
pub struct LexFault {
    pub kind: ErrorKind,
    pub msg: String,
    pub range: TextRange,
}

/// The tokens up to the end or an error, and the brackets still open there.
#[derive(Debug, Default)]
pub struct Tokens {
    pub tokens: Vec<Token>,
    pub error: Option<LexFault>,
    pub open: Vec<(u8, usize)>,
}

struct Scanner<'a> {
    source: &'a str,
    b: &'a [u8],
    i: usize,
    line: u32,
    out: Tokens,
    /// Formatted strings inside one another.
    nested: usize,
}

pub fn range(a: usize, b: usize) -> TextRange {
    let at = |n: usize| TextSize::try_from(n).unwrap_or_default();
    TextRange::new(at(a.min(b)), at(b))
}

/// Tokenizes a source.
pub fn tokenize(source: &str) -> Tokens {
    let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut s =
        Scanner { source, b: source.as_bytes(), i: start, line: 1, out: Tokens::default(), nested: 0 };
    if let Err(e) = s.run() {
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
        Err(LexFault { kind, msg: msg.into(), range: range(a, b) })
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let level = self.out.open.len();
        self.out.tokens.push(Token { kind, start, end: self.i, level });
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
            if line_start && self.out.open.is_empty() {
                line_start = false;
                let begin = self.i;
                let (mut col, mut alt) = (0, 0);
                loop {
                    match self.at(self.i) {
                        b' ' => (col, alt) = (col + 1, alt + 1),
                        b'\t' => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                        b'\x0c' => (col, alt) = (0, 0),
                        b'\\' if self.newline(self.i + 1) > 0 => {
                            self.i += self.newline(self.i + 1);
                            self.line += 1;
                        }
                        _ => break,
                    }
                    self.i += 1;
                }
                let blank = matches!(self.at(self.i), b'#' | b'\r' | b'\n') || self.i >= self.b.len();
                if !blank {
                    self.indentation(&mut indents, col, alt, begin)?;
                }
            }
            while matches!(self.at(self.i), b' ' | b'\t' | b'\x0c') {
                self.i += 1;
            }
            if self.at(self.i) == b'#' {
                while self.i < self.b.len() && self.newline(self.i) == 0 {
                    self.i += 1;
                }
            }
            if self.i >= self.b.len() {
                if self.out.tokens.last().is_some_and(|t| !matches!(t.kind, Kind::Newline | Kind::Dedent)) {
                    self.push(Kind::Newline, self.i);
                }
                for _ in 1..indents.len() {
                    self.push(Kind::Dedent, self.i);
                }
                self.push(Kind::End, self.i);
                return Ok(());
            }
            let n = self.newline(self.i);
            if n > 0 {
                let start = self.i;
                let logical = self.out.open.is_empty()
                    && self
                        .out
                        .tokens
                        .last()
                        .is_some_and(|t| !matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent));
                if logical {
                    self.push(Kind::Newline, start);
                }
                self.i += n;
                self.line += 1;
                line_start = true;
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
            while indents.last().is_some_and(|l| l.0 > col) {
                indents.pop();
                let start = self.i;
                self.push(Kind::Dedent, start);
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
            self.string(start, false)?;
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
                    return self.fail(ErrorKind::Syntax, start, start + 1, "unexpected EOF while parsing");
                }
                return Ok(());
            }
            if start + 1 >= self.b.len() {
                return self.fail(ErrorKind::Syntax, start, start + 1, "unexpected EOF while parsing");
            }
            return self.fail(
                ErrorKind::Syntax,
                start + 1,
                start + 1,
                "unexpected character after line continuation character",
            );
        }
        match c {
            b'(' | b'[' | b'{' => {
                if self.out.open.len() >= 200 {
                    return self.fail(ErrorKind::Syntax, start, start + 1, "too many nested parentheses");
                }
                self.i += 1;
                self.push(Kind::Op, start);
                self.out.open.push((c, start));
                return Ok(());
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
                return Ok(());
            }
            _ => {}
        }
        const OPS: [&str; 25] = [
            "**=", "//=", ">>=", "<<=", "...", "!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=",
            ":=", "<<", "<=", "==", ">=", ">>", "@=", "^=", "|=", "<>",
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
                self.string(start, has('f') || has('t'))?;
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

    fn string(&mut self, start: usize, formatted: bool) -> Lex<()> {
        let quote = self.at(self.i);
        let triple = self.at(self.i + 1) == quote && self.at(self.i + 2) == quote;
        let first_line = self.line;
        let kind = match self.at(start).to_ascii_lowercase() {
            b't' => "t-string",
            b'f' => "f-string",
            _ if formatted && self.at(start + 1).eq_ignore_ascii_case(&b't') => "t-string",
            _ if formatted => "f-string",
            _ => "string",
        };
        self.i += if triple { 3 } else { 1 };
        if triple {
            self.out.open.reserve(0);
        }
        let raw = self.b.get(start..self.i).unwrap_or_default().iter().any(|b| b.eq_ignore_ascii_case(&b'r'));
        let mut escaped_quote = false;
        loop {
            if self.i >= self.b.len() || (!triple && self.newline(self.i) > 0) {
                let _ = first_line;
                if triple {
                    let lines = crate::source::Lines::new(self.source);
                    let mut n = lines.line(self.b.len() as u32);
                    if self.source.ends_with('\n') {
                        n -= 1;
                    }
                    return self.fail(
                        ErrorKind::Syntax,
                        start,
                        start,
                        format!("unterminated triple-quoted {kind} literal (detected at line {n})"),
                    );
                }
                let hint = if escaped_quote && kind == "string" {
                    "; perhaps you escaped the end quote"
                } else {
                    ""
                };
                return self.fail(
                    ErrorKind::Syntax,
                    start,
                    start,
                    format!("unterminated {kind} literal (detected at line {}){hint}", self.line),
                );
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
                } else if formatted && matches!(self.at(self.i + 1), b'{' | b'}') {
                    self.i += 1;
                } else if formatted && !raw && self.at(self.i + 1) == b'N' && self.at(self.i + 2) == b'{' {
                    while self.i < self.b.len() && self.newline(self.i) == 0 && self.at(self.i) != b'}' {
                        self.i += 1;
                    }
                } else {
                    self.i += 2;
                }
                continue;
            }
            if c == quote && (!triple || (self.at(self.i + 1) == quote && self.at(self.i + 2) == quote)) {
                self.i += if triple { 3 } else { 1 };
                return Ok(());
            }
            if formatted && c == b'{' {
                if self.at(self.i + 1) == b'{' {
                    self.i += 2;
                    continue;
                }
                self.replacement(start, quote, triple, kind)?;
                continue;
            }
            if formatted && c == b'}' {
                if self.at(self.i + 1) == b'}' {
                    self.i += 2;
                    continue;
                }
                return self.fail(
                    ErrorKind::Syntax,
                    self.i,
                    self.i + 1,
                    format!("{kind}: single '}}' is not allowed"),
                );
            }
            self.i += 1;
        }
    }

    /// A replacement field, from its brace to behind the closing one.
    fn replacement(&mut self, start: usize, quote: u8, triple: bool, kind: &str) -> Lex<()> {
        self.nested += 1;
        if self.nested >= 150 {
            return self.fail(ErrorKind::Syntax, self.i, self.i, "too many nested f-strings");
        }
        let r = self.replacement_field(start, quote, triple, kind);
        self.nested -= 1;
        r
    }

    fn replacement_field(&mut self, start: usize, quote: u8, triple: bool, kind: &str) -> Lex<()> {
        let open_at = self.i;
        self.i += 1;
        let mut open: Vec<(u8, usize)> = Vec::new();
        loop {
            if self.i >= self.b.len() {
                if triple {
                    return self.fail(ErrorKind::Syntax, open_at, open_at + 1, "'{' was never closed");
                }
                return self.fail(ErrorKind::Syntax, open_at, open_at + 1, "'{' was never closed");
            }
            let n = self.newline(self.i);
            if n > 0 {
                self.i += n;
                self.line += 1;
                continue;
            }
            let c = self.at(self.i);
            match c {
                b'(' | b'[' | b'{' => {
                    open.push((c, self.i));
                    self.i += 1;
                }
                b')' | b']' => {
                    match open.pop() {
                        None => {
                            return self.fail(
                                ErrorKind::Syntax,
                                self.i,
                                self.i + 1,
                                format!("{kind}: unmatched '{}'", char::from(c)),
                            );
                        }
                        Some((o, _)) if !matches!((o, c), (b'(', b')') | (b'[', b']')) => {
                            return self.fail(
                                ErrorKind::Syntax,
                                self.i,
                                self.i + 1,
                                format!(
                                    "{kind}: closing parenthesis '{}' does not match opening parenthesis '{}'",
                                    char::from(c),
                                    char::from(o)
                                ),
                            );
                        }
                        _ => {}
                    }
                    self.i += 1;
                }
                b'}' => match open.pop() {
                    None => {
                        self.i += 1;
                        return Ok(());
                    }
                    Some((b'{', _)) => self.i += 1,
                    Some((o, _)) => {
                        return self.fail(
                            ErrorKind::Syntax,
                            self.i,
                            self.i + 1,
                            format!(
                                "{kind}: closing parenthesis '}}' does not match opening parenthesis '{}'",
                                char::from(o)
                            ),
                        );
                    }
                },
                b':' if open.is_empty() => {
                    self.i += 1;
                    return self.format_spec(start, quote, triple, kind, open_at);
                }
                b'#' => {
                    let end = self.line_end(self.i);
                    if end >= self.b.len() || !triple {
                        return self.fail(ErrorKind::Syntax, open_at, open_at + 1, "'{' was never closed");
                    }
                    self.i = end;
                }
                b'"' | b'\'' => {
                    if c == quote && !triple && self.closes_here(start) {
                        return self.fail(
                            ErrorKind::Syntax,
                            self.i,
                            self.i,
                            format!("{kind}: expecting '}}'"),
                        );
                    }
                    let s = self.i;
                    self.string(s, false)?;
                }
                b'\\' => {
                    let n = self.newline(self.i + 1);
                    if n > 0 {
                        self.i += 1 + n;
                        self.line += 1;
                    } else {
                        return self.fail(
                            ErrorKind::Syntax,
                            self.i + 1,
                            self.i + 1,
                            "unexpected character after line continuation character",
                        );
                    }
                }
                _ if c.is_ascii_alphabetic() || c >= 0x80 || c == b'_' => {
                    let at = self.i;
                    let n = self.out.tokens.len();
                    self.name(at)?;
                    self.out.tokens.truncate(n);
                }
                _ if c.is_ascii_digit() => self.number()?,
                _ => self.i += 1,
            }
        }
    }

    /// Whether the quote here ends the formatted string: nothing but its rest of the line can follow.
    fn closes_here(&self, _start: usize) -> bool {
        let q = self.at(self.i);
        let end = self.line_end(self.i);
        let rest = self.b.get(self.i + 1..end).unwrap_or_default();
        rest.iter().filter(|b| **b == q).count() % 2 == 0
    }

    fn format_spec(&mut self, start: usize, quote: u8, triple: bool, kind: &str, open_at: usize) -> Lex<()> {
        loop {
            if self.i >= self.b.len() {
                return self.fail(ErrorKind::Syntax, open_at, open_at + 1, "'{' was never closed");
            }
            let n = self.newline(self.i);
            if n > 0 {
                if !triple {
                    return self.fail(
                        ErrorKind::Syntax,
                        self.i,
                        self.i,
                        format!(
                            "{kind}: newlines are not allowed in format specifiers for single quoted {kind}s"
                        ),
                    );
                }
                self.i += n;
                self.line += 1;
                continue;
            }
            match self.at(self.i) {
                b'{' => self.replacement(start, quote, triple, kind)?,
                b'}' => {
                    self.i += 1;
                    return Ok(());
                }
                c if c == quote
                    && (!triple || (self.at(self.i + 1) == quote && self.at(self.i + 2) == quote)) =>
                {
                    return self.fail(
                        ErrorKind::Syntax,
                        self.i,
                        self.i,
                        format!("{kind}: expecting '}}', or format specs"),
                    );
                }
                _ => self.i += 1,
            }
        }
    }

    // ---- numbers

    fn digits(&mut self, ok: impl Fn(u8) -> bool, what: &str) -> Lex<()> {
        loop {
            while ok(self.at(self.i)) {
                self.i += 1;
            }
            if self.at(self.i) != b'_' {
                return Ok(());
            }
            self.i += 1;
            if !ok(self.at(self.i)) {
                return self.fail(ErrorKind::Syntax, self.i - 1, self.i, format!("invalid {what} literal"));
            }
        }
    }

    fn number(&mut self) -> Lex<()> {
        let start = self.i;
        let mut what = "decimal";
        if self.at(start) == b'0' {
            let radix = match self.at(start + 1).to_ascii_lowercase() {
                b'x' => Some(("hexadecimal", 16)),
                b'o' => Some(("octal", 8)),
                b'b' => Some(("binary", 2)),
                _ => None,
            };
            if let Some((name, base)) = radix {
                self.i = start + 2;
                if self.at(self.i) == b'_' {
                    self.i += 1;
                }
                let ok = |b: u8| char::from(b).is_digit(base);
                if !ok(self.at(self.i)) {
                    let c = self.at(self.i);
                    if c.is_ascii_digit() {
                        return self.fail(
                            ErrorKind::Syntax,
                            self.i,
                            self.i + 1,
                            format!("invalid digit '{}' in {name} literal", char::from(c)),
                        );
                    }
                    return self.fail(
                        ErrorKind::Syntax,
                        self.i - 1,
                        self.i,
                        format!("invalid {name} literal"),
                    );
                }
                self.digits(ok, name)?;
                let c = self.at(self.i);
                if c.is_ascii_digit() {
                    return self.fail(
                        ErrorKind::Syntax,
                        self.i,
                        self.i + 1,
                        format!("invalid digit '{}' in {name} literal", char::from(c)),
                    );
                }
                return self.number_end(name);
            }
            // 0, 00, 0_0 are zero; other digits after a leading zero need a point or exponent.
            while matches!(self.at(self.i), b'0' | b'_') {
                if self.at(self.i) == b'_' && !self.at(self.i + 1).is_ascii_digit() {
                    return self.fail(ErrorKind::Syntax, self.i, self.i + 1, "invalid decimal literal");
                }
                self.i += 1;
            }
            if self.at(self.i).is_ascii_digit() {
                let zeros = self.i;
                self.digits(|b| b.is_ascii_digit(), "decimal")?;
                if !matches!(self.at(self.i), b'.' | b'e' | b'E' | b'j' | b'J') {
                    return self.fail(
                        ErrorKind::Syntax,
                        start,
                        zeros,
                        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
                    );
                }
            }
        } else {
            self.digits(|b| b.is_ascii_digit(), "decimal")?;
        }
        if self.at(self.i) == b'.' {
            self.i += 1;
            if self.at(self.i).is_ascii_digit() {
                self.digits(|b| b.is_ascii_digit(), "decimal")?;
            }
        }
        if self.at(self.i).eq_ignore_ascii_case(&b'e') {
            let mut j = self.i + 1;
            let signed = matches!(self.at(j), b'+' | b'-');
            if signed {
                j += 1;
            }
            if self.at(j).is_ascii_digit() {
                self.i = j;
                self.digits(|b| b.is_ascii_digit(), "decimal")?;
            } else if signed {
                return self.fail(ErrorKind::Syntax, self.i, j, "invalid decimal literal");
            }
        }
        if self.at(self.i).eq_ignore_ascii_case(&b'j') {
            self.i += 1;
            what = "imaginary";
        }
        self.number_end(what)
    }

    /// A number must not run into a name, except for the keywords that may follow at once.
    fn number_end(&mut self, what: &str) -> Lex<()> {
        let rest = self.source.get(self.i..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { return Ok(()) };
        if ["and", "else", "for", "if", "in", "is", "or", "not"].iter().any(|k| {
            rest.strip_prefix(k)
                .is_some_and(|r| !r.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'))
        }) {
            return Ok(());
        }
        if c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && is_identifier_char(c)) {
            return self.fail(ErrorKind::Syntax, self.i - 1, self.i, format!("invalid {what} literal"));
        }
        Ok(())
    }
}

pub fn is_identifier_char(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c as u32, 0x300..=0x36f | 0x483..=0x487 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x669 | 0x900..=0x903 | 0x93a..=0x94f | 0x203f..=0x2040 | 0x20d0..=0x20dc | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f | 0xe0100..=0xe01ef | 0xb7 | 0x387)
}

pub fn printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0xe000..=0xf8ff | 0xe0001..=0xe007f))
}
