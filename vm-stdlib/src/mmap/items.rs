//! Bytes by index and slice.
use super::{copied, me, open};
use vm_runtime::buffer::BytesLike;
use vm_runtime::prelude::*;
use vm_runtime::types::slice::Slice;
use vm_runtime::types::subscript::slice_bounds;

/// The position that an index stands for.
fn position(len: usize, index: i64) -> Option<usize> {
    let index = if index < 0 { index.checked_add_unsigned(len as u64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

fn out_of_range(th: &Thread) -> Raised {
    th.index_error("mmap index out of range")
}

pub(super) fn item(th: &Thread, this: &Value, index: i64) -> PyResult<Value> {
    let byte =
        me(th, this)?.with(th, |mapping, _| position(mapping.len(), index).and_then(|at| mapping.get(at)))?;
    byte.map(|byte| th.bytes(&[byte])).ok_or_else(|| out_of_range(th))
}

pub(super) fn get(th: &Thread, this: &Value, key: &Value) -> PyResult<Value> {
    let map = open(th, this)?;
    if let Some(slice) = key.payload::<Slice>() {
        let bounds = slice_bounds(th, slice)?;
        return copied(
            th,
            map.with(th, |mapping, _| {
                let indices = bounds.fit(mapping.len());
                let start = usize::try_from(indices.start).unwrap_or(0);
                if indices.step == 1 || indices.count == 0 {
                    return mapping.read(start..start + indices.count);
                }
                let mut out = Vec::new();
                out.try_reserve_exact(indices.count).ok()?;
                out.extend(indices.iter().filter_map(|at| mapping.get(at)));
                Some(out)
            })?,
        );
    }
    let Some(index) = th.index_opt(key)? else { return Err(th.type_error("mmap indices must be integers")) };
    let index = th.index_i64(&index)?;
    // The index may have closed it.
    let byte = map.with(th, |mapping, _| position(mapping.len(), index).and_then(|at| mapping.get(at)))?;
    byte.map(|byte| th.int(i64::from(byte))).ok_or_else(|| out_of_range(th))
}

pub(super) fn set(th: &Thread, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let map = open(th, this)?;
    map.writable(th)?;
    let slice = key.payload::<Slice>();
    let index = if slice.is_some() { None } else { th.index_opt(key)? };
    let Some(value) = value else {
        return Err(th.type_error(match (slice, index) {
            (Some(_), _) => "mmap object doesn't support slice deletion",
            (None, Some(_)) => "mmap doesn't support item deletion",
            (None, None) => "mmap indices must be integer",
        }));
    };
    if let Some(slice) = slice {
        let bounds = slice_bounds(th, slice)?;
        let bytes: BytesLike = th.bytes_like(value)?;
        let fits = map.with(th, |mapping, _| {
            let indices = bounds.fit(mapping.len());
            if indices.count != bytes.len() {
                return false;
            }
            let start = usize::try_from(indices.start).unwrap_or(0);
            if indices.step == 1 || bytes.is_empty() {
                return mapping.write(start, &bytes) || bytes.is_empty();
            }
            indices.iter().zip(bytes.iter()).all(|(at, byte)| mapping.write(at, &[*byte]))
        })?;
        return if fits { Ok(()) } else { Err(th.index_error("mmap slice assignment is wrong size")) };
    }
    let Some(index) = index else { return Err(th.type_error("mmap indices must be integer")) };
    let index = th.index_i64(&index)?;
    if position(map.len(th)?, index).is_none() {
        return Err(out_of_range(th));
    }
    let Some(number) = th.index_opt(value)? else {
        return Err(th.type_error("mmap item value must be an int"));
    };
    let Ok(byte) = u8::try_from(th.index_i64(&number)?) else {
        return Err(th.value_error("mmap item value must be in range(0, 256)"));
    };
    let done = map
        .with(th, |mapping, _| position(mapping.len(), index).is_some_and(|at| mapping.write(at, &[byte])))?;
    if done { Ok(()) } else { Err(out_of_range(th)) }
}
