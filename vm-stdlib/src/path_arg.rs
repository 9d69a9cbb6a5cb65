//! Path arguments: `os.fspath`, the file system's encoding, and CPython's `path_t` with its messages.
use crate::ext::ThreadExt;
use std::ffi::{CStr, CString};
use vm_runtime::prelude::*;

/// `os.fspath(value)`: a str or bytes.
pub fn fspath(th: &Thread, value: &Value) -> PyResult<Value> {
    if value.as_str().is_some() || value.payload::<Bytes>().is_some() {
        return Ok(value.clone());
    }
    let Some(method) = th.lookup_special(value, "__fspath__")? else {
        let got = value.type_name(th);
        return Err(th.type_error(format!("expected str, bytes or os.PathLike object, not {got}")));
    };
    let path = th.call(&method, &[])?;
    if path.as_str().is_some() || path.payload::<Bytes>().is_some() {
        return Ok(path);
    }
    let (kind, got) = (value.type_name(th), path.type_name(th));
    Err(th.type_error(format!("expected {kind}.__fspath__() to return str or bytes, not {got}")))
}

/// Encodes text for the system: UTF-8, with `surrogateescape` for what was not.
pub fn fs_encode(th: &Thread, value: &Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = value.payload::<Bytes>() {
        return Ok(bytes.as_slice().to_vec());
    }
    let Some(text) = value.as_str() else {
        return Err(th.type_error(format!("expected str or bytes, not {}", value.type_name(th))));
    };
    if let Some(text) = text.to_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::new();
    for (position, point) in text.as_wtf8().code_points().enumerate() {
        match (point.to_char(), point.to_u32()) {
            (Some(c), _) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            (None, escaped @ 0xdc80..=0xdcff) => out.push((escaped - 0xdc00) as u8),
            (None, _) => return Err(th.surrogate_error(value, position)),
        }
    }
    Ok(out)
}

/// Text from the system: UTF-8, other bytes escaped as surrogates.
pub fn fs_decode(th: &Thread, bytes: &[u8]) -> Value {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return th.str(text);
    }
    let mut out = rustpython_wtf8::Wtf8Buf::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            if let Some(point) = rustpython_wtf8::CodePoint::from_u32(0xdc00 + u32::from(byte)) {
                out.push(point);
            }
        }
    }
    th.str_wtf8(&out)
}

/// A path for the system, from anything `os.fspath` takes.
pub fn fs_path(th: &Thread, value: &Value) -> PyResult<CString> {
    let path = fspath(th, value)?;
    CString::new(fs_encode(th, &path)?).map_err(|_| th.value_error("embedded null byte"))
}

/// A string argument (str only) for the system.
pub fn fs_text(th: &Thread, value: &Value, what: &str) -> PyResult<CString> {
    if value.as_str().is_none() {
        return Err(th.type_error(format!("{what} must be str, not {}", value.type_name(th))));
    }
    CString::new(fs_encode(th, value)?).map_err(|_| th.value_error("embedded null byte"))
}

/// A path argument of a function of `posix`.
pub struct PathArg {
    /// What the program gave, for messages.
    pub value: Value,
    /// The path; empty if a descriptor or nothing was given.
    pub path: CString,
    /// The descriptor, if one was given.
    pub fd: Option<i32>,
    /// Whether the path was given as bytes.
    pub is_bytes: bool,
    /// Whether nothing (or None) was given.
    pub is_default: bool,
}

/// How a function takes its path argument.
pub struct PathRule {
    /// The function, for messages.
    pub function: &'static str,
    /// The argument, for messages.
    pub argument: &'static str,
    /// Whether a descriptor will do.
    pub fd: bool,
    /// Whether None will do.
    pub none: bool,
}

/// A rule for a plain path.
pub const fn rule(function: &'static str, argument: &'static str) -> PathRule {
    PathRule { function, argument, fd: false, none: false }
}

/// A rule for a path or a descriptor.
pub const fn rule_fd(function: &'static str, argument: &'static str) -> PathRule {
    PathRule { function, argument, fd: true, none: false }
}

