//! The Python types of native callables and descriptors.
use super::*;
use crate::call::{MethodKind, gs, m, mb};
use crate::slots::CompareOp;

/// Functions that pass their arguments on, and so raise other errors than a bound signature would, with what they take.
const SELF_BOUND: &[(&str, &str)] = &[("sorted", "(iterable, /, *, key=None, reverse=False)")];

/// The text that `inspect` reads: the signature with its receiver, which is positional-only. None where the docstring itself
/// says how the function is called, as for those in CPython that have no signature.
fn text_signature(def: &MethodDef, receiver: Option<&str>) -> Option<String> {
    if def.doc.strip_prefix(def.name).is_some_and(|rest| rest.starts_with('(')) {
        return None;
    }
    let told = SELF_BOUND.iter().find(|(name, _)| def.name == *name && def.sig == "(*args, **kwargs)");
    let sig = told.map_or(def.sig, |(_, sig)| sig);
    let Some(receiver) = receiver else { return Some(sig.to_owned()) };
    let inner = sig.trim().strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(sig);
    Some(if inner.is_empty() {
        format!("(${receiver}, /)")
    } else if inner.split(',').any(|part| part.trim() == "/") {
        format!("(${receiver}, {inner})")
    } else {
        format!("(${receiver}, /, {inner})")
    })
}

fn doc_of(th: &Thread, doc: &str) -> Value {
    if doc.is_empty() { Value::NONE } else { th.str(doc) }
}

// ---- builtin_function_or_method

fn bf(v: &Value, th: &Thread) -> PyResult<std::ptr::NonNull<BuiltinFunction>> {
    match v.payload::<BuiltinFunction>() {
        Some(f) => Ok(std::ptr::NonNull::from(f)),
        None => Err(th.type_error("a builtin function is wanted")),
    }
}

macro_rules! with_bf {
    ($name:ident, |$th:ident, $v:ident, $f:ident| $body:expr) => {
        fn $name($th: &Thread, $v: &Value) -> PyResult<Value> {
            let f = bf($v, $th)?;
            // SAFETY: `v` keeps its payload alive through the call.
            let $f = unsafe { f.as_ref() };
            $body
        }
    };
}

with_bf!(bf_name, |th, _v, f| Ok(th.intern(f.def.name)));
with_bf!(bf_doc, |th, _v, f| Ok(doc_of(th, f.def.doc)));
with_bf!(bf_self, |_th, _v, f| Ok(if f.this.is_unbound() { Value::NONE } else { f.this.clone() }));
with_bf!(bf_module, |th, _v, f| Ok(f.module.get(th)));
with_bf!(bf_signature, |th, v, f| {
    if new_wrapper_of(v).is_some() {
        return Ok(th.str("($type, *args, **kwargs)"));
    }
    let receiver = match f.def.kind {
        MethodKind::Static => None,
        MethodKind::Class => Some("type"),
        MethodKind::Instance if f.owner.is_some() => Some("self"),
        MethodKind::Instance => Some("module"),
    };
    Ok(text_signature(f.def, receiver).map_or(Value::NONE, |s| th.str(&s)))
});
with_bf!(bf_qualname, |th, _v, f| Ok(match f.owner {
    Some(ty) => {
        let owner = TypeRef::from_value(&f.this).filter(|_| new_wrapper_of(_v).is_none()).unwrap_or(ty);
        th.str(&format!("{}.{}", owner.name(), f.def.name))
    }
    None => th.intern(f.def.name),
}));
with_bf!(bf_repr, |th, _v, f| {
    if f.this.is_none() || f.this.is_unbound() || f.this.payload::<crate::types::module::Module>().is_some() {
        return Ok(th.str(&format!("<built-in function {}>", f.def.name)));
    }
    Ok(th.str(&format!(
        "<built-in method {} of {} object at {:#x}>",
        f.def.name,
        f.this.type_of(th).full_name(),
        f.this.identity()
    )))
});

fn bf_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    if let Some(ty) = new_wrapper_of(v) {
        return call_new(th, ty, args);
    }
    match v.payload::<BuiltinFunction>() {
        Some(f) => f.call(th, args),
        None => Err(th.type_error("a builtin function is wanted")),
    }
}

fn bf_compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if let (Some(x), Some(y), true) = (
        a.payload::<BuiltinFunction>(),
        b.payload::<BuiltinFunction>(),
        matches!(op, CompareOp::Eq | CompareOp::Ne),
    ) {
        let same = std::ptr::eq(x.def, y.def) && x.this.is(&y.this);
        return Ok(Value::bool(same == (op == CompareOp::Eq)));
    }
    let _ = th;
    Ok(Value::NOT_IMPLEMENTED)
}

