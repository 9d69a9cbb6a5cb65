//! `with` and `async with`.

use super::block::Block;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op, Special};
use crate::bytecode::unit::Const;
use ruff_python_ast::{self as ast, Stmt};

impl<'a> Lowerer<'a> {
    pub fn lower_with(&mut self, w: &'a ast::StmtWith) -> Res<()> {
        if w.is_async && !self.unit.is_async {
            return self.error(w.range, "'async with' outside async function");
        }
        self.with_item(w, &w.items, &w.body)
    }

    fn with_item(&mut self, w: &'a ast::StmtWith, items: &'a [ast::WithItem], body: &'a [Stmt]) -> Res<()> {
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let mark = self.unit.temps.top;
        let (enter, exit) =
            if w.is_async { (Special::AEnter, Special::AExit) } else { (Special::Enter, Special::Exit) };
        let at = item.context_expr.range();
        let window = self.unit.temps.alloc_run(2);
        let t = self.unit.temps.alloc_run(2);
        let v = self.expr_into(&item.context_expr, t)?;
        let src = match v {
            Val::Local(r) => r,
            _ => t,
        };
        self.loc = at;
        self.op(Op::LoadSpecial, window, src, exit as u16);
        let last = if src == t { t | CONSUME } else { src };
        self.op(Op::LoadSpecial, t, last, enter as u16);
        self.op(Op::Call, t, t, 0);
        self.unit.temps.release_to(t + 1);
        if w.is_async {
            self.await_value(t, 1);
        }
        let top = t;
        let (handler, outer) = self.push_handler(top);
        self.unit.blocks.push(Block::With { window, is_async: w.is_async, outer, at });
        match &item.optional_vars {
            Some(target) => self.assign(target, Val::Temp(t))?,
            None => self.op(Op::Drop, t, 0, 0),
        }
        self.unit.temps.release_to(top);
        self.with_item(w, rest, body)?;
        self.unit.blocks.pop();
        self.unit.handler = outer;
        self.loc = at;
        self.exit_with(window, w.is_async)?;
        let end = self.label();
        self.handler_code(handler, |l| {
            let exc = top;
            let (cleanup, outer) = l.push_handler(exc + 2);
            l.loc = at;
            let r = l.temp();
            l.op(Op::WithExit, r, window, exc);
            if w.is_async {
                l.await_value(r, 2);
            }
            let suppress = l.label();
            l.jump_op(Op::JumpIfTrue, r | CONSUME, 0, 0, suppress);
            l.unit.handler = outer;
            l.op(Op::Reraise, exc, exc, 0);
            l.place(suppress);
            l.op(Op::PopExcept, exc, 0, 0);
            l.unit.handler = outer;
            l.op(Op::Drop, window + 1, 0, 0);
            l.op(Op::Drop, window, 0, 0);
            l.jump(end);
            l.handler_code(cleanup, |l| l.op(Op::Reraise, exc + 2, exc, 0));
        });
        self.place(end);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// Calls `__exit__(None, None, None)` with the window, consuming it.
    pub fn exit_with(&mut self, window: u16, is_async: bool) -> Res<()> {
        let mark = self.unit.temps.top;
        let mut w = window;
        if mark != window + 2 {
            w = self.unit.temps.alloc_run(2);
            self.op(Op::Move, w, window | CONSUME, 0);
            self.op(Op::Move, w + 1, (window + 1) | CONSUME, 0);
        }
        for _ in 0..3 {
            let t = self.temp();
            self.load_const(t, Const::None);
        }
        self.op(Op::Call, w, w, 3);
        self.unit.temps.release_to(w + 1);
        if is_async {
            self.await_value(w, 2);
        }
        self.op(Op::Drop, w, 0, 0);
        self.unit.temps.release_to(mark);
        Ok(())
    }
}

use ruff_text_size::Ranged;
