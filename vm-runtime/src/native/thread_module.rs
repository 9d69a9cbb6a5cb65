//! `_thread`: native threads; the locks are in `locks`, thread-local data in `local`.
use crate::prelude::*;
use crate::thread::AttachGuard;
use num_traits::ToPrimitive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vm_core::lock::event::RawEvent;
use vm_core::lock::py_lock::Acquired;

mod local;
mod locks;

use local::LOCAL;
pub(crate) use locks::Reentrant;
use locks::{LOCK, Lock, RLOCK, new_lock, seconds_of};

/// Native stack of a Python thread, in bytes; `_thread.stack_size` sets another.
const STACK: usize = 16 << 20;
/// The least that a thread gets, whatever it asks for.
const LEAST_STACK: usize = 2 << 20;
/// The least that a program may ask for.
const LEAST_SIZE: i64 = 53248;
/// Bytes of a native thread's name that Linux keeps.
const NAME_LIMIT: usize = 15;
/// What is kept free of it for natives that do not recurse.
pub const STACK_RESERVE: usize = 256 << 10;

/// What a thread and those who join it share.
pub(crate) struct Shared {
    done: RawEvent,
    ident: AtomicU64,
    state: AtomicU8,
    /// Whether the program's end waits for it.
    awaited: AtomicBool,
}

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const STARTED: u8 = 2;

impl Shared {
    fn is_started(&self) -> bool {
        // Acquire: pairs with the stores in `start` and `_make_thread_handle`.
        self.state.load(Ordering::Acquire) == STARTED
    }

    /// In the child of a fork: whether it is the thread that lives on; another is done.
    pub(crate) fn belongs_to(&self, ident: u64) -> bool {
        let mine = self.ident.load(Ordering::Relaxed) == ident;
        if !mine {
            self.done.set_after_fork();
        }
        mine
    }
}

/// `_thread._ThreadHandle`.
pub struct Handle {
    shared: Arc<Shared>,
}
payload!(Handle, "_ThreadHandle");

fn new_handle(th: &Thread) -> Value {
    let shared = Shared {
        done: RawEvent::new(),
        ident: AtomicU64::new(0),
        state: AtomicU8::new(NOT_STARTED),
        awaited: AtomicBool::new(false),
    };
    th.new_object(th.type_for::<Handle>(), Handle { shared: Arc::new(shared) })
}

