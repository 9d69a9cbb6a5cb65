//! Running what the command line names: source, module, script, directory, standard input.
use crate::exit::{Outcome, after_error};
use crate::options::{Program, Run};
use crate::repl;
use std::io::{IsTerminal, Read};
use std::path::Path;
use vm_runtime::prelude::*;
use vm_runtime::traceback::hooks;

/// Runs the program, and then the prompt if it was asked for.
pub fn run(th: &Thread, run: &Run) -> Outcome {
    let interactive_stdin = std::io::stdin().is_terminal() || run.config.interactive;
    let prompt_first = run.program == Program::Stdin && interactive_stdin;
    let mut outcome = if prompt_first {
        repl::run(th, run)
    } else {
        let inspect = run.config.inspect;
        match run_program(th, run) {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Outcome::Code(0),
            Err(_) => after_error(th, inspect),
        }
    };
    if !prompt_first && (run.config.inspect || asks_to_inspect()) && interactive_stdin {
        outcome = repl::run_after(th, run);
    }
    outcome
}

/// `PYTHONINSPECT`, which the program may have set itself.
fn asks_to_inspect() -> bool {
    std::env::var_os("PYTHONINSPECT").is_some_and(|value| !value.is_empty())
}

/// The dictionary of `__main__`.
pub fn main_dict(th: &Thread) -> PyResult<Value> {
    let main = th.import("__main__")?;
    th.module_dict(&main)
}

/// Puts an entry at the front of `sys.path`.
fn prepend_path(th: &Thread, entry: &str) -> PyResult<()> {
    drop(th.set_vm_state(vm_runtime::types::module::SCRIPT_FOLDER, th.str(entry)));
    let Some(path) = th.sys_attr("path") else { return Ok(()) };
    th.call_method(&path, "insert", &[th.int(0), th.str(entry)]).map(drop)
}

fn run_program(th: &Thread, run: &Run) -> PyResult<Option<Outcome>> {
    let safe_path = run.config.safe_path;
    match &run.program {
        Program::Source(source) => {
            if !safe_path {
                prepend_path(th, "")?;
            }
            let source = dedent(source);
            run_source(th, &th.str(&source), "<string>").map(|()| None)
        }
        Program::Module(name) => {
            if !safe_path {
                let here =
                    std::env::current_dir().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
                prepend_path(th, &here)?;
            }
            run_module(th, name, true).map(|()| None)
        }
        Program::File(path) => run_file(th, run, path),
        Program::Stdin => {
            if !safe_path {
                prepend_path(th, "")?;
            }
            let mut source = Vec::new();
            let read = th.detach(|| std::io::stdin().lock().read_to_end(&mut source));
            if let Err(error) = read {
                return Err(th.io_error(&error, None));
            }
            run_source(th, &th.bytes(&source), "<stdin>").map(|()| None)
        }
    }
}

