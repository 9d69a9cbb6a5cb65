//! The interpreter: one loop over register bytecode, which runs Python calls and generators without recursing in Rust.
//!
//! # Rules
//!
//! R1 (interp). `frame.pc` is stored before anything that can raise, call or look at frames, so tracebacks are right.
//! R2 (interp). A register that may hold a counted reference is overwritten through `put`, which drops it; a consumed operand
//!     is emptied (`UNBOUND`) before the instruction ends.
//! R3 (interp). References into a window are not held across anything that can push a window or run Python, but for argument
//!     slices of native calls: the callee's window stays until the call ends, and nested windows begin above it.
//! R4 (interp). A borrowed word from a shared place (globals, attributes, caches) is of an immortal or deferred object only;
//!     the collector sees it in the window.
//!
//! The semantics of each opcode stand in `vm_compiler::bytecode::ops`.
mod attr;
mod calls;
mod entry;
pub mod frames;
pub mod generator;
mod ops;
mod records;
pub mod shadow;
pub mod trace;
mod unwind;

use crate::code::GlobalCache;
use crate::frame::{Frame, Resume};
use crate::slots::{BinaryOp, CompareOp};
use crate::thread::{PyResult, Raised, Thread};
use crate::types::list::List;
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::{CONSUME, Op};
use vm_core::Value;

use calls::bind as bind_window;
pub use entry::{call_function, run_class_body, run_code};
pub(crate) use ops::from_builtins;
pub use records::Sites;

/// Why `run` returned without an exception.
pub enum Outcome {
    /// The entry frame returned.
    Returned(Value),
    /// The entry frame, a generator's, yielded.
    Yielded(Value),
}

/// Reads a register in place.
#[inline(always)]
pub(crate) unsafe fn reg<'a>(regs: *mut Value, i: u16) -> &'a Value {
    // SAFETY: validated code stays within its window.
    unsafe { &*regs.add((i & !CONSUME) as usize) }
}

/// Overwrites a register, dropping what it held.
#[inline(always)]
pub(crate) unsafe fn put(regs: *mut Value, i: u16, v: Value) {
    // SAFETY: as `reg`; R1 (frame).
    unsafe { drop(std::ptr::replace(regs.add(i as usize), v)) }
}

/// Takes a register's value, leaving UNBOUND.
#[inline(always)]
pub(crate) unsafe fn take(regs: *mut Value, i: u16) -> Value {
    // SAFETY: as `reg`.
    unsafe { std::ptr::replace(regs.add((i & !CONSUME) as usize), Value::UNBOUND) }
}

/// Drops a consumed operand. Borrowed words go as well: a leftover would keep a deferred object alive (R4 (gc)).
#[inline(always)]
pub(crate) unsafe fn consume(regs: *mut Value, i: u16) {
    if i & CONSUME != 0 {
        // SAFETY: as `reg`.
        unsafe {
            let slot = regs.add((i & !CONSUME) as usize);
            if (*slot).is_heap() {
                drop(std::ptr::replace(slot, Value::UNBOUND));
            }
        }
    }
}

/// An operand as an owned value: moved if it is consumed, else copied.
#[inline(always)]
pub(crate) unsafe fn owned(regs: *mut Value, i: u16) -> Value {
    // SAFETY: as `reg`.
    unsafe { if i & CONSUME != 0 { take(regs, i).into_owned() } else { reg(regs, i).clone() } }
}

