//! The project's habits as commands, each a module: `cases` (the .py cases), `tidy` (the rules of the house),
//! `ratchet` (CPython's own tests), `mutants` (the loom models' deliberate bugs), `sanitize`, `stress`, `freedom` (what
//! running without a GIL costs) and `contention` (what threads cost each other).
//!
//! It is a library as well, so that `tests/all` runs the cases through the same code as `cargo xtask cases`. It has no
//! dependencies: it must build before anything else does.

#![forbid(unsafe_code)]

use std::path::PathBuf;

pub mod cases;
pub mod collector;
pub mod contention;
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

/// A tool of those that projects share, in the folder that the environment's `OROCHI_SHARED` names, or in the one beside the
/// repository.
fn shared(tool: &str) -> Result<PathBuf, String> {
    let named = std::env::var_os("OROCHI_SHARED").map(PathBuf::from);
    let places = named.into_iter().chain([root().join("../shared")]);
    let found = places.map(|place| place.join(tool)).find(|path| path.exists());
    found.ok_or_else(|| {
        format!("no {tool} in a folder shared beside the repository; OROCHI_SHARED may name it")
    })
}

/// The number after `--seconds` (`default` unless it is given), and the other arguments.
fn seconds(args: &[String], default: u64) -> Result<(u64, Vec<String>), String> {
    number(args, "--seconds", default)
}

/// The number after an option (`default` unless it is given), and the other arguments.
fn number(args: &[String], option: &str, default: u64) -> Result<(u64, Vec<String>), String> {
    let (mut number, mut others) = (default, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == option {
            let n = args.next().and_then(|n| n.parse().ok());
            number = n.ok_or(format!("{option} wants a number"))?;
        } else {
            others.push(arg.clone());
        }
    }
    Ok((number, others))
}
