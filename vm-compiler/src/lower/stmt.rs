//! Statements.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{Intrinsic1, Op};
use crate::bytecode::unit::Const;
use crate::options::Mode;
use crate::scope::Kind;
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::Ranged;

impl<'a> Lowerer<'a> {
    pub fn stmts(&mut self, body: &'a [Stmt]) -> Res<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn stmt(&mut self, s: &'a Stmt) -> Res<()> {
        let mark = self.unit.temps.top;
        if matches!(s, Stmt::For(_) | Stmt::While(_) | Stmt::With(_) | Stmt::Try(_))
            && self.unit.blocks.len() > 20
        {
            return self.error(s.range(), "too many statically nested blocks");
        }
        match s {
            Stmt::Expr(e) => self.expr_stmt(e)?,
            Stmt::Assign(a) => self.lower_assign(a)?,
            Stmt::AugAssign(a) => self.aug_assign(a)?,
            Stmt::AnnAssign(a) => self.ann_assign(a)?,
            Stmt::Return(r) => self.return_stmt(r)?,
            Stmt::Delete(d) => self.lower_delete(&d.targets)?,
            Stmt::If(i) => self.deeper(|l| l.lower_if(i))?,
            Stmt::For(f) => self.deeper(|l| l.lower_for(f))?,
            Stmt::While(w) => self.deeper(|l| l.lower_while(w))?,
            Stmt::With(w) => self.deeper(|l| l.conditional_block(|l| l.lower_with(w)))?,
            Stmt::Try(t) => self.deeper(|l| l.conditional_block(|l| l.lower_try(t)))?,
            Stmt::Match(m) => self.deeper(|l| l.conditional_block(|l| l.lower_match(m)))?,
            Stmt::FunctionDef(f) => self.deeper(|l| l.function_def(f))?,
            Stmt::ClassDef(c) => self.deeper(|l| l.class_def(c))?,
            Stmt::TypeAlias(t) => self.type_alias(t)?,
            Stmt::Raise(r) => self.lower_raise(r)?,
            Stmt::Assert(a) => self.lower_assert(a)?,
            Stmt::Import(i) => self.lower_import(i)?,
            Stmt::ImportFrom(i) => self.lower_import_from(i)?,
            Stmt::Pass(p) => {
                self.loc = p.range;
                self.mark_line();
            }
            Stmt::Break(b) => self.lower_break(b.range)?,
            Stmt::Continue(c) => self.lower_continue(c.range)?,
            Stmt::Global(_) | Stmt::Nonlocal(_) => {}
            Stmt::IpyEscapeCommand(c) => return self.error(c.range, "invalid syntax"),
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn conditional_block(&mut self, f: impl FnOnce(&mut Self) -> Res<()>) -> Res<()> {
        self.unit.conditional_depth += 1;
        let r = f(self);
        self.unit.conditional_depth -= 1;
        r
    }

    fn expr_stmt(&mut self, e: &'a ast::StmtExpr) -> Res<()> {
        let mark = self.unit.temps.top;
        let v = self.expr(&e.value)?;
        self.loc = e.range;
        if self.mode == Mode::Single && self.unit.kind == Kind::Module {
            let src = self.operand(v);
            self.unit.temps.release_to(mark);
            let t = self.temp();
            self.op(Op::Intrinsic1, t, src, Intrinsic1::Print as u16);
            self.op(Op::Drop, t, 0, 0);
            return Ok(());
        }
        if let Val::Const(_) = v {
            self.mark_line();
            return Ok(());
        }
        self.discard(v);
        Ok(())
    }

    fn return_stmt(&mut self, r: &'a ast::StmtReturn) -> Res<()> {
        if !matches!(self.unit.kind, Kind::Function | Kind::Lambda) {
            return self.error(r.range, "'return' outside function");
        }
        if r.value.is_some() && self.unit.is_async && self.unit.is_generator {
            return self.error(r.range, "'return' with value in async generator");
        }
        let v = match &r.value {
            Some(e) => self.expr(e)?,
            None => Val::Const(Const::None),
        };
        self.loc = r.range;
        self.lower_return(v, r.range)
    }

    fn lower_if(&mut self, i: &'a ast::StmtIf) -> Res<()> {
        self.unit.conditional_depth += 1;
        let end = self.label();
        let mut next = self.label();
        self.jump_if(&i.test, false, next)?;
        self.stmts(&i.body)?;
        for clause in &i.elif_else_clauses {
            self.jump(end);
            self.place(next);
            next = self.label();
            if let Some(t) = &clause.test {
                self.jump_if(t, false, next)?;
            }
            self.stmts(&clause.body)?;
        }
        self.place(next);
        self.place(end);
        self.unit.conditional_depth -= 1;
        Ok(())
    }
}
