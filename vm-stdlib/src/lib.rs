//! The native modules behind Python's library.
#![deny(unsafe_code)]

mod bisect;
mod collections;
mod csv;
mod errno;
mod ext;
mod faulthandler;
mod fcntl;
mod functools;
mod heapq;
mod io;
mod itertools;
mod json;
mod locale;
mod marshal;
mod module_error;
mod numbers;
mod operator;
mod path_arg;
mod posix;
mod queue;
pub mod registry;
mod resource;
mod select;
mod signal;
mod small_modules;
mod socket;
mod sre;
mod stat_bits;
mod termios;
mod unicodedata;
mod users;
