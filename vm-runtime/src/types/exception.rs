//! The exception types: one payload, one table of all types, and what an exception object holds.
//!
//! Every exception object has the same payload. What only some types have (`StopIteration.value`, `OSError.errno`, ...) are
//! the `extra` values, whose places are the constants of `extra`; a type's `Layout` says how many it has.
//! The behaviour of the types with more than `BaseException`'s own is in the modules below.
use crate::prelude::*;

/// Getter and setter of an extra value that behaves as an object member: None while unset, deletable.
macro_rules! extra_member {
    ($get:ident, $set:ident, $place:expr) => {
        pub(super) fn $get(th: &Thread, v: &Value) -> PyResult<Value> {
            Ok($crate::types::exception::this(th, v)?.extra_or_none(th, $place))
        }
        pub(super) fn $set(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
            let new = new.cloned().unwrap_or(Value::UNBOUND);
            $crate::types::exception::this(th, v)?.set_extra(th, $place, new);
            Ok(())
        }
    };
}

pub mod base;
pub mod group;
pub mod group_split;
pub mod import_error;
pub mod os_error;
pub mod syntax_error;
pub mod unicode_error;

/// What an exception object holds.
pub struct BaseException {
    state: ObjCell<State>,
}

struct State {
    args: Value,
    traceback: Value,
    cause: Value,
    context: Value,
    suppress_context: bool,
    extra: Box<[Value]>,
}

impl State {
    fn new(args: Value, extra: Box<[Value]>) -> State {
        State {
            args,
            traceback: Value::NONE,
            cause: Value::NONE,
            context: Value::NONE,
            suppress_context: false,
            extra,
        }
    }
}

payload!(BaseException, "BaseException", traverse = BaseException::traverse, clear = BaseException::clear);

/// Places of the extra values.
pub mod extra {
    /// `StopIteration.value`, `SystemExit.code`, `NameError.name`, `AttributeError.name`.
    pub const FIRST: usize = 0;
    /// `AttributeError.obj`.
    pub const OBJ: usize = 1;

    pub const IMPORT_MSG: usize = 0;
    pub const IMPORT_NAME: usize = 1;
    pub const IMPORT_PATH: usize = 2;
    pub const IMPORT_NAME_FROM: usize = 3;

    pub const ERRNO: usize = 0;
    pub const STRERROR: usize = 1;
    pub const FILENAME: usize = 2;
    pub const FILENAME2: usize = 3;
    /// UNBOUND: never set.
    pub const CHARACTERS_WRITTEN: usize = 4;

    pub const SYNTAX_MSG: usize = 0;
    pub const SYNTAX_FILENAME: usize = 1;
    pub const SYNTAX_LINENO: usize = 2;
    pub const SYNTAX_OFFSET: usize = 3;
    pub const SYNTAX_TEXT: usize = 4;
    pub const SYNTAX_END_LINENO: usize = 5;
    pub const SYNTAX_END_OFFSET: usize = 6;
    pub const SYNTAX_PRINT: usize = 7;
    pub const SYNTAX_METADATA: usize = 8;

    pub const ENCODING: usize = 0;
    pub const OBJECT: usize = 1;
    pub const START: usize = 2;
    pub const END: usize = 3;
    pub const REASON: usize = 4;

    pub const GROUP_MESSAGE: usize = 0;
    /// Tuple of exceptions.
    pub const GROUP_EXCEPTIONS: usize = 1;
}

impl BaseException {
    /// A payload with these arguments (a tuple) and `n` unbound extra values.
    #[must_use]
    pub fn new(args: Value, n: usize) -> BaseException {
        BaseException { state: ObjCell::new(State::new(args, vec![Value::UNBOUND; n].into_boxed_slice())) }
    }

    /// A payload with these arguments (a tuple) and extra values.
    #[must_use]
    pub fn with_extra(args: Value, extra: Vec<Value>) -> BaseException {
        BaseException { state: ObjCell::new(State::new(args, extra.into_boxed_slice())) }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.state.peek(|s| {
            for v in [&s.args, &s.traceback, &s.cause, &s.context] {
                visit(v);
            }
            s.extra.iter().for_each(visit);
        });
    }

    fn clear(&self) {
        let Some(th) = Thread::current() else { return };
        drop(self.state.with(th, |s| std::mem::replace(s, State::new(Value::NONE, Box::default()))));
    }

