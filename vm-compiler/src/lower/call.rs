//! Calls: arguments are evaluated straight into the window (R5).

use super::expr::Display;
use super::name::Var;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CALLKW_NO_SELF, CONSUME, Op};
use crate::bytecode::unit::Const;
use crate::scope::{Kind, Place};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

/// More arguments than this are passed as a list and a dict.
const WINDOW_LIMIT: usize = 200;

/// What stands before the arguments of a window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// A callable alone; the slot of self is not meaningful.
    Function,
    /// A window started by `LoadMethod` or its like.
    Method,
}

impl<'a> Lowerer<'a> {
    pub fn call(&mut self, c: &'a ast::ExprCall, dst: Option<u16>) -> Res<Val> {
        self.check_callable(&c.func);
        let args = &c.arguments;
        let mark = self.unit.temps.top;
        let spread = needs_spread(&args.args, &args.keywords);
        let mut head = Head::Function;
        let base = match &*c.func {
            Expr::Attribute(a) if !spread => {
                head = Head::Method;
                self.method(a)?
            }
            f => {
                let t = self.temp();
                self.expr_to(f, t)?;
                self.unit.temps.release_to(t + 1);
                self.unit.temps.alloc_run(1);
                t
            }
        };
        let range = c.range();
        if let [Expr::Generator(g)] = &*args.args
            && !g.parenthesized
        {
            self.bare_generator = Some(args.range);
        }
        self.arguments(base, head, 0, &args.args, &args.keywords, spread, range, dst, mark)
    }

    /// Evaluates arguments after `extra` ones that stand in the window already, and calls.
    #[allow(clippy::too_many_arguments)]
    pub fn arguments(
        &mut self,
        base: u16,
        head: Head,
        extra: u16,
        args: &'a [Expr],
        keywords: &'a [ast::Keyword],
        spread: bool,
        at: TextRange,
        dst: Option<u16>,
        mark: u16,
    ) -> Res<Val> {
        self.check_keywords(keywords)?;
        if spread {
            let extra_kw = self.spread_arguments(base, extra, args, keywords, at)?;
            self.loc = at;
            self.unit.temps.release_to(mark);
            let (d, v) = self.target(dst);
            self.op(Op::CallEx, d, base, extra_kw);
            return Ok(v);
        }
        for a in args {
            self.expr_temp(a)?;
        }
        let mut names = Vec::new();
        for k in keywords {
            self.expr_temp(&k.value)?;
            if let Some(n) = &k.arg {
                let sym = self.scopes.names.intern(&n.id);
                names.push(Const::Str(self.scopes.names.text(sym).into()));
            }
        }
        self.loc = at;
        let n = extra + (args.len() + keywords.len()) as u16;
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        if names.is_empty() {
            let op = if head == Head::Method { Op::Call } else { Op::CallFunction };
            self.op(op, d, base, n);
        } else {
            let k = u64::from(self.konst(Const::Tuple(names)));
            let flag = if head == Head::Method { 0 } else { CALLKW_NO_SELF };
            self.op_data(Op::CallKw, d, base, n, k | flag);
        }
        Ok(v)
    }

    /// Fills `base + 2` with the positional arguments and `base + 3` with the keywords; returns whether there are any.
    fn spread_arguments(
        &mut self,
        base: u16,
        extra: u16,
        args: &'a [Expr],
        keywords: &'a [ast::Keyword],
        at: TextRange,
    ) -> Res<u16> {
        match args {
            [] if extra == 0 => {
                let t = self.temp();
                self.loc = at;
                self.load_const(t, Const::Tuple(Vec::new()));
            }
            [Expr::Starred(s)] if extra == 0 => {
                self.expr_temp(&s.value)?;
            }
            _ => {
                if let Some(first) = args.first() {
                    self.collect(Display::List, args, first, extra)?;
                } else {
                    let t = self.unit.temps.top - extra;
                    self.loc = at;
                    self.op(Op::BuildList, t, t, extra);
                    self.unit.temps.release_to(t + 1);
                }
            }
        }
        self.spread_keywords(base, keywords, at)
    }

