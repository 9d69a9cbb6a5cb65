//! `BaseExceptionGroup` and `ExceptionGroup`: creation, display, and what `except*` does with them.
use super::{BaseException, base, extra, this};
use crate::prelude::*;

pub use super::group_split::{Matcher, split_recursive};

pub(super) static SLOTS: &[Slot] =
    &[Slot::NewRaw(new), Slot::InitRaw(base::init), Slot::Repr(repr), Slot::Str(str)];
pub(super) static METHODS: &[MethodDef] = &[
    cm(
        "__class_getitem__",
        "(object, /)",
        class_getitem,
        "Exception groups are generic over the type of their contained exceptions",
    ),
    m("derive", "(excs, /)", derive, ""),
    m("split", "(matcher_value, /)", split, ""),
    m("subgroup", "(matcher_value, /)", subgroup, ""),
];
pub(super) static GETSET: &[GetSetDef] = &[
    gs("message", get_message, None, "exception message"),
    gs("exceptions", get_exceptions, None, "nested exceptions"),
];

/// `ExceptionGroup`, with bases `BaseExceptionGroup` and `Exception`.
pub static EXCEPTION_GROUP: TypeSpec = TypeSpec {
    name: "ExceptionGroup",
    doc: "",
    flags: BASETYPE | HAS_DICT | WEAKREFS,
    ..TypeSpec::of::<BaseException>()
};

/// Extra value: the repr of `args[1]` when the group was made, where that is neither a list nor a tuple.
const GROUP_REPR: usize = 2;

extra_member!(get_message, _set_message, extra::GROUP_MESSAGE);
extra_member!(get_exceptions, _set_exceptions, extra::GROUP_EXCEPTIONS);

fn new(th: &Thread, cls: TypeRef, args: &CallArgs) -> PyResult<Value> {
    let exc = &th.types().exc;
    if !args.names.is_empty() {
        return Err(th.type_error(format!("{}() takes no keyword arguments", cls.name())));
    }
    let [message, exceptions] = args.positional() else {
        let n = args.positional().len();
        return Err(
            th.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)"))
        );
    };
    if message.as_str().is_none() {
        return Err(th.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            message.type_name(th)
        )));
    }
    if !th.is_sequence(exceptions) {
        return Err(th.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = th.collect(exceptions)?;
    if items.is_empty() {
        return Err(th.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut nested_base = false;
    for (i, item) in items.iter().enumerate() {
        if super::payload(item).is_none() {
            return Err(
                th.value_error(format!("Item {i} of second argument (exceptions) is not an exception"))
            );
        }
        nested_base |= !th.isinstance(item, exc.exception);
    }
    let mut cls = cls;
    if cls == exc.base_exception_group {
        if !nested_base {
            cls = exc.exception_group;
        }
    } else if nested_base && cls == exc.exception_group {
        return Err(th.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    } else if nested_base && cls.is_subtype(exc.exception) {
        return Err(th.type_error(format!("Cannot nest BaseExceptions in '{}'", cls.name())));
    }
    let plain = exceptions.payload::<List>().is_some() || exceptions.payload::<Tuple>().is_some();
    let shown = if plain { Value::UNBOUND } else { th.repr(exceptions)? };
    let args = th.tuple(vec![message.clone(), exceptions.clone()]);
    let payload = BaseException::with_extra(args, vec![message.clone(), th.tuple(items), shown]);
    th.make_object(cls, payload)
}

/// The exceptions of a group; None if it is no group.
pub fn exceptions(th: &Thread, v: &Value) -> Option<Vec<Value>> {
    if !th.isinstance(v, th.types().exc.base_exception_group) {
        return None;
    }
    let items = super::payload(v)?.extra(th, extra::GROUP_EXCEPTIONS);
    Some(items.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default())
}

fn str(th: &Thread, v: &Value) -> PyResult<Value> {
    let message = this(th, v)?.extra_or_none(th, extra::GROUP_MESSAGE);
    let n = exceptions(th, v).unwrap_or_default().len();
    let text = th.to_str(&message)?;
    let mut out = text.as_str().map(|s| s.as_wtf8().to_owned()).unwrap_or_default();
    out.push_str(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    Ok(th.str_wtf8(out))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let e = this(th, v)?;
    let shown = e.extra(th, GROUP_REPR);
    let excs = match shown.as_str() {
        Some(s) => s.as_wtf8().to_owned(),
        None => {
            let items = exceptions(th, v).unwrap_or_default();
            let was_list = e
                .args(th)
                .payload::<Tuple>()
                .is_some_and(|t| matches!(t.as_slice(), [_, a] if a.payload::<List>().is_some()));
            th.repr_string(&if was_list { th.list(items) } else { th.tuple(items) })?
        }
    };
    let mut out = Wtf8Buf::from(v.type_of(th).name());
    out.push_str("(");
    out.push_wtf8(&th.repr_string(&e.extra_or_none(th, extra::GROUP_MESSAGE))?);
    out.push_str(", ");
    out.push_wtf8(&excs);
    out.push_str(")");
    Ok(th.str_wtf8(out))
}

fn class_getitem(th: &Thread, cls: &Value, args: &[Value]) -> PyResult<Value> {
    crate::types::generic_alias::new_alias(th, cls, &args[0])
}

fn derive(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let message = this(th, v)?.extra_or_none(th, extra::GROUP_MESSAGE);
    th.call(&th.types().exc.base_exception_group.value(), &[message, args[0].clone()])
}

fn split(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let matcher = Matcher::from_value(th, &args[0])?;
    let (matched, rest) = split_recursive(th, v, &matcher, true)?;
    Ok(th.tuple(vec![matched, rest]))
}

fn subgroup(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let matcher = Matcher::from_value(th, &args[0])?;
    Ok(split_recursive(th, v, &matcher, false)?.0)
}
