//! Module `_symtable`: the compiler's scopes.
use crate::builtins::compile::{Source, source_bytes};
use crate::prelude::*;
use vm_compiler::Mode;
use vm_compiler::scope::view::{self, Entry};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_symtable",
    doc: "",
    functions: &[m(
        "symtable",
        "(source, filename, startstr, /)",
        symtable,
        "Return symbol and scope dictionaries used internally by compiler.",
    )],
    hidden_types: &[&ENTRY],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

/// Payload of a block; its attributes never change.
pub struct TableEntry {
    name: Value,
    /// An object of this block's own, for `id`.
    id: Value,
    kind: i64,
    line: i64,
    nested: bool,
    symbols: Value,
    varnames: Value,
    children: Value,
}

payload!(TableEntry, "symtable entry", traverse = TableEntry::traverse, clear = TableEntry::clear);

impl TableEntry {
    fn traverse(&self, visit: Visitor<'_>) {
        for v in [&self.name, &self.id, &self.symbols, &self.varnames, &self.children] {
            visit(v);
        }
    }

    fn clear(&self) {}
}

/// The type of blocks.
pub static ENTRY: TypeSpec = TypeSpec {
    name: "symtable entry",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr)],
    getset: &[
        gs("id", |th, v| Ok(entry(th, v)?.id.clone()), None, ""),
        gs("name", |th, v| Ok(entry(th, v)?.name.clone()), None, ""),
        gs("symbols", |th, v| Ok(entry(th, v)?.symbols.clone()), None, ""),
        gs("varnames", |th, v| Ok(entry(th, v)?.varnames.clone()), None, ""),
        gs("children", |th, v| Ok(entry(th, v)?.children.clone()), None, ""),
        gs("nested", |th, v| Ok(th.int(i64::from(entry(th, v)?.nested))), None, ""),
        gs("type", |th, v| Ok(th.int(entry(th, v)?.kind)), None, ""),
        gs("lineno", |th, v| Ok(th.int(entry(th, v)?.line)), None, ""),
    ],
    ..TypeSpec::of::<TableEntry>()
};

fn entry<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a TableEntry> {
    th.expect::<TableEntry>(v, "symtable entry")
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = entry(th, v)?;
    let (name, id) = (th.str_text(&e.name)?, th.str_text(&e.id)?);
    Ok(th.str(&format!("<symtable entry {name}({id}), line {}>", e.line)))
}

fn symtable(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [source, filename, start, ..] = args else { return Ok(Value::NONE) };
    let filename = th.fs_decode(filename)?;
    let file = filename.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
    let source = source_bytes(th, source, "symtable", "string or bytes")?;
    let Some(start) = start.as_str() else {
        return Err(th.type_error(format!("symtable() argument 3 must be str, not {}", start.type_name(th))));
    };
    let mode = match start.to_str() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        _ => return Err(th.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let text = match source {
        Source::Text(text) => text,
        Source::Bytes(bytes) => th.decode_source(&bytes, &file)?,
    };
    match view::symtable(&text, &file, mode) {
        Ok(top) => make(th, &top),
        Err(error) => Err(th.syntax_error(&error)),
    }
}

fn make(th: &Thread, e: &Entry) -> PyResult<Value> {
    let _guard = th.enter_recursive(" while building a symbol table")?;
    let symbols = th.dict();
    if let Some(d) = symbols.payload::<Dict>() {
        for (name, flags) in &e.symbols {
            d.set(th, &th.intern(name), th.int(i64::from(*flags)))?;
        }
    }
    let mut children = Vec::with_capacity(e.children.len());
    for child in &e.children {
        children.push(make(th, child)?);
    }
    let varnames = th.list(e.varnames.iter().map(|n| th.intern(n)).collect());
    let identity = varnames.identity();
    let made = TableEntry {
        name: th.intern(&e.name),
        id: th.int(i64::try_from(identity >> 1).unwrap_or(0)),
        kind: i64::from(e.kind),
        line: i64::from(e.line),
        nested: e.nested,
        symbols,
        varnames,
        children: th.list(children),
    };
    Ok(th.new_object(th.type_for::<TableEntry>(), made))
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, n) in [
        ("USE", 16),
        ("DEF_GLOBAL", 1),
        ("DEF_NONLOCAL", 8),
        ("DEF_LOCAL", 2),
        ("DEF_PARAM", 4),
        ("DEF_TYPE_PARAM", 1024),
        ("DEF_FREE_CLASS", 64),
        ("DEF_IMPORT", 128),
        ("DEF_BOUND", 134),
        ("DEF_ANNOT", 256),
        ("DEF_COMP_ITER", 512),
        ("DEF_COMP_CELL", 2048),
        ("TYPE_FUNCTION", 0),
        ("TYPE_CLASS", 1),
        ("TYPE_MODULE", 2),
        ("TYPE_ANNOTATION", 3),
        ("TYPE_TYPE_ALIAS", 4),
        ("TYPE_TYPE_PARAMETERS", 5),
        ("TYPE_TYPE_VARIABLE", 6),
        ("LOCAL", 1),
        ("GLOBAL_EXPLICIT", 2),
        ("GLOBAL_IMPLICIT", 3),
        ("FREE", 4),
        ("CELL", 5),
        ("SCOPE_OFF", 12),
        ("SCOPE_MASK", 15),
    ] {
        th.set_module_attr(module, name, th.int(n))?;
    }
    Ok(())
}
