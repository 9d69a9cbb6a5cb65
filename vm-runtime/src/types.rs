//! The builtin types of a VM: where each is declared, and the table of handles.
//!
//! `builtin_types!` lists the types that the runtime itself refers to, in the order in which they are made. Types that only
//! their own module refers to are in `LAZY_SPECS` and made at first use.
pub mod async_generator;
pub mod bool;
pub mod builtin_function;
pub mod bytearray;
pub mod bytes;
pub mod bytes_methods;
pub mod cell;
pub mod class;
pub mod class_slots;
pub mod classmethod;
pub mod code;
mod code_constants;
pub mod codecs;
pub mod complex;
pub mod dict;
pub mod exception;
pub mod float;
pub mod format_spec;
pub mod frame;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod hamt;
pub mod int;
pub mod iterators;
pub mod list;
pub mod make;
pub mod mappingproxy;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod object;
pub mod property;
pub mod range;
pub mod set;
pub mod simple_namespace;
pub mod singletons;
pub mod slice;
pub mod slot_defs;
pub mod staticmethod;
pub mod str;
pub mod subscript;
pub mod super_;
pub mod tuple;
pub mod type_;
pub mod type_attributes;
pub mod union;
pub mod weakref;

use crate::thread::{PyResult, Thread};
use exception::Exceptions;
use type_::{TypeRef, TypeSpec};

