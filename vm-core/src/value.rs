//! The value word: 64 bits, low-bit tags, and the float encoding.
//!
//! | low bits | meaning |
//! |---|---|
//! | `000` | reference to a heap object, counted: this word owns one reference |
//! | `100` | reference to a heap object, borrowed: registers only, owns nothing |
//! | `x01` | integer of 62 bits |
//! | `x10` | float, self-tagged (exponent rotated; magnitudes 2^-255 up to 2^257) |
//! | `x11` | other immediates: None, True, False, Ellipsis, NotImplemented, unbound, 0.0 and -0.0 |
//!
//! # Rules
//!
//! R1 (value). A word is never 0, so `Option<Value>` and `PyResult<Value>` are one word.
//! R2 (value). A borrowed word lives only in registers and in argument slices that are registers. `clone` of either form of
//!     reference gives a counted word, so what native code keeps is always counted.
//! R3 (value). Whoever moves a word out of a register calls `into_owned` before storing it anywhere else.
//!
//! The float encoding follows "Float Self-Tagging" (arXiv 2411.16544).
use crate::object::Header;
use crate::refcount;
use std::num::NonZeroU64;
use std::ptr::NonNull;

const BORROWED: u64 = 4;
const INT: u64 = 1;
const FLOAT: u64 = 2;
const IMMEDIATE: u64 = 3;
const EXPONENT_BIAS: u64 = 768 << 53;

/// The smallest integer that is an immediate.
pub const INT_MIN: i64 = -(1 << 61);
/// The largest integer that is an immediate.
pub const INT_MAX: i64 = (1 << 61) - 1;

const fn immediate(n: u64) -> u64 {
    n << 3 | IMMEDIATE
}
const W_UNBOUND: u64 = immediate(0);
const W_NONE: u64 = immediate(1);
const W_FALSE: u64 = immediate(2);
const W_TRUE: u64 = immediate(3);
const W_ELLIPSIS: u64 = immediate(4);
const W_NOT_IMPLEMENTED: u64 = immediate(5);
const W_ZERO: u64 = immediate(6);
const W_NEG_ZERO: u64 = immediate(7);

/// A Python value: an immediate, or a reference to a heap object.
#[repr(transparent)]
pub struct Value(NonZeroU64);

impl Value {
    /// No value: an unbound local, an empty slot, a missing argument. Never seen by Python code.
    pub const UNBOUND: Value = Value::from_bits(W_UNBOUND);
    /// The word of `UNBOUND`.
    pub const UNBOUND_BITS: u64 = W_UNBOUND;
    /// `None`.
    pub const NONE: Value = Value::from_bits(W_NONE);
    /// `True`.
    pub const TRUE: Value = Value::from_bits(W_TRUE);
    /// `False`.
    pub const FALSE: Value = Value::from_bits(W_FALSE);
    /// `Ellipsis`.
    pub const ELLIPSIS: Value = Value::from_bits(W_ELLIPSIS);
    /// `NotImplemented`.
    pub const NOT_IMPLEMENTED: Value = Value::from_bits(W_NOT_IMPLEMENTED);

