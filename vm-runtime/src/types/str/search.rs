//! Searching and replacing in bytes: shared by `str` (whose text searches by bytes) and the bytes types.
use crate::prelude::*;
use memchr::memmem;

/// First occurrence.
#[must_use]
pub fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, hay),
        _ => memmem::find(hay, needle),
    }
}

/// Last occurrence.
#[must_use]
pub fn rfind(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(hay.len()),
        [byte] => memchr::memrchr(*byte, hay),
        _ => memmem::rfind(hay, needle),
    }
}

/// Number of occurrences of a needle that is not empty, without overlaps.
#[must_use]
pub fn count(hay: &[u8], needle: &[u8]) -> usize {
    match needle {
        [byte] => memchr::memchr_iter(*byte, hay).count(),
        _ => memmem::find_iter(hay, needle).count(),
    }
}

/// A part of a sequence of `len` items, from the arguments `start` and `end` (missing ones are UNBOUND or None).
#[derive(Clone, Copy)]
pub struct Bounds {
    /// First position, not negative; may lie after `len`.
    pub start: usize,
    /// Position after the last one.
    pub end: usize,
}

impl Bounds {
    /// Reads the arguments as CPython's `_PyEval_SliceIndex` and `ADJUST_INDICES` do.
    ///
    /// # Errors
    /// TypeError where one is no index.
    pub fn new(th: &Thread, args: &[Value], at: usize, len: usize) -> PyResult<Bounds> {
        let start = bound(th, args.get(at), 0)?;
        let end = bound(th, args.get(at + 1), i64::MAX)?;
        Ok(Bounds::adjust(start, end, len))
    }

    /// As `new`, before the length is known (arguments may run Python that changes it).
    ///
    /// # Errors
    /// TypeError where one is no index.
    pub fn read(th: &Thread, args: &[Value], at: usize) -> PyResult<(i64, i64)> {
        Ok((bound(th, args.get(at), 0)?, bound(th, args.get(at + 1), i64::MAX)?))
    }

    /// Bounds within `len` items, of numbers that count from the end where they are negative.
    #[must_use]
    pub fn adjust(start: i64, end: i64, len: usize) -> Bounds {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let end = if end > len {
            len
        } else if end < 0 {
            (end + len).max(0)
        } else {
            end
        };
        let start = if start < 0 { (start + len).max(0) } else { start };
        Bounds { start: start as usize, end: end as usize }
    }

    /// Whether no match is possible, not even of an empty needle.
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.start > self.end
    }
}

fn bound(th: &Thread, arg: Option<&Value>, missing: i64) -> PyResult<i64> {
    match arg {
        None => Ok(missing),
        Some(v) if v.is_unbound() || v.is_none() => Ok(missing),
        Some(v) => match v.as_small_int() {
            Some(i) => Ok(i),
            None => slice_index(th, v),
        },
    }
}

