//! Functions of `posix` on processes: identities, waiting, fork, exec.
use super::{brief, done, patient};
use crate::ext::ThreadExt;
use crate::numbers::{c_int, id, id_value};
use crate::path_arg::{fs_decode, fs_encode, fs_path, fspath, rule, rule_fd};
use std::ffi::CString;
use vm_runtime::host::process;
use vm_runtime::prelude::*;
use vm_runtime::struct_sequence::StructSpec;

macro_rules! getters {
    ($($name:ident)*) => {$(
        fn $name(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
            Ok(th.int(i64::from(process::$name())))
        }
    )*};
}
getters! { getpid getppid getpgrp }

macro_rules! id_getters {
    ($($name:ident)*) => {$(
        fn $name(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
            Ok(id_value(th, process::$name()))
        }
    )*};
}
id_getters! { getuid geteuid getgid getegid }

macro_rules! id_setters {
    ($($name:ident($($what:literal),*);)*) => {$(
        fn $name(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
            let mut rest = args.iter();
            let mut next = |what: &str| id(th, rest.next().unwrap_or(&Value::NONE), what);
            let result = process::$name($(next($what)?),*);
            done(th, result).map(|()| Value::NONE)
        }
    )*};
}
id_setters! {
    setuid("uid");
    seteuid("uid");
    setgid("gid");
    setegid("gid");
    setreuid("ruid", "euid");
    setregid("rgid", "egid");
    setresuid("ruid", "euid", "suid");
    setresgid("rgid", "egid", "sgid");
}

