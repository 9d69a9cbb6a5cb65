//! `_csv.reader`.
use super::dialect::{self, Dialect, Quoting};
use super::{fail, field_limit};
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use vm_runtime::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    EscapedChar,
    InField,
    InQuotedField,
    EscapeInQuotedField,
    QuoteInQuotedField,
    EatCrnl,
    AfterEscapedCrnl,
}

/// Payload of `_csv.reader`.
pub struct Reader {
    input: Value,
    dialect: Value,
    line_num: ObjCell<u64>,
}
payload!(Reader, "reader", traverse = Reader::traverse);

impl Reader {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.input);
        visit(&self.dialect);
    }
}

/// `_csv.reader(iterable, dialect, **fmtparams)`.
pub(super) fn new(th: &Thread, _: &Value, args: &[Value]) -> PyResult<Value> {
    let input = th.iter(&args[0])?;
    let dialect = dialect::make(th, &args[1], Some(&args[2]))?;
    let payload = Reader { input, dialect, line_num: ObjCell::new(0) };
    Ok(th.new_object(th.type_for::<Reader>(), payload))
}

/// A record that is being read.
struct Record<'a> {
    th: &'a Thread,
    dialect: &'a Dialect,
    state: State,
    field: Wtf8Buf,
    length: i64,
    limit: i64,
    unquoted: bool,
    fields: Vec<Value>,
}

impl Record<'_> {
    fn add(&mut self, c: CodePoint) -> PyResult<()> {
        if self.length >= self.limit {
            return Err(fail(self.th, format!("field larger than field limit ({})", self.limit)));
        }
        self.length += 1;
        self.field.push(c);
        Ok(())
    }

    fn save(&mut self) -> PyResult<()> {
        let th = self.th;
        let text = std::mem::take(&mut self.field);
        let quoting = self.dialect.quoting;
        let empty = text.is_empty();
        let value = if self.unquoted && empty && matches!(quoting, Quoting::NotNull | Quoting::Strings) {
            Value::NONE
        } else {
            let made = th.try_str(&text)?;
            let number = self.unquoted && !empty && matches!(quoting, Quoting::NonNumeric | Quoting::Strings);
            if number { th.call(&th.types().float.value(), &[made])? } else { made }
        };
        self.fields.push(value);
        self.length = 0;
        self.unquoted = false;
        Ok(())
    }

    /// A character; None: the end of a line.
    fn feed(&mut self, c: Option<CodePoint>) -> PyResult<()> {
        let d = self.dialect;
        let is = |wanted: Option<CodePoint>| c.is_some() && c == wanted;
        let newline = c.is_none_or(|c| c == '\n' || c == '\r');
        let after_line = if c.is_none() { State::StartRecord } else { State::EatCrnl };
        match self.state {
            State::StartRecord | State::StartField => {
                if self.state == State::StartRecord {
                    if c.is_none() {
                        return Ok(());
                    }
                    if newline {
                        self.state = State::EatCrnl;
                        return Ok(());
                    }
                    self.state = State::StartField;
                }
                self.unquoted = true;
                if newline {
                    self.save()?;
                    self.state = after_line;
                } else if is(d.quotechar) && d.quoting != Quoting::None {
                    self.unquoted = false;
                    self.state = State::InQuotedField;
                } else if is(d.escapechar) {
                    self.state = State::EscapedChar;
                } else if c.is_some_and(|c| c == ' ') && d.skipinitialspace {
                } else if is(Some(d.delimiter)) {
                    self.save()?;
                } else if let Some(c) = c {
                    self.add(c)?;
                    self.state = State::InField;
                }
            }
            State::EscapedChar => match c {
                Some(c) if newline => {
                    self.add(c)?;
                    self.state = State::AfterEscapedCrnl;
                }
                c => {
                    self.add(c.unwrap_or(CodePoint::from_char('\n')))?;
                    self.state = State::InField;
                }
            },
            State::AfterEscapedCrnl if c.is_none() => {}
            State::AfterEscapedCrnl | State::InField => {
                self.state = State::InField;
                if newline {
                    self.save()?;
                    self.state = after_line;
                } else if is(d.escapechar) {
                    self.state = State::EscapedChar;
                } else if is(Some(d.delimiter)) {
                    self.save()?;
                    self.state = State::StartField;
                } else if let Some(c) = c {
                    self.add(c)?;
                }
            }
            State::InQuotedField => {
                if c.is_none() {
                } else if is(d.escapechar) {
                    self.state = State::EscapeInQuotedField;
                } else if is(d.quotechar) && d.quoting != Quoting::None {
                    self.state = if d.doublequote { State::QuoteInQuotedField } else { State::InField };
                } else if let Some(c) = c {
                    self.add(c)?;
                }
            }
            State::EscapeInQuotedField => {
                self.add(c.unwrap_or(CodePoint::from_char('\n')))?;
                self.state = State::InQuotedField;
            }
            State::QuoteInQuotedField => {
                if d.quoting != Quoting::None && is(d.quotechar) {
                    if let Some(c) = c {
                        self.add(c)?;
                    }
                    self.state = State::InQuotedField;
                } else if is(Some(d.delimiter)) {
                    self.save()?;
                    self.state = State::StartField;
                } else if newline {
                    self.save()?;
                    self.state = after_line;
                } else if !d.strict {
                    if let Some(c) = c {
                        self.add(c)?;
                    }
                    self.state = State::InField;
                } else {
                    let quote = d.quotechar.map(|c| c.to_char_lossy()).unwrap_or('"');
                    let message = format!("'{}' expected after '{quote}'", d.delimiter.to_char_lossy());
                    return Err(fail(self.th, message));
                }
            }
            State::EatCrnl => {
                if c.is_none() {
                    self.state = State::StartRecord;
                } else if !newline {
                    return Err(fail(
                        self.th,
                        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                    ));
                }
            }
        }
        Ok(())
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let reader = th.expect::<Reader>(v, "_csv.reader")?;
    let dialect = th.expect::<Dialect>(&reader.dialect, "_csv.Dialect")?;
    let mut record = Record {
        th,
        dialect,
        state: State::StartRecord,
        field: Wtf8Buf::new(),
        length: 0,
        limit: field_limit(th),
        unquoted: false,
        fields: Vec::new(),
    };
    loop {
        let Some(line) = th.next(&reader.input)? else {
            if !record.field.is_empty() || record.state == State::InQuotedField {
                if dialect.strict {
                    return Err(fail(th, "unexpected end of data"));
                }
                record.save()?;
                break;
            }
            return Ok(None);
        };
        let Some(text) = line.as_str() else {
            let kind = line.type_name(th);
            return Err(fail(
                th,
                format!(
                    "iterator should return strings, not {kind} (the file should be opened in text mode)"
                ),
            ));
        };
        reader.line_num.with(th, |n| *n += 1);
        for c in text.code_points() {
            record.feed(Some(c))?;
        }
        record.feed(None)?;
        if record.state == State::StartRecord {
            break;
        }
    }
    Ok(Some(th.list(record.fields)))
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_csv.reader",
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    flags: NO_NEW,
    slots: &[Slot::Iter(|_, v| Ok(v.clone())), Slot::Next(next)],
    getset: &[
        gs("dialect", |th, v| Ok(th.expect::<Reader>(v, "_csv.reader")?.dialect.clone()), None, ""),
        gs(
            "line_num",
            |th, v| {
                let n = th.expect::<Reader>(v, "_csv.reader")?.line_num.with(th, |n| *n);
                Ok(th.uint(n))
            },
            None,
            "",
        ),
    ],
    ..TypeSpec::of::<Reader>()
};