fn bf_hash(_th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(v.payload::<BuiltinFunction>().map_or(0, |f| {
        let h = (std::ptr::from_ref(f.def).addr() >> 4) as i64 ^ (f.this.identity() >> 4) as i64;
        if h == -1 { -2 } else { h }
    }))
}

fn bf_reduce(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let Some(f) = v.payload::<BuiltinFunction>() else { return Ok(Value::NONE) };
    if f.owner.is_none() {
        return Ok(th.intern(f.def.name));
    }
    let getattr = th
        .builtins()
        .payload::<crate::types::dict::Dict>()
        .and_then(|d| d.get_str(th, "getattr"))
        .unwrap_or(Value::NONE);
    Ok(th.tuple(vec![getattr, th.tuple(vec![f.this.clone(), th.intern(f.def.name)])]))
}

/// `builtin_function_or_method`.
pub static BUILTIN_FUNCTION: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    flags: WEAKREFS,
    slots: &[Slot::Repr(bf_repr), Slot::Call(bf_call), Slot::RichCompare(bf_compare), Slot::Hash(bf_hash)],
    methods: &[m("__reduce__", "()", bf_reduce, "")],
    getset: &[
        gs("__name__", bf_name, None, ""),
        gs("__qualname__", bf_qualname, None, ""),
        gs("__doc__", bf_doc, None, ""),
        gs("__self__", bf_self, None, ""),
        mb("__module__", bf_module, Some(bf_set_module), ""),
        gs("__text_signature__", bf_signature, None, ""),
    ],
    ..TypeSpec::of::<BuiltinFunction>()
};

fn bf_set_module(th: &Thread, v: &Value, value: Option<&Value>) -> PyResult<()> {
    if let Some(f) = v.payload::<BuiltinFunction>() {
        f.module.set(th, value.cloned().unwrap_or(Value::NONE));
    }
    Ok(())
}

// ---- descriptors: one set of attributes for all

struct Descr {
    owner: TypeRef,
    name: String,
    doc: String,
    sig: Option<String>,
}

fn descr(v: &Value) -> Option<Descr> {
    if let Some(d) = v.payload::<MethodDescriptor>() {
        return Some(Descr {
            owner: d.owner,
            name: d.def.name.into(),
            doc: d.def.doc.into(),
            sig: text_signature(d.def, Some("self")),
        });
    }
    if let Some(d) = v.payload::<ClassMethodDescriptor>() {
        return Some(Descr {
            owner: d.owner,
            name: d.def.name.into(),
            doc: d.def.doc.into(),
            sig: text_signature(d.def, Some("type")),
        });
    }
    if let Some(d) = v.payload::<GetSetDescriptor>() {
        return Some(Descr { owner: d.owner, name: d.def.name.into(), doc: d.def.doc.into(), sig: None });
    }
    if let Some(d) = v.payload::<MemberDescriptor>() {
        let name = d.name.as_str().map(|s| s.as_wtf8().to_string()).unwrap_or_default();
        let doc = match d.place {
            MemberPlace::Slot(_) => String::new(),
            MemberPlace::Native(def) => def.doc.to_owned(),
        };
        return Some(Descr { owner: d.owner, name, doc, sig: None });
    }
    if let Some(w) = v.payload::<MethodWrapper>() {
        return descr(&w.wrapper);
    }
    let d = v.payload::<SlotWrapper>()?;
    let sig = if d.def.sig.is_empty() { None } else { Some(format!("({})", d.def.sig)) };
    Some(Descr { owner: d.owner, name: d.def.name.into(), doc: d.def.doc.into(), sig })
}

