//! Code objects as Python sees them; the payload and how it is made ready to run are in `crate::code`.
use super::code_constants as constants;
use crate::code::Code;
use crate::prelude::*;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use vm_compiler::{CodeUnit, Position, flags};

/// `code`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "code",
    doc: "Create a code object.  Not for the faint of heart.",
    flags: WEAKREFS,
    slots: &[Slot::NewRaw(new), Slot::Repr(repr), Slot::Hash(hash), Slot::RichCompare(compare)],
    methods: &[
        m("__sizeof__", "()", |th, v, _| Ok(th.usize(this(th, v)?.unit().code.len() * 8 + 512)), ""),
        m("co_lines", "()", co_lines, ""),
        m("co_branches", "()", |th, _, _| th.iter(&th.list(Vec::new())), ""),
        m("co_positions", "()", co_positions, ""),
        m(
            "replace",
            "(**changes)",
            replace,
            "Return a copy of the code object with new values for the specified fields.",
        ),
        m("__replace__", "(**changes)", replace, "The same as replace()."),
        m(
            "_varname_from_oparg",
            "(oparg)",
            varname,
            "(internal-only) Return the local variable name for the given oparg.",
        ),
    ],
    getset: &[
        mb("co_argcount", |th, v| int(th, v, |u| u64::from(u.argcount)), None, ""),
        mb("co_posonlyargcount", |th, v| int(th, v, |u| u64::from(u.posonlyargcount)), None, ""),
        mb("co_kwonlyargcount", |th, v| int(th, v, |u| u64::from(u.kwonlyargcount)), None, ""),
        mb("co_stacksize", |th, v| int(th, v, |u| u64::from(u.nregs)), None, ""),
        mb("co_flags", |th, v| int(th, v, |u| u64::from(u.flags)), None, ""),
        mb("co_nlocals", |th, v| int(th, v, |u| u64::from(u.nvisible)), None, ""),
        mb("co_firstlineno", |th, v| int(th, v, |u| u64::from(u.first_line)), None, ""),
        mb("co_consts", |th, v| Ok(th.tuple(this(th, v)?.body(th)?.consts.to_vec())), None, ""),
        mb("co_names", |th, v| Ok(th.tuple(this(th, v)?.body(th)?.names.to_vec())), None, ""),
        mb("co_filename", |th, v| Ok(this(th, v)?.filename.clone()), None, ""),
        mb("co_name", |th, v| Ok(this(th, v)?.name.clone()), None, ""),
        mb("co_qualname", |th, v| Ok(this(th, v)?.qualname.clone()), None, ""),
        gs("co_varnames", co_varnames, None, ""),
        gs("co_cellvars", co_cellvars, None, ""),
        gs("co_freevars", co_freevars, None, ""),
        gs("co_code", co_code, None, ""),
        gs("_co_code_adaptive", co_code, None, ""),
        mb("co_linetable", |th, v| Ok(th.bytes(&this(th, v)?.unit().positions.0)), None, ""),
        mb("co_exceptiontable", exception_table, None, ""),
        gs("co_lnotab", co_lnotab, None, ""),
    ],
    ..TypeSpec::of::<Code>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Code> {
    th.expect::<Code>(v, "code")
}

fn int(th: &Thread, v: &Value, f: fn(&CodeUnit) -> u64) -> PyResult<Value> {
    let n = f(this(th, v)?.unit());
    Ok(th.int(i64::try_from(n).unwrap_or(i64::MAX)))
}

fn new(th: &Thread, _: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let n = args.positional().len();
    if !args.names.is_empty() {
        return Err(th.type_error("code() takes no keyword arguments"));
    }
    if n < 16 {
        return Err(th.type_error(format!("code expected at least 16 arguments, got {n}")));
    }
    if n > 18 {
        return Err(th.type_error(format!("code expected at most 18 arguments, got {n}")));
    }
    Err(th.not_implemented_error("code objects cannot be made from parts; use compile() or code.replace()"))
}

fn strings<'a>(th: &Thread, names: impl Iterator<Item = &'a String>) -> Value {
    th.tuple(names.map(|n| th.intern(n)).collect())
}

fn co_varnames(th: &Thread, v: &Value) -> PyResult<Value> {
    let unit = this(th, v)?.unit();
    Ok(strings(th, unit.varnames.iter().take(usize::from(unit.nvisible))))
}

fn co_cellvars(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(strings(th, this(th, v)?.unit().cellvars.iter().map(|c| &c.name)))
}

