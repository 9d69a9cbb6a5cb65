//! How objects are laid out: payloads and their vtables, the part of a type object that vm-core knows, `__slots__` values,
//! the extension word and inline attribute slots.
//!
//! ```text
//! Header | payload T, its trailing items | __slots__ values | extension word | inline attribute slots ...
//!         `basic_size`                    `slots_offset`     `ext_offset`
//! ```
//! Inline slots fill the rest of the block; unused ones hold UNBOUND. The extension word is `ABSENT` or a dict.
use super::header::Header;
use super::heap;
use crate::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};
use crate::value::Value;
use crate::version::Version;
use std::any::TypeId;
use std::ptr::NonNull;

/// Bits of `TypeCore::flags` that vm-core looks at; the runtime uses bits from 16 on.
pub mod type_flags {
    /// Instances have `__del__` (or a native finalizer).
    pub const HAS_FINALIZER: u32 = 1;
    /// The type is itself reference counted by its instances.
    pub const HEAP_TYPE: u32 = 2;
    /// Instances can be part of reference cycles.
    pub const GC: u32 = 4;
}

/// An object with payload `T`.
#[repr(C)]
pub struct Obj<T> {
    /// The header.
    pub header: Header,
    /// The payload.
    pub payload: T,
}

/// Callback of `traverse`.
pub type Visitor<'a> = &'a mut dyn FnMut(&Value);

/// What an object holds after its header. Implemented by the `payload!` macro.
///
/// # Safety
/// `vtable` returns one static, used by no other type, whose functions are right for `Self`.
pub unsafe trait Payload: Send + Sync + Sized + 'static {
    /// The payload's vtable.
    fn vtable() -> &'static VTable;
}

