//! Native callables and the descriptors of native types: functions, method and class-method descriptors, slot wrappers and
//! their bound forms, computed attributes, `__slots__` members, `__new__`.
use super::slot_defs::SlotDef;
use super::type_::*;
use crate::call::{CallArgs, GetSetDef, MethodDef, ParsedSignature, Signature};
use crate::slots::Slot;
use crate::thread::{PyResult, Thread};
use crate::types::value_ext::ValueExt;
use crate::value_cells::AtomicValue;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use vm_core::object::layout::{self, Visitor};
use vm_core::{Value, payload};

mod members;
mod specs;
mod wrappers;

pub use members::{
    DICT_GETSET, MemberDescriptor, MemberPlace, NATIVE_DICT_GETSET, WEAKREF_GETSET, member_descriptor,
};
pub use specs::*;
pub use wrappers::{MethodWrapper, SlotWrapper, slot_wrapper};

/// A native function, bound to a module, an instance, a class or nothing.
pub struct BuiltinFunction {
    pub(crate) def: &'static MethodDef,
    /// What the function receives first: the module, instance or class.
    pub(crate) this: Value,
    /// The class that defines a bound method; None for functions of modules.
    pub(crate) owner: Option<TypeRef>,
    /// `__module__`.
    pub(crate) module: AtomicValue,
    /// The parsed signature.
    pub(crate) parsed: ParsedSignature,
}
payload!(BuiltinFunction, "builtin_function_or_method", traverse = BuiltinFunction::traverse);

impl BuiltinFunction {
    fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.this);
        self.module.traverse(visit);
    }

    /// The plain name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.def.name
    }

    fn qualified(&self) -> String {
        // A class method is named by the class that it is called on.
        match self.owner.map(|ty| TypeRef::from_value(&self.this).unwrap_or(ty)) {
            Some(ty) => format!("{}.{}", ty.name(), self.def.name),
            None => match self.module.load().as_str().and_then(|s| s.to_str()) {
                Some(module) if module != "builtins" => format!("{module}.{}", self.def.name),
                _ => self.def.name.to_owned(),
            },
        }
    }

    /// Calls the function.
    ///
    /// # Errors
    /// TypeError where the arguments do not fit, and what the function raises.
    #[inline]
    pub fn call(&self, th: &Thread, args: &CallArgs<'_>) -> PyResult<Value> {
        self.def.call(th, &self.this, args, &self.parsed, &|| self.qualified())
    }
}

/// A function of a module.
#[must_use]
pub fn function(th: &Thread, def: &'static MethodDef, this: &Value, module: Option<&Value>) -> Value {
    let module = AtomicValue::new(module.cloned().unwrap_or(Value::NONE));
    th.new_object(
        th.type_for::<BuiltinFunction>(),
        BuiltinFunction { def, this: this.clone(), owner: None, module, parsed: ParsedSignature::new() },
    )
}

/// A method of a native type, unbound.
pub struct MethodDescriptor {
    pub(crate) owner: TypeRef,
    pub(crate) def: &'static MethodDef,
    pub(crate) parsed: ParsedSignature,
}
payload!(MethodDescriptor, "method_descriptor");

/// A class method of a native type, unbound.
pub struct ClassMethodDescriptor {
    pub(crate) owner: TypeRef,
    pub(crate) def: &'static MethodDef,
}
payload!(ClassMethodDescriptor, "classmethod_descriptor");

/// A computed attribute of a native type.
pub struct GetSetDescriptor {
    pub(crate) owner: TypeRef,
    pub(crate) def: &'static GetSetDef,
}
payload!(
    GetSetDescriptor,
    "getset_descriptor",
    traverse = |d: &GetSetDescriptor, visit: Visitor<'_>| d.owner.visit(visit)
);

/// A method descriptor.
#[must_use]
pub fn method_descriptor(th: &Thread, owner: TypeRef, def: &'static MethodDef) -> Value {
    deferred(th.new_object(
        th.type_for::<MethodDescriptor>(),
        MethodDescriptor { owner, def, parsed: ParsedSignature::new() },
    ))
}

