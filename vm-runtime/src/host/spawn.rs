//! Starting programs: what `_posixsubprocess.fork_exec` and `posix_spawn` need.
use super::process::pointers;
use super::{SysResult, errno, zeroed};
use std::ffi::{CStr, CString};

/// What the child of [`fork_exec`] does before it executes the program.
pub struct Plan<'a> {
    /// Candidates for the program's path, tried in order.
    pub programs: &'a [CString],
    /// Arguments.
    pub arguments: &'a [CString],
    /// Environment; None keeps this process's own.
    pub environment: Option<&'a [CString]>,
    /// Working directory.
    pub directory: Option<&'a CStr>,
    /// Parent's and child's ends for standard input, output and error; -1 where not redirected.
    pub streams: [(i32, i32); 3],
    /// Pipe on which the child reports a failure: (read end, write end).
    pub error_pipe: (i32, i32),
    /// Whether descriptors above 2 are closed, but those kept.
    pub close_others: bool,
    /// Descriptors to keep, sorted; they are made inheritable.
    pub keep: &'a [i32],
    /// Whether the signals that the VM ignores are reset.
    pub restore_signals: bool,
    /// Whether a session is begun.
    pub new_session: bool,
    /// Process group to join; negative: none.
    pub group: i32,
    /// Group id, or None.
    pub gid: Option<u32>,
    /// Extra groups, or None.
    pub groups: Option<&'a [u32]>,
    /// User id, or None.
    pub uid: Option<u32>,
    /// File creation mask; negative: unchanged.
    pub umask: i32,
}

/// Runs the child's part up to `execve`; returns only to report failure. `before_exec` is Python's `preexec_fn`: false if
/// it raised.
///
/// The child writes `OSError:<hex errno>:<noexec or empty>` or `SubprocessError:0:Exception occurred in preexec_fn.`
pub fn child(plan: &Plan<'_>, before_exec: Option<&mut dyn FnMut() -> bool>) -> ! {
    let argv = pointers(plan.arguments);
    let envp = plan.environment.map(pointers);
    let mut stage: &[u8] = b"noexec";
    let failed = run_child(plan, before_exec, &argv, envp.as_deref(), &mut stage);
    let report = plan.error_pipe.1;
    let say = |text: &[u8]| {
        // SAFETY: R1 and R5 (host).
        unsafe { libc::write(report, text.as_ptr().cast(), text.len()) };
    };
    match failed {
        Failure::Raised => {
            say(b"SubprocessError:0:");
            say(b"Exception occurred in preexec_fn.");
        }
        Failure::Errno(number) => {
            say(b"OSError:");
            let mut digits = [0u8; 8];
            let mut at = digits.len();
            let mut rest = number as u32;
            while rest != 0 || at == digits.len() {
                at -= 1;
                if let Some(slot) = digits.get_mut(at) {
                    *slot = *b"0123456789ABCDEF".get((rest % 16) as usize).unwrap_or(&b'0');
                }
                rest /= 16;
            }
            say(digits.get(at..).unwrap_or(b"0"));
            say(b":");
            say(stage);
        }
    }
    super::process::exit_now(255)
}

enum Failure {
    Raised,
    Errno(i32),
}

impl From<i32> for Failure {
    fn from(errno: i32) -> Failure {
        Failure::Errno(errno)
    }
}

fn run_child(
    plan: &Plan<'_>,
    before_exec: Option<&mut dyn FnMut() -> bool>,
    argv: &[*const libc::c_char],
    envp: Option<&[*const libc::c_char]>,
    stage: &mut &[u8],
) -> Failure {
    match prepare(plan, before_exec, stage) {
        Ok(()) => {}
        Err(failure) => return failure,
    }
    *stage = b"";
    let mut saved = 0;
    for program in plan.programs {
        // SAFETY: R1 and R5 (host): both arrays end with null.
        unsafe {
            match envp {
                Some(envp) => libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr()),
                None => libc::execv(program.as_ptr(), argv.as_ptr()),
            }
        };
        let error = errno();
        if error != libc::ENOENT && error != libc::ENOTDIR && saved == 0 {
            saved = error;
        }
    }
    Failure::Errno(if saved != 0 { saved } else { errno() })
}

