//! Module `_warnings`: issuing warnings and filtering them.
//!
//! The filters are the list of module `warnings` (its `filters`, or those of its current context), so that assigning there
//! works; before that module is imported, the module's own.
use crate::prelude::*;
use std::sync::atomic::{AtomicI64, Ordering};

/// `_warnings`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: &[
        m(
            "warn",
            "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
            py_warn,
            "Issue a warning, or maybe ignore it or raise an exception.",
        ),
        m(
            "warn_explicit",
            "(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
            py_warn_explicit,
            "Issue a warning, or maybe ignore it or raise an exception.",
        ),
        m("_filters_mutated_lock_held", "()", filters_mutated, ""),
        m("_acquire_lock", "()", acquire_lock, ""),
        m("_release_lock", "()", release_lock, ""),
    ],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

const FILTERS: &str = "_warnings.filters";
const ONCE: &str = "_warnings._onceregistry";
const DEFAULT_ACTION: &str = "_warnings._defaultaction";
const CONTEXT: &str = "_warnings._warnings_context";
const LOCK: &str = "_warnings.lock";
/// Grows when filters change; registries with another number are stale. Process-wide: only equality matters.
static VERSION: AtomicI64 = AtomicI64::new(1);

/// What the VM keeps for warnings, made at first use.
fn state(th: &Thread, key: &'static str) -> PyResult<Value> {
    th.vm_state_or_try(key, || match key {
        FILTERS => Ok(default_filters(th)),
        ONCE => Ok(th.dict()),
        DEFAULT_ACTION => Ok(th.str("default")),
        LOCK => th.call_method(&th.import("_thread")?, "RLock", &[]),
        _ => super::contextvars::new_variable(th, "warnings_context"),
    })
}

fn default_filters(th: &Thread) -> Value {
    let exc = &th.types().exc;
    let row = |action: &str, category: TypeRef, module: Value| {
        th.tuple(vec![th.str(action), Value::NONE, category.value(), module, th.int(0)])
    };
    th.list(vec![
        row("default", exc.deprecation_warning, th.str("__main__")),
        row("ignore", exc.deprecation_warning, Value::NONE),
        row("ignore", exc.pending_deprecation_warning, Value::NONE),
        row("ignore", exc.import_warning, Value::NONE),
        row("ignore", exc.resource_warning, Value::NONE),
    ])
}

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, key) in [
        ("filters", FILTERS),
        ("_onceregistry", ONCE),
        ("_defaultaction", DEFAULT_ACTION),
        ("_warnings_context", CONTEXT),
    ] {
        th.set_module_attr(module, name, state(th, key)?)?;
    }
    Ok(())
}

fn filters_mutated(_: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    // Relaxed: a stale registry is only consulted once more.
    VERSION.fetch_add(1, Ordering::Relaxed);
    Ok(Value::NONE)
}

fn acquire_lock(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.call_method(&state(th, LOCK)?, "acquire", &[])?;
    Ok(Value::NONE)
}

fn release_lock(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    th.call_method(&state(th, LOCK)?, "release", &[])?;
    Ok(Value::NONE)
}

/// Module `warnings`, if it was imported.
fn library(th: &Thread) -> PyResult<Option<Value>> {
    let Some(modules) = th.sys_attr("modules") else { return Ok(None) };
    match modules.payload::<Dict>() {
        Some(d) => Ok(d.get(th, &th.intern("warnings"))?.filter(|m| !m.is_none())),
        None => Ok(None),
    }
}

/// An attribute of module `warnings`, or the VM's own of that purpose.
fn current(th: &Thread, name: &str, key: &'static str) -> PyResult<Value> {
    if let Some(module) = library(th)?
        && let Some(v) = th.get_attr_str_opt(&module, name)?
    {
        return Ok(v);
    }
    state(th, key)
}

fn filters(th: &Thread) -> PyResult<Vec<Vec<Value>>> {
    let mut lists = Vec::new();
    // With context-aware warnings the innermost `catch_warnings` has its own list.
    let context = super::contextvars::value_of(th, &state(th, CONTEXT)?);
    let list = match context {
        Some(context) => th.getattr_str(&context, "_filters")?,
        None => current(th, "filters", FILTERS)?,
    };
    if list.payload::<List>().is_none() {
        return Err(th.value_error("_warnings.filters must be a list"));
    }
    for item in th.collect(&list)? {
        match item.payload::<Tuple>().map(Tuple::as_slice) {
            Some(parts) if parts.len() == 5 => lists.push(parts.to_vec()),
            _ => return Err(th.value_error("_warnings.filters item isn't a 5-tuple")),
        }
    }
    Ok(lists)
}