/// A class method descriptor.
#[must_use]
pub fn class_method_descriptor(th: &Thread, owner: TypeRef, def: &'static MethodDef) -> Value {
    deferred(th.new_object(th.type_for::<ClassMethodDescriptor>(), ClassMethodDescriptor { owner, def }))
}

/// A static method: a function in a staticmethod object.
#[must_use]
pub fn static_method(th: &Thread, owner: TypeRef, def: &'static MethodDef) -> Value {
    let f = th.new_object(
        th.type_for::<BuiltinFunction>(),
        BuiltinFunction {
            def,
            this: owner.value(),
            owner: Some(owner),
            module: AtomicValue::new(Value::NONE),
            parsed: ParsedSignature::new(),
        },
    );
    deferred(super::staticmethod::wrap(th, f))
}

/// A computed attribute.
#[must_use]
pub fn getset_descriptor(th: &Thread, owner: TypeRef, def: &'static GetSetDef) -> Value {
    let v = if def.member {
        let member = MemberDescriptor { owner, name: th.intern(def.name), place: MemberPlace::Native(def) };
        th.new_object(th.type_for::<MemberDescriptor>(), member)
    } else {
        th.new_object(th.type_for::<GetSetDescriptor>(), GetSetDescriptor { owner, def })
    };
    if owner.has(HEAP) {
        // It goes with its class.
        if let Some(h) = v.header() {
            vm_core::refcount::make_deferred(h);
        }
        return v;
    }
    deferred(v)
}

/// Descriptors of native types live as long as the VM and are read by all threads.
fn deferred(v: Value) -> Value {
    if let Some(h) = v.header() {
        vm_core::refcount::make_immortal(h);
    }
    v
}

impl MethodDescriptor {
    fn qualified(&self) -> String {
        format!("{}.{}", self.owner.name(), self.def.name)
    }

    /// Checks the receiver and calls; the receiver is the first argument.
    ///
    /// # Errors
    /// TypeError `descriptor 'x' for 'Y' objects doesn't apply to a 'Z' object`, and what the method raises.
    #[inline]
    pub fn call(&self, th: &Thread, args: &CallArgs<'_>) -> PyResult<Value> {
        let Some((this, rest)) = args.args.split_first() else { return Err(self.needs_argument(th)) };
        if args.positional().is_empty() {
            return Err(self.needs_argument(th));
        }
        let ty = this.type_of(th);
        if ty != self.owner && !ty.is_subtype(self.owner) {
            return Err(self.wrong_receiver(th, this));
        }
        let rest = CallArgs { args: rest, names: args.names };
        self.def.call(th, this, &rest, &self.parsed, &|| self.qualified())
    }

    #[cold]
    fn needs_argument(&self, th: &Thread) -> crate::thread::Raised {
        th.type_error(format!("unbound method {}() needs an argument", self.qualified()))
    }

    #[cold]
    fn wrong_receiver(&self, th: &Thread, this: &Value) -> crate::thread::Raised {
        th.type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            self.def.name,
            self.owner.full_name(),
            this.type_of(th).full_name()
        ))
    }

    /// The bound method.
    #[must_use]
    pub fn bind(&self, th: &Thread, this: &Value) -> Value {
        th.new_object(
            th.type_for::<BuiltinFunction>(),
            BuiltinFunction {
                def: self.def,
                this: this.clone(),
                owner: Some(self.owner),
                module: AtomicValue::new(Value::NONE),
                parsed: self.parsed.clone(),
            },
        )
    }
}

/// The descriptor check of CPython's `descr_check`.
fn check_receiver(th: &Thread, owner: TypeRef, name: &str, this: &Value) -> PyResult<()> {
    if this.type_of(th).is_subtype(owner) {
        return Ok(());
    }
    Err(th.type_error(format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.full_name(),
        this.type_of(th).full_name()
    )))
}

