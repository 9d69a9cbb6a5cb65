//! `OSError`: `errno` chooses the subclass, and `str()` shows number, text and file names.
//!
//! The arguments are parsed in `__new__`, unless a subclass overrides `__init__` and not `__new__`: then in `__init__`
//! (as CPython's `oserror_use_init`).
use super::{BaseException, base, extra, this};
use crate::prelude::*;

pub(super) static SLOTS: &[Slot] = &[Slot::NewRaw(new), Slot::InitRaw(init), Slot::Str(str)];
pub(super) static METHODS: &[MethodDef] = &[m("__reduce__", "()", reduce, "")];
pub(super) static GETSET: &[GetSetDef] = &[
    gs("errno", get_errno, Some(set_errno), "POSIX exception code"),
    gs("strerror", get_strerror, Some(set_strerror), "exception strerror"),
    gs("filename", get_filename, Some(set_filename), "exception filename"),
    gs("filename2", get_filename2, Some(set_filename2), "second exception filename"),
    gs("characters_written", get_written, Some(set_written), ""),
];

extra_member!(get_errno, set_errno, extra::ERRNO);
extra_member!(get_strerror, set_strerror, extra::STRERROR);
extra_member!(get_filename, set_filename, extra::FILENAME);
extra_member!(get_filename2, set_filename2, extra::FILENAME2);

/// The subclass of `OSError` for an error number.
#[must_use]
pub fn subclass(th: &Thread, errno: i64) -> Option<TypeRef> {
    let exc = &th.types().exc;
    let errno = i32::try_from(errno).ok()?;
    Some(match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => exc.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => exc.broken_pipe_error,
        libc::ECHILD => exc.child_process_error,
        libc::ECONNABORTED => exc.connection_aborted_error,
        libc::ECONNREFUSED => exc.connection_refused_error,
        libc::ECONNRESET => exc.connection_reset_error,
        libc::EEXIST => exc.file_exists_error,
        libc::ENOENT => exc.file_not_found_error,
        libc::EISDIR => exc.is_a_directory_error,
        libc::ENOTDIR => exc.not_a_directory_error,
        libc::EINTR => exc.interrupted_error,
        libc::EACCES | libc::EPERM => exc.permission_error,
        libc::ESRCH => exc.process_lookup_error,
        libc::ETIMEDOUT => exc.timeout_error,
        e if e == libc::EWOULDBLOCK => exc.blocking_io_error,
        _ => return None,
    })
}

/// Whether `__init__` parses the arguments, not `__new__`.
fn uses_init(th: &Thread, cls: TypeRef) -> PyResult<bool> {
    let os_error = th.types().exc.os_error;
    let own = |name: &str| -> PyResult<bool> {
        let name = th.intern(name);
        Ok(match (cls.lookup(th, &name), os_error.lookup(th, &name)) {
            (Some(a), Some(b)) => !a.is(&b),
            _ => false,
        })
    };
    Ok(!(cls == os_error) && own("__init__")? && !own("__new__")?)
}

fn fill(th: &Thread, e: &BaseException, cls: TypeRef, given: &[Value]) -> PyResult<Value> {
    let n = given.len();
    let mut args = given.to_vec();
    if (2..=5).contains(&n) {
        e.set_extra(th, extra::ERRNO, given[0].clone());
        e.set_extra(th, extra::STRERROR, given[1].clone());
        let filename = given.get(2).cloned().unwrap_or(Value::NONE);
        if !filename.is_none() {
            let number =
                if cls == th.types().exc.blocking_io_error { th.index(&filename).ok() } else { None };
            match number {
                Some(written) => e.set_extra(th, extra::CHARACTERS_WRITTEN, th.int(th.index_i64(&written)?)),
                None => {
                    if cls == th.types().exc.blocking_io_error {
                        th.clear_error();
                    }
                    e.set_extra(th, extra::FILENAME, filename);
                    if let Some(second) = given.get(4).filter(|v| !v.is_none()) {
                        e.set_extra(th, extra::FILENAME2, second.clone());
                    }
                    // The file name is no part of `args`, for compatibility.
                    args.truncate(2);
                }
            }
        }
    }
    Ok(th.tuple(args))
}