/// Whether a filter's pattern (None, a string, or a compiled regular expression) matches.
fn matches(th: &Thread, pattern: &Value, text: &Value) -> PyResult<bool> {
    if pattern.is_none() {
        return Ok(true);
    }
    if th.is_exact(pattern, th.types().str) {
        return th.eq(pattern, text);
    }
    let found = th.call_method(pattern, "match", std::slice::from_ref(text))?;
    th.truth(&found)
}

fn py_warn(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [message, category, stacklevel, source, prefixes] = args else { return Ok(Value::NONE) };
    let mut stacklevel = if stacklevel.is_unbound() { 1 } else { th.index_i64(stacklevel)? };
    let category = category_of(th, message, category)?;
    let prefixes = if prefixes.is_unbound() { th.tuple(Vec::new()) } else { prefixes.clone() };
    if prefixes.payload::<Tuple>().is_none() {
        let got = prefixes.type_name(th);
        return Err(th.type_error(format!("warn() argument 'skip_file_prefixes' must be tuple, not {got}")));
    }
    if prefixes.payload::<Tuple>().is_some_and(|t| !t.as_slice().is_empty()) && stacklevel < 2 {
        stacklevel = 2;
    }
    let source = Some(source).filter(|s| !s.is_unbound());
    warn_at(th, &category, message, stacklevel, source, &prefixes)?;
    Ok(Value::NONE)
}

fn category_of(th: &Thread, message: &Value, category: &Value) -> PyResult<Value> {
    let warning = th.types().exc.warning;
    if th.isinstance(message, warning) {
        return Ok(message.type_of(th).value());
    }
    if category.is_unbound() || category.is_none() {
        return Ok(th.types().exc.user_warning.value());
    }
    if TypeRef::from_value(category).is_some_and(|c| c.is_subtype(warning)) {
        return Ok(category.clone());
    }
    let got = category.type_of(th).name();
    Err(th.type_error(format!("category must be a Warning subclass, not '{got}'")))
}

/// `warnings.warn(message, category, stacklevel, source)` from native code.
pub fn warn(
    th: &Thread,
    category: &Value,
    message: &Value,
    stacklevel: i64,
    source: Option<&Value>,
) -> PyResult<()> {
    warn_at(th, category, message, stacklevel, source, &th.tuple(Vec::new()))
}

fn file_of(th: &Thread, frame: &Value) -> PyResult<Value> {
    th.getattr_str(&th.getattr_str(frame, "f_code")?, "co_filename")
}

fn is_internal(file: &str) -> bool {
    file.contains("importlib") && file.contains("_bootstrap")
}

/// The next frame outward that is neither of the import machinery nor of a file to be skipped.
fn next_frame(th: &Thread, frame: &Value, prefixes: &[String]) -> PyResult<Value> {
    let mut at = th.getattr_str(frame, "f_back")?;
    while !at.is_none() {
        let file = th.str_text(&file_of(th, &at)?)?;
        if !is_internal(&file) && !prefixes.iter().any(|p| file.starts_with(p.as_str())) {
            break;
        }
        at = th.getattr_str(&at, "f_back")?;
    }
    Ok(at)
}

