//! `re.Match`.
use super::drive::{Found, Subject};
use super::pattern::{Pattern, generic_alias, group_text};
use super::template;
use rustpython_wtf8::Wtf8Buf;
use vm_runtime::prelude::*;

/// Payload of `re.Match`.
pub struct Match {
    pub(super) pattern: Value,
    string: Value,
    pos: usize,
    endpos: usize,
    pub(super) found: Found,
}
payload!(Match, "Match", traverse = Match::traverse);

impl Match {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.pattern);
        visit(&self.string);
    }

    fn pattern(&self) -> Option<&Pattern> {
        self.pattern.payload::<Pattern>()
    }
}

/// A match of `string`.
pub(super) fn new(
    th: &Thread,
    pattern: &Value,
    string: &Value,
    pos: usize,
    endpos: usize,
    found: Found,
) -> Value {
    let payload = Match { pattern: pattern.clone(), string: string.clone(), pos, endpos, found };
    th.new_object(th.type_for::<Match>(), payload)
}

pub(super) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Match> {
    th.expect::<Match>(v, "re.Match")
}

pub(super) fn subject(th: &Thread, m: &Match) -> PyResult<Subject> {
    Subject::new(th, &m.string)
}

/// The number of a group given by number or name.
fn group_number(th: &Thread, m: &Match, index: &Value) -> PyResult<usize> {
    let number = if th.is_index(index) {
        usize::try_from(th.index_clamped(index)?).ok()
    } else {
        let names = m.pattern().and_then(|p| p.groupindex.payload::<Dict>());
        match names {
            Some(names) => match names.get(th, index) {
                Ok(Some(n)) => usize::try_from(th.index_clamped(&n)?).ok(),
                Ok(None) => None,
                Err(raised) if !th.error_is(th.types().exc.type_error) => return Err(raised),
                Err(_) => {
                    th.clear_error();
                    None
                }
            },
            None => None,
        }
    };
    number.filter(|n| *n < m.found.spans.len()).ok_or_else(|| th.index_error("no such group"))
}

fn one(th: &Thread, m: &Match, index: &Value, missing: &Value) -> PyResult<Value> {
    let group = group_number(th, m, index)?;
    group_text(th, &subject(th, m)?, &m.found, group, missing)
}

fn group(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let m = this(th, v)?;
    match args {
        [] => group_text(th, &subject(th, m)?, &m.found, 0, &Value::NONE),
        [index] => one(th, m, index, &Value::NONE),
        many => {
            let groups = many.iter().map(|index| one(th, m, index, &Value::NONE));
            Ok(th.tuple(groups.collect::<PyResult<Vec<_>>>()?))
        }
    }
}

fn getitem(th: &Thread, v: &Value, key: &Value) -> PyResult<Value> {
    one(th, this(th, v)?, key, &Value::NONE)
}

fn missing(args: &[Value]) -> Value {
    match args.first() {
        Some(v) if !v.is_unbound() => v.clone(),
        _ => Value::NONE,
    }
}

fn groups(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let m = this(th, v)?;
    let (subject, missing) = (subject(th, m)?, missing(args));
    let groups = (1..m.found.spans.len()).map(|g| group_text(th, &subject, &m.found, g, &missing));
    Ok(th.tuple(groups.collect::<PyResult<Vec<_>>>()?))
}

fn groupdict(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let m = this(th, v)?;
    let missing = missing(args);
    let made = th.dict();
    let names =
        m.pattern().and_then(|p| p.groupindex.payload::<Dict>()).map(|d| d.items(th)).unwrap_or_default();
    if let Some(dict) = made.payload::<Dict>() {
        for (name, _) in names {
            dict.set(th, &name, &one(th, m, &name, &missing)?)?;
        }
    }
    Ok(made.clone())
}

fn span_of(th: &Thread, m: &Match, args: &[Value]) -> PyResult<(i64, i64)> {
    let group = match args.first() {
        Some(v) if !v.is_unbound() => group_number(th, m, v)?,
        _ => 0,
    };
    Ok(m.found.spans.get(group).copied().flatten().map_or((-1, -1), |(s, e)| (s as i64, e as i64)))
}

