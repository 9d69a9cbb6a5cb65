//! Import: the instructions, `__import__`, and the start of importlib.
//!
//! Finding and loading is the library's own importlib (`importlib/_bootstrap.py`), which is in the embedded library; module
//! `_imp` gives it the embedded modules as "frozen" ones. What is imported already is answered here.
mod time;
mod trim;

use crate::code::{Code, as_dict};
use crate::frame::Frame;
use crate::prelude::*;
use std::sync::Arc;

fn text(v: &Value) -> String {
    v.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()
}

/// Whether a module is being imported by another thread or further up.
fn is_initializing(th: &Thread, module: &Value) -> PyResult<bool> {
    let Some(spec) = th.get_attr_opt(module, &th.names().__spec__)? else { return Ok(false) };
    if spec.is_none() {
        return Ok(false);
    }
    match th.get_attr_opt(&spec, &th.names()._initializing)? {
        Some(v) => th.truth(&v),
        None => Ok(false),
    }
}

impl Thread {
    /// Imports a module by its absolute name; the module itself, not its top package.
    ///
    /// # Errors
    /// ImportError, and what the module raises.
    pub fn import(&self, name: &str) -> PyResult<Value> {
        let name_value = self.intern(name);
        self.import_level(&name_value, &Value::NONE, &self.tuple(vec![self.intern("*")]), 0).map(|top| {
            match self.imported_module(name) {
                Some(module) => module,
                None => top,
            }
        })
    }

    /// `__import__(name, globals, locals, fromlist, level)`.
    ///
    /// # Errors
    /// ImportError, and what the module raises.
    pub fn import_level(
        &self,
        name: &Value,
        globals: &Value,
        fromlist: &Value,
        level: i64,
    ) -> PyResult<Value> {
        if level < 0 {
            return Err(self.value_error("level must be >= 0"));
        }
        let absolute = if level > 0 {
            self.resolve_name(name, globals, level)?
        } else {
            if name.as_str().is_some_and(|s| s.byte_len() == 0) {
                return Err(self.value_error("Empty module name"));
            }
            name.clone()
        };
        let modules = self.vm().modules.load();
        let found = match as_dict(&modules) {
            Some(d) => d.get(self, &absolute)?,
            None => None,
        };
        let module = match found {
            Some(m) if !m.is_none() => {
                if is_initializing(self, &m)? {
                    let lib = self.importlib()?;
                    self.call_method_name(
                        &lib,
                        &self.names()._lock_unlock_module,
                        std::slice::from_ref(&absolute),
                    )?;
                }
                m
            }
            _ => {
                let lib = self.importlib()?;
                let find = self.getattr(&lib, &self.names()._find_and_load)?;
                let import = self.builtin("__import__");
                let timer = time::Timer::start(self, &absolute);
                let found = self.call(&find, &[absolute.clone(), import]);
                timer.finish(found.is_ok());
                found.inspect_err(|_| trim::remove_importlib_frames(self))?
            }
        };
        let has_from = !fromlist.is_none() && self.truth(fromlist)?;
        if has_from {
            if self.get_attr_opt(&module, &self.names().__path__)?.is_some() {
                let lib = self.importlib()?;
                let handle = self.getattr(&lib, &self.names()._handle_fromlist)?;
                let import = self.builtin("__import__");
                return self
                    .call(&handle, &[module, fromlist.clone(), import])
                    .inspect_err(|_| trim::remove_importlib_frames(self));
            }
            return Ok(module);
        }
        let full = text(name);
        let Some(front) = full.split('.').next().filter(|f| f.len() < full.len()) else {
            return Ok(module);
        };
        if level == 0 {
            return self.import_level(&self.intern(front), globals, &Value::NONE, 0);
        }
        let absolute = text(&absolute);
        let cut = full.len() - front.len();
        let front = &absolute[..absolute.len() - cut];
        match self.imported_module(front) {
            Some(m) => Ok(m),
            None => Err(self.key_error(self.str(front))),
        }
    }