/// An index of a slice: any size is allowed.
///
/// # Errors
/// TypeError where it is no index.
pub fn slice_index(th: &Thread, v: &Value) -> PyResult<i64> {
    if th.lookup_special(v, "__index__")?.is_none() {
        return Err(th.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    th.index_clamped(v)
}

/// A byte buffer that may grow large on a program's word.
pub struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    /// An empty buffer with room for `capacity` bytes.
    ///
    /// # Errors
    /// MemoryError.
    pub fn new(th: &Thread, capacity: usize) -> PyResult<Builder> {
        let mut builder = Builder { bytes: Vec::new() };
        builder.reserve(th, capacity)?;
        Ok(builder)
    }

    /// Makes room.
    ///
    /// # Errors
    /// MemoryError.
    pub fn reserve(&mut self, th: &Thread, more: usize) -> PyResult<()> {
        self.bytes.try_reserve(more).map_err(|_| th.memory_error())
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// MemoryError.
    pub fn push(&mut self, th: &Thread, more: &[u8]) -> PyResult<()> {
        self.reserve(th, more.len())?;
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Appends `piece` `times` times.
    ///
    /// # Errors
    /// MemoryError.
    pub fn fill(&mut self, th: &Thread, piece: &[u8], times: usize) -> PyResult<()> {
        self.reserve(th, piece.len().saturating_mul(times))?;
        match piece {
            [byte] => self.bytes.resize(self.bytes.len() + times, *byte),
            _ => (0..times).for_each(|_| self.bytes.extend_from_slice(piece)),
        }
        Ok(())
    }

    /// The bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// `hay` with occurrences of `from` replaced by `to`, `limit` of them at the most (negative: all). `boundary` says whether an
/// insertion for an empty `from` may stand before a byte. None: nothing to replace.
///
/// # Errors
/// MemoryError.
pub fn replace(
    th: &Thread,
    hay: &[u8],
    from: &[u8],
    to: &[u8],
    limit: i64,
    boundary: impl Fn(u8) -> bool,
) -> PyResult<Option<Vec<u8>>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 || from == to {
        return Ok(None);
    }
    let mut out = Builder { bytes: Vec::new() };
    if from.is_empty() {
        let mut left = limit;
        out.reserve(th, hay.len())?;
        for byte in hay {
            if boundary(*byte) && left > 0 {
                out.push(th, to)?;
                left -= 1;
            }
            out.bytes.push(*byte);
        }
        if left > 0 {
            out.push(th, to)?;
        }
        return Ok(Some(out.finish()));
    }
    let mut done = 0;
    let mut replaced = false;
    let mut step = |at: usize| -> PyResult<()> {
        if !replaced {
            out.reserve(th, hay.len())?;
        }
        replaced = true;
        out.push(th, &hay[done..at])?;
        out.push(th, to)?;
        done = at + from.len();
        Ok(())
    };
    match from {
        [byte] => memchr::memchr_iter(*byte, hay).take(limit).try_for_each(&mut step)?,
        _ => memmem::find_iter(hay, from).take(limit).try_for_each(&mut step)?,
    }
    if !replaced {
        return Ok(None);
    }
    out.push(th, &hay[done..])?;
    Ok(Some(out.finish()))
}

/// The pieces between separators, splitting `limit` times at the most (negative: no limit), as ranges.
#[must_use]
pub fn split(hay: &[u8], sep: &[u8], limit: i64) -> Vec<std::ops::Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut step = |at: usize| {
        pieces.push(start..at);
        start = at + sep.len();
    };
    match sep {
        [byte] => memchr::memchr_iter(*byte, hay).take(limit).for_each(&mut step),
        _ => memmem::find_iter(hay, sep).take(limit).for_each(&mut step),
    }
    pieces.push(start..hay.len());
    pieces
}

/// As `split`, from the end.
#[must_use]
pub fn rsplit(hay: &[u8], sep: &[u8], limit: i64) -> Vec<std::ops::Range<usize>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces = Vec::new();
    let mut end = hay.len();
    while pieces.len() < limit {
        let Some(at) = rfind(&hay[..end], sep) else { break };
        pieces.push(at + sep.len()..end);
        end = at;
    }
    pieces.push(0..end);
    pieces.reverse();
    pieces
}

/// Lays `text` with tabs out in columns of `size` characters. `counts` says whether a byte adds a column.
///
/// # Errors
/// OverflowError, MemoryError.
pub fn expand_tabs(th: &Thread, text: &[u8], size: i64, counts: impl Fn(u8) -> bool) -> PyResult<Vec<u8>> {
    let mut out = Builder::new(th, text.len())?;
    let mut column = 0usize;
    for byte in text {
        match *byte {
            b'\t' => {
                if let Ok(size) = usize::try_from(size)
                    && size > 0
                {
                    let step = size - column % size;
                    let total = out.bytes.len().checked_add(step).filter(|n| *n <= isize::MAX as usize);
                    if total.is_none() {
                        return Err(th.overflow_error("new string is too long"));
                    }
                    out.fill(th, b" ", step)?;
                    column = column.wrapping_add(step);
                }
            }
            byte => {
                out.push(th, &[byte])?;
                if byte == b'\n' || byte == b'\r' {
                    column = 0;
                } else if counts(byte) {
                    column += 1;
                }
            }
        }
    }
    Ok(out.finish())
}
