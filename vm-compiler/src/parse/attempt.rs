//! A parser in CPython's manner: it tries the rules of `python.peg` in their order, and knows how far it has read.
//!
//! It runs only on sources that ruff rejected, first without and then with the rules for errors.

use super::fault::Verdict;
use super::grammar::{Alternative, Class, Grammar, Item, Kind};
use super::tokenize::{Kind as Tok, Token, Tokens};
use crate::source::Lines;

/// Where a rule's result lies.
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: Kind,
    /// Tokens from the first to one past the last.
    pub first: usize,
    pub end: usize,
    pub parts: Vec<usize>,
}

/// Why an item did not match.
#[derive(Clone, Copy, Debug)]
pub enum Miss {
    /// Another alternative may.
    Fail,
    /// Nor may any other of the same rule.
    Cut,
    /// An error was found: the verdict has it.
    Raised,
}

type Match = Result<(usize, usize), Miss>;

/// Words that are never names.
pub fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}

/// Kept results of a token: rule and mode, and what came of it.
type Memo = Vec<(u32, Option<(usize, usize)>)>;

/// One reading of a source.
pub struct Attempt<'a> {
    pub lines: &'a Lines<'a>,
    pub lex: &'a Tokens,
    grammar: &'static Grammar,
    pub nodes: Vec<Node>,
    memo: Vec<Memo>,
    /// Tokens that were looked at.
    pub fill: usize,
    /// The rules for errors take part.
    errors: bool,
    pub verdict: Option<Verdict>,
    /// Line and column of the last compound statement that was read.
    pub statement: (u32, u32),
}

impl<'a> Attempt<'a> {
    pub fn new(grammar: &'static Grammar, lines: &'a Lines<'a>, lex: &'a Tokens) -> Self {
        let memo = vec![Memo::new(); lex.tokens.len() + 1];
        Attempt {
            lines,
            lex,
            grammar,
            nodes: Vec::new(),
            memo,
            fill: 0,
            errors: false,
            verdict: None,
            statement: (0, 0),
        }
    }

    /// Tries a rule from the start; true if it matched.
    pub fn run(&mut self, rule: &str, errors: bool) -> bool {
        self.errors = errors;
        self.memo.iter_mut().for_each(Vec::clear);
        self.nodes.clear();
        match self.grammar.names.get(rule) {
            Some(&r) => self.rule(r, 0).is_ok(),
            None => false,
        }
    }

    /// The token at `at`, which counts as read.
    pub fn read(&mut self, at: usize) -> Result<Token, Miss> {
        if let Some(t) = self.lex.tokens.get(at) {
            self.fill = self.fill.max(at + 1);
            return Ok(*t);
        }
        if self.verdict.is_none() {
            self.verdict = Some(self.unreadable());
        }
        Err(Miss::Raised)
    }

