//! `_multiprocessing` and `_posixshmem`: semaphores and memory that processes share.
use crate::io::retry;
use crate::numbers::{c_int, c_int_or};
use crate::path_arg::fs_encode;
use std::ffi::CString;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use vm_runtime::host::mapping;
use vm_runtime::host::semaphore::{self, Semaphore};
use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_multiprocessing",
    functions: &[m("sem_unlink", "(name, /)", sem_unlink, "")],
    types: &[&SPEC],
    init: Some(|th: &Thread, module: &Value| -> PyResult<()> {
        let flags = th.dict();
        for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
            th.setitem(&flags, &th.str(name), &th.int(1))?;
        }
        th.set_module_attr(module, "flags", flags)
    }),
    ..ModuleSpec::EMPTY
};

/// `_posixshmem`.
pub static SHARED_MEMORY: ModuleSpec = ModuleSpec {
    name: "_posixshmem",
    doc: "POSIX shared memory module",
    functions: &[
        m(
            "shm_open",
            "(path, flags, mode=511)",
            shm_open,
            "Open a shared memory object.  Returns a file descriptor (integer).",
        ),
        m(
            "shm_unlink",
            "(path, /)",
            shm_unlink,
            "Remove a shared memory object (similar to unlink()).\n\nRemove a shared memory object name, and, once all processes have\nunmapped the object, de-allocates and destroys the contents of the\nassociated memory region.",
        ),
    ],
    ..ModuleSpec::EMPTY
};

fn shm_open(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, name) = name_of(th, &args[0], "shm_open() argument 1")?;
    let flags = c_int(th, &args[1])?;
    let mode = c_int_or(th, &args[2], 0o777)?;
    let fd = retry(th, || mapping::open_shared(&name, flags | libc::O_CLOEXEC, mode as u32))?;
    let fd = fd.map_err(|errno| th.os_error(errno, Some(args[0].clone())))?;
    Ok(th.int(i64::from(fd)))
}

fn shm_unlink(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, name) = name_of(th, &args[0], "shm_unlink() argument")?;
    let done = retry(th, || mapping::unlink_shared(&name))?;
    done.map_err(|errno| th.os_error(errno, Some(args[0].clone())))?;
    Ok(Value::NONE)
}

/// The kind of lock that its thread may take again.
const RECURSIVE_MUTEX: i32 = 0;
const SEMAPHORE: i32 = 1;

/// Payload of `SemLock`.
pub struct SemLock {
    semaphore: Semaphore,
    kind: i32,
    max: i32,
    /// None if it was unlinked at once.
    name: Option<Box<str>>,
    /// How often this process has taken it, less the releases.
    count: AtomicI64,
    /// The thread that took it last.
    owner: AtomicU64,
}
payload!(SemLock, "SemLock");

/// `_multiprocessing.SemLock`.
static SPEC: TypeSpec = TypeSpec {
    name: "_multiprocessing.SemLock",
    doc: "Semaphore/Mutex type",
    flags: BASETYPE,
    new_sig: "(kind, value, maxvalue, name, unlink)",
    slots: &[Slot::New(new)],
    methods: &[
        m("acquire", "(block=True, timeout=None)", acquire, "Acquire the semaphore/lock."),
        m("release", "()", release, "Release the semaphore/lock."),
        m("__enter__", "()", enter, "Enter the semaphore/lock."),
        m("__exit__", "(exc_type=None, exc_value=None, exc_tb=None, /)", release, "Exit the semaphore/lock."),
        m("_count", "()", count, "Num of `acquire()`s minus num of `release()`s for this process."),
        m("_is_mine", "()", is_mine, "Whether the lock is owned by this thread."),
        m("_get_value", "()", get_value, "Get the value of the semaphore."),
        m("_is_zero", "()", is_zero, "Return whether semaphore has value zero."),
        cm("_rebuild", "(handle, kind, maxvalue, name, /)", rebuild, ""),
        m("_after_fork", "()", after_fork, "Rezero the net acquisition count after fork()."),
    ],
    getset: &[
        mb("handle", |th, v| Ok(th.usize(me(th, v)?.semaphore.address())), None, ""),
        mb("kind", |th, v| Ok(th.int(i64::from(me(th, v)?.kind))), None, ""),
        mb("maxvalue", |th, v| Ok(th.int(i64::from(me(th, v)?.max))), None, ""),
        mb("name", |th, v| Ok(me(th, v)?.name.as_ref().map_or(Value::NONE, |name| th.str(name))), None, ""),
    ],
    init: Some(|th, class| {
        let max = th.int(i64::from(semaphore::VALUE_MAX));
        class.dict().set(th, &th.intern("SEM_VALUE_MAX"), max)
    }),
    ..TypeSpec::of::<SemLock>()
};

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a SemLock> {
    th.expect::<SemLock>(this, "SemLock")
}

fn failed(th: &Thread, errno: i32) -> Raised {
    th.os_error(errno, None)
}

/// A semaphore's name: as the program gave it, and as the system takes it.
fn name_of(th: &Thread, value: &Value, who: &str) -> PyResult<(Box<str>, CString)> {
    let Some(text) = value.as_str() else {
        let got = value.type_name(th);
        return Err(th.type_error(format!("{who} must be str, not {got}")));
    };
    let text = text.to_string().into_boxed_str();
    let name = CString::new(fs_encode(th, value)?).map_err(|_| th.value_error("embedded null character"))?;
    Ok((text, name))
}

fn sem_unlink(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let (_, name) = name_of(th, &args[0], "sem_unlink() argument")?;
    semaphore::unlink(&name).map_err(|errno| failed(th, errno))?;
    Ok(Value::NONE)
}