pub static FUNCTIONS: &[MethodDef] = &[
    m("getpid", "()", getpid, "Return the current process id."),
    m("getppid", "()", getppid, "Return the parent's process id."),
    m("getpgrp", "()", getpgrp, "Return the current process group id."),
    m("getuid", "()", getuid, "Return the current process's user id."),
    m("geteuid", "()", geteuid, "Return the current process's effective user id."),
    m("getgid", "()", getgid, "Return the current process's group id."),
    m("getegid", "()", getegid, "Return the current process's effective group id."),
    m("setuid", "(uid, /)", setuid, "Set the current process's user id."),
    m("seteuid", "(euid, /)", seteuid, "Set the current process's effective user id."),
    m("setgid", "(gid, /)", setgid, "Set the current process's group id."),
    m("setegid", "(egid, /)", setegid, "Set the current process's effective group id."),
    m("setreuid", "(ruid, euid, /)", setreuid, "Set the current process's real and effective user ids."),
    m("setregid", "(rgid, egid, /)", setregid, "Set the current process's real and effective group ids."),
    m(
        "setresuid",
        "(ruid, euid, suid, /)",
        setresuid,
        "Set the current process's real, effective, and saved user ids.",
    ),
    m(
        "setresgid",
        "(rgid, egid, sgid, /)",
        setresgid,
        "Set the current process's real, effective, and saved group ids.",
    ),
    m(
        "getresuid",
        "()",
        getresuid,
        "Return a tuple of the current process's real, effective, and saved user ids.",
    ),
    m(
        "getresgid",
        "()",
        getresgid,
        "Return a tuple of the current process's real, effective, and saved group ids.",
    ),
    m("getpgid", "(pid)", getpgid, "Call the system call getpgid(), and return the result."),
    m("setpgid", "(pid, pgrp, /)", setpgid, "Call the system call setpgid(pid, pgrp)."),
    m("setpgrp", "()", setpgrp, "Make the current process the leader of its process group."),
    m("getsid", "(pid, /)", getsid, "Call the system call getsid(pid) and return the result."),
    m("setsid", "()", setsid, "Call the system call setsid()."),
    m("getgroups", "()", getgroups, "Return list of supplemental group IDs for the process."),
    m("setgroups", "(groups, /)", setgroups, "Set the groups of the current process to list."),
    m("initgroups", "(username, gid, /)", initgroups, "Initialize the group access list."),
    m("getgrouplist", "(user, group, /)", getgrouplist, "Returns a list of groups to which a user belongs."),
    m("getlogin", "()", getlogin, "Return the actual login name."),
    m("umask", "(mask, /)", umask, "Set the current numeric umask and return the previous umask."),
    m(
        "nice",
        "(increment, /)",
        nice,
        "Add increment to the priority of process and return the new priority.",
    ),
    m("getpriority", "(which, who)", getpriority, "Return program scheduling priority."),
    m("setpriority", "(which, who, priority)", setpriority, "Set program scheduling priority."),
    m("kill", "(pid, signal, /)", kill, "Kill a process with a signal."),
    m("killpg", "(pgid, signal, /)", killpg, "Kill a process group with a signal."),
    m(
        "fork",
        "()",
        fork,
        "Fork a child process.\n\nReturn 0 to child process and PID of child to parent process.",
    ),
    m("forkpty", "()", forkpty, "Fork a new process with a new pseudo-terminal as controlling tty."),
    m("wait", "()", wait, "Wait for completion of a child process."),
    m("waitpid", "(pid, options, /)", waitpid, "Wait for completion of a given child process."),
    m("wait3", "(options)", wait3, "Wait for completion of a child process."),
    m("wait4", "(pid, options)", wait4, "Wait for completion of a specific child process."),
    m(
        "waitid",
        "(idtype, id, options, /)",
        waitid,
        "Returns the result of waiting for a process or processes.",
    ),
    m("waitstatus_to_exitcode", "(status)", waitstatus_to_exitcode, "Convert a wait status to an exit code."),
    m(
        "WCOREDUMP",
        "(status, /)",
        |th, _, a| flag(th, a, |s| libc::WCOREDUMP(s)),
        "Return True if the process returning status was dumped to a core file.",
    ),
    m(
        "WIFCONTINUED",
        "(status)",
        |th, _, a| flag(th, a, |s| libc::WIFCONTINUED(s)),
        "Return True if a particular process was continued from a job control stop.",
    ),
    m(
        "WIFSTOPPED",
        "(status)",
        |th, _, a| flag(th, a, |s| libc::WIFSTOPPED(s)),
        "Return True if the process returning status was stopped.",
    ),
    m(
        "WIFSIGNALED",
        "(status)",
        |th, _, a| flag(th, a, |s| libc::WIFSIGNALED(s)),
        "Return True if the process returning status was terminated by a signal.",
    ),
    m(
        "WIFEXITED",
        "(status)",
        |th, _, a| flag(th, a, |s| libc::WIFEXITED(s)),
        "Return True if the process returning status exited via the exit() system call.",
    ),
    m(
        "WEXITSTATUS",
        "(status)",
        |th, _, a| part(th, a, |s| libc::WEXITSTATUS(s)),
        "Return the process return code from status.",
    ),
    m(
        "WTERMSIG",
        "(status)",
        |th, _, a| part(th, a, |s| libc::WTERMSIG(s)),
        "Return the signal that terminated the process that provided the status value.",
    ),
    m(
        "WSTOPSIG",
        "(status)",
        |th, _, a| part(th, a, |s| libc::WSTOPSIG(s)),
        "Return the signal that stopped the process that provided the status value.",
    ),
    m(
        "execv",
        "(path, argv, /)",
        execv,
        "Execute an executable path with arguments, replacing current process.",
    ),
    m(
        "execve",
        "(path, argv, env)",
        execve,
        "Execute an executable path with arguments, replacing current process.",
    ),
    m("_exit", "(status)", exit, "Exit to the system with specified status, without normal exit processing."),
    m("abort", "()", abort, "Abort the interpreter immediately."),
    m("system", "(command)", system, "Execute the command in a subshell."),
    m(
        "register_at_fork",
        "(*, before=None, after_in_child=None, after_in_parent=None)",
        register_at_fork,
        "Register callables to be called when forking a new process.",
    ),
    m("pidfd_open", "(pid, flags=0)", pidfd_open, "Return a file descriptor referring to the process *pid*."),
    m("unshare", "(flags)", unshare, "Disassociate parts of a process (or thread) execution context."),
    m("setns", "(fd, nstype=0)", setns, "Move the calling thread into different namespaces."),
];

static WAITID_RESULT: StructSpec = StructSpec::new(
    "posix.waitid_result",
    "waitid_result: Result from waitid.\n\nThis object may be accessed either as a tuple of\n  (si_pid, si_uid, si_signo, si_status, si_code),\nor via the attributes si_pid, si_uid, and so on.\n\nSee os.waitid for more information.",
    &[("si_pid", ""), ("si_uid", ""), ("si_signo", ""), ("si_status", ""), ("si_code", "")],
    5,
);

/// Adds the types to the module.
pub fn add_types(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "waitid_result", WAITID_RESULT.class(th)?)?;
    super::system::add_types(th, module)?;
    super::schedule::add_types(th, module)
}

fn number(th: &Thread, n: i32) -> Value {
    th.int(i64::from(n))
}

fn three(th: &Thread, (a, b, c): (u32, u32, u32)) -> Value {
    th.tuple(vec![id_value(th, a), id_value(th, b), id_value(th, c)])
}

