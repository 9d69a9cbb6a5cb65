//! Splitting exception groups, and the operations of `except*`.
use super::{extra, payload};
use crate::prelude::*;

/// What `split` and `subgroup` match by.
pub enum Matcher<'a> {
    /// An exception type or a tuple of them.
    Type(&'a Value),
    /// A callable.
    Predicate(&'a Value),
    /// The exceptions themselves, by identity.
    Instances(Vec<Value>),
}

impl<'a> Matcher<'a> {
    /// The matcher that an argument of `split` means.
    pub fn from_value(th: &Thread, v: &'a Value) -> PyResult<Matcher<'a>> {
        if th.is_exception_class(v) {
            return Ok(Matcher::Type(v));
        }
        if let Some(t) = v.payload::<Tuple>() {
            if t.as_slice().iter().all(|item| th.is_exception_class(item)) {
                return Ok(Matcher::Type(v));
            }
        } else if TypeRef::from_value(v).is_none() && th.is_callable(v) {
            return Ok(Matcher::Predicate(v));
        }
        Err(th.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }

    fn matches(&self, th: &Thread, exc: &Value) -> PyResult<bool> {
        match self {
            Matcher::Type(ty) => Ok(th.given_exception_matches(exc, ty)),
            Matcher::Predicate(f) => {
                let r = th.call(f, std::slice::from_ref(exc))?;
                th.truth(&r)
            }
            Matcher::Instances(all) => {
                Ok(super::group::exceptions(th, exc).is_none() && all.iter().any(|e| e.is(exc)))
            }
        }
    }
}

/// Splits an exception: (what matches, the rest), None for an empty part. The rest is None if not asked for.
pub fn split_recursive(
    th: &Thread,
    exc: &Value,
    matcher: &Matcher,
    want_rest: bool,
) -> PyResult<(Value, Value)> {
    if matcher.matches(th, exc)? {
        return Ok((exc.clone(), Value::NONE));
    }
    let Some(items) = super::group::exceptions(th, exc) else {
        return Ok((Value::NONE, if want_rest { exc.clone() } else { Value::NONE }));
    };
    let _guard = th.enter_recursive(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for item in &items {
        let (m, r) = split_recursive(th, item, matcher, want_rest)?;
        if !m.is_none() {
            matched.push(m);
        }
        if want_rest && !r.is_none() {
            rest.push(r);
        }
    }
    let matched = subset(th, exc, matched)?;
    let rest = if want_rest { subset(th, exc, rest)? } else { Value::NONE };
    Ok((matched, rest))
}

/// A group like `orig` with these exceptions; None if there are none.
fn subset(th: &Thread, orig: &Value, excs: Vec<Value>) -> PyResult<Value> {
    if excs.is_empty() {
        return Ok(Value::NONE);
    }
    let group = th.call_method(orig, "derive", &[th.list(excs)])?;
    if !th.isinstance(&group, th.types().exc.base_exception_group) {
        return Err(th.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    if let (Some(to), Some(from)) = (payload(&group), payload(orig)) {
        let tb = from.traceback(th);
        if !tb.is_none() {
            to.set_traceback(th, tb);
        }
        to.set_context(th, from.context(th));
        to.set_cause(th, from.cause(th));
    }
    let name = th.intern("__notes__");
    if let Some(notes) = th.get_attr_opt(orig, &name)? {
        // Anything that is no sequence is left out, as is the wrong type of an attribute that a program set.
        if th.is_sequence(&notes) {
            let copy = th.list(th.collect(&notes)?);
            th.setattr(&group, &name, &copy)?;
        }
    }
    Ok(group)
}

fn leaves(th: &Thread, exc: &Value, out: &mut Vec<Value>) -> PyResult<()> {
    let Some(items) = super::group::exceptions(th, exc) else {
        out.push(exc.clone());
        return Ok(());
    };
    let _guard = th.enter_recursive(" in collect_exception_group_leaf_ids")?;
    items.iter().try_for_each(|item| leaves(th, item, out))
}

/// Whether `e` is a part of the group that was caught, unchanged, so that it is raised again and not anew.
fn same_metadata(th: &Thread, e: &Value, orig: &Value) -> bool {
    match (payload(e), payload(orig)) {
        (Some(a), Some(b)) => {
            a.traceback(th).is(&b.traceback(th))
                && a.cause(th).is(&b.cause(th))
                && a.context(th).is(&b.context(th))
        }
        _ => false,
    }
}

impl Thread {
    /// A new `BaseExceptionGroup`/`ExceptionGroup` of these exceptions.
    pub fn new_exception_group(&self, message: &str, excs: Vec<Value>) -> PyResult<Value> {
        let excs = self.tuple(excs);
        self.call(&self.types().exc.base_exception_group.value(), &[self.str(message), excs])
    }

    /// One clause of `except*`: the part of `exc` that matches `types` as a group, and the rest (None where empty).
    /// A single exception that matches is wrapped in a group.
    pub fn group_match(&self, exc: &Value, types: &Value) -> PyResult<(Value, Value)> {
        self.check_except_star_types(types)?;
        if exc.is_none() {
            return Ok((Value::NONE, Value::NONE));
        }
        let group_type = self.types().exc.base_exception_group;
        let is_group = self.isinstance(exc, group_type);
        if self.given_exception_matches(exc, types) {
            if is_group {
                return Ok((exc.clone(), Value::NONE));
            }
            let wrapped = self.new_exception_group("", vec![exc.clone()])?;
            if let Some(e) = payload(&wrapped) {
                // The wrapper was made here and now.
                if let (Ok(frame), Some((_, line))) = (self.frame_at(0), self.current_position()) {
                    e.set_traceback(self, self.new_traceback(Value::NONE, frame, -1, i64::from(line))?);
                }
            }
            return Ok((wrapped, Value::NONE));
        }
        if !is_group {
            return Ok((Value::NONE, exc.clone()));
        }
        let pair = self.call_method(exc, "split", std::slice::from_ref(types))?;
        let Some(items) = pair.payload::<Tuple>().map(|t| t.as_slice().to_vec()) else {
            let (ty, got) = (exc.type_name(self), pair.type_name(self));
            return Err(self.type_error(format!("{ty}.split must return a tuple, not {got}")));
        };
        match items.as_slice() {
            // Only the first two count, as in CPython.
            [matched, rest, ..] => Ok((matched.clone(), rest.clone())),
            _ => {
                let (ty, n) = (exc.type_name(self), items.len());
                Err(self.type_error(format!("{ty}.split must return a 2-tuple, got tuple of size {n}")))
            }
        }
    }

    /// End of `except*`: the exception to raise for the caught `orig` and what the clauses raised or left (`excs`), or None.
    pub fn prep_reraise_star(&self, orig: &Value, excs: &[Value]) -> PyResult<Value> {
        if excs.is_empty() {
            return Ok(Value::NONE);
        }
        if !self.isinstance(orig, self.types().exc.base_exception_group) {
            // A naked exception was wrapped: at most one clause ran.
            return Ok(excs[0].clone());
        }
        let (mut raised, mut reraised) = (Vec::new(), Vec::new());
        for e in excs.iter().filter(|e| !e.is_none()) {
            if same_metadata(self, e, orig) { reraised.push(e.clone()) } else { raised.push(e.clone()) }
        }
        if !reraised.is_empty() {
            let mut keep = Vec::new();
            for e in &reraised {
                leaves(self, e, &mut keep)?;
            }
            let (again, _) = split_recursive(self, orig, &Matcher::Instances(keep), false)?;
            if raised.is_empty() {
                return Ok(again);
            }
            if !again.is_none() {
                raised.push(again);
            }
        }
        match raised.len() {
            0 => Ok(Value::NONE),
            1 => Ok(raised.remove(0)),
            _ => {
                let group = self.types().exc.base_exception_group.value();
                self.call(&group, &[self.str(""), self.list(raised)])
            }
        }
    }

    /// The message of a group.
    pub fn group_message(&self, exc: &Value) -> Value {
        payload(exc).map_or(Value::NONE, |e| e.extra_or_none(self, extra::GROUP_MESSAGE))
    }
}
