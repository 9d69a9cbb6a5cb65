//! Emission: instructions, constants, names, labels, handlers, cold chunks.

use super::unit::LabelState;
use super::{Lowerer, Val};
use crate::bytecode::encode::{Handler, Insn, Label, NONE};
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::{Const, Position};
use crate::registers::Bits;
use crate::scope::Sym;
use ruff_text_size::TextRange;
use std::collections::hash_map::Entry;

impl<'a> Lowerer<'a> {
    /// Emits an instruction without data or jump.
    pub fn op(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.insn(op, [a, b, c], 0, NONE);
    }

    /// Marks the current line as run here, though no instruction may come of it.
    pub fn mark_line(&mut self) {
        self.op(Op::Trace, 0, 0, 0);
    }

    /// Emits an instruction with a data word.
    pub fn op_data(&mut self, op: Op, a: u16, b: u16, c: u16, data: u64) {
        self.insn(op, [a, b, c], data, NONE);
    }

    /// Emits an instruction that may jump to `label`.
    pub fn jump_op(&mut self, op: Op, a: u16, b: u16, c: u16, label: Label) {
        self.insn(op, [a, b, c], 0, label.0);
        if self.unit.reachable {
            let bound = &self.unit.bound;
            if let Some(l) = self.unit.labels.get_mut(label.0 as usize) {
                match &mut l.bound {
                    Some(b) => b.intersect(bound),
                    None => l.bound = Some(bound.clone()),
                }
            }
        }
        if matches!(op, Op::Jump | Op::JumpBack) {
            self.unit.reachable = false;
        }
    }

    pub fn jump(&mut self, label: Label) {
        self.jump_op(Op::Jump, 0, 0, 0, label);
    }

    fn insn(&mut self, op: Op, [a, b, c]: [u16; 3], data: u64, target: u32) {
        if !self.unit.reachable {
            return;
        }
        let position = self.position();
        let u = &mut *self.unit;
        let handler = u.handler;
        if op != Op::Trace
            && let Some(used) = u.handler_used.get_mut(handler as usize)
        {
            *used = true;
        }
        u.chunks[u.chunk].push(Insn { op, a, b, c, data, target, position, handler });
        if matches!(op, Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseBare | Op::Reraise) {
            u.reachable = false;
        }
    }

    fn position(&mut self) -> u32 {
        if self.unit.positions.is_empty() || self.unit.last_range != self.loc {
            let p = if self.loc == TextRange::default() {
                let line = self.unit.first_line;
                Position { line, end_line: line, col: 0, end_col: 0 }
            } else {
                let (line, col) = self.lines.line_col(self.loc.start().into());
                let (end_line, end_col) = self.lines.line_col(self.loc.end().into());
                Position { line, end_line, col, end_col }
            };
            self.unit.positions.push(p);
            self.unit.last_range = self.loc;
        }
        self.unit.positions.len() as u32 - 1
    }

    // ---- pools

    pub fn konst(&mut self, c: Const) -> u32 {
        if !self.unit.reachable {
            return 0;
        }
        let u = &mut *self.unit;
        if matches!(c, Const::Code(_) | Const::Frozen(_)) {
            u.consts.push(c);
            return u.consts.len() as u32 - 1;
        }
        match u.const_index.entry(c) {
            Entry::Occupied(e) => *e.get(),
            Entry::Vacant(e) => {
                let i = u.consts.len() as u32;
                u.consts.push(e.key().clone());
                *e.insert(i)
            }
        }
    }

    pub fn name_slot(&mut self, s: Sym) -> u16 {
        let u = &mut *self.unit;
        if let Some(&i) = u.name_index.get(&s) {
            return i;
        }
        if !u.reachable {
            return 0;
        }
        let i = u16::try_from(u.names.len()).unwrap_or_else(|_| {
            u.names_overflow = true;
            0
        });
        u.names.push(s);
        u.name_index.insert(s, i);
        i
    }

    /// The slot of a name that is mangled by the class around.
    pub fn attr_slot(&mut self, name: &str) -> u16 {
        let s = self.mangled(name);
        self.name_slot(s)
    }

    /// Loads a constant into a register.
    pub fn load_const(&mut self, dst: u16, c: Const) {
        match c {
            Const::Int(n) if i32::try_from(n).is_ok() => {
                let bits = n as i32 as u32;
                self.op(Op::LoadInt, dst, bits as u16, (bits >> 16) as u16);
            }
            c => {
                let i = self.konst(c);
                self.op(Op::LoadConst, dst, i as u16, (i >> 16) as u16);
            }
        }
    }

    pub fn load_str(&mut self, dst: u16, s: &str) {
        self.load_const(dst, Const::Str(s.into()));
    }

    // ---- values

    pub fn temp(&mut self) -> u16 {
        self.unit.temps.alloc()
    }

    pub fn is_temp(&self, reg: u16) -> bool {
        reg >= self.unit.temps.base
    }

