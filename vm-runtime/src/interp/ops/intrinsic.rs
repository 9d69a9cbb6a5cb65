//! Intrinsic functions.
use super::tuple_slice;
use crate::frame::Frame;
use crate::native::typing;
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use vm_compiler::bytecode::ops::{Intrinsic1 as I1, Intrinsic2 as I2};
use vm_core::Value;

/// `Intrinsic1`.
pub(in crate::interp) fn intrinsic1(th: &Thread, frame: &Frame, which: u16, v: &Value) -> PyResult<Value> {
    let _ = frame;
    if which == I1::Print as u16 {
        let Some(hook) = th.sys_attr("displayhook") else {
            return Err(th.runtime_error("lost sys.displayhook"));
        };
        return th.call(&hook, std::slice::from_ref(v));
    }
    if which == I1::StopIterationError as u16 {
        return stop_iteration_error(th, frame, v);
    }
    if which == I1::AsyncGenWrap as u16 {
        return Ok(crate::types::async_generator::wrap_value(th, v));
    }
    if which == I1::TypeVar as u16 {
        return typing::new_type_var(th, v, None, None);
    }
    if which == I1::ParamSpec as u16 {
        return typing::new_param_spec(th, v);
    }
    if which == I1::TypeVarTuple as u16 {
        return typing::new_type_var_tuple(th, v);
    }
    if which == I1::SubscriptGeneric as u16 {
        return typing::subscript_generic(th, v);
    }
    if which == I1::TypeAlias as u16 {
        let [name, parameters, compute] = tuple_slice(v) else {
            return Err(th.system_error("a type alias has three parts"));
        };
        return typing::new_alias_type(th, name, parameters, compute);
    }
    Err(th.system_error(format!("unknown intrinsic {which}")))
}

/// A StopIteration must not leave a generator (PEP 479).
fn stop_iteration_error(th: &Thread, frame: &Frame, exc: &Value) -> PyResult<Value> {
    let t = &th.types().exc;
    let flags = frame.code().flags;
    let is_async = flags & vm_compiler::flags::ASYNC_GENERATOR != 0;
    let what = if th.isinstance(exc, t.stop_iteration) {
        if is_async {
            "async generator raised StopIteration"
        } else if flags & vm_compiler::flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if is_async && th.isinstance(exc, t.stop_async_iteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(exc.clone());
    };
    let message = th.str(what);
    let error = th.new_exception(t.runtime_error, vec![message])?;
    th.setattr(&error, &th.names().__cause__, exc)?;
    th.setattr(&error, &th.names().__context__, exc)?;
    Ok(error)
}

/// `Intrinsic2`.
pub(in crate::interp) fn intrinsic2(th: &Thread, which: u16, a: &Value, b: &Value) -> PyResult<Value> {
    if which == I2::PrepReraiseStar as u16 {
        let raised = th.collect(b)?;
        return th.prep_reraise_star(a, &raised);
    }
    if which == I2::TypeVarWithBound as u16 {
        return typing::new_type_var(th, a, Some(b), None);
    }
    if which == I2::TypeVarWithConstraints as u16 {
        return typing::new_type_var(th, a, None, Some(b));
    }
    if which == I2::SetFunctionTypeParams as u16 {
        if let Some(f) = a.payload::<crate::types::function::Function>() {
            f.type_params.set(th, b.clone());
        }
        return Ok(a.clone());
    }
    if which == I2::SetTypeParamDefault as u16 {
        return typing::set_default(th, a, b);
    }
    Err(th.system_error(format!("unknown intrinsic {which}")))
}
