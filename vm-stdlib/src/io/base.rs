//! `_IOBase` and `_RawIOBase`, and the checks that every stream shares.
use super::{arg_size, unsupported};
use crate::ext::ThreadExt;
use vm_runtime::prelude::*;

/// Payload of `_IOBase` and the other abstract streams: they hold nothing.
pub struct IoBase;
payload!(IoBase, "_IOBase");

pub static IO_BASE: TypeSpec = TypeSpec {
    name: "_io._IOBase",
    doc: "The abstract base class for all I/O classes.\n\nThis class provides dummy implementations for many methods that\nderived classes can override selectively; the default implementations\nrepresent a file that cannot be read, written or seeked.\n\nEven though IOBase does not declare read, readinto, or write because\ntheir signatures will vary, implementations and clients should\nconsider those methods part of the interface. Also, implementations\nmay raise UnsupportedOperation when operations they do not support are\ncalled.\n\nThe basic type used for binary data read from or written to a file is\nbytes. Other bytes-like objects are accepted as method arguments too.\nIn some cases (such as readinto), a writable object is required. Text\nI/O classes work with str data.\n\nNote that calling any method (except additional calls to close(),\nwhich are ignored) on a closed stream should raise a ValueError.\n\nIOBase (and its subclasses) support the iterator protocol, meaning\nthat an IOBase object can be iterated over yielding the lines in a\nstream.\n\nIOBase also supports the :keyword:`with` statement. In this example,\nfp is closed after the suite of the with statement is complete:\n\nwith open('spam.txt', 'r') as fp:\n    fp.write('Spam and eggs!')\n",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    slots: &[Slot::New(new), Slot::Iter(iter), Slot::Next(next), Slot::Del(finalize)],
    new_sig: "(*args, **kwargs)",
    methods: &[
        m(
            "seek",
            "(offset, whence=os.SEEK_SET, /)",
            seek,
            "Change the stream position to the given byte offset.",
        ),
        m("tell", "()", tell, "Return current stream position."),
        m("truncate", "(size=None, /)", truncate, "Truncate file to size bytes."),
        m("flush", "()", flush, "Flush write buffers, if applicable."),
        m("close", "()", close, "Flush and close the IO object."),
        m("seekable", "()", no, "Return whether object supports random access."),
        m("readable", "()", no, "Return whether object was opened for reading."),
        m("writable", "()", no, "Return whether object was opened for writing."),
        m("_checkClosed", "()", check_closed_method, ""),
        m("_checkSeekable", "()", check_seekable_method, ""),
        m("_checkReadable", "()", check_readable_method, ""),
        m("_checkWritable", "()", check_writable_method, ""),
        m("fileno", "()", fileno, "Return underlying file descriptor if one exists."),
        m("isatty", "()", isatty, "Return whether this is an 'interactive' stream."),
        m("__enter__", "()", enter, ""),
        m("__exit__", "(*args)", exit, ""),
        m("readline", "(size=-1, /)", readline, "Read and return a line from the stream."),
        m("readlines", "(hint=-1, /)", readlines, "Return a list of lines from the stream."),
        m("writelines", "(lines, /)", writelines, "Write a list of lines to stream."),
    ],
    getset: &[gs("closed", closed_get, None, "")],
    ..TypeSpec::of::<IoBase>()
};

/// `__new__` of the abstract streams: arguments are the subclass's affair.
pub fn new(th: &Thread, cls: TypeRef, _args: &[Value]) -> PyResult<Value> {
    th.make_object(cls, IoBase)
}

/// Whether `stream.closed` is true.
pub fn is_closed(th: &Thread, stream: &Value) -> PyResult<bool> {
    let closed = th.getattr_str(stream, "closed")?;
    th.truth(&closed)
}

/// ValueError if the stream is closed.
pub fn check_closed(th: &Thread, stream: &Value) -> PyResult<()> {
    if is_closed(th, stream)? {
        return Err(th.value_error("I/O operation on closed file."));
    }
    Ok(())
}

