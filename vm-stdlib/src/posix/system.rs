//! What `posix` tells about the system.
use super::{brief, done};
use crate::ext::ThreadExt;
use crate::io::{retry, zeroed};
use crate::numbers::{c_int, c_int_or};
use crate::path_arg::fs_decode;
use vm_runtime::host::{self, file, process, terminal};
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

pub static FUNCTIONS: &[MethodDef] = &[
    m("uname", "()", uname, "Return an object identifying the current operating system."),
    m("times", "()", times, "Return a collection containing process timing information."),
    m("sysconf", "(name, /)", sysconf, "Return an integer-valued system configuration variable."),
    m("confstr", "(name, /)", confstr, "Return a string-valued system configuration variable."),
    m("getloadavg", "()", getloadavg, "Return average recent system load information."),
    m(
        "urandom",
        "(size, /)",
        urandom,
        "Return a bytes object containing random bytes suitable for cryptographic use.",
    ),
    m("getrandom", "(size, flags=0)", getrandom, "Obtain a series of random bytes."),
    m("strerror", "(code, /)", strerror, "Translate an error code to a message string."),
    m(
        "get_terminal_size",
        "(fd=1, /)",
        get_terminal_size,
        "Return the size of the terminal window as (columns, lines).",
    ),
    m("ctermid", "()", ctermid, "Return the name of the controlling terminal for this process."),
    m("major", "(device, /)", major, "Extracts a device major number from a raw device number."),
    m("minor", "(device, /)", minor, "Extracts a device minor number from a raw device number."),
    m(
        "makedev",
        "(major, minor, /)",
        makedev,
        "Composes a raw device number from the major and minor device numbers.",
    ),
    m("_inputhook", "()", no_hook, "Calls PyOS_CallInputHook dropping the GIL first"),
    m("_is_inputhook_installed", "()", no_hook_installed, "Checks if PyOS_CallInputHook is set"),
];

static UNAME_RESULT: StructSpec = StructSpec::new(
    "posix.uname_result",
    "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.",
    &[
        ("sysname", "operating system name"),
        ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"),
        ("version", "operating system version"),
        ("machine", "hardware identifier"),
    ],
    5,
);

static TIMES_RESULT: StructSpec = StructSpec::new(
    "posix.times_result",
    "times_result: Result from os.times().\n\nThis object may be accessed either as a tuple of\n  (user, system, children_user, children_system, elapsed),\nor via the attributes user, system, children_user, children_system,\nand elapsed.\n\nSee os.times for more information.",
    &[
        ("user", "user time"),
        ("system", "system time"),
        ("children_user", "user time of children"),
        ("children_system", "system time of children"),
        ("elapsed", "elapsed time since an arbitrary point in the past"),
    ],
    5,
);

static TERMINAL_SIZE: StructSpec = StructSpec::new(
    "os.terminal_size",
    "A tuple of (columns, lines) for holding terminal window size",
    &[
        ("columns", "width of the terminal window in characters"),
        ("lines", "height of the terminal window in characters"),
    ],
    2,
);

/// Adds the types to the module.
pub fn add_types(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "uname_result", UNAME_RESULT.class(th)?)?;
    th.set_module_attr(module, "times_result", TIMES_RESULT.class(th)?)?;
    th.set_module_attr(module, "terminal_size", TERMINAL_SIZE.class(th)?)
}

fn uname(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let parts = done(th, process::uname())?;
    UNAME_RESULT.make(th, parts.iter().map(|part| fs_decode(th, part)).collect())
}

fn times(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let (parts, elapsed) = done(th, process::times())?;
    let per_second = process::sysconf(libc::_SC_CLK_TCK).ok().flatten().unwrap_or(100).max(1) as f64;
    let values = parts.iter().chain([&elapsed]).map(|ticks| th.float(*ticks as f64 / per_second)).collect();
    TIMES_RESULT.make(th, values)
}

fn sysconf(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = super::constants::conf_name(th, &args[0], super::constants::SYSCONF)?;
    Ok(th.int(done(th, process::sysconf(name))?.unwrap_or(-1)))
}

fn confstr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = super::constants::conf_name(th, &args[0], super::constants::CONFSTR)?;
    Ok(done(th, process::confstr(name))?.map_or(Value::NONE, |text| fs_decode(th, &text)))
}

fn getloadavg(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    match process::getloadavg() {
        Some(load) => Ok(th.tuple(load.iter().map(|x| th.float(*x)).collect())),
        None => Err(th.os_error_text("Load averages are unobtainable")),
    }
}

fn urandom(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let size = th.index_i64(&args[0])?;
    if size < 0 {
        return Err(th.value_error("negative argument not allowed"));
    }
    let mut data = zeroed(th, size as usize)?;
    let mut at = 0;
    while at < data.len() {
        let rest = data.get_mut(at..).unwrap_or(&mut []);
        match retry(th, || file::getrandom(rest, 0))? {
            Ok(n) => at += n,
            Err(errno) => return Err(th.os_error(errno, None)),
        }
    }
    Ok(th.bytes(&data))
}

fn getrandom(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let size = th.index_i64(&args[0])?;
    let flags = c_int_or(th, &args[1], 0)?;
    if size < 0 {
        return Err(th.os_error(libc::EINVAL, None));
    }
    let mut data = zeroed(th, size as usize)?;
    match retry(th, || file::getrandom(&mut data, flags as u32))? {
        Ok(n) => Ok(th.bytes(data.get(..n).unwrap_or(&[]))),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn strerror(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let code = c_int(th, &args[0])?;
    Ok(th.str(&host::strerror(code)))
}

fn get_terminal_size(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int_or(th, &args[0], 1)?;
    let (rows, columns) = brief(th, || terminal::window_size(fd))?;
    TERMINAL_SIZE.make(th, vec![th.int(i64::from(columns)), th.int(i64::from(rows))])
}

fn ctermid(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(fs_decode(th, &process::ctermid()))
}

/// A device number; -1 stands for "none".
fn device(th: &Thread, value: &Value) -> PyResult<u64> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number == num_bigint::BigInt::from(-1) {
        return Ok(u64::MAX);
    }
    u64::try_from(number).map_err(|_| th.overflow_error("int too big to convert"))
}

fn major(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let device = device(th, &args[0])?;
    Ok(th.int(i64::from(libc::major(device))))
}

fn minor(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let device = device(th, &args[0])?;
    Ok(th.int(i64::from(libc::minor(device))))
}

fn makedev(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (major, minor) = (device(th, &args[0])?, device(th, &args[1])?);
    let device = libc::makedev(major as u32, minor as u32);
    Ok(th.int_from(num_bigint::BigInt::from(device)))
}

fn no_hook(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::NONE)
}

fn no_hook_installed(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::FALSE)
}
