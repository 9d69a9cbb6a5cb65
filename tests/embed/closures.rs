//! Rust closures that Python calls.
use crate::{vm, with_vm};
use orochi::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Puts a function into `__main__`.
fn define<'py>(py: Python<'py>, name: &str, f: Bound<'py, PyCFunction>) -> PyResult<()> {
    py.globals()?.set_item(name, f)
}

#[test]
fn typed_parameters() {
    with_vm(|py| {
        define(py, "nothing", py.function("nothing", || ())?)?;
        define(py, "pair", py.function("pair", |a: i64, b: Option<String>| (b, a))?)?;
        define(
            py,
            "total",
            py.function("total", |prices: HashMap<String, f64>| prices.values().sum::<f64>())?,
        )?;
        define(
            py,
            "names",
            py.function("names", |py: Python<'_>, n: usize| {
                py.eval("[chr(97 + i) for i in range(26)]")?.extract::<Vec<String>>().map(|mut v| {
                    v.truncate(n);
                    v
                })
            })?,
        )?;
        define(
            py,
            "apply",
            py.function("apply", |py: Python<'_>, f: Py<PyAny>, x: Py<PyAny>| f.call1(py, (x,)))?,
        )?;
        assert!(py.eval("nothing()")?.is_none());
        assert_eq!(py.eval("pair(1, None), pair(2, 'x')")?.to_string(), "((None, 1), ('x', 2))");
        assert_eq!(py.eval("total({'a': 1.5, 'b': 2})")?.extract::<f64>()?, 3.5);
        assert_eq!(py.eval("names(3)")?.extract::<Vec<char>>()?, ['a', 'b', 'c']);
        assert_eq!(py.eval("apply(len, [1, 2])")?.extract::<i32>()?, 2);
        assert_eq!(py.eval("list(map(pair, [1], ['y']))")?.to_string(), "[('y', 1)]");
        assert_eq!(
            py.eval("repr(pair), pair.__name__, callable(pair)")?.to_string(),
            "('<built-in function pair>', 'pair', True)"
        );
        Ok(())
    });
}

#[test]
fn wrong_arguments() {
    with_vm(|py| {
        define(py, "add", py.function("add", |a: i64, b: i64| a + b)?)?;
        define(py, "one", py.function("one", |a: u8| a)?)?;
        let refused = |code: &str| {
            let error = py.eval(code).unwrap_err();
            format!("{}: {}", error.type_name(), error.message())
        };
        assert_eq!(refused("add(1)"), "TypeError: add expected 2 arguments, got 1");
        assert_eq!(refused("one()"), "TypeError: one expected 1 argument, got 0");
        assert_eq!(refused("add(1, b=2)"), "TypeError: add() takes no keyword arguments");
        assert_eq!(
            refused("add(1, 'x')"),
            "TypeError: add() argument 2: 'str' object cannot be interpreted as an integer"
        );
        assert_eq!(refused("one(300)"), "OverflowError: Python int does not fit u8");
        Ok(())
    });
}

