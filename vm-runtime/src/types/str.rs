//! `str`: the payload, its making, hashing, comparing and joining.
//!
//! A string's text is generalized UTF-8 (WTF-8 in which any sequence of surrogates may stand), inline after the payload. Such
//! text searches and orders by bytes as it does by code points. Positions that Python sees count code points; `index` turns
//! them into bytes.
//!
//! # Rules
//!
//! R1 (str). The `bytes` bytes after the payload are initialised generalized UTF-8 of `chars` code points; the text is ASCII
//!     exactly if the two are equal.
//! R2 (str). The text changes only in `append_in_place`, whose caller owns the only reference; nobody else can be reading.
//! R3 (str). `index` is null or a `Box<Index>` that was published once and dies with the string (or with R2 (str)).
pub mod arguments;
pub mod case;
pub mod escape;
pub mod format;
pub mod fstring;
pub mod index;
pub mod intern;
pub mod iter;
pub mod methods;
pub mod percent;
mod quick;
pub mod search;
pub mod spec;
pub mod split;
pub mod translate;
pub mod unicode;

use crate::prelude::*;
use index::Index;
use rustpython_wtf8::CodePoint;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::ops::Deref;
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;
use vm_core::object::{Header, Obj, flags, heap, layout};
use vm_core::refcount;
use vm_core::sync::atomic::{AtomicI64, AtomicPtr, AtomicUsize, Ordering};

pub use intern::Interner;
pub use spec::SPEC;

/// Payload of `str`.
pub struct Str {
    /// 0: not computed yet.
    hash: AtomicI64,
    bytes: AtomicUsize,
    chars: AtomicUsize,
    index: AtomicPtr<Index>,
}
payload!(Str, "str", trailing = Str::byte_len);

impl Drop for Str {
    fn drop(&mut self) {
        self.drop_index();
    }
}

impl Deref for Str {
    type Target = Wtf8;
    #[inline]
    fn deref(&self) -> &Wtf8 {
        self.as_wtf8()
    }
}

impl Str {
    fn new(bytes: usize, chars: usize) -> Str {
        Str {
            hash: AtomicI64::new(0),
            bytes: AtomicUsize::new(bytes),
            chars: AtomicUsize::new(chars),
            index: AtomicPtr::new(null_mut()),
        }
    }

