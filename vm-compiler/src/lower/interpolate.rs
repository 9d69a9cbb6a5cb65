//! f-strings and t-strings.

use super::{Lowerer, Res, Val};
use crate::bytecode::ops::Op;
use crate::bytecode::unit::Const;
use crate::literal;
use ruff_python_ast::{self as ast, ConversionFlag, InterpolatedStringElement as Element};
use rustpython_wtf8::Wtf8Buf;

/// A piece of an f-string: text, or a value to format.
enum Piece<'a> {
    Text(Wtf8Buf),
    Value(&'a ast::InterpolatedElement),
}

fn conversion(c: ConversionFlag) -> u16 {
    match c {
        ConversionFlag::None => 0,
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
    }
}

impl<'a> Lowerer<'a> {
    fn push_text(pieces: &mut Vec<Piece<'a>>, text: &rustpython_wtf8::Wtf8) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(t)) = pieces.last_mut() {
            t.push_wtf8(text);
        } else {
            pieces.push(Piece::Text(text.to_owned()));
        }
    }

    fn pieces(&self, elements: &'a ast::InterpolatedStringElements, raw: bool, out: &mut Vec<Piece<'a>>) {
        for e in elements {
            match e {
                Element::Literal(l) => {
                    Self::push_text(out, &literal::interpolated_text(self.lines.source, l, raw));
                }
                Element::Interpolation(i) => {
                    if let Some(d) = &i.debug_text {
                        Self::push_text(out, debug_text(self.lines.source, i, d).as_str().into());
                    }
                    out.push(Piece::Value(i));
                }
            }
        }
    }

    pub fn f_string(&mut self, f: &'a ast::ExprFString, dst: Option<u16>) -> Res<Val> {
        let mut pieces = Vec::new();
        for part in &f.value {
            match part {
                ast::FStringPart::Literal(l) => {
                    let text = literal::string_part(self.lines.source, l);
                    Self::push_text(&mut pieces, &text);
                }
                ast::FStringPart::FString(s) => {
                    let raw = matches!(s.flags.prefix(), ast::str_prefix::FStringPrefix::Raw { .. });
                    self.pieces(&s.elements, raw, &mut pieces);
                }
            }
        }
        self.join(pieces, f.range, dst)
    }

    fn join(&mut self, pieces: Vec<Piece<'a>>, at: ruff_text_size::TextRange, dst: Option<u16>) -> Res<Val> {
        match pieces.as_slice() {
            [] => return Ok(Val::Const(Const::Str(Wtf8Buf::new()))),
            [Piece::Text(t)] => return Ok(Val::Const(Const::Str(t.clone()))),
            [Piece::Value(i)] => return self.format(i, dst),
            _ => {}
        }
        let mark = self.unit.temps.top;
        let mut n = 0u16;
        for p in pieces {
            if n == 60 {
                // What is there so far becomes one string.
                self.loc = at;
                self.op(Op::BuildString, mark, mark, n);
                self.unit.temps.release_to(mark + 1);
                n = 1;
            }
            let t = self.temp();
            match p {
                Piece::Text(s) => {
                    self.loc = at;
                    self.load_const(t, Const::Str(s));
                }
                Piece::Value(i) => {
                    self.format(i, Some(t))?;
                    self.unit.temps.release_to(t + 1);
                }
            }
            n += 1;
        }
        self.loc = at;
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(Op::BuildString, d, mark, n);
        Ok(v)
    }

    fn format(&mut self, i: &'a ast::InterpolatedElement, dst: Option<u16>) -> Res<Val> {
        let mark = self.unit.temps.top;
        // `{x=}` without conversion or format shows the repr.
        let mut conv = conversion(i.conversion);
        if i.debug_text.is_some() && conv == 0 && i.format_spec.is_none() {
            conv = 2;
        }
        match &i.format_spec {
            None => {
                let v = self.expr(&i.expression)?;
                self.loc = i.range;
                let src = self.operand(v);
                self.unit.temps.release_to(mark);
                let (d, v) = self.target(dst);
                self.op(Op::FormatSimple, d, src, conv);
                Ok(v)
            }
            Some(spec) => {
                let base = self.expr_temp(&i.expression)?;
                self.format_spec(spec)?;
                self.loc = i.range;
                self.unit.temps.release_to(mark);
                let (d, v) = self.target(dst);
                self.op(Op::FormatSpec, d, base, conv);
                Ok(v)
            }
        }
    }

    /// The text of a format specification in a new temporary.
    fn format_spec(&mut self, spec: &'a ast::InterpolatedStringFormatSpec) -> Res<()> {
        let t = self.temp();
        let mut pieces = Vec::new();
        self.pieces(&spec.elements, false, &mut pieces);
        let v = self.deeper(|l| l.join(pieces, spec.range, Some(t)))?;
        self.loc = spec.range;
        self.put(v, t);
        self.unit.temps.release_to(t + 1);
        Ok(())
    }

    pub fn t_string(&mut self, t: &'a ast::ExprTString, dst: Option<u16>) -> Res<Val> {
        let mut pieces = Vec::new();
        for s in &t.value {
            let raw = matches!(s.flags.prefix(), ast::str_prefix::TStringPrefix::Raw { .. });
            self.pieces(&s.elements, raw, &mut pieces);
        }
        let mark = self.unit.temps.top;
        let mut strings = vec![Wtf8Buf::new()];
        let mut values = Vec::new();
        for p in pieces {
            match p {
                Piece::Text(s) => {
                    if let Some(last) = strings.last_mut() {
                        last.push_wtf8(&s);
                    }
                }
                Piece::Value(i) => {
                    values.push(i);
                    strings.push(Wtf8Buf::new());
                }
            }
        }
        let pair = self.unit.temps.alloc_run(2);
        self.loc = t.range;
        self.load_const(pair, Const::Tuple(strings.into_iter().map(Const::Str).collect()));
        let many = values.len() > 60;
        if many {
            self.op(Op::BuildList, pair + 1, pair + 1, 0);
        } else {
            self.unit.temps.release_to(pair + 1);
        }
        let n = values.len() as u16;
        let base = self.unit.temps.top;
        for i in values {
            let v = self.expr_temp(&i.expression)?;
            let text = self.temp();
            self.loc = i.range;
            let source = interpolation_text(self.lines.source, i);
            self.load_str(text, &source);
            let mut conv = conversion(i.conversion);
            if i.debug_text.is_some() && conv == 0 && i.format_spec.is_none() {
                conv = 2;
            }
            match &i.format_spec {
                Some(s) => self.format_spec(s)?,
                None => {
                    let t = self.temp();
                    self.load_str(t, "");
                }
            }
            self.loc = i.range;
            self.op(Op::BuildInterpolation, v, v, conv);
            self.unit.temps.release_to(v + 1);
            if many {
                self.op(Op::ListAppend, pair + 1, v | crate::bytecode::ops::CONSUME, 0);
                self.unit.temps.release_to(pair + 2);
            }
        }
        self.loc = t.range;
        if many {
            let list = (pair + 1) | crate::bytecode::ops::CONSUME;
            self.op(Op::ListToTuple, pair + 1, list, 0);
        } else {
            self.op(Op::BuildTuple, pair + 1, base, n);
        }
        self.unit.temps.release_to(mark);
        let (d, v) = self.target(dst);
        self.op(Op::BuildTemplate, d, pair, 0);
        Ok(v)
    }
}

