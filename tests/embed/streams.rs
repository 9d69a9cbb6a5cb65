//! Standard streams, and what else a builder sets.
use orochi::Output;
use orochi::prelude::*;

#[test]
fn captured() {
    let (out, err) = (Capture::new(), Capture::new());
    let vm = Vm::builder().stdout(out.clone()).stderr(err.clone()).build().unwrap();
    vm.attach(|py| {
        py.run("import sys\nprint('a', 1, sep='-', end='!')").unwrap();
        assert_eq!(out.take_string(), "a-1!");
        py.run("sys.stdout.write('é\\n'); sys.stdout.buffer.write(b'\\xff')").unwrap();
        assert_eq!(out.take(), b"\xc3\xa9\n\xff");
        py.run("print('oops', file=sys.stderr)\nimport warnings\nwarnings.warn('careful')").unwrap();
        assert!(err.text().starts_with("oops\n<string>:3: UserWarning: careful\n"), "{}", err.text());
        assert!(py.eval("sys.stdout.isatty()").unwrap().eq(false).unwrap());
        assert!(py.eval("sys.stdout.fileno()").is_err());
        let error = py.run("raise ValueError('shown')").unwrap_err();
        let _ = err.take();
        error.print(py).unwrap();
        assert!(err.text().ends_with("ValueError: shown\n"));
        py.run("class Bad:\n    def __del__(self): 1/0\ndel Bad").unwrap();
    });
    drop(vm);
    assert_eq!(out.bytes(), b"");
}

#[test]
fn exceptions_that_nobody_gets() {
    let err = Capture::new();
    let vm = Vm::builder().stderr(err.clone()).build().unwrap();
    vm.attach(|py| py.run("class Bad:\n    def __del__(self): 1/0\nBad()")).unwrap();
    let text = err.take_string();
    assert!(
        text.starts_with("Exception ignored while calling deallocator <function Bad.__del__ at "),
        "{text}"
    );
    vm.attach(|py| {
        py.run("import threading\nt = threading.Thread(target=lambda: [][0])\nt.start()\nt.join()")
    })
    .unwrap();
    let text = err.take_string();
    assert!(text.starts_with("Exception in thread Thread-1 (<lambda>):\nTraceback"), "{text}");
    assert!(text.ends_with("IndexError: list index out of range\n"), "{text}");
}

#[test]
fn nowhere() {
    let vm = Vm::builder().stdout(Output::Null).build().unwrap();
    vm.attach(|py| py.run("print('x' * 10000)")).unwrap();
}

#[test]
fn settings() {
    let folder = std::env::temp_dir().join(format!("orochi-embed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("found.py"), "where = __file__\nassert False\n").unwrap();
    let vm = Vm::builder()
        .argv(["app", "--flag"])
        .search_path(&folder)
        .optimize(1)
        .warn("error::DeprecationWarning")
        .module("host", |module| {
            module.add("version", (1, 2))?;
            module.add_function("twice", |n: i64| n * 2)
        })
        .build()
        .unwrap();
    vm.attach(|py| {
        py.run("import sys, found, host, warnings")?;
        assert_eq!(py.eval("sys.argv")?.to_string(), "['app', '--flag']");
        assert_eq!(py.eval("found.where")?.extract::<std::path::PathBuf>()?, folder.join("found.py"));
        assert_eq!(py.eval("host.twice(4), host.version")?.to_string(), "(8, (1, 2))");
        let error = py.run("warnings.warn('old', DeprecationWarning)").unwrap_err();
        assert!(error.is_instance_of::<PyDeprecationWarning>(py));
        assert!(py.eval("'site' not in sys.modules and sys.flags.ignore_environment == 1")?.is_truthy()?);
        PyResult::Ok(())
    })
    .unwrap();
    drop(vm);
    std::fs::remove_dir_all(&folder).unwrap();
    let vm = Vm::builder().import_site(true).build().unwrap();
    assert!(vm.attach(|py| py.eval("exit").is_ok()));
    let error = Vm::builder().module("m", |_| Err(PyValueError::new_err("no"))).build().unwrap_err();
    assert_eq!(error.to_string(), "the VM did not start: ValueError: no");
    assert!(error.exception().is_some());
}
