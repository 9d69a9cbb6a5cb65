//! Which file a module's code names. The build script compiles this file too, so that both sides agree.

/// The folder that the library's files claim to lie in.
pub const LIB_DIR: &str = "/orochi/lib/python3.14";

/// Modules whose code names `<frozen NAME>` as its file, as in CPython, where tracebacks and `importlib` rely on it.
const FROZEN: &[&str] = &["importlib._bootstrap", "importlib._bootstrap_external", "runpy", "zipimport"];

/// What `co_filename` is in the code of module `name`, whose file is `path` below `LIB_DIR`.
pub fn filename(name: &str, path: &str) -> String {
    if FROZEN.contains(&name) { format!("<frozen {name}>") } else { format!("{LIB_DIR}/{path}") }
}