    /// `importlib._bootstrap`.
    fn importlib(&self) -> PyResult<Value> {
        match self.vm_state("importlib") {
            Some(lib) => Ok(lib),
            None => Err(self.import_error("the import system is not ready")),
        }
    }

    /// The absolute name of a relative import.
    fn resolve_name(&self, name: &Value, globals: &Value, level: i64) -> PyResult<Value> {
        let Some(dict) = as_dict(globals) else {
            return Err(self.key_error(self.str("'__name__' not in globals")));
        };
        let package = dict.get(self, &self.intern("__package__"))?;
        let spec = dict.get(self, &self.names().__spec__)?.filter(|s| !s.is_none());
        let package = match (package.filter(|p| !p.is_none()), spec) {
            (Some(p), spec) => {
                if p.as_str().is_none() {
                    return Err(self.type_error("package must be a string"));
                }
                if let Some(spec) = spec {
                    let parent = self.getattr_str(&spec, "parent")?;
                    if !self.eq(&p, &parent)? {
                        let (p, parent) = (self.repr_string(&p)?, self.repr_string(&parent)?);
                        self.deprecation_warning(
                            format!("__package__ != __spec__.parent ({p} != {parent})"),
                            1,
                        )?;
                    }
                }
                text(&p)
            }
            (None, Some(spec)) => text(&self.getattr_str(&spec, "parent")?),
            (None, None) => {
                self.warn(
                    self.types().exc.import_warning,
                    "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
                    1,
                )?;
                let Some(own) = dict.get(self, &self.names().__name__)? else {
                    return Err(self.key_error(self.str("'__name__' not in globals")));
                };
                if own.as_str().is_none() {
                    return Err(self.type_error("__name__ must be a string"));
                }
                let own = text(&own);
                if dict.get(self, &self.names().__path__)?.is_some() {
                    own
                } else {
                    own.rsplit_once('.').map_or(String::new(), |(p, _)| p.to_owned())
                }
            }
        };
        if package.is_empty() {
            return Err(self.import_error("attempted relative import with no known parent package"));
        }
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((parent, _)) => base = parent,
                None => return Err(self.import_error("attempted relative import beyond top-level package")),
            }
        }
        let name = text(name);
        Ok(self.intern(&if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") }))
    }

    /// A module of the embedded library as a code object; None if it is not there.
    ///
    /// # Errors
    /// ImportError for an image that does not validate.
    pub fn frozen_code(&self, name: &str) -> PyResult<Option<Value>> {
        let Some(module) = embedded(name) else { return Ok(None) };
        let Some(image) = module.code() else {
            // It did not compile when the library was built: say why.
            let source = module.source().unwrap_or_default();
            return self
                .compile_text(
                    &source,
                    &module.filename(),
                    vm_compiler::Mode::Exec,
                    &vm_compiler::Options::default(),
                )
                .map(Some);
        };
        match vm_compiler::image::open(image) {
            Ok(unit) => Code::thaw(self, &Arc::new(unit)).map(Some),
            Err(e) => Err(self.import_error(format!("embedded module '{name}' cannot be used: {e}"))),
        }
    }
}

/// `ImportName`.
///
/// # Errors
/// As `Thread::import_level`.
pub(crate) fn import_name(
    th: &Thread,
    frame: &Frame,
    name: &Value,
    level: &Value,
    fromlist: &Value,
) -> PyResult<Value> {
    let import = crate::interp::from_builtins(th, frame, &th.names().__import__)?;
    let globals = th.frame_globals().unwrap_or(Value::NONE);
    let own = th.vm_state("__import__");
    match import {
        None => Err(th.import_error("__import__ not found")),
        Some(f) if own.as_ref().is_none_or(|o| o.is(&f)) => {
            let level = th.index_i64(level)?;
            th.import_level(name, &globals, fromlist, level)
        }
        Some(f) => {
            let locals = if frame.locals.is_unbound() { Value::NONE } else { frame.locals.clone() };
            th.call(&f, &[name.clone(), globals, locals, fromlist.clone(), level.clone()])
        }
    }
}

