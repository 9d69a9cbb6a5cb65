//! `_thread.lock` and `_thread.RLock`.
use crate::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vm_core::lock::py_lock::{Acquired, RawPyLock};

/// `_thread.lock`.
pub struct Lock {
    raw: RawPyLock,
}
payload!(Lock, "lock");

/// A time in seconds: an int or a float.
pub(super) fn seconds_of(th: &Thread, v: &Value) -> PyResult<f64> {
    if !th.isinstance(v, th.types().float) && !th.is_index(v) {
        let kind = v.type_of(th).full_name();
        return Err(th.type_error(format!("'{kind}' object cannot be interpreted as an integer or float")));
    }
    let seconds = th.as_f64(v)?;
    if seconds.is_nan() { Err(th.value_error("Invalid value NaN (not a number)")) } else { Ok(seconds) }
}

/// The deadline of a `timeout` argument: None waits for ever.
fn deadline(th: &Thread, blocking: &Value, timeout: &Value) -> PyResult<Option<Option<Instant>>> {
    let blocking = blocking.is_unbound() || th.truth(blocking)?;
    let seconds = if timeout.is_unbound() { -1.0 } else { seconds_of(th, timeout)? };
    if !blocking {
        if seconds != -1.0 {
            return Err(th.value_error("can't specify a timeout for a non-blocking call"));
        }
        return Ok(None);
    }
    if seconds == -1.0 {
        return Ok(Some(None));
    }
    if seconds < 0.0 {
        return Err(th.value_error("timeout value must be a non-negative number"));
    }
    if seconds > 9_223_372_036.0 {
        return Err(th.overflow_error("timestamp out of range for C PyTime_t"));
    }
    Ok(Some(Some(Instant::now() + Duration::from_secs_f64(seconds))))
}

/// Waits for a lock, running signal handlers meanwhile.
fn acquire_raw(th: &Thread, raw: &RawPyLock, deadline: Option<Instant>) -> PyResult<bool> {
    loop {
        match raw.acquire(th.core(), deadline, true) {
            Acquired::Acquired => return Ok(true),
            Acquired::TimedOut => return Ok(false),
            Acquired::Interrupted => th.check_signals()?,
        }
    }
}

fn lock_acquire(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let lock = th.expect::<Lock>(v, "lock")?;
    // The arguments may run Python: they are looked at first.
    let deadline = deadline(th, &a[0], &a[1])?;
    if lock.raw.try_acquire() {
        return Ok(Value::TRUE);
    }
    match deadline {
        None => Ok(Value::FALSE),
        Some(deadline) => Ok(Value::bool(acquire_raw(th, &lock.raw, deadline)?)),
    }
}

fn lock_release(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    match th.expect::<Lock>(v, "lock")?.raw.release() {
        Ok(()) => Ok(Value::NONE),
        Err(_) => Err(th.runtime_error("release unlocked lock")),
    }
}

fn lock_locked(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(Value::bool(th.expect::<Lock>(v, "lock")?.raw.is_locked()))
}

fn lock_enter(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    lock_acquire(th, v, &[Value::UNBOUND, Value::UNBOUND])
}

fn lock_exit(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    lock_release(th, v, &[])
}

fn lock_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let locked = th.expect::<Lock>(v, "lock")?.raw.is_locked();
    let state = if locked { "locked" } else { "unlocked" };
    Ok(th.str(&format!("<{state} {} object at {:#x}>", v.type_name(th), v.identity())))
}

