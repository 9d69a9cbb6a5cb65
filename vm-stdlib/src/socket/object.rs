//! The socket object.
use super::address::{from_value, to_value};
use super::{DEFAULT_TIMEOUT, failed, timeout_arg, timeout_value, transfer};
use crate::ext::ThreadExt;
use crate::io::buffers;
use crate::numbers::{c_int, c_int_or};
use crate::select::{Patience, milliseconds};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::Relaxed};
use vm_runtime::host::{SysResult, file, net, poll};
use vm_runtime::prelude::*;

/// Payload. Orderings are relaxed: each field is a setting of its own.
pub struct Socket {
    /// The descriptor, -1 once closed or detached.
    fd: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    protocol: AtomicI32,
    /// Nanoseconds; -1: block for ever; 0: do not block.
    timeout: AtomicI64,
}
payload!(Socket, "socket");

pub static SPEC: TypeSpec = TypeSpec {
    name: "_socket.socket",
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.  The family argument specifies the\naddress family; it defaults to AF_INET.  The type argument specifies\nwhether this is a stream (SOCK_STREAM, this is the default)\nor datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,\nspecifying the default protocol.  Keyword arguments are accepted.\nThe socket is created as non-inheritable.",
    flags: BASETYPE,
    new_sig: "(family=-1, type=-1, proto=-1, fileno=None)",
    slots: &[Slot::NewRaw(new), Slot::Init(init), Slot::Repr(repr), Slot::Del(finalize)],
    methods: &[
        m("_accept", "()", accept, "_accept() -> (integer, address info)"),
        m("bind", "(address, /)", bind, "bind(address)"),
        m("close", "()", close, "close()\n\nClose the socket.  It cannot be used after this call."),
        m("connect", "(address, /)", connect, "connect(address)"),
        m("connect_ex", "(address, /)", connect_ex, "connect_ex(address) -> errno"),
        m("detach", "()", detach, "detach()"),
        m("fileno", "()", fileno, "fileno() -> integer"),
        m("getblocking", "()", getblocking, "getblocking()"),
        m("getpeername", "()", getpeername, "getpeername() -> address info"),
        m("getsockname", "()", getsockname, "getsockname() -> address info"),
        m(
            "getsockopt",
            "(level, option, buffersize=0, /)",
            getsockopt,
            "getsockopt(level, option[, buffersize]) -> value",
        ),
        m("gettimeout", "()", gettimeout, "gettimeout() -> timeout"),
        m("listen", "(backlog=128, /)", listen, "listen([backlog])"),
        m("recv", "(buffersize, flags=0, /)", transfer::recv, "recv(buffersize[, flags]) -> data"),
        m(
            "recv_into",
            "(buffer, nbytes=0, flags=0)",
            transfer::recv_into,
            "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read",
        ),
        m(
            "recvfrom",
            "(buffersize, flags=0, /)",
            transfer::recvfrom,
            "recvfrom(buffersize[, flags]) -> (data, address info)",
        ),
        m(
            "recvfrom_into",
            "(buffer, nbytes=0, flags=0)",
            transfer::recvfrom_into,
            "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)",
        ),
        m(
            "recvmsg",
            "(bufsize, ancbufsize=0, flags=0, /)",
            transfer::recvmsg,
            "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)",
        ),
        m(
            "recvmsg_into",
            "(buffers, ancbufsize=0, flags=0, /)",
            transfer::recvmsg_into,
            "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)",
        ),
        m("send", "(data, flags=0, /)", transfer::send, "send(data[, flags]) -> count"),
        m("sendall", "(data, flags=0, /)", transfer::sendall, "sendall(data[, flags])"),
        m(
            "sendmsg",
            "(buffers, ancdata=(), flags=0, address=None, /)",
            transfer::sendmsg,
            "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count",
        ),
        m("sendto", "(*args)", transfer::sendto, "sendto(data[, flags], address) -> count"),
        m("setblocking", "(flag, /)", setblocking, "setblocking(flag)"),
        m("setsockopt", "(*args)", setsockopt, "setsockopt(level, option, value: int)"),
        m("settimeout", "(timeout, /)", settimeout, "settimeout(timeout)"),
        m("shutdown", "(flag, /)", shutdown, "shutdown(flag)"),
    ],
    getset: &[
        gs("family", family_get, None, "the socket family"),
        gs("type", kind_get, None, "the socket type"),
        gs("proto", protocol_get, None, "the socket protocol"),
        gs("timeout", timeout_get, None, "the socket timeout"),
    ],
    ..TypeSpec::of::<Socket>()
};

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    let socket = Socket {
        fd: AtomicI32::new(-1),
        family: AtomicI32::new(0),
        kind: AtomicI32::new(0),
        protocol: AtomicI32::new(0),
        timeout: AtomicI64::new(-1),
    };
    th.make_object(cls, socket)
}

