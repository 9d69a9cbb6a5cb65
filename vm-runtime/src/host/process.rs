//! Processes: identities, children, environment, resources.
use super::{SysResult, copy_c_string, errno, set_errno, sys, zeroed};
use std::ffi::{CStr, CString};

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident -> $t:ty;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name() -> $t {
            // SAFETY: no arguments.
            unsafe { libc::$name() }
        })*
    };
}
plain! {
    /// `getpid`.
    getpid -> i32;
    /// `getppid`.
    getppid -> i32;
    /// `getuid`.
    getuid -> u32;
    /// `geteuid`.
    geteuid -> u32;
    /// `getgid`.
    getgid -> u32;
    /// `getegid`.
    getegid -> u32;
    /// `getpgrp`.
    getpgrp -> i32;
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $t:ty),*);)*) => {
        $($(#[$doc])*
        pub fn $name($($arg: $t),*) -> SysResult<()> {
            sys!(libc::$name($($arg),*)).map(drop)
        })*
    };
}
setters! {
    /// `setuid`.
    setuid(uid: u32);
    /// `seteuid`.
    seteuid(uid: u32);
    /// `setgid`.
    setgid(gid: u32);
    /// `setegid`.
    setegid(gid: u32);
    /// `setreuid`.
    setreuid(real: u32, effective: u32);
    /// `setregid`.
    setregid(real: u32, effective: u32);
    /// `setresuid`.
    setresuid(real: u32, effective: u32, saved: u32);
    /// `setresgid`.
    setresgid(real: u32, effective: u32, saved: u32);
    /// `setpgid`.
    setpgid(pid: i32, group: i32);
    /// `kill`.
    kill(pid: i32, signal: i32);
    /// `killpg`.
    killpg(group: i32, signal: i32);
    /// `tcsetpgrp`.
    tcsetpgrp(fd: i32, group: i32);
}

/// `getpgid`.
pub fn getpgid(pid: i32) -> SysResult<i32> {
    sys!(libc::getpgid(pid))
}

/// `getsid`.
pub fn getsid(pid: i32) -> SysResult<i32> {
    sys!(libc::getsid(pid))
}

/// `setsid`.
pub fn setsid() -> SysResult<i32> {
    sys!(libc::setsid())
}

/// `tcgetpgrp`.
pub fn tcgetpgrp(fd: i32) -> SysResult<i32> {
    sys!(libc::tcgetpgrp(fd))
}

/// `getresuid`: real, effective, saved.
pub fn getresuid() -> SysResult<(u32, u32, u32)> {
    let (mut r, mut e, mut s) = (0, 0, 0);
    sys!(libc::getresuid(&raw mut r, &raw mut e, &raw mut s))?;
    Ok((r, e, s))
}

/// `getresgid`: real, effective, saved.
pub fn getresgid() -> SysResult<(u32, u32, u32)> {
    let (mut r, mut e, mut s) = (0, 0, 0);
    sys!(libc::getresgid(&raw mut r, &raw mut e, &raw mut s))?;
    Ok((r, e, s))
}

/// `getgroups`.
pub fn getgroups() -> SysResult<Vec<u32>> {
    let n = sys!(libc::getgroups(0, std::ptr::null_mut()))?;
    let mut groups = vec![0; n as usize];
    let n = sys!(libc::getgroups(n, groups.as_mut_ptr()))?;
    groups.truncate(n as usize);
    Ok(groups)
}

/// `setgroups`.
pub fn setgroups(groups: &[u32]) -> SysResult<()> {
    sys!(libc::setgroups(groups.len(), groups.as_ptr())).map(drop)
}

/// `umask`.
#[must_use]
pub fn umask(mask: u32) -> u32 {
    // SAFETY: no pointers.
    unsafe { libc::umask(mask) }
}

/// `nice`.
pub fn nice(increment: i32) -> SysResult<i32> {
    set_errno(0);
    // SAFETY: no pointers.
    let value = unsafe { libc::nice(increment) };
    if value == -1 && errno() != 0 { Err(errno()) } else { Ok(value) }
}

