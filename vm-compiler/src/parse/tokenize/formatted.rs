//! Formatted strings: the stretches between their fields, and where a field begins and ends.

use super::{Format, Kind, Lex, Scanner, Token};
use crate::error::ErrorKind;

impl Scanner<'_> {
    pub(super) fn open_format(&mut self, start: usize, template: bool, raw: bool) {
        let quote = self.at(self.i);
        let triple = self.at(self.i + 1) == quote && self.at(self.i + 2) == quote;
        self.i += if triple { 3 } else { 1 };
        self.push(if template { Kind::TemplateStart } else { Kind::FormatStart }, start);
        self.formats.push(Format {
            quote,
            triple,
            raw,
            template,
            start,
            depth: 0,
            field: -1,
            spec: false,
            inside: false,
        });
    }

    pub(super) fn push_stretch(&mut self, start: usize, end: usize, raw: bool, template: bool) {
        let kind = if template { Kind::TemplateMiddle } else { Kind::FormatMiddle };
        let level = self.out.open.len();
        self.out.tokens.push(Token { kind, start, end, level, raw });
    }

    /// Whether the quotes that end a formatted string stand at `i`.
    pub(super) fn closes(&self, i: usize, quote: u8, triple: bool) -> bool {
        self.at(i) == quote && (!triple || (self.at(i + 1) == quote && self.at(i + 2) == quote))
    }

    /// From where a formatted string goes on to its next field or its end.
    pub(super) fn formatted(&mut self) -> Lex<()> {
        let Some(f) = self.formats.last() else { return Ok(()) };
        let (quote, triple, raw, template, begin) = (f.quote, f.triple, f.raw, f.template, f.start);
        let letter = f.letter();
        let spec = f.spec && f.field >= 0;
        let start = self.i;
        if self.at(start) == b'{' && (self.at(start + 1) != b'{' || spec) {
            return self.open_field(letter);
        }
        if self.closes(start, quote, triple) {
            self.i += if triple { 3 } else { 1 };
            self.formats.pop();
            self.push(if template { Kind::TemplateEnd } else { Kind::FormatEnd }, start);
            return Ok(());
        }
        let mut named = false;
        loop {
            let n = self.newline(self.i);
            if self.i >= self.b.len() || (n > 0 && !triple) {
                if (n > 0 || (self.out.newline_at_end && !triple)) && spec {
                    let msg = format!(
                        "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
                    );
                    return self.fail(ErrorKind::Syntax, self.i, self.i, msg);
                }
                let msg = if triple {
                    format!(
                        "unterminated triple-quoted {letter}-string literal (detected at line {})",
                        self.last_line()
                    )
                } else {
                    format!("unterminated {letter}-string literal (detected at line {})", self.line)
                };
                return self.fail(ErrorKind::Syntax, begin, begin, msg);
            }
            if n > 0 {
                self.i += n;
                self.line += 1;
                continue;
            }
            match self.at(self.i) {
                c if c == quote && self.closes(self.i, quote, triple) => break,
                b'{' if !named => {
                    if self.at(self.i + 1) == b'{' && !spec {
                        self.push_stretch(start, self.i + 1, raw, template);
                        self.i += 2;
                        return Ok(());
                    }
                    break;
                }
                b'}' if named => {
                    named = false;
                    self.i += 1;
                }
                b'}' => {
                    let top = self.formats.last().is_none_or(|f| f.depth == 0);
                    if self.at(self.i + 1) == b'}' && !spec && top {
                        self.push_stretch(start, self.i + 1, raw, template);
                        self.i += 2;
                        return Ok(());
                    }
                    if let Some(f) = self.formats.last_mut() {
                        f.inside = true;
                    }
                    break;
                }
                b'\\' => {
                    let next = self.at(self.i + 1);
                    let n = self.newline(self.i + 1);
                    if n > 0 {
                        self.i += 1 + n;
                        self.line += 1;
                    } else if matches!(next, b'{' | b'}') {
                        self.i += 1;
                    } else if !raw && next == b'N' && self.at(self.i + 2) == b'{' {
                        named = true;
                        self.i += 3;
                    } else {
                        self.i = (self.i + 2).min(self.b.len());
                        while !self.is_char_end(self.i) {
                            self.i += 1;
                        }
                    }
                }
                _ => self.i += 1,
            }
        }
        self.push_stretch(start, self.i, raw, template);
        Ok(())
    }

    pub(super) fn open_field(&mut self, letter: char) -> Lex<()> {
        let start = self.i;
        if self.out.open.len() >= 200 {
            return self.fail(ErrorKind::Syntax, start, start + 1, "too many nested parentheses");
        }
        if self.formats.len() > 149 {
            return self.fail(ErrorKind::Syntax, start, start, "too many nested f-strings or t-strings");
        }
        if let Some(f) = self.formats.last_mut() {
            f.field += 1;
            if f.field >= 3 {
                let msg = format!("{letter}-string: expressions nested too deeply");
                let before = start.saturating_sub(1);
                return self.fail(ErrorKind::Syntax, before, before, msg);
            }
            f.inside = true;
            f.depth += 1;
        }
        self.i += 1;
        self.push(Kind::Op, start);
        self.out.open.push((b'{', start));
        Ok(())
    }

    /// Whether a `:` or `!` stands between a field's expression and what follows it, and is a token of its own.
    pub(super) fn field_mark(&mut self, c: u8) -> bool {
        let next = self.at(self.i + 1);
        let Some(f) = self.formats.last_mut().filter(|f| f.field >= 0 && f.depth - 1 == f.field) else {
            return false;
        };
        if c == b':' {
            f.inside = false;
            f.spec = true;
            return true;
        }
        c == b'!' && next != b'='
    }

    /// After a closing bracket: it may end a field.
    pub(super) fn closed(&mut self, c: u8, start: usize) -> Lex<()> {
        let Some(f) = self.formats.last_mut() else { return Ok(()) };
        let letter = f.letter();
        f.depth -= 1;
        if f.depth < 0 {
            let msg = format!("{letter}-string: unmatched '{}'", char::from(c));
            return self.fail(ErrorKind::Syntax, start, start + 1, msg);
        }
        if c == b'}' && f.depth == f.field {
            f.field -= 1;
            f.inside = false;
            f.spec = false;
        }
        Ok(())
    }
}