pub fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a Socket> {
    th.expect::<Socket>(this, "socket")
}

/// A socket object of the base class.
pub fn make(th: &Thread, fd: i32, family: i32, kind: i32, protocol: i32) -> PyResult<Value> {
    let value = new(th, th.type_for::<Socket>(), &CallArgs::positional_only(&[]))?;
    me(th, &value)?.adopt(th, fd, family, kind, protocol)?;
    Ok(value)
}

impl Socket {
    fn adopt(&self, th: &Thread, fd: i32, family: i32, kind: i32, protocol: i32) -> PyResult<()> {
        self.fd.store(fd, Relaxed);
        self.family.store(family, Relaxed);
        self.kind.store(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC), Relaxed);
        self.protocol.store(protocol, Relaxed);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.timeout.store(0, Relaxed);
        } else {
            let timeout = DEFAULT_TIMEOUT.load(Relaxed);
            self.timeout.store(timeout, Relaxed);
            if timeout >= 0 {
                file::set_blocking(fd, false).map_err(|errno| failed(th, errno))?;
            }
        }
        Ok(())
    }

    pub fn fd(&self) -> i32 {
        self.fd.load(Relaxed)
    }

    pub fn family(&self) -> i32 {
        self.family.load(Relaxed)
    }

    /// Makes a call that waits for `events` as long as the timeout allows, and again after a signal.
    pub fn call<T>(
        &self,
        th: &Thread,
        events: i16,
        connecting: bool,
        mut call: impl FnMut(i32) -> SysResult<T>,
    ) -> PyResult<SysResult<T>> {
        let timeout = self.timeout.load(Relaxed);
        let patience = Patience::new(if timeout > 0 { Some(timeout) } else { None });
        let mut wait_first = timeout > 0 || connecting;
        loop {
            let fd = self.fd();
            if wait_first && timeout != 0 {
                let ms = milliseconds(th, patience.left())?;
                match th.detach(|| poll::wait_for(fd, events, ms)) {
                    Ok(true) => {}
                    Ok(false) => return Err(th.raise(th.types().exc.timeout_error, "timed out")),
                    Err(libc::EINTR) => {
                        th.check_signals()?;
                        continue;
                    }
                    Err(errno) => return Ok(Err(errno)),
                }
            }
            match th.detach(|| call(fd)) {
                Err(libc::EINTR) => th.check_signals()?,
                // Ready, and yet not: somebody else was faster.
                Err(libc::EAGAIN) if timeout > 0 => wait_first = true,
                result => return Ok(result),
            }
        }
    }
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let socket = me(th, this)?;
    let (mut family, mut kind, mut protocol) =
        (c_int_or(th, &args[0], -1)?, c_int_or(th, &args[1], -1)?, c_int_or(th, &args[2], -1)?);
    if crate::io::absent(&args[3]) {
        if family == -1 {
            family = libc::AF_INET;
        }
        if kind == -1 {
            kind = libc::SOCK_STREAM;
        }
        if protocol == -1 {
            protocol = 0;
        }
        let fd = th.detach(|| net::socket(family, kind, protocol)).map_err(|errno| failed(th, errno))?;
        return socket.adopt(th, fd, family, kind, protocol);
    }
    if th.isinstance(&args[3], th.types().float) {
        return Err(th.type_error("integer argument expected, got float"));
    }
    let fd = c_int(th, &args[3])?;
    if fd < 0 {
        return Err(th.value_error("negative file descriptor"));
    }
    let name = net::getsockname(fd);
    if let Err(errno) = &name
        && (family == -1 || *errno == libc::EBADF || *errno == libc::ENOTSOCK)
    {
        return Err(failed(th, *errno));
    }
    let option = |name| net::getsockopt(fd, libc::SOL_SOCKET, name).map_err(|errno| failed(th, errno));
    if family == -1 {
        family = option(libc::SO_DOMAIN)?;
    }
    if kind == -1 {
        kind = option(libc::SO_TYPE)?;
    }
    if protocol == -1 {
        protocol = option(libc::SO_PROTOCOL)?;
    }
    socket.adopt(th, fd, family, kind, protocol)
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let s = me(th, this)?;
    let fields = (s.fd(), s.family(), s.kind.load(Relaxed), s.protocol.load(Relaxed));
    let (fd, family, kind, protocol) = fields;
    Ok(th.str(&format!("<socket object, fd={fd}, family={family}, type={kind}, proto={protocol}>")))
}