/// `-c` takes source that is indented as a whole.
fn dedent(source: &str) -> String {
    let mut margin: Option<&str> = None;
    for line in source.lines().filter(|line| !line.trim().is_empty()) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let common = match margin {
            None => indent.len(),
            Some(margin) => margin.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count(),
        };
        margin = indent.get(..common);
    }
    match margin {
        None | Some("") => source.to_owned(),
        Some(margin) => {
            let lines = source.split('\n').map(|line| {
                line.strip_prefix(margin).unwrap_or(if line.trim().is_empty() { "" } else { line })
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn compile(th: &Thread, source: &Value, filename: &str) -> PyResult<Value> {
    let compile = th.builtin("compile");
    let args = [source.clone(), th.str(filename), th.str("exec")];
    th.call_kw(&compile, &args, &[("dont_inherit", Value::TRUE)])
}

fn run_source(th: &Thread, source: &Value, filename: &str) -> PyResult<()> {
    let code = compile(th, source, filename)?;
    if source.as_str().is_some() {
        // Tracebacks show lines that are in no file.
        let lines = th.import("linecache")?;
        let register = th.getattr_str(&lines, "_register_code")?;
        th.call(&register, &[code.clone(), source.clone(), th.str(filename)])?;
    }
    let dict = main_dict(th)?;
    th.run_code(&code, &dict, &dict, None).map(drop)
}

fn run_module(th: &Thread, name: &str, alter_argv: bool) -> PyResult<()> {
    let runpy = th.import("runpy")?;
    let run = th.getattr_str(&runpy, "_run_module_as_main")?;
    th.call(&run, &[th.str(name), Value::bool(alter_argv)]).map(drop)
}

/// The path below the working folder, otherwise as it was given.
fn absolute(path: &str) -> String {
    match std::env::current_dir() {
        Ok(here) => here.join(path).to_string_lossy().into_owned(),
        Err(_) => path.to_owned(),
    }
}

/// A script, or something with a `__main__` module in it.
fn run_file(th: &Thread, run: &Run, path: &str) -> PyResult<Option<Outcome>> {
    let full = absolute(path);
    if has_importer(th, path)? {
        let plain = std::path::absolute(path).map(|p| p.to_string_lossy().into_owned());
        prepend_path(th, plain.as_deref().unwrap_or(&full))?;
        return run_module(th, "__main__", false).map(|()| None);
    }
    let refuse = |number: i32, text: &str| {
        let program = run.config.orig_argv.first().map_or("orochi", String::as_str);
        hooks::write_stderr(th, &format!("{program}: can't open file '{full}': [Errno {number}] {text}\n"));
        Ok(Some(Outcome::Code(2)))
    };
    let file = Path::new(path);
    if file.is_dir() {
        let program = run.config.orig_argv.first().map_or("orochi", String::as_str);
        hooks::write_stderr(th, &format!("{program}: '{full}' is a directory, cannot continue\n"));
        return Ok(Some(Outcome::Code(1)));
    }
    let mut source = match th.detach(|| std::fs::read(file)) {
        Ok(source) => source,
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            return refuse(number, &vm_runtime::host::strerror(number));
        }
    };
    if !run.config.safe_path {
        let real = std::fs::canonicalize(file).ok();
        let directory = real
            .as_deref()
            .and_then(Path::parent)
            .map(|p| p.to_string_lossy().into_owned())
            .unwrap_or_default();
        prepend_path(th, &directory)?;
    }
    let dict = main_dict(th)?;
    let loaders = th.import("_frozen_importlib_external")?;
    let compiled = path.ends_with(".pyc");
    let class = if compiled { "SourcelessFileLoader" } else { "SourceFileLoader" };
    let loader = th.call_method(&loaders, class, &[th.str("__main__"), th.str(&full)])?;
    th.setitem(&dict, &th.str("__file__"), &th.str(&full))?;
    th.setitem(&dict, &th.str("__cached__"), &Value::NONE)?;
    th.setitem(&dict, &th.str("__loader__"), &loader)?;
    if compiled {
        let code = th.call_method(&loader, "get_code", &[th.str("__main__")])?;
        return th.run_code(&code, &dict, &dict, None).map(|_| None);
    }
    if run.skip_first_line {
        // The line stays as an empty one, so that line numbers are the file's.
        let end = source.iter().position(|&b| b == b'\n').unwrap_or(source.len());
        source.drain(..end);
    }
    th.check_source_file(&source, &full)?;
    let code = compile(th, &th.bytes(&source), &full)?;
    let done = th.run_code(&code, &dict, &dict, None);
    done.map(|_| None)
}

/// Whether the import system can import from the path: a directory or a zip file.
fn has_importer(th: &Thread, path: &str) -> PyResult<bool> {
    if !Path::new(path).is_dir() && !looks_like_zip(path) {
        return Ok(false);
    }
    let Some(hooks) = th.sys_attr("path_hooks") else { return Ok(false) };
    for hook in th.collect(&hooks)? {
        match th.call(&hook, &[th.str(path)]) {
            Ok(_) => return Ok(true),
            Err(_) if th.error_is(th.types().exc.import_error) => th.clear_error(),
            Err(raised) => return Err(raised),
        }
    }
    Ok(false)
}

/// Whether a file ends like a zip archive: the start does not tell, since a launcher may come before it.
fn looks_like_zip(path: &str) -> bool {
    use std::io::{Seek, SeekFrom};
    let Ok(mut file) = std::fs::File::open(path) else { return false };
    let Ok(size) = file.metadata().map(|m| m.len()) else { return false };
    let tail = size.min(65_557);
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(size - tail)).is_err() || file.take(tail).read_to_end(&mut bytes).is_err() {
        return false;
    }
    bytes.windows(4).any(|window| window == b"PK\x05\x06")
}
