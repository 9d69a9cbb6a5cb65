//! Lines, indentation, comments, names and brackets: everything outside of literals.

use super::{Feed, Found, Lex, Lexer, MAX_INDENT, MAX_LEVEL, kind, operators};
use crate::error::ErrorKind;

pub(super) fn starts_name(c: u8) -> bool {
    c.is_ascii_alphabetic() || c == b'_' || c >= 0x80
}

pub(super) fn continues_name(c: u8) -> bool {
    starts_name(c) || c.is_ascii_digit()
}

impl Lexer {
    /// A token outside of a formatted string's text.
    pub(super) fn normal(&mut self, feed: &mut Feed<'_>) -> Lex<Found> {
        loop {
            self.start = None;
            let mut blank = false;
            if self.line_begins {
                self.line_begins = false;
                blank = self.indentation(feed)?;
            }
            self.start = Some(self.cur);
            if self.pending < 0 {
                self.pending += 1;
                let text = self.extra.then_some((self.cur, self.cur));
                return Ok(Found { kind: kind::DEDENT, text });
            }
            if self.pending > 0 {
                self.pending -= 1;
                let text = self.extra.then_some((self.shown.max(self.line_start), self.cur));
                return Ok(Found { kind: kind::INDENT, text });
            }
            self.peek(feed)?;
            if let Some(found) = self.in_line(feed, blank)? {
                return Ok(found);
            }
        }
    }

    /// Reads a line's indentation; whether the line is blank.
    fn indentation(&mut self, feed: &mut Feed<'_>) -> Lex<bool> {
        let (mut col, mut alt, mut continued) = (0, 0, 0);
        let c = loop {
            match self.bump(feed)? {
                Some(b' ') => (col, alt) = (col + 1, alt + 1),
                Some(b'\t') => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                Some(b'\x0c') => (col, alt) = (0, 0),
                Some(b'\\') => {
                    // The first line's blanks are the indentation of the whole.
                    if continued == 0 {
                        continued = col;
                    }
                    self.continuation(feed)?;
                }
                c => break c,
            }
        };
        self.back(c);
        let blank = matches!(c, Some(b'#' | b'\n' | b'\r'));
        if blank || !self.open.is_empty() {
            return Ok(blank);
        }
        if continued != 0 {
            (col, alt) = (continued, continued);
        }
        let tab =
            |s: &Self| s.line_fault(ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation");
        let (top, top_alt) = self.indents.last().copied().unwrap_or((0, 0));
        if col == top {
            if alt != top_alt {
                return Err(tab(self));
            }
        } else if col > top {
            if self.indents.len() >= MAX_INDENT {
                return Err(self.line_fault(ErrorKind::Indentation, "too many levels of indentation"));
            }
            if alt <= top_alt {
                return Err(tab(self));
            }
            self.pending += 1;
            self.indents.push((col, alt));
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|i| col < i.0) {
                self.pending -= 1;
                self.indents.pop();
            }
            let (top, top_alt) = self.indents.last().copied().unwrap_or((0, 0));
            if col != top {
                let msg = "unindent does not match any outer indentation level";
                return Err(self.line_fault(ErrorKind::Indentation, msg));
            }
            if alt != top_alt {
                return Err(tab(self));
            }
        }
        Ok(false)
    }

    /// What follows a backslash outside of literals: the end of the line, and another line.
    fn continuation(&mut self, feed: &mut Feed<'_>) -> Lex<()> {
        let mut c = self.bump(feed)?;
        if c == Some(b'\r') {
            c = self.bump(feed)?;
        }
        if c != Some(b'\n') {
            let msg = "unexpected character after line continuation character";
            return Err(self.line_fault(ErrorKind::Syntax, msg));
        }
        if self.peek(feed)?.is_none() {
            return Err(self.end_inside());
        }
        Ok(())
    }

    /// The source ends inside a statement.
    fn end_inside(&self) -> super::Stop {
        let mut stop = self.line_fault(ErrorKind::Syntax, "unexpected EOF in multi-line statement");
        if let super::Stop::Fault(f) = &mut stop {
            f.text = None;
        }
        stop
    }

