//! String literals, and the text of formatted ones.

use super::{Feed, Formatted, Found, Lex, Lexer, MAX_STRINGS, kind};

/// How deep replacement fields may nest in one string.
const MAX_FIELDS: i64 = 3;

impl Lexer {
    /// A literal without replacement fields, behind its opening quote.
    pub(super) fn string(&mut self, feed: &mut Feed<'_>, quote: u8) -> Lex<Found> {
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let (mut size, mut closing) = (1, 0);
        let mut c = self.bump(feed)?;
        if c == Some(quote) {
            c = self.bump(feed)?;
            if c == Some(quote) {
                size = 3;
            } else {
                closing = 1;
            }
        }
        if c != Some(quote) {
            self.back(c);
        }
        let mut escaped_quote = false;
        while closing != size {
            let c = self.bump(feed)?;
            if c.is_none() || (size == 1 && c == Some(b'\n')) {
                return self.unterminated(quote, size, escaped_quote);
            }
            if c == Some(quote) {
                closing += 1;
                continue;
            }
            closing = 0;
            if c == Some(b'\\') {
                let c = self.bump(feed)?;
                escaped_quote |= c == Some(quote);
                if c == Some(b'\r') {
                    self.bump(feed)?;
                }
            }
        }
        Ok(self.found(kind::STRING))
    }

    fn unterminated<T>(&mut self, quote: u8, size: usize, escaped_quote: bool) -> Lex<T> {
        let detected = self.line;
        self.cur = self.start.unwrap_or(self.cur) + 1;
        self.line_start = self.multi_line_start;
        self.line = self.first_line;
        if let Some(s) = self.strings.last()
            && s.quote == quote
            && s.quote_size == size
        {
            return Err(self.fault(format!("{}-string: expecting '}}'", s.letter())));
        }
        Err(self.fault(match (size, escaped_quote) {
            (3, _) => format!("unterminated triple-quoted string literal (detected at line {detected})"),
            (_, true) => format!(
                "unterminated string literal (detected at line {detected}); perhaps you escaped the end quote?"
            ),
            _ => format!("unterminated string literal (detected at line {detected})"),
        }))
    }

    /// The start of a formatted string, behind its first quote.
    pub(super) fn formatted(
        &mut self,
        feed: &mut Feed<'_>,
        quote: u8,
        template: bool,
        raw: bool,
    ) -> Lex<Found> {
        self.first_line = self.line;
        self.multi_line_start = self.line_start;
        let mut quote_size = 1;
        let c = self.bump(feed)?;
        if c == Some(quote) {
            let third = self.bump(feed)?;
            if third == Some(quote) {
                quote_size = 3;
            } else {
                self.back(third);
                self.back(c);
            }
        } else {
            self.back(c);
        }
        if self.strings.len() + 1 >= MAX_STRINGS {
            return Err(self.fault("too many nested f-strings or t-strings"));
        }
        self.strings.push(Formatted {
            text: true,
            template,
            raw,
            quote,
            quote_size,
            start: self.start.unwrap_or(self.cur),
            line_start: self.line_start,
            line: self.line,
            depth: 0,
            field_depth: -1,
            in_spec: false,
            debug: false,
        });
        Ok(self.found(if template { kind::TSTRING_START } else { kind::FSTRING_START }))
    }

    /// The text of the innermost formatted string up to a field or its end; or, standing at a field, the field's first
    /// token.
    pub(super) fn string_text(&mut self, feed: &mut Feed<'_>) -> Lex<Found> {
        let start = self.cur;
        self.start = Some(start);
        self.first_line = self.line;
        let Some(s) = self.strings.last() else { return self.normal(feed) };
        let (quote, size, raw) = (s.quote, s.quote_size, s.raw);
        let (middle, end) = if s.template {
            (kind::TSTRING_MIDDLE, kind::TSTRING_END)
        } else {
            (kind::FSTRING_MIDDLE, kind::FSTRING_END)
        };
        let first = self.bump(feed)?;
        if first == Some(b'{') {
            let second = self.bump(feed)?;
            self.back(second);
            self.back(first);
            if second != Some(b'{') {
                self.enter_field()?;
                return self.normal(feed);
            }
        } else {
            self.back(first);
        }
        let mut closed = true;
        for _ in 0..size {
            let c = self.bump(feed)?;
            if c != Some(quote) {
                self.back(c);
                closed = false;
                break;
            }
        }
        if closed {
            self.strings.pop();
            self.multi_line_start = self.line_start;
            return Ok(Found { kind: end, text: Some((start, self.cur)) });
        }
        self.multi_line_start = self.line_start;
        let found = |end: usize| Ok(Found { kind: middle, text: Some((start, end)) });
        let mut closing = 0;
        let mut named_escape = false;
        while closing != size {
            let c = self.bump(feed)?;
            let in_spec = self.strings.last().is_some_and(|s| s.in_spec && s.field_depth >= 0);
            if c.is_none() || (size == 1 && c == Some(b'\n')) {
                if in_spec && c == Some(b'\n') {
                    let letter = self.strings.last().map_or('f', Formatted::letter);
                    return Err(self.fault(format!(
                        "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
                    )));
                }
                return self.unterminated_formatted(size);
            }
            if c == Some(quote) {
                closing += 1;
                continue;
            }
            closing = 0;
            match c {
                Some(b'{') => {
                    let next = self.bump(feed)?;
                    if next != Some(b'{') || in_spec {
                        self.back(next);
                        self.back(c);
                        self.enter_field()?;
                        return found(self.cur);
                    }
                    return found(self.cur - 1);
                }
                Some(b'}') => {
                    if named_escape {
                        return found(self.cur);
                    }
                    let next = self.bump(feed)?;
                    let top = self.strings.last().is_some_and(|s| s.depth == 0);
                    if next == Some(b'}') && !in_spec && top {
                        return found(self.cur - 1);
                    }
                    self.back(next);
                    self.back(c);
                    self.leave_text();
                    return found(self.cur);
                }
                Some(b'\\') => {
                    let mut next = self.bump(feed)?;
                    if next == Some(b'\r') {
                        next = self.bump(feed)?;
                    }
                    if matches!(next, Some(b'{' | b'}')) {
                        self.back(next);
                    } else if next == Some(b'N') && !raw {
                        let brace = self.bump(feed)?;
                        if brace == Some(b'{') {
                            named_escape = true;
                        } else {
                            self.back(brace);
                        }
                    }
                }
                _ => {}
            }
        }
        self.cur -= size;
        found(self.cur)
    }

    fn enter_field(&mut self) -> Lex<()> {
        let mut deep = None;
        if let Some(s) = self.strings.last_mut() {
            s.field_depth += 1;
            s.text = false;
            s.in_spec = false;
            if s.field_depth >= MAX_FIELDS {
                deep = Some(s.letter());
            }
        }
        match deep {
            Some(letter) => Err(self.fault(format!("{letter}-string: expressions nested too deeply"))),
            None => Ok(()),
        }
    }

    fn leave_text(&mut self) {
        if let Some(s) = self.strings.last_mut() {
            s.text = false;
            s.in_spec = false;
        }
    }

    fn unterminated_formatted<T>(&mut self, size: usize) -> Lex<T> {
        let detected = self.line;
        let mut letter = 'f';
        if let Some(s) = self.strings.last() {
            letter = s.letter();
            self.cur = s.start + 1;
            self.line_start = s.line_start;
            self.line = s.line;
        }
        let what = if size == 3 { "triple-quoted " } else { "" };
        Err(self.fault(format!("unterminated {what}{letter}-string literal (detected at line {detected})")))
    }
}

impl Formatted {
    fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }
}
