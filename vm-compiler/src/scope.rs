//! Scopes: which names each block binds and uses, and where each name lives (CPython's symtable).
//!
//! [`collect`] walks the AST once and records definitions and uses; [`analyze`] then decides the scope of every name.
//! A table is found again from its AST node through [`Scopes::of`], keyed by the node's address, so the AST must not
//! move in between.

mod analyze;
mod collect;
mod names;
pub mod view;

use crate::syntax_error::Fault;
pub use names::{Names, Sym};
use std::collections::HashMap;

/// Symbol flags, as CPython's `DEF_*` and `USE`.
pub mod symbol {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const FREE_CLASS: u32 = 64;
    pub const IMPORT: u32 = 128;
    pub const ANNOT: u32 = 256;
    pub const COMP_ITER: u32 = 512;
    pub const TYPE_PARAM: u32 = 1024;
    /// Unbound somewhere: by `del`, or at the end of an `except ... as` clause.
    pub const DELETED: u32 = 2048;
    /// Target of an assignment expression.
    pub const NAMED: u32 = 4096;
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// Where a name lives, seen from one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Unknown,
    Local,
    GlobalExplicit,
    GlobalImplicit,
    Free,
    Cell,
}

/// The kind of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Module,
    Class,
    Function,
    Lambda,
    ListComp,
    SetComp,
    DictComp,
    Generator,
    /// The annotations of a function, class or module.
    Annotation,
    TypeAlias,
    /// The block that holds the type parameters of a generic function, class or alias.
    TypeParams,
    /// A bound, constraints or default of a type parameter.
    TypeVariable,
}

impl Kind {
    /// Whether names are resolved as in a function.
    #[must_use]
    pub fn is_function_like(self) -> bool {
        !matches!(self, Kind::Module | Kind::Class)
    }

    /// A comprehension or generator expression.
    #[must_use]
    pub fn is_comprehension(self) -> bool {
        matches!(self, Kind::ListComp | Kind::SetComp | Kind::DictComp | Kind::Generator)
    }

    /// A block in which assignment expressions, `yield` and `await` are forbidden.
    #[must_use]
    pub fn is_annotation_like(self) -> bool {
        matches!(self, Kind::Annotation | Kind::TypeAlias | Kind::TypeParams | Kind::TypeVariable)
    }
}

/// A name in a block.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    pub name: Sym,
    /// [`symbol`] flags.
    pub flags: u32,
    pub place: Place,
}

/// Index of a table.
pub type ScopeId = usize;

/// One block.
#[derive(Clone, Debug)]
pub struct Table {
    pub kind: Kind,
    pub name: Sym,
    pub parent: Option<ScopeId>,
    pub children: Vec<ScopeId>,
    pub symbols: Vec<Symbol>,
    index: HashMap<Sym, usize, names::SymHasher>,
    pub line_offset: u32,
    /// Inside a function.
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    /// A function defined in a class body.
    pub method: bool,
    /// Compiled into the block around it (PEP 709).
    pub inlined: bool,
    pub can_see_class_scope: bool,
    /// A class whose methods use `__class__`.
    pub needs_class_closure: bool,
    /// A class whose annotation scopes look names up in its namespace.
    pub needs_classdict: bool,
    pub has_conditional_annotations: bool,
    /// The shared annotation block of a class or module.
    pub annotations: Option<ScopeId>,
    /// Text in errors of a type parameter's block, such as `a TypeVar bound`.
    scope_info: &'static str,
    in_conditional: bool,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    directives: Vec<(Sym, ruff_text_size::TextRange)>,
}

impl Table {
    /// The symbol of this name.
    #[must_use]
    pub fn get(&self, name: Sym) -> Option<&Symbol> {
        self.index.get(&name).and_then(|&i| self.symbols.get(i))
    }

    fn get_mut(&mut self, name: Sym) -> Option<&mut Symbol> {
        self.index.get(&name).and_then(|&i| self.symbols.get_mut(i))
    }

    fn entry(&mut self, name: Sym) -> &mut Symbol {
        let next = self.symbols.len();
        let i = *self.index.entry(name).or_insert(next);
        if i == next {
            self.symbols.push(Symbol { name, flags: 0, place: Place::Unknown });
        }
        &mut self.symbols[i]
    }

    /// The symbol's flags, 0 if it has none.
    #[must_use]
    pub fn flags(&self, name: Sym) -> u32 {
        self.get(name).map_or(0, |s| s.flags)
    }
}

/// Which of the blocks of one AST node is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The body.
    Body,
    TypeParams,
    Annotations,
    /// A type parameter's bound.
    Bound,
    /// A type parameter's default.
    Default,
    /// A type alias's value.
    Value,
}

/// All blocks of a module, the names in them interned.
#[derive(Debug, Default)]
pub struct Scopes {
    pub tables: Vec<Table>,
    pub names: Names,
    by_node: HashMap<(usize, Part), ScopeId, names::SymHasher>,
    /// SyntaxWarnings, in source order.
    pub warnings: Vec<(ruff_text_size::TextRange, String)>,
}

impl Scopes {
    /// The block of this node.
    #[must_use]
    pub fn of<T>(&self, node: &T, part: Part) -> Option<ScopeId> {
        self.by_node.get(&(std::ptr::from_ref(node) as usize, part)).copied()
    }
}

/// What the caller of [`build`] decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScopeOptions {
    pub future_annotations: bool,
    pub allow_top_level_await: bool,
}

/// Builds and resolves the scopes of a module or expression.
///
/// # Errors
/// The SyntaxErrors of CPython's symtable.
pub fn build(module: &ruff_python_ast::Mod, options: ScopeOptions) -> Result<Scopes, Fault> {
    let mut scopes = collect::collect(module, options)?;
    analyze::analyze(&mut scopes)?;
    Ok(scopes)
}

/// `_Py_Mangle`: `__name` in class `_Class` becomes `_Class__name`.
#[must_use]
pub fn mangle<'n>(class: Option<&str>, name: &'n str) -> std::borrow::Cow<'n, str> {
    if let Some(class) = class
        && name.starts_with("__")
        && !name.ends_with("__")
        && !name.contains('.')
    {
        let class = class.trim_start_matches('_');
        if !class.is_empty() {
            return format!("_{class}{name}").into();
        }
    }
    name.into()
}
