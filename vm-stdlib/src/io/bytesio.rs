//! `BytesIO`: bytes in memory as a stream.
use super::{arg_size, buffers};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use vm_runtime::buffer::{Buffer, ByteStore};
use vm_runtime::prelude::*;

/// Payload of `BytesIO`. `pos` and `closed` change under the lock of `data`, so their orderings are relaxed.
pub struct BytesIo {
    data: ByteStore,
    pos: AtomicUsize,
    closed: AtomicBool,
}
payload!(BytesIo, "BytesIO");

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.BytesIO",
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::BUFFERED_IO_BASE),
    new_sig: "(initial_bytes=b'')",
    slots: &[Slot::NewRaw(new), Slot::Init(init), Slot::Iter(iter), Slot::Next(next)],
    methods: &[
        m("readable", "()", able, "Returns True if the IO object can be read."),
        m("seekable", "()", able, "Returns True if the IO object can be seeked."),
        m("writable", "()", able, "Returns True if the IO object can be written."),
        m("close", "()", close, "Disable all I/O operations."),
        m("flush", "()", flush, "Does nothing."),
        m("isatty", "()", isatty, "Always returns False."),
        m("tell", "()", tell, "Current file position, an integer."),
        m("write", "(b, /)", write, "Write bytes to file."),
        m("writelines", "(lines, /)", writelines, "Write lines to the file."),
        m("read1", "(size=-1, /)", read, "Read at most size bytes, returned as a bytes object."),
        m("readinto", "(buffer, /)", readinto, "Read bytes into buffer."),
        m("readline", "(size=-1, /)", readline, "Next line from the file, as a bytes object."),
        m("readlines", "(size=None, /)", readlines, "List of bytes objects, each a line from the file."),
        m("read", "(size=-1, /)", read, "Read at most size bytes, returned as a bytes object."),
        m("getbuffer", "()", getbuffer, "Get a read-write view over the contents of the BytesIO object."),
        m("getvalue", "()", getvalue, "Retrieve the entire contents of the BytesIO object."),
        m("seek", "(pos, whence=0, /)", seek, "Change stream position."),
        m("truncate", "(size=None, /)", truncate, "Truncate the file to at most size bytes."),
        m("__getstate__", "()", getstate, ""),
        m("__setstate__", "(object, /)", setstate, ""),
        m("__sizeof__", "()", sizeof, ""),
    ],
    getset: &[gs("closed", closed_get, None, "True if the file is closed.")],
    ..TypeSpec::of::<BytesIo>()
};

/// `_BytesIOBuffer`: what the memoryview of `getbuffer` looks at.
pub struct BytesIoBuffer {
    source: Value,
}
payload!(
    BytesIoBuffer,
    "_BytesIOBuffer",
    traverse = |b: &BytesIoBuffer, visit: Visitor<'_>| visit(&b.source)
);

pub static BUFFER_SPEC: TypeSpec = TypeSpec {
    name: "_io._BytesIOBuffer",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Buffer(lend)],
    ..TypeSpec::of::<BytesIoBuffer>()
};

/// Lends the stream's bytes; they cannot change their number meanwhile.
fn lend(th: &Thread, this: &Value, flags: u32) -> PyResult<Buffer> {
    let buffer = th.expect::<BytesIoBuffer>(this, "_BytesIOBuffer")?;
    let stream = me(th, &buffer.source)?;
    let lent = stream.data.export(th, &buffer.source, false, 1, "B", |source| {
        if let Some(stream) = source.payload::<BytesIo>() {
            stream.data.release();
        }
    })?;
    lent.check(th, flags, "_BytesIOBuffer")
}

impl BytesIo {
    fn closed_error(th: &Thread) -> Raised {
        th.value_error("I/O operation on closed file.")
    }

    fn check_open(&self, th: &Thread) -> PyResult<()> {
        if self.closed.load(Relaxed) { Err(BytesIo::closed_error(th)) } else { Ok(()) }
    }

    /// Looks at the bytes and moves the position.
    fn view<R>(&self, th: &Thread, f: impl FnOnce(&[u8], &mut usize) -> R) -> PyResult<R> {
        let result = self.data.read(th, |data| {
            if self.closed.load(Relaxed) {
                return None;
            }
            let mut pos = self.pos.load(Relaxed);
            let result = f(data, &mut pos);
            self.pos.store(pos, Relaxed);
            Some(result)
        });
        result.ok_or_else(|| BytesIo::closed_error(th))
    }

