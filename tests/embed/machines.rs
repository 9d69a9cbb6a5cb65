//! Several machines in one process.
use crate::vm;
use orochi::prelude::*;

const ANOTHER: &str = "the object belongs to another VM";

#[test]
fn they_share_nothing() {
    let (a, b) = (vm(), vm());
    a.attach(|py| py.run("x = 1\nimport sys\nsys.marker = 'a'\nclass int(int): pass")).unwrap();
    b.attach(|py| {
        assert!(py.eval("x").unwrap_err().is_instance_of::<PyNameError>(py));
        assert!(!py.import("sys").unwrap().hasattr("marker").unwrap());
    });
    assert!(a.is(&a.clone()) && !a.is(&b));
}

#[test]
fn an_object_in_the_wrong_machine() {
    let (a, b) = (vm(), vm());
    let list: Py<PyAny> = a.attach(|py| py.eval("[]").unwrap().unbind());
    let error: PyErr = a.attach(|py| py.eval("1/0").unwrap_err());
    b.attach(|py| {
        assert_eq!(list.bind(py).unwrap_err().message(), ANOTHER);
        assert_eq!(list.call_method0(py, "clear").unwrap_err().message(), ANOTHER);
        assert_eq!(list.extract::<Vec<i32>>(py).unwrap_err().message(), ANOTHER);
        assert_eq!(py.eval("len").unwrap().call1((&list,)).unwrap_err().message(), ANOTHER);
        assert_eq!(py.globals().unwrap().set_item("x", &list).unwrap_err().message(), ANOTHER);
        assert_eq!(error.value(py).unwrap_err().message(), ANOTHER);
        assert!(!error.is_instance_of::<PyZeroDivisionError>(py));
        assert!(error.to_string().ends_with("ZeroDivisionError: division by zero"));
        // Raised there, it says what it was.
        let f = py.function("f", move || PyResult::<()>::Err(error_of(&error))).unwrap();
        assert!(f.call0().unwrap_err().message().contains("division by zero"));
    });
    assert_eq!(list.vm().attach(|py| list.bind(py).unwrap().len().unwrap()), 0);
}

/// An error of the machine that `error` is of.
fn error_of(error: &PyErr) -> PyErr {
    let _ = error;
    vm().attach(|py| py.eval("1/0").unwrap_err())
}

#[test]
fn nested_in_one_another() {
    let (a, b) = (vm(), vm());
    a.attach(|py_a| {
        let list_a = py_a.eval("[1, 2]").unwrap();
        b.attach(|py_b| {
            let list_b = py_b.eval("[3]").unwrap();
            // Each is used in its own machine, whichever this thread is attached to.
            assert_eq!(list_a.len().unwrap() + list_b.len().unwrap(), 3);
            assert_eq!(list_a.to_string() + &list_b.to_string(), "[1, 2][3]");
            a.attach(|py_a| {
                list_a.call_method1("append", (py_a.eval("9").unwrap(),)).unwrap();
                assert_eq!(list_b.get_item(0).unwrap().extract::<i32>().unwrap(), 3);
            });
            assert_eq!(list_b.call_method1("append", (&list_a,)).unwrap_err().message(), ANOTHER);
            assert!(!list_a.is(&list_b));
            drop(list_a);
        });
        assert_eq!(py_a.eval("[1]").unwrap().len().unwrap(), 1);
    });
}

#[test]
fn one_ends_within_another() {
    let out = Capture::new();
    let a = vm();
    let b = Vm::builder().stdout(out.clone()).build().unwrap();
    b.attach(|py| py.run("import atexit\natexit.register(print, 'b ends')")).unwrap();
    let object = b.attach(|py| py.eval("object()").unwrap().unbind());
    a.attach(|py| {
        drop(b);
        assert_eq!(out.text(), "");
        drop(object);
        assert_eq!(out.text(), "b ends\n");
        assert_eq!(py.eval("6 * 7").unwrap().extract::<i32>().unwrap(), 42);
    });
}

#[test]
fn several_threads_several_machines() {
    let machines: Vec<Vm> = (0..3).map(|_| vm()).collect();
    std::thread::scope(|scope| {
        for t in 0..4 {
            let machines = &machines;
            scope.spawn(move || {
                for round in 0..30 {
                    let machine = &machines[(t + round) % machines.len()];
                    machine
                        .attach(|py| py.run("counts = globals().setdefault('counts', [])\ncounts.append(1)"))
                        .unwrap();
                }
            });
        }
    });
    let total: usize =
        machines.iter().map(|vm| vm.attach(|py| py.eval("len(counts)")?.extract::<usize>()).unwrap()).sum();
    assert_eq!(total, 120);
}
