//! `str.format`: the mini-language of replacement fields, and the module `_string`.
use super::Str;
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

/// A piece of a format string: literal text, then perhaps a field.
struct Piece<'a> {
    literal: &'a [CodePoint],
    field: Option<Field<'a>>,
}

#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a [CodePoint],
    spec: &'a [CodePoint],
    conversion: Option<CodePoint>,
    /// Whether the spec has fields of its own.
    nested: bool,
}

/// Cuts a format string into pieces.
struct Pieces<'a> {
    rest: &'a [CodePoint],
}

fn text(points: &[CodePoint]) -> Wtf8Buf {
    points.iter().copied().collect()
}

impl<'a> Pieces<'a> {
    fn next(&mut self, th: &Thread) -> PyResult<Option<Piece<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let all = self.rest;
        let Some(at) = all.iter().position(|c| *c == '{' || *c == '}') else {
            self.rest = &[];
            return Ok(Some(Piece { literal: all, field: None }));
        };
        let brace = all[at];
        if all.get(at + 1) == Some(&brace) {
            // A doubled brace stands for one.
            self.rest = &all[at + 2..];
            return Ok(Some(Piece { literal: &all[..=at], field: None }));
        }
        if brace == '}' {
            return Err(th.value_error("Single '}' encountered in format string"));
        }
        if at + 1 == all.len() {
            return Err(th.value_error("Single '{' encountered in format string"));
        }
        let literal = &all[..at];
        self.rest = &all[at + 1..];
        Ok(Some(Piece { literal, field: Some(self.field(th)?) }))
    }

    /// A field, after its opening brace.
    fn field(&mut self, th: &Thread) -> PyResult<Field<'a>> {
        let all = self.rest;
        let (mut at, mut bracket) = (0, false);
        let stop = loop {
            match all.get(at).and_then(|c| c.to_char()) {
                None if at >= all.len() => return Err(th.value_error("expected '}' before end of string")),
                Some('{') => return Err(th.value_error("unexpected '{' in field name")),
                Some('[') => bracket = true,
                Some(']') => bracket = false,
                Some(c @ ('}' | ':' | '!')) if !bracket => break c,
                _ => {}
            }
            at += 1;
        };
        let name = &all[..at];
        let mut field = Field { name, spec: &[], conversion: None, nested: false };
        at += 1;
        if stop == '}' {
            self.rest = &all[at..];
            return Ok(field);
        }
        if stop == '!' {
            let Some(c) = all.get(at) else {
                return Err(th.value_error("end of string while looking for conversion specifier"));
            };
            field.conversion = Some(*c);
            at += 1;
            match all.get(at) {
                Some(c) if *c == '}' => {
                    self.rest = &all[at + 1..];
                    return Ok(field);
                }
                Some(c) if *c == ':' => at += 1,
                Some(_) => return Err(th.value_error("expected ':' after conversion specifier")),
                None => return Err(th.value_error("unmatched '{' in format spec")),
            }
        }
        let start = at;
        let mut depth = 1;
        loop {
            match all.get(at).and_then(|c| c.to_char()) {
                None if at >= all.len() => return Err(th.value_error("unmatched '{' in format spec")),
                Some('{') => {
                    field.nested = true;
                    depth += 1;
                }
                Some('}') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        field.spec = &all[start..at];
        self.rest = &all[at + 1..];
        Ok(field)
    }
}

/// How fields without a number are counted.
#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

struct Formatter<'a> {
    args: &'a [Value],
    /// A dict of keywords or any mapping; None for neither.
    keywords: Option<&'a Value>,
    /// `format_map`: there are no positional arguments at all.
    map_only: bool,
    numbering: Numbering,
}

/// A part of a field name after the first.
enum Step {
    Attribute(Wtf8Buf),
    Item(ItemKey),
}

enum ItemKey {
    Number(i64),
    Name(Wtf8Buf),
}

/// The number that a name spells; None if it is none.
fn number_of(th: &Thread, name: &[CodePoint]) -> PyResult<Option<i64>> {
    if name.is_empty() {
        return Ok(None);
    }
    let mut n = 0i64;
    for c in name {
        let Some(digit) = super::unicode::decimal(c.to_u32(), true) else { return Ok(None) };
        n = match n.checked_mul(10).and_then(|n| n.checked_add(i64::from(digit))) {
            Some(n) => n,
            None => return Err(th.value_error("Too many decimal digits in format string")),
        };
    }
    Ok(Some(n))
}

/// The first part of a field name, and the rest.
fn split_name(name: &[CodePoint]) -> (&[CodePoint], &[CodePoint]) {
    let at = name.iter().position(|c| *c == '.' || *c == '[').unwrap_or(name.len());
    name.split_at(at)
}

