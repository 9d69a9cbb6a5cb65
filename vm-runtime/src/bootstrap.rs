//! Starting a VM: types, `sys`, `builtins`, importlib, the standard streams, `site`.
use crate::code::as_dict;
use crate::config::Config;
use crate::prelude::*;
use crate::thread::AttachGuard;
use crate::vm::VmState;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A VM and its main thread, registered but not attached.
pub struct Started {
    /// The VM.
    pub vm: Arc<VmState>,
    /// Its main thread.
    pub main: Box<Thread>,
}

/// Makes a VM: builtin types, `sys`, `builtins`, the import system. None of the Python library beyond importlib runs yet.
///
/// # Errors
/// A message, if the VM cannot be made (memory, or a broken library).
pub fn start(config: Config, stack: usize) -> Result<Started, String> {
    let vm = VmState::new(config);
    // For tests that hunt for references which the collector does not see.
    if let Some((_, Some(n))) = vm.config.x_options.iter().find(|(name, _)| name == "gc_every") {
        vm.world.gc().set_every(n.parse().unwrap_or(0));
    }
    let main = Thread::register(&vm).map_err(|e| e.to_string())?;
    vm.main_ident.store(main.ident, Ordering::Relaxed);
    {
        let th = AttachGuard::new(&main, stack).map_err(|e| e.to_string())?;
        let types = crate::types::bootstrap(&th);
        // What was looked up while types were half made does not count.
        th.method_cache().clear();
        let made = types.and_then(|()| make_core_modules(&th));
        if made.is_err() {
            let message = describe(&th);
            crate::thread::clear_thread(&th);
            // Half a VM cannot be taken apart safely: its memory stays.
            std::mem::forget(vm.clone());
            return Err(message);
        }
    }
    Ok(Started { vm, main })
}

/// The current error as text, cleared.
pub fn describe(th: &Thread) -> String {
    let exc = th.take_error();
    let text = crate::traceback::plain::format(th, &exc);
    th.clear_error();
    text
}

fn make_core_modules(th: &Thread) -> PyResult<()> {
    let modules = th.dict();
    th.vm().modules.set(th, modules.clone());
    let builtins = th.new_module("builtins", None)?;
    th.vm().builtins.set(th, th.module_dict(&builtins)?);
    let sys = th.new_module("sys", None)?;
    th.vm().sys.set(th, th.module_dict(&sys)?);
    th.set_module_attr(&sys, "modules", modules.clone())?;
    let Some(table) = as_dict(&modules) else { return Err(th.memory_error()) };
    table.set_str(th, "builtins", builtins.clone())?;
    table.set_str(th, "sys", sys.clone())?;
    th.fill_native_module(&builtins, &crate::native::BUILTINS)?;
    if let Some(doc) = Some(crate::native::BUILTINS.doc) {
        th.set_module_attr(&builtins, "__doc__", th.str(doc))?;
    }
    th.fill_native_module(&sys, &crate::native::sys::MODULE)?;
    th.set_vm_state("__import__", th.builtin("__import__"));
    start_importlib(th, &sys)
}

/// Runs `importlib._bootstrap` and its external half, as CPython's `init_importlib` does.
fn start_importlib(th: &Thread, sys: &Value) -> PyResult<()> {
    let imp = match th.native_module_spec("_imp") {
        Some(spec) => th.make_native_module(spec)?,
        None => return Err(th.system_error("module _imp is missing")),
    };
    let lib = run_frozen(th, "importlib._bootstrap", "_frozen_importlib")?;
    th.set_vm_state("importlib", lib.clone());
    th.call_method(&lib, "_install", &[sys.clone(), imp])?;
    Ok(())
}

/// Runs a module of the embedded library under another name.
fn run_frozen(th: &Thread, name: &str, alias: &str) -> PyResult<Value> {
    let Some(code) = th.frozen_code(name)? else {
        return Err(th.import_error(format!("the embedded library has no module {name}")));
    };
    let module = th.new_module(alias, None)?;
    let dict = th.module_dict(&module)?;
    let modules = th.vm().modules.load();
    if let (Some(table), Some(d)) = (as_dict(&modules), as_dict(&dict)) {
        table.set_str(th, alias, module.clone())?;
        d.set_str(th, "__builtins__", th.builtins())?;
        d.set_str(th, "__origname__", th.str(name))?;
    }
    th.run_code(&code, &dict, &dict, None)?;
    Ok(module)
}

/// What stands for `zipimport.zipimporter` in `sys.path_hooks` until a path leads to a file: few programs import from one.
static ZIP_HOOK: crate::call::MethodDef =
    crate::call::m("zipimporter", "(path, /)", zip_hook, "Import from zip archives.");
/// The VM's entry for that function.
const ZIP_HOOK_STATE: &str = "zip hook";

fn install_zip_hook(th: &Thread) -> PyResult<()> {
    let hook = crate::types::builtin_function::function(th, &ZIP_HOOK, &Value::NONE, None);
    drop(th.set_vm_state(ZIP_HOOK_STATE, hook.clone()));
    match th.sys_attr("path_hooks") {
        Some(hooks) => th.call_method(&hooks, "insert", &[th.int(0), hook]).map(drop),
        None => Ok(()),
    }
}

