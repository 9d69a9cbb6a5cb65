//! The type `str`: constructor, slots and method table.
use super::Str;
use super::case::*;
use super::format::{format, format_map, format_one};
use super::methods::*;
use super::split::*;
use super::translate::{maketrans, translate};
use crate::prelude::*;

/// The type `str`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "str",
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).",
    flags: BASETYPE,
    slots: &[
        Slot::NewRaw(new),
        Slot::Repr(repr),
        Slot::Str(str),
        Slot::Hash(hash),
        Slot::RichCompare(compare),
        Slot::Iter(super::iter::iter),
        Slot::Len(len),
        Slot::GetItem(getitem),
        Slot::SqItem(item),
        Slot::Contains(contains),
        Slot::Concat(add),
        Slot::Repeat(repeat),
        Slot::Binary(BinaryOp::Mod, modulo),
    ],
    methods: &[
        m(
            "encode",
            "(encoding='utf-8', errors='strict')",
            encode,
            "Encode the string using the codec registered for encoding.",
        ),
        m(
            "replace",
            "(old, new, /, count=-1)",
            replace,
            "Return a copy with all occurrences of substring old replaced by new.",
        ),
        m(
            "split",
            "(sep=None, maxsplit=-1)",
            split,
            "Return a list of the substrings in the string, using sep as the separator string.",
        ),
        m(
            "rsplit",
            "(sep=None, maxsplit=-1)",
            rsplit,
            "Return a list of the substrings in the string, using sep as the separator string.",
        ),
        m("join", "(iterable, /)", join, "Concatenate any number of strings."),
        m("capitalize", "()", capitalize, "Return a capitalized version of the string."),
        m("casefold", "()", casefold, "Return a version of the string suitable for caseless comparisons."),
        m("title", "()", title, "Return a version of the string where each word is titlecased."),
        m("center", "(width, fillchar=' ', /)", center, "Return a centered string of length width."),
        m(
            "count",
            "(sub, start=None, end=None, /)",
            count,
            "Return the number of non-overlapping occurrences of substring sub in string S[start:end].",
        ),
        m(
            "expandtabs",
            "(tabsize=8)",
            expandtabs,
            "Return a copy where all tab characters are expanded using spaces.",
        ),
        m(
            "find",
            "(sub, start=None, end=None, /)",
            find,
            "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
        ),
        m(
            "partition",
            "(sep, /)",
            partition,
            "Partition the string into three parts using the given separator.",
        ),
        m(
            "index",
            "(sub, start=None, end=None, /)",
            index,
            "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
        ),
        m("ljust", "(width, fillchar=' ', /)", ljust, "Return a left-justified string of length width."),
        m("lower", "()", lower, "Return a copy of the string converted to lowercase."),
        m(
            "lstrip",
            "(chars=None, /)",
            lstrip,
            "Return a copy of the string with leading whitespace removed.",
        ),
        m(
            "rfind",
            "(sub, start=None, end=None, /)",
            rfind,
            "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
        ),
        m(
            "rindex",
            "(sub, start=None, end=None, /)",
            rindex,
            "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
        ),
        m("rjust", "(width, fillchar=' ', /)", rjust, "Return a right-justified string of length width."),
        m(
            "rstrip",
            "(chars=None, /)",
            rstrip,
            "Return a copy of the string with trailing whitespace removed.",
        ),
        m(
            "rpartition",
            "(sep, /)",
            rpartition,
            "Partition the string into three parts using the given separator.",
        ),
        m(
            "splitlines",
            "(keepends=False)",
            splitlines,
            "Return a list of the lines in the string, breaking at line boundaries.",
        ),
        m(
            "strip",
            "(chars=None, /)",
            strip,
            "Return a copy of the string with leading and trailing whitespace removed.",
        ),
        m(
            "swapcase",
            "()",
            swapcase,
            "Convert uppercase characters to lowercase and lowercase characters to uppercase.",
        ),
        m(
            "translate",
            "(table, /)",
            translate,
            "Replace each character in the string using the given translation table.",
        ),
        m("upper", "()", upper, "Return a copy of the string converted to uppercase."),
        m(
            "startswith",
            "(prefix, start=None, end=None, /)",
            startswith,
            "Return True if the string starts with the specified prefix, False otherwise.",
        ),
        m(
            "endswith",
            "(suffix, start=None, end=None, /)",
            endswith,
            "Return True if the string ends with the specified suffix, False otherwise.",
        ),
        m(
            "removeprefix",
            "(prefix, /)",
            removeprefix,
            "Return a str with the given prefix string removed if present.",
        ),
        m(
            "removesuffix",
            "(suffix, /)",
            removesuffix,
            "Return a str with the given suffix string removed if present.",
        ),
        m(
            "isascii",
            "()",
            isascii,
            "Return True if all characters in the string are ASCII, False otherwise.",
        ),
        m("islower", "()", islower, "Return True if the string is a lowercase string, False otherwise."),
        m("isupper", "()", isupper, "Return True if the string is an uppercase string, False otherwise."),
        m("istitle", "()", istitle, "Return True if the string is a title-cased string, False otherwise."),
        m("isspace", "()", isspace, "Return True if the string is a whitespace string, False otherwise."),
        m("isdecimal", "()", isdecimal, "Return True if the string is a decimal string, False otherwise."),
        m("isdigit", "()", isdigit, "Return True if the string is a digit string, False otherwise."),
        m("isnumeric", "()", isnumeric, "Return True if the string is a numeric string, False otherwise."),
        m("isalpha", "()", isalpha, "Return True if the string is an alphabetic string, False otherwise."),
        m("isalnum", "()", isalnum, "Return True if the string is an alpha-numeric string, False otherwise."),
        m(
            "isidentifier",
            "()",
            isidentifier,
            "Return True if the string is a valid Python identifier, False otherwise.",
        ),
        m(
            "isprintable",
            "()",
            isprintable,
            "Return True if all characters in the string are printable, False otherwise.",
        ),
        m(
            "zfill",
            "(width, /)",
            zfill,
            "Pad a numeric string with zeros on the left, to fill a field of the given width.",
        ),
        m(
            "format",
            "(*args, **kwargs)",
            format,
            "Return a formatted version of the string, using substitutions from args and kwargs. The substitutions are identified by braces ('{' and '}').",
        ),
        m(
            "format_map",
            "(mapping, /)",
            format_map,
            "Return a formatted version of the string, using substitutions from mapping. The substitutions are identified by braces ('{' and '}').",
        ),
        m(
            "__format__",
            "(format_spec, /)",
            format_one,
            "Return a formatted version of the string as described by format_spec.",
        ),
        sm(
            "maketrans",
            "(x, y=None, z=None, /)",
            maketrans,
            "Return a translation table usable for str.translate().",
        ),
        m("__sizeof__", "()", sizeof, "Return the size of the string in memory, in bytes."),
        m("__getnewargs__", "()", getnewargs, ""),
    ],
    variable: true,
    ..TypeSpec::of::<Str>()
};

