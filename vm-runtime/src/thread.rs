//! A Python thread: what the runtime keeps for each, and the result type of everything that may raise.
//!
//! `&Thread` is the proof of being attached; it is handed to every function and never stored.
use crate::frame::{Frame, Resume, Stack};
use crate::types::Types;
use crate::types::type_::MethodCache;
use crate::value_cells::LocalValue;
use crate::vm::{Names, VmState};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vm_core::Value;
use vm_core::thread::ThreadCore;
use vm_core::world::Registration;

/// Says that an exception was raised; the exception itself is in the thread. Made by the raising methods of `Thread` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised(());

impl Raised {
    /// The thread's error was just set.
    pub(crate) const fn set_in_thread() -> Raised {
        Raised(())
    }
}

/// What a function that may raise gives.
pub type PyResult<T> = Result<T, Raised>;

/// A registered thread of a VM.
pub struct Thread {
    registration: ManuallyDrop<Registration>,
    vm: Arc<VmState>,
    /// The exception that is being raised; UNBOUND: none.
    pub(crate) error: LocalValue,
    /// The exception that is being handled (`sys.exception()`); None: none.
    pub(crate) handled: LocalValue,
    /// The running frame.
    pub(crate) frame: Cell<*mut Frame>,
    pub(crate) stack: Stack,
    /// Python frames and native recursion levels in use.
    pub(crate) depth: Cell<usize>,
    /// Lowest address that native recursion may reach.
    pub(crate) native_limit: Cell<usize>,
    cache: MethodCache,
    /// The current context of contextvars; UNBOUND: none yet.
    pub context: LocalValue,
    /// Objects whose repr is running.
    pub(crate) repr_stack: RefCell<Vec<u64>>,
    /// `threading.get_ident()`.
    pub ident: u64,
    /// The thread's dicts of `_thread._local` objects, by the object's key.
    pub locals: RefCell<std::collections::HashMap<u64, Value>>,
    /// An exception class that another thread sent (`PyThreadState_SetAsyncExc`).
    pub(crate) async_exc: LocalValue,
    /// `sys.settrace`, `sys.setprofile` functions.
    pub trace: LocalValue,
    /// `sys.setprofile` function.
    pub profile: LocalValue,
    /// Trace functions that are running.
    pub(crate) tracing: Cell<u32>,
    /// `sys.get/set_asyncgen_hooks` and coroutine origin depth.
    pub asyncgen_firstiter: LocalValue,
    /// See `asyncgen_firstiter`.
    pub asyncgen_finalizer: LocalValue,
    /// Coroutine origin tracking depth.
    pub coroutine_origin_depth: Cell<i32>,
    /// Handled exceptions of the frames below the running generators (R2 (generator)).
    pub(crate) handled_below: RefCell<Vec<Value>>,
    /// The value of the StopIteration that the last `next` slot swallowed.
    pub(crate) stop_value: LocalValue,
    /// Whether the program's end does not wait for the thread.
    pub daemon: Cell<bool>,
    /// The thread runs no more Python (R1 (shutdown)).
    killed: Cell<bool>,
    /// Finalizers that are running.
    pub(crate) finalizers: Cell<u32>,
    /// The thread's function has ended.
    pub(crate) leaving: std::sync::atomic::AtomicBool,
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(std::ptr::null()) };
}

/// Runs `f` as a thread that is attached to no VM as far as the runtime knows (R3 (shutdown)).
pub(crate) fn without_current<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(*const Thread);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _restore = Restore(CURRENT.replace(std::ptr::null()));
    f()
}

