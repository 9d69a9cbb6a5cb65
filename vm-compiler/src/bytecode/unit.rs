//! The result of compilation as plain data: code, constants, positions, exception table.

use super::frozen::Frozen;
use num_bigint::BigInt;
use rustpython_wtf8::Wtf8Buf;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// `co_flags` bits, as CPython's.
pub mod flags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// The first constant is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    /// The function was defined in a class body.
    pub const METHOD: u32 = 0x800_0000;
}

/// A constant. Equality is identity of meaning: type, sign of zero and NaN bits all count, so `0.0 != -0.0` and
/// `1 != True` here, and equal constants may be shared.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    /// Does not fit in an `i64`.
    BigInt(BigInt),
    Float(f64),
    Complex {
        re: f64,
        im: f64,
    },
    /// May hold surrogates.
    Str(Wtf8Buf),
    Bytes(Vec<u8>),
    Tuple(Vec<Const>),
    FrozenSet(Vec<Const>),
    /// A slice of constants (start, stop, step).
    Slice(Box<[Const; 3]>),
    Code(Arc<CodeUnit>),
    /// Code of an image, not read yet.
    Frozen(Arc<Frozen>),
}

impl Const {
    /// The code of a code constant, which is read if it is frozen still; None for other constants, and for a damaged
    /// image.
    #[must_use]
    pub fn code(&self) -> Option<&CodeUnit> {
        match self {
            Const::Code(unit) => Some(unit),
            Const::Frozen(frozen) => frozen.unit().ok().map(|unit| &**unit),
            _ => None,
        }
    }
}

impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        use Const::*;
        match (self, other) {
            (None, None) | (True, True) | (False, False) | (Ellipsis, Ellipsis) => true,
            (Int(a), Int(b)) => a == b,
            (BigInt(a), BigInt(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Complex { re: a, im: b }, Complex { re: c, im: d }) => {
                a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits()
            }
            (Str(a), Str(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Tuple(a), Tuple(b)) | (FrozenSet(a), FrozenSet(b)) => a == b,
            (Slice(a), Slice(b)) => a == b,
            (Code(_) | Frozen(_), Code(_) | Frozen(_)) => self.code() == other.code(),
            _ => false,
        }
    }
}

impl Eq for Const {}

impl Hash for Const {
    fn hash<H: Hasher>(&self, h: &mut H) {
        if let Some(unit) = self.code() {
            return (&unit.qualname, unit.first_line, unit.code.len()).hash(h);
        }
        std::mem::discriminant(self).hash(h);
        match self {
            Const::None | Const::True | Const::False | Const::Ellipsis => {}
            Const::Int(v) => v.hash(h),
            Const::BigInt(v) => v.hash(h),
            Const::Float(v) => v.to_bits().hash(h),
            Const::Complex { re, im } => (re.to_bits(), im.to_bits()).hash(h),
            Const::Str(v) => v.as_bytes().hash(h),
            Const::Bytes(v) => v.hash(h),
            Const::Tuple(v) | Const::FrozenSet(v) => v.hash(h),
            Const::Slice(v) => v.hash(h),
            Const::Code(_) | Const::Frozen(_) => {}
        }
    }
}

/// A cell variable (`co_cellvars`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CellVar {
    pub name: String,
    /// The register that holds the cell: below `nlocals` for a parameter, or for a comprehension's own variable, whose
    /// register is UNBOUND while the comprehension does not run.
    pub reg: u16,
    /// Whether it is a parameter (its register holds the argument until `MakeCell`).
    pub param: bool,
}

/// One range of an exception table: where an instruction that starts at `start <= pc < end` raises, the frame goes to
/// `target` as rule R4 of the instruction set says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExceptionEntry {
    /// First word covered.
    pub start: u32,
    /// First word no longer covered.
    pub end: u32,
    /// Word of the handler's first instruction.
    pub target: u32,
    /// The first register of the temporaries that are dropped.
    pub depth: u16,
    /// Where the exception goes (and in `reg + 1` the one handled before).
    pub reg: u16,
}

/// Where an instruction comes from. Lines are 1-based, columns 0-based UTF-8 byte offsets. All 0: no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Position {
    pub line: u32,
    pub end_line: u32,
    pub col: u32,
    pub end_col: u32,
}

/// Positions of all instruction words, as runs of varints: `words, zigzag(line - previous line), end_line - line, col,
/// zigzag(end_col - col)`; a run with no position has line 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Positions(pub Vec<u8>);

/// Iterates over `(number of words, position)`.
#[derive(Clone, Debug)]
pub struct PositionRuns<'a> {
    bytes: &'a [u8],
    line: i64,
}

fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push((v as u8 & 0x7f) | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn zigzag(v: i64) -> u64 {
    ((v << 1) ^ (v >> 63)) as u64
}

fn unzigzag(v: u64) -> i64 {
    ((v >> 1) as i64) ^ -((v & 1) as i64)
}

impl Positions {
    /// Packs runs of words.
    pub fn from_runs(runs: impl IntoIterator<Item = (u32, Position)>) -> Positions {
        let mut out = Vec::new();
        let mut line = 0i64;
        let mut pending: Option<(u32, Position)> = None;
        let mut flush = |(n, p): (u32, Position), out: &mut Vec<u8>| {
            put_varint(out, u64::from(n));
            put_varint(out, zigzag(i64::from(p.line) - line));
            put_varint(out, u64::from(p.end_line.saturating_sub(p.line)));
            put_varint(out, u64::from(p.col));
            put_varint(out, zigzag(i64::from(p.end_col) - i64::from(p.col)));
            line = i64::from(p.line);
        };
        for (n, p) in runs {
            match &mut pending {
                Some((m, q)) if *q == p => *m += n,
                _ => {
                    if let Some(run) = pending.take() {
                        flush(run, &mut out);
                    }
                    pending = Some((n, p));
                }
            }
        }
        if let Some(run) = pending {
            flush(run, &mut out);
        }
        Positions(out)
    }

    /// The runs in order; ends early at malformed bytes (which [`crate::validate`] rejects).
    #[must_use]
    pub fn runs(&self) -> PositionRuns<'_> {
        PositionRuns { bytes: &self.0, line: 0 }
    }

    /// The position of the instruction word at this index.
    #[must_use]
    pub fn at(&self, word: usize) -> Option<Position> {
        let mut next = 0usize;
        for (n, p) in self.runs() {
            next += n as usize;
            if word < next {
                return Some(p);
            }
        }
        None
    }
}