fn prepare(
    plan: &Plan<'_>,
    before_exec: Option<&mut dyn FnMut() -> bool>,
    stage: &mut &[u8],
) -> Result<(), Failure> {
    use super::{file, process, signal};
    for &fd in plan.keep {
        if fd != plan.error_pipe.1 && file::set_inheritable(fd, true).is_err() {
            // A descriptor that is not open is the program's own affair, as in CPython.
            continue;
        }
    }
    for (parent, _) in [plan.streams[0]] {
        if parent >= 0 {
            file::close(parent)?;
        }
    }
    for (parent, _) in [plan.streams[1], plan.streams[2]] {
        if parent >= 0 {
            file::close(parent)?;
        }
    }
    file::close(plan.error_pipe.0)?;
    // When duplicating, low descriptors must not be overwritten before they are moved.
    let mut ends = [plan.streams[0].1, plan.streams[1].1, plan.streams[2].1];
    if ends[1] == 0 {
        ends[1] = file::dup(ends[1])?;
    }
    while ends[2] == 0 || ends[2] == 1 {
        ends[2] = file::dup(ends[2])?;
    }
    for (target, end) in ends.into_iter().enumerate() {
        let target = target as i32;
        if end == target {
            file::set_inheritable(end, true)?;
        } else if end >= 0 {
            file::dup2(end, target, true)?;
        }
    }
    if let Some(directory) = plan.directory {
        *stage = b"noexec:chdir";
        super::path::chdir(directory)?;
        *stage = b"noexec";
    }
    if plan.umask >= 0 {
        let _ = process::umask(plan.umask as u32);
    }
    if plan.restore_signals {
        for number in [libc::SIGPIPE, libc::SIGXFSZ] {
            let _ = signal::install(number, signal::Disposition::Default);
        }
    }
    if plan.new_session {
        process::setsid()?;
    }
    if plan.group >= 0 {
        process::setpgid(0, plan.group)?;
    }
    if let Some(groups) = plan.groups {
        process::setgroups(groups)?;
    }
    if let Some(gid) = plan.gid {
        process::setregid(gid, gid)?;
    }
    if let Some(uid) = plan.uid {
        process::setreuid(uid, uid)?;
    }
    *stage = b"";
    if let Some(before_exec) = before_exec
        && !before_exec()
    {
        return Err(Failure::Raised);
    }
    if plan.close_others {
        close_all_but(plan.keep, plan.error_pipe.1);
    }
    Ok(())
}

/// Closes every descriptor above 2 but those in `keep` (sorted) and `report`.
fn close_all_but(keep: &[i32], report: i32) {
    let mut low = 3u32;
    let range = |low: u32, high: u32| {
        if low <= high {
            // SAFETY: no pointers; R5 (host).
            let rc = unsafe { libc::syscall(libc::SYS_close_range, low, high, 0) };
            if rc != 0 {
                super::file::close_range(low as i32, high.min(4096) as i32);
            }
        }
    };
    let mut bar = |fd: i32| {
        if fd >= low as i32 {
            if fd as u32 > low {
                range(low, fd as u32 - 1);
            }
            low = fd as u32 + 1;
        }
    };
    let mut reported = false;
    for &fd in keep {
        if report < fd && !reported {
            bar(report);
            reported = true;
        }
        bar(fd);
    }
    if !reported {
        bar(report);
    }
    range(low, u32::MAX);
}

/// One step of `posix_spawn`'s file actions.
pub enum Action {
    /// Open a path as a descriptor.
    Open(i32, CString, i32, u32),
    /// Close a descriptor.
    Close(i32),
    /// Duplicate the first as the second.
    Dup2(i32, i32),
    /// Close every descriptor from this on.
    CloseFrom(i32),
}

