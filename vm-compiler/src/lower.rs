//! Lowering: AST and scopes to register bytecode.
//!
//! One [`Unit`] is one code block in the making. Locals are registers; the result of an expression is a [`Val`]: a
//! constant not loaded yet, a local read in place, or a temporary. An expression may be asked to leave its result in a
//! given register, which only its last instruction writes, so that no handler and no later operand sees a half-done
//! state. Temporaries form a stack; an instruction that uses one consumes it.
//!
//! What must hold (the tests' verifier checks it on every path):
//! * a temporary is written before it is read and consumed exactly once, or dropped;
//! * code that no path reaches is not emitted (`reachable`), so dead branches vanish while their errors remain;
//! * each instruction belongs to the innermost handler in force (`handler`), and code that leaves a `try`, `with` or
//!   handler early runs under the enclosing handler.
//!
//! Blocks of exceptional code go to chunks of their own behind the normal path.

mod annotation;
mod assign;
mod block;
mod call;
mod class;
mod comprehension;
mod condition;
mod emit;
mod expr;
mod function;
mod import;
mod interpolate;
mod loops;
mod name;
mod pattern;
mod stmt;
mod subscript;
mod try_;
mod type_params;
mod unit;
mod with;

use crate::bytecode::unit::{CodeUnit, Const, flags};
use crate::error::{CompileError, ErrorKind, Warning, WarningCategory};
use crate::options::{Mode, Options, future};
use crate::parse;
use crate::scope::{self, ScopeOptions, Scopes};
use crate::source::Lines;
use crate::syntax_error::Fault;
pub(crate) use import::future_features;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};
use unit::Unit;

/// Code and the warnings that came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub unit: CodeUnit,
    pub warnings: Vec<Warning>,
}

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
enum Val {
    Const(Const),
    /// A local's register, read in place.
    Local(u16),
    /// A temporary that the user consumes.
    Temp(u16),
    /// In the register that was asked for.
    Done,
}

type Res<T> = Result<T, Fault>;

struct Lowerer<'a> {
    lines: &'a Lines<'a>,
    scopes: Scopes,
    options: &'a Options,
    filename: &'a str,
    mode: Mode,
    future: u32,
    unit: Box<Unit<'a>>,
    outer: Vec<Unit<'a>>,
    warnings: Vec<Warning>,
    /// Where the instruction being emitted comes from.
    loc: TextRange,
    /// Code blocks nest beyond the limit.
    too_deep: bool,
    /// The brackets round a generator expression that is a call's only argument: they count as its own.
    bare_generator: Option<TextRange>,
}

/// Compiles a source text.
///
/// # Errors
/// What `compile()` raises as SyntaxError and its kin.
pub fn compile(
    source: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let source = &*crate::source::with_newlines(source);
    parse::with_stack(source, filename, || {
        let parsed = parse::parse(source, filename, mode, options)?;
        let lines = Lines::new(source);
        let warnings = parsed.warnings;
        lower_module(&parsed.module, &lines, filename, mode, options, warnings)
            .map_err(|f| f.into_error(&lines, filename))
    })
}

fn lower_module<'a>(
    module: &'a ast::Mod,
    lines: &'a Lines<'a>,
    filename: &'a str,
    mode: Mode,
    options: &'a Options,
    warnings: Vec<Warning>,
) -> Res<Compiled> {
    let mut future = options.future_flags & future::MASK;
    if let ast::Mod::Module(m) = module {
        future |= import::future_features(&m.body)?;
        import::check_late_futures(&m.body)?;
    }
    let mut scopes = scope::build(
        module,
        ScopeOptions {
            future_annotations: future & future::ANNOTATIONS != 0,
            allow_top_level_await: options.allow_top_level_await,
        },
    )?;
    let leaving = std::mem::take(&mut scopes.warnings);
    let unit = Box::new(Unit::new(&scopes, 0, "<module>".into(), "<module>".into(), None));
    let mut l = Lowerer {
        lines,
        scopes,
        options,
        filename,
        mode,
        future,
        unit,
        outer: Vec::new(),
        warnings,
        loc: TextRange::default(),
        too_deep: false,
        bare_generator: None,
    };
    for (at, msg) in leaving {
        l.warn(at, msg);
    }
    l.unit.first_line = 1;
    if l.options.allow_top_level_await && l.scopes.tables[0].coroutine {
        l.unit.flags |= flags::COROUTINE;
    }
    l.prologue();
    match module {
        ast::Mod::Module(m) => l.module_body(&m.body)?,
        ast::Mod::Expression(e) => {
            let v = l.expr(&e.body)?;
            l.loc = e.body.range();
            l.emit_return(v);
        }
    }
    let unit = l.finish_unit()?;
    let mut warnings = l.warnings;
    warnings.sort_by_key(|w| w.lineno);
    Ok(Compiled { unit, warnings })
}

impl<'a> Lowerer<'a> {
    fn error<T>(&self, at: impl Ranged, msg: impl Into<String>) -> Res<T> {
        Err(Fault::new(at.range(), msg))
    }

    fn warn(&mut self, at: impl Ranged, msg: impl Into<String>) {
        let (lineno, offset, end_lineno, end_offset) = crate::syntax_error::place(self.lines, at.range());
        self.warnings.push(Warning {
            category: WarningCategory::SyntaxWarning,
            msg: msg.into(),
            lineno,
            offset,
            end_lineno,
            end_offset,
        });
    }

    fn too_large<T>(&self, what: &str) -> Res<T> {
        let mut f = Fault::new(TextRange::default(), format!("too many {what} in one code block"));
        f.kind = ErrorKind::Memory;
        Err(f)
    }

    /// Runs a recursive step with room on the native stack.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        stacker::maybe_grow(128 << 10, 4 << 20, || f(self))
    }
}
