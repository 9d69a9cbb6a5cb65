//! First pass: walks the AST and records what each block binds and uses.
//!
//! The order of visits is CPython's, because "used prior to global declaration" and its like depend on it.

mod expr;

use super::{Kind, Part, ScopeId, ScopeOptions, Scopes, Sym, Table, mangle, symbol};
use crate::syntax_error::Fault;
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::HashMap;

type Done = Result<(), Fault>;

struct Collector {
    s: Scopes,
    cur: ScopeId,
    options: ScopeOptions,
    /// The class whose private names are mangled, and, in a generic class's type parameter block, the only names that
    /// are.
    private: Option<Sym>,
    mangled_names: Option<Vec<Sym>>,
    super_: Sym,
    class_: Sym,
    classdict: Sym,
    conditional: Sym,
    /// In an annotation of a function's local variable, which is never evaluated.
    unevaluated: bool,
    /// In a `finally` block of this function, and in a loop inside it (PEP 765).
    in_finally: bool,
    in_loop: bool,
}

pub fn collect(module: &ast::Mod, options: ScopeOptions) -> Result<Scopes, Fault> {
    let mut s = Scopes::default();
    let top = s.names.intern("top");
    let (super_, class_) = (s.names.intern("super"), s.names.intern("__class__"));
    let (classdict, conditional) =
        (s.names.intern("__classdict__"), s.names.intern("__conditional_annotations__"));
    s.tables.push(table(Kind::Module, top, None, 0));
    let mut c = Collector {
        s,
        cur: 0,
        options,
        private: None,
        mangled_names: None,
        super_,
        class_,
        classdict,
        conditional,
        unevaluated: false,
        in_finally: false,
        in_loop: false,
    };
    match module {
        ast::Mod::Module(m) => c.stmts(&m.body)?,
        ast::Mod::Expression(e) => c.expr(&e.body)?,
    }
    Ok(c.s)
}

fn table(kind: Kind, name: Sym, parent: Option<ScopeId>, line_offset: u32) -> Table {
    Table {
        kind,
        name,
        parent,
        children: Vec::new(),
        symbols: Vec::new(),
        index: HashMap::default(),
        line_offset,
        nested: false,
        generator: false,
        coroutine: false,
        method: false,
        inlined: false,
        can_see_class_scope: false,
        needs_class_closure: false,
        needs_classdict: false,
        has_conditional_annotations: false,
        annotations: None,
        scope_info: "",
        in_conditional: false,
        comp_iter_target: false,
        comp_iter_expr: 0,
        directives: Vec::new(),
    }
}

impl Collector {
    fn table(&mut self) -> &mut Table {
        &mut self.s.tables[self.cur]
    }

    fn kind(&self) -> Kind {
        self.s.tables[self.cur].kind
    }

    fn enter(&mut self, kind: Kind, name: &str, at: TextRange, key: Option<(usize, Part)>) -> ScopeId {
        let sym = self.s.names.intern(name);
        let parent = self.cur;
        let id = self.s.tables.len();
        let mut t = table(kind, sym, Some(parent), at.start().into());
        let p = &self.s.tables[parent];
        t.nested = p.nested || p.kind.is_function_like();
        t.comp_iter_expr = p.comp_iter_expr;
        t.method = p.kind == Kind::Class && matches!(kind, Kind::Function | Kind::Lambda);
        self.s.tables.push(t);
        self.s.tables[parent].children.push(id);
        if let Some(key) = key {
            self.s.by_node.insert(key, id);
        }
        self.cur = id;
        id
    }

    fn leave(&mut self) {
        if let Some(p) = self.s.tables[self.cur].parent {
            self.cur = p;
        }
    }

    fn mangled(&mut self, name: &str) -> Sym {
        if !name.starts_with("__") || self.private.is_none() {
            return self.s.names.intern(name);
        }
        let raw = self.s.names.intern(name);
        if self.mangled_names.as_ref().is_some_and(|m| !m.contains(&raw)) {
            return raw;
        }
        let class = self.private.map(|p| self.s.names.text(p).to_owned());
        let m = mangle(class.as_deref(), name);
        self.s.names.intern(&m)
    }