fn warn_at(
    th: &Thread,
    category: &Value,
    message: &Value,
    stacklevel: i64,
    source: Option<&Value>,
    prefixes: &Value,
) -> PyResult<()> {
    let prefixes = th.collect(prefixes)?.iter().map(|p| th.str_text(p)).collect::<PyResult<Vec<_>>>()?;
    let mut frame = match th.sys_attr("_getframe") {
        Some(getframe) => match th.call(&getframe, &[]) {
            Ok(frame) => frame,
            Err(_) => {
                th.clear_error();
                Value::NONE
            }
        },
        None => Value::NONE,
    };
    if !frame.is_none() {
        let plain = stacklevel <= 1 || is_internal(&th.str_text(&file_of(th, &frame)?)?);
        for _ in 1..stacklevel.max(1) {
            if frame.is_none() {
                break;
            }
            frame =
                if plain { th.getattr_str(&frame, "f_back")? } else { next_frame(th, &frame, &prefixes)? };
        }
    }
    let (globals, file, line) = if frame.is_none() {
        (th.vm().sys.load(), th.str("<sys>"), Value::int_unchecked(0))
    } else {
        let line = th.getattr_str(&frame, "f_lineno")?;
        let line = if line.is_none() { th.int(0) } else { line };
        (th.getattr_str(&frame, "f_globals")?, file_of(th, &frame)?, line)
    };
    let Some(dict) = globals.payload::<Dict>() else { return Ok(()) };
    let key = th.intern("__warningregistry__");
    let registry = match dict.get(th, &key)? {
        Some(registry) => registry,
        None => {
            let registry = th.dict();
            dict.set(th, &key, registry.clone())?;
            registry
        }
    };
    let module = dict.get(th, &th.names().__name__)?.unwrap_or_else(|| th.str("<string>"));
    let event = Event { category: category.clone(), message: message.clone(), file, line, module, registry };
    explicit(th, &event, source)
}

struct Event {
    category: Value,
    message: Value,
    file: Value,
    line: Value,
    module: Value,
    registry: Value,
}

/// Whether the registry knows the warning already; notes it if `note`.
fn already_warned(th: &Thread, registry: &Value, key: &Value, note: bool) -> PyResult<bool> {
    let Some(d) = registry.payload::<Dict>() else { return Ok(false) };
    let version = VERSION.load(Ordering::Relaxed);
    let version_key = th.intern("version");
    let known = d.get(th, &version_key)?.and_then(|v| v.as_small_int());
    if known != Some(version) {
        th.call_method(registry, "clear", &[])?;
        d.set(th, &version_key, th.int(version))?;
    } else if let Some(seen) = d.get(th, key)?
        && th.truth(&seen)?
    {
        return Ok(true);
    }
    if note {
        d.set(th, key, Value::TRUE)?;
    }
    Ok(false)
}

fn explicit(th: &Thread, event: &Event, source: Option<&Value>) -> PyResult<()> {
    if event.module.is_none() {
        return Ok(());
    }
    if !event.registry.is_none() && event.registry.payload::<Dict>().is_none() {
        return Err(th.type_error("'registry' must be a dict or None"));
    }
    let is_object = th.isinstance(&event.message, th.types().exc.warning);
    let (text, category, message) = if is_object {
        (th.to_str(&event.message)?, event.message.type_of(th).value(), event.message.clone())
    } else {
        let made = th.call(&event.category, std::slice::from_ref(&event.message))?;
        (event.message.clone(), event.category.clone(), made)
    };
    let key = th.tuple(vec![text.clone(), category.clone(), event.line.clone()]);
    if !event.registry.is_none() && already_warned(th, &event.registry, &key, false)? {
        return Ok(());
    }
    let mut action = None;
    let mut item = Value::NONE;
    for parts in filters(th)? {
        let [act, pattern, class, module, line] = parts.as_slice() else { continue };
        let line = th.index_i64(line)?;
        if th.object_issubclass(&category, class)?
            && (line == 0 || event.line.as_small_int() == Some(line))
            && matches(th, pattern, &text)?
            && matches(th, module, &event.module)?
        {
            if act.as_str().is_none() {
                return Err(th.type_error(format!("action must be a string, not '{}'", act.type_name(th))));
            }
            action = Some(act.clone());
            item = th.tuple(parts.clone());
            break;
        }
    }
    let action = match action {
        Some(action) => action,
        None => current(th, "defaultaction", DEFAULT_ACTION)?,
    };
    let action_text = th.str_text(&action)?;
    if action_text == "error" {
        return Err(th.raise_value(message));
    }
    if action_text == "ignore" {
        return Ok(());
    }
    let note = |key: &Value| -> PyResult<()> {
        match event.registry.payload::<Dict>() {
            Some(d) => d.set(th, key, Value::TRUE),
            None => Ok(()),
        }
    };
    let already = match action_text.as_str() {
        "always" | "all" => false,
        "once" => {
            note(&key)?;
            let once = current(th, "onceregistry", ONCE)?;
            already_warned(th, &once, &th.tuple(vec![text.clone(), category.clone()]), true)?
        }
        "module" => {
            note(&key)?;
            let module_key = th.tuple(vec![text.clone(), category.clone(), th.int(0)]);
            !event.registry.is_none() && already_warned(th, &event.registry, &module_key, true)?
        }
        "default" => {
            note(&key)?;
            false
        }
        _ => {
            let (action, item) = (th.repr_text(&action)?, th.repr_text(&item)?);
            return Err(
                th.runtime_error(format!("Unrecognized action ({action}) in warnings.filters:\n {item}"))
            );
        }
    };
    if already {
        return Ok(());
    }
    show(th, event, &category, &text, &message, source)
}

