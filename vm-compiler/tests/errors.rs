//! Error texts and positions, against a table made by CPython 3.14.
//!
//! A line of `errors.tsv` is `KIND<tab>MESSAGE<tab>LINE,COLUMN,END LINE,END COLUMN<tab>SOURCE`, with backslash escapes;
//! an empty kind means that the source compiles.

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

#[test]
fn messages_and_positions() {
    let mut wrong = Vec::new();
    for line in include_str!("errors.tsv").lines() {
        let f: Vec<&str> = line.split('\t').collect();
        let [kind, msg, pos, source] = f.as_slice() else { panic!("bad line {line:?}") };
        let got = match compile(&unescape(source), "<s>", Mode::Exec, &Options::default()) {
            Ok(_) => (String::new(), String::new(), String::new()),
            Err(e) => {
                let kind = match e.kind {
                    ErrorKind::Syntax => "SyntaxError",
                    ErrorKind::Indentation => "IndentationError",
                    ErrorKind::Tab => "TabError",
                    _ => "other",
                };
                let pos = format!("{},{},{},{}", e.lineno, e.offset, e.end_lineno, e.end_offset);
                (kind.into(), e.msg, pos)
            }
        };
        if got != ((*kind).into(), unescape(msg), (*pos).into()) {
            wrong.push(format!(
                "{source}\n  expected {kind}: {msg} {pos}\n  got      {}: {} {}",
                got.0, got.1, got.2
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_sources_end_in_an_error_or_code() {
    let n = 60_000;
    for source in [
        "-".repeat(n) + "1",
        "lambda:".repeat(n) + "1",
        "lambda a, b: ".repeat(n) + "1",
        "1 if a else ".repeat(n) + "1",
        "a".to_owned() + &"**a".repeat(n),
        "a".to_owned() + &".b()".repeat(n),
        "a+".repeat(n) + "a",
        "(".repeat(n),
        "[".repeat(190) + &"]".repeat(190),
        "f'".repeat(n),
        "f'{".repeat(n),
        "x = 0x".to_owned() + &"f".repeat(n),
        "\\\n".repeat(n),
        "if 1:\n".repeat(n),
        "\u{0}".into(),
        "\u{feff}\u{feff}x".into(),
        "match x:\n case ".to_owned() + &"[".repeat(150) + &"]".repeat(150) + ": pass",
    ] {
        let _ = compile(&source, "<s>", Mode::Exec, &Options::default());
        let _ = compile(&source, "<s>", Mode::Eval, &Options::default());
    }
}
