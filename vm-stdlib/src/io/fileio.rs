//! `FileIO`: an open file descriptor.
use super::buffers;
use super::{arg_size, retry, unsupported};
use crate::ext::ThreadExt;
use std::sync::atomic::{AtomicBool, AtomicI8, AtomicI32, AtomicI64, Ordering::Relaxed};
use vm_runtime::host::file;
use vm_runtime::prelude::*;

/// Payload of `FileIO`. Orderings are relaxed throughout: each field is a plain setting of its own.
pub struct FileIo {
    /// The descriptor, or -1.
    fd: AtomicI32,
    created: AtomicBool,
    readable: AtomicBool,
    writable: AtomicBool,
    appending: AtomicBool,
    /// -1 unknown, else 0 or 1.
    seekable: AtomicI8,
    closefd: AtomicBool,
    finalizing: AtomicBool,
    block_size: AtomicI64,
    /// Size when opened, -1 if unknown.
    size_at_open: AtomicI64,
    /// Whether the file was a character device when opened; -1 unknown.
    char_device: AtomicI8,
}
payload!(FileIo, "FileIO");

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.FileIO",
    doc: "Open a file.\n\nThe mode can be 'r' (default), 'w', 'x' or 'a' for reading,\nwriting, exclusive creation or appending.  The file will be created if it\ndoesn't exist when opened for writing or appending; it will be truncated\nwhen opened for writing.  A FileExistsError will be raised if it already\nexists when opened for creating. Opening a file for creating implies\nwriting so this mode behaves in a similar way to 'w'.Add a '+' to the mode\nto allow simultaneous reading and writing. A custom opener can be used by\npassing a callable as *opener*. The underlying file descriptor for the file\nobject is then obtained by calling opener with (*name*, *flags*).\n*opener* must return an open file descriptor (passing os.open as *opener*\nresults in functionality similar to passing None).",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    base_spec: Some(&super::base::RAW_IO_BASE),
    new_sig: "(file, mode='r', closefd=True, opener=None)",
    slots: &[Slot::NewRaw(new), Slot::Init(init), Slot::Repr(repr)],
    methods: &[
        m("read", "(size=-1, /)", read, "Read at most size bytes, returned as bytes."),
        m("readall", "()", readall, "Read all data from the file, returned as bytes."),
        m("readinto", "(buffer, /)", readinto, "Same as RawIOBase.readinto()."),
        m("write", "(b, /)", write, "Write buffer b to file, return number of bytes written."),
        m("seek", "(pos, whence=0, /)", seek, "Move to new file position and return the file position."),
        m("tell", "()", tell, "Current file position."),
        m(
            "truncate",
            "(size=None, /)",
            truncate,
            "Truncate the file to at most size bytes and return the truncated size.",
        ),
        m("close", "()", close, "Close the file."),
        m("seekable", "()", seekable, "True if file supports random-access."),
        m("readable", "()", readable, "True if file was opened in a read mode."),
        m("writable", "()", writable, "True if file was opened in a write mode."),
        m("fileno", "()", fileno, "Return the underlying file descriptor (an integer)."),
        m("isatty", "()", isatty, "True if the file is connected to a TTY device."),
        m("_isatty_open_only", "()", isatty_open_only, ""),
        m("_dealloc_warn", "(source, /)", dealloc_warn, ""),
        m("__getstate__", "()", super::cannot_pickle, ""),
        m("__reduce__", "()", super::cannot_pickle, ""),
        m("__reduce_ex__", "(protocol, /)", super::cannot_pickle, ""),
    ],
    getset: &[
        gs("closed", closed_get, None, "True if the file is closed"),
        gs("closefd", closefd_get, None, "True if the file descriptor will be closed by close()."),
        gs("mode", mode_get, None, "String giving the file mode"),
        gs("_blksize", blksize_get, None, "Stat st_blksize if available"),
        mb("_finalizing", finalizing_get, Some(finalizing_set), ""),
    ],
    ..TypeSpec::of::<FileIo>()
};

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    let file = FileIo {
        fd: AtomicI32::new(-1),
        created: AtomicBool::new(false),
        readable: AtomicBool::new(false),
        writable: AtomicBool::new(false),
        appending: AtomicBool::new(false),
        seekable: AtomicI8::new(-1),
        closefd: AtomicBool::new(true),
        finalizing: AtomicBool::new(false),
        block_size: AtomicI64::new(super::DEFAULT_BUFFER_SIZE as i64),
        size_at_open: AtomicI64::new(-1),
        char_device: AtomicI8::new(-1),
    };
    th.make_object(cls, file)
}

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a FileIo> {
    th.expect::<FileIo>(this, "FileIO")
}

