//! The registry of codecs and error handlers, and the built-in handlers as Python functions.
use super::errors::{BUILTIN, Kind, push_point, push_replacement, width_of};
use crate::prelude::*;
use crate::types::builtin_function;
use crate::types::str::index;
use rustpython_wtf8::{CodePoint, Wtf8Buf};

const SEARCH: &str = "codecs.search_path";
const CACHE: &str = "codecs.cache";
const ERRORS: &str = "codecs.errors";

/// An entry of the VM's state that is made at first use.
fn state(th: &Thread, key: &'static str, make: impl FnOnce(&Thread) -> Value) -> Value {
    th.vm_state_or(key, || make(th))
}

fn search_path(th: &Thread) -> Value {
    state(th, SEARCH, |th| th.list(vec![]))
}

fn cache(th: &Thread) -> Value {
    state(th, CACHE, Thread::dict)
}

static HANDLERS: [(&str, MethodDef); 8] = [
    (
        "strict",
        m(
            "strict_errors",
            "(exc, /)",
            strict_errors,
            "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.",
        ),
    ),
    (
        "ignore",
        m(
            "ignore_errors",
            "(exc, /)",
            ignore_errors,
            "Implements the 'ignore' error handling, which ignores malformed data and continues.",
        ),
    ),
    (
        "replace",
        m(
            "replace_errors",
            "(exc, /)",
            replace_errors,
            "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.",
        ),
    ),
    (
        "backslashreplace",
        m(
            "backslashreplace_errors",
            "(exc, /)",
            backslashreplace_errors,
            "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.",
        ),
    ),
    (
        "xmlcharrefreplace",
        m(
            "xmlcharrefreplace_errors",
            "(exc, /)",
            xmlcharrefreplace_errors,
            "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.",
        ),
    ),
    (
        "namereplace",
        m(
            "namereplace_errors",
            "(exc, /)",
            namereplace_errors,
            "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.",
        ),
    ),
    ("surrogateescape", m("surrogateescape", "(exc, /)", surrogateescape_errors, "")),
    ("surrogatepass", m("surrogatepass", "(exc, /)", surrogatepass_errors, "")),
];

fn error_handlers(th: &Thread) -> Value {
    state(th, ERRORS, |th| {
        let handlers = th.dict();
        if let Some(dict) = handlers.payload::<Dict>() {
            for (name, def) in &HANDLERS {
                let function = builtin_function::function(th, def, &Value::NONE, None);
                if dict.set(th, &th.intern(name), &function).is_err() {
                    th.clear_error();
                }
            }
        }
        handlers
    })
}

