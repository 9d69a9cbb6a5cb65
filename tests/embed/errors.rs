//! Exceptions as errors of Rust.
use crate::{vm, with_vm};
use orochi::prelude::*;
use std::error::Error;
use std::path::Path;

/// The programs under tests/embed/tracebacks and what CPython shows for them. To renew: in that folder,
/// `for f in *.py; do CPYTHON -c "$(cat $f)" 2> ${f%.py}.txt; done`.
#[test]
fn tracebacks_are_pythons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/embed/tracebacks");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder is there") {
        let program = entry.expect("an entry").path();
        if program.extension().is_none_or(|e| e != "py") {
            continue;
        }
        let read = |path: &Path| std::fs::read_to_string(path).expect("a file that can be read");
        let error = vm().attach(|py| py.run(&read(&program)).unwrap_err());
        let expected = read(&program.with_extension("txt"));
        assert_eq!(format!("{error}\n"), expected, "{}", program.display());
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn frames_are_structured() {
    with_vm(|py| {
        PyModule::from_code(py, "def divide(a, b):\n    return a / b\n", "rules.py", "rules")?;
        let error = py.run("import rules\n\nrules.divide(1, 0)").unwrap_err();
        let frames = error.frames();
        let shown: Vec<_> = frames.iter().map(|f| (f.file.as_str(), f.line, f.function.as_str())).collect();
        assert_eq!(shown, [("<string>", Some(3), "<module>"), ("rules.py", Some(2), "divide")]);
        assert_eq!(
            error.to_string(),
            "Traceback (most recent call last):\n  File \"<string>\", line 3, in <module>\n    rules.divide(1, 0)\n    \
             ~~~~~~~~~~~~^^^^^^\n  File \"rules.py\", line 2, in divide\n    return a / b\n           ~~^~~\n\
             ZeroDivisionError: division by zero"
        );
        assert!(error.traceback(py)?.is_some());
        assert!(PyValueError::new_err("new").frames().is_empty());
        Ok(())
    });
}

#[test]
fn errors_made_in_rust() {
    let error = PyValueError::new_err("too odd");
    assert_eq!(error.to_string(), "ValueError: too odd");
    assert_eq!((error.type_name().as_str(), error.message().as_str()), ("ValueError", "too odd"));
    with_vm(move |py| {
        assert!(error.is_instance_of::<PyValueError>(py) && error.is_instance_of::<PyException>(py));
        assert!(!error.is_instance_of::<PyTypeError>(py));
        assert!(error.matches(py, py.eval("(KeyError, ValueError)")?)?);
        assert_eq!(error.value(py)?.to_string(), "too odd");
        assert_eq!(error.to_string(), "ValueError: too odd");
        let two = PyKeyError::new_err(("a", 1));
        assert_eq!(two.value(py)?.repr()?.to_string(), "KeyError('a', 1)");
        assert_eq!(PyStopIteration::new_err(()).value(py)?.repr()?.to_string(), "StopIteration()");
        assert_eq!(PyErr::new::<PyOSError, _>("x").type_name(), "OSError");

        py.run("class Odd(Exception): pass")?;
        let odd = py.eval("Odd")?;
        let error = PyErr::from_value(odd.clone());
        assert!(error.value(py)?.is_instance(&odd)?);
        assert_eq!(error.type_name(), "Odd");
        let error = PyErr::from_type(odd.cast_into()?, "why");
        assert_eq!(error.value(py)?.repr()?.to_string(), "Odd('why')");
        let none = PyErr::from_value(py.eval("1")?);
        assert_eq!(none.to_string(), "TypeError: exceptions must derive from BaseException");
        Ok(())
    });
}

#[test]
fn causes_and_notes() {
    with_vm(|py| {
        let error = PyRuntimeError::new_err("outer");
        error.set_cause(py, Some(PyKeyError::new_err("inner")))?;
        error.add_note(py, "a note")?;
        assert_eq!(error.cause(py)?.expect("a cause").message(), "'inner'");
        assert_eq!(
            error.to_string(),
            "KeyError: 'inner'\n\nThe above exception was the direct cause of the following exception:\n\n\
             RuntimeError: outer\na note"
        );
        let again = error.clone_ref(py)?;
        assert!(again.value(py)?.is(&error.value(py)?));
        Ok(())
    });
}

#[test]
fn an_error_is_an_error_of_rust() {
    fn needs<T: Error + Send + Sync + 'static>(_: &T) {}
    let error: PyErr = vm().attach(|py| py.eval("1 + 'x'").unwrap_err());
    needs(&error);
    let boxed: Box<dyn Error + Send + Sync> = Box::new(error);
    let text = std::thread::spawn(move || boxed.to_string()).join().expect("no panic");
    assert!(text.ends_with("TypeError: unsupported operand type(s) for +: 'int' and 'str'"), "{text}");
}

#[test]
fn errors_of_the_library() {
    with_vm(|py| {
        let shown = |error: PyErr| format!("{}: {}", error.type_name(), error.message());
        let error: PyErr = std::fs::read("/no/such/file").unwrap_err().into();
        assert!(error.is_instance_of::<PyFileNotFoundError>(py));
        assert_eq!(shown(error), "FileNotFoundError: [Errno 2] No such file or directory");
        assert_eq!(
            shown("x".parse::<i32>().unwrap_err().into()),
            "ValueError: invalid digit found in string"
        );
        assert_eq!(
            shown(u8::try_from(300i32).unwrap_err().into()),
            "ValueError: out of range integral type conversion attempted"
        );
        let error = PyErr::from(String::from_utf8(vec![b'a', 0xff]).unwrap_err());
        assert_eq!(error.value(py)?.getattr("start")?.extract::<usize>()?, 1);
        assert_eq!(
            shown(error),
            "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 1: invalid utf-8"
        );
        let through: PyErr = std::io::Error::from(PyKeyError::new_err("k")).into();
        assert_eq!(through.type_name(), "KeyError");
        Ok(())
    });
}

#[test]
fn bad_source() {
    with_vm(|py| {
        let error = py.run("x = 1\0").unwrap_err();
        assert_eq!(error.to_string(), "SyntaxError: source code string cannot contain null bytes");
        assert!(py.eval("x = 1").unwrap_err().is_instance_of::<PySyntaxError>(py));
        assert!(py.eval(&"(".repeat(500)).is_err());
        assert!(py.eval(&"-".repeat(100_000)).is_err());
        let error = py.run("def f(): f()\nf()").unwrap_err();
        assert!(error.is_instance_of::<PyRecursionError>(py), "{}", error.type_name());
        let error = py.run("raise SystemExit(3)").unwrap_err();
        assert!(error.is_instance_of::<PySystemExit>(py));
        Ok(())
    });
}
