//! Comparisons, and expressions in places where only their truth counts.

use super::expr::compare_op;
use super::{Lowerer, Res, Val};
use crate::bytecode::encode::Label;
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::Const;
use crate::fold;
use ruff_python_ast::{self as ast, CmpOp, Expr, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

fn small(v: &Val) -> Option<u16> {
    match v {
        Val::Const(Const::Int(n)) => i16::try_from(*n).ok().map(|n| n as u16),
        _ => None,
    }
}

impl<'a> Lowerer<'a> {
    /// Jumps to `label` if the truth of `e` is `cond`.
    pub fn jump_if(&mut self, e: &'a Expr, cond: bool, label: Label) -> Res<()> {
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => {
                return self.deeper(|l| l.jump_if(&u.operand, !cond, label));
            }
            Expr::BoolOp(b) => {
                let decides = b.op == ast::BoolOp::Or;
                if decides == cond {
                    return b.values.iter().try_for_each(|v| self.deeper(|l| l.jump_if(v, cond, label)));
                }
                let skip = self.label();
                if let Some((last, rest)) = b.values.split_last() {
                    for v in rest {
                        self.deeper(|l| l.jump_if(v, decides, skip))?;
                    }
                    self.deeper(|l| l.jump_if(last, cond, label))?;
                }
                self.place(skip);
                return Ok(());
            }
            Expr::If(i) => {
                let (other, end) = (self.label(), self.label());
                self.deeper(|l| -> Res<()> {
                    l.jump_if(&i.test, false, other)?;
                    l.jump_if(&i.body, cond, label)?;
                    l.jump(end);
                    l.place(other);
                    l.jump_if(&i.orelse, cond, label)
                })?;
                self.place(end);
                return Ok(());
            }
            Expr::Compare(c) => return self.deeper(|l| l.jump_compare(c, cond, label)),
            _ => {}
        }
        let mark = self.unit.temps.top;
        let v = self.expr(e)?;
        self.loc = e.range();
        if let Val::Const(c) = &v {
            self.mark_line();
            if fold::truth(c) == cond {
                self.jump(label);
            }
            return Ok(());
        }
        let src = self.operand(v);
        self.jump_op(if cond { Op::JumpIfTrue } else { Op::JumpIfFalse }, src, 0, 0, label);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn jump_compare(&mut self, c: &'a ast::ExprCompare, cond: bool, label: Label) -> Res<()> {
        self.check_is(c);
        let mark = self.unit.temps.top;
        let fail = self.label();
        let n = c.ops.len();
        // In a chain two registers take turns.
        let slots = [self.unit.temps.top, self.unit.temps.top + 1];
        let chain = n > 1;
        if chain {
            self.unit.temps.alloc_run(2);
        }
        let mut left = if chain { self.slot_value(&c.left, slots[0])? } else { self.expr(&c.left)? };
        for (i, (op, e)) in c.ops.iter().zip(&c.comparators).enumerate() {
            let mut right = if chain && i + 1 < n {
                self.slot_value(e, slots[(i + 1) % 2])?
            } else {
                left = self.hold(left);
                self.container(*op, e)?
            };
            self.loc = c.range;
            if i + 1 == n {
                self.emit_jump_compare(*op, left, right, false, cond, label);
                break;
            }
            if let Val::Const(k) = right {
                let t = slots[(i + 1) % 2];
                self.load_const(t, k);
                right = Val::Temp(t);
            }
            let out = match right {
                Val::Temp(_) => self.label(),
                _ if cond => fail,
                _ => label,
            };
            self.emit_jump_compare(*op, left, right.clone(), true, false, out);
            if let Val::Temp(t) = right {
                let target = if cond { fail } else { label };
                let reachable = self.unit.reachable;
                self.cold(|l| {
                    l.unit.reachable = false;
                    if reachable {
                        l.place(out);
                    }
                    l.op(Op::Drop, t, 0, 0);
                    l.jump(target);
                });
            }
            left = right;
        }
        self.place(fail);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// A value in the given register of a chain, or a local that nothing in the chain binds.
    fn slot_value(&mut self, e: &'a Expr, slot: u16) -> Res<Val> {
        let top = self.unit.temps.top;
        let v = self.expr_into(e, slot)?;
        self.unit.temps.release_to(top);
        match v {
            Val::Local(r) if self.unit.named.contains(r) => {
                self.put(Val::Local(r), slot);
                Ok(Val::Temp(slot))
            }
            Val::Local(r) => Ok(Val::Local(r)),
            _ => Ok(Val::Temp(slot)),
        }
    }

    /// The right operand of a comparison; the container of `in` becomes immutable if it is a display of constants.
    fn container(&mut self, op: CmpOp, e: &'a Expr) -> Res<Val> {
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            match e {
                Expr::List(l) => {
                    if let Some(c) = self.constants(&l.elts) {
                        return Ok(Val::Const(Const::Tuple(c)));
                    }
                }
                Expr::Set(s) => {
                    if let Some(c) = self.constants(&s.elts) {
                        return Ok(Val::Const(Const::FrozenSet(fold::dedupe(c))));
                    }
                }
                _ => {}
            }
        }
        self.expr(e)
    }

    /// A comparison and jump; `keep`: the right operand stays alive.
    fn emit_jump_compare(&mut self, op: CmpOp, l: Val, r: Val, keep: bool, cond: bool, label: Label) {
        let mark = self.unit.temps.top;
        let keep_bits = |r: u16| if keep { r & !CONSUME } else { r };
        let (jump, immediate) = match op {
            CmpOp::Lt => (Op::JumpLt, Some(Op::JumpLtI)),
            CmpOp::LtE => (Op::JumpLe, Some(Op::JumpLeI)),
            CmpOp::Eq => (Op::JumpEq, Some(Op::JumpEqI)),
            CmpOp::NotEq => (Op::JumpNe, Some(Op::JumpNeI)),
            CmpOp::Gt => (Op::JumpGt, Some(Op::JumpGtI)),
            CmpOp::GtE => (Op::JumpGe, Some(Op::JumpGeI)),
            CmpOp::Is | CmpOp::IsNot => {
                let truth = cond ^ (op == CmpOp::IsNot);
                if r == Val::Const(Const::None) {
                    let x = self.operand(l);
                    let op = if truth { Op::JumpIfNone } else { Op::JumpIfNotNone };
                    self.jump_op(op, x, 0, 0, label);
                } else {
                    let x = self.operand(l);
                    let y = keep_bits(self.operand(r));
                    self.jump_op(Op::JumpIs, x, y, u16::from(truth), label);
                }
                self.unit.temps.release_to(mark);
                return;
            }
            CmpOp::In | CmpOp::NotIn => {
                let truth = cond ^ (op == CmpOp::NotIn);
                let x = self.operand(l);
                let y = keep_bits(self.operand(r));
                self.jump_op(Op::JumpIn, x, y, u16::from(truth), label);
                self.unit.temps.release_to(mark);
                return;
            }
        };
        let x = self.operand(l);
        if let (Some(imm), Some(i)) = (small(&r), immediate) {
            self.jump_op(i, x, imm, u16::from(cond), label);
        } else {
            let y = keep_bits(self.operand(r));
            self.jump_op(jump, x, y, u16::from(cond), label);
        }
        self.unit.temps.release_to(mark);
    }

    /// A comparison as a value.
    pub fn compare(&mut self, c: &'a ast::ExprCompare, dst: Option<u16>) -> Res<Val> {
        if let [op] = &*c.ops {
            return self.compare_one(c, *op, dst);
        }
        self.check_is(c);
        let (d, v) = match dst {
            Some(d) if self.is_temp(d) => (d, Val::Done),
            _ => {
                let t = self.temp();
                (t, Val::Temp(t))
            }
        };
        let mark = self.unit.temps.top;
        let end = self.label();
        let slots = [mark, mark + 1];
        self.unit.temps.alloc_run(2);
        let mut left = self.slot_value(&c.left, slots[0])?;
        let n = c.ops.len();
        for (i, (op, e)) in c.ops.iter().zip(&c.comparators).enumerate() {
            let right =
                if i + 1 < n { self.slot_value(e, slots[(i + 1) % 2])? } else { self.container(*op, e)? };
            self.loc = c.range;
            let x = self.operand(left);
            if i + 1 == n {
                let y = self.operand(right);
                self.op(compare_op(*op), d, x, y);
                break;
            }
            let right = match right {
                Val::Const(k) => {
                    let t = slots[(i + 1) % 2];
                    self.load_const(t, k);
                    Val::Temp(t)
                }
                v => v,
            };
            let y = match right {
                Val::Local(r) | Val::Temp(r) => r,
                _ => 0,
            };
            self.op(compare_op(*op), d, x, y);
            let out = if matches!(right, Val::Temp(_)) { self.label() } else { end };
            self.jump_op(Op::JumpIfFalse, d, 0, 0, out);
            if let Val::Temp(t) = right {
                let reachable = self.unit.reachable;
                self.cold(|l| {
                    l.unit.reachable = false;
                    if reachable {
                        l.place(out);
                    }
                    l.op(Op::Drop, t, 0, 0);
                    l.jump(end);
                });
            }
            self.op(Op::Drop, d, 0, 0);
            left = right;
        }
        self.place(end);
        self.unit.temps.release_to(mark);
        Ok(v)
    }

    /// A single comparison, perhaps with its operator negated.
    pub fn compare_one(&mut self, c: &'a ast::ExprCompare, op: CmpOp, dst: Option<u16>) -> Res<Val> {
        self.check_is(c);
        let mark = self.unit.temps.top;
        let l = self.expr(&c.left)?;
        let l = self.hold(l);
        let r = match c.comparators.first() {
            Some(e) => self.container(op, e)?,
            None => Val::Const(Const::None),
        };
        self.loc = c.range;
        let x = self.operand(l);
        let y = self.operand(r);
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(compare_op(op), d, x, y);
        Ok(v)
    }

    /// Warns about `is` with a literal.
    fn check_is(&mut self, c: &'a ast::ExprCompare) {
        let mut left = &*c.left;
        for (op, right) in c.ops.iter().zip(&c.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let ty = literal_type(left).or_else(|| literal_type(right));
                if let Some(ty) = ty {
                    let (word, other) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                    self.warn_once(
                        c.range,
                        &format!("\"{word}\" with '{ty}' literal. Did you mean \"{other}\"?"),
                    );
                }
            }
            left = right;
        }
    }

    /// Warns, unless the same place has been warned about (a `finally` body is lowered more than once).
    pub fn warn_once(&mut self, at: TextRange, msg: &str) {
        self.warn(at, msg);
        let n = self.warnings.len();
        if let Some((last, rest)) = self.warnings.split_last()
            && rest.contains(last)
        {
            self.warnings.truncate(n - 1);
        }
    }
}

/// The type of a literal that `is` should not compare.
fn literal_type(e: &Expr) -> Option<&'static str> {
    Some(match e {
        Expr::NumberLiteral(n) => match n.value {
            ast::Number::Int(_) => "int",
            ast::Number::Float(_) => "float",
            ast::Number::Complex { .. } => "complex",
        },
        Expr::UnaryOp(u) if u.op == UnaryOp::USub => return literal_type(&u.operand),
        Expr::StringLiteral(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::Tuple(t) if t.elts.iter().all(|e| literal_type(e).is_some()) => "tuple",
        _ => return None,
    })
}
