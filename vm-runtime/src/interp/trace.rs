//! `sys.settrace` and `sys.setprofile`: events of the frames that run in the instrumented copy of their code.
//!
//! A thread that traces has `poll::TRACE` set in its safepoint word. Every way to start or resume a frame looks at that
//! word, and sends the frame into the copy ([`enter`]); frames that run already go there when `f_trace` is set. In the copy
//! [`step`] runs before each instruction. It looks at the instruction to come, so calls, returns and yields need no code
//! of their own.
use super::frames::{FrameObject, frame_object};
use super::reg;
use crate::code::Code;
use crate::frame::Frame;
use crate::native::monitoring::{self, Event};
use crate::prelude::*;
use crate::types::builtin_function::{BuiltinFunction, MethodDescriptor};
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::Op;
use vm_core::thread::poll;

impl Thread {
    /// Whether a tracer or profiler of this thread is to be told what happens now.
    #[must_use]
    pub fn wants_events(&self) -> bool {
        self.tracing.get() == 0 && (self.is_traced() || self.is_profiled() || self.vm().monitored.is_active())
    }

    /// Whether events of a frame that runs this code may be wanted.
    fn wants_events_of(&self, code: &Code) -> bool {
        self.wants_events() && (self.is_traced() || self.is_profiled() || self.vm().monitored.any(code) != 0)
    }

    fn is_traced(&self) -> bool {
        self.trace.with(|f| !f.is_none())
    }

    fn is_profiled(&self) -> bool {
        self.profile.with(|f| !f.is_none())
    }

    /// `sys.settrace`.
    pub fn set_trace_function(&self, f: &Value) {
        self.trace.set(f.clone());
        self.tracing_changed();
    }

    /// `sys.setprofile`.
    pub fn set_profile_function(&self, f: &Value) {
        self.profile.set(f.clone());
        self.tracing_changed();
    }

    /// `sys.settrace` or `sys.setprofile` for every thread of the VM; gives None.
    pub fn set_function_of_all_threads(&self, f: &Value, profile: bool) -> Value {
        let mut old = Vec::new();
        self.for_all_threads(|thread| {
            let slot = if profile { &thread.profile } else { &thread.trace };
            old.push(slot.replace(f.clone()));
            thread.tracing_changed();
        });
        // May run finalizers: the world turns again.
        drop(old);
        Value::NONE
    }

    /// `sys.monitoring`'s events changed: every thread looks for them, or no longer.
    pub(crate) fn monitoring_changed(&self) {
        self.for_all_threads(Thread::tracing_changed);
    }

    fn tracing_changed(&self) {
        let monitored = &self.vm().monitored;
        if !self.is_traced() && !self.is_profiled() && !monitored.is_active() {
            self.core().take(poll::TRACE);
            return;
        }
        self.core().request(poll::TRACE);
        let mut at = self.frame.get();
        while !at.is_null() {
            // SAFETY: R2 (frame): our own thread's frames.
            unsafe {
                let watched =
                    (*at).object.payload::<FrameObject>().is_some_and(|f| !f.trace.get(self).is_none());
                if watched || self.is_profiled() || monitored.any((*at).code()) != 0 {
                    redirect(at);
                }
                at = (*at).prev.get();
            }
        }
    }

    /// Runs `f` with events on, inside a trace function (`sys.call_tracing`).
    pub fn with_tracing<R>(&self, f: impl FnOnce() -> R) -> R {
        let depth = self.tracing.replace(0);
        let r = f();
        self.tracing.set(depth);
        r
    }
}

/// Sends a frame that is suspended in a call into the copy; the next instruction it begins is the first to be reported.
unsafe fn redirect(frame: *mut Frame) {
    // SAFETY: R2 (frame).
    unsafe {
        let code = (*frame).code();
        let shadow = code.shadow();
        let pc = (*frame).pc.get();
        if shadow.index_of(pc).is_none() {
            (*frame).pc.set(shadow.at(code.index_of(pc)));
        }
    }
}

