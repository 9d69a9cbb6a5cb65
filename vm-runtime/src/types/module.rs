//! Module objects.
use crate::prelude::*;

/// The payload of module objects; their attributes are in the instance's dict.
pub struct Module;

payload!(Module, "module");

impl Thread {
    /// A new module with the usual attributes.
    pub fn new_module(&self, name: &str, doc: Option<&str>) -> PyResult<Value> {
        let v = self.make_object(self.types().module, Module)?;
        let doc = doc.map_or(Value::NONE, |d| self.str(d));
        fill(self, &v, &self.intern(name), &doc)?;
        Ok(v)
    }

    /// The dict of a module.
    pub fn module_dict(&self, module: &Value) -> PyResult<Value> {
        match self.instance_dict(module)? {
            Some(dict) => Ok(dict),
            None => Err(self.system_error("bad argument to internal function")),
        }
    }

    /// Sets an attribute of a module, past `__setattr__`.
    pub fn set_module_attr(&self, module: &Value, name: &str, value: Value) -> PyResult<()> {
        let dict = self.module_dict(module)?;
        match dict.payload::<Dict>() {
            Some(d) => d.set(self, &self.intern(name), value),
            None => Ok(()),
        }
    }
}

fn fill(th: &Thread, v: &Value, name: &Value, doc: &Value) -> PyResult<()> {
    let dict = th.module_dict(v)?;
    let Some(d) = dict.payload::<Dict>() else { return Ok(()) };
    d.set(th, &th.names().__name__, name.clone())?;
    d.set(th, &th.names().__doc__, doc.clone())?;
    for key in ["__package__", "__loader__", "__spec__"] {
        d.set(th, &th.intern(key), Value::NONE)?;
    }
    Ok(())
}

/// `module`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "module",
    doc: "Create a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    new_sig: "(name, doc=None)",
    slots: &[
        Slot::NewRaw(|th, cls, _| th.make_object(cls, Module)),
        Slot::Init(init),
        Slot::Repr(repr),
        Slot::GetAttr(getattr),
    ],
    methods: &[m("__dir__", "()", dir, "__dir__() -> list\nspecialized dir() implementation")],
    getset: &[
        mb("__dict__", |th, v| th.module_dict(v), Some(set_dict), ""),
        gs("__annotations__", get_annotations, Some(set_annotations), ""),
        gs("__annotate__", get_annotate, Some(set_annotate), ""),
    ],
    ..TypeSpec::of::<Module>()
};

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    if args[0].as_str().is_none() {
        return Err(
            th.type_error(format!("module() argument 'name' must be str, not {}", args[0].type_name(th)))
        );
    }
    let doc = if args[1].is_unbound() { Value::NONE } else { args[1].clone() };
    fill(th, v, &args[0], &doc)
}

fn set_dict(th: &Thread, _: &Value, _: Option<&Value>) -> PyResult<()> {
    Err(th.attribute_error("readonly attribute"))
}

/// The module's own attribute, if it is set.
fn own(th: &Thread, v: &Value, name: &Value) -> PyResult<Option<Value>> {
    let dict = th.module_dict(v)?;
    match dict.payload::<Dict>() {
        Some(d) => d.get(th, name),
        None => Ok(None),
    }
}

fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    match th.generic_getattr_opt(v, name)? {
        Some(found) => Ok(found),
        None => missing(th, v, name),
    }
}