impl Thread {
    /// Registers a thread with a VM. It is attached by `AttachGuard::new` on the operating-system thread that will run it.
    ///
    /// # Errors
    /// If the VM has as many threads as ids.
    pub fn register(vm: &Arc<VmState>) -> Result<Box<Thread>, vm_core::world::TooManyThreads> {
        let registration = vm.world.register()?;
        let thread = Box::new(Thread {
            registration: ManuallyDrop::new(registration),
            vm: vm.clone(),
            error: LocalValue::new(Value::UNBOUND),
            handled: LocalValue::new(Value::NONE),
            frame: Cell::new(std::ptr::null_mut()),
            stack: Stack::new(),
            depth: Cell::new(0),
            native_limit: Cell::new(0),
            cache: MethodCache::default(),
            context: LocalValue::new(Value::UNBOUND),
            repr_stack: RefCell::default(),
            ident: vm.next_ident(),
            locals: RefCell::default(),
            async_exc: LocalValue::new(Value::UNBOUND),
            trace: LocalValue::new(Value::NONE),
            profile: LocalValue::new(Value::NONE),
            tracing: Cell::new(0),
            asyncgen_firstiter: LocalValue::new(Value::NONE),
            asyncgen_finalizer: LocalValue::new(Value::NONE),
            coroutine_origin_depth: Cell::new(0),
            handled_below: RefCell::default(),
            stop_value: LocalValue::new(Value::UNBOUND),
            daemon: Cell::new(false),
            killed: Cell::new(false),
            finalizers: Cell::new(0),
            leaving: std::sync::atomic::AtomicBool::new(false),
        });
        vm.threads.lock().push(ThreadPtr(&raw const *thread));
        if vm.monitored.is_active() {
            thread.core().request(vm_core::thread::poll::TRACE);
        }
        Ok(thread)
    }

    /// The thread that this operating-system thread is attached as.
    #[must_use]
    pub fn current<'a>() -> Option<&'a Thread> {
        // SAFETY: set while an `AttachGuard` borrows the thread.
        unsafe { CURRENT.get().as_ref() }
    }

    /// Whether the thread runs no more Python: its frames end, without handlers, finalizers or callbacks (R1 (shutdown)).
    #[inline]
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.killed.get()
    }

    /// Ends the thread's program, at a safepoint. In CPython such a thread hangs for ever, so what its frames refer to is
    /// never let go: here that gets a reference which nobody gives back, or the last collections would finalize it.
    #[cold]
    pub(crate) fn kill(&self) -> Raised {
        if !self.killed.replace(true) {
            // SAFETY: the thread is the current one, and its frames stand still here.
            unsafe {
                self.visit(false, &mut |v| {
                    if !v.is_borrowed() {
                        std::mem::forget(v.clone());
                    }
                });
            }
        }
        self.system_exit(Value::NONE)
    }

    /// What vm-core knows of the thread.
    #[inline(always)]
    #[must_use]
    pub fn core(&self) -> &ThreadCore {
        self.registration.core()
    }

    /// Whether no other thread of the VM can touch objects until the next safepoint.
    #[inline(always)]
    #[must_use]
    pub fn is_solo(&self) -> bool {
        self.core().is_solo()
    }

    /// The VM.
    #[inline(always)]
    #[must_use]
    pub fn vm(&self) -> &Arc<VmState> {
        &self.vm
    }

    /// The builtin types.
    #[inline(always)]
    #[must_use]
    pub fn types(&self) -> &Types {
        self.vm.types()
    }

    /// Names that the VM uses itself.
    #[inline(always)]
    #[must_use]
    pub fn names(&self) -> &Names {
        self.vm.names()
    }

    /// The lookup cache.
    #[inline(always)]
    pub(crate) fn method_cache(&self) -> &MethodCache {
        &self.cache
    }

    /// Whether an exception is being raised.
    #[inline]
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.error.with(|e| !e.is_unbound())
    }

    /// Runs `f` detached: other threads run, stop the world and collect meanwhile. `f` must touch no `Value`.
    #[inline]
    pub fn detach<R>(&self, f: impl FnOnce() -> R) -> R {
        self.core().detached(f)
    }

    /// The exception that is being handled (`sys.exception()`), or None.
    #[must_use]
    pub fn handled_exception(&self) -> Value {
        let handled = self.handled.get();
        if !handled.is_none() {
            return handled;
        }
        // Inside generators that handle nothing, the caller's shows through.
        let below = self.handled_below.try_borrow();
        let found = below.ok().and_then(|below| below.iter().rev().find(|h| !h.is_none()).cloned());
        found.unwrap_or(Value::NONE)
    }

    /// Whether the program has other threads than this one, which a fork's child will not have.
    #[must_use]
    pub fn has_other_threads(&self) -> bool {
        let me = std::ptr::from_ref(self);
        self.vm().threads.lock().iter().any(|thread| {
            // SAFETY: a thread leaves the list before it goes, and the list is locked. Relaxed: it is only a warning.
            !std::ptr::eq(thread.0, me) && !unsafe { &*thread.0 }.leaving.load(Ordering::Relaxed)
        })
    }

    /// Address of about the end of the native stack's used part.
    #[inline(always)]
    fn stack_pointer() -> usize {
        let marker = 0u8;
        (&raw const marker).addr()
    }

    /// Whether native code may recurse further.
    #[inline(always)]
    #[must_use]
    pub fn native_stack_left(&self) -> bool {
        Thread::stack_pointer() > self.native_limit.get()
    }

    /// Calls `f` with every thread of the VM. The world is stopped meanwhile, so that no other thread looks at its slots and
    /// frames: `f` runs no Python and drops no object.
    pub(crate) fn for_all_threads(&self, mut f: impl FnMut(&Thread)) {
        let _stopped = self.vm().world.stop_the_world(self.core());
        for thread in self.vm().threads.lock().iter() {
            // SAFETY: a thread leaves the list before it goes, and the list is locked.
            f(unsafe { &*thread.0 });
        }
    }

    /// For natives that recurse without a level of recursion that is counted.
    ///
    /// # Errors
    /// RecursionError `maximum recursion depth exceeded` + `what` near the end of the native stack.
    #[inline(always)]
    pub fn check_native_stack(&self, what: &str) -> PyResult<()> {
        if self.native_stack_left() { Ok(()) } else { Err(self.too_deep(what)) }
    }

    /// Enters a level of native recursion (repr, comparison, nested calls of natives into Python).
    ///
    /// # Errors
    /// RecursionError `maximum recursion depth exceeded` + `what` at the recursion limit or near the end of the stack.
    #[inline]
    pub fn enter_recursive(&self, what: &str) -> PyResult<RecursionGuard<'_>> {
        let depth = self.depth.get() + 1;
        if depth > self.vm.recursion_limit.load(Ordering::Relaxed) || !self.native_stack_left() {
            return Err(self.too_deep(what));
        }
        self.depth.set(depth);
        Ok(RecursionGuard(self))
    }

    #[cold]
    pub(crate) fn too_deep(&self, what: &str) -> Raised {
        // Room for the handlers of the error.
        self.recursion_error(format!("maximum recursion depth exceeded{what}"))
    }

    /// Marks `v` as being printed; None if it is already (print `...`).
    #[must_use]
    pub fn repr_enter(&self, v: &Value) -> Option<ReprGuard<'_>> {
        let mut stack = self.repr_stack.borrow_mut();
        if stack.contains(&v.identity()) {
            return None;
        }
        stack.push(v.identity());
        Some(ReprGuard(self))
    }
}

