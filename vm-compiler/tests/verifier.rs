//! An abstract interpreter over the bytecode: on every path, exception edges included, each temporary is written before
//! it is read, consumed once, and dead at return; locals are proven bound where they are read; no temporary borrows
//! from a local that is written meanwhile.

use vm_compiler::bytecode::ops::{CONSUME, Op};
use vm_compiler::bytecode::validate::window;
use vm_compiler::{CodeUnit, Const, flags};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Is {
    Dead,
    Live,
    Either,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct State {
    regs: Vec<Is>,
    /// (temporary, local it may borrow from)
    borrows: Vec<(u16, u16)>,
}

impl State {
    fn merge(&mut self, other: &State) -> bool {
        let mut changed = false;
        for (a, b) in self.regs.iter_mut().zip(&other.regs) {
            if *a != *b && *a != Is::Either {
                *a = Is::Either;
                changed = true;
            }
        }
        for b in &other.borrows {
            if !self.borrows.contains(b) {
                self.borrows.push(*b);
                changed = true;
            }
        }
        changed
    }
}

/// Everything wrong with a unit and the code in it.
pub fn verify(unit: &CodeUnit) -> Vec<String> {
    let mut problems = Vec::new();
    let mut todo = vec![unit];
    while let Some(u) = todo.pop() {
        one(u, &mut problems);
        todo.extend(u.consts.iter().filter_map(|c| if let Const::Code(c) = c { Some(&**c) } else { None }));
    }
    problems
}

struct Run<'a> {
    u: &'a CodeUnit,
    first_temp: u16,
    /// Registers that hold cells.
    exempt: Vec<bool>,
    s: State,
    pc: usize,
    out: &'a mut Vec<String>,
}

impl Run<'_> {
    fn say(&mut self, what: String) {
        if self.out.len() < 50 {
            let line = self.u.positions.at(self.pc).map_or(0, |p| p.line);
            let text = format!("{}:{} {} word {}: {what}", self.u.filename, line, self.u.qualname, self.pc);
            if !self.out.contains(&text) {
                self.out.push(text);
            }
        }
    }

    fn temp(&self, r: u16) -> bool {
        r >= self.first_temp
    }

    fn read(&mut self, r: u16) {
        if self.exempt[usize::from(r)] {
            return;
        }
        match self.s.regs[usize::from(r)] {
            Is::Live => {}
            state => self.say(format!("reads r{r}, which is {state:?}")),
        }
    }

    fn kill(&mut self, r: u16) {
        self.s.regs[usize::from(r)] = Is::Dead;
        self.s.borrows.retain(|b| b.0 != r);
    }

    fn consume(&mut self, r: u16) {
        if !self.temp(r) {
            self.say(format!("consumes r{r}, which is no temporary"));
            return;
        }
        self.read(r);
        self.kill(r);
    }

    fn src(&mut self, v: u16) {
        if v & CONSUME != 0 { self.consume(v & !CONSUME) } else { self.read(v) }
    }

    fn write(&mut self, r: u16) {
        if self.temp(r) {
            if self.s.regs[usize::from(r)] == Is::Live {
                self.say(format!("overwrites live r{r}"));
            }
            self.s.borrows.retain(|b| b.0 != r);
        } else {
            self.local_changes(r);
        }
        self.s.regs[usize::from(r)] = Is::Live;
    }

    fn local_changes(&mut self, r: u16) {
        let hit = self.s.borrows.iter().find(|b| b.1 == r).copied();
        if let Some((t, _)) = hit {
            self.say(format!("writes local r{r} while r{t} borrows from it"));
        }
    }
}

fn one(u: &CodeUnit, out: &mut Vec<String>) {
    let first_temp = u16::max(u.first_free_reg + u.freevars.len() as u16, u.nlocals);
    let n = usize::from(u.nregs);
    let mut exempt = vec![false; n];
    for c in &u.cellvars {
        exempt[usize::from(c.reg)] = true;
    }
    for r in u.nlocals..first_temp {
        exempt[usize::from(r)] = true;
    }
    let extra = |f: u32| u16::from(u.flags & f != 0);
    let params = u.argcount + u.kwonlyargcount + extra(flags::VARARGS) + extra(flags::VARKEYWORDS);
    let mut entry = State { regs: vec![Is::Dead; n], borrows: Vec::new() };
    for r in 0..params {
        entry.regs[usize::from(r)] = Is::Live;
    }
    let mut states: Vec<Option<State>> = vec![None; u.code.len() + 1];
    let mut work = vec![0usize];
    states[0] = Some(entry);
    let mut steps = 0usize;
    while let Some(pc) = work.pop() {
        steps += 1;
        if steps > 200 * u.code.len() + 1000 {
            out.push(format!("{}: no fixed point", u.qualname));
            return;
        }
        let Some(before) = states[pc].clone() else { continue };
        let w = u.code[pc];
        let Some(op) = Op::from_u16(w as u16) else { return };
        let v = [(w >> 16) as u16, (w >> 32) as u16, (w >> 48) as u16];
        let next = pc + op.words();
        let mut data = 0;
        let mut target = None;
        for (i, e) in op.extensions().iter().enumerate() {
            let x = u.code[pc + 1 + i];
            match *e {
                "data" => data = x,
                "jump" => target = Some((next as i64 + x as i64) as usize),
                _ => {}
            }
        }
        let mut r = Run { u, first_temp, exempt: exempt.clone(), s: before.clone(), pc, out };
        let jumped = step(&mut r, op, v, data);
        let (after, exempt_after) = (r.s, r.exempt);
        let _ = exempt_after;
        let mut flow = |to: usize, s: State, work: &mut Vec<usize>| match &mut states[to] {
            Some(old) => {
                if old.merge(&s) {
                    work.push(to);
                }
            }
            slot => {
                *slot = Some(s);
                work.push(to);
            }
        };
        if let Some(t) = target {
            flow(t, jumped.unwrap_or_else(|| after.clone()), &mut work);
        }
        let ends = matches!(
            op,
            Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseBare | Op::Reraise | Op::Jump | Op::JumpBack
        );
        if !ends {
            flow(next, after, &mut work);
        }
        if let Some(h) = u.handler_at(pc as u32) {
            let mut s = before;
            for (i, r) in s.regs.iter_mut().enumerate() {
                if i >= usize::from(h.depth) {
                    *r = Is::Dead;
                }
            }
            s.borrows.retain(|b| b.0 < h.depth);
            s.regs[usize::from(h.reg)] = Is::Live;
            s.regs[usize::from(h.reg) + 1] = Is::Live;
            flow(h.target as usize, s, &mut work);
        }
    }
}