    /// The text's bytes.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: R1 (str), R2 (str).
        unsafe { std::slice::from_raw_parts(std::ptr::from_ref(self).add(1).cast(), self.byte_len()) }
    }

    /// The text.
    #[inline]
    #[must_use]
    pub fn as_wtf8(&self) -> &Wtf8 {
        // SAFETY: R1 (str).
        unsafe { Wtf8::from_bytes_unchecked(self.as_bytes()) }
    }

    /// The text as UTF-8; None if it has surrogates.
    #[inline]
    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        if self.is_ascii() {
            // SAFETY: ASCII is UTF-8 (R1 (str)).
            return Some(unsafe { std::str::from_utf8_unchecked(self.as_bytes()) });
        }
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// Bytes of the text.
    #[inline]
    #[must_use]
    pub fn byte_len(&self) -> usize {
        // Relaxed: set before the string is published, or by the only owner (R2 (str)).
        self.bytes.load(Ordering::Relaxed)
    }

    /// Code points of the text: `len(s)`.
    #[inline]
    #[must_use]
    pub fn char_len(&self) -> usize {
        // Relaxed: as in `byte_len`.
        self.chars.load(Ordering::Relaxed)
    }

    /// Whether there is no text.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.byte_len() == 0
    }

    /// Whether every character is ASCII.
    #[inline]
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.byte_len() == self.char_len()
    }

    /// The hash, computed once.
    #[inline]
    #[must_use]
    pub fn hash(&self) -> i64 {
        // Relaxed: every thread computes the same number.
        match self.hash.load(Ordering::Relaxed) {
            0 => {
                let hash = hash_bytes(self.as_bytes());
                self.hash.store(hash, Ordering::Relaxed);
                hash
            }
            hash => hash,
        }
    }

    /// Byte offset of the code point `at`, which is at most `char_len`.
    #[must_use]
    pub fn byte_of(&self, at: usize) -> usize {
        if self.is_ascii() {
            return at.min(self.byte_len());
        }
        if at >= self.char_len() {
            return self.byte_len();
        }
        match self.index() {
            Some(index) => index.byte_of(self.as_bytes(), at),
            None => index::skip_forward(self.as_bytes(), 0, at),
        }
    }

    /// Number of code points before byte `at`.
    #[must_use]
    pub fn char_of(&self, at: usize) -> usize {
        if self.is_ascii() {
            return at;
        }
        match self.index() {
            Some(index) => index.char_of(self.as_bytes(), at),
            None => index::count_chars(self.as_bytes().get(..at).unwrap_or_default()),
        }
    }

    /// The code point at position `at`.
    #[must_use]
    pub fn char_at(&self, at: usize) -> Option<CodePoint> {
        if at >= self.char_len() {
            return None;
        }
        if self.is_ascii() {
            return self.as_bytes().get(at).map(|b| CodePoint::from(*b));
        }
        let rest = self.as_bytes().get(self.byte_of(at)..)?;
        index::decode(rest)
    }

    /// The only code point, if there is exactly one.
    #[must_use]
    pub fn only_char(&self) -> Option<CodePoint> {
        if self.char_len() == 1 { index::decode(self.as_bytes()) } else { None }
    }

    /// The text from code point `start` to `stop`.
    #[must_use]
    pub fn chars_range(&self, start: usize, stop: usize) -> &Wtf8 {
        let (start, stop) = (self.byte_of(start), self.byte_of(stop));
        // SAFETY: both are boundaries of code points (R1 (str)).
        unsafe { Wtf8::from_bytes_unchecked(self.as_bytes().get(start..stop).unwrap_or_default()) }
    }

    /// The index of a text that is long enough to need one.
    fn index(&self) -> Option<&Index> {
        if self.byte_len() <= 2 * index::STRIDE {
            return None;
        }
        // Acquire: pairs with the exchange below.
        let mut index = self.index.load(Ordering::Acquire);
        if index.is_null() {
            let fresh = Box::into_raw(Box::new(Index::new(self.as_bytes())));
            // AcqRel: publishes the index; pairs with the load above.
            match self.index.compare_exchange(null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => index = fresh,
                Err(other) => {
                    // SAFETY: `fresh` was never published.
                    drop(unsafe { Box::from_raw(fresh) });
                    index = other;
                }
            }
        }
        // SAFETY: R3 (str).
        Some(unsafe { &*index })
    }

    fn drop_index(&self) {
        // Relaxed: nobody else reads the string (R2 (str), R3 (str)).
        let index = self.index.swap(null_mut(), Ordering::Relaxed);
        if !index.is_null() {
            // SAFETY: R3 (str).
            drop(unsafe { Box::from_raw(index) });
        }
    }
}

static HASH_KEYS: OnceLock<(u64, u64)> = OnceLock::new();

/// Fixes the process's hash keys. The first call wins; without one they are random.
pub fn set_hash_keys(keys: (u64, u64)) {
    let _ = HASH_KEYS.set(keys);
}

fn random_keys() -> (u64, u64) {
    use std::hash::{BuildHasher, RandomState};
    (RandomState::new().hash_one(1), RandomState::new().hash_one(2))
}

/// The process's hash keys.
pub fn hash_keys() -> (u64, u64) {
    *HASH_KEYS.get_or_init(random_keys)
}

/// Hash of a text or of bytes (keyed SipHash-1-3; 0 for nothing, never -1).
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let (k0, k1) = hash_keys();
    let mut hasher = SipHasher13::new_with_keys(k0, k1);
    hasher.write(bytes);
    match hasher.finish() as i64 {
        -1 => -2,
        hash => hash,
    }
}

