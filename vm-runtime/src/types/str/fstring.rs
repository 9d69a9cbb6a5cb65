//! What f-strings and t-strings call: formatting of one value, and the types of `string.templatelib`.
use crate::prelude::*;
use crate::types::generic_alias::class_getitem as generic_alias;

fn converted(th: &Thread, v: &Value, conv: u8) -> PyResult<Value> {
    match conv {
        1 => th.to_str(v),
        2 => th.repr(v),
        3 => th.ascii(v),
        _ => Ok(v.clone()),
    }
}

/// `format(conv(v), "")`; `conv`: 0 none, 1 `str`, 2 `repr`, 3 `ascii`.
///
/// # Errors
/// What the conversion or `__format__` raises.
pub fn format_simple(th: &Thread, v: &Value, conv: u8) -> PyResult<Value> {
    let v = converted(th, v, conv)?;
    if th.is_exact(&v, th.types().str) {
        return Ok(v);
    }
    if v.is_small_int() {
        return th.to_str(&v);
    }
    th.format(&v, &th.empty_str())
}

/// `format(conv(v), spec)`.
///
/// # Errors
/// What the conversion or `__format__` raises.
pub fn format_with_spec(th: &Thread, v: &Value, conv: u8, spec: &Value) -> PyResult<Value> {
    if conv == 0
        && !v.is_heap()
        && let Some(text) = spec.as_str()
        && let Some(made) = super::quick::format_number(th, v, text.as_bytes())
    {
        return Ok(made);
    }
    let v = converted(th, v, conv)?;
    th.format(&v, spec)
}

/// Payload of `string.templatelib.Interpolation`.
pub struct Interpolation {
    value: Value,
    expression: Value,
    conversion: Value,
    format_spec: Value,
}
payload!(Interpolation, "Interpolation", traverse = Interpolation::traverse);

impl Interpolation {
    fn traverse(&self, visit: Visitor<'_>) {
        for v in [&self.value, &self.expression, &self.conversion, &self.format_spec] {
            visit(v);
        }
    }
}

/// Payload of `string.templatelib.Template`.
pub struct Template {
    /// A tuple of strings, one more than `interpolations`.
    strings: Value,
    interpolations: Value,
}
payload!(Template, "Template", traverse = Template::traverse);

impl Template {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.strings);
        visit(&self.interpolations);
    }
}

/// The interpolation of a t-string's field.
#[must_use]
pub fn new_interpolation(
    th: &Thread,
    value: Value,
    expression: Value,
    conv: u8,
    format_spec: Value,
) -> Value {
    let conversion = match conv {
        1 => th.str("s"),
        2 => th.str("r"),
        3 => th.str("a"),
        _ => Value::NONE,
    };
    let payload = Interpolation {
        value: value.into_owned(),
        expression: expression.into_owned(),
        conversion,
        format_spec: format_spec.into_owned(),
    };
    th.new_object(th.type_for::<Interpolation>(), payload)
}

/// The template of a t-string: a tuple of n + 1 strings, and one of n interpolations.
#[must_use]
pub fn new_template(th: &Thread, strings: Value, interpolations: Value) -> Value {
    let payload = Template { strings: strings.into_owned(), interpolations: interpolations.into_owned() };
    th.new_object(th.type_for::<Template>(), payload)
}

fn inter<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Interpolation> {
    th.expect::<Interpolation>(v, "Interpolation")
}

fn templ<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Template> {
    th.expect::<Template>(v, "Template")
}

fn items(v: &Value) -> &[Value] {
    v.payload::<Tuple>().map(Tuple::as_slice).unwrap_or_default()
}

