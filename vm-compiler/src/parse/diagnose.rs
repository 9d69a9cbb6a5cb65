//! From ruff's first error to the message CPython gives: by the kind of error, and by the tokens around it.

mod tokens;

use super::targets;
use super::tokenize::{Kind, Token, Tokens, range, tokenize};
use crate::error::ErrorKind;
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_parser::{
    InterpolatedStringErrorType as Inner, LexicalErrorType, ParseError, ParseErrorType,
};
use ruff_text_size::TextRange;

struct Context<'a> {
    source: &'a str,
    lex: Tokens,
    /// Index of the token at the error.
    at: usize,
    error: &'a ParseError,
}

/// The SyntaxError for a source that ruff rejected with `error` first.
pub fn diagnose(source: &str, error: &ParseError) -> Fault {
    let lex = tokenize(source);
    let start = usize::from(error.location.start());
    let at = lex.tokens.iter().position(|t| t.start >= start || t.end > start).unwrap_or(lex.tokens.len());
    let c = Context { source, lex, at, error };
    let found = c.find();
    // An error of the tokenizer anywhere wins, but for an unexpected indent before it.
    let indent = found.msg == "unexpected indent";
    if let Some(e) = &c.lex.error
        && !(indent && found.range.start() <= e.range.start())
    {
        // The tokenizer knows where it stands, not how far the trouble goes.
        let start = e.range.start();
        return Fault {
            kind: e.kind,
            range: TextRange::empty(start),
            msg: e.msg.clone(),
            no_end: e.kind == ErrorKind::Indentation || e.msg.starts_with("unexpected"),
        };
    }
    if let Some(&(open, pos)) = c.lex.open.last() {
        let lines = Lines::new(source);
        let here = c.lex.tokens.get(c.at);
        let at_end = here.is_none_or(|t| matches!(t.kind, Kind::End | Kind::Newline));
        let line = lines.line(here.map_or(source.len() as u32, |t| t.start as u32));
        if at_end || line > lines.line(pos as u32) {
            let mut f = Fault::new(range(pos, pos + 1), format!("'{}' was never closed", char::from(open)));
            f.no_end = true;
            return f;
        }
    }
    found
}

impl<'a> Context<'a> {
    fn token(&self, i: usize) -> Option<&Token> {
        self.lex.tokens.get(i)
    }

