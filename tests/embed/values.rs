//! Values both ways, and what objects can be asked.
use crate::with_vm;
use orochi::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;

/// Converts a value, looks at its repr, and converts it back.
fn round<'py, T>(py: Python<'py>, value: T, repr: &str) -> PyResult<()>
where
    T: IntoPyObject<'py> + for<'a> FromPyObject<'a, 'py> + Clone + PartialEq + Debug,
{
    let object = py.eval("lambda x: x")?.call1((value.clone(),))?;
    assert_eq!(format!("{object:?}"), repr);
    let back = object.extract::<T>().map_err(Into::into)?;
    assert_eq!(back, value);
    Ok(())
}

#[test]
fn round_trips() {
    with_vm(|py| {
        round(py, true, "True")?;
        round(py, false, "False")?;
        round(py, -128i8, "-128")?;
        round(py, 255u8, "255")?;
        round(py, i64::MIN, "-9223372036854775808")?;
        round(py, i64::MAX, "9223372036854775807")?;
        round(py, u64::MAX, "18446744073709551615")?;
        round(py, i128::MIN, "-170141183460469231731687303715884105728")?;
        round(py, u128::MAX, "340282366920938463463374607431768211455")?;
        round(py, usize::MAX, "18446744073709551615")?;
        round(py, 1.5f32, "1.5")?;
        round(py, 1e300f64, "1e+300")?;
        round(py, f64::INFINITY, "inf")?;
        round(py, -0.0f64, "-0.0")?;
        round(py, '\u{1F40D}', "'\u{1F40D}'")?;
        round(py, String::from("it's \0 \"text\""), "'it\\'s \\x00 \"text\"'")?;
        round(py, Some(3), "3")?;
        round(py, None::<i32>, "None")?;
        round(py, (), "None")?;
        round(py, vec![1, 2, 3], "[1, 2, 3]")?;
        round(py, vec![1u8, 2, 255], "b'\\x01\\x02\\xff'")?;
        round(py, Vec::<String>::new(), "[]")?;
        round(py, [1.0, 2.0], "[1.0, 2.0]")?;
        round(py, [7u8; 2], "b'\\x07\\x07'")?;
        round(py, VecDeque::from([Some(1), None]), "[1, None]")?;
        round(py, (1, "two".to_owned(), 3.0, vec![true]), "(1, 'two', 3.0, [True])")?;
        round(py, (1,), "(1,)")?;
        round(py, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)")?;
        round(py, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]), "{'a': 1, 'b': 2}")?;
        round(py, HashMap::from([(1, vec![(2, 3)])]), "{1: [(2, 3)]}")?;
        round(py, HashSet::from([7]), "{7}")?;
        round(py, BTreeSet::from(['x']), "{'x'}")?;
        round(py, PathBuf::from("/tmp/x y"), "'/tmp/x y'")?;
        round(
            py,
            Duration::new(3 * 86_400 + 4, 5_000),
            "datetime.timedelta(days=3, seconds=4, microseconds=5)",
        )
    });
}

