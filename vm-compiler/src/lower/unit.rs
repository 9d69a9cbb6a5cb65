//! A code block in the making: its variables' registers, pools, chunks, labels and handlers.

use super::block::Block;
use super::{Lowerer, Res};
use crate::bytecode::encode::{Handler, Insn, NONE, assemble};
use crate::bytecode::ops::Op;
use crate::bytecode::unit::{CellVar, CodeUnit, Const, Position, flags};
use crate::error::ErrorKind;
use crate::registers::{Bits, Temps};
use crate::scope::{Kind, Place, ScopeId, Scopes, Sym, symbol};
use crate::syntax_error::Fault;
use ruff_text_size::TextRange;
use std::collections::HashMap;

/// Code blocks inside one another.
const MAX_NESTED_UNITS: usize = 1000;

/// An inlined comprehension that is being lowered, innermost last.
#[derive(Clone, Copy, Debug)]
pub struct Inlined {
    pub scope: ScopeId,
}

/// What is known of a label.
#[derive(Clone, Debug, Default)]
pub struct LabelState {
    pub at: Option<(u32, u32)>,
    /// Locals bound on every jump to it, once there is one.
    pub bound: Option<Bits>,
}

/// An annotation of a class or module body, for its `__annotate__`.
#[derive(Clone, Copy, Debug)]
pub struct Deferred<'a> {
    pub stmt: &'a ruff_python_ast::StmtAnnAssign,
    /// Its number in `__conditional_annotations__`, if it may not have run.
    pub conditional: Option<u32>,
}

pub struct Unit<'a> {
    pub scope: ScopeId,
    pub kind: Kind,
    pub name: String,
    pub qualname: String,
    /// The class whose name mangles private names, and the only names it does that to (in a generic class's block).
    pub private: Option<Sym>,
    pub mangled_names: Option<Vec<Sym>>,
    pub first_line: u32,
    pub flags: u32,
    pub argcount: u16,
    pub posonlyargcount: u16,
    pub kwonlyargcount: u16,
    pub varnames: Vec<Sym>,
    pub nvisible: u16,
    pub locals: HashMap<Sym, u16>,
    pub cells: HashMap<Sym, u16>,
    pub cell_order: Vec<CellVar>,
    pub frees: HashMap<Sym, u16>,
    pub free_order: Vec<Sym>,
    pub first_free_reg: u16,
    /// Registers of inlined comprehensions' variables, and whether each holds a cell.
    pub hidden: HashMap<(ScopeId, Sym), (u16, bool)>,
    pub inlined: Vec<Inlined>,
    pub temps: Temps,
    pub bound: Bits,
    pub ever_deleted: Bits,
    /// Locals that assignment expressions bind: reads of them do not stay in place over other operands.
    pub named: Bits,
    pub reachable: bool,
    pub chunks: Vec<Vec<Insn>>,
    pub chunk: usize,
    pub labels: Vec<LabelState>,
    pub handlers: Vec<Handler>,
    pub handler_used: Vec<bool>,
    pub handler: u32,
    pub consts: Vec<Const>,
    pub const_index: HashMap<Const, u32>,
    pub names: Vec<Sym>,
    pub name_index: HashMap<Sym, u16>,
    pub names_overflow: bool,
    pub positions: Vec<Position>,
    pub last_range: TextRange,
    pub blocks: Vec<Block<'a>>,
    pub is_async: bool,
    pub is_generator: bool,
    pub static_attributes: Vec<String>,
    pub deferred: Vec<Deferred<'a>>,
    pub conditional_depth: u32,
    pub next_conditional: u32,
}

