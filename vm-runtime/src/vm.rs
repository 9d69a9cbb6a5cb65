//! A virtual machine: its types, names, modules, threads, and how it is put together.
use crate::config::Config;
use crate::slots::BinaryOp;
use crate::thread::{PyResult, Thread, ThreadPtr};
use crate::types::Types;
use crate::types::dict::Dict;
use crate::types::type_::TypeRef;
use crate::types::value_ext::ValueExt;
use parking_lot::Mutex;
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use vm_core::object::{Header, Payload, VTable};
use vm_core::shape::Shapes;
use vm_core::world::World;
use vm_core::{Value, object};

pub use crate::names::Names;

/// Native payload types that a VM may have.
const MAX_PAYLOADS: usize = 1024;

/// Everything of a VM that its threads share.
pub struct VmState {
    /// Shapes of instances.
    pub shapes: Shapes,
    /// Registered threads.
    pub threads: Mutex<Vec<ThreadPtr>>,
    /// How the VM was configured.
    pub config: Config,
    types: UnsafeCell<Box<Types>>,
    names: UnsafeCell<Option<Box<Names>>>,
    /// Type objects by payload (`payload_index`).
    native_types: Box<[AtomicPtr<Header>]>,
    type_version: AtomicU32,
    ident: AtomicU64,
    /// `sys.getrecursionlimit()`.
    pub recursion_limit: AtomicUsize,
    /// The events that tools of `sys.monitoring` asked for.
    pub(crate) monitored: crate::native::monitoring::Monitored,
    /// Keys of the string hash.
    pub hash_keys: (u64, u64),
    /// Interned strings.
    pub interner: crate::types::str::Interner,
    /// `sys.modules` (a dict), `builtins`' and `sys`' dicts; set at start.
    pub modules: crate::value_cells::AtomicValue,
    /// The dict of module `builtins`.
    pub builtins: crate::value_cells::AtomicValue,
    /// `()`.
    pub(crate) empty_tuple: crate::value_cells::AtomicValue,
    /// The dict of module `sys`.
    pub sys: crate::value_cells::AtomicValue,
    /// Objects by a key of their own (import locks, hooks, codec registries...): what modules keep by VM.
    pub state: Mutex<std::collections::HashMap<&'static str, Value>>,
    /// Native modules.
    pub native_modules: Vec<&'static crate::module_spec::ModuleSpec>,
    /// The weak reference table.
    pub weakrefs: crate::types::weakref::WeakTable,
    /// Main thread's ident.
    pub main_ident: AtomicU64,
    /// Set when the VM is going away: other threads stop at their next safepoint.
    pub finalizing: AtomicBool,
    /// The ident of the thread that ends the VM.
    pub(crate) finishing: AtomicU64,
    /// `gc` thresholds and switches.
    pub gc: crate::collector::GcState,
    /// Pending signals and their handlers.
    pub signals: crate::signals::Signals,
    /// Serialises the making of native types. Reentrant: making one may need another (a type's `init`), and a type is
    /// registered before it is filled, so that ends.
    pub(crate) type_making: parking_lot::ReentrantMutex<()>,
    specs: Mutex<std::collections::HashMap<usize, TypeRef>>,
    /// Attribute sites.
    pub(crate) sites: Mutex<crate::interp::Sites>,
    /// `sys.getdlopenflags()`.
    pub(crate) dlopen_flags: std::sync::atomic::AtomicI32,
    /// Whether there are audit hooks.
    pub(crate) audited: AtomicBool,
    /// `sys.getswitchinterval()`, in microseconds.
    pub switch_interval_micros: AtomicU64,
    /// `sys.get_int_max_str_digits()`.
    pub int_max_str_digits: AtomicUsize,
    /// `_thread.stack_size()`.
    pub thread_stack_size: AtomicUsize,
    /// Threads started by `_thread` that have not ended.
    pub running_threads: AtomicUsize,
    /// `_imp.acquire_lock`: guards importlib's table of module locks.
    pub(crate) import_lock: crate::native::thread_module::Reentrant,
    /// Threads with a handle that have not ended.
    pub(crate) joinable: Mutex<Vec<Arc<crate::native::thread_module::Shared>>>,
    /// Handles that `_thread` made for threads it did not start, such as the main thread.
    pub(crate) adopted: Mutex<Vec<Weak<crate::native::thread_module::Shared>>>,
    /// References that detached threads gave up.
    pub(crate) released: crate::release::ReleaseQueue,
    /// Threads, heap, reclamation. The last field: the values in the others are dropped before their memory goes.
    pub world: Arc<World>,
}

// SAFETY: `types` and `names` are written during `bootstrap` only, before a second thread can exist.
unsafe impl Sync for VmState {}
// SAFETY: nothing in it is tied to one operating-system thread.
unsafe impl Send for VmState {}