/// `str(object='', encoding=..., errors=...)`.
fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let given = args.positional();
    if given.len() > 3 {
        return Err(th.type_error(format!("str expected at most 3 arguments, got {}", given.len())));
    }
    let mut bound: [Option<&Value>; 3] = [given.first(), given.get(1), given.get(2)];
    for (name, value) in args.keywords() {
        let at = match name.as_str().and_then(Str::to_str) {
            Some("object") => 0,
            Some("encoding") => 1,
            Some("errors") => 2,
            _ => {
                let name = name.as_str().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
                return Err(th.type_error(format!("str() got an unexpected keyword argument '{name}'")));
            }
        };
        if bound[at].is_some() {
            let name = ["object", "encoding", "errors"][at];
            return Err(th.type_error(format!(
                "argument for str() given by name ('{name}') and position ({})",
                at + 1
            )));
        }
        bound[at] = Some(value);
    }
    let text = |value: Option<&Value>, name: &str| -> PyResult<Option<String>> {
        match value {
            None => Ok(None),
            Some(value) => match value.as_str() {
                Some(text) => crate::types::codecs::c_string(th, text).map(Some),
                None => {
                    let kind = super::type_or_none(th, value);
                    Err(th.type_error(format!("str() argument '{name}' must be str, not {kind}")))
                }
            },
        }
    };
    let encoding = text(bound[1], "encoding")?;
    let errors = text(bound[2], "errors")?;
    let value = match bound[0] {
        None => th.empty_str(),
        Some(object) if encoding.is_none() && errors.is_none() => th.to_str(object)?,
        Some(object) => decode_object(th, object, encoding.as_deref(), errors.as_deref())?,
    };
    if cls == th.types().str {
        return Ok(value);
    }
    match value.as_str() {
        Some(text) => super::str_from_pieces(th, cls, &[text]),
        None => Err(th.system_error("str() made no string")),
    }
}

fn decode_object(
    th: &Thread,
    object: &Value,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult<Value> {
    if object.as_str().is_some() {
        return Err(th.type_error("decoding str is not supported"));
    }
    if !th.has_buffer(object) {
        return Err(th.type_error(format!(
            "decoding to str: need a bytes-like object, {} found",
            object.type_name(th)
        )));
    }
    crate::types::codecs::decode_bytes(th, object, encoding, errors)
}
