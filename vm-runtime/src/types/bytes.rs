//! `bytes`: immutable, its content inline after the payload.
//!
//! # Rules
//!
//! R1 (bytes). The `len` bytes after the payload are initialised before the object is published, and never change.
use crate::buffer::{Buffer, Layout, request};
use crate::prelude::*;
use crate::types::bytes_methods::{self as common, *};
use crate::types::slice::Slice;
use crate::types::str::{hash_bytes, percent};
use crate::types::subscript::{Range, slice_bounds};
use vm_core::object::{Obj, layout};
use vm_core::sync::atomic::{AtomicI64, Ordering};

/// Payload of `bytes`.
pub struct Bytes {
    /// 0: not computed yet.
    hash: AtomicI64,
    len: usize,
}
payload!(Bytes, "bytes", trailing = Bytes::len);

impl Bytes {
    /// The content.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: R1 (bytes).
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.len) }
    }

    /// Number of bytes.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The hash, computed once.
    #[must_use]
    pub fn hash(&self) -> i64 {
        // Relaxed: every thread computes the same number.
        match self.hash.load(Ordering::Relaxed) {
            0 => {
                let hash = hash_bytes(self.as_slice());
                self.hash.store(hash, Ordering::Relaxed);
                hash
            }
            hash => hash,
        }
    }
}

/// A `bytes` object (or of a subclass) whose `len` bytes `fill` writes.
///
/// # Safety
/// `fill` initialises `len` bytes.
unsafe fn allocate(th: &Thread, ty: TypeRef, len: usize, fill: impl FnOnce(*mut u8)) -> PyResult<Value> {
    if len > (isize::MAX as usize) - 4096 {
        return Err(th.memory_error());
    }
    // SAFETY: `ty` is a live subtype of bytes; the block has room for the content behind the payload.
    unsafe {
        let payload = Bytes { hash: AtomicI64::new(0), len };
        let object = match layout::allocate::<Bytes>(ty.ptr(), payload, len, 0) {
            Ok(object) => object,
            Err(_) => return Err(th.memory_error()),
        };
        fill((&raw mut (*object.as_ptr().cast::<Obj<Bytes>>()).payload).add(1).cast());
        Ok(Value::from_owned_ptr(object))
    }
}

/// A `bytes` object of type `ty`.
///
/// # Errors
/// MemoryError.
pub fn new_bytes(th: &Thread, ty: TypeRef, content: &[u8]) -> PyResult<Value> {
    // SAFETY: the content is copied whole.
    unsafe {
        allocate(th, ty, content.len(), |to| {
            std::ptr::copy_nonoverlapping(content.as_ptr(), to, content.len())
        })
    }
}

impl Thread {
    /// A `bytes` object.
    #[must_use]
    pub fn bytes(&self, content: &[u8]) -> Value {
        match self.try_bytes(content) {
            Ok(value) => value,
            // The content itself is in memory, so this is the process at its very end.
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Bytes>()),
        }
    }

    /// A `bytes` object of content that may be too long for the memory.
    ///
    /// # Errors
    /// MemoryError.
    pub fn try_bytes(&self, content: &[u8]) -> PyResult<Value> {
        if content.len() <= 1
            && let Some(cached) = self.interner().short_bytes().get(self, content)
        {
            return Ok(cached);
        }
        new_bytes(self, self.types().bytes, content)
    }
}

/// The `bytes` objects of at most one byte.
pub struct ShortBytes([std::sync::OnceLock<Value>; 257]);

impl Default for ShortBytes {
    fn default() -> Self {
        ShortBytes(std::array::from_fn(|_| std::sync::OnceLock::new()))
    }
}

impl ShortBytes {
    pub(crate) fn get(&self, th: &Thread, content: &[u8]) -> Option<Value> {
        let at = content.first().map_or(256, |b| usize::from(*b));
        let slot = self.0.get(at)?;
        if let Some(value) = slot.get() {
            return Some(value.clone());
        }
        let value = new_bytes(th, th.types().bytes, content).ok()?;
        if let Some(header) = value.header() {
            vm_core::refcount::make_immortal(header);
        }
        Some(slot.get_or_init(|| value).clone())
    }
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Bytes> {
    th.expect::<Bytes>(v, "bytes")
}

/// `bytes(source=b'', encoding=..., errors=...)`.
fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [source, encoding, errors] = args else {
        return Err(th.system_error("bytes() takes three arguments"));
    };
    if cls == th.types().bytes && encoding.is_unbound() && errors.is_unbound() && th.is_exact(source, cls) {
        return Ok(source.clone());
    }
    if !source.is_unbound()
        && encoding.is_unbound()
        && errors.is_unbound()
        && let Some(method) = th.lookup_special(source, "__bytes__")?
    {
        let made = th.call(&method, &[])?;
        let Some(bytes) = made.payload::<Bytes>() else {
            return Err(th.type_error(format!("__bytes__ returned non-bytes (type {})", made.type_name(th))));
        };
        if cls == th.types().bytes {
            return Ok(made);
        }
        return new_bytes(th, cls, bytes.as_slice());
    }
    if source.is_small_int() && encoding.is_unbound() && errors.is_unbound() {
        let n = common::count_of(th, source)?;
        // SAFETY: every byte is written.
        return unsafe { allocate(th, cls, n, |to| std::ptr::write_bytes(to, 0, n)) };
    }
    let content = common::content(th, source, encoding, errors, "bytes")?;
    if cls == th.types().bytes { th.try_bytes(&content) } else { new_bytes(th, cls, &content) }
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&crate::types::str::escape::repr_bytes(this(th, v)?.as_slice(), "b")))
}

fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    if th.bytes_warning() > 0 {
        th.warn_bytes("str() on a bytes instance")?;
    }
    repr(th, v)
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(this(th, v)?.hash())
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    match (a.payload::<Bytes>(), b.payload::<Bytes>()) {
        (Some(x), Some(y)) => Ok(Value::bool(op.of(x.as_slice().cmp(y.as_slice())))),
        _ => common::warn_if_text(th, a, b, op).map(|()| Value::NOT_IMPLEMENTED),
    }
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if !th.has_buffer(a) || !th.has_buffer(b) {
        let (left, right) = (a.type_name(th), b.type_name(th));
        return Err(th.type_error(format!("can't concat {right} to {left}")));
    }
    let (x, y) = (th.bytes_like(a)?, th.bytes_like(b)?);
    if x.is_empty() && th.is_exact(b, th.types().bytes) {
        return Ok(b.clone());
    }
    if y.is_empty() && th.is_exact(a, th.types().bytes) {
        return Ok(a.clone());
    }
    let total = x.len().saturating_add(y.len());
    // SAFETY: the two fill the content.
    unsafe {
        allocate(th, th.types().bytes, total, |to| {
            std::ptr::copy_nonoverlapping(x.as_ptr(), to, x.len());
            std::ptr::copy_nonoverlapping(y.as_ptr(), to.add(x.len()), y.len());
        })
    }
}

fn repeat(th: &Thread, v: &Value, times: i64) -> PyResult<Value> {
    let from = this(th, v)?.as_slice();
    let times = usize::try_from(times).unwrap_or(0);
    if times == 1 && th.is_exact(v, th.types().bytes) {
        return Ok(v.clone());
    }
    let Some(total) = from.len().checked_mul(times).filter(|n| isize::try_from(*n).is_ok()) else {
        return Err(th.overflow_error("repeated bytes are too long"));
    };
    if total == 0 {
        return th.try_bytes(b"");
    }
    // SAFETY: the content is written from its beginning to its end.
    unsafe {
        allocate(th, th.types().bytes, total, |to| {
            if let [byte] = from {
                std::ptr::write_bytes(to, *byte, total);
                return;
            }
            std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len());
            let mut done = from.len();
            while done < total {
                let step = done.min(total - done);
                std::ptr::copy_nonoverlapping(to, to.add(done), step);
                done += step;
            }
        })
    }
}

fn item(th: &Thread, v: &Value, at: i64) -> PyResult<Value> {
    match usize::try_from(at).ok().and_then(|at| this(th, v).ok()?.as_slice().get(at)) {
        Some(byte) => Ok(th.int(i64::from(*byte))),
        None => Err(th.index_error("index out of range")),
    }
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let content = this(th, v)?.as_slice();
    if th.is_index(key) {
        let at = th.index_or_index_error(key)?;
        return item(th, v, if at < 0 { at + content.len() as i64 } else { at });
    }
    let Some(slice) = key.payload::<Slice>() else {
        return Err(
            th.type_error(format!("byte indices must be integers or slices, not {}", key.type_name(th)))
        );
    };
    let Range { start, step, count, .. } = slice_bounds(th, slice)?.fit(content.len());
    if step == 1 {
        if count == content.len() && th.is_exact(v, th.types().bytes) {
            return Ok(v.clone());
        }
        let start = start as usize;
        return th.try_bytes(content.get(start..start + count).unwrap_or_default());
    }
    th.try_bytes(&common::pick(content, start, step, count))
}

fn modulo(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    match a.payload::<Bytes>() {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some(format) => {
            let made = percent::format_bytes(th, format.as_slice(), b)?;
            th.try_bytes(&made)
        }
    }
}

fn buffer(th: &Thread, v: &Value, flags: u32) -> PyResult<Buffer> {
    let content = this(th, v)?.as_slice();
    if flags & request::WRITABLE != 0 {
        return Err(th.buffer_error("Object is not writable."));
    }
    // SAFETY: R1 (bytes), R1 (buffer): the content lives as long as the object, and is not written.
    Ok(unsafe {
        Buffer::new(v.clone(), content.as_ptr().cast_mut(), true, Layout::bytes(content.len()), None)
    })
}

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(common::iter::new(th, v, false))
}

fn getnewargs(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.tuple(vec![new_bytes(th, th.types().bytes, this(th, v)?.as_slice())?]))
}

fn bytes(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    if th.is_exact(v, th.types().bytes) { Ok(v.clone()) } else { th.try_bytes(this(th, v)?.as_slice()) }
}

