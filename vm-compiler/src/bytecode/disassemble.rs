//! Code units as text, for people and tests.

use super::ops::{CONSUME, Op};
use super::unit::{CodeUnit, Const};
use std::fmt::Write;

/// One line an instruction, nested code after its parent.
#[must_use]
pub fn disassemble(unit: &CodeUnit) -> String {
    let mut out = String::new();
    let mut todo = vec![unit];
    while let Some(u) = todo.pop() {
        one(u, &mut out);
        for c in u.consts.iter().rev() {
            if let Const::Code(c) = c {
                todo.push(c);
            }
        }
    }
    out
}

fn reg(u: &CodeUnit, r: u16) -> String {
    let mark = if r & CONSUME != 0 { "!" } else { "" };
    let r = r & !CONSUME;
    match u.register_name(r) {
        Some(n) => format!("{n}{mark}"),
        None => format!("r{r}{mark}"),
    }
}

fn operand(u: &CodeUnit, kind: &str, v: u16) -> Option<String> {
    Some(match kind {
        "dst" | "src" | "reg" | "base" => reg(u, v),
        "imm" => (v as i16).to_string(),
        "n" => format!("#{v}"),
        "name" => format!("'{}'", u.names.get(usize::from(v)).map_or("?", |n| n)),
        "konst" => konst(u, usize::from(v)),
        _ => return None,
    })
}

fn konst(u: &CodeUnit, i: usize) -> String {
    match u.consts.get(i) {
        Some(Const::Code(c)) => format!("<code {}>", c.qualname),
        Some(c) => format!("{c:?}"),
        None => "?".into(),
    }
}

fn one(u: &CodeUnit, out: &mut String) {
    let _ = writeln!(
        out,
        "{} (line {}, flags {:#x}, {} registers, locals {:?}, cells {:?}, free {:?})",
        u.qualname,
        u.first_line,
        u.flags,
        u.nregs,
        u.varnames,
        u.cellvars.iter().map(|c| &c.name).collect::<Vec<_>>(),
        u.freevars
    );
    let mut pc = 0;
    let mut line = 0;
    while let Some(&w) = u.code.get(pc) {
        let Some(op) = Op::from_u16(w as u16) else { break };
        let (a, b, c) = ((w >> 16) as u16, (w >> 32) as u16, (w >> 48) as u16);
        let at = u.positions.at(pc).unwrap_or_default();
        let shown = if at.line == line { String::new() } else { at.line.to_string() };
        line = at.line;
        let mut text = format!("{shown:>5} {pc:>5}  {:<20}", op.name());
        let kinds = op.operands();
        if kinds[1] == "bc" {
            let n = u32::from(b) | u32::from(c) << 16;
            let value = if op == Op::LoadInt { (n as i32).to_string() } else { konst(u, n as usize) };
            let _ = write!(text, " {} {value}", reg(u, a));
        } else {
            for (k, v) in kinds.iter().zip([a, b, c]) {
                if let Some(t) = operand(u, k, v) {
                    let _ = write!(text, " {t}");
                }
            }
        }
        for (i, ext) in op.extensions().iter().enumerate() {
            let v = u.code.get(pc + 1 + i).copied().unwrap_or(0);
            match *ext {
                "jump" => {
                    let _ = write!(text, " -> {}", (pc + op.words()) as i64 + v as i64);
                }
                "data" if matches!(op, Op::MakeFunction | Op::CallKw) => {
                    let _ = write!(text, " {}", konst(u, v as u32 as usize));
                }
                "data" => {
                    let _ = write!(text, " data {v}");
                }
                _ => {}
            }
        }
        let _ = writeln!(out, "{}", text.trim_end());
        pc += op.words();
    }
    for e in &u.exceptions {
        let _ = writeln!(
            out,
            "      {}..{} -> {} (from r{}, exception in r{})",
            e.start, e.end, e.target, e.depth, e.reg
        );
    }
    out.push('\n');
}