impl PathRule {
    /// Reads the argument.
    pub fn read(&self, th: &Thread, value: &Value) -> PyResult<PathArg> {
        let empty = CString::default();
        if value.is_unbound() || (value.is_none() && self.none) {
            let arg = PathArg {
                value: Value::NONE,
                path: c".".to_owned(),
                fd: None,
                is_bytes: false,
                is_default: true,
            };
            return Ok(arg);
        }
        let mut path = value.clone();
        if value.as_str().is_none() && value.payload::<Bytes>().is_none() {
            if self.fd && !value.is_none() && value.type_of(th).slots.index().is_some() {
                if value.as_bool().is_some() {
                    th.warn_of("RuntimeWarning", "bool is used as a file descriptor", 1)?;
                }
                let fd = crate::numbers::c_int(th, value)?;
                return Ok(PathArg {
                    value: value.clone(),
                    path: empty,
                    fd: Some(fd),
                    is_bytes: false,
                    is_default: false,
                });
            }
            let Some(method) = th.lookup_special(value, "__fspath__")? else {
                return Err(self.wrong_type(th, value));
            };
            path = th.call(&method, &[])?;
            if path.as_str().is_none() && path.payload::<Bytes>().is_none() {
                let (kind, got) = (value.type_name(th), path.type_name(th));
                return Err(
                    th.type_error(format!("expected {kind}.__fspath__() to return str or bytes, not {got}"))
                );
            }
        }
        let is_bytes = path.as_str().is_none();
        let encoded = fs_encode(th, &path)?;
        let Ok(c_path) = CString::new(encoded) else {
            return Err(
                th.value_error(format!("{}: embedded null character in {}", self.function, self.argument))
            );
        };
        Ok(PathArg { value: path, path: c_path, fd: None, is_bytes, is_default: false })
    }

    fn wrong_type(&self, th: &Thread, value: &Value) -> Raised {
        let wanted = match (self.fd, self.none) {
            (true, true) => "string, bytes, os.PathLike, integer or None",
            (true, false) => "string, bytes, os.PathLike or integer",
            (false, true) => "string, bytes, os.PathLike or None",
            (false, false) => "string, bytes or os.PathLike",
        };
        let got = value.type_name(th);
        th.type_error(format!("{}: {} should be {wanted}, not {got}", self.function, self.argument))
    }
}

impl PathArg {
    /// The path as the system takes it.
    pub fn c_str(&self) -> &CStr {
        &self.path
    }

    /// OSError about this path.
    pub fn error(&self, th: &Thread, errno: i32) -> Raised {
        let name = if self.is_default { None } else { Some(self.value.clone()) };
        th.os_error(errno, name)
    }

    /// Names from the system in the type that the path was given in.
    pub fn decode(&self, th: &Thread, name: &[u8]) -> Value {
        if self.is_bytes { th.bytes(name) } else { fs_decode(th, name) }
    }
}

/// A `dir_fd` argument.
pub fn dir_fd(th: &Thread, value: &Value) -> PyResult<i32> {
    if value.is_unbound() || value.is_none() {
        return Ok(libc::AT_FDCWD);
    }
    if value.type_of(th).slots.index().is_none() {
        return Err(th.type_error(format!("argument should be integer or None, not {}", value.type_name(th))));
    }
    crate::numbers::c_int(th, value)
}

/// A `follow_symlinks` argument.
pub fn follow(th: &Thread, value: &Value) -> PyResult<bool> {
    if value.is_unbound() { Ok(true) } else { th.truth(value) }
}

/// A descriptor: an int, or an object with `fileno()`.
pub fn fildes(th: &Thread, value: &Value) -> PyResult<i32> {
    let number = if th.isinstance(value, th.types().int) {
        if value.as_bool().is_some() {
            th.warn_of("RuntimeWarning", "bool is used as a file descriptor", 1)?;
        }
        value.clone()
    } else {
        let Some(fileno) = th.get_attr_opt(value, &th.intern("fileno"))? else {
            return Err(th.type_error("argument must be an int, or have a fileno() method."));
        };
        let number = th.call(&fileno, &[])?;
        if !th.isinstance(&number, th.types().int) {
            return Err(th.type_error("fileno() returned a non-integer"));
        }
        number
    };
    let fd = crate::numbers::c_int(th, &number)?;
    if fd < 0 {
        return Err(th.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}
