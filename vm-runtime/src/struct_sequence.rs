//! Struct sequences: tuples whose items have names, as `os.stat_result` or `sys.flags`.
//!
//! Each is a native type over `tuple`. Items beyond the visible ones live in a dictionary of the instance that Python does
//! not see, under their numbers.
use crate::call::{GetSetDef, MethodDef, OwnSignature, m};
use crate::prelude::*;
use crate::types::make::native_type;
use std::sync::OnceLock;

/// What a struct sequence type is made from.
pub struct StructSpec {
    name: &'static str,
    doc: &'static str,
    /// Name and docstring of each item; one without a name has no attribute.
    fields: &'static [(&'static str, &'static str)],
    visible: usize,
    closed: bool,
    new: NewRawFn,
    complete: fn(&mut [Value]),
    /// The type's spec, made at first use.
    spec: OnceLock<&'static TypeSpec>,
}

/// The most items that a struct sequence can have.
const MOST: usize = 24;

type Getter = fn(&Thread, &Value) -> PyResult<Value>;

fn field<const N: usize>(th: &Thread, this: &Value) -> PyResult<Value> {
    item(th, this, N)
}

/// Item `n`, visible or not.
fn item(th: &Thread, this: &Value, n: usize) -> PyResult<Value> {
    if let Some(value) = this.payload::<Tuple>().and_then(|t| t.as_slice().get(n)) {
        return Ok(value.clone());
    }
    match th.instance_dict(this)?.as_ref().and_then(|d| d.payload::<Dict>()) {
        Some(dict) => Ok(dict.get(th, &th.usize(n))?.unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }
}

const GETTERS: [Getter; MOST] = [
    field::<0>,
    field::<1>,
    field::<2>,
    field::<3>,
    field::<4>,
    field::<5>,
    field::<6>,
    field::<7>,
    field::<8>,
    field::<9>,
    field::<10>,
    field::<11>,
    field::<12>,
    field::<13>,
    field::<14>,
    field::<15>,
    field::<16>,
    field::<17>,
    field::<18>,
    field::<19>,
    field::<20>,
    field::<21>,
    field::<22>,
    field::<23>,
];

static METHODS: [MethodDef; 2] = [
    m("__reduce__", "()", reduce, ""),
    m(
        "__replace__",
        "(**changes)",
        replace,
        "Return a copy of the structure with new values for the specified fields.",
    ),
];
static OPEN: [Slot; 2] = [Slot::NewRaw(construct), Slot::Repr(repr)];
static OPEN_HIDDEN: [Slot; 3] = [Slot::NewRaw(construct), Slot::Repr(repr), Slot::SetAttr(set_attribute)];
static CLOSED: [Slot; 1] = [Slot::Repr(repr)];
static CLOSED_HIDDEN: [Slot; 2] = [Slot::Repr(repr), Slot::SetAttr(set_attribute)];

/// The specs by the address of their type's spec.
static MADE: parking_lot::RwLock<Vec<(usize, &'static StructSpec)>> = parking_lot::RwLock::new(Vec::new());

impl StructSpec {
    /// A type with this name (its module's before the last dot), docstring, items (name and docstring) and number of items
    /// that the tuple has.
    #[must_use]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        fields: &'static [(&'static str, &'static str)],
        visible: usize,
    ) -> StructSpec {
        StructSpec { name, doc, fields, visible, closed: false, new, complete: |_| (), spec: OnceLock::new() }
    }

    /// A type that programs cannot make instances of.
    #[must_use]
    pub const fn closed(mut self) -> StructSpec {
        self.closed = true;
        self
    }

    /// A type with a `__new__` of its own.
    #[must_use]
    pub const fn with_new(mut self, new: NewRawFn) -> StructSpec {
        self.new = new;
        self
    }

    /// A type whose omitted items are filled in by `complete`.
    #[must_use]
    pub const fn completed_by(mut self, complete: fn(&mut [Value])) -> StructSpec {
        self.complete = complete;
        self
    }

    fn type_spec(&'static self) -> &'static TypeSpec {
        self.spec.get_or_init(|| {
            // Once a process: a type's descriptors refer to it for ever.
            let attributes: Vec<GetSetDef> = self
                .fields
                .iter()
                .zip(GETTERS)
                .filter(|((name, _), _)| !name.is_empty())
                .map(|((name, doc), get)| crate::call::mb(name, get, None, doc))
                .collect();
            let hidden = self.visible < self.fields.len();
            let spec: &'static TypeSpec = Box::leak(Box::new(TypeSpec {
                name: self.name,
                doc: self.doc,
                flags: if hidden { HAS_DICT } else { 0 } | if self.closed { NO_NEW } else { 0 },
                slots: match (self.closed, hidden) {
                    (false, false) => &OPEN,
                    (false, true) => &OPEN_HIDDEN,
                    (true, false) => &CLOSED,
                    (true, true) => &CLOSED_HIDDEN,
                },
                methods: &METHODS,
                getset: Box::leak(attributes.into_boxed_slice()),
                base: Some(|t| t.tuple),
                init: Some(init),
                variable: true,
                ..TypeSpec::of::<Tuple>()
            }));
            MADE.write().push((std::ptr::from_ref(spec).addr(), self));
            spec
        })
    }

    /// The class, made at first use.
    ///
    /// # Errors
    /// MemoryError and the like.
    pub fn class(&'static self, th: &Thread) -> PyResult<Value> {
        Ok(native_type(th, self.type_spec())?.value())
    }

    /// An instance; `values` are all items, hidden ones too.
    ///
    /// # Errors
    /// MemoryError and the like.
    pub fn make(&'static self, th: &Thread, values: Vec<Value>) -> PyResult<Value> {
        self.make_as(th, native_type(th, self.type_spec())?, values)
    }

    fn make_as(&self, th: &Thread, ty: TypeRef, mut values: Vec<Value>) -> PyResult<Value> {
        let hidden = values.split_off(self.visible.min(values.len()));
        let made = Tuple::make(th, ty, values)?;
        if !hidden.is_empty()
            && let Some(dict) = th.instance_dict(&made)?
        {
            for (n, value) in (self.visible..).zip(hidden) {
                th.setitem(&dict, &th.usize(n), &value)?;
            }
        }
        Ok(made)
    }

    fn unnamed(&self) -> usize {
        self.fields.iter().filter(|(name, _)| name.is_empty()).count()
    }

    /// The number of the item with this name.
    fn number(&self, name: &Value) -> Option<usize> {
        let name = name.as_str()?.to_str()?;
        self.fields.iter().position(|(n, _)| *n == name && !n.is_empty())
    }
}