impl PositionRuns<'_> {
    /// Whether all bytes have been read.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    fn varint(&mut self) -> Option<u64> {
        let mut v = 0u64;
        for shift in (0..35).step_by(7) {
            let (&b, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            v |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Some(v);
            }
        }
        None
    }
}

impl Iterator for PositionRuns<'_> {
    type Item = (u32, Position);

    fn next(&mut self) -> Option<Self::Item> {
        let saved = self.bytes;
        let run = (|| {
            let n = u32::try_from(self.varint()?).ok()?;
            self.line += unzigzag(self.varint()?);
            let line = u32::try_from(self.line).ok()?;
            let end_line = line.checked_add(u32::try_from(self.varint()?).ok()?)?;
            let col = u32::try_from(self.varint()?).ok()?;
            let end_col = u32::try_from(i64::from(col) + unzigzag(self.varint()?)).ok()?;
            Some((n, Position { line, end_line, col, end_col }))
        })();
        if run.is_none() {
            self.bytes = saved;
        }
        run
    }
}

/// A compiled code block: what becomes a code object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeUnit {
    pub name: String,
    pub qualname: String,
    pub filename: String,
    pub first_line: u32,
    /// [`flags`].
    pub flags: u32,
    /// Positional parameters, positional-only ones included.
    pub argcount: u16,
    pub posonlyargcount: u16,
    pub kwonlyargcount: u16,
    /// Names of registers `0..nlocals`: parameters (positional, keyword-only, `*args`, `**kwargs`), then other
    /// locals, then the variables of inlined comprehensions that needed a register of their own (a name may occur
    /// twice then: the later one is the comprehension's, bound only while it runs).
    pub varnames: Vec<String>,
    /// How many of `varnames` are ordinary locals (`co_varnames`); the rest are comprehensions' own registers.
    pub nvisible: u16,
    pub cellvars: Vec<CellVar>,
    /// Free variables, in the closure tuple's order.
    pub freevars: Vec<String>,
    /// The register of the first free variable; the others follow.
    pub first_free_reg: u16,
    pub nlocals: u16,
    /// Registers of a frame's window, temporaries included.
    pub nregs: u16,
    pub consts: Vec<Const>,
    pub names: Vec<String>,
    /// The instruction words (see `bytecode::ops`).
    pub code: Vec<u64>,
    pub positions: Positions,
    /// Sorted by `start` and disjoint: at most one entry covers an instruction, and it is the innermost handler.
    pub exceptions: Vec<ExceptionEntry>,
}

/// What a function object and the binding of arguments need to know of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// [`flags`].
    pub flags: u32,
    /// Positional parameters.
    pub argcount: u16,
    /// Keyword-only parameters.
    pub kwonlyargcount: u16,
    /// Registers of a window.
    pub nregs: u16,
    /// Registers of locals, cells and free variables: where the temporaries begin.
    pub ntotal: u16,
    /// Free variables.
    pub nfree: u16,
}

impl CodeUnit {
    /// What it comes to for a caller.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let cells = self.cellvars.iter().map(|c| c.reg.saturating_add(1)).max().unwrap_or(0);
        let nfree = u16::try_from(self.freevars.len()).unwrap_or(u16::MAX);
        let free = if nfree == 0 { 0 } else { self.first_free_reg.saturating_add(nfree) };
        Summary {
            flags: self.flags,
            argcount: self.argcount,
            kwonlyargcount: self.kwonlyargcount,
            nregs: self.nregs,
            ntotal: self.nlocals.max(cells).max(free),
            nfree,
        }
    }

    /// The docstring, if the block has one.
    #[must_use]
    pub fn docstring(&self) -> Option<&Wtf8Buf> {
        match self.consts.first() {
            Some(Const::Str(s)) if self.flags & flags::HAS_DOCSTRING != 0 => Some(s),
            _ => None,
        }
    }

    /// The entry that covers this word.
    #[must_use]
    pub fn handler_at(&self, word: u32) -> Option<&ExceptionEntry> {
        let i = self.exceptions.partition_point(|e| e.end <= word);
        self.exceptions.get(i).filter(|e| e.start <= word)
    }

    /// The name of the variable in this register (a local, a cell or a free variable).
    #[must_use]
    pub fn register_name(&self, reg: u16) -> Option<&str> {
        if reg < self.nlocals {
            return self.varnames.get(usize::from(reg)).map(String::as_str);
        }
        if let Some(c) = self.cellvars.iter().find(|c| c.reg == reg) {
            return Some(&c.name);
        }
        let i = reg.checked_sub(self.first_free_reg)?;
        self.freevars.get(usize::from(i)).map(String::as_str)
    }
}
