//! Errors and warnings of compilation, in CPython's terms.

use std::fmt;

/// Which exception a [`CompileError`] becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `SyntaxError`.
    #[default]
    Syntax,
    /// `IndentationError`.
    Indentation,
    /// `TabError`.
    Tab,
    /// `_IncompleteInputError`: the source ends too early (only with `allow_incomplete_input`).
    Incomplete,
    /// `RecursionError`: nested too deeply to compile.
    Recursion,
    /// `MemoryError`: too large to compile.
    Memory,
    /// `OverflowError` / `ValueError` cases of literals (over-long decimal integers are `Syntax`).
    Value,
}

/// A source that does not compile. Lines and columns are 1-based as in `SyntaxError`'s attributes; columns count
/// characters, and are 0 (an end also -1) where CPython gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileError {
    pub kind: ErrorKind,
    pub msg: String,
    pub filename: String,
    pub lineno: u32,
    pub offset: u32,
    pub end_lineno: u32,
    pub end_offset: i32,
    /// The source line; none for an error found after parsing, whose line CPython reads from the file.
    pub text: Option<String>,
    /// What came before an error of the parser.
    pub before: Option<Box<Before>>,
}

/// What a parser has seen before its error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Line and column of the last compound statement, or zeros.
    pub statement: (u32, u32),
    pub warnings: Vec<Warning>,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, line {})", self.msg, self.filename, self.lineno)
    }
}

impl std::error::Error for CompileError {}

/// Why bytes are no source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The coding cookie names a codec that is not built in here: decode with it, then compile the text.
    OtherCodec(String),
    /// A `SyntaxError`, positions as in [`CompileError`] (`filename` is empty).
    Syntax(CompileError),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::OtherCodec(name) => write!(f, "source is encoded in {name}"),
            DecodeError::Syntax(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The class of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningCategory {
    SyntaxWarning,
    DeprecationWarning,
}

/// A warning of the compiler, for the runtime to issue in order with `warnings.warn_explicit`. If the filter turns it
/// into an error, CPython raises SyntaxError at this position instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub category: WarningCategory,
    pub msg: String,
    pub lineno: u32,
    /// 1-based columns for the SyntaxError, as in [`CompileError`].
    pub offset: u32,
    pub end_lineno: u32,
    pub end_offset: u32,
}
