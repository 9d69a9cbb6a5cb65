//! Keys of dicts and elements of sets: their hash, and equality as far as it goes without Python.
use crate::prelude::*;
use crate::types::tuple::Tuple;

/// How deep tuples are compared without Python.
const DEPTH: u32 = 4;

/// The hash of an immediate int, as `hash(int)`.
#[inline(always)]
pub fn hash_small_int(i: i64) -> i64 {
    const MODULUS: i64 = (1 << 61) - 1;
    let hash = if i.unsigned_abs() < MODULUS as u64 { i } else { i % MODULUS };
    if hash == -1 { -2 } else { hash }
}

/// The key's hash; TypeErrors say what the key was wanted for (`"a dict key"`, `"a set element"`).
#[inline]
pub fn hash_key(th: &Thread, key: &Value, purpose: &str) -> PyResult<i64> {
    if let Some(i) = key.as_small_int() {
        return Ok(hash_small_int(i));
    }
    th.hash(key).map_err(|raised| unhashable(th, key, purpose, raised))
}

#[cold]
fn unhashable(th: &Thread, key: &Value, purpose: &str, raised: Raised) -> Raised {
    let exc = th.take_error();
    if !th.is_exact(&exc, th.types().exc.type_error) {
        let _ = raised;
        return th.restore_error(exc);
    }
    match th.to_str(&exc) {
        Ok(text) => {
            let text = text.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
            th.type_error(format!("cannot use '{}' as {purpose} ({text})", key.type_of(th).full_name()))
        }
        Err(raised) => raised,
    }
}

/// Equality of two values where no Python is needed to tell; None where it is.
#[inline]
pub fn native_eq(th: &Thread, a: &Value, b: &Value) -> Option<bool> {
    eq_depth(th, a, b, DEPTH)
}

fn eq_depth(th: &Thread, a: &Value, b: &Value, depth: u32) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    match (a.is_heap(), b.is_heap()) {
        (false, false) => Some(immediates_eq(a, b)),
        (true, true) => {
            let types = th.types();
            if th.is_exact(a, types.str) {
                if th.is_exact(b, types.str) {
                    return Some(match (a.as_str(), b.as_str()) {
                        (Some(a), Some(b)) => a.as_wtf8() == b.as_wtf8(),
                        _ => false,
                    });
                }
                return None;
            }
            if depth > 0 && th.is_exact(a, types.tuple) && th.is_exact(b, types.tuple) {
                let (a, b) = (a.payload::<Tuple>()?.as_slice(), b.payload::<Tuple>()?.as_slice());
                if a.len() != b.len() {
                    return Some(false);
                }
                for (a, b) in a.iter().zip(b) {
                    if !eq_depth(th, a, b, depth - 1)? {
                        return Some(false);
                    }
                }
                return Some(true);
            }
            None
        }
        (true, false) => heap_against_immediate(th, a),
        (false, true) => heap_against_immediate(th, b),
    }
}

/// A string or tuple is never equal to an immediate.
fn heap_against_immediate(th: &Thread, heap: &Value) -> Option<bool> {
    let types = th.types();
    (th.is_exact(heap, types.str) || th.is_exact(heap, types.tuple)).then_some(false)
}

fn immediates_eq(a: &Value, b: &Value) -> bool {
    enum Number {
        Int(i64),
        Float(f64),
    }
    fn number(v: &Value) -> Option<Number> {
        if let Some(i) = v.as_small_int() {
            Some(Number::Int(i))
        } else if let Some(b) = v.as_bool() {
            Some(Number::Int(i64::from(b)))
        } else {
            v.as_immediate_float().map(Number::Float)
        }
    }
    match (number(a), number(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => a == b,
        (Some(Number::Float(a)), Some(Number::Float(b))) => a == b,
        (Some(Number::Int(i)), Some(Number::Float(x))) | (Some(Number::Float(x)), Some(Number::Int(i))) => {
            // Exact: the float is integral and within i64 exactly when the cast round-trips.
            x == x.trunc() && x.abs() < 9.2e18 && x as i64 == i
        }
        _ => false,
    }
}

/// Answers that Python's `__eq__` gave during one operation, by the table's key. They stand for the rest of the operation,
/// so that it ends even if each `__eq__` changes the container.
#[derive(Default)]
pub struct Answers(Vec<(Value, bool)>);

impl Answers {
    /// No answers.
    pub const fn new() -> Answers {
        Answers(Vec::new())
    }

    /// Whether the key is equal, as far as it is known.
    #[inline]
    pub fn eq(&self, th: &Thread, in_table: &Value, wanted: &Value) -> Option<bool> {
        native_eq(th, in_table, wanted)
            .or_else(|| self.0.iter().find(|(key, _)| key.is(in_table)).map(|(_, equal)| *equal))
    }

    /// Asks Python, without any lock.
    pub fn ask(&mut self, th: &Thread, in_table: Value, wanted: &Value) -> PyResult<()> {
        let equal = th.eq(&in_table, wanted)?;
        self.0.push((in_table, equal));
        Ok(())
    }
}