/// Allocates a string of type `ty` with room for `capacity` bytes; `fill` writes `bytes` bytes of text.
///
/// # Safety
/// `fill` initialises the whole slice with generalized UTF-8 of `chars` code points.
unsafe fn allocate(
    th: &Thread,
    ty: TypeRef,
    bytes: usize,
    chars: usize,
    capacity: usize,
    fill: impl FnOnce(*mut u8),
) -> PyResult<Value> {
    if capacity > (isize::MAX as usize) - 4096 {
        return Err(th.memory_error());
    }
    // SAFETY: `ty` is a live subtype of str; the block has room for the text behind the payload.
    unsafe {
        let object = match layout::allocate::<Str>(ty.ptr(), Str::new(bytes, chars), capacity.max(bytes), 0) {
            Ok(object) => object,
            Err(_) => return Err(th.memory_error()),
        };
        fill(text_ptr(object));
        Ok(Value::from_owned_ptr(object))
    }
}

/// Where the text of a string object begins.
///
/// # Safety
/// The object's payload is `Str`.
unsafe fn text_ptr(object: NonNull<Header>) -> *mut u8 {
    // SAFETY: the text follows the payload (R1 (str)).
    unsafe { (&raw mut (*object.as_ptr().cast::<Obj<Str>>()).payload).add(1).cast() }
}

/// A string of type `ty` of several pieces of text.
///
/// # Errors
/// MemoryError.
pub fn str_from_pieces(th: &Thread, ty: TypeRef, pieces: &[&Wtf8]) -> PyResult<Value> {
    let mut bytes = 0usize;
    let mut chars = 0usize;
    for piece in pieces {
        bytes = bytes.saturating_add(piece.len());
        chars = chars.saturating_add(index::count_chars(piece.as_bytes()));
    }
    // SAFETY: the pieces are generalized UTF-8, and so is their concatenation.
    unsafe {
        allocate(th, ty, bytes, chars, bytes, |mut to| {
            for piece in pieces {
                std::ptr::copy_nonoverlapping(piece.as_bytes().as_ptr(), to, piece.len());
                to = to.add(piece.len());
            }
        })
    }
}

/// A string of ASCII text.
///
/// # Errors
/// MemoryError.
fn ascii(th: &Thread, text: &[u8]) -> PyResult<Value> {
    counted(th, text, 0)
}

/// A string of generalized UTF-8 in which `more` bytes continue a character.
///
/// # Errors
/// MemoryError.
fn counted(th: &Thread, text: &[u8], more: usize) -> PyResult<Value> {
    debug_assert_eq!(index::count_chars(text), text.len() - more);
    if text.len() <= 2 {
        // SAFETY: the caller's promise: whole characters.
        return th.try_str(unsafe { Wtf8::from_bytes_unchecked(text) });
    }
    // SAFETY: every byte is written.
    unsafe {
        allocate(th, th.types().str, text.len(), text.len() - more, text.len(), |to| {
            std::ptr::copy_nonoverlapping(text.as_ptr(), to, text.len());
        })
    }
}

/// `text` repeated `times` times.
///
/// # Errors
/// MemoryError.
pub fn str_repeat(th: &Thread, text: &Str, times: usize) -> PyResult<Value> {
    let (Some(bytes), Some(chars)) = (text.byte_len().checked_mul(times), text.char_len().checked_mul(times))
    else {
        return Err(th.overflow_error("repeated string is too long"));
    };
    if isize::try_from(chars).is_err() {
        return Err(th.overflow_error("repeated string is too long"));
    }
    if bytes == 0 {
        return Ok(th.empty_str());
    }
    let from = text.as_bytes();
    // SAFETY: generalized UTF-8 repeated is generalized UTF-8; every byte of `bytes` is written.
    unsafe {
        allocate(th, th.types().str, bytes, chars, bytes, |to| {
            if let [byte] = from {
                std::ptr::write_bytes(to, *byte, bytes);
                return;
            }
            std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len());
            let mut done = from.len();
            while done < bytes {
                let step = done.min(bytes - done);
                std::ptr::copy_nonoverlapping(to, to.add(done), step);
                done += step;
            }
        })
    }
}

