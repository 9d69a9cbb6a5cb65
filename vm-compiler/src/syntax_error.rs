//! SyntaxErrors on the way to a [`CompileError`]: a message with a byte range of the source.

use crate::error::{Before, CompileError, ErrorKind, Warning, WarningCategory};
use crate::source::Lines;
use ruff_text_size::TextRange;

/// Lines and columns as SyntaxError's attributes.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    pub line: u32,
    pub offset: i32,
    pub end_line: u32,
    pub end_offset: i32,
    /// CPython shows the line without its newline.
    pub cut: bool,
}

/// An error with the range of the source it blames.
#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: ErrorKind,
    pub range: TextRange,
    pub msg: String,
    /// Where the parser found it; those found later are at the range.
    pub spot: Option<Spot>,
    /// Of the parser's: the last compound statement before.
    pub statement: (u32, u32),
    /// The parser saw a newline at the end of the source, whether there is one or not.
    pub newline: bool,
    pub warnings: Vec<Warning>,
}

impl Fault {
    /// A SyntaxError.
    pub fn new(range: TextRange, msg: impl Into<String>) -> Fault {
        Fault {
            kind: ErrorKind::Syntax,
            range,
            msg: msg.into(),
            spot: None,
            statement: (0, 0),
            newline: false,
            warnings: Vec::new(),
        }
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
    let end = u32::from(range.end());
    let len = lines.source.len() as u32;
    let breaks = |o: u32| matches!(lines.source.as_bytes().get(o as usize), Some(b'\n' | b'\r'));
    if end > u32::from(range.start()) && (end > len || breaks(end - 1)) {
        // A newline token ends one column further on its own line.
        let (end_line, end_col) = point((end - 1).min(len));
        return (line, col, end_line, end_col + 1);
    }
    let (end_line, end_col) = point(end);
    (line, col, end_line, end_col)
}

impl Fault {
    /// The error as the caller sees it.
    pub fn into_error(self, lines: &Lines<'_>, filename: &str) -> CompileError {
        let (lineno, offset, end_lineno, end_offset) = match self.spot {
            Some(s) => (s.line, u32::try_from(s.offset).unwrap_or(0), s.end_line, s.end_offset),
            None => {
                // CPython's compiler counts bytes, and its parser characters.
                let (line, offset) = lines.line_col(self.range.start().into());
                let (end_line, end) = lines.line_col(self.range.end().into());
                (line, offset + 1, end_line, i32::try_from(end).unwrap_or(i32::MAX - 1) + 1)
            }
        };
        CompileError {
            kind: self.kind,
            msg: self.msg,
            filename: filename.to_owned(),
            lineno,
            offset,
            end_lineno,
            end_offset,
            text: self.spot.map(|spot| {
                let text = lines.text(lineno).unwrap_or_default();
                let text = if spot.cut { text.trim_end_matches(['\r', '\n']) } else { text };
                let newline = self.newline && !spot.cut && !text.ends_with('\n');
                format!("{text}{}", if newline { "\n" } else { "" })
            }),
            before: self
                .spot
                .map(|_| Box::new(Before { statement: self.statement, warnings: self.warnings })),
        }
    }
}

/// A SyntaxWarning at a range.
pub fn warning(lines: &Lines<'_>, range: TextRange, msg: String) -> Warning {
    let (lineno, offset, end_lineno, end_offset) = place(lines, range);
    Warning { category: WarningCategory::SyntaxWarning, msg, lineno, offset, end_lineno, end_offset }
}