fn finalize(th: &Thread, this: &Value) {
    let Some(socket) = this.payload::<Socket>() else { return };
    if socket.fd() < 0 {
        return;
    }
    let shown = th.repr_string(this).map(|s| s.to_string()).unwrap_or_default();
    if th.warn_source("ResourceWarning", &format!("unclosed {shown}"), 1, this).is_err() {
        let error = th.take_error();
        if th.isinstance(&error, th.types().exc.warning) {
            th.unraisable_at(error, "", this);
        }
    }
    let fd = socket.fd.swap(-1, Relaxed);
    let _ = th.detach(|| file::close(fd));
}

fn accept(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    match socket.call(th, libc::POLLIN, false, net::accept)? {
        Ok((fd, address)) => Ok(th.tuple(vec![th.int(i64::from(fd)), to_value(th, &address)])),
        Err(errno) => Err(failed(th, errno)),
    }
}

fn bind(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let address = from_value(th, &args[0], socket.family(), "bind")?;
    th.audit("socket.bind", &[this.clone(), args[0].clone()])?;
    let fd = socket.fd();
    th.detach(|| net::bind(fd, &address)).map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd.swap(-1, Relaxed);
    if fd >= 0 {
        match th.detach(|| file::close(fd)) {
            Ok(()) | Err(libc::ECONNRESET) => {}
            Err(errno) => return Err(failed(th, errno)),
        }
    }
    Ok(Value::NONE)
}

/// Connects; errno on failure.
fn connect_to(th: &Thread, socket: &Socket, address: &net::RawAddress) -> PyResult<SysResult<()>> {
    let fd = socket.fd();
    let first = th.detach(|| net::connect(fd, address));
    let timeout = socket.timeout.load(Relaxed);
    let wait = match first {
        Ok(()) => return Ok(Ok(())),
        Err(libc::EINTR) => {
            th.check_signals()?;
            timeout != 0
        }
        Err(libc::EINPROGRESS) => timeout > 0,
        Err(errno) => return Ok(Err(errno)),
    };
    if !wait {
        return Ok(first);
    }
    // The connection goes on by itself: its end shows in SO_ERROR.
    socket.call(th, libc::POLLOUT, true, |fd| match net::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR)? {
        0 | libc::EISCONN => Ok(()),
        errno => Err(errno),
    })
}

fn connect(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let address = from_value(th, &args[0], socket.family(), "connect")?;
    th.audit("socket.connect", &[this.clone(), args[0].clone()])?;
    match connect_to(th, socket, &address)? {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(failed(th, errno)),
    }
}

