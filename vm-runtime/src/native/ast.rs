//! Module `_ast`: the node classes, and conversion of parsed source to nodes.
use crate::prelude::*;

mod convert;
mod expressions;
pub mod nodes;
mod positions;
mod statements;

pub use convert::{hook, parse};

/// `_ast`.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_ast", doc: "", hidden_types: &[&SPEC], init: Some(init), ..ModuleSpec::EMPTY };

/// The payload of nodes; their fields are attributes.
pub struct Node;
payload!(Node, "ast.AST");

/// `ast.AST`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "ast.AST",
    doc: "",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, Node)),
        Slot::InitRaw(node_init),
        Slot::Repr(|th, v| repr(th, v, 3)),
    ],
    methods: &[
        m("__reduce__", "()", reduce, ""),
        m(
            "__replace__",
            "(**fields)",
            replace,
            "Return a copy of the AST node with new values for the specified fields.",
        ),
    ],
    init: Some(|th, ty| {
        for name in ["_fields", "_attributes", "__match_args__"] {
            ty.dict().set(th, &th.intern(name), th.tuple(Vec::new()))?;
        }
        ty.dict().set(th, &th.intern("_field_types"), th.dict())
    }),
    ..TypeSpec::of::<Node>()
};

const CLASSES: &str = "_ast.classes";

/// The dict of node classes by name, made at first use.
fn classes(th: &Thread) -> PyResult<Value> {
    th.vm_state_or_try(CLASSES, || make_classes(th))
}

/// A node class by name.
pub(super) fn class(th: &Thread, name: &str) -> PyResult<Value> {
    let all = classes(th)?;
    match all.payload::<Dict>().and_then(|d| d.get_interned(th, &th.intern(name))) {
        Some(class) => Ok(class),
        None => Err(th.system_error(format!("no node class {name}"))),
    }
}

const POSITIONS: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

fn make_classes(th: &Thread) -> PyResult<Value> {
    let all = th.dict();
    let Some(made) = all.payload::<Dict>() else { return Ok(all) };
    let ast = th.type_for::<Node>().value();
    made.set_str(th, "AST", ast)?;
    let type_type = th.types().type_.value();
    let mut types: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for line in nodes::NODES.lines() {
        let mut parts = line.split_ascii_whitespace();
        let (Some(name), Some(base)) = (parts.next(), parts.next()) else { continue };
        let rest: Vec<&str> = parts.collect();
        let attributes = rest.first().copied().filter(|a| a.starts_with('@'));
        let fields: Vec<(&str, &str)> = rest.iter().filter_map(|f| f.split_once(':')).collect();
        let namespace = th.dict();
        if let Some(d) = namespace.payload::<Dict>() {
            let names = th.tuple(fields.iter().map(|(f, _)| th.intern(f)).collect());
            d.set_str(th, "__module__", th.str("ast"))?;
            d.set_str(th, "_fields", names.clone())?;
            d.set_str(th, "__match_args__", names)?;
            d.set_str(th, "__doc__", th.str(&doc(name, &fields)))?;
            match attributes {
                Some("@0") => d.set_str(th, "_attributes", th.tuple(Vec::new()))?,
                Some(kind) => {
                    d.set_str(th, "_attributes", th.tuple(POSITIONS.iter().map(|p| th.intern(p)).collect()))?;
                    if kind == "@?" {
                        for end in &POSITIONS[2..] {
                            d.set_str(th, end, Value::NONE)?;
                        }
                    }
                }
                None => {}
            }
            for (field, ty) in &fields {
                if ty.ends_with('?') {
                    d.set_str(th, field, Value::NONE)?;
                }
            }
        }
        let base = made.get_interned(th, &th.intern(base)).unwrap_or(Value::NONE);
        let class = th.call(&type_type, &[th.str(name), th.tuple(vec![base]), namespace])?;
        made.set_str(th, name, class)?;
        types.push((name, fields));
    }
    for (name, fields) in types {
        let map = th.dict();
        if let Some(d) = map.payload::<Dict>() {
            for (field, ty) in fields {
                d.set_str(th, field, field_type(th, made, ty)?)?;
            }
        }
        if let Some(class) = made.get_interned(th, &th.intern(name)) {
            th.setattr_str(&class, "_field_types", &map)?;
        }
    }
    Ok(all)
}

fn doc(name: &str, fields: &[(&str, &str)]) -> String {
    if fields.is_empty() {
        return name.to_owned();
    }
    let shown: Vec<String> = fields
        .iter()
        .map(|(field, ty)| {
            let (plain, mark) = match ty.strip_suffix(['*', '?']) {
                Some(plain) => (plain, &ty[plain.len()..]),
                None => (*ty, ""),
            };
            let plain = match (plain, *field) {
                ("str", "type_comment" | "kind" | "tag") => "string",
                ("str", _) => "identifier",
                ("object", _) => "constant",
                (other, _) => other,
            };
            format!("{plain}{mark} {field}")
        })
        .collect();
    format!("{name}({})", shown.join(", "))
}

