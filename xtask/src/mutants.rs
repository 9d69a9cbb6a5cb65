//! `cargo xtask mutants`: runs the loom models with each deliberate bug of vm-core switched on, and fails if a model
//! does not notice it.
//!
//! loom-tests/mutants.txt has one mutant a line: its name, as in `cfg(mutant = "NAME")`, and the model that must catch
//! it (a filter of test names; all models when it is left out).

use std::fs;
use std::process::{Command, Output};

/// `cargo xtask mutants`.
pub fn main(args: &[String]) -> Result<(), String> {
    let path = crate::root().join("loom-tests/mutants.txt");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut mutants = Vec::new();
    for line in text.lines().map(|l| l.split('#').next().unwrap_or("").trim()).filter(|l| !l.is_empty()) {
        let (name, model) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if args.is_empty() || args.iter().any(|arg| arg == name) {
            mutants.push((name.to_string(), model.trim().to_string()));
        }
    }
    if mutants.is_empty() {
        return Err(format!("no such mutant in {}", path.display()));
    }
    let mut survivors = Vec::new();
    for (name, model) in &mutants {
        let flags = format!("--cfg loom --cfg mutant=\"{name}\"");
        let built = cargo(&flags, &["--no-run"])?;
        if !built.status.success() {
            return Err(format!("mutant {name} does not build:\n{}", String::from_utf8_lossy(&built.stderr)));
        }
        let model: Vec<&str> = Some(model.as_str()).filter(|m| !m.is_empty()).into_iter().collect();
        let ran = cargo(&flags, &model)?;
        let output = String::from_utf8_lossy(&ran.stdout);
        // A filter that matches no test would look like a survivor, and is a mistake in the list.
        if ran.status.success()
            && output.matches(" 0 passed; ").count() == output.matches(" passed; ").count()
        {
            return Err(format!("mutant {name}: no model is called {:?}", model.first()));
        }
        println!("{name:40} {}", if ran.status.success() { "SURVIVED" } else { "caught" });
        if ran.status.success() {
            survivors.push(name.as_str());
        }
    }
    if survivors.is_empty() { Ok(()) } else { Err(format!("no model caught {}", survivors.join(", "))) }
}

fn cargo(flags: &str, args: &[&str]) -> Result<Output, String> {
    Command::new(env!("CARGO"))
        .args(["test", "-q", "-p", "loom-tests", "--release", "--target-dir", "target/mutants"])
        .args(args)
        .env("RUSTFLAGS", flags)
        .current_dir(crate::root())
        .output()
        .map_err(|e| format!("cargo: {e}"))
}