    /// A token of the current line; `None` where another line begins.
    fn in_line(&mut self, feed: &mut Feed<'_>, blank: bool) -> Lex<Option<Found>> {
        loop {
            self.start = None;
            let mut c = self.bump(feed)?;
            while matches!(c, Some(b' ' | b'\t' | b'\x0c')) {
                c = self.bump(feed)?;
            }
            let start = if c.is_some() { self.cur - 1 } else { self.cur };
            self.start = Some(start);
            if c == Some(b'#') {
                while !matches!(c, None | Some(b'\n' | b'\r')) {
                    c = self.bump(feed)?;
                }
                if self.extra {
                    self.back(c);
                    self.comment_newline = blank;
                    return Ok(Some(self.found(kind::COMMENT)));
                }
            }
            let Some(mut c) = c else {
                if !self.open.is_empty() {
                    return Err(self.end_inside());
                }
                return Ok(Some(Found { kind: kind::ENDMARKER, text: None }));
            };
            if starts_name(c) {
                return self.name_or_string(feed, c).map(Some);
            }
            if c == b'\r' {
                match self.bump(feed)? {
                    Some(n) => c = n,
                    None => return Ok(Some(Found { kind: kind::ENDMARKER, text: None })),
                }
            }
            if c == b'\n' {
                return Ok(self.newline(blank));
            }
            match c {
                b'.' => return self.dot(feed).map(Some),
                b'0'..=b'9' => return self.number(feed, c).map(Some),
                b'"' | b'\'' => return self.string(feed, c).map(Some),
                b'\\' => self.continuation(feed)?,
                _ => return self.punctuation(feed, c).map(Some),
            }
        }
    }

    fn newline(&mut self, blank: bool) -> Option<Found> {
        self.line_begins = true;
        let commented = std::mem::take(&mut self.comment_newline);
        if blank || !self.open.is_empty() || (commented && self.extra) {
            return self.extra.then(|| self.found(kind::NL));
        }
        let start = self.start.unwrap_or(self.cur);
        Some(Found { kind: kind::NEWLINE, text: Some((start, self.cur - 1)) })
    }

    fn name_or_string(&mut self, feed: &mut Feed<'_>, first: u8) -> Lex<Found> {
        let start = self.start.unwrap_or(self.cur);
        let mut c = Some(first);
        let mut seen = [false; 5];
        while let Some(letter) = c {
            let Some(i) = b"burft".iter().position(|l| *l == letter.to_ascii_lowercase()) else { break };
            if seen[i] {
                break;
            }
            seen[i] = true;
            c = self.bump(feed)?;
            if let Some(quote @ (b'"' | b'\'')) = c {
                self.prefix(&seen)?;
                if seen[3] || seen[4] {
                    return self.formatted(feed, quote, seen[4], seen[2]);
                }
                return self.string(feed, quote);
            }
        }
        while c.is_some_and(continues_name) {
            c = self.bump(feed)?;
        }
        self.back(c);
        if !self.extra {
            self.check_name(start)?;
        }
        Ok(self.found(kind::NAME))
    }

    /// Fails if the letters before a quote exclude each other.
    fn prefix(&mut self, seen: &[bool; 5]) -> Lex<()> {
        let [b, u, r, f, t] = *seen;
        let pairs = [
            (u && b, "u", "b"),
            (u && r, "u", "r"),
            (u && f, "u", "f"),
            (u && t, "u", "t"),
            (b && f, "b", "f"),
            (b && t, "b", "t"),
            (f && t, "f", "t"),
        ];
        let Some((_, x, y)) = pairs.iter().find(|p| p.0) else { return Ok(()) };
        let from = self.start.map(|s| self.chars(self.line_start, s) + 1);
        let to = self.chars(self.line_start, self.cur);
        Err(self.fault_range(from, Some(to), format!("'{x}' and '{y}' prefixes are incompatible")))
    }