    /// Changes the bytes; BufferError while they are lent.
    fn edit<R>(&self, th: &Thread, f: impl FnOnce(&mut Vec<u8>, &mut usize) -> R) -> PyResult<R> {
        self.check_open(th)?;
        self.data.try_resize(th, |data| {
            let mut pos = self.pos.load(Relaxed);
            let result = f(data, &mut pos);
            self.pos.store(pos, Relaxed);
            result
        })
    }

    fn check_exports(&self, th: &Thread) -> PyResult<()> {
        if self.data.exports() > 0 {
            return Err(th.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    fn put(&self, th: &Thread, piece: &[u8]) -> PyResult<usize> {
        let done = self.edit(th, |data, pos| {
            let end = pos.checked_add(piece.len())?;
            if end > data.len() {
                if piece.is_empty() {
                    return Some(());
                }
                data.try_reserve(end - data.len()).ok()?;
                if *pos <= data.len() {
                    data.truncate(data.len().max(*pos));
                    let overlap = data.len() - *pos;
                    let (over, rest) = piece.split_at(overlap.min(piece.len()));
                    if let Some(to) = data.get_mut(*pos..*pos + over.len()) {
                        to.copy_from_slice(over);
                    }
                    data.extend_from_slice(rest);
                } else {
                    data.resize(*pos, 0);
                    data.extend_from_slice(piece);
                }
            } else if let Some(to) = data.get_mut(*pos..end) {
                to.copy_from_slice(piece);
            }
            *pos = end;
            Some(())
        })?;
        match done {
            Some(()) => Ok(piece.len()),
            None => Err(th.memory_error()),
        }
    }

    fn take(&self, th: &Thread, size: i64) -> PyResult<Vec<u8>> {
        self.view(th, |data, pos| {
            let rest = data.get(*pos..).unwrap_or(&[]);
            let n = if size < 0 { rest.len() } else { rest.len().min(size as usize) };
            let piece = rest.get(..n).unwrap_or(&[]).to_vec();
            *pos += n;
            piece
        })
    }

    fn take_line(&self, th: &Thread, limit: i64) -> PyResult<Vec<u8>> {
        self.view(th, |data, pos| {
            let rest = data.get(*pos..).unwrap_or(&[]);
            let mut n = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            if limit >= 0 {
                n = n.min(limit as usize);
            }
            let line = rest.get(..n).unwrap_or(&[]).to_vec();
            *pos += n;
            line
        })
    }
}

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a BytesIo> {
    th.expect::<BytesIo>(this, "BytesIO")
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    th.make_object(
        cls,
        BytesIo {
            data: ByteStore::new(Vec::new()),
            pos: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        },
    )
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let stream = me(th, this)?;
    stream.check_exports(th)?;
    let data = match args.first() {
        Some(initial) if !super::absent(initial) => buffers::read(th, initial)?.into_vec(),
        _ => Vec::new(),
    };
    stream.closed.store(false, Relaxed);
    stream.edit(th, |bytes, pos| {
        *pos = 0;
        *bytes = data;
    })?;
    Ok(())
}

fn able(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.view(th, |_, _| Value::TRUE)
}

fn isatty(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.view(th, |_, _| Value::FALSE)
}

fn flush(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.view(th, |_, _| Value::NONE)
}

fn tell(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(me(th, this)?.view(th, |_, pos| *pos)?))
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.check_exports(th)?;
    stream.data.try_resize(th, |data| *data = Vec::new())?;
    stream.closed.store(true, Relaxed);
    Ok(Value::NONE)
}

fn write(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.check_open(th)?;
    stream.check_exports(th)?;
    let data = buffers::read(th, &args[0])?;
    Ok(th.usize(stream.put(th, data.as_slice())?))
}

fn writelines(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.check_open(th)?;
    let it = th.iter(&args[0])?;
    while let Some(line) = th.next(&it)? {
        stream.check_open(th)?;
        let data = buffers::read(th, &line)?;
        stream.put(th, data.as_slice())?;
    }
    Ok(Value::NONE)
}

fn read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let size = arg_size(th, &args[0], -1)?;
    Ok(th.bytes(&me(th, this)?.take(th, size)?))
}

fn readinto(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let target = buffers::writable(th, &args[0])?;
    let data = stream.take(th, target.len() as i64)?;
    target.put(th, 0, &data)?;
    Ok(th.usize(data.len()))
}

fn readline(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let limit = arg_size(th, &args[0], -1)?;
    Ok(th.bytes(&me(th, this)?.take_line(th, limit)?))
}

fn readlines(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let limit = arg_size(th, &args[0], 0)?;
    let mut lines = Vec::new();
    let mut total = 0;
    loop {
        let line = stream.take_line(th, -1)?;
        if line.is_empty() {
            break;
        }
        total += line.len() as i64;
        lines.push(th.bytes(&line));
        if limit > 0 && total >= limit {
            break;
        }
    }
    Ok(th.list(lines))
}

fn iter(th: &Thread, this: &Value) -> PyResult<Value> {
    me(th, this)?.view(th, |_, _| this.clone())
}

fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let line = me(th, this)?.take_line(th, -1)?;
    Ok(if line.is_empty() { None } else { Some(th.bytes(&line)) })
}

