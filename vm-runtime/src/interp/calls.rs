//! Calls: Python functions get a frame in the same loop, classes with a Python `__init__` too, natives are called with the
//! window's registers as their arguments.
use super::{put, reg, take, tuple_slice};
use crate::call::CallArgs;
use crate::code::{Code, CodeKind, as_dict};
use crate::frame::{Frame, Resume};
use crate::thread::{PyResult, Raised, Thread};
use crate::types::builtin_function::{BuiltinFunction, MethodDescriptor, new_wrapper_of};
use crate::types::function::Function;
use crate::types::method::Method;
use crate::types::type_::{Type, TypeRef};
use crate::types::value_ext::ValueExt;
use std::cell::Cell;
use std::sync::atomic::Ordering;
use vm_compiler::flags;
use vm_core::Value;

/// What became of a call instruction.
pub(super) enum Called {
    /// The result is in its register.
    Done,
    /// A frame was pushed: go on there.
    Pushed,
}

/// What follows a return.
pub(super) enum After {
    /// Go on in the thread's current frame.
    Continue,
    /// The entry frame returned this.
    Leave(Value),
    /// The return raised in the previous frame (`__init__` returned something).
    Raised,
}

/// Pushes a frame whose window begins at `window` and has its arguments; the rest is set unbound. The code is plain.
///
/// # Safety
/// `function` is a function object with this code; the window has room; arguments `0..nargs` are there.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn push(
    th: &Thread,
    function: Value,
    f: &Function,
    code: *const Code,
    window: *mut Value,
    nargs: usize,
    resume: Resume,
    dst: u16,
    skip: u8,
    saved_top: *mut Value,
    saved_limit: *mut Value,
) -> PyResult<*mut Frame> {
    // SAFETY: the caller's promise.
    unsafe {
        let depth = th.depth.get() + 1;
        if depth > th.vm().recursion_limit.load(Ordering::Relaxed) {
            return Err(th.too_deep(""));
        }
        let Some((frame, first_in_chunk)) = th.stack.push_frame() else { return Err(th.memory_error()) };
        let nregs = (*code).nregs;
        for i in nargs..nregs {
            std::ptr::write(window.add(i), Value::UNBOUND);
        }
        std::ptr::write(
            frame,
            Frame {
                pc: Cell::new((*code).start()),
                regs: Cell::new(window),
                code,
                prev: Cell::new(th.frame.get()),
                globals: as_dict(&f.globals).map_or(std::ptr::null(), std::ptr::from_ref),
                builtins: as_dict(&f.builtins).map_or_else(crate::frame::no_builtins, std::ptr::from_ref),
                function,
                locals: Value::UNBOUND,
                object: Value::UNBOUND,
                held: Value::UNBOUND,
                generator: std::ptr::null(),
                resume: Cell::new(resume),
                dst: Cell::new(dst),
                skip: Cell::new(skip),
                saved_top,
                saved_limit,
                first_in_chunk,
                traced: Cell::new(false),
            },
        );
        th.depth.set(depth);
        th.frame.set(frame);
        th.stack.top.set(window.add(nregs));
        Ok(frame)
    }
}

/// A window of `n` words on top of the thread's stack, in the next chunk if need be: (window, saved top, saved limit).
unsafe fn fresh_window(th: &Thread, n: usize) -> PyResult<(*mut Value, *mut Value, *mut Value)> {
    let top = th.stack.top.get();
    if th.stack.fits(top, n) {
        return Ok((top, top, std::ptr::null_mut()));
    }
    let limit = th.stack.limit.get();
    match th.stack.next_chunk(n) {
        Some(window) => Ok((window, top, limit)),
        None => Err(th.memory_error()),
    }
}

