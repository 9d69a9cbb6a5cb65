//! `print`, `input`, `open`, `breakpoint`.
use super::{split_keywords, unpack};
use crate::prelude::*;

fn separator(th: &Thread, v: &Value, name: &str, default: &str) -> PyResult<Value> {
    if v.is_unbound() || v.is_none() {
        return Ok(th.str(default));
    }
    if v.as_str().is_none() {
        return Err(th.type_error(format!("{name} must be None or a string, not {}", v.type_name(th))));
    }
    Ok(v.clone())
}

fn stream(th: &Thread, name: &str) -> PyResult<Value> {
    match th.sys_attr(name) {
        Some(v) => Ok(v),
        None => Err(th.runtime_error(format!("lost sys.{name}"))),
    }
}

pub(super) fn print(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (options, values) = args.split_at(4.min(args.len()));
    let [sep, end, file, flush] = options else { return Ok(Value::NONE) };
    let file = if file.is_unbound() || file.is_none() {
        let out = stream(th, "stdout")?;
        if out.is_none() {
            return Ok(Value::NONE);
        }
        out
    } else {
        file.clone()
    };
    let sep = separator(th, sep, "sep", " ")?;
    let end = separator(th, end, "end", "\n")?;
    for (i, v) in values.iter().enumerate() {
        if i > 0 {
            th.call_method(&file, "write", std::slice::from_ref(&sep))?;
        }
        th.write_object(&file, v, true)?;
    }
    th.call_method(&file, "write", &[end])?;
    if !flush.is_unbound() && th.truth(flush)? {
        th.call_method(&file, "flush", &[])?;
    }
    Ok(Value::NONE)
}

impl Thread {
    /// Writes `str(v)` (or its repr) to a file object (`PyFile_WriteObject`).
    pub fn write_object(&self, file: &Value, v: &Value, raw: bool) -> PyResult<()> {
        let write = self.getattr(file, &self.names().write)?;
        let text = if raw { self.to_str(v)? } else { self.repr(v)? };
        self.call(&write, &[text])?;
        Ok(())
    }
}

fn flush(th: &Thread, file: &Value) -> PyResult<()> {
    th.call_method(file, "flush", &[])?;
    Ok(())
}

pub(super) fn input(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let args = unpack(th, "input", args, 0, 1)?;
    let stdin = stream(th, "stdin")?;
    let stdout = stream(th, "stdout")?;
    let stderr = stream(th, "stderr")?;
    for (file, name) in [(&stdin, "stdin"), (&stdout, "stdout"), (&stderr, "stderr")] {
        if file.is_none() {
            return Err(th.runtime_error(format!("lost sys.{name}")));
        }
    }
    if flush(th, &stderr).is_err() {
        th.clear_error();
    }
    if let Some(prompt) = args.first() {
        th.write_object(&stdout, prompt, true)?;
    }
    if flush(th, &stdout).is_err() {
        th.clear_error();
    }
    read_line(th, &stdin)
}

/// One line of a file object, without its newline; EOFError at the end.
fn read_line(th: &Thread, file: &Value) -> PyResult<Value> {
    let line = th.call_method(file, "readline", &[])?;
    let Some(s) = line.as_str() else { return Err(th.type_error("object.readline() returned non-string")) };
    let text = s.as_wtf8();
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err(th.eof_error("EOF when reading a line"));
    }
    match text.strip_suffix("\n") {
        Some(rest) => Ok(th.str_wtf8(rest)),
        None => Ok(line.clone()),
    }
}

pub(super) fn open(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let io = th.import("_io")?;
    let open = th.getattr_str(&io, "open")?;
    let names = ["file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"];
    let given: Vec<(&str, Value)> =
        names.iter().zip(args).filter(|(_, v)| !v.is_unbound()).map(|(n, v)| (*n, v.clone())).collect();
    th.call_kw(&open, &[], &given)
}

pub(super) fn breakpoint(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (keywords, given) = split_keywords(args);
    let Some(hook) = th.sys_attr("breakpointhook") else {
        return Err(th.runtime_error("lost sys.breakpointhook"));
    };
    let mut values = given.to_vec();
    let mut names = Vec::new();
    for (name, value) in keywords.map(|d| d.items(th)).unwrap_or_default() {
        names.push(name);
        values.push(value);
    }
    th.call_args(&hook, &CallArgs { args: &values, names: &names })
}
