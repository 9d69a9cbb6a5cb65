//! Indexing, comparing, and the methods of `memoryview`.
use super::items::{self, native, pack, unpack};
use super::{Held, MemoryView, from_object, release_view, slot_buffer};
use crate::buffer::{Layout, request};
use crate::prelude::*;
use crate::types::bytes_methods::hex::hex_with;
use crate::types::generic_alias::class_getitem as generic_alias;
use crate::types::slice::Slice;
use crate::types::str::arguments::type_or_none;
use crate::types::str::hash_bytes;
use crate::types::subscript::{Range, slice_bounds};
use vm_core::sync::atomic::{AtomicUsize, Ordering};

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<(&'a MemoryView, Held<'a>)> {
    let view = th.expect::<MemoryView>(v, "memoryview")?;
    Ok((view, view.hold(th)?))
}

/// The native format of a view.
fn format_of(th: &Thread, view: &MemoryView) -> PyResult<u8> {
    native(&view.layout.format).ok_or_else(|| {
        th.not_implemented_error(format!("memoryview: unsupported format {}", view.layout.format))
    })
}

fn new(th: &Thread, _cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    from_object(th, &args[0], request::FULL_RO)
}

fn from_flags(th: &Thread, _cls: &Value, args: &[Value]) -> PyResult<Value> {
    let flags = th.as_c_int(&args[1])?;
    from_object(th, &args[0], flags as u32)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let view = th.expect::<MemoryView>(v, "memoryview")?;
    let kind = if view.managed.is_empty() { "released memory" } else { "memory" };
    Ok(th.str(&format!("<{kind} at {:#x}>", v.identity())))
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let view = th.expect::<MemoryView>(v, "memoryview")?;
    // Relaxed: every thread computes the same number.
    let known = view.hash.load(Ordering::Relaxed);
    if known != 0 {
        return Ok(known);
    }
    let held = view.hold(th)?;
    if !view.readonly {
        return Err(th.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(native(&view.layout.format), Some(b'B' | b'b' | b'c')) {
        return Err(th.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if let Some(obj) = view.exporter(th) {
        let _busy = view.busy();
        th.hash(&obj)?;
    }
    let hash = hash_bytes(&held.to_vec());
    view.hash.store(hash, Ordering::Relaxed);
    Ok(hash)
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    let (view, _held) = this(th, v)?;
    match view.layout.shape.first() {
        Some(n) => Ok(*n),
        None => Err(th.type_error("0-dim memory has no length")),
    }
}

/// Byte offset of an index in a dimension.
fn offset(th: &Thread, view: &MemoryView, dimension: usize, at: i64) -> PyResult<isize> {
    let n = view.layout.shape.get(dimension).copied().unwrap_or(0);
    let wrapped = if at < 0 { at + n as i64 } else { at };
    match usize::try_from(wrapped) {
        Ok(at) if at < n => Ok(at as isize * view.layout.strides.get(dimension).copied().unwrap_or(0)),
        _ => Err(th.index_error(format!("index out of bounds on dimension {}", dimension + 1))),
    }
}

fn offset_of_tuple(th: &Thread, view: &MemoryView, key: &[Value]) -> PyResult<isize> {
    let ndim = view.layout.shape.len();
    if key.len() > ndim {
        let n = key.len();
        return Err(th.type_error(format!("cannot index {ndim}-dimension view with {n}-element tuple")));
    }
    let mut total = 0;
    for (dimension, index) in key.iter().enumerate() {
        total += offset(th, view, dimension, th.index_or_index_error(index)?)?;
    }
    Ok(total)
}

fn is_multi_index(th: &Thread, key: &Value) -> bool {
    key.payload::<Tuple>().is_some_and(|t| t.as_slice().iter().all(|i| th.is_index(i)))
}

fn is_multi_slice(key: &Value) -> bool {
    key.payload::<Tuple>().is_some_and(|t| {
        !t.as_slice().is_empty() && t.as_slice().iter().all(|i| i.payload::<Slice>().is_some())
    })
}

fn is_everything(key: &Value) -> bool {
    key.is_ellipsis() || key.payload::<Tuple>().is_some_and(|t| t.as_slice().is_empty())
}

fn sq_item(th: &Thread, v: &Value, at: i64) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    let format = format_of(th, view)?;
    match view.layout.shape.len() {
        0 => Err(th.type_error("invalid indexing of 0-dim memory")),
        1 => unpack(th, format, &held.item_at(offset(th, view, 0, at)?)),
        _ => Err(th.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

fn slice_layout(th: &Thread, view: &MemoryView, slice: &Slice) -> PyResult<(isize, Layout)> {
    let mut layout = view.layout.clone();
    let (Some(n), Some(stride)) = (layout.shape.first_mut(), layout.strides.first_mut()) else {
        return Err(th.type_error("invalid indexing of 0-dim memory"));
    };
    let Range { start, step, count, .. } = slice_bounds(th, slice)?.fit(*n);
    let at = if count == 0 { 0 } else { start as isize * *stride };
    *n = count;
    *stride = stride.saturating_mul(step as isize);
    Ok((at, layout))
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    if view.layout.shape.is_empty() {
        if key.payload::<Tuple>().is_some_and(|t| t.as_slice().is_empty()) {
            return unpack(th, format_of(th, view)?, &held.item_at(0));
        }
        if key.is_ellipsis() {
            return Ok(v.clone());
        }
        return Err(th.type_error("invalid indexing of 0-dim memory"));
    }
    if th.is_index(key) {
        return sq_item(th, v, th.index_or_index_error(key)?);
    }
    if let Some(slice) = key.payload::<Slice>() {
        let (at, layout) = slice_layout(th, view, slice)?;
        // SAFETY: a slice's items are items of the view.
        return Ok(unsafe { held.sub_view(th, view.ptr.offset(at), layout, view.readonly) });
    }
    if is_multi_index(th, key) {
        let key = key.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
        let format = format_of(th, view)?;
        if key.len() < view.layout.shape.len() {
            return Err(th.not_implemented_error("sub-views are not implemented"));
        }
        let at = offset_of_tuple(th, view, key)?;
        // The indexes may have run Python that released the view.
        return unpack(th, format, &view.hold(th)?.item_at(at));
    }
    if is_multi_slice(key) {
        return Err(th.not_implemented_error("multi-dimensional slicing is not implemented"));
    }
    Err(th.type_error("memoryview: invalid slice key"))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let (view, held) = this(th, v)?;
    let format = format_of(th, view)?;
    if view.readonly {
        return Err(th.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(th.type_error("cannot delete memory")) };
    let ndim = view.layout.shape.len();
    if ndim == 0 {
        if is_everything(key) {
            held.set_item_at(0, &pack(th, format, value)?);
            return Ok(());
        }
        return Err(th.type_error("invalid indexing of 0-dim memory"));
    }
    if th.is_index(key) {
        if ndim > 1 {
            return Err(th.not_implemented_error("sub-views are not implemented"));
        }
        let at = offset(th, view, 0, th.index_or_index_error(key)?)?;
        let item = pack(th, format, value)?;
        // Packing may have run Python that released the view.
        view.hold(th)?.set_item_at(at, &item);
        return Ok(());
    }
    if let Some(slice) = key.payload::<Slice>()
        && ndim == 1
    {
        if !th.has_buffer(value) {
            return Err(
                th.type_error(format!("a bytes-like object is required, not '{}'", value.type_name(th)))
            );
        }
        let source = th.buffer(value, request::FULL_RO)?;
        let (at, layout) = slice_layout(th, view, slice)?;
        let held = view.hold(th)?;
        let same_format =
            source.layout().format.trim_start_matches('@') == layout.format.trim_start_matches('@');
        if !same_format
            || source.layout().itemsize != layout.itemsize
            || source.layout().shape != layout.shape
        {
            return Err(th.value_error("memoryview assignment: lvalue and rvalue have different structures"));
        }
        let items = source.to_vec();
        for (item, offset) in items.chunks_exact(layout.itemsize.max(1)).zip(layout.offsets()) {
            held.set_item_at(at + offset, item);
        }
        return Ok(());
    }
    if is_multi_index(th, key) {
        let key = key.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default();
        if key.len() < ndim {
            return Err(th.not_implemented_error("sub-views are not implemented"));
        }
        let at = offset_of_tuple(th, view, key)?;
        let item = pack(th, format, value)?;
        view.hold(th)?.set_item_at(at, &item);
        return Ok(());
    }
    if key.payload::<Slice>().is_some() || is_multi_slice(key) {
        return Err(
            th.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1")
        );
    }
    Err(th.type_error("memoryview: invalid slice key"))
}

/// The items of a layout as values: through native formats, or module `struct`.
fn values(th: &Thread, layout: &Layout, content: &[u8]) -> PyResult<Option<Vec<Value>>> {
    let pieces = content.chunks_exact(layout.itemsize.max(1));
    if let Some(format) = native(&layout.format) {
        return pieces.map(|item| unpack(th, format, item)).collect::<PyResult<Vec<_>>>().map(Some);
    }
    let module = th.import("struct")?;
    let unpack_from = th.getattr_str(&module, "unpack_from")?;
    let format = th.str(&layout.format);
    let mut out = Vec::new();
    for item in pieces {
        match th.call(&unpack_from, &[format.clone(), th.try_bytes(item)?]) {
            Ok(value) => out.push(value),
            Err(_) => {
                th.clear_error();
                return Ok(None);
            }
        }
    }
    Ok(Some(out))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let answer = |equal: bool| Ok(Value::bool(equal == (op == CompareOp::Eq)));
    let view = th.expect::<MemoryView>(a, "memoryview")?;
    let Ok(held) = view.hold(th) else {
        th.clear_error();
        return answer(a.is(b));
    };
    if b.payload::<MemoryView>().is_some_and(|b| b.managed.is_empty()) {
        return answer(a.is(b));
    }
    if !th.has_buffer(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let other = match th.buffer(b, request::FULL_RO) {
        Ok(other) => other,
        Err(_) => {
            th.clear_error();
            return Ok(Value::NOT_IMPLEMENTED);
        }
    };
    if view.layout.shape != other.layout().shape {
        return answer(false);
    }
    let (x, y) = (held.to_vec(), other.to_vec());
    let (f, g) = (native(&view.layout.format), native(&other.layout().format));
    if f.is_some() && f == g && !matches!(f, Some(b'e' | b'f' | b'd' | b'?')) {
        return answer(x == y);
    }
    let (Some(x), Some(y)) = (values(th, &view.layout, &x)?, values(th, other.layout(), &y)?) else {
        return answer(false);
    };
    for (x, y) in x.iter().zip(&y) {
        // Not by identity: a NaN is not itself here.
        let equal = th.compare(x, y, CompareOp::Eq)?;
        if !th.truth(&equal)? {
            return answer(false);
        }
    }
    answer(true)
}

fn release(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    release_view(th, v)?;
    Ok(Value::NONE)
}

fn enter(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    this(th, v)?;
    Ok(v.clone())
}

fn tobytes(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    let order = if args[0].is_unbound() || args[0].is_none() {
        b'C'
    } else {
        match th.expect_str(&args[0], "tobytes() argument 'order'")?.as_bytes() {
            b"C" => b'C',
            b"F" => b'F',
            b"A" => b'A',
            _ => return Err(th.value_error("order must be 'C', 'F' or 'A'")),
        }
    };
    let fortran =
        order == b'F' || order == b'A' && view.layout.is_f_contiguous() && !view.layout.is_c_contiguous();
    if fortran && view.layout.shape.len() > 1 {
        let mut layout = view.layout.clone();
        layout.shape.reverse();
        layout.strides.reverse();
        return th.try_bytes(&crate::buffer::copy_out(view.ptr, &layout));
    }
    th.try_bytes(&held.to_vec())
}

fn hex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    let _busy = view.busy();
    hex_with(th, &held.to_vec(), args)
}

fn nested(
    th: &Thread,
    format: u8,
    held: &Held<'_>,
    layout: &Layout,
    dimension: usize,
    at: isize,
) -> PyResult<Value> {
    let (Some(n), Some(stride)) = (layout.shape.get(dimension), layout.strides.get(dimension)) else {
        return unpack(th, format, &held.item_at(at));
    };
    let items = (0..*n).map(|i| nested(th, format, held, layout, dimension + 1, at + i as isize * stride));
    Ok(th.list(items.collect::<PyResult<Vec<_>>>()?))
}

fn tolist(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    nested(th, format_of(th, view)?, &held, &view.layout, 0, 0)
}

fn toreadonly(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    // SAFETY: the same items.
    Ok(unsafe { held.sub_view(th, view.ptr, view.layout.clone(), true) })
}

fn shape_of(th: &Thread, v: &Value) -> PyResult<Vec<usize>> {
    let items = if let Some(tuple) = v.payload::<Tuple>() {
        tuple.as_slice().to_vec()
    } else if let Some(list) = v.payload::<List>() {
        list.to_vec(th)
    } else {
        return Err(th.type_error("shape must be a list or a tuple"));
    };
    if items.len() > 64 {
        return Err(th.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut shape = Vec::new();
    let mut product = 1usize;
    for item in &items {
        if !th.isinstance(item, th.types().int) {
            return Err(th.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        match usize::try_from(th.index_i64(item)?) {
            Ok(n) if n > 0 => {
                product = product
                    .checked_mul(n)
                    .ok_or_else(|| th.value_error("memoryview.cast(): product(shape) > SSIZE_MAX"))?;
                shape.push(n);
            }
            _ => return Err(th.value_error("memoryview.cast(): elements of shape must be integers > 0")),
        }
    }
    Ok(shape)
}

fn cast(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (view, held) = this(th, v)?;
    let Some(format) = args[0].as_str() else {
        let kind = type_or_none(th, &args[0]);
        return Err(th.type_error(format!("cast() argument 'format' must be str, not {kind}")));
    };
    if !view.layout.is_c_contiguous() {
        return Err(th.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let shape = if args[1].is_unbound() || args[1].is_none() { None } else { Some(&args[1]) };
    let old_ndim = view.layout.shape.len();
    if let Some(shape) = shape
        && old_ndim != 1
    {
        if shape.payload::<Tuple>().is_none() && shape.payload::<List>().is_none() {
            return Err(th.type_error("shape must be a list or a tuple"));
        }
        if th.length(shape)? != 1 {
            return Err(th.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
        }
    }
    if let Some(shape) = shape
        && shape.payload::<Tuple>().is_none()
        && shape.payload::<List>().is_none()
    {
        return Err(th.type_error("shape must be a list or a tuple"));
    }
    let text = format.to_string_lossy().into_owned();
    let Some(to) = native(&text) else {
        return Err(th.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let Some(from) = native(&view.layout.format) else {
        return Err(th.value_error(
            "memoryview: source format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let is_bytes = |c: u8| matches!(c, b'b' | b'B' | b'c');
    if !is_bytes(from) && !is_bytes(to) {
        return Err(th.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let size = view.layout.size();
    let itemsize = items::size(to).unwrap_or(1);
    if !size.is_multiple_of(itemsize) {
        return Err(th.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = match shape {
        None => vec![size / itemsize],
        Some(shape) => {
            let shape = shape_of(th, shape)?;
            if shape.iter().product::<usize>().checked_mul(itemsize) != Some(size) {
                return Err(th.type_error("memoryview: product(shape) * itemsize != buffer size"));
            }
            shape
        }
    };
    let strides = Layout::c_strides(&shape, itemsize);
    let layout = Layout { itemsize, format: text, shape, strides };
    // SAFETY: as many bytes as before, from the same place.
    Ok(unsafe { held.sub_view(th, view.ptr, layout, view.readonly) })
}

/// The values of a view of one dimension.
fn flat(th: &Thread, v: &Value) -> PyResult<Vec<Value>> {
    let (view, held) = this(th, v)?;
    if view.layout.shape.len() > 1 {
        return Err(th.not_implemented_error("multi-dimensional sub-views are not implemented"));
    }
    let format = format_of(th, view)?;
    if view.layout.shape.is_empty() {
        return Err(th.type_error("invalid indexing of 0-dim memory"));
    }
    view.layout.offsets().map(|at| unpack(th, format, &held.item_at(at))).collect()
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let mut n = 0;
    for item in flat(th, v)? {
        if th.eq(&item, &args[0])? {
            n += 1;
        }
    }
    Ok(th.int(n))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let items = flat(th, v)?;
    let n = items.len() as i64;
    let bound = |arg: &Value, missing: i64| -> PyResult<i64> {
        if arg.is_unbound() { Ok(missing) } else { crate::types::str::search::slice_index(th, arg) }
    };
    let fit = |at: i64| if at < 0 { (at + n).max(0) } else { at.min(n) } as usize;
    let (start, stop) = (fit(bound(&args[1], 0)?), fit(bound(&args[2], i64::MAX)?));
    for (i, item) in items.iter().enumerate().take(stop).skip(start) {
        if th.eq(item, &args[0])? {
            return Ok(th.usize(i));
        }
    }
    Err(th.value_error("memoryview.index(x): x not found"))
}

/// Payload of `memory_iterator`.
pub struct MemoryIterator {
    view: AtomicValue,
    at: AtomicUsize,
}
payload!(MemoryIterator, "memory_iterator", traverse = MemoryIterator::traverse);

impl MemoryIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.view.traverse(visit);
    }
}

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let (view, _held) = this(th, v)?;
    match view.layout.shape.len() {
        0 => return Err(th.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => return Err(th.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
    format_of(th, view)?;
    let iterator = MemoryIterator { view: AtomicValue::new(v.clone()), at: AtomicUsize::new(0) };
    Ok(th.new_object(th.type_for::<MemoryIterator>(), iterator))
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let iterator = th.expect::<MemoryIterator>(v, "memory_iterator")?;
    let view = iterator.view.get(th);
    let Some(inner) = view.payload::<MemoryView>() else { return Ok(None) };
    let held = inner.hold(th)?;
    // Relaxed: a shared iterator may repeat or skip.
    let at = iterator.at.fetch_add(1, Ordering::Relaxed);
    if inner.layout.shape.first().is_none_or(|n| at >= *n) {
        drop(iterator.view.take());
        return Ok(None);
    }
    let offset = at as isize * inner.layout.strides.first().copied().unwrap_or(0);
    unpack(th, format_of(th, inner)?, &held.item_at(offset)).map(Some)
}

/// The type `memory_iterator`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "memory_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(next)],
    ..TypeSpec::of::<MemoryIterator>()
};

fn numbers<T: Copy + TryInto<i64>>(th: &Thread, items: &[T]) -> Value {
    th.tuple(items.iter().map(|n| th.int((*n).try_into().unwrap_or(0))).collect())
}

macro_rules! getters {
    ($($name:ident($th:ident, $view:ident) $body:expr;)*) => {
        $(fn $name($th: &Thread, v: &Value) -> PyResult<Value> {
            let ($view, _held) = this($th, v)?;
            Ok($body)
        })*
    };
}
getters! {
    get_obj(th, view) view.exporter(th).unwrap_or(Value::NONE);
    get_nbytes(th, view) th.usize(view.layout.size());
    get_readonly(th, view) Value::bool(view.readonly);
    get_itemsize(th, view) th.usize(view.layout.itemsize);
    get_format(th, view) th.str(&view.layout.format);
    get_ndim(th, view) th.usize(view.layout.shape.len());
    get_shape(th, view) numbers(th, &view.layout.shape);
    get_strides(th, view) numbers(th, &view.layout.strides);
    get_suboffsets(th, _view) th.tuple(vec![]);
    get_c_contiguous(th, view) Value::bool(view.layout.is_c_contiguous());
    get_f_contiguous(th, view) Value::bool(view.layout.is_f_contiguous());
    get_contiguous(th, view) Value::bool(view.layout.is_c_contiguous() || view.layout.is_f_contiguous());
}

/// The type `memoryview`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "memoryview",
    doc: "Create a new memoryview object which references the given object.",
    flags: SEQUENCE | WEAKREFS,
    new_sig: "(object)",
    slots: &[
        Slot::New(new),
        Slot::Repr(repr),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Iter(iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SetItem(setitem),
        Slot::SqItem(sq_item),
        Slot::Buffer(slot_buffer),
    ],
    methods: &[
        m(
            "__release_buffer__",
            "(buffer, /)",
            crate::buffer::python::native_release_buffer,
            "Release the buffer object that exposes the underlying memory of the object.",
        ),
        m("release", "()", release, "Release the underlying buffer exposed by the memoryview object."),
        m("tobytes", "(order='C')", tobytes, "Return the data in the buffer as a byte string."),
        m(
            "hex",
            "(sep=None, bytes_per_sep=1)",
            hex,
            "Return the data in the buffer as a str of hexadecimal numbers.",
        ),
        m("tolist", "()", tolist, "Return the data in the buffer as a list of elements."),
        m("cast", "(format, shape=None)", cast, "Cast a memoryview to a new format or shape."),
        m("toreadonly", "()", toreadonly, "Return a readonly version of the memoryview."),
        cm(
            "_from_flags",
            "(object, flags)",
            from_flags,
            "Create a new memoryview object which references the given object.",
        ),
        m("count", "(value, /)", count, "Count the number of occurrences of a value."),
        m(
            "index",
            "(value, start=0, stop=sys.maxsize, /)",
            index,
            "Return the index of the first occurrence of a value.",
        ),
        m("__enter__", "()", enter, ""),
        m(
            "__exit__",
            "(*exc_info)",
            release,
            "Release the underlying buffer exposed by the memoryview object.",
        ),
        cm(
            "__class_getitem__",
            "(object, /)",
            generic_alias,
            "memoryviews are generic over the type of their underlying data",
        ),
    ],
    getset: &[
        gs("obj", get_obj, None, "The underlying object of the memoryview."),
        gs(
            "nbytes",
            get_nbytes,
            None,
            "The amount of space in bytes that the array would use in a contiguous representation.",
        ),
        gs("readonly", get_readonly, None, "A bool indicating whether the memory is read only."),
        gs("itemsize", get_itemsize, None, "The size in bytes of each element of the memoryview."),
        gs(
            "format",
            get_format,
            None,
            "A string containing the format (in struct module style) for each element in the view.",
        ),
        gs(
            "ndim",
            get_ndim,
            None,
            "An integer indicating how many dimensions of a multi-dimensional array the memory represents.",
        ),
        gs(
            "shape",
            get_shape,
            None,
            "A tuple of ndim integers giving the shape of the memory as an N-dimensional array.",
        ),
        gs(
            "strides",
            get_strides,
            None,
            "A tuple of ndim integers giving the size in bytes to access each element for each dimension of the array.",
        ),
        gs("suboffsets", get_suboffsets, None, "A tuple of integers used internally for PIL-style arrays."),
        gs("c_contiguous", get_c_contiguous, None, "A bool indicating whether the memory is C contiguous."),
        gs(
            "f_contiguous",
            get_f_contiguous,
            None,
            "A bool indicating whether the memory is Fortran contiguous.",
        ),
        gs("contiguous", get_contiguous, None, "A bool indicating whether the memory is contiguous."),
    ],
    ..TypeSpec::of::<MemoryView>()
};
