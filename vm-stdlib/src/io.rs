//! `_io`: files, buffers and text, and `open`.
pub mod base;
pub mod buffered;
pub mod buffers;
pub mod bytesio;
pub mod fileio;
pub mod lock;
pub mod newline;
mod open;
pub mod stringio;
pub mod text;

use crate::ext::ThreadExt;
use vm_runtime::host::SysResult;
use vm_runtime::prelude::*;

/// `io.DEFAULT_BUFFER_SIZE`.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;
/// The least that a read to the end asks for.
pub const SMALL_READ: usize = 1024;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_io",
    doc: "The io module provides the Python interfaces to stream handling. The\nbuiltin open function is defined in this module.\n\nAt the top of the I/O hierarchy is the abstract base class IOBase. It\ndefines the basic interface to a stream. Note, however, that there is no\nseparation between reading and writing to streams; implementations are\nallowed to raise an OSError if they do not support a given operation.",
    functions: &[
        m(
            "open",
            "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
            open::open,
            open::OPEN_DOC,
        ),
        m(
            "open_code",
            "(path)",
            open::open_code,
            "Opens the provided file with the intent to import the contents.\n\nThis may perform extra validation beyond open(), but is otherwise interchangeable\nwith calling open(path, 'rb').",
        ),
        m(
            "text_encoding",
            "(encoding, stacklevel=2, /)",
            open::text_encoding,
            "A helper function to choose the text encoding.\n\nWhen encoding is not None, this function returns it.\nOtherwise, this function returns the default text encoding\n(i.e. \"locale\" or \"utf-8\" depends on UTF-8 mode).\n\nThis function emits an EncodingWarning if encoding is None and\nsys.flags.warn_default_encoding is true.\n\nThis can be used in APIs with an encoding=None parameter.\nHowever, please consider using encoding=\"utf-8\" for new APIs.",
        ),
    ],
    types: &[
        &base::IO_BASE,
        &base::RAW_IO_BASE,
        &base::BUFFERED_IO_BASE,
        &base::TEXT_IO_BASE,
        &fileio::SPEC,
        &bytesio::SPEC,
        &bytesio::BUFFER_SPEC,
        &stringio::SPEC,
        &newline::SPEC,
        &buffered::READER,
        &buffered::WRITER,
        &buffered::RANDOM,
        &buffered::PAIR,
        &text::SPEC,
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

/// Key of `UnsupportedOperation` in the VM's state.
const UNSUPPORTED: &str = "_io.UnsupportedOperation";

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "DEFAULT_BUFFER_SIZE", th.int(DEFAULT_BUFFER_SIZE as i64))?;
    th.set_module_attr(module, "BlockingIOError", th.types().exc.blocking_io_error.value())?;
    let class = unsupported_class(th)?;
    th.set_module_attr(module, "UnsupportedOperation", class)
}

/// `io.UnsupportedOperation`, made at first use.
fn unsupported_class(th: &Thread) -> PyResult<Value> {
    th.vm_state_or_try(UNSUPPORTED, || {
        let exc = &th.types().exc;
        let bases = th.tuple(vec![exc.os_error.value(), exc.value_error.value()]);
        let dict = th.dict();
        th.setitem(&dict, &th.str("__module__"), &th.str("io"))?;
        th.call(&th.types().type_.value(), &[th.str("UnsupportedOperation"), bases, dict])
    })
}

/// `UnsupportedOperation(message)`.
pub fn unsupported(th: &Thread, message: &str) -> Raised {
    let made = unsupported_class(th).and_then(|class| th.call(&class, &[th.str(message)]));
    match made {
        Ok(error) => th.raise_value(error),
        Err(raised) => raised,
    }
}

/// Whether an argument was left out or None.
pub fn absent(value: &Value) -> bool {
    value.is_unbound() || value.is_none()
}

/// A size argument: left out or None gives `default`.
pub fn arg_size(th: &Thread, value: &Value, default: i64) -> PyResult<i64> {
    if absent(value) {
        return Ok(default);
    }
    if !has_index(th, value) {
        let got = value.type_name(th);
        return Err(th.type_error(format!("argument should be integer or None, not '{got}'")));
    }
    th.index_i64(value)
}

