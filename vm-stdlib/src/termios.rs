//! `termios`: terminals' settings.
mod constants;

use crate::numbers::{c_int, c_uint};
use crate::path_arg::fildes;
use vm_runtime::host::SysResult;
use vm_runtime::host::terminal::{self, Attributes};
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.\n\nFor a complete description of these calls, see the Posix or Unix manual\npages. It is only available for those Unix versions that support Posix\ntermios style tty I/O control (and then only if configured at installation\ntime).\n\nAll functions in this module take a file descriptor fd as their first\nargument. This can be an integer file descriptor, such as returned by\nsys.stdin.fileno(), or a file object, such as sys.stdin itself.",
    functions: &[
        m("tcgetattr", "(fd, /)", tcgetattr, "Get the tty attributes for file descriptor fd."),
        m(
            "tcsetattr",
            "(fd, when, attributes, /)",
            tcsetattr,
            "Set the tty attributes for file descriptor fd.",
        ),
        m("tcsendbreak", "(fd, duration, /)", tcsendbreak, "Send a break on file descriptor fd."),
        m(
            "tcdrain",
            "(fd, /)",
            tcdrain,
            "Wait until all output written to file descriptor fd has been transmitted.",
        ),
        m("tcflush", "(fd, queue, /)", tcflush, "Discard queued data on file descriptor fd."),
        m("tcflow", "(fd, action, /)", tcflow, "Suspend or resume input or output on file descriptor fd."),
        m("tcgetwinsize", "(fd, /)", tcgetwinsize, "Get the tty winsize for file descriptor fd."),
        m("tcsetwinsize", "(fd, winsize, /)", tcsetwinsize, "Set the tty winsize for file descriptor fd."),
    ],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in constants::CONSTANTS {
            th.set_module_attr(module, name, th.int(*value))?;
        }
        let bases = th.tuple(vec![th.types().exc.exception.value()]);
        let dict = th.dict();
        th.setitem(&dict, &th.str("__module__"), &th.str("termios"))?;
        let error = th.call(&th.types().type_.value(), &[th.str("error"), bases, dict])?;
        th.set_vm_state(ERROR, error.clone());
        th.set_module_attr(module, "error", error)
    }),
    ..ModuleSpec::EMPTY
};

const ERROR: &str = "termios.error";

fn finish<T>(th: &Thread, result: SysResult<T>) -> PyResult<T> {
    result.map_err(|errno| {
        let Some(class) = th.vm_state(ERROR) else { return th.os_error(errno, None) };
        match th.call(&class, &[th.int(i64::from(errno)), th.str(&vm_runtime::host::strerror(errno))]) {
            Ok(error) => th.raise_value(error),
            Err(raised) => raised,
        }
    })
}

fn tcgetattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let result = th.detach(|| terminal::tcgetattr(fd));
    let a = finish(th, result)?;
    let canonical = a.local & libc::ICANON != 0;
    let characters = a
        .characters
        .iter()
        .enumerate()
        .map(|(i, c)| {
            if !canonical && (i == libc::VMIN || i == libc::VTIME) {
                th.int(i64::from(*c))
            } else {
                th.bytes(&[*c])
            }
        })
        .collect();
    let numbers = [a.input, a.output, a.control, a.local, a.input_speed, a.output_speed];
    let mut all: Vec<Value> = numbers.iter().map(|n| th.int(i64::from(*n))).collect();
    all.push(th.list(characters));
    Ok(th.list(all))
}

fn attributes(th: &Thread, value: &Value) -> PyResult<Attributes> {
    let wrong = || th.type_error("tcsetattr, arg 3: must be 7 element list");
    let Some(list) = value.payload::<List>() else { return Err(wrong()) };
    let items = list.to_vec(th);
    let [input, output, control, local, input_speed, output_speed, characters] = items.as_slice() else {
        return Err(wrong());
    };
    let number = |v: &Value| c_uint(th, v);
    let bad_list = || th.type_error("tcsetattr: attributes[6] must be 32 element list");
    let Some(list) = characters.payload::<List>() else { return Err(bad_list()) };
    let given = list.to_vec(th);
    let mut chars = [0u8; 32];
    if given.len() != chars.len() {
        return Err(bad_list());
    }
    for (slot, value) in chars.iter_mut().zip(&given) {
        *slot = match value.payload::<Bytes>().map(Bytes::as_slice) {
            Some([byte]) => *byte,
            None if th.isinstance(value, th.types().int) => c_int(th, value)? as u8,
            _ => {
                let message = "tcsetattr: elements of attributes must be characters or integers";
                return Err(th.type_error(message));
            }
        };
    }
    Ok(Attributes {
        input: number(input)?,
        output: number(output)?,
        control: number(control)?,
        local: number(local)?,
        characters: chars,
        input_speed: number(input_speed)?,
        output_speed: number(output_speed)?,
    })
}

fn tcsetattr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (fd, when) = (fildes(th, &args[0])?, c_int(th, &args[1])?);
    let attributes = attributes(th, &args[2])?;
    let result = th.detach(|| terminal::tcsetattr(fd, when, &attributes));
    finish(th, result).map(|()| Value::NONE)
}

macro_rules! with_number {
    ($($name:ident)*) => {$(
        fn $name(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
            let (fd, number) = (fildes(th, &args[0])?, c_int(th, &args[1])?);
            let result = th.detach(|| terminal::$name(fd, number));
            finish(th, result).map(|()| Value::NONE)
        }
    )*};
}
with_number! { tcsendbreak tcflush tcflow }

fn tcdrain(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let result = th.detach(|| terminal::tcdrain(fd));
    finish(th, result).map(|()| Value::NONE)
}

fn tcgetwinsize(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let result = th.detach(|| terminal::window_size(fd));
    let (rows, columns) = finish(th, result)?;
    Ok(th.tuple(vec![th.int(i64::from(rows)), th.int(i64::from(columns))]))
}

fn tcsetwinsize(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = fildes(th, &args[0])?;
    let wrong = || th.type_error("tcsetwinsize, arg 2: must be a two-item sequence");
    if th.lookup_special(&args[1], "__getitem__")?.is_none() {
        return Err(wrong());
    }
    let items = th.collect(&args[1])?;
    let [rows, columns] = items.as_slice() else { return Err(wrong()) };
    let number = |v: &Value| {
        let n = crate::numbers::c_long(th, v)?;
        u16::try_from(n).map_err(|_| th.overflow_error("winsize value(s) out of range"))
    };
    let (rows, columns) = (number(rows)?, number(columns)?);
    let result = th.detach(|| terminal::set_window_size(fd, rows, columns));
    finish(th, result).map(|()| Value::NONE)
}
