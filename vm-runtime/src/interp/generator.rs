//! Generators, coroutines and async generators: frames that own their window, resumed in the loop where the caller is
//! bytecode and through `run` where it is Rust.
//!
//! # Rules
//!
//! R1 (generator). `state` says who may touch the frame: who changes it from CREATED or SUSPENDED to RUNNING. Nobody else
//!     does until it is stored back.
//! R2 (generator). The exception being handled inside a generator is its own: resuming pushes it over the caller's, and
//!     suspending takes it off.
use super::calls::After;
use super::{Outcome, bind_window, put, reg, run, take};
use crate::code::{Code, CodeKind, as_dict};
use crate::frame::{Frame, Resume};
use crate::native::monitoring::Event;
use crate::thread::{PyResult, Thread};
use crate::types::function::Function;
use crate::types::value_ext::ValueExt;
use crate::value_cells::{AtomicValue, LocalValue};
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use vm_compiler::bytecode::ops::Op;
use vm_core::object::Header;
use vm_core::object::layout::Visitor;
use vm_core::thread::poll;
use vm_core::{Value, payload};

/// Not started.
pub const CREATED: u8 = 0;
/// At a `yield`.
pub const SUSPENDED: u8 = 1;
/// Being executed.
pub const RUNNING: u8 = 2;
/// Ended.
pub const CLOSED: u8 = 3;

/// The payload of generators, coroutines and async generators.
pub struct Generator {
    state: AtomicU8,
    frame: UnsafeCell<Option<Box<Frame>>>,
    window: UnsafeCell<Box<[Value]>>,
    handled: LocalValue,
    /// `__name__`.
    pub name: AtomicValue,
    /// `__qualname__`.
    pub qualname: AtomicValue,
    /// Its code object.
    pub code: Value,
    /// What kind it is.
    pub kind: CodeKind,
    /// `cr_origin`.
    pub origin: AtomicValue,
    /// Async generators: `ag_running`.
    pub async_running: AtomicBool,
    /// Async generators: hooks were called.
    pub hooks_done: AtomicBool,
    /// Async generators: `aclose` was called.
    pub closing: AtomicBool,
    /// Async generators: the finalizer hook.
    pub finalizer: AtomicValue,
}

// SAFETY: the cells are reached by R1 only.
unsafe impl Sync for Generator {}
// SAFETY: nothing in it belongs to one thread.
unsafe impl Send for Generator {}

payload!(Generator, "generator", traverse = Generator::traverse, clear = Generator::clear);

impl Generator {
    fn traverse(&self, visit: Visitor<'_>) {
        // A running generator's window is visited with its thread's frames, as part of this object all the same: counts are
        // those of the window's words.
        // SAFETY: the world is stopped, or the object is being dropped.
        unsafe {
            (*self.window.get()).iter().for_each(&mut *visit);
            if let Some(frame) = &*self.frame.get() {
                visit(&frame.function);
                visit(&frame.locals);
                visit(&frame.object);
            }
        }
        self.handled.with(|h| visit(h));
        for slot in [&self.name, &self.qualname, &self.origin, &self.finalizer] {
            slot.traverse(visit);
        }
        visit(&self.code);
    }