fn start(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(span_of(th, this(th, v)?, args)?.0))
}

fn end(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(th.int(span_of(th, this(th, v)?, args)?.1))
}

fn pair(th: &Thread, (start, end): (i64, i64)) -> Value {
    th.tuple(vec![th.int(start), th.int(end)])
}

fn span(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    Ok(pair(th, span_of(th, this(th, v)?, args)?))
}

fn expand(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let m = this(th, v)?;
    let template = template::compile(th, &m.pattern, &args[0])?;
    template::expand(th, &template, &subject(th, m)?, &m.found)
}

/// The repr of an object, cut after `limit` characters.
pub(super) fn short_repr(th: &Thread, v: &Value, limit: usize) -> PyResult<Wtf8Buf> {
    let shown = th.repr(v)?;
    Ok(shown.as_str().map(|s| s.chars_range(0, limit.min(s.char_len())).to_owned()).unwrap_or_default())
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let m = this(th, v)?;
    let (start, end) = m.found.whole();
    let whole = subject(th, m)?.slice(th, start, end)?;
    let mut out =
        Wtf8Buf::from(format!("<{} object; span=({start}, {end}), match=", v.type_of(th).full_name()));
    out.push_wtf8(&short_repr(th, &whole, 50)?);
    out.push_str(">");
    th.try_str(&out)
}

fn itself(_th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(v.clone())
}

fn regs(th: &Thread, v: &Value) -> PyResult<Value> {
    let spans = this(th, v)?.found.spans.iter();
    let pairs = spans.map(|s| pair(th, s.map_or((-1, -1), |(s, e)| (s as i64, e as i64))));
    Ok(th.tuple(pairs.collect()))
}

fn lastindex(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(match this(th, v)?.found.last_index {
        0 => Value::NONE,
        n => th.usize(n),
    })
}

fn lastgroup(th: &Thread, v: &Value) -> PyResult<Value> {
    let m = this(th, v)?;
    let names =
        m.pattern().and_then(|p| p.indexgroup.payload::<Tuple>()).map(Tuple::as_slice).unwrap_or_default();
    Ok(match m.found.last_index {
        0 => Value::NONE,
        n => names.get(n).cloned().unwrap_or(Value::NONE),
    })
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "re.Match",
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr), Slot::GetItem(getitem)],
    methods: &[
        m("group", "(*args)", group, "group([group1, ...]) -> str or tuple."),
        m("start", "(group=0, /)", start, "Return index of the start of the substring matched by group."),
        m("end", "(group=0, /)", end, "Return index of the end of the substring matched by group."),
        m(
            "span",
            "(group=0, /)",
            span,
            "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
        ),
        m(
            "groups",
            "(default=None)",
            groups,
            "Return a tuple containing all the subgroups of the match, from 1.",
        ),
        m(
            "groupdict",
            "(default=None)",
            groupdict,
            "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.",
        ),
        m(
            "expand",
            "(template)",
            expand,
            "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
        ),
        m("__copy__", "()", itself, ""),
        m("__deepcopy__", "(memo, /)", itself, ""),
        cm(
            "__class_getitem__",
            "(object, /)",
            generic_alias,
            "Matches are generic over the type of string which was matched (str or bytes)",
        ),
    ],
    getset: &[
        gs(
            "string",
            |th, v| Ok(this(th, v)?.string.clone()),
            None,
            "The string passed to match() or search().",
        ),
        gs("re", |th, v| Ok(this(th, v)?.pattern.clone()), None, "The regular expression object."),
        gs(
            "pos",
            |th, v| Ok(th.usize(this(th, v)?.pos)),
            None,
            "The index into the string at which the RE engine started looking for a match.",
        ),
        gs(
            "endpos",
            |th, v| Ok(th.usize(this(th, v)?.endpos)),
            None,
            "The index into the string beyond which the RE engine will not go.",
        ),
        gs("lastindex", lastindex, None, "The integer index of the last matched capturing group."),
        gs("lastgroup", lastgroup, None, "The name of the last matched capturing group."),
        gs("regs", regs, None, ""),
    ],
    ..TypeSpec::of::<Match>()
};