/// Whether the value can be used as an index.
pub fn has_index(th: &Thread, value: &Value) -> bool {
    value.type_of(th).slots.index().is_some()
}

/// A file position or length.
pub fn offset(th: &Thread, value: &Value) -> PyResult<i64> {
    let number = th.index(value)?;
    th.index_i64(&number)
}

/// A C `int` argument.
pub fn c_int(th: &Thread, value: &Value) -> PyResult<i32> {
    crate::numbers::c_int(th, value)
}

/// A file descriptor given as an integer.
pub fn fd_number(th: &Thread, value: &Value) -> PyResult<i32> {
    crate::numbers::c_int(th, value)
}

/// The text of a string argument; ValueError if it holds a NUL.
pub fn text_without_nul(th: &Thread, text: &Str) -> PyResult<String> {
    match text.to_str() {
        Some(text) if text.contains('\0') => Err(th.value_error("embedded null character")),
        Some(text) => Ok(text.to_string()),
        None => Ok(text.as_wtf8().to_string()),
    }
}

/// A string of WTF-8 bytes.
pub fn str_from_bytes(th: &Thread, bytes: Vec<u8>) -> PyResult<Value> {
    match rustpython_wtf8::Wtf8::from_bytes(&bytes) {
        Some(text) => th.try_str(text),
        None => Err(th.system_error("text that is not WTF-8")),
    }
}

/// A string of WTF-8 bytes (what is not becomes a replacement character).
pub fn str_from_slice(th: &Thread, bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => th.str(text),
        Err(_) => match rustpython_wtf8::Wtf8::from_bytes(bytes) {
            Some(text) => th.str_wtf8(text),
            None => th.str(&String::from_utf8_lossy(bytes)),
        },
    }
}

/// Zeroed memory, or MemoryError.
pub fn zeroed(th: &Thread, len: usize) -> PyResult<Vec<u8>> {
    // A fresh allocation is zero without being touched; `try_reserve` first, because a refusal must not abort.
    if len > 1 << 24 {
        let mut probe: Vec<u8> = Vec::new();
        if probe.try_reserve_exact(len).is_err() {
            return Err(th.memory_error());
        }
    }
    Ok(vec![0; len])
}

/// Makes a system call detached, again as long as signals interrupt it and their handlers return.
pub fn retry<T>(th: &Thread, mut call: impl FnMut() -> SysResult<T>) -> PyResult<SysResult<T>> {
    loop {
        match th.detach(&mut call) {
            Err(libc::EINTR) => th.check_signals()?,
            result => return Ok(result),
        }
    }
}

/// Makes a Python call, again as long as it raises InterruptedError.
pub fn retry_interrupted(th: &Thread, mut call: impl FnMut() -> PyResult<Value>) -> PyResult<Value> {
    loop {
        match call() {
            Err(_) if th.error_is(th.types().exc.interrupted_error) => {
                th.clear_error();
                th.check_signals()?;
            }
            result => return result,
        }
    }
}

/// `__getstate__` and `__reduce__` of streams that cannot be pickled.
pub fn cannot_pickle(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let kind = this.type_of(th).full_name();
    Err(th.type_error(format!("cannot pickle '{kind}' instances")))
}

/// The instance attributes in a pickled state.
pub fn restore_dict(th: &Thread, this: &Value, state: &Value, which: &str) -> PyResult<()> {
    if state.is_none() {
        return Ok(());
    }
    if state.payload::<Dict>().is_none() {
        let got = state.type_name(th);
        return Err(th.type_error(format!("{which} item of state should be a dict, got a {got}")));
    }
    let dict = th.getattr_str(this, "__dict__")?;
    th.call_method(&dict, "update", std::slice::from_ref(state)).map(drop)
}

/// Whether `-X warn_default_encoding` is on.
pub fn warns_default_encoding(th: &Thread) -> bool {
    th.sys_flag("warn_default_encoding")
}

/// The encoding of the locale: always UTF-8 here, spelled as CPython spells it.
pub fn locale_encoding(th: &Thread) -> Value {
    th.str(if th.sys_flag("utf8_mode") { "utf-8" } else { "UTF-8" })
}