struct Mode {
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
    flags: i32,
}

fn parse_mode(th: &Thread, text: &str) -> PyResult<Mode> {
    let bad = || "Must have exactly one of create/read/write/append mode and at most one plus";
    let mut mode = Mode { created: false, readable: false, writable: false, appending: false, flags: 0 };
    let (mut one, mut plus) = (false, false);
    for c in text.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' => {
                if one {
                    return Err(th.value_error(bad()));
                }
                one = true;
                match c {
                    'x' => {
                        mode.created = true;
                        mode.writable = true;
                        mode.flags |= libc::O_EXCL | libc::O_CREAT;
                    }
                    'r' => mode.readable = true,
                    'w' => {
                        mode.writable = true;
                        mode.flags |= libc::O_CREAT | libc::O_TRUNC;
                    }
                    _ => {
                        mode.writable = true;
                        mode.appending = true;
                        mode.flags |= libc::O_APPEND | libc::O_CREAT;
                    }
                }
            }
            'b' => {}
            '+' => {
                if plus {
                    return Err(th.value_error(bad()));
                }
                plus = true;
            }
            _ => {
                return Err(
                    th.value_error(format!("invalid mode: {}", text.chars().take(200).collect::<String>()))
                );
            }
        }
    }
    if !one {
        return Err(th.value_error(bad()));
    }
    if plus {
        mode.readable = true;
        mode.writable = true;
    }
    mode.flags |= match (mode.readable, mode.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    } | libc::O_CLOEXEC;
    Ok(mode)
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let file = me(th, this)?;
    let [name, mode, closefd, opener, ..] = args else {
        return Err(th.type_error("FileIO() takes 1 to 4 arguments"));
    };
    if file.fd.load(Relaxed) >= 0 {
        if file.closefd.load(Relaxed) {
            close_fd(th, file)?;
        } else {
            file.fd.store(-1, Relaxed);
        }
    }
    let mode_text = match mode.as_str() {
        None if mode.is_unbound() => "r".to_string(),
        Some(text) => super::text_without_nul(th, text)?,
        None => {
            return Err(
                th.type_error(format!("FileIO() argument 'mode' must be str, not {}", mode.type_name(th)))
            );
        }
    };
    let closefd = closefd.is_unbound() || th.truth(closefd)?;
    let opener = if opener.is_unbound() { &Value::NONE } else { opener };
    let mut given = -1;
    if name.as_bool().is_some() {
        th.warn_of("RuntimeWarning", "bool is used as a file descriptor", 1)?;
    }
    if th.isinstance(name, th.types().int) || (name.as_str().is_none() && super::has_index(th, name)) {
        let fd = super::fd_number(th, name)?;
        if fd < 0 {
            return Err(th.value_error("negative file descriptor"));
        }
        given = fd;
    }
    let path = if given < 0 { Some(crate::path_arg::fs_path(th, name)?) } else { None };
    let mode = parse_mode(th, &mode_text)?;
    file.created.store(mode.created, Relaxed);
    file.readable.store(mode.readable, Relaxed);
    file.writable.store(mode.writable, Relaxed);
    file.appending.store(mode.appending, Relaxed);
    file.seekable.store(-1, Relaxed);
    th.audit("open", &[name.clone(), mode_value(th, &mode_text), th.int(i64::from(mode.flags))])?;
    let own;
    let fd = match &path {
        None => {
            file.closefd.store(closefd, Relaxed);
            own = false;
            given
        }
        Some(path) => {
            file.closefd.store(true, Relaxed);
            if !closefd {
                return Err(th.value_error("Cannot use closefd=False with file name"));
            }
            own = true;
            if opener.is_none() {
                match retry(th, || file::open(libc::AT_FDCWD, path, mode.flags, 0o666))? {
                    Ok(fd) => fd,
                    Err(errno) => return Err(th.os_error(errno, Some(name.clone()))),
                }
            } else {
                opened_by(th, opener, name, mode.flags)?
            }
        }
    };
    file.fd.store(fd, Relaxed);
    let finished = finish_init(th, this, file, name, &mode);
    if let Err(raised) = finished {
        if own {
            let error = th.take_error();
            let _ = close_fd(th, file).map_err(|_| th.clear_error());
            return Err(th.raise_value(error));
        }
        file.fd.store(-1, Relaxed);
        return Err(raised);
    }
    Ok(())
}