    fn clear(&self) {
        if self.state.compare_exchange(SUSPENDED, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            || self.state.compare_exchange(CREATED, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        {
            // SAFETY: R1: closed by us.
            unsafe { self.drop_frame() };
        }
    }

    /// # Safety
    /// R1 (generator).
    unsafe fn drop_frame(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            for slot in (*self.window.get()).iter_mut() {
                drop(std::mem::replace(slot, Value::UNBOUND));
            }
            let frame = (*self.frame.get()).take();
            if let Some(frame) = &frame {
                super::frames::frame_dropped(frame);
            }
            drop(frame);
        }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> u8 {
        self.state.load(Ordering::Acquire)
    }

    /// The frame, if it is not ended.
    ///
    /// # Safety
    /// The frame may be changed by the thread that runs it: the result is for looking at plain words only.
    #[must_use]
    pub unsafe fn frame(&self) -> Option<&Frame> {
        // SAFETY: the caller's promise.
        unsafe { (*self.frame.get()).as_deref() }
    }

    /// The frame object of a generator that has not ended.
    #[must_use]
    pub fn frame_object(&self, th: &Thread) -> Option<Value> {
        // Whoever runs the generator may end it, or make the object too.
        let _stopped = th.vm().world.stop_the_world(th.core());
        // SAFETY: R2 (frame): the frame lives until the generator ends, and the world is stopped.
        unsafe { (*self.frame.get()).as_deref_mut().map(|f| super::frames::frame_object(th, f)) }
    }

    fn enter(&self) -> Result<bool, u8> {
        for from in [SUSPENDED, CREATED] {
            // AcqRel: what the last resumption wrote is visible, ours is to the next.
            if self.state.compare_exchange(from, RUNNING, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Ok(from == CREATED);
            }
        }
        Err(self.state())
    }

    /// What the generator is delegating to (`yield from`, `await`), if it is suspended there.
    #[must_use]
    pub fn delegate(&self) -> Option<Value> {
        if self.state() != SUSPENDED {
            return None;
        }
        // SAFETY: a suspended frame's words are stable unless another thread resumes it meanwhile; the value is counted
        // through its register under the state check by the callers that hold it RUNNING, or is best effort (inspection).
        unsafe {
            let frame = self.frame()?;
            let word = (*frame.pc.get()).load(Ordering::Relaxed);
            if word as u16 != Op::YieldDelegate as u16 {
                return None;
            }
            Some(reg(frame.regs.get(), (word >> 48) as u16).clone())
        }
    }

    fn noun(&self) -> &'static str {
        match self.kind {
            CodeKind::Coroutine => "coroutine",
            CodeKind::AsyncGenerator => "async generator",
            _ => "generator",
        }
    }
}

/// Makes the generator, coroutine or async generator of a call.
///
/// # Errors
/// TypeError where the arguments do not fit.
pub(crate) fn make(
    th: &Thread,
    function: &Value,
    f: &Function,
    args: &[Value],
    names: &[Value],
) -> PyResult<Value> {
    // SAFETY: a function's code slot holds a code object, kept alive by the clone.
    let code_value = f.code.get(th);
    let Some(code) = code_value.payload::<Code>() else {
        return Err(th.type_error("code must be a code object"));
    };
    code.body(th)?;
    let mut window: Box<[Value]> = (0..code.nregs).map(|_| Value::UNBOUND).collect();
    bind_window(th, f, code, args, names, &mut window)?;
    let regs = window.as_mut_ptr();
    let frame = Box::new(Frame {
        // Not started, it stands at its head's line.
        pc: Cell::new(code.head()),
        regs: Cell::new(regs),
        code,
        prev: Cell::new(std::ptr::null_mut()),
        globals: as_dict(&f.globals).map_or(std::ptr::null(), std::ptr::from_ref),
        builtins: as_dict(&f.builtins).map_or_else(crate::frame::no_builtins, std::ptr::from_ref),
        function: function.clone(),
        locals: Value::UNBOUND,
        object: Value::UNBOUND,
        held: Value::UNBOUND,
        generator: std::ptr::null(),
        resume: Cell::new(Resume::Rust),
        dst: Cell::new(0),
        skip: Cell::new(0),
        saved_top: std::ptr::null_mut(),
        saved_limit: std::ptr::null_mut(),
        first_in_chunk: false,
        traced: Cell::new(false),
    });
    let ty = match code.kind {
        CodeKind::Coroutine => th.types().coroutine,
        CodeKind::AsyncGenerator => th.types().async_generator,
        _ => th.types().generator,
    };
    let kind = code.kind;
    let generator = Generator {
        state: AtomicU8::new(CREATED),
        frame: UnsafeCell::new(Some(frame)),
        window: UnsafeCell::new(window),
        handled: LocalValue::new(Value::NONE),
        name: AtomicValue::new(f.name.get(th)),
        qualname: AtomicValue::new(f.qualname.get(th)),
        code: code_value.clone(),
        kind,
        origin: AtomicValue::new(Value::NONE),
        async_running: AtomicBool::new(false),
        hooks_done: AtomicBool::new(false),
        closing: AtomicBool::new(false),
        finalizer: AtomicValue::empty(),
    };
    let v = th.new_object(ty, generator);
    if let Some(g) = v.payload::<Generator>() {
        // SAFETY: nobody else has seen the generator.
        unsafe {
            if let Some(frame) = &mut *g.frame.get() {
                frame.generator = v.heap_ptr().as_ptr();
            }
        }
        if kind == CodeKind::Coroutine && th.coroutine_origin_depth.get() > 0 {
            g.origin.set(th, super::frames::origin(th, th.coroutine_origin_depth.get()));
        }
    }
    Ok(v)
}

/// Whether `it` is a plain generator or coroutine that can be resumed by pushing its frame.
#[inline(always)]
pub(super) fn can_resume_inline(th: &Thread, it: &Value) -> bool {
    match it.payload::<Generator>() {
        Some(g) => {
            th.core().poll() == 0
                && g.kind != CodeKind::AsyncGenerator
                && matches!(g.state(), SUSPENDED | CREATED)
                && { th.depth.get() < th.vm().recursion_limit.load(Ordering::Relaxed) }
        }
        None => false,
    }
}

/// Resumes a generator by making its frame the current one; false if it must go the general way. `sent` is dropped then.
///
/// # Safety
/// As `run`; `it` stays in a register of the current frame.
#[inline(always)]
pub(super) unsafe fn resume_inline(th: &Thread, it: &Value, sent: Value, resume: Resume, dst: u16) -> bool {
    let Some(g) = it.payload::<Generator>() else { return false };
    if g.kind == CodeKind::AsyncGenerator || (resume == Resume::ForIter && g.kind == CodeKind::Coroutine) {
        return false;
    }
    if th.core().poll() != 0 || th.depth.get() >= th.vm().recursion_limit.load(Ordering::Relaxed) {
        return false;
    }
    let Ok(fresh) = g.enter() else { return false };
    if fresh && !sent.is_none() {
        g.state.store(CREATED, Ordering::Release);
        return false;
    }
    // SAFETY: R1.
    unsafe { activate(th, g, sent, fresh, resume, dst) };
    true
}

/// Links the frame of a generator that was entered, and delivers the sent value.
///
/// # Safety
/// R1 (generator).
#[inline(always)]
unsafe fn activate(th: &Thread, g: &Generator, sent: Value, fresh: bool, resume: Resume, dst: u16) {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(frame) = (*g.frame.get()).as_deref_mut() else { return };
        let caller_handled = th.handled.replace(g.handled.replace(Value::NONE));
        th.handled_below.borrow_mut().push(caller_handled);
        frame.prev.set(th.frame.get());
        frame.resume.set(resume);
        frame.dst.set(dst);
        th.depth.set(th.depth.get() + 1);
        th.frame.set(frame);
        if !fresh {
            let pc = frame.pc.get();
            let word = (*pc).load(Ordering::Relaxed);
            let words = if word as u16 == Op::YieldDelegate as u16 { 2 } else { 1 };
            put(frame.regs.get(), (word >> 16) as u16, sent);
            frame.pc.set(pc.add(words));
        }
    }
}