/// Drops a finished frame of the thread's stack: its registers in order, then the function.
///
/// # Safety
/// `frame` is the thread's current frame, no generator's.
#[inline(always)]
pub(super) unsafe fn pop(th: &Thread, frame: *mut Frame) {
    // SAFETY: R1 (frame).
    unsafe {
        if !(*frame).object.is_unbound() {
            super::frames::frame_ends(th, frame);
        }
        let regs = (*frame).regs.get();
        // The last local goes first, as in CPython.
        for i in (0..(*(*frame).code).ntotal).rev() {
            let slot = regs.add(i);
            if (*slot).is_heap() {
                drop(std::ptr::replace(slot, Value::UNBOUND));
            }
        }
        th.frame.set((*frame).prev.get());
        th.depth.set(th.depth.get() - 1);
        th.stack.top.set((*frame).saved_top);
        let limit = (*frame).saved_limit;
        let first = (*frame).first_in_chunk;
        let function = std::ptr::replace(&raw mut (*frame).function, Value::UNBOUND);
        let locals = std::ptr::replace(&raw mut (*frame).locals, Value::UNBOUND);
        let held = std::ptr::replace(&raw mut (*frame).held, Value::UNBOUND);
        if !limit.is_null() {
            th.stack.leave_chunk(limit);
        }
        th.stack.pop_frame(frame, first);
        drop(function);
        drop(locals);
        drop(held);
    }
}

/// Leaves `frame` with a value.
///
/// # Safety
/// As `run`; `frame` is the current frame.
#[inline(always)]
pub(super) unsafe fn return_from(th: &Thread, frame: *mut Frame, v: Value, entry: *mut Frame) -> After {
    // SAFETY: the caller's promise.
    unsafe {
        if !(*frame).generator.is_null() {
            return super::generator::finished(th, frame, v, entry);
        }
        let resume = (*frame).resume.get();
        match resume {
            Resume::Register => {
                let (dst, skip) = ((*frame).dst.get(), (*frame).skip.get());
                pop(th, frame);
                let prev = th.frame.get();
                (*prev).pc.set((*prev).pc.get().add(usize::from(skip)));
                put((*prev).regs.get(), dst, v);
                After::Continue
            }
            Resume::Init => {
                if !v.is_none() {
                    return init_returned(th, frame, &v);
                }
                let (dst, skip) = ((*frame).dst.get(), (*frame).skip.get());
                let made = std::ptr::replace(&raw mut (*frame).held, Value::UNBOUND);
                pop(th, frame);
                let prev = th.frame.get();
                (*prev).pc.set((*prev).pc.get().add(usize::from(skip)));
                put((*prev).regs.get(), dst, made);
                After::Continue
            }
            Resume::Rust | Resume::ForIter | Resume::Send => {
                debug_assert_eq!(frame, entry);
                pop(th, frame);
                After::Leave(v)
            }
        }
    }
}

#[cold]
unsafe fn init_returned(th: &Thread, frame: *mut Frame, v: &Value) -> After {
    // SAFETY: `frame` is the current frame.
    unsafe { pop(th, frame) };
    let _ = th.type_error(format!("__init__() should return None, not '{}'", v.type_of(th).full_name()));
    After::Raised
}

/// Empties a call window.
#[inline(always)]
unsafe fn drop_window(regs: *mut Value, b: u16, n: u16) {
    // SAFETY: the window's registers are valid.
    unsafe {
        for i in b..b + 2 + n {
            let slot = regs.add(i as usize);
            if (*slot).is_heap() {
                drop(std::ptr::replace(slot, Value::UNBOUND));
            }
        }
    }
}

