//! Sockets: addresses and calls.
use super::{SysResult, copy_c_string, errno, sys, zeroed};
use std::ffi::{CStr, CString};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A socket address.
#[derive(Clone, Debug, PartialEq)]
pub enum Address {
    /// Internet, version 4.
    V4(Ipv4Addr, u16),
    /// Internet, version 6: address, port, flow label, scope.
    V6(Ipv6Addr, u16, u32, u32),
    /// Local: a path, or an abstract name that begins with NUL; empty if unnamed.
    Unix(Vec<u8>),
    /// None: the call gave no address.
    None,
    /// Any other family.
    Other(i32, Vec<u8>),
}

/// An address as the system takes it.
pub struct RawAddress(libc::sockaddr_storage, libc::socklen_t);

impl RawAddress {
    fn empty() -> RawAddress {
        RawAddress(zeroed!(libc::sockaddr_storage), size_of::<libc::sockaddr_storage>() as libc::socklen_t)
    }

    fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.0).cast()
    }

    fn bytes(&self) -> &[u8] {
        let len = (self.1 as usize).min(size_of::<libc::sockaddr_storage>());
        // SAFETY: plain bytes of our own structure.
        unsafe { std::slice::from_raw_parts((&raw const self.0).cast(), len) }
    }

    /// The address in a form to read.
    #[must_use]
    pub fn decode(&self) -> Address {
        if self.1 == 0 {
            return Address::None;
        }
        // SAFETY: the storage is large and aligned enough for every family.
        unsafe {
            match i32::from(self.0.ss_family) {
                libc::AF_INET => {
                    let a = &*(&raw const self.0).cast::<libc::sockaddr_in>();
                    Address::V4(Ipv4Addr::from(u32::from_be(a.sin_addr.s_addr)), u16::from_be(a.sin_port))
                }
                libc::AF_INET6 => {
                    let a = &*(&raw const self.0).cast::<libc::sockaddr_in6>();
                    Address::V6(
                        Ipv6Addr::from(a.sin6_addr.s6_addr),
                        u16::from_be(a.sin6_port),
                        u32::from_be(a.sin6_flowinfo),
                        a.sin6_scope_id,
                    )
                }
                libc::AF_UNIX => {
                    let path = self.bytes().get(2..).unwrap_or(&[]);
                    match path.first() {
                        Some(0) => Address::Unix(path.to_vec()),
                        _ => Address::Unix(path.iter().copied().take_while(|&b| b != 0).collect()),
                    }
                }
                family => Address::Other(family, self.bytes().get(2..).unwrap_or(&[]).to_vec()),
            }
        }
    }

    /// The system's form of an address; None if it is too long or of another family.
    #[must_use]
    pub fn encode(address: &Address) -> Option<RawAddress> {
        let mut raw = RawAddress::empty();
        // SAFETY: the storage is large and aligned enough for every family; the path's length is checked.
        unsafe {
            match address {
                Address::V4(ip, port) => {
                    let a = &mut *(&raw mut raw.0).cast::<libc::sockaddr_in>();
                    a.sin_family = libc::AF_INET as _;
                    a.sin_port = port.to_be();
                    a.sin_addr.s_addr = u32::from(*ip).to_be();
                    raw.1 = size_of::<libc::sockaddr_in>() as _;
                }
                Address::V6(ip, port, flow, scope) => {
                    let a = &mut *(&raw mut raw.0).cast::<libc::sockaddr_in6>();
                    a.sin6_family = libc::AF_INET6 as _;
                    a.sin6_port = port.to_be();
                    a.sin6_flowinfo = flow.to_be();
                    a.sin6_scope_id = *scope;
                    a.sin6_addr.s6_addr = ip.octets();
                    raw.1 = size_of::<libc::sockaddr_in6>() as _;
                }
                Address::Unix(path) => {
                    let a = &mut *(&raw mut raw.0).cast::<libc::sockaddr_un>();
                    let is_abstract = path.first() == Some(&0);
                    let room = a.sun_path.len() - usize::from(!is_abstract);
                    if path.len() > room {
                        return None;
                    }
                    a.sun_family = libc::AF_UNIX as _;
                    for (to, from) in a.sun_path.iter_mut().zip(path) {
                        *to = *from as libc::c_char;
                    }
                    raw.1 = (2 + path.len() + usize::from(!is_abstract)) as _;
                }
                Address::None | Address::Other(..) => return None,
            }
        }
        Some(raw)
    }
}

/// `socket`, closed on exec.
pub fn socket(family: i32, kind: i32, protocol: i32) -> SysResult<i32> {
    sys!(libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol))
}

/// `socketpair`, closed on exec.
pub fn socketpair(family: i32, kind: i32, protocol: i32) -> SysResult<(i32, i32)> {
    let mut ends = [0; 2];
    sys!(libc::socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, ends.as_mut_ptr()))?;
    Ok((ends[0], ends[1]))
}

