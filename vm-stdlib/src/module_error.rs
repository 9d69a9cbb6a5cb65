//! Exception classes of native modules: made at first use, kept by the VM.
use vm_runtime::prelude::*;

/// An exception class of a module.
pub struct ModuleError {
    /// Qualified name: the key under which the VM keeps it.
    pub key: &'static str,
    /// `__module__`.
    pub module: &'static str,
    /// `__name__`.
    pub name: &'static str,
    /// The base class.
    pub base: fn(&Thread) -> TypeRef,
}

impl ModuleError {
    /// The class.
    ///
    /// # Errors
    /// MemoryError and the like.
    pub fn class(&self, th: &Thread) -> PyResult<Value> {
        th.vm_state_or_try(self.key, || {
            let dict = th.dict();
            th.setitem(&dict, &th.intern("__module__"), &th.intern(self.module))?;
            let bases = th.tuple(vec![(self.base)(th).value()]);
            th.call(&th.types().type_.value(), &[th.intern(self.name), bases, dict])
        })
    }

    /// Raises it with a message.
    #[cold]
    pub fn raise(&self, th: &Thread, message: impl Into<String>) -> Raised {
        let made = self.class(th).and_then(|class| th.call(&class, &[th.str(&message.into())]));
        match made {
            Ok(exc) => th.raise_value(exc),
            Err(raised) => raised,
        }
    }
}
