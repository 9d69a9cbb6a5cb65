//! Module `unicodedata`: Unicode 16.0.0, and `ucd_3_2_0`, the view of version 3.2.0.
//!
//! The functions serve both: `self` is the module, or an instance of `UCD`.
use rustpython_unicode::{NormalizeForm, Ucd as Tables};
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use vm_runtime::prelude::*;
use vm_runtime::types::str::unicode;

/// Payload of `unicodedata.UCD`: Unicode 3.2.0.
pub struct Ucd;
payload!(Ucd, "UCD");

fn modern(v: &Value) -> bool {
    v.payload::<Ucd>().is_none()
}

fn one(th: &Thread, v: &Value, name: &str, argument: &str) -> PyResult<CodePoint> {
    let Some(text) = v.as_str() else {
        let kind = v.type_name(th);
        return Err(th.type_error(format!("{name}() {argument} must be a unicode character, not {kind}")));
    };
    text.only_char().ok_or_else(|| {
        let n = text.char_len();
        th.type_error(format!("{name}(): {argument} must be a unicode character, not a string of length {n}"))
    })
}

macro_rules! properties {
    ($($name:ident($c:ident, $modern:ident, $th:ident) $body:expr;)*) => {
        $(fn $name($th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
            let $c = one($th, &args[0], stringify!($name), "argument")?;
            let $modern = modern(v);
            Ok($body)
        })*
    };
}
properties! {
    category(c, modern, th) th.intern(unicode::category(c.to_u32(), modern));
    bidirectional(c, modern, th) th.intern(unicode::bidirectional(c.to_u32(), modern));
    east_asian_width(c, modern, th) th.intern(unicode::east_asian_width(c.to_u32(), modern));
    combining(c, modern, th) th.int(i64::from(unicode::combining(c.to_u32(), modern)));
    mirrored(c, modern, th) th.int(i64::from(unicode::is_mirrored(c.to_u32(), modern)));
    decomposition(c, modern, th) {
        if unicode::is_assigned(c.to_u32(), true) && unicode::is_assigned(c.to_u32(), modern) {
            th.str(&Tables::new(true).decomposition(c))
        } else {
            th.empty_str()
        }
    };
}

/// The answer, the argument `default`, or ValueError.
fn or_default(th: &Thread, answer: Option<Value>, args: &[Value], message: &str) -> PyResult<Value> {
    match (answer, args.get(1)) {
        (Some(answer), _) => Ok(answer),
        (None, Some(default)) if !default.is_unbound() => Ok(default.clone()),
        _ => Err(th.value_error(message)),
    }
}

fn decimal(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let c = one(th, &args[0], "decimal", "argument 1")?;
    let answer = unicode::decimal(c.to_u32(), modern(v)).map(|n| th.int(i64::from(n)));
    or_default(th, answer, args, "not a decimal")
}

fn digit(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let c = one(th, &args[0], "digit", "argument 1")?;
    let answer = unicode::digit(c.to_u32(), modern(v)).map(|n| th.int(i64::from(n)));
    or_default(th, answer, args, "not a digit")
}

fn numeric(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let c = one(th, &args[0], "numeric", "argument 1")?;
    let answer = unicode::numeric(c.to_u32(), modern(v)).map(|n| th.float(n));
    or_default(th, answer, args, "not a numeric character")
}

fn name(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let c = one(th, &args[0], "name", "argument 1")?;
    let answer = unicode::name(c.to_u32(), modern(v)).map(|n| th.str(&n));
    or_default(th, answer, args, "no such name")
}

fn lookup(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let name = match args[0].as_str() {
        Some(text) => match text.to_str() {
            Some(text) => text.to_owned(),
            None => {
                let at = text.code_points().position(|c| c.to_char().is_none()).unwrap_or(0);
                let object = args[0].clone();
                return Err(th.unicode_encode_error("utf-8", object, at, at + 1, "surrogates not allowed"));
            }
        },
        None => String::from_utf8_lossy(&th.bytes_like(&args[0])?).into_owned(),
    };
    if name.len() > 256 {
        return Err(th.key_error(th.str("name too long")));
    }
    match unicode::lookup(&name, modern(v)) {
        Some(found) => th.try_str(&found),
        None => Err(th.key_error(th.str(&format!("undefined character name '{name}'")))),
    }
}

fn form_of(th: &Thread, args: &[Value], name: &str) -> PyResult<NormalizeForm> {
    let form = th.expect_str(&args[0], &format!("{name}() argument 1"))?;
    th.expect_str(&args[1], &format!("{name}() argument 2"))?;
    Ok(match form.as_bytes() {
        b"NFC" => NormalizeForm::Nfc,
        b"NFKC" => NormalizeForm::Nfkc,
        b"NFD" => NormalizeForm::Nfd,
        b"NFKD" => NormalizeForm::Nfkd,
        _ => return Err(th.value_error("invalid normalization form")),
    })
}

