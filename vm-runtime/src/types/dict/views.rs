//! `dict.keys()`, `dict.values()`, `dict.items()`: live views, the first and last with set operations.
use super::iter::{self, Kind};
use super::methods::this;
use crate::prelude::*;
use crate::types::set::Set;
use crate::types::tuple::Tuple;

macro_rules! view {
    ($payload:ident, $name:literal) => {
        /// Payload of a view: its dict.
        pub struct $payload {
            dict: Value,
        }
        payload!($payload, $name, traverse = $payload::traverse);
        impl $payload {
            /// A view of a dict.
            #[must_use]
            pub fn new(dict: &Value) -> $payload {
                $payload { dict: dict.clone() }
            }

            fn traverse(&self, visit: Visitor<'_>) {
                visit(&self.dict);
            }
        }
        impl View for $payload {
            fn dict(&self) -> &Value {
                &self.dict
            }
        }
    };
}

trait View: vm_core::object::Payload {
    fn dict(&self) -> &Value;
}

view!(DictKeys, "dict_keys");
view!(DictValues, "dict_values");
view!(DictItems, "dict_items");

const KEYS_REVERSED: &str = "Return a reverse iterator over the dict keys.";
const VALUES_REVERSED: &str = "Return a reverse iterator over the dict values.";
const ITEMS_REVERSED: &str = "Return a reverse iterator over the dict items.";
const MAPPING_DOC: &str = "dictionary that this view refers to";
const ISDISJOINT: &str = "Return True if the view and the given iterable have a null intersection.";

/// `dict_keys`.
pub static KEYS_SPEC: TypeSpec = TypeSpec {
    name: "dict_keys",
    flags: NO_NEW,
    slots: &[
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iter_keys),
        Slot::Len(len),
        Slot::Contains(keys_contain),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::And, and),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Binary(BinaryOp::Xor, xor),
    ],
    methods: &[
        m("isdisjoint", "(object, /)", isdisjoint, ISDISJOINT),
        m("__reversed__", "()", reversed_keys, KEYS_REVERSED),
    ],
    getset: &[gs("mapping", mapping, None, MAPPING_DOC)],
    ..TypeSpec::of::<DictKeys>()
};

/// `dict_items`.
pub static ITEMS_SPEC: TypeSpec = TypeSpec {
    name: "dict_items",
    flags: NO_NEW,
    slots: &[
        Slot::Repr(repr),
        Slot::NotHashable,
        Slot::RichCompare(compare),
        Slot::Iter(iter_items),
        Slot::Len(len),
        Slot::Contains(items_contain),
        Slot::Binary(BinaryOp::Sub, sub),
        Slot::Binary(BinaryOp::And, and),
        Slot::Binary(BinaryOp::Or, or),
        Slot::Binary(BinaryOp::Xor, xor),
    ],
    methods: &[
        m("isdisjoint", "(object, /)", isdisjoint, ISDISJOINT),
        m("__reversed__", "()", reversed_items, ITEMS_REVERSED),
    ],
    getset: &[gs("mapping", mapping, None, MAPPING_DOC)],
    ..TypeSpec::of::<DictItems>()
};

/// `dict_values`.
pub static VALUES_SPEC: TypeSpec = TypeSpec {
    name: "dict_values",
    flags: NO_NEW,
    slots: &[Slot::Repr(repr), Slot::Iter(iter_values), Slot::Len(len)],
    methods: &[m("__reversed__", "()", reversed_values, VALUES_REVERSED)],
    getset: &[gs("mapping", mapping, None, MAPPING_DOC)],
    ..TypeSpec::of::<DictValues>()
};

/// `dict.keys`.
pub fn keys(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<DictKeys>(), DictKeys { dict: v.clone() }))
}

/// `dict.values`.
pub fn values(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<DictValues>(), DictValues { dict: v.clone() }))
}

/// `dict.items`.
pub fn items(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.new_object(th.type_for::<DictItems>(), DictItems { dict: v.clone() }))
}

/// The dict of a view of any kind.
fn viewed(v: &Value) -> Option<&Value> {
    v.payload::<DictKeys>()
        .map(View::dict)
        .or_else(|| v.payload::<DictItems>().map(View::dict))
        .or_else(|| v.payload::<DictValues>().map(View::dict))
}

/// What a view of an exact type shows, as of one moment; None: no such view.
pub fn snapshot(th: &Thread, v: &Value, ty: TypeRef) -> Option<Vec<Value>> {
    let dict = viewed(v)?.payload::<Dict>()?;
    if ty == th.type_for::<DictKeys>() {
        Some(dict.keys(th))
    } else if ty == th.type_for::<DictValues>() {
        Some(dict.values(th))
    } else if ty == th.type_for::<DictItems>() {
        Some(dict.items(th).into_iter().map(|(key, value)| th.pair(key, value)).collect())
    } else {
        None
    }
}

/// The dict of a view.
///
/// # Errors
/// TypeError if `v` is none.
pub fn dict_of<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Value> {
    viewed(v).ok_or_else(|| th.type_error("a dict view is required"))
}