/// The instruction `Call`.
///
/// # Safety
/// As `run`; `regs` is `frame`'s window.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn call(
    th: &Thread,
    frame: *mut Frame,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
    with_self: bool,
    skip: u8,
) -> PyResult<Called> {
    // SAFETY: the caller's promise.
    unsafe {
        let callable = &*regs.add(b as usize);
        if let Some(f) = callable.payload::<Function>() {
            let first = if with_self { b + 1 } else { b + 2 };
            let n = c as usize + usize::from(with_self);
            // SAFETY: a function's code slot holds a code object, which is deferred: it stays until a collection, and the
            // frame's function keeps it afterwards.
            let code: &Code = f.code.borrow_unchecked::<Code>();
            if n == code.argcount
                && code.is_simple()
                && code.kind == CodeKind::Plain
                && (*frame).generator.is_null()
            {
                let window = regs.add(first as usize);
                // With a request pending, the general way looks at it.
                if th.stack.fits(window, code.nregs) && th.core().poll() == 0 {
                    let code: *const Code = code;
                    let f: *const Function = f;
                    let function = take(regs, b);
                    let top = th.stack.top.get();
                    push(
                        th,
                        function,
                        &*f,
                        code,
                        window,
                        n,
                        Resume::Register,
                        a,
                        skip,
                        top,
                        std::ptr::null_mut(),
                    )?;
                    return Ok(Called::Pushed);
                }
            }
        }
        call_slow(th, frame, regs, a, b, c, with_self, skip)
    }
}

#[inline(never)]
#[allow(clippy::too_many_arguments)]
unsafe fn call_slow(
    th: &Thread,
    frame: *mut Frame,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
    with_self: bool,
    skip: u8,
) -> PyResult<Called> {
    // SAFETY: as `call`.
    unsafe {
        let callable = &*regs.add(b as usize);
        let first = if with_self { b + 1 } else { b + 2 };
        let n = c as usize + usize::from(with_self);
        let args = std::slice::from_raw_parts(regs.add(first as usize), n);
        if let Some(f) = callable.payload::<MethodDescriptor>() {
            let v = f.call(th, &CallArgs::positional_only(args))?;
            return native_done(th, regs, a, b, c, v);
        }
        if let Some(f) = callable.payload::<BuiltinFunction>()
            && new_wrapper_of(callable).is_none()
        {
            let v = f.call(th, &CallArgs::positional_only(args))?;
            return native_done(th, regs, a, b, c, v);
        }
        if let Some(f) = callable.payload::<Function>() {
            let f: *const Function = f;
            return call_python(th, &*f, regs, a, b, c, args, &[], skip);
        }
        if !with_self {
            if let Some(method) = callable.payload::<Method>()
                && method.func.payload::<Function>().is_some()
            {
                let function = method.func.clone();
                let this = method.this.clone();
                put(regs, b + 1, this);
                put(regs, b, function);
                return call(th, frame, regs, a, b, c, true, skip);
            }
            if callable.payload::<Type>().is_some() {
                let ty = TypeRef::from_ptr(callable.heap_ptr());
                if let Some(called) = call_class(th, frame, ty, regs, a, b, c, skip)? {
                    return Ok(called);
                }
            }
        }
        let v = th.call_args(callable, &CallArgs::positional_only(args))?;
        native_done(th, regs, a, b, c, v)
    }
}

/// The end of a native call: its window is emptied and the result stored. It is a safepoint: what the call asked for (a
/// signal it sent to this process, a collection) happens before the next instruction.
#[inline(always)]
unsafe fn native_done(th: &Thread, regs: *mut Value, a: u16, b: u16, c: u16, v: Value) -> PyResult<Called> {
    // SAFETY: the window's registers are valid.
    unsafe {
        drop_window(regs, b, c);
        put(regs, a, v);
    }
    th.check_signals()?;
    Ok(Called::Done)
}

