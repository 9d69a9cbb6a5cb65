//! The tables of `python.peg`: its rules, read once.

use std::collections::HashMap;
use std::sync::OnceLock;

/// One part of an alternative.
#[derive(Debug)]
pub enum Item {
    /// A class of tokens, such as `NAME`.
    Class(Class),
    /// A keyword or an operator.
    Word(&'static str),
    /// A name that is a keyword here only.
    Soft(&'static str),
    Rule(usize),
    Optional(Box<Item>),
    Star(Box<Item>),
    Plus(Box<Item>),
    /// Items with separators between them.
    Separated(Box<Item>, Box<Item>),
    Ahead(Box<Item>),
    NotAhead(Box<Item>),
    Cut,
    /// A word that must stand here.
    Forced(&'static str),
    /// Without the rules for errors.
    Plain(Box<Item>),
    Group(Vec<Alternative>),
    /// A start with any number of endings.
    Endings(Box<Item>, Vec<Alternative>),
}

/// What a token is to the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Name,
    Number,
    String,
    Newline,
    Indent,
    Dedent,
    End,
    FormatStart,
    FormatMiddle,
    FormatEnd,
    TemplateStart,
    TemplateMiddle,
    TemplateEnd,
    /// A name that is a keyword somewhere.
    Soft,
}

/// What CPython's AST calls a stretch of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    /// Parts of something larger.
    Parts,
    Name,
    Literal,
    True,
    False,
    None,
    Ellipsis,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Operation,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    Joined,
    Template,
    Compare,
    /// A comparison whose first operator is `in`.
    CompareIn,
    If,
    Named,
    Param,
    Keyword,
    Unpacking,
}

/// A sequence of items, what it is, and the error it means.
#[derive(Debug, Default)]
pub struct Alternative {
    /// The items, with the letters they are known by.
    pub items: Vec<(Option<char>, Item)>,
    pub kind: Option<Kind>,
    pub fault: Option<FaultSpec>,
}

/// `{ what a b "message" }`.
#[derive(Debug)]
pub struct FaultSpec {
    pub what: &'static str,
    pub names: Vec<char>,
    pub message: String,
}

/// A named rule.
#[derive(Debug)]
pub struct Rule {
    pub alternatives: Vec<Alternative>,
    /// Alone in an alternative, it takes part only where errors are looked for.
    pub bad: bool,
    /// Its results are kept whether or not errors are looked for.
    pub memo: bool,
}

/// All rules.
#[derive(Debug, Default)]
pub struct Grammar {
    pub rules: Vec<Rule>,
    pub names: HashMap<&'static str, usize>,
}

/// The grammar; none if `python.peg` is not well formed, which a test rules out.
pub fn grammar() -> Option<&'static Grammar> {
    static GRAMMAR: OnceLock<Option<Grammar>> = OnceLock::new();
    GRAMMAR.get_or_init(|| read(include_str!("python.peg"))).as_ref()
}

fn read(text: &'static str) -> Option<Grammar> {
    let words = split(text)?;
    let mut names = HashMap::new();
    let mut heads = Vec::new();
    for (i, pair) in words.windows(3).enumerate() {
        let [name, b, c] = pair else { continue };
        let memo = *b == "*" && *c == "=";
        if is_name(name) && (*b == "=" || memo) {
            names.insert(*name, heads.len());
            heads.push((i, memo));
        }
    }
    let mut rules = Vec::new();
    for (n, (at, memo)) in heads.iter().enumerate() {
        let end = heads.get(n + 1).map_or(words.len(), |h| h.0);
        let start = at + if *memo { 3 } else { 2 };
        let mut r = Reader { words: words.get(start..end)?, at: 0, names: &names };
        let alternatives = r.alternatives(&[])?;
        if r.at != r.words.len() {
            return None;
        }
        rules.push(Rule { alternatives, bad: words.get(*at)?.starts_with("bad_"), memo: *memo });
    }
    Some(Grammar { rules, names })
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The words of the notation; comments stand on lines of their own.
fn split(text: &'static str) -> Option<Vec<&'static str>> {
    let mut words = Vec::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = match first {
                '\'' | '"' => {
                    let mut escaped = false;
                    let close = rest.char_indices().skip(1).find(|(_, c)| {
                        let hit = *c == first && !escaped;
                        escaped = *c == '\\' && !escaped;
                        hit
                    })?;
                    close.0 + 1
                }
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
                }
                '<' | '>' => 2,
                '=' if rest.starts_with("=>") => 2,
                _ => 1,
            };
            words.push(rest.get(..len)?);
            rest = rest.get(len..)?.trim_start();
        }
    }
    Some(words)
}

struct Reader<'a> {
    words: &'a [&'static str],
    at: usize,
    names: &'a HashMap<&'static str, usize>,
}