fn show(
    th: &Thread,
    event: &Event,
    category: &Value,
    text: &Value,
    message: &Value,
    source: Option<&Value>,
) -> PyResult<()> {
    let module = match library(th)? {
        Some(module) => Some(module),
        // A source is shown with where it was allocated, which only the library does.
        None if source.is_some_and(|s| !s.is_none()) && !th.vm().is_finalizing() => {
            Some(th.import("warnings")?)
        }
        None => None,
    };
    let show = match &module {
        Some(module) => th.get_attr_str_opt(module, "_showwarnmsg")?,
        None => None,
    };
    let (Some(module), Some(show)) = (module, show) else { return show_plain(th, event, category, text) };
    if !th.is_callable(&show) {
        return Err(th.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let class = th.getattr_str(&module, "WarningMessage")?;
    let source = source.cloned().unwrap_or(Value::NONE);
    let args = [
        message.clone(),
        category.clone(),
        event.file.clone(),
        event.line.clone(),
        Value::NONE,
        Value::NONE,
        source,
    ];
    let msg = th.call(&class, &args)?;
    th.call(&show, &[msg])?;
    Ok(())
}

/// `file:line: Category: text` and the source line, on stderr.
fn show_plain(th: &Thread, event: &Event, category: &Value, text: &Value) -> PyResult<()> {
    let name = th.str_text(&th.getattr(category, &th.names().__name__)?)?;
    let file = th.str_text(&event.file)?;
    let mut out = format!("{file}:{}: {name}: {}\n", th.str_text(&event.line)?, th.str_text(text)?);
    if let Some(n) = event.line.as_small_int().and_then(|n| usize::try_from(n).ok()?.checked_sub(1))
        && let Ok(source) = std::fs::read(&file)
        && let Some(line) = String::from_utf8_lossy(&source).lines().nth(n)
    {
        out.push_str(&format!("  {}\n", line.trim()));
    }
    crate::traceback::hooks::write_stderr(th, &out);
    Ok(())
}

fn py_warn_explicit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [message, category, file, line, module, registry, globals, source] = args else {
        return Ok(Value::NONE);
    };
    let none = |v: &Value| if v.is_unbound() { Value::NONE } else { v.clone() };
    if file.as_str().is_none() {
        return Err(th.type_error(format!(
            "warn_explicit() argument 'filename' must be str, not {}",
            file.type_name(th)
        )));
    }
    let line = th.int(th.index_i64(line)?);
    let globals = none(globals);
    if !globals.is_none() && globals.payload::<Dict>().is_none() {
        return Err(th.type_error(format!("module_globals must be a dict, not '{}'", globals.type_name(th))));
    }
    let module = if module.is_unbound() { normalize_module(th, file)? } else { module.clone() };
    let event = Event {
        category: category.clone(),
        message: message.clone(),
        file: file.clone(),
        line,
        module,
        registry: none(registry),
    };
    let source = none(source);
    explicit(th, &event, Some(&source))?;
    Ok(Value::NONE)
}

/// The module's name as guessed from a file name.
fn normalize_module(th: &Thread, file: &Value) -> PyResult<Value> {
    let text = th.str_text(file)?;
    if text.is_empty() {
        return Ok(th.str("<unknown>"));
    }
    Ok(match text.strip_suffix(".py") {
        Some(stem) => th.str(stem),
        None => file.clone(),
    })
}

/// `warnings.warn_explicit` from native code (the compiler's warnings).
pub fn warn_explicit(th: &Thread, category: TypeRef, message: &str, file: &Value, line: u32) -> PyResult<()> {
    let event = Event {
        category: category.value(),
        message: th.str(message),
        file: file.clone(),
        line: th.int(i64::from(line)),
        module: normalize_module(th, file)?,
        registry: Value::NONE,
    };
    explicit(th, &event, None)
}
