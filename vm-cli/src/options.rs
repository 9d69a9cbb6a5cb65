//! The command line and the environment: from arguments to a [`Command`].
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use vm_runtime::config::Config;

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// `-c`: this source.
    Source(String),
    /// `-m`: this module.
    Module(String),
    /// A script, directory or zip file.
    File(String),
    /// `-`, or no argument at all: standard input.
    Stdin,
}

/// What the arguments ask for.
pub enum Command {
    /// Print this on stdout and exit with 0.
    Print(String),
    /// Print this on stderr and exit with this code.
    Refuse(String, u8),
    /// Run a program.
    Run(Box<Run>),
}

/// A program to run and how.
pub struct Run {
    /// The program.
    pub program: Program,
    /// The VM's settings.
    pub config: Config,
    /// `-x`.
    pub skip_first_line: bool,
    /// `PYTHONSTARTUP`.
    pub startup: Option<String>,
}

/// Bytes of an argument as Python's text: what is not UTF-8 is replaced.
fn text(argument: OsString) -> String {
    String::from_utf8(argument.into_vec())
        .unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
}

const OPTIONS: &str = include_str!("help/options.txt");
const ENVIRONMENT: &str = include_str!("help/environment.txt");
const X_OPTIONS: &str = include_str!("help/xoptions.txt");

/// The version as `orochi -V` prints it.
pub const VERSION: &str = concat!("Orochi ", env!("CARGO_PKG_VERSION"), " (Python 3.14.0)");

fn usage(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n")
}

fn refuse(program: &str, message: &str) -> Command {
    Command::Refuse(format!("{message}\n{}Try `orochi -h' for more information.\n", usage(program)), 2)
}

fn fatal(place: &str, message: &str) -> Command {
    // What is read before the rest of the settings.
    let state = if place.starts_with("preconfig_") { "preinitializing" } else { "preinitialized" };
    Command::Refuse(format!("Fatal Python error: {place}: {message}\nPython runtime state: {state}\n\n"), 1)
}

/// Reads arguments and environment.
pub fn read(arguments: impl Iterator<Item = OsString>) -> Command {
    let arguments: Vec<String> = arguments.map(text).collect();
    let program = arguments.first().cloned().unwrap_or_else(|| "orochi".to_owned());
    let mut config = Config { orig_argv: arguments.clone(), ..Config::default() };
    config.install_signal_handlers = true;
    config.executable = executable(&program);
    let parsed = match Parsed::read(&program, &arguments, &mut config) {
        Ok(parsed) => parsed,
        Err(command) => return command,
    };
    if config.isolated {
        config.ignore_environment = true;
        config.no_user_site = true;
        config.safe_path = true;
    }
    let environment = Environment { ignored: config.ignore_environment };
    if let Err(command) = environment.apply(&mut config, parsed.seed_given) {
        return command;
    }
    if let Err(command) = apply_x_options(&mut config) {
        return command;
    }
    finish_warnings(&mut config, &environment, parsed.warnings);
    let Parsed { program, rest, skip_first_line, .. } = parsed;
    let first = match &program {
        Program::Source(_) => "-c".to_owned(),
        Program::Module(_) => "-m".to_owned(),
        Program::File(path) => path.clone(),
        Program::Stdin => {
            if parsed.dash {
                "-".to_owned()
            } else {
                String::new()
            }
        }
    };
    config.argv = std::iter::once(first).chain(rest).collect();
    let startup = environment.get("PYTHONSTARTUP");
    Command::Run(Box::new(Run { program, config, skip_first_line, startup }))
}

/// The absolute path of the executable, as `sys.executable` gives it.
fn executable(program: &str) -> String {
    let absolute =
        |path: &std::path::Path| std::path::absolute(path).ok().map(|p| p.to_string_lossy().into_owned());
    if program.contains('/') {
        return absolute(std::path::Path::new(program)).unwrap_or_default();
    }
    for directory in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        let candidate = directory.join(program);
        if candidate.is_file() {
            return absolute(&candidate).unwrap_or_default();
        }
    }
    std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default()
}

struct Parsed {
    program: Program,
    rest: Vec<String>,
    warnings: Vec<String>,
    skip_first_line: bool,
    seed_given: bool,
    dash: bool,
}