fn check_able(th: &Thread, stream: &Value, method: &str, message: &str) -> PyResult<()> {
    let answer = th.call_method(stream, method, &[])?;
    if answer.is_true() { Ok(()) } else { Err(unsupported(th, message)) }
}

/// UnsupportedOperation if the stream is not seekable.
pub fn check_seekable(th: &Thread, stream: &Value) -> PyResult<()> {
    check_able(th, stream, "seekable", "File or stream is not seekable.")
}

/// UnsupportedOperation if the stream is not readable.
pub fn check_readable(th: &Thread, stream: &Value) -> PyResult<()> {
    check_able(th, stream, "readable", "File or stream is not readable.")
}

/// UnsupportedOperation if the stream is not writable.
pub fn check_writable(th: &Thread, stream: &Value) -> PyResult<()> {
    check_able(th, stream, "writable", "File or stream is not writable.")
}

fn check_closed_method(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_closed(th, this).map(|()| Value::NONE)
}

fn check_seekable_method(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_seekable(th, this).map(|()| Value::TRUE)
}

fn check_readable_method(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_readable(th, this).map(|()| Value::TRUE)
}

fn check_writable_method(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_writable(th, this).map(|()| Value::TRUE)
}

fn seek(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "seek"))
}

fn tell(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    th.call_method(this, "seek", &[th.int(0), th.int(1)])
}

fn truncate(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "truncate"))
}

fn fileno(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "fileno"))
}

fn no(_th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::FALSE)
}

fn isatty(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_closed(th, this).map(|()| Value::FALSE)
}

/// The mark that `_IOBase.close` leaves on the object.
const CLOSED_MARK: &str = "__IOBase_closed";

fn has_closed_mark(th: &Thread, this: &Value) -> PyResult<bool> {
    Ok(th.get_attr_opt(this, &th.intern(CLOSED_MARK))?.is_some())
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    has_closed_mark(th, this).map(Value::bool)
}

fn flush(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    if has_closed_mark(th, this)? {
        return Err(th.value_error("I/O operation on closed file."));
    }
    Ok(Value::NONE)
}

/// `_IOBase.close`: flush, then mark closed whatever happened.
pub fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    if has_closed_mark(th, this)? {
        return Ok(Value::NONE);
    }
    let flushed = th.call_method(this, "flush", &[]);
    chain(th, flushed, |th| th.setattr(this, &th.intern(CLOSED_MARK), &Value::TRUE).map(|()| Value::NONE))?;
    Ok(Value::NONE)
}

/// Does `then` whatever `first` gave, and reports the first failure; a second failure takes the first as its context.
pub fn chain(
    th: &Thread,
    first: PyResult<Value>,
    then: impl FnOnce(&Thread) -> PyResult<Value>,
) -> PyResult<Value> {
    match first {
        Ok(_) => then(th),
        Err(_) => {
            let error = th.take_error();
            match then(th) {
                Ok(_) => Err(th.raise_value(error)),
                Err(_) => {
                    let second = th.take_error();
                    th.set_context_of(&second, &error);
                    Err(th.raise_value(second))
                }
            }
        }
    }
}

/// The finalizer: closes what is still open; a failure is reported as unraisable.
fn finalize(th: &Thread, this: &Value) {
    let open = match is_closed(th, this) {
        Ok(closed) => !closed,
        Err(_) => {
            // No `closed`: the object was never initialised, or is not a stream at all.
            th.clear_error();
            return;
        }
    };
    if !open {
        return;
    }
    if th.setattr(this, &th.intern("_finalizing"), &Value::TRUE).is_err() {
        th.clear_error();
    }
    if th.call_method(this, "close", &[]).is_err() {
        let error = th.take_error();
        th.unraisable_at(error, "while finalizing file", this);
    }
}

fn enter(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    check_closed(th, this)?;
    Ok(this.clone())
}

fn exit(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    th.call_method(this, "close", &[])
}

fn iter(th: &Thread, this: &Value) -> PyResult<Value> {
    check_closed(th, this)?;
    Ok(this.clone())
}

fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let line = th.call_method(this, "readline", &[])?;
    if th.length(&line)? == 0 { Ok(None) } else { Ok(Some(line)) }
}

fn bytes_result<'a>(th: &Thread, value: &'a Value, method: &str) -> PyResult<&'a [u8]> {
    match value.payload::<Bytes>() {
        Some(bytes) => Ok(bytes.as_slice()),
        None => Err(th.os_error_text(format!(
            "{method}() should have returned a bytes object, not '{}'",
            value.type_name(th)
        ))),
    }
}

fn readline(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let limit = arg_size(th, &args[0], -1)?;
    let has_peek = th.get_attr_opt(this, &th.intern("peek"))?;
    let mut line: Vec<u8> = Vec::new();
    while limit < 0 || (line.len() as i64) < limit {
        let mut want = 1i64;
        if let Some(peek) = &has_peek {
            let seen = super::retry_interrupted(th, || th.call(peek, &[th.int(1)]))?;
            let seen = bytes_result(th, &seen, "peek")?;
            if !seen.is_empty() {
                let room =
                    if limit < 0 { seen.len() } else { seen.len().min((limit - line.len() as i64) as usize) };
                let seen = seen.get(..room).unwrap_or(seen);
                want = memchr::memchr(b'\n', seen).map_or(seen.len(), |at| at + 1) as i64;
            }
        }
        let piece = super::retry_interrupted(th, || th.call_method(this, "read", &[th.int(want)]))?;
        let piece = bytes_result(th, &piece, "read")?;
        if piece.is_empty() {
            break;
        }
        line.extend_from_slice(piece);
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(th.bytes(&line))
}

fn readlines(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let hint = arg_size(th, &args[0], -1)?;
    let mut lines = Vec::new();
    let it = th.iter(this)?;
    let mut total = 0i64;
    while let Some(line) = th.next(&it)? {
        if hint > 0 {
            total = total.saturating_add(th.length(&line)? as i64);
        }
        lines.push(line);
        if hint > 0 && total > hint {
            break;
        }
    }
    Ok(th.list(lines))
}

fn writelines(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    check_closed(th, this)?;
    let it = th.iter(&args[0])?;
    while let Some(line) = th.next(&it)? {
        super::retry_interrupted(th, || th.call_method(this, "write", std::slice::from_ref(&line)))?;
    }
    Ok(Value::NONE)
}

/// Payload of `_RawIOBase`.
pub static RAW_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._RawIOBase",
    doc: "Base class for raw binary I/O.",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&IO_BASE),
    methods: &[
        m("read", "(size=-1, /)", raw_read, ""),
        m("readall", "()", raw_readall, "Read until EOF, using multiple read() call."),
        m("readinto", "(*args)", raw_not_implemented, ""),
        m("write", "(*args)", raw_not_implemented, ""),
    ],
    ..TypeSpec::of::<IoBase>()
};

fn raw_not_implemented(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(th.not_implemented_error(""))
}

fn raw_read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let n = if args[0].is_unbound() { -1 } else { th.index_i64(&args[0])? };
    if n < 0 {
        return th.call_method(this, "readall", &[]);
    }
    let buffer = th.call(&th.types().bytearray.value(), &[th.int(n)])?;
    let got =
        super::retry_interrupted(th, || th.call_method(this, "readinto", std::slice::from_ref(&buffer)))?;
    if got.is_none() {
        return Ok(Value::NONE);
    }
    let got = th.index_i64(&got)?;
    if got < 0 || got > th.length(&buffer)? as i64 {
        return Err(th.value_error(format!("readinto returned {got} outside buffer size {n}")));
    }
    let data = super::buffers::read(th, &buffer)?;
    Ok(th.bytes(data.as_slice().get(..got as usize).unwrap_or(&[])))
}

