//! `open`, `open_code` and `text_encoding`.
use super::{DEFAULT_BUFFER_SIZE, absent, base, c_int};
use crate::ext::ThreadExt;
use vm_runtime::prelude::*;

pub const OPEN_DOC: &str = "Open file and return a stream.  Raise OSError upon failure.\n\nfile is either a text or byte string giving the name (and the path\nif the file isn't in the current working directory) of the file to\nbe opened or an integer file descriptor of the file to be\nwrapped. (If a file descriptor is given, it is closed when the\nreturned I/O object is closed, unless closefd is set to False.)\n\nmode is an optional string that specifies the mode in which the file\nis opened. It defaults to 'r' which means open for reading in text\nmode.  Other common values are 'w' for writing (truncating the file if\nit already exists), 'x' for creating and writing to a new file, and\n'a' for appending (which on some Unix systems, means that all writes\nappend to the end of the file regardless of the current seek position).";

#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

fn parse_mode(th: &Thread, text: &str) -> PyResult<Mode> {
    let mut mode = Mode::default();
    let invalid = || th.value_error(format!("invalid mode: '{text}'"));
    for c in text.chars() {
        let flag = match c {
            'x' => &mut mode.creating,
            'r' => &mut mode.reading,
            'w' => &mut mode.writing,
            'a' => &mut mode.appending,
            '+' => &mut mode.updating,
            't' => &mut mode.text,
            'b' => &mut mode.binary,
            _ => return Err(invalid()),
        };
        if std::mem::replace(flag, true) {
            return Err(invalid());
        }
    }
    Ok(mode)
}

fn string_arg(th: &Thread, value: &Value, name: &str, default: Option<&str>) -> PyResult<Option<String>> {
    if value.is_unbound() {
        return Ok(default.map(str::to_string));
    }
    match value.as_str() {
        Some(text) => super::text_without_nul(th, text).map(Some),
        None if value.is_none() && default.is_none() => Ok(None),
        None => {
            let wanted = if default.is_none() { "str or None" } else { "str" };
            let got = value.type_name(th);
            Err(th.type_error(format!("open() argument '{name}' must be {wanted}, not {got}")))
        }
    }
}

/// `open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)`.
pub fn open(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let [file, mode_value, buffering, encoding, errors, newline, closefd, opener, ..] = args else {
        return Err(th.type_error("open() missing required argument 'file' (pos 1)"));
    };
    let mode_text = string_arg(th, mode_value, "mode", Some("r"))?.unwrap_or_default();
    let buffering = if buffering.is_unbound() { -1 } else { c_int(th, buffering)? };
    for (value, name) in [(encoding, "encoding"), (errors, "errors"), (newline, "newline")] {
        string_arg(th, value, name, None)?;
    }
    let given = |value: &Value| !absent(value);
    let closefd = if closefd.is_unbound() { true } else { th.truth(closefd)? };
    let opener = if opener.is_unbound() { Value::NONE } else { opener.clone() };
    let file =
        if th.isinstance(file, th.types().int) { file.clone() } else { crate::path_arg::fspath(th, file)? };
    let mode = parse_mode(th, &mode_text)?;
    if mode.text && mode.binary {
        return Err(th.value_error("can't have text and binary mode at once"));
    }
    let ways =
        [mode.creating, mode.reading, mode.writing, mode.appending].into_iter().filter(|&on| on).count();
    if ways > 1 {
        return Err(th.value_error("must have exactly one of create/read/write/append mode"));
    }
    if mode.binary {
        for (value, what) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
            if given(value) {
                return Err(th.value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        if buffering == 1 {
            th.warn_of(
                "RuntimeWarning",
                "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
                1,
            )?;
        }
    }
    let raw_mode: String = [
        (mode.creating, 'x'),
        (mode.reading, 'r'),
        (mode.writing, 'w'),
        (mode.appending, 'a'),
        (mode.updating, '+'),
    ]
    .into_iter()
    .filter(|(on, _)| *on)
    .map(|(_, c)| c)
    .collect();
    let class = th.type_for::<super::fileio::FileIo>().value();
    let raw = th.call(&class, &[file, th.str(&raw_mode), Value::bool(closefd), opener])?;
    let mut result = raw.clone();
    let finished = wrap(th, &raw, &mut result, &mode, &mode_text, buffering, &args[3..6]);
    match finished {
        Ok(()) => Ok(result),
        Err(raised) => base::chain(th, Err(raised), |th| th.call_method(&result, "close", &[])),
    }
}

/// Puts buffer and text layers over a raw file; `result` is always the outermost layer that exists.
fn wrap(
    th: &Thread,
    raw: &Value,
    result: &mut Value,
    mode: &Mode,
    mode_text: &str,
    mut buffering: i32,
    text_args: &[Value],
) -> PyResult<()> {
    let mut is_terminal = false;
    if buffering < 0 {
        is_terminal = th.truth(&th.call_method(raw, "_isatty_open_only", &[])?)?;
    }
    let mut line_buffering = false;
    if buffering == 1 || is_terminal {
        buffering = -1;
        line_buffering = true;
    }
    let mut size = i64::from(buffering);
    if buffering < 0 {
        let block = th.index_i64(&th.getattr_str(raw, "_blksize")?)?;
        size = block.min(8192 * 1024).max(DEFAULT_BUFFER_SIZE as i64);
    }
    if size < 0 {
        return Err(th.value_error("invalid buffering size"));
    }
    if size == 0 {
        if !mode.binary {
            return Err(th.value_error("can't have unbuffered text I/O"));
        }
        return Ok(());
    }
    let class = if mode.updating {
        th.type_for::<super::buffered::BufferedRandom>()
    } else if mode.creating || mode.writing || mode.appending {
        th.type_for::<super::buffered::BufferedWriter>()
    } else if mode.reading {
        th.type_for::<super::buffered::BufferedReader>()
    } else {
        return Err(th.value_error(format!("unknown mode: '{mode_text}'")));
    };
    *result = th.call(&class.value(), &[raw.clone(), th.int(size)])?;
    if mode.binary {
        return Ok(());
    }
    let or_none = |value: Option<&Value>| value.filter(|v| !v.is_unbound()).cloned().unwrap_or(Value::NONE);
    let [encoding, errors, newline] = [0, 1, 2].map(|i| or_none(text_args.get(i)));
    let class = th.type_for::<super::text::TextIo>().value();
    *result = th.call(&class, &[result.clone(), encoding, errors, newline, Value::bool(line_buffering)])?;
    th.setattr(result, &th.intern("mode"), &th.str(mode_text))
}

/// `open_code(path)`.
pub fn open_code(th: &Thread, module: &Value, args: &[Value]) -> PyResult<Value> {
    if args[0].as_str().is_none() {
        let got = args[0].type_name(th);
        return Err(th.type_error(format!("open_code() argument 'path' must be str, not {got}")));
    }
    let rest = std::iter::repeat_n(Value::UNBOUND, 6);
    let all: Vec<Value> = [args[0].clone(), th.str("rb")].into_iter().chain(rest).collect();
    open(th, module, &all)
}

/// `text_encoding(encoding, stacklevel=2, /)`.
pub fn text_encoding(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    if !args[0].is_none() {
        return Ok(args[0].clone());
    }
    if super::warns_default_encoding(th) {
        let level = if args[1].is_unbound() { 2 } else { c_int(th, &args[1])? };
        th.warn_of("EncodingWarning", "'encoding' argument not specified", i64::from(level))?;
    }
    Ok(th.str(if th.sys_flag("utf8_mode") { "utf-8" } else { "locale" }))
}