/// The type `bytes`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bytes",
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object",
    flags: BASETYPE,
    new_sig: "(source=b'', encoding=None, errors=None)",
    slots: &[
        Slot::New(new),
        Slot::Repr(repr),
        Slot::Str(str),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Iter(iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SqItem(item),
        Slot::Contains(common::contains),
        Slot::Concat(concat),
        Slot::Repeat(repeat),
        Slot::Binary(BinaryOp::Mod, modulo),
        Slot::Buffer(buffer),
    ],
    methods: &[
        m("__getnewargs__", "()", getnewargs, ""),
        m("__bytes__", "()", bytes, "Convert this value to exact type bytes."),
        m("capitalize", "()", capitalize, ""),
        m("center", "(width, fillchar=b' ', /)", center, "Return a centered string of length width."),
        m(
            "count",
            "(sub, start=None, end=None, /)",
            count,
            "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].",
        ),
        m(
            "decode",
            "(encoding='utf-8', errors='strict')",
            decode,
            "Decode the bytes using the codec registered for encoding.",
        ),
        m(
            "endswith",
            "(suffix, start=None, end=None, /)",
            endswith,
            "Return True if the bytes ends with the specified suffix, False otherwise.",
        ),
        m(
            "expandtabs",
            "(tabsize=8)",
            expandtabs,
            "Return a copy where all tab characters are expanded using spaces.",
        ),
        m(
            "find",
            "(sub, start=None, end=None, /)",
            find,
            "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        ),
        cm("fromhex", "(string, /)", fromhex, "Create a bytes object from a string of hexadecimal numbers."),
        m(
            "hex",
            "(sep=None, bytes_per_sep=1)",
            hex,
            "Create a string of hexadecimal numbers from a bytes object.",
        ),
        m(
            "index",
            "(sub, start=None, end=None, /)",
            index,
            "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        ),
        m("isalnum", "()", isalnum, ""),
        m("isalpha", "()", isalpha, ""),
        m("isascii", "()", isascii, ""),
        m("isdigit", "()", isdigit, ""),
        m("islower", "()", islower, ""),
        m("isspace", "()", isspace, ""),
        m("istitle", "()", istitle, ""),
        m("isupper", "()", isupper, ""),
        m("join", "(iterable_of_bytes, /)", join, "Concatenate any number of bytes objects."),
        m("ljust", "(width, fillchar=b' ', /)", ljust, "Return a left-justified string of length width."),
        m("lower", "()", lower, ""),
        m("lstrip", "(bytes=None, /)", lstrip, "Strip leading bytes contained in the argument."),
        sm(
            "maketrans",
            "(frm, to, /)",
            maketrans,
            "Return a translation table usable for the bytes or bytearray translate method.",
        ),
        m(
            "partition",
            "(sep, /)",
            partition,
            "Partition the bytes into three parts using the given separator.",
        ),
        m(
            "replace",
            "(old, new, count=-1, /)",
            replace,
            "Return a copy with all occurrences of substring old replaced by new.",
        ),
        m(
            "removeprefix",
            "(prefix, /)",
            removeprefix,
            "Return a bytes object with the given prefix string removed if present.",
        ),
        m(
            "removesuffix",
            "(suffix, /)",
            removesuffix,
            "Return a bytes object with the given suffix string removed if present.",
        ),
        m(
            "rfind",
            "(sub, start=None, end=None, /)",
            rfind,
            "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        ),
        m(
            "rindex",
            "(sub, start=None, end=None, /)",
            rindex,
            "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        ),
        m("rjust", "(width, fillchar=b' ', /)", rjust, "Return a right-justified string of length width."),
        m(
            "rpartition",
            "(sep, /)",
            rpartition,
            "Partition the bytes into three parts using the given separator.",
        ),
        m(
            "rsplit",
            "(sep=None, maxsplit=-1)",
            rsplit,
            "Return a list of the sections in the bytes, using sep as the delimiter.",
        ),
        m("rstrip", "(bytes=None, /)", rstrip, "Strip trailing bytes contained in the argument."),
        m(
            "split",
            "(sep=None, maxsplit=-1)",
            split,
            "Return a list of the sections in the bytes, using sep as the delimiter.",
        ),
        m(
            "splitlines",
            "(keepends=False)",
            splitlines,
            "Return a list of the lines in the bytes, breaking at line boundaries.",
        ),
        m(
            "startswith",
            "(prefix, start=None, end=None, /)",
            startswith,
            "Return True if the bytes starts with the specified prefix, False otherwise.",
        ),
        m("strip", "(bytes=None, /)", strip, "Strip leading and trailing bytes contained in the argument."),
        m("swapcase", "()", swapcase, ""),
        m("title", "()", title, ""),
        m(
            "translate",
            "(table, /, delete=b'')",
            translate,
            "Return a copy with each character mapped by the given translation table.",
        ),
        m("upper", "()", upper, ""),
        m(
            "zfill",
            "(width, /)",
            zfill,
            "Pad a numeric string with zeros on the left, to fill a field of the given width.",
        ),
    ],
    variable: true,
    ..TypeSpec::of::<Bytes>()
};
