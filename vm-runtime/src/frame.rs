//! Frames and register windows, in VM memory: a Python call uses no Rust stack.
//!
//! # Rules
//!
//! R1 (frame). Windows are words of the thread's `Stack` (or of a generator). Every word of a live window is a valid value;
//!     a word that was left by a dead window is never a counted reference.
//! R2 (frame). A frame is reached through `Thread::frame` and `prev` only, by its own thread or with the world stopped.
//! R3 (frame). A frame object made for a running frame points to it until the frame ends, and then takes its registers over.
use crate::code::Code;
use crate::types::dict::Dict;
use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};
use vm_compiler::bytecode::ops::Op;
use vm_core::Value;
use vm_core::object::Header;

/// What happens when a frame returns or yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Resume {
    /// `run` returns to Rust.
    Rust,
    /// The result goes to a register of the previous frame.
    Register,
    /// `__init__`: the result must be None; the instance is in `Frame::held` and goes to the register.
    Init,
    /// A generator's frame, resumed by `ForIter`: a yielded value goes to the register, the end jumps.
    ForIter,
    /// A generator's or coroutine's frame, resumed by `Send`.
    Send,
}

/// A running or suspended function.
#[repr(C)]
pub struct Frame {
    /// The instruction being executed.
    pub pc: Cell<*const AtomicU64>,
    /// The window.
    pub regs: Cell<*mut Value>,
    /// The code, kept alive by `function`.
    pub code: *const Code,
    /// The caller.
    pub prev: Cell<*mut Frame>,
    /// Globals, kept alive by `function`.
    pub globals: *const Dict,
    /// Builtins, kept alive by `function`.
    pub builtins: *const Dict,
    /// The function object: counted, or borrowed from the call window or a deferred object.
    pub function: Value,
    /// The locals mapping of module and class bodies; UNBOUND for functions.
    pub locals: Value,
    /// The frame object, if one was made; UNBOUND otherwise.
    pub object: Value,
    /// With `Resume::Init`, the instance.
    pub held: Value,
    /// The generator that owns the frame, or null.
    pub generator: *const Header,
    /// What happens at the end.
    pub resume: Cell<Resume>,
    /// The register of the previous frame for the result.
    pub dst: Cell<u16>,
    /// Words of the previous frame's instruction that called.
    pub skip: Cell<u8>,
    /// Where the register stack was before the call.
    pub saved_top: *mut Value,
    /// End of the previous chunk of registers, where this frame's window began a new chunk; else null.
    pub saved_limit: *mut Value,
    /// This frame began a new chunk of frames.
    pub first_in_chunk: bool,
    /// Whether trace events are wanted.
    pub traced: Cell<bool>,
}

/// The builtins of frames whose function has something other than a dict: nothing is found there, so that the general way
/// is gone, which asks the function.
#[cold]
pub(crate) fn no_builtins() -> *const Dict {
    static NOTHING: std::sync::LazyLock<Dict> = std::sync::LazyLock::new(Dict::new);
    &raw const *NOTHING
}

impl Frame {
    /// The code.
    #[inline(always)]
    #[must_use]
    pub fn code(&self) -> &Code {
        // SAFETY: `function` keeps the code object alive.
        unsafe { &*self.code }
    }

    /// The window.
    ///
    /// # Safety
    /// R2 (frame); no reference into the window is used across its change.
    #[inline]
    #[must_use]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn window(&self) -> &mut [Value] {
        // SAFETY: R1 (frame).
        unsafe { std::slice::from_raw_parts_mut(self.regs.get(), self.code().nregs) }
    }

    /// The words of the window that the frame may still use, where its instruction is a call that is going on: those above
    /// the call's arguments are leftovers.
    ///
    /// # Safety
    /// As `window`; `pc` is the call's.
    pub(crate) unsafe fn words_at_call(&self) -> &[Value] {
        // SAFETY: the caller's promise.
        let (window, word) = unsafe { (self.window(), (*self.pc.get()).load(Ordering::Relaxed)) };
        let (base, n) = ((word >> 32) as u16 as usize, (word >> 48) as u16 as usize);
        let op = word as u16;
        let end = if [Op::Call as u16, Op::CallFunction as u16, Op::CallKw as u16].contains(&op) {
            base + 2 + n
        } else if op == Op::CallEx as u16 {
            base + 4
        } else {
            return window;
        };
        window.get(..end.max(self.code().ntotal)).unwrap_or(window)
    }

    /// The current line.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.code().line_at(self.code().index_of(self.pc.get()))
    }
}

/// Words of the first chunk of registers, and frames of a chunk.
const FIRST: usize = 8 * 1024;
const FRAMES: usize = 256;

struct Chunk {
    start: *mut Value,
    words: usize,
}

/// A thread's memory for windows and frames: chunks, so that it grows as deep as memory allows and nothing moves.
pub struct Stack {
    /// First word after the last window.
    pub top: Cell<*mut Value>,
    /// End of the current chunk.
    pub limit: Cell<*mut Value>,
    chunks: RefCell<Vec<Chunk>>,
    current: Cell<usize>,
    frame_next: Cell<*mut Frame>,
    frame_limit: Cell<*mut Frame>,
    frame_chunks: RefCell<Vec<Box<[MaybeUninit<Frame>]>>>,
    frame_current: Cell<usize>,
}

