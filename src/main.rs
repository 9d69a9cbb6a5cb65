//! Orochi.
use std::process::ExitCode;

#[cfg(not(vm_sanitize))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(vm_cli::main())
}
