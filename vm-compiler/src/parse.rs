//! Parsing with ruff, and its errors in CPython's words.

mod diagnose;
mod escapes;
mod nesting;
mod targets;
mod tokenize;

use crate::error::{CompileError, ErrorKind, Warning};
use crate::options::{Mode, Options};
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_ast as ast;
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

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
    let m = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    };
    let trimmed = if mode == Mode::Eval { source.trim_start_matches([' ', '\t']) } else { source };
    if trimmed.len() != source.len() {
        // Leading blanks of an expression do not count; spaces keep the columns.
        return eval_with_blanks(lines, source.len() - trimmed.len(), options);
    }
    let options_for_ruff = ParseOptions::from(m).with_target_version(ast::PythonVersion::PY314);
    // A panic of the parser is a bug of the parser, but only a bad source to the program.
    let Ok(parsed) = std::panic::catch_unwind(|| parse_unchecked(source, options_for_ruff)) else {
        return Err(Fault::new(TextRange::default(), "invalid syntax"));
    };
    if let Some(e) = parsed.errors().iter().min_by_key(|e| e.location.start()) {
        let fault = diagnose::diagnose(source, e);
        return Err(incomplete(fault, source, options));
    }
    if let Some(e) = parsed.unsupported_syntax_errors().first() {
        return Err(unsupported(source, e));
    }
    let warnings = escapes::warnings(lines, parsed.tokens());
    let module = parsed.into_syntax();
    if let (Mode::Single, ast::Mod::Module(m)) = (mode, &module) {
        single(source, &m.body, options)?;
    }
    Ok(Parsed { module, warnings })
}

/// Interactive input is one statement (or simple ones on a line), and a compound one is over only after a newline.
fn single(source: &str, body: &[ast::Stmt], options: &Options) -> Result<(), Fault> {
    let compound = |s: &ast::Stmt| {
        use ast::Stmt as S;
        matches!(
            s,
            S::FunctionDef(_)
                | S::ClassDef(_)
                | S::If(_)
                | S::For(_)
                | S::While(_)
                | S::With(_)
                | S::Try(_)
                | S::Match(_)
        )
    };
    for pair in body.windows(2) {
        let [a, b] = pair else { continue };
        let (end, start) = (a.range().end(), b.range().start());
        if compound(a) {
            return Err(Fault::new(b.range(), "invalid syntax"));
        }
        let between = source.get(usize::from(end)..usize::from(start)).unwrap_or_default();
        if between.contains(['\n', '\r']) {
            return Err(Fault::new(
                TextRange::empty(end),
                "multiple statements found while compiling a single statement",
            ));
        }
    }
    if options.dont_imply_dedent && body.last().is_some_and(compound) && !source.ends_with(['\n', '\r']) {
        let end = ruff_text_size::TextSize::try_from(source.len()).unwrap_or_default();
        let mut f = Fault::new(TextRange::empty(end), "invalid syntax");
        if options.allow_incomplete_input {
            f.kind = ErrorKind::Incomplete;
            f.msg = "incomplete input".into();
        }
        return Err(f);
    }
    Ok(())
}

fn eval_with_blanks(lines: &Lines<'_>, blanks: usize, options: &Options) -> Result<Parsed, Fault> {
    // `(` in place of the last blank and `)` at the end would move columns; a parenthesised parse does not.
    let source = lines.source;
    let range = TextRange::new(
        ruff_text_size::TextSize::try_from(blanks).unwrap_or_default(),
        ruff_text_size::TextSize::try_from(source.len()).unwrap_or_default(),
    );
    match ruff_python_parser::parse_expression_range(source, range) {
        Ok(p) => {
            let warnings = escapes::warnings(lines, p.tokens());
            Ok(Parsed { module: ast::Mod::Expression(p.into_syntax()), warnings })
        }
        Err(e) => {
            let mut fault = diagnose::diagnose(source, &e);
            if fault.msg == "unexpected indent" {
                fault = Fault::new(e.location, "invalid syntax");
            }
            Err(incomplete(fault, source, options))
        }
    }
}

/// With `allow_incomplete_input`, an error at the end of the source means that more may follow.
fn incomplete(mut fault: Fault, source: &str, options: &Options) -> Fault {
    if !options.allow_incomplete_input {
        return fault;
    }
    let end = source.trim_end_matches([' ', '\t', '\n', '\r', '\x0c']).len();
    let open = fault.msg.ends_with("was never closed")
        || fault.msg.starts_with("unterminated triple-quoted")
        || fault.msg == "unexpected EOF while parsing";
    let at_end = usize::from(fault.range.start()) >= end
        && (fault.msg.starts_with("expected an indented block")
            || fault.msg.starts_with("expected 'except'")
            || source.trim_start().starts_with('@'));
    if open || at_end {
        fault.kind = ErrorKind::Incomplete;
        fault.msg = "incomplete input".into();
    }
    fault
}

fn unsupported(source: &str, e: &ruff_python_parser::UnsupportedSyntaxError) -> Fault {
    let text = source.get(usize::from(e.range.start())..usize::from(e.range.end())).unwrap_or_default();
    let msg = if text.starts_with("**") || text.contains("{**") {
        "dict unpacking cannot be used in dict comprehension"
    } else if text.starts_with('*') {
        "iterable unpacking cannot be used in comprehension"
    } else {
        "invalid syntax"
    };
    Fault::new(e.range, msg)
}
