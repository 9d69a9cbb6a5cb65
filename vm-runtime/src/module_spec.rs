//! Native modules: what a table row says of one, and how the module object is made.
use crate::call::MethodDef;
use crate::code::as_dict;
use crate::thread::{PyResult, Thread};
use crate::types::type_::TypeSpec;
use vm_core::Value;

/// A native module.
pub struct ModuleSpec {
    /// Its name.
    pub name: &'static str,
    /// Its docstring.
    pub doc: &'static str,
    /// Its functions.
    pub functions: &'static [MethodDef],
    /// Its types, set as attributes.
    pub types: &'static [&'static TypeSpec],
    /// Types made with the module but not set as attributes.
    pub hidden_types: &'static [&'static TypeSpec],
    /// Sets the rest of its attributes.
    pub init: Option<fn(&Thread, &Value) -> PyResult<()>>,
}

impl ModuleSpec {
    /// A module with nothing in it.
    pub const EMPTY: ModuleSpec =
        ModuleSpec { name: "", doc: "", functions: &[], types: &[], hidden_types: &[], init: None };
}

impl Thread {
    /// Makes a native module's object and fills it.
    ///
    /// # Errors
    /// What the module's `init` raises.
    pub fn make_native_module(&self, spec: &'static ModuleSpec) -> PyResult<Value> {
        let doc = if spec.doc.is_empty() { None } else { Some(spec.doc) };
        let module = self.new_module(spec.name, doc)?;
        self.fill_native_module(&module, spec)?;
        Ok(module)
    }

    /// Fills a module object from a spec.
    ///
    /// # Errors
    /// What the module's `init` raises.
    pub fn fill_native_module(&self, module: &Value, spec: &'static ModuleSpec) -> PyResult<()> {
        let dict = self.module_dict(module)?;
        let Some(d) = as_dict(&dict) else { return Ok(()) };
        let name = self.intern(spec.name);
        for def in spec.functions {
            let f = crate::types::builtin_function::function(self, def, module, Some(&name));
            if let Some(h) = f.header() {
                vm_core::refcount::make_deferred(h);
            }
            d.set_interned(self, &self.intern(def.name), f);
        }
        for ty in spec.types {
            let made = crate::types::make::native_type(self, ty)?;
            let plain = ty.name.rsplit('.').next().unwrap_or(ty.name);
            d.set_interned(self, &self.intern(plain), made.value());
        }
        for ty in spec.hidden_types {
            crate::types::make::native_type(self, ty)?;
        }
        match spec.init {
            Some(init) => init(self, module),
            None => Ok(()),
        }
    }

    /// The spec of a native module.
    #[must_use]
    pub fn native_module_spec(&self, name: &str) -> Option<&'static ModuleSpec> {
        crate::native::MODULES
            .iter()
            .copied()
            .chain(self.vm().native_modules.iter().copied())
            .find(|spec| spec.name == name)
    }

    /// Names of all native modules.
    #[must_use]
    pub fn native_module_names(&self) -> Vec<&'static str> {
        crate::native::MODULES
            .iter()
            .copied()
            .chain(self.vm().native_modules.iter().copied())
            .map(|s| s.name)
            .collect()
    }
}
