//! `bytearray`: mutable bytes in a `ByteStore`.
use crate::buffer::{Buffer, ByteStore};
use crate::prelude::*;
use crate::types::bytes_methods::{self as common, *};
use crate::types::slice::Slice;
use crate::types::str::percent;
use crate::types::subscript::{Range, slice_bounds};

/// Payload of `bytearray`.
pub struct ByteArray {
    store: ByteStore,
}
payload!(ByteArray, "bytearray");

impl ByteArray {
    /// The bytes.
    #[must_use]
    pub fn store(&self) -> &ByteStore {
        &self.store
    }

    /// A copy of the bytes.
    #[must_use]
    pub fn to_vec(&self, th: &Thread) -> Vec<u8> {
        self.store.read(th, <[u8]>::to_vec)
    }
}

/// A `bytearray` of these bytes.
#[must_use]
pub fn from_vec(th: &Thread, content: Vec<u8>) -> Value {
    th.new_object(th.types().bytearray, ByteArray { store: ByteStore::new(content) })
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a ByteArray> {
    th.expect::<ByteArray>(v, "bytearray")
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs<'_>) -> PyResult<Value> {
    Ok(th.new_object(cls, ByteArray { store: ByteStore::new(Vec::new()) }))
}

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    let [source, encoding, errors] = args else {
        return Err(th.system_error("bytearray() takes three arguments"));
    };
    let array = this(th, v)?;
    array.store.try_resize(th, Vec::clear)?;
    let content = common::content(th, source, encoding, errors, "bytearray")?;
    array.store.try_resize(th, |old| *old = content)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let content = this(th, v)?.to_vec(th);
    let mut quoted = crate::types::str::escape::repr_bytes(&content, "b");
    // Unlike the repr of bytes, this one escapes single quotes between double ones too.
    if quoted.starts_with("b\"") {
        quoted = quoted.replace('\'', "\\'");
    }
    let name = v.type_name(th).to_string();
    let name = name.rsplit('.').next().unwrap_or("bytearray");
    Ok(th.str(&format!("{name}({quoted})")))
}

fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    if th.bytes_warning() > 0 {
        th.warn_bytes("str() on a bytearray instance")?;
    }
    repr(th, v)
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.store.len(th))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if !th.has_buffer(a) || !th.has_buffer(b) {
        common::warn_if_text(th, a, b, op)?;
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match (th.bytes_like(a), th.bytes_like(b)) {
        (Ok(x), Ok(y)) => Ok(Value::bool(op.of((*x).cmp(&*y)))),
        _ => {
            th.clear_error();
            Ok(Value::NOT_IMPLEMENTED)
        }
    }
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if !th.has_buffer(a) || !th.has_buffer(b) {
        let (left, right) = (a.type_name(th), b.type_name(th));
        return Err(th.type_error(format!("can't concat {right} to {left}")));
    }
    let (x, y) = (th.bytes_like(a)?, th.bytes_like(b)?);
    let mut out = Vec::new();
    out.try_reserve(x.len().saturating_add(y.len())).map_err(|_| th.memory_error())?;
    out.extend_from_slice(&x);
    out.extend_from_slice(&y);
    Ok(from_vec(th, out))
}

fn grow(th: &Thread, array: &ByteArray, more: &[u8]) -> PyResult<()> {
    if more.is_empty() {
        return Ok(());
    }
    let fits = array.store.try_resize(th, |bytes| {
        bytes.try_reserve(more.len()).map(|()| bytes.extend_from_slice(more)).is_ok()
    })?;
    if fits { Ok(()) } else { Err(th.memory_error()) }
}

fn inplace_concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if !th.has_buffer(b) {
        let (left, right) = (a.type_name(th), b.type_name(th));
        return Err(th.type_error(format!("can't concat {right} to {left}")));
    }
    let more = th.bytes_like(b)?;
    grow(th, this(th, a)?, &more)?;
    Ok(a.clone())
}