impl Parsed {
    fn read(program: &str, arguments: &[String], config: &mut Config) -> Result<Parsed, Command> {
        let mut warnings = Vec::new();
        let mut skip_first_line = false;
        let mut versions = 0;
        let mut rest = arguments.get(1..).unwrap_or(&[]).iter().cloned();
        let finish = |program, rest: Vec<String>, warnings, skip_first_line, dash| {
            Ok(Parsed { program, rest, warnings, skip_first_line, seed_given: false, dash })
        };
        let print_version = |versions: u32| {
            Command::Print(if versions > 1 {
                format!("{VERSION} [{}]\n", build())
            } else {
                format!("{VERSION}\n")
            })
        };
        while let Some(argument) = rest.next() {
            if argument == "-" {
                return if versions > 0 {
                    Err(print_version(versions))
                } else {
                    finish(Program::Stdin, rest.collect(), warnings, skip_first_line, true)
                };
            }
            if !argument.starts_with('-') {
                if versions > 0 {
                    return Err(print_version(versions));
                }
                return finish(Program::File(argument), rest.collect(), warnings, skip_first_line, false);
            }
            if let Some(long) = argument.strip_prefix("--") {
                match long {
                    "" => {
                        // `--` ends the options.
                        let program = match rest.next() {
                            Some(file) if file != "-" => Program::File(file),
                            _ => Program::Stdin,
                        };
                        return finish(program, rest.collect(), warnings, skip_first_line, false);
                    }
                    "help" => return Err(Command::Print(usage(program) + OPTIONS)),
                    "help-env" => return Err(Command::Print(ENVIRONMENT.to_owned())),
                    "help-xoptions" => return Err(Command::Print(X_OPTIONS.to_owned())),
                    "help-all" => {
                        let all = format!("{}{OPTIONS}\n{ENVIRONMENT}\n{X_OPTIONS}", usage(program));
                        return Err(Command::Print(all));
                    }
                    "version" => {
                        versions += 1;
                        continue;
                    }
                    "check-hash-based-pycs" => {
                        let Some(policy) = rest.next() else {
                            return Err(refuse(
                                program,
                                "Argument expected for the --check-hash-based-pycs option",
                            ));
                        };
                        if !matches!(policy.as_str(), "default" | "always" | "never") {
                            let message =
                                "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                            return Err(refuse(program, message));
                        }
                        config.x_options.push(("check_hash_based_pycs".to_owned(), Some(policy)));
                        continue;
                    }
                    "lib" => {
                        let Some(home) = rest.next() else {
                            return Err(refuse(program, "Argument expected for the --lib option"));
                        };
                        config.home = Some(home);
                        continue;
                    }
                    _ => return Err(refuse(program, &format!("Unknown option: {argument}"))),
                }
            }
            let letters: Vec<char> = argument.chars().skip(1).collect();
            let mut at = 0;
            while let Some(&letter) = letters.get(at) {
                at += 1;
                let mut operand = |rest: &mut dyn Iterator<Item = String>| {
                    let glued: String = letters.get(at..).unwrap_or(&[]).iter().collect();
                    at = letters.len();
                    if glued.is_empty() { rest.next() } else { Some(glued) }
                };
                let missing = || refuse(program, &format!("Argument expected for the -{letter} option"));
                match letter {
                    'b' => config.bytes_warning += 1,
                    'B' => config.dont_write_bytecode = true,
                    'c' => {
                        let Some(mut source) = operand(&mut rest) else { return Err(missing()) };
                        source.push('\n');
                        return finish(
                            Program::Source(source),
                            rest.collect(),
                            warnings,
                            skip_first_line,
                            false,
                        );
                    }
                    'd' => config.debug += 1,
                    'E' => config.ignore_environment = true,
                    'h' | '?' => return Err(Command::Print(usage(program) + OPTIONS)),
                    'i' => {
                        config.inspect = true;
                        config.interactive = true;
                    }
                    'I' => config.isolated = true,
                    'm' => {
                        let Some(module) = operand(&mut rest) else { return Err(missing()) };
                        return finish(
                            Program::Module(module),
                            rest.collect(),
                            warnings,
                            skip_first_line,
                            false,
                        );
                    }
                    'O' => config.optimize += 1,
                    'P' => config.safe_path = true,
                    'q' => config.quiet = true,
                    'R' => config.hash_seed = None,
                    's' => config.no_user_site = true,
                    'S' => config.no_site = true,
                    't' => {}
                    'u' => config.unbuffered = true,
                    'v' => config.verbose += 1,
                    'V' => versions += 1,
                    'W' => match operand(&mut rest) {
                        Some(option) => warnings.push(option),
                        None => return Err(missing()),
                    },
                    'x' => skip_first_line = true,
                    'X' => match operand(&mut rest) {
                        Some(option) => {
                            let (name, value) = match option.split_once('=') {
                                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                                None => (option, None),
                            };
                            config.x_options.push((name, value));
                        }
                        None => return Err(missing()),
                    },
                    _ => return Err(refuse(program, &format!("Unknown option: -{letter}"))),
                }
            }
        }
        if versions > 0 {
            return Err(print_version(versions));
        }
        finish(Program::Stdin, Vec::new(), warnings, skip_first_line, false)
    }
}