/// Decompositions that Unicode 3.2.0 had wrong.
const CORRECTED: [(u32, u32); 6] = [
    (0xf951, 0x96fb),
    (0x2_f868, 0x2_136a),
    (0x2_f874, 0x5f33),
    (0x2_f91f, 0x43ab),
    (0x2_f95f, 0x7aae),
    (0x2_f9bf, 0x4d57),
];

/// Normalizes the parts between characters that the version does not know: those stay as they are.
fn normalized(form: NormalizeForm, text: &Wtf8, modern: bool) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(text.len());
    let mut part = Wtf8Buf::new();
    for c in text.code_points() {
        let old = CORRECTED.iter().find(|(from, _)| !modern && *from == c.to_u32());
        if let Some(to) = old.and_then(|(_, to)| CodePoint::from_u32(*to)) {
            part.push(to);
        } else if unicode::is_assigned(c.to_u32(), true) && unicode::is_assigned(c.to_u32(), modern) {
            part.push(c);
        } else {
            out.push_wtf8(&rustpython_unicode::normalize(form, &part));
            part.clear();
            out.push(c);
        }
    }
    out.push_wtf8(&rustpython_unicode::normalize(form, &part));
    out
}

fn normalize(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let form = form_of(th, args, "normalize")?;
    let text = th.expect_str(&args[1], "normalize() argument 2")?;
    if text.is_ascii() {
        return if th.is_exact(&args[1], th.types().str) { Ok(args[1].clone()) } else { th.try_str(text) };
    }
    th.try_str(&normalized(form, text, modern(v)))
}

fn is_normalized(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let form = form_of(th, args, "is_normalized")?;
    let text = th.expect_str(&args[1], "is_normalized() argument 2")?;
    Ok(Value::bool(text.is_ascii() || *normalized(form, text, modern(v)) == *text.as_wtf8()))
}

macro_rules! functions {
    () => {
        &[
            m(
                "bidirectional",
                "(chr, /)",
                bidirectional,
                "Returns the bidirectional class assigned to the character chr as string.",
            ),
            m(
                "category",
                "(chr, /)",
                category,
                "Returns the general category assigned to the character chr as string.",
            ),
            m(
                "combining",
                "(chr, /)",
                combining,
                "Returns the canonical combining class assigned to the character chr as integer.",
            ),
            m(
                "decimal",
                "(chr, default=None, /)",
                decimal,
                "Converts a Unicode character into its equivalent decimal value.",
            ),
            m(
                "decomposition",
                "(chr, /)",
                decomposition,
                "Returns the character decomposition mapping assigned to the character chr as string.",
            ),
            m(
                "digit",
                "(chr, default=None, /)",
                digit,
                "Converts a Unicode character into its equivalent digit value.",
            ),
            m(
                "east_asian_width",
                "(chr, /)",
                east_asian_width,
                "Returns the east asian width assigned to the character chr as string.",
            ),
            m(
                "is_normalized",
                "(form, unistr, /)",
                is_normalized,
                "Return whether the Unicode string unistr is in the normal form 'form'.",
            ),
            m("lookup", "(name, /)", lookup, "Look up character by name."),
            m(
                "mirrored",
                "(chr, /)",
                mirrored,
                "Returns the mirrored property assigned to the character chr as integer.",
            ),
            m(
                "name",
                "(chr, default=None, /)",
                name,
                "Returns the name assigned to the character chr as a string.",
            ),
            m(
                "normalize",
                "(form, unistr, /)",
                normalize,
                "Return the normal form 'form' for the Unicode string unistr.",
            ),
            m(
                "numeric",
                "(chr, default=None, /)",
                numeric,
                "Converts a Unicode character into its equivalent numeric value.",
            ),
        ]
    };
}

/// The type of `ucd_3_2_0`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "unicodedata.UCD",
    flags: NO_NEW,
    methods: functions!(),
    getset: &[mb("unidata_version", |th, _| Ok(th.str("3.2.0")), None, "")],
    ..TypeSpec::of::<Ucd>()
};

fn init(th: &Thread, module: &Value) -> PyResult<()> {
    th.set_module_attr(module, "unidata_version", th.str("16.0.0"))?;
    th.set_module_attr(module, "ucd_3_2_0", th.new_object(th.type_for::<Ucd>(), Ucd))
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters.",
    functions: functions!(),
    types: &[&SPEC],
    init: Some(init),
    ..ModuleSpec::EMPTY
};
