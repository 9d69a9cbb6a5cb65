//! Which files make up the library: CPython's own, less what has no place here, with ours over them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Folders and files of the source crate that are left out: graphical programs, bundled wheels, other systems' support,
/// and RustPython's own additions.
const LEFT_OUT: &[&str] = &[
    "__phello__/ham",
    "_dummy_os.py",
    "_dummy_thread.py",
    "_opcode_metadata.py",
    "_pycodecs.py",
    "ctypes/macholib",
    "dummy_threading.py",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "tkinter",
    "turtle.py",
    "turtledemo",
    "venv/scripts/nt",
];
/// Endings of data files that programs can ask for; other files that are not Python stay out.
const DATA: &[&str] = &["css", "csh", "fish", "ps1", "activate"];

/// One file of the library.
pub struct File {
    /// Path below the library's folder, with slashes.
    pub path: String,
    /// Its module's full name; None for data.
    pub module: Option<String>,
    /// Whether it is a package's `__init__.py`.
    pub package: bool,
    pub bytes: Vec<u8>,
}

/// All files, sorted by module name, data last; `ours` replaces or adds to `theirs`.
pub fn files(theirs: &Path, ours: &Path) -> Result<Vec<File>, String> {
    let mut found = BTreeMap::new();
    walk(theirs, "", &mut found)?;
    if found.is_empty() {
        return Err(format!("no library in {}", theirs.display()));
    }
    walk(ours, "", &mut found)?;
    let mut files: Vec<File> = found
        .into_iter()
        .map(|(path, bytes)| {
            let (module, package) = module_of(&path);
            File { path, module, package, bytes }
        })
        .collect();
    files.sort_by(|a, b| {
        (a.module.is_none(), &a.module, &a.path).cmp(&(b.module.is_none(), &b.module, &b.path))
    });
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if name == "__pycache__" || LEFT_OUT.contains(&path.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else if name.rsplit('.').next().is_some_and(|end| end == "py" || DATA.contains(&end)) {
            let bytes = fs::read(entry.path()).map_err(|e| format!("{path}: {e}"))?;
            found.insert(path, bytes);
        }
    }
    Ok(())
}

/// The module that a path holds, and whether it is a package.
fn module_of(path: &str) -> (Option<String>, bool) {
    let Some(stem) = path.strip_suffix(".py") else { return (None, false) };
    let (name, package) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, true),
        None => (stem, false),
    };
    (Some(name.replace('/', ".")), package)
}