fn getresuid(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(three(th, done(th, process::getresuid())?))
}

fn getresgid(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(three(th, done(th, process::getresgid())?))
}

fn getpgid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    Ok(number(th, done(th, process::getpgid(pid))?))
}

fn setpgid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (pid, group) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    done(th, process::setpgid(pid, group)).map(|()| Value::NONE)
}

fn setpgrp(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    done(th, process::setpgid(0, 0)).map(|()| Value::NONE)
}

fn getsid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    Ok(number(th, done(th, process::getsid(pid))?))
}

fn setsid(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    done(th, process::setsid()).map(|_| Value::NONE)
}

fn id_list(th: &Thread, ids: &[u32]) -> Value {
    th.list(ids.iter().map(|id| id_value(th, *id)).collect())
}

fn getgroups(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(id_list(th, &done(th, process::getgroups())?))
}

fn setgroups(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    if th.lookup_special(&args[0], "__getitem__")?.is_none() {
        return Err(th.type_error("setgroups argument must be a sequence"));
    }
    let groups: Vec<u32> = th.collect(&args[0])?.iter().map(|g| id(th, g, "gid")).collect::<PyResult<_>>()?;
    if groups.len() > 65536 {
        return Err(th.value_error("too many groups"));
    }
    done(th, process::setgroups(&groups)).map(|()| Value::NONE)
}

fn initgroups(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let user = fs_path(th, &args[0])?;
    let group = id(th, &args[1], "gid")?;
    brief(th, || process::initgroups(&user, group)).map(|()| Value::NONE)
}

fn getgrouplist(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let user = crate::path_arg::fs_text(th, &args[0], "getgrouplist() argument 1")?;
    let group = id(th, &args[1], "gid")?;
    let groups = th.detach(|| process::getgrouplist(&user, group));
    Ok(id_list(th, &groups))
}

fn getlogin(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    let name = brief(th, process::getlogin)?;
    Ok(fs_decode(th, &name))
}

fn umask(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let mask = c_int(th, &args[0])?;
    Ok(th.int(i64::from(process::umask(mask as u32))))
}

fn nice(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let increment = c_int(th, &args[0])?;
    Ok(number(th, done(th, process::nice(increment))?))
}

fn getpriority(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (which, who) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    Ok(number(th, done(th, process::getpriority(which, who as u32))?))
}

fn setpriority(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (which, who, priority) = (c_int(th, &args[0])?, c_int(th, &args[1])?, c_int(th, &args[2])?);
    done(th, process::setpriority(which, who as u32, priority)).map(|()| Value::NONE)
}

fn kill(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (pid, number) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    th.audit("os.kill", args)?;
    done(th, process::kill(pid, number))?;
    // A signal to ourselves is handled before the call returns.
    th.check_signals()?;
    Ok(Value::NONE)
}

fn killpg(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (group, number) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    th.audit("os.killpg", args)?;
    done(th, process::killpg(group, number))?;
    th.check_signals()?;
    Ok(Value::NONE)
}

// ---- fork

const AT_FORK: [&str; 3] = ["posix.at_fork.before", "posix.at_fork.child", "posix.at_fork.parent"];

fn register_at_fork(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    // In the order of AT_FORK.
    let given = [&args[0], &args[1], &args[2]];
    if given.iter().all(|f| f.is_unbound()) {
        return Err(th.type_error("At least one argument is required."));
    }
    for (f, name) in given.iter().zip(["before", "after_in_child", "after_in_parent"]) {
        if !f.is_unbound() && !th.is_callable(f) {
            let got = f.type_name(th);
            return Err(th.type_error(format!("'{name}' must be callable, not {got}")));
        }
    }
    for (f, key) in given.iter().zip(AT_FORK) {
        if !f.is_unbound() {
            let list = th.vm_state_or(key, || th.list(Vec::new()));
            th.call_method(&list, "append", std::slice::from_ref(*f))?;
        }
    }
    Ok(Value::NONE)
}

fn run_hooks(th: &Thread, key: &'static str, reverse: bool) {
    let Some(list) = th.vm_state(key) else { return };
    let Ok(mut hooks) = th.collect(&list) else {
        th.clear_error();
        return;
    };
    if reverse {
        hooks.reverse();
    }
    for hook in hooks {
        if th.call(&hook, &[]).is_err() {
            let error = th.take_error();
            th.unraisable_at(error, "", &hook);
        }
    }
}

/// Python's part before a fork.
pub fn before_fork(th: &Thread) {
    run_hooks(th, AT_FORK[0], true);
}

