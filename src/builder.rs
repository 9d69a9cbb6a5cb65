//! Making a machine.
use crate::attach;
use crate::bound::Bound;
use crate::capture::{self, Output};
use crate::closure;
use crate::err::{PyErr, PyResult};
use crate::handle::Shared;
use crate::python::Python;
use crate::types::PyModule;
use crate::vm::Vm;
use vm_runtime::bootstrap;
use vm_runtime::config::Config;

type ModuleInit = Box<dyn for<'py> FnOnce(&Bound<'py, PyModule>) -> PyResult<()>>;

/// How a machine is to be. Made by [`Vm::builder`].
///
/// The defaults suit an embedder rather than the command: the environment's `PYTHON*` variables count for nothing, `site` is
/// not imported, `sys.path` is empty (the library is within the binary), signals stay the process's own, and the standard
/// streams are the process's, buffered by lines.
#[must_use]
pub struct VmBuilder {
    config: Config,
    stdout: Output,
    stderr: Output,
    modules: Vec<(String, ModuleInit)>,
}

impl Default for VmBuilder {
    fn default() -> VmBuilder {
        let config = Config {
            ignore_environment: true,
            no_user_site: true,
            no_site: true,
            safe_path: true,
            ..Config::default()
        };
        VmBuilder { config, stdout: Output::Inherit, stderr: Output::Inherit, modules: Vec::new() }
    }
}

impl VmBuilder {
    /// `sys.argv`; `[""]` by default.
    pub fn argv<I>(mut self, argv: I) -> VmBuilder
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.config.argv = argv.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a folder (or zip file) at the end of `sys.path`.
    pub fn search_path(mut self, path: impl Into<std::path::PathBuf>) -> VmBuilder {
        self.config.module_search_paths.push(path.into().to_string_lossy().into_owned());
        self
    }

    /// Whether to import `site`, which adds `exit`, `help` and the folders of installed packages; not by default.
    pub fn import_site(mut self, on: bool) -> VmBuilder {
        self.config.no_site = !on;
        self
    }

    /// Where `sys.stdout` goes: a [`Capture`](crate::Capture) or an [`Output`].
    pub fn stdout(mut self, output: impl Into<Output>) -> VmBuilder {
        self.stdout = output.into();
        self
    }

    /// Where `sys.stderr` goes: a [`Capture`](crate::Capture) or an [`Output`].
    pub fn stderr(mut self, output: impl Into<Output>) -> VmBuilder {
        self.stderr = output.into();
        self
    }

    /// How much is optimised away, as `-O` counts: 1 leaves out `assert`, 2 docstrings, too.
    pub fn optimize(mut self, level: u8) -> VmBuilder {
        self.config.optimize = i32::from(level.min(2));
        self
    }

    /// A warning filter as `-W` takes it, like `error::DeprecationWarning`.
    pub fn warn(mut self, filter: impl Into<String>) -> VmBuilder {
        self.config.warn_options.push(filter.into());
        self
    }

    /// Adds a module of Rust, which `import` finds: `init` fills it when the machine is built.
    ///
    /// ```
    /// # use orochi::prelude::*;
    /// let vm = Vm::builder()
    ///     .module("rules", |module| {
    ///         module.add("LIMIT", 3)?;
    ///         module.add_function("double", |x: f64| x * 2.0)
    ///     })
    ///     .build()?;
    /// let x: f64 = vm.attach(|py| {
    ///     py.run("import rules")?;
    ///     py.eval("rules.double(rules.LIMIT)")?.extract()
    /// })?;
    /// assert_eq!(x, 6.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn module<F>(mut self, name: impl Into<String>, init: F) -> VmBuilder
    where
        F: for<'py> FnOnce(&Bound<'py, PyModule>) -> PyResult<()> + 'static,
    {
        self.modules.push((name.into(), Box::new(init)));
        self
    }

    /// Makes the machine. The calling thread is its main thread, as far as Python's `threading` is concerned.
    ///
    /// # Errors
    /// If its first objects cannot be made, the library does not come up, or a module's function fails.
    pub fn build(self) -> Result<Vm, BuildError> {
        let VmBuilder { mut config, stdout, stderr, modules } = self;
        config.native_modules = vm_stdlib::registry::MODULES.to_vec();
        config.native_modules.push(&closure::MODULE);
        let paths = config.module_search_paths.clone();
        let started = bootstrap::start(config, attach::stack_left())
            .map_err(|message| BuildError(Reason::Start(message)))?;
        let vm = Vm { handle: Shared::start(started.vm, started.main) };
        let prepared = vm.try_attach(|py| {
            py.run_vm(bootstrap::finish_start)?;
            capture::install(py, "stdout", &stdout)?;
            capture::install(py, "stderr", &stderr)?;
            add_paths(py, paths)?;
            for (name, init) in modules {
                let module = PyModule::new(py, &name)?;
                init(&module)?;
                module.register()?;
            }
            Ok(())
        });
        match prepared {
            Ok(Ok(())) => Ok(vm),
            Ok(Err(error)) => Err(BuildError(Reason::Python(error))),
            Err(error) => Err(BuildError(Reason::Start(error.to_string()))),
        }
    }
}

/// Adds what is not on `sys.path` yet.
fn add_paths(py: Python<'_>, paths: Vec<String>) -> PyResult<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let list = py.import("sys")?.as_any().getattr("path")?;
    for path in paths {
        if !list.contains(path.as_str())? {
            list.call_method1("append", (path,))?;
        }
    }
    Ok(())
}

impl std::fmt::Debug for VmBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let modules: Vec<_> = self.modules.iter().map(|(name, _)| name).collect();
        f.debug_struct("VmBuilder")
            .field("argv", &self.config.argv)
            .field("modules", &modules)
            .finish_non_exhaustive()
    }
}

/// Why a machine could not be made.
#[derive(Debug)]
pub struct BuildError(Reason);

#[derive(Debug)]
enum Reason {
    /// The first objects.
    Start(String),
    /// The library, or a module's function.
    Python(PyErr),
}

impl BuildError {
    /// The exception behind it, if there is one.
    #[must_use]
    pub fn exception(&self) -> Option<&PyErr> {
        match &self.0 {
            Reason::Start(_) => None,
            Reason::Python(error) => Some(error),
        }
    }
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Reason::Start(message) => write!(f, "the VM did not start: {}", message.trim_end()),
            Reason::Python(error) => write!(f, "the VM did not start: {error}"),
        }
    }
}

impl std::error::Error for BuildError {}
