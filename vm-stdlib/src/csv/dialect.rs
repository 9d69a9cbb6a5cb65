//! Dialects: how a CSV file is written.
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use vm_runtime::prelude::*;

/// When fields are quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    Minimal,
    All,
    NonNumeric,
    None,
    Strings,
    NotNull,
}

const QUOTING: [Quoting; 6] =
    [Quoting::Minimal, Quoting::All, Quoting::NonNumeric, Quoting::None, Quoting::Strings, Quoting::NotNull];

/// Payload of `_csv.Dialect`.
#[derive(Clone)]
pub struct Dialect {
    pub(super) delimiter: CodePoint,
    pub(super) doublequote: bool,
    pub(super) escapechar: Option<CodePoint>,
    pub(super) lineterminator: Wtf8Buf,
    pub(super) quotechar: Option<CodePoint>,
    pub(super) quoting: Quoting,
    pub(super) skipinitialspace: bool,
    pub(super) strict: bool,
}
payload!(Dialect, "Dialect");

const NAMES: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// One character; None for None where that is allowed.
fn character(th: &Thread, v: &Value, name: &str, optional: bool) -> PyResult<Option<CodePoint>> {
    if optional && v.is_none() {
        return Ok(None);
    }
    let or_none = if optional { " or None" } else { "" };
    let Some(text) = v.as_str() else {
        let kind = v.type_name(th);
        return Err(th.type_error(format!("\"{name}\" must be a unicode character{or_none}, not {kind}")));
    };
    text.only_char().map(Some).ok_or_else(|| {
        let n = text.char_len();
        th.type_error(format!("\"{name}\" must be a unicode character{or_none}, not a string of length {n}"))
    })
}

/// A dialect from a dialect's name, class or instance, and keyword parameters (a dict).
///
/// # Errors
/// TypeError and ValueError for parameters that make no sense.
pub(super) fn make(th: &Thread, base: &Value, params: Option<&Value>) -> PyResult<Value> {
    let params = params.and_then(|p| p.payload::<Dict>());
    let mut given: [Option<Value>; 8] = [const { None }; 8];
    if let Some(params) = params {
        for (name, value) in params.items(th) {
            let name = name.as_str().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            match NAMES.iter().position(|n| *n == name) {
                Some(at) => given[at] = Some(value),
                None => {
                    return Err(
                        th.type_error(format!("this function got an unexpected keyword argument '{name}'"))
                    );
                }
            }
        }
    }
    let base = if base.is_unbound() || base.is_none() {
        None
    } else if base.as_str().is_some() {
        Some(super::registered(th, base)?)
    } else {
        Some(base.clone())
    };
    if let Some(base) = &base
        && base.payload::<Dialect>().is_some()
        && given.iter().all(Option::is_none)
    {
        return Ok(base.clone());
    }
    if let Some(base) = &base {
        for (slot, name) in given.iter_mut().zip(NAMES) {
            if slot.is_none() {
                *slot = th.get_attr_opt(base, &th.intern(name))?;
            }
        }
    }
    let dialect = from_parameters(th, given)?;
    Ok(th.new_object(th.type_for::<Dialect>(), dialect))
}

