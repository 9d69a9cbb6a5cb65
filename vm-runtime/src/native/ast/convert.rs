//! From ruff's syntax tree to `ast` nodes: positions, names, and the parts that statements and expressions share.
use super::{class, singleton};
use crate::prelude::*;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange, TextSize};
use vm_compiler::{Mode, Options};

/// Converts one source text.
pub(super) struct Converter<'a> {
    pub th: &'a Thread,
    pub source: &'a str,
    line_starts: Vec<u32>,
}

/// Parses source text to an `ast` module node.
///
/// # Errors
/// SyntaxError and its kin.
pub fn parse(th: &Thread, source: &str, filename: &str, mode: Mode, options: &Options) -> PyResult<Value> {
    parse_with(th, source, filename, mode, options, true)
}

fn parse_quietly(
    th: &Thread,
    source: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> PyResult<Value> {
    parse_with(th, source, filename, mode, options, false)
}

fn parse_with(
    th: &Thread,
    source: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
    warn: bool,
) -> PyResult<Value> {
    use vm_compiler::parse::{parse, with_stack};
    let source = &*vm_compiler::with_newlines(source);
    let parsed = match with_stack(source, filename, || parse(source, filename, mode, options)) {
        Ok(parsed) => parsed,
        Err(e) => return Err(th.not_compiled(e, source, filename, mode)),
    };
    for warning in parsed.warnings.iter().filter(|_| warn) {
        th.compiler_warning(warning, filename, source)?;
    }
    let c = Converter {
        th,
        source,
        line_starts: std::iter::once(0)
            .chain(
                source
                    .bytes()
                    .enumerate()
                    .filter(|(_, b)| *b == b'\n')
                    .map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)),
            )
            .collect(),
    };
    let made = c.module(&parsed.module, mode);
    // Dropping a deep tree recurses as well.
    let _ = with_stack(source, filename, move || {
        drop(parsed);
        Ok(())
    });
    made
}

