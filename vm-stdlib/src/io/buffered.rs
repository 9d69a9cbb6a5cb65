//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: one buffer over a raw stream.
//!
//! # Rules
//!
//! R1 (buffered). `state` is only locked while `lock` is held, so it never waits; `lock` is held across calls of the raw
//!     stream, which may be Python code. The same thread coming back is refused with RuntimeError.
//! R2 (buffered). In `State`, the buffer holds what the file has (or will have) from `abs_pos - raw_pos` on: `pos` is where
//!     the program is, `read_end` (-1: none) how far the data read reaches, `write_pos..write_end` (-1: none) what is to be
//!     written, `raw_pos` where the raw stream is.
mod ops;
mod pair;
mod state;

use super::fileio::FileIo;
use super::lock::{IoGuard, IoLock};
use super::{buffers, retry_interrupted, unsupported};
pub use ops::{read_everything, write_bytes};
pub use pair::SPEC as PAIR;
use parking_lot::{Mutex, MutexGuard};
use state::State;
pub use state::blocking_error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use vm_runtime::prelude::*;

/// What the three buffered streams share. Flags are relaxed: each is a setting of its own.
pub struct Buffered {
    raw: AtomicValue,
    ready: AtomicBool,
    detached: AtomicBool,
    readable: bool,
    writable: bool,
    finalizing: AtomicBool,
    buffer_size: AtomicUsize,
    lock: IoLock,
    state: Mutex<State>,
}

macro_rules! kinds {
    ($($payload:ident, $name:literal;)*) => {$(
        /// Payload of the class of that name.
        pub struct $payload(Buffered);
        payload!($payload, $name, traverse = |b: &$payload, visit| b.0.raw.traverse(visit), clear = |b: &$payload| drop(b.0.raw.take()));
    )*};
}
kinds! {
    BufferedReader, "BufferedReader";
    BufferedWriter, "BufferedWriter";
    BufferedRandom, "BufferedRandom";
}

/// The lock and the state, held together (R1).
pub struct Entered<'a> {
    // Dropped in this order: the state first.
    state: MutexGuard<'a, State>,
    _guard: IoGuard<'a>,
}

impl std::ops::Deref for Entered<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.state
    }
}

impl std::ops::DerefMut for Entered<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Buffered {
    fn new(readable: bool, writable: bool) -> Buffered {
        Buffered {
            raw: AtomicValue::empty(),
            ready: AtomicBool::new(false),
            detached: AtomicBool::new(false),
            readable,
            writable,
            finalizing: AtomicBool::new(false),
            buffer_size: AtomicUsize::new(0),
            lock: IoLock::new(),
            state: Mutex::new(State::new(readable, writable)),
        }
    }

    /// The raw stream; ValueError if detached or never initialised.
    pub fn raw(&self, th: &Thread) -> PyResult<Value> {
        if self.ready.load(Relaxed) {
            return Ok(self.raw.get(th));
        }
        Err(th.value_error(if self.detached.load(Relaxed) {
            "raw stream has been detached"
        } else {
            "I/O operation on uninitialized object"
        }))
    }

    /// Takes the lock (R1).
    fn enter(&self, th: &Thread, this: &Value) -> PyResult<Entered<'_>> {
        match self.lock.enter(th) {
            Some(guard) => Ok(Entered { state: self.state.lock(), _guard: guard }),
            None => {
                let shown = th.repr_string(this)?;
                Err(th.runtime_error(format!("reentrant call inside {shown}")))
            }
        }
    }

    /// Whether the raw stream is closed.
    pub fn is_closed(&self, th: &Thread) -> PyResult<bool> {
        let raw = self.raw(th)?;
        match exact_file(th, &raw) {
            Some(file) => Ok(file.is_closed()),
            None => super::base::is_closed(th, &raw),
        }
    }

    fn check_open(&self, th: &Thread, message: &str) -> PyResult<()> {
        if self.is_closed(th)? {
            return Err(th.value_error(message));
        }
        Ok(())
    }
}

/// The raw stream as a file of exactly our class: its methods can be called without Python in between.
fn exact_file<'a>(th: &Thread, raw: &'a Value) -> Option<&'a FileIo> {
    let file = raw.payload::<FileIo>()?;
    (raw.type_of(th) == th.type_for::<FileIo>()).then_some(file)
}

/// The shared part of any of the three.
pub fn core<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a Buffered> {
    find(this)
        .ok_or_else(|| th.type_error(format!("a buffered stream is required, not '{}'", this.type_name(th))))
}

/// Whether the object is of exactly one of the three classes.
pub fn is_exact(th: &Thread, this: &Value) -> bool {
    let kind = this.type_of(th);
    kind == th.type_for::<BufferedWriter>()
        || kind == th.type_for::<BufferedReader>()
        || kind == th.type_for::<BufferedRandom>()
}

/// The shared part, if the object is one of the three.
pub fn find(this: &Value) -> Option<&Buffered> {
    if let Some(it) = this.payload::<BufferedReader>() {
        return Some(&it.0);
    }
    if let Some(it) = this.payload::<BufferedWriter>() {
        return Some(&it.0);
    }
    this.payload::<BufferedRandom>().map(|it| &it.0)
}

const GETSET: &[GetSetDef] = &[
    gs("closed", ops::closed_get, None, ""),
    gs("name", ops::name_get, None, ""),
    gs("mode", ops::mode_get, None, ""),
    gs("raw", ops::raw_get, None, ""),
    gs("_finalizing", ops::finalizing_get, Some(ops::finalizing_set), ""),
];