/// Index of a payload type in tables by payload. Numbers are given out process-wide at first use and never change.
fn payload_index(vtable: &'static VTable) -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let index = vtable.index.load(Ordering::Relaxed);
    if index != 0 {
        return index;
    }
    let new = NEXT.fetch_add(1, Ordering::Relaxed);
    match vtable.index.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => new,
        Err(now) => now,
    }
}

impl Drop for VmState {
    fn drop(&mut self) {
        crate::shutdown::tear_down(self);
    }
}

impl VmState {
    /// A VM without types; `bootstrap` makes them.
    pub(crate) fn new(config: Config) -> Arc<VmState> {
        object::layout::set_finalize_hook(crate::finalize::finalize_hook);
        let native_modules = config.native_modules.clone();
        let hash_keys = config.hash_keys();
        crate::types::str::set_hash_keys(hash_keys);
        Arc::new(VmState {
            world: World::new(),
            shapes: Shapes::default(),
            threads: Mutex::default(),
            types: UnsafeCell::new(Box::new(Types::dangling())),
            names: UnsafeCell::new(None),
            native_types: (0..MAX_PAYLOADS).map(|_| AtomicPtr::new(null_mut())).collect(),
            type_version: AtomicU32::new(1),
            ident: AtomicU64::new(1),
            recursion_limit: AtomicUsize::new(1000),
            monitored: crate::native::monitoring::Monitored::default(),
            hash_keys,
            interner: crate::types::str::Interner::default(),
            modules: crate::value_cells::AtomicValue::empty(),
            builtins: crate::value_cells::AtomicValue::empty(),
            empty_tuple: crate::value_cells::AtomicValue::empty(),
            sys: crate::value_cells::AtomicValue::empty(),
            state: Mutex::default(),
            native_modules,
            weakrefs: crate::types::weakref::WeakTable::default(),
            main_ident: AtomicU64::new(0),
            finalizing: AtomicBool::new(false),
            finishing: AtomicU64::new(0),
            gc: crate::collector::GcState::default(),
            signals: crate::signals::Signals::default(),
            type_making: parking_lot::ReentrantMutex::new(()),
            specs: Mutex::default(),
            sites: Mutex::default(),
            // RTLD_NOW
            dlopen_flags: std::sync::atomic::AtomicI32::new(2),
            audited: AtomicBool::new(false),
            switch_interval_micros: AtomicU64::new(5000),
            int_max_str_digits: AtomicUsize::new(config.int_max_str_digits),
            thread_stack_size: AtomicUsize::new(0),
            running_threads: AtomicUsize::new(0),
            import_lock: crate::native::thread_module::Reentrant::new(),
            joinable: Mutex::default(),
            adopted: Mutex::default(),
            released: crate::release::ReleaseQueue::default(),
            config,
        })
    }

    /// The builtin types.
    #[inline(always)]
    #[must_use]
    pub fn types(&self) -> &Types {
        // SAFETY: written during bootstrap only.
        unsafe { &*self.types.get() }
    }

