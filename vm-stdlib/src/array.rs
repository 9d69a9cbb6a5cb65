//! `array`: arrays of machine values in a `ByteStore`.
pub mod construct;
pub mod kind;
pub mod methods;

use kind::{CODES, Kind};
use std::sync::atomic::{AtomicUsize, Ordering};
use vm_runtime::buffer::{Buffer, ByteStore};
use vm_runtime::prelude::*;
use vm_runtime::types::slice::Slice;
use vm_runtime::types::subscript::slice_bounds;

/// `array.array`.
pub struct Array {
    pub(crate) kind: Kind,
    pub(crate) store: ByteStore,
}
payload!(Array, "array.array");

/// The iterator of an array.
pub struct ArrayIterator {
    array: AtomicValue,
    next: AtomicUsize,
}
payload!(ArrayIterator, "array.arrayiterator", traverse = ArrayIterator::traverse);

impl ArrayIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.array.traverse(visit);
    }
}

impl Array {
    /// Number of items.
    pub(crate) fn len(&self, th: &Thread) -> usize {
        self.store.len(th) / self.kind.size()
    }

    /// An item; None past the end.
    pub(crate) fn get(&self, th: &Thread, i: usize) -> Option<Value> {
        let size = self.kind.size();
        let mut raw = [0_u8; 8];
        let found = self.store.read(th, |bytes| {
            let at = i.checked_mul(size)?;
            let from = bytes.get(at..at.checked_add(size)?)?;
            raw.get_mut(..size)?.copy_from_slice(from);
            Some(())
        });
        found?;
        Some(self.kind.get(th, raw.get(..size)?))
    }

    /// All bytes.
    pub(crate) fn to_vec(&self, th: &Thread) -> Vec<u8> {
        self.store.read(th, <[u8]>::to_vec)
    }

    /// All items as values.
    pub(crate) fn values(&self, th: &Thread) -> Vec<Value> {
        self.to_vec(th).chunks_exact(self.kind.size()).map(|raw| self.kind.get(th, raw)).collect()
    }

    /// Changes the number of items.
    pub(crate) fn resize<R>(&self, th: &Thread, f: impl FnOnce(&mut Vec<u8>) -> R) -> PyResult<R> {
        self.store
            .resize(th, f)
            .ok_or_else(|| th.buffer_error("cannot resize an array that is exporting buffers"))
    }

    pub(crate) fn append(&self, th: &Thread, v: &Value) -> PyResult<()> {
        let raw = self.kind.put(th, v)?;
        let raw = raw.get(..self.kind.size()).unwrap_or_default();
        let room = self.resize(th, |bytes| {
            bytes.try_reserve(raw.len()).is_ok() && {
                bytes.extend_from_slice(raw);
                true
            }
        })?;
        if room { Ok(()) } else { Err(th.memory_error()) }
    }
}

pub(crate) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Array> {
    th.expect::<Array>(v, "an array")
}

/// A new array of class `array.array`.
pub(crate) fn make(th: &Thread, kind: Kind, bytes: Vec<u8>) -> Value {
    th.new_object(th.type_for::<Array>(), Array { kind, store: ByteStore::new(bytes) })
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, v)?.len(th))
}

/// An index from the end or the beginning, checked.
fn position(len: usize, i: i64) -> Option<usize> {
    let i = if i < 0 { i.checked_add(i64::try_from(len).ok()?)? } else { i };
    usize::try_from(i).ok().filter(|&i| i < len)
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    let array = this(th, v)?;
    if let Some(slice) = key.payload::<Slice>() {
        let size = array.kind.size();
        let indices = slice_bounds(th, slice)?.fit(array.len(th));
        let bytes = array.to_vec(th);
        let mut out = Vec::with_capacity(indices.count * size);
        for i in indices.iter() {
            out.extend_from_slice(bytes.get(i * size..(i + 1) * size).unwrap_or_default());
        }
        return Ok(make(th, array.kind, out));
    }
    let Some(index) = th.index_opt(key)? else { return Err(th.type_error("array indices must be integers")) };
    let index = index_or_error(th, &index)?;
    position(array.len(th), index)
        .and_then(|i| array.get(th, i))
        .ok_or_else(|| th.index_error("array index out of range"))
}