#[cold]
fn missing(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    if let Some(f) = own(th, v, &th.names().__getattr__)? {
        let found = th.call(&f, std::slice::from_ref(name));
        return found.inspect_err(|_| th.attribute_context(v, name));
    }
    let attribute = th.str_text(name)?;
    let Some(module) = own(th, v, &th.names().__name__)?.filter(|n| n.as_str().is_some()) else {
        return Err(th.attribute_error_for(format!("module has no attribute '{attribute}'"), v, name));
    };
    let module_name = th.str_text(&module)?;
    let spec = own(th, v, &th.names().__spec__)?.unwrap_or(Value::NONE);
    let origin = spec_origin(th, &spec)?;
    let shadowing = match &origin {
        Some(origin) => possibly_shadowing(th, origin)?,
        None => false,
    };
    let shadows_stdlib = shadowing && is_stdlib_name(th, &module)?;
    let initializing = spec_flag(th, &spec, "_initializing")?;
    let shown_origin = match &origin {
        Some(o) => th.repr_text(&th.str(o))?,
        None => String::new(),
    };
    let msg = if shadows_stdlib {
        format!(
            "module '{module_name}' has no attribute '{attribute}' (consider renaming {shown_origin} since it has the same \
             name as the standard library module named '{module_name}' and prevents importing that standard library module)"
        )
    } else if initializing && shadowing {
        format!(
            "module '{module_name}' has no attribute '{attribute}' (consider renaming {shown_origin} if it has the same name \
             as a library you intended to import)"
        )
    } else if initializing && origin.is_some() {
        let origin = origin.unwrap_or_default();
        format!(
            "partially initialized module '{module_name}' from '{origin}' has no attribute '{attribute}' (most likely due to \
             a circular import)"
        )
    } else if initializing {
        format!(
            "partially initialized module '{module_name}' has no attribute '{attribute}' (most likely due to a circular \
             import)"
        )
    } else if uninitialized_submodule(th, &spec, name)? {
        format!(
            "cannot access submodule '{attribute}' of module '{module_name}' (most likely due to a circular import)"
        )
    } else {
        format!("module '{module_name}' has no attribute '{attribute}'")
    };
    Err(th.attribute_error_for(msg, v, name))
}

fn spec_flag(th: &Thread, spec: &Value, name: &str) -> PyResult<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match th.get_attr_str_opt(spec, name)? {
        Some(flag) => th.truth(&flag),
        None => Ok(false),
    }
}

fn uninitialized_submodule(th: &Thread, spec: &Value, name: &Value) -> PyResult<bool> {
    if spec.is_none() {
        return Ok(false);
    }
    match th.get_attr_str_opt(spec, "_uninitialized_submodules")? {
        Some(names) => th.contains(&names, name),
        None => Ok(false),
    }
}

/// `spec.origin`, if the spec has a location.
pub fn spec_origin(th: &Thread, spec: &Value) -> PyResult<Option<String>> {
    if !spec_flag(th, spec, "has_location")? {
        return Ok(None);
    }
    let origin = th.get_attr_str_opt(spec, "origin")?;
    Ok(origin.and_then(|o| o.as_str().map(|s| s.as_wtf8().to_string_lossy().into_owned())))
}

/// The VM's entry for what `sys.path[0]` was when the program started.
pub const SCRIPT_FOLDER: &str = "script folder";

/// Whether a file lies in the script's own folder, which is `sys.path[0]` at the start, so that it may hide a module of the same name.
pub fn possibly_shadowing(th: &Thread, origin: &str) -> PyResult<bool> {
    let safe_path = match th.sys_attr("flags") {
        Some(flags) => match th.get_attr_str_opt(&flags, "safe_path")? {
            Some(on) => th.truth(&on)?,
            None => false,
        },
        None => false,
    };
    let first = th.vm_state(SCRIPT_FOLDER);
    let Some(first) = first.filter(|f| f.as_str().is_some() && !safe_path) else { return Ok(false) };
    let root = th.str_text(&first)?;
    // An `__init__.py` hides by its folder's name.
    let mut file = origin;
    if let Some((folder, name)) = file.rsplit_once('/')
        && name == "__init__.py"
    {
        file = folder;
    }
    let Some((folder, _)) = file.rsplit_once('/') else { return Ok(false) };
    if root.is_empty() {
        let here = std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(folder == here);
    }
    Ok(folder == root)
}