/// The effect of one instruction; returns the state on its jump where that differs.
fn step(r: &mut Run<'_>, op: Op, [a, b, c]: [u16; 3], data: u64) -> Option<State> {
    let run = |r: &mut Run<'_>, base: u16, n: u32| {
        for i in 0..n as u16 {
            r.consume(base + i);
        }
    };
    match op {
        Op::Drop => {
            if !r.temp(a) {
                r.local_changes(a);
            }
            r.kill(a);
        }
        Op::DeleteLocal => {
            r.local_changes(a);
            r.kill(a);
        }
        Op::CheckLocal => r.s.regs[usize::from(a)] = Is::Live,
        Op::MakeCell | Op::CopyFreeVars => {}
        Op::Own => {
            r.s.borrows.retain(|x| x.0 != a);
        }
        Op::Borrow => {
            r.read(b);
            r.write(a);
            if !r.exempt[usize::from(b)] {
                r.s.borrows.push((a, b));
            }
        }
        Op::Call | Op::CallFunction | Op::CallKw => {
            r.consume(b);
            let no_self = op == Op::CallFunction || (op == Op::CallKw && data >> 32 & 1 != 0);
            if no_self {
                if r.s.regs[usize::from(b + 1)] != Is::Dead {
                    r.say("the slot of self is not dead".into());
                }
            } else {
                r.consume(b + 1);
            }
            run(r, b + 2, u32::from(c));
            r.write(a);
        }
        Op::CallEx => {
            r.consume(b);
            r.consume(b + 2);
            if c == 1 {
                r.consume(b + 3);
            }
            r.write(a);
        }
        Op::LoadMethod | Op::LoadSpecial => {
            r.src(b);
            r.write(a);
            r.write(a + 1);
        }
        Op::LoadSuperMethod => {
            run(r, b, 3);
            r.write(a);
            r.write(a + 1);
        }
        Op::UnpackSequence | Op::UnpackEx => {
            r.src(a);
            for i in 0..window(op, 1, c, data) as u16 {
                r.write(b + i);
            }
        }
        Op::ForIter => {
            r.read(b);
            let mut jumped = r.s.clone();
            jumped.regs[usize::from(b)] = Is::Dead;
            r.write(a);
            return Some(jumped);
        }
        Op::Send => {
            r.read(b);
            r.src(c);
            r.write(a);
            let mut jumped = r.s.clone();
            jumped.regs[usize::from(b)] = Is::Dead;
            return Some(jumped);
        }
        Op::YieldDelegate => {
            r.src(b);
            r.read(c);
            r.write(a);
            let mut jumped = r.s.clone();
            jumped.regs[usize::from(c)] = Is::Dead;
            return Some(jumped);
        }
        Op::EndAsyncFor => {
            r.src(a);
            r.consume((a & !CONSUME) + 1);
            r.src(b);
        }
        Op::PopExcept => run(r, a, 2),
        Op::Reraise => {
            r.read(a);
            r.read(b);
            r.read(b + 1);
        }
        Op::MatchGroup => {
            r.read(a);
            r.src(b);
            r.write(a + 1);
        }
        Op::WithExit => {
            r.read(b);
            r.read(b + 1);
            r.read(c);
            r.write(a);
        }
        Op::Return => {
            r.src(a);
            let left: Vec<u16> = (r.first_temp..r.u.nregs)
                .filter(|t| r.s.regs[usize::from(*t)] != Is::Dead)
                .filter(|t| !r.s.borrows.iter().any(|x| x.0 == *t))
                .collect();
            if !left.is_empty() {
                r.say(format!("returns with live temporaries {left:?}"));
            }
        }
        _ => {
            let kinds = op.operands();
            let v = [a, b, c];
            for i in 0..3 {
                match kinds[i] {
                    "src" => r.src(v[i]),
                    "reg" => r.read(v[i]),
                    "base" => run(r, v[i], window(op, i, c, data)),
                    _ => {}
                }
            }
            for i in 0..3 {
                if kinds[i] == "dst" {
                    r.write(v[i]);
                }
            }
        }
    }
    None
}
