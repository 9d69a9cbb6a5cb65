//! The runtime's side of the cycle collector: when it runs, its roots, and what `gc` asks.
//!
//! The collector itself is `vm_core::gc`, and its rules stand there. Here is its `Host`: the words that hold objects from
//! outside the heap, weak references, finalizers. Registers are the only place with uncounted references that no object
//! shows (R4 (gc)), so they are the roots that must not be missed; the others spare work.
mod pauses;

pub use pauses::{Pauses, Report};

use crate::code::as_dict;
use crate::interp::Sites;
use crate::prelude::*;
use crate::types::weakref::{self, Cleared};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI64, Ordering};
use vm_core::gc::{self, Host, Options};
use vm_core::object::{Header, flags, layout};
use vm_core::world::StoppedWorld;

/// What `gc` shows of a VM's collector; its switches are `vm_core`'s.
pub struct GcState {
    /// `gc.get_threshold()`.
    pub thresholds: [AtomicI64; 3],
    /// `gc.get_debug()`.
    pub debug: AtomicI64,
    /// Collections by generation.
    pub collections: [AtomicI64; 3],
    /// Objects found by generation.
    pub collected: [AtomicI64; 3],
    /// For `-X gc-stats`.
    pub pauses: Pauses,
}

impl Default for GcState {
    fn default() -> Self {
        GcState {
            thresholds: [AtomicI64::new(2000), AtomicI64::new(10), AtomicI64::new(10)],
            debug: AtomicI64::new(0),
            collections: Default::default(),
            collected: Default::default(),
            pauses: Pauses::default(),
        }
    }
}

/// `gc.DEBUG_STATS`.
pub const DEBUG_STATS: i64 = 1;
/// `gc.DEBUG_COLLECTABLE`.
pub const DEBUG_COLLECTABLE: i64 = 2;
/// `gc.DEBUG_UNCOLLECTABLE`.
pub const DEBUG_UNCOLLECTABLE: i64 = 4;
/// `gc.DEBUG_SAVEALL`.
pub const DEBUG_SAVEALL: i64 = 32;

/// Whether an object is one that CPython's collector would track: it holds references to others.
#[must_use]
pub fn is_container(v: &Value) -> bool {
    // Builtin types are not.
    v.header().is_some_and(holds_references)
        && TypeRef::from_value(v).is_none_or(|ty| ty.has(crate::types::type_::HEAP))
}

fn holds_references(h: &Header) -> bool {
    h.type_core().flags() & crate::types::type_::GC != 0
}

/// Why a collection runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The heap has grown.
    Growth,
    /// A native function was called for it.
    Asked,
    /// The VM ends: nobody is told.
    End,
}

/// Runs a collection if one is due.
pub fn collect_if_due(th: &Thread) {
    if gc::is_due(th.core()) {
        run(th, 2, Reason::Growth);
    }
}

/// Runs a collection at the end of the VM.
pub fn collect_at_end(th: &Thread) {
    run(th, 2, Reason::End);
}

/// Runs a collection that a native function was called for; the number of unreachable objects found. 0 if one is running
/// already.
pub fn collect(th: &Thread, generation: usize) -> usize {
    run(th, generation, Reason::Asked)
}

fn run(th: &Thread, generation: usize, reason: Reason) -> usize {
    if th.core().world().gc().is_collecting() {
        return 0;
    }
    let state = &th.vm().gc;
    // What the program was doing goes on afterwards.
    let pending = th.error.replace(Value::UNBOUND);
    let begun = std::time::Instant::now();
    let debug = state.debug.load(Ordering::Relaxed);
    if reason != Reason::End {
        call_back(th, "start", generation, 0);
    }
    if debug & DEBUG_STATS != 0 {
        crate::traceback::hooks::write_stderr(th, &format!("gc: collecting generation {generation}...\n"));
    }
    #[cfg(debug_assertions)]
    verify(th);
    let mut host =
        RuntimeHost { th, asked: reason != Reason::Growth, cleared: Vec::new(), dropped: Vec::new() };
    let options = Options { save_all: debug & DEBUG_SAVEALL != 0 };
    let Some(collected) = gc::collect(th.core(), &mut host, options) else {
        drop(th.error.replace(pending));
        return 0;
    };
    let n = collected.unreachable;
    state.pauses.note(collected.pause, n);
    // Relaxed: statistics.
    if let (Some(runs), Some(found)) = (state.collections.get(generation), state.collected.get(generation)) {
        runs.fetch_add(1, Ordering::Relaxed);
        found.fetch_add(n as i64, Ordering::Relaxed);
    }
    save(th, collected.saved, debug);
    if debug & DEBUG_STATS != 0 {
        let seconds = begun.elapsed().as_secs_f64();
        let text = format!("gc: done, {n} unreachable, 0 uncollectable, {seconds:.4}s elapsed\n");
        crate::traceback::hooks::write_stderr(th, &text);
    }
    if reason != Reason::End {
        call_back(th, "stop", generation, n);
    }
    th.clear_error();
    drop(th.error.replace(pending));
    n
}

