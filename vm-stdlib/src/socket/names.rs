//! Names and numbers of hosts, services, protocols and interfaces.
use super::address::{from_value, guess_family, host_text, to_value};
use super::{HERROR, failed, gai_error};
use crate::ext::ThreadExt;
use crate::io::buffers;
use crate::numbers::{c_int, c_int_or};
use crate::path_arg::{fs_decode, fs_path, fs_text};
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};
use vm_runtime::host::net::{self, Address};
use vm_runtime::prelude::*;

fn short(th: &Thread, value: &Value, name: &str) -> PyResult<u16> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number < BigInt::from(0) {
        return Err(th.overflow_error(format!(
            "{name}: can't convert negative Python int to C 16-bit unsigned integer"
        )));
    }
    u16::try_from(number).map_err(|_| {
        th.overflow_error(format!("{name}: Python int too large to convert to C 16-bit unsigned integer"))
    })
}

fn long(th: &Thread, value: &Value) -> PyResult<u32> {
    let number = th.as_bigint(&th.index(value)?)?;
    if number < BigInt::from(0) {
        return Err(th.overflow_error("can't convert negative value to unsigned int"));
    }
    u32::try_from(number).map_err(|_| th.overflow_error("int larger than 32 bits"))
}

pub fn htons(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(short(th, &args[0], "htons")?.to_be())))
}

pub fn ntohs(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(u16::from_be(short(th, &args[0], "ntohs")?))))
}

pub fn htonl(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(long(th, &args[0])?.to_be())))
}

pub fn ntohl(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(u32::from_be(long(th, &args[0])?))))
}

pub fn inet_aton(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let text = fs_text(th, &args[0], "inet_aton() argument 1")?;
    match net::inet_aton(&text) {
        Some(packed) => Ok(th.bytes(&packed)),
        None => Err(th.os_error_text("illegal IP address string passed to inet_aton")),
    }
}

pub fn inet_ntoa(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let data = buffers::read(th, &args[0])?;
    match <[u8; 4]>::try_from(data.as_slice()) {
        Ok(packed) => Ok(th.str(&Ipv4Addr::from(packed).to_string())),
        Err(_) => Err(th.os_error_text("packed IP wrong length")),
    }
}

pub fn inet_pton(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let family = c_int(th, &args[0])?;
    let text = fs_text(th, &args[1], "inet_pton() argument 2")?;
    let text = text.to_string_lossy();
    let illegal = || th.os_error_text("illegal IP address string passed to inet_pton");
    match family {
        libc::AF_INET => text.parse::<Ipv4Addr>().map(|ip| th.bytes(&ip.octets())).map_err(|_| illegal()),
        libc::AF_INET6 => text.parse::<Ipv6Addr>().map(|ip| th.bytes(&ip.octets())).map_err(|_| illegal()),
        _ => Err(failed(th, libc::EAFNOSUPPORT)),
    }
}

pub fn inet_ntop(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let family = c_int(th, &args[0])?;
    let data = buffers::read(th, &args[1])?;
    let wrong = || th.value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => match <[u8; 4]>::try_from(data.as_slice()) {
            Ok(packed) => Ok(th.str(&Ipv4Addr::from(packed).to_string())),
            Err(_) => Err(wrong()),
        },
        libc::AF_INET6 => match <[u8; 16]>::try_from(data.as_slice()) {
            Ok(packed) => Ok(th.str(&Ipv6Addr::from(packed).to_string())),
            Err(_) => Err(wrong()),
        },
        _ => Err(th.value_error(format!("unknown address family {family}"))),
    }
}

pub fn gethostname(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    net::gethostname().map(|name| fs_decode(th, &name)).map_err(|errno| failed(th, errno))
}

pub fn sethostname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_path(th, &args[0])?;
    net::sethostname(name.as_bytes()).map(|()| Value::NONE).map_err(|errno| failed(th, errno))
}

pub fn getaddrinfo(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let host = if args[0].is_none() { None } else { Some(host_text(th, &args[0])?) };
    let port = if args[1].is_none() {
        None
    } else if args[1].type_of(th).slots.index().is_some() {
        let shown = th.str_string(&th.index(&args[1])?)?.to_string();
        CString::new(shown).ok()
    } else if args[1].as_str().is_some() || args[1].payload::<Bytes>().is_some() {
        Some(fs_path(th, &args[1])?)
    } else {
        return Err(th.os_error_text("Int or String expected"));
    };
    let mut hints = [0; 4];
    for (hint, value) in hints.iter_mut().zip(args.iter().skip(2)) {
        *hint = c_int_or(th, value, 0)?;
    }
    th.audit("socket.getaddrinfo", args.get(..2).unwrap_or(&[]))?;
    let found = th.detach(|| net::getaddrinfo(host.as_deref(), port.as_deref(), hints));
    let rows = found.map_err(|code| gai_error(th, code))?;
    let rows = rows
        .iter()
        .map(|(family, kind, protocol, name, address)| {
            let n = |x: &i32| th.int(i64::from(*x));
            th.tuple(vec![n(family), n(kind), n(protocol), fs_decode(th, name), to_value(th, address)])
        })
        .collect();
    Ok(th.list(rows))
}