/// A class whose `__new__` is object's and whose `__init__` is a Python function or missing: no recursion in Rust.
#[allow(clippy::too_many_arguments)]
unsafe fn call_class(
    th: &Thread,
    frame: *mut Frame,
    ty: TypeRef,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
    skip: u8,
) -> PyResult<Option<Called>> {
    // SAFETY: as `call`.
    unsafe {
        let object_new = th.types().object.slots.new().map(|f| f as usize);
        if ty.slots.new().map(|f| f as usize) != object_new
            || ty.has(crate::types::type_::ABSTRACT)
            || ty.value_type_is_plain(th).is_none()
        {
            return Ok(None);
        }
        if ty.slots.init().map(|f| f as usize) != Some(crate::types::slot_defs::init_dispatcher()) {
            return Ok(None);
        }
        let Some(init) = ty.lookup(th, &th.names().__init__) else { return Ok(None) };
        let Some(f) = init.payload::<Function>() else { return Ok(None) };
        let code: *const Code = f.code.borrow_unchecked::<Code>();
        let made = th.new_object(ty, crate::types::object::Object);
        if (*code).kind != CodeKind::Plain {
            return Ok(None);
        }
        let n = c as usize + 1;
        if n == (*code).argcount && (*code).is_simple() && (*frame).generator.is_null() {
            let window = regs.add(b as usize + 1);
            if th.stack.fits(window, (*code).nregs) && th.core().poll() == 0 {
                let class = take(regs, b);
                put(regs, b + 1, made.borrow_word());
                let top = th.stack.top.get();
                let pushed = push(
                    th,
                    init.clone(),
                    f,
                    code,
                    window,
                    n,
                    Resume::Init,
                    a,
                    skip,
                    top,
                    std::ptr::null_mut(),
                )?;
                (*pushed).held = made;
                drop(class);
                return Ok(Some(Called::Pushed));
            }
        }
        // Anything else is bound in a fresh window.
        th.check_signals()?;
        let mut args: smallvec::SmallVec<[Value; 8]> = smallvec::SmallVec::with_capacity(n);
        args.push(made.clone());
        for i in 0..c {
            args.push(reg(regs, b + 2 + i).clone());
        }
        let pushed = push_bound(th, &init, f, &args, &[], Resume::Init, a, skip)?;
        (*pushed).held = made;
        drop_window(regs, b, c);
        Ok(Some(Called::Pushed))
    }
}

impl TypeRef {
    /// Some if the metaclass does nothing of its own in a call.
    fn value_type_is_plain(self, th: &Thread) -> Option<()> {
        let meta = self.header().type_ptr();
        // SAFETY: a type's type is a live type.
        let meta = unsafe { TypeRef::from_ptr(meta) };
        let plain = th.types().type_.slots.call().map(|f| f as usize);
        if meta.slots.call().map(|f| f as usize) == plain { Some(()) } else { None }
    }
}

/// Calls a Python function whose arguments need binding: pushes its frame, or makes its generator.
#[allow(clippy::too_many_arguments)]
unsafe fn call_python(
    th: &Thread,
    f: &Function,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
    args: &[Value],
    names: &[Value],
    skip: u8,
) -> PyResult<Called> {
    // SAFETY: as `call`.
    unsafe {
        th.check_signals()?;
        let code: &Code = f.code.borrow_unchecked::<Code>();
        let function = (*regs.add(b as usize)).clone();
        if code.kind != CodeKind::Plain {
            let v = super::generator::make(th, &function, f, args, names)?;
            drop_window(regs, b, c);
            put(regs, a, v);
            return Ok(Called::Done);
        }
        push_bound(th, &function, f, args, names, Resume::Register, a, skip)?;
        drop_window(regs, b, c);
        Ok(Called::Pushed)
    }
}

/// Pushes a frame with a fresh window, its arguments bound from `args` (the last ones named by `names`).
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn push_bound(
    th: &Thread,
    function: &Value,
    f: &Function,
    args: &[Value],
    names: &[Value],
    resume: Resume,
    dst: u16,
    skip: u8,
) -> PyResult<*mut Frame> {
    // SAFETY: as `call`.
    unsafe {
        let code: *const Code = f.code.borrow_unchecked::<Code>();
        (*code).body(th)?;
        let (window, top, limit) = fresh_window(th, (*code).nregs)?;
        for i in 0..(*code).nregs {
            std::ptr::write(window.add(i), Value::UNBOUND);
        }
        // Binding may run Python (keyword comparison): protect the window meanwhile.
        th.stack.top.set(window.add((*code).nregs));
        let target = std::slice::from_raw_parts_mut(window, (*code).nregs);
        let bound = bind(th, f, &*code, args, names, target);
        let pushed = match bound {
            Ok(()) => {
                push(th, function.clone(), f, code, window, (*code).nregs, resume, dst, skip, top, limit)
            }
            Err(raised) => Err(raised),
        };
        if pushed.is_err() {
            for slot in target {
                drop(std::mem::replace(slot, Value::UNBOUND));
            }
            th.stack.top.set(top);
            if !limit.is_null() {
                th.stack.leave_chunk(limit);
            }
        }
        if let Ok(frame) = pushed {
            super::trace::begin(th, frame);
        }
        pushed
    }
}