fn from_parameters(th: &Thread, given: [Option<Value>; 8]) -> PyResult<Dialect> {
    let [delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict] =
        given;
    let truth = |v: &Option<Value>, missing: bool| v.as_ref().map_or(Ok(missing), |v| th.truth(v));
    let comma = CodePoint::from_char(',');
    let delimiter = match &delimiter {
        Some(v) => character(th, v, "delimiter", false)?.unwrap_or(comma),
        None => comma,
    };
    let doublequote = truth(&doublequote, true)?;
    let escapechar = match &escapechar {
        Some(v) => character(th, v, "escapechar", true)?,
        None => None,
    };
    let lineterminator = match &lineterminator {
        None => Wtf8Buf::from("\r\n"),
        Some(v) => match v.as_str() {
            Some(text) => text.to_wtf8_buf(),
            None => {
                let kind = v.type_name(th);
                return Err(th.type_error(format!("\"lineterminator\" must be a string, not {kind}")));
            }
        },
    };
    let no_quotechar = quotechar.as_ref().is_some_and(Value::is_none);
    let quotechar = match &quotechar {
        Some(v) => character(th, v, "quotechar", true)?,
        None => Some(CodePoint::from_char('"')),
    };
    let mut quoting_given = true;
    let quoting = match &quoting {
        None => {
            quoting_given = false;
            Quoting::Minimal
        }
        Some(v) => {
            if !th.is_exact(v, th.types().int) {
                let kind = v.type_name(th);
                return Err(th.type_error(format!("\"quoting\" must be an integer, not {kind}")));
            }
            let at = usize::try_from(th.as_c_int(v)?).ok();
            at.and_then(|at| QUOTING.get(at).copied())
                .ok_or_else(|| th.type_error("bad \"quoting\" value"))?
        }
    };
    let quoting = if no_quotechar && !quoting_given { Quoting::None } else { quoting };
    let skipinitialspace = truth(&skipinitialspace, false)?;
    let strict = truth(&strict, false)?;
    if quoting != Quoting::None && quotechar.is_none() {
        return Err(th.type_error("quotechar must be set if quoting enabled"));
    }
    let bad = |c: CodePoint, space: bool| c == '\n' || c == '\r' || c == ' ' && space;
    for (name, c, space) in [
        ("delimiter", Some(delimiter), false),
        ("escapechar", escapechar, skipinitialspace),
        ("quotechar", quotechar, skipinitialspace),
    ] {
        if c.is_some_and(|c| bad(c, space)) {
            return Err(th.value_error(format!("bad {name} value")));
        }
    }
    let pairs = [
        ("delimiter or escapechar", Some(delimiter), escapechar),
        ("delimiter or quotechar", Some(delimiter), quotechar),
        ("escapechar or quotechar", escapechar, quotechar),
    ];
    for (names, a, b) in pairs {
        if a.is_some() && a == b {
            return Err(th.value_error(format!("bad {names} value")));
        }
    }
    for (name, c) in [("delimiter", Some(delimiter)), ("escapechar", escapechar), ("quotechar", quotechar)] {
        if let Some(c) = c
            && lineterminator.contains_code_point(c)
        {
            return Err(th.value_error(format!("bad {name} or lineterminator value")));
        }
    }
    Ok(Dialect {
        delimiter,
        doublequote,
        escapechar,
        lineterminator,
        quotechar,
        quoting,
        skipinitialspace,
        strict,
    })
}

fn new(th: &Thread, _cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let params = th.dict();
    if let Some(dict) = params.payload::<Dict>() {
        for (name, value) in NAMES.iter().zip(&args[1..]) {
            if !value.is_unbound() {
                dict.set(th, &th.intern(name), value)?;
            }
        }
    }
    make(th, &args[0], Some(&params))
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Dialect> {
    th.expect::<Dialect>(v, "_csv.Dialect")
}

fn optional(th: &Thread, c: Option<CodePoint>) -> Value {
    c.map_or(Value::NONE, |c| th.str_char(c))
}

fn no_pickle(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Err(th.type_error(format!("cannot pickle '{}' instances", v.type_name(th))))
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.Dialect",
    doc: "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n",
    flags: BASETYPE,
    new_sig: "(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='\\r\\n', quotechar='\"', quoting=0, skipinitialspace=False, strict=False)",
    slots: &[Slot::New(new)],
    methods: &[
        m("__reduce__", "()", no_pickle, "raises an exception to avoid pickling"),
        m("__reduce_ex__", "(protocol=0, /)", no_pickle, "raises an exception to avoid pickling"),
    ],
    getset: &[
        gs("delimiter", |th, v| Ok(th.str_char(this(th, v)?.delimiter)), None, ""),
        mb("doublequote", |th, v| Ok(Value::bool(this(th, v)?.doublequote)), None, ""),
        gs("escapechar", |th, v| Ok(optional(th, this(th, v)?.escapechar)), None, ""),
        gs("lineterminator", |th, v| th.try_str(&this(th, v)?.lineterminator), None, ""),
        gs("quotechar", |th, v| Ok(optional(th, this(th, v)?.quotechar)), None, ""),
        gs("quoting", |th, v| Ok(th.int(this(th, v)?.quoting as i64)), None, ""),
        mb("skipinitialspace", |th, v| Ok(Value::bool(this(th, v)?.skipinitialspace)), None, ""),
        mb("strict", |th, v| Ok(Value::bool(this(th, v)?.strict)), None, ""),
    ],
    ..TypeSpec::of::<Dialect>()
};