/// Unlinks the frame of the running generator.
unsafe fn deactivate(th: &Thread, frame: *mut Frame, g: &Generator) {
    // SAFETY: `frame` is the current frame and `g`'s.
    unsafe {
        th.frame.set((*frame).prev.replace(std::ptr::null_mut()));
        th.depth.set(th.depth.get() - 1);
        let below = th.handled_below.borrow_mut().pop().unwrap_or(Value::NONE);
        drop(g.handled.replace(th.handled.replace(below)));
    }
}

unsafe fn owner<'a>(frame: *mut Frame) -> Option<&'a Generator> {
    // SAFETY: a generator's frame points to its object, which lives while it runs.
    unsafe {
        let header: *const Header = (*frame).generator;
        let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(header as u64));
        word.payload::<Generator>().map(|g| &*std::ptr::from_ref(g))
    }
}

/// Suspends the current frame, a generator's, at its `yield`; Some(v) if the resumption came from Rust.
///
/// # Safety
/// As `run`.
#[inline(always)]
pub(super) unsafe fn suspend(th: &Thread, frame: *mut Frame, v: Value, entry: *mut Frame) -> Option<Value> {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(g) = owner(frame) else { return Some(v) };
        deactivate(th, frame, g);
        let (resume, dst) = ((*frame).resume.get(), (*frame).dst.get());
        g.state.store(SUSPENDED, Ordering::Release);
        let prev = th.frame.get();
        match resume {
            Resume::ForIter => {
                (*prev).pc.set((*prev).pc.get().add(3));
                put((*prev).regs.get(), dst, v);
                None
            }
            Resume::Send => {
                (*prev).pc.set((*prev).pc.get().add(2));
                put((*prev).regs.get(), dst, v);
                None
            }
            _ => {
                debug_assert_eq!(frame, entry);
                Some(v)
            }
        }
    }
}

