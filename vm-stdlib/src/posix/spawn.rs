//! Starting programs: `posix_spawn`, and `_posixsubprocess.fork_exec` for `subprocess`.
use super::process::{after_fork_child, after_fork_parent, argument_list, before_fork, environment_list};
use crate::numbers::{c_int, c_long, id};
use crate::path_arg::{fs_encode, fs_path, fspath, rule};
use std::ffi::CString;
use vm_runtime::host::spawn::{Action, Attributes, Plan};
use vm_runtime::host::{process, signal, spawn};
use vm_runtime::prelude::*;

const SPAWN_SIG: &str = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)";

pub static FUNCTIONS: &[MethodDef] = &[
    m("posix_spawn", SPAWN_SIG, posix_spawn, "Execute the program specified by path in a new process."),
    m("posix_spawnp", SPAWN_SIG, posix_spawnp, "Execute the program specified by path in a new process."),
];

fn posix_spawn(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    run(th, args, false, "posix_spawn")
}

fn posix_spawnp(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    run(th, args, true, "posix_spawnp")
}

fn signals(th: &Thread, value: &Value) -> PyResult<Option<Vec<i32>>> {
    if value.is_unbound() {
        return Ok(None);
    }
    crate::signal::signal_numbers(th, value).map(Some)
}

fn file_actions(th: &Thread, value: &Value) -> PyResult<Vec<Action>> {
    if value.is_unbound() || value.is_none() {
        return Ok(Vec::new());
    }
    if value.payload::<List>().is_none() && value.payload::<Tuple>().is_none() {
        return Err(th.type_error("file_actions must be a sequence or None"));
    }
    let wrong = || th.type_error("Each file_actions element must be a non-empty tuple");
    let mut actions = Vec::new();
    for item in th.collect(value)? {
        let Some(tuple) = item.payload::<Tuple>() else { return Err(wrong()) };
        let Some((tag, rest)) = tuple.as_slice().split_first() else { return Err(wrong()) };
        let tag = c_long(th, tag)?;
        let action = match (tag, rest) {
            (0, [fd, path, flags, mode]) => {
                Action::Open(c_int(th, fd)?, fs_path(th, path)?, c_int(th, flags)?, c_int(th, mode)? as u32)
            }
            (0, _) => return Err(th.type_error("A open file_action tuple must have 5 elements")),
            (1, [fd]) => Action::Close(c_int(th, fd)?),
            (1, _) => return Err(th.type_error("A close file_action tuple must have 2 elements")),
            (2, [from, to]) => Action::Dup2(c_int(th, from)?, c_int(th, to)?),
            (2, _) => return Err(th.type_error("A dup2 file_action tuple must have 3 elements")),
            (3, [from]) => Action::CloseFrom(c_int(th, from)?),
            _ => return Err(th.type_error("Unknown file_actions identifier")),
        };
        actions.push(action);
    }
    Ok(actions)
}

fn run(th: &Thread, args: &[Value], search: bool, function: &'static str) -> PyResult<Value> {
    let path = rule(function, "path").read(th, &args[0])?;
    let argv = argument_list(th, &args[1], function)?;
    let environment = if args[2].is_none() {
        process::environment()
            .iter()
            .filter_map(|(name, value)| CString::new([name.as_slice(), b"=", value.as_slice()].concat()).ok())
            .collect()
    } else {
        if !th.hasattr(&args[2], &th.intern("keys"))? {
            return Err(th.type_error(format!("{function}: environment must be a mapping object or None")));
        }
        environment_list(th, &args[2])?
    };
    let actions = file_actions(th, &args[3])?;
    let group = if args[4].is_unbound() || args[4].is_none() { None } else { Some(c_int(th, &args[4])?) };
    let mask = signals(th, &args[7])?;
    let defaults = signals(th, &args[8])?;
    let scheduler = if args[9].is_unbound() || args[9].is_none() {
        None
    } else {
        let Some([policy, param]) = args[9].payload::<Tuple>().map(Tuple::as_slice) else {
            return Err(th.type_error("A scheduler tuple must have two elements"));
        };
        let policy = if policy.is_none() { None } else { Some(c_int(th, policy)?) };
        Some((policy, super::schedule::param(th, param)?))
    };
    let attributes = Attributes {
        group,
        reset_ids: !args[5].is_unbound() && th.truth(&args[5])?,
        new_session: !args[6].is_unbound() && th.truth(&args[6])?,
        mask: mask.as_deref(),
        defaults: defaults.as_deref(),
        scheduler,
    };
    th.audit("os.posix_spawn", &[path.value.clone(), args[1].clone(), args[2].clone()])?;
    let pid =
        th.detach(|| spawn::posix_spawn(path.c_str(), search, &argv, &environment, &actions, &attributes));
    pid.map(|pid| th.int(i64::from(pid))).map_err(|errno| path.error(th, errno))
}

