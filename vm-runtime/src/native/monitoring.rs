//! `sys.monitoring`: tools, their callbacks and events. `crate::interp::trace` finds the events; jumps, branches, the ends
//! of iterations, of native calls, and what is raised again are not among them yet.
use crate::code::{Code, as_dict};
use crate::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// For each tool, the events that it asked for. Relaxed throughout: who changes them stops the world afterwards.
#[derive(Default)]
pub(crate) struct EventSets([AtomicU32; TOOLS as usize]);

impl EventSets {
    fn any(&self) -> u32 {
        self.0.iter().fold(0, |all, set| all | set.load(Ordering::Relaxed))
    }

    fn get(&self, tool: i64) -> u32 {
        self.0.get(tool as usize).map_or(0, |set| set.load(Ordering::Relaxed))
    }

    /// Sets a tool's events; those before.
    fn set(&self, tool: i64, events: u32) -> u32 {
        self.0.get(tool as usize).map_or(0, |set| set.swap(events, Ordering::Relaxed))
    }
}

/// What tools asked for.
#[derive(Default)]
pub(crate) struct Monitored {
    /// In all code.
    global: EventSets,
    /// How many sets of code objects are not empty.
    local: AtomicU32,
}

impl Monitored {
    /// Whether any tool wants any event.
    pub(crate) fn is_active(&self) -> bool {
        self.local.load(Ordering::Relaxed) > 0 || self.global.any() != 0
    }

    /// The events of this code that any tool wants.
    pub(crate) fn any(&self, code: &Code) -> u32 {
        self.global.any() | code.monitored.any()
    }

    /// Whether a tool wants this event of this code.
    pub(crate) fn wants(&self, code: &Code, event: Event) -> bool {
        self.any(code) & event.bit() != 0
    }
}

/// The events that are reported, numbered as in `EVENTS`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    PyStart = 0,
    PyResume = 1,
    PyReturn = 2,
    PyYield = 3,
    Call = 4,
    Line = 5,
    Instruction = 6,
    Raise = 11,
    ExceptionHandled = 12,
    PyUnwind = 13,
    PyThrow = 14,
}

/// The events that are reported.
const REPORTED: i64 = 0x7f | 0xf << 11;
/// The events that belong to a place in the code, and can be switched off there.
const LOCAL: i64 = 0x7ff;
/// The events that come with their `CALL`.
const RETURNS: i64 = 1 << 16 | 1 << 17;

impl Event {
    fn bit(self) -> u32 {
        1 << self as u32
    }

    fn is_local(self) -> bool {
        i64::from(self.bit()) & LOCAL != 0
    }
}

/// `sys.monitoring.MISSING`.
pub(crate) fn missing(th: &Thread) -> Value {
    th.vm_state_or("sys.monitoring.MISSING", || object(th))
}

/// `sys.monitoring.DISABLE`.
fn disable(th: &Thread) -> Value {
    th.vm_state_or("sys.monitoring.DISABLE", || object(th))
}

fn object(th: &Thread) -> Value {
    let class = th.types().object.value();
    th.call(&class, &[]).unwrap_or(Value::NONE)
}

/// Calls the callbacks of an event at the instruction `index`: with its offset, or for `LINE` with the line alone.
///
/// # Errors
/// What a callback raises.
pub(crate) fn report(
    th: &Thread,
    code: &Code,
    code_object: &Value,
    event: Event,
    index: usize,
    args: &[Value],
) -> PyResult<()> {
    let mut all = vec![code_object.clone()];
    if event != Event::Line {
        all.push(th.usize(index * 2));
    }
    all.extend(args.iter().cloned());
    let state = state(th);
    let Some(tools) = as_dict(&state) else { return Ok(()) };
    for tool in 0..TOOLS {
        let monitored = &th.vm().monitored;
        if (monitored.global.get(tool) | code.monitored.get(tool)) & event.bit() == 0 {
            continue;
        }
        let place = |th: &Thread| {
            let code = th.usize(code_object.identity() as usize);
            th.tuple(vec![code, th.int(tool), th.int(event as i64), th.usize(index)])
        };
        let disabled = disabled(th);
        let off = as_dict(&disabled);
        if event.is_local()
            && let Some(off) = off.filter(|off| !off.is_empty())
            && off.get(th, &place(th))?.is_some()
        {
            continue;
        }
        let Some(callback) = tools.get(th, &th.tuple(vec![th.int(tool), th.int(event as i64)]))? else {
            continue;
        };
        if !th.call(&callback, &all)?.is(&disable(th)) {
            continue;
        }
        if !event.is_local() {
            set_callback(th, tool, event as usize, &Value::NONE)?;
            let name = EVENTS.get(event as usize).copied().unwrap_or_default();
            return Err(th.value_error(format!("Cannot disable {name} events. Callback removed.")));
        }
        if let Some(off) = off {
            off.set(th, &place(th), code_object)?;
        }
    }
    Ok(())
}

