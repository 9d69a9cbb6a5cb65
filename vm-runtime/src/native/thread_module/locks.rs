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
fn seconds_of(th: &Thread, v: &Value) -> PyResult<f64> {
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
    if lock.raw.try_acquire() {
        if (!a[0].is_unbound() || !a[1].is_unbound())
            && let Err(raised) = deadline(th, &a[0], &a[1])
        {
            let _ = lock.raw.release();
            return Err(raised);
        }
        return Ok(Value::TRUE);
    }
    match deadline(th, &a[0], &a[1])? {
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
            if args.is_empty() { Ok(new_lock(th)) } else { Err(th.type_error("lock() takes no arguments")) }
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

/// `_thread.RLock`.
pub struct RLock {
    raw: RawPyLock,
    owner: AtomicU64,
    count: AtomicU64,
}
payload!(RLock, "RLock");

fn rlock_acquire(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let lock = th.expect::<RLock>(v, "RLock")?;
    if lock.owner.load(Ordering::Relaxed) == th.ident {
        lock.count.fetch_add(1, Ordering::Relaxed);
        return Ok(Value::TRUE);
    }
    let got = lock.raw.try_acquire()
        || match deadline(th, &a[0], &a[1])? {
            None => false,
            Some(deadline) => acquire_raw(th, &lock.raw, deadline)?,
        };
    if got {
        lock.owner.store(th.ident, Ordering::Relaxed);
        lock.count.store(1, Ordering::Relaxed);
    }
    Ok(Value::bool(got))
}

fn rlock_release(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let lock = th.expect::<RLock>(v, "RLock")?;
    if lock.owner.load(Ordering::Relaxed) != th.ident {
        return Err(th.runtime_error("cannot release un-acquired lock"));
    }
    if lock.count.fetch_sub(1, Ordering::Relaxed) == 1 {
        lock.owner.store(0, Ordering::Relaxed);
        let _ = lock.raw.release();
    }
    Ok(Value::NONE)
}

fn rlock_save(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let lock = th.expect::<RLock>(v, "RLock")?;
    if lock.owner.load(Ordering::Relaxed) != th.ident {
        return Err(th.runtime_error("cannot release un-acquired lock"));
    }
    let count = lock.count.swap(0, Ordering::Relaxed);
    let owner = lock.owner.swap(0, Ordering::Relaxed);
    let _ = lock.raw.release();
    Ok(th.tuple(vec![th.int(count as i64), th.int(owner as i64)]))
}

fn rlock_restore(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let lock = th.expect::<RLock>(v, "RLock")?;
    let state = th.collect(&a[0])?;
    let [count, owner] = state.as_slice() else { return Err(th.type_error("a pair is wanted")) };
    let (count, owner) = (th.index_i64(count)?, th.index_i64(owner)?);
    acquire_raw(th, &lock.raw, None)?;
    lock.owner.store(owner as u64, Ordering::Relaxed);
    lock.count.store(count as u64, Ordering::Relaxed);
    Ok(Value::NONE)
}

fn rlock_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let lock = th.expect::<RLock>(v, "RLock")?;
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
        Slot::NewRaw(|th, cls, args| {
            if !args.is_empty() && cls == th.type_for::<RLock>() {
                return Err(th.type_error("RLock() takes no arguments"));
            }
            Ok(th.new_object(
                cls,
                RLock { raw: RawPyLock::new(), owner: AtomicU64::new(0), count: AtomicU64::new(0) },
            ))
        }),
        Slot::Repr(rlock_repr),
    ],
    methods: &[
        m("acquire", "(blocking=True, timeout=-1)", rlock_acquire, "Lock the lock."),
        m("release", "()", rlock_release, "Release the lock."),
        m(
            "locked",
            "()",
            |th, v, _| Ok(Value::bool(th.expect::<RLock>(v, "RLock")?.raw.is_locked())),
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
            |th, v, _| {
                Ok(Value::bool(th.expect::<RLock>(v, "RLock")?.owner.load(Ordering::Relaxed) == th.ident))
            },
            "For internal use by `threading.Condition`.",
        ),
        m(
            "_recursion_count",
            "()",
            |th, v, _| {
                let lock = th.expect::<RLock>(v, "RLock")?;
                let mine = lock.owner.load(Ordering::Relaxed) == th.ident;
                Ok(th.int(if mine { lock.count.load(Ordering::Relaxed) as i64 } else { 0 }))
            },
            "For internal use by reentrancy checking code.",
        ),
        m("_release_save", "()", rlock_save, "For internal use by `threading.Condition`."),
        m("_acquire_restore", "(state, /)", rlock_restore, "For internal use by `threading.Condition`."),
        m(
            "_at_fork_reinit",
            "()",
            |th, v, _| {
                let lock = th.expect::<RLock>(v, "RLock")?;
                lock.raw.reset_after_fork();
                lock.owner.store(0, Ordering::Relaxed);
                lock.count.store(0, Ordering::Relaxed);
                Ok(Value::NONE)
            },
            "",
        ),
    ],
    ..TypeSpec::of::<RLock>()
};
