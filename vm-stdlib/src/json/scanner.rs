//! `json.scanner.c_make_scanner`: reads JSON into objects.
use super::text::{decode_error, scan};
use std::collections::HashMap;
use vm_runtime::call::OwnSignature;
use vm_runtime::prelude::*;

static SIGNATURE: OwnSignature = OwnSignature::new("scan_once", "(string, idx)");

/// Payload of `_json.Scanner`.
pub struct Scanner {
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}
payload!(Scanner, "Scanner", traverse = Scanner::traverse);

impl Scanner {
    fn traverse(&self, visit: Visitor<'_>) {
        let hooks = [
            &self.object_hook,
            &self.object_pairs_hook,
            &self.parse_float,
            &self.parse_int,
            &self.parse_constant,
        ];
        hooks.into_iter().for_each(visit);
    }
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let context = &args[0];
    let strict = th.truth(&th.getattr_str(context, "strict")?)?;
    let payload = Scanner {
        strict,
        object_hook: th.getattr_str(context, "object_hook")?,
        object_pairs_hook: th.getattr_str(context, "object_pairs_hook")?,
        parse_float: th.getattr_str(context, "parse_float")?,
        parse_int: th.getattr_str(context, "parse_int")?,
        parse_constant: th.getattr_str(context, "parse_constant")?,
    };
    Ok(th.new_object(cls, payload))
}

