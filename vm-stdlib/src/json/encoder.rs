//! `json.encoder.c_make_encoder`: writes objects as JSON.
use super::text::push_string;
use rustpython_wtf8::Wtf8Buf;
use vm_runtime::call::OwnSignature;
use vm_runtime::prelude::*;

static SIGNATURE: OwnSignature = OwnSignature::new("_iterencode", "(obj, _current_indent_level)");

/// Which function turns strings into JSON.
#[derive(PartialEq)]
enum Strings {
    Plain,
    Ascii,
    Call,
}

/// Payload of `_json.Encoder`.
pub struct Encoder {
    markers: Value,
    default: Value,
    encoder: Value,
    indent: Value,
    key_separator: Value,
    item_separator: Value,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    strings: Strings,
}
payload!(Encoder, "Encoder", traverse = Encoder::traverse);

impl Encoder {
    fn traverse(&self, visit: Visitor<'_>) {
        let held = [
            &self.markers,
            &self.default,
            &self.encoder,
            &self.indent,
            &self.key_separator,
            &self.item_separator,
        ];
        held.into_iter().for_each(visit);
    }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let [markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan] =
        args
    else {
        return Err(th.system_error("make_encoder() takes nine arguments"));
    };
    if !markers.is_none() && !th.isinstance(markers, th.types().dict) {
        let kind = markers.type_name(th);
        return Err(th.type_error(format!("make_encoder() argument 1 must be dict or None, not {kind}")));
    }
    th.expect_str(key_separator, "make_encoder() argument 5")?;
    th.expect_str(item_separator, "make_encoder() argument 6")?;
    let module = th.import("_json")?;
    let strings = if encoder.is(&th.getattr_str(&module, "encode_basestring_ascii")?) {
        Strings::Ascii
    } else if encoder.is(&th.getattr_str(&module, "encode_basestring")?) {
        Strings::Plain
    } else {
        Strings::Call
    };
    let payload = Encoder {
        markers: markers.clone(),
        default: default.clone(),
        encoder: encoder.clone(),
        indent: indent.clone(),
        key_separator: key_separator.clone(),
        item_separator: item_separator.clone(),
        sort_keys: th.truth(sort_keys)?,
        skipkeys: th.truth(skipkeys)?,
        allow_nan: th.truth(allow_nan)?,
        strings,
    };
    Ok(th.new_object(cls, payload))
}

struct Writer<'a> {
    th: &'a Thread,
    encoder: &'a Encoder,
    out: Wtf8Buf,
}

fn push(out: &mut Wtf8Buf, v: &Value) {
    if let Some(text) = v.as_str() {
        out.push_wtf8(text);
    }
}