fn repeated(th: &Thread, content: &[u8], times: i64) -> PyResult<Vec<u8>> {
    let times = usize::try_from(times).unwrap_or(0);
    let Some(total) = content.len().checked_mul(times) else { return Err(th.memory_error()) };
    let mut out = Vec::new();
    out.try_reserve_exact(total).map_err(|_| th.memory_error())?;
    if let [byte] = content {
        out.resize(total, *byte);
    } else {
        (0..times).for_each(|_| out.extend_from_slice(content));
    }
    Ok(out)
}

fn repeat(th: &Thread, v: &Value, times: i64) -> PyResult<Value> {
    let content = this(th, v)?.to_vec(th);
    Ok(from_vec(th, repeated(th, &content, times)?))
}

fn inplace_repeat(th: &Thread, v: &Value, times: i64) -> PyResult<Value> {
    let array = this(th, v)?;
    if times != 1 {
        let content = array.to_vec(th);
        let content = repeated(th, &content, times)?;
        array.store.try_resize(th, |old| *old = content)?;
    }
    Ok(v.clone())
}

fn item(th: &Thread, v: &Value, at: i64) -> PyResult<Value> {
    let byte =
        usize::try_from(at).ok().and_then(|at| this(th, v).ok()?.store.read(th, |b| b.get(at).copied()));
    match byte {
        Some(byte) => Ok(th.int(i64::from(byte))),
        None => Err(th.index_error("bytearray index out of range")),
    }
}

/// A position, counted from the end if negative.
fn wrapped(at: i64, len: usize) -> Option<usize> {
    usize::try_from(if at < 0 { at + len as i64 } else { at }).ok().filter(|at| *at < len)
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let array = this(th, v)?;
    if th.is_index(key) {
        let at = th.index_or_index_error(key)?;
        let byte = array.store.read(th, |b| wrapped(at, b.len()).and_then(|at| b.get(at).copied()));
        return match byte {
            Some(byte) => Ok(th.int(i64::from(byte))),
            None => Err(th.index_error("bytearray index out of range")),
        };
    }
    let Some(slice) = key.payload::<Slice>() else {
        return Err(
            th.type_error(format!("bytearray indices must be integers or slices, not {}", key.type_name(th)))
        );
    };
    let bounds = slice_bounds(th, slice)?;
    let picked = array.store.read(th, |b| {
        let Range { start, step, count, .. } = bounds.fit(b.len());
        common::pick(b, start, step, count)
    });
    Ok(from_vec(th, picked))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let array = this(th, v)?;
    if th.is_index(key) {
        let at = th.index_or_index_error(key)?;
        let out_of_range = || th.index_error("bytearray index out of range");
        return match value {
            None => array
                .store
                .try_resize(th, |b| wrapped(at, b.len()).map(|at| b.remove(at)))?
                .map(drop)
                .ok_or_else(out_of_range),
            Some(value) => {
                let byte = common::byte_of(th, value)?;
                let set = array.store.write(th, |b| {
                    wrapped(at, b.len()).and_then(|at| b.get_mut(at)).map(|place| *place = byte)
                });
                set.ok_or_else(out_of_range)
            }
        };
    }
    let Some(slice) = key.payload::<Slice>() else {
        return Err(
            th.type_error(format!("bytearray indices must be integers or slices, not {}", key.type_name(th)))
        );
    };
    let content = match value {
        None => Vec::new(),
        Some(value) => slice_source(th, value)?,
    };
    let bounds = slice_bounds(th, slice)?;
    let len = array.store.len(th);
    let Range { start: first, step: step_, count, .. } = bounds.fit(len);
    if step_ == 1 {
        let fits = |b: &mut Vec<u8>| {
            let Range { start: first, count, .. } = bounds.fit(b.len());
            let first = (first.max(0) as usize).min(b.len());
            let end = (first + count).min(b.len());
            b.splice(first..end, content.iter().copied());
        };
        if content.len() == count {
            // The same length: allowed while the bytes are lent.
            array.store.write(th, |b| {
                let first = first.max(0) as usize;
                if let Some(place) = b.get_mut(first..first + content.len()) {
                    place.copy_from_slice(&content);
                }
            });
            return Ok(());
        }
        return array.store.try_resize(th, fits);
    }
    if value.is_none() {
        if count == 0 {
            return Ok(());
        }
        return array.store.try_resize(th, |b| {
            let Range { start: first, step, count, .. } = bounds.fit(b.len());
            let gone: std::collections::HashSet<i64> = (0..count as i64).map(|i| first + i * step).collect();
            let mut at = -1;
            b.retain(|_| {
                at += 1;
                !gone.contains(&at)
            });
        });
    }
    if content.len() != count {
        return Err(th.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {count}",
            content.len()
        )));
    }
    array.store.write(th, |b| {
        for (i, byte) in content.iter().enumerate() {
            let at = usize::try_from(first + i as i64 * step_).ok();
            if let Some(place) = at.and_then(|at| b.get_mut(at)) {
                *place = *byte;
            }
        }
    });
    Ok(())
}