pub fn getnameinfo(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(tuple) = args[0].payload::<Tuple>() else {
        return Err(th.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let flags = c_int(th, &args[1])?;
    let family = guess_family(tuple.as_slice());
    let address = from_value(th, &args[0], family, "getnameinfo")?;
    let (host, service) =
        th.detach(|| net::getnameinfo(&address, flags)).map_err(|code| gai_error(th, code))?;
    Ok(th.tuple(vec![fs_decode(th, &host), fs_decode(th, &service)]))
}

fn lookup(th: &Thread, host: &Value) -> PyResult<(Vec<u8>, Vec<Ipv4Addr>)> {
    let name = host_text(th, host)?;
    let asked = if name.as_bytes().is_empty() { c"0.0.0.0".to_owned() } else { name };
    let hints = [libc::AF_INET, libc::SOCK_STREAM, 0, libc::AI_CANONNAME];
    let rows =
        th.detach(|| net::getaddrinfo(Some(&asked), None, hints)).map_err(|code| gai_error(th, code))?;
    let canonical = rows.first().map(|row| row.3.clone()).filter(|name| !name.is_empty());
    let addresses =
        rows.iter().filter_map(|row| if let Address::V4(ip, _) = row.4 { Some(ip) } else { None }).collect();
    Ok((canonical.unwrap_or_else(|| asked.into_bytes()), addresses))
}

pub fn gethostbyname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, addresses) = lookup(th, &args[0])?;
    match addresses.first() {
        Some(ip) => Ok(th.str(&ip.to_string())),
        None => Err(gai_error(th, libc::EAI_NONAME)),
    }
}

fn host_value(th: &Thread, name: &[u8], addresses: Vec<Value>) -> Value {
    th.tuple(vec![fs_decode(th, name), th.list(Vec::new()), th.list(addresses)])
}

pub fn gethostbyname_ex(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (name, addresses) = lookup(th, &args[0])?;
    Ok(host_value(th, &name, addresses.iter().map(|ip| th.str(&ip.to_string())).collect()))
}

pub fn gethostbyaddr(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = host_text(th, &args[0])?;
    let rows = th.detach(|| net::getaddrinfo(Some(&name), None, [0, libc::SOCK_STREAM, 0, 0]));
    let rows = rows.map_err(|code| gai_error(th, code))?;
    let Some(row) = rows.first() else { return Err(gai_error(th, libc::EAI_NONAME)) };
    let Some(raw) = net::RawAddress::encode(&row.4) else { return Err(failed(th, libc::EAFNOSUPPORT)) };
    match th.detach(|| net::getnameinfo(&raw, libc::NI_NAMEREQD)) {
        Ok((host, _)) => {
            let shown = match &row.4 {
                Address::V4(ip, _) => ip.to_string(),
                Address::V6(ip, ..) => ip.to_string(),
                _ => String::new(),
            };
            Ok(host_value(th, &host, vec![th.str(&shown)]))
        }
        Err(_) => {
            let Some(class) = th.vm_state(HERROR) else { return Err(failed(th, libc::ENOENT)) };
            let error = th.call(&class, &[th.int(1), th.str("Unknown host")])?;
            Err(th.raise_value(error))
        }
    }
}

fn protocol_arg(th: &Thread, value: &Value, what: &str) -> PyResult<Option<CString>> {
    if crate::io::absent(value) { Ok(None) } else { fs_text(th, value, what).map(Some) }
}

pub fn getservbyname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_text(th, &args[0], "getservbyname() argument 1")?;
    let protocol = protocol_arg(th, &args[1], "getservbyname() argument 2")?;
    match th.detach(|| net::service_by_name(&name, protocol.as_deref())) {
        Some(port) => Ok(th.int(i64::from(port))),
        None => Err(th.os_error_text("service/proto not found")),
    }
}

pub fn getservbyport(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let port = c_int(th, &args[0])?;
    let protocol = protocol_arg(th, &args[1], "getservbyport() argument 2")?;
    let Ok(port) = u16::try_from(port) else {
        return Err(th.overflow_error("getservbyport: port must be 0-65535."));
    };
    match th.detach(|| net::service_by_port(port, protocol.as_deref())) {
        Some(name) => Ok(fs_decode(th, &name)),
        None => Err(th.os_error_text("port/proto not found")),
    }
}

pub fn getprotobyname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_text(th, &args[0], "getprotobyname() argument 1")?;
    match th.detach(|| net::protocol_by_name(&name)) {
        Some(number) => Ok(th.int(i64::from(number))),
        None => Err(th.os_error_text("protocol not found")),
    }
}

pub fn if_nameindex(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let rows = th.detach(net::interfaces).map_err(|errno| failed(th, errno))?;
    Ok(th.list(
        rows.iter().map(|(i, name)| th.tuple(vec![th.int(i64::from(*i)), fs_decode(th, name)])).collect(),
    ))
}

pub fn if_nametoindex(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let name = fs_path(th, &args[0])?;
    match net::interface_index(&name) {
        Some(index) => Ok(th.int(i64::from(index))),
        None => Err(th.os_error_text("no interface with this name")),
    }
}

pub fn if_indextoname(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let index = crate::numbers::c_uint(th, &args[0])?;
    net::interface_name(index).map(|name| fs_decode(th, &name)).map_err(|errno| failed(th, errno))
}
