//! Rust closures as Python callables.
//!
//! A closure is the payload of an object whose call slot runs it. It knows its VM weakly (R3 (handle)); a panic ends at the slot.
use crate::attach::{self, Attachment, Inside};
use crate::bound::Bound;
use crate::convert::IntoPyObject;
use crate::err::{PyErr, PyResult};
use crate::handle::Shared;
use crate::python::Python;
use crate::types::{PyAny, PyCFunction, PyDict, PyTuple};
use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use vm_runtime::prelude::{
    CallArgs, ModuleSpec, PyResult as VmResult, Slot, Thread, TypeSpec, Value, ValueExt, WEAKREFS, gs,
    payload,
};

mod typed;

pub use typed::RustFunction;
pub(crate) use typed::typed;

type Body = dyn for<'py> Fn(Python<'py>, &CallArgs<'_>) -> PyResult<Bound<'py, PyAny>> + Send + Sync;

/// The payload of a closure's object.
pub(crate) struct Closure {
    name: Box<str>,
    doc: Option<Box<str>>,
    id: u64,
    shared: Weak<Shared>,
    body: ManuallyDrop<Box<Body>>,
}

payload!(Closure, "builtin_function_or_method");

impl Drop for Closure {
    fn drop(&mut self) {
        let body = std::mem::replace(&mut *self.body, Box::new(|py, _| Ok(py.None())));
        // What the closure captured may panic when it goes, which must not reach the runtime.
        if catch_unwind(AssertUnwindSafe(|| drop(body))).is_err() {
            eprintln!("orochi: dropping what the closure {:?} captured panicked", self.name);
        }
        // The replacement has no captures, and so no memory.
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    doc: "A function of Rust.",
    flags: WEAKREFS,
    slots: &[Slot::Call(call), Slot::Repr(repr)],
    getset: &[
        gs("__name__", |th, v| Ok(th.str(&this(th, v)?.name)), None, ""),
        gs("__qualname__", |th, v| Ok(th.str(&this(th, v)?.name)), None, ""),
        gs("__doc__", |th, v| Ok(this(th, v)?.doc.as_ref().map_or(Value::NONE, |doc| th.str(doc))), None, ""),
        gs("__module__", |_, _| Ok(Value::NONE), None, ""),
        gs("__self__", |_, _| Ok(Value::NONE), None, ""),
        gs("__text_signature__", |_, _| Ok(Value::NONE), None, ""),
    ],
    ..TypeSpec::of::<Closure>()
};

/// A module that no program imports: through it machines know the type of closures.
pub(crate) static MODULE: ModuleSpec = ModuleSpec {
    name: "_orochi",
    doc: "What the embedding API keeps in a machine.",
    hidden_types: &[&SPEC],
    ..ModuleSpec::EMPTY
};

pub(crate) fn is_closure(v: &Value) -> bool {
    v.payload::<Closure>().is_some()
}

fn this<'a>(th: &Thread, v: &'a Value) -> VmResult<&'a Closure> {
    th.expect::<Closure>(v, "builtin_function_or_method")
}

fn repr(th: &Thread, v: &Value) -> VmResult<Value> {
    Ok(th.str(&format!("<built-in function {}>", this(th, v)?.name)))
}

fn call(th: &Thread, v: &Value, args: &CallArgs<'_>) -> VmResult<Value> {
    // The closure may drop the last other reference to itself.
    let keep = v.clone();
    let closure = this(th, &keep)?;
    let _level = th.enter_recursive(" while calling a Python object")?;
    attach::with_innermost(closure.id, |shared| match shared {
        Some(shared) => run(th, shared, closure, args),
        None => match closure.shared.upgrade() {
            Some(shared) => run(th, &shared, closure, args),
            None => Err(th.raise(th.types().exc.python_finalization_error, "the VM has ended")),
        },
    })
}

