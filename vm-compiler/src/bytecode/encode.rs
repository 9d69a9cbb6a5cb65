//! From instructions with labels to words, positions and the exception table.

use super::ops::Op;
use super::unit::{ExceptionEntry, Position, Positions};
use std::collections::HashSet;

/// A jump target, resolved when the code is assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

/// No jump, or no handler.
pub const NONE: u32 = u32::MAX;

/// One instruction before assembly, or (opcode `Trace`) the mark of a statement that needs no instruction, such as `pass`:
/// tracers are told its line when the next instruction is reached. A mark that jumps could slip behind becomes a `Nop`.
#[derive(Clone, Copy, Debug)]
pub struct Insn {
    pub op: Op,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    /// The `data` word, if the opcode has one.
    pub data: u64,
    /// Index of the label jumped to, or [`NONE`].
    pub target: u32,
    /// Index into the positions table of the block.
    pub position: u32,
    /// Index of the innermost handler, or [`NONE`].
    pub handler: u32,
}

impl Insn {
    /// The first word of every code block. It is not run: it has the line that a frame has before it does anything.
    pub const ENTRY: Insn =
        Insn { op: Op::Nop, a: 0, b: 0, c: 0, data: 0, target: NONE, position: 0, handler: NONE };
}

/// An exception handler before assembly.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    pub target: Label,
    pub depth: u16,
    pub reg: u16,
}

/// The assembled parts of a code unit.
#[derive(Debug, Default)]
pub struct Assembled {
    pub code: Vec<u64>,
    pub positions: Positions,
    pub exceptions: Vec<ExceptionEntry>,
}

/// The word of an instruction without its extension words.
#[must_use]
pub fn word(op: Op, a: u16, b: u16, c: u16) -> u64 {
    u64::from(op as u16) | u64::from(a) << 16 | u64::from(b) << 32 | u64::from(c) << 48
}

/// Assembles chunks of instructions, in order. `labels[i]` is the chunk and index that label i stands before.
pub fn assemble(
    chunks: &[Vec<Insn>],
    labels: &[Option<(u32, u32)>],
    handlers: &[Handler],
    positions: &[Position],
) -> Assembled {
    let mut starts: Vec<Vec<u32>> = Vec::with_capacity(chunks.len());
    let mut next = 0u32;
    let jumped_to = jumped_to(chunks, labels, handlers);
    let mut marks = HashSet::new();
    for (c, chunk) in chunks.iter().enumerate() {
        let mut s = Vec::with_capacity(chunk.len() + 1);
        for (i, insn) in chunk.iter().enumerate() {
            s.push(next);
            if insn.op == Op::Trace && !slipped(chunk, c, i, &jumped_to) {
                marks.insert((c, i));
                continue;
            }
            next += insn.op.words() as u32;
        }
        s.push(next);
        starts.push(s);
    }
    let at = |label: u32| -> u32 {
        labels
            .get(label as usize)
            .copied()
            .flatten()
            .and_then(|(c, i)| starts.get(c as usize)?.get(i as usize).copied())
            .unwrap_or(0)
    };
    let mut out = Assembled { code: Vec::with_capacity(next as usize), ..Assembled::default() };
    let mut runs = Vec::new();
    let all = chunks
        .iter()
        .enumerate()
        .flat_map(|(c, chunk)| chunk.iter().enumerate().map(move |(i, n)| ((c, i), n)));
    for (place, insn) in all {
        let start = out.code.len() as u32;
        if marks.contains(&place) {
            runs.push((0, positions.get(insn.position as usize).copied().unwrap_or_default()));
            continue;
        }
        let words = insn.op.words() as u32;
        let op = if insn.op == Op::Trace { Op::Nop } else { insn.op };
        out.code.push(word(op, insn.a, insn.b, insn.c));
        for ext in insn.op.extensions() {
            out.code.push(match *ext {
                "jump" => (i64::from(at(insn.target)) - i64::from(start + words)) as u64,
                "data" => insn.data,
                _ => 0,
            });
        }
        runs.push((words, positions.get(insn.position as usize).copied().unwrap_or_default()));
        if let Some(h) = handlers.get(insn.handler as usize) {
            let (end, target) = (start + words, at(h.target.0));
            match out.exceptions.last_mut() {
                Some(e) if e.end == start && e.target == target && e.depth == h.depth && e.reg == h.reg => {
                    e.end = end;
                }
                _ => out.exceptions.push(ExceptionEntry { start, end, target, depth: h.depth, reg: h.reg }),
            }
        }
    }
    out.positions = Positions::from_runs(runs);
    out
}

/// The places that jumps and handlers lead to.
fn jumped_to(
    chunks: &[Vec<Insn>],
    labels: &[Option<(u32, u32)>],
    handlers: &[Handler],
) -> HashSet<(usize, usize)> {
    let targets = chunks.iter().flatten().map(|i| i.target).filter(|t| *t != NONE);
    targets
        .chain(handlers.iter().map(|h| h.target.0))
        .filter_map(|t| labels.get(t as usize).copied().flatten())
        .map(|(c, i)| (c as usize, i as usize))
        .collect()
}

/// Whether a jump leads to between this mark and the instruction after it, or there is none after it.
fn slipped(chunk: &[Insn], c: usize, i: usize, jumped_to: &HashSet<(usize, usize)>) -> bool {
    for at in i + 1..=chunk.len() {
        if jumped_to.contains(&(c, at)) {
            return true;
        }
        match chunk.get(at) {
            Some(insn) if insn.op == Op::Trace => {}
            Some(_) => return false,
            None => return true,
        }
    }
    true
}
