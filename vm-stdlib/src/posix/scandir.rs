//! `listdir`, `scandir` and `DirEntry`.
use super::stat;
use crate::ext::ThreadExt;
use crate::path_arg::{PathArg, PathRule, follow, fs_decode};
use parking_lot::Mutex;
use std::ffi::CString;
use vm_runtime::host::path::{self, DirStream};
use vm_runtime::prelude::*;

pub static FUNCTIONS: &[MethodDef] = &[
    m("listdir", "(path=None)", listdir, "Return a list containing the names of the files in the directory."),
    m("scandir", "(path=None)", scandir, "Return an iterator of DirEntry objects for given path."),
];

const LISTDIR: PathRule = PathRule { function: "listdir", argument: "path", fd: true, none: true };
const SCANDIR: PathRule = PathRule { function: "scandir", argument: "path", fd: true, none: true };

fn open(th: &Thread, path: &PathArg) -> PyResult<DirStream> {
    let stream = match path.fd {
        Some(fd) => th.detach(|| DirStream::open_fd(fd)),
        None => th.detach(|| DirStream::open(path.c_str())),
    };
    stream.map_err(|errno| path.error(th, errno))
}

fn listdir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = LISTDIR.read(th, &args[0])?;
    th.audit("os.listdir", std::slice::from_ref(&path.value))?;
    let mut stream = open(th, &path)?;
    let names = th.detach(|| {
        let mut names = Vec::new();
        while let Some(entry) = stream.next_entry()? {
            names.push(entry.name);
        }
        if path.fd.is_some() {
            stream.rewind();
        }
        Ok(names)
    });
    let names = names.map_err(|errno: i32| path.error(th, errno))?;
    Ok(th.list(names.iter().map(|name| path.decode(th, name)).collect()))
}

/// Payload of the iterator. The stream is used by one thread at a time, detached.
pub struct ScandirIterator {
    stream: Mutex<Option<DirStream>>,
    path: Value,
    /// Directory part of entries' paths, with its slash; None for a descriptor.
    prefix: Option<Vec<u8>>,
    fd: Option<i32>,
    is_bytes: bool,
}
payload!(
    ScandirIterator,
    "ScandirIterator",
    traverse = |s: &ScandirIterator, visit: Visitor<'_>| visit(&s.path)
);

pub static ITERATOR: TypeSpec = TypeSpec {
    name: "posix.ScandirIterator",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Iter(same), Slot::Next(next), Slot::Del(warn_unclosed)],
    methods: &[
        m("__enter__", "()", enter, ""),
        m("__exit__", "(*args)", exit, ""),
        m("close", "()", exit, ""),
    ],
    ..TypeSpec::of::<ScandirIterator>()
};

fn scandir(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let path = SCANDIR.read(th, &args[0])?;
    th.audit("os.scandir", std::slice::from_ref(&path.value))?;
    let stream = open(th, &path)?;
    let prefix = match path.fd {
        Some(_) => None,
        None if path.is_default => Some(b"./".to_vec()),
        None => {
            let mut prefix = path.c_str().to_bytes().to_vec();
            if prefix.last().is_some_and(|&b| b != b'/') {
                prefix.push(b'/');
            }
            Some(prefix)
        }
    };
    let iterator = ScandirIterator {
        stream: Mutex::new(Some(stream)),
        path: path.value.clone(),
        prefix,
        fd: path.fd,
        is_bytes: path.is_bytes,
    };
    th.make_object(th.type_for::<ScandirIterator>(), iterator)
}

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a ScandirIterator> {
    th.expect::<ScandirIterator>(this, "ScandirIterator")
}

fn same(_th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(this.clone())
}

fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let iterator = me(th, this)?;
    let entry = th.detach(|| {
        let mut stream = iterator.stream.lock();
        let entry = match stream.as_mut() {
            Some(open) => open.next_entry(),
            None => Ok(None),
        };
        if !matches!(entry, Ok(Some(_)))
            && let Some(mut open) = stream.take()
            && iterator.fd.is_some()
        {
            open.rewind();
        }
        entry
    });
    let entry = match entry {
        Ok(Some(entry)) => entry,
        Ok(None) => return Ok(None),
        Err(errno) => return Err(th.os_error(errno, Some(iterator.path.clone()))),
    };
    let text = |bytes: &[u8]| if iterator.is_bytes { th.bytes(bytes) } else { fs_decode(th, bytes) };
    let full = match &iterator.prefix {
        Some(prefix) if prefix == b"./" && iterator.path.is_none() => {
            [prefix.as_slice(), &entry.name].concat()
        }
        Some(prefix) => [prefix.as_slice(), &entry.name].concat(),
        None => entry.name.clone(),
    };
    let Ok(system_path) = CString::new(full.clone()) else {
        return Err(th.value_error("embedded null byte"));
    };
    let made = DirEntry {
        name: text(&entry.name),
        path: text(&full),
        system_path,
        dir: iterator.fd.unwrap_or(path::CWD),
        inode: entry.inode,
        kind: entry.kind,
        stat: AtomicValue::empty(),
        lstat: AtomicValue::empty(),
    };
    th.make_object(th.type_for::<DirEntry>(), made).map(Some)
}

fn close(th: &Thread, iterator: &ScandirIterator) {
    let stream = th.detach(|| iterator.stream.lock().take());
    if let Some(mut stream) = stream {
        if iterator.fd.is_some() {
            stream.rewind();
        }
        th.detach(|| drop(stream));
    }
}