/// Leaves a level of native recursion when dropped.
pub struct RecursionGuard<'a>(&'a Thread);

impl Drop for RecursionGuard<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}

/// Ends `repr_enter` when dropped.
pub struct ReprGuard<'a>(&'a Thread);

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        self.0.repr_stack.borrow_mut().pop();
    }
}

/// An entry of the VM's list of threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ThreadPtr(pub *const Thread);
// SAFETY: only used under the list's lock or with the world stopped.
unsafe impl Send for ThreadPtr {}
// SAFETY: as above.
unsafe impl Sync for ThreadPtr {}

/// Native stack that the finalizers may use which run when a thread unregisters.
const LAST_STACK: usize = 256 << 10;

impl Drop for Thread {
    fn drop(&mut self) {
        let me = ThreadPtr(std::ptr::from_ref(self));
        // Objects that die with the thread have their finalizers run by it.
        let previous = CURRENT.replace(me.0);
        self.native_limit.set(Thread::stack_pointer().saturating_sub(LAST_STACK));
        if let Ok(attached) = self.registration.attach() {
            // Off the list while attached, and with nothing to drop: `settrace_all_threads` gives values to what is on it.
            loop {
                clear_thread(self);
                let mut list = self.vm.threads.lock();
                if self.trace.with(Value::is_none) && self.profile.with(Value::is_none) {
                    list.retain(|t| *t != me);
                    break;
                }
            }
            drop(attached);
        }
        // SAFETY: nothing uses it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.registration) };
        CURRENT.set(previous);
        self.vm.threads.lock().retain(|t| *t != me);
    }
}