/// `f_trace` was set: the frame, if it runs in this thread, is watched from its next instruction on.
pub(crate) fn watch(th: &Thread, f: &FrameObject) {
    if !th.is_traced() {
        return;
    }
    let Some(wanted) = f.live_frame(th) else { return };
    let line = f.line(th);
    let mut at = th.frame.get();
    while !at.is_null() {
        // SAFETY: R2 (frame): our own thread's frames.
        unsafe {
            if at == wanted {
                f.trace_line.store(line, Ordering::Relaxed);
                redirect(at);
                return;
            }
            at = (*at).prev.get();
        }
    }
}

/// Whether the thread may have to report events.
#[inline(always)]
pub(super) fn is_near(th: &Thread) -> bool {
    th.core().poll() & poll::TRACE != 0
}

/// The frame's call of a native function, which may have switched events on, ended: if some are wanted of the frame, it
/// goes on in the copy. The address of the call there.
///
/// # Safety
/// `frame` is the thread's current frame, and its pc that of the call.
#[cold]
#[inline(never)]
pub(super) unsafe fn watched(th: &Thread, frame: *mut Frame) -> *const AtomicU64 {
    // SAFETY: R2 (frame): the current frame.
    unsafe {
        let has_function =
            || (*frame).object.payload::<FrameObject>().is_some_and(|f| !f.trace.get(th).is_none());
        let monitored = || th.vm().monitored.any((*frame).code()) != 0;
        if th.wants_events() && (th.is_profiled() || has_function() || monitored()) {
            redirect(frame);
        }
        (*frame).pc.get()
    }
}

/// A frame starts or is resumed: if its thread traces, it goes on in the copy of its code.
///
/// # Safety
/// As [`enter`].
#[inline(always)]
pub(super) unsafe fn begin(th: &Thread, frame: *mut Frame) {
    if th.core().poll() & poll::TRACE != 0 {
        // SAFETY: the caller's promise.
        unsafe { enter(th, frame) }
    }
}

/// A frame starts or is resumed by a thread whose safepoint word has `poll::TRACE`.
///
/// # Safety
/// `frame` is the thread's current frame, and its pc the next instruction.
#[cold]
unsafe fn enter(th: &Thread, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        let code = (*frame).code();
        if !th.wants_events_of(code) {
            return;
        }
        let index = code.index_of((*frame).pc.get());
        let fresh = (*frame).pc.get() == code.start();
        (*frame).pc.set(code.shadow().before(if fresh { 0 } else { index }));
        (*frame).traced.set(true);
    }
}