/// Calls a property's getter with the receiver in register `b`; the result goes to register `a`.
///
/// # Safety
/// As `call`.
#[inline(never)]
pub(super) unsafe fn call_getter(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    getter: &Value,
) -> PyResult<Called> {
    // SAFETY: as `call`.
    unsafe {
        let this = std::slice::from_ref(reg(regs, b));
        if let Some(f) = getter.payload::<Function>()
            && f.code.borrow_unchecked::<Code>().kind == CodeKind::Plain
        {
            th.check_signals()?;
            push_bound(th, getter, f, this, &[], Resume::Register, a, 2)?;
            super::consume(regs, b);
            return Ok(Called::Pushed);
        }
        let v = th.call(getter, this)?;
        super::consume(regs, b);
        put(regs, a, v);
        Ok(Called::Done)
    }
}

/// The instruction `CallKw`.
///
/// # Safety
/// As `call`; `names` is a tuple of strings.
pub(super) unsafe fn call_kw(
    th: &Thread,
    regs: *mut Value,
    a: u16,
    b: u16,
    c: u16,
    with_self: bool,
    names: &Value,
) -> PyResult<Called> {
    // SAFETY: as `call`.
    unsafe {
        let first = if with_self { b + 1 } else { b + 2 };
        let n = c as usize + usize::from(with_self);
        let args = std::slice::from_raw_parts(regs.add(first as usize), n);
        if !with_self {
            put(regs, b + 1, Value::UNBOUND);
        }
        let callable = &*regs.add(b as usize);
        if let Some(f) = callable.payload::<Function>() {
            let f: *const Function = f;
            return call_python(th, &*f, regs, a, b, c, args, tuple_slice(names), 2);
        }
        let v = th.call_args(callable, &CallArgs { args, names: tuple_slice(names) })?;
        native_done(th, regs, a, b, c, v)
    }
}

/// The instruction `CallEx`.
///
/// # Safety
/// As `call`.
pub(super) unsafe fn call_ex(th: &Thread, regs: *mut Value, a: u16, b: u16, c: u16) -> PyResult<Called> {
    // SAFETY: as `call`.
    unsafe {
        let callable = (*regs.add(b as usize)).clone();
        let positional = take(regs, b + 2).into_owned();
        let keywords = if c != 0 { take(regs, b + 3).into_owned() } else { Value::UNBOUND };
        let positional = super::ops::positional_arguments(th, &callable, positional)?;
        let mut args: smallvec::SmallVec<[Value; 8]> = tuple_slice(&positional).iter().cloned().collect();
        let mut names: smallvec::SmallVec<[Value; 8]> = smallvec::SmallVec::new();
        if let Some(dict) = as_dict(&keywords) {
            for (key, value) in dict.items(th) {
                if key.as_str().is_none() {
                    return Err(th.type_error("keywords must be strings"));
                }
                names.push(key);
                args.push(value);
            }
        }
        if let Some(f) = callable.payload::<Function>() {
            th.check_signals()?;
            let code: &Code = f.code.borrow_unchecked::<Code>();
            if code.kind == CodeKind::Plain {
                push_bound(th, &callable, f, &args, &names, Resume::Register, a, 1)?;
                drop(take(regs, b));
                return Ok(Called::Pushed);
            }
        }
        let v = th.call_args(&callable, &CallArgs { args: &args, names: &names })?;
        drop(take(regs, b));
        put(regs, a, v);
        th.check_signals()?;
        Ok(Called::Done)
    }
}

