//! What `sys.excepthook`, `sys.unraisablehook` and `threading.excepthook` do.
use super::plain;
use crate::prelude::*;
use crate::types::exception::payload;

/// `sys.excepthook(type, value, traceback)`: shows the exception on `sys.stderr`.
pub fn excepthook(th: &Thread, value: &Value, traceback: &Value) {
    if let Some(e) = payload(value) {
        if !traceback.is_none() && e.traceback(th).is_none() {
            e.set_traceback(th, traceback.clone());
        }
        return th.print_exception(value);
    }
    let text = format!(
        "TypeError: print_exception(): Exception expected for value, {} found\n",
        value.type_of(th).name()
    );
    write_stderr(th, &text);
}

/// Reports the current error through `sys.excepthook`, as at the end of a program: sets `sys.last_exc` and its like first.
pub fn report_uncaught(th: &Thread, exc: &Value) {
    let traceback = payload(exc).map_or(Value::NONE, |e| e.traceback(th));
    let class = exc.type_of(th).value();
    for (name, value) in
        [("last_exc", exc), ("last_type", &class), ("last_value", exc), ("last_traceback", &traceback)]
    {
        if th.set_sys_attr(name, value.clone()).is_err() {
            th.clear_error();
        }
    }
    match th.sys_attr("excepthook") {
        Some(hook) => {
            if th.call(&hook, &[class, exc.clone(), traceback]).is_err() {
                let second = th.take_error();
                if th.isinstance(&second, th.types().exc.system_exit) {
                    th.restore_error(second);
                    return;
                }
                write_stderr(th, "Error in sys.excepthook:\n");
                th.print_exception(&second);
                write_stderr(th, "\nOriginal exception was:\n");
                th.print_exception(exc);
            }
        }
        None => {
            write_stderr(th, "sys.excepthook is missing\n");
            th.print_exception(exc);
        }
    }
}

/// The argument of `sys.unraisablehook`.
pub fn unraisable_args(th: &Thread, exc: Value, msg: Value, object: Value) -> PyResult<Value> {
    let traceback = payload(&exc).map_or(Value::NONE, |e| e.traceback(th));
    th.simple_namespace(&[
        ("exc_type", exc.type_of(th).value()),
        ("exc_value", exc),
        ("exc_traceback", traceback),
        ("err_msg", msg),
        ("object", object),
    ])
}

/// `sys.unraisablehook` itself.
pub fn unraisablehook(th: &Thread, args: &Value) -> PyResult<()> {
    let get = |name: &str| th.getattr_str(args, name);
    let exc = get("exc_value")?;
    write_unraisable(th, &exc, &get("err_msg")?, &get("object")?);
    Ok(())
}

/// Shows an exception that could not be raised.
pub fn write_unraisable(th: &Thread, exc: &Value, msg: &Value, object: &Value) {
    let mut text = String::new();
    let shown = if object.is_none() {
        String::new()
    } else {
        th.repr_text(object).unwrap_or_else(|_| {
            th.clear_error();
            "<object repr() failed>".to_owned()
        })
    };
    match msg.as_str() {
        Some(msg) => {
            text.push_str(&msg.as_wtf8().to_string_lossy());
            if !object.is_none() {
                text.push_str(": ");
                text.push_str(&shown);
                text.push('\n');
            } else {
                text.push_str(":\n");
            }
        }
        None if !object.is_none() => text.push_str(&format!("Exception ignored in: {shown}\n")),
        None => {}
    }
    text.push_str(&plain::format_one(th, exc));
    write_stderr(th, &text);
}

/// `threading.excepthook(args)`, and what a thread's end does with an exception.
///
/// # Errors
/// What the file raises.
pub fn thread_excepthook(
    th: &Thread,
    file: &Value,
    exc: &Value,
    traceback: &Value,
    thread_name: &str,
) -> PyResult<()> {
    let text = format!("Exception in thread {thread_name}:\n");
    th.call_method(file, "write", &[th.str(&text)])?;
    if let Some(e) = payload(exc)
        && !traceback.is_none()
        && e.traceback(th).is_none()
    {
        e.set_traceback(th, traceback.clone());
    }
    th.print_exception_to(exc, file);
    th.call_method(file, "flush", &[]).map(drop)
}

/// Writes text to `sys.stderr`, or to the process's where that is missing or fails.
pub fn write_stderr(th: &Thread, text: &str) {
    match th.sys_attr("stderr") {
        Some(file) if file.is_none() => return,
        Some(file) => {
            if th.call_method(&file, "write", &[th.str(text)]).is_ok() {
                if th.call_method(&file, "flush", &[]).is_err() {
                    th.clear_error();
                }
                return;
            }
            th.clear_error();
        }
        None => {}
    }
    eprint!("{text}");
}