    fn check_name(&mut self, start: usize) -> Lex<()> {
        let word = self.text(start, self.cur);
        if word.is_ascii() {
            return Ok(());
        }
        let bad = word.char_indices().find(|(_, c)| !c.is_ascii() && !crate::parse::is_identifier_char(*c));
        let Some((at, c)) = bad else { return Ok(()) };
        self.cur = start + at + c.len_utf8();
        let n = c as u32;
        Err(self.fault(if crate::parse::is_printable(c) {
            format!("invalid character '{c}' (U+{n:04X})")
        } else {
            format!("invalid non-printable character U+{n:04X}")
        }))
    }

    fn dot(&mut self, feed: &mut Feed<'_>) -> Lex<Found> {
        let c = self.bump(feed)?;
        match c {
            Some(b'0'..=b'9') => return self.fraction(feed, c),
            Some(b'.') => {
                let third = self.bump(feed)?;
                if third == Some(b'.') {
                    return Ok(self.found(52));
                }
                self.back(third);
                self.back(c);
            }
            _ => self.back(c),
        }
        Ok(self.found(operators::one(b'.')))
    }

    fn punctuation(&mut self, feed: &mut Feed<'_>, c: u8) -> Lex<Found> {
        if c == b':'
            && let Some(s) = self.strings.last_mut()
            && s.field_depth >= 0
            && s.depth - 1 == s.field_depth
        {
            s.text = true;
            s.in_spec = true;
            return Ok(self.found(operators::one(c)));
        }
        let second = self.bump(feed)?;
        if let Some(kind) = second.and_then(|b| operators::two(c, b)) {
            let third = self.bump(feed)?;
            if let (Some(b), Some(d)) = (second, third)
                && let Some(kind) = operators::three(c, b, d)
            {
                return Ok(self.found(kind));
            }
            self.back(third);
            return Ok(self.found(kind));
        }
        self.back(second);
        match c {
            b'(' | b'[' | b'{' => {
                if self.open.len() >= MAX_LEVEL {
                    return Err(self.fault("too many nested parentheses"));
                }
                self.open.push((c, self.line));
                if let Some(s) = self.strings.last_mut() {
                    s.depth += 1;
                }
            }
            b')' | b']' | b'}' => self.close(c)?,
            b'=' => {
                if let Some(s) = self.strings.last_mut()
                    && s.field_depth >= 0
                    && s.depth == s.field_depth + 1
                {
                    s.debug = true;
                }
            }
            _ => {}
        }
        if !c.is_ascii_graphic() {
            return Err(self.fault(format!("invalid non-printable character U+{c:04X}")));
        }
        Ok(self.found(operators::one(c)))
    }

    fn close(&mut self, c: u8) -> Lex<()> {
        let shown = char::from(c);
        let letter = self.strings.last().map(|s| if s.template { 't' } else { 'f' });
        if let (Some(s), Some(letter)) = (self.strings.last(), letter)
            && s.depth == 0
            && c == b'}'
        {
            return Err(self.fault(format!("{letter}-string: single '}}' is not allowed")));
        }
        match self.open.pop() {
            None if !self.extra => return Err(self.fault(format!("unmatched '{shown}'"))),
            Some((open, line)) if !matches!((open, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) => {
                // A bracket that closes the field itself has no opening one.
                if let (Some(s), Some(letter)) = (self.strings.last(), letter)
                    && open == b'{'
                    && s.depth - 1 == s.field_depth
                {
                    return Err(self.fault(format!("{letter}-string: unmatched '{shown}'")));
                }
                if !self.extra {
                    let place = if line == self.line { String::new() } else { format!(" on line {line}") };
                    return Err(self.fault(format!(
                        "closing parenthesis '{shown}' does not match opening parenthesis '{}'{place}",
                        char::from(open)
                    )));
                }
            }
            _ => {}
        }
        let mut unmatched = false;
        if let Some(s) = self.strings.last_mut() {
            s.depth -= 1;
            unmatched = s.depth < 0;
            if c == b'}' && s.depth == s.field_depth {
                s.field_depth -= 1;
                s.text = true;
                s.in_spec = false;
                s.debug = false;
            }
        }
        match letter {
            Some(letter) if unmatched => Err(self.fault(format!("{letter}-string: unmatched '{shown}'"))),
            _ => Ok(()),
        }
    }
}
