//! Expressions back to text, as `ast.unparse` writes them (for annotations under the future import).

use ruff_python_ast::{self as ast, BoolOp, CmpOp, Expr, Operator, UnaryOp};
use rustpython_wtf8::Wtf8;
use std::fmt::Write;

/// Precedence levels of `ast.unparse`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Prec {
    NamedExpr,
    Tuple,
    Yield,
    Test,
    Or,
    And,
    Not,
    Cmp,
    BOr,
    BXor,
    BAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Prec {
    fn next(self) -> Prec {
        use Prec::*;
        match self {
            NamedExpr => Tuple,
            Tuple => Yield,
            Yield => Test,
            Test => Or,
            Or => And,
            And => Not,
            Not => Cmp,
            Cmp => BOr,
            BOr => BXor,
            BXor => BAnd,
            BAnd => Shift,
            Shift => Arith,
            Arith => Term,
            Term => Factor,
            Factor => Power,
            Power => Await,
            Await | Atom => Atom,
        }
    }
}

struct Writer<'a> {
    source: &'a str,
    out: String,
}

/// The text of an expression.
pub fn expr(source: &str, e: &Expr) -> String {
    let mut w = Writer { source, out: String::new() };
    w.expr(e, Prec::Test);
    w.out
}

/// `repr()` of a float.
pub fn float_repr(f: f64) -> String {
    if f.is_infinite() {
        return if f > 0.0 { "1e309".into() } else { "-1e309".into() };
    }
    if f == 0.0 || (1e-4..1e16).contains(&f.abs()) {
        let s = format!("{f}");
        return if s.contains('.') { s } else { s + ".0" };
    }
    let s = format!("{f:e}");
    match s.split_once('e') {
        Some((m, x)) => {
            let (sign, digits) = x.strip_prefix('-').map_or(('+', x), |d| ('-', d));
            format!("{m}e{sign}{digits:0>2}")
        }
        None => s,
    }
}

/// `repr()` of a string.
pub fn str_repr(s: &Wtf8) -> String {
    let has = |q: char| s.as_bytes().contains(&(q as u8));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for cp in s.code_points() {
        match cp.to_char() {
            Some('\\') => out.push_str("\\\\"),
            Some(c) if c == quote => {
                out.push('\\');
                out.push(c);
            }
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if (' '..'\x7f').contains(&c) => out.push(c),
            Some(c)
                if c as u32 > 0xa0
                    && c != '\u{ad}'
                    && !c.is_control()
                    && (c == ' ' || !c.is_whitespace()) =>
            {
                out.push(c);
            }
            _ => {
                let n = cp.to_u32();
                let _ = if n < 0x100 {
                    write!(out, "\\x{n:02x}")
                } else if n < 0x10000 {
                    write!(out, "\\u{n:04x}")
                } else {
                    write!(out, "\\U{n:08x}")
                };
            }
        }
    }
    out.push(quote);
    out
}

/// `repr()` of bytes.
pub fn bytes_repr(b: &[u8]) -> String {
    let quote = if b.contains(&b'\'') && !b.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &c in b {
        match c {
            b'\\' => out.push_str("\\\\"),
            c if char::from(c) == quote => {
                out.push('\\');
                out.push(quote);
            }
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(c)),
            c => {
                let _ = write!(out, "\\x{c:02x}");
            }
        }
    }
    out.push(quote);
    out
}

