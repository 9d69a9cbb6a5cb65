//! `match` statements.
//!
//! Captured values wait in temporaries until the whole pattern has matched. A failing test jumps straight to the next
//! case while the pattern holds no temporaries, else to a stub that drops all that it may hold (dropping a dead one is
//! harmless, R1).

use super::{Lowerer, Res, Val};
use crate::bytecode::encode::Label;
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::Const;
use ruff_python_ast::{self as ast, Expr, Identifier, Pattern, Singleton};
use ruff_text_size::{Ranged, TextRange};

/// One case (or alternative) being matched.
struct Case<'a> {
    /// Names and the temporaries that hold their values.
    captures: Vec<(&'a str, u16, TextRange)>,
    /// Where to go on without temporaries to drop.
    next: Label,
    /// Where to go on with temporaries from `base` on to drop.
    stub: Label,
    base: u16,
    /// One past the highest temporary that may be held at a jump to the stub.
    high: u16,
}

/// A pattern that matches anything, and how to say so.
fn irrefutable(p: &Pattern) -> Option<String> {
    match p {
        Pattern::MatchAs(a) if a.pattern.is_none() => Some(match &a.name {
            Some(n) => format!("name capture '{}' makes remaining patterns unreachable", n.id),
            None => "wildcard makes remaining patterns unreachable".into(),
        }),
        Pattern::MatchAs(a) => a.pattern.as_deref().and_then(irrefutable),
        Pattern::MatchOr(o) => o.patterns.last().and_then(irrefutable),
        _ => None,
    }
}

fn is_wildcard(p: &Pattern) -> bool {
    matches!(p, Pattern::MatchAs(a) if a.pattern.is_none() && a.name.is_none())
        || matches!(p, Pattern::MatchStar(s) if s.name.is_none())
}

/// Names bound by a pattern, in order.
fn bound_names<'a>(p: &'a Pattern, out: &mut Vec<&'a Identifier>) {
    match p {
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        Pattern::MatchSequence(s) => s.patterns.iter().for_each(|p| bound_names(p, out)),
        Pattern::MatchMapping(m) => {
            m.patterns.iter().for_each(|p| bound_names(p, out));
            out.extend(&m.rest);
        }
        Pattern::MatchClass(c) => {
            c.arguments.patterns.iter().for_each(|p| bound_names(p, out));
            c.arguments.keywords.iter().for_each(|k| bound_names(&k.pattern, out));
        }
        Pattern::MatchStar(s) => out.extend(&s.name),
        Pattern::MatchAs(a) => {
            if let Some(p) = &a.pattern {
                bound_names(p, out);
            }
            out.extend(&a.name);
        }
        Pattern::MatchOr(o) => {
            if let Some(p) = o.patterns.first() {
                bound_names(p, out);
            }
        }
    }
}

/// Whether the operators of a literal in a pattern are a sign, and a sum's.
fn is_literal_arithmetic(e: &Expr) -> bool {
    match e {
        Expr::BinOp(b) => matches!(b.op, ast::Operator::Add | ast::Operator::Sub),
        Expr::UnaryOp(u) => matches!(*u.operand, Expr::NumberLiteral(_)),
        _ => true,
    }
}

