//! Between positions in code points and in bytes.
use rustpython_wtf8::CodePoint;

/// Code points between two entries of an index.
pub const STRIDE: usize = 64;

/// The byte offset of every `STRIDE`th code point of a text.
pub struct Index {
    offsets: Box<[usize]>,
}

impl Index {
    /// The index of a text in generalized UTF-8.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Index {
        let mut offsets = Vec::with_capacity(bytes.len() / STRIDE / 2 + 1);
        let mut n = 0usize;
        for (i, byte) in bytes.iter().enumerate() {
            if is_start(*byte) {
                if n.is_multiple_of(STRIDE) {
                    offsets.push(i);
                }
                n += 1;
            }
        }
        Index { offsets: offsets.into_boxed_slice() }
    }

    /// Byte offset of code point `at`.
    #[must_use]
    pub fn byte_of(&self, bytes: &[u8], at: usize) -> usize {
        match self.offsets.get(at / STRIDE) {
            Some(start) => skip_forward(bytes, *start, at % STRIDE),
            None => bytes.len(),
        }
    }

    /// Number of code points before byte `at`.
    #[must_use]
    pub fn char_of(&self, bytes: &[u8], at: usize) -> usize {
        let entry = self.offsets.partition_point(|o| *o <= at).saturating_sub(1);
        let start = self.offsets.get(entry).copied().unwrap_or(0);
        entry * STRIDE + count_chars(bytes.get(start..at).unwrap_or_default())
    }
}

/// Whether a byte begins a code point.
#[inline(always)]
#[must_use]
pub const fn is_start(byte: u8) -> bool {
    (byte as i8) >= -64
}

/// Bytes of the code point that begins with `byte`.
#[inline(always)]
#[must_use]
pub const fn width(byte: u8) -> usize {
    match byte {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// Number of code points of a text.
#[must_use]
pub fn count_chars(bytes: &[u8]) -> usize {
    // In blocks whose sums fit a byte, so that the loop vectorises.
    bytes
        .chunks(192)
        .map(|block| block.iter().map(|b| u8::from(is_start(*b))).fold(0u8, u8::wrapping_add) as usize)
        .sum()
}

/// The byte offset `n` code points after byte `at`.
#[must_use]
pub fn skip_forward(bytes: &[u8], mut at: usize, n: usize) -> usize {
    for _ in 0..n {
        match bytes.get(at) {
            Some(byte) => at += width(*byte),
            None => return bytes.len(),
        }
    }
    at.min(bytes.len())
}

/// The first code point of a text.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<CodePoint> {
    let tail = |n: usize, i: usize| u32::from(bytes.get(i).copied().unwrap_or(0x80) & 0x3f) << (6 * (n - i));
    let first = u32::from(*bytes.first()?);
    let value = match width(first as u8) {
        1 => first,
        2 => (first & 0x1f) << 6 | tail(1, 1),
        3 => (first & 0xf) << 12 | tail(2, 1) | tail(2, 2),
        _ => (first & 7) << 18 | tail(3, 1) | tail(3, 2) | tail(3, 3),
    };
    CodePoint::from_u32(value)
}

/// The last code point of a text.
#[must_use]
pub fn decode_last(bytes: &[u8]) -> Option<CodePoint> {
    let start = bytes.iter().rposition(|b| is_start(*b))?;
    decode(bytes.get(start..)?)
}
