//! Expressions to `ast` nodes.
use super::convert::Converter;
use super::singleton;
use crate::prelude::*;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

impl Converter<'_> {
    fn constant(&self, range: TextRange, value: Value) -> PyResult<Value> {
        self.node("Constant", range, vec![("value", value), ("kind", Value::NONE)])
    }

    fn number(&self, n: &ast::Number) -> PyResult<Value> {
        let th = self.th;
        Ok(match n {
            ast::Number::Int(i) => match i.as_i64() {
                Some(i) => th.int(i),
                None => {
                    let text = i.to_string();
                    let (digits, radix) = match text.get(..2) {
                        Some("0x" | "0X") => (&text[2..], 16),
                        Some("0o" | "0O") => (&text[2..], 8),
                        Some("0b" | "0B") => (&text[2..], 2),
                        _ => (text.as_str(), 10),
                    };
                    let big =
                        BigInt::parse_bytes(digits.replace('_', "").as_bytes(), radix).unwrap_or_default();
                    th.int_from(big)
                }
            },
            ast::Number::Float(x) => th.float(*x),
            ast::Number::Complex { real, imag } => th.complex(*real, *imag),
        })
    }

    fn comparison(&self, op: ast::CmpOp) -> PyResult<Value> {
        use ast::CmpOp as O;
        singleton(
            self.th,
            match op {
                O::Eq => "Eq",
                O::NotEq => "NotEq",
                O::Lt => "Lt",
                O::LtE => "LtE",
                O::Gt => "Gt",
                O::GtE => "GtE",
                O::Is => "Is",
                O::IsNot => "IsNot",
                O::In => "In",
                O::NotIn => "NotIn",
            },
        )
    }

    /// The elements of an f-string or t-string, neighbouring literals joined.
    fn elements<'e>(
        &self,
        range: TextRange,
        parts: impl Iterator<Item = Part<'e>>,
        node: &str,
    ) -> PyResult<Value> {
        let th = self.th;
        let mut items = Vec::new();
        let mut text: Option<(String, TextRange)> = None;
        let push_text = |text: &mut Option<(String, TextRange)>, s: &str, at: TextRange| {
            if s.is_empty() {
                return;
            }
            match text {
                Some((t, r)) => {
                    t.push_str(s);
                    *r = r.cover(at);
                }
                None => *text = Some((s.to_owned(), at)),
            }
        };
        for part in parts {
            match part {
                Part::Text(s, at) => push_text(&mut text, s, at),
                Part::Value(v) => {
                    if let Some(debug) = &v.debug_text {
                        let s = self.debug_source(v);
                        let _ = debug;
                        push_text(&mut text, &s, v.range);
                    }
                    if let Some((s, at)) = text.take() {
                        items.push(self.constant(at, th.str(&s))?);
                    }
                    items.push(self.interpolation(v, node)?);
                }
            }
        }
        if let Some((s, at)) = text.take() {
            items.push(self.constant(at, th.str(&s))?);
        }
        let _ = range;
        Ok(th.list(items))
    }

    /// The text of `{expr=}` up to and including the `=` and blanks around it.
    fn debug_source(&self, v: &ast::InterpolatedElement) -> String {
        let all =
            self.source.get(usize::from(v.range.start()) + 1..usize::from(v.range.end())).unwrap_or_default();
        let after = usize::from(v.expression.range().end()).saturating_sub(usize::from(v.range.start()) + 1);
        let tail = all.get(after..).unwrap_or_default();
        let Some(eq) = tail.find('=') else { return String::new() };
        let blanks = tail[eq + 1..].len() - tail[eq + 1..].trim_start().len();
        all[..after + eq + 1 + blanks].to_owned()
    }

    fn interpolation(&self, v: &ast::InterpolatedElement, node: &str) -> PyResult<Value> {
        let th = self.th;
        let mut conversion = v.conversion as i8;
        if conversion == -1 && v.debug_text.is_some() && v.format_spec.is_none() && node == "FormattedValue" {
            conversion = b'r' as i8;
        }
        let spec = match &v.format_spec {
            Some(spec) => {
                let parts = spec.elements.iter().map(Part::of);
                let values = self.elements(spec.range, parts, "FormattedValue")?;
                self.node("JoinedStr", spec.range, vec![("values", values)])?
            }
            None => Value::NONE,
        };
        let mut fields = vec![("value", self.expr(&v.expression)?)];
        if node == "Interpolation" {
            let range = v.expression.range();
            let text =
                self.source.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default();
            fields.push(("str", th.str(text)));
        }
        fields.extend([("conversion", th.int(i64::from(conversion))), ("format_spec", spec)]);
        self.node(node, v.range, fields)
    }

    fn dict_items(&self, items: &[ast::DictItem]) -> PyResult<(Value, Value)> {
        let keys = items.iter().map(|i| self.opt_expr(i.key.as_ref())).collect::<PyResult<Vec<_>>>()?;
        Ok((self.th.list(keys), self.exprs(items.iter().map(|i| &i.value))?))
    }

    /// An expression.
    pub fn expr(&self, e: &Expr) -> PyResult<Value> {
        let th = self.th;
        th.check_native_stack(" during ast construction")?;
        let range = e.range();
        match e {
            Expr::BoolOp(b) => {
                let op = singleton(th, if matches!(b.op, ast::BoolOp::And) { "And" } else { "Or" })?;
                self.node("BoolOp", range, vec![("op", op), ("values", self.exprs(&b.values)?)])
            }
            Expr::Named(n) => self.node(
                "NamedExpr",
                range,
                vec![("target", self.expr(&n.target)?), ("value", self.expr(&n.value)?)],
            ),
            Expr::BinOp(b) => {
                let fields = vec![
                    ("left", self.expr(&b.left)?),
                    ("op", self.operator(b.op)?),
                    ("right", self.expr(&b.right)?),
                ];
                self.node("BinOp", range, fields)
            }
            Expr::UnaryOp(u) => {
                let op = match u.op {
                    ast::UnaryOp::Invert => "Invert",
                    ast::UnaryOp::Not => "Not",
                    ast::UnaryOp::UAdd => "UAdd",
                    ast::UnaryOp::USub => "USub",
                };
                self.node(
                    "UnaryOp",
                    range,
                    vec![("op", singleton(th, op)?), ("operand", self.expr(&u.operand)?)],
                )
            }
            Expr::Lambda(l) => {
                let args = match &l.parameters {
                    Some(p) => self.parameters(p)?,
                    None => self.parameters(&ast::Parameters::default())?,
                };
                self.node("Lambda", range, vec![("args", args), ("body", self.expr(&l.body)?)])
            }
            Expr::If(i) => {
                let fields = vec![
                    ("test", self.expr(&i.test)?),
                    ("body", self.expr(&i.body)?),
                    ("orelse", self.expr(&i.orelse)?),
                ];
                self.node("IfExp", range, fields)
            }
            Expr::Dict(d) => {
                let (keys, values) = self.dict_items(&d.items)?;
                self.node("Dict", range, vec![("keys", keys), ("values", values)])
            }
            Expr::Set(s) => self.node("Set", range, vec![("elts", self.exprs(&s.elts)?)]),
            Expr::ListComp(c) => self.node(
                "ListComp",
                range,
                vec![("elt", self.expr(&c.elt)?), ("generators", self.generators(&c.generators)?)],
            ),
            Expr::SetComp(c) => self.node(
                "SetComp",
                range,
                vec![("elt", self.expr(&c.elt)?), ("generators", self.generators(&c.generators)?)],
            ),
            Expr::DictComp(c) => {
                let fields = vec![
                    ("key", self.opt_expr(c.key.as_deref())?),
                    ("value", self.expr(&c.value)?),
                    ("generators", self.generators(&c.generators)?),
                ];
                self.node("DictComp", range, fields)
            }
            Expr::Generator(c) => self.node(
                "GeneratorExp",
                range,
                vec![("elt", self.expr(&c.elt)?), ("generators", self.generators(&c.generators)?)],
            ),
            Expr::Await(a) => self.node("Await", range, vec![("value", self.expr(&a.value)?)]),
            Expr::Yield(y) => self.node("Yield", range, vec![("value", self.opt_expr(y.value.as_deref())?)]),
            Expr::YieldFrom(y) => self.node("YieldFrom", range, vec![("value", self.expr(&y.value)?)]),
            Expr::Compare(c) => {
                let ops = c.ops.iter().map(|op| self.comparison(*op)).collect::<PyResult<Vec<_>>>()?;
                let fields = vec![
                    ("left", self.expr(&c.left)?),
                    ("ops", th.list(ops)),
                    ("comparators", self.exprs(c.comparators.iter())?),
                ];
                self.node("Compare", range, fields)
            }
            Expr::Call(c) => {
                let fields = vec![
                    ("func", self.expr(&c.func)?),
                    ("args", self.exprs(c.arguments.args.iter())?),
                    ("keywords", self.keywords(&c.arguments.keywords)?),
                ];
                self.node("Call", range, fields)
            }
            Expr::FString(f) => {
                let parts = f.value.iter().flat_map(|part| match part {
                    ast::FStringPart::Literal(l) => vec![Part::Text(&l.value, l.range)],
                    ast::FStringPart::FString(f) => f.elements.iter().map(Part::of).collect(),
                });
                let values = self.elements(range, parts, "FormattedValue")?;
                self.node("JoinedStr", range, vec![("values", values)])
            }
            Expr::TString(t) => {
                let parts = t.value.iter().flat_map(|t| t.elements.iter().map(Part::of).collect::<Vec<_>>());
                let values = self.elements(range, parts, "Interpolation")?;
                self.node("TemplateStr", range, vec![("values", values)])
            }
            Expr::StringLiteral(s) => {
                let kind = if s.value.is_unicode() { th.str("u") } else { Value::NONE };
                self.node(
                    "Constant",
                    range,
                    vec![("value", th.str_wtf8(vm_compiler::string_value(self.source, s))), ("kind", kind)],
                )
            }
            Expr::BytesLiteral(b) => {
                let bytes: Vec<u8> = b.value.bytes().collect();
                self.constant(range, th.bytes(&bytes))
            }
            Expr::NumberLiteral(n) => self.constant(range, self.number(&n.value)?),
            Expr::BooleanLiteral(b) => self.constant(range, Value::bool(b.value)),
            Expr::NoneLiteral(_) => self.constant(range, Value::NONE),
            Expr::EllipsisLiteral(_) => self.constant(range, Value::ELLIPSIS),
            Expr::Attribute(a) => {
                let fields = vec![
                    ("value", self.expr(&a.value)?),
                    ("attr", self.name(&a.attr)),
                    ("ctx", self.context(a.ctx)?),
                ];
                self.node("Attribute", range, fields)
            }
            Expr::Subscript(s) => {
                let fields = vec![
                    ("value", self.expr(&s.value)?),
                    ("slice", self.expr(&s.slice)?),
                    ("ctx", self.context(s.ctx)?),
                ];
                self.node("Subscript", range, fields)
            }
            Expr::Starred(s) => self.node(
                "Starred",
                range,
                vec![("value", self.expr(&s.value)?), ("ctx", self.context(s.ctx)?)],
            ),
            Expr::Name(n) => self.node(
                "Name",
                range,
                vec![("id", th.intern(n.id.as_str())), ("ctx", self.context(n.ctx)?)],
            ),
            Expr::List(l) => {
                self.node("List", range, vec![("elts", self.exprs(&l.elts)?), ("ctx", self.context(l.ctx)?)])
            }
            Expr::Tuple(t) => {
                self.node("Tuple", range, vec![("elts", self.exprs(&t.elts)?), ("ctx", self.context(t.ctx)?)])
            }
            Expr::Slice(s) => {
                let fields = vec![
                    ("lower", self.opt_expr(s.lower.as_deref())?),
                    ("upper", self.opt_expr(s.upper.as_deref())?),
                    ("step", self.opt_expr(s.step.as_deref())?),
                ];
                self.node("Slice", range, fields)
            }
            Expr::IpyEscapeCommand(_) => Err(th.system_error("IPython syntax in a Python source")),
        }
    }
}

/// A part of an f-string or t-string.
enum Part<'e> {
    Text(&'e str, TextRange),
    Value(&'e ast::InterpolatedElement),
}

impl<'e> Part<'e> {
    fn of(element: &'e ast::InterpolatedStringElement) -> Part<'e> {
        match element {
            ast::InterpolatedStringElement::Literal(l) => Part::Text(&l.value, l.range),
            ast::InterpolatedStringElement::Interpolation(v) => Part::Value(v),
        }
    }
}