/// An encoding's name as search functions get it: lower case, runs of other characters as underscores.
pub(super) fn normalized(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// Adds a search function.
pub(super) fn register(th: &Thread, function: &Value) -> PyResult<()> {
    if !th.is_callable(function) {
        return Err(th.type_error("argument must be callable"));
    }
    if let Some(list) = search_path(th).payload::<List>() {
        list.append(th, function.clone())?;
    }
    Ok(())
}

/// Removes a search function, and what it may have found.
pub(super) fn unregister(th: &Thread, function: &Value) -> PyResult<()> {
    let path = search_path(th);
    let Some(list) = path.payload::<List>() else { return Ok(()) };
    if let Some(at) = list.to_vec(th).iter().position(|f| f.is(function)) {
        th.delitem(&path, &th.usize(at))?;
        th.call_method(&cache(th), "clear", &[])?;
    }
    Ok(())
}

/// The `CodecInfo` of an encoding.
///
/// # Errors
/// LookupError.
pub fn lookup(th: &Thread, encoding: &str) -> PyResult<Value> {
    let name = th.str(&normalized(encoding));
    let cache = cache(th);
    let Some(known) = cache.payload::<Dict>() else {
        return Err(th.system_error("the codec cache is no dict"));
    };
    if let Some(found) = known.get(th, &name)? {
        return Ok(found);
    }
    let path = search_path(th);
    if th.length(&path)? == 0 {
        // The package registers its search function when it is imported.
        th.import("encodings")?;
    }
    let functions = path.payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default();
    for function in functions {
        let found = th.call(&function, std::slice::from_ref(&name))?;
        if found.is_none() {
            continue;
        }
        if found.payload::<Tuple>().is_none_or(|t| t.as_slice().len() != 4) {
            return Err(th.type_error("codec search functions must return 4-tuples"));
        }
        known.set(th, &name, &found)?;
        return Ok(found);
    }
    Err(th.lookup_error(format!("unknown encoding: {encoding}")))
}

/// The handler of a name.
///
/// # Errors
/// LookupError.
pub fn lookup_error(th: &Thread, name: &str) -> PyResult<Value> {
    let handlers = error_handlers(th);
    let found = match handlers.payload::<Dict>() {
        Some(dict) => dict.get(th, &th.str(name))?,
        None => None,
    };
    found.ok_or_else(|| th.lookup_error(format!("unknown error handler name '{name}'")))
}

/// Sets the handler of a name.
pub(super) fn register_error(th: &Thread, name: &str, handler: &Value) -> PyResult<()> {
    if !th.is_callable(handler) {
        return Err(th.type_error("handler must be callable"));
    }
    match error_handlers(th).payload::<Dict>() {
        Some(dict) => dict.set(th, &th.str(name), handler),
        None => Ok(()),
    }
}

/// Removes the handler of a name; false if there was none.
pub(super) fn unregister_error(th: &Thread, name: &str) -> PyResult<bool> {
    if BUILTIN.iter().any(|(builtin, _)| *builtin == name) {
        return Err(th.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    match error_handlers(th).payload::<Dict>() {
        Some(dict) => dict.del(th, &th.str(name)),
        None => Ok(false),
    }
}

/// The exception that a handler was given.
struct Problem {
    kind: ProblemKind,
    object: Value,
    start: usize,
    end: usize,
}

#[derive(PartialEq)]
enum ProblemKind {
    Encode,
    Decode,
    Translate,
}

fn problem(th: &Thread, exc: &Value) -> PyResult<Option<Problem>> {
    let types = &th.types().exc;
    let kind = if th.isinstance(exc, types.unicode_encode_error) {
        ProblemKind::Encode
    } else if th.isinstance(exc, types.unicode_decode_error) {
        ProblemKind::Decode
    } else if th.isinstance(exc, types.unicode_translate_error) {
        ProblemKind::Translate
    } else {
        return Ok(None);
    };
    let object = th.getattr_str(exc, "object")?;
    let len = match (object.as_str(), object.payload::<Bytes>()) {
        (Some(text), None) if kind != ProblemKind::Decode => text.char_len(),
        (None, Some(bytes)) if kind == ProblemKind::Decode => bytes.len(),
        _ => {
            let wanted = if kind == ProblemKind::Decode { "bytes" } else { "str" };
            let name = ["UnicodeEncodeError", "UnicodeDecodeError", "UnicodeTranslateError"][match kind {
                ProblemKind::Encode => 0,
                ProblemKind::Decode => 1,
                ProblemKind::Translate => 2,
            }];
            return Err(th.type_error(format!("{name} 'object' attribute must be a {wanted}")));
        }
    };
    let number = |name: &str| -> PyResult<i64> { th.index_clamped(&th.getattr_str(exc, name)?) };
    let start = number("start")?.clamp(0, (len as i64 - 1).max(0)) as usize;
    let end = number("end")?.clamp(len.min(1) as i64, len as i64) as usize;
    Ok(Some(Problem { kind, object, start, end }))
}

impl Problem {
    fn points(&self) -> Vec<u32> {
        let Some(text) = self.object.as_str() else { return Vec::new() };
        text.chars_range(self.start, self.end.max(self.start)).code_points().map(CodePoint::to_u32).collect()
    }

    fn bytes(&self) -> &[u8] {
        let all = self.object.payload::<Bytes>().map(Bytes::as_slice).unwrap_or_default();
        all.get(self.start..self.end.max(self.start)).unwrap_or_default()
    }
}

fn answer(th: &Thread, text: &Wtf8Buf, at: usize) -> PyResult<Value> {
    Ok(th.tuple(vec![th.try_str(text)?, th.usize(at)]))
}

fn cannot(th: &Thread, exc: &Value) -> Raised {
    th.type_error(format!("don't know how to handle {} in error callback", exc.type_name(th)))
}

fn strict_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    if th.isinstance(&args[0], th.types().exc.base_exception) {
        return Err(th.raise_value(args[0].clone()));
    }
    Err(th.type_error("codec must pass exception instance"))
}

fn ignore_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    match problem(th, &args[0])? {
        Some(p) => answer(th, &Wtf8Buf::new(), p.end),
        None => Err(cannot(th, &args[0])),
    }
}

fn replace_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(p) = problem(th, &args[0])? else { return Err(cannot(th, &args[0])) };
    let n = p.end.saturating_sub(p.start);
    let text = match p.kind {
        ProblemKind::Encode => "?".repeat(n),
        ProblemKind::Decode => "\u{fffd}".to_owned(),
        ProblemKind::Translate => "\u{fffd}".repeat(n),
    };
    answer(th, &Wtf8Buf::from(text), p.end)
}

