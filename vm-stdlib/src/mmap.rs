//! `mmap`: files and anonymous memory mapped into this process.
mod constants;
mod construct;
mod items;
mod methods;

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};
use vm_runtime::buffer::{Buffer, MappedStore};
use vm_runtime::host::file;
use vm_runtime::host::mapping::Mapping;
use vm_runtime::prelude::*;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "mmap",
    types: &[&SPEC],
    init: Some(|th: &Thread, module: &Value| {
        for (name, value) in constants::CONSTANTS {
            th.set_module_attr(module, name, th.int(i64::from(*value)))?;
        }
        let page = constants::page_size();
        th.set_module_attr(module, "PAGESIZE", th.int(page))?;
        th.set_module_attr(module, "ALLOCATIONGRANULARITY", th.int(page))?;
        th.set_module_attr(module, "error", th.types().exc.os_error.value())
    }),
    ..ModuleSpec::EMPTY
};

/// What a program may do with a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Default,
    Read,
    Write,
    Copy,
}

impl Access {
    fn name(self) -> &'static str {
        match self {
            Access::Default => "ACCESS_DEFAULT",
            Access::Read => "ACCESS_READ",
            Access::Write => "ACCESS_WRITE",
            Access::Copy => "ACCESS_COPY",
        }
    }
}

/// Payload of `mmap`. `pos` changes under the lock of `store`, so its orderings are relaxed.
pub struct Mmap {
    store: MappedStore,
    pos: AtomicUsize,
    /// Our own duplicate of the file's descriptor; -1 without one.
    fd: AtomicI32,
    offset: i64,
    flags: i32,
    track_fd: bool,
    access: Access,
}
payload!(Mmap, "mmap.mmap");

impl Drop for Mmap {
    fn drop(&mut self) {
        self.close_fd();
    }
}

impl Mmap {
    /// Uses the mapping and the position.
    fn with<R>(&self, th: &Thread, f: impl FnOnce(&Mapping, &AtomicUsize) -> R) -> PyResult<R> {
        self.store.with(th, |mapping| f(mapping, &self.pos)).ok_or_else(|| closed_error(th))
    }

    fn len(&self, th: &Thread) -> PyResult<usize> {
        self.with(th, |mapping, _| mapping.len())
    }

    fn writable(&self, th: &Thread) -> PyResult<()> {
        if self.access == Access::Read {
            return Err(th.type_error("mmap can't modify a readonly memory map."));
        }
        Ok(())
    }

    fn close_fd(&self) {
        let fd = self.fd.swap(-1, Relaxed);
        if fd >= 0 {
            let _ = file::close(fd);
        }
    }
}

fn closed_error(th: &Thread) -> Raised {
    th.value_error("mmap closed or invalid")
}

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a Mmap> {
    th.expect::<Mmap>(this, "mmap.mmap")
}

/// An open `mmap`.
fn open<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a Mmap> {
    let map = me(th, this)?;
    if map.store.is_closed(th) { Err(closed_error(th)) } else { Ok(map) }
}

/// A new `bytes` of a copy.
fn copied(th: &Thread, bytes: Option<Vec<u8>>) -> PyResult<Value> {
    bytes.map(|bytes| th.bytes(&bytes)).ok_or_else(|| th.memory_error())
}

fn give_back(this: &Value) {
    if let Some(map) = this.payload::<Mmap>() {
        map.store.release();
    }
}

fn buffer(th: &Thread, this: &Value, flags: u32) -> PyResult<Buffer> {
    let map = me(th, this)?;
    let lent = map.store.export(th, this, map.access == Access::Read, give_back)?;
    let lent = lent.ok_or_else(|| closed_error(th))?;
    if lent.is_readonly() && flags & vm_runtime::buffer::request::WRITABLE != 0 {
        return Err(th.buffer_error("Object is not writable."));
    }
    Ok(lent)
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let map = me(th, this)?;
    let kind = this.type_of(th).full_name();
    let shape = map.store.with(th, |mapping| (mapping.len(), map.pos.load(Relaxed)));
    let text = match shape {
        None => format!("<{kind} closed=True>"),
        Some((len, pos)) => format!(
            "<{kind} closed=False, access={}, length={len}, pos={pos}, offset={}>",
            map.access.name(),
            map.offset
        ),
    };
    Ok(th.str(&text))
}

/// `mmap.mmap`.
static SPEC: TypeSpec = TypeSpec {
    name: "mmap.mmap",
    flags: BASETYPE | WEAKREFS,
    slots: &[
        Slot::NewRaw(construct::new),
        Slot::Repr(repr),
        Slot::Len(|th, this| me(th, this)?.len(th)),
        Slot::GetItem(items::get),
        Slot::SetItem(items::set),
        Slot::SqItem(items::item),
        Slot::Buffer(buffer),
    ],
    methods: methods::METHODS,
    getset: &[gs("closed", |th, this| Ok(Value::bool(me(th, this)?.store.is_closed(th))), None, "")],
    ..TypeSpec::of::<Mmap>()
};
