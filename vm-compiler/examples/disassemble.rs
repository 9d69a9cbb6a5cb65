//! Compiles Python files. `disassemble FILE` prints the code; `disassemble --check FILES...` compiles, validates and
//! verifies, and prints what is wrong; `disassemble --time FILES...` measures.

#[path = "../tests/verifier.rs"]
mod verifier;

use std::time::Instant;
use vm_compiler::{Mode, Options, compile, decode_source, disassemble, image, validate};

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mode = args.first().cloned().unwrap_or_default();
    let checking = mode == "--check";
    if mode.starts_with("--") {
        args.remove(0);
    }
    let (mut files, mut bad, mut bytes, mut size) = (0, 0, 0, 0);
    let start = Instant::now();
    for path in &args {
        let Ok(raw) = std::fs::read(path) else { continue };
        let source = match decode_source(&raw) {
            Ok(s) => s,
            Err(e) => {
                println!("{path}: {e}");
                continue;
            }
        };
        files += 1;
        bytes += source.len();
        match compile(&source, path, Mode::Exec, &Options::default()) {
            Err(e) => {
                bad += 1;
                println!("{path}:{}:{}: {}", e.lineno, e.offset, e.msg);
            }
            Ok(c) if checking => {
                if let Err(e) = validate(&c.unit) {
                    bad += 1;
                    println!("{path}: {e}");
                    continue;
                }
                let problems = verifier::verify(&c.unit);
                if !problems.is_empty() {
                    bad += 1;
                    for p in problems.iter().take(6) {
                        println!("{p}");
                    }
                }
                let bytes = image::serialize(&c.unit);
                size += bytes.len();
                match image::deserialize(&bytes) {
                    Ok(u) if u == c.unit => {}
                    Ok(_) => println!("{path}: image differs"),
                    Err(e) => println!("{path}: {e}"),
                }
            }
            Ok(c) if mode == "--time" => size += c.unit.code.len() * 8,
            Ok(c) => {
                for w in &c.warnings {
                    println!("{path}:{}: {}", w.lineno, w.msg);
                }
                print!("{}", disassemble(&c.unit));
            }
        }
    }
    if mode.starts_with("--") {
        println!("{files} files, {bytes} bytes, {bad} bad, {size} bytes of code, {:?}", start.elapsed());
    }
}
