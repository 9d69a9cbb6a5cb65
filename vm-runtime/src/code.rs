//! Code objects: compiled code made ready to run. Constants are thawed, names interned, instruction words and inline caches
//! laid out for the interpreter. Shared by all threads; only cache words change.
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::value_ext::ValueExt;
use rustpython_wtf8::Wtf8Buf;
use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use vm_compiler::bytecode::frozen::Frozen;
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

impl CodeKind {
    fn of(flags: u32) -> CodeKind {
        if flags & flags::ASYNC_GENERATOR != 0 {
            CodeKind::AsyncGenerator
        } else if flags & flags::COROUTINE != 0 {
            CodeKind::Coroutine
        } else if flags & flags::GENERATOR != 0 {
            CodeKind::Generator
        } else {
            CodeKind::Plain
        }
    }
}

/// The payload of code objects. What a function object and a call's arguments need is there from the start; the [`Body`] of
/// code of the embedded library is made at the first call.
pub struct Code {
    source: Source,
    body: OnceLock<Body>,
    // What runs reads these without a look at `body`: they point into it, and every thread that asked for the body has
    // written them (see `Code::body`).
    words: AtomicPtr<AtomicU64>,
    consts: AtomicPtr<Value>,
    names: AtomicPtr<Value>,
    /// The body is there, and the parameters are positional ones only: a call need not bind its arguments.
    simple: AtomicBool,
    /// `co_name`.
    pub(crate) name: Value,
    /// `co_qualname`.
    pub(crate) qualname: Value,
    /// `co_flags`.
    pub flags: u32,
    /// Kind of frame.
    pub kind: CodeKind,
    /// Positional parameters.
    pub argcount: usize,
    /// Keyword-only parameters.
    pub kwonlyargcount: usize,
    /// Registers of a window.
    pub nregs: usize,
    /// Locals, cells and free variables: where temporaries begin.
    pub ntotal: usize,
    /// Free variables.
    pub nfree: usize,
    /// The instrumented copy, if a frame of this code was ever traced.
    pub(crate) shadow: OnceLock<crate::interp::shadow::Shadow>,
    /// The events of this code that tools of `sys.monitoring` asked for.
    pub(crate) monitored: crate::native::monitoring::EventSets,
    /// `co_filename` as it is now (`replace`, imports may change it).
    pub filename: Value,
}
payload!(Code, "code", traverse = Code::traverse);

/// Where code comes from.
enum Source {
    Unit(Arc<CodeUnit>),
    Frozen(Arc<Frozen>),
}

/// What running code needs.
pub struct Body {
    /// Instruction words; extension words of kind `cache` are the runtime's.
    pub words: Box<[AtomicU64]>,
    /// Constants.
    pub consts: Box<[Value]>,
    /// Interned names.
    pub names: Box<[Value]>,
    /// Interned names of parameters and locals.
    pub varnames: Box<[Value]>,
}

impl Drop for Code {
    fn drop(&mut self) {
        let Some(body) = self.body.get() else { return };
        // Another VM's thread, or none, drops code only when the whole VM goes.
        if let Some(th) = Thread::current() {
            let held = th.vm().sites.lock().forget(&body.words);
            drop(held);
            if let Some(shadow) = self.shadow.get() {
                let held = th.vm().sites.lock().forget(&shadow.words);
                drop(held);
            }
        }
    }
}

impl Body {
    fn thaw(th: &Thread, unit: &CodeUnit) -> PyResult<Body> {
        Ok(Body {
            words: unit.code.iter().map(|w| AtomicU64::new(*w)).collect(),
            consts: unit.consts.iter().map(|c| constant(th, c)).collect::<PyResult<Box<[_]>>>()?,
            names: unit.names.iter().map(|n| th.intern(n)).collect(),
            varnames: unit.varnames.iter().map(|n| th.intern(n)).collect(),
        })
    }
}

impl Code {
    fn traverse(&self, visit: Visitor<'_>) {
        if let Some(body) = self.body.get() {
            body.consts.iter().for_each(visit);
        }
    }

    /// What running this code needs, made now if it was not before. After this the code may run.
    ///
    /// # Errors
    /// MemoryError; SystemError for a damaged image.
    #[inline]
    pub fn body(&self, th: &Thread) -> PyResult<&Body> {
        if self.words.load(Ordering::Acquire).is_null() {
            return self.make_body(th);
        }
        match self.body.get() {
            Some(body) => Ok(body),
            None => self.make_body(th),
        }
    }

    #[cold]
    fn make_body(&self, th: &Thread) -> PyResult<&Body> {
        let body = match self.body.get() {
            Some(body) => body,
            None => {
                // Made outside of the cell: making it allocates, and a thread that waits for a cell cannot be stopped.
                let made = match &self.source {
                    Source::Unit(unit) => Body::thaw(th, unit)?,
                    Source::Frozen(frozen) => match frozen.unit() {
                        Ok(unit) => Body::thaw(th, unit)?,
                        Err(e) => return Err(th.system_error(e.to_string())),
                    },
                };
                self.body.get_or_init(|| made)
            }
        };
        // Every thread that comes here writes the same; the words last, because they say that the rest is there.
        self.consts.store(body.consts.as_ptr().cast_mut(), Ordering::Relaxed);
        self.names.store(body.names.as_ptr().cast_mut(), Ordering::Relaxed);
        self.words.store(body.words.as_ptr().cast_mut(), Ordering::Release);
        let simple = self.kwonlyargcount == 0 && self.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0;
        self.simple.store(simple, Ordering::Release);
        Ok(body)
    }

