//! One method for each exception that native code raises.
use crate::prelude::*;

macro_rules! simple {
    ($($method:ident $ty:ident $name:literal;)*) => {
        impl Thread {
            $(#[doc = concat!("Raises `", $name, "(msg)`.")]
            #[cold]
            #[inline(never)]
            pub fn $method(&self, msg: impl Into<String>) -> Raised {
                self.raise_plain(self.types().exc.$ty, &msg.into())
            })*
        }
    };
}

simple! {
    type_error type_error "TypeError";
    value_error value_error "ValueError";
    index_error index_error "IndexError";
    overflow_error overflow_error "OverflowError";
    zero_division_error zero_division_error "ZeroDivisionError";
    runtime_error runtime_error "RuntimeError";
    recursion_error recursion_error "RecursionError";
    not_implemented_error not_implemented_error "NotImplementedError";
    buffer_error buffer_error "BufferError";
    system_error system_error "SystemError";
    lookup_error lookup_error "LookupError";
    assertion_error assertion_error "AssertionError";
    eof_error eof_error "EOFError";
    reference_error reference_error "ReferenceError";
    unicode_error unicode_error "UnicodeError";
    key_error_msg key_error "KeyError";
    finalization_error python_finalization_error "PythonFinalizationError";
}

impl Thread {
    fn raise_plain(&self, ty: TypeRef, msg: &str) -> Raised {
        self.raise_built(ty, vec![self.str(msg)], Vec::new())
    }

