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
//! Here are the instructions that jump, call, return or do simple arithmetic, and other frequent ones; the rest are in
//! `straight`. The semantics of each opcode stand in `vm_compiler::bytecode::ops`.
mod attr;
mod calls;
mod entry;
pub(crate) mod flush;
pub mod frames;
pub mod generator;
mod ops;
mod records;
mod registers;
pub mod shadow;
mod straight;
pub mod trace;
mod unwind;

use crate::code::GlobalCache;
use crate::frame::{Frame, Resume};
use crate::slots::{BinaryOp, CompareOp};
use crate::thread::{PyResult, Raised, Thread};
use crate::types::list::List;
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::{CONSUME, Op};
use vm_core::Value;

use calls::bind as bind_window;
pub use entry::{call_function, run_class_body, run_code};
pub(crate) use ops::{from_builtins, tuple_slice};
pub use records::Sites;
pub(crate) use registers::*;

/// Why `run` returned without an exception.
pub enum Outcome {
    /// The entry frame returned.
    Returned(Value),
    /// The entry frame, a generator's, yielded.
    Yielded(Value),
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
                    ($op:ident) => {
                        done!(ops::binary(th, BinaryOp::$op, regs, a, b, c))
                    };
                }
                macro_rules! inplace {
                    ($op:ident) => {
                        done!(ops::inplace(th, BinaryOp::$op, regs, a, b, c))
                    };
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

                macro_rules! made {
                    ($v:expr) => {{
                        save!();
                        let v = $v;
                        put(regs, a, v);
                        next!(1);
                    }};
                }
                macro_rules! of_operand {
                    ($v:expr) => {{
                        save!();
                        let v = check!($v);
                        consume(regs, b);
                        put(regs, a, v);
                        next!(1);
                    }};
                }
                macro_rules! done {
                    ($e:expr) => {{
                        save!();
                        check!($e);
                        next!(1);
                    }};
                }
                macro_rules! called {
                    ($n:literal, $e:expr) => {
                        match check!($e) {
                            calls::Called::Done if !trace::is_near(th) => next!($n),
                            calls::Called::Done => {
                                pc = trace::watched(th, frame);
                                next!($n)
                            }
                            calls::Called::Pushed => {
                                reload!();
                                continue 'next;
                            }
                        }
                    };
                }
                macro_rules! divide {
                    ($f:ident, $op:ident) => {{
                        let (x, y) = (reg(regs, b), reg(regs, c));
                        if let (Some(p), Some(q)) = (x.as_small_int(), y.as_small_int())
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.$f(q)));
                            next!(1);
                        }
                        binary!($op)
                    }};
                }
                macro_rules! divide_i {
                    ($f:ident, $op:ident) => {{
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && q > 0
                        {
                            put(regs, a, Value::int_unchecked(p.$f(q)));
                            next!(1);
                        }
                        binary_i!($op)
                    }};
                }
                macro_rules! binary_i {
                    ($op:ident) => {
                        done!(ops::binary_imm(th, BinaryOp::$op, regs, a, b, i64::from(c as i16)))
                    };
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
                    Op::LoadGlobal => {
                        let name = (*frame).code().name_at(b as usize);
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
                    Op::FloorDiv => divide!(div_euclid, FloorDiv),
                    Op::Mod => divide!(rem_euclid, Mod),
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
                    Op::FloorDivI => divide_i!(div_euclid, FloorDiv),
                    Op::ModI => divide_i!(rem_euclid, Mod),
                    Op::LShiftI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && (0..30).contains(&q)
                            && p.unsigned_abs() < 1 << 30
                        {
                            put(regs, a, Value::int_unchecked(p << q));
                            next!(1);
                        }
                        binary_i!(LShift)
                    }
                    Op::RShiftI => {
                        if let (Some(p), q) = (reg(regs, b).as_small_int(), i64::from(c as i16))
                            && q >= 0
                        {
                            put(regs, a, Value::int_unchecked(p >> q.min(63)));
                            next!(1);
                        }
                        binary_i!(RShift)
                    }
                    Op::AndI => {
                        if let Some(p) = reg(regs, b).as_small_int() {
                            put(regs, a, Value::int_unchecked(p & i64::from(c as i16)));
                            next!(1);
                        }
                        binary_i!(And)
                    }
                    Op::Neg => {
                        let x = reg(regs, b);
                        if let Some(v) = Value::int_sub(&Value::int_unchecked(0), x) {
                            put(regs, a, v);
                            next!(1);
                        }
                        of_operand!(th.neg(x))
                    }

                    Op::Lt => compare!(<, Lt),
                    Op::Le => compare!(<=, Le),
                    Op::Eq => compare!(==, Eq),
                    Op::Ne => compare!(!=, Ne),
                    Op::Gt => compare!(>, Gt),
                    Op::Ge => compare!(>=, Ge),
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
                        consume(regs, b);
                        consume(regs, a);
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
                            check!(th.handle_safepoint());
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
                        let name = (*frame).code().name_at(c as usize);
                        match check!(attr::load_slow(th, v, name, cache)) {
                            attr::Loaded::Value(found) => {
                                consume(regs, b);
                                put(regs, a, found);
                                next!(2);
                            }
                            attr::Loaded::Getter(getter) => {
                                called!(2, calls::call_getter(th, regs, a, b, &getter))
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
                        let name = (*frame).code().name_at(b as usize);
                        check!(attr::store_slow(th, v, name, cache, reg(regs, c)));
                        consume(regs, c);
                        consume(regs, a);
                        next!(2);
                    }
                    Op::LoadMethod => {
                        let cache = &*pc.add(1);
                        if attr::method_cached(th, regs, a, b, cache) {
                            next!(2);
                        }
                        save!();
                        let name = (*frame).code().name_at(c as usize);
                        check!(attr::method_slow(th, regs, a, b, name, cache));
                        next!(2);
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
                        called!(2, calls::call(th, frame, regs, a, b, c, with_self, 2))
                    }
                    Op::CallKw => {
                        save!();
                        let data = ext!(1);
                        let with_self = data & vm_compiler::bytecode::ops::CALLKW_NO_SELF == 0
                            && !reg(regs, b + 1).is_unbound();
                        let names = (*frame).code().konst((data & 0xffff_ffff) as usize);
                        called!(2, calls::call_kw(th, regs, a, b, c, with_self, names))
                    }
                    Op::CallEx => {
                        save!();
                        called!(1, calls::call_ex(th, regs, a, b, c))
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
                    Op::JumpNoMatch => {
                        save!();
                        let matches = check!(ops::exception_matches(th, reg(regs, a), reg(regs, b)));
                        consume(regs, b);
                        branch!(!matches, 2)
                    }

                    Op::LoadConst => {
                        let i = b as usize | (c as usize) << 16;
                        let v = (*frame).code().konst(i).borrow_word();
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
                    Op::Own => {
                        own(regs, a);
                        next!(1);
                    }
                    Op::Drop => {
                        save!();
                        drop(take(regs, a));
                        next!(1);
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
                    Op::SetItem => done!(ops::setitem(th, regs, a, b, c)),
                    Op::SetItemI => done!(ops::setitem_imm(th, regs, a, i64::from(b as i16), c)),
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
                    Op::CheckLocal => {
                        if reg(regs, a).is_unbound() {
                            save!();
                            ops::unbound_local(th, &*frame, a);
                            break 'raise;
                        }
                        next!(1);
                    }
                    Op::BuildTuple => made!(ops::build_tuple(th, regs, b, c)),
                    Op::BuildList => made!(th.list(ops::take_run(regs, b, c))),
                    Op::BuildMap => made!(check!(ops::build_map(th, regs, b, c))),
                    Op::BuildString => made!(check!(ops::build_string(th, regs, b, c))),
                    Op::FormatSimple => of_operand!(ops::format_simple(th, reg(regs, b), c)),
                    Op::GetIter => of_operand!(th.iter(reg(regs, b))),
                    Op::ListAppend => {
                        save!();
                        let v = owned(regs, b);
                        if let Some(list) = reg(regs, a).payload::<List>() {
                            check!(list.append(th, v));
                        }
                        next!(1);
                    }
                    Op::UnpackSequence => done!(ops::unpack(th, regs, a, b, c)),
                    Op::UnpackPair => done!(ops::unpack_pair(th, regs, a, b, c)),
                    Op::Is | Op::IsNot => {
                        let same = reg(regs, b).is(reg(regs, c));
                        save!();
                        consume(regs, c); // As CPython's stack: the right one goes first.
                        consume(regs, b);
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
                    Op::Trace => {
                        save!();
                        check!(trace::step(th, frame));
                        pc = (*frame).pc.get();
                        continue 'next;
                    }
                    // Listed, so that the table of jumps needs no check for others.
                    #[rustfmt::skip]
                    Op::LoadCommon | Op::DeleteLocal | Op::MakeCell | Op::CopyFreeVars | Op::DeleteDeref |
                    Op::LoadFromDictOrDeref | Op::LoadFromDictOrGlobals | Op::StoreGlobal | Op::DeleteGlobal |
                    Op::LoadName | Op::StoreName | Op::DeleteName | Op::LoadLocals | Op::SetupAnnotations | Op::Pos
                    | Op::Invert | Op::ToBool | Op::DeleteAttr | Op::LoadSuperAttr | Op::LoadSuperMethod |
                    Op::DeleteItem | Op::GetSlice | Op::SetSlice | Op::BuildSlice | Op::BuildSet | Op::FormatSpec |
                    Op::BuildInterpolation | Op::BuildTemplate | Op::SetAdd | Op::MapAdd | Op::ListExtend |
                    Op::ListToTuple | Op::SetUpdate | Op::DictUpdate | Op::DictMerge | Op::UnpackEx |
                    Op::GetYieldFromIter | Op::GetAwaitable | Op::GetAIter | Op::GetANext | Op::Intrinsic1 |
                    Op::Intrinsic2 | Op::MakeFunction | Op::LoadSpecial | Op::PopExcept | Op::MatchGroup |
                    Op::WithExit | Op::GetLen | Op::MatchMapping | Op::MatchSequence | Op::MatchKeys |
                    Op::MatchClass | Op::ImportName | Op::ImportFrom | Op::ImportStar | Op::Raise | Op::RaiseFrom => {
                        let words = check!(straight::step(th, frame, regs, pc));
                        pc = pc.add(words);
                        continue 'next;
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