#[test]
fn borrowed_forms() {
    with_vm(|py| {
        let text = py.eval("'snake'")?;
        assert_eq!(text.extract::<&str>()?, "snake");
        assert!(matches!(text.extract::<Cow<'_, str>>()?, Cow::Borrowed("snake")));
        let bytes = py.eval("b'ab'")?;
        assert_eq!(bytes.extract::<&[u8]>()?, b"ab");
        assert_eq!(py.eval("bytearray(b'cd')")?.extract::<Cow<'_, [u8]>>()?, &b"cd"[..]);
        assert_eq!(py.eval("bytearray(b'cd')")?.extract::<Vec<u8>>()?, b"cd");
        assert_eq!(py.eval("[1, 2]")?.extract::<Vec<u8>>()?, [1, 2]);
        assert_eq!(py.eval("(1, 2)")?.extract::<Vec<i32>>()?, [1, 2]);
        assert_eq!(py.eval("range(3)")?.extract::<Vec<i32>>()?, [0, 1, 2]);
        assert_eq!(py.eval("frozenset({1})")?.extract::<HashSet<i32>>()?, HashSet::from([1]));
        py.run("import pathlib")?;
        assert_eq!(py.eval("pathlib.Path('a') / 'b'")?.extract::<PathBuf>()?, PathBuf::from("a/b"));
        let values = vec!["a".to_owned(), "b".to_owned()];
        let joined = py.eval("'-'.join")?.call1((&values,))?;
        assert_eq!(joined.extract::<String>()?, "a-b");
        assert_eq!(py.eval("sum")?.call1((&[1, 2, 3],))?.extract::<i32>()?, 6);
        Ok(())
    });
}

/// The exception of a conversion that fails, as `Type: message`.
fn refusal<'py, T>(py: Python<'py>, code: &str) -> String
where
    T: for<'a> FromPyObject<'a, 'py> + Debug,
{
    let object = py.eval(code).expect("the expression has a value");
    let error: PyErr = match object.extract::<T>() {
        Ok(value) => panic!("{code} gave {value:?}"),
        Err(error) => error.into(),
    };
    format!("{}: {}", error.type_name(), error.message())
}

#[test]
fn refusals() {
    with_vm(|py| {
        assert_eq!(refusal::<u8>(py, "256"), "OverflowError: Python int does not fit u8");
        assert_eq!(refusal::<u64>(py, "-1"), "OverflowError: Python int does not fit u64");
        assert_eq!(refusal::<i64>(py, "2**63"), "OverflowError: Python int does not fit i64");
        assert_eq!(refusal::<i128>(py, "2**127"), "OverflowError: Python int does not fit i128");
        assert_eq!(refusal::<u128>(py, "2**128"), "OverflowError: Python int does not fit u128");
        let text = "TypeError: 'str' object cannot be interpreted as an integer";
        assert_eq!(refusal::<i32>(py, "'1'"), text);
        assert_eq!(
            refusal::<i32>(py, "1.0"),
            "TypeError: 'float' object cannot be interpreted as an integer"
        );
        assert_eq!(refusal::<f64>(py, "'1'"), "TypeError: must be real number, not str");
        assert_eq!(refusal::<bool>(py, "1"), "TypeError: 'int' object is not an instance of 'bool'");
        assert_eq!(refusal::<String>(py, "1"), "TypeError: 'int' object is not an instance of 'str'");
        assert_eq!(refusal::<char>(py, "'ab'"), "ValueError: expected a string of length 1");
        assert_eq!(refusal::<Vec<String>>(py, "'ab'"), "TypeError: Can't extract `str` to `Vec`");
        assert_eq!(refusal::<Vec<i32>>(py, "1"), "TypeError: 'int' object is not an instance of 'Sequence'");
        assert_eq!(
            refusal::<(i32, i32)>(py, "(1, 2, 3)"),
            "ValueError: expected tuple of length 2, but got tuple of length 3"
        );
        assert_eq!(refusal::<[i32; 2]>(py, "[1]"), "ValueError: expected a sequence of length 2 (got 1)");
        assert_eq!(
            refusal::<HashMap<String, i32>>(py, "[]"),
            "TypeError: 'list' object is not an instance of 'dict'"
        );
        assert_eq!(
            refusal::<String>(py, "'a\\ud800'"),
            "UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed"
        );
        Ok(())
    });
}

#[test]
fn an_index_is_an_integer() {
    with_vm(|py| {
        py.run("class Five:\n    def __index__(self): return 5\n    def __float__(self): return 5.5")?;
        assert_eq!(py.eval("Five()")?.extract::<u8>()?, 5);
        assert_eq!(py.eval("Five()")?.extract::<i64>()?, 5);
        assert_eq!(py.eval("Five()")?.extract::<f32>()?, 5.5);
        assert_eq!(py.eval("True")?.extract::<i32>()?, 1);
        assert_eq!(py.eval("3")?.extract::<f64>()?, 3.0);
        Ok(())
    });
}

#[test]
fn objects_are_asked() {
    with_vm(|py| {
        py.run("class Point:\n    def __init__(self, x, y=0): self.x = x; self.y = y\n    def sum(self, *more, by=1): return (self.x + self.y + sum(more)) * by")?;
        let class = py.eval("Point")?;
        let point = class.call1((3,))?;
        assert_eq!(point.getattr("x")?.extract::<i32>()?, 3);
        point.setattr("y", 4)?;
        assert_eq!(point.call_method0("sum")?.extract::<i32>()?, 7);
        assert_eq!(point.call_method1("sum", (1, 2))?.extract::<i32>()?, 10);
        let kwargs = PyDict::new(py);
        kwargs.set_item("by", 10)?;
        assert_eq!(point.call_method("sum", (1,), Some(&kwargs))?.extract::<i32>()?, 80);
        assert!(point.hasattr("x")? && !point.hasattr("z")?);
        point.delattr("x")?;
        assert!(point.getattr_opt("x")?.is_none());
        assert!(point.getattr("x").unwrap_err().is_instance_of::<PyAttributeError>(py));
        assert!(point.is_instance(&class)? && class.is_callable());
        assert_eq!(point.type_name(), "Point");
        assert_eq!(point.get_type().name(), "Point");
        assert!(point.get_type().is(&class));

        let dict = py.eval("{'a': 1, 'b': 2}")?;
        assert_eq!(dict.len()?, 2);
        dict.set_item("c", vec![3])?;
        dict.del_item("a")?;
        assert!(dict.contains("c")? && !dict.contains("a")?);
        assert_eq!(dict.repr()?.to_str()?, "{'b': 2, 'c': [3]}");
        assert!(dict.get_item("a").unwrap_err().is_instance_of::<PyKeyError>(py));
        let typed = dict.cast::<PyDict>()?;
        assert!(typed.get_item("a")?.is_none());
        assert_eq!(typed.keys().len(), 2);

        let list = py.eval("[3, 1, 2]")?;
        let items: Vec<i32> = list.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?;
        assert_eq!(items, [3, 1, 2]);
        assert_eq!(list.get_item(-1)?.extract::<i32>()?, 2);
        list.cast::<PyList>()?.append("end")?;
        assert_eq!(list.to_string(), "[3, 1, 2, 'end']");
        assert!(list.cast::<PyList>()?.get_item(9).is_err());

        let one = py.eval("1")?;
        assert!(one.eq(1)? && one.ne(2)? && one.lt(2)? && one.ge(1.0)?);
        assert_eq!(one.compare(2)?, std::cmp::Ordering::Less);
        assert!(one.lt("x").unwrap_err().is_instance_of::<PyTypeError>(py));
        assert_eq!(one.add(2)?.mul(5)?.sub(1)?.div(2)?.extract::<f64>()?, 7.0);
        assert!(one.is_truthy()? && !py.eval("[]")?.is_truthy()?);
        assert!(py.None().is_none() && py.eval("None")?.is(&py.None()));
        assert_eq!(one.hash()?, 1);
        assert_eq!(format!("{one} {one:?} {:?}", py.eval("'é'")?), "1 1 'é'");
        Ok(())
    });
}

#[test]
fn kinds_are_checked() {
    with_vm(|py| {
        let f = py.eval("lambda: 0")?;
        assert!(f.cast::<PyFunction>().is_ok());
        let error = f.cast::<PyDict>().unwrap_err();
        assert_eq!(error.message(), "'function' object is not an instance of 'dict'");
        assert!(py.eval("True")?.is_instance_of::<PyInt>());
        assert!(!py.eval("True")?.is_exact_instance_of::<PyInt>());
        assert!(py.eval("len")?.cast_into::<PyCFunction>().is_ok());
        assert!(py.get_type::<PyList>().as_any().is(&py.eval("list")?));
        assert!(py.eval("1")?.extract::<Py<PyString>>().is_err());
        Ok(())
    });
}

#[test]
fn namespaces_and_modules() {
    with_vm(|py| {
        let globals = PyDict::new(py);
        globals.set_item("x", 20)?;
        py.run_with("y = x + 1", &globals, None)?;
        assert_eq!(py.eval_with("y * 2", &globals, None)?.extract::<i32>()?, 42);
        assert!(py.eval("y").unwrap_err().is_instance_of::<PyNameError>(py));
        let module = PyModule::from_code(py, "def f(): return __name__", "rules.py", "rules")?;
        assert_eq!(module.getattr("f")?.call0()?.extract::<String>()?, "rules");
        py.run("import rules; import os.path")?;
        assert_eq!(py.import("os.path")?.name()?, "posixpath");
        assert_eq!(py.import("rules")?.name()?, "rules");
        assert!(PyModule::from_code(py, "1/0", "broken.py", "broken").is_err());
        let missing = py.import("broken").unwrap_err();
        assert!(missing.is_instance_of::<PyModuleNotFoundError>(py));
        assert_eq!(py.import("math")?.getattr("tau")?.extract::<f64>()?, std::f64::consts::TAU);
        Ok(())
    });
}