fn raw_readall(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let mut all: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let size = th.int(super::DEFAULT_BUFFER_SIZE as i64);
        let piece =
            super::retry_interrupted(th, || th.call_method(this, "read", std::slice::from_ref(&size)))?;
        if piece.is_none() {
            if first {
                return Ok(Value::NONE);
            }
            break;
        }
        let Some(bytes) = piece.payload::<Bytes>() else {
            return Err(th.type_error("read() should return bytes"));
        };
        if bytes.as_slice().is_empty() {
            break;
        }
        first = false;
        all.extend_from_slice(bytes.as_slice());
    }
    Ok(th.bytes(&all))
}

/// `_BufferedIOBase`.
pub static BUFFERED_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._BufferedIOBase",
    doc: "Base class for buffered IO objects.\n\nThe main difference with RawIOBase is that the read() method\nsupports omitting the size argument, and does not have a default\nimplementation that defers to readinto().\n\nIn addition, read(), readinto() and write() may raise\nBlockingIOError if the underlying raw stream is in non-blocking\nmode and not ready; unlike their raw counterparts, they will never\nreturn None.\n\nA typical implementation should not inherit from a RawIOBase\nimplementation, but wrap one.\n",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&IO_BASE),
    methods: &[
        m("detach", "()", no_detach, "Disconnect this buffer from its underlying raw stream and return it."),
        m("read", "(size=-1, /)", no_read, "Read and return up to n bytes."),
        m(
            "read1",
            "(size=-1, /)",
            no_read1,
            "Read and return up to size bytes, with at most one read() call to the underlying raw stream.",
        ),
        m("readinto", "(buffer, /)", buffered_readinto, ""),
        m("readinto1", "(buffer, /)", buffered_readinto1, ""),
        m("write", "(b, /)", no_write, "Write buffer b to the IO stream."),
    ],
    ..TypeSpec::of::<IoBase>()
};

fn no_detach(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "detach"))
}

fn no_read(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "read"))
}

fn no_read1(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "read1"))
}

fn no_readline(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "readline"))
}

fn no_write(th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(unsupported(th, "write"))
}

fn readinto_by(th: &Thread, this: &Value, target: &Value, method: &str) -> PyResult<Value> {
    let target = super::buffers::writable(th, target)?;
    let data = th.call_method(this, method, &[th.usize(target.len())])?;
    let Some(bytes) = data.payload::<Bytes>() else {
        return Err(th.type_error("read() should return bytes"));
    };
    let bytes = bytes.as_slice();
    if bytes.len() > target.len() {
        let (n, m) = (target.len(), bytes.len());
        return Err(
            th.value_error(format!("read() returned too much data: {n} bytes requested, {m} returned"))
        );
    }
    target.put(th, 0, bytes)?;
    Ok(th.usize(bytes.len()))
}

fn buffered_readinto(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    readinto_by(th, this, &args[0], "read")
}

fn buffered_readinto1(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    readinto_by(th, this, &args[0], "read1")
}

/// `_TextIOBase`.
pub static TEXT_IO_BASE: TypeSpec = TypeSpec {
    name: "_io._TextIOBase",
    doc: "Base class for text I/O.\n\nThis class provides a character and line based interface to stream\nI/O. There is no readinto method because Python's character strings\nare immutable.\n",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&IO_BASE),
    methods: &[
        m("detach", "()", no_detach, "Separate the underlying buffer from the TextIOBase and return it."),
        m("read", "(size=-1, /)", no_read, "Read at most size characters from stream."),
        m("readline", "(size=-1, /)", no_readline, "Read until newline or EOF."),
        m("write", "(s, /)", no_write, "Write string s to stream."),
    ],
    getset: &[
        gs("encoding", none_get, None, "Encoding of the text stream.\n\nSubclasses should override.\n"),
        gs(
            "newlines",
            none_get,
            None,
            "Line endings translated so far.\n\nOnly line endings translated during reading are considered.\n\nSubclasses should override.\n",
        ),
        gs(
            "errors",
            none_get,
            None,
            "The error setting of the decoder or encoder.\n\nSubclasses should override.\n",
        ),
    ],
    ..TypeSpec::of::<IoBase>()
};

fn none_get(_th: &Thread, _this: &Value) -> PyResult<Value> {
    Ok(Value::NONE)
}