fn handle_join(th: &Thread, v: &Value, a: &[Value]) -> PyResult<Value> {
    let handle = th.expect::<Handle>(v, "_ThreadHandle")?;
    let timeout = if a[0].is_unbound() || a[0].is_none() { -1.0 } else { seconds_of(th, &a[0])? };
    if timeout > 9_223_372_036.0 {
        return Err(th.overflow_error("timestamp out of range for C PyTime_t"));
    }
    let deadline = if timeout < 0.0 { None } else { Some(Instant::now() + Duration::from_secs_f64(timeout)) };
    if !handle.shared.is_started() {
        return Err(th.runtime_error("thread not started"));
    }
    if !handle.shared.done.is_set() {
        if handle.shared.ident.load(Ordering::Acquire) == th.ident {
            return Err(th.runtime_error("Cannot join current thread"));
        }
        if th.vm().is_finalizing() {
            // Other threads run no more Python, so they do not come to their end.
            return Err(th.raise(
                th.types().exc.python_finalization_error,
                "cannot join thread at interpreter shutdown",
            ));
        }
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
        // Relaxed: a thread's own ident was stored before it ran, and what is in the list is started.
        let other = |s: &&Arc<Shared>| {
            s.awaited.load(Ordering::Relaxed) && s.ident.load(Ordering::Relaxed) != th.ident
        };
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
    Ok(th.str(&format!(
        "<{} object: ident={}>",
        v.type_of(th).full_name(),
        h.shared.ident.load(Ordering::Relaxed)
    )))
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
                if !h.shared.is_started() {
                    return Err(th.runtime_error("thread not started"));
                }
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
        s.awaited.store(!daemon, Ordering::Relaxed);
        s.state.store(STARTED, Ordering::Release);
        th.vm().joinable.lock().push(s.clone());
    }
    thread.daemon.set(daemon);
    let f = f.clone();
    let size = match th.vm().thread_stack_size.load(Ordering::Relaxed) {
        0 => STACK,
        n => n.max(LEAST_STACK),
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
                s.ident.store(0, Ordering::Relaxed);
                s.state.store(NOT_STARTED, Ordering::Release);
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
    let vm = thread.vm().clone();
    let killed = {
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
        th.leaving.store(true, Ordering::Relaxed);
        th.is_killed()
    };
    drop(thread);
    // Only now: whoever joins it finds dead what died with the thread. A thread that the program's end has stopped in the
    // middle is not done; whoever joins it is told so.
    if let Some(shared) = shared.filter(|_| !killed) {
        shared.done.set();
        vm.joinable.lock().retain(|s| !Arc::ptr_eq(s, &shared));
    }
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
    let daemon = a[2].is_unbound() || th.truth(&a[2])?;
    // One of two threads that start the same handle does.
    let order = (Ordering::AcqRel, Ordering::Acquire);
    if h.shared.state.compare_exchange(NOT_STARTED, STARTING, order.0, order.1).is_err() {
        return Err(th.runtime_error("thread already started"));
    }
    if let Err(raised) = start(th, &a[0], th.tuple(Vec::new()), None, Some(h), daemon) {
        h.shared.state.store(NOT_STARTED, Ordering::Release);
        return Err(raised);
    }
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

/// Sets the size and gives the one before; a call without an argument sets the default again.
fn stack_size(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let size = if a[0].is_unbound() {
        0
    } else {
        match th.as_bigint(&th.index(&a[0])?)?.to_i64() {
            Some(n) => n,
            None => return Err(th.overflow_error("Python int too large to convert to C ssize_t")),
        }
    };
    if size != 0 && size < LEAST_SIZE {
        return Err(th.value_error(format!("size must be at least {LEAST_SIZE} bytes")));
    }
    let old = th.vm().thread_stack_size.swap(size as usize, Ordering::Relaxed);
    Ok(th.usize(old))
}

fn interrupt_main(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let signal = if a[0].is_unbound() { i64::from(libc::SIGINT) } else { th.index_i64(&a[0])? };
    if i32::try_from(signal).is_err() {
        let which = if signal > 0 { "greater than maximum" } else { "less than minimum" };
        return Err(th.overflow_error(format!("signed integer is {which}")));
    }
    if !(1..crate::signals::COUNT as i64).contains(&signal) {
        return Err(th.value_error("signal number out of range"));
    }
    // A signal that is ignored, or does what it does by default, is left alone.
    if !th.signal_handler(signal as i32).is_some_and(|handler| handler.is_small_int()) {
        crate::signals::note(signal as i32);
    }
    Ok(Value::NONE)
}

/// Names the native thread, for debuggers and `ps`: Linux keeps 15 bytes.
fn set_name(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    let Some(name) = a[0].as_str() else {
        let kind = a[0].type_of(th).full_name();
        return Err(th.type_error(format!("set_name() argument 'name' must be str, not {kind}")));
    };
    // Encoded as file names are, with `?` for what has no encoding; cut by bytes.
    let chars = name.as_wtf8().code_points().map(|c| c.to_char().unwrap_or('?'));
    let bytes: Vec<u8> = chars.collect::<String>().bytes().take(NAME_LIMIT).take_while(|b| *b != 0).collect();
    if let Ok(name) = std::ffi::CString::new(bytes) {
        // As in CPython, a name that the system refuses is no error.
        let _ = rustix::thread::set_name(&name);
    }
    Ok(Value::NONE)
}

/// The native thread's name.
fn get_name(th: &Thread, _: &Value, _: &[Value]) -> PyResult<Value> {
    match rustix::thread::name() {
        Ok(name) => th.fs_decode(&th.bytes(name.to_bytes())),
        Err(errno) => Err(th.os_error(errno.raw_os_error(), None)),
    }
}

fn excepthook(th: &Thread, _: &Value, a: &[Value]) -> PyResult<Value> {
    if !EXCEPT_HOOK_ARGS.class(th)?.is(&a[0].type_of(th).value()) {
        return Err(th.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let class = th.getattr_str(&a[0], "exc_type")?;
    if class.is(&th.types().exc.system_exit.value()) {
        return Ok(Value::NONE);
    }
    let value = th.getattr_str(&a[0], "exc_value")?;
    let traceback = th.getattr_str(&a[0], "exc_traceback")?;
    let thread = th.getattr_str(&a[0], "thread")?;
    // Where there is no stream any more, the one that the thread found when it started.
    let file = match th.sys_attr("stderr").filter(|f| !f.is_none()) {
        Some(file) => file,
        None if thread.is_none() => return Ok(Value::NONE),
        None => th.getattr_str(&thread, "_stderr")?,
    };
    if file.is_none() {
        return Ok(Value::NONE);
    }
    let name = match th.get_attr_str_opt(&thread, "name")? {
        Some(n) if !thread.is_none() => th.str_string(&n)?.to_string(),
        _ => th.ident.to_string(),
    };
    crate::traceback::hooks::thread_excepthook(th, &file, &value, &traceback, &name)?;
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
            "(function, args, kwargs={}, /)",
            start_new,
            "Start a new thread and return its identifier.",
        ),
        m(
            "start_new",
            "(function, args, kwargs={}, /)",
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
            "(signum=signal.SIGINT, /)",
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
                if !th.isinstance(&a[0], th.types().int) {
                    return Err(th.type_error("ident must be an integer"));
                }
                let number = th.as_bigint(&a[0])?;
                let Some(ident) = number.to_u64() else {
                    return Err(th.overflow_error(if number < 0.into() {
                        "can't convert negative int to unsigned"
                    } else {
                        "int too big to convert"
                    }));
                };
                let h = new_handle(th);
                if let Some(handle) = h.payload::<Handle>() {
                    handle.shared.ident.store(ident, Ordering::Release);
                    handle.shared.state.store(STARTED, Ordering::Release);
                    let mut adopted = th.vm().adopted.lock();
                    adopted.retain(|shared| shared.strong_count() > 0);
                    adopted.push(Arc::downgrade(&handle.shared));
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
        m("set_name", "(name)", set_name, "Set the name of the current thread."),
        m("_get_name", "()", get_name, "Get the name of the current thread."),
    ],
    types: &[&LOCK, &RLOCK, &HANDLE, &LOCAL],
    init: Some(|th, module| {
        th.set_module_attr(module, "TIMEOUT_MAX", th.float(9_223_372_036.0))?;
        th.set_module_attr(module, "_NAME_MAXLEN", th.usize(NAME_LIMIT))?;
        th.set_module_attr(module, "error", th.types().exc.runtime_error.value())?;
        th.set_module_attr(module, "LockType", th.type_for::<Lock>().value())?;
        th.set_module_attr(module, "_ExceptHookArgs", EXCEPT_HOOK_ARGS.class(th)?)?;
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};
