//! How deeply a source nests, found before anything recurses over it.

use crate::error::{CompileError, ErrorKind};
use crate::options::{Mode, Options};
use crate::source::Lines;
use crate::syntax_error::Fault;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::lexer;
use ruff_text_size::TextRange;

/// Levels up to which the native stack at hand is enough.
const SHALLOW: usize = 150;
/// Stack for one level: parser, scopes, lowering, drop.
const BYTES_PER_LEVEL: usize = 12 << 10;
/// Levels beyond which compilation is refused.
const DEEPEST: usize = 40_000;
/// Levels of its parser's stack at which CPython refuses a source, counted in operators that open a level of their own.
const PARSER_LEVELS: usize = 5968;
/// CPython's limit on formatted strings inside formatted strings.
const MAX_STRINGS: usize = 149;
/// CPython's limit on fields inside the format specifications of others.
const MAX_FIELDS: usize = 3;
/// CPython's limits on open brackets and on indentation.
const MAX_BRACKETS: usize = 200;
const MAX_INDENTS: usize = 100;

/// Nesting inside one pair of brackets (or a formatted string).
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Operators since the last separator.
    operators: usize,
    /// Levels of CPython's parser since the last separator.
    levels: usize,
    /// In the parameters of a lambda, whose commas separate nothing.
    parameters: bool,
    /// A formatted string: its fields stand side by side.
    string: bool,
    /// Fields inside one another, of one formatted string.
    fields: usize,
    /// Behind the colon of a field.
    spec: bool,
}

/// An upper bound of the AST's depth: operators that may nest since the last separator, summed over open brackets.
fn depth(source: &str) -> Result<usize, Fault> {
    use TokenKind as T;
    let mut lexer = lexer::lex(source, ruff_python_parser::Mode::Module);
    let mut frames: Vec<Frame> = Vec::new();
    let mut top = Frame::default();
    let (mut sum, mut deepest, mut indent, mut brackets) = (0usize, 0usize, 0usize, 0usize);
    let (mut levels, mut strings, mut operand) = (0usize, 0usize, false);
    loop {
        let kind = lexer.next_token();
        let level = match kind {
            T::Plus | T::Minus | T::Tilde if !operand => 1,
            T::Not | T::Else => 1,
            T::Lambda | T::DoubleStar => 2,
            _ => 0,
        };
        if !matches!(kind, T::Comment | T::NonLogicalNewline) {
            operand = matches!(kind, T::Name | T::Int | T::Float | T::Complex | T::String)
                || matches!(
                    kind,
                    T::Rpar | T::Rsqb | T::Rbrace | T::FStringEnd | T::TStringEnd | T::Ellipsis
                )
                || matches!(kind, T::None | T::True | T::False);
        }
        top.levels += level;
        levels += level;
        if levels > PARSER_LEVELS {
            return Err(Fault {
                kind: ErrorKind::Memory,
                ..Fault::new(
                    TextRange::default(),
                    "Parser stack overflowed - Python source too complex to parse",
                )
            });
        }
        match kind {
            T::EndOfFile => return Ok(deepest),
            T::Indent => {
                indent += 1;
                if indent >= MAX_INDENTS {
                    return Err(refused(source, "too many levels of indentation"));
                }
            }
            T::Dedent => indent = indent.saturating_sub(1),
            T::Newline | T::Semi if frames.is_empty() => {
                (sum, levels) = (0, 0);
                top = Frame::default();
            }
            T::Lpar | T::Lsqb | T::Lbrace | T::FStringStart | T::TStringStart => {
                let string = matches!(kind, T::FStringStart | T::TStringStart);
                brackets += usize::from(!string);
                strings += usize::from(string);
                if strings > MAX_STRINGS {
                    return Err(refused(source, "too many nested f-strings or t-strings"));
                }
                if brackets > MAX_BRACKETS {
                    return Err(refused(source, "too many nested parentheses"));
                }
                top.operators += 2;
                sum += 2;
                let field = kind == T::Lbrace && (top.string || top.spec);
                let fields = if field { top.fields + 1 } else { 0 };
                if fields > MAX_FIELDS {
                    return Err(refused(source, "f-string: expressions nested too deeply"));
                }
                frames.push(std::mem::replace(&mut top, Frame { string, fields, ..Frame::default() }));
            }
            T::Rpar | T::Rsqb | T::Rbrace | T::FStringEnd | T::TStringEnd => {
                if !matches!(kind, T::FStringEnd | T::TStringEnd) {
                    brackets = brackets.saturating_sub(1);
                } else {
                    strings = strings.saturating_sub(1);
                }
                if let Some(outer) = frames.pop() {
                    sum -= top.operators;
                    levels -= top.levels;
                    top = outer;
                    if top.string {
                        sum -= top.operators;
                        levels -= top.levels;
                        (top.operators, top.levels) = (0, 0);
                    }
                }
            }
            T::Comma if !top.parameters => {
                sum -= top.operators;
                levels -= top.levels;
                (top.operators, top.levels) = (0, 0);
            }
            // What these join is a flat list in the AST.
            T::And
            | T::Or
            | T::Less
            | T::LessEqual
            | T::Greater
            | T::GreaterEqual
            | T::EqEqual
            | T::NotEqual => {}
            T::Is | T::In | T::Equal | T::Name | T::Int | T::String | T::Comment | T::NonLogicalNewline => {}
            _ => {
                match kind {
                    T::Lambda => top.parameters = true,
                    T::Colon if top.fields > 0 && !top.parameters => top.spec = true,
                    T::Colon => top.parameters = false,
                    _ => {}
                }
                top.operators += 1;
                sum += 1;
            }
        }
        deepest = deepest.max(sum + 4 * indent);
    }
}

/// The error of a source beyond the tokenizer's limits, or what comes before.
fn refused(source: &str, msg: &str) -> Fault {
    let lines = Lines::new(source);
    match super::diagnose::check(&lines, Mode::Exec, &Options::default()) {
        Some(found) => found.fault,
        None => Fault::new(TextRange::default(), msg),
    }
}

/// Runs `f` with as much native stack as the nesting of `source` needs.
///
/// # Errors
/// Those of `f`, and RecursionError for a source nested too deeply.
pub fn with_stack<T>(
    source: &str,
    filename: &str,
    f: impl FnOnce() -> Result<T, CompileError>,
) -> Result<T, CompileError> {
    let levels = depth(source).map_err(|f| f.into_error(&Lines::new(source), filename))?;
    if levels <= SHALLOW {
        return f();
    }
    if levels > DEEPEST {
        return Err(CompileError {
            kind: ErrorKind::Recursion,
            msg: "maximum recursion depth exceeded during compilation".into(),
            filename: filename.to_owned(),
            ..CompileError::default()
        });
    }
    stacker::grow((4 << 20) + levels * BYTES_PER_LEVEL, f)
}