/// What the type has besides its methods.
fn init(th: &Thread, ty: TypeRef) -> PyResult<()> {
    let Some(spec) = spec_of(ty) else { return Ok(()) };
    let dict = ty.dict();
    for name in [&th.names().__dict__, &th.names().__setattr__, &th.names().__delattr__] {
        dict.del(th, name)?;
    }
    dict.set_str(th, "n_sequence_fields", th.usize(spec.visible))?;
    dict.set_str(th, "n_fields", th.usize(spec.fields.len()))?;
    dict.set_str(th, "n_unnamed_fields", th.usize(spec.unnamed()))?;
    let shown = spec.fields.iter().take(spec.visible).filter(|(name, _)| !name.is_empty());
    dict.set(th, &th.names().__match_args__, th.tuple(shown.map(|(name, _)| th.intern(name)).collect()))?;
    Ok(())
}

fn spec_of(ty: TypeRef) -> Option<&'static StructSpec> {
    let key = std::ptr::from_ref(ty.spec?).addr();
    MADE.read().iter().find(|(k, _)| *k == key).map(|(_, spec)| *spec)
}

fn expect_spec(th: &Thread, ty: TypeRef) -> PyResult<&'static StructSpec> {
    spec_of(ty).ok_or_else(|| th.type_error("a struct sequence is required"))
}

fn construct(th: &Thread, ty: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    (expect_spec(th, ty)?.new)(th, ty, args)
}