/// One run over a document.
struct Reader<'a> {
    th: &'a Thread,
    scanner: &'a Scanner,
    document: &'a Value,
    text: &'a Str,
    /// Keys seen, so that equal ones are one object.
    keys: HashMap<Vec<u8>, Value>,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    fn fail(&self, message: &str, at: usize) -> Raised {
        decode_error(self.th, message, self.document, self.text.char_of(at.min(self.text.byte_len())) as i64)
    }

    /// No value begins here.
    fn stop(&self, at: usize) -> Raised {
        let at = self.text.char_of(at.min(self.text.byte_len()));
        self.th.stop_iteration(Some(self.th.usize(at)))
    }

    fn starts_with(&self, at: usize, word: &[u8]) -> bool {
        self.text.as_bytes().get(at..at + word.len()) == Some(word)
    }

    /// The value at a byte, and the byte after it.
    fn value(&mut self, at: usize) -> PyResult<(Value, usize)> {
        let th = self.th;
        let word = |word: &str, v: Value| Ok((v, at + word.len()));
        match self.byte(at) {
            Some(b'"') => {
                let (text, end) = scan(th, self.document, at + 1, self.scanner.strict)?;
                Ok((th.try_str(&text)?, end))
            }
            Some(b'{') => {
                let _guard = th.enter_recursive(" while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            Some(b'[') => {
                let _guard = th.enter_recursive(" while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            Some(b'n') if self.starts_with(at, b"null") => word("null", Value::NONE),
            Some(b't') if self.starts_with(at, b"true") => word("true", Value::TRUE),
            Some(b'f') if self.starts_with(at, b"false") => word("false", Value::FALSE),
            Some(b'N') if self.starts_with(at, b"NaN") => self.constant("NaN", at),
            Some(b'I') if self.starts_with(at, b"Infinity") => self.constant("Infinity", at),
            Some(b'-') if self.starts_with(at, b"-Infinity") => self.constant("-Infinity", at),
            _ => self.number(at),
        }
    }

    fn constant(&self, name: &str, at: usize) -> PyResult<(Value, usize)> {
        Ok((self.th.call(&self.scanner.parse_constant, &[self.th.intern(name)])?, at + name.len()))
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|b| b.is_ascii_digit()) {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> PyResult<(Value, usize)> {
        let th = self.th;
        let first = if self.byte(start) == Some(b'-') { start + 1 } else { start };
        let mut end = match self.byte(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => self.digits(first),
            _ => return Err(self.stop(start)),
        };
        let mut is_float = false;
        if self.byte(end) == Some(b'.') && self.byte(end + 1).is_some_and(|b| b.is_ascii_digit()) {
            is_float = true;
            end = self.digits(end + 1);
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            let after = self.digits(end + 1 + sign);
            if after > end + 1 + sign {
                is_float = true;
                end = after;
            }
        }
        let digits =
            self.text.as_bytes().get(start..end).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("0");
        let parse = if is_float { &self.scanner.parse_float } else { &self.scanner.parse_int };
        if is_float && parse.is(&th.types().float.value()) {
            return Ok((th.float(digits.parse().unwrap_or(f64::NAN)), end));
        }
        if !is_float
            && parse.is(&th.types().int.value())
            && let Ok(n) = digits.parse::<i64>()
        {
            return Ok((th.int(n), end));
        }
        Ok((th.call(parse, &[th.str(digits)])?, end))
    }

    fn array(&mut self, mut at: usize) -> PyResult<(Value, usize)> {
        let mut items = Vec::new();
        at = self.skip_blanks(at);
        if self.byte(at) == Some(b']') {
            return Ok((self.th.list(items), at + 1));
        }
        loop {
            let (item, end) = self.value(at)?;
            items.push(item);
            at = self.skip_blanks(end);
            match self.byte(at) {
                Some(b']') => return Ok((self.th.list(items), at + 1)),
                Some(b',') => {}
                _ => return Err(self.fail("Expecting ',' delimiter", at)),
            }
            let comma = at;
            at = self.skip_blanks(at + 1);
            if self.byte(at) == Some(b']') {
                return Err(self.fail("Illegal trailing comma before end of array", comma));
            }
        }
    }

    fn key(&mut self, at: usize) -> PyResult<(Value, usize)> {
        let (text, end) = scan(self.th, self.document, at + 1, self.scanner.strict)?;
        let key = match self.keys.get(text.as_bytes()) {
            Some(key) => key.clone(),
            None => {
                let key = self.th.try_str(&text)?;
                self.keys.insert(text.into_bytes(), key.clone());
                key
            }
        };
        Ok((key, end))
    }

    fn object(&mut self, mut at: usize) -> PyResult<(Value, usize)> {
        let th = self.th;
        let pairs_wanted = !self.scanner.object_pairs_hook.is_none();
        let mut pairs = Vec::new();
        let made = th.dict();
        at = self.skip_blanks(at);
        if self.byte(at) != Some(b'}') {
            loop {
                if self.byte(at) != Some(b'"') {
                    return Err(self.fail("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.key(at)?;
                at = self.skip_blanks(end);
                if self.byte(at) != Some(b':') {
                    return Err(self.fail("Expecting ':' delimiter", at));
                }
                at = self.skip_blanks(at + 1);
                let (value, end) = self.value(at)?;
                if pairs_wanted {
                    pairs.push(th.tuple(vec![key, value]));
                } else if let Some(dict) = made.payload::<Dict>() {
                    dict.set(th, &key, &value)?;
                }
                at = self.skip_blanks(end);
                match self.byte(at) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return Err(self.fail("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_blanks(at + 1);
                if self.byte(at) == Some(b'}') {
                    return Err(self.fail("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let made = if pairs_wanted {
            th.call(&self.scanner.object_pairs_hook, &[th.list(pairs)])?
        } else if self.scanner.object_hook.is_none() {
            made.clone()
        } else {
            th.call(&self.scanner.object_hook, std::slice::from_ref(&made))?
        };
        Ok((made, at + 1))
    }
}

fn call(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let scanner = th.expect::<Scanner>(v, "_json.Scanner")?;
    let Some(text) = args[0].as_str() else {
        return Err(th.type_error(format!("first argument must be a string, not {}", args[0].type_name(th))));
    };
    let at = th.index_i64(&args[1])?;
    let Ok(at) = usize::try_from(at) else { return Err(th.value_error("idx cannot be negative")) };
    if at >= text.char_len() {
        return Err(th.stop_iteration(Some(th.usize(at))));
    }
    let mut reader = Reader { th, scanner, document: &args[0], text, keys: HashMap::new() };
    let (value, end) = reader.value(text.byte_of(at))?;
    Ok(th.tuple(vec![value, th.usize(text.char_of(end))]))
}

fn call_raw(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let bound = SIGNATURE.bind(th, args)?;
    call(th, v, &bound)
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Scanner> {
    th.expect::<Scanner>(v, "_json.Scanner")
}

/// The type.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_json.Scanner",
    doc: "JSON scanner object",
    flags: BASETYPE,
    new_sig: "(context)",
    slots: &[Slot::New(new), Slot::Call(call_raw)],
    getset: &[
        gs("strict", |th, v| Ok(Value::bool(this(th, v)?.strict)), None, "strict"),
        gs("object_hook", |th, v| Ok(this(th, v)?.object_hook.clone()), None, "object_hook"),
        gs("object_pairs_hook", |th, v| Ok(this(th, v)?.object_pairs_hook.clone()), None, ""),
        gs("parse_float", |th, v| Ok(this(th, v)?.parse_float.clone()), None, "parse_float"),
        gs("parse_int", |th, v| Ok(this(th, v)?.parse_int.clone()), None, "parse_int"),
        gs("parse_constant", |th, v| Ok(this(th, v)?.parse_constant.clone()), None, "parse_constant"),
    ],
    ..TypeSpec::of::<Scanner>()
};
