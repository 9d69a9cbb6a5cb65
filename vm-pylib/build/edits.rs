//! Small edits of library files, so that a file that differs by a line need not be copied.
//!
//! `lib.edits` and `lib.fixes` have one block an edit: a line `== PATH`, then the old lines between `<<<` and `---`, then the new ones up
//! to `>>>`. The old text must stand in the file exactly once; otherwise the build fails, so that no edit is lost
//! unseen. Lines outside of blocks are comments.

use std::fs;
use std::path::Path;

use super::collect::File;

/// Applies every edit of `list`.
pub fn apply(list: &Path, files: &mut [File]) -> Result<(), String> {
    let text = fs::read_to_string(list).map_err(|e| format!("{}: {e}", list.display()))?;
    let (mut path, mut lines) = (String::new(), text.lines());
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("== ") {
            path = name.to_string();
        } else if line == "<<<" {
            let old = until(&mut lines, "---");
            let new = until(&mut lines, ">>>");
            let file = files
                .iter_mut()
                .find(|f| f.path == path)
                .ok_or(format!("{}: no file {path}", list.display()))?;
            let text =
                String::from_utf8(std::mem::take(&mut file.bytes)).map_err(|e| format!("{path}: {e}"))?;
            if text.matches(old.as_str()).count() != 1 {
                return Err(format!("{}: {path} must have this text once:\n{old}", list.display()));
            }
            file.bytes = text.replacen(&old, &new, 1).into_bytes();
        }
    }
    Ok(())
}

fn until(lines: &mut std::str::Lines<'_>, mark: &str) -> String {
    lines.take_while(|line| *line != mark).map(|line| format!("{line}\n")).collect()
}
