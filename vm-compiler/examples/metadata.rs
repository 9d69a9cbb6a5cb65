//! Prints what code objects show of themselves, to compare with another Python: one line a code block.

use vm_compiler::{CodeUnit, Const, Mode, Options, compile, decode_source};

fn show(u: &CodeUnit) {
    let mut vars: Vec<&str> = u.varnames.iter().take(usize::from(u.nvisible)).map(String::as_str).collect();
    let args = usize::from(u.argcount + u.kwonlyargcount);
    vars[args.min(u.nvisible.into())..].sort_unstable();
    let mut cells: Vec<&str> = u.cellvars.iter().map(|c| c.name.as_str()).collect();
    cells.sort_unstable();
    cells.dedup();
    println!(
        "{}|{}|{}|{:#x}|{},{},{}|{}|{}|{}|{}",
        u.qualname,
        u.name,
        u.first_line,
        u.flags,
        u.argcount,
        u.posonlyargcount,
        u.kwonlyargcount,
        vars.join(","),
        cells.join(","),
        u.freevars.join(","),
        u.docstring().map_or(0, |d| d.code_points().count()),
    );
    for c in &u.consts {
        if let Const::Code(c) = c {
            show(c);
        }
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(raw) = std::fs::read(&path) else { continue };
        let Ok(source) = decode_source(&raw) else { continue };
        println!("FILE {path}");
        if let Ok(c) = compile(&source, &path, Mode::Exec, &Options::default()) {
            show(&c.unit);
        }
    }
}
