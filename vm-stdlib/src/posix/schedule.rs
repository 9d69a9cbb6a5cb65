//! The scheduler, as `posix` presents it.
use super::done;
use crate::numbers::c_int;
use vm_runtime::call::OwnSignature;
use vm_runtime::host::process;
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static FUNCTIONS: &[MethodDef] = &[
    m("sched_yield", "()", sched_yield, "Voluntarily relinquish the CPU."),
    m(
        "sched_getaffinity",
        "(pid, /)",
        sched_getaffinity,
        "Return the affinity of the process identified by pid (or the current process if zero).",
    ),
    m(
        "sched_setaffinity",
        "(pid, mask, /)",
        sched_setaffinity,
        "Set the CPU affinity of the process identified by pid to mask.",
    ),
    m(
        "sched_getscheduler",
        "(pid, /)",
        sched_getscheduler,
        "Get the scheduling policy for the process identified by pid.",
    ),
    m(
        "sched_setscheduler",
        "(pid, policy, param, /)",
        sched_setscheduler,
        "Set the scheduling policy for the process identified by pid.",
    ),
    m(
        "sched_getparam",
        "(pid, /)",
        sched_getparam,
        "Returns scheduling parameters for the process identified by pid.",
    ),
    m(
        "sched_setparam",
        "(pid, param, /)",
        sched_setparam,
        "Set scheduling parameters for the process identified by pid.",
    ),
    m("sched_get_priority_max", "(policy)", priority_max, "Get the maximum scheduling priority for policy."),
    m("sched_get_priority_min", "(policy)", priority_min, "Get the minimum scheduling priority for policy."),
    m(
        "sched_rr_get_interval",
        "(pid, /)",
        sched_rr_get_interval,
        "Return the round-robin quantum for the process identified by pid, in seconds.",
    ),
    m("cpu_count", "()", cpu_count, "Return the number of logical CPUs in the system."),
];

static SCHED_PARAM: StructSpec = StructSpec::new(
    "posix.sched_param",
    "Currently has only one field: sched_priority\n\n  sched_priority\n    A scheduling parameter.",
    &[("sched_priority", "the scheduling priority")],
    1,
)
.with_new(new_param);

fn new_param(th: &Thread, _: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    static SIGNATURE: OwnSignature = OwnSignature::new("sched_param", "(sched_priority)");
    let bound = SIGNATURE.bind(th, args)?;
    SCHED_PARAM.make(th, vec![bound[0].clone()])
}

/// Adds the types to the module.
pub fn add_types(th: &Thread, module: &Value) -> PyResult<()> {
    let class = SCHED_PARAM.class(th)?;
    th.set_module_attr(module, "sched_param", class)
}

/// A `sched_param` argument: its priority.
pub fn param(th: &Thread, value: &Value) -> PyResult<i32> {
    let class = SCHED_PARAM.class(th)?;
    if !th.object_isinstance(value, &class)? {
        return Err(th.type_error("must have a sched_param object"));
    }
    let priority = th.getattr_str(value, "sched_priority")?;
    c_int(th, &priority)
}

fn sched_yield(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let result = th.detach(process::sched_yield);
    done(th, result).map(|()| Value::NONE)
}

fn sched_getaffinity(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let cpus = done(th, process::sched_getaffinity(pid))?;
    let cpus = th.list(cpus.iter().map(|cpu| th.usize(*cpu)).collect());
    th.call(&th.types().set.value(), &[cpus])
}

fn sched_setaffinity(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let mut cpus = Vec::new();
    for item in th.collect(&args[1])? {
        if !th.isinstance(&item, th.types().int) {
            return Err(th.type_error(format!(
                "expected an iterator of ints, but iterator yielded {}",
                th.repr_string(&item.type_of(th).value())?
            )));
        }
        let cpu = th.index_i64(&item)?;
        if cpu < 0 {
            return Err(th.value_error("negative CPU number"));
        }
        if cpu > i64::from(i32::MAX) - 1 {
            return Err(th.overflow_error("CPU number too large"));
        }
        cpus.push(cpu as usize);
    }
    done(th, process::sched_setaffinity(pid, &cpus)).map(|()| Value::NONE)
}

fn sched_getscheduler(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    Ok(th.int(i64::from(done(th, process::sched_getscheduler(pid))?)))
}

fn sched_setscheduler(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (pid, policy) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    let priority = param(th, &args[2])?;
    done(th, process::sched_setscheduler(pid, policy, priority)).map(|()| Value::NONE)
}

fn sched_getparam(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let priority = done(th, process::sched_getparam(pid))?;
    SCHED_PARAM.make(th, vec![th.int(i64::from(priority))])
}

fn sched_setparam(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let priority = param(th, &args[1])?;
    done(th, process::sched_setparam(pid, priority)).map(|()| Value::NONE)
}

fn priority_max(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let policy = c_int(th, &args[0])?;
    Ok(th.int(i64::from(done(th, process::sched_priority_bound(policy, true))?)))
}

fn priority_min(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let policy = c_int(th, &args[0])?;
    Ok(th.int(i64::from(done(th, process::sched_priority_bound(policy, false))?)))
}

fn sched_rr_get_interval(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    Ok(th.float(done(th, process::sched_rr_get_interval(pid))?))
}

fn cpu_count(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    if let Some(n) = th.vm().config.cpu_count {
        return Ok(th.int(i64::from(n)));
    }
    match process::sysconf(libc::_SC_NPROCESSORS_ONLN) {
        Ok(Some(n)) if n > 0 => Ok(th.int(n)),
        _ => Ok(Value::NONE),
    }
}
