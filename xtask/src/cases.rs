//! The .py cases under tests/cases: finding them, running them on an interpreter, and renewing what they expect.
//!
//! A case is `AREA/NAME.py`, a script run with AREA as its working folder, or `AREA/NAME.args`, a command line with
//! one argument a line (`\n` stands for a newline in it). Its standard output must be `NAME.out`. Comments at the head
//! of the file that start with `#:` are directives: `exit N` (the expected exit code, 0 unless said), `stderr` (standard error must be `NAME.err`),
//! `stdin TEXT`, `seconds N` (its time limit). Folders below AREA are data, not cases.
//!
//! Expected output is CPython 3.14's, written by `cargo xtask cases --renew CPYTHON` and never by hand. What differs
//! from machine to machine is made equal on both sides first (see [`outcome::normalise`]).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

mod diff;
mod outcome;

pub use outcome::Outcome;

/// Seconds that a case may run unless it says otherwise.
const SECONDS: u64 = 30;
/// Seconds that a case gets which is known to fail, so that a hang costs little.
const SECONDS_OF_FAILING: u64 = 10;

/// One case, as its file describes it.
#[derive(Debug, Clone)]
pub struct Case {
    /// `AREA/NAME`.
    pub name: String,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// The interpreter's arguments.
    pub args: Vec<String>,
    /// What it reads from standard input.
    pub stdin: String,
    /// The exit code that it must have.
    pub exit: i32,
    /// Whether standard error is compared too.
    pub stderr: bool,
    /// How long it may run.
    pub limit: Duration,
    /// The environment variable of the sanitizer that watches the interpreter, and its options.
    pub sanitizer: Option<(&'static str, String)>,
}

impl Case {
    fn read(area: &str, path: &Path) -> Result<Option<Case>, String> {
        let (Some(stem), Some(extension)) = (path.file_stem(), path.extension()) else { return Ok(None) };
        let stem = stem.to_string_lossy().into_owned();
        let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut case = Case {
            name: format!("{area}/{stem}"),
            folder: path.parent().unwrap_or(Path::new(".")).to_path_buf(),
            args: Vec::new(),
            stdin: String::new(),
            exit: 0,
            stderr: false,
            limit: Duration::from_secs(SECONDS),
            sanitizer: None,
        };
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            let Some(directive) = line.strip_prefix("#:") else { continue };
            let (key, value) = directive.trim().split_once(' ').unwrap_or((directive.trim(), ""));
            match key {
                "exit" => case.exit = value.parse().map_err(|_| format!("{}: bad exit code", case.name))?,
                "seconds" => {
                    let seconds = value.parse().map_err(|_| format!("{}: bad time limit", case.name))?;
                    case.limit = Duration::from_secs(seconds);
                }
                "stderr" => case.stderr = true,
                "stdin" => case.stdin = format!("{value}\n"),
                _ => return Err(format!("{}: unknown directive {key:?}", case.name)),
            }
        }
        match extension.to_str() {
            Some("py") => case.args.push(format!("{stem}.py")),
            Some("args") => {
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                case.args.extend(lines.map(|line| line.replace("\\n", "\n")));
            }
            _ => return Ok(None),
        }
        Ok(Some(case))
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let stem = self.name.rsplit('/').next().unwrap_or(&self.name);
        self.folder.join(format!("{stem}.{extension}"))
    }

    /// Runs the case on `interpreter` and compares; the error is what a developer needs to see.
    pub fn check(&self, interpreter: &Path) -> Result<(), String> {
        let got = Outcome::of(self, interpreter)?;
        let out = self.beside("out");
        let expected = fs::read_to_string(&out).map_err(|e| format!("{}: {e}", out.display()))?;
        let mut faults = String::new();
        if got.timed_out {
            faults += &format!("no end after {} s\n", self.limit.as_secs());
        } else if got.code != Some(self.exit) {
            faults += &format!("{} where {} was expected\n", got.ending(), self.exit);
        }
        if got.stdout != expected {
            faults += &diff::lines("stdout", &expected, &got.stdout);
        }
        if self.stderr {
            let path = self.beside("err");
            let expected = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            if got.stderr != expected {
                faults += &diff::lines("stderr", &expected, &got.stderr);
            }
        } else if !faults.is_empty() && !got.stderr.is_empty() {
            faults += &format!("its stderr ends:\n{}", diff::tail(&got.stderr, 12));
        }
        if faults.is_empty() { Ok(()) } else { Err(format!("{}: {faults}", self.name)) }
    }

    /// Writes what `interpreter` gives as what is expected; it must give the same twice.
    fn renew(&self, interpreter: &Path) -> Result<(), String> {
        let first = Outcome::of(self, interpreter)?;
        let second = Outcome::of(self, interpreter)?;
        if first.timed_out || first.code != Some(self.exit) {
            let tail = diff::tail(&first.stderr, 12);
            return Err(format!(
                "{}: {} where {} was expected\n{tail}",
                self.name,
                first.ending(),
                self.exit
            ));
        }
        if first.stdout != second.stdout || (self.stderr && first.stderr != second.stderr) {
            let change = diff::lines("stdout", &first.stdout, &second.stdout);
            return Err(format!("{}: another result the second time\n{change}", self.name));
        }
        let write = |extension, text: &str| {
            let path = self.beside(extension);
            fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
        };
        write("out", &first.stdout)?;
        if self.stderr { write("err", &first.stderr) } else { Ok(()) }
    }
}

