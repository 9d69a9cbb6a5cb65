//! Methods of arrays.
use super::{Array, make, position, this};
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use vm_runtime::prelude::*;
use vm_runtime::types::list::List;

fn arg(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(Value::none_ref())
}

/// The index of the first item equal to `item`, from `start` up to `stop`.
pub(super) fn find(
    th: &Thread,
    array: &Array,
    item: &Value,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let mut i = start;
    while i < stop {
        let Some(v) = array.get(th, i) else { break };
        if th.truth(&th.compare(&v, item, CompareOp::Eq)?)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

/// Appends raw items.
pub(super) fn append_bytes(th: &Thread, array: &Array, raw: &[u8]) -> PyResult<()> {
    if !raw.len().is_multiple_of(array.kind.size()) {
        return Err(th.value_error("bytes length not a multiple of item size"));
    }
    let room = array.resize(th, |bytes| {
        bytes.try_reserve(raw.len()).is_ok() && {
            bytes.extend_from_slice(raw);
            true
        }
    })?;
    if room { Ok(()) } else { Err(th.memory_error()) }
}

/// Appends the characters of a string.
pub(super) fn append_text(th: &Thread, array: &Array, text: &Value) -> PyResult<()> {
    let Some(text) = text.as_str() else { return Ok(()) };
    let raw: Vec<u8> = text.as_wtf8().code_points().flat_map(|c| c.to_u32().to_ne_bytes()).collect();
    append_bytes(th, array, &raw)
}

/// Appends the items of another array of the same kind, or of an iterable.
pub(super) fn extend_with(th: &Thread, array: &Array, source: &Value) -> PyResult<()> {
    if let Some(other) = source.payload::<Array>() {
        if other.kind != array.kind {
            return Err(th.type_error("can only extend with array of same kind"));
        }
        let raw = other.to_vec(th);
        return append_bytes(th, array, &raw);
    }
    th.for_each(source, |v| array.append(th, &v))
}

/// The text of an array of characters.
pub(super) fn text_of(th: &Thread, array: &Array) -> PyResult<Value> {
    let mut out = Wtf8Buf::new();
    for raw in array.to_vec(th).chunks_exact(4) {
        let code = raw.try_into().map(u32::from_ne_bytes).unwrap_or(0);
        match CodePoint::from_u32(code) {
            Some(c) => out.push(c),
            None => {
                return Err(
                    th.value_error(format!("character U+{code:x} is not in range [U+0000; U+10ffff]"))
                );
            }
        }
    }
    Ok(th.str_wtf8(&out))
}

fn append(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    this(th, v)?.append(th, arg(args, 0))?;
    Ok(Value::NONE)
}

fn buffer_info(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let address = array.store.read(th, |bytes| bytes.as_ptr().addr());
    Ok(th.tuple(vec![th.usize(address), th.usize(array.len(th))]))
}

fn byteswap(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let size = array.kind.size();
    array.store.write(th, |bytes| bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse));
    Ok(Value::NONE)
}

fn clear(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    this(th, v)?.resize(th, Vec::clear)?;
    Ok(Value::NONE)
}

fn copy(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    Ok(make(th, array.kind, array.to_vec(th)))
}

fn count(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let mut n = 0;
    let mut i = 0;
    while let Some(item) = array.get(th, i) {
        n += i64::from(th.truth(&th.compare(&item, arg(args, 0), CompareOp::Eq)?)?);
        i += 1;
    }
    Ok(th.int(n))
}

fn extend(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    extend_with(th, this(th, v)?, arg(args, 0))?;
    Ok(Value::NONE)
}

fn fromfile(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let n = th.index_i64(arg(args, 1))?;
    if n < 0 {
        return Err(th.value_error("negative count"));
    }
    let Some(wanted) = n.checked_mul(array.kind.size() as i64) else { return Err(th.memory_error()) };
    let read = th.call_method(arg(args, 0), "read", &[th.int(wanted)])?;
    let Some(bytes) = read.payload::<vm_runtime::types::bytes::Bytes>() else {
        return Err(th.type_error("read() didn't return bytes"));
    };
    let got = bytes.as_slice();
    append_bytes(th, array, got)?;
    if (got.len() as i64) < wanted {
        return Err(th.eof_error("read() didn't return enough bytes"));
    }
    Ok(Value::NONE)
}

fn fromlist(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let Some(list) = arg(args, 0).payload::<List>() else { return Err(th.type_error("arg must be list")) };
    let mut raw = Vec::new();
    let size = array.kind.size();
    let items = list.to_vec(th);
    for item in &items {
        raw.extend_from_slice(array.kind.put(th, item)?.get(..size).unwrap_or_default());
        if list.len() != items.len() {
            return Err(th.runtime_error("list changed size during iteration"));
        }
    }
    append_bytes(th, array, &raw)?;
    Ok(Value::NONE)
}

fn frombytes(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let raw = th.bytes_like(arg(args, 0))?.to_vec();
    append_bytes(th, this(th, v)?, &raw)?;
    Ok(Value::NONE)
}

fn fromunicode(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let text = arg(args, 0);
    if text.as_str().is_none() {
        return Err(th.type_error(format!(
            "fromunicode() argument must be str, not {}",
            text.type_of(th).full_name()
        )));
    }
    if !array.kind.is_text() {
        return Err(th.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    append_text(th, array, text)?;
    Ok(Value::NONE)
}

fn bound(th: &Thread, v: &Value, default: usize, len: usize) -> PyResult<usize> {
    if v.is_unbound() {
        return Ok(default);
    }
    let i = th.index_clamped(v)?;
    let i = if i < 0 { i.saturating_add(len as i64).max(0) } else { i };
    Ok(usize::try_from(i).unwrap_or(usize::MAX))
}

fn index(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let len = array.len(th);
    let start = bound(th, arg(args, 1), 0, len)?;
    let stop = bound(th, arg(args, 2), usize::MAX, len)?;
    match find(th, array, arg(args, 0), start, stop)? {
        Some(i) => Ok(th.usize(i)),
        None => Err(th.value_error("array.index(x): x not in array")),
    }
}

fn insert(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let i = th.index_i64(arg(args, 0))?;
    let raw = array.kind.put(th, arg(args, 1))?;
    let size = array.kind.size();
    let raw = raw.get(..size).unwrap_or_default();
    array.resize(th, |bytes| {
        let len = bytes.len() / size;
        let i = if i < 0 { i.saturating_add(len as i64).max(0) } else { i };
        let at = usize::try_from(i).unwrap_or(len).min(len) * size;
        drop(bytes.splice(at..at, raw.iter().copied()));
    })?;
    Ok(Value::NONE)
}

fn pop(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let i = if arg(args, 0).is_unbound() { -1 } else { th.index_i64(arg(args, 0))? };
    let size = array.kind.size();
    let len = array.len(th);
    if len == 0 {
        return Err(th.index_error("pop from empty array"));
    }
    let removed = match position(len, i) {
        Some(i) => array.resize(th, |bytes| {
            let at = i * size;
            (at + size <= bytes.len()).then(|| bytes.drain(at..at + size).collect::<Vec<u8>>())
        })?,
        None => None,
    };
    match removed {
        Some(raw) => Ok(array.kind.get(th, &raw)),
        None => Err(th.index_error("pop index out of range")),
    }
}

fn reduce_ex(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let Some(protocol) = arg(args, 0).as_small_int() else {
        return Err(th.type_error("__reduce_ex__ argument should be an integer"));
    };
    let dict = th.get_attr_opt(v, &th.names().__dict__)?.unwrap_or(Value::NONE);
    let class = v.type_of(th).value();
    let code = th.str(&char::from(array.kind.0).to_string());
    if protocol < 3 {
        let items = if array.kind.is_text() { text_of(th, array)? } else { th.list(array.values(th)) };
        return Ok(th.tuple(vec![class, th.tuple(vec![code, items]), dict]));
    }
    let module = th.import("array")?;
    let function = th.getattr_str(&module, "_array_reconstructor")?;
    let state = th.tuple(vec![class, code, th.int(array.kind.machine_format()), th.bytes(&array.to_vec(th))]);
    Ok(th.tuple(vec![function, state, dict]))
}

fn remove(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let Some(i) = find(th, array, arg(args, 0), 0, usize::MAX)? else {
        return Err(th.value_error("array.remove(x): x not in array"));
    };
    let size = array.kind.size();
    array.resize(th, |bytes| {
        let at = i * size;
        if at + size <= bytes.len() {
            drop(bytes.drain(at..at + size));
        }
    })?;
    Ok(Value::NONE)
}

fn reverse(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    let size = array.kind.size();
    array.store.write(th, |bytes| {
        bytes.reverse();
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(Value::NONE)
}

fn tofile(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    const BLOCK: usize = 64 * 1024;
    let write = th.getattr_str(arg(args, 0), "write")?;
    for block in this(th, v)?.to_vec(th).chunks(BLOCK) {
        th.call(&write, &[th.bytes(block)])?;
    }
    Ok(Value::NONE)
}

fn tolist(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.list(this(th, v)?.values(th)))
}

fn tobytes(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.bytes(&this(th, v)?.to_vec(th)))
}

fn tounicode(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let array = this(th, v)?;
    if !array.kind.is_text() {
        return Err(th.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    text_of(th, array)
}

fn sizeof(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(80 + this(th, v)?.store.len(th)))
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    vm_runtime::types::generic_alias::class_getitem(th, cls, args)
}

pub(super) static METHODS: &[MethodDef] = &[
    m("append", "(v, /)", append, "Append new value v to the end of the array."),
    m(
        "buffer_info",
        "()",
        buffer_info,
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to\ncalculate the buffer length in bytes.",
    ),
    m(
        "byteswap",
        "()",
        byteswap,
        "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size,\nRuntimeError is raised.",
    ),
    m("clear", "()", clear, "Remove all items from the array."),
    m("__copy__", "()", copy, "Return a copy of the array."),
    m("count", "(v, /)", count, "Return number of occurrences of v in the array."),
    m("__deepcopy__", "(unused, /)", copy, "Return a copy of the array."),
    m("extend", "(bb, /)", extend, "Append items to the end of the array."),
    m(
        "fromfile",
        "(f, n, /)",
        fromfile,
        "Read n objects from the file object f and append them to the end of the array.",
    ),
    m("fromlist", "(list, /)", fromlist, "Append items to array from list."),
    m(
        "frombytes",
        "(buffer, /)",
        frombytes,
        "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.",
    ),
    m(
        "fromunicode",
        "(ustr, /)",
        fromunicode,
        "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is\nraised.  Use array.frombytes(ustr.encode(...)) to append Unicode\ndata to an array of some other type.",
    ),
    m(
        "index",
        "(v, start=0, stop=sys.maxsize, /)",
        index,
        "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.",
    ),
    m("insert", "(i, v, /)", insert, "Insert a new item v into the array before position i."),
    m("pop", "(i=-1, /)", pop, "Return the i-th element and delete it from the array.\n\ni defaults to -1."),
    m("__reduce_ex__", "(value, /)", reduce_ex, "Return state information for pickling."),
    m("remove", "(v, /)", remove, "Remove the first occurrence of v in the array."),
    m("reverse", "()", reverse, "Reverse the order of the items in the array."),
    m("tofile", "(f, /)", tofile, "Write all items (as machine values) to the file object f."),
    m("tolist", "()", tolist, "Convert array to an ordinary list with the same items."),
    m(
        "tobytes",
        "()",
        tobytes,
        "Convert the array to an array of machine values and return the bytes representation.",
    ),
    m(
        "tounicode",
        "()",
        tounicode,
        "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode\ntype array; otherwise a ValueError is raised.  Use\narray.tobytes().decode() to obtain a unicode string from an array of\nsome other type.",
    ),
    m("__sizeof__", "()", sizeof, "Size of the array in memory, in bytes."),
    cm(
        "__class_getitem__",
        "(object, /)",
        class_getitem,
        "Arrays are generic over the type of their elements",
    ),
];