    /// `None`, as a reference for arguments that are left out.
    #[must_use]
    pub fn none_ref() -> &'static Value {
        static NONE: Value = Value::NONE;
        &NONE
    }

    /// `UNBOUND`, as a reference for arguments that are left out.
    #[must_use]
    pub fn unbound_ref() -> &'static Value {
        static UNBOUND: Value = Value::UNBOUND;
        &UNBOUND
    }

    #[inline(always)]
    const fn from_bits(bits: u64) -> Value {
        match NonZeroU64::new(bits) {
            Some(bits) => Value(bits),
            None => panic!("a value word is never zero"),
        }
    }

    /// The word itself.
    #[inline(always)]
    #[must_use]
    pub const fn bits(&self) -> u64 {
        self.0.get()
    }

    /// The value of a word.
    ///
    /// # Safety
    /// `bits` came from `bits()` or `into_bits()`; if it is a counted reference, this takes the reference over.
    #[inline(always)]
    #[must_use]
    pub const unsafe fn from_raw_bits(bits: u64) -> Value {
        // SAFETY: R1 (value).
        Value(unsafe { NonZeroU64::new_unchecked(bits) })
    }

    /// The word, its reference (if it owns one) given to the caller.
    #[inline(always)]
    #[must_use]
    pub fn into_bits(self) -> u64 {
        let bits = self.0.get();
        std::mem::forget(self);
        bits
    }

    /// The value of a boolean.
    #[inline(always)]
    #[must_use]
    pub const fn bool(b: bool) -> Value {
        Value::from_bits(W_FALSE + ((b as u64) << 3))
    }

    /// The value of an integer that fits 62 bits.
    #[inline(always)]
    #[must_use]
    pub const fn small_int(i: i64) -> Option<Value> {
        if i >= INT_MIN && i <= INT_MAX { Some(Value::int_unchecked(i)) } else { None }
    }

    /// The value of an integer known to fit 62 bits (lengths, indices, characters); others wrap.
    #[inline(always)]
    #[must_use]
    pub const fn int_unchecked(i: i64) -> Value {
        Value::from_bits((i << 2) as u64 | INT)
    }

    /// The integer, if this is an immediate int (not a bool, not a big int).
    #[inline(always)]
    #[must_use]
    pub const fn as_small_int(&self) -> Option<i64> {
        if self.bits() & 3 == INT { Some(self.bits() as i64 >> 2) } else { None }
    }

    /// Whether this is an immediate int.
    #[inline(always)]
    #[must_use]
    pub const fn is_small_int(&self) -> bool {
        self.bits() & 3 == INT
    }

    /// Whether both are immediate ints.
    #[inline(always)]
    #[must_use]
    pub const fn both_small_ints(a: &Value, b: &Value) -> bool {
        ((a.bits() ^ INT) | (b.bits() ^ INT)) & 3 == 0
    }

    /// `a + b` of two immediate ints; None if either is none or the sum does not fit.
    #[inline(always)]
    #[must_use]
    pub fn int_add(a: &Value, b: &Value) -> Option<Value> {
        if !Value::both_small_ints(a, b) {
            return None;
        }
        (a.bits() as i64).checked_add(b.bits() as i64 - 1).map(|bits| Value::from_bits(bits as u64))
    }

    /// `a - b` of two immediate ints; None if either is none or the difference does not fit.
    #[inline(always)]
    #[must_use]
    pub fn int_sub(a: &Value, b: &Value) -> Option<Value> {
        if !Value::both_small_ints(a, b) {
            return None;
        }
        (a.bits() as i64).checked_sub(b.bits() as i64 - 1).map(|bits| Value::from_bits(bits as u64))
    }

    /// `a * b` of two immediate ints; None if either is none or the product does not fit.
    #[inline(always)]
    #[must_use]
    pub fn int_mul(a: &Value, b: &Value) -> Option<Value> {
        if !Value::both_small_ints(a, b) {
            return None;
        }
        (a.bits() as i64 - 1)
            .checked_mul(b.bits() as i64 >> 2)
            .map(|bits| Value::from_bits(bits as u64 | INT))
    }

    /// The immediate of a float, if it has one; the rest (infinities, NaN, very large or small) is boxed by the runtime.
    #[inline(always)]
    #[must_use]
    pub fn immediate_float(x: f64) -> Option<Value> {
        let turned = x.to_bits().rotate_left(1).wrapping_sub(EXPONENT_BIAS);
        if turned >> 62 == 0 {
            return Some(Value::from_bits(turned << 2 | FLOAT));
        }
        Value::zero_float(x)
    }

    #[cold]
    fn zero_float(x: f64) -> Option<Value> {
        if x != 0.0 {
            return None;
        }
        Some(Value::from_bits(if x.is_sign_negative() { W_NEG_ZERO } else { W_ZERO }))
    }

    /// The float, if this is a self-tagged one (the fast test: zeros and boxed floats say None).
    #[inline(always)]
    #[must_use]
    pub fn as_tagged_float(&self) -> Option<f64> {
        if self.bits() & 3 == FLOAT {
            Some(f64::from_bits((self.bits() >> 2).wrapping_add(EXPONENT_BIAS).rotate_right(1)))
        } else {
            None
        }
    }

    /// The float, if this is an immediate one: self-tagged, 0.0 or -0.0.
    #[inline(always)]
    #[must_use]
    pub fn as_immediate_float(&self) -> Option<f64> {
        match self.as_tagged_float() {
            Some(x) => Some(x),
            None => match self.bits() {
                W_ZERO => Some(0.0),
                W_NEG_ZERO => Some(-0.0),
                _ => None,
            },
        }
    }

    /// Whether this is `UNBOUND`.
    #[inline(always)]
    #[must_use]
    pub const fn is_unbound(&self) -> bool {
        self.bits() == W_UNBOUND
    }

    /// Whether this is `None`.
    #[inline(always)]
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.bits() == W_NONE
    }

    /// Whether this is `True` itself.
    #[inline(always)]
    #[must_use]
    pub const fn is_true(&self) -> bool {
        self.bits() == W_TRUE
    }

    /// Whether this is `False` itself.
    #[inline(always)]
    #[must_use]
    pub const fn is_false(&self) -> bool {
        self.bits() == W_FALSE
    }

    /// Whether this is `Ellipsis`.
    #[inline(always)]
    #[must_use]
    pub const fn is_ellipsis(&self) -> bool {
        self.bits() == W_ELLIPSIS
    }

    /// Whether this is `NotImplemented`.
    #[inline(always)]
    #[must_use]
    pub const fn is_not_implemented(&self) -> bool {
        self.bits() == W_NOT_IMPLEMENTED
    }

    /// The boolean, if this is one.
    #[inline(always)]
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.bits() {
            W_TRUE => Some(true),
            W_FALSE => Some(false),
            _ => None,
        }
    }

    /// Whether this refers to a heap object, counted or borrowed.
    #[inline(always)]
    #[must_use]
    pub const fn is_heap(&self) -> bool {
        self.bits() & 3 == 0
    }

    /// Whether dropping this word drops a reference.
    #[inline(always)]
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.bits() & 7 == 0
    }

    /// Whether this is a borrowed reference (registers only).
    #[inline(always)]
    #[must_use]
    pub const fn is_borrowed(&self) -> bool {
        self.bits() & 7 == BORROWED
    }

    /// The object's header, if this is a reference.
    #[inline(always)]
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        if self.is_heap() {
            // SAFETY: a reference word holds the address of a live object; both forms keep it alive while the word is.
            Some(unsafe { &*self.heap_ptr().as_ptr() })
        } else {
            None
        }
    }

    /// The object's address. Meaningful only if `is_heap`.
    #[inline(always)]
    #[must_use]
    pub const fn heap_ptr(&self) -> NonNull<Header> {
        // SAFETY: R1 (value): clearing the borrowed bit of a heap word leaves its non-null address.
        unsafe { NonNull::new_unchecked((self.bits() & !BORROWED) as *mut Header) }
    }

    /// A counted reference to an object whose count the caller hands over.
    ///
    /// # Safety
    /// `object` is live and the caller owns one reference to it.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_owned_ptr(object: NonNull<Header>) -> Value {
        // SAFETY: an object's address is not null and 8-aligned.
        unsafe { Value::from_raw_bits(object.as_ptr() as u64) }
    }

    /// A new counted reference to a live object.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_ptr(object: NonNull<Header>) -> Value {
        // SAFETY: the caller's promise.
        unsafe {
            refcount::incref(object.as_ref());
            Value::from_owned_ptr(object)
        }
    }

    /// A borrowed word for the same value: for registers.
    ///
    /// # Safety
    /// The object outlives the word (R2 of the bytecode, or it is immortal, or deferred and visible to the stack scan).
    #[inline(always)]
    #[must_use]
    pub unsafe fn borrow_word(&self) -> Value {
        let bits = self.bits();
        // SAFETY: setting the borrowed bit of a heap word makes it own nothing.
        unsafe { Value::from_raw_bits(if bits & 7 == 0 { bits | BORROWED } else { bits }) }
    }

    /// The same value as a word that owns its reference.
    #[inline(always)]
    #[must_use]
    pub fn into_owned(self) -> Value {
        if self.is_borrowed() { self.clone() } else { self }
    }

    /// Identity: `a is b`.
    #[inline(always)]
    #[must_use]
    pub const fn is(&self, other: &Value) -> bool {
        self.identity() == other.identity()
    }

    /// The word with the borrowed bit of references cleared: equal exactly for identical values.
    #[inline(always)]
    #[must_use]
    pub const fn identity(&self) -> u64 {
        let bits = self.bits();
        if bits & 3 == 0 { bits & !BORROWED } else { bits }
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        let bits = self.bits();
        if bits & 3 != 0 {
            // SAFETY: immediates own nothing.
            return unsafe { Value::from_raw_bits(bits) };
        }
        let object = self.heap_ptr();
        // SAFETY: this word keeps the object alive; a counted word results (R2).
        unsafe {
            refcount::incref(object.as_ref());
            Value::from_owned_ptr(object)
        }
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_counted() {
            // SAFETY: this word owned one reference.
            unsafe { refcount::decref(self.heap_ptr()) }
        }
    }
}

