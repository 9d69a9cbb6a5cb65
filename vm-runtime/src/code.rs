//! Code objects: compiled code made ready to run. Constants are thawed, names interned, instruction words and inline caches
//! laid out for the interpreter. Shared by all threads; only cache words change.
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::value_ext::ValueExt;
use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use vm_compiler::{CodeUnit, Const, flags};
use vm_core::object::layout::Visitor;
use vm_core::{Value, payload, refcount};

/// How a call of a function with this code runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    /// Runs to its end.
    Plain,
    /// Makes a generator.
    Generator,
    /// Makes a coroutine.
    Coroutine,
    /// Makes an async generator.
    AsyncGenerator,
}

/// The payload of code objects.
pub struct Code {
    /// What the compiler made.
    pub unit: Arc<CodeUnit>,
    /// Instruction words; extension words of kind `cache` are the runtime's.
    pub words: Box<[AtomicU64]>,
    /// Constants.
    pub consts: Box<[Value]>,
    /// Interned names.
    pub names: Box<[Value]>,
    /// Interned names of parameters and locals.
    pub varnames: Box<[Value]>,
    /// Kind of frame.
    pub kind: CodeKind,
    /// Positional parameters.
    pub argcount: usize,
    /// Registers of a window.
    pub nregs: usize,
    /// Locals, cells and free variables: where temporaries begin.
    pub ntotal: usize,
    /// Only positional parameters, no `*args`, no `**kwargs`.
    pub simple: bool,
    /// The instrumented copy, if a frame of this code was ever traced.
    pub(crate) shadow: OnceLock<crate::interp::shadow::Shadow>,
    /// The events of this code that tools of `sys.monitoring` asked for.
    pub(crate) monitored: crate::native::monitoring::EventSets,
    /// `co_filename` as it is now (`replace`, imports may change it).
    pub filename: Value,
}
payload!(Code, "code", traverse = Code::traverse);

impl Drop for Code {
    fn drop(&mut self) {
        // Another VM's thread, or none, drops code only when the whole VM goes.
        if let Some(th) = Thread::current() {
            let held = th.vm().sites.lock().forget(&self.words);
            drop(held);
            if let Some(shadow) = self.shadow.get() {
                let held = th.vm().sites.lock().forget(&shadow.words);
                drop(held);
            }
        }
    }
}

impl Code {
    fn traverse(&self, visit: Visitor<'_>) {
        self.consts.iter().for_each(visit);
    }

    /// Address of the first instruction to run, behind the entry word (R0 (bytecode)).
    #[inline(always)]
    #[must_use]
    pub fn start(&self) -> *const AtomicU64 {
        self.words.as_ptr().wrapping_add(1)
    }

    /// Index of the instruction at an address in `words` or in the instrumented copy.
    #[inline]
    #[must_use]
    pub fn index_of(&self, pc: *const AtomicU64) -> usize {
        let index = (pc.addr().wrapping_sub(self.words.as_ptr().addr())) / 8;
        if index < self.words.len() {
            return index;
        }
        self.shadow.get().and_then(|s| s.index_of(pc)).unwrap_or(index)
    }

    /// The line of the instruction at this index; 0 where there is none.
    #[must_use]
    pub fn line_at(&self, index: usize) -> u32 {
        self.unit.positions.at(index).map_or(0, |p| p.line)
    }

    /// Name of a local, cell or free variable by register.
    #[must_use]
    pub fn register_name(&self, reg: usize) -> &str {
        self.unit.register_name(reg as u16).unwrap_or("?")
    }

    /// Makes a code object of what the compiler made.
    ///
    /// # Errors
    /// MemoryError.
    pub fn thaw(th: &Thread, unit: &Arc<CodeUnit>) -> PyResult<Value> {
        let consts = unit.consts.iter().map(|c| constant(th, c)).collect::<PyResult<Vec<_>>>()?;
        let names: Box<[Value]> = unit.names.iter().map(|n| th.intern(n)).collect();
        let varnames: Box<[Value]> = unit.varnames.iter().map(|n| th.intern(n)).collect();
        let kind = if unit.flags & flags::ASYNC_GENERATOR != 0 {
            CodeKind::AsyncGenerator
        } else if unit.flags & flags::COROUTINE != 0 {
            CodeKind::Coroutine
        } else if unit.flags & flags::GENERATOR != 0 {
            CodeKind::Generator
        } else {
            CodeKind::Plain
        };
        let cells = unit.cellvars.iter().map(|c| usize::from(c.reg) + 1).max().unwrap_or(0);
        let free =
            if unit.freevars.is_empty() { 0 } else { usize::from(unit.first_free_reg) + unit.freevars.len() };
        let code = Code {
            words: unit.code.iter().map(|w| AtomicU64::new(*w)).collect(),
            consts: consts.into(),
            names,
            varnames,
            kind,
            argcount: usize::from(unit.argcount),
            nregs: usize::from(unit.nregs),
            ntotal: usize::from(unit.nlocals).max(cells).max(free),
            simple: unit.kwonlyargcount == 0 && unit.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0,
            filename: th.intern(&unit.filename),
            shadow: OnceLock::new(),
            monitored: crate::native::monitoring::EventSets::default(),
            unit: unit.clone(),
        };
        let value = th.new_object(th.types().code, code);
        if let Some(h) = value.header() {
            refcount::make_deferred(h);
        }
        Ok(value)
    }