impl Converter<'_> {
    fn module(&self, module: &ast::Mod, mode: Mode) -> PyResult<Value> {
        match module {
            ast::Mod::Expression(e) => self.plain("Expression", &[("body", self.expr(&e.body)?)]),
            ast::Mod::Module(m) if mode == Mode::Single => {
                self.plain("Interactive", &[("body", self.body(&m.body)?)])
            }
            ast::Mod::Module(m) => self.plain(
                "Module",
                &[("body", self.body(&m.body)?), ("type_ignores", self.th.list(Vec::new()))],
            ),
        }
    }

    /// Line (from 1) and byte column of an offset.
    fn position(&self, at: TextSize) -> (i64, i64) {
        let at = at.to_u32();
        let line = self.line_starts.partition_point(|s| *s <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        (i64::try_from(line).unwrap_or(i64::MAX), i64::from(at - start))
    }

    /// A node without position.
    pub fn plain(&self, name: &str, fields: &[(&str, Value)]) -> PyResult<Value> {
        self.th.call_kw(&class(self.th, name)?, &[], fields)
    }

    /// A node with the position of a range.
    pub fn node(&self, name: &str, range: TextRange, fields: Vec<(&str, Value)>) -> PyResult<Value> {
        let th = self.th;
        let _guard = th.enter_recursive(" during ast construction")?;
        let (line, col) = self.position(range.start());
        let (end_line, end_col) = self.position(range.end());
        let mut all = fields;
        all.extend([
            ("lineno", th.int(line)),
            ("col_offset", th.int(col)),
            ("end_lineno", th.int(end_line)),
            ("end_col_offset", th.int(end_col)),
        ]);
        th.call_kw(&class(th, name)?, &[], &all)
    }

    pub fn name(&self, id: &ast::Identifier) -> Value {
        self.th.intern(id.id.as_str())
    }

    pub fn opt_name(&self, id: Option<&ast::Identifier>) -> Value {
        id.map_or(Value::NONE, |id| self.name(id))
    }

    pub fn opt_expr(&self, e: Option<&ast::Expr>) -> PyResult<Value> {
        e.map_or(Ok(Value::NONE), |e| self.expr(e))
    }

    pub fn exprs<'e>(&self, all: impl IntoIterator<Item = &'e ast::Expr>) -> PyResult<Value> {
        let items = all.into_iter().map(|e| self.expr(e)).collect::<PyResult<Vec<_>>>()?;
        Ok(self.th.list(items))
    }

    pub fn body(&self, all: &[ast::Stmt]) -> PyResult<Value> {
        let items = all.iter().map(|s| self.stmt(s)).collect::<PyResult<Vec<_>>>()?;
        Ok(self.th.list(items))
    }

    pub fn context(&self, ctx: ast::ExprContext) -> PyResult<Value> {
        singleton(
            self.th,
            match ctx {
                ast::ExprContext::Store => "Store",
                ast::ExprContext::Del => "Del",
                _ => "Load",
            },
        )
    }

    pub fn operator(&self, op: ast::Operator) -> PyResult<Value> {
        use ast::Operator as O;
        singleton(
            self.th,
            match op {
                O::Add => "Add",
                O::Sub => "Sub",
                O::Mult => "Mult",
                O::MatMult => "MatMult",
                O::Div => "Div",
                O::Mod => "Mod",
                O::Pow => "Pow",
                O::LShift => "LShift",
                O::RShift => "RShift",
                O::BitOr => "BitOr",
                O::BitXor => "BitXor",
                O::BitAnd => "BitAnd",
                O::FloorDiv => "FloorDiv",
            },
        )
    }

    pub fn keywords(&self, all: &[ast::Keyword]) -> PyResult<Value> {
        let items = all
            .iter()
            .map(|k| {
                let fields = vec![("arg", self.opt_name(k.arg.as_ref())), ("value", self.expr(&k.value)?)];
                self.node("keyword", k.range, fields)
            })
            .collect::<PyResult<Vec<_>>>()?;
        Ok(self.th.list(items))
    }

    fn arg(&self, p: &ast::Parameter) -> PyResult<Value> {
        let fields = vec![
            ("arg", self.name(&p.name)),
            ("annotation", self.opt_expr(p.annotation.as_deref())?),
            ("type_comment", Value::NONE),
        ];
        self.node("arg", p.range, fields)
    }

    pub fn parameters(&self, p: &ast::Parameters) -> PyResult<Value> {
        let th = self.th;
        let args = |all: &[ast::ParameterWithDefault]| -> PyResult<Value> {
            Ok(th.list(all.iter().map(|a| self.arg(&a.parameter)).collect::<PyResult<Vec<_>>>()?))
        };
        let opt = |p: Option<&ast::Parameter>| p.map_or(Ok(Value::NONE), |p| self.arg(p));
        let defaults =
            self.exprs(p.posonlyargs.iter().chain(p.args.iter()).filter_map(|a| a.default.as_deref()))?;
        let kw_defaults =
            p.kwonlyargs.iter().map(|a| self.opt_expr(a.default.as_deref())).collect::<PyResult<Vec<_>>>()?;
        self.plain(
            "arguments",
            &[
                ("posonlyargs", args(&p.posonlyargs)?),
                ("args", args(&p.args)?),
                ("vararg", opt(p.vararg.as_deref())?),
                ("kwonlyargs", args(&p.kwonlyargs)?),
                ("kw_defaults", th.list(kw_defaults)),
                ("kwarg", opt(p.kwarg.as_deref())?),
                ("defaults", defaults),
            ],
        )
    }

    pub fn type_params(&self, all: Option<&ast::TypeParams>) -> PyResult<Value> {
        let mut items = Vec::new();
        for p in all.map(|t| t.type_params.as_slice()).unwrap_or_default() {
            items.push(match p {
                ast::TypeParam::TypeVar(t) => self.node(
                    "TypeVar",
                    t.range,
                    vec![
                        ("name", self.name(&t.name)),
                        ("bound", self.opt_expr(t.bound.as_deref())?),
                        ("default_value", self.opt_expr(t.default.as_deref())?),
                    ],
                )?,
                ast::TypeParam::ParamSpec(t) => self.node(
                    "ParamSpec",
                    t.range,
                    vec![
                        ("name", self.name(&t.name)),
                        ("default_value", self.opt_expr(t.default.as_deref())?),
                    ],
                )?,
                ast::TypeParam::TypeVarTuple(t) => self.node(
                    "TypeVarTuple",
                    t.range,
                    vec![
                        ("name", self.name(&t.name)),
                        ("default_value", self.opt_expr(t.default.as_deref())?),
                    ],
                )?,
            });
        }
        Ok(self.th.list(items))
    }

    pub fn generators(&self, all: &[ast::Comprehension]) -> PyResult<Value> {
        let th = self.th;
        let items = all
            .iter()
            .map(|g| {
                self.plain(
                    "comprehension",
                    &[
                        ("target", self.expr(&g.target)?),
                        ("iter", self.expr(&g.iter)?),
                        ("ifs", self.exprs(&g.ifs)?),
                        ("is_async", th.int(i64::from(g.is_async))),
                    ],
                )
            })
            .collect::<PyResult<Vec<_>>>()?;
        Ok(th.list(items))
    }

    pub fn pattern(&self, p: &ast::Pattern) -> PyResult<Value> {
        use ast::Pattern as P;
        let th = self.th;
        let patterns = |all: &[ast::Pattern]| -> PyResult<Value> {
            Ok(th.list(all.iter().map(|p| self.pattern(p)).collect::<PyResult<Vec<_>>>()?))
        };
        let range = p.range();
        match p {
            P::MatchValue(p) => self.node("MatchValue", range, vec![("value", self.expr(&p.value)?)]),
            P::MatchSingleton(p) => {
                let value = match p.value {
                    ast::Singleton::None => Value::NONE,
                    ast::Singleton::True => Value::TRUE,
                    ast::Singleton::False => Value::FALSE,
                };
                self.node("MatchSingleton", range, vec![("value", value)])
            }
            P::MatchSequence(p) => {
                self.node("MatchSequence", range, vec![("patterns", patterns(&p.patterns)?)])
            }
            P::MatchMapping(p) => self.node(
                "MatchMapping",
                range,
                vec![
                    ("keys", self.exprs(p.keys.iter())?),
                    ("patterns", patterns(&p.patterns)?),
                    ("rest", self.opt_name(p.rest.as_ref())),
                ],
            ),
            P::MatchClass(p) => {
                let names = p.arguments.keywords.iter().map(|k| self.name(&k.attr)).collect();
                let values = p
                    .arguments
                    .keywords
                    .iter()
                    .map(|k| self.pattern(&k.pattern))
                    .collect::<PyResult<Vec<_>>>()?;
                self.node(
                    "MatchClass",
                    range,
                    vec![
                        ("cls", self.expr(&p.cls)?),
                        ("patterns", patterns(&p.arguments.patterns)?),
                        ("kwd_attrs", th.list(names)),
                        ("kwd_patterns", th.list(values)),
                    ],
                )
            }
            P::MatchStar(p) => self.node("MatchStar", range, vec![("name", self.opt_name(p.name.as_ref()))]),
            P::MatchAs(p) => {
                let inner = p.pattern.as_deref().map_or(Ok(Value::NONE), |p| self.pattern(p))?;
                self.node(
                    "MatchAs",
                    range,
                    vec![("pattern", inner), ("name", self.opt_name(p.name.as_ref()))],
                )
            }
            P::MatchOr(p) => self.node("MatchOr", range, vec![("patterns", patterns(&p.patterns)?)]),
        }
    }
}