fn backslashreplace_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(p) = problem(th, &args[0])? else { return Err(cannot(th, &args[0])) };
    let mut text = Wtf8Buf::new();
    if p.kind == ProblemKind::Decode {
        p.bytes().iter().for_each(|b| push_replacement(&mut text, u32::from(*b), Kind::BackslashReplace));
    } else {
        p.points().iter().for_each(|c| push_replacement(&mut text, *c, Kind::BackslashReplace));
    }
    answer(th, &text, p.end)
}

fn encode_replacement(th: &Thread, exc: &Value, kind: Kind) -> PyResult<Value> {
    match problem(th, exc)? {
        Some(p) if p.kind == ProblemKind::Encode => {
            let mut text = Wtf8Buf::new();
            p.points().iter().for_each(|c| push_replacement(&mut text, *c, kind));
            answer(th, &text, p.end)
        }
        _ => Err(cannot(th, exc)),
    }
}

fn xmlcharrefreplace_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    encode_replacement(th, &args[0], Kind::XmlCharRefReplace)
}

fn namereplace_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    encode_replacement(th, &args[0], Kind::NameReplace)
}

fn surrogateescape_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let exc = &args[0];
    match problem(th, exc)? {
        Some(p) if p.kind == ProblemKind::Encode => {
            let points = p.points();
            if points.iter().any(|c| !(0xdc80..0xdd00).contains(c)) {
                return Err(th.raise_value(exc.clone()));
            }
            let bytes: Vec<u8> = points.iter().map(|c| *c as u8).collect();
            Ok(th.tuple(vec![th.bytes(&bytes), th.usize(p.end)]))
        }
        Some(p) if p.kind == ProblemKind::Decode => {
            let mut text = Wtf8Buf::new();
            let n = p.bytes().iter().take(4).take_while(|b| **b >= 0x80).count();
            if n == 0 {
                return Err(th.raise_value(exc.clone()));
            }
            p.bytes().iter().take(n).for_each(|b| push_point(&mut text, 0xdc00 + u32::from(*b)));
            answer(th, &text, p.start + n)
        }
        _ => Err(cannot(th, exc)),
    }
}

fn surrogatepass_errors(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let exc = &args[0];
    let Some(p) = problem(th, exc)?.filter(|p| p.kind != ProblemKind::Translate) else {
        return Err(cannot(th, exc));
    };
    let encoding = th.getattr_str(exc, "encoding")?;
    let encoding = encoding.as_str().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(width) = width_of(&encoding) else { return Err(th.raise_value(exc.clone())) };
    if p.kind == ProblemKind::Encode {
        let mut bytes = Vec::new();
        for c in p.points() {
            if !(0xd800..0xe000).contains(&c) {
                return Err(th.raise_value(exc.clone()));
            }
            width.encode(c, &mut bytes);
        }
        return Ok(th.tuple(vec![th.bytes(&bytes), th.usize(p.end)]));
    }
    let all = p.object.payload::<Bytes>().map(Bytes::as_slice).unwrap_or_default();
    match width.decode(all.get(p.start..).unwrap_or_default()) {
        Some((c, n)) => {
            let mut text = Wtf8Buf::new();
            push_point(&mut text, c);
            debug_assert!(index::decode(text.as_bytes()).is_some());
            answer(th, &text, p.start + n)
        }
        None => Err(th.raise_value(exc.clone())),
    }
}
