//! Comprehensions, inlined into the block around (PEP 709), and generator expressions.

use super::unit::Inlined;
use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::{Const, flags};
use crate::scope::{Kind, Part, ScopeId};
use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

/// A comprehension of any kind.
struct Comp<'a> {
    kind: Kind,
    scope: ScopeId,
    generators: &'a [ast::Comprehension],
    /// Element, or key.
    elt: &'a Expr,
    value: Option<&'a Expr>,
    at: TextRange,
}

impl<'a> Lowerer<'a> {
    pub fn comprehension(&mut self, e: &'a Expr, dst: Option<u16>) -> Res<Val> {
        let (kind, scope, generators, elt, value) = match e {
            Expr::ListComp(c) => {
                (Kind::ListComp, self.scopes.of(c, Part::Body), &c.generators, &*c.elt, None)
            }
            Expr::SetComp(c) => (Kind::SetComp, self.scopes.of(c, Part::Body), &c.generators, &*c.elt, None),
            Expr::DictComp(c) => match c.key.as_deref() {
                Some(k) => (Kind::DictComp, self.scopes.of(c, Part::Body), &c.generators, k, Some(&*c.value)),
                None => return self.error(c.range, "dict unpacking cannot be used in dict comprehension"),
            },
            Expr::Generator(c) => {
                (Kind::Generator, self.scopes.of(c, Part::Body), &c.generators, &*c.elt, None)
            }
            _ => return self.error(e.range(), "invalid syntax"),
        };
        if let Expr::Starred(s) = elt {
            return self.error(s.range, "iterable unpacking cannot be used in comprehension");
        }
        let Some(scope) = scope else { return self.error(e.range(), "invalid syntax") };
        let at = self.bare_generator.take().filter(|_| kind == Kind::Generator).unwrap_or(e.range());
        let comp = Comp { kind, scope, generators, elt, value, at };
        if self.scopes.tables[scope].inlined { self.inline(&comp) } else { self.outlined(&comp, dst) }
    }

    /// The outermost iterator, evaluated in the block around, in a new temporary.
    fn first_iterator(&mut self, c: &Comp<'a>) -> Res<u16> {
        let t = self.temp();
        if let Some(g) = c.generators.first() {
            let v = self.iterable(&g.iter, t)?;
            self.loc = g.iter.range();
            let src = match v {
                Val::Local(r) => r,
                _ => t | CONSUME,
            };
            self.op(if g.is_async { Op::GetAIter } else { Op::GetIter }, t, src, 0);
            self.unit.temps.release_to(t + 1);
        }
        Ok(t)
    }

    /// Evaluates something to iterate over; a list display of constants becomes a tuple.
    pub fn iterable(&mut self, e: &'a Expr, dst: u16) -> Res<Val> {
        if let Expr::List(l) = e
            && let Some(c) = self.constants(&l.elts)
        {
            self.loc = e.range();
            self.load_const(dst, Const::Tuple(c));
            return Ok(Val::Done);
        }
        self.expr_into(e, dst)
    }

    fn inline(&mut self, c: &Comp<'a>) -> Res<Val> {
        let acc = self.temp();
        let iter = self.first_iterator(c)?;
        self.loc = c.at;
        let (handler, outer) = self.push_handler(acc);
        let mut own: Vec<(u16, bool)> =
            self.unit.hidden.iter().filter(|(k, _)| k.0 == c.scope).map(|(_, v)| *v).collect();
        own.sort_unstable();
        for &(reg, cell) in &own {
            if cell {
                self.op(Op::MakeCell, reg, 0, 0);
            }
        }
        let op = match c.kind {
            Kind::SetComp => Op::BuildSet,
            Kind::DictComp => Op::BuildMap,
            _ => Op::BuildList,
        };
        self.op(op, acc, acc, 0);
        self.unit.inlined.push(Inlined { scope: c.scope });
        self.generator(c, 0, iter, acc)?;
        self.unit.inlined.pop();
        self.unit.handler = outer;
        self.loc = c.at;
        for &(reg, _) in &own {
            self.op(Op::Drop, reg, 0, 0);
            self.unit.bound.remove(reg);
        }
        if !own.is_empty() {
            self.handler_code(handler, |l| {
                for &(reg, _) in &own {
                    l.op(Op::Drop, reg, 0, 0);
                }
                l.op(Op::Reraise, acc, acc, 0);
            });
        } else {
            self.handler_code(handler, |l| l.op(Op::Reraise, acc, acc, 0));
        }
        self.unit.temps.release_to(acc + 1);
        Ok(Val::Temp(acc))
    }

