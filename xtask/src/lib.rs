//! The project's habits as commands, each a module: `cases` (the .py cases), `tidy` (the rules of the house),
//! `ratchet` (CPython's own tests) and `mutants` (the loom models' deliberate bugs).
//!
//! It is a library as well, so that `tests/all` runs the cases through the same code as `cargo xtask cases`. It has no
//! dependencies: it must build before anything else does.

#![forbid(unsafe_code)]

use std::path::PathBuf;

pub mod cases;
pub mod freedom;
pub mod mutants;
pub mod ratchet;
pub mod sanitize;
pub mod stress;
pub mod tidy;

/// The repository's root folder.
pub fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}
