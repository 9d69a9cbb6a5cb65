//! What builtin functions and modules need of the running program: compiling, running code, scopes, the class statement.
use crate::builtins::compile::Source;
use crate::code::{Code, as_dict};
use crate::prelude::*;
use std::sync::Arc;
use vm_compiler::{CompileError, DecodeError, ErrorKind, Mode, Options, Warning, WarningCategory};

impl Thread {
    /// Compiles source text or bytes to a code object.
    ///
    /// # Errors
    /// SyntaxError and the like; warnings that are errors.
    pub fn compile_source(&self, source: &Source, filename: &Value, mode: Mode, options: &Options) -> PyResult<Value> {
        let file = filename.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        let text = match source {
            Source::Text(text) => text.clone(),
            Source::Bytes(bytes) => self.decode_source(bytes, &file)?,
        };
        self.compile_text(&text, &file, mode, options)
    }

    /// Compiles source text to a code object.
    ///
    /// # Errors
    /// As `compile_source`.
    pub fn compile_text(&self, text: &str, filename: &str, mode: Mode, options: &Options) -> PyResult<Value> {
        match vm_compiler::compile(text, filename, mode, options) {
            Ok(compiled) => {
                for warning in &compiled.warnings {
                    self.compiler_warning(warning, filename, text)?;
                }
                Code::thaw(self, &Arc::new(compiled.unit))
            }
            Err(error) => Err(self.compile_error(&error)),
        }
    }

    /// Decodes source bytes by their BOM or coding cookie.
    ///
    /// # Errors
    /// SyntaxError.
    pub fn decode_source(&self, bytes: &[u8], filename: &str) -> PyResult<String> {
        match vm_compiler::decode_source(bytes) {
            Ok(text) => Ok(text.into_owned()),
            Err(DecodeError::OtherCodec(name)) => {
                let data = self.bytes(bytes);
                let decoded = self.call_method(&data, "decode", &[self.str(&name)]);
                match decoded {
                    Ok(text) => Ok(text.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()),
                    Err(raised) => {
                        if self.error_is(self.types().exc.lookup_error) {
                            self.clear_error();
                            return Err(self.raise(self.types().exc.syntax_error, format!("unknown encoding: {name}")));
                        }
                        Err(raised)
                    }
                }
            }
            Err(DecodeError::Syntax(mut error)) => {
                error.filename = filename.to_owned();
                Err(self.compile_error(&error))
            }
        }
    }

    fn compile_error(&self, error: &CompileError) -> Raised {
        match error.kind {
            ErrorKind::Recursion => self.recursion_error(error.msg.clone()),
            ErrorKind::Memory => self.memory_error(),
            ErrorKind::Value => self.value_error(error.msg.clone()),
            _ => self.syntax_error(error),
        }
    }

    fn compiler_warning(&self, w: &Warning, filename: &str, text: &str) -> PyResult<()> {
        let category = match w.category {
            WarningCategory::SyntaxWarning => self.types().exc.syntax_warning,
            WarningCategory::DeprecationWarning => self.types().exc.deprecation_warning,
        };
        let Some(module) = self.imported_module("warnings").or_else(|| self.imported_module("_warnings")) else { return Ok(()) };
        let Some(f) = self.get_attr_str_opt(&module, "warn_explicit")? else { return Ok(()) };
        let args = [self.str(&w.msg), category.value(), self.str(filename), self.int(i64::from(w.lineno))];
        match self.call(&f, &args) {
            Ok(_) => Ok(()),
            Err(raised) => {
                if !self.error_is(category) {
                    return Err(raised);
                }
                // Turned into an error: a SyntaxError at that place.
                self.clear_error();
                Err(self.syntax_error(&CompileError {
                    kind: ErrorKind::Syntax,
                    msg: w.msg.clone(),
                    filename: filename.to_owned(),
                    lineno: w.lineno,
                    offset: w.offset,
                    end_lineno: w.end_lineno,
                    end_offset: w.end_offset,
                    text: text.lines().nth((w.lineno as usize).saturating_sub(1)).map(|l| format!("{l}\n")),
                }))
            }
        }
    }

    /// Runs a code object.
    ///
    /// # Errors
    /// What the code raises.
    pub fn run_code(&self, code: &Value, globals: &Value, locals: &Value, closure: Option<&Value>) -> PyResult<Value> {
        crate::interp::run_code(self, code, globals, locals, closure.cloned().unwrap_or(Value::NONE))
    }

    /// Globals of the running frame.
    ///
    /// # Errors
    /// SystemError where no Python frame runs.
    pub fn current_globals(&self) -> PyResult<Value> {
        match self.frame_globals() {
            Some(globals) => Ok(globals),
            None => Err(self.system_error("globals do not exist")),
        }
    }

    /// `locals()` of the running frame.
    ///
    /// # Errors
    /// SystemError where no Python frame runs.
    pub fn current_locals(&self) -> PyResult<Value> {
        match self.frame_locals()? {
            Some(locals) => Ok(locals),
            None => Err(self.system_error("frame does not exist")),
        }
    }

    /// Future features in force in the running frame.
    #[must_use]
    pub fn current_future_flags(&self) -> u32 {
        self.current_frame().map_or(0, |f| f.code().unit.flags & vm_compiler::future::MASK)
    }

    /// `-O` count.
    #[must_use]
    pub fn optimize_level(&self) -> i32 {
        self.vm().config.optimize
    }

    /// The module object `builtins`.
    #[must_use]
    pub fn builtins_module(&self) -> Value {
        self.imported_module("builtins").unwrap_or_else(|| self.builtins())
    }

    /// A module of `sys.modules`, if it is there.
    #[must_use]
    pub fn imported_module(&self, name: &str) -> Option<Value> {
        let modules = self.vm().modules.load();
        as_dict(&modules)?.get_interned(self, &self.intern(name))
    }
}