    /// `args`, a tuple.
    pub fn args(&self, th: &Thread) -> Value {
        let args = self.state.with(th, |s| s.args.clone());
        if args.is_none() { th.tuple(Vec::new()) } else { args }
    }

    /// Sets `args` (a tuple).
    pub fn set_args(&self, th: &Thread, args: Value) {
        drop(self.state.with(th, |s| std::mem::replace(&mut s.args, args)));
    }

    /// `__traceback__`: a traceback or None.
    pub fn traceback(&self, th: &Thread) -> Value {
        self.state.with(th, |s| s.traceback.clone())
    }

    /// Sets `__traceback__` (a traceback or None).
    pub fn set_traceback(&self, th: &Thread, tb: Value) {
        drop(self.state.with(th, |s| std::mem::replace(&mut s.traceback, tb)));
    }

    /// `__cause__`: an exception or None.
    pub fn cause(&self, th: &Thread) -> Value {
        self.state.with(th, |s| s.cause.clone())
    }

    /// Sets `__cause__` (an exception or None) and with it `__suppress_context__`.
    pub fn set_cause(&self, th: &Thread, cause: Value) {
        drop(self.state.with(th, |s| {
            s.suppress_context = true;
            std::mem::replace(&mut s.cause, cause)
        }));
    }

    /// `__context__`: an exception or None.
    pub fn context(&self, th: &Thread) -> Value {
        self.state.with(th, |s| s.context.clone())
    }

    /// Sets `__context__` (an exception or None).
    pub fn set_context(&self, th: &Thread, context: Value) {
        drop(self.state.with(th, |s| std::mem::replace(&mut s.context, context)));
    }

    /// `__suppress_context__`.
    pub fn suppress_context(&self, th: &Thread) -> bool {
        self.state.with(th, |s| s.suppress_context)
    }

    /// Sets `__suppress_context__`.
    pub fn set_suppress_context(&self, th: &Thread, on: bool) {
        self.state.with(th, |s| s.suppress_context = on);
    }

    /// Extra value number `i`; UNBOUND if it isn't set or the type has fewer.
    pub fn extra(&self, th: &Thread, i: usize) -> Value {
        self.state.with(th, |s| s.extra.get(i).cloned().unwrap_or(Value::UNBOUND))
    }

    /// Extra value number `i`, None if it isn't set.
    pub fn extra_or_none(&self, th: &Thread, i: usize) -> Value {
        let v = self.extra(th, i);
        if v.is_unbound() { Value::NONE } else { v }
    }

    /// Sets extra value number `i`.
    pub fn set_extra(&self, th: &Thread, i: usize, v: Value) {
        drop(self.state.with(th, |s| match s.extra.get_mut(i) {
            Some(place) => std::mem::replace(place, v),
            None => {
                let mut all = std::mem::take(&mut s.extra).into_vec();
                all.resize(i, Value::UNBOUND);
                all.push(v);
                s.extra = all.into_boxed_slice();
                Value::UNBOUND
            }
        }));
    }
}

/// The payload of an exception object.
#[inline]
pub fn payload(v: &Value) -> Option<&BaseException> {
    v.payload::<BaseException>()
}

/// The payload of `self` in a method of an exception type.
#[inline]
pub fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a BaseException> {
    th.expect::<BaseException>(v, "BaseException")
}

/// Sets `_metadata` of the SyntaxError that was just raised.
pub(crate) fn syntax_metadata(th: &Thread, place: Value) {
    if let Some(e) = th.current_error()
        && let Some(base) = e.payload::<BaseException>()
    {
        base.set_extra(th, extra::SYNTAX_METADATA, place);
    }
}

