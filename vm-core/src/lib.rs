//! The engine under the Python semantics: values, objects, reference counts, locks, reclamation, threads, the
//! collector. Nothing here knows what a Python program means.

pub mod sync;
