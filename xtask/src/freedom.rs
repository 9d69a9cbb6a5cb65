//! `cargo xtask price-of-freedom`: what running without a GIL costs one thread. Builds Orochi with the feature `gil` and
//! without, and lets `shared/bench/compare` run its single-threaded programs on both in turns.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask price-of-freedom [--runs N] [PROGRAM ...]`.
pub fn main(args: &[String]) -> Result<(), String> {
    let root = crate::root();
    let compare = crate::shared("bench/compare")?;
    let (runs, programs) = crate::number(args, "--runs", 5)?;
    let only: Vec<&str> = programs.iter().map(|name| name.trim_end_matches(".py")).collect();
    let with = build(&root, "target/gil", &["--features", "gil"])?;
    let without = build(&root, "target", &[])?;
    println!("reference: {}\nmeasured: {}", with.display(), without.display());
    let status = Command::new(&compare)
        .args(["--runs", &runs.to_string(), "--only", &only.join(",")])
        .args([&with, &without])
        .status()
        .map_err(|e| format!("{}: {e}", compare.display()))?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", compare.display())) }
}

/// A release build in `target`; the command's path.
pub(crate) fn build(root: &Path, target: &str, features: &[&str]) -> Result<PathBuf, String> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--target-dir", target])
        .args(features)
        .current_dir(root)
        .status()
        .map_err(|e| format!("cargo: {e}"))?;
    if status.success() {
        Ok(root.join(target).join("release/orochi"))
    } else {
        Err(format!("cargo build: {status}"))
    }
}
