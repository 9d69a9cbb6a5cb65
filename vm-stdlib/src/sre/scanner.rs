//! Scanners: matches one after the other.
use super::drive::Mode;
use super::matched;
use super::pattern::{positions, this as pattern_of};
use vm_runtime::buffer::request;
use vm_runtime::prelude::*;
use vm_runtime::types::memoryview;

struct At {
    /// None: the end was reached.
    start: Option<usize>,
    must_advance: bool,
}

/// Payload of `_sre.SRE_Scanner`.
pub struct Scanner {
    pattern: Value,
    string: Value,
    pos: usize,
    endpos: usize,
    at: ObjCell<At>,
    /// A view of a bytes-like object, which must not be resized before the end; else None.
    view: Value,
}
payload!(Scanner, "SRE_Scanner", traverse = Scanner::traverse);

impl Scanner {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.pattern);
        visit(&self.string);
        visit(&self.view);
    }
}

/// `pattern.scanner(string, pos, endpos)`.
pub(super) fn new(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let subject = pattern_of(th, v)?.subject(th, &args[0])?;
    let (pos, endpos) = positions(th, args, subject.len())?;
    let at = ObjCell::new(At { start: Some(pos), must_advance: false });
    let view = if subject.is_bytes() && !th.is_exact(&args[0], th.types().bytes) {
        memoryview::from_object(th, &args[0], request::SIMPLE)?
    } else {
        Value::NONE
    };
    let payload = Scanner { pattern: v.clone(), string: args[0].clone(), pos, endpos, at, view };
    Ok(th.new_object(th.type_for::<Scanner>(), payload))
}

fn step(th: &Thread, v: &Value, mode: Mode) -> PyResult<Value> {
    let scanner = th.expect::<Scanner>(v, "SRE_Scanner")?;
    let pattern = pattern_of(th, &scanner.pattern)?;
    let (start, must_advance) = scanner.at.with(th, |at| (at.start, at.must_advance));
    let Some(start) = start else { return Ok(Value::NONE) };
    let subject = pattern.subject(th, &scanner.string)?;
    let found = pattern.search(th, &subject, start, scanner.endpos, mode, must_advance)?;
    let next = match &found {
        Some(found) => {
            let (from, to) = found.whole();
            At { start: Some(to), must_advance: from == to }
        }
        None => At { start: None, must_advance: false },
    };
    scanner.at.with(th, |at| *at = next);
    Ok(match found {
        Some(found) => {
            matched::new(th, &scanner.pattern, &scanner.string, scanner.pos, scanner.endpos, found)
        }
        None => Value::NONE,
    })
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_sre.SRE_Scanner",
    flags: NO_NEW,
    methods: &[
        m("match", "()", |th, v, _| step(th, v, Mode::Match), ""),
        m("search", "()", |th, v, _| step(th, v, Mode::Search), ""),
    ],
    getset: &[gs("pattern", |th, v| Ok(th.expect::<Scanner>(v, "SRE_Scanner")?.pattern.clone()), None, "")],
    ..TypeSpec::of::<Scanner>()
};
