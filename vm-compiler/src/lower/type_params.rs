//! PEP 695: type parameters and type aliases.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Common, Intrinsic1, Intrinsic2, MAKE_DEFAULTS, Op};
use crate::bytecode::unit::{CodeUnit, Const};
use crate::scope::{Part, ScopeId};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Lowerer<'a> {
    /// Makes the type parameters and their tuple, in `dst`. Each parameter is a variable too.
    pub fn make_type_params(&mut self, tp: &'a ast::TypeParams, dst: u16) -> Res<()> {
        let at = self.loc;
        let mark = self.unit.temps.top;
        for p in &tp.type_params {
            self.loc = p.range();
            let base = self.temp();
            let name = p.name().as_str();
            self.load_str(base, name);
            let (kind, bound, default) = match p {
                ast::TypeParam::TypeVar(t) => (Intrinsic1::TypeVar, t.bound.as_deref(), t.default.as_deref()),
                ast::TypeParam::TypeVarTuple(t) => (Intrinsic1::TypeVarTuple, None, t.default.as_deref()),
                ast::TypeParam::ParamSpec(t) => (Intrinsic1::ParamSpec, None, t.default.as_deref()),
            };
            if let Some(b) = bound {
                let f = self.temp();
                self.evaluator(p, name, b, Part::Bound, f)?;
                self.loc = p.range();
                let which = if matches!(b, Expr::Tuple(_)) {
                    Intrinsic2::TypeVarWithConstraints
                } else {
                    Intrinsic2::TypeVarWithBound
                };
                self.op_intrinsic2(which, base, base);
            } else {
                self.op(Op::Intrinsic1, base, base | CONSUME, kind as u16);
            }
            self.unit.temps.release_to(base + 1);
            if let Some(d) = default {
                let f = self.temp();
                self.evaluator(p, name, d, Part::Default, f)?;
                self.loc = p.range();
                self.op_intrinsic2(Intrinsic2::SetTypeParamDefault, base, base);
                self.unit.temps.release_to(base + 1);
            }
            let copy = self.temp();
            self.op(Op::Move, copy, base, 0);
            self.store_name(name, Val::Temp(copy), p.range())?;
            self.unit.temps.release_to(base + 1);
        }
        self.loc = at;
        self.op(Op::BuildTuple, dst, mark, tp.type_params.len() as u16);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// The function that evaluates a bound, constraints or default, in `dst`, the topmost temporary.
    fn evaluator(&mut self, p: &'a ast::TypeParam, name: &str, e: &'a Expr, part: Part, dst: u16) -> Res<()> {
        let Some(scope) = self.scopes.of(p, part) else { return self.error(e.range(), "invalid syntax") };
        let code = self.lazy_code(scope, name, e, p.range())?;
        self.loc = p.range();
        self.load_const(dst, Const::Tuple(vec![Const::Int(1)]));
        self.make_function(code, dst, dst, MAKE_DEFAULTS, scope)
    }

    /// The code of a function `(.format=1, /)` that returns an expression's value.
    fn lazy_code(&mut self, scope: ScopeId, name: &str, e: &'a Expr, at: TextRange) -> Res<CodeUnit> {
        let format = self.scopes.names.intern(".format");
        self.enter_unit(scope, name, &[format], at);
        self.unit.argcount = 1;
        self.unit.posonlyargcount = 1;
        self.prologue();
        self.loc = at;
        self.check_format();
        let t = self.temp();
        if let Expr::Starred(s) = e {
            // A TypeVarTuple's default may be `*Ts`.
            self.expr_to(&s.value, t)?;
            self.op(Op::UnpackSequence, t | CONSUME, t, 1);
        } else {
            self.expr_to(e, t)?;
        }
        self.loc = e.range();
        self.op(Op::Return, t | CONSUME, 0, 0);
        self.leave_unit()
    }

    /// `if format > 2: raise NotImplementedError`.
    pub fn check_format(&mut self) {
        let ok = self.label();
        self.jump_op(Op::JumpGtI, 0, 2, 0, ok);
        let t = self.temp();
        self.op(Op::LoadCommon, t, Common::NotImplementedError as u16, 0);
        self.op(Op::Raise, t | CONSUME, 0, 0);
        self.unit.temps.release_to(t);
        self.place(ok);
    }

    pub fn type_alias(&mut self, a: &'a ast::StmtTypeAlias) -> Res<()> {
        let Expr::Name(name) = &*a.name else { return self.error(a.name.range(), "invalid syntax") };
        let mark = self.unit.temps.top;
        let Some(scope) = self.scopes.of(a, Part::Value) else {
            return self.error(a.range, "invalid syntax");
        };
        self.loc = a.range;
        match &a.type_params {
            None => {
                let t = self.temp();
                self.alias_value(a, &name.id, scope, None, t)?;
            }
            Some(tp) => {
                let Some(outer) = self.scopes.of(&**tp, Part::TypeParams) else {
                    return self.error(a.range, "invalid syntax");
                };
                let window = self.unit.temps.alloc_run(2);
                let wrapper = format!("<generic parameters of {}>", name.id);
                self.enter_unit(outer, &wrapper, &[], a.range);
                self.prologue();
                self.loc = a.range;
                let t = self.temp();
                self.alias_value(a, &name.id, scope, Some(tp), t)?;
                self.op(Op::Return, t | CONSUME, 0, 0);
                let code = self.leave_unit()?;
                self.loc = a.range;
                self.make_function(code, window, window, 0, outer)?;
                self.op(Op::CallFunction, mark, window, 0);
            }
        }
        self.unit.temps.release_to(mark + 1);
        self.store_name(&name.id, Val::Temp(mark), a.range)?;
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// `TypeAliasType(name, type params, value function)` in `t`.
    fn alias_value(
        &mut self,
        a: &'a ast::StmtTypeAlias,
        name: &str,
        scope: ScopeId,
        tp: Option<&'a ast::TypeParams>,
        t: u16,
    ) -> Res<()> {
        self.load_str(t, name);
        let params = self.temp();
        match tp {
            Some(tp) => self.make_type_params(tp, params)?,
            None => self.load_const(params, Const::None),
        }
        let f = self.temp();
        let code = self.lazy_code(scope, name, &a.value, a.range)?;
        self.loc = a.range;
        self.load_const(f, Const::Tuple(vec![Const::Int(1)]));
        self.make_function(code, f, f, MAKE_DEFAULTS, scope)?;
        self.op(Op::BuildTuple, t, t, 3);
        self.unit.temps.release_to(t + 1);
        self.op(Op::Intrinsic1, t, t | CONSUME, Intrinsic1::TypeAlias as u16);
        Ok(())
    }
}