/// `compile()` of source text to nodes, or of nodes to code; None for source text that is to become code.
///
/// Nodes are compiled from the text that `ast.unparse` gives for them, with the nodes' positions.
///
/// # Errors
/// SyntaxError, and TypeErrors for nodes of the wrong kind.
pub fn hook(
    th: &Thread,
    source: &Value,
    filename: &Value,
    mode: Mode,
    options: &Options,
    wants_ast: bool,
) -> PyResult<Option<Value>> {
    let is_node = source.payload::<super::Node>().is_some();
    if is_node {
        let (wanted, name) = match mode {
            Mode::Exec => ("Module", "Module"),
            Mode::Eval => ("Expression", "Expression"),
            Mode::Single => ("Interactive", "Interactive"),
        };
        if !th.object_isinstance(source, &class(th, wanted)?)? {
            let got = source.type_of(th).name();
            return Err(th.type_error(format!("expected {name} node, got {got}")));
        }
        if wants_ast {
            return Ok(Some(source.clone()));
        }
        let library = th.import("ast")?;
        let text = th.call_method(&library, "unparse", std::slice::from_ref(source))?;
        let text = th.str_text(&text)? + "\n";
        let file = th.str_text(filename)?;
        let options = Options { dont_imply_dedent: false, allow_incomplete_input: false, ..options.clone() };
        // Warnings about the text come when it is compiled.
        let again = parse_quietly(th, &text, &file, mode, &options)?;
        let map = super::positions::PositionMap::new(th, source, &again)?;
        return th.compile_text_with(&text, &file, mode, &options, |unit| map.apply(unit)).map(Some);
    }
    if !wants_ast {
        return Ok(None);
    }
    let file = th.str_text(filename)?;
    let text = match crate::builtins::compile::source_bytes(th, source, "compile", "string, bytes or AST")? {
        crate::builtins::compile::Source::Text(text) => text,
        crate::builtins::compile::Source::Bytes(bytes) => th.decode_source(&bytes, &file)?,
    };
    parse(th, &text, &file, mode, options).map(Some)
}
