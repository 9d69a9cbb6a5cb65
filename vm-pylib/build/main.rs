//! Packs the library: collects its files, edits and replaces some, compiles each, and writes two blobs and their index
//! to `OUT_DIR`.
//!
//! A file that does not compile is kept as source with a warning, unless it is one that every start of the interpreter
//! needs: then the build fails.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

mod collect;
mod edits;
#[path = "../src/filename.rs"]
mod filename;
mod pack;

use collect::File;
use vm_compiler::{Mode, Options};

/// Modules that every start imports, or that nothing works without. Their code is stored uncompressed.
const ESSENTIAL: &[&str] = &[
    "_collections_abc",
    "_sitebuiltins",
    "_weakrefset",
    "abc",
    "codecs",
    "collections",
    "copyreg",
    "encodings",
    "encodings.aliases",
    "encodings.utf_8",
    "enum",
    "functools",
    "genericpath",
    "importlib",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "io",
    "keyword",
    "linecache",
    "operator",
    "os",
    "posixpath",
    "re",
    "reprlib",
    "site",
    "stat",
    "threading",
    "traceback",
    "types",
    "warnings",
];

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=src/filename.rs");
    println!("cargo:rerun-if-changed=lib");
    println!("cargo:rerun-if-changed=lib.edits");
    println!("cargo:rerun-if-changed=lib.fixes");
    if let Err(message) = build(&manifest, &out) {
        println!("cargo:error={message}");
        std::process::exit(1);
    }
}

fn build(manifest: &Path, out: &Path) -> Result<(), String> {
    let mut files = collect::files(Path::new(rustpython_pylib::LIB_PATH), &manifest.join("lib"))?;
    for list in ["lib.edits", "lib.fixes"] {
        edits::apply(&manifest.join(list), &mut files)?;
    }
    let images = in_parallel(&files, compile);
    let mut packed = Vec::with_capacity(files.len());
    for (file, image) in files.iter().zip(images) {
        let essential = file.module.as_deref().is_some_and(|name| ESSENTIAL.contains(&name));
        let image = match image {
            Ok(image) => image,
            Err(message) if essential => return Err(format!("{}: {message}", file.path)),
            Err(message) => {
                println!("cargo:warning={}: {message}", file.path);
                None
            }
        };
        packed.push(pack::Packed { file, image, essential });
    }
    pack::write(out, &packed)
}

/// Calls `work` for every file on every core; the results are in the files' order.
fn in_parallel<T, F>(files: &[File], work: F) -> Vec<T>
where
    T: Send,
    F: Fn(&File) -> T + Sync,
{
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(files.len())));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    // Relaxed: the counter only deals out indices; the mutex publishes the results.
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { return };
                    let result = work(file);
                    if let Ok(mut all) = done.lock() {
                        all.push((index, result));
                    }
                }
            });
        }
    });
    let mut all = done.into_inner().unwrap_or_default();
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

/// The file's code as `vm_compiler::image` serialises it; None for data.
fn compile(file: &File) -> Result<Option<Vec<u8>>, String> {
    let Some(name) = &file.module else { return Ok(None) };
    let source = vm_compiler::decode_source(&file.bytes).map_err(|e| e.to_string())?;
    let filename = filename::filename(name, &file.path);
    let compiled = vm_compiler::compile(&source, &filename, Mode::Exec, &Options::default())
        .map_err(|e| e.to_string())?;
    // Programs that carry the image do not validate it again.
    vm_compiler::validate(&compiled.unit).map_err(|e| e.to_string())?;
    Ok(Some(vm_compiler::image::serialize(&compiled.unit)))
}