fn run(th: &Thread, shared: &Arc<Shared>, closure: &Closure, args: &CallArgs<'_>) -> VmResult<Value> {
    let _inside = Inside::enter(shared, th);
    let attachment = Attachment { thread: th, shared };
    let py = Python::new(&attachment);
    let done = catch_unwind(AssertUnwindSafe(|| match (closure.body)(py, args) {
        Ok(result) => Ok(result.into_value()),
        Err(error) => Err(error.raise(py, th)),
    }));
    match done {
        Ok(result) => result,
        Err(panic) => Err(th.system_error(panic_text(&closure.name, panic))),
    }
}

/// What the exception for a panic says.
fn panic_text(name: &str, panic: Box<dyn Any + Send>) -> String {
    let text = match panic.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(other) => {
                // Its drop may panic, too.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(other)));
                "a value that is no text".to_owned()
            }
        },
    };
    format!("Rust function '{name}' panicked: {text}")
}

/// Makes the object.
fn make<'py, T>(py: Python<'py>, name: &str, doc: Option<&str>, body: Box<Body>) -> Bound<'py, T> {
    let closure = Closure {
        name: name.into(),
        doc: doc.map(Box::from),
        id: py.shared().id,
        shared: Arc::downgrade(py.shared()),
        body: ManuallyDrop::new(body),
    };
    py.with(|th| Bound::checked(py, th.new_object(th.type_for::<Closure>(), closure)))
}

/// What a closure may give: a value that converts, or a `Result` of one, whose error converts to [`PyErr`].
pub trait IntoPyCallbackOutput<'py> {
    /// Converts it.
    ///
    /// # Errors
    /// The closure's error; what converting raises.
    fn into_output(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
}

impl<'py, T: IntoPyObject<'py>> IntoPyCallbackOutput<'py> for T {
    fn into_output(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.into_bound(py)
    }
}

impl<'py, T: IntoPyObject<'py>, E: Into<PyErr>> IntoPyCallbackOutput<'py> for Result<T, E> {
    fn into_output(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.map_err(Into::into)?.into_bound(py)
    }
}

impl PyCFunction {
    /// A Python function that calls a Rust closure with its arguments as a tuple and, if there are any, its keyword arguments
    /// as a dict. [`Python::function`] converts them.
    ///
    /// # Errors
    /// MemoryError.
    ///
    /// ```
    /// # use orochi::prelude::*;
    /// # let vm = Vm::builder().build().unwrap();
    /// vm.attach(|py| {
    ///     let count = PyCFunction::new_closure(py, "count", None, |args, kwargs| {
    ///         args.len() + kwargs.map_or(0, |k| k.len())
    ///     })?;
    ///     let n = py.eval("lambda f: f(1, 2, x=3)")?.call1((count,))?;
    ///     assert_eq!(n.extract::<usize>()?, 3);
    ///     PyResult::Ok(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn new_closure<'py, F, R>(
        py: Python<'py>,
        name: &str,
        doc: Option<&str>,
        f: F,
    ) -> PyResult<Bound<'py, PyCFunction>>
    where
        F: for<'a, 'b> Fn(&'a Bound<'b, PyTuple>, Option<&'a Bound<'b, PyDict>>) -> R + Send + Sync + 'static,
        R: for<'b> IntoPyCallbackOutput<'b>,
    {
        let body = body_of(move |py: Python<'_>, args: &CallArgs<'_>| {
            let (tuple, kwargs) = py.run_vm(|th| {
                let tuple = Bound::checked(py, th.tuple_of(args.positional()));
                if args.names.is_empty() {
                    return Ok((tuple, None));
                }
                let dict = th.dict();
                for (name, value) in args.keywords() {
                    th.setitem(&dict, name, value)?;
                }
                Ok((tuple, Some(Bound::checked(py, dict))))
            })?;
            f(&tuple, kwargs.as_ref()).into_output(py)
        });
        Ok(make(py, name, doc, Box::new(body)))
    }
}

/// Says what a closure's lifetimes are.
fn body_of<F>(f: F) -> F
where
    F: for<'py> Fn(Python<'py>, &CallArgs<'_>) -> PyResult<Bound<'py, PyAny>>,
{
    f
}