/// Lays the arguments of a Python function out in its window.
///
/// # Errors
/// TypeError, as CPython's `initialize_locals`.
pub(super) fn bind(
    th: &Thread,
    f: &Function,
    code: &Code,
    args: &[Value],
    names: &[Value],
    window: &mut [Value],
) -> PyResult<()> {
    let given = args.len() - names.len();
    let argcount = code.argcount;
    let kwonly = code.kwonlyargcount;
    let total = argcount + kwonly;
    let has_varargs = code.flags & flags::VARARGS != 0;
    let has_varkw = code.flags & flags::VARKEYWORDS != 0;
    for (slot, arg) in window.iter_mut().zip(args).take(given.min(argcount)) {
        *slot = arg.clone();
    }
    if has_varargs {
        let rest = if given > argcount { args[argcount..given].to_vec() } else { Vec::new() };
        window[total] = th.tuple(rest);
    }
    let extra = if has_varkw { Some(th.dict()) } else { None };
    let keyword_values = &args[given..];
    for (name, value) in names.iter().zip(keyword_values) {
        bind_keyword(th, f, code, names, (name, value), window, extra.as_ref())?;
    }
    if let Some(extra) = extra {
        window[total + usize::from(has_varargs)] = extra;
    }
    if given > argcount && !has_varargs {
        return Err(super::ops::too_many_positional(th, f, code, given, window));
    }
    if given < argcount {
        let defaults = f.defaults.get(th);
        let defaults = tuple_slice(&defaults);
        let first_default = argcount.saturating_sub(defaults.len());
        let missing: Vec<usize> = (given..first_default).filter(|i| window[*i].is_unbound()).collect();
        if !missing.is_empty() {
            return Err(super::ops::missing_arguments(th, f, code, &missing, "positional"));
        }
        let skip = defaults.len().saturating_sub(argcount);
        for i in given.max(first_default)..argcount {
            if window[i].is_unbound() {
                window[i] = defaults[skip + i - first_default].clone();
            }
        }
    }
    if kwonly > 0 {
        let kwdefaults = f.kwdefaults.get(th);
        let mut missing = Vec::new();
        for i in argcount..total {
            if window[i].is_unbound() {
                let default = match as_dict(&kwdefaults) {
                    Some(d) => d.get(th, &code.varnames()[i])?,
                    None => None,
                };
                match default {
                    Some(v) => window[i] = v,
                    None => missing.push(i),
                }
            }
        }
        if !missing.is_empty() {
            return Err(super::ops::missing_arguments(th, f, code, &missing, "keyword-only"));
        }
    }
    Ok(())
}

fn bind_keyword(
    th: &Thread,
    f: &Function,
    code: &Code,
    given: &[Value],
    (name, value): (&Value, &Value),
    window: &mut [Value],
    extra: Option<&Value>,
) -> PyResult<()> {
    let total = code.argcount + code.kwonlyargcount;
    let posonly = usize::from(code.unit().posonlyargcount);
    if name.as_str().is_none() {
        return Err(th.type_error(format!("{}() keywords must be strings", super::ops::qualname(th, f))));
    }
    let params = &code.varnames()[..total];
    let mut found = params.iter().skip(posonly).position(|p| p.is(name)).map(|i| i + posonly);
    if found.is_none() {
        for (i, p) in params.iter().enumerate().skip(posonly) {
            if th.eq(p, name)? {
                found = Some(i);
                break;
            }
        }
    }
    match found {
        Some(i) => {
            if !window[i].is_unbound() {
                return Err(th.type_error(format!(
                    "{}() got multiple values for argument '{}'",
                    super::ops::qualname(th, f),
                    super::ops::text(name)
                )));
            }
            window[i] = value.clone();
            Ok(())
        }
        None => match extra.and_then(as_dict) {
            Some(dict) => dict.set(th, name, value),
            None => Err(super::ops::unexpected_keyword(th, f, code, given, name)),
        },
    }
}

/// An error that is set already.
pub(super) const fn raised() -> Raised {
    Raised::set_in_thread()
}