/// Runs `frame` (which is the thread's current frame) until it returns, yields to Rust, or raises out of it.
///
/// # Errors
/// An exception that left the frame.
///
/// # Safety
/// `frame` is the thread's current frame, its window is set up, and its code is valid.
#[allow(clippy::cognitive_complexity)]
#[allow(unused_assignments, reason = "`reload` sets all three")]
pub(crate) unsafe fn run(th: &Thread, entry: *mut Frame) -> PyResult<Outcome> {
    // SAFETY: validated code and the rules of this module and of `frame`.
    unsafe {
        let mut frame = entry;
        let mut regs = (*frame).regs.get();
        let mut pc: *const AtomicU64 = (*frame).pc.get();

        macro_rules! reload {
            () => {{
                frame = th.frame.get();
                regs = (*frame).regs.get();
                pc = (*frame).pc.get();
            }};
        }

        'next: loop {
            'raise: {
                let word = (*pc).load(Ordering::Relaxed);
                let (a, b, c) = ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16);
                // SAFETY: validated code has valid opcodes only.
                let op: Op = std::mem::transmute::<u16, Op>(word as u16);

                macro_rules! next {
                    ($n:literal) => {{
                        pc = pc.add($n);
                        continue 'next;
                    }};
                }
                macro_rules! save {
                    () => {
                        (*frame).pc.set(pc)
                    };
                }
                macro_rules! check {
                    ($e:expr) => {
                        match $e {
                            Ok(v) => v,
                            Err(Raised { .. }) => break 'raise,
                        }
                    };
                }
                macro_rules! ext {
                    ($n:literal) => {
                        (*pc.add($n)).load(Ordering::Relaxed)
                    };
                }
                macro_rules! jump {
                    ($words:literal) => {{
                        let offset = (*pc.add($words - 1)).load(Ordering::Relaxed) as i64;
                        pc = pc.add($words).offset(offset as isize);
                        continue 'next;
                    }};
                }
                macro_rules! arith {
                    ($int:path, $float:tt, $op:ident, $slow:ident) => {{
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let Some(v) = $int(x, y) {
                            put(regs, a, v);
                            next!(1);
                        }
                        if let (Some(p), Some(q)) = (x.as_tagged_float(), y.as_tagged_float()) {
                            if let Some(v) = Value::immediate_float(p $float q) {
                                put(regs, a, v);
                                next!(1);
                            }
                        }
                        save!();
                        check!(ops::$slow(th, BinaryOp::$op, regs, a, b, c));
                        next!(1);
                    }};
                }
                macro_rules! bits {
                    ($tok:tt, $op:ident) => {{
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_small_int(), y.as_small_int()) {
                            put(regs, a, Value::int_unchecked(p $tok q));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary(th, BinaryOp::$op, regs, a, b, c));
                        next!(1);
                    }};
                }
                macro_rules! binary {
                    ($op:ident) => {{
                        save!();
                        check!(ops::binary(th, BinaryOp::$op, regs, a, b, c));
                        next!(1);
                    }};
                }
                macro_rules! inplace {
                    ($op:ident) => {{
                        save!();
                        check!(ops::inplace(th, BinaryOp::$op, regs, a, b, c));
                        next!(1);
                    }};
                }
                macro_rules! compare {
                    ($tok:tt, $op:ident) => {{
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if Value::both_small_ints(x, y) {
                            put(regs, a, Value::bool((x.bits() as i64) $tok (y.bits() as i64)));
                            next!(1);
                        }
                        if let (Some(p), Some(q)) = (x.as_tagged_float(), y.as_tagged_float()) {
                            put(regs, a, Value::bool(p $tok q));
                            next!(1);
                        }
                        save!();
                        check!(ops::compare(th, CompareOp::$op, regs, a, b, c));
                        next!(1);
                    }};
                }
                macro_rules! branch {
                    ($cond:expr, $words:literal) => {{ if $cond { jump!($words) } else { next!($words) } }};
                }
                macro_rules! jump_compare {
                    ($tok:tt, $op:ident) => {{
                        let (x, y) = (reg(regs, a), reg(regs, b));
                        if Value::both_small_ints(x, y) {
                            branch!(((x.bits() as i64) $tok (y.bits() as i64)) == (c != 0), 2);
                        }
                        if let (Some(p), Some(q)) = (x.as_tagged_float(), y.as_tagged_float()) {
                            branch!((p $tok q) == (c != 0), 2);
                        }
                        save!();
                        let truth = check!(ops::compare_truth(th, CompareOp::$op, regs, a, b));
                        branch!(truth == (c != 0), 2);
                    }};
                }
                macro_rules! jump_compare_i {
                    ($tok:tt, $op:ident) => {{
                        let x = reg(regs, a);
                        if let Some(p) = x.as_small_int() {
                            branch!((p $tok i64::from(b as i16)) == (c != 0), 2);
                        }
                        save!();
                        let truth = check!(ops::compare_truth_imm(th, CompareOp::$op, regs, a, i64::from(b as i16)));
                        branch!(truth == (c != 0), 2);
                    }};
                }
                macro_rules! arith_i {
                    ($int:path, $op:ident, $slow:ident) => {{
                        let x = reg(regs, b);
                        if let Some(v) = $int(x, &Value::int_unchecked(i64::from(c as i16))) {
                            put(regs, a, v);
                            next!(1);
                        }
                        save!();
                        check!(ops::$slow(th, BinaryOp::$op, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }};
                }

                match op {
                    Op::Nop => next!(1),
                    Op::Move => {
                        let v = owned(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Borrow => {
                        let v = reg(regs, b).borrow_word();
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Own => {
                        let slot = regs.add(a as usize);
                        if (*slot).is_borrowed() {
                            let v = (*slot).clone();
                            std::ptr::write(slot, v);
                        }
                        next!(1);
                    }
                    Op::Drop => {
                        save!();
                        drop(take(regs, a));
                        next!(1);
                    }
                    Op::LoadConst => {
                        let i = b as usize | (c as usize) << 16;
                        let v = (*frame).code().consts.get_unchecked(i).borrow_word();
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::LoadInt => {
                        put(
                            regs,
                            a,
                            Value::int_unchecked(i64::from((u32::from(b) | u32::from(c) << 16) as i32)),
                        );
                        next!(1);
                    }
                    Op::LoadCommon => {
                        save!();
                        put(regs, a, check!(ops::common(th, &*frame, b)));
                        next!(1);
                    }
                    Op::CheckLocal => {
                        if reg(regs, a).is_unbound() {
                            save!();
                            ops::unbound_local(th, &*frame, a);
                            break 'raise;
                        }
                        next!(1);
                    }
                    Op::DeleteLocal => {
                        save!();
                        let old = take(regs, a);
                        if old.is_unbound() {
                            ops::unbound_local(th, &*frame, a);
                            break 'raise;
                        }
                        drop(old);
                        next!(1);
                    }
                    Op::MakeCell => {
                        let v = take(regs, a).into_owned();
                        put(regs, a, ops::new_cell(th, v));
                        next!(1);
                    }
                    Op::CopyFreeVars => {
                        ops::copy_free_vars(&*frame, regs, a, b);
                        next!(1);
                    }
                    Op::LoadDeref => {
                        let v = ops::cell_get(th, reg(regs, b));
                        if v.is_unbound() {
                            save!();
                            ops::unbound_cell(th, &*frame, b);
                            break 'raise;
                        }
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::StoreDeref => {
                        save!();
                        let v = owned(regs, b);
                        ops::cell_set(th, reg(regs, a), v);
                        next!(1);
                    }
                    Op::DeleteDeref => {
                        save!();
                        if ops::cell_take(reg(regs, a)).is_unbound() {
                            ops::unbound_cell(th, &*frame, a);
                            break 'raise;
                        }
                        next!(1);
                    }
                    Op::LoadFromDictOrDeref => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(ext!(1) as usize);
                        let v = check!(ops::from_dict_or_deref(th, &*frame, reg(regs, b), c, name));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::LoadFromDictOrGlobals => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        let v = check!(ops::from_dict_or_globals(th, &*frame, reg(regs, b), name));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::LoadGlobal => {
                        let name = (*frame).code().names.get_unchecked(b as usize);
                        let cache = &*pc.add(1);
                        let found = match GlobalCache::load(cache) {
                            Some(GlobalCache::Globals(i)) => {
                                ops::shared_entry(th, &*(*frame).globals, i, name)
                            }
                            Some(GlobalCache::Builtins(i, version))
                                if (*(*frame).globals).keys_version() == version =>
                            {
                                ops::shared_entry(th, &*(*frame).builtins, i, name)
                            }
                            _ => None,
                        };
                        if let Some(v) = found {
                            put(regs, a, v);
                            next!(2);
                        }
                        save!();
                        let v = check!(ops::load_global(th, &*frame, name, cache));
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::StoreGlobal => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(a as usize);
                        let v = owned(regs, b);
                        check!((*(*frame).globals).set(th, name, v));
                        next!(1);
                    }
                    Op::DeleteGlobal => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(a as usize);
                        check!(ops::delete_global(th, &*frame, name));
                        next!(1);
                    }
                    Op::LoadName => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(b as usize);
                        let cache = &*pc.add(1);
                        let v = check!(ops::load_name(th, &*frame, name, cache));
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::StoreName => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(a as usize);
                        let v = owned(regs, b);
                        check!(ops::store_name(th, &*frame, name, v));
                        next!(1);
                    }
                    Op::DeleteName => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(a as usize);
                        check!(ops::delete_name(th, &*frame, name));
                        next!(1);
                    }
                    Op::LoadLocals => {
                        let v = ops::frame_locals_mapping(&*frame);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::SetupAnnotations => {
                        save!();
                        check!(ops::setup_annotations(th, &*frame));
                        next!(1);
                    }

                    Op::Add => arith!(Value::int_add, +, Add, binary),
                    Op::Sub => arith!(Value::int_sub, -, Sub, binary),
                    Op::Mul => arith!(Value::int_mul, *, Mul, binary),
                    Op::TrueDiv => {
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_tagged_float(), y.as_tagged_float())
                            && let Some(v) = Value::immediate_float(p / q)
                        {
                            put(regs, a, v);
                            next!(1);
                        }
                        binary!(TrueDiv)
                    }
                    Op::FloorDiv => {
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_small_int(), y.as_small_int())
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.div_euclid(q)));
                            next!(1);
                        }
                        binary!(FloorDiv)
                    }
                    Op::Mod => {
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_small_int(), y.as_small_int())
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.rem_euclid(q)));
                            next!(1);
                        }
                        binary!(Mod)
                    }
                    Op::Pow => binary!(Pow),
                    Op::MatMul => binary!(MatMul),
                    Op::LShift => binary!(LShift),
                    Op::RShift => {
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_small_int(), y.as_small_int())
                            && q >= 0
                        {
                            put(regs, a, Value::int_unchecked(p >> q.min(63)));
                            next!(1);
                        }
                        binary!(RShift)
                    }
                    Op::And => bits!(&, And),
                    Op::Or => bits!(|, Or),
                    Op::Xor => bits!(^, Xor),
                    Op::IAdd => arith!(Value::int_add, +, Add, inplace_add),
                    Op::ISub => arith!(Value::int_sub, -, Sub, inplace),
                    Op::IMul => arith!(Value::int_mul, *, Mul, inplace),
                    Op::ITrueDiv => inplace!(TrueDiv),
                    Op::IFloorDiv => inplace!(FloorDiv),
                    Op::IMod => inplace!(Mod),
                    Op::IPow => inplace!(Pow),
                    Op::IMatMul => inplace!(MatMul),
                    Op::ILShift => inplace!(LShift),
                    Op::IRShift => inplace!(RShift),
                    Op::IAnd => inplace!(And),
                    Op::IOr => inplace!(Or),
                    Op::IXor => inplace!(Xor),
                    Op::AddI => arith_i!(Value::int_add, Add, binary_imm),
                    Op::SubI => arith_i!(Value::int_sub, Sub, binary_imm),
                    Op::MulI => arith_i!(Value::int_mul, Mul, binary_imm),
                    Op::IAddI => arith_i!(Value::int_add, Add, inplace_imm),
                    Op::ISubI => arith_i!(Value::int_sub, Sub, inplace_imm),
                    Op::FloorDivI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.div_euclid(q)));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary_imm(th, BinaryOp::FloorDiv, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }
                    Op::ModI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.rem_euclid(q)));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary_imm(th, BinaryOp::Mod, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }
                    Op::LShiftI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && (0..30).contains(&q)
                            && p.unsigned_abs() < 1 << 30
                        {
                            put(regs, a, Value::int_unchecked(p << q));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary_imm(th, BinaryOp::LShift, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }
                    Op::RShiftI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && q >= 0
                        {
                            put(regs, a, Value::int_unchecked(p >> q.min(63)));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary_imm(th, BinaryOp::RShift, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }
                    Op::AndI => {
                        if let Some(p) = reg(regs, b).as_small_int() {
                            put(regs, a, Value::int_unchecked(p & i64::from(c as i16)));
                            next!(1);
                        }
                        save!();
                        check!(ops::binary_imm(th, BinaryOp::And, regs, a, b, i64::from(c as i16)));
                        next!(1);
                    }
                    Op::Neg => {
                        let x = reg(regs, b);
                        if let Some(v) = Value::int_sub(&Value::int_unchecked(0), x) {
                            put(regs, a, v);
                            next!(1);
                        }
                        save!();
                        let v = check!(th.neg(x));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Pos => {
                        save!();
                        let v = check!(th.pos(reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Invert => {
                        save!();
                        let v = check!(th.invert(reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Not => {
                        let x = reg(regs, b);
                        let truth = match x.as_bool() {
                            Some(t) => t,
                            None => {
                                save!();
                                check!(th.truth(x))
                            }
                        };
                        consume(regs, b);
                        put(regs, a, Value::bool(!truth));
                        next!(1);
                    }
                    Op::ToBool => {
                        save!();
                        let truth = check!(th.truth(reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, Value::bool(truth));
                        next!(1);
                    }

                    Op::Lt => compare!(<, Lt),
                    Op::Le => compare!(<=, Le),
                    Op::Eq => compare!(==, Eq),
                    Op::Ne => compare!(!=, Ne),
                    Op::Gt => compare!(>, Gt),
                    Op::Ge => compare!(>=, Ge),
                    Op::Is | Op::IsNot => {
                        let same = reg(regs, b).is(reg(regs, c));
                        save!();
                        consume(regs, b);
                        consume(regs, c);
                        put(regs, a, Value::bool(same == (op == Op::Is)));
                        next!(1);
                    }
                    Op::In | Op::NotIn => {
                        save!();
                        let found = check!(th.contains(reg(regs, c), reg(regs, b)));
                        consume(regs, b);
                        consume(regs, c);
                        put(regs, a, Value::bool(found == (op == Op::In)));
                        next!(1);
                    }
                    Op::JumpLt => jump_compare!(<, Lt),
                    Op::JumpLe => jump_compare!(<=, Le),
                    Op::JumpEq => jump_compare!(==, Eq),
                    Op::JumpNe => jump_compare!(!=, Ne),
                    Op::JumpGt => jump_compare!(>, Gt),
                    Op::JumpGe => jump_compare!(>=, Ge),
                    Op::JumpLtI => jump_compare_i!(<, Lt),
                    Op::JumpLeI => jump_compare_i!(<=, Le),
                    Op::JumpEqI => jump_compare_i!(==, Eq),
                    Op::JumpNeI => jump_compare_i!(!=, Ne),
                    Op::JumpGtI => jump_compare_i!(>, Gt),
                    Op::JumpGeI => jump_compare_i!(>=, Ge),
                    Op::JumpIs => {
                        let same = reg(regs, a).is(reg(regs, b));
                        save!();
                        consume(regs, a);
                        consume(regs, b);
                        branch!(same == (c != 0), 2)
                    }
                    Op::JumpIn => {
                        save!();
                        let found = check!(th.contains(reg(regs, b), reg(regs, a)));
                        consume(regs, a);
                        consume(regs, b);
                        branch!(found == (c != 0), 2)
                    }

                    Op::Jump => jump!(2),
                    Op::JumpBack => {
                        if th.core().poll() != 0 || cfg!(vm_stress) {
                            save!();
                            check!(ops::safepoint(th));
                        }
                        jump!(2)
                    }
                    Op::JumpIfTrue | Op::JumpIfFalse => {
                        let x = reg(regs, a);
                        let truth = match x.as_bool() {
                            Some(t) => t,
                            None => {
                                save!();
                                let t = check!(th.truth(x));
                                consume(regs, a);
                                t
                            }
                        };
                        branch!(truth == (op == Op::JumpIfTrue), 2)
                    }
                    Op::JumpIfNone | Op::JumpIfNotNone => {
                        let none = reg(regs, a).is_none();
                        save!();
                        consume(regs, a);
                        branch!(none == (op == Op::JumpIfNone), 2)
                    }

                    Op::LoadAttr => {
                        let v = reg(regs, b);
                        let cache = &*pc.add(1);
                        if let Some(found) = attr::load_cached(th, v, cache) {
                            consume(regs, b);
                            put(regs, a, found);
                            next!(2);
                        }
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        match check!(attr::load_slow(th, v, name, cache)) {
                            attr::Loaded::Value(found) => {
                                consume(regs, b);
                                put(regs, a, found);
                                next!(2);
                            }
                            attr::Loaded::Getter(getter) => {
                                match check!(calls::call_getter(th, regs, a, b, &getter)) {
                                    calls::Called::Done => next!(2),
                                    calls::Called::Pushed => {
                                        reload!();
                                        continue 'next;
                                    }
                                }
                            }
                        }
                    }
                    Op::StoreAttr => {
                        let v = reg(regs, a);
                        let cache = &*pc.add(1);
                        save!();
                        if attr::store_cached(th, v, cache, regs, c) {
                            consume(regs, a);
                            next!(2);
                        }
                        let name = (*frame).code().names.get_unchecked(b as usize);
                        check!(attr::store_slow(th, v, name, cache, reg(regs, c)));
                        consume(regs, c);
                        consume(regs, a);
                        next!(2);
                    }
                    Op::DeleteAttr => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(b as usize);
                        check!(th.delattr(reg(regs, a), name));
                        consume(regs, a);
                        next!(1);
                    }
                    Op::LoadMethod => {
                        let cache = &*pc.add(1);
                        if attr::method_cached(th, regs, a, b, cache) {
                            next!(2);
                        }
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        check!(attr::method_slow(th, regs, a, b, name, cache));
                        next!(2);
                    }
                    Op::LoadSuperAttr => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        let v = check!(attr::super_attr(th, regs, b, name, ext!(1) != 0));
                        for i in 0..3 {
                            drop(take(regs, b + i));
                        }
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::LoadSuperMethod => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        check!(attr::super_method(th, regs, a, b, name, ext!(1) != 0));
                        next!(2);
                    }
                    Op::GetItem => {
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        save!();
                        let v = match ops::getitem_fast(th, x, y) {
                            Some(v) => v,
                            None => check!(th.getitem(x, y)),
                        };
                        consume(regs, b);
                        consume(regs, c);
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::GetItemI => {
                        let x = reg(regs, b);
                        save!();
                        let v = match ops::index_fast(th, x, i64::from(c as i16)) {
                            Some(v) => v,
                            None => check!(th.getitem(x, &Value::int_unchecked(i64::from(c as i16)))),
                        };
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::SetItem => {
                        save!();
                        check!(ops::setitem(th, regs, a, b, c));
                        next!(1);
                    }
                    Op::SetItemI => {
                        save!();
                        check!(ops::setitem_imm(th, regs, a, i64::from(b as i16), c));
                        next!(1);
                    }
                    Op::DeleteItem => {
                        save!();
                        check!(th.delitem(reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        consume(regs, a);
                        next!(1);
                    }
                    Op::GetSlice => {
                        save!();
                        let slice =
                            th.slice(take(regs, c).into_owned(), take(regs, c + 1).into_owned(), Value::NONE);
                        let v = check!(th.getitem(reg(regs, b), &slice));
                        consume(regs, b);
                        drop(slice);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::SetSlice => {
                        save!();
                        let slice =
                            th.slice(take(regs, b).into_owned(), take(regs, b + 1).into_owned(), Value::NONE);
                        check!(th.setitem(reg(regs, a), &slice, reg(regs, c)));
                        drop(slice);
                        consume(regs, c);
                        consume(regs, a);
                        next!(1);
                    }
                    Op::BuildSlice => {
                        let step = if c == 3 { take(regs, b + 2).into_owned() } else { Value::NONE };
                        let v = th.slice(take(regs, b).into_owned(), take(regs, b + 1).into_owned(), step);
                        put(regs, a, v);
                        next!(1);
                    }

                    Op::BuildTuple => {
                        save!();
                        let v = ops::build_tuple(th, regs, b, c);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildList => {
                        save!();
                        let v = th.list(ops::take_run(regs, b, c));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildSet => {
                        save!();
                        let v = check!(ops::build_set(th, ops::take_run(regs, b, c)));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildMap => {
                        save!();
                        let v = check!(ops::build_map(th, regs, b, c));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildString => {
                        save!();
                        let v = check!(ops::build_string(th, regs, b, c));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::FormatSimple => {
                        save!();
                        let v = check!(ops::format_simple(th, reg(regs, b), c));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::FormatSpec => {
                        save!();
                        let v = check!(ops::format_spec(th, reg(regs, b), c, reg(regs, b + 1)));
                        drop(take(regs, b));
                        drop(take(regs, b + 1));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildInterpolation => {
                        save!();
                        let v = check!(ops::build_interpolation(th, regs, b, c));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::BuildTemplate => {
                        save!();
                        let v = check!(ops::build_template(
                            th,
                            take(regs, b).into_owned(),
                            take(regs, b + 1).into_owned()
                        ));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::ListAppend => {
                        save!();
                        let v = owned(regs, b);
                        if let Some(list) = reg(regs, a).payload::<List>() {
                            check!(list.append(th, v));
                        }
                        next!(1);
                    }
                    Op::SetAdd => {
                        save!();
                        check!(ops::set_add(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        next!(1);
                    }
                    Op::MapAdd => {
                        save!();
                        check!(th.setitem(reg(regs, a), reg(regs, b), reg(regs, b + 1)));
                        drop(take(regs, b));
                        drop(take(regs, b + 1));
                        next!(1);
                    }
                    Op::ListExtend => {
                        save!();
                        check!(ops::list_extend(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        next!(1);
                    }
                    Op::ListToTuple => {
                        save!();
                        let v = th
                            .tuple(reg(regs, b).payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default());
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::SetUpdate => {
                        save!();
                        check!(ops::set_update(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        next!(1);
                    }
                    Op::DictUpdate => {
                        save!();
                        check!(ops::dict_update(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        next!(1);
                    }
                    Op::DictMerge => {
                        save!();
                        check!(ops::dict_merge(th, reg(regs, a), reg(regs, b), reg(regs, c)));
                        consume(regs, b);
                        next!(1);
                    }
                    Op::UnpackSequence => {
                        save!();
                        check!(ops::unpack(th, regs, a, b, c));
                        next!(1);
                    }
                    Op::UnpackPair => {
                        save!();
                        check!(ops::unpack_pair(th, regs, a, b, c));
                        next!(1);
                    }
                    Op::UnpackEx => {
                        save!();
                        check!(ops::unpack_ex(th, regs, a, b, c, ext!(1) as usize));
                        next!(2);
                    }

                    Op::GetIter => {
                        save!();
                        let v = check!(th.iter(reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::ForIter => {
                        let it = reg(regs, b);
                        if let Some(step) = crate::types::iterators::iter_next_fast(th, it) {
                            save!();
                            match check!(step) {
                                Some(v) => {
                                    put(regs, a, v);
                                    next!(3);
                                }
                                None => {
                                    drop(take(regs, b));
                                    jump!(3);
                                }
                            }
                        }
                        save!();
                        if generator::resume_inline(th, it, Value::NONE, Resume::ForIter, a) {
                            reload!();
                            continue 'next;
                        }
                        match check!(th.next(it)) {
                            Some(v) => {
                                put(regs, a, v);
                                next!(3);
                            }
                            None => {
                                drop(take(regs, b));
                                jump!(3);
                            }
                        }
                    }
                    Op::GetYieldFromIter => {
                        save!();
                        let v = check!(generator::yield_from_iter(th, &*frame, reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::GetAwaitable => {
                        save!();
                        let v = check!(generator::awaitable(th, reg(regs, b), c));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::GetAIter => {
                        save!();
                        let v = check!(generator::aiter(th, reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::GetANext => {
                        save!();
                        let v = check!(generator::anext(th, reg(regs, b)));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::EndAsyncFor => {
                        save!();
                        let exc = take(regs, a).into_owned();
                        let previous = take(regs, (a & !CONSUME) + 1).into_owned();
                        th.handled.set(previous);
                        if th.isinstance(&exc, th.types().exc.stop_async_iteration) {
                            drop(exc);
                            drop(take(regs, b));
                            next!(1);
                        }
                        th.restore_error(exc);
                        if unwind::unwind(th, entry, false).is_err() {
                            return Err(Raised::set_in_thread());
                        }
                        reload!();
                        continue 'next;
                    }

                    Op::Call | Op::CallFunction => {
                        save!();
                        let with_self = op == Op::Call && !reg(regs, b + 1).is_unbound();
                        match calls::call(th, frame, regs, a, b, c, with_self, 2) {
                            Ok(calls::Called::Done) => next!(2),
                            Ok(calls::Called::Pushed) => {
                                reload!();
                                continue 'next;
                            }
                            Err(_) => break 'raise,
                        }
                    }
                    Op::CallKw => {
                        save!();
                        let data = ext!(1);
                        let with_self = data & vm_compiler::bytecode::ops::CALLKW_NO_SELF == 0
                            && !reg(regs, b + 1).is_unbound();
                        let names = (*frame).code().consts.get_unchecked((data & 0xffff_ffff) as usize);
                        match calls::call_kw(th, regs, a, b, c, with_self, names) {
                            Ok(calls::Called::Done) => next!(2),
                            Ok(calls::Called::Pushed) => {
                                reload!();
                                continue 'next;
                            }
                            Err(_) => break 'raise,
                        }
                    }
                    Op::CallEx => {
                        save!();
                        match calls::call_ex(th, regs, a, b, c) {
                            Ok(calls::Called::Done) => next!(1),
                            Ok(calls::Called::Pushed) => {
                                reload!();
                                continue 'next;
                            }
                            Err(_) => break 'raise,
                        }
                    }
                    Op::Intrinsic1 => {
                        save!();
                        let v = check!(ops::intrinsic1(th, &*frame, c, reg(regs, b)));
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::Intrinsic2 => {
                        save!();
                        let v = check!(ops::intrinsic2(th, c, reg(regs, b), reg(regs, b + 1)));
                        drop(take(regs, b));
                        drop(take(regs, b + 1));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::MakeFunction => {
                        save!();
                        let code = (*frame).code().consts.get_unchecked(ext!(1) as usize);
                        let v = check!(ops::make_function(th, &*frame, code, regs, b, c));
                        put(regs, a, v);
                        next!(2);
                    }
                    Op::LoadSpecial => {
                        save!();
                        check!(ops::load_special(th, regs, a, b, c));
                        next!(1);
                    }
                    Op::Return => {
                        let v = owned(regs, a);
                        save!();
                        match calls::return_from(th, frame, v, entry) {
                            calls::After::Continue => {
                                reload!();
                                continue 'next;
                            }
                            calls::After::Leave(v) => return Ok(Outcome::Returned(v)),
                            calls::After::Raised => {
                                reload!();
                                break 'raise;
                            }
                        }
                    }
                    Op::Yield | Op::YieldDelegate => {
                        let v = owned(regs, b);
                        save!();
                        if let Some(v) = generator::suspend(th, frame, v, entry) {
                            return Ok(Outcome::Yielded(v));
                        }
                        reload!();
                        continue 'next;
                    }
                    Op::Send => {
                        save!();
                        let it = reg(regs, b);
                        let sent = owned(regs, c);
                        if generator::can_resume_inline(th, it) {
                            generator::resume_inline(th, it, sent, Resume::Send, a);
                            reload!();
                            continue 'next;
                        }
                        match check!(generator::send(th, it, sent)) {
                            generator::Sent::Yielded(v) => {
                                put(regs, a, v);
                                next!(2);
                            }
                            generator::Sent::Returned(v) => {
                                drop(take(regs, b));
                                put(regs, a, v);
                                jump!(2);
                            }
                        }
                    }

                    Op::Raise => {
                        save!();
                        ops::raise(th, owned(regs, a), None);
                        break 'raise;
                    }
                    Op::RaiseFrom => {
                        save!();
                        let cause = owned(regs, b);
                        ops::raise(th, owned(regs, a), Some(cause));
                        break 'raise;
                    }
                    Op::RaiseBare => {
                        save!();
                        if ops::raise_bare(th) {
                            break 'raise;
                        }
                        if unwind::unwind(th, entry, false).is_err() {
                            return Err(Raised::set_in_thread());
                        }
                        reload!();
                        continue 'next;
                    }
                    Op::Reraise => {
                        save!();
                        let exc = reg(regs, a).clone();
                        th.handled.set(reg(regs, b + 1).clone());
                        th.restore_error(exc);
                        if unwind::unwind(th, entry, false).is_err() {
                            return Err(Raised::set_in_thread());
                        }
                        reload!();
                        continue 'next;
                    }
                    Op::PopExcept => {
                        save!();
                        let previous = take(regs, a + 1).into_owned();
                        let handled = th.handled.replace(previous);
                        drop(take(regs, a));
                        drop(handled);
                        next!(1);
                    }
                    Op::JumpNoMatch => {
                        save!();
                        let matches = check!(ops::exception_matches(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        branch!(!matches, 2)
                    }
                    Op::MatchGroup => {
                        save!();
                        check!(ops::match_group(th, regs, a, b));
                        next!(1);
                    }
                    Op::WithExit => {
                        save!();
                        let v = check!(ops::with_exit(th, reg(regs, b), reg(regs, b + 1), reg(regs, c)));
                        put(regs, a, v);
                        next!(1);
                    }

                    Op::GetLen => {
                        save!();
                        let n = check!(th.length(reg(regs, b)));
                        put(regs, a, th.usize(n));
                        next!(1);
                    }
                    Op::MatchMapping => {
                        let is = reg(regs, b).type_of(th).has(crate::types::type_::MAPPING);
                        put(regs, a, Value::bool(is));
                        next!(1);
                    }
                    Op::MatchSequence => {
                        let is = reg(regs, b).type_of(th).has(crate::types::type_::SEQUENCE);
                        put(regs, a, Value::bool(is));
                        next!(1);
                    }
                    Op::MatchKeys => {
                        save!();
                        let v = check!(ops::match_keys(th, reg(regs, b), reg(regs, c)));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::MatchClass => {
                        save!();
                        let v = check!(ops::match_class(
                            th,
                            reg(regs, b),
                            reg(regs, c),
                            reg(regs, c + 1),
                            ext!(1) as usize
                        ));
                        drop(take(regs, c));
                        drop(take(regs, c + 1));
                        put(regs, a, v);
                        next!(2);
                    }

                    Op::ImportName => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        let v = check!(crate::import::import_name(
                            th,
                            &*frame,
                            name,
                            reg(regs, b),
                            reg(regs, b + 1)
                        ));
                        drop(take(regs, b));
                        drop(take(regs, b + 1));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::ImportFrom => {
                        save!();
                        let name = (*frame).code().names.get_unchecked(c as usize);
                        let v = check!(crate::import::import_from(th, reg(regs, b), name));
                        put(regs, a, v);
                        next!(1);
                    }
                    Op::ImportStar => {
                        save!();
                        check!(crate::import::import_star(th, &*frame, reg(regs, a)));
                        consume(regs, a);
                        next!(1);
                    }
                    Op::Trace => {
                        save!();
                        check!(trace::step(th, frame));
                        pc = (*frame).pc.get();
                        continue 'next;
                    }
                    #[allow(unreachable_patterns)]
                    _ => {
                        save!();
                        let _ = th.system_error(format!("unknown opcode {}", word as u16));
                        break 'raise;
                    }
                }
            }
            // An exception was raised by the instruction at the current frame's pc.
            if unwind::unwind(th, entry, true).is_err() {
                return Err(Raised::set_in_thread());
            }
            reload!();
        }
    }
}

/// The tuple behind a value known to be one.
pub(crate) fn tuple_slice(v: &Value) -> &[Value] {
    v.payload::<Tuple>().map_or(&[], Tuple::as_slice)
}
