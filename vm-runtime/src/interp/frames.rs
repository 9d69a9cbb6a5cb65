//! Frame objects, traceback entries, and what Python code may ask about frames.
use crate::code::Code;
use crate::frame::Frame;
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::value_ext::ValueExt;
use crate::value_cells::ObjCell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use vm_core::object::layout::Visitor;
use vm_core::{Value, payload};

/// What a frame object knows of its frame.
enum State {
    /// The frame is alive (R3 (frame)).
    Live(*mut Frame),
    /// The frame ended: its registers were taken over.
    Ended { regs: Vec<Value>, pc_index: usize, locals: Value },
}

// SAFETY: a live frame is only followed by its own thread, or with the world stopped.
unsafe impl Send for State {}

/// The payload of frame objects.
pub struct FrameObject {
    state: ObjCell<State>,
    /// The code object.
    pub code: Value,
    /// The function.
    pub function: Value,
    /// The caller's frame object, once asked for, or when this one ended.
    back: ObjCell<Option<Value>>,
    /// Names assigned through `f_locals` that are no locals.
    pub extra: ObjCell<Option<Value>>,
    /// What was in registers before an assignment through `f_locals`, while the frame lives.
    replaced: ObjCell<Vec<Value>>,
    /// Ident of the thread that runs the frame.
    thread: u64,
    /// `f_trace`.
    pub trace: crate::value_cells::AtomicValue,
    /// `f_trace_lines`, `f_trace_opcodes`.
    pub trace_lines: AtomicBool,
    /// See `trace_lines`.
    pub trace_opcodes: AtomicBool,
    /// The line that was last reported or run, and the index of the instruction that was last begun (traced frames).
    pub trace_line: AtomicU32,
    /// See `trace_line`.
    pub trace_last: AtomicUsize,
    /// The same for `sys.monitoring`; `u32::MAX`: not known.
    pub monitor_line: AtomicU32,
    /// See `monitor_line`.
    pub monitor_last: AtomicUsize,
    /// The line to show instead of the instruction's; 0: none.
    pub shown_line: AtomicU32,
    /// First letter of the event whose trace function is running; 0: none.
    pub event: AtomicU8,
    /// The native function that the frame is calling, if the thread is profiled.
    pub c_callee: crate::value_cells::AtomicValue,
}
payload!(FrameObject, "frame", traverse = FrameObject::traverse, clear = FrameObject::drop_registers);

impl FrameObject {
    fn traverse(&self, mut visit: Visitor<'_>) {
        visit(&self.code);
        visit(&self.function);
        self.trace.traverse(visit);
        self.c_callee.traverse(visit);
        self.back.peek(|b| b.iter().for_each(&mut visit));
        self.extra.peek(|b| b.iter().for_each(&mut visit));
        self.replaced.peek(|b| b.iter().for_each(&mut visit));
        self.state.peek(|s| {
            if let State::Ended { regs, locals, .. } = s {
                regs.iter().for_each(&mut visit);
                visit(locals);
            }
        });
    }

