//! Imports, and `from __future__`.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::{CONSUME, Op};
use crate::bytecode::unit::Const;
use crate::options::future;
use crate::syntax_error::Fault;
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;

fn feature(a: &ast::Alias) -> Res<u32> {
    Ok(match a.name.as_str() {
        "nested_scopes" | "generators" => 0,
        "division" => future::DIVISION,
        "absolute_import" => future::ABSOLUTE_IMPORT,
        "with_statement" => future::WITH_STATEMENT,
        "print_function" => future::PRINT_FUNCTION,
        "unicode_literals" => future::UNICODE_LITERALS,
        "barry_as_FLUFL" => future::BARRY_AS_BDFL,
        "generator_stop" => future::GENERATOR_STOP,
        "annotations" => future::ANNOTATIONS,
        "braces" => return Err(Fault::new(a.range, "not a chance")),
        other => return Err(Fault::new(a.range, format!("future feature {other} is not defined"))),
    })
}

/// The features that the future imports at the beginning of a module turn on.
pub fn future_features(body: &[Stmt]) -> Res<u32> {
    let mut flags = 0;
    for f in leading_futures(body) {
        for a in &f.names {
            flags |= feature(a)?;
        }
    }
    Ok(flags)
}

fn leading_futures(body: &[Stmt]) -> impl Iterator<Item = &ast::StmtImportFrom> {
    let skip = usize::from(
        matches!(body.first(), Some(Stmt::Expr(e)) if matches!(*e.value, Expr::StringLiteral(_))),
    );
    body.iter().skip(skip).map_while(|s| match s {
        Stmt::ImportFrom(f) if is_future(f) => Some(f),
        _ => None,
    })
}

fn is_future(f: &ast::StmtImportFrom) -> bool {
    f.level == 0 && f.module.as_ref().is_some_and(|m| m.as_str() == "__future__")
}

/// Checks that no future import comes late in a module's statements (nested ones are checked when they are lowered).
pub fn check_late_futures(body: &[Stmt]) -> Res<()> {
    let early = leading_futures(body).count();
    let skip = usize::from(
        matches!(body.first(), Some(Stmt::Expr(e)) if matches!(*e.value, Expr::StringLiteral(_))),
    );
    for s in body.iter().skip(early + skip) {
        if let Stmt::ImportFrom(f) = s
            && is_future(f)
        {
            return Err(Fault::new(f.range, LATE));
        }
    }
    Ok(())
}

const LATE: &str = "from __future__ imports must occur at the beginning of the file";

impl<'a> Lowerer<'a> {
    fn import_name(&mut self, dst: u16, module: &str, level: u32, fromlist: Const) {
        let mark = self.unit.temps.top;
        let base = self.unit.temps.alloc_run(2);
        self.load_const(base, Const::Int(i64::from(level)));
        self.load_const(base + 1, fromlist);
        let sym = self.scopes.names.intern(module);
        let n = self.name_slot(sym);
        self.op(Op::ImportName, dst, base, n);
        self.unit.temps.release_to(mark);
    }

    pub fn lower_import(&mut self, i: &'a ast::StmtImport) -> Res<()> {
        for a in &i.names {
            let mark = self.unit.temps.top;
            self.loc = i.range;
            let mut t = self.temp();
            self.import_name(t, &a.name.id, 0, Const::None);
            match &a.asname {
                None => {
                    let first = a.name.id.split('.').next().unwrap_or_default();
                    self.store_name(first, Val::Temp(t), i.range)?;
                }
                Some(n) => {
                    for part in a.name.id.split('.').skip(1) {
                        let next = self.temp();
                        let slot = self.attr_slot_raw(part);
                        self.op(Op::ImportFrom, next, t, slot);
                        self.op(Op::Drop, t, 0, 0);
                        t = next;
                    }
                    self.store_name(&n.id, Val::Temp(t), i.range)?;
                }
            }
            self.unit.temps.release_to(mark);
        }
        Ok(())
    }

    fn attr_slot_raw(&mut self, name: &str) -> u16 {
        let s = self.scopes.names.intern(name);
        self.name_slot(s)
    }

    pub fn lower_import_from(&mut self, i: &'a ast::StmtImportFrom) -> Res<()> {
        if is_future(i) {
            for a in &i.names {
                feature(a)?;
            }
            if !self.outer.is_empty() || !self.unit.blocks.is_empty() || self.unit.conditional_depth > 0 {
                return self.error(i.range, LATE);
            }
        }
        let mark = self.unit.temps.top;
        self.loc = i.range;
        let t = self.temp();
        let names = i.names.iter().map(|a| Const::Str(a.name.as_str().into())).collect();
        let module = i.module.as_ref().map_or("", |m| m.as_str());
        self.import_name(t, module, i.level, Const::Tuple(names));
        if let [a] = &*i.names
            && a.name.as_str() == "*"
        {
            self.op(Op::ImportStar, t | CONSUME, 0, 0);
            self.unit.temps.release_to(mark);
            return Ok(());
        }
        for a in &i.names {
            let slot = self.attr_slot_raw(&a.name.id);
            let name = a.asname.as_ref().unwrap_or(&a.name);
            self.check_store(&name.id, a.range())?;
            if let Some(r) = self.plain_local(&name.id) {
                self.loc = i.range;
                self.op(Op::ImportFrom, r, t, slot);
                self.mark_bound(r);
                continue;
            }
            let v = self.temp();
            self.loc = i.range;
            self.op(Op::ImportFrom, v, t, slot);
            self.store_name(&name.id, Val::Temp(v), i.range)?;
            self.unit.temps.release_to(t + 1);
        }
        self.loc = i.range;
        self.op(Op::Drop, t, 0, 0);
        self.unit.temps.release_to(mark);
        Ok(())
    }
}
