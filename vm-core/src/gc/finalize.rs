//! From garbage to free memory: callbacks, finalizers, resurrection, clearing.

use super::collect::{After, is_counted};
use super::trace::Tables;
use super::{Collected, Host, Options};
use crate::object::header::{Header, flags};
use crate::object::layout::{self, type_flags};
use crate::refcount;
use crate::sync::Instant;
use crate::thread::ThreadCore;
use crate::value::Value;
use std::collections::HashSet;
use std::ptr::NonNull;

/// Whether the object has a finalizer that has not run.
pub(super) fn has_finalizer(object: NonNull<Header>) -> bool {
    // SAFETY: R5: alive.
    let header = unsafe { object.as_ref() };
    header.type_core().flags() & type_flags::HAS_FINALIZER != 0 && !header.has_flag(flags::FINALIZED)
}

/// Ends the deferring of garbage, so that dropping the last reference frees it. The world is stopped, and nothing can bring the
/// garbage back.
pub(super) fn condemn(host: &mut dyn Host, garbage: &[NonNull<Header>]) {
    for &object in garbage {
        // SAFETY: R5: alive.
        refcount::make_counted(unsafe { object.as_ref() });
    }
    host.clear_weakrefs_late(garbage);
}

/// Does everything after the first stop. The world is running.
pub(super) fn finish(
    me: &ThreadCore,
    host: &mut dyn Host,
    garbage: Vec<NonNull<Header>>,
    uncyclic: &HashSet<NonNull<Header>>,
    after: After,
    options: Options,
    result: &mut Collected,
) {
    if after.callbacks {
        host.run_weakref_callbacks();
    }
    if after.finalizers {
        for &object in garbage.iter().filter(|&&object| has_finalizer(object)) {
            host.finalize(object);
        }
    }
    let (dead, alive) = if after.callbacks || after.finalizers || options.save_all {
        let begin = Instant::now();
        let split = look_again(me, host, garbage, options);
        result.pause += begin.elapsed();
        split
    } else {
        (garbage, Vec::new())
    };
    let counted = |object: &&NonNull<Header>| is_counted(**object) && !uncyclic.contains(*object);
    result.unreachable = dead.iter().filter(counted).count();
    result.resurrected = alive.iter().filter(counted).count();
    for object in alive {
        // SAFETY: R5: our reference.
        unsafe { refcount::decref(object) }
    }
    if options.save_all {
        // SAFETY: R5: our references are given to the values.
        result.saved = dead.into_iter().map(|object| unsafe { Value::from_owned_ptr(object) }).collect();
        return;
    }
    for &object in &dead {
        // SAFETY: R5; nobody else can reach it.
        unsafe { clear(object) }
    }
    let (types, others): (Vec<_>, Vec<_>) = dead.into_iter().partition(|&object| host.is_type(object));
    for object in others {
        // SAFETY: R5: our reference.
        unsafe { refcount::decref(object) }
    }
    for &ty in &types {
        // SAFETY: R5. What still has the type needs its layout alone.
        unsafe { clear(ty) }
    }
    // R8: what has one of these types may still be on its way.
    me.world().gc.condemned.lock().add(types);
}

/// After Python has run: what of the garbage is still garbage, and what has come back.
fn look_again(
    me: &ThreadCore,
    host: &mut dyn Host,
    garbage: Vec<NonNull<Header>>,
    options: Options,
) -> (Vec<NonNull<Header>>, Vec<NonNull<Header>>) {
    let stopped = me.world().stop_the_world(me);
    let (dead, alive): (Vec<_>, Vec<_>) = {
        let mut tables = Tables::of(&stopped, &garbage);
        host.visit_roots(&stopped, &mut |value| tables.mark_root(value));
        tables.propagate();
        tables.delete_on_trial();
        garbage.into_iter().partition(|&object| tables.is_candidate(object))
    };
    let visible = if options.save_all { dead.iter().chain(&alive) } else { alive.iter().chain(&[]) };
    for object in visible {
        // SAFETY: R5: alive.
        unsafe { object.as_ref() }.clear_flag(flags::GC_MARK | flags::UNTRACKED);
    }
    if !options.save_all {
        condemn(host, &dead);
    }
    (dead, alive)
}

/// Drops what an unreachable object refers to, so that cycles fall apart.
///
/// # Safety
/// The caller has a reference, and nobody else can reach the object.
pub(super) unsafe fn clear(object: NonNull<Header>) {
    // SAFETY: the caller's promise.
    unsafe {
        let ty = object.as_ref().type_core();
        if let Some(clear) = ty.vtable.clear {
            clear(object);
        }
        layout::clear_slots(object, ty);
    }
}

/// Types that are garbage, each with a reference of the collector's, until no object has them (R8).
#[derive(Debug, Default)]
pub(super) struct Condemned(Vec<NonNull<Header>>);

// SAFETY: references to objects of the VM, dropped by attached threads only.
unsafe impl Send for Condemned {}

impl Condemned {
    fn add(&mut self, types: Vec<NonNull<Header>>) {
        self.0.extend(types);
    }

    /// Takes those for which `gone` holds out.
    pub(super) fn take_if(&mut self, mut gone: impl FnMut(NonNull<Header>) -> bool) -> Vec<NonNull<Header>> {
        self.0.extract_if(.., |ty| gone(*ty)).collect()
    }
}
