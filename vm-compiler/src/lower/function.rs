//! Functions and lambdas: defaults, closures, decorators, bodies.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{
    CONSUME, Intrinsic1, Intrinsic2, MAKE_ANNOTATE, MAKE_CLOSURE, MAKE_DEFAULTS, MAKE_KWDEFAULTS, Op,
};
use crate::bytecode::unit::{CodeUnit, Const, flags};
use crate::literal;
use crate::scope::{Part, Place, ScopeId, Sym, symbol};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::sync::Arc;

impl<'a> Lowerer<'a> {
    /// Registers of the parameters, in `varnames` order.
    fn param_names(&mut self, p: Option<&'a ast::Parameters>) -> Vec<Sym> {
        let Some(p) = p else { return Vec::new() };
        let mut out = Vec::new();
        for a in p.posonlyargs.iter().chain(&p.args).chain(&p.kwonlyargs) {
            out.push(self.mangled(&a.parameter.name.id));
        }
        for a in [&p.vararg, &p.kwarg].into_iter().flatten() {
            out.push(self.mangled(&a.name.id));
        }
        out
    }

    fn set_counts(&mut self, p: Option<&'a ast::Parameters>) -> Res<()> {
        let Some(p) = p else { return Ok(()) };
        for a in p.iter() {
            if a.name().as_str() == "__debug__" {
                return self.error(a.range(), "cannot assign to __debug__");
            }
        }
        let u = &mut self.unit;
        u.posonlyargcount = p.posonlyargs.len() as u16;
        u.argcount = (p.posonlyargs.len() + p.args.len()) as u16;
        u.kwonlyargcount = p.kwonlyargs.len() as u16;
        if p.vararg.is_some() {
            u.flags |= flags::VARARGS;
        }
        if p.kwarg.is_some() {
            u.flags |= flags::VARKEYWORDS;
        }
        Ok(())
    }

    /// The handler of a generator's or coroutine's whole body.
    pub fn stop_iteration_handler(&mut self, handler: u32) {
        let exc = self.unit.handlers[handler as usize].reg;
        self.handler_code(handler, |l| {
            l.loc = TextRange::default();
            let t = l.temp();
            l.op(Op::Intrinsic1, t, exc, Intrinsic1::StopIterationError as u16);
            l.op(Op::Reraise, t, exc, 0);
        });
    }

    pub fn lambda(&mut self, f: &'a ast::ExprLambda, dst: Option<u16>) -> Res<Val> {
        let params = f.parameters.as_deref();
        let base = self.unit.temps.top;
        let mut make = 0;
        if let Some(p) = params {
            make |= self.defaults(p)?;
        }
        let Some(scope) = self.scopes.of(f, Part::Body) else {
            return self.error(f.range, "invalid syntax");
        };
        let names = self.param_names(params);
        self.enter_unit(scope, "<lambda>", &names, f.range);
        self.set_counts(params)?;
        let generator = self.unit.is_generator;
        if generator {
            self.unit.flags |= flags::GENERATOR;
        }
        self.prologue();
        let wrap = generator.then(|| self.push_handler(self.unit.temps.base));
        let v = self.expr(&f.body)?;
        self.loc = f.body.range();
        self.emit_return(v);
        if let Some((h, outer)) = wrap {
            self.unit.handler = outer;
            self.stop_iteration_handler(h);
        }
        let code = self.leave_unit()?;
        self.loc = f.range;
        let r = self.make_function_at(code, base, make, scope, dst)?;
        Ok(r)
    }