fn construct_interpolation(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let or_empty = |v: &Value| if v.is_unbound() { th.empty_str() } else { v.clone() };
    let expression = or_empty(&args[1]);
    if expression.as_str().is_none() {
        let kind = super::type_or_none(th, &expression);
        return Err(th.type_error(format!("Interpolation() argument 'expression' must be str, not {kind}")));
    }
    let conversion = if args[2].is_unbound() { Value::NONE } else { args[2].clone() };
    if !conversion.is_none() {
        let Some(text) = conversion.as_str() else {
            let kind = conversion.type_name(th);
            return Err(
                th.type_error(format!("Interpolation() argument 'conversion' must be str, not {kind}"))
            );
        };
        if !matches!(text.as_bytes(), b"s" | b"r" | b"a") {
            return Err(
                th.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
            );
        }
    }
    let format_spec = or_empty(&args[3]);
    if format_spec.as_str().is_none() {
        let kind = super::type_or_none(th, &format_spec);
        return Err(th.type_error(format!("Interpolation() argument 'format_spec' must be str, not {kind}")));
    }
    Ok(th.new_object(cls, Interpolation { value: args[0].clone(), expression, conversion, format_spec }))
}

fn repr_interpolation(th: &Thread, this: &Value) -> PyResult<Value> {
    let i = inter(th, this)?;
    let mut out = rustpython_wtf8::Wtf8Buf::from("Interpolation(");
    for (n, v) in [&i.value, &i.expression, &i.conversion, &i.format_spec].into_iter().enumerate() {
        if n != 0 {
            out.push_str(", ");
        }
        if let Some(text) = th.repr(v)?.as_str() {
            out.push_wtf8(text);
        }
    }
    out.push_str(")");
    th.try_str(&out)
}

fn reduce_interpolation(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let i = inter(th, this)?;
    let args = vec![i.value.clone(), i.expression.clone(), i.conversion.clone(), i.format_spec.clone()];
    Ok(th.tuple(vec![this.type_of(th).value(), th.tuple(args)]))
}

/// The type `string.templatelib.Interpolation`.
pub static INTERPOLATION_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Interpolation",
    new_sig: "(value, expression='', conversion=None, format_spec='')",
    slots: &[Slot::New(construct_interpolation), Slot::Repr(repr_interpolation)],
    methods: &[
        m("__reduce__", "()", reduce_interpolation, "Helper for pickle."),
        cm(
            "__class_getitem__",
            "(object, /)",
            generic_alias,
            "Interpolations are generic over the types of their values",
        ),
    ],
    getset: &[
        gs("value", |th, v| Ok(inter(th, v)?.value.clone()), None, "Value"),
        gs("expression", |th, v| Ok(inter(th, v)?.expression.clone()), None, "Expression"),
        gs("conversion", |th, v| Ok(inter(th, v)?.conversion.clone()), None, "Conversion"),
        gs("format_spec", |th, v| Ok(inter(th, v)?.format_spec.clone()), None, "Format specifier"),
    ],
    init: Some(|th, ty| {
        let names = ["value", "expression", "conversion", "format_spec"];
        let names = th.tuple(names.iter().map(|n| th.intern(n)).collect());
        ty.dict().set(th, &th.intern("__match_args__"), &names)
    }),
    ..TypeSpec::of::<Interpolation>()
};

fn construct_template(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.names.is_empty() {
        return Err(th.type_error("Template.__new__ only accepts *args arguments"));
    }
    let mut strings: Vec<Value> = Vec::new();
    let mut interpolations = Vec::new();
    let mut after_text = false;
    for arg in args.positional() {
        if arg.as_str().is_some() {
            match strings.last_mut() {
                Some(last) if after_text => *last = super::str_concat(th, last, arg)?,
                _ => strings.push(arg.clone()),
            }
            after_text = true;
        } else if arg.payload::<Interpolation>().is_some() {
            if !after_text {
                strings.push(th.empty_str());
            }
            after_text = false;
            interpolations.push(arg.clone());
        } else {
            let kind = arg.type_name(th);
            return Err(th.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {kind}"
            )));
        }
    }
    if !after_text {
        strings.push(th.empty_str());
    }
    Ok(th.new_object(cls, Template { strings: th.tuple(strings), interpolations: th.tuple(interpolations) }))
}

fn repr_template(th: &Thread, this: &Value) -> PyResult<Value> {
    let t = templ(th, this)?;
    let mut out = rustpython_wtf8::Wtf8Buf::from("Template(strings=");
    if let Some(text) = th.repr(&t.strings)?.as_str() {
        out.push_wtf8(text);
    }
    out.push_str(", interpolations=");
    if let Some(text) = th.repr(&t.interpolations)?.as_str() {
        out.push_wtf8(text);
    }
    out.push_str(")");
    th.try_str(&out)
}