    fn add(&mut self, name: &str, flag: u32, at: TextRange) -> Done {
        let sym = self.mangled(name);
        self.add_sym(self.cur, sym, flag, at)
    }

    fn add_sym(&mut self, id: ScopeId, sym: Sym, flag: u32, at: TextRange) -> Done {
        if self.unevaluated {
            return Ok(());
        }
        let t = &mut self.s.tables[id];
        let comp_iter_target = t.comp_iter_target;
        let old = t.flags(sym);
        let mut error = None;
        if flag & old & symbol::PARAM != 0 {
            error = Some("duplicate argument '{}' in function definition");
        } else if flag & old & symbol::TYPE_PARAM != 0 {
            error = Some("duplicate type parameter '{}'");
        }
        let mut val = old | flag;
        if comp_iter_target && flag & symbol::USE == 0 {
            if val & (symbol::GLOBAL | symbol::NONLOCAL) != 0 {
                error = Some("comprehension inner loop cannot rebind assignment expression target '{}'");
            }
            val |= symbol::COMP_ITER;
        }
        if let Some(text) = error {
            return Err(Fault::new(at, text.replace("{}", self.s.names.text(sym))));
        }
        t.entry(sym).flags = val;
        if flag & symbol::GLOBAL != 0 {
            self.s.tables[0].entry(sym).flags |= symbol::GLOBAL;
        }
        Ok(())
    }

    fn stmts(&mut self, body: &[Stmt]) -> Done {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Done) -> Done {
        let old = std::mem::replace(&mut self.table().in_conditional, true);
        let r = f(self);
        self.table().in_conditional = old;
        r
    }

