//! Threads of Rust in one machine.
use crate::vm;
use orochi::prelude::*;
use rayon::prelude::*;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

#[test]
fn machines_are_sent_and_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Vm>();
    shared::<Py<PyAny>>();
    shared::<Py<PyFunction>>();
    shared::<PyErr>();
    shared::<Capture>();
}

#[test]
fn threads_run_python() {
    let machine = vm();
    let work: Py<PyFunction> = machine
        .attach(|py| {
            py.run("def work(n):\n    total = 0\n    for i in range(n):\n        total += i * i\n    return total\nseen = []")?;
            py.eval("work")?.extract()
        })
        .unwrap();
    std::thread::scope(|scope| {
        for n in 1..=8u64 {
            let (machine, work) = (&machine, &work);
            scope.spawn(move || {
                for _ in 0..20 {
                    let total: u64 = machine
                        .attach(|py| {
                            py.eval("seen.append")?.call1((n,))?;
                            work.call1(py, (1000 * n,))?.extract(py)
                        })
                        .unwrap();
                    let m = 1000 * n;
                    assert_eq!(total, (m - 1) * m * (2 * m - 1) / 6);
                }
            });
        }
    });
    assert_eq!(machine.attach(|py| py.eval("len(seen)")?.extract::<usize>()).unwrap(), 160);
}

#[test]
fn rayon_maps_over_a_function() {
    let machine = vm();
    let square: Py<PyFunction> = machine.attach(|py| py.eval("lambda x: x * x")?.extract()).unwrap();
    let out: Vec<u64> = (0..1000u64)
        .into_par_iter()
        .map(|n| machine.attach(|py| square.call1(py, (n,))?.extract(py)))
        .collect::<PyResult<_>>()
        .unwrap();
    assert_eq!(out, (0..1000).map(|n| n * n).collect::<Vec<_>>());
}

#[test]
fn two_threads_are_attached_at_once() {
    // With a global lock one of them must leave the other in.
    if cfg!(feature = "gil") {
        return;
    }
    let machine = vm();
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                machine.attach(|py| {
                    py.eval("sum(range(100))").unwrap();
                    // Detached while it waits, or a collection would wait for us.
                    py.detach(|| barrier.wait());
                    py.eval("sum(range(100))").unwrap();
                });
            });
        }
    });
}

#[test]
fn a_detached_thread_lets_others_collect() {
    let machine = vm();
    let (entered, wait) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (machine, done) = (&machine, &done);
        scope.spawn(move || {
            machine.attach(|py| {
                py.detach(|| {
                    entered.send(()).unwrap();
                    released.lock().unwrap().recv().unwrap();
                });
                assert!(done.load(Ordering::SeqCst));
                assert_eq!(py.eval("1 + 1").unwrap().extract::<i32>().unwrap(), 2);
            });
        });
        wait.recv().unwrap();
        machine.attach(|py| {
            py.run("for _ in range(10):\n    a = []; a.append(a)\ndel a").unwrap();
            assert!(py.collect() >= 9);
        });
        done.store(true, Ordering::SeqCst);
        release.send(()).unwrap();
    });
}

#[test]
fn dropping_on_a_detached_thread() {
    let machine = vm();
    let gone = Arc::new(AtomicUsize::new(0));
    let count = gone.clone();
    let objects: Vec<Py<PyAny>> = machine
        .attach(|py| {
            let note = py.function("note", move || {
                count.fetch_add(1, Ordering::SeqCst);
            })?;
            py.globals()?.set_item("note", note)?;
            py.run("class Gone:\n    def __del__(self): note()")?;
            let class = py.eval("Gone")?;
            (0..10).map(|_| class.call0().map(Bound::unbind)).collect::<PyResult<_>>()
        })
        .unwrap();
    // On a thread that never attached, one that did, and within `detach`.
    let mut objects = objects.into_iter();
    let first = objects.next();
    std::thread::spawn(move || drop(first)).join().unwrap();
    drop(objects.next());
    let third = objects.next();
    machine.attach(|py| py.detach(move || drop(third)));
    machine.attach(|py| py.run("pass")).unwrap();
    assert_eq!(gone.load(Ordering::SeqCst), 3);
    // Attached, at once.
    machine.attach(|_| {
        drop(objects.next());
        assert_eq!(gone.load(Ordering::SeqCst), 4);
    });
    // While another thread runs Python: it drops them at a safepoint.
    let rest: Vec<_> = objects.collect();
    std::thread::scope(|scope| {
        let machine = &machine;
        let (started, running) = mpsc::channel::<()>();
        scope.spawn(move || {
            machine.attach(|py| {
                let count = py.function("started", {
                    let started = Mutex::new(started);
                    move || drop(started.lock().map(|s| s.send(())))
                });
                py.globals()?.set_item("started", count?)?;
                py.run("import time\nuntil = time.monotonic() + 20\nstarted()\nwhile not stop() and time.monotonic() < until: pass")
            })
        });
        let gone = gone.clone();
        machine
            .attach(|py| {
                py.globals()?
                    .set_item("stop", py.function("stop", move || gone.load(Ordering::SeqCst) == 10)?)
            })
            .unwrap();
        running.recv_timeout(Duration::from_secs(20)).unwrap();
        drop(rest);
    });
    assert_eq!(gone.load(Ordering::SeqCst), 10);
}

#[test]
fn nested_attaches() {
    let machine = vm();
    let n = machine.attach(|py| {
        let list = py.eval("[1]").unwrap();
        let inner: usize = machine.attach(|inner| {
            // Another proof for the same machine.
            list.call_method1("append", (inner.eval("2").unwrap(),)).unwrap();
            list.len().unwrap()
        });
        let detached: i32 = py.detach(|| machine.attach(|py| py.eval("40")?.extract()).unwrap());
        list.len().unwrap() + inner + detached as usize
    });
    assert_eq!(n, 44);
}

thread_local! {
    static SMUGGLED: RefCell<Option<Box<dyn Fn() -> usize>>> = const { RefCell::new(None) };
}

#[test]
fn what_is_smuggled_into_detach_is_looked_at() {
    let machine = vm();
    machine.attach(|py| {
        let list = py.eval("[1, 2, 3]").unwrap();
        // SAFETY: of the lifetime: the closure is taken out and called before `list` goes.
        let list: Bound<'static, PyAny> = unsafe { std::mem::transmute(list) };
        SMUGGLED.set(Some(Box::new(move || list.clone().len().unwrap())));
        let n = py.detach(|| {
            // Called and dropped while the thread is detached.
            let list = SMUGGLED.take().unwrap();
            list()
        });
        assert_eq!(n, 3);
    });
}

#[test]
fn thread_locals_of_python() {
    let machine = vm();
    machine
        .attach(|py| py.run("import threading\nlocal = threading.local()\nmain = threading.get_ident()"))
        .unwrap();
    machine.attach(|py| py.run("local.x = 1")).unwrap();
    assert!(
        machine
            .attach(|py| py
                .eval("local.x == 1 and threading.current_thread() is threading.main_thread()")?
                .is_truthy())
            .unwrap()
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert!(!machine.attach(|py| py.eval("hasattr(local, 'x')")?.is_truthy()).unwrap());
            machine.attach(|py| py.run("local.x = 2; other = threading.get_ident()")).unwrap();
            assert!(
                machine
                    .attach(|py| py
                        .eval("local.x == 2 and threading.get_ident() == other != main")?
                        .is_truthy())
                    .unwrap()
            );
        });
    });
    assert!(machine.attach(|py| py.eval("local.x == 1")?.is_truthy()).unwrap());
}
