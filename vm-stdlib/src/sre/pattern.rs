//! `re.Pattern`.
use super::drive::{Found, Mode, Search, Subject};
use super::matched;
use super::{replace, scanner};
use std::hash::{DefaultHasher, Hash, Hasher};
use vm_runtime::prelude::*;
pub(super) use vm_runtime::types::generic_alias::class_getitem as generic_alias;

/// Payload of `re.Pattern`.
pub struct Pattern {
    pub(super) pattern: Value,
    flags: i64,
    pub(super) code: Box<[u32]>,
    pub(super) groups: usize,
    pub(super) groupindex: Value,
    pub(super) indexgroup: Value,
    /// Whether it is for bytes; None: for both.
    is_bytes: Option<bool>,
}
payload!(Pattern, "Pattern", traverse = Pattern::traverse);

impl Pattern {
    fn traverse(&self, visit: Visitor<'_>) {
        for v in [&self.pattern, &self.groupindex, &self.indexgroup] {
            visit(v);
        }
    }

    /// The subject of a call, checked to be of the pattern's kind.
    pub(super) fn subject(&self, th: &Thread, v: &Value) -> PyResult<Subject> {
        let subject = Subject::new(th, v)?;
        match self.is_bytes {
            Some(false) if subject.is_bytes() => {
                Err(th.type_error("cannot use a string pattern on a bytes-like object"))
            }
            Some(true) if !subject.is_bytes() => {
                Err(th.type_error("cannot use a bytes pattern on a string-like object"))
            }
            _ => Ok(subject),
        }
    }

    /// One search of a subject.
    pub(super) fn search(
        &self,
        th: &Thread,
        subject: &Subject,
        start: usize,
        end: usize,
        mode: Mode,
        must_advance: bool,
    ) -> PyResult<Option<Found>> {
        Search { code: &self.code, groups: self.groups, start, end, must_advance, mode }.run(th, subject)
    }
}

/// `_sre.compile(...)`.
pub(super) fn compile(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let [pattern, flags, code, groups, groupindex, indexgroup] = args else {
        return Err(th.system_error("compile() takes six arguments"));
    };
    let flags = i64::from(th.as_c_int(flags)?);
    let Some(list) = code.payload::<List>() else {
        return Err(
            th.type_error(format!("compile() argument 'code' must be list, not {}", code.type_name(th)))
        );
    };
    let groups = usize::try_from(th.index_i64(groups)?).map_err(|_| th.runtime_error("invalid SRE code"))?;
    if !th.isinstance(groupindex, th.types().dict) {
        let kind = groupindex.type_name(th);
        return Err(th.type_error(format!("compile() argument 'groupindex' must be dict, not {kind}")));
    }
    if !th.isinstance(indexgroup, th.types().tuple) {
        let kind = indexgroup.type_name(th);
        return Err(th.type_error(format!("compile() argument 'indexgroup' must be tuple, not {kind}")));
    }
    let too_large = || th.overflow_error("regular expression code size limit exceeded");
    let words = list.to_vec(th);
    let code = words.iter().map(|word| u32::try_from(th.index_clamped(word)?).map_err(|_| too_large()));
    let code = code.collect::<PyResult<Box<[u32]>>>()?;
    let is_bytes = if pattern.is_none() { None } else { Some(Subject::new(th, pattern)?.is_bytes()) };
    let payload = Pattern {
        pattern: pattern.clone(),
        flags,
        code,
        groups,
        groupindex: groupindex.clone(),
        indexgroup: indexgroup.clone(),
        is_bytes,
    };
    Ok(th.new_object(th.type_for::<Pattern>(), payload))
}

pub(super) fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Pattern> {
    th.expect::<Pattern>(v, "re.Pattern")
}

/// The arguments `pos` and `endpos`, fitted to a length.
pub(super) fn positions(th: &Thread, args: &[Value], len: usize) -> PyResult<(usize, usize)> {
    let read = |at: usize, missing: i64| match args.get(at) {
        Some(v) if !v.is_unbound() => th.index_i64(v),
        _ => Ok(missing),
    };
    let fit = |n: i64| usize::try_from(n).unwrap_or(0).min(len);
    Ok((fit(read(1, 0)?), fit(read(2, i64::MAX)?)))
}

fn find_one(th: &Thread, v: &Value, args: &[Value], mode: Mode) -> PyResult<Value> {
    let pattern = this(th, v)?;
    let subject = pattern.subject(th, &args[0])?;
    let (start, end) = positions(th, args, subject.len())?;
    Ok(match pattern.search(th, &subject, start, end, mode, false)? {
        Some(found) => matched::new(th, v, &args[0], start, end, found),
        None => Value::NONE,
    })
}

fn match_(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    find_one(th, v, args, Mode::Match)
}

fn fullmatch(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    find_one(th, v, args, Mode::Full)
}

fn search(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    find_one(th, v, args, Mode::Search)
}

/// Calls `f` with every match until it says false.
pub(super) fn for_each_match(
    th: &Thread,
    pattern: &Pattern,
    subject: &Subject,
    (mut start, end): (usize, usize),
    mut f: impl FnMut(Found) -> PyResult<bool>,
) -> PyResult<()> {
    let mut must_advance = false;
    while start <= end {
        let Some(found) = pattern.search(th, subject, start, end, Mode::Search, must_advance)? else { break };
        let (from, to) = found.whole();
        must_advance = from == to;
        start = to;
        if !f(found)? {
            break;
        }
    }
    Ok(())
}

/// A group's text; `missing` if it took no part.
pub(super) fn group_text(
    th: &Thread,
    subject: &Subject,
    found: &Found,
    group: usize,
    missing: &Value,
) -> PyResult<Value> {
    match found.spans.get(group).copied().flatten() {
        Some((start, end)) => subject.slice(th, start, end),
        None => Ok(missing.clone()),
    }
}