/// `getpriority`.
pub fn getpriority(which: i32, who: u32) -> SysResult<i32> {
    set_errno(0);
    // SAFETY: no pointers.
    let value = unsafe { libc::getpriority(which as _, who) };
    if value == -1 && errno() != 0 { Err(errno()) } else { Ok(value) }
}

/// `setpriority`.
pub fn setpriority(which: i32, who: u32, priority: i32) -> SysResult<()> {
    sys!(libc::setpriority(which as _, who, priority)).map(drop)
}

/// `fork`: 0 in the child. The caller has stopped every other thread that could hold what the child needs.
pub fn fork() -> SysResult<i32> {
    sys!(libc::fork())
}

/// `waitpid`: (pid, status).
pub fn waitpid(pid: i32, options: i32) -> SysResult<(i32, i32)> {
    let mut status = 0;
    let pid = sys!(libc::waitpid(pid, &raw mut status, options))?;
    Ok((pid, status))
}

/// `wait4`: (pid, status, resource usage).
pub fn wait4(pid: i32, options: i32) -> SysResult<(i32, i32, libc::rusage)> {
    let mut status = 0;
    let mut usage = zeroed!(libc::rusage);
    let pid = sys!(libc::wait4(pid, &raw mut status, options, &raw mut usage))?;
    Ok((pid, status, usage))
}

/// What `waitid` tells: pid, uid, signal, status, code.
pub type WaitId = (i32, u32, i32, i32, i32);

/// `waitid`: None if no child has changed (`WNOHANG`).
pub fn waitid(kind: u32, id: u32, options: i32) -> SysResult<Option<WaitId>> {
    let mut info = zeroed!(libc::siginfo_t);
    sys!(libc::waitid(kind, id, &raw mut info, options))?;
    // SAFETY: a result of waitid is of the SIGCHLD form (or all zero).
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    Ok((pid != 0).then_some((pid, uid, info.si_signo, status, info.si_code)))
}

/// `execve`: returns only if it fails.
pub fn execve(path: &CStr, arguments: &[CString], environment: &[CString]) -> i32 {
    let argv = pointers(arguments);
    let envp = pointers(environment);
    // SAFETY: R1 (host): both arrays end with null.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    errno()
}

/// `fexecve`: returns only if it fails.
pub fn fexecve(fd: i32, arguments: &[CString], environment: &[CString]) -> i32 {
    let argv = pointers(arguments);
    let envp = pointers(environment);
    // SAFETY: R1 (host): both arrays end with null.
    unsafe { libc::fexecve(fd, argv.as_ptr(), envp.as_ptr()) };
    errno()
}

/// A null-terminated array of pointers to the strings, which must outlive it.
pub(crate) fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

/// `_exit`.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(code) }
}

/// `abort`.
pub fn abort() -> ! {
    std::process::abort()
}

/// `system`: the shell's wait status.
pub fn system(command: &CStr) -> i32 {
    // SAFETY: R1 (host).
    unsafe { libc::system(command.as_ptr()) }
}

/// Every `NAME=value` of the environment.
#[must_use]
pub fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    use std::os::unix::ffi::OsStringExt;
    std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec())).collect()
}

/// Sets a variable of the process's environment. Names and values come checked for `=` and NUL.
pub fn setenv(name: &CStr, value: &CStr) -> SysResult<()> {
    // Native code that reads the environment without std's lock is the caller's concern, as with CPython's `putenv`.
    sys!(libc::setenv(name.as_ptr(), value.as_ptr(), 1)).map(drop)
}

/// Removes a variable of the process's environment.
pub fn unsetenv(name: &CStr) -> SysResult<()> {
    sys!(libc::unsetenv(name.as_ptr())).map(drop)
}

/// `times`: user, system, children's user, children's system in clock ticks, and the elapsed ticks.
pub fn times() -> SysResult<([i64; 4], i64)> {
    let mut t = zeroed!(libc::tms);
    let elapsed = sys!(libc::times(&raw mut t))?;
    Ok(([t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime], elapsed))
}

