//! SyntaxErrors on the way to a [`CompileError`]: a message with a byte range of the source.

use crate::error::{CompileError, ErrorKind, Warning, WarningCategory};
use crate::source::Lines;
use ruff_text_size::TextRange;

/// An error with the range of the source it blames.
#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: ErrorKind,
    pub range: TextRange,
    pub msg: String,
}

impl Fault {
    /// A SyntaxError.
    pub fn new(range: TextRange, msg: impl Into<String>) -> Fault {
        Fault { kind: ErrorKind::Syntax, range, msg: msg.into() }
    }
}

/// 1-based line and character columns of a range, as SyntaxError's attributes.
pub fn place(lines: &Lines<'_>, range: TextRange) -> (u32, u32, u32, u32) {
    let point = |offset: u32| {
        let (line, col) = lines.line_col(offset);
        let start = (offset - col) as usize;
        let text = lines.source.get(start..offset as usize).unwrap_or_default();
        (line, text.chars().count() as u32 + 1)
    };
    let (line, col) = point(range.start().into());
    let (end_line, end_col) = point(range.end().into());
    (line, col, end_line, end_col)
}

impl Fault {
    /// The error as the caller sees it.
    pub fn into_error(self, lines: &Lines<'_>, filename: &str) -> CompileError {
        let (lineno, offset, end_lineno, end_offset) = place(lines, self.range);
        CompileError {
            kind: self.kind,
            msg: self.msg,
            filename: filename.to_owned(),
            lineno,
            offset,
            end_lineno,
            end_offset,
            text: lines.text(lineno).map(|t| {
                let mut t = t.trim_start_matches('\u{feff}').to_owned();
                if !t.ends_with('\n') {
                    t.push('\n');
                }
                t
            }),
        }
    }
}

/// A SyntaxWarning at a range.
pub fn warning(lines: &Lines<'_>, range: TextRange, msg: String) -> Warning {
    let (lineno, offset, end_lineno, end_offset) = place(lines, range);
    Warning { category: WarningCategory::SyntaxWarning, msg, lineno, offset, end_lineno, end_offset }
}