    /// Raises `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_built(self.types().exc.key_error, vec![key.into_owned()], Vec::new())
    }

    /// Raises `AttributeError(msg)`.
    #[cold]
    pub fn attribute_error(&self, msg: impl Into<String>) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_built(self.types().exc.attribute_error, vec![msg], vec![Value::UNBOUND, Value::UNBOUND])
    }

    /// Raises `AttributeError(msg, name=name, obj=obj)`, which gets suggestions.
    #[cold]
    pub fn attribute_error_for(&self, msg: impl Into<String>, obj: &Value, name: &Value) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_built(self.types().exc.attribute_error, vec![msg], vec![name.clone(), obj.clone()])
    }

    /// An AttributeError that the program raised while `obj.name` was read says so, unless it says something else already.
    #[cold]
    pub fn attribute_context(&self, obj: &Value, name: &Value) {
        use crate::types::exception::{extra, payload};
        if !self.error_is(self.types().exc.attribute_error) {
            return;
        }
        let Some(exc) = self.current_error() else { return };
        let Some(e) = payload(&exc) else { return };
        if e.extra_or_none(self, extra::FIRST).is_none() && e.extra_or_none(self, extra::OBJ).is_none() {
            e.set_extra(self, extra::FIRST, name.clone());
            e.set_extra(self, extra::OBJ, obj.clone());
        }
    }

    /// Raises `NameError(msg)`; `name` is its `name` attribute.
    #[cold]
    pub fn name_error_of(&self, msg: impl Into<String>, name: &Value) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_built(self.types().exc.name_error, vec![msg], vec![name.clone()])
    }

    /// Raises `NameError(msg)`.
    #[cold]
    pub fn name_error(&self, msg: impl Into<String>) -> Raised {
        self.name_error_of(msg, &Value::UNBOUND)
    }

    /// Raises `UnboundLocalError(msg)`; `name` is its `name` attribute.
    #[cold]
    pub fn unbound_local_error(&self, msg: impl Into<String>, name: &Value) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_built(self.types().exc.unbound_local_error, vec![msg], vec![name.clone()])
    }

    /// Raises `MemoryError()`.
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.raise_built(self.types().exc.memory_error, Vec::new(), Vec::new())
    }

    /// Raises `KeyboardInterrupt()`.
    #[cold]
    pub fn keyboard_interrupt(&self) -> Raised {
        self.raise_built(self.types().exc.keyboard_interrupt, Vec::new(), Vec::new())
    }

    /// Raises `StopIteration()` or `StopIteration(value)`.
    #[cold]
    pub fn stop_iteration(&self, value: Option<Value>) -> Raised {
        let ty = self.types().exc.stop_iteration;
        match value {
            Some(v) => self.raise_built(ty, vec![v.clone()], vec![v.into_owned()]),
            None => self.raise_built(ty, Vec::new(), vec![Value::NONE]),
        }
    }

    /// Raises `StopAsyncIteration()`.
    #[cold]
    pub fn stop_async_iteration(&self) -> Raised {
        self.raise_built(self.types().exc.stop_async_iteration, Vec::new(), Vec::new())
    }

    /// Raises `SystemExit(code)`.
    #[cold]
    pub fn system_exit(&self, code: Value) -> Raised {
        // As when an exception is made from its value: None is none, and a tuple has the arguments.
        let args = match code.payload::<crate::types::tuple::Tuple>() {
            Some(tuple) => tuple.as_slice().to_vec(),
            None if code.is_none() => Vec::new(),
            None => vec![code],
        };
        let code = match args.as_slice() {
            [] => Value::NONE,
            [one] => one.clone(),
            _ => self.tuple(args.clone()),
        };
        self.raise_built(self.types().exc.system_exit, args, vec![code])
    }

    /// Raises `ImportError(msg)`.
    #[cold]
    pub fn import_error(&self, msg: impl Into<String>) -> Raised {
        let msg = self.str(&msg.into());
        let extra = vec![msg.clone(), Value::UNBOUND, Value::UNBOUND, Value::UNBOUND];
        self.raise_built(self.types().exc.import_error, vec![msg], extra)
    }

    /// Raises an ImportError (or subclass `ty`) with its `name`, `path` and `name_from` (UNBOUND where there is none).
    #[cold]
    pub fn import_error_of(
        &self,
        ty: TypeRef,
        msg: impl Into<String>,
        name: Value,
        path: Value,
        name_from: Value,
    ) -> Raised {
        let msg = self.str(&msg.into());
        self.raise_built(ty, vec![msg.clone()], vec![msg, name, path, name_from])
    }

    /// Raises `UnicodeDecodeError(encoding, object, start, end, reason)`; `object` is bytes.
    #[cold]
    pub fn unicode_decode_error(
        &self,
        encoding: &str,
        object: Value,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.unicode_error_fields(self.types().exc.unicode_decode_error, encoding, object, start, end, reason)
    }

    /// Raises `UnicodeEncodeError(encoding, object, start, end, reason)`; `object` is a str.
    #[cold]
    pub fn unicode_encode_error(
        &self,
        encoding: &str,
        object: Value,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.unicode_error_fields(self.types().exc.unicode_encode_error, encoding, object, start, end, reason)
    }

    fn unicode_error_fields(
        &self,
        ty: TypeRef,
        encoding: &str,
        object: Value,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        let object = object.into_owned();
        let args = vec![self.str(encoding), object, self.usize(start), self.usize(end), self.str(reason)];
        self.raise_built(ty, args.clone(), args)
    }

    /// Raises `UnicodeTranslateError(object, start, end, reason)`.
    #[cold]
    pub fn unicode_translate_error(&self, object: Value, start: usize, end: usize, reason: &str) -> Raised {
        let args = vec![object.into_owned(), self.usize(start), self.usize(end), self.str(reason)];
        let mut extra = vec![Value::UNBOUND];
        extra.extend(args.iter().cloned());
        self.raise_built(self.types().exc.unicode_translate_error, args, extra)
    }

    /// Raises the SyntaxError (or subclass) of a source that does not compile.
    #[cold]
    pub fn syntax_error(&self, e: &vm_compiler::CompileError) -> Raised {
        use vm_compiler::ErrorKind;
        let exc = &self.types().exc;
        let ty = match e.kind {
            ErrorKind::Syntax => exc.syntax_error,
            ErrorKind::Indentation => exc.indentation_error,
            ErrorKind::Tab => exc.tab_error,
            ErrorKind::Incomplete => exc.incomplete_input_error,
            ErrorKind::Recursion => return self.recursion_error(e.msg.clone()),
            ErrorKind::Memory => return self.raise(exc.memory_error, e.msg.clone()),
            ErrorKind::Value => return self.value_error(e.msg.clone()),
        };
        let number = |n: u32| self.int(i64::from(n));
        let text = e.text.as_ref().map_or(Value::NONE, |t| self.str(t));
        if e.lineno == 0 && e.text.is_none() {
            let info = vec![self.str(&e.filename), self.int(0), self.int(-1), Value::NONE];
            return self.raise_args(ty, &[self.str(&e.msg), self.tuple(info)]);
        }
        let info = self.tuple(vec![
            self.str(&e.filename),
            number(e.lineno),
            number(e.offset),
            text,
            number(e.end_lineno),
            self.int(i64::from(e.end_offset)),
        ]);
        self.raise_args(ty, &[self.str(&e.msg), info])
    }

    /// Issues a DeprecationWarning; `Err` if a filter makes it an error.
    pub fn deprecation_warning(&self, msg: impl Into<String>, stacklevel: usize) -> PyResult<()> {
        self.warn(self.types().exc.deprecation_warning, msg, stacklevel)
    }

    /// Issues a warning of class `category`, as `warnings.warn(msg, category, stacklevel)`.
    pub fn warn(&self, category: TypeRef, msg: impl Into<String>, stacklevel: usize) -> PyResult<()> {
        let msg = self.str(&msg.into());
        crate::native::warnings::warn(
            self,
            &category.value(),
            &msg,
            i64::try_from(stacklevel).unwrap_or(1),
            None,
        )
    }

    /// Text of `repr(v)`, surrogates replaced: for messages.
    pub fn repr_text(&self, v: &Value) -> PyResult<String> {
        Ok(self.repr_string(v)?.to_string_lossy().into_owned())
    }

    /// Text of `str(v)`, surrogates replaced: for messages.
    pub fn str_text(&self, v: &Value) -> PyResult<String> {
        let s = self.to_str(v)?;
        Ok(s.as_str().map(|s| s.as_wtf8().to_string_lossy().into_owned()).unwrap_or_default())
    }
}
