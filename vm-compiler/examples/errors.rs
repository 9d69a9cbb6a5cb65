//! Compares error texts with a table made by another Python: reads `KIND\tMSG\tLINE,COL,ENDLINE,ENDCOL\tSOURCE` lines
//! (backslash escapes) and prints those that differ.

use vm_compiler::{ErrorKind, Mode, Options, compile};

fn unescape(s: &str) -> String {
    let mut out = String::new();
    let mut chars = s.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(o)) => out.push(o),
            (c, _) => out.push(c),
        }
    }
    out
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let strict = std::env::args().nth(2).is_some();
    let table = std::fs::read_to_string(path).unwrap_or_default();
    let (mut same, mut text, mut differ) = (0, 0, 0);
    for line in table.lines() {
        let f: Vec<&str> = line.split('\t').collect();
        let [kind, msg, pos, source] = f.as_slice() else { continue };
        let (msg, source) = (unescape(msg), unescape(source));
        let got = std::panic::catch_unwind(|| compile(&source, "<s>", Mode::Exec, &Options::default()));
        let (k, m, p) = match got {
            Err(_) => ("PANIC", String::new(), String::new()),
            Ok(Ok(_)) => ("", String::new(), String::new()),
            Ok(Err(e)) => {
                let k = match e.kind {
                    ErrorKind::Syntax => "SyntaxError",
                    ErrorKind::Indentation => "IndentationError",
                    ErrorKind::Tab => "TabError",
                    ErrorKind::Recursion => "RecursionError",
                    ErrorKind::Memory => "MemoryError",
                    _ => "other",
                };
                (k, e.msg.clone(), format!("{},{},{},{}", e.lineno, e.offset, e.end_lineno, e.end_offset))
            }
        };
        if (*kind, &msg) == (k, &m) {
            if p == *pos || pos.is_empty() {
                same += 1;
            } else {
                text += 1;
                if strict {
                    println!("--- {source:?}\n    {msg}\n    theirs {pos}\n    ours   {p}");
                }
            }
        } else {
            differ += 1;
            println!("--- {source:?}\n    theirs {kind}: {msg} {pos}\n    ours   {k}: {m} {p}");
        }
    }
    println!("{same} same, {text} with another position, {differ} differ");
}