/// `sysconf`: None where the system has no limit.
pub fn sysconf(name: i32) -> SysResult<Option<i64>> {
    set_errno(0);
    // SAFETY: no pointers.
    let value = unsafe { libc::sysconf(name) };
    match (value, errno()) {
        (-1, 0) => Ok(None),
        (-1, errno) => Err(errno),
        _ => Ok(Some(value)),
    }
}

/// `confstr`: None where the name has no value.
pub fn confstr(name: i32) -> SysResult<Option<Vec<u8>>> {
    set_errno(0);
    let mut text = vec![0u8; 4096];
    // SAFETY: R1 (host).
    let n = unsafe { libc::confstr(name, text.as_mut_ptr().cast(), text.len()) };
    if n == 0 {
        return if errno() == 0 { Ok(None) } else { Err(errno()) };
    }
    text.truncate(n.saturating_sub(1).min(4095));
    Ok(Some(text))
}

/// Name and version of the C library's threads, where it says that.
#[must_use]
pub fn thread_library() -> Option<String> {
    #[cfg(target_env = "gnu")]
    if let Ok(Some(name)) = confstr(libc::_CS_GNU_LIBPTHREAD_VERSION) {
        return String::from_utf8(name).ok();
    }
    None
}

/// `uname`: system, node, release, version, machine.
pub fn uname() -> SysResult<[Vec<u8>; 5]> {
    let mut u = zeroed!(libc::utsname);
    sys!(libc::uname(&raw mut u))?;
    let text = |field: &[libc::c_char]| field.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
    Ok([text(&u.sysname), text(&u.nodename), text(&u.release), text(&u.version), text(&u.machine)])
}

/// `getloadavg`.
#[must_use]
pub fn getloadavg() -> Option<[f64; 3]> {
    let mut load = [0.0; 3];
    // SAFETY: R1 (host).
    (unsafe { libc::getloadavg(load.as_mut_ptr(), 3) } == 3).then_some(load)
}

/// `getlogin`.
pub fn getlogin() -> SysResult<Vec<u8>> {
    unsafe extern "C" {
        fn getlogin_r(name: *mut libc::c_char, len: libc::size_t) -> libc::c_int;
    }
    let mut name = [0u8; 256];
    // SAFETY: R1 (host).
    match unsafe { getlogin_r(name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(name.iter().copied().take_while(|&b| b != 0).collect()),
        errno => Err(errno),
    }
}

/// `sched_yield`.
pub fn sched_yield() -> SysResult<()> {
    sys!(libc::sched_yield()).map(drop)
}

/// The CPUs that a process may run on.
pub fn sched_getaffinity(pid: i32) -> SysResult<Vec<usize>> {
    let mut set = zeroed!(libc::cpu_set_t);
    sys!(libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &raw mut set))?;
    // SAFETY: R1 (host), every index is within the set.
    Ok((0..libc::CPU_SETSIZE as usize).filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) }).collect())
}

/// Sets the CPUs that a process may run on.
pub fn sched_setaffinity(pid: i32, cpus: &[usize]) -> SysResult<()> {
    let mut set = zeroed!(libc::cpu_set_t);
    for &cpu in cpus {
        if cpu < libc::CPU_SETSIZE as usize {
            // SAFETY: R1 (host), the index is within the set.
            unsafe { libc::CPU_SET(cpu, &mut set) };
        }
    }
    sys!(libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &raw const set)).map(drop)
}

/// `sched_getscheduler`.
pub fn sched_getscheduler(pid: i32) -> SysResult<i32> {
    sys!(libc::sched_getscheduler(pid))
}

/// `sched_getparam`: the priority.
pub fn sched_getparam(pid: i32) -> SysResult<i32> {
    let mut param = zeroed!(libc::sched_param);
    sys!(libc::sched_getparam(pid, &raw mut param))?;
    Ok(param.sched_priority)
}

/// `sched_setscheduler`.
pub fn sched_setscheduler(pid: i32, policy: i32, priority: i32) -> SysResult<()> {
    let mut param = zeroed!(libc::sched_param);
    param.sched_priority = priority;
    sys!(libc::sched_setscheduler(pid, policy, &raw const param)).map(drop)
}

