//! Subscripts and slices.

use super::call::literal_type_name;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::Op;
use crate::bytecode::unit::Const;
use crate::fold;
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

/// How a subscript is addressed: held operands of a load, store or delete.
pub enum Place {
    Item(u16, u16),
    /// A literal index.
    Index(u16, u16),
    /// Two registers with start and stop.
    Slice(u16, u16),
}

fn literal_index(c: &Const) -> Option<u16> {
    match c {
        Const::Int(n) => u16::try_from(*n).ok().filter(|n| *n < 0x8000),
        _ => None,
    }
}

impl<'a> Lowerer<'a> {
    pub fn subscript(&mut self, s: &'a ast::ExprSubscript, dst: Option<u16>) -> Res<Val> {
        self.check_subscript(s);
        let mark = self.unit.temps.top;
        let v = self.expr(&s.value)?;
        if let Val::Const(c) = &v
            && let Some(i) = self.constant(&s.slice)
            && let Some(c) = fold::subscript(c, &i)
        {
            return Ok(Val::Const(c));
        }
        let place = self.subscript_place(v, s)?;
        self.loc = s.range;
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        match place {
            Place::Item(o, i) => self.op(Op::GetItem, d, o, i),
            Place::Index(o, i) => self.op(Op::GetItemI, d, o, i),
            Place::Slice(o, b) => self.op(Op::GetSlice, d, o, b),
        }
        Ok(v)
    }

    /// Evaluates the index; the object is evaluated already.
    pub fn subscript_place(&mut self, v: Val, s: &'a ast::ExprSubscript) -> Res<Place> {
        let v = self.hold(v);
        let o = self.operand(v);
        if let Expr::Slice(sl) = &*s.slice
            && sl.step.is_none()
        {
            let base = self.unit.temps.top;
            for part in [&sl.lower, &sl.upper] {
                match part {
                    Some(e) => {
                        self.expr_temp(e)?;
                    }
                    None => {
                        let t = self.temp();
                        self.loc = sl.range;
                        self.load_const(t, Const::None);
                    }
                }
            }
            return Ok(Place::Slice(o, base));
        }
        let i = self.expr(&s.slice)?;
        if let Val::Const(c) = &i
            && let Some(n) = literal_index(c)
        {
            return Ok(Place::Index(o, n));
        }
        self.loc = s.slice.range();
        Ok(Place::Item(o, self.operand(i)))
    }

    /// A slice object.
    pub fn slice(&mut self, s: &'a ast::ExprSlice, dst: Option<u16>) -> Res<Val> {
        let mut part = |e: &'a Option<Box<Expr>>| match e {
            None => Some(Const::None),
            Some(e) => self.constant(e),
        };
        if let (Some(a), Some(b), Some(c)) = (part(&s.lower), part(&s.upper), part(&s.step)) {
            return Ok(Val::Const(Const::Slice(Box::new([a, b, c]))));
        }
        let mark = self.unit.temps.top;
        let n = if s.step.is_some() { 3 } else { 2 };
        for part in [&s.lower, &s.upper, &s.step].into_iter().take(n) {
            match part {
                Some(e) => {
                    self.expr_temp(e)?;
                }
                None => {
                    let t = self.temp();
                    self.load_const(t, Const::None);
                }
            }
        }
        self.loc = s.range;
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(Op::BuildSlice, d, mark, n as u16);
        Ok(v)
    }

    fn check_subscript(&mut self, s: &'a ast::ExprSubscript) {
        let not_subscriptable = match &*s.value {
            Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NumberLiteral(_) => literal_type_name(&s.value),
            Expr::TString(_) => Some("string.templatelib.Template"),
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            _ => None,
        };
        if let Some(ty) = not_subscriptable {
            self.warn_once(
                s.range,
                &format!("'{ty}' object is not subscriptable; perhaps you missed a comma?"),
            );
        }
        let sequence = match &*s.value {
            Expr::StringLiteral(_) | Expr::FString(_) => "str",
            Expr::BytesLiteral(_) => "bytes",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Tuple(_) => "tuple",
            _ => return,
        };
        let index = match &*s.slice {
            Expr::NumberLiteral(n) if matches!(n.value, ast::Number::Int(_)) => return,
            Expr::BooleanLiteral(_) => return,
            Expr::Tuple(_) => "tuple",
            Expr::List(_) | Expr::ListComp(_) => "list",
            Expr::Set(_) | Expr::SetComp(_) => "set",
            Expr::Dict(_) | Expr::DictComp(_) => "dict",
            Expr::Generator(_) => "generator",
            Expr::Lambda(_) => "function",
            e => match literal_type_name(e) {
                Some(t) => t,
                None => return,
            },
        };
        self.warn_once(
            s.range,
            &format!(
                "{sequence} indices must be integers or slices, not {index}; perhaps you missed a comma?"
            ),
        );
    }
}