impl<'a> Lowerer<'a> {
    pub fn lower_match(&mut self, m: &'a ast::StmtMatch) -> Res<()> {
        let mark = self.unit.temps.top;
        let subject = self.temp();
        let v = self.expr_into(&m.subject, subject)?;
        self.loc = m.subject.range();
        self.put_owned(v, subject);
        self.unit.temps.release_to(subject + 1);
        let end = self.label();
        let cases = m.cases.len();
        for (i, c) in m.cases.iter().enumerate() {
            if i + 1 < cases
                && c.guard.is_none()
                && let Some(msg) = irrefutable(&c.pattern)
            {
                return self.error(c.pattern.range(), msg);
            }
            let next = self.label();
            self.case(c, subject, next)?;
            self.loc = c.range;
            self.op(Op::Drop, subject, 0, 0);
            self.stmts(&c.body)?;
            self.jump(end);
            self.place(next);
        }
        self.loc = m.range;
        self.op(Op::Drop, subject, 0, 0);
        self.place(end);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn case(&mut self, c: &'a ast::MatchCase, subject: u16, next: Label) -> Res<()> {
        let base = self.unit.temps.top;
        let mut names = Vec::new();
        bound_names(&c.pattern, &mut names);
        let mut captures: Vec<(&'a str, u16, TextRange)> = Vec::new();
        for n in names {
            if captures.iter().any(|k| k.0 == n.id.as_str()) {
                return self.error(n.range, format!("multiple assignments to name '{}' in pattern", n.id));
            }
            self.check_store(&n.id, n.range)?;
            let t = self.temp();
            captures.push((n.id.as_str(), t, n.range));
        }
        let stub = self.label();
        let mut case = Case { captures, next, stub, base, high: base };
        self.pattern(&c.pattern, subject, false, &mut case)?;
        self.fail_stub(&case);
        for (name, t, at) in &case.captures {
            self.store_name(name, Val::Temp(*t), *at)?;
        }
        self.unit.temps.release_to(base);
        if let Some(g) = &c.guard {
            self.jump_if(g, false, next)?;
        }
        Ok(())
    }

    fn fail_stub(&mut self, case: &Case<'a>) {
        let (base, high, stub, next) = (case.base, case.high, case.stub, case.next);
        self.cold(|l| {
            l.unit.reachable = false;
            l.place(stub);
            for r in (base..high).rev() {
                l.op(Op::Drop, r, 0, 0);
            }
            l.jump(next);
        });
    }

    /// Where a test that fails now goes; `used` operands of the test itself are consumed by then.
    fn fail(&mut self, case: &mut Case<'a>, held: u16) -> Label {
        if held <= case.base {
            return case.next;
        }
        case.high = case.high.max(held);
        case.stub
    }

    /// Tests the value in `subject` (which stays alive, unless `owned` and captured) against a pattern.
    fn pattern(&mut self, p: &'a Pattern, subject: u16, owned: bool, case: &mut Case<'a>) -> Res<()> {
        self.loc = p.range();
        match p {
            Pattern::MatchValue(v) if matches!(*v.value, Expr::FString(_) | Expr::TString(_)) => {
                return self.error(p.range(), "patterns may only match literals and attribute lookups");
            }
            // Ruff lets other operators stand in patterns.
            Pattern::MatchValue(v) if !is_literal_arithmetic(&v.value) => {
                return self.error(p.range(), "invalid syntax");
            }
            Pattern::MatchValue(v) => {
                let held = self.unit.temps.top;
                let mark = self.unit.temps.top;
                let value = self.expr(&v.value)?;
                self.loc = p.range();
                let label = self.fail(case, held);
                if let Val::Const(Const::Int(n)) = &value
                    && let Ok(imm) = i16::try_from(*n)
                {
                    self.jump_op(Op::JumpEqI, subject, imm as u16, 0, label);
                } else {
                    let src = self.operand(value);
                    self.jump_op(Op::JumpEq, subject, src, 0, label);
                }
                self.unit.temps.release_to(mark);
                self.drop_if(owned, subject);
            }
            Pattern::MatchSingleton(s) => {
                let held = self.unit.temps.top;
                let label = self.fail(case, held);
                let mark = self.unit.temps.top;
                match s.value {
                    Singleton::None => self.jump_op(Op::JumpIfNotNone, subject, 0, 0, label),
                    b => {
                        let c = if b == Singleton::True { Const::True } else { Const::False };
                        let src = self.operand(Val::Const(c));
                        self.jump_op(Op::JumpIs, subject, src, 0, label);
                    }
                }
                self.unit.temps.release_to(mark);
                self.drop_if(owned, subject);
            }
            Pattern::MatchSequence(s) => self.deeper(|l| l.sequence(s, subject, owned, case))?,
            Pattern::MatchMapping(m) => self.deeper(|l| l.mapping(m, subject, owned, case))?,
            Pattern::MatchClass(c) => self.deeper(|l| l.class_pattern(c, subject, owned, case))?,
            Pattern::MatchStar(s) => self.capture(s.name.as_ref(), subject, owned, case),
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.deeper(|l| l.pattern(p, subject, false, case))?;
                }
                self.loc = a.range;
                self.capture(a.name.as_ref(), subject, owned, case);
            }
            Pattern::MatchOr(o) => self.deeper(|l| l.alternatives(o, subject, owned, case))?,
        }
        Ok(())
    }