/// An index that fits the machine; IndexError otherwise.
fn index_or_error(th: &Thread, index: &Value) -> PyResult<i64> {
    match vm_runtime::types::int::IntRef::of(index).and_then(vm_runtime::types::int::IntRef::to_i64) {
        Some(i) => Ok(i),
        None => Err(th.index_error(format!(
            "cannot fit '{}' into an index-sized integer",
            index.type_of(th).full_name()
        ))),
    }
}

fn sq_item(th: &Thread, v: &Value, i: i64) -> PyResult<Value> {
    let array = this(th, v)?;
    position(array.len(th), i)
        .and_then(|i| array.get(th, i))
        .ok_or_else(|| th.index_error("array index out of range"))
}

fn setitem(th: &Thread, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let array = this(th, v)?;
    if let Some(slice) = key.payload::<Slice>() {
        return set_slice(th, v, array, slice, value);
    }
    let Some(index) = th.index_opt(key)? else { return Err(th.type_error("array indices must be integers")) };
    let index = index_or_error(th, &index)?;
    let size = array.kind.size();
    let out_of_range = || th.index_error("array assignment index out of range");
    let at = position(array.len(th), index).ok_or_else(out_of_range)? * size;
    let done = match value {
        Some(value) => {
            let raw = array.kind.put(th, value)?;
            array.store.write(th, |bytes| {
                bytes.get_mut(at..at + size).zip(raw.get(..size)).map(|(to, from)| to.copy_from_slice(from))
            })
        }
        None => {
            array.resize(th, |bytes| (at + size <= bytes.len()).then(|| drop(bytes.drain(at..at + size))))?
        }
    };
    done.ok_or_else(out_of_range)
}

fn set_slice(th: &Thread, v: &Value, array: &Array, slice: &Slice, value: Option<&Value>) -> PyResult<()> {
    let size = array.kind.size();
    let replacement = match value {
        None => Vec::new(),
        Some(value) => match value.payload::<Array>() {
            Some(other) if other.kind == array.kind => other.to_vec(th),
            Some(_) => return Err(th.type_error("bad argument type for built-in operation")),
            None => {
                return Err(th.type_error(format!(
                    "can only assign array (not \"{}\") to array slice",
                    value.type_of(th).full_name()
                )));
            }
        },
    };
    let _ = v;
    let indices = slice_bounds(th, slice)?.fit(array.len(th));
    if indices.step == 1 {
        let start = indices.start.max(0) as usize * size;
        let end = start + indices.count * size;
        if replacement.len() == end - start {
            let written = array.store.write(th, |bytes| {
                bytes.get_mut(start..end).map(|to| to.copy_from_slice(&replacement)).is_some()
            });
            if written {
                return Ok(());
            }
        }
        return array.resize(th, |bytes| {
            let end = end.min(bytes.len());
            let start = start.min(end);
            drop(bytes.splice(start..end, replacement));
        });
    }
    let picked: Vec<usize> = indices.iter().collect();
    if value.is_none() {
        return array.resize(th, |bytes| {
            let mut drop_item = vec![false; bytes.len() / size];
            for &i in &picked {
                if let Some(place) = drop_item.get_mut(i) {
                    *place = true;
                }
            }
            let kept: Vec<u8> = bytes
                .chunks_exact(size)
                .zip(drop_item)
                .filter(|(_, gone)| !gone)
                .flat_map(|(raw, _)| raw.to_vec())
                .collect();
            *bytes = kept;
        });
    }
    if replacement.len() / size != picked.len() {
        return Err(th.value_error(format!(
            "attempt to assign array of size {} to extended slice of size {}",
            replacement.len() / size,
            picked.len()
        )));
    }
    array.store.write(th, |bytes| {
        for (raw, i) in replacement.chunks_exact(size).zip(picked) {
            if let Some(to) = bytes.get_mut(i * size..(i + 1) * size) {
                to.copy_from_slice(raw);
            }
        }
    });
    Ok(())
}

fn contains(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    Ok(methods::find(th, this(th, v)?, item, 0, usize::MAX)?.is_some())
}

