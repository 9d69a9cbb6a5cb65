//! `str.translate` and `str.maketrans`.
use super::Str;
use crate::prelude::*;
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use std::collections::HashMap;

enum Mapped {
    Same,
    Gone,
    To(Wtf8Buf),
}

fn look_up(th: &Thread, table: &Value, c: CodePoint) -> PyResult<Mapped> {
    let mapped = match th.getitem(table, &th.int(i64::from(c.to_u32()))) {
        Ok(mapped) => mapped,
        Err(_) if th.error_is(th.types().exc.lookup_error) => {
            th.clear_error();
            return Ok(Mapped::Same);
        }
        Err(raised) => return Err(raised),
    };
    if mapped.is_none() {
        return Ok(Mapped::Gone);
    }
    if let Some(text) = mapped.as_str() {
        return Ok(Mapped::To(text.to_wtf8_buf()));
    }
    if !th.isinstance(&mapped, th.types().int) {
        return Err(th.type_error("character mapping must return integer, None or str"));
    }
    let to = u32::try_from(th.index_clamped(&mapped)?).ok().and_then(CodePoint::from_u32);
    match to {
        Some(to) => Ok(Mapped::To(to.into())),
        None => Err(th.value_error("character mapping must be in range(0x110000)")),
    }
}

pub(super) fn translate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let text = th.expect::<Str>(this, "str")?;
    let mut known: HashMap<u32, Mapped> = HashMap::new();
    let mut out = Wtf8Buf::with_capacity(text.len());
    for c in text.code_points() {
        let mapped = match known.entry(c.to_u32()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(look_up(th, &args[0], c)?),
        };
        match mapped {
            Mapped::Same => out.push(c),
            Mapped::Gone => {}
            Mapped::To(to) => out.push_wtf8(to),
        }
    }
    th.try_str(&out)
}

pub(super) fn maketrans(th: &Thread, _cls: &Value, args: &[Value]) -> PyResult<Value> {
    let table = th.dict();
    let Some(dict) = table.payload::<Dict>() else { return Err(th.system_error("a dict is no dict")) };
    let [x, y, z] = args else { return Err(th.system_error("maketrans() takes three arguments")) };
    if y.is_unbound() {
        if !th.isinstance(x, th.types().dict) {
            return Err(th.type_error("if you give only one argument to maketrans it must be a dict"));
        }
        let items = x.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default();
        for (key, value) in items {
            if let Some(text) = key.as_str() {
                match text.only_char() {
                    Some(c) => dict.set(th, &th.int(i64::from(c.to_u32())), &value)?,
                    None => return Err(th.value_error("string keys in translatetable must be of length 1")),
                }
            } else if th.isinstance(&key, th.types().int) {
                dict.set(th, &key, &value)?;
            } else {
                return Err(th.type_error("keys in translate table mustbe strings or integers"));
            }
        }
        return Ok(table.clone());
    }
    let Some(x) = x.as_str() else {
        return Err(th.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    let y = th.expect_str(y, "maketrans() argument 2")?;
    let z = if z.is_unbound() { None } else { Some(th.expect_str(z, "maketrans() argument 3")?) };
    if x.char_len() != y.char_len() {
        return Err(th.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in x.code_points().zip(y.code_points()) {
        dict.set(th, &th.int(i64::from(from.to_u32())), th.int(i64::from(to.to_u32())))?;
    }
    if let Some(z) = z {
        for gone in z.code_points() {
            dict.set(th, &th.int(i64::from(gone.to_u32())), &Value::NONE)?;
        }
    }
    Ok(table.clone())
}