    /// Fills the next temporary with a dict of the keywords; returns whether there are any.
    pub fn spread_keywords(&mut self, base: u16, keywords: &'a [ast::Keyword], at: TextRange) -> Res<u16> {
        if keywords.is_empty() {
            return Ok(0);
        }
        let map = self.temp();
        let plain = keywords.iter().take_while(|k| k.arg.is_some()).take(20).count();
        self.keyword_map(map, keywords.get(..plain).unwrap_or_default(), at)?;
        let mut rest = keywords.get(plain..).unwrap_or_default();
        while let Some((k, tail)) = rest.split_first() {
            let t = self.temp();
            if k.arg.is_some() {
                let n = rest.iter().take_while(|k| k.arg.is_some()).take(20).count();
                self.keyword_map(t, rest.get(..n).unwrap_or_default(), at)?;
                rest = rest.get(n..).unwrap_or_default();
                self.op(Op::DictMerge, map, t | CONSUME, base);
            } else {
                let v = self.expr_into(&k.value, t)?;
                rest = tail;
                self.loc = at;
                let src = if let Val::Local(r) = v { r } else { t | CONSUME };
                self.op(Op::DictMerge, map, src, base);
            }
            self.unit.temps.release_to(map + 1);
        }
        Ok(1)
    }

    fn keyword_map(&mut self, map: u16, keywords: &'a [ast::Keyword], at: TextRange) -> Res<()> {
        // The pairs start at the map's own register, which is not written before.
        let base = self.unit.temps.alloc_run(0).max(map + 1);
        for k in keywords {
            let t = self.temp();
            if let Some(n) = &k.arg {
                let sym = self.scopes.names.intern(&n.id);
                self.loc = k.range;
                let c = Const::Str(self.scopes.names.text(sym).into());
                self.load_const(t, c);
            }
            self.expr_temp(&k.value)?;
        }
        self.loc = at;
        self.op(Op::BuildMap, map, base, keywords.len() as u16);
        self.unit.temps.release_to(map + 1);
        Ok(())
    }

    fn check_keywords(&self, keywords: &[ast::Keyword]) -> Res<()> {
        for (i, k) in keywords.iter().enumerate() {
            let Some(n) = &k.arg else { continue };
            if n.id.as_str() == "__debug__" {
                return self.error(k.range, "cannot assign to __debug__");
            }
            let earlier = keywords.get(..i).unwrap_or_default();
            if earlier.iter().any(|e| e.arg.as_ref().is_some_and(|a| a.id == n.id)) {
                return self.error(k.range, format!("keyword argument repeated: {}", n.id));
            }
        }
        Ok(())
    }

    /// Starts a window for `value.attr(...)`.
    fn method(&mut self, a: &'a ast::ExprAttribute) -> Res<u16> {
        let mark = self.unit.temps.top;
        if let Some(zero) = self.super_kind(a) {
            let base = self.super_window(a, zero)?;
            self.loc = a.range;
            let n = self.attr_slot(&a.attr.id);
            self.op_data(Op::LoadSuperMethod, base, base, n, u64::from(zero));
            self.unit.temps.release_to(base + 2);
            return Ok(base);
        }
        let base = self.temp();
        let v = self.expr_into(&a.value, base)?;
        self.loc = a.range;
        let src = if let Val::Local(r) = v { r } else { base | CONSUME };
        let n = self.attr_slot(&a.attr.id);
        self.op(Op::LoadMethod, base, src, n);
        self.unit.temps.release_to(mark);
        self.unit.temps.alloc_run(2);
        Ok(base)
    }

    // ---- super