fn mode_value(th: &Thread, text: &str) -> Value {
    th.str(text)
}

fn opened_by(th: &Thread, opener: &Value, name: &Value, flags: i32) -> PyResult<i32> {
    let result = th.call(opener, &[name.clone(), th.int(i64::from(flags))])?;
    if !th.isinstance(&result, th.types().int) && !super::has_index(th, &result) {
        return Err(th.type_error("expected integer from opener"));
    }
    let fd = super::fd_number(th, &result)?;
    if fd < 0 {
        return Err(th.value_error(format!("opener returned {fd}")));
    }
    match file::set_inheritable(fd, false) {
        Ok(()) => Ok(fd),
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn finish_init(th: &Thread, this: &Value, file: &FileIo, name: &Value, mode: &Mode) -> PyResult<()> {
    let fd = file.fd.load(Relaxed);
    match th.detach(|| file::fstat(fd)) {
        Ok(stat) => {
            if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
                return Err(th.os_error(libc::EISDIR, Some(name.clone())));
            }
            if stat.st_blksize > 1 {
                file.block_size.store(stat.st_blksize, Relaxed);
            }
            file.size_at_open.store(stat.st_size, Relaxed);
            file.char_device.store(i8::from(stat.st_mode & libc::S_IFMT == libc::S_IFCHR), Relaxed);
        }
        Err(libc::EBADF) => return Err(th.os_error(libc::EBADF, None)),
        Err(_) => {}
    }
    th.setattr(this, &th.intern("name"), name)?;
    if mode.appending {
        // For consistent behaviour, the position is the end from the start; a stream that cannot seek says so.
        if let Err(errno) = th.detach(|| file::lseek(fd, 0, libc::SEEK_END)) {
            return Err(th.os_error(errno, None));
        }
    }
    Ok(())
}

fn close_fd(th: &Thread, file: &FileIo) -> PyResult<()> {
    let fd = file.fd.swap(-1, Relaxed);
    if fd >= 0
        && let Err(errno) = th.detach(|| file::close(fd))
        && errno != libc::EINTR
    {
        return Err(th.os_error(errno, None));
    }
    Ok(())
}

impl FileIo {
    /// The descriptor; ValueError if closed.
    pub fn fd(&self, th: &Thread) -> PyResult<i32> {
        match self.fd.load(Relaxed) {
            fd if fd < 0 => Err(th.value_error("I/O operation on closed file")),
            fd => Ok(fd),
        }
    }

    /// Whether the file is closed.
    pub fn is_closed(&self) -> bool {
        self.fd.load(Relaxed) < 0
    }

    fn open_for_reading(&self, th: &Thread) -> PyResult<i32> {
        let fd = self.fd(th)?;
        if self.readable.load(Relaxed) { Ok(fd) } else { Err(unsupported(th, "File not open for reading")) }
    }

    fn open_for_writing(&self, th: &Thread) -> PyResult<i32> {
        let fd = self.fd(th)?;
        if self.writable.load(Relaxed) { Ok(fd) } else { Err(unsupported(th, "File not open for writing")) }
    }

    /// Reads once into `into`; None if the read would block.
    pub fn read_into(&self, th: &Thread, into: &mut [u8]) -> PyResult<Option<usize>> {
        let fd = self.open_for_reading(th)?;
        match retry(th, || file::read(fd, into))? {
            Ok(n) => Ok(Some(n)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(th.os_error(errno, None)),
        }
    }

    /// Writes once; None if the write would block.
    pub fn write_from(&self, th: &Thread, data: &[u8]) -> PyResult<Option<usize>> {
        let fd = self.open_for_writing(th)?;
        match retry(th, || file::write(fd, data))? {
            Ok(n) => Ok(Some(n)),
            Err(libc::EAGAIN) => Ok(None),
            Err(errno) => Err(th.os_error(errno, None)),
        }
    }

    /// `lseek`.
    pub fn seek_to(&self, th: &Thread, offset: i64, whence: i32) -> PyResult<i64> {
        let fd = self.fd(th)?;
        let result = th.detach(|| file::lseek(fd, offset, whence));
        if self.seekable.load(Relaxed) < 0 {
            self.seekable.store(i8::from(result.is_ok()), Relaxed);
        }
        result.map_err(|errno| th.os_error(errno, None))
    }

    /// Reads to the end; None if nothing is there yet and the read would block.
    pub fn read_all(&self, th: &Thread) -> PyResult<Option<Vec<u8>>> {
        let fd = self.open_for_reading(th)?;
        let size = match self.size_at_open.load(Relaxed) {
            size if size >= 0 => size,
            _ => th.detach(|| file::fstat(fd)).map_or(-1, |stat| stat.st_size),
        };
        let start = if size > 65536 {
            let at = th.detach(|| file::lseek(fd, 0, libc::SEEK_CUR)).unwrap_or(0);
            (size - at).max(0) + 1
        } else {
            size.max(0) + 1
        };
        let mut all: Vec<u8> = Vec::new();
        let mut room = (start as usize).clamp(super::SMALL_READ, file::MAX_IO);
        loop {
            let at = all.len();
            if all.try_reserve(room).is_err() {
                return Err(th.memory_error());
            }
            all.resize(at + room, 0);
            let tail = all.get_mut(at..).unwrap_or(&mut []);
            let got = match retry(th, || file::read(fd, tail))? {
                Ok(n) => n,
                Err(libc::EAGAIN) => {
                    all.truncate(at);
                    return Ok(if at == 0 { None } else { Some(all) });
                }
                Err(errno) => return Err(th.os_error(errno, None)),
            };
            all.truncate(at + got);
            if got == 0 {
                return Ok(Some(all));
            }
            // What was left of the room comes first (the end of a file of known size), then ever larger steps.
            room = if got < room { room - got } else { (all.len() / 4).clamp(super::SMALL_READ, 64 << 20) };
        }
    }
}

fn read(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.open_for_reading(th)?;
    let size = arg_size(th, &args[0], -1)?;
    if size < 0 {
        return readall(th, this, &[]);
    }
    let mut data = super::zeroed(th, (size as usize).min(file::MAX_IO))?;
    match file.read_into(th, &mut data)? {
        Some(n) => Ok(th.bytes(data.get(..n).unwrap_or(&data))),
        None => Ok(Value::NONE),
    }
}

fn readall(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(me(th, this)?.read_all(th)?.map_or(Value::NONE, |data| th.bytes(&data)))
}

fn readinto(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.open_for_reading(th)?;
    let target = buffers::writable(th, &args[0])?;
    let mut data = super::zeroed(th, target.len().min(file::MAX_IO))?;
    match file.read_into(th, &mut data)? {
        Some(n) => {
            target.put(th, 0, data.get(..n).unwrap_or(&data))?;
            Ok(th.usize(n))
        }
        None => Ok(Value::NONE),
    }
}

fn write(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.open_for_writing(th)?;
    let data = buffers::read(th, &args[0])?;
    Ok(file.write_from(th, data.as_slice())?.map_or(Value::NONE, |n| th.usize(n)))
}

fn seek(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.fd(th)?;
    let whence = if args[1].is_unbound() { 0 } else { super::c_int(th, &args[1])? };
    if th.isinstance(&args[0], th.types().float) {
        return Err(th.type_error("an integer is required"));
    }
    let offset = super::offset(th, &args[0])?;
    file.seek_to(th, offset, whence).map(|at| th.int(at))
}

fn tell(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    me(th, this)?.seek_to(th, 0, libc::SEEK_CUR).map(|at| th.int(at))
}

fn truncate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    let fd = file.open_for_writing(th)?;
    let size =
        if super::absent(&args[0]) { th.int(file.seek_to(th, 0, libc::SEEK_CUR)?) } else { args[0].clone() };
    let length = super::offset(th, &size)?;
    match retry(th, || file::ftruncate(fd, length))? {
        Ok(()) => {
            // The size at opening is an estimate for readall, and now a wrong one.
            file.size_at_open.store(-1, Relaxed);
            Ok(size)
        }
        Err(errno) => Err(th.os_error(errno, None)),
    }
}

fn close(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    let closed = super::base::close(th, this, &[]);
    if !file.closefd.load(Relaxed) {
        file.fd.store(-1, Relaxed);
        return closed;
    }
    let pending = if closed.is_err() { Some(th.take_error()) } else { None };
    if file.finalizing.load(Relaxed) {
        dealloc_warn(th, this, std::slice::from_ref(this))?;
    }
    let done = close_fd(th, file);
    match pending {
        None => done.map(|()| Value::NONE),
        Some(error) => {
            if done.is_err() {
                let second = th.take_error();
                th.set_context_of(&second, &error);
                return Err(th.raise_value(second));
            }
            Err(th.raise_value(error))
        }
    }
}

fn dealloc_warn(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    if file.fd.load(Relaxed) >= 0 && file.closefd.load(Relaxed) {
        let pending = th.take_error_opt();
        let source = args.first().unwrap_or(this);
        if let Ok(text) = th.repr_string(source)
            && th.warn_source("ResourceWarning", &format!("unclosed file {text}"), 1, source).is_err()
        {
            let error = th.take_error();
            if th.isinstance(&error, th.types().exc.warning) {
                th.unraisable_at(error, "", this);
            }
        }
        if let Some(error) = pending {
            th.restore_error(error);
        }
    }
    Ok(Value::NONE)
}

fn seekable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    let fd = file.fd(th)?;
    if file.seekable.load(Relaxed) < 0 {
        let able = th.detach(|| file::lseek(fd, 0, libc::SEEK_CUR)).is_ok();
        file.seekable.store(i8::from(able), Relaxed);
    }
    Ok(Value::bool(file.seekable.load(Relaxed) == 1))
}