pub static POSIX_SUBPROCESS: ModuleSpec = ModuleSpec {
    name: "_posixsubprocess",
    doc: "A POSIX helper for the subprocess module.",
    functions: &[m(
        "fork_exec",
        "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
        fork_exec,
        "Spawn a fresh new child process.\n\nFork a child process, close parent file descriptors as appropriate in the\nchild and duplicate the few that are needed before calling exec() in the\nchild process.",
    )],
    ..ModuleSpec::EMPTY
};

fn keep_list(th: &Thread, value: &Value) -> PyResult<Vec<i32>> {
    let bad = || th.value_error("bad value(s) in fds_to_keep");
    if value.payload::<Tuple>().is_none() {
        return Err(bad());
    }
    let mut keep = Vec::new();
    for item in th.collect(value)? {
        if !th.isinstance(&item, th.types().int) {
            return Err(bad());
        }
        let fd = th.index_i64(&item)?;
        let sorted = keep.last().is_none_or(|last| i64::from(*last) < fd);
        match i32::try_from(fd) {
            Ok(fd) if fd >= 0 && sorted => keep.push(fd),
            _ => return Err(bad()),
        }
    }
    Ok(keep)
}

fn fork_exec(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let preexec = &args[21];
    let close_others = th.truth(&args[2])?;
    let error_pipe = (c_int(th, &args[12])?, c_int(th, &args[13])?);
    if close_others && error_pipe.1 < 3 {
        return Err(th.value_error("errpipe_write must be >= 3"));
    }
    let keep = keep_list(th, &args[3])?;
    let programs = {
        let items = th.collect(&args[1])?;
        items.iter().map(|v| encoded(th, v)).collect::<PyResult<Vec<_>>>()?
    };
    let arguments = if args[0].is_none() {
        Vec::new()
    } else {
        if args[0].payload::<List>().is_none() && args[0].payload::<Tuple>().is_none() {
            th.iter(&args[0])?;
        }
        let items = th.collect(&args[0])?;
        items.iter().map(|v| encoded(th, v)).collect::<PyResult<Vec<_>>>()?
    };
    let environment = if args[5].is_none() {
        None
    } else {
        let items = th.collect(&args[5])?;
        Some(items.iter().map(|v| encoded(th, v)).collect::<PyResult<Vec<_>>>()?)
    };
    let directory = if args[4].is_none() { None } else { Some(fs_path(th, &args[4])?) };
    let groups = if args[18].is_none() {
        None
    } else {
        let Some(list) = args[18].payload::<List>() else {
            return Err(th.type_error("setgroups argument must be a sequence"));
        };
        let ids = list.to_vec(th).iter().map(|g| group_id(th, g)).collect::<PyResult<Vec<_>>>()?;
        if ids.len() > 65536 {
            return Err(th.value_error("too many extra_groups"));
        }
        Some(ids)
    };
    let fd = |i: usize| c_int(th, args.get(i).unwrap_or(&Value::NONE));
    let plan = Plan {
        programs: &programs,
        arguments: &arguments,
        environment: environment.as_deref(),
        directory: directory.as_deref(),
        streams: [(fd(7)?, fd(6)?), (fd(8)?, fd(9)?), (fd(10)?, fd(11)?)],
        error_pipe,
        close_others,
        keep: &keep,
        restore_signals: th.truth(&args[14])?,
        new_session: th.truth(&args[15])?,
        group: c_int(th, &args[16])?,
        gid: if args[17].is_none() { None } else { Some(id(th, &args[17], "gid")?) },
        groups: groups.as_deref(),
        uid: if args[19].is_none() { None } else { Some(id(th, &args[19], "uid")?) },
        umask: c_int(th, &args[20])?,
    };
    let python = !preexec.is_none();
    if python {
        before_fork(th);
    }
    // Signals wait until the child has its own handlers (or the parent is done), so that a Python handler of ours never
    // runs there.
    let blocked = signal::sigmask(libc::SIG_BLOCK, &signal::SignalSet::full());
    let outcome = th.fork();
    if outcome == Ok(0) {
        if let Ok(mask) = &blocked {
            let _ = signal::sigmask(libc::SIG_SETMASK, mask);
        }
        if python {
            after_fork_child(th);
            let mut run = || {
                let done = th.call(preexec, &[]).is_ok();
                if !done {
                    th.clear_error();
                }
                done
            };
            spawn::child(&plan, Some(&mut run));
        }
        spawn::child(&plan, None);
    }
    if let Ok(mask) = &blocked {
        let _ = signal::sigmask(libc::SIG_SETMASK, mask);
    }
    if python {
        after_fork_parent(th);
    }
    outcome.map(|pid| th.int(i64::from(pid))).map_err(|errno| th.os_error(errno, None))
}

fn group_id(th: &Thread, value: &Value) -> PyResult<u32> {
    if !th.isinstance(value, th.types().int) {
        return Err(th.type_error("extra_groups must be integers"));
    }
    id(th, value, "gid").map_err(|_| {
        th.clear_error();
        th.value_error("invalid group id")
    })
}

fn encoded(th: &Thread, value: &Value) -> PyResult<CString> {
    let bytes = fs_encode(th, &fspath(th, value)?)?;
    CString::new(bytes).map_err(|_| th.value_error("embedded null byte"))
}
