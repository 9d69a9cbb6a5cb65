//! Assignment, augmented assignment, `del`, and unpacking.

use super::subscript::Place;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::Const;
use ruff_python_ast::{self as ast, Expr, Operator};
use ruff_text_size::{Ranged, TextRange};

fn inplace_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::IAdd,
        Operator::Sub => Op::ISub,
        Operator::Mult => Op::IMul,
        Operator::MatMult => Op::IMatMul,
        Operator::Div => Op::ITrueDiv,
        Operator::Mod => Op::IMod,
        Operator::Pow => Op::IPow,
        Operator::LShift => Op::ILShift,
        Operator::RShift => Op::IRShift,
        Operator::BitOr => Op::IOr,
        Operator::BitXor => Op::IXor,
        Operator::BitAnd => Op::IAnd,
        Operator::FloorDiv => Op::IFloorDiv,
    }
}

/// Elements of a tuple or list without a star.
fn plain_elements(e: &Expr) -> Option<&[Expr]> {
    let elts = match e {
        Expr::Tuple(t) => &t.elts,
        Expr::List(l) => &l.elts,
        _ => return None,
    };
    (!elts.iter().any(|e| matches!(e, Expr::Starred(_)))).then_some(elts)
}

impl<'a> Lowerer<'a> {
    pub fn lower_assign(&mut self, a: &'a ast::StmtAssign) -> Res<()> {
        let mark = self.unit.temps.top;
        if let [target] = &*a.targets {
            self.assign_expr(target, &a.value)?;
            self.unit.temps.release_to(mark);
            return Ok(());
        }
        let mut v = self.expr(&a.value)?;
        if let Val::Local(r) = v {
            // An earlier target may write the very local.
            if a.targets.iter().any(|t| !matches!(t, Expr::Name(_))) {
                let t = self.temp();
                self.op(Op::Move, t, r, 0);
                v = Val::Temp(t);
            }
        }
        let Some((last, rest)) = a.targets.split_last() else { return Ok(()) };
        for t in rest {
            let copy = match &v {
                Val::Temp(r) => {
                    let c = self.temp();
                    self.loc = t.range();
                    self.op(Op::Move, c, *r, 0);
                    Val::Temp(c)
                }
                v => v.clone(),
            };
            let top = match copy {
                Val::Temp(c) => c,
                _ => self.unit.temps.top,
            };
            self.assign(t, copy)?;
            self.unit.temps.release_to(top);
        }
        self.assign(last, v)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// `target = value` with one target.
    pub fn assign_expr(&mut self, target: &'a Expr, value: &'a Expr) -> Res<()> {
        if let Expr::Name(n) = target {
            self.check_store(&n.id, n.range)?;
            if let Some(r) = self.plain_local(&n.id) {
                self.before_write(r);
                self.expr_to_local(value, r, n.range)?;
                self.mark_bound(r);
                return Ok(());
            }
        }
        if let (Some(targets), Expr::Tuple(t)) = (plain_elements(target), value)
            && targets.len() == t.elts.len()
            && (1..=8).contains(&targets.len())
            && !t.elts.iter().any(|e| matches!(e, Expr::Starred(_)))
            && self.constants(&t.elts).is_none()
        {
            return self.parallel(targets, &t.elts);
        }
        let v = self.expr(value)?;
        self.assign(target, v)
    }

    fn expr_to_local(&mut self, e: &'a Expr, r: u16, at: TextRange) -> Res<()> {
        let v = self.expr_dst(e, r)?;
        if v != Val::Done {
            self.loc = at;
            self.put(v, r);
        }
        Ok(())
    }

    /// `a, b = x, y`: all values first, then the targets from left to right, without a tuple.
    fn parallel(&mut self, targets: &'a [Expr], values: &'a [Expr]) -> Res<()> {
        let mut vals = Vec::with_capacity(values.len());
        for e in values {
            let v = self.expr(e)?;
            vals.push(self.hold(v));
        }
        for i in 0..targets.len() {
            if let Expr::Name(n) = &targets[i]
                && let Some(r) = self.plain_local(&n.id)
            {
                // Values yet to be stored that read this local are saved first.
                let mut saved = None;
                for v in vals.iter_mut().skip(i + 1) {
                    if *v == Val::Local(r) {
                        let t = match saved {
                            Some(t) => {
                                let u = self.temp();
                                self.op(Op::Move, u, t, 0);
                                u
                            }
                            None => {
                                let t = self.temp();
                                self.loc = n.range;
                                self.op(Op::Move, t, r, 0);
                                t
                            }
                        };
                        saved = Some(t);
                        *v = Val::Temp(t);
                    }
                }
            } else if !matches!(targets[i], Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)) {
                // A nested target may write any local.
                for v in vals.iter_mut().skip(i) {
                    if let Val::Local(r) = *v {
                        let t = self.temp();
                        self.op(Op::Move, t, r, 0);
                        *v = Val::Temp(t);
                    }
                }
            }
            let v = std::mem::replace(&mut vals[i], Val::Done);
            self.assign(&targets[i], v)?;
        }
        Ok(())
    }