fn concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let array = this(th, a)?;
    let Some(other) = b.payload::<Array>() else {
        return Err(
            th.type_error(format!("can only append array (not \"{}\") to array", b.type_of(th).full_name()))
        );
    };
    if other.kind != array.kind {
        return Err(th.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = array.to_vec(th);
    bytes.extend(other.to_vec(th));
    Ok(make(th, array.kind, bytes))
}

fn inplace_concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    if b.payload::<Array>().is_none() {
        return Err(
            th.type_error(format!("can only extend with array (not \"{}\")", b.type_of(th).full_name()))
        );
    }
    methods::extend_with(th, this(th, a)?, b)?;
    Ok(a.clone())
}

fn repeated(th: &Thread, bytes: &[u8], n: i64) -> PyResult<Vec<u8>> {
    let n = usize::try_from(n).unwrap_or(0);
    let total = bytes.len().checked_mul(n).ok_or_else(|| th.memory_error())?;
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve_exact(total).map_err(|_| th.memory_error())?;
    for _ in 0..if bytes.is_empty() { 0 } else { n } {
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

fn repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let array = this(th, v)?;
    Ok(make(th, array.kind, repeated(th, &array.to_vec(th), n)?))
}

fn inplace_repeat(th: &Thread, v: &Value, n: i64) -> PyResult<Value> {
    let array = this(th, v)?;
    let bytes = repeated(th, &array.to_vec(th), n)?;
    array.resize(th, |place| *place = bytes)?;
    Ok(v.clone())
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Array>(), b.payload::<Array>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.values(th), y.values(th));
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    for (p, q) in x.iter().zip(&y) {
        if !th.truth(&th.compare(p, q, CompareOp::Eq)?)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                op => th.compare(p, q, op),
            };
        }
    }
    Ok(Value::bool(op.of(x.len().cmp(&y.len()))))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let array = this(th, v)?;
    let name = v.type_of(th).name();
    let code = char::from(array.kind.0);
    if array.len(th) == 0 {
        return Ok(th.str(&format!("{name}('{code}')")));
    }
    let items = if array.kind.is_text() { methods::text_of(th, array)? } else { th.list(array.values(th)) };
    let items = th.repr_string(&items)?;
    let mut out = rustpython_wtf8::Wtf8Buf::from_string(format!("{name}('{code}', "));
    out.push_wtf8(&items);
    out.push_char(')');
    Ok(th.str_wtf8(&out))
}

fn release(v: &Value) {
    if let Some(array) = v.payload::<Array>() {
        array.store.release();
    }
}

fn buffer(th: &Thread, v: &Value, flags: u32) -> PyResult<Buffer> {
    let _ = flags;
    let array = this(th, v)?;
    array.store.export(th, v, false, array.kind.size(), array.kind.buffer_format(), release)
}

fn iter(th: &Thread, v: &Value) -> PyResult<Value> {
    let iterator = ArrayIterator { array: AtomicValue::new(v.clone()), next: AtomicUsize::new(0) };
    Ok(th.new_object(th.type_for::<ArrayIterator>(), iterator))
}

fn iterator_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.clone())
}

fn iterator_next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let iterator = th.expect::<ArrayIterator>(v, "an array iterator")?;
    let array = iterator.array.get(th);
    let Some(array) = array.payload::<Array>() else { return Ok(None) };
    // Relaxed: threads that share the iterator take items apart.
    let i = iterator.next.fetch_add(1, Ordering::Relaxed);
    let item = array.get(th, i);
    if item.is_none() {
        drop(iterator.array.take());
    }
    Ok(item)
}

fn iterator_reduce(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let iterator = th.expect::<ArrayIterator>(v, "an array iterator")?;
    let function = th.getattr_str(&th.import("builtins")?, "iter")?;
    let array = iterator.array.get(th);
    if array.is_unbound() {
        let empty = th.tuple(vec![th.list(Vec::new())]);
        return Ok(th.tuple(vec![function, empty]));
    }
    let next = th.usize(iterator.next.load(Ordering::Relaxed));
    Ok(th.tuple(vec![function, th.tuple(vec![array]), next]))
}

fn iterator_setstate(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let iterator = th.expect::<ArrayIterator>(v, "an array iterator")?;
    let i = th.index_i64(args.first().unwrap_or(Value::none_ref()))?;
    iterator.next.store(usize::try_from(i).unwrap_or(0), Ordering::Relaxed);
    Ok(Value::NONE)
}

