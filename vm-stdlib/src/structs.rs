//! `_struct`: values to and from packed binary data.
pub mod layout;

use crate::module_error::ModuleError;
use layout::Layout;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vm_runtime::buffer::BytesLike;
use vm_runtime::prelude::*;
use vm_runtime::types::bytes::Bytes;

/// `struct.error`.
pub static ERROR: ModuleError =
    ModuleError { key: "struct.error", module: "struct", name: "error", base: |th| th.types().exc.exception };

/// A compiled format.
#[derive(Clone)]
struct Compiled {
    layout: Arc<Layout>,
    format: Arc<str>,
}

/// `Struct`.
pub struct Struct {
    compiled: ObjCell<Option<Compiled>>,
}
payload!(Struct, "_struct.Struct");

/// What `iter_unpack` gives.
pub struct UnpackIterator {
    layout: Arc<Layout>,
    source: Value,
    bytes: BytesLike,
    position: AtomicUsize,
}
payload!(UnpackIterator, "_struct.unpack_iterator", traverse = UnpackIterator::traverse);

impl UnpackIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.source);
    }
}

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

fn compile(th: &Thread, format: &Value) -> PyResult<Compiled> {
    let text = if let Some(text) = format.as_str() {
        let text = text.as_wtf8();
        if let Some((at, _)) = text.code_points().enumerate().find(|(_, c)| !c.is_ascii()) {
            return Err(th.unicode_encode_error(
                "ascii",
                format.clone(),
                at,
                at + 1,
                "ordinal not in range(128)",
            ));
        }
        text.as_bytes().to_vec()
    } else if let Some(bytes) = format.payload::<Bytes>() {
        bytes.as_slice().to_vec()
    } else {
        return Err(th.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            format.type_of(th).full_name()
        )));
    };
    let layout = Layout::parse(th, &text)?;
    Ok(Compiled { layout: Arc::new(layout), format: String::from_utf8_lossy(&text).into() })
}

fn compiled(th: &Thread, v: &Value) -> PyResult<Compiled> {
    let this = th.expect::<Struct>(v, "a Struct object")?;
    this.compiled.with(th, |c| c.clone()).ok_or_else(|| th.runtime_error("Struct object is not initialized"))
}

fn check_count(th: &Thread, layout: &Layout, name: &str, given: usize) -> PyResult<()> {
    if given == layout.count {
        return Ok(());
    }
    Err(ERROR.raise(th, format!("{name} expected {} items for packing (got {given})", layout.count)))
}

fn pack_with(th: &Thread, layout: &Layout, values: &[Value]) -> PyResult<Value> {
    check_count(th, layout, "pack", values.len())?;
    Ok(th.bytes(&layout.pack(th, values)?))
}

/// Where `size` bytes at `offset` begin in a buffer of `len` bytes.
fn place(th: &Thread, offset: i64, size: usize, len: usize, packing: bool) -> PyResult<usize> {
    let (function, doing, short) = if packing {
        ("pack_into", "packing", "no space to pack")
    } else {
        ("unpack_from", "unpacking", "not enough data to unpack")
    };
    if offset < 0 {
        let back = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        if back < size {
            return Err(ERROR.raise(th, format!("{short} {size} bytes at offset {offset}")));
        }
        return len
            .checked_sub(back)
            .ok_or_else(|| ERROR.raise(th, format!("offset {offset} out of range for {len}-byte buffer")));
    }
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    if len < at || len - at < size {
        let needed = size as u128 + at as u128;
        return Err(ERROR.raise(
            th,
            format!(
                "{function} requires a buffer of at least {needed} bytes for {doing} {size} bytes at offset {offset} \
                 (actual buffer size is {len})"
            ),
        ));
    }
    Ok(at)
}

fn pack_into_with(th: &Thread, layout: &Layout, args: &[Value]) -> PyResult<Value> {
    let [target, offset, values @ ..] = args else {
        let missing = if args.is_empty() { "buffer" } else { "offset" };
        return Err(ERROR.raise(th, format!("pack_into expected {missing} argument")));
    };
    check_count(th, layout, "pack_into", values.len())?;
    let buffer = th.writable_buffer(target, "argument")?;
    let offset = th.index_i64(offset)?;
    let at = place(th, offset, layout.size, buffer.len(), true)?;
    let bytes = layout.pack(th, values)?;
    if !buffer.write(at, &bytes) {
        return Err(th.buffer_error("the buffer cannot be written to"));
    }
    Ok(Value::NONE)
}

fn unpack_with(th: &Thread, layout: &Layout, source: &Value) -> PyResult<Value> {
    let bytes = th.bytes_like(source)?;
    if bytes.len() != layout.size {
        return Err(ERROR.raise(th, format!("unpack requires a buffer of {} bytes", layout.size)));
    }
    layout.unpack(th, &bytes)
}