// SAFETY: counts are biased and safe from any attached thread (refcount); payloads are Send + Sync (object::Payload).
unsafe impl Send for Value {}
// SAFETY: as above; a shared word gives read access and counted copies only.
unsafe impl Sync for Value {}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(i) = self.as_small_int() {
            write!(f, "{i}")
        } else if let Some(x) = self.as_immediate_float() {
            write!(f, "{x:?}")
        } else {
            match self.bits() {
                W_UNBOUND => f.write_str("<unbound>"),
                W_NONE => f.write_str("None"),
                W_TRUE => f.write_str("True"),
                W_FALSE => f.write_str("False"),
                W_ELLIPSIS => f.write_str("Ellipsis"),
                W_NOT_IMPLEMENTED => f.write_str("NotImplemented"),
                bits => write!(f, "<object at {bits:#x}>"),
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn floats_round_trip() {
        for x in [
            1.0,
            -1.0,
            0.5,
            1e-70,
            1e70,
            std::f64::consts::PI,
            -2.5e-10,
            0.0,
            -0.0,
            f64::from_bits(0x3000_0000_0000_0000),
        ] {
            let v = Value::immediate_float(x).expect("in range");
            assert_eq!(v.as_immediate_float().map(f64::to_bits), Some(x.to_bits()));
        }
        for x in [f64::INFINITY, f64::NAN, 1e300, 1e-300, f64::MIN_POSITIVE, -f64::INFINITY] {
            assert!(Value::immediate_float(x).is_none(), "{x}");
        }
    }

    #[test]
    fn integers_overflow_at_62_bits() {
        let max = Value::small_int(INT_MAX).expect("fits");
        let one = Value::int_unchecked(1);
        assert!(Value::int_add(&max, &one).is_none());
        assert_eq!(Value::int_sub(&max, &one).and_then(|v| v.as_small_int()), Some(INT_MAX - 1));
        assert!(Value::small_int(INT_MIN - 1).is_none());
        assert_eq!(
            Value::int_mul(&Value::int_unchecked(-7), &Value::int_unchecked(6))
                .and_then(|v| v.as_small_int()),
            Some(-42)
        );
        assert!(Value::int_mul(&max, &Value::int_unchecked(2)).is_none());
        assert!(Value::int_add(&Value::NONE, &one).is_none());
    }
}