/// What `-VV` adds: which build this is.
fn build() -> String {
    let threads = if cfg!(feature = "gil") { "with GIL" } else { "free-threaded" };
    format!("{threads}, {} {}", std::env::consts::ARCH, std::env::consts::OS)
}

struct Environment {
    ignored: bool,
}

impl Environment {
    /// A variable that is set and not empty.
    fn get(&self, name: &str) -> Option<String> {
        if self.ignored {
            return None;
        }
        std::env::var_os(name).map(text).filter(|value| !value.is_empty())
    }

    /// A variable that counts: a number is itself, anything else 1.
    fn level(&self, name: &str) -> i32 {
        self.get(name).map_or(0, |value| value.parse::<i32>().ok().filter(|n| *n >= 0).unwrap_or(1))
    }

    fn apply(&self, config: &mut Config, seed_given: bool) -> Result<(), Command> {
        config.debug = config.debug.max(self.level("PYTHONDEBUG"));
        config.verbose = config.verbose.max(self.level("PYTHONVERBOSE"));
        config.optimize = config.optimize.max(self.level("PYTHONOPTIMIZE"));
        config.inspect |= self.level("PYTHONINSPECT") > 0;
        config.dont_write_bytecode |= self.level("PYTHONDONTWRITEBYTECODE") > 0;
        config.no_user_site |= self.level("PYTHONNOUSERSITE") > 0;
        config.unbuffered |= self.level("PYTHONUNBUFFERED") > 0;
        config.safe_path |= self.get("PYTHONSAFEPATH").is_some();
        config.dev_mode |= self.get("PYTHONDEVMODE").is_some();
        if let Some(prefix) = self.get("PYTHONPYCACHEPREFIX") {
            config.pycache_prefix = Some(prefix);
        }
        if let Some(paths) = self.get("PYTHONPATH") {
            config.module_search_paths.extend(paths.split(':').map(str::to_owned));
        }
        if config.home.is_none() {
            config.home = self.get("ORO_PYTHONHOME");
        }
        if let Some(seed) = self.get("PYTHONHASHSEED").filter(|seed| seed != "random" && !seed_given) {
            match seed.parse::<u32>() {
                Ok(seed) => config.hash_seed = Some(seed),
                Err(_) => {
                    let message = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
                    return Err(fatal("config_init_hash_seed", message));
                }
            }
        }
        if let Some(limit) = self.get("PYTHONINTMAXSTRDIGITS") {
            config.int_max_str_digits = digits_limit(&limit).ok_or_else(|| {
                fatal(
                    "config_init_int_max_str_digits",
                    "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.",
                )
            })?;
        }
        if let Some(mode) = self.get("PYTHONUTF8") {
            config.utf8_mode = match mode.as_str() {
                "1" => true,
                "0" => false,
                _ => {
                    let message = "invalid PYTHONUTF8 environment variable value";
                    return Err(fatal("preconfig_init_utf8_mode", message));
                }
            };
        } else {
            config.utf8_mode = self.locale_is_plain();
        }
        if let Some(count) = self.get("PYTHON_CPU_COUNT") {
            config.cpu_count = cpu_count(Some(&count))?;
        }
        if let Some(value) = self.get("PYTHON_THREAD_INHERIT_CONTEXT") {
            config.thread_inherit_context = switch(Some(&value), "thread_inherit_context", true)?;
        }
        if let Some(value) = self.get("PYTHON_CONTEXT_AWARE_WARNINGS") {
            config.context_aware_warnings = switch(Some(&value), "context_aware_warnings", true)?;
        }
        config.import_time |= self.get("PYTHONPROFILEIMPORTTIME").is_some();
        if let Some(frames) = self.get("PYTHONTRACEMALLOC") {
            trace_frames(Some(&frames), "PYTHONTRACEMALLOC")?;
        }
        if self.get("PYTHONWARNDEFAULTENCODING").is_some() {
            set_default(config, "warn_default_encoding");
        }
        for (variable, option) in
            [("PYTHONFAULTHANDLER", "faulthandler"), ("PYTHONNODEBUGRANGES", "no_debug_ranges")]
        {
            if self.get(variable).is_some() {
                set_default(config, option);
            }
        }
        Ok(())
    }

    /// Whether the locale is C or POSIX (which turns UTF-8 mode on), not set, or not known.
    fn locale_is_plain(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .unwrap_or_default();
        matches!(locale.as_str(), "" | "C" | "POSIX")
    }
}

fn set_default(config: &mut Config, option: &str) {
    if !config.x_options.iter().any(|(name, _)| name == option) {
        config.x_options.push((option.to_owned(), None));
    }
}