fn field_type(th: &Thread, made: &Dict, ty: &str) -> PyResult<Value> {
    let plain = ty.trim_end_matches(['*', '?']);
    let t = th.types();
    let base = match plain {
        "str" => t.str.value(),
        "int" => t.int.value(),
        "object" => t.object.value(),
        name => made.get_interned(th, &th.intern(name)).unwrap_or(Value::NONE),
    };
    if ty.ends_with('*') {
        return crate::types::generic_alias::new_alias(th, &t.list.value(), &base);
    }
    if ty.ends_with('?') {
        return crate::types::union::make(th, &[base, Value::NONE]);
    }
    Ok(base)
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    let all = classes(th)?;
    for (name, class) in all.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default() {
        th.set_module_attr(module, &th.str_text(&name)?, class)?;
    }
    for (name, flag) in [
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
        ("PyCF_ONLY_AST", 0x400),
        ("PyCF_TYPE_COMMENTS", 0x1000),
        ("PyCF_OPTIMIZED_AST", 0x8400),
    ] {
        th.set_module_attr(module, name, th.int(flag))?;
    }
    Ok(())
}

fn names_of(th: &Thread, v: &Value, attribute: &str) -> PyResult<Vec<Value>> {
    match th.get_attr_str_opt(v, attribute)? {
        Some(names) => th.collect(&names),
        None => Ok(Vec::new()),
    }
}

fn node_init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let class = v.type_of(th).value();
    let short = v.type_of(th).name();
    let full = if th.is_exact(v, th.type_for::<Node>()) { "ast.AST".to_owned() } else { short.clone() };
    let fields = names_of(th, &class, "_fields")?;
    let given = args.positional();
    if given.len() > fields.len() {
        let s = if fields.len() == 1 { "" } else { "s" };
        return Err(th.type_error(format!(
            "{short} constructor takes at most {} positional argument{s}",
            fields.len()
        )));
    }
    let mut missing: Vec<Value> = fields.clone();
    for (name, value) in fields.iter().zip(given) {
        th.setattr(v, name, value)?;
        missing.retain(|m| !m.is(name));
    }
    let mut attributes: Option<Vec<Value>> = None;
    for (name, value) in args.keywords() {
        let mut known = false;
        for field in &fields {
            known |= th.eq(field, name)?;
        }
        let text = th.str_text(name)?;
        if known {
            let before = missing.len();
            let mut left = Vec::with_capacity(before);
            for field in missing {
                if !th.eq(&field, name)? {
                    left.push(field);
                }
            }
            missing = left;
            if missing.len() == before {
                return Err(th.type_error(format!("{short} got multiple values for argument '{text}'")));
            }
        } else {
            if attributes.is_none() {
                attributes = Some(names_of(th, &class, "_attributes")?);
            }
            let mut is_attribute = false;
            for attribute in attributes.iter().flatten() {
                is_attribute |= th.eq(attribute, name)?;
            }
            if !is_attribute {
                th.deprecation_warning(
                    format!(
                        "{full}.__init__ got an unexpected keyword argument '{text}'. Support for arbitrary keyword arguments \
                         is deprecated and will be removed in Python 3.15."
                    ),
                    1,
                )?;
            }
        }
        th.setattr(v, name, value)?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let types = th.get_attr_str_opt(&class, "_field_types")?.unwrap_or(Value::NONE);
    let list = th.types().list.value();
    let context = self::class(th, "expr_context")?;
    for name in missing {
        let ty = match types.payload::<Dict>() {
            Some(d) => d.get(th, &name)?,
            None => None,
        };
        let text = th.str_text(&name)?;
        let Some(ty) = ty else {
            th.deprecation_warning(
                format!(
                    "Field '{text}' is missing from {full}._field_types. This will become an error in Python 3.15."
                ),
                1,
            )?;
            continue;
        };
        if crate::types::union::members(&ty).is_some() {
            // Optional: the class attribute None shows.
            continue;
        }
        if ty.payload::<crate::types::generic_alias::GenericAlias>().is_some_and(|a| a.origin.is(&list)) {
            th.setattr(v, &name, &th.list(Vec::new()))?;
        } else if ty.is(&context) {
            th.setattr(v, &name, &singleton(th, "Load")?)?;
        } else {
            th.deprecation_warning(
                format!(
                    "{full}.__init__ missing 1 required positional argument: '{text}'. This will become an error in Python 3.15."
                ),
                1,
            )?;
        }
    }
    Ok(())
}

