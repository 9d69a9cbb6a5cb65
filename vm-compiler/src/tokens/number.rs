//! Numbers.

use super::layout::continues_name;
use super::{Feed, Found, Lex, Lexer, kind};

type Byte = Option<u8>;

fn digit(c: Byte) -> bool {
    c.is_some_and(|c| c.is_ascii_digit())
}

impl Lexer {
    fn invalid<T>(&mut self, c: Byte, what: &str) -> Lex<T> {
        self.back(c);
        Err(self.fault(format!("invalid {what} literal")))
    }

    /// The rest of a run of decimal digits, and the byte behind it (taken).
    fn decimals(&mut self, feed: &mut Feed<'_>) -> Lex<Byte> {
        loop {
            let mut c = self.bump(feed)?;
            while digit(c) {
                c = self.bump(feed)?;
            }
            if c != Some(b'_') {
                return Ok(c);
            }
            let c = self.bump(feed)?;
            if !digit(c) {
                return self.invalid(c, "decimal");
            }
        }
    }

    /// A number that begins with the digit `c`.
    pub(super) fn number(&mut self, feed: &mut Feed<'_>, c: u8) -> Lex<Found> {
        if c != b'0' {
            let c = self.decimals(feed)?;
            return self.behind_digits(feed, c, "decimal");
        }
        let mut c = self.bump(feed)?;
        match c.map(|c| c.to_ascii_lowercase()) {
            Some(b'x') => return self.radix(feed, 16, "hexadecimal"),
            Some(b'o') => return self.radix(feed, 8, "octal"),
            Some(b'b') => return self.radix(feed, 2, "binary"),
            _ => {}
        }
        loop {
            if c == Some(b'_') {
                c = self.bump(feed)?;
                if !digit(c) {
                    return self.invalid(c, "decimal");
                }
            }
            if c != Some(b'0') {
                break;
            }
            c = self.bump(feed)?;
        }
        let zeros_end = self.cur;
        let nonzero = digit(c);
        if nonzero {
            c = self.decimals(feed)?;
        }
        if nonzero && !self.extra && !matches!(c, Some(b'.' | b'e' | b'E' | b'j' | b'J')) {
            self.back(c);
            let from = self.start.map(|s| self.chars(self.line_start, s) + 1);
            let to = self.chars(self.line_start, zeros_end);
            return Err(self.fault_range(
                from,
                Some(to),
                "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
            ));
        }
        self.behind_digits(feed, c, "decimal")
    }

    fn radix(&mut self, feed: &mut Feed<'_>, radix: u32, what: &str) -> Lex<Found> {
        let ok = |c: Byte| c.is_some_and(|c| char::from(c).is_digit(radix));
        let mut c = self.bump(feed)?;
        loop {
            if c == Some(b'_') {
                c = self.bump(feed)?;
            }
            if !ok(c) {
                if let Some(d) = c.filter(|c| c.is_ascii_digit()) {
                    return Err(self.fault(format!("invalid digit '{}' in {what} literal", char::from(d))));
                }
                return self.invalid(c, what);
            }
            while ok(c) {
                c = self.bump(feed)?;
            }
            if c != Some(b'_') {
                break;
            }
        }
        if let Some(d) = c.filter(|c| c.is_ascii_digit()) {
            return Err(self.fault(format!("invalid digit '{}' in {what} literal", char::from(d))));
        }
        self.number_end(feed, c, what)
    }

    /// What follows the point of a number; `c` is taken.
    pub(super) fn fraction(&mut self, feed: &mut Feed<'_>, mut c: Byte) -> Lex<Found> {
        if digit(c) {
            c = self.decimals(feed)?;
        }
        self.exponent(feed, c)
    }

    fn behind_digits(&mut self, feed: &mut Feed<'_>, c: Byte, what: &str) -> Lex<Found> {
        match c {
            Some(b'.') => {
                let c = self.bump(feed)?;
                self.fraction(feed, c)
            }
            Some(b'e' | b'E' | b'j' | b'J') => self.exponent(feed, c),
            _ => self.number_end(feed, c, what),
        }
    }

    fn exponent(&mut self, feed: &mut Feed<'_>, mut c: Byte) -> Lex<Found> {
        if matches!(c, Some(b'e' | b'E')) {
            let e = c;
            c = self.bump(feed)?;
            if matches!(c, Some(b'+' | b'-')) {
                c = self.bump(feed)?;
                if !digit(c) {
                    return self.invalid(c, "decimal");
                }
            } else if !digit(c) {
                // `1else`: the letter begins a name.
                self.back(c);
                return self.number_end(feed, e, "decimal");
            }
            c = self.decimals(feed)?;
        }
        if matches!(c, Some(b'j' | b'J')) {
            let c = self.bump(feed)?;
            return self.number_end(feed, c, "imaginary");
        }
        self.number_end(feed, c, "decimal")
    }

    /// The end of a number, before `c` (taken): no name may follow but certain keywords.
    fn number_end(&mut self, feed: &mut Feed<'_>, c: Byte, what: &str) -> Lex<Found> {
        if !self.extra {
            let keyword = self.keyword_follows(feed, c)?;
            if !keyword && c.is_some_and(|c| c < 0x80 && continues_name(c)) {
                return self.invalid(c, what);
            }
        }
        self.back(c);
        Ok(self.found(kind::NUMBER))
    }

    fn keyword_follows(&mut self, feed: &mut Feed<'_>, c: Byte) -> Lex<bool> {
        let rest: &[&[u8]] = match c {
            Some(b'a') => &[b"nd"],
            Some(b'e') => &[b"lse"],
            Some(b'f') => &[b"or"],
            Some(b'i') => &[b"f", b"n", b"s"],
            Some(b'o') => &[b"r"],
            Some(b'n') => &[b"ot"],
            _ => return Ok(false),
        };
        self.peek(feed)?;
        let ahead = self.buf.get(self.cur..).unwrap_or_default();
        Ok(rest.iter().any(|k| {
            ahead.strip_prefix(*k).is_some_and(|after| {
                k.len() == 1 && c == Some(b'i') || !after.first().is_some_and(|c| continues_name(*c))
            })
        }))
    }
}
