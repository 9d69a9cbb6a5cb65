//! `Python<'py>`: the proof that this thread is attached, and what can be asked of the machine itself.
use crate::attach::{self, Attachment};
use crate::bound::Bound;
use crate::closure::{self, RustFunction};
use crate::err::{PyErr, PyResult};
use crate::handle::Handle;
use crate::source;
use crate::types::{PyAny, PyCFunction, PyDict, PyModule, PyType, PyTypeInfo};
use crate::vm::Vm;
use std::marker::PhantomData;
use std::sync::Arc;
use vm_runtime::prelude::{Thread, Value};

/// Proof that the current thread is attached to a machine.
///
/// It is handed out by [`Vm::attach`] and to closures that Python calls, is `Copy`, and stays on its thread:
///
/// ```compile_fail
/// # use orochi::prelude::*;
/// fn send<T: Send>(_: T) {}
/// # let vm = Vm::builder().build().unwrap();
/// vm.attach(|py| send(py));
/// ```
#[derive(Clone, Copy)]
pub struct Python<'py>(&'py Attachment<'py>, PhantomData<*mut ()>);

impl<'py> Python<'py> {
    pub(crate) fn new(attachment: &'py Attachment<'py>) -> Python<'py> {
        Python(attachment, PhantomData)
    }

    pub(crate) fn shared(self) -> &'py Arc<crate::handle::Shared> {
        self.0.shared
    }

    /// Whether both stand for the same machine.
    pub(crate) fn same_vm(self, other: Python<'_>) -> bool {
        Arc::ptr_eq(self.0.shared, other.0.shared)
    }

    /// Runs `f` attached: as this thread is, or, where it has detached or attached to another machine since, again.
    #[inline]
    pub(crate) fn with<R>(self, f: impl FnOnce(&'py Thread) -> R) -> R {
        let th = self.0.thread;
        if th.core().is_current() { f(th) } else { attach::again(th, || f(th)) }
    }

    /// As `with`, for what may raise.
    #[inline]
    pub(crate) fn run_vm<R>(
        self,
        f: impl FnOnce(&'py Thread) -> vm_runtime::prelude::PyResult<R>,
    ) -> PyResult<R> {
        self.with(|th| match f(th) {
            Ok(r) => Ok(r),
            Err(_) => Err(PyErr::take(self, th)),
        })
    }

    /// As `run_vm`, for what gives an object.
    #[inline]
    pub(crate) fn run_value(
        self,
        f: impl FnOnce(&'py Thread) -> vm_runtime::prelude::PyResult<Value>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.with(|th| match f(th) {
            Ok(v) => Ok(Bound::new(self, v)),
            Err(_) => Err(PyErr::take(self, th)),
        })
    }

    /// A handle of the machine.
    #[must_use]
    pub fn vm(self) -> Vm {
        Vm { handle: Handle::of(self.0.shared) }
    }

    /// Runs `f` detached: other threads may stop the world and collect meanwhile. For what waits or computes long without
    /// Python.
    ///
    /// `f` cannot take Python objects along:
    ///
    /// ```compile_fail
    /// # use orochi::prelude::*;
    /// # let vm = Vm::builder().build().unwrap();
    /// vm.attach(|py| {
    ///     let list = py.eval("[]").unwrap();
    ///     py.detach(|| list.len());
    /// });
    /// ```
    ///
    /// What gets there all the same (through a thread-local, say) is looked at when it is used, in release builds too: the
    /// thread is attached for that operation.
    pub fn detach<T, F>(self, f: F) -> T
    where
        F: Send + FnOnce() -> T,
        T: Send,
    {
        let th = self.0.thread;
        if th.core().is_current() { th.detach(f) } else { f() }
    }

    /// Evaluates an expression in `__main__`'s namespace.
    ///
    /// # Errors
    /// What the expression raises; SyntaxError.
    ///
    /// ```
    /// # use orochi::prelude::*;
    /// # let vm = Vm::builder().build().unwrap();
    /// vm.attach(|py| {
    ///     assert_eq!(py.eval("sum(range(5))")?.extract::<i32>()?, 10);
    ///     PyResult::Ok(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn eval(self, code: &str) -> PyResult<Bound<'py, PyAny>> {
        source::eval(self, code, None, None)
    }

    /// Evaluates an expression with these globals, and locals if they are others.
    ///
    /// # Errors
    /// What the expression raises; SyntaxError.
    pub fn eval_with(
        self,
        code: &str,
        globals: &Bound<'_, PyDict>,
        locals: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        source::eval(self, code, Some(globals), locals)
    }

    /// Runs statements in `__main__`'s namespace.
    ///
    /// # Errors
    /// What the statements raise; SyntaxError.
    pub fn run(self, code: &str) -> PyResult<()> {
        source::run(self, code, None, None)
    }

    /// Runs statements with these globals, and locals if they are others.
    ///
    /// # Errors
    /// What the statements raise; SyntaxError.
    pub fn run_with(
        self,
        code: &str,
        globals: &Bound<'_, PyDict>,
        locals: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        source::run(self, code, Some(globals), locals)
    }

    /// Imports a module: `a.b` gives the module `a.b`.
    ///
    /// # Errors
    /// ImportError, and what the module raises.
    pub fn import(self, name: &str) -> PyResult<Bound<'py, PyModule>> {
        let module = self.run_value(|th| {
            let importlib = th.import("importlib")?;
            th.call_method(&importlib, "import_module", &[th.str(name)])
        })?;
        module.cast_into()
    }

    /// A Python function that calls a Rust closure, whose parameters and result are converted
    /// ([`FromPyObject`](crate::FromPyObject), [`IntoPyObject`](crate::IntoPyObject)). The closure may take a `Python<'_>`
    /// first, and may give a `Result` whose error converts to [`PyErr`]. Python calls it from any thread, also from several
    /// at once.
    ///
    /// A closure that panics raises SystemError, which names the panic. Types of parameters must be written out.
    /// [`PyCFunction::new_closure`] takes arguments as a tuple and a dict.
    ///
    /// # Errors
    /// MemoryError.
    ///
    /// ```
    /// # use orochi::prelude::*;
    /// # let vm = Vm::builder().build().unwrap();
    /// vm.attach(|py| {
    ///     let add = py.function("add", |a: i64, b: i64| a + b)?;
    ///     assert_eq!(add.call1((2, 3))?.extract::<i64>()?, 5);
    ///     PyResult::Ok(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn function<M, F>(self, name: &str, f: F) -> PyResult<Bound<'py, PyCFunction>>
    where
        F: RustFunction<M>,
    {
        closure::typed(self, name, f)
    }

    /// The dict of `__main__`, in which `run` and `eval` work.
    ///
    /// # Errors
    /// ImportError, if a program removed `__main__`.
    pub fn globals(self) -> PyResult<Bound<'py, PyDict>> {
        self.run_value(source::main_dict)?.cast_into()
    }

    /// The type object of a builtin type: `py.get_type::<PyDict>()`.
    #[must_use]
    pub fn get_type<T: PyTypeInfo>(self) -> Bound<'py, PyType> {
        self.with(|th| Bound::new(self, T::type_ref(th).value())).into_type()
    }

    /// `None`.
    #[must_use]
    #[allow(non_snake_case, reason = "the name in Python and in PyO3")]
    pub fn None(self) -> Bound<'py, PyAny> {
        Bound::new(self, Value::NONE)
    }

    /// Runs the cycle collector; the number of unreachable objects found.
    pub fn collect(self) -> usize {
        self.with(|th| vm_runtime::collector::collect(th, 2))
    }

    /// Looks whether a signal came in, and drops what detached threads gave up: for closures that compute long.
    ///
    /// # Errors
    /// What a signal handler raises (KeyboardInterrupt).
    pub fn check_signals(self) -> PyResult<()> {
        self.run_vm(Thread::check_signals)
    }
}

impl std::fmt::Debug for Python<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Python").field("vm", &self.0.shared.id).finish_non_exhaustive()
    }
}