fn getbuffer(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.view(th, |_, _| ())?;
    let buffer = th.make_object(th.type_for::<BytesIoBuffer>(), BytesIoBuffer { source: this.clone() })?;
    th.call(&th.types().memoryview.value(), &[buffer])
}

fn getvalue(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let data = me(th, this)?.view(th, |data, _| data.to_vec())?;
    Ok(th.bytes(&data))
}

fn seek(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.check_open(th)?;
    let offset = th.index_i64(&args[0])?;
    let whence = if args[1].is_unbound() { 0 } else { super::c_int(th, &args[1])? };
    if offset < 0 && whence == 0 {
        return Err(th.value_error(format!("negative seek value {offset}")));
    }
    let new = stream.view(th, |data, pos| {
        let base = match whence {
            0 => 0,
            1 => *pos as i64,
            2 => data.len() as i64,
            _ => return None,
        };
        match base.checked_add(offset) {
            Some(new) => {
                *pos = new.max(0) as usize;
                Some(Some(*pos))
            }
            None => Some(None),
        }
    })?;
    match new {
        Some(Some(pos)) => Ok(th.usize(pos)),
        Some(None) => Err(th.overflow_error("new position too large")),
        None => Err(th.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
}

fn truncate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    stream.check_open(th)?;
    stream.check_exports(th)?;
    let size = if super::absent(&args[0]) {
        stream.view(th, |_, pos| *pos as i64)?
    } else {
        th.index_i64(&args[0])?
    };
    if size < 0 {
        return Err(th.value_error(format!("negative size value {size}")));
    }
    stream.edit(th, |data, _| data.truncate(size as usize))?;
    Ok(th.int(size))
}

fn getstate(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let (data, pos) = me(th, this)?.view(th, |data, pos| (data.to_vec(), *pos))?;
    let dict = match th.get_attr_opt(this, &th.intern("__dict__"))? {
        Some(dict) if th.length(&dict)? > 0 => th.call_method(&dict, "copy", &[])?,
        _ => Value::NONE,
    };
    Ok(th.tuple(vec![th.bytes(&data), th.usize(pos), dict]))
}

fn setstate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let kind = this.type_of(th).name();
    let state = match args[0].payload::<Tuple>() {
        Some(tuple) if tuple.as_slice().len() >= 3 => tuple.as_slice(),
        _ => {
            return Err(th.type_error(format!(
                "{kind}.__setstate__ argument should be 3-tuple, got {}",
                args[0].type_name(th)
            )));
        }
    };
    stream.check_exports(th)?;
    let data = buffers::read(th, &state[0])?.into_vec();
    if !th.isinstance(&state[1], th.types().int) {
        let got = state[1].type_name(th);
        return Err(th.type_error(format!("second item of state must be an integer, not {got}")));
    }
    let pos = th.index_i64(&state[1])?;
    if pos < 0 {
        return Err(th.value_error("position value cannot be negative"));
    }
    super::restore_dict(th, this, &state[2], "third")?;
    stream.edit(th, |bytes, at| {
        *at = pos as usize;
        *bytes = data;
    })?;
    Ok(Value::NONE)
}

fn sizeof(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let stream = me(th, this)?;
    let held = stream.data.len(th);
    Ok(th.usize(size_of::<BytesIo>() + 24 + held))
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.closed.load(Relaxed)))
}
