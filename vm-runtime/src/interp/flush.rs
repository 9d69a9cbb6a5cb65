//! Emptying attribute sites. Shapes and type versions tell a site of most changes; the two that follow they do not, because a
//! site of an instance slot looks at the shape alone, and a record looks at the version of the receiver's type and not of
//! the value's.
//!
//! # Rules
//!
//! R1 (flush). After a change of a class that may make instance slots or class attributes mean something else, all sites are
//!     emptied with the world stopped. A thread that was filling a site meanwhile sees the new version of the receiver's
//!     type when it has stored the word, and takes it back (R3 (version)).
use crate::code::Code;
use crate::prelude::*;
use crate::types::type_::TypeRef;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::Op;
use vm_core::gc;
use vm_core::shape::Shape;

/// What makes a class's instances be read or written in another way.
const HOOKS: [&str; 3] = ["__getattribute__", "__setattr__", "__delattr__"];
/// What makes a class's instances be descriptors of another kind.
const DESCRIPTOR: [&str; 3] = ["__get__", "__set__", "__delete__"];

/// Empties the sites that have become wrong because `ty.name` was set or deleted; its version is new already.
pub(crate) fn class_changed(th: &Thread, ty: TypeRef, name: &Value) {
    let text = super::ops::text(name);
    let is_data = || ty.lookup(th, name).is_some_and(|v| v.type_of(th).slots.descr_set().is_some());
    let wrong = if DESCRIPTOR.contains(&&*text) {
        true
    } else if HOOKS.contains(&&*text) {
        any_shape(th, ty, |shape| !shape.names.is_empty())
    } else {
        is_data() && any_shape(th, ty, |shape| shape.slot(name.identity()).is_some())
    };
    if wrong {
        flush(th);
    }
}

/// Whether `is` says so of a shape that instances of the class or of one below it may have.
fn any_shape(th: &Thread, ty: TypeRef, is: impl Fn(&Shape) -> bool) -> bool {
    let mut seen = HashSet::new();
    let mut todo = vec![ty];
    while let Some(class) = todo.pop() {
        if !seen.insert(class.ptr()) {
            continue;
        }
        if th.vm().shapes.any(class.core.root_shape.load(Ordering::Acquire), &is) {
            return true;
        }
        // SAFETY: entries go when their type dies, which only happens with the world stopped.
        todo.extend(
            class.subclasses.with(th, |s| s.clone()).iter().map(|p| unsafe { TypeRef::from_ptr(p.0) }),
        );
    }
    false
}

/// Empties all attribute sites (R1).
pub(crate) fn flush(th: &Thread) {
    let stopped = th.vm().world.stop_the_world(th.core());
    gc::for_each_object(&stopped, |object| {
        // SAFETY: a live object, which is only looked at; the world is stopped.
        let value =
            std::mem::ManuallyDrop::new(unsafe { Value::from_raw_bits(object.as_ptr().addr() as u64) });
        if let Some(code) = value.payload::<Code>() {
            empty(code.words());
            if let Some(shadow) = code.shadow.get() {
                empty(&shadow.words);
            }
        }
    });
    drop(stopped);
}

fn empty(words: &[AtomicU64]) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // Relaxed: the world is stopped.
        let Some(op) = Op::from_u16(word.load(Ordering::Relaxed) as u16) else { return };
        if matches!(op, Op::LoadAttr | Op::StoreAttr | Op::LoadMethod)
            && let Some(cache) = words.get(at + 1)
        {
            super::attr::forget(cache);
        }
        at += op.words();
    }
}
