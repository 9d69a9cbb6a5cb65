//! `object`: what every class inherits.
use crate::prelude::*;

mod reduce;

/// The payload of plain instances.
pub struct Object;

payload!(Object, "object");

/// A new instance of a class that has no native payload of its own.
#[inline]
#[must_use]
pub fn allocate_plain(th: &Thread, ty: TypeRef) -> Value {
    th.new_object(ty, Object)
}

/// `__dict__` of classes whose instances have one.
pub static DICT_GETSET: GetSetDef = gs(
    "__dict__",
    |th, v| match th.instance_dict(v)? {
        Some(dict) => Ok(dict),
        None => Err(th.no_attribute(v, &th.names().__dict__)),
    },
    Some(|th, v, new| match new {
        Some(new) => th.set_instance_dict(v, new),
        None => Err(th.type_error("cannot delete __dict__")),
    }),
    "dictionary for instance variables",
);

/// `__weakref__` of classes whose instances can be weakly referenced.
pub static WEAKREF_GETSET: GetSetDef = gs(
    "__weakref__",
    |th, v| Ok(crate::types::weakref::in_order(th, v).into_iter().next().unwrap_or(Value::NONE)),
    None,
    "list of weak references to the object",
);

/// `object`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "object",
    doc: "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    flags: BASETYPE,
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::Str(|th, v| match v.type_of(th).slots.repr() {
            // Whether it is a string is for the caller to say.
            Some(f) => f(th, v),
            None => th.repr(v),
        }),
        Slot::Hash(|th, v| Ok(th.identity_hash(v))),
        Slot::GetAttr(crate::protocol::attribute::generic_getattr_slot),
        Slot::SetAttr(crate::protocol::attribute::generic_setattr_slot),
        Slot::RichCompare(compare),
    ],
    methods: &[
        m("__reduce_ex__", "(protocol, /)", reduce::reduce_ex, "Helper for pickle."),
        m("__reduce__", "()", reduce::reduce, "Helper for pickle."),
        m("__getstate__", "()", reduce::getstate, "Helper for pickle."),
        cm(
            "__subclasshook__",
            "(object, /)",
            |_, _, _| Ok(Value::NOT_IMPLEMENTED),
            "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
        ),
        cm(
            "__init_subclass__",
            "()",
            |_, _, _| Ok(Value::NONE),
            "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
        ),
        m(
            "__format__",
            "(format_spec, /)",
            format,
            "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
        ),
        m("__sizeof__", "()", sizeof, "Size of object in memory, in bytes."),
        m("__dir__", "()", dir, "Default dir() implementation."),
    ],
    getset: &[gs("__class__", |th, v| Ok(v.type_of(th).value()), Some(set_class), "the object's class")],
    ..TypeSpec::of::<Object>()
};

fn is_own_new(ty: TypeRef) -> bool {
    ty.slots.new().is_some_and(|f| f as usize == new as NewRawFn as usize)
}

fn is_own_init(ty: TypeRef) -> bool {
    ty.slots.init().is_none_or(|f| f as usize == init as InitRawFn as usize)
}

#[inline(never)]
fn new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    if !args.is_empty() {
        if !is_own_new(cls) {
            return Err(
                th.type_error("object.__new__() takes exactly one argument (the type to instantiate)")
            );
        }
        if is_own_init(cls) {
            return Err(th.type_error(format!("{}() takes no arguments", cls.name())));
        }
    }
    if cls.has(ABSTRACT) {
        return Err(abstract_error(th, cls)?);
    }
    if !std::ptr::eq(cls.core.vtable, th.types().object.core.vtable) {
        return Err(th.type_error(format!("cannot create '{}' instances", cls.full_name())));
    }
    th.make_object(cls, Object)
}

#[cold]
fn abstract_error(th: &Thread, cls: TypeRef) -> PyResult<Raised> {
    let methods = th.getattr(&cls.value(), &th.names().__abstractmethods__)?;
    let mut names = Vec::new();
    for name in th.collect(&methods)? {
        names.push(th.str_text(&name)?);
    }
    names.sort();
    let plural = if names.len() > 1 { "s" } else { "" };
    Ok(th.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} '{}'",
        cls.name(),
        names.join("', '")
    )))
}

