//! Frame objects as Python sees them, and the write-through view of their locals (PEP 667).
use crate::interp::frames::{FrameObject, is_cell_register, visible_registers};
use crate::prelude::*;
use crate::types::cell::Cell;
use crate::types::function::Function;
use std::sync::atomic::Ordering;

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a FrameObject> {
    th.expect::<FrameObject>(v, "frame")
}

fn get_locals(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = this(th, v)?;
    let locals = f.locals(th);
    if !locals.is_unbound() {
        return Ok(locals);
    }
    Ok(th.new_object(th.type_for::<LocalsProxy>(), LocalsProxy { frame: v.clone() }))
}

fn get_globals(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.function.payload::<Function>().map_or(Value::NONE, |f| f.globals.clone()))
}

fn get_builtins(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.function.payload::<Function>().map_or(Value::NONE, |f| f.builtins.clone()))
}

fn get_lineno(th: &Thread, v: &Value) -> PyResult<Value> {
    let line = this(th, v)?.line(th);
    Ok(if line == 0 { Value::NONE } else { th.int(i64::from(line)) })
}

fn set_lineno(th: &Thread, _: &Value, _: Option<&Value>) -> PyResult<()> {
    Err(th.not_implemented_error("jumping by assigning to f_lineno is not supported"))
}

/// Twice the index of the instruction's word; the odd number before it at the line of a statement that has none.
fn lasti(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = this(th, v)?;
    let mark = f.event.load(Ordering::Relaxed) == b'l' && f.shown_line.load(Ordering::Relaxed) != 0;
    Ok(th.usize((f.pc_index(th) * 2).saturating_sub(usize::from(mark))))
}

fn get_trace(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.trace.get(th))
}

fn set_trace(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let f = this(th, v)?;
    let value = value.cloned().unwrap_or(Value::NONE);
    let on = !value.is_none();
    f.trace.set(th, value);
    if on {
        crate::interp::trace::watch(th, f);
    }
    Ok(())
}

fn set_trace_lines(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    let on = value.and_then(Value::as_bool);
    match on {
        Some(on) => {
            this(th, v)?.trace_lines.store(on, Ordering::Relaxed);
            Ok(())
        }
        None => Err(th.type_error("attribute value type must be bool")),
    }
}

fn set_trace_opcodes(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    match value.and_then(Value::as_bool) {
        Some(on) => {
            this(th, v)?.trace_opcodes.store(on, Ordering::Relaxed);
            Ok(())
        }
        None => Err(th.type_error("attribute value type must be bool")),
    }
}

fn clear(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let f = this(th, v)?;
    if f.is_live(th) {
        let Some(generator) = f.generator(th) else {
            return Err(th.runtime_error("cannot clear an executing frame"));
        };
        use crate::interp::generator::{CREATED, Generator, RUNNING};
        match generator.payload::<Generator>().map(Generator::state) {
            Some(RUNNING) => return Err(th.runtime_error("cannot clear an executing frame")),
            Some(CREATED) => return crate::types::generator::close(th, &generator, &[]).map(|_| Value::NONE),
            _ => {}
        }
        return Err(th.runtime_error("cannot clear a suspended frame"));
    }
    f.clear_ended(th);
    Ok(Value::NONE)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = this(th, v)?;
    let line = f.line(th);
    let (file, name) = match f.code() {
        Some(c) => (th.repr_string(&c.filename)?.to_string(), c.unit().qualname.clone()),
        None => (String::new(), String::new()),
    };
    Ok(th.str(&format!("<frame at {:#x}, file {file}, line {line}, code {name}>", v.identity())))
}

fn generator_of(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(this(th, v)?.generator(th).unwrap_or(Value::NONE))
}