fn findall(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let pattern = this(th, v)?;
    let subject = pattern.subject(th, &args[0])?;
    let bounds = positions(th, args, subject.len())?;
    let empty = subject.slice(th, 0, 0)?;
    let mut items = Vec::new();
    for_each_match(th, pattern, &subject, bounds, |found| {
        items.push(match pattern.groups {
            0 => group_text(th, &subject, &found, 0, &empty)?,
            1 => group_text(th, &subject, &found, 1, &empty)?,
            n => {
                let groups = (1..=n).map(|g| group_text(th, &subject, &found, g, &empty));
                th.tuple(groups.collect::<PyResult<Vec<_>>>()?)
            }
        });
        Ok(true)
    })?;
    Ok(th.list(items))
}

fn finditer(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let scanner = scanner::new(th, v, args)?;
    let search = th.getattr_str(&scanner, "search")?;
    let iter = th.builtin("iter");
    th.call(&iter, &[search, Value::NONE])
}

fn scanner_(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    scanner::new(th, v, args)
}

fn split(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let pattern = this(th, v)?;
    let subject = pattern.subject(th, &args[0])?;
    let limit = if args[1].is_unbound() { 0 } else { th.index_i64(&args[1])? };
    let len = subject.len();
    let mut items = Vec::new();
    let mut last = 0;
    let mut n = 0;
    if limit >= 0 {
        for_each_match(th, pattern, &subject, (0, len), |found| {
            let (start, end) = found.whole();
            items.push(subject.slice(th, last, start)?);
            for group in 1..=pattern.groups {
                items.push(group_text(th, &subject, &found, group, &Value::NONE)?);
            }
            last = end;
            n += 1;
            Ok(limit == 0 || n < limit)
        })?;
    }
    items.push(subject.slice(th, last, len)?);
    Ok(th.list(items))
}

const FLAG_NAMES: [(i64, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let pattern = this(th, v)?;
    let mut flags = pattern.flags;
    // Unicode goes without saying for text.
    if pattern.is_bytes == Some(false) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let shown = matched::short_repr(th, &pattern.pattern, 200)?;
    let mut out = rustpython_wtf8::Wtf8Buf::from("re.compile(");
    out.push_wtf8(&shown);
    if !names.is_empty() {
        out.push_str(", ");
        out.push_str(&names.join("|"));
    }
    out.push_str(")");
    th.try_str(&out)
}

fn hash(th: &Thread, v: &Value) -> PyResult<i64> {
    let pattern = this(th, v)?;
    let mut hasher = DefaultHasher::new();
    (th.hash(&pattern.pattern)?, pattern.flags, &pattern.code, pattern.groups, pattern.is_bytes)
        .hash(&mut hasher);
    Ok(match hasher.finish() as i64 {
        -1 => -2,
        hash => hash,
    })
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<Pattern>(), b.payload::<Pattern>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let same = a.is(b)
        || x.flags == y.flags
            && x.is_bytes == y.is_bytes
            && x.code == y.code
            && th.eq(&x.pattern, &y.pattern)?;
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

fn itself(_th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(v.clone())
}

fn groupindex(th: &Thread, v: &Value) -> PyResult<Value> {
    let index = &this(th, v)?.groupindex;
    th.call(&th.types().mappingproxy.value(), std::slice::from_ref(index))
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "re.Pattern",
    doc: "Compiled regular expression object.",
    flags: NO_NEW | WEAKREFS,
    slots: &[Slot::Repr(repr), Slot::Hash(hash), Slot::RichCompare(compare)],
    methods: &[
        m(
            "match",
            "(string, pos=0, endpos=sys.maxsize)",
            match_,
            "Matches zero or more characters at the beginning of the string.",
        ),
        m(
            "fullmatch",
            "(string, pos=0, endpos=sys.maxsize)",
            fullmatch,
            "Matches against all of the string.",
        ),
        m(
            "search",
            "(string, pos=0, endpos=sys.maxsize)",
            search,
            "Scan through string looking for a match, and return a corresponding match object instance.",
        ),
        m(
            "sub",
            "(repl, string, count=0)",
            replace::sub,
            "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
        ),
        m(
            "subn",
            "(repl, string, count=0)",
            replace::subn,
            "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
        ),
        m(
            "findall",
            "(string, pos=0, endpos=sys.maxsize)",
            findall,
            "Return a list of all non-overlapping matches of pattern in string.",
        ),
        m("split", "(string, maxsplit=0)", split, "Split string by the occurrences of pattern."),
        m(
            "finditer",
            "(string, pos=0, endpos=sys.maxsize)",
            finditer,
            "Return an iterator over all non-overlapping matches for the RE pattern in string.",
        ),
        m("scanner", "(string, pos=0, endpos=sys.maxsize)", scanner_, ""),
        m("__copy__", "()", itself, ""),
        m("__deepcopy__", "(memo, /)", itself, ""),
        cm(
            "__class_getitem__",
            "(object, /)",
            generic_alias,
            "Patterns are generic over the type of string they handle (str or bytes)",
        ),
    ],
    getset: &[
        gs(
            "pattern",
            |th, v| Ok(this(th, v)?.pattern.clone()),
            None,
            "The pattern string from which the RE object was compiled.",
        ),
        gs("flags", |th, v| Ok(th.int(this(th, v)?.flags)), None, "The regex matching flags."),
        gs(
            "groups",
            |th, v| Ok(th.usize(this(th, v)?.groups)),
            None,
            "The number of capturing groups in the pattern.",
        ),
        gs("groupindex", groupindex, None, "A dictionary mapping group names to group numbers."),
    ],
    ..TypeSpec::of::<Pattern>()
};
