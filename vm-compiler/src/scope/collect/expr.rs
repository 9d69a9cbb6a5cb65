//! Expressions and patterns of the first pass.

use super::super::{Kind, Part, symbol};
use super::{Collector, Done};
use crate::syntax_error::Fault;
use ruff_python_ast::{self as ast, Expr, Pattern};
use ruff_text_size::{Ranged, TextRange};

impl Collector {
    pub(super) fn opt(&mut self, e: Option<&Expr>) -> Done {
        e.map_or(Ok(()), |e| self.expr(e))
    }

    pub(super) fn exprs(&mut self, list: &[Expr]) -> Done {
        list.iter().try_for_each(|e| self.expr(e))
    }

    /// `yield`, `await` and `:=` are errors in annotations, bounds and the like.
    pub(super) fn forbid(&self, what: &str, at: TextRange) -> Done {
        let t = &self.s.tables[self.cur];
        let place = match t.kind {
            Kind::Annotation => "an annotation",
            Kind::TypeAlias | Kind::TypeParams | Kind::TypeVariable => t.scope_info,
            _ => return Ok(()),
        };
        Err(Fault::new(at, format!("{what} cannot be used within {place}")))
    }

    pub(super) fn forbid_in_comprehension(&self, at: TextRange) -> Done {
        let place = match self.kind() {
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Generator => "generator expression",
            _ => return Ok(()),
        };
        Err(Fault::new(at, format!("'yield' inside {place}")))
    }

    pub(super) fn is_async_def(&self) -> bool {
        self.kind() == Kind::Function && self.s.tables[self.cur].coroutine
    }

    /// Whether `await` is allowed here because `compile` was asked for it: in the module itself.
    pub(super) fn is_awaiting_module(&self) -> bool {
        self.options.allow_top_level_await && self.kind() == Kind::Module
    }

