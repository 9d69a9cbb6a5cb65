//! What builtin functions and modules need of the running program: compiling, running code, scopes, the class statement.
use crate::builtins::compile::Source;
use crate::code::{Code, as_dict};
use crate::prelude::*;
use std::sync::Arc;
use vm_compiler::bytecode::unit::CodeUnit;
use vm_compiler::{CompileError, DecodeError, ErrorKind, Mode, Options, Warning, WarningCategory};

impl Thread {
    /// Compiles source text or bytes to a code object.
    ///
    /// # Errors
    /// SyntaxError and the like; warnings that are errors.
    pub fn compile_source(
        &self,
        source: &Source,
        filename: &Value,
        mode: Mode,
        options: &Options,
    ) -> PyResult<Value> {
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
        self.compile_text_with(text, filename, mode, options, |_| ())
    }

    /// Compiles source text to a code object, changing the unit before it becomes one.
    ///
    /// # Errors
    /// SyntaxError and the like; warnings that are errors.
    pub fn compile_text_with(
        &self,
        text: &str,
        filename: &str,
        mode: Mode,
        options: &Options,
        change: impl FnOnce(&mut CodeUnit),
    ) -> PyResult<Value> {
        match vm_compiler::compile(text, filename, mode, options) {
            Ok(mut compiled) => {
                change(&mut compiled.unit);
                for warning in &compiled.warnings {
                    self.compiler_warning(warning, filename, text)?;
                }
                Code::thaw(self, &Arc::new(compiled.unit))
            }
            Err(error) => Err(self.not_compiled(error, text, filename, mode)),
        }
    }

    /// Raises the error of a source, after its warnings.
    pub(crate) fn not_compiled(
        &self,
        mut error: CompileError,
        text: &str,
        filename: &str,
        mode: Mode,
    ) -> Raised {
        for warning in error.before.iter().flat_map(|b| &b.warnings) {
            if let Err(raised) = self.compiler_warning(warning, filename, text) {
                return raised;
            }
        }
        if error.text.is_none() && error.lineno > 0 {
            error.text = source_line(filename, error.lineno);
        }
        let raised = self.compile_error(&error);
        if let Some((line, column)) = error.before.as_ref().map(|b| b.statement) {
            let newline = if mode == Mode::Exec && !text.ends_with('\n') { "\n" } else { "" };
            let source = self.str(&format!("{text}{newline}"));
            let place = vec![self.int(i64::from(line)), self.int(i64::from(column)), source];
            crate::types::exception::syntax_metadata(self, self.tuple(place));
        }
        raised
    }