/// `frame`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "frame",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr)],
    methods: &[
        m("clear", "()", clear, "Clear all references held by the frame."),
        m(
            "__sizeof__",
            "()",
            |th, _, _| Ok(th.usize(std::mem::size_of::<FrameObject>() + 24)),
            "Return the size of the frame in memory, in bytes.",
        ),
    ],
    getset: &[
        gs("f_back", |th, v| Ok(this(th, v)?.back(th).unwrap_or(Value::NONE)), None, ""),
        gs("f_code", |th, v| Ok(this(th, v)?.code.clone()), None, ""),
        gs("f_builtins", get_builtins, None, ""),
        gs("f_globals", get_globals, None, ""),
        gs("f_locals", get_locals, None, ""),
        gs("f_lineno", get_lineno, Some(set_lineno), ""),
        gs("f_lasti", lasti, None, ""),
        gs("f_trace", get_trace, Some(set_trace), ""),
        mb(
            "f_trace_lines",
            |th, v| Ok(Value::bool(this(th, v)?.trace_lines.load(Ordering::Relaxed))),
            Some(set_trace_lines),
            "",
        ),
        gs(
            "f_trace_opcodes",
            |th, v| Ok(Value::bool(this(th, v)?.trace_opcodes.load(Ordering::Relaxed))),
            Some(set_trace_opcodes),
            "",
        ),
        gs("f_generator", generator_of, None, ""),
    ],
    ..TypeSpec::of::<FrameObject>()
};

/// The payload of `FrameLocalsProxy`.
pub struct LocalsProxy {
    frame: Value,
}
payload!(LocalsProxy, "FrameLocalsProxy", traverse = LocalsProxy::traverse);

impl LocalsProxy {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.frame);
    }
}

fn frame_of<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a FrameObject> {
    let proxy = th.expect::<LocalsProxy>(v, "FrameLocalsProxy")?;
    th.expect::<FrameObject>(&proxy.frame, "frame")
}

/// The register of a name, and whether it holds a cell.
fn find(th: &Thread, f: &FrameObject, name: &Value) -> PyResult<Option<(usize, bool)>> {
    let Some(code) = f.code() else { return Ok(None) };
    if name.as_str().is_none() {
        return Ok(None);
    }
    for (known, reg) in visible_registers(th, code) {
        if th.eq(&known, name)? {
            return Ok(Some((reg, is_cell_register(code, reg))));
        }
    }
    Ok(None)
}

fn read(th: &Thread, f: &FrameObject, reg: usize, cell: bool) -> Value {
    let v = f.register(th, reg);
    if cell && let Some(c) = v.payload::<Cell>() {
        return c.contents.get(th);
    }
    v
}

fn proxy_get(th: &Thread, v: &Value, name: &Value) -> PyResult<Option<Value>> {
    let f = frame_of(th, v)?;
    if let Some((reg, cell)) = find(th, f, name)? {
        let value = read(th, f, reg, cell);
        return Ok(if value.is_unbound() { None } else { Some(value) });
    }
    let extra = f.extra.with(th, |e| e.clone());
    match extra.as_ref().and_then(|e| e.payload::<Dict>()) {
        Some(d) => d.get(th, name),
        None => Ok(None),
    }
}

fn proxy_getitem(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    match proxy_get(th, v, name)? {
        Some(value) => Ok(value),
        None => Err(th.raise_args(
            th.types().exc.key_error,
            &[th.str(&format!("local variable '{}' is not defined", th.str_string(name)?))],
        )),
    }
}

