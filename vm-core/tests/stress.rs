//! All of vm-core's concurrency at once, on real threads: shared objects read with and without locks, foreign drops, threads
//! that come and go, stops, collections, retired arrays. Ends with nothing alive and nothing lost.
//!
//! Without the test harness, so that it also runs under ThreadSanitizer:
//! `RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" cargo +nightly test -p vm-core --test stress
//! --target x86_64-unknown-linux-gnu`. Arguments: seconds, threads, seed.

#[cfg(not(loom))]
mod stress {
    use std::ptr::NonNull;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};
    use vm_core::gc::{self, Host, Options};
    use vm_core::lock::critical_section::{with_byte, with_bytes2};
    use vm_core::lock::{RawMutex, RawPyLock};
    use vm_core::object::layout::{self, Visitor, type_flags};
    use vm_core::object::{Header, Obj, Payload, TypeCore};
    use vm_core::refcount;
    use vm_core::sync::Arc;
    use vm_core::thread::{ThreadCore, poll};
    use vm_core::value::Value;
    use vm_core::world::{StoppedWorld, World};

    const SLOTS: usize = 32;
    const EDGES: usize = 4;

    /// An object whose edges are words that are read without its lock.
    pub struct Node {
        edges: [AtomicU64; EDGES],
        alive: Arc<AtomicUsize>,
        seal: AtomicU64,
    }

    const SEAL: u64 = 0x5ea1_ed00_5ea1_ed00;

    fn value_of(bits: u64) -> Value {
        // SAFETY: the caller owns the word.
        unsafe { Value::from_raw_bits(bits) }
    }

    impl Node {
        fn traverse(&self, visit: Visitor<'_>) {
            for edge in &self.edges {
                let value = std::mem::ManuallyDrop::new(value_of(edge.load(Ordering::Relaxed)));
                visit(&value);
            }
        }

        fn clear(&self) {
            for edge in &self.edges {
                drop(value_of(edge.swap(Value::NONE.into_bits(), Ordering::AcqRel)));
            }
        }

        fn check(&self) {
            assert_eq!(self.seal.load(Ordering::Relaxed), SEAL, "a node was used after it was freed");
        }
    }

    impl Drop for Node {
        fn drop(&mut self) {
            self.check();
            self.seal.store(0, Ordering::Relaxed);
            self.clear();
            self.alive.fetch_sub(1, Ordering::Relaxed);
        }
    }

    vm_core::payload!(Node, "node", traverse = Node::traverse, clear = Node::clear);

    struct Type(#[allow(dead_code)] TypeCore);
    vm_core::payload!(Type, "type");

    fn node_type() -> NonNull<Header> {
        let core = TypeCore::new(<Node as Payload>::vtable(), type_flags::GC, 0, false, false);
        let object =
            Box::leak(Box::new(Obj { header: Header::new(std::ptr::null_mut(), 0), payload: Type(core) }));
        refcount::make_immortal(&object.header);
        NonNull::from(object).cast()
    }

    struct Shared {
        ty: AtomicPtr<Header>,
        /// Strong references; written under `locks`, read with and without.
        slots: [AtomicU64; SLOTS],
        locks: [AtomicU8; SLOTS],
        array: AtomicPtr<[u64; 64]>,
        table: RawMutex<usize>,
        py_lock: RawPyLock,
        guarded: AtomicUsize,
        alive: Arc<AtomicUsize>,
        done: AtomicBool,
    }

    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % n as u64) as usize
        }
    }

    impl Shared {
        fn new_node(&self) -> Value {
            self.alive.fetch_add(1, Ordering::Relaxed);
            let node = Node {
                edges: std::array::from_fn(|_| AtomicU64::new(Value::NONE.into_bits())),
                alive: self.alive.clone(),
                seal: AtomicU64::new(SEAL),
            };
            let ty = NonNull::new(self.ty.load(Ordering::Relaxed)).expect("the type");
            // SAFETY: the type is for nodes, and immortal.
            match unsafe { layout::allocate(ty, node, 0, 0) } {
                // SAFETY: a new object with one reference.
                Ok(object) => unsafe {
                    // Before anybody else sees it: lock-free readers may come.
                    refcount::make_weakrefable(object.as_ref());
                    Value::from_owned_ptr(object)
                },
                Err(_) => panic!("no memory"),
            }
        }

        fn lock<R>(&self, me: &ThreadCore, i: usize, f: impl FnOnce() -> R) -> R {
            with_byte(me, &self.locks[i], f)
        }

        /// Replaces a slot; the old value.
        fn put(&self, me: &ThreadCore, i: usize, value: Value) -> Value {
            // Release pairs with the lock-free readers' acquire.
            value_of(self.lock(me, i, || self.slots[i].swap(value.into_bits(), Ordering::AcqRel)))
        }

        fn get_locked(&self, me: &ThreadCore, i: usize) -> Value {
            self.lock(me, i, || {
                let word = std::mem::ManuallyDrop::new(value_of(self.slots[i].load(Ordering::Acquire)));
                (*word).clone()
            })
        }

        /// Load, try to take a reference, look again.
        fn get_lock_free(&self, me: &ThreadCore, i: usize) -> Value {
            let bits = self.slots[i].load(Ordering::Acquire);
            let word = std::mem::ManuallyDrop::new(value_of(bits));
            if !word.is_heap() {
                return (*word).clone();
            }
            // SAFETY: the block's page lives, and we pass no safepoint in between.
            if unsafe { refcount::try_incref(word.heap_ptr()) } {
                let value = value_of(bits);
                if self.slots[i].load(Ordering::Acquire) == bits {
                    return value;
                }
                drop(value);
            }
            self.get_locked(me, i)
        }

        fn step(&self, me: &ThreadCore, random: &mut Random) {
            let (i, j) = (random.below(SLOTS), random.below(SLOTS));
            match random.below(12) {
                0 | 1 => drop(self.put(me, i, self.new_node())),
                2 => drop(self.put(me, i, Value::NONE)),
                3..=5 => node(&self.get_lock_free(me, i), Node::check),
                6 => node(&self.get_locked(me, i), Node::check),
                7 => {
                    // An edge from one shared node to another: cycles come about.
                    let (from, to) = (self.get_lock_free(me, i), self.get_locked(me, j));
                    let at = random.below(EDGES);
                    node(&from, |n| drop(value_of(n.edges[at].swap(to.into_bits(), Ordering::AcqRel))));
                }
                8 => with_bytes2(me, &self.locks[i], &self.locks[j], || {
                    if i != j {
                        let a = self.slots[i].load(Ordering::Acquire);
                        let b = self.slots[j].swap(a, Ordering::AcqRel);
                        self.slots[i].store(b, Ordering::Release);
                    }
                }),
                9 => {
                    *self.table.lock() += 1;
                    let new = Box::into_raw(Box::new([random.0; 64]));
                    let old = self.array.swap(new, Ordering::AcqRel);
                    // SAFETY: unlinked above; readers check it between two safepoints.
                    unsafe { me.retire(old.cast(), 512, drop_array) }
                }
                10 => {
                    // SAFETY: read between two safepoints.
                    let array = unsafe { &*self.array.load(Ordering::Acquire) };
                    assert!(array.iter().all(|x| *x == array[0]), "an array was used after it was freed");
                }
                _ => {
                    let deadline = Instant::now() + Duration::from_millis(1);
                    if self.py_lock.acquire(me, Some(deadline), true) == vm_core::lock::Acquired::Acquired {
                        assert_eq!(self.guarded.fetch_add(1, Ordering::Relaxed), 0);
                        self.guarded.fetch_sub(1, Ordering::Relaxed);
                        self.py_lock.release().expect("held");
                    }
                }
            }
            me.safepoint();
        }
    }

    fn node(value: &Value, f: impl FnOnce(&Node)) {
        if value.is_heap() {
            // SAFETY: every heap value here is a node, and the value keeps it alive.
            f(unsafe { &(*value.heap_ptr().as_ptr().cast::<Obj<Node>>()).payload });
        }
    }

    unsafe fn drop_array(raw: *mut u8) {
        // SAFETY: made by `Box` in `step` and `main`.
        unsafe {
            (*raw.cast::<[u64; 64]>())[5] = !0;
            drop(Box::from_raw(raw.cast::<[u64; 64]>()));
        }
    }

    struct NoRoots;

    impl Host for NoRoots {
        fn visit_roots(&mut self, _: &StoppedWorld<'_>, _: &mut dyn FnMut(&Value)) {}
        fn clear_weakrefs(&mut self, _: &[NonNull<Header>], _: &dyn Fn(NonNull<Header>) -> bool) -> bool {
            false
        }
        fn run_weakref_callbacks(&mut self) {}
        fn finalize(&mut self, _: NonNull<Header>) {}
        fn clear_weakrefs_late(&mut self, _: &[NonNull<Header>]) {}
    }

    fn worker(world: &Arc<World>, shared: &Shared, seed: u64) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        while !shared.done.load(Ordering::Relaxed) {
            // A tenant's life: some thousand steps, then the slot goes to another.
            let registration = world.register().expect("a slot");
            let me = registration.attach().expect("attached");
            for n in 0..2000 + random.below(4000) {
                shared.step(&me, &mut random);
                if n % 512 == 0 && random.below(4) == 0 {
                    me.detached(std::thread::yield_now);
                }
            }
            drop(me);
        }
    }

    pub fn main() {
        let argument = |i, default| std::env::args().nth(i).and_then(|a| a.parse().ok()).unwrap_or(default);
        let (seconds, threads, seed) = (argument(1, 2u64), argument(2, 6u64), argument(3, 1u64));
        let world = World::new();
        let shared = Arc::new(Shared {
            ty: AtomicPtr::new(node_type().as_ptr()),
            slots: std::array::from_fn(|_| AtomicU64::new(Value::NONE.into_bits())),
            locks: std::array::from_fn(|_| AtomicU8::new(0)),
            array: AtomicPtr::new(Box::into_raw(Box::new([7; 64]))),
            table: RawMutex::new(0),
            py_lock: RawPyLock::new(),
            guarded: AtomicUsize::new(0),
            alive: Arc::new(AtomicUsize::new(0)),
            done: AtomicBool::new(false),
        });
        let workers: Vec<_> = (0..threads)
            .map(|i| {
                let (world, shared) = (world.clone(), shared.clone());
                std::thread::spawn(move || worker(&world, &shared, seed * 1000 + i))
            })
            .collect();
        let registration = world.register().expect("a slot");
        let me = registration.attach().expect("attached");
        let end = Instant::now() + Duration::from_secs(seconds);
        let (mut collections, mut freed) = (0, 0);
        while Instant::now() < end {
            let problems = gc::verify::verify(&world.stop_the_world(&me));
            assert!(problems.is_empty(), "{problems:?}");
            if let Some(collected) = gc::collect(&me, &mut NoRoots, Options::default()) {
                collections += 1;
                freed += collected.unreachable;
            }
            me.take(poll::RUNTIME);
            me.detached(|| std::thread::sleep(Duration::from_millis(3)));
        }
        shared.done.store(true, Ordering::Relaxed);
        me.detached(|| workers.into_iter().for_each(|w| w.join().expect("a worker")));
        for i in 0..SLOTS {
            drop(shared.put(&me, i, Value::NONE));
        }
        me.safepoint();
        gc::collect(&me, &mut NoRoots, Options::default());
        let alive = shared.alive.load(Ordering::Relaxed);
        println!("stress: {collections} collections freed {freed} nodes; {alive} alive at the end");
        assert_eq!(alive, 0, "nodes are lost");
        // SAFETY: all is over.
        unsafe { drop_array(shared.array.load(Ordering::Relaxed).cast()) }
    }
}

fn main() {
    #[cfg(not(loom))]
    stress::main();
}
