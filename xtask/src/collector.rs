//! `cargo xtask collector`: what collections cost, by benches/collector.py. Full collections of large live heaps, against
//! CPython on the same heaps in turns; and loops that append to a list, with the collector on and off in turns.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The heaps, each of `OBJECTS` containers.
const HEAPS: &[&str] = &["mixed", "tuples", "lists", "dicts", "instances", "shuffled", "garbage"];
const OBJECTS: u64 = 5_000_000;
/// What the loops append, `APPENDED` times.
const LOOPS: &[&str] = &["tuples", "lists", "instances"];
const APPENDED: u64 = 10_000_000;

/// `cargo xtask collector [--python EXE] [--runs N] [--objects N] [KIND ...]`.
pub fn main(args: &[String]) -> Result<(), String> {
    let root = crate::root();
    let peers = std::env::var_os("OROCHI_PEERS")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/orochi-peers")));
    let cpython = peers.unwrap_or_default().join("cpython314");
    let (mut python, mut runs, mut objects) = (root.join("target/release/orochi"), 3, None);
    let mut kinds = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--python" => python = PathBuf::from(value()?),
            "--runs" => runs = number(value()?)?.max(1),
            "--objects" => objects = Some(number(value()?)?),
            _ => kinds.push(arg.as_str()),
        }
    }
    if let Some(kind) = kinds.iter().find(|kind| !HEAPS.contains(kind)) {
        return Err(format!("no such heap: {kind}; there are {}", HEAPS.join(", ")));
    }
    let bench = Bench { script: root.join("benches/collector.py"), runs };
    let chosen = |kind: &&&str| kinds.is_empty() || kinds.contains(*kind);
    if cpython.exists() {
        let n = objects.unwrap_or(OBJECTS).to_string();
        println!("gc.collect() of {n} containers, milliseconds (median of {runs}): wall, CPU");
        println!("{:<12} {:>16} {:>16} {:>14}", "heap", "CPython", "Orochi", "ratio");
        for kind in HEAPS.iter().filter(chosen) {
            let row = ["heap", kind, &n];
            let (theirs, ours) = bench.in_turns((&cpython, &row), (&python, &row))?;
            let (theirs, ours) = (medians(&theirs), medians(&ours));
            let ratio: Vec<f64> = ours.iter().zip(&theirs).map(|(a, b)| a / b).collect();
            let cells =
                |row: &[f64]| row.iter().map(|s| format!("{:>7.0}", s * 1e3)).collect::<Vec<_>>().join(" ");
            let ratios: Vec<String> = ratio.iter().map(|r| format!("{r:>6.2}")).collect();
            println!("{kind:<12} {:>16} {:>16} {:>14}", cells(&theirs), cells(&ours), ratios.join(" "));
        }
    } else {
        println!("left out, without {}: full collections against CPython", cpython.display());
    }
    let n = objects.unwrap_or(APPENDED).to_string();
    println!("\nappending {n} objects, CPU seconds (median of {runs})");
    println!("{:<12} {:>8} {:>8} {:>8}", "objects", "off", "on", "ratio");
    for kind in LOOPS.iter().filter(chosen) {
        let (off, on) = (["append", kind, &n, "off"], ["append", kind, &n, "on"]);
        let (off, on) = bench.in_turns((&python, &off), (&python, &on))?;
        let (off, on) = (medians(&off)[0], medians(&on)[0]);
        println!("{kind:<12} {off:>8.2} {on:>8.2} {:>8.2}", on / off);
    }
    Ok(())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("no number: {text}"))
}

struct Bench {
    script: PathBuf,
    runs: u64,
}

impl Bench {
    /// The numbers that two commands print, a row for each run.
    fn in_turns(
        &self,
        a: (&Path, &[&str]),
        b: (&Path, &[&str]),
    ) -> Result<(Vec<Vec<f64>>, Vec<Vec<f64>>), String> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            first.push(self.run(a.0, a.1)?);
            second.push(self.run(b.0, b.1)?);
        }
        Ok((first, second))
    }

    fn run(&self, python: &Path, args: &[&str]) -> Result<Vec<f64>, String> {
        let done = Command::new(python)
            .arg(&self.script)
            .args(args)
            .output()
            .map_err(|e| format!("{}: {e}", python.display()))?;
        let text = String::from_utf8_lossy(&done.stdout);
        let numbers: Option<Vec<f64>> = text.split_whitespace().map(|word| word.parse().ok()).collect();
        match numbers {
            Some(numbers) if done.status.success() && !numbers.is_empty() => Ok(numbers),
            _ => Err(format!(
                "{} {}: {}\n{}",
                python.display(),
                args.join(" "),
                done.status,
                String::from_utf8_lossy(&done.stderr)
            )),
        }
    }
}

/// The median of each column.
fn medians(rows: &[Vec<f64>]) -> Vec<f64> {
    let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
    let median = |column: usize| {
        let mut numbers: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    (0..columns).map(median).collect()
}
