//! `_sysconfig`, `_suggestions`, `_uuid` and `_tracemalloc`: small modules behind the library.
use crate::numbers::c_int_or;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use vm_runtime::host::file;
use vm_runtime::prelude::*;

pub static SYSCONFIG: ModuleSpec = ModuleSpec {
    name: "_sysconfig",
    doc: "A helper for the sysconfig module.",
    functions: &[m(
        "config_vars",
        "()",
        config_vars,
        "Returns a dictionary containing build variables intended to be exposed by sysconfig.",
    )],
    ..ModuleSpec::EMPTY
};

fn config_vars(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let dict = th.dict();
    let gil = cfg!(feature = "gil");
    th.setitem(&dict, &th.str("Py_GIL_DISABLED"), &th.int(i64::from(!gil)))?;
    Ok(dict)
}

pub static SUGGESTIONS: ModuleSpec = ModuleSpec {
    name: "_suggestions",
    doc: "",
    functions: &[m(
        "_generate_suggestions",
        "(candidates, item, /)",
        generate_suggestions,
        "Returns the candidate in candidates that's closest to item",
    )],
    ..ModuleSpec::EMPTY
};

fn generate_suggestions(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(list) = args[0].payload::<List>() else {
        return Err(th.type_error("candidates must be a list"));
    };
    let Some(item) = args[1].as_str() else {
        let got = args[1].type_name(th);
        return Err(th.type_error(format!("_generate_suggestions() argument 2 must be str, not {got}")));
    };
    let candidates = list.to_vec(th);
    let mut names = Vec::new();
    for candidate in &candidates {
        let Some(name) = candidate.as_str() else {
            let got = candidate.type_name(th);
            return Err(th.type_error(format!("all elements in 'candidates' must be strings, not {got}")));
        };
        names.push(name.as_wtf8().to_string());
    }
    let item = item.as_wtf8().to_string();
    Ok(closest(&names, &item).and_then(|i| candidates.get(i).cloned()).unwrap_or(Value::NONE))
}

const MOVE: usize = 2;
const CASE: usize = 1;

fn cost(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

/// Edit distance with cheap changes of case; None if it exceeds `limit`.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(common..)?, b.get(common..)?);
    let common = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(..a.len() - common)?, b.get(..b.len() - common)?);
    if a.is_empty() || b.is_empty() {
        let d = (a.len() + b.len()) * MOVE;
        return (d <= limit).then_some(d);
    }
    let mut row: Vec<usize> = (1..=b.len()).map(|i| i * MOVE).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i * MOVE;
        let mut left = diagonal + MOVE;
        let mut least = usize::MAX;
        for (cell, y) in row.iter_mut().zip(b) {
            let best = (diagonal + cost(*x, *y)).min(left.min(*cell) + MOVE);
            diagonal = *cell;
            *cell = best;
            left = best;
            least = least.min(best);
        }
        if least > limit {
            return None;
        }
    }
    row.last().copied().filter(|d| *d <= limit)
}

/// The candidate nearest to a name, if it is near enough to be meant.
fn closest(candidates: &[String], name: &str) -> Option<usize> {
    if candidates.len() >= 750 || name.len() > 40 {
        return None;
    }
    let mut best: Option<(usize, usize)> = None;
    for (i, candidate) in candidates.iter().enumerate() {
        if candidate == name || candidate.len() > 40 {
            continue;
        }
        let mut limit = (candidate.len() + name.len() + 3) * MOVE / 6;
        if let Some((_, d)) = best {
            limit = limit.min(d.saturating_sub(1));
        }
        if let Some(d) = distance(name, candidate, limit)
            && best.is_none_or(|(_, b)| d < b)
        {
            best = Some((i, d));
        }
    }
    best.map(|(i, _)| i)
}

pub static UUID: ModuleSpec = ModuleSpec {
    name: "_uuid",
    doc: "",
    functions: &[m("generate_time_safe", "()", generate_time_safe, "")],
    init: Some(|th: &Thread, module: &Value| {
        th.set_module_attr(module, "has_uuid_generate_time_safe", th.int(1))?;
        th.set_module_attr(module, "has_stable_extractable_node", Value::FALSE)
    }),
    ..ModuleSpec::EMPTY
};

fn generate_time_safe(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    // RFC 9562, version 1: ticks of 100 ns since 1582, a clock sequence, a random node with the multicast bit set.
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_nanos() / 100) as i64;
    let ticks = now + 0x01b2_1dd2_1381_4000;
    // Never the same twice in a process.
    let ticks = LAST.fetch_max(ticks, Relaxed).saturating_add(1).max(ticks);
    LAST.fetch_max(ticks, Relaxed);
    let mut random = [0u8; 8];
    if let Err(errno) = file::getrandom(&mut random, 0) {
        return Err(th.os_error(errno, None));
    }
    let ticks = ticks as u64;
    let mut uuid = Vec::with_capacity(16);
    uuid.extend_from_slice(&(ticks as u32).to_be_bytes());
    uuid.extend_from_slice(&((ticks >> 32) as u16).to_be_bytes());
    uuid.extend_from_slice(&((ticks >> 48) as u16 & 0x0fff | 0x1000).to_be_bytes());
    random[0] = random[0] & 0x3f | 0x80;
    random[2] |= 1;
    uuid.extend_from_slice(&random);
    Ok(th.tuple(vec![th.bytes(&uuid), Value::NONE]))
}

pub static TRACEMALLOC: ModuleSpec = ModuleSpec {
    name: "_tracemalloc",
    doc: "Debug module to trace memory blocks allocated by Python.",
    functions: &[
        m(
            "is_tracing",
            "()",
            is_tracing,
            "Return True if the tracemalloc module is tracing Python memory allocations.",
        ),
        m("start", "(nframe=1, /)", start, "Start tracing Python memory allocations."),
        m("stop", "()", nothing, "Stop tracing Python memory allocations."),
        m("clear_traces", "()", nothing, "Clear traces of memory blocks allocated by Python."),
        m(
            "reset_peak",
            "()",
            nothing,
            "Set the peak size of memory blocks traced by tracemalloc to the current size.",
        ),
        m(
            "get_traceback_limit",
            "()",
            traceback_limit,
            "Get the maximum number of frames stored in the traceback of a trace.",
        ),
        m(
            "get_traced_memory",
            "()",
            traced_memory,
            "Get the current size and peak size of memory blocks traced by tracemalloc.",
        ),
        m(
            "get_tracemalloc_memory",
            "()",
            own_memory,
            "Get the memory usage in bytes of the tracemalloc module.",
        ),
        m("_get_traces", "()", traces, "Get traces of all memory blocks allocated by Python."),
        m(
            "_get_object_traceback",
            "(obj, /)",
            nothing_of,
            "Get the traceback where the Python object obj was allocated.",
        ),
    ],
    ..ModuleSpec::EMPTY
};

fn is_tracing(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::FALSE)
}

fn start(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let frames = c_int_or(th, &args[0], 1)?;
    if !(1..=65535).contains(&frames) {
        return Err(th.value_error("the number of frames must be in range [1; 65535]"));
    }
    Err(th.not_implemented_error("Orochi does not trace memory allocations"))
}

fn nothing(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::NONE)
}

fn nothing_of(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::NONE)
}

fn traceback_limit(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(1))
}

fn traced_memory(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![th.int(0), th.int(0)]))
}

fn own_memory(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(0))
}

fn traces(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.list(Vec::new()))
}
