//! The end of a machine, and its memory.
use orochi::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// A machine and what it prints.
fn talking() -> (Vm, Capture) {
    let out = Capture::new();
    let vm = Vm::builder().stdout(out.clone()).stderr(out.clone()).build().unwrap();
    (vm, out)
}

#[test]
fn the_last_handle_ends_it() {
    let (vm, out) = talking();
    vm.attach(|py| {
        py.run(
            "import atexit\nclass Last:\n    def __del__(self): print('finalised')\nlast = Last()\n\
             atexit.register(print, 'atexit')",
        )
    })
    .unwrap();
    let object: Py<PyAny> = vm.attach(|py| py.eval("last").unwrap().unbind());
    let error = vm.attach(|py| py.eval("1/0").unwrap_err());
    let other = vm.clone();
    drop(vm);
    drop(other);
    drop(object);
    assert_eq!(out.text(), "");
    // An error keeps it, too, and can still be shown.
    assert!(error.to_string().starts_with("Traceback"));
    drop(error);
    assert_eq!(out.text(), "atexit\nfinalised\n");
}

#[test]
fn on_any_thread() {
    let (vm, out) = talking();
    vm.attach(|py| py.run("import atexit, threading\natexit.register(lambda: print(threading.current_thread() is threading.main_thread()))")).unwrap();
    std::thread::spawn(move || drop(vm)).join().unwrap();
    assert_eq!(out.text(), "True\n");
}

#[test]
fn on_several_threads_at_once() {
    for _ in 0..5 {
        let (vm, out) = talking();
        vm.attach(|py| py.run("import atexit\natexit.register(print, 'once')")).unwrap();
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let vm = vm.clone();
                std::thread::spawn(move || {
                    let kept = vm.attach(|py| py.eval("[1]").unwrap().unbind());
                    if n % 2 == 0 { drop(vm) } else { drop((kept, vm)) }
                })
            })
            .collect();
        drop(vm);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(out.text(), "once\n");
    }
}

#[test]
fn it_waits_for_pythons_threads() {
    let (vm, out) = talking();
    vm.attach(|py| {
        py.run(
            "import threading, time\ndef late():\n    time.sleep(0.2)\n    print('late')\n\
             threading.Thread(target=late).start()\n\
             def forever():\n    while True: time.sleep(60)\nthreading.Thread(target=forever, daemon=True).start()",
        )
    })
    .unwrap();
    let before = Instant::now();
    drop(vm);
    assert_eq!(out.text(), "late\n");
    assert!(before.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_last_handle_goes_on_one_of_its_own_threads() {
    let (vm, out) = talking();
    let kept: Arc<Mutex<Option<Vm>>> = Arc::default();
    let (done, wait) = mpsc::channel();
    let taken = kept.clone();
    vm.attach(|py| {
        let release = py.function("release", move || {
            // The end waits for this very thread.
            drop(taken.lock().unwrap().take());
        })?;
        struct Done(Mutex<mpsc::Sender<()>>);
        let done = Done(Mutex::new(done));
        let tell = py.function("tell", move || done.0.lock().unwrap().send(()).is_ok())?;
        let globals = py.globals()?;
        globals.set_item("release", release)?;
        globals.set_item("tell", tell)?;
        py.run(
            "import threading, time, atexit\natexit.register(tell)\ndef f():\n    time.sleep(0.2)\n    release()\n    print('after')\n\
             threading.Thread(target=f).start()",
        )
    })
    .unwrap();
    *kept.lock().unwrap() = Some(vm.clone());
    drop(vm);
    wait.recv_timeout(Duration::from_secs(30)).expect("the end comes");
    assert_eq!(out.text(), "after\n");
}

#[test]
fn handles_made_during_the_end() {
    let (vm, _out) = talking();
    let kept: Arc<Mutex<Option<(Vm, Py<PyAny>)>>> = Arc::default();
    let keep = kept.clone();
    vm.attach(|py| {
        let keep = py.function("keep", move |py: Python<'_>| {
            *keep.lock().unwrap() = Some((py.vm(), py.eval("[1]").unwrap().unbind()));
        })?;
        py.globals()?.set_item("keep", keep)?;
        py.run("import atexit\natexit.register(keep)")
    })
    .unwrap();
    drop(vm);
    let (vm, list) = kept.lock().unwrap().take().expect("the exit function ran");
    let error = vm.try_attach(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the VM has ended");
    assert!(format!("{list:?}").starts_with("Py("));
    drop((list, vm));
}

/// Memory of this process in MiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: usize = status.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a number");
    (pages * 4096) >> 20
}

/// Makes a machine that does a bit of everything, attaches a second thread, and ends it.
fn one_life(dropped: &Arc<AtomicUsize>) {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (vm, out) = talking();
    let counted = Counted(dropped.clone());
    vm.attach(|py| {
        py.globals()?.set_item("f", py.function("f", move || Arc::strong_count(&counted.0))?)?;
        py.run("import json, threading, re\nclass A:\n    def __init__(self): self.me = self\nkeep = [A() for _ in range(2000)]\nprint(json.dumps([1]), f() > 0)\nt = threading.Thread(target=re.compile, args=('a+',)); t.start()")
    })
    .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| vm.attach(|py| py.eval("len(keep)").unwrap().extract::<usize>().unwrap()));
    });
    drop(vm);
    assert_eq!(out.text(), "[1] True\n");
}

#[test]
fn memory_comes_back() {
    let dropped = Arc::new(AtomicUsize::new(0));
    // In a process of its own: the other tests' machines would be counted.
    if std::env::var_os("OROCHI_EMBED_MEMORY").is_none() {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ending::memory_comes_back", "--nocapture"])
            .env("OROCHI_EMBED_MEMORY", "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    for _ in 0..5 {
        one_life(&dropped);
    }
    let before = resident();
    for _ in 0..30 {
        one_life(&dropped);
    }
    let after = resident();
    assert_eq!(dropped.load(Ordering::SeqCst), 35);
    assert!(after <= before + 8, "{before} MiB after 5 machines, {after} after 35");
}