/// `a + b` of two strings.
///
/// # Errors
/// MemoryError.
pub fn str_concat(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.as_str(), b.as_str()) else {
        return Err(th.type_error(format!("can only concatenate str (not \"{}\") to str", b.type_name(th))));
    };
    if x.is_empty() && th.is_exact(b, th.types().str) {
        return Ok(b.clone());
    }
    if y.is_empty() && th.is_exact(a, th.types().str) {
        return Ok(a.clone());
    }
    concat_with_room(th, x, y, 0)
}

fn concat_with_room(th: &Thread, x: &Str, y: &Str, room: usize) -> PyResult<Value> {
    let bytes = x.byte_len().saturating_add(y.byte_len());
    let chars = x.char_len().saturating_add(y.char_len());
    // SAFETY: both pieces are generalized UTF-8 and fill `bytes`.
    unsafe {
        allocate(th, th.types().str, bytes, chars, bytes.saturating_add(room), |to| {
            std::ptr::copy_nonoverlapping(x.as_bytes().as_ptr(), to, x.byte_len());
            std::ptr::copy_nonoverlapping(y.as_bytes().as_ptr(), to.add(x.byte_len()), y.byte_len());
        })
    }
}

/// `a + b` where `a` is given up: appended in place if nobody else refers to `a`, so that a loop of `s += x` is linear.
///
/// # Errors
/// MemoryError, or TypeError if one is no string.
pub fn str_concat_inplace(th: &Thread, a: Value, b: &Value) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.as_str(), b.as_str()) else { return str_concat(th, &a, b) };
    let unique = a.is_counted()
        && !a.is(b)
        && th.is_exact(&a, th.types().str)
        && a.header().is_some_and(|h| refcount::is_unique(h) && !h.has_flag(flags::USER | flags::WEAKREFS));
    if !unique || x.is_empty() || y.is_empty() {
        return str_concat(th, &a, b);
    }
    // SAFETY: `a` is an exact string and this is the only reference to it.
    if unsafe { append_in_place(a.heap_ptr(), y) } {
        return Ok(a);
    }
    let total = x.byte_len() + y.byte_len();
    concat_with_room(th, x, y, if total < 64 { 0 } else { total / 2 })
}

/// Appends to a string if its block has room.
///
/// # Safety
/// `object` is an exact `str` to which the caller owns the only reference, and `more` is another object.
unsafe fn append_in_place(object: NonNull<Header>, more: &Str) -> bool {
    // SAFETY: the caller's promise; R2 (str). The block ends with the text: an exact str has no slots behind it.
    unsafe {
        let text = &(*object.as_ptr().cast::<Obj<Str>>()).payload;
        let old = text.byte_len();
        let room = heap::block_size(object) - std::mem::size_of::<Obj<Str>>() - old;
        if room < more.byte_len() {
            return false;
        }
        std::ptr::copy_nonoverlapping(more.as_bytes().as_ptr(), text_ptr(object).add(old), more.byte_len());
        text.drop_index();
        // Relaxed: the only owner.
        text.bytes.store(old + more.byte_len(), Ordering::Relaxed);
        text.chars.store(text.char_len() + more.char_len(), Ordering::Relaxed);
        text.hash.store(0, Ordering::Relaxed);
    }
    true
}

/// Whether two strings are equal.
#[inline]
#[must_use]
pub fn str_eq(a: &Str, b: &Str) -> bool {
    std::ptr::eq(a, b) || a.as_bytes() == b.as_bytes()
}

/// The strings of a sequence of values joined without separator, as an f-string's pieces.
///
/// # Errors
/// MemoryError; TypeError if one is no string.
pub fn join_values(th: &Thread, parts: &[Value]) -> PyResult<Value> {
    let mut bytes = 0usize;
    for part in parts {
        let Some(text) = part.as_str() else {
            return Err(th.type_error(format!("expected str instance, {} found", part.type_name(th))));
        };
        bytes = bytes.saturating_add(text.byte_len());
    }
    joined(th, Wtf8::new(""), parts, bytes)
}