    /// Whether the function must be given a fresh generator-like object when called.
    #[inline(always)]
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.kind == CodeKind::Plain
    }
}

/// A constant as a value. Strings that look like names are interned, as CPython does.
fn constant(th: &Thread, c: &Const) -> PyResult<Value> {
    Ok(match c {
        Const::None => Value::NONE,
        Const::True => Value::TRUE,
        Const::False => Value::FALSE,
        Const::Ellipsis => Value::ELLIPSIS,
        Const::Int(i) => shared(th.int(*i)),
        Const::BigInt(b) => shared(th.int_from(b.clone())),
        Const::Float(x) => shared(th.float(*x)),
        Const::Complex { re, im } => shared(th.complex(*re, *im)),
        Const::Str(s) => {
            let is_name = s.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            if is_name && s.len() < 4096 { th.intern_wtf8(s) } else { shared(th.str_wtf8(s)) }
        }
        Const::Bytes(b) => shared(th.bytes(b)),
        Const::Tuple(items) => {
            shared(th.tuple(items.iter().map(|i| constant(th, i)).collect::<PyResult<Vec<_>>>()?))
        }
        Const::FrozenSet(items) => {
            let items = items.iter().map(|i| constant(th, i)).collect::<PyResult<Vec<_>>>()?;
            shared(frozenset(th, &items)?)
        }
        Const::Slice(parts) => {
            let [a, b, c] = &**parts;
            shared(th.slice(constant(th, a)?, constant(th, b)?, constant(th, c)?))
        }
        Const::Code(unit) => Code::thaw(th, &Arc::new((**unit).clone()))?,
    })
}

/// A frozenset of these items.
///
/// # Errors
/// TypeError for an unhashable item.
pub fn frozenset(th: &Thread, items: &[Value]) -> PyResult<Value> {
    let set = crate::types::set::Set::new();
    for item in items {
        set.add(th, item)?;
    }
    Ok(th.new_object(th.types().frozenset, set))
}

/// Constants are read by all threads: their counts are deferred, so that reading one writes nothing.
fn shared(v: Value) -> Value {
    if let Some(h) = v.header() {
        refcount::make_deferred(h);
    }
    v
}

/// Where `LoadGlobal` found a name.
#[derive(Clone, Copy)]
pub enum GlobalCache {
    /// In the globals, at this entry.
    Globals(usize),
    /// In the builtins, at this entry, while the globals have this version of keys.
    Builtins(usize, u32),
}

impl GlobalCache {
    /// The cache in a word; None if it is empty.
    #[inline(always)]
    #[must_use]
    pub fn load(word: &AtomicU64) -> Option<GlobalCache> {
        // Relaxed: the word is self-contained, and what it leads to is checked.
        let w = word.load(Ordering::Relaxed);
        match w & 3 {
            1 => Some(GlobalCache::Globals((w >> 2 & 0x3fff_ffff) as usize)),
            2 => Some(GlobalCache::Builtins((w >> 2 & 0x3fff_ffff) as usize, (w >> 32) as u32)),
            _ => None,
        }
    }

    /// Fills the cache.
    pub fn store(self, word: &AtomicU64) {
        let w = match self {
            GlobalCache::Globals(i) if i < 1 << 30 => (i as u64) << 2 | 1,
            GlobalCache::Builtins(i, version) if i < 1 << 30 => {
                u64::from(version) << 32 | (i as u64) << 2 | 2
            }
            _ => 0,
        };
        word.store(w, Ordering::Relaxed);
    }
}

/// The dict behind a value known to be one.
#[inline(always)]
pub(crate) fn as_dict(v: &Value) -> Option<&Dict> {
    v.payload::<Dict>()
}

/// Lazily computed per-code data.
pub type Lazy<T> = OnceCell<T>;