fn unpack_from_with(th: &Thread, layout: &Layout, source: &Value, offset: &Value) -> PyResult<Value> {
    let bytes = th.bytes_like(source)?;
    let offset = if offset.is_unbound() { 0 } else { th.index_i64(offset)? };
    let at = place(th, offset, layout.size, bytes.len(), false)?;
    layout.unpack(th, bytes.get(at..at + layout.size).unwrap_or_default())
}

fn iter_with(th: &Thread, layout: Arc<Layout>, source: &Value) -> PyResult<Value> {
    let bytes = th.bytes_like(source)?;
    if layout.size == 0 {
        return Err(ERROR.raise(th, "cannot iteratively unpack with a struct of length 0"));
    }
    if bytes.len() % layout.size != 0 {
        return Err(ERROR.raise(
            th,
            format!("iterative unpacking requires a buffer of a multiple of {} bytes", layout.size),
        ));
    }
    let iterator = UnpackIterator { layout, source: source.clone(), bytes, position: AtomicUsize::new(0) };
    Ok(th.new_object(th.type_for::<UnpackIterator>(), iterator))
}

fn pack(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let Some((format, values)) = args.split_first() else {
        return Err(th.type_error("missing format argument"));
    };
    pack_with(th, &compile(th, format)?.layout, values)
}

fn pack_into(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let Some((format, rest)) = args.split_first() else {
        return Err(th.type_error("missing format argument"));
    };
    pack_into_with(th, &compile(th, format)?.layout, rest)
}

fn unpack(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    unpack_with(th, &compile(th, arg(args, 0))?.layout, arg(args, 1))
}

fn unpack_from(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    unpack_from_with(th, &compile(th, arg(args, 0))?.layout, arg(args, 1), arg(args, 2))
}

fn iter_unpack(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    iter_with(th, compile(th, arg(args, 0))?.layout, arg(args, 1))
}

fn calcsize(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(compile(th, arg(args, 0))?.layout.size))
}

/// Formats are not cached: parsing one costs about as much as looking it up.
fn clearcache(_th: &Thread, _m: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::NONE)
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let _ = args;
    Ok(th.new_object(cls, Struct { compiled: ObjCell::new(None) }))
}

fn init(th: &Thread, v: &Value, args: &[Value]) -> PyResult<()> {
    let made = compile(th, arg(args, 0))?;
    let this = th.expect::<Struct>(v, "a Struct object")?;
    this.compiled.with(th, |c| *c = Some(made));
    Ok(())
}

fn struct_pack(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    pack_with(th, &compiled(th, v)?.layout, args)
}

fn struct_pack_into(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    pack_into_with(th, &compiled(th, v)?.layout, args)
}

fn struct_unpack(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    unpack_with(th, &compiled(th, v)?.layout, arg(args, 0))
}

fn struct_unpack_from(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    unpack_from_with(th, &compiled(th, v)?.layout, arg(args, 0), arg(args, 1))
}

fn struct_iter_unpack(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    iter_with(th, compiled(th, v)?.layout, arg(args, 0))
}

fn struct_sizeof(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(56 + 32 * (compiled(th, v)?.layout.items.len() + 1)))
}

fn struct_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let format = th.repr_string(&th.str(&compiled(th, v)?.format))?;
    Ok(th.str(&format!("{}({format})", v.type_of(th).name())))
}

fn get_format(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&compiled(th, v)?.format))
}

fn get_size(th: &Thread, v: &Value) -> PyResult<Value> {
    let this = th.expect::<Struct>(v, "a Struct object")?;
    // -1: it is not initialised.
    let size = this.compiled.with(th, |c| c.as_ref().map(|c| c.layout.size));
    Ok(size.map_or(th.int(-1), |size| th.usize(size)))
}

fn iterator_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

fn iterator_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<UnpackIterator>(v, "an unpack_iterator")?;
    let size = this.layout.size;
    // Relaxed: threads that share the iterator take items apart; the order between them is theirs.
    let at = this.position.fetch_add(size, Ordering::Relaxed);
    match at.checked_add(size).and_then(|end| this.bytes.get(at..end)) {
        Some(raw) => this.layout.unpack(th, raw).map(Some),
        None => {
            this.position.store(this.bytes.len(), Ordering::Relaxed);
            Ok(None)
        }
    }
}

fn iterator_hint(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let this = th.expect::<UnpackIterator>(v, "an unpack_iterator")?;
    let left = this.bytes.len().saturating_sub(this.position.load(Ordering::Relaxed));
    Ok(th.usize(left / this.layout.size.max(1)))
}