fn new(th: &Thread, ty: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    static SIGNATURE: OwnSignature = OwnSignature::new("structseq", "(sequence, dict=None)");
    let bound = SIGNATURE.bind(th, args)?;
    let spec = expect_spec(th, ty)?;
    let (visible, all, name) = (spec.visible, spec.fields.len(), spec.name);
    let mut items = match th.collect(&bound[0]) {
        Ok(items) => items,
        Err(raised) => {
            if th.error_is(th.types().exc.type_error) {
                th.clear_error();
                return Err(th.type_error("constructor requires a sequence"));
            }
            return Err(raised);
        }
    };
    let given = items.len();
    if given < visible || given > all {
        let bound = match (visible == all, given < visible) {
            (true, _) => "a",
            (false, true) => "an at least",
            (false, false) => "an at most",
        };
        let wanted = if given < visible { visible } else { all };
        return Err(
            th.type_error(format!("{name}() takes {bound} {wanted}-sequence ({given}-sequence given)"))
        );
    }
    items.resize(all, Value::NONE);
    if !bound[1].is_unbound() {
        let Some(extra) = bound[1].payload::<Dict>() else {
            return Err(th.type_error(format!("{name}() takes a dict as second arg, if any")));
        };
        for (key, value) in extra.items(th) {
            match spec.number(&key).filter(|n| *n >= given) {
                Some(n) => items[n] = value,
                None => {
                    return Err(th.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
                }
            }
        }
    }
    (spec.complete)(&mut items);
    spec.make_as(th, ty, items)
}

/// Attributes are read-only, and there are no others: the dictionary of hidden items is none of the program's.
fn set_attribute(th: &Thread, this: &Value, name: &Value, _: Option<&Value>) -> PyResult<()> {
    let ty = this.type_of(th);
    let interned = th.intern_value(name)?;
    match ty.lookup(th, &interned) {
        Some(found) if found.type_of(th).slots.descr_set().is_some() => {
            Err(th.attribute_error("readonly attribute"))
        }
        Some(_) => Err(th.attribute_error_for(
            format!("'{}' object attribute '{}' is read-only", ty.full_name(), th.str_string(name)?),
            this,
            name,
        )),
        None => Err(th.attribute_error_for(
            format!(
                "'{}' object has no attribute '{}' and no __dict__ for setting new attributes",
                ty.full_name(),
                th.str_string(name)?
            ),
            this,
            name,
        )),
    }
}

fn repr(th: &Thread, this: &Value) -> PyResult<Value> {
    let ty = this.type_of(th);
    let spec = expect_spec(th, ty)?;
    let Some(tuple) = this.payload::<Tuple>() else {
        return Err(th.type_error("a struct sequence is required"));
    };
    let mut text = Wtf8Buf::new();
    text.push_str(spec.name);
    text.push_str("(");
    for (n, (value, (name, _))) in tuple.as_slice().iter().zip(spec.fields).enumerate() {
        if n > 0 {
            text.push_str(", ");
        }
        // An item without a name of its own goes by that of the first hidden one, as `os.stat_result` has it.
        let later = spec.fields.get(n + spec.unnamed()).filter(|_| name.is_empty());
        let name = later.map_or(*name, |(name, _)| name);
        if !name.is_empty() {
            text.push_str(name);
            text.push_str("=");
        }
        text.push_wtf8(&th.repr_string(value)?);
    }
    text.push_str(")");
    Ok(th.str_wtf8(&text))
}

fn reduce(th: &Thread, this: &Value, _args: &[Value]) -> PyResult<Value> {
    let ty = this.type_of(th);
    let spec = expect_spec(th, ty)?;
    let items = this.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    let dict = th.dict();
    for (n, (name, _)) in spec.fields.iter().enumerate().skip(spec.visible) {
        th.setitem(&dict, &th.intern(name), &item(th, this, n)?)?;
    }
    Ok(th.tuple(vec![ty.value(), th.tuple(vec![th.tuple(items), dict])]))
}

fn replace(th: &Thread, this: &Value, args: &[Value]) -> PyResult<Value> {
    let ty = this.type_of(th);
    let spec = expect_spec(th, ty)?;
    if spec.unnamed() > 0 {
        return Err(th.type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            spec.name
        )));
    }
    let mut items = (0..spec.fields.len()).map(|n| item(th, this, n)).collect::<PyResult<Vec<_>>>()?;
    let mut unknown = Vec::new();
    if let Some(changes) = args.first().and_then(|c| c.payload::<Dict>()) {
        for (key, value) in changes.items(th) {
            match spec.number(&key) {
                Some(n) => items[n] = value,
                None => unknown.push(key),
            }
        }
    }
    if !unknown.is_empty() {
        let shown = th.repr_string(&th.list(unknown))?;
        return Err(th.type_error(format!("Got unexpected field name(s): {shown}")));
    }
    spec.make_as(th, ty, items)
}
