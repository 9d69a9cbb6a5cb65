//! What the native modules ask of a thread beyond the runtime's own methods.
use vm_runtime::prelude::*;

/// Conveniences of native modules.
pub trait ThreadExt {
    /// `OSError(message)`.
    fn os_error_text(&self, message: impl Into<String>) -> Raised;
    /// OSError about two paths.
    fn os_error_two(&self, errno: i32, a: &Value, b: &Value) -> Raised;
    /// Warns of the category of that name (`RuntimeWarning`, ...).
    fn warn_of(&self, category: &str, message: &str, stacklevel: i64) -> PyResult<()>;
    /// As `warn_of`, about an object (`tracemalloc` tells where it was made).
    fn warn_source(&self, category: &str, message: &str, stacklevel: i64, source: &Value) -> PyResult<()>;
    /// Whether a flag of `sys.flags` is on.
    fn sys_flag(&self, name: &str) -> bool;
    /// Sets an exception's context.
    fn set_context_of(&self, error: &Value, context: &Value);
    /// Raises the exception just made, with a cause.
    fn with_cause(&self, raised: Raised, cause: Value) -> Raised;
    /// Takes the error that is being raised, if there is one.
    fn take_error_opt(&self) -> Option<Value>;
    /// Reports an exception that cannot be raised; `what` ends "Exception ignored ".
    fn unraisable_at(&self, error: Value, what: &str, object: &Value);
    /// UnicodeEncodeError of a lone surrogate.
    fn surrogate_error(&self, text: &Value, position: usize) -> Raised;
    /// `cls[item]` as a `types.GenericAlias`.
    fn alias(&self, cls: &Value, item: &Value) -> PyResult<Value>;
    /// A float or integer argument as a float.
    fn as_f64_or_int(&self, value: &Value) -> PyResult<f64>;
}

impl ThreadExt for Thread {
    fn os_error_text(&self, message: impl Into<String>) -> Raised {
        self.raise(self.types().exc.os_error, message)
    }

    fn os_error_two(&self, errno: i32, a: &Value, b: &Value) -> Raised {
        self.os_error2(errno, a.clone(), b.clone())
    }

    fn warn_of(&self, category: &str, message: &str, stacklevel: i64) -> PyResult<()> {
        let warnings = self.import("_warnings")?;
        let warn = self.getattr_str(&warnings, "warn")?;
        let category = self.getattr_str(&self.import("builtins")?, category)?;
        self.call(&warn, &[self.str(message), category, self.int(stacklevel)]).map(drop)
    }

    fn warn_source(&self, category: &str, message: &str, stacklevel: i64, source: &Value) -> PyResult<()> {
        let warnings = self.import("_warnings")?;
        let warn = self.getattr_str(&warnings, "warn")?;
        let category = self.getattr_str(&self.import("builtins")?, category)?;
        self.call(&warn, &[self.str(message), category, self.int(stacklevel), source.clone()]).map(drop)
    }

    fn sys_flag(&self, name: &str) -> bool {
        let config = &self.vm().config;
        match name {
            "utf8_mode" => config.utf8_mode,
            "dev_mode" => config.dev_mode,
            other => config.x_options.iter().any(|(option, _)| option == other),
        }
    }

    fn set_context_of(&self, error: &Value, context: &Value) {
        if !error.is(context) && self.setattr(error, &self.intern("__context__"), context).is_err() {
            self.clear_error();
        }
    }

    fn with_cause(&self, _raised: Raised, cause: Value) -> Raised {
        let error = self.take_error();
        if self.setattr(&error, &self.intern("__cause__"), &cause).is_err() {
            self.clear_error();
        }
        self.raise_value(error)
    }

    fn take_error_opt(&self) -> Option<Value> {
        if self.has_error() { Some(self.take_error()) } else { None }
    }

    fn unraisable_at(&self, error: Value, what: &str, object: &Value) {
        let message = format!("Exception ignored {what}");
        let message = if what.is_empty() { None } else { Some(message.as_str()) };
        self.unraisable_value(error, message, Some(object));
    }

    fn surrogate_error(&self, text: &Value, position: usize) -> Raised {
        self.unicode_encode_error("utf-8", text.clone(), position, position + 1, "surrogates not allowed")
    }

    fn alias(&self, cls: &Value, item: &Value) -> PyResult<Value> {
        let types = self.import("types")?;
        let alias = self.getattr_str(&types, "GenericAlias")?;
        self.call(&alias, &[cls.clone(), item.clone()])
    }

    fn as_f64_or_int(&self, value: &Value) -> PyResult<f64> {
        self.as_f64(value)
    }
}