/// `bind`.
pub fn bind(fd: i32, address: &RawAddress) -> SysResult<()> {
    sys!(libc::bind(fd, address.ptr(), address.1)).map(drop)
}

/// `connect`.
pub fn connect(fd: i32, address: &RawAddress) -> SysResult<()> {
    sys!(libc::connect(fd, address.ptr(), address.1)).map(drop)
}

/// `listen`.
pub fn listen(fd: i32, backlog: i32) -> SysResult<()> {
    sys!(libc::listen(fd, backlog)).map(drop)
}

/// `accept4`, closed on exec.
pub fn accept(fd: i32) -> SysResult<(i32, Address)> {
    let mut raw = RawAddress::empty();
    let new = sys!(libc::accept4(fd, (&raw mut raw.0).cast(), &raw mut raw.1, libc::SOCK_CLOEXEC))?;
    Ok((new, raw.decode()))
}

/// `getsockname`.
pub fn getsockname(fd: i32) -> SysResult<Address> {
    let mut raw = RawAddress::empty();
    sys!(libc::getsockname(fd, (&raw mut raw.0).cast(), &raw mut raw.1))?;
    Ok(raw.decode())
}

/// `getpeername`.
pub fn getpeername(fd: i32) -> SysResult<Address> {
    let mut raw = RawAddress::empty();
    sys!(libc::getpeername(fd, (&raw mut raw.0).cast(), &raw mut raw.1))?;
    Ok(raw.decode())
}

/// `shutdown`.
pub fn shutdown(fd: i32, how: i32) -> SysResult<()> {
    sys!(libc::shutdown(fd, how)).map(drop)
}

/// `recv`.
pub fn recv(fd: i32, into: &mut [u8], flags: i32) -> SysResult<usize> {
    sys!(libc::recv(fd, into.as_mut_ptr().cast(), into.len(), flags)).map(|n| n as usize)
}

/// `recvfrom`.
pub fn recvfrom(fd: i32, into: &mut [u8], flags: i32) -> SysResult<(usize, Address)> {
    let mut raw = RawAddress::empty();
    let n = sys!(libc::recvfrom(
        fd,
        into.as_mut_ptr().cast(),
        into.len(),
        flags,
        (&raw mut raw.0).cast(),
        &raw mut raw.1
    ))?;
    Ok((n as usize, raw.decode()))
}

/// `send`.
pub fn send(fd: i32, data: &[u8], flags: i32) -> SysResult<usize> {
    sys!(libc::send(fd, data.as_ptr().cast(), data.len(), flags)).map(|n| n as usize)
}

/// `sendto`.
pub fn sendto(fd: i32, data: &[u8], flags: i32, to: &RawAddress) -> SysResult<usize> {
    sys!(libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.ptr(), to.1)).map(|n| n as usize)
}

/// A control message: level, kind, data.
pub type Control = (i32, i32, Vec<u8>);

/// What `recvmsg` gave.
pub struct Message {
    /// Bytes received in all.
    pub len: usize,
    /// Control messages.
    pub controls: Vec<Control>,
    /// `MSG_*` flags.
    pub flags: i32,
    /// Sender.
    pub from: Address,
}

/// `recvmsg` into `parts`.
pub fn recvmsg(fd: i32, parts: &mut [Vec<u8>], control_size: usize, flags: i32) -> SysResult<Message> {
    let mut list: Vec<libc::iovec> = parts
        .iter_mut()
        .map(|part| libc::iovec { iov_base: part.as_mut_ptr().cast(), iov_len: part.len() })
        .collect();
    let mut raw = RawAddress::empty();
    let mut control = vec![0u64; control_size.div_ceil(8)];
    let mut header = zeroed!(libc::msghdr);
    header.msg_name = (&raw mut raw.0).cast();
    header.msg_namelen = raw.1;
    header.msg_iov = list.as_mut_ptr();
    header.msg_iovlen = list.len() as _;
    if control_size > 0 {
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = control_size as _;
    }
    let n = sys!(libc::recvmsg(fd, &raw mut header, flags))?;
    raw.1 = header.msg_namelen;
    let mut controls = Vec::new();
    // SAFETY: R3 (host): the control buffer was filled by the system, and lives.
    unsafe {
        let mut at = libc::CMSG_FIRSTHDR(&raw const header);
        let end = control.as_ptr() as usize + control_size;
        while !at.is_null() {
            let data = libc::CMSG_DATA(at);
            let head = data as usize - at as usize;
            let len = ((*at).cmsg_len as usize).saturating_sub(head).min(end.saturating_sub(data as usize));
            controls.push((
                (*at).cmsg_level,
                (*at).cmsg_type,
                std::slice::from_raw_parts(data, len).to_vec(),
            ));
            at = libc::CMSG_NXTHDR(&raw const header, at);
        }
    }
    Ok(Message { len: n as usize, controls, flags: header.msg_flags, from: raw.decode() })
}

