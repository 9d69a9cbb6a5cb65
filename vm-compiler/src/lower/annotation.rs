//! PEP 649 and 749: annotations are evaluated by an `__annotate__` function.

use super::unit::Deferred;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::{CodeUnit, Const};
use crate::options::future;
use crate::scope::{Kind, ScopeId, Sym};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Lowerer<'a> {
    /// Enters the block of an `__annotate__` function.
    fn enter_annotate(&mut self, scope: ScopeId, at: TextRange) {
        let format = self.scopes.names.intern(".format");
        self.enter_unit(scope, "__annotate__", &[format], at);
        self.unit.argcount = 1;
        self.unit.posonlyargcount = 1;
        self.prologue();
        self.loc = at;
        self.check_format();
    }

    /// The `__annotate__` of a function.
    pub fn annotate_function(
        &mut self,
        scope: ScopeId,
        at: TextRange,
        pairs: &[(Sym, &'a Expr)],
    ) -> Res<CodeUnit> {
        self.enter_annotate(scope, at);
        let map = self.temp();
        self.op(Op::BuildMap, map, map, 0);
        for (name, e) in pairs {
            let base = self.temp();
            self.loc = e.range();
            let name = Const::Str(self.scopes.names.text(*name).into());
            self.load_const(base, name);
            if self.future & future::ANNOTATIONS != 0 {
                let text = crate::unparse::expr(self.lines.source, e);
                let t = self.temp();
                self.load_str(t, &text);
            } else {
                self.annotation_value(e)?;
            }
            self.op(Op::MapAdd, map, base, 0);
            self.unit.temps.release_to(map + 1);
        }
        self.loc = at;
        self.op(Op::Return, map | CONSUME, 0, 0);
        self.leave_unit()
    }

    /// An annotation's value in the next temporary; `*args: *Ts` unpacks one.
    fn annotation_value(&mut self, e: &'a Expr) -> Res<()> {
        if let Expr::Starred(s) = e {
            let t = self.expr_temp(&s.value)?;
            self.loc = e.range();
            self.op(Op::UnpackSequence, t | CONSUME, t, 1);
            return Ok(());
        }
        self.expr_temp(e)?;
        self.loc = e.range();
        Ok(())
    }

    /// The `__annotate__` of the current class or module, stored under `name`.
    pub fn store_annotate(&mut self, name: &str, at: TextRange) -> Res<()> {
        let deferred = std::mem::take(&mut self.unit.deferred);
        let Some(scope) = self.scopes.tables[self.unit.scope].annotations else { return Ok(()) };
        if deferred.is_empty() {
            return Ok(());
        }
        let mark = self.unit.temps.top;
        let head = at;
        self.enter_annotate(scope, head);
        let map = self.temp();
        self.op(Op::BuildMap, map, map, 0);
        let conditional = self.scopes.names.intern("__conditional_annotations__");
        for d in &deferred {
            self.loc = d.stmt.range;
            let skip = self.label();
            if let Some(i) = d.conditional {
                let n = self.temp();
                self.load_const(n, Const::Int(i64::from(i)));
                let t = self.temp();
                let v = self.load_sym(conditional, d.stmt.range, Some(t));
                self.put(v, t);
                self.jump_op(Op::JumpIn, n | CONSUME, t | CONSUME, 0, skip);
                self.unit.temps.release_to(map + 1);
            }
            if let Expr::Name(target) = &*d.stmt.target {
                let base = self.temp();
                let sym = self.mangled(&target.id);
                let name = Const::Str(self.scopes.names.text(sym).into());
                self.load_const(base, name);
                self.annotation_value(&d.stmt.annotation)?;
                self.op(Op::MapAdd, map, base, 0);
            }
            self.unit.temps.release_to(map + 1);
            self.place(skip);
        }
        self.loc = head;
        self.op(Op::Return, map | CONSUME, 0, 0);
        let code = self.leave_unit()?;
        self.loc = at;
        let t = self.temp();
        self.make_function(code, t, t, 0, scope)?;
        self.store_name(name, Val::Temp(t), at)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    pub fn ann_assign(&mut self, a: &'a ast::StmtAnnAssign) -> Res<()> {
        let mark = self.unit.temps.top;
        if let Some(v) = &a.value {
            self.assign_expr(&a.target, v)?;
            self.unit.temps.release_to(mark);
        }
        match &*a.target {
            Expr::Name(n) => {
                self.check_store(&n.id, n.range)?;
                if a.simple && matches!(self.unit.kind, Kind::Module | Kind::Class) {
                    self.record_annotation(a)?;
                }
            }
            Expr::Attribute(t) => {
                self.check_store(&t.attr.id, t.range)?;
                if a.value.is_none() {
                    self.evaluate_only(&t.value)?;
                }
            }
            Expr::Subscript(s) => {
                if a.value.is_none() {
                    self.evaluate_only(&s.value)?;
                    self.evaluate_only(&s.slice)?;
                }
            }
            t => return self.error(t.range(), "illegal target for annotation"),
        }
        // The annotation of a target that is no plain name is evaluated where annotations are evaluated at all.
        if !a.simple
            && matches!(self.unit.kind, Kind::Module | Kind::Class)
            && self.future & future::ANNOTATIONS == 0
        {
            self.evaluate_only(&a.annotation)?;
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn evaluate_only(&mut self, e: &'a Expr) -> Res<()> {
        let mark = self.unit.temps.top;
        if let Expr::Slice(s) = e {
            for part in [&s.lower, &s.upper, &s.step].into_iter().flatten() {
                self.evaluate_only(part)?;
            }
            return Ok(());
        }
        let v = self.expr(e)?;
        self.loc = e.range();
        self.discard(v);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn record_annotation(&mut self, a: &'a ast::StmtAnnAssign) -> Res<()> {
        let Expr::Name(n) = &*a.target else { return Ok(()) };
        self.loc = a.range;
        let mark = self.unit.temps.top;
        if self.future & future::ANNOTATIONS != 0 {
            // __annotations__[name] = text
            let dict = self.scopes.names.intern("__annotations__");
            let text = crate::unparse::expr(self.lines.source, &a.annotation);
            let v = self.temp();
            self.load_str(v, &text);
            let d = self.temp();
            let loaded = self.load_sym(dict, a.range, Some(d));
            self.put(loaded, d);
            let k = self.temp();
            let sym = self.mangled(&n.id);
            let name = Const::Str(self.scopes.names.text(sym).into());
            self.load_const(k, name);
            self.op(Op::SetItem, d | CONSUME, k | CONSUME, v | CONSUME);
            self.unit.temps.release_to(mark);
            return Ok(());
        }
        let conditional = self.unit.kind == Kind::Module || self.unit.conditional_depth > 0;
        let index = conditional.then_some(self.unit.next_conditional);
        if conditional {
            self.unit.next_conditional += 1;
            let sym = self.scopes.names.intern("__conditional_annotations__");
            let set = self.temp();
            let v = self.load_conditional_set(sym, a.range, set);
            self.put(v, set);
            let i = self.temp();
            self.load_const(i, Const::Int(i64::from(index.unwrap_or(0))));
            self.op(Op::SetAdd, set, i | CONSUME, 0);
            self.op(Op::Drop, set, 0, 0);
        }
        self.unit.deferred.push(Deferred { stmt: a, conditional: index });
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn load_conditional_set(&mut self, sym: Sym, at: TextRange, dst: u16) -> Val {
        if let Some(&r) = self.unit.cells.get(&sym) {
            self.loc = at;
            self.op(Op::LoadDeref, dst, r, 0);
            return Val::Done;
        }
        self.load_sym(sym, at, Some(dst))
    }

    /// Makes the set of conditional annotations that have run.
    pub fn store_conditional_set(&mut self, at: TextRange) -> Res<()> {
        let sym = self.scopes.names.intern("__conditional_annotations__");
        let mark = self.unit.temps.top;
        let t = self.temp();
        self.loc = at;
        self.op(Op::BuildSet, t, t, 0);
        if let Some(&r) = self.unit.cells.get(&sym) {
            self.op(Op::StoreDeref, r, t | CONSUME, 0);
        } else {
            self.store_sym(sym, Val::Temp(t), at);
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }
}