    pub fn text(&self, at: usize) -> &'a str {
        match self.lex.tokens.get(at) {
            Some(t) => self.lines.source.get(t.start..t.end).unwrap_or_default(),
            None => "",
        }
    }

    pub fn node(&mut self, kind: Kind, first: usize, end: usize, parts: Vec<usize>) -> usize {
        self.nodes.push(Node { kind, first, end, parts });
        self.nodes.len() - 1
    }

    fn is(&mut self, at: usize, class: Class) -> Result<bool, Miss> {
        let t = self.read(at)?;
        Ok(match class {
            Class::Name => t.kind == Tok::Name && !is_keyword(self.text(at)),
            Class::Soft => t.kind == Tok::Name && matches!(self.text(at), "_" | "case" | "match" | "type"),
            Class::Number => t.kind == Tok::Number,
            Class::String => t.kind == Tok::Str,
            Class::Newline => t.kind == Tok::Newline,
            Class::Indent => t.kind == Tok::Indent,
            Class::Dedent => t.kind == Tok::Dedent,
            Class::End => t.kind == Tok::End,
            Class::FormatStart => t.kind == Tok::FormatStart,
            Class::FormatMiddle => t.kind == Tok::FormatMiddle,
            Class::FormatEnd => t.kind == Tok::FormatEnd,
            Class::TemplateStart => t.kind == Tok::TemplateStart,
            Class::TemplateMiddle => t.kind == Tok::TemplateMiddle,
            Class::TemplateEnd => t.kind == Tok::TemplateEnd,
        })
    }

    /// Whether a keyword or operator stands at `at`.
    fn is_word(&mut self, at: usize, word: &str) -> Result<bool, Miss> {
        let t = self.read(at)?;
        Ok(matches!(t.kind, Tok::Op | Tok::Name) && self.text(at) == word)
    }

    fn token(&mut self, at: usize, hit: bool, kind: Kind) -> Match {
        if !hit {
            return Err(Miss::Fail);
        }
        Ok((self.node(kind, at, at + 1, Vec::new()), at + 1))
    }

    fn rule(&mut self, rule: usize, at: usize) -> Match {
        let Some(r) = self.grammar.rules.get(rule) else { return Err(Miss::Fail) };
        // What is kept without regard to errors is CPython's choice of rules; the others only save time.
        let key = (rule as u32) << 1 | u32::from(self.errors && !r.memo);
        let kept = self.memo.get(at).and_then(|m| m.iter().find(|e| e.0 == key));
        if let Some((_, result)) = kept {
            return result.ok_or(Miss::Fail);
        }
        let result = stacker::maybe_grow(96 << 10, 2 << 20, || self.alternatives(&r.alternatives, at));
        let result = match result {
            Err(Miss::Cut) => Err(Miss::Fail),
            other => other,
        };
        if result.is_ok() && self.grammar.names.get("compound_stmt") == Some(&rule) {
            let start = self.lex.tokens.get(at).map_or(0, |t| t.start);
            let place = self.lines.line_col(u32::try_from(start).unwrap_or(0));
            if place.0 >= self.statement.0 {
                self.statement = place;
            }
        }
        if !matches!(result, Err(Miss::Raised))
            && let Some(memo) = self.memo.get_mut(at)
        {
            memo.push((key, result.ok()));
        }
        result
    }

    fn alternatives(&mut self, all: &'static [Alternative], at: usize) -> Match {
        for one in all {
            if !self.errors && self.is_bad(one) {
                continue;
            }
            match self.sequence(one, at, None) {
                Err(Miss::Fail) => {}
                other => return other,
            }
        }
        Err(Miss::Fail)
    }

    /// Whether an alternative is only there for an error.
    fn is_bad(&self, one: &Alternative) -> bool {
        match one.items.as_slice() {
            [(_, Item::Rule(r))] => self.grammar.rules.get(*r).is_some_and(|r| r.bad),
            _ => false,
        }
    }

    /// One alternative, after `base` if it is an ending.
    fn sequence(&mut self, one: &'static Alternative, at: usize, base: Option<usize>) -> Match {
        let mut here = at;
        let mut parts: Vec<usize> = base.into_iter().collect();
        let mut named: Vec<(char, usize)> = Vec::new();
        let mut cut = false;
        for (letter, item) in &one.items {
            if matches!(item, Item::Cut) {
                cut = true;
                continue;
            }
            match self.item(item, here) {
                Ok((node, next)) => {
                    here = next;
                    if let Some(c) = letter {
                        named.push((*c, node));
                    }
                    if !matches!(item, Item::Ahead(_) | Item::NotAhead(_)) {
                        parts.push(node);
                    }
                }
                Err(Miss::Fail) if cut => return Err(Miss::Cut),
                Err(e) => return Err(e),
            }
        }
        if let Some(spec) = &one.fault
            && !self.raise(spec, &named, here)?
        {
            return Err(Miss::Fail);
        }
        let first = base.and_then(|b| self.nodes.get(b)).map_or(at, |n| n.first);
        let node = match (one.kind, named.first(), parts.as_slice()) {
            (Some(kind), _, _) => {
                let parts = self.flat(&parts);
                self.node(kind, first, here, parts)
            }
            (None, Some((_, node)), _) => *node,
            (None, None, [only]) => *only,
            _ => {
                let parts = self.flat(&parts);
                self.node(Kind::Parts, first, here, parts)
            }
        };
        Ok((node, here))
    }

    /// The expressions among some parts.
    fn flat(&self, parts: &[usize]) -> Vec<usize> {
        let mut out = Vec::new();
        for &p in parts {
            match self.nodes.get(p) {
                Some(n) if n.kind == Kind::Parts => out.extend(&n.parts),
                Some(n) if n.kind != Kind::Token => out.push(p),
                _ => {}
            }
        }
        out
    }

    fn item(&mut self, item: &'static Item, at: usize) -> Match {
        match item {
            Item::Class(class) => {
                let hit = self.is(at, *class)?;
                let kind = match class {
                    Class::Name => Kind::Name,
                    Class::Number | Class::String => Kind::Literal,
                    _ => Kind::Token,
                };
                self.token(at, hit, kind)
            }
            Item::Word(w) => {
                let hit = self.is_word(at, w)?;
                self.token(at, hit, Kind::Token)
            }
            Item::Soft(w) => {
                let hit = self.is(at, Class::Name)? && self.text(at) == *w;
                self.token(at, hit, Kind::Token)
            }
            Item::Rule(r) => self.rule(*r, at),
            Item::Optional(inner) => match self.item(inner, at) {
                Err(Miss::Fail) => Ok((self.node(Kind::Parts, at, at, Vec::new()), at)),
                other => other,
            },
            Item::Star(inner) => self.many(inner, None, at),
            Item::Plus(inner) => {
                let (node, end) = self.many(inner, None, at)?;
                if end == at { Err(Miss::Fail) } else { Ok((node, end)) }
            }
            Item::Separated(inner, separator) => {
                let (node, end) = self.many(inner, Some(separator), at)?;
                if end == at { Err(Miss::Fail) } else { Ok((node, end)) }
            }
            Item::Ahead(inner) => self.item(inner, at).map(|(node, _)| (node, at)),
            Item::NotAhead(inner) => match self.item(inner, at) {
                Ok(_) => Err(Miss::Fail),
                Err(Miss::Raised) => Err(Miss::Raised),
                Err(_) => Ok((self.node(Kind::Token, at, at, Vec::new()), at)),
            },
            Item::Cut => Err(Miss::Fail),
            Item::Forced(w) => {
                if self.is_word(at, w)? {
                    return self.token(at, true, Kind::Token);
                }
                let place = self.known(at, at + 1);
                Err(self.fail(place, format!("expected '{w}'")))
            }
            Item::Plain(inner) => {
                let errors = std::mem::replace(&mut self.errors, false);
                let result = self.item(inner, at);
                self.errors = errors;
                result
            }
            Item::Group(all) => match self.alternatives(all, at) {
                Err(Miss::Cut) => Err(Miss::Fail),
                other => other,
            },
            Item::Endings(start, endings) => {
                let (mut node, mut here) = self.item(start, at)?;
                'more: loop {
                    for one in endings {
                        match self.sequence(one, here, Some(node)) {
                            Ok((longer, end)) => {
                                (node, here) = (longer, end);
                                // The whole begins where its first token does, brackets included.
                                if let Some(n) = self.nodes.get_mut(node) {
                                    n.first = at;
                                }
                                continue 'more;
                            }
                            Err(Miss::Fail | Miss::Cut) => {}
                            Err(Miss::Raised) => return Err(Miss::Raised),
                        }
                    }
                    return Ok((node, here));
                }
            }
        }
    }

    fn many(&mut self, inner: &'static Item, separator: Option<&'static Item>, at: usize) -> Match {
        let mut parts = Vec::new();
        let (mut here, mut end) = (at, at);
        loop {
            match self.item(inner, here) {
                Ok((node, next)) => {
                    if next == here {
                        break;
                    }
                    parts.push(node);
                    (here, end) = (next, next);
                }
                Err(Miss::Raised) => return Err(Miss::Raised),
                Err(_) => break,
            }
            let Some(separator) = separator else { continue };
            match self.item(separator, here) {
                Ok((_, next)) => here = next,
                Err(Miss::Raised) => return Err(Miss::Raised),
                Err(_) => break,
            }
        }
        let parts = self.flat(&parts);
        Ok((self.node(Kind::Parts, at, end, parts), end))
    }
}
