//! Parsing with ruff, and its errors in CPython's words.

mod attempt;
mod diagnose;
mod escapes;
mod fault;
mod grammar;
mod nesting;
mod tokenize;

use crate::error::{CompileError, ErrorKind, Warning};
use crate::options::{Mode, Options};
use crate::source::Lines;
use crate::syntax_error::{Fault, Spot};
use ruff_python_ast as ast;
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_text_size::TextRange;

pub use nesting::with_stack;
pub(crate) use tokenize::{is_identifier_char, printable as is_printable};

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
    faults(&lines, mode, options).map_err(|f| f.into_error(&lines, filename))
}

fn faults(lines: &Lines<'_>, mode: Mode, options: &Options) -> Result<Parsed, Fault> {
    let source = lines.source;
    if source.contains('\0') {
        return Err(Fault::new(TextRange::default(), "source code cannot contain null bytes"));
    }
    if source.starts_with('\u{feff}') {
        let msg = "invalid non-printable character U+FEFF";
        let spot = Spot { line: 1, offset: 1, end_line: 1, end_offset: 1, cut: true };
        return Err(Fault { spot: Some(spot), ..Fault::new(TextRange::default(), msg) });
    }
    let m = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    };
    let options_for_ruff = ParseOptions::from(m).with_target_version(ast::PythonVersion::PY314);
    // A panic of the parser is a bug of the parser, but only a bad source to the program.
    let Ok(parsed) = std::panic::catch_unwind(|| parse_unchecked(source, options_for_ruff)) else {
        return Err(Fault::new(TextRange::default(), "invalid syntax"));
    };
    if let Some(e) = parsed.errors().iter().min_by_key(|e| e.location.start()) {
        return Err(incomplete(diagnose::rejected(lines, mode, options, e), options));
    }
    if let Some(e) = parsed.unsupported_syntax_errors().first() {
        let generic = || diagnose::Diagnosis::generic(e.range);
        return Err(incomplete(diagnose::check(lines, mode, options).unwrap_or_else(generic), options));
    }
    let warnings = escapes::warnings(lines, parsed.tokens());
    let module = parsed.into_syntax();
    if mode == Mode::Single
        && let Some(found) = diagnose::check(lines, mode, options)
    {
        return Err(incomplete(found, options));
    }
    Ok(Parsed { module, warnings })
}

/// With `allow_incomplete_input`, an error at the end of the source means that more may follow.
fn incomplete(found: diagnose::Diagnosis, options: &Options) -> Fault {
    let mut fault = found.fault;
    if options.allow_incomplete_input && found.incomplete {
        fault.kind = ErrorKind::Incomplete;
        fault.msg = "incomplete input".into();
    }
    fault
}
