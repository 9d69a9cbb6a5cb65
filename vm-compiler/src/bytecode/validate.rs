//! Checks that a code unit is well formed, so that the interpreter may index without looking.
//!
//! What holds afterwards: opcode numbers exist and instructions are whole; the code ends in an instruction that does
//! not fall through; registers, also those of windows, are below `nregs`; indices of constants and names exist and
//! have the type the instruction needs; jumps and handlers go to first words; exception entries are sorted, disjoint
//! and in range; counts fit together.

use super::ops::{CONSUME, Op};
use super::unit::{CodeUnit, Const, flags};

/// Why a code unit is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCode {
    pub what: String,
    /// The word it is about.
    pub at: usize,
}

impl std::fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "invalid code at word {}: {}", self.at, self.what)
    }
}

impl std::error::Error for InvalidCode {}

type Check = Result<(), InvalidCode>;

fn bad<T>(at: usize, what: impl Into<String>) -> Result<T, InvalidCode> {
    Err(InvalidCode { what: what.into(), at })
}

/// Checks a unit and all code in its constants.
///
/// # Errors
/// The first thing found wrong.
pub fn validate(unit: &CodeUnit) -> Check {
    let mut todo = vec![unit];
    while let Some(u) = todo.pop() {
        one(u)?;
        let mut consts: Vec<&Const> = u.consts.iter().collect();
        while let Some(c) = consts.pop() {
            match c {
                Const::Code(_) | Const::Frozen(_) => todo.extend(c.code()),
                Const::Tuple(t) | Const::FrozenSet(t) => consts.extend(t),
                Const::Slice(s) => consts.extend(s.iter()),
                _ => {}
            }
        }
    }
    Ok(())
}

/// How many consecutive registers from operand `i` on the instruction reads or writes.
pub fn window(op: Op, i: usize, n: u16, data: u64) -> u32 {
    let n = u32::from(n);
    match (op, i) {
        (Op::Call | Op::CallFunction | Op::CallKw, 1) => n + 2,
        (Op::CallEx, 1) => 3 + n,
        (Op::BuildMap, 1) => 2 * n,
        (Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString | Op::BuildSlice, 1) => n,
        (Op::UnpackSequence, 1) => n,
        (Op::UnpackEx, 1) => n + 1 + u32::try_from(data).unwrap_or(u32::MAX / 2),
        (Op::MakeFunction, 1) => n.count_ones(),
        (Op::LoadMethod | Op::LoadSpecial, 0) => 2,
        (Op::LoadSuperMethod, 0) => 2,
        (Op::LoadSuperAttr | Op::LoadSuperMethod, 1) | (Op::BuildInterpolation, 1) => 3,
        (Op::GetSlice, 2) | (Op::SetSlice, 1) | (Op::FormatSpec | Op::BuildTemplate | Op::MapAdd, 1) => 2,
        (Op::Intrinsic2 | Op::ImportName, 1) | (Op::MatchClass, 2) | (Op::MatchGroup, 0) => 2,
        (Op::WithExit, 1 | 2) | (Op::PopExcept, 0) | (Op::Reraise, 1) | (Op::EndAsyncFor, 0) => 2,
        _ => 1,
    }
}

fn one(u: &CodeUnit) -> Check {
    counts(u)?;
    let starts = instructions(u)?;
    exceptions(u, &starts)?;
    let mut words = 0u64;
    let mut runs = u.positions.runs();
    for (n, _) in runs.by_ref() {
        words += u64::from(n);
    }
    if !runs.at_end() || words != u.code.len() as u64 {
        return bad(0, "positions do not cover the code");
    }
    Ok(())
}

fn counts(u: &CodeUnit) -> Check {
    let (locals, regs) = (usize::from(u.nlocals), usize::from(u.nregs));
    let extra = |f| usize::from(u.flags & f != 0);
    let params = usize::from(u.argcount)
        + usize::from(u.kwonlyargcount)
        + extra(flags::VARARGS)
        + extra(flags::VARKEYWORDS);
    if u.varnames.len() != locals
        || usize::from(u.nvisible) > locals
        || params > locals
        || u.posonlyargcount > u.argcount
        || locals > regs
        || u.nregs >= CONSUME
        || usize::from(u.first_free_reg) + u.freevars.len() > regs
        || u.cellvars.iter().any(|c| c.reg >= u.nregs || (c.param && usize::from(c.reg) >= params))
        || u.code.len() > 1 << 30
    {
        return bad(0, "counts do not fit together");
    }
    if u.flags & flags::HAS_DOCSTRING != 0 && !matches!(u.consts.first(), Some(Const::Str(_))) {
        return bad(0, "no docstring");
    }
    Ok(())
}

/// The bit set of first words.
struct Starts(Vec<u64>);

impl Starts {
    fn has(&self, i: usize) -> bool {
        self.0.get(i / 64).is_some_and(|w| w >> (i % 64) & 1 != 0)
    }
}

