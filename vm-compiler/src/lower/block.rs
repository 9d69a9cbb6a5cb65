//! The statements around the current one that must be left in order by `return`, `break` and `continue`.

use super::{Lowerer, Res, Val};
use crate::bytecode::encode::Label;
use crate::bytecode::ops::Op;
use ruff_python_ast::{Identifier, Stmt};
use ruff_text_size::TextRange;

/// One enclosing statement. `outer` is the handler in force around it.
#[derive(Clone, Copy, Debug)]
pub enum Block<'a> {
    Loop {
        top: Label,
        end: Label,
        iter: Option<u16>,
    },
    Try {
        outer: u32,
    },
    Finally {
        body: &'a [Stmt],
        outer: u32,
    },
    With {
        window: u16,
        is_async: bool,
        outer: u32,
        at: TextRange,
    },
    /// An `except` clause that handles the exception in `r[exc]`.
    Handler {
        exc: u16,
        name: Option<&'a Identifier>,
        outer: u32,
    },
    /// A `finally` body that runs for the exception in `r[exc]`.
    FinallyHandler {
        exc: u16,
        outer: u32,
    },
    /// A clause of `except*`, which nothing may leave early.
    StarHandler,
}

impl<'a> Lowerer<'a> {
    /// Leaves all blocks up to the innermost loop (or all, for `return`): emits what each owes. The caller emits the
    /// jump and restores the blocks and the handler.
    fn unwind(&mut self, word: &str, at: TextRange, all: bool) -> Res<Option<(Label, Label, Option<u16>)>> {
        while let Some(block) = self.unit.blocks.pop() {
            match block {
                Block::Loop { top, end, iter } => {
                    if !all {
                        return Ok(Some((top, end, iter)));
                    }
                    if let Some(i) = iter {
                        self.op(Op::Drop, i, 0, 0);
                    }
                }
                Block::Try { outer } => self.unit.handler = outer,
                Block::Finally { body, outer } => {
                    self.unit.handler = outer;
                    self.stmts(body)?;
                    self.loc = at;
                }
                Block::With { window, is_async, outer, at: with } => {
                    self.unit.handler = outer;
                    self.loc = with;
                    self.exit_with(window, is_async)?;
                    self.loc = at;
                }
                Block::Handler { exc, name, outer } => {
                    self.op(Op::PopExcept, exc, 0, 0);
                    self.unit.handler = outer;
                    if let Some(n) = name {
                        self.unbind_handled(n)?;
                    }
                }
                Block::FinallyHandler { exc, outer } => {
                    self.op(Op::PopExcept, exc, 0, 0);
                    self.unit.handler = outer;
                }
                Block::StarHandler => {
                    return self
                        .error(at, "'break', 'continue' and 'return' cannot appear in an except* block");
                }
            }
        }
        if all {
            return Ok(None);
        }
        match word {
            "break" => self.error(at, "'break' outside loop"),
            _ => self.error(at, "'continue' not properly in loop"),
        }
    }

    /// `name = None; del name`, at the end of `except ... as name`.
    pub fn unbind_handled(&mut self, name: &'a Identifier) -> Res<()> {
        let sym = self.mangled(&name.id);
        if let super::name::Var::Local(r) = self.resolve(sym) {
            self.before_write(r);
            self.op(Op::Drop, r, 0, 0);
            self.unit.bound.remove(r);
            return Ok(());
        }
        let at = self.loc;
        self.store_sym(sym, Val::Const(crate::bytecode::unit::Const::None), at);
        self.delete_name(&name.id, at)
    }

    pub fn lower_break(&mut self, at: TextRange) -> Res<()> {
        self.loc = at;
        self.mark_line();
        self.leave_loop("break", at)
    }

    pub fn lower_continue(&mut self, at: TextRange) -> Res<()> {
        self.loc = at;
        self.mark_line();
        self.leave_loop("continue", at)
    }

    fn leave_loop(&mut self, word: &str, at: TextRange) -> Res<()> {
        let (blocks, handler) = (self.unit.blocks.clone(), self.unit.handler);
        let top = self.unit.temps.top;
        if let Some((head, end, iter)) = self.unwind(word, at, false)? {
            if word == "break" {
                if let Some(i) = iter {
                    self.op(Op::Drop, i, 0, 0);
                }
                self.jump(end);
            } else {
                self.jump_back(head);
            }
        }
        self.unit.temps.release_to(top);
        self.unit.blocks = blocks;
        self.unit.handler = handler;
        Ok(())
    }

    /// `return v`.
    pub fn lower_return(&mut self, v: Val, at: TextRange) -> Res<()> {
        let runs_code = self
            .unit
            .blocks
            .iter()
            .any(|b| matches!(b, Block::Finally { .. } | Block::Handler { name: Some(_), .. }));
        let top = self.unit.temps.top;
        let v = match v {
            Val::Local(r) if runs_code => {
                let t = self.temp();
                self.op(Op::Move, t, r, 0);
                Val::Temp(t)
            }
            v => v,
        };
        let (blocks, handler) = (self.unit.blocks.clone(), self.unit.handler);
        self.unwind("return", at, true)?;
        self.loc = at;
        self.emit_return(v);
        self.unit.temps.release_to(top);
        self.unit.blocks = blocks;
        self.unit.handler = handler;
        Ok(())
    }

    pub fn emit_return(&mut self, v: Val) {
        let mark = self.unit.temps.top;
        let src = self.operand(v);
        self.op(Op::Return, src, 0, 0);
        self.unit.temps.release_to(mark);
    }
}