    /// The instruction words; none where the code has no body yet.
    #[must_use]
    pub fn words(&self) -> &[AtomicU64] {
        self.body.get().map_or(&[], |body| &body.words)
    }

    /// Interned names of parameters and locals; none where the code has no body yet.
    #[must_use]
    pub fn varnames(&self) -> &[Value] {
        self.body.get().map_or(&[], |body| &body.varnames)
    }

    /// Whether a call with `argcount` positional arguments and no others need not bind them. The code has its body then.
    #[inline(always)]
    #[must_use]
    pub fn is_simple(&self) -> bool {
        // Acquire: the pointers into the body were written before.
        self.simple.load(Ordering::Acquire)
    }

    /// A constant.
    ///
    /// # Safety
    /// The code has its body, and `index` is one of its constants'.
    #[inline(always)]
    pub(crate) unsafe fn konst(&self, index: usize) -> &Value {
        // SAFETY: the caller's promise. Relaxed: who has a frame of this code has seen its body.
        unsafe { &*self.consts.load(Ordering::Relaxed).add(index) }
    }

    /// An interned name.
    ///
    /// # Safety
    /// The code has its body, and `index` is one of its names'.
    #[inline(always)]
    pub(crate) unsafe fn name_at(&self, index: usize) -> &Value {
        // SAFETY: as `konst`.
        unsafe { &*self.names.load(Ordering::Relaxed).add(index) }
    }

    /// What the compiler made. (An embedded image that does not decode gives empty code; `body` says why.)
    #[must_use]
    pub fn unit(&self) -> &Arc<CodeUnit> {
        static EMPTY: LazyLock<Arc<CodeUnit>> = LazyLock::new(Arc::default);
        match &self.source {
            Source::Unit(unit) => unit,
            Source::Frozen(frozen) => frozen.unit().unwrap_or(&EMPTY),
        }
    }

    /// Address of the first instruction to run, behind the entry word (R0 (bytecode)); only of code that has its body.
    #[inline(always)]
    #[must_use]
    pub fn start(&self) -> *const AtomicU64 {
        self.head().wrapping_add(1)
    }

    /// Address of the entry word; only of code that has its body.
    #[inline(always)]
    #[must_use]
    pub fn head(&self) -> *const AtomicU64 {
        self.words.load(Ordering::Relaxed)
    }

    /// Index of the instruction at an address in `words` or in the instrumented copy.
    #[inline]
    #[must_use]
    pub fn index_of(&self, pc: *const AtomicU64) -> usize {
        let words = self.words();
        let index = (pc.addr().wrapping_sub(words.as_ptr().addr())) / 8;
        if index < words.len() {
            return index;
        }
        self.shadow.get().and_then(|s| s.index_of(pc)).unwrap_or(index)
    }

    /// The line of the instruction at this index; 0 where there is none.
    #[must_use]
    pub fn line_at(&self, index: usize) -> u32 {
        self.unit().positions.at(index).map_or(0, |p| p.line)
    }

    /// Name of a local, cell or free variable by register.
    #[must_use]
    pub fn register_name(&self, reg: usize) -> &str {
        self.unit().register_name(reg as u16).unwrap_or("?")
    }

    /// Makes a code object of what the compiler made.
    ///
    /// # Errors
    /// MemoryError.
    pub fn thaw(th: &Thread, unit: &Arc<CodeUnit>) -> PyResult<Value> {
        let code = Code::new(th, Source::Unit(unit.clone()));
        code.body(th)?;
        Ok(code.into_object(th))
    }

    fn new(th: &Thread, source: Source) -> Code {
        let (summary, name, qualname, filename) = match &source {
            Source::Unit(unit) => (unit.summary(), &*unit.name, &*unit.qualname, &*unit.filename),
            Source::Frozen(frozen) => (frozen.summary(), frozen.name(), frozen.qualname(), frozen.filename()),
        };
        let interned = th.intern(name);
        Code {
            body: OnceLock::new(),
            words: AtomicPtr::default(),
            consts: AtomicPtr::default(),
            names: AtomicPtr::default(),
            simple: AtomicBool::new(false),
            qualname: if name == qualname { interned.clone() } else { th.intern(qualname) },
            name: interned,
            flags: summary.flags,
            kind: CodeKind::of(summary.flags),
            argcount: usize::from(summary.argcount),
            kwonlyargcount: usize::from(summary.kwonlyargcount),
            nregs: usize::from(summary.nregs),
            ntotal: usize::from(summary.ntotal),
            nfree: usize::from(summary.nfree),
            shadow: OnceLock::new(),
            monitored: crate::native::monitoring::EventSets::default(),
            filename: th.intern(filename),
            source,
        }
    }

    fn into_object(self, th: &Thread) -> Value {
        let value = th.new_object(th.types().code, self);
        if let Some(h) = value.header() {
            refcount::make_deferred(h);
        }
        value
    }

    /// The docstring, or None.
    #[must_use]
    pub fn docstring(&self, th: &Thread) -> Value {
        let frozen = match &self.source {
            Source::Frozen(frozen) if self.body.get().is_none() => frozen,
            _ if self.unit().docstring().is_none() => return Value::NONE,
            _ => return self.body.get().and_then(|b| b.consts.first()).cloned().unwrap_or(Value::NONE),
        };
        match frozen.docstring().and_then(|text| Wtf8Buf::from_bytes(text.to_vec()).ok()) {
            Some(text) => shared(th.str_wtf8(&text)),
            None => Value::NONE,
        }
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
        Const::Code(unit) => Code::thaw(th, unit)?,
        // Stays frozen until it is called.
        Const::Frozen(frozen) => Code::new(th, Source::Frozen(frozen.clone())).into_object(th),
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
