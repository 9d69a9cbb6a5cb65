//! `sys.monitoring`: tools, their callbacks and events. The interpreter does not report events yet, so none can be switched on.
use crate::code::as_dict;
use crate::prelude::*;

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
    if !(0..1 << EVENTS.len()).contains(&events) {
        return Err(th.value_error(format!("invalid event set 0x{:x}", events as u32)));
    }
    const RETURNS: i64 = 1 << 16 | 1 << 17;
    const CALL: i64 = 1 << 4;
    if events & RETURNS != 0 && events & CALL == 0 {
        return Err(th.value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    Ok(events & !RETURNS)
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
    forget_callbacks(th, id)?;
    Ok(Value::NONE)
}

fn free_tool_id(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let id = tool_id(th, &a[0])?;
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
    let state = state(th);
    let Some(d) = as_dict(&state) else { return Ok(Value::NONE) };
    let key = th.tuple(vec![th.int(id), th.usize(number)]);
    let old = d.get(th, &key)?;
    if a[2].is_none() {
        d.del(th, &key)?;
    } else {
        d.set(th, &key, &a[2])?;
    }
    Ok(old.unwrap_or(Value::NONE))
}

fn get_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    tool_in_use(th, &a[0])?;
    Ok(th.int(0))
}

fn none_but(th: &Thread, events: i64) -> PyResult<Value> {
    if events != 0 {
        return Err(th.not_implemented_error("sys.monitoring events are not supported yet"));
    }
    Ok(Value::NONE)
}

fn set_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    tool_id(th, &a[0])?;
    let events = event_set(th, &a[1])?;
    tool_in_use(th, &a[0])?;
    none_but(th, events)
}

fn code_argument(th: &Thread, v: &Value) -> PyResult<()> {
    if v.payload::<crate::code::Code>().is_none() {
        return Err(th.type_error("code must be a code object"));
    }
    Ok(())
}

fn get_local_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    code_argument(th, &a[1])?;
    tool_in_use(th, &a[0])?;
    Ok(th.int(0))
}

fn set_local_events(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    code_argument(th, &a[1])?;
    tool_id(th, &a[0])?;
    let events = event_set(th, &a[2])?;
    tool_in_use(th, &a[0])?;
    none_but(th, events)
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
        m("restart_events", "()", |_, _, _| Ok(Value::NONE), ""),
        m("_all_events", "()", |th, _, _| Ok(th.dict()), ""),
    ],
    init: Some(|th, module| {
        let object = th.types().object.value();
        th.set_module_attr(module, "DISABLE", th.call(&object, &[])?)?;
        th.set_module_attr(module, "MISSING", th.call(&object, &[])?)?;
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