/// `_thread.lock`.
pub static LOCK: TypeSpec = TypeSpec {
    name: "_thread.lock",
    doc: "A lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().",
    flags: WEAKREFS,
    slots: &[
        Slot::NewRaw(|th, _, args| {
            if args.is_empty() {
                Ok(new_lock(th))
            } else {
                Err(th.type_error(format!("lock expected 0 arguments, got {}", args.args.len())))
            }
        }),
        Slot::Repr(lock_repr),
    ],
    methods: &[
        m("acquire", "(blocking=True, timeout=-1)", lock_acquire, "Lock the lock."),
        m("acquire_lock", "(blocking=True, timeout=-1)", lock_acquire, "An obsolete synonym of acquire()."),
        m("release", "()", lock_release, "Release the lock."),
        m("release_lock", "()", lock_release, "An obsolete synonym of release()."),
        m("locked", "()", lock_locked, "Return whether the lock is locked."),
        m("locked_lock", "()", lock_locked, "An obsolete synonym of locked()."),
        m("__enter__", "()", lock_enter, "Lock the lock."),
        m("__exit__", "(*exc_info)", lock_exit, "Release the lock."),
        m(
            "_at_fork_reinit",
            "()",
            |th, v, _| {
                th.expect::<Lock>(v, "lock")?.raw.reset_after_fork();
                Ok(Value::NONE)
            },
            "",
        ),
    ],
    ..TypeSpec::of::<Lock>()
};

pub(super) fn new_lock(th: &Thread) -> Value {
    th.new_object(th.type_for::<Lock>(), Lock { raw: RawPyLock::new() })
}

/// How long the thread that ends the program waits for a lock that a stopped thread may have.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// A lock that its owner may take again.
#[derive(Debug)]
pub(crate) struct Reentrant {
    raw: RawPyLock,
    owner: AtomicU64,
    count: AtomicU64,
}

impl Reentrant {
    pub(crate) fn new() -> Reentrant {
        Reentrant { raw: RawPyLock::new(), owner: AtomicU64::new(0), count: AtomicU64::new(0) }
    }

    /// Whether the thread has it.
    pub(crate) fn is_mine(&self, th: &Thread) -> bool {
        // Relaxed: only the thread itself is told yes.
        self.owner.load(Ordering::Relaxed) == th.ident
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Takes it once more; false if the thread does not have it.
    fn again(&self, th: &Thread) -> bool {
        let mine = self.is_mine(th);
        if mine {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        mine
    }

    /// Notes that the thread has taken `raw`.
    fn taken(&self, owner: u64, count: u64) {
        self.owner.store(owner, Ordering::Relaxed);
        self.count.store(count, Ordering::Relaxed);
    }

    /// Takes it, waiting without a look at signals.
    pub(crate) fn acquire(&self, th: &Thread) {
        if !self.again(th) {
            // At the program's end the owner may be a thread that was stopped for good: then it is taken from it.
            let end = th.vm().is_finishing(th).then(|| Instant::now() + LAST_WAIT);
            let _ = self.raw.acquire(th.core(), end, false);
            self.taken(th.ident, 1);
        }
    }

    /// Gives it up once; false if the thread does not have it.
    pub(crate) fn release(&self, th: &Thread) -> bool {
        if !self.is_mine(th) {
            return false;
        }
        if self.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.owner.store(0, Ordering::Relaxed);
            let _ = self.raw.release();
        }
        true
    }

    /// In the child of a fork: nobody has it, nobody waits.
    pub(crate) fn reset_after_fork(&self) {
        self.raw.reset_after_fork();
        self.taken(0, 0);
    }
}

/// `_thread.RLock`.
pub struct RLock {
    lock: Reentrant,
}
payload!(RLock, "RLock");

fn rlock<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Reentrant> {
    Ok(&th.expect::<RLock>(v, "RLock")?.lock)
}

fn rlock_acquire(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let lock = rlock(th, v)?;
    let deadline = deadline(th, &a[0], &a[1])?;
    if lock.again(th) {
        return Ok(Value::TRUE);
    }
    let got = lock.raw.try_acquire()
        || match deadline {
            None => false,
            Some(deadline) => acquire_raw(th, &lock.raw, deadline)?,
        };
    if got {
        lock.taken(th.ident, 1);
    }
    Ok(Value::bool(got))
}

fn rlock_release(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    if rlock(th, v)?.release(th) {
        Ok(Value::NONE)
    } else {
        Err(th.runtime_error("cannot release un-acquired lock"))
    }
}

fn rlock_save(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let lock = rlock(th, v)?;
    if !lock.is_mine(th) {
        return Err(th.runtime_error("cannot release un-acquired lock"));
    }
    let count = lock.count.swap(0, Ordering::Relaxed);
    let owner = lock.owner.swap(0, Ordering::Relaxed);
    let _ = lock.raw.release();
    Ok(th.tuple(vec![th.int(count as i64), th.int(owner as i64)]))
}

fn rlock_restore(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let lock = rlock(th, v)?;
    let state = if a[0].payload::<Tuple>().is_some() || a[0].payload::<List>().is_some() {
        th.collect(&a[0])?
    } else {
        return Err(th.type_error(format!(
            "_acquire_restore() argument 1 must be 2-item tuple, not {}",
            a[0].type_of(th).full_name()
        )));
    };
    let [count, owner] = state.as_slice() else {
        return Err(th.type_error(format!(
            "_acquire_restore() argument 1 must be tuple of length 2, not {}",
            state.len()
        )));
    };
    let (count, owner) = (th.index_i64(count)?, th.index_i64(owner)?);
    acquire_raw(th, &lock.raw, None)?;
    lock.taken(owner as u64, count as u64);
    Ok(Value::NONE)
}

fn rlock_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let lock = rlock(th, v)?;
    let count = lock.count.load(Ordering::Relaxed);
    let state = if count > 0 { "locked" } else { "unlocked" };
    Ok(th.str(&format!(
        "<{state} {} object owner={} count={count} at {:#x}>",
        v.type_name(th),
        lock.owner.load(Ordering::Relaxed),
        v.identity()
    )))
}