fn d_name(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(descr(v).map_or(Value::NONE, |d| th.intern(&d.name)))
}
fn d_doc(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(descr(v).map_or(Value::NONE, |d| doc_of(th, &d.doc)))
}
fn d_qualname(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(descr(v).map_or(Value::NONE, |d| th.str(&format!("{}.{}", d.owner.name(), d.name))))
}
fn d_objclass(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(descr(v).map_or(Value::NONE, |d| d.owner.value()))
}
fn d_signature(th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(descr(v).and_then(|d| d.sig).map_or(Value::NONE, |s| th.str(&s)))
}
fn d_reduce(th: &Thread, v: &Value, _args: &[Value]) -> PyResult<Value> {
    let getattr = th
        .builtins()
        .payload::<crate::types::dict::Dict>()
        .and_then(|d| d.get_str(th, "getattr"))
        .unwrap_or(Value::NONE);
    let Some(d) = descr(v) else { return Ok(Value::NONE) };
    let from = match v.payload::<MethodWrapper>() {
        Some(w) => w.this.clone(),
        None => d.owner.value(),
    };
    Ok(th.tuple(vec![getattr, th.tuple(vec![from, th.intern(&d.name)])]))
}
fn d_repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let Some(d) = descr(v) else { return Ok(th.str("<descriptor>")) };
    let owner = d.owner.full_name();
    let text = if v.payload::<SlotWrapper>().is_some() {
        format!("<slot wrapper '{}' of '{owner}' objects>", d.name)
    } else if v.payload::<GetSetDescriptor>().is_some() {
        format!("<attribute '{}' of '{owner}' objects>", d.name)
    } else if v.payload::<MemberDescriptor>().is_some() {
        format!("<member '{}' of '{owner}' objects>", d.name)
    } else if let Some(w) = v.payload::<MethodWrapper>() {
        format!(
            "<method-wrapper '{}' of {} object at {:#x}>",
            d.name,
            w.this.type_of(th).full_name(),
            w.this.identity()
        )
    } else {
        format!("<method '{}' of '{owner}' objects>", d.name)
    };
    Ok(th.str(&text))
}

fn md_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    match v.payload::<MethodDescriptor>() {
        Some(d) => d.call(th, args),
        None => Err(th.type_error("a method descriptor is wanted")),
    }
}

fn md_get(th: &Thread, v: &Value, obj: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match (v.payload::<MethodDescriptor>(), obj) {
        (Some(d), Some(obj)) => {
            if !obj.type_of(th).is_subtype(d.owner) {
                return Err(d.wrong_receiver(th, obj));
            }
            Ok(d.bind(th, obj))
        }
        _ => Ok(v.clone()),
    }
}

/// `method_descriptor`.
pub static METHOD_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "method_descriptor",
    slots: &[Slot::Repr(d_repr), Slot::Call(md_call), Slot::DescrGet(md_get)],
    methods: &[m("__reduce__", "()", d_reduce, "")],
    getset: &[
        mb("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        mb("__objclass__", d_objclass, None, ""),
        gs("__text_signature__", d_signature, None, ""),
    ],
    ..TypeSpec::of::<MethodDescriptor>()
};

fn cmd_get(th: &Thread, v: &Value, obj: Option<&Value>, ty: Option<&Value>) -> PyResult<Value> {
    let Some(d) = v.payload::<ClassMethodDescriptor>() else { return Ok(v.clone()) };
    let class = match (ty, obj) {
        (Some(ty), _) => ty.clone(),
        (None, Some(obj)) => obj.type_of(th).value(),
        (None, None) => d.owner.value(),
    };
    let Some(class_ref) = TypeRef::from_value(&class) else {
        return Err(th.type_error(format!(
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            d.def.name,
            d.owner.full_name(),
            class.type_of(th).full_name()
        )));
    };
    if !class_ref.is_subtype(d.owner) {
        return Err(th.type_error(format!(
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            d.def.name,
            d.owner.full_name(),
            class_ref.full_name()
        )));
    }
    Ok(th.new_object(
        th.type_for::<BuiltinFunction>(),
        BuiltinFunction {
            def: d.def,
            this: class,
            owner: Some(d.owner),
            module: AtomicValue::new(Value::NONE),
            parsed: ParsedSignature::new(),
        },
    ))
}

fn cmd_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some(first) = args.positional().first() else {
        let d = descr(v);
        return Err(th.type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            d.as_ref().map_or("", |d| &d.name),
            d.as_ref().map_or(String::new(), |d| d.owner.full_name())
        )));
    };
    let bound = cmd_get(th, v, None, Some(first))?;
    th.call_args(&bound, &CallArgs { args: &args.args[1..], names: args.names })
}

/// `classmethod_descriptor`.
pub static CLASSMETHOD_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "classmethod_descriptor",
    slots: &[Slot::Repr(d_repr), Slot::Call(cmd_call), Slot::DescrGet(cmd_get)],
    getset: &[
        mb("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        mb("__objclass__", d_objclass, None, ""),
        gs("__text_signature__", d_signature, None, ""),
    ],
    ..TypeSpec::of::<ClassMethodDescriptor>()
};

fn gs_get(th: &Thread, v: &Value, obj: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match (v.payload::<GetSetDescriptor>(), obj) {
        (Some(d), Some(obj)) => {
            check_receiver(th, d.owner, d.def.name, obj)?;
            (d.def.get)(th, obj)
        }
        _ => Ok(v.clone()),
    }
}

fn gs_set(th: &Thread, v: &Value, obj: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(d) = v.payload::<GetSetDescriptor>() else { return Ok(()) };
    check_receiver(th, d.owner, d.def.name, obj)?;
    match d.def.set {
        Some(set) => set(th, obj, value),
        None => Err(th.attribute_error(format!(
            "attribute '{}' of '{}' objects is not writable",
            d.def.name,
            d.owner.full_name()
        ))),
    }
}

