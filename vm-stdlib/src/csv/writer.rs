//! `_csv.writer`.
use super::dialect::{self, Dialect, Quoting};
use super::fail;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use vm_runtime::prelude::*;

/// Payload of `_csv.writer`.
pub struct Writer {
    write: Value,
    dialect: Value,
}
payload!(Writer, "writer", traverse = Writer::traverse);

impl Writer {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.write);
        visit(&self.dialect);
    }
}

/// `_csv.writer(fileobj, dialect, **fmtparams)`.
pub(super) fn new(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let dialect = dialect::make(th, &args[1], Some(&args[2]))?;
    let write = th.get_attr_opt(&args[0], &th.intern("write"))?.filter(|w| th.is_callable(w));
    let Some(write) = write else { return Err(th.type_error("argument 1 must have a \"write\" method")) };
    Ok(th.new_object(th.type_for::<Writer>(), Writer { write, dialect }))
}

/// Appends a field; `quoted` asks for quotes.
fn push_field(
    th: &Thread,
    d: &Dialect,
    out: &mut Wtf8Buf,
    first: bool,
    text: Option<&Wtf8>,
    mut quoted: bool,
) -> PyResult<()> {
    let need_escape = || fail(th, "need to escape, but no escapechar set");
    if !first {
        out.push(d.delimiter);
    }
    let text = text.unwrap_or(Wtf8::new(""));
    let mut body = Wtf8Buf::with_capacity(text.len());
    for c in text.code_points() {
        let special = c == d.delimiter
            || d.escapechar == Some(c)
            || d.quotechar == Some(c)
            || c == '\n'
            || c == '\r'
            || d.lineterminator.contains_code_point(c);
        let mut escape = false;
        if special {
            if d.quoting == Quoting::None {
                escape = true;
            } else {
                if d.quotechar == Some(c) {
                    if d.doublequote {
                        body.push(c);
                    } else {
                        escape = true;
                    }
                } else if d.escapechar == Some(c) {
                    escape = true;
                }
                if !escape {
                    quoted = true;
                }
            }
        }
        if escape {
            body.push(d.escapechar.ok_or_else(need_escape)?);
        }
        body.push(c);
    }
    // With a blank as delimiter and initial blanks skipped, an empty field would vanish.
    if text.is_empty() && d.delimiter == ' ' && d.skipinitialspace {
        let cannot = d.quoting == Quoting::None
            || !quoted && matches!(d.quoting, Quoting::Strings | Quoting::NotNull) && first;
        if cannot {
            return Err(fail(
                th,
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            ));
        }
        quoted = true;
    }
    if quoted && d.quoting != Quoting::None {
        let quote = d.quotechar.unwrap_or(CodePoint::from_char('"'));
        out.push(quote);
        out.push_wtf8(&body);
        out.push(quote);
    } else {
        out.push_wtf8(&body);
    }
    Ok(())
}

fn writerow(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let writer = th.expect::<Writer>(v, "_csv.writer")?;
    let d = th.expect::<Dialect>(&writer.dialect, "_csv.Dialect")?;
    if !th.is_iterable(&args[0]) {
        return Err(fail(th, format!("iterable expected, not {}", args[0].type_name(th))));
    }
    let fields = th.sequence_items(&args[0])?;
    let mut out = Wtf8Buf::new();
    let mut null_field = false;
    for (i, field) in fields.iter().enumerate() {
        let is_number = th.isinstance(field, th.types().int)
            || th.isinstance(field, th.types().float)
            || th.isinstance(field, th.types().complex)
            || field.type_of(th).slots.float().is_some()
            || th.is_index(field);
        let is_text = field.as_str().is_some();
        let quoted = match d.quoting {
            Quoting::NonNumeric => !is_number,
            Quoting::All => true,
            Quoting::Strings => is_text,
            Quoting::NotNull => !field.is_none(),
            Quoting::Minimal | Quoting::None => false,
        };
        null_field = field.is_none();
        if is_text {
            push_field(th, d, &mut out, i == 0, field.as_str().map(|s| s.as_wtf8()), quoted)?;
        } else if field.is_none() {
            push_field(th, d, &mut out, i == 0, None, quoted)?;
        } else {
            let text = th.to_str(field)?;
            push_field(th, d, &mut out, i == 0, text.as_str().map(|s| s.as_wtf8()), quoted)?;
        }
    }
    if !fields.is_empty() && out.is_empty() {
        let cannot = d.quoting == Quoting::None
            || matches!(d.quoting, Quoting::Strings | Quoting::NotNull) && null_field;
        if cannot {
            return Err(fail(th, "single empty field record must be quoted"));
        }
        push_field(th, d, &mut out, true, None, true)?;
    }
    out.push_wtf8(&d.lineterminator);
    th.call(&writer.write, &[th.try_str(&out)?])
}

fn writerows(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    th.for_each(&args[0], |row| writerow(th, v, std::slice::from_ref(&row)).map(drop))?;
    Ok(Value::NONE)
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.writer",
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    flags: NO_NEW,
    methods: &[
        m("writerow", "(seq, /)", writerow, "writerow(iterable)"),
        m("writerows", "(seqseq, /)", writerows, "writerows(iterable of iterables)"),
    ],
    getset: &[gs("dialect", |th, v| Ok(th.expect::<Writer>(v, "_csv.writer")?.dialect.clone()), None, "")],
    ..TypeSpec::of::<Writer>()
};
