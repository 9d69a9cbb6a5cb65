//! `for`, `async for` and `while`.

use super::block::Block;
use super::{Lowerer, Res, Val};
use crate::bytecode::encode::Label;
use crate::bytecode::ops::{CONSUME, Op};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

/// The head of a `for` loop: where to jump back to, and the handler round `__anext__` of an asynchronous one.
pub type Head = (Label, Option<u32>);

impl<'a> Lowerer<'a> {
    pub fn lower_while(&mut self, w: &'a ast::StmtWhile) -> Res<()> {
        let (out, end) = (self.label(), self.label());
        let head = self.loop_head();
        self.jump_if(&w.test, false, out)?;
        self.unit.blocks.push(Block::Loop { top: head, end, iter: None });
        self.unit.conditional_depth += 1;
        self.stmts(&w.body)?;
        self.unit.blocks.pop();
        self.jump_back(head);
        self.place(out);
        self.stmts(&w.orelse)?;
        self.unit.conditional_depth -= 1;
        self.place(end);
        Ok(())
    }

    pub fn lower_for(&mut self, f: &'a ast::StmtFor) -> Res<()> {
        if f.is_async && !self.unit.is_async {
            return self.error(f.range, "'async for' outside async function");
        }
        let mark = self.unit.temps.top;
        let (out, end) = (self.label(), self.label());
        let iter = self.temp();
        let v = if f.is_async { self.expr_into(&f.iter, iter)? } else { self.iterable(&f.iter, iter)? };
        self.loc = f.iter.range();
        let src = match v {
            Val::Local(r) => r,
            _ => iter | CONSUME,
        };
        self.op(if f.is_async { Op::GetAIter } else { Op::GetIter }, iter, src, 0);
        self.unit.temps.release_to(iter + 1);
        self.loc = f.iter.range();
        let head = self.for_head(&f.target, iter, f.is_async, out, f.iter.range())?;
        self.unit.blocks.push(Block::Loop { top: head.0, end, iter: Some(iter) });
        self.unit.conditional_depth += 1;
        self.stmts(&f.body)?;
        self.unit.blocks.pop();
        self.loc = f.target.range();
        self.jump_back(head.0);
        self.for_end(head, iter, out, f.iter.range());
        self.unit.temps.release_to(mark);
        self.stmts(&f.orelse)?;
        self.unit.conditional_depth -= 1;
        self.place(end);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// The loop's head: takes the next item into the target, or jumps to `out` with the iterator dropped.
    pub fn for_head(
        &mut self,
        target: &'a Expr,
        iter: u16,
        is_async: bool,
        out: Label,
        at: TextRange,
    ) -> Res<Head> {
        let head = self.loop_head();
        let mark = self.unit.temps.top;
        self.loc = at;
        if is_async {
            let t = iter + 1;
            self.unit.temps.release_to(t);
            let (handler, outer) = self.push_handler(t);
            let v = self.temp();
            self.op(Op::GetANext, v, iter, 0);
            self.delegate(v);
            self.unit.handler = outer;
            self.assign(target, Val::Temp(v))?;
            self.unit.temps.release_to(mark);
            return Ok((head, Some(handler)));
        }
        let local = match target {
            Expr::Name(n) => {
                self.check_store(&n.id, n.range)?;
                self.plain_local(&n.id)
            }
            _ => None,
        };
        if let Some(r) = local {
            self.before_write(r);
            self.jump_op(Op::ForIter, r, iter, 0, out);
            self.mark_bound(r);
        } else {
            let t = self.temp();
            self.jump_op(Op::ForIter, t, iter, 0, out);
            self.assign(target, Val::Temp(t))?;
        }
        self.unit.temps.release_to(mark);
        Ok((head, None))
    }

    /// Where the loop ends because there are no more items.
    pub fn for_end(&mut self, head: Head, iter: u16, out: Label, at: TextRange) {
        match head.1 {
            None => self.place(out),
            Some(handler) => {
                self.handler_code(handler, |l| {
                    l.loc = at;
                    l.op(Op::EndAsyncFor, (iter + 1) | CONSUME, iter | CONSUME, 0);
                    l.jump(out);
                });
                self.place(out);
            }
        }
    }
}
