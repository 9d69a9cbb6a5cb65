//! `_thread`: native threads, locks, thread-local data.
use crate::prelude::*;
use crate::thread::AttachGuard;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vm_core::lock::event::RawEvent;
use vm_core::lock::py_lock::{Acquired, RawPyLock};

/// Native stack of a Python thread, in bytes; `_thread.stack_size` sets another.
const STACK: usize = 16 << 20;
/// What is kept free of it for natives that do not recurse.
pub const STACK_RESERVE: usize = 256 << 10;

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

fn new_lock(th: &Thread) -> Value {
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

/// What a thread and those who join it share.
pub(crate) struct Shared {
    done: RawEvent,
    ident: AtomicU64,
    started: AtomicBool,
}

/// `_thread._ThreadHandle`.
pub struct Handle {
    shared: Arc<Shared>,
}
payload!(Handle, "_ThreadHandle");

fn new_handle(th: &Thread) -> Value {
    let shared = Shared { done: RawEvent::new(), ident: AtomicU64::new(0), started: AtomicBool::new(false) };
    th.new_object(th.type_for::<Handle>(), Handle { shared: Arc::new(shared) })
}

fn handle_join(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let handle = th.expect::<Handle>(v, "_ThreadHandle")?;
    if !handle.shared.started.load(Ordering::Acquire) {
        return Err(th.runtime_error("thread not started"));
    }
    let timeout = if a[0].is_unbound() || a[0].is_none() { -1.0 } else { th.as_f64(&a[0])? };
    let deadline =
        if timeout < 0.0 { None } else { Some(Instant::now() + Duration::from_secs_f64(timeout.min(9e9))) };
    if handle.shared.ident.load(Ordering::Acquire) == th.ident && !handle.shared.done.is_set() {
        return Err(th.runtime_error("Cannot join current thread"));
    }
    loop {
        match handle.shared.done.wait(th.core(), deadline, true) {
            Acquired::Acquired | Acquired::TimedOut => return Ok(Value::NONE),
            Acquired::Interrupted => th.check_signals()?,
        }
    }
}

/// Waits for all threads that are no daemons, but this one.
fn join_all(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    loop {
        // Relaxed: a thread's own ident was stored before it ran.
        let other = |s: &&Arc<Shared>| s.ident.load(Ordering::Relaxed) != th.ident;
        let Some(shared) = th.vm().joinable.lock().iter().find(other).cloned() else {
            return Ok(Value::NONE);
        };
        if shared.done.wait(th.core(), None, true) == Acquired::Interrupted && th.check_signals().is_err() {
            th.unraisable(Some("Exception ignored while joining a thread in _thread._shutdown()"), None);
            return Ok(Value::NONE);
        }
        if shared.done.is_set() {
            th.vm().joinable.lock().retain(|s| !Arc::ptr_eq(s, &shared));
        }
    }
}

fn handle_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let h = th.expect::<Handle>(v, "_ThreadHandle")?;
    Ok(th.str(&format!("<_ThreadHandle object: ident={}>", h.shared.ident.load(Ordering::Relaxed))))
}

/// `_thread._ThreadHandle`.
pub static HANDLE: TypeSpec = TypeSpec {
    name: "_thread._ThreadHandle",
    slots: &[Slot::NewRaw(|th, _, _| Ok(new_handle(th))), Slot::Repr(handle_repr)],
    methods: &[
        m("join", "(timeout=None, /)", handle_join, "Join with the thread."),
        m(
            "is_done",
            "()",
            |th, v, _| Ok(Value::bool(th.expect::<Handle>(v, "_ThreadHandle")?.shared.done.is_set())),
            "",
        ),
        m(
            "_set_done",
            "()",
            |th, v, _| {
                let h = th.expect::<Handle>(v, "_ThreadHandle")?;
                h.shared.started.store(true, Ordering::Release);
                h.shared.done.set();
                Ok(Value::NONE)
            },
            "",
        ),
    ],
    getset: &[gs(
        "ident",
        |th, v| {
            Ok(th.int(th.expect::<Handle>(v, "_ThreadHandle")?.shared.ident.load(Ordering::Acquire) as i64))
        },
        None,
        "",
    )],
    ..TypeSpec::of::<Handle>()
};

/// A thread's record on its way to the operating-system thread that will run it.
struct Travelling(Box<Thread>);
// SAFETY: nothing has run on it yet, and the sender does not touch it any more.
unsafe impl Send for Travelling {}

