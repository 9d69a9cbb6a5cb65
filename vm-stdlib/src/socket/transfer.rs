//! Sending and receiving.
use super::address::{from_value, to_value};
use super::failed;
use super::object::me;
use crate::io::{buffers, zeroed};
use crate::numbers::{c_int, c_int_or};
use crate::select::Patience;
use vm_runtime::host::net::{self, Control, Message};
use vm_runtime::prelude::*;

fn buffer_size(th: &Thread, value: &Value, method: &str) -> PyResult<usize> {
    let size = th.index_i64(value)?;
    usize::try_from(size).map_err(|_| th.value_error(format!("negative buffersize in {method}")))
}

pub fn recv(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let size = buffer_size(th, &args[0], "recv")?;
    let flags = c_int_or(th, &args[1], 0)?;
    let mut data = zeroed(th, size)?;
    if size == 0 {
        return Ok(th.bytes(b""));
    }
    match socket.call(th, libc::POLLIN, false, |fd| net::recv(fd, &mut data, flags))? {
        Ok(n) => Ok(th.bytes(data.get(..n).unwrap_or(&data))),
        Err(errno) => Err(failed(th, errno)),
    }
}

fn into_size(th: &Thread, value: &Value, len: usize, method: &str) -> PyResult<usize> {
    let size = if value.is_unbound() { 0 } else { th.index_i64(value)? };
    let Ok(size) = usize::try_from(size) else {
        return Err(th.value_error(format!("negative buffersize in {method}")));
    };
    if size > len {
        return Err(th.value_error("buffer too small for requested bytes"));
    }
    Ok(if size == 0 { len } else { size })
}