    /// Stores a value into a target. Borrowing temporaries above stay as they are; the caller frees registers.
    pub fn assign(&mut self, target: &'a Expr, v: Val) -> Res<()> {
        match target {
            Expr::Name(n) => self.store_name(&n.id, v, n.range),
            Expr::Attribute(a) => {
                self.check_store(&a.attr.id, a.range)?;
                self.note_static_attribute(a);
                let mark = self.unit.temps.top;
                let v = self.hold(v);
                let o = self.expr(&a.value)?;
                self.loc = a.range;
                let o = self.operand(o);
                let v = self.operand(v);
                let n = self.attr_slot(&a.attr.id);
                self.op(Op::StoreAttr, o, n, v);
                self.unit.temps.release_to(mark);
                Ok(())
            }
            Expr::Subscript(s) => {
                let mark = self.unit.temps.top;
                let v = self.hold(v);
                let o = self.expr(&s.value)?;
                let place = self.subscript_place(o, s)?;
                self.loc = s.range;
                let v = self.operand(v);
                match place {
                    Place::Item(o, i) => self.op(Op::SetItem, o, i, v),
                    Place::Index(o, i) => self.op(Op::SetItemI, o, i, v),
                    Place::Slice(o, b) => self.op(Op::SetSlice, o, b, v),
                }
                self.unit.temps.release_to(mark);
                Ok(())
            }
            Expr::Tuple(t) => self.unpack(&t.elts, v, t.range),
            Expr::List(t) => self.unpack(&t.elts, v, t.range),
            Expr::Starred(s) => self.error(s.range, "starred assignment target must be in a list or tuple"),
            e => self.error(e.range(), "cannot assign to expression"),
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], v: Val, at: TextRange) -> Res<()> {
        let mark = self.unit.temps.top;
        let star = targets.iter().position(|t| matches!(t, Expr::Starred(_)));
        if let Some(i) = star {
            let extra = targets.iter().skip(i + 1).find(|t| matches!(t, Expr::Starred(_)));
            if extra.is_some() {
                return self.error(at, "multiple starred expressions in assignment");
            }
            if i >= 256 || targets.len() - i > 1 << 16 {
                return self.error(at, "too many expressions in star-unpacking assignment");
            }
        }
        self.loc = at;
        if let ([Expr::Name(a), Expr::Name(b)], None) = (targets, star) {
            self.check_store(&a.id, a.range)?;
            self.check_store(&b.id, b.range)?;
            if let (Some(x), Some(y)) = (self.plain_local(&a.id), self.plain_local(&b.id)) {
                self.loc = at;
                let src = self.operand(v);
                self.before_write(x);
                self.before_write(y);
                self.op(Op::UnpackPair, x, y, src);
                self.mark_bound(x);
                self.mark_bound(y);
                self.unit.temps.release_to(mark);
                return Ok(());
            }
        }
        let src = self.operand(v);
        let base = self.unit.temps.alloc_run(targets.len() as u16);
        match star {
            None => self.op(Op::UnpackSequence, src, base, targets.len() as u16),
            Some(i) => {
                let after = (targets.len() - i - 1) as u64;
                self.op_data(Op::UnpackEx, src, base, i as u16, after);
            }
        }
        for (i, t) in targets.iter().enumerate() {
            let t = if let Expr::Starred(s) = t { &*s.value } else { t };
            self.assign(t, Val::Temp(base + i as u16))?;
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// `self.x = ...` in a method is a static attribute of its class.
    fn note_static_attribute(&mut self, a: &'a ast::ExprAttribute) {
        let Expr::Name(n) = &*a.value else { return };
        if n.id.as_str() != "self" {
            return;
        }
        if let Some(class) = self.outer.iter_mut().rev().find(|u| u.kind == crate::scope::Kind::Class) {
            class.static_attributes.push(a.attr.id.to_string());
        }
    }

    // ---- augmented assignment

    pub fn aug_assign(&mut self, a: &'a ast::StmtAugAssign) -> Res<()> {
        let mark = self.unit.temps.top;
        match &*a.target {
            Expr::Name(n) => {
                self.check_store(&n.id, n.range)?;
                if let Some(r) = self.plain_local(&n.id) {
                    self.loc = n.range;
                    let l = self.local_value(r);
                    let l = self.hold(l);
                    let v = self.expr(&a.value)?;
                    self.before_write(r);
                    self.inplace(a, l, v, Some(r), mark)?;
                    self.mark_bound(r);
                } else {
                    let l = self.load_name(&n.id, n.range, None);
                    let v = self.expr(&a.value)?;
                    let v = self.inplace(a, l, v, None, mark)?;
                    self.store_name(&n.id, v, n.range)?;
                }
            }
            Expr::Attribute(t) => {
                self.check_store(&t.attr.id, t.range)?;
                let o = self.expr(&t.value)?;
                let o = self.hold(o);
                let n = self.attr_slot(&t.attr.id);
                let (o, keep) = self.keep(o);
                let inner = self.unit.temps.top;
                let l = self.temp();
                self.loc = t.range;
                self.op(Op::LoadAttr, l, keep, n);
                let v = self.expr(&a.value)?;
                let v = self.inplace(a, Val::Temp(l), v, None, inner)?;
                self.loc = t.range;
                let v = self.operand(v);
                self.op(Op::StoreAttr, o, n, v);
            }
            Expr::Subscript(s) => {
                let o = self.expr(&s.value)?;
                let place = self.subscript_place(o, s)?;
                self.loc = s.range;
                let inner = self.unit.temps.top;
                let l = self.temp();
                match place {
                    Place::Item(o, i) => self.op(Op::GetItem, l, o & !CONSUME, i & !CONSUME),
                    Place::Index(o, i) => self.op(Op::GetItemI, l, o & !CONSUME, i),
                    Place::Slice(o, b) => {
                        // A slice object serves both the load and the store.
                        self.op(Op::BuildSlice, b, b, 2);
                        self.op(Op::GetItem, l, o & !CONSUME, b);
                    }
                }
                let v = self.expr(&a.value)?;
                let v = self.inplace(a, Val::Temp(l), v, None, inner)?;
                self.loc = s.range;
                let v = self.operand(v);
                match place {
                    Place::Item(o, i) => self.op(Op::SetItem, o, i, v),
                    Place::Index(o, i) => self.op(Op::SetItemI, o, i, v),
                    Place::Slice(o, b) => self.op(Op::SetItem, o, b | CONSUME, v),
                }
            }
            t => return self.error(t.range(), "illegal expression for augmented assignment"),
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// The consuming and the reading operand of a value that is used twice.
    fn keep(&mut self, v: Val) -> (u16, u16) {
        let src = self.operand(v);
        (src, src & !CONSUME)
    }

    fn inplace(
        &mut self,
        a: &'a ast::StmtAugAssign,
        l: Val,
        r: Val,
        dst: Option<u16>,
        mark: u16,
    ) -> Res<Val> {
        self.loc = a.range;
        let op = match a.op {
            Operator::Add => Some(Op::IAddI),
            Operator::Sub => Some(Op::ISubI),
            _ => None,
        };
        if let (Some(op), Val::Const(Const::Int(n))) = (op, &r)
            && let Ok(imm) = i16::try_from(*n)
        {
            let x = self.operand(l);
            self.unit.temps.release_to(mark);
            let (d, v) = self.target(dst);
            self.op(op, d, x, imm as u16);
            return Ok(v);
        }
        let x = self.operand(l);
        let y = self.operand(r);
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(inplace_op(a.op), d, x, y);
        Ok(v)
    }

    // ---- del

    pub fn lower_delete(&mut self, targets: &'a [Expr]) -> Res<()> {
        for t in targets {
            let mark = self.unit.temps.top;
            match t {
                Expr::Name(n) => self.delete_name(&n.id, n.range)?,
                Expr::Attribute(a) => {
                    if a.attr.id.as_str() == "__debug__" {
                        return self.error(a.range, "cannot delete __debug__");
                    }
                    let o = self.expr(&a.value)?;
                    self.loc = a.range;
                    let o = self.operand(o);
                    let n = self.attr_slot(&a.attr.id);
                    self.op(Op::DeleteAttr, o, n, 0);
                }
                Expr::Subscript(s) => {
                    let o = self.expr(&s.value)?;
                    let o = self.hold(o);
                    let o = self.operand(o);
                    let i = self.expr(&s.slice)?;
                    self.loc = s.range;
                    let i = self.operand(i);
                    self.op(Op::DeleteItem, o, i, 0);
                }
                Expr::Tuple(t) => self.lower_delete(&t.elts)?,
                Expr::List(t) => self.lower_delete(&t.elts)?,
                e => return self.error(e.range(), "cannot delete expression"),
            }
            self.unit.temps.release_to(mark);
        }
        Ok(())
    }
}
