//! Modules and classes.
use super::{PyAny, PyCFunction, PyDict, PyModule, PyType};
use crate::bound::Bound;
use crate::closure::{self, RustFunction};
use crate::convert::IntoPyObject;
use crate::err::PyResult;
use crate::python::Python;
use crate::source;
use vm_compiler::Mode;
use vm_runtime::prelude::{Dict, TypeRef, ValueExt};

impl PyModule {
    /// A new, empty module; it is not in `sys.modules`.
    ///
    /// # Errors
    /// MemoryError.
    pub fn new<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyModule>> {
        let module = py.run_vm(|th| th.new_module(name, None))?;
        Ok(py.with(|_| Bound::checked(py, module)))
    }

    /// A module of this source text, in `sys.modules` under its name. `file_name` is what tracebacks show.
    ///
    /// # Errors
    /// What the source raises; SyntaxError. The module is not in `sys.modules` then.
    pub fn from_code<'py>(
        py: Python<'py>,
        code: &str,
        file_name: &str,
        module_name: &str,
    ) -> PyResult<Bound<'py, PyModule>> {
        let module = PyModule::new(py, module_name)?;
        module.add("__file__", file_name)?;
        module.register()?;
        let done = py.run_vm(|th| {
            let code = source::compile(th, code, file_name, Mode::Exec)?;
            let dict = th.module_dict(module.raw())?;
            source::execute(th, &code, Some(&dict), None)
        });
        match done {
            Ok(_) => Ok(module),
            Err(error) => {
                let modules = Bound::new(py, py.with(|th| th.vm().modules.load()));
                // Where the module took itself off, there is nothing to do.
                let _ = modules.del_item(module_name);
                Err(error)
            }
        }
    }
}

impl<'py> Bound<'py, PyModule> {
    /// The module's name.
    ///
    /// # Errors
    /// AttributeError, if it was deleted; TypeError, if it is no string.
    pub fn name(&self) -> PyResult<String> {
        self.as_any().getattr("__name__")?.extract()
    }

    /// The module's attributes.
    #[must_use]
    pub fn dict(&self) -> Bound<'py, PyDict> {
        let py = self.py();
        match py.run_vm(|th| th.module_dict(self.raw())) {
            Ok(dict) => py.with(|_| Bound::checked(py, dict)),
            Err(_) => PyDict::new(py),
        }
    }

    /// Sets an attribute.
    ///
    /// # Errors
    /// What converting the value raises.
    pub fn add(&self, name: &str, value: impl IntoPyObject<'py>) -> PyResult<()> {
        let value = value.into_bound(self.py())?;
        self.py().run_vm(|th| th.set_module_attr(self.raw(), name, value.into_value()))
    }

    /// Adds a function that calls a Rust closure, as [`Python::function`] makes it.
    ///
    /// # Errors
    /// MemoryError.
    pub fn add_function<M, F>(&self, name: &str, f: F) -> PyResult<()>
    where
        F: RustFunction<M>,
    {
        let function: Bound<'py, PyCFunction> = closure::typed(self.py(), name, f)?;
        self.add(name, function)
    }

    /// Puts the module into `sys.modules`.
    pub(crate) fn register(&self) -> PyResult<()> {
        let name = self.name()?;
        self.py().run_vm(|th| {
            let modules = th.vm().modules.load();
            match modules.payload::<Dict>() {
                Some(table) => table.set_str(th, &name, self.raw().clone()),
                None => Ok(()),
            }
        })
    }
}

impl<'py> Bound<'py, PyType> {
    /// `class.__name__`.
    #[must_use]
    pub fn name(&self) -> String {
        self.with(|_, v| TypeRef::from_value(v).map(|ty| ty.name()).unwrap_or_default())
    }

    /// `issubclass(self, other)`.
    ///
    /// # Errors
    /// TypeError if `other` is no class; what `__subclasscheck__` raises.
    pub fn is_subclass(&self, other: &Bound<'py, PyAny>) -> PyResult<bool> {
        let other = other.value_in(self.py())?;
        self.py().run_vm(|th| th.object_issubclass(self.raw(), other))
    }
}