fn co_freevars(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(strings(th, this(th, v)?.unit().freevars.iter()))
}

fn co_code(th: &Thread, v: &Value) -> PyResult<Value> {
    let bytes: Vec<u8> = this(th, v)?.unit().code.iter().flat_map(|w| w.to_le_bytes()).collect();
    Ok(th.bytes(&bytes))
}

fn exception_table(th: &Thread, v: &Value) -> PyResult<Value> {
    let mut bytes = Vec::new();
    for e in &this(th, v)?.unit().exceptions {
        for n in [e.start, e.end, e.target, u32::from(e.depth), u32::from(e.reg)] {
            bytes.extend(n.to_le_bytes());
        }
    }
    Ok(th.bytes(&bytes))
}

/// Each run of words with one line: (first offset, offset after, line or None). An offset is twice a word's index.
fn lines(unit: &CodeUnit) -> Vec<(usize, usize, Option<u32>)> {
    let mut out: Vec<(usize, usize, Option<u32>)> = Vec::new();
    let mut at = 0;
    for (n, p) in unit.positions.runs() {
        let line = (p != Position::default()).then_some(p.line);
        let end = at + n as usize * 2;
        if n == 0 {
            // A statement without an instruction: half a step before the next one.
            if let Some(last) = out.last_mut() {
                last.1 = at.saturating_sub(1).max(last.0);
            }
            out.push((at.saturating_sub(1), at, line));
            continue;
        }
        match out.last_mut() {
            Some(last) if last.2 == line => last.1 = end,
            _ => out.push((at, end, line)),
        }
        at = end;
    }
    out
}

fn co_lines(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let rows = lines(this(th, v)?.unit())
        .into_iter()
        .map(|(start, end, line)| {
            let line = line.map_or(Value::NONE, |l| th.int(i64::from(l)));
            th.tuple(vec![th.usize(start), th.usize(end), line])
        })
        .collect();
    th.iter(&th.list(rows))
}

fn co_lnotab(th: &Thread, v: &Value) -> PyResult<Value> {
    th.deprecation_warning("co_lnotab is deprecated, use co_lines instead.", 1)?;
    let unit = this(th, v)?.unit();
    let mut bytes = Vec::new();
    let (mut at, mut line) = (0usize, i64::from(unit.first_line));
    for (start, _, to) in lines(unit) {
        let Some(to) = to.map(i64::from) else { continue };
        let (mut step, mut delta) = (start - at, to - line);
        while step > 255 {
            bytes.extend([255, 0]);
            step -= 255;
        }
        while delta > 127 {
            bytes.extend([step as u8, 127]);
            step = 0;
            delta -= 127;
        }
        while delta < -128 {
            bytes.extend([step as u8, 0x80]);
            step = 0;
            delta += 128;
        }
        bytes.extend([step as u8, delta as i8 as u8]);
        (at, line) = (start, to);
    }
    Ok(th.bytes(&bytes))
}

fn co_positions(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let code = this(th, v)?;
    let mut rows = Vec::with_capacity(code.unit().code.len());
    for (n, p) in code.unit().positions.runs() {
        let row = if p == Position::default() {
            th.tuple(vec![Value::NONE; 4])
        } else {
            let int = |n: u32| th.int(i64::from(n));
            th.tuple(vec![int(p.line), int(p.end_line), int(p.col), int(p.end_col)])
        };
        // Malformed positions must not make an endless list.
        let room = code.unit().code.len().saturating_sub(rows.len());
        rows.extend(std::iter::repeat_n(row, (n as usize).min(room)));
    }
    th.iter(&th.list(rows))
}