impl Reader<'_> {
    fn peek(&self) -> &'static str {
        self.words.get(self.at).copied().unwrap_or("")
    }

    fn take(&mut self) -> &'static str {
        let word = self.peek();
        self.at += 1;
        word
    }

    fn eat(&mut self, word: &str) -> bool {
        let hit = self.peek() == word;
        self.at += usize::from(hit);
        hit
    }

    fn alternatives(&mut self, ends: &[&str]) -> Option<Vec<Alternative>> {
        let mut out = Vec::new();
        loop {
            let mut one = Alternative::default();
            loop {
                let word = self.peek();
                if word.is_empty() || word == "|" || ends.contains(&word) {
                    break;
                }
                match word {
                    "=>" => {
                        self.at += 1;
                        one.kind = Some(kind(self.take())?);
                    }
                    "{" => one.fault = Some(self.fault()?),
                    _ => {
                        let letter =
                            (word.len() == 1 && self.words.get(self.at + 1) == Some(&":")).then_some(word);
                        if letter.is_some() {
                            self.at += 2;
                        }
                        let item = self.item()?;
                        one.items.push((letter.and_then(|l| l.chars().next()), item));
                    }
                }
            }
            out.push(one);
            if !self.eat("|") {
                return Some(out);
            }
        }
    }

    fn fault(&mut self) -> Option<FaultSpec> {
        self.at += 1;
        let what = self.take();
        let mut names = Vec::new();
        while !self.peek().starts_with('"') {
            names.push(self.take().chars().next()?);
        }
        let quoted = self.take();
        let message = quoted.get(1..quoted.len().checked_sub(1)?)?.replace("\\\"", "\"");
        self.eat("}").then_some(FaultSpec { what, names, message })
    }

    fn item(&mut self) -> Option<Item> {
        let mut item = self.atom()?;
        loop {
            item = match self.peek() {
                "?" => Item::Optional(Box::new(item)),
                "*" => Item::Star(Box::new(item)),
                "+" => Item::Plus(Box::new(item)),
                "%" => {
                    self.at += 1;
                    let separator = self.atom()?;
                    item = Item::Separated(Box::new(item), Box::new(separator));
                    continue;
                }
                "<<" => {
                    self.at += 1;
                    let endings = self.alternatives(&[">>"])?;
                    Item::Endings(Box::new(item), endings)
                }
                _ => return Some(item),
            };
            self.at += 1;
        }
    }

    fn atom(&mut self) -> Option<Item> {
        let word = self.take();
        let inner = |w: &'static str| w.get(1..w.len().checked_sub(1)?);
        Some(match word {
            "&" => Item::Ahead(Box::new(self.atom()?)),
            "!" => Item::NotAhead(Box::new(self.atom()?)),
            "~" => Item::Cut,
            "@" => Item::Plain(Box::new(self.atom()?)),
            "^" => Item::Forced(inner(self.take())?),
            "(" => {
                let group = self.alternatives(&[")"])?;
                self.at += 1;
                Item::Group(group)
            }
            w if w.starts_with('\'') => Item::Word(inner(w)?),
            w if w.starts_with('"') => Item::Soft(inner(w)?),
            w if is_name(w) => Item::Rule(*self.names.get(w)?),
            w => Item::Class(class(w)?),
        })
    }
}

fn class(word: &str) -> Option<Class> {
    Some(match word {
        "NAME" => Class::Name,
        "NUMBER" => Class::Number,
        "STRING" => Class::String,
        "NEWLINE" => Class::Newline,
        "INDENT" => Class::Indent,
        "DEDENT" => Class::Dedent,
        "END" => Class::End,
        "FSTART" => Class::FormatStart,
        "FMID" => Class::FormatMiddle,
        "FEND" => Class::FormatEnd,
        "TSTART" => Class::TemplateStart,
        "TMID" => Class::TemplateMiddle,
        "TEND" => Class::TemplateEnd,
        "SOFT" => Class::Soft,
        _ => return None,
    })
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "True" => Kind::True,
        "False" => Kind::False,
        "None" => Kind::None,
        "Ellipsis" => Kind::Ellipsis,
        "Attribute" => Kind::Attribute,
        "Subscript" => Kind::Subscript,
        "Starred" => Kind::Starred,
        "List" => Kind::List,
        "Tuple" => Kind::Tuple,
        "Lambda" => Kind::Lambda,
        "Call" => Kind::Call,
        "Operation" => Kind::Operation,
        "Generator" => Kind::Generator,
        "Yield" => Kind::Yield,
        "Await" => Kind::Await,
        "ListComp" => Kind::ListComp,
        "SetComp" => Kind::SetComp,
        "DictComp" => Kind::DictComp,
        "Dict" => Kind::Dict,
        "Set" => Kind::Set,
        "Joined" => Kind::Joined,
        "Template" => Kind::Template,
        "Compare" => Kind::Compare,
        "CompareIn" => Kind::CompareIn,
        "If" => Kind::If,
        "Named" => Kind::Named,
        "Param" => Kind::Param,
        "Keyword" => Kind::Keyword,
        "Unpacking" => Kind::Unpacking,
        _ => return None,
    })
}

impl Kind {
    /// How CPython's messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Literal => "literal",
            Kind::True => "True",
            Kind::False => "False",
            Kind::None => "None",
            Kind::Ellipsis => "ellipsis",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::Joined => "f-string expression",
            Kind::Template => "t-string expression",
            Kind::Compare | Kind::CompareIn => "comparison",
            Kind::If => "conditional expression",
            Kind::Named => "named expression",
            Kind::Token | Kind::Parts | Kind::Operation | Kind::Param | Kind::Keyword | Kind::Unpacking => {
                "expression"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_grammar_is_well_formed() {
        let g = super::grammar().expect("python.peg is well formed");
        for start in ["file", "single", "eval"] {
            assert!(g.names.contains_key(start));
        }
        assert!(g.rules.iter().all(|r| r.alternatives.iter().all(|a| !a.items.is_empty())));
    }
}