#[test]
fn errors_are_raised() {
    with_vm(|py| {
        define(py, "parse", py.function("parse", |text: String| text.parse::<i32>())?)?;
        define(py, "refuse", py.function("refuse", || PyResult::<()>::Err(PyKeyError::new_err("k")))?)?;
        define(py, "read", py.function("read", |path: std::path::PathBuf| std::fs::read(path))?)?;
        assert_eq!(py.eval("parse('12')")?.extract::<i32>()?, 12);
        py.run(
            "try:\n    parse('x')\nexcept ValueError as e:\n    text = str(e)\n\
             try:\n    1 / 0\nexcept ZeroDivisionError:\n    try:\n        refuse()\n    except KeyError as e:\n        context = repr(e.__context__)\n\
             try:\n    read('/no/such')\nexcept FileNotFoundError as e:\n    number = e.errno\n",
        )?;
        assert_eq!(py.eval("text")?.to_string(), "invalid digit found in string");
        assert_eq!(py.eval("context")?.to_string(), "ZeroDivisionError('division by zero')");
        assert_eq!(py.eval("number")?.extract::<i32>()?, 2);
        // An exception passes through as the object that it is.
        define(py, "call", py.function("call", |py: Python<'_>, f: Py<PyAny>| f.call0(py))?)?;
        py.run("error = LookupError('mine')\ndef fail(): raise error\ntry:\n    call(fail)\nexcept LookupError as e:\n    same = e is error")?;
        assert!(py.eval("same")?.is_truthy()?);
        Ok(())
    });
}

#[test]
fn tuples_and_dicts() {
    with_vm(|py| {
        let seen = Arc::new(Mutex::new(String::new()));
        let log = seen.clone();
        let f = PyCFunction::new_closure(py, "log", Some("Logs."), move |args, kwargs| -> PyResult<usize> {
            let mut log = log.lock().expect("no panic");
            log.push_str(&format!("{args} {}", kwargs.map_or_else(String::new, |k| k.to_string())));
            Ok(args.len())
        })?;
        define(py, "log", f)?;
        assert_eq!(py.eval("log(1, 'a', key=[2])")?.extract::<usize>()?, 2);
        assert_eq!(*seen.lock().expect("no panic"), "(1, 'a') {'key': [2]}");
        assert_eq!(py.eval("log.__doc__")?.to_string(), "Logs.");
        Ok(())
    });
}

#[test]
fn a_panic_is_a_system_error() {
    std::panic::set_hook(Box::new(|_| {}));
    with_vm(|py| {
        define(py, "boom", py.function("boom", |n: i32| -> i32 { panic!("number {n} is bad") })?)?;
        define(py, "index", py.function("index", |at: usize| [1, 2, 3][at])?)?;
        define(py, "odd", py.function("odd", || -> () { std::panic::panic_any(7) })?)?;
        let error = py.eval("boom(3)").unwrap_err();
        assert!(error.is_instance_of::<PySystemError>(py));
        assert_eq!(error.message(), "Rust function 'boom' panicked: number 3 is bad");
        assert_eq!(
            error.to_string(),
            "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n    boom(3)\n    ~~~~^^^\n\
             SystemError: Rust function 'boom' panicked: number 3 is bad"
        );
        py.run("try:\n    index(7)\nexcept SystemError as e:\n    text = str(e)\nfinally:\n    done = True")?;
        assert_eq!(
            py.eval("text")?.to_string(),
            "Rust function 'index' panicked: index out of bounds: the len is 3 but the index is 7"
        );
        let error = py.eval("odd()").unwrap_err();
        assert_eq!(error.message(), "Rust function 'odd' panicked: a value that is no text");
        // A panic passes through attaches within, and leaves the machine whole.
        define(
            py,
            "nested",
            py.function("nested", |py: Python<'_>| -> () {
                py.vm().attach(|py| py.eval("boom(1)").map(drop).unwrap())
            })?,
        )?;
        assert!(py.eval("nested()").unwrap_err().message().contains("number 1 is bad"));
        assert_eq!(py.eval("index(1)")?.extract::<i32>()?, 2);
        Ok(())
    });
    let machine = vm();
    let unwound =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| machine.attach(|_| panic!("out"))));
    assert!(unwound.is_err());
    assert_eq!(machine.attach(|py| py.eval("1 + 1")?.extract::<i32>()).unwrap(), 2);
}

#[test]
fn captures_go_with_the_function() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let counted = Counted(dropped.clone());
    let kept = Counted(dropped.clone());
    let machine = vm();
    machine
        .attach(|py| {
            let f = py.function("f", move || counted.0.load(Ordering::SeqCst))?;
            assert_eq!(f.call0()?.extract::<usize>()?, 0);
            drop(f);
            assert_eq!(dropped.load(Ordering::SeqCst), 1);
            py.globals()?.set_item("kept", py.function("g", move || kept.0.load(Ordering::SeqCst))?)
        })
        .unwrap();
    drop(machine);
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[test]
fn recursion_through_rust() {
    with_vm(|py| {
        define(py, "again", py.function("again", |py: Python<'_>, f: Py<PyAny>| f.call1(py, (&f,)))?)?;
        let error = py.eval("again(again)").unwrap_err();
        assert!(error.is_instance_of::<PyRecursionError>(py), "{}", error.type_name());
        Ok(())
    });
}

#[test]
fn called_from_pythons_threads() {
    with_vm(|py| {
        let sum = Arc::new(AtomicUsize::new(0));
        let total = sum.clone();
        define(
            py,
            "note",
            py.function("note", move |py: Python<'_>, n: usize| {
                total.fetch_add(n, Ordering::SeqCst);
                // Attaching again, and leaving for a moment, on a thread of Python's.
                let twice: usize = py.vm().attach(|py| py.eval("lambda n: 2 * n")?.call1((n,))?.extract())?;
                py.detach(|| total.fetch_add(twice, Ordering::SeqCst));
                PyResult::Ok(())
            })?,
        )?;
        py.run(
            "import threading\nthreads = [threading.Thread(target=note, args=(n,)) for n in range(10)]\n\
             for t in threads: t.start()\nfor t in threads: t.join()\n",
        )?;
        assert_eq!(sum.load(Ordering::SeqCst), 3 * 45);
        Ok(())
    });
}
