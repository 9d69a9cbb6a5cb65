//! Code units as text, for people and tests.

use super::ops::{CONSUME, Op};
use super::unit::CodeUnit;
use std::fmt::Write;

/// One line an instruction, nested code after its parent.
#[must_use]
pub fn disassemble(unit: &CodeUnit) -> String {
    let mut out = String::new();
    let mut todo = vec![unit];
    while let Some(u) = todo.pop() {
        one(u, &mut out);
        for c in u.consts.iter().rev() {
            todo.extend(c.code());
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
        Some(c) => match c.code() {
            Some(unit) => format!("<code {}>", unit.qualname),
            None => format!("{c:?}"),
        },
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
    let mut line = 0;
    for i in instructions(u) {
        let at = u.positions.at(i.word).unwrap_or_default();
        let shown = if at.line == line { String::new() } else { at.line.to_string() };
        line = at.line;
        let text = format!("{shown:>5} {:>5}  {:<20} {}", i.word, i.op.name(), i.operands);
        let _ = writeln!(out, "{}", text.trim_end());
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

/// One instruction, taken apart.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Index of its first word.
    pub word: usize,
    /// What it does.
    pub op: Op,
    /// Its operands as text, the jump's target included.
    pub operands: String,
    /// The word it may jump to.
    pub target: Option<usize>,
    /// Index of the constant it loads or makes a function of.
    pub constant: Option<usize>,
    /// Index of the name it uses.
    pub name: Option<usize>,
}

/// The instructions of one unit, without those of nested code.
#[must_use]
pub fn instructions(u: &CodeUnit) -> Vec<Instruction> {
    let mut out = Vec::new();
    let mut pc = 0;
    while let Some(&w) = u.code.get(pc) {
        let Some(op) = Op::from_u16(w as u16) else { break };
        let (a, b, c) = ((w >> 16) as u16, (w >> 32) as u16, (w >> 48) as u16);
        let mut i =
            Instruction { word: pc, op, operands: String::new(), target: None, constant: None, name: None };
        let mut texts = Vec::new();
        let kinds = op.operands();
        if kinds[1] == "bc" {
            let n = u32::from(b) | u32::from(c) << 16;
            texts.push(reg(u, a));
            if op == Op::LoadInt {
                texts.push((n as i32).to_string());
            } else {
                i.constant = Some(n as usize);
                texts.push(konst(u, n as usize));
            }
        } else {
            for (k, v) in kinds.iter().zip([a, b, c]) {
                match *k {
                    "name" => i.name = Some(usize::from(v)),
                    "konst" => i.constant = Some(usize::from(v)),
                    _ => {}
                }
                texts.extend(operand(u, k, v));
            }
        }
        for (nth, ext) in op.extensions().iter().enumerate() {
            let v = u.code.get(pc + 1 + nth).copied().unwrap_or(0);
            match *ext {
                "jump" => {
                    let to = (pc + op.words()) as i64 + v as i64;
                    i.target = usize::try_from(to).ok();
                    texts.push(format!("-> {to}"));
                }
                "data" if matches!(op, Op::MakeFunction | Op::CallKw) => {
                    i.constant = Some(v as u32 as usize);
                    texts.push(konst(u, v as u32 as usize));
                }
                "data" => texts.push(format!("data {v}")),
                _ => {}
            }
        }
        i.operands = texts.join(" ");
        out.push(i);
        pc += op.words();
    }
    out
}
