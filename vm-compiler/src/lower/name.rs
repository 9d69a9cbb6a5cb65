//! Names: where a variable lives, and loading, storing and deleting it.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op};
use crate::scope::{Kind, Place, Sym, mangle};
use ruff_text_size::TextRange;

/// How a variable is reached from the current block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Var {
    Local(u16),
    /// A register that holds a cell.
    Cell(u16),
    Global,
    /// Through the locals mapping (module and class bodies).
    Name,
    /// In a class body: the namespace, then the cell.
    ClassCell(u16),
    /// In an annotation scope of a class: `__classdict__`, then the cell.
    DictCell(u16),
    /// In an annotation scope of a class: `__classdict__`, then globals.
    DictGlobal,
}

impl<'a> Lowerer<'a> {
    pub fn mangle_text(&self, name: &str) -> String {
        if self.unit.private.is_none() || !name.starts_with("__") {
            return name.to_owned();
        }
        if let Some(only) = &self.unit.mangled_names {
            let raw = self.scopes.names.find(name);
            if !raw.is_some_and(|r| only.contains(&r)) {
                return name.to_owned();
            }
        }
        let class = self.unit.private.map(|p| self.scopes.names.text(p));
        mangle(class, name).into_owned()
    }

    pub fn mangled(&mut self, name: &str) -> Sym {
        if !name.starts_with("__") || self.unit.private.is_none() {
            return self.scopes.names.intern(name);
        }
        let m = self.mangle_text(name);
        self.scopes.names.intern(&m)
    }

    pub fn resolve(&self, name: Sym) -> Var {
        for comp in self.unit.inlined.iter().rev() {
            let Some(s) = self.scopes.tables[comp.scope].get(name) else { continue };
            match s.place {
                Place::Local | Place::Cell => {
                    if let Some(&(reg, cell)) = self.unit.hidden.get(&(comp.scope, name)) {
                        return if cell { Var::Cell(reg) } else { Var::Local(reg) };
                    }
                }
                Place::GlobalExplicit | Place::GlobalImplicit => return Var::Global,
                Place::Free | Place::Unknown => {}
            }
        }
        let u = &self.unit;
        let t = &self.scopes.tables[u.scope];
        let in_comp = !u.inlined.is_empty();
        if in_comp
            && u.kind == Kind::Class
            && let Some(&r) = u.frees.get(&name).or_else(|| u.cells.get(&name))
        {
            return Var::Cell(r);
        }
        match t.get(name).map(|s| s.place) {
            Some(Place::Free) => {
                let reg = u.frees.get(&name).copied().unwrap_or(0);
                if in_comp {
                    Var::Cell(reg)
                } else if u.kind == Kind::Class {
                    Var::ClassCell(reg)
                } else if t.can_see_class_scope
                    && !matches!(
                        self.scopes.names.text(name),
                        "__classdict__" | "__conditional_annotations__"
                    )
                {
                    Var::DictCell(reg)
                } else {
                    Var::Cell(reg)
                }
            }
            Some(Place::Cell) => u.cells.get(&name).map_or(Var::Global, |r| Var::Cell(*r)),
            Some(Place::Local) => match u.locals.get(&name) {
                Some(r) => Var::Local(*r),
                None => Var::Name,
            },
            Some(Place::GlobalExplicit) => Var::Global,
            Some(Place::GlobalImplicit | Place::Unknown) | None => {
                if u.kind.is_function_like() {
                    if t.can_see_class_scope && !in_comp { Var::DictGlobal } else { Var::Global }
                } else if in_comp {
                    Var::Global
                } else {
                    Var::Name
                }
            }
        }
    }

    /// The register that holds the cell of a free variable of a block inside the current one.
    pub fn closure_reg(&self, name: Sym) -> Option<u16> {
        for comp in self.unit.inlined.iter().rev() {
            if let Some(&(reg, true)) = self.unit.hidden.get(&(comp.scope, name)) {
                return Some(reg);
            }
        }
        self.unit.cells.get(&name).or_else(|| self.unit.frees.get(&name)).copied()
    }

    /// A local's value: checked unless proven bound.
    pub fn local_value(&mut self, reg: u16) -> Val {
        if self.unit.reachable && !self.unit.bound.contains(reg) {
            self.op(Op::CheckLocal, reg, 0, 0);
            self.unit.bound.insert(reg);
        }
        Val::Local(reg)
    }

    /// Reads a variable; `dst` is where it should go if it is not a local.
    pub fn load_name(&mut self, name: &str, at: TextRange, dst: Option<u16>) -> Val {
        let sym = self.mangled(name);
        self.load_sym(sym, at, dst)
    }