/// The one instance of a class without fields (`Load()`, `Add()`).
pub(super) fn singleton(th: &Thread, name: &str) -> PyResult<Value> {
    let all = th.vm_state_or("_ast.singletons", || th.dict());
    let key = th.intern(name);
    let Some(d) = all.payload::<Dict>() else { return Ok(Value::NONE) };
    if let Some(v) = d.get_interned(th, &key) {
        return Ok(v);
    }
    let v = th.call(&class(th, name)?, &[])?;
    d.set(th, &key, v.clone())?;
    Ok(v)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let class = v.type_of(th).value();
    let dict = th.instance_dict(v)?.unwrap_or(Value::NONE);
    let fields = names_of(th, &class, "_fields")?;
    let mut given = Vec::new();
    let state = th.call_method(&dict, "copy", &[])?;
    for field in fields {
        // Positional None in place of what the state restores, so that no warning for missing arguments is given.
        match dict.payload::<Dict>() {
            Some(d) if d.get(th, &field)?.is_some() => given.push(Value::NONE),
            _ => break,
        }
    }
    Ok(th.tuple(vec![class, th.tuple(given), state]))
}

fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let class = v.type_of(th).value();
    let name = v.type_of(th).name();
    let fields = names_of(th, &class, "_fields")?;
    let attributes = names_of(th, &class, "_attributes")?;
    let changes = args.first().and_then(|a| a.payload::<Dict>()).map(|d| d.items(th)).unwrap_or_default();
    for (key, _) in &changes {
        let mut known = false;
        for field in fields.iter().chain(&attributes) {
            known |= th.eq(field, key)?;
        }
        if !known {
            let key = th.str_text(key)?;
            return Err(
                th.type_error(format!("{name}.__replace__ got an unexpected keyword argument '{key}'."))
            );
        }
    }
    let keywords = th.dict();
    if let Some(d) = keywords.payload::<Dict>() {
        for field in fields.iter().chain(&attributes) {
            if let Some(value) = th.get_attr_opt(v, field)? {
                d.set(th, field, value)?;
            }
        }
        for (key, value) in changes {
            d.set(th, &key, value)?;
        }
        let mut missing = Vec::new();
        for field in &fields {
            if d.get(th, field)?.is_none() {
                missing.push(format!("'{}'", th.str_text(field)?));
            }
        }
        if !missing.is_empty() {
            let (n, s) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
            return Err(th.type_error(format!(
                "{name}.__replace__ missing {n} keyword argument{s}: {}.",
                missing.join(", ")
            )));
        }
    }
    th.call_dict(&class, &[], Some(&keywords))
}

fn repr(th: &Thread, v: &Value, depth: usize) -> PyResult<Value> {
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str(&format!("{}(...)", v.type_of(th).name()))) };
    let is_base = th.is_exact(v, th.type_for::<Node>());
    let name = if is_base { "ast.AST".to_owned() } else { v.type_of(th).name() };
    let mut out = Wtf8Buf::from(name.as_str());
    if depth == 0 {
        out.push_str("(...)");
        return Ok(th.str_wtf8(&out));
    }
    out.push_str("(");
    let mut first = true;
    for field in names_of(th, v, "_fields")? {
        let Some(value) = th.get_attr_opt(v, &field)? else { continue };
        if !first {
            out.push_str(", ");
        }
        first = false;
        out.push_wtf8(&th.str_string(&field)?);
        out.push_str("=");
        out.push_wtf8(&show(th, &value, depth)?);
    }
    out.push_str(")");
    Ok(th.str_wtf8(&out))
}

fn show(th: &Thread, v: &Value, depth: usize) -> PyResult<Wtf8Buf> {
    let (items, open, close) = if let Some(list) = v.payload::<List>() {
        (list.to_vec(th), "[", "]")
    } else if let Some(t) = v.payload::<Tuple>() {
        (t.as_slice().to_vec(), "(", ")")
    } else if v.payload::<Node>().is_some() {
        return th.str_string(&repr(th, v, depth - 1)?);
    } else {
        return th.repr_string(v);
    };
    let mut out = Wtf8Buf::from(open);
    let n = items.len();
    for (i, item) in items.iter().enumerate() {
        // Only the first and the last of a long list.
        if n > 2 && i > 0 && i + 1 < n {
            if i == 1 {
                out.push_str(", ...");
            }
            continue;
        }
        if i > 0 {
            out.push_str(", ");
        }
        out.push_wtf8(&show(th, item, depth)?);
    }
    out.push_str(close);
    Ok(out)
}