fn parts(t: &Template) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut interpolations = items(&t.interpolations).iter();
    for text in items(&t.strings) {
        if text.as_str().is_some_and(|s| !s.is_empty()) {
            parts.push(text.clone());
        }
        parts.extend(interpolations.next().cloned());
    }
    parts
}

/// Payload of `string.templatelib.TemplateIter`.
pub struct TemplateIter {
    parts: ObjCell<std::vec::IntoIter<Value>>,
}
payload!(TemplateIter, "TemplateIter", traverse = TemplateIter::traverse);

impl TemplateIter {
    fn traverse(&self, visit: Visitor<'_>) {
        self.parts.peek(|p| p.as_slice().iter().for_each(visit));
    }
}

/// The type of a template's iterator.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.TemplateIter",
    flags: NO_NEW,
    slots: &[
        Slot::Iter(|_, this| Ok(this.clone())),
        Slot::Next(|th, this| {
            Ok(th.expect::<TemplateIter>(this, "TemplateIter")?.parts.with(th, Iterator::next))
        }),
    ],
    ..TypeSpec::of::<TemplateIter>()
};

fn iter_template(th: &Thread, this: &Value) -> PyResult<Value> {
    let parts = parts(templ(th, this)?);
    Ok(th.new_object(th.type_for::<TemplateIter>(), TemplateIter { parts: ObjCell::new(parts.into_iter()) }))
}

fn concat_templates(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Template>(), b.payload::<Template>()) else {
        let (left, right) = (a.type_name(th).to_string(), b.type_name(th).to_string());
        let quoted = |name: &str| {
            if name == "Template" { "string.templatelib.Template".to_owned() } else { name.to_owned() }
        };
        let message = format!(
            "can only concatenate {} (not \"{}\") to {}",
            quoted(&left),
            quoted(&right),
            quoted(&left)
        );
        return Err(th.type_error(message));
    };
    let (left, right) = (items(&x.strings), items(&y.strings));
    let (Some((last, before)), Some((first, after))) = (left.split_last(), right.split_first()) else {
        return Err(th.system_error("a template without strings"));
    };
    let mut strings = before.to_vec();
    strings.push(super::str_concat(th, last, first)?);
    strings.extend_from_slice(after);
    let interpolations = [items(&x.interpolations), items(&y.interpolations)].concat();
    Ok(new_template(th, th.tuple(strings), th.tuple(interpolations)))
}

fn reduce_template(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let t = templ(th, this)?;
    let module = th.import("string.templatelib")?;
    let unpickle = th.getattr_str(&module, "_template_unpickle")?;
    Ok(th.tuple(vec![unpickle, th.tuple(vec![t.strings.clone(), t.interpolations.clone()])]))
}

/// The type `string.templatelib.Template`.
pub static TEMPLATE_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Template",
    doc: "Template object",
    slots: &[
        Slot::NewRaw(construct_template),
        Slot::Repr(repr_template),
        Slot::Iter(iter_template),
        Slot::Concat(concat_templates),
        Slot::Binary(BinaryOp::Add, |th, a, b| {
            if a.payload::<Template>().is_none() {
                Ok(Value::NOT_IMPLEMENTED)
            } else {
                concat_templates(th, a, b)
            }
        }),
    ],
    methods: &[m("__reduce__", "()", reduce_template, "Helper for pickle.")],
    getset: &[
        mb("strings", |th, v| Ok(templ(th, v)?.strings.clone()), None, "Strings"),
        gs("interpolations", |th, v| Ok(templ(th, v)?.interpolations.clone()), None, "Interpolations"),
        gs(
            "values",
            |th, v| {
                let values = items(&templ(th, v)?.interpolations);
                Ok(th.tuple(
                    values
                        .iter()
                        .filter_map(|i| i.payload::<Interpolation>())
                        .map(|i| i.value.clone())
                        .collect(),
                ))
            },
            None,
            "Values of interpolations",
        ),
    ],
    ..TypeSpec::of::<Template>()
};