/// Strings with a separator between them, `bytes` long in all; other values count as empty.
fn joined(th: &Thread, sep: &Wtf8, items: &[Value], bytes: usize) -> PyResult<Value> {
    let texts = || items.iter().filter_map(|item| item.as_str());
    if bytes <= 2 {
        let mut out = Wtf8Buf::new();
        for (i, text) in texts().enumerate() {
            if i != 0 {
                out.push_wtf8(sep);
            }
            out.push_wtf8(text);
        }
        return th.try_str(&out);
    }
    let chars = texts().map(Str::char_len).fold(0, usize::saturating_add);
    let gaps = index::count_chars(sep.as_bytes()).saturating_mul(items.len().saturating_sub(1));
    // SAFETY: every piece is generalized UTF-8, and together they are `bytes` long.
    unsafe {
        allocate(th, th.types().str, bytes, chars.saturating_add(gaps), bytes, |mut to| {
            for (i, text) in texts().enumerate() {
                if i != 0 {
                    std::ptr::copy_nonoverlapping(sep.as_bytes().as_ptr(), to, sep.len());
                    to = to.add(sep.len());
                }
                std::ptr::copy_nonoverlapping(text.as_bytes().as_ptr(), to, text.byte_len());
                to = to.add(text.byte_len());
            }
        })
    }
}

/// Whether a value is an interned string.
#[inline]
#[must_use]
pub fn is_interned(v: &Value) -> bool {
    v.as_str().is_some() && v.header().is_some_and(|h| h.has_flag(flags::USER))
}

impl Thread {
    /// A string.
    #[must_use]
    pub fn str(&self, text: &str) -> Value {
        self.str_wtf8(Wtf8::new(text))
    }

    /// A string of any text.
    #[must_use]
    pub fn str_wtf8(&self, text: impl AsRef<Wtf8>) -> Value {
        let text = text.as_ref();
        match self.try_str(text) {
            Ok(value) => value,
            // The text itself is in memory, so this is the process at its very end.
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
        }
    }

    /// A string of text that may be too long for the memory.
    ///
    /// # Errors
    /// MemoryError.
    pub fn try_str(&self, text: &Wtf8) -> PyResult<Value> {
        if text.len() <= 2 {
            if text.is_empty() {
                return Ok(self.empty_str());
            }
            if let Some(c) = index::decode(text.as_bytes())
                && c.len_wtf8() == text.len()
                && c.to_u32() < 256
            {
                return Ok(self.str_char(c));
            }
        }
        str_from_pieces(self, self.types().str, &[text])
    }

    /// A string of one character.
    #[must_use]
    pub fn str_char(&self, c: CodePoint) -> Value {
        if c.to_u32() < 256 {
            return self.interner().latin1(self, c.to_u32() as u8);
        }
        let buffer: Wtf8Buf = std::iter::once(c).collect();
        match str_from_pieces(self, self.types().str, &[&buffer]) {
            Ok(value) => value,
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
        }
    }

    /// The empty string.
    #[must_use]
    pub fn empty_str(&self) -> Value {
        self.interner().empty(self)
    }

    /// The interned string of a text: immortal, one for each text of this VM.
    #[must_use]
    pub fn intern(&self, text: &str) -> Value {
        self.interner().intern(self, Wtf8::new(text))
    }

    /// As `intern`, of any text.
    #[must_use]
    pub fn intern_wtf8(&self, text: &Wtf8) -> Value {
        self.interner().intern(self, text)
    }

    /// The interned string equal to `value`, which may become it (`sys.intern`). Other values are left as they are.
    #[must_use]
    pub fn intern_string(&self, value: &Value) -> Value {
        self.interner().intern_value(self, value)
    }

    /// The VM's interned strings.
    #[must_use]
    pub fn interner(&self) -> &Interner {
        &self.vm().interner
    }
}

pub use arguments::type_or_none;
