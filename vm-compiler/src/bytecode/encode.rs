//! From instructions with labels to words, positions and the exception table.

use super::ops::Op;
use super::unit::{ExceptionEntry, Position, Positions};

/// A jump target, resolved when the code is assembled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label(pub u32);

/// No jump, or no handler.
pub const NONE: u32 = u32::MAX;

/// One instruction before assembly.
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
    for chunk in chunks {
        let mut s = Vec::with_capacity(chunk.len() + 1);
        for insn in chunk {
            s.push(next);
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
    for insn in chunks.iter().flatten() {
        let start = out.code.len() as u32;
        let words = insn.op.words() as u32;
        out.code.push(word(insn.op, insn.a, insn.b, insn.c));
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
