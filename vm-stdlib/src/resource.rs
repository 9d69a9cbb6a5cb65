//! `resource`: limits and usage of processes.
mod constants;

use crate::numbers::c_int;
use num_bigint::BigInt;
use vm_runtime::host::process;
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "resource",
    doc: "",
    functions: &[
        m("getrusage", "(who, /)", getrusage, ""),
        m("getrlimit", "(resource, /)", getrlimit, ""),
        m("setrlimit", "(resource, limits, /)", setrlimit, ""),
        m("prlimit", "(pid, resource, limits=None, /)", prlimit, ""),
        m("getpagesize", "()", getpagesize, ""),
    ],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in constants::CONSTANTS {
            th.set_module_attr(module, name, th.int(*value))?;
        }
        th.set_module_attr(module, "error", th.types().exc.os_error.value())?;
        th.set_module_attr(module, "struct_rusage", RUSAGE.class(th)?)
    }),
    ..ModuleSpec::EMPTY
};

static RUSAGE: StructSpec = StructSpec::new(
    "resource.struct_rusage",
    "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
    &[
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ],
    16,
);

/// A `struct_rusage`.
pub fn usage_value(th: &Thread, u: &libc::rusage) -> PyResult<Value> {
    let seconds = |t: libc::timeval| th.float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let counts = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    let mut values = vec![seconds(u.ru_utime), seconds(u.ru_stime)];
    values.extend(counts.iter().map(|n| th.int(*n)));
    RUSAGE.make(th, values)
}

fn getrusage(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let who = c_int(th, &args[0])?;
    match process::getrusage(who) {
        Ok(usage) => usage_value(th, &usage),
        Err(libc::EINVAL) => Err(th.value_error("invalid who parameter")),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn limit_value(th: &Thread, limit: u64) -> Value {
    if limit == libc::RLIM_INFINITY { th.int(-1) } else { th.int_from(BigInt::from(limit)) }
}

fn pair(th: &Thread, (soft, hard): (u64, u64)) -> Value {
    th.tuple(vec![limit_value(th, soft), limit_value(th, hard)])
}

fn limit_arg(th: &Thread, value: &Value) -> PyResult<u64> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number < BigInt::from(0) {
        if number == BigInt::from(-1) {
            return Ok(libc::RLIM_INFINITY);
        }
        return Err(th.value_error("Cannot convert negative int"));
    }
    u64::try_from(number).map_err(|_| th.overflow_error("int too big to convert"))
}

fn limits_arg(th: &Thread, value: &Value) -> PyResult<(u64, u64)> {
    let items = th.collect(value)?;
    let [soft, hard] = items.as_slice() else { return Err(th.value_error("expected a tuple of 2 integers")) };
    Ok((limit_arg(th, soft)?, limit_arg(th, hard)?))
}

fn resource_arg(th: &Thread, value: &Value) -> PyResult<i32> {
    let resource = c_int(th, value)?;
    if !(0..16).contains(&resource) {
        return Err(th.value_error("invalid resource specified"));
    }
    Ok(resource)
}

fn getrlimit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let resource = resource_arg(th, &args[0])?;
    process::getrlimit(resource).map(|limits| pair(th, limits)).map_err(|errno| th.os_error(errno, None))
}

fn limit_error(th: &Thread, errno: i32) -> Raised {
    match errno {
        libc::EINVAL => th.value_error("current limit exceeds maximum limit"),
        libc::EPERM => th.value_error("not allowed to raise maximum limit"),
        errno => th.os_error(errno, None),
    }
}

fn setrlimit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let resource = resource_arg(th, &args[0])?;
    let (soft, hard) = limits_arg(th, &args[1])?;
    process::setrlimit(resource, soft, hard).map(|()| Value::NONE).map_err(|errno| limit_error(th, errno))
}

fn prlimit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let resource = resource_arg(th, &args[1])?;
    let new = if crate::io::absent(&args[2]) { None } else { Some(limits_arg(th, &args[2])?) };
    process::prlimit(pid, resource, new).map(|old| pair(th, old)).map_err(|errno| match errno {
        libc::EINVAL => th.value_error("current limit exceeds maximum limit"),
        errno => th.os_error(errno, None),
    })
}

fn getpagesize(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(process::sysconf(libc::_SC_PAGESIZE).ok().flatten().unwrap_or(4096)))
}
