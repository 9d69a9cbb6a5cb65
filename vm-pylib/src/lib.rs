//! The Python half of the standard library: CPython 3.14's own files, compiled when Orochi is built and embedded.
//!
//! [`find`] gives a module by name; its code is thawed when it is asked for, and so is its source text, which
//! tracebacks, `inspect` and `linecache` read. The files come from the crate `rustpython-pylib`, which packages
//! CPython's `Lib`; `lib.edits` undoes that project's changes and makes ours, and `lib/` adds files of our own.
//!
//! Module files claim to lie in [`LIB_DIR`], which exists on no machine: `__file__`, code objects and tracebacks need a
//! path that does not depend on where the program runs, and a loader with `get_source` serves what is read from it.

#![forbid(unsafe_code)]

use std::borrow::Cow;

mod filename;

pub use filename::LIB_DIR;

include!(concat!(env!("OUT_DIR"), "/index.rs"));

static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/code.bin"));
static TEXT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/text.bin"));

/// One module of the library.
#[derive(Debug)]
pub struct Module {
    /// Its full name, such as `asyncio.events`.
    pub name: &'static str,
    /// Its file below [`LIB_DIR`], such as `asyncio/__init__.py`.
    pub path: &'static str,
    /// Whether it is a package.
    pub is_package: bool,
    code: Option<Slot>,
    text: Slot,
}

impl Module {
    /// Its code, as `vm_compiler::image` wrote it, compiled without optimisation and with [`Module::filename`] as the
    /// file; None when it did not compile at build time, so that its source must be compiled to learn why.
    pub fn code(&self) -> Option<Cow<'static, [u8]>> {
        self.code.as_ref()?.thaw(CODE)
    }

    /// Its source text.
    pub fn source(&self) -> Option<String> {
        String::from_utf8(self.text.thaw(TEXT)?.into_owned()).ok()
    }

    /// What `co_filename` is in its code.
    pub fn filename(&self) -> String {
        filename::filename(self.name, self.path)
    }

    /// What `__file__` is in the module.
    pub fn file(&self) -> String {
        format!("{LIB_DIR}/{}", self.path)
    }
}

/// The module of that full name.
pub fn find(name: &str) -> Option<&'static Module> {
    let at = MODULES.binary_search_by(|module| module.name.cmp(name)).ok()?;
    MODULES.get(at)
}

/// Every module, sorted by name.
pub fn modules() -> &'static [Module] {
    MODULES
}

/// The names of every module, sorted.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    MODULES.iter().map(|module| module.name)
}

/// The bytes of a file that is no module (a style sheet, an activation script) by its path below [`LIB_DIR`], or of a
/// module's source by the same.
pub fn data(path: &str) -> Option<Cow<'static, [u8]>> {
    if let Ok(at) = DATA.binary_search_by(|(name, _)| (*name).cmp(path)) {
        return DATA.get(at)?.1.thaw(TEXT);
    }
    MODULES.iter().find(|module| module.path == path)?.text.thaw(TEXT)
}

/// Where something lies in a blob.
#[derive(Debug)]
pub(crate) struct Slot {
    start: usize,
    /// Bytes in the blob.
    stored: usize,
    /// Bytes when thawed.
    full: usize,
    /// Whether it is compressed.
    packed: bool,
}

impl Slot {
    fn thaw(&self, blob: &'static [u8]) -> Option<Cow<'static, [u8]>> {
        let bytes = blob.get(self.start..self.start + self.stored)?;
        if self.packed {
            lz4_flex::block::decompress(bytes, self.full).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(bytes))
        }
    }
}

#[cfg(test)]
mod tests;