/// Calls `$m!` with one row for each exception type: field of `Exceptions`, Python name, field of the base, layout
/// module, documentation. Bases stand before their subclasses.
#[macro_export]
macro_rules! for_each_exception {
    ($m:ident) => { $m! {
        exception "Exception" base_exception base "Common base class for all non-exit exceptions.";
        generator_exit "GeneratorExit" base_exception base "Request that a generator exit.";
        keyboard_interrupt "KeyboardInterrupt" base_exception base "Program interrupted by user.";
        system_exit "SystemExit" base_exception system_exit "Request to exit from the interpreter.";
        base_exception_group "BaseExceptionGroup" base_exception group "A combination of multiple unrelated exceptions.";
        arithmetic_error "ArithmeticError" exception base "Base class for arithmetic errors.";
        floating_point_error "FloatingPointError" arithmetic_error base "Floating-point operation failed.";
        overflow_error "OverflowError" arithmetic_error base "Result too large to be represented.";
        zero_division_error "ZeroDivisionError" arithmetic_error base "Second argument to a division or modulo operation was zero.";
        assertion_error "AssertionError" exception base "Assertion failed.";
        attribute_error "AttributeError" exception attribute_error "Attribute not found.";
        buffer_error "BufferError" exception base "Buffer error.";
        eof_error "EOFError" exception base "Read beyond end of file.";
        import_error "ImportError" exception import_error "Import can't find module, or can't find name in module.";
        module_not_found_error "ModuleNotFoundError" import_error inherited "Module not found.";
        lookup_error "LookupError" exception base "Base class for lookup errors.";
        index_error "IndexError" lookup_error base "Sequence index out of range.";
        key_error "KeyError" lookup_error key_error "Mapping key not found.";
        memory_error "MemoryError" exception base "Out of memory.";
        name_error "NameError" exception name_error "Name not found globally.";
        unbound_local_error "UnboundLocalError" name_error inherited "Local name referenced but not bound to a value.";
        os_error "OSError" exception os_error "Base class for I/O related errors.";
        blocking_io_error "BlockingIOError" os_error inherited "I/O operation would block.";
        child_process_error "ChildProcessError" os_error inherited "Child process error.";
        connection_error "ConnectionError" os_error inherited "Connection error.";
        broken_pipe_error "BrokenPipeError" connection_error inherited "Broken pipe.";
        connection_aborted_error "ConnectionAbortedError" connection_error inherited "Connection aborted.";
        connection_refused_error "ConnectionRefusedError" connection_error inherited "Connection refused.";
        connection_reset_error "ConnectionResetError" connection_error inherited "Connection reset.";
        file_exists_error "FileExistsError" os_error inherited "File already exists.";
        file_not_found_error "FileNotFoundError" os_error inherited "File not found.";
        interrupted_error "InterruptedError" os_error inherited "Interrupted by signal.";
        is_a_directory_error "IsADirectoryError" os_error inherited "Operation doesn't work on directories.";
        not_a_directory_error "NotADirectoryError" os_error inherited "Operation only works on directories.";
        permission_error "PermissionError" os_error inherited "Not enough permissions.";
        process_lookup_error "ProcessLookupError" os_error inherited "Process not found.";
        timeout_error "TimeoutError" os_error inherited "Timeout expired.";
        reference_error "ReferenceError" exception base "Weak ref proxy used after referent went away.";
        runtime_error "RuntimeError" exception base "Unspecified run-time error.";
        not_implemented_error "NotImplementedError" runtime_error base "Method or function hasn't been implemented yet.";
        python_finalization_error "PythonFinalizationError" runtime_error base "Operation blocked during Python finalization.";
        recursion_error "RecursionError" runtime_error base "Recursion limit exceeded.";
        stop_async_iteration "StopAsyncIteration" exception base "Signal the end from iterator.__anext__().";
        stop_iteration "StopIteration" exception stop_iteration "Signal the end from iterator.__next__().";
        syntax_error "SyntaxError" exception syntax_error "Invalid syntax.";
        indentation_error "IndentationError" syntax_error inherited "Improper indentation.";
        tab_error "TabError" indentation_error inherited "Improper mixture of spaces and tabs.";
        incomplete_input_error "_IncompleteInputError" syntax_error inherited "incomplete input.";
        system_error "SystemError" exception base "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
        type_error "TypeError" exception base "Inappropriate argument type.";
        value_error "ValueError" exception base "Inappropriate argument value (of correct type).";
        unicode_error "UnicodeError" value_error base "Unicode related error.";
        unicode_decode_error "UnicodeDecodeError" unicode_error unicode_decode "Unicode decoding error.";
        unicode_encode_error "UnicodeEncodeError" unicode_error unicode_encode "Unicode encoding error.";
        unicode_translate_error "UnicodeTranslateError" unicode_error unicode_translate "Unicode translation error.";
        warning "Warning" exception base "Base class for warning categories.";
        bytes_warning "BytesWarning" warning base "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
        deprecation_warning "DeprecationWarning" warning base "Base class for warnings about deprecated features.";
        encoding_warning "EncodingWarning" warning base "Base class for warnings about encodings.";
        future_warning "FutureWarning" warning base "Base class for warnings about constructs that will change semantically\nin the future.";
        import_warning "ImportWarning" warning base "Base class for warnings about probable mistakes in module imports";
        pending_deprecation_warning "PendingDeprecationWarning" warning base "Base class for warnings about features which will be deprecated\nin the future.";
        resource_warning "ResourceWarning" warning base "Base class for warnings about resource usage.";
        runtime_warning "RuntimeWarning" warning base "Base class for warnings about dubious runtime behavior.";
        syntax_warning "SyntaxWarning" warning base "Base class for warnings about dubious syntax.";
        unicode_warning "UnicodeWarning" warning base "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
        user_warning "UserWarning" warning base "Base class for warnings generated by user code.";
    } };
}