impl<'a> Unit<'a> {
    pub fn new(
        scopes: &Scopes,
        scope: ScopeId,
        name: String,
        qualname: String,
        params: Option<&[Sym]>,
    ) -> Unit<'a> {
        let t = &scopes.tables[scope];
        let mut u = Unit {
            scope,
            kind: t.kind,
            name,
            qualname,
            private: None,
            mangled_names: None,
            first_line: 0,
            flags: 0,
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            varnames: Vec::new(),
            nvisible: 0,
            locals: HashMap::new(),
            cells: HashMap::new(),
            cell_order: Vec::new(),
            frees: HashMap::new(),
            free_order: Vec::new(),
            first_free_reg: 0,
            hidden: HashMap::new(),
            inlined: Vec::new(),
            temps: Temps::default(),
            bound: Bits::default(),
            ever_deleted: Bits::default(),
            named: Bits::default(),
            reachable: true,
            // The word that stands for the block's first line; see `assemble`.
            chunks: vec![vec![Insn::ENTRY]],
            chunk: 0,
            labels: Vec::new(),
            handlers: Vec::new(),
            handler_used: Vec::new(),
            handler: NONE,
            consts: Vec::new(),
            const_index: HashMap::new(),
            names: Vec::new(),
            name_index: HashMap::new(),
            names_overflow: false,
            positions: Vec::new(),
            last_range: TextRange::default(),
            blocks: Vec::new(),
            is_async: t.coroutine && matches!(t.kind, Kind::Function | Kind::Generator | Kind::Module),
            is_generator: t.generator,
            static_attributes: Vec::new(),
            deferred: Vec::new(),
            conditional_depth: 0,
            next_conditional: 0,
        };
        u.assign_registers(scopes, params.unwrap_or_default());
        u
    }

    fn assign_registers(&mut self, scopes: &Scopes, params: &[Sym]) {
        let t = &scopes.tables[self.scope];
        let function_like = t.kind.is_function_like();
        for &p in params {
            self.locals.insert(p, self.varnames.len() as u16);
            self.bound.insert(self.varnames.len() as u16);
            self.varnames.push(p);
        }
        let mut cells: Vec<Sym> = Vec::new();
        for s in &t.symbols {
            match s.place {
                Place::Local if function_like && !self.locals.contains_key(&s.name) => {
                    self.locals.insert(s.name, self.varnames.len() as u16);
                    self.varnames.push(s.name);
                }
                Place::Cell => cells.push(s.name),
                Place::Free => self.free_order.push(s.name),
                _ => {}
            }
            if s.flags & symbol::FREE_CLASS != 0 && s.place != Place::Free {
                self.free_order.push(s.name);
            }
        }
        for (need, name) in [
            (t.needs_class_closure, "__class__"),
            (t.needs_classdict, "__classdict__"),
            (t.has_conditional_annotations && t.kind == Kind::Class, "__conditional_annotations__"),
        ] {
            if need && let Some(s) = scopes.names.find(name) {
                cells.push(s);
            }
        }
        self.nvisible = self.varnames.len() as u16;
        for s in &t.symbols {
            if let Some(&r) = self.locals.get(&s.name) {
                if s.flags & symbol::DELETED != 0 {
                    self.ever_deleted.insert(r);
                }
                if s.flags & symbol::NAMED != 0 {
                    self.named.insert(r);
                }
            }
        }
        let mut pool: Vec<(Sym, bool, u16)> = Vec::new();
        self.hide(scopes, self.scope, &mut pool, &[]);
        cells.sort_by(|a, b| scopes.names.text(*a).cmp(scopes.names.text(*b)));
        cells.dedup();
        self.free_order.sort_by(|a, b| scopes.names.text(*a).cmp(scopes.names.text(*b)));
        let mut next = self.varnames.len() as u16;
        for c in cells {
            let param = self.locals.remove(&c);
            let reg = param.unwrap_or(next);
            next += u16::from(param.is_none());
            self.cells.insert(c, reg);
            self.cell_order.push(CellVar {
                name: scopes.names.text(c).to_owned(),
                reg,
                param: param.is_some(),
            });
        }
        for (name, cell, reg) in pool {
            if cell {
                self.cell_order.push(CellVar { name: scopes.names.text(name).to_owned(), reg, param: false });
            }
        }
        self.first_free_reg = next;
        for &f in &self.free_order {
            self.frees.insert(f, next);
            next += 1;
        }
        self.temps = Temps { base: next, top: next, max: next, ..Temps::default() };
    }

    /// Gives every inlined comprehension below `scope` registers for its variables: two comprehensions share one if
    /// the name is the same and neither is inside the other.
    fn hide(&mut self, scopes: &Scopes, scope: ScopeId, pool: &mut Vec<(Sym, bool, u16)>, busy: &[u16]) {
        for &child in &scopes.tables[scope].children {
            let t = &scopes.tables[child];
            if !t.inlined {
                continue;
            }
            let mut mine = busy.to_vec();
            for s in &t.symbols {
                let cell = match s.place {
                    Place::Local => false,
                    Place::Cell => true,
                    _ => continue,
                };
                if s.flags & symbol::PARAM != 0 {
                    continue;
                }
                let found =
                    pool.iter().find(|p| p.0 == s.name && p.1 == cell && !mine.contains(&p.2)).map(|p| p.2);
                let reg = found.unwrap_or_else(|| {
                    let r = self.varnames.len() as u16;
                    self.varnames.push(s.name);
                    pool.push((s.name, cell, r));
                    r
                });
                mine.push(reg);
                self.hidden.insert((child, s.name), (reg, cell));
            }
            self.hide(scopes, child, pool, &mine);
        }
    }
}