/// `ImportFrom`.
///
/// # Errors
/// ImportError `cannot import name 'x' from 'm' (file)`.
pub(crate) fn import_from(th: &Thread, module: &Value, name: &Value) -> PyResult<Value> {
    if let Some(v) = th.get_attr_opt(module, name)? {
        return Ok(v);
    }
    let module_name = th.get_attr_opt(module, &th.names().__name__)?;
    if let Some(m) = module_name.as_ref().filter(|m| m.as_str().is_some()) {
        // A submodule that is being imported is in sys.modules before it is an attribute.
        if let Some(sub) = th.imported_module(&format!("{}.{}", text(m), text(name))) {
            return Ok(sub);
        }
    }
    let shown = match &module_name {
        Some(m) if m.as_str().is_some() => format!("'{}'", text(m)),
        _ => "'<unknown module name>'".to_owned(),
    };
    let spec = th.get_attr_opt(module, &th.names().__spec__)?;
    let origin = match &spec {
        Some(s) if !s.is_none() => crate::types::module::spec_origin(th, s)?,
        _ => None,
    };
    let origin = match origin {
        Some(o) => Some(o),
        None => {
            th.get_attr_opt(module, &th.names().__file__)?.filter(|f| f.as_str().is_some()).map(|f| text(&f))
        }
    };
    let initializing = is_initializing(th, module)?;
    let message = match &origin {
        Some(path) if initializing => format!(
            "cannot import name '{}' from partially initialized module {shown} (most likely due to a circular import) ({path})",
            text(name)
        ),
        Some(path) => format!("cannot import name '{}' from {shown} ({path})", text(name)),
        None if initializing => format!(
            "cannot import name '{}' from partially initialized module {shown} (most likely due to a circular import) (unknown location)",
            text(name)
        ),
        None => format!("cannot import name '{}' from {shown} (unknown location)", text(name)),
    };
    let path = origin.map_or(Value::NONE, |p| th.str(&p));
    let module_name = module_name.unwrap_or(Value::NONE);
    Err(th.import_error_of(th.types().exc.import_error, message, module_name, path, name.clone()))
}

/// `ImportStar`.
///
/// # Errors
/// ImportError for a module without `__all__` and `__dict__`, AttributeError for a name of `__all__` that is not there.
pub(crate) fn import_star(th: &Thread, frame: &Frame, module: &Value) -> PyResult<()> {
    let target = frame.locals.clone();
    let (names, skip_private) = match th.get_attr_opt(module, &th.names().__all__)? {
        Some(all) => (th.collect(&all)?, false),
        None => {
            let Some(dict) = th.get_attr_opt(module, &th.names().__dict__)? else {
                return Err(th.import_error("from-import-* object has no __dict__ and no __all__"));
            };
            let keys = th.call_method(&dict, "keys", &[])?;
            (th.collect(&keys)?, true)
        }
    };
    for name in names {
        let Some(s) = name.as_str() else {
            let module_name = th.getattr(module, &th.names().__name__)?;
            let place = if skip_private { "Key" } else { "Item" };
            let container = if skip_private { "__dict__" } else { "__all__" };
            return Err(th.type_error(format!(
                "{place} in {}.{container} must be str, not {}",
                text(&module_name),
                name.type_of(th).full_name()
            )));
        };
        if skip_private && s.as_wtf8().as_bytes().first() == Some(&b'_') {
            continue;
        }
        let value = th.getattr(module, &name)?;
        th.setitem(&target, &name, &value)?;
    }
    Ok(())
}

/// A module of the embedded library; the halves of importlib also by the names that CPython freezes them under.
#[must_use]
pub fn embedded(name: &str) -> Option<&'static vm_pylib::Module> {
    vm_pylib::find(match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        other => other,
    })
}