/// The places, (code's identity, tool, event, index), where events were switched off, with the code object.
fn disabled(th: &Thread) -> Value {
    th.vm_state_or("sys.monitoring.disabled", || th.dict())
}

const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];
const TOOLS: i64 = 6;
const STATE: &str = "sys.monitoring";

/// The dict of the tools in use: names by number, callbacks by (tool, event).
fn state(th: &Thread) -> Value {
    th.vm_state_or(STATE, || th.dict())
}

fn tool_id(th: &Thread, v: &Value) -> PyResult<i64> {
    let id = th.index_i64(v)?;
    if !(0..TOOLS).contains(&id) {
        return Err(th.value_error(format!("invalid tool {id} (must be between 0 and 5)")));
    }
    Ok(id)
}

fn tool_in_use(th: &Thread, v: &Value) -> PyResult<i64> {
    let id = tool_id(th, v)?;
    let state = state(th);
    match as_dict(&state).map_or(Ok(None), |d| d.get(th, &th.int(id)))? {
        Some(_) => Ok(id),
        None => Err(th.value_error(format!("tool {id} is not in use"))),
    }
}

fn event_set(th: &Thread, v: &Value) -> PyResult<i64> {
    let events = th.index_i64(v)?;
    if i32::try_from(events).is_err() {
        return Err(th.overflow_error("Python int too large to convert to C int"));
    }
    if !(0..1 << EVENTS.len()).contains(&events) {
        return Err(th.value_error(format!("invalid event set 0x{:x}", events as u32)));
    }
    const CALL: i64 = 1 << 4;
    if events & RETURNS != 0 && events & CALL == 0 {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    if events & !REPORTED != 0 {
        let names = EVENTS.iter().enumerate().filter(|(n, _)| events & !REPORTED & 1 << n != 0);
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        let names = names.join(", ");
        return Err(th.not_implemented_error(format!("sys.monitoring does not report {names} yet")));
    }
    Ok(events)
}

fn use_tool_id(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    if a[1].as_str().is_none() {
        return Err(th.value_error("tool name must be a str"));
    }
    let state = state(th);
    if let Some(d) = as_dict(&state) {
        if d.get(th, &th.int(id))?.is_some() {
            return Err(th.value_error(format!("tool {id} is already in use")));
        }
        d.set(th, &th.int(id), &a[1])?;
    }
    Ok(Value::NONE)
}

fn forget_callbacks(th: &Thread, id: i64) -> PyResult<()> {
    let state = state(th);
    if let Some(d) = as_dict(&state) {
        for event in 0..EVENTS.len() {
            d.del(th, &th.tuple(vec![th.int(id), th.usize(event)]))?;
        }
    }
    Ok(())
}

fn clear_tool_id(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    forget_events(th, id)?;
    forget_callbacks(th, id)?;
    Ok(Value::NONE)
}

fn free_tool_id(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    forget_events(th, id)?;
    forget_callbacks(th, id)?;
    if let Some(d) = as_dict(&state(th)) {
        d.del(th, &th.int(id))?;
    }
    Ok(Value::NONE)
}

fn get_tool(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    let state = state(th);
    Ok(as_dict(&state).map_or(Ok(None), |d| d.get(th, &th.int(id)))?.unwrap_or(Value::NONE))
}

fn register_callback(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    let event = th.index_i64(&a[1])?;
    if event <= 0 || event & (event - 1) != 0 {
        return Err(th.value_error("The callback can only be set for one event at a time"));
    }
    let number = event.trailing_zeros() as usize;
    if number >= EVENTS.len() {
        return Err(th.value_error(format!("invalid event {event}")));
    }
    th.audit("sys.monitoring.register_callback", &[a[2].clone()])?;
    set_callback(th, id, number, &a[2])
}

/// Sets a callback, or takes it away; the one before, or None.
fn set_callback(th: &Thread, id: i64, event: usize, callback: &Value) -> PyResult<Value> {
    let state = state(th);
    let Some(d) = as_dict(&state) else { return Ok(Value::NONE) };
    let key = th.tuple(vec![th.int(id), th.usize(event)]);
    let old = d.get(th, &key)?;
    if callback.is_none() {
        d.del(th, &key)?;
    } else {
        d.set(th, &key, callback)?;
    }
    Ok(old.unwrap_or(Value::NONE))
}

fn get_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
    Ok(th.int(i64::from(th.vm().monitored.global.get(id))))
}

fn set_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    tool_id(th, &a[0])?;
    let events = event_set(th, &a[1])?;
    let id = tool_in_use(th, &a[0])?;
    if th.vm().monitored.global.set(id, events as u32) != events as u32 {
        th.monitoring_changed();
    }
    Ok(Value::NONE)
}

fn code_argument<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Code> {
    v.payload::<Code>().ok_or_else(|| th.type_error("code must be a code object"))
}

fn get_local_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let code = code_argument(th, &a[1])?;
    let id = tool_id(th, &a[0])?;
    Ok(th.int(i64::from(code.monitored.get(id))))
}

