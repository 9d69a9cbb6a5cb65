//! The virtual environment that an executable lies in: `pyvenv.cfg` beside it, or one folder up (PEP 405).
use crate::prelude::*;
use std::path::Path;

/// Where Python is: `sys.prefix` and its kin.
pub(super) fn set(th: &Thread, module: &Value) -> PyResult<()> {
    let config = &th.vm().config;
    let base = config.home.clone().unwrap_or_else(|| "/usr/local".to_owned());
    let (prefix, base_executable) = match of(&config.executable) {
        Some(found) => (found.prefix, found.base_executable),
        None => (base.clone(), config.executable.clone()),
    };
    th.set_module_attr(module, "_base_executable", th.str(&base_executable))?;
    for (name, value) in
        [("prefix", &prefix), ("exec_prefix", &prefix), ("base_prefix", &base), ("base_exec_prefix", &base)]
    {
        th.set_module_attr(module, name, th.str(value))?;
    }
    Ok(())
}

/// A virtual environment.
struct Environment {
    /// Its folder: `sys.prefix`.
    prefix: String,
    /// The executable that it was made with: `sys._base_executable`.
    base_executable: String,
}

/// The environment of an executable, if it has one.
fn of(executable: &str) -> Option<Environment> {
    let executable = Path::new(executable);
    let folder = executable.parent()?;
    [Some(folder), folder.parent()].into_iter().flatten().find_map(|prefix| {
        let text = std::fs::read(prefix.join("pyvenv.cfg")).ok()?;
        let text = String::from_utf8_lossy(&text);
        let home = text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("home").then(|| value.trim())
        })?;
        let base = Path::new(home).join(executable.file_name()?);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Some(Environment { prefix: text(prefix), base_executable: text(&base) })
    })
}