fn slice_source(th: &Thread, value: &Value) -> PyResult<Vec<u8>> {
    if th.has_buffer(value) {
        return Ok(th.bytes_like(value)?.to_vec());
    }
    if value.as_str().is_some() || th.is_index(value) || !th.is_iterable(value) {
        return Err(th.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
    }
    common::from_iterable(th, value, "bytearray", "byte must be in range(0, 256)")
}

fn modulo(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    match a.payload::<ByteArray>() {
        None => Ok(Value::NOT_IMPLEMENTED),
        Some(format) => Ok(from_vec(th, percent::format_bytes(th, &format.to_vec(th), b)?)),
    }
}

fn release_export(v: &Value) {
    if let Some(array) = v.payload::<ByteArray>() {
        array.store.release();
    }
}

fn buffer(th: &Thread, v: &Value, _flags: u32) -> PyResult<Buffer> {
    this(th, v)?.store.export(th, v, false, 1, "B", release_export)
}

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(common::iter::new(th, v, true))
}

fn append(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let byte = common::byte_of(th, &args[0])?;
    grow(th, this(th, v)?, &[byte])?;
    Ok(Value::NONE)
}

fn extend(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let source = &args[0];
    let more = if th.has_buffer(source) {
        th.bytes_like(source)?.to_vec()
    } else if source.as_str().is_some() {
        return Err(th.type_error("expected iterable of integers; got: 'str'"));
    } else if !th.is_iterable(source) {
        return Err(th.type_error(format!("can't extend bytearray with {}", source.type_name(th))));
    } else {
        common::from_iterable(th, source, "bytearray", "byte must be in range(0, 256)")?
    };
    grow(th, array, &more)?;
    Ok(Value::NONE)
}

fn insert(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let at = th.index_i64(&args[0])?;
    let byte = common::byte_of(th, &args[1])?;
    this(th, v)?.store.try_resize(th, |b| {
        let len = b.len() as i64;
        let at = if at < 0 { (at + len).max(0) } else { at.min(len) };
        b.insert(at as usize, byte);
    })?;
    Ok(Value::NONE)
}

fn pop(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let at = if args[0].is_unbound() { -1 } else { th.index_i64(&args[0])? };
    let store = &this(th, v)?.store;
    if store.is_empty(th) {
        return Err(th.index_error("pop from empty bytearray"));
    }
    let popped = store.read(th, |b| wrapped(at, b.len()).is_some());
    if !popped {
        return Err(th.index_error("pop index out of range"));
    }
    let byte = store.try_resize(th, |b| wrapped(at, b.len()).map(|at| b.remove(at)))?;
    byte.map(|b| th.int(i64::from(b))).ok_or_else(|| th.index_error("pop index out of range"))
}

