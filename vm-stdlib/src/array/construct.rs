//! `array(typecode, initializer)`, and the making of unpickled arrays.
use super::kind::Kind;
use super::{Array, methods, this};
use vm_runtime::buffer::ByteStore;
use vm_runtime::prelude::*;
use vm_runtime::types::bytes::Bytes;

const BAD_CODE: &str = "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)";

fn kind_of(th: &Thread, v: &Value) -> PyResult<Kind> {
    let Some(text) = v.as_str() else {
        return Err(th.type_error(format!(
            "array() argument 1 must be a unicode character, not {}",
            v.type_of(th).full_name()
        )));
    };
    if text.char_len() != 1 {
        return Err(th.type_error(format!(
            "array() argument 1 must be a unicode character, not a string of length {}",
            text.char_len()
        )));
    }
    let code = text.to_str().and_then(|s| s.chars().next());
    code.and_then(Kind::of).ok_or_else(|| th.value_error(BAD_CODE))
}

/// `array.__new__`.
pub(super) fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if cls == th.type_for::<Array>() && !args.names.is_empty() {
        return Err(th.type_error("array.array() takes no keyword arguments"));
    }
    let (code, initial) = match args.positional() {
        [] => return Err(th.type_error("array() takes at least 1 argument (0 given)")),
        [code] => (code, None),
        [code, initial] => (code, Some(initial)),
        more => {
            return Err(th.type_error(format!("array() takes at most 2 arguments ({} given)", more.len())));
        }
    };
    let kind = kind_of(th, code)?;
    if kind.0 == b'u' {
        th.deprecation_warning("The 'u' type code is deprecated and will be removed in Python 3.16", 1)?;
    }
    let array = th.new_object(cls, Array { kind, store: ByteStore::new(Vec::new()) });
    let Some(initial) = initial else { return Ok(array) };
    let store = this(th, &array)?;
    let code = char::from(kind.0);
    if let Some(other) = initial.payload::<Array>() {
        if other.kind == kind || (kind.is_text() && other.kind.is_text()) {
            let bytes = other.to_vec(th);
            store.resize(th, |place| *place = bytes)?;
            return Ok(array);
        }
        if other.kind.is_text() {
            return Err(th.type_error(format!(
                "cannot use a unicode array to initialize an array with typecode '{code}'"
            )));
        }
        for item in other.values(th) {
            store.append(th, &item)?;
        }
        return Ok(array);
    }
    if initial.as_str().is_some() {
        if !kind.is_text() {
            return Err(
                th.type_error(format!("cannot use a str to initialize an array with typecode '{code}'"))
            );
        }
        methods::append_text(th, store, initial)?;
    } else if initial.payload::<Bytes>().is_some() || th.isinstance(initial, th.types().bytearray) {
        methods::append_bytes(th, store, &th.bytes_like(initial)?)?;
    } else {
        methods::extend_with(th, store, initial)?;
    }
    Ok(array)
}

/// Size, signedness and byte order (big) of the items of a machine format; None for those that are no plain integers.
fn integer_format(code: i64) -> Option<(usize, bool, bool)> {
    Some(match code {
        0 => (1, false, false),
        1 => (1, true, false),
        2 => (2, false, false),
        3 => (2, false, true),
        4 => (2, true, false),
        5 => (2, true, true),
        6 => (4, false, false),
        7 => (4, false, true),
        8 => (4, true, false),
        9 => (4, true, true),
        10 => (8, false, false),
        11 => (8, false, true),
        12 => (8, true, false),
        13 => (8, true, true),
        _ => return None,
    })
}

/// `_array_reconstructor(arraytype, typecode, mformat_code, items)`.
pub(super) fn reconstruct(th: &Thread, _m: &Value, args: &[Value]) -> PyResult<Value> {
    let [cls, code, format, items] = args else { return Err(th.system_error("arguments not bound")) };
    let Some(ty) = TypeRef::from_value(cls) else {
        return Err(th.type_error(format!(
            "first argument must be a type object, not {}",
            cls.type_of(th).full_name()
        )));
    };
    if !ty.is_subtype(th.type_for::<Array>()) {
        return Err(th.type_error(format!("{} is not a subtype of array.array", ty.full_name())));
    }
    let Some(code_char) = code.as_str().and_then(|s| s.to_str()).and_then(|s| s.chars().next()) else {
        return Err(th.type_error("_array_reconstructor() argument 2 must be a unicode character"));
    };
    let Some(kind) = Kind::of(code_char) else {
        return Err(th.value_error("second argument must be a valid type code"));
    };
    let format = th.as_c_int(format)?;
    if !(0..=21).contains(&format) {
        return Err(th.value_error("third argument must be a valid machine format code."));
    }
    let Some(bytes) = items.payload::<Bytes>() else {
        return Err(
            th.type_error(format!("fourth argument should be bytes, not {}", items.type_of(th).full_name()))
        );
    };
    let bytes = bytes.as_slice();
    let format = i64::from(format);
    if format == kind.machine_format() {
        return th.call(cls, &[code.clone(), items.clone()]);
    }
    let item = match format {
        14 | 15 => 4,
        16 | 17 => 8,
        18 | 19 => 2,
        20 | 21 => 4,
        other => integer_format(other).map_or(1, |(size, _, _)| size),
    };
    if bytes.len() % item != 0 {
        return Err(th.value_error("string length not a multiple of item size"));
    }
    let turned = |raw: &[u8], big: bool| -> u64 {
        let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
        if big { raw.iter().fold(0, add) } else { raw.iter().rev().fold(0, add) }
    };
    let big = format % 2 == 1;
    let mut values = Vec::new();
    match format {
        14 | 15 => values.extend(
            bytes.chunks_exact(4).map(|raw| th.float(f64::from(f32::from_bits(turned(raw, big) as u32)))),
        ),
        16 | 17 => values.extend(bytes.chunks_exact(8).map(|raw| th.float(f64::from_bits(turned(raw, big))))),
        18..=21 => {
            let encoding = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
                .get((format - 18) as usize)
                .copied()
                .unwrap_or("utf-32-le");
            let text = th.call_method(items, "decode", &[th.str(encoding)])?;
            return th.call(cls, &[code.clone(), text]);
        }
        other => {
            if let Some((size, signed, _)) = integer_format(other) {
                // Odd codes from 2 on are big-endian; the codes of bytes have no order.
                let shift = 64 - 8 * size as u32;
                for raw in bytes.chunks_exact(size) {
                    let bits = turned(raw, big);
                    values.push(if signed { th.int((bits << shift) as i64 >> shift) } else { th.uint(bits) });
                }
            }
        }
    }
    let list = th.list(values);
    th.call(cls, &[code.clone(), list])
}