/// Attaches a thread to this operating-system thread until dropped.
pub struct AttachGuard<'a> {
    previous: *const Thread,
    _attached: vm_core::world::Attached<'a>,
    thread: &'a Thread,
}

impl<'a> AttachGuard<'a> {
    /// Attaches, waiting while the world is stopped. `stack_size` is how much native stack the thread may use, in bytes.
    ///
    /// # Errors
    /// If the thread is attached already.
    pub fn new(
        thread: &'a Thread,
        stack_size: usize,
    ) -> Result<AttachGuard<'a>, vm_core::world::AttachError> {
        let attached = thread.registration.attach()?;
        let here = Thread::stack_pointer();
        thread.native_limit.set(here.saturating_sub(stack_size));
        Ok(AttachGuard { previous: CURRENT.replace(thread), _attached: attached, thread })
    }
}

impl std::ops::Deref for AttachGuard<'_> {
    type Target = Thread;
    fn deref(&self) -> &Thread {
        self.thread
    }
}

impl Drop for AttachGuard<'_> {
    fn drop(&mut self) {
        CURRENT.set(self.previous);
    }
}

impl Thread {
    /// Shows the collector every word of the thread's registers that may still be used, owned or borrowed, and what else the
    /// thread holds. `in_call`: the running frame is at the call that asked for the collection.
    ///
    /// # Safety
    /// The world is stopped, or the thread is the current one.
    pub(crate) unsafe fn visit(&self, in_call: bool, visit: &mut dyn FnMut(&Value)) {
        let mut at = self.frame.get();
        // A finalizer may run in the middle of an instruction, whose place in the code was not noted.
        let mut in_call = in_call && self.finalizers.get() == 0;
        while !at.is_null() {
            // SAFETY: R1 (frame), R2 (frame).
            unsafe {
                let frame = &*at;
                for v in [&frame.function, &frame.locals, &frame.object, &frame.held] {
                    visit(v);
                }
                let words = if in_call { frame.words_at_call() } else { frame.window() };
                words.iter().for_each(&mut *visit);
                in_call = matches!(frame.resume.get(), Resume::Register | Resume::Init);
                at = frame.prev.get();
            }
        }
        for slot in self.slots() {
            slot.with(|v| visit(v));
        }
    }

    fn slots(&self) -> [&LocalValue; 9] {
        [
            &self.error,
            &self.handled,
            &self.async_exc,
            &self.context,
            &self.stop_value,
            &self.trace,
            &self.profile,
            &self.asyncgen_firstiter,
            &self.asyncgen_finalizer,
        ]
    }
}

impl VmState {
    /// Shows every thread's dict of a local object (collector, with the world stopped).
    pub(crate) fn visit_locals(&self, key: u64, visit: &mut dyn FnMut(&Value)) {
        // The dicts may lead to other thread-local data: they are visited when the list is free again.
        let mut dicts: smallvec::SmallVec<[ManuallyDrop<Value>; 8]> = smallvec::SmallVec::new();
        for thread in self.threads.lock().iter() {
            // SAFETY: a thread leaves the list before it goes, and the list is locked; the world is stopped, so that no dict
            // goes before it was visited.
            unsafe {
                if let Ok(locals) = (*thread.0).locals.try_borrow()
                    && let Some(dict) = locals.get(&key)
                {
                    dicts.push(ManuallyDrop::new(Value::from_raw_bits(
                        dict.heap_ptr().as_ptr().addr() as u64
                    )));
                }
            }
        }
        dicts.iter().for_each(|dict| visit(dict));
    }
}

/// Drops what a thread holds, before it unregisters. The thread is attached.
pub(crate) fn clear_thread(th: &Thread) {
    let locals = std::mem::take(&mut *th.locals.borrow_mut());
    drop(locals);
    for slot in [&th.error, &th.async_exc, &th.context, &th.stop_value] {
        slot.set(Value::UNBOUND);
    }
    for slot in [&th.handled, &th.trace, &th.profile, &th.asyncgen_firstiter, &th.asyncgen_finalizer] {
        slot.set(Value::NONE);
    }
}