impl Stack {
    pub(crate) fn new() -> Stack {
        let stack = Stack {
            top: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            chunks: RefCell::default(),
            current: Cell::new(0),
            frame_next: Cell::new(std::ptr::null_mut()),
            frame_limit: Cell::new(std::ptr::null_mut()),
            frame_chunks: RefCell::default(),
            frame_current: Cell::new(0),
        };
        if let Some(chunk) = new_chunk(FIRST) {
            stack.enter(&chunk);
            stack.chunks.borrow_mut().push(chunk);
        }
        let mut first: Box<[MaybeUninit<Frame>]> = Box::new_uninit_slice(FRAMES);
        stack.frame_next.set(first.as_mut_ptr().cast());
        stack.frame_limit.set(first.as_mut_ptr_range().end.cast());
        stack.frame_chunks.borrow_mut().push(first);
        stack
    }

    fn enter(&self, chunk: &Chunk) {
        self.top.set(chunk.start);
        // SAFETY: the end of the chunk.
        self.limit.set(unsafe { chunk.start.add(chunk.words) });
    }

    /// Whether a window of `words` from `at` on fits the current chunk.
    #[inline(always)]
    #[must_use]
    pub fn fits(&self, at: *mut Value, words: usize) -> bool {
        self.limit.get().addr().wrapping_sub(at.addr()) / 8 >= words && at.addr() <= self.limit.get().addr()
    }

    /// Goes to the next chunk, made large enough for `words`; its start, or None if there is no memory. `leave_chunk` undoes it.
    #[cold]
    pub(crate) fn next_chunk(&self, words: usize) -> Option<*mut Value> {
        let mut chunks = self.chunks.borrow_mut();
        let next = self.current.get() + 1;
        if chunks.get(next).is_some_and(|c| c.words < words) {
            chunks.drain(next..).for_each(|c| release(&c));
        }
        if chunks.len() == next {
            let size = chunks.last().map_or(FIRST, |c| (c.words * 2).min(1 << 20)).max(words);
            chunks.push(new_chunk(size)?);
        }
        self.current.set(next);
        self.enter(chunks.get(next)?);
        Some(self.top.get())
    }

    /// Back to the chunk before, whose end was `limit`.
    #[cold]
    pub(crate) fn leave_chunk(&self, limit: *mut Value) {
        self.current.set(self.current.get() - 1);
        self.limit.set(limit);
    }

    /// Memory for one more frame, and whether it begins a chunk; None if there is no memory.
    #[inline(always)]
    pub(crate) fn push_frame(&self) -> Option<(*mut Frame, bool)> {
        let frame = self.frame_next.get();
        if frame == self.frame_limit.get() {
            return self.push_frame_slow();
        }
        // SAFETY: within the chunk.
        self.frame_next.set(unsafe { frame.add(1) });
        Some((frame, false))
    }

    #[cold]
    fn push_frame_slow(&self) -> Option<(*mut Frame, bool)> {
        let mut chunks = self.frame_chunks.borrow_mut();
        let next = self.frame_current.get() + 1;
        if chunks.len() == next {
            chunks.push(Box::new_uninit_slice(FRAMES));
        }
        self.frame_current.set(next);
        let range = chunks.get_mut(next)?.as_mut_ptr_range();
        let first: *mut Frame = range.start.cast();
        // SAFETY: within the chunk.
        self.frame_next.set(unsafe { first.add(1) });
        self.frame_limit.set(range.end.cast());
        Some((first, true))
    }

    /// Gives the last frame's memory back.
    #[inline(always)]
    pub(crate) fn pop_frame(&self, frame: *mut Frame, first_in_chunk: bool) {
        if first_in_chunk {
            return self.pop_frame_slow();
        }
        self.frame_next.set(frame);
    }

    #[cold]
    fn pop_frame_slow(&self) {
        let previous = self.frame_current.get() - 1;
        self.frame_current.set(previous);
        if let Some(chunk) = self.frame_chunks.borrow_mut().get_mut(previous) {
            // The chunk before was full when this one was begun.
            let end: *mut Frame = chunk.as_mut_ptr_range().end.cast();
            self.frame_next.set(end);
            self.frame_limit.set(end);
        }
    }
}

fn new_chunk(words: usize) -> Option<Chunk> {
    let layout = std::alloc::Layout::array::<Value>(words).ok()?;
    // SAFETY: the layout has a size.
    let start = unsafe { std::alloc::alloc(layout) }.cast::<Value>();
    if start.is_null() { None } else { Some(Chunk { start, words }) }
}

fn release(chunk: &Chunk) {
    if let Ok(layout) = std::alloc::Layout::array::<Value>(chunk.words) {
        // SAFETY: allocated by `new_chunk` with this layout; no window is in it.
        unsafe { std::alloc::dealloc(chunk.start.cast(), layout) }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.chunks.borrow().iter().for_each(release);
    }
}