/// Python's part after a fork, in the parent.
pub fn after_fork_parent(th: &Thread) {
    run_hooks(th, AT_FORK[2], false);
}

/// The library's and Python's part after a fork, in the child.
pub fn after_fork_child(th: &Thread) {
    crate::io::lock::after_fork();
    run_hooks(th, AT_FORK[1], false);
}

/// `fork` with everything that must happen around it: 0 in the child. `name` is what the program called.
pub fn fork_all(th: &Thread, name: &str) -> PyResult<i32> {
    before_fork(th);
    let outcome = th.fork();
    match outcome {
        Ok(0) => after_fork_child(th),
        _ => {
            after_fork_parent(th);
            warn_of_threads(th, name);
        }
    }
    done(th, outcome)
}

/// The parent is warned if it had other threads. The child is there already: an error from the filters is dropped.
pub fn warn_of_threads(th: &Thread, name: &str) {
    if !th.has_other_threads() {
        return;
    }
    let pid = process::getpid();
    let msg = format!(
        "This process (pid={pid}) is multi-threaded, use of {name}() may lead to deadlocks in the child."
    );
    if th.deprecation_warning(msg, 1).is_err() {
        th.clear_error();
    }
}

fn fork(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    th.audit("os.fork", &[])?;
    Ok(number(th, fork_all(th, "fork")?))
}

fn forkpty(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    use vm_runtime::host::{file, terminal};
    th.audit("os.forkpty", &[])?;
    let (master, slave) = brief(th, terminal::openpty)?;
    let pid = fork_all(th, "forkpty")?;
    if pid == 0 {
        let _ = file::close(master);
        if terminal::login_tty(slave).is_err() {
            process::exit_now(1);
        }
        return Ok(th.tuple(vec![number(th, 0), number(th, -1)]));
    }
    let _ = file::close(slave);
    Ok(th.tuple(vec![number(th, pid), number(th, master)]))
}

// ---- wait

fn pid_status(th: &Thread, (pid, status): (i32, i32)) -> Value {
    th.tuple(vec![number(th, pid), number(th, status)])
}

fn wait(th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(pid_status(th, patient(th, || process::waitpid(-1, 0))?))
}

fn waitpid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (pid, options) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    Ok(pid_status(th, patient(th, || process::waitpid(pid, options))?))
}

fn wait_usage(th: &Thread, pid: i32, options: i32) -> PyResult<Value> {
    let (pid, status, usage) = patient(th, || process::wait4(pid, options))?;
    let usage = crate::resource::usage_value(th, &usage)?;
    Ok(th.tuple(vec![number(th, pid), number(th, status), usage]))
}

fn wait3(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let options = c_int(th, &args[0])?;
    wait_usage(th, -1, options)
}

fn wait4(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (pid, options) = (c_int(th, &args[0])?, c_int(th, &args[1])?);
    wait_usage(th, pid, options)
}

fn waitid(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (kind, who, options) = (c_int(th, &args[0])?, c_int(th, &args[1])?, c_int(th, &args[2])?);
    match patient(th, || process::waitid(kind as u32, who as u32, options))? {
        None => Ok(Value::NONE),
        Some((pid, uid, signo, status, code)) => {
            let values = vec![
                number(th, pid),
                id_value(th, uid),
                number(th, signo),
                number(th, status),
                number(th, code),
            ];
            WAITID_RESULT.make(th, values)
        }
    }
}

fn waitstatus_to_exitcode(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let status = c_int(th, &args[0])?;
    if libc::WIFEXITED(status) {
        return Ok(number(th, libc::WEXITSTATUS(status)));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(number(th, -libc::WTERMSIG(status)));
    }
    if libc::WIFSTOPPED(status) {
        let number = libc::WSTOPSIG(status);
        return Err(th.value_error(format!("process stopped by delivery of signal {number}")));
    }
    Err(th.value_error(format!("invalid wait status: {status}")))
}

fn flag(th: &Thread, args: &[Value], f: fn(i32) -> bool) -> PyResult<Value> {
    Ok(Value::bool(f(c_int(th, &args[0])?)))
}

fn part(th: &Thread, args: &[Value], f: fn(i32) -> i32) -> PyResult<Value> {
    Ok(number(th, f(c_int(th, &args[0])?)))
}

// ---- exec

/// The strings of an argument list.
pub fn string_list(th: &Thread, list: &[Value]) -> PyResult<Vec<CString>> {
    list.iter().map(|item| fs_path(th, item)).collect()
}

