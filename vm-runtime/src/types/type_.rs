//! Type objects: their payload, attribute lookup along the MRO with a per-thread cache, and versions.
//!
//! # Rules
//!
//! R1 (type). Types are deferred (`refcount` R6) or immortal; instances do not count their type, the collector follows
//!     `Header::ty` as an edge (R8 (gc)). Whoever keeps a type without an instance keeps a value of it.
//! R2 (type). A type's dict changes under the type's lock, and the change is made before the version of the type and of all its
//!     subclasses is replaced. A cached lookup holds while the version is the one it was made under.
//! R3 (type). Versions are never reused; 0 means that nothing may be cached.
use crate::call::{GetSetDef, MethodDef};
use crate::slots::{Slot, Slots};
use crate::thread::{PyResult, Thread};
use crate::types::dict::Dict;
use crate::types::tuple::Tuple;
use crate::types::value_ext::ValueExt;
use crate::value_cells::{AtomicValue, ObjCell};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use vm_core::Value;
use vm_core::object::layout::Visitor;
use vm_core::object::{Header, Obj, Payload, TypeCore, VTable};
use vm_core::payload;

/// Runtime bits of `TypeCore::flags` (from bit 16 on; vm-core has the lower ones).
pub mod type_flags {
    pub use vm_core::object::layout::type_flags::{GC, HAS_FINALIZER};
    /// Can be subclassed.
    pub const BASETYPE: u32 = 1 << 16;
    /// Matches sequence patterns.
    pub const SEQUENCE: u32 = 1 << 17;
    /// Matches mapping patterns.
    pub const MAPPING: u32 = 1 << 18;
    /// Made by a `class` statement or `type()`.
    pub const HEAP: u32 = 1 << 19;
    /// Has abstract methods.
    pub const ABSTRACT: u32 = 1 << 20;
    /// Instances have an instance dictionary.
    pub const HAS_DICT: u32 = 1 << 21;
    /// Instances can be weakly referenced.
    pub const WEAKREFS: u32 = 1 << 22;
    /// `cannot create 'X' instances`.
    pub const NO_NEW: u32 = 1 << 23;
    /// Attributes cannot be set.
    pub const IMMUTABLE: u32 = 1 << 24;
    /// `match` binds one positional sub-pattern to the whole subject.
    pub const MATCH_SELF: u32 = 1 << 25;
    /// Functions: calls through an attribute need no bound method.
    pub const METHOD_DESCRIPTOR: u32 = 1 << 26;
    /// The generic attribute read (`object.__getattribute__`, no `__getattr__`).
    pub const GENERIC_GETATTR: u32 = 1 << 27;
    /// The generic attribute write.
    pub const GENERIC_SETATTR: u32 = 1 << 28;
    /// An exception class.
    pub const EXCEPTION: u32 = 1 << 29;
}
pub use type_flags::*;

/// What a native type is made from.
pub struct TypeSpec {
    /// Name, with its module where that is not builtins.
    pub name: &'static str,
    /// Docstring.
    pub doc: &'static str,
    /// `type_flags`.
    pub flags: u32,
    /// Signature that `Slot::New` and `Slot::Init` are bound with.
    pub new_sig: &'static str,
    /// Native functions behind special methods.
    pub slots: &'static [Slot],
    /// Methods.
    pub methods: &'static [MethodDef],
    /// Computed attributes.
    pub getset: &'static [GetSetDef],
    /// The base; None is `object`.
    pub base: Option<fn(&crate::types::Types) -> TypeRef>,
    /// The base, where that is a type of a module too.
    pub base_spec: Option<&'static TypeSpec>,
    /// Further bases (`typing.Generic` and the like); rarely used.
    pub init: Option<fn(&Thread, TypeRef) -> PyResult<()>>,
    /// The payload's vtable.
    pub vtable: fn() -> &'static VTable,
    /// Whether the payload has trailing items.
    pub variable: bool,
    /// Values that each instance has besides its payload, out of Python's sight (`Thread::hidden_slot`): for types that
    /// share their base's payload.
    pub hidden_slots: u32,
}

impl TypeSpec {
    /// A spec with nothing but the payload.
    #[must_use]
    pub const fn of<T: Payload>() -> TypeSpec {
        TypeSpec {
            name: "",
            doc: "",
            flags: 0,
            new_sig: "",
            slots: &[],
            methods: &[],
            getset: &[],
            base: None,
            base_spec: None,
            init: None,
            vtable: T::vtable,
            variable: false,
            hidden_slots: 0,
        }
    }
}