    /// Decodes source bytes by their BOM or coding cookie.
    ///
    /// # Errors
    /// SyntaxError.
    pub fn decode_source(&self, bytes: &[u8], filename: &str) -> PyResult<String> {
        match vm_compiler::decode_source(bytes) {
            Ok(text) => Ok(text.into_owned()),
            Err(DecodeError::OtherCodec(name)) => {
                let mut lines = bytes.to_vec();
                if !lines.ends_with(b"\n") {
                    lines.push(b'\n');
                }
                let data = self.bytes(&lines);
                let decoded = self.call_method(&data, "decode", &[self.str(&name)]);
                match decoded {
                    Ok(text) => Ok(text.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default()),
                    Err(raised) => {
                        if self.error_is(self.types().exc.lookup_error) {
                            self.clear_error();
                            return Err(self.undecodable(format!("unknown encoding: {name}"), filename));
                        }
                        if self.error_is(self.types().exc.unicode_decode_error) {
                            let error = self.take_error();
                            let text = self.str_text(&error)?;
                            return Err(self.undecodable(text, filename));
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

    /// A SyntaxError about the source as a whole.
    fn undecodable(&self, msg: String, filename: &str) -> Raised {
        self.syntax_error(&CompileError {
            kind: ErrorKind::Syntax,
            msg,
            filename: filename.to_owned(),
            ..CompileError::default()
        })
    }

    /// SyntaxError if the bytes of a source file cannot be read as source.
    ///
    /// # Errors
    /// That SyntaxError.
    pub fn check_source_file(&self, bytes: &[u8], filename: &str) -> PyResult<()> {
        vm_compiler::file_fault(bytes, filename).map_or(Ok(()), |fault| Err(self.syntax_error(&fault)))
    }

    fn compile_error(&self, error: &CompileError) -> Raised {
        match error.kind {
            ErrorKind::Recursion => self.recursion_error(error.msg.clone()),
            ErrorKind::Memory => self.raise(self.types().exc.memory_error, error.msg.clone()),
            ErrorKind::Value => self.value_error(error.msg.clone()),
            _ => self.syntax_error(error),
        }
    }

    pub(crate) fn compiler_warning(&self, w: &Warning, filename: &str, text: &str) -> PyResult<()> {
        let category = match w.category {
            WarningCategory::SyntaxWarning => self.types().exc.syntax_warning,
            WarningCategory::DeprecationWarning => self.types().exc.deprecation_warning,
        };
        let Some(module) = self.imported_module("warnings").or_else(|| self.imported_module("_warnings"))
        else {
            return Ok(());
        };
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
                    // The error has no future.
                    msg: w.msg.replacen(" Such sequences will not work in the future.", "", 1),
                    filename: filename.to_owned(),
                    lineno: w.lineno,
                    offset: w.offset,
                    end_lineno: w.end_lineno,
                    end_offset: i32::try_from(w.end_offset).unwrap_or(0),
                    text: text.lines().nth((w.lineno as usize).saturating_sub(1)).map(|l| format!("{l}\n")),
                    ..CompileError::default()
                }))
            }
        }
    }

    /// Runs a code object.
    ///
    /// # Errors
    /// What the code raises.
    pub fn run_code(
        &self,
        code: &Value,
        globals: &Value,
        locals: &Value,
        closure: Option<&Value>,
    ) -> PyResult<Value> {
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
        self.current_frame().map_or(0, |f| f.code().flags & vm_compiler::future::MASK)
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

impl Thread {
    /// A function of module builtins; None if a program removed it.
    #[must_use]
    pub fn builtin(&self, name: &str) -> Value {
        let builtins = self.builtins();
        as_dict(&builtins).and_then(|d| d.get_interned(self, &self.intern(name))).unwrap_or(Value::NONE)
    }

    /// The interned form of an attribute name.
    ///
    /// # Errors
    /// TypeError `attribute name must be string, not 'X'`.
    pub fn intern_value(&self, name: &Value) -> PyResult<Value> {
        match name.as_str() {
            Some(s) => Ok(self.intern_wtf8(s.as_wtf8())),
            None => {
                Err(self.type_error(format!("attribute name must be string, not '{}'", name.type_name(self))))
            }
        }
    }

    /// The hash of an object's identity.
    #[must_use]
    pub fn identity_hash(&self, v: &Value) -> i64 {
        let h = (v.identity() >> 4 | v.identity() << 60) as i64;
        if h == -1 { -2 } else { h }
    }

    /// Calls a Python function (the slot function of functions).
    ///
    /// # Errors
    /// What the function raises.
    pub fn call_function(&self, f: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
        crate::interp::call_function(self, f, args)
    }

    /// Sets an attribute of module `sys`.
    ///
    /// # Errors
    /// MemoryError.
    pub fn set_sys_attr(&self, name: &str, value: Value) -> PyResult<()> {
        let sys = self.vm().sys.load();
        match as_dict(&sys) {
            Some(d) => d.set(self, &self.intern(name), value),
            None => Ok(()),
        }
    }

    /// A file name argument: str, bytes or path-like, as a str.
    ///
    /// # Errors
    /// TypeError `expected str, bytes or os.PathLike object, not X`.
    pub fn fs_decode(&self, v: &Value) -> PyResult<Value> {
        if v.as_str().is_some() {
            return Ok(v.clone());
        }
        if v.payload::<Bytes>().is_some() {
            return self.call_method(v, "decode", &[self.str("utf-8"), self.str("surrogateescape")]);
        }
        match self.lookup_special(v, "__fspath__")? {
            Some(f) => {
                let path = self.call(&f, &[])?;
                if path.as_str().is_none() && path.payload::<Bytes>().is_none() {
                    return Err(self.type_error(format!(
                        "expected {}.__fspath__() to return str or bytes, not {}",
                        v.type_name(self),
                        path.type_name(self)
                    )));
                }
                self.fs_decode(&path)
            }
            None => Err(self
                .type_error(format!("expected str, bytes or os.PathLike object, not {}", v.type_name(self)))),
        }
    }

    /// Gives an object another class of compatible layout.
    ///
    /// # Errors
    /// MemoryError.
    pub fn change_class(&self, v: &Value, class: TypeRef) -> PyResult<()> {
        let dict = self.instance_dict(v)?;
        let Some(header) = v.header() else { return Ok(()) };
        let _lock = self.lock_object(v);
        header.set_type_locked(class.ptr());
        header.set_shape_locked(if dict.is_some() {
            class.core.dict_shape.load(std::sync::atomic::Ordering::Acquire)
        } else {
            0
        });
        Ok(())
    }

    /// `__build_class__(function, name, *bases, **keywords)`.
    ///
    /// # Errors
    /// What the class body and the metaclass raise.
    pub fn build_class(
        &self,
        function: &Value,
        name: &Value,
        bases: &[Value],
        keywords: Vec<(Value, Value)>,
    ) -> PyResult<Value> {
        if function.payload::<crate::types::function::Function>().is_none() {
            return Err(self.type_error("__build_class__: func must be a function"));
        }
        let resolved = self.resolve_bases(bases)?;
        let base_values = resolved.clone().unwrap_or_else(|| bases.to_vec());
        let mut keywords = keywords;
        let mut meta = None;
        if let Some(at) = keywords.iter().position(|(k, _)| k.is(&self.names().metaclass)) {
            meta = Some(keywords.remove(at).1);
        }
        let meta = match meta {
            Some(m) => m,
            None => match base_values.first() {
                Some(base) => base.type_of(self).value(),
                None => self.types().type_.value(),
            },
        };
        let meta = match TypeRef::from_value(&meta) {
            Some(ty) => crate::types::class::winner_metaclass(self, ty, &base_values)?.value(),
            None => meta,
        };
        let bases_tuple = self.tuple(base_values);
        let names: Vec<Value> = keywords.iter().map(|(k, _)| k.clone()).collect();
        let mut args = vec![name.clone(), bases_tuple.clone()];
        args.extend(keywords.iter().map(|(_, v)| v.clone()));
        let namespace = match self.get_attr_opt(&meta, &self.names().__prepare__)? {
            Some(prepare) => self.call_args(&prepare, &CallArgs { args: &args, names: &names })?,
            None => self.dict(),
        };
        if namespace.payload::<Dict>().is_none() && namespace.type_of(self).slots.getitem().is_none() {
            let who = TypeRef::from_value(&meta).map_or_else(|| "<metaclass>".to_owned(), |t| t.name());
            return Err(self.type_error(format!(
                "{who}.__prepare__() must return a mapping, not {}",
                namespace.type_name(self)
            )));
        }
        let cell = crate::interp::run_class_body(self, function, &namespace)?;
        if resolved.is_some() {
            self.setitem(&namespace, &self.names().__orig_bases__, &self.tuple(bases.to_vec()))?;
        }
        args.insert(2, namespace);
        let class = self.call_args(&meta, &CallArgs { args: &args, names: &names })?;
        if let (Some(c), Some(_)) = (cell.payload::<crate::types::cell::Cell>(), TypeRef::from_value(&class))
        {
            let held = c.contents.get(self);
            if held.is_unbound() {
                return Err(self.runtime_error(format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    self.repr_text(name)?,
                    self.repr_text(&class)?
                )));
            }
            if !held.is(&class) {
                return Err(self.type_error(format!(
                    "__class__ set to {} defining {} as {}",
                    self.repr_text(&held)?,
                    self.repr_text(name)?,
                    self.repr_text(&class)?
                )));
            }
        }
        Ok(class)
    }

    /// Replaces bases that are no classes by what their `__mro_entries__` gives; None if there are none.
    fn resolve_bases(&self, bases: &[Value]) -> PyResult<Option<Vec<Value>>> {
        let mut out: Option<Vec<Value>> = None;
        for (i, base) in bases.iter().enumerate() {
            if TypeRef::from_value(base).is_some() {
                if let Some(out) = &mut out {
                    out.push(base.clone());
                }
                continue;
            }
            let Some(f) = self.get_attr_opt(base, &self.names().__mro_entries__)? else {
                if let Some(out) = &mut out {
                    out.push(base.clone());
                }
                continue;
            };
            let entries = self.call(&f, &[self.tuple(bases.to_vec())])?;
            let Some(entries) = entries.payload::<Tuple>() else {
                return Err(self.type_error("__mro_entries__ must return a tuple"));
            };
            out.get_or_insert_with(|| bases[..i].to_vec()).extend(entries.as_slice().iter().cloned());
        }
        Ok(out)
    }
}

/// A line of a source file, with its end.
pub(crate) fn source_line(file: &str, line: u32) -> Option<String> {
    let bytes = std::fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.split_inclusive('\n').nth((line as usize).checked_sub(1)?).map(ToOwned::to_owned)
}
