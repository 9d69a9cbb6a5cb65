//! `cargo xtask tidy`: the rules of the house that a machine can check.
//!
//! Exceptions stand in xtask/tidy.allow, one a line: a rule's name and a path (a folder's ends in a slash).

use std::fs;
use std::path::Path;
use std::process::Command;

/// Lines that a Rust file may have.
const MOST_LINES: usize = 800;
/// Lines that a mechanism's page may have.
const MOST_PAGE_LINES: usize = 120;
/// Names that say nothing of what a file holds.
const BANNED_NAMES: &[&str] = &["util", "utils", "common", "helpers", "helper", "misc", "stuff"];
/// Macros that leave a hole.
const HOLES: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// `cargo xtask tidy`.
pub fn main(args: &[String]) -> Result<(), String> {
    if let Some(arg) = args.first() {
        return Err(format!("tidy takes no arguments, not {arg}"));
    }
    let root = crate::root();
    let allowed = Allowed::read(&root.join("xtask/tidy.allow"))?;
    let mut faults = Vec::new();
    let files = tracked(&root)?;
    for path in &files {
        let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
        if path.ends_with(".rs") {
            faults.extend(rust(path, &text, &allowed));
        } else if path.starts_with("docs/mechanisms/") && text.lines().count() > MOST_PAGE_LINES {
            faults.push(format!("{path}: over {MOST_PAGE_LINES} lines"));
        }
    }
    faults.extend(allowed.unused(&files));
    faults.extend(crate::mutants::forgotten(&root)?);
    if faults.is_empty() {
        println!("tidy: {} files keep the rules of the house", files.len());
        return Ok(());
    }
    Err(format!("{}\ntidy: {} faults", faults.join("\n"), faults.len()))
}

/// The files that git tracks or would track.
fn tracked(root: &Path) -> Result<Vec<String>, String> {
    let done = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("git ls-files: {e}"))?;
    Ok(String::from_utf8_lossy(&done.stdout).lines().map(String::from).collect())
}

/// The exceptions of each rule.
struct Allowed(Vec<(String, String)>);

impl Allowed {
    fn read(path: &Path) -> Result<Allowed, String> {
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut rows = Vec::new();
        for line in text.lines().map(|l| l.split('#').next().unwrap_or("").trim()).filter(|l| !l.is_empty()) {
            let (rule, path) =
                line.split_once(' ').ok_or(format!("tidy.allow: {line:?} is not RULE PATH"))?;
            rows.push((rule.to_string(), path.trim().to_string()));
        }
        Ok(Allowed(rows))
    }

    fn covers(&self, rule: &str, path: &str) -> bool {
        self.0
            .iter()
            .any(|(r, p)| r == rule && (p == path || (p.ends_with('/') && path.starts_with(p.as_str()))))
    }

    /// Rows that name nothing any more.
    fn unused(&self, files: &[String]) -> Vec<String> {
        let stale = self
            .0
            .iter()
            .filter(|(_, path)| !files.iter().any(|f| f == path || f.starts_with(path.as_str())));
        stale.map(|(rule, path)| format!("xtask/tidy.allow: {rule} {path}: no such file")).collect()
    }
}

/// The faults of one Rust file.
fn rust(path: &str, text: &str, allowed: &Allowed) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(format!("{path}: does not open with a //! of what lives here"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES && !allowed.covers("long", path) {
        faults.push(format!("{path}: {lines} lines, over {MOST_LINES}"));
    }
    let named = |part: &str| BANNED_NAMES.contains(&part.trim_end_matches(".rs"));
    if path.split('/').any(named) {
        faults.push(format!("{path}: a name that says nothing of what it holds"));
    }
    // The rules below are written in the file that checks them.
    if path == "xtask/src/tidy.rs" {
        return faults;
    }
    let in_core = path.starts_with("vm-core/src/") && !path.starts_with("vm-core/src/sync");
    for (number, line) in text.lines().enumerate() {
        let code = without_comment(line);
        let mut fault = |what: &str| faults.push(format!("{path}:{}: {what}", number + 1));
        if code.trim_start().starts_with("#[ignore") {
            fault("an ignored test");
        }
        if HOLES.iter().any(|hole| code.contains(hole)) {
            fault("a hole: todo!, unimplemented! or dbg!");
        }
        if has_unsafe(code) && !allowed.covers("unsafe", path) {
            fault("unsafe outside the files that tidy.allow names");
        }
        if in_core && (code.contains("std::sync::atomic") || code.contains("core::sync::atomic")) {
            fault("atomics come from vm-core/src/sync.rs alone");
        }
    }
    faults
}

/// The part of a line before a `//` that is not within a string.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut previous) = (false, ' ');
    for (at, c) in line.char_indices() {
        match c {
            '"' if previous != '\\' && previous != '\'' => quoted = !quoted,
            '/' if previous == '/' && !quoted => return &line[..at - 1],
            _ => {}
        }
        previous = if c == '\\' && previous == '\\' { ' ' } else { c };
    }
    line
}

/// Whether code has the keyword `unsafe`, and not a lint's name with it.
fn has_unsafe(code: &str) -> bool {
    const AFTER: &[&str] = &[" {", " fn", " impl", " trait", " extern", "{", "("];
    let quoted = |at: usize| code[..at].bytes().filter(|b| *b == b'"').count() % 2 == 1;
    code.match_indices("unsafe").any(|(at, word)| {
        let before = code[..at].chars().next_back();
        let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let rest = &code[at + word.len()..];
        whole && !quoted(at) && (rest.is_empty() || AFTER.iter().any(|after| rest.starts_with(after)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_told_from_code() {
        assert_eq!(without_comment("a(\"//\") // b"), "a(\"//\") ");
        assert_eq!(without_comment("let c = '\"'; // d"), "let c = '\"'; ");
        assert!(has_unsafe("    unsafe { x() }"));
        assert!(has_unsafe("pub unsafe fn f()"));
        assert!(has_unsafe("#[unsafe(no_mangle)]"));
        assert!(!has_unsafe("#![forbid(unsafe_code)]"));
        assert!(!has_unsafe("print(\"unsafe {\")"));
    }

    #[test]
    fn faults_are_found() {
        let allowed = Allowed(Vec::new());
        let faults = rust("a/utils.rs", "fn f() { unsafe { todo!() } }\n#[ignore]\n", &allowed);
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert!(rust("a/b.rs", "//! B.\n", &allowed).is_empty());
        assert_eq!(rust("vm-core/src/b.rs", "//! B.\nuse std::sync::atomic::AtomicU8;\n", &allowed).len(), 1);
    }
}
