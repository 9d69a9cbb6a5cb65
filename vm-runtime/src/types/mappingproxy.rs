//! `types.MappingProxyType`.
use crate::prelude::*;

/// The payload of mappingproxy objects.
pub struct MappingProxy {
    mapping: Value,
}

payload!(MappingProxy, "mappingproxy", traverse = |p: &MappingProxy, v: Visitor<'_>| v(&p.mapping));

impl Thread {
    /// A read-only view of a mapping.
    pub fn mapping_proxy(&self, mapping: &Value) -> PyResult<Value> {
        self.make_object(self.type_for::<MappingProxy>(), MappingProxy { mapping: mapping.clone() })
    }
}

/// `mappingproxy`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "mappingproxy",
    doc: "Read-only proxy of a mapping.",
    flags: MAPPING,
    new_sig: "(mapping)",
    slots: &[
        Slot::New(new),
        Slot::Repr(repr),
        Slot::Str(|th, v| th.to_str(mapping(th, v)?)),
        Slot::Hash(|th, v| th.hash(mapping(th, v)?)),
        Slot::Iter(|th, v| th.iter(mapping(th, v)?)),
        Slot::Len(|th, v| th.length(mapping(th, v)?)),
        Slot::GetItem(|th, v, key| th.getitem(mapping(th, v)?, key)),
        Slot::Contains(contains),
        Slot::RichCompare(|th, a, b, op| th.compare(mapping(th, a)?, b, op)),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Inplace(BinaryOp::Or, ior),
    ],
    methods: &[
        m(
            "get",
            "(key, default=None, /)",
            get,
            "Return the value for key if key is in the mapping, else default.",
        ),
        m(
            "keys",
            "()",
            |th, v, _| th.call_method(mapping(th, v)?, "keys", &[]),
            "D.keys() -> a set-like object providing a view on D's keys",
        ),
        m(
            "values",
            "()",
            |th, v, _| th.call_method(mapping(th, v)?, "values", &[]),
            "D.values() -> an object providing a view on D's values",
        ),
        m(
            "items",
            "()",
            |th, v, _| th.call_method(mapping(th, v)?, "items", &[]),
            "D.items() -> a set-like object providing a view on D's items",
        ),
        m(
            "copy",
            "()",
            |th, v, _| th.call_method(mapping(th, v)?, "copy", &[]),
            "D.copy() -> a shallow copy of D",
        ),
        cm(
            "__class_getitem__",
            "(object, /)",
            class_getitem,
            "mappingproxy objects are generic over two types, signifying (respectively) the types of their keys and values",
        ),
        m(
            "__reversed__",
            "()",
            |th, v, _| th.call_method(mapping(th, v)?, "__reversed__", &[]),
            "D.__reversed__() -> reverse iterator",
        ),
    ],
    ..TypeSpec::of::<MappingProxy>()
};

fn mapping<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Value> {
    Ok(&th.expect::<MappingProxy>(v, "mappingproxy")?.mapping)
}

fn new(th: &Thread, cls: TypeRef, args: &[Value]) -> PyResult<Value> {
    let v = &args[0];
    if !th.is_mapping(v) || v.payload::<List>().is_some() || v.payload::<Tuple>().is_some() {
        return Err(
            th.type_error(format!("mappingproxy() argument must be a mapping, not {}", v.type_name(th)))
        );
    }
    th.make_object(cls, MappingProxy { mapping: v.clone() })
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let mut out = Wtf8Buf::from("mappingproxy(");
    out.push_wtf8(&th.repr_string(mapping(th, v)?)?);
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn contains(th: &Thread, v: &Value, key: &Value) -> PyResult<bool> {
    th.contains(mapping(th, v)?, key)
}

fn unwrapped(v: &Value) -> &Value {
    v.payload::<MappingProxy>().map_or(v, |p| &p.mapping)
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    th.binary(BinaryOp::Or, unwrapped(a), unwrapped(b))
}

fn ior(th: &Thread, v: &Value, _: &Value) -> PyResult<Value> {
    Err(th.type_error(format!("'|=' is not supported by {}; use '|' instead", v.type_name(th))))
}

fn get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let default = if args[1].is_unbound() { Value::NONE } else { args[1].clone() };
    th.call_method(mapping(th, v)?, "get", &[args[0].clone(), default])
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    crate::types::generic_alias::new_alias(th, cls, &args[0])
}