/// The instruction `Trace`: reports what the next instruction does, and leaves the address to go on at in the frame's pc.
///
/// # Errors
/// What the trace functions raise.
///
/// # Safety
/// As `run`; `frame` is the current frame and its pc that of the `Trace` word.
#[cold]
#[inline(never)]
pub(super) unsafe fn step(th: &Thread, frame: *mut Frame) -> PyResult<()> {
    // SAFETY: the caller's promise.
    unsafe {
        let pc = (*frame).pc.get();
        let code = (*frame).code();
        let index = code.index_of(pc);
        if th.tracing.get() > 0 {
            (*frame).pc.set(pc.add(1));
            return Ok(());
        }
        if !th.wants_events_of(code) {
            (*frame).traced.set(false);
            (*frame).pc.set(code.head().add(index));
            if let Some(f) = (*frame).object.payload::<FrameObject>() {
                f.monitor_last.store(usize::MAX, Ordering::Relaxed);
                f.monitor_line.store(u32::MAX, Ordering::Relaxed);
            }
            return Ok(());
        }
        let object = frame_object(th, frame);
        let Some(f) = object.payload::<FrameObject>() else { return Ok(()) };
        let shadow = code.shadow();
        let line = shadow.line(index);
        if (*frame).traced.replace(false) {
            let fresh = index == 0;
            let shown = if fresh { 0 } else { f.trace_line.load(Ordering::Relaxed) };
            if fresh {
                f.trace_line.store(0, Ordering::Relaxed);
            }
            f.trace_last.store(usize::MAX, Ordering::Relaxed);
            started(th, &object, f, shown)?;
            f.monitor_last.store(usize::MAX, Ordering::Relaxed);
            if fresh {
                f.monitor_line.store(0, Ordering::Relaxed);
            }
            let event = if fresh { Event::PyStart } else { Event::PyResume };
            monitor(th, f, code, event, index, &[])?;
        }
        if let Some(callee) = called(f) {
            profile(th, &object, "c_return", &callee)?;
        }
        if th.is_traced() && !f.trace.get(th).is_none() {
            let last = f.trace_last.load(Ordering::Relaxed);
            let mut back = last != usize::MAX && index <= last;
            f.trace_last.store(index, Ordering::Relaxed);
            // A loop's line is reported at its head only.
            let jumps_back = (*pc.add(1)).load(Ordering::Relaxed) as u16 == Op::JumpBack as u16;
            let lines = if jumps_back { None } else { Some(line) };
            for line in shadow.marks(index).chain(lines) {
                let new_line = line != 0 && (back || line != f.trace_line.load(Ordering::Relaxed));
                if line != 0 {
                    f.trace_line.store(line, Ordering::Relaxed);
                    back = false;
                }
                if new_line && f.trace_lines.load(Ordering::Relaxed) {
                    f.shown_line.store(if Some(line) == lines { 0 } else { line }, Ordering::Relaxed);
                    let r = local(th, &object, f, "line", Value::NONE);
                    f.shown_line.store(0, Ordering::Relaxed);
                    r?;
                    if (*frame).pc.get() != pc {
                        break;
                    }
                }
            }
            if f.trace_opcodes.load(Ordering::Relaxed) && (*frame).pc.get() == pc {
                local(th, &object, f, "opcode", Value::NONE)?;
            }
            if (*frame).pc.get() != pc {
                // A jump: its target's line was not seen yet.
                f.trace_last.store(usize::MAX, Ordering::Relaxed);
                f.trace_line.store(0, Ordering::Relaxed);
                return Ok(());
            }
        } else {
            f.trace_last.store(index, Ordering::Relaxed);
        }
        let word = (*pc.add(1)).load(Ordering::Relaxed);
        let (a, b, c) = ((word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16);
        let regs = (*frame).regs.get();
        let op = Op::from_u16(word as u16);
        if th.vm().monitored.any(code) != 0 {
            monitor_line(th, f, code, index, op)?;
            monitor(th, f, code, Event::Instruction, index, &[])?;
            if let Some(Op::Call | Op::CallFunction | Op::CallKw | Op::CallEx) = op
                && th.vm().monitored.wants(code, Event::Call)
            {
                let callee = reg(regs, b).clone();
                let with_self = op == Some(Op::Call) && !reg(regs, b + 1).is_unbound();
                let first = match op {
                    _ if with_self => reg(regs, b + 1).clone(),
                    Some(Op::Call | Op::CallFunction | Op::CallKw) if c > 0 => reg(regs, b + 2).clone(),
                    _ => monitoring::missing(th),
                };
                monitor(th, f, code, Event::Call, index, &[callee, first])?;
            }
        }
        match op {
            Some(Op::Return) => {
                let v = reg(regs, a).clone();
                left(th, &object, f, &v)?;
                monitor(th, f, code, Event::PyReturn, index, &[v])?;
            }
            Some(Op::Yield | Op::YieldDelegate) => {
                let v = reg(regs, b).clone();
                left(th, &object, f, &v)?;
                monitor(th, f, code, Event::PyYield, index, &[v])?;
                (*frame).traced.set(true);
            }
            Some(Op::Call | Op::CallFunction | Op::CallKw | Op::CallEx) if th.is_profiled() => {
                let callee = reg(regs, b).clone();
                let native = callee.payload::<BuiltinFunction>().is_some()
                    || callee.payload::<MethodDescriptor>().is_some();
                if native {
                    profile(th, &object, "c_call", &callee)?;
                    f.c_callee.set(th, callee);
                }
            }
            _ => {}
        }
        (*frame).pc.set(pc.add(1));
        Ok(())
    }
}

/// Tells the tools of `sys.monitoring` of an event.
fn monitor(
    th: &Thread,
    f: &FrameObject,
    code: &Code,
    event: Event,
    index: usize,
    args: &[Value],
) -> PyResult<()> {
    if !th.vm().monitored.wants(code, event) {
        return Ok(());
    }
    th.tracing.set(th.tracing.get() + 1);
    let r = monitoring::report(th, code, &f.code, event, index, args);
    th.tracing.set(th.tracing.get() - 1);
    r
}

/// The event `LINE`, where the instruction to come begins one.
fn monitor_line(th: &Thread, f: &FrameObject, code: &Code, index: usize, op: Option<Op>) -> PyResult<()> {
    let last = f.monitor_last.swap(index, Ordering::Relaxed);
    let back = last != usize::MAX && index <= last;
    let shadow = code.shadow();
    if f.monitor_line.load(Ordering::Relaxed) == u32::MAX {
        // In the middle of a function: the line that it is in was begun before.
        f.monitor_line.store(shadow.line(index.saturating_sub(1)), Ordering::Relaxed);
    }
    // A loop's line is reported at its head only.
    let own = (op != Some(Op::JumpBack)).then(|| shadow.line(index));
    for line in shadow.marks(index).chain(own).filter(|line| *line != 0) {
        let before = f.monitor_line.swap(line, Ordering::Relaxed);
        if back || line != before {
            monitor(th, f, code, Event::Line, index, &[th.int(i64::from(line))])?;
        }
    }
    Ok(())
}

/// Reports an event of the exception that is set; the callback's own error replaces it.
#[cold]
pub(super) fn exception_event(th: &Thread, frame: *mut Frame, event: Event) {
    if th.tracing.get() > 0 || !th.vm().monitored.is_active() {
        return;
    }
    // SAFETY: R2 (frame): the current frame, which lives during the call.
    let (code, index) = unsafe {
        let code = (*frame).code();
        (code, code.index_of((*frame).pc.get()))
    };
    if !th.vm().monitored.wants(code, event) {
        return;
    }
    // SAFETY: as above.
    let object = unsafe { frame_object(th, frame) };
    let Some(f) = object.payload::<FrameObject>() else { return };
    let exc = th.take_error();
    f.monitor_last.store(usize::MAX, Ordering::Relaxed);
    f.monitor_line.store(0, Ordering::Relaxed);
    if monitor(th, f, code, event, index, std::slice::from_ref(&exc)).is_ok() {
        th.restore_error(exc);
    }
}

/// The native function that the frame was calling, whose end is to be reported.
fn called(f: &FrameObject) -> Option<Value> {
    Some(f.c_callee.take()).filter(|callee| !callee.is_unbound() && !callee.is_none())
}

/// The event `call`.
fn started(th: &Thread, object: &Value, f: &FrameObject, line: u32) -> PyResult<()> {
    f.shown_line.store(line, Ordering::Relaxed);
    let mut result = Ok(());
    if th.is_traced() {
        let global = th.trace.get();
        match call(th, &global, object, "call", &Value::NONE) {
            Ok(v) => f.trace.set(th, v),
            Err(raised) => {
                untrace(th, f);
                result = Err(raised);
            }
        }
    }
    if result.is_ok() {
        result = profile(th, object, "call", &Value::NONE);
    }
    f.shown_line.store(0, Ordering::Relaxed);
    result
}

/// The event `return`: at a return, a yield, or with None where an exception leaves the frame.
fn left(th: &Thread, object: &Value, f: &FrameObject, v: &Value) -> PyResult<()> {
    if th.is_traced() && !f.trace.get(th).is_none() {
        local(th, object, f, "return", v.clone())?;
    }
    profile(th, object, "return", v)
}

fn call(th: &Thread, function: &Value, frame: &Value, event: &str, arg: &Value) -> PyResult<Value> {
    th.tracing.set(th.tracing.get() + 1);
    let r = th.call(function, &[frame.clone(), th.intern(event), arg.clone()]);
    th.tracing.set(th.tracing.get() - 1);
    r
}

/// A trace function raised: tracing ends.
fn untrace(th: &Thread, f: &FrameObject) {
    th.set_trace_function(&Value::NONE);
    f.trace.set(th, Value::NONE);
}

/// Calls the frame's own trace function, which may name its successor.
fn local(th: &Thread, object: &Value, f: &FrameObject, event: &str, arg: Value) -> PyResult<()> {
    let function = f.trace.get(th);
    f.event.store(event.as_bytes().first().copied().unwrap_or(0), Ordering::Relaxed);
    let r = call(th, &function, object, event, &arg);
    f.event.store(0, Ordering::Relaxed);
    match r {
        Ok(next) => {
            if !next.is_none() {
                f.trace.set(th, next);
            }
            Ok(())
        }
        Err(raised) => {
            untrace(th, f);
            Err(raised)
        }
    }
}

fn profile(th: &Thread, object: &Value, event: &str, arg: &Value) -> PyResult<()> {
    if !th.is_profiled() {
        return Ok(());
    }
    let function = th.profile.get();
    match call(th, &function, object, event, arg) {
        Ok(_) => Ok(()),
        Err(raised) => {
            th.set_profile_function(&Value::NONE);
            Err(raised)
        }
    }
}

/// Reports the exception that is set and passes through the current frame; a trace function's own error replaces it.
#[cold]
pub(super) fn raised(th: &Thread, frame: *mut Frame) {
    if !th.wants_events() {
        return;
    }
    // SAFETY: R2 (frame): the current frame.
    let object = unsafe { frame_object(th, frame) };
    let Some(f) = object.payload::<FrameObject>() else { return };
    let exc = th.take_error();
    if let Some(callee) = called(f)
        && profile(th, &object, "c_exception", &callee).is_err()
    {
        return;
    }
    if th.is_traced() && !f.trace.get(th).is_none() {
        let tb = th.getattr(&exc, &th.names().__traceback__).unwrap_or(Value::NONE);
        let arg = th.tuple(vec![exc.type_of(th).value(), exc.clone(), tb]);
        if local(th, &object, f, "exception", arg).is_err() {
            return;
        }
    }
    th.restore_error(exc);
}

/// The exception that is set leaves the current frame.
#[cold]
pub(super) fn unwound(th: &Thread, frame: *mut Frame) {
    // SAFETY: R2 (frame): the current frame.
    let object = unsafe { (*frame).object.clone() };
    let Some(f) = object.payload::<FrameObject>() else { return };
    if !th.wants_events() {
        return;
    }
    let exc = th.take_error();
    if left(th, &object, f, &Value::NONE).is_ok() {
        th.restore_error(exc);
    }
}

/// `throw()` resumes a generator: the event `call`. Err if the trace function raised; its error is set then.
///
/// # Errors
/// What the trace function raises.
///
/// # Safety
/// `frame` is the current frame, suspended at its `yield`; an error is set.
#[cold]
pub(super) unsafe fn thrown(th: &Thread, frame: *mut Frame) -> PyResult<()> {
    if !th.wants_events() {
        return Ok(());
    }
    let exc = th.take_error();
    // SAFETY: the caller's promise.
    unsafe {
        redirect(frame);
        (*frame).traced.set(false);
        let object = frame_object(th, frame);
        if let Some(f) = object.payload::<FrameObject>() {
            f.trace_last.store(usize::MAX, Ordering::Relaxed);
            let line = f.line(th);
            started(th, &object, f, line)?;
        }
    }
    th.restore_error(exc);
    Ok(())
}
