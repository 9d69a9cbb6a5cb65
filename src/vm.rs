//! `Vm`: a handle of a virtual machine, and attaching to it.
use crate::attach::{self, AttachError};
use crate::builder::VmBuilder;
use crate::handle::Handle;
use crate::python::Python;
use std::sync::Arc;
use vm_runtime::Contention;

/// A Python virtual machine.
///
/// `Vm` is a counted handle: clones are the same machine. Any number of machines live in one process; they share nothing
/// that a program can change, but for what belongs to the process itself (its environment, working directory, files).
///
/// The machine ends when its last handle goes; [`Py`](crate::Py) and [`PyErr`](crate::PyErr) are handles too. It then does
/// what the `orochi` command does at the end of a program: waits for Python's threads that are no daemons, runs `atexit`
/// functions, flushes the streams and lets finalizers run. This happens on the thread that dropped the last handle, once.
/// A handle that is captured by a closure given to the same machine keeps it alive for ever: let the closure take a
/// [`Python`] instead.
///
/// ```
/// use orochi::prelude::*;
///
/// let vm = Vm::builder().build()?;
/// let n: i64 = vm.attach(|py| py.eval("6 * 7")?.extract())?;
/// assert_eq!(n, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Vm {
    pub(crate) handle: Handle,
}

impl Vm {
    /// A builder with the defaults that suit an embedder.
    pub fn builder() -> VmBuilder {
        VmBuilder::default()
    }

    /// Attaches this thread to the machine and calls `f`; any thread may do so, also several at once, and they run Python
    /// in parallel. The first attach of a thread registers it, later ones cost tens of nanoseconds.
    ///
    /// Attaching within an attach is fine, to the same machine or another one. While `f` runs, the machine may ask this
    /// thread to stop for a moment (a collection): what waits for long without running Python belongs in
    /// [`Python::detach`].
    ///
    /// What `f` returns cannot borrow from the attach:
    ///
    /// ```compile_fail
    /// # use orochi::prelude::*;
    /// # let vm = Vm::builder().build().unwrap();
    /// let escaped = vm.attach(|py| py.eval("[]").unwrap());
    /// ```
    ///
    /// # Panics
    /// As `f` does; if the machine has ended or has 65,535 threads ([`try_attach`](Vm::try_attach) gives an error instead).
    pub fn attach<F, R>(&self, f: F) -> R
    where
        F: for<'py> FnOnce(Python<'py>) -> R,
    {
        match self.try_attach(f) {
            Ok(result) => result,
            Err(error) => panic!("attach: {error}"),
        }
    }

    /// As [`attach`](Vm::attach).
    ///
    /// # Errors
    /// If the machine has ended (which only code sees that runs during its end), or has too many threads.
    pub fn try_attach<F, R>(&self, f: F) -> Result<R, AttachError>
    where
        F: for<'py> FnOnce(Python<'py>) -> R,
    {
        attach::attach(self.handle.shared(), |attachment| f(Python::new(attachment)))
    }

    /// What the machine's threads have cost each other so far: atomic counts, locks, stops. None unless Orochi was built with
    /// the cargo feature `contention-stats`.
    #[must_use]
    pub fn contention(&self) -> Option<Contention> {
        self.handle.shared().state.world.contention()
    }

    /// Whether both are handles of one machine.
    #[must_use]
    pub fn is(&self, other: &Vm) -> bool {
        Arc::ptr_eq(self.handle.shared(), other.handle.shared())
    }
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").field("id", &self.handle.shared().id).finish_non_exhaustive()
    }
}
