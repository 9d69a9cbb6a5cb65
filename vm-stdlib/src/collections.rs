//! `_collections`: what `collections` has in native code.
mod counting;
mod defaultdict;
mod deque;
mod deque_iter;
mod ordered;
mod ordered_views;
mod tuplegetter;

use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_collections",
    doc: "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    functions: &[m(
        "_count_elements",
        "(mapping, iterable, /)",
        counting::count_elements,
        "Count elements in the iterable, updating the mapping",
    )],
    types: &[
        &deque::SPEC,
        &defaultdict::SPEC,
        &deque_iter::SPEC,
        &deque_iter::REVERSE_SPEC,
        &tuplegetter::SPEC,
        &ordered::SPEC,
    ],
    ..ModuleSpec::EMPTY
};