fn remove(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let byte = common::byte_of(th, &args[0])?;
    let store = &this(th, v)?.store;
    if !store.read(th, |b| b.contains(&byte)) {
        return Err(th.value_error("value not found in bytearray"));
    }
    store.try_resize(th, |b| b.iter().position(|x| *x == byte).map(|at| b.remove(at)))?;
    Ok(Value::NONE)
}

fn reverse(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    this(th, v)?.store.write(th, <[u8]>::reverse);
    Ok(Value::NONE)
}

fn clear(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    this(th, v)?.store.try_resize(th, |b| *b = Vec::new())?;
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(from_vec(th, this(th, v)?.to_vec(th)))
}

fn resize(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let size = th.index_i64(&args[0])?;
    let Ok(size) = usize::try_from(size) else {
        return Err(th.value_error(format!("bytearray.resize(): new size must be >= 0, got {size}")));
    };
    let done = this(th, v)?.store.try_resize(th, |b| {
        b.try_reserve(size.saturating_sub(b.len())).map(|()| b.resize(size, 0)).is_ok()
    })?;
    if done { Ok(Value::NONE) } else { Err(th.memory_error()) }
}

fn alloc(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(
        this(th, v)?.store.resize(th, |b| b.capacity() + 1).unwrap_or_else(|| len(th, v).unwrap_or(0) + 1),
    ))
}

fn sizeof(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(57 + len(th, v)?))
}

fn reduce_with(th: &Thread, v: &Value, protocol: i64) -> PyResult<Value> {
    let content = this(th, v)?.to_vec(th);
    let state = match th.get_attr_opt(v, &th.intern("__dict__"))? {
        Some(state) => state,
        None => Value::NONE,
    };
    let args = if protocol < 3 {
        let text: rustpython_wtf8::Wtf8Buf =
            content.iter().map(|b| rustpython_wtf8::CodePoint::from(*b)).collect();
        if content.is_empty() { vec![] } else { vec![th.try_str(&text)?, th.str("latin-1")] }
    } else if content.is_empty() {
        vec![]
    } else {
        vec![th.try_bytes(&content)?]
    };
    Ok(th.tuple(vec![v.type_of(th).value(), th.tuple(args), state]))
}

fn reduce(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    reduce_with(th, v, 2)
}

fn reduce_ex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let protocol = if args[0].is_unbound() { 0 } else { th.index_i64(&args[0])? };
    reduce_with(th, v, protocol)
}

