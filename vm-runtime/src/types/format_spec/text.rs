//! Formatting strings.
use super::{FormatError, Grouping, padding, parse, push_fill, unknown_kind};
use rustpython_wtf8::{Wtf8, Wtf8Buf};

/// `format(text, spec)` for a value whose type is called `type_name`.
///
/// # Errors
/// If the specification is not one for strings.
pub fn format_str(text: &Wtf8, spec: &Wtf8, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    if spec.is_empty() {
        return Ok(text.to_wtf8_buf());
    }
    let spec = parse(spec, type_name, 's', b'<')?;
    if spec.kind != 's' {
        return unknown_kind(spec.kind, type_name);
    }
    debug_assert_eq!(spec.grouping, Grouping::None);
    if spec.sign != 0 {
        return FormatError::value(if spec.sign == b' ' {
            "Space not allowed in string format specifier"
        } else {
            "Sign not allowed in string format specifier"
        });
    }
    if spec.no_neg_0 {
        return FormatError::value("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return FormatError::value("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == b'=' {
        return FormatError::value("'=' alignment not allowed in string format specifier");
    }
    let shown = match spec.precision {
        Some(most) => match text.code_point_indices().nth(most) {
            Some((end, _)) => text.get(..end).unwrap_or(text),
            None => text,
        },
        None => text,
    };
    let length = if shown.is_ascii() { shown.len() } else { shown.code_points().count() };
    let (left, right) = padding(spec.width, spec.align, length);
    let mut out = Wtf8Buf::new();
    push_fill(&mut out, spec.fill, left)?;
    out.push_wtf8(shown);
    push_fill(&mut out, spec.fill, right)?;
    Ok(out)
}
