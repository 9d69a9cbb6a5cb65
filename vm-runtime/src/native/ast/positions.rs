//! Positions of code that was compiled from nodes: those of the nodes, not of the text that stands for them.
//!
//! The text is parsed to nodes once more. Both trees have the same shape, so walking them side by side tells which
//! range of the text belongs to which node of the program.
use crate::prelude::*;
use crate::types::list::List;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use vm_compiler::bytecode::unit::{CodeUnit, Const, Position, Positions};

/// Where a range of the text comes from.
#[derive(Default)]
pub(super) struct PositionMap {
    exact: HashMap<Position, Position>,
    /// Ranges by where they start; several that start at one place by their end, the longest last.
    by_start: BTreeMap<(u32, u32), Vec<Position>>,
    lines: HashMap<u32, u32>,
}

/// How many ranges before a position are looked at for one that encloses it.
const LOOK_BACK: usize = 64;

impl PositionMap {
    /// Walks the program's nodes and those of its text side by side.
    ///
    /// # Errors
    /// TypeError for a statement or expression without a line.
    pub fn new(th: &Thread, program: &Value, text: &Value) -> PyResult<PositionMap> {
        let mut map = PositionMap::default();
        let fields_name = th.intern("_fields");
        let mut rest = vec![(program.clone(), text.clone())];
        while let Some((ours, theirs)) = rest.pop() {
            if let (Some(a), Some(b)) = (ours.payload::<List>(), theirs.payload::<List>()) {
                let (a, b) = (a.to_vec(th), b.to_vec(th));
                if a.len() == b.len() {
                    rest.extend(a.into_iter().zip(b).rev());
                }
                continue;
            }
            if theirs.payload::<super::Node>().is_none() {
                continue;
            }
            if let Some(to) = position(th, &theirs)? {
                match position(th, &ours)? {
                    Some(from) => map.add(to, from),
                    None => return Err(missing_line(th, &ours)),
                }
            }
            if ours.type_of(th).name() != theirs.type_of(th).name() {
                continue;
            }
            let fields = th.getattr(&theirs, &fields_name)?;
            for field in th.collect(&fields)?.iter().rev() {
                let (a, b) = (th.get_attr_opt(&ours, field)?, th.get_attr_opt(&theirs, field)?);
                if let (Some(a), Some(b)) = (a, b) {
                    rest.push((a, b));
                }
            }
        }
        Ok(map)
    }

    fn add(&mut self, text: Position, program: Position) {
        self.exact.entry(text).or_insert(program);
        self.by_start.entry((text.line, text.col)).or_default().push(text);
        self.lines.entry(text.line).or_insert(program.line);
    }

    fn find(&self, at: Position) -> Option<Position> {
        if let Some(found) = self.exact.get(&at) {
            return Some(*found);
        }
        let encloses = |range: &&Position| (range.end_line, range.end_col) >= (at.end_line, at.end_col);
        let size = |range: &&Position| (range.end_line - range.line.min(range.end_line), range.end_col);
        for (_, ranges) in self.by_start.range(..=(at.line, at.col)).rev().take(LOOK_BACK) {
            if let Some(found) = ranges.iter().filter(encloses).min_by_key(size) {
                return self.exact.get(found).copied();
            }
        }
        None
    }

    fn line(&self, line: u32) -> u32 {
        self.lines.get(&line).copied().unwrap_or(line)
    }

    /// Gives a unit, and those inside it, the program's positions.
    pub fn apply(&self, unit: &mut CodeUnit) {
        if unit.name != "<module>" {
            unit.first_line = self.line(unit.first_line);
        }
        let runs: Vec<(u32, Position)> = unit.positions.runs().collect();
        unit.positions = Positions::from_runs(runs.into_iter().map(|(words, at)| {
            if at.line == 0 {
                return (words, at);
            }
            let found = self.find(at).unwrap_or_else(|| {
                let line = self.line(at.line);
                Position { line, end_line: line, col: 0, end_col: 0 }
            });
            (words, found)
        }));
        for constant in &mut unit.consts {
            if let Const::Code(inner) = constant {
                self.apply(Arc::make_mut(inner));
            }
        }
    }
}

/// The position of a node; None without a line, zeros for the columns that are not there.
fn position(th: &Thread, node: &Value) -> PyResult<Option<Position>> {
    let number = |name: &str| -> PyResult<Option<u32>> {
        match th.get_attr_opt(node, &th.intern(name))? {
            Some(value) if value.is_none() => Ok(None),
            Some(value) => Ok(Some(u32::try_from(th.index_i64(&value)?).unwrap_or(0))),
            None => Ok(None),
        }
    };
    let Some(line) = number("lineno")? else { return Ok(None) };
    let col = number("col_offset")?.unwrap_or(0);
    let end_line = number("end_lineno")?.unwrap_or(line).max(line);
    let end_col = number("end_col_offset")?.unwrap_or(col);
    Ok(Some(Position { line, end_line, col, end_col }))
}

fn missing_line(th: &Thread, node: &Value) -> Raised {
    let class = node.type_of(th);
    let kinds = ["stmt", "expr", "excepthandler", "pattern", "type_param", "arg", "keyword", "alias"];
    let kind = kinds
        .into_iter()
        .find(|kind| {
            let base = super::class(th, kind).ok();
            base.and_then(|base| TypeRef::from_value(&base)).is_some_and(|base| class.is_subtype(base))
        })
        .unwrap_or("stmt");
    th.type_error(format!("required field \"lineno\" missing from {kind}"))
}
