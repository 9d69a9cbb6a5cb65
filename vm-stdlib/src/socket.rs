//! `_socket`: sockets and names.
mod address;
mod constants;
mod names;
mod object;
mod transfer;

use crate::numbers::{c_int, c_int_or};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use vm_runtime::host::{file, net};
use vm_runtime::prelude::*;

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: &[
        m(
            "socketpair",
            "(family=None, type=1, proto=0, /)",
            socketpair,
            "socketpair([family[, type [, proto]]]) -> (socket object, socket object)",
        ),
        m(
            "close",
            "(object, /)",
            close,
            "close(integer) -> None\n\nClose an integer socket file descriptor.",
        ),
        m(
            "dup",
            "(object, /)",
            dup,
            "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.",
        ),
        m("getdefaulttimeout", "()", getdefaulttimeout, "getdefaulttimeout() -> timeout"),
        m("setdefaulttimeout", "(object, /)", setdefaulttimeout, "setdefaulttimeout(timeout)"),
        m("CMSG_LEN", "(length, /)", cmsg_len, "CMSG_LEN(length) -> control message length"),
        m("CMSG_SPACE", "(length, /)", cmsg_space, "CMSG_SPACE(length) -> buffer size"),
        m(
            "htons",
            "(integer, /)",
            names::htons,
            "Convert a 16-bit unsigned integer from host to network byte order.",
        ),
        m(
            "ntohs",
            "(integer, /)",
            names::ntohs,
            "Convert a 16-bit unsigned integer from network to host byte order.",
        ),
        m("htonl", "(integer, /)", names::htonl, "Convert a 32-bit integer from host to network byte order."),
        m("ntohl", "(integer, /)", names::ntohl, "Convert a 32-bit integer from network to host byte order."),
        m(
            "inet_aton",
            "(ip_addr, /)",
            names::inet_aton,
            "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.",
        ),
        m(
            "inet_ntoa",
            "(packed_ip, /)",
            names::inet_ntoa,
            "Convert an IP address from 32-bit packed binary format to string format.",
        ),
        m("inet_pton", "(af, ip, /)", names::inet_pton, "inet_pton(af, ip) -> packed IP address string"),
        m(
            "inet_ntop",
            "(af, packed_ip, /)",
            names::inet_ntop,
            "inet_ntop(af, packed_ip) -> string formatted IP address",
        ),
        m(
            "gethostname",
            "()",
            names::gethostname,
            "gethostname() -> string\n\nReturn the current host name.",
        ),
        m("sethostname", "(name, /)", names::sethostname, "sethostname(name)\n\nSets the hostname to name."),
        m(
            "getaddrinfo",
            "(host, port, family=0, type=0, proto=0, flags=0)",
            names::getaddrinfo,
            "getaddrinfo(host, port [, family, type, proto, flags]) -> list of (family, type, proto, canonname, sockaddr)",
        ),
        m(
            "getnameinfo",
            "(sockaddr, flags, /)",
            names::getnameinfo,
            "getnameinfo(sockaddr, flags) --> (host, port)",
        ),
        m("gethostbyname", "(host, /)", names::gethostbyname, "gethostbyname(host) -> address"),
        m(
            "gethostbyname_ex",
            "(host, /)",
            names::gethostbyname_ex,
            "gethostbyname_ex(host) -> (name, aliaslist, addresslist)",
        ),
        m(
            "gethostbyaddr",
            "(host, /)",
            names::gethostbyaddr,
            "gethostbyaddr(host) -> (name, aliaslist, addresslist)",
        ),
        m(
            "getservbyname",
            "(servicename, protocolname=None, /)",
            names::getservbyname,
            "getservbyname(servicename[, protocolname]) -> integer",
        ),
        m(
            "getservbyport",
            "(port, protocolname=None, /)",
            names::getservbyport,
            "getservbyport(port[, protocolname]) -> string",
        ),
        m("getprotobyname", "(name, /)", names::getprotobyname, "getprotobyname(name) -> integer"),
        m(
            "if_nameindex",
            "()",
            names::if_nameindex,
            "if_nameindex() -> list of network interface information (index, name) tuples.",
        ),
        m(
            "if_nametoindex",
            "(oname, /)",
            names::if_nametoindex,
            "Returns the interface index corresponding to the interface name if_name.",
        ),
        m(
            "if_indextoname",
            "(if_index, /)",
            names::if_indextoname,
            "Returns the interface name corresponding to the interface index if_index.",
        ),
    ],
    types: &[&object::SPEC],
    init: Some(init),
    ..ModuleSpec::EMPTY
};