    /// The builtin types, to fill in.
    ///
    /// # Safety
    /// During bootstrap only.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn types_mut(&self) -> &mut Types {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.types.get() }
    }

    /// Names that the VM uses itself.
    #[inline(always)]
    #[must_use]
    pub fn names(&self) -> &Names {
        // SAFETY: written during bootstrap only.
        match unsafe { &*self.names.get() } {
            Some(names) => names,
            None => unreachable_names(),
        }
    }

    /// # Safety
    /// During bootstrap only.
    pub(crate) unsafe fn set_names(&self, names: Box<Names>) {
        // SAFETY: the caller's promise.
        unsafe { *self.names.get() = Some(names) }
    }

    /// A version for a type that changed.
    pub(crate) fn next_type_version(&self) -> u32 {
        // Relaxed: versions need only be different.
        self.type_version.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn next_ident(&self) -> u64 {
        self.ident.fetch_add(1, Ordering::Relaxed)
    }

    /// Remembers the type of a payload.
    pub(crate) fn set_native_type(&self, vtable: &'static VTable, ty: TypeRef) {
        if let Some(place) = self.native_types.get(payload_index(vtable)) {
            // Several types may share a payload (exceptions, generators): the first is the payload's own.
            let _ =
                place.compare_exchange(null_mut(), ty.ptr().as_ptr(), Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// The type of a payload, if it was made.
    #[inline]
    pub(crate) fn native_type(&self, vtable: &'static VTable) -> Option<TypeRef> {
        let ty = self.native_types.get(payload_index(vtable))?.load(Ordering::Acquire);
        // SAFETY: native types live as long as the VM.
        std::ptr::NonNull::new(ty).map(|ty| unsafe { TypeRef::from_ptr(ty) })
    }

    /// The type made from a spec.
    pub(crate) fn native_type_by_spec(
        &self,
        spec: &'static crate::types::type_::TypeSpec,
    ) -> Option<TypeRef> {
        self.specs.lock().get(&std::ptr::from_ref(spec).addr()).copied()
    }

    /// Remembers the type made from a spec.
    pub(crate) fn remember_spec(&self, spec: &'static crate::types::type_::TypeSpec, ty: TypeRef) {
        self.specs.lock().insert(std::ptr::from_ref(spec).addr(), ty);
    }

    /// Whether this thread is the one that ends the VM.
    pub(crate) fn is_finishing(&self, th: &Thread) -> bool {
        // Relaxed: only the thread itself is told yes.
        self.finishing.load(Ordering::Relaxed) == th.ident
    }

    /// Whether the VM is going away.
    #[must_use]
    pub fn is_finalizing(&self) -> bool {
        self.finalizing.load(Ordering::Acquire)
    }

    /// The dict of module `builtins`.
    #[must_use]
    pub fn builtins_dict(&self) -> Value {
        self.builtins.load()
    }
}

#[cold]
fn unreachable_names() -> ! {
    panic!("names are used before bootstrap made them: a bug of the VM")
}

impl Thread {
    /// The type whose payload is `T`, made at first use.
    #[inline]
    #[must_use]
    pub fn type_for<T: Payload>(&self) -> TypeRef {
        match self.vm().native_type(T::vtable()) {
            Some(ty) => ty,
            None => self.make_native_type(T::vtable()),
        }
    }

    #[cold]
    fn make_native_type(&self, vtable: &'static VTable) -> TypeRef {
        for spec in crate::types::LAZY_SPECS.iter().copied().chain(
            crate::native::MODULES
                .iter()
                .chain(self.vm().native_modules.iter())
                .flat_map(|m| m.types.iter().chain(m.hidden_types).copied()),
        ) {
            if std::ptr::eq((spec.vtable)(), vtable) {
                match crate::types::make::native_type(self, spec) {
                    Ok(ty) => return ty,
                    Err(_) => break,
                }
            }
        }
        panic!("payload {} has no type spec: a bug of the VM", vtable.name)
    }

    /// A dict of the VM's own state: `key` is a name of the module that uses it.
    #[must_use]
    pub fn vm_state(&self, key: &'static str) -> Option<Value> {
        self.vm().state.lock().get(key).cloned()
    }

    /// An entry of the VM's own state, made at first use; where several threads make it, all get what was there first.
    pub fn vm_state_or(&self, key: &'static str, make: impl FnOnce() -> Value) -> Value {
        match self.vm_state(key) {
            Some(found) => found,
            None => self.first_vm_state(key, make()),
        }
    }

    /// As `vm_state_or`, for what may fail.
    ///
    /// # Errors
    /// What `make` raises.
    pub fn vm_state_or_try(
        &self,
        key: &'static str,
        make: impl FnOnce() -> PyResult<Value>,
    ) -> PyResult<Value> {
        match self.vm_state(key) {
            Some(found) => Ok(found),
            None => Ok(self.first_vm_state(key, make()?)),
        }
    }

    fn first_vm_state(&self, key: &'static str, v: Value) -> Value {
        let v = v.into_owned();
        // Unlocked before a superfluous `v` is dropped: that may run a finalizer.
        let mut state = self.vm().state.lock();
        match state.get(key) {
            Some(found) => found.clone(),
            None => {
                state.insert(key, v.clone());
                v
            }
        }
    }

    /// Sets an entry of the VM's own state; the one before.
    pub fn set_vm_state(&self, key: &'static str, v: Value) -> Option<Value> {
        self.vm().state.lock().insert(key, v.into_owned())
    }

    /// The dict of module `builtins`.
    #[must_use]
    pub fn builtins(&self) -> Value {
        self.vm().builtins.load()
    }

    /// An attribute of module `sys`, if it is set.
    #[must_use]
    pub fn sys_attr(&self, name: &str) -> Option<Value> {
        let sys = self.vm().sys.load();
        sys.payload::<Dict>()?.get_str(self, name)
    }

    /// Whether this is the main thread of the VM.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.vm().main_ident.load(Ordering::Relaxed) == self.ident
    }

    /// `a op b` for the interpreter's slow path.
    ///
    /// # Errors
    /// What the operands' methods raise; TypeError `unsupported operand type(s) for ...`.
    pub fn binary_slow(&self, op: BinaryOp, a: &Value, b: &Value) -> PyResult<Value> {
        self.binary(op, a, b)
    }
}
