//! `Pattern.sub` and `Pattern.subn`.
use super::drive::{Found, Subject};
use super::matched;
use super::pattern::{for_each_match, this};
use super::template::{self, Template};
use vm_runtime::prelude::*;

/// What replaces a match.
enum Filter {
    Literal(Value),
    Template(Value),
    Call(Value),
}

/// Whether a replacement text stands for itself: text without backslashes.
fn is_literal(th: &Thread, v: &Value) -> bool {
    match (v.as_str(), v.payload::<Bytes>()) {
        (Some(text), _) => !text.as_bytes().contains(&b'\\'),
        (_, Some(bytes)) => !bytes.as_slice().contains(&b'\\'),
        _ if th.has_buffer(v) => match th.bytes_like(v) {
            Ok(bytes) => !bytes.contains(&b'\\'),
            Err(_) => {
                th.clear_error();
                false
            }
        },
        _ => false,
    }
}

fn filter_of(th: &Thread, pattern: &Value, v: &Value) -> PyResult<Filter> {
    if th.is_callable(v) {
        return Ok(Filter::Call(v.clone()));
    }
    if is_literal(th, v) {
        return Ok(Filter::Literal(v.clone()));
    }
    let made = template::compile(th, pattern, v)?;
    Ok(match made.payload::<Template>() {
        Some(template) => match template.literal() {
            Some(literal) => Filter::Literal(literal.clone()),
            None => Filter::Template(made.clone()),
        },
        None if th.is_callable(&made) => Filter::Call(made),
        None => Filter::Literal(made),
    })
}

impl Filter {
    fn apply(
        &self,
        th: &Thread,
        v: &Value,
        string: &Value,
        subject: &Subject,
        found: Found,
    ) -> PyResult<Value> {
        match self {
            Filter::Literal(text) => Ok(text.clone()),
            Filter::Template(template) => template::expand(th, template, subject, &found),
            Filter::Call(f) => {
                let m = matched::new(th, v, string, 0, subject.len(), found);
                th.call(f, &[m])
            }
        }
    }
}

fn replace(th: &Thread, v: &Value, args: &[Value]) -> PyResult<(Value, i64)> {
    let pattern = this(th, v)?;
    let filter = filter_of(th, v, &args[0])?;
    let subject = pattern.subject(th, &args[1])?;
    let limit = if args[2].is_unbound() { 0 } else { th.index_i64(&args[2])? };
    let len = subject.len();
    let mut pieces = Vec::new();
    let (mut last, mut n) = (0, 0);
    if limit >= 0 {
        for_each_match(th, pattern, &subject, (0, len), |found| {
            let (start, end) = found.whole();
            if last < start {
                pieces.push(subject.slice(th, last, start)?);
            }
            let item = filter.apply(th, v, &args[1], &subject, found)?;
            if !item.is_none() {
                pieces.push(item);
            }
            last = end;
            n += 1;
            Ok(limit == 0 || n < limit)
        })?;
    }
    if last < len {
        pieces.push(subject.slice(th, last, len)?);
    }
    Ok((template::join(th, &subject, pieces)?, n))
}

pub(super) fn sub(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(replace(th, v, args)?.0)
}

pub(super) fn subn(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let (text, n) = replace(th, v, args)?;
    Ok(th.tuple(vec![text, th.int(n)]))
}