/// Native functions of a payload type.
pub struct VTable {
    /// For debugging.
    pub name: &'static str,
    /// Rust type of the payload.
    pub type_id: fn() -> TypeId,
    /// `size_of::<Obj<T>>()`.
    pub basic_size: usize,
    /// Bytes of trailing items of this object (0 for fixed-size payloads).
    pub trailing: unsafe fn(NonNull<Header>) -> usize,
    /// Drops the payload in place.
    pub drop: unsafe fn(NonNull<Header>),
    /// Visits every value that the payload owns; None: it owns none.
    pub traverse: Option<unsafe fn(NonNull<Header>, Visitor<'_>)>,
    /// Drops what may be part of a cycle and leaves the payload valid (collector). None: nothing to do.
    pub clear: Option<unsafe fn(NonNull<Header>)>,
    /// The runtime's number of the payload type; 0 until it has one.
    pub index: crate::sync::StaticUsize,
}

type FinalizeHook = unsafe fn(NonNull<Header>) -> bool;
static FINALIZE_HOOK: std::sync::OnceLock<FinalizeHook> = std::sync::OnceLock::new();

/// Sets the runtime's finalizer: runs `__del__` and clears weak references of an object whose count is zero; false if the
/// object was resurrected. One function for the process; the first one set stays.
pub fn set_finalize_hook(hook: FinalizeHook) {
    let _ = FINALIZE_HOOK.set(hook);
}

impl VTable {
    /// # Safety
    /// As `object::dealloc`.
    pub(crate) unsafe fn run_finalizer(&self, object: NonNull<Header>) -> bool {
        match FINALIZE_HOOK.get() {
            // SAFETY: the caller's promise.
            Some(hook) => unsafe { hook(object) },
            None => true,
        }
    }
}

/// Declares payload types: `payload!(List, "list", traverse = List::traverse, clear = List::clear)`.
///
/// `traverse: fn(&T, Visitor)`, `clear: fn(&T)`, `trailing: fn(&T) -> usize` are all optional.
#[macro_export]
macro_rules! payload {
    ($t:ty, $name:literal $(, traverse = $traverse:expr)? $(, clear = $clear:expr)? $(, trailing = $trailing:expr)?) => {
        // SAFETY: one static, expanded for this type alone.
        unsafe impl $crate::object::Payload for $t {
            fn vtable() -> &'static $crate::object::VTable {
                static VTABLE: $crate::object::VTable = $crate::object::VTable {
                    name: $name,
                    type_id: std::any::TypeId::of::<$t>,
                    basic_size: std::mem::size_of::<$crate::object::Obj<$t>>().next_multiple_of(8),
                    trailing: {
                        unsafe fn trailing(_o: std::ptr::NonNull<$crate::object::Header>) -> usize {
                            #[allow(unused_mut, unused_assignments)]
                            let mut n = 0;
                            // SAFETY: called for objects with this payload only.
                            $( n = ($trailing)(unsafe { &(*_o.as_ptr().cast::<$crate::object::Obj<$t>>()).payload }); )?
                            n
                        }
                        trailing
                    },
                    drop: {
                        unsafe fn drop(o: std::ptr::NonNull<$crate::object::Header>) {
                            // SAFETY: called once, for objects with this payload only.
                            unsafe { std::ptr::drop_in_place(&raw mut (*o.as_ptr().cast::<$crate::object::Obj<$t>>()).payload) }
                        }
                        drop
                    },
                    traverse: {
                        #[allow(unused_mut, unused_assignments)]
                        let mut f: Option<unsafe fn(std::ptr::NonNull<$crate::object::Header>, $crate::object::layout::Visitor<'_>)> = None;
                        $( f = Some({
                            unsafe fn traverse(o: std::ptr::NonNull<$crate::object::Header>, v: $crate::object::layout::Visitor<'_>) {
                                // SAFETY: called for objects with this payload only.
                                ($traverse)(unsafe { &(*o.as_ptr().cast::<$crate::object::Obj<$t>>()).payload }, v)
                            }
                            traverse
                        }); )?
                        f
                    },
                    clear: {
                        #[allow(unused_mut, unused_assignments)]
                        let mut f: Option<unsafe fn(std::ptr::NonNull<$crate::object::Header>)> = None;
                        $( f = Some({
                            unsafe fn clear(o: std::ptr::NonNull<$crate::object::Header>) {
                                // SAFETY: called for objects with this payload only.
                                ($clear)(unsafe { &(*o.as_ptr().cast::<$crate::object::Obj<$t>>()).payload })
                            }
                            clear
                        }); )?
                        f
                    },
                    index: $crate::sync::StaticUsize::new(0),
                };
                &VTABLE
            }
        }
    };
}

/// The head of every type object's payload.
#[repr(C)]
pub struct TypeCore {
    /// Native functions of the instances' payload.
    pub vtable: &'static VTable,
    flags: AtomicU32,
    /// Number of `__slots__` values.
    pub n_slots: u32,
    /// Where the `__slots__` values begin (0 for payloads with trailing items).
    pub slots_offset: u32,
    /// Where the extension word is: 0 none, `EXT_VARIABLE` after the trailing items.
    pub ext_offset: u32,
    /// Inline attribute slots that a new instance gets.
    pub inline_hint: AtomicU16,
    /// Version of the type's attributes, for caches; 0: none assigned.
    pub version: Version,
    /// Root shape of instances (0: none).
    pub root_shape: AtomicU32,
    /// Shape id of instances in dict mode (0: none).
    pub dict_shape: AtomicU32,
    /// Free for the runtime (caches keyed by type).
    pub user: AtomicU64,
}

/// `TypeCore::ext_offset` of types whose payload has trailing items.
pub const EXT_VARIABLE: u32 = u32::MAX;
/// `TypeCore::slots_offset` of types whose payload has trailing items: the slots follow those and the extension word.
pub const SLOTS_VARIABLE: u32 = u32::MAX;
/// The most inline slots that an instance is given.
pub const MAX_INLINE: u16 = 60;

impl TypeCore {
    /// The core of a type whose instances have payload `vtable`, `n_slots` slot values and, if `dict`, an extension word.
    #[must_use]
    pub fn new(vtable: &'static VTable, flags: u32, n_slots: u32, dict: bool, variable: bool) -> TypeCore {
        let basic = vtable.basic_size as u32;
        TypeCore {
            vtable,
            flags: AtomicU32::new(flags),
            n_slots,
            slots_offset: if variable && n_slots != 0 { SLOTS_VARIABLE } else { basic },
            ext_offset: match (dict, variable) {
                (false, _) => 0,
                (true, true) => EXT_VARIABLE,
                (true, false) => basic + n_slots * 8,
            },
            inline_hint: AtomicU16::new(0),
            version: Version::new(),
            root_shape: AtomicU32::new(0),
            dict_shape: AtomicU32::new(0),
            user: AtomicU64::new(0),
        }
    }