fn set_local_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let code = code_argument(th, &a[1])?;
    tool_id(th, &a[0])?;
    let events = event_set(th, &a[2])?;
    if events & !LOCAL != 0 {
        return Err(th.value_error(format!("invalid local event set 0x{events:x}")));
    }
    let id = tool_in_use(th, &a[0])?;
    set_code_events(th, &a[1], code, id, events as u32)?;
    Ok(Value::NONE)
}

/// Sets a tool's events of one code object, which is remembered while it has any.
fn set_code_events(th: &Thread, object: &Value, code: &Code, id: i64, events: u32) -> PyResult<()> {
    let old = code.monitored.set(id, events);
    let local = &th.vm().monitored.local;
    match (old, events) {
        (0, 0) => return Ok(()),
        (0, _) => local.fetch_add(1, Ordering::Relaxed),
        (_, 0) => local.fetch_sub(1, Ordering::Relaxed),
        _ => 0,
    };
    let codes = codes(th);
    if let Some(codes) = as_dict(&codes) {
        let key = th.tuple(vec![th.int(id), th.usize(object.identity() as usize)]);
        if events == 0 {
            codes.del(th, &key)?;
        } else {
            codes.set(th, &key, object)?;
        }
    }
    th.monitoring_changed();
    Ok(())
}

/// The code objects that have events of their own, by (tool, identity).
fn codes(th: &Thread) -> Value {
    th.vm_state_or("sys.monitoring.codes", || th.dict())
}

/// A tool wants nothing any more.
fn forget_events(th: &Thread, id: i64) -> PyResult<()> {
    let codes = codes(th);
    let rows = as_dict(&codes).map(|codes| codes.items(th)).unwrap_or_default();
    for (key, object) in rows {
        let own = key.payload::<Tuple>().and_then(|key| key.as_slice().first().cloned());
        if own.and_then(|tool| tool.as_small_int()) == Some(id)
            && let Some(code) = object.payload::<Code>()
        {
            set_code_events(th, &object, code, id, 0)?;
        }
    }
    if th.vm().monitored.global.set(id, 0) != 0 {
        th.monitoring_changed();
    }
    Ok(())
}

fn restart_events(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let disabled = disabled(th);
    if let Some(disabled) = as_dict(&disabled) {
        disabled.clear(th);
    }
    Ok(Value::NONE)
}

/// The events that are wanted everywhere, each with the set of its tools.
fn all_events(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let dict = th.dict();
    for (n, name) in EVENTS.iter().enumerate() {
        let monitored = &th.vm().monitored.global;
        let tools = (0..TOOLS).filter(|tool| monitored.get(*tool) & 1 << n != 0);
        let tools = tools.fold(0, |set, tool| set | 1 << tool);
        if tools != 0 {
            th.setitem(&dict, &th.str(name), &th.int(tools))?;
        }
    }
    Ok(dict)
}

/// `sys.monitoring`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "sys.monitoring",
    functions: &[
        m("use_tool_id", "(tool_id, name, /)", use_tool_id, ""),
        m("clear_tool_id", "(tool_id, /)", clear_tool_id, ""),
        m("free_tool_id", "(tool_id, /)", free_tool_id, ""),
        m("get_tool", "(tool_id, /)", get_tool, ""),
        m("register_callback", "(tool_id, event, func, /)", register_callback, ""),
        m("get_events", "(tool_id, /)", get_events, ""),
        m("set_events", "(tool_id, event_set, /)", set_events, ""),
        m("get_local_events", "(tool_id, code, /)", get_local_events, ""),
        m("set_local_events", "(tool_id, code, event_set, /)", set_local_events, ""),
        m("restart_events", "()", restart_events, ""),
        m("_all_events", "()", all_events, ""),
    ],
    init: Some(|th, module| {
        th.set_module_attr(module, "DISABLE", disable(th))?;
        th.set_module_attr(module, "MISSING", missing(th))?;
        let mut events: Vec<(&str, Value)> =
            EVENTS.iter().enumerate().map(|(n, name)| (*name, th.int(1 << n))).collect();
        events.push(("NO_EVENTS", th.int(0)));
        th.set_module_attr(module, "events", th.simple_namespace(&events)?)?;
        for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
            th.set_module_attr(module, name, th.int(id))?;
        }
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};

/// `sys._jit`: there is none yet.
pub static JIT: ModuleSpec = ModuleSpec {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: &[
        m(
            "is_available",
            "()",
            |_, _, _| Ok(Value::FALSE),
            "Return True if the current Python executable supports JIT compilation, and False otherwise.",
        ),
        m(
            "is_enabled",
            "()",
            |_, _, _| Ok(Value::FALSE),
            "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise.",
        ),
        m(
            "is_active",
            "()",
            |_, _, _| Ok(Value::FALSE),
            "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise.",
        ),
    ],
    ..ModuleSpec::EMPTY
};
