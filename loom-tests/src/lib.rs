//! Loom models of vm-core's protocols: what is common to them. The models are in tests/, one file a protocol.
//!
//! Run them with `RUSTFLAGS="--cfg loom" cargo test -p loom-tests --release`, and again with `--features gil`. Without
//! `--cfg loom` this crate is empty.
//!
//! A model is a closure that [`explore`] runs under every interleaving with at most three preemptions. It says how many
//! there were, and fails under a floor, so that a model which no longer explores anything is noticed. A mutant is a
//! deliberate bug in the production code (`vm_core::mutant!`), switched on by an environment variable;
//! [`assert_caught`] runs a model's test again with it, in a process of its own, and fails if the model still passes.
#![cfg(loom)]

pub mod object;

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use vm_core::world::{Registration, World};

/// How far a model is explored.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// At most this many preemptions.
    Preemptions(usize),
    /// Every interleaving.
    None,
}

/// Explores `model` with three preemptions; fails if there were fewer than `floor` interleavings.
pub fn explore(name: &str, floor: usize, model: impl Fn() + Send + Sync + 'static) {
    explore_bounded(name, floor, Bound::Preemptions(3), model);
}

/// Explores `model`; fails if there were fewer than `floor` interleavings.
///
/// Models run one at a time: where one blocks, it parks in the process's one parking lot, and what another model does
/// there would make its interleavings irreproducible.
pub fn explore_bounded(name: &str, floor: usize, bound: Bound, model: impl Fn() + Send + Sync + 'static) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    // A model that failed poisons the lock and says so itself.
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let count = Arc::new(AtomicUsize::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = match bound {
        Bound::Preemptions(n) => Some(n),
        Bound::None => None,
    };
    builder.max_branches = 20_000;
    let counter = count.clone();
    let start = std::time::Instant::now();
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let count = count.load(Ordering::Relaxed);
    eprintln!("loom {name}: {count} interleavings in {:.1} s", start.elapsed().as_secs_f32());
    if mutant().is_none() {
        assert!(count >= floor, "{name}: only {count} interleavings explored, {floor} expected at least");
    }
}

/// The mutant that this process runs with.
pub fn mutant() -> Option<String> {
    std::env::var("OROCHI_MUTANT").ok()
}

/// Fails unless the test `name` of this binary fails when `mutant` is switched on.
pub fn assert_caught(mutant_name: &str, name: &str) {
    if mutant().is_some() {
        return;
    }
    let exe = std::env::current_exe().expect("the test's own path");
    let output = Command::new(exe)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("OROCHI_MUTANT", mutant_name)
        .stdin(Stdio::null())
        .output()
        .expect("the test binary starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test"), "no test is named {name}");
    assert!(!output.status.success(), "the mutant {mutant_name} survived {name}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let why = stderr.lines().skip_while(|line| !line.contains("panicked at")).nth(1).unwrap_or("aborted");
    eprintln!("mutant {mutant_name}: caught by {name} ({})", why.trim());
}

/// A world with `n` registered threads, none of them alone.
pub fn world_of(n: usize) -> (Arc<World>, Vec<Registration>) {
    let world = World::new();
    let registrations = (0..n).map(|_| world.register().expect("a slot")).collect();
    (world, registrations)
}

/// Runs `f` in a thread that is attached with `registration`; joining gives the registration back, so that it is dropped
/// when the model is over.
pub fn attached<R: Send + 'static>(
    registration: Registration,
    f: impl FnOnce(&vm_core::thread::ThreadCore) -> R + Send + 'static,
) -> loom::thread::JoinHandle<(Registration, R)> {
    loom::thread::spawn(move || {
        let result = registration.with(f).expect("attached");
        (registration, result)
    })
}

/// Starts an attached thread for each registration, in which `body` gets the value that all share.
pub fn all_attached<T: Send + Sync + 'static, R: Send + 'static>(
    registrations: Vec<Registration>,
    shared: &Arc<T>,
    body: impl Fn(&vm_core::thread::ThreadCore, &T) -> R + Clone + Send + 'static,
) -> Vec<loom::thread::JoinHandle<(Registration, R)>> {
    let start = |registration| {
        let (shared, body) = (shared.clone(), body.clone());
        attached(registration, move |me| body(me, &shared))
    };
    registrations.into_iter().map(start).collect()
}
