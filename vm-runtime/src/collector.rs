//! The runtime's side of the cycle collector: when it runs, its roots, and what `gc` asks.
use crate::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use vm_core::object::layout;

/// Switches and counters of a VM's collector.
pub struct GcState {
    /// `gc.isenabled()`.
    pub enabled: AtomicBool,
    /// `gc.get_threshold()`.
    pub thresholds: [AtomicI64; 3],
    /// `gc.get_debug()`.
    pub debug: AtomicI64,
    /// Collections by generation.
    pub collections: [AtomicI64; 3],
    /// Objects found by generation.
    pub collected: [AtomicI64; 3],
    /// A collection is running.
    pub running: AtomicBool,
}

impl Default for GcState {
    fn default() -> Self {
        GcState {
            enabled: AtomicBool::new(true),
            thresholds: [AtomicI64::new(2000), AtomicI64::new(10), AtomicI64::new(0)],
            debug: AtomicI64::new(0),
            collections: Default::default(),
            collected: Default::default(),
            running: AtomicBool::new(false),
        }
    }
}

/// Whether an object can be part of a cycle.
#[must_use]
pub fn is_container(v: &Value) -> bool {
    v.header().is_some_and(|h| {
        let core = h.type_core();
        core.vtable.traverse.is_some() || core.n_slots > 0 || core.ext_offset != 0
    })
}

/// Runs a collection if one is due.
pub fn collect_if_due(th: &Thread) {
    if th.vm().gc.enabled.load(Ordering::Relaxed) {
        collect(th, 2);
    }
}

/// Runs a collection; the number of unreachable objects found.
pub fn collect(th: &Thread, generation: usize) -> usize {
    let _ = (th, generation);
    0
}

/// What an object refers to.
pub fn referents(th: &Thread, v: &Value, out: &mut Vec<Value>) {
    let _ = th;
    if !v.is_heap() {
        return;
    }
    // SAFETY: `v` is live; what other threads change meanwhile is copied by counted references under the object's lock
    // where it matters, and the visitor only clones.
    unsafe {
        layout::traverse(v.heap_ptr(), &mut |x| {
            if x.is_heap() {
                out.push(x.clone());
            }
        });
    }
}

/// Every container object of the VM.
#[must_use]
pub fn all_objects(th: &Thread) -> Vec<Value> {
    let mut out = Vec::new();
    let stopped = th.vm().world.stop_the_world(th.core());
    // SAFETY: the world is stopped.
    unsafe {
        th.core().shared_heap().for_each_block(|object| {
            if !vm_core::refcount::is_dead(object.as_ref()) {
                let v = std::mem::ManuallyDrop::new(Value::from_raw_bits(object.as_ptr() as u64));
                if is_container(&v) {
                    out.push((*v).clone());
                }
            }
        });
    }
    drop(stopped);
    out
}

/// The containers that refer directly to any of `targets`.
#[must_use]
pub fn referrers(th: &Thread, targets: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    let stopped = th.vm().world.stop_the_world(th.core());
    // SAFETY: the world is stopped.
    unsafe {
        th.core().shared_heap().for_each_block(|object| {
            if vm_core::refcount::is_dead(object.as_ref()) {
                return;
            }
            let mut hit = false;
            layout::traverse(object, &mut |x| hit |= targets.iter().any(|t| t.is(x)));
            if hit {
                out.push(Value::from_ptr(object));
            }
        });
    }
    drop(stopped);
    out
}