/// The folder that holds the areas.
pub fn folder() -> PathBuf {
    crate::root().join("tests/cases")
}

/// The names of the areas, sorted.
pub fn areas() -> Result<Vec<String>, String> {
    let mut areas = Vec::new();
    for entry in read_dir(&folder())? {
        if entry.is_dir() {
            areas.extend(entry.file_name().map(|n| n.to_string_lossy().into_owned()));
        }
    }
    areas.sort();
    Ok(areas)
}

/// The cases of one area, sorted by name.
pub fn of_area(area: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for path in read_dir(&folder().join(area))? {
        if path.is_file() {
            cases.extend(Case::read(area, &path)?);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// The names of the cases that are known to fail.
pub fn expected_failures() -> Result<BTreeSet<String>, String> {
    let path = failures_file();
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let names = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    Ok(names.map(String::from).collect())
}

/// Runs the cases of an area. An unexpected failure is an error, and so is a case that passes though it is listed as
/// failing: the list only shrinks.
pub fn check_area(area: &str, interpreter: &Path) -> Result<String, String> {
    let (mut cases, listed) = (of_area(area)?, expected_failures()?);
    for case in &mut cases {
        if listed.contains(&case.name) {
            case.limit = case.limit.min(Duration::from_secs(SECONDS_OF_FAILING));
        }
    }
    let results = each(&cases, 2, |case| case.check(interpreter));
    let (mut faults, mut passed, mut known) = (Vec::new(), 0, 0);
    for (case, result) in cases.iter().zip(results) {
        match (result, listed.contains(&case.name)) {
            (Ok(()), false) => passed += 1,
            (Err(_), true) => known += 1,
            (Err(fault), false) => faults.push(fault),
            (Ok(()), true) => faults.push(format!(
                "{}: passes, so it must leave tests/cases/expected_failures.txt (cargo xtask cases --shrink EXE)",
                case.name
            )),
        }
    }
    if faults.is_empty() {
        Ok(format!("{area}: {passed} passed, {known} known to fail"))
    } else {
        Err(format!("{} of {} cases of {area}:\n\n{}", faults.len(), cases.len(), faults.join("\n")))
    }
}

/// The cases whose name contains one of `filters`; all if there are none.
pub fn matching(filters: &[String]) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for area in areas()? {
        cases.extend(of_area(&area)?);
    }
    cases.retain(|case| filters.is_empty() || filters.iter().any(|f| case.name.contains(f.as_str())));
    Ok(cases)
}

/// Checks cases on as many threads as there are cores; results are in the cases' order.
pub fn check_all(cases: &[Case], interpreter: &Path) -> Vec<Result<(), String>> {
    each(cases, cores(), |case| case.check(interpreter))
}

/// `cargo xtask cases`.
pub fn main(args: &[String]) -> Result<(), String> {
    let mut interpreter = crate::root().join("target/release/orochi");
    let (mut mode, mut filters) = ("check", Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--python" | "--renew" | "--shrink" | "--expect" => {
                interpreter = args.next().map(PathBuf::from).ok_or(format!("{arg} needs an interpreter"))?;
                mode = if arg == "--python" { "check" } else { &arg[2..] };
            }
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
            filter => filters.push(filter.to_string()),
        }
    }
    // Cases run in their own folders, so a relative path would be lost.
    let interpreter =
        std::path::absolute(&interpreter).map_err(|e| format!("{}: {e}", interpreter.display()))?;
    let mut cases = matching(&filters)?;
    if mode == "renew" {
        outcome::require_reference(&interpreter)?;
        return report(&cases, each(&cases, cores(), |case| case.renew(&interpreter)));
    }
    if mode == "check" {
        return report(&cases, check_all(&cases, &interpreter));
    }
    let mut listed = expected_failures()?;
    if mode == "shrink" {
        cases.retain(|case| listed.contains(&case.name));
    }
    let results = check_all(&cases, &interpreter);
    for (case, result) in cases.iter().zip(results) {
        match result {
            Ok(()) => listed.remove(&case.name),
            Err(_) => listed.insert(case.name.clone()),
        };
    }
    let names: String = listed.iter().map(|name| format!("{name}\n")).collect();
    fs::write(failures_file(), format!("{FAILURES_HEAD}{names}")).map_err(|e| e.to_string())?;
    println!("{} cases are known to fail", listed.len());
    Ok(())
}

const FAILURES_HEAD: &str = "\
# Cases that are known to fail. One that passes must be taken off (cargo xtask cases --shrink EXE), so this only shrinks.
";

fn failures_file() -> PathBuf {
    folder().join("expected_failures.txt")
}

fn report(cases: &[Case], results: Vec<Result<(), String>>) -> Result<(), String> {
    let faults: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    for fault in &faults {
        println!("{fault}");
    }
    println!("{} of {} cases pass", cases.len() - faults.len(), cases.len());
    if faults.is_empty() { Ok(()) } else { Err(format!("{} cases failed", faults.len())) }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Calls `work` for each case on `threads` threads; results are in the cases' order.
fn each<F>(cases: &[Case], threads: usize, work: F) -> Vec<Result<(), String>>
where
    F: Fn(&Case) -> Result<(), String> + Sync,
{
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![Err(String::from("not run")); cases.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    // Relaxed: the counter only deals out indices; joining the scope publishes the results.
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let result = work(case);
                    if let Ok(mut all) = results.lock() {
                        all[index] = result;
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_default()
}

fn read_dir(path: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(entries.filter_map(|e| e.ok().map(|e| e.path())).collect())
}
