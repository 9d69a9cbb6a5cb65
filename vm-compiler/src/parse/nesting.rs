//! How deeply a source nests, found before anything recurses over it.

use crate::error::{CompileError, ErrorKind};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Levels up to which the native stack at hand is enough.
const SHALLOW: usize = 150;
/// Stack for one level: parser, scopes, lowering, drop.
const BYTES_PER_LEVEL: usize = 6 << 10;
/// Levels beyond which compilation is refused.
const DEEPEST: usize = 120_000;

/// An upper bound of the AST's depth: operators that may nest since the last separator, summed over open brackets.
fn depth(source: &str) -> usize {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut counts: Vec<usize> = vec![0];
    let (mut sum, mut deepest, mut indent) = (0usize, 0usize, 0usize);
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => break,
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Newline | TokenKind::Semi if counts.len() == 1 => {
                sum = 0;
                counts[0] = 0;
            }
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                if let Some(top) = counts.last_mut() {
                    *top += 2;
                    sum += 2;
                }
                counts.push(0);
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if counts.len() > 1
                    && let Some(n) = counts.pop()
                {
                    sum -= n;
                }
            }
            TokenKind::Comma => {
                if let Some(top) = counts.last_mut() {
                    sum -= *top;
                    *top = 0;
                }
            }
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::String
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => {
                if let Some(top) = counts.last_mut() {
                    *top += 1;
                    sum += 1;
                }
            }
        }
        deepest = deepest.max(sum + 4 * indent);
    }
    deepest
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
    let levels = depth(source);
    if levels <= SHALLOW {
        return f();
    }
    if levels > DEEPEST {
        return Err(CompileError {
            kind: ErrorKind::Recursion,
            msg: "maximum recursion depth exceeded during compilation".into(),
            filename: filename.to_owned(),
            lineno: 0,
            offset: 0,
            end_lineno: 0,
            end_offset: 0,
            text: None,
        });
    }
    stacker::maybe_grow((2 << 20).min(levels * BYTES_PER_LEVEL), (8 << 20) + levels * BYTES_PER_LEVEL, f)
}