fn instructions(u: &CodeUnit) -> Result<Starts, InvalidCode> {
    if u.code.len() < 2 || u.code.first().map(|w| *w as u16) != Some(Op::Nop as u16) {
        return bad(0, "no entry word");
    }
    let mut starts = Starts(vec![0; u.code.len() / 64 + 1]);
    let mut jumps = Vec::new();
    let mut pc = 0;
    let mut last = Op::Nop;
    while pc < u.code.len() {
        let w = u.code[pc];
        let Some(op) = Op::from_u16(w as u16).filter(|op| *op != Op::Trace) else {
            return bad(pc, "unknown opcode");
        };
        let end = pc + op.words();
        if end > u.code.len() {
            return bad(pc, "cut off");
        }
        starts.0[pc / 64] |= 1 << (pc % 64);
        let ext = &u.code[pc + 1..end];
        let mut data = 0;
        for (kind, v) in op.extensions().iter().zip(ext) {
            match *kind {
                "jump" => {
                    let target = (end as i64).checked_add(*v as i64);
                    match target.and_then(|t| usize::try_from(t).ok()) {
                        Some(t) if t < u.code.len() => jumps.push((pc, t)),
                        _ => return bad(pc, "jump out of the code"),
                    }
                }
                "data" => data = *v,
                _ if *v != 0 => return bad(pc, "inline cache is not empty"),
                _ => {}
            }
        }
        operands(u, pc, op, w, data)?;
        last = op;
        pc = end;
    }
    if !matches!(
        last,
        Op::Return | Op::Raise | Op::RaiseFrom | Op::RaiseBare | Op::Reraise | Op::Jump | Op::JumpBack
    ) {
        return bad(pc, "falls out of its end");
    }
    for (pc, t) in jumps {
        if !starts.has(t) {
            return bad(pc, "jump into an instruction");
        }
    }
    Ok(starts)
}

fn operands(u: &CodeUnit, pc: usize, op: Op, w: u64, data: u64) -> Check {
    let v = [(w >> 16) as u16, (w >> 32) as u16, (w >> 48) as u16];
    let kinds = op.operands();
    let count = v[2];
    for i in 0..3 {
        let x = v[i];
        match kinds[i] {
            "src" | "dst" | "reg" | "base" => {
                let r = if kinds[i] == "src" { x & !CONSUME } else { x };
                let n = window(op, i, count, data);
                if n > 0 && u32::from(r) + n > u32::from(u.nregs) {
                    return bad(pc, format!("{} uses register {r} of {}", op.name(), u.nregs));
                }
            }
            "name" if usize::from(x) >= u.names.len() => return bad(pc, "no such name"),
            _ => {}
        }
    }
    let konst = |i: usize| match u.consts.get(i) {
        Some(c) => Ok(c),
        None => bad(pc, "no such constant"),
    };
    let is_names = |c: &Const| matches!(c, Const::Tuple(t) if t.iter().all(|c| matches!(c, Const::Str(_))));
    match op {
        Op::LoadConst => {
            konst(usize::from(v[1]) | usize::from(v[2]) << 16)?;
        }
        Op::MakeFunction => {
            let n = usize::try_from(data).unwrap_or(usize::MAX);
            if !matches!(konst(n)?, Const::Code(_) | Const::Frozen(_)) {
                return bad(pc, "function of no code");
            }
            if count > 15 {
                return bad(pc, "unknown function parts");
            }
        }
        Op::CallKw => {
            if data >> 33 != 0 {
                return bad(pc, "unknown call flags");
            }
            let c = konst(data as u32 as usize)?;
            if !is_names(c) || matches!(c, Const::Tuple(t) if t.len() > usize::from(count)) {
                return bad(pc, "keyword names are no tuple of names");
            }
        }
        Op::CallEx if count > 1 => return bad(pc, "unknown call flags"),
        Op::BuildSlice if !(2..=3).contains(&count) => return bad(pc, "slice of how many"),
        Op::LoadFromDictOrDeref if data >= u.names.len() as u64 => return bad(pc, "no such name"),
        Op::LoadCommon if v[1] > 7 => return bad(pc, "unknown common object"),
        Op::Intrinsic1 if count > 7 => return bad(pc, "unknown intrinsic"),
        Op::Intrinsic2 if count > 4 => return bad(pc, "unknown intrinsic"),
        Op::LoadSpecial if count > 3 => return bad(pc, "unknown special method"),
        Op::FormatSimple | Op::FormatSpec | Op::BuildInterpolation if count > 3 => {
            return bad(pc, "unknown conversion");
        }
        Op::CopyFreeVars if (v[0], usize::from(v[1])) != (u.first_free_reg, u.freevars.len()) => {
            return bad(pc, "not the free variables");
        }
        Op::CheckLocal | Op::DeleteLocal | Op::LoadDeref | Op::DeleteDeref => {
            let r = if op == Op::LoadDeref { v[1] } else { v[0] };
            if u.register_name(r).is_none() {
                return bad(pc, "not a variable");
            }
        }
        _ => {}
    }
    Ok(())
}

fn exceptions(u: &CodeUnit, starts: &Starts) -> Check {
    let first_temp = u16::max(u.first_free_reg + u.freevars.len() as u16, u.nlocals);
    let mut last = 0;
    for e in &u.exceptions {
        let (s, t) = (e.start as usize, e.target as usize);
        if e.start < last || e.start >= e.end || e.end as usize > u.code.len() {
            return bad(s, "exception ranges overlap or are out of order");
        }
        last = e.end;
        if !starts.has(s) || !starts.has(t) || (e.end as usize != u.code.len() && !starts.has(e.end as usize))
        {
            return bad(s, "exception range cuts an instruction");
        }
        if e.depth < first_temp || e.reg < e.depth || u32::from(e.reg) + 2 > u32::from(u.nregs) {
            return bad(s, "exception registers");
        }
    }
    Ok(())
}
