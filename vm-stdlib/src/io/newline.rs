//! Newlines: finding line ends, translating, and `IncrementalNewlineDecoder`.
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use vm_runtime::prelude::*;

/// Bits of "which newlines were seen".
pub mod seen {
    /// `\r`.
    pub const CR: u8 = 1;
    /// `\n`.
    pub const LF: u8 = 2;
    /// `\r\n`.
    pub const CRLF: u8 = 4;
}

/// The value of a `newlines` attribute.
pub fn newlines_value(th: &Thread, bits: u8) -> Value {
    let one = |text: &str| th.str(text);
    let all: Vec<Value> = [(seen::CR, "\r"), (seen::LF, "\n"), (seen::CRLF, "\r\n")]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, text)| one(text))
        .collect();
    match all.len() {
        0 => Value::NONE,
        1 => all.into_iter().next().unwrap_or(Value::NONE),
        _ => th.tuple(all),
    }
}

/// Translates `\r\n` and `\r` into `\n` in place (if asked) and notes what was seen. `text` is WTF-8: the bytes looked for
/// are ASCII, so it stays so.
pub fn translate(text: &mut Vec<u8>, translate: bool, bits: &mut u8) {
    if memchr::memchr(b'\r', text).is_none() {
        if *bits & seen::LF == 0 && memchr::memchr(b'\n', text).is_some() {
            *bits |= seen::LF;
        }
        return;
    }
    let mut out = 0;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let mut put = byte;
        let mut step = 1;
        match byte {
            b'\r' if text.get(at + 1) == Some(&b'\n') => {
                *bits |= seen::CRLF;
                put = b'\n';
                step = 2;
            }
            b'\r' => {
                *bits |= seen::CR;
                put = b'\n';
            }
            b'\n' => *bits |= seen::LF,
            _ => {}
        }
        if translate && let Some(slot) = text.get_mut(out) {
            *slot = put;
            out += 1;
        }
        at += step;
    }
    if translate {
        text.truncate(out);
    }
}

/// How lines end when reading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n` (what the text was translated to, or newline="\n").
    Lf,
    /// Any of `\n`, `\r`, `\r\n`, untranslated (newline="").
    Universal,
    /// `\r`.
    Cr,
    /// `\r\n`.
    CrLf,
}

impl LineEnd {
    /// Where the first line of `text` ends; or, if it doesn't, from where a later search must look again.
    pub fn find(self, text: &[u8]) -> Result<usize, usize> {
        match self {
            LineEnd::Lf => memchr::memchr(b'\n', text).map(|at| at + 1).ok_or(text.len()),
            LineEnd::Cr => memchr::memchr(b'\r', text).map(|at| at + 1).ok_or(text.len()),
            LineEnd::CrLf => memchr::memmem::find(text, b"\r\n")
                .map(|at| at + 2)
                .ok_or_else(|| text.len() - usize::from(text.last() == Some(&b'\r'))),
            LineEnd::Universal => match memchr::memchr2(b'\n', b'\r', text) {
                None => Err(text.len()),
                Some(at) if text.get(at) == Some(&b'\r') && text.get(at + 1) == Some(&b'\n') => Ok(at + 2),
                Some(at) => Ok(at + 1),
            },
        }
    }
}

/// Payload of `IncrementalNewlineDecoder`.
pub struct NewlineDecoder {
    decoder: AtomicValue,
    errors: AtomicValue,
    ready: AtomicBool,
    pending_cr: AtomicBool,
    translate: AtomicBool,
    seen: AtomicU8,
}
payload!(
    NewlineDecoder,
    "IncrementalNewlineDecoder",
    traverse = |d: &NewlineDecoder, visit: Visitor<'_>| {
        d.decoder.traverse(&mut *visit);
        d.errors.traverse(visit);
    },
    clear = |d: &NewlineDecoder| drop(d.decoder.take())
);

pub static SPEC: TypeSpec = TypeSpec {
    name: "_io.IncrementalNewlineDecoder",
    doc: "Codec used when reading a file in universal newlines mode.\n\nIt wraps another incremental decoder, translating \\r\\n and \\r into \\n.\nIt also records the types of newlines encountered.  When used with\ntranslate=False, it ensures that the newline sequence is returned in\none piece. When used with decoder=None, it expects unicode strings as\ndecode input and translates newlines without first invoking an external\ndecoder.",
    flags: BASETYPE,
    new_sig: "(decoder, translate, errors='strict')",
    slots: &[Slot::NewRaw(new), Slot::Init(init)],
    methods: &[
        m("decode", "(input, final=False)", decode, ""),
        m("getstate", "()", getstate, ""),
        m("setstate", "(state, /)", setstate, ""),
        m("reset", "()", reset, ""),
    ],
    getset: &[gs("newlines", newlines, None, "")],
    ..TypeSpec::of::<NewlineDecoder>()
};

fn me<'a>(th: &Thread, this: &'a Value) -> PyResult<&'a NewlineDecoder> {
    let decoder = th.expect::<NewlineDecoder>(this, "IncrementalNewlineDecoder")?;
    if decoder.ready.load(Relaxed) {
        Ok(decoder)
    } else {
        Err(th.value_error("IncrementalNewlineDecoder.__init__() not called"))
    }
}

