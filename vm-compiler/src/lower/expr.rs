//! Expressions, except calls, comprehensions, subscripts and formatted strings.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Intrinsic1, Op};
use crate::bytecode::unit::Const;
use crate::{fold, literal};
use ruff_python_ast::{self as ast, CmpOp, Expr, Operator, UnaryOp};
use ruff_text_size::Ranged;

/// Displays longer than this are built piece by piece instead of in registers.
pub const DISPLAY_LIMIT: usize = 60;

/// What a display builds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Display {
    Tuple,
    List,
    Set,
}

pub fn binary_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::MatMul,
        Operator::Div => Op::TrueDiv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::LShift,
        Operator::RShift => Op::RShift,
        Operator::BitOr => Op::Or,
        Operator::BitXor => Op::Xor,
        Operator::BitAnd => Op::And,
        Operator::FloorDiv => Op::FloorDiv,
    }
}

fn immediate_op(op: Operator) -> Option<Op> {
    Some(match op {
        Operator::Add => Op::AddI,
        Operator::Sub => Op::SubI,
        Operator::Mult => Op::MulI,
        Operator::FloorDiv => Op::FloorDivI,
        Operator::Mod => Op::ModI,
        Operator::LShift => Op::LShiftI,
        Operator::RShift => Op::RShiftI,
        Operator::BitAnd => Op::AndI,
        _ => return None,
    })
}

/// The comparison's opcode; `in` takes (item, container).
pub fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

impl<'a> Lowerer<'a> {
    /// The value of an expression, wherever it is cheapest.
    pub fn expr(&mut self, e: &'a Expr) -> Res<Val> {
        self.value(e, None)
    }

    /// The value, in `dst` where an instruction writes it anyway.
    pub fn expr_dst(&mut self, e: &'a Expr, dst: u16) -> Res<Val> {
        self.value(e, Some(dst))
    }

    /// The value in `dst`, or a local or constant (then loaded into `dst`): returns `Local` or `Done`.
    pub fn expr_into(&mut self, e: &'a Expr, dst: u16) -> Res<Val> {
        match self.value(e, Some(dst))? {
            Val::Local(r) => Ok(Val::Local(r)),
            v => {
                self.loc = e.range();
                self.put(v, dst);
                Ok(Val::Done)
            }
        }
    }

    /// The value in `dst`.
    pub fn expr_to(&mut self, e: &'a Expr, dst: u16) -> Res<()> {
        let v = self.value(e, Some(dst))?;
        if v != Val::Done {
            self.loc = e.range();
            self.put(v, dst);
        }
        Ok(())
    }

    /// The value in a new temporary.
    pub fn expr_temp(&mut self, e: &'a Expr) -> Res<u16> {
        let t = self.temp();
        self.expr_to(e, t)?;
        self.unit.temps.release_to(t + 1);
        Ok(t)
    }

    /// Keeps a value as it is now while other operands are evaluated.
    pub fn hold(&mut self, v: Val) -> Val {
        match v {
            Val::Local(r) if self.unit.named.contains(r) => {
                let t = self.temp();
                self.put(Val::Local(r), t);
                Val::Temp(t)
            }
            v => v,
        }
    }