/// Whether the name is in `sys.stdlib_module_names`.
pub fn is_stdlib_name(th: &Thread, name: &Value) -> PyResult<bool> {
    match th.sys_attr("stdlib_module_names") {
        Some(names) => th.contains(&names, name),
        None => Ok(false),
    }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let spec = match own(th, v, &th.names().__spec__)? {
        Some(spec) if !spec.is_none() => spec,
        _ => return repr_without_spec(th, v),
    };
    let get =
        |name: &str| -> PyResult<Value> { Ok(th.get_attr_str_opt(&spec, name)?.unwrap_or(Value::NONE)) };
    let name = get("name")?;
    let name = if name.is_none() { "'?'".to_owned() } else { th.repr_text(&name)? };
    let origin = get("origin")?;
    let text = if origin.is_none() {
        let loader = get("loader")?;
        if loader.is_none() {
            format!("<module {name}>")
        } else {
            match th.get_attr_str_opt(&loader, "_path")? {
                Some(path) => {
                    let list = th.list(th.collect(&path)?);
                    format!("<module {name} (namespace) from {}>", th.repr_text(&list)?)
                }
                None => format!("<module {name} ({})>", th.repr_text(&loader)?),
            }
        }
    } else if th.truth(&get("has_location")?)? {
        format!("<module {name} from {}>", th.repr_text(&origin)?)
    } else {
        format!("<module {name} ({})>", th.str_text(&origin)?)
    };
    Ok(th.str(&text))
}

fn repr_without_spec(th: &Thread, v: &Value) -> PyResult<Value> {
    let name = match own(th, v, &th.names().__name__)? {
        Some(name) => th.repr_text(&name)?,
        None => "'?'".to_owned(),
    };
    let text = match own(th, v, &th.intern("__file__"))? {
        Some(file) => format!("<module {name} from {}>", th.repr_text(&file)?),
        None => match own(th, v, &th.intern("__loader__"))?.filter(|l| !l.is_none()) {
            Some(loader) => format!("<module {name} ({})>", th.repr_text(&loader)?),
            None => format!("<module {name}>"),
        },
    };
    Ok(th.str(&text))
}

fn dir(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let dict = th.getattr(v, &th.names().__dict__)?;
    let Some(d) = dict.payload::<Dict>() else {
        return Err(th.type_error(format!("{}.__dict__ is not a dictionary", v.type_name(th))));
    };
    if let Some(f) = d.get(th, &th.names().__dir__)? {
        return th.call(&f, &[]);
    }
    Ok(th.list(d.items(th).into_iter().map(|(key, _)| key).collect()))
}

fn get_annotations(th: &Thread, v: &Value) -> PyResult<Value> {
    if let Some(known) = own(th, v, &th.names().__annotations__)? {
        return Ok(known);
    }
    let annotate = own(th, v, &th.names().__annotate__)?.filter(|f| th.is_callable(f));
    let initializing = match own(th, v, &th.names().__spec__)? {
        Some(spec) => spec_flag(th, &spec, "_initializing")?,
        None => false,
    };
    let dict = match annotate {
        Some(f) => {
            let dict = th.call(&f, &[th.int(1)])?;
            if dict.payload::<Dict>().is_none() {
                return Err(
                    th.type_error(format!("__annotate__() must return a dict, not {}", dict.type_name(th)))
                );
            }
            dict
        }
        None => th.dict(),
    };
    // A module that is still being executed may get more annotations.
    if !initializing && let Some(d) = th.module_dict(v)?.payload::<Dict>() {
        d.set(th, &th.names().__annotations__, dict.clone())?;
    }
    Ok(dict)
}

fn set_annotations(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let dict = th.module_dict(v)?;
    let Some(d) = dict.payload::<Dict>() else { return Ok(()) };
    match new {
        Some(new) => d.set(th, &th.names().__annotations__, new.clone())?,
        None => {
            if !d.del(th, &th.names().__annotations__)? {
                return Err(th.attribute_error("__annotations__"));
            }
        }
    }
    d.del(th, &th.names().__annotate__)?;
    Ok(())
}

fn get_annotate(th: &Thread, v: &Value) -> PyResult<Value> {
    if let Some(f) = own(th, v, &th.names().__annotate__)? {
        return Ok(f);
    }
    if let Some(d) = th.module_dict(v)?.payload::<Dict>() {
        d.set(th, &th.names().__annotate__, Value::NONE)?;
    }
    Ok(Value::NONE)
}

fn set_annotate(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("cannot delete __annotate__ attribute")) };
    if !new.is_none() && !th.is_callable(new) {
        return Err(th.type_error("__annotate__ must be callable or None"));
    }
    let dict = th.module_dict(v)?;
    let Some(d) = dict.payload::<Dict>() else { return Ok(()) };
    d.set(th, &th.names().__annotate__, new.clone())?;
    if !new.is_none() {
        d.del(th, &th.names().__annotations__)?;
    }
    Ok(())
}