macro_rules! builtin_types {
    ($($field:ident: $spec:path;)*) => {
        /// Handles of the builtin types.
        pub struct Types {
            $(#[allow(missing_docs)] pub $field: TypeRef,)*
            /// The exception types.
            pub exc: Exceptions,
        }

        impl Types {
            /// Handles that must not be used before the bootstrap has replaced them.
            pub(crate) fn dangling() -> Types {
                Types {
                    $($field: TypeRef::dangling(),)*
                    exc: Exceptions::create(|_, _| TypeRef::dangling(), TypeRef::dangling()),
                }
            }
        }

        type FieldOf = fn(&mut Types) -> &mut TypeRef;
        static TABLE: &[(&TypeSpec, FieldOf)] = &[$((&$spec, |t| &mut t.$field),)*];
    };
}

builtin_types! {
    object: object::SPEC;
    type_: type_attributes::SPEC;
    dict: dict::methods::SPEC;
    tuple: tuple::methods::SPEC;
    str: str::spec::SPEC;
    int: int::SPEC;
    bool: bool::SPEC;
    float: float::SPEC;
    complex: complex::SPEC;
    bytes: bytes::SPEC;
    bytearray: bytearray::SPEC;
    memoryview: memoryview::methods::SPEC;
    list: list::methods::SPEC;
    set: set::methods::SPEC;
    frozenset: set::methods::FROZENSET_SPEC;
    range: range::SPEC;
    slice: slice::SPEC;
    none_type: singletons::NONE;
    not_implemented_type: singletons::NOT_IMPLEMENTED;
    ellipsis: singletons::ELLIPSIS;
    builtin_function: builtin_function::BUILTIN_FUNCTION;
    method_descriptor: builtin_function::METHOD_DESCRIPTOR_SPEC;
    classmethod_descriptor: builtin_function::CLASSMETHOD_DESCRIPTOR_SPEC;
    getset_descriptor: builtin_function::GETSET_DESCRIPTOR_SPEC;
    member_descriptor: builtin_function::MEMBER_DESCRIPTOR_SPEC;
    wrapper_descriptor: builtin_function::WRAPPER_DESCRIPTOR_SPEC;
    method_wrapper: builtin_function::METHOD_WRAPPER_SPEC;
    classmethod: classmethod::CLASSMETHOD;
    staticmethod: classmethod::STATICMETHOD;
    property: property::SPEC;
    function: function::SPEC;
    method: method::SPEC;
    super_: super_::SPEC;
    module: module::SPEC;
    cell: cell::SPEC;
    code: code::SPEC;
    frame: frame::SPEC;
    generator: generator::SPEC;
    coroutine: generator::COROUTINE;
    async_generator: async_generator::SPEC;
    mappingproxy: mappingproxy::SPEC;
    simple_namespace: simple_namespace::SPEC;
    generic_alias: generic_alias::SPEC;
    union: union::SPEC;
    weakref: weakref::SPEC;
    traceback: crate::traceback::SPEC;
    enumerate: iterators::lazy::ENUMERATE;
    zip: iterators::lazy::ZIP;
    map: iterators::lazy::MAP;
    filter: iterators::lazy::FILTER;
    reversed: iterators::reversed::SPEC;
}

/// Types that are made at first use.
pub static LAZY_SPECS: &[&TypeSpec] = &[
    &generator::WRAPPER,
    &async_generator::WRAPPED,
    &async_generator::STEP,
    &weakref::proxy::PROXY,
    &weakref::proxy::CALLABLE_PROXY,
    &generic_alias::ITERATOR,
    &hamt::SPEC,
    &hamt::NODE_SPEC,
    &hamt::ITER_SPEC,
    &memoryview::MANAGED_SPEC,
    &memoryview::methods::ITER_SPEC,
    &bytes_methods::iter::SPEC,
    &bytes_methods::iter::ARRAY_SPEC,
    &codecs::charmap::SPEC,
    &str::format::PARSER_SPEC,
    &str::format::FIELD_SPEC,
    &str::fstring::INTERPOLATION_SPEC,
    &str::fstring::ITER_SPEC,
    &str::fstring::TEMPLATE_SPEC,
    &str::iter::SPEC,
    &str::iter::ASCII_SPEC,
    &crate::builtins::anext::ANEXT_AWAITABLE,
    &crate::buffer::python::SPEC,
    &dict::views::KEYS_SPEC,
    &dict::views::ITEMS_SPEC,
    &dict::views::VALUES_SPEC,
    &dict::iter::KEY_ITER,
    &dict::iter::VALUE_ITER,
    &dict::iter::ITEM_ITER,
    &dict::iter::REVERSE_KEY_ITER,
    &dict::iter::REVERSE_VALUE_ITER,
    &dict::iter::REVERSE_ITEM_ITER,
    &range::iter::SPEC,
    &range::iter::LONG_SPEC,
    &set::iter::SPEC,
    &iterators::CALL_ITER,
    &iterators::LIST_ITER,
    &iterators::LIST_REVERSE_ITER,
    &iterators::TUPLE_ITER,
    &iterators::SEQUENCE_ITER,
    &frame::LOCALS_PROXY,
];

/// Types of the `builtins` module.
#[must_use]
pub fn builtin_names(t: &Types) -> Vec<(&'static str, TypeRef)> {
    vec![
        ("object", t.object),
        ("type", t.type_),
        ("dict", t.dict),
        ("tuple", t.tuple),
        ("str", t.str),
        ("int", t.int),
        ("bool", t.bool),
        ("float", t.float),
        ("complex", t.complex),
        ("bytes", t.bytes),
        ("bytearray", t.bytearray),
        ("memoryview", t.memoryview),
        ("list", t.list),
        ("set", t.set),
        ("frozenset", t.frozenset),
        ("range", t.range),
        ("slice", t.slice),
        ("classmethod", t.classmethod),
        ("staticmethod", t.staticmethod),
        ("property", t.property),
        ("super", t.super_),
        ("enumerate", t.enumerate),
        ("zip", t.zip),
        ("map", t.map),
        ("filter", t.filter),
        ("reversed", t.reversed),
    ]
}

/// Makes all builtin types. First pass: the type objects with their layouts; then their names; last pass: dicts and slots.
///
/// # Errors
/// MemoryError.
pub(crate) fn bootstrap(th: &Thread) -> PyResult<()> {
    let vm = th.vm();
    // SAFETY: during bootstrap this thread is alone, and `types` is not borrowed across the writes.
    unsafe {
        let mut made: Vec<(TypeRef, Option<TypeRef>)> = Vec::new();
        for (spec, field) in TABLE {
            let base = match spec.base {
                Some(base) => Some(base(th.types())),
                None if made.is_empty() => None,
                None => Some(th.types().object),
            };
            let metatype = th.types().type_;
            let Some(ty) = make::raw_type(th, spec, metatype, base) else {
                return Err(crate::thread::Raised::set_in_thread());
            };
            *field(vm.types_mut()) = ty;
            vm.remember_spec(spec, ty);
            made.push((ty, base));
        }
        let type_ = th.types().type_;
        for (ty, _) in &made {
            ty.header().set_type_locked(type_.ptr());
        }
        let mut exceptions: Vec<(TypeRef, Vec<TypeRef>)> = Vec::new();
        let mut failed = false;
        let exc = Exceptions::create(
            |spec, bases| match make::raw_type(th, spec, type_, bases.first().copied()) {
                Some(ty) => {
                    vm.remember_spec(spec, ty);
                    ty.core.set_flags(type_::EXCEPTION);
                    exceptions.push((ty, bases.to_vec()));
                    ty
                }
                None => {
                    failed = true;
                    TypeRef::dangling()
                }
            },
            th.types().object,
        );
        if failed {
            return Err(crate::thread::Raised::set_in_thread());
        }
        vm.types_mut().exc = exc;
        vm.set_names(Box::new(crate::vm::Names::new(th)));
        // Filling a dict hashes strings, so all types have their own slots first.
        for (ty, _) in &made {
            if let Some(spec) = ty.spec {
                make::store_slots(*ty, spec);
            }
        }
        for (ty, base) in made {
            make::fill(th, ty, base)?;
        }
        for (ty, bases) in exceptions {
            make::fill(th, ty, bases.first().copied())?;
            if bases.len() > 1 {
                ty.bases.set(th, th.tuple(bases.iter().map(|b| b.value()).collect()));
                let values: Vec<_> = bases.iter().map(|b| b.value()).collect();
                ty.mro.set(th, th.tuple(class::linearise(th, ty, &values)?));
            }
        }
    }
    Ok(())
}

impl value_ext::ValueExt for vm_core::Value {
    #[inline(always)]
    fn type_of(&self, th: &Thread) -> TypeRef {
        if self.is_heap() {
            // SAFETY: a live object's type is a live type.
            return unsafe { TypeRef::from_ptr(self.heap_ptr().as_ref().type_ptr()) };
        }
        immediate_type(th, self)
    }

    #[inline(always)]
    fn payload<T: vm_core::object::Payload>(&self) -> Option<&T> {
        if !self.is_heap() {
            return None;
        }
        // SAFETY: the vtable says what the payload is.
        unsafe {
            let object = self.heap_ptr();
            if std::ptr::eq(object.as_ref().type_core().vtable, T::vtable()) {
                Some(&(*object.as_ptr().cast::<vm_core::object::Obj<T>>()).payload)
            } else {
                None
            }
        }
    }

    #[inline]
    fn as_str(&self) -> Option<&str::Str> {
        self.payload::<str::Str>()
    }

    fn type_name(&self, th: &Thread) -> String {
        self.type_of(th).full_name()
    }
}

#[inline]
fn immediate_type(th: &Thread, v: &vm_core::Value) -> TypeRef {
    let t = th.types();
    if v.is_small_int() {
        t.int
    } else if v.as_immediate_float().is_some() {
        t.float
    } else if v.as_bool().is_some() {
        t.bool
    } else if v.is_ellipsis() {
        t.ellipsis
    } else if v.is_not_implemented() {
        t.not_implemented_type
    } else {
        t.none_type
    }
}

/// What the runtime adds to `Value`.
pub mod value_ext {
    use crate::thread::Thread;
    use crate::types::type_::TypeRef;

    /// Methods of values that need the runtime.
    pub trait ValueExt {
        /// The type.
        fn type_of(&self, th: &Thread) -> TypeRef;
        /// The payload, if it is a `T` (also of instances of subclasses).
        fn payload<T: vm_core::object::Payload>(&self) -> Option<&T>;
        /// The string, if it is one.
        fn as_str(&self) -> Option<&crate::types::str::Str>;
        /// The type's name for messages.
        fn type_name(&self, th: &Thread) -> String;
    }
}

impl Thread {
    /// Whether `v` is an instance of exactly this type.
    #[inline]
    #[must_use]
    pub fn is_exact(&self, v: &vm_core::Value, ty: TypeRef) -> bool {
        use value_ext::ValueExt;
        v.type_of(self) == ty
    }

    /// Whether `v`'s type derives from `ty` (no `__instancecheck__`).
    #[inline]
    #[must_use]
    pub fn isinstance(&self, v: &vm_core::Value, ty: TypeRef) -> bool {
        use value_ext::ValueExt;
        v.type_of(self).is_subtype(ty)
    }

    /// A new object of type `ty`, whose payload type is `T`.
    #[inline]
    #[must_use]
    pub fn new_object<T: vm_core::object::Payload>(&self, ty: TypeRef, payload: T) -> vm_core::Value {
        // SAFETY: `ty` is live and made for payload `T` (checked in debug builds by `allocate`).
        unsafe {
            match vm_core::object::layout::allocate(ty.ptr(), payload, 0, 0) {
                Ok(object) => vm_core::Value::from_owned_ptr(object),
                Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<T>()),
            }
        }
    }

    /// The payload of `v`, or a TypeError that names what is wanted.
    ///
    /// # Errors
    /// TypeError `expected X, got Y`.
    #[inline]
    pub fn expect<'a, T: vm_core::object::Payload>(
        &self,
        v: &'a vm_core::Value,
        what: &str,
    ) -> PyResult<&'a T> {
        use value_ext::ValueExt;
        match v.payload::<T>() {
            Some(p) => Ok(p),
            None => Err(self.type_error(format!("expected {what}, got {}", v.type_of(self).full_name()))),
        }
    }
}
