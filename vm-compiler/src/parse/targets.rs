//! Invalid assignment targets, and what CPython calls kinds of expressions.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

/// CPython's name for an expression's kind.
pub fn kind_name(e: &Expr) -> &'static str {
    match e {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(b) => {
            if b.value {
                "True"
            } else {
                "False"
            }
        }
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        Expr::Slice(_) | Expr::IpyEscapeCommand(_) => "expression",
    }
}

/// The expression that a piece of source is, as it stands inside brackets; positions count two bytes too many.
fn parse(text: &str) -> Option<Expr> {
    let wrapped = format!("(\n{text}\n)");
    let parsed = ruff_python_parser::parse_expression(&wrapped).ok()?;
    Some(*parsed.into_syntax().body)
}

/// Whether the text is an expression.
pub fn parses(text: &str) -> bool {
    !text.is_empty() && parse(text).is_some()
}

/// The kind of the expression in `text`.
pub fn kind_of(text: &str) -> &'static str {
    parse(text).map_or("expression", |e| kind_name(&e))
}

/// Whether the text is an operand that binds tighter than comparisons.
pub fn is_bitwise_or(text: &str) -> bool {
    parse(text).is_some_and(|e| {
        !matches!(
            e,
            Expr::Compare(_)
                | Expr::BoolOp(_)
                | Expr::If(_)
                | Expr::Lambda(_)
                | Expr::Yield(_)
                | Expr::YieldFrom(_)
        ) && !matches!(&e, Expr::UnaryOp(u) if u.op == ast::UnaryOp::Not)
            && !matches!(&e, Expr::Starred(_))
    })
}

/// The innermost part of `text` that is no valid target, and its kind. The range is relative to the text.
pub fn invalid(text: &str, deleting: bool) -> (TextRange, &'static str) {
    let whole = TextRange::up_to(ruff_text_size::TextSize::try_from(text.len()).unwrap_or_default());
    if deleting && text.starts_with('*') {
        return (whole, "starred");
    }
    let Some(e) = parse(text) else { return (whole, "expression") };
    match find(&e, deleting) {
        Some(bad) => {
            let two = ruff_text_size::TextSize::from(2);
            let r = bad.range();
            let start = r.start().checked_sub(two).unwrap_or_default();
            let end = r.end().checked_sub(two).unwrap_or_default();
            (TextRange::new(start, end.max(start)), kind_name(bad))
        }
        None => (whole, kind_name(&e)),
    }
}

fn find(e: &Expr, deleting: bool) -> Option<&Expr> {
    match e {
        Expr::List(l) => l.elts.iter().find_map(|e| find(e, deleting)),
        Expr::Tuple(t) => t.elts.iter().find_map(|e| find(e, deleting)),
        Expr::Starred(s) => {
            if deleting {
                Some(e)
            } else {
                find(&s.value, deleting)
            }
        }
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => None,
        e => Some(e),
    }
}