    pub fn load_sym(&mut self, sym: Sym, at: TextRange, dst: Option<u16>) -> Val {
        self.loc = at;
        let var = self.resolve(sym);
        if let Var::Local(r) = var {
            return self.local_value(r);
        }
        let (d, v) = self.target(dst);
        match var {
            Var::Local(_) => {}
            Var::Cell(r) => self.op(Op::LoadDeref, d, r, 0),
            Var::Global => {
                let n = self.name_slot(sym);
                self.op(Op::LoadGlobal, d, n, 0);
            }
            Var::Name => {
                let n = self.name_slot(sym);
                self.op(Op::LoadName, d, n, 0);
            }
            Var::ClassCell(r) => {
                let n = self.name_slot(sym);
                let t = self.temp();
                self.op(Op::LoadLocals, t, 0, 0);
                self.op_data(Op::LoadFromDictOrDeref, d, t | CONSUME, r, u64::from(n));
                self.unit.temps.release_to(t);
            }
            Var::DictCell(_) | Var::DictGlobal => {
                let t = self.temp();
                let dict = self.scopes.names.intern("__classdict__");
                if let Some(r) = self.closure_reg(dict) {
                    self.op(Op::LoadDeref, t, r, 0);
                }
                let n = self.name_slot(sym);
                if let Var::DictCell(r) = var {
                    self.op_data(Op::LoadFromDictOrDeref, d, t | CONSUME, r, u64::from(n));
                } else {
                    self.op(Op::LoadFromDictOrGlobals, d, t | CONSUME, n);
                }
                self.unit.temps.release_to(t);
            }
        }
        v
    }

    /// The register to write a result to: the one asked for, or a new temporary.
    pub fn target(&mut self, dst: Option<u16>) -> (u16, Val) {
        match dst {
            Some(d) => (d, Val::Done),
            None => {
                let t = self.temp();
                (t, Val::Temp(t))
            }
        }
    }

    /// The local register that assigning this name writes, if it is a plain local.
    pub fn plain_local(&mut self, name: &str) -> Option<u16> {
        let sym = self.mangled(name);
        match self.resolve(sym) {
            Var::Local(r) => Some(r),
            _ => None,
        }
    }

    pub fn check_store(&self, name: &str, at: TextRange) -> Res<()> {
        if name == "__debug__" {
            return self.error(at, "cannot assign to __debug__");
        }
        Ok(())
    }

    /// Assigns a value to a name.
    pub fn store_name(&mut self, name: &str, v: Val, at: TextRange) -> Res<()> {
        self.check_store(name, at)?;
        let sym = self.mangled(name);
        self.store_sym(sym, v, at);
        Ok(())
    }

    pub fn store_sym(&mut self, sym: Sym, v: Val, at: TextRange) {
        self.loc = at;
        let var = self.resolve(sym);
        if let Var::Local(r) = var {
            if v != Val::Local(r) {
                self.before_write(r);
            }
            self.put(v, r);
            self.unit.bound.insert(r);
            return;
        }
        let mark = self.unit.temps.top;
        let src = self.operand(v);
        match var {
            Var::Cell(r) | Var::ClassCell(r) | Var::DictCell(r) => self.op(Op::StoreDeref, r, src, 0),
            Var::Global | Var::DictGlobal => {
                let n = self.name_slot(sym);
                self.op(Op::StoreGlobal, n, src, 0);
            }
            Var::Name => {
                let n = self.name_slot(sym);
                self.op(Op::StoreName, n, src, 0);
            }
            Var::Local(_) => {}
        }
        self.unit.temps.release_to(mark);
    }

    /// Notes that the instruction just emitted bound a local.
    pub fn mark_bound(&mut self, reg: u16) {
        self.unit.bound.insert(reg);
    }

    pub fn delete_name(&mut self, name: &str, at: TextRange) -> Res<()> {
        if name == "__debug__" {
            return self.error(at, "cannot delete __debug__");
        }
        let sym = self.mangled(name);
        self.loc = at;
        match self.resolve(sym) {
            Var::Local(r) => {
                self.before_write(r);
                self.op(Op::DeleteLocal, r, 0, 0);
                self.unit.bound.remove(r);
            }
            Var::Cell(r) | Var::ClassCell(r) | Var::DictCell(r) => self.op(Op::DeleteDeref, r, 0, 0),
            Var::Global | Var::DictGlobal => {
                let n = self.name_slot(sym);
                self.op(Op::DeleteGlobal, n, 0, 0);
            }
            Var::Name => {
                let n = self.name_slot(sym);
                self.op(Op::DeleteName, n, 0, 0);
            }
        }
        Ok(())
    }
}