impl Writer<'_> {
    fn wrap(&mut self, paren: bool, f: impl FnOnce(&mut Self)) {
        if paren {
            self.out.push('(');
        }
        f(self);
        if paren {
            self.out.push(')');
        }
    }

    fn list(&mut self, items: &[Expr], sep: &str) {
        for (i, e) in items.iter().enumerate() {
            if i > 0 {
                self.out.push_str(sep);
            }
            self.expr(e, Prec::Test);
        }
    }

    fn expr(&mut self, e: &Expr, at: Prec) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.node(e, at));
    }

    fn node(&mut self, e: &Expr, at: Prec) {
        match e {
            Expr::Name(n) => self.out.push_str(&n.id),
            Expr::Attribute(a) => {
                self.expr(&a.value, Prec::Atom);
                // `1 .real` needs the space.
                if matches!(&*a.value, Expr::NumberLiteral(n) if matches!(n.value, ast::Number::Int(_))) {
                    self.out.push(' ');
                }
                self.out.push('.');
                self.out.push_str(&a.attr.id);
            }
            Expr::Subscript(s) => {
                self.expr(&s.value, Prec::Atom);
                self.out.push('[');
                match &*s.slice {
                    Expr::Tuple(t) if !t.elts.is_empty() => {
                        self.list(&t.elts, ", ");
                        if t.elts.len() == 1 {
                            self.out.push(',');
                        }
                    }
                    s => self.expr(s, Prec::Test),
                }
                self.out.push(']');
            }
            Expr::Slice(s) => {
                if let Some(l) = &s.lower {
                    self.expr(l, Prec::Test);
                }
                self.out.push(':');
                if let Some(u) = &s.upper {
                    self.expr(u, Prec::Test);
                }
                if let Some(st) = &s.step {
                    self.out.push(':');
                    self.expr(st, Prec::Test);
                }
            }
            Expr::Tuple(t) => {
                let paren = t.elts.is_empty() || at > Prec::Tuple;
                self.wrap(paren, |w| {
                    w.list(&t.elts, ", ");
                    if t.elts.len() == 1 {
                        w.out.push(',');
                    }
                });
            }
            Expr::List(l) => {
                self.out.push('[');
                self.list(&l.elts, ", ");
                self.out.push(']');
            }
            Expr::Set(s) => {
                self.out.push('{');
                self.list(&s.elts, ", ");
                self.out.push('}');
            }
            Expr::Dict(d) => {
                self.out.push('{');
                for (i, item) in d.items.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    match &item.key {
                        Some(k) => {
                            self.expr(k, Prec::Test);
                            self.out.push_str(": ");
                            self.expr(&item.value, Prec::Test);
                        }
                        None => {
                            self.out.push_str("**");
                            self.expr(&item.value, Prec::BOr);
                        }
                    }
                }
                self.out.push('}');
            }
            Expr::NoneLiteral(_) => self.out.push_str("None"),
            Expr::EllipsisLiteral(_) => self.out.push_str("..."),
            Expr::BooleanLiteral(b) => self.out.push_str(if b.value { "True" } else { "False" }),
            Expr::NumberLiteral(n) => {
                let text = crate::fold::repr(&crate::literal::number(n));
                self.out.push_str(&text);
            }
            Expr::StringLiteral(s) => {
                let text = str_repr(&crate::literal::string(self.source, s));
                self.out.push_str(&text);
            }
            Expr::BytesLiteral(b) => {
                let bytes: Vec<u8> = b.value.bytes().collect();
                self.out.push_str(&bytes_repr(&bytes));
            }
            Expr::UnaryOp(u) => {
                let (text, prec) = match u.op {
                    UnaryOp::Not => ("not ", Prec::Not),
                    UnaryOp::Invert => ("~", Prec::Factor),
                    UnaryOp::UAdd => ("+", Prec::Factor),
                    UnaryOp::USub => ("-", Prec::Factor),
                };
                self.wrap(at > prec, |w| {
                    w.out.push_str(text);
                    w.expr(&u.operand, prec);
                });
            }
            Expr::BinOp(b) => self.binary(b, at),
            Expr::BoolOp(b) => {
                let (text, prec) = match b.op {
                    BoolOp::And => (" and ", Prec::And),
                    BoolOp::Or => (" or ", Prec::Or),
                };
                self.wrap(at > prec, |w| {
                    for (i, v) in b.values.iter().enumerate() {
                        if i > 0 {
                            w.out.push_str(text);
                        }
                        w.expr(v, prec.next());
                    }
                });
            }
            Expr::Compare(c) => self.wrap(at > Prec::Cmp, |w| {
                w.expr(&c.left, Prec::BOr);
                for (op, e) in c.ops.iter().zip(&c.comparators) {
                    w.out.push_str(match op {
                        CmpOp::Eq => " == ",
                        CmpOp::NotEq => " != ",
                        CmpOp::Lt => " < ",
                        CmpOp::LtE => " <= ",
                        CmpOp::Gt => " > ",
                        CmpOp::GtE => " >= ",
                        CmpOp::Is => " is ",
                        CmpOp::IsNot => " is not ",
                        CmpOp::In => " in ",
                        CmpOp::NotIn => " not in ",
                    });
                    w.expr(e, Prec::BOr);
                }
            }),
            Expr::If(i) => self.wrap(at > Prec::Test, |w| {
                w.expr(&i.body, Prec::Or);
                w.out.push_str(" if ");
                w.expr(&i.test, Prec::Or);
                w.out.push_str(" else ");
                w.expr(&i.orelse, Prec::Test);
            }),
            Expr::Lambda(l) => self.wrap(at > Prec::Test, |w| {
                w.out.push_str("lambda");
                if let Some(p) = &l.parameters {
                    w.out.push(' ');
                    w.parameters(p);
                }
                w.out.push_str(": ");
                w.expr(&l.body, Prec::Test);
            }),
            Expr::Call(c) => {
                self.expr(&c.func, Prec::Atom);
                self.out.push('(');
                let mut first = true;
                for a in &c.arguments.args {
                    if !std::mem::replace(&mut first, false) {
                        self.out.push_str(", ");
                    }
                    self.expr(a, Prec::Test);
                }
                for k in &c.arguments.keywords {
                    if !std::mem::replace(&mut first, false) {
                        self.out.push_str(", ");
                    }
                    match &k.arg {
                        Some(n) => {
                            self.out.push_str(&n.id);
                            self.out.push('=');
                        }
                        None => self.out.push_str("**"),
                    }
                    self.expr(&k.value, Prec::Test);
                }
                self.out.push(')');
            }
            Expr::Starred(s) => {
                self.out.push('*');
                self.expr(&s.value, Prec::BOr);
            }
            Expr::Named(n) => self.wrap(at > Prec::NamedExpr, |w| {
                w.expr(&n.target, Prec::Atom);
                w.out.push_str(" := ");
                w.expr(&n.value, Prec::Atom);
            }),
            Expr::Await(a) => self.wrap(at > Prec::Await, |w| {
                w.out.push_str("await ");
                w.expr(&a.value, Prec::Atom);
            }),
            Expr::Yield(y) => self.wrap(at > Prec::Yield, |w| {
                w.out.push_str("yield");
                if let Some(v) = &y.value {
                    w.out.push(' ');
                    w.expr(v, Prec::Atom);
                }
            }),
            Expr::YieldFrom(y) => self.wrap(at > Prec::Yield, |w| {
                w.out.push_str("yield from ");
                w.expr(&y.value, Prec::Atom);
            }),
            Expr::ListComp(c) => self.comp("[", "]", &c.elt, None, &c.generators),
            Expr::SetComp(c) => self.comp("{", "}", &c.elt, None, &c.generators),
            Expr::Generator(c) => self.comp("(", ")", &c.elt, None, &c.generators),
            Expr::DictComp(c) => match &c.key {
                Some(k) => self.comp("{", "}", k, Some(&c.value), &c.generators),
                None => self.comp("{**", "}", &c.value, None, &c.generators),
            },
            // The source text of a formatted string is its own best form.
            Expr::FString(_) | Expr::TString(_) | Expr::IpyEscapeCommand(_) => {
                let r = ruff_text_size::Ranged::range(e);
                let text = self.source.get(usize::from(r.start())..usize::from(r.end())).unwrap_or_default();
                self.out.push_str(text);
            }
        }
    }

    fn binary(&mut self, b: &ast::ExprBinOp, at: Prec) {
        let (text, prec) = match b.op {
            Operator::Add => ("+", Prec::Arith),
            Operator::Sub => ("-", Prec::Arith),
            Operator::Mult => ("*", Prec::Term),
            Operator::MatMult => ("@", Prec::Term),
            Operator::Div => ("/", Prec::Term),
            Operator::Mod => ("%", Prec::Term),
            Operator::FloorDiv => ("//", Prec::Term),
            Operator::Pow => ("**", Prec::Power),
            Operator::LShift => ("<<", Prec::Shift),
            Operator::RShift => (">>", Prec::Shift),
            Operator::BitOr => ("|", Prec::BOr),
            Operator::BitXor => ("^", Prec::BXor),
            Operator::BitAnd => ("&", Prec::BAnd),
        };
        let right_assoc = b.op == Operator::Pow;
        self.wrap(at > prec, |w| {
            w.expr(&b.left, if right_assoc { prec.next() } else { prec });
            w.out.push(' ');
            w.out.push_str(text);
            w.out.push(' ');
            w.expr(&b.right, if right_assoc { prec } else { prec.next() });
        });
    }

    fn comp(
        &mut self,
        open: &str,
        close: &str,
        elt: &Expr,
        value: Option<&Expr>,
        gens: &[ast::Comprehension],
    ) {
        self.out.push_str(open);
        self.expr(elt, Prec::Test);
        if let Some(v) = value {
            self.out.push_str(": ");
            self.expr(v, Prec::Test);
        }
        for g in gens {
            self.out.push_str(if g.is_async { " async for " } else { " for " });
            self.expr(&g.target, Prec::Tuple);
            self.out.push_str(" in ");
            self.expr(&g.iter, Prec::Or);
            for i in &g.ifs {
                self.out.push_str(" if ");
                self.expr(i, Prec::Or);
            }
        }
        self.out.push_str(close);
    }

    fn parameters(&mut self, p: &ast::Parameters) {
        let mut first = true;
        let mut sep = |w: &mut Self| {
            if !std::mem::replace(&mut first, false) {
                w.out.push_str(", ");
            }
        };
        for (i, a) in p.posonlyargs.iter().chain(&p.args).enumerate() {
            sep(self);
            self.out.push_str(&a.parameter.name.id);
            if let Some(d) = &a.default {
                self.out.push('=');
                self.expr(d, Prec::Test);
            }
            if i + 1 == p.posonlyargs.len() {
                self.out.push_str(", /");
            }
        }
        if p.vararg.is_some() || !p.kwonlyargs.is_empty() {
            sep(self);
            self.out.push('*');
            if let Some(v) = &p.vararg {
                self.out.push_str(&v.name.id);
            }
        }
        for a in &p.kwonlyargs {
            sep(self);
            self.out.push_str(&a.parameter.name.id);
            if let Some(d) = &a.default {
                self.out.push('=');
                self.expr(d, Prec::Test);
            }
        }
        if let Some(k) = &p.kwarg {
            sep(self);
            self.out.push_str("**");
            self.out.push_str(&k.name.id);
        }
    }
}