fn new(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let given = args.positional();
    if uses_init(th, cls)? {
        let e = BaseException::new(th.tuple(Vec::new()), 5);
        return th.make_object(cls, e);
    }
    if !args.names.is_empty() {
        return Err(th.type_error(format!("{}() takes no keyword arguments", cls.name())));
    }
    let mut cls = cls;
    if cls == th.types().exc.os_error
        && (2..=5).contains(&given.len())
        && let Some(errno) = given[0].as_small_int()
    {
        cls = subclass(th, errno).unwrap_or(cls);
    }
    let e = BaseException::new(Value::NONE, 5);
    let args = fill(th, &e, cls, given)?;
    e.set_args(th, args);
    th.make_object(cls, e)
}

fn init(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    let cls = v.type_of(th);
    if !uses_init(th, cls)? {
        return Ok(());
    }
    base::no_keywords(th, v, args)?;
    let e = this(th, v)?;
    let args = fill(th, e, cls, args.positional())?;
    e.set_args(th, args);
    Ok(())
}

fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = this(th, v)?;
    let get = |i| e.extra(th, i);
    let (errno, strerror, filename, filename2) =
        (get(extra::ERRNO), get(extra::STRERROR), get(extra::FILENAME), get(extra::FILENAME2));
    let or_none = |v: &Value| if v.is_unbound() { Value::NONE } else { v.clone() };
    let mut out = Wtf8Buf::new();
    let push_str = |out: &mut Wtf8Buf, v: &Value| -> PyResult<()> {
        let text = th.to_str(v)?;
        if let Some(s) = text.as_str() {
            out.push_wtf8(s.as_wtf8());
        }
        Ok(())
    };
    if !filename.is_unbound() {
        out.push_str("[Errno ");
        push_str(&mut out, &or_none(&errno))?;
        out.push_str("] ");
        push_str(&mut out, &or_none(&strerror))?;
        out.push_str(": ");
        out.push_wtf8(&th.repr_string(&filename)?);
        if !filename2.is_unbound() {
            out.push_str(" -> ");
            out.push_wtf8(&th.repr_string(&filename2)?);
        }
        return Ok(th.str_wtf8(out));
    }
    if !errno.is_unbound() && !strerror.is_unbound() {
        out.push_str("[Errno ");
        push_str(&mut out, &errno)?;
        out.push_str("] ");
        push_str(&mut out, &strerror)?;
        return Ok(th.str_wtf8(out));
    }
    base::str(th, v)
}

fn reduce(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let e = this(th, v)?;
    let mut args = base::arg_items(th, e);
    let filename = e.extra(th, extra::FILENAME);
    if args.len() == 2 && !filename.is_unbound() {
        args.push(filename);
        let second = e.extra(th, extra::FILENAME2);
        if !second.is_unbound() {
            args.push(Value::NONE);
            args.push(second);
        }
    }
    let state = base::dict_or_none(th, v)?;
    Ok(base::reduce_with(th, v, th.tuple(args), state))
}

fn get_written(th: &Thread, v: &Value) -> PyResult<Value> {
    let n = this(th, v)?.extra(th, extra::CHARACTERS_WRITTEN);
    if n.is_unbound() { Err(th.attribute_error("characters_written")) } else { Ok(n) }
}

fn set_written(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let e = this(th, v)?;
    let new = match new {
        None if e.extra(th, extra::CHARACTERS_WRITTEN).is_unbound() => {
            return Err(th.attribute_error("characters_written"));
        }
        None => Value::UNBOUND,
        Some(n) => th.int(th.index_i64(n)?),
    };
    e.set_extra(th, extra::CHARACTERS_WRITTEN, new);
    Ok(())
}