/// `Struct`.
pub static STRUCT: TypeSpec = TypeSpec {
    name: "_struct.Struct",
    doc: "Struct(fmt) --> compiled struct object\n\n",
    flags: BASETYPE | WEAKREFS,
    new_sig: "(format)",
    slots: &[Slot::NewRaw(new), Slot::Init(init), Slot::Repr(struct_repr)],
    methods: &[
        m(
            "iter_unpack",
            "(buffer, /)",
            struct_iter_unpack,
            "Return an iterator yielding tuples.\n\nTuples are unpacked from the given bytes source, like a repeated\ninvocation of unpack_from().\n\nRequires that the bytes length be a multiple of the struct size.",
        ),
        m(
            "pack",
            "(*args)",
            struct_pack,
            "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed according\nto the format string S.format.  See help(struct) for more on format\nstrings.",
        ),
        m(
            "pack_into",
            "(*args)",
            struct_pack_into,
            "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string S.format\nand write the packed bytes into the writable buffer buf starting at\noffset.  Note that the offset is a required argument.  A negative\noffset counts from the end of the buffer.  See help(struct) for more\non format strings.",
        ),
        m(
            "unpack",
            "(buffer, /)",
            struct_unpack,
            "Return a tuple containing unpacked values.\n\nUnpack according to the format string Struct.format. The buffer's size\nin bytes must be Struct.size.\n\nSee help(struct) for more on format strings.",
        ),
        m(
            "unpack_from",
            "(buffer, offset=0)",
            struct_unpack_from,
            "Return a tuple containing unpacked values.\n\nValues are unpacked according to the format string Struct.format.\n\nThe buffer's size in bytes, starting at position offset, must be\nat least Struct.size.  A negative offset counts from the end of the\nbuffer.\n\nSee help(struct) for more on format strings.",
        ),
        m("__sizeof__", "()", struct_sizeof, "S.__sizeof__() -> size of S in memory, in bytes"),
    ],
    getset: &[
        gs("format", get_format, None, "struct format string"),
        gs("size", get_size, None, "struct size in bytes"),
    ],
    ..TypeSpec::of::<Struct>()
};

/// The iterator of `iter_unpack`.
pub static UNPACK_ITERATOR: TypeSpec = TypeSpec {
    name: "_struct.unpack_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(iterator_self), Slot::Next(iterator_next)],
    methods: &[m("__length_hint__", "()", iterator_hint, "")],
    ..TypeSpec::of::<UnpackIterator>()
};

fn module_init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "error", ERROR.class(th)?)
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct.\nThe format string (explained below) describes the layout of data\nin the C struct.\n\nThe optional first format char indicates byte order, size and alignment:\n  @: native order, size & alignment (default)\n  =: native order, std. size & alignment\n  <: little-endian, std. size & alignment\n  >: big-endian, std. size & alignment\n  !: same as >\n\nThe remaining characters indicate types of args and must match exactly;\nthese can be preceded by a decimal repeat count:\n  x: pad byte (no data); c: char; b: signed byte; B: unsigned byte;\n  ?: _Bool; h: short; H: unsigned short; i: int; I: unsigned int;\n  l: long; L: unsigned long; q: long long; Q: unsigned long long;\n  f: float; d: double; e: half-float;\n  F: float complex; D: double complex.\nSpecial cases (preceding decimal count indicates length):\n  s: byte string (array of char); p: Pascal string (with count byte).\nSpecial cases (only available in native format):\n  n: ssize_t; N: size_t;\n  P: an integer type that is wide enough to hold a pointer.\nWhitespace between formats is ignored.\n\nThe variable struct.error is an exception raised on errors.\n",
    functions: &[
        m("_clearcache", "()", clearcache, "Clear the internal cache."),
        m(
            "calcsize",
            "(format, /)",
            calcsize,
            "Return size in bytes of the struct described by the format string.",
        ),
        m(
            "iter_unpack",
            "(format, buffer, /)",
            iter_unpack,
            "Return an iterator yielding tuples unpacked from the given bytes.\n\nThe bytes are unpacked according to the format string, like\na repeated invocation of unpack_from().\n\nRequires that the bytes length be a multiple of the format struct size.",
        ),
        m(
            "pack",
            "(*args)",
            pack,
            "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed according\nto the format string.  See help(struct) for more on format strings.",
        ),
        m(
            "pack_into",
            "(*args)",
            pack_into,
            "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string and write\nthe packed bytes into the writable buffer buf starting at offset.  Note\nthat the offset is a required argument.  A negative offset counts from\nthe end of the buffer.  See help(struct) for more on format strings.",
        ),
        m(
            "unpack",
            "(format, buffer, /)",
            unpack,
            "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size in bytes must be calcsize(format).\n\nSee help(struct) for more on format strings.",
        ),
        m(
            "unpack_from",
            "(format, /, buffer, offset=0)",
            unpack_from,
            "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size, minus offset, must be at least calcsize(format).\nA negative offset counts from the end of the buffer.\n\nSee help(struct) for more on format strings.",
        ),
    ],
    types: &[&STRUCT],
    hidden_types: &[&UNPACK_ITERATOR],
    init: Some(module_init),
};