/// The attributes of `posix_spawn`.
#[derive(Default)]
pub struct Attributes<'a> {
    /// Process group.
    pub group: Option<i32>,
    /// Reset effective ids.
    pub reset_ids: bool,
    /// Begin a session.
    pub new_session: bool,
    /// Signal mask.
    pub mask: Option<&'a [i32]>,
    /// Signals to reset.
    pub defaults: Option<&'a [i32]>,
    /// Scheduler: policy (None keeps it) and priority.
    pub scheduler: Option<(Option<i32>, i32)>,
}

fn raw_set(signals: &[i32]) -> libc::sigset_t {
    let mut set = zeroed!(libc::sigset_t);
    for &signal in signals {
        // SAFETY: R1 (host); bad numbers are refused.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}

/// `posix_spawn`, or `posix_spawnp` if `search`: the child's pid.
pub fn posix_spawn(
    path: &CStr,
    search: bool,
    arguments: &[CString],
    environment: &[CString],
    actions: &[Action],
    attributes: &Attributes<'_>,
) -> SysResult<i32> {
    let argv = pointers(arguments);
    let envp = pointers(environment);
    let mut pid = 0;
    let mut steps = zeroed!(libc::posix_spawn_file_actions_t);
    let mut attr = zeroed!(libc::posix_spawnattr_t);
    // SAFETY: R1 (host): both objects are initialised before use and destroyed once; strings outlive the call.
    let rc = unsafe {
        libc::posix_spawn_file_actions_init(&raw mut steps);
        libc::posix_spawnattr_init(&raw mut attr);
        let mut rc = 0;
        for action in actions {
            let step = match action {
                Action::Open(fd, path, flags, mode) => {
                    libc::posix_spawn_file_actions_addopen(&raw mut steps, *fd, path.as_ptr(), *flags, *mode)
                }
                Action::Close(fd) => libc::posix_spawn_file_actions_addclose(&raw mut steps, *fd),
                Action::Dup2(from, to) => libc::posix_spawn_file_actions_adddup2(&raw mut steps, *from, *to),
                #[cfg(all(target_os = "linux", target_env = "gnu"))]
                Action::CloseFrom(fd) => libc::posix_spawn_file_actions_addclosefrom_np(&raw mut steps, *fd),
                #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
                Action::CloseFrom(_) => libc::ENOSYS,
            };
            if step != 0 {
                rc = step;
            }
        }
        let mut flags = 0;
        if let Some(group) = attributes.group {
            libc::posix_spawnattr_setpgroup(&raw mut attr, group);
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if attributes.reset_ids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if attributes.new_session {
            flags |= 0x80;
        }
        if let Some(mask) = attributes.mask {
            let set = raw_set(mask);
            libc::posix_spawnattr_setsigmask(&raw mut attr, &raw const set);
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(defaults) = attributes.defaults {
            let set = raw_set(defaults);
            libc::posix_spawnattr_setsigdefault(&raw mut attr, &raw const set);
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if let Some((policy, priority)) = attributes.scheduler {
            let mut param = zeroed!(libc::sched_param);
            param.sched_priority = priority;
            libc::posix_spawnattr_setschedparam(&raw mut attr, &raw const param);
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
            if let Some(policy) = policy {
                libc::posix_spawnattr_setschedpolicy(&raw mut attr, policy);
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
            }
        }
        libc::posix_spawnattr_setflags(&raw mut attr, flags as libc::c_short);
        if rc == 0 {
            let (argv, envp) = (argv.as_ptr().cast(), envp.as_ptr().cast());
            rc = if search {
                libc::posix_spawnp(&raw mut pid, path.as_ptr(), &raw const steps, &raw const attr, argv, envp)
            } else {
                libc::posix_spawn(&raw mut pid, path.as_ptr(), &raw const steps, &raw const attr, argv, envp)
            };
        }
        libc::posix_spawnattr_destroy(&raw mut attr);
        libc::posix_spawn_file_actions_destroy(&raw mut steps);
        rc
    };
    if rc == 0 { Ok(pid) } else { Err(rc) }
}
