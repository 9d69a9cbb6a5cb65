//! Struct sequences: tuples whose items have names, as `os.stat_result` or `sys.flags`.
//!
//! The class is made like one of a `class` statement over `tuple`, then closed. Items beyond the visible ones live in the
//! instance's dictionary under their numbers; computed attributes give them their names.
use crate::call::{GetSetDef, MethodDef, m};
use crate::prelude::*;
use crate::types::builtin_function as natives;
use std::sync::OnceLock;

/// What a struct sequence type is made from.
pub struct StructSpec {
    /// Name, with its module.
    pub name: &'static str,
    /// Docstring.
    pub doc: &'static str,
    /// Names of all items; the empty name is an item without one.
    pub fields: &'static [&'static str],
    /// Items that the tuple has.
    pub visible: usize,
}

/// The most items that a struct sequence can have.
const MOST: usize = 24;

type Getter = fn(&Thread, &Value) -> PyResult<Value>;

fn field<const N: usize>(th: &Thread, this: &Value) -> PyResult<Value> {
    item(th, this, N)
}

/// Item `n`, visible or not.
fn item(th: &Thread, this: &Value, n: usize) -> PyResult<Value> {
    if let Some(value) = this.payload::<Tuple>().and_then(|t| t.as_slice().get(n)) {
        return Ok(value.clone());
    }
    let dict = th.instance_dict(this)?;
    let hidden = dict.as_ref().and_then(|d| d.payload::<Dict>());
    match hidden {
        Some(dict) => Ok(dict.get_str(th, &n.to_string()).unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }
}

const GETTERS: [Getter; MOST] = [
    field::<0>,
    field::<1>,
    field::<2>,
    field::<3>,
    field::<4>,
    field::<5>,
    field::<6>,
    field::<7>,
    field::<8>,
    field::<9>,
    field::<10>,
    field::<11>,
    field::<12>,
    field::<13>,
    field::<14>,
    field::<15>,
    field::<16>,
    field::<17>,
    field::<18>,
    field::<19>,
    field::<20>,
    field::<21>,
    field::<22>,
    field::<23>,
];

/// The computed attributes of a spec, made once a process: a type's descriptors refer to them for ever.
fn attributes(spec: &'static StructSpec) -> &'static [GetSetDef] {
    static MADE: OnceLock<parking_lot::Mutex<Vec<(usize, &'static [GetSetDef])>>> = OnceLock::new();
    let key = std::ptr::from_ref(spec).addr();
    let mut made = MADE.get_or_init(Default::default).lock();
    if let Some((_, defs)) = made.iter().find(|(k, _)| *k == key) {
        return defs;
    }
    let defs: Vec<GetSetDef> = spec
        .fields
        .iter()
        .zip(GETTERS)
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, get)| GetSetDef { name, get, set: None, doc: "" })
        .collect();
    let defs: &'static [GetSetDef] = Box::leak(defs.into_boxed_slice());
    made.push((key, defs));
    defs
}

static METHODS: [MethodDef; 3] = [
    m("__repr__", "()", repr, "Return repr(self)."),
    m("__reduce__", "()", reduce, ""),
    m(
        "__replace__",
        "(**changes)",
        replace,
        "Return a copy of the structure with new values for the specified fields.",
    ),
];
static NEW: MethodDef = m("__new__", "(cls, sequence, dict=None, /)", new, "");

impl StructSpec {
    /// The class, made at first use.
    ///
    /// # Errors
    /// MemoryError and the like.
    pub fn class(&'static self, th: &Thread) -> PyResult<Value> {
        if let Some(class) = th.vm_state(self.name) {
            return Ok(class);
        }
        let class = self.make_class(th)?;
        // Of two threads that made one, the first to come back here wins.
        if let Some(first) = th.vm_state(self.name) {
            return Ok(first);
        }
        th.set_vm_state(self.name, class.clone());
        Ok(class)
    }

    fn make_class(&'static self, th: &Thread) -> PyResult<Value> {
        let (module, name) = self.name.rsplit_once('.').unwrap_or(("builtins", self.name));
        let unnamed = self.fields.iter().filter(|f| f.is_empty()).count();
        let dict = th.dict();
        let put = |key: &str, value: Value| th.setitem(&dict, &th.intern(key), &value);
        put("__module__", th.str(module))?;
        put("__doc__", th.str(self.doc))?;
        put("n_sequence_fields", th.usize(self.visible))?;
        put("n_fields", th.usize(self.fields.len()))?;
        put("n_unnamed_fields", th.usize(unnamed))?;
        let matched =
            self.fields.iter().take(self.visible).filter(|f| !f.is_empty()).map(|f| th.intern(f)).collect();
        put("__match_args__", th.tuple(matched))?;
        if self.visible == self.fields.len() {
            put("__slots__", th.tuple(Vec::new()))?;
        }
        let bases = th.tuple(vec![th.types().tuple.value()]);
        let class = th.call(&th.types().type_.value(), &[th.str(name), bases, dict])?;
        let Some(ty) = TypeRef::from_value(&class) else {
            return Err(th.system_error("type() did not make a type"));
        };
        for def in attributes(self) {
            th.setattr(&class, &th.intern(def.name), &natives::getset_descriptor(th, ty, def))?;
        }
        for def in &METHODS {
            th.setattr(&class, &th.intern(def.name), &natives::method_descriptor(th, ty, def))?;
        }
        let make = natives::function(th, &NEW, &class, None);
        let make = th.call(&th.types().staticmethod.value(), &[make])?;
        th.setattr(&class, &th.names().__new__, &make)?;
        ty.core.clear_flags(BASETYPE);
        ty.core.set_flags(IMMUTABLE);
        Ok(class)
    }

    /// An instance; `values` are all items, hidden ones too.
    ///
    /// # Errors
    /// MemoryError and the like.
    pub fn make(&'static self, th: &Thread, mut values: Vec<Value>) -> PyResult<Value> {
        let class = self.class(th)?;
        let Some(ty) = TypeRef::from_value(&class) else {
            return Err(th.system_error("a struct sequence's class is no type"));
        };
        let hidden = values.split_off(self.visible.min(values.len()));
        let made = Tuple::make(th, ty, values)?;
        set_hidden(th, &made, self.visible, hidden)?;
        Ok(made)
    }
}

fn set_hidden(th: &Thread, made: &Value, visible: usize, hidden: Vec<Value>) -> PyResult<()> {
    if hidden.is_empty() {
        return Ok(());
    }
    let Some(dict) = th.instance_dict(made)? else { return Ok(()) };
    for (n, value) in (visible..).zip(hidden) {
        th.setitem(&dict, &th.intern(&n.to_string()), &value)?;
    }
    Ok(())
}

/// (visible, all) of a struct sequence type.
fn sizes(th: &Thread, class: &Value) -> PyResult<(usize, usize)> {
    let size =
        |name: &str| th.getattr_str(class, name).and_then(|v| th.index_i64(&v)).map(|n| n.max(0) as usize);
    Ok((size("n_sequence_fields")?, size("n_fields")?))
}

/// Names of the items of a struct sequence type, from its computed attributes.
fn names(th: &Thread, class: &Value) -> PyResult<Vec<String>> {
    let (visible, all) = sizes(th, class)?;
    let matched = th.getattr_str(class, "__match_args__")?;
    let _ = visible;
    let mut names: Vec<String> = match matched.payload::<Tuple>() {
        Some(tuple) => tuple
            .as_slice()
            .iter()
            .map(|v| v.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default())
            .collect(),
        None => Vec::new(),
    };
    names.truncate(all);
    Ok(names)
}

fn new(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(ty) = args.first().and_then(TypeRef::from_value) else {
        return Err(th.type_error("__new__(X): X is not a type object"));
    };
    let class = ty.value();
    let (visible, all) = sizes(th, &class)?;
    let name = ty.full_name();
    let Some(sequence) = args.get(1) else { return Err(th.type_error("constructor requires a sequence")) };
    let mut items = match th.collect(sequence) {
        Ok(items) => items,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) {
                th.clear_error();
                return Err(th.type_error("constructor requires a sequence"));
            }
            return Err(raised);
        }
    };
    let given = items.len();
    if given < visible {
        let least = if visible == all { "a" } else { "an at least" };
        return Err(
            th.type_error(format!("{name}() takes {least} {visible}-sequence ({given}-sequence given)"))
        );
    }
    if given > all {
        let most = if visible == all { "a" } else { "an at most" };
        return Err(th.type_error(format!("{name}() takes {most} {all}-sequence ({given}-sequence given)")));
    }
    let extra = args.get(2).filter(|v| !v.is_unbound() && !v.is_none());
    if let Some(extra) = extra {
        let Some(extra) = extra.payload::<Dict>() else {
            return Err(th.type_error(format!("{name}() takes a dict as second arg, if any")));
        };
        // Hidden items by name: their descriptors know their numbers.
        for n in items.len()..all {
            let mut found = Value::NONE;
            for (key, value) in extra.items(th) {
                let number = key.as_str().and_then(|k| k.to_str()).and_then(|k| hidden_number(th, &class, k));
                if number == Some(n) {
                    found = value;
                }
            }
            items.push(found);
        }
    }
    items.resize(all, Value::NONE);
    let hidden = items.split_off(visible);
    let made = Tuple::make(th, ty, items)?;
    set_hidden(th, &made, visible, hidden)?;
    Ok(made)
}

