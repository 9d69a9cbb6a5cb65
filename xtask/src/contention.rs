//! `cargo xtask contention`: whether what threads cost each other grows with the work they do. Builds Orochi with the feature
//! `contention-stats`, runs each kernel of `shared/bench/threads` for a short and a longer time, and divides what was counted
//! in between by the iterations in between. Unlike timings it needs neither a quiet machine nor many cores.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Read-modify-writes of other threads' counts per iteration that count as none: what starts and ends once per thread.
const NONE: f64 = 1e-3;
/// The kernels whose threads hand each other objects and locks, for which the counts are shown and not judged.
const SHARING: [&str; 2] = ["shared_queue_put_get", "shared_lock_hold"];
/// The lines of `-X contention` that are shown.
const SHOWN: [&str; 3] =
    ["counts of other threads' objects", "object locks taken", "object locks waited for"];

/// What one run did.
struct Run {
    iterations: f64,
    counts: Vec<f64>,
}

/// `cargo xtask contention [--seconds N] [--threads N] [KERNEL ...]`.
pub fn main(args: &[String]) -> Result<(), String> {
    let (seconds, args) = crate::seconds(args, 1)?;
    let (threads, named) = crate::number(&args, "--threads", 2)?;
    let kernels = crate::shared()?.join("bench/threads/kernels.py");
    let orochi =
        crate::freedom::build(&crate::root(), "target/contention", &["--features", "contention-stats"])?;
    let names = match named.is_empty() {
        false => named,
        true => {
            output(Command::new(&orochi).arg(&kernels))?.0.split_whitespace().map(str::to_owned).collect()
        }
    };
    println!(
        "{:<28}{:>34}{:>20}{:>24}",
        format!("per iteration, {threads} threads"),
        SHOWN[0],
        SHOWN[1],
        SHOWN[2]
    );
    let mut grown = Vec::new();
    for name in names {
        let short = run(&orochi, &kernels, &name, threads, Duration::from_millis(300))?;
        let long = run(&orochi, &kernels, &name, threads, Duration::from_secs(seconds.max(1)))?;
        let iterations = (long.iterations - short.iterations).max(1.0);
        let rates: Vec<f64> =
            long.counts.iter().zip(&short.counts).map(|(l, s)| (l - s).max(0.0) / iterations).collect();
        println!("{name:<28}{:>34.6}{:>20.6}{:>24.6}", rates[0], rates[1], rates[2]);
        if rates[0] > NONE && !SHARING.contains(&name.as_str()) {
            grown.push(name);
        }
    }
    match grown.is_empty() {
        true => Ok(()),
        false => Err(format!("threads share counts in {}", grown.join(", "))),
    }
}

fn run(orochi: &Path, kernels: &Path, name: &str, threads: u64, time: Duration) -> Result<Run, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?;
    let start = now.as_secs_f64() + 0.2;
    let mut command = Command::new(orochi);
    command.args(["-X", "contention"]).arg(kernels).args([
        name.to_owned(),
        threads.to_string(),
        start.to_string(),
        time.as_secs_f64().to_string(),
    ]);
    let (out, err) = output(&mut command)?;
    let iterations = out.trim().parse().map_err(|_| format!("{name}: no number of iterations: {out}"))?;
    let count = |line: &str| {
        let found = err.lines().find_map(|l| l.strip_prefix(line)).and_then(|n| n.trim().parse().ok());
        found.ok_or_else(|| format!("{name}: '{line}' was not counted: {err}"))
    };
    Ok(Run { iterations, counts: SHOWN.iter().map(|line| count(line)).collect::<Result<_, _>>()? })
}

/// What a command writes to its two streams.
fn output(command: &mut Command) -> Result<(String, String), String> {
    let done = command.output().map_err(|e| e.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match done.status.success() {
        true => Ok((text(&done.stdout), text(&done.stderr))),
        false => Err(format!("{command:?}: {}\n{}", done.status, text(&done.stderr))),
    }
}
