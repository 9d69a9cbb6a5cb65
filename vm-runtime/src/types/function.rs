//! Python functions.
use crate::code::Code;
use crate::prelude::*;
use crate::types::cell::Cell;
use crate::types::module::Module;
use std::sync::atomic::{AtomicU32, Ordering};

/// The payload of function objects. UNBOUND slots are those that are not set.
pub struct Function {
    /// `__code__`.
    pub code: AtomicValue,
    /// `__globals__`, a dict.
    pub globals: Value,
    /// `__builtins__`: nearly always a dict.
    pub builtins: Value,
    /// `__closure__`: a tuple of cells or None.
    pub closure: Value,
    /// `__name__`.
    pub name: AtomicValue,
    /// `__qualname__`.
    pub qualname: AtomicValue,
    /// `__module__`.
    pub module: AtomicValue,
    /// `__doc__`; empty while it is the docstring of `code` and nobody asked for it.
    doc: AtomicValue,
    /// `__defaults__`: a tuple, or UNBOUND.
    pub defaults: AtomicValue,
    /// `__kwdefaults__`: a dict, or UNBOUND.
    pub kwdefaults: AtomicValue,
    /// `__annotations__`, once they are known.
    pub annotations: AtomicValue,
    /// `__annotate__`: a callable, None, or UNBOUND.
    pub annotate: AtomicValue,
    /// `__type_params__`: a tuple, or UNBOUND.
    pub type_params: AtomicValue,
    /// Grows whenever code or defaults change.
    pub version: AtomicU32,
}

payload!(Function, "function", traverse = Function::traverse, clear = Function::clear);

impl Function {
    fn slots(&self) -> [&AtomicValue; 10] {
        [
            &self.code,
            &self.name,
            &self.qualname,
            &self.module,
            &self.doc,
            &self.defaults,
            &self.kwdefaults,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }

    fn traverse(&self, visit: Visitor<'_>) {
        for v in [&self.globals, &self.builtins, &self.closure] {
            visit(v);
        }
        for slot in self.slots() {
            slot.traverse(&mut *visit);
        }
    }

    fn clear(&self) {
        // The code stays: the function may still run during its own destruction.
        for slot in &self.slots()[3..] {
            drop(slot.take());
        }
    }

    /// `__doc__`.
    fn docstring(&self, th: &Thread) -> Value {
        let doc = self.doc.get(th);
        if !doc.is_unbound() {
            return doc;
        }
        let doc = self.code.get(th).payload::<Code>().map_or(Value::NONE, |c| c.docstring(th));
        self.doc.set(th, doc.clone());
        doc
    }

    fn changed(&self) {
        // Relaxed: a hint for caches, which check the code and defaults they use.
        self.version.fetch_add(1, Ordering::Relaxed);
    }
}

impl Thread {
    /// A function of `code`, with name, docstring and module as CPython's `PyFunction_NewWithQualName` sets them.
    pub fn new_function(&self, code: &Value, globals: &Value, closure: Value) -> PyResult<Value> {
        let Some(c) = code.payload::<Code>() else {
            return Err(self.type_error("code must be a code object"));
        };
        let module = match globals.payload::<Dict>() {
            Some(d) => d.get(self, &self.names().__name__)?.unwrap_or(Value::NONE),
            None => Value::NONE,
        };
        let function = Function {
            builtins: self.builtins_of(globals),
            globals: globals.clone(),
            closure,
            name: AtomicValue::new(c.name.clone()),
            qualname: AtomicValue::new(c.qualname.clone()),
            module: AtomicValue::new(module),
            doc: AtomicValue::empty(),
            code: AtomicValue::new(code.clone()),
            defaults: AtomicValue::empty(),
            kwdefaults: AtomicValue::empty(),
            annotations: AtomicValue::empty(),
            annotate: AtomicValue::empty(),
            type_params: AtomicValue::empty(),
            version: AtomicU32::new(1),
        };
        self.make_object(self.types().function, function)
    }