/// `sched_setparam`.
pub fn sched_setparam(pid: i32, priority: i32) -> SysResult<()> {
    let mut param = zeroed!(libc::sched_param);
    param.sched_priority = priority;
    sys!(libc::sched_setparam(pid, &raw const param)).map(drop)
}

/// `sched_get_priority_min` (or `max`).
pub fn sched_priority_bound(policy: i32, highest: bool) -> SysResult<i32> {
    if highest {
        sys!(libc::sched_get_priority_max(policy))
    } else {
        sys!(libc::sched_get_priority_min(policy))
    }
}

/// `sched_rr_get_interval` in seconds.
pub fn sched_rr_get_interval(pid: i32) -> SysResult<f64> {
    let mut t = zeroed!(libc::timespec);
    sys!(libc::sched_rr_get_interval(pid, &raw mut t))?;
    Ok(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
}

/// `getrusage`.
pub fn getrusage(who: i32) -> SysResult<libc::rusage> {
    let mut usage = zeroed!(libc::rusage);
    sys!(libc::getrusage(who, &raw mut usage))?;
    Ok(usage)
}

/// `getrlimit`: soft and hard.
pub fn getrlimit(resource: i32) -> SysResult<(u64, u64)> {
    let mut limit = zeroed!(libc::rlimit);
    sys!(libc::getrlimit(resource as _, &raw mut limit))?;
    Ok((limit.rlim_cur, limit.rlim_max))
}

/// `setrlimit`.
pub fn setrlimit(resource: i32, soft: u64, hard: u64) -> SysResult<()> {
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    sys!(libc::setrlimit(resource as _, &raw const limit)).map(drop)
}

/// `prlimit`: reads and, if given, sets.
pub fn prlimit(pid: i32, resource: i32, new: Option<(u64, u64)>) -> SysResult<(u64, u64)> {
    let mut old = zeroed!(libc::rlimit);
    let new = new.map(|(soft, hard)| libc::rlimit { rlim_cur: soft, rlim_max: hard });
    let pointer = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    sys!(libc::prlimit(pid, resource as _, pointer, &raw mut old))?;
    Ok((old.rlim_cur, old.rlim_max))
}

/// `pidfd_open`.
pub fn pidfd_open(pid: i32, flags: u32) -> SysResult<i32> {
    sys!(libc::syscall(libc::SYS_pidfd_open, pid, flags)).map(|fd| fd as i32)
}

/// `unshare`.
pub fn unshare(flags: i32) -> SysResult<()> {
    sys!(libc::unshare(flags)).map(drop)
}

/// `setns`.
pub fn setns(fd: i32, kind: i32) -> SysResult<()> {
    sys!(libc::setns(fd, kind)).map(drop)
}

/// `initgroups`.
pub fn initgroups(user: &CStr, group: u32) -> SysResult<()> {
    sys!(libc::initgroups(user.as_ptr(), group)).map(drop)
}

/// `getgrouplist`.
#[must_use]
pub fn getgrouplist(user: &CStr, group: u32) -> Vec<u32> {
    let mut size: i32 = 64;
    loop {
        let mut groups = vec![0; size as usize];
        let mut n = size;
        // SAFETY: R1 (host).
        let rc = unsafe { libc::getgrouplist(user.as_ptr(), group, groups.as_mut_ptr(), &raw mut n) };
        if rc >= 0 || size > 1 << 20 {
            groups.truncate(n.max(0) as usize);
            return groups;
        }
        size = n.max(size * 2);
    }
}

/// The text that `ctermid` gives.
#[must_use]
pub fn ctermid() -> Vec<u8> {
    b"/dev/tty".to_vec()
}

/// The name of the program's own executable, if the system tells.
#[must_use]
pub fn executable() -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    std::env::current_exe().ok().map(|path| path.into_os_string().into_vec())
}

/// The C library's version as `gnu_get_libc_version` gives it.
#[must_use]
pub fn libc_version() -> Option<Vec<u8>> {
    #[cfg(target_env = "gnu")]
    // SAFETY: R3 (host): a static string.
    return unsafe { copy_c_string(libc::gnu_get_libc_version()) };
    #[cfg(not(target_env = "gnu"))]
    None
}
