//! Cycles of a test type, with one thread and with several.

use super::{Collected, Options, collect};
use crate::gc::verify::verify;
use crate::gc::{Host, count_frozen, for_each_object, freeze, unfreeze};
use crate::object::layout::{self, Visitor, type_flags};
use crate::object::{Header, Obj, TypeCore, flags};
use crate::refcount;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, thread};
use crate::thread::{ThreadCore, poll};
use crate::value::Value;
use crate::world::{StoppedWorld, World};
use std::ptr::NonNull;

/// An object with references to others, and a counter of those alive.
struct Node {
    edges: Mutex<Vec<Value>>,
    alive: Arc<AtomicUsize>,
}

impl Node {
    fn traverse(&self, visit: Visitor<'_>) {
        self.edges.lock().iter().for_each(visit);
    }

    fn clear(&self) {
        let edges = std::mem::take(&mut *self.edges.lock());
        drop(edges);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

crate::payload!(Node, "node", traverse = Node::traverse, clear = Node::clear);
crate::payload!(Type, "type");

struct Type(#[allow(dead_code)] TypeCore);

/// An immortal type, for the length of the process.
fn node_type(finalizer: bool) -> NonNull<Header> {
    let bits = type_flags::GC | if finalizer { type_flags::HAS_FINALIZER } else { 0 };
    let core = TypeCore::new(<Node as crate::object::Payload>::vtable(), bits, 0, false, false);
    let object =
        Box::leak(Box::new(Obj { header: Header::new(std::ptr::null_mut(), 0), payload: Type(core) }));
    refcount::make_immortal(&object.header);
    NonNull::from(object).cast()
}

fn make(ty: NonNull<Header>, alive: &Arc<AtomicUsize>) -> Value {
    alive.fetch_add(1, Ordering::Relaxed);
    let node = Node { edges: Mutex::new(Vec::new()), alive: alive.clone() };
    // SAFETY: the type is for `Node`s, and immortal.
    match unsafe { layout::allocate(ty, node, 0, 0) } {
        // SAFETY: a new object with one reference.
        Ok(object) => unsafe { Value::from_owned_ptr(object) },
        Err(_) => panic!("no memory"),
    }
}

fn node(value: &Value) -> &Node {
    // SAFETY: the tests' values are nodes.
    unsafe { &(*value.heap_ptr().as_ptr().cast::<Obj<Node>>()).payload }
}

fn link(from: &Value, to: &Value) {
    node(from).edges.lock().push(to.clone());
}

#[derive(Default)]
struct TestHost {
    roots: Vec<Value>,
    resurrect: bool,
    finalized: usize,
    cleared: usize,
}

impl Host for TestHost {
    fn visit_roots(&mut self, _: &StoppedWorld<'_>, visit: &mut dyn FnMut(&Value)) {
        self.roots.iter().for_each(visit);
    }

    fn clear_weakrefs(
        &mut self,
        garbage: &[NonNull<Header>],
        is_garbage: &dyn Fn(NonNull<Header>) -> bool,
    ) -> bool {
        assert!(garbage.iter().all(|&object| is_garbage(object)));
        false
    }

    fn run_weakref_callbacks(&mut self) {}

    fn finalize(&mut self, object: NonNull<Header>) {
        // SAFETY: alive.
        let before = unsafe { object.as_ref() }.set_flag(flags::FINALIZED);
        assert_eq!(before & flags::FINALIZED, 0);
        self.finalized += 1;
        if self.resurrect {
            // SAFETY: alive.
            self.roots.push(unsafe { Value::from_ptr(object) }.into_owned());
        }
    }

    fn clear_weakrefs_late(&mut self, garbage: &[NonNull<Header>]) {
        self.cleared += garbage.len();
    }
}

fn run(me: &ThreadCore, host: &mut TestHost) -> Collected {
    {
        let stopped = me.world().stop_the_world(me);
        assert_eq!(verify(&stopped), []);
    }
    collect(me, host, Options::default()).unwrap()
}

fn cycle(ty: NonNull<Header>, alive: &Arc<AtomicUsize>, n: usize) -> Value {
    let nodes: Vec<Value> = (0..n).map(|_| make(ty, alive)).collect();
    for i in 0..n {
        link(&nodes[i], &nodes[(i + 1) % n]);
    }
    nodes[0].clone()
}

#[test]
fn cycles_go_and_the_rest_stays() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let (ty, alive) = (node_type(false), Arc::new(AtomicUsize::new(0)));
    let kept = cycle(ty, &alive, 3);
    let hanging = make(ty, &alive);
    link(&kept, &hanging);
    drop(hanging);
    drop(cycle(ty, &alive, 1));
    drop(cycle(ty, &alive, 1000));
    assert_eq!(alive.load(Ordering::Relaxed), 1005);
    let mut host = TestHost::default();
    let collected = run(&me, &mut host);
    assert_eq!((collected.unreachable, alive.load(Ordering::Relaxed)), (1001, 4));
    assert_eq!(host.cleared, 1001);
    assert_eq!(run(&me, &mut host).unreachable, 0);
    drop(kept);
    assert_eq!(run(&me, &mut host).unreachable, 4);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
    assert_eq!(me.world().gc().live(), 0);
}

#[test]
fn finalizers_run_once_and_may_resurrect() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let (ty, alive) = (node_type(true), Arc::new(AtomicUsize::new(0)));
    drop(cycle(ty, &alive, 2));
    let mut host = TestHost { resurrect: true, ..TestHost::default() };
    let collected = run(&me, &mut host);
    assert_eq!((collected.unreachable, collected.resurrected, host.finalized), (0, 2, 2));
    assert_eq!(alive.load(Ordering::Relaxed), 2);
    host.roots.clear();
    let collected = run(&me, &mut host);
    assert_eq!((collected.unreachable, host.finalized), (2, 2));
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn deferred_objects_live_by_registers() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let (ty, alive) = (node_type(false), Arc::new(AtomicUsize::new(0)));
    let deferred = make(ty, &alive);
    refcount::make_deferred(deferred.header().unwrap());
    // SAFETY: what a register has: the object outlives the word, by the collector.
    let register = unsafe { deferred.borrow_word() };
    drop(deferred);
    let mut host = TestHost { roots: vec![register], ..TestHost::default() };
    assert_eq!(run(&me, &mut host).unreachable, 0);
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    host.roots.clear();
    // In no cycle, so it is freed and not counted.
    assert_eq!(run(&me, &mut host).unreachable, 0);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn saved_and_frozen() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let (ty, alive) = (node_type(false), Arc::new(AtomicUsize::new(0)));
    drop(cycle(ty, &alive, 2));
    let mut host = TestHost::default();
    freeze(&me.world().stop_the_world(&me));
    assert_eq!(run(&me, &mut host).unreachable, 0);
    assert_eq!(count_frozen(&me.world().stop_the_world(&me)), 2);
    unfreeze(&me.world().stop_the_world(&me));
    let saved = collect(&me, &mut host, Options { save_all: true }).unwrap();
    assert_eq!((saved.unreachable, saved.saved.len(), alive.load(Ordering::Relaxed)), (2, 2, 2));
    let mut seen = 0;
    for_each_object(&me.world().stop_the_world(&me), |_| seen += 1);
    assert_eq!(seen, 2);
    drop(saved);
    assert_eq!(run(&me, &mut host).unreachable, 2);
}

#[test]
fn growth_asks_for_a_collection() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let (ty, alive) = (node_type(false), Arc::new(AtomicUsize::new(0)));
    me.world().gc().set_threshold(5000);
    let mut host = TestHost::default();
    for _ in 0..200_000 {
        drop(cycle(ty, &alive, 2));
        if me.safepoint() & poll::GC != 0 {
            me.take(poll::GC);
            collect(&me, &mut host, Options::default());
        }
        assert!(alive.load(Ordering::Relaxed) < 20_000);
    }
    assert!(me.world().gc().totals().0 > 20);
    run(&me, &mut host);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

/// Threads build cycles, share nodes by a common table, and one of them collects.
#[test]
fn threads_make_garbage() {
    let world = World::new();
    let ty = node_type(false).as_ptr() as usize;
    let alive = Arc::new(AtomicUsize::new(0));
    let table: Arc<Mutex<Vec<Value>>> = Arc::default();
    let done = Arc::new(AtomicBool::new(false));
    let handles: Vec<_> = (0..3u64)
        .map(|seed| {
            let (world, alive, table, done) = (world.clone(), alive.clone(), table.clone(), done.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                let me = registration.attach().unwrap();
                let ty = NonNull::new(ty as *mut Header).unwrap();
                let mut random = seed * 7919 + 1;
                let mut next = |n: u64| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    (random % n) as usize
                };
                while !done.load(Ordering::Relaxed) {
                    let n = 1 + next(4);
                    let new = cycle(ty, &alive, n);
                    let swapped = {
                        let mut table = table.lock();
                        if table.len() < 64 {
                            table.push(new);
                            None
                        } else {
                            let (i, j) = (next(64), next(64));
                            let other = table[j].clone();
                            link(&new, &other);
                            Some((std::mem::replace(&mut table[i], new), other))
                        }
                    };
                    drop(swapped);
                    me.safepoint();
                    if next(50) == 0 {
                        me.detached(thread::yield_now);
                    }
                }
            })
        })
        .collect();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let mut host = TestHost::default();
    let mut freed = 0;
    for _ in 0..60 {
        freed += run(&me, &mut host).unreachable;
        me.detached(|| thread::sleep(std::time::Duration::from_millis(2)));
    }
    done.store(true, Ordering::Relaxed);
    me.detached(|| handles.into_iter().for_each(|handle| handle.join().unwrap()));
    assert!(freed > 0);
    let rest = std::mem::take(&mut *table.lock());
    drop(rest);
    me.safepoint();
    run(&me, &mut host);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}
