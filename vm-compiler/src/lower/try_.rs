//! `try` with `except`, `except*`, `else` and `finally`.

use super::block::Block;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Intrinsic2, Op};
use ruff_python_ast as ast;
use ruff_text_size::Ranged;

impl<'a> Lowerer<'a> {
    pub fn lower_try(&mut self, t: &'a ast::StmtTry) -> Res<()> {
        self.loc = t.range;
        self.mark_line();
        if t.finalbody.is_empty() {
            return self.try_except(t);
        }
        let mark = self.unit.temps.top;
        let (handler, outer) = self.push_handler(mark);
        self.unit.blocks.push(Block::Finally { body: &t.finalbody, outer });
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
        } else {
            self.try_except(t)?;
        }
        self.unit.blocks.pop();
        self.unit.handler = outer;
        self.stmts(&t.finalbody)?;
        self.handler_code(handler, |l| -> Res<()> {
            let exc = mark;
            let (cleanup, outer) = l.push_handler(exc + 2);
            l.unit.blocks.push(Block::FinallyHandler { exc, outer });
            l.stmts(&t.finalbody)?;
            l.unit.blocks.pop();
            l.unit.handler = outer;
            l.op(Op::Reraise, exc, exc, 0);
            l.handler_code(cleanup, |l| l.op(Op::Reraise, exc + 2, exc, 0));
            Ok(())
        })
    }

    fn try_except(&mut self, t: &'a ast::StmtTry) -> Res<()> {
        if t.is_star {
            return self.try_star(t);
        }
        let mark = self.unit.temps.top;
        let end = self.label();
        let (handler, outer) = self.push_handler(mark);
        self.unit.blocks.push(Block::Try { outer });
        self.stmts(&t.body)?;
        self.unit.blocks.pop();
        self.unit.handler = outer;
        self.stmts(&t.orelse)?;
        self.handler_code(handler, |l| -> Res<()> {
            let exc = mark;
            let (cleanup, outer) = l.push_handler(exc + 2);
            for (i, ast::ExceptHandler::ExceptHandler(h)) in t.handlers.iter().enumerate() {
                let next = l.label();
                if let Some(ty) = &h.type_ {
                    let v = l.expr(ty)?;
                    l.loc = ty.range();
                    let src = l.operand(v);
                    l.jump_op(Op::JumpNoMatch, exc, src, 0, next);
                    l.unit.temps.release_to(exc + 2);
                } else if i + 1 < t.handlers.len() {
                    return l.error(h.range, "default 'except:' must be last");
                }
                l.except_clause(h, exc, outer)?;
                l.jump(end);
                // The next clause's type is evaluated under the statement's own cleanup.
                l.unit.handler = cleanup;
                l.place(next);
            }
            l.unit.handler = outer;
            l.loc = t.range;
            l.op(Op::Reraise, exc, exc, 0);
            l.handler_code(cleanup, |l| l.op(Op::Reraise, exc + 2, exc, 0));
            Ok(())
        })?;
        self.place(end);
        Ok(())
    }

    /// The body of a clause that matched, up to where control goes on.
    fn except_clause(&mut self, h: &'a ast::ExceptHandlerExceptHandler, exc: u16, outer: u32) -> Res<()> {
        self.loc = h.range;
        let Some(name) = &h.name else {
            self.unit.blocks.push(Block::Handler { exc, name: None, outer });
            self.stmts(&h.body)?;
            self.unit.blocks.pop();
            self.op(Op::PopExcept, exc, 0, 0);
            self.unit.handler = outer;
            return Ok(());
        };
        self.store_kept(&name.id, exc, name.range)?;
        let (unbind, _) = self.push_handler(exc + 2);
        self.unit.blocks.push(Block::Handler { exc, name: Some(name), outer });
        self.stmts(&h.body)?;
        self.unit.blocks.pop();
        self.op(Op::PopExcept, exc, 0, 0);
        self.unit.handler = outer;
        self.loc = h.range;
        self.unbind_handled(name)?;
        self.handler_code(unbind, |l| -> Res<()> {
            l.loc = h.range;
            l.unbind_handled(name)?;
            l.op(Op::Reraise, exc + 2, exc, 0);
            Ok(())
        })
    }

    /// Stores a register that stays alive under a name.
    fn store_kept(&mut self, name: &str, reg: u16, at: ruff_text_size::TextRange) -> Res<()> {
        if let Some(r) = self.plain_local(name) {
            self.check_store(name, at)?;
            self.before_write(r);
            self.op(Op::Move, r, reg, 0);
            self.mark_bound(r);
            return Ok(());
        }
        let mark = self.unit.temps.top;
        let t = self.temp();
        self.op(Op::Move, t, reg, 0);
        self.store_name(name, Val::Temp(t), at)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// `except*`: each clause takes its part of the group; what is raised in clauses is collected and raised together
    /// with the rest at the end.
    fn try_star(&mut self, t: &'a ast::StmtTry) -> Res<()> {
        let mark = self.unit.temps.top;
        let end = self.label();
        let (handler, outer) = self.push_handler(mark);
        self.unit.blocks.push(Block::Try { outer });
        self.stmts(&t.body)?;
        self.unit.blocks.pop();
        self.unit.handler = outer;
        self.stmts(&t.orelse)?;
        self.handler_code(handler, |l| -> Res<()> {
            // exc, previous, original, list of raised, rest, match
            let exc = mark;
            let (cleanup, outer) = l.push_handler(exc + 2);
            l.loc = t.range;
            let orig = l.unit.temps.alloc_run(4);
            let (list, rest, matched) = (orig + 1, orig + 2, orig + 3);
            l.op(Op::Move, orig, exc, 0);
            l.op(Op::BuildList, list, list, 0);
            l.op(Op::Move, rest, exc, 0);
            for ast::ExceptHandler::ExceptHandler(h) in &t.handlers {
                let next = l.label();
                let Some(ty) = &h.type_ else {
                    return l.error(h.range, "expected one or more exception types");
                };
                let v = l.expr(ty)?;
                l.loc = ty.range();
                let src = l.operand(v);
                l.op(Op::MatchGroup, rest, src, 0);
                l.unit.temps.release_to(matched + 1);
                let hit = l.label();
                l.jump_op(Op::JumpIfNotNone, matched, 0, 0, hit);
                l.op(Op::Drop, matched, 0, 0);
                l.jump(next);
                l.place(hit);
                l.star_clause(h, list, matched)?;
                l.place(next);
            }
            l.loc = t.range;
            let (append, finish) = (l.label(), l.label());
            l.jump_op(Op::JumpIfNotNone, rest, 0, 0, append);
            l.op(Op::Drop, rest, 0, 0);
            l.jump(finish);
            l.place(append);
            l.op(Op::ListAppend, list, rest | CONSUME, 0);
            l.place(finish);
            l.op_intrinsic2(Intrinsic2::PrepReraiseStar, orig, orig);
            l.unit.temps.release_to(orig + 1);
            let raise = l.label();
            l.jump_op(Op::JumpIfNotNone, orig, 0, 0, raise);
            l.op(Op::Drop, orig, 0, 0);
            l.op(Op::PopExcept, exc, 0, 0);
            l.unit.handler = outer;
            l.jump(end);
            l.place(raise);
            l.op(Op::Reraise, orig, exc, 0);
            l.handler_code(cleanup, |l| l.op(Op::Reraise, exc + 2, exc, 0));
            Ok(())
        })?;
        self.place(end);
        Ok(())
    }

    fn star_clause(&mut self, h: &'a ast::ExceptHandlerExceptHandler, list: u16, matched: u16) -> Res<()> {
        self.loc = h.range;
        let top = self.unit.temps.top;
        match &h.name {
            Some(n) => self.store_name(&n.id, Val::Temp(matched), n.range)?,
            None => self.op(Op::Drop, matched, 0, 0),
        }
        self.unit.temps.release_to(matched);
        let (handler, outer) = self.push_handler(matched);
        self.unit.blocks.push(Block::StarHandler);
        self.stmts(&h.body)?;
        self.unit.blocks.pop();
        self.unit.handler = outer;
        if let Some(n) = &h.name {
            self.loc = h.range;
            self.unbind_handled(n)?;
        }
        let after = self.label();
        self.handler_code(handler, |l| -> Res<()> {
            // The exception raised in the clause joins the list.
            l.loc = h.range;
            if let Some(n) = &h.name {
                l.unbind_handled(n)?;
            }
            let keep = l.temp();
            l.op(Op::Move, keep, matched, 0);
            l.op(Op::ListAppend, list, keep | CONSUME, 0);
            l.op(Op::PopExcept, matched, 0, 0);
            l.jump(after);
            Ok(())
        })?;
        self.place(after);
        self.unit.temps.release_to(top);
        Ok(())
    }

    pub fn op_intrinsic2(&mut self, which: Intrinsic2, dst: u16, base: u16) {
        self.op(Op::Intrinsic2, dst, base, which as u16);
    }

    pub fn lower_raise(&mut self, r: &'a ast::StmtRaise) -> Res<()> {
        let mark = self.unit.temps.top;
        match (&r.exc, &r.cause) {
            (None, _) => {
                self.loc = r.range;
                self.op(Op::RaiseBare, 0, 0, 0);
            }
            (Some(e), None) => {
                let v = self.expr(e)?;
                self.loc = r.range;
                let src = self.operand(v);
                self.op(Op::Raise, src, 0, 0);
            }
            (Some(e), Some(c)) => {
                let v = self.expr(e)?;
                let v = self.hold(v);
                let cause = self.expr(c)?;
                self.loc = r.range;
                let a = self.operand(v);
                let b = self.operand(cause);
                self.op(Op::RaiseFrom, a, b, 0);
            }
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    pub fn lower_assert(&mut self, a: &'a ast::StmtAssert) -> Res<()> {
        if let ast::Expr::Tuple(t) = &*a.test
            && !t.elts.is_empty()
        {
            self.warn_once(a.range, "assertion is always true, perhaps remove parentheses?");
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let ok = self.label();
        self.jump_if(&a.test, true, ok)?;
        let mark = self.unit.temps.top;
        self.loc = a.range;
        let w = self.temp();
        self.op(Op::LoadCommon, w, crate::bytecode::ops::Common::AssertionError as u16, 0);
        if let Some(m) = &a.msg {
            self.unit.temps.alloc_run(1);
            let t = self.temp();
            self.expr_to(m, t)?;
            self.loc = a.range;
            self.op(Op::CallFunction, w, w, 1);
        }
        self.loc = a.test.range();
        self.op(Op::Raise, w | CONSUME, 0, 0);
        self.unit.temps.release_to(mark);
        self.place(ok);
        Ok(())
    }
}