    /// The loops from generator `i` on; its iterator is in `iter` and dies here.
    fn generator(&mut self, c: &Comp<'a>, i: usize, iter: u16, acc: u16) -> Res<()> {
        let Some(g) = c.generators.get(i) else { return Ok(()) };
        if g.is_async && !self.unit.is_async {
            return self.error(c.at, "asynchronous comprehension outside of an asynchronous function");
        }
        let mark = self.unit.temps.top;
        let end = self.label();
        let next = self.label();
        let head = self.for_head(&g.target, iter, g.is_async, end, g.target.range())?;
        for cond in &g.ifs {
            self.jump_if(cond, false, next)?;
        }
        if i + 1 < c.generators.len() {
            let inner = &c.generators[i + 1];
            let t = self.temp();
            let v = self.iterable(&inner.iter, t)?;
            self.loc = inner.iter.range();
            let src = match v {
                Val::Local(r) => r,
                _ => t | CONSUME,
            };
            self.op(if inner.is_async { Op::GetAIter } else { Op::GetIter }, t, src, 0);
            self.unit.temps.release_to(t + 1);
            self.generator(c, i + 1, t, acc)?;
        } else {
            self.element(c, acc)?;
        }
        self.unit.temps.release_to(mark);
        self.place(next);
        self.loc = c.elt.range();
        self.jump_back(head.0);
        self.for_end(head, iter, end, g.range);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn element(&mut self, c: &Comp<'a>, acc: u16) -> Res<()> {
        let mark = self.unit.temps.top;
        match c.kind {
            Kind::DictComp => {
                let base = self.expr_temp(c.elt)?;
                if let Some(v) = c.value {
                    self.expr_temp(v)?;
                }
                self.loc = c.elt.range();
                self.op(Op::MapAdd, acc, base, 0);
            }
            Kind::Generator => {
                let v = self.expr(c.elt)?;
                self.loc = c.elt.range();
                self.yield_value(v);
            }
            kind => {
                let v = self.expr(c.elt)?;
                self.loc = c.elt.range();
                let src = self.operand(v);
                self.op(if kind == Kind::SetComp { Op::SetAdd } else { Op::ListAppend }, acc, src, 0);
            }
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    /// `yield v` whose result nobody wants.
    fn yield_value(&mut self, v: Val) {
        let mark = self.unit.temps.top;
        let mut src = self.operand(v);
        if self.unit.is_async {
            let t = self.unit.temps.alloc();
            self.op(Op::Intrinsic1, t, src, crate::bytecode::ops::Intrinsic1::AsyncGenWrap as u16);
            src = t | CONSUME;
        }
        self.unit.temps.release_to(mark);
        let t = self.temp();
        self.op(Op::Yield, t, src, 0);
        self.op(Op::Drop, t, 0, 0);
        self.unit.temps.release_to(mark);
    }

    /// A generator expression, or a comprehension that is not inlined: a function of its own, called at once.
    fn outlined(&mut self, c: &Comp<'a>, dst: Option<u16>) -> Res<Val> {
        let mark = self.unit.temps.top;
        let window = self.unit.temps.alloc_run(2);
        self.loc = c.at;
        let dot0 = self.scopes.names.intern(".0");
        let name = self.scopes.names.text(self.scopes.tables[c.scope].name).to_owned();
        let at = c.at;
        self.enter_unit(c.scope, &name, &[dot0], at);
        self.unit.argcount = 1;
        self.unit.first_line = self.lines.line(at.start().into());
        let is_async = self.scopes.tables[c.scope].coroutine;
        self.unit.is_async = is_async;
        if c.kind == Kind::Generator {
            self.unit.flags |= if is_async { flags::ASYNC_GENERATOR } else { flags::GENERATOR };
        } else if is_async {
            self.unit.flags |= flags::COROUTINE;
        }
        self.prologue();
        self.loc = c.at;
        let wrap = (c.kind == Kind::Generator || is_async).then(|| self.push_handler(self.unit.temps.base));
        let acc = self.temp();
        let op = match c.kind {
            Kind::SetComp => Some(Op::BuildSet),
            Kind::DictComp => Some(Op::BuildMap),
            Kind::Generator => None,
            _ => Some(Op::BuildList),
        };
        match op {
            Some(op) => self.op(op, acc, acc, 0),
            None => self.unit.temps.release_to(acc),
        }
        let iter = self.temp();
        self.op(Op::Move, iter, 0, 0);
        self.generator(c, 0, iter, acc)?;
        self.loc = c.at;
        let result = if op.is_some() { Val::Temp(acc) } else { Val::Const(Const::None) };
        self.emit_return(result);
        if let Some((h, outer)) = wrap {
            self.unit.handler = outer;
            self.stop_iteration_handler(h);
        }
        let code = self.leave_unit()?;
        self.loc = c.at;
        self.make_function(code, window, window, 0, c.scope)?;
        self.first_iterator(c)?;
        self.loc = c.at;
        self.unit.temps.release_to(mark);
        let awaited = is_async && c.kind != Kind::Generator;
        let (d, v) = self.target(if awaited { None } else { dst });
        self.op(Op::CallFunction, d, window, 1);
        if awaited {
            self.await_value(d, 0);
        }
        Ok(v)
    }
}