/// Puts what `DEBUG_SAVEALL` kept into `gc.garbage`.
fn save(th: &Thread, saved: Vec<Value>, debug: i64) {
    if saved.is_empty() {
        return;
    }
    if debug & DEBUG_COLLECTABLE != 0 {
        for v in &saved {
            let text = format!("gc: collectable <{} {:#x}>\n", v.type_of(th).full_name(), v.identity());
            crate::traceback::hooks::write_stderr(th, &text);
        }
    }
    let garbage = th.vm_state("gc.garbage");
    if let Some(list) = garbage.as_ref().and_then(|g| g.payload::<List>()) {
        for v in saved.into_iter().filter(is_container) {
            if list.append(th, v).is_err() {
                th.clear_error();
            }
        }
    }
}

/// Calls `gc.callbacks`.
fn call_back(th: &Thread, phase: &str, generation: usize, collected: usize) {
    let Some(callbacks) = th.vm_state("gc.callbacks") else { return };
    let Some(list) = callbacks.payload::<List>() else { return };
    if list.is_empty() {
        return;
    }
    let info = th.dict();
    for (key, n) in [("generation", generation), ("collected", collected), ("uncollectable", 0)] {
        if let Some(d) = as_dict(&info)
            && d.set_str(th, key, th.usize(n)).is_err()
        {
            return th.clear_error();
        }
    }
    for f in list.to_vec(th) {
        if th.call(&f, &[th.str(phase), info.clone()]).is_err() {
            th.unraisable(Some("Exception ignored while calling GC callback"), Some(&f));
        }
    }
}

/// Checks all counts before a collection, where the collector is being tested.
#[cfg(debug_assertions)]
fn verify(th: &Thread) {
    if th.core().world().gc().every() == 0 {
        return;
    }
    let stopped = th.vm().world.stop_the_world(th.core());
    let problems = gc::verify::verify(&stopped);
    for problem in problems.iter().take(10) {
        let object = match problem {
            gc::verify::Problem::TooFewReferences(object, _) => object,
            gc::verify::Problem::DeadReferent(object, _) => object,
        };
        // SAFETY: a live object, and the world is stopped.
        let header = unsafe { object.as_ref() };
        let (name, count) = (header.type_core().vtable.name, vm_core::refcount::count(header));
        eprintln!("gc: {problem:?}: payload {name}, count {count}");
    }
    drop(stopped);
    assert!(problems.is_empty(), "a payload's traverse shows what the payload does not own");
}

struct RuntimeHost<'a> {
    th: &'a Thread,
    /// The program called for the collection.
    asked: bool,
    /// Weak references whose callbacks are to be called.
    cleared: Vec<Cleared>,
    /// References of caches to garbage.
    dropped: Vec<Value>,
}

/// The value of an object, which the value does not count.
///
/// # Safety
/// The object is alive as long as the result.
unsafe fn uncounted(object: NonNull<Header>) -> ManuallyDrop<Value> {
    // SAFETY: not dropped.
    ManuallyDrop::new(unsafe { Value::from_raw_bits(object.as_ptr() as u64) })
}

impl RuntimeHost<'_> {
    fn sites(&self) -> parking_lot::MutexGuard<'_, Sites> {
        self.th.vm().sites.lock()
    }
}

