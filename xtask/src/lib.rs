//! The project's habits as commands, each a module: `cases` (the .py cases), `tidy` (the rules of the house),
//! `ratchet` (CPython's own tests), `mutants` (the loom models' deliberate bugs), `sanitize`, `stress` and `freedom` (what
//! running without a GIL costs).
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

/// The number after `--seconds` (`default` unless it is given), and the other arguments.
fn seconds(args: &[String], default: u64) -> Result<(u64, Vec<String>), String> {
    let (mut seconds, mut others) = (default, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let n = args.next().and_then(|n| n.parse().ok());
            seconds = n.ok_or("--seconds wants a number")?;
        } else {
            others.push(arg.clone());
        }
    }
    Ok((seconds, others))
}