fn proxy_setitem(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let f = frame_of(th, v)?;
    let Some(value) = value else {
        if find(th, f, name)?.is_some() {
            return Err(th.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        let extra = f.extra.with(th, |e| e.clone());
        let gone = match extra.as_ref().and_then(|e| e.payload::<Dict>()) {
            Some(d) => d.del(th, name)?,
            None => false,
        };
        return if gone { Ok(()) } else { Err(th.key_error(name.clone())) };
    };
    if let Some((reg, cell)) = find(th, f, name)? {
        if cell {
            let current = f.register(th, reg);
            if let Some(c) = current.payload::<Cell>() {
                c.contents.set(th, value.clone());
                return Ok(());
            }
        }
        f.set_register(th, reg, value.clone());
        return Ok(());
    }
    let fresh = th.dict();
    let extra = f.extra.with(th, |e| e.get_or_insert(fresh).clone());
    match extra.payload::<Dict>() {
        Some(d) => d.set(th, name, value),
        None => Ok(()),
    }
}

fn proxy_dict(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = frame_of(th, v)?;
    let dict = th.dict();
    if let (Some(d), Some(code)) = (dict.payload::<Dict>(), f.code()) {
        for (name, reg) in visible_registers(th, code) {
            let value = read(th, f, reg, is_cell_register(code, reg));
            if !value.is_unbound() {
                d.set(th, &name, value)?;
            }
        }
        if let Some(extra) = f.extra.with(th, |e| e.clone()) {
            d.update(th, &extra)?;
        }
    }
    Ok(dict)
}

fn on_dict(th: &Thread, v: &Value, method: &str, args: &[Value]) -> PyResult<Value> {
    let dict = proxy_dict(th, v)?;
    th.call_method(&dict, method, args)
}

fn proxy_compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if let (Some(x), Some(y), CompareOp::Eq | CompareOp::Ne) =
        (a.payload::<LocalsProxy>(), b.payload::<LocalsProxy>(), op)
    {
        return Ok(Value::bool(x.frame.is(&y.frame) == (op == CompareOp::Eq)));
    }
    if b.payload::<Dict>().is_some() {
        let dict = proxy_dict(th, a)?;
        return th.compare(&dict, b, op);
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn proxy_update(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let other = th.dict();
    if let Some(d) = other.payload::<Dict>() {
        d.update(th, &args[0])?;
        for (key, value) in d.items(th) {
            proxy_setitem(th, v, &key, Some(&value))?;
        }
    }
    Ok(Value::NONE)
}

/// `FrameLocalsProxy`.
pub static LOCALS_PROXY: TypeSpec = TypeSpec {
    name: "FrameLocalsProxy",
    flags: MAPPING,
    slots: &[
        Slot::Repr(|th, v| {
            let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("{...}")) };
            let dict = proxy_dict(th, v)?;
            th.repr(&dict)
        }),
        Slot::Len(|th, v| {
            let dict = proxy_dict(th, v)?;
            th.length(&dict)
        }),
        Slot::GetItem(proxy_getitem),
        Slot::SetItem(proxy_setitem),
        Slot::Contains(|th, v, name| Ok(proxy_get(th, v, name)?.is_some())),
        Slot::Iter(|th, v| {
            let keys = on_dict(th, v, "keys", &[])?;
            let keys = th.collect(&keys)?;
            th.iter(&th.list(keys))
        }),
        Slot::RichCompare(proxy_compare),
        Slot::NotHashable,
    ],
    methods: &[
        m(
            "get",
            "(key, default=None, /)",
            |th, v, a| {
                Ok(proxy_get(th, v, &a[0])?.unwrap_or(if a[1].is_unbound() {
                    Value::NONE
                } else {
                    a[1].clone()
                }))
            },
            "",
        ),
        m(
            "keys",
            "()",
            |th, v, _| {
                let k = on_dict(th, v, "keys", &[])?;
                Ok(th.list(th.collect(&k)?))
            },
            "",
        ),
        m(
            "values",
            "()",
            |th, v, _| {
                let k = on_dict(th, v, "values", &[])?;
                Ok(th.list(th.collect(&k)?))
            },
            "",
        ),
        m(
            "items",
            "()",
            |th, v, _| {
                let k = on_dict(th, v, "items", &[])?;
                Ok(th.list(th.collect(&k)?))
            },
            "",
        ),
        m("copy", "()", |th, v, _| proxy_dict(th, v), ""),
        m("update", "(other, /)", proxy_update, ""),
        m(
            "setdefault",
            "(key, default=None, /)",
            |th, v, a| {
                if let Some(found) = proxy_get(th, v, &a[0])? {
                    return Ok(found);
                }
                let value = if a[1].is_unbound() { Value::NONE } else { a[1].clone() };
                proxy_setitem(th, v, &a[0], Some(&value))?;
                Ok(value)
            },
            "",
        ),
    ],
    ..TypeSpec::of::<LocalsProxy>()
};