pub fn recv_into(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let target = buffers::writable_for(th, &args[0], "recv_into() argument 1")?;
    let size = into_size(th, &args[1], target.len(), "recv_into")?;
    let flags = c_int_or(th, &args[2], 0)?;
    let mut data = zeroed(th, size)?;
    if size == 0 {
        return Ok(th.int(0));
    }
    match socket.call(th, libc::POLLIN, false, |fd| net::recv(fd, &mut data, flags))? {
        Ok(n) => {
            target.put(th, 0, data.get(..n).unwrap_or(&data))?;
            Ok(th.usize(n))
        }
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn recvfrom(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let size = buffer_size(th, &args[0], "recvfrom")?;
    let flags = c_int_or(th, &args[1], 0)?;
    let mut data = zeroed(th, size)?;
    match socket.call(th, libc::POLLIN, false, |fd| net::recvfrom(fd, &mut data, flags))? {
        Ok((n, from)) => Ok(th.tuple(vec![th.bytes(data.get(..n).unwrap_or(&data)), to_value(th, &from)])),
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn recvfrom_into(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let target = buffers::writable_for(th, &args[0], "recvfrom_into() argument 1")?;
    let size = into_size(th, &args[1], target.len(), "recvfrom_into")?;
    let flags = c_int_or(th, &args[2], 0)?;
    let mut data = zeroed(th, size)?;
    match socket.call(th, libc::POLLIN, false, |fd| net::recvfrom(fd, &mut data, flags))? {
        Ok((n, from)) => {
            target.put(th, 0, data.get(..n).unwrap_or(&data))?;
            Ok(th.tuple(vec![th.usize(n), to_value(th, &from)]))
        }
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn send(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let data = buffers::read(th, &args[0])?;
    let flags = c_int_or(th, &args[1], 0)?;
    let bytes = data.as_slice();
    match socket.call(th, libc::POLLOUT, false, |fd| net::send(fd, bytes, flags | libc::MSG_NOSIGNAL))? {
        Ok(n) => Ok(th.usize(n)),
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn sendall(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let data = buffers::read(th, &args[0])?;
    let flags = c_int_or(th, &args[1], 0)?;
    let mut rest = data.as_slice();
    let _whole = Patience::new(None);
    loop {
        match socket.call(th, libc::POLLOUT, false, |fd| net::send(fd, rest, flags | libc::MSG_NOSIGNAL))? {
            Ok(n) => rest = rest.get(n..).unwrap_or(&[]),
            Err(errno) => return Err(failed(th, errno)),
        }
        if rest.is_empty() {
            return Ok(Value::NONE);
        }
        th.check_signals()?;
    }
}

pub fn sendto(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let (data, flags, to) = match args {
        [data, to] => (data, 0, to),
        [data, flags, to] => (data, c_int(th, flags)?, to),
        _ => return Err(th.type_error(format!("sendto() takes 2 or 3 arguments ({} given)", args.len()))),
    };
    let data = buffers::read(th, data)?;
    let to = from_value(th, to, socket.family(), "sendto")?;
    let bytes = data.as_slice();
    match socket
        .call(th, libc::POLLOUT, false, |fd| net::sendto(fd, bytes, flags | libc::MSG_NOSIGNAL, &to))?
    {
        Ok(n) => Ok(th.usize(n)),
        Err(errno) => Err(failed(th, errno)),
    }
}

fn message_value(th: &Thread, first: Value, message: &Message) -> Value {
    let controls = message
        .controls
        .iter()
        .map(|(level, kind, data)| {
            th.tuple(vec![th.int(i64::from(*level)), th.int(i64::from(*kind)), th.bytes(data)])
        })
        .collect();
    th.tuple(vec![first, th.list(controls), th.int(i64::from(message.flags)), to_value(th, &message.from)])
}

fn control_size(th: &Thread, value: &Value, method: &str) -> PyResult<usize> {
    let size = if value.is_unbound() { 0 } else { th.index_i64(value)? };
    match usize::try_from(size) {
        Ok(size) if size <= 0x7fff_0000 => Ok(size),
        _ => Err(th.value_error(format!("invalid ancillary data buffer length in {method}"))),
    }
}

pub fn recvmsg(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let size = th.index_i64(&args[0])?;
    let Ok(size) = usize::try_from(size) else {
        return Err(th.value_error("negative buffer size in recvmsg()"));
    };
    let control = control_size(th, &args[1], "recvmsg()")?;
    let flags = c_int_or(th, &args[2], 0)?;
    let mut parts = vec![zeroed(th, size)?];
    match socket.call(th, libc::POLLIN, false, |fd| net::recvmsg(fd, &mut parts, control, flags))? {
        Ok(message) => {
            let data = parts.first().and_then(|part| part.get(..message.len.min(size))).unwrap_or(&[]);
            Ok(message_value(th, th.bytes(data), &message))
        }
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn recvmsg_into(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let targets = th
        .collect(&args[0])?
        .iter()
        .map(|v| buffers::writable_for(th, v, "recvmsg_into() argument 1"))
        .collect::<PyResult<Vec<_>>>()?;
    let control = control_size(th, &args[1], "recvmsg_into()")?;
    let flags = c_int_or(th, &args[2], 0)?;
    let mut parts = targets.iter().map(|t| zeroed(th, t.len())).collect::<PyResult<Vec<_>>>()?;
    match socket.call(th, libc::POLLIN, false, |fd| net::recvmsg(fd, &mut parts, control, flags))? {
        Ok(message) => {
            let mut left = message.len;
            for (target, part) in targets.iter().zip(&parts) {
                let take = left.min(part.len());
                target.put(th, 0, part.get(..take).unwrap_or(&[]))?;
                left -= take;
            }
            Ok(message_value(th, th.usize(message.len), &message))
        }
        Err(errno) => Err(failed(th, errno)),
    }
}

pub fn sendmsg(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let socket = me(th, this)?;
    let sources = th.collect(&args[0])?.iter().map(|v| buffers::read(th, v)).collect::<PyResult<Vec<_>>>()?;
    let mut controls: Vec<Control> = Vec::new();
    if !crate::io::absent(&args[1]) {
        for item in th.collect(&args[1])? {
            let Some([level, kind, data]) = item.payload::<Tuple>().map(Tuple::as_slice) else {
                return Err(th.type_error(
                    "sendmsg() argument 2 must be an iterable of (cmsg_level, cmsg_type, cmsg_data)",
                ));
            };
            controls.push((c_int(th, level)?, c_int(th, kind)?, buffers::read(th, data)?.into_vec()));
        }
    }
    let flags = c_int_or(th, &args[2], 0)?;
    let to = if crate::io::absent(&args[3]) {
        None
    } else {
        Some(from_value(th, &args[3], socket.family(), "sendmsg")?)
    };
    let parts: Vec<&[u8]> = sources.iter().map(buffers::Data::as_slice).collect();
    let flags = flags | libc::MSG_NOSIGNAL;
    match socket
        .call(th, libc::POLLOUT, false, |fd| net::sendmsg(fd, &parts, &controls, flags, to.as_ref()))?
    {
        Ok(n) => Ok(th.usize(n)),
        Err(errno) => Err(failed(th, errno)),
    }
}
