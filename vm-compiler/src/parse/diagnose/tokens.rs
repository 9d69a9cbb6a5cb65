//! The second half: what the tokens round an error say, where the parser's kind of error says too little.

use super::super::targets;
use super::super::tokenize::{Kind, range};
use super::{Context, is_keyword};
use crate::syntax_error::Fault;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::ParseErrorType;
use ruff_text_size::TextRange;

impl<'a> Context<'a> {
    pub(super) fn by_tokens(&self) -> Option<Fault> {
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
                TokenKind::Colon if self.kind(i) == Kind::Newline && self.opens_block(stmt) => {
                    return Some(self.at_token(i, "expected ':'"));
                }
                TokenKind::Colon if matches!(head, "def" | "try" | "else" | "finally") => {
                    return Some(self.at_token(i, "expected ':'"));
                }
                TokenKind::Lpar if head == "def" || (head == "async" && self.text(stmt + 1) == "def") => {
                    return Some(self.at_token(i, "expected '('"));
                }
                // The conditional expression began where its body did.
                TokenKind::Else if here != ":" && i > 0 => {
                    let start = self.expression_start(i);
                    return Some(self.span(start, i - 1, "expected 'else' after 'if' expression"));
                }
                TokenKind::In if self.level(i) > 0 => {
                    if let Some(f) = (0..i).rev().find(|j| self.text(*j) == "for")
                        && f + 1 < i
                    {
                        return Some(self.span(f + 1, i - 1, "'in' expected after for-loop variables"));
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
        if head == "except" && before == "as" && self.starts_expression(i) {
            let end = (i..self.lex.tokens.len()).find(|j| self.text(*j) == ":").unwrap_or(i + 1);
            let text = self.slice(self.token_range(i).cover(self.token_range(end - 1)));
            if targets::parses(text) {
                let kind = targets::kind_of(text);
                return Some(self.span(i, end - 1, format!("cannot use except statement with {kind}")));
            }
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

    pub(super) fn level(&self, i: usize) -> usize {
        self.token(i).map_or(0, |t| t.level)
    }

    /// As [`Self::level`], but a closing bracket counts as inside.
    pub(super) fn inner_level(&self, i: usize) -> usize {
        self.level(i) + usize::from(matches!(self.text(i), ")" | "]" | "}"))
    }

    pub(super) fn expects_expression(&self) -> bool {
        matches!(&self.error.error, ParseErrorType::ExpectedExpression | ParseErrorType::OtherError(_))
            || matches!(&self.error.error, ParseErrorType::ExpectedToken { .. })
    }

    /// The bracket that is open at token `i`.
    pub(super) fn opening(&self, i: usize) -> Option<usize> {
        let level = self.inner_level(i);
        (0..i).rev().find(|j| matches!(self.text(*j), "(" | "[" | "{") && self.level(*j) + 1 == level)
    }

    pub(super) fn closing(&self, i: usize) -> usize {
        let level = self.level(i);
        (i + 1..self.lex.tokens.len())
            .find(|j| matches!(self.text(*j), ")" | "]" | "}") && self.level(*j) == level)
            .unwrap_or(i)
    }

    pub(super) fn statement_end(&self, i: usize) -> usize {
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

    pub(super) fn in_parameters(&self, stmt: usize, i: usize) -> bool {
        // Between the first bracket of the definition and its closing one.
        (stmt..i)
            .find(|j| self.text(*j) == "(")
            .is_some_and(|open| i <= self.closing(open) || self.closing(open) == open)
    }

    pub(super) fn starts_expression(&self, i: usize) -> bool {
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
    pub(super) fn opens_block(&self, stmt: usize) -> bool {
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
    pub(super) fn expression_start(&self, i: usize) -> usize {
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

    pub(super) fn stray_equals(&self, i: usize, stmt: usize) -> Option<Fault> {
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

    pub(super) fn another_equals_in(&self, i: usize, level: usize) -> bool {
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
    pub(super) fn bitwise_or_end(&self, i: usize) -> usize {
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

    pub(super) fn dictionary(&self, i: usize) -> Option<Fault> {
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
    pub(super) fn inside_string(&self) -> Option<Fault> {
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
    pub(super) fn broken_string(&self, i: usize) -> Option<Fault> {
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
    pub(super) fn missing_comma(&self, i: usize, _r: TextRange) -> Option<Fault> {
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
