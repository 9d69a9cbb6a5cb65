//! `cargo xtask stress`: the Python stress program on a build that gives the processor away at random safepoints
//! (`--cfg vm_stress`), with 8 to 16 threads, until the time is up.

use std::process::Command;
use std::time::{Duration, Instant};

/// Seconds of one run; the next has another number of threads.
const SLICE: u64 = 30;
const THREADS: [&str; 4] = ["8", "12", "16", "10"];

/// `cargo xtask stress [--seconds N] [KERNEL ...]`.
pub fn main(args: &[String]) -> Result<(), String> {
    let (seconds, kernels) = crate::seconds(args, 60)?;
    let root = crate::root();
    let target = root.join("target/stress");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--target-dir"])
        .arg(&target)
        .env("RUSTFLAGS", "--cfg vm_stress")
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
        .current_dir(&root)
        .status()
        .map_err(|e| format!("cargo: {e}"))?;
    if !built.success() {
        return Err(format!("cargo build: {built}"));
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    for threads in THREADS.iter().cycle() {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        if left == 0 {
            break;
        }
        let status = Command::new(target.join("release/orochi"))
            .arg("-B")
            .arg(root.join("tests/stress/stress.py"))
            .args(["--threads", threads, "--seconds", &left.min(SLICE).to_string()])
            .args(&kernels)
            .status()
            .map_err(|e| format!("orochi: {e}"))?;
        if !status.success() {
            return Err(format!("the stress program ended with {status}"));
        }
    }
    Ok(())
}