    /// A `src` operand: a constant is loaded into a temporary first.
    pub fn operand(&mut self, v: Val) -> u16 {
        match v {
            Val::Local(r) => r,
            Val::Temp(r) => r | CONSUME,
            Val::Const(c) => {
                let t = self.temp();
                self.load_const(t, c);
                t | CONSUME
            }
            Val::Done => 0,
        }
    }

    /// Puts a value into a register: a local gets its own reference, a temporary borrows from a local.
    pub fn put(&mut self, v: Val, dst: u16) {
        match v {
            Val::Const(c) => self.load_const(dst, c),
            Val::Local(r) if r == dst => {}
            Val::Local(r) => {
                if self.is_temp(dst) {
                    self.op(Op::Borrow, dst, r, 0);
                    self.unit.temps.borrows.push((dst, r));
                } else {
                    self.op(Op::Move, dst, r, 0);
                }
            }
            Val::Temp(r) if r == dst => {}
            Val::Temp(r) => self.op(Op::Move, dst, r | CONSUME, 0),
            Val::Done => {}
        }
    }

    /// Puts a value into a register with a reference of its own.
    pub fn put_owned(&mut self, v: Val, dst: u16) {
        match v {
            Val::Local(r) => self.op(Op::Move, dst, r, 0),
            v => self.put(v, dst),
        }
    }

    /// Drops a value that nobody wants.
    pub fn discard(&mut self, v: Val) {
        if let Val::Temp(r) = v {
            self.op(Op::Drop, r, 0, 0);
        }
    }

    /// Before a local is written or unbound: temporaries that borrow from it take their own reference (R2).
    pub fn before_write(&mut self, local: u16) {
        if self.unit.temps.borrows.is_empty() {
            return;
        }
        for (temp, l) in self.unit.temps.borrows.clone() {
            if l == local {
                self.op(Op::Own, temp, 0, 0);
            }
        }
    }

    // ---- labels

    pub fn label(&mut self) -> Label {
        self.unit.labels.push(LabelState::default());
        Label(self.unit.labels.len() as u32 - 1)
    }

    /// Places a label that all jumps so far were forward to. Code is reachable after it if a jump came or it was before.
    pub fn place(&mut self, label: Label) {
        let u = &mut *self.unit;
        let at = (u.chunk as u32, u.chunks[u.chunk].len() as u32);
        if let Some(l) = u.labels.get_mut(label.0 as usize) {
            l.at = Some(at);
            if let Some(b) = &l.bound {
                if u.reachable {
                    u.bound.intersect(b);
                } else {
                    u.bound = b.clone();
                    u.reachable = true;
                }
            }
        }
    }

    /// Places a loop's head: jumps back to it come later.
    pub fn loop_head(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        let deleted = self.unit.ever_deleted.clone();
        self.unit.bound.subtract(&deleted);
        label
    }

    pub fn jump_back(&mut self, label: Label) {
        self.jump_op(Op::JumpBack, 0, 0, 0, label);
    }

    // ---- handlers and cold code

    /// Puts a handler in force; returns its index and the one to restore.
    pub fn push_handler(&mut self, reg: u16) -> (u32, u32) {
        let target = self.label();
        let bound = {
            let mut b = self.unit.bound.clone();
            b.subtract(&self.unit.ever_deleted);
            b
        };
        self.unit.labels[target.0 as usize].bound = Some(bound);
        self.unit.handlers.push(Handler { target, depth: reg, reg });
        self.unit.handler_used.push(false);
        let id = self.unit.handlers.len() as u32 - 1;
        let old = std::mem::replace(&mut self.unit.handler, id);
        (id, old)
    }

    /// Emits a handler's code in a chunk of its own, with `r[reg]` and `r[reg + 1]` taken. Nothing is emitted for a
    /// handler that covers no instruction.
    pub fn handler_code<T>(&mut self, id: u32, f: impl FnOnce(&mut Self) -> T) -> T {
        let used = self.unit.handler_used.get(id as usize).copied().unwrap_or(false);
        let Handler { target, reg, .. } = self.unit.handlers[id as usize];
        self.cold(|l| {
            let top = l.unit.temps.top;
            l.unit.temps.release_to(reg);
            l.unit.temps.alloc_run(2);
            l.unit.reachable = false;
            if used {
                l.place(target);
            }
            let r = f(l);
            l.unit.temps.release_to(top);
            r
        })
    }

    /// Emits code out of the normal path. It must not fall out of its end.
    pub fn cold<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let chunk = self.unit.chunk;
        let reachable = self.unit.reachable;
        let bound: Bits = self.unit.bound.clone();
        self.unit.chunks.push(Vec::new());
        self.unit.chunk = self.unit.chunks.len() - 1;
        let r = f(self);
        self.unit.chunk = chunk;
        self.unit.reachable = reachable;
        self.unit.bound = bound;
        r
    }
}