/// The number of a hidden item, by its name.
fn hidden_number(th: &Thread, class: &Value, name: &str) -> Option<usize> {
    let ty = TypeRef::from_value(class)?;
    let found = ty.lookup(th, &th.intern(name))?;
    let def = found.payload::<natives::GetSetDescriptor>()?.def;
    GETTERS.iter().position(|get| std::ptr::fn_addr_eq(*get, def.get))
}

fn repr(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let ty = this.type_of(th);
    let Some(tuple) = this.payload::<Tuple>() else {
        return Err(th.type_error("a struct sequence is required"));
    };
    let names = names(th, &ty.value())?;
    let mut text = Wtf8Buf::new();
    text.push_str(&qualified(th, ty)?);
    text.push_str("(");
    for (n, value) in tuple.as_slice().iter().enumerate() {
        if n > 0 {
            text.push_str(", ");
        }
        if let Some(name) = names.get(n) {
            text.push_str(name);
            text.push_str("=");
        }
        text.push_wtf8(&th.repr_string(value)?);
    }
    text.push_str(")");
    Ok(th.str_wtf8(&text))
}

fn qualified(th: &Thread, ty: TypeRef) -> PyResult<String> {
    let module = th.getattr_str(&ty.value(), "__module__")?;
    let module = module.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
    Ok(if module == "builtins" { ty.name() } else { format!("{module}.{}", ty.name()) })
}