/// A handle of a type object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct TypeRef(NonNull<Header>);

// SAFETY: type objects are shared by all threads of their VM; `Type` is Sync.
unsafe impl Send for TypeRef {}
// SAFETY: as above.
unsafe impl Sync for TypeRef {}

impl Deref for TypeRef {
    type Target = Type;
    #[inline(always)]
    fn deref(&self) -> &Type {
        // SAFETY: R1 (type): a handle is only made from a live type object, and used while something keeps it alive.
        unsafe { &(*self.0.as_ptr().cast::<Obj<Type>>()).payload }
    }
}

impl TypeRef {
    /// A handle that must not be used before it is replaced (bootstrap).
    #[must_use]
    pub const fn dangling() -> TypeRef {
        TypeRef(NonNull::dangling())
    }

    /// The handle of a type object.
    ///
    /// # Safety
    /// `object` is a live object with payload `Type`.
    #[inline(always)]
    #[must_use]
    pub const unsafe fn from_ptr(object: NonNull<Header>) -> TypeRef {
        TypeRef(object)
    }

    /// The type that a value is, if it is one.
    #[inline]
    #[must_use]
    pub fn from_value(v: &Value) -> Option<TypeRef> {
        v.payload::<Type>()?;
        Some(TypeRef(v.heap_ptr()))
    }

    /// The type object.
    #[inline(always)]
    #[must_use]
    pub const fn ptr(self) -> NonNull<Header> {
        self.0
    }

    /// The type as a value.
    #[inline]
    #[must_use]
    pub fn value(self) -> Value {
        // SAFETY: R1 (type).
        unsafe { Value::from_ptr(self.0) }
    }

    /// Takes a type that is garbage out of its bases' lists of subclasses (collector, with the world stopped).
    pub(crate) fn unlink(self) {
        self.bases.peek(|bases| {
            let bases = bases.payload::<Tuple>().map_or(&[][..], Tuple::as_slice);
            for base in bases.iter().filter_map(TypeRef::from_value) {
                base.subclasses.peek_mut(|list| list.retain(|sub| sub.0 != self.0));
            }
        });
    }

    /// Frees the shapes of a type's instances.
    ///
    /// # Safety
    /// There are no instances, there will be none, and no other thread runs.
    pub(crate) unsafe fn forget_shapes(self, shapes: &vm_core::shape::Shapes) {
        for id in [&self.core.root_shape, &self.core.dict_shape] {
            // SAFETY: the caller's promise.
            unsafe { shapes.forget(id.swap(0, Ordering::Relaxed)) }
        }
    }

    /// Shows the type to a visitor, for payloads that hold a type without counting it.
    pub fn visit(self, visit: Visitor<'_>) {
        // SAFETY: a borrowed word, which the visitor does not keep (R2 (gc)).
        visit(&unsafe {
            std::mem::ManuallyDrop::new(Value::from_raw_bits(self.0.as_ptr() as u64)).borrow_word()
        });
    }

    /// The header.
    #[inline(always)]
    #[must_use]
    pub fn header<'a>(self) -> &'a Header {
        // SAFETY: R1 (type).
        unsafe { &*self.0.as_ptr() }
    }

    /// Whether this type is `other` or derives from it (by MRO).
    #[inline]
    #[must_use]
    pub fn is_subtype(self, other: TypeRef) -> bool {
        if self == other {
            return true;
        }
        self.mro_slice().iter().any(|t| t.heap_ptr() == other.0)
    }
}

/// Names of a type, which assignment may change.
pub struct TypeNames {
    /// `__name__`.
    pub name: Value,
    /// `__qualname__`.
    pub qualname: Value,
}