// ---- __new__ and __init__ with bound arguments

fn signature_of(spec: &'static TypeSpec) -> &'static Signature {
    // One parsed signature a spec, process-wide: specs are static.
    static PARSED: parking_lot::RwLock<Vec<(usize, &'static Signature)>> =
        parking_lot::RwLock::new(Vec::new());
    let key = std::ptr::from_ref(spec).addr();
    if let Some((_, sig)) = PARSED.read().iter().find(|(k, _)| *k == key) {
        return sig;
    }
    let sig: &'static Signature = Box::leak(Box::new(Signature::parse(spec.new_sig)));
    PARSED.write().push((key, sig));
    sig
}

/// The nearest native type along the bases that declares what `pick` looks for.
fn native_slot<T>(
    mut ty: TypeRef,
    pick: impl Fn(&Slot) -> Option<T>,
) -> Option<(TypeRef, &'static TypeSpec, T)> {
    loop {
        if let Some(spec) = ty.spec
            && let Some(found) = spec.slots.iter().find_map(&pick)
        {
            return Some((ty, spec, found));
        }
        let base = ty.base.load();
        ty = TypeRef::from_value(&base)?;
    }
}

/// `__new__` of a native type whose spec has `Slot::New`.
pub(crate) fn bound_new(th: &Thread, cls: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let Some((ty, spec, new)) = native_slot(cls, |s| if let Slot::New(f) = s { Some(*f) } else { None })
    else {
        return Err(th.type_error(format!("cannot create '{}' instances", cls.full_name())));
    };
    let sig = signature_of(spec);
    if sig.fits(args) {
        return new(th, cls, args.args);
    }
    let name = ty.fallback_name;
    // A subclass with its own __init__ may take arguments that __new__ does not know (as list and friends have it).
    let bound = sig.bind_type(th, name, args)?;
    new(th, cls, &bound)
}

/// `__init__` of a native type whose spec has `Slot::Init`.
pub(crate) fn bound_init(th: &Thread, v: &Value, args: &CallArgs<'_>) -> PyResult<()> {
    let Some((ty, spec, init)) =
        native_slot(v.type_of(th), |s| if let Slot::Init(f) = s { Some(*f) } else { None })
    else {
        return Ok(());
    };
    let sig = signature_of(spec);
    if sig.fits(args) {
        return init(th, v, args.args);
    }
    let name = ty.fallback_name;
    let bound = sig.bind_type(th, name, args)?;
    init(th, v, &bound)
}

static NEW_DEF: OnceLock<MethodDef> = OnceLock::new();

/// The `__new__` of a native type's dict.
#[must_use]
pub fn new_wrapper(th: &Thread, ty: TypeRef) -> Value {
    let def = NEW_DEF.get_or_init(|| {
        crate::call::m(
            "__new__",
            "(*args, **kwargs)",
            new_called,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
    });
    deferred(th.new_object(
        th.type_for::<BuiltinFunction>(),
        BuiltinFunction {
            def,
            this: ty.value(),
            owner: Some(ty),
            module: AtomicValue::new(Value::NONE),
            parsed: ParsedSignature::new(),
        },
    ))
}

fn new_called(_th: &Thread, _this: &Value, _args: &[Value]) -> PyResult<Value> {
    // `BuiltinFunction::call` is not used for __new__; see `call_new`.
    Ok(Value::NONE)
}

/// Whether a native function is a `__new__` made by `new_wrapper`, and of which type.
#[must_use]
pub fn new_wrapper_of(v: &Value) -> Option<TypeRef> {
    let f = v.payload::<BuiltinFunction>()?;
    if NEW_DEF.get().is_some_and(|def| std::ptr::eq(def, f.def)) { f.owner } else { None }
}

/// `T.__new__(cls, ...)`, with CPython's safety checks (`tp_new_wrapper`).
pub(crate) fn call_new(th: &Thread, ty: TypeRef, args: &CallArgs<'_>) -> PyResult<Value> {
    let name = ty.full_name();
    let Some(first) = args.positional().first() else {
        return Err(th.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(cls) = TypeRef::from_value(first) else {
        return Err(th.type_error(format!(
            "{name}.__new__(X): X is not a type object ({})",
            first.type_of(th).full_name()
        )));
    };
    if !cls.is_subtype(ty) {
        let sub = cls.full_name();
        return Err(th.type_error(format!("{name}.__new__({sub}): {sub} is not a subtype of {name}")));
    }
    if cls.has(NO_NEW) {
        return Err(th.type_error(format!("cannot create '{}' instances", cls.full_name())));
    }
    let native = native_base(cls);
    if plain_exception(th, ty) && plain_exception(th, native) {
        // In CPython these have one `__new__` in common.
        let rest = CallArgs { args: &args.args[1..], names: args.names };
        return match native.slots.new() {
            Some(f) => f(th, cls, &rest),
            None => Err(th.type_error(format!("cannot create '{}' instances", cls.full_name()))),
        };
    }
    if !makes_whole(cls, ty) {
        return Err(th.type_error(format!(
            "{name}.__new__({}) is not safe, use {}.__new__()",
            cls.full_name(),
            native_base(cls).full_name()
        )));
    }
    match ty.slots.new() {
        Some(f) => f(th, cls, &CallArgs { args: &args.args[1..], names: args.names }),
        None => Err(th.type_error(format!("cannot create '{}' instances", cls.full_name()))),
    }
}

/// Whether a native type is an exception type that makes its objects in no way of its own.
fn plain_exception(th: &Thread, ty: TypeRef) -> bool {
    let exc = &th.types().exc;
    ty.is_subtype(exc.base_exception)
        && ![exc.os_error, exc.memory_error, exc.base_exception_group].iter().any(|own| ty.is_subtype(*own))
}

/// The most derived native class that a class comes from.
fn native_base(cls: TypeRef) -> TypeRef {
    let mut native = cls;
    while native.has(HEAP) {
        match TypeRef::from_value(&native.base.load()) {
            Some(base) => native = base,
            None => break,
        }
    }
    native
}

/// Whether the native `__new__` of `ty` makes a whole instance of `cls`.
pub(super) fn makes_whole(cls: TypeRef, ty: TypeRef) -> bool {
    let native = native_base(cls);
    native.slots.new().map(|f| f as usize) == ty.slots.new().map(|f| f as usize) && same_layout(native, ty)
}

fn same_layout(a: TypeRef, b: TypeRef) -> bool {
    std::ptr::eq(a.core.vtable, b.core.vtable)
}

/// Reads a `__slots__` value.
fn load_member(th: &Thread, v: &Value, ty: TypeRef, index: usize) -> Option<Value> {
    // SAFETY: `v` is a live object of type `ty`, checked by the caller to have the slot.
    let slot = unsafe { layout::slots(v.heap_ptr(), &ty.core) }.get(index)?;
    if let Some(found) = th.load_word(slot) {
        return Some(found);
    }
    let _lock = th.lock_object(v);
    // SAFETY: under the object's lock heap values are not removed, so the word's object is live.
    unsafe {
        let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(slot.load(Ordering::Acquire)));
        if word.is_unbound() {
            return None;
        }
        if let Some(h) = word.header() {
            vm_core::refcount::make_weakrefable(h);
        }
        Some((*word).clone())
    }
}

/// Writes a `__slots__` value; the one before.
fn store_member(th: &Thread, v: &Value, ty: TypeRef, index: usize, new: Value) -> Value {
    // SAFETY: as `load_member`.
    let Some(slot) = unsafe { layout::slots(v.heap_ptr(), &ty.core) }.get(index) else {
        return Value::UNBOUND;
    };
    let _lock = th.lock_object(v);
    // SAFETY: the slot owned its word.
    unsafe { Value::from_raw_bits(slot.swap(new.into_owned().into_bits(), Ordering::AcqRel)) }
}