fn make(
    th: &Thread,
    class: TypeRef,
    semaphore: Semaphore,
    kind: i32,
    max: i32,
    name: Option<Box<str>>,
) -> PyResult<Value> {
    let (count, owner) = (AtomicI64::new(0), AtomicU64::new(0));
    th.make_object(class, SemLock { semaphore, kind, max, name, count, owner })
}

fn new(th: &Thread, class: TypeRef, args: &[Value]) -> PyResult<Value> {
    let (kind, value, max) = (c_int(th, &args[0])?, c_int(th, &args[1])?, c_int(th, &args[2])?);
    let (text, name) = name_of(th, &args[3], "SemLock() argument 'name'")?;
    let unlink = th.truth(&args[4])?;
    if kind != RECURSIVE_MUTEX && kind != SEMAPHORE {
        return Err(th.value_error("unrecognized kind"));
    }
    // A negative number is one that the system refuses.
    let semaphore = Semaphore::create(&name, value as u32).map_err(|errno| failed(th, errno))?;
    if unlink {
        semaphore::unlink(&name).map_err(|errno| failed(th, errno))?;
    }
    make(th, class, semaphore, kind, max, (!unlink).then_some(text))
}

/// Opens by its name what another process made. The handle is that process's.
fn rebuild(th: &Thread, class: &Value, args: &[Value]) -> PyResult<Value> {
    let (kind, max) = (c_int(th, &args[1])?, c_int(th, &args[2])?);
    if args[3].is_none() {
        return Err(failed(th, libc::EINVAL));
    }
    let (text, name) = name_of(th, &args[3], "_rebuild() argument 4")?;
    let semaphore = Semaphore::open(&name).map_err(|errno| failed(th, errno))?;
    let Some(class) = TypeRef::from_value(class) else { return Err(th.system_error("bad native call")) };
    make(th, class, semaphore, kind, max, Some(text))
}

impl SemLock {
    /// Whether this thread has it. Relaxed: only the thread itself is told yes.
    fn is_mine(&self, th: &Thread) -> bool {
        self.count.load(Relaxed) > 0 && self.owner.load(Relaxed) == th.ident
    }

    /// Notes that this thread has counted down. Relaxed: the semaphore orders.
    fn taken(&self, th: &Thread) {
        self.count.fetch_add(1, Relaxed);
        self.owner.store(th.ident, Relaxed);
    }
}

/// The real time at which a wait of that many seconds ends.
fn deadline(th: &Thread, timeout: &Value) -> PyResult<Option<libc::timespec>> {
    if timeout.is_unbound() || timeout.is_none() {
        return Ok(None);
    }
    let wait = th.as_f64(timeout)?;
    let wait = Duration::try_from_secs_f64(if wait > 0.0 { wait } else { 0.0 });
    let at = wait.ok().and_then(|wait| SystemTime::now().checked_add(wait));
    let Some(since) = at.and_then(|at| at.duration_since(UNIX_EPOCH).ok()) else {
        return Err(failed(th, libc::EINVAL));
    };
    let (seconds, nanos) = (i64::try_from(since.as_secs()), i64::from(since.subsec_nanos()));
    Ok(Some(libc::timespec { tv_sec: seconds.unwrap_or(i64::MAX), tv_nsec: nanos }))
}

fn acquire(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let lock = me(th, this)?;
    let block = args[0].is_unbound() || th.truth(&args[0])?;
    if lock.kind == RECURSIVE_MUTEX && lock.is_mine(th) {
        lock.count.fetch_add(1, Relaxed);
        return Ok(Value::TRUE);
    }
    let deadline = deadline(th, &args[1])?;
    let mut result = lock.semaphore.try_wait();
    loop {
        match result {
            Ok(()) => {
                lock.taken(th);
                return Ok(Value::TRUE);
            }
            Err(libc::EAGAIN) if !block => return Ok(Value::FALSE),
            Err(libc::ETIMEDOUT) => return Ok(Value::FALSE),
            Err(libc::EAGAIN) => {}
            Err(libc::EINTR) => th.check_signals()?,
            Err(errno) => return Err(failed(th, errno)),
        }
        result = if block { th.detach(|| lock.semaphore.wait(deadline)) } else { lock.semaphore.try_wait() };
    }
}

fn enter(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    acquire(th, this, &[Value::UNBOUND, Value::UNBOUND])
}

fn release(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let lock = me(th, this)?;
    if lock.kind == RECURSIVE_MUTEX {
        if !lock.is_mine(th) {
            return Err(th.assertion_error("attempt to release recursive lock not owned by thread"));
        }
        if lock.count.load(Relaxed) > 1 {
            lock.count.fetch_sub(1, Relaxed);
            return Ok(Value::NONE);
        }
    } else if lock.semaphore.value().map_err(|errno| failed(th, errno))? >= lock.max {
        return Err(th.value_error("semaphore or lock released too many times"));
    }
    // Before the next owner counts itself.
    lock.count.fetch_sub(1, Relaxed);
    if let Err(errno) = lock.semaphore.post() {
        lock.count.fetch_add(1, Relaxed);
        return Err(failed(th, errno));
    }
    Ok(Value::NONE)
}

fn count(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.int(me(th, this)?.count.load(Relaxed)))
}

fn is_mine(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.is_mine(th)))
}

fn get_value(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let value = me(th, this)?.semaphore.value().map_err(|errno| failed(th, errno))?;
    Ok(th.int(i64::from(value.max(0))))
}

fn is_zero(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    let value = me(th, this)?.semaphore.value().map_err(|errno| failed(th, errno))?;
    Ok(Value::bool(value <= 0))
}

fn after_fork(th: &Thread, this: &Value, _: &[Value]) -> PyResult<Value> {
    me(th, this)?.count.store(0, Relaxed);
    Ok(Value::NONE)
}