fn reduce(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let class = this.type_of(th).value();
    let (visible, all) = sizes(th, &class)?;
    let visible_items = this.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    let dict = th.dict();
    let ty = this.type_of(th);
    for (key, _) in ty.dict().items(th) {
        if let Some(n) = key.as_str().and_then(|k| k.to_str()).and_then(|k| hidden_number(th, &class, k))
            && (visible..all).contains(&n)
        {
            th.setitem(&dict, &key, &item(th, this, n)?)?;
        }
    }
    Ok(th.tuple(vec![class, th.tuple(vec![th.tuple(visible_items), dict])]))
}

fn replace(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let ty = this.type_of(th);
    let class = ty.value();
    let (visible, all) = sizes(th, &class)?;
    if th.index_i64(&th.getattr_str(&class, "n_unnamed_fields")?)? > 0 {
        let name = qualified(th, ty)?;
        return Err(th.type_error(format!(
            "__replace__() is not supported for {name} because it has unnamed field(s)"
        )));
    }
    let mut items = (0..all).map(|n| item(th, this, n)).collect::<PyResult<Vec<_>>>()?;
    let mut unknown = Vec::new();
    if let Some(changes) = args.first().and_then(|c| c.payload::<Dict>()) {
        for (key, value) in changes.items(th) {
            let number = key.as_str().and_then(|k| k.to_str()).and_then(|k| hidden_number(th, &class, k));
            match number.and_then(|n| items.get_mut(n)) {
                Some(slot) => *slot = value,
                None => unknown.push(key),
            }
        }
    }
    if !unknown.is_empty() {
        let shown = th.repr_string(&th.list(unknown))?;
        return Err(th.type_error(format!("Got unexpected field name(s): {shown}")));
    }
    let hidden = items.split_off(visible);
    let made = Tuple::make(th, ty, items)?;
    set_hidden(th, &made, visible, hidden)?;
    Ok(made)
}