fn connect_ex(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let address = from_value(th, &args[0], socket.family(), "connect_ex")?;
    th.audit("socket.connect", &[this.clone(), args[0].clone()])?;
    match connect_to(th, socket, &address) {
        Ok(Ok(())) => Ok(th.int(0)),
        Ok(Err(errno)) => Ok(th.int(i64::from(errno))),
        Err(_) if th.error_is(th.types().exc.timeout_error) => {
            th.clear_error();
            Ok(th.int(i64::from(libc::EWOULDBLOCK)))
        }
        Err(raised) => Err(raised),
    }
}

fn detach(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.fd.swap(-1, Relaxed))))
}

fn fileno(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.fd())))
}

fn getsockname(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    th.detach(|| net::getsockname(fd)).map(|a| to_value(th, &a)).map_err(|errno| failed(th, errno))
}

fn getpeername(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    th.detach(|| net::getpeername(fd)).map(|a| to_value(th, &a)).map_err(|errno| failed(th, errno))
}

fn listen(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    let backlog = c_int_or(th, &args[0], 128)?.max(0);
    th.detach(|| net::listen(fd, backlog)).map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

fn shutdown(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    let how = c_int(th, &args[0])?;
    th.detach(|| net::shutdown(fd, how)).map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

fn getsockopt(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    let (level, option, size) = (c_int(th, &args[0])?, c_int(th, &args[1])?, c_int_or(th, &args[2], 0)?);
    if size == 0 {
        return net::getsockopt(fd, level, option)
            .map(|n| th.int(i64::from(n)))
            .map_err(|errno| failed(th, errno));
    }
    if !(0..=1024).contains(&size) {
        return Err(th.os_error_text("getsockopt buflen out of range"));
    }
    net::getsockopt_bytes(fd, level, option, size as usize)
        .map(|b| th.bytes(&b))
        .map_err(|errno| failed(th, errno))
}

fn setsockopt(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd();
    let result = match args {
        [level, option, value] => {
            let (level, option) = (c_int(th, level)?, c_int(th, option)?);
            if value.type_of(th).slots.index().is_some() {
                let number = c_int(th, value)?;
                net::setsockopt(fd, level, option, Ok(&number.to_ne_bytes()))
            } else {
                if value.is_none() {
                    return Err(
                        th.type_error("setsockopt() requires 4 arguments when the third argument is None")
                    );
                }
                let data = buffers::read(th, value)?;
                net::setsockopt(fd, level, option, Ok(data.as_slice()))
            }
        }
        [level, option, value, length] => {
            if !value.is_none() {
                let got = value.type_name(th);
                return Err(th.type_error(format!("setsockopt() argument 3 must be None, not {got}")));
            }
            let length = crate::numbers::c_uint(th, length)?;
            net::setsockopt(fd, c_int(th, level)?, c_int(th, option)?, Err(length as usize))
        }
        _ => return Err(th.type_error(format!("setsockopt() takes 3 or 4 arguments ({} given)", args.len()))),
    };
    result.map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

fn set_timeout(th: &Thread, socket: &Socket, nanos: i64) -> PyResult<Value> {
    socket.timeout.store(nanos, Relaxed);
    file::set_blocking(socket.fd(), nanos < 0).map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

fn setblocking(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let on = th.truth(&args[0])?;
    set_timeout(th, me(th, this)?, if on { -1 } else { 0 })
}

fn settimeout(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let nanos = timeout_arg(th, &args[0])?;
    set_timeout(th, me(th, this)?, nanos)
}

fn gettimeout(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    timeout_get(th, this)
}

fn getblocking(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.timeout.load(Relaxed) != 0))
}

fn timeout_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(timeout_value(th, me(th, this)?.timeout.load(Relaxed)))
}

fn family_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.family())))
}

fn kind_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.kind.load(Relaxed))))
}

fn protocol_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.protocol.load(Relaxed))))
}