/// Starts a native thread that runs `f(*args, **kwargs)`.
fn start(
    th: &Thread,
    f: &Value,
    args: Value,
    kwargs: Option<Value>,
    handle: Option<&Handle>,
    daemon: bool,
) -> PyResult<u64> {
    if th.vm().is_finalizing() {
        return Err(th.raise(
            th.types().exc.python_finalization_error,
            "can't create new thread at interpreter shutdown",
        ));
    }
    let Ok(thread) = Thread::register(th.vm()) else {
        return Err(th.runtime_error("can't start new thread"));
    };
    let ident = thread.ident;
    let shared = handle.map(|h| h.shared.clone());
    if let Some(s) = &shared {
        s.ident.store(ident, Ordering::Release);
        s.started.store(true, Ordering::Release);
    }
    thread.daemon.set(daemon);
    if let Some(s) = shared.as_ref().filter(|_| !daemon) {
        th.vm().joinable.lock().push(s.clone());
    }
    let f = f.clone();
    let size = match th.vm().thread_stack_size.load(Ordering::Relaxed) {
        0 => STACK,
        n => n,
    };
    th.vm().running_threads.fetch_add(1, Ordering::AcqRel);
    let vm = th.vm().clone();
    type Work = (Travelling, Value, Value, Option<Value>, Option<Arc<Shared>>);
    let mut work: Option<Work> = Some((Travelling(thread), f, args, kwargs, shared.clone()));
    let (sender, receiver) = std::sync::mpsc::sync_channel::<Work>(1);
    let spawned = std::thread::Builder::new().stack_size(size).spawn(move || {
        if let Ok((thread, f, args, kwargs, shared)) = receiver.recv() {
            body(thread.0, f, args, kwargs, shared, size);
        }
        vm.running_threads.fetch_sub(1, Ordering::AcqRel);
    });
    match (spawned, work.take()) {
        (Ok(_), Some(w)) => {
            if sender.send(w).is_err() {
                return Err(th.runtime_error("can't start new thread"));
            }
            Ok(ident)
        }
        (_, _) => {
            th.vm().running_threads.fetch_sub(1, Ordering::AcqRel);
            if let Some(s) = shared {
                s.started.store(false, Ordering::Release);
                th.vm().joinable.lock().retain(|other| !Arc::ptr_eq(other, &s));
            }
            Err(th.runtime_error("can't start new thread"))
        }
    }
}

fn body(
    thread: Box<Thread>,
    f: Value,
    args: Value,
    kwargs: Option<Value>,
    shared: Option<Arc<Shared>>,
    stack: usize,
) {
    {
        let Ok(th) = AttachGuard::new(&thread, stack - STACK_RESERVE) else { return };
        let positional = args.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
        drop(args);
        if th.call_dict(&f, &positional, kwargs.as_ref()).is_err() {
            if th.error_is(th.types().exc.system_exit) {
                th.clear_error();
            } else {
                th.unraisable(Some("Exception ignored in thread started by"), Some(&f));
            }
        }
        drop((f, positional, kwargs));
        crate::thread::clear_thread(&th);
        if let Some(shared) = &shared {
            shared.done.set();
            th.vm().joinable.lock().retain(|s| !Arc::ptr_eq(s, shared));
        }
    }
    drop(thread);
}

fn start_joinable(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if !th.is_callable(&a[0]) {
        return Err(th.type_error("thread function must be callable"));
    }
    let handle = if a[1].is_unbound() || a[1].is_none() { new_handle(th) } else { a[1].clone() };
    let h = match handle.payload::<Handle>() {
        Some(h) => h,
        None => return Err(th.type_error("'handle' must be a _ThreadHandle")),
    };
    if h.shared.started.load(Ordering::Acquire) {
        return Err(th.runtime_error("thread already started"));
    }
    let daemon = a[2].is_unbound() || th.truth(&a[2])?;
    start(th, &a[0], th.tuple(Vec::new()), None, Some(h), daemon)?;
    Ok(handle)
}

fn start_new(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if !th.is_callable(&a[0]) {
        return Err(th.type_error("first arg must be callable"));
    }
    if a[1].payload::<Tuple>().is_none() {
        return Err(th.type_error("2nd arg must be a tuple"));
    }
    let kwargs = if a[2].is_unbound() { None } else { Some(a[2].clone()) };
    if kwargs.as_ref().is_some_and(|k| k.payload::<Dict>().is_none()) {
        return Err(th.type_error("optional 3rd arg must be a dictionary"));
    }
    Ok(th.int(start(th, &a[0], a[1].clone(), kwargs, None, true)? as i64))
}

fn stack_size(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let old = th.vm().thread_stack_size.load(Ordering::Relaxed);
    if !a[0].is_unbound() {
        let n = th.index_i64(&a[0])?;
        if n < 0 {
            return Err(th.value_error("size must be 0 or a positive value"));
        }
        if n != 0 && n < 53248 {
            return Err(th.value_error("size must be at least 53248 bytes"));
        }
        let n = if n == 0 { 0 } else { (n as usize).max(2 << 20) };
        th.vm().thread_stack_size.store(n, Ordering::Relaxed);
    }
    Ok(th.usize(old))
}