const GAI_ERROR: &str = "_socket.gaierror";
const HERROR: &str = "_socket.herror";

/// The default timeout in nanoseconds; -1: none. One for the process, as sockets are the process's.
static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    for (name, value) in constants::CONSTANTS {
        th.set_module_attr(module, name, th.int(*value))?;
    }
    let exc = &th.types().exc;
    th.set_module_attr(module, "has_ipv6", Value::TRUE)?;
    th.set_module_attr(module, "error", exc.os_error.value())?;
    th.set_module_attr(module, "timeout", exc.timeout_error.value())?;
    let class = th.type_for::<object::Socket>().value();
    th.set_module_attr(module, "SocketType", class)?;
    for (name, key) in [("gaierror", GAI_ERROR), ("herror", HERROR)] {
        let bases = th.tuple(vec![exc.os_error.value()]);
        let dict = th.dict();
        th.setitem(&dict, &th.str("__module__"), &th.str("socket"))?;
        let error = th.call(&th.types().type_.value(), &[th.str(name), bases, dict])?;
        th.set_vm_state(key, error.clone());
        th.set_module_attr(module, name, error)?;
    }
    Ok(())
}

/// `gaierror(code, text)`.
fn gai_error(th: &Thread, code: i32) -> Raised {
    let Some(class) = th.vm_state(GAI_ERROR) else { return th.os_error(code, None) };
    match th.call(&class, &[th.int(i64::from(code)), th.str(&net::gai_strerror(code))]) {
        Ok(error) => th.raise_value(error),
        Err(raised) => raised,
    }
}

fn failed(th: &Thread, errno: i32) -> Raised {
    th.os_error(errno, None)
}

fn socketpair(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let family = if crate::io::absent(&args[0]) { libc::AF_UNIX } else { c_int(th, &args[0])? };
    let (kind, protocol) = (c_int_or(th, &args[1], libc::SOCK_STREAM)?, c_int_or(th, &args[2], 0)?);
    let (a, b) = th.detach(|| net::socketpair(family, kind, protocol)).map_err(|errno| failed(th, errno))?;
    let make = |fd| object::make(th, fd, family, kind, protocol);
    Ok(th.tuple(vec![make(a)?, make(b)?]))
}

fn close(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    match th.detach(|| file::close(fd)) {
        Ok(()) | Err(libc::ECONNRESET) => Ok(Value::NONE),
        Err(errno) => Err(failed(th, errno)),
    }
}

fn dup(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = c_int(th, &args[0])?;
    Ok(th.int(i64::from(th.detach(|| file::dup(fd)).map_err(|errno| failed(th, errno))?)))
}

/// A timeout argument in nanoseconds; -1 for None.
fn timeout_arg(th: &Thread, value: &Value) -> PyResult<i64> {
    if value.is_none() {
        return Ok(-1);
    }
    let nanos = crate::numbers::nanoseconds(th, value, crate::numbers::Round::Ceiling)?;
    if nanos < 0 {
        return Err(th.value_error("Timeout value out of range"));
    }
    Ok(nanos)
}

fn timeout_value(th: &Thread, nanos: i64) -> Value {
    if nanos < 0 { Value::NONE } else { th.float(nanos as f64 / 1e9) }
}

fn getdefaulttimeout(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(timeout_value(th, DEFAULT_TIMEOUT.load(Relaxed)))
}

fn setdefaulttimeout(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    DEFAULT_TIMEOUT.store(timeout_arg(th, &args[0])?, Relaxed);
    Ok(Value::NONE)
}

fn control_size(th: &Thread, value: &Value, what: &str, f: fn(u32) -> usize) -> PyResult<Value> {
    let length = th.index_i64(value)?;
    match u32::try_from(length) {
        Ok(length) if length < 0x7fff_0000 => Ok(th.usize(f(length))),
        _ => Err(th.overflow_error(format!("{what}() argument out of range"))),
    }
}

fn cmsg_len(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    control_size(th, &args[0], "CMSG_LEN", net::cmsg_len)
}

fn cmsg_space(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    control_size(th, &args[0], "CMSG_SPACE", net::cmsg_space)
}
