//! Statements to `ast` nodes.
use super::convert::Converter;
use crate::prelude::*;
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::{Ranged, TextRange};

impl Converter<'_> {
    fn decorators(&self, all: &[ast::Decorator]) -> PyResult<Value> {
        self.exprs(all.iter().map(|d| &d.expression))
    }

    fn aliases(&self, all: &[ast::Alias]) -> PyResult<Value> {
        let items = all
            .iter()
            .map(|a| {
                let fields = vec![("name", self.name(&a.name)), ("asname", self.opt_name(a.asname.as_ref()))];
                self.node("alias", a.range, fields)
            })
            .collect::<PyResult<Vec<_>>>()?;
        Ok(self.th.list(items))
    }

    fn names(&self, all: &[ast::Identifier]) -> Value {
        self.th.list(all.iter().map(|n| self.name(n)).collect())
    }

    /// Where `def` or `class` begins: after the decorators.
    fn after_decorators(&self, range: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        let Some(last) = decorators.last() else { return range };
        let from = usize::from(last.range.end());
        let rest = self.source.get(from..usize::from(range.end())).unwrap_or_default();
        let mut skipped = 0;
        // Blank lines and comments may stand between.
        for line in rest.split_inclusive('\n') {
            let text = line.trim_start();
            if skipped > 0 && !text.is_empty() && !text.starts_with('#') {
                skipped += line.len() - text.len();
                break;
            }
            skipped += line.len();
        }
        let start = u32::try_from(from + skipped).unwrap_or(u32::MAX);
        TextRange::new(start.into(), range.end())
    }

    fn if_clauses(&self, clauses: &[ast::ElifElseClause], end: ruff_text_size::TextSize) -> PyResult<Value> {
        let th = self.th;
        match clauses.split_first() {
            None => Ok(th.list(Vec::new())),
            Some((clause, rest)) => match &clause.test {
                None => self.body(&clause.body),
                Some(test) => {
                    let fields = vec![
                        ("test", self.expr(test)?),
                        ("body", self.body(&clause.body)?),
                        ("orelse", self.if_clauses(rest, end)?),
                    ];
                    let range = TextRange::new(clause.range.start(), end);
                    Ok(th.list(vec![self.node("If", range, fields)?]))
                }
            },
        }
    }

    /// A statement.
    pub fn stmt(&self, s: &Stmt) -> PyResult<Value> {
        let th = self.th;
        let range = s.range();
        match s {
            Stmt::FunctionDef(f) => {
                let fields = vec![
                    ("name", self.name(&f.name)),
                    ("args", self.parameters(&f.parameters)?),
                    ("body", self.body(&f.body)?),
                    ("decorator_list", self.decorators(&f.decorator_list)?),
                    ("returns", self.opt_expr(f.returns.as_deref())?),
                    ("type_comment", Value::NONE),
                    ("type_params", self.type_params(f.type_params.as_deref())?),
                ];
                let name = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                self.node(name, self.after_decorators(range, &f.decorator_list), fields)
            }
            Stmt::ClassDef(c) => {
                let arguments = c.arguments.as_deref();
                let fields = vec![
                    ("name", self.name(&c.name)),
                    ("bases", self.exprs(arguments.map(|a| a.args.iter()).unwrap_or_default())?),
                    (
                        "keywords",
                        self.keywords(arguments.map(|a| a.keywords.as_slice()).unwrap_or_default())?,
                    ),
                    ("body", self.body(&c.body)?),
                    ("decorator_list", self.decorators(&c.decorator_list)?),
                    ("type_params", self.type_params(c.type_params.as_deref())?),
                ];
                self.node("ClassDef", self.after_decorators(range, &c.decorator_list), fields)
            }
            Stmt::Return(r) => {
                self.node("Return", range, vec![("value", self.opt_expr(r.value.as_deref())?)])
            }
            Stmt::Delete(d) => self.node("Delete", range, vec![("targets", self.exprs(&d.targets)?)]),
            Stmt::TypeAlias(t) => {
                let fields = vec![
                    ("name", self.expr(&t.name)?),
                    ("type_params", self.type_params(t.type_params.as_deref())?),
                    ("value", self.expr(&t.value)?),
                ];
                self.node("TypeAlias", range, fields)
            }
            Stmt::Assign(a) => {
                let fields = vec![
                    ("targets", self.exprs(&a.targets)?),
                    ("value", self.expr(&a.value)?),
                    ("type_comment", Value::NONE),
                ];
                self.node("Assign", range, fields)
            }
            Stmt::AugAssign(a) => {
                let fields = vec![
                    ("target", self.expr(&a.target)?),
                    ("op", self.operator(a.op)?),
                    ("value", self.expr(&a.value)?),
                ];
                self.node("AugAssign", range, fields)
            }
            Stmt::AnnAssign(a) => {
                let fields = vec![
                    ("target", self.expr(&a.target)?),
                    ("annotation", self.expr(&a.annotation)?),
                    ("value", self.opt_expr(a.value.as_deref())?),
                    ("simple", th.int(i64::from(a.simple))),
                ];
                self.node("AnnAssign", range, fields)
            }
            Stmt::For(f) => {
                let fields = vec![
                    ("target", self.expr(&f.target)?),
                    ("iter", self.expr(&f.iter)?),
                    ("body", self.body(&f.body)?),
                    ("orelse", self.body(&f.orelse)?),
                    ("type_comment", Value::NONE),
                ];
                self.node(if f.is_async { "AsyncFor" } else { "For" }, range, fields)
            }
            Stmt::While(w) => {
                let fields = vec![
                    ("test", self.expr(&w.test)?),
                    ("body", self.body(&w.body)?),
                    ("orelse", self.body(&w.orelse)?),
                ];
                self.node("While", range, fields)
            }
            Stmt::If(i) => {
                let fields = vec![
                    ("test", self.expr(&i.test)?),
                    ("body", self.body(&i.body)?),
                    ("orelse", self.if_clauses(&i.elif_else_clauses, range.end())?),
                ];
                self.node("If", range, fields)
            }
            Stmt::With(w) => {
                let mut items = Vec::new();
                for item in &w.items {
                    items.push(self.plain(
                        "withitem",
                        &[
                            ("context_expr", self.expr(&item.context_expr)?),
                            ("optional_vars", self.opt_expr(item.optional_vars.as_deref())?),
                        ],
                    )?);
                }
                let fields = vec![
                    ("items", th.list(items)),
                    ("body", self.body(&w.body)?),
                    ("type_comment", Value::NONE),
                ];
                self.node(if w.is_async { "AsyncWith" } else { "With" }, range, fields)
            }
            Stmt::Match(m) => {
                let mut cases = Vec::new();
                for case in &m.cases {
                    cases.push(self.plain(
                        "match_case",
                        &[
                            ("pattern", self.pattern(&case.pattern)?),
                            ("guard", self.opt_expr(case.guard.as_deref())?),
                            ("body", self.body(&case.body)?),
                        ],
                    )?);
                }
                self.node(
                    "Match",
                    range,
                    vec![("subject", self.expr(&m.subject)?), ("cases", th.list(cases))],
                )
            }
            Stmt::Raise(r) => {
                let fields = vec![
                    ("exc", self.opt_expr(r.exc.as_deref())?),
                    ("cause", self.opt_expr(r.cause.as_deref())?),
                ];
                self.node("Raise", range, fields)
            }
            Stmt::Try(t) => {
                let mut handlers = Vec::new();
                for handler in &t.handlers {
                    let ast::ExceptHandler::ExceptHandler(h) = handler;
                    let fields = vec![
                        ("type", self.opt_expr(h.type_.as_deref())?),
                        ("name", self.opt_name(h.name.as_ref())),
                        ("body", self.body(&h.body)?),
                    ];
                    handlers.push(self.node("ExceptHandler", h.range, fields)?);
                }
                let fields = vec![
                    ("body", self.body(&t.body)?),
                    ("handlers", th.list(handlers)),
                    ("orelse", self.body(&t.orelse)?),
                    ("finalbody", self.body(&t.finalbody)?),
                ];
                self.node(if t.is_star { "TryStar" } else { "Try" }, range, fields)
            }
            Stmt::Assert(a) => {
                let fields = vec![("test", self.expr(&a.test)?), ("msg", self.opt_expr(a.msg.as_deref())?)];
                self.node("Assert", range, fields)
            }
            Stmt::Import(i) => self.node("Import", range, vec![("names", self.aliases(&i.names)?)]),
            Stmt::ImportFrom(i) => {
                let fields = vec![
                    ("module", self.opt_name(i.module.as_ref())),
                    ("names", self.aliases(&i.names)?),
                    ("level", th.int(i64::from(i.level))),
                ];
                self.node("ImportFrom", range, fields)
            }
            Stmt::Global(g) => self.node("Global", range, vec![("names", self.names(&g.names))]),
            Stmt::Nonlocal(g) => self.node("Nonlocal", range, vec![("names", self.names(&g.names))]),
            Stmt::Expr(e) => self.node("Expr", range, vec![("value", self.expr(&e.value)?)]),
            Stmt::Pass(_) => self.node("Pass", range, Vec::new()),
            Stmt::Break(_) => self.node("Break", range, Vec::new()),
            Stmt::Continue(_) => self.node("Continue", range, Vec::new()),
            Stmt::IpyEscapeCommand(_) => Err(th.system_error("IPython syntax in a Python source")),
        }
    }
}
