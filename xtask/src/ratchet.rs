//! `cargo xtask ratchet`: CPython's own test modules on Orochi, compared with tests/conformance.json.
//!
//! The tests and the runner are not part of this repository: they lie in the folder `shared` beside it, or where
//! `OROCHI_SHARED` says. A module that passes fewer tests than the file says is a failure; more is good news, which
//! `--renew` writes down. Without arguments the modules are those of the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `cargo xtask ratchet`.
pub fn main(args: &[String]) -> Result<(), String> {
    let root = crate::root();
    let (mut interpreter, mut renew, mut names) = (root.join("target/release/orochi"), false, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--python" => {
                interpreter = args.next().map(PathBuf::from).ok_or("--python needs an interpreter")?
            }
            "--renew" => renew = true,
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
            name => names.push(name.to_string()),
        }
    }
    let file = root.join("tests/conformance.json");
    let mut known = read(&file)?;
    if names.is_empty() {
        names.extend(known.keys().cloned());
    }
    if names.is_empty() {
        println!("ratchet: tests/conformance.json names no module yet");
        return Ok(());
    }
    let runner = crate::shared("conformance/run")?;
    let mut results = run(&runner, &interpreter, &names)?;
    let fell = |results: &BTreeMap<String, u64>| -> Vec<String> {
        let fell = |(module, passed): &(&String, &u64)| **passed < known.get(*module).copied().unwrap_or(0);
        results.iter().filter(fell).map(|(module, _)| module.clone()).collect()
    };
    // Tests that watch the clock fail on a machine that is busy: what fell gets a second try.
    let again = fell(&results);
    if !again.is_empty() && !renew {
        for (module, passed) in run(&runner, &interpreter, &again)? {
            let best = results.entry(module).or_default();
            *best = passed.max(*best);
        }
    }
    let mut falls = Vec::new();
    for (module, passed) in &results {
        let before = known.get(module).copied().unwrap_or(0);
        if *passed < before {
            falls.push(format!("{module}: {passed} tests pass, {before} did"));
        } else if *passed > before {
            println!("{module}: {passed} tests pass, {before} did");
        }
    }
    println!("ratchet: {} tests pass in {} modules", results.values().sum::<u64>(), results.len());
    if renew {
        known.extend(results);
        let rows: Vec<String> =
            known.iter().map(|(module, passed)| format!(" \"{module}\": {passed}")).collect();
        return fs::write(&file, format!("{{\n{}\n}}\n", rows.join(",\n"))).map_err(|e| e.to_string());
    }
    if falls.is_empty() { Ok(()) } else { Err(falls.join("\n")) }
}

/// Runs the modules and gives how many tests of each passed.
fn run(runner: &Path, interpreter: &Path, names: &[String]) -> Result<BTreeMap<String, u64>, String> {
    let interpreter = std::path::absolute(interpreter).map_err(|e| e.to_string())?;
    let jobs = std::thread::available_parallelism().map_or(2, usize::from).to_string();
    let child = Command::new(runner)
        .args(["--jobs", &jobs, "--timeout", "300", "--python"])
        .arg(interpreter)
        .args(names)
        .stdout(Stdio::piped())
        .output()
        .map_err(|e| format!("{}: {e}", runner.display()))?;
    let text = String::from_utf8_lossy(&child.stdout);
    let mut results = BTreeMap::new();
    // A row: `test_abc   70 of   76  skipped    0  exit 0  1.2 s`.
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [module, passed, "of", _, "skipped", ..] = words.as_slice()
            && let Ok(passed) = passed.parse()
        {
            println!("{line}");
            results.insert((*module).to_string(), passed);
        }
    }
    if results.is_empty() {
        return Err(format!(
            "conformance/run gave no result:\n{text}{}",
            String::from_utf8_lossy(&child.stderr)
        ));
    }
    Ok(results)
}

/// Reads `{"module": number, ...}`; a file that is not there is empty.
fn read(path: &Path) -> Result<BTreeMap<String, u64>, String> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(BTreeMap::new()) };
    let body = text.trim().trim_start_matches('{').trim_end_matches('}');
    let mut known = BTreeMap::new();
    for row in body.split(',').map(str::trim).filter(|row| !row.is_empty()) {
        let fault = || format!("{}: {row:?} is not \"MODULE\": NUMBER", path.display());
        let (module, passed) = row.split_once(':').ok_or_else(fault)?;
        known
            .insert(module.trim().trim_matches('"').to_string(), passed.trim().parse().map_err(|_| fault())?);
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let path = std::env::temp_dir().join(format!("orochi-ratchet-{}", std::process::id()));
        fs::write(&path, "{\n \"test_a\": 5,\n \"test_b\": 0\n}\n").expect("a temporary file");
        let known = read(&path).expect("it is well formed");
        fs::remove_file(&path).expect("it was there");
        assert_eq!(known, BTreeMap::from([("test_a".into(), 5), ("test_b".into(), 0)]));
        assert!(read(Path::new("/nonexistent")).expect("absent is empty").is_empty());
    }
}