/// `sendmsg`.
pub fn sendmsg(
    fd: i32,
    parts: &[&[u8]],
    controls: &[Control],
    flags: i32,
    to: Option<&RawAddress>,
) -> SysResult<usize> {
    let mut list: Vec<libc::iovec> = parts
        .iter()
        .map(|part| libc::iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() })
        .collect();
    // SAFETY: no pointers.
    let space: usize = controls.iter().map(|c| unsafe { libc::CMSG_SPACE(c.2.len() as u32) } as usize).sum();
    let mut control = vec![0u64; space.div_ceil(8)];
    let mut header = zeroed!(libc::msghdr);
    if let Some(to) = to {
        header.msg_name = to.ptr().cast_mut().cast();
        header.msg_namelen = to.1;
    }
    header.msg_iov = list.as_mut_ptr();
    header.msg_iovlen = list.len() as _;
    if space > 0 {
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = space as _;
    }
    // SAFETY: the control buffer has exactly the space that its messages take.
    unsafe {
        let mut at = libc::CMSG_FIRSTHDR(&raw const header);
        for (level, kind, data) in controls {
            if at.is_null() {
                break;
            }
            (*at).cmsg_level = *level;
            (*at).cmsg_type = *kind;
            (*at).cmsg_len = libc::CMSG_LEN(data.len() as u32) as _;
            std::ptr::copy_nonoverlapping(data.as_ptr(), libc::CMSG_DATA(at), data.len());
            at = libc::CMSG_NXTHDR(&raw const header, at);
        }
    }
    sys!(libc::sendmsg(fd, &raw const header, flags)).map(|n| n as usize)
}

/// `CMSG_LEN`.
#[must_use]
pub fn cmsg_len(len: u32) -> usize {
    // SAFETY: no pointers.
    unsafe { libc::CMSG_LEN(len) as usize }
}

/// `CMSG_SPACE`.
#[must_use]
pub fn cmsg_space(len: u32) -> usize {
    // SAFETY: no pointers.
    unsafe { libc::CMSG_SPACE(len) as usize }
}

/// `getsockopt` of an integer.
pub fn getsockopt(fd: i32, level: i32, option: i32) -> SysResult<i32> {
    let mut value = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    sys!(libc::getsockopt(fd, level, option, (&raw mut value).cast(), &raw mut len))?;
    Ok(value)
}

/// `getsockopt` of up to `size` bytes.
pub fn getsockopt_bytes(fd: i32, level: i32, option: i32, size: usize) -> SysResult<Vec<u8>> {
    let mut value = vec![0u8; size];
    let mut len = size as libc::socklen_t;
    sys!(libc::getsockopt(fd, level, option, value.as_mut_ptr().cast(), &raw mut len))?;
    value.truncate(len as usize);
    Ok(value)
}

/// `setsockopt`; no value with a length stands for a null pointer.
pub fn setsockopt(fd: i32, level: i32, option: i32, value: Result<&[u8], usize>) -> SysResult<()> {
    let (data, len) = match value {
        Ok(value) => (value.as_ptr().cast(), value.len()),
        Err(len) => (std::ptr::null(), len),
    };
    sys!(libc::setsockopt(fd, level, option, data, len as libc::socklen_t)).map(drop)
}

/// One answer of `getaddrinfo`: family, kind, protocol, canonical name, address.
pub type Found = (i32, i32, i32, Vec<u8>, Address);

