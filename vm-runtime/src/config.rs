//! How a VM is configured: what the command's options and environment variables set.
use crate::module_spec::ModuleSpec;

/// Settings of a VM, named after `PyConfig`.
#[derive(Clone)]
pub struct Config {
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<String>,
    /// `sys.executable`.
    pub executable: String,
    /// Entries before the library in `sys.path`.
    pub module_search_paths: Vec<String>,
    /// A directory that stands in for the embedded library.
    pub home: Option<String>,
    /// Native modules beside the runtime's own.
    pub native_modules: Vec<&'static ModuleSpec>,
    /// `-O` count.
    pub optimize: i32,
    /// `-i` (keep open).
    pub inspect: bool,
    /// `-i` or a terminal.
    pub interactive: bool,
    /// `-q`.
    pub quiet: bool,
    /// `-u`.
    pub unbuffered: bool,
    /// `-v` count.
    pub verbose: i32,
    /// `-d` count.
    pub debug: i32,
    /// `-B`.
    pub dont_write_bytecode: bool,
    /// `-E`.
    pub ignore_environment: bool,
    /// `-I`.
    pub isolated: bool,
    /// `-s`.
    pub no_user_site: bool,
    /// `-S`.
    pub no_site: bool,
    /// `-b` count.
    pub bytes_warning: i32,
    /// `-P`.
    pub safe_path: bool,
    /// `-X dev`.
    pub dev_mode: bool,
    /// `-X utf8`.
    pub utf8_mode: bool,
    /// `-W` options and PYTHONWARNINGS, in order.
    pub warn_options: Vec<String>,
    /// `-X` options.
    pub x_options: Vec<(String, Option<String>)>,
    /// `PYTHONHASHSEED`: None is random.
    pub hash_seed: Option<u32>,
    /// `sys.get_int_max_str_digits()`.
    pub int_max_str_digits: usize,
    /// Install signal handlers (the command does, an embedder usually not).
    pub install_signal_handlers: bool,
    /// `sys.pycache_prefix`.
    pub pycache_prefix: Option<String>,
    /// `-X importtime`: print how long each import takes.
    pub import_time: bool,
    /// `-X contention`: print at the end what threads cost each other.
    pub contention: bool,
    /// `-X gc-stats`: print at the end how long collections stopped the program.
    pub gc_stats: bool,
    /// `-X cpu_count`: what `os.cpu_count()` says instead of the machine's number.
    pub cpu_count: Option<u32>,
    /// `-X thread_inherit_context`.
    pub thread_inherit_context: bool,
    /// `-X context_aware_warnings`.
    pub context_aware_warnings: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            argv: vec![String::new()],
            orig_argv: Vec::new(),
            executable: String::new(),
            module_search_paths: Vec::new(),
            home: None,
            native_modules: Vec::new(),
            optimize: 0,
            inspect: false,
            interactive: false,
            quiet: false,
            unbuffered: false,
            verbose: 0,
            debug: 0,
            dont_write_bytecode: false,
            ignore_environment: false,
            isolated: false,
            no_user_site: false,
            no_site: false,
            bytes_warning: 0,
            safe_path: false,
            dev_mode: false,
            utf8_mode: true,
            warn_options: Vec::new(),
            x_options: Vec::new(),
            hash_seed: None,
            int_max_str_digits: 4300,
            install_signal_handlers: false,
            pycache_prefix: None,
            import_time: false,
            contention: false,
            gc_stats: false,
            cpu_count: None,
            thread_inherit_context: !cfg!(feature = "gil"),
            context_aware_warnings: !cfg!(feature = "gil"),
        }
    }
}

impl Config {
    /// Keys of the string hash: fixed by `hash_seed`, random otherwise.
    #[must_use]
    pub fn hash_keys(&self) -> (u64, u64) {
        match self.hash_seed {
            Some(0) => (0, 0),
            Some(seed) => {
                // A linear congruential generator, as CPython expands the seed.
                let mut x = seed;
                let mut next = || {
                    let mut word = 0u64;
                    for i in 0..8 {
                        x = x.wrapping_mul(214_013).wrapping_add(2_531_011);
                        word |= u64::from(x >> 16 & 0xff) << (8 * i);
                    }
                    word
                };
                (next(), next())
            }
            None => {
                use std::hash::{BuildHasher, RandomState};
                (RandomState::new().hash_one(1u8), RandomState::new().hash_one(2u8))
            }
        }
    }
}