    fn value(&mut self, e: &'a Expr, dst: Option<u16>) -> Res<Val> {
        match e {
            Expr::Name(n) => {
                if n.id.as_str() == "__debug__" {
                    return Ok(Val::Const(if self.options.optimize > 0 {
                        Const::False
                    } else {
                        Const::True
                    }));
                }
                Ok(self.load_name(&n.id, n.range, dst))
            }
            Expr::NumberLiteral(n) => match literal::too_many_digits(n) {
                Some(msg) => self.error(n.range, msg),
                None => Ok(Val::Const(literal::number(n))),
            },
            Expr::StringLiteral(s) => Ok(Val::Const(Const::Str(literal::string(self.lines.source, s)))),
            Expr::BytesLiteral(b) => Ok(Val::Const(Const::Bytes(b.value.bytes().collect()))),
            Expr::BooleanLiteral(b) => Ok(Val::Const(if b.value { Const::True } else { Const::False })),
            Expr::NoneLiteral(_) => Ok(Val::Const(Const::None)),
            Expr::EllipsisLiteral(_) => Ok(Val::Const(Const::Ellipsis)),
            Expr::BinOp(_) => self.binary_chain(e, dst),
            Expr::UnaryOp(u) => self.deeper(|l| l.unary(u, dst)),
            Expr::BoolOp(b) => self.deeper(|l| l.bool_op(b, dst)),
            Expr::Compare(c) => self.deeper(|l| l.compare(c, dst)),
            Expr::Call(c) => self.deeper(|l| l.call(c, dst)),
            Expr::Attribute(a) => self.deeper(|l| l.attribute(a, dst)),
            Expr::Subscript(s) => self.deeper(|l| l.subscript(s, dst)),
            Expr::Tuple(t) => self.deeper(|l| l.display(Display::Tuple, &t.elts, e, dst)),
            Expr::List(t) => self.deeper(|l| l.display(Display::List, &t.elts, e, dst)),
            Expr::Set(t) => self.deeper(|l| l.display(Display::Set, &t.elts, e, dst)),
            Expr::Dict(d) => self.deeper(|l| l.dict(d, dst)),
            Expr::If(i) => self.deeper(|l| l.conditional(i, dst)),
            Expr::Named(n) => self.deeper(|l| l.named(n)),
            Expr::Lambda(f) => self.deeper(|l| l.lambda(f, dst)),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.deeper(|l| l.comprehension(e, dst))
            }
            Expr::FString(f) => self.deeper(|l| l.f_string(f, dst)),
            Expr::TString(t) => self.deeper(|l| l.t_string(t, dst)),
            Expr::Slice(s) => self.slice(s, dst),
            Expr::Await(a) => self.deeper(|l| l.lower_await(a)),
            Expr::Yield(y) => self.deeper(|l| l.lower_yield(y, dst)),
            Expr::YieldFrom(y) => self.deeper(|l| l.yield_from(y)),
            Expr::Starred(s) => self.error(s.range, "can't use starred expression here"),
            Expr::IpyEscapeCommand(c) => self.error(c.range, "invalid syntax"),
        }
    }

    /// A chain of binary operators is left-deep: go down to its left end without recursion.
    fn binary_chain(&mut self, e: &'a Expr, dst: Option<u16>) -> Res<Val> {
        let mut ops = Vec::new();
        let mut left = e;
        while let Expr::BinOp(b) = left {
            ops.push(b);
            left = &b.left;
        }
        let mark = self.unit.temps.top;
        let mut v = self.expr(left)?;
        while let Some(b) = ops.pop() {
            let d = if ops.is_empty() { dst } else { None };
            let l = self.hold(v);
            let r = self.deeper(|s| s.expr(&b.right))?;
            v = self.binary(b, l, r, mark, d)?;
        }
        Ok(v)
    }

    fn binary(&mut self, b: &'a ast::ExprBinOp, l: Val, r: Val, mark: u16, dst: Option<u16>) -> Res<Val> {
        self.loc = b.range;
        if let (Val::Const(x), Val::Const(y)) = (&l, &r)
            && let Some(c) = fold::binary(b.op, x, y)
        {
            return Ok(Val::Const(c));
        }
        if let (Val::Const(Const::Int(n)), Some(op)) = (&r, immediate_op(b.op))
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
        self.op(binary_op(b.op), d, x, y);
        Ok(v)
    }

    fn unary(&mut self, u: &'a ast::ExprUnaryOp, dst: Option<u16>) -> Res<Val> {
        let mark = self.unit.temps.top;
        if u.op == UnaryOp::Not {
            // `not a is b` and its like are one comparison.
            if let Expr::Compare(c) = &*u.operand
                && let [op @ (CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn)] = &*c.ops
            {
                let op = match op {
                    CmpOp::Is => CmpOp::IsNot,
                    CmpOp::IsNot => CmpOp::Is,
                    CmpOp::In => CmpOp::NotIn,
                    _ => CmpOp::In,
                };
                return self.compare_one(c, op, dst);
            }
        }
        let v = self.expr(&u.operand)?;
        self.loc = u.range;
        if let Val::Const(c) = &v
            && let Some(c) = fold::unary(u.op, c)
        {
            return Ok(Val::Const(c));
        }
        let x = self.operand(v);
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        let op = match u.op {
            UnaryOp::Invert => Op::Invert,
            UnaryOp::Not => Op::Not,
            UnaryOp::UAdd => Op::Pos,
            UnaryOp::USub => Op::Neg,
        };
        self.op(op, d, x, 0);
        Ok(v)
    }

    fn bool_op(&mut self, b: &'a ast::ExprBoolOp, dst: Option<u16>) -> Res<Val> {
        let stop_at = b.op == ast::BoolOp::Or;
        let mark = self.unit.temps.top;
        let t = match dst {
            Some(d) if self.is_temp(d) => d,
            _ => self.temp(),
        };
        let own = dst.is_some_and(|d| !self.is_temp(d));
        let end = self.label();
        for (i, e) in b.values.iter().enumerate() {
            let v = self.value(e, Some(t))?;
            self.loc = e.range();
            if i + 1 == b.values.len() {
                if own {
                    self.put_owned(v, t)
                } else {
                    self.put(v, t)
                }
                break;
            }
            if let Val::Const(c) = &v {
                // A constant decides at compile time.
                if fold::truth(c) == stop_at {
                    self.put(v, t);
                    self.jump(end);
                }
                continue;
            }
            if own {
                self.put_owned(v, t)
            } else {
                self.put(v, t)
            }
            if dst != Some(t) {
                self.unit.temps.release_to(t + 1);
            }
            self.jump_op(if stop_at { Op::JumpIfTrue } else { Op::JumpIfFalse }, t, 0, 0, end);
            self.op(Op::Drop, t, 0, 0);
        }
        self.place(end);
        match dst {
            Some(d) if d == t => Ok(Val::Done),
            _ => {
                self.unit.temps.top = (t + 1).max(mark);
                Ok(Val::Temp(t))
            }
        }
    }

    fn conditional(&mut self, i: &'a ast::ExprIf, dst: Option<u16>) -> Res<Val> {
        let (d, v) = self.target(dst);
        let mark = self.unit.temps.top;
        let (other, end) = (self.label(), self.label());
        self.jump_if(&i.test, false, other)?;
        self.expr_to(&i.body, d)?;
        self.unit.temps.release_to(mark);
        self.jump(end);
        self.place(other);
        self.expr_to(&i.orelse, d)?;
        self.unit.temps.release_to(mark);
        self.place(end);
        Ok(v)
    }

    fn named(&mut self, n: &'a ast::ExprNamed) -> Res<Val> {
        let Expr::Name(name) = &*n.target else {
            return self.error(n.target.range(), "cannot use assignment expressions with expression");
        };
        self.check_store(&name.id, name.range)?;
        if let Some(r) = self.plain_local(&name.id) {
            self.before_write(r);
            let v = self.value(&n.value, Some(r))?;
            self.loc = n.range;
            let mark = if let Val::Temp(t) = v { t } else { self.unit.temps.top };
            self.put(v, r);
            self.unit.temps.release_to(mark);
            self.mark_bound(r);
            return Ok(Val::Local(r));
        }
        let v = self.expr(&n.value)?;
        match v {
            Val::Temp(t) => {
                let copy = self.temp();
                self.loc = name.range;
                self.op(Op::Move, copy, t, 0);
                self.store_name(&name.id, Val::Temp(copy), name.range)?;
                self.unit.temps.release_to(t + 1);
                Ok(Val::Temp(t))
            }
            v => {
                self.store_name(&name.id, v.clone(), name.range)?;
                Ok(v)
            }
        }
    }

    fn attribute(&mut self, a: &'a ast::ExprAttribute, dst: Option<u16>) -> Res<Val> {
        let mark = self.unit.temps.top;
        if let Some(zero) = self.super_kind(a) {
            let base = self.super_window(a, zero)?;
            self.loc = a.range;
            let n = self.attr_slot(&a.attr.id);
            self.unit.temps.release_to(mark);
            let (d, v) = self.target(dst);
            self.op_data(Op::LoadSuperAttr, d, base, n, u64::from(zero));
            return Ok(v);
        }
        let v = self.expr(&a.value)?;
        self.loc = a.range;
        let src = self.operand(v);
        self.unit.temps.release_to(mark);
        let n = self.attr_slot(&a.attr.id);
        let (d, v) = self.target(dst);
        self.op(Op::LoadAttr, d, src, n);
        Ok(v)
    }

    // ---- displays

    /// All elements as constants.
    pub fn constants(&mut self, elts: &'a [Expr]) -> Option<Vec<Const>> {
        elts.iter().map(|e| self.constant(e)).collect()
    }

    /// The expression as a constant, without emitting anything.
    pub fn constant(&mut self, e: &'a Expr) -> Option<Const> {
        match e {
            Expr::NumberLiteral(n) => Some(literal::number(n)),
            Expr::StringLiteral(s) => Some(Const::Str(literal::string(self.lines.source, s))),
            Expr::BytesLiteral(b) => Some(Const::Bytes(b.value.bytes().collect())),
            Expr::BooleanLiteral(b) => Some(if b.value { Const::True } else { Const::False }),
            Expr::NoneLiteral(_) => Some(Const::None),
            Expr::EllipsisLiteral(_) => Some(Const::Ellipsis),
            Expr::Name(n) if n.id.as_str() == "__debug__" => {
                Some(if self.options.optimize > 0 { Const::False } else { Const::True })
            }
            Expr::UnaryOp(u) => {
                let c = self.deeper(|l| l.constant(&u.operand))?;
                fold::unary(u.op, &c)
            }
            Expr::BinOp(_) => {
                let mut ops = Vec::new();
                let mut left = e;
                while let Expr::BinOp(b) = left {
                    ops.push(b);
                    left = &b.left;
                }
                let mut c = self.constant(left)?;
                while let Some(b) = ops.pop() {
                    let r = self.deeper(|l| l.constant(&b.right))?;
                    c = fold::binary(b.op, &c, &r)?;
                }
                Some(c)
            }
            Expr::Tuple(t) => self.deeper(|l| l.constants(&t.elts)).map(Const::Tuple),
            Expr::Slice(s) => {
                let mut part = |e: &'a Option<Box<Expr>>| match e {
                    None => Some(Const::None),
                    Some(e) => self.constant(e),
                };
                let parts = [part(&s.lower)?, part(&s.upper)?, part(&s.step)?];
                Some(Const::Slice(Box::new(parts)))
            }
            _ => None,
        }
    }

    fn display(&mut self, kind: Display, elts: &'a [Expr], e: &'a Expr, dst: Option<u16>) -> Res<Val> {
        let consts = self.constants(elts);
        if kind == Display::Tuple
            && let Some(c) = consts
        {
            return Ok(Val::Const(Const::Tuple(c)));
        }
        let mark = self.unit.temps.top;
        if let Some(c) = consts
            && elts.len() > 2
        {
            self.loc = e.range();
            let list = self.temp();
            let t = self.temp();
            if kind == Display::List {
                self.op(Op::BuildList, list, list, 0);
                self.load_const(t, Const::Tuple(c));
                self.op(Op::ListExtend, list, t | CONSUME, 0);
            } else {
                self.op(Op::BuildSet, list, list, 0);
                self.load_const(t, Const::FrozenSet(fold::dedupe(c)));
                self.op(Op::SetUpdate, list, t | CONSUME, 0);
            }
            self.unit.temps.release_to(list + 1);
            return Ok(Val::Temp(list));
        }
        let starred = elts.iter().any(|e| matches!(e, Expr::Starred(_)));
        if starred || elts.len() > DISPLAY_LIMIT {
            let t = self.collect(kind, elts, e, 0)?;
            if kind == Display::Tuple {
                self.unit.temps.release_to(mark);
                let (d, v) = self.target(dst);
                self.op(Op::ListToTuple, d, t | CONSUME, 0);
                return Ok(v);
            }
            return Ok(Val::Temp(t));
        }
        let base = self.unit.temps.top;
        for x in elts {
            self.expr_temp(x)?;
        }
        self.loc = e.range();
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        let op = match kind {
            Display::Tuple => Op::BuildTuple,
            Display::List => Op::BuildList,
            Display::Set => Op::BuildSet,
        };
        self.op(op, d, base, elts.len() as u16);
        Ok(v)
    }

    /// A list (or set) in a new temporary, built element by element; `*x` extends it. The first `skip` registers from
    /// the top are elements already there.
    pub fn collect(&mut self, kind: Display, elts: &'a [Expr], e: &'a Expr, skip: u16) -> Res<u16> {
        let base = self.unit.temps.top - skip;
        let plain =
            elts.iter().take_while(|e| !matches!(e, Expr::Starred(_))).take(DISPLAY_LIMIT / 2).count();
        for x in elts.iter().take(plain) {
            self.expr_temp(x)?;
        }
        self.loc = e.range();
        let set = kind == Display::Set;
        let n = plain as u16 + skip;
        self.op(if set { Op::BuildSet } else { Op::BuildList }, base, base, n);
        self.unit.temps.release_to(base);
        let list = self.temp();
        for x in elts.iter().skip(plain) {
            let (inner, op) = match x {
                Expr::Starred(s) => (&*s.value, if set { Op::SetUpdate } else { Op::ListExtend }),
                x => (x, if set { Op::SetAdd } else { Op::ListAppend }),
            };
            let v = self.expr(inner)?;
            self.loc = x.range();
            let src = self.operand(v);
            self.op(op, list, src, 0);
            self.unit.temps.release_to(list + 1);
        }
        self.loc = e.range();
        Ok(list)
    }

    fn dict(&mut self, d: &'a ast::ExprDict, dst: Option<u16>) -> Res<Val> {
        let mark = self.unit.temps.top;
        let plain = d.items.iter().all(|i| i.key.is_some());
        if plain && d.items.len() * 2 <= DISPLAY_LIMIT {
            let base = mark;
            for i in &d.items {
                if let Some(k) = &i.key {
                    self.expr_temp(k)?;
                }
                self.expr_temp(&i.value)?;
            }
            self.loc = d.range;
            self.unit.temps.release_to(mark);
            let (r, v) = self.target(dst);
            self.op(Op::BuildMap, r, base, d.items.len() as u16);
            return Ok(v);
        }
        let map = self.temp();
        self.loc = d.range;
        self.op(Op::BuildMap, map, map, 0);
        for i in &d.items {
            match &i.key {
                Some(k) => {
                    let base = self.expr_temp(k)?;
                    self.expr_temp(&i.value)?;
                    self.loc = d.range;
                    self.op(Op::MapAdd, map, base, 0);
                }
                None => {
                    let v = self.expr(&i.value)?;
                    self.loc = d.range;
                    let src = self.operand(v);
                    self.op(Op::DictUpdate, map, src, 0);
                }
            }
            self.unit.temps.release_to(map + 1);
        }
        Ok(Val::Temp(map))
    }

    // ---- suspension

    fn lower_await(&mut self, a: &'a ast::ExprAwait) -> Res<Val> {
        let t = self.temp();
        let v = self.expr_into(&a.value, t)?;
        self.loc = a.range;
        let src = match v {
            Val::Local(r) => r,
            _ => t | CONSUME,
        };
        self.op(Op::GetAwaitable, t, src, 0);
        self.delegate(t);
        Ok(Val::Temp(t))
    }

    /// Awaits the value in the temporary `t`, which is the topmost; the result replaces it.
    pub fn await_value(&mut self, t: u16, kind: u16) {
        self.op(Op::GetAwaitable, t, t | CONSUME, kind);
        self.delegate(t);
    }

    /// Runs the iterator in `t` to its end, yielding what it yields; its return value replaces it.
    pub fn delegate(&mut self, t: u16) {
        self.unit.temps.release_to(t + 1);
        let v = self.temp();
        self.load_const(v, Const::None);
        let end = self.label();
        let head = self.loop_head();
        self.jump_op(Op::Send, v, t, v | CONSUME, end);
        self.jump_op(Op::YieldDelegate, v, v | CONSUME, t, end);
        self.jump_back(head);
        self.place(end);
        self.op(Op::Move, t, v | CONSUME, 0);
        self.unit.temps.release_to(t + 1);
    }

    fn lower_yield(&mut self, y: &'a ast::ExprYield, dst: Option<u16>) -> Res<Val> {
        if !matches!(
            self.unit.kind,
            crate::scope::Kind::Function | crate::scope::Kind::Lambda | crate::scope::Kind::Generator
        ) {
            return self.error(y.range, "'yield' outside function");
        }
        let mark = self.unit.temps.top;
        let mut v = match &y.value {
            Some(e) => self.expr(e)?,
            None => Val::Const(Const::None),
        };
        self.loc = y.range;
        if self.unit.is_async {
            let src = self.operand(v);
            self.unit.temps.release_to(mark);
            let t = self.temp();
            self.op(Op::Intrinsic1, t, src, Intrinsic1::AsyncGenWrap as u16);
            v = Val::Temp(t);
        }
        let src = self.operand(v);
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(Op::Yield, d, src, 0);
        Ok(v)
    }

    fn yield_from(&mut self, y: &'a ast::ExprYieldFrom) -> Res<Val> {
        if !matches!(self.unit.kind, crate::scope::Kind::Function | crate::scope::Kind::Lambda) {
            return self.error(y.range, "'yield from' outside function");
        }
        if self.unit.is_async {
            return self.error(y.range, "'yield from' inside async function");
        }
        let t = self.temp();
        let v = self.expr_into(&y.value, t)?;
        self.loc = y.range;
        let src = match v {
            Val::Local(r) => r,
            _ => t | CONSUME,
        };
        self.op(Op::GetYieldFromIter, t, src, 0);
        self.delegate(t);
        Ok(Val::Temp(t))
    }
}