fn get_typecode(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.str(&char::from(this(th, v)?.kind.0).to_string()))
}

fn get_itemsize(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(th.usize(this(th, v)?.kind.size()))
}

/// The type.
pub static ARRAY: TypeSpec = TypeSpec {
    name: "array.array",
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.\n\nArrays represent basic values and behave very much like lists, except\nthe type of objects stored in them is constrained. The type is specified\nat object creation time by using a type code, which is a single character.\nThe following type codes are defined:\n\n    Type code   C Type             Minimum size in bytes\n    'b'         signed integer     1\n    'B'         unsigned integer   1\n    'u'         Unicode character  2 (see note)\n    'w'         Py_UCS4            4\n    'h'         signed integer     2\n    'H'         unsigned integer   2\n    'i'         signed integer     2\n    'I'         unsigned integer   2\n    'l'         signed integer     4\n    'L'         unsigned integer   4\n    'q'         signed integer     8 (see note)\n    'Q'         unsigned integer   8 (see note)\n    'f'         floating-point     4\n    'd'         floating-point     8\n\nNOTE: The 'u' typecode corresponds to Python's unicode character. On\nnarrow builds this is 2-bytes on wide builds this is 4-bytes.\n\nNOTE: The 'q' and 'Q' type codes are only available if the platform\nC compiler used to build Python supports 'long long', or, on Windows,\n'__int64'.\n\nMethods:\n\nappend() -- append a new item to the end of the array\nbuffer_info() -- return information giving the current memory info\nbyteswap() -- byteswap all the items of the array\ncount() -- return number of occurrences of an object\nextend() -- extend array by appending multiple elements from an iterable\nfromfile() -- read items from a file object\nfromlist() -- append items from the list\nfrombytes() -- append items from the string\nindex() -- return index of first occurrence of an object\ninsert() -- insert a new item into the array at a provided position\npop() -- remove and return item (default last)\nremove() -- remove first occurrence of an object\nreverse() -- reverse the order of the items in the array\ntofile() -- write all items to a file object\ntolist() -- return the array converted to an ordinary list\ntobytes() -- return the array converted to a string\n\nAttributes:\n\ntypecode -- the typecode character used to create the array\nitemsize -- the length in bytes of one array item\n",
    flags: BASETYPE | SEQUENCE | WEAKREFS,
    slots: &[
        Slot::NewRaw(construct::new),
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SetItem(setitem),
        Slot::SqItem(sq_item),
        Slot::Contains(contains),
        Slot::Concat(concat),
        Slot::Repeat(repeat),
        Slot::InplaceConcat(inplace_concat),
        Slot::InplaceRepeat(inplace_repeat),
        Slot::Buffer(buffer),
    ],
    methods: methods::METHODS,
    getset: &[
        gs("typecode", get_typecode, None, "the typecode character used to create the array"),
        gs("itemsize", get_itemsize, None, "the size, in bytes, of one array item"),
    ],
    ..TypeSpec::of::<Array>()
};

/// The iterator's type.
pub static ITERATOR: TypeSpec = TypeSpec {
    name: "array.arrayiterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(iterator_self), Slot::Next(iterator_next)],
    methods: &[
        m("__reduce__", "()", iterator_reduce, "Return state information for pickling."),
        m("__setstate__", "(state, /)", iterator_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::of::<ArrayIterator>()
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "typecodes", th.str(CODES))?;
    th.set_module_attr(module, "ArrayType", th.type_for::<Array>().value())?;
    // `collections.abc` knows arrays as mutable sequences.
    let abc = th.import("collections.abc")?;
    let sequence = th.getattr_str(&abc, "MutableSequence")?;
    th.call_method(&sequence, "register", &[th.type_for::<Array>().value()])?;
    Ok(())
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    functions: &[m(
        "_array_reconstructor",
        "(arraytype, typecode, mformat_code, items, /)",
        construct::reconstruct,
        "Internal. Used for pickling support.",
    )],
    types: &[&ARRAY],
    hidden_types: &[&ITERATOR],
    init: Some(init),
};