/// The payload of type objects.
#[repr(C)]
pub struct Type {
    /// What vm-core knows.
    pub core: TypeCore,
    /// Special methods.
    pub slots: Slots,
    /// `__dict__`.
    pub dict: AtomicValue,
    /// `__bases__`, a tuple.
    pub bases: AtomicValue,
    /// `__mro__`, a tuple; UNBOUND until it is known.
    pub mro: AtomicValue,
    /// `__base__`.
    pub base: AtomicValue,
    /// Names.
    pub names: ObjCell<TypeNames>,
    /// Direct subclasses, as addresses; an entry goes when its type dies.
    pub subclasses: ObjCell<Vec<NonNullHeader>>,
    /// The collector has emptied the dict of the type.
    pub cleared: std::sync::atomic::AtomicBool,
    /// The spec of a native type.
    pub spec: Option<&'static TypeSpec>,
    /// Names of `__slots__` in order (mangled), with their member descriptors in the dict.
    pub slot_names: Vec<Value>,
    /// `__doc__`, `__module__` and the like of native types live in the dict; this is `__annotate__`'s cache and the like.
    pub fallback_name: &'static str,
}

/// An address that may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NonNullHeader(pub NonNull<Header>);
// SAFETY: only an address.
unsafe impl Send for NonNullHeader {}
// SAFETY: only an address.
unsafe impl Sync for NonNullHeader {}

payload!(Type, "type", traverse = Type::traverse, clear = Type::clear);

impl Type {
    fn traverse(&self, visit: Visitor<'_>) {
        for slot in [&self.dict, &self.bases, &self.mro, &self.base] {
            slot.traverse(visit);
        }
        self.names.peek(|n| {
            visit(&n.name);
            visit(&n.qualname);
        });
    }

    fn clear(&self) {
        // Relaxed: the collector clears a type twice, from one thread at a time.
        if !self.cleared.swap(true, Ordering::Relaxed) {
            // The MRO and bases stay: instances that die later still need them.
            if let Some(dict) = self.dict.peek(|d| d.clone()).payload::<Dict>() {
                dict.clear_quiet();
            }
            return;
        }
        // What objects there are need only their layout from now on.
        for slot in [&self.mro, &self.bases, &self.base] {
            drop(slot.take());
        }
    }

    /// `__name__`.
    #[must_use]
    pub fn name(&self) -> String {
        self.names
            .peek(|n| n.name.as_str().map(|s| s.as_wtf8().to_string()))
            .unwrap_or_else(|| self.fallback_name.to_owned())
    }

    /// The name as `tp_name` has it: with the module for native types outside builtins.
    #[must_use]
    pub fn full_name(&self) -> String {
        match self.spec {
            Some(spec) => spec.name.to_owned(),
            None => self.name(),
        }
    }

    /// The flags.
    #[inline(always)]
    #[must_use]
    pub fn has(&self, flags: u32) -> bool {
        self.core.flags() & flags != 0
    }

    /// The dict of the type.
    #[inline]
    #[must_use]
    pub fn dict(&self) -> &Dict {
        // SAFETY: `dict` is set once, before the type is used, and lives as long as the type.
        unsafe { self.dict.borrow_unchecked::<Dict>() }
    }

    /// The classes along the MRO. Empty while the type is being made.
    #[inline]
    #[must_use]
    pub fn mro_slice(&self) -> &[Value] {
        // An MRO tuple that is replaced is retired by QSBR (`set_mro`), so the slice stays until the next safepoint.
        // SAFETY: see above; `mro` holds a tuple or UNBOUND.
        unsafe { self.mro.borrow_opt::<Tuple>() }.map_or(&[], Tuple::as_slice)
    }

    /// The type's version, given one if it has none.
    #[inline]
    #[must_use]
    pub fn version(&self, th: &Thread) -> u32 {
        match self.core.version.get() {
            0 => self.new_version(th),
            version => version,
        }
    }

    #[cold]
    fn new_version(&self, th: &Thread) -> u32 {
        let version = th.vm().next_type_version();
        self.core.version.first(version)
    }

    /// To be called after the dict, bases or MRO changed: gives new versions to the type and all its subclasses.
    pub fn modified(&self, th: &Thread) {
        self.core.version.raise(th.vm().next_type_version());
        for sub in self.subclasses.with(th, |s| s.clone()) {
            // SAFETY: entries are removed when their type dies, which only happens with the world stopped.
            unsafe { TypeRef::from_ptr(sub.0) }.modified(th);
        }
    }