fn interrupt_main(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let signal = if a[0].is_unbound() { i64::from(libc::SIGINT) } else { th.index_i64(&a[0])? };
    if !(1..crate::signals::COUNT as i64).contains(&signal) {
        return Err(th.value_error("signal number out of range"));
    }
    crate::signals::note(signal as i32);
    Ok(Value::NONE)
}

/// `_thread._local`: attributes by thread. Each thread's dict is in its `Thread::locals`, by the object's number.
pub struct Local {
    key: u64,
    args: Value,
    kwargs: Value,
}
payload!(Local, "_thread._local", traverse = Local::traverse);

impl Local {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.args);
        visit(&self.kwargs);
        // The threads' dicts belong to the object, wherever they are kept.
        if let Some(th) = Thread::current() {
            th.vm().visit_locals(self.key, visit);
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(th) = Thread::current() {
            let old = th.locals.borrow_mut().remove(&self.key);
            drop(old);
        }
    }
}

fn local_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let plain = cls.slots.init().map(|f| f as usize) == th.types().object.slots.init().map(|f| f as usize);
    if plain && !args.is_empty() {
        return Err(th.type_error("Initialization arguments are not supported"));
    }
    let kwargs = th.dict();
    if let Some(d) = kwargs.payload::<Dict>() {
        for (k, v) in args.keywords() {
            d.set(th, k, v)?;
        }
    }
    let key = NEXT.fetch_add(1, Ordering::Relaxed);
    let v = th.new_object(cls, Local { key, args: th.tuple(args.positional().to_vec()), kwargs });
    th.locals.borrow_mut().insert(key, th.dict());
    Ok(v)
}

/// This thread's dict of a local object; `__init__` runs when the thread uses it first.
fn local_dict(th: &Thread, v: &Value) -> PyResult<Value> {
    let local = th.expect::<Local>(v, "_thread._local")?;
    if let Some(d) = th.locals.borrow().get(&local.key) {
        return Ok(d.clone());
    }
    let dict = th.dict();
    th.locals.borrow_mut().insert(local.key, dict.clone());
    let ty = v.type_of(th);
    if ty.slots.init().map(|f| f as usize) != th.types().object.slots.init().map(|f| f as usize) {
        let positional = local.args.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
        let init = th.getattr(v, &th.names().__init__)?;
        if let Err(raised) = th.call_dict(&init, &positional, Some(&local.kwargs)) {
            let old = th.locals.borrow_mut().remove(&local.key);
            drop(old);
            return Err(raised);
        }
    }
    Ok(dict)
}

fn local_getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let dict = local_dict(th, v)?;
    let name = th.intern_value(name)?;
    if name.is(&th.names().__dict__) {
        return Ok(dict);
    }
    let ty = v.type_of(th);
    let found = ty.lookup(th, &name);
    let get = found.as_ref().and_then(|d| d.type_of(th).slots.descr_get());
    if let (Some(d), Some(get)) = (&found, get)
        && d.type_of(th).slots.descr_set().is_some()
    {
        return get(th, d, Some(v), Some(&ty.value()));
    }
    if let Some(own) = dict.payload::<Dict>().and_then(|d| d.get_interned(th, &name)) {
        return Ok(own);
    }
    match (found, get) {
        (Some(d), Some(get)) => get(th, &d, Some(v), Some(&ty.value())),
        (Some(d), None) => Ok(d),
        (None, _) => Err(th.no_attribute(v, &name)),
    }
}

fn local_setattr(th: &Thread, v: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let dict = local_dict(th, v)?;
    let name = th.intern_value(name)?;
    if name.is(&th.names().__dict__) {
        return Err(th.attribute_error_for(
            format!("'{}' object attribute '__dict__' is read-only", v.type_name(th)),
            v,
            &name,
        ));
    }
    if let Some(d) = v.type_of(th).lookup(th, &name)
        && let Some(set) = d.type_of(th).slots.descr_set()
    {
        return set(th, &d, v, value);
    }
    let Some(d) = dict.payload::<Dict>() else { return Ok(()) };
    match value {
        Some(value) => d.set(th, &name, value),
        None => {
            if d.del(th, &name)? {
                Ok(())
            } else {
                Err(th.no_attribute(v, &name))
            }
        }
    }
}

/// `_thread._local`.
pub static LOCAL: TypeSpec = TypeSpec {
    name: "_thread._local",
    doc: "Thread-local data",
    flags: BASETYPE | WEAKREFS,
    slots: &[Slot::NewRaw(local_new), Slot::GetAttr(local_getattr), Slot::SetAttr(local_setattr)],
    getset: &[gs("__dict__", local_dict, None, "Thread-local dictionary")],
    ..TypeSpec::of::<Local>()
};

