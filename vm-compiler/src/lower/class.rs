//! Classes.

use super::call::{Head, needs_spread};
use super::function::def_start;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Common, Intrinsic1, Op};
use crate::bytecode::unit::{CodeUnit, Const};
use crate::literal;
use crate::options::future;
use crate::scope::{Kind, Part, ScopeId};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Lowerer<'a> {
    pub fn class_def(&mut self, c: &'a ast::StmtClassDef) -> Res<()> {
        let mark = self.unit.temps.top;
        let t = self.decorators(&c.decorator_list)?;
        let start = def_start(self.lines.source, c.range, &c.decorator_list);
        let def = TextRange::new(start, c.range.end());
        self.loc = def;
        self.unit.temps.release_to(t);
        match &c.type_params {
            None => {
                let v = self.build_class(c, def, false)?;
                self.put(v, t);
            }
            Some(tp) => {
                let Some(scope) = self.scopes.of(&**tp, Part::TypeParams) else {
                    return self.error(c.range, "invalid syntax");
                };
                let window = self.unit.temps.alloc_run(2);
                let name = format!("<generic parameters of {}>", c.name.id);
                self.enter_unit(scope, &name, &[], c.range);
                self.unit.private = Some(self.scopes.names.intern(&c.name.id));
                let mut only = Vec::new();
                for p in &tp.type_params {
                    only.push(self.scopes.names.intern(p.name().as_str()));
                }
                self.unit.mangled_names = Some(only);
                self.prologue();
                self.loc = def;
                let params = self.temp();
                self.make_type_params(tp, params)?;
                let sym = self.scopes.names.intern(".type_params");
                self.store_sym(sym, Val::Temp(params), def);
                self.unit.temps.release_to(params);
                let v = self.build_class(c, def, true)?;
                self.loc = def;
                self.emit_return(v);
                let code = self.leave_unit()?;
                self.loc = def;
                self.make_function(code, window, window, 0, scope)?;
                self.op(Op::CallFunction, t, window, 0);
            }
        }
        self.unit.temps.release_to(t + 1);
        self.apply_decorators(&c.decorator_list, t);
        self.store_name(&c.name.id, Val::Temp(mark), def)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// Calls `__build_class__(body, name, *bases, **keywords)`.
    fn build_class(&mut self, c: &'a ast::StmtClassDef, def: TextRange, generic: bool) -> Res<Val> {
        let mark = self.unit.temps.top;
        let window = self.unit.temps.alloc_run(2);
        self.op(Op::LoadCommon, window, Common::BuildClass as u16, 0);
        let (code, scope) = self.class_code(c)?;
        self.loc = def;
        let f = self.temp();
        self.make_function(code, f, f, 0, scope)?;
        let name = self.temp();
        self.load_str(name, &c.name.id);
        let none: (&'a [Expr], &'a [ast::Keyword]) = (&[], &[]);
        let (args, keywords) = c.arguments.as_deref().map_or(none, |a| (&*a.args, &*a.keywords));
        if !generic {
            let spread = needs_spread(args, keywords);
            return self.arguments(window, Head::Function, 2, args, keywords, spread, def, None, mark);
        }
        // The generic base goes behind the others.
        let tp = self.scopes.names.intern(".type_params");
        let base_sym = self.scopes.names.intern(".generic_base");
        let t = self.temp();
        let v = self.load_sym(tp, def, Some(t));
        self.put(v, t);
        self.op(Op::Intrinsic1, t, t | CONSUME, Intrinsic1::SubscriptGeneric as u16);
        self.store_sym(base_sym, Val::Temp(t), def);
        self.unit.temps.release_to(t);
        if !needs_spread(args, keywords) {
            for a in args {
                self.expr_temp(a)?;
            }
            let t = self.temp();
            let v = self.load_sym(base_sym, def, Some(t));
            self.put(v, t);
            let n = 3 + args.len() as u16;
            return self.arguments(window, Head::Function, n, &[], keywords, false, def, None, mark);
        }
        let list = match args.first() {
            Some(first) => self.collect(super::expr::Display::List, args, first, 2)?,
            None => {
                self.op(Op::BuildList, f, f, 2);
                self.unit.temps.release_to(f + 1);
                f
            }
        };
        let t = self.temp();
        let v = self.load_sym(base_sym, def, Some(t));
        self.put(v, t);
        self.op(Op::ListAppend, list, t | CONSUME, 0);
        self.unit.temps.release_to(list + 1);
        // As for `f(*list, **keywords)`: the list stands where the arguments of `CallEx` go.
        let ex = self.spread_keywords(window, keywords, def)?;
        self.loc = def;
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(None);
        self.op(Op::CallEx, d, window, ex);
        Ok(v)
    }

    fn class_code(&mut self, c: &'a ast::StmtClassDef) -> Res<(CodeUnit, ScopeId)> {
        let Some(scope) = self.scopes.of(c, Part::Body) else {
            return self.error(c.range, "invalid syntax");
        };
        let old_private = self.unit.private;
        let old_mangled = self.unit.mangled_names.take();
        self.enter_unit(scope, &c.name.id, &[], c.range);
        self.unit.private = Some(self.scopes.names.intern(&c.name.id));
        self.unit.mangled_names = None;
        let line = self.unit.first_line;
        self.prologue();
        let at = TextRange::empty(c.range.start());
        self.loc = at;
        let name = self.load_name("__name__", at, None);
        self.store_name("__module__", name, at)?;
        self.unit.temps.release_to(self.unit.temps.base);
        let qualname = Const::Str(self.unit.qualname.as_str().into());
        self.store_name("__qualname__", Val::Const(qualname), at)?;
        self.store_name("__firstlineno__", Val::Const(Const::Int(i64::from(line))), at)?;
        if c.type_params.is_some() {
            let sym = self.scopes.names.intern(".type_params");
            let v = self.load_sym(sym, at, None);
            self.store_name("__type_params__", v, at)?;
            self.unit.temps.release_to(self.unit.temps.base);
        }
        let dict = self.scopes.names.intern("__classdict__");
        if let Some(&r) = self.unit.cells.get(&dict) {
            let t = self.temp();
            self.op(Op::LoadLocals, t, 0, 0);
            self.op(Op::StoreDeref, r, t | CONSUME, 0);
            self.unit.temps.release_to(t);
        }
        self.block_body(&c.body, at)?;
        self.loc = at;
        if !self.unit.deferred.is_empty() {
            self.store_annotate("__annotate_func__", at)?;
        }
        self.loc = at;
        let mut attrs = std::mem::take(&mut self.unit.static_attributes);
        attrs.sort();
        attrs.dedup();
        let attrs = attrs.into_iter().map(|a| Const::Str(a.into())).collect();
        self.store_name("__static_attributes__", Val::Const(Const::Tuple(attrs)), at)?;
        if let Some(&r) = self.unit.cells.get(&dict) {
            self.store_name("__classdictcell__", Val::Local(r), at)?;
        }
        let class = self.scopes.names.intern("__class__");
        if let Some(&r) = self.unit.cells.get(&class) {
            self.store_name("__classcell__", Val::Local(r), at)?;
            self.op(Op::Return, r, 0, 0);
        } else {
            self.emit_return(Val::Const(Const::None));
        }
        let code = self.leave_unit()?;
        self.unit.private = old_private;
        self.unit.mangled_names = old_mangled;
        Ok((code, scope))
    }

    /// The statements of a class or module: docstring, annotations' set-up, body.
    pub fn block_body(&mut self, body: &'a [Stmt], at: TextRange) -> Res<()> {
        let mut body = body;
        let annotated = self.scopes.tables[self.unit.scope].annotations.is_some();
        if self.unit.kind == Kind::Class && self.scopes.tables[self.unit.scope].has_conditional_annotations {
            self.store_conditional_set(at)?;
        }
        if annotated && self.future & future::ANNOTATIONS != 0 {
            self.loc = at;
            self.op(Op::SetupAnnotations, 0, 0, 0);
        }
        if let Some((Stmt::Expr(e), rest)) = body.split_first()
            && let Expr::StringLiteral(s) = &*e.value
        {
            body = rest;
            if self.options.optimize < 2 {
                let text = literal::clean_doc(&literal::string(self.lines.source, s));
                self.store_name("__doc__", Val::Const(Const::Str(text)), s.range)?;
            }
        }
        self.stmts(body)
    }

    /// A whole module.
    pub fn module_body(&mut self, body: &'a [Stmt]) -> Res<()> {
        // What stands before the body depends on the annotations in it: it is emitted last, into the first chunk.
        self.unit.chunks.push(Vec::new());
        self.unit.chunk = 1;
        if self.mode == crate::options::Mode::Single {
            self.stmts(body)?;
        } else {
            self.block_body(body, body.first().map_or(TextRange::default(), Ranged::range))?;
        }
        self.emit_return(Val::Const(Const::None));
        if !self.unit.deferred.is_empty() {
            self.unit.chunk = 0;
            self.unit.reachable = true;
            let at = body.first().map_or(TextRange::default(), Ranged::range);
            let conditional = self.unit.deferred.iter().any(|d| d.conditional.is_some());
            self.store_annotate("__annotate__", at)?;
            if conditional {
                self.store_conditional_set(at)?;
            }
            self.unit.reachable = false;
        }
        Ok(())
    }
}
