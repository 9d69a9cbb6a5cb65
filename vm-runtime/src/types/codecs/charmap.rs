//! `charmap`: codecs from mappings, as the modules of package `encodings` make them.
use super::errors::{Decoder, Encoding, encode_with};
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use std::collections::HashMap;

/// Payload of `EncodingMap`: characters and their bytes.
pub struct EncodingMap {
    bytes: HashMap<u32, u8>,
}
payload!(EncodingMap, "EncodingMap");

/// The type of `codecs.charmap_build(text)`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "EncodingMap",
    flags: NO_NEW,
    methods: &[m("size", "()", size, "Return the size (in bytes) of this object.")],
    ..TypeSpec::of::<EncodingMap>()
};

fn size(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    Ok(th.usize(32 + th.expect::<EncodingMap>(v, "EncodingMap")?.bytes.len()))
}

/// An encoding map of the characters that stand for bytes 0, 1, ...; a plain dict for odd texts, as CPython.
pub(super) fn build(th: &Thread, text: &Str) -> PyResult<Value> {
    let points: Vec<u32> = text.code_points().map(CodePoint::to_u32).collect();
    let odd = points.len() != 256
        || points.first() != Some(&0)
        || points[1..].iter().any(|c| *c == 0 || *c > 0xfffe);
    if odd {
        let map = th.dict();
        if let Some(dict) = map.payload::<Dict>() {
            for (i, c) in points.iter().enumerate() {
                dict.set(th, &th.int(i64::from(*c)), th.usize(i))?;
            }
        }
        return Ok(map.clone());
    }
    let bytes =
        points.iter().enumerate().filter(|(_, c)| **c != 0xfffe).map(|(i, c)| (*c, i as u8)).collect();
    Ok(th.new_object(th.type_for::<EncodingMap>(), EncodingMap { bytes }))
}

/// Decodes by a mapping: None for Latin-1, a string, or any object with items.
pub(super) fn decode(
    th: &Thread,
    input: &[u8],
    errors: Option<&str>,
    mapping: &Value,
) -> PyResult<(Wtf8Buf, usize)> {
    const UNDEFINED: &str = "character maps to <undefined>";
    let mut d = Decoder::new(th, "charmap", errors, input)?;
    let table: Option<Vec<u32>> = mapping.as_str().map(|s| s.code_points().map(CodePoint::to_u32).collect());
    let mut at = 0;
    while let Some(byte) = d.input.get(at).copied() {
        if let Some(table) = &table {
            match table.get(usize::from(byte)).copied().filter(|c| *c != 0xfffe).and_then(CodePoint::from_u32)
            {
                Some(c) => {
                    d.out.push(c);
                    at += 1;
                }
                None => at = d.fail(at, at + 1, UNDEFINED)?,
            }
            continue;
        }
        let mapped = match th.getitem(mapping, &th.int(i64::from(byte))) {
            Ok(mapped) => mapped,
            Err(_) if th.error_is(th.types().exc.lookup_error) => {
                th.clear_error();
                Value::NONE
            }
            Err(raised) => return Err(raised),
        };
        if mapped.is_none() {
            at = d.fail(at, at + 1, UNDEFINED)?;
        } else if let Some(text) = mapped.as_str() {
            if text.only_char().is_some_and(|c| c.to_u32() == 0xfffe) {
                at = d.fail(at, at + 1, UNDEFINED)?;
                continue;
            }
            d.out.push_wtf8(text);
            at += 1;
        } else if th.isinstance(&mapped, th.types().int) {
            let c = u32::try_from(th.index_clamped(&mapped)?).ok().and_then(CodePoint::from_u32);
            match c {
                Some(c) if c.to_u32() == 0xfffe => at = d.fail(at, at + 1, UNDEFINED)?,
                Some(c) => {
                    d.out.push(c);
                    at += 1;
                }
                None => return Err(th.type_error("character mapping must be in range(0x110000)")),
            }
        } else {
            return Err(th.type_error("character mapping must return integer, None or str"));
        }
    }
    Ok((d.out, at))
}

struct Charmap<'a> {
    mapping: &'a Value,
}

impl Encoding for Charmap<'_> {
    fn name(&self) -> &str {
        "charmap"
    }
    fn reason(&self) -> &str {
        "character maps to <undefined>"
    }
    fn emit(&mut self, th: &Thread, c: u32, out: &mut Vec<u8>) -> PyResult<bool> {
        if let Some(map) = self.mapping.payload::<EncodingMap>() {
            let byte = map.bytes.get(&c);
            out.extend(byte);
            return Ok(byte.is_some());
        }
        let mapped = match th.getitem(self.mapping, &th.int(i64::from(c))) {
            Ok(mapped) => mapped,
            Err(_) if th.error_is(th.types().exc.lookup_error) => {
                th.clear_error();
                return Ok(false);
            }
            Err(raised) => return Err(raised),
        };
        if mapped.is_none() {
            return Ok(false);
        }
        if let Some(bytes) = mapped.payload::<Bytes>() {
            out.extend_from_slice(bytes.as_slice());
            return Ok(true);
        }
        if th.isinstance(&mapped, th.types().int) {
            return match u8::try_from(th.index_clamped(&mapped)?) {
                Ok(byte) => {
                    out.push(byte);
                    Ok(true)
                }
                Err(_) => Err(th.type_error("character mapping must be in range(256)")),
            };
        }
        let kind = mapped.type_name(th);
        Err(th.type_error(format!("character mapping must return integer, bytes or None, not {kind}")))
    }
}

/// Encodes by a mapping.
pub(super) fn encode(th: &Thread, text: &Value, errors: Option<&str>, mapping: &Value) -> PyResult<Vec<u8>> {
    encode_with(th, text, errors, &mut Charmap { mapping })
}
