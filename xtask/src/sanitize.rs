//! `cargo xtask asan` and `cargo xtask tsan`: vm-core's stress program and the .py cases on a build that a sanitizer of the
//! nightly toolchain watches. There are no suppressions: one report fails the command.
//!
//! The builds have `--cfg vm_sanitize`: every object stands in a block of its own, from the allocator that the sanitizer sees.

use crate::cases;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// How much longer a case may take.
const SLOWER: u32 = 10;

/// A sanitizer.
pub struct Sanitizer {
    /// Its name for rustc.
    name: &'static str,
    /// The folder of its builds, in `target`.
    folder: &'static str,
    /// The environment variable with its options.
    variable: &'static str,
    options: &'static str,
    /// Whether the standard library has to be built for it as well: locks that the sanitizer does not see look like races.
    whole: bool,
    /// The cases that are run where none is named.
    cases: &'static [&'static str],
}

/// AddressSanitizer.
pub const ADDRESS: Sanitizer = Sanitizer {
    name: "address",
    folder: "asan",
    variable: "ASAN_OPTIONS",
    // The command leaves its VM to the system when it ends. The limit of recursion goes by the address of locals, so these
    // have to be on the stack.
    options: "detect_leaks=0:detect_stack_use_after_return=0:allocator_may_return_null=1",
    whole: false,
    cases: &[],
};

/// ThreadSanitizer.
pub const THREAD: Sanitizer = Sanitizer {
    name: "thread",
    folder: "tsan",
    variable: "TSAN_OPTIONS",
    options: "report_signal_unsafe=0",
    whole: true,
    cases: &["threads/"],
};

/// `cargo xtask asan|tsan [--seconds N] [--no-cases] [FILTER ...]`: the stress program for N seconds (10 unless said), then the
/// cases.
pub fn main(sanitizer: &Sanitizer, args: &[String]) -> Result<(), String> {
    let (seconds, mut filters) = crate::seconds(args, 10)?;
    let with_cases = !filters.iter().any(|f| f == "--no-cases");
    if filters.is_empty() {
        filters.extend(sanitizer.cases.iter().map(|s| (*s).to_string()));
    }
    let nightly = Command::new("cargo").args(["+nightly", "--version"]).output();
    if !nightly.is_ok_and(|done| done.status.success()) {
        println!("left out: no nightly toolchain");
        return Ok(());
    }
    if sanitizer.whole && !has_source() {
        println!("left out: the nightly toolchain lacks the component rust-src");
        return Ok(());
    }
    let reports = crate::root().join("target").join(sanitizer.folder).join("reports");
    let _ = fs::remove_dir_all(&reports);
    fs::create_dir_all(&reports).map_err(|e| format!("{}: {e}", reports.display()))?;
    sanitizer.stress(seconds, &reports)?;
    if !with_cases {
        println!("{}: {seconds} s of stress, no report", sanitizer.folder);
        return Ok(());
    }
    let command = sanitizer.build()?;
    let mut chosen = cases::matching(&filters)?;
    for case in &mut chosen {
        case.limit *= SLOWER;
        case.sanitizer = Some((sanitizer.variable, sanitizer.options(&reports)));
    }
    let faults: Vec<String> =
        cases::check_all(&chosen, &command).into_iter().filter_map(Result::err).collect();
    for fault in &faults {
        eprintln!("{fault}\n");
    }
    let found = found(&reports)?;
    for (path, text) in &found {
        eprintln!("{}\n{text}", path.display());
    }
    println!(
        "{}: {seconds} s of stress, {} cases ({} with another outcome), {} reports",
        sanitizer.folder,
        chosen.len(),
        faults.len(),
        found.len()
    );
    if found.is_empty() { Ok(()) } else { Err(format!("{} reports, in {}", found.len(), reports.display())) }
}

/// Whether the nightly toolchain has the standard library's source.
fn has_source() -> bool {
    let root = Command::new("rustc")
        .args(["+nightly", "--print", "sysroot"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .output();
    root.is_ok_and(|done| {
        let root = PathBuf::from(String::from_utf8_lossy(&done.stdout).trim());
        root.join("lib/rustlib/src/rust/library/std").exists()
    })
}

/// The report files that are not empty.
fn found(reports: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(reports).map_err(|e| format!("{}: {e}", reports.display()))?.flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        // Refusing absurd sizes is what the program asked for.
        let only_refusals =
            text.lines().all(|line| !line.contains("ERROR: ") && !line.contains("WARNING: Th"));
        if !only_refusals {
            found.push((entry.path(), text));
        }
    }
    Ok(found)
}

impl Sanitizer {
    fn options(&self, reports: &Path) -> String {
        format!("{}:log_path={}", self.options, reports.join("report").display())
    }

    fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command
            .arg("+nightly")
            .args(args)
            .args(self.whole.then_some("-Zbuild-std"))
            .args(["--target", TARGET, "--target-dir"])
            .arg(crate::root().join("target").join(self.folder))
            .env(
                "RUSTFLAGS",
                format!("-Zsanitizer={} -Cunsafe-allow-abi-mismatch=sanitizer --cfg vm_sanitize", self.name),
            )
            .env("CARGO_INCREMENTAL", "0")
            // `cargo xtask` was started by another toolchain's cargo.
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO")
            .current_dir(crate::root());
        command
    }

    fn stress(&self, seconds: u64, reports: &Path) -> Result<(), String> {
        let seconds = seconds.to_string();
        let mut command = self.cargo(&["test", "--quiet", "-p", "vm-core", "--test", "stress"]);
        command.args(["--", &seconds]).env(self.variable, self.options(reports));
        match command.status().map_err(|e| format!("cargo: {e}"))? {
            status if status.success() => Ok(()),
            status => Err(format!("the stress program: {status}; reports in {}", reports.display())),
        }
    }

    /// Builds the command; its path.
    fn build(&self) -> Result<PathBuf, String> {
        match self.cargo(&["build", "--quiet"]).status().map_err(|e| format!("cargo: {e}"))? {
            status if status.success() => {
                Ok(crate::root().join("target").join(self.folder).join(TARGET).join("debug/orochi"))
            }
            status => Err(format!("cargo build: {status}")),
        }
    }
}