    /// Evaluates defaults into the next temporaries: a tuple, then a dict; returns the MAKE flags.
    pub fn defaults(&mut self, p: &'a ast::Parameters) -> Res<u16> {
        let mut make = 0;
        let with: Vec<&'a Expr> =
            p.posonlyargs.iter().chain(&p.args).filter_map(|a| a.default.as_deref()).collect();
        if !with.is_empty() {
            make |= MAKE_DEFAULTS;
            let consts: Option<Vec<Const>> = with.iter().map(|e| self.constant(e)).collect();
            let t = self.temp();
            if let Some(c) = consts {
                self.load_const(t, Const::Tuple(c));
            } else {
                self.unit.temps.release_to(t);
                for e in &with {
                    self.expr_temp(e)?;
                }
                self.op(Op::BuildTuple, t, t, with.len() as u16);
                self.unit.temps.release_to(t + 1);
            }
        }
        if p.kwonlyargs.iter().any(|a| a.default.is_some()) {
            make |= MAKE_KWDEFAULTS;
            let base = self.unit.temps.top;
            let mut n = 0;
            for a in &p.kwonlyargs {
                let Some(e) = &a.default else { continue };
                let t = self.temp();
                let sym = self.mangled(&a.parameter.name.id);
                let name = Const::Str(self.scopes.names.text(sym).into());
                self.load_const(t, name);
                self.expr_temp(e)?;
                n += 1;
            }
            self.op(Op::BuildMap, base, base, n);
            self.unit.temps.release_to(base + 1);
        }
        Ok(make)
    }

    /// The free variables of a finished block's scope.
    fn free_names(&self, scope: ScopeId) -> Vec<Sym> {
        let mut v: Vec<Sym> = self.scopes.tables[scope]
            .symbols
            .iter()
            .filter(|s| s.place == Place::Free || s.flags & symbol::FREE_CLASS != 0)
            .map(|s| s.name)
            .collect();
        v.sort_by(|a, b| self.scopes.names.text(*a).cmp(self.scopes.names.text(*b)));
        v
    }

    /// A function of `code` whose parts (`make`) stand at `base`, the topmost temporaries; the closure is added.
    fn make_function_at(
        &mut self,
        code: CodeUnit,
        base: u16,
        mut make: u16,
        scope: ScopeId,
        dst: Option<u16>,
    ) -> Res<Val> {
        make |= self.closure(scope);
        let k = self.konst(Const::Code(Arc::new(code)));
        self.unit.temps.release_to(base);
        let (d, v) = self.target(dst);
        self.op_data(Op::MakeFunction, d, base, make, u64::from(k));
        Ok(v)
    }

    /// As [`Self::make_function_at`], into a given register.
    pub fn make_function(
        &mut self,
        code: CodeUnit,
        dst: u16,
        base: u16,
        make: u16,
        scope: ScopeId,
    ) -> Res<()> {
        let top = self.unit.temps.top;
        if make == 0 {
            let base = top;
            let closure = self.closure(scope);
            let k = self.konst(Const::Code(Arc::new(code)));
            self.op_data(Op::MakeFunction, dst, base, closure, u64::from(k));
            self.unit.temps.release_to(top);
            return Ok(());
        }
        self.make_function_at(code, base, make, scope, Some(dst))?;
        self.unit.temps.release_to(top.max(dst + 1));
        Ok(())
    }

    /// The closure tuple in the next temporary, if there is one.
    fn closure(&mut self, scope: ScopeId) -> u16 {
        let free = self.free_names(scope);
        if free.is_empty() {
            return 0;
        }
        let base = self.unit.temps.top;
        for &f in &free {
            let t = self.temp();
            if let Some(r) = self.closure_reg(f) {
                self.op(Op::Borrow, t, r, 0);
            }
        }
        self.op(Op::BuildTuple, base, base, free.len() as u16);
        self.unit.temps.release_to(base + 1);
        MAKE_CLOSURE
    }

