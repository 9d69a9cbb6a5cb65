//! The tables as module `symtable` shows them: what the compiler keeps differently is put into CPython's form.
//!
//! Comprehensions that are compiled into the block around them vanish, their names and blocks become that block's, and
//! every function has a block of annotations even if it has none.

use super::{Kind, Place, Scopes, Sym, Table, symbol};
use crate::error::CompileError;
use crate::options::{Mode, Options, future};
use crate::parse;
use crate::source::Lines;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As `_symtable.TYPE_*`.
    pub kind: u32,
    pub name: String,
    pub line: u32,
    pub nested: bool,
    /// Names with their flags and scope (`_symtable.SCOPE_OFF`).
    pub symbols: Vec<(String, u32)>,
    pub varnames: Vec<String>,
    pub children: Vec<Entry>,
}

const COMP_CELL: u32 = 2048;
const SCOPE_OFF: u32 = 12;

/// The blocks of a source text.
///
/// # Errors
/// SyntaxError and its kin.
pub fn symtable(source: &str, filename: &str, mode: Mode) -> Result<Entry, CompileError> {
    let source = &*crate::source::with_newlines(source);
    parse::with_stack(source, filename, || {
        let options = Options::default();
        let parsed = parse::parse(source, filename, mode, &options)?;
        let lines = Lines::new(source);
        let mut features = 0;
        if let ruff_python_ast::Mod::Module(m) = &parsed.module {
            features = crate::lower::future_features(&m.body).map_err(|f| f.into_error(&lines, filename))?;
        }
        let options = super::ScopeOptions {
            future_annotations: features & future::ANNOTATIONS != 0,
            allow_top_level_await: false,
        };
        let scopes = super::build(&parsed.module, options).map_err(|f| f.into_error(&lines, filename))?;
        let viewer = Viewer { s: &scopes, lines: &lines };
        Ok(viewer.entry(0).entry)
    })
}

struct Viewer<'a> {
    s: &'a Scopes,
    lines: &'a Lines<'a>,
}

/// An entry in the making, its names not yet texts.
struct Made {
    entry: Entry,
    symbols: Vec<(Sym, u32, Place)>,
}

impl Viewer<'_> {
    fn entry(&self, id: usize) -> Made {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.entry_here(id))
    }

    fn entry_here(&self, id: usize) -> Made {
        let table = &self.s.tables[id];
        let mut symbols: Vec<(Sym, u32, Place)> = table
            .symbols
            .iter()
            .map(|s| (s.name, s.flags & !(symbol::DELETED | symbol::NAMED) & 0x7ff, s.place))
            .collect();
        if table.kind.is_annotation_like() {
            let (format, conditional) =
                (self.s.names.find(".format"), self.s.names.find("__conditional_annotations__"));
            let module = table.parent.is_none_or(|p| self.s.tables[p].kind == Kind::Module);
            symbols.retain(|s| !(module && Some(s.0) == conditional));
            for s in &mut symbols {
                if Some(s.0) == format {
                    s.1 |= symbol::USE;
                }
            }
        }
        let mut children = Vec::new();
        for &child in &table.children {
            let t = &self.s.tables[child];
            let made = self.entry(child);
            if t.inlined {
                merge(&mut symbols, &made.symbols, table.kind);
                children.extend(made.entry.children);
                continue;
            }
            if t.kind == Kind::Function && !self.annotated(table, child) {
                children.push(self.no_annotations(t, table));
            }
            children.push(made.entry);
        }
        let entry = Entry {
            kind: number(table.kind),
            name: self.s.names.text(table.name).trim_matches(['<', '>']).to_owned(),
            line: if id == 0 { 0 } else { self.lines.line(table.line_offset) },
            nested: table.nested,
            symbols: symbols
                .iter()
                .map(|(name, flags, place)| {
                    (self.s.names.text(*name).to_owned(), flags | scope(*place) << SCOPE_OFF)
                })
                .collect(),
            varnames: table
                .symbols
                .iter()
                .filter(|s| s.flags & symbol::PARAM != 0)
                .map(|s| self.s.names.text(s.name).to_owned())
                .collect(),
            children,
        };
        Made { entry, symbols }
    }

    /// Whether the block before a function's is that of its annotations.
    fn annotated(&self, parent: &Table, function: usize) -> bool {
        let at = parent.children.iter().position(|c| *c == function).unwrap_or(0);
        let Some(before) = at.checked_sub(1).and_then(|i| parent.children.get(i)) else { return false };
        let t = &self.s.tables[*before];
        t.kind == Kind::Annotation && t.line_offset == self.s.tables[function].line_offset
    }

    fn no_annotations(&self, function: &Table, parent: &Table) -> Entry {
        let mut symbols =
            vec![(".format".to_owned(), symbol::PARAM | symbol::USE | scope(Place::Local) << SCOPE_OFF)];
        if parent.kind == Kind::Class || parent.can_see_class_scope {
            symbols.push(("__classdict__".to_owned(), symbol::USE | scope(Place::Free) << SCOPE_OFF));
        }
        Entry {
            kind: number(Kind::Annotation),
            name: "__annotate__".to_owned(),
            line: self.lines.line(function.line_offset),
            nested: function.nested,
            symbols,
            varnames: vec![".format".to_owned()],
            children: Vec::new(),
        }
    }
}

/// Adds the names of a comprehension to the block that it is compiled into.
fn merge(symbols: &mut Vec<(Sym, u32, Place)>, inner: &[(Sym, u32, Place)], kind: Kind) {
    for &(name, flags, place) in inner {
        if flags & symbol::PARAM != 0 {
            continue;
        }
        let cell = if place == Place::Cell || flags & COMP_CELL != 0 { COMP_CELL } else { 0 };
        match symbols.iter_mut().find(|s| s.0 == name) {
            Some(known) => {
                known.1 |= cell | flags & symbol::USE;
                let captured = cell != 0 && known.1 & symbol::BOUND != 0 && kind.is_function_like();
                if captured && known.2 == Place::Local {
                    known.2 = Place::Cell;
                }
            }
            None => symbols.push((name, flags | cell, place)),
        }
    }
}

fn number(kind: Kind) -> u32 {
    match kind {
        Kind::Class => 1,
        Kind::Module => 2,
        Kind::Annotation => 3,
        Kind::TypeAlias => 4,
        Kind::TypeParams => 5,
        Kind::TypeVariable => 6,
        _ => 0,
    }
}

fn scope(place: Place) -> u32 {
    match place {
        Place::Unknown => 0,
        Place::Local => 1,
        Place::GlobalExplicit => 2,
        Place::GlobalImplicit => 3,
        Place::Free => 4,
        Place::Cell => 5,
    }
}
