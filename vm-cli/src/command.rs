//! Running the command: from arguments to an exit code.
use crate::options::{Command, Run};
use crate::{exit, options, program};
use std::io::Write;
use vm_runtime::bootstrap;
use vm_runtime::host::{process, signal};
use vm_runtime::prelude::*;
use vm_runtime::thread::AttachGuard;

/// Runs the command with the process's arguments; its exit code.
#[must_use]
pub fn main() -> u8 {
    match options::read(std::env::args_os()) {
        Command::Print(text) => {
            // A closed stdout leaves nobody to tell.
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Command::Refuse(text, code) => {
            let _ = std::io::stderr().write_all(text.as_bytes());
            code
        }
        Command::Run(run) => execute(*run),
    }
}

/// Native stack that Python may use on the main thread: what the system gives it, less room for handlers.
fn stack_size() -> usize {
    const ROOM: usize = 256 << 10;
    const MOST: u64 = 64 << 20;
    let (soft, _) = process::getrlimit(STACK_LIMIT).unwrap_or((8 << 20, 0));
    (soft.min(MOST) as usize).saturating_sub(ROOM).max(ROOM)
}

/// `RLIMIT_STACK`.
const STACK_LIMIT: i32 = 3;
/// `SIGPIPE`: writing to a closed pipe is an error like others.
const SIGPIPE: i32 = 13;
/// `SIGXFSZ`: so is a file that grows too large.
const SIGXFSZ: i32 = 25;

fn execute(mut run: Run) -> u8 {
    run.config.native_modules = vm_stdlib::registry::MODULES.to_vec();
    for ignored in [SIGPIPE, SIGXFSZ] {
        let _ = signal::install(ignored, signal::Disposition::Ignore);
    }
    let stack = stack_size();
    let started = match bootstrap::start(run.config.clone(), stack) {
        Ok(started) => started,
        Err(message) => {
            eprintln!("Fatal Python error: {message}");
            return 1;
        }
    };
    // The process ends with its VM: giving the memory back would only take time.
    std::mem::forget(started.vm.clone());
    let Ok(th) = AttachGuard::new(&started.main, stack) else {
        eprintln!("Fatal Python error: the main thread is attached already");
        return 1;
    };
    vm_runtime::signals::take_signals(&th);
    let prepared = th.import("_signal").and_then(|_| bootstrap::finish_start(&th));
    let prepared = prepared.and_then(|()| enable_faulthandler(&th));
    let outcome = match prepared {
        Ok(()) => program::run(&th, &run),
        Err(_) => {
            // The library's own way of showing errors may be what failed.
            eprintln!("Fatal Python error: {}", bootstrap::describe(&th));
            exit::Outcome::Code(1)
        }
    };
    let clean = vm_runtime::shutdown::finish(&th);
    vm_runtime::signals::release_signals(&th);
    if run.config.contention
        && let Some(contention) = th.vm().world.contention()
    {
        eprint!("{contention}");
    }
    if run.config.gc_stats {
        eprint!("{}", th.vm().gc.pauses.report());
    }
    match outcome {
        exit::Outcome::Interrupted => signal::die_by(SIGINT),
        exit::Outcome::Code(_) if !clean => 120,
        exit::Outcome::Code(code) => code,
    }
}

/// `-X faulthandler`, and development mode, which asks for it too.
fn enable_faulthandler(th: &Thread) -> PyResult<()> {
    let config = &th.vm().config;
    if config.dev_mode || config.x_options.iter().any(|(name, _)| name == "faulthandler") {
        let faulthandler = th.import("faulthandler")?;
        th.call_method(&faulthandler, "enable", &[])?;
    }
    Ok(())
}

/// `SIGINT`.
const SIGINT: i32 = 2;
