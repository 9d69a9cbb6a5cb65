//! Replacement templates: text and references to groups.
use super::drive::{Found, Subject};
use super::pattern::group_text;
use vm_runtime::prelude::*;
use vm_runtime::types::str::methods::join_strings;

/// Payload of `_sre.SRE_Template`.
pub struct Template {
    literal: Value,
    /// A group and the text after it.
    chunks: Vec<(usize, Value)>,
}
payload!(Template, "SRE_Template", traverse = Template::traverse);

impl Template {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.literal);
        self.chunks.iter().for_each(|(_, text)| visit(text));
    }

    /// The text, if there are no references.
    pub(super) fn literal(&self) -> Option<&Value> {
        if self.chunks.is_empty() { Some(&self.literal) } else { None }
    }
}

/// `_sre.template(pattern, list)`.
pub(super) fn template(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(list) = args[1].payload::<List>() else {
        return Err(
            th.type_error(format!("template() argument 2 must be list, not {}", args[1].type_name(th)))
        );
    };
    let items = list.to_vec(th);
    let invalid = || th.type_error("invalid template");
    let Some((literal, rest)) = items.split_first().filter(|(_, rest)| rest.len().is_multiple_of(2)) else {
        return Err(invalid());
    };
    let mut chunks = Vec::new();
    for pair in rest.chunks_exact(2) {
        let [group, text] = pair else { return Err(invalid()) };
        let group = usize::try_from(th.index_i64(group)?).map_err(|_| invalid())?;
        chunks.push((group, text.clone()));
    }
    Ok(th.new_object(th.type_for::<Template>(), Template { literal: literal.clone(), chunks }))
}

/// The template of a replacement text, through `re._compile_template`.
pub(super) fn compile(th: &Thread, pattern: &Value, text: &Value) -> PyResult<Value> {
    let module = th.import("re")?;
    let compile = th.getattr_str(&module, "_compile_template")?;
    th.call(&compile, &[pattern.clone(), text.clone()])
}

/// Joins pieces of a subject's kind.
pub(super) fn join(th: &Thread, subject: &Subject, pieces: Vec<Value>) -> PyResult<Value> {
    let empty = subject.slice(th, 0, 0)?;
    let pieces = th.list(pieces);
    match empty.as_str() {
        Some(empty) => join_strings(th, empty, &pieces),
        None => th.call_method(&empty, "join", &[pieces]),
    }
}

/// Fills a template in.
pub(super) fn expand(th: &Thread, template: &Value, subject: &Subject, found: &Found) -> PyResult<Value> {
    let Some(inner) = template.payload::<Template>() else {
        return Ok(template.clone());
    };
    if let Some(literal) = inner.literal() {
        return Ok(literal.clone());
    }
    let mut pieces = vec![inner.literal.clone()];
    for (group, text) in &inner.chunks {
        if *group >= found.spans.len() {
            return Err(th.index_error("no such group"));
        }
        let item = group_text(th, subject, found, *group, &Value::NONE)?;
        if !item.is_none() {
            pieces.push(item);
        }
        pieces.push(text.clone());
    }
    join(th, subject, pieces)
}

/// The type.
pub static SPEC: TypeSpec =
    TypeSpec { name: "_sre.SRE_Template", flags: NO_NEW, ..TypeSpec::of::<Template>() };
