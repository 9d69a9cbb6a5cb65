//! `gc`.
use crate::collector;
use crate::prelude::*;
use std::sync::atomic::Ordering;

fn collect(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let generation = if a[0].is_unbound() { 2 } else { th.index_i64(&a[0])? };
    if !(0..=2).contains(&generation) {
        return Err(th.value_error("invalid generation"));
    }
    Ok(th.usize(collector::collect(th, generation as usize)))
}

/// The collector of the VM.
fn state(th: &Thread) -> &vm_core::gc::State {
    th.core().world().gc()
}

fn enable(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    state(th).set_enabled(true);
    Ok(Value::NONE)
}

fn disable(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    state(th).set_enabled(false);
    Ok(Value::NONE)
}

fn isenabled(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(state(th).is_enabled()))
}

fn get_threshold(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let t: Vec<Value> = th.vm().gc.thresholds.iter().map(|t| th.int(t.load(Ordering::Relaxed))).collect();
    Ok(th.tuple(t))
}

fn set_threshold(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    for (place, v) in th.vm().gc.thresholds.iter().zip(a) {
        if !v.is_unbound() {
            place.store(th.index_i64(v)?, Ordering::Relaxed);
        }
    }
    // The other two belong to generations, which this collector does not have.
    state(th).set_threshold(th.vm().gc.thresholds[0].load(Ordering::Relaxed));
    Ok(Value::NONE)
}

fn get_count(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let n = vm_core::gc::allocated(th.core()).max(0);
    Ok(th.tuple(vec![th.int(n), th.int(0), th.int(0)]))
}

fn get_debug(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.int(th.vm().gc.debug.load(Ordering::Relaxed)))
}

fn set_debug(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    th.vm().gc.debug.store(th.index_i64(&a[0])?, Ordering::Relaxed);
    Ok(Value::NONE)
}

fn is_tracked(_: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(collector::is_container(&a[0])))
}

fn is_finalized(_: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(a[0].header().is_some_and(|h| h.has_flag(vm_core::object::flags::FINALIZED))))
}

fn get_objects(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if !a[0].is_unbound() && !a[0].is_none() {
        let generation = th.index_i64(&a[0])?;
        if generation >= 3 {
            return Err(th.value_error(
                "generation parameter must be less than the number of available generations (3)",
            ));
        }
        if generation < 0 {
            return Err(th.value_error("generation parameter cannot be negative"));
        }
    }
    // All objects are of one age here, so they are in each generation.
    Ok(th.list(collector::all_objects(th)))
}

fn get_referents(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let mut out = Vec::new();
    for v in a {
        collector::referents(th, v, &mut out);
    }
    Ok(th.list(out))
}

fn get_referrers(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    Ok(th.list(collector::referrers(th, a)))
}

fn freeze(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    collector::freeze(th);
    Ok(Value::NONE)
}

fn unfreeze(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    collector::unfreeze(th);
    Ok(Value::NONE)
}

fn get_freeze_count(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(collector::count_frozen(th)))
}

fn get_stats(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    let gc = &th.vm().gc;
    let mut rows = Vec::new();
    for i in 0..3 {
        let d = th.dict();
        if let Some(dict) = d.payload::<Dict>() {
            dict.set_str(th, "collections", th.int(gc.collections[i].load(Ordering::Relaxed)))?;
            dict.set_str(th, "collected", th.int(gc.collected[i].load(Ordering::Relaxed)))?;
            dict.set_str(th, "uncollectable", th.int(0))?;
        }
        rows.push(d);
    }
    Ok(th.list(rows))
}

/// `gc`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "gc",
    doc: "This module provides access to the garbage collector for reference cycles.\n\nenable() -- Enable automatic garbage collection.\ndisable() -- Disable automatic garbage collection.\nisenabled() -- Returns true if automatic collection is enabled.\ncollect() -- Do a full collection right now.\n",
    functions: &[
        m("collect", "(generation=2)", collect, "Run the garbage collector."),
        m("enable", "()", enable, "Enable automatic garbage collection."),
        m("disable", "()", disable, "Disable automatic garbage collection."),
        m("isenabled", "()", isenabled, "Returns true if automatic garbage collection is enabled."),
        m("get_threshold", "()", get_threshold, "Return the current collection thresholds."),
        m(
            "set_threshold",
            "(threshold0, threshold1=0, threshold2=0, /)",
            set_threshold,
            "Set the collection thresholds (the collection frequency).",
        ),
        m("get_count", "()", get_count, "Return a three-tuple of the current collection counts."),
        m("get_debug", "()", get_debug, "Get the garbage collection debugging flags."),
        m("set_debug", "(flags, /)", set_debug, "Set the garbage collection debugging flags."),
        m(
            "is_tracked",
            "(obj, /)",
            is_tracked,
            "Returns true if the object is tracked by the garbage collector.",
        ),
        m(
            "is_finalized",
            "(obj, /)",
            is_finalized,
            "Returns true if the object has been already finalized by the GC.",
        ),
        m(
            "get_objects",
            "(generation=None)",
            get_objects,
            "Return a list of objects tracked by the collector (excluding the list returned).",
        ),
        m(
            "get_referents",
            "(*objs)",
            get_referents,
            "Return the list of objects that are directly referred to by 'objs'.",
        ),
        m(
            "get_referrers",
            "(*objs)",
            get_referrers,
            "Return the list of objects that directly refer to any of 'objs'.",
        ),
        m(
            "freeze",
            "()",
            freeze,
            "Freeze all current tracked objects and ignore them for future collections.",
        ),
        m("unfreeze", "()", unfreeze, "Unfreeze all objects in the permanent generation."),
        m(
            "get_freeze_count",
            "()",
            get_freeze_count,
            "Return the number of objects in the permanent generation.",
        ),
        m(
            "get_stats",
            "()",
            get_stats,
            "Return a list of dictionaries containing per-generation statistics.",
        ),
    ],
    init: Some(|th, module| {
        let (garbage, callbacks) = (th.list(Vec::new()), th.list(Vec::new()));
        th.set_vm_state("gc.callbacks", callbacks.clone());
        th.set_vm_state("gc.garbage", garbage.clone());
        th.set_module_attr(module, "garbage", garbage)?;
        th.set_module_attr(module, "callbacks", callbacks)?;
        for (name, v) in [
            ("DEBUG_STATS", 1),
            ("DEBUG_COLLECTABLE", 2),
            ("DEBUG_UNCOLLECTABLE", 4),
            ("DEBUG_SAVEALL", 32),
            ("DEBUG_LEAK", 38),
        ] {
            th.set_module_attr(module, name, th.int(v))?;
        }
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};