fn new(th: &Thread, cls: TypeRef, _args: &CallArgs) -> PyResult<Value> {
    let decoder = NewlineDecoder {
        decoder: AtomicValue::empty(),
        errors: AtomicValue::empty(),
        ready: AtomicBool::new(false),
        pending_cr: AtomicBool::new(false),
        translate: AtomicBool::new(false),
        seen: AtomicU8::new(0),
    };
    th.make_object(cls, decoder)
}

fn init(th: &Thread, this: &Value, args: &[Value]) -> PyResult<()> {
    let decoder = th.expect::<NewlineDecoder>(this, "IncrementalNewlineDecoder")?;
    decoder.decoder.set(th, args[0].clone());
    decoder.translate.store(th.truth(&args[1])?, Relaxed);
    decoder.errors.set(th, if args[2].is_unbound() { th.str("strict") } else { args[2].clone() });
    decoder.seen.store(0, Relaxed);
    decoder.pending_cr.store(false, Relaxed);
    decoder.ready.store(true, Relaxed);
    Ok(())
}

/// `IncrementalNewlineDecoder.decode`, for `TextIOWrapper` too.
pub fn decode_with(th: &Thread, decoder: &NewlineDecoder, input: &Value, last: bool) -> PyResult<Value> {
    let inner = decoder.decoder.get(th);
    let output = if inner.is_none() || inner.is_unbound() {
        input.clone()
    } else {
        th.call_kw(
            &th.getattr_str(&inner, "decode")?,
            std::slice::from_ref(input),
            &[("final", Value::bool(last))],
        )?
    };
    let Some(text) = output.as_str() else {
        let got = output.type_name(th);
        return Err(th.type_error(format!("decoder should return a string result, not '{got}'")));
    };
    let bytes = text.as_wtf8().as_bytes();
    // The common case: nothing to change, nothing to hold back.
    if !decoder.pending_cr.load(Relaxed) && memchr::memchr(b'\r', bytes).is_none() {
        if decoder.seen.load(Relaxed) & seen::LF == 0 && memchr::memchr(b'\n', bytes).is_some() {
            decoder.seen.fetch_or(seen::LF, Relaxed);
        }
        return Ok(output);
    }
    let mut out = Vec::with_capacity(bytes.len() + 1);
    if decoder.pending_cr.load(Relaxed) && (last || !bytes.is_empty()) {
        out.push(b'\r');
        decoder.pending_cr.store(false, Relaxed);
    }
    out.extend_from_slice(bytes);
    // A \r at the end may be half of \r\n: it waits for the next call.
    if !last && out.last() == Some(&b'\r') {
        out.pop();
        decoder.pending_cr.store(true, Relaxed);
    }
    let mut bits = decoder.seen.load(Relaxed);
    translate(&mut out, decoder.translate.load(Relaxed), &mut bits);
    decoder.seen.store(bits, Relaxed);
    super::str_from_bytes(th, out)
}

fn decode(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let decoder = me(th, this)?;
    let last = !args[1].is_unbound() && th.truth(&args[1])?;
    decode_with(th, decoder, &args[0], last)
}

fn getstate(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let decoder = me(th, this)?;
    let inner = decoder.decoder.get(th);
    let (buffer, flag) = if inner.is_none() {
        (th.bytes(b""), 0i64)
    } else {
        let state = th.call_method(&inner, "getstate", &[])?;
        let Some([buffer, flag]) = state.payload::<Tuple>().map(Tuple::as_slice) else {
            return Err(th.type_error("illegal decoder state"));
        };
        (buffer.clone(), th.index_i64(flag)?)
    };
    let flag = flag.wrapping_shl(1) | i64::from(decoder.pending_cr.load(Relaxed));
    Ok(th.tuple(vec![buffer, th.int(flag)]))
}

fn setstate(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let decoder = me(th, this)?;
    let Some(tuple) = args[0].payload::<Tuple>() else {
        return Err(th.type_error("state argument must be a tuple"));
    };
    let [buffer, flag] = tuple.as_slice() else { return Err(th.type_error("illegal decoder state")) };
    let flag = th.index_i64(flag)?;
    decoder.pending_cr.store(flag & 1 == 1, Relaxed);
    let inner = decoder.decoder.get(th);
    if inner.is_none() {
        return Ok(Value::NONE);
    }
    th.call_method(&inner, "setstate", &[th.tuple(vec![buffer.clone(), th.int(flag >> 1)])])
}

fn reset(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let decoder = me(th, this)?;
    decoder.seen.store(0, Relaxed);
    decoder.pending_cr.store(false, Relaxed);
    let inner = decoder.decoder.get(th);
    if inner.is_none() { Ok(Value::NONE) } else { th.call_method(&inner, "reset", &[]) }
}

fn newlines(th: &Thread, this: &Value) -> PyResult<Value> {
    Ok(newlines_value(th, me(th, this)?.seen.load(Relaxed)))
}
