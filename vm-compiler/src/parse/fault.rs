//! What the errors of `python.peg` mean: their place and their text.
//!
//! Lines and columns are CPython's, with its ways of counting: a token without text (an indent, a dedent, the end) has
//! no columns, and an error there is where the tokenizer stands, or at column 0.

use super::attempt::{Attempt, Miss};
use super::escapes::escape_error;
use super::grammar::{FaultSpec, Kind};
use super::tokenize::{Kind as Tok, LexFault, Token};
use crate::error::ErrorKind;
use crate::syntax_error::Spot;

/// The error of a source.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub kind: ErrorKind,
    pub msg: String,
    pub spot: Spot,
    /// The tokenizer found it, not the grammar.
    pub lexical: bool,
}

/// What came of looking for the place of an error.
enum Place {
    At(Spot, Option<usize>),
    /// The alternative does not hold.
    Nowhere,
    /// It does, and there is no error.
    Fine,
}

type Named<'n> = &'n [(char, usize)];

impl Attempt<'_> {
    /// Line, and 0-based column in characters.
    fn point(&self, offset: usize) -> (u32, i32) {
        let (line, col) = self.lines.line_col(u32::try_from(offset).unwrap_or(u32::MAX));
        let start = offset - (col as usize).min(offset);
        let text = self.lines.source.get(start..offset).unwrap_or_default();
        (line, i32::try_from(text.chars().count()).unwrap_or(i32::MAX))
    }

    /// Where the tokenizer stands at the end of the source: behind the newline of its last line.
    fn end_point(&self) -> (u32, i32) {
        let source = self.lines.source;
        let body = source.strip_suffix('\n').unwrap_or(source);
        let body = body.strip_suffix('\r').unwrap_or(body);
        if source.is_empty() {
            return (0, 0);
        }
        let (line, col) = self.point(body.len());
        let newline = body.len() < source.len() || self.lex.newline_at_end;
        (line, col + i32::from(newline))
    }

    /// Whether a token has no columns.
    fn placeless(t: &Token) -> bool {
        matches!(t.kind, Tok::Indent | Tok::Dedent | Tok::End)
            || (t.kind == Tok::Newline && t.start == usize::MAX)
    }

    /// Where the tokenizer stands after a token.
    fn after(&self, t: &Token) -> (u32, i32) {
        if t.end >= self.lines.source.len() && Self::placeless(t) {
            return self.end_point();
        }
        let (line, col) = self.point(t.end);
        (line, col + i32::from(t.kind == Tok::Newline))
    }

    fn start(&self, at: usize) -> (u32, i32) {
        match self.lex.tokens.get(at) {
            Some(t) if Self::placeless(t) => (self.after(t).0, -1),
            Some(t) => self.point(t.start),
            None => self.end_point(),
        }
    }

    fn end(&self, at: usize) -> (u32, i32) {
        match self.lex.tokens.get(at) {
            Some(t) if Self::placeless(t) => (self.after(t).0, -1),
            Some(t) => self.after(t),
            None => self.end_point(),
        }
    }

    /// Whether CPython has read on to a later line, and then shows this one without its newline.
    fn is_cut(&self, line: u32) -> bool {
        let last = self.fill.saturating_sub(1);
        self.lex.tokens.get(last).is_some_and(|t| self.after(t).0 > line)
    }

    /// From one token to the last before another.
    pub fn known(&self, first: usize, end: usize) -> Spot {
        let (a, mut b) = (self.start(first), self.end(end.saturating_sub(1).max(first)));
        if b.0 != a.0 {
            // CPython counts the columns of the end in the line of the start.
            let line = self.lines.text(a.0).unwrap_or_default().trim_end_matches(['\r', '\n']);
            b.1 = b.1.min(i32::try_from(line.chars().count()).unwrap_or(i32::MAX));
        }
        Spot { line: a.0, offset: a.1 + 1, end_line: b.0, end_offset: b.1 + 1, cut: self.is_cut(a.0) }
    }

    /// A token, or where the tokenizer stands if it has no columns.
    pub fn at_token(&self, at: usize) -> Spot {
        match self.lex.tokens.get(at) {
            Some(t) if Self::placeless(t) => {
                let (line, col) = self.after(t);
                Spot { line, offset: col, end_line: line, end_offset: -1, cut: self.is_cut(line) }
            }
            _ => self.known(at, at + 1),
        }
    }

    fn last(&self) -> Spot {
        self.at_token(self.fill.saturating_sub(1))
    }

    /// From a token to where the tokenizer stands.
    fn from(&self, first: usize) -> Spot {
        let a = self.start(first);
        let b = match self.lex.tokens.get(self.fill.saturating_sub(1)) {
            Some(t) => self.after(t),
            None => a,
        };
        Spot { line: a.0, offset: a.1 + 1, end_line: b.0, end_offset: b.1, cut: self.is_cut(a.0) }
    }

    fn unclosed(&self) -> Option<Verdict> {
        let &(open, at) = self.lex.open.last()?;
        let (line, col) = self.point(at);
        Some(Verdict {
            kind: ErrorKind::Syntax,
            msg: format!("'{}' was never closed", char::from(open)),
            spot: Spot { line, offset: col + 1, end_line: line, end_offset: 0, cut: self.is_cut(line) },
            lexical: true,
        })
    }

    /// The error of the tokenizer that ended the tokens.
    pub fn unreadable(&self) -> Verdict {
        match &self.lex.error {
            Some(e) => self.lexical(e),
            None => self.unclosed().unwrap_or_else(|| Verdict {
                kind: ErrorKind::Syntax,
                msg: "invalid syntax".into(),
                spot: self.last(),
                lexical: true,
            }),
        }
    }

    fn lexical(&self, e: &LexFault) -> Verdict {
        if e.msg == "unexpected EOF while parsing"
            && let Some(v) = self.unclosed()
        {
            return v;
        }
        let start = usize::from(e.range.start());
        let (line, col) = self.point(start);
        let mut offset = col + 1;
        if e.msg.starts_with("unexpected character after line") {
            // CPython counts from the line on which a token before on this line began, and stops at the line's end.
            let text = self.lines.text(line).unwrap_or_default();
            let newline = usize::from(self.lex.newline_at_end && !text.ends_with('\n'));
            let long =
                |t: &&Token| t.end <= start && self.point(t.end).0 == line && self.point(t.start).0 < line;
            let first =
                self.lex.tokens.iter().rev().take(200).find(long).map_or(line, |t| self.point(t.start).0);
            let from = self.lines.start_of(first) as usize;
            let columns = (start + 1).saturating_sub(from).min(text.len() + newline + 1);
            offset = i32::try_from(columns).unwrap_or(i32::MAX);
        }
        let (end_line, end_offset) = match e.end {
            super::tokenize::End::Same => (line, offset),
            super::tokenize::End::Range => {
                let (line, col) = self.point(e.range.end().into());
                (line, col + 1)
            }
            super::tokenize::End::Zero => (line, 0),
            super::tokenize::End::Minus => (line, -1),
        };
        let spot = Spot { line, offset, end_line, end_offset, cut: e.loud };
        Verdict { kind: e.kind, msg: e.msg.clone(), spot, lexical: true }
    }

    /// An error of the tokenizer behind what was read, where it counts more than one of the grammar.
    pub fn later(&self) -> Option<Verdict> {
        match &self.lex.error {
            Some(e) if e.loud => (!e.formatted).then(|| self.lexical(e)),
            _ => {
                let line = self.start(self.fill.saturating_sub(1)).0;
                let (_, at) = *self.lex.open.last()?;
                if line > self.point(at).0 { self.unclosed() } else { None }
            }
        }
    }

    /// Whether the tokenizer has come to the end of the source.
    pub fn read_all(&self) -> bool {
        let last = self.lex.tokens.get(self.fill.saturating_sub(1));
        last.is_some_and(|t| Self::placeless(t) && t.end >= self.lines.source.len())
    }

    /// Whether a first reading failed because the source ends.
    pub fn at_end(&self) -> bool {
        match self.lex.tokens.get(self.fill.saturating_sub(1)) {
            Some(_) if self.read_all() => true,
            // To know where these end, the tokenizer has looked past them.
            Some(t)
                if !self.lex.newline_at_end
                    && matches!(t.kind, Tok::Name | Tok::Number)
                    && t.end >= self.lines.source.len() =>
            {
                true
            }
            _ if self.verdict.as_ref().is_some_and(|v| v.lexical) => {
                self.lex.error.as_ref().is_none_or(|e| e.at_end)
            }
            _ => false,
        }
    }

    pub fn fail(&mut self, spot: Spot, msg: impl Into<String>) -> Miss {
        self.verdict = Some(Verdict { kind: ErrorKind::Syntax, msg: msg.into(), spot, lexical: false });
        Miss::Raised
    }

    fn span_of(&self, node: usize) -> Option<(usize, usize)> {
        self.nodes.get(node).map(|n| (n.first, n.end))
    }

    /// The tokens of the last expression in a node.
    fn last_part(&self, node: usize) -> Option<(usize, usize)> {
        let n = self.nodes.get(node)?;
        match n.parts.last() {
            Some(p) if n.kind == Kind::Parts => self.span_of(*p),
            _ => Some((n.first, n.end)),
        }
    }

    /// Raises the error that an alternative means; false where it means none after all.
    pub fn raise(&mut self, spec: &FaultSpec, named: Named<'_>, here: usize) -> Result<bool, Miss> {
        let of = |c: char| named.iter().find(|n| n.0 == c).map(|n| n.1);
        let node = |i: usize| spec.names.get(i).and_then(|c| of(*c));
        let (a, b) = (node(0), node(1).or(node(0)));
        let (spot, blamed) = match self.place(spec.what, a, b, here)? {
            Place::At(spot, blamed) => (spot, blamed),
            Place::Nowhere => return Ok(false),
            Place::Fine => return Ok(true),
        };
        let msg = self.message(spec, blamed, b);
        let miss = self.fail(spot, msg);
        if spec.what == "indent"
            && let Some(v) = &mut self.verdict
        {
            v.kind = ErrorKind::Indentation;
        }
        Err(miss)
    }

    fn message(&self, spec: &FaultSpec, a: Option<usize>, b: Option<usize>) -> String {
        let kind = |n: Option<usize>| n.and_then(|n| self.nodes.get(n)).map_or(Kind::Parts, |n| n.kind);
        let first = a.and_then(|n| self.nodes.get(n)).map_or(0, |n| n.first);
        let mut msg = spec.message.clone();
        if spec.what == "arguments" && a.is_some_and(|n| self.has_unpacking(n)) {
            msg.push_str(" unpacking");
        }
        msg.replace("%k", kind(a).name())
            .replace("%t", self.text(first))
            .replace("%b", if kind(b) == Kind::Tuple { "constraints" } else { "bound" })
            .replace("%l", &self.start(first).0.to_string())
    }

    fn has_unpacking(&self, node: usize) -> bool {
        let is = |n: usize| self.nodes.get(n).is_some_and(|n| n.kind == Kind::Unpacking);
        is(node) || self.nodes.get(node).is_some_and(|n| n.parts.iter().any(|p| is(*p)))
    }

    /// Where the error is, and the node it speaks of.
    fn place(&mut self, what: &str, a: Option<usize>, b: Option<usize>, here: usize) -> Result<Place, Miss> {
        match what {
            "last" | "indent" | "arguments" => return Ok(Place::At(self.last(), a)),
            "next" => {
                self.read(here)?;
                return Ok(Place::At(self.at_token(here), a));
            }
            _ => {}
        }
        let (Some(a), Some(b)) = (a, b) else { return Ok(Place::Nowhere) };
        let (Some((first, end)), Some((b_first, b_end))) = (self.span_of(a), self.span_of(b)) else {
            return Ok(Place::Nowhere);
        };
        let spot = match what {
            "at" => self.known(first, end),
            "span" => self.known(first, b_end),
            "joined" => {
                let place = |at: usize| self.lex.tokens.get(at).map(|t| (t.start, t.end));
                match (place(first), place(b_first)) {
                    (Some(a), Some(b)) if a.1 == b.0 => self.known(first, b_end),
                    _ => return Ok(Place::Nowhere),
                }
            }
            "from" | "bound" => self.from(first),
            "items" | "clauses" => self.known(first, self.last_part(b).map_or(b_end, |p| p.1)),
            "mixed" => self.known(self.last_part(a).map_or(first, |p| p.0), b_end),
            "parts" => {
                let n = self.nodes.get(a).map(|n| n.parts.clone()).unwrap_or_default();
                let at = n.first().and_then(|p| self.span_of(*p)).map_or(first, |p| p.0);
                self.known(at, n.last().and_then(|p| self.span_of(*p)).map_or(end, |p| p.1))
            }
            "bare" => match self.last_positional(a) {
                Some(at) => self.known(at, self.last_part(b).map_or(b_end, |p| p.1)),
                None => return Ok(Place::Nowhere),
            },
            "key" => {
                let (line, col) = self.end(end.saturating_sub(1));
                Spot {
                    line: self.start(first).0,
                    offset: col,
                    end_line: line,
                    end_offset: 0,
                    cut: self.is_cut(line),
                }
            }
            "comma" => {
                let outside = self.lex.tokens.get(here.saturating_sub(1)).is_none_or(|t| t.level == 0);
                if self.is_legacy(a) || outside {
                    return Ok(Place::Nowhere);
                }
                self.known(first, b_end)
            }
            "legacy" if self.is_legacy(a) => self.known(first, b_end),
            "target" | "delete" | "loop" => match self.bad_target(a, what) {
                Some(bad) => {
                    let (first, end) = self.span_of(bad).unwrap_or((first, end));
                    return Ok(Place::At(self.known(first, end), Some(bad)));
                }
                None => return Ok(Place::Nowhere),
            },
            "conversion" => return self.conversion(first, b_first),
            "string" => return self.string(first),
            "strings" => return self.strings(a, first, end),
            "real" if self.text(first).ends_with(['j', 'J']) => self.known(first, end),
            "imaginary" if !self.text(first).ends_with(['j', 'J']) => self.known(first, end),
            "real" | "imaginary" => return Ok(Place::Fine),
            _ => return Ok(Place::Nowhere),
        };
        Ok(Place::At(spot, Some(a)))
    }

    /// Whether a node is a name that used to be a statement.
    fn is_legacy(&self, node: usize) -> bool {
        let Some(n) = self.nodes.get(node) else { return false };
        n.kind == Kind::Name && matches!(self.text(n.first), "print" | "exec")
    }

    /// The last positional argument, if it is not the only one.
    fn last_positional(&self, args: usize) -> Option<usize> {
        let n = self.nodes.get(args).filter(|n| n.kind == Kind::Parts)?;
        let positional = |p: &&usize| {
            self.nodes.get(**p).is_some_and(|n| !matches!(n.kind, Kind::Keyword | Kind::Unpacking))
        };
        let mut from_last = n.parts.iter().rev().filter(positional);
        let last = from_last.next()?;
        from_last.next()?;
        self.span_of(*last).map(|p| p.0)
    }

    /// The first part of a target that nothing can be assigned to.
    fn bad_target(&self, node: usize, what: &str) -> Option<usize> {
        let n = self.nodes.get(node)?;
        match n.kind {
            Kind::List | Kind::Tuple => n.parts.iter().find_map(|p| self.bad_target(*p, what)),
            Kind::Starred if what == "delete" => Some(node),
            Kind::Starred => n.parts.first().and_then(|p| self.bad_target(*p, what)),
            Kind::CompareIn if what == "loop" => n.parts.first().and_then(|p| self.bad_target(*p, what)),
            Kind::Compare if what == "loop" => None,
            Kind::Name | Kind::Subscript | Kind::Attribute => None,
            _ => Some(node),
        }
    }

    /// What formatted strings the token at `at` is in.
    fn prefix(&self, at: usize) -> &'static str {
        let mut closed = 0;
        for t in self.lex.tokens.iter().take(at).rev() {
            match t.kind {
                Tok::FormatEnd | Tok::TemplateEnd => closed += 1,
                Tok::FormatStart | Tok::TemplateStart if closed > 0 => closed -= 1,
                Tok::TemplateStart => return "t",
                Tok::FormatStart => return "f",
                _ => {}
            }
        }
        "f"
    }

    fn conversion(&mut self, mark: usize, letter: usize) -> Result<Place, Miss> {
        let apart = match (self.lex.tokens.get(mark), self.lex.tokens.get(letter)) {
            (Some(a), Some(b)) => a.end != b.start,
            _ => false,
        };
        let prefix = self.prefix(mark);
        if apart {
            let spot = self.known(mark, letter + 1);
            let msg = format!("{prefix}-string: conversion type must come right after the exclamation mark");
            return Err(self.fail(spot, msg));
        }
        let text = self.text(letter);
        if matches!(text, "s" | "r" | "a") {
            return Ok(Place::Fine);
        }
        let spot = self.known(letter, letter + 1);
        let msg =
            format!("{prefix}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
        Err(self.fail(spot, msg))
    }

    /// A literal, or a stretch of a formatted one, whose escapes may be wrong.
    fn string(&mut self, at: usize) -> Result<Place, Miss> {
        let text = self.text(at);
        let formatted = self.lex.tokens.get(at).is_some_and(|t| t.kind != Tok::Str);
        let error = if formatted {
            let raw = self.lex.tokens.get(at).is_some_and(|t| t.raw);
            if raw { None } else { escape_error(&format!("\"{text}\"")) }
        } else {
            escape_error(text)
        };
        match error {
            None => Ok(Place::Fine),
            Some(msg) if msg.starts_with("bytes") => {
                let spot = self.known(at, at + 1);
                Err(self.fail(spot, msg))
            }
            Some(msg) => {
                let spot = self.last();
                Err(self.fail(spot, msg))
            }
        }
    }

    /// Literals side by side are all bytes, or none of them is.
    fn strings(&mut self, node: usize, first: usize, end: usize) -> Result<Place, Miss> {
        let mut bytes = [false; 2];
        let mut depth = 0;
        for at in first..end {
            match self.lex.tokens.get(at).map(|t| t.kind) {
                Some(Tok::FormatStart) => {
                    bytes[0] |= depth == 0;
                    depth += 1;
                }
                Some(Tok::FormatEnd) => depth -= 1,
                Some(Tok::Str) if depth == 0 => {
                    let prefix = self.text(at).split(['"', '\'']).next().unwrap_or_default();
                    bytes[usize::from(prefix.contains(['b', 'B']))] = true;
                }
                _ => {}
            }
        }
        if bytes == [true, true] {
            let spot = self.last();
            return Err(self.fail(spot, "cannot mix bytes and nonbytes literals"));
        }
        let formatted =
            (first..end).any(|at| self.lex.tokens.get(at).is_some_and(|t| t.kind == Tok::FormatStart));
        if let Some(n) = self.nodes.get_mut(node) {
            n.kind = if formatted { Kind::Joined } else { Kind::Literal };
            n.parts.clear();
        }
        Ok(Place::Fine)
    }
}