impl Writer<'_> {
    fn string(&mut self, v: &Value) -> PyResult<()> {
        let th = self.th;
        match (&self.encoder.strings, v.as_str()) {
            (Strings::Plain, Some(text)) => push_string(&mut self.out, text, false),
            (Strings::Ascii, Some(text)) => push_string(&mut self.out, text, true),
            _ => {
                let made = th.call(&self.encoder.encoder, std::slice::from_ref(v))?;
                if made.as_str().is_none() {
                    let kind = made.type_name(th);
                    return Err(th.type_error(format!("encoder() must return a string, not {kind}")));
                }
                push(&mut self.out, &made);
            }
        }
        Ok(())
    }

    fn float(&self, v: &Value) -> PyResult<Value> {
        let th = self.th;
        let x = th.as_f64(v)?;
        if x.is_finite() {
            return th.repr(&th.float(x));
        }
        if !self.encoder.allow_nan {
            let mut message = Wtf8Buf::from("Out of range float values are not JSON compliant: ");
            push(&mut message, &th.repr(v)?);
            return Err(th.value_error(message.to_string_lossy().into_owned()));
        }
        Ok(th.intern(if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }))
    }

    fn int(&self, v: &Value) -> PyResult<Value> {
        Ok(self.th.str(&self.th.int_to_decimal(&self.th.as_bigint(v)?)?))
    }

    fn newline(&mut self, level: usize) {
        if self.encoder.indent.is_none() {
            return;
        }
        self.out.push_char('\n');
        for _ in 0..level {
            push(&mut self.out, &self.encoder.indent);
        }
    }

    fn enter(&self, v: &Value) -> PyResult<Option<Value>> {
        let th = self.th;
        let Some(markers) = self.encoder.markers.payload::<Dict>() else { return Ok(None) };
        let ident = th.uint(v.identity());
        if markers.get(th, &ident)?.is_some() {
            return Err(th.value_error("Circular reference detected"));
        }
        markers.set(th, &ident, v)?;
        Ok(Some(ident))
    }

    fn leave(&self, ident: Option<Value>) -> PyResult<()> {
        if let (Some(markers), Some(ident)) = (self.encoder.markers.payload::<Dict>(), ident) {
            markers.del(self.th, &ident)?;
        }
        Ok(())
    }

    fn note(&self, note: impl FnOnce() -> PyResult<String>) {
        let th = self.th;
        let exc = th.take_error();
        let added = note().and_then(|note| th.call_method(&exc, "add_note", &[th.str(&note)]));
        if added.is_err() {
            th.clear_error();
        }
        th.restore_error(exc);
    }

    fn value(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let th = self.th;
        if v.is_none() {
            self.out.push_str("null");
        } else if v.is_true() {
            self.out.push_str("true");
        } else if v.is_false() {
            self.out.push_str("false");
        } else if v.as_str().is_some() {
            self.string(v)?;
        } else if th.isinstance(v, th.types().int) {
            let text = self.int(v)?;
            push(&mut self.out, &text);
        } else if th.isinstance(v, th.types().float) {
            let text = self.float(v)?;
            push(&mut self.out, &text);
        } else if th.isinstance(v, th.types().list) || th.isinstance(v, th.types().tuple) {
            let _guard = th.enter_recursive(" while encoding a JSON object")?;
            self.list(v, level)?;
        } else if th.isinstance(v, th.types().dict) {
            let _guard = th.enter_recursive(" while encoding a JSON object")?;
            self.dict(v, level)?;
        } else {
            let ident = self.enter(v)?;
            let made = th.call(&self.encoder.default, std::slice::from_ref(v))?;
            let _guard = th.enter_recursive(" while encoding a JSON object")?;
            if let Err(raised) = self.value(&made, level) {
                self.note(|| Ok(format!("when serializing {} object", v.type_of(th).full_name())));
                return Err(raised);
            }
            self.leave(ident)?;
        }
        Ok(())
    }

    fn list(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let th = self.th;
        let items = th.sequence_items(v)?;
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        let ident = self.enter(v)?;
        self.out.push_char('[');
        self.newline(level + 1);
        for (i, item) in items.iter().enumerate() {
            if i != 0 {
                push(&mut self.out, &self.encoder.item_separator);
                self.newline(level + 1);
            }
            if let Err(raised) = self.value(item, level + 1) {
                self.note(|| Ok(format!("when serializing {} item {i}", v.type_of(th).full_name())));
                return Err(raised);
            }
        }
        self.leave(ident)?;
        self.newline(level);
        self.out.push_char(']');
        Ok(())
    }

    /// A key as a string; None: it is skipped.
    fn key(&self, key: &Value) -> PyResult<Option<Value>> {
        let th = self.th;
        Ok(Some(if key.as_str().is_some() {
            key.clone()
        } else if th.isinstance(key, th.types().float) {
            self.float(key)?
        } else if key.is_true() {
            th.intern("true")
        } else if key.is_false() {
            th.intern("false")
        } else if key.is_none() {
            th.intern("null")
        } else if th.isinstance(key, th.types().int) {
            self.int(key)?
        } else if self.encoder.skipkeys {
            return Ok(None);
        } else {
            let kind = key.type_name(th);
            return Err(th.type_error(format!("keys must be str, int, float, bool or None, not {kind}")));
        }))
    }

    fn items(&self, v: &Value) -> PyResult<Vec<(Value, Value)>> {
        let th = self.th;
        if !self.encoder.sort_keys && th.is_exact(v, th.types().dict) {
            return Ok(v.payload::<Dict>().map(|d| d.items(th)).unwrap_or_default());
        }
        let items = th.list(th.collect(&th.call_method(v, "items", &[])?)?);
        if self.encoder.sort_keys {
            th.call_method(&items, "sort", &[])?;
        }
        let items = items.payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default();
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            match item.payload::<Tuple>().map(Tuple::as_slice) {
                Some([key, value]) => pairs.push((key.clone(), value.clone())),
                _ => return Err(th.value_error("items must return 2-tuples")),
            }
        }
        Ok(pairs)
    }

    fn dict(&mut self, v: &Value, level: usize) -> PyResult<()> {
        let th = self.th;
        if th.is_exact(v, th.types().dict) && v.payload::<Dict>().is_some_and(|d| d.is_empty()) {
            self.out.push_str("{}");
            return Ok(());
        }
        let ident = self.enter(v)?;
        let items = self.items(v)?;
        if items.is_empty() {
            self.out.push_str("{}");
            return self.leave(ident);
        }
        self.out.push_char('{');
        self.newline(level + 1);
        let mut first = true;
        for (key, value) in &items {
            let Some(name) = self.key(key)? else { continue };
            if !first {
                push(&mut self.out, &self.encoder.item_separator);
                self.newline(level + 1);
            }
            first = false;
            self.string(&name)?;
            push(&mut self.out, &self.encoder.key_separator);
            if let Err(raised) = self.value(value, level + 1) {
                self.note(|| {
                    let shown = th.repr(key)?;
                    let shown = shown.as_str().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
                    Ok(format!("when serializing {} item {shown}", v.type_of(th).full_name()))
                });
                return Err(raised);
            }
        }
        self.leave(ident)?;
        self.newline(level);
        self.out.push_char('}');
        Ok(())
    }
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let encoder = this(th, v)?;
    let bound = SIGNATURE.bind(th, args)?;
    let level = usize::try_from(th.index_i64(&bound[1])?).unwrap_or(0);
    let mut writer = Writer { th, encoder, out: Wtf8Buf::new() };
    writer.value(&bound[0], level)?;
    Ok(th.tuple(vec![th.try_str(&writer.out)?]))
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Encoder> {
    th.expect::<Encoder>(v, "_json.Encoder")
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_json.Encoder",
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    flags: BASETYPE,
    new_sig: "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    slots: &[Slot::New(new), Slot::Call(call)],
    getset: &[
        gs("markers", |th, v| Ok(this(th, v)?.markers.clone()), None, "markers"),
        gs("default", |th, v| Ok(this(th, v)?.default.clone()), None, "default"),
        gs("encoder", |th, v| Ok(this(th, v)?.encoder.clone()), None, "encoder"),
        gs("indent", |th, v| Ok(this(th, v)?.indent.clone()), None, "indent"),
        gs("key_separator", |th, v| Ok(this(th, v)?.key_separator.clone()), None, "key_separator"),
        gs("item_separator", |th, v| Ok(this(th, v)?.item_separator.clone()), None, "item_separator"),
        gs("sort_keys", |th, v| Ok(Value::bool(this(th, v)?.sort_keys)), None, "sort_keys"),
        gs("skipkeys", |th, v| Ok(Value::bool(this(th, v)?.skipkeys)), None, "skipkeys"),
    ],
    ..TypeSpec::of::<Encoder>()
};
