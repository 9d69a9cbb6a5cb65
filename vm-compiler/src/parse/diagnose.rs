//! The SyntaxError that CPython gives for a source that ruff rejected.
//!
//! CPython reads a source without its rules for errors, then with them; the first that matches speaks. Where none does,
//! the furthest token of the first reading is "invalid syntax". An error of the tokenizer further on may count more.

use super::attempt::Attempt;
use super::fault::Verdict;
use super::grammar::grammar;
use super::tokenize::{Kind, tokenize};
use crate::error::{ErrorKind, Warning};
use crate::options::{Mode, Options};
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_parser::{ParseError, ParseErrorType};
use ruff_text_size::TextRange;

/// An error, and whether more source could mend it.
pub struct Diagnosis {
    pub fault: Fault,
    pub incomplete: bool,
}

impl Diagnosis {
    /// "invalid syntax" somewhere.
    pub fn generic(range: TextRange) -> Diagnosis {
        Diagnosis { fault: Fault::new(range, "invalid syntax"), incomplete: false }
    }
}

/// The SyntaxError for a source that ruff rejected with `error` first.
pub fn rejected(lines: &Lines<'_>, mode: Mode, options: &Options, error: &ParseError) -> Diagnosis {
    // What CPython's parser lets through to its compiler.
    let msg = match &error.error {
        ParseErrorType::InvalidStarredExpressionUsage => "can't use starred expression here",
        _ => "invalid syntax",
    };
    check(lines, mode, options)
        .unwrap_or_else(|| Diagnosis { fault: Fault::new(error.location, msg), incomplete: false })
}

/// The SyntaxError for a source, if CPython's grammar has something against it.
pub fn check(lines: &Lines<'_>, mode: Mode, options: &Options) -> Option<Diagnosis> {
    let lex = tokenize(lines.source, mode, !options.dont_imply_dedent);
    let start = match mode {
        Mode::Eval => "eval",
        Mode::Single => "single",
        Mode::Exec => "file",
    };
    let mut reading = Attempt::new(grammar()?, lines, &lex);
    if reading.run(start, false) {
        return if mode == Mode::Single { several(&reading) } else { None };
    }
    let last = reading.fill.saturating_sub(1);
    let incomplete = reading.at_end();
    let warnings = strings_read(&reading);
    if reading.verdict.is_none() {
        reading.run(start, true);
    }
    let (verdict, statement) = verdict(reading, last);
    let fault = Fault {
        kind: verdict.kind,
        spot: Some(verdict.spot),
        statement,
        newline: mode == Mode::Exec,
        warnings,
        ..Fault::new(TextRange::default(), verdict.msg)
    };
    Some(Diagnosis { fault, incomplete })
}

/// Warnings about the strings that were read.
fn strings_read(reading: &Attempt<'_>) -> Vec<Warning> {
    let mut out = Vec::new();
    for t in reading.lex.tokens.iter().take(reading.fill) {
        let text = reading.lines.source.get(t.start..t.end).unwrap_or_default();
        match t.kind {
            Kind::Str => {
                let open = text.find(['"', '\'']).unwrap_or(0);
                let prefix = text.get(..open).unwrap_or_default();
                if !prefix.contains(['r', 'R']) {
                    let bytes = prefix.contains(['b', 'B']);
                    let body = text.get(open + 1..text.len().saturating_sub(1)).unwrap_or_default();
                    super::escapes::scan(reading.lines, body, t.start + open + 1, bytes, &mut out);
                }
            }
            Kind::FormatMiddle | Kind::TemplateMiddle if !t.raw => {
                super::escapes::scan(reading.lines, text, t.start, false, &mut out);
            }
            _ => {}
        }
    }
    out
}

/// The error of more than one statement where one was asked for.
fn several(reading: &Attempt<'_>) -> Option<Diagnosis> {
    let last = reading.fill.checked_sub(1)?;
    let end = reading.lex.tokens.get(last)?.end;
    let mut lines = reading.lines.source.get(end..)?.lines().map(|l| l.trim_matches([' ', '\t', '\x0c']));
    if lines.all(|l| l.is_empty() || l.starts_with('#')) {
        return None;
    }
    let msg = "multiple statements found while compiling a single statement";
    let spot = Some(reading.at_token(last));
    Some(Diagnosis { fault: Fault { spot, ..Fault::new(TextRange::default(), msg) }, incomplete: false })
}

/// What the second reading found, or else what the first stopped at.
fn verdict(mut reading: Attempt<'_>, last: usize) -> (Verdict, (u32, u32)) {
    let statement = reading.statement;
    (found(&mut reading, last), statement)
}

fn found(reading: &mut Attempt<'_>, last: usize) -> Verdict {
    let kind_of = |reading: &Attempt<'_>, i: usize| reading.lex.tokens.get(i).map(|t| t.kind);
    if let Some(found) = reading.verdict.take() {
        if found.lexical || reading.read_all() {
            return found;
        }
        return reading.later().unwrap_or(found);
    }
    let indentation = match kind_of(reading, last) {
        Some(Kind::Indent) => "unexpected indent",
        Some(Kind::Dedent) => "unexpected unindent",
        _ => {
            let spot = reading.known(last, last + 1);
            let generic =
                Verdict { kind: ErrorKind::Syntax, msg: "invalid syntax".into(), spot, lexical: false };
            return reading.later().unwrap_or(generic);
        }
    };
    let spot = reading.at_token(reading.fill.saturating_sub(1));
    Verdict { kind: ErrorKind::Indentation, msg: indentation.into(), spot, lexical: false }
}