fn zip_hook(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = args[0].as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
    let exists = th.detach(|| std::path::Path::new(&path).ancestors().find_map(|p| p.metadata().ok()));
    if !exists.is_some_and(|found| found.is_file()) {
        return Err(th.import_error(format!("not a Zip file: {}", th.repr_text(&args[0])?)));
    }
    let class = th.getattr_str(&th.import("zipimport")?, "zipimporter")?;
    let (hooks, own) = (th.sys_attr("path_hooks"), th.vm_state(ZIP_HOOK_STATE));
    if let (Some(hooks), Some(own)) = (hooks, own) {
        for (i, hook) in th.collect(&hooks)?.iter().enumerate() {
            if hook.is(&own) {
                th.setitem(&hooks, &th.usize(i), &class)?;
            }
        }
    }
    th.call(&class, &[args[0].clone()])
}

/// The rest of the start: path-based imports, standard streams, `__main__`, `site`.
///
/// # Errors
/// What the library's modules raise.
pub fn finish_start(th: &Thread) -> PyResult<()> {
    let lib = th.import("_frozen_importlib")?;
    th.call_method(&lib, "_install_external_importers", &[])?;
    install_zip_hook(th)?;
    let modules = th.vm().modules.load();
    if let Some(table) = as_dict(&modules) {
        // CPython registers these names for the frozen halves of importlib.
        for (alias, name) in [
            ("importlib._bootstrap", "_frozen_importlib"),
            ("importlib._bootstrap_external", "_frozen_importlib_external"),
        ] {
            let _ = alias;
            if th.imported_module(name).is_none() {
                return Err(th.import_error(format!("{name} did not come up")));
            }
        }
        let main = th.new_module("__main__", None)?;
        table.set_str(th, "__main__", main.clone())?;
        th.set_module_attr(&main, "__builtins__", th.builtins_module())?;
        let importer = th.getattr_str(&lib, "BuiltinImporter")?;
        th.set_module_attr(&main, "__loader__", importer)?;
    }
    // The codec machinery before the first stream.
    th.import("encodings")?;
    set_streams(th)?;
    if !th.vm().config.warn_options.is_empty() {
        // The module reads `sys.warnoptions` when it is imported.
        th.import("warnings")?;
    }
    if !th.vm().config.no_site {
        let site = th.import("site")?;
        th.call_method(&site, "main", &[])?;
    }
    Ok(())
}

/// `sys.stdin`, `sys.stdout`, `sys.stderr`.
fn set_streams(th: &Thread) -> PyResult<()> {
    let io = th.import("io")?;
    let builtins = th.builtins_module();
    let open = th.getattr_str(&io, "open")?;
    th.set_module_attr(&builtins, "open", open.clone())?;
    let sys = th.import("sys")?;
    let unbuffered = th.vm().config.unbuffered;
    for (fd, name, mode) in [(0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")] {
        let closed = crate::host::streams::was_closed(fd);
        let stream = match make_stream(th, &io, &open, fd, name, mode, unbuffered) {
            // A descriptor that was closed at the start is the null device by now, and no stream.
            Ok(_) if closed => Value::NONE,
            Ok(s) => s,
            Err(raised) => {
                // A closed descriptor leaves no stream, as in CPython.
                if !th.error_is(th.types().exc.os_error) {
                    return Err(raised);
                }
                th.clear_error();
                Value::NONE
            }
        };
        th.set_module_attr(&sys, name, stream.clone())?;
        th.set_module_attr(&sys, &format!("__{name}__"), stream)?;
    }
    Ok(())
}

fn make_stream(
    th: &Thread,
    io: &Value,
    open: &Value,
    fd: i64,
    name: &str,
    mode: &str,
    unbuffered: bool,
) -> PyResult<Value> {
    let raw_wanted = unbuffered && mode == "w";
    let buffering = if raw_wanted { 0 } else { -1 };
    let buffer = th.call_kw(
        open,
        &[th.int(fd), th.str(&format!("{mode}b")), th.int(buffering)],
        &[("closefd", Value::FALSE)],
    )?;
    let raw = if raw_wanted { buffer.clone() } else { th.getattr_str(&buffer, "raw")? };
    th.setattr_str(&raw, "name", &th.str(&format!("<{name}>")))?;
    let tty = th.call_method(&raw, "isatty", &[])?;
    let line_buffering = th.truth(&tty)? && !unbuffered || name == "stderr";
    let wrapper = th.getattr_str(io, "TextIOWrapper")?;
    let encoding = std::env::var("PYTHONIOENCODING").ok().filter(|_| !th.vm().config.ignore_environment);
    let encoding = encoding.filter(|e| !e.is_empty());
    let (encoding, errors) = match &encoding {
        // An encoding without an error handler is strict.
        Some(e) if e != ":" => match e.split_once(':').unwrap_or((e, "")) {
            (enc, "") => (enc, "strict"),
            pair => pair,
        },
        _ if is_c_locale() || th.vm().config.utf8_mode => ("", "surrogateescape"),
        _ => ("", "strict"),
    };
    let encoding = if encoding.is_empty() {
        "utf-8".to_owned()
    } else {
        // The codec's own name.
        let codec = th.call_method(&th.import("codecs")?, "lookup", &[th.str(encoding)])?;
        th.str_text(&th.getattr_str(&codec, "name")?)?
    };
    let errors = if name == "stderr" { "backslashreplace" } else { errors };
    let stream = th.call_kw(
        &wrapper,
        &[buffer],
        &[
            ("encoding", th.str(&encoding)),
            ("errors", th.str(errors)),
            ("newline", th.str("\n")),
            ("line_buffering", Value::bool(line_buffering)),
            ("write_through", Value::bool(raw_wanted)),
        ],
    )?;
    th.setattr_str(&stream, "mode", &th.str(mode))?;
    Ok(stream)
}

fn is_c_locale() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    // The last three are what the C locale is coerced to.
    matches!(locale.as_deref(), None | Some("C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8"))
}
