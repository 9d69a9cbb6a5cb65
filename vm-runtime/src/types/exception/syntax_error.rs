//! `SyntaxError` and its position attributes.
use super::{BaseException, base, extra, this};
use crate::prelude::*;

pub(super) static SLOTS: &[Slot] = &[Slot::NewRaw(new), Slot::InitRaw(init), Slot::Str(str)];
pub(super) static GETSET: &[GetSetDef] = &[
    gs("msg", get_msg, Some(set_msg), "exception msg"),
    gs("filename", get_filename, Some(set_filename), "exception filename"),
    gs("lineno", get_lineno, Some(set_lineno), "exception lineno"),
    gs("offset", get_offset, Some(set_offset), "exception offset"),
    gs("text", get_text, Some(set_text), "exception text"),
    gs("end_lineno", get_end_lineno, Some(set_end_lineno), "exception end lineno"),
    gs("end_offset", get_end_offset, Some(set_end_offset), "exception end offset"),
    gs("print_file_and_line", get_print, Some(set_print), "exception print_file_and_line"),
    gs("_metadata", get_metadata, Some(set_metadata), "exception private metadata"),
];

extra_member!(get_msg, set_msg, extra::SYNTAX_MSG);
extra_member!(get_filename, set_filename, extra::SYNTAX_FILENAME);
extra_member!(get_lineno, set_lineno, extra::SYNTAX_LINENO);
extra_member!(get_offset, set_offset, extra::SYNTAX_OFFSET);
extra_member!(get_text, set_text, extra::SYNTAX_TEXT);
extra_member!(get_end_lineno, set_end_lineno, extra::SYNTAX_END_LINENO);
extra_member!(get_end_offset, set_end_offset, extra::SYNTAX_END_OFFSET);
extra_member!(get_print, set_print, extra::SYNTAX_PRINT);
extra_member!(get_metadata, set_metadata, extra::SYNTAX_METADATA);

fn new(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let args = th.tuple(args.positional().to_vec());
    th.make_object(cls, BaseException::new(args, 9))
}

fn init(th: &Thread, v: &Value, args: &CallArgs) -> PyResult<()> {
    base::init(th, v, args)?;
    let e = this(th, v)?;
    let given = args.positional();
    if let Some(msg) = given.first() {
        e.set_extra(th, extra::SYNTAX_MSG, msg.clone());
    }
    let [_, info] = given else { return Ok(()) };
    let info = th.collect(info)?;
    let n = info.len();
    if n < 4 {
        return Err(th.type_error(format!("function takes at least 4 arguments ({n} given)")));
    }
    if n > 7 {
        return Err(th.type_error(format!("function takes at most 7 arguments ({n} given)")));
    }
    let places = [
        extra::SYNTAX_FILENAME,
        extra::SYNTAX_LINENO,
        extra::SYNTAX_OFFSET,
        extra::SYNTAX_TEXT,
        extra::SYNTAX_END_LINENO,
        extra::SYNTAX_END_OFFSET,
        extra::SYNTAX_METADATA,
    ];
    for (i, place) in places.into_iter().enumerate() {
        e.set_extra(th, place, info.get(i).cloned().unwrap_or(Value::UNBOUND));
    }
    if n == 5 {
        return Err(th.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = this(th, v)?;
    let msg = e.extra_or_none(th, extra::SYNTAX_MSG);
    let filename = e.extra(th, extra::SYNTAX_FILENAME);
    let file = filename.as_str().map(|s| {
        let text = s.as_wtf8().to_string_lossy().into_owned();
        text.rsplit('/').next().map(ToOwned::to_owned).unwrap_or(text)
    });
    let lineno = e.extra(th, extra::SYNTAX_LINENO).as_small_int();
    let mut out = Wtf8Buf::new();
    let text = th.to_str(&msg)?;
    if let Some(s) = text.as_str() {
        out.push_wtf8(s.as_wtf8());
    }
    match (file, lineno) {
        (Some(file), Some(line)) => out.push_str(&format!(" ({file}, line {line})")),
        (Some(file), None) => out.push_str(&format!(" ({file})")),
        (None, Some(line)) => out.push_str(&format!(" (line {line})")),
        (None, None) => {}
    }
    Ok(th.str_wtf8(out))
}