/// `getaddrinfo`. The error is one of the resolver's own (`EAI_*`).
pub fn getaddrinfo(host: Option<&CStr>, port: Option<&CStr>, hints: [i32; 4]) -> Result<Vec<Found>, i32> {
    let [family, kind, protocol, flags] = hints;
    let mut hint = zeroed!(libc::addrinfo);
    hint.ai_family = family;
    hint.ai_socktype = kind;
    hint.ai_protocol = protocol;
    hint.ai_flags = flags;
    let mut list = std::ptr::null_mut();
    let text = |t: Option<&CStr>| t.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: R1 (host).
    let rc = unsafe { libc::getaddrinfo(text(host), text(port), &raw const hint, &raw mut list) };
    if rc != 0 {
        return Err(rc);
    }
    let mut found = Vec::new();
    // SAFETY: R3 (host): the list is ours until freed, once.
    unsafe {
        let mut at = list;
        while !at.is_null() {
            let row = &*at;
            let mut raw = RawAddress::empty();
            let len = (row.ai_addrlen as usize).min(size_of::<libc::sockaddr_storage>());
            std::ptr::copy_nonoverlapping(row.ai_addr.cast::<u8>(), (&raw mut raw.0).cast::<u8>(), len);
            raw.1 = len as _;
            let name = copy_c_string(row.ai_canonname).unwrap_or_default();
            found.push((row.ai_family, row.ai_socktype, row.ai_protocol, name, raw.decode()));
            at = row.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// `getnameinfo`: (host, service).
pub fn getnameinfo(address: &RawAddress, flags: i32) -> Result<(Vec<u8>, Vec<u8>), i32> {
    let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
    // SAFETY: R1 (host).
    let rc = unsafe {
        let (h, s) = (host.as_mut_ptr().cast(), service.as_mut_ptr().cast());
        libc::getnameinfo(address.ptr(), address.1, h, host.len() as _, s, service.len() as _, flags)
    };
    if rc != 0 {
        return Err(rc);
    }
    let text = |t: &[u8]| t.iter().copied().take_while(|&b| b != 0).collect();
    Ok((text(&host), text(&service)))
}

/// The resolver's text for one of its errors.
#[must_use]
pub fn gai_strerror(code: i32) -> String {
    // SAFETY: R3 (host): a static string.
    let text = unsafe { copy_c_string(libc::gai_strerror(code)) };
    String::from_utf8_lossy(&text.unwrap_or_default()).into_owned()
}

/// `gethostname`.
pub fn gethostname() -> SysResult<Vec<u8>> {
    let mut name = [0u8; 1024];
    sys!(libc::gethostname(name.as_mut_ptr().cast(), name.len()))?;
    Ok(name.iter().copied().take_while(|&b| b != 0).collect())
}

/// `sethostname`.
pub fn sethostname(name: &[u8]) -> SysResult<()> {
    sys!(libc::sethostname(name.as_ptr().cast(), name.len())).map(drop)
}

/// The C library's tables of services and protocols share one buffer a process.
static TABLES: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// `getservbyname`: the port.
#[must_use]
pub fn service_by_name(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    let _one = TABLES.lock();
    // SAFETY: R1 and R3 (host), under the lock.
    unsafe {
        let row = libc::getservbyname(name.as_ptr(), protocol.map_or(std::ptr::null(), CStr::as_ptr));
        (!row.is_null()).then(|| u16::from_be((*row).s_port as u16))
    }
}

/// `getservbyport`: the name.
#[must_use]
pub fn service_by_port(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    let _one = TABLES.lock();
    // SAFETY: R1 and R3 (host), under the lock.
    unsafe {
        let row =
            libc::getservbyport(i32::from(port.to_be()), protocol.map_or(std::ptr::null(), CStr::as_ptr));
        if row.is_null() { None } else { copy_c_string((*row).s_name) }
    }
}

/// `getprotobyname`: the number.
#[must_use]
pub fn protocol_by_name(name: &CStr) -> Option<i32> {
    let _one = TABLES.lock();
    // SAFETY: R1 and R3 (host), under the lock.
    unsafe {
        let row = libc::getprotobyname(name.as_ptr());
        (!row.is_null()).then(|| (*row).p_proto)
    }
}

/// `if_nameindex`: (index, name) of every interface.
pub fn interfaces() -> SysResult<Vec<(u32, Vec<u8>)>> {
    let mut rows = Vec::new();
    // SAFETY: R3 (host): the list ends with a zero row and is freed once.
    unsafe {
        let list = libc::if_nameindex();
        if list.is_null() {
            return Err(errno());
        }
        let mut at = list;
        while (*at).if_index != 0 {
            rows.push(((*at).if_index, copy_c_string((*at).if_name).unwrap_or_default()));
            at = at.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(rows)
}

/// `if_nametoindex`.
pub fn interface_index(name: &CStr) -> Option<u32> {
    // SAFETY: R1 (host).
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// `if_indextoname`.
pub fn interface_name(index: u32) -> SysResult<Vec<u8>> {
    let mut name = [0u8; libc::IF_NAMESIZE];
    // SAFETY: R1 (host).
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) };
    if found.is_null() { Err(errno()) } else { Ok(name.iter().copied().take_while(|&b| b != 0).collect()) }
}

/// `inet_aton`: the classic, lenient reading of a dotted address.
#[must_use]
pub fn inet_aton(text: &CStr) -> Option<[u8; 4]> {
    unsafe extern "C" {
        fn inet_aton(text: *const libc::c_char, out: *mut libc::in_addr) -> libc::c_int;
    }
    let mut out = zeroed!(libc::in_addr);
    // SAFETY: R1 (host).
    (unsafe { inet_aton(text.as_ptr(), &raw mut out) } != 0).then(|| out.s_addr.to_ne_bytes())
}

/// A C string of these bytes; None if they hold a NUL.
#[must_use]
pub fn c_string(bytes: &[u8]) -> Option<CString> {
    CString::new(bytes).ok()
}
