//! `cargo xtask COMMAND`: reads the command line and calls the module of the same name.

#![forbid(unsafe_code)]

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

    tidy                                     check the rules of the house
    cases [--python EXE] [FILTER ...]        run the .py cases, against target/release/orochi by default
    cases --renew CPYTHON [FILTER ...]       write the cases' expected output, from CPython 3.14
    cases --shrink EXE                       take what EXE passes off tests/cases/expected_failures.txt
    cases --expect EXE                       list in that file exactly what EXE fails
    ratchet [--python EXE] [--renew] [MODULE ...]
                                             CPython's own tests, against tests/conformance.json
    mutants                                  every deliberate bug of vm-core must fail its loom model
    stress [--seconds N] [KERNEL ...]        threads against all that they share, with random yields at safepoints
    contention [--seconds N] [--threads N] [KERNEL ...]
                                             whether threads share counts, over shared/bench/threads
    collector [--python EXE] [--runs N] [--objects N] [KIND ...]
                                             full collections against CPython's, and what collecting costs a growing heap
    price-of-freedom [--runs N] [PROGRAM ...]
                                             one thread with the GIL against one without, over shared/bench/single
    asan [--seconds N] [--no-cases] [FILTER ...]
                                             stress and cases under AddressSanitizer, where nightly is installed
    tsan [--seconds N] [--no-cases] [FILTER ...]
                                             stress and threads' cases under ThreadSanitizer

A FILTER is a part of a case's name, such as `classes/` or `threads/locks`.";

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let command = args.remove(0);
    let done = match command.as_str() {
        "tidy" => xtask::tidy::main(&args),
        "cases" => xtask::cases::main(&args),
        "ratchet" => xtask::ratchet::main(&args),
        "asan" => xtask::sanitize::main(&xtask::sanitize::ADDRESS, &args),
        "tsan" => xtask::sanitize::main(&xtask::sanitize::THREAD, &args),
        "contention" => xtask::contention::main(&args),
        "price-of-freedom" => xtask::freedom::main(&args),
        "collector" => xtask::collector::main(&args),
        "stress" => xtask::stress::main(&args),
        "mutants" => xtask::mutants::main(&args),
        _ => Err(format!("unknown command {command}\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