    fn drop_registers(&self) {
        let mut old = self.state.peek_mut(|s| match s {
            State::Ended { regs, .. } => std::mem::take(regs),
            State::Live(_) => Vec::new(),
        });
        // The last local goes first, as in CPython.
        while let Some(last) = old.pop() {
            drop(last);
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        self.code.payload::<Code>()
    }

    /// The index of the current instruction.
    #[must_use]
    pub fn pc_index(&self, th: &Thread) -> usize {
        self.state.with(th, |s| match s {
            // SAFETY: R2 (frame): plain words of a frame that is alive (the state changes under this cell's lock).
            State::Live(frame) => unsafe { (**frame).code().index_of((**frame).pc.get()) },
            State::Ended { pc_index, .. } => *pc_index,
        })
    }

    /// The current line; 0 where there is none.
    #[must_use]
    pub fn line(&self, th: &Thread) -> u32 {
        let shown = self.shown_line.load(Ordering::Relaxed);
        if shown != 0 {
            return shown;
        }
        let index = self.pc_index(th);
        self.code().map_or(0, |c| c.line_at(index))
    }

    /// Whether the frame still runs or is suspended.
    #[must_use]
    pub fn is_live(&self, th: &Thread) -> bool {
        self.state.with(th, |s| matches!(s, State::Live(_)))
    }

    /// The address of the live frame, to be compared only.
    #[must_use]
    pub fn live_frame(&self, th: &Thread) -> Option<*mut Frame> {
        self.state.with(th, |s| match s {
            State::Live(frame) => Some(*frame),
            State::Ended { .. } => None,
        })
    }

    /// Whether this thread runs the frame, so that nobody else changes it.
    fn is_own(&self, th: &Thread) -> bool {
        let live = self.state.with(th, |s| match s {
            // SAFETY: R3 (frame): the state changes under this cell's lock, and a frame's code does not.
            State::Live(frame) => Some((*frame, unsafe { (**frame).code().is_plain() })),
            State::Ended { .. } => None,
        });
        let Some((wanted, plain)) = live else { return true };
        if plain {
            return self.thread == th.ident;
        }
        let mut at = th.frame.get();
        while !at.is_null() && at != wanted {
            // SAFETY: R2 (frame): our own thread's frames.
            at = unsafe { (*at).prev.get() };
        }
        at == wanted
    }

    /// Looks at the live frame, or at the state that it left. The world is stopped meanwhile if another thread may run it:
    /// `f` runs no Python, and what it takes out of the frame it owns.
    fn look<R>(&self, th: &Thread, f: impl FnOnce(&mut State) -> R) -> R {
        let own = self.is_own(th);
        let _stopped = (!own).then(|| th.vm().world.stop_the_world(th.core()));
        self.state.with(th, f)
    }

    /// The generator that owns the live frame.
    #[must_use]
    pub fn generator(&self, th: &Thread) -> Option<Value> {
        self.look(th, |s| match s {
            // SAFETY: R2 (frame): the generator lives as long as its frame.
            State::Live(frame) => unsafe {
                std::ptr::NonNull::new((**frame).generator.cast_mut())
                    .map(|generator| Value::from_ptr(generator).into_owned())
            },
            State::Ended { .. } => None,
        })
    }

    /// A copy of a register, cells not followed; UNBOUND where there is none.
    #[must_use]
    pub fn register(&self, th: &Thread, i: usize) -> Value {
        let found = self.look(th, |s| match s {
            // SAFETY: R2 (frame).
            State::Live(frame) => unsafe {
                (**frame).window().get(i).map_or(Value::UNBOUND, |v| v.clone().into_owned())
            },
            State::Ended { regs, .. } => regs.get(i).cloned().unwrap_or(Value::UNBOUND),
        });
        if found.is_unbound() { self.free_cell(i).unwrap_or(found) } else { found }
    }

    /// The cell of a free variable, where the frame has not begun and copied it yet.
    fn free_cell(&self, i: usize) -> Option<Value> {
        let unit = &self.code()?.unit();
        let n = i.checked_sub(usize::from(unit.first_free_reg)).filter(|n| *n < unit.freevars.len())?;
        let function = self.function.payload::<crate::types::function::Function>()?;
        function.closure.payload::<crate::types::tuple::Tuple>()?.as_slice().get(n).cloned()
    }

    /// Writes a register. What it held is kept until the frame ends, since temporaries may borrow it.
    pub fn set_register(&self, th: &Thread, i: usize, v: Value) {
        let v = v.into_owned();
        let (live, old) = self.look(th, |s| match s {
            // SAFETY: R2 (frame).
            State::Live(frame) => unsafe {
                (true, (**frame).window().get_mut(i).map(|slot| std::mem::replace(slot, v)))
            },
            State::Ended { regs, .. } => (false, regs.get_mut(i).map(|slot| std::mem::replace(slot, v))),
        });
        if live && let Some(old) = old.filter(Value::is_counted) {
            self.replaced.with(th, |replaced| replaced.push(old));
        }
    }

    /// The locals mapping of module and class frames; UNBOUND for functions.
    #[must_use]
    pub fn locals(&self, th: &Thread) -> Value {
        self.look(th, |s| match s {
            // SAFETY: R2 (frame).
            State::Live(frame) => unsafe { (**frame).locals.clone().into_owned() },
            State::Ended { locals, .. } => locals.clone(),
        })
    }

    /// `frame.clear()`'s work on an ended frame.
    pub fn clear_ended(&self, th: &Thread) {
        let old = self.state.with(th, |s| match s {
            State::Ended { regs, .. } => std::mem::take(regs),
            State::Live(_) => Vec::new(),
        });
        drop(old);
    }

    /// The caller's frame object.
    #[must_use]
    pub fn back(&self, th: &Thread) -> Option<Value> {
        let found = self.look(th, |s| match s {
            // SAFETY: R2 (frame).
            State::Live(frame) => unsafe {
                let prev = (**frame).prev.get();
                Some((!prev.is_null()).then(|| frame_object_of(th, prev, self.thread)))
            },
            State::Ended { .. } => None,
        });
        found.unwrap_or_else(|| self.back.with(th, |b| b.clone()))
    }
}

/// The frame object of a frame of this thread.
///
/// # Safety
/// `frame` is a live frame of this thread.
pub unsafe fn frame_object(th: &Thread, frame: *mut Frame) -> Value {
    // SAFETY: the caller's promise.
    unsafe { frame_object_of(th, frame, th.ident) }
}

/// The frame object of a frame of the thread `ident`.
///
/// # Safety
/// `frame` is a live frame of that thread, which is this one, or the world is stopped.
unsafe fn frame_object_of(th: &Thread, frame: *mut Frame, ident: u64) -> Value {
    // SAFETY: R2 (frame).
    unsafe {
        if !(*frame).object.is_unbound() {
            return (*frame).object.clone();
        }
        let function = (*frame).function.clone();
        let code =
            function.payload::<crate::types::function::Function>().map_or(Value::NONE, |f| f.code.get(th));
        // The function's code may have been replaced since: the frame's own code object is found by address.
        let object = FrameObject {
            state: ObjCell::new(State::Live(frame)),
            code,
            function,
            back: ObjCell::new(None),
            extra: ObjCell::new(None),
            replaced: ObjCell::new(Vec::new()),
            thread: ident,
            trace: crate::value_cells::AtomicValue::new(Value::NONE),
            trace_lines: AtomicBool::new(true),
            trace_opcodes: AtomicBool::new(false),
            trace_line: AtomicU32::new(0),
            trace_last: AtomicUsize::new(usize::MAX),
            monitor_line: AtomicU32::new(u32::MAX),
            monitor_last: AtomicUsize::new(usize::MAX),
            shown_line: AtomicU32::new(0),
            event: AtomicU8::new(0),
            c_callee: crate::value_cells::AtomicValue::empty(),
        };
        let v = th.new_object(th.types().frame, object);
        (*frame).object = v.clone();
        v
    }
}

/// The frame ends: its frame object, if anybody else still has it, takes the registers over.
///
/// # Safety
/// `frame` is the current frame and about to be dropped.
pub(super) unsafe fn frame_ends(th: &Thread, frame: *mut Frame) {
    // SAFETY: the caller's promise.
    unsafe {
        // The frame keeps it to the end: whoever asks for it meanwhile must not make another.
        let object = (*frame).object.clone();
        let Some(f) = object.payload::<FrameObject>() else { return };
        let shared = object.header().is_some_and(|h| vm_core::refcount::count(h) > 2);
        let code = (*frame).code();
        let pc_index = code.index_of((*frame).pc.get());
        let regs = (*frame).regs.get();
        let mut kept = Vec::new();
        if shared {
            kept.reserve_exact(code.ntotal);
            for i in 0..code.ntotal {
                kept.push(std::ptr::replace(regs.add(i), Value::UNBOUND).into_owned());
            }
            let prev = (*frame).prev.get();
            if !prev.is_null() && (*frame).generator.is_null() {
                let back = frame_object(th, prev);
                f.back.with(th, |b| *b = Some(back));
            }
        }
        let locals = (*frame).locals.clone();
        let old = f.state.with(th, |s| std::mem::replace(s, State::Ended { regs: kept, pc_index, locals }));
        drop(old);
        for i in code.ntotal..code.nregs {
            drop(std::ptr::replace(regs.add(i), Value::UNBOUND));
        }
        let replaced = f.replaced.with(th, std::mem::take);
        drop(replaced);
        drop(std::ptr::replace(&raw mut (*frame).object, Value::UNBOUND));
    }
}

/// Adds a traceback entry for the current frame to the exception that is set.
pub(super) fn trace_exception(th: &Thread, frame: *mut Frame) {
    let Some(exc) = th.current_error() else { return };
    // SAFETY: R2 (frame).
    let index = unsafe { (*frame).code().index_of((*frame).pc.get()) };
    // SAFETY: the current frame.
    let object = unsafe { frame_object(th, frame) };
    // Most tracebacks are never looked at: the line is found when it is asked for.
    crate::traceback::add(th, &exc, object, index, 0);
}

/// `cr_origin`: (filename, line, function) of up to `depth` frames.
pub(super) fn origin(th: &Thread, depth: i32) -> Value {
    let mut entries = Vec::new();
    let mut at = th.frame.get();
    while !at.is_null() && (entries.len() as i32) < depth {
        // SAFETY: R2 (frame).
        unsafe {
            let code = (*at).code();
            entries.push(th.tuple(vec![
                code.filename.clone(),
                th.int(i64::from((*at).line())),
                code.name.clone(),
            ]));
            at = (*at).prev.get();
        }
    }
    th.tuple(entries)
}

impl Thread {
    /// The frame object `depth` frames up from the running one.
    ///
    /// # Errors
    /// ValueError `call stack is not deep enough`.
    pub fn frame_at(&self, depth: usize) -> PyResult<Value> {
        let mut at = self.frame.get();
        for _ in 0..depth {
            if at.is_null() {
                break;
            }
            // SAFETY: R2 (frame).
            at = unsafe { (*at).prev.get() };
        }
        if at.is_null() {
            return Err(self.value_error("call stack is not deep enough"));
        }
        // SAFETY: a frame of our own stack.
        Ok(unsafe { frame_object(self, at) })
    }