impl<'a> Lowerer<'a> {
    /// Starts a new code block inside the current one.
    pub fn enter_unit(&mut self, scope: ScopeId, name: &str, params: &[Sym], at: TextRange) {
        self.too_deep |= self.outer.len() > MAX_NESTED_UNITS;
        let qualname = self.qualname(scope, name);
        let mut unit = Unit::new(&self.scopes, scope, name.to_owned(), qualname, Some(params));
        unit.private = self.unit.private;
        unit.mangled_names.clone_from(&self.unit.mangled_names);
        unit.first_line = self.lines.line(at.start().into());
        if self.scopes.tables[scope].kind.is_function_like() {
            unit.flags |= flags::OPTIMIZED | flags::NEWLOCALS;
            if self.scopes.tables[scope].nested {
                unit.flags |= flags::NESTED;
            }
        }
        if self.scopes.tables[scope].method {
            unit.flags |= flags::METHOD;
        }
        let old = std::mem::replace(&mut self.unit, Box::new(unit));
        self.outer.push(*old);
    }

    fn qualname(&self, scope: ScopeId, name: &str) -> String {
        // Blocks of type parameters do not show in qualified names.
        let mut parent = &*self.unit;
        let mut depth = self.outer.len();
        while parent.kind == Kind::TypeParams {
            let Some(up) = depth.checked_sub(1).and_then(|d| self.outer.get(d)) else { break };
            depth -= 1;
            parent = up;
        }
        if parent.kind == Kind::Module {
            return name.to_owned();
        }
        // A function or class declared global is not a part of the block that defines it.
        if matches!(self.scopes.tables[scope].kind, Kind::Function | Kind::Class)
            && let Some(sym) = self.scopes.names.find(&self.mangle_text(name))
            && self.scopes.tables[parent.scope].get(sym).is_some_and(|s| s.place == Place::GlobalExplicit)
        {
            return name.to_owned();
        }
        match parent.kind {
            Kind::Function | Kind::Lambda => format!("{}.<locals>.{name}", parent.qualname),
            _ => format!("{}.{name}", parent.qualname),
        }
    }

    /// Ends the current block and makes the one around it current again.
    pub fn leave_unit(&mut self) -> Res<CodeUnit> {
        let done = self.finish_unit()?;
        if let Some(outer) = self.outer.pop() {
            *self.unit = outer;
        }
        Ok(done)
    }

    /// `MakeCell` and `CopyFreeVars`.
    pub fn prologue(&mut self) {
        self.loc = TextRange::default();
        for i in 0..self.unit.cell_order.len() {
            let c = &self.unit.cell_order[i];
            let (reg, hidden) = (c.reg, !c.param && c.reg < self.unit.varnames.len() as u16);
            if !hidden {
                self.op(Op::MakeCell, reg, 0, 0);
            }
        }
        let n = self.unit.free_order.len() as u16;
        if n > 0 {
            let reg = self.unit.first_free_reg;
            self.op(Op::CopyFreeVars, reg, n, 0);
        }
    }

