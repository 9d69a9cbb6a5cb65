//! The builtin exceptions.
use super::{PyTypeCheck, PyTypeInfo, sealed};
use crate::err::{PyErr, PyErrArguments};
use vm_runtime::prelude::{Thread, TypeRef, Value};

macro_rules! exceptions {
    ($($marker:ident $field:ident $name:literal;)*) => { $(
        #[doc = concat!("`", $name, "` and its subclasses.")]
        #[derive(Debug)]
        pub enum $marker {}
        impl $marker {
            #[doc = concat!("A `", $name, "` with these arguments: a message, `()`, or a tuple.")]
            pub fn new_err<A: PyErrArguments>(args: A) -> PyErr {
                PyErr::lazy($name, |th| th.types().exc.$field, args)
            }
        }
        impl sealed::Check for $marker {
            fn check(th: &Thread, v: &Value) -> bool {
                th.isinstance(v, th.types().exc.$field)
            }
        }
        impl PyTypeCheck for $marker {
            const NAME: &'static str = $name;
        }
        impl sealed::Info for $marker {
            fn type_ref(th: &Thread) -> TypeRef {
                th.types().exc.$field
            }
        }
        impl PyTypeInfo for $marker {}
        impl sealed::Narrower for $marker {}
    )* };
}

exceptions! {
    PyBaseException base_exception "BaseException";
    PyException exception "Exception";
    PyGeneratorExit generator_exit "GeneratorExit";
    PyKeyboardInterrupt keyboard_interrupt "KeyboardInterrupt";
    PySystemExit system_exit "SystemExit";
    PyArithmeticError arithmetic_error "ArithmeticError";
    PyFloatingPointError floating_point_error "FloatingPointError";
    PyOverflowError overflow_error "OverflowError";
    PyZeroDivisionError zero_division_error "ZeroDivisionError";
    PyAssertionError assertion_error "AssertionError";
    PyAttributeError attribute_error "AttributeError";
    PyBufferError buffer_error "BufferError";
    PyEOFError eof_error "EOFError";
    PyImportError import_error "ImportError";
    PyModuleNotFoundError module_not_found_error "ModuleNotFoundError";
    PyLookupError lookup_error "LookupError";
    PyIndexError index_error "IndexError";
    PyKeyError key_error "KeyError";
    PyMemoryError memory_error "MemoryError";
    PyNameError name_error "NameError";
    PyUnboundLocalError unbound_local_error "UnboundLocalError";
    PyOSError os_error "OSError";
    PyBlockingIOError blocking_io_error "BlockingIOError";
    PyChildProcessError child_process_error "ChildProcessError";
    PyConnectionError connection_error "ConnectionError";
    PyBrokenPipeError broken_pipe_error "BrokenPipeError";
    PyConnectionAbortedError connection_aborted_error "ConnectionAbortedError";
    PyConnectionRefusedError connection_refused_error "ConnectionRefusedError";
    PyConnectionResetError connection_reset_error "ConnectionResetError";
    PyFileExistsError file_exists_error "FileExistsError";
    PyFileNotFoundError file_not_found_error "FileNotFoundError";
    PyInterruptedError interrupted_error "InterruptedError";
    PyIsADirectoryError is_a_directory_error "IsADirectoryError";
    PyNotADirectoryError not_a_directory_error "NotADirectoryError";
    PyPermissionError permission_error "PermissionError";
    PyProcessLookupError process_lookup_error "ProcessLookupError";
    PyTimeoutError timeout_error "TimeoutError";
    PyReferenceError reference_error "ReferenceError";
    PyRuntimeError runtime_error "RuntimeError";
    PyNotImplementedError not_implemented_error "NotImplementedError";
    PyPythonFinalizationError python_finalization_error "PythonFinalizationError";
    PyRecursionError recursion_error "RecursionError";
    PyStopAsyncIteration stop_async_iteration "StopAsyncIteration";
    PyStopIteration stop_iteration "StopIteration";
    PySyntaxError syntax_error "SyntaxError";
    PyIndentationError indentation_error "IndentationError";
    PyTabError tab_error "TabError";
    PySystemError system_error "SystemError";
    PyTypeError type_error "TypeError";
    PyValueError value_error "ValueError";
    PyUnicodeError unicode_error "UnicodeError";
    PyUnicodeDecodeError unicode_decode_error "UnicodeDecodeError";
    PyUnicodeEncodeError unicode_encode_error "UnicodeEncodeError";
    PyUnicodeTranslateError unicode_translate_error "UnicodeTranslateError";
    PyWarning warning "Warning";
    PyBytesWarning bytes_warning "BytesWarning";
    PyDeprecationWarning deprecation_warning "DeprecationWarning";
    PyEncodingWarning encoding_warning "EncodingWarning";
    PyFutureWarning future_warning "FutureWarning";
    PyImportWarning import_warning "ImportWarning";
    PyPendingDeprecationWarning pending_deprecation_warning "PendingDeprecationWarning";
    PyResourceWarning resource_warning "ResourceWarning";
    PyRuntimeWarning runtime_warning "RuntimeWarning";
    PySyntaxWarning syntax_warning "SyntaxWarning";
    PyUnicodeWarning unicode_warning "UnicodeWarning";
    PyUserWarning user_warning "UserWarning";
}
