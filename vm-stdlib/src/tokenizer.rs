//! `_tokenize`: the module behind `tokenize`.
use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec { name: "_tokenize", doc: "", ..ModuleSpec::EMPTY };