/// An `argv` argument: a tuple or list that is not empty and does not begin with an empty string.
pub fn argument_list(th: &Thread, value: &Value, function: &str) -> PyResult<Vec<CString>> {
    if value.payload::<List>().is_none() && value.payload::<Tuple>().is_none() {
        return Err(th.type_error(format!("{function}: argv must be a tuple or list")));
    }
    let items = th.collect(value)?;
    if items.is_empty() {
        return Err(th.value_error(format!("{function}: argv must not be empty")));
    }
    let list = string_list(th, &items)?;
    if list.first().is_some_and(|first| first.as_bytes().is_empty()) {
        return Err(th.value_error(format!("{function}: argv first element cannot be empty")));
    }
    Ok(list)
}

/// An `env` argument: a mapping.
pub fn environment_list(th: &Thread, value: &Value) -> PyResult<Vec<CString>> {
    let keys = th.collect(&th.call_method(value, "keys", &[])?)?;
    let values = th.collect(&th.call_method(value, "values", &[])?)?;
    let mut list = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        let name = fs_encode(th, &fspath(th, key)?)?;
        let value = fs_encode(th, &fspath(th, value)?)?;
        if name.get(1..).is_some_and(|rest| rest.contains(&b'=')) || name.first() == Some(&b'=') {
            return Err(th.value_error("illegal environment variable name"));
        }
        let row = [name.as_slice(), b"=", value.as_slice()].concat();
        list.push(CString::new(row).map_err(|_| th.value_error("embedded null byte"))?);
    }
    Ok(list)
}

fn execv(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule("execv", "path").read(th, &args[0])?;
    let argv = argument_list(th, &args[1], "execv() arg 2").or_else(|raised| rewrite_execv(th, raised))?;
    let environment: Vec<CString> = process::environment()
        .iter()
        .filter_map(|(name, value)| CString::new([name.as_slice(), b"=", value.as_slice()].concat()).ok())
        .collect();
    th.audit("os.exec", &[path.value.clone(), args[1].clone(), Value::NONE])?;
    let errno = process::execve(path.c_str(), &argv, &environment);
    Err(th.os_error(errno, None))
}

/// `execv` has messages of its own for a bad argument list.
fn rewrite_execv(th: &Thread, raised: Raised) -> PyResult<Vec<CString>> {
    let error = th.take_error();
    let text = th.str_string(&error)?.to_string();
    let fixed = match text.as_str() {
        "execv() arg 2: argv must be a tuple or list" => {
            return Err(th.type_error("execv() arg 2 must be a tuple or list"));
        }
        "execv() arg 2: argv must not be empty" => "execv() arg 2 must not be empty",
        "execv() arg 2: argv first element cannot be empty" => "execv() arg 2 first element cannot be empty",
        _ => {
            let _ = raised;
            return Err(th.raise_value(error));
        }
    };
    Err(th.value_error(fixed))
}

fn execve(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = rule_fd("execve", "path").read(th, &args[0])?;
    let argv = argument_list(th, &args[1], "execve")?;
    if th.lookup_special(&args[2], "__getitem__")?.is_none() || !th.hasattr(&args[2], &th.intern("keys"))? {
        return Err(th.type_error("execve: environment must be a mapping object"));
    }
    let environment = environment_list(th, &args[2])?;
    th.audit("os.exec", &[path.value.clone(), args[1].clone(), args[2].clone()])?;
    let errno = match path.fd {
        Some(fd) => process::fexecve(fd, &argv, &environment),
        None => process::execve(path.c_str(), &argv, &environment),
    };
    Err(path.error(th, errno))
}

fn exit(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let status = c_int(th, &args[0])?;
    process::exit_now(status)
}

fn abort(_th: &Thread, _: &Value, _args: &[Value]) -> PyResult<Value> {
    process::abort()
}

fn system(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let command = fs_path(th, &args[0])?;
    th.audit("os.system", &[th.bytes(command.as_bytes())])?;
    Ok(number(th, th.detach(|| process::system(&command))))
}

fn pidfd_open(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let pid = c_int(th, &args[0])?;
    let flags = if args[1].is_unbound() { 0 } else { crate::numbers::c_uint(th, &args[1])? };
    Ok(number(th, done(th, process::pidfd_open(pid, flags))?))
}

fn unshare(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let flags = c_int(th, &args[0])?;
    done(th, process::unshare(flags)).map(|()| Value::NONE)
}

fn setns(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let fd = crate::path_arg::fildes(th, &args[0])?;
    let kind = crate::numbers::c_int_or(th, &args[1], 0)?;
    done(th, process::setns(fd, kind)).map(|()| Value::NONE)
}
