//! From ruff's first error to the message CPython gives: by the kind of error, and by the tokens around it.

use super::targets;
use super::tokenize::{Kind, Token, Tokens, range, tokenize};
use crate::error::ErrorKind;
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_ast::token::TokenKind;
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

    // ---- by tokens

    fn by_tokens(&self) -> Option<Fault> {
        let i = self.at;
        let (here, before) = (self.text(i), if i > 0 { self.text(i - 1) } else { "" });
        let stmt = self.statement_first(i);
        let head = self.text(stmt);
        let r = self.error.location;
        let next = (i..self.lex.tokens.len())
            .find(|j| self.token(*j).is_some_and(|t| t.start >= usize::from(r.end())));
        if let Some(n) = next
            && n > i
            && self.text(n) == "="
            && self.level(n) > 0
            && let Some(f) = self.stray_equals(n, stmt)
        {
            return Some(f);
        }
        if let Some(f) = self.inside_string() {
            return Some(f);
        }
        if matches!(
            here,
            "+=" | "-=" | "*=" | "/=" | "//=" | "%=" | "@=" | "&=" | "|=" | "^=" | ">>=" | "<<=" | "**="
        ) && self.level(i) == 0
            && i > stmt
        {
            let text = self.slice(self.token_range(stmt).cover(self.token_range(i - 1)));
            let kind = targets::kind_of(text);
            if targets::parses(text) && !matches!(kind, "name" | "attribute" | "subscript") {
                return Some(self.span(
                    stmt,
                    i - 1,
                    format!("'{kind}' is an illegal expression for augmented assignment"),
                ));
            }
        }
        if here == "<>" {
            return Some(self.at_token(i, "invalid syntax.  Maybe you meant '!=' instead of '<>'?"));
        }
        // `print x`
        let name = if matches!(head, "print" | "exec") { stmt } else { usize::MAX };
        if i == name.wrapping_add(1)
            && self.token(i).is_some_and(|t| t.level == 0)
            && self.starts_expression(i)
        {
            let end = self.statement_end(i);
            return Some(self.span(
                stmt,
                end,
                format!("Missing parentheses in call to '{head}'. Did you mean {head}(...)?"),
            ));
        }
        if let ParseErrorType::ExpectedToken { expected, .. } = &self.error.error {
            match expected {
                TokenKind::Colon if self.kind(i) == Kind::Newline => {
                    if self.ternary_or_block(stmt, i) {
                        return Some(self.at_token(i, "expected ':'"));
                    }
                }
                TokenKind::Colon if matches!(head, "def" | "class" | "try" | "else" | "finally") => {
                    if !(head == "class") {
                        return Some(self.at_token(i, "expected ':'"));
                    }
                }
                TokenKind::Lpar if head == "def" || (head == "async" && self.text(stmt + 1) == "def") => {
                    return Some(self.at_token(i, "expected '('"));
                }
                TokenKind::Else => {
                    // The conditional expression began where its body did.
                    if here != ":" {
                        let start = self.expression_start(i);
                        return Some(self.span(start, i - 1, "expected 'else' after 'if' expression"));
                    }
                }
                TokenKind::In if self.level(i) > 0 => {
                    if let Some(f) = (0..i).rev().find(|j| self.text(*j) == "for") {
                        if f + 1 < i {
                            return Some(self.span(f + 1, i - 1, "'in' expected after for-loop variables"));
                        }
                    }
                }
                _ => {}
            }
        }
        // `def f(x) -> :`
        if head == "def" && before == "->" {
            return Some(self.at_token(i - 1, "expected ':'"));
        }
        if head == "import" && here == "from" {
            let end = self.statement_end(i);
            return Some(self.span(stmt, end, "Did you mean to use 'from ... import ...' instead?"));
        }
        if matches!(head, "import" | "from") && before == "as" && !here.is_empty() {
            let end = self.statement_end(i);
            let text = self.slice(self.token_range(i).cover(self.token_range(end)));
            let kind = targets::kind_of(text.split(',').next().unwrap_or(text).trim());
            if kind != "name" {
                return Some(self.at_token(i, format!("cannot use {kind} as import target")));
            }
        }
        if matches!(head, "import" | "from") && here == "." && i >= 2 && self.text(i - 2) == "as" {
            return Some(self.span(i - 1, i + 1, "cannot use attribute as import target"));
        }
        if head == "from" && before == "," && self.kind(i) == Kind::Newline {
            return Some(self.at_token(i, "trailing comma not allowed without surrounding parentheses"));
        }
        if matches!(head, "import" | "from") && before == "import" && self.kind(i) == Kind::Newline {
            let end = self.token(i)?.start;
            return Some(Fault::new(range(end, end), "Expected one or more names after 'import'"));
        }
        if head == "except" && i >= 2 && self.text(i - 2) == "as" && matches!(here, "." | "[") {
            let kind = if here == "." { "attribute" } else { "subscript" };
            let end = (i..self.lex.tokens.len()).find(|j| self.text(*j) == ":").unwrap_or(i + 1);
            return Some(self.span(i - 1, end - 1, format!("cannot use except statement with {kind}")));
        }
        if here == ":"
            && i >= 2
            && matches!(self.text(i - 2), "*" | "**")
            && matches!(head, "def" | "class" | "type" | "async")
            && self.opening(i).is_some_and(|o| self.text(o) == "[")
        {
            let what = if self.text(i + 1) == "(" { "constraints" } else { "bound" };
            let kind = if self.text(i - 2) == "*" { "TypeVarTuple" } else { "ParamSpec" };
            return Some(self.at_token(i, format!("cannot use {what} with {kind}")));
        }
        // Parenthesised parameters.
        if here == "(" && matches!(before, "(" | ",") && head == "def" && self.in_parameters(stmt, i) {
            let close = self.closing(i);
            return Some(self.span(i, close, "Function parameters cannot be parenthesized"));
        }
        if here == "(" && matches!(before, "lambda" | ",") && (stmt..i).any(|j| self.text(j) == "lambda") {
            let close = self.closing(i);
            return Some(self.span(i, close, "Lambda expression parameters cannot be parenthesized"));
        }
        // Dict displays.
        if let Some(f) = self.dictionary(i) {
            return Some(f);
        }
        // `f(x=)`
        if before == "=" && matches!(here, ")" | ",") && i >= 2 && self.kind(i - 2) == Kind::Name {
            if (stmt..i).any(|j| self.text(j) == "def") && self.in_parameters(stmt, i) {
                return Some(self.at_token(i - 1, "expected default value expression"));
            }
            return Some(self.span(i - 2, i - 1, "expected argument value expression"));
        }
        if here == "=" {
            return self.stray_equals(i, stmt);
        }
        if before == "else"
            && self.expects_expression()
            && matches!(here, "" | "pass" | "break" | "continue" | "return" | "raise" | "import" | "del")
            && (stmt..i).any(|j| self.text(j) == "if")
        {
            return Some(self.at_token(i, "expected expression after 'else', but statement is given"));
        }
        // `[a, b for a in c]`
        if here == "for"
            && let Some(open) = self.opening(i)
            && matches!(self.text(open), "[" | "{")
            && (open + 1..i)
                .any(|j| self.text(j) == "," && self.token(j).is_some_and(|t| t.level == self.level(i)))
        {
            return Some(self.span(
                open + 1,
                i - 1,
                "did you forget parentheses around the comprehension target?",
            ));
        }
        if here == "not"
            && matches!(
                before,
                "+" | "-" | "*" | "/" | "%" | "@" | "//" | "**" | "~" | "&" | "|" | "^" | "<<" | ">>"
            )
        {
            return Some(self.at_token(i, "'not' after an operator must be parenthesized"));
        }
        self.missing_comma(i, r)
    }

    fn level(&self, i: usize) -> usize {
        self.token(i).map_or(0, |t| t.level)
    }

    /// As [`Self::level`], but a closing bracket counts as inside.
    fn inner_level(&self, i: usize) -> usize {
        self.level(i) + usize::from(matches!(self.text(i), ")" | "]" | "}"))
    }

    fn expects_expression(&self) -> bool {
        matches!(&self.error.error, ParseErrorType::ExpectedExpression | ParseErrorType::OtherError(_))
            || matches!(&self.error.error, ParseErrorType::ExpectedToken { .. })
    }

    /// The bracket that is open at token `i`.
    fn opening(&self, i: usize) -> Option<usize> {
        let level = self.inner_level(i);
        (0..i).rev().find(|j| matches!(self.text(*j), "(" | "[" | "{") && self.level(*j) + 1 == level)
    }

    fn closing(&self, i: usize) -> usize {
        let level = self.level(i);
        (i + 1..self.lex.tokens.len())
            .find(|j| matches!(self.text(*j), ")" | "]" | "}") && self.level(*j) == level)
            .unwrap_or(i)
    }

    fn statement_end(&self, i: usize) -> usize {
        let mut end = i;
        for j in i..self.lex.tokens.len() {
            if matches!(self.kind(j), Kind::Newline | Kind::End)
                || (self.text(j) == ";" && self.level(j) == 0)
            {
                break;
            }
            end = j;
        }
        end
    }

    fn in_parameters(&self, stmt: usize, i: usize) -> bool {
        // Between the first bracket of the definition and its closing one.
        (stmt..i)
            .find(|j| self.text(*j) == "(")
            .is_some_and(|open| i <= self.closing(open) || self.closing(open) == open)
    }

    fn starts_expression(&self, i: usize) -> bool {
        match self.kind(i) {
            Kind::Number | Kind::Str => true,
            Kind::Name => {
                !is_keyword(self.text(i))
                    || matches!(self.text(i), "None" | "True" | "False" | "lambda" | "not" | "await")
            }
            Kind::Op => matches!(self.text(i), "(" | "[" | "{" | "-" | "+" | "~" | "..."),
            _ => false,
        }
    }

    /// Whether a missing colon is one of a block header.
    fn ternary_or_block(&self, stmt: usize, _i: usize) -> bool {
        let word = self.text(stmt);
        let second = self.text(stmt + 1);
        matches!(
            word,
            "if" | "elif"
                | "else"
                | "while"
                | "for"
                | "with"
                | "def"
                | "class"
                | "try"
                | "except"
                | "finally"
                | "match"
                | "case"
        ) || (word == "async" && matches!(second, "for" | "with" | "def"))
    }

    /// Where the expression that ends before token `i` starts (its level, back to a separator).
    fn expression_start(&self, i: usize) -> usize {
        let level = self.level(i.saturating_sub(1)).min(self.level(i));
        let mut j = i;
        while j > 0 {
            let t = &self.lex.tokens[j - 1];
            if matches!(t.kind, Kind::Newline | Kind::Indent | Kind::Dedent) || t.level < level {
                break;
            }
            if t.level == level
                && (matches!(self.text(j - 1), "," | ";" | "=" | ":" | ":=" | "return" | "in" | "yield")
                    || self.text(j - 1).ends_with('=')
                        && !matches!(self.text(j - 1), "==" | "!=" | "<=" | ">="))
            {
                break;
            }
            if matches!(self.text(j - 1), "(" | "[" | "{") && t.level + 1 == level {
                break;
            }
            j -= 1;
        }
        j
    }

    fn stray_equals(&self, i: usize, stmt: usize) -> Option<Fault> {
        let start = self.expression_start(i);
        let text = self.slice(self.token_range(start).cover(self.token_range(i.saturating_sub(1))));
        let level = self.level(i);
        let another = self.another_equals_in(i + 1, level);
        // In a call: a keyword that is no name.
        if start < i
            && level > 0
            && let Some(open) = self.opening(i)
            && self.text(open) == "("
            && open > 0
            && (matches!(self.kind(open - 1), Kind::Name) && !is_keyword(self.text(open - 1))
                || matches!(self.text(open - 1), ")" | "]"))
        {
            if matches!(text, "True" | "False" | "None") {
                return Some(self.span(start, i, format!("cannot assign to {text}")));
            }
            return Some(self.span(
                start,
                i,
                "expression cannot contain assignment, perhaps you meant \"==\"?",
            ));
        }
        let start = match self.text(start) {
            "if" | "elif" | "while" | "assert" | "not" | "and" | "or" => {
                let k = (start..i).rev().find(|j| is_keyword(self.text(*j))).unwrap_or(start);
                k + 1
            }
            _ => start,
        };
        let text = self.slice(self.token_range(start).cover(self.token_range(i.saturating_sub(1))));
        if another || start >= i {
            return None;
        }
        let end = self.bitwise_or_end(i + 1);
        if i == start + 1 && self.kind(start) == Kind::Name && !is_keyword(self.text(start)) {
            if !self.starts_expression(i + 1) {
                return None;
            }
            return Some(self.span(
                start,
                end,
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            ));
        }
        let _ = stmt;
        if targets::is_bitwise_or(text) {
            let kind = targets::kind_of(text);
            if !matches!(kind, "list" | "tuple" | "generator expression" | "True" | "None" | "False") {
                return Some(self.span(
                    start,
                    i - 1,
                    format!("cannot assign to {kind} here. Maybe you meant '==' instead of '='?"),
                ));
            }
        }
        None
    }

    fn another_equals_in(&self, i: usize, level: usize) -> bool {
        for j in i..self.lex.tokens.len() {
            let Some(t) = self.token(j) else { return false };
            if t.kind == Kind::Newline
                || t.level < level
                || (t.level == level && matches!(self.text(j), "," | ":" | ";"))
            {
                return false;
            }
            if t.level == level && matches!(self.text(j), "=" | ":=") {
                return true;
            }
        }
        false
    }

    /// The last token of the operand that starts at `i` (up to a comparison, `and`, `if`, a separator or the end).
    fn bitwise_or_end(&self, i: usize) -> usize {
        let level = self.level(i);
        let mut end = i;
        for j in i..self.lex.tokens.len() {
            let Some(t) = self.token(j) else { break };
            if matches!(t.kind, Kind::Newline | Kind::End | Kind::Indent | Kind::Dedent) || t.level < level {
                break;
            }
            if t.level == level
                && matches!(
                    self.text(j),
                    "," | ":"
                        | ";"
                        | ")"
                        | "]"
                        | "}"
                        | "="
                        | ":="
                        | "and"
                        | "or"
                        | "if"
                        | "else"
                        | "for"
                        | "in"
                        | "is"
                        | "not"
                        | "<"
                        | ">"
                        | "=="
                        | "!="
                        | "<="
                        | ">="
                )
                && j > i
            {
                if matches!(self.text(j), ")" | "]" | "}") && t.level == level && level > 0 {
                    break;
                }
                if !matches!(self.text(j), ")" | "]" | "}") {
                    break;
                }
            }
            end = j;
        }
        end
    }

    fn dictionary(&self, i: usize) -> Option<Fault> {
        let open = self.opening(i)?;
        if self.text(open) != "{" {
            return None;
        }
        let level = self.inner_level(i);
        let has_colon = (open + 1..i).any(|j| self.text(j) == ":" && self.level(j) == level);
        if !has_colon {
            return None;
        }
        let (here, before) = (self.text(i), self.text(i - 1));
        if before == ":" && matches!(here, "}" | ",") {
            return Some(self.at_token(i - 1, "expression expected after dictionary key and ':'"));
        }
        if before == ":" && here == "*" {
            let end = self.bitwise_or_end(i);
            return Some(self.span(i, end, "cannot use a starred expression in a dictionary value"));
        }
        if matches!(here, "}" | ",") {
            let start = self.expression_start(i);
            let colon = (start..i).any(|j| self.text(j) == ":" && self.level(j) == level);
            if !colon && start > open + 1 && self.text(start) != "**" {
                return Some(self.at_token(i - 1, "':' expected after dictionary key"));
            }
        }
        None
    }

    /// An error inside a replacement field.
    fn inside_string(&self) -> Option<Fault> {
        let t = self.token(self.at)?;
        let r = self.error.location;
        let start = usize::from(r.start());
        if t.kind != Kind::Str || start <= t.start {
            return None;
        }
        let text = self.text(self.at);
        let prefix: String =
            text.chars().take_while(|c| c.is_alphabetic()).collect::<String>().to_ascii_lowercase();
        let kind = if prefix.contains('f') {
            "f-string"
        } else if prefix.contains('t') {
            "t-string"
        } else {
            return None;
        };
        let rest = self.source.get(start..t.end).unwrap_or_default();
        let c = rest.trim_start().chars().next()?;
        let fault = |msg: String| Some(Fault::new(range(start, start + c.len_utf8()), msg));
        let open = self.source.get(t.start..start).unwrap_or_default().trim_end();
        if open.ends_with('{') {
            return match c {
                '}' | '!' | ':' | '=' => fault(format!("{kind}: valid expression required before '{c}'")),
                _ => fault(format!("{kind}: expecting a valid expression after '{{'")),
            };
        }
        // Two expressions side by side.
        if c.is_alphanumeric() || c == '_' || c == '"' || c == '\'' {
            let from = open.rfind('{').map_or(t.start, |p| t.start + p + 1);
            let word: usize = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let before = self.source.get(from..start).unwrap_or_default().trim();
            if targets::parses(before) && word > 0 {
                return Some(Fault::new(
                    range(from, start + word),
                    "invalid syntax. Perhaps you forgot a comma?",
                ));
            }
        }
        fault(format!("{kind}: expecting '=', or '!', or ':', or '}}'"))
    }

    /// Names between two strings: a quote too many inside a string.
    fn broken_string(&self, i: usize) -> Option<Fault> {
        if self.kind(i - 1) != Kind::Str {
            return None;
        }
        let mut j = i;
        while self.kind(j) == Kind::Name && !is_keyword(self.text(j)) {
            j += 1;
        }
        (j > i && self.kind(j) == Kind::Str)
            .then(|| self.span(i - 1, j, "invalid syntax. Is this intended to be part of the string?"))
    }

    /// Two expressions with nothing between them, inside brackets.
    fn missing_comma(&self, i: usize, _r: TextRange) -> Option<Fault> {
        let level = self.level(i);
        if i == 0 || !self.starts_expression(i) {
            return None;
        }
        if self.kind(i) == Kind::Op {
            return None;
        }
        let joined = self.kind(i - 1) == Kind::Str || self.kind(i) == Kind::Str;
        let ends = match self.kind(i - 1) {
            Kind::Name => {
                !is_keyword(self.text(i - 1)) || matches!(self.text(i - 1), "None" | "True" | "False")
            }
            Kind::Number | Kind::Str => true,
            Kind::Op => matches!(self.text(i - 1), ")" | "]" | "}" | "..."),
            _ => false,
        };
        if !ends {
            return None;
        }
        let start = self.expression_start(i);
        let before = self.slice(self.token_range(start).cover(self.token_range(i - 1)));
        if joined && level == 0 {
            // A quote too many inside a string.
            if let Some(f) = self.broken_string(i) {
                return Some(f);
            }
        }
        if level == 0 || !targets::parses(before) {
            return None;
        }
        if self.kind(i - 1) == Kind::Str && self.kind(i) == Kind::Name && self.kind(i + 1) == Kind::Str {
            return Some(self.span(
                i - 1,
                i + 1,
                "invalid syntax. Is this intended to be part of the string?",
            ));
        }
        let end = self.bitwise_or_end(i);
        let after = self.slice(self.token_range(i).cover(self.token_range(end)));
        if !targets::parses(after) {
            return None;
        }
        if self.text(end + 1) == "=" || self.text(end + 1) == ":=" {
            return None;
        }
        Some(self.span(start, end, "invalid syntax. Perhaps you forgot a comma?"))
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