fn varname(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let reg = th.index_i64(&args[0])?;
    let name = u16::try_from(reg)
        .ok()
        .and_then(|r| this(th, v).ok().and_then(|c| c.unit().register_name(r).map(str::to_owned)));
    match name {
        Some(name) => Ok(th.str(&name)),
        None => Err(th.index_error("tuple index out of range")),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let code = this(th, v)?;
    let file = th.str_text(&code.filename)?;
    let line = if code.unit().first_line == 0 { -1 } else { i64::from(code.unit().first_line) };
    Ok(th.str(&format!(
        "<code object {} at {:#x}, file \"{file}\", line {line}>",
        code.unit().name,
        v.identity()
    )))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let unit = this(th, v)?.unit();
    let mut h = std::collections::hash_map::DefaultHasher::new();
    (&unit.name, &unit.code, unit.argcount, unit.flags, unit.first_line, &unit.consts).hash(&mut h);
    Ok(match h.finish() as i64 {
        -1 => -2,
        h => h,
    })
}

fn compare(_: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Code>(), b.payload::<Code>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let equal = match op {
        CompareOp::Eq | CompareOp::Ne => {
            let without_file = |u: &CodeUnit| CodeUnit { filename: String::new(), ..u.clone() };
            Arc::ptr_eq(x.unit(), y.unit()) || without_file(x.unit()) == without_file(y.unit())
        }
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn text(th: &Thread, field: &str, v: &Value) -> PyResult<String> {
    match v.as_str() {
        Some(s) => Ok(s.as_wtf8().to_string_lossy().into_owned()),
        None => {
            Err(th.type_error(format!("replace() argument '{field}' must be str, not {}", v.type_name(th))))
        }
    }
}

fn texts(th: &Thread, field: &str, v: &Value) -> PyResult<Vec<String>> {
    let Some(t) = v.payload::<Tuple>() else {
        return Err(
            th.type_error(format!("replace() argument '{field}' must be tuple, not {}", v.type_name(th)))
        );
    };
    t.as_slice().iter().map(|s| text(th, field, s)).collect()
}

fn small<T: TryFrom<i64>>(th: &Thread, field: &str, v: &Value) -> PyResult<T> {
    let n = th.index_i64(v)?;
    T::try_from(n).map_err(|_| th.value_error(format!("code: {field} must not be negative")))
}

fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let code = this(th, v)?;
    let mut unit = CodeUnit::clone(code.unit());
    let changes = args.first().and_then(|a| a.payload::<Dict>()).map(|d| d.items(th)).unwrap_or_default();
    for (key, value) in changes {
        let field = th.str_text(&key)?;
        let now = || th.getattr(v, &key);
        match field.as_str() {
            "co_name" => unit.name = text(th, &field, &value)?,
            "co_qualname" => unit.qualname = text(th, &field, &value)?,
            "co_filename" => unit.filename = text(th, &field, &value)?,
            "co_firstlineno" => unit.first_line = small(th, &field, &value)?,
            "co_flags" => unit.flags = small(th, &field, &value)?,
            "co_names" => {
                let names = texts(th, &field, &value)?;
                if names.len() < unit.names.len() {
                    return Err(th.value_error("code: names is too small"));
                }
                unit.names = names;
            }
            "co_varnames" => {
                let names = texts(th, &field, &value)?;
                let visible = usize::from(unit.nvisible);
                if names.len() != visible {
                    return Err(th.value_error("code: varnames is too small"));
                }
                unit.varnames.splice(..visible, names);
            }
            "co_freevars" => {
                let names = texts(th, &field, &value)?;
                if names.len() != unit.freevars.len() {
                    return Err(th.value_error("code: freevars must keep its length"));
                }
                unit.freevars = names;
            }
            "co_cellvars" => {
                let names = texts(th, &field, &value)?;
                if names.len() != unit.cellvars.len() {
                    return Err(th.value_error("code: cellvars must keep its length"));
                }
                for (cell, name) in unit.cellvars.iter_mut().zip(names) {
                    cell.name = name;
                }
            }
            "co_consts" => {
                let Some(t) = value.payload::<Tuple>() else {
                    return Err(th.type_error(format!(
                        "replace() argument 'co_consts' must be tuple, not {}",
                        value.type_name(th)
                    )));
                };
                if t.as_slice().len() < unit.consts.len() {
                    return Err(th.value_error("code: consts is too small"));
                }
                unit.consts =
                    t.as_slice().iter().map(|c| constants::freeze(th, c)).collect::<PyResult<_>>()?;
                if t.as_slice().first().is_none_or(|d| d.as_str().is_none()) {
                    unit.flags &= !flags::HAS_DOCSTRING;
                }
            }
            "co_argcount" | "co_posonlyargcount" | "co_kwonlyargcount" | "co_nlocals" | "co_stacksize"
            | "co_code" | "co_linetable" | "co_exceptiontable" => {
                if !th.eq(&now()?, &value)? {
                    return Err(th.not_implemented_error(format!("code.replace() cannot change {field}")));
                }
            }
            _ => return Err(th.type_error(format!("replace() got an unexpected keyword argument '{field}'"))),
        }
    }
    Code::thaw(th, &Arc::new(unit))
}