    /// The newest frame of each thread of the VM, with the thread's ident.
    #[must_use]
    pub fn frames_of_all_threads(&self) -> Vec<(u64, Value)> {
        let mut all = Vec::new();
        self.for_all_threads(|thread| {
            let frame = thread.frame.get();
            if !frame.is_null() {
                // SAFETY: R2 (frame): the world is stopped.
                all.push((thread.ident, unsafe { frame_object_of(self, frame, thread.ident) }.into_owned()));
            }
        });
        all
    }

    /// The exception that each thread of the VM handles, or None, with the thread's ident.
    #[must_use]
    pub fn exceptions_of_all_threads(&self) -> Vec<(u64, Value)> {
        let mut all = Vec::new();
        self.for_all_threads(|thread| all.push((thread.ident, thread.handled_exception().into_owned())));
        all
    }

    /// The running Python frame, if any.
    #[must_use]
    pub fn current_frame(&self) -> Option<&Frame> {
        // SAFETY: R2 (frame).
        unsafe { self.frame.get().as_ref() }
    }

    /// Globals of the running frame.
    #[must_use]
    pub fn frame_globals(&self) -> Option<Value> {
        let frame = self.current_frame()?;
        frame.function.payload::<crate::types::function::Function>().map(|f| f.globals.clone())
    }