/// The current frame, a generator's, returned `v`.
///
/// # Safety
/// As `run`.
pub(super) unsafe fn finished(th: &Thread, frame: *mut Frame, v: Value, _entry: *mut Frame) -> After {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(g) = owner(frame) else { return After::Leave(v) };
        let (resume, dst) = ((*frame).resume.get(), (*frame).dst.get());
        end(th, frame, g);
        let prev = th.frame.get();
        match resume {
            Resume::ForIter | Resume::Send => {
                let words = if resume == Resume::ForIter { 3 } else { 2 };
                let pc = (*prev).pc.get();
                let word = (*pc).load(Ordering::Relaxed);
                let it = (word >> 32) as u16;
                let regs = (*prev).regs.get();
                let offset = (*pc.add(words - 1)).load(Ordering::Relaxed) as i64;
                (*prev).pc.set(pc.add(words).offset(offset as isize));
                // Only now: dropping the generator may run Python, which looks at the frame.
                drop(take(regs, it));
                if resume == Resume::Send {
                    put(regs, dst, v);
                }
                After::Continue
            }
            _ => After::Leave(v),
        }
    }
}

/// Ends a generator: its frame is unlinked and dropped.
unsafe fn end(th: &Thread, frame: *mut Frame, g: &Generator) {
    // SAFETY: `frame` is the current frame and `g`'s.
    unsafe {
        if !(*frame).object.is_unbound() {
            super::frames::frame_ends(th, frame);
        }
        deactivate(th, frame, g);
        for slot in (*g.window.get()).iter_mut().rev() {
            drop(std::mem::replace(slot, Value::UNBOUND));
        }
        let frame = (*g.frame.get()).take();
        g.handled.set(Value::NONE);
        g.state.store(CLOSED, Ordering::Release);
        drop(frame);
    }
}

/// An exception left the current frame, a generator's.
///
/// # Safety
/// As `run`.
pub(super) unsafe fn failed(th: &Thread, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(g) = owner(frame) {
            end(th, frame, g);
        }
    }
}

/// What sending to a generator gave.
pub enum Sent {
    /// It yielded.
    Yielded(Value),
    /// It ended.
    Returned(Value),
}