#[inline(never)]
fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let ty = v.type_of(th);
    if !is_own_init(ty) {
        return Err(
            th.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
        );
    }
    if is_own_new(ty) {
        return Err(th.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            ty.name()
        )));
    }
    Ok(())
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let ty = v.type_of(th);
    let class = ty.value();
    let module = th.get_attr_opt(&class, &th.names().__module__)?;
    let module = module.as_ref().and_then(|m| m.as_str());
    let qualname = th.str_string(&th.getattr(&class, &th.names().__qualname__)?)?;
    let mut out = Wtf8Buf::from("<");
    if let Some(module) = module.filter(|m| m.to_str() != Some("builtins")) {
        out.push_wtf8(module.as_wtf8());
        out.push_str(".");
    }
    out.push_wtf8(&qualname);
    out.push_str(&format!(" object at {:#x}>", v.identity()));
    Ok(th.str_wtf8(out))
}

pub(super) fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    match op {
        CompareOp::Eq if a.is(b) => Ok(Value::TRUE),
        CompareOp::Ne => {
            // By default the opposite of `__eq__`, whoever defines that.
            let Some(f) = a.type_of(th).slots.compare() else { return Ok(Value::NOT_IMPLEMENTED) };
            let equal = f(th, a, b, CompareOp::Eq)?;
            if equal.is_not_implemented() {
                return Ok(equal);
            }
            Ok(Value::bool(!th.truth(&equal)?))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn format(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let Some(spec) = args[0].as_str() else {
        return Err(
            th.type_error(format!("__format__() argument must be str, not {}", args[0].type_name(th)))
        );
    };
    if spec.byte_len() > 0 {
        return Err(
            th.type_error(format!("unsupported format string passed to {}.__format__", v.type_name(th)))
        );
    }
    th.to_str(v)
}

fn sizeof(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    Ok(th.usize(v.type_of(th).core.instance_size(0, 0)))
}

fn merge_class(th: &Thread, names: &Dict, class: &Value) -> PyResult<()> {
    let _guard = th.enter_recursive(" while listing attributes")?;
    if let Some(dict) = th.get_attr_opt(class, &th.names().__dict__)? {
        for key in th.collect(&th.call_method(&dict, "keys", &[])?)? {
            names.set(th, &key, Value::NONE)?;
        }
    }
    if let Some(bases) = th.get_attr_opt(class, &th.names().__bases__)?
        && th.is_sequence(&bases)
    {
        for base in th.collect(&bases)? {
            merge_class(th, names, &base)?;
        }
    }
    Ok(())
}

impl Thread {
    /// The names of a class's attributes and of its bases' (`type.__dir__`): a list.
    pub fn class_dir(&self, class: &Value) -> PyResult<Value> {
        let names = self.dict();
        if let Some(d) = names.payload::<Dict>() {
            merge_class(self, d, class)?;
        }
        Ok(self.list(self.collect(&names)?))
    }
}

fn dir(th: &Thread, v: &Value, _: &[Value]) -> PyResult<Value> {
    let names = th.dict();
    if let Some(d) = names.payload::<Dict>() {
        if let Some(own) = th.get_attr_opt(v, &th.names().__dict__)?.filter(|o| o.payload::<Dict>().is_some())
        {
            for key in th.collect(&own)? {
                d.set(th, &key, Value::NONE)?;
            }
        }
        if let Some(class) = th.get_attr_opt(v, &th.names().__class__)? {
            merge_class(th, d, &class)?;
        }
    }
    Ok(th.list(th.collect(&names)?))
}

fn set_class(th: &Thread, v: &Value, new: Option<&Value>) -> PyResult<()> {
    let Some(new) = new else { return Err(th.type_error("can't delete __class__ attribute")) };
    let Some(class) = TypeRef::from_value(new) else {
        return Err(
            th.type_error(format!("__class__ must be set to a class, not '{}' object", new.type_name(th)))
        );
    };
    let old = v.type_of(th);
    let module = th.types().module;
    let modules = class.is_subtype(module) && old.is_subtype(module);
    let both_heap = class.has(HEAP) && old.has(HEAP);
    if !modules && !both_heap {
        return Err(
            th.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses")
        );
    }
    let same_slots = || {
        class.slot_names.len() == old.slot_names.len()
            && class.slot_names.iter().zip(&old.slot_names).all(|(a, b)| a.is(b))
    };
    let (a, b) = (&class.core, &old.core);
    let same = std::ptr::eq(a.vtable, b.vtable)
        && a.n_slots == b.n_slots
        && a.ext_offset == b.ext_offset
        && class.has(WEAKREFS) == old.has(WEAKREFS)
        && (a.n_slots == 0 || same_slots());
    if !same {
        return Err(th.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            class.name(),
            old.name()
        )));
    }
    th.change_class(v, class)
}