    pub fn function_def(&mut self, f: &'a ast::StmtFunctionDef) -> Res<()> {
        let mark = self.unit.temps.top;
        let t = self.decorators(&f.decorator_list)?;
        let def = TextRange::new(def_start(self.lines.source, f.range, &f.decorator_list), f.range.end());
        let header = TextRange::new(f.range.start(), f.range.end());
        self.loc = def;
        if let Some(tp) = &f.type_params {
            self.generic_function(f, tp, t, header)?;
        } else {
            let direct = if f.decorator_list.is_empty() { self.plain_local(&f.name.id) } else { None };
            if let Some(r) = direct {
                self.unit.temps.release_to(t);
                let base = self.unit.temps.top;
                let make = self.defaults(&f.parameters)?;
                let make = make | self.annotations_of(f)?;
                let (code, scope) = self.function_code(f)?;
                self.loc = def;
                self.check_store(&f.name.id, f.name.range)?;
                self.make_function_at(code, base, make, scope, Some(r))?;
                self.mark_bound(r);
                self.unit.temps.release_to(mark);
                return Ok(());
            }
            self.unit.temps.release_to(t);
            let base = self.unit.temps.top;
            let make = self.defaults(&f.parameters)?;
            let make = make | self.annotations_of(f)?;
            let (code, scope) = self.function_code(f)?;
            self.loc = def;
            self.make_function_at(code, base, make, scope, Some(t))?;
        }
        self.unit.temps.release_to(t + 1);
        self.apply_decorators(&f.decorator_list, t);
        self.loc = def;
        self.store_name(&f.name.id, Val::Temp(mark), def)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// Evaluates decorators, each at the base of a call window inside the one before; returns the temporary (already
    /// taken) for what they decorate.
    pub fn decorators(&mut self, list: &'a [ast::Decorator]) -> Res<u16> {
        for d in list {
            self.expr_temp(&d.expression)?;
            self.unit.temps.alloc_run(1);
        }
        Ok(self.temp())
    }

    /// Calls the decorators, innermost first, on the temporary `t`.
    pub fn apply_decorators(&mut self, list: &'a [ast::Decorator], mut t: u16) {
        for d in list.iter().rev() {
            self.loc = d.expression.range();
            let window = t - 2;
            self.op(Op::CallFunction, window, window, 1);
            t = window;
        }
    }

    /// Compiles a function's body.
    fn function_code(&mut self, f: &'a ast::StmtFunctionDef) -> Res<(CodeUnit, ScopeId)> {
        let Some(scope) = self.scopes.of(f, Part::Body) else {
            return self.error(f.range, "invalid syntax");
        };
        let names = self.param_names(Some(&f.parameters));
        self.enter_unit(scope, &f.name.id, &names, f.range);
        self.set_counts(Some(&f.parameters))?;
        self.unit.is_async = f.is_async;
        self.unit.flags |= match (f.is_async, self.unit.is_generator) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::COROUTINE,
            (false, true) => flags::GENERATOR,
            (false, false) => 0,
        };
        let body = self.docstring(&f.body);
        self.prologue();
        let wrap = (f.is_async || self.unit.is_generator).then(|| self.push_handler(self.unit.temps.base));
        self.stmts(body)?;
        self.emit_return(Val::Const(Const::None));
        if let Some((h, outer)) = wrap {
            self.unit.handler = outer;
            self.stop_iteration_handler(h);
        }
        Ok((self.leave_unit()?, scope))
    }

