//! `BufferedRWPair`: a reader and a writer side by side.
use super::{BufferedReader, BufferedWriter};
use crate::io::base;
use vm_runtime::prelude::*;

/// Payload of `BufferedRWPair`.
pub struct BufferedRwPair {
    reader: AtomicValue,
    writer: AtomicValue,
}
payload!(
    BufferedRwPair,
    "BufferedRWPair",
    traverse = |p: &BufferedRwPair, visit: Visitor<'_>| {
        p.reader.traverse(&mut *visit);
        p.writer.traverse(visit);
    },
    clear = |p: &BufferedRwPair| {
        drop(p.reader.take());
        drop(p.writer.take());
    }
);

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedRWPair",
    doc: "A buffered reader and writer object together.\n\nA buffered reader object and buffered writer object put together to\nform a sequential IO object that can read and write. This is typically\nused with a socket or two-way pipe.\n\nreader and writer are RawIOBase objects that are readable and\nwriteable respectively. If the buffer_size is omitted it defaults to\nDEFAULT_BUFFER_SIZE.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&base::BUFFERED_IO_BASE),
    new_sig: "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)",
    slots: &[Slot::NewRaw(new), Slot::Init(init)],
    methods: &[
        m("read", "(*args)", read, ""),
        m("peek", "(*args)", peek, ""),
        m("read1", "(*args)", read1, ""),
        m("readinto", "(*args)", readinto, ""),
        m("readinto1", "(*args)", readinto1, ""),
        m("write", "(*args)", write, ""),
        m("flush", "()", flush, ""),
        m("readable", "()", readable, ""),
        m("writable", "()", writable, ""),
        m("close", "()", close, ""),
        m("isatty", "()", isatty, ""),
    ],
    getset: &[gs("closed", closed_get, None, "")],
    ..TypeSpec::of::<BufferedRwPair>()
};

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    th.make_object(cls, BufferedRwPair { reader: AtomicValue::empty(), writer: AtomicValue::empty() })
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let pair = th.expect::<BufferedRwPair>(this, "BufferedRWPair")?;
    base::check_readable(th, &args[0])?;
    base::check_writable(th, &args[1])?;
    let size =
        if args[2].is_unbound() { th.int(crate::io::DEFAULT_BUFFER_SIZE as i64) } else { args[2].clone() };
    let reader = th.call(&th.type_for::<BufferedReader>().value(), &[args[0].clone(), size.clone()])?;
    let writer = th.call(&th.type_for::<BufferedWriter>().value(), &[args[1].clone(), size])?;
    pair.reader.set(th, reader);
    pair.writer.set(th, writer);
    Ok(())
}

fn side(th: &Thread, this: &Value, writer: bool) -> PyResult<Value> {
    let pair = th.expect::<BufferedRwPair>(this, "BufferedRWPair")?;
    let side = if writer { pair.writer.get(th) } else { pair.reader.get(th) };
    if side.is_unbound() {
        return Err(th.value_error("I/O operation on uninitialized object"));
    }
    Ok(side)
}

macro_rules! forward {
    ($($name:ident, $writer:literal;)*) => {$(
        fn $name(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
            let side = side(th, this, $writer)?;
            th.call_method(&side, stringify!($name), args)
        }
    )*};
}
forward! {
    read, false;
    peek, false;
    read1, false;
    readinto, false;
    readinto1, false;
    readable, false;
    write, true;
    flush, true;
    writable, true;
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let (reader, writer) = (side(th, this, false)?, side(th, this, true)?);
    let closed = th.call_method(&writer, "close", &[]);
    base::chain(th, closed, |th| th.call_method(&reader, "close", &[]))
}

fn isatty(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let answer = th.call_method(&side(th, this, true)?, "isatty", &[])?;
    if !answer.is_false() {
        return Ok(answer);
    }
    th.call_method(&side(th, this, false)?, "isatty", &[])
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    let pair = th.expect::<BufferedRwPair>(this, "BufferedRWPair")?;
    let writer = pair.writer.get(th);
    if writer.is_unbound() {
        return Err(th.runtime_error("the BufferedRWPair object is being garbage-collected"));
    }
    th.getattr_str(&writer, "closed")
}