fn warn_unclosed(th: &Thread, this: &Value) {
    let Some(iterator) = this.payload::<ScandirIterator>() else { return };
    let open = iterator.stream.try_lock().is_none_or(|stream| stream.is_some());
    if open {
        let shown = th.repr_string(this).map(|s| s.to_string()).unwrap_or_default();
        if th.warn_source("ResourceWarning", &format!("unclosed scandir iterator {shown}"), 1, this).is_err()
        {
            let error = th.take_error();
            if th.isinstance(&error, th.types().exc.warning) {
                th.unraisable_at(error, "", this);
            }
        }
    }
    close(th, iterator);
}

fn enter(_th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(this.clone())
}

fn exit(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    close(th, me(th, this)?);
    Ok(Value::NONE)
}

/// Payload of `DirEntry`.
pub struct DirEntry {
    name: Value,
    path: Value,
    system_path: CString,
    dir: i32,
    inode: u64,
    kind: u8,
    stat: AtomicValue,
    lstat: AtomicValue,
}
payload!(
    DirEntry,
    "DirEntry",
    traverse = |e: &DirEntry, visit: Visitor<'_>| {
        visit(&e.name);
        visit(&e.path);
        e.stat.traverse(&mut *visit);
        e.lstat.traverse(visit);
    }
);

pub static DIR_ENTRY: TypeSpec = TypeSpec {
    name: "posix.DirEntry",
    doc: "",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr)],
    methods: &[
        m(
            "is_dir",
            "(*, follow_symlinks=True)",
            is_dir,
            "Return True if the entry is a directory; cached per entry.",
        ),
        m(
            "is_file",
            "(*, follow_symlinks=True)",
            is_file,
            "Return True if the entry is a file; cached per entry.",
        ),
        m("is_symlink", "()", is_symlink, "Return True if the entry is a symbolic link; cached per entry."),
        m("is_junction", "()", is_junction, "Return True if the entry is a junction; cached per entry."),
        m(
            "stat",
            "(*, follow_symlinks=True)",
            entry_stat,
            "Return stat_result object for the entry; cached per entry.",
        ),
        m("inode", "()", inode, "Return inode of the entry; cached per entry."),
        m("__fspath__", "()", entry_fspath, "Returns the path for the entry."),
        cm("__class_getitem__", "(item, /)", class_getitem, "See PEP 585"),
    ],
    getset: &[
        mb("name", name_get, None, "the entry's base filename, relative to scandir() \"path\" argument"),
        mb(
            "path",
            path_get,
            None,
            "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)",
        ),
    ],
    ..TypeSpec::of::<DirEntry>()
};

fn entry<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a DirEntry> {
    th.expect::<DirEntry>(this, "DirEntry")
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    th.alias(cls, &args[0])
}

fn name_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(entry(th, this)?.name.clone())
}

fn path_get(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(entry(th, this)?.path.clone())
}

fn entry_fspath(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    path_get(th, this)
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let name = th.repr_string(&entry(th, this)?.name)?;
    Ok(th.str(&format!("<DirEntry {name}>")))
}

fn inode(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.int_from(num_bigint::BigInt::from(entry(th, this)?.inode)))
}

fn is_link(th: &Thread, e: &DirEntry) -> PyResult<bool> {
    match e.kind {
        libc::DT_UNKNOWN => has_mode(th, e, false, libc::S_IFLNK),
        kind => Ok(kind == libc::DT_LNK),
    }
}

fn fetch(th: &Thread, e: &DirEntry, follow: bool) -> PyResult<Value> {
    let got = th.detach(|| path::stat(e.dir, &e.system_path, follow));
    match got {
        Ok(got) => stat::result(th, &got),
        Err(errno) => Err(th.os_error(errno, Some(e.path.clone()))),
    }
}

fn stat_of(th: &Thread, e: &DirEntry, follow: bool) -> PyResult<Value> {
    // An entry that is no link has one and the same status either way.
    let slot = if follow && is_link(th, e)? { &e.stat } else { &e.lstat };
    let cached = slot.get(th);
    if !cached.is_unbound() {
        return Ok(cached);
    }
    let got = fetch(th, e, follow)?;
    slot.set(th, got.clone());
    Ok(got)
}

fn has_mode(th: &Thread, e: &DirEntry, follow: bool, mode: u32) -> PyResult<bool> {
    let status = if follow {
        stat_of(th, e, true)
    } else {
        let cached = e.lstat.get(th);
        if cached.is_unbound() {
            let got = fetch(th, e, false);
            if let Ok(got) = &got {
                e.lstat.set(th, got.clone());
            }
            got
        } else {
            Ok(cached)
        }
    };
    match status {
        Ok(status) => {
            let bits = th.index_i64(&th.getattr_str(&status, "st_mode")?)? as u32;
            Ok(bits & libc::S_IFMT == mode)
        }
        Err(_) if th.error_is(th.types().exc.file_not_found_error) => {
            th.clear_error();
            Ok(false)
        }
        Err(raised) => Err(raised),
    }
}

fn test(th: &Thread, e: &DirEntry, follow: bool, mode: u32) -> PyResult<bool> {
    let is_link = e.kind == libc::DT_LNK;
    if e.kind == libc::DT_UNKNOWN || (follow && is_link) {
        return has_mode(th, e, follow, mode);
    }
    let kind = if mode == libc::S_IFDIR { libc::DT_DIR } else { libc::DT_REG };
    Ok(e.kind == kind)
}

fn is_dir(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let follow = follow(th, &args[0])?;
    test(th, entry(th, this)?, follow, libc::S_IFDIR).map(Value::bool)
}

fn is_file(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let follow = follow(th, &args[0])?;
    test(th, entry(th, this)?, follow, libc::S_IFREG).map(Value::bool)
}

fn is_symlink(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    is_link(th, entry(th, this)?).map(Value::bool)
}

fn is_junction(_th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(Value::FALSE)
}

fn entry_stat(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let follow = follow(th, &args[0])?;
    stat_of(th, entry(th, this)?, follow)
}
