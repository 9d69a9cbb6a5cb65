//! The native modules behind Python's library.
#![deny(unsafe_code)]

mod errno;
mod ext;
mod faulthandler;
mod fcntl;
pub mod io;
mod marshal;
mod numbers;
mod path_arg;
pub mod posix;
mod resource;
mod select;
mod signal;
mod small_modules;
mod socket;
mod stat_bits;
mod termios;
mod users;