    fn drop_if(&mut self, owned: bool, reg: u16) {
        if owned {
            self.op(Op::Drop, reg, 0, 0);
        }
    }

    fn capture(&mut self, name: Option<&'a Identifier>, subject: u16, owned: bool, case: &mut Case<'a>) {
        let slot = name.and_then(|n| case.captures.iter().find(|c| c.0 == n.id.as_str()).map(|c| c.1));
        match slot {
            Some(t) => {
                let src = if owned { subject | CONSUME } else { subject };
                self.op(Op::Move, t, src, 0);
            }
            None => self.drop_if(owned, subject),
        }
    }

    fn sequence(
        &mut self,
        s: &'a ast::PatternMatchSequence,
        subject: u16,
        owned: bool,
        case: &mut Case<'a>,
    ) -> Res<()> {
        let at = s.range;
        // Ruff lets patterns stand side by side.
        for pair in s.patterns.windows(2) {
            let [a, b] = pair else { continue };
            let gap = self.lines.source.get(usize::from(a.range().end())..usize::from(b.range().start()));
            if gap.is_some_and(|g| !g.contains(',')) {
                return self.error(b.range(), "invalid syntax");
            }
        }
        let stars = s.patterns.iter().filter(|p| matches!(p, Pattern::MatchStar(_))).count();
        if stars > 1 {
            return self.error(at, "multiple starred names in sequence pattern");
        }
        let star = s.patterns.iter().position(|p| matches!(p, Pattern::MatchStar(_)));
        let held = self.unit.temps.top;
        let mark = self.unit.temps.top;
        let label = self.fail(case, held);
        let t = self.temp();
        self.op(Op::MatchSequence, t, subject, 0);
        self.jump_op(Op::JumpIfFalse, t | CONSUME, 0, 0, label);
        let n = s.patterns.len() as u16;
        let fixed = n - stars as u16;
        if star.is_none() {
            self.op(Op::GetLen, t, subject, 0);
            self.length_test(t, fixed, Op::JumpEqI, Op::JumpEq, label);
        } else if fixed > 0 {
            self.op(Op::GetLen, t, subject, 0);
            self.length_test(t, fixed, Op::JumpGeI, Op::JumpGe, label);
        }
        self.unit.temps.release_to(mark);
        if s.patterns.iter().all(is_wildcard) {
            self.drop_if(owned, subject);
            return Ok(());
        }
        if star.is_some_and(|i| s.patterns.get(i).is_some_and(is_wildcard)) {
            self.by_index(s, star.unwrap_or(0), subject, case)?;
            self.loc = at;
            self.drop_if(owned, subject);
            return Ok(());
        }
        let base = self.unit.temps.alloc_run(n);
        let src = if owned { subject | CONSUME } else { subject };
        match star {
            None => self.op(Op::UnpackSequence, src, base, n),
            Some(i) => self.op_data(Op::UnpackEx, src, base, i as u16, u64::from(n) - 1 - i as u64),
        }
        for (i, p) in s.patterns.iter().enumerate() {
            self.pattern(p, base + i as u16, true, case)?;
        }
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn length_test(&mut self, t: u16, n: u16, small: Op, any: Op, label: Label) {
        if n < 0x7fff {
            self.jump_op(small, t | CONSUME, n, 0, label);
        } else {
            let c = self.temp();
            self.load_const(c, Const::Int(i64::from(n)));
            self.jump_op(any, t | CONSUME, c | CONSUME, 0, label);
        }
    }

    /// With `*_` in a sequence pattern, items are taken by index from both ends.
    fn by_index(
        &mut self,
        s: &'a ast::PatternMatchSequence,
        star: usize,
        subject: u16,
        case: &mut Case<'a>,
    ) -> Res<()> {
        let n = s.patterns.len();
        for (i, p) in s.patterns.iter().enumerate() {
            if i == star || is_wildcard(p) {
                continue;
            }
            let mark = self.unit.temps.top;
            let t = self.temp();
            self.loc = p.range();
            if i < star {
                let idx = self.temp();
                self.load_const(idx, Const::Int(i as i64));
                self.op(Op::GetItem, t, subject, idx | CONSUME);
            } else {
                let idx = self.temp();
                self.op(Op::GetLen, idx, subject, 0);
                self.op(Op::SubI, idx, idx | CONSUME, (n - i) as u16);
                self.op(Op::GetItem, t, subject, idx | CONSUME);
            }
            self.unit.temps.release_to(t + 1);
            self.pattern(p, t, true, case)?;
            self.unit.temps.release_to(mark);
        }
        Ok(())
    }

    fn mapping(
        &mut self,
        m: &'a ast::PatternMatchMapping,
        subject: u16,
        owned: bool,
        case: &mut Case<'a>,
    ) -> Res<()> {
        let at = m.range;
        let mut seen: Vec<Const> = Vec::new();
        for k in &m.keys {
            if let Some(c) = self.constant(k) {
                let key = crate::fold::equality_key(&c);
                if seen.contains(&key) {
                    let text = crate::fold::repr(&c);
                    return self.error(at, format!("mapping pattern checks duplicate key ({text})"));
                }
                seen.push(key);
            } else if !matches!(k, Expr::Attribute(_)) {
                return self
                    .error(k.range(), "mapping pattern keys may only match literals and attribute lookups");
            }
        }
        let held = self.unit.temps.top;
        let mark = self.unit.temps.top;
        let label = self.fail(case, held);
        let t = self.temp();
        self.op(Op::MatchMapping, t, subject, 0);
        self.jump_op(Op::JumpIfFalse, t | CONSUME, 0, 0, label);
        let n = m.keys.len() as u16;
        if n > 0 {
            self.op(Op::GetLen, t, subject, 0);
            self.length_test(t, n, Op::JumpGeI, Op::JumpGe, label);
        }
        self.unit.temps.release_to(mark);
        if n == 0 && m.rest.is_none() {
            self.drop_if(owned, subject);
            return Ok(());
        }
        let keys = self.temp();
        self.unit.temps.release_to(keys);
        for k in &m.keys {
            self.expr_temp(k)?;
        }
        self.loc = at;
        self.op(Op::BuildTuple, keys, keys, n);
        self.unit.temps.release_to(keys + 1);
        let values = self.temp();
        self.op(Op::MatchKeys, values, subject, keys);
        let label = self.fail(case, values + 1);
        self.jump_op(Op::JumpIfNone, values, 0, 0, label);
        let base = self.unit.temps.alloc_run(n);
        self.op(Op::UnpackSequence, values | CONSUME, base, n);
        for (i, p) in m.patterns.iter().enumerate() {
            self.pattern(p, base + i as u16, true, case)?;
        }
        self.unit.temps.release_to(values);
        self.loc = at;
        if let Some(rest) = &m.rest {
            let map = self.temp();
            self.op(Op::BuildMap, map, map, 0);
            self.op(Op::DictUpdate, map, subject, 0);
            let base = self.unit.temps.alloc_run(n);
            self.op(Op::UnpackSequence, keys | CONSUME, base, n);
            for i in 0..n {
                self.op(Op::DeleteItem, map, (base + i) | CONSUME, 0);
            }
            self.unit.temps.release_to(map + 1);
            self.capture(Some(rest), map, true, case);
        } else {
            self.op(Op::Drop, keys, 0, 0);
        }
        self.drop_if(owned, subject);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn class_pattern(
        &mut self,
        c: &'a ast::PatternMatchClass,
        subject: u16,
        owned: bool,
        case: &mut Case<'a>,
    ) -> Res<()> {
        let keywords = &c.arguments.keywords;
        for (i, k) in keywords.iter().enumerate() {
            self.check_store(&k.attr.id, k.pattern.range())?;
            let earlier = keywords.get(..i).unwrap_or_default();
            if earlier.iter().any(|e| e.attr.id == k.attr.id) {
                return self.error(
                    k.pattern.range(),
                    format!("attribute name repeated in class pattern: {}", k.attr.id),
                );
            }
        }
        let mark = self.unit.temps.top;
        let base = self.expr_temp(&c.cls)?;
        let names = self.temp();
        self.loc = c.range;
        let attrs = keywords.iter().map(|k| Const::Str(k.attr.id.to_string().into())).collect();
        self.load_const(names, Const::Tuple(attrs));
        let positional = c.arguments.patterns.len();
        self.op_data(Op::MatchClass, base, subject, base, positional as u64);
        self.unit.temps.release_to(base + 1);
        let label = self.fail(case, base + 1);
        self.jump_op(Op::JumpIfNone, base, 0, 0, label);
        let all: Vec<&'a Pattern> =
            c.arguments.patterns.iter().chain(keywords.iter().map(|k| &k.pattern)).collect();
        let n = all.len() as u16;
        let items = self.unit.temps.alloc_run(n);
        self.op(Op::UnpackSequence, base | CONSUME, items, n);
        for (i, p) in all.into_iter().enumerate() {
            self.pattern(p, items + i as u16, true, case)?;
        }
        self.loc = c.range;
        self.drop_if(owned, subject);
        self.unit.temps.release_to(mark);
        Ok(())
    }

    fn alternatives(
        &mut self,
        o: &'a ast::PatternMatchOr,
        subject: u16,
        owned: bool,
        case: &mut Case<'a>,
    ) -> Res<()> {
        let mut first = Vec::new();
        bound_names(p_first(o), &mut first);
        let mut first: Vec<&str> = first.iter().map(|n| n.id.as_str()).collect();
        first.sort_unstable();
        let done = self.label();
        let mark = self.unit.temps.top;
        let n = o.patterns.len();
        for (i, p) in o.patterns.iter().enumerate() {
            let mut names = Vec::new();
            bound_names(p, &mut names);
            let mut names: Vec<&str> = names.iter().map(|n| n.id.as_str()).collect();
            names.sort_unstable();
            if names != first {
                return self.error(o.range, "alternative patterns bind different names");
            }
            if i + 1 < n {
                if let Some(msg) = irrefutable(p) {
                    return self.error(p.range(), msg);
                }
                let next = self.label();
                let stub = self.label();
                let mut inner = Case { captures: case.captures.clone(), next, stub, base: mark, high: mark };
                self.pattern(p, subject, false, &mut inner)?;
                self.fail_stub(&inner);
                self.jump(done);
                self.place(next);
            } else {
                self.pattern(p, subject, false, case)?;
            }
            self.unit.temps.release_to(mark);
        }
        self.place(done);
        self.loc = o.range;
        self.drop_if(owned, subject);
        Ok(())
    }
}

fn p_first(o: &ast::PatternMatchOr) -> &Pattern {
    &o.patterns[0]
}
