//! Real threads through the world's doors.

use super::{AttachError, NotAttached, World};
use crate::lock::critical_section::{with_byte, with_bytes2};
use crate::lock::{Acquired, RawEvent, RawMutex, RawPyLock};
use crate::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use crate::sync::{Arc, Duration, Instant, thread};
use crate::thread::{current, current_owner, poll};
use std::cell::UnsafeCell;

/// Plain memory that the mechanism under test must protect.
struct Plain(UnsafeCell<usize>);

// SAFETY: that accesses are ordered is what the tests are about.
unsafe impl Sync for Plain {}
// SAFETY: as above.
unsafe impl Send for Plain {}

impl Plain {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    fn add(&self) {
        // SAFETY: the caller excludes others.
        unsafe { *self.0.get() += 1 }
    }

    fn get(&self) -> usize {
        // SAFETY: as above.
        unsafe { *self.0.get() }
    }
}

#[test]
fn attach_and_detach() {
    let world = World::new();
    let registration = world.register().unwrap();
    assert!(current().is_none());
    let me = registration.attach().unwrap();
    assert_eq!(current_owner(), me.id());
    assert_eq!(registration.attach().unwrap_err(), AttachError::AlreadyAttached);
    {
        let _detached = me.detach().unwrap();
        assert_eq!(me.detach().unwrap_err(), NotAttached);
        assert!(current().is_none());
        assert_eq!(current_owner(), 0);
        // Attaching again inside is what a callback does.
        let again = registration.attach().unwrap();
        assert!(again.is_current());
    }
    assert!(me.is_current());
    me.request(poll::SIGNAL | poll::CANCEL);
    assert_eq!(me.safepoint(), poll::SIGNAL | poll::CANCEL);
    assert_eq!(me.take(poll::SIGNAL), poll::SIGNAL);
    assert_eq!(me.take(poll::SIGNAL), 0);
    assert_eq!(me.safepoint(), poll::CANCEL);
}

#[test]
fn two_worlds() {
    let (a, b) = (World::new(), World::new());
    let (in_a, in_b) = (a.register().unwrap(), b.register().unwrap());
    let first = in_a.attach().unwrap();
    {
        let second = in_b.attach().unwrap();
        assert!(second.is_current() && !first.is_current());
        // The first world can be stopped meanwhile by another thread.
        let other = a.clone();
        thread::spawn(move || {
            let registration = other.register().unwrap();
            registration.with(|me| me.world().stop_the_world(me).start()).unwrap();
        })
        .join()
        .unwrap();
    }
    assert!(first.is_current());
}

#[test]
fn slots_are_reused() {
    let world = World::new();
    let ids: Vec<u16> = (0..100).map(|_| world.register().unwrap().core().id()).collect();
    assert!(ids.iter().all(|&id| id == ids[0]));
    let many: Vec<_> = (0..300).map(|_| world.register().unwrap()).collect();
    assert_eq!(world.registered(), 300);
    assert!(many.iter().all(|r| std::ptr::eq(world.slot(r.core().id()).unwrap(), r.core())));
}

#[test]
#[cfg(not(feature = "gil"))]
fn solo() {
    let world = World::new();
    let first = world.register().unwrap();
    let me = first.attach().unwrap();
    assert!(me.is_solo());
    let second = world.register().unwrap();
    assert!(!me.is_solo() && !second.core().is_solo());
    drop(second);
    assert!(!me.is_solo());
    me.safepoint();
    assert!(me.is_solo());
}

