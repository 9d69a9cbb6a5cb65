//! Errors of Rust's library as exceptions, as PyO3 has them.
use crate::err::PyErr;
use crate::types::*;
use std::io;

/// The subclass of OSError that the kind names. An error of the system keeps its number and text: `OSError(2, "No such file
/// or directory")`.
impl From<io::Error> for PyErr {
    fn from(error: io::Error) -> PyErr {
        if let Some(number) = error.raw_os_error() {
            return PyOSError::new_err((number, vm_runtime::error::strerror(number)));
        }
        let kind = error.kind();
        // An exception that went through io::Error comes out as it was.
        let text = match error.downcast::<PyErr>() {
            Ok(inner) => return inner,
            Err(error) => error.to_string(),
        };
        match kind {
            io::ErrorKind::BrokenPipe => PyBrokenPipeError::new_err(text),
            io::ErrorKind::ConnectionRefused => PyConnectionRefusedError::new_err(text),
            io::ErrorKind::ConnectionAborted => PyConnectionAbortedError::new_err(text),
            io::ErrorKind::ConnectionReset => PyConnectionResetError::new_err(text),
            io::ErrorKind::Interrupted => PyInterruptedError::new_err(text),
            io::ErrorKind::NotFound => PyFileNotFoundError::new_err(text),
            io::ErrorKind::PermissionDenied => PyPermissionError::new_err(text),
            io::ErrorKind::AlreadyExists => PyFileExistsError::new_err(text),
            io::ErrorKind::WouldBlock => PyBlockingIOError::new_err(text),
            io::ErrorKind::TimedOut => PyTimeoutError::new_err(text),
            io::ErrorKind::IsADirectory => PyIsADirectoryError::new_err(text),
            io::ErrorKind::NotADirectory => PyNotADirectoryError::new_err(text),
            _ => PyOSError::new_err(text),
        }
    }
}

/// So that an exception travels through code that gives `io::Result`.
impl From<PyErr> for io::Error {
    fn from(error: PyErr) -> io::Error {
        io::Error::other(error)
    }
}

impl From<std::convert::Infallible> for PyErr {
    fn from(never: std::convert::Infallible) -> PyErr {
        match never {}
    }
}

macro_rules! from_errors {
    ($($error:ty => $exception:ident;)*) => { $(
        impl From<$error> for PyErr {
            fn from(error: $error) -> PyErr {
                $exception::new_err(error.to_string())
            }
        }
    )* };
}

from_errors! {
    std::num::ParseIntError => PyValueError;
    std::num::ParseFloatError => PyValueError;
    std::num::TryFromIntError => PyValueError;
    std::str::ParseBoolError => PyValueError;
    std::char::ParseCharError => PyValueError;
    std::str::Utf8Error => PyUnicodeError;
    std::string::FromUtf16Error => PyUnicodeError;
    std::char::DecodeUtf16Error => PyUnicodeError;
    std::net::AddrParseError => PyValueError;
    std::ffi::NulError => PyValueError;
    std::array::TryFromSliceError => PyValueError;
    crate::AttachError => PyRuntimeError;
    crate::BuildError => PyRuntimeError;
}

/// UnicodeDecodeError, with the bytes and the place.
impl From<std::string::FromUtf8Error> for PyErr {
    fn from(error: std::string::FromUtf8Error) -> PyErr {
        let at = error.utf8_error();
        let start = at.valid_up_to();
        let bytes = error.into_bytes();
        let (end, reason) = match at.error_len() {
            Some(n) => (start + n, "invalid utf-8"),
            None => (bytes.len(), "unexpected end of data"),
        };
        PyUnicodeDecodeError::new_err(("utf-8", bytes, start, end, reason))
    }
}