/// Resumes a generator from Rust with a value.
///
/// # Errors
/// ValueError `generator already executing`, what the generator raises.
pub fn resume(th: &Thread, gen_value: &Value, sent: Value) -> PyResult<Sent> {
    let Some(g) = gen_value.payload::<Generator>() else {
        return Err(th.type_error("a generator is wanted"));
    };
    let fresh = match g.enter() {
        Ok(fresh) => fresh,
        Err(RUNNING) => return Err(th.value_error(format!("{} already executing", g.noun()))),
        Err(_) if g.kind == CodeKind::Coroutine => {
            return Err(th.runtime_error("cannot reuse already awaited coroutine"));
        }
        Err(_) => return Ok(Sent::Returned(Value::NONE)),
    };
    if fresh && !sent.is_none() {
        g.state.store(CREATED, Ordering::Release);
        return Err(th.type_error(format!("can't send non-None value to a just-started {}", g.noun())));
    }
    if !th.native_stack_left() || th.depth.get() >= th.vm().recursion_limit.load(Ordering::Relaxed) {
        g.state.store(if fresh { CREATED } else { SUSPENDED }, Ordering::Release);
        return Err(th.too_deep(""));
    }
    // SAFETY: R1; `gen_value` keeps the object alive.
    unsafe {
        th.check_signals().inspect_err(|_| {
            g.state.store(if fresh { CREATED } else { SUSPENDED }, Ordering::Release);
        })?;
        activate(th, g, sent, fresh, Resume::Rust, 0);
        super::trace::begin(th, th.frame.get());
        match run(th, th.frame.get())? {
            Outcome::Yielded(v) => Ok(Sent::Yielded(v)),
            Outcome::Returned(v) => Ok(Sent::Returned(v)),
        }
    }
}

/// Resumes a generator from Rust by raising the thread's current error at its `yield`.
///
/// # Errors
/// As `resume`.
pub fn resume_raising(th: &Thread, gen_value: &Value) -> PyResult<Sent> {
    let Some(g) = gen_value.payload::<Generator>() else { return Err(super::calls::raised()) };
    let fresh = match g.enter() {
        Ok(fresh) => fresh,
        Err(RUNNING) => {
            th.clear_error();
            return Err(th.value_error(format!("{} already executing", g.noun())));
        }
        Err(_) if g.kind == CodeKind::Coroutine => {
            th.clear_error();
            return Err(th.runtime_error("cannot reuse already awaited coroutine"));
        }
        Err(_) => return Err(super::calls::raised()),
    };
    // SAFETY: R1; `gen_value` keeps the object alive.
    unsafe {
        let Some(frame) = (*g.frame.get()).as_deref_mut() else { return Err(super::calls::raised()) };
        let caller_handled = th.handled.replace(g.handled.replace(Value::NONE));
        th.handled_below.borrow_mut().push(caller_handled);
        frame.prev.set(th.frame.get());
        frame.resume.set(Resume::Rust);
        th.depth.set(th.depth.get() + 1);
        th.frame.set(frame);
        let frame: *mut Frame = frame;
        let exc = th.take_error();
        th.chain_context(&exc);
        th.restore_error(exc);
        if fresh {
            // Nothing of the body runs: the exception leaves at its first line.
            super::frames::trace_exception(th, frame);
            failed(th, frame);
            return Err(super::calls::raised());
        }
        if th.core().poll() & poll::TRACE != 0 {
            // A trace function's error takes the place of what was thrown.
            let _ = super::trace::thrown(th, frame);
            super::trace::exception_event(th, frame, Event::PyThrow);
        }
        super::unwind::unwind(th, frame, true)?;
        match run(th, frame)? {
            Outcome::Yielded(v) => Ok(Sent::Yielded(v)),
            Outcome::Returned(v) => Ok(Sent::Returned(v)),
        }
    }
}

