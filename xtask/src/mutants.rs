//! `cargo xtask mutants`: runs the loom models' mutants, after a look that none was forgotten.
//!
//! A mutant is a deliberate bug behind `mutant!("NAME")` in vm-core, and a model of loom-tests must catch it, with
//! `assert_caught("NAME", ...)`. The models run them as part of their own suite; this command runs only them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// `cargo xtask mutants`.
pub fn main(args: &[String]) -> Result<(), String> {
    let forgotten = forgotten(&crate::root())?;
    if !forgotten.is_empty() {
        return Err(forgotten.join("\n"));
    }
    for features in [&[][..], &["--features", "gil"]] {
        let status = Command::new(env!("CARGO"))
            .args(["test", "-p", "loom-tests", "--release", "--target-dir", "target/loom"])
            .args(features)
            .args(["mutants", "--"])
            .args(args)
            .args(["--nocapture"])
            .env("RUSTFLAGS", "--cfg loom")
            .current_dir(crate::root())
            .status()
            .map_err(|e| format!("cargo: {e}"))?;
        if !status.success() {
            return Err(String::from("a mutant survived"));
        }
    }
    Ok(())
}

/// Mutants that no model is asked to catch, and models' mutants that are gone from vm-core.
pub fn forgotten(root: &Path) -> Result<Vec<String>, String> {
    let (made, caught) =
        (named(&root.join("vm-core/src"), "mutant!(")?, named(&root.join("loom-tests"), "assert_caught(")?);
    let lost =
        made.difference(&caught).map(|name| format!("no model of loom-tests catches the mutant {name}"));
    let stale =
        caught.difference(&made).map(|name| format!("the mutant {name} of loom-tests is not in vm-core"));
    Ok(lost.chain(stale).collect())
}

/// The string literals that follow `call` in the Rust files below a folder.
fn named(folder: &Path, call: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            names.extend(named(&path, call)?);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start();
                names.extend(rest.strip_prefix('"').and_then(|r| r.split('"').next()).map(String::from));
            }
        }
    }
    Ok(names)
}