    /// Looks a name up along the MRO, past the cache.
    #[must_use]
    pub fn lookup_uncached(&self, th: &Thread, name: &Value) -> Option<Value> {
        for class in self.mro_slice() {
            let found = class.payload::<Type>().and_then(|t| t.dict().get_interned(th, name));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Looks an interned name up along the MRO (`_PyType_Lookup`).
    #[inline]
    #[must_use]
    pub fn lookup(&self, th: &Thread, name: &Value) -> Option<Value> {
        self.cached(th, name, 0, || self.lookup_uncached(th, name))
    }

    /// The first value of an interned name in the MRO after `class`; None if there is none, or `class` is not in the MRO.
    #[inline]
    #[must_use]
    pub fn lookup_after(&self, th: &Thread, class: TypeRef, name: &Value) -> Option<Value> {
        self.cached(th, name, class.ptr().as_ptr().addr() as u64, || {
            self.mro_slice()
                .iter()
                .skip_while(|c| c.heap_ptr() != class.ptr())
                .skip(1)
                .filter_map(TypeRef::from_value)
                .find_map(|c| c.dict().get_interned(th, name))
        })
    }

    /// A lookup by the thread's cache; `after` is 0 or the address of the class behind which the search begins.
    #[inline(always)]
    fn cached(
        &self,
        th: &Thread,
        name: &Value,
        after: u64,
        search: impl FnOnce() -> Option<Value>,
    ) -> Option<Value> {
        let version = self.version(th);
        let current = || self.core.version.is(version);
        if let Some(hit) = th.method_cache().get(version, name.identity(), after, current) {
            return hit;
        }
        let found = search();
        th.method_cache().put(version, name.identity(), after, found.as_ref());
        found
    }

    /// Where the name is found: the value and the class of the MRO that has it.
    #[must_use]
    pub fn lookup_with_class(&self, th: &Thread, name: &Value) -> Option<(Value, TypeRef)> {
        for class in self.mro_slice() {
            if let Some(found) = class.payload::<Type>().and_then(|t| t.dict().get_interned(th, name)) {
                return Some((found, TypeRef(class.heap_ptr())));
            }
        }
        None
    }
}

/// A thread's cache of lookups: (type version, name) to value or absence.
pub struct MethodCache {
    entries: Box<[std::cell::Cell<Entry>; CACHE]>,
}

const CACHE: usize = 2048;

#[derive(Clone, Copy)]
struct Entry {
    version: u32,
    name: u64,
    /// Address of the class after which the MRO was searched, or 0.
    after: u64,
    /// Borrowed word; 0: the name is not there.
    value: u64,
}

impl Default for MethodCache {
    fn default() -> Self {
        MethodCache {
            entries: Box::new(
                [const { std::cell::Cell::new(Entry { version: 0, name: 0, after: 0, value: 0 }) }; CACHE],
            ),
        }
    }
}

impl MethodCache {
    #[inline(always)]
    fn slot(&self, version: u32, name: u64, after: u64) -> &std::cell::Cell<Entry> {
        &self.entries[(version as usize ^ (name >> 4) as usize ^ (after >> 3) as usize) % CACHE]
    }

    /// The cached result for a version, if there is one. `current` says whether the version still holds, asked after the
    /// reference was taken: the type keeps the value alive as long as it does (R2 (type)).
    #[inline(always)]
    fn get(&self, version: u32, name: u64, after: u64, current: impl Fn() -> bool) -> Option<Option<Value>> {
        let entry = self.slot(version, name, after).get();
        if entry.version != version || entry.name != name || entry.after != after {
            return None;
        }
        if entry.value == 0 {
            return Some(None);
        }
        // SAFETY: the word was stored by `put`; its block is still one (R3 (object)), and try_incref says if it lives.
        unsafe {
            let word = std::mem::ManuallyDrop::new(Value::from_raw_bits(entry.value));
            if !word.is_heap() {
                return Some(Some(Value::from_raw_bits(entry.value)));
            }
            if !vm_core::refcount::try_incref(word.heap_ptr()) {
                return None;
            }
            let value = Value::from_owned_ptr(word.heap_ptr());
            if current() { Some(Some(value)) } else { None }
        }
    }

    fn put(&self, version: u32, name: u64, after: u64, value: Option<&Value>) {
        if version != 0 {
            self.slot(version, name, after).set(Entry {
                version,
                name,
                after,
                value: value.map_or(0, |v| v.identity()),
            });
        }
    }

    /// Forgets everything (before types are freed).
    pub fn clear(&self) {
        for entry in self.entries.iter() {
            entry.set(Entry { version: 0, name: 0, after: 0, value: 0 });
        }
    }
}