impl Host for RuntimeHost<'_> {
    fn visit_roots(&mut self, _: &StoppedWorld<'_>, visit: &mut dyn FnMut(&Value)) {
        let vm = self.th.vm();
        for thread in vm.threads.lock().iter() {
            // SAFETY: a thread leaves the list before it goes, and the list is locked; the world is stopped.
            unsafe {
                let in_call = self.asked && std::ptr::eq(thread.0, self.th);
                (*thread.0).visit(in_call, visit);
            }
        }
        for slot in [&vm.modules, &vm.builtins, &vm.empty_tuple, &vm.sys] {
            slot.peek(|v| visit(v));
        }
        vm.state.lock().values().for_each(visit);
    }

    fn visit_weak(&mut self, visit: &mut dyn FnMut(&Value)) {
        self.sites().visit(visit);
    }

    fn is_type(&self, object: NonNull<Header>) -> bool {
        // SAFETY: the collector asks about objects that it holds.
        let value = unsafe { uncounted(object) };
        value.payload::<Type>().is_some()
    }

    fn clear_weakrefs(
        &mut self,
        garbage: &[NonNull<Header>],
        is_garbage: &dyn Fn(NonNull<Header>) -> bool,
    ) -> bool {
        // SAFETY: the world is stopped.
        let dropped =
            unsafe { self.sites().drop_garbage(&|v: &Value| v.is_heap() && is_garbage(v.heap_ptr())) };
        self.dropped.extend(dropped);
        for &object in garbage {
            // SAFETY: the collector holds it.
            if unsafe { object.as_ref() }.has_flag(flags::WEAKREFS) {
                let cleared = weakref::take_garbage(self.th, object, is_garbage);
                if !cleared.is_empty() {
                    self.cleared.push(cleared);
                }
            }
        }
        !self.cleared.is_empty()
    }

    fn world_started(&mut self) {
        self.dropped.clear();
    }

    fn run_weakref_callbacks(&mut self) {
        for cleared in std::mem::take(&mut self.cleared) {
            cleared.run(self.th);
        }
    }

    fn finalize(&mut self, object: NonNull<Header>) {
        // SAFETY: the collector holds it.
        unsafe {
            if object.as_ref().set_flag(flags::FINALIZED) & flags::FINALIZED == 0 {
                let value = uncounted(object);
                crate::finalize::run_finalizer(self.th, &value, value.type_of(self.th));
            }
        }
    }

    fn clear_weakrefs_late(&mut self, garbage: &[NonNull<Header>]) {
        for &object in garbage {
            // SAFETY: the collector holds it, and the world is stopped.
            unsafe {
                if object.as_ref().has_flag(flags::WEAKREFS) {
                    weakref::forget(self.th, object);
                }
                let value = uncounted(object);
                if value.payload::<Type>().is_some() {
                    TypeRef::from_ptr(object).unlink();
                }
            }
        }
    }

    fn type_is_gone(&mut self, ty: NonNull<Header>) {
        // SAFETY: the collector holds the type, which no object has any more; nobody runs who could look at its shapes.
        unsafe { TypeRef::from_ptr(ty).forget_shapes(&self.th.vm().shapes) }
    }
}

/// What an object refers to.
pub fn referents(th: &Thread, v: &Value, out: &mut Vec<Value>) {
    if !v.is_heap() {
        return;
    }
    let stopped = th.vm().world.stop_the_world(th.core());
    // SAFETY: `v` is live and the world is stopped; what it owns is alive, and what it borrows it uses.
    unsafe {
        layout::traverse(v.heap_ptr(), &mut |x| {
            if !x.is_unbound() && !x.is_borrowed() {
                out.push(x.clone());
            }
        });
    }
    let ty = v.type_of(th);
    if ty.has(crate::types::type_::HEAP) && holds_references(ty.header()) {
        out.push(ty.value());
    }
    drop(stopped);
}

/// Every container object of the VM.
#[must_use]
pub fn all_objects(th: &Thread) -> Vec<Value> {
    let mut out = Vec::new();
    let stopped = th.vm().world.stop_the_world(th.core());
    gc::for_each_object(&stopped, |object| {
        // SAFETY: a live object, and the world is stopped.
        unsafe {
            if holds_references(object.as_ref()) {
                out.push(Value::from_ptr(object));
            }
        }
    });
    drop(stopped);
    out
}

/// The containers that refer directly to any of `targets`.
#[must_use]
pub fn referrers(th: &Thread, targets: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    let stopped = th.vm().world.stop_the_world(th.core());
    gc::for_each_object(&stopped, |object| {
        // SAFETY: a live object, and the world is stopped; borrowed words are compared only.
        unsafe {
            let mut hit = false;
            layout::traverse(object, &mut |x| hit |= !x.is_borrowed() && targets.iter().any(|t| t.is(x)));
            hit |= targets.iter().any(|t| t.is_heap() && t.heap_ptr() == object.as_ref().type_ptr());
            if hit {
                out.push(Value::from_ptr(object));
            }
        }
    });
    drop(stopped);
    out
}

/// `gc.freeze()`.
pub fn freeze(th: &Thread) {
    gc::freeze(&th.vm().world.stop_the_world(th.core()));
}

/// `gc.unfreeze()`.
pub fn unfreeze(th: &Thread) {
    gc::unfreeze(&th.vm().world.stop_the_world(th.core()));
}

/// `gc.get_freeze_count()`.
#[must_use]
pub fn count_frozen(th: &Thread) -> usize {
    gc::count_frozen(&th.vm().world.stop_the_world(th.core()))
}