fn digits_limit(text: &str) -> Option<usize> {
    text.parse::<usize>().ok().filter(|n| *n == 0 || *n >= 640)
}

/// A number of processors; `default` is the machine's.
fn cpu_count(value: Option<&str>) -> Result<Option<u32>, Command> {
    match value {
        Some("default") => Ok(None),
        Some(number) if number.parse::<u32>().is_ok_and(|n| n > 0 && i32::try_from(n).is_ok()) => {
            Ok(number.parse().ok())
        }
        _ => {
            let message =
                "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
            Err(fatal("config_init_cpu_count", message))
        }
    }
}

/// A setting that is 0 or 1.
fn switch(value: Option<&str>, name: &str, variable: bool) -> Result<bool, Command> {
    match value {
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        _ => {
            let message = if variable {
                format!("PYTHON_{}=N: N is missing or invalid", name.to_uppercase())
            } else {
                format!("-X {name}=n: n is missing or invalid")
            };
            Err(fatal(&format!("config_init_{name}"), &message))
        }
    }
}

/// Checks the number of frames for `tracemalloc`.
fn trace_frames(value: Option<&str>, option: &str) -> Result<(), Command> {
    match value {
        None => Ok(()),
        Some(frames) if frames.parse::<i32>().is_ok_and(|n| n >= 0) => Ok(()),
        Some(_) => Err(fatal("config_init_tracemalloc", &format!("{option}: invalid number of frames"))),
    }
}

fn apply_x_options(config: &mut Config) -> Result<(), Command> {
    for (name, value) in config.x_options.clone() {
        match (name.as_str(), value.as_deref()) {
            ("dev", _) => config.dev_mode = true,
            ("utf8", None | Some("1")) => config.utf8_mode = true,
            ("utf8", Some("0")) => config.utf8_mode = false,
            ("utf8", Some(_)) => {
                return Err(fatal("preconfig_init_utf8_mode", "invalid -X utf8 option value"));
            }
            ("int_max_str_digits", value) => {
                config.int_max_str_digits = value.and_then(digits_limit).ok_or_else(|| {
                    let message = "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.";
                    fatal("config_init_int_max_str_digits", message)
                })?;
            }
            ("pycache_prefix", value) => {
                config.pycache_prefix = value.filter(|v| !v.is_empty()).map(str::to_owned)
            }
            ("cpu_count", value) => config.cpu_count = cpu_count(value)?,
            ("thread_inherit_context", value) => {
                config.thread_inherit_context = switch(value, "thread_inherit_context", false)?;
            }
            ("context_aware_warnings", value) => {
                config.context_aware_warnings = switch(value, "context_aware_warnings", false)?;
            }
            ("contention", None) => {
                if !vm_runtime::Contention::IS_COUNTED {
                    let message =
                        "-X contention: this build does not count; build with the feature contention-stats";
                    return Err(fatal("config_init_contention", message));
                }
                config.contention = true;
            }
            ("gc-stats", None) => config.gc_stats = true,
            ("importtime", None | Some("1" | "2")) => config.import_time = true,
            ("importtime", Some(_)) => {
                let message = "-X importtime: values other than 1 and 2 are reserved for future use.";
                return Err(fatal("config_init_import_time", message));
            }
            ("tracemalloc", value) => trace_frames(value, "-X tracemalloc=NFRAME")?,
            ("frozen_modules", None | Some("" | "on" | "off")) => {}
            ("frozen_modules", Some(_)) => {
                let text = "bad value for option -X frozen_modules (expected \"on\" or \"off\")";
                let text = format!("Fatal Python error: {text}\nPython runtime state: preinitialized\n\n");
                return Err(Command::Refuse(text, 1));
            }
            ("gil", Some("0")) if cfg!(feature = "gil") => {
                return Err(fatal("config_read_gil", "Disabling the GIL is not supported by this build"));
            }
            ("gil", Some("0" | "1")) => {}
            ("gil", _) => return Err(fatal("config_read_gil", "PYTHON_GIL / -X gil must be \"0\" or \"1\"")),
            _ => {}
        }
    }
    Ok(())
}

/// Warning options in CPython's order: development mode, environment, command line, `-b`.
fn finish_warnings(config: &mut Config, environment: &Environment, given: Vec<String>) {
    let mut all = Vec::new();
    if config.dev_mode {
        all.push("default".to_owned());
    }
    if let Some(list) = environment.get("PYTHONWARNINGS") {
        all.extend(list.split(',').map(str::to_owned));
    }
    all.extend(given);
    match config.bytes_warning {
        0 => {}
        1 => all.push("default::BytesWarning".to_owned()),
        _ => all.push("error::BytesWarning".to_owned()),
    }
    config.warn_options = all;
}