fn excepthook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let value = th.getattr_str(&a[0], "exc_value")?;
    let thread = th.getattr_str(&a[0], "thread")?;
    if th.isinstance(&value, th.types().exc.system_exit) {
        return Ok(Value::NONE);
    }
    let name = match th.get_attr_str_opt(&thread, "name")? {
        Some(n) if !thread.is_none() => th.str_string(&n)?.to_string(),
        _ => th.ident.to_string(),
    };
    crate::traceback::hooks::thread_excepthook(th, &value, &name);
    Ok(Value::NONE)
}

static EXCEPT_HOOK_ARGS: crate::struct_sequence::StructSpec = crate::struct_sequence::StructSpec::new(
    "_thread._ExceptHookArgs",
    "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("thread", "Thread"),
    ],
    4,
);

/// `_thread`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: &[
        m(
            "start_new_thread",
            "(function, args, kwargs=<unrepresentable>, /)",
            start_new,
            "Start a new thread and return its identifier.",
        ),
        m(
            "start_new",
            "(function, args, kwargs=<unrepresentable>, /)",
            start_new,
            "An obsolete synonym of start_new_thread().",
        ),
        m(
            "start_joinable_thread",
            "(function, handle=None, daemon=True)",
            start_joinable,
            "*For internal use only*: start a new thread.",
        ),
        m(
            "daemon_threads_allowed",
            "()",
            |_, _, _| Ok(Value::TRUE),
            "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise.",
        ),
        m("allocate_lock", "()", |th, _, _| Ok(new_lock(th)), "Create a new lock object."),
        m("allocate", "()", |th, _, _| Ok(new_lock(th)), "An obsolete synonym of allocate_lock()."),
        m(
            "get_ident",
            "()",
            |th, _, _| Ok(th.int(th.ident as i64)),
            "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously.",
        ),
        m(
            "get_native_id",
            "()",
            |th, _, _| {
                // SAFETY: gettid has no preconditions.
                Ok(th.int(unsafe { libc::syscall(libc::SYS_gettid) }))
            },
            "Return a non-negative integer identifying the thread as reported by the OS (kernel).",
        ),
        m(
            "exit",
            "()",
            |th, _, _| Err(th.system_exit(Value::NONE)),
            "This is synonymous to ``raise SystemExit''.",
        ),
        m("exit_thread", "()", |th, _, _| Err(th.system_exit(Value::NONE)), "An obsolete synonym of exit()."),
        m(
            "interrupt_main",
            "(signum=2, /)",
            interrupt_main,
            "Simulate the arrival of the given signal in the main thread.",
        ),
        m(
            "_count",
            "()",
            |th, _, _| Ok(th.usize(th.vm().running_threads.load(Ordering::Acquire))),
            "Return the number of currently running Python threads, excluding the main thread.",
        ),
        m(
            "stack_size",
            "(size=0, /)",
            stack_size,
            "Return the thread stack size used when creating new threads.",
        ),
        m("_excepthook", "(args, /)", excepthook, "Handle uncaught Thread.run() exception."),
        m(
            "_is_main_interpreter",
            "()",
            |_, _, _| Ok(Value::TRUE),
            "Return True if the current interpreter is the main Python interpreter.",
        ),
        m(
            "_shutdown",
            "()",
            join_all,
            "Wait for all non-daemon threads (other than the calling thread) to stop.",
        ),
        m(
            "_make_thread_handle",
            "(ident, /)",
            |th, _, a| {
                let h = new_handle(th);
                if let Some(handle) = h.payload::<Handle>() {
                    handle.shared.ident.store(th.index_i64(&a[0])? as u64, Ordering::Release);
                    handle.shared.started.store(true, Ordering::Release);
                }
                Ok(h)
            },
            "Internal only. Make a thread handle for threads not spawned by the _thread or threading module.",
        ),
        m(
            "_get_main_thread_ident",
            "()",
            |th, _, _| Ok(th.int(th.vm().main_ident.load(Ordering::Relaxed) as i64)),
            "Internal only. Return a non-zero integer that uniquely identifies the main thread of the main interpreter.",
        ),
        m("set_name", "(name)", |_, _, _| Ok(Value::NONE), "Set the name of the current thread."),
    ],
    types: &[&LOCK, &RLOCK, &HANDLE, &LOCAL],
    init: Some(|th, module| {
        th.set_module_attr(module, "TIMEOUT_MAX", th.float(9_223_372_036.0))?;
        th.set_module_attr(module, "error", th.types().exc.runtime_error.value())?;
        th.set_module_attr(module, "LockType", th.type_for::<Lock>().value())?;
        th.set_module_attr(module, "_ExceptHookArgs", EXCEPT_HOOK_ARGS.class(th)?)?;
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};