/// `_thread.RLock`.
pub static RLOCK: TypeSpec = TypeSpec {
    name: "_thread.RLock",
    flags: BASETYPE | WEAKREFS,
    slots: &[
        // Arguments are ignored; `threading.RLock` warns of them.
        Slot::NewRaw(|th, cls, _| Ok(th.new_object(cls, RLock { lock: Reentrant::new() }))),
        Slot::Repr(rlock_repr),
    ],
    methods: &[
        m("acquire", "(blocking=True, timeout=-1)", rlock_acquire, "Lock the lock."),
        m("release", "()", rlock_release, "Release the lock."),
        m(
            "locked",
            "()",
            |th, v, _| Ok(Value::bool(rlock(th, v)?.is_locked())),
            "Return a boolean indicating whether this object is locked right now.",
        ),
        m(
            "__enter__",
            "()",
            |th, v, _| rlock_acquire(th, v, &[Value::UNBOUND, Value::UNBOUND]),
            "Lock the lock.",
        ),
        m("__exit__", "(*exc_info)", |th, v, _| rlock_release(th, v, &[]), "Release the lock."),
        m(
            "_is_owned",
            "()",
            |th, v, _| Ok(Value::bool(rlock(th, v)?.is_mine(th))),
            "For internal use by `threading.Condition`.",
        ),
        m(
            "_recursion_count",
            "()",
            |th, v, _| {
                let lock = rlock(th, v)?;
                Ok(th.int(if lock.is_mine(th) { lock.count.load(Ordering::Relaxed) as i64 } else { 0 }))
            },
            "For internal use by reentrancy checking code.",
        ),
        m("_release_save", "()", rlock_save, "For internal use by `threading.Condition`."),
        m("_acquire_restore", "(state, /)", rlock_restore, "For internal use by `threading.Condition`."),
        m(
            "_at_fork_reinit",
            "()",
            |th, v, _| {
                rlock(th, v)?.reset_after_fork();
                Ok(Value::NONE)
            },
            "",
        ),
    ],
    ..TypeSpec::of::<RLock>()
};
