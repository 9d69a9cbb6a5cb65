//! Iterating over a string.
use super::Str;
use super::index::decode;
use crate::prelude::*;
use vm_core::sync::atomic::{AtomicUsize, Ordering};

/// Payload of `str_iterator` and `str_ascii_iterator`.
pub struct StrIterator {
    text: AtomicValue,
    /// Byte offset of the next character.
    at: AtomicUsize,
}
payload!(StrIterator, "str_iterator", traverse = StrIterator::traverse);

/// Payload of `str_ascii_iterator`.
pub struct AsciiIterator(StrIterator);
payload!(AsciiIterator, "str_ascii_iterator", traverse = AsciiIterator::traverse);

impl AsciiIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.0.traverse(visit);
    }
}

impl StrIterator {
    fn traverse(&self, visit: Visitor<'_>) {
        self.text.traverse(visit);
    }

    fn next(&self, th: &Thread) -> Option<Value> {
        let text = self.text.get(th);
        let text = text.as_str()?;
        // Relaxed: a shared iterator may repeat or skip, never leave the text.
        let mut at = self.at.load(Ordering::Relaxed);
        let c = loop {
            let Some(c) = text.as_bytes().get(at..).and_then(decode) else {
                drop(self.text.take());
                return None;
            };
            match self.at.compare_exchange(at, at + c.len_wtf8(), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break c,
                Err(now) => at = now,
            }
        };
        Some(th.str_char(c))
    }

    fn length_hint(&self, th: &Thread) -> usize {
        let text = self.text.get(th);
        text.as_str().map_or(0, |s| s.char_len().saturating_sub(s.char_of(self.at.load(Ordering::Relaxed))))
    }

    fn reduce(&self, th: &Thread) -> PyResult<Value> {
        let iter = th.builtin("iter");
        let text = self.text.get(th);
        Ok(match text.as_str() {
            None => th.tuple(vec![iter, th.tuple(vec![th.empty_str()])]),
            Some(s) => {
                let at = s.char_of(self.at.load(Ordering::Relaxed).min(s.byte_len()));
                th.tuple(vec![iter, th.tuple(vec![text.clone()]), th.usize(at)])
            }
        })
    }

    fn set_state(&self, th: &Thread, state: &Value) -> PyResult<()> {
        let at = th.index_i64(state)?;
        let text = self.text.get(th);
        if let Some(s) = text.as_str() {
            let at = usize::try_from(at).unwrap_or(0).min(s.char_len());
            self.at.store(s.byte_of(at), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// `iter(s)`.
pub(super) fn iter(th: &Thread, this: &Value) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let iterator = StrIterator { text: AtomicValue::new(this.clone()), at: AtomicUsize::new(0) };
    Ok(if text.is_ascii() {
        th.new_object(th.type_for::<AsciiIterator>(), AsciiIterator(iterator))
    } else {
        th.new_object(th.type_for::<StrIterator>(), iterator)
    })
}

fn inner<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a StrIterator> {
    match this.payload::<AsciiIterator>() {
        Some(ascii) => Ok(&ascii.0),
        None => th.expect::<StrIterator>(this, "str_iterator"),
    }
}

fn itself(_th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(this.clone())
}

fn next(th: &Thread, this: &Value) -> PyResult<Option<Value>> {
    Ok(inner(th, this)?.next(th))
}

fn length_hint(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(inner(th, this)?.length_hint(th)))
}

fn reduce(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    inner(th, this)?.reduce(th)
}

fn set_state(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    inner(th, this)?.set_state(th, &args[0])?;
    Ok(Value::NONE)
}

/// The type `str_iterator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "str_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next)],
    methods: &METHODS,
    ..TypeSpec::of::<StrIterator>()
};

/// The type `str_ascii_iterator`.
pub static ASCII_SPEC: TypeSpec = TypeSpec {
    name: "str_ascii_iterator",
    flags: NO_NEW,
    slots: &[Slot::Iter(itself), Slot::Next(next)],
    methods: &METHODS,
    ..TypeSpec::of::<AsciiIterator>()
};

static METHODS: [MethodDef; 3] = [
    m("__length_hint__", "()", length_hint, "Private method returning an estimate of len(list(it))."),
    m("__reduce__", "()", reduce, "Return state information for pickling."),
    m("__setstate__", "(state, /)", set_state, "Set state information for unpickling."),
];
