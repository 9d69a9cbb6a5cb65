//! How a program's end becomes an exit code.
use vm_runtime::prelude::*;
use vm_runtime::traceback::hooks;

/// How the process is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With this code.
    Code(u8),
    /// By SIGINT, as a program that Ctrl-C stopped ends.
    Interrupted,
}

/// Reports the error that is being raised; with `stay`, SystemExit is reported like any other.
pub fn after_error(th: &Thread, stay: bool) -> Outcome {
    let error = th.take_error();
    if th.isinstance(&error, th.types().exc.system_exit) && !stay {
        return Outcome::Code(exit_code(th, &error));
    }
    let interrupted = th.isinstance(&error, th.types().exc.keyboard_interrupt);
    hooks::report_uncaught(th, &error);
    if th.has_error() {
        th.clear_error();
    }
    if interrupted { Outcome::Interrupted } else { Outcome::Code(1) }
}

/// The code of a SystemExit: none is 0, a number itself, anything else is printed and gives 1.
fn exit_code(th: &Thread, error: &Value) -> u8 {
    let code = match th.getattr_str(error, "code") {
        Ok(code) => code,
        Err(_) => {
            th.clear_error();
            error.clone()
        }
    };
    if code.is_none() {
        return 0;
    }
    if th.isinstance(&code, th.types().int) {
        return match th.as_bigint(&code) {
            // A number that does not fit is -1, and the system takes the low byte.
            Ok(number) => i64::try_from(&number).map_or(255, |number| (number & 0xff) as u8),
            Err(_) => {
                th.clear_error();
                255
            }
        };
    }
    flush(th, "stdout");
    let text = match th.to_str(&code) {
        Ok(text) => text,
        Err(_) => {
            th.clear_error();
            th.str("")
        }
    };
    if let Some(stderr) = th.sys_attr("stderr").filter(|stream| !stream.is_none())
        && th.call_method(&stderr, "write", &[text]).is_err()
    {
        th.clear_error();
    }
    hooks::write_stderr(th, "\n");
    1
}

/// Flushes a standard stream; a failure is the stream's own to report later.
pub fn flush(th: &Thread, name: &str) {
    if let Some(stream) = th.sys_attr(name).filter(|stream| !stream.is_none())
        && th.call_method(&stream, "flush", &[]).is_err()
    {
        th.clear_error();
    }
}