/// Ends the delegation of a suspended generator with a value, and resumes it after its `yield from`.
///
/// # Errors
/// As `resume`.
pub fn resume_after_delegate(th: &Thread, gen_value: &Value, result: Value) -> PyResult<Sent> {
    let Some(g) = gen_value.payload::<Generator>() else {
        return Err(th.type_error("a generator is wanted"));
    };
    if g.enter() != Ok(false) {
        return Err(th.value_error(format!("{} already executing", g.noun())));
    }
    // SAFETY: R1.
    unsafe {
        if let Some(frame) = (*g.frame.get()).as_deref_mut() {
            let pc = frame.pc.get();
            let word = (*pc).load(Ordering::Relaxed);
            if word as u16 == Op::YieldDelegate as u16 {
                let caller_handled = th.handled.replace(g.handled.replace(Value::NONE));
                th.handled_below.borrow_mut().push(caller_handled);
                frame.prev.set(th.frame.get());
                frame.resume.set(Resume::Rust);
                th.depth.set(th.depth.get() + 1);
                th.frame.set(frame);
                let regs = frame.regs.get();
                drop(take(regs, (word >> 48) as u16));
                put(regs, (word >> 16) as u16, result);
                let offset = (*pc.add(1)).load(Ordering::Relaxed) as i64;
                frame.pc.set(pc.add(2).offset(offset as isize));
                super::trace::begin(th, frame);
                return match run(th, frame)? {
                    Outcome::Yielded(v) => Ok(Sent::Yielded(v)),
                    Outcome::Returned(v) => Ok(Sent::Returned(v)),
                };
            }
        }
        g.state.store(SUSPENDED, Ordering::Release);
        Err(th.runtime_error("the generator delegates to nothing"))
    }
}

/// Runs `f` as part of a generator that is suspended at a `yield from`: its frame is one of the stack meanwhile, and it
/// counts as running. None if the generator is not suspended any more.
pub fn while_delegating<R>(th: &Thread, g: &Generator, f: impl FnOnce() -> R) -> Option<R> {
    if g.state.compare_exchange(SUSPENDED, RUNNING, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return None;
    }
    // SAFETY: R1; the frame is unlinked before anybody else may enter the generator.
    unsafe {
        let frame: Option<*mut Frame> = (*g.frame.get()).as_deref_mut().map(|frame| &raw mut *frame);
        if let Some(frame) = frame {
            (*frame).prev.set(th.frame.get());
            th.frame.set(frame);
        }
        let result = f();
        if let Some(frame) = frame {
            th.frame.set((*frame).prev.replace(std::ptr::null_mut()));
        }
        g.state.store(SUSPENDED, Ordering::Release);
        Some(result)
    }
}

/// Closes a generator that has not started, without running anything; false if it has.
#[must_use]
pub fn close_unstarted(g: &Generator) -> bool {
    if g.state.compare_exchange(CREATED, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return false;
    }
    // SAFETY: R1: closed by us.
    unsafe { g.drop_frame() };
    true
}

/// The general form of `Send`: generators go through `resume`, others through `send()` or `next()`.
///
/// # Errors
/// What the iterator raises.
pub fn send(th: &Thread, it: &Value, sent: Value) -> PyResult<Sent> {
    if it.payload::<Generator>().is_some_and(|g| g.kind != CodeKind::AsyncGenerator) {
        return resume(th, it, sent);
    }
    let result = if sent.is_none() && it.type_of(th).slots.next().is_some() {
        match th.next(it) {
            Ok(Some(v)) => return Ok(Sent::Yielded(v)),
            Ok(None) => return Ok(Sent::Returned(th.take_stop_value())),
            Err(raised) => Err(raised),
        }
    } else {
        th.call_method_name(it, &th.names().send, &[sent])
    };
    match result {
        Ok(v) => Ok(Sent::Yielded(v)),
        Err(raised) => match stop_value(th) {
            Some(v) => Ok(Sent::Returned(v)),
            None => Err(raised),
        },
    }
}

/// The value of the StopIteration that is set, which is cleared; None if another error is set.
pub fn stop_value(th: &Thread) -> Option<Value> {
    if !th.error_is(th.types().exc.stop_iteration) {
        return None;
    }
    let exc = th.take_error();
    match th.getattr(&exc, &th.names().value) {
        Ok(v) => Some(v),
        Err(_) => {
            th.clear_error();
            Some(Value::NONE)
        }
    }
}