    /// `locals()` of the running frame: its mapping for modules and classes, a fresh snapshot for functions and while a
    /// comprehension runs (PEP 709), whose own variables it shows too.
    ///
    /// # Errors
    /// MemoryError.
    pub fn frame_locals(&self) -> PyResult<Option<Value>> {
        let Some(frame) = self.current_frame() else { return Ok(None) };
        // SAFETY: R2 (frame).
        let own = comprehension_locals(self, unsafe { frame.window() }, frame.code());
        if !frame.locals.is_unbound() && own.is_empty() {
            return Ok(Some(frame.locals.clone()));
        }
        let dict = self.dict();
        if let Some(d) = dict.payload::<Dict>() {
            if !frame.locals.is_unbound() {
                d.update(self, &frame.locals)?;
            }
            // SAFETY: R2 (frame).
            for (name, value) in visible_locals(self, unsafe { frame.window() }, frame.code()) {
                d.set(self, &name, value)?;
            }
            // What a program wrote through `f_locals` under names that the code does not know.
            let extra = frame.object.payload::<FrameObject>().and_then(|f| f.extra.with(self, |e| e.clone()));
            if let Some(extra) = extra {
                d.update(self, &extra)?;
            }
            for (name, value) in own {
                d.set(self, &name, value)?;
            }
        }
        Ok(Some(dict))
    }

    /// Line and file of the running frame.
    #[must_use]
    pub fn current_position(&self) -> Option<(Value, u32)> {
        let frame = self.current_frame()?;
        Some((frame.code().filename.clone(), frame.line()))
    }