/// `getset_descriptor`.
pub static GETSET_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "getset_descriptor",
    slots: &[Slot::Repr(d_repr), Slot::DescrGet(gs_get), Slot::DescrSet(gs_set)],
    getset: &[
        mb("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        mb("__objclass__", d_objclass, None, ""),
    ],
    ..TypeSpec::of::<GetSetDescriptor>()
};

fn mem_get(th: &Thread, v: &Value, obj: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match (v.payload::<MemberDescriptor>(), obj) {
        (Some(d), Some(obj)) => d.get(th, obj),
        _ => Ok(v.clone()),
    }
}

fn mem_set(th: &Thread, v: &Value, obj: &Value, value: Option<&Value>) -> PyResult<()> {
    match v.payload::<MemberDescriptor>() {
        Some(d) => d.set(th, obj, value),
        None => Ok(()),
    }
}

/// `member_descriptor`.
pub static MEMBER_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "member_descriptor",
    slots: &[Slot::Repr(d_repr), Slot::DescrGet(mem_get), Slot::DescrSet(mem_set)],
    methods: &[m("__reduce__", "()", d_reduce, "")],
    getset: &[
        mb("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        mb("__objclass__", d_objclass, None, ""),
    ],
    ..TypeSpec::of::<MemberDescriptor>()
};

fn sw_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    match v.payload::<SlotWrapper>() {
        Some(w) => w.call(th, args),
        None => Err(th.type_error("a slot wrapper is wanted")),
    }
}

fn sw_get(th: &Thread, v: &Value, obj: Option<&Value>, _ty: Option<&Value>) -> PyResult<Value> {
    match (v.payload::<SlotWrapper>(), obj) {
        (Some(w), Some(obj)) => {
            check_receiver(th, w.owner, w.def.name, obj)?;
            Ok(th.new_object(
                th.type_for::<MethodWrapper>(),
                MethodWrapper { wrapper: v.clone(), this: obj.clone() },
            ))
        }
        _ => Ok(v.clone()),
    }
}

/// `wrapper_descriptor`.
pub static WRAPPER_DESCRIPTOR_SPEC: TypeSpec = TypeSpec {
    name: "wrapper_descriptor",
    slots: &[Slot::Repr(d_repr), Slot::Call(sw_call), Slot::DescrGet(sw_get)],
    methods: &[m("__reduce__", "()", d_reduce, "")],
    getset: &[
        mb("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        mb("__objclass__", d_objclass, None, ""),
        gs("__text_signature__", d_signature, None, ""),
    ],
    ..TypeSpec::of::<SlotWrapper>()
};

fn mw_call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<Value> {
    match v.payload::<MethodWrapper>() {
        Some(w) => match w.slot() {
            Some(slot) => (slot.def.wrap)(th, slot.word, &w.this, args, slot.def.name),
            None => Ok(Value::NONE),
        },
        None => Err(th.type_error("a method wrapper is wanted")),
    }
}

fn mw_self(_th: &Thread, v: &Value) -> PyResult<Value> {
    Ok(v.payload::<MethodWrapper>().map_or(Value::NONE, |w| w.this.clone()))
}

fn mw_compare(_th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    match (a.payload::<MethodWrapper>(), b.payload::<MethodWrapper>(), op) {
        (Some(x), Some(y), CompareOp::Eq | CompareOp::Ne) => {
            let same = x.wrapper.is(&y.wrapper) && x.this.is(&y.this);
            Ok(Value::bool(same == (op == CompareOp::Eq)))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn mw_hash(_th: &Thread, v: &Value) -> PyResult<i64> {
    Ok(v.payload::<MethodWrapper>()
        .map_or(0, |w| ((w.wrapper.identity() ^ w.this.identity().rotate_left(7)) >> 4) as i64))
}

/// `method-wrapper`.
pub static METHOD_WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "method-wrapper",
    slots: &[Slot::Repr(d_repr), Slot::Call(mw_call), Slot::RichCompare(mw_compare), Slot::Hash(mw_hash)],
    methods: &[m("__reduce__", "()", d_reduce, "")],
    getset: &[
        gs("__name__", d_name, None, ""),
        gs("__qualname__", d_qualname, None, ""),
        gs("__doc__", d_doc, None, ""),
        gs("__objclass__", d_objclass, None, ""),
        mb("__self__", mw_self, None, ""),
        gs("__text_signature__", d_signature, None, ""),
    ],
    ..TypeSpec::of::<MethodWrapper>()
};