impl Thread {
    /// The value of the StopIteration that an iterator's `next` slot swallowed. Python iterators lose it on the way through
    /// `NextFn`; they leave it in the thread.
    pub(crate) fn take_stop_value(&self) -> Value {
        let v = self.stop_value.replace(Value::UNBOUND);
        if v.is_unbound() { Value::NONE } else { v }
    }
}

// ---- await and yield from

/// `GetYieldFromIter`.
///
/// # Errors
/// TypeError where a plain generator delegates to a coroutine.
pub(super) fn yield_from_iter(th: &Thread, frame: &Frame, v: &Value) -> PyResult<Value> {
    if let Some(g) = v.payload::<Generator>() {
        if g.kind == CodeKind::Coroutine {
            let flags = frame.code().flags;
            if flags & (vm_compiler::flags::COROUTINE | vm_compiler::flags::ITERABLE_COROUTINE) == 0 {
                return Err(
                    th.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator")
                );
            }
            return Ok(v.clone());
        }
        if g.kind == CodeKind::Generator {
            return Ok(v.clone());
        }
    }
    th.iter(v)
}

fn is_iterable_coroutine(g: &Generator) -> bool {
    g.code.payload::<Code>().is_some_and(|c| c.flags & vm_compiler::flags::ITERABLE_COROUTINE != 0)
}

/// `GetAwaitable`: what `await v` iterates over.
///
/// # Errors
/// TypeError `object X can't be used in 'await' expression`, RuntimeError `coroutine is being awaited already`.
pub fn awaitable(th: &Thread, v: &Value, context: u16) -> PyResult<Value> {
    if let Some(g) = v.payload::<Generator>() {
        if g.kind == CodeKind::Coroutine {
            if g.delegate().is_some() {
                return Err(th.runtime_error("coroutine is being awaited already"));
            }
            return Ok(v.clone());
        }
        if g.kind == CodeKind::Generator && is_iterable_coroutine(g) {
            return Ok(v.clone());
        }
    }
    let ty = v.type_of(th);
    let Some(f) = ty.slots.r#await() else {
        let name = ty.full_name();
        return Err(th.type_error(match context {
            1 => format!(
                "'async with' received an object from __aenter__ that does not implement __await__: {name}"
            ),
            2 => format!(
                "'async with' received an object from __aexit__ that does not implement __await__: {name}"
            ),
            _ => format!("'{name}' object can't be awaited"),
        }));
    };
    let it = f(th, v)?;
    if it.payload::<Generator>().is_some_and(|g| g.kind == CodeKind::Coroutine || is_iterable_coroutine(g)) {
        return Err(th.type_error("__await__() returned a coroutine"));
    }
    if it.type_of(th).slots.next().is_none() {
        return Err(th.type_error(format!(
            "__await__() returned non-iterator of type '{}'",
            it.type_of(th).full_name()
        )));
    }
    Ok(it)
}

/// `GetAIter`.
///
/// # Errors
/// TypeError where the object is no async iterable.
pub(super) fn aiter(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    let Some(f) = ty.slots.aiter() else {
        return Err(th.type_error(format!(
            "'async for' requires an object with __aiter__ method, got {}",
            ty.full_name()
        )));
    };
    let it = f(th, v)?;
    if it.type_of(th).slots.anext().is_none() {
        return Err(th.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            it.type_of(th).full_name()
        )));
    }
    Ok(it)
}

/// `GetANext`.
///
/// # Errors
/// TypeError where the object is no async iterator.
pub(super) fn anext(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    let Some(f) = ty.slots.anext() else {
        return Err(th.type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            ty.full_name()
        )));
    };
    let next = f(th, v)?;
    if next.payload::<Generator>().is_some_and(|g| g.kind == CodeKind::AsyncGenerator) {
        return Ok(next);
    }
    match awaitable(th, &next, 0) {
        Ok(it) => Ok(it),
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) {
                let cause = th.take_error();
                let name = next.type_of(th).full_name();
                let _ =
                    th.type_error(format!("'async for' received an invalid object from __anext__: {name}"));
                th.set_cause(cause);
                return Err(raised);
            }
            Err(raised)
        }
    }
}
