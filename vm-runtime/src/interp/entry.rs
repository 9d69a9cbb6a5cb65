//! Python code run from Rust: functions called, code and class bodies executed, each in a `run` of its own.
use super::calls::push_bound;
use super::{Outcome, run};
use crate::call::CallArgs;
use crate::code::{Code, CodeKind};
use crate::frame::{Frame, Resume};
use crate::thread::{PyResult, Thread};
use crate::types::function::Function;
use crate::types::value_ext::ValueExt;
use vm_compiler::flags;
use vm_core::Value;

/// Runs a frame that was just pushed, to its end.
unsafe fn finish(th: &Thread, frame: *mut Frame) -> PyResult<Value> {
    // SAFETY: the frame is the current one, set up by `push_bound`.
    match unsafe { run(th, frame) }? {
        Outcome::Returned(v) | Outcome::Yielded(v) => Ok(v),
    }
}

/// Calls a Python function from Rust: the slot function of functions.
///
/// # Errors
/// What the function raises; RecursionError near the end of the native stack.
pub fn call_function(th: &Thread, function: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some(f) = function.payload::<Function>() else { return Err(th.type_error("a function is wanted")) };
    th.check_native_stack("")?;
    // SAFETY: the function's code slot holds a code object; frames and windows by this module's rules.
    unsafe {
        let code: &Code = f.code.borrow_unchecked::<Code>();
        if code.kind != CodeKind::Plain {
            return super::generator::make(th, function, f, args.args, args.names);
        }
        th.check_signals()?;
        let frame = push_bound(th, function, f, args.args, args.names, Resume::Rust, 0, 0)?;
        finish(th, frame)
    }
}

/// Runs code with these globals and locals (a mapping; UNBOUND for function code) in a frame of its own.
///
/// # Errors
/// What the code raises.
pub fn run_code(
    th: &Thread,
    code: &Value,
    globals: &Value,
    locals: &Value,
    closure: Value,
) -> PyResult<Value> {
    let function = th.new_function(code, globals, closure)?;
    let Some(f) = function.payload::<Function>() else {
        return Err(th.type_error("code must be a code object"));
    };
    th.check_native_stack("")?;
    // SAFETY: as `call_function`.
    unsafe {
        let code: &Code = f.code.borrow_unchecked::<Code>();
        if code.kind != CodeKind::Plain {
            return super::generator::make(th, &function, f, &[], &[]);
        }
        let frame = push_bound(th, &function, f, &[], &[], Resume::Rust, 0, 0)?;
        (*frame).locals = if code.flags & flags::OPTIMIZED != 0 { Value::UNBOUND } else { locals.clone() };
        finish(th, frame)
    }
}

/// Runs the function of a class body with its namespace; what it returns (the `__class__` cell or None).
///
/// # Errors
/// What the body raises.
pub fn run_class_body(th: &Thread, function: &Value, namespace: &Value) -> PyResult<Value> {
    let Some(f) = function.payload::<Function>() else {
        return Err(th.type_error("__build_class__: func must be a function"));
    };
    th.check_native_stack("")?;
    // SAFETY: as `call_function`.
    unsafe {
        let frame = push_bound(th, function, f, &[], &[], Resume::Rust, 0, 0)?;
        (*frame).locals = namespace.clone();
        finish(th, frame)
    }
}
