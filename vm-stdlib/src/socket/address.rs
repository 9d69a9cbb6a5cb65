//! Socket addresses between Python and the system.
use super::gai_error;
use crate::ext::ThreadExt;
use crate::numbers::c_int;
use crate::path_arg::{fs_decode, fs_encode};
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};
use vm_runtime::host::net::{self, Address, RawAddress};
use vm_runtime::prelude::*;

/// An address as Python shows it.
pub fn to_value(th: &Thread, address: &Address) -> Value {
    match address {
        Address::None => Value::NONE,
        Address::V4(ip, port) => th.tuple(vec![th.str(&ip.to_string()), th.int(i64::from(*port))]),
        Address::V6(ip, port, flow, scope) => th.tuple(vec![
            th.str(&ip.to_string()),
            th.int(i64::from(*port)),
            th.int(i64::from(*flow)),
            th.int(i64::from(*scope)),
        ]),
        Address::Unix(path) if path.first() == Some(&0) => th.bytes(path),
        Address::Unix(path) => fs_decode(th, path),
        Address::Other(family, data) => th.tuple(vec![th.int(i64::from(*family)), th.bytes(data)]),
    }
}

/// A host name argument for the resolver: text in IDNA if it is not ASCII.
pub fn host_text(th: &Thread, value: &Value) -> PyResult<CString> {
    let bytes = if let Some(text) = value.as_str() {
        if text.is_ascii() {
            text.as_wtf8().as_bytes().to_vec()
        } else {
            let encoded = th.call_method(value, "encode", &[th.str("idna")])?;
            encoded.payload::<Bytes>().map(|b| b.as_slice().to_vec()).unwrap_or_default()
        }
    } else if let Some(bytes) = value.payload::<Bytes>() {
        bytes.as_slice().to_vec()
    } else if th.has_buffer(value) {
        crate::io::buffers::read(th, value)?.into_vec()
    } else {
        return Err(th.type_error(format!("str, bytes or bytearray expected, not {}", value.type_name(th))));
    };
    CString::new(bytes).map_err(|_| th.type_error("host name must not contain null character"))
}

fn resolve(th: &Thread, host: &Value, family: i32) -> PyResult<Address> {
    let name = host_text(th, host)?;
    let text = name.to_bytes();
    if text.is_empty() {
        return Ok(if family == libc::AF_INET6 {
            Address::V6(Ipv6Addr::UNSPECIFIED, 0, 0, 0)
        } else {
            Address::V4(Ipv4Addr::UNSPECIFIED, 0)
        });
    }
    if family == libc::AF_INET {
        if text == b"<broadcast>" {
            return Ok(Address::V4(Ipv4Addr::BROADCAST, 0));
        }
        if let Some(ip) = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()) {
            return Ok(Address::V4(ip, 0));
        }
    } else if let Some(ip) = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()) {
        return Ok(Address::V6(ip, 0, 0, 0));
    }
    let found = th.detach(|| net::getaddrinfo(Some(&name), None, [family, 0, 0, 0]));
    match found {
        Ok(rows) => match rows.into_iter().next() {
            Some((_, _, _, _, address)) => Ok(address),
            None => Err(gai_error(th, libc::EAI_NONAME)),
        },
        Err(code) => Err(gai_error(th, code)),
    }
}

fn port(th: &Thread, value: &Value, method: &str) -> PyResult<u16> {
    let number = match c_int(th, value) {
        Ok(number) => number,
        Err(raised) if !th.error_is(th.types().exc.overflow_error) => return Err(raised),
        Err(_) => {
            th.clear_error();
            -1
        }
    };
    u16::try_from(number).map_err(|_| th.overflow_error(format!("{method}(): port must be 0-65535.")))
}

/// An address argument of a method, for a socket of this family.
pub fn from_value(th: &Thread, value: &Value, family: i32, method: &str) -> PyResult<RawAddress> {
    let tuple = |what: &str| match value.payload::<Tuple>() {
        Some(tuple) => Ok(tuple.as_slice()),
        None => {
            Err(th
                .type_error(format!("{method}(): {what} address must be tuple, not {}", value.type_name(th))))
        }
    };
    let address = match family {
        libc::AF_UNIX => {
            let path = if value.as_str().is_some() {
                fs_encode(th, value)?
            } else {
                crate::io::buffers::read(th, value)?.into_vec()
            };
            Address::Unix(path)
        }
        libc::AF_INET => {
            let [host, number] = tuple("AF_INET")? else {
                return Err(th.type_error(format!("{method}(): AF_INET address must be a pair (host, port)")));
            };
            match resolve(th, host, family)? {
                Address::V4(ip, _) => Address::V4(ip, port(th, number, method)?),
                other => other,
            }
        }
        libc::AF_INET6 => {
            let items = tuple("AF_INET6")?;
            let (host, number, rest) = match items {
                [host, number, rest @ ..] if rest.len() <= 2 => (host, number, rest),
                _ => {
                    let message = format!(
                        "{method}(): AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"
                    );
                    return Err(th.type_error(message));
                }
            };
            let word = |value: Option<&Value>| value.map_or(Ok(0), |v| crate::numbers::c_uint(th, v));
            let (flow, scope) = (word(rest.first())?, word(rest.get(1))?);
            if flow > 0xfffff {
                return Err(th.overflow_error(format!("{method}(): flowinfo must be 0-1048575.")));
            }
            match resolve(th, host, family)? {
                Address::V6(ip, _, _, found) => {
                    Address::V6(ip, port(th, number, method)?, flow, if scope == 0 { found } else { scope })
                }
                other => other,
            }
        }
        _ => return Err(th.os_error_text(format!("{method}(): bad family"))),
    };
    RawAddress::encode(&address).ok_or_else(|| th.os_error_text("AF_UNIX path too long"))
}

/// As `from_value`, of anything Python shows as an address.
pub fn guess_family(items: &[Value]) -> i32 {
    if items.len() > 2 { libc::AF_INET6 } else { libc::AF_INET }
}