fn readable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.fd(th)?;
    Ok(Value::bool(file.readable.load(Relaxed)))
}

fn writable(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let file = me(th, this)?;
    file.fd(th)?;
    Ok(Value::bool(file.writable.load(Relaxed)))
}

fn fileno(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int(i64::from(me(th, this)?.fd(th)?)))
}

fn isatty(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let fd = me(th, this)?.fd(th)?;
    Ok(Value::bool(th.detach(|| file::isatty(fd))))
}

fn isatty_open_only(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    // A regular file cannot be a terminal: what `fstat` said at opening spares the call.
    if me(th, this)?.char_device.load(Relaxed) == 0 { Ok(Value::FALSE) } else { isatty(th, this, args) }
}

fn mode_text(file: &FileIo) -> &'static str {
    let (readable, writable) = (file.readable.load(Relaxed), file.writable.load(Relaxed));
    if file.created.load(Relaxed) {
        if readable { "xb+" } else { "xb" }
    } else if file.appending.load(Relaxed) {
        if readable { "ab+" } else { "ab" }
    } else if readable {
        if writable { "rb+" } else { "rb" }
    } else {
        "wb"
    }
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let file = me(th, this)?;
    let kind = this.type_of(th).full_name();
    let fd = file.fd.load(Relaxed);
    if fd < 0 {
        return Ok(th.str(&format!("<{kind} [closed]>")));
    }
    let closefd = if file.closefd.load(Relaxed) { "True" } else { "False" };
    let mode = mode_text(file);
    let text = match th.get_attr_opt(this, &th.intern("name"))? {
        None => format!("<{kind} fd={fd} mode='{mode}' closefd={closefd}>"),
        Some(name) => {
            let Some(_guard) = th.repr_enter(this) else {
                return Err(th.runtime_error(format!("reentrant call inside {kind}.__repr__")));
            };
            let name = th.repr_string(&name)?;
            format!("<{kind} name={name} mode='{mode}' closefd={closefd}>")
        }
    };
    Ok(th.str(&text))
}

fn closed_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.is_closed()))
}

fn closefd_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.closefd.load(Relaxed)))
}

fn mode_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(th.str(mode_text(me(th, this)?)))
}

fn blksize_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(th.int(me(th, this)?.block_size.load(Relaxed)))
}

fn finalizing_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(Value::bool(me(th, this)?.finalizing.load(Relaxed)))
}

fn finalizing_set(th: &Thread, this: &Value, value: Option<&Value>) -> PyResult<()> {
    if let Some(value) = value {
        let value = th.truth(value)?;
        me(th, this)?.finalizing.store(value, Relaxed);
    }
    Ok(())
}