    /// The builtins that code with these globals uses.
    pub fn builtins_of(&self, globals: &Value) -> Value {
        let own = globals.payload::<Dict>().and_then(|d| d.get_interned(self, &self.names().__builtins__));
        if let Some(own) = own {
            if own.payload::<Module>().is_some()
                && let Ok(Some(dict)) = self.instance_dict(&own)
            {
                return dict;
            }
            return own;
        }
        self.builtins()
    }
}

/// `function`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "function",
    doc: "Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    flags: HAS_DICT | WEAKREFS | METHOD_DESCRIPTOR,
    new_sig: "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)",
    slots: &[
        Slot::New(new),
        Slot::Repr(repr),
        Slot::Call(|th, v, args| th.call_function(v, args)),
        Slot::DescrGet(descr_get),
    ],
    getset: &[
        mb("__closure__", |th, v| Ok(this(th, v)?.closure.clone()), None, ""),
        mb("__globals__", |th, v| Ok(this(th, v)?.globals.clone()), None, ""),
        mb("__builtins__", |th, v| Ok(this(th, v)?.builtins.clone()), None, ""),
        mb("__doc__", |th, v| Ok(this(th, v)?.docstring(th)), Some(set_doc), ""),
        mb("__module__", |th, v| Ok(or_none(this(th, v)?.module.get(th))), Some(set_module), ""),
        gs("__code__", |th, v| Ok(this(th, v)?.code.get(th)), Some(set_code), ""),
        gs("__defaults__", |th, v| Ok(or_none(this(th, v)?.defaults.get(th))), Some(set_defaults), ""),
        gs("__kwdefaults__", |th, v| Ok(or_none(this(th, v)?.kwdefaults.get(th))), Some(set_kwdefaults), ""),
        gs(
            "__annotations__",
            get_annotations,
            Some(set_annotations),
            "Dict of annotations in a function object.",
        ),
        gs(
            "__annotate__",
            |th, v| Ok(or_none(this(th, v)?.annotate.get(th))),
            Some(set_annotate),
            "Get the code object for a function.",
        ),
        gs("__name__", |th, v| Ok(this(th, v)?.name.get(th)), Some(set_name), ""),
        gs("__qualname__", |th, v| Ok(this(th, v)?.qualname.get(th)), Some(set_qualname), ""),
        gs(
            "__type_params__",
            get_type_params,
            Some(set_type_params),
            "Get the declared type parameters for a function.",
        ),
    ],
    ..TypeSpec::of::<Function>()
};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Function> {
    th.expect::<Function>(v, "function")
}

