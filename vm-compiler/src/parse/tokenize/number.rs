//! Numbers, and what is wrong with them.

use super::{Lex, Scanner};
use crate::error::ErrorKind;

impl Scanner<'_> {
    pub(super) fn digits(&mut self, ok: impl Fn(u8) -> bool, what: &str) -> Lex<()> {
        loop {
            while ok(self.at(self.i)) {
                self.i += 1;
            }
            if self.at(self.i) != b'_' {
                return Ok(());
            }
            self.i += 1;
            self.one_digit(&ok, what)?;
        }
    }

    /// A digit of the literal's kind must stand here.
    fn one_digit(&self, ok: impl Fn(u8) -> bool, what: &str) -> Lex<()> {
        if ok(self.at(self.i)) {
            return Ok(());
        }
        self.no_digit(what)?;
        self.fail(ErrorKind::Syntax, self.i - 1, self.i, format!("invalid {what} literal"))
    }

    /// A digit that stands here is of another kind.
    fn no_digit(&self, what: &str) -> Lex<()> {
        let c = self.at(self.i);
        if !c.is_ascii_digit() {
            return Ok(());
        }
        let msg = format!("invalid digit '{}' in {what} literal", char::from(c));
        self.fail(ErrorKind::Syntax, self.i, self.i + 1, msg)
    }

    pub(super) fn number(&mut self) -> Lex<()> {
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
                self.one_digit(ok, name)?;
                self.digits(ok, name)?;
                self.no_digit(name)?;
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
                return self.fail(ErrorKind::Syntax, j - 1, j, "invalid decimal literal");
            }
        }
        if self.at(self.i).eq_ignore_ascii_case(&b'j') {
            self.i += 1;
            what = "imaginary";
        }
        self.number_end(what)
    }

    /// A number must not run into a name, except for the keywords that may follow at once.
    pub(super) fn number_end(&mut self, what: &str) -> Lex<()> {
        let rest = self.source.get(self.i..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { return Ok(()) };
        let follows = |k: &&str| {
            let rest = rest.strip_prefix(*k).map(|r| r.as_bytes().first().copied().unwrap_or(0));
            rest.is_some_and(|b| !(b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80))
        };
        if ["if", "in", "is"].iter().any(|k| rest.starts_with(k))
            || ["and", "else", "for", "or", "not"].iter().any(follows)
        {
            return Ok(());
        }
        if c.is_ascii_alphanumeric() || c == '_' {
            return self.fail(ErrorKind::Syntax, self.i - 1, self.i, format!("invalid {what} literal"));
        }
        Ok(())
    }
}
