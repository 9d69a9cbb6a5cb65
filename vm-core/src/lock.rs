//! Locks: the byte in every object's header, the critical sections made of it, the runtime's own mutex, and what
//! Python's locks are built on.
//!
//! | lock | held across Python code | while it waits | for |
//! |---|---|---|---|
//! | [`object_lock`] | no | detaches | objects, for a few instructions |
//! | [`critical_section`] | yes, but suspended by anything that waits | detaches | objects |
//! | [`raw_mutex::RawMutex`] | no | detaches | tables of the runtime |
//! | [`crate::sync::Mutex`] | no | stays as it is | a few instructions inside vm-core |
//! | [`py_lock::RawPyLock`] | yes | detaches, can be interrupted | `threading.Lock` and what stands on it |
//! | [`event::RawEvent`] | - | detaches, can be interrupted | joins, one-shot results |

pub mod byte_lock;
pub mod critical_section;
pub mod event;
pub mod object_lock;
pub mod py_lock;
pub mod raw_mutex;
mod wait_queue;

pub use critical_section::{with_lock, with_locks2};
pub use event::RawEvent;
pub use py_lock::{Acquired, RawPyLock};
pub use raw_mutex::RawMutex;
