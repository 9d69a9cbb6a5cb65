//! `_tokenize`: the module behind `tokenize`, on the compiler's lexer.
use vm_runtime::prelude::*;
use vm_runtime::vm_compiler::ErrorKind;
use vm_runtime::vm_compiler::tokens::{Lexer, Stop, Token, TokenFault};

/// The module.
pub static MODULE: ModuleSpec =
    ModuleSpec { name: "_tokenize", doc: "", types: &[&ITER], ..ModuleSpec::EMPTY };

/// Payload of an iterator over tokens.
pub struct TokenizerIter {
    readline: Value,
    /// The encoding of the bytes that `readline` gives; None if it gives text.
    encoding: Value,
    /// Empty while a thread is in it.
    lexer: ObjCell<Option<Box<Lexer>>>,
    last_line: ObjCell<Option<(String, Value)>>,
}

payload!(
    TokenizerIter,
    "_tokenize.TokenizerIter",
    traverse = TokenizerIter::traverse,
    clear = TokenizerIter::clear
);

impl TokenizerIter {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.readline);
        visit(&self.encoding);
    }

    fn clear(&self) {}
}

/// `TokenizerIter`.
pub static ITER: TypeSpec = TypeSpec {
    name: "_tokenize.TokenizerIter",
    doc: "",
    new_sig: "(readline, /, *, extra_tokens, encoding=None)",
    slots: &[Slot::New(new), Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(next)],
    ..TypeSpec::of::<TokenizerIter>()
};

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [readline, extra, encoding, ..] = args else { return Ok(Value::NONE) };
    let extra = th.truth(extra)?;
    let encoding = if encoding.is_unbound() { Value::NONE } else { encoding.clone() };
    if !encoding.is_none() && encoding.as_str().is_none() {
        return Err(th.type_error(format!(
            "TokenizerIter() argument 'encoding' must be str, not {}",
            encoding.type_name(th)
        )));
    }
    let made = TokenizerIter {
        readline: readline.clone(),
        encoding,
        lexer: ObjCell::new(Some(Box::new(Lexer::new(extra)))),
        last_line: ObjCell::new(None),
    };
    Ok(th.new_object(cls, made))
}

/// The next line; `None` at the end.
fn read(th: &Thread, this: &TokenizerIter) -> PyResult<Option<String>> {
    let line = match th.call(&this.readline, &[]) {
        Ok(line) => line,
        Err(raised) => {
            if th.error_is(th.types().exc.stop_iteration) {
                th.clear_error();
                return Ok(None);
            }
            return Err(raised);
        }
    };
    let line = if this.encoding.is_none() {
        if line.as_str().is_none() {
            return Err(th.type_error("readline() returned a non-string object"));
        }
        line
    } else {
        if line.payload::<Bytes>().is_none() {
            return Err(th.type_error("readline() returned a non-bytes object"));
        }
        th.call_method(&line, "decode", &[this.encoding.clone(), th.str("replace")])?
    };
    let Some(text) = line.as_str() else { return Err(th.type_error("decoder should return a string")) };
    match text.to_str() {
        Some(text) => Ok(Some(text.to_owned())),
        None => {
            let at = text.as_wtf8().code_points().position(|c| c.to_char().is_none()).unwrap_or(0);
            Err(th.unicode_encode_error("utf-8", line.clone(), at, at + 1, "surrogates not allowed"))
        }
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<TokenizerIter>(v, "_tokenize.TokenizerIter")?;
    let Some(mut lexer) = this.lexer.with(th, Option::take) else {
        return Err(th.value_error("TokenizerIter is already executing"));
    };
    let mut failed = None;
    let found = lexer.next(&mut || match read(th, this) {
        Ok(line) => Some(line),
        Err(raised) => {
            failed = Some(raised);
            None
        }
    });
    this.lexer.with(th, |slot| *slot = Some(lexer));
    match found {
        Ok(None) => Ok(None),
        Ok(Some(token)) => tuple(th, this, token).map(Some),
        Err(Stop::Read) => Err(failed.unwrap_or_else(|| th.system_error("readline failed"))),
        Err(Stop::Fault(fault)) => Err(raise(th, &fault)),
    }
}

fn tuple(th: &Thread, this: &TokenizerIter, token: Token) -> PyResult<Value> {
    let point = |(line, col): (i64, i64)| th.tuple(vec![th.int(line), th.int(col)]);
    // The tokens of a line share one string.
    let known = this
        .last_line
        .with(th, |l| l.as_ref().filter(|(text, _)| *text == token.line).map(|(_, v)| v.clone()));
    let line = match known {
        Some(line) => line,
        None => {
            let line = th.str(&token.line);
            let kept = Some((token.line, line.clone()));
            drop(this.last_line.with(th, |l| std::mem::replace(l, kept)));
            line
        }
    };
    Ok(th.tuple(vec![
        th.int(i64::from(token.kind)),
        th.str(&token.text),
        point(token.start),
        point(token.end),
        line,
    ]))
}

fn raise(th: &Thread, fault: &TokenFault) -> Raised {
    let exc = &th.types().exc;
    let ty = match fault.kind {
        ErrorKind::Indentation => exc.indentation_error,
        ErrorKind::Tab => exc.tab_error,
        _ => exc.syntax_error,
    };
    let Some(text) = &fault.text else {
        let raised = th.raise(ty, fault.msg.clone());
        let exc = th.take_error();
        for (name, v) in [("filename", th.str("<string>")), ("lineno", th.int(fault.line))] {
            if th.setattr_str(&exc, name, &v).is_err() {
                return raised;
            }
        }
        if th.setattr_str(&exc, "offset", &th.int(fault.offset)).is_ok() {
            th.restore_error(exc);
        }
        return raised;
    };
    let (end_line, end) = match fault.end_offset {
        Some(end) => (th.int(fault.line), th.int(end)),
        None => (Value::NONE, Value::NONE),
    };
    let place = th.tuple(vec![
        th.str("<string>"),
        th.int(fault.line),
        th.int(fault.offset),
        th.str(text),
        end_line,
        end,
    ]);
    th.raise_args(ty, &[th.str(&fault.msg), place])
}