/// The next step of a field name.
fn next_step(th: &Thread, rest: &mut &[CodePoint]) -> PyResult<Option<Step>> {
    let Some(first) = rest.first() else { return Ok(None) };
    let all = &rest[1..];
    let step = if *first == '.' {
        let at = all.iter().position(|c| *c == '.' || *c == '[').unwrap_or(all.len());
        *rest = &all[at..];
        if at == 0 {
            return Err(th.value_error("Empty attribute in format string"));
        }
        Step::Attribute(text(&all[..at]))
    } else if *first == '[' {
        let Some(at) = all.iter().position(|c| *c == ']') else {
            return Err(th.value_error("Missing ']' in format string"));
        };
        *rest = &all[at + 1..];
        if at == 0 {
            return Err(th.value_error("Empty attribute in format string"));
        }
        Step::Item(match number_of(th, &all[..at])? {
            Some(n) => ItemKey::Number(n),
            None => ItemKey::Name(text(&all[..at])),
        })
    } else {
        return Err(th.value_error("Only '.' or '[' may follow ']' in format field specifier"));
    };
    Ok(Some(step))
}

impl Formatter<'_> {
    fn automatic(&mut self, th: &Thread) -> PyResult<usize> {
        match self.numbering {
            Numbering::Manual => Err(
                th.value_error("cannot switch from manual field specification to automatic field numbering")
            ),
            Numbering::Unknown => {
                self.numbering = Numbering::Automatic(1);
                Ok(0)
            }
            Numbering::Automatic(n) => {
                self.numbering = Numbering::Automatic(n + 1);
                Ok(n)
            }
        }
    }

    fn manual(&mut self, th: &Thread) -> PyResult<()> {
        if let Numbering::Automatic(_) = self.numbering {
            return Err(
                th.value_error("cannot switch from automatic field numbering to manual field specification")
            );
        }
        self.numbering = Numbering::Manual;
        Ok(())
    }

    fn object(&mut self, th: &Thread, name: &[CodePoint]) -> PyResult<Value> {
        let (first, mut rest) = split_name(name);
        let number = if first.is_empty() {
            Some(self.automatic(th)? as i64)
        } else {
            let number = number_of(th, first)?;
            if number.is_some() {
                self.manual(th)?;
            }
            number
        };
        let mut object = match number {
            Some(n) => {
                if self.map_only {
                    return Err(th.value_error("Format string contains positional fields"));
                }
                match usize::try_from(n).ok().and_then(|n| self.args.get(n)) {
                    Some(v) => v.clone(),
                    None => {
                        let message = format!("Replacement index {n} out of range for positional args tuple");
                        return Err(th.index_error(message));
                    }
                }
            }
            None => {
                let key = th.try_str(&text(first))?;
                match self.keywords {
                    Some(keywords) => th.getitem(keywords, &key)?,
                    None => return Err(th.key_error(key)),
                }
            }
        };
        while let Some(step) = next_step(th, &mut rest)? {
            object = match step {
                Step::Attribute(name) => th.getattr(&object, &th.intern_wtf8(&name))?,
                Step::Item(ItemKey::Number(n)) => th.getitem(&object, &th.int(n))?,
                Step::Item(ItemKey::Name(name)) => th.getitem(&object, &th.try_str(&name)?)?,
            };
        }
        Ok(object)
    }

    fn run(&mut self, th: &Thread, format: &[CodePoint], depth: u32) -> PyResult<Wtf8Buf> {
        if depth == 0 {
            return Err(th.value_error("Max string recursion exceeded"));
        }
        let mut out = Wtf8Buf::with_capacity(format.len() + 32);
        let mut pieces = Pieces { rest: format };
        while let Some(piece) = pieces.next(th)? {
            out.extend(piece.literal.iter().copied());
            let Some(field) = piece.field else { continue };
            let mut object = self.object(th, field.name)?;
            if let Some(conversion) = field.conversion {
                object = match conversion.to_char() {
                    Some('r') => th.repr(&object)?,
                    Some('s') => th.to_str(&object)?,
                    Some('a') => th.ascii(&object)?,
                    _ => {
                        let n = conversion.to_u32();
                        return Err(th.value_error(if n > 32 && n < 127 {
                            format!("Unknown conversion specifier {}", conversion.to_char_lossy())
                        } else {
                            format!("Unknown conversion specifier \\x{n:x}")
                        }));
                    }
                };
            }
            let spec = if field.nested {
                th.try_str(&self.run(th, field.spec, depth - 1)?)?
            } else {
                th.try_str(&text(field.spec))?
            };
            let made = th.format(&object, &spec)?;
            if let Some(made) = made.as_str() {
                out.try_reserve(made.byte_len()).map_err(|_| th.memory_error())?;
                out.push_wtf8(made);
            }
        }
        Ok(out)
    }
}

fn points(v: &Str) -> Vec<CodePoint> {
    v.code_points().collect()
}

pub(super) fn format(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let format = points(th.expect::<Str>(this, "str")?);
    // The keywords come first, the surplus of `*args` after them.
    let (keywords, args) = args.split_first().ok_or_else(|| th.system_error("format() without keywords"))?;
    let mut formatter =
        Formatter { args, keywords: Some(keywords), map_only: false, numbering: Numbering::Unknown };
    let made = formatter.run(th, &format, 2)?;
    th.try_str(&made)
}