    /// Takes a docstring off a body and makes it the first constant.
    fn docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let Some((Stmt::Expr(e), rest)) = body.split_first() else { return body };
        let Expr::StringLiteral(s) = &*e.value else { return body };
        if self.options.optimize < 2 {
            let text = literal::clean_doc(&literal::string(self.lines.source, s));
            self.konst(Const::Str(text));
            self.unit.flags |= flags::HAS_DOCSTRING;
        }
        rest
    }

    /// The annotate function in the next temporary.
    fn annotations_of(&mut self, f: &'a ast::StmtFunctionDef) -> Res<u16> {
        if f.returns.is_none() && f.parameters.iter().all(|p| p.annotation().is_none()) {
            return Ok(0);
        }
        let mut pairs: Vec<(Sym, &'a Expr)> = Vec::new();
        let p = &f.parameters;
        let all = p
            .posonlyargs
            .iter()
            .chain(&p.args)
            .map(|a| &a.parameter)
            .chain(p.vararg.as_deref())
            .chain(p.kwonlyargs.iter().map(|a| &a.parameter))
            .chain(p.kwarg.as_deref());
        for a in all {
            if let Some(e) = &a.annotation {
                let sym = self.mangled(&a.name.id);
                pairs.push((sym, e));
            }
        }
        if let Some(r) = &f.returns {
            pairs.push((self.scopes.names.intern("return"), r));
        }
        let start = def_start(self.lines.source, f.range, &f.decorator_list);
        let at = TextRange::new(start, f.range.end());
        let Some(scope) = self.scopes.of(f, Part::Annotations) else { return Ok(0) };
        let code = self.annotate_function(scope, at, &pairs)?;
        self.loc = at;
        let t = self.temp();
        self.make_function(code, t, t, 0, scope)?;
        Ok(MAKE_ANNOTATE)
    }

    /// `<generic parameters of f>`: makes the type parameters, then the function, and is called at once.
    fn generic_function(
        &mut self,
        f: &'a ast::StmtFunctionDef,
        tp: &'a ast::TypeParams,
        t: u16,
        at: TextRange,
    ) -> Res<()> {
        // The window is [wrapper, -, .defaults, .kwdefaults] at t.
        self.unit.temps.release_to(t);
        let window = self.unit.temps.alloc_run(2);
        let given = self.defaults(&f.parameters)?;
        let n = u16::from(given & MAKE_DEFAULTS != 0) + u16::from(given & MAKE_KWDEFAULTS != 0);
        let Some(scope) = self.scopes.of(tp, Part::TypeParams) else {
            return self.error(f.range, "invalid syntax");
        };
        let mut params = Vec::new();
        if given & MAKE_DEFAULTS != 0 {
            params.push(self.scopes.names.intern(".defaults"));
        }
        if given & MAKE_KWDEFAULTS != 0 {
            params.push(self.scopes.names.intern(".kwdefaults"));
        }
        let def = self.loc;
        let name = format!("<generic parameters of {}>", f.name.id);
        self.enter_unit(scope, &name, &params, at);
        self.unit.argcount = n;
        self.prologue();
        self.loc = def;
        let result = self.unit.temps.alloc_run(2);
        self.unit.temps.release_to(result + 1);
        self.unit.temps.alloc_run(1);
        self.make_type_params(tp, result + 1)?;
        let base = self.unit.temps.top;
        for (i, _) in params.iter().enumerate() {
            let r = self.temp();
            self.op(Op::Borrow, r, i as u16, 0);
        }
        let make = given | self.annotations_of(f)?;
        let (code, inner) = self.function_code(f)?;
        self.loc = def;
        self.make_function_at(code, base, make, inner, Some(result))?;
        self.op_intrinsic2(Intrinsic2::SetFunctionTypeParams, result, result);
        self.op(Op::Return, result | CONSUME, 0, 0);
        let wrapper = self.leave_unit()?;
        self.loc = def;
        self.make_function(wrapper, window, window, 0, scope)?;
        self.op(Op::CallFunction, t, window, n);
        Ok(())
    }
}

/// Where `def` or `class` stands behind the decorators.
pub fn def_start(source: &str, range: TextRange, decorators: &[ast::Decorator]) -> TextSize {
    let Some(last) = decorators.last() else { return range.start() };
    let mut at = usize::from(last.range.end());
    let bytes = source.as_bytes();
    while let Some(&b) = bytes.get(at) {
        match b {
            b'#' => {
                while bytes.get(at).is_some_and(|b| *b != b'\n' && *b != b'\r') {
                    at += 1;
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'\\' => at += 1,
            _ => break,
        }
    }
    TextSize::try_from(at).unwrap_or(range.start())
}