    /// First argument and `__class__` cell of the running frame, for `super()` without arguments.
    ///
    /// # Errors
    /// RuntimeError `super(): no arguments` and the like.
    pub fn super_from_frame(&self) -> PyResult<(Value, Value)> {
        let Some(frame) = self.current_frame() else {
            return Err(self.runtime_error("super(): no current frame"));
        };
        let code = frame.code();
        if code.argcount == 0 {
            return Err(self.runtime_error("super(): no arguments"));
        }
        // SAFETY: R2 (frame).
        let window = unsafe { frame.window() };
        let mut this = window.first().cloned().unwrap_or(Value::UNBOUND);
        if let Some(cell) = this.payload::<crate::types::cell::Cell>()
            && code.unit().cellvars.iter().any(|c| c.reg == 0)
        {
            this = cell.contents.get(self);
        }
        if this.is_unbound() {
            return Err(self.runtime_error("super(): arg[0] deleted"));
        }
        for (i, name) in code.unit().freevars.iter().enumerate() {
            if name == "__class__" {
                let cell = window
                    .get(usize::from(code.unit().first_free_reg) + i)
                    .cloned()
                    .unwrap_or(Value::UNBOUND);
                let Some(c) = cell.payload::<crate::types::cell::Cell>() else {
                    return Err(self.runtime_error("super(): bad __class__ cell"));
                };
                let class = c.contents.get(self);
                if class.is_unbound() {
                    return Err(self.runtime_error("super(): empty __class__ cell"));
                }
                if class.payload::<crate::types::type_::Type>().is_none() {
                    let name = class.type_of(self).full_name();
                    return Err(self.runtime_error(format!("super(): __class__ is not a type ({name})")));
                }
                return Ok((class, this));
            }
        }
        Err(self.runtime_error("super(): __class__ cell not found"))
    }
}

/// Names and values of the bound locals, cells and free variables that `locals()` shows.
pub fn visible_locals(th: &Thread, window: &[Value], code: &Code) -> Vec<(Value, Value)> {
    bound(th, window, code, visible_registers(th, code))
}

/// Names and values of the variables of the comprehensions that run in this frame.
fn comprehension_locals(th: &Thread, window: &[Value], code: &Code) -> Vec<(Value, Value)> {
    let hidden = code.varnames().iter().cloned().enumerate().skip(usize::from(code.unit().nvisible));
    bound(th, window, code, hidden.map(|(reg, name)| (name, reg)))
}

/// Those of these variables that are bound.
fn bound(
    th: &Thread,
    window: &[Value],
    code: &Code,
    registers: impl IntoIterator<Item = (Value, usize)>,
) -> Vec<(Value, Value)> {
    let mut out = Vec::new();
    for (name, reg) in registers {
        let mut v = window.get(reg).cloned().unwrap_or(Value::UNBOUND);
        if is_cell_register(code, reg)
            && let Some(cell) = v.payload::<crate::types::cell::Cell>()
        {
            v = cell.contents.get(th);
        }
        if !v.is_unbound() {
            out.push((name, v));
        }
    }
    out
}

/// Whether a register holds a cell (or will, after `MakeCell`).
#[must_use]
pub fn is_cell_register(code: &Code, reg: usize) -> bool {
    let unit = code.unit();
    unit.cellvars.iter().any(|c| usize::from(c.reg) == reg)
        || (!unit.freevars.is_empty() && reg >= usize::from(unit.first_free_reg))
}

/// Names and registers of the variables that `locals()` shows, in order.
#[must_use]
pub fn visible_registers(th: &Thread, code: &Code) -> Vec<(Value, usize)> {
    let unit = code.unit();
    let mut out: Vec<(Value, usize)> = Vec::new();
    for (i, name) in code.varnames().iter().enumerate().take(usize::from(unit.nvisible)) {
        out.push((name.clone(), i));
    }
    for cell in &unit.cellvars {
        if usize::from(cell.reg) >= usize::from(unit.nlocals) {
            out.push((th.intern(&cell.name), usize::from(cell.reg)));
        }
    }
    for (i, name) in unit.freevars.iter().enumerate() {
        out.push((th.intern(name), usize::from(unit.first_free_reg) + i));
    }
    out
}

impl FrameObject {
    /// Whether flags about tracing are on; kept together because `settrace` asks for both.
    #[must_use]
    pub fn traces_lines(&self) -> bool {
        self.trace_lines.load(Ordering::Relaxed)
    }
}

/// The frame of a generator that never finished is dropped: its frame object, if any, keeps nothing.
pub(super) fn frame_dropped(frame: &Frame) {
    if let Some(f) = frame.object.payload::<FrameObject>() {
        let pc_index = frame.code().index_of(frame.pc.get());
        f.state.peek_mut(|s| *s = State::Ended { regs: Vec::new(), pc_index, locals: Value::UNBOUND });
    }
}