macro_rules! layout_slots {
    (base) => {
        &[]
    };
    (inherited) => {
        &[]
    };
    (system_exit) => {
        base::SYSTEM_EXIT_SLOTS
    };
    (stop_iteration) => {
        base::STOP_ITERATION_SLOTS
    };
    (key_error) => {
        base::KEY_ERROR_SLOTS
    };
    (name_error) => {
        import_error::NAME_ERROR_SLOTS
    };
    (attribute_error) => {
        import_error::ATTRIBUTE_ERROR_SLOTS
    };
    (import_error) => {
        import_error::SLOTS
    };
    (os_error) => {
        os_error::SLOTS
    };
    (syntax_error) => {
        syntax_error::SLOTS
    };
    (unicode_decode) => {
        unicode_error::DECODE_SLOTS
    };
    (unicode_encode) => {
        unicode_error::ENCODE_SLOTS
    };
    (unicode_translate) => {
        unicode_error::TRANSLATE_SLOTS
    };
    (group) => {
        group::SLOTS
    };
}
macro_rules! layout_methods {
    (attribute_error) => {
        import_error::ATTRIBUTE_ERROR_METHODS
    };
    (import_error) => {
        import_error::METHODS
    };
    (os_error) => {
        os_error::METHODS
    };
    (group) => {
        group::METHODS
    };
    ($other:ident) => {
        &[]
    };
}
macro_rules! layout_getset {
    (system_exit) => {
        base::SYSTEM_EXIT_GETSET
    };
    (stop_iteration) => {
        base::STOP_ITERATION_GETSET
    };
    (name_error) => {
        import_error::NAME_ERROR_GETSET
    };
    (attribute_error) => {
        import_error::ATTRIBUTE_ERROR_GETSET
    };
    (import_error) => {
        import_error::GETSET
    };
    (os_error) => {
        os_error::GETSET
    };
    (syntax_error) => {
        syntax_error::GETSET
    };
    (unicode_decode) => {
        unicode_error::GETSET
    };
    (unicode_encode) => {
        unicode_error::GETSET
    };
    (unicode_translate) => {
        unicode_error::GETSET
    };
    (group) => {
        group::GETSET
    };
    ($other:ident) => {
        &[]
    };
}

macro_rules! define_exceptions {
    ($($field:ident $name:literal $base:ident $layout:ident $doc:literal;)*) => {
        /// Every exception type of a VM.
        #[derive(Clone, Copy)]
        pub struct Exceptions {
            /// `BaseException`.
            pub base_exception: TypeRef,
            $(#[doc = $doc] pub $field: TypeRef,)*
            /// `ExceptionGroup`.
            pub exception_group: TypeRef,
        }

        mod specs {
            use super::*;
            $(#[allow(non_upper_case_globals)] pub static $field: TypeSpec = TypeSpec {
                name: $name,
                doc: $doc,
                flags: BASETYPE | HAS_DICT,
                slots: layout_slots!($layout),
                methods: layout_methods!($layout),
                getset: layout_getset!($layout),
                ..TypeSpec::of::<BaseException>()
            };)*
        }

        impl Exceptions {
            /// Creates the types with `make(spec, bases)`.
            pub fn create(mut make: impl FnMut(&'static TypeSpec, &[TypeRef]) -> TypeRef, object: TypeRef) -> Exceptions {
                let none = TypeRef::dangling();
                let mut e = Exceptions { base_exception: none, $($field: none,)* exception_group: none };
                e.base_exception = make(&base::SPEC, &[object]);
                $(e.$field = make(&specs::$field, &[e.$base]);)*
                e.exception_group = make(&group::EXCEPTION_GROUP, &[e.base_exception_group, e.exception]);
                e
            }

            /// All types with their names, for the builtins module.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, TypeRef)> {
                vec![("BaseException", self.base_exception), $(($name, self.$field),)* ("ExceptionGroup", self.exception_group)]
            }
        }
    };
}

for_each_exception!(define_exceptions);
