//! The native modules of this crate, one row each.
use vm_runtime::prelude::ModuleSpec;

/// The modules.
pub static MODULES: &[&ModuleSpec] = &[
    &crate::csv::MODULE,
    &crate::errno::MODULE,
    &crate::faulthandler::MODULE,
    &crate::fcntl::MODULE,
    &crate::io::MODULE,
    &crate::json::MODULE,
    &crate::locale::MODULE,
    &crate::marshal::MODULE,
    &crate::posix::MODULE,
    &crate::posix::POSIX_SUBPROCESS,
    &crate::resource::MODULE,
    &crate::select::MODULE,
    &crate::signal::MODULE,
    &crate::small_modules::SUGGESTIONS,
    &crate::small_modules::SYSCONFIG,
    &crate::small_modules::TRACEMALLOC,
    &crate::small_modules::UUID,
    &crate::socket::MODULE,
    &crate::sre::MODULE,
    &crate::stat_bits::MODULE,
    &crate::termios::MODULE,
    &crate::unicodedata::MODULE,
    &crate::users::GRP,
    &crate::users::PWD,
];