    fn stmt(&mut self, stmt: &Stmt) -> Done {
        match stmt {
            Stmt::FunctionDef(f) => self.function(f),
            Stmt::ClassDef(c) => self.class(c),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::Return(r) => {
                self.leaves_finally("return", r.range, false);
                self.opt(r.value.as_deref())
            }
            Stmt::Delete(d) => self.exprs(&d.targets),
            Stmt::Assign(a) => {
                self.exprs(&a.targets)?;
                self.expr(&a.value)
            }
            Stmt::AugAssign(a) => {
                self.expr(&a.target)?;
                self.expr(&a.value)
            }
            Stmt::AnnAssign(a) => self.ann_assign(a),
            Stmt::For(f) => {
                if f.is_async && self.is_awaiting_module() {
                    self.table().coroutine = true;
                }
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.conditional(|c| {
                    c.looping(&f.body)?;
                    c.stmts(&f.orelse)
                })
            }
            Stmt::While(w) => {
                self.expr(&w.test)?;
                self.conditional(|c| {
                    c.looping(&w.body)?;
                    c.stmts(&w.orelse)
                })
            }
            Stmt::If(i) => {
                self.expr(&i.test)?;
                self.conditional(|c| {
                    c.stmts(&i.body)?;
                    for clause in &i.elif_else_clauses {
                        c.opt(clause.test.as_ref())?;
                        c.stmts(&clause.body)?;
                    }
                    Ok(())
                })
            }
            Stmt::With(w) => self.conditional(|c| {
                if w.is_async && c.is_awaiting_module() {
                    c.table().coroutine = true;
                }
                for item in &w.items {
                    c.expr(&item.context_expr)?;
                    c.opt(item.optional_vars.as_deref())?;
                }
                c.stmts(&w.body)
            }),
            Stmt::Match(m) => {
                self.expr(&m.subject)?;
                self.conditional(|c| {
                    for case in &m.cases {
                        c.pattern(&case.pattern)?;
                        c.opt(case.guard.as_deref())?;
                        c.stmts(&case.body)?;
                    }
                    Ok(())
                })
            }
            Stmt::Raise(r) => {
                self.opt(r.exc.as_deref())?;
                self.opt(r.cause.as_deref())
            }
            Stmt::Try(t) => self.conditional(|c| {
                c.stmts(&t.body)?;
                for ast::ExceptHandler::ExceptHandler(h) in &t.handlers {
                    c.opt(h.type_.as_deref())?;
                    if let Some(n) = &h.name {
                        c.add(&n.id, symbol::LOCAL | symbol::DELETED, n.range)?;
                    }
                    c.stmts(&h.body)?;
                }
                c.stmts(&t.orelse)?;
                let old = (c.in_finally, c.in_loop);
                (c.in_finally, c.in_loop) = (true, false);
                let r = c.stmts(&t.finalbody);
                (c.in_finally, c.in_loop) = old;
                r
            }),
            Stmt::Assert(a) => {
                self.expr(&a.test)?;
                self.opt(a.msg.as_deref())
            }
            Stmt::Import(i) => i.names.iter().try_for_each(|n| self.alias(n)),
            Stmt::ImportFrom(i) => i.names.iter().try_for_each(|n| self.alias(n)),
            Stmt::Global(g) => self.declare(&g.names, symbol::GLOBAL, "global", g.range),
            Stmt::Nonlocal(g) => self.declare(&g.names, symbol::NONLOCAL, "nonlocal", g.range),
            Stmt::Expr(e) => self.expr(&e.value),
            Stmt::Break(b) => {
                self.leaves_finally("break", b.range, true);
                Ok(())
            }
            Stmt::Continue(c) => {
                self.leaves_finally("continue", c.range, true);
                Ok(())
            }
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn looping(&mut self, body: &[Stmt]) -> Done {
        let old = std::mem::replace(&mut self.in_loop, true);
        let r = self.stmts(body);
        self.in_loop = old;
        r
    }

    fn leaves_finally(&mut self, word: &str, at: TextRange, loops: bool) {
        if self.in_finally && !(loops && self.in_loop) {
            self.s.warnings.push((at, format!("'{word}' in a 'finally' block")));
        }
    }

    /// Visits a body that `return` and loops do not lead out of.
    fn own_body(&mut self, body: &[Stmt]) -> Done {
        let old = (self.in_finally, self.in_loop);
        (self.in_finally, self.in_loop) = (false, false);
        let r = self.stmts(body);
        (self.in_finally, self.in_loop) = old;
        r
    }

    fn alias(&mut self, a: &ast::Alias) -> Done {
        let name = a.asname.as_ref().unwrap_or(&a.name);
        if name.as_str() == "*" {
            if self.kind() != Kind::Module {
                return Err(Fault::new(a.range, "import * only allowed at module level"));
            }
            return Ok(());
        }
        let first = if a.asname.is_some() { name.as_str() } else { name.split('.').next().unwrap_or("") };
        self.add(first, symbol::IMPORT, a.range)
    }

    fn declare(&mut self, names: &[ast::Identifier], flag: u32, word: &str, at: TextRange) -> Done {
        for n in names {
            let sym = self.mangled(&n.id);
            let old = self.table().flags(sym);
            let text = if old & symbol::PARAM != 0 {
                format!("name '{}' is parameter and {word}", n.id)
            } else if old & symbol::USE != 0 {
                format!("name '{}' is used prior to {word} declaration", n.id)
            } else if old & symbol::ANNOT != 0 {
                format!("annotated name '{}' can't be {word}", n.id)
            } else if old & symbol::LOCAL != 0 {
                format!("name '{}' is assigned to before {word} declaration", n.id)
            } else {
                self.add_sym(self.cur, sym, flag, at)?;
                self.table().directives.push((sym, at));
                continue;
            };
            return Err(Fault::new(at, text));
        }
        Ok(())
    }

    fn ann_assign(&mut self, a: &ast::StmtAnnAssign) -> Done {
        if let Expr::Name(n) = &*a.target {
            let sym = self.mangled(&n.id);
            let old = self.table().flags(sym);
            if old & (symbol::GLOBAL | symbol::NONLOCAL) != 0 && self.cur != 0 && a.simple {
                let word = if old & symbol::GLOBAL != 0 { "global" } else { "nonlocal" };
                return Err(Fault::new(a.range, format!("annotated name '{}' can't be {word}", n.id)));
            }
            if a.simple {
                self.add(&n.id, symbol::ANNOT | symbol::LOCAL, n.range)?;
            } else if a.value.is_some() {
                self.add(&n.id, symbol::LOCAL, n.range)?;
            }
        } else {
            self.expr(&a.target)?;
        }
        self.annotation(&a.annotation)?;
        self.opt(a.value.as_deref())
    }

    /// An annotation of a variable: in the block that all of a module's or class's annotations share.
    fn annotation(&mut self, e: &Expr) -> Done {
        let kind = self.kind();
        let evaluated = matches!(kind, Kind::Module | Kind::Class);
        let conditional = kind == Kind::Module || (kind == Kind::Class && self.table().in_conditional);
        if evaluated && conditional && !self.options.future_annotations {
            self.table().has_conditional_annotations = true;
            let sym = self.conditional;
            self.add_sym(self.cur, sym, symbol::USE, e.range())?;
        }
        let old = self.unevaluated;
        self.unevaluated |= !evaluated || self.options.future_annotations;
        let home = self.cur;
        let known = self.table().annotations;
        match known {
            Some(id) => self.cur = id,
            None => {
                let id = self.enter(Kind::Annotation, "__annotate__", e.range(), None);
                self.s.tables[home].annotations = Some(id);
                self.see_class(home)?;
                let format = self.s.names.intern(".format");
                self.s.tables[id].entry(format).flags |= symbol::PARAM;
                if kind == Kind::Class || kind == Kind::Module {
                    let sym = self.conditional;
                    if self.s.tables[home].has_conditional_annotations {
                        self.add_sym(id, sym, symbol::USE, e.range())?;
                    }
                }
            }
        }
        if evaluated && conditional {
            let (sym, id) = (self.conditional, self.cur);
            self.add_sym(id, sym, symbol::USE, e.range())?;
        }
        let r = self.expr(e);
        self.cur = home;
        self.unevaluated = old;
        r
    }

    /// A block that looks names up in the class body round it.
    fn see_class(&mut self, parent: ScopeId) -> Done {
        if self.s.tables[parent].kind == Kind::Class {
            self.table().can_see_class_scope = true;
            let (sym, cur) = (self.classdict, self.cur);
            let old = std::mem::replace(&mut self.unevaluated, false);
            self.add_sym(cur, sym, symbol::USE, TextRange::default())?;
            self.unevaluated = old;
        }
        Ok(())
    }

    fn function(&mut self, f: &ast::StmtFunctionDef) -> Done {
        self.add(&f.name.id, symbol::LOCAL, f.name.range)?;
        self.defaults(&f.parameters)?;
        self.decorators(&f.decorator_list)?;
        if let Some(tp) = &f.type_params {
            let p = &f.parameters;
            let has_defaults = p.posonlyargs.iter().chain(&p.args).any(|a| a.default.is_some());
            let has_kw = p.kwonlyargs.iter().any(|a| a.default.is_some());
            self.type_params(&f.name.id, tp, from_name(&f.name, f.range), (has_defaults, has_kw), false)?;
        }
        let outer = self.cur;
        if annotated(&f.parameters) || f.returns.is_some() {
            let key = Some((std::ptr::from_ref(f) as usize, Part::Annotations));
            let id = self.enter(Kind::Annotation, "__annotate__", from_name(&f.name, f.range), key);
            self.s.tables[id].can_see_class_scope = self.s.tables[outer].can_see_class_scope;
            self.see_class(outer)?;
            if self.s.tables[id].can_see_class_scope {
                let sym = self.classdict;
                self.add_sym(id, sym, symbol::USE, f.range)?;
            }
            let format = self.s.names.intern(".format");
            self.s.tables[id].entry(format).flags |= symbol::PARAM;
            let old = self.unevaluated;
            self.unevaluated |= self.options.future_annotations;
            for p in f.parameters.iter() {
                self.opt(p.annotation())?;
            }
            self.opt(f.returns.as_deref())?;
            self.unevaluated = old;
            self.cur = outer;
        }
        let key = Some((std::ptr::from_ref(f) as usize, Part::Body));
        let id = self.enter(Kind::Function, &f.name.id, from_name(&f.name, f.range), key);
        self.s.tables[id].coroutine = f.is_async;
        self.params(&f.parameters)?;
        self.own_body(&f.body)?;
        self.leave();
        if f.type_params.is_some() {
            self.leave();
        }
        Ok(())
    }

    fn defaults(&mut self, p: &ast::Parameters) -> Done {
        for a in p.posonlyargs.iter().chain(&p.args) {
            self.opt(a.default.as_deref())?;
        }
        for a in &p.kwonlyargs {
            self.opt(a.default.as_deref())?;
        }
        Ok(())
    }

    fn decorators(&mut self, list: &[ast::Decorator]) -> Done {
        list.iter().try_for_each(|d| self.expr(&d.expression))
    }

    fn params(&mut self, p: &ast::Parameters) -> Done {
        for a in p.posonlyargs.iter().chain(&p.args).chain(&p.kwonlyargs) {
            self.add(&a.parameter.name.id, symbol::PARAM, a.parameter.range)?;
        }
        for a in [&p.vararg, &p.kwarg].into_iter().flatten() {
            self.add(&a.name.id, symbol::PARAM, a.range)?;
        }
        Ok(())
    }

    fn class(&mut self, c: &ast::StmtClassDef) -> Done {
        self.add(&c.name.id, symbol::LOCAL, c.name.range)?;
        self.decorators(&c.decorator_list)?;
        let name = self.s.names.intern(&c.name.id);
        let (old_private, old_mangled) = (self.private, self.mangled_names.take());
        if let Some(tp) = &c.type_params {
            self.private = Some(name);
            let mut mangled = Vec::new();
            for p in &tp.type_params {
                mangled.push(self.s.names.intern(p.name().as_str()));
            }
            self.mangled_names = Some(mangled);
            self.type_params(&c.name.id, tp, from_name(&c.name, c.range), (false, false), true)?;
        } else {
            self.mangled_names.clone_from(&old_mangled);
        }
        if let Some(a) = &c.arguments {
            self.exprs(&a.args)?;
            for k in &a.keywords {
                self.expr(&k.value)?;
            }
        }
        let key = Some((std::ptr::from_ref(c) as usize, Part::Body));
        self.enter(Kind::Class, &c.name.id, from_name(&c.name, c.range), key);
        self.private = Some(name);
        self.mangled_names = None;
        if c.type_params.is_some() {
            self.add("__type_params__", symbol::LOCAL, c.range)?;
            self.add(".type_params", symbol::USE, c.range)?;
        }
        self.own_body(&c.body)?;
        self.leave();
        if c.type_params.is_some() {
            self.leave();
        }
        self.private = old_private;
        self.mangled_names = old_mangled;
        Ok(())
    }

    fn type_alias(&mut self, t: &ast::StmtTypeAlias) -> Done {
        self.expr(&t.name)?;
        let name = match &*t.name {
            Expr::Name(n) => n.id.clone(),
            _ => return Ok(()),
        };
        let in_class = self.kind() == Kind::Class;
        let outer = self.cur;
        if let Some(tp) = &t.type_params {
            self.type_params(&name, tp, t.range, (false, false), false)?;
        }
        let key = Some((std::ptr::from_ref(t) as usize, Part::Value));
        let id = self.enter(Kind::TypeAlias, &name, t.range, key);
        self.s.tables[id].scope_info = "a type alias";
        let format = self.s.names.intern(".format");
        self.s.tables[id].entry(format).flags |= symbol::PARAM;
        if in_class {
            self.see_class(outer)?;
        }
        self.expr(&t.value)?;
        self.leave();
        if t.type_params.is_some() {
            self.leave();
        }
        Ok(())
    }

    /// Enters the block of type parameters and leaves it open.
    fn type_params(
        &mut self,
        name: &str,
        tp: &ast::TypeParams,
        at: TextRange,
        (defaults, kwdefaults): (bool, bool),
        class: bool,
    ) -> Done {
        let outer = self.cur;
        let key = Some((std::ptr::from_ref(tp) as usize, Part::TypeParams));
        let id = self.enter(Kind::TypeParams, name, at, key);
        self.s.tables[id].scope_info = "the definition of a generic";
        self.see_class(outer)?;
        if defaults {
            self.add(".defaults", symbol::PARAM, at)?;
        }
        if kwdefaults {
            self.add(".kwdefaults", symbol::PARAM, at)?;
        }
        if class {
            self.add(".type_params", symbol::LOCAL, at)?;
            self.add(".type_params", symbol::USE, at)?;
            self.add(".generic_base", symbol::LOCAL, at)?;
            self.add(".generic_base", symbol::USE, at)?;
        }
        let mut seen_default = false;
        for p in &tp.type_params {
            if p.name().as_str() == "__classdict__" {
                return Err(Fault::new(
                    p.range(),
                    "reserved name '__classdict__' cannot be used for type parameter",
                ));
            }
            self.add(p.name().as_str(), symbol::TYPE_PARAM | symbol::LOCAL, p.range())?;
            let (bound, default, what) = match p {
                ast::TypeParam::TypeVar(t) => (t.bound.as_deref(), t.default.as_deref(), "TypeVar"),
                ast::TypeParam::TypeVarTuple(t) => (None, t.default.as_deref(), "TypeVarTuple"),
                ast::TypeParam::ParamSpec(t) => (None, t.default.as_deref(), "ParamSpec"),
            };
            if let Some(b) = bound {
                let info =
                    if matches!(b, Expr::Tuple(_)) { "a TypeVar constraint" } else { "a TypeVar bound" };
                self.type_variable(p, p.name().as_str(), b, Part::Bound, info)?;
            }
            if let Some(d) = default {
                seen_default = true;
                let info = match what {
                    "TypeVar" => "a TypeVar default",
                    "TypeVarTuple" => "a TypeVarTuple default",
                    _ => "a ParamSpec default",
                };
                self.type_variable(p, p.name().as_str(), d, Part::Default, info)?;
            } else if seen_default {
                return Err(Fault::new(
                    p.range(),
                    format!("non-default type parameter '{}' follows default type parameter", p.name()),
                ));
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        p: &ast::TypeParam,
        name: &str,
        e: &Expr,
        part: Part,
        info: &'static str,
    ) -> Done {
        let parent = self.cur;
        let sees_class = self.table().can_see_class_scope;
        let id =
            self.enter(Kind::TypeVariable, name, e.range(), Some((std::ptr::from_ref(p) as usize, part)));
        self.s.tables[id].scope_info = info;
        self.s.tables[id].can_see_class_scope = sees_class;
        if sees_class {
            let sym = self.classdict;
            self.add_sym(id, sym, symbol::USE, e.range())?;
        }
        let format = self.s.names.intern(".format");
        self.s.tables[id].entry(format).flags |= symbol::PARAM;
        self.expr(e)?;
        self.cur = parent;
        Ok(())
    }
}

/// The range of a definition without its decorators.
fn from_name(name: &ast::Identifier, whole: TextRange) -> TextRange {
    TextRange::new(name.range.start(), whole.end().max(name.range.start()))
}

fn annotated(p: &ast::Parameters) -> bool {
    p.iter().any(|p| p.annotation().is_some())
}
