//! Instructions that end where the next one begins: names, items, building, unpacking, matching, imports. The most frequent
//! ones are in the loop itself.
use super::{attr, consume, generator, ops, owned, put, reg, take};
use crate::frame::Frame;
use crate::thread::{PyResult, Raised, Thread};
use crate::types::list::List;
use crate::types::value_ext::ValueExt;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::Op;
use vm_core::Value;

/// Does the instruction at `pc`; the number of its words.
///
/// # Errors
/// What the instruction raises.
///
/// # Safety
/// As `run`; `frame` is the current frame and `regs` its window.
#[inline(never)]
pub(super) unsafe fn step(
    th: &Thread,
    frame: *mut Frame,
    regs: *mut Value,
    pc: *const AtomicU64,
) -> PyResult<usize> {
    // SAFETY: validated code and the rules of the interpreter and of `frame`.
    unsafe {
        let word = (*pc).load(Ordering::Relaxed);
        let (a, b, c) = ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16);
        let op: Op = std::mem::transmute::<u16, Op>(word as u16);

        macro_rules! next {
            ($n:literal) => {
                return Ok($n)
            };
        }
        macro_rules! save {
            () => {
                (*frame).pc.set(pc)
            };
        }
        macro_rules! check {
            ($e:expr) => {
                $e?
            };
        }
        macro_rules! ext {
            ($n:literal) => {
                (*pc.add($n)).load(Ordering::Relaxed)
            };
        }

        match op {
            Op::LoadCommon => {
                save!();
                put(regs, a, check!(ops::common(th, &*frame, b)));
                next!(1);
            }
            Op::DeleteLocal => {
                save!();
                let old = take(regs, a);
                if old.is_unbound() {
                    ops::unbound_local(th, &*frame, a);
                    return Err(Raised::set_in_thread());
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
            Op::DeleteDeref => {
                save!();
                if ops::cell_take(reg(regs, a)).is_unbound() {
                    ops::unbound_cell(th, &*frame, a);
                    return Err(Raised::set_in_thread());
                }
                next!(1);
            }
            Op::LoadFromDictOrDeref => {
                save!();
                let name = (*frame).code().name_at(ext!(1) as usize);
                let v = check!(ops::from_dict_or_deref(th, &*frame, reg(regs, b), c, name));
                consume(regs, b);
                put(regs, a, v);
                next!(2);
            }
            Op::LoadFromDictOrGlobals => {
                save!();
                let name = (*frame).code().name_at(c as usize);
                let v = check!(ops::from_dict_or_globals(th, &*frame, reg(regs, b), name));
                consume(regs, b);
                put(regs, a, v);
                next!(1);
            }
            Op::StoreGlobal => {
                save!();
                let name = (*frame).code().name_at(a as usize);
                let v = owned(regs, b);
                check!((*(*frame).globals).set(th, name, v));
                next!(1);
            }
            Op::DeleteGlobal => {
                save!();
                let name = (*frame).code().name_at(a as usize);
                check!(ops::delete_global(th, &*frame, name));
                next!(1);
            }
            Op::LoadName => {
                save!();
                let name = (*frame).code().name_at(b as usize);
                let cache = &*pc.add(1);
                let v = check!(ops::load_name(th, &*frame, name, cache));
                put(regs, a, v);
                next!(2);
            }
            Op::StoreName => {
                save!();
                let name = (*frame).code().name_at(a as usize);
                let v = owned(regs, b);
                check!(ops::store_name(th, &*frame, name, v));
                next!(1);
            }
            Op::DeleteName => {
                save!();
                let name = (*frame).code().name_at(a as usize);
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
            Op::ToBool => {
                save!();
                let truth = check!(th.truth(reg(regs, b)));
                consume(regs, b);
                put(regs, a, Value::bool(truth));
                next!(1);
            }
            Op::DeleteAttr => {
                save!();
                let name = (*frame).code().name_at(b as usize);
                check!(th.delattr(reg(regs, a), name));
                consume(regs, a);
                next!(1);
            }
            Op::LoadSuperAttr => {
                save!();
                let name = (*frame).code().name_at(c as usize);
                let v = check!(attr::super_attr(th, regs, b, name, ext!(1) != 0));
                for i in 0..3 {
                    drop(take(regs, b + i));
                }
                put(regs, a, v);
                next!(2);
            }
            Op::LoadSuperMethod => {
                save!();
                let name = (*frame).code().name_at(c as usize);
                check!(attr::super_method(th, regs, a, b, name, ext!(1) != 0));
                next!(2);
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
                let slice = th.slice(take(regs, c).into_owned(), take(regs, c + 1).into_owned(), Value::NONE);
                let v = check!(th.getitem(reg(regs, b), &slice));
                consume(regs, b);
                drop(slice);
                put(regs, a, v);
                next!(1);
            }
            Op::SetSlice => {
                save!();
                let slice = th.slice(take(regs, b).into_owned(), take(regs, b + 1).into_owned(), Value::NONE);
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
            Op::BuildSet => {
                save!();
                let v = check!(ops::build_set(th, ops::take_run(regs, b, c)));
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
                let v = th.tuple(reg(regs, b).payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default());
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
            Op::UnpackEx => {
                save!();
                check!(ops::unpack_ex(th, regs, a, b, c, ext!(1) as usize));
                next!(2);
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
                let code = (*frame).code().konst(ext!(1) as usize);
                let v = check!(ops::make_function(th, &*frame, code, regs, b, c));
                put(regs, a, v);
                next!(2);
            }
            Op::LoadSpecial => {
                save!();
                check!(ops::load_special(th, regs, a, b, c));
                next!(1);
            }
            Op::PopExcept => {
                save!();
                let previous = take(regs, a + 1).into_owned();
                let handled = th.handled.replace(previous);
                drop(take(regs, a));
                drop(handled);
                next!(1);
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
                let name = (*frame).code().name_at(c as usize);
                let v = check!(crate::import::import_name(th, &*frame, name, reg(regs, b), reg(regs, b + 1)));
                drop(take(regs, b));
                drop(take(regs, b + 1));
                put(regs, a, v);
                next!(1);
            }
            Op::ImportFrom => {
                save!();
                let name = (*frame).code().name_at(c as usize);
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
            Op::Raise => {
                save!();
                ops::raise(th, owned(regs, a), None);
                Err(Raised::set_in_thread())
            }
            Op::RaiseFrom => {
                save!();
                let cause = owned(regs, b);
                ops::raise(th, owned(regs, a), Some(cause));
                Err(Raised::set_in_thread())
            }
            _ => {
                save!();
                Err(th.system_error(format!("unknown opcode {}", word as u16)))
            }
        }
    }
}