    /// Whether `a` is `super().x` (true) or `super(C, o).x` (false) with the global name `super`.
    pub fn super_kind(&mut self, a: &'a ast::ExprAttribute) -> Option<bool> {
        let Expr::Call(c) = &*a.value else { return None };
        let Expr::Name(n) = &*c.func else { return None };
        if n.id.as_str() != "super" || !c.arguments.keywords.is_empty() || a.attr.id.as_str() == "__class__" {
            return None;
        }
        let sym = self.mangled("super");
        if self.resolve(sym) != Var::Global
            || !matches!(self.unit.kind, Kind::Function | Kind::Lambda | Kind::Generator)
            || self.scopes.tables[0]
                .get(sym)
                .is_some_and(|s| s.place == Place::Local || s.flags & crate::scope::symbol::BOUND != 0)
        {
            return None;
        }
        match &*c.arguments.args {
            [a, b] if !matches!(a, Expr::Starred(_)) && !matches!(b, Expr::Starred(_)) => Some(false),
            [] if self.unit.argcount > 0 => {
                let class = self.scopes.names.intern("__class__");
                matches!(self.resolve(class), Var::Cell(_)).then_some(true)
            }
            _ => None,
        }
    }

    /// Evaluates `super`, class and instance into three registers.
    pub fn super_window(&mut self, a: &'a ast::ExprAttribute, zero: bool) -> Res<u16> {
        let Expr::Call(c) = &*a.value else { return Ok(self.temp()) };
        let base = self.unit.temps.top;
        self.expr_temp(&c.func)?;
        if zero {
            let class = self.scopes.names.intern("__class__");
            let t = self.temp();
            self.load_sym(class, c.func.range(), Some(t));
            let first = self.unit.varnames.first().copied();
            let t = self.temp();
            if let Some(first) = first {
                // The first parameter, whatever inlined comprehension is around.
                let inlined = std::mem::take(&mut self.unit.inlined);
                let v = self.load_sym(first, c.func.range(), Some(t));
                self.unit.inlined = inlined;
                self.put(v, t);
            }
        } else {
            for e in &c.arguments.args {
                self.expr_temp(e)?;
            }
        }
        Ok(base)
    }

    /// Warns about calling a literal.
    fn check_callable(&mut self, f: &'a Expr) {
        if let Some(ty) = uncallable(f) {
            self.warn_once(f.range(), &format!("'{ty}' object is not callable; perhaps you missed a comma?"));
        }
    }
}

/// Whether the arguments need a list or dict: `*`, `**`, or very many.
pub fn needs_spread(args: &[Expr], keywords: &[ast::Keyword]) -> bool {
    args.len() + keywords.len() > WINDOW_LIMIT
        || args.iter().any(|a| matches!(a, Expr::Starred(_)))
        || keywords.iter().any(|k| k.arg.is_none())
}

/// The type of an expression that is surely not callable.
fn uncallable(e: &Expr) -> Option<&'static str> {
    literal_type_name(e).or(match e {
        Expr::Dict(_) | Expr::DictComp(_) => Some("dict"),
        Expr::Set(_) | Expr::SetComp(_) => Some("set"),
        Expr::List(_) | Expr::ListComp(_) => Some("list"),
        Expr::Generator(_) => Some("generator"),
        Expr::Tuple(_) => Some("tuple"),
        _ => None,
    })
}

/// The type of a literal.
pub fn literal_type_name(e: &Expr) -> Option<&'static str> {
    Some(match e {
        Expr::NumberLiteral(n) => match n.value {
            ast::Number::Int(_) => "int",
            ast::Number::Float(_) => "float",
            ast::Number::Complex { .. } => "complex",
        },
        Expr::StringLiteral(_) | Expr::FString(_) => "str",
        Expr::TString(_) => "string.templatelib.Template",
        Expr::BytesLiteral(_) => "bytes",
        Expr::BooleanLiteral(_) => "bool",
        Expr::NoneLiteral(_) => "NoneType",
        Expr::EllipsisLiteral(_) => "ellipsis",
        _ => return None,
    })
}
