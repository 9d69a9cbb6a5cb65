//! The engine under the Python semantics: values, objects, reference counts, locks, reclamation, threads, the
//! collector. Nothing here knows what a Python program means.

pub mod container;
pub mod contention;
pub mod gc;
pub mod lock;
pub mod object;
pub mod qsbr;
pub mod refcount;
pub mod shape;
pub mod sync;
pub mod thread;
pub mod value;
pub mod version;
pub mod world;

pub use value::Value;