pub static READER: TypeSpec = TypeSpec {
    name: "_io.BufferedReader",
    doc: "Create a new buffered reader using the given readable raw IO object.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::BUFFERED_IO_BASE),
    new_sig: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    slots: &[Slot::NewRaw(new_reader), Slot::Init(ops::init), Slot::Repr(ops::repr), Slot::Next(ops::next)],
    methods: &[
        m("detach", "()", ops::detach, ""),
        m("flush", "()", ops::simple_flush, ""),
        m("close", "()", ops::close, ""),
        m("seekable", "()", ops::seekable, ""),
        m("readable", "()", ops::readable, ""),
        m("fileno", "()", ops::fileno, ""),
        m("isatty", "()", ops::isatty, ""),
        m("_dealloc_warn", "(source, /)", ops::dealloc_warn, ""),
        m("read", "(size=-1, /)", ops::read, ""),
        m("peek", "(size=0, /)", ops::peek, ""),
        m("read1", "(size=-1, /)", ops::read1, ""),
        m("readinto", "(buffer, /)", ops::readinto, ""),
        m("readinto1", "(buffer, /)", ops::readinto1, ""),
        m("readline", "(size=-1, /)", ops::readline, ""),
        m("seek", "(target, whence=0, /)", ops::seek, ""),
        m("tell", "()", ops::tell, ""),
        m("truncate", "(pos=None, /)", ops::truncate, ""),
        m("__sizeof__", "()", ops::sizeof, ""),
        m("__getstate__", "()", super::cannot_pickle, ""),
        m("__reduce__", "()", super::cannot_pickle, ""),
        m("__reduce_ex__", "(protocol, /)", super::cannot_pickle, ""),
    ],
    getset: GETSET,
    ..TypeSpec::of::<BufferedReader>()
};

pub static WRITER: TypeSpec = TypeSpec {
    name: "_io.BufferedWriter",
    doc: "A buffer for a writeable sequential RawIO object.\n\nThe constructor creates a BufferedWriter for the given writeable raw\nstream. If the buffer_size is not given, it defaults to\nDEFAULT_BUFFER_SIZE.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::BUFFERED_IO_BASE),
    new_sig: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    slots: &[Slot::NewRaw(new_writer), Slot::Init(ops::init), Slot::Repr(ops::repr)],
    methods: &[
        m("close", "()", ops::close, ""),
        m("detach", "()", ops::detach, ""),
        m("seekable", "()", ops::seekable, ""),
        m("writable", "()", ops::writable, ""),
        m("fileno", "()", ops::fileno, ""),
        m("isatty", "()", ops::isatty, ""),
        m("_dealloc_warn", "(source, /)", ops::dealloc_warn, ""),
        m("write", "(buffer, /)", ops::write, ""),
        m("truncate", "(pos=None, /)", ops::truncate, ""),
        m("flush", "()", ops::flush, ""),
        m("seek", "(target, whence=0, /)", ops::seek, ""),
        m("tell", "()", ops::tell, ""),
        m("__sizeof__", "()", ops::sizeof, ""),
        m("__getstate__", "()", super::cannot_pickle, ""),
        m("__reduce__", "()", super::cannot_pickle, ""),
        m("__reduce_ex__", "(protocol, /)", super::cannot_pickle, ""),
    ],
    getset: GETSET,
    ..TypeSpec::of::<BufferedWriter>()
};

pub static RANDOM: TypeSpec = TypeSpec {
    name: "_io.BufferedRandom",
    doc: "A buffered interface to random access streams.\n\nThe constructor creates a reader and writer for a seekable stream,\nraw, given in the first argument. If the buffer_size is omitted it\ndefaults to DEFAULT_BUFFER_SIZE.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::BUFFERED_IO_BASE),
    new_sig: "(raw, buffer_size=DEFAULT_BUFFER_SIZE)",
    slots: &[Slot::NewRaw(new_random), Slot::Init(ops::init), Slot::Repr(ops::repr), Slot::Next(ops::next)],
    methods: &[
        m("close", "()", ops::close, ""),
        m("detach", "()", ops::detach, ""),
        m("seekable", "()", ops::seekable, ""),
        m("readable", "()", ops::readable, ""),
        m("writable", "()", ops::writable, ""),
        m("fileno", "()", ops::fileno, ""),
        m("isatty", "()", ops::isatty, ""),
        m("_dealloc_warn", "(source, /)", ops::dealloc_warn, ""),
        m("flush", "()", ops::flush, ""),
        m("seek", "(target, whence=0, /)", ops::seek, ""),
        m("tell", "()", ops::tell, ""),
        m("truncate", "(pos=None, /)", ops::truncate, ""),
        m("read", "(size=-1, /)", ops::read, ""),
        m("read1", "(size=-1, /)", ops::read1, ""),
        m("readinto", "(buffer, /)", ops::readinto, ""),
        m("readinto1", "(buffer, /)", ops::readinto1, ""),
        m("readline", "(size=-1, /)", ops::readline, ""),
        m("peek", "(size=0, /)", ops::peek, ""),
        m("write", "(buffer, /)", ops::write, ""),
        m("__sizeof__", "()", ops::sizeof, ""),
        m("__getstate__", "()", super::cannot_pickle, ""),
        m("__reduce__", "()", super::cannot_pickle, ""),
        m("__reduce_ex__", "(protocol, /)", super::cannot_pickle, ""),
    ],
    getset: GETSET,
    ..TypeSpec::of::<BufferedRandom>()
};

fn new_reader(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    th.make_object(cls, BufferedReader(Buffered::new(true, false)))
}

fn new_writer(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    th.make_object(cls, BufferedWriter(Buffered::new(false, true)))
}

fn new_random(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    th.make_object(cls, BufferedRandom(Buffered::new(true, true)))
}
