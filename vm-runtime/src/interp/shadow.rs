//! Instrumented copies of code: before every instruction stands a `Trace` word, which reports what is about to happen.
//!
//! A frame that is traced runs in the copy, all others in the original, so that nothing is paid where nobody looks. The
//! copy keeps the layout of each instruction; only jump distances differ. It is made once, never changes (but for its own
//! inline caches) and lives as long as the code.
use crate::code::Code;
use std::sync::atomic::AtomicU64;
use vm_compiler::Positions;
use vm_compiler::bytecode::ops::Op;

/// The copy.
pub struct Shadow {
    /// Its words.
    pub words: Box<[AtomicU64]>,
    /// For each word, the word of the original instruction that it belongs to.
    original: Box<[u32]>,
    /// For each word of the original, the `Trace` word before its instruction.
    here: Box<[u32]>,
    /// For each word of the original, its line; 0: none.
    lines: Box<[u32]>,
    /// Lines of statements without instructions, each with the index of the instruction that follows it.
    marks: Box<[(u32, u32)]>,
}

impl Shadow {
    /// Instruments code.
    #[must_use]
    pub fn new(code: &[u64], positions: &Positions) -> Shadow {
        let (mut lines, mut marks) = (Vec::with_capacity(code.len()), Vec::new());
        for (n, p) in positions.runs() {
            if n == 0 {
                marks.push((lines.len() as u32, p.line));
            }
            let room = code.len() - lines.len();
            lines.extend(std::iter::repeat_n(p.line, (n as usize).min(room)));
        }
        let mut words: Vec<u64> = Vec::with_capacity(code.len() * 2);
        // Nothing of the prologue is a line of its own.
        let mut first = 0;
        while let Some(op) = code.get(first).and_then(|w| Op::from_u16(*w as u16)) {
            if !(matches!(op, Op::MakeCell | Op::CopyFreeVars) || (op == Op::Nop && first == 0)) {
                break;
            }
            if let Some(line) = lines.get_mut(first) {
                *line = 0;
            }
            first += op.words();
        }
        let (mut original, mut here) = (Vec::new(), Vec::with_capacity(code.len()));
        let mut jumps: Vec<(usize, i64)> = Vec::new();
        let mut at = 0;
        while let Some(&word) = code.get(at) {
            let op = Op::from_u16(word as u16);
            let n = op.map_or(1, Op::words);
            let begin = words.len() as u32;
            words.push(Op::Trace as u64);
            for i in 0..n {
                here.push(begin);
                words.push(code.get(at + i).copied().unwrap_or(0));
            }
            original.resize(words.len(), at as u32);
            if let Some(i) = op.and_then(|op| op.extensions().iter().position(|e| *e == "jump")) {
                let distance = code.get(at + 1 + i).copied().unwrap_or(0) as i64;
                jumps.push((begin as usize + 2 + i, (at + n) as i64 + distance));
            }
            at += n;
        }
        for (word, target) in jumps {
            let to = usize::try_from(target).ok().and_then(|t| here.get(t)).copied().unwrap_or(0);
            let Some(&from) = original.get(word) else { continue };
            let end = code.get(from as usize).and_then(|w| Op::from_u16(*w as u16)).map_or(1, Op::words);
            let begin = here.get(from as usize).copied().unwrap_or(0);
            if let Some(slot) = words.get_mut(word) {
                *slot = (i64::from(to) - (i64::from(begin) + 1 + end as i64)) as u64;
            }
        }
        Shadow {
            words: words.into_iter().map(AtomicU64::new).collect(),
            original: original.into(),
            here: here.into(),
            lines: lines.into(),
            marks: marks.into(),
        }
    }

    /// The line of the original's instruction at this index; 0: none.
    #[must_use]
    pub fn line(&self, index: usize) -> u32 {
        self.lines.get(index).copied().unwrap_or(0)
    }

    /// The lines of statements without instructions before the instruction at this index.
    pub fn marks(&self, index: usize) -> impl Iterator<Item = u32> + '_ {
        let first = self.marks.partition_point(|m| (m.0 as usize) < index);
        self.marks.iter().skip(first).take_while(move |m| m.0 as usize == index).map(|m| m.1)
    }

    /// The index in the original of an address in the copy; None if it is not in it.
    #[must_use]
    pub fn index_of(&self, pc: *const AtomicU64) -> Option<usize> {
        let at = pc.addr().wrapping_sub(self.words.as_ptr().addr()) / 8;
        self.original.get(at).map(|i| *i as usize)
    }

    /// The `Trace` word before the original's instruction at this index.
    #[must_use]
    pub fn before(&self, index: usize) -> *const AtomicU64 {
        let at = self.here.get(index).copied().unwrap_or(0) as usize;
        self.words.get(at).map_or(self.words.as_ptr(), std::ptr::from_ref)
    }

    /// The copy of the original's instruction at this index, behind its `Trace` word.
    #[must_use]
    pub fn at(&self, index: usize) -> *const AtomicU64 {
        let at = self.here.get(index).copied().unwrap_or(0) as usize + 1;
        self.words.get(at).map_or(self.words.as_ptr(), std::ptr::from_ref)
    }
}

impl Code {
    /// The instrumented copy, made at the first call.
    pub fn shadow(&self) -> &Shadow {
        self.shadow.get_or_init(|| Shadow::new(&self.unit().code, &self.unit().positions))
    }

    /// The address of the instruction at `index`, in the copy if `near` is in it.
    #[must_use]
    pub fn address(&self, index: usize, near: *const AtomicU64) -> *const AtomicU64 {
        match self.shadow.get() {
            Some(shadow) if shadow.index_of(near).is_some() => shadow.before(index),
            _ => self.words().get(index).map_or(self.head(), std::ptr::from_ref),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_lead_to_the_trace_words() {
        let jump = |d: i64| d as u64;
        // 0: Jump +1 (to 3), 2: Nop, 3: JumpBack -3 (to 2)
        let code = [Op::Jump as u64, jump(1), Op::Nop as u64, Op::JumpBack as u64, jump(-3)];
        let shadow = Shadow::new(&code, &Positions::default());
        let words: Vec<u64> =
            shadow.words.iter().map(|w| w.load(std::sync::atomic::Ordering::Relaxed)).collect();
        let t = Op::Trace as u64;
        assert_eq!(words, [t, code[0], jump(2), t, code[2], t, code[3], jump(-5)]);
        assert_eq!(shadow.index_of(shadow.before(3)), Some(3));
        assert_eq!(shadow.index_of(shadow.at(2)), Some(2));
    }
}