pub(super) fn format_map(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let format = points(th.expect::<Str>(this, "str")?);
    let mut formatter =
        Formatter { args: &[], keywords: Some(&args[0]), map_only: true, numbering: Numbering::Unknown };
    let made = formatter.run(th, &format, 2)?;
    th.try_str(&made)
}

/// `str.__format__`.
pub(super) fn format_one(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let spec = th.expect_str(&args[0], "__format__() argument")?;
    if spec.is_empty() {
        return if th.is_exact(this, th.types().str) { Ok(this.clone()) } else { th.to_str(this) };
    }
    let made = crate::types::format_spec::format_str(text, spec, "str");
    th.try_str(&made.map_err(|e| th.format_error(e))?)
}

/// Payload of `formatteriterator`.
pub struct FormatterIterator {
    pieces: ObjCell<std::vec::IntoIter<Value>>,
}
payload!(FormatterIterator, "formatteriterator", traverse = FormatterIterator::traverse);

impl FormatterIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.pieces.peek(|p| p.as_slice().iter().for_each(visit));
    }
}

/// Payload of `fieldnameiterator`.
pub struct FieldNameIterator {
    rest: ObjCell<Vec<CodePoint>>,
}
payload!(FieldNameIterator, "fieldnameiterator");

fn itself(_th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(this.clone())
}

/// The type of `_string.formatter_parser(s)`.
pub static PARSER_SPEC: TypeSpec = TypeSpec {
    name: "formatteriterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next_piece)],
    ..TypeSpec::of::<FormatterIterator>()
};

/// The type of the iterator in `_string.formatter_field_name_split(s)`.
pub static FIELD_SPEC: TypeSpec = TypeSpec {
    name: "fieldnameiterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next_field_step)],
    ..TypeSpec::of::<FieldNameIterator>()
};

/// A piece is a format string's (literal, field name, format spec, conversion); a faulty rest is kept to fail when reached.
fn next_piece(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let iterator = th.expect::<FormatterIterator>(this, "formatteriterator")?;
    let Some(next) = iterator.pieces.with(th, Iterator::next) else { return Ok(None) };
    if next.payload::<Tuple>().is_some() { Ok(Some(next)) } else { Err(th.raise_value(next)) }
}

fn formatter_parser(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(format) = args[0].as_str() else {
        return Err(th.type_error(format!("expected str, got {}", args[0].type_name(th))));
    };
    let format = points(format);
    let mut pieces = Pieces { rest: &format };
    let mut found = Vec::new();
    loop {
        match pieces.next(th) {
            Ok(None) => break,
            Ok(Some(piece)) => {
                let literal = th.try_str(&text(piece.literal))?;
                found.push(match piece.field {
                    None => th.tuple(vec![literal, Value::NONE, Value::NONE, Value::NONE]),
                    Some(field) => {
                        let conversion = match field.conversion {
                            Some(c) => th.str_char(c),
                            None => Value::NONE,
                        };
                        let (name, spec) = (th.try_str(&text(field.name))?, th.try_str(&text(field.spec))?);
                        th.tuple(vec![literal, name, spec, conversion])
                    }
                });
            }
            Err(_) => {
                found.push(th.take_error());
                break;
            }
        }
    }
    let iterator = FormatterIterator { pieces: ObjCell::new(found.into_iter()) };
    Ok(th.new_object(th.type_for::<FormatterIterator>(), iterator))
}

fn next_field_step(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    let iterator = th.expect::<FieldNameIterator>(this, "fieldnameiterator")?;
    let all = iterator.rest.with(th, |rest| rest.clone());
    let mut rest = all.as_slice();
    let step = next_step(th, &mut rest)?;
    let rest = rest.to_vec();
    iterator.rest.with(th, |old| *old = rest);
    Ok(match step {
        None => None,
        Some(Step::Attribute(name)) => Some(th.tuple(vec![Value::TRUE, th.try_str(&name)?])),
        Some(Step::Item(ItemKey::Name(name))) => Some(th.tuple(vec![Value::FALSE, th.try_str(&name)?])),
        Some(Step::Item(ItemKey::Number(n))) => Some(th.tuple(vec![Value::FALSE, th.int(n)])),
    })
}

fn formatter_field_name_split(th: &Thread, _module: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(name) = args[0].as_str() else {
        return Err(th.type_error(format!("expected str, got {}", args[0].type_name(th))));
    };
    let name = points(name);
    let (first, rest) = split_name(&name);
    let first = match number_of(th, first)? {
        Some(n) => th.int(n),
        None => th.try_str(&text(first))?,
    };
    let iterator = FieldNameIterator { rest: ObjCell::new(rest.to_vec()) };
    Ok(th.tuple(vec![first, th.new_object(th.type_for::<FieldNameIterator>(), iterator)]))
}

/// Module `_string`.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_string",
    doc: "string helper module",
    functions: &[
        m(
            "formatter_field_name_split",
            "(object, /)",
            formatter_field_name_split,
            "split the argument as a field name",
        ),
        m("formatter_parser", "(object, /)", formatter_parser, "parse the argument as a format string"),
    ],
    ..ModuleSpec::EMPTY
};
