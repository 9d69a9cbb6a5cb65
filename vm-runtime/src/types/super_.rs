//! `super`.
use crate::prelude::*;

/// The payload of `super` objects.
pub struct Super {
    state: ObjCell<State>,
}

#[derive(Clone)]
struct State {
    /// `__thisclass__`; UNBOUND before `__init__`.
    ty: Value,
    /// `__self__`; UNBOUND: unbound super object.
    obj: Value,
    /// `__self_class__`.
    obj_type: Value,
}

payload!(Super, "super", traverse = Super::traverse);

impl Super {
    fn new(state: State) -> Super {
        Super { state: ObjCell::new(state) }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        self.state.peek(|s| {
            for v in [&s.ty, &s.obj, &s.obj_type] {
                visit(v);
            }
        });
    }
}

/// `super`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires\n    issubclass(type2, type)",
    flags: BASETYPE,
    slots: &[
        Slot::NewRaw(new),
        Slot::InitRaw(init),
        Slot::Repr(repr),
        Slot::GetAttr(getattr),
        Slot::DescrGet(descr_get),
    ],
    getset: &[
        mb("__thisclass__", |th, v| Ok(or_none(state(th, v)?.ty)), None, "the class invoking super()"),
        mb(
            "__self__",
            |th, v| Ok(or_none(state(th, v)?.obj)),
            None,
            "the instance invoking super(); may be None",
        ),
        mb(
            "__self_class__",
            |th, v| Ok(or_none(state(th, v)?.obj_type)),
            None,
            "the type of the instance invoking super(); may be None",
        ),
    ],
    ..TypeSpec::of::<Super>()
};

fn or_none(v: Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v }
}

fn state(th: &Thread, v: &Value) -> PyResult<State> {
    Ok(th.expect::<Super>(v, "super")?.state.with(th, |s| s.clone()))
}

fn new(th: &Thread, cls: TypeRef, _: &CallArgs<'_>) -> PyResult<Value> {
    th.make_object(
        cls,
        Super::new(State { ty: Value::UNBOUND, obj: Value::UNBOUND, obj_type: Value::UNBOUND }),
    )
}

fn init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(th.type_error("super() takes no keyword arguments"));
    }
    let given = args.positional();
    if given.len() > 2 {
        return Err(th.type_error(format!("super() expected at most 2 arguments, got {}", given.len())));
    }
    let (ty, obj) = match given {
        [] => th.super_from_frame()?,
        [ty] => (ty.clone(), Value::NONE),
        [ty, obj, ..] => (ty.clone(), obj.clone()),
    };
    let Some(ty_ref) = TypeRef::from_value(&ty) else {
        return Err(th.type_error(format!("super() argument 1 must be a type, not {}", ty.type_name(th))));
    };
    let new = if obj.is_none() {
        State { ty, obj: Value::UNBOUND, obj_type: Value::UNBOUND }
    } else {
        let obj_type = check(th, ty_ref, &obj)?.value();
        State { ty, obj, obj_type }
    };
    let payload = th.expect::<Super>(v, "super")?;
    drop(payload.state.with(th, |s| std::mem::replace(s, new)));
    Ok(())
}

/// The class whose MRO `super(ty, obj)` searches; TypeError if `obj` is no instance or subclass of `ty`.
pub fn check(th: &Thread, ty: TypeRef, obj: &Value) -> PyResult<TypeRef> {
    let as_type = TypeRef::from_value(obj);
    if let Some(class) = as_type.filter(|c| c.is_subtype(ty)) {
        return Ok(class);
    }
    let class = obj.type_of(th);
    if class.is_subtype(ty) {
        return Ok(class);
    }
    if let Some(claimed) = th.get_attr_opt(obj, &th.names().__class__)?
        && let Some(claimed) = TypeRef::from_value(&claimed).filter(|c| *c != class && c.is_subtype(ty))
    {
        return Ok(claimed);
    }
    let (kind, name) = match as_type {
        Some(t) => ("type", t.full_name()),
        None => ("instance of", class.full_name()),
    };
    Err(th.type_error(format!(
        "super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).",
        ty.full_name()
    )))
}

/// The attribute with an interned name that `super(ty, obj)` finds, bound; None if there is none after `ty` in the MRO of `obj_type`.
pub fn lookup(
    th: &Thread,
    ty: TypeRef,
    obj: &Value,
    obj_type: TypeRef,
    name: &Value,
) -> PyResult<Option<Value>> {
    let Some(found) = obj_type.lookup_after(th, ty, name) else { return Ok(None) };
    match found.type_of(th).slots.descr_get() {
        Some(get) => {
            // A class method's `super()`: the object is the class itself.
            let is_class = TypeRef::from_value(obj).is_some_and(|c| c == obj_type);
            get(th, &found, if is_class { None } else { Some(obj) }, Some(&obj_type.value())).map(Some)
        }
        None => Ok(Some(found)),
    }
}

fn getattr(th: &Thread, v: &Value, name: &Value) -> PyResult<Value> {
    let s = state(th, v)?;
    if let (Some(ty), Some(obj_type)) = (TypeRef::from_value(&s.ty), TypeRef::from_value(&s.obj_type)) {
        let name = th.intern_value(name)?;
        // `super().__class__` is `super` itself.
        if !name.is(&th.names().__class__)
            && let Some(found) = lookup(th, ty, &s.obj, obj_type, &name)?
        {
            return Ok(found);
        }
    }
    th.generic_getattr(v, name)
}

fn descr_get(th: &Thread, v: &Value, obj: Option<&Value>, _: Option<&Value>) -> PyResult<Value> {
    let s = state(th, v)?;
    let Some(obj) = obj.filter(|o| !o.is_none() && s.obj.is_unbound()) else { return Ok(v.clone()) };
    if !th.is_exact(v, th.types().super_) {
        return th.call(&v.type_of(th).value(), &[or_none(s.ty), obj.clone()]);
    }
    let Some(ty) = TypeRef::from_value(&s.ty) else { return Ok(v.clone()) };
    let obj_type = check(th, ty, obj)?.value();
    th.make_object(th.types().super_, Super::new(State { ty: s.ty, obj: obj.clone(), obj_type }))
}

fn repr(th: &Thread, v: &Value) -> PyResult<Value> {
    let s = state(th, v)?;
    let class = TypeRef::from_value(&s.ty).map_or_else(|| "NULL".to_owned(), |t| t.full_name());
    let text = match TypeRef::from_value(&s.obj_type) {
        Some(obj_type) => format!("<super: <class '{class}'>, <{} object>>", obj_type.full_name()),
        None => format!("<super: <class '{class}'>, NULL>"),
    };
    Ok(th.str(&text))
}