    /// The flag bits.
    #[inline(always)]
    #[must_use]
    pub fn flags(&self) -> u32 {
        // Relaxed: flags are set before instances exist, or hints.
        self.flags.load(Ordering::Relaxed)
    }

    /// Sets flag bits.
    pub fn set_flags(&self, bits: u32) {
        self.flags.fetch_or(bits, Ordering::Release);
    }

    /// Clears flag bits.
    pub fn clear_flags(&self, bits: u32) {
        self.flags.fetch_and(!bits, Ordering::Release);
    }

    /// Bytes that an instance needs, with `trailing` bytes of items and `inline` attribute slots.
    #[must_use]
    pub fn instance_size(&self, trailing: usize, inline: usize) -> usize {
        let base = self.vtable.basic_size + trailing.next_multiple_of(8) + self.n_slots as usize * 8;
        if self.ext_offset == 0 { base } else { base + 8 + inline * 8 }
    }
}

/// Address of the extension word, or None if instances of the type have none.
///
/// # Safety
/// `object` is a live object of type `ty` (or being dropped).
#[inline(always)]
#[must_use]
pub unsafe fn ext_word(object: NonNull<Header>, ty: &TypeCore) -> Option<NonNull<AtomicU64>> {
    // SAFETY: R1 (object).
    unsafe {
        let offset = match ty.ext_offset {
            0 => return None,
            EXT_VARIABLE => ty.vtable.basic_size + (ty.vtable.trailing)(object).next_multiple_of(8),
            offset => offset as usize,
        };
        Some(object.cast::<u8>().add(offset).cast())
    }
}

/// The `__slots__` values.
///
/// # Safety
/// As `ext_word`.
#[inline(always)]
pub unsafe fn slots<'a>(object: NonNull<Header>, ty: &TypeCore) -> &'a [AtomicU64] {
    // SAFETY: R1 (object); slot values are words that are only accessed atomically.
    unsafe {
        let offset = match ty.slots_offset {
            SLOTS_VARIABLE => {
                let end = ty.vtable.basic_size + (ty.vtable.trailing)(object).next_multiple_of(8);
                end + if ty.ext_offset == 0 { 0 } else { 8 }
            }
            offset => offset as usize,
        };
        std::slice::from_raw_parts(object.cast::<u8>().add(offset).cast().as_ptr(), ty.n_slots as usize)
    }
}

/// The inline attribute slots.
///
/// # Safety
/// As `ext_word`.
#[inline]
pub unsafe fn inline_slots<'a>(object: NonNull<Header>, ty: &TypeCore) -> &'a [AtomicU64] {
    if ty.ext_offset == 0 || ty.ext_offset == EXT_VARIABLE {
        return &[];
    }
    let start = ty.ext_offset as usize + 8;
    // SAFETY: R1 (object): slots fill the block after the extension word; every one was initialised at allocation.
    unsafe {
        let n = heap::block_size(object).saturating_sub(start) / 8;
        std::slice::from_raw_parts(object.cast::<u8>().add(start).cast().as_ptr(), n)
    }
}

/// Initialises `__slots__` values, extension word and inline slots of a fresh block.
///
/// # Safety
/// The block is fresh, its header and payload are written.
#[inline]
pub unsafe fn init_slots(object: NonNull<Header>, ty: &TypeCore) {
    let unbound = Value::UNBOUND.bits();
    // SAFETY: R1 (object).
    unsafe {
        for slot in slots(object, ty) {
            slot.store(unbound, Ordering::Relaxed);
        }
        if let Some(ext) = ext_word(object, ty) {
            ext.as_ref().store(unbound, Ordering::Relaxed);
        }
        for slot in inline_slots(object, ty) {
            slot.store(unbound, Ordering::Relaxed);
        }
    }
}

/// Visits every value that an object owns (not its type).
///
/// # Safety
/// The object is live, and no other thread changes it meanwhile (world stopped, or the object is being dropped).
pub unsafe fn traverse(object: NonNull<Header>, visit: Visitor<'_>) {
    // SAFETY: the caller's promise.
    unsafe {
        let ty = object.as_ref().type_core();
        if let Some(traverse) = ty.vtable.traverse {
            traverse(object, visit);
        }
        let mut word = |slot: &AtomicU64| {
            // The word stays owned by its slot.
            let value = std::mem::ManuallyDrop::new(Value::from_raw_bits(slot.load(Ordering::Relaxed)));
            visit(&value);
        };
        slots(object, ty).iter().for_each(&mut word);
        if let Some(ext) = ext_word(object, ty) {
            word(ext.as_ref());
        }
        inline_slots(object, ty).iter().for_each(&mut word);
    }
}

/// Drops everything that an object owns, payload included.
///
/// # Safety
/// The object's count is zero and it is ours alone.
pub(crate) unsafe fn drop_contents(object: NonNull<Header>, ty: &TypeCore) {
    // SAFETY: the caller's promise. Slots lie outside the payload, but their offset may need it, so they go first.
    unsafe {
        clear_slots(object, ty);
        (ty.vtable.drop)(object);
    }
}

/// Drops `__slots__` values, extension word and inline slots, leaving them unbound.
///
/// # Safety
/// As `traverse`.
pub unsafe fn clear_slots(object: NonNull<Header>, ty: &TypeCore) {
    let clear = |slot: &AtomicU64| {
        // Relaxed: nobody else looks.
        let bits = slot.load(Ordering::Relaxed);
        if bits != Value::UNBOUND.bits() {
            slot.store(Value::UNBOUND.bits(), Ordering::Relaxed);
            // SAFETY: the slot owned the word.
            drop(unsafe { Value::from_raw_bits(bits) });
        }
    };
    // SAFETY: the caller's promise.
    unsafe {
        slots(object, ty).iter().for_each(clear);
        inline_slots(object, ty).iter().for_each(clear);
        if let Some(ext) = ext_word(object, ty) {
            clear(ext.as_ref());
        }
    }
}

/// Allocates an object; gives the payload back if the allocator refuses so large a block.
///
/// # Errors
/// The payload, where there is no memory.
///
/// # Safety
/// `ty` is a live type object for payload `T`; its owner gives one reference to the new object if it is a heap type
/// (this function counts it).
#[inline]
pub unsafe fn allocate<T: Payload>(
    ty: NonNull<Header>,
    payload: T,
    trailing: usize,
    flags: u8,
) -> Result<NonNull<Header>, T> {
    // SAFETY: the caller's promise.
    unsafe { allocate_as(ty, &(*ty.as_ptr().cast::<Obj<TypeCore>>()).payload, payload, trailing, flags) }
}

/// As `allocate`, with the core of the type given: for the types that are made before their own type.
///
/// # Errors
/// As `allocate`.
///
/// # Safety
/// As `allocate`; `core` is what the core of `ty` is or will be.
#[inline]
pub unsafe fn allocate_as<T: Payload>(
    ty: NonNull<Header>,
    core: &TypeCore,
    payload: T,
    trailing: usize,
    flags: u8,
) -> Result<NonNull<Header>, T> {
    // SAFETY: the block is fresh and large enough for header, payload and slots.
    unsafe {
        debug_assert!(std::ptr::eq(core.vtable, T::vtable()));
        let inline = usize::from(core.inline_hint.load(Ordering::Relaxed));
        let size = core.instance_size(trailing, inline);
        let Some(object) = heap::allocate(size, ty, core, flags) else { return Err(payload) };
        std::ptr::write(&raw mut (*object.as_ptr().cast::<Obj<T>>()).payload, payload);
        if core.flags() & type_flags::HEAP_TYPE != 0 {
            crate::refcount::incref(ty.as_ref());
        }
        if core.n_slots != 0 || core.ext_offset != 0 {
            init_slots(object, core);
        }
        Ok(object)
    }
}