/// The text before the value of `{x = }`: from the brace to the end of `=` and the space after it.
fn debug_text(source: &str, i: &ast::InterpolatedElement, d: &ast::DebugText) -> String {
    let start = usize::from(i.range.start()) + 1;
    let expr = ruff_text_size::Ranged::range(&*i.expression);
    let from_source = source.get(start..usize::from(expr.end()));
    match from_source {
        Some(text) => {
            // A parenthesised expression's range leaves the parentheses out: the text goes on to the `=`.
            let tail = d.trailing();
            let rest = source.get(usize::from(expr.end())..).unwrap_or_default();
            let close = rest.find(tail).unwrap_or(0);
            without_comments(&format!("{text}{}{tail}", rest.get(..close).unwrap_or_default()))
        }
        None => format!("{}{}", d.leading(), d.trailing()),
    }
}

/// A text with its comments taken out.
fn without_comments(text: &str) -> String {
    let (mut out, mut quote, mut comment) = (String::with_capacity(text.len()), None, false);
    let mut escaped = false;
    for c in text.chars() {
        if comment && c != '\n' {
            continue;
        }
        comment = false;
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == '#' => {
                comment = true;
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The text of an interpolation's expression, with the space around it.
fn interpolation_text(source: &str, i: &ast::InterpolatedElement) -> String {
    let start = usize::from(i.range.start()) + 1;
    let expr = ruff_text_size::Ranged::range(&*i.expression);
    let mut end = usize::from(expr.end());
    // Parentheses around the expression belong to the text.
    let bytes = source.as_bytes();
    let opened = source
        .get(start..usize::from(expr.start()))
        .unwrap_or_default()
        .bytes()
        .filter(|b| *b == b'(')
        .count();
    for _ in 0..opened {
        while bytes.get(end).is_some_and(|b| *b != b')') {
            end += 1;
        }
        end += 1;
    }
    while bytes.get(end).is_some_and(u8::is_ascii_whitespace) {
        end += 1;
    }
    without_comments(source.get(start..end.min(source.len())).unwrap_or_default())
}
