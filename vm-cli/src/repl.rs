//! The prompt: the library's `_pyrepl` on a terminal, a plain one otherwise.
use crate::exit::{Outcome, after_error, flush};
use crate::options::{Run, VERSION};
use crate::program::main_dict;
use std::io::IsTerminal;
use vm_runtime::prelude::*;
use vm_runtime::traceback::hooks;

/// The prompt as the program itself: banner, `PYTHONSTARTUP`, input until its end.
pub fn run(th: &Thread, run: &Run) -> Outcome {
    if !run.config.quiet {
        let platform = std::env::consts::OS;
        let threads = if cfg!(feature = "gil") { "with GIL" } else { "free-threaded" };
        let version = VERSION.replace(')', &format!(", {threads})"));
        let help = "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.";
        hooks::write_stderr(th, &format!("{version} on {platform}\n{help}\n"));
    }
    if let Err(outcome) = prepare(th) {
        return outcome;
    }
    if use_pyrepl() {
        return pyrepl(th, true);
    }
    if let Err(outcome) = tell_why_plain(th) {
        return outcome;
    }
    if let Some(startup) = &run.startup
        && let Err(outcome) = run_startup(th, startup)
    {
        return outcome;
    }
    plain(th)
}

/// The prompt after a program (`-i`).
pub fn run_after(th: &Thread, _run: &Run) -> Outcome {
    flush(th, "stdout");
    if let Err(outcome) = prepare(th) {
        return outcome;
    }
    if use_pyrepl() { pyrepl(th, false) } else { plain(th) }
}

fn use_pyrepl() -> bool {
    let basic = std::env::var_os("PYTHON_BASIC_REPL").is_some_and(|value| !value.is_empty());
    let terminal = std::env::var("TERM").unwrap_or_default();
    !basic
        && std::io::stdin().is_terminal()
        && std::io::stdout().is_terminal()
        && !matches!(terminal.as_str(), "" | "dumb")
}

/// Says why a terminal gets the plain prompt, unless that was asked for.
fn tell_why_plain(th: &Thread) -> Result<(), Outcome> {
    let basic = std::env::var_os("PYTHON_BASIC_REPL").is_some_and(|value| !value.is_empty());
    if basic || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Ok(());
    }
    let result = (|| {
        let reason = th.getattr_str(&th.import("_pyrepl.main")?, "FAIL_REASON")?;
        if th.truth(&reason)? {
            let reason = th.str_string(&reason)?;
            hooks::write_stderr(th, &format!("{reason}\n"));
        }
        Ok(Value::NONE)
    })();
    match finish(th, result) {
        Outcome::Code(0 | 1) => Ok(()),
        outcome => Err(outcome),
    }
}

/// What `site` registered for interactive sessions (completion, history), and the working directory on the path.
fn prepare(th: &Thread) -> Result<(), Outcome> {
    let done = (|| {
        if let Some(path) = th.sys_attr("path")
            && !th.vm().config.safe_path
            && !th.contains(&path, &th.str(""))?
        {
            th.call_method(&path, "insert", &[th.int(0), th.str("")])?;
        }
        if !use_pyrepl()
            && let Some(hook) = th.sys_attr("__interactivehook__")
        {
            th.call(&hook, &[])?;
        }
        Ok(())
    })();
    done.or_else(|_: Raised| match after_error(th, false) {
        Outcome::Code(1) => Ok(()),
        outcome => Err(outcome),
    })
}

fn finish(th: &Thread, result: PyResult<Value>) -> Outcome {
    match result {
        Ok(_) => Outcome::Code(0),
        Err(_) => after_error(th, false),
    }
}

fn pyrepl(th: &Thread, startup: bool) -> Outcome {
    let result = (|| {
        let repl = th.import("_pyrepl.main")?;
        let console = th.getattr_str(&repl, "interactive_console")?;
        let main = th.import("__main__")?;
        let keywords =
            [("mainmodule", main), ("quiet", Value::TRUE), ("pythonstartup", Value::bool(startup))];
        th.call_kw(&console, &[], &keywords)
    })();
    finish(th, result)
}

/// The script of `PYTHONSTARTUP`, in `__main__`; a failure is reported and does not end the session.
fn run_startup(th: &Thread, path: &str) -> Result<(), Outcome> {
    let result = (|| {
        let source = match th.detach(|| std::fs::read(path)) {
            Ok(source) => source,
            Err(error) => {
                hooks::write_stderr(th, "Could not open PYTHONSTARTUP\n");
                return Err(th.io_error(&error, Some(th.str(path))));
            }
        };
        let compile = th.builtin("compile");
        let code = th.call(&compile, &[th.bytes(&source), th.str(path), th.str("exec")])?;
        let dict = main_dict(th)?;
        th.run_code(&code, &dict, &dict, None)
    })();
    match finish(th, result) {
        Outcome::Code(0 | 1) => Ok(()),
        outcome => Err(outcome),
    }
}

/// The plain prompt, line by line.
fn plain(th: &Thread) -> Outcome {
    let result = (|| {
        let prompt = th.import("_plain_prompt")?;
        let dict = main_dict(th)?;
        th.call_method(&prompt, "run", &[dict])
    })();
    finish(th, result)
}