    fn text(&self, i: usize) -> &'a str {
        match self.token(i) {
            Some(t) if !matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent | Kind::End) => {
                self.source.get(t.start..t.end).unwrap_or_default()
            }
            _ => "",
        }
    }

    fn kind(&self, i: usize) -> Kind {
        self.token(i).map_or(Kind::End, |t| t.kind)
    }

    fn slice(&self, r: TextRange) -> &'a str {
        self.source.get(usize::from(r.start())..usize::from(r.end())).unwrap_or_default()
    }

    fn token_range(&self, i: usize) -> TextRange {
        match self.token(i) {
            Some(t) => match t.kind {
                Kind::Newline => range(t.start, t.start + 1),
                Kind::Indent | Kind::Dedent => range(t.end, t.end),
                _ => range(t.start, t.end),
            },
            None => range(self.source.len(), self.source.len()),
        }
    }

    /// The first token of the logical line of token `i`.
    fn line_first(&self, i: usize) -> usize {
        let mut j = i.min(self.lex.tokens.len());
        while j > 0 {
            let t = &self.lex.tokens[j - 1];
            if matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent) && t.level == 0 {
                break;
            }
            j -= 1;
        }
        j
    }

    /// The first token of the simple statement of token `i`.
    fn statement_first(&self, i: usize) -> usize {
        let first = self.line_first(i);
        (first..i).rev().find(|j| self.text(*j) == ";").map_or(first, |j| j + 1)
    }

    fn generic(&self) -> Fault {
        self.at_token(self.at, "invalid syntax")
    }

    fn at_token(&self, i: usize, msg: impl Into<String>) -> Fault {
        Fault::new(self.token_range(i), msg)
    }

    fn span(&self, a: usize, b: usize, msg: impl Into<String>) -> Fault {
        Fault::new(self.token_range(a).cover(self.token_range(b)), msg)
    }

    fn find(&self) -> Fault {
        if self.kind(self.at) == Kind::Indent {
            let at = self.token(self.at).map_or(0, |t| t.end.saturating_sub(1));
            let mut f = Fault::new(range(at, at), "unexpected indent");
            f.kind = ErrorKind::Indentation;
            f.no_end = true;
            return f;
        }
        if let Some(f) = self.by_kind() {
            return f;
        }
        self.by_tokens().unwrap_or_else(|| self.generic())
    }

    fn by_kind(&self) -> Option<Fault> {
        use ParseErrorType as E;
        let r = self.error.location;
        let known = |msg: &str| Some(Fault::new(r, msg));
        match &self.error.error {
            E::FStringError(k) => self.interpolated(k, "f-string"),
            E::TStringError(k) => self.interpolated(k, "t-string"),
            E::Lexical(k) => self.lexical(k),
            E::InvalidAssignmentTarget | E::InvalidAnnotatedAssignmentTarget => Some(self.assignment(r)),
            E::InvalidNamedAssignmentTarget => {
                let name = targets::kind_of(self.slice(r));
                Some(Fault::new(r, format!("cannot use assignment expressions with {name}")))
            }
            E::InvalidAugmentedAssignmentTarget => {
                let name = targets::kind_of(self.slice(r));
                Some(Fault::new(r, format!("'{name}' is an illegal expression for augmented assignment")))
            }
            E::InvalidDeleteTarget => {
                let (at, name) = targets::invalid(self.slice(r), true);
                Some(Fault::new(r_within(r, at), format!("cannot delete {name}")))
            }
            E::PositionalAfterKeywordArgument => known("positional argument follows keyword argument"),
            E::PositionalAfterKeywordUnpacking => {
                known("positional argument follows keyword argument unpacking")
            }
            E::InvalidArgumentUnpackingOrder => {
                known("iterable argument unpacking follows keyword argument unpacking")
            }
            E::IterableUnpackingInComprehension => {
                known("iterable unpacking cannot be used in comprehension")
            }
            E::UnparenthesizedGeneratorExpression => {
                let class = self.text(self.line_first(self.at)) == "class";
                if class { None } else { known("Generator expression must be parenthesized") }
            }
            E::NonDefaultParamAfterDefaultParam => {
                known("parameter without a default follows parameter with a default")
            }
            E::ParamAfterVarKeywordParam => known("arguments cannot follow var-keyword argument"),
            E::VarParameterWithDefault => {
                let eq = (self.line_first(self.at)..self.lex.tokens.len()).find(|i| {
                    self.text(*i) == "="
                        && self.token(*i).is_some_and(|t| t.start + 1 >= usize::from(r.start()))
                })?;
                let star2 = (0..eq).rev().find_map(|i| match self.text(i) {
                    "*" => Some(false),
                    "**" => Some(true),
                    _ => None,
                })?;
                let what = if star2 { "var-keyword" } else { "var-positional" };
                Some(self.at_token(eq, format!("{what} argument cannot have default value")))
            }
            E::ExpectedKeywordParam => {
                let star = (0..=self.at).rev().find(|i| self.text(*i) == "*")?;
                Some(self.at_token(star, "named arguments must follow bare *"))
            }
            E::InvalidMatchPatternTarget => known("cannot use '_' as a target"),
            E::ExpectedRealNumber => known("real number required in complex literal"),
            E::ExpectedImaginaryNumber => known("imaginary number required in complex literal"),
            E::InvalidStarredExpressionUsage => {
                let next = (self.at..self.lex.tokens.len())
                    .find(|i| self.token(*i).is_some_and(|t| t.start >= usize::from(r.end())));
                let before = if self.at > 0 { self.text(self.at - 1) } else { "" };
                let after = next.map_or("", |i| self.text(i));
                if before == "(" && after == ")" {
                    return known("cannot use starred expression here");
                }
                if matches!(
                    before,
                    "+" | "-" | "*" | "/" | "%" | "@" | "**" | "//" | "and" | "or" | "not" | "==" | "<" | ">"
                ) {
                    return Some(self.generic());
                }
                match next {
                    Some(i) if after == ":" && self.level(i) > 0 => Some(self.at_token(i, "invalid syntax")),
                    _ if before == ":" && self.level(self.at) > 0 => Some(self.generic()),
                    _ => known("can't use starred expression here"),
                }
            }
            E::EmptyTypeParams => Some(self.at_token(self.at, "Type parameter list cannot be empty")),
            E::EmptyImportNames if self.kind(self.at) != Kind::Newline => Some(self.generic()),
            E::EmptyImportNames => {
                let end = self.token(self.at)?.start;
                Some(Fault::new(range(end, end), "Expected one or more names after 'import'"))
            }
            E::OtherError(msg) => self.other(msg),
            _ => None,
        }
    }

    fn other(&self, msg: &str) -> Option<Fault> {
        let r = self.error.location;
        if let Some(clause) = msg.strip_prefix("Expected an indented block after ") {
            return Some(self.missing_block(clause));
        }
        Some(match msg {
            "Expected `except` or `finally` after `try` block" => {
                self.at_token(self.at, "expected 'except' or 'finally' block")
            }
            "Cannot have both 'except' and 'except*' on the same 'try'" => {
                let end = (self.at..self.lex.tokens.len()).find(|i| self.text(*i) == "*").unwrap_or(self.at);
                let start = if self.text(self.at) == "*" { self.at.saturating_sub(1) } else { self.at };
                self.span(start, end.max(start), "cannot have both 'except' and 'except*' on the same 'try'")
            }
            "Expected one or more exception types" => {
                self.at_token(self.at, "expected one or more exception types")
            }
            "Multiple exception types must be parenthesized when using `as`" => {
                Fault::new(r, "multiple exception types must be parenthesized when using 'as'")
            }
            "Only one '*' parameter allowed" | "Only one '*' separator allowed" => {
                self.at_token(self.at, "* argument may appear only once")
            }
            "Only one '**' parameter allowed" => {
                self.at_token(self.at, "arguments cannot follow var-keyword argument")
            }
            "Only one '/' separator allowed" => self.at_token(self.at, "/ may appear only once"),
            "'/' parameter must appear before '*' parameter" => {
                self.at_token(self.at, "/ must be ahead of *")
            }
            "Position-only parameter separator not allowed as first parameter" => {
                self.at_token(self.at, "at least one argument must precede /")
            }
            "Only single target (not tuple) can be annotated" => {
                Fault::new(r, "only single target (not tuple) can be annotated")
            }
            "Only single target (not list) can be annotated" => {
                Fault::new(r, "only single target (not list) can be annotated")
            }
            "Positional patterns cannot follow keyword patterns" => {
                Fault::new(r, "positional patterns follow keyword patterns")
            }
            "Trailing comma not allowed" => self.at_token(
                if self.text(self.at) == "," { self.at + 1 } else { self.at },
                "trailing comma not allowed without surrounding parentheses",
            ),
            "bytes can only contain ASCII literal characters" => Fault::new(r, msg),
            _ if msg.ends_with("literals cannot be mixed with non-bytes literals")
                || msg.contains("Bytes literal cannot be mixed") =>
            {
                Fault::new(r, "cannot mix bytes and nonbytes literals")
            }
            _ if msg.to_ascii_lowercase().contains("cannot be mixed") || msg.contains("Cannot mix") => {
                Fault::new(r, "cannot mix t-string literals with string or bytes literals")
            }
            _ => return None,
        })
    }

    /// The block of a compound statement is missing.
    fn missing_block(&self, clause: &str) -> Fault {
        let lines = Lines::new(self.source);
        // The header is the logical line before the error.
        let mut header = self.at;
        while header > 0 && matches!(self.kind(header - 1), Kind::Newline | Kind::Dedent | Kind::Indent) {
            header -= 1;
        }
        let first = self.line_first(header.saturating_sub(1));
        let line = self.token(first).map_or(0, |t| lines.line(t.start as u32));
        let mut i = first;
        if self.text(i) == "async" {
            i += 1;
        }
        let what = match self.text(i) {
            "def" => "function definition".to_owned(),
            "class" => "class definition".to_owned(),
            "except" if self.text(i + 1) == "*" => "'except*' statement".to_owned(),
            "" => clause.replace('`', "'"),
            w => format!("'{w}' statement"),
        };
        let mut f = self.at_token(self.at, format!("expected an indented block after {what} on line {line}"));
        f.kind = ErrorKind::Indentation;
        f.no_end = self.token(self.at).is_none_or(|t| t.start >= self.source.len());
        f
    }

    fn assignment(&self, r: TextRange) -> Fault {
        let text = self.slice(r);
        // Keyword arguments, loops and `with` have the same kind of error.
        let first = self.statement_first(self.at);
        let next = (self.at..self.lex.tokens.len())
            .find(|i| self.token(*i).is_some_and(|t| t.start >= usize::from(r.end())));
        let mut next = next;
        while next.is_some_and(|i| self.text(i) == ")" && self.level(i) == 0) {
            next = next.map(|i| i + 1);
        }
        let follow = next.map_or("", |i| self.text(i));
        if is_keyword(text) && !matches!(text, "None" | "True" | "False" | "yield") {
            return self.at_token(next.unwrap_or(self.at), "invalid syntax");
        }
        let (at, name) = targets::invalid(text, false);
        let bad = r_within(r, at);
        if let (Some(n), ":") = (next, follow)
            && !matches!(self.text(first), "for" | "with" | "async")
        {
            if !self.starts_expression(n + 1) {
                return self.at_token(n, "invalid syntax");
            }
            return match targets::kind_of(text) {
                "tuple" => Fault::new(r, "only single target (not tuple) can be annotated"),
                "list" => Fault::new(r, "only single target (not list) can be annotated"),
                _ => Fault::new(r, "illegal target for annotation"),
            };
        }
        if let (Some(n), "=") = (next, follow) {
            let whole = targets::kind_of(text);
            if whole == "yield expression" {
                return Fault::new(r, "assignment to yield expression not possible");
            }
            let head = self.token(first).is_some_and(|t| t.start == usize::from(r.start()))
                || (self.text(first) == "("
                    && self.token(first + 1).is_some_and(|t| t.start == usize::from(r.start())));
            let simple = targets::is_bitwise_or(text) && !matches!(name, "True" | "None" | "False");
            let another = self.another_equals(n + 1) || !self.starts_expression(n + 1);
            if head
                && simple
                && bad == r
                && !another
                && !matches!(whole, "tuple" | "list" | "generator expression")
            {
                return Fault::new(
                    r,
                    format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"),
                );
            }
        }
        Fault::new(bad, format!("cannot assign to {name}"))
    }

    /// Whether the statement goes on with another `=` or `:=` after the value that starts at token `i`.
    fn another_equals(&self, i: usize) -> bool {
        let level = self.token(i).map_or(0, |t| t.level);
        for j in i..self.lex.tokens.len() {
            let Some(t) = self.token(j) else { return false };
            if t.kind == Kind::Newline || self.text(j) == ";" {
                return false;
            }
            if t.level == level && matches!(self.text(j), "=" | ":=") {
                return true;
            }
        }
        false
    }

    fn interpolated(&self, k: &Inner, kind: &str) -> Option<Fault> {
        let r = self.error.location;
        let start = usize::from(r.start());
        Some(match k {
            Inner::LambdaWithoutParentheses => {
                Fault::new(r, format!("{kind}: lambda expressions are not allowed without parentheses"))
            }
            Inner::SingleRbrace => Fault::new(r, format!("{kind}: single '}}' is not allowed")),
            Inner::InvalidConversionFlag | Inner::ConversionFlagNotImmediatelyAfterExclamation => {
                let rest = self.source.get(start..).unwrap_or_default();
                let rest = rest.strip_prefix('!').unwrap_or(rest);
                let word: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if rest.starts_with([' ', '\t']) {
                    Fault::new(
                        r,
                        format!("{kind}: conversion type must come right after the exclamation mark"),
                    )
                } else if word.is_empty() {
                    let msg = if rest.starts_with(['}', ':', '"', '\'']) || rest.is_empty() {
                        format!("{kind}: missing conversion character")
                    } else {
                        format!("{kind}: invalid conversion character")
                    };
                    Fault::new(r, msg)
                } else {
                    Fault::new(
                        r,
                        format!("{kind}: invalid conversion character '{word}': expected 's', 'r', or 'a'"),
                    )
                }
            }
            Inner::UnclosedLbrace => {
                let rest = self.source.get(start..).unwrap_or_default().trim_start();
                if rest.starts_with('}') {
                    return Some(Fault::new(
                        range(start, start + 1),
                        format!("{kind}: valid expression required before '}}'"),
                    ));
                }
                let msg = format!("{kind}: expecting '}}'");
                Fault::new(r, msg)
            }
            Inner::NewlineInFormatSpec => Fault::new(
                r,
                format!("{kind}: newlines are not allowed in format specifiers for single quoted {kind}s"),
            ),
            Inner::UnterminatedString | Inner::UnterminatedTripleQuotedString => return None,
        })
    }

    fn lexical(&self, k: &LexicalErrorType) -> Option<Fault> {
        let r = self.error.location;
        match k {
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace
            | LexicalErrorType::InvalidByteLiteral
            | LexicalErrorType::StringError => {
                let i = self
                    .lex
                    .tokens
                    .iter()
                    .position(|t| {
                        t.kind == Kind::Str
                            && t.start <= usize::from(r.start())
                            && usize::from(r.start()) <= t.end
                    })
                    .unwrap_or(self.at);
                let text = self.text(i);
                let msg = super::escapes::escape_error(text)?;
                Some(self.at_token(i, msg))
            }
            LexicalErrorType::FStringError(k) => self.interpolated(k, "f-string"),
            LexicalErrorType::TStringError(k) => self.interpolated(k, "t-string"),
            LexicalErrorType::OtherError(m) if m.contains("cannot be mixed") || m.contains("Cannot mix") => {
                Some(Fault::new(r, "cannot mix bytes and nonbytes literals"))
            }
            _ => None,
        }
    }
}

/// A sub-range given relative to the start of `r`.
fn r_within(r: TextRange, at: TextRange) -> TextRange {
    let base = usize::from(r.start());
    range(base + usize::from(at.start()), base + usize::from(at.end()))
}

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
