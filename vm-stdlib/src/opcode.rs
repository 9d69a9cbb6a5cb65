//! `_opcode`: the instruction set and the instructions of code objects, for `opcode` and `dis`.
//!
//! The instructions are Orochi's own (`vm_compiler::bytecode::ops`): registers, no evaluation stack, 64-bit words. An
//! offset is twice a word's index, so that `co_positions` has a row for two of it, as CPython's has.
use vm_runtime::code::Code;
use vm_runtime::prelude::*;
use vm_runtime::vm_compiler::bytecode::disassemble::{Instruction, instructions};
use vm_runtime::vm_compiler::bytecode::ops::{ALL, Op};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_opcode",
    doc: "Opcode support module.",
    functions: &[
        m("names", "()", names, "Return the names of all opcodes, in the order of their numbers."),
        m("instructions", "(code, /)", listing, "Return the instructions of a code object as tuples."),
        m(
            "stack_effect",
            "(opcode, oparg=None, /, *, jump=None)",
            stack_effect,
            "Compute the stack effect of the opcode.",
        ),
        m("is_valid", "(opcode, /)", is_valid, "Return True if opcode is valid, False otherwise."),
        m(
            "has_arg",
            "(opcode, /)",
            |th, _, a| has(th, a, |op| op.operands() != ["_"; 3]),
            "Return True if the opcode uses its oparg, False otherwise.",
        ),
        m(
            "has_const",
            "(opcode, /)",
            |th, _, a| has(th, a, |op| matches!(op, Op::LoadConst | Op::MakeFunction)),
            "Return True if the opcode accesses a constant, False otherwise.",
        ),
        m(
            "has_name",
            "(opcode, /)",
            |th, _, a| has(th, a, |op| op.operands().contains(&"name")),
            "Return True if the opcode accesses an attribute by name, False otherwise.",
        ),
        m(
            "has_jump",
            "(opcode, /)",
            |th, _, a| has(th, a, |op| op.extensions().contains(&"jump")),
            "Return True if the opcode has a jump target, False otherwise.",
        ),
        m(
            "has_free",
            "(opcode, /)",
            |th, _, a| {
                has(th, a, |op| {
                    matches!(
                        op,
                        Op::LoadDeref
                            | Op::StoreDeref
                            | Op::DeleteDeref
                            | Op::MakeCell
                            | Op::LoadFromDictOrDeref
                    )
                })
            },
            "Return True if the opcode accesses a free variable, False otherwise.",
        ),
        m(
            "has_local",
            "(opcode, /)",
            |th, _, a| {
                has(th, a, |op| matches!(op, Op::Move | Op::Borrow | Op::CheckLocal | Op::DeleteLocal))
            },
            "Return True if the opcode accesses a local variable, False otherwise.",
        ),
        m(
            "has_exc",
            "(opcode, /)",
            |th, _, a| has(th, a, |_| false),
            "Return True if the opcode sets an exception handler, False otherwise.",
        ),
        m(
            "get_executor",
            "(*, code, offset)",
            get_executor,
            "Return the executor object at offset in code if exists, None otherwise.",
        ),
        m("get_specialization_stats", "()", |_, _, _| Ok(Value::NONE), "Return the specialization stats"),
    ],
    init: Some(|th, module| {
        // What CPython calls specialization is inside its instructions: tests of it do not apply.
        th.set_module_attr(module, "ENABLE_SPECIALIZATION", Value::FALSE)?;
        th.set_module_attr(module, "ENABLE_SPECIALIZATION_FT", Value::FALSE)
    }),
    ..ModuleSpec::EMPTY
};

fn names(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.list(ALL.iter().map(|op| th.str(op.name())).collect()))
}

fn opcode(th: &Thread, v: &Value) -> PyResult<Option<Op>> {
    Ok(u16::try_from(th.index_i64(v)?).ok().and_then(Op::from_u16))
}

fn is_valid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(opcode(th, &args[0])?.is_some()))
}

fn has(th: &Thread, args: &[Value], property: fn(Op) -> bool) -> PyResult<Value> {
    Ok(Value::bool(opcode(th, &args[0])?.is_some_and(property)))
}

/// Always 0 for an opcode there is: a register machine has no evaluation stack.
fn stack_effect(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let jump = args.get(2).cloned().unwrap_or(Value::NONE);
    if !(jump.is_none() || jump.is(&Value::TRUE) || jump.is(&Value::FALSE)) {
        return Err(th.value_error("stack_effect: jump must be False, True or None"));
    }
    match opcode(th, &args[0])? {
        Some(_) => Ok(Value::int_unchecked(0)),
        None => Err(th.value_error("invalid opcode or oparg")),
    }
}

fn get_executor(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    th.expect::<Code>(&args[0], "code")?;
    Ok(Value::NONE)
}

/// Rows of (offset, end offset, opcode, operands as text, jump target or None, index of a constant or None, index of a
/// name or None).
fn listing(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let code = th.expect::<Code>(&args[0], "code")?;
    let optional = |n: Option<usize>| n.map_or(Value::NONE, |n| th.usize(n));
    let row = |i: &Instruction| {
        th.tuple(vec![
            th.usize(i.word * 2),
            th.usize((i.word + i.op.words()) * 2),
            th.usize(i.op as usize),
            th.str(&i.operands),
            optional(i.target.map(|t| t * 2)),
            optional(i.constant),
            optional(i.name),
        ])
    };
    Ok(th.list(instructions(code.unit()).iter().map(row).collect()))
}