#[test]
fn stopped_world_is_exclusive() {
    let world = World::new();
    let shared = Plain::new();
    let stops = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let mutators: Vec<_> = (0..4)
        .map(|i| {
            let (world, done) = (world.clone(), done.clone());
            let own = Plain::new();
            let theirs = own.clone();
            let handle = thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        let mut n = 0usize;
                        while !done.load(Ordering::Relaxed) {
                            own.add();
                            n += 1;
                            me.safepoint();
                            if i == 0 && n & 63 == 0 {
                                me.detached(thread::yield_now);
                            }
                        }
                        assert_eq!(own.get(), n);
                    })
                    .unwrap();
            });
            (handle, theirs)
        })
        .collect();
    let cells: Vec<_> = mutators.iter().map(|(_, cell)| cell.clone()).collect();
    let stoppers: Vec<_> = (0..2)
        .map(|_| {
            let (world, shared, stops, cells) = (world.clone(), shared.clone(), stops.clone(), cells.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        for _ in 0..200 {
                            let stopped = me.world().stop_the_world(me);
                            let before: Vec<_> = cells.iter().map(|c| c.get()).collect();
                            shared.add();
                            let after: Vec<_> = cells.iter().map(|c| c.get()).collect();
                            assert_eq!(before, after);
                            stopped.start();
                            stops.fetch_add(1, Ordering::Relaxed);
                            me.safepoint();
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    stoppers.into_iter().for_each(|handle| handle.join().unwrap());
    done.store(true, Ordering::Relaxed);
    mutators.into_iter().for_each(|(handle, _)| handle.join().unwrap());
    assert_eq!(shared.get(), 400);
    assert_eq!(stops.load(Ordering::Relaxed), 400);
}

#[test]
#[cfg(not(feature = "gil"))]
fn critical_sections_exclude_and_do_not_deadlock() {
    let world = World::new();
    let locks = Arc::new([AtomicU8::new(0), AtomicU8::new(0)]);
    let data = [Plain::new(), Plain::new()];
    let handles: Vec<_> = (0..4usize)
        .map(|i| {
            let (world, locks, data) = (world.clone(), locks.clone(), data.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                let (mine, other) = (i % 2, (i + 1) % 2);
                registration
                    .with(|me| {
                        for n in 0..2000 {
                            with_byte(me, &locks[mine], || {
                                data[mine].add();
                                with_byte(me, &locks[other], || data[other].add());
                                data[mine].add();
                            });
                            with_bytes2(me, &locks[mine], &locks[other], || {
                                data[0].add();
                                data[1].add();
                            });
                            if n % 100 == 0 {
                                me.safepoint();
                            }
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    assert_eq!(data[0].get(), 4 * 2000 + 2 * 2000 * 3);
    assert_eq!(data[1].get(), 4 * 2000 + 2 * 2000 * 3);
    assert!(locks.iter().all(|lock| !crate::lock::byte_lock::is_locked(lock)));
}

#[test]
fn a_section_closes_when_its_body_panics() {
    let world = World::new();
    let (first, _second) = (world.register().unwrap(), world.register().unwrap());
    let lock = AtomicU8::new(0);
    let me = first.attach().unwrap();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        with_byte(&me, &lock, || with_byte(&me, &lock, || panic!("inside")));
    }));
    assert!(result.is_err());
    assert!(!crate::lock::byte_lock::is_locked(&lock));
    with_byte(&me, &lock, || {});
}

#[test]
fn raw_mutex() {
    let world = World::new();
    let table = Arc::new(RawMutex::new(0usize));
    let handles: Vec<_> = (0..4)
        .map(|_| {
            let (world, table) = (world.clone(), table.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        for _ in 0..5000 {
                            *table.lock() += 1;
                            me.safepoint();
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    assert_eq!(*table.lock(), 20_000);
}

#[test]
fn python_locks() {
    let world = World::new();
    let lock = Arc::new(RawPyLock::new());
    let shared = Plain::new();
    let handles: Vec<_> = (0..4)
        .map(|i| {
            let (world, lock, shared) = (world.clone(), lock.clone(), shared.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        let mut taken = 0;
                        while taken < 3000 {
                            let deadline = (i == 0).then(|| Instant::now() + Duration::from_micros(20));
                            if lock.acquire(me, deadline, i == 1) == Acquired::Acquired {
                                shared.add();
                                lock.release().unwrap();
                                taken += 1;
                            }
                            if i == 2 {
                                me.world().interrupt_all();
                            }
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    assert_eq!(shared.get(), 12_000);
    assert!(lock.release().is_err() && !lock.is_locked());
}

#[test]
fn waits_end() {
    let world = World::new();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    let lock = RawPyLock::new();
    assert!(lock.try_acquire() && !lock.try_acquire());
    let soon = || Some(Instant::now() + Duration::from_millis(5));
    assert_eq!(lock.acquire(&me, soon(), true), Acquired::TimedOut);
    assert_eq!(me.sleep(soon(), true), Acquired::TimedOut);
    me.interrupt();
    assert_eq!(lock.acquire(&me, None, true), Acquired::Interrupted);
    me.interrupt();
    assert_eq!(me.sleep(soon(), false), Acquired::TimedOut);
    assert_eq!(me.sleep(None, true), Acquired::Interrupted);
    let event = Arc::new(RawEvent::new());
    let set = event.clone();
    let id = me.id();
    let other = world.clone();
    let handle = thread::spawn(move || {
        thread::sleep(Duration::from_millis(5));
        other.slot(id).unwrap().interrupt();
        thread::sleep(Duration::from_millis(5));
        set.set();
    });
    assert_eq!(event.wait(&me, None, true), Acquired::Interrupted);
    assert_eq!(event.wait(&me, None, true), Acquired::Acquired);
    handle.join().unwrap();
}

#[test]
fn retired_memory_is_freed() {
    static FREED: AtomicUsize = AtomicUsize::new(0);
    unsafe fn free(raw: *mut u8) {
        // SAFETY: made by `Box` below.
        drop(unsafe { Box::from_raw(raw.cast::<[u8; 1024]>()) });
        FREED.fetch_add(1, Ordering::Relaxed);
    }
    const EACH: usize = 20_000;
    let world = World::new();
    let handles: Vec<_> = (0..3)
        .map(|_| {
            let world = world.clone();
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        for _ in 0..EACH {
                            let memory = Box::into_raw(Box::new([0u8; 1024]));
                            // SAFETY: nobody else has seen it.
                            unsafe { me.retire(memory.cast(), 1024, free) };
                            me.safepoint();
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    // At most a threshold or two of each thread is left.
    assert!(FREED.load(Ordering::Relaxed) > 3 * EACH - 3 * 4096, "{}", FREED.load(Ordering::Relaxed));
    drop(world);
    assert_eq!(FREED.load(Ordering::Relaxed), 3 * EACH);
}

#[test]
fn threads_come_and_go() {
    let world = World::new();
    let lock = Arc::new(AtomicU8::new(0));
    let shared = Plain::new();
    let first = world.register().unwrap();
    let me = first.attach().unwrap();
    for _ in 0..50 {
        let handles: Vec<_> = (0..3)
            .map(|_| {
                let (world, lock, shared) = (world.clone(), lock.clone(), shared.clone());
                thread::spawn(move || {
                    let registration = world.register().unwrap();
                    registration.with(|me| with_byte(me, &lock, || shared.add())).unwrap();
                })
            })
            .collect();
        for _ in 0..20 {
            with_byte(&me, &lock, || shared.add());
            me.safepoint();
        }
        me.detached(|| handles.into_iter().for_each(|handle| handle.join().unwrap()));
    }
    assert_eq!(world.registered(), 1);
    assert_eq!(shared.get(), 50 * 23);
}

#[test]
#[cfg(feature = "gil")]
fn the_gil_is_switched() {
    let world = World::new();
    world.set_switch_interval(Duration::from_micros(200));
    let shared = Plain::new();
    let turns = Arc::new(AtomicUsize::new(0));
    let last = Arc::new(AtomicUsize::new(usize::MAX));
    let handles: Vec<_> = (0..3)
        .map(|i| {
            let (world, shared, turns, last) = (world.clone(), shared.clone(), turns.clone(), last.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        let end = Instant::now() + Duration::from_millis(300);
                        let mut n = 0;
                        while Instant::now() < end {
                            shared.add();
                            n += 1;
                            if last.swap(i, Ordering::Relaxed) != i {
                                turns.fetch_add(1, Ordering::Relaxed);
                            }
                            me.safepoint();
                        }
                        n
                    })
                    .unwrap()
            })
        })
        .collect();
    let counts: Vec<usize> = handles.into_iter().map(|handle| handle.join().unwrap()).collect();
    assert_eq!(counts.iter().sum::<usize>(), shared.get());
    assert!(turns.load(Ordering::Relaxed) > 30, "{turns:?}");
    assert!(counts.iter().all(|&n| n > 0), "{counts:?}");
}

#[test]
#[cfg(unix)]
fn fork_leaves_one_thread() {
    let world = World::new();
    let done = Arc::new(AtomicBool::new(false));
    let lock = Arc::new(AtomicU8::new(0));
    let handles: Vec<_> = (0..3)
        .map(|_| {
            let (world, done, lock) = (world.clone(), done.clone(), lock.clone());
            thread::spawn(move || {
                let registration = world.register().unwrap();
                registration
                    .with(|me| {
                        while !done.load(Ordering::Relaxed) {
                            with_byte(me, &lock, || me.safepoint());
                        }
                    })
                    .unwrap();
            })
        })
        .collect();
    let registration = world.register().unwrap();
    let me = registration.attach().unwrap();
    for _ in 0..20 {
        let forking = world.before_fork(&me);
        // SAFETY: the child uses only what `before_fork` has prepared, and leaves by `_exit`.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            forking.after_fork_child();
            let ok = world.registered() == 1 && me.is_solo();
            with_byte(&me, &lock, || me.safepoint());
            world.stop_the_world(&me).start();
            let ok = ok && world.register().is_ok_and(|second| !std::ptr::eq(second.core(), me.core()));
            with_byte(&me, &lock, || {});
            // SAFETY: ends the process without unwinding into the test harness.
            unsafe { libc::_exit(if ok { 0 } else { 1 }) };
        }
        forking.after_fork_parent();
        assert!(pid > 0);
        let mut status = 0;
        // SAFETY: waits for our own child.
        let waited = me.detached(|| unsafe { libc::waitpid(pid, &raw mut status, 0) });
        assert!(waited == pid && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status}");
        me.safepoint();
    }
    done.store(true, Ordering::Relaxed);
    me.detached(|| handles.into_iter().for_each(|handle| handle.join().unwrap()));
}