    /// Assembles the current block. Every reachable path has ended.
    pub fn finish_unit(&mut self) -> Res<CodeUnit> {
        if self.too_deep {
            let mut f =
                Fault::new(TextRange::default(), "maximum recursion depth exceeded during compilation");
            f.kind = ErrorKind::Recursion;
            return Err(f);
        }
        let u = &mut *self.unit;
        if u.temps.overflow {
            return self.too_large("registers");
        }
        if u.names_overflow {
            return self.too_large("names");
        }
        thread_jumps(u);
        let line = u.first_line;
        u.positions.push(Position { line, end_line: line, col: 0, end_col: 0 });
        let entry = u.positions.len() as u32 - 1;
        if let Some(insn) = u.chunks.first_mut().and_then(|c| c.first_mut()) {
            insn.position = entry;
        }
        let labels: Vec<_> = u.labels.iter().map(|l| l.at).collect();
        let a = assemble(&u.chunks, &labels, &u.handlers, &u.positions);
        let text = |s: &Sym| match self.scopes.names.text(*s) {
            // The parameter of `__annotate__`, hidden from the names in annotations.
            ".format" if u.name == "__annotate__" => "format".to_owned(),
            name => name.to_owned(),
        };
        Ok(CodeUnit {
            name: u.name.clone(),
            qualname: std::mem::take(&mut u.qualname),
            filename: self.filename.to_owned(),
            first_line: u.first_line,
            flags: u.flags | (self.future & crate::options::future::MASK),
            argcount: u.argcount,
            posonlyargcount: u.posonlyargcount,
            kwonlyargcount: u.kwonlyargcount,
            varnames: u.varnames.iter().map(text).collect(),
            nvisible: u.nvisible,
            cellvars: std::mem::take(&mut u.cell_order),
            freevars: u.free_order.iter().map(text).collect(),
            first_free_reg: u.first_free_reg,
            nlocals: u.varnames.len() as u16,
            nregs: u.temps.max,
            consts: std::mem::take(&mut u.consts),
            names: u.names.iter().map(text).collect(),
            code: a.code,
            positions: a.positions,
            exceptions: a.exceptions,
        })
    }
}

/// Jumps to unconditional jumps go to the final target; a jump to the next instruction goes away.
fn thread_jumps(u: &mut Unit<'_>) {
    let dest = |u: &Unit<'_>, label: u32| -> Option<(u32, Op)> {
        let (c, i) = u.labels.get(label as usize)?.at?;
        let insn = u.chunks.get(c as usize)?.get(i as usize)?;
        (insn.op == Op::Jump).then_some((insn.target, insn.op))
    };
    for c in 0..u.chunks.len() {
        for i in 0..u.chunks[c].len() {
            let mut target = u.chunks[c][i].target;
            if target == NONE {
                continue;
            }
            for _ in 0..8 {
                match dest(u, target) {
                    Some((next, _)) if next != target => target = next,
                    _ => break,
                }
            }
            u.chunks[c][i].target = target;
        }
    }
    for c in 0..u.chunks.len() {
        let mut dead = Vec::new();
        for (i, insn) in u.chunks[c].iter().enumerate() {
            if insn.op == Op::Jump
                && u.labels.get(insn.target as usize).and_then(|l| l.at) == Some((c as u32, i as u32 + 1))
            {
                dead.push(i as u32);
            }
        }
        if dead.is_empty() {
            continue;
        }
        let mut i = 0;
        u.chunks[c].retain(|_| {
            i += 1;
            dead.binary_search(&(i - 1)).is_err()
        });
        for l in &mut u.labels {
            if let Some((lc, li)) = &mut l.at
                && *lc == c as u32
            {
                *li -= dead.partition_point(|d| *d < *li) as u32;
            }
        }
    }
}
