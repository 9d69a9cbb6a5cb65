//! Intrinsic functions.
use super::tuple_slice;
use crate::frame::Frame;
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
    let typing = |name: &str| -> PyResult<Value> {
        let module = th.import("_typing")?;
        th.getattr_str(&module, name)
    };
    if which == I1::TypeVar as u16 {
        return th.call_kw(&typing("TypeVar")?, &[v.clone()], &[("infer_variance", Value::TRUE)]);
    }
    if which == I1::ParamSpec as u16 {
        return th.call_kw(&typing("ParamSpec")?, &[v.clone()], &[("infer_variance", Value::TRUE)]);
    }
    if which == I1::TypeVarTuple as u16 {
        return th.call(&typing("TypeVarTuple")?, &[v.clone()]);
    }
    if which == I1::SubscriptGeneric as u16 {
        let generic = typing("Generic")?;
        let parameters = tuple_slice(v)
            .iter()
            .map(|p| if p.type_of(th).name() == "TypeVarTuple" { unpacked(th, p) } else { Ok(p.clone()) })
            .collect::<PyResult<Vec<_>>>()?;
        return th.getitem(&generic, &th.tuple(parameters));
    }
    if which == I1::TypeAlias as u16 {
        let parts = tuple_slice(v);
        let [name, parameters, compute] = parts else {
            return Err(th.system_error("a type alias has three parts"));
        };
        return th.call(&typing("_make_lazy_alias")?, &[name.clone(), parameters.clone(), compute.clone()]);
    }
    Err(th.system_error(format!("unknown intrinsic {which}")))
}

fn unpacked(th: &Thread, v: &Value) -> PyResult<Value> {
    let it = th.iter(v)?;
    match th.next(&it)? {
        Some(v) => Ok(v),
        None => Ok(v.clone()),
    }
}

/// A StopIteration must not leave a generator (PEP 479).
fn stop_iteration_error(th: &Thread, frame: &Frame, exc: &Value) -> PyResult<Value> {
    let t = &th.types().exc;
    let flags = frame.code().unit.flags;
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
    let typing = |name: &str| -> PyResult<Value> {
        let module = th.import("_typing")?;
        th.getattr_str(&module, name)
    };
    if which == I2::TypeVarWithBound as u16 || which == I2::TypeVarWithConstraints as u16 {
        let bound = which == I2::TypeVarWithBound as u16;
        return th.call(&typing("_make_lazy_typevar")?, &[a.clone(), b.clone(), Value::bool(bound)]);
    }
    if which == I2::SetFunctionTypeParams as u16 {
        if let Some(f) = a.payload::<crate::types::function::Function>() {
            f.type_params.set(th, b.clone());
        }
        return Ok(a.clone());
    }
    if which == I2::SetTypeParamDefault as u16 {
        th.call(&typing("_set_lazy_default")?, &[a.clone(), b.clone()])?;
        return Ok(a.clone());
    }
    Err(th.system_error(format!("unknown intrinsic {which}")))
}