    pub(super) fn expr(&mut self, e: &Expr) -> Done {
        match e {
            Expr::BoolOp(b) => self.exprs(&b.values),
            Expr::Named(n) => {
                if self.table().comp_iter_expr > 0 {
                    return Err(Fault::new(
                        n.range,
                        "assignment expression cannot be used in a comprehension iterable expression",
                    ));
                }
                self.forbid("named expression", n.range)?;
                if self.kind().is_comprehension() {
                    self.extend_named(&n.target)?;
                }
                self.expr(&n.value)?;
                if let Expr::Name(t) = &*n.target {
                    self.add(&t.id, symbol::NAMED, t.range)?;
                }
                self.expr(&n.target)
            }
            Expr::BinOp(_) => {
                // Left-deep chains may be very long: walk them without recursion.
                let mut rights = Vec::new();
                let mut left = e;
                while let Expr::BinOp(b) = left {
                    rights.push(&*b.right);
                    left = &b.left;
                }
                self.expr(left)?;
                rights.into_iter().rev().try_for_each(|r| self.expr(r))
            }
            Expr::UnaryOp(u) => self.expr(&u.operand),
            Expr::Lambda(l) => {
                if let Some(p) = &l.parameters {
                    self.defaults(p)?;
                }
                let key = Some((std::ptr::from_ref(l) as usize, Part::Body));
                self.enter(Kind::Lambda, "<lambda>", l.range, key);
                if let Some(p) = &l.parameters {
                    self.params(p)?;
                }
                self.expr(&l.body)?;
                self.leave();
                Ok(())
            }
            Expr::If(i) => {
                self.expr(&i.test)?;
                self.expr(&i.body)?;
                self.expr(&i.orelse)
            }
            Expr::Dict(d) => {
                for item in &d.items {
                    self.opt(item.key.as_ref())?;
                }
                d.items.iter().try_for_each(|i| self.expr(&i.value))
            }
            Expr::Set(s) => self.exprs(&s.elts),
            Expr::List(l) => self.exprs(&l.elts),
            Expr::Tuple(t) => self.exprs(&t.elts),
            Expr::ListComp(c) => {
                let key = std::ptr::from_ref(c) as usize;
                self.comprehension(Kind::ListComp, "<listcomp>", key, e, &c.generators, &c.elt, None)
            }
            Expr::SetComp(c) => {
                let key = std::ptr::from_ref(c) as usize;
                self.comprehension(Kind::SetComp, "<setcomp>", key, e, &c.generators, &c.elt, None)
            }
            Expr::DictComp(c) => {
                let key = std::ptr::from_ref(c) as usize;
                let (a, b) = match c.key.as_deref() {
                    Some(k) => (k, Some(&*c.value)),
                    None => (&*c.value, None),
                };
                self.comprehension(Kind::DictComp, "<dictcomp>", key, e, &c.generators, a, b)
            }
            Expr::Generator(c) => {
                let key = std::ptr::from_ref(c) as usize;
                self.comprehension(Kind::Generator, "<genexpr>", key, e, &c.generators, &c.elt, None)
            }
            Expr::Await(a) => {
                self.forbid("await expression", a.range)?;
                if !self.is_awaiting_module() {
                    if !self.kind().is_function_like() {
                        return Err(Fault::new(a.range, "'await' outside function"));
                    }
                    if !self.is_async_def() && !self.kind().is_comprehension() {
                        return Err(Fault::new(a.range, "'await' outside async function"));
                    }
                }
                self.expr(&a.value)?;
                self.table().coroutine = true;
                Ok(())
            }
            Expr::Yield(y) => {
                self.forbid("yield expression", y.range)?;
                self.opt(y.value.as_deref())?;
                self.table().generator = true;
                self.forbid_in_comprehension(y.range)
            }
            Expr::YieldFrom(y) => {
                self.forbid("yield expression", y.range)?;
                self.expr(&y.value)?;
                self.table().generator = true;
                self.forbid_in_comprehension(y.range)
            }
            Expr::Compare(c) => {
                self.expr(&c.left)?;
                self.exprs(&c.comparators)
            }
            Expr::Call(c) => {
                self.expr(&c.func)?;
                self.exprs(&c.arguments.args)?;
                c.arguments.keywords.iter().try_for_each(|k| self.expr(&k.value))
            }
            Expr::FString(f) => {
                for part in &f.value {
                    if let ast::FStringPart::FString(f) = part {
                        self.interpolations(&f.elements)?;
                    }
                }
                Ok(())
            }
            Expr::TString(t) => {
                for part in &t.value {
                    self.interpolations(&part.elements)?;
                }
                Ok(())
            }
            Expr::Attribute(a) => self.expr(&a.value),
            Expr::Subscript(s) => {
                self.expr(&s.value)?;
                self.expr(&s.slice)
            }
            Expr::Starred(s) => self.expr(&s.value),
            Expr::Slice(s) => {
                self.opt(s.lower.as_deref())?;
                self.opt(s.upper.as_deref())?;
                self.opt(s.step.as_deref())
            }
            Expr::Name(n) => {
                let load = matches!(n.ctx, ast::ExprContext::Load);
                let flag = match n.ctx {
                    ast::ExprContext::Load => symbol::USE,
                    ast::ExprContext::Del => symbol::LOCAL | symbol::DELETED,
                    _ => symbol::LOCAL,
                };
                self.add(&n.id, flag, n.range)?;
                if load && self.kind().is_function_like() && n.id.as_str() == "super" {
                    debug_assert!(self.s.names.find("super") == Some(self.super_));
                    let (sym, cur) = (self.class_, self.cur);
                    self.add_sym(cur, sym, symbol::USE, n.range)?;
                }
                Ok(())
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
        }
    }

    pub(super) fn interpolations(&mut self, elements: &ast::InterpolatedStringElements) -> Done {
        for i in elements.interpolations() {
            self.expr(&i.expression)?;
            if let Some(spec) = &i.format_spec {
                self.interpolations(&spec.elements)?;
            }
        }
        Ok(())
    }

    /// The target of an assignment expression in a comprehension belongs to the block around the comprehensions.
    pub(super) fn extend_named(&mut self, target: &Expr) -> Done {
        let Expr::Name(n) = target else { return Ok(()) };
        let sym = self.mangled(&n.id);
        let mut id = Some(self.cur);
        while let Some(i) = id {
            let kind = self.s.tables[i].kind;
            if kind.is_comprehension() {
                if self.s.tables[i].flags(sym) & symbol::COMP_ITER != 0 {
                    return Err(Fault::new(
                        n.range,
                        format!(
                            "assignment expression cannot rebind comprehension iteration variable '{}'",
                            n.id
                        ),
                    ));
                }
                id = self.s.tables[i].parent;
                continue;
            }
            let cur = self.cur;
            return match kind {
                Kind::Function | Kind::Lambda => {
                    let global = self.s.tables[i].flags(sym) & symbol::GLOBAL != 0;
                    let flag = if global { symbol::GLOBAL } else { symbol::NONLOCAL };
                    self.add_sym(cur, sym, flag, n.range)?;
                    self.table().directives.push((sym, n.range));
                    self.add_sym(i, sym, symbol::LOCAL | symbol::NAMED, n.range)
                }
                Kind::Module => {
                    self.add_sym(cur, sym, symbol::GLOBAL, n.range)?;
                    self.table().directives.push((sym, n.range));
                    self.add_sym(i, sym, symbol::GLOBAL, n.range)
                }
                Kind::Class => Err(Fault::new(
                    n.range,
                    "assignment expression within a comprehension cannot be used in a class body",
                )),
                _ => {
                    let what = match kind {
                        Kind::TypeParams => "the definition of a generic",
                        Kind::TypeAlias => "a type alias",
                        Kind::TypeVariable => "a TypeVar bound",
                        _ => "an annotation",
                    };
                    Err(Fault::new(
                        n.range,
                        format!("assignment expression within a comprehension cannot be used within {what}"),
                    ))
                }
            };
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn comprehension(
        &mut self,
        kind: Kind,
        name: &str,
        key: usize,
        e: &Expr,
        generators: &[ast::Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Done {
        let Some(first) = generators.first() else { return Ok(()) };
        self.table().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.table().comp_iter_expr -= 1;
        let outer = self.cur;
        let id = self.enter(kind, name, e.range(), Some((key, Part::Body)));
        self.s.tables[id].coroutine = generators.iter().any(|g| g.is_async);
        let dot0 = self.s.names.intern(".0");
        self.s.tables[id].entry(dot0).flags |= symbol::PARAM;
        for (i, g) in generators.iter().enumerate() {
            self.table().comp_iter_target = true;
            self.expr(&g.target)?;
            self.table().comp_iter_target = false;
            if i > 0 {
                self.table().comp_iter_expr += 1;
                self.expr(&g.iter)?;
                self.table().comp_iter_expr -= 1;
            }
            self.exprs(&g.ifs)?;
        }
        self.opt(value)?;
        self.expr(elt)?;
        let generator = kind == Kind::Generator;
        self.s.tables[id].generator = generator;
        let is_async = self.s.tables[id].coroutine && !generator;
        self.cur = outer;
        if is_async {
            if !self.is_async_def() && !self.kind().is_comprehension() && !self.is_awaiting_module() {
                return Err(Fault::new(
                    e.range(),
                    "asynchronous comprehension outside of an asynchronous function",
                ));
            }
            self.table().coroutine = true;
        }
        Ok(())
    }

    pub(super) fn pattern(&mut self, p: &Pattern) -> Done {
        match p {
            Pattern::MatchValue(v) => self.expr(&v.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(s) => s.patterns.iter().try_for_each(|p| self.pattern(p)),
            Pattern::MatchMapping(m) => {
                m.keys.iter().try_for_each(|k| self.expr(k))?;
                m.patterns.iter().try_for_each(|p| self.pattern(p))?;
                self.capture(m.rest.as_ref())
            }
            Pattern::MatchClass(c) => {
                self.expr(&c.cls)?;
                c.arguments.patterns.iter().try_for_each(|p| self.pattern(p))?;
                c.arguments.keywords.iter().try_for_each(|k| self.pattern(&k.pattern))
            }
            Pattern::MatchStar(s) => self.capture(s.name.as_ref()),
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.pattern(p)?;
                }
                self.capture(a.name.as_ref())
            }
            Pattern::MatchOr(o) => o.patterns.iter().try_for_each(|p| self.pattern(p)),
        }
    }

    pub(super) fn capture(&mut self, name: Option<&ast::Identifier>) -> Done {
        name.map_or(Ok(()), |n| self.add(&n.id, symbol::LOCAL, n.range))
    }
}