fn or_none(v: Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [code, globals, name, defaults, closure, kwdefaults] = args else { return Ok(Value::NONE) };
    let none = |v: &Value| v.is_unbound() || v.is_none();
    let Some(c) = code.payload::<Code>() else {
        return Err(
            th.type_error(format!("function() argument 'code' must be code, not {}", code.type_name(th)))
        );
    };
    if globals.payload::<Dict>().is_none() {
        return Err(th.type_error(format!(
            "function() argument 'globals' must be dict, not {}",
            globals.type_name(th)
        )));
    }
    if !none(name) && name.as_str().is_none() {
        return Err(th.type_error("arg 3 (name) must be None or string"));
    }
    if !none(defaults) && defaults.payload::<Tuple>().is_none() {
        return Err(th.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let n_free = c.nfree;
    if closure.payload::<Tuple>().is_none() {
        if n_free > 0 && none(closure) {
            return Err(th.type_error("arg 5 (closure) must be tuple"));
        }
        if !none(closure) {
            return Err(th.type_error("arg 5 (closure) must be None or tuple"));
        }
    }
    if !none(kwdefaults) && kwdefaults.payload::<Dict>().is_none() {
        return Err(th.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    let cells = closure.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
    if cells.len() != n_free {
        let name = th.str_text(&c.name)?;
        return Err(
            th.value_error(format!("{name} requires closure of length {n_free}, not {}", cells.len()))
        );
    }
    for cell in cells {
        if cell.payload::<Cell>().is_none() {
            return Err(th.type_error(format!("arg 5 (closure) expected cell, found {}", cell.type_name(th))));
        }
    }
    let v = th.new_function(code, globals, if none(closure) { Value::NONE } else { closure.clone() })?;
    let f = this(th, &v)?;
    if !none(name) {
        f.name.set(th, name.clone());
    }
    if !none(defaults) {
        f.defaults.set(th, defaults.clone());
    }
    if !none(kwdefaults) {
        f.kwdefaults.set(th, kwdefaults.clone());
    }
    let _ = cls;
    Ok(v)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let mut out = Wtf8Buf::from("<function ");
    if let Some(s) = this(th, v)?.qualname.get(th).as_str() {
        out.push_wtf8(s.as_wtf8());
    }
    out.push_str(&format!(" at {:#x}>", v.identity()));
    Ok(th.str_wtf8(out))
}

fn descr_get(th: &Thread, v: &Value, obj: Option<&Value>, _: Option<&Value>) -> PyResult<Value> {
    match obj {
        Some(obj) => th.bound_method(v, obj),
        None => Ok(v.clone()),
    }
}

fn set_doc(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    this(th, v)?.doc.set(th, new.cloned().unwrap_or(Value::NONE));
    Ok(())
}

fn set_module(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    this(th, v)?.module.set(th, new.cloned().unwrap_or(Value::NONE));
    Ok(())
}

fn set_code(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let f = this(th, v)?;
    let Some((new, code)) = new.and_then(|n| n.payload::<Code>().map(|c| (n, c))) else {
        return Err(th.type_error("__code__ must be set to a code object"));
    };
    let have = f.closure.payload::<Tuple>().map_or(0, |t| t.as_slice().len());
    let want = code.nfree;
    if have != want {
        let name = th.str_text(&f.name.get(th))?;
        return Err(
            th.value_error(format!("{name}() requires a code object with {have} free vars, not {want}"))
        );
    }
    // A docstring that nobody asked for yet is the old code's.
    f.docstring(th);
    f.code.set(th, new.clone());
    f.changed();
    Ok(())
}

fn set_name(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    match new.filter(|n| n.as_str().is_some()) {
        Some(new) => this(th, v)?.name.set(th, new.clone()),
        None => return Err(th.type_error("__name__ must be set to a string object")),
    }
    Ok(())
}

fn set_qualname(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    match new.filter(|n| n.as_str().is_some()) {
        Some(new) => this(th, v)?.qualname.set(th, new.clone()),
        None => return Err(th.type_error("__qualname__ must be set to a string object")),
    }
    Ok(())
}

fn set_defaults(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| n.payload::<Tuple>().is_none()) {
        return Err(th.type_error("__defaults__ must be set to a tuple object"));
    }
    let f = this(th, v)?;
    f.defaults.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    f.changed();
    Ok(())
}

fn set_kwdefaults(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| n.payload::<Dict>().is_none()) {
        return Err(th.type_error("__kwdefaults__ must be set to a dict object"));
    }
    let f = this(th, v)?;
    f.kwdefaults.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    f.changed();
    Ok(())
}

fn get_annotations(th: &Thread, v: &Value) -> PyResult<Value> {
    let f = this(th, v)?;
    let known = f.annotations.get(th);
    if !known.is_unbound() {
        return Ok(known);
    }
    let annotate = f.annotate.get(th);
    let dict = if annotate.is_unbound() || annotate.is_none() {
        th.dict()
    } else {
        let dict = th.call(&annotate, &[th.int(1)])?;
        if dict.payload::<Dict>().is_none() {
            return Err(
                th.type_error(format!("__annotate__() must return a dict, not {}", dict.type_name(th)))
            );
        }
        dict
    };
    f.annotations.set(th, dict.clone());
    Ok(dict)
}

fn set_annotations(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| n.payload::<Dict>().is_none()) {
        return Err(th.type_error("__annotations__ must be set to a dict object"));
    }
    let f = this(th, v)?;
    f.annotations.set(th, new.cloned().unwrap_or(Value::UNBOUND));
    f.annotate.set(th, Value::UNBOUND);
    Ok(())
}

fn set_annotate(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("__annotate__ cannot be deleted")) };
    let f = this(th, v)?;
    if new.is_none() {
        f.annotate.set(th, Value::NONE);
        return Ok(());
    }
    if !th.is_callable(new) {
        return Err(th.type_error("__annotate__ must be callable or None"));
    }
    f.annotate.set(th, new.clone());
    f.annotations.set(th, Value::UNBOUND);
    Ok(())
}

fn get_type_params(th: &Thread, v: &Value) -> PyResult<Value> {
    let params = this(th, v)?.type_params.get(th);
    Ok(if params.is_unbound() { th.tuple(Vec::new()) } else { params })
}

fn set_type_params(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    match new.filter(|n| n.payload::<Tuple>().is_some()) {
        Some(new) => this(th, v)?.type_params.set(th, new.clone()),
        None => return Err(th.type_error("__type_params__ must be set to a tuple")),
    }
    Ok(())
}
