//! `cargo xtask contention`: whether what threads cost each other grows with the work they do. Builds Orochi with the feature
//! `contention-stats`, runs each kernel of `shared/bench/threads` for a short and a longer time, and divides what was counted
//! in between by the iterations in between. Unlike timings it needs neither a quiet machine nor many cores.
//!
//! An object's count is found to be contended when a second thread works with it, which is when the system lets that thread run:
//! until then one thread counts it alone, for some milliseconds. The least of several runs shows what is counted after that.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Read-modify-writes of other threads' counts per iteration that count as none. What does not scale has one or more.
const NONE: f64 = 0.01;
const RUNS: usize = 3;
/// Seconds of a short run.
const SHORT: f64 = 0.3;
/// The kernels whose threads hand each other objects and locks, for which the counts are shown and not judged.
const SHARING: [&str; 2] = ["shared_queue_put_get", "shared_lock_hold"];
/// The lines of `-X contention` that are shown.
const SHOWN: [&str; 3] =
    ["counts of other threads' objects", "object locks taken", "object locks waited for"];

/// What was counted, and the iterations.
struct Counts {
    iterations: f64,
    counts: [f64; SHOWN.len()],
}

impl Counts {
    const MAX: Counts = Counts { iterations: f64::INFINITY, counts: [f64::INFINITY; SHOWN.len()] };

    /// Keeps the lower of each number.
    fn lower(&mut self, other: &Counts) {
        self.iterations = self.iterations.min(other.iterations);
        for (mine, other) in self.counts.iter_mut().zip(other.counts) {
            *mine = mine.min(other);
        }
    }

    /// What was counted beyond `short`, per iteration beyond it.
    fn per_iteration(&self, short: &Counts) -> [f64; SHOWN.len()] {
        let iterations = (self.iterations - short.iterations).max(1.0);
        std::array::from_fn(|i| (self.counts[i] - short.counts[i]).max(0.0) / iterations)
    }
}

/// `cargo xtask contention [--seconds N] [--threads N] [KERNEL ...]`.
pub fn main(args: &[String]) -> Result<(), String> {
    let (seconds, args) = crate::seconds(args, 2)?;
    let (threads, named) = crate::number(&args, "--threads", 2)?;
    let kernels = crate::shared("bench/threads/kernels.py")?;
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
        let mut least = [const { Counts::MAX }; 2];
        for _ in 0..RUNS {
            for (least, time) in least.iter_mut().zip([SHORT, seconds as f64]) {
                least.lower(&run(&orochi, &kernels, &name, threads, time)?);
            }
        }
        let rates = least[1].per_iteration(&least[0]);
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

fn run(orochi: &Path, kernels: &Path, name: &str, threads: u64, seconds: f64) -> Result<Counts, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?;
    let start = now.as_secs_f64() + 0.2;
    let mut command = Command::new(orochi);
    command.args(["-X", "contention"]).arg(kernels).args([
        name.to_owned(),
        threads.to_string(),
        start.to_string(),
        seconds.to_string(),
    ]);
    let (out, err) = output(&mut command)?;
    let iterations: f64 =
        out.trim().parse().map_err(|_| format!("{name}: no number of iterations: {out}"))?;
    let mut counts = [0.0; SHOWN.len()];
    for (count, line) in counts.iter_mut().zip(SHOWN) {
        let found = err.lines().find_map(|l| l.strip_prefix(line)).and_then(|n| n.trim().parse().ok());
        *count = found.ok_or_else(|| format!("{name}: '{line}' was not counted: {err}"))?;
    }
    Ok(Counts { iterations, counts })
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