/// Whether a value is a view with set operations.
#[must_use]
pub fn is_set_view(v: &Value) -> bool {
    v.payload::<DictKeys>().is_some() || v.payload::<DictItems>().is_some()
}

fn is_set_like(th: &Thread, v: &Value) -> bool {
    let _ = th;
    v.payload::<Set>().is_some() || is_set_view(v)
}

fn mapping(th: &Thread, v: &Value) -> PyResult<Value> {
    let dict = dict_of(th, v)?;
    th.mapping_proxy(dict)
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let name = v.type_of(th).name().to_string();
    let Some(_guard) = th.repr_enter(v) else { return Ok(th.str("...")) };
    let items = th.list(th.collect(v)?);
    let mut out = Wtf8Buf::from_string(name);
    out.push_str("(");
    out.push_wtf8(&th.repr_string(&items)?);
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn len(th: &Thread, v: &Value) -> PyResult<usize> {
    Ok(this(th, dict_of(th, v)?)?.len())
}

fn iter_keys(th: &Thread, v: &Value) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Keys, false)
}

fn iter_items(th: &Thread, v: &Value) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Items, false)
}

fn iter_values(th: &Thread, v: &Value) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Values, false)
}

fn reversed_keys(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Keys, true)
}

fn reversed_items(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Items, true)
}

fn reversed_values(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    iter::make(th, dict_of(th, v)?, Kind::Values, true)
}

fn keys_contain(th: &Thread, v: &Value, key: &Value) -> PyResult<bool> {
    this(th, dict_of(th, v)?)?.contains(th, key)
}

fn items_contain(th: &Thread, v: &Value, item: &Value) -> PyResult<bool> {
    let Some([key, value]) = item.payload::<Tuple>().map(Tuple::as_slice) else { return Ok(false) };
    match this(th, dict_of(th, v)?)?.get(th, key)? {
        Some(found) => th.eq(&found, value),
        None => Ok(false),
    }
}

fn all_in(th: &Thread, some: &Value, all: &Value) -> PyResult<bool> {
    let it = th.iter(some)?;
    while let Some(item) = th.next(&it)? {
        if !th.contains(all, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    if !is_set_like(th, b) || !is_set_like(th, a) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (n, k) = (th.length(a)?, th.length(b)?);
    let result = match op {
        CompareOp::Eq => n == k && all_in(th, a, b)?,
        CompareOp::Ne => !(n == k && all_in(th, a, b)?),
        CompareOp::Lt => n < k && all_in(th, a, b)?,
        CompareOp::Le => n <= k && all_in(th, a, b)?,
        CompareOp::Gt => n > k && all_in(th, b, a)?,
        CompareOp::Ge => n >= k && all_in(th, b, a)?,
    };
    Ok(Value::bool(result))
}

fn set_of(th: &Thread, v: &Value) -> PyResult<Value> {
    let set = th.new_object(th.types().set, Set::new());
    th.expect::<Set>(&set, "set")?.update(th, v)?;
    Ok(set)
}

fn sub(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let result = set_of(th, a)?;
    th.expect::<Set>(&result, "set")?.difference_update(th, b)?;
    Ok(result)
}

fn and(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    // The view may be either operand; the result is symmetric.
    let (view, other) = if is_set_view(a) { (a, b) } else { (b, a) };
    let (view, other) = if is_set_view(other) && th.length(other)? > th.length(view)? {
        (other, view)
    } else {
        (view, other)
    };
    // Walk what may be the smaller side if both are sets.
    let (walk, test) = if other.payload::<Set>().is_some() && th.length(view)? < th.length(other)? {
        (view, other)
    } else {
        (other, view)
    };
    let result = th.new_object(th.types().set, Set::new());
    let set = th.expect::<Set>(&result, "set")?;
    let add = |item: &Value| -> PyResult<()> {
        if th.contains(test, item)? {
            set.add(th, item)?;
        }
        Ok(())
    };
    match snapshot(th, walk, walk.type_of(th)) {
        Some(items) => items.iter().try_for_each(add)?,
        None => th.for_each(walk, |item| add(&item))?,
    }
    Ok(result)
}

fn or(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let result = set_of(th, a)?;
    th.expect::<Set>(&result, "set")?.update(th, b)?;
    Ok(result)
}

fn xor(th: &Thread, a: &Value, b: &Value) -> PyResult<Value> {
    let result = set_of(th, a)?;
    th.expect::<Set>(&result, "set")?.symmetric_difference_update(th, b)?;
    Ok(result)
}

fn isdisjoint(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let [other] = args else { return Err(th.system_error("bad native call")) };
    if v.is(other) {
        return Ok(Value::bool(len(th, v)? == 0));
    }
    // Walk the shorter, if both have lengths.
    let (walk, test) =
        if is_set_like(th, other) && th.length(other)? > len(th, v)? { (v, other) } else { (other, v) };
    let it = th.iter(walk)?;
    while let Some(item) = th.next(&it)? {
        if th.contains(test, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