/// The type `bytearray`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bytearray",
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array",
    flags: BASETYPE,
    new_sig: "(source=b'', encoding=None, errors=None)",
    slots: &[
        Slot::NewRaw(new),
        Slot::Init(init),
        Slot::Repr(repr),
        Slot::Str(str),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SetItem(setitem),
        Slot::SqItem(item),
        Slot::Contains(common::contains),
        Slot::Concat(concat),
        Slot::InplaceConcat(inplace_concat),
        Slot::Repeat(repeat),
        Slot::InplaceRepeat(inplace_repeat),
        Slot::Binary(BinaryOp::Mod, modulo),
        Slot::Buffer(buffer),
    ],
    methods: &[
        m(
            "__release_buffer__",
            "(buffer, /)",
            crate::buffer::python::native_release_buffer,
            "Release the buffer object that exposes the underlying memory of the object.",
        ),
        m("__alloc__", "()", alloc, ""),
        m("__reduce__", "()", reduce, "Return state information for pickling."),
        m("__reduce_ex__", "(proto=0, /)", reduce_ex, "Return state information for pickling."),
        m("__sizeof__", "()", sizeof, "Returns the size of the bytearray object in memory, in bytes."),
        m("append", "(item, /)", append, "Append a single item to the end of the bytearray."),
        m("capitalize", "()", capitalize, ""),
        m("center", "(width, fillchar=b' ', /)", center, "Return a centered string of length width."),
        m("clear", "()", clear, "Remove all items from the bytearray."),
        m("copy", "()", copy, "Return a copy of B."),
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
            "Decode the bytearray using the codec registered for encoding.",
        ),
        m(
            "endswith",
            "(suffix, start=None, end=None, /)",
            endswith,
            "Return True if the bytearray ends with the specified suffix, False otherwise.",
        ),
        m(
            "expandtabs",
            "(tabsize=8)",
            expandtabs,
            "Return a copy where all tab characters are expanded using spaces.",
        ),
        m(
            "extend",
            "(iterable_of_ints, /)",
            extend,
            "Append all the items from the iterator or sequence to the end of the bytearray.",
        ),
        m(
            "find",
            "(sub, start=None, end=None, /)",
            find,
            "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].",
        ),
        cm(
            "fromhex",
            "(string, /)",
            fromhex,
            "Create a bytearray object from a string of hexadecimal numbers.",
        ),
        m(
            "hex",
            "(sep=None, bytes_per_sep=1)",
            hex,
            "Create a string of hexadecimal numbers from a bytearray object.",
        ),
        m(
            "index",
            "(sub, start=None, end=None, /)",
            index,
            "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].",
        ),
        m(
            "insert",
            "(index, item, /)",
            insert,
            "Insert a single item into the bytearray before the given index.",
        ),
        m("isalnum", "()", isalnum, ""),
        m("isalpha", "()", isalpha, ""),
        m("isascii", "()", isascii, ""),
        m("isdigit", "()", isdigit, ""),
        m("islower", "()", islower, ""),
        m("isspace", "()", isspace, ""),
        m("istitle", "()", istitle, ""),
        m("isupper", "()", isupper, ""),
        m("join", "(iterable_of_bytes, /)", join, "Concatenate any number of bytes/bytearray objects."),
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
            "Partition the bytearray into three parts using the given separator.",
        ),
        m("pop", "(index=-1, /)", pop, "Remove and return a single item from B."),
        m("remove", "(value, /)", remove, "Remove the first occurrence of a value in the bytearray."),
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
            "Return a bytearray with the given prefix string removed if present.",
        ),
        m(
            "removesuffix",
            "(suffix, /)",
            removesuffix,
            "Return a bytearray with the given suffix string removed if present.",
        ),
        m("resize", "(size, /)", resize, "Resize the internal buffer of bytearray to len."),
        m("reverse", "()", reverse, "Reverse the order of the values in B in place."),
        m(
            "rfind",
            "(sub, start=None, end=None, /)",
            rfind,
            "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].",
        ),
        m(
            "rindex",
            "(sub, start=None, end=None, /)",
            rindex,
            "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].",
        ),
        m("rjust", "(width, fillchar=b' ', /)", rjust, "Return a right-justified string of length width."),
        m(
            "rpartition",
            "(sep, /)",
            rpartition,
            "Partition the bytearray into three parts using the given separator.",
        ),
        m(
            "rsplit",
            "(sep=None, maxsplit=-1)",
            rsplit,
            "Return a list of the sections in the bytearray, using sep as the delimiter.",
        ),
        m("rstrip", "(bytes=None, /)", rstrip, "Strip trailing bytes contained in the argument."),
        m(
            "split",
            "(sep=None, maxsplit=-1)",
            split,
            "Return a list of the sections in the bytearray, using sep as the delimiter.",
        ),
        m(
            "splitlines",
            "(keepends=False)",
            splitlines,
            "Return a list of the lines in the bytearray, breaking at line boundaries.",
        ),
        m(
            "startswith",
            "(prefix, start=None, end=None, /)",
            startswith,
            "Return True if the bytearray starts with the specified prefix, False otherwise.",
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
    ..TypeSpec::of::<ByteArray>()
};
